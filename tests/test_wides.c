/* Columns of 128-bit integers: against counting by hand, schoolbook sums and quadruple precision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "column_same.h"
#include "splitmix.h"

#include "stats/column.h"
#include "stats/numbers.h"

#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 wide_real; /* 113 bits */
#else
typedef long double wide_real;
#endif
__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

#define SEED UINT64_C(0xbe5466cf34e90c6c)
#define BLOCK WEIR_BLOCK_VALUES

static wide wide_of(struct weir_i128 value) {
    return (wide)((unsigned_wide)(uint64_t)value.high << 64 | value.low);
}

static const wide least = (wide)((unsigned_wide)1 << 127);
static const wide most = (wide)(((unsigned_wide)1 << 127) - 1);

enum shape { SMALL, FEW, NEAR, ENDS, FULL, STEPS, SHAPES };

static wide random_wide(enum shape shape) {
    const wide any = (wide)((unsigned_wide)random_next() << 64 | random_next());
    const uint64_t bits = random_next();
    switch (shape) {
    case SMALL: return any % 100000;
    case FEW: return (any % 7) * ((wide)1 << 100);
    case NEAR: return ((wide)1 << 126) + any % 1000000; /* far from 0, close together */
    case ENDS: return bits % 3 == 0 ? least + bits % 5 : bits % 3 == 1 ? most - bits % 5 : 0;
    case FULL: return any >> (bits % 128);
    default: return (wide)(bits % 3000) * 1000003 * ((wide)1 << 80) + least / 2;
    }
}

/* --- The column under test. ------------------------------------------------------------------- */

struct rig {
    struct weir_stats_options options;
    void *memory;
    uint64_t slot_bytes;
    struct weir_scratch *scratch;
    struct weir_column *column;
};

static struct rig rig_new(uint32_t stats, double rank_error, enum weir_isa isa) {
    struct rig rig = {.options = {.stats = stats, .rank_error = rank_error, .seed = 7, .isa = isa}};
    const uint32_t kinds = 1u << WEIR_KIND_I128;
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_scratch_take(&space, kinds, &rig.options);
    const uint64_t scratch_bytes = space.used_bytes;
    (void)weir_column_take(&space, kinds, &rig.options);
    const uint64_t bytes = space.used_bytes;
    rig.slot_bytes = bytes - scratch_bytes;
    rig.memory = aligned_alloc(64, bytes);
    memset(rig.memory, 0xa5, bytes);
    weir_space_carve(&space, rig.memory, bytes);
    rig.scratch = weir_scratch_take(&space, kinds, &rig.options);
    rig.column = weir_column_take(&space, kinds, &rig.options);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_I128, false, 3);
    return rig;
}

/* One chunk, in spans of at most `span` values; weights may be NULL. */
static void feed(struct rig *rig, const wide *values, const uint32_t *weights, uint64_t count,
                 uint64_t span) {
    weir_column_chunk_begin(rig->column, rig->scratch);
    for (uint64_t i = 0; i < count; i += span) {
        const uint64_t taken = count - i < span ? count - i : span;
        if (weights != NULL) {
            weir_column_add_fixed_weighted(rig->column, rig->scratch, values + i, weights + i,
                                           taken);
        } else {
            weir_column_add_fixed(rig->column, rig->scratch, values + i, taken);
        }
    }
    weir_column_chunk_end(rig->column, rig->scratch);
}

static struct weir_result result_of(struct rig *rig) {
    struct weir_result result;
    weir_column_end(rig->column, rig->scratch);
    weir_column_result(rig->column, rig->scratch, &result);
    return result;
}

/* --- The model. ------------------------------------------------------------------------------- */

/* Sums of 32-bit digits. */
static void schoolbook_add(uint32_t sum[8], wide value, uint32_t times) {
    for (uint32_t t = 0; t < times; t++) {
        uint64_t carry = 0;
        for (int i = 0; i < 8; i++) {
            const uint32_t digit = i < 4       ? (uint32_t)((unsigned_wide)value >> (32 * i))
                                   : value < 0 ? UINT32_MAX
                                               : 0;
            carry += (uint64_t)sum[i] + digit;
            sum[i] = (uint32_t)carry;
            carry >>= 32;
        }
    }
}

static void check_digits(const char *what, double got, double exact, double digits) {
    if (!(fabs(got - exact) <= fabs(exact) * pow(10, -digits)) && got != exact) {
        fail_msg("%s: %.17g is not %.17g", what, got, exact);
    }
}

static void check_near(const char *what, double got, double exact, double distance) {
    if (!(fabs(got - exact) <= distance)) {
        fail_msg("%s: %.17g is not %.17g", what, got, exact);
    }
}

/* a - b: exact where they are close, else within 2^-113 of 2^127. */
static wide_real difference(wide a, wide b) {
    return (a < 0) == (b < 0) ? (wide_real)(a - b) : (wide_real)a - (wide_real)b;
}

/* Two passes in quadruple precision, over the differences to `base`. */
static void check_moments(const struct weir_result *result, const wide *values,
                          const uint32_t *weights, uint64_t count, wide base) {
    wide_real n = 0;
    wide_real sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        const wide_real weight = weights == NULL ? 1 : weights[i];
        n += weight;
        sum += weight * difference(values[i], base);
    }
    const wide_real mean = sum / n;
    wide_real m[3] = {0};
    for (uint64_t i = 0; i < count; i++) {
        const wide_real d = difference(values[i], base) - mean;
        const wide_real square = d * d * (weights == NULL ? 1 : weights[i]);
        m[0] += square;
        m[1] += d * square;
        m[2] += d * d * square;
    }
    const wide_real s2 = m[0] / n;
    check_digits("mean", result->mean, (double)((wide_real)base + mean), 15.9);
    check_digits("variance", result->variance, (double)(m[0] / (n - 1)), 14);
    check_digits("std", result->std, (double)sqrtl((long double)(m[0] / (n - 1))), 14.3);
    const double skewness = (double)((long double)(m[1] / n / s2) / sqrtl((long double)s2));
    const double kurtosis = (double)(m[2] / n / s2 / s2 - 3);
    check_near("skewness", result->skewness, skewness, 1e-13 * (1 + fabs(skewness)));
    check_near("kurtosis", result->kurtosis, kurtosis, 1e-13 * (3 + fabs(kurtosis)));
}

static void check_counts(const struct weir_result *result, const wide *values,
                         const uint32_t *weights, uint64_t count) {
    uint64_t present = 0;
    uint64_t zeros = 0;
    uint64_t negatives = 0;
    uint32_t sum[8] = {0};
    wide min = most;
    wide max = least;
    for (uint64_t i = 0; i < count; i++) {
        const uint32_t weight = weights == NULL ? 1 : weights[i];
        present += weight;
        zeros += values[i] == 0 ? weight : 0;
        negatives += values[i] < 0 ? weight : 0;
        min = weight > 0 && values[i] < min ? values[i] : min;
        max = weight > 0 && values[i] > max ? values[i] : max;
        schoolbook_add(sum, values[i], weight);
    }
    assert_int_equal(result->count, present);
    assert_int_equal(result->rows, present);
    assert_int_equal(result->zeros, zeros);
    assert_int_equal(result->negatives, negatives);
    assert_int_equal(result->nans + result->pos_infs + result->neg_infs, 0);
    assert_int_equal(result->min.kind, WEIR_KIND_I128);
    assert_true(result->min.present && wide_of(result->min.i128) == min);
    assert_true(result->max.present && wide_of(result->max.i128) == max);
    assert_true(result->has_moments && result->sum_exact && !result->has_strings);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(result->sum_whole.limbs[i], (uint64_t)sum[2 * i + 1] << 32 | sum[2 * i]);
    }
}

/* --- Counts, sums, moments. ------------------------------------------------------------------- */

enum { N = 40000 };
static wide values[N];
static uint32_t weights[N];

static void fill(enum shape shape, uint64_t count, uint32_t weight_max) {
    for (uint64_t i = 0; i < count; i++) {
        values[i] = random_wide(shape);
        weights[i] = (uint32_t)(random_next() % (weight_max + 1));
    }
}

static wide base_of(enum shape shape) {
    return shape == NEAR ? (wide)1 << 126 : shape == STEPS ? least / 2 : 0;
}

static void figures_match_a_model(void **state) {
    (void)state;
    random_state = SEED;
    for (uint32_t round = 0; round < 60; round++) {
        const enum shape shape = (enum shape)(round % SHAPES);
        const bool weighted = round / SHAPES % 2 == 1;
        const uint64_t count = 2 + random_next() % (round % 5 == 0 ? 100 : N - 2);
        fill(shape, count, 5);
        weights[0] = 2;
        values[1] = values[0] < 0 ? values[0] + 1 : values[0] - 1;
        weights[1] = 1;
        /* Moments alone: from blocks. */
        struct rig rig = rig_new(WEIR_STATS_MOMENTS, 0.01, WEIR_ISA_AUTO);
        feed(&rig, values, weighted ? weights : NULL, count, count);
        struct weir_result result = result_of(&rig);
        check_counts(&result, values, weighted ? weights : NULL, count);
        check_moments(&result, values, weighted ? weights : NULL, count, base_of(shape));
        free(rig.memory);
        /* And with everything else. */
        rig = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
        feed(&rig, values, weighted ? weights : NULL, count, 1000);
        result = result_of(&rig);
        check_counts(&result, values, weighted ? weights : NULL, count);
        check_moments(&result, values, weighted ? weights : NULL, count, base_of(shape));
        free(rig.memory);
    }
}

/* Both ends of the range in one block: differences have 128 bits and a sign. */
static void the_full_range_does_not_overflow(void **state) {
    (void)state;
    const wide ends[4] = {least, most, least, most};
    uint32_t heavy[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    for (int weighted = 0; weighted < 2; weighted++) {
        struct rig rig = rig_new(WEIR_STATS_MOMENTS, 0.01, WEIR_ISA_AUTO);
        for (int chunk = 0; chunk < 3; chunk++) {
            feed(&rig, ends, weighted ? heavy : NULL, 4, 4);
        }
        struct weir_result result = result_of(&rig);
        const double n = weighted ? 12.0 * UINT32_MAX : 12;
        assert_true(result.mean == -0.5);
        check_digits("std", result.std, 0x1p127 * sqrt(n / (n - 1)), 15);
        check_near("skewness", result.skewness, 0, 1e-15);
        check_near("kurtosis", result.kurtosis, -2, 1e-15);
        /* -6 for each unit of weight. */
        const uint64_t times = weighted ? UINT32_MAX : 1;
        assert_int_equal(result.sum_whole.limbs[0], 0 - 6 * times);
        assert_int_equal(result.sum_whole.limbs[3], UINT64_MAX);
        free(rig.memory);
    }
    /* 2^63 - 2^31 times the least number: 190 bits. */
    struct weir_numbers numbers;
    weir_numbers_begin(&numbers, WEIR_KIND_I128);
    static wide same[BLOCK];
    static uint32_t heaviest[BLOCK];
    for (uint32_t i = 0; i < BLOCK; i++) {
        same[i] = least;
        heaviest[i] = UINT32_MAX;
    }
    for (uint32_t block = 0; block < (1u << 19); block += 1u << 12) {
        weir_numbers_block(&numbers, WEIR_ISA_SCALAR, same, heaviest, BLOCK);
    }
    struct weir_result result = {0};
    weir_numbers_result(&numbers, &result);
    assert_true(result.mean == -0x1p127 && result.std == 0);
    assert_true(result.sum == -0x1p127 * (double)result.count);
}

static void means_are_correctly_rounded(void **state) {
    (void)state;
    random_state = SEED + 1;
    for (int round = 0; round < 2000; round++) {
        const uint64_t count = 1 + random_next() % 50;
        wide sum = 0;
        for (uint64_t i = 0; i < count; i++) {
            values[i] = random_wide(FULL) / 64;
            sum += values[i];
        }
        struct rig rig = rig_new(WEIR_STATS_MOMENTS, 0.01, WEIR_ISA_AUTO);
        feed(&rig, values, NULL, count, count);
        struct weir_result result = result_of(&rig);
        /* sum = whole * count + rest: the quotient's 113 bits decide, or it is small and exact. */
        const wide_real quotient =
            (wide_real)(sum / (wide)count) + (wide_real)(sum % (wide)count) / (wide_real)count;
        assert_true(result.mean == (double)quotient);
        assert_true(result.sum == (double)sum);
        free(rig.memory);
    }
}

static void few_or_equal_values_have_no_shape(void **state) {
    (void)state;
    struct rig rig = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
    const uint32_t none[3] = {0, 0, 0};
    const wide some[3] = {least, most, 5};
    feed(&rig, some, none, 3, 3);
    struct weir_result result = result_of(&rig);
    assert_int_equal(result.count, 0);
    assert_false(result.min.present || result.max.present);
    assert_true(isnan(result.mean) && isnan(result.std) && result.sum == 0);
    assert_int_equal(result.distinct.value, 0);
    assert_int_equal(result.top_count, 0);
    struct weir_quantile quantile = {.q = 0.5};
    weir_column_quantiles(rig.column, rig.scratch, &quantile, 1);
    assert_false(quantile.value.present);
    uint64_t bins[4];
    double low = 0;
    double high = 0;
    assert_false(weir_column_histogram(rig.column, rig.scratch, 4, bins, &low, &high));
    feed(&rig, some, NULL, 1, 1);
    result = result_of(&rig);
    assert_true(result.mean == -0x1p127 && isnan(result.std) && isnan(result.kurtosis));
    for (uint32_t i = 0; i < N; i++) {
        values[i] = least;
    }
    feed(&rig, values, NULL, N, N);
    result = result_of(&rig);
    assert_true(result.std == 0 && isnan(result.skewness) && isnan(result.kurtosis));
    assert_int_equal(result.distinct.value, 1);
    free(rig.memory);
}

/* --- Keys. ------------------------------------------------------------------------------------ */

static uint64_t key_of(wide value) {
    uint64_t key = 0;
    assert_int_equal(
        weir_numbers_keys(WEIR_ISA_SCALAR, WEIR_KIND_I128, &value, NULL, 1, &key, NULL), 1);
    return key;
}

static void check_key(wide value) {
    const struct weir_value back = weir_value_of_key(WEIR_KIND_I128, key_of(value));
    const wide rounded = wide_of(back.i128);
    const wide limit = (wide)1 << 56;
    assert_true(back.kind == WEIR_KIND_I128 && back.present);
    if (value >= -limit && value < limit) {
        assert_true(rounded == value && !back.cut);
        return;
    }
    /* Down, by less than 2^-55 of the size; and the same again. */
    const unsigned_wide lost = (unsigned_wide)value - (unsigned_wide)rounded;
    const unsigned_wide size = (unsigned_wide)(value < 0 ? ~value : value);
    assert_true(back.cut && rounded <= value && lost < size >> 54);
    assert_true(key_of(rounded) == key_of(value));
    assert_true(rounded == least || key_of(rounded - 1) < key_of(value));
}

static void keys_order_as_the_integers_and_round_down(void **state) {
    (void)state;
    random_state = SEED + 2;
    for (int bit = 0; bit < 127; bit++) {
        for (int step = -3; step <= 3; step++) {
            check_key(((wide)1 << bit) + step);
            check_key(-((wide)1 << bit) - step);
        }
    }
    check_key(least);
    check_key(most);
    assert_true(key_of(least) < key_of(-1) && key_of(-1) < key_of(0) && key_of(0) < key_of(most));
    for (int round = 0; round < 200000; round++) {
        const wide a = random_wide(FULL);
        const wide b = round % 2 == 0 ? random_wide(FULL) : a + (wide)(random_next() >> 8) % 99;
        check_key(a);
        assert_true(a <= b ? key_of(a) <= key_of(b) : key_of(a) >= key_of(b));
    }
    /* Weights of 0 are left out. */
    const wide three[3] = {1, 2, 3};
    const uint32_t middle[3] = {0, 9, 0};
    uint64_t keys[3];
    uint32_t kept[3];
    assert_int_equal(
        weir_numbers_keys(WEIR_ISA_SCALAR, WEIR_KIND_I128, three, middle, 3, keys, kept), 1);
    assert_true(keys[0] == key_of(2) && kept[0] == 9);
}

/* --- Distinct values, top values, quantiles. -------------------------------------------------- */

static int compare_wides(const void *a, const void *b) {
    wide x;
    wide y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Values that agree in all but the lowest or the highest bits, at most 1024 of them. */
static wide of_a_pool(uint32_t pool, uint64_t pick) {
    return pool % 2 == 0 ? least / 3 + (wide)pick : (wide)pick * ((wide)1 << 110) - most / 2;
}

static void few_values_are_counted_exactly(void **state) {
    (void)state;
    random_state = SEED + 3;
    for (uint32_t pool = 1; pool <= 1024; pool = pool * 3 + 1) {
        static uint64_t counts[1024];
        memset(counts, 0, sizeof counts);
        for (uint32_t i = 0; i < N; i++) {
            const double u = (double)(random_next() >> 11) * 0x1p-53;
            const uint64_t pick = (uint64_t)(u * u * pool);
            counts[pick]++;
            values[i] = of_a_pool(pool, pick);
        }
        struct rig rig = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
        feed(&rig, values, NULL, N, 777);
        const struct weir_result result = result_of(&rig);
        uint32_t distinct = 0;
        for (uint32_t i = 0; i < pool; i++) {
            distinct += counts[i] > 0;
        }
        assert_true(result.has_distinct && result.distinct.exact);
        assert_int_equal(result.distinct.value, distinct);
        assert_int_equal(result.top_count, distinct < WEIR_TOP_MAX ? distinct : WEIR_TOP_MAX);
        for (uint32_t t = 0; t < result.top_count; t++) {
            const wide value = wide_of(result.top[t].value.i128);
            uint32_t place = 0;
            while (place < pool && of_a_pool(pool, place) != value) {
                place++;
            }
            assert_true(place < pool);
            assert_int_equal(result.top[t].count_low, counts[place]);
            assert_int_equal(result.top[t].count_high, counts[place]);
            uint32_t before = 0;
            for (uint32_t i = 0; i < pool; i++) {
                before += counts[i] > counts[place] || (counts[i] == counts[place] && i < place);
            }
            assert_int_equal(before, t);
        }
        qsort(values, N, sizeof *values, compare_wides);
        struct weir_quantile quantiles[101];
        for (int i = 0; i <= 100; i++) {
            quantiles[i].q = (100 - i) / 100.0;
        }
        weir_column_quantiles(rig.column, rig.scratch, quantiles, 101);
        for (int i = 0; i <= 100; i++) {
            const int rank = (N * (100 - i) + 99) / 100;
            assert_true(quantiles[i].value.present && quantiles[i].exact);
            assert_false(quantiles[i].value.cut);
            assert_true(wide_of(quantiles[i].value.i128) == values[rank > 0 ? rank - 1 : 0]);
        }
        free(rig.memory);
    }
}

static void the_1025th_value_brings_the_sketches(void **state) {
    (void)state;
    for (uint32_t distinct = 1023; distinct <= 1026; distinct++) {
        struct rig rig = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
        for (uint32_t i = 0; i < N; i++) {
            values[i] = of_a_pool(distinct, i < 20000 ? i % 500 : i % distinct);
        }
        feed(&rig, values, NULL, N, N);
        const struct weir_result result = result_of(&rig);
        assert_int_equal(result.distinct.exact, distinct <= 1024);
        assert_true(fabs((double)result.distinct.value / distinct - 1) < 0.08);
        assert_true(distinct > 1024 || result.distinct.value == distinct);
        free(rig.memory);
    }
}

/* Half of the values are one, which differs from many others in the last bit alone. */
static void many_values_keep_their_bounds(void **state) {
    (void)state;
    static wide sorted[N];
    for (uint32_t round = 0; round < 12; round++) {
        random_state = SEED + 100 + round;
        const enum shape shape = round % 3 == 0 ? FULL : round % 3 == 1 ? NEAR : STEPS;
        const bool weighted = round % 2 == 1;
        fill(shape, N, 3);
        const wide frequent = ((wide)1 << 126) + 12345;
        uint64_t n = 0;
        uint64_t frequent_count = 0;
        for (uint32_t i = 0; i < N; i++) {
            values[i] = i % 2 == 0 ? frequent : i % 64 == 1 ? frequent + 1 : values[i];
            weights[i] = weighted ? weights[i] : 1;
            for (uint32_t w = 0; w < weights[i] && n < N; w++) {
                sorted[n++] = values[i];
            }
            weights[i] = n == N && weighted ? 0 : weights[i];
            frequent_count += values[i] == frequent ? weights[i] : 0;
        }
        struct rig rig = rig_new(WEIR_STATS_ALL, 0.02, WEIR_ISA_AUTO);
        feed(&rig, values, weighted ? weights : NULL, N, N);
        const struct weir_result result = result_of(&rig);
        n = result.count < n ? result.count : n;
        qsort(sorted, n, sizeof *sorted, compare_wides);
        assert_true(wide_of(result.top[0].value.i128) == frequent);
        assert_in_range(frequent_count, result.top[0].count_low, result.top[0].count_high);
        uint64_t distinct = 0;
        for (uint64_t i = 0; i < n; i++) {
            distinct += i == 0 || sorted[i] != sorted[i - 1];
        }
        assert_false(result.distinct.exact);
        const double off = fabs((double)result.distinct.value / (double)distinct - 1);
        assert_true(off <= 5 * result.distinct.relative_error);
        struct weir_quantile quantiles[5] = {
            {.q = 0}, {.q = 0.1}, {.q = 0.3}, {.q = 0.8}, {.q = 1}};
        weir_column_quantiles(rig.column, rig.scratch, quantiles, 5);
        assert_true(wide_of(quantiles[0].value.i128) == sorted[0] && quantiles[0].exact);
        assert_true(wide_of(quantiles[4].value.i128) == sorted[n - 1] && !quantiles[4].value.cut);
        for (int q = 1; q < 4; q++) {
            const uint64_t key = key_of(wide_of(quantiles[q].value.i128));
            uint64_t below = 0;
            uint64_t up_to = 0;
            for (uint64_t i = 0; i < n; i++) {
                below += key_of(sorted[i]) < key;
                up_to += key_of(sorted[i]) <= key;
            }
            const double slack = 2 * quantiles[q].rank_error + 1e-12;
            assert_true(quantiles[q].rank_error <= 0.02);
            assert_true((double)below / (double)n <= quantiles[q].q + slack);
            assert_true((double)up_to / (double)n >= quantiles[q].q - slack);
            const wide size = wide_of(quantiles[q].value.i128);
            const bool narrow = size >= -((wide)1 << 56) && size < (wide)1 << 56;
            assert_int_equal(quantiles[q].value.cut, !narrow);
            assert_true(size >= sorted[0]);
        }
        free(rig.memory);
    }
}

/* Exact and sketched columns, in ranges that doubles cannot tell apart or hardly reach. */
static void histograms_do_not_lose_the_range(void **state) {
    (void)state;
    uint64_t bins[4];
    double low = 0;
    double high = 0;
    struct rig rig = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
    const wide close[5] = {most, most - 1, most - 2, most - 3, most - 4};
    feed(&rig, close, NULL, 5, 5);
    weir_column_end(rig.column, rig.scratch);
    assert_true(weir_column_histogram(rig.column, rig.scratch, 4, bins, &low, &high));
    const uint64_t close_truth[4] = {1, 1, 1, 2};
    assert_memory_equal(bins, close_truth, sizeof bins);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_I128, false, 3);
    const wide far[4] = {least, least / 2, most / 4, most};
    feed(&rig, far, NULL, 4, 4);
    weir_column_end(rig.column, rig.scratch);
    assert_true(weir_column_histogram(rig.column, rig.scratch, 4, bins, &low, &high));
    const uint64_t far_truth[4] = {1, 1, 1, 1};
    assert_memory_equal(bins, far_truth, sizeof bins);
    assert_true(low == -0x1p127 && high == 0x1p127);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_I128, false, 3);
    for (uint32_t i = 0; i < N; i++) {
        values[i] = (wide)(i + 1) << 80;
    }
    feed(&rig, values, NULL, N, N);
    weir_column_end(rig.column, rig.scratch);
    assert_true(weir_column_histogram(rig.column, rig.scratch, 4, bins, &low, &high));
    for (int i = 0; i < 4; i++) {
        assert_true(fabs((double)bins[i] - N / 4.0) <= 4 * 0.01 * N);
    }
    free(rig.memory);
}

/* --- Bits. ------------------------------------------------------------------------------------ */

static const uint32_t stat_sets[] = {
    WEIR_STATS_ALL, WEIR_STATS_MOMENTS, WEIR_STATS_QUANTILES, WEIR_STATS_DISTINCT, WEIR_STATS_TOP,
};
enum { STAT_SETS = sizeof stat_sets / sizeof stat_sets[0] };

static void assert_same_state(struct rig *a, struct rig *b) {
    weir_column_end(a->column, a->scratch);
    weir_column_end(b->column, b->scratch);
    assert_same_columns(a->column, b->column);
}

static void spans_and_chunks_do_not_matter(void **state) {
    (void)state;
    random_state = SEED + 4;
    for (uint32_t shape = 0; shape < SHAPES; shape++) {
        fill((enum shape)shape, N, 4);
        for (uint32_t set = 0; set < STAT_SETS; set++) {
            struct rig first = rig_new(stat_sets[set], 0.05, WEIR_ISA_AUTO);
            feed(&first, values, NULL, N, N);
            for (uint32_t round = 0; round < 4; round++) {
                struct rig other = rig_new(stat_sets[set], 0.05, WEIR_ISA_AUTO);
                for (uint64_t at = 0; at < N;) {
                    uint64_t taken = 1 + random_next() % 9000;
                    taken = taken < N - at ? taken : N - at;
                    feed(&other, values + at, NULL, taken, 1 + random_next() % 5000);
                    at += taken;
                }
                assert_same_state(&first, &other);
                free(other.memory);
            }
            free(first.memory);
            /* With weights the chunk counts, the spans do not. */
            first = rig_new(stat_sets[set], 0.05, WEIR_ISA_AUTO);
            struct rig other = rig_new(stat_sets[set], 0.05, WEIR_ISA_AUTO);
            feed(&first, values, weights, N, N);
            feed(&other, values, weights, N, 59);
            assert_same_state(&first, &other);
            free(first.memory);
            free(other.memory);
        }
    }
}

static void all_instruction_sets_give_the_same_bits(void **state) {
    (void)state;
    random_state = SEED + 5;
    for (uint32_t shape = 0; shape < SHAPES; shape++) {
        fill((enum shape)shape, N, 4);
        struct rig first = rig_new(WEIR_STATS_ALL, 0.05, WEIR_ISA_SCALAR);
        feed(&first, values, NULL, N, N);
        feed(&first, values, weights, N, N);
        const struct weir_result result = result_of(&first);
        for (enum weir_isa isa = WEIR_ISA_AVX2; isa <= weir_isa_best(); isa++) {
            struct rig other = rig_new(WEIR_STATS_ALL, 0.05, isa);
            feed(&other, values, NULL, N, N);
            feed(&other, values, weights, N, N);
            const struct weir_result other_result = result_of(&other);
            assert_memory_equal(&result, &other_result, sizeof result);
            struct weir_quantile qa[2] = {{.q = 0.2}, {.q = 0.99}};
            struct weir_quantile qb[2] = {{.q = 0.2}, {.q = 0.99}};
            weir_column_quantiles(first.column, first.scratch, qa, 2);
            weir_column_quantiles(other.column, other.scratch, qb, 2);
            assert_memory_equal(qa, qb, sizeof qa);
            free(other.memory);
        }
        free(first.memory);
    }
}

/* (value, weight) is the same as the value that many times. */
static void weights_are_repetitions(void **state) {
    (void)state;
    random_state = SEED + 6;
    for (uint32_t round = 0; round < 10; round++) {
        static wide repeated[N];
        const uint32_t entries = 900;
        uint64_t n = 0;
        fill(FULL, entries, 60);
        for (uint32_t i = 0; i < entries; i++) {
            for (uint32_t w = 0; w < weights[i] && n < N; w++) {
                repeated[n++] = values[i];
            }
        }
        struct rig a = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
        struct rig b = rig_new(WEIR_STATS_ALL, 0.01, WEIR_ISA_AUTO);
        feed(&a, values, weights, entries, entries);
        feed(&b, repeated, NULL, n, n);
        const struct weir_result ra = result_of(&a);
        const struct weir_result rb = result_of(&b);
        assert_int_equal(ra.count, n);
        assert_memory_equal(&ra.sum_whole, &rb.sum_whole, sizeof ra.sum_whole);
        assert_memory_equal(&ra.distinct, &rb.distinct, sizeof ra.distinct);
        assert_memory_equal(ra.top, rb.top, sizeof ra.top);
        struct weir_quantile qa[3] = {{.q = 0.1}, {.q = 0.5}, {.q = 0.9}};
        struct weir_quantile qb[3] = {{.q = 0.1}, {.q = 0.5}, {.q = 0.9}};
        weir_column_quantiles(a.column, a.scratch, qa, 3);
        weir_column_quantiles(b.column, b.scratch, qb, 3);
        assert_memory_equal(qa, qb, sizeof qa);
        free(a.memory);
        free(b.memory);
    }
}

int main(void) {
    printf("seed %llx\n", (unsigned long long)SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_match_a_model),
        cmocka_unit_test(the_full_range_does_not_overflow),
        cmocka_unit_test(means_are_correctly_rounded),
        cmocka_unit_test(few_or_equal_values_have_no_shape),
        cmocka_unit_test(keys_order_as_the_integers_and_round_down),
        cmocka_unit_test(few_values_are_counted_exactly),
        cmocka_unit_test(the_1025th_value_brings_the_sketches),
        cmocka_unit_test(many_values_keep_their_bounds),
        cmocka_unit_test(histograms_do_not_lose_the_range),
        cmocka_unit_test(spans_and_chunks_do_not_matter),
        cmocka_unit_test(all_instruction_sets_give_the_same_bits),
        cmocka_unit_test(weights_are_repetitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
