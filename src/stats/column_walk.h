/*
 * The ranked values of a column in ascending order with their counts, whatever holds them:
 * booleans, exact values, or the quantile sketch.
 */
#ifndef WEIR_STATS_COLUMN_WALK_H
#define WEIR_STATS_COLUMN_WALK_H

#include "stats/column_state.h"

struct weir_column_walk {
    const struct weir_column *column;
    struct weir_kll_cursor cursor;
    uint32_t at;
    uint16_t order[WEIR_STRINGS_EXACT]; /* I128, exact: entries of the table */
};

/* How many values there are to walk; 0 also for kinds without ranks. */
uint64_t weir_column_walk_total(const struct weir_column *column);

void weir_column_walk_begin(struct weir_column_walk *walk, const struct weir_column *column);

/* The next key and its weight, which may be 0 (booleans). Returns false behind the last one. */
bool weir_column_walk_next(struct weir_column_walk *walk, uint64_t *key_ret, uint64_t *weight_ret);

/* Sum and mean of floats, and variance, skewness and kurtosis of all kinds but BOOL and BYTES, from
 * the exact counts of a column that has them. */
void weir_column_exact_moments(const struct weir_column *column, struct weir_result *result);

/* The value of a key of the walk. */
struct weir_value weir_column_walk_value(const struct weir_column *column, uint64_t key);

#endif
