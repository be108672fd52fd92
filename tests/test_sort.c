/* The block sort: equal to a plain sort for every length, pattern and instruction set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "splitmix.h"

#include "stats/sort.h"

#define GUARD 64u
#define TAIL 64u
#define GUARD_KEY UINT64_C(0x5afe5afe5afe5afe)

static void random_seed(uint64_t seed) {
    print_message("seed %llu\n", (unsigned long long)seed);
    random_state = seed;
}

enum pattern {
    RANDOM,
    SORTED,
    REVERSED,
    EQUAL,
    ALL_BITS_SET,
    ALL_ZERO,
    TWO_VALUES,
    TWO_EXTREMES,
    TEN_VALUES,
    MANY_VALUES,
    NEIGHBOURS_OF_THE_TOP,
    ORGAN_PIPE,
    SAWTOOTH,
    LONG_SAWTOOTH,
    NEARLY_SORTED,
    SORTED_THEN_ONE_LOW,
    REVERSED_WITH_TIES,
    HIGH_BITS_ONLY,
    LOW_BITS_ONLY,
    POWERS,
    SKEWED,
    BELL,
    CROWDED_CELL,
    MEDIAN_OF_3_KILLER,
    PATTERNS
};

static uint64_t pattern_key(enum pattern pattern, uint32_t i, uint32_t count) {
    uint64_t r = random_next();
    switch (pattern) {
    case RANDOM: return r;
    case SORTED: return (uint64_t)i * 3;
    case REVERSED: return (uint64_t)(count - i) * 5;
    case EQUAL: return 77;
    case ALL_BITS_SET: return UINT64_MAX;
    case ALL_ZERO: return 0;
    case TWO_VALUES: return 1000 + (r & 1);
    case TWO_EXTREMES: return (r & 1) ? UINT64_MAX : 0;
    case TEN_VALUES: return r % 10 * UINT64_C(0x1999999999999999);
    case MANY_VALUES: return r % 300 << 40;
    case NEIGHBOURS_OF_THE_TOP: return UINT64_MAX - r % 3;
    case ORGAN_PIPE: return i < count / 2 ? i : count - i;
    case SAWTOOTH: return i % 7;
    case LONG_SAWTOOTH: return i % 512;
    case NEARLY_SORTED: return r % 30 == 0 ? r % (count + 1) : i;
    case SORTED_THEN_ONE_LOW: return i + 1 == count ? 0 : i + 5;
    case REVERSED_WITH_TIES: return (count - i) / 3;
    case HIGH_BITS_ONLY: return r << 52;
    case LOW_BITS_ONLY: return r >> 52;
    case POWERS: return UINT64_C(1) << r % 64;
    case SKEWED: return r >> (r % 61);
    case BELL: return (r >> 2) + (random_next() >> 2) + (random_next() >> 2);
    case CROWDED_CELL: /* a sixth agrees in its leading bits alone */
        return r % 6 > 0 ? r : UINT64_C(0xabc) << 52 | (r & 0xfffff);
    case MEDIAN_OF_3_KILLER: /* Musser: 1, k + 1, 3, k + 3, ..., 2, 4, 6, ... */
        if (i < count / 2) {
            return i % 2 == 0 ? i + 1 : count / 2 + i;
        }
        return 2 * ((uint64_t)i - count / 2 + 1);
    default: return 0;
    }
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

struct arrays {
    uint64_t keys[WEIR_SORT_MAX + TAIL + GUARD];
    uint64_t spare[WEIR_SORT_MAX + TAIL + GUARD];
    uint64_t input[WEIR_SORT_MAX];
    uint64_t wanted[WEIR_SORT_MAX];
};

static struct arrays arrays;

/* Sorts arrays.input and compares with arrays.wanted; nothing behind count + TAIL is written. */
static void check_sorts(weir_sort_function *sort, uint32_t count) {
    for (uint32_t i = 0; i < count + TAIL + GUARD; i++) {
        arrays.keys[i] = i < count ? arrays.input[i] : GUARD_KEY;
        arrays.spare[i] = GUARD_KEY;
    }
    sort(arrays.keys, arrays.spare, count);
    assert_memory_equal(arrays.keys, arrays.wanted, count * sizeof *arrays.keys);
    for (uint32_t i = count + TAIL; i < count + TAIL + GUARD; i++) {
        assert_int_equal(arrays.keys[i], GUARD_KEY);
        assert_int_equal(arrays.spare[i], GUARD_KEY);
    }
}

static void make_pattern(enum pattern pattern, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        arrays.input[i] = pattern_key(pattern, i, count);
    }
    memcpy(arrays.wanted, arrays.input, count * sizeof *arrays.input);
    qsort(arrays.wanted, count, sizeof *arrays.wanted, compare_u64);
}

/* The whole strata of arrays.input by themselves; the rest stays as it was. */
static void check_sorts_strata(weir_sort_strata_function *sort_strata, uint32_t count) {
    uint32_t whole = count / WEIR_STRATUM * WEIR_STRATUM;
    static uint64_t wanted[WEIR_SORT_MAX];
    memcpy(wanted, arrays.input, count * sizeof *wanted);
    memcpy(arrays.keys, arrays.input, count * sizeof *arrays.keys);
    for (uint32_t i = 0; i < whole; i += WEIR_STRATUM) {
        qsort(wanted + i, WEIR_STRATUM, sizeof *wanted, compare_u64);
    }
    sort_strata(arrays.keys, whole);
    assert_memory_equal(arrays.keys, wanted, count * sizeof *wanted);
}

static void check_every_pattern(uint32_t count) {
    for (enum pattern pattern = RANDOM; pattern < PATTERNS; pattern++) {
        make_pattern(pattern, count);
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            check_sorts(weir_sort_choose(isa), count);
            check_sorts_strata(weir_sort_strata_choose(isa), count);
        }
    }
}

static void sorts_every_short_length(void **state) {
    (void)state;
    random_seed(21);
    for (uint32_t count = 0; count <= 600; count++) {
        check_every_pattern(count);
    }
}

static void sorts_many_long_lengths(void **state) {
    (void)state;
    random_seed(22);
    static const uint32_t counts[] = {639,  640,  641,  1023, 1024, 1025, 2047, 2048,
                                      2049, 2862, 4095, 4096, 4097, 8191, 8192};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        check_every_pattern(counts[i]);
    }
    for (uint32_t round = 0; round < 10; round++) {
        check_every_pattern(601 + (uint32_t)(random_next() % (WEIR_SORT_MAX - 600)));
    }
}

/* Every 0-1 input of up to 16 keys: what proves a sorting network correct for its length. */
static void sorts_every_short_string_of_two_values(void **state) {
    (void)state;
    for (uint32_t count = 1; count <= 16; count++) {
        for (uint32_t bits = 0; bits < 1u << count; bits++) {
            uint32_t ones = (uint32_t)__builtin_popcount(bits);
            for (uint32_t i = 0; i < count; i++) {
                arrays.input[i] = bits >> i & 1;
                arrays.wanted[i] = i >= count - ones;
            }
            for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
                weir_sort_function *sort = weir_sort_choose(isa);
                memcpy(arrays.keys, arrays.input, count * sizeof *arrays.keys);
                sort(arrays.keys, arrays.spare, count);
                assert_memory_equal(arrays.keys, arrays.wanted, count * sizeof *arrays.keys);
            }
            if (count > 12) {
                bits += (uint32_t)(random_next() % 8);
            }
        }
    }
}

/* Zeros and ones in random shares fill the larger networks. */
static void sorts_random_strings_of_two_values(void **state) {
    (void)state;
    random_seed(23);
    for (uint32_t round = 0; round < 8000; round++) {
        uint32_t count = 17 + (uint32_t)(random_next() % 200);
        uint64_t share = random_next() % 101;
        uint32_t ones = 0;
        for (uint32_t i = 0; i < count; i++) {
            arrays.input[i] = random_next() % 100 < share;
            ones += (uint32_t)arrays.input[i];
        }
        for (uint32_t i = 0; i < count; i++) {
            arrays.wanted[i] = i >= count - ones;
        }
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            weir_sort_function *sort = weir_sort_choose(isa);
            memcpy(arrays.keys, arrays.input, count * sizeof *arrays.keys);
            sort(arrays.keys, arrays.spare, count);
            assert_memory_equal(arrays.keys, arrays.wanted, count * sizeof *arrays.keys);
        }
    }
}

#if defined(__x86_64__)

/*
 * The vector sort once more, in this file and with next to no splits allowed: so the way out for
 * bad pivots is taken for most inputs, from both buffers.
 */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt")
#endif
#define LEVELS_MAX 4u
#include "stats/sort_avx2.h"
#include "stats/sort_network.h"
#include "stats/sort_quick.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

static void gives_up_splitting_and_still_sorts(void **state) {
    (void)state;
    if (weir_isa_best() < WEIR_ISA_AVX2) {
        skip();
    }
    random_seed(24);
    for (uint32_t round = 0; round < 20; round++) {
        uint32_t count = (uint32_t)(random_next() % (WEIR_SORT_MAX + 1));
        for (enum pattern pattern = RANDOM; pattern < PATTERNS; pattern++) {
            make_pattern(pattern, count);
            check_sorts(quick_sort, count);
        }
    }
}

#else

static void gives_up_splitting_and_still_sorts(void **state) {
    (void)state;
    skip();
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_every_short_length),
        cmocka_unit_test(sorts_many_long_lengths),
        cmocka_unit_test(sorts_every_short_string_of_two_values),
        cmocka_unit_test(sorts_random_strings_of_two_values),
        cmocka_unit_test(gives_up_splitting_and_still_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
