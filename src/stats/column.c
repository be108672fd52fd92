#include "stats/column_state.h"

#include "base/banned.h"

_Static_assert(WEIR_TOP_SPARE_WORDS <= WEIR_KEYS_ROOM, "enough for the top table to work in");
_Static_assert(2 * WEIR_VALUES_MAX <= WEIR_BLOCK_VALUES, "exact values must fit the work area");
_Static_assert(WEIR_KLL_ADD_MAX >= WEIR_BLOCK_VALUES, "a block must fit one add");

/* Distinct ascending keys into the sketches, with counts, which are used up, or 1 each if NULL. */
static void sketch_runs(struct weir_column *column, const struct weir_scratch *scratch,
                        const uint64_t *keys, uint64_t *counts, uint32_t count, uint64_t *spare) {
    struct weir_hll *hll = weir_column_hll(column);
    struct weir_top_table *top = weir_column_top(column);
    struct weir_kll *kll = weir_column_kll(column);
    WEIR_ASSERT(column->spilled);
    if (hll != NULL) {
        weir_hll_add_keys(hll, scratch->isa, keys, count);
    }
    if (top != NULL) {
        weir_top_add(top, keys, counts, count, spare);
    }
    if (kll != NULL && counts == NULL) {
        weir_kll_add(kll, keys, count, spare);
    } else if (kll != NULL) {
        weir_kll_add_weighted(kll, keys, counts, count, spare);
    }
}

void weir_column_sketches_begin(struct weir_column *column) {
    column->spilled = true;
    if (column->kll_offset != 0) {
        weir_kll_begin(weir_column_kll(column), column->rank_error, column->seed, column->ordinal);
    }
    if (column->hll_offset != 0) {
        weir_hll_begin(weir_column_hll(column));
    }
    if (column->top_offset != 0) {
        weir_top_begin(weir_column_top(column));
    }
}

void weir_column_spill(struct weir_column *column, const struct weir_scratch *scratch) {
    const struct weir_values *values = weir_column_values(column);
    uint32_t used = values->used;
    uint64_t *keys = scratch->work;
    uint64_t *counts = scratch->work + WEIR_VALUES_MAX;
    memcpy(keys, values->keys, used * sizeof *keys);
    memcpy(counts, values->counts, used * sizeof *counts);
    weir_column_sketches_begin(column);
    sketch_runs(column, scratch, keys, counts, used, scratch->work + 2 * WEIR_VALUES_MAX);
}

void weir_column_add_runs(struct weir_column *column, const struct weir_scratch *scratch,
                          uint32_t runs) {
    if (!column->spilled) {
        if (weir_values_add(weir_column_values(column), scratch->keys, scratch->spare, runs)) {
            return;
        }
        weir_column_spill(column, scratch);
    }
    sketch_runs(column, scratch, scratch->keys, scratch->spare, runs, scratch->work);
}

/* Whether a block starts as if it were sorted, up or down: sorting it then costs less than what
 * would make that unnecessary. */
static bool starts_in_order(const uint64_t *keys, uint32_t count) {
    uint32_t up = 0;
    uint32_t down = 0;
    for (uint32_t i = 1; i < count && i < 64; i++) {
        up += keys[i] >= keys[i - 1];
        down += keys[i] <= keys[i - 1];
    }
    return count < 64 || up == 63 || down == 63;
}

/* Sketches of a block of keys, each of weight 1, at scratch->keys. */
static void sketch_keys(struct weir_column *column, const struct weir_scratch *scratch,
                        uint32_t count) {
    struct weir_hll *hll = weir_column_hll(column);
    struct weir_top_table *top = weir_column_top(column);
    struct weir_kll *kll = weir_column_kll(column);
    uint64_t *keys = scratch->keys;
    if (hll != NULL) {
        weir_hll_add_keys(hll, scratch->isa, keys, count);
    }
    const bool in_order = starts_in_order(keys, count);
    const bool picks = kll != NULL && !in_order && weir_kll_would_pick(kll, count);
    /* Before sorting, if that may then be left out; else when it has shown whether keys repeat. */
    if (top != NULL && !in_order && (picks || kll == NULL) &&
        weir_top_add_unsorted(top, scratch->isa, scratch->sort, keys, count, scratch->spare)) {
        top = NULL;
    }
    if (top == NULL && picks) {
        uint32_t level = 0;
        uint32_t picked =
            weir_kll_pick(kll, scratch->sort_strata, keys, count, scratch->work, &level);
        scratch->sort(scratch->work, scratch->spare, picked);
        weir_kll_add_picked(kll, scratch->work, picked, level, keys);
        return;
    }
    if (top == NULL && kll == NULL) {
        return;
    }
    scratch->sort(keys, scratch->spare, count);
    if (kll != NULL) {
        weir_kll_add(kll, keys, count, scratch->work);
    }
    if (top == NULL) {
        return;
    }
    if (weir_values_repeats(scratch->isa, keys, count) == 0) {
        weir_top_add(top, keys, NULL, count, scratch->work);
    } else if (in_order || picks || kll == NULL ||
               !weir_top_add_unsorted(top, scratch->isa, scratch->sort, keys, count,
                                      scratch->spare)) {
        uint32_t runs = weir_values_runs(scratch->isa, keys, count, keys, scratch->spare);
        weir_top_add(top, keys, scratch->spare, runs, scratch->work);
    }
}

/*
 * Keeps the finite extremes of a column that has infinities. Until the first one they are the
 * extremes that the numbers keep; `before` is their state in front of this block.
 */
static void note_finite(struct weir_column *column, const struct weir_value before[2],
                        const uint64_t *keys, uint32_t count) {
    if (!column->infinite) {
        column->infinite = true;
        column->finite_present = before[0].present;
        column->finite_low = before[0].present ? before[0].f64 : 0;
        column->finite_high = before[1].present ? before[1].f64 : 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        double value = weir_value_of_key(column->kind, keys[i]).f64;
        if (value - value != 0) {
            continue;
        }
        if (!column->finite_present || value < column->finite_low) {
            column->finite_low = value;
        }
        if (!column->finite_present || value > column->finite_high) {
            column->finite_high = value;
        }
        column->finite_present = true;
    }
}

static bool all_one(const uint32_t *weights, uint32_t count) {
    uint32_t others = 0;
    for (uint32_t i = 0; i < count; i++) {
        others |= weights[i] ^ 1;
    }
    return others == 0;
}

/* The first block of a column, or one of a column with few distinct values: keys of weight 1 at
 * scratch->keys. */
static void count_keys(struct weir_column *column, const struct weir_scratch *scratch,
                       uint32_t count) {
    uint64_t *keys = scratch->keys;
    scratch->sort(keys, scratch->spare, count);
    if (count > WEIR_VALUES_MAX && weir_values_repeats(scratch->isa, keys, count) == 0) {
        weir_column_spill(column, scratch);
        sketch_runs(column, scratch, keys, NULL, count, scratch->work);
    } else {
        uint32_t runs = weir_values_runs(scratch->isa, keys, count, keys, scratch->spare);
        weir_column_add_runs(column, scratch, runs);
    }
}

/* One canonical block of `count` values as stored, from the caller's memory or the stage. */
static void add_block(struct weir_column *column, struct weir_scratch *scratch, const void *values,
                      const uint32_t *weights, uint32_t count) {
    WEIR_ASSERT(count > 0 && count <= WEIR_BLOCK_VALUES);
    struct weir_numbers *numbers = &column->numbers;
    struct weir_value before[2] = {numbers->min, numbers->max};
    if (weights != NULL && all_one(weights, count)) {
        weights = NULL; /* a column of values that do not repeat, in a dictionary all the same */
    }
    weir_numbers_block(numbers, scratch->isa, values, weights, count);
    if (!weir_column_keyed(column)) {
        return;
    }
    WEIR_ASSERT(scratch->keys != NULL);
    if (column->kind == WEIR_KIND_I128) {
        weir_column_count_wides(column, scratch, values, weights, count);
        if (weir_column_kll(column) == NULL) {
            return; /* still exact, or nobody asks for quantiles */
        }
    }
    uint32_t *kept_weights = weights == NULL ? NULL : scratch->kept_weights;
    uint32_t kept = weir_numbers_keys(scratch->isa, column->kind, values, weights, count,
                                      scratch->keys, kept_weights);
    if (kept == 0) {
        return;
    }
    if (numbers->pos_infs != 0 || numbers->neg_infs != 0) {
        note_finite(column, before, scratch->keys, kept);
    }
    if (weights != NULL && !all_one(kept_weights, kept)) {
        uint32_t runs = weir_values_weigh(scratch->isa, scratch->sort, scratch->keys, kept_weights,
                                          kept, scratch->work, scratch->spare);
        memcpy(scratch->keys, scratch->work, runs * sizeof *scratch->keys);
        weir_column_add_runs(column, scratch, runs);
    } else if (column->spilled) {
        sketch_keys(column, scratch, kept);
    } else {
        count_keys(column, scratch, kept);
    }
}

/* --- Chunks. -------------------------------------------------------------------------------- */

static void flush(struct weir_column *column, struct weir_scratch *scratch) {
    uint32_t count = column->staged;
    if (count > 0) {
        column->staged = 0;
        add_block(column, scratch, weir_column_stage(column),
                  column->staged_weighted ? scratch->stage_weights : NULL, count);
    }
}

/* Values with weights, or without when weights == NULL. A change from one to the other ends the
 * block. */
static void add_values(struct weir_column *column, struct weir_scratch *scratch,
                       const uint8_t *values, const uint32_t *weights, uint64_t count) {
    uint32_t each = weir_column_value_bytes(column->kind);
    WEIR_ASSERT(each > 0);
    if (count == 0) {
        return;
    }
    if (column->staged_weighted != (weights != NULL)) {
        flush(column, scratch);
        column->staged_weighted = weights != NULL;
    }
    while (count > 0) {
        uint32_t taken = 0;
        if (column->staged == 0 && count >= WEIR_BLOCK_VALUES) {
            taken = WEIR_BLOCK_VALUES;
            add_block(column, scratch, values, weights, taken);
        } else {
            taken = (uint32_t)weir_min_u64(count, WEIR_BLOCK_VALUES - column->staged);
            memcpy(weir_column_stage(column) + (size_t)column->staged * each, values,
                   (size_t)taken * each);
            if (weights != NULL) {
                memcpy(scratch->stage_weights + column->staged, weights, taken * sizeof *weights);
            }
            column->staged += taken;
            if (column->staged == WEIR_BLOCK_VALUES) {
                flush(column, scratch);
            }
        }
        values += (size_t)taken * each;
        weights = weights == NULL ? NULL : weights + taken;
        count -= taken;
    }
}

void weir_column_chunk_begin(struct weir_column *column, struct weir_scratch *scratch) {
    WEIR_ASSERT(column != NULL && scratch != NULL);
    WEIR_ASSERT(!column->staged_weighted);
    if (column->kind == WEIR_KIND_BYTES) {
        weir_strings_chunk_begin(weir_column_strings(column), scratch->strings);
    }
}

void weir_column_add_nulls(struct weir_column *column, uint64_t n) {
    if (!weir_add_u64(column->rows_null, n, &column->rows_null)) {
        column->rows_null = UINT64_MAX;
    }
}

void weir_column_add_bools(struct weir_column *column, uint64_t trues, uint64_t falses) {
    WEIR_ASSERT(column->kind == WEIR_KIND_BOOL);
    column->trues += trues;
    column->falses += falses;
    weir_numbers_add_bools(&column->numbers, trues, falses);
}

void weir_column_add_fixed(struct weir_column *column, struct weir_scratch *scratch,
                           const void *values, uint64_t count) {
    add_values(column, scratch, values, NULL, count);
}

void weir_column_add_fixed_weighted(struct weir_column *column, struct weir_scratch *scratch,
                                    const void *values, const uint32_t *weights, uint64_t count) {
    WEIR_ASSERT(count == 0 || weights != NULL);
    add_values(column, scratch, values, weights, count);
}

void weir_column_add_views(struct weir_column *column, struct weir_scratch *scratch,
                           const struct weir_view *views, const uint32_t *weights, uint64_t count) {
    weir_strings_add_views(weir_column_strings(column), scratch->strings, views, weights, count);
}

void weir_column_add_piece(struct weir_column *column, struct weir_scratch *scratch,
                           const uint8_t *data, uint64_t bytes, uint64_t offset, uint64_t length,
                           uint32_t weight) {
    weir_strings_add_piece(weir_column_strings(column), scratch->strings, data, bytes, offset,
                           length, weight);
}

void weir_column_chunk_end(struct weir_column *column, struct weir_scratch *scratch) {
    if (column->kind == WEIR_KIND_BYTES) {
        weir_strings_chunk_end(weir_column_strings(column), scratch->strings);
    } else if (column->staged_weighted) {
        flush(column, scratch);
        column->staged_weighted = false;
    }
}

void weir_column_end(struct weir_column *column, struct weir_scratch *scratch) {
    WEIR_ASSERT(!column->staged_weighted);
    if (column->kind == WEIR_KIND_BYTES) {
        weir_strings_end(weir_column_strings(column), scratch->strings);
        return;
    }
    flush(column, scratch);
}
