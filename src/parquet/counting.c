#include "parquet/counting.h"

#include "base/banned.h"

/* Dictionaries up to this size are counted in four sub-tables. */
#define SUBTABLE_ENTRIES_MAX 2048u

/* Readies the counters for the current pass. */
void weir_counting_clear(struct weir_reader *reader) {
    uint64_t entries = reader->dictionary.page.values;
    uint64_t left = entries - reader->slice_low;
    reader->slice_span = (uint32_t)weir_min_u64(left, WEIR_COUNTERS);
    reader->tables = entries <= SUBTABLE_ENTRIES_MAX ? 4 : 1;
    memset(reader->counters, 0,
           (size_t)reader->slice_span * reader->tables * sizeof reader->counters[0]);
    reader->counters_clear = true;
}

static enum weir_status bad_index(struct weir_reader *reader, uint64_t index) {
    return weir_fail_numbers(reader->error, WEIR_E_CORRUPT,
                             "a dictionary index lies behind the dictionary's last entry",
                             reader->dictionary.page.values, index);
}

/* Notes which slices of a large dictionary are referred to at all; the others take no pass. */
static void note_slices(struct weir_reader *reader, const struct weir_run *run, uint32_t largest) {
    uint64_t count = run->is_packed ? run->count : 1;
    if (reader->slice_low > 0 || largest < WEIR_COUNTERS) {
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint32_t index = run->is_packed ? reader->indices[i] : run->value;
        uint32_t slice = index / WEIR_COUNTERS;
        WEIR_ASSERT(slice < WEIR_DICTIONARY_SLICES);
        reader->slices[slice / 8] |= (uint8_t)(1u << (slice % 8));
    }
}

/* Counts one run of indices. */
static enum weir_status count_run(struct weir_reader *reader, const struct weir_unpack_plan *plan,
                                  const struct weir_run *run) {
    uint32_t low = (uint32_t)reader->slice_low;
    uint64_t entries = reader->dictionary.page.values;
    uint32_t largest = run->value;
    if (run->is_packed) {
        WEIR_ASSERT(run->count_packed <= WEIR_RUN_PACKED_MAX);
        reader->kernels->unpack(plan, run->packed, run->readable_bytes, reader->indices,
                                run->count_packed);
        largest = reader->kernels->largest(reader->indices, (uint32_t)run->count);
        weir_count_indices(reader->counters, reader->tables, reader->indices, (uint32_t)run->count,
                           largest, low, reader->slice_span);
    } else if (run->value - low < reader->slice_span) {
        reader->counters[run->value - low] += (uint32_t)run->count;
    }
    if (largest >= entries) {
        return bad_index(reader, largest);
    }
    note_slices(reader, run, largest);
    return WEIR_OK;
}

/* Counts all indices of a dictionary-encoded data page. */
enum weir_status weir_counting_page(struct weir_reader *reader) {
    struct weir_body *body = &reader->body;
    struct weir_unpack_plan plan;
    struct weir_runs runs;
    struct weir_run run;
    if (!reader->dictionary.present) {
        return weir_fail(reader->error, WEIR_E_CORRUPT,
                         "a dictionary-encoded page without a dictionary page");
    }
    if (!reader->counters_clear) {
        weir_counting_clear(reader);
    }
    enum weir_status status = weir_body_need(body, 1);
    if (status < 0) {
        return status;
    }
    uint32_t width = status == WEIR_END ? 33 : *body->at;
    if (width > 32) {
        return weir_fail(reader->error, WEIR_E_CORRUPT,
                         "dictionary indices without a legal bit width");
    }
    body->at++;
    reader->dictionary.used = true;
    reader->segment_counted += reader->page_left;
    if (width == 0) {
        /* No bits: every value is entry 0, with or without a run header behind. */
        run = (struct weir_run){.is_packed = false, .value = 0, .count = reader->page_left};
        reader->page_left = 0;
        return count_run(reader, NULL, &run);
    }
    weir_unpack_plan(&plan, width);
    weir_runs_init(&runs, body, weir_body_left(body), width, reader->page_left, reader->error);
    while ((status = weir_runs_next(&runs, &run)) == WEIR_OK) {
        WEIR_TRY(count_run(reader, &plan, &run));
    }
    reader->page_left = 0;
    return status < 0 ? status : WEIR_OK;
}

/* Sums the sub-tables into the first. */
void weir_counting_join(struct weir_reader *reader) {
    uint32_t span = reader->slice_span;
    for (uint32_t table = 1; table < reader->tables; table++) {
        for (uint32_t i = 0; i < span; i++) {
            reader->counters[i] += reader->counters[table * span + i];
        }
    }
}

/* First entry of the next slice that is referred to, or the number of entries. */
uint64_t weir_counting_next_slice(const struct weir_reader *reader) {
    uint64_t entries = reader->dictionary.page.values;
    for (uint64_t low = reader->slice_low + WEIR_COUNTERS; low < entries; low += WEIR_COUNTERS) {
        uint64_t slice = low / WEIR_COUNTERS;
        if ((reader->slices[slice / 8] >> (slice % 8) & 1) != 0) {
            return low;
        }
    }
    return entries;
}
