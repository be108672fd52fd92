#include "base/state_bytes.h"
#include "parquet/levels.h"

#include "base/banned.h"

/*
 * Format notes. In a frame of its own (base/state_bytes.h): u8 largest definition level, u8 largest
 * repetition level; u64 entries of each definition level from 0 up, then of each repetition level;
 * and of each repetition level from 1 up: u64 places where a list can be, u64 such with one entry,
 * u64 least and greatest length of lists of two elements and more, the sum of their squares as two
 * u64, the low half first. Between two chunks no list is open.
 */

#define ENTRIES_MAX (UINT64_C(1) << 62)

static void put_levels(const struct weir_levels *levels, const struct weir_levels_shape *shape,
                       struct weir_state_writer *writer) {
    weir_state_frame_begin(writer, WEIR_STATE_LEVELS);
    weir_state_put_u8(writer, (uint8_t)shape->definition_max);
    weir_state_put_u8(writer, (uint8_t)shape->repetition_max);
    weir_state_put_u64s(writer, levels->definition, shape->definition_max + 1);
    weir_state_put_u64s(writer, levels->repetition, shape->repetition_max + 1);
    for (uint32_t k = 1; k <= shape->repetition_max; k++) {
        const struct weir_level_lists *lists = &levels->lists[k];
        WEIR_ASSERT(!lists->open);
        weir_state_put_u64(writer, lists->begun);
        weir_state_put_u64(writer, lists->singles);
        weir_state_put_u64(writer, lists->longer_min);
        weir_state_put_u64(writer, lists->longer_max);
        weir_state_put_u64(writer, (uint64_t)lists->square_sum);
        weir_state_put_u64(writer, (uint64_t)(lists->square_sum >> 64));
    }
    weir_state_frame_end(writer);
}

uint64_t weir_levels_saved_bytes(const struct weir_levels_shape *shape) {
    static const struct weir_levels none;
    struct weir_state_writer writer = {0};
    put_levels(&none, shape, &writer);
    return writer.used_bytes;
}

void weir_levels_save(const struct weir_levels *levels, const struct weir_levels_shape *shape,
                      void *to) {
    struct weir_state_writer writer = {to, 0, weir_levels_saved_bytes(shape)};
    put_levels(levels, shape, &writer);
}

/* The sum, or more than any column has. */
static uint64_t total_of(const uint64_t *counts, uint32_t count) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total = counts[i] > ENTRIES_MAX || total > ENTRIES_MAX ? UINT64_MAX : total + counts[i];
    }
    return total;
}

/* Lists of level k: places and entries as the levels count them, lengths as they can be. */
static bool check_lists(const struct weir_levels *levels, const struct weir_levels_shape *shape,
                        uint32_t k) {
    const struct weir_level_lists *lists = &levels->lists[k];
    const uint64_t begun = total_of(levels->repetition, k);
    const uint64_t absent = total_of(levels->definition, shape->definition_of[k]);
    if (lists->begun != begun || lists->singles > begun || absent > lists->singles) {
        return false;
    }
    const uint64_t longer = begun - lists->singles;
    const uint64_t more = levels->repetition[k];
    const uint64_t least = lists->longer_min;
    const uint64_t most = lists->longer_max;
    if (longer == 0) {
        return more == 0 && least == 0 && most == 0 && lists->square_sum == 0;
    }
    if (least < 2 || least > most || most - 1 > more || more < longer) {
        return false;
    }
    /* Beyond 32 bits the squares may pass 128. */
    return most >> 32 != 0 || (lists->square_sum >= (weir_level_square)least * least * longer &&
                               lists->square_sum <= (weir_level_square)most * most * longer);
}

static bool get_levels(struct weir_levels *levels, const struct weir_levels_shape *shape,
                       struct weir_state_reader *reader) {
    if (weir_state_get_u8(reader) != shape->definition_max ||
        weir_state_get_u8(reader) != shape->repetition_max ||
        !weir_state_get_u64s(reader, levels->definition, shape->definition_max + 1) ||
        !weir_state_get_u64s(reader, levels->repetition, shape->repetition_max + 1)) {
        return false;
    }
    if (total_of(levels->definition, shape->definition_max + 1) > ENTRIES_MAX ||
        total_of(levels->repetition, shape->repetition_max + 1) > ENTRIES_MAX) {
        return false;
    }
    for (uint32_t k = 1; k <= shape->repetition_max; k++) {
        struct weir_level_lists *lists = &levels->lists[k];
        lists->begun = weir_state_get_u64(reader);
        lists->singles = weir_state_get_u64(reader);
        lists->longer_min = weir_state_get_u64(reader);
        lists->longer_max = weir_state_get_u64(reader);
        lists->square_sum = weir_state_get_u64(reader);
        lists->square_sum |= (weir_level_square)weir_state_get_u64(reader) << 64;
        if (!check_lists(levels, shape, k)) {
            return false;
        }
    }
    return weir_state_is_done(reader);
}

enum weir_status weir_levels_load(struct weir_levels *levels, const struct weir_levels_shape *shape,
                                  const void *bytes, uint64_t count, struct weir_error *error) {
    struct weir_state_reader reader;
    memset(levels, 0, sizeof *levels);
    WEIR_TRY(weir_state_frame_open(bytes, count, WEIR_STATE_LEVELS, &reader, error));
    if (!get_levels(levels, shape, &reader)) {
        memset(levels, 0, sizeof *levels);
        return weir_fail(error, WEIR_E_CORRUPT, "saved levels contradict themselves");
    }
    return WEIR_OK;
}

static void merge_lists(struct weir_level_lists *into, const struct weir_level_lists *from) {
    WEIR_ASSERT(!into->open && !from->open);
    into->begun += from->begun;
    into->singles += from->singles;
    if (from->longer_max > 0) {
        into->longer_min = into->longer_max == 0 ? from->longer_min
                                                 : weir_min_u64(into->longer_min, from->longer_min);
    }
    into->longer_max = weir_max_u64(into->longer_max, from->longer_max);
    into->square_sum += from->square_sum;
}

enum weir_status weir_levels_merge(struct weir_levels *into, const struct weir_levels *from,
                                   struct weir_error *error) {
    const uint64_t entries = total_of(into->definition, WEIR_LEVELS_MAX + 1);
    const uint64_t rows = total_of(into->repetition, WEIR_LEVELS_MAX + 1);
    const uint64_t more = total_of(from->definition, WEIR_LEVELS_MAX + 1);
    const uint64_t more_rows = total_of(from->repetition, WEIR_LEVELS_MAX + 1);
    if (entries > ENTRIES_MAX || more > ENTRIES_MAX - entries || rows > ENTRIES_MAX ||
        more_rows > ENTRIES_MAX - rows) {
        return weir_fail_numbers(error, WEIR_E_LIMIT, "more entries than one column can have",
                                 ENTRIES_MAX, more);
    }
    for (uint32_t k = 0; k <= WEIR_LEVELS_MAX; k++) {
        into->definition[k] += from->definition[k];
        into->repetition[k] += from->repetition[k];
        merge_lists(&into->lists[k], &from->lists[k]);
    }
    return WEIR_OK;
}
