#include "stats/strings.h"

#include "stats/limbs.h"
#include "stats/strings_state.h"

#include "base/banned.h"

/*
 * Numerics notes: mean = S / n and variance = (n Q - S^2) / (n (n - 1)) from the exact integers S
 * (sum of lengths) and Q (sum of their squares). The numerator is formed in 256 bits, so nothing
 * cancels: a quotient of two nearest doubles, within 2 units in the last place.
 */
static void fill_lengths(const struct weir_strings_state *strings, struct weir_strings *ret) {
    const uint64_t n = strings->count;
    const weir_u128 sum = strings->length_sum;
    ret->bytes_total = sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
    ret->length_min = n == 0 ? 0 : strings->length_min;
    ret->length_max = strings->length_max;
    ret->empty = strings->empty;
    ret->invalid_utf8 = strings->invalid_utf8;
    ret->length_mean = n == 0 ? __builtin_nan("") : (double)sum / (double)n;
    ret->length_std = __builtin_nan("");
    if (n > 1) {
        uint64_t numerator[4];
        uint64_t square[4];
        weir_limbs_product(n, strings->length_square_sum, numerator);
        weir_limbs_product(sum, sum, square);
        const bool below = weir_limbs_subtract(numerator, square, 4);
        WEIR_ASSERT(!below);
        double pairs = (double)((weir_u128)n * (n - 1));
        ret->length_std = __builtin_sqrt(weir_limbs_to_double(numerator, 4, false, 0) / pairs);
    }
}

static void fill_extreme(const struct weir_strings_state *strings,
                         const struct weir_strings_extreme *extreme, struct weir_value *ret) {
    memset(ret, 0, sizeof *ret);
    ret->kind = WEIR_KIND_BYTES;
    ret->present = strings->has_extremes;
    if (ret->present) {
        ret->cut = extreme->cut;
        ret->bytes_count = extreme->kept_bytes;
        memcpy(ret->bytes, extreme->bytes, sizeof extreme->bytes);
    }
}

/* Order of the top values: by count, descending, then by what is kept of the value; two cut values
 * with equal beginnings by hash. */
static bool ranks_before(const struct weir_strings_table *table, uint32_t a, uint32_t b) {
    if (table->count[a] != table->count[b]) {
        return table->count[a] > table->count[b];
    }
    /* Padding with zeros and then comparing lengths orders as comparing the bytes alone does. */
    int order = memcmp(table->head[a], table->head[b], WEIR_STRINGS_HEAD_BYTES);
    if (order != 0) {
        return order < 0;
    }
    if (table->head_length[a] != table->head_length[b]) {
        return table->head_length[a] < table->head_length[b];
    }
    return table->hash[a] < table->hash[b];
}

uint32_t weir_strings_table_best(const struct weir_strings_table *table,
                                 uint32_t entries_ret[WEIR_TOP_MAX],
                                 struct weir_top best_ret[WEIR_TOP_MAX]) {
    uint32_t *best = entries_ret;
    uint32_t count = 0;
    for (uint32_t e = 0; e < table->used; e++) {
        if (count == WEIR_TOP_MAX && !ranks_before(table, e, best[count - 1])) {
            continue;
        }
        uint32_t at = count < WEIR_TOP_MAX ? count++ : count - 1;
        for (; at > 0 && ranks_before(table, e, best[at - 1]); at--) {
            best[at] = best[at - 1];
        }
        best[at] = e;
    }
    for (uint32_t k = 0; k < count; k++) {
        best_ret[k].count_low = table->count[best[k]];
        best_ret[k].count_high = best_ret[k].count_low + table->error;
    }
    return count;
}

static void fill_top(const struct weir_strings_table *table, struct weir_result *ret) {
    uint32_t best[WEIR_TOP_MAX] = {0};
    ret->top_count = weir_strings_table_best(table, best, ret->top);
    for (uint32_t k = 0; k < ret->top_count; k++) {
        struct weir_top *top = &ret->top[k];
        uint32_t length = table->head_length[best[k]];
        top->value.kind = WEIR_KIND_BYTES;
        top->value.present = true;
        top->value.cut = length > WEIR_STRINGS_HEAD_BYTES;
        top->value.bytes_count = (uint32_t)weir_min_u64(length, WEIR_STRINGS_HEAD_BYTES);
        memcpy(top->value.bytes, table->head[best[k]], WEIR_STRINGS_HEAD_BYTES);
    }
}

/* Numerics notes: more than WEIR_STRINGS_EXACT distinct hashes have been seen once the table has
 * spilled, and never more than values: the estimate is held between the two. */
void weir_strings_table_distinct(const struct weir_strings_table *table, uint64_t count,
                                 struct weir_distinct *distinct_ret) {
    if (!table->spilled) {
        distinct_ret->exact = true;
        distinct_ret->value = table->used;
        distinct_ret->relative_error = 0;
        return;
    }
    /* Infinite when every register is full, which no count of values makes likely. */
    const double estimate = weir_hll_estimate(&table->hll) + 0.5;
    uint64_t rounded = estimate < 0x1p63 ? (uint64_t)estimate : count;
    rounded = weir_max_u64(rounded, WEIR_STRINGS_EXACT + 1);
    distinct_ret->exact = false;
    distinct_ret->value = weir_min_u64(rounded, count);
    distinct_ret->relative_error = WEIR_HLL_RELATIVE_ERROR;
}

void weir_strings_result(const struct weir_strings_state *strings, struct weir_result *result_ret) {
    const struct weir_strings_table *table = &strings->table;
    WEIR_ASSERT(result_ret != NULL);
    WEIR_ASSERT(strings->carry.count == 0);
    result_ret->count = strings->count;
    fill_extreme(strings, &strings->min, &result_ret->min);
    fill_extreme(strings, &strings->max, &result_ret->max);
    memset(&result_ret->distinct, 0, sizeof result_ret->distinct);
    memset(result_ret->top, 0, sizeof result_ret->top);
    result_ret->top_count = 0;
    result_ret->has_distinct = table->wants_distinct;
    if (table->wants_distinct) {
        weir_strings_table_distinct(table, strings->count, &result_ret->distinct);
    }
    if (table->wants_top) {
        fill_top(table, result_ret);
    }
    result_ret->has_strings = true;
    memset(&result_ret->strings, 0, sizeof result_ret->strings);
    fill_lengths(strings, &result_ret->strings);
}
