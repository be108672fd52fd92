/*
 * The quick way through a value that lies in memory as a whole: where it ends, and which of its
 * bytes decide that.
 */
#ifndef WEIR_PARQUET_THRIFT_SKIP_H
#define WEIR_PARQUET_THRIFT_SKIP_H

#include "parquet/thrift.h"

/* Structs inside each other that the quick way follows. */
#define WEIR_THRIFT_QUICK_DEPTH 8u

/* Bits of a byte that decide how a value is parsed. */
#define WEIR_THRIFT_CONTENT 0x00u /* none: a text, a double */
#define WEIR_THRIFT_NUMBER 0x80u  /* a byte of a varint: whether another follows */
#define WEIR_THRIFT_SHAPE 0xffu   /* a head, a length */

/*
 * The byte behind the value of that type which begins at `at`, or NULL where something is unusual,
 * wrong or not all there: then skipping carefully decides. Both ways accept the same bytes, because
 * what a file means must not depend on where a window ends.
 */
const uint8_t *weir_thrift_pass(const uint8_t *at, const uint8_t *end, uint32_t type);

/* The same; sets marks[i] to the deciding bits of at[i]. `marks` has end - at bytes, all zero. */
const uint8_t *weir_thrift_trace(const uint8_t *at, const uint8_t *end, uint32_t type,
                                 uint8_t *marks);

#endif
