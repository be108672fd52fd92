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

    /*
     * Lists in block->rest, in order, the places first..first + count of the block whose hash may
     * be one of the marked ones (see `mark`) more than once. Returns how many. `rest` has room for
     * so many behind `listed`.
     */
    uint32_t (*list_marked)(struct weir_strings_block *block, uint32_t first, uint32_t count,
                            uint32_t listed);

    /* Marks these hashes as seen, or as seen again where another one has set the mark. */
    void (*mark)(struct weir_strings_block *block, const uint64_t *hashes, uint32_t count);

    /* Appends to places[listed..] those of first..first + count whose weight is above `limit`;
     * returns how many there are then. */
    uint32_t (*list_above)(const uint64_t *weights, uint32_t first, uint32_t count, uint64_t limit,
                           uint16_t *places, uint32_t listed);
};

/* Takes `isa` at its word, unless it is WEIR_ISA_AUTO. */
const struct weir_strings_kernels *weir_strings_choose(enum weir_isa isa);

extern const struct weir_strings_kernels weir_strings_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_strings_kernels weir_strings_kernels_avx2;
extern const struct weir_strings_kernels weir_strings_kernels_avx512;
#endif

#endif
