/* The inner loop of top.c, one variant for each instruction set; top.c picks one. */
#ifndef WEIR_STATS_TOP_KERNELS_H
#define WEIR_STATS_TOP_KERNELS_H

#include "base/check.h"

#define WEIR_TOP_BUCKETS_LOG 13u
#define WEIR_TOP_BUCKETS (1u << WEIR_TOP_BUCKETS_LOG)

/* 32 bits of a key are multiplied: what four or eight lanes do at once. Keys that share a bucket
 * cost time, no accuracy. */
#define WEIR_TOP_FACTOR 0x9e3779b1u

static inline uint32_t weir_top_bucket(uint64_t key) {
    return (uint32_t)(key ^ key >> 32) * WEIR_TOP_FACTOR >> (32 - WEIR_TOP_BUCKETS_LOG);
}

struct weir_top_kernels {
    /* Counts at most 65,535 keys in buckets that were zero; returns the fullest one's count. */
    uint32_t (*fill)(const uint64_t *keys, uint32_t count, uint16_t *buckets);
};

extern const struct weir_top_kernels weir_top_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_top_kernels weir_top_kernels_avx2;
extern const struct weir_top_kernels weir_top_kernels_avx512;
#endif

#endif
