#include "stats/column_state.h"

#include "base/banned.h"

static uint64_t round_up(uint64_t bytes) {
    return (bytes + (WEIR_SPACE_ALIGN - 1)) & ~(uint64_t)(WEIR_SPACE_ALIGN - 1);
}

static void lay_sketches(struct weir_column_layout *layout, enum weir_kind kind,
                         const struct weir_stats_options *options) {
    if (kind == WEIR_KIND_I128) {
        layout->end += round_up(sizeof(struct weir_strings_table));
    }
    if ((options->stats & WEIR_STATS_QUANTILES) != 0) {
        layout->kll = layout->end;
        layout->end += round_up(weir_kll_bytes(options->rank_error));
    }
    if (kind == WEIR_KIND_I128) {
        return;
    }
    if ((options->stats & WEIR_STATS_DISTINCT) != 0) {
        layout->hll = layout->end;
        layout->end += round_up(sizeof(struct weir_hll));
    }
    if ((options->stats & WEIR_STATS_TOP) != 0) {
        layout->top = layout->end;
        layout->end += round_up(sizeof(struct weir_top_table));
    }
    layout->end = weir_max_u64(layout->end, layout->parts + sizeof(struct weir_values));
}

struct weir_column_layout weir_column_layout(enum weir_kind kind,
                                             const struct weir_stats_options *options) {
    struct weir_column_layout layout = {0};
    uint64_t stage_bytes = (uint64_t)weir_column_value_bytes(kind) * WEIR_BLOCK_VALUES;
    layout.parts = WEIR_COLUMN_STAGE + round_up(stage_bytes);
    layout.end = layout.parts;
    if (kind == WEIR_KIND_BYTES) {
        layout.end += weir_strings_state_bytes();
    } else if (kind != WEIR_KIND_BOOL && (options->stats & WEIR_STATS_KEYED) != 0) {
        lay_sketches(&layout, kind, options);
    }
    return layout;
}

/* The buffers of fixed-width blocks. */
static void take_buffers(struct weir_space *space, bool keyed, struct weir_scratch *scratch) {
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
        scratch->work = weir_space_take(space, "estimator area", WEIR_KEYS_ROOM,
                                        sizeof *scratch->work, "what estimators work in");
    }
}

struct weir_scratch *weir_scratch_take(struct weir_space *space, uint32_t kinds,
                                       const struct weir_stats_options *options) {
    bool keyed = (options->stats & WEIR_STATS_KEYED) != 0;
    bool apart = (kinds >> WEIR_KIND_I128 & 1) != 0;
    struct weir_scratch found;
    memset(&found, 0, sizeof found);
    /* A chunk is either of numbers or of byte arrays, and leaves nothing behind: the buffers of
     * both lie in the same bytes. Only I128 needs both at once. */
    struct weir_space numbers;
    struct weir_space strings;
    weir_space_measure(&numbers, NULL, NULL);
    weir_space_measure(&strings, NULL, NULL);
    take_buffers(&numbers, keyed, &found);
    (void)weir_strings_scratch_take(&strings);
    uint64_t strings_at = apart ? round_up(numbers.used_bytes) : 0;
    uint64_t bytes = weir_max_u64(numbers.used_bytes, strings_at + strings.used_bytes);
    struct weir_scratch *scratch = weir_space_take(space, "scratch", 1, sizeof *scratch,
                                                   "a lane's view of its working memory");
    uint8_t *area = weir_space_take(space, "block in work", 1, bytes,
                                    "a block of values: weights, keys, sort, counts");
    if (scratch == NULL || area == NULL) {
        return NULL;
    }
    weir_space_carve(&numbers, area, bytes);
    weir_space_carve(&strings, area + strings_at, bytes - strings_at);
    take_buffers(&numbers, keyed, &found);
    found.strings = weir_strings_scratch_take(&strings);
    WEIR_ASSERT(!numbers.overflow && !strings.overflow);
    found.isa = weir_isa_choose(options->isa);
    found.sort = weir_sort_choose(found.isa);
    found.sort_strata = weir_sort_strata_choose(found.isa);
    *scratch = found;
    return scratch;
}

struct weir_column *weir_column_take(struct weir_space *space, uint32_t kinds,
                                     const struct weir_stats_options *options) {
    uint64_t bytes = WEIR_COLUMN_STAGE;
    for (uint32_t kind = WEIR_KIND_BOOL; kind <= WEIR_KIND_I128; kind++) {
        if ((kinds >> kind & 1) != 0) {
            bytes = weir_max_u64(bytes, weir_column_layout((enum weir_kind)kind, options).end);
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
                       enum weir_kind kind, bool unordered, uint64_t ordinal) {
    const struct weir_column_layout layout = weir_column_layout(kind, options);
    uint64_t slot_bytes = column->slot_bytes;
    WEIR_ASSERT(layout.end <= slot_bytes);
    /* The stage and the parts are written before they are read: clearing them too would cost as
     * much as a short column does. */
    memset(column, 0, sizeof *column);
    column->slot_bytes = slot_bytes;
    WEIR_ASSERT(!unordered || kind == WEIR_KIND_BYTES);
    column->kind = kind;
    column->unordered = unordered;
    column->stats = options->stats;
    column->rank_error = options->rank_error;
    column->seed = options->seed;
    column->ordinal = ordinal;
    column->parts_offset = layout.parts;
    column->kll_offset = layout.kll;
    column->hll_offset = layout.hll;
    column->top_offset = layout.top;
    if (kind == WEIR_KIND_BYTES) {
        weir_strings_begin(weir_column_strings(column), options);
        return;
    }
    weir_numbers_begin(&column->numbers, kind);
    if (kind == WEIR_KIND_BOOL || !weir_column_keyed(column)) {
        return;
    }
    if (kind == WEIR_KIND_I128) {
        weir_strings_table_begin(weir_column_wides(column), options->stats,
                                 weir_isa_choose(options->isa));
    } else {
        weir_values_begin(weir_column_values(column));
    }
}

static void *part_at(const struct weir_column *column, uint64_t offset) {
    return (uint8_t *)(uintptr_t)column + offset;
}

uint8_t *weir_column_stage(struct weir_column *column) {
    WEIR_ASSERT(weir_column_value_bytes(column->kind) > 0);
    return (uint8_t *)column + WEIR_COLUMN_STAGE;
}

struct weir_strings_state *weir_column_strings(const struct weir_column *column) {
    WEIR_ASSERT(column->kind == WEIR_KIND_BYTES);
    return part_at(column, column->parts_offset);
}

struct weir_strings_table *weir_column_wides(const struct weir_column *column) {
    WEIR_ASSERT(column->kind == WEIR_KIND_I128 && weir_column_keyed(column));
    return part_at(column, column->parts_offset);
}

struct weir_values *weir_column_values(const struct weir_column *column) {
    WEIR_ASSERT(!column->spilled && column->kind != WEIR_KIND_I128);
    return part_at(column, column->parts_offset);
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
