#include "base/bits.h"
#include "parquet/reader_inner.h"

#include "base/banned.h"

/*
 * Format notes.
 * - V1: repetition levels, definition levels and values lie in one compressed body, each section of
 *   levels behind its length in four bytes. BIT_PACKED sections (deprecated) have no length: their
 *   size follows from the number of entries. Impala and old parquet-mr name BIT_PACKED where there
 *   are no levels at all: the label counts only where the maximum level is above 0.
 * - V2: both sections lie uncompressed in front of the body, sized by the page header. Definition
 *   levels of no bytes mean that every value is there, where the header counts no nulls.
 * - num_nulls of V2 is checked for flat columns. In nested ones writers disagree whether places of
 *   absent parents count, so there it may only not pass the number of missing values.
 */

/* Reads the four-byte length of a section. */
static enum weir_status read_prefix(struct weir_reader *reader, uint64_t *bytes_ret) {
    struct weir_body *body = &reader->body;
    enum weir_status status = weir_body_need(body, 4);
    if (status < 0) {
        return status;
    }
    uint64_t bytes = status == WEIR_END ? UINT64_MAX : weir_load_u32(body->at);
    if (status == WEIR_END || bytes > weir_body_left(body) - 4) {
        return weir_fail(reader->error, WEIR_E_CORRUPT, "a page's levels are longer than the page");
    }
    body->at += 4;
    *bytes_ret = bytes;
    return WEIR_OK;
}

enum weir_status weir_reader_count_prefixed(struct weir_reader *reader, uint64_t values,
                                            uint64_t *ones_ret) {
    struct weir_runs runs;
    uint64_t bytes = 0;
    WEIR_TRY(read_prefix(reader, &bytes));
    weir_runs_init(&runs, &reader->body, bytes, 1, values, reader->error);
    WEIR_TRY(weir_runs_count_ones(&runs, ones_ret));
    return weir_body_skip(&reader->body, runs.bytes_left);
}

/* Definition levels: how many values are there. */
static enum weir_status read_definition(struct weir_reader *reader, struct weir_runs *runs) {
    uint32_t max = reader->leaf.definition_max;
    struct weir_levels *levels = reader->leaf.levels;
    if (levels == NULL) {
        WEIR_ASSERT(max == 1);
        return weir_runs_count_ones(runs, &reader->page_left);
    }
    if (reader->slice_low > 0) {
        levels = &reader->recount; /* added to the totals by the first pass */
    }
    uint64_t before = levels->definition[max];
    WEIR_TRY(weir_levels_definition(&reader->level_reader, runs, max, levels));
    reader->page_left = levels->definition[max] - before;
    return WEIR_OK;
}

/* One section of levels that lies at the body's place in `bytes` bytes. */
static enum weir_status read_section(struct weir_reader *reader, bool repetition, uint32_t encoding,
                                     uint64_t bytes) {
    struct weir_body *body = &reader->body;
    struct weir_runs runs;
    uint32_t max = repetition ? reader->leaf.repetition_max : reader->leaf.definition_max;
    uint32_t width = weir_level_width(max);
    if (encoding == WEIR_ENCODING_BIT_PACKED) {
        weir_runs_init_packed(&runs, body, width, reader->page.values, reader->error);
    } else {
        weir_runs_init(&runs, body, bytes, width, reader->page.values, reader->error);
    }
    if (!repetition) {
        WEIR_TRY(read_definition(reader, &runs));
    } else if (reader->slice_low == 0) {
        WEIR_TRY(weir_levels_repetition(&reader->level_reader, &runs, max, reader->leaf.levels));
    }
    return weir_body_skip(body, runs.bytes_left);
}

/* A section of a V1 page: behind its length, or bit-packed. */
static enum weir_status read_v1(struct weir_reader *reader, bool repetition, uint32_t encoding) {
    uint64_t bytes = 0;
    if (encoding == WEIR_ENCODING_RLE) {
        WEIR_TRY(read_prefix(reader, &bytes));
    }
    return read_section(reader, repetition, encoding, bytes);
}

static enum weir_status open_v1(struct weir_reader *reader, struct weir_place *place) {
    const struct weir_page *page = &reader->page;
    place->codec = reader->chunk.codec;
    place->raw_bytes = page->raw_bytes;
    place->page_bytes = page->page_bytes;
    place->body_offset = reader->body_offset;
    WEIR_TRY(weir_page_check_levels(page, reader->leaf.repetition_max, reader->leaf.definition_max,
                                    reader->error));
    WEIR_TRY(weir_reader_body(reader, place->codec, place->raw_bytes, place->page_bytes));
    if (page->values == 0) {
        return WEIR_OK;
    }
    if (reader->leaf.repetition_max > 0) {
        WEIR_TRY(read_v1(reader, true, page->repetition_encoding));
    }
    if (reader->leaf.definition_max > 0) {
        WEIR_TRY(read_v1(reader, false, page->definition_encoding));
    }
    place->values_at = place->page_bytes - weir_body_left(&reader->body);
    return WEIR_OK;
}

/* Whether a V2 page's count of nulls can be true. */
static enum weir_status check_nulls(struct weir_reader *reader) {
    const struct weir_page *page = &reader->page;
    uint64_t missing = page->values - reader->page_left;
    bool wrong = reader->leaf.levels == NULL ? missing != page->nulls : page->nulls > missing;
    return wrong ? weir_fail_numbers(reader->error, WEIR_E_CORRUPT,
                                     "a page's null count differs from its levels", missing,
                                     page->nulls)
                 : WEIR_OK;
}

static enum weir_status open_v2(struct weir_reader *reader, struct weir_place *place) {
    const struct weir_page *page = &reader->page;
    const struct weir_leaf *leaf = &reader->leaf;
    uint64_t levels = (uint64_t)page->definition_bytes + page->repetition_bytes;
    WEIR_TRY(weir_reader_body(reader, WEIR_CODEC_UNCOMPRESSED, levels, levels));
    if (leaf->repetition_max > 0 && page->values > 0) {
        WEIR_TRY(read_section(reader, true, WEIR_ENCODING_RLE, page->repetition_bytes));
    } else {
        WEIR_TRY(weir_body_skip(&reader->body, page->repetition_bytes));
    }
    if (leaf->definition_max > 0 && page->values > 0 &&
        (page->definition_bytes > 0 || page->nulls > 0)) {
        WEIR_TRY(read_section(reader, false, WEIR_ENCODING_RLE, page->definition_bytes));
    } else if (leaf->levels != NULL && reader->slice_low == 0) {
        leaf->levels->definition[leaf->definition_max] += page->values;
    }
    WEIR_TRY(check_nulls(reader));
    WEIR_TRY(weir_body_close(&reader->body));
    place->codec = page->is_compressed ? reader->chunk.codec : WEIR_CODEC_UNCOMPRESSED;
    place->raw_bytes = page->raw_bytes - levels;
    place->page_bytes = page->page_bytes - levels;
    place->body_offset = reader->body_offset + levels;
    place->values_at = 0;
    return weir_reader_body(reader, place->codec, place->raw_bytes, place->page_bytes);
}

enum weir_status weir_reader_levels(struct weir_reader *reader, struct weir_place *place_ret) {
    memset(place_ret, 0, sizeof *place_ret);
    place_ret->source = reader->source;
    reader->body_offset = weir_window_offset(&reader->window);
    reader->page_left = reader->page.values;
    return reader->page.type == WEIR_PAGE_DATA ? open_v1(reader, place_ret)
                                               : open_v2(reader, place_ret);
}
