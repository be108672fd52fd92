/* Cells: a column chunk value by value is what was written, and files that lie are told apart. */
#include "cells_help.h"

/* The encodings that are legal for a physical type, as a set. */
static uint32_t encodings_of(int physical) {
    uint32_t any = 1u << 0 | 1u << 8;
    switch (physical) {
    case WEIR_BOOLEAN: return 1u << 0 | 1u << 3;
    case WEIR_INT32:
    case WEIR_INT64: return any | 1u << 5 | 1u << 9;
    case WEIR_FLOAT:
    case WEIR_DOUBLE: return any | 1u << 9;
    case WEIR_BYTE_ARRAY: return any | 1u << 6 | 1u << 7;
    case WEIR_FIXED_LEN_BYTE_ARRAY: return any | 1u << 7 | 1u << 9;
    default: return any;
    }
}

static void every_type_encoding_and_page_gives_what_was_written(void **state) {
    static const int types[][2] = {{0, 0}, {1, 0}, {1, 1}, {2, 0}, {2, 1},
                                   {3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}};
    static const uint32_t rows[] = {200, 1, 0, 1500, 390};
    struct bench bench;
    (void)state;
    mp_seed("cells");
    bench_open(&bench, 1u << 20, 0);
    for (uint32_t i = 0; i < 10 * 10 * 2 * 2 * 2; i++) {
        const int *type = types[i / 80];
        int64_t encoding = i / 8 % 10;
        if ((encodings_of(type[0]) >> encoding & 1) == 0) {
            continue;
        }
        struct model *model = model_of(type[0], type[1] != 0, i & 1, i >> 1 & 1, 0);
        if (encoding == 8) {
            put_dictionary(model);
        }
        for (uint32_t page = 0; page < 5; page++) {
            put_page(model, &(struct shape){.type = (i >> 2 & 1) != 0 ? 3 : 0,
                                            .encoding = encoding,
                                            .rows = rows[page],
                                            .null_percent = 25 * page});
        }
        /* PLAIN behind a dictionary, as writers do */
        put_page(model, &(struct shape){.rows = 17, .null_percent = 50});
        check_slices(&bench, model);
        model_free(model);
    }
}

/* Values of a fixed length come in pieces when they are longer than a view. */
static void long_values_of_a_fixed_length(void **state) {
    static const int64_t encodings[] = {0, 7, 8};
    struct bench bench;
    (void)state;
    mp_seed("long fixed values");
    bench_open(&bench, 2u << 20, 0);
    for (uint32_t i = 0; i < 3 * 2 * 2; i++) {
        struct model *model = model_of(WEIR_FIXED_LEN_BYTE_ARRAY, false, i & 1, 1, 0);
        model->type.length_bytes = WEIR_VIEW_BYTES_MAX + (i / 2 % 2 == 0 ? 0 : 900);
        if (encodings[i / 4] == 8) {
            put_dictionary(model);
        }
        put_page(model,
                 &(struct shape){.encoding = encodings[i / 4], .rows = 40, .null_percent = 20});
        check_slices(&bench, model);
        model_free(model);
    }
}

/* A page of nulls need not have what its encoding calls for. */
static void pages_without_values_hold_nothing(void **state) {
    static const int64_t encodings[] = {0, 5, 8, 9};
    struct bench bench;
    (void)state;
    bench_open(&bench, 64, 0);
    for (uint32_t i = 0; i < 4 * 2; i++) {
        struct model *model = model_of(WEIR_INT64, false, 0, 1, 0);
        struct mp_page page = mp_page_of((i & 1) != 0 ? 3 : 0, encodings[i / 2], 9);
        mp_both_levels(&page, (uint32_t[9]){0}, 0, (uint32_t[9]){0}, 1, 9, false);
        for (uint32_t row = 0; row < 9; row++) {
            model->rows[model->count++].is_null = true;
        }
        mp_page_write(&model->bytes, &page);
        check_slices(&bench, model);
        model_free(model);
    }
}

static void byte_arrays_of_up_to_a_mebibyte(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("long byte arrays");
    bench_open(&bench, 1u << 20, 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct model *model = model_of(WEIR_BYTE_ARRAY, false, i & 1, 1, 0);
        uint32_t length = WEIR_CELLS_VALUE_BYTES + (i >> 1);
        struct mp_page page = mp_page_of(0, 0, 3);
        uint32_t read = 0;
        mp_levels(&page, (const uint32_t[]){1, 1, 1}, 3);
        model->rows[0] = put_value(model, &page.data);
        model->rows[1] = (struct row){.definition = 1, .at = model->text.count, .length = length};
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
    bench_open(&bench, ENTRIES * 8, 0);
    for (int twist = 0; twist < 8; twist++) {
        struct model *model = model_of(WEIR_INT64, false, 0, 0, 0);
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

/* More byte arrays than there are places to remember, in few bytes. */
static void dictionaries_of_more_entries_than_planned(void **state) {
    static const uint8_t empty[4 * (ENTRIES + 1)] = {0};
    struct bench bench;
    (void)state;
    bench_open(&bench, sizeof empty, 0);
    for (uint32_t more = 0; more < 2; more++) {
        struct model *model = model_of(WEIR_BYTE_ARRAY, false, 0, 0, 0);
        struct mp_page page = mp_page_of(2, 0, ENTRIES + more);
        mp_put(&page.data, empty, 4 * (ENTRIES + more));
        mp_page_write(&model->bytes, &page);
        put_index(model, ENTRIES - 1, -1);
        if (more == 0) {
            check_slices(&bench, model);
            model_free(model);
        } else {
            check_liar(&bench, model, 1, WEIR_E_LIMIT, 0, 0);
            assert_int_equal(bench.error.wanted, sizeof empty);
        }
    }
}

static void pages_that_lie(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, 64, 0);
    for (int twist = 0; twist < 7; twist++) {
        struct model *model = model_of(WEIR_INT64, false, 0, 1, 0);
        struct mp_page page = mp_page_of(twist < 3 ? 0 : 3, 0, 2);
        uint32_t cells = 0;
        if (page.type == 0) {
            mp_u32(&page.levels, twist == 0 ? 1000 : twist == 1 ? UINT32_MAX : 2);
        }
        mp_run_repeated(&page.levels, twist == 5 ? 1 : 2, 1, 1);
        for (uint64_t i = 0; i < 2; i++) {
            mp_put(&page.data, &i, twist == 2 && i == 1 ? 7 : 8);
            model->rows[model->count++] = (struct row){.definition = 1, .bits = i};
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
    bench_open(&bench, 1u << 20, 0);
    struct model *model = model_of(WEIR_INT32, false, 1, 1, 0);
    put_dictionary(model);
    put_page(model, &(struct shape){.encoding = 8, .rows = 50, .null_percent = 30});
    put_page(model, &(struct shape){.type = 3, .encoding = 8, .rows = 50, .null_percent = 30});
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
        cmocka_unit_test(long_values_of_a_fixed_length),
        cmocka_unit_test(pages_without_values_hold_nothing),
        cmocka_unit_test(byte_arrays_of_up_to_a_mebibyte),
        cmocka_unit_test(dictionaries_that_lie),
        cmocka_unit_test(dictionaries_of_more_entries_than_planned),
        cmocka_unit_test(pages_that_lie),
        cmocka_unit_test(a_chunk_cut_anywhere_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
