#include "stats/column_walk.h"
#include "stats/numbers_i128.h"

#include "base/banned.h"

/* --- Quantiles. ----------------------------------------------------------------------------- */

/*
 * The smallest rank (from 1) of a value whose rank is at least q * total. q comes from a decimal
 * fraction, so a product that passes a whole number by rounding alone counts as that number.
 */
uint64_t weir_column_rank(double q, uint64_t total) {
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

/* A value that was rounded down does not fall below the minimum. */
static void clamp_cut(struct weir_value *value, const struct weir_value *min) {
    if (value->cut && weir_int128_of(value->i128) < weir_int128_of(min->i128)) {
        value->i128 = min->i128;
    }
}

static void set_quantile(const struct weir_column *column, struct weir_quantile *quantile,
                         uint64_t key) {
    const struct weir_numbers *numbers = &column->numbers;
    bool low = quantile->q <= 0 && numbers->min.present;
    bool high = quantile->q >= 1 && numbers->max.present;
    quantile->value = low    ? numbers->min
                      : high ? numbers->max
                             : weir_column_walk_value(column, key);
    clamp_cut(&quantile->value, &numbers->min);
    quantile->rank_error =
        column->spilled && !low && !high ? weir_kll_rank_error(weir_column_kll(column)) : 0;
    quantile->exact = quantile->rank_error == 0;
}

void weir_column_quantiles(const struct weir_column *column, struct weir_scratch *scratch,
                           struct weir_quantile *quantiles, uint32_t count) {
    (void)scratch;
    WEIR_ASSERT(column->staged == 0);
    uint64_t total = weir_column_walk_total(column);
    for (uint32_t i = 0; i < count; i++) {
        double q = quantiles[i].q;
        memset(&quantiles[i], 0, sizeof quantiles[i]);
        quantiles[i].q = q;
        quantiles[i].value.kind = column->kind;
    }
    if (total == 0) {
        return;
    }
    if (column->spilled) {
        const struct weir_kll *kll = weir_column_kll(column);
        for (uint32_t i = 0; i < count; i++) {
            const uint64_t rank = weir_column_rank(quantiles[i].q, total);
            set_quantile(column, &quantiles[i], weir_kll_key_of_rank(kll, rank));
        }
        return;
    }
    struct weir_column_walk walk;
    weir_column_walk_begin(&walk, column);
    uint64_t key = 0;
    uint64_t seen = 0;
    uint64_t weight = 0;
    /* In ascending order of q, whatever the order asked for: each round takes the smallest rank
     * that is left. */
    for (uint64_t done = 0; done < total;) {
        uint64_t next = UINT64_MAX;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t rank = weir_column_rank(quantiles[i].q, total);
            next = rank > done && rank < next ? rank : next;
        }
        while (seen < next && weir_column_walk_next(&walk, &key, &weight)) {
            seen += weight;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (weir_column_rank(quantiles[i].q, total) == next) {
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
    case WEIR_KIND_I128: return (double)weir_int128_of(value->i128);
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
    if (value->kind == WEIR_KIND_I128) {
        const weir_uint128 least = (weir_uint128)weir_int128_of(low->i128);
        const weir_uint128 whole = (weir_uint128)weir_int128_of(high->i128) - least;
        const weir_uint128 part = (weir_uint128)weir_int128_of(value->i128) - least;
        return whole > 0 ? (double)part / (double)whole : 0;
    }
    uint64_t range = high->u64 - low->u64;
    return range > 0 ? (double)(value->u64 - low->u64) / (double)range : 0;
}

bool weir_column_histogram(const struct weir_column *column, struct weir_scratch *scratch,
                           uint32_t bins, uint64_t *counts_ret, double *low_ret, double *high_ret) {
    (void)scratch;
    WEIR_ASSERT(bins > 0);
    WEIR_ASSERT(column->staged == 0);
    struct weir_value low;
    struct weir_value high;
    memset(counts_ret, 0, bins * sizeof *counts_ret);
    if (weir_column_walk_total(column) == 0 || !finite_range(column, &low, &high)) {
        return false;
    }
    *low_ret = double_of(&low);
    *high_ret = double_of(&high);
    struct weir_column_walk walk;
    weir_column_walk_begin(&walk, column);
    uint64_t key = 0;
    uint64_t weight = 0;
    while (weir_column_walk_next(&walk, &key, &weight)) {
        struct weir_value value = weir_column_walk_value(column, key);
        clamp_cut(&value, &low);
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
    } else if (column->kind == WEIR_KIND_I128) {
        weir_strings_table_distinct(weir_column_wides(column), column->numbers.count, distinct);
    } else if (column->spilled) {
        distinct->value = distinct_of(column);
        distinct->relative_error = WEIR_HLL_RELATIVE_ERROR;
    } else {
        distinct->value = weir_column_values(column)->used;
    }
}

static void top_of_wides(const struct weir_strings_table *table, struct weir_result *result) {
    uint32_t entries[WEIR_TOP_MAX];
    result->top_count = weir_strings_table_best(table, entries, result->top);
    for (uint32_t i = 0; i < result->top_count; i++) {
        result->top[i].value = weir_column_wide(table, entries[i]);
    }
}

static void top_result(const struct weir_column *column, struct weir_result *result) {
    uint64_t keys[WEIR_TOP_MAX];
    if (column->kind == WEIR_KIND_I128) {
        top_of_wides(weir_column_wides(column), result);
        return;
    }
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
        result->top[i].value = weir_column_walk_value(column, keys[i]);
    }
}

void weir_column_result(const struct weir_column *column, struct weir_scratch *scratch,
                        struct weir_result *result_ret) {
    (void)scratch;
    WEIR_ASSERT(column->staged == 0);
    memset(result_ret, 0, sizeof *result_ret);
    if (column->kind == WEIR_KIND_BYTES) {
        weir_strings_result(weir_column_strings(column), result_ret);
        if (column->unordered) {
            const struct weir_value none = {.kind = WEIR_KIND_BYTES};
            result_ret->min = none;
            result_ret->max = none;
        }
    } else {
        weir_numbers_result(&column->numbers, result_ret);
        if (column->kind != WEIR_KIND_BOOL && weir_column_keyed(column) && !column->spilled) {
            weir_column_exact_moments(column, result_ret);
        }
        if ((column->stats & WEIR_STATS_DISTINCT) != 0) {
            result_ret->has_distinct = true;
            distinct_result(column, &result_ret->distinct);
        }
        if ((column->stats & WEIR_STATS_TOP) != 0) {
            top_result(column, result_ret);
        }
    }
    result_ret->nulls = column->rows_null;
    if (!weir_add_u64(column->rows_null, result_ret->count, &result_ret->rows)) {
        result_ret->rows = UINT64_MAX; /* as nulls are held there, too */
    }
}
