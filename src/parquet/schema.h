/* Schema elements: what the thrift fields of one mean. */
#ifndef WEIR_PARQUET_SCHEMA_H
#define WEIR_PARQUET_SCHEMA_H

#include "base/check.h"
#include "parquet/thrift.h"
#include "weir/schema.h"

#define WEIR_SCHEMA_DEPTH 64u

/* The fields of a SchemaElement, as stored. */
struct weir_element {
    bool has_type;
    int32_t type;
    int32_t type_length;
    int32_t repetition;
    int32_t children; /* -1: absent */
    int32_t converted;
    bool has_converted;
    int32_t scale;
    int32_t precision;
    bool has_logical;
    enum weir_logical logical;
    enum weir_unit unit;
    bool adjusted_to_utc;
    int32_t logical_scale;
    int32_t logical_precision;
    int32_t integer_bits;
    bool integer_signed;
};

/* Reads one SchemaElement. The name goes to name[0..name_bytes_max) and its full length to
 * *name_bytes_ret; a longer name is CORRUPT. */
void weir_element_read(struct weir_thrift *thrift, struct weir_element *element_ret, char *name,
                       uint32_t name_bytes_max, uint32_t *name_bytes_ret);

/* The type of a leaf. A logical type that does not suit the physical one is dropped. */
struct weir_type weir_element_type(const struct weir_element *element);

/* Digits of a decimal that always fit 64 and 128 bits. */
#define WEIR_I64_DIGITS 18
#define WEIR_I128_DIGITS 38

/* How values of the type are held. */
enum weir_kind weir_type_kind(const struct weir_type *type);

/* Values of the type have no order: INTERVAL, and what is encoded inside its bytes. */
bool weir_type_unordered(const struct weir_type *type);

/* Width in bytes of one value of a fixed-width kind; 0 for BOOL and BYTES. */
uint32_t weir_kind_width(enum weir_kind kind);

/* Same type for the purpose of one data set. */
bool weir_type_equal(const struct weir_type *a, const struct weir_type *b);

#endif
