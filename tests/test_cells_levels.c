/* Cells of nested columns: both kinds of levels in all their forms, aligned with any values. */
#include "cells_help.h"

#define CURSORS (UINT64_C(1) << 40) /* so much for levels that cursors are cheaper */

static const uint32_t maxima[][2] = {/* definition, repetition */
                                     {1, 1}, {2, 1}, {3, 0},  {3, 2},   {4, 1},
                                     {7, 3}, {8, 5}, {16, 1}, {33, 31}, {64, 64}};

#define MAXIMA (sizeof maxima / sizeof maxima[0])

static void put_pages(struct model *model, bool v2, bool legacy, int64_t encoding) {
    static const uint32_t rows[] = {1, 150, 0, 700, 33};
    for (uint32_t page = 0; page < 5; page++) {
        put_page(model, &(struct shape){.type = v2 ? 3 : 0,
                                        .encoding = encoding,
                                        .rows = rows[page],
                                        .null_percent = page == 3 ? 0 : 10 + 20 * page,
                                        .legacy = legacy});
    }
}

/* Whether sections are copied, or read again, or one of each, must make no difference. */
static void levels_of_every_width_form_and_place(void **state) {
    struct bench held;
    struct bench cursors;
    (void)state;
    mp_seed("levels");
    bench_open(&held, 1u << 20, 0);
    bench_open(&cursors, 1u << 20, CURSORS);
    assert_null(held.cells->repetition.window.buffer);
    assert_non_null(cursors.cells->repetition.window.buffer);
    for (uint32_t i = 0; i < MAXIMA * 2 * 3 * 2; i++) {
        uint32_t form = i / 2 % 3;
        bool coded = i / 6 % 2 != 0;
        struct model *model = model_of(coded ? WEIR_BYTE_ARRAY : WEIR_INT32, false, i & 1,
                                       maxima[i / 12][0], maxima[i / 12][1]);
        if (coded) {
            put_dictionary(model);
        }
        put_pages(model, form == 1, form == 2, coded ? 8 : 0);
        cursors.cells->levels_room = mp_below(3) == 0 ? 0 : mp_below(600);
        check_slices(&held, model);
        check_slices(&cursors, model);
        model_free(model);
    }
}

static void values_of_every_encoding_stand_behind_levels(void **state) {
    static const int pairs[][2] = {{0, 0}, {0, 3}, {1, 5}, {2, 5}, {2, 9},
                                   {5, 9}, {6, 6}, {6, 7}, {7, 7}, {7, 9}};
    struct bench bench;
    (void)state;
    mp_seed("encodings behind levels");
    bench_open(&bench, 1u << 20, CURSORS);
    for (uint32_t i = 0; i < sizeof pairs / sizeof pairs[0] * 4; i++) {
        struct model *model = model_of(pairs[i / 4][0], false, i & 1, 3, 2);
        put_pages(model, (i & 2) != 0, false, pairs[i / 4][1]);
        bench.cells->levels_room = mp_below(400);
        check_slices(&bench, model);
        model_free(model);
    }
}

/* Pages that cannot be held: cursors for both kinds of levels and, beside them, for the values. */
static void large_pages_take_cursors_for_levels_and_values(void **state) {
    static const int pairs[][2] = {{2, 0}, {2, 9}, {7, 9}, {6, 6}, {6, 7}};
    struct weir_cells_needs needs = {.page.codecs = 1u << WEIR_CODEC_SNAPPY | 1u,
                                     .page.encodings = UINT32_MAX,
                                     .page.cursors = 7,
                                     .dictionary_entries = ENTRIES,
                                     .level_bytes = CURSORS,
                                     .value_bytes = WEIR_CELLS_VALUE_BYTES,
                                     .has_definitions = true,
                                     .has_repetitions = true};
    struct bench bench;
    (void)state;
    mp_seed("large pages");
    bench_open_with(&bench, &needs);
    for (uint32_t i = 0; i < sizeof pairs / sizeof pairs[0] * 4; i++) {
        struct model *model = model_of(pairs[i / 4][0], false, i & 1, 3, 2);
        uint32_t read = 0;
        put_page(model, &(struct shape){.type = (i & 2) != 0 ? 3 : 0,
                                        .encoding = pairs[i / 4][1],
                                        .rows = ROWS_MAX - 10,
                                        .null_percent = 5});
        assert_true(model->bytes.count > 230u << 10);
        bench.cells->levels_room = 100;
        assert_int_equal(read_model(&bench, model, 5000, model->count, &read), WEIR_END);
        assert_int_equal(read, model->count);
        assert_true(pairs[i / 4][1] == 0 || !bench.cells->decoder.held);
        model_free(model);
    }
}

/* Sections longer than planned are refused with the room that would do. */
static void levels_beyond_the_plan_say_how_much_they_need(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("room");
    bench_open(&bench, 64, 0);
    for (int v2 = 0; v2 < 2; v2++) {
        struct model *model = model_of(WEIR_INT32, false, 0, 3, 2);
        uint32_t read = 0;
        bench.cells->levels_room = 10;
        put_page(model, &(struct shape){.type = 3 * v2, .rows = 100, .null_percent = 50});
        while (read_model(&bench, model, 0, 100, &read) == WEIR_E_LIMIT) {
            assert_int_equal(read, 0);
            assert_int_equal(bench.error.got, bench.cells->levels_room);
            assert_true(bench.error.wanted > bench.error.got);
            bench.cells->levels_room = bench.error.wanted;
        }
        assert_int_equal(read, 100);
        assert_true(bench.cells->levels_room <= model->bytes.count);
        model_free(model);
    }
}

/* Memory is taken for what there is: no levels in required columns, one kind without lists. */
static void levels_that_no_column_has_take_no_memory(void **state) {
    uint64_t used[4];
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        struct weir_space space;
        struct weir_cells_needs needs = {.page.codecs = 1u << WEIR_CODEC_SNAPPY,
                                         .level_bytes = CURSORS,
                                         .has_definitions = i > 0,
                                         .has_repetitions = i > 1};
        needs.level_bytes = i == 3 ? 20000 : CURSORS;
        weir_space_measure(&space, NULL, NULL);
        (void)weir_cells_take(&space, &needs);
        used[i] = space.used_bytes;
    }
    uint64_t cursor = WEIR_CELLS_LEVEL_INPUT_BYTES + (192u << 10);
    assert_true(used[1] > used[0] + cursor);
    assert_true(used[2] > used[1] + cursor);
    assert_true(used[3] < used[0] + 20000 + 3 * WEIR_SEQUENCE_ROOM * sizeof(uint32_t));
}

/* --- Pages that lie ----------------------------------------------------------------------------
 */

/* A page of three INT32 entries with the given levels, which need not be legal. */
static struct mp_page three(struct model *model, int64_t type, const uint32_t *repetition,
                            const uint32_t *definition) {
    struct mp_page page = mp_page_of(type, 0, 3);
    mp_both_levels(&page, repetition, model->repetition_max, definition, model->definition_max, 3,
                   false);
    for (uint32_t i = 0; i < 3; i++) {
        bool is_null = definition[i] < model->definition_max;
        if (!is_null) {
            mp_u32(&page.data, 100 + i);
        }
        model->rows[model->count++] = (struct row){.is_null = is_null,
                                                   .repetition = repetition[i],
                                                   .definition = definition[i],
                                                   .bits = is_null ? 0 : 100 + i};
    }
    return page;
}

static void levels_that_lie(void **state) {
    static const uint32_t good_r[] = {0, 1, 0};
    static const uint32_t good_d[] = {2, 2, 0};
    static const struct {
        enum weir_status status;
        uint32_t cells;
    } wants[] = {
        {WEIR_END, 3},       /* nothing is wrong */
        {WEIR_E_CORRUPT, 0}, /* a definition level above the largest, packed */
        {WEIR_E_CORRUPT, 0}, /* the same, repeated */
        {WEIR_E_CORRUPT, 0}, /* a repetition level above the largest */
        {WEIR_E_CORRUPT, 0}, /* the chunk begins inside a row */
        {WEIR_E_CORRUPT, 0}, /* V1: a section of a length behind the page */
        {WEIR_E_CORRUPT, 0}, /* fewer repetition levels than entries */
        {WEIR_E_CORRUPT, 0}, /* fewer definition levels than entries */
        {WEIR_E_CORRUPT, 0}, /* levels in no encoding of levels */
        {WEIR_END, 3},       /* V2: another number of rows, as Arrow C++ wrote before 12 */
        {WEIR_E_CORRUPT, 0}, /* V2: more nulls than missing values */
        {WEIR_END, 3},       /* V2: fewer: places of absent parents do not count */
        {WEIR_E_CORRUPT, 0}, /* V2: no repetition levels at all */
        {WEIR_E_CORRUPT, 0}, /* V1: BIT_PACKED levels longer than the page */
        {WEIR_E_CORRUPT, 2}, /* one value fewer than levels say */
    };
    struct bench benches[2];
    (void)state;
    mp_seed("lying levels");
    bench_open(&benches[0], 64, 0);
    bench_open(&benches[1], 64, CURSORS);
    benches[1].cells->levels_room = 0;
    for (size_t i = 0; i < 2 * (sizeof wants / sizeof wants[0]); i++) {
        size_t twist = i / 2;
        struct model *model = model_of(WEIR_INT32, false, 0, 2, 2);
        uint32_t r[] = {0, 1, 0};
        uint32_t d[] = {2, 2, 0};
        bool v2 = twist >= 9 && twist <= 12;
        d[2] = twist == 14 ? 2 : 0;
        struct mp_page page = three(model, v2 ? 3 : 0, r, d);
        page.repetition.count = twist == 3 || twist == 4 ? 0 : page.repetition.count;
        page.levels.count = twist == 1 || twist == 2 ? 0 : page.levels.count;
        switch (twist) {
        case 1: mp_level_section(&page, &page.levels, (uint32_t[]){2, 3, 0}, 3, 2); break;
        case 2: mp_level_section(&page, &page.levels, (uint32_t[8]){3, 3, 3}, 3, 2); break;
        case 3:
            mp_u32(&page.repetition, 3);
            mp_run_packed(&page.repetition, (uint32_t[]){0, 3, 0}, 3, 1, 2);
            break;
        case 4: mp_level_section(&page, &page.repetition, (uint32_t[]){1, 1, 0}, 3, 2); break;
        case 5: page.repetition.data[2] = 1; break;
        case 6: page.repetition.count = 4, memset(page.repetition.data, 0, 4); break;
        case 7: page.levels.count = 4, memset(page.levels.data, 0, 4); break;
        case 8: page.definition_encoding = 5; break;
        case 9: page.rows = 3; break;
        case 10: page.nulls = 2; break;
        case 11: page.nulls = 0; break;
        case 12: page.repetition.count = 0; break;
        case 13:
            page.repetition_encoding = 4;
            page.repetition.count = 0;
            page.levels.count = 0;
            page.data.count = 0;
            break;
        case 14: page.data.count -= 4; break;
        default: break;
        }
        mp_page_write(&model->bytes, &page);
        if (wants[twist].status == WEIR_END) {
            uint32_t read = 0;
            assert_int_equal(read_model(&benches[i % 2], model, 0, 3, &read), WEIR_END);
            assert_int_equal(read, 3);
            assert_memory_equal(r, good_r, sizeof r);
            assert_memory_equal(d, good_d, sizeof d);
            model_free(model);
        } else {
            check_liar(&benches[i % 2], model, 3, wants[twist].status, wants[twist].cells, 0);
        }
    }
}

/* Neither a label nor a section makes levels where the schema has none. */
static void columns_without_levels_take_no_notice_of_them(void **state) {
    static const uint32_t none[3] = {0};
    struct bench bench;
    (void)state;
    bench_open(&bench, 64, 0);
    for (int twist = 0; twist < 3; twist++) {
        struct model *model = model_of(WEIR_INT32, false, 0, 0, 0);
        struct mp_page page = three(model, twist == 0 ? 0 : 3, none, none);
        uint32_t read = 0;
        page.definition_encoding = 4;
        page.repetition_encoding = 4;
        if (twist == 1) { /* V2 sections that mean nothing */
            mp_text(&page.repetition, "\377\377");
            mp_text(&page.levels, "\377");
        }
        page.nulls = twist == 2 ? 1 : 0;
        mp_page_write(&model->bytes, &page);
        if (twist == 2) { /* a required column has no nulls */
            check_liar(&bench, model, 3, WEIR_E_CORRUPT, 0, 0);
            continue;
        }
        assert_int_equal(read_model(&bench, model, 0, 3, &read), WEIR_END);
        assert_int_equal(read, 3);
        model_free(model);
    }
}

/* parquet-mr leaves out the definition levels of a V2 page whose values are all there. */
static void a_page_without_nulls_may_lack_definition_levels(void **state) {
    static const uint32_t r[3] = {0, 1, 1};
    static const uint32_t d[3] = {2, 2, 2};
    struct bench bench;
    uint32_t read = 0;
    (void)state;
    bench_open(&bench, 64, 0);
    struct model *model = model_of(WEIR_INT32, false, 0, 2, 1);
    struct mp_page page = three(model, 3, r, d);
    page.levels.count = 0;
    mp_page_write(&model->bytes, &page);
    assert_int_equal(read_model(&bench, model, 0, 3, &read), WEIR_END);
    assert_int_equal(read, 3);
    model_free(model);
}

/* --- Broken chunks -----------------------------------------------------------------------------
 */

/* Pages of V1, V2, legacy levels and several encodings in one chunk. */
static struct model *mixed_chunk(int physical, uint32_t codec) {
    struct model *model = model_of(physical, false, codec, 3, 2);
    int64_t encodings[] = {physical == WEIR_BYTE_ARRAY ? 6 : 5,
                           physical == WEIR_BYTE_ARRAY ? 7 : 9};
    put_page(model, &(struct shape){.rows = 20, .null_percent = 30});
    put_page(model, &(struct shape){.rows = 9, .null_percent = 30, .legacy = true});
    for (int i = 0; i < 2; i++) {
        put_page(model, &(struct shape){
                            .type = 3, .encoding = encodings[i], .rows = 20, .null_percent = 30});
    }
    return model;
}

static void a_chunk_cut_or_changed_anywhere_ends_in_a_status(void **state) {
    struct bench benches[2];
    (void)state;
    mp_seed("broken chunks");
    bench_open(&benches[0], 64, 0);
    bench_open(&benches[1], 64, CURSORS);
    for (uint32_t i = 0; i < 4; i++) {
        struct model *model = mixed_chunk(i < 2 ? WEIR_BYTE_ARRAY : WEIR_INT64, i & 1);
        struct bench *bench = &benches[i % 2];
        uint32_t read = 0;
        uint64_t differ = 0;
        benches[1].cells->levels_room = mp_below(40);
        check_slices(bench, model);
        size_t whole = model->bytes.count;
        for (size_t at = 0; at < whole; at++) {
            uint8_t before = model->bytes.data[at];
            for (uint32_t change = 0; change < 4; change++) {
                uint8_t after[] = {(uint8_t)(before ^ 1u << mp_below(8)), (uint8_t)(before + 1),
                                   0xff, 0};
                model->bytes.data[at] = after[change];
                enum weir_status status =
                    read_chunk(bench, model, mp_below(9), model->count, false, &read);
                assert_true(status < 0 || (status == WEIR_END && read == model->count));
                assert_int_not_equal(status, WEIR_E_INTERNAL);
                assert_true(status == WEIR_END || bench->error.page != WEIR_NONE32);
                differ += status < 0;
            }
            model->bytes.data[at] = before;
        }
        assert_true(differ > 2 * whole);
        for (model->bytes.count = 0; model->bytes.count < whole; model->bytes.count++) {
            assert_int_equal(read_model(bench, model, 0, model->count, &read), WEIR_E_CORRUPT);
            assert_int_equal(bench->error.row_group, 3);
            assert_int_not_equal(bench->error.page, WEIR_NONE32);
        }
        model_free(model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_of_every_width_form_and_place),
        cmocka_unit_test(values_of_every_encoding_stand_behind_levels),
        cmocka_unit_test(large_pages_take_cursors_for_levels_and_values),
        cmocka_unit_test(levels_beyond_the_plan_say_how_much_they_need),
        cmocka_unit_test(levels_that_no_column_has_take_no_memory),
        cmocka_unit_test(levels_that_lie),
        cmocka_unit_test(columns_without_levels_take_no_notice_of_them),
        cmocka_unit_test(a_page_without_nulls_may_lack_definition_levels),
        cmocka_unit_test(a_chunk_cut_or_changed_anywhere_ends_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
