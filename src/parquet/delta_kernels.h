/* Loops of delta.c, compiled once for each instruction set. */
#ifndef WEIR_PARQUET_DELTA_KERNELS_H
#define WEIR_PARQUET_DELTA_KERNELS_H

#include "base/check.h"

/* Values that a kernel takes at a time. */
#define WEIR_DELTA_GROUP 32u

/* Bytes behind the last group that a kernel may read (and ignore). */
#define WEIR_DELTA_SLACK 16u

/*
 * Unpacks `count` deltas (a multiple of WEIR_DELTA_GROUP) of `width` bits, 0..64, adds min_delta to
 * each and sums them up from *last on; leaves the last sum there. The arithmetic is modulo 2^64.
 * count * width / 8 + WEIR_DELTA_SLACK bytes of `in` may be read.
 */
typedef void weir_delta_u64_function(const uint8_t *in, uint32_t width, uint64_t min_delta,
                                     uint64_t *last, uint64_t *out, uint32_t count);

/* The same modulo 2^32: of each delta its lower 32 bits count. */
typedef void weir_delta_u32_function(const uint8_t *in, uint32_t width, uint32_t min_delta,
                                     uint32_t *last, uint32_t *out, uint32_t count);

struct weir_delta_kernels {
    weir_delta_u64_function *sum_u64;
    weir_delta_u32_function *sum_u32;
};

extern const struct weir_delta_kernels weir_delta_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_delta_kernels weir_delta_avx2;
extern const struct weir_delta_kernels weir_delta_avx512;
#endif

#endif
