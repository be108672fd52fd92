/* Loops of split.c, compiled once for each instruction set. */
#ifndef WEIR_PARQUET_SPLIT_KERNELS_H
#define WEIR_PARQUET_SPLIT_KERNELS_H

#include "base/check.h"

/* Joins `count` values of 2, 4 or 8 bytes; streams[k] holds byte k of each and is read for exactly
 * `count` bytes. */
typedef void weir_split_function(const uint8_t *const *streams, uint8_t *out, uint32_t count);

struct weir_split_kernels {
    weir_split_function *join_2;
    weir_split_function *join_4;
    weir_split_function *join_8;
};

extern const struct weir_split_kernels weir_split_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_split_kernels weir_split_avx2;
extern const struct weir_split_kernels weir_split_avx512;
#endif

#endif
