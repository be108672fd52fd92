/* Counts, extremes, sums and keys of fixed-width columns; equal bits on every instruction set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "splitmix.h"

#include "stats/numbers.h"

__extension__ typedef __int128 int128;

#define BLOCK 4096u
#define SEED UINT64_C(0x13198a2e03707344)

static const enum weir_kind kinds[] = {WEIR_KIND_I32, WEIR_KIND_U32, WEIR_KIND_I64,
                                       WEIR_KIND_U64, WEIR_KIND_F32, WEIR_KIND_F64};
enum { KINDS = 6 };

static uint32_t bytes_of(enum weir_kind kind) {
    return kind == WEIR_KIND_I64 || kind == WEIR_KIND_U64 || kind == WEIR_KIND_F64 ? 8 : 4;
}

static bool is_real(enum weir_kind kind) {
    return kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64;
}

/* How wild a block is: 0 tame, 1 with zeros of both signs, 2 with NaN and infinities, 3 any bits.
 */
static double random_real(uint32_t wild) {
    uint64_t bits = random_next();
    double value = (double)(int64_t)random_next() * 0x1p-60;
    if (wild == 3) {
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    if (wild >= 1 && bits % 16 == 0) {
        return bits & 16 ? 0.0 : -0.0;
    }
    if (wild == 2 && bits % 16 < 4) {
        static const double odd[4] = {NAN, INFINITY, -INFINITY, -NAN};
        return odd[(bits >> 8) % 4];
    }
    return value;
}

static void random_value(uint8_t *to, enum weir_kind kind, uint32_t wild) {
    uint64_t bits = random_next();
    if (is_real(kind)) {
        double real = random_real(wild);
        uint32_t narrow_bits = (uint32_t)bits;
        float narrow;
        memcpy(&narrow, &narrow_bits, sizeof narrow);
        narrow = wild == 3 ? narrow : (float)real;
        memcpy(to, kind == WEIR_KIND_F64 ? (void *)&real : (void *)&narrow, bytes_of(kind));
        return;
    }
    bits = wild == 0 ? bits % 1000 : wild == 1 ? bits % 5 - 2 : wild == 2 ? bits >> 3 : bits;
    memcpy(to, &bits, bytes_of(kind));
}

static double real_at(const uint8_t *at, enum weir_kind kind) {
    double real;
    float narrow;
    if (kind == WEIR_KIND_F64) {
        memcpy(&real, at, sizeof real);
        return real;
    }
    memcpy(&narrow, at, sizeof narrow);
    return (double)narrow;
}

static int128 whole_at(const uint8_t *at, enum weir_kind kind) {
    uint64_t bits = 0;
    memcpy(&bits, at, bytes_of(kind));
    switch (kind) {
    case WEIR_KIND_I32: return (int32_t)(uint32_t)bits;
    case WEIR_KIND_I64: return (int64_t)bits;
    default: return bits;
    }
}

static struct weir_result result_of(const struct weir_numbers *numbers) {
    struct weir_result result;
    memset(&result, 0, sizeof result);
    weir_numbers_result(numbers, &result);
    return result;
}

static int128 sum_of(const struct weir_result *result) {
    const uint64_t *limbs = result->sum_whole.limbs;
    int128 sum = (int128)(int64_t)limbs[1] * ((int128)1 << 64) + limbs[0];
    assert_true(limbs[2] == (sum < 0 ? UINT64_MAX : 0) && limbs[3] == limbs[2]);
    return sum;
}

/* A column fed block by block; weights may be NULL. */
static struct weir_result profile(enum weir_kind kind, const void *values, const uint32_t *weights,
                                  uint32_t count) {
    struct weir_numbers numbers;
    weir_numbers_begin(&numbers, kind);
    for (uint32_t i = 0; i < count; i += BLOCK) {
        weir_numbers_block(
            &numbers, weir_isa_best(), (const uint8_t *)values + (size_t)i * bytes_of(kind),
            weights == NULL ? NULL : weights + i, count - i < BLOCK ? count - i : BLOCK);
    }
    return result_of(&numbers);
}

static uint8_t buffer[BLOCK * 8 + 64];
static uint8_t moved[BLOCK * 8 + 64];
static uint32_t weights[BLOCK];

static void fill(enum weir_kind kind, uint32_t count, uint32_t wild) {
    for (uint32_t i = 0; i < count; i++) {
        random_value(buffer + (size_t)i * bytes_of(kind), kind, wild);
        uint64_t bits = random_next();
        weights[i] = bits % 4 == 0 ? 0 : bits % 64 == 1 ? UINT32_MAX : (uint32_t)(bits % 9);
    }
}

static void every_instruction_set_and_alignment_gives_the_same_bits(void **state) {
    (void)state;
    random_state = SEED;
    const int best = (int)weir_isa_best();
    for (uint32_t round = 0; round < 3000; round++) {
        enum weir_kind kind = kinds[round % KINDS];
        bool weighted = round / KINDS % 3 == 0;
        struct weir_numbers all[4];
        for (int isa = 1; isa <= best; isa++) {
            memset(&all[isa], 0xa5, sizeof all[isa]);
            weir_numbers_begin(&all[isa], kind);
        }
        for (uint32_t block = 0; block < 3; block++) {
            uint32_t wild = (uint32_t)(random_next() % 4);
            uint32_t count = (uint32_t)(round < 600 ? round / 6 : random_next() % (BLOCK + 1));
            fill(kind, count, wild);
            for (int isa = 1; isa <= best; isa++) {
                uint32_t offset = (uint32_t)(random_next() % 64);
                memcpy(moved + offset, buffer, (size_t)count * bytes_of(kind));
                weir_numbers_block(&all[isa], (enum weir_isa)isa, moved + offset,
                                   weighted ? weights : NULL, count);
            }
        }
        struct weir_result first = result_of(&all[1]);
        for (int isa = 2; isa <= best; isa++) {
            if (memcmp(&all[1], &all[isa], sizeof all[1]) != 0) {
                fail_msg("kind %d, instruction set %d, round %u differs", (int)kind, isa, round);
            }
            struct weir_result other = result_of(&all[isa]);
            assert_memory_equal(&first, &other, sizeof first);
        }
    }
}

/* The plain way to count. */
struct naive {
    uint64_t count, nans, pos_infs, neg_infs, zeros, negatives;
    bool any;
    double min_real, max_real;
    int128 min, max, sum;
};

static void naive_add(struct naive *naive, const uint8_t *at, enum weir_kind kind,
                      uint32_t weight) {
    if (weight == 0) {
        return;
    }
    naive->count += weight;
    if (is_real(kind)) {
        double x = real_at(at, kind);
        naive->nans += isnan(x) ? weight : 0;
        naive->pos_infs += isinf(x) && x > 0 ? weight : 0;
        naive->neg_infs += isinf(x) && x < 0 ? weight : 0;
        naive->zeros += x == 0 ? weight : 0;
        naive->negatives += x < 0 ? weight : 0;
        if (!isnan(x)) {
            naive->min_real = !naive->any || x < naive->min_real ? x : naive->min_real;
            naive->max_real = !naive->any || x > naive->max_real ? x : naive->max_real;
            naive->any = true;
        }
        return;
    }
    int128 x = whole_at(at, kind);
    naive->zeros += x == 0 ? weight : 0;
    naive->negatives += x < 0 ? weight : 0;
    naive->min = !naive->any || x < naive->min ? x : naive->min;
    naive->max = !naive->any || x > naive->max ? x : naive->max;
    naive->sum += x * weight;
    naive->any = true;
}

static int128 whole_of(const struct weir_value *value) {
    return value->kind == WEIR_KIND_U64 ? (int128)value->u64 : (int128)value->i64;
}

static void check_naive(const struct naive *naive, const struct weir_result *result,
                        enum weir_kind kind) {
    assert_true(result->count == naive->count);
    assert_true(result->nans == naive->nans);
    assert_true(result->pos_infs == naive->pos_infs);
    assert_true(result->neg_infs == naive->neg_infs);
    assert_true(result->zeros == naive->zeros);
    assert_true(result->negatives == naive->negatives);
    assert_true(result->min.present == naive->any && result->max.present == naive->any);
    assert_true(result->min.kind == kind && result->max.kind == kind);
    assert_true(result->has_moments);
    assert_true(result->sum_exact == !is_real(kind));
    if (is_real(kind)) {
        assert_true(!naive->any || result->min.f64 == naive->min_real);
        assert_true(!naive->any || result->max.f64 == naive->max_real);
        assert_true(result->min.f64 != 0 || !signbit(result->min.f64));
        assert_true(result->max.f64 != 0 || !signbit(result->max.f64));
        return;
    }
    assert_true(!naive->any || whole_of(&result->min) == naive->min);
    assert_true(!naive->any || whole_of(&result->max) == naive->max);
    assert_true(sum_of(result) == naive->sum);
    assert_true(result->sum == (double)naive->sum);
    if (naive->any) {
        long double mean = (long double)naive->sum / (long double)naive->count;
        assert_true(fabsl((long double)result->mean - mean) <= fabsl(mean) * 0x1p-52L);
    }
}

static void counts_extremes_and_integer_sums_are_exact(void **state) {
    (void)state;
    random_state = SEED + 1;
    for (uint32_t round = 0; round < 1200; round++) {
        enum weir_kind kind = kinds[round % KINDS];
        bool weighted = round / KINDS % 2 == 0;
        struct naive naive = {0};
        struct weir_numbers numbers;
        weir_numbers_begin(&numbers, kind);
        for (uint32_t block = 0; block < 1 + round % 4; block++) {
            uint32_t count = (uint32_t)(random_next() % (round % 2 ? BLOCK + 1 : 20));
            fill(kind, count, (uint32_t)(random_next() % 4));
            for (uint32_t i = 0; i < count; i++) {
                naive_add(&naive, buffer + (size_t)i * bytes_of(kind), kind,
                          weighted ? weights[i] : 1);
            }
            weir_numbers_block(&numbers, weir_isa_best(), buffer, weighted ? weights : NULL, count);
        }
        struct weir_result result = result_of(&numbers);
        check_naive(&naive, &result, kind);
    }
}

static void check_close(double a, double b, double relative, double absolute) {
    if (!(fabs(a - b) <= fabs(b) * relative + absolute) && !(isnan(a) && isnan(b)) && a != b) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

static void a_weight_means_that_often(void **state) {
    (void)state;
    random_state = SEED + 2;
    enum { ROUNDS = 120, REPEATED = 64 * BLOCK };
    uint8_t *repeated = malloc((size_t)REPEATED * 8);
    assert_non_null(repeated);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        enum weir_kind kind = kinds[round % KINDS];
        uint32_t width = bytes_of(kind);
        uint32_t count = 1 + (uint32_t)(random_next() % BLOCK);
        uint32_t total = 0;
        fill(kind, count, round / KINDS % 3);
        for (uint32_t i = 0; i < count; i++) {
            weights[i] = weights[i] > 20 ? 60 : weights[i];
            for (uint32_t k = 0; k < weights[i] && total < REPEATED; k++) {
                memcpy(repeated + (size_t)total * width, buffer + (size_t)i * width, width);
                total++;
            }
        }
        struct weir_result a = profile(kind, buffer, weights, count);
        struct weir_result b = profile(kind, repeated, NULL, total);
        assert_true(a.count == b.count && a.nans == b.nans && a.zeros == b.zeros);
        assert_true(sum_of(&a) == sum_of(&b));
        check_close(a.sum, b.sum, 0, 0);
        check_close(a.mean, b.mean, 0, 0);
        check_close(a.variance, b.variance, 1e-13, 0);
        check_close(a.std, b.std, 1e-13, 0);
        check_close(a.skewness, b.skewness, 1e-13, 1e-13);
        check_close(a.kurtosis, b.kurtosis, 1e-13, 1e-13);
    }
    free(repeated);
}

static void sums_of_extreme_integers_are_exact(void **state) {
    (void)state;
    /* 622,770,257,630,000 times 2^63 - 1, as in a known archive of copies of one number. */
    const uint64_t times = UINT64_C(622770257630000);
    const uint64_t most = INT64_MAX;
    struct weir_numbers numbers;
    weir_numbers_begin(&numbers, WEIR_KIND_I64);
    uint64_t left = times;
    while (left > 0) {
        uint32_t count = 0;
        for (; count < BLOCK && left > 0; count++) {
            weights[count] = left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
            left -= weights[count];
            memcpy(buffer + (size_t)count * 8, &most, 8);
        }
        weir_numbers_block(&numbers, weir_isa_best(), buffer, weights, count);
    }
    struct weir_result result = result_of(&numbers);
    assert_true(sum_of(&result) == (int128)times * INT64_MAX);
    assert_true(result.count == times);
    assert_true(result.mean == 0x1p63);
    assert_true(result.std == 0);
    assert_true(result.min.i64 == INT64_MAX && result.max.i64 == INT64_MAX);
    /* Both ends of the range in one block. */
    int64_t ends[3] = {INT64_MIN, INT64_MAX, INT64_MIN};
    result = profile(WEIR_KIND_I64, ends, NULL, 3);
    assert_true(sum_of(&result) == (int128)INT64_MIN - 1);
    check_close(result.std, 0x1p64 / sqrt(3.0), 1e-15, 0);
    uint64_t all[2] = {UINT64_MAX, UINT64_MAX};
    result = profile(WEIR_KIND_U64, all, NULL, 2);
    assert_true(sum_of(&result) == (int128)UINT64_MAX * 2);
    assert_true(result.std == 0 && result.max.u64 == UINT64_MAX);
}

static void check_undefined(const struct weir_result *result) {
    assert_true(isnan(result->mean) && isnan(result->std) && isnan(result->variance));
    assert_true(isnan(result->skewness) && isnan(result->kurtosis));
    assert_true(result->sum == 0);
}

static void figures_of_too_few_values_are_nan(void **state) {
    (void)state;
    for (uint32_t k = 0; k < KINDS; k++) {
        struct weir_result result = profile(kinds[k], buffer, NULL, 0);
        check_undefined(&result);
        assert_false(result.min.present || result.max.present);
        memset(weights, 0, sizeof weights);
        fill(kinds[k], 100, 3);
        memset(weights, 0, sizeof weights);
        result = profile(kinds[k], buffer, weights, 100);
        check_undefined(&result);
        assert_true(result.count == 0 && !result.min.present);
    }
    double odd[9] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    struct weir_result result = profile(WEIR_KIND_F64, odd, NULL, 9);
    check_undefined(&result);
    assert_true(result.count == 9 && result.nans == 9 && !result.min.present);
    odd[3] = INFINITY;
    result = profile(WEIR_KIND_F64, odd, NULL, 9);
    check_undefined(&result);
    assert_true(isinf(result.min.f64) && result.min.f64 > 0 && result.max.f64 > 0);
    odd[4] = 2.5;
    result = profile(WEIR_KIND_F64, odd, NULL, 9);
    assert_true(result.mean == 2.5 && result.sum == 2.5 && result.min.f64 == 2.5);
    assert_true(isnan(result.std) && isnan(result.skewness) && isnan(result.kurtosis));
}

static void constant_columns_have_no_spread(void **state) {
    (void)state;
    static double values[3 * BLOCK + 5];
    const uint32_t count = 3 * BLOCK + 5;
    const double constants[] = {0.1, -1e308, 1e-310, 0, 1.0 / 3, 1e16};
    for (uint32_t k = 0; k < 6; k++) {
        for (uint32_t i = 0; i < count; i++) {
            values[i] = constants[k];
        }
        struct weir_result result = profile(WEIR_KIND_F64, values, NULL, count);
        assert_true(result.mean == constants[k]);
        assert_true(result.std == 0 && result.variance == 0);
        assert_true(isnan(result.skewness) && isnan(result.kurtosis));
    }
    for (uint32_t i = 0; i < count; i++) {
        values[i] = i % 2 == 0 ? 0.0 : -0.0;
    }
    struct weir_result result = profile(WEIR_KIND_F64, values, NULL, count);
    assert_true(result.std == 0 && result.zeros == count && result.negatives == 0);
    assert_true(!signbit(result.min.f64) && !signbit(result.max.f64) && !signbit(result.sum));
}

static void booleans_are_zeros_and_ones(void **state) {
    (void)state;
    random_state = SEED + 3;
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t count = (uint32_t)(random_next() % 50);
        int32_t *as_numbers = (int32_t *)(void *)buffer;
        struct weir_numbers numbers;
        weir_numbers_begin(&numbers, WEIR_KIND_BOOL);
        for (uint32_t i = 0; i < count; i++) {
            as_numbers[i] = round % 3 == 0 ? 1 : (int32_t)(random_next() % 2);
            weir_numbers_add_bools(&numbers, (uint64_t)as_numbers[i], (uint64_t)!as_numbers[i]);
        }
        struct weir_result a = result_of(&numbers);
        struct weir_result b = profile(WEIR_KIND_I32, as_numbers, NULL, count);
        assert_true(a.count == b.count && a.zeros == b.zeros && a.negatives == 0);
        assert_true(a.min.present == b.min.present && a.min.i64 == b.min.i64);
        assert_true(a.max.present == b.max.present && a.max.i64 == b.max.i64);
        assert_true(sum_of(&a) == sum_of(&b) && a.sum_exact && a.sum == b.sum);
        check_close(a.mean, b.mean, 0, 0);
        check_close(a.std, b.std, 1e-14, 0);
        check_close(a.variance, b.variance, 1e-14, 0);
        check_close(a.skewness, b.skewness, 1e-13, 1e-14);
        check_close(a.kurtosis, b.kurtosis, 1e-13, 1e-14);
    }
}

/* --- Keys. --------------------------------------------------------------------------------- */

static uint64_t keys[4][BLOCK + 64];
static uint32_t kept_weights[4][BLOCK + 64];

static bool same_value(const struct weir_value *value, const uint8_t *at, enum weir_kind kind) {
    if (is_real(kind)) {
        double real = real_at(at, kind);
        return value->f64 == real && (real != 0 || !signbit(value->f64));
    }
    return whole_of(value) == whole_at(at, kind);
}

static void keys_keep_every_value_that_occurs(void **state) {
    (void)state;
    random_state = SEED + 4;
    const int best = (int)weir_isa_best();
    for (uint32_t round = 0; round < 1200; round++) {
        enum weir_kind kind = kinds[round % KINDS];
        bool weighted = round / KINDS % 2 == 0;
        uint32_t count = (uint32_t)(round < 300 ? round / 6 : random_next() % (BLOCK + 1));
        fill(kind, count, (uint32_t)(random_next() % 4));
        uint32_t kept = 0;
        for (int isa = 1; isa <= best; isa++) {
            memset(keys[isa], 0xee, sizeof keys[isa]);
            memset(kept_weights[isa], 0xee, sizeof kept_weights[isa]);
            uint32_t offset = (uint32_t)(random_next() % 64);
            memcpy(moved + offset, buffer, (size_t)count * bytes_of(kind));
            uint32_t got = weir_numbers_keys((enum weir_isa)isa, kind, moved + offset,
                                             weighted ? weights : NULL, count, keys[isa],
                                             round % 5 == 0 ? NULL : kept_weights[isa]);
            assert_true(isa == 1 || got == kept);
            kept = got;
            assert_memory_equal(keys[isa], keys[1], kept * sizeof **keys);
            assert_memory_equal(kept_weights[isa], kept_weights[1], kept * sizeof **kept_weights);
            for (uint32_t i = count; i < BLOCK + 64; i++) {
                assert_true(kept_weights[isa][i] == 0xeeeeeeee);
            }
        }
        uint32_t next = 0;
        for (uint32_t i = 0; i < count; i++) {
            const uint8_t *at = buffer + (size_t)i * bytes_of(kind);
            bool nan = is_real(kind) && isnan(real_at(at, kind));
            if (nan || (weighted && weights[i] == 0)) {
                continue;
            }
            assert_true(next < kept);
            struct weir_value value = weir_value_of_key(kind, keys[1][next]);
            assert_true(value.kind == kind && value.present && same_value(&value, at, kind));
            if (round % 5 != 0) {
                assert_true(kept_weights[1][next] == (weighted ? weights[i] : 1));
            }
            next++;
        }
        assert_true(next == kept);
    }
}

static void keys_order_as_values_do(void **state) {
    (void)state;
    random_state = SEED + 5;
    for (uint32_t round = 0; round < 20000; round++) {
        enum weir_kind kind = kinds[round % KINDS];
        fill(kind, 2, (uint32_t)(random_next() % 4));
        const uint8_t *a = buffer;
        const uint8_t *b = buffer + bytes_of(kind);
        if (weir_numbers_keys(WEIR_ISA_SCALAR, kind, buffer, NULL, 2, keys[0], NULL) < 2) {
            continue;
        }
        bool less = is_real(kind) ? real_at(a, kind) < real_at(b, kind)
                                  : whole_at(a, kind) < whole_at(b, kind);
        bool equal = is_real(kind) ? real_at(a, kind) == real_at(b, kind)
                                   : whole_at(a, kind) == whole_at(b, kind);
        assert_true((keys[0][0] < keys[0][1]) == less);
        assert_true((keys[0][0] == keys[0][1]) == equal);
    }
}

static void keys_of_infinities_are_at_the_ends(void **state) {
    (void)state;
    const double values[4] = {-INFINITY, -0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1023,
                              INFINITY};
    assert_int_equal(
        weir_numbers_keys(weir_isa_best(), WEIR_KIND_F64, values, NULL, 4, keys[0], NULL), 4);
    for (uint32_t i = 0; i + 1 < 4; i++) {
        assert_true(keys[0][i] < keys[0][i + 1]);
    }
}

int main(void) {
    printf("seed %llx, instruction sets up to %d\n", (unsigned long long)SEED,
           (int)weir_isa_best());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_set_and_alignment_gives_the_same_bits),
        cmocka_unit_test(counts_extremes_and_integer_sums_are_exact),
        cmocka_unit_test(a_weight_means_that_often),
        cmocka_unit_test(sums_of_extreme_integers_are_exact),
        cmocka_unit_test(figures_of_too_few_values_are_nan),
        cmocka_unit_test(constant_columns_have_no_spread),
        cmocka_unit_test(booleans_are_zeros_and_ones),
        cmocka_unit_test(keys_keep_every_value_that_occurs),
        cmocka_unit_test(keys_order_as_values_do),
        cmocka_unit_test(keys_of_infinities_are_at_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
