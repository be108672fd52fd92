#include "parquet/index.h"

#include "base/banned.h"

/*
 * Format notes.
 * - The lists of a struct follow each other in the file, so each one's place is found by passing
 *   by those in front of it once.
 * - Booleans in lists take a byte each: 1 is true, 2 and 0 are false.
 * - The bounds of a page of nulls are empty; writers have put anything there.
 */

#define INDEX_WINDOW_BYTES 1024u
#define MAGIC_BYTES 4u

struct weir_page_index *weir_page_index_take(struct weir_space *space) {
    struct weir_page_index *index =
        weir_space_take(space, "page index", 1, sizeof(struct weir_page_index),
                        "where a column chunk's page index is read");
    uint8_t *windows = weir_space_take(space, "index windows", WEIR_INDEX_LISTS, INDEX_WINDOW_BYTES,
                                       "bytes of each list of the page index");
    if (index == NULL || windows == NULL) {
        return NULL;
    }
    memset(index, 0, sizeof *index);
    for (uint32_t i = 0; i < WEIR_INDEX_LISTS; i++) {
        index->cursors[i].window.buffer = windows + (size_t)i * INDEX_WINDOW_BYTES;
    }
    return index;
}

/* Points a list's cursor at its first element. */
static void open_list(struct weir_page_index *index, enum weir_index_list which,
                      const struct weir_source *source, uint64_t offset, uint64_t limit_offset) {
    struct weir_index_cursor *cursor = &index->cursors[which];
    weir_window_init(&cursor->window, cursor->window.buffer, INDEX_WINDOW_BYTES, index->error);
    weir_window_seek(&cursor->window, source, offset, limit_offset);
    weir_thrift_init(&cursor->thrift, &cursor->window, index->error);
    struct weir_thrift_list list = weir_thrift_list(&cursor->thrift, WEIR_THRIFT_LIST);
    cursor->present = !cursor->thrift.failed;
    cursor->type = list.type;
    cursor->count = list.count;
    cursor->left = list.count;
}

/* Finds the lists of one struct. lists[id]: which list a field is, or WEIR_INDEX_LISTS. */
static enum weir_status find_lists(struct weir_page_index *index, const struct weir_source *source,
                                   uint64_t offset, uint64_t limit_offset,
                                   const uint8_t lists[16]) {
    /* The first list's window serves while the places are looked for. */
    struct weir_index_cursor *finder = &index->cursors[lists[1]];
    struct weir_window window;
    struct weir_thrift thrift;
    struct weir_thrift_field field;
    uint64_t places[WEIR_INDEX_LISTS] = {0};
    weir_window_init(&window, finder->window.buffer, INDEX_WINDOW_BYTES, index->error);
    weir_window_seek(&window, source, offset, limit_offset);
    weir_thrift_init(&thrift, &window, index->error);
    weir_thrift_enter(&thrift);
    while (weir_thrift_next(&thrift, &field)) {
        uint32_t which = field.id >= 0 && field.id < 16 ? lists[field.id] : WEIR_INDEX_LISTS;
        if (which == WEIR_INDEX_LISTS) {
            if (lists[1] == WEIR_INDEX_NULL_PAGES && field.id == 4) {
                index->boundary = (struct weir_stated){true, weir_thrift_i32(&thrift, field.type)};
            } else {
                weir_thrift_skip(&thrift, field.type);
            }
            continue;
        }
        if (field.type != WEIR_THRIFT_LIST) {
            weir_thrift_corrupt(&thrift, "a field of the metadata has the wrong type");
        }
        places[which] = weir_window_offset(&window);
        weir_thrift_skip(&thrift, field.type);
    }
    for (uint32_t i = 0; i < 16 && !thrift.failed && !window.failed; i++) {
        uint32_t which = lists[i];
        if (which < WEIR_INDEX_LISTS && places[which] != 0) {
            open_list(index, (enum weir_index_list)which, source, places[which], limit_offset);
        }
    }
    return index->error->status;
}

/* Where a struct lies, when it is there at all. */
static enum weir_status place(struct weir_page_index *index, const struct weir_stated *offset,
                              const struct weir_stated *bytes, uint64_t limit_offset,
                              bool *there_ret, uint64_t *end_ret) {
    *there_ret = offset->present && bytes->present && offset->value > 0 && bytes->value > 0;
    if (!*there_ret) {
        return WEIR_OK;
    }
    uint64_t at = (uint64_t)offset->value;
    uint64_t size = (uint64_t)bytes->value;
    if (at < MAGIC_BYTES || at > limit_offset || size > limit_offset - at) {
        index->error->offset_bytes =
            index->error->status == WEIR_OK ? at : index->error->offset_bytes;
        return weir_fail_numbers(index->error, WEIR_E_CORRUPT,
                                 "a page index does not lie inside the file", limit_offset, at);
    }
    *end_ret = at + size;
    return WEIR_OK;
}

enum weir_status weir_page_index_open(struct weir_page_index *index,
                                      const struct weir_source *source,
                                      const struct weir_chunk_claims *claims, uint64_t limit_offset,
                                      uint32_t definition_max, uint32_t repetition_max,
                                      struct weir_error *error) {
    enum { NONE = WEIR_INDEX_LISTS };
    static const uint8_t offset_lists[16] = {NONE,
                                             WEIR_INDEX_LOCATIONS,
                                             WEIR_INDEX_UNENCODED,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE,
                                             NONE};
    static const uint8_t bound_lists[16] = {NONE,
                                            WEIR_INDEX_NULL_PAGES,
                                            WEIR_INDEX_MINIMA,
                                            WEIR_INDEX_MAXIMA,
                                            NONE,
                                            WEIR_INDEX_NULL_COUNTS,
                                            WEIR_INDEX_REPETITION,
                                            WEIR_INDEX_DEFINITION,
                                            WEIR_INDEX_NAN_COUNTS,
                                            NONE,
                                            NONE,
                                            NONE,
                                            NONE,
                                            NONE,
                                            NONE,
                                            NONE};
    uint64_t end = 0;
    index->error = error;
    index->boundary = (struct weir_stated){false, 0};
    index->levels[0] = repetition_max + 1;
    index->levels[1] = definition_max + 1;
    for (uint32_t i = 0; i < WEIR_INDEX_LISTS; i++) {
        index->cursors[i].present = false;
        index->cursors[i].count = 0;
        index->cursors[i].left = 0;
    }
    WEIR_TRY(place(index, &claims->offset_index_offset, &claims->offset_index_bytes, limit_offset,
                   &index->has_offsets, &end));
    if (index->has_offsets) {
        WEIR_TRY(find_lists(index, source, (uint64_t)claims->offset_index_offset.value, end,
                            offset_lists));
    }
    WEIR_TRY(place(index, &claims->column_index_offset, &claims->column_index_bytes, limit_offset,
                   &index->has_bounds, &end));
    if (index->has_bounds) {
        WEIR_TRY(find_lists(index, source, (uint64_t)claims->column_index_offset.value, end,
                            bound_lists));
    }
    return WEIR_OK;
}

/* The cursor, when its list has another element; takes one off. */
static struct weir_index_cursor *take(struct weir_page_index *index, enum weir_index_list which) {
    struct weir_index_cursor *cursor = &index->cursors[which];
    if (!cursor->present || cursor->left == 0) {
        return NULL;
    }
    cursor->left--;
    return cursor;
}

static struct weir_stated next_count(struct weir_page_index *index, enum weir_index_list which) {
    struct weir_index_cursor *cursor = take(index, which);
    struct weir_stated count = {false, 0};
    if (cursor != NULL) {
        count.value = weir_thrift_i64(&cursor->thrift, cursor->type);
        count.present = !cursor->thrift.failed;
    }
    return count;
}

static struct weir_stated next_truth(struct weir_page_index *index, enum weir_index_list which) {
    struct weir_index_cursor *cursor = take(index, which);
    struct weir_stated truth = {false, 0};
    if (cursor == NULL) {
        return truth;
    }
    bool is_bool = cursor->type == WEIR_THRIFT_TRUE || cursor->type == WEIR_THRIFT_FALSE;
    truth.value = weir_thrift_i8(&cursor->thrift, is_bool ? WEIR_THRIFT_BYTE : cursor->type) == 1;
    truth.present = !cursor->thrift.failed;
    return truth;
}

static void next_bound(struct weir_page_index *index, enum weir_index_list which,
                       struct weir_bound *bound) {
    struct weir_index_cursor *cursor = take(index, which);
    if (cursor != NULL) {
        weir_bound_read(&cursor->thrift, cursor->type, bound);
    }
}

/* One page's share of a list of histograms. */
static void next_histogram(struct weir_page_index *index, enum weir_index_list which,
                           uint32_t levels, struct weir_histogram *histogram) {
    if (levels > WEIR_LEVELS_MAX + 1 || index->cursors[which].left < levels) {
        return;
    }
    histogram->present = true;
    histogram->length = levels;
    for (uint32_t i = 0; i < levels; i++) {
        histogram->counts[i] = next_count(index, which).value;
    }
}

static void next_location(struct weir_page_index *index, struct weir_index_entry *entry) {
    struct weir_index_cursor *cursor = take(index, WEIR_INDEX_LOCATIONS);
    struct weir_thrift_field field;
    if (cursor == NULL || !weir_thrift_struct(&cursor->thrift, cursor->type)) {
        return;
    }
    while (weir_thrift_next(&cursor->thrift, &field)) {
        switch (field.id) {
        case 1:
            entry->offset =
                (struct weir_stated){true, weir_thrift_i64(&cursor->thrift, field.type)};
            break;
        case 2:
            entry->bytes = (struct weir_stated){true, weir_thrift_i32(&cursor->thrift, field.type)};
            break;
        case 3:
            entry->first_row =
                (struct weir_stated){true, weir_thrift_i64(&cursor->thrift, field.type)};
            break;
        default: weir_thrift_skip(&cursor->thrift, field.type); break;
        }
    }
}

enum weir_status weir_page_index_next(struct weir_page_index *index,
                                      struct weir_index_entry *entry_ret) {
    memset(entry_ret, 0, sizeof *entry_ret);
    next_location(index, entry_ret);
    entry_ret->unencoded_bytes = next_count(index, WEIR_INDEX_UNENCODED);
    entry_ret->null_page = next_truth(index, WEIR_INDEX_NULL_PAGES);
    next_bound(index, WEIR_INDEX_MINIMA, &entry_ret->min);
    next_bound(index, WEIR_INDEX_MAXIMA, &entry_ret->max);
    entry_ret->null_count = next_count(index, WEIR_INDEX_NULL_COUNTS);
    entry_ret->nan_count = next_count(index, WEIR_INDEX_NAN_COUNTS);
    next_histogram(index, WEIR_INDEX_REPETITION, index->levels[0], &entry_ret->repetition);
    next_histogram(index, WEIR_INDEX_DEFINITION, index->levels[1], &entry_ret->definition);
    return index->error->status;
}
