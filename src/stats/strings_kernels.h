/* The inner loop over byte arrays, one variant for each instruction set; strings.c picks one. */
#ifndef WEIR_STATS_STRINGS_KERNELS_H
#define WEIR_STATS_STRINGS_KERNELS_H

#include "stats/strings_state.h"

/* Values of one turn through the loops: they stay in the first-level cache between two loops. */
#define WEIR_STRINGS_SPAN 256u

struct weir_strings_kernels {
    /* Adds at most WEIR_STRINGS_SPAN values that weigh 1 each and fit the block, which takes them
     * only when `staging`. */
    void (*add_span)(struct weir_strings_state *strings, struct weir_strings_block *block,
                     const struct weir_view *views, uint32_t count, bool staging);
};

extern const struct weir_strings_kernels weir_strings_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_strings_kernels weir_strings_kernels_avx2;
extern const struct weir_strings_kernels weir_strings_kernels_avx512;
#endif

#endif
