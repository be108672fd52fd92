/* What the tests of cells share: column chunks of random entries, and the cells that read them. */
#ifndef WEIR_TESTS_CELLS_HELP_H
#define WEIR_TESTS_CELLS_HELP_H

#include "make_parquet.h"

#include "parquet/cells.h"

#define ENTRIES 300u /* of a dictionary */
#define ROWS_MAX 40000u

struct bench {
    struct weir_cells *cells;
    struct weir_error error;
};

/* One entry of the model. Byte arrays lie in the model's text. */
struct row {
    bool is_null;
    uint32_t repetition;
    uint32_t definition;
    uint64_t bits;
    size_t at;
    uint32_t length;
};

struct model {
    struct mp_bytes bytes; /* the chunk */
    struct mp_bytes text;
    struct row rows[ROWS_MAX];
    uint32_t count;
    struct weir_type type;
    uint32_t codec;
    uint32_t definition_max;
    uint32_t repetition_max;
    struct row entries[ENTRIES];
};

/* How a page is written. */
struct shape {
    int64_t type; /* 0 or 3 */
    int64_t encoding;
    uint32_t rows; /* entries, in fact */
    uint32_t null_percent;
    bool legacy; /* BIT_PACKED levels */
};

/* --- Cells -------------------------------------------------------------------------------------
 */

static inline void guard_levels(struct weir_cells_levels *levels) {
    levels->sequence.unpacked = mp_guarded(WEIR_SEQUENCE_ROOM * sizeof(uint32_t));
    if (levels->window.buffer != NULL) {
        levels->window.buffer = mp_guarded(WEIR_CELLS_LEVEL_INPUT_BYTES);
        levels->memory.area = mp_guarded((size_t)levels->memory.area_bytes);
    }
}

/* Cells whose buffers lie between guard pages of their own. */
static inline void bench_open_with(struct bench *bench, const struct weir_cells_needs *needs) {
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_cells_take(&space, needs));
    uint64_t measured = space.used_bytes;
    weir_space_carve(&space, mp_guarded((size_t)measured), measured);
    struct weir_cells *cells = weir_cells_take(&space, needs);
    assert_non_null(cells);
    assert_int_equal(space.used_bytes, measured);
    cells->window.buffer = mp_guarded(WEIR_CELLS_INPUT_BYTES);
    cells->memory.area = mp_guarded((size_t)cells->memory.area_bytes);
    cells->levels = mp_guarded((size_t)cells->levels_room);
    guard_levels(&cells->repetition);
    guard_levels(&cells->definition);
    cells->dictionary.bytes = mp_guarded((size_t)needs->dictionary_bytes);
    cells->dictionary.offsets = mp_guarded(ENTRIES * sizeof(uint32_t));
    cells->numbers.unpacked = mp_guarded(WEIR_SEQUENCE_ROOM * sizeof(uint32_t));
    cells->value = mp_guarded(WEIR_CELLS_VALUE_BYTES);
    weir_cells_init(cells, WEIR_ISA_AUTO, &bench->error);
    bench->cells = cells;
}

/* What serves most tests. `level_bytes` is what the plan allows for levels: much of it means that
 * there are cursors. */
static inline void bench_open(struct bench *bench, uint64_t dictionary_bytes,
                              uint64_t level_bytes) {
    struct weir_cells_needs needs = {.page.codecs = 1u << WEIR_CODEC_SNAPPY | 1u,
                                     .page.encodings = UINT32_MAX,
                                     .page.held_page_bytes = 1u << 20,
                                     .dictionary_bytes = dictionary_bytes,
                                     .dictionary_entries = ENTRIES,
                                     .level_bytes = level_bytes,
                                     .value_bytes = WEIR_CELLS_VALUE_BYTES,
                                     .has_definitions = true,
                                     .has_repetitions = true};
    bench_open_with(bench, &needs);
}

static inline void check_cell(const struct model *model, const struct row *want,
                              const struct weir_cell *cell) {
    assert_int_equal(cell->repetition, want->repetition);
    assert_int_equal(cell->definition, want->definition);
    assert_int_equal(cell->is_null, want->is_null);
    assert_true(cell->bits == want->bits);
    assert_int_equal(cell->data_bytes, want->length);
    if (want->length > 0) {
        assert_memory_equal(cell->data, model->text.data + want->at, want->length);
    }
}

/* Reads the chunk; with `compare`, each cell must be what the model says. Every other entry's
 * repetition level is looked at before. */
static inline enum weir_status read_chunk(struct bench *bench, const struct model *model,
                                          size_t slice, uint64_t values, bool compare,
                                          uint32_t *read_ret) {
    struct mp_source input = {
        .data = model->bytes.data, .bytes = model->bytes.count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_chunk chunk = {.row_group = 3,
                               .column = 5,
                               .physical = (uint32_t)model->type.physical,
                               .codec = model->codec,
                               .values = values,
                               .compressed_bytes = model->bytes.count,
                               .limit_offset = model->bytes.count};
    struct weir_cell cell;
    uint32_t row = 0;
    uint32_t repetition = 0;
    weir_error_clear(&bench->error);
    weir_cells_forget(bench->cells);
    enum weir_status status = weir_cells_open(bench->cells, &source, &chunk, &model->type,
                                              model->definition_max, model->repetition_max);
    while (status == WEIR_OK) {
        bool peeked = row % 2 == 0;
        status = peeked ? weir_cells_peek(bench->cells, &repetition) : WEIR_OK;
        status = status == WEIR_OK ? weir_cells_next(bench->cells, &cell) : status;
        if (status == WEIR_OK) {
            assert_true(row < values);
            assert_true(!peeked || repetition == cell.repetition);
            assert_true(cell.definition <= model->definition_max);
            assert_true(cell.repetition <= model->repetition_max);
            if (compare) {
                check_cell(model, &model->rows[row], &cell);
            }
            row++;
        }
    }
    *read_ret = row;
    assert_int_equal(bench->error.status, status == WEIR_END ? WEIR_OK : status);
    return status;
}

static inline enum weir_status read_model(struct bench *bench, const struct model *model,
                                          size_t slice, uint64_t values, uint32_t *read_ret) {
    return read_chunk(bench, model, slice, values, true, read_ret);
}

static inline void check_slices(struct bench *bench, const struct model *model) {
    static const size_t slices[] = {0, 4096, 59, 7, 1};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        uint32_t read = 0;
        enum weir_status status = read_model(bench, model, slices[i], model->count, &read);
        assert_int_equal(status, WEIR_END);
        assert_int_equal(read, model->count);
    }
}

/* --- Models ------------------------------------------------------------------------------------
 */

static inline void model_free(struct model *model) {
    mp_free(&model->bytes);
    mp_free(&model->text);
    free(model);
}

static inline struct model *model_of(int physical, bool is_unsigned, uint32_t codec,
                                     uint32_t definition_max, uint32_t repetition_max) {
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->type.physical = (enum weir_physical)physical;
    if (is_unsigned) {
        model->type.logical = WEIR_LOGICAL_INTEGER;
        model->type.is_unsigned = true;
        model->type.integer_bits = physical == WEIR_INT32 ? 32 : 64;
    }
    model->type.length_bytes = physical == WEIR_FIXED_LEN_BYTE_ARRAY ? 7 : 0;
    model->codec = codec;
    model->definition_max = definition_max;
    model->repetition_max = repetition_max;
    return model;
}

/* Bytes of a value that is handed out as bytes; mostly alike, so that neighbours share some. */
static inline void put_text(struct model *model, struct row *row, uint32_t length) {
    row->at = model->text.count;
    row->length = length;
    for (uint32_t i = 0; i < length; i++) {
        mp_byte(&model->text, mp_below(6) != 0 ? 'a' : (uint32_t)mp_random() & 0xff);
    }
}

/* A random value in PLAIN form, and its row. */
static inline struct row put_value(struct model *model, struct mp_bytes *to) {
    uint64_t bits = mp_random();
    uint32_t dice = mp_below(200);
    struct row row = {.definition = model->definition_max};
    switch (model->type.physical) {
    case WEIR_BYTE_ARRAY:
        put_text(model, &row, dice < 20 ? 0 : dice == 20 ? 3000 + mp_below(9000) : mp_below(30));
        mp_u32(to, row.length);
        break;
    case WEIR_FIXED_LEN_BYTE_ARRAY:
        put_text(model, &row, (uint32_t)model->type.length_bytes);
        break;
    case WEIR_INT96: put_text(model, &row, 12); break;
    case WEIR_INT32:
    case WEIR_FLOAT:
        mp_u32(to, (uint32_t)bits);
        row.bits = bits & UINT32_MAX;
        break;
    default:
        mp_put(to, &bits, 8);
        row.bits = bits;
        break;
    }
    if (row.length > 0) {
        mp_put(to, model->text.data + row.at, row.length);
    }
    if (model->type.physical == WEIR_INT32 && !model->type.is_unsigned && (bits >> 31 & 1) != 0) {
        row.bits |= UINT64_C(0xffffffff00000000);
    }
    return row;
}

static inline void put_dictionary(struct model *model) {
    struct mp_page page = mp_page_of(2, mp_below(2) != 0 ? 0 : 2, ENTRIES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        model->entries[i] = put_value(model, &page.data);
    }
    page.codec = (int)model->codec;
    page.crc = -1;
    mp_page_write(&model->bytes, &page);
}

/* Values of a page, as numbers of `width` bits in random runs: indices or booleans. */
static inline void put_numbers(struct mp_page *page, const uint32_t *numbers, uint32_t count) {
    struct mp_bytes runs = {0};
    uint32_t width = page->encoding == 3 ? 1 : weir_bit_width(ENTRIES - 1) + mp_below(3);
    mp_runs(&runs, numbers, count, width);
    if (page->encoding == 3) {
        mp_u32(&page->data, (uint32_t)runs.count);
    } else {
        mp_byte(&page->data, width);
    }
    mp_put(&page->data, runs.data, runs.count);
    mp_free(&runs);
}

/* The page's values, which lie in `plain`, in the page's own encoding. */
static inline void encode(const struct model *model, struct mp_page *page,
                          const struct mp_bytes *plain, const struct row *const *values,
                          uint32_t count) {
    int64_t numbers[ROWS_MAX];
    uint32_t lengths[ROWS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (int64_t)values[i]->bits;
        lengths[i] = values[i]->length;
    }
    switch (page->encoding) {
    case 0: mp_put(&page->data, plain->data, plain->count); break;
    case 5:
        mp_delta(&page->data, numbers, count, model->type.physical == WEIR_INT32 ? 32 : 64);
        break;
    case 6:
    case 7:
        mp_delta_bytes(&page->data,
                       model->text.count > 0 && count > 0 ? model->text.data + values[0]->at : NULL,
                       lengths, count, page->encoding == 7);
        break;
    default:
        assert_int_equal(page->encoding, 9);
        mp_split(&page->data, plain->data, count, count > 0 ? plain->count / count : 1);
        break;
    }
}

/* Random levels, in runs of all lengths. V2 pages begin with a row. */
static inline void put_levels(struct model *model, const struct shape *shape, uint32_t *repetition,
                              uint32_t *definition) {
    uint32_t same = 0;
    for (uint32_t i = 0; i < shape->rows; i++) {
        bool begins = model->count + i == 0 || (i == 0 && shape->type == 3);
        if (same > 0 && !begins) {
            same--;
            repetition[i] = repetition[i - 1];
            definition[i] = definition[i - 1];
            continue;
        }
        repetition[i] = begins ? 0 : mp_below(model->repetition_max + 1);
        definition[i] = model->definition_max;
        if (mp_below(100) < shape->null_percent && model->definition_max > 0) {
            definition[i] = mp_below(model->definition_max);
        }
        same = mp_below(10) != 0 ? 0 : mp_below(100);
        same = i + 1 == shape->rows ? 0 : same;
    }
}

static inline void put_page(struct model *model, const struct shape *shape) {
    uint32_t repetition[ROWS_MAX];
    uint32_t definition[ROWS_MAX];
    uint32_t numbers[ROWS_MAX];
    const struct row *values[ROWS_MAX];
    struct mp_bytes plain = {0};
    uint32_t count = 0;
    struct mp_page page = mp_page_of(shape->type, shape->encoding, shape->rows);
    assert_true(model->count + shape->rows <= ROWS_MAX);
    put_levels(model, shape, repetition, definition);
    for (uint32_t i = 0; i < shape->rows; i++) {
        struct row *row = &model->rows[model->count++];
        *row = (struct row){.is_null = definition[i] < model->definition_max};
        if (row->is_null) {
            /* nothing else */
        } else if (model->type.physical == WEIR_BOOLEAN) {
            numbers[count] = mp_below(100) < 70;
            row->bits = numbers[count++];
        } else if (shape->encoding == 8) {
            numbers[count] = mp_below(3) == 0 && count > 0 ? numbers[count - 1] : mp_below(ENTRIES);
            *row = model->entries[numbers[count++]];
        } else {
            *row = put_value(model, &plain);
            values[count++] = row;
        }
        row->repetition = repetition[i];
        row->definition = definition[i];
    }
    mp_both_levels(&page, repetition, model->repetition_max, definition, model->definition_max,
                   shape->rows, shape->legacy);
    if (shape->encoding == 8 || shape->encoding == 3) {
        put_numbers(&page, numbers, count);
    } else if (model->type.physical == WEIR_BOOLEAN) {
        mp_pack(&page.data, numbers, count, 1);
    } else {
        encode(model, &page, &plain, values, count);
    }
    mp_free(&plain);
    page.codec = (int)model->codec;
    page.compressed = shape->type == 3 && mp_below(3) == 0 ? 0 : -1;
    page.crc = -1;
    mp_page_write(&model->bytes, &page);
}

/* Reads a chunk that lies: which status, after how many cells, on which page. Frees the model. */
static inline void check_liar(struct bench *bench, struct model *model, uint64_t values,
                              enum weir_status want, uint32_t cells, uint32_t page) {
    for (size_t slice = 0; slice < 2; slice++) {
        uint32_t read = 0;
        assert_int_equal(read_model(bench, model, slice, values, &read), want);
        assert_int_equal(read, cells);
        assert_int_equal(bench->error.row_group, 3);
        assert_int_equal(bench->error.column, 5);
        assert_int_equal(bench->error.page, page);
        assert_true(bench->error.offset_bytes <= model->bytes.count);
    }
    model_free(model);
}

#endif
