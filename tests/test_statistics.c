/* What footers and page headers state: read as written, and bounds as the values they stand for. */
#include "make_parquet.h"

#include "parquet/statistics.h"

__extension__ typedef __int128 wide_int;
__extension__ typedef unsigned __int128 wide_bits;

/* A thrift reader over bytes, which arrive in slices. */
struct bench {
    struct mp_bytes bytes;
    struct mp_source input;
    struct weir_source source;
    struct weir_window window;
    struct weir_thrift thrift;
    struct weir_error error;
    uint8_t buffer[256];
};

static void bench_open(struct bench *bench, size_t slice) {
    bench->input =
        (struct mp_source){.data = bench->bytes.data, .bytes = bench->bytes.count, .slice = slice};
    bench->source = mp_source_of(&bench->input);
    weir_error_clear(&bench->error);
    weir_window_init(&bench->window, bench->buffer, sizeof bench->buffer, &bench->error);
    weir_window_seek(&bench->window, &bench->source, 0, bench->bytes.count);
    weir_thrift_init(&bench->thrift, &bench->window, &bench->error);
}

static void put_bool(struct mp_bytes *to, int *last, int id, bool value) {
    mp_field(to, last, id, value ? 1 : 2);
}

/* A Statistics struct of known content, fields beyond the known ones included. */
static void put_statistics(struct mp_bytes *to, const char *text, size_t bytes) {
    int last = 0;
    mp_binary(to, &last, 1, "old max", 7);
    mp_binary(to, &last, 2, "", 0);
    mp_i64(to, &last, 3, 12345678901);
    mp_i64(to, &last, 4, -1);
    mp_binary(to, &last, 5, text, bytes);
    mp_binary(to, &last, 6, "min", 3);
    put_bool(to, &last, 7, false);
    put_bool(to, &last, 8, true);
    mp_i64(to, &last, 9, 3);
    mp_binary(to, &last, 40, "later", 5);
    mp_stop(to);
}

static void assert_statistics(const struct weir_statistics *s, const char *text, size_t bytes) {
    size_t kept = bytes < WEIR_PREFIX_BYTES ? bytes : WEIR_PREFIX_BYTES;
    assert_true(s->present);
    assert_true(s->null_count.present && s->null_count.value == 12345678901);
    assert_true(s->distinct_count.present && s->distinct_count.value == -1);
    assert_true(s->nan_count.present && s->nan_count.value == 3);
    assert_true(s->max_old.present && s->max_old.length == 7);
    assert_memory_equal(s->max_old.bytes, "old max", 7);
    assert_true(s->min_old.present && s->min_old.length == 0);
    assert_int_equal(s->max_old.exact, WEIR_EXACT_UNKNOWN);
    assert_true(s->max_value.present && s->max_value.length == bytes);
    assert_memory_equal(s->max_value.bytes, text, kept);
    assert_int_equal(s->max_value.exact, WEIR_EXACT_NO);
    assert_int_equal(s->min_value.exact, WEIR_EXACT_YES);
    assert_memory_equal(s->min_value.bytes, "min", 3);
}

static void statistics_are_read_as_written(void **state) {
    static char text[1000];
    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)('a' + i % 26);
    }
    for (size_t bytes = 0; bytes < sizeof text; bytes = bytes * 2 + 1) {
        for (size_t slice = 1; slice < 700; slice = slice * 3) {
            struct bench bench = {.bytes = {0}};
            struct weir_statistics statistics;
            put_statistics(&bench.bytes, text, bytes);
            mp_text(&bench.bytes, "behind");
            bench_open(&bench, slice);
            weir_statistics_read(&bench.thrift, WEIR_THRIFT_STRUCT, &statistics);
            assert_false(bench.thrift.failed);
            assert_statistics(&statistics, text, bytes);
            assert_int_equal(weir_window_left(&bench.window), 6);
            bench_open(&bench, slice);
            struct weir_stated nulls = weir_statistics_null_count(&bench.thrift, 12, NULL);
            assert_true(nulls.present && nulls.value == 12345678901);
            assert_int_equal(weir_window_left(&bench.window), 6);
            mp_free(&bench.bytes);
        }
    }
}

static void cut_or_mistyped_statistics_fail(void **state) {
    struct bench bench = {.bytes = {0}};
    struct weir_statistics statistics;
    (void)state;
    put_statistics(&bench.bytes, "text", 4);
    size_t whole = bench.bytes.count;
    for (size_t cut = 0; cut < whole; cut++) {
        bench.bytes.count = cut;
        bench_open(&bench, 0);
        weir_statistics_read(&bench.thrift, WEIR_THRIFT_STRUCT, &statistics);
        assert_true(bench.thrift.failed);
        assert_int_equal(bench.error.status, WEIR_E_CORRUPT);
    }
    bench.bytes.count = whole;
    bench_open(&bench, 0);
    weir_statistics_read(&bench.thrift, WEIR_THRIFT_LIST, &statistics);
    assert_int_equal(bench.error.status, WEIR_E_CORRUPT);
    assert_false(statistics.present);
    mp_free(&bench.bytes);
}

static void page_headers_give_their_statistics(void **state) {
    static const int kinds[] = {5, 8};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bench bench = {.bytes = {0}};
        struct weir_statistics statistics;
        struct mp_bytes *to = &bench.bytes;
        int last = 0;
        int inner = 0;
        mp_i32(to, &last, 1, kinds[i] == 5 ? 0 : 3);
        mp_i32(to, &last, 2, 10);
        mp_i32(to, &last, 3, 10);
        mp_field(to, &last, kinds[i], 12);
        mp_i32(to, &inner, 1, 7);
        mp_field(to, &inner, kinds[i] == 5 ? 5 : 8, 12);
        put_statistics(to, "text", 4);
        mp_stop(to);
        mp_stop(to);
        mp_text(to, "body");
        bench_open(&bench, 3);
        assert_int_equal(weir_page_statistics_read(&bench.window, &statistics, &bench.error), 0);
        assert_statistics(&statistics, "text", 4);
        assert_int_equal(weir_window_left(&bench.window), 4);
        mp_free(to);
    }
}

/* --- Bounds as values. ----------------------------------------------------------------------- */

static struct weir_bound bound_of(const void *bytes, size_t count) {
    struct weir_bound bound;
    memset(&bound, 0, sizeof bound);
    bound.present = true;
    bound.length = count;
    memcpy(bound.bytes, bytes, count < sizeof bound.bytes ? count : sizeof bound.bytes);
    return bound;
}

static struct weir_type type_of(enum weir_physical physical, enum weir_logical logical) {
    struct weir_type type;
    memset(&type, 0, sizeof type);
    type.physical = physical;
    type.logical = logical;
    type.length_bytes = physical == WEIR_FIXED_LEN_BYTE_ARRAY ? 16 : 0;
    return type;
}

static void numbers_are_the_stored_ones(void **state) {
    (void)state;
    mp_seed("test_statistics");
    struct weir_type type;
    for (int i = 0; i < 2000; i++) {
        uint64_t bits = mp_random();
        uint32_t half = (uint32_t)bits;
        double wide;
        float narrow;
        struct weir_bound eight = bound_of(&bits, 8);
        struct weir_bound four = bound_of(&half, 4);
        memcpy(&wide, &bits, 8);
        memcpy(&narrow, &half, 4);
        type = type_of(WEIR_INT64, WEIR_LOGICAL_NONE);
        assert_true(weir_bound_value(&eight, &type, WEIR_KIND_I64).i64 == (int64_t)bits);
        assert_true(weir_bound_value(&eight, &type, WEIR_KIND_U64).u64 == bits);
        assert_false(weir_bound_value(&four, &type, WEIR_KIND_I64).present);
        type = type_of(WEIR_INT32, WEIR_LOGICAL_NONE);
        assert_true(weir_bound_value(&four, &type, WEIR_KIND_I32).i64 == (int32_t)half);
        assert_true(weir_bound_value(&four, &type, WEIR_KIND_U32).u64 == half);
        assert_false(weir_bound_value(&eight, &type, WEIR_KIND_I32).present);
        type = type_of(WEIR_DOUBLE, WEIR_LOGICAL_NONE);
        struct weir_value value = weir_bound_value(&eight, &type, WEIR_KIND_F64);
        assert_true(value.present && (value.f64 == wide || wide != wide));
        type = type_of(WEIR_FLOAT, WEIR_LOGICAL_NONE);
        value = weir_bound_value(&four, &type, WEIR_KIND_F32);
        assert_true(value.present && (value.f64 == (double)narrow || narrow != narrow));
        bits &= 1;
        struct weir_bound one = bound_of(&bits, 1);
        type = type_of(WEIR_BOOLEAN, WEIR_LOGICAL_NONE);
        assert_true(weir_bound_value(&one, &type, WEIR_KIND_BOOL).i64 == (int64_t)bits);
    }
}

/* Every half, from its definition. */
static void halves_are_the_numbers_they_stand_for(void **state) {
    struct weir_type type = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_FLOAT16);
    (void)state;
    type.length_bytes = 2;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        uint16_t half = (uint16_t)bits;
        struct weir_bound bound = bound_of(&half, 2);
        struct weir_value value = weir_bound_value(&bound, &type, WEIR_KIND_F32);
        int exponent = (int)(bits >> 10 & 31);
        double fraction = bits & 1023;
        double wanted = exponent == 0    ? ldexp(fraction, -24)
                        : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                         : ldexp(1024 + fraction, exponent - 25);
        wanted = bits >= 32768 ? -wanted : wanted;
        assert_true(value.present);
        assert_true(value.f64 == wanted || (wanted != wanted && value.f64 != value.f64));
        assert_int_equal(signbit(value.f64) != 0, bits >= 32768);
    }
}

static void int96_counts_nanoseconds(void **state) {
    static const struct {
        int64_t nanoseconds;
        int32_t day;
        int64_t wanted;
    } cases[] = {{0, 2440588, 0},
                 {1, 2440588, 1},
                 {0, 2440589, INT64_C(86400000000000)},
                 {86399999999999, 2440587, -1},
                 {3600000000000, 2440578, INT64_C(-860400000000000)}};
    struct weir_type type = type_of(WEIR_INT96, WEIR_LOGICAL_NONE);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[12];
        memcpy(bytes, &cases[i].nanoseconds, 8);
        memcpy(bytes + 8, &cases[i].day, 4);
        struct weir_bound bound = bound_of(bytes, 12);
        struct weir_value value = weir_bound_value(&bound, &type, WEIR_KIND_I128);
        assert_true(value.present);
        assert_true(value.i128.low == (uint64_t)cases[i].wanted);
        assert_true(value.i128.high == (cases[i].wanted < 0 ? -1 : 0));
    }
    /* 290000-12-31: beyond 64 bits. */
    uint8_t late[12] = {0};
    int32_t day = 107640573;
    memcpy(late + 8, &day, 4);
    struct weir_bound bound = bound_of(late, 12);
    struct weir_value value = weir_bound_value(&bound, &type, WEIR_KIND_I128);
    wide_int wanted = (wide_int)(day - 2440588) * INT64_C(86400000000000);
    assert_true(value.i128.low == (uint64_t)wanted && value.i128.high == (int64_t)(wanted >> 64));
}

/* Big-endian bytes of a number, with `more` bytes of sign in front. */
static struct weir_bound big_endian(wide_int number, size_t bytes) {
    uint8_t stored[64];
    for (size_t i = 0; i < bytes; i++) {
        size_t shift = 8 * (bytes - 1 - i);
        stored[i] = shift >= 128 ? (uint8_t)(number < 0 ? 0xff : 0) : (uint8_t)(number >> shift);
    }
    return bound_of(stored, bytes);
}

static void decimals_are_whole_numbers(void **state) {
    struct weir_type type = type_of(WEIR_BYTE_ARRAY, WEIR_LOGICAL_DECIMAL);
    (void)state;
    for (int i = 0; i < 5000; i++) {
        uint32_t bits = 1 + mp_below(126);
        wide_int number = (wide_int)((wide_bits)mp_random() << 64 | mp_random());
        number >>= 127 - bits;
        size_t least = bits / 8 + 1;
        struct weir_bound bound = big_endian(number, least + mp_below((uint32_t)(65 - least)));
        struct weir_value value = weir_bound_value(&bound, &type, WEIR_KIND_I128);
        assert_true(value.present);
        assert_true(value.i128.low == (uint64_t)number);
        assert_true(value.i128.high == (int64_t)(number >> 64));
        value = weir_bound_value(&bound, &type, WEIR_KIND_I64);
        assert_int_equal(value.present, number == (int64_t)number);
        assert_true(!value.present || value.i64 == (int64_t)number);
        value = weir_bound_value(&bound, &type, WEIR_KIND_F64);
        assert_true(value.present && value.f64 == (double)number);
    }
    struct weir_bound empty = bound_of("", 0);
    assert_false(weir_bound_value(&empty, &type, WEIR_KIND_I128).present);
    uint8_t wide[17] = {1}; /* 2^128 */
    struct weir_bound bound = bound_of(wide, 17);
    assert_false(weir_bound_value(&bound, &type, WEIR_KIND_I128).present);
    assert_true(weir_bound_value(&bound, &type, WEIR_KIND_F64).f64 == 0x1p128);
}

static void texts_are_cut(void **state) {
    char text[100];
    struct weir_type type = type_of(WEIR_BYTE_ARRAY, WEIR_LOGICAL_STRING);
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t bytes = 0; bytes <= sizeof text; bytes++) {
        struct weir_bound bound = bound_of(text, bytes);
        struct weir_value value = weir_bound_value(&bound, &type, WEIR_KIND_BYTES);
        assert_true(value.present);
        assert_int_equal(value.cut, bytes > WEIR_PREFIX_BYTES);
        assert_int_equal(value.bytes_count, bytes < WEIR_PREFIX_BYTES ? bytes : WEIR_PREFIX_BYTES);
    }
    struct weir_bound seventeen = bound_of(text, 17);
    type = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE); /* of 16 bytes */
    assert_false(weir_bound_value(&seventeen, &type, WEIR_KIND_BYTES).present);
}

static void orders_suit_their_types(void **state) {
    struct weir_type whole = type_of(WEIR_INT32, WEIR_LOGICAL_NONE);
    struct weir_type number = type_of(WEIR_DOUBLE, WEIR_LOGICAL_NONE);
    struct weir_type half = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_FLOAT16);
    struct weir_type stamp = type_of(WEIR_INT96, WEIR_LOGICAL_NONE);
    struct weir_type span = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_INTERVAL);
    struct weir_type later = type_of(WEIR_INT32, WEIR_LOGICAL_OTHER);
    struct weir_type text = type_of(WEIR_BYTE_ARRAY, WEIR_LOGICAL_STRING);
    struct weir_type amount = type_of(WEIR_BYTE_ARRAY, WEIR_LOGICAL_DECIMAL);
    (void)state;
    assert_true(weir_order_known(WEIR_ORDER_TYPE, &whole));
    assert_false(weir_order_known(WEIR_ORDER_NONE, &whole));
    assert_false(weir_order_known(WEIR_ORDER_OTHER, &whole));
    assert_false(weir_order_known(WEIR_ORDER_IEEE754, &whole));
    assert_true(weir_order_known(WEIR_ORDER_IEEE754, &number));
    assert_true(weir_order_known(WEIR_ORDER_IEEE754, &half));
    assert_true(weir_order_known(WEIR_ORDER_TYPE, &half));
    assert_false(weir_order_known(WEIR_ORDER_TYPE, &stamp));
    assert_true(weir_order_known(WEIR_ORDER_INT96, &stamp));
    assert_false(weir_order_known(WEIR_ORDER_INT96, &whole));
    assert_false(weir_order_known(WEIR_ORDER_TYPE, &span));
    assert_false(weir_order_known(WEIR_ORDER_TYPE, &later));
    assert_true(weir_order_is_signed(&whole) && weir_order_is_signed(&number));
    assert_false(weir_order_is_signed(&later) || weir_order_is_signed(&text));
    whole.is_unsigned = true;
    assert_false(weir_order_is_signed(&whole));
    assert_true(weir_bounds_may_be_cut(&text));
    assert_false(weir_bounds_may_be_cut(&amount) || weir_bounds_may_be_cut(&half) ||
                 weir_bounds_may_be_cut(&number));
}

/* --- Column orders, behind the row groups. --------------------------------------------------- */

static void orders_are_found_behind_the_row_groups(void **state) {
    (void)state;
    for (uint32_t orders = 0; orders < 40; orders += 13) {
        struct mp_file *file = mp_begin();
        struct mp_bytes footer = {0};
        mp_column(file, "a", 2, 0);
        for (int g = 0; g < 3; g++) {
            int64_t values[2] = {1, 2};
            mp_group_begin(file);
            mp_add_i64(file, values, NULL, 2);
            mp_group_end(file, 2);
        }
        mp_footer(&footer, file);
        footer.count--; /* its end */
        int last = 6;
        mp_list(&footer, &last, 7, 12, orders);
        for (uint32_t i = 0; i < orders; i++) {
            int inner = 0;
            mp_field(&footer, &inner, (int)(i % 5) + 1, 12);
            mp_stop(&footer);
            mp_stop(&footer);
        }
        mp_stop(&footer);
        mp_close(&file->bytes, &footer);
        struct mp_source input = {.data = file->bytes.data, .bytes = file->bytes.count, .slice = 7};
        struct weir_source source = mp_source_of(&input);
        static struct weir_footer walk;
        static uint8_t window[WEIR_FOOTER_WINDOW_BYTES];
        struct weir_error error;
        uint32_t count = 99;
        weir_error_clear(&error);
        assert_int_equal(weir_footer_open(&walk, &source, window, &error), WEIR_OK);
        assert_int_equal(weir_footer_seek_orders(&walk, &count), WEIR_OK);
        assert_int_equal(count, orders);
        assert_int_equal(walk.rows, 6);
        assert_string_equal(walk.created_by, "tests");
        for (uint32_t i = 0; i < orders; i++) {
            uint32_t wanted = i % 5 < 3 ? i % 5 + 1 : WEIR_ORDER_OTHER;
            assert_int_equal(weir_footer_order(&walk), wanted);
        }
        for (int i = 0; i < 3; i++) { /* behind them: the footer's end, then nothing */
            assert_int_equal(weir_footer_order(&walk), WEIR_ORDER_NONE);
        }
        assert_int_equal(error.status, WEIR_E_CORRUPT);
        mp_free(&footer);
        mp_drop(file);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_read_as_written),
        cmocka_unit_test(cut_or_mistyped_statistics_fail),
        cmocka_unit_test(page_headers_give_their_statistics),
        cmocka_unit_test(numbers_are_the_stored_ones),
        cmocka_unit_test(halves_are_the_numbers_they_stand_for),
        cmocka_unit_test(int96_counts_nanoseconds),
        cmocka_unit_test(decimals_are_whole_numbers),
        cmocka_unit_test(texts_are_cut),
        cmocka_unit_test(orders_suit_their_types),
        cmocka_unit_test(orders_are_found_behind_the_row_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
