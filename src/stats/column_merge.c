#include "base/bits.h"
#include "stats/column_state.h"
#include "stats/strings_state.h"

#include "base/banned.h"

_Static_assert(WEIR_VALUES_MAX <= WEIR_BLOCK_VALUES, "exact values fit the keys of a block");

static enum weir_status check_alike(const struct weir_column *into, const struct weir_column *from,
                                    struct weir_error *error) {
    if (into->kind != from->kind || into->unordered != from->unordered) {
        return weir_fail_numbers(error, WEIR_E_SCHEMA, "columns of different kinds do not merge",
                                 (uint64_t)into->kind, (uint64_t)from->kind);
    }
    if (into->stats != from->stats) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT,
                                 "columns with different statistics do not merge", into->stats,
                                 from->stats);
    }
    if (weir_bits_of_double(into->rank_error) != weir_bits_of_double(from->rank_error)) {
        return weir_fail(error, WEIR_E_ARGUMENT, "columns of different rank errors do not merge");
    }
    if (into->seed != from->seed) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "columns of different seeds do not merge",
                                 into->seed, from->seed);
    }
    return WEIR_OK;
}

static uint64_t count_of(const struct weir_column *column) {
    return column->kind == WEIR_KIND_BYTES ? weir_column_strings(column)->count
                                           : column->numbers.count;
}

static bool has_nothing(const struct weir_column *column) {
    return count_of(column) == 0 && column->numbers.blocks == 0;
}

/* All but the nulls and the slot's own size. */
static void copy(struct weir_column *into, const struct weir_column *from) {
    const uint64_t slot_bytes = into->slot_bytes;
    const uint64_t rows_null = into->rows_null;
    const uint64_t bytes = weir_min_u64(slot_bytes, from->slot_bytes);
    memcpy(into, from, bytes);
    memset((uint8_t *)into + bytes, 0, slot_bytes - bytes);
    into->slot_bytes = slot_bytes;
    into->rows_null = rows_null;
}

/* The finite extremes of a column of floats. */
static bool finite_of(const struct weir_column *column, double *low_ret, double *high_ret) {
    *low_ret = column->infinite ? column->finite_low : column->numbers.min.f64;
    *high_ret = column->infinite ? column->finite_high : column->numbers.max.f64;
    return column->infinite ? column->finite_present : column->numbers.has_extremes;
}

/* Before the numbers are merged. */
static void merge_finite(struct weir_column *into, const struct weir_column *from) {
    double low = 0;
    double high = 0;
    double other_low = 0;
    double other_high = 0;
    if (!into->infinite && !from->infinite) {
        return;
    }
    const bool mine = finite_of(into, &low, &high);
    const bool theirs = finite_of(from, &other_low, &other_high);
    into->infinite = true;
    into->finite_present = mine || theirs;
    into->finite_low = !theirs || (mine && low <= other_low) ? low : other_low;
    into->finite_high = !theirs || (mine && high >= other_high) ? high : other_high;
}

/* Exact values, or the sketches in their place. */
static void merge_keys(struct weir_column *into, const struct weir_column *from,
                       const struct weir_scratch *scratch) {
    if (!from->spilled) {
        const struct weir_values *values = weir_column_values(from);
        memcpy(scratch->keys, values->keys, values->used * sizeof *values->keys);
        memcpy(scratch->spare, values->counts, values->used * sizeof *values->counts);
        weir_column_add_runs(into, scratch, values->used);
        return;
    }
    if (!into->spilled) {
        weir_column_spill(into, scratch);
    }
    if (into->kll_offset != 0) {
        weir_kll_merge(weir_column_kll(into), weir_column_kll(from), scratch->work);
    }
    if (into->hll_offset != 0) {
        weir_hll_merge(weir_column_hll(into), weir_column_hll(from));
    }
    if (into->top_offset != 0) {
        weir_top_merge(weir_column_top(into), weir_column_top(from), scratch->work);
    }
}

static void merge_values(struct weir_column *into, struct weir_column *from,
                         struct weir_scratch *scratch) {
    if (into->kind == WEIR_KIND_BYTES) {
        weir_strings_merge(weir_column_strings(into), weir_column_strings(from), scratch->strings);
        return;
    }
    into->trues += from->trues;
    into->falses += from->falses;
    merge_finite(into, from);
    weir_numbers_merge(&into->numbers, &from->numbers);
    if (into->kind == WEIR_KIND_BOOL || !weir_column_keyed(into)) {
        return;
    }
    if (into->kind == WEIR_KIND_I128) {
        weir_column_merge_wides(into, from, scratch);
    } else {
        merge_keys(into, from, scratch);
    }
}

enum weir_status weir_column_merge(struct weir_column *into, struct weir_column *from,
                                   struct weir_scratch *scratch, struct weir_error *error) {
    WEIR_ASSERT(into != from);
    WEIR_TRY(check_alike(into, from, error));
    weir_column_end(into, scratch);
    weir_column_end(from, scratch);
    if (count_of(into) > WEIR_NUMBERS_COUNT_MAX ||
        count_of(from) > WEIR_NUMBERS_COUNT_MAX - count_of(into) ||
        into->numbers.blocks > WEIR_NUMBERS_BLOCKS_MAX ||
        from->numbers.blocks > WEIR_NUMBERS_BLOCKS_MAX - into->numbers.blocks) {
        return weir_fail_numbers(error, WEIR_E_LIMIT, "more values than one column can have",
                                 WEIR_NUMBERS_COUNT_MAX, count_of(from));
    }
    weir_column_add_nulls(into, from->rows_null);
    if (has_nothing(into)) {
        copy(into, from);
    } else if (!has_nothing(from)) {
        merge_values(into, from, scratch);
    }
    return WEIR_OK;
}
