#include "stats/column_state.h"

#include "base/banned.h"

/* --- What the keys of a column are, whatever holds them. ------------------------------------ */

/* Ascending distinct keys with weights: booleans, exact values or the quantile sketch. */
struct walk {
    const struct weir_column *column;
    struct weir_kll_cursor cursor;
    uint32_t at;
};

static void walk_begin(struct walk *walk, const struct weir_column *column) {
    memset(walk, 0, sizeof *walk);
    walk->column = column;
    if (column->spilled) {
        weir_kll_cursor_begin(&walk->cursor, weir_column_kll(column));
    }
}

static struct weir_value bool_value(bool value) {
    struct weir_value result;
    memset(&result, 0, sizeof result);
    result.kind = WEIR_KIND_BOOL;
    result.present = true;
    result.i64 = value;
    return result;
}

static struct weir_value value_of(const struct weir_column *column, uint64_t key) {
    return column->kind == WEIR_KIND_BOOL ? bool_value(key != 0)
                                          : weir_value_of_key(column->kind, key);
}

/* Weights may be 0 (booleans). Returns false behind the last key. */
static bool walk_next(struct walk *walk, uint64_t *key_ret, uint64_t *weight_ret) {
    const struct weir_column *column = walk->column;
    if (column->spilled) {
        return weir_kll_cursor_next(&walk->cursor, key_ret, weight_ret);
    }
    uint32_t at = walk->at++;
    if (column->kind == WEIR_KIND_BOOL) {
        *key_ret = at;
        *weight_ret = at == 0 ? column->falses : column->trues;
        return at < 2;
    }
    const struct weir_values *values = weir_column_values(column);
    if (at >= values->used) {
        return false;
    }
    *key_ret = values->keys[at];
    *weight_ret = values->counts[at];
    return true;
}

/* Values that a walk's weights add up to; 0 when there is nothing to walk. */
static uint64_t walk_total(const struct weir_column *column) {
    if ((column->stats & WEIR_STATS_QUANTILES) == 0 || column->kind == WEIR_KIND_BYTES) {
        return 0;
    }
    if (column->kind == WEIR_KIND_BOOL) {
        return column->trues + column->falses;
    }
    return column->spilled ? weir_column_kll(column)->total : weir_column_values(column)->total;
}

/* --- Quantiles. ----------------------------------------------------------------------------- */

/*
 * The smallest rank (from 1) of a value whose rank is at least q * total. q comes from a decimal
 * fraction, so a product that passes a whole number by rounding alone counts as that number.
 */
static uint64_t rank_of(double q, uint64_t total) {
    double wanted = q * (double)total;
    if (!(wanted > 1)) {
        return 1;
    }
    if (wanted >= (double)total) {
        return total;
    }
    uint64_t rank = (uint64_t)wanted;
    return wanted - (double)rank > wanted * 0x1p-51 ? rank + 1 : rank;
}

static void set_quantile(const struct weir_column *column, struct weir_quantile *quantile,
                         uint64_t key) {
    const struct weir_numbers *numbers = &column->numbers;
    bool low = quantile->q <= 0 && numbers->min.present;
    bool high = quantile->q >= 1 && numbers->max.present;
    quantile->value = low ? numbers->min : high ? numbers->max : value_of(column, key);
    quantile->rank_error =
        column->spilled && !low && !high ? weir_kll_rank_error(weir_column_kll(column)) : 0;
    quantile->exact = quantile->rank_error == 0;
}

void weir_column_quantiles(const struct weir_column *column, struct weir_scratch *scratch,
                           struct weir_quantile *quantiles, uint32_t count) {
    (void)scratch;
    uint64_t total = walk_total(column);
    for (uint32_t i = 0; i < count; i++) {
        double q = quantiles[i].q;
        memset(&quantiles[i], 0, sizeof quantiles[i]);
        quantiles[i].q = q;
        quantiles[i].value.kind = column->kind;
    }
    if (total == 0) {
        return;
    }
    struct walk walk;
    walk_begin(&walk, column);
    uint64_t key = 0;
    uint64_t seen = 0;
    uint64_t weight = 0;
    /* In ascending order of q, whatever the order asked for: each round takes the smallest rank
     * that is left. */
    for (uint64_t done = 0; done < total;) {
        uint64_t next = UINT64_MAX;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t rank = rank_of(quantiles[i].q, total);
            next = rank > done && rank < next ? rank : next;
        }
        while (seen < next && walk_next(&walk, &key, &weight)) {
            seen += weight;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (rank_of(quantiles[i].q, total) == next) {
                set_quantile(column, &quantiles[i], key);
            }
        }
        done = next;
    }
}

/* --- Histogram. ----------------------------------------------------------------------------- */

static double double_of(const struct weir_value *value) {
    switch (value->kind) {
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return value->f64;
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return (double)value->u64;
    default: return (double)value->i64;
    }
}

static bool is_finite(double value) {
    return value - value == 0;
}

/* The finite extremes. */
static bool finite_range(const struct weir_column *column, struct weir_value *low_ret,
                         struct weir_value *high_ret) {
    *low_ret = column->numbers.min;
    *high_ret = column->numbers.max;
    if (column->infinite) {
        low_ret->f64 = column->finite_low;
        high_ret->f64 = column->finite_high;
        return column->finite_present;
    }
    return low_ret->present && high_ret->present;
}

/* Where a value lies between low and high, 0 to 1. Differences of integers are taken as integers:
 * close to 2^63 doubles would merge neighbours. */
static double place_between(const struct weir_value *value, const struct weir_value *low,
                            const struct weir_value *high) {
    if (value->kind == WEIR_KIND_F32 || value->kind == WEIR_KIND_F64) {
        double range = high->f64 - low->f64;
        if (!is_finite(range)) {
            return (value->f64 / 2 - low->f64 / 2) / (high->f64 / 2 - low->f64 / 2);
        }
        return range > 0 ? (value->f64 - low->f64) / range : 0;
    }
    uint64_t range = high->u64 - low->u64;
    return range > 0 ? (double)(value->u64 - low->u64) / (double)range : 0;
}

bool weir_column_histogram(const struct weir_column *column, struct weir_scratch *scratch,
                           uint32_t bins, uint64_t *counts_ret, double *low_ret, double *high_ret) {
    (void)scratch;
    WEIR_ASSERT(bins > 0);
    struct weir_value low;
    struct weir_value high;
    memset(counts_ret, 0, bins * sizeof *counts_ret);
    if (walk_total(column) == 0 || !finite_range(column, &low, &high)) {
        return false;
    }
    *low_ret = double_of(&low);
    *high_ret = double_of(&high);
    struct walk walk;
    walk_begin(&walk, column);
    uint64_t key = 0;
    uint64_t weight = 0;
    while (walk_next(&walk, &key, &weight)) {
        struct weir_value value = value_of(column, key);
        if (!is_finite(double_of(&value))) {
            continue;
        }
        double place = place_between(&value, &low, &high) * bins;
        uint32_t bin = place >= bins ? bins - 1 : place > 0 ? (uint32_t)place : 0;
        counts_ret[bin] += weight;
    }
    return true;
}

/* --- Everything else. ----------------------------------------------------------------------- */

/* Rounded to a whole number, between what is certain: more than the table held, and no more than
 * there are values. */
static uint64_t distinct_of(const struct weir_column *column) {
    double estimate = weir_hll_estimate(weir_column_hll(column)) + 0.5;
    uint64_t values = column->numbers.count - column->numbers.nans;
    uint64_t whole = estimate < 0x1p63 ? (uint64_t)estimate : values;
    return weir_min_u64(weir_max_u64(whole, WEIR_VALUES_MAX + 1), values);
}

static void distinct_result(const struct weir_column *column, struct weir_distinct *distinct) {
    distinct->exact = !column->spilled;
    if (column->kind == WEIR_KIND_BOOL) {
        distinct->value = (uint64_t)(column->trues > 0) + (uint64_t)(column->falses > 0);
    } else if (column->spilled) {
        distinct->value = distinct_of(column);
        distinct->relative_error = WEIR_HLL_RELATIVE_ERROR;
    } else {
        distinct->value = weir_column_values(column)->used;
    }
}

static void top_result(const struct weir_column *column, struct weir_result *result) {
    uint64_t keys[WEIR_TOP_MAX];
    uint64_t bool_keys[2] = {0, 1};
    uint64_t bool_counts[2] = {column->falses, column->trues};
    if (column->kind == WEIR_KIND_BOOL) {
        result->top_count = weir_top_best(bool_keys, bool_counts, 2, 0, keys, result->top);
    } else if (column->spilled) {
        const struct weir_top_table *top = weir_column_top(column);
        result->top_count =
            weir_top_best(top->keys, top->counts, top->used, top->error, keys, result->top);
    } else {
        const struct weir_values *values = weir_column_values(column);
        result->top_count =
            weir_top_best(values->keys, values->counts, values->used, 0, keys, result->top);
    }
    for (uint32_t i = 0; i < result->top_count; i++) {
        result->top[i].value = value_of(column, keys[i]);
    }
}

void weir_column_result(const struct weir_column *column, struct weir_scratch *scratch,
                        struct weir_result *result_ret) {
    (void)scratch;
    memset(result_ret, 0, sizeof *result_ret);
    if (column->kind == WEIR_KIND_BYTES) {
        weir_strings_result(weir_column_strings(column), result_ret);
    } else {
        weir_numbers_result(&column->numbers, result_ret);
        if ((column->stats & WEIR_STATS_DISTINCT) != 0) {
            result_ret->has_distinct = true;
            distinct_result(column, &result_ret->distinct);
        }
        if ((column->stats & WEIR_STATS_TOP) != 0) {
            top_result(column, result_ret);
        }
    }
    result_ret->nulls = column->rows_null;
    result_ret->rows = column->rows_null + result_ret->count;
}
