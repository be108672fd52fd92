/* Loops of values.c, compiled once for each instruction set. */
#ifndef WEIR_STATS_VALUES_KERNELS_H
#define WEIR_STATS_VALUES_KERNELS_H

#include "base/check.h"

#define WEIR_PLACE_BITS 12u
#define WEIR_PLACE_MASK ((UINT64_C(1) << WEIR_PLACE_BITS) - 1)

/* Keys of a block packed with their places: (key - least) << shift, the place in the low bits. */
struct weir_values_packing {
    uint64_t least;
    uint32_t shift;
    bool is_exact; /* the places take no bits of the keys */
};

struct weir_values_kernels {
    /* Packs count > 0 keys, at most 2^WEIR_PLACE_BITS. */
    struct weir_values_packing (*pack)(const uint64_t *keys, uint32_t count, uint64_t *packed_ret);

    /* Turns packed keys, ascending, into keys, and lists their weights; false, and nothing done,
     * when two of them are the same as far as packed, or a weight is 0. */
    bool (*take_distinct)(const struct weir_values_packing *packing, const uint64_t *keys,
                          const uint32_t *weights, uint32_t count, uint64_t *packed,
                          uint64_t *counts_ret);

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
