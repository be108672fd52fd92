/* Loops of values.c, compiled once for each instruction set. */
#ifndef WEIR_STATS_VALUES_KERNELS_H
#define WEIR_STATS_VALUES_KERNELS_H

#include "base/check.h"

struct weir_values_kernels {
    /* As weir_values_repeats. */
    uint32_t (*repeats)(const uint64_t *keys, uint32_t count);

    /* Copies the first key of every run and where it stands; count > 0. Returns the runs.
     * distinct_ret may be `keys`. */
    uint32_t (*starts)(const uint64_t *keys, uint32_t count, uint64_t *distinct_ret,
                       uint64_t *starts_ret);

    /* Adds each key's weight to the counter of its first place in `sorted`; count > 0. */
    void (*weigh)(const uint64_t *sorted, const uint64_t *keys, const uint32_t *weights,
                  uint32_t count, uint64_t *counts_ret);
};

extern const struct weir_values_kernels weir_values_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_values_kernels weir_values_kernels_avx2;
extern const struct weir_values_kernels weir_values_kernels_avx512;
#endif

#endif
