#include "engine/check_inner.h"
#include "base/crc32.h"
#include "parquet/schema.h"

#include "base/banned.h"

/*
 * Format notes.
 * - num_values and total_compressed_size both say where a chunk ends. Where they differ, the pages
 *   decide: bytes that end between two pages are believed, bytes that end inside a page are not.
 * - Page locations name data pages only.
 */

/* Data pages at a chunk's start that are looked at for statistics of their own. */
#define STATISTICS_PAGES 8u

static bool is_data(const struct weir_page *page) {
    return page->type == WEIR_PAGE_DATA || page->type == WEIR_PAGE_DATA_V2;
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
        found->dictionary_entries = page->values;
        found->other_encodings |= weir_check_bit(page->encoding);
    }
    if (!is_data(page)) {
        return;
    }
    if (!found->has_data) {
        found->has_data = true;
        found->data_offset = offset;
    }
    found->data_pages++;
    found->has_counts = found->has_counts || page->type == WEIR_PAGE_DATA_V2;
    found->values += page->values;
    found->data_encodings |= weir_check_bit(page->encoding);
    if (column->definition_max > 0) {
        found->other_encodings |= weir_check_bit(page->definition_encoding);
    }
    if (column->repetition_max > 0) {
        found->other_encodings |= weir_check_bit(page->repetition_encoding);
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
        *more_ret =
            page->type != WEIR_PAGE_DICTIONARY && end <= chunk->offset + chunk->compressed_bytes;
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
    weir_check_layout(check, column, chunk);
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
