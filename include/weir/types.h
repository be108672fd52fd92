/* What a column holds: physical type, logical type, and the values of a result. */
#ifndef WEIR_TYPES_H
#define WEIR_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/status.h"

/* Numbers of Type in parquet.thrift. */
enum weir_physical {
    WEIR_BOOLEAN = 0,
    WEIR_INT32 = 1,
    WEIR_INT64 = 2,
    WEIR_INT96 = 3,
    WEIR_FLOAT = 4,
    WEIR_DOUBLE = 5,
    WEIR_BYTE_ARRAY = 6,
    WEIR_FIXED_LEN_BYTE_ARRAY = 7
};

/* Logical types, converted types folded in. */
enum weir_logical {
    WEIR_LOGICAL_NONE = 0,
    WEIR_LOGICAL_STRING,
    WEIR_LOGICAL_MAP,
    WEIR_LOGICAL_LIST,
    WEIR_LOGICAL_ENUM,
    WEIR_LOGICAL_DECIMAL,
    WEIR_LOGICAL_DATE,
    WEIR_LOGICAL_TIME,
    WEIR_LOGICAL_TIMESTAMP,
    WEIR_LOGICAL_INTEGER,
    WEIR_LOGICAL_NULL,
    WEIR_LOGICAL_JSON,
    WEIR_LOGICAL_BSON,
    WEIR_LOGICAL_UUID,
    WEIR_LOGICAL_FLOAT16,
    WEIR_LOGICAL_INTERVAL,
    WEIR_LOGICAL_VARIANT,
    WEIR_LOGICAL_GEOMETRY,
    WEIR_LOGICAL_GEOGRAPHY,
    WEIR_LOGICAL_OTHER /* listed in a later specification: read as the physical type */
};

/* Units of TIME and TIMESTAMP. */
enum weir_unit { WEIR_UNIT_NONE = 0, WEIR_UNIT_MILLIS, WEIR_UNIT_MICROS, WEIR_UNIT_NANOS };

struct weir_type {
    enum weir_physical physical;
    enum weir_logical logical;
    enum weir_unit unit;
    bool adjusted_to_utc; /* TIME, TIMESTAMP */
    bool is_unsigned;     /* INTEGER */
    uint8_t integer_bits; /* INTEGER: 8, 16, 32, 64 */
    int32_t precision;    /* DECIMAL */
    int32_t scale;        /* DECIMAL: value = unscaled / 10^scale */
    int32_t length_bytes; /* FIXED_LEN_BYTE_ARRAY */
};

/* How the values are held in memory and ordered. */
enum weir_kind {
    WEIR_KIND_BOOL = 0,
    WEIR_KIND_I32,
    WEIR_KIND_U32,
    WEIR_KIND_I64,
    WEIR_KIND_U64,
    WEIR_KIND_F32,
    WEIR_KIND_F64,
    WEIR_KIND_BYTES,
    WEIR_KIND_I128
};

/*
 * Which kind a type has:
 *   FLOAT16                                   F32
 *   INT96                                     I128, nanoseconds since 1970-01-01T00:00
 *   DECIMAL in (FIXED_LEN_)BYTE_ARRAY         I64 up to precision 18, I128 up to 38, above that
 *                                             F64: rounded to doubles
 *   other (FIXED_LEN_)BYTE_ARRAY              BYTES
 */

/* A 128-bit two's complement integer. */
struct weir_i128 {
    uint64_t low;
    int64_t high;
};

/* A 256-bit two's complement integer, lowest limb first: exact sums. */
struct weir_i256 {
    uint64_t limbs[4];
};

#define WEIR_PREFIX_BYTES 64u /* of a byte array that a result keeps */

/*
 * One value of a column. `kind` says which member is set: boolean and integer kinds use i64 (u64
 * for the unsigned ones), F32 and F64 use f64, BYTES uses bytes/bytes_count, I128 uses i128.
 */
struct weir_value {
    enum weir_kind kind;
    bool present; /* false: the column has no such value */
    bool cut;     /* BYTES: only the first bytes_count bytes are kept. I128, quantiles only: rounded
                     towards minus infinity to 56 significant bits */
    uint32_t bytes_count;
    union {
        int64_t i64;
        uint64_t u64;
        double f64;
        struct weir_i128 i128;
        uint8_t bytes[WEIR_PREFIX_BYTES];
    };
};

/* An INT96 timestamp, 12 bytes as stored, in nanoseconds since 1970-01-01T00:00. */
WEIR_API struct weir_i128 weir_int96_nanoseconds(const uint8_t *bytes);

#endif
