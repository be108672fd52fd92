#include "parquet/levels.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A level has as many bits as its maximum needs; the values of a run are checked against the
 *   maximum, because widths of 2 and more bits can hold larger ones.
 * - Data pages V1 may end inside a list, so the list being read stays open between pages.
 * - Entries that contradict each other (an element of a list whose definition level says that the
 *   list is absent) cannot be found by counting alone; what is found is refused, and nothing that
 *   is computed from the counts can leave its range.
 */

static enum weir_status too_large(struct weir_error *error, uint32_t max, uint32_t level,
                                  const char *message) {
    return weir_fail_numbers(error, WEIR_E_CORRUPT, message, max, level);
}

uint32_t weir_level_width(uint32_t max) {
    uint32_t width = 0;
    while (max >> width != 0) {
        width++;
    }
    return width;
}

static const uint32_t *unpack(struct weir_level_reader *reader, const struct weir_unpack_plan *plan,
                              const struct weir_run *run) {
    WEIR_ASSERT(run->count_packed <= WEIR_RUN_PACKED_MAX);
    reader->kernels->unpack(plan, run->packed, run->readable_bytes, reader->unpacked,
                            run->count_packed);
    return reader->unpacked;
}

enum weir_status weir_levels_definition(struct weir_level_reader *reader, struct weir_runs *runs,
                                        uint32_t max, struct weir_levels *levels) {
    static const char message[] = "a definition level above the column's maximum";
    struct weir_unpack_plan plan;
    struct weir_run run;
    enum weir_status status;
    WEIR_ASSERT(max <= WEIR_LEVELS_MAX);
    weir_unpack_plan(&plan, weir_level_width(max));
    while ((status = weir_runs_next(runs, &run)) == WEIR_OK) {
        uint32_t largest = run.value;
        if (!run.is_packed) {
            if (largest <= max) {
                levels->definition[largest] += run.count;
            }
        } else {
            uint32_t tables[4 * (WEIR_LEVELS_MAX + 1)] = {0};
            uint32_t count = (uint32_t)run.count;
            const uint32_t *values = unpack(reader, &plan, &run);
            largest = reader->kernels->largest(values, count);
            if (largest <= max) {
                weir_count_indices(tables, 4, values, count, largest, 0, max + 1);
            }
            for (uint32_t i = 0; i <= max; i++) {
                levels->definition[i] += (uint64_t)tables[i] + tables[max + 1 + i] +
                                         tables[2 * (max + 1) + i] + tables[3 * (max + 1) + i];
            }
        }
        if (largest > max) {
            return too_large(reader->error, max, largest, message);
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* The list being read ends. */
static void close_list(struct weir_level_lists *lists) {
    if (!lists->open) {
        return;
    }
    if (lists->more == 0) {
        lists->singles++;
    } else {
        uint64_t length = lists->more + 1;
        if (lists->longer_max == 0 || length < lists->longer_min) {
            lists->longer_min = length;
        }
        lists->longer_max = weir_max_u64(lists->longer_max, length);
        lists->square_sum += (weir_level_square)length * length;
    }
    lists->open = false;
    lists->more = 0;
}

void weir_levels_repeat(struct weir_levels *levels, uint32_t max, uint32_t repetition,
                        uint64_t count) {
    WEIR_ASSERT(repetition <= max && max <= WEIR_LEVELS_MAX);
    if (count == 0) {
        return;
    }
    levels->repetition[repetition] += count;
    if (repetition > 0) {
        levels->lists[repetition].more += count;
    }
    for (uint32_t k = repetition + 1; k <= max; k++) {
        struct weir_level_lists *lists = &levels->lists[k];
        close_list(lists);
        lists->begun += count;
        lists->singles += count - 1;
        lists->open = true;
    }
}

/* The last of a leaf's repetition levels changes with each value or so: no runs to look for. */
static void repeat_each(struct weir_levels *levels, uint32_t max, const uint32_t *values,
                        uint32_t count) {
    for (uint32_t i = 0; i < count;) {
        uint32_t from = i;
        while (i < count && values[i] == values[from]) {
            i++;
        }
        weir_levels_repeat(levels, max, values[from], i - from);
    }
}

enum weir_status weir_levels_repetition(struct weir_level_reader *reader, struct weir_runs *runs,
                                        uint32_t max, struct weir_levels *levels) {
    static const char message[] = "a repetition level above the column's maximum";
    struct weir_unpack_plan plan;
    struct weir_run run;
    enum weir_status status;
    WEIR_ASSERT(max >= 1 && max <= WEIR_LEVELS_MAX);
    weir_unpack_plan(&plan, weir_level_width(max));
    while ((status = weir_runs_next(runs, &run)) == WEIR_OK) {
        uint32_t count = (uint32_t)run.count;
        const uint32_t *values = run.is_packed ? unpack(reader, &plan, &run) : &run.value;
        uint32_t largest = run.is_packed ? reader->kernels->largest(values, count) : run.value;
        if (largest > max) {
            return too_large(reader->error, max, largest, message);
        }
        if (!levels->lists[1].open && values[0] != 0) {
            return weir_fail_numbers(reader->error, WEIR_E_CORRUPT,
                                     "the first repetition level of a column chunk is not 0", 0,
                                     values[0]);
        }
        if (run.is_packed) {
            repeat_each(levels, max, values, count);
        } else {
            weir_levels_repeat(levels, max, run.value, run.count);
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* Entries whose path ends before the given definition level. */
static uint64_t entries_below(const struct weir_levels *levels, uint32_t definition) {
    uint64_t below = 0;
    for (uint32_t d = 0; d < definition; d++) {
        below += levels->definition[d];
    }
    return below;
}

enum weir_status weir_levels_chunk_end(struct weir_levels *levels, uint32_t repetition_max,
                                       const uint8_t *definition_of, struct weir_error *error) {
    for (uint32_t k = 1; k <= repetition_max; k++) {
        struct weir_level_lists *lists = &levels->lists[k];
        close_list(lists);
        uint64_t absent = entries_below(levels, definition_of[k]);
        if (absent > lists->singles) {
            return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                     "definition levels and repetition levels of a list contradict "
                                     "each other",
                                     lists->singles, absent);
        }
    }
    return WEIR_OK;
}

void weir_levels_missing(struct weir_levels *levels, uint32_t repetition_max, uint64_t rows) {
    levels->definition[0] += rows;
    weir_levels_repeat(levels, repetition_max, 0, rows);
    for (uint32_t k = 1; k <= repetition_max; k++) {
        close_list(&levels->lists[k]);
    }
}

static double square_root(double value) {
    return value > 0 ? __builtin_sqrt(value) : 0;
}

/*
 * Numerics notes. Lengths are integers: their sum and the sum of their squares are exact, the
 * variance is (Q - S^2 / n) / (n - 1) with n Q - S^2 formed in 128 bits where it fits and in
 * doubles beyond (sums above 2^63), where a relative error of 1e-10 remains for lists of equal
 * length.
 */
static double length_std(weir_level_square squares, uint64_t sum, uint64_t n) {
    if (n < 2) {
        return (double)__builtin_nanf("");
    }
    double pairs = (double)n * (double)(n - 1);
    if (sum >> 63 == 0 && squares <= (~(weir_level_square)0) / n) {
        weir_level_square scaled = squares * n;
        weir_level_square square = (weir_level_square)sum * sum;
        return square_root((double)(scaled > square ? scaled - square : 0) / pairs);
    }
    double mean = (double)sum / (double)n;
    return square_root(((double)squares - mean * (double)sum) / (double)(n - 1));
}

void weir_levels_list(const struct weir_levels *levels, uint32_t level, uint32_t definition,
                      struct weir_list *list_ret) {
    const struct weir_level_lists *lists = &levels->lists[level];
    WEIR_ASSERT(definition >= 1 && definition <= WEIR_LEVELS_MAX);
    uint64_t empty = levels->definition[definition - 1];
    uint64_t nulls = entries_below(levels, definition - 1);
    uint64_t absent = empty + nulls;
    WEIR_ASSERT(absent <= lists->singles && lists->singles <= lists->begun);
    uint64_t ones = lists->singles - absent;
    list_ret->nulls = nulls;
    list_ret->empty = empty;
    list_ret->lists = lists->begun - nulls;
    list_ret->elements = lists->begun - absent + levels->repetition[level];
    bool any = list_ret->lists > 0;
    list_ret->length_min = empty > 0 || !any ? 0 : ones > 0 ? 1 : lists->longer_min;
    list_ret->length_max = lists->longer_max > 0 ? lists->longer_max : ones > 0 ? 1 : 0;
    list_ret->length_mean =
        any ? (double)list_ret->elements / (double)list_ret->lists : (double)__builtin_nanf("");
    list_ret->length_std =
        length_std(lists->square_sum + ones, list_ret->elements, list_ret->lists);
}
