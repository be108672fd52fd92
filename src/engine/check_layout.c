#include "engine/check_inner.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A chunk's sizes include page headers and the dictionary page. parquet-mr up to 1.2.8 left the
 *   dictionary page's header out of total_compressed_size.
 * - Writers list encodings of levels and of dictionary pages, or do not; PLAIN_DICTIONARY and
 *   RLE_DICTIONARY name one encoding of data pages.
 * - parquet-mr up to 1.12 gives no dictionary_page_offset: its data_page_offset is that of the
 *   chunk's first page, be it the dictionary page.
 * - encoding_stats of Arrow C++ count pages V2 as DATA_PAGE: the two types are added up.
 */

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
    const uint32_t dictionary = weir_check_bit(WEIR_ENCODING_PLAIN_DICTIONARY) |
                                weir_check_bit(WEIR_ENCODING_RLE_DICTIONARY);
    const uint32_t beside = weir_check_bit(WEIR_ENCODING_PLAIN) |
                            weir_check_bit(WEIR_ENCODING_RLE) |
                            weir_check_bit(WEIR_ENCODING_BIT_PACKED);
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

void weir_check_layout(struct weir_check *check, const struct weir_check_column *column,
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
