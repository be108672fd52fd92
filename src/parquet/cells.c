#include "parquet/cells.h"

#include "parquet/decoder.h"

#include "base/bits.h"

#include "base/banned.h"

struct weir_cells *weir_cells_take(struct weir_space *space, const struct weir_cells_needs *needs) {
    uint64_t area = 0;
    uint64_t slice = 0;
    weir_body_sizes(needs->codecs, needs->codec_window_bytes, 0, &area, &slice);
    uint64_t levels = needs->has_levels ? 1 : 0;
    uint64_t bytes = needs->has_bytes ? 1 : 0;
    struct weir_cells *cells = weir_space_take(space, "cell reader", 1, sizeof(struct weir_cells),
                                               "where a column stands in its chunk");
    uint8_t *input = weir_space_take(space, "input slice", 1, WEIR_CELLS_INPUT_BYTES,
                                     "compressed bytes of the page being read");
    uint8_t *level_input =
        weir_space_take(space, "level input slice", levels, WEIR_CELLS_LEVEL_INPUT_BYTES,
                        "the same page again, for its definition levels");
    uint8_t *codec_area = weir_space_take(space, "codec area", 1 + levels, area,
                                          "window and state of the decompressors");
    uint8_t *output = weir_space_take(space, "output slice", 1 + levels, slice,
                                      "decompressed bytes of a page that is streamed");
    uint8_t *dictionary = weir_space_take(space, "dictionary", 1, needs->dictionary_bytes,
                                          "the largest dictionary page of the columns");
    uint32_t *offsets =
        weir_space_take(space, "dictionary offsets", bytes * (needs->dictionary_entries + 1),
                        sizeof(uint32_t), "where the entries of a dictionary begin");
    uint32_t *indices = weir_space_take(space, "unpacked indices", WEIR_RUN_PACKED_MAX + 16,
                                        sizeof(uint32_t), "one bit-packed run, unpacked");
    uint8_t *value = weir_space_take(space, "value buffer", bytes, WEIR_CELLS_VALUE_BYTES,
                                     "a byte array that lies across two slices");
    if (cells == NULL || space->overflow) {
        return NULL;
    }
    memset(cells, 0, sizeof *cells);
    cells->window.buffer = input;
    cells->level_window.buffer = level_input;
    cells->memory = (struct weir_body_memory){
        .area = codec_area, .area_bytes = area, .slice = output, .slice_bytes = slice};
    cells->level_memory = cells->memory;
    if (levels > 0) {
        cells->level_memory.area = codec_area + area;
        cells->level_memory.slice = output + slice;
    }
    cells->dictionary = dictionary;
    cells->dictionary_room = needs->dictionary_bytes;
    cells->offsets = offsets;
    cells->entries_room = needs->dictionary_entries;
    cells->indices = indices;
    cells->value = value;
    return cells;
}

void weir_cells_init(struct weir_cells *cells, enum weir_isa isa, struct weir_error *error) {
    cells->error = error;
    cells->kernels = weir_unpack_choose(isa);
    weir_window_init(&cells->window, cells->window.buffer, WEIR_CELLS_INPUT_BYTES, error);
    weir_window_init(&cells->level_window, cells->level_window.buffer, WEIR_CELLS_LEVEL_INPUT_BYTES,
                     error);
}

static enum weir_status corrupt(struct weir_cells *cells, const char *message) {
    return weir_fail(cells->error, WEIR_E_CORRUPT, message);
}

/* Status of a body that should have had more bytes. */
static enum weir_status short_page(struct weir_cells *cells, enum weir_status status) {
    return status == WEIR_END ? corrupt(cells, "a page ends before its values") : status;
}

enum weir_status weir_cells_open(struct weir_cells *cells, const struct weir_source *source,
                                 const struct weir_chunk *chunk, const struct weir_type *type,
                                 uint32_t definition_max) {
    WEIR_ASSERT(definition_max <= 1);
    cells->source = source;
    cells->chunk = *chunk;
    cells->kind = weir_type_kind(type);
    cells->width = weir_kind_width(cells->kind);
    cells->definition_max = definition_max;
    cells->values_left = chunk->values;
    cells->saw_data = false;
    cells->entries = 0;
    cells->has_dictionary = false;
    cells->page_offset = chunk->offset;
    cells->page_ordinal = 0;
    cells->rows_left = 0;
    cells->page_open = false;
    if (chunk->physical != (uint32_t)type->physical) {
        return corrupt(cells, "a column chunk has another physical type than its schema");
    }
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

static enum weir_status open_body(struct weir_cells *cells, uint32_t codec, uint64_t raw_bytes,
                                  uint64_t page_bytes) {
    return weir_body_open(&cells->body, &cells->window, codec, raw_bytes, page_bytes,
                          &cells->memory, cells->page.has_crc ? &cells->crc : NULL, cells->error);
}

/* Finds the entries of a dictionary of byte arrays. */
static enum weir_status index_dictionary(struct weir_cells *cells, uint64_t bytes) {
    uint64_t at = 0;
    for (uint32_t entry = 0; entry < cells->entries; entry++) {
        if (bytes - at < 4 || weir_load_u32(cells->dictionary + at) > bytes - at - 4) {
            return corrupt(cells, "a byte array is longer than what is left of its page");
        }
        cells->offsets[entry] = (uint32_t)at;
        at += 4 + (uint64_t)weir_load_u32(cells->dictionary + at);
    }
    return at == bytes ? WEIR_OK
                       : corrupt(cells, "a dictionary page holds more bytes than its entries");
}

/* Decodes the dictionary page into its buffer. */
static enum weir_status read_dictionary(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    struct weir_body *body = &cells->body;
    uint64_t entry_bytes = cells->width > 0 ? cells->width : 4;
    if (cells->has_dictionary || cells->saw_data) {
        return corrupt(cells, "a dictionary page that is not the first page of its column chunk");
    }
    if (page->encoding != WEIR_ENCODING_PLAIN && page->encoding != WEIR_ENCODING_PLAIN_DICTIONARY) {
        return weir_fail(cells->error, WEIR_E_UNSUPPORTED, "a dictionary page that is not PLAIN");
    }
    if (cells->kind == WEIR_KIND_BOOL || page->values * entry_bytes > page->page_bytes ||
        (cells->width > 0 && page->values * entry_bytes != page->page_bytes)) {
        return corrupt(cells, "a dictionary page has another size than its entries");
    }
    if (page->page_bytes > cells->dictionary_room ||
        (cells->kind == WEIR_KIND_BYTES && page->values > cells->entries_room)) {
        return weir_fail_numbers(cells->error, WEIR_E_LIMIT,
                                 "a dictionary page is larger than any that was seen before",
                                 page->page_bytes, cells->dictionary_room);
    }
    cells->crc = 0;
    WEIR_TRY(open_body(cells, cells->chunk.codec, page->raw_bytes, page->page_bytes));
    uint64_t held = 0;
    while (held < page->page_bytes) {
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return short_page(cells, status);
        }
        size_t more = (size_t)(body->end - body->at);
        memcpy(cells->dictionary + held, body->at, more);
        body->at += more;
        held += more;
    }
    WEIR_TRY(weir_body_close(body));
    WEIR_TRY(check_crc(cells));
    cells->has_dictionary = true;
    cells->entries = page->values;
    return cells->kind == WEIR_KIND_BYTES ? index_dictionary(cells, page->page_bytes) : WEIR_OK;
}

/* Opens the second cursor at the page's levels: V1 inside the body, V2 in front of it. */
static enum weir_status open_levels(struct weir_cells *cells, uint64_t body_offset) {
    const struct weir_page *page = &cells->page;
    bool v2 = page->type == WEIR_PAGE_DATA_V2;
    uint64_t levels = (uint64_t)page->definition_bytes + page->repetition_bytes;
    uint64_t bytes = page->definition_bytes;
    weir_window_seek(&cells->level_window, cells->source, body_offset,
                     body_offset + page->raw_bytes);
    WEIR_TRY(weir_body_open(&cells->level_body, &cells->level_window,
                            v2 ? WEIR_CODEC_UNCOMPRESSED : cells->chunk.codec,
                            v2 ? levels : page->raw_bytes, v2 ? levels : page->page_bytes,
                            &cells->level_memory, NULL, cells->error));
    if (v2) {
        WEIR_TRY(weir_body_skip(&cells->level_body, page->repetition_bytes));
    } else {
        enum weir_status status = weir_body_need(&cells->level_body, 4);
        if (status != WEIR_OK) {
            return short_page(cells, status);
        }
        bytes = weir_load_u32(cells->level_body.at);
        cells->level_body.at += 4;
        if (bytes > weir_body_left(&cells->level_body)) {
            return corrupt(cells, "a page's levels are longer than the page");
        }
    }
    weir_runs_init(&cells->levels.runs, &cells->level_body, bytes, 1, page->values, cells->error);
    cells->levels.run.count = 0;
    cells->levels.used = 0;
    return WEIR_OK;
}

/* Stands before the page's values. */
static enum weir_status open_values(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    struct weir_body *body = &cells->body;
    cells->crc = 0;
    if (page->type == WEIR_PAGE_DATA_V2) {
        uint64_t levels = (uint64_t)page->definition_bytes + page->repetition_bytes;
        WEIR_TRY(open_body(cells, WEIR_CODEC_UNCOMPRESSED, levels, levels));
        WEIR_TRY(weir_body_close(body));
        return open_body(cells, page->is_compressed ? cells->chunk.codec : WEIR_CODEC_UNCOMPRESSED,
                         page->raw_bytes - levels, page->page_bytes - levels);
    }
    WEIR_TRY(open_body(cells, cells->chunk.codec, page->raw_bytes, page->page_bytes));
    if (cells->definition_max == 0 || page->values == 0) {
        return WEIR_OK;
    }
    enum weir_status status = weir_body_need(body, 4);
    if (status != WEIR_OK) {
        return short_page(cells, status);
    }
    return weir_body_skip(body, 4 + (uint64_t)weir_load_u32(body->at));
}

/* Starts the runs that indices and RLE booleans are read from; lazily, because a page without
 * values need not hold them. */
static enum weir_status start_runs(struct weir_cells *cells) {
    struct weir_body *body = &cells->body;
    bool boolean = cells->page.encoding == WEIR_ENCODING_RLE;
    enum weir_status status = weir_body_need(body, boolean ? 4 : 1);
    if (status != WEIR_OK) {
        return short_page(cells, status);
    }
    uint32_t width = boolean ? 1 : *body->at;
    uint64_t bytes = weir_body_left(body) - 1;
    if (boolean) {
        bytes = weir_load_u32(body->at);
        body->at += 4;
    } else {
        body->at++;
    }
    if (width > 32 || bytes > weir_body_left(body)) {
        return corrupt(cells, "dictionary indices or booleans without a legal width or length");
    }
    weir_unpack_plan(&cells->plan, width);
    /* V2 says how many there are; V1 pages with nulls hold at most as many as rows are left. */
    uint64_t values = cells->page.type == WEIR_PAGE_DATA_V2
                          ? (uint64_t)cells->page.values - cells->page.nulls
                          : cells->rows_left;
    weir_runs_init(&cells->values.runs, body, bytes, width, values, cells->error);
    cells->values.run = (struct weir_run){.is_packed = false, .count = 0};
    cells->values.used = 0;
    if (width == 0) {
        cells->values.run.count = cells->rows_left;
    }
    return WEIR_OK;
}

static enum weir_status open_page(struct weir_cells *cells) {
    const struct weir_page *page = &cells->page;
    uint64_t body_offset = weir_window_offset(&cells->window);
    const char *unsupported =
        weir_encoding_refused(page->encoding, (enum weir_physical)cells->chunk.physical);
    if (unsupported != NULL) {
        return weir_fail(cells->error, WEIR_E_UNSUPPORTED, unsupported);
    }
    if (page->values > cells->values_left) {
        return corrupt(cells, "the pages of a column chunk hold more values than it has");
    }
    bool indices = page->encoding != WEIR_ENCODING_PLAIN && page->encoding != WEIR_ENCODING_RLE;
    if (indices && (!cells->has_dictionary || cells->kind == WEIR_KIND_BOOL)) {
        return corrupt(cells, "a dictionary-encoded page without a dictionary page");
    }
    cells->saw_data = true;
    cells->values_left -= page->values;
    cells->rows_left = page->values;
    cells->page_open = true;
    cells->bit = 0;
    cells->nulls = 0;
    cells->values.runs.body = NULL;
    bool v2 = page->type == WEIR_PAGE_DATA_V2;
    cells->all_present = cells->definition_max == 0 || page->values == 0 ||
                         (v2 && page->definition_bytes == 0 && page->nulls == 0);
    if (!v2 && cells->definition_max > 0 && page->definition_encoding != WEIR_ENCODING_RLE) {
        return weir_fail(cells->error, WEIR_E_UNSUPPORTED, "BIT_PACKED definition levels");
    }
    if (!cells->all_present) {
        WEIR_TRY(open_levels(cells, body_offset));
    }
    return open_values(cells);
}

/* Ends the page: exact sizes, checksum and null count. */
static enum weir_status close_page(struct weir_cells *cells) {
    cells->page_open = false;
    WEIR_TRY(weir_body_close(&cells->body));
    WEIR_TRY(check_crc(cells));
    if (cells->page.type == WEIR_PAGE_DATA_V2 && cells->nulls != cells->page.nulls) {
        return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                 "a page's null count differs from its levels", cells->nulls,
                                 cells->page.nulls);
    }
    return WEIR_OK;
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
        return corrupt(cells, "a column chunk ends before all its values");
    }
    WEIR_TRY(weir_page_read(&cells->window, &cells->page, cells->error));
    switch (cells->page.type) {
    case WEIR_PAGE_DICTIONARY: return read_dictionary(cells);
    case WEIR_PAGE_INDEX: weir_window_skip(&cells->window, cells->page.raw_bytes); return WEIR_OK;
    case WEIR_PAGE_DATA:
    case WEIR_PAGE_DATA_V2: return open_page(cells);
    default: return corrupt(cells, "a page of unknown type");
    }
}

/* The next number of a run of levels, indices or booleans. */
static enum weir_status next_of_run(struct weir_cells *cells, struct weir_cells_run *at,
                                    bool indices, uint32_t *value_ret) {
    while (at->used == at->run.count) {
        enum weir_status status = weir_runs_next(&at->runs, &at->run);
        if (status != WEIR_OK) {
            return short_page(cells, status);
        }
        at->used = 0;
        if (indices && at->run.is_packed) {
            cells->kernels->unpack(&cells->plan, at->run.packed, at->run.readable_bytes,
                                   cells->indices, at->run.count_packed);
        }
    }
    uint64_t i = at->used++;
    if (!at->run.is_packed) {
        *value_ret = at->run.value;
    } else if (indices) {
        *value_ret = cells->indices[i];
    } else {
        *value_ret = (uint32_t)at->run.packed[i / 8] >> (i % 8) & 1u;
    }
    return WEIR_OK;
}

static void set_bits(const struct weir_cells *cells, const uint8_t *from, struct weir_cell *cell) {
    if (cells->width == 8) {
        cell->bits = weir_load_u64(from);
        return;
    }
    uint32_t word = weir_load_u32(from);
    cell->bits = cells->kind == WEIR_KIND_I32 ? (uint64_t)(int64_t)(int32_t)word : word;
}

/* A PLAIN byte array: where it lies, or put together in the value buffer. */
static enum weir_status next_bytes(struct weir_cells *cells, struct weir_cell *cell) {
    struct weir_body *body = &cells->body;
    enum weir_status status = weir_body_need(body, 4);
    if (status != WEIR_OK) {
        return short_page(cells, status);
    }
    uint64_t length = weir_load_u32(body->at);
    if (length > weir_body_left(body) - 4) {
        return corrupt(cells, "a byte array is longer than what is left of its page");
    }
    body->at += 4;
    cell->data_bytes = length;
    cell->data = body->at;
    if ((uint64_t)(body->end - body->at) >= length) {
        body->at += length;
        return WEIR_OK;
    }
    if (length > WEIR_CELLS_VALUE_BYTES) {
        return weir_fail_numbers(cells->error, WEIR_E_LIMIT,
                                 "a byte array is longer than a row's value buffer", length,
                                 WEIR_CELLS_VALUE_BYTES);
    }
    for (uint64_t held = 0; held < length;) {
        status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return short_page(cells, status);
        }
        uint64_t more = weir_min_u64((uint64_t)(body->end - body->at), length - held);
        memcpy(cells->value + held, body->at, (size_t)more);
        body->at += more;
        held += more;
    }
    cell->data = cells->value;
    return WEIR_OK;
}

static enum weir_status next_plain(struct weir_cells *cells, struct weir_cell *cell) {
    struct weir_body *body = &cells->body;
    if (cells->kind == WEIR_KIND_BYTES) {
        return next_bytes(cells, cell);
    }
    enum weir_status status = weir_body_need(body, cells->width > 0 ? cells->width : 1);
    if (status != WEIR_OK) {
        return short_page(cells, status);
    }
    if (cells->kind == WEIR_KIND_BOOL) {
        cell->bits = (uint64_t)*body->at >> cells->bit & 1u;
        cells->bit = (cells->bit + 1) % 8;
        body->at += cells->bit == 0;
        return WEIR_OK;
    }
    set_bits(cells, body->at, cell);
    body->at += cells->width;
    return WEIR_OK;
}

static enum weir_status next_value(struct weir_cells *cells, struct weir_cell *cell) {
    uint32_t index = 0;
    if (cells->page.encoding == WEIR_ENCODING_PLAIN) {
        return next_plain(cells, cell);
    }
    if (cells->values.runs.body == NULL) {
        WEIR_TRY(start_runs(cells));
    }
    bool indices = cells->page.encoding != WEIR_ENCODING_RLE;
    WEIR_TRY(next_of_run(cells, &cells->values, indices, &index));
    if (!indices) {
        cell->bits = index;
        return WEIR_OK;
    }
    if (index >= cells->entries) {
        return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                 "a dictionary index lies behind the dictionary's last entry",
                                 cells->entries, index);
    }
    if (cells->kind == WEIR_KIND_BYTES) {
        const uint8_t *entry = cells->dictionary + cells->offsets[index];
        cell->data = entry + 4;
        cell->data_bytes = weir_load_u32(entry);
    } else {
        set_bits(cells, cells->dictionary + (size_t)index * cells->width, cell);
    }
    return WEIR_OK;
}

static enum weir_status next_cell(struct weir_cells *cells, struct weir_cell *cell) {
    uint32_t level = 1;
    while (cells->rows_left == 0) {
        WEIR_TRY(next_page(cells));
    }
    if (!cells->all_present) {
        WEIR_TRY(next_of_run(cells, &cells->levels, false, &level));
    }
    memset(cell, 0, sizeof *cell);
    cell->is_null = level == 0;
    if (cell->is_null) {
        cells->nulls++;
    } else {
        WEIR_TRY(next_value(cells, cell));
    }
    cells->rows_left--;
    return WEIR_OK;
}

enum weir_status weir_cells_next(struct weir_cells *cells, struct weir_cell *cell_ret) {
    enum weir_status status = next_cell(cells, cell_ret);
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
