#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "splitmix.h"

#include "stats/top.h"
#include "stats/values.h"

#define UNIVERSE 100000u
#define BLOCK 4096u

static uint64_t truth[UNIVERSE];
static uint64_t spare[WEIR_TOP_SPARE_WORDS];

static int compare_keys(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Key number i of a stream of n, below UNIVERSE. */
typedef uint64_t stream_function(uint64_t i, uint64_t n);

static uint64_t zipf(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    double u = (double)(random_next() >> 11) * 0x1p-53 + 1e-9;
    double x = 1 / u;
    return x < UNIVERSE ? (uint64_t)x : 0;
}

static uint64_t uniform(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    return random_next() % UNIVERSE;
}

static uint64_t all_equal(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    return 5;
}

static uint64_t sorted(uint64_t i, uint64_t n) {
    return i * UNIVERSE / n;
}

/* Heavy keys first, then nothing but distinct ones: the worst that Misra-Gries can meet. */
static uint64_t heavy_then_distinct(uint64_t i, uint64_t n) {
    return i < n / 10 ? i % 20 : i % UNIVERSE;
}

/* 600 keys of equal weight: more than there are counters. */
static uint64_t just_too_many(uint64_t i, uint64_t n) {
    (void)n;
    return i % 600;
}

static bool add_unsorted(struct weir_top_table *top, const uint64_t *keys, uint32_t n) {
    enum weir_isa isa = weir_isa_best();
    return weir_top_add_unsorted(top, isa, weir_sort_choose(isa), keys, n, spare);
}

static bool add_unsorted_block(struct weir_top_table *top, const uint64_t *keys, uint32_t n) {
    if (!add_unsorted(top, keys, n)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        truth[keys[i]]++;
    }
    return true;
}

static void add_block(struct weir_top_table *top, uint64_t *keys, uint32_t n, int round) {
    static uint64_t counts[BLOCK];
    if (round % 5 != 4 && add_unsorted_block(top, keys, n)) {
        return;
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    uint32_t runs = weir_values_runs(WEIR_ISA_SCALAR, keys, n, keys, counts);
    for (uint32_t i = 0; i < runs; i++) {
        counts[i] *= round % 5 == 4 ? 1 + random_next() % 1000000 : 1;
        truth[keys[i]] += counts[i];
    }
    weir_top_add(top, keys, runs == n && round % 5 != 4 ? NULL : counts, runs, spare);
}

/* Every bound holds for every key of the universe. */
static void check(const struct weir_top_table *top) {
    uint64_t total = 0;
    for (uint32_t key = 0; key < UNIVERSE; key++) {
        total += truth[key];
    }
    assert_int_equal(top->total, total);
    assert_true(top->error <= total / (WEIR_TOP_COUNTERS + 1));
    assert_true(top->used <= WEIR_TOP_COUNTERS);
    uint32_t at = 0;
    for (uint32_t key = 0; key < UNIVERSE; key++) {
        if (at < top->used && top->keys[at] == key) {
            assert_true(top->counts[at] > 0);
            assert_true(top->counts[at] <= truth[key]);
            assert_true(truth[key] <= top->counts[at] + top->error);
            at++;
        } else {
            assert_true(truth[key] <= top->error);
        }
    }
    assert_int_equal(at, top->used);
}

static void bounds_contain_the_truth(void **state) {
    (void)state;
    static stream_function *const streams[] = {
        zipf, uniform, all_equal, sorted, heavy_then_distinct, just_too_many};
    static struct weir_top_table top;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        for (size_t s = 0; s < sizeof streams / sizeof streams[0]; s++) {
            random_state = seed * 1000 + s;
            memset(truth, 0, sizeof truth);
            weir_top_begin(&top);
            uint64_t n = 40 * BLOCK;
            static uint64_t keys[BLOCK];
            for (uint64_t i = 0, round = 0; i < n; round++) {
                uint32_t taken = (uint32_t)(1 + random_next() % BLOCK);
                taken = n - i < taken ? (uint32_t)(n - i) : taken;
                for (uint32_t j = 0; j < taken; j++) {
                    keys[j] = streams[s](i + j, n);
                }
                add_block(&top, keys, taken, (int)round);
                i += taken;
            }
            check(&top);
        }
    }
}

/* One frequent key among distinct ones: found without sorting the block as long as it is not most
 * of it, and never lost. */
static void frequent_keys_are_found_unsorted(void **state) {
    (void)state;
    static struct weir_top_table top;
    static uint64_t keys[BLOCK];
    for (uint32_t heavy = 1; heavy <= BLOCK; heavy += heavy < 20 ? 1 : 59) {
        random_state = heavy;
        weir_top_begin(&top);
        for (uint32_t i = 0; i < BLOCK; i++) {
            keys[i] = random_next();
        }
        for (uint32_t i = 0; i < heavy; i++) {
            keys[(i * 1021 + heavy) % BLOCK] = 77; /* 1021 is odd: no place twice */
        }
        bool added = add_unsorted(&top, keys, BLOCK);
        assert_true(added || heavy > 800);
        assert_true(!added || heavy <= 960);
        if (!added) {
            assert_true(top.error == 0 && top.total == 0);
            continue;
        }
        assert_int_equal(top.total, BLOCK);
        assert_in_range(top.error, 2, BLOCK / (WEIR_TOP_COUNTERS + 1));
        assert_true(top.used <= 1);
        assert_true(top.used == 1 || heavy <= top.error);
        assert_true(top.used == 0 || (top.keys[0] == 77 && top.counts[0] == heavy - top.error));
    }
    assert_false(add_unsorted(&top, keys, WEIR_TOP_COUNTERS));
}

/* Whoever writes a file can put its keys into the buckets of his choice. Both ways to hash that
 * come to mind: the halves' xor times the golden ratio, in 64 and in 32 bits. */
static uint32_t bucket_of(uint64_t key, bool wide) {
    const uint64_t folded = key ^ key >> 32;
    return wide ? (uint32_t)(folded * UINT64_C(0x9e3779b97f4a7c15) >> 51)
                : (uint32_t)folded * UINT32_C(0x9e3779b1) >> 19;
}

/* `each` distinct keys in every bucket that is in use, as far as `whole` goes. */
static uint32_t make_crowd(uint64_t keys[BLOCK], uint32_t whole, uint32_t each, bool wide) {
    static uint32_t held[8192];
    uint32_t count = 0;
    memset(held, 0, sizeof held);
    for (uint64_t key = 0; count < whole; key++) {
        const uint32_t bucket = bucket_of(key, wide);
        if (bucket < whole / each && held[bucket] < each) {
            held[bucket]++;
            keys[count++] = key;
        }
    }
    return count;
}

static void keys_that_share_buckets_do_no_harm(void **state) {
    (void)state;
    static struct weir_top_table top;
    static uint64_t keys[BLOCK];
    uint32_t refused = 0;
    for (uint32_t each = 2; each <= 16; each++) {
        for (uint32_t n = WEIR_TOP_COUNTERS + 1; n <= BLOCK; n += n < 1100 ? 7 : 499) {
            const uint32_t count = make_crowd(keys, n / each * each, each, (n + each) % 2 == 0);
            weir_top_begin(&top);
            if (count > WEIR_TOP_COUNTERS && !add_unsorted(&top, keys, count)) {
                refused++;
                assert_true(top.total == 0 && top.error == 0 && top.used == 0);
            } else if (count > WEIR_TOP_COUNTERS) {
                assert_int_equal(top.total, count);
                assert_true(top.error >= 1 && top.error <= count / (WEIR_TOP_COUNTERS + 1));
                assert_true(top.used <= WEIR_TOP_COUNTERS);
            }
        }
    }
    assert_true(refused > 100); /* no bucket said that a key is rare */
}

static void few_keys_are_counted_exactly(void **state) {
    (void)state;
    random_state = 5;
    memset(truth, 0, sizeof truth);
    static struct weir_top_table top;
    weir_top_begin(&top);
    static uint64_t keys[BLOCK];
    for (int round = 0; round < 50; round++) {
        for (uint32_t i = 0; i < BLOCK; i++) {
            keys[i] = random_next() % WEIR_TOP_COUNTERS;
        }
        add_block(&top, keys, BLOCK, round);
    }
    assert_int_equal(top.error, 0);
    check(&top);
}

static void huge_counts_do_not_disturb(void **state) {
    (void)state;
    memset(truth, 0, sizeof truth);
    static struct weir_top_table top;
    weir_top_begin(&top);
    uint64_t keys[600];
    uint64_t counts[600];
    for (uint32_t i = 0; i < 600; i++) {
        keys[i] = i;
        counts[i] = i % 7 == 0 ? (UINT64_C(1) << 50) + i : 1 + i;
        truth[i] += 3 * counts[i];
    }
    for (int round = 0; round < 3; round++) {
        weir_top_add(&top, keys, counts, 600, spare);
    }
    check(&top);
}

static void best_are_in_order_of_count_then_key(void **state) {
    (void)state;
    random_state = 6;
    for (int round = 0; round < 1000; round++) {
        uint64_t keys[100];
        uint64_t counts[100];
        uint32_t n = (uint32_t)(random_next() % 101);
        for (uint32_t i = 0; i < n; i++) {
            keys[i] = i * 3;
            counts[i] = random_next() % 10;
        }
        uint64_t best_keys[WEIR_TOP_MAX];
        struct weir_top best[WEIR_TOP_MAX];
        uint32_t found = weir_top_best(keys, counts, n, 4, best_keys, best);
        uint32_t positive = 0;
        for (uint32_t i = 0; i < n; i++) {
            positive += counts[i] > 0;
        }
        assert_int_equal(found, positive < WEIR_TOP_MAX ? positive : WEIR_TOP_MAX);
        for (uint32_t i = 0; i < found; i++) {
            /* Its place is the number of keys that must come before it. */
            uint32_t before = 0;
            for (uint32_t j = 0; j < n; j++) {
                before += counts[j] > best[i].count_low ||
                          (counts[j] == best[i].count_low && keys[j] < best_keys[i]);
            }
            assert_int_equal(before, i);
            assert_int_equal(counts[best_keys[i] / 3], best[i].count_low);
            assert_int_equal(best[i].count_high, best[i].count_low + 4);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_contain_the_truth),
        cmocka_unit_test(frequent_keys_are_found_unsorted),
        cmocka_unit_test(keys_that_share_buckets_do_no_harm),
        cmocka_unit_test(few_keys_are_counted_exactly),
        cmocka_unit_test(huge_counts_do_not_disturb),
        cmocka_unit_test(best_are_in_order_of_count_then_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
