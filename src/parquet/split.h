/* BYTE_STREAM_SPLIT: values whose bytes lie apart are put together. */
#ifndef WEIR_PARQUET_SPLIT_H
#define WEIR_PARQUET_SPLIT_H

#include "base/isa.h"
#include "parquet/split_kernels.h"

/* Widest value that weir_split_join takes. */
#define WEIR_SPLIT_STREAMS_MAX 16u

const struct weir_split_kernels *weir_split_choose(enum weir_isa isa);

/*
 * Byte k of value i is streams[k][i]: writes `count` values of `width` bytes, 1 to
 * WEIR_SPLIT_STREAMS_MAX, one behind the other. Each stream is read for exactly `count` bytes.
 */
void weir_split_join(const struct weir_split_kernels *kernels, const uint8_t *const streams[],
                     uint32_t width, uint8_t *out, uint32_t count);

/* The same where stream k starts at base + k * stride, for any width > 0: a page that lies
 * contiguous has its number of values as stride. */
void weir_split_join_strided(const struct weir_split_kernels *kernels, const uint8_t *base,
                             uint64_t stride, uint32_t width, uint8_t *out, uint32_t count);

#endif
