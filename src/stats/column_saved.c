#include "base/state_bytes.h"
#include "stats/column_state.h"

#include "base/banned.h"

/*
 * Format notes. In a frame of its own (base/state_bytes.h):
 *   u8 kind, u8 1 when unordered, u32 statistics, f64 rank error, u64 seed, u64 ordinal, u64 nulls,
 * then by kind
 *   BOOL        u64 trues, u64 falses;
 *   BYTES       stats/strings_saved.c;
 *   others      stats/numbers_saved.c; u32 values in the stage and their bytes; and when anything
 *               looks at keys: u8 1 when spilled, + 2 when an infinity was seen, + 4 when finite
 *               values were, whose extremes follow as f64; then
 *     I128      the table (stats/strings_saved.c), and KLL if it has spilled;
 *     others    exact values, or KLL, HLL and top table, as far as they are asked for.
 */

#define HEAD_BYTES 38u
#define RANK_ERROR_MIN 1e-6 /* a state of 50 MB */
#define SPILLED 1u
#define INFINITE 2u
#define FINITE_PRESENT 4u

/* --- Saving. -------------------------------------------------------------------------------- */

static void put_sketches(const struct weir_column *column, struct weir_state_writer *writer) {
    const struct weir_kll *kll = weir_column_kll(column);
    const struct weir_hll *hll = weir_column_hll(column);
    const struct weir_top_table *top = weir_column_top(column);
    if (column->kind == WEIR_KIND_I128) {
        weir_strings_table_save(weir_column_wides(column), writer);
    } else if (!column->spilled) {
        weir_values_save(weir_column_values(column), writer);
    }
    if (kll != NULL) {
        weir_kll_save(kll, writer);
    }
    if (hll != NULL) {
        weir_hll_save(hll, writer);
    }
    if (top != NULL) {
        weir_top_save(top, writer);
    }
}

static void put_numbers(const struct weir_column *column, struct weir_state_writer *writer) {
    const uint64_t each = weir_column_value_bytes(column->kind);
    weir_numbers_save(&column->numbers, writer);
    weir_state_put_u32(writer, column->staged);
    weir_state_put_bytes(writer, (const uint8_t *)column + WEIR_COLUMN_STAGE,
                         column->staged * each);
    if (!weir_column_keyed(column)) {
        return;
    }
    weir_state_put_u8(writer, (uint8_t)((column->spilled ? SPILLED : 0) |
                                        (column->infinite ? INFINITE : 0) |
                                        (column->finite_present ? FINITE_PRESENT : 0)));
    if (column->finite_present) {
        weir_state_put_f64(writer, column->finite_low);
        weir_state_put_f64(writer, column->finite_high);
    }
    put_sketches(column, writer);
}

static void put_column(const struct weir_column *column, struct weir_state_writer *writer) {
    WEIR_ASSERT(!column->staged_weighted);
    weir_state_frame_begin(writer, WEIR_STATE_COLUMN);
    weir_state_put_u8(writer, (uint8_t)column->kind);
    weir_state_put_u8(writer, column->unordered);
    weir_state_put_u32(writer, column->stats);
    weir_state_put_f64(writer, column->rank_error);
    weir_state_put_u64(writer, column->seed);
    weir_state_put_u64(writer, column->ordinal);
    weir_state_put_u64(writer, column->rows_null);
    if (column->kind == WEIR_KIND_BOOL) {
        weir_state_put_u64(writer, column->trues);
        weir_state_put_u64(writer, column->falses);
    } else if (column->kind == WEIR_KIND_BYTES) {
        weir_strings_save(weir_column_strings(column), writer);
    } else {
        put_numbers(column, writer);
    }
    weir_state_frame_end(writer);
}

uint64_t weir_column_saved_bytes(const struct weir_column *column) {
    struct weir_state_writer writer = {0};
    put_column(column, &writer);
    return writer.used_bytes;
}

/* Every part is saved in no more bytes than it has in memory. */
uint64_t weir_column_saved_bytes_max(enum weir_kind kind,
                                     const struct weir_stats_options *options) {
    return WEIR_STATE_FRAME_BYTES + HEAD_BYTES + weir_column_layout(kind, options).end;
}

enum weir_status weir_column_save(const struct weir_column *column, void *to, uint64_t room_bytes,
                                  uint64_t *bytes_ret, struct weir_error *error) {
    const uint64_t bytes = weir_column_saved_bytes(column);
    *bytes_ret = bytes;
    if (bytes > room_bytes) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "too little room for a saved column",
                                 bytes, room_bytes);
    }
    struct weir_state_writer writer = {to, 0, room_bytes};
    put_column(column, &writer);
    WEIR_ASSERT(writer.used_bytes == bytes);
    return WEIR_OK;
}

/* --- Loading. ------------------------------------------------------------------------------- */

static bool get_head(struct weir_state_reader *reader, struct weir_column_saved *info) {
    const uint32_t kind = weir_state_get_u8(reader);
    const uint32_t unordered = weir_state_get_u8(reader);
    info->stats = weir_state_get_u32(reader);
    info->rank_error = weir_state_get_f64(reader);
    info->seed = weir_state_get_u64(reader);
    info->ordinal = weir_state_get_u64(reader);
    if (reader->failed || kind > WEIR_KIND_I128 || unordered > 1 ||
        (unordered == 1 && kind != WEIR_KIND_BYTES) ||
        (info->stats & ~(uint32_t)WEIR_STATS_ALL) != 0 ||
        !(info->rank_error >= RANK_ERROR_MIN && info->rank_error < 0.5)) {
        return false;
    }
    info->kind = (enum weir_kind)kind;
    info->unordered = unordered == 1;
    return true;
}

static enum weir_status bad_head(struct weir_error *error) {
    return weir_fail(error, WEIR_E_CORRUPT, "the head of a saved column makes no sense");
}

enum weir_status weir_column_saved_info(const void *bytes, uint64_t count,
                                        struct weir_column_saved *info_ret,
                                        struct weir_error *error) {
    memset(info_ret, 0, sizeof *info_ret);
    WEIR_TRY(weir_state_frame_length(bytes, count, WEIR_STATE_COLUMN, &info_ret->bytes, error));
    struct weir_state_reader reader;
    weir_state_frame_peek(bytes, info_ret->bytes, &reader);
    return get_head(&reader, info_ret) ? WEIR_OK : bad_head(error);
}

static enum weir_status check_options(const struct weir_column *column,
                                      const struct weir_stats_options *options,
                                      const struct weir_column_saved *info,
                                      struct weir_error *error) {
    if (info->stats != options->stats) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "a column saved with other statistics",
                                 options->stats, info->stats);
    }
    if (weir_bits_of_double(info->rank_error) != weir_bits_of_double(options->rank_error)) {
        return weir_fail(error, WEIR_E_ARGUMENT, "a column saved with another rank error");
    }
    if (info->seed != options->seed) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "a column saved with another seed",
                                 options->seed, info->seed);
    }
    const uint64_t wanted = weir_column_layout(info->kind, options).end;
    if (wanted > column->slot_bytes) {
        return weir_fail_numbers(error, WEIR_E_LIMIT, "a saved column is larger than its slot",
                                 wanted, column->slot_bytes);
    }
    return WEIR_OK;
}

/* Whether keys lie between the extremes of the numbers. */
static bool are_inside(const struct weir_column *column, uint64_t low, uint64_t high) {
    const struct weir_numbers *numbers = &column->numbers;
    return numbers->has_extremes && low >= weir_key_of_value(&numbers->min) &&
           high <= weir_key_of_value(&numbers->max);
}

static uint64_t count_of_key(const struct weir_values *values, uint32_t at, double value) {
    const struct weir_value wanted = {.kind = WEIR_KIND_F64, .f64 = value};
    return values->keys[at] == weir_key_of_value(&wanted) ? values->counts[at] : 0;
}

static bool get_values(struct weir_column *column, struct weir_state_reader *reader) {
    struct weir_values *values = weir_column_values(column);
    const struct weir_numbers *numbers = &column->numbers;
    if (!weir_values_load(values, reader) || values->total != numbers->count - numbers->nans) {
        return false;
    }
    if (values->used == 0) {
        return true;
    }
    const uint32_t last = values->used - 1;
    const double infinity = (double)__builtin_inff();
    const bool real = column->kind == WEIR_KIND_F32 || column->kind == WEIR_KIND_F64;
    return are_inside(column, values->keys[0], values->keys[last]) &&
           (!real || (count_of_key(values, 0, -infinity) == numbers->neg_infs &&
                      count_of_key(values, last, infinity) == numbers->pos_infs));
}

/* Every value of the table between the extremes. */
static bool get_wides(struct weir_column *column, struct weir_state_reader *reader) {
    struct weir_strings_table *table = weir_column_wides(column);
    const struct weir_numbers *numbers = &column->numbers;
    if (!weir_strings_table_load(table, numbers->count, reader) ||
        table->spilled != column->spilled) {
        return false;
    }
    for (uint32_t e = 0; e < table->used; e++) {
        if (table->head_length[e] != sizeof(struct weir_i128)) {
            return false;
        }
        const struct weir_value value = weir_column_wide(table, e);
        if (weir_numbers_order(&value, &numbers->min) < 0 ||
            weir_numbers_order(&value, &numbers->max) > 0) {
            return false;
        }
    }
    return true;
}

static bool get_sketches(struct weir_column *column, struct weir_state_reader *reader) {
    const uint64_t values = column->numbers.count - column->numbers.nans;
    struct weir_kll *kll = weir_column_kll(column);
    struct weir_hll *hll = weir_column_hll(column);
    struct weir_top_table *top = weir_column_top(column);
    uint64_t low = 0;
    uint64_t high = 0;
    if (kll != NULL && (!weir_kll_load(kll, reader) || kll->total != values ||
                        !weir_kll_range(kll, &low, &high) || !are_inside(column, low, high))) {
        return false;
    }
    if (hll != NULL && !weir_hll_load(hll, reader)) {
        return false;
    }
    if (top == NULL) {
        return true;
    }
    return weir_top_load(top, reader) && top->total == values &&
           (top->used == 0 || are_inside(column, top->keys[0], top->keys[top->used - 1]));
}

/* What is known of finite values next to infinities. */
static bool get_finite(struct weir_column *column, uint32_t flags,
                       struct weir_state_reader *reader) {
    const struct weir_numbers *numbers = &column->numbers;
    const bool infinite = numbers->pos_infs + numbers->neg_infs > 0;
    const uint64_t finites = numbers->count - numbers->nans - numbers->pos_infs - numbers->neg_infs;
    column->infinite = (flags & INFINITE) != 0;
    column->finite_present = (flags & FINITE_PRESENT) != 0;
    if (column->infinite != infinite || column->finite_present != (infinite && finites > 0)) {
        return false;
    }
    if (column->finite_present) {
        column->finite_low = weir_state_get_f64(reader);
        column->finite_high = weir_state_get_f64(reader);
    }
    return __builtin_isfinite(column->finite_low) && __builtin_isfinite(column->finite_high) &&
           column->finite_low <= column->finite_high;
}

static bool get_keyed(struct weir_column *column, struct weir_state_reader *reader) {
    const uint32_t flags = weir_state_get_u8(reader);
    const bool spilled = (flags & SPILLED) != 0;
    if (flags > (SPILLED | INFINITE | FINITE_PRESENT) || !get_finite(column, flags, reader)) {
        return false;
    }
    if (column->kind == WEIR_KIND_I128) {
        if (spilled) {
            weir_column_wides_spill(column);
        }
        return get_wides(column, reader) && get_sketches(column, reader);
    }
    if (!spilled) {
        return get_values(column, reader);
    }
    weir_column_sketches_begin(column);
    return get_sketches(column, reader);
}

static bool get_numbers(struct weir_column *column, struct weir_state_reader *reader) {
    const uint64_t each = weir_column_value_bytes(column->kind);
    if (!weir_numbers_load(&column->numbers, reader)) {
        return false;
    }
    const uint32_t staged = weir_state_get_u32(reader);
    if (staged >= WEIR_BLOCK_VALUES ||
        !weir_state_get_bytes(reader, weir_column_stage(column), staged * each)) {
        return false;
    }
    column->staged = staged;
    return !weir_column_keyed(column) || get_keyed(column, reader);
}

static bool get_bools(struct weir_column *column, struct weir_state_reader *reader) {
    const uint64_t trues = weir_state_get_u64(reader);
    const uint64_t falses = weir_state_get_u64(reader);
    if (trues > WEIR_NUMBERS_COUNT_MAX || falses > WEIR_NUMBERS_COUNT_MAX - trues) {
        return false;
    }
    weir_column_add_bools(column, trues, falses);
    return true;
}

enum weir_status weir_column_load(struct weir_column *column,
                                  const struct weir_stats_options *options,
                                  struct weir_scratch *scratch, const void *bytes, uint64_t count,
                                  struct weir_error *error) {
    struct weir_state_reader reader;
    struct weir_column_saved info;
    WEIR_TRY(weir_state_frame_open(bytes, count, WEIR_STATE_COLUMN, &reader, error));
    if (!get_head(&reader, &info)) {
        return bad_head(error);
    }
    WEIR_TRY(check_options(column, options, &info, error));
    weir_column_begin(column, options, info.kind, info.unordered, info.ordinal);
    column->rows_null = weir_state_get_u64(&reader);
    const bool good =
        info.kind == WEIR_KIND_BOOL ? get_bools(column, &reader)
        : info.kind == WEIR_KIND_BYTES
            ? weir_strings_load(weir_column_strings(column), scratch->strings, &reader)
            : get_numbers(column, &reader);
    if (!good || !weir_state_is_done(&reader)) {
        weir_column_begin(column, options, info.kind, info.unordered, info.ordinal);
        return weir_fail(error, WEIR_E_CORRUPT, "a saved column contradicts itself");
    }
    return WEIR_OK;
}
