/* The quick way of skipping: it ends where the careful one ends, or leaves it to that. */
#include "make_thrift.h"

#include "parquet/thrift_skip.h"

#define BEHIND 16u /* bytes that the quick way wants behind a value */

/* Both ways on bytes at the end of guarded memory. Returns whether the quick one found the end. */
static bool agree(const uint8_t *data, size_t bytes, uint32_t type) {
    uint8_t *room = mp_guarded(bytes);
    size_t padded = (bytes + 63) & ~(size_t)63;
    uint8_t *at = room + padded - bytes;
    uint8_t *marks = calloc(bytes + 1, 1);
    memcpy(at, data, bytes);
    const uint8_t *quick = weir_thrift_pass(at, at + bytes, type);
    assert_ptr_equal(weir_thrift_trace(at, at + bytes, type, marks), quick);
    if (quick != NULL) {
        assert_int_equal(quick - at, mt_careful(at, bytes, type));
        for (size_t i = (size_t)(quick - at); i < bytes; i++) {
            assert_int_equal(marks[i], 0);
        }
    }
    assert_int_equal(marks[bytes], 0);
    free(marks);
    mp_unguard(room, bytes);
    return quick != NULL;
}

static void put_behind(struct mp_bytes *bytes) {
    for (uint32_t i = 0; i < BEHIND; i++) {
        mp_byte(bytes, (uint32_t)mp_random() & 0xff);
    }
}

static void usual_structs_are_passed_quickly(void **state) {
    (void)state;
    mp_seed("usual structs");
    for (int round = 0; round < 2000; round++) {
        struct mp_bytes bytes = {0};
        mt_struct(&bytes, MT_USUAL, 0);
        put_behind(&bytes);
        assert_int_equal(mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT),
                         bytes.count - BEHIND);
        assert_true(agree(bytes.data, bytes.count, WEIR_THRIFT_STRUCT));
        mp_free(&bytes);
    }
}

static void values_of_every_type_end_where_the_careful_way_says(void **state) {
    (void)state;
    mp_seed("values of every type");
    for (int round = 0; round < 3000; round++) {
        struct mp_bytes bytes = {0};
        uint32_t type = 1 + mp_below(13);
        mt_value(&bytes, MT_ODD, 0, type, false);
        size_t count = bytes.count;
        put_behind(&bytes);
        assert_int_equal(mt_careful(bytes.data, bytes.count, type), count);
        (void)agree(bytes.data, bytes.count, type);
        mp_free(&bytes);
    }
}

static void cut_structs_are_not_read_beyond(void **state) {
    (void)state;
    mp_seed("cut structs");
    for (int round = 0; round < 60; round++) {
        struct mp_bytes bytes = {0};
        mt_struct(&bytes, MT_USUAL, 0);
        put_behind(&bytes);
        for (size_t cut = 0; cut < bytes.count; cut++) {
            (void)agree(bytes.data, cut, WEIR_THRIFT_STRUCT);
        }
        mp_free(&bytes);
    }
}

static void changed_bytes_are_judged_alike(void **state) {
    (void)state;
    mp_seed("changed structs");
    for (int round = 0; round < 12; round++) {
        struct mp_bytes bytes = {0};
        mt_struct(&bytes, MT_USUAL, 0);
        put_behind(&bytes);
        for (size_t at = 0; at < bytes.count - BEHIND; at++) {
            uint8_t before = bytes.data[at];
            for (int value = 0; value < 256; value++) {
                bytes.data[at] = (uint8_t)value;
                const uint8_t *quick =
                    weir_thrift_pass(bytes.data, bytes.data + bytes.count, WEIR_THRIFT_STRUCT);
                if (quick != NULL) {
                    assert_int_equal(quick - bytes.data,
                                     mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT));
                }
            }
            bytes.data[at] = before;
        }
        mp_free(&bytes);
    }
}

static void ids_that_add_up_beyond_16_bits_are_refused(void **state) {
    (void)state;
    for (uint32_t steps = 2183; steps < 2188; steps++) { /* 15 * 2184 = 32760 */
        struct mp_bytes bytes = {0};
        for (uint32_t i = 0; i < steps; i++) {
            mp_byte(&bytes, 0xf1);
        }
        mp_stop(&bytes);
        put_behind(&bytes);
        bool valid = 15 * steps <= INT16_MAX;
        assert_int_equal(mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT) != SIZE_MAX,
                         valid);
        assert_int_equal(agree(bytes.data, bytes.count, WEIR_THRIFT_STRUCT), valid);
        mp_free(&bytes);
    }
}

/* Three, in as many bytes as are asked for: the quick way follows nine, the careful one ten. */
static void varints_of_ten_bytes_are_left_to_the_careful_way(void **state) {
    static const uint32_t types[] = {WEIR_THRIFT_I16, WEIR_THRIFT_I32, WEIR_THRIFT_I64,
                                     WEIR_THRIFT_BINARY};
    (void)state;
    for (uint32_t n = 1; n <= 11; n++) {
        for (size_t i = 0; i < 8; i++) {
            struct mp_bytes bytes = {0};
            uint32_t type = types[i % 4];
            int last = 0;
            if (i < 4) {
                mp_field(&bytes, &last, 1, type);
            } else {
                mp_list(&bytes, &last, 1, type, 1);
            }
            for (uint32_t k = 0; k < n; k++) {
                mp_byte(&bytes, (k == 0 ? 3u : 0u) | (k + 1 < n ? 0x80u : 0u));
            }
            mp_text(&bytes, type == WEIR_THRIFT_BINARY ? "abc" : "");
            mp_stop(&bytes);
            size_t whole = bytes.count;
            put_behind(&bytes);
            assert_int_equal(mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT),
                             n <= 10 ? whole : SIZE_MAX);
            assert_int_equal(agree(bytes.data, bytes.count, WEIR_THRIFT_STRUCT), n <= 9);
            mp_free(&bytes);
        }
    }
}

/* What the window's size must not change: where a value ends, and whether it is one. */
static void windows_of_any_size_give_the_same(void **state) {
    (void)state;
    mp_seed("windows");
    for (int round = 0; round < 1000; round++) {
        struct mp_bytes bytes = {0};
        mt_struct(&bytes, mp_below(2) == 0 ? MT_USUAL : MT_ODD, 0);
        put_behind(&bytes);
        if (mp_below(2) == 0) {
            bytes.data[mp_below((uint32_t)bytes.count)] = (uint8_t)mp_random();
        }
        size_t wanted = mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT);
        size_t capacity = 64 + mp_below(MT_WINDOW_MAX - 64);
        size_t slice = mp_below(200);
        assert_int_equal(mt_skip(bytes.data, bytes.count, WEIR_THRIFT_STRUCT, capacity, slice,
                                 mp_below((uint32_t)capacity)),
                         wanted);
        mp_free(&bytes);
    }
}

/* Lists in lists count towards the limit of nesting, whether or not the structs in them are held.
 */
static void the_limit_of_nesting_does_not_depend_on_the_window(void **state) {
    (void)state;
    uint32_t refused = 0;
    for (uint32_t lists = 1; lists < 64; lists++) {
        for (uint32_t structs = 1; structs < 10; structs++) {
            struct mp_bytes bytes = {0};
            for (uint32_t i = 0; i + 1 < lists; i++) {
                mp_list_head(&bytes, WEIR_THRIFT_LIST, 1);
            }
            mp_list_head(&bytes, WEIR_THRIFT_STRUCT, 1);
            for (uint32_t i = 0; i + 1 < structs; i++) {
                int last = 0;
                mp_field(&bytes, &last, 1, WEIR_THRIFT_LIST);
                mp_list_head(&bytes, WEIR_THRIFT_STRUCT, 1);
            }
            for (uint32_t i = 0; i < structs; i++) {
                mp_stop(&bytes);
            }
            put_behind(&bytes);
            const size_t careful = mt_careful(bytes.data, bytes.count, WEIR_THRIFT_LIST);
            assert_int_equal(
                mt_skip(bytes.data, bytes.count, WEIR_THRIFT_LIST, MT_WINDOW_MAX, 0, MT_WINDOW_MAX),
                careful);
            refused += careful == SIZE_MAX;
            mp_free(&bytes);
        }
    }
    assert_true(refused > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_structs_are_passed_quickly),
        cmocka_unit_test(values_of_every_type_end_where_the_careful_way_says),
        cmocka_unit_test(cut_structs_are_not_read_beyond),
        cmocka_unit_test(changed_bytes_are_judged_alike),
        cmocka_unit_test(ids_that_add_up_beyond_16_bits_are_refused),
        cmocka_unit_test(varints_of_ten_bytes_are_left_to_the_careful_way),
        cmocka_unit_test(windows_of_any_size_give_the_same),
        cmocka_unit_test(the_limit_of_nesting_does_not_depend_on_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
