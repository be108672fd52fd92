#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "column_same.h"
#include "splitmix.h"

#include "stats/column_state.h"

#define KINDS_ALL 0xffu
#define CANARY 0xa5

static double next_unit(void) {
    return (double)(random_next() >> 11) * 0x1p-53;
}

/* --- A column and a scratch with words around them that must not change. ---------------------- */

struct rig {
    struct weir_stats_options options;
    uint8_t *memory;
    uint64_t scratch_bytes;
    uint64_t bytes;
    struct weir_scratch *scratch;
    struct weir_column *column;
};

static struct rig rig_new(uint32_t kinds, enum weir_kind kind, uint32_t stats, double rank_error,
                          enum weir_isa isa) {
    struct rig rig = {
        .options = {.stats = stats, .rank_error = rank_error, .seed = 42, .isa = isa}};
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_scratch_take(&space, kinds, &rig.options));
    rig.scratch_bytes = space.used_bytes;
    assert_null(weir_column_take(&space, kinds, &rig.options));
    rig.bytes = space.used_bytes;
    rig.memory = aligned_alloc(64, rig.bytes + 128);
    memset(rig.memory, CANARY, rig.bytes + 128);
    weir_space_carve(&space, rig.memory + 64, rig.bytes);
    rig.scratch = weir_scratch_take(&space, kinds, &rig.options);
    rig.column = weir_column_take(&space, kinds, &rig.options);
    assert_int_equal(space.used_bytes, rig.bytes);
    assert_non_null(rig.column);
    weir_column_begin(rig.column, &rig.options, kind, false, 5);
    return rig;
}

static void rig_end(struct rig *rig) {
    for (int i = 0; i < 64; i++) {
        assert_int_equal(rig->memory[i], CANARY);
        assert_int_equal(rig->memory[64 + rig->bytes + (uint64_t)i], CANARY);
    }
    free(rig->memory);
}

static uint64_t slot_bytes(const struct rig *rig) {
    return rig->bytes - rig->scratch_bytes;
}

static void feed(struct rig *rig, const void *values, uint64_t count, uint32_t each,
                 uint64_t span) {
    weir_column_chunk_begin(rig->column, rig->scratch);
    for (uint64_t i = 0; i < count; i += span) {
        uint64_t taken = count - i < span ? count - i : span;
        weir_column_add_fixed(rig->column, rig->scratch, (const uint8_t *)values + i * each, taken);
    }
    weir_column_chunk_end(rig->column, rig->scratch);
}

static void assert_same_state(struct rig *a, struct rig *b) {
    weir_column_end(a->column, a->scratch);
    weir_column_end(b->column, b->scratch);
    assert_same_columns(a->column, b->column);
}

static struct weir_result result_of(const struct rig *rig) {
    struct weir_result result;
    weir_column_end(rig->column, rig->scratch);
    weir_column_result(rig->column, rig->scratch, &result);
    return result;
}

static void quantiles_of(const struct rig *rig, struct weir_quantile *quantiles, uint32_t count) {
    weir_column_end(rig->column, rig->scratch);
    weir_column_quantiles(rig->column, rig->scratch, quantiles, count);
}

static bool histogram_of(const struct rig *rig, uint32_t bins, uint64_t *counts, double *low,
                         double *high) {
    weir_column_end(rig->column, rig->scratch);
    return weir_column_histogram(rig->column, rig->scratch, bins, counts, low, high);
}

static int compare_i64(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_f64(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* --- Exact phase. ----------------------------------------------------------------------------- */

enum { N = 40000 };
static int64_t ints[N];
static double doubles[N];
static uint32_t weights[N];

/* Against counting in arrays: distinct values, top values, quantiles, histogram. */
static void few_values_are_counted_exactly(void **state) {
    (void)state;
    random_state = 21;
    for (int spread = 1; spread <= 1024; spread = spread * 3 + 1) {
        struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_I64, WEIR_STATS_ALL, 0.001, WEIR_ISA_AUTO);
        static uint64_t counts[1024];
        memset(counts, 0, sizeof counts);
        for (int i = 0; i < N; i++) {
            double u = next_unit();
            int64_t value = (int64_t)(u * u * spread);
            counts[value]++;
            ints[i] = (value - 300) * INT64_C(1000000007);
        }
        feed(&rig, ints, N, 8, 1000);
        weir_column_add_nulls(rig.column, 17);
        struct weir_result result = result_of(&rig);
        uint64_t distinct = 0;
        for (int i = 0; i < spread; i++) {
            distinct += counts[i] > 0;
        }
        assert_int_equal(result.rows, N + 17);
        assert_int_equal(result.nulls, 17);
        assert_true(result.has_distinct && result.distinct.exact);
        assert_int_equal(result.distinct.value, distinct);
        assert_true(result.distinct.relative_error == 0);
        assert_int_equal(result.top_count, distinct < WEIR_TOP_MAX ? distinct : WEIR_TOP_MAX);
        for (uint32_t t = 0; t < result.top_count; t++) {
            int64_t place = result.top[t].value.i64 / INT64_C(1000000007) + 300;
            uint64_t count = counts[place];
            assert_int_equal(result.top[t].count_low, count);
            assert_int_equal(result.top[t].count_high, count);
            uint32_t before = 0;
            for (int i = 0; i < spread; i++) {
                before += counts[i] > count || (counts[i] == count && i < place);
            }
            assert_int_equal(before, t);
        }
        qsort(ints, N, sizeof *ints, compare_i64);
        struct weir_quantile quantiles[101];
        for (int i = 0; i <= 100; i++) {
            quantiles[i].q = (100 - i) / 100.0; /* in any order */
        }
        quantiles_of(&rig, quantiles, 101);
        for (int i = 0; i <= 100; i++) {
            int percent = 100 - i;
            int rank = (N * percent + 99) / 100;
            assert_true(quantiles[i].value.present && quantiles[i].exact);
            assert_true(quantiles[i].rank_error == 0);
            assert_int_equal(quantiles[i].value.i64, ints[rank > 0 ? rank - 1 : 0]);
        }
        uint64_t bins[16];
        uint64_t truth[16] = {0};
        double low = 0;
        double high = 0;
        assert_true(histogram_of(&rig, 16, bins, &low, &high));
        assert_true(low == (double)ints[0] && high == (double)ints[N - 1]);
        for (int i = 0; i < N; i++) {
            /* Offsets are whole multiples of the step: exact in small integers. */
            int64_t offset = (ints[i] - ints[0]) / INT64_C(1000000007);
            int64_t range = (ints[N - 1] - ints[0]) / INT64_C(1000000007);
            int64_t bin = range == 0 ? 0 : offset * 16 / range;
            truth[bin > 15 ? 15 : bin]++;
        }
        /* An edge that falls on a value may round to either side only if it is not exact. */
        uint64_t moved = 0;
        for (int i = 0; i < 16; i++) {
            moved += bins[i] > truth[i] ? bins[i] - truth[i] : 0;
        }
        assert_true(moved <= (spread == 1 ? 0 : counts[0] / 4));
        rig_end(&rig);
    }
}

/* One value more than the table holds, in one block or in many. */
static void the_1025th_value_brings_the_sketches(void **state) {
    (void)state;
    for (int distinct = 1023; distinct <= 1026; distinct++) {
        struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_I64, WEIR_STATS_ALL, 0.001, WEIR_ISA_AUTO);
        for (int i = 0; i < N; i++) {
            ints[i] = i < 20000 ? i % 500 : i % distinct;
        }
        feed(&rig, ints, N, 8, N);
        struct weir_result result = result_of(&rig);
        assert_int_equal(result.distinct.exact, distinct <= 1024);
        if (distinct <= 1024) {
            assert_int_equal(result.distinct.value, distinct);
        } else {
            assert_true(fabs((double)result.distinct.value / distinct - 1) < 0.08);
        }
        rig_end(&rig);
    }
}

/* (value, weight) is the same as the value that many times: integers, so to the last bit. */
static void weights_are_repetitions(void **state) {
    (void)state;
    random_state = 22;
    struct rig a = rig_new(KINDS_ALL, WEIR_KIND_I32, WEIR_STATS_ALL, 0.001, WEIR_ISA_AUTO);
    struct rig b = rig_new(KINDS_ALL, WEIR_KIND_I32, WEIR_STATS_ALL, 0.001, WEIR_ISA_AUTO);
    static int32_t dictionary[900];
    static int32_t repeated[N];
    uint64_t n = 0;
    for (int i = 0; i < 900; i++) {
        dictionary[i] = (int32_t)random_next();
        weights[i] = (uint32_t)(random_next() % 80);
        for (uint32_t r = 0; r < weights[i] && n < N; r++) {
            repeated[n++] = dictionary[i];
        }
    }
    weir_column_chunk_begin(a.column, a.scratch);
    weir_column_add_fixed_weighted(a.column, a.scratch, dictionary, weights, 900);
    weir_column_chunk_end(a.column, a.scratch);
    feed(&b, repeated, n, 4, n);
    struct weir_result ra = result_of(&a);
    struct weir_result rb = result_of(&b);
    assert_int_equal(ra.count, n);
    assert_memory_equal(&ra.sum_whole, &rb.sum_whole, sizeof ra.sum_whole);
    assert_int_equal(ra.min.i64, rb.min.i64);
    assert_int_equal(ra.max.i64, rb.max.i64);
    assert_memory_equal(&ra.distinct, &rb.distinct, sizeof ra.distinct);
    assert_int_equal(ra.top_count, rb.top_count);
    assert_memory_equal(ra.top, rb.top, sizeof ra.top);
    struct weir_quantile qa[3] = {{.q = 0.1}, {.q = 0.5}, {.q = 0.9}};
    struct weir_quantile qb[3] = {{.q = 0.1}, {.q = 0.5}, {.q = 0.9}};
    quantiles_of(&a, qa, 3);
    quantiles_of(&b, qb, 3);
    assert_memory_equal(qa, qb, sizeof qa);
    rig_end(&a);
    rig_end(&b);
}

/* Dictionary counts of more than 32 bits add up. */
static void counts_pass_32_bits(void **state) {
    (void)state;
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_I64, WEIR_STATS_ALL, 0.001, WEIR_ISA_AUTO);
    int64_t values[2] = {-4, 9};
    uint32_t most[2] = {UINT32_MAX, UINT32_MAX};
    for (int chunk = 0; chunk < 5; chunk++) {
        weir_column_chunk_begin(rig.column, rig.scratch);
        weir_column_add_fixed_weighted(rig.column, rig.scratch, values, most, 2);
        weir_column_chunk_end(rig.column, rig.scratch);
    }
    struct weir_result result = result_of(&rig);
    assert_int_equal(result.count, 10 * (uint64_t)UINT32_MAX);
    assert_int_equal(result.top[0].count_low, 5 * (uint64_t)UINT32_MAX);
    assert_int_equal(result.top[0].value.i64, -4);
    rig_end(&rig);
}

/* --- Bits. ------------------------------------------------------------------------------------ */

static void fill_doubles(int shape) {
    for (int i = 0; i < N; i++) {
        double u = next_unit();
        switch (shape) {
        case 0: doubles[i] = u - 0.3; break;
        case 1: doubles[i] = floor(1 / (u + 1e-4)); break;
        case 2: doubles[i] = i % 700; break;
        default:
            doubles[i] = u < 0.1 ? NAN : u < 0.2 ? INFINITY : u < 0.25 ? -INFINITY : log(u);
            break;
        }
        weights[i] = (uint32_t)(random_next() % 50);
    }
}

/* Chunks of several sizes, plain values then weighted ones, cut into spans of one length. */
static void feed_chunks(struct rig *rig, uint64_t span) {
    static const uint64_t chunk_plain[] = {1, 4095, 4096, 9000, 13000};
    static const uint64_t chunk_weighted[] = {0, 10, 4097, 0, 5000};
    uint64_t at = 0;
    for (int chunk = 0; chunk < 5; chunk++) {
        weir_column_chunk_begin(rig->column, rig->scratch);
        uint64_t end = at + chunk_plain[chunk];
        while (at < end) {
            uint64_t taken = end - at < span ? end - at : span;
            weir_column_add_fixed(rig->column, rig->scratch, doubles + at, taken);
            /* An empty span of the other sort is no change of sort. */
            weir_column_add_fixed_weighted(rig->column, rig->scratch, doubles, weights, 0);
            at += taken;
        }
        weir_column_add_nulls(rig->column, 3);
        end = at + chunk_weighted[chunk];
        while (at < end) {
            uint64_t taken = end - at < span ? end - at : span;
            weir_column_add_fixed_weighted(rig->column, rig->scratch, doubles + at, weights + at,
                                           taken);
            at += taken;
        }
        weir_column_chunk_end(rig->column, rig->scratch);
    }
    assert_true(at <= N);
}

static const uint32_t stat_sets[] = {
    WEIR_STATS_ALL,
    WEIR_STATS_MOMENTS,
    WEIR_STATS_MOMENTS | WEIR_STATS_QUANTILES,
    WEIR_STATS_QUANTILES | WEIR_STATS_DISTINCT,
    WEIR_STATS_DISTINCT,
    WEIR_STATS_TOP,
    WEIR_STATS_QUANTILES | WEIR_STATS_TOP,
};
enum { STAT_SETS = sizeof stat_sets / sizeof stat_sets[0] };

static void the_borders_of_spans_do_not_matter(void **state) {
    (void)state;
    static const uint64_t spans[] = {N, 1, 7, 59, 4096, 4097};
    for (int shape = 0; shape < 4; shape++) {
        random_state = 31 + (uint64_t)shape;
        fill_doubles(shape);
        for (int set = 0; set < STAT_SETS; set++) {
            struct rig first = rig_new(KINDS_ALL, WEIR_KIND_F64, stat_sets[set], 0.05, 0);
            feed_chunks(&first, spans[0]);
            for (size_t s = 1; s < sizeof spans / sizeof spans[0]; s++) {
                struct rig other = rig_new(KINDS_ALL, WEIR_KIND_F64, stat_sets[set], 0.05, 0);
                feed_chunks(&other, spans[s]);
                assert_same_state(&first, &other);
                rig_end(&other);
            }
            rig_end(&first);
        }
    }
}

static void all_instruction_sets_give_the_same_bits(void **state) {
    (void)state;
    for (int shape = 0; shape < 4; shape++) {
        random_state = 41 + (uint64_t)shape;
        fill_doubles(shape);
        for (int set = 0; set < STAT_SETS; set++) {
            struct rig first =
                rig_new(KINDS_ALL, WEIR_KIND_F64, stat_sets[set], 0.05, WEIR_ISA_SCALAR);
            feed_chunks(&first, N);
            struct weir_result result = result_of(&first);
            for (enum weir_isa isa = WEIR_ISA_AVX2; isa <= weir_isa_best(); isa++) {
                struct rig other = rig_new(KINDS_ALL, WEIR_KIND_F64, stat_sets[set], 0.05, isa);
                feed_chunks(&other, N);
                struct weir_result other_result = result_of(&other);
                assert_memory_equal(&result, &other_result, sizeof result);
                struct weir_quantile qa[2] = {{.q = 0.2}, {.q = 0.99}};
                struct weir_quantile qb[2] = {{.q = 0.2}, {.q = 0.99}};
                quantiles_of(&first, qa, 2);
                quantiles_of(&other, qb, 2);
                assert_memory_equal(qa, qb, sizeof qa);
                rig_end(&other);
            }
            rig_end(&first);
        }
    }
}

static void a_slot_can_be_used_again_and_copied(void **state) {
    (void)state;
    random_state = 51;
    fill_doubles(0);
    struct rig a = rig_new(KINDS_ALL, WEIR_KIND_F64, WEIR_STATS_ALL, 0.01, 0);
    struct rig b = rig_new(KINDS_ALL, WEIR_KIND_I32, WEIR_STATS_ALL, 0.01, 0);
    feed(&b, doubles, N, 4, N);
    weir_column_begin(b.column, &b.options, WEIR_KIND_F64, false, 5);
    feed_chunks(&a, N);
    feed_chunks(&b, N);
    weir_column_end(a.column, a.scratch);
    weir_column_end(b.column, b.scratch);
    assert_same_columns(a.column, b.column);
    struct rig c = rig_new(KINDS_ALL, WEIR_KIND_BOOL, WEIR_STATS_ALL, 0.01, 0);
    memcpy(c.column, a.column, slot_bytes(&a));
    feed_chunks(&a, 100);
    feed_chunks(&c, 1000);
    assert_same_state(&a, &c);
    rig_end(&a);
    rig_end(&b);
    rig_end(&c);
}

static void reading_results_changes_nothing(void **state) {
    (void)state;
    random_state = 52;
    for (int shape = 0; shape < 4; shape++) {
        fill_doubles(shape);
        struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F64, WEIR_STATS_ALL, 0.01, 0);
        feed_chunks(&rig, N);
        weir_column_end(rig.column, rig.scratch);
        uint8_t *before = malloc(slot_bytes(&rig));
        memcpy(before, rig.column, slot_bytes(&rig));
        (void)result_of(&rig);
        struct weir_quantile quantile = {.q = 0.5};
        quantiles_of(&rig, &quantile, 1);
        uint64_t bins[8];
        double low = 0;
        double high = 0;
        (void)histogram_of(&rig, 8, bins, &low, &high);
        assert_memory_equal(before, rig.column, slot_bytes(&rig));
        free(before);
        rig_end(&rig);
    }
}

/* --- Sketches. -------------------------------------------------------------------------------- */

/* Ranks of a value among sorted doubles, as fractions. */
static void ranks_of(const double *sorted, uint64_t n, double value, double *below, double *up_to) {
    uint64_t less = 0;
    uint64_t equal = 0;
    for (uint64_t i = 0; i < n; i++) {
        less += sorted[i] < value;
        equal += sorted[i] == value;
    }
    *below = (double)less / (double)n;
    *up_to = (double)(less + equal) / (double)n;
}

static void sketches_keep_their_bounds(void **state) {
    (void)state;
    static double sorted[N];
    for (uint64_t seed = 0; seed < 20; seed++) {
        for (int shape = 0; shape < 4; shape++) {
            random_state = 61 + seed;
            fill_doubles(shape);
            struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F64, WEIR_STATS_ALL, 0.02, 0);
            rig.options.seed = seed;
            weir_column_begin(rig.column, &rig.options, WEIR_KIND_F64, false, 5);
            feed(&rig, doubles, N, 8, N);
            uint64_t n = 0;
            for (int i = 0; i < N; i++) {
                if (doubles[i] == doubles[i]) {
                    sorted[n++] = doubles[i];
                }
            }
            qsort(sorted, n, sizeof *sorted, compare_f64);
            struct weir_quantile quantiles[9] = {{.q = 0},    {.q = 0.01}, {.q = 0.1},
                                                 {.q = 0.25}, {.q = 0.5},  {.q = 0.75},
                                                 {.q = 0.9},  {.q = 0.99}, {.q = 1}};
            quantiles_of(&rig, quantiles, 9);
            assert_true(quantiles[0].value.f64 == sorted[0] && quantiles[0].exact);
            assert_true(quantiles[8].value.f64 == sorted[n - 1] && quantiles[8].exact);
            for (int i = 0; i < 9; i++) {
                assert_true(quantiles[i].value.present);
                assert_true(i == 0 || quantiles[i].value.f64 >= quantiles[i - 1].value.f64);
                assert_true(quantiles[i].rank_error <= 0.02);
                double below = 0;
                double up_to = 0;
                ranks_of(sorted, n, quantiles[i].value.f64, &below, &up_to);
                double slack = 2 * quantiles[i].rank_error + 1e-12;
                assert_true(below <= quantiles[i].q + slack);
                assert_true(up_to >= quantiles[i].q - slack);
            }
            struct weir_result result = result_of(&rig);
            uint64_t distinct = 0;
            for (uint64_t i = 0; i < n; i++) {
                distinct += i == 0 || sorted[i] != sorted[i - 1];
            }
            double off = fabs((double)result.distinct.value / (double)distinct - 1);
            assert_true(off <= 5 * result.distinct.relative_error);
            assert_int_equal(result.distinct.exact, distinct <= 1024);
            for (uint32_t t = 0; t < result.top_count; t++) {
                double below = 0;
                double up_to = 0;
                ranks_of(sorted, n, result.top[t].value.f64, &below, &up_to);
                uint64_t count = (uint64_t)((up_to - below) * (double)n + 0.5);
                assert_true(result.top[t].count_low > 0);
                assert_true(result.top[t].count_low <= count);
                assert_true(count <= result.top[t].count_high);
            }
            rig_end(&rig);
        }
    }
}

static void histograms_count_finite_values_between_the_finite_extremes(void **state) {
    (void)state;
    static double sorted[N];
    for (int shape = 0; shape < 4; shape++) {
        random_state = 71;
        fill_doubles(shape);
        struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F64, WEIR_STATS_ALL, 0.01, 0);
        feed(&rig, doubles, N / 2, 8, N);
        feed(&rig, doubles + N / 2, N / 2, 8, N);
        uint64_t n = 0;
        for (int i = 0; i < N; i++) {
            if (isfinite(doubles[i])) {
                sorted[n++] = doubles[i];
            }
        }
        qsort(sorted, n, sizeof *sorted, compare_f64);
        uint64_t bins[10];
        double low = 0;
        double high = 0;
        assert_true(histogram_of(&rig, 10, bins, &low, &high));
        assert_true(low == sorted[0] && high == sorted[n - 1]);
        for (int b = 0; b < 10; b++) {
            uint64_t truth = 0;
            for (uint64_t i = 0; i < n; i++) {
                double place = (sorted[i] - low) / (high - low) * 10;
                int bin = place >= 10 ? 9 : (int)place;
                truth += bin == b;
            }
            /* A difference of two ranks. */
            assert_true(fabs((double)bins[b] - (double)truth) <= 2 * 2 * 0.01 * N);
        }
        rig_end(&rig);
    }
}

static void finite_extremes_are_kept_when_infinities_come_late(void **state) {
    (void)state;
    double values[] = {3, -7, 5, INFINITY, 9, NAN, -INFINITY, -8};
    double low = 0;
    double high = 0;
    uint64_t bins[4];
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F64, WEIR_STATS_ALL, 0.01, 0);
    feed(&rig, values, 3, 8, 1);
    feed(&rig, values + 3, 5, 8, 1);
    assert_true(histogram_of(&rig, 4, bins, &low, &high));
    assert_true(low == -8 && high == 9);
    assert_int_equal(bins[0] + bins[1] + bins[2] + bins[3], 5);
    assert_int_equal(bins[0], 2);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_F64, false, 5);
    feed(&rig, values + 3, 1, 8, 1);
    assert_false(histogram_of(&rig, 4, bins, &low, &high));
    rig_end(&rig);
}

/* Ranges whose width is no double, or is a few units in the last place of 2^62. */
static void histograms_do_not_lose_the_range(void **state) {
    (void)state;
    uint64_t bins[4];
    double low = 0;
    double high = 0;
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F64, WEIR_STATS_ALL, 0.01, 0);
    double wide[] = {-1.7e308, 1.7e308, 0, -1e308};
    feed(&rig, wide, 4, 8, 4);
    assert_true(histogram_of(&rig, 4, bins, &low, &high));
    uint64_t wide_truth[4] = {2, 0, 1, 1};
    assert_memory_equal(bins, wide_truth, sizeof bins);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_F64, false, 5);
    double tiny[] = {0, 0x1p-1074, 0x2p-1074, 0x3p-1074, 0x4p-1074};
    feed(&rig, tiny, 5, 8, 5);
    assert_true(histogram_of(&rig, 4, bins, &low, &high));
    uint64_t tiny_truth[4] = {1, 1, 1, 2};
    assert_memory_equal(bins, tiny_truth, sizeof bins);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_I64, false, 5);
    int64_t near[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX - 2, INT64_MAX - 3, INT64_MAX - 4};
    feed(&rig, near, 5, 8, 5);
    assert_true(histogram_of(&rig, 4, bins, &low, &high));
    assert_memory_equal(bins, tiny_truth, sizeof bins);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_I64, false, 5);
    int64_t limits[] = {INT64_MIN, -(INT64_C(1) << 62), INT64_C(1) << 61, INT64_MAX};
    feed(&rig, limits, 4, 8, 4);
    assert_true(histogram_of(&rig, 4, bins, &low, &high));
    uint64_t limits_truth[4] = {1, 1, 1, 1};
    assert_memory_equal(bins, limits_truth, sizeof bins);
    rig_end(&rig);
}

/* --- Edges. ----------------------------------------------------------------------------------- */

static void an_empty_column_has_no_values(void **state) {
    (void)state;
    for (enum weir_kind kind = WEIR_KIND_BOOL; kind <= WEIR_KIND_BYTES; kind++) {
        struct rig rig = rig_new(KINDS_ALL, kind, WEIR_STATS_ALL, 0.001, 0);
        weir_column_chunk_begin(rig.column, rig.scratch);
        weir_column_add_nulls(rig.column, 1000);
        weir_column_chunk_end(rig.column, rig.scratch);
        struct weir_result result = result_of(&rig);
        assert_int_equal(result.rows, 1000);
        assert_int_equal(result.nulls, 1000);
        assert_int_equal(result.count, 0);
        assert_int_equal(result.distinct.value, 0);
        assert_true(result.distinct.exact);
        assert_int_equal(result.top_count, 0);
        assert_false(result.min.present || result.max.present);
        struct weir_quantile quantiles[3] = {{.q = 0}, {.q = 0.5}, {.q = 1}};
        quantiles_of(&rig, quantiles, 3);
        assert_false(quantiles[0].value.present || quantiles[1].value.present ||
                     quantiles[2].value.present);
        uint64_t bins[4];
        double low = 0;
        double high = 0;
        assert_false(histogram_of(&rig, 4, bins, &low, &high));
        rig_end(&rig);
    }
}

static void nan_alone_is_no_value_to_rank(void **state) {
    (void)state;
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F32, WEIR_STATS_ALL, 0.001, 0);
    static float nans[5000];
    for (int i = 0; i < 5000; i++) {
        nans[i] = NAN;
    }
    feed(&rig, nans, 5000, 4, 5000);
    struct weir_result result = result_of(&rig);
    assert_int_equal(result.count, 5000);
    assert_int_equal(result.nans, 5000);
    assert_int_equal(result.distinct.value, 0);
    struct weir_quantile quantile = {.q = 0.5};
    quantiles_of(&rig, &quantile, 1);
    assert_false(quantile.value.present);
    rig_end(&rig);
}

static void booleans_are_exact(void **state) {
    (void)state;
    struct rig rig = rig_new(1u << WEIR_KIND_BOOL, WEIR_KIND_BOOL, WEIR_STATS_ALL, 0.001, 0);
    weir_column_chunk_begin(rig.column, rig.scratch);
    weir_column_add_bools(rig.column, UINT64_C(1) << 40, 100);
    weir_column_add_bools(rig.column, 0, 200);
    weir_column_chunk_end(rig.column, rig.scratch);
    struct weir_result result = result_of(&rig);
    assert_int_equal(result.count, (UINT64_C(1) << 40) + 300);
    assert_int_equal(result.zeros, 300);
    assert_int_equal(result.distinct.value, 2);
    assert_true(result.distinct.exact);
    assert_int_equal(result.top_count, 2);
    assert_int_equal(result.top[0].value.i64, 1);
    assert_int_equal(result.top[0].count_low, UINT64_C(1) << 40);
    assert_int_equal(result.top[1].count_high, 300);
    struct weir_quantile quantiles[3] = {{.q = 0}, {.q = 0.5}, {.q = 1}};
    quantiles_of(&rig, quantiles, 3);
    assert_int_equal(quantiles[0].value.i64, 0);
    assert_int_equal(quantiles[1].value.i64, 1);
    assert_int_equal(quantiles[2].value.i64, 1);
    uint64_t bins[2];
    double low = 0;
    double high = 0;
    assert_true(histogram_of(&rig, 2, bins, &low, &high));
    assert_int_equal(bins[0], 300);
    assert_int_equal(bins[1], UINT64_C(1) << 40);
    rig_end(&rig);
}

/* q = 0.1 of ten values is the first, although 0.1 is a little more than a tenth. */
static void decimal_fractions_hit_whole_ranks(void **state) {
    (void)state;
    int64_t values[100];
    for (int i = 0; i < 100; i++) {
        values[i] = i + 1;
    }
    for (int n = 1; n <= 100; n++) {
        struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_I64, WEIR_STATS_QUANTILES, 0.001, 0);
        feed(&rig, values, (uint64_t)n, 8, (uint64_t)n);
        for (int percent = 1; percent < 100; percent++) {
            struct weir_quantile quantile = {.q = percent / 100.0};
            quantiles_of(&rig, &quantile, 1);
            assert_int_equal(quantile.value.i64, (n * percent + 99) / 100);
        }
        rig_end(&rig);
    }
}

static void only_what_is_asked_for_is_there(void **state) {
    (void)state;
    random_state = 81;
    fill_doubles(0);
    for (int set = 0; set < STAT_SETS; set++) {
        struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_F64, stat_sets[set], 0.01, 0);
        feed(&rig, doubles, N, 8, N);
        struct weir_result result = result_of(&rig);
        assert_int_equal(result.has_distinct, (stat_sets[set] & WEIR_STATS_DISTINCT) != 0);
        if ((stat_sets[set] & WEIR_STATS_TOP) == 0) {
            assert_int_equal(result.top_count, 0);
        }
        struct weir_quantile quantile = {.q = 0.5};
        quantiles_of(&rig, &quantile, 1);
        bool quantiles = (stat_sets[set] & WEIR_STATS_QUANTILES) != 0;
        assert_int_equal(quantile.value.present, quantiles);
        assert_true(!quantiles || fabs(quantile.value.f64 - 0.2) < 0.03);
        rig_end(&rig);
    }
}

static void byte_arrays_reach_their_statistics(void **state) {
    (void)state;
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_BYTES, WEIR_STATS_ALL, 0.001, 0);
    static const uint8_t text[] = "weir";
    struct weir_view views[3] = {{text, 4}, {text, 2}, {text, 0}};
    weir_column_chunk_begin(rig.column, rig.scratch);
    weir_column_add_views(rig.column, rig.scratch, views, NULL, 3);
    weir_column_add_nulls(rig.column, 2);
    weir_column_chunk_end(rig.column, rig.scratch);
    struct weir_result result = result_of(&rig);
    assert_int_equal(result.rows, 5);
    assert_int_equal(result.count, 3);
    assert_true(result.has_strings);
    assert_int_equal(result.strings.bytes_total, 6);
    assert_int_equal(result.strings.empty, 1);
    rig_end(&rig);
}

static void rows_and_nulls_never_wrap(void **state) {
    (void)state;
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_BOOL, WEIR_STATS_ALL, 0.001, 0);
    weir_column_chunk_begin(rig.column, rig.scratch);
    weir_column_add_bools(rig.column, 3, 4);
    weir_column_add_nulls(rig.column, UINT64_MAX - 6);
    weir_column_chunk_end(rig.column, rig.scratch);
    assert_int_equal(result_of(&rig).nulls, UINT64_MAX - 6);
    assert_int_equal(result_of(&rig).rows, UINT64_MAX);
    weir_column_add_nulls(rig.column, 7);
    assert_int_equal(result_of(&rig).nulls, UINT64_MAX);
    assert_int_equal(result_of(&rig).rows, UINT64_MAX);
    rig_end(&rig);
}

static void values_without_an_order_have_no_extremes(void **state) {
    (void)state;
    struct rig rig = rig_new(KINDS_ALL, WEIR_KIND_BYTES, WEIR_STATS_ALL, 0.001, 0);
    static const uint8_t text[] = "weir";
    struct weir_view views[3] = {{text, 4}, {text + 2, 2}, {text, 4}};
    struct weir_result results[2];
    for (int unordered = 0; unordered < 2; unordered++) {
        weir_column_begin(rig.column, &rig.options, WEIR_KIND_BYTES, unordered != 0, 5);
        weir_column_chunk_begin(rig.column, rig.scratch);
        weir_column_add_views(rig.column, rig.scratch, views, NULL, 3);
        weir_column_chunk_end(rig.column, rig.scratch);
        results[unordered] = result_of(&rig);
        assert_int_equal(results[unordered].min.present, unordered == 0);
        assert_int_equal(results[unordered].max.present, unordered == 0);
        assert_int_equal(results[unordered].min.kind, WEIR_KIND_BYTES);
    }
    assert_memory_equal(&results[0].distinct, &results[1].distinct, sizeof results[0].distinct);
    assert_memory_equal(results[0].top, results[1].top, sizeof results[0].top);
    assert_memory_equal(&results[0].strings, &results[1].strings, sizeof results[0].strings);
    rig_end(&rig);
}

static void memory_is_what_the_plan_promises(void **state) {
    (void)state;
    struct rig rig = rig_new(1u << WEIR_KIND_F64, WEIR_KIND_F64, WEIR_STATS_ALL, 0.001, 0);
    assert_true(slot_bytes(&rig) <= 100 * 1024);
    assert_true(rig.scratch_bytes <= 260 * 1024);
    print_message("slot %llu bytes, scratch %llu bytes\n", (unsigned long long)slot_bytes(&rig),
                  (unsigned long long)rig.scratch_bytes);
    rig_end(&rig);
    rig = rig_new(1u << WEIR_KIND_F64, WEIR_KIND_F64, WEIR_STATS_MOMENTS, 0.001, 0);
    assert_true(slot_bytes(&rig) <= 36 * 1024);
    rig_end(&rig);
    rig = rig_new(1u << WEIR_KIND_BYTES, WEIR_KIND_BYTES, WEIR_STATS_ALL, 0.001, 0);
    print_message("byte arrays: slot %llu bytes\n", (unsigned long long)slot_bytes(&rig));
    assert_true(slot_bytes(&rig) <= 90 * 1024);
    rig_end(&rig);
    rig = rig_new(1u << WEIR_KIND_I128, WEIR_KIND_I128, WEIR_STATS_ALL, 0.001, 0);
    print_message("128-bit integers: slot %llu bytes, scratch %llu bytes\n",
                  (unsigned long long)slot_bytes(&rig), (unsigned long long)rig.scratch_bytes);
    assert_true(slot_bytes(&rig) <= 174 * 1024);
    rig_end(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_values_are_counted_exactly),
        cmocka_unit_test(the_1025th_value_brings_the_sketches),
        cmocka_unit_test(weights_are_repetitions),
        cmocka_unit_test(counts_pass_32_bits),
        cmocka_unit_test(the_borders_of_spans_do_not_matter),
        cmocka_unit_test(all_instruction_sets_give_the_same_bits),
        cmocka_unit_test(a_slot_can_be_used_again_and_copied),
        cmocka_unit_test(reading_results_changes_nothing),
        cmocka_unit_test(sketches_keep_their_bounds),
        cmocka_unit_test(histograms_count_finite_values_between_the_finite_extremes),
        cmocka_unit_test(finite_extremes_are_kept_when_infinities_come_late),
        cmocka_unit_test(histograms_do_not_lose_the_range),
        cmocka_unit_test(an_empty_column_has_no_values),
        cmocka_unit_test(nan_alone_is_no_value_to_rank),
        cmocka_unit_test(booleans_are_exact),
        cmocka_unit_test(decimal_fractions_hit_whole_ranks),
        cmocka_unit_test(only_what_is_asked_for_is_there),
        cmocka_unit_test(byte_arrays_reach_their_statistics),
        cmocka_unit_test(rows_and_nulls_never_wrap),
        cmocka_unit_test(values_without_an_order_have_no_extremes),
        cmocka_unit_test(memory_is_what_the_plan_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
