/* What stats/column*.c share: the layout of a slot and of a scratch. */
#ifndef WEIR_STATS_COLUMN_STATE_H
#define WEIR_STATS_COLUMN_STATE_H

#include "stats/column.h"
#include "stats/hll.h"
#include "stats/kll.h"
#include "stats/numbers.h"
#include "stats/sort.h"
#include "stats/strings.h"
#include "stats/strings_block.h"
#include "stats/top.h"
#include "stats/values.h"

/* Statistics that look at keys, not at moments alone. */
#define WEIR_STATS_KEYED (WEIR_STATS_QUANTILES | WEIR_STATS_DISTINCT | WEIR_STATS_TOP)

/*
 * A slot: this struct, then the stage of fixed-width kinds, then at `parts_offset`
 *   BYTES         the strings state;
 *   I128          the table of the strings (stats/strings_block.h), then KLL, which is in use once
 *                 the table has spilled;
 *   other kinds   either the exact values or, once there are more than WEIR_VALUES_MAX distinct
 *                 ones, those of KLL, HLL and top table that the options ask for.
 * Offsets from the slot's start, not pointers: a slot may be copied as bytes.
 */
struct weir_column {
    uint64_t slot_bytes;
    uint64_t rows_null;
    uint64_t trues; /* BOOL */
    uint64_t falses;
    enum weir_kind kind;
    uint32_t stats;
    bool unordered;
    bool spilled;        /* sketches instead of exact values */
    bool infinite;       /* an infinity was seen: the finite extremes are kept apart */
    bool finite_present; /* meaningful when `infinite` */
    bool staged_weighted;
    uint32_t staged; /* values in the stage */
    double finite_low;
    double finite_high;
    double rank_error;
    uint64_t seed;
    uint64_t ordinal;
    uint64_t parts_offset;
    uint64_t kll_offset; /* 0: not asked for */
    uint64_t hll_offset;
    uint64_t top_offset;
    struct weir_numbers numbers;
};

#define WEIR_COLUMN_STAGE ((sizeof(struct weir_column) + 63) / 64 * 64)

/* Room behind a block of keys that sorting may scribble on. */
#define WEIR_KEYS_ROOM (WEIR_BLOCK_VALUES + 64u)

/* Nothing in it outlives a chunk. */
struct weir_scratch {
    enum weir_isa isa;
    weir_sort_function *sort;
    weir_sort_strata_function *sort_strata;
    struct weir_strings_scratch *strings;
    uint32_t *stage_weights; /* WEIR_BLOCK_VALUES: weights of the staged values */
    uint32_t *kept_weights;  /* WEIR_BLOCK_VALUES; NULL with what follows when no keys are wanted */
    uint64_t *keys;          /* WEIR_KEYS_ROOM */
    uint64_t *spare;         /* WEIR_KEYS_ROOM */
    uint64_t *work;          /* WEIR_KEYS_ROOM: for estimators */
};

static inline bool weir_column_keyed(const struct weir_column *column) {
    return (column->stats & WEIR_STATS_KEYED) != 0;
}

/* Bytes of one value as it is handed in; 0 for kinds that are not of fixed width. */
static inline uint32_t weir_column_value_bytes(enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_BOOL:
    case WEIR_KIND_BYTES: return 0;
    case WEIR_KIND_I32:
    case WEIR_KIND_U32:
    case WEIR_KIND_F32: return 4;
    case WEIR_KIND_I64:
    case WEIR_KIND_U64:
    case WEIR_KIND_F64: return 8;
    case WEIR_KIND_I128: return 16;
    }
    return 0;
}

/* The rank (from 1) of the quantile q among `total` values. */
uint64_t weir_column_rank(double q, uint64_t total);

/* Where the parts of a slot lie; sketches that nobody asked for are at 0. */
struct weir_column_layout {
    uint64_t parts;
    uint64_t kll;
    uint64_t hll;
    uint64_t top;
    uint64_t end;
};

struct weir_column_layout weir_column_layout(enum weir_kind kind,
                                             const struct weir_stats_options *options);

/* The parts of a slot. */
uint8_t *weir_column_stage(struct weir_column *column);
struct weir_strings_state *weir_column_strings(const struct weir_column *column);
struct weir_strings_table *weir_column_wides(const struct weir_column *column); /* I128 */
struct weir_values *weir_column_values(const struct weir_column *column);
struct weir_kll *weir_column_kll(const struct weir_column *column);
struct weir_hll *weir_column_hll(const struct weir_column *column);
struct weir_top_table *weir_column_top(const struct weir_column *column);

/* Empties the sketches that take the place of exact values (not those of I128 and BYTES). */
void weir_column_sketches_begin(struct weir_column *column);

/* Adds distinct ascending keys at scratch->keys with their counts at scratch->spare. Both are used
 * up. */
void weir_column_add_runs(struct weir_column *column, const struct weir_scratch *scratch,
                          uint32_t runs);

/* There are more distinct values than the table holds: sketches take its place and get what it had.
 * Uses the work area; keys and counts stay as they are. */
void weir_column_spill(struct weir_column *column, const struct weir_scratch *scratch);

/*
 * Counts a block of 128-bit integers in the column's table. When that spills, the sketch of
 * quantiles begins with what the table had; the block itself is left to the caller.
 */
void weir_column_count_wides(struct weir_column *column, const struct weir_scratch *scratch,
                             const uint8_t *values, const uint32_t *weights, uint32_t count);

/* I128: from now on there is a sketch of quantiles beside the table, empty yet. */
void weir_column_wides_spill(struct weir_column *column);

/* Adds the values of another column of this kind, of which no block is pending. */
void weir_column_merge_wides(struct weir_column *into, const struct weir_column *from,
                             const struct weir_scratch *scratch);

/* The value of an entry of the table, and the table's entries in ascending order. */
struct weir_value weir_column_wide(const struct weir_strings_table *table, uint32_t entry);
void weir_column_order_wides(const struct weir_strings_table *table,
                             uint16_t order_ret[WEIR_STRINGS_EXACT]);

#endif
