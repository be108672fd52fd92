/* The inner loops of HyperLogLog, one variant for each instruction set; hll.c picks one. */
#ifndef WEIR_STATS_HLL_KERNELS_H
#define WEIR_STATS_HLL_KERNELS_H

#include "stats/hll.h"

struct weir_hll_kernels {
    void (*add_keys)(uint8_t *registers, uint32_t floor, const uint64_t *keys, uint32_t count);
    void (*add_hashes)(uint8_t *registers, uint32_t floor, const uint64_t *hashes, uint32_t count);
    uint32_t (*lowest)(const uint8_t *registers);
};

extern const struct weir_hll_kernels weir_hll_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_hll_kernels weir_hll_kernels_avx2;
extern const struct weir_hll_kernels weir_hll_kernels_avx512;
#endif

/*
 * Format notes. The register is picked by the low 12 bits of the hash. The rank is one more than
 * the number of leading zeros of the upper 52 bits: 1 to 53. A register holds the largest rank
 * that it was offered, 0 if none.
 */
#define WEIR_HLL_RANK_BITS (64u - WEIR_HLL_P)
#define WEIR_HLL_RANK_MAX (WEIR_HLL_RANK_BITS + 1u)

static inline uint32_t weir_hll_index(uint64_t hash) {
    return (uint32_t)hash & (WEIR_HLL_REGISTERS - 1u);
}

static inline uint32_t weir_hll_rank(uint64_t hash) {
    uint64_t stopped = hash | (UINT64_C(1) << (WEIR_HLL_P - 1u));
    return (uint32_t)__builtin_clzll(stopped) + 1u;
}

/* The hash's bits that are all zero exactly if its rank is above `floor`. */
static inline uint64_t weir_hll_floor_mask(uint32_t floor) {
    WEIR_ASSERT(floor <= WEIR_HLL_RANK_MAX);
    if (floor == 0) {
        return 0;
    }
    /* No rank is above 53: a mask of all bits would let the hash 0 pass, which changes nothing. */
    return ~UINT64_C(0) << (64u - (floor < WEIR_HLL_RANK_BITS ? floor : WEIR_HLL_RANK_BITS));
}

#endif
