/* Thrift metadata: right values at any cut of the input, and no lie believed. */
#include "make_parquet.h"

#include "parquet/thrift.h"

#define WINDOW_BYTES 64u

/* A reader over bytes in memory, through a window of 64 bytes. */
struct bench {
    struct mp_source input;
    struct weir_source source;
    struct weir_window window;
    struct weir_error error;
    struct weir_thrift thrift;
    void *buffer;
};

static void bench_open(struct bench *b, const void *data, size_t bytes, size_t slice) {
    memset(b, 0, sizeof *b);
    b->input = (struct mp_source){.data = data, .bytes = bytes, .slice = slice};
    b->source = mp_source_of(&b->input);
    b->buffer = mp_guarded(WINDOW_BYTES);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, b->buffer, WINDOW_BYTES, &b->error);
    weir_window_seek(&b->window, &b->source, 0, bytes);
    weir_thrift_init(&b->thrift, &b->window, &b->error);
}

static void bench_close(struct bench *b) {
    mp_unguard(b->buffer, WINDOW_BYTES);
}

static void assert_corrupt(const struct bench *b) {
    assert_true(b->thrift.failed);
    assert_int_equal(b->error.status, WEIR_E_CORRUPT);
    assert_true(b->error.message[0] != '\0');
    assert_true(b->error.offset_bytes <= b->input.bytes);
}

/* Whether a struct of one field of that type and content can be skipped to its last byte. */
static bool skips(uint32_t type, const void *value, size_t n) {
    struct mp_bytes bytes = {0};
    struct bench b;
    struct weir_thrift_field field;
    int last = 0;
    bool right = true;
    mp_field(&bytes, &last, 7, type);
    mp_put(&bytes, value, n);
    mp_stop(&bytes);
    for (size_t slice = 0; slice < 3; slice++) {
        bench_open(&b, bytes.data, bytes.count, slice);
        weir_thrift_enter(&b.thrift);
        while (weir_thrift_next(&b.thrift, &field)) {
            weir_thrift_skip(&b.thrift, field.type);
        }
        bool whole = !b.thrift.failed && weir_window_left(&b.window) == 0;
        assert_true(slice == 0 || whole == right);
        assert_true(whole || !b.thrift.failed || b.error.status == WEIR_E_CORRUPT);
        right = whole;
        bench_close(&b);
    }
    mp_free(&bytes);
    return right;
}

static void every_type_of_field_is_skipped_to_its_end(void **state) {
    (void)state;
    assert_true(skips(1, "", 0));
    assert_true(skips(2, "", 0));
    assert_true(skips(3, "\xff", 1));
    assert_true(skips(4, "\x80\x01", 2));
    assert_true(skips(5, "\xff\xff\xff\xff\x0f", 5));
    assert_true(skips(6, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10));
    assert_true(skips(7, "12345678", 8));
    assert_true(skips(8, "\3abc", 4));
    assert_true(skips(9, "\x31\1\2\1", 4));         /* three booleans: a byte each */
    assert_true(skips(9, "\x25\1\2", 3));           /* two numbers */
    assert_true(skips(9, "\x28\1a\2bc", 6));        /* two texts */
    assert_true(skips(10, "\xf3\x02\1\2", 4));      /* a set, its count as a varint */
    assert_true(skips(9, "\x29\x15\7\x05", 4));     /* lists in a list */
    assert_true(skips(9, "\x00", 1));               /* nothing of no type */
    assert_true(skips(11, "\0", 1));                /* an empty map has no types */
    assert_true(skips(11, "\2\x85\1a\1\1b\2", 8));  /* text -> number */
    assert_true(skips(11, "\1\x1c\1\0", 4));        /* boolean -> struct */
    assert_true(skips(12, "\x15\2\x2c\0\0", 5));    /* a struct in a struct */
    assert_true(skips(13, "0123456789abcdef", 16)); /* uuid */
}

static void malformed_fields_are_not_skipped(void **state) {
    (void)state;
    assert_false(skips(0x0e, "", 0)); /* no such type */
    assert_false(skips(0x0f, "", 0));
    assert_false(skips(6, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10)); /* 65 bits */
    assert_false(skips(6, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", 11));
    assert_false(skips(8,
                       "\x7f"
                       "abc",
                       4)); /* longer than what is left */
    assert_false(skips(8, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10));
    assert_false(skips(9, "\xf1\xff\xff\xff\xff\x0f", 6));
    assert_false(skips(9, "\xfc\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
    assert_false(skips(9, "\x20", 1)); /* elements of no type */
    assert_false(skips(11, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x55", 11));
    assert_false(skips(11, "\2\x0f\1", 3));
    assert_false(skips(12, "\x15\2", 2)); /* no end */
    assert_false(skips(12, "\x10", 1));   /* an end with an id */
    assert_false(skips(13, "0123", 4));
    assert_false(skips(7, "1234", 4));
}

static void nesting_is_bounded(void **state) {
    (void)state;
    for (uint32_t depth = 50; depth < 80; depth++) {
        struct mp_bytes structs = {0};
        struct mp_bytes lists = {0};
        for (uint32_t i = 0; i + 1 < depth; i++) {
            mp_byte(&structs, 0x1c);
            mp_byte(&lists, 0x19);
        }
        mp_byte(&lists, 0x13);
        mp_byte(&lists, 1);
        for (uint32_t i = 0; i < depth; i++) {
            mp_stop(&structs);
        }
        bool structs_pass = skips(12, structs.data, structs.count);
        bool lists_pass = skips(9, lists.data, lists.count);
        assert_true(depth < 62 ? structs_pass && lists_pass : depth > 64 ? !structs_pass : true);
        assert_true(depth <= 64 || !lists_pass);
        mp_free(&structs);
        mp_free(&lists);
    }
}

static void depth_bombs_are_cheap(void **state) {
    size_t bytes = 1u << 20;
    uint8_t *bomb = malloc(bytes);
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        static const uint8_t fill[] = {0x19, 0x1c, 0xfc, 0x1b};
        memset(bomb, fill[kind], bytes);
        clock_t begun = clock();
        assert_false(skips(kind == 1 ? 12 : 9, bomb, bytes));
        assert_true(clock() - begun < CLOCKS_PER_SEC);
    }
    free(bomb);
}

static void numbers_are_read_whole_or_not_at_all(void **state) {
    static const int64_t values[] = {0,
                                     1,
                                     -1,
                                     63,
                                     64,
                                     INT16_MAX,
                                     INT16_MIN,
                                     INT16_MAX + 1,
                                     INT16_MIN - 1,
                                     INT32_MAX,
                                     INT32_MIN,
                                     INT64_MAX,
                                     INT64_MIN,
                                     (int64_t)INT32_MAX + 1,
                                     (int64_t)INT32_MIN - 1};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct mp_bytes bytes = {0};
        struct bench b;
        mp_zigzag(&bytes, values[i]);
        bool fits = values[i] >= INT32_MIN && values[i] <= INT32_MAX;
        bench_open(&b, bytes.data, bytes.count, 1);
        assert_int_equal(weir_thrift_i64(&b.thrift, 6), values[i]);
        assert_false(b.thrift.failed);
        bench_close(&b);
        bench_open(&b, bytes.data, bytes.count, 1);
        assert_int_equal(weir_thrift_i32(&b.thrift, 5), fits ? values[i] : 0);
        assert_int_equal(b.thrift.failed, !fits);
        bench_close(&b);
        fits = values[i] >= INT16_MIN && values[i] <= INT16_MAX;
        bench_open(&b, bytes.data, bytes.count, 1);
        assert_int_equal(weir_thrift_i16(&b.thrift, 4), fits ? values[i] : 0);
        assert_int_equal(b.thrift.failed, !fits);
        bench_close(&b);
        for (size_t cut = 0; cut < bytes.count; cut++) {
            bench_open(&b, bytes.data, cut, 1);
            assert_int_equal(weir_thrift_i64(&b.thrift, 6), 0);
            assert_corrupt(&b);
            bench_close(&b);
        }
        mp_free(&bytes);
    }
}

static void field_ids_go_by_steps_or_outright(void **state) {
    static const int ids[] = {1, 2, 17, 16, 300, -5, 32767, -32768};
    struct mp_bytes bytes = {0};
    struct bench b;
    struct weir_thrift_field field;
    int last = 0;
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        mp_i32(&bytes, &last, ids[i], (int64_t)i);
    }
    mp_stop(&bytes);
    bench_open(&b, bytes.data, bytes.count, 1);
    weir_thrift_enter(&b.thrift);
    for (size_t i = 0; i < 8; i++) {
        assert_true(weir_thrift_next(&b.thrift, &field));
        assert_int_equal(field.id, ids[i]);
        assert_int_equal(weir_thrift_i32(&b.thrift, field.type), i);
    }
    assert_false(weir_thrift_next(&b.thrift, &field));
    assert_false(b.thrift.failed);
    bench_close(&b);
    mp_free(&bytes);
    static const int64_t wild[] = {32768, -32769, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < 4; i++) {
        mp_byte(&bytes, 5);
        mp_zigzag(&bytes, wild[i]);
        bench_open(&b, bytes.data, bytes.count, 0);
        weir_thrift_enter(&b.thrift);
        assert_false(weir_thrift_next(&b.thrift, &field));
        assert_corrupt(&b);
        bench_close(&b);
        mp_free(&bytes);
    }
    /* A step beyond the last id. */
    mp_byte(&bytes, 1);
    mp_zigzag(&bytes, 32767);
    mp_byte(&bytes, 0x11);
    bench_open(&b, bytes.data, bytes.count, 0);
    weir_thrift_enter(&b.thrift);
    assert_true(weir_thrift_next(&b.thrift, &field));
    assert_false(weir_thrift_next(&b.thrift, &field));
    assert_corrupt(&b);
    bench_close(&b);
    mp_free(&bytes);
}

static void a_wrong_type_is_refused(void **state) {
    (void)state;
    for (uint32_t type = 0; type < 16; type++) {
        struct bench b;
        for (int call = 0; call < 8; call++) {
            bool right = false;
            bench_open(&b, "\2abcdefgh", 9, 0);
            switch (call) {
            case 0: (void)weir_thrift_i32(&b.thrift, type), right = type == 5; break;
            case 1: (void)weir_thrift_i64(&b.thrift, type), right = type == 6; break;
            case 2: (void)weir_thrift_i8(&b.thrift, type), right = type == 3; break;
            case 3: (void)weir_thrift_bool(&b.thrift, type), right = type == 1 || type == 2; break;
            case 4: (void)weir_thrift_binary(&b.thrift, type), right = type == 8; break;
            case 5: (void)weir_thrift_list(&b.thrift, type), right = type == 9; break;
            case 6: (void)weir_thrift_i16(&b.thrift, type), right = type == 4; break;
            default: (void)weir_thrift_struct(&b.thrift, type), right = type == 12; break;
            }
            assert_int_equal(b.thrift.failed, !right);
            bench_close(&b);
        }
    }
}

static void the_first_error_sticks(void **state) {
    struct bench b;
    struct weir_thrift_field field;
    (void)state;
    bench_open(&b, "\x15\2\x15\4\0", 5, 0);
    weir_thrift_enter(&b.thrift);
    weir_thrift_corrupt(&b.thrift, "first");
    weir_thrift_corrupt(&b.thrift, "second");
    assert_string_equal(b.error.message, "first");
    assert_false(weir_thrift_next(&b.thrift, &field));
    assert_int_equal(weir_thrift_i64(&b.thrift, 6), 0);
    assert_int_equal(weir_thrift_list(&b.thrift, 9).count, 0);
    assert_int_equal(weir_thrift_binary(&b.thrift, 8), 0);
    assert_false(weir_thrift_bool(&b.thrift, 1));
    weir_thrift_skip(&b.thrift, 12);
    assert_string_equal(b.error.message, "first");
    bench_close(&b);
}

static void a_failing_source_is_not_called_corrupt(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, "\x80\x80\x01", 3, 1);
    b.input.fail_from = 2;
    b.input.fail_result = -5;
    assert_int_equal(weir_thrift_i64(&b.thrift, 6), 0);
    assert_true(b.thrift.failed);
    assert_int_equal(b.error.status, WEIR_E_IO);
    assert_int_equal(b.error.got, 5);
    bench_close(&b);
}

static void noise_ends(void **state) {
    (void)state;
    mp_seed("thrift noise");
    for (int round = 0; round < 3000; round++) {
        uint8_t noise[300];
        size_t n = 1 + mp_below(sizeof noise);
        for (size_t i = 0; i < n; i++) {
            static const uint8_t likely[] = {0x19, 0x1c, 0x15, 0, 0x29, 0x1b, 0x18, 1};
            noise[i] = mp_below(3) == 0 ? (uint8_t)mp_random() : likely[mp_below(8)];
        }
        (void)skips(1 + mp_below(13), noise, n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_field_is_skipped_to_its_end),
        cmocka_unit_test(malformed_fields_are_not_skipped),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(depth_bombs_are_cheap),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(field_ids_go_by_steps_or_outright),
        cmocka_unit_test(a_wrong_type_is_refused),
        cmocka_unit_test(the_first_error_sticks),
        cmocka_unit_test(a_failing_source_is_not_called_corrupt),
        cmocka_unit_test(noise_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
