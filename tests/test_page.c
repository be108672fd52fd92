/* Page headers: read at any cut, checked for range, and their body must lie before the limit. */
#include "make_parquet.h"

struct bench {
    struct mp_source input;
    struct weir_source source;
    struct weir_window window;
    struct weir_error error;
    struct weir_page page;
};

static enum weir_status read_page(struct bench *b, const struct mp_bytes *bytes, uint64_t from,
                                  uint64_t limit, size_t slice) {
    void *buffer = mp_guarded(128);
    memset(b, 0, sizeof *b);
    b->input = (struct mp_source){.data = bytes->data, .bytes = bytes->count, .slice = slice};
    b->source = mp_source_of(&b->input);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, buffer, 128, &b->error);
    weir_window_seek(&b->window, &b->source, from, limit);
    enum weir_status status = weir_page_read(&b->window, &b->page, &b->error);
    assert_int_equal(b->error.status, status);
    assert_true(status == WEIR_OK || b->error.offset_bytes != WEIR_NONE);
    uint64_t left = weir_window_left(&b->window);
    mp_unguard(buffer, 128);
    assert_true(status != WEIR_OK || left >= b->page.raw_bytes);
    return status;
}

static void headers_of_all_types_are_read(void **state) {
    static const int64_t types[] = {0, 1, 2, 3};
    (void)state;
    for (size_t t = 0; t < 4; t++) {
        for (size_t slice = 0; slice < 20; slice += 3) {
            struct mp_bytes bytes = {0};
            struct bench b;
            struct mp_page page = mp_page_of(types[t], 8, 1234);
            page.kind = types[t] == 1 ? 6 : page.kind;
            page.nulls = types[t] == 3 ? 34 : 0;
            page.repetition_bytes = types[t] == 3 ? 2 : 0;
            page.definition_bytes = types[t] == 3 ? 3 : MP_AUTO;
            page.compressed = t == 3 ? (int)(slice % 2) : -1;
            page.crc = 0xfedcba98;
            mp_text(&page.data, "eight by");
            mp_text(&bytes, "xy"); /* not at the start of the file */
            mp_page_write(&bytes, &page);
            assert_int_equal(read_page(&b, &bytes, 2, bytes.count, slice), WEIR_OK);
            assert_int_equal(b.page.type, types[t]);
            assert_int_equal(b.page.raw_bytes, 8);
            assert_int_equal(b.page.page_bytes, 8);
            assert_true(b.page.has_crc);
            assert_int_equal(b.page.crc, 0xfedcba98);
            if (types[t] != 1) {
                assert_int_equal(b.page.values, 1234);
                assert_int_equal(b.page.encoding, 8);
            }
            if (types[t] == 3) {
                assert_int_equal(b.page.nulls, 34);
                assert_int_equal(b.page.definition_bytes, 3);
                assert_int_equal(b.page.repetition_bytes, 2);
                assert_int_equal(b.page.is_compressed, slice % 2);
            } else {
                assert_true(b.page.is_compressed);
            }
            /* A body that reaches one byte too far. */
            assert_int_equal(read_page(&b, &bytes, 2, bytes.count - 1, slice), WEIR_E_CORRUPT);
            assert_int_equal(b.error.offset_bytes, 2);
            mp_free(&bytes);
        }
    }
}

static void every_cut_header_is_corrupt(void **state) {
    struct mp_bytes bytes = {0};
    struct bench b;
    struct mp_page page = mp_page_of(3, 8, 10);
    (void)state;
    page.crc = -1;
    mp_page_write(&bytes, &page); /* no body */
    for (size_t cut = 1; cut < bytes.count; cut++) {
        struct mp_bytes part = {bytes.data, cut, 0};
        assert_int_equal(read_page(&b, &part, 0, cut, 1), WEIR_E_CORRUPT);
    }
    mp_free(&bytes);
}

/* What a number in one field leads to, the others being right. */
static enum weir_status with(int field, int64_t number) {
    struct mp_bytes bytes = {0};
    struct bench b;
    struct mp_page page = mp_page_of(3, 0, 100);
    page.definition_bytes = 0;
    switch (field) {
    case 0: page.page_bytes = number; break;
    case 1: page.raw_bytes = number; break;
    case 2: page.values = number; break;
    case 3: page.nulls = number; break;
    case 4: page.encoding = number; break;
    case 5: page.definition_bytes = number; break;
    case 6: page.repetition_bytes = number; break;
    case 7: page.kind = number; break;
    default: page.definition_encoding = number, page.type = 0, page.kind = 5; break;
    }
    mp_text(&page.data, "0123456789");
    mp_page_write(&bytes, &page);
    enum weir_status status = read_page(&b, &bytes, 0, bytes.count, 7);
    mp_free(&bytes);
    return status;
}

static void numbers_out_of_range_are_refused(void **state) {
    (void)state;
    for (int field = 0; field < 9; field++) {
        assert_int_equal(with(field, field == 7 ? 8 : 3), WEIR_OK);
        if (field != 7) {
            assert_int_equal(with(field, -1), WEIR_E_CORRUPT);
            assert_int_equal(with(field, INT32_MIN), WEIR_E_CORRUPT);
            assert_int_equal(with(field, (int64_t)INT32_MAX + 1), WEIR_E_CORRUPT);
            assert_int_equal(with(field, -(int64_t)INT32_MAX - 2), WEIR_E_CORRUPT);
        }
    }
    assert_int_equal(with(1, 11), WEIR_E_CORRUPT);
    assert_int_equal(with(3, 100), WEIR_OK);
    assert_int_equal(with(3, 101), WEIR_E_CORRUPT);
    assert_int_equal(with(5, 10), WEIR_OK);
    assert_int_equal(with(5, 11), WEIR_E_CORRUPT);
    assert_int_equal(with(6, 11), WEIR_E_CORRUPT);
    assert_int_equal(with(6, INT32_MAX), WEIR_E_CORRUPT);
    assert_int_equal(with(0, INT32_MAX), WEIR_OK); /* large is legal */
    assert_int_equal(with(7, 5), WEIR_E_CORRUPT);
    assert_int_equal(with(7, 7), WEIR_E_CORRUPT);
}

static void a_header_without_type_is_refused(void **state) {
    struct mp_bytes bytes = {0};
    struct bench b;
    (void)state;
    mp_stop(&bytes);
    assert_int_equal(read_page(&b, &bytes, 0, 1, 0), WEIR_E_CORRUPT);
    mp_free(&bytes);
}

static void a_failing_source_is_an_io_error(void **state) {
    struct mp_bytes bytes = {0};
    struct mp_page page = mp_page_of(0, 0, 1);
    struct weir_error error;
    struct weir_window window;
    struct weir_page got;
    uint8_t buffer[64];
    (void)state;
    mp_page_write(&bytes, &page);
    struct mp_source input = {
        .data = bytes.data, .bytes = bytes.count, .slice = 1, .fail_from = 3, .fail_result = -5};
    struct weir_source source = mp_source_of(&input);
    weir_error_clear(&error);
    weir_window_init(&window, buffer, sizeof buffer, &error);
    weir_window_seek(&window, &source, 0, bytes.count);
    assert_int_equal(weir_page_read(&window, &got, &error), WEIR_E_IO);
    assert_int_equal(error.offset_bytes, 3);
    mp_free(&bytes);
}

static void long_statistics_in_a_header_are_skipped(void **state) {
    struct mp_bytes bytes = {0};
    struct mp_bytes long_text = {0};
    struct bench b;
    int last = 0;
    int inner = 0;
    int statistics = 0;
    (void)state;
    for (int i = 0; i < 10000; i++) {
        mp_byte(&long_text, 'x');
    }
    mp_i32(&bytes, &last, 1, 0);
    mp_i32(&bytes, &last, 2, 0);
    mp_i32(&bytes, &last, 3, 0);
    mp_field(&bytes, &last, 5, 12);
    mp_i32(&bytes, &inner, 1, 77);
    mp_i32(&bytes, &inner, 2, 0);
    mp_i32(&bytes, &inner, 3, 3);
    mp_i32(&bytes, &inner, 4, 3);
    mp_field(&bytes, &inner, 5, 12);
    mp_binary(&bytes, &statistics, 1, (const char *)long_text.data, long_text.count);
    mp_stop(&bytes);
    mp_stop(&bytes);
    mp_stop(&bytes);
    assert_int_equal(read_page(&b, &bytes, 0, bytes.count, 0), WEIR_OK);
    assert_int_equal(b.page.values, 77);
    assert_true(b.input.reads < 10); /* the text itself is not read */
    mp_free(&bytes);
    mp_free(&long_text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_all_types_are_read),
        cmocka_unit_test(every_cut_header_is_corrupt),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_header_without_type_is_refused),
        cmocka_unit_test(a_failing_source_is_an_io_error),
        cmocka_unit_test(long_statistics_in_a_header_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
