#include "parquet/cells_inner.h"

#include "base/bits.h"
#include "parquet/levels.h"

#include "base/banned.h"

/*
 * Format notes.
 * - V1: repetition levels, then definition levels, then values, all inside the compressed body.
 *   RLE sections have their length in four bytes in front, BIT_PACKED ones have none. A section is
 *   there only where its largest level is above 0, whatever the header says of its encoding.
 * - V2: the same two in RLE and without lengths, uncompressed in front of the values; the header
 *   knows their sizes. Sections of columns without levels are passed by. parquet-mr leaves out the
 *   definition levels of a page without nulls.
 * - V2 pages say how many rows they hold, which must agree with the levels, and how many nulls. In
 *   nested columns writers disagree whether places of absent parents count as nulls, so there the
 *   number may only not pass that of the missing values.
 * - A page without entries has no sections.
 *
 * The definition levels are read twice: first they are counted, because some encodings of values
 * cannot start without the number of values; then they are taken one by one.
 */

/* A section of levels: `at` bytes behind the start of the body that it lies in. */
struct section {
    uint64_t at;
    uint64_t bytes;
    bool is_legacy;
};

static enum weir_status corrupt(struct weir_cells *cells, const char *message) {
    return weir_fail(cells->error, WEIR_E_CORRUPT, message);
}

static void start(struct weir_cells *cells, struct weir_cells_levels *levels,
                  struct weir_body *body, const struct section *section) {
    struct weir_runs *runs = &levels->sequence.runs;
    uint32_t width = weir_level_width(levels->max);
    if (section->is_legacy) {
        weir_runs_init_packed(runs, body, width, cells->page.values, cells->error);
    } else {
        weir_runs_init(runs, body, section->bytes, width, cells->page.values, cells->error);
    }
    weir_sequence_runs(&levels->sequence);
}

enum weir_status weir_cells_refill(struct weir_cells *cells, struct weir_cells_levels *levels) {
    struct weir_sequence *sequence = &levels->sequence;
    enum weir_status status = weir_sequence_refill(sequence);
    if (status != WEIR_OK) {
        return weir_cells_short(cells, status);
    }
    if (sequence->largest > levels->max) {
        return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                 "a level is above the largest of its column", levels->max,
                                 sequence->largest);
    }
    return WEIR_OK;
}

/* Counts the entries with a value: page_values. */
static enum weir_status count_values(struct weir_cells *cells) {
    struct weir_cells_levels *levels = &cells->definition;
    struct weir_sequence *sequence = &levels->sequence;
    uint64_t entries = cells->page.values;
    cells->page_values = 0;
    while (entries > 0) {
        WEIR_TRY(weir_cells_refill(cells, levels));
        uint64_t count = sequence->left;
        for (uint64_t i = 0; sequence->at != NULL && i < count; i++) {
            cells->page_values += sequence->at[i] == levels->max;
        }
        if (sequence->at == NULL && sequence->value == levels->max) {
            cells->page_values += count;
        }
        sequence->left = 0;
        entries -= count;
    }
    return WEIR_OK;
}

/* Copies a section that the page's body stands before. */
static enum weir_status hold(struct weir_cells *cells, struct weir_cells_levels *levels,
                             uint64_t bytes) {
    struct weir_body *body = &cells->body;
    uint8_t *to = cells->levels + cells->levels_used;
    memset(&levels->body, 0, sizeof levels->body);
    levels->body.at = to;
    levels->body.end = to + bytes;
    cells->levels_used += bytes;
    while (bytes > 0) {
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return weir_cells_short(cells, status);
        }
        size_t more = (size_t)weir_min_u64((uint64_t)(body->end - body->at), bytes);
        memcpy(to, body->at, more);
        body->at += more;
        to += more;
        bytes -= more;
    }
    return WEIR_OK;
}

/* Opens the page again, at a section that is too long to be held. */
static enum weir_status open_cursor(struct weir_cells *cells, struct weir_cells_levels *levels,
                                    const struct section *section) {
    const struct weir_page *page = &cells->page;
    bool v2 = page->type == WEIR_PAGE_DATA_V2;
    uint64_t both = (uint64_t)page->definition_bytes + page->repetition_bytes;
    weir_window_seek(&levels->window, cells->source, cells->body_offset,
                     cells->body_offset + page->raw_bytes);
    WEIR_TRY(weir_body_open(&levels->body, &levels->window,
                            v2 ? WEIR_CODEC_UNCOMPRESSED : cells->chunk.codec,
                            v2 ? both : page->raw_bytes, v2 ? both : page->page_bytes,
                            &levels->memory, NULL, cells->error));
    return weir_body_skip(&levels->body, section->at);
}

/* Passes by a section, counting what it says of the values where that is wanted. */
static enum weir_status pass(struct weir_cells *cells, struct weir_cells_levels *levels,
                             const struct section *section) {
    struct weir_body *body = &cells->body;
    uint64_t before = weir_body_left(body);
    if (levels == &cells->definition) {
        start(cells, levels, body, section);
        WEIR_TRY(count_values(cells));
    }
    return weir_body_skip(body, section->bytes - (before - weir_body_left(body)));
}

/* Opens a section that the page's body stands before; afterwards the body stands behind it. */
static enum weir_status open_section(struct weir_cells *cells, struct weir_cells_levels *levels,
                                     const struct section *section) {
    uint64_t used = cells->levels_used;
    if (section->bytes > weir_body_left(&cells->body)) {
        return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                 "a page's levels are longer than the page",
                                 weir_body_left(&cells->body), section->bytes);
    }
    if (section->bytes <= cells->levels_room - used) {
        WEIR_TRY(hold(cells, levels, section->bytes));
        if (levels == &cells->definition) {
            start(cells, levels, &levels->body, section);
            WEIR_TRY(count_values(cells));
            levels->body.at = cells->levels + used;
        }
    } else if (levels->window.buffer == NULL) {
        return weir_fail_numbers(cells->error, WEIR_E_LIMIT,
                                 "a page's levels take more bytes than were planned",
                                 used + section->bytes, cells->levels_room);
    } else {
        WEIR_TRY(pass(cells, levels, section));
        WEIR_TRY(open_cursor(cells, levels, section));
    }
    start(cells, levels, &levels->body, section);
    return WEIR_OK;
}

/* One section of a V1 page; *at is how far the body has been read. */
static enum weir_status open_v1_section(struct weir_cells *cells, struct weir_cells_levels *levels,
                                        uint32_t encoding, uint64_t *at) {
    struct section section = {.is_legacy = encoding == WEIR_ENCODING_BIT_PACKED};
    if (levels->max == 0) {
        return WEIR_OK;
    }
    if (section.is_legacy) {
        section.bytes = ((uint64_t)cells->page.values * weir_level_width(levels->max) + 7) / 8;
    } else {
        enum weir_status status = weir_body_need(&cells->body, 4);
        if (status != WEIR_OK) {
            return weir_cells_short(cells, status);
        }
        section.bytes = weir_load_u32(cells->body.at);
        cells->body.at += 4;
        *at += 4;
    }
    section.at = *at;
    *at += section.bytes;
    return open_section(cells, levels, &section);
}

static enum weir_status open_v1(struct weir_cells *cells, struct weir_place *place) {
    const struct weir_page *page = &cells->page;
    WEIR_TRY(
        weir_page_check_levels(page, cells->repetition.max, cells->definition.max, cells->error));
    WEIR_TRY(weir_cells_body(cells, cells->chunk.codec, page->raw_bytes, page->page_bytes));
    place->values_at = 0;
    if (page->values == 0) {
        return WEIR_OK;
    }
    WEIR_TRY(
        open_v1_section(cells, &cells->repetition, page->repetition_encoding, &place->values_at));
    return open_v1_section(cells, &cells->definition, page->definition_encoding, &place->values_at);
}

/* Both sections of a V2 page, whose body they are for now. */
static enum weir_status open_v2_sections(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    struct section repetition = {.bytes = page->repetition_bytes};
    struct section definition = {.at = page->repetition_bytes, .bytes = page->definition_bytes};
    if (page->values == 0) {
        return WEIR_OK;
    }
    if (cells->repetition.max > 0) {
        WEIR_TRY(open_section(cells, &cells->repetition, &repetition));
    } else {
        WEIR_TRY(weir_body_skip(&cells->body, repetition.bytes));
    }
    if (cells->definition.max > 0 && (definition.bytes > 0 || page->nulls > 0)) {
        return open_section(cells, &cells->definition, &definition);
    }
    return WEIR_OK;
}

static enum weir_status check_nulls(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    bool is_flat = cells->definition.max <= 1 && cells->repetition.max == 0;
    uint64_t missing = page->values - cells->page_values;
    if (is_flat ? page->nulls == missing : page->nulls <= missing) {
        return WEIR_OK;
    }
    return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                             "a page's null count differs from its levels", missing, page->nulls);
}

static enum weir_status open_v2(struct weir_cells *cells, struct weir_place *place) {
    const struct weir_page *page = &cells->page;
    uint64_t levels = (uint64_t)page->definition_bytes + page->repetition_bytes;
    WEIR_TRY(weir_cells_body(cells, WEIR_CODEC_UNCOMPRESSED, levels, levels));
    WEIR_TRY(open_v2_sections(cells));
    WEIR_TRY(weir_body_close(&cells->body));
    WEIR_TRY(check_nulls(cells));
    place->body_offset += levels;
    place->raw_bytes = page->raw_bytes - levels;
    place->page_bytes = page->page_bytes - levels;
    place->codec = page->is_compressed ? cells->chunk.codec : WEIR_CODEC_UNCOMPRESSED;
    return weir_cells_body(cells, place->codec, place->raw_bytes, place->page_bytes);
}

enum weir_status weir_cells_open_levels(struct weir_cells *cells, struct weir_place *place_ret) {
    const struct weir_page *page = &cells->page;
    *place_ret = (struct weir_place){.source = cells->source,
                                     .body_offset = cells->body_offset,
                                     .raw_bytes = page->raw_bytes,
                                     .page_bytes = page->page_bytes,
                                     .codec = cells->chunk.codec};
    /* What holds where a section is absent. */
    cells->levels_used = 0;
    cells->page_values = page->values;
    weir_sequence_constant(&cells->repetition.sequence, 0, page->values);
    weir_sequence_constant(&cells->definition.sequence, cells->definition.max, page->values);
    if (page->repetition_bytes + (uint64_t)page->definition_bytes > page->raw_bytes) {
        return corrupt(cells, "a page's levels are longer than the page");
    }
    return page->type == WEIR_PAGE_DATA_V2 ? open_v2(cells, place_ret) : open_v1(cells, place_ret);
}
