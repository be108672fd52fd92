#include "engine/check_inner.h"
#include "parquet/crc32.h"
#include "parquet/schema.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A chunk's sizes include page headers and the dictionary page. parquet-mr up to 1.2.8 left the
 *   dictionary page's header out of total_compressed_size.
 * - num_values and total_compressed_size both say where a chunk ends. Where they differ, the pages
 *   decide: bytes that end between two pages are believed, bytes that end inside a page are not.
 * - Writers list encodings of levels and of dictionary pages, or do not; PLAIN_DICTIONARY and
 *   RLE_DICTIONARY name one encoding of data pages.
 * - parquet-mr up to 1.12 gives no dictionary_page_offset: its data_page_offset is that of the
 *   chunk's first page, be it the dictionary page.
 * - encoding_stats of Arrow C++ count pages V2 as DATA_PAGE: the two types are added up.
 * - Page locations name data pages only.
 */

/* Data pages at a chunk's start that are looked at for statistics of their own. */
#define STATISTICS_PAGES 8u

static bool is_data(const struct weir_page *page) {
    return page->type == WEIR_PAGE_DATA || page->type == WEIR_PAGE_DATA_V2;
}

static uint32_t bit_of(uint32_t encoding) {
    return encoding < 32 ? 1u << encoding : 0;
}

/* Adds one page to what was found. */
static void add_page(struct weir_check_pages *found, const struct weir_check_column *column,
                     const struct weir_page *page, uint64_t offset, uint64_t header_bytes) {
    found->pages++;
    found->raw_bytes += header_bytes + page->raw_bytes;
    found->page_bytes += header_bytes + page->page_bytes;
    found->end_offset = offset + header_bytes + page->raw_bytes;
    if (page->type < WEIR_STATED_PAGE_TYPES && page->encoding < WEIR_STATED_ENCODINGS) {
        found->encoding_pages[page->type][page->encoding]++;
    }
    if (page->type == WEIR_PAGE_DICTIONARY) {
        found->has_dictionary = true;
        found->dictionary_offset = offset;
        found->dictionary_header_bytes = header_bytes;
        found->dictionary_page_bytes = page->page_bytes;
        found->other_encodings |= bit_of(page->encoding);
    }
    if (!is_data(page)) {
        return;
    }
    if (!found->has_data) {
        found->has_data = true;
        found->data_offset = offset;
    }
    found->data_pages++;
    found->values += page->values;
    found->data_encodings |= bit_of(page->encoding);
    if (column->definition_max > 0) {
        found->other_encodings |= bit_of(page->definition_encoding);
    }
    if (column->repetition_max > 0) {
        found->other_encodings |= bit_of(page->repetition_encoding);
    }
}

/* Whether the walk goes on at `offset`. */
static bool goes_on(const struct weir_check_pages *found, const struct weir_chunk *chunk,
                    uint64_t offset) {
    uint64_t end = chunk->offset + chunk->compressed_bytes;
    bool covered = found->values >= chunk->values;
    if (offset < end) {
        return true; /* another page may lie in front of the end, or the walk fails there */
    }
    return !covered && (offset > end || found->pages == 0);
}

/* The header at the window's where. *more_ret is false where there is none, and none is needed. */
static enum weir_status read_header(struct weir_check *check, const struct weir_chunk *chunk,
                                    struct weir_page *page, bool *more_ret) {
    struct weir_window *window = &check->pages;
    struct weir_error error;
    uint64_t offset = weir_window_offset(window);
    weir_error_clear(&error);
    window->error = &error;
    enum weir_status status = weir_page_read(window, page, &error);
    window->error = &check->error;
    *more_ret = status == WEIR_OK && page->type <= WEIR_PAGE_DATA_V2;
    if (*more_ret && check->found.values >= chunk->values) {
        /* It may be the next chunk's. */
        uint64_t end = weir_window_offset(window) + page->raw_bytes;
        *more_ret = page->type != WEIR_PAGE_DICTIONARY &&
                    end <= chunk->offset + chunk->compressed_bytes;
        return WEIR_OK;
    }
    if (*more_ret || error.status == WEIR_E_IO || error.status == WEIR_E_CHANGED) {
        check->error.offset_bytes = error.offset_bytes;
        return status == WEIR_OK ? WEIR_OK
                                 : weir_fail_numbers(&check->error, status, error.message,
                                                     error.wanted, error.got);
    }
    if (check->found.values >= chunk->values) {
        return WEIR_OK; /* bytes behind the last value that are no page */
    }
    check->error.offset_bytes = offset;
    check->error.page = (uint32_t)check->found.pages;
    return weir_fail(&check->error, WEIR_E_CORRUPT,
                     status == WEIR_OK ? "a page of unknown type" : error.message);
}

/* Whether the bound of a page lies where the order says, seen from the page before. */
static bool in_order(const struct weir_check_column *column, int64_t boundary,
                     const struct weir_value *before, const struct weir_value *value) {
    bool total_order = column->order == WEIR_ORDER_IEEE754;
    int order =
        total_order ? weir_values_total_order(before, value) : weir_values_order(before, value);
    return boundary == WEIR_BOUNDARY_ASCENDING ? order <= 0 : order >= 0;
}

/* Looks whether the bounds of the index are ordered as it says; the first page that is not is
 * told. Pages of nulls have no bounds. */
static void check_boundary(struct weir_check *check, const struct weir_where *where,
                           const struct weir_index_entry *entry) {
    const struct weir_check_column *column = where->column;
    const struct weir_bound *bounds[2] = {&entry->min, &entry->max};
    int64_t boundary = check->index->boundary.present ? check->index->boundary.value : 0;
    bool ordered = boundary == WEIR_BOUNDARY_ASCENDING || boundary == WEIR_BOUNDARY_DESCENDING;
    if (!ordered || entry->null_page.value != 0 || check->boundary_told ||
        !weir_order_known(column->order, &column->type)) {
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct weir_value value = weir_bound_value(bounds[i], &column->type, column->kind);
        struct weir_value *before = &check->boundary[i];
        if (!value.present) {
            continue;
        }
        if (before->present && !check->boundary_told) {
            check->totals.statements++;
            if (!in_order(column, boundary, before, &value)) {
                check->boundary_told = true;
                weir_check_tell_other(
                    check, where,
                    boundary == WEIR_BOUNDARY_ASCENDING
                        ? "ColumnIndex.boundary_order: the bounds are not ascending"
                        : "ColumnIndex.boundary_order: the bounds are not descending");
            }
        }
        *before = value;
    }
}

/* What the OffsetIndex says of one data page. `first_row` is WEIR_NONE where the header does not
 * tell. */
static enum weir_status check_location(struct weir_check *check, const struct weir_where *where,
                                       const struct weir_page *page, uint64_t offset,
                                       uint64_t header_bytes, uint64_t first_row) {
    struct weir_index_entry *entry = &check->entry;
    if (!check->index->has_offsets && !check->index->has_bounds) {
        return WEIR_OK;
    }
    WEIR_TRY(weir_page_index_next(check->index, entry));
    weir_check_stated(check, where, "PageLocation.offset", &entry->offset, offset);
    weir_check_stated(check, where, "PageLocation.compressed_page_size", &entry->bytes,
                      header_bytes + page->raw_bytes);
    if (first_row != WEIR_NONE) {
        weir_check_stated(check, where, "PageLocation.first_row_index", &entry->first_row,
                          first_row);
    }
    check_boundary(check, where, entry);
    return WEIR_OK;
}

/* Looks whether the page at `offset` has statistics that only its own values can be compared
 * with. */
static enum weir_status see_statistics(struct weir_check *check, uint64_t offset) {
    struct weir_window *window = &check->pages;
    struct weir_statistics *statistics = &check->page_statistics;
    if (check->found.has_bounds || check->found.data_pages >= STATISTICS_PAGES) {
        return WEIR_OK;
    }
    uint64_t back = weir_window_offset(window);
    weir_window_seek(window, &check->source, offset, check->footer->footer_offset);
    WEIR_TRY(weir_page_statistics_read(window, statistics, &check->error));
    weir_window_seek(window, &check->source, back, check->footer->footer_offset);
    check->found.has_bounds = statistics->present;
    return WEIR_OK;
}

static enum weir_status walk_pages(struct weir_check *check, const struct weir_check_column *column,
                                   const struct weir_chunk *chunk) {
    struct weir_check_pages *found = &check->found;
    struct weir_window *window = &check->pages;
    uint64_t limit = check->footer->footer_offset;
    weir_window_seek(window, &check->source, chunk->offset, limit);
    found->end_offset = chunk->offset;
    while (goes_on(found, chunk, weir_window_offset(window))) {
        struct weir_page page;
        struct weir_where where = {chunk->row_group, (uint32_t)found->pages, column};
        uint64_t offset = weir_window_offset(window);
        bool more = false;
        if (offset >= limit) {
            break;
        }
        WEIR_TRY(read_header(check, chunk, &page, &more));
        if (!more) {
            break;
        }
        uint64_t header_bytes = weir_window_offset(window) - offset;
        if (is_data(&page)) {
            uint64_t row = column->repetition_max == 0 ? found->values : WEIR_NONE;
            WEIR_TRY(see_statistics(check, offset));
            WEIR_TRY(check_location(check, &where, &page, offset, header_bytes, row));
        }
        add_page(found, column, &page, offset, header_bytes);
        weir_window_skip(window, page.raw_bytes);
        if (check->plan.options.stop != NULL && *check->plan.options.stop != 0) {
            return weir_fail(&check->error, WEIR_E_INTERRUPTED, "interrupted");
        }
    }
    return WEIR_OK;
}

/* --- Comparisons once the walk is over. ------------------------------------------------------ */

static bool starts_with(const char *text, const char *start) {
    while (*start != '\0' && *text == *start) {
        text++;
        start++;
    }
    return *start == '\0';
}

/* parquet-mr up to version 1.2.8, and those that did not name their version yet. */
static bool leaves_header_out(const char *created_by) {
    static const char name[] = "parquet-mr version 1.";
    if (!starts_with(created_by, name)) {
        return starts_with(created_by, "parquet-mr") && created_by[10] == '\0';
    }
    const char *at = created_by + sizeof name - 1;
    uint32_t parts[2] = {0, 0};
    for (uint32_t i = 0; i < 2; i++) {
        while (*at >= '0' && *at <= '9' && parts[i] < 1000) {
            parts[i] = 10 * parts[i] + (uint32_t)(*at++ - '0');
        }
        at += *at == '.';
    }
    return parts[0] < 2 || (parts[0] == 2 && parts[1] <= 8);
}

static void check_encodings(struct weir_check *check, const struct weir_where *where,
                            uint32_t stated) {
    const uint32_t dictionary =
        bit_of(WEIR_ENCODING_PLAIN_DICTIONARY) | bit_of(WEIR_ENCODING_RLE_DICTIONARY);
    const uint32_t beside =
        bit_of(WEIR_ENCODING_PLAIN) | bit_of(WEIR_ENCODING_RLE) | bit_of(WEIR_ENCODING_BIT_PACKED);
    const struct weir_check_pages *found = &check->found;
    uint32_t wide = stated | ((stated & dictionary) != 0 ? dictionary : 0);
    uint32_t known = found->data_encodings | found->other_encodings | beside;
    known |= (known & dictionary) != 0 ? dictionary : 0;
    check->totals.statements++;
    if ((found->data_encodings & ~wide) == 0 && (stated & ~known) == 0) {
        return;
    }
    struct weir_finding finding;
    memset(&finding, 0, sizeof finding);
    finding.what = "ColumnMetaData.encodings";
    finding.form = WEIR_FORM_ENCODINGS;
    finding.stated.kind = WEIR_KIND_U64;
    finding.stated.present = true;
    finding.stated.u64 = stated;
    finding.found = finding.stated;
    finding.found.u64 = found->data_encodings | found->other_encodings;
    weir_check_tell(check, where, &finding);
}

/* The first count that differs. */
static void check_encoding_stats(struct weir_check *check, const struct weir_where *where) {
    const struct weir_chunk_claims *claims = &check->claims.chunk;
    if (!claims->has_encoding_stats || claims->encoding_stats_beyond) {
        return;
    }
    for (uint32_t type = 0; type < WEIR_PAGE_DATA_V2; type++) {
        for (uint32_t encoding = 0; encoding < WEIR_STATED_ENCODINGS; encoding++) {
            int64_t stated = claims->encoding_pages[type][encoding];
            int64_t found = check->found.encoding_pages[type][encoding];
            if (type == WEIR_PAGE_DATA) {
                stated += claims->encoding_pages[WEIR_PAGE_DATA_V2][encoding];
                found += check->found.encoding_pages[WEIR_PAGE_DATA_V2][encoding];
            }
            if (stated != found) {
                weir_check_count(check, where, "ColumnMetaData.encoding_stats", stated,
                                 (uint64_t)found);
                return;
            }
        }
    }
    check->totals.statements++;
}

/* Lengths of the page index's lists, and the order of its bounds. */
static void check_index(struct weir_check *check, const struct weir_where *where) {
    static const char *const names[WEIR_INDEX_LISTS] = {
        "OffsetIndex.page_locations (length)",
        "OffsetIndex.unencoded_byte_array_data_bytes (length)",
        "ColumnIndex.null_pages (length)",
        "ColumnIndex.min_values (length)",
        "ColumnIndex.max_values (length)",
        "ColumnIndex.null_counts (length)",
        "ColumnIndex.repetition_level_histograms (length)",
        "ColumnIndex.definition_level_histograms (length)",
        "ColumnIndex.nan_counts (length)"};
    const struct weir_page_index *index = check->index;
    for (uint32_t i = 0; i < WEIR_INDEX_LISTS; i++) {
        uint64_t each = i == WEIR_INDEX_REPETITION   ? index->levels[0]
                        : i == WEIR_INDEX_DEFINITION ? index->levels[1]
                                                     : 1;
        bool optional = i == WEIR_INDEX_UNENCODED || i == WEIR_INDEX_NULL_COUNTS ||
                        i == WEIR_INDEX_REPETITION || i == WEIR_INDEX_DEFINITION ||
                        i == WEIR_INDEX_NAN_COUNTS;
        /* An empty optional list is how some writers leave it out. */
        if (index->cursors[i].present && !(optional && index->cursors[i].count == 0)) {
            weir_check_count(check, where, names[i], index->cursors[i].count,
                             each * check->found.data_pages);
        }
    }
}

/* The row group's sizes are compared with what its pages take, not with what its chunks say; where
 * the next chunk may begin, too. */
static void correct_group(struct weir_check *check, const struct weir_chunk *chunk, bool shorter) {
    check->last_end = check->found.end_offset;
    if (!shorter) {
        check->group_raw_bytes += check->found.raw_bytes - chunk->compressed_bytes;
        check->group_page_bytes += check->found.page_bytes - chunk->uncompressed_bytes;
    }
}

static void compare(struct weir_check *check, const struct weir_check_column *column,
                    const struct weir_chunk *chunk) {
    const struct weir_check_pages *found = &check->found;
    const struct weir_chunk_claims *claims = &check->claims.chunk;
    struct weir_where where = {chunk->row_group, WEIR_NONE32, column};
    weir_check_count(check, &where, "ColumnMetaData.num_values", (int64_t)chunk->values,
                     found->values);
    bool shorter = leaves_header_out(check->created_by) &&
                   chunk->compressed_bytes + found->dictionary_header_bytes == found->raw_bytes;
    weir_check_count(check, &where, "ColumnMetaData.total_compressed_size",
                     (int64_t)chunk->compressed_bytes,
                     shorter ? chunk->compressed_bytes : found->raw_bytes);
    weir_check_count(check, &where, "ColumnMetaData.total_uncompressed_size",
                     (int64_t)chunk->uncompressed_bytes,
                     found->page_bytes - (shorter ? found->dictionary_header_bytes : 0));
    bool at_dictionary = !claims->dictionary_page_offset.present && found->has_dictionary &&
                         claims->data_page_offset.value == (int64_t)found->dictionary_offset;
    if (found->has_data && !at_dictionary) {
        weir_check_stated(check, &where, "ColumnMetaData.data_page_offset",
                          &claims->data_page_offset, found->data_offset);
    }
    if (claims->dictionary_page_offset.present && found->has_dictionary) {
        weir_check_stated(check, &where, "ColumnMetaData.dictionary_page_offset",
                          &claims->dictionary_page_offset, found->dictionary_offset);
    } else if (claims->dictionary_page_offset.present) {
        check->totals.statements++;
        weir_check_tell_other(check, &where,
                              "ColumnMetaData.dictionary_page_offset: there is no dictionary page");
    }
    correct_group(check, chunk, shorter);
    check_encodings(check, &where, chunk->encodings);
    check_encoding_stats(check, &where);
    check_index(check, &where);
}

enum weir_status weir_check_walk(struct weir_check *check, const struct weir_check_column *column,
                                 struct weir_chunk *chunk) {
    struct weir_check_pages *found = &check->found;
    memset(found, 0, sizeof *found);
    memset(check->boundary, 0, sizeof check->boundary);
    check->boundary_told = false;
    if (chunk->values == 0) {
        return WEIR_OK; /* what lies at its offset is not its own */
    }
    WEIR_TRY(walk_pages(check, column, chunk));
    compare(check, column, chunk);
    chunk->values = found->values;
    chunk->limit_offset = weir_max_u64(chunk->limit_offset, found->end_offset);
    check->totals.pages += found->pages;
    return WEIR_OK;
}

/* --- Checksums. ------------------------------------------------------------------------------ */

/* Checksum of the next `bytes` bytes. */
static enum weir_status checksum(struct weir_check *check, uint64_t bytes, uint32_t *crc_ret) {
    struct weir_window *window = &check->pages;
    uint32_t crc = 0;
    while (bytes > 0) {
        size_t held = (size_t)weir_min_u64(weir_window_fill(window, 1), bytes);
        if (held == 0) {
            return weir_fail(&check->error, WEIR_E_CORRUPT, "a page reaches beyond the file");
        }
        crc = weir_crc32(crc, window->at, held);
        weir_window_skip(window, held);
        bytes -= held;
    }
    *crc_ret = crc;
    return WEIR_OK;
}

static void tell_checksum(struct weir_check *check, const struct weir_where *where, uint32_t stated,
                          uint32_t found) {
    struct weir_finding finding;
    memset(&finding, 0, sizeof finding);
    finding.what = "PageHeader.crc";
    finding.form = WEIR_FORM_CHECKSUM;
    finding.stated.kind = WEIR_KIND_U64;
    finding.stated.present = true;
    finding.stated.u64 = stated;
    finding.found = finding.stated;
    finding.found.u64 = found;
    weir_check_tell(check, where, &finding);
}

enum weir_status weir_check_checksums(struct weir_check *check,
                                      const struct weir_check_column *column,
                                      const struct weir_chunk *chunk) {
    struct weir_window *window = &check->pages;
    weir_window_seek(window, &check->source, chunk->offset, chunk->limit_offset);
    for (uint64_t i = 0; i < check->found.pages; i++) {
        struct weir_page page;
        struct weir_where where = {chunk->row_group, (uint32_t)i, column};
        uint32_t crc = 0;
        WEIR_TRY(weir_page_read(window, &page, &check->error));
        if (!page.has_crc) {
            weir_window_skip(window, page.raw_bytes);
            continue;
        }
        WEIR_TRY(checksum(check, page.raw_bytes, &crc));
        if (crc != page.crc) {
            check->totals.statements++;
            tell_checksum(check, &where, page.crc, crc);
        }
    }
    return WEIR_OK;
}
