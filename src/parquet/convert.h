/* Stored bytes to the values that statistics take: FLOAT16, INT96, decimals in byte arrays. */
#ifndef WEIR_PARQUET_CONVERT_H
#define WEIR_PARQUET_CONVERT_H

#include "base/view.h"
#include "parquet/decoder.h"

enum weir_conversion weir_conversion_of(const struct weir_type *type);

/*
 * Converts `count` values to `out`: little-endian values of the kind, weir_kind_width(kind) bytes
 * each. Fixed-width values lie `stored_bytes` apart at `from`.
 * Errors: CORRUPT (a decimal beyond what its precision can mean).
 */
enum weir_status weir_convert_fixed(enum weir_conversion conversion, enum weir_kind kind,
                                    const uint8_t *from, uint32_t stored_bytes, uint64_t count,
                                    uint8_t *out, struct weir_error *error);

/* The same for byte arrays. */
enum weir_status weir_convert_views(enum weir_conversion conversion, enum weir_kind kind,
                                    const struct weir_view *views, uint64_t count, uint8_t *out,
                                    struct weir_error *error);

#endif
