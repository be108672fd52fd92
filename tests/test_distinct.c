/*
 * Distinct counts of columns: exact up to 1024, then as good as the standard error printed with
 * them, for keys at random and for keys with a pattern.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>

#include <cmocka.h>

#include "binomial.h"
#include "column_rig.h"
#include "splitmix.h"
#include "stats/hll.h"

enum { BLOCK = 4096, TEXT_BYTES = 48 };

static const struct weir_stats_options options = {.stats = WEIR_STATS_DISTINCT, .rank_error = 0.05};

static struct rig column_of(enum weir_kind kind) {
    struct weir_stats_options own = options;
    own.isa = weir_isa_best();
    return rig_with(kind, &own, 0);
}

/* --- Errors in units of the printed one. ----------------------------------------------------- */

/* How many of a number of estimates were off by more than 1, 2 and 3 printed errors. */
struct tally {
    uint64_t trials;
    uint64_t beyond[3];
    double squares;
    double worst;
};

static void count_error(struct tally *tally, double estimate, double truth, double printed) {
    const double z = fabs(estimate / truth - 1) / printed;
    tally->trials++;
    tally->squares += z * z;
    tally->worst = fmax(tally->worst, z);
    for (uint32_t i = 0; i < 3; i++) {
        tally->beyond[i] += z > i + 1;
    }
}

/* As rare as they are for a normal error with the printed standard deviation. */
static bool holds(const struct tally *tally) {
    static const double chances[3] = {0.31731, 0.04551, 0.00270};
    bool good = true;
    for (uint32_t i = 0; i < 3; i++) {
        good &= as_rare_as(tally->trials, tally->beyond[i], chances[i]);
    }
    return good;
}

static void tell(const char *what, const struct tally *tally) {
    print_message("%-28s %3llu counts: beyond 1, 2, 3 printed errors %llu %llu %llu; rms %.2f, "
                  "worst %.2f\n",
                  what, (unsigned long long)tally->trials, (unsigned long long)tally->beyond[0],
                  (unsigned long long)tally->beyond[1], (unsigned long long)tally->beyond[2],
                  sqrt(tally->squares / (double)tally->trials), tally->worst);
}

/* --- Random keys. --------------------------------------------------------------------------- */

static double estimate_of_random(uint64_t truth, uint64_t seed) {
    static uint64_t keys[BLOCK];
    struct weir_hll hll;
    weir_hll_begin(&hll);
    random_state = seed << 32; /* the outputs of one state are distinct */
    for (uint64_t left = truth; left > 0;) {
        const uint32_t count = (uint32_t)(left < BLOCK ? left : BLOCK);
        for (uint32_t i = 0; i < count; i++) {
            keys[i] = random_next();
        }
        weir_hll_add_keys(&hll, weir_isa_best(), keys, count);
        left -= count;
    }
    return weir_hll_estimate(&hll);
}

static void random_keys_are_counted_as_well_as_printed(void **state) {
    (void)state;
    static const uint64_t truths[] = {1000, 10000, 30000, 100000, 1000000, 10000000};
    static const uint32_t seeds[] = {200, 200, 200, 200, 100, 20};
    struct tally all = {0};
    struct tally claimed = {0};
    for (uint32_t t = 0; t < sizeof truths / sizeof *truths; t++) {
        struct tally tally = {0};
        for (uint64_t seed = 1; seed <= seeds[t]; seed++) {
            const double estimate = estimate_of_random(truths[t], seed + 1000 * t);
            const double truth = (double)truths[t];
            count_error(&tally, estimate, truth, WEIR_HLL_RELATIVE_ERROR);
            count_error(&all, estimate, truth, WEIR_HLL_RELATIVE_ERROR);
            if (truths[t] >= 30000) { /* few keys are counted better than that */
                count_error(&claimed, estimate, truth, WEIR_HLL_RELATIVE_ERROR / 2);
            }
        }
        char what[40];
        (void)snprintf(what, sizeof what, "%llu random", (unsigned long long)truths[t]);
        tell(what, &tally);
        assert_true(holds(&tally));
        assert_true(tally.worst < 5);
    }
    tell("all", &all);
    assert_true(holds(&all));
    /* A quarter of the registers that a claim needs is found out. */
    assert_false(holds(&claimed));
}

/* --- Keys with a pattern. -------------------------------------------------------------------- */

struct pattern {
    const char *name;
    enum weir_kind kind;
    uint64_t (*bits)(uint64_t i, uint32_t variant);
};

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t sequence(uint64_t i, uint32_t variant) {
    return (variant == 0 ? 0 : UINT64_C(1) << (variant * 5)) + i;
}

static uint64_t downwards(uint64_t i, uint32_t variant) {
    return (UINT64_C(1) << (62 - variant)) - i;
}

static uint64_t powers_apart(uint64_t i, uint32_t variant) {
    return i << (4 * (variant + 1));
}

static uint64_t strides(uint64_t i, uint32_t variant) {
    static const uint64_t by[8] = {3, 10, 1000, 4095, 4097, 86400, 1000000, 1000000007};
    return i * by[variant % 8];
}

static uint64_t high_and_low(uint64_t i, uint32_t variant) {
    return (i % 1000) << (32 + variant) | i / 1000;
}

static uint64_t ulps_apart(uint64_t i, uint32_t variant) {
    return bits_of(ldexp(1.0, (int)variant * 60 - 200)) + i;
}

static uint64_t whole_doubles(uint64_t i, uint32_t variant) {
    return bits_of(ldexp((double)i, (int)variant * 7));
}

static uint64_t cents(uint64_t i, uint32_t variant) {
    return bits_of((double)(i + variant * 1000003) / 100);
}

static uint64_t subnormals(uint64_t i, uint32_t variant) {
    return (i + 1) << variant;
}

static const struct pattern patterns[] = {
    {"sequence", WEIR_KIND_I64, sequence},
    {"downwards", WEIR_KIND_I64, downwards},
    {"multiples of 2^k", WEIR_KIND_U64, powers_apart},
    {"strides", WEIR_KIND_I64, strides},
    {"high and low halves", WEIR_KIND_U64, high_and_low},
    {"1 ulp apart", WEIR_KIND_F64, ulps_apart},
    {"whole doubles", WEIR_KIND_F64, whole_doubles},
    {"cents", WEIR_KIND_F64, cents},
    {"subnormals", WEIR_KIND_F64, subnormals},
};

static struct weir_distinct count_pattern(const struct pattern *pattern, uint32_t variant,
                                          uint64_t truth) {
    static uint64_t values[BLOCK];
    struct rig rig = column_of(pattern->kind);
    weir_column_chunk_begin(rig.column, rig.scratch);
    for (uint64_t at = 0; at < truth;) {
        const uint32_t count = (uint32_t)(truth - at < BLOCK ? truth - at : BLOCK);
        for (uint32_t i = 0; i < count; i++) {
            values[i] = pattern->bits(at + i, variant);
        }
        weir_column_add_fixed(rig.column, rig.scratch, values, count);
        at += count;
    }
    weir_column_chunk_end(rig.column, rig.scratch);
    const struct weir_result result = rig_result(&rig);
    rig_end(&rig);
    assert_true(result.has_distinct);
    return result.distinct;
}

static void patterns_are_counted_as_well_as_random_keys(void **state) {
    (void)state;
    static const uint64_t truths[] = {1025, 5000, 20000, 100000, 400000};
    struct tally all = {0};
    for (uint32_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        struct tally tally = {0};
        for (uint32_t t = 0; t < sizeof truths / sizeof *truths; t++) {
            for (uint32_t variant = 0; variant < 8; variant++) {
                const struct weir_distinct distinct =
                    count_pattern(&patterns[p], variant, truths[t]);
                assert_true(!distinct.exact && distinct.relative_error > 0);
                count_error(&tally, (double)distinct.value, (double)truths[t],
                            distinct.relative_error);
                count_error(&all, (double)distinct.value, (double)truths[t],
                            distinct.relative_error);
            }
        }
        tell(patterns[p].name, &tally);
        assert_true(holds(&tally) && tally.worst < 5);
    }
    tell("all", &all);
    assert_true(holds(&all));
}

/* --- Texts. --------------------------------------------------------------------------------- */

static const char *const formats[] = {"%u",
                                      "%08u",
                                      "user-%u@example.org",
                                      "%u-a-common-ending",
                                      "/a/long/common/beginning/of/paths/%u",
                                      "%x"};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static struct weir_distinct count_texts(uint32_t format, uint32_t first, uint32_t truth,
                                        uint32_t repeats) {
    static char texts[BLOCK][TEXT_BYTES];
    static struct weir_view views[BLOCK];
    struct rig rig = column_of(WEIR_KIND_BYTES);
    weir_column_chunk_begin(rig.column, rig.scratch);
    for (uint32_t at = 0; at < truth * repeats;) {
        const uint32_t left = truth * repeats - at;
        const uint32_t count = left < BLOCK ? left : BLOCK;
        for (uint32_t i = 0; i < count; i++) {
            const int length =
                snprintf(texts[i], TEXT_BYTES, formats[format], first + (at + i) % truth);
            views[i] = (struct weir_view){(const uint8_t *)texts[i], (uint32_t)length};
        }
        weir_column_add_views(rig.column, rig.scratch, views, NULL, count);
        at += count;
    }
    weir_column_chunk_end(rig.column, rig.scratch);
    const struct weir_result result = rig_result(&rig);
    rig_end(&rig);
    return result.distinct;
}

static void texts_that_differ_little_are_counted_as_well(void **state) {
    (void)state;
    struct tally all = {0};
    for (uint32_t format = 0; format < FORMATS; format++) {
        struct tally tally = {0};
        for (uint32_t set = 0; set < 16; set++) {
            const uint32_t truth = set < 8 ? 1025 + set * 777 : 10000 + set * 1111;
            const struct weir_distinct distinct =
                count_texts(format, set * 100000, truth, set % 2 + 1);
            assert_false(distinct.exact);
            count_error(&tally, (double)distinct.value, truth, distinct.relative_error);
            count_error(&all, (double)distinct.value, truth, distinct.relative_error);
        }
        tell(formats[format], &tally);
        assert_true(holds(&tally) && tally.worst < 5);
    }
    assert_true(holds(&all));
}

/* --- Few. ----------------------------------------------------------------------------------- */

static void up_to_1024_are_exact(void **state) {
    (void)state;
    static const uint32_t truths[] = {1, 2, 3, 255, 1000, 1023, 1024};
    for (uint32_t t = 0; t < sizeof truths / sizeof *truths; t++) {
        for (uint32_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
            for (uint32_t variant = 0; variant < 8; variant++) {
                const struct weir_distinct distinct =
                    count_pattern(&patterns[p], variant, truths[t]);
                assert_true(distinct.exact && distinct.relative_error == 0);
                assert_int_equal(distinct.value, truths[t]);
            }
        }
        for (uint32_t format = 0; format < FORMATS; format++) {
            const struct weir_distinct distinct = count_texts(format, 7, truths[t], 5);
            assert_true(distinct.exact && distinct.relative_error == 0);
            assert_int_equal(distinct.value, truths[t]);
        }
    }
}

/* -0 and +0 are one value, NaN is none. */
static void zeros_are_one_value_and_nan_is_none(void **state) {
    (void)state;
    const double values[6] = {0.0, -0.0, NAN, 1, -NAN, INFINITY};
    struct rig rig = column_of(WEIR_KIND_F64);
    rig_feed(&rig, values, NULL, 6);
    const struct weir_result result = rig_result(&rig);
    rig_end(&rig);
    assert_true(result.distinct.exact);
    assert_int_equal(result.distinct.value, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_keys_are_counted_as_well_as_printed),
        cmocka_unit_test(patterns_are_counted_as_well_as_random_keys),
        cmocka_unit_test(texts_that_differ_little_are_counted_as_well),
        cmocka_unit_test(up_to_1024_are_exact),
        cmocka_unit_test(zeros_are_one_value_and_nan_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
