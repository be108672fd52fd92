/* Cells: a column chunk value by value is what was written, and files that lie are told apart. */
#include "make_parquet.h"
#include "parquet/cells.h"

#define ENTRIES 300u
#define ROWS_MAX 4000u

struct bench {
    struct weir_cells *cells;
    struct weir_error error;
};

/* One row of the model. Byte arrays lie in the model's text. */
struct row {
    bool is_null;
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
    uint32_t optional;
    struct row entries[ENTRIES];
};

/* Cells whose buffers lie between guard pages of their own. */
static void bench_open(struct bench *bench, uint64_t dictionary_bytes) {
    struct weir_space space;
    struct weir_cells_needs needs = {.page.codecs = 1u << WEIR_CODEC_SNAPPY | 1u,
                                     .page.encodings = UINT32_MAX,
                                     .dictionary_bytes = dictionary_bytes,
                                     .dictionary_entries = ENTRIES,
                                     .value_bytes = WEIR_CELLS_VALUE_BYTES,
                                     .has_definitions = true};
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_cells_take(&space, &needs));
    uint64_t measured = space.used_bytes;
    weir_space_carve(&space, mp_guarded((size_t)measured), measured);
    struct weir_cells *cells = weir_cells_take(&space, &needs);
    assert_non_null(cells);
    assert_int_equal(space.used_bytes, measured);
    cells->window.buffer = mp_guarded(WEIR_CELLS_INPUT_BYTES);
    cells->memory.area = mp_guarded((size_t)cells->memory.area_bytes);
    cells->dictionary.bytes = mp_guarded((size_t)dictionary_bytes);
    cells->dictionary.offsets = mp_guarded(ENTRIES * sizeof(uint32_t));
    cells->numbers.unpacked = mp_guarded(WEIR_SEQUENCE_ROOM * sizeof(uint32_t));
    cells->value = mp_guarded(WEIR_CELLS_VALUE_BYTES);
    weir_cells_init(cells, WEIR_ISA_AUTO, &bench->error);
    bench->cells = cells;
}

/* Reads the chunk and compares each cell with the model. */
static enum weir_status read_model(struct bench *bench, const struct model *model, size_t slice,
                                   uint64_t values, uint32_t *read_ret) {
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
    weir_error_clear(&bench->error);
    weir_cells_forget(bench->cells);
    enum weir_status status =
        weir_cells_open(bench->cells, &source, &chunk, &model->type, model->optional, 0);
    while (status == WEIR_OK && (status = weir_cells_next(bench->cells, &cell)) == WEIR_OK) {
        assert_true(row < model->count);
        const struct row *want = &model->rows[row++];
        assert_int_equal(cell.is_null, want->is_null);
        assert_true(cell.bits == want->bits);
        assert_int_equal(cell.data_bytes, want->length);
        if (want->length > 0) {
            assert_memory_equal(cell.data, model->text.data + want->at, want->length);
        }
    }
    *read_ret = row;
    assert_int_equal(bench->error.status, status == WEIR_END ? WEIR_OK : status);
    return status;
}

/* A random value in PLAIN form, and its row. */
static struct row put_value(struct model *model, struct mp_bytes *to) {
    uint64_t bits = mp_random();
    struct row row = {.is_null = false};
    if (model->type.physical == WEIR_BYTE_ARRAY) {
        uint32_t dice = mp_below(200);
        row.length = dice < 20 ? 0 : dice == 20 ? 3000 + mp_below(9000) : mp_below(30);
        row.at = model->text.count;
        for (uint32_t i = 0; i < row.length; i++) {
            mp_byte(&model->text, (uint32_t)mp_random() & 0xff);
        }
        mp_u32(to, row.length);
        mp_put(to, model->text.data + row.at, row.length);
        return row;
    }
    uint32_t width = weir_kind_width(weir_type_kind(&model->type));
    mp_put(to, &bits, width);
    row.bits = width == 4 ? bits & UINT32_MAX : bits;
    if (model->type.physical == WEIR_INT32 && !model->type.is_unsigned && (bits >> 31 & 1) != 0) {
        row.bits |= UINT64_C(0xffffffff00000000);
    }
    return row;
}

static void put_dictionary(struct model *model) {
    struct mp_page page = mp_page_of(2, mp_below(2) != 0 ? 0 : 2, ENTRIES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        model->entries[i] = put_value(model, &page.data);
    }
    page.codec = (int)model->codec;
    page.crc = -1;
    mp_page_write(&model->bytes, &page);
}

/* Values of a page, as numbers of `width` bits in random runs: indices or booleans. */
static void put_numbers(struct mp_page *page, const uint32_t *numbers, uint32_t count) {
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

static void put_page(struct model *model, int64_t type, int64_t encoding, uint32_t rows,
                     uint32_t null_percent) {
    uint32_t present[ROWS_MAX];
    uint32_t numbers[ROWS_MAX];
    uint32_t count = 0;
    struct mp_page page = mp_page_of(type, encoding, rows);
    assert_true(model->count + rows <= ROWS_MAX);
    for (uint32_t i = 0; i < rows; i++) {
        struct row *row = &model->rows[model->count++];
        present[i] = model->optional == 0 || mp_below(100) >= null_percent;
        *row = (struct row){.is_null = true};
        if (present[i] == 0) {
            page.nulls++;
        } else if (model->type.physical == WEIR_BOOLEAN) {
            numbers[count] = mp_below(100) < 70;
            *row = (struct row){.bits = numbers[count++]};
        } else if (encoding != 0) {
            numbers[count] = mp_below(3) == 0 && count > 0 ? numbers[count - 1] : mp_below(ENTRIES);
            *row = model->entries[numbers[count++]];
        } else {
            *row = put_value(model, &page.data);
        }
    }
    if (model->optional != 0) {
        mp_levels(&page, present, rows);
    }
    if (encoding != 0) {
        put_numbers(&page, numbers, count);
    } else if (model->type.physical == WEIR_BOOLEAN) {
        mp_pack(&page.data, numbers, count, 1);
    }
    page.codec = (int)model->codec;
    page.compressed = type == 3 && mp_below(3) == 0 ? 0 : -1;
    page.crc = -1;
    mp_page_write(&model->bytes, &page);
}

static void model_free(struct model *model) {
    mp_free(&model->bytes);
    mp_free(&model->text);
    free(model);
}

static struct model *model_of(int physical, bool is_unsigned, uint32_t codec, uint32_t optional) {
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->type.physical = (enum weir_physical)physical;
    if (is_unsigned) {
        model->type.logical = WEIR_LOGICAL_INTEGER;
        model->type.is_unsigned = true;
        model->type.integer_bits = physical == WEIR_INT32 ? 32 : 64;
    }
    model->codec = codec;
    model->optional = optional;
    return model;
}

static void check_slices(struct bench *bench, const struct model *model) {
    static const size_t slices[] = {0, 4096, 59, 7, 1};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        uint32_t read = 0;
        enum weir_status status = read_model(bench, model, slices[i], model->count, &read);
        assert_int_equal(status, WEIR_END);
        assert_int_equal(read, model->count);
    }
}

static void every_type_encoding_and_page_gives_what_was_written(void **state) {
    static const int types[][2] = {{0, 0}, {1, 0}, {1, 1}, {2, 0}, {2, 1}, {4, 0}, {5, 0}, {6, 0}};
    static const uint32_t rows[] = {200, 1, 0, 1500, 390};
    struct bench bench;
    (void)state;
    mp_seed("cells");
    bench_open(&bench, 1u << 20);
    for (uint32_t i = 0; i < 8 * 2 * 2 * 2 * 2; i++) {
        const int *type = types[i / 16];
        struct model *model = model_of(type[0], type[1] != 0, i & 1, i >> 1 & 1);
        bool coded = (i >> 2 & 1) != 0;
        int64_t encoding = !coded ? 0 : type[0] == 0 ? 3 : 8;
        if (encoding == 8) {
            put_dictionary(model);
        }
        for (uint32_t page = 0; page < 5; page++) {
            int64_t kind = (i >> 3 & 1) != 0 ? 3 : 0;
            put_page(model, kind, encoding, rows[page], 25 * page);
        }
        put_page(model, 0, 0, 17, 50); /* PLAIN behind a dictionary, as writers do */
        check_slices(&bench, model);
        model_free(model);
    }
}

static void byte_arrays_of_up_to_a_mebibyte(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("long byte arrays");
    bench_open(&bench, 1u << 20);
    for (uint32_t i = 0; i < 4; i++) {
        struct model *model = model_of(WEIR_BYTE_ARRAY, false, i & 1, 1);
        uint32_t length = WEIR_CELLS_VALUE_BYTES + (i >> 1);
        struct mp_page page = mp_page_of(0, 0, 3);
        uint32_t read = 0;
        mp_levels(&page, (const uint32_t[]){1, 1, 1}, 3);
        model->rows[0] = put_value(model, &page.data);
        model->rows[1] = (struct row){.at = model->text.count, .length = length};
        for (uint32_t j = 0; j < length; j++) {
            mp_byte(&model->text, j * 7 & 0xff);
        }
        mp_u32(&page.data, length);
        mp_put(&page.data, model->text.data + model->rows[1].at, length);
        model->rows[2] = put_value(model, &page.data);
        model->count = 3;
        page.codec = (int)model->codec;
        mp_page_write(&model->bytes, &page);
        enum weir_status status = read_model(&bench, model, i * 1000, 3, &read);
        assert_int_equal(status, i < 2 ? WEIR_END : WEIR_E_LIMIT);
        assert_int_equal(read, i < 2 ? 3 : 1);
        if (i >= 2) {
            assert_int_equal(bench.error.wanted, length);
            assert_int_equal(bench.error.got, WEIR_CELLS_VALUE_BYTES);
        }
        model_free(model);
    }
}

/* Reads a chunk that lies: which status, after how many cells, on which page. */
static void check_liar(struct bench *bench, struct model *model, uint64_t values,
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

static void put_index(struct model *model, uint32_t index, int64_t crc) {
    struct mp_page page = mp_page_of(0, 8, 1);
    mp_byte(&page.data, 10);
    mp_run_repeated(&page.data, 1, index, 10);
    model->rows[model->count++] = model->entries[index % ENTRIES];
    page.crc = crc;
    mp_page_write(&model->bytes, &page);
}

static void dictionaries_that_lie(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("lying dictionaries");
    bench_open(&bench, ENTRIES * 8);
    for (int twist = 0; twist < 8; twist++) {
        struct model *model = model_of(WEIR_INT64, false, 0, 0);
        if (twist < 4) {
            put_dictionary(model);
            put_index(model, ENTRIES - 1, -1);
        }
        switch (twist) {
        case 0: /* an index behind the last entry */
            put_index(model, ENTRIES, -1);
            check_liar(&bench, model, 2, WEIR_E_CORRUPT, 1, 2);
            assert_int_equal(bench.error.got, ENTRIES);
            break;
        case 1: /* a second one, behind data */
            put_dictionary(model);
            check_liar(&bench, model, 2, WEIR_E_CORRUPT, 1, 2);
            break;
        case 2: /* a wrong checksum on the last page */
            put_index(model, 0, 12345);
            check_liar(&bench, model, 2, WEIR_E_CHECKSUM, 2, 2);
            break;
        case 3: /* fewer cells than values */
            check_liar(&bench, model, 2, WEIR_E_CORRUPT, 1, 2);
            break;
        case 4: /* none */
            put_index(model, 0, -1);
            check_liar(&bench, model, 1, WEIR_E_CORRUPT, 0, 0);
            break;
        case 5: /* two */
            put_dictionary(model);
            put_dictionary(model);
            check_liar(&bench, model, 1, WEIR_E_CORRUPT, 0, 1);
            break;
        default: {
            struct mp_page page = mp_page_of(2, twist == 6 ? 5 : 0, ENTRIES + 1);
            for (uint32_t i = 0; i <= ENTRIES; i++) {
                (void)put_value(model, &page.data);
            }
            mp_page_write(&model->bytes, &page);
            check_liar(&bench, model, 1, twist == 6 ? WEIR_E_UNSUPPORTED : WEIR_E_LIMIT, 0, 0);
        }
        }
    }
}

static void pages_that_lie(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, 64);
    for (int twist = 0; twist < 7; twist++) {
        struct model *model = model_of(WEIR_INT64, false, 0, 1);
        struct mp_page page = mp_page_of(twist < 3 ? 0 : 3, 0, 2);
        uint32_t cells = 0;
        if (page.type == 0) {
            mp_u32(&page.levels, twist == 0 ? 1000 : twist == 1 ? UINT32_MAX : 2);
        }
        mp_run_repeated(&page.levels, twist == 5 ? 1 : 2, 1, 1);
        for (uint64_t i = 0; i < 2; i++) {
            mp_put(&page.data, &i, twist == 2 && i == 1 ? 7 : 8);
            model->rows[model->count++].bits = i;
        }
        switch (twist) {
        case 2: cells = 1; break; /* the last value lacks a byte */
        case 3: page.nulls = 1; break;
        case 4: page.definition_bytes = 1000; break;
        case 5: break; /* levels for one row of two */
        case 6: page.page_bytes = page.raw_bytes = 1000; break;
        default: break; /* levels longer than the page */
        }
        mp_page_write(&model->bytes, &page);
        check_liar(&bench, model, 2, WEIR_E_CORRUPT, cells, 0);
    }
}

static void a_chunk_cut_anywhere_is_corrupt(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("cut chunks");
    bench_open(&bench, 1u << 20);
    struct model *model = model_of(WEIR_INT32, false, 1, 1);
    put_dictionary(model);
    put_page(model, 0, 8, 50, 30);
    put_page(model, 3, 8, 50, 30);
    check_slices(&bench, model);
    while (model->bytes.count > 0) {
        uint32_t read = 0;
        model->bytes.count--;
        assert_int_equal(read_model(&bench, model, 0, 100, &read), WEIR_E_CORRUPT);
        assert_true(read <= 50);
        assert_int_equal(bench.error.row_group, 3);
        assert_int_not_equal(bench.error.page, WEIR_NONE32);
    }
    model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_encoding_and_page_gives_what_was_written),
        cmocka_unit_test(byte_arrays_of_up_to_a_mebibyte),
        cmocka_unit_test(dictionaries_that_lie),
        cmocka_unit_test(pages_that_lie),
        cmocka_unit_test(a_chunk_cut_anywhere_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
