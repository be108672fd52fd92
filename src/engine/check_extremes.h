/*
 * Smallest and largest of a column's values, and the counts that statistics name: exact, page by
 * page, joined to those of the chunk.
 *
 * Floats are kept in IEEE 754 total order, NaN apart, so that either column order can be judged. A
 * signalling NaN of 32 bits counts as its quiet twin.
 * Byte arrays are kept to WEIR_PREFIX_BYTES bytes.
 */
#ifndef WEIR_ENGINE_CHECK_EXTREMES_H
#define WEIR_ENGINE_CHECK_EXTREMES_H

#include "parquet/reader.h"
#include "weir/types.h"

struct weir_extremes {
    enum weir_kind kind;
    bool present;   /* a value that is not NaN was seen */
    uint64_t count; /* values, NaN included */
    uint64_t nans;
    uint64_t bytes;        /* of byte arrays, without their lengths */
    struct weir_value min; /* of the values that are not NaN */
    struct weir_value max;
    struct weir_value nan_min; /* in total order; meaningful when nans > 0 */
    struct weir_value nan_max;
    struct weir_value piece; /* the long byte array on its way */
};

void weir_extremes_begin(struct weir_extremes *extremes, enum weir_kind kind);

/* Adds the values of one event of the reader; nulls are ignored. */
void weir_extremes_add(struct weir_extremes *extremes, const struct weir_event *event);

/* Adds what another one has seen, of the same kind. */
void weir_extremes_join(struct weir_extremes *extremes, const struct weir_extremes *other);

/* Order of two values of one kind: negative, 0 or positive. Byte arrays that are both cut and agree
 * as far as they are kept count as equal. Floats: numeric, -0 equals +0; NaN is not compared. */
int weir_values_order(const struct weir_value *a, const struct weir_value *b);

/* The same for floats in IEEE 754 total order. */
int weir_values_total_order(const struct weir_value *a, const struct weir_value *b);

#endif
