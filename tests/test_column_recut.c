/* The same values cut into other chunks, in another order, or as values with counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "column_rig.h"
#include "column_same.h"
#include "splitmix.h"

#include "stats/column_state.h"

#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 wide; /* 113 bits */
#else
typedef long double wide;
#endif

#define SEED UINT64_C(0xc0ac29b7c97c50dd)
#define KINDS_ALL 0x1ffu

static double random_unit(void) {
    return (double)(random_next() >> 11) * 0x1p-53;
}

static const enum weir_kind kinds[] = {WEIR_KIND_I32, WEIR_KIND_U32, WEIR_KIND_I64, WEIR_KIND_U64,
                                       WEIR_KIND_F32, WEIR_KIND_F64, WEIR_KIND_I128};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint32_t bytes_of(enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_U32:
    case WEIR_KIND_F32: return 4;
    case WEIR_KIND_I128: return 16;
    default: return 8;
    }
}

/* --- A column. -------------------------------------------------------------------------------- */

static struct rig rig_new(enum weir_kind kind, uint32_t stats) {
    const struct weir_stats_options options = {.stats = stats, .rank_error = 0.05, .seed = 9};
    return rig_among(KINDS_ALL, kind, &options, 3);
}

static void disturb(struct rig *rig) {
    rig_disturb(rig, (uint8_t)random_next());
}

static void feed(struct rig *rig, const uint8_t *values, const uint32_t *weights, uint64_t count,
                 uint64_t span) {
    const uint32_t each = bytes_of(rig->kind);
    weir_column_chunk_begin(rig->column, rig->scratch);
    for (uint64_t i = 0; i < count; i += span) {
        const uint64_t taken = count - i < span ? count - i : span;
        if (weights == NULL) {
            weir_column_add_fixed(rig->column, rig->scratch, values + i * each, taken);
        } else {
            weir_column_add_fixed_weighted(rig->column, rig->scratch, values + i * each,
                                           weights + i, taken);
        }
    }
    weir_column_chunk_end(rig->column, rig->scratch);
}

/* In chunks of random lengths, each in spans of random lengths. */
static void feed_in_chunks(struct rig *rig, const uint8_t *values, uint64_t count,
                           uint64_t chunk_max) {
    for (uint64_t at = 0; at < count;) {
        uint64_t taken = 1 + random_next() % chunk_max;
        taken = taken < count - at ? taken : count - at;
        feed(rig, values + at * bytes_of(rig->kind), NULL, taken, 1 + random_next() % 6000);
        if (random_next() % 8 == 0) {
            feed(rig, values, NULL, 0, 1);
        }
        at += taken;
        if (random_next() % 16 == 0) {
            disturb(rig);
        }
    }
}

/* Everything that a column says. */
struct outcome {
    struct weir_result result;
    struct weir_quantile quantiles[7];
    bool has_histogram;
    uint64_t bins[9];
    double low;
    double high;
};

static void outcome_of(struct rig *rig, struct outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    weir_column_end(rig->column, rig->scratch);
    weir_column_result(rig->column, rig->scratch, &outcome->result);
    for (int i = 0; i < 7; i++) {
        outcome->quantiles[i].q = i / 6.0;
    }
    weir_column_quantiles(rig->column, rig->scratch, outcome->quantiles, 7);
    outcome->has_histogram = weir_column_histogram(rig->column, rig->scratch, 9, outcome->bins,
                                                   &outcome->low, &outcome->high);
}

static void assert_same_outcome(struct rig *a, struct rig *b) {
    static struct outcome of_a;
    static struct outcome of_b;
    outcome_of(a, &of_a);
    outcome_of(b, &of_b);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
}

/* --- Numbers. --------------------------------------------------------------------------------- */

enum { N = 30000 };
static uint8_t values[N * 16];
static uint8_t others[N * 16];
static uint32_t weights[N];

/* `pool` 0: values in plenty; else as many distinct ones at most. */
static void fill(enum weir_kind kind, uint32_t pool, uint32_t shape) {
    for (uint32_t i = 0; i < N; i++) {
        uint8_t *at = values + (size_t)i * bytes_of(kind);
        const double u = random_unit();
        if (pool > 0 && i >= pool) {
            memcpy(at, values + (size_t)(u * u * pool) * bytes_of(kind), bytes_of(kind));
            continue;
        }
        const uint64_t bits[2] = {random_next() >> (shape % 3 * 20), random_next() >> 40};
        double real = shape == 0 ? u - 0.3 : shape == 1 ? 1e9 + u : ldexp(u, (int)(u * 1500) - 800);
        real = shape == 3 && i % 10 == 0 ? (i % 20 ? NAN : i % 30 ? INFINITY : -INFINITY) : real;
        const float narrow = (float)real;
        memcpy(at,
               kind == WEIR_KIND_F64   ? (const void *)&real
               : kind == WEIR_KIND_F32 ? (const void *)&narrow
                                       : (const void *)bits,
               bytes_of(kind));
    }
}

static const uint32_t stat_sets[] = {
    WEIR_STATS_ALL,
    WEIR_STATS_MOMENTS,
    WEIR_STATS_QUANTILES | WEIR_STATS_DISTINCT,
    WEIR_STATS_TOP,
};
enum { STAT_SETS = sizeof stat_sets / sizeof stat_sets[0] };

static void chunks_of_plain_values_do_not_matter(void **state) {
    (void)state;
    random_state = SEED;
    for (uint32_t round = 0; round < KINDS * STAT_SETS * 4; round++) {
        const enum weir_kind kind = kinds[round % KINDS];
        const uint32_t stats = stat_sets[round / KINDS % STAT_SETS];
        fill(kind, round % 5 == 0 ? 1000 : 0, round / (KINDS * STAT_SETS));
        struct rig one = rig_new(kind, stats);
        feed(&one, values, NULL, N, N);
        weir_column_end(one.column, one.scratch);
        for (uint64_t chunk_max = 50; chunk_max < 20000; chunk_max *= 7) {
            struct rig many = rig_new(kind, stats);
            feed_in_chunks(&many, values, N, chunk_max);
            assert_same_outcome(&one, &many);
            assert_same_columns(one.column, many.column);
            rig_end(&many);
        }
        rig_end(&one);
    }
}

/* A slot that is copied between two chunks takes its partial block along. */
static void a_copied_slot_goes_on(void **state) {
    (void)state;
    random_state = SEED + 1;
    for (uint32_t round = 0; round < KINDS; round++) {
        const enum weir_kind kind = kinds[round];
        fill(kind, 0, 0);
        struct rig a = rig_new(kind, WEIR_STATS_ALL);
        struct rig b = rig_new(kind, WEIR_STATS_ALL);
        feed(&a, values, NULL, 7001, 100);
        memcpy(b.column, a.column, a.slot_bytes);
        feed(&a, values, NULL, N, 333);
        feed_in_chunks(&b, values, N, 900);
        assert_same_outcome(&a, &b);
        rig_end(&a);
        rig_end(&b);
    }
}

static void shuffle(enum weir_kind kind) {
    const uint32_t each = bytes_of(kind);
    memcpy(others, values, (size_t)N * each);
    for (uint32_t i = N - 1; i > 0; i--) {
        uint8_t kept[16];
        uint8_t *a = others + (size_t)i * each;
        uint8_t *b = others + (size_t)(random_next() % (i + 1)) * each;
        memcpy(kept, a, each);
        memmove(a, b, each);
        memcpy(b, kept, each);
    }
}

/* Up to 1024 distinct values: any order, any chunks, with counts or without. */
static void few_values_give_the_same_bits_however_they_come(void **state) {
    (void)state;
    random_state = SEED + 2;
    for (uint32_t round = 0; round < KINDS * 12; round++) {
        const enum weir_kind kind = kinds[round % KINDS];
        const uint32_t each = bytes_of(kind);
        const uint32_t pool = 1 + (uint32_t)(random_next() % 1024);
        fill(kind, pool, round / KINDS % 4);
        struct rig first = rig_new(kind, WEIR_STATS_ALL);
        feed(&first, values, NULL, N, N);
        shuffle(kind);
        struct rig shuffled = rig_new(kind, WEIR_STATS_ALL);
        feed_in_chunks(&shuffled, others, N, 1 + random_next() % 9000);
        assert_same_outcome(&first, &shuffled);
        /* Entries with counts, some of them 0, some twice; the rest plain. */
        struct rig counted = rig_new(kind, WEIR_STATS_ALL);
        const uint32_t plain = (uint32_t)(random_next() % N);
        feed(&counted, others, NULL, plain / 2, 1000);
        for (uint32_t from = plain; from < N;) {
            uint32_t taken = 1 + (uint32_t)(random_next() % 8000);
            taken = taken < N - from ? taken : N - from;
            uint32_t entries = 0;
            for (uint32_t i = 0; i < taken; i++) {
                const uint8_t *value = others + (size_t)(from + i) * each;
                uint8_t *entry = values + (size_t)(entries ? entries - 1 : 0) * each;
                if (entries > 0 && random_next() % 2 == 0 && memcmp(entry, value, each) == 0) {
                    weights[entries - 1]++;
                    continue;
                }
                memmove(values + (size_t)entries * each, value, each);
                weights[entries++] = 1;
                if (i % 100 == 0 && entries < N) {
                    memmove(values + (size_t)entries * each, others, each);
                    weights[entries++] = 0;
                }
            }
            feed(&counted, values, weights, entries, 777);
            from += taken;
        }
        feed(&counted, others + (size_t)(plain / 2) * each, NULL, plain - plain / 2, 5000);
        assert_same_outcome(&first, &counted);
        rig_end(&first);
        rig_end(&shuffled);
        rig_end(&counted);
    }
}

/* --- How good moments from counts are. -------------------------------------------------------- */

static void check_ulps(const char *what, double got, double exact, double unit_of, double ulps) {
    const double unit = nextafter(fabs(unit_of), INFINITY) - fabs(unit_of);
    if (!(fabs(got - exact) <= ulps * unit)) {
        fail_msg("%s: %.17g is not %.17g", what, got, exact);
    }
}

static void moments_of_few_values_are_good_to_the_last_place(void **state) {
    (void)state;
    random_state = SEED + 3;
    for (uint32_t round = 0; round < 60; round++) {
        static double reals[N];
        const uint32_t pool = 2 + (uint32_t)(random_next() % 1000);
        const uint32_t shape = round % 5;
        for (uint32_t i = 0; i < N; i++) {
            const double u = random_unit();
            reals[i] = i < pool ? (shape == 0   ? u
                                   : shape == 1 ? 1e12 + u
                                   : shape == 2 ? 1 / (u * u + 1e-6)
                                   : shape == 3 ? floor(u * 1000) / 100
                                                : ldexp(u - 0.5, -1000))
                                : reals[(uint32_t)(u * u * pool)];
        }
        struct rig rig = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL);
        feed(&rig, (const uint8_t *)reals, NULL, N, N);
        static struct outcome outcome;
        outcome_of(&rig, &outcome);
        const struct weir_result *result = &outcome.result;
        wide sum = 0;
        for (uint32_t i = 0; i < N; i++) {
            sum += (wide)reals[i];
        }
        const wide mean = sum / N;
        wide m[3] = {0};
        for (uint32_t i = 0; i < N; i++) {
            const wide d = ((wide)reals[i] - mean) * (shape == 4 ? (wide)0x1p1000 : 1);
            m[0] += d * d;
            m[1] += d * d * d;
            m[2] += d * d * d * d;
        }
        const wide s2 = m[0] / N;
        const double variance = (double)(m[0] / (N - 1));
        const double std = (double)sqrtl((long double)(m[0] / (N - 1)));
        const double skewness = (double)((long double)(m[1] / N / s2) / sqrtl((long double)s2));
        const double kurtosis = (double)(m[2] / N / s2 / s2 - 3);
        assert_true(result->sum == (double)sum);
        assert_true(result->mean == (double)mean);
        assert_true(shape == 4 || fabs(result->variance - variance) <= 0x1p-52 * variance);
        check_ulps("std", shape == 4 ? ldexp(result->std, 1000) : result->std, std, std, 1);
        check_ulps("skewness", result->skewness, skewness, skewness, 4);
        check_ulps("kurtosis", result->kurtosis, kurtosis, kurtosis + 3, 1);
        rig_end(&rig);
    }
}

/* Sums that only exact arithmetic gives: everything cancels but the least of all. */
static void sums_of_few_values_are_exact(void **state) {
    (void)state;
    const double most = 0x1.fffffffffffffp+1023;
    const double some[5] = {most, -most, 0x1p-1074, 1e17, -1e17};
    const uint32_t counts[5] = {4000000000, 4000000000, 3, 77, 77};
    struct rig rig = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL);
    static struct outcome outcome;
    feed(&rig, (const uint8_t *)some, counts, 5, 1);
    outcome_of(&rig, &outcome);
    const struct weir_result *result = &outcome.result;
    assert_true(result->sum == 0x3p-1074 && result->mean == 0);
    assert_true(isinf(result->variance) && fabs(result->std / most - 1) < 1e-7);
    assert_true(fabs(result->skewness) < 1e-15 && fabs(result->kurtosis + 2) < 1e-6);
    rig_end(&rig);
    rig = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL);
    feed(&rig, (const uint8_t *)some, counts, 1, 1);
    outcome_of(&rig, &outcome);
    assert_true(isinf(outcome.result.sum) && outcome.result.mean == most);
    assert_true(outcome.result.std == 0 && isnan(outcome.result.kurtosis));
    rig_end(&rig);
    /* Nothing but what has no place in sums. */
    const double odd[3] = {NAN, INFINITY, -INFINITY};
    rig = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL);
    feed(&rig, (const uint8_t *)odd, NULL, 3, 3);
    outcome_of(&rig, &outcome);
    assert_true(outcome.result.sum == 0 && isnan(outcome.result.mean));
    assert_true(isnan(outcome.result.std) && outcome.result.count == 3);
    rig_end(&rig);
    const double zeros[3] = {-0.0, 0.0, -0.0};
    rig = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL);
    feed(&rig, (const uint8_t *)zeros, NULL, 3, 3);
    outcome_of(&rig, &outcome);
    assert_true(outcome.result.sum == 0 && !signbit(outcome.result.sum));
    assert_true(outcome.result.mean == 0 && !signbit(outcome.result.mean));
    assert_true(outcome.result.std == 0 && outcome.result.zeros == 3);
    rig_end(&rig);
}

/* --- Byte arrays. ----------------------------------------------------------------------------- */

static struct weir_view views[N];
static uint8_t texts[N * 40];
static uint8_t long_text[9000];

static void fill_texts(uint32_t shape) {
    for (uint32_t i = 0; i < N; i++) {
        uint8_t *text = texts + (size_t)i * 40;
        const double u = random_unit();
        const uint32_t number = shape == 0   ? i                         /* all distinct */
                                : shape == 1 ? (uint32_t)exp(u * 10.3)   /* Zipf */
                                : shape == 2 ? (uint32_t)(u * 1025)      /* about as many as fit */
                                : shape == 3 ? (uint32_t)(u * u * 20000) /* few come often */
                                             : (uint32_t)(u * 2000);
        const int length = snprintf((char *)text, 40, "%s%u", number % 3 ? "" : "the number of ",
                                    number * 2654435761u);
        views[i] = (struct weir_view){text, (uint32_t)length};
        if (shape == 4 && i % 1000 == 999) {
            views[i] = (struct weir_view){long_text, 5000 + i % 7};
        }
    }
}

static void add_texts(struct rig *rig, uint32_t from, uint32_t to) {
    while (from < to) {
        const uint32_t length = views[from].length;
        uint32_t span = 1 + (uint32_t)(random_next() % 700);
        span = span < to - from ? span : to - from;
        if (length > WEIR_VIEW_BYTES_MAX) {
            for (uint32_t at = 0; at < length;) {
                uint32_t bytes = 1 + (uint32_t)(random_next() % 4000);
                bytes = bytes < length - at ? bytes : length - at;
                weir_column_add_piece(rig->column, rig->scratch, views[from].data + at, bytes, at,
                                      length, 1);
                at += bytes;
            }
            from++;
            continue;
        }
        uint32_t count = 0;
        while (count < span && views[from + count].length <= WEIR_VIEW_BYTES_MAX) {
            count++;
        }
        weir_column_add_views(rig->column, rig->scratch, views + from, NULL, count);
        from += count;
    }
}

static void chunks_of_byte_arrays_do_not_matter(void **state) {
    (void)state;
    random_state = SEED + 4;
    for (uint32_t round = 0; round < 30; round++) {
        const uint32_t stats = round < 20 ? WEIR_STATS_ALL : stat_sets[round % STAT_SETS];
        fill_texts(round % 5);
        struct rig one = rig_new(WEIR_KIND_BYTES, stats);
        weir_column_chunk_begin(one.column, one.scratch);
        add_texts(&one, 0, N);
        weir_column_chunk_end(one.column, one.scratch);
        for (uint32_t chunk_max = 30; chunk_max < 20000; chunk_max *= 8) {
            struct rig many = rig_new(WEIR_KIND_BYTES, stats);
            for (uint32_t from = 0; from < N;) {
                uint32_t to = from + 1 + (uint32_t)(random_next() % chunk_max);
                to = to < N ? to : N;
                weir_column_chunk_begin(many.column, many.scratch);
                add_texts(&many, from, to);
                weir_column_chunk_end(many.column, many.scratch);
                from = to;
                disturb(&many);
                if (random_next() % 8 == 0) { /* nulls alone */
                    weir_column_chunk_begin(many.column, many.scratch);
                    weir_column_chunk_end(many.column, many.scratch);
                }
            }
            assert_same_outcome(&one, &many);
            rig_end(&many);
        }
        rig_end(&one);
    }
}

int main(void) {
    printf("seed %llx\n", (unsigned long long)SEED);
    memset(long_text, 'w', sizeof long_text);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_of_plain_values_do_not_matter),
        cmocka_unit_test(a_copied_slot_goes_on),
        cmocka_unit_test(few_values_give_the_same_bits_however_they_come),
        cmocka_unit_test(moments_of_few_values_are_good_to_the_last_place),
        cmocka_unit_test(sums_of_few_values_are_exact),
        cmocka_unit_test(chunks_of_byte_arrays_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
