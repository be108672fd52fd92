/* Encodings side by side: whatever way a page is read, the values that were written come out. */
#include "decoder_help.h"

static void held_pages_give_what_was_written(void **state) {
    struct bench b;
    (void)state;
    mp_seed("held pages");
    bench_make(&b, needs_of(WEIR_CODEC_UNCOMPRESSED, 0, HELD_BYTES), WEIR_BODY_KEEP + 128);
    for (int round = 0; round < 150; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct page page = page_of(random_type(encodings[e]), encodings[e], 0,
                                       mp_below(10) == 0 ? 0 : 1 + mp_below(1500), mp_below(100));
            assert_true(page.body.count <= HELD_BYTES);
            check(&b, &page, mp_below(2) != 0, slices[mp_below(5)], mp_below(3));
            page_free(&page);
        }
    }
    bench_free(&b);
}

/* Nothing can be held but what fits the window; each width of each type. */
static void cursors_give_what_was_written(void **state) {
    struct bench b;
    (void)state;
    mp_seed("cursors");
    bench_make(&b, needs_of(WEIR_CODEC_UNCOMPRESSED, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    uint32_t apart = 0;
    for (int round = 0; round < 100; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct weir_type type = random_type(encodings[e]);
            if (encodings[e] == SPLIT && type.length_bytes > (int32_t)WEIR_CURSORS_MAX + 1) {
                continue;
            }
            struct page page = page_of(type, encodings[e], 0, 1000 + mp_below(9000), mp_below(100));
            check(&b, &page, mp_below(2) != 0, slices[mp_below(3)], mp_below(3));
            apart += !b.decoder.held && encodings[e] > WEIR_ENCODING_DELTA_BINARY_PACKED;
            page_free(&page);
        }
    }
    assert_true(apart > 100);
    for (int32_t width = 1; width <= 16; width++) {
        struct weir_type type = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE, width, 0);
        struct page page = page_of(type, SPLIT, 0, 20000, 0);
        check(&b, &page, false, 0, 0);
        assert_false(b.decoder.held);
        page_free(&page);
    }
    bench_free(&b);
}

/* Compressed pages that no buffer holds: each cursor has a decompressor of its own. */
static void compressed_pages_are_read_through_cursors(void **state) {
    static const uint32_t codecs[] = {WEIR_CODEC_SNAPPY, WEIR_CODEC_ZSTD};
    (void)state;
    mp_seed("compressed cursors");
    for (size_t c = 0; c < 2; c++) {
        struct bench b;
        if (weir_codec_unsupported(codecs[c]) != NULL) {
            continue;
        }
        bench_make(&b, needs_of(codecs[c], WEIR_CURSORS_MAX, 0), 32u << 10);
        for (size_t e = 2; e < ENCODINGS; e++) {
            for (int round = 0; round < 3; round++) {
                struct weir_type type = random_type(encodings[e]);
                type.length_bytes = type.length_bytes > 16 ? 16 : type.length_bytes;
                struct page page =
                    page_of(type, encodings[e], codecs[c], values_too_many(&type, codecs[c]), 100);
                check(&b, &page, mp_below(2) != 0, mp_below(2) * 4096, 0);
                assert_false(b.decoder.held);
                page_free(&page);
            }
        }
        bench_free(&b);
    }
}

/* --- Pages that are refused ---------------------------------------------------------------------
 */

/* Without cursors or room: the number of the message is the room that does. */
static void a_page_too_large_is_refused_with_the_room_that_does(void **state) {
    static const uint32_t codecs[] = {WEIR_CODEC_UNCOMPRESSED, WEIR_CODEC_SNAPPY, WEIR_CODEC_ZSTD};
    (void)state;
    mp_seed("refused pages");
    for (size_t c = 0; c < 3; c++) {
        if (weir_codec_unsupported(codecs[c]) != NULL) {
            continue;
        }
        for (size_t e = 2; e < ENCODINGS; e++) {
            for (int round = 0; round < 3; round++) {
                struct bench b;
                struct mp_bytes got = {0};
                struct weir_type type = random_type(encodings[e]);
                if (type.length_bytes == 1) { /* its only stream needs no second cursor */
                    type.length_bytes = 2;
                }
                struct page page =
                    page_of(type, encodings[e], codecs[c], values_too_many(&type, codecs[c]), 100);
                bench_make(&b, needs_of(codecs[c], 0, 0), 32u << 10);
                assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
                assert_int_equal(got.count, 0);
                uint64_t wanted = b.error.wanted;
                bench_free(&b);
                bench_make(&b, needs_of(codecs[c], 0, wanted), 32u << 10);
                check(&b, &page, false, 0, 0);
                assert_true(b.decoder.held);
                bench_free(&b);
                page_free(&page);
                mp_free(&got);
            }
        }
    }
}

static void values_too_wide_for_cursors_are_held_or_refused(void **state) {
    (void)state;
    mp_seed("wide splits");
    for (int32_t width = 17; width <= 40; width++) {
        struct bench b;
        struct mp_bytes got = {0};
        struct weir_type type = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE, width, 0);
        struct page page = page_of(type, SPLIT, 0, 3000, 0);
        bench_make(&b, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
        assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
        uint64_t wanted = b.error.wanted;
        bench_free(&b);
        bench_make(&b, needs_of(0, WEIR_CURSORS_MAX, wanted), WEIR_BODY_KEEP + 1);
        check(&b, &page, false, 0, 0);
        bench_free(&b);
        page_free(&page);
    }
}

/* --- Long values --------------------------------------------------------------------------------
 */

static const uint32_t bytes_encodings[] = {
    WEIR_ENCODING_PLAIN, WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY, WEIR_ENCODING_DELTA_BYTE_ARRAY};

static struct page page_of_lengths(uint32_t encoding, const uint32_t *lengths, size_t count) {
    struct page page;
    memset(&page, 0, sizeof page);
    page.type = type_of(WEIR_BYTE_ARRAY, WEIR_LOGICAL_NONE, 0, 0);
    page.encoding = encoding;
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = malloc(lengths[i] + 1u);
        for (uint32_t j = 0; j < lengths[i]; j++) {
            bytes[j] = (uint8_t)(j / 7 % 50 + (mp_below(3000) == 0)); /* much in common */
        }
        en_add(&page.values, bytes, lengths[i]);
        free(bytes);
    }
    page_finish(&page);
    return page;
}

static void values_of_any_length_come_whole_or_in_pieces(void **state) {
    static const uint32_t lengths[] = {0,      1,     4095,  4096, 4097,  4098,   12,
                                       8192,   65535, 65537, 0,    16384, 16385,  262143,
                                       262144, 4096,  4096,  4096, 4096,  200000, 4097};
    (void)state;
    mp_seed("long values");
    for (size_t e = 0; e < 3; e++) {
        for (int way = 0; way < 2; way++) {
            struct bench b;
            struct page page = page_of_lengths(bytes_encodings[e], lengths, 21);
            bench_make(&b, way == 0 ? needs_of(0, 0, 2u << 20) : needs_of(0, WEIR_CURSORS_MAX, 0),
                       WEIR_BODY_KEEP + 1);
            for (size_t s = 0; s < 3; s++) {
                for (uint64_t most = 0; most < 3; most++) {
                    check(&b, &page, most == 1, slices[s], most);
                }
            }
            bench_free(&b);
            page_free(&page);
        }
    }
}

static void a_value_longer_than_planned_is_refused_with_its_length(void **state) {
    static const uint32_t lengths[] = {5, WEIR_DECODER_VALUE_BYTES + 1, 400000, 5};
    struct page page = page_of_lengths(WEIR_ENCODING_DELTA_BYTE_ARRAY, lengths, 4);
    struct weir_needs needs = needs_of(0, 2, 0);
    (void)state;
    for (uint64_t wanted = WEIR_DECODER_VALUE_BYTES; wanted < 400000;) {
        struct bench b;
        struct mp_bytes got = {0};
        needs.codec_window_bytes = wanted;
        bench_make(&b, needs, WEIR_BODY_KEEP + 1);
        assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
        assert_true(b.error.wanted > wanted);
        wanted = b.error.wanted;
        bench_free(&b);
        mp_free(&got);
    }
    struct bench b;
    needs.codec_window_bytes = 400000;
    bench_make(&b, needs, WEIR_BODY_KEEP + 1);
    check(&b, &page, false, 0, 0);
    bench_free(&b);
    page_free(&page);
}

static void long_fixed_values_come_in_pieces(void **state) {
    static const int32_t lengths[] = {4096, 4097, 5000, 70000};
    (void)state;
    mp_seed("long fixed values");
    for (size_t i = 0; i < 4; i++) {
        for (size_t e = 0; e < 3; e++) {
            static const uint32_t ways[] = {WEIR_ENCODING_PLAIN, WEIR_ENCODING_DELTA_BYTE_ARRAY,
                                            SPLIT};
            struct bench b;
            struct mp_bytes got = {0};
            struct weir_type type =
                type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE, lengths[i], 0);
            struct page page = page_of(type, ways[e], 0, 9, 0);
            bench_make(&b, needs_of(0, 2, 1u << 20), WEIR_BODY_KEEP + 1);
            if (ways[e] == SPLIT && lengths[i] > 4096) {
                assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_UNSUPPORTED);
            } else {
                check(&b, &page, false, slices[i % 3], 0);
            }
            bench_free(&b);
            page_free(&page);
        }
    }
}

/* A decimal is a number: one of thousands of bytes is refused, however it is stored. */
static void decimals_of_thousands_of_bytes_are_refused(void **state) {
    (void)state;
    for (size_t e = 0; e < 3; e++) {
        struct bench b;
        struct mp_bytes got = {0};
        static const uint32_t lengths[] = {3, 5000, 3};
        struct page page = page_of_lengths(bytes_encodings[e], lengths, 3);
        page.type.logical = WEIR_LOGICAL_DECIMAL;
        page.type.precision = 60;
        bench_make(&b, needs_of(0, 2, 1u << 20), WEIR_BODY_KEEP + 1);
        assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_UNSUPPORTED);
        check(&b, &page, true, 0, 0);
        bench_free(&b);
        page_free(&page);
        mp_free(&got);
    }
}

/* --- In a profile -------------------------------------------------------------------------------
 */

/* A DOUBLE column of two pages. */
static struct mp_file *file_of_split_pages(const size_t counts[2], double *sum_ret) {
    struct mp_file *file = mp_begin();
    mp_column(file, "x", WEIR_DOUBLE, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, WEIR_DOUBLE, 0)->encoding = SPLIT;
    *sum_ret = 0;
    for (size_t p = 0; p < 2; p++) {
        struct mp_page page = mp_page_of(0, SPLIT, (int64_t)counts[p]);
        struct en_values values = {0};
        for (size_t i = 0; i < counts[p]; i++) {
            double value = (double)(i % 1000);
            *sum_ret += value;
            en_add(&values, &value, sizeof value);
        }
        en_split(&page.data, &values, 8);
        mp_page_write(&file->bytes, &page);
        en_free(&values);
    }
    mp_chunk_end(file, (int64_t)(counts[0] + counts[1]));
    mp_group_end(file, (int64_t)(counts[0] + counts[1]));
    mp_end(file);
    return file;
}

/* Pages that are not held at all, with a decompressor for each of their streams. */
static void pages_beyond_what_is_held_are_profiled(void **state) {
    static const size_t counts[2] = {(5u << 20) / 8, 100};
    double sum = 0;
    struct mp_file *file = file_of_split_pages(counts, &sum);
    (void)state;
    struct mp_outcome *out = mp_profile_one(file, 0, false);
    assert_int_equal(out->status, WEIR_END);
    assert_int_equal(out->inventory.cursors, 7);
    assert_true(out->results[0].sum == sum);
    assert_true(out->plan.planned_bytes < 5u << 20);
    free(out);
    mp_drop(file);
}

/* Later pages of the usual size are read whatever the first one was like. */
static void a_small_first_page_misleads_nobody(void **state) {
    static const size_t counts[2] = {10, (1u << 20) / 8 + 50};
    double sum = 0;
    struct mp_file *file = file_of_split_pages(counts, &sum);
    (void)state;
    struct mp_outcome *out = mp_profile_one(file, 0, false);
    assert_int_equal(out->status, WEIR_END);
    assert_true(out->results[0].sum == sum);
    free(out);
    mp_drop(file);
}

/* The codec window that a refusal names lets the file through. */
static struct mp_outcome *profile_refused_first(struct mp_file *file) {
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    mp_set_of(&set, &file, 1, 0);
    struct mp_outcome *out = mp_profile(&set, &options);
    assert_int_equal(out->status, WEIR_E_LIMIT);
    options.codec_window_bytes = out->error.wanted;
    free(out);
    return mp_profile(&set, &options);
}

static void a_refused_page_names_the_codec_window_that_does(void **state) {
    static const size_t counts[2] = {10, 400000};
    double sum = 0;
    struct mp_file *file = file_of_split_pages(counts, &sum);
    (void)state;
    struct mp_outcome *out = profile_refused_first(file);
    assert_int_equal(out->status, WEIR_END);
    assert_true(out->results[0].sum == sum);
    free(out);
    mp_drop(file);
}

static void a_refused_value_names_the_codec_window_that_does(void **state) {
    static const uint32_t lengths[] = {5, 400000, 7};
    struct mp_file *file = mp_begin();
    struct mp_page page = mp_page_of(0, WEIR_ENCODING_DELTA_BYTE_ARRAY, 3);
    struct page values = page_of_lengths(WEIR_ENCODING_DELTA_BYTE_ARRAY, lengths, 3);
    (void)state;
    mp_column(file, "s", WEIR_BYTE_ARRAY, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, WEIR_BYTE_ARRAY, 0)->encoding = WEIR_ENCODING_DELTA_BYTE_ARRAY;
    mp_put(&page.data, values.raw.data, values.raw.count);
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, 3);
    mp_group_end(file, 3);
    mp_end(file);
    struct mp_outcome *out = profile_refused_first(file);
    assert_int_equal(out->status, WEIR_END);
    assert_int_equal(out->results[0].strings.bytes_total, 400012);
    assert_int_equal(out->results[0].strings.length_max, 400000);
    free(out);
    page_free(&values);
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_pages_give_what_was_written),
        cmocka_unit_test(cursors_give_what_was_written),
        cmocka_unit_test(compressed_pages_are_read_through_cursors),
        cmocka_unit_test(a_page_too_large_is_refused_with_the_room_that_does),
        cmocka_unit_test(values_too_wide_for_cursors_are_held_or_refused),
        cmocka_unit_test(values_of_any_length_come_whole_or_in_pieces),
        cmocka_unit_test(a_value_longer_than_planned_is_refused_with_its_length),
        cmocka_unit_test(long_fixed_values_come_in_pieces),
        cmocka_unit_test(decimals_of_thousands_of_bytes_are_refused),
        cmocka_unit_test(pages_beyond_what_is_held_are_profiled),
        cmocka_unit_test(a_small_first_page_misleads_nobody),
        cmocka_unit_test(a_refused_page_names_the_codec_window_that_does),
        cmocka_unit_test(a_refused_value_names_the_codec_window_that_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
