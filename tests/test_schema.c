/* Schema elements: annotations that suit their physical type are believed, others are dropped. */
#include "make_parquet.h"

#include "parquet/schema.h"

/* Reads one element from bytes, through a small window. */
static enum weir_status read_element(const struct mp_bytes *bytes, size_t slice, uint32_t room,
                                     struct weir_element *element, char *name,
                                     uint32_t *name_bytes) {
    struct mp_source input = {.data = bytes->data, .bytes = bytes->count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_window window;
    struct weir_error error;
    struct weir_thrift thrift;
    void *buffer = mp_guarded(4160);
    weir_error_clear(&error);
    weir_window_init(&window, buffer, 4160, &error);
    weir_window_seek(&window, &source, 0, bytes->count);
    weir_thrift_init(&thrift, &window, &error);
    weir_element_read(&thrift, element, name, room, name_bytes);
    assert_int_equal(thrift.failed, error.status != WEIR_OK);
    assert_true(thrift.failed || weir_window_left(&window) == 0);
    mp_unguard(buffer, 4160);
    return error.status;
}

/* The logical union around an inner struct; field 0 means that there is none. */
static void put_logical(struct mp_bytes *to, int *last, int field, const struct mp_bytes *inner) {
    int in_union = 0;
    mp_field(to, last, 10, 12);
    if (field != 0) {
        mp_field(to, &in_union, field, 12);
        mp_put(to, inner->data, inner->count);
        mp_stop(to);
    }
    mp_stop(to);
}

struct wanted {
    int64_t physical;
    int64_t length;
    int64_t converted;
    int64_t scale;
    int64_t precision;
    enum weir_logical logical;
    enum weir_kind kind;
};

static struct weir_type type_from(int64_t physical, int64_t length, int64_t converted,
                                  int64_t scale, int64_t precision, int field,
                                  const struct mp_bytes *inner) {
    struct mp_bytes bytes = {0};
    struct weir_element element;
    char name[8];
    uint32_t name_bytes = 0;
    int last = 0;
    mp_i32(&bytes, &last, 1, physical);
    mp_i32(&bytes, &last, 2, length);
    mp_i32(&bytes, &last, 3, 0);
    mp_binary(&bytes, &last, 4, "n", 1);
    if (converted != MP_AUTO) {
        mp_i32(&bytes, &last, 6, converted);
    }
    mp_i32(&bytes, &last, 7, scale);
    mp_i32(&bytes, &last, 8, precision);
    mp_i32(&bytes, &last, 9, 5); /* a field id: skipped */
    if (field >= 0) {
        put_logical(&bytes, &last, field, inner);
    }
    mp_stop(&bytes);
    assert_int_equal(read_element(&bytes, 3, sizeof name, &element, name, &name_bytes), WEIR_OK);
    assert_int_equal(name_bytes, 1);
    mp_free(&bytes);
    return weir_element_type(&element);
}

static void converted_types_are_folded_in(void **state) {
    static const struct wanted cases[] = {
        {6, 0, 0, 0, 0, WEIR_LOGICAL_STRING, WEIR_KIND_BYTES},
        {1, 0, 0, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I32}, /* text in integers */
        {6, 0, 4, 0, 0, WEIR_LOGICAL_ENUM, WEIR_KIND_BYTES},
        {1, 0, 5, 2, 9, WEIR_LOGICAL_DECIMAL, WEIR_KIND_I32},
        {1, 0, 5, 2, 10, WEIR_LOGICAL_NONE, WEIR_KIND_I32}, /* ten digits in 32 bits */
        {2, 0, 5, 18, 18, WEIR_LOGICAL_DECIMAL, WEIR_KIND_I64},
        {2, 0, 5, 19, 18, WEIR_LOGICAL_NONE, WEIR_KIND_I64},
        {2, 0, 5, -1, 18, WEIR_LOGICAL_NONE, WEIR_KIND_I64},
        {2, 0, 5, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I64},
        {0, 0, 5, 0, 1, WEIR_LOGICAL_NONE, WEIR_KIND_BOOL},
        {5, 0, 5, 0, 1, WEIR_LOGICAL_NONE, WEIR_KIND_F64},
        {7, 16, 5, 10, 38, WEIR_LOGICAL_DECIMAL, WEIR_KIND_I128},
        {6, 0, 5, 10, 38, WEIR_LOGICAL_DECIMAL, WEIR_KIND_I128},
        {1, 0, 6, 0, 0, WEIR_LOGICAL_DATE, WEIR_KIND_I32},
        {2, 0, 6, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I64},
        {1, 0, 7, 0, 0, WEIR_LOGICAL_TIME, WEIR_KIND_I32},
        {2, 0, 7, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I64},
        {2, 0, 8, 0, 0, WEIR_LOGICAL_TIME, WEIR_KIND_I64},
        {2, 0, 9, 0, 0, WEIR_LOGICAL_TIMESTAMP, WEIR_KIND_I64},
        {1, 0, 10, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I32},
        {1, 0, 11, 0, 0, WEIR_LOGICAL_INTEGER, WEIR_KIND_U32},
        {1, 0, 13, 0, 0, WEIR_LOGICAL_INTEGER, WEIR_KIND_U32},
        {2, 0, 14, 0, 0, WEIR_LOGICAL_INTEGER, WEIR_KIND_U64},
        {1, 0, 14, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I32}, /* UINT_64 in 32 bits */
        {1, 0, 15, 0, 0, WEIR_LOGICAL_INTEGER, WEIR_KIND_I32},
        {2, 0, 18, 0, 0, WEIR_LOGICAL_INTEGER, WEIR_KIND_I64},
        {2, 0, 17, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_I64},
        {6, 0, 19, 0, 0, WEIR_LOGICAL_JSON, WEIR_KIND_BYTES},
        {6, 0, 20, 0, 0, WEIR_LOGICAL_BSON, WEIR_KIND_BYTES},
        {7, 12, 21, 0, 0, WEIR_LOGICAL_INTERVAL, WEIR_KIND_BYTES},
        {7, 11, 21, 0, 0, WEIR_LOGICAL_NONE, WEIR_KIND_BYTES},
        {4, 0, 22, 0, 0, WEIR_LOGICAL_OTHER, WEIR_KIND_F32}, /* not listed yet */
        {5, 0, -7, 0, 0, WEIR_LOGICAL_OTHER, WEIR_KIND_F64},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct wanted *c = &cases[i];
        struct weir_type type =
            type_from(c->physical, c->length, c->converted, c->scale, c->precision, -1, NULL);
        assert_int_equal(type.physical, c->physical);
        assert_int_equal(type.logical, c->logical);
        assert_int_equal(weir_type_kind(&type), c->kind);
        assert_int_equal(type.is_unsigned, c->kind == WEIR_KIND_U32 || c->kind == WEIR_KIND_U64);
        if (c->logical == WEIR_LOGICAL_DECIMAL) {
            assert_int_equal(type.scale, c->scale);
            assert_int_equal(type.precision, c->precision);
        } else {
            assert_int_equal(type.scale, 0);
            assert_int_equal(type.precision, 0);
        }
    }
    assert_int_equal(type_from(1, 0, 7, 0, 0, -1, NULL).unit, WEIR_UNIT_MILLIS);
    assert_int_equal(type_from(2, 0, 8, 0, 0, -1, NULL).unit, WEIR_UNIT_MICROS);
    assert_int_equal(type_from(2, 0, 9, 0, 0, -1, NULL).unit, WEIR_UNIT_MILLIS);
    assert_int_equal(type_from(2, 0, 10, 0, 0, -1, NULL).unit, WEIR_UNIT_MICROS);
    for (int64_t i = 0; i < 8; i++) {
        struct weir_type type = type_from(i % 4 == 3 ? 2 : 1, 0, 11 + i, 0, 0, -1, NULL);
        assert_int_equal(type.integer_bits, 8 << (i % 4));
        assert_int_equal(type.is_unsigned, i < 4);
    }
}

static void logical_types_win_over_converted_ones(void **state) {
    struct mp_bytes inner = {0};
    (void)state;
    static const int fields[] = {1, 4, 6, 12, 13, 14, 15, 11, 16, 99};
    static const int64_t physicals[] = {6, 6, 1, 6, 6, 7, 7, 1, 6, 6};
    static const int64_t lengths[] = {0, 0, 0, 0, 0, 16, 2, 0, 0, 0};
    static const enum weir_logical want[] = {
        WEIR_LOGICAL_STRING,  WEIR_LOGICAL_ENUM, WEIR_LOGICAL_DATE,    WEIR_LOGICAL_JSON,
        WEIR_LOGICAL_BSON,    WEIR_LOGICAL_UUID, WEIR_LOGICAL_FLOAT16, WEIR_LOGICAL_NULL,
        WEIR_LOGICAL_VARIANT, WEIR_LOGICAL_OTHER};
    for (size_t i = 0; i < 10; i++) {
        struct weir_type type = type_from(physicals[i], lengths[i], 19, 0, 0, fields[i], &inner);
        assert_int_equal(type.logical, want[i]);
    }
    /* An empty union leaves the converted type standing. */
    assert_int_equal(type_from(6, 0, 19, 0, 0, 0, &inner).logical, WEIR_LOGICAL_JSON);
    assert_int_equal(type_from(7, 15, 0, 0, 0, 14, &inner).logical, WEIR_LOGICAL_NONE);
    assert_int_equal(type_from(7, 4, 0, 0, 0, 15, &inner).logical, WEIR_LOGICAL_NONE);
}

static void parameters_of_logical_types_are_read(void **state) {
    (void)state;
    for (int unit = 0; unit <= 4; unit++) {
        for (int utc = 0; utc < 2; utc++) {
            struct mp_bytes inner = {0};
            int last = 0;
            int in_unit = 0;
            mp_field(&inner, &last, 1, utc != 0 ? 1 : 2);
            mp_field(&inner, &last, 2, 12);
            if (unit > 0) {
                mp_field(&inner, &in_unit, unit, 12);
                mp_stop(&inner);
            }
            mp_stop(&inner);
            struct weir_type type = type_from(2, 0, MP_AUTO, 0, 0, 8, &inner);
            bool known = unit >= 1 && unit <= 3;
            assert_int_equal(type.logical, known ? WEIR_LOGICAL_TIMESTAMP : WEIR_LOGICAL_NONE);
            assert_int_equal(type.unit, known ? unit : 0);
            assert_int_equal(type.adjusted_to_utc, known && utc != 0);
            type = type_from(unit == 1 ? 1 : 2, 0, MP_AUTO, 0, 0, 7, &inner);
            assert_int_equal(type.logical, known ? WEIR_LOGICAL_TIME : WEIR_LOGICAL_NONE);
            mp_free(&inner);
        }
    }
    static const int bits[] = {8, 16, 32, 64, 0, 7, -64, 128 - 1};
    for (size_t i = 0; i < 8; i++) {
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            struct mp_bytes inner = {0};
            int last = 0;
            mp_field(&inner, &last, 1, 3);
            mp_byte(&inner, (uint32_t)bits[i] & 0xff);
            mp_field(&inner, &last, 2, is_signed != 0 ? 1 : 2);
            struct weir_type type = type_from(i == 3 ? 2 : 1, 0, MP_AUTO, 0, 0, 10, &inner);
            assert_int_equal(type.logical, i < 4 ? WEIR_LOGICAL_INTEGER : WEIR_LOGICAL_NONE);
            assert_int_equal(type.is_unsigned, i < 4 && is_signed == 0);
            assert_int_equal(type.integer_bits, i < 4 ? bits[i] : 0);
            mp_free(&inner);
        }
    }
    struct mp_bytes inner = {0};
    int last = 0;
    mp_i32(&inner, &last, 1, 3);
    mp_i32(&inner, &last, 2, 12);
    mp_i32(&inner, &last, 3, 99);                                /* a later version's */
    struct weir_type type = type_from(2, 0, 5, 7, 8, 5, &inner); /* the element says otherwise */
    assert_int_equal(type.logical, WEIR_LOGICAL_DECIMAL);
    assert_int_equal(type.scale, 3);
    assert_int_equal(type.precision, 12);
    mp_free(&inner);
}

static struct weir_type bytes_decimal(int64_t physical, int64_t length, int64_t precision) {
    return type_from(physical, length, 5, 0, precision, -1, NULL);
}

static void kinds_follow_from_types(void **state) {
    (void)state;
    static const enum weir_kind plain[] = {WEIR_KIND_BOOL,  WEIR_KIND_I32,  WEIR_KIND_I64,
                                           WEIR_KIND_I128,  WEIR_KIND_F32,  WEIR_KIND_F64,
                                           WEIR_KIND_BYTES, WEIR_KIND_BYTES};
    for (int64_t physical = 0; physical < 8; physical++) {
        struct weir_type type = type_from(physical, 4, MP_AUTO, 0, 0, -1, NULL);
        assert_int_equal(weir_type_kind(&type), plain[physical]);
    }
    static const struct {
        int64_t precision;
        enum weir_kind kind;
    } decimals[] = {{1, WEIR_KIND_I64},   {18, WEIR_KIND_I64}, {19, WEIR_KIND_I128},
                    {38, WEIR_KIND_I128}, {39, WEIR_KIND_F64}, {76, WEIR_KIND_F64}};
    for (size_t i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
        struct weir_type fixed = bytes_decimal(7, 33, decimals[i].precision);
        struct weir_type free = bytes_decimal(6, 0, decimals[i].precision);
        assert_int_equal(weir_type_kind(&fixed), decimals[i].kind);
        assert_int_equal(weir_type_kind(&free), decimals[i].kind);
    }
    static const uint32_t widths[] = {0, 4, 4, 8, 8, 4, 8, 0, 16};
    for (uint32_t kind = 0; kind < 9; kind++) {
        assert_int_equal(weir_kind_width((enum weir_kind)kind), widths[kind]);
    }
}

__extension__ typedef unsigned __int128 wide;

/* As many digits as n bytes hold, by counting them. */
static void decimals_have_no_more_digits_than_their_bytes(void **state) {
    (void)state;
    for (int64_t length = 1; length <= 16; length++) {
        wide largest = ((wide)1 << (8 * length - 1)) - 1;
        int64_t digits = 0;
        for (wide nines = 9; nines <= largest; nines = 10 * nines + 9) {
            digits++;
        }
        struct weir_type most = bytes_decimal(7, length, digits);
        struct weir_type more = bytes_decimal(7, length, digits + 1);
        assert_int_equal(most.logical, WEIR_LOGICAL_DECIMAL);
        assert_int_equal(more.logical, WEIR_LOGICAL_NONE);
    }
}

static void equality_sees_every_field(void **state) {
    struct weir_type a = type_from(2, 0, 8, 0, 0, -1, NULL);
    struct weir_type b = a;
    (void)state;
    assert_true(weir_type_equal(&a, &b));
    b.physical = WEIR_INT32, assert_false(weir_type_equal(&a, &b)), b = a;
    b.logical = WEIR_LOGICAL_DATE, assert_false(weir_type_equal(&a, &b)), b = a;
    b.unit = WEIR_UNIT_NANOS, assert_false(weir_type_equal(&a, &b)), b = a;
    b.adjusted_to_utc = !a.adjusted_to_utc, assert_false(weir_type_equal(&a, &b)), b = a;
    b.is_unsigned = true, assert_false(weir_type_equal(&a, &b)), b = a;
    b.integer_bits = 8, assert_false(weir_type_equal(&a, &b)), b = a;
    b.precision = 1, assert_false(weir_type_equal(&a, &b)), b = a;
    b.scale = 1, assert_false(weir_type_equal(&a, &b)), b = a;
    b.length_bytes = 1, assert_false(weir_type_equal(&a, &b));
}

static void names_end_at_the_room_that_is_left(void **state) {
    char *name = mp_guarded(64);
    (void)state;
    for (uint32_t n = 60; n < 70; n++) {
        struct mp_bytes bytes = {0};
        struct weir_element element;
        uint32_t name_bytes = 99;
        int last = 0;
        char text[70];
        memset(text, 'x', sizeof text);
        mp_binary(&bytes, &last, 4, text, n);
        mp_stop(&bytes);
        enum weir_status status = read_element(&bytes, 1, 64, &element, name, &name_bytes);
        assert_int_equal(status, n <= 64 ? WEIR_OK : WEIR_E_CORRUPT);
        assert_int_equal(name_bytes, n <= 64 ? n : 0);
        assert_false(element.has_type);
        assert_int_equal(element.children, -1);
        mp_free(&bytes);
    }
}

static void fields_of_a_wrong_type_are_refused(void **state) {
    (void)state;
    static const int ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 10};
    for (size_t i = 0; i < 9; i++) {
        struct mp_bytes bytes = {0};
        struct weir_element element;
        char name[8];
        uint32_t name_bytes = 0;
        int last = 0;
        mp_i64(&bytes, &last, ids[i], 1);
        mp_stop(&bytes);
        assert_int_equal(read_element(&bytes, 0, 8, &element, name, &name_bytes), WEIR_E_CORRUPT);
        mp_free(&bytes);
    }
}

/* The units of times are structs without fields: a number instead is no unit. */
static void a_unit_that_is_no_struct_is_refused(void **state) {
    (void)state;
    for (uint32_t type = WEIR_THRIFT_TRUE; type <= WEIR_THRIFT_STRUCT; type++) {
        for (int field = 7; field <= 8; field++) { /* TIME, TIMESTAMP */
            struct mp_bytes bytes = {0};
            struct mp_bytes inner = {0};
            struct weir_element element;
            char name[8];
            uint32_t name_bytes = 0;
            int last = 0;
            int in_logical = 0;
            mp_i32(&bytes, &last, 1, 2);
            mp_field(&inner, &in_logical, 1, 1);
            mp_field(&inner, &in_logical, 2, type);
            mp_stop(&inner); /* in most types an empty value, too */
            put_logical(&bytes, &last, field, &inner);
            mp_stop(&bytes);
            assert_int_equal(read_element(&bytes, 0, 8, &element, name, &name_bytes),
                             type == WEIR_THRIFT_STRUCT ? WEIR_OK : WEIR_E_CORRUPT);
            mp_free(&inner);
            mp_free(&bytes);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converted_types_are_folded_in),
        cmocka_unit_test(logical_types_win_over_converted_ones),
        cmocka_unit_test(parameters_of_logical_types_are_read),
        cmocka_unit_test(kinds_follow_from_types),
        cmocka_unit_test(decimals_have_no_more_digits_than_their_bytes),
        cmocka_unit_test(equality_sees_every_field),
        cmocka_unit_test(names_end_at_the_room_that_is_left),
        cmocka_unit_test(fields_of_a_wrong_type_are_refused),
        cmocka_unit_test(a_unit_that_is_no_struct_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
