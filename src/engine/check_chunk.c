#include "engine/check_inner.h"

#include "base/banned.h"

/* A dictionary is read again for each page whose bounds are compared, once for each slice of its
 * entries that the page refers to. So much more than the chunk holds may be decoded for that: a
 * hostile file could ask for hours with a few kilobytes. */
#define APART_TIMES_MAX 32u
#define APART_BYTES_MAX (UINT64_C(16) << 20)

/* --- Reading. -------------------------------------------------------------------------------- */

static bool is_nested(const struct weir_check_column *column) {
    return column->definition_max > 1 || column->repetition_max > 0;
}

static void begin_facts(struct weir_facts *facts, enum weir_kind kind) {
    memset(facts, 0, sizeof *facts);
    weir_extremes_begin(&facts->extremes, kind);
}

/* Levels of flat columns follow from their counts. */
static void set_levels(struct weir_facts *facts, const struct weir_check_column *column) {
    if (is_nested(column)) {
        return;
    }
    facts->has_levels = true;
    facts->repetition[0] = facts->entries;
    facts->definition[column->definition_max] = facts->entries - facts->nulls;
    if (column->definition_max > 0) {
        facts->definition[0] = facts->nulls;
    }
}

/* Adds a page's facts to the chunk's. Levels are kept by the reader. */
static void join_facts(struct weir_facts *facts, const struct weir_facts *page) {
    facts->entries += page->entries;
    facts->nulls += page->nulls;
    facts->rows += page->rows;
    weir_extremes_join(&facts->extremes, &page->extremes);
}

/* The levels that the page just read has added to the chunk's. */
static void take_page_levels(struct weir_check *check, const struct weir_check_column *column) {
    struct weir_facts *page = &check->page_facts;
    struct weir_facts *chunk = &check->facts;
    if (!is_nested(column)) {
        set_levels(page, column);
        return;
    }
    page->has_levels = true;
    for (uint32_t i = 0; i <= WEIR_LEVELS_MAX; i++) {
        page->definition[i] = check->levels.definition[i] - chunk->definition[i];
        page->repetition[i] = check->levels.repetition[i] - chunk->repetition[i];
        chunk->definition[i] = check->levels.definition[i];
        chunk->repetition[i] = check->levels.repetition[i];
    }
    if (column->repetition_max == 0) {
        page->repetition[0] = page->entries;
    }
}

/* --- Pages. ---------------------------------------------------------------------------------- */

/* What the ColumnIndex says of the page just read. */
static void check_entry(struct weir_check *check, const struct weir_where *where) {
    const struct weir_index_entry *entry = &check->entry;
    const struct weir_facts *facts = &check->page_facts;
    const struct weir_check_column *column = where->column;
    bool only_nulls = facts->nulls == facts->entries;
    if (column->repetition_max > 0) {
        weir_check_stated(check, where, "PageLocation.first_row_index", &entry->first_row,
                          check->facts.rows);
    }
    if (entry->null_page.present) {
        weir_check_truth(check, where, "ColumnIndex.null_pages", entry->null_page.value != 0,
                         only_nulls);
    }
    if (entry->null_count.present) {
        weir_check_nulls(check, where, "ColumnIndex.null_counts", entry->null_count.value, facts);
    }
    if (column->kind == WEIR_KIND_F32 || column->kind == WEIR_KIND_F64) {
        weir_check_stated(check, where, "ColumnIndex.nan_counts", &entry->nan_count,
                          facts->extremes.nans);
    }
    bool states_bounds = entry->null_page.present ? entry->null_page.value == 0 : !only_nulls;
    if (states_bounds && weir_order_known(column->order, &column->type)) {
        bool given = entry->nan_count.present;
        weir_check_bound(check, where, "ColumnIndex.min_values", &entry->min, true, given, facts);
        weir_check_bound(check, where, "ColumnIndex.max_values", &entry->max, false, given, facts);
    }
    struct weir_size_statistics sizes = {entry->unencoded_bytes, entry->repetition,
                                         entry->definition};
    weir_check_sizes(check, where, &weir_check_index_names, &sizes, facts);
}

static enum weir_status end_page(struct weir_check *check, const struct weir_check_column *column,
                                 const struct weir_page_end *end) {
    struct weir_facts *facts = &check->page_facts;
    struct weir_where where = {check->item.chunk.row_group, end->ordinal, column};
    facts->entries = end->page.values;
    facts->nulls = end->page.values - end->values;
    facts->rows = end->rows;
    take_page_levels(check, column);
    if (end->page.type == WEIR_PAGE_DATA_V2) {
        weir_check_count(check, &where, "DataPageHeaderV2.num_rows", end->page.rows, end->rows);
        weir_check_nulls(check, &where, "DataPageHeaderV2.num_nulls", end->page.nulls, facts);
    }
    if (check->found.has_bounds) {
        weir_window_seek(&check->pages, &check->source, end->header_offset,
                         check->footer->footer_offset);
        WEIR_TRY(weir_page_statistics_read(&check->pages, &check->page_statistics, &check->error));
        weir_check_statistics(check, &where, &check->page_statistics, facts);
    }
    WEIR_TRY(weir_page_index_next(check->index, &check->entry));
    check_entry(check, &where);
    join_facts(&check->facts, facts);
    begin_facts(facts, column->kind);
    return WEIR_OK;
}

/* Whether pages are to be told apart: for bounds of their own, where that is not too much work. */
static bool wants_pages(struct weir_check *check) {
    const struct weir_check_pages *found = &check->found;
    bool indexed = check->index->has_bounds || check->index->has_offsets;
    if (!found->has_bounds && !found->has_counts && !indexed) {
        return false;
    }
    uint64_t most = APART_TIMES_MAX * found->page_bytes + APART_BYTES_MAX;
    uint64_t each = found->dictionary_page_bytes * (found->dictionary_entries / WEIR_COUNTERS + 1);
    if (each > 0 && found->data_pages > most / each) {
        check->totals.chunks_not_apart++;
        return false;
    }
    return true;
}

/* --- The chunk. ------------------------------------------------------------------------------ */

static enum weir_status open_index(struct weir_check *check,
                                   const struct weir_check_column *column) {
    return weir_page_index_open(check->index, &check->source, &check->claims.chunk,
                                check->footer->footer_offset, column->definition_max,
                                column->repetition_max, &check->error);
}

static enum weir_status read_events(struct weir_check *check,
                                    const struct weir_check_column *column, bool counts_distinct) {
    const volatile int *stop = check->plan.options.stop;
    struct weir_reader *reader = check->reader;
    struct weir_facts *facts = reader->pages_apart ? &check->page_facts : &check->facts;
    struct weir_event event;
    enum weir_status status;
    while ((status = weir_reader_next(reader, &event)) == WEIR_OK) {
        if (event.kind == WEIR_EVENT_PAGE_END) {
            WEIR_TRY(end_page(check, column, event.page));
        } else if (event.kind == WEIR_EVENT_NULLS) {
            facts->nulls += event.count;
        } else {
            weir_extremes_add(&facts->extremes, &event);
            if (counts_distinct) {
                weir_feed(check->column, check->scratch, &event);
            }
        }
        if (check->stopped) {
            return weir_fail(&check->error, WEIR_E_OUTPUT, "the caller stopped the run");
        }
        if (stop != NULL && *stop != 0) {
            return weir_fail(&check->error, WEIR_E_INTERRUPTED, "interrupted");
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* Reads all of the chunk into check->facts; pages are compared on the way. */
static enum weir_status read_chunk(struct weir_check *check, struct weir_check_column *column,
                                   const struct weir_chunk *chunk) {
    struct weir_facts *facts = &check->facts;
    bool counts_distinct = check->claims.chunk.statistics.distinct_count.present;
    struct weir_leaf leaf = {.type = column->type,
                             .definition_max = column->definition_max,
                             .repetition_max = column->repetition_max,
                             .levels = is_nested(column) ? &check->levels : NULL,
                             .definition_of = column->definition_of};
    begin_facts(facts, column->kind);
    begin_facts(&check->page_facts, column->kind);
    memset(&check->levels, 0, sizeof check->levels);
    check->reader->pages_apart = wants_pages(check);
    check->reader->forgives_crc = true;
    if (check->reader->pages_apart) {
        WEIR_TRY(open_index(check, column)); /* once more, from its first page on */
    }
    if (counts_distinct) {
        weir_column_begin(check->column, &check->stats, column->kind, false, 0);
        weir_column_chunk_begin(check->column, check->scratch);
    }
    WEIR_TRY(weir_reader_open(check->reader, &check->source, chunk, &leaf));
    WEIR_TRY(read_events(check, column, counts_distinct));
    facts->entries = chunk->values;
    facts->nulls = chunk->values - facts->extremes.count;
    facts->rows = check->reader->rows;
    set_levels(facts, column);
    if (is_nested(column)) {
        facts->has_levels = true;
        memcpy(facts->definition, check->levels.definition, sizeof facts->definition);
        memcpy(facts->repetition, check->levels.repetition, sizeof facts->repetition);
        facts->repetition[0] = column->repetition_max == 0 ? facts->entries : facts->repetition[0];
    }
    if (counts_distinct) {
        weir_column_chunk_end(check->column, check->scratch);
        weir_column_end(check->column, check->scratch);
        weir_column_result(check->column, check->scratch, &check->result);
        facts->has_distinct = check->result.has_distinct;
        facts->distinct = check->result.distinct;
    }
    return WEIR_OK;
}

/* Whether the footer names the column as the schema does. */
static void check_path(struct weir_check *check, const struct weir_where *where) {
    const struct weir_chunk_claims *claims = &check->claims.chunk;
    if (!claims->has_path) {
        return;
    }
    check->totals.statements++;
    if (claims->path_hash != where->column->path_hash) {
        weir_check_tell_other(check, where,
                              "ColumnMetaData.path_in_schema: the schema has another path here");
    }
}

enum weir_status weir_check_chunk(struct weir_check *check, struct weir_check_column *column) {
    struct weir_chunk chunk = check->item.chunk;
    struct weir_where where = {chunk.row_group, WEIR_NONE32, column};
    const char *why = weir_chunk_unsupported(&chunk);
    if (why != NULL) {
        return weir_fail(&check->error, WEIR_E_UNSUPPORTED, why);
    }
    if (chunk.codec >= 32 || (check->plan.inventory.codecs >> chunk.codec & 1) == 0) {
        return weir_fail(&check->error, WEIR_E_CHANGED,
                         "a column chunk's codec is not what it was");
    }
    check_path(check, &where);
    WEIR_TRY(open_index(check, column));
    WEIR_TRY(weir_check_walk(check, column, &chunk));
    memset(&check->reader->counts, 0, sizeof check->reader->counts);
    enum weir_status status = read_chunk(check, column, &chunk);
    bool suspect = check->reader->counts.pages_crc_bad > 0 || status == WEIR_E_CORRUPT;
    check->totals.statements += check->reader->counts.pages_crc_ok;
    if (suspect) {
        /* A page that is damaged is often found by what it holds before its checksum is known. */
        struct weir_error kept = check->error;
        weir_error_clear(&check->error);
        enum weir_status named = weir_check_checksums(check, column, &chunk);
        if (named == WEIR_OK || status != WEIR_OK) {
            check->error = kept;
        } else {
            status = named;
        }
    }
    if (status != WEIR_OK) {
        return status;
    }
    weir_check_statistics(check, &where, &check->claims.chunk.statistics, &check->facts);
    weir_check_sizes(check, &where, &weir_check_chunk_names, &check->claims.chunk.sizes,
                     &check->facts);
    column->group_read = true;
    column->group_rows = check->facts.rows;
    check->totals.chunks++;
    return WEIR_OK;
}
