#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "splitmix.h"

#include "stats/values.h"

static int compare_keys(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* One of the instruction sets that the machine has. */
static enum weir_isa any_isa(int round) {
    return (enum weir_isa)(1 + round % (int)weir_isa_best());
}

/* The oracle: keys 0..4095 times a factor, so counts are an array. */
#define UNIVERSE 4096u
#define FACTOR UINT64_C(0x000fffffffffffff)

static void agrees_with_plain_counting(void **state) {
    (void)state;
    random_state = 11;
    print_message("seed %llu\n", (unsigned long long)random_state);
    static struct weir_values values;
    for (int round = 0; round < 200; round++) {
        static uint64_t truth[UNIVERSE];
        memset(truth, 0, sizeof truth);
        uint64_t total = 0;
        uint32_t distinct = 0;
        uint64_t spread = 1 + random_next() % (round % 2 == 0 ? UNIVERSE : 1024);
        weir_values_begin(&values);
        for (int block = 0; block < 20; block++) {
            uint64_t keys[300];
            uint64_t counts[300];
            uint64_t raw[300];
            uint32_t n = (uint32_t)(random_next() % 300);
            for (uint32_t i = 0; i < n; i++) {
                raw[i] = random_next() % spread * FACTOR;
            }
            qsort(raw, n, sizeof *raw, compare_keys);
            uint32_t runs = weir_values_runs(weir_isa_best(), raw, n, keys, counts);
            uint32_t fresh = 0;
            for (uint32_t i = 0; i < runs; i++) {
                fresh += truth[keys[i] / FACTOR] == 0;
                counts[i] *= i % 3 == 0 ? UINT64_C(1) << 40 : 1;
            }
            bool fits = distinct + fresh <= WEIR_VALUES_MAX;
            assert_int_equal(weir_values_add(&values, keys, counts, runs), fits);
            if (fits) {
                distinct += fresh;
                for (uint32_t i = 0; i < runs; i++) {
                    truth[keys[i] / FACTOR] += counts[i];
                    total += counts[i];
                }
            }
            assert_int_equal(values.used, distinct);
            assert_int_equal(values.total, total);
            uint32_t at = 0;
            for (uint32_t key = 0; key < UNIVERSE; key++) {
                if (truth[key] > 0) {
                    assert_int_equal(values.keys[at], key * FACTOR);
                    assert_int_equal(values.counts[at], truth[key]);
                    at++;
                }
            }
        }
    }
}

static void takes_1024_values_and_no_more(void **state) {
    (void)state;
    static struct weir_values values;
    weir_values_begin(&values);
    uint64_t one = 1;
    for (uint64_t key = 0; key < WEIR_VALUES_MAX; key++) {
        uint64_t spread = key * UINT64_C(0x0040000000000001);
        assert_true(weir_values_add(&values, &spread, &one, 1));
    }
    uint64_t fresh = 7;
    static struct weir_values before;
    before = values;
    assert_false(weir_values_add(&values, &fresh, &one, 1));
    assert_memory_equal(&before, &values, sizeof values);
    uint64_t known = UINT64_C(0x0040000000000001);
    assert_true(weir_values_add(&values, &known, &one, 1));
}

static void runs_count_equal_neighbours(void **state) {
    (void)state;
    random_state = 12;
    static uint64_t keys[4096];
    static uint64_t distinct[4096];
    static uint64_t counts[4096];
    static uint64_t in_place[4096];
    for (int round = 0; round < 200; round++) {
        uint32_t n = (uint32_t)(random_next() % 4097);
        uint64_t spread = 1 + random_next() % 5000;
        for (uint32_t i = 0; i < n; i++) {
            uint64_t key = random_next() % spread;
            keys[i] = key == 1 ? UINT64_MAX : key;
        }
        qsort(keys, n, sizeof *keys, compare_keys);
        memcpy(in_place, keys, sizeof keys);
        enum weir_isa isa = any_isa(round);
        uint32_t runs = weir_values_runs(isa, keys, n, distinct, counts);
        assert_int_equal(weir_values_repeats(isa, keys, n), n - runs);
        uint32_t at = 0;
        for (uint32_t run = 0; run < runs; run++) {
            assert_true(counts[run] > 0);
            assert_true(run == 0 || distinct[run] > distinct[run - 1]);
            for (uint64_t i = 0; i < counts[run]; i++) {
                assert_int_equal(keys[at++], distinct[run]);
            }
        }
        assert_int_equal(at, n);
        assert_int_equal(weir_values_runs(isa, in_place, n, in_place, counts), runs);
        assert_memory_equal(in_place, distinct, runs * sizeof *distinct);
    }
}

/* Order-preserving images of keys below 8000. */
static uint64_t place_key(uint64_t key, int spread) {
    uint64_t cluster = key < 4000 ? 5 : UINT64_MAX - 9000;
    return spread == 0 ? key : spread == 1 ? key << 50 | key : cluster + key;
}

static void weighing_sums_the_weights_of_equal_keys(void **state) {
    (void)state;
    random_state = 13;
    static uint64_t keys[4096];
    static uint64_t sorted[4096 + 64];
    static uint32_t weights[4096];
    static uint64_t counts[4096 + 64];
    for (int round = 0; round < 200; round++) {
        uint32_t n = (uint32_t)(random_next() % 4097);
        /* A dictionary's entries are distinct, and those that occur have weights. */
        bool distinct = random_next() % 2 == 0;
        uint64_t zeros = distinct && random_next() % 2 == 0 ? 0 : 1 + random_next() % 1000;
        uint64_t spread = distinct ? 8000 : 1 + random_next() % 8000;
        static uint64_t truth[8000];
        memset(truth, 0, sizeof truth);
        for (uint32_t i = 0; i < n; i++) {
            keys[i] = distinct ? (uint64_t)i * 2287 % spread : random_next() % spread;
            bool absent = zeros > 0 && random_next() % zeros == 0;
            weights[i] = absent ? 0 : 1 + (uint32_t)(random_next() >> 33);
            truth[keys[i]] += weights[i];
        }
        /* Small, spread over 64 bits, and in two clusters with neighbours 1 apart. */
        for (uint32_t i = 0; i < n; i++) {
            keys[i] = place_key(keys[i], round % 3);
        }
        uint32_t runs = weir_values_weigh(any_isa(round), weir_sort_choose(any_isa(round)), keys,
                                          weights, n, sorted, counts);
        uint32_t at = 0;
        for (uint32_t key = 0; key < spread; key++) {
            if (truth[key] > 0) {
                assert_int_equal(sorted[at], place_key(key, round % 3));
                assert_int_equal(counts[at], truth[key]);
                at++;
            }
        }
        assert_int_equal(at, runs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_plain_counting),
        cmocka_unit_test(takes_1024_values_and_no_more),
        cmocka_unit_test(runs_count_equal_neighbours),
        cmocka_unit_test(weighing_sums_the_weights_of_equal_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
