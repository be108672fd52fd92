#include "parquet/counting.h"

#include "parquet/joint.h"

#include "base/banned.h"

/* Dictionaries up to this size are counted in four sub-tables, which must fit the first-level
 * cache beside the indices. */
#define SUBTABLE_ENTRIES_MAX 1536u

/* Indices that are unpacked at a time: they are counted while they are in the cache. */
#define INDICES_ABREAST 512u

_Static_assert(INDICES_ABREAST <= WEIR_RUN_PACKED_MAX, "the buffer holds them");

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
static void note_slices(struct weir_reader *reader, const uint32_t *indices, uint32_t count,
                        uint32_t largest) {
    if (reader->slice_low > 0 || largest < WEIR_COUNTERS) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slice = indices[i] / WEIR_COUNTERS;
        WEIR_ASSERT(slice < WEIR_DICTIONARY_SLICES);
        reader->slices[slice / 8] |= (uint8_t)(1u << (slice % 8));
    }
}

static enum weir_status count_repeated(struct weir_reader *reader, uint32_t index, uint64_t count) {
    uint32_t low = (uint32_t)reader->slice_low;
    if (index - low < reader->slice_span) {
        reader->counters[index - low] += (uint32_t)count;
    }
    if (index >= reader->dictionary.page.values) {
        return bad_index(reader, index);
    }
    note_slices(reader, &index, 1, index);
    return WEIR_OK;
}

/* Counts `count` packed indices; all groups of eight that hold one of them are there. */
static enum weir_status count_packed(struct weir_reader *reader,
                                     const struct weir_unpack_plan *plan, const uint8_t *packed,
                                     size_t readable, uint32_t count) {
    uint32_t low = (uint32_t)reader->slice_low;
    while (count > 0) {
        uint32_t some = count < INDICES_ABREAST ? count : INDICES_ABREAST;
        uint32_t groups = (some + 7) / 8;
        reader->kernels->unpack(plan, packed, readable, reader->indices, groups * 8);
        uint32_t largest = reader->kernels->largest(reader->indices, some);
        weir_count_indices(reader->counters, reader->tables, reader->indices, some, largest, low,
                           reader->slice_span);
        if (largest >= reader->dictionary.page.values) {
            return bad_index(reader, largest);
        }
        note_slices(reader, reader->indices, some, largest);
        packed += (size_t)groups * plan->width;
        readable -= (size_t)groups * plan->width;
        count -= some;
    }
    return WEIR_OK;
}

/* Counts one run of indices; `joint`, when not NULL, takes most of a packed one. */
static enum weir_status count_run(struct weir_reader *reader, const struct weir_unpack_plan *plan,
                                  struct weir_joint *joint, const struct weir_run *run) {
    uint32_t taken = 0;
    if (!run->is_packed) {
        return count_repeated(reader, run->value, run->count);
    }
    WEIR_ASSERT(run->count <= run->count_packed && run->count_packed <= WEIR_RUN_PACKED_MAX);
    if (joint != NULL) {
        taken = weir_joint_add(joint, reader->kernels, run->packed, run->readable_bytes,
                               (uint32_t)run->count, reader->indices, INDICES_ABREAST);
    }
    size_t bytes = (size_t)taken / 8 * plan->width;
    return count_packed(reader, plan, run->packed + bytes, run->readable_bytes - bytes,
                        (uint32_t)run->count - taken);
}

/* Whether a page's indices are worth counting together: few bits, many values, and room behind the
 * counters. */
static bool open_joint(struct weir_reader *reader, uint32_t width, struct weir_joint *joint) {
    uint64_t used = (uint64_t)reader->slice_span * reader->tables;
    if (width > WEIR_JOINT_WIDTH_MAX || reader->page_left < WEIR_JOINT_VALUES_MIN ||
        reader->slice_low > 0 || used > WEIR_COUNTERS - WEIR_JOINT_SLOTS) {
        return false;
    }
    weir_joint_open(joint, width, reader->counters + WEIR_COUNTERS - WEIR_JOINT_SLOTS);
    return true;
}

static enum weir_status close_joint(struct weir_reader *reader, const struct weir_joint *joint) {
    uint32_t counts[1u << WEIR_JOINT_WIDTH_MAX];
    weir_joint_close(joint, counts);
    for (uint32_t index = 0; index < 1u << joint->width; index++) {
        if (counts[index] > 0) {
            WEIR_TRY(count_repeated(reader, index, counts[index]));
        }
    }
    return WEIR_OK;
}

/* Counts all indices of a dictionary-encoded data page. */
enum weir_status weir_counting_page(struct weir_reader *reader) {
    struct weir_body *body = &reader->body;
    struct weir_unpack_plan plan;
    struct weir_joint joint;
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
        uint64_t count = reader->page_left;
        reader->page_left = 0;
        return count_repeated(reader, 0, count);
    }
    bool has_packed = false;
    bool is_joint = false;
    weir_runs_init(&runs, body, weir_body_left(body), width, reader->page_left, reader->error);
    while ((status = weir_runs_next(&runs, &run)) == WEIR_OK) {
        if (run.is_packed && !has_packed) {
            /* Pages of repeated values alone are so short that this would be most of their cost. */
            has_packed = true;
            is_joint = open_joint(reader, width, &joint);
            weir_unpack_plan(&plan, width);
        }
        WEIR_TRY(count_run(reader, &plan, is_joint ? &joint : NULL, &run));
    }
    reader->page_left = 0;
    if (status < 0) {
        return status;
    }
    return is_joint ? close_joint(reader, &joint) : WEIR_OK;
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
