/* Totals of levels: parts merge to one run, what is loaded is what was saved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/crc32.h"
#include "parquet/levels.h"

#define SEED UINT64_C(0xbf58476d1ce4e5b9)

static uint64_t random_state;

static uint32_t below(uint32_t limit) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = random_state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) % limit);
}

/* optional list of lists of optional values: definition 0 null, 1 empty, 2 an empty inner list, 3 a
 * null, 4 a value. */
static const uint8_t definition_of[] = {0, 2, 3};
static const struct weir_levels_shape shape = {4, 2, definition_of};

/* One chunk into two totals, entry by entry. */
static void add_chunk(struct weir_levels *a, struct weir_levels *b, uint32_t rows) {
    struct weir_levels *both[2] = {a, b};
    struct weir_error error = {0};
    for (uint32_t row = 0; row < rows; row++) {
        const uint32_t what = below(10);
        const uint32_t outer = what < 2 ? 1 : 1 + below(5);
        for (uint32_t i = 0; i < outer; i++) {
            const uint32_t inner = what < 2 ? 1 : below(4);
            for (uint32_t j = 0; j == 0 || j < inner; j++) {
                const uint32_t definition = what < 2 ? what : inner == 0 ? 2 : 3 + below(2);
                for (int t = 0; t < 2; t++) {
                    both[t]->definition[definition]++;
                    weir_levels_repeat(both[t], 2, j > 0 ? 2 : i > 0 ? 1 : 0, 1);
                }
            }
        }
    }
    for (int t = 0; t < 2; t++) {
        assert_int_equal(weir_levels_chunk_end(both[t], 2, definition_of, &error), WEIR_OK);
    }
}

static void parts_merge_to_one_run(void **state) {
    (void)state;
    struct weir_error error = {0};
    random_state = SEED;
    print_message("seed %llx\n", (unsigned long long)SEED);
    for (int round = 0; round < 200; round++) {
        struct weir_levels one = {0};
        struct weir_levels merged = {0};
        const uint32_t parts = 1 + below(20);
        for (uint32_t part = 0; part < parts; part++) {
            struct weir_levels levels = {0};
            for (uint32_t chunk = below(3); chunk > 0; chunk--) {
                add_chunk(&one, &levels, below(30));
            }
            if (below(5) == 0) {
                weir_levels_missing(&one, 2, 7);
                weir_levels_missing(&levels, 2, 7);
            }
            assert_int_equal(weir_levels_merge(&merged, &levels, &error), WEIR_OK);
        }
        assert_memory_equal(&one, &merged, sizeof one);
    }
}

static void what_is_loaded_is_what_was_saved(void **state) {
    (void)state;
    uint8_t bytes[512];
    struct weir_error error = {0};
    const uint64_t count = weir_levels_saved_bytes(&shape);
    assert_true(count <= sizeof bytes);
    random_state = SEED + 1;
    for (int round = 0; round < 200; round++) {
        struct weir_levels levels = {0};
        struct weir_levels again = {0};
        struct weir_levels loaded;
        add_chunk(&levels, &again, below(40));
        weir_levels_save(&levels, &shape, bytes);
        assert_int_equal(weir_levels_load(&loaded, &shape, bytes, count, &error), WEIR_OK);
        assert_memory_equal(&loaded, &levels, sizeof levels);
        add_chunk(&levels, &loaded, 10);
        assert_memory_equal(&loaded, &levels, sizeof levels);
    }
    static const struct weir_levels_shape other = {5, 2, definition_of};
    struct weir_levels loaded;
    assert_int_equal(weir_levels_load(&loaded, &other, bytes, count, &error), WEIR_E_CORRUPT);
}

static void too_many_entries_are_refused(void **state) {
    (void)state;
    struct weir_error error = {0};
    struct weir_levels a = {0};
    struct weir_levels b = {0};
    weir_levels_missing(&a, 2, UINT64_C(1) << 61);
    weir_levels_missing(&b, 2, (UINT64_C(1) << 61) + 1);
    assert_int_equal(weir_levels_merge(&a, &b, &error), WEIR_E_LIMIT);
    assert_int_equal(a.definition[0], UINT64_C(1) << 61);
}

/* Each byte in turn, with a checksum that fits: refused, or good for every result. */
static void hostile_bytes_do_no_harm(void **state) {
    (void)state;
    static const uint8_t odd[] = {0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xff};
    uint8_t bytes[512];
    struct weir_levels levels = {0};
    struct weir_levels sound = {0};
    const uint64_t count = weir_levels_saved_bytes(&shape);
    random_state = SEED + 2;
    add_chunk(&levels, &sound, 40);
    for (uint64_t at = 0; at < count; at++) {
        for (size_t o = 0; o < sizeof odd + 4; o++) {
            struct weir_error error = {0};
            struct weir_list list;
            weir_levels_save(&sound, &shape, bytes);
            bytes[at] = o < sizeof odd ? odd[o] : (uint8_t)below(256);
            const uint32_t crc = weir_crc32(0, bytes, count - 4);
            for (int i = 0; i < 4; i++) {
                bytes[count - 4 + (uint64_t)i] = (uint8_t)(crc >> (8 * i));
            }
            if (weir_levels_load(&levels, &shape, bytes, count, &error) != WEIR_OK) {
                assert_non_null(error.message);
                continue;
            }
            add_chunk(&levels, &(struct weir_levels){0}, 5);
            (void)weir_levels_merge(&levels, &sound, &error);
            for (uint32_t k = 1; k <= 2; k++) {
                weir_levels_list(&levels, k, definition_of[k], &list);
            }
        }
    }
    for (uint64_t cut = 0; cut < count; cut++) {
        struct weir_error error = {0};
        uint8_t *copy = malloc(cut + 1);
        weir_levels_save(&sound, &shape, bytes);
        memcpy(copy, bytes, cut);
        assert_int_equal(weir_levels_load(&levels, &shape, copy, cut, &error), WEIR_E_CORRUPT);
        free(copy);
    }
    for (uint64_t at = 24; at < count; at++) {
        struct weir_error error = {0};
        weir_levels_save(&sound, &shape, bytes);
        bytes[at] ^= (uint8_t)(1 + below(255));
        assert_int_equal(weir_levels_load(&levels, &shape, bytes, count, &error), WEIR_E_CHECKSUM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_merge_to_one_run),
        cmocka_unit_test(what_is_loaded_is_what_was_saved),
        cmocka_unit_test(too_many_entries_are_refused),
        cmocka_unit_test(hostile_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
