/* Accuracy of moments: against exact rational results and quadruple precision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "splitmix.h"

#include "stats/moments.h"
#include "stats/numbers.h"

#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 wide; /* 113 bits */
#else
typedef long double wide;
#endif

#define BLOCK 4096u
#define SEED UINT64_C(0x243f6a8885a308d3)

static double random_unit(void) {
    return (double)(random_next() >> 11) * 0x1p-53;
}

/* Close to N(0, 1): the sum of twelve uniform values. */
static double random_normal(void) {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += random_unit();
    }
    return sum;
}

static struct weir_result profile(const void *values, uint32_t bytes_each, uint32_t count,
                                  enum weir_kind kind) {
    struct weir_numbers numbers;
    weir_numbers_begin(&numbers, kind);
    for (uint32_t i = 0; i < count; i += BLOCK) {
        uint32_t n = count - i < BLOCK ? count - i : BLOCK;
        weir_numbers_block(&numbers, weir_isa_best(), (const char *)values + (size_t)i * bytes_each,
                           NULL, n);
    }
    struct weir_result result = {0};
    weir_numbers_result(&numbers, &result);
    return result;
}

static struct weir_result profile_f64(const double *values, uint32_t count) {
    return profile(values, sizeof *values, count, WEIR_KIND_F64);
}

/* What two passes in quadruple precision say. */
struct oracle {
    wide mean;
    wide sum;
    double std;
    double skewness;
    double kurtosis;
};

static struct oracle oracle_of(const wide *values, uint32_t count) {
    struct oracle oracle = {0};
    for (uint32_t i = 0; i < count; i++) {
        oracle.sum += values[i];
    }
    oracle.mean = oracle.sum / count;
    wide m[3] = {0};
    for (uint32_t i = 0; i < count; i++) {
        wide d = values[i] - oracle.mean;
        m[0] += d * d;
        m[1] += d * d * d;
        m[2] += d * d * d * d;
    }
    wide s2 = m[0] / count;
    /* The square roots are taken of 64 bits: more than a double has. */
    oracle.std = (double)sqrtl((long double)(m[0] / (count - 1)));
    oracle.skewness = (double)((long double)(m[1] / count / s2) / sqrtl((long double)s2));
    oracle.kurtosis = (double)(m[2] / count / s2 / s2 - 3);
    return oracle;
}

static struct oracle oracle_of_f64(const double *values, uint32_t count) {
    wide *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = values[i];
    }
    struct oracle oracle = oracle_of(copy, count);
    free(copy);
    return oracle;
}

/* Number of correct decimal digits, 17 when all bits are right. */
static double digits(double got, double exact) {
    if (got == exact) {
        return 17;
    }
    return -log10(fabs(got - exact) / fabs(exact));
}

static void check_digits(const char *what, double got, double exact, double wanted) {
    if (!(digits(got, exact) >= wanted)) {
        fail_msg("%s: %.17g, exact %.17g: %.1f digits, wanted %.1f", what, got, exact,
                 digits(got, exact), wanted);
    }
}

static void check_near(const char *what, double got, double exact, double distance) {
    if (!(fabs(got - exact) <= distance)) {
        fail_msg("%s: %.17g, exact %.17g", what, got, exact);
    }
}

static void check_oracle(const struct weir_result *result, const struct oracle *oracle,
                         double std_digits, double shape_distance) {
    check_digits("mean", result->mean, (double)oracle->mean, 15);
    check_digits("std", result->std, oracle->std, std_digits);
    check_digits("variance", result->variance, oracle->std * oracle->std, std_digits - 0.5);
    check_near("skewness", result->skewness, oracle->skewness, shape_distance);
    check_near("kurtosis", result->kurtosis, oracle->kurtosis,
               shape_distance * (3 + fabs(oracle->kurtosis)));
}

enum { LONG = 100000 };
static double long_values[LONG];

static void an_offset_costs_no_digits(void **state) {
    (void)state;
    static const double offsets[] = {0, 1e3, 1e9, -1e12, 1e15};
    random_state = SEED;
    for (uint32_t k = 0; k < sizeof offsets / sizeof *offsets; k++) {
        for (uint32_t i = 0; i < LONG; i++) {
            long_values[i] = offsets[k] + random_normal();
        }
        struct oracle oracle = oracle_of_f64(long_values, LONG);
        struct weir_result result = profile_f64(long_values, LONG);
        check_oracle(&result, &oracle, 15.5, 3e-14);
        assert_true(result.sum == (double)oracle.sum);
    }
}

static void skewed_and_heavy_tailed_data_keep_their_digits(void **state) {
    (void)state;
    random_state = SEED + 1;
    for (uint32_t shape = 0; shape < 4; shape++) {
        for (uint32_t i = 0; i < LONG; i++) {
            double u = random_unit() + 0x1p-60;
            double values[4] = {-log(u), 1 / u, exp(random_normal() * 3), i % 1000 == 0 ? 1e9 : u};
            long_values[i] = values[shape];
        }
        struct oracle oracle = oracle_of_f64(long_values, LONG);
        struct weir_result result = profile_f64(long_values, LONG);
        check_digits("mean", result.mean, (double)oracle.mean, 15.9);
        check_digits("sum", result.sum, (double)oracle.sum, 17);
        check_digits("std", result.std, oracle.std, 15.4);
        check_digits("skewness", result.skewness, oracle.skewness, 14);
        check_digits("kurtosis", result.kurtosis, oracle.kurtosis, 14);
    }
}

static void drifting_means_are_merged_exactly(void **state) {
    (void)state;
    /* Blocks with different means: most of the spread comes from the merges. */
    random_state = SEED + 2;
    for (uint32_t i = 0; i < LONG; i++) {
        long_values[i] = 1e8 + (double)(i / BLOCK) * 1000.25 + random_normal() * 1e-3;
    }
    struct oracle oracle = oracle_of_f64(long_values, LONG);
    struct weir_result result = profile_f64(long_values, LONG);
    check_oracle(&result, &oracle, 15.4, 1e-13);
}

static void sizes_at_the_ends_of_the_range_keep_their_shape(void **state) {
    (void)state;
    random_state = SEED + 3;
    static const int exponents[] = {1020, 700, 300, 201, -199, -201, -300, -700, -1000};
    for (uint32_t k = 0; k < sizeof exponents / sizeof *exponents; k++) {
        const uint32_t count = 9000;
        static double plain[9000];
        for (uint32_t i = 0; i < count; i++) {
            plain[i] = random_normal() + (i < 5000 ? 0.5 : -0.25);
            long_values[i] = ldexp(plain[i], exponents[k]);
            plain[i] = ldexp(long_values[i], -exponents[k]);
        }
        struct oracle oracle = oracle_of_f64(plain, count);
        struct weir_result result = profile_f64(long_values, count);
        check_digits("mean", ldexp(result.mean, -exponents[k]), (double)oracle.mean, 13);
        check_digits("std", ldexp(result.std, -exponents[k]), oracle.std, 15.4);
        check_near("skewness", result.skewness, oracle.skewness, 1e-13);
        check_near("kurtosis", result.kurtosis, oracle.kurtosis, 1e-13);
        assert_true(result.variance >= 0);
        assert_true(result.sum == result.sum);
    }
}

static void huge_and_small_blocks_mix(void **state) {
    (void)state;
    /* One block of 1e308s among ordinary and tiny ones, in every order. */
    for (uint32_t place = 0; place < 5; place++) {
        const uint32_t count = 5 * BLOCK;
        static wide scaled[5 * BLOCK];
        for (uint32_t i = 0; i < count; i++) {
            double sign = i % 3 == 0 ? -1 : 1;
            double size = i / BLOCK == place ? 1.7e308 : i / BLOCK % 2 == 0 ? 1e-300 : 3;
            long_values[i] = sign * size * (1 - (double)(i % 7) / 16);
            scaled[i] = (wide)long_values[i] * (wide)0x1p-1000 * (wide)0x1p-24;
        }
        struct oracle oracle = oracle_of(scaled, count);
        struct weir_result result = profile_f64(long_values, count);
        check_digits("mean", ldexp(result.mean, -1024), (double)oracle.mean, 14);
        check_digits("std", ldexp(result.std, -1024), oracle.std, 15.4);
        check_near("skewness", result.skewness, oracle.skewness, 1e-13);
        check_near("kurtosis", result.kurtosis, oracle.kurtosis, 1e-12);
        assert_true(isinf(result.sum) && result.sum > 0);
        assert_true(isinf(result.variance));
    }
}

static void opposite_ends_of_the_range_give_no_nan(void **state) {
    (void)state;
    const double most = 0x1.fffffffffffffp+1023;
    for (uint32_t i = 0; i < 3 * BLOCK; i++) {
        long_values[i] = i < BLOCK ? most : i < 2 * BLOCK ? -most : 0;
    }
    struct weir_result result = profile_f64(long_values, 3 * BLOCK);
    check_near("mean", result.mean / most, 0, 1e-15);
    check_digits("std", result.std / most, sqrt(2.0 / 3 * 3 * BLOCK / (3 * BLOCK - 1)), 14);
    check_near("kurtosis", result.kurtosis, -1.5, 1e-12);
    check_near("skewness", result.skewness, 0, 1e-12);
    for (uint32_t i = 0; i < BLOCK; i++) {
        long_values[i] = i % 2 == 0 ? 0x1p-1074 : 0;
    }
    result = profile_f64(long_values, BLOCK);
    check_near("skewness", result.skewness, 0, 1e-12);
    check_near("kurtosis", result.kurtosis, -2, 1e-12);
    assert_true(result.sum == BLOCK / 2 * 0x1p-1074);
}

/* Means between two subnormals, of blocks with and without a spread, also beside larger ones. */
static void subnormal_blocks_keep_the_fraction_of_their_means(void **state) {
    (void)state;
    random_state = SEED + 9;
    static wide scaled[5 * BLOCK];
    for (uint32_t way = 0; way < 48; way++) {
        /* Least significant bit of each block, or a block of equal values. */
        const int exponents[4] = {-1074, -1060, way % 3 == 0 ? -800 : -1074, -650};
        for (uint32_t block = 0; block < 5; block++) {
            const uint32_t pick = way < 16 ? 0 : (uint32_t)(random_next() % 4);
            const bool equal = way % 2 == 1 && random_next() % 2 == 0;
            const int64_t size = (int64_t)(random_next() % 100);
            for (uint32_t i = block * BLOCK; i < (block + 1) * BLOCK; i++) {
                const int64_t steps = equal ? size : (int64_t)(random_next() % 100) - 30;
                long_values[i] = ldexp((double)steps, exponents[pick]);
                scaled[i] = (wide)ldexp((double)steps, exponents[pick] + 900);
            }
        }
        struct oracle oracle = oracle_of(scaled, 5 * BLOCK);
        struct weir_result result = profile_f64(long_values, 5 * BLOCK);
        const double size = oracle.std * 0x1p-900; /* exact to half a subnormal */
        assert_true(fabs(result.std - size) <= 0x1p-1074 + 0x1p-51 * size);
        if (oracle.std > 0) {
            check_near("skewness", result.skewness, oracle.skewness,
                       1e-13 * sqrt(oracle.kurtosis + 3));
            check_near("kurtosis", result.kurtosis, oracle.kurtosis, 1e-13 * (oracle.kurtosis + 3));
        }
    }
}

static void cancelling_sums_are_exact(void **state) {
    (void)state;
    const double values[] = {1e16, 1, -1e16, 0.1, 1e16, -1e16, 0.2};
    wide exact = (wide)1 + (wide)0.1 + (wide)0.2;
    struct weir_result result = profile_f64(values, 7);
    assert_true(result.sum == (double)exact);
    assert_true(result.mean == (double)(exact / 7));
    /* Across blocks as well. */
    for (uint32_t i = 0; i < LONG; i++) {
        long_values[i] = i < LONG / 2 ? 1e17 : -1e17;
    }
    long_values[1] = 0.5;
    long_values[LONG - 1] = 0.25;
    result = profile_f64(long_values, LONG);
    assert_true(result.sum == 0.75);
}

static void nanosecond_timestamps_within_a_second_have_twelve_digits(void **state) {
    (void)state;
    random_state = SEED + 4;
    static int64_t values[LONG];
    static wide copies[LONG];
    for (uint32_t i = 0; i < LONG; i++) {
        values[i] = INT64_C(1700000000000000000) + (int64_t)(random_next() % 1000000000);
        copies[i] = values[i];
    }
    struct oracle oracle = oracle_of(copies, LONG);
    struct weir_result result = profile(values, 8, LONG, WEIR_KIND_I64);
    check_oracle(&result, &oracle, 15.4, 1e-13);
    assert_true(result.mean == (double)oracle.mean);
    /* The first value need not be near the others. */
    values[0] = 0;
    copies[0] = 0;
    oracle = oracle_of(copies, LONG);
    result = profile(values, 8, LONG, WEIR_KIND_I64);
    check_digits("std", result.std, oracle.std, 15.4);
    check_digits("kurtosis", result.kurtosis, oracle.kurtosis, 12);
}

static void extremes_of_64_bits_have_twelve_digits(void **state) {
    (void)state;
    random_state = SEED + 5;
    static uint64_t values[LONG];
    static wide copies[LONG];
    for (uint32_t is_signed = 0; is_signed < 2; is_signed++) {
        for (uint32_t way = 0; way < 3; way++) {
            for (uint32_t i = 0; i < LONG; i++) {
                uint64_t bits = random_next();
                uint64_t ends = bits % 2 == 0 ? UINT64_MAX - bits % 5 : bits % 3;
                ends ^= is_signed ? UINT64_C(1) << 63 : 0;
                values[i] = way == 0 ? bits : way == 1 ? ends : (UINT64_C(1) << 62) + bits % 2;
                copies[i] = is_signed ? (wide)(int64_t)values[i] : (wide)values[i];
            }
            struct oracle oracle = oracle_of(copies, LONG);
            struct weir_result result =
                profile(values, 8, LONG, is_signed ? WEIR_KIND_I64 : WEIR_KIND_U64);
            check_digits("std", result.std, oracle.std, 15.4);
            check_near("skewness", result.skewness, oracle.skewness, 1e-12);
            check_near("kurtosis", result.kurtosis, oracle.kurtosis, 1e-12);
        }
    }
}

static void the_counter_merges_as_a_balanced_tree(void **state) {
    (void)state;
    random_state = SEED + 6;
    struct weir_moments tree[WEIR_NUMBERS_LEVELS] = {{0}};
    struct weir_moments leaves[7];
    uint64_t blocks = 0;
    for (uint32_t i = 0; i < 7; i++) {
        leaves[i] = (struct weir_moments){.count = 1 + random_next() % 100,
                                          .mean_high = random_normal(),
                                          .m2 = random_unit() + 1,
                                          .m3 = random_normal(),
                                          .m4 = random_unit() + 2};
        weir_moments_push(tree, &blocks, &leaves[i]);
    }
    struct weir_moments a = weir_moments_merge(&leaves[0], &leaves[1]);
    struct weir_moments b = weir_moments_merge(&leaves[2], &leaves[3]);
    struct weir_moments four = weir_moments_merge(&a, &b);
    struct weir_moments two = weir_moments_merge(&leaves[4], &leaves[5]);
    struct weir_moments three = weir_moments_merge(&two, &leaves[6]);
    struct weir_moments all = weir_moments_merge(&four, &three);
    struct weir_moments folded = weir_moments_fold(tree, blocks);
    assert_memory_equal(&all, &folded, sizeof all);
}

static void merging_with_nothing_changes_nothing(void **state) {
    (void)state;
    struct weir_moments none = {0};
    struct weir_moments some = {.count = 3, .mean_high = 2.5, .m2 = 1, .m3 = -1, .m4 = 2};
    struct weir_moments left = weir_moments_merge(&none, &some);
    struct weir_moments right = weir_moments_merge(&some, &none);
    assert_memory_equal(&left, &some, sizeof some);
    assert_memory_equal(&right, &some, sizeof some);
}

static void quotients_of_two_doubles_have_a_hundred_bits(void **state) {
    (void)state;
    random_state = SEED + 7;
    for (uint32_t i = 0; i < 10000; i++) {
        double high = ldexp(random_normal(), (int)(random_next() % 1600) - 800);
        struct weir_twofold a = {high, high * 0x1p-54 * random_unit()};
        double n = (double)(1 + random_next() % (UINT64_C(1) << 44));
        struct weir_twofold q = weir_twofold_divide(a, n);
        wide exact = ((wide)a.high + (wide)a.low) / (wide)n;
        wide error = ((wide)q.high + (wide)q.low - exact) / exact;
        assert_true(error < (wide)0x1p-98 && error > -(wide)0x1p-98);
    }
}

static void products_and_ratios_of_two_doubles_have_a_hundred_bits(void **state) {
    (void)state;
    random_state = SEED + 8;
    for (uint32_t i = 0; i < 10000; i++) {
        double high = ldexp(random_normal(), (int)(random_next() % 400) - 200);
        double other = ldexp(random_normal() + 7, (int)(random_next() % 400) - 200);
        struct weir_twofold a = weir_twofold_sum(high, high * 0x1p-54 * random_unit());
        struct weir_twofold b = weir_twofold_sum(other, other * 0x1p-54 * random_unit());
        wide exact[2] = {((wide)a.high + (wide)a.low) * ((wide)b.high + (wide)b.low),
                         ((wide)a.high + (wide)a.low) / ((wide)b.high + (wide)b.low)};
        struct weir_twofold got[2] = {weir_twofold_multiply(a, b), weir_twofold_ratio(a, b)};
        for (int k = 0; k < 2; k++) {
            wide error = ((wide)got[k].high + (wide)got[k].low - exact[k]) / exact[k];
            assert_true(error < (wide)0x1p-98 && error > -(wide)0x1p-98);
        }
        uint64_t bits = random_next() >> (random_next() % 64);
        struct weir_twofold whole = weir_twofold_of_u64(bits);
        assert_true((wide)whole.high + (wide)whole.low == (wide)bits);
    }
}

int main(void) {
    printf("seed %llx\n", (unsigned long long)SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offset_costs_no_digits),
        cmocka_unit_test(skewed_and_heavy_tailed_data_keep_their_digits),
        cmocka_unit_test(drifting_means_are_merged_exactly),
        cmocka_unit_test(sizes_at_the_ends_of_the_range_keep_their_shape),
        cmocka_unit_test(huge_and_small_blocks_mix),
        cmocka_unit_test(opposite_ends_of_the_range_give_no_nan),
        cmocka_unit_test(subnormal_blocks_keep_the_fraction_of_their_means),
        cmocka_unit_test(cancelling_sums_are_exact),
        cmocka_unit_test(nanosecond_timestamps_within_a_second_have_twelve_digits),
        cmocka_unit_test(extremes_of_64_bits_have_twelve_digits),
        cmocka_unit_test(the_counter_merges_as_a_balanced_tree),
        cmocka_unit_test(merging_with_nothing_changes_nothing),
        cmocka_unit_test(quotients_of_two_doubles_have_a_hundred_bits),
        cmocka_unit_test(products_and_ratios_of_two_doubles_have_a_hundred_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
