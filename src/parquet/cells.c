#include "parquet/cells_inner.h"

#include "base/bits.h"

#include "base/banned.h"

/* Entries of a page: its header counts them in 31 bits. */
#define PAGE_ENTRIES_MAX ((UINT64_C(1) << 31) - 1)

/* Any writer's section of one kind: packed groups of eight, or runs of eight values and more, cost
 * one byte beside the values at the most. */
static uint64_t section_bytes(uint64_t values, uint32_t max) {
    return max == 0 ? 0 : (values * (weir_bit_width(max) + 1u) + 7) / 8 + 64;
}

uint64_t weir_cells_level_bytes(uint64_t values, uint32_t definition_max, uint32_t repetition_max) {
    values = weir_min_u64(values, PAGE_ENTRIES_MAX);
    return section_bytes(values, definition_max) + section_bytes(values, repetition_max);
}

/* Takes what one kind of levels needs. */
static void take_levels(struct weir_space *space, struct weir_cells_levels *levels, bool present,
                        bool has_cursor, uint64_t window_bytes, uint64_t area_bytes,
                        uint64_t slice_bytes) {
    uint64_t cursor = present && has_cursor ? 1 : 0;
    uint32_t *unpacked = weir_space_take(space, "unpacked levels", present ? WEIR_SEQUENCE_ROOM : 0,
                                         sizeof(uint32_t), "one run of a page's levels, unpacked");
    uint8_t *input =
        weir_space_take(space, "level input slice", cursor, WEIR_CELLS_LEVEL_INPUT_BYTES,
                        "a page again, for levels that are too long to be held");
    uint8_t *area = weir_space_take(space, "level codec area", cursor, area_bytes,
                                    "window and state of its decompressor");
    uint8_t *slice =
        weir_space_take(space, "level output slice", cursor, slice_bytes, "its decompressed bytes");
    if (levels == NULL || !present) {
        return;
    }
    levels->sequence.unpacked = unpacked;
    if (cursor > 0) {
        levels->window.buffer = input;
        levels->memory = (struct weir_body_memory){.area = area,
                                                   .area_bytes = area_bytes,
                                                   .slice = slice,
                                                   .slice_bytes = slice_bytes,
                                                   .window_bytes = window_bytes};
    }
}

/* Takes the memory for levels: room for whole sections, or less room and cursors, whichever is
 * smaller. */
static void take_all_levels(struct weir_space *space, const struct weir_cells_needs *needs,
                            struct weir_cells *cells) {
    uint64_t area_bytes = 0;
    uint64_t slice_bytes = 0;
    weir_body_sizes(needs->page.codecs, needs->page.codec_window_bytes, 0, &area_bytes,
                    &slice_bytes);
    bool has_any = needs->has_definitions || needs->has_repetitions;
    uint64_t kinds = (needs->has_definitions ? 1u : 0u) + (needs->has_repetitions ? 1u : 0u);
    uint64_t cursors = kinds * (WEIR_CELLS_LEVEL_INPUT_BYTES + area_bytes + slice_bytes);
    bool has_cursors = needs->level_bytes > cursors + WEIR_CELLS_LEVEL_BYTES_SHARED;
    uint64_t room = has_cursors ? WEIR_CELLS_LEVEL_BYTES_SHARED
                                : weir_max_u64(needs->level_bytes, WEIR_CELLS_LEVEL_BYTES_MIN);
    uint8_t *held = weir_space_take(space, "levels", has_any ? 1 : 0, room,
                                    "the level sections of the page being read");
    take_levels(space, cells == NULL ? NULL : &cells->repetition, needs->has_repetitions,
                has_cursors, needs->page.codec_window_bytes, area_bytes, slice_bytes);
    take_levels(space, cells == NULL ? NULL : &cells->definition, needs->has_definitions,
                has_cursors, needs->page.codec_window_bytes, area_bytes, slice_bytes);
    if (cells != NULL) {
        cells->levels = held;
        cells->levels_room = has_any ? room : 0;
    }
}

struct weir_cells *weir_cells_take(struct weir_space *space, const struct weir_cells_needs *needs) {
    const struct weir_needs *page = &needs->page;
    uint64_t area = 0;
    uint64_t slice = 0;
    uint64_t offsets_count = needs->value_bytes > 0 ? needs->dictionary_entries : 0;
    weir_body_sizes(page->codecs, page->codec_window_bytes, page->held_page_bytes, &area, &slice);
    struct weir_cells *cells = weir_space_take(space, "cell reader", 1, sizeof(struct weir_cells),
                                               "where a column stands in its chunk");
    if (cells != NULL) {
        memset(cells, 0, sizeof *cells);
    }
    uint8_t *input = weir_space_take(space, "input slice", 1, WEIR_CELLS_INPUT_BYTES,
                                     "compressed bytes of the page being read");
    uint8_t *codec_area =
        weir_space_take(space, "codec area", 1, area, "window and state of the decompressor");
    uint8_t *output = weir_space_take(space, "output slice", 1, slice,
                                      "decompressed bytes of a page that is streamed");
    uint8_t *dictionary = weir_space_take(space, "dictionary", 1, needs->dictionary_bytes,
                                          "the largest dictionary page of the columns");
    uint32_t *offsets =
        weir_space_take(space, "dictionary offsets", offsets_count, sizeof(uint32_t),
                        "where the entries of a dictionary begin");
    uint32_t *numbers = weir_space_take(space, "unpacked indices", WEIR_SEQUENCE_ROOM,
                                        sizeof(uint32_t), "one bit-packed run, unpacked");
    uint8_t *value =
        weir_space_take(space, "value buffer", needs->value_bytes > 0 ? 1 : 0, needs->value_bytes,
                        "a byte array that lies across two slices");
    take_all_levels(space, needs, cells);
    bool taken = weir_decoder_take(space, page, cells == NULL ? NULL : &cells->decoder);
    if (cells == NULL || !taken || space->overflow) {
        return NULL;
    }
    cells->window.buffer = input;
    cells->memory = (struct weir_body_memory){.area = codec_area,
                                              .area_bytes = area,
                                              .slice = output,
                                              .slice_bytes = slice,
                                              .window_bytes = page->codec_window_bytes};
    cells->dictionary.bytes = dictionary;
    cells->dictionary.room = needs->dictionary_bytes;
    cells->dictionary.offsets = offsets;
    cells->dictionary.offsets_room = offsets_count;
    cells->numbers.unpacked = numbers;
    cells->value = value;
    cells->value_room = needs->value_bytes;
    return cells;
}

static void init_levels(struct weir_cells_levels *levels, const struct weir_unpack_kernels *kernels,
                        struct weir_error *error) {
    levels->sequence.kernels = kernels;
    if (levels->window.buffer != NULL) {
        weir_window_init(&levels->window, levels->window.buffer, WEIR_CELLS_LEVEL_INPUT_BYTES,
                         error);
    }
}

void weir_cells_init(struct weir_cells *cells, enum weir_isa isa, struct weir_error *error) {
    const struct weir_unpack_kernels *kernels = weir_unpack_choose(isa);
    cells->error = error;
    cells->numbers.kernels = kernels;
    init_levels(&cells->repetition, kernels, error);
    init_levels(&cells->definition, kernels, error);
    weir_window_init(&cells->window, cells->window.buffer, WEIR_CELLS_INPUT_BYTES, error);
    weir_decoder_init(&cells->decoder, isa, error);
}

void weir_cells_forget(struct weir_cells *cells) {
    weir_window_forget(&cells->window);
    weir_window_forget(&cells->repetition.window);
    weir_window_forget(&cells->definition.window);
}

static enum weir_status corrupt(struct weir_cells *cells, const char *message) {
    return weir_fail(cells->error, WEIR_E_CORRUPT, message);
}

enum weir_status weir_cells_short(struct weir_cells *cells, enum weir_status status) {
    return status == WEIR_END ? corrupt(cells, "a page ends before its values") : status;
}

enum weir_status weir_cells_body(struct weir_cells *cells, uint32_t codec, uint64_t raw_bytes,
                                 uint64_t page_bytes) {
    return weir_body_open(&cells->body, &cells->window, codec, raw_bytes, page_bytes,
                          &cells->memory, cells->page.has_crc ? &cells->crc : NULL, cells->error);
}

enum weir_status weir_cells_open(struct weir_cells *cells, const struct weir_source *source,
                                 const struct weir_chunk *chunk, const struct weir_type *type,
                                 uint32_t definition_max, uint32_t repetition_max) {
    cells->source = source;
    cells->chunk = *chunk;
    cells->type = *type;
    cells->definition.max = definition_max;
    cells->repetition.max = repetition_max;
    cells->values_left = chunk->values;
    cells->saw_data = false;
    cells->began = false;
    cells->page_offset = chunk->offset;
    cells->page_ordinal = 0;
    cells->page_open = false;
    cells->entries_left = 0;
    cells->peeked = false;
    if (chunk->physical != (uint32_t)type->physical) {
        return corrupt(cells, "a column chunk has another physical type than its schema");
    }
    if (type->physical == WEIR_FIXED_LEN_BYTE_ARRAY && type->length_bytes <= 0) {
        return corrupt(cells, "a FIXED_LEN_BYTE_ARRAY column without a length");
    }
    if ((definition_max > 0 && cells->definition.sequence.unpacked == NULL) ||
        (repetition_max > 0 && cells->repetition.sequence.unpacked == NULL)) {
        return weir_fail(cells->error, WEIR_E_CHANGED, "a column has more levels than it had");
    }
    weir_dictionary_held_clear(&cells->dictionary, type);
    weir_decoder_column(&cells->decoder, type, true);
    weir_window_seek(&cells->window, source, chunk->offset, chunk->limit_offset);
    return WEIR_OK;
}

static enum weir_status check_crc(struct weir_cells *cells) {
    if (cells->page.has_crc && cells->crc != cells->page.crc) {
        return weir_fail_numbers(cells->error, WEIR_E_CHECKSUM, "a page's checksum differs",
                                 cells->page.crc, cells->crc);
    }
    return WEIR_OK;
}

static enum weir_status read_dictionary(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    if (cells->dictionary.present || cells->saw_data) {
        return corrupt(cells, "a dictionary page that is not the first page of its column chunk");
    }
    if (cells->type.physical == WEIR_BOOLEAN) {
        return corrupt(cells, "a dictionary of BOOLEAN values");
    }
    cells->crc = 0;
    WEIR_TRY(weir_cells_body(cells, cells->chunk.codec, page->raw_bytes, page->page_bytes));
    WEIR_TRY(weir_dictionary_held_read(&cells->dictionary, &cells->body, page, cells->error));
    WEIR_TRY(weir_body_close(&cells->body));
    return check_crc(cells);
}

static enum weir_status open_page(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    struct weir_place place;
    /* What the header alone refuses comes before the body: how far that is decoded for the levels
     * is a matter of slices. */
    const char *refused = weir_encoding_refused(page->encoding, cells->type.physical);
    if (refused != NULL) {
        return weir_fail(cells->error, WEIR_E_UNSUPPORTED, refused);
    }
    if (page->values > cells->values_left) {
        return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                 "the pages of a column chunk hold more values than it has",
                                 cells->values_left, page->values);
    }
    cells->saw_data = true;
    cells->values_left -= page->values;
    cells->entries_left = page->values;
    cells->page_open = true;
    cells->crc = 0;
    WEIR_TRY(weir_cells_open_levels(cells, &place));
    return weir_cells_open_values(cells, &place);
}

/* Ends the page: exact sizes and checksum. The number of rows in V2 headers is left alone: Arrow
 * C++ before 12 wrote the number of values there, and nothing depends on it. */
static enum weir_status close_page(struct weir_cells *cells) {
    cells->page_open = false;
    WEIR_TRY(weir_body_close(&cells->body));
    return check_crc(cells);
}

/* Goes on to the next page, if any. */
static enum weir_status next_page(struct weir_cells *cells) {
    if (cells->page_open) {
        WEIR_TRY(close_page(cells));
    }
    if (cells->values_left == 0) {
        return WEIR_END;
    }
    cells->page_offset = weir_window_offset(&cells->window);
    cells->page_ordinal++;
    if (weir_window_left(&cells->window) == 0 && !cells->window.failed) {
        return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                 "a column chunk ends before all its values", cells->chunk.values,
                                 cells->chunk.values - cells->values_left);
    }
    WEIR_TRY(weir_page_read(&cells->window, &cells->page, cells->error));
    cells->body_offset = weir_window_offset(&cells->window);
    switch (cells->page.type) {
    case WEIR_PAGE_DICTIONARY: return read_dictionary(cells);
    case WEIR_PAGE_INDEX: weir_window_skip(&cells->window, cells->page.raw_bytes); return WEIR_OK;
    case WEIR_PAGE_DATA:
    case WEIR_PAGE_DATA_V2: return open_page(cells);
    default: return corrupt(cells, "a page of unknown type");
    }
}

static enum weir_status peek(struct weir_cells *cells) {
    while (cells->entries_left == 0) {
        WEIR_TRY(next_page(cells));
    }
    WEIR_TRY(weir_cells_level(cells, &cells->repetition, &cells->peeked_level));
    if (!cells->began && cells->peeked_level != 0) {
        return corrupt(cells, "a column chunk begins in the middle of a row");
    }
    cells->began = true;
    cells->peeked = true;
    return WEIR_OK;
}

static enum weir_status next_cell(struct weir_cells *cells, struct weir_cell *cell) {
    uint32_t definition = 0;
    if (!cells->peeked) {
        WEIR_TRY(peek(cells));
    }
    WEIR_TRY(weir_cells_level(cells, &cells->definition, &definition));
    memset(cell, 0, sizeof *cell);
    cell->repetition = cells->peeked_level;
    cell->definition = definition;
    cell->is_null = definition < cells->definition.max;
    if (!cell->is_null) {
        WEIR_TRY(weir_cells_value(cells, cell));
    }
    cells->entries_left--;
    cells->peeked = false;
    return WEIR_OK;
}

/* Fills in the place of a fresh error. */
static enum weir_status located(struct weir_cells *cells, enum weir_status status) {
    struct weir_error *error = cells->error;
    if (status < 0 && error->row_group == WEIR_NONE32) {
        error->row_group = cells->chunk.row_group;
        error->column = cells->chunk.column;
        error->page = cells->page_ordinal > 0 ? cells->page_ordinal - 1 : 0;
        if (error->offset_bytes == WEIR_NONE) {
            error->offset_bytes = cells->page_offset;
        }
    }
    return status;
}

enum weir_status weir_cells_next(struct weir_cells *cells, struct weir_cell *cell_ret) {
    return located(cells, next_cell(cells, cell_ret));
}

enum weir_status weir_cells_peek(struct weir_cells *cells, uint32_t *repetition_ret) {
    enum weir_status status = cells->peeked ? WEIR_OK : peek(cells);
    *repetition_ret = cells->peeked_level;
    return located(cells, status);
}
