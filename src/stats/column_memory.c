#include "stats/column_state.h"

#include "base/banned.h"

static uint64_t round_up(uint64_t bytes) {
    return (bytes + (WEIR_SPACE_ALIGN - 1)) & ~(uint64_t)(WEIR_SPACE_ALIGN - 1);
}

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
