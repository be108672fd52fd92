#include "stats/column_state.h"

#include "base/banned.h"

_Static_assert(WEIR_TOP_SPARE_WORDS <= WEIR_KEYS_ROOM, "the stage is the top table's spare memory");
_Static_assert(2 * WEIR_VALUES_MAX <= WEIR_BLOCK_VALUES, "exact values must fit the stage");
_Static_assert(WEIR_KLL_ADD_MAX >= WEIR_BLOCK_VALUES, "a block must fit one add");

static uint64_t round_up(uint64_t bytes) {
    return (bytes + (WEIR_SPACE_ALIGN - 1)) & ~(uint64_t)(WEIR_SPACE_ALIGN - 1);
}

/* --- Memory. -------------------------------------------------------------------------------- */

/* Where the sketches of a slot lie; 0 for those that nobody asked for. */
struct layout {
    uint64_t kll;
    uint64_t hll;
    uint64_t top;
    uint64_t end;
};

static struct layout layout_of(const struct weir_stats_options *options) {
    struct layout layout = {.end = WEIR_COLUMN_PARTS};
    if ((options->stats & WEIR_STATS_QUANTILES) != 0) {
        layout.kll = layout.end;
        layout.end += round_up(weir_kll_bytes(options->rank_error));
    }
    if ((options->stats & WEIR_STATS_DISTINCT) != 0) {
        layout.hll = layout.end;
        layout.end += round_up(sizeof(struct weir_hll));
    }
    if ((options->stats & WEIR_STATS_TOP) != 0) {
        layout.top = layout.end;
        layout.end += round_up(sizeof(struct weir_top_table));
    }
    return layout;
}

static uint64_t kind_bytes(enum weir_kind kind, const struct weir_stats_options *options) {
    if (kind == WEIR_KIND_BYTES) {
        return WEIR_COLUMN_PARTS + weir_strings_state_bytes();
    }
    if (kind == WEIR_KIND_BOOL || (options->stats & WEIR_STATS_KEYED) == 0) {
        return WEIR_COLUMN_PARTS;
    }
    return weir_max_u64(layout_of(options).end, WEIR_COLUMN_PARTS + sizeof(struct weir_values));
}

/* The buffers of fixed-width blocks. */
static void take_buffers(struct weir_space *space, bool keyed, struct weir_scratch *scratch) {
    scratch->stage = weir_space_take(space, "block values", WEIR_KEYS_ROOM, sizeof *scratch->stage,
                                     "gathers a canonical block");
    scratch->stage_weights =
        weir_space_take(space, "block weights", WEIR_BLOCK_VALUES, sizeof *scratch->stage_weights,
                        "how often each dictionary entry occurs");
    if (keyed) {
        scratch->kept_weights =
            weir_space_take(space, "key weights", WEIR_BLOCK_VALUES, sizeof *scratch->kept_weights,
                            "the same without NaN");
        scratch->keys = weir_space_take(space, "block keys", WEIR_KEYS_ROOM, sizeof *scratch->keys,
                                        "a block's keys, sorted");
        scratch->spare = weir_space_take(space, "sort area", WEIR_KEYS_ROOM, sizeof *scratch->spare,
                                         "second half of the sort, then counts of equal keys");
    }
}

struct weir_scratch *weir_scratch_take(struct weir_space *space,
                                       const struct weir_stats_options *options) {
    bool keyed = (options->stats & WEIR_STATS_KEYED) != 0;
    struct weir_scratch found;
    memset(&found, 0, sizeof found);
    /* A chunk is either of numbers or of byte arrays, and leaves nothing behind: the buffers of
     * both lie in the same bytes. */
    struct weir_space numbers;
    struct weir_space strings;
    weir_space_measure(&numbers, NULL, NULL);
    weir_space_measure(&strings, NULL, NULL);
    take_buffers(&numbers, keyed, &found);
    (void)weir_strings_scratch_take(&strings);
    uint64_t bytes = weir_max_u64(numbers.used_bytes, strings.used_bytes);
    struct weir_scratch *scratch = weir_space_take(space, "scratch", 1, sizeof *scratch,
                                                   "a lane's view of its working memory");
    void *area = weir_space_take(space, "block in work", 1, bytes,
                                 "a block of values: staging, keys, sort, counts");
    if (scratch == NULL || area == NULL) {
        return NULL;
    }
    weir_space_carve(&numbers, area, bytes);
    weir_space_carve(&strings, area, bytes);
    take_buffers(&numbers, keyed, &found);
    found.strings = weir_strings_scratch_take(&strings);
    WEIR_ASSERT(!numbers.overflow && !strings.overflow);
    found.isa = weir_isa_choose(options->isa);
    found.sort = weir_sort_choose(found.isa);
    *scratch = found;
    return scratch;
}

struct weir_column *weir_column_take(struct weir_space *space, uint32_t kinds,
                                     const struct weir_stats_options *options) {
    uint64_t bytes = WEIR_COLUMN_PARTS;
    for (uint32_t kind = WEIR_KIND_BOOL; kind <= WEIR_KIND_BYTES; kind++) {
        if ((kinds >> kind & 1) != 0) {
            bytes = weir_max_u64(bytes, kind_bytes((enum weir_kind)kind, options));
        }
    }
    bytes = round_up(bytes);
    struct weir_column *column =
        weir_space_take(space, "column", 1, bytes, "counts, moments, sketches, top values");
    if (column != NULL) {
        column->slot_bytes = bytes;
    }
    return column;
}

void weir_column_begin(struct weir_column *column, const struct weir_stats_options *options,
                       enum weir_kind kind, uint64_t ordinal) {
    uint64_t slot_bytes = column->slot_bytes;
    WEIR_ASSERT(kind_bytes(kind, options) <= slot_bytes);
    memset(column, 0, slot_bytes);
    column->slot_bytes = slot_bytes;
    column->kind = kind;
    column->stats = options->stats;
    column->rank_error = options->rank_error;
    column->seed = options->seed;
    column->ordinal = ordinal;
    if (kind == WEIR_KIND_BYTES) {
        weir_strings_begin(weir_column_strings(column), options);
        return;
    }
    weir_numbers_begin(&column->numbers, kind);
    if (kind != WEIR_KIND_BOOL && weir_column_keyed(column)) {
        struct layout layout = layout_of(options);
        column->kll_offset = layout.kll;
        column->hll_offset = layout.hll;
        column->top_offset = layout.top;
        weir_values_begin(weir_column_values(column));
    }
}

static void *part_at(const struct weir_column *column, uint64_t offset) {
    return (uint8_t *)(uintptr_t)column + offset;
}

struct weir_strings_state *weir_column_strings(const struct weir_column *column) {
    WEIR_ASSERT(column->kind == WEIR_KIND_BYTES);
    return part_at(column, WEIR_COLUMN_PARTS);
}

struct weir_values *weir_column_values(const struct weir_column *column) {
    WEIR_ASSERT(!column->spilled);
    return part_at(column, WEIR_COLUMN_PARTS);
}

struct weir_kll *weir_column_kll(const struct weir_column *column) {
    bool there = column->spilled && column->kll_offset != 0;
    return there ? part_at(column, column->kll_offset) : NULL;
}

struct weir_hll *weir_column_hll(const struct weir_column *column) {
    bool there = column->spilled && column->hll_offset != 0;
    return there ? part_at(column, column->hll_offset) : NULL;
}

struct weir_top_table *weir_column_top(const struct weir_column *column) {
    bool there = column->spilled && column->top_offset != 0;
    return there ? part_at(column, column->top_offset) : NULL;
}

/* --- Blocks. -------------------------------------------------------------------------------- */

/* Distinct ascending keys with counts into the sketches. The counts are used up. */
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
    if (kll != NULL) {
        weir_kll_add_weighted(kll, keys, counts, count, spare);
    }
}

/* There are more distinct values than the table holds: sketches take its place and get what it
 * had. Uses the stage; the block's keys and counts stay as they are. */
static void spill(struct weir_column *column, const struct weir_scratch *scratch) {
    const struct weir_values *values = weir_column_values(column);
    uint32_t used = values->used;
    uint64_t *keys = scratch->stage;
    uint64_t *counts = scratch->stage + WEIR_VALUES_MAX;
    memcpy(keys, values->keys, used * sizeof *keys);
    memcpy(counts, values->counts, used * sizeof *counts);
    memset(part_at(column, WEIR_COLUMN_PARTS), 0, column->slot_bytes - WEIR_COLUMN_PARTS);
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
    sketch_runs(column, scratch, keys, counts, used, scratch->stage + 2 * WEIR_VALUES_MAX);
}

/* Distinct ascending keys at scratch->keys, counts at scratch->spare. */
static void add_runs(struct weir_column *column, const struct weir_scratch *scratch,
                     uint32_t runs) {
    if (!column->spilled) {
        if (weir_values_add(weir_column_values(column), scratch->keys, scratch->spare, runs)) {
            return;
        }
        spill(column, scratch);
    }
    sketch_runs(column, scratch, scratch->keys, scratch->spare, runs, scratch->stage);
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
    if (top == NULL && kll != NULL && weir_kll_would_pick(kll, count)) {
        uint32_t level = 0;
        uint32_t picked = weir_kll_pick(kll, keys, count, scratch->stage, &level);
        scratch->sort(scratch->stage, scratch->spare, picked);
        weir_kll_add_picked(kll, scratch->stage, picked, level, keys);
        return;
    }
    if (top == NULL && kll == NULL) {
        return;
    }
    scratch->sort(keys, scratch->spare, count);
    if (kll != NULL) {
        weir_kll_add(kll, keys, count, scratch->stage);
    }
    if (top != NULL && weir_values_repeats(scratch->isa, keys, count) == 0) {
        weir_top_add(top, keys, NULL, count, scratch->stage);
    } else if (top != NULL) {
        uint32_t runs = weir_values_runs(scratch->isa, keys, count, keys, scratch->spare);
        weir_top_add(top, keys, scratch->spare, runs, scratch->stage);
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

/*
 * One canonical block of `count` values as stored, from the caller's memory or the stage. The
 * stage is free for other use once the keys are out.
 */
static void add_block(struct weir_column *column, struct weir_scratch *scratch, const void *values,
                      const uint32_t *weights, uint32_t count) {
    WEIR_ASSERT(count > 0 && count <= WEIR_BLOCK_VALUES);
    struct weir_numbers *numbers = &column->numbers;
    struct weir_value before[2] = {numbers->min, numbers->max};
    weir_numbers_block(numbers, scratch->isa, values, weights, count);
    if (!weir_column_keyed(column)) {
        return;
    }
    WEIR_ASSERT(scratch->keys != NULL);
    uint32_t *kept_weights = weights == NULL ? NULL : scratch->kept_weights;
    uint32_t kept = weir_numbers_keys(scratch->isa, column->kind, values, weights, count,
                                      scratch->keys, kept_weights);
    if (kept == 0) {
        return;
    }
    if (numbers->pos_infs != 0 || numbers->neg_infs != 0) {
        note_finite(column, before, scratch->keys, kept);
    }
    if (weights != NULL) {
        memcpy(scratch->stage, scratch->keys, kept * sizeof *scratch->keys);
        scratch->sort(scratch->keys, scratch->spare, kept);
        uint32_t runs = weir_values_weigh(scratch->isa, scratch->keys, scratch->stage, kept_weights,
                                          kept, scratch->spare);
        add_runs(column, scratch, runs);
    } else if (column->spilled) {
        sketch_keys(column, scratch, kept);
    } else {
        scratch->sort(scratch->keys, scratch->spare, kept);
        add_runs(
            column, scratch,
            weir_values_runs(scratch->isa, scratch->keys, kept, scratch->keys, scratch->spare));
    }
}

/* --- Chunks. -------------------------------------------------------------------------------- */

static uint32_t value_bytes(enum weir_kind kind) {
    WEIR_ASSERT(kind != WEIR_KIND_BOOL && kind != WEIR_KIND_BYTES);
    return kind == WEIR_KIND_I32 || kind == WEIR_KIND_U32 || kind == WEIR_KIND_F32 ? 4 : 8;
}

static void flush(struct weir_column *column, struct weir_scratch *scratch) {
    uint32_t count = scratch->staged;
    if (count > 0) {
        scratch->staged = 0;
        add_block(column, scratch, scratch->stage,
                  scratch->staged_weighted ? scratch->stage_weights : NULL, count);
    }
}

/* Values with weights, or without when weights == NULL. A change from one to the other ends the
 * block. */
static void add_values(struct weir_column *column, struct weir_scratch *scratch,
                       const uint8_t *values, const uint32_t *weights, uint64_t count) {
    uint32_t each = value_bytes(column->kind);
    if (count == 0) {
        return;
    }
    if (scratch->staged_weighted != (weights != NULL)) {
        flush(column, scratch);
        scratch->staged_weighted = weights != NULL;
    }
    while (count > 0) {
        uint32_t taken = 0;
        if (scratch->staged == 0 && count >= WEIR_BLOCK_VALUES) {
            taken = WEIR_BLOCK_VALUES;
            add_block(column, scratch, values, weights, taken);
        } else {
            taken = (uint32_t)weir_min_u64(count, WEIR_BLOCK_VALUES - scratch->staged);
            memcpy((uint8_t *)scratch->stage + (size_t)scratch->staged * each, values,
                   (size_t)taken * each);
            if (weights != NULL) {
                memcpy(scratch->stage_weights + scratch->staged, weights, taken * sizeof *weights);
            }
            scratch->staged += taken;
            if (scratch->staged == WEIR_BLOCK_VALUES) {
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
    scratch->staged = 0;
    scratch->staged_weighted = false;
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
    } else {
        flush(column, scratch);
    }
}
