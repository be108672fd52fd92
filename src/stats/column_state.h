/* What stats/column*.c share: the layout of a slot and of a scratch. */
#ifndef WEIR_STATS_COLUMN_STATE_H
#define WEIR_STATS_COLUMN_STATE_H

#include "stats/column.h"
#include "stats/hll.h"
#include "stats/kll.h"
#include "stats/numbers.h"
#include "stats/sort.h"
#include "stats/strings.h"
#include "stats/top.h"
#include "stats/values.h"

/* Statistics that look at keys, not at moments alone. */
#define WEIR_STATS_KEYED (WEIR_STATS_QUANTILES | WEIR_STATS_DISTINCT | WEIR_STATS_TOP)

/*
 * A slot: this struct, then at `parts` the strings state, or for numbers either the exact values
 * or, once there are more than WEIR_VALUES_MAX distinct ones, those of KLL, HLL and top table that
 * the options ask for. Offsets, not pointers: a slot may be copied as bytes.
 */
struct weir_column {
    uint64_t slot_bytes;
    uint64_t rows_null;
    uint64_t trues; /* BOOL */
    uint64_t falses;
    enum weir_kind kind;
    uint32_t stats;
    bool spilled;        /* sketches instead of exact values */
    bool infinite;       /* an infinity was seen: the finite extremes are kept apart */
    bool finite_present; /* meaningful when `infinite` */
    double finite_low;
    double finite_high;
    double rank_error;
    uint64_t seed;
    uint64_t ordinal;
    uint64_t kll_offset; /* from the slot's start; 0: not asked for */
    uint64_t hll_offset;
    uint64_t top_offset;
    struct weir_numbers numbers;
};

#define WEIR_COLUMN_PARTS ((sizeof(struct weir_column) + 63) / 64 * 64)

/* Room behind a block of keys that sorting may scribble on. */
#define WEIR_KEYS_ROOM (WEIR_BLOCK_VALUES + 64u)

struct weir_scratch {
    enum weir_isa isa;
    weir_sort_function *sort;
    struct weir_strings_scratch *strings;
    uint32_t staged; /* values in `stage` */
    bool staged_weighted;
    uint64_t *stage;         /* WEIR_KEYS_ROOM: values as stored; working memory inside a block */
    uint32_t *stage_weights; /* WEIR_BLOCK_VALUES */
    uint32_t *kept_weights;  /* WEIR_BLOCK_VALUES; NULL with `keys` when no keys are wanted */
    uint64_t *keys;          /* WEIR_KEYS_ROOM */
    uint64_t *spare;         /* WEIR_KEYS_ROOM */
};

static inline bool weir_column_keyed(const struct weir_column *column) {
    return (column->stats & WEIR_STATS_KEYED) != 0;
}

/* The parts of a slot. */
struct weir_strings_state *weir_column_strings(const struct weir_column *column);
struct weir_values *weir_column_values(const struct weir_column *column);
struct weir_kll *weir_column_kll(const struct weir_column *column);
struct weir_hll *weir_column_hll(const struct weir_column *column);
struct weir_top_table *weir_column_top(const struct weir_column *column);

#endif
