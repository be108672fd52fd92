/* Whole gzip pages by libdeflate, in memory that is lent. */
#ifndef WEIR_PARQUET_CODEC_GZIP_H
#define WEIR_PARQUET_CODEC_GZIP_H

#include "base/check.h"

#if WEIR_HAVE_DEFLATE

/* At least the size of libdeflate's decompressor (11,560 bytes in 1.14; the unit test learns the
 * true size of the library that it runs with). */
#define WEIR_GZIP_DEFLATE_BYTES (32u << 10)

uint64_t weir_gzip_whole_area_bytes(void);

/* See weir_codec.whole. */
enum weir_status weir_gzip_whole(void *area, uint64_t area_bytes, const uint8_t *in,
                                 size_t in_bytes, uint8_t *out, size_t page_bytes,
                                 struct weir_error *error);

#endif
#endif
