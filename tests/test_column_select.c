/* Exact quantiles of a column of each kind, against sorting its values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "splitmix.h"

#include "stats/column_select.h"
#include "stats/numbers.h"

#define VALUES_MAX 40000u
#define QUANTILES 9u

static const double listed[QUANTILES] = {0.5, 0, 0.001, 0.1, 0.25, 0.75, 0.9, 0.999, 1};
/* The same as n-ths of 1,000. */
static const uint64_t thousandths[QUANTILES] = {500, 0, 1, 100, 250, 750, 900, 999, 1000};

static uint64_t seed;

/* --- Values: their bytes as a column takes them, and as integers that order alike. ------------ */

enum shape { ANY, TIED, NEAR, ENDS, SHAPES };

static const weir_int128 least = (weir_int128)((weir_uint128)1 << 127);

static weir_int128 whole(enum shape shape, uint32_t bits, bool is_signed) {
    const weir_uint128 top = (weir_uint128)1 << (bits - 1);
    const weir_uint128 any = (weir_uint128)random_next() << 64 | random_next();
    weir_uint128 value = any >> (random_next() % bits);
    value = shape == TIED   ? any % 1500 * 77
            : shape == NEAR ? top - 5000 + any % 5000
            : shape == ENDS ? (any % 2 == 0 ? any / 2 % 700 : ~(any / 2 % 700))
                            : value;
    const weir_uint128 mask = top | (top - 1);
    value &= mask;
    return is_signed && (value & top) != 0 ? (weir_int128)(value | ~mask) : (weir_int128)value;
}

/* A double as an integer in the same order; -0 as 0. False for NaN. */
static bool order_of(double value, weir_int128 *order_ret) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const int64_t size = (int64_t)(bits & (UINT64_MAX >> 1));
    *order_ret = bits >> 63 != 0 ? -size : size;
    return value == value;
}

static double real(enum shape shape, enum weir_kind kind) {
    static const double ends[] = {0.0, -0.0, __builtin_inf(), -__builtin_inf(), __builtin_nan("")};
    const uint64_t bits = random_next();
    double value;
    memcpy(&value, &bits, sizeof value);
    value = shape == TIED                         ? (double)(bits % 3000) / 100
            : shape == NEAR                       ? 1 + (double)(bits % 9000) * 0x1p-52
            : shape == ENDS && bits / 64 % 4 == 0 ? ends[bits % 5]
                                                  : value;
    return kind == WEIR_KIND_F32 ? (double)(float)value : value;
}

/* Puts one value at `to`; returns whether it has a rank. */
static bool put(enum weir_kind kind, enum shape shape, uint8_t *to, weir_int128 *order_ret) {
    if (kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64) {
        const double value = real(shape, kind);
        const float narrow = (float)value;
        memcpy(to, kind == WEIR_KIND_F32 ? (const void *)&narrow : (const void *)&value,
               kind == WEIR_KIND_F32 ? 4 : 8);
        return order_of(value, order_ret);
    }
    const bool is_signed = kind != WEIR_KIND_U32 && kind != WEIR_KIND_U64;
    const uint32_t bits = kind == WEIR_KIND_I128                           ? 128
                          : kind == WEIR_KIND_I32 || kind == WEIR_KIND_U32 ? 32
                                                                           : 64;
    *order_ret = whole(shape, bits, is_signed);
    memcpy(to, order_ret, bits / 8);
    return true;
}

static weir_int128 order_of_value(const struct weir_value *value) {
    weir_int128 order = 0;
    switch (value->kind) {
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: (void)order_of(value->f64, &order); return order;
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return (weir_int128)value->u64;
    case WEIR_KIND_I128: return weir_int128_of(value->i128);
    default: return value->i64;
    }
}

/* --- The column under test. ------------------------------------------------------------------- */

struct entry {
    weir_int128 order;
    uint64_t weight;
};

static struct entry entries[VALUES_MAX];
static uint8_t bytes[VALUES_MAX * 16];
static uint32_t weights[VALUES_MAX];

static int compare(const void *a, const void *b) {
    const weir_int128 x = ((const struct entry *)a)->order;
    const weir_int128 y = ((const struct entry *)b)->order;
    return (x > y) - (x < y);
}

static weir_int128 wanted_of(uint32_t count, uint64_t total, uint64_t thousandth) {
    const uint64_t exact = (total * thousandth + 999) / 1000;
    const uint64_t rank = exact < 1 ? 1 : exact;
    uint64_t seen = 0;
    uint32_t i = 0;
    for (; i + 1 < count && seen + entries[i].weight < rank; i++) {
        seen += entries[i].weight;
    }
    return entries[i].order;
}

/* Returns how many passes the selection took. */
static uint32_t check(enum weir_kind kind, enum shape shape, uint32_t count, bool weighted,
                      uint64_t words) {
    const struct weir_stats_options options = {.stats = WEIR_STATS_QUANTILES,
                                               .rank_error = 0.05,
                                               .seed = seed,
                                               .isa = (enum weir_isa)(random_next() % 4)};
    static const uint32_t each[] = {0, 4, 4, 8, 8, 4, 8, 0, 16};
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_scratch_take(&space, 1u << kind, &options);
    (void)weir_column_take(&space, 1u << kind, &options);
    const uint64_t memory_bytes = (space.used_bytes + weir_select_bytes(words) + 63) / 64 * 64;
    uint8_t *memory = aligned_alloc(64, memory_bytes);
    weir_space_carve(&space, memory, memory_bytes);
    struct weir_scratch *scratch = weir_scratch_take(&space, 1u << kind, &options);
    struct weir_column *column = weir_column_take(&space, 1u << kind, &options);
    struct weir_select *select = weir_space_take(&space, "", 1, weir_select_bytes(words), "");
    uint64_t total = 0;
    uint32_t ranked = 0;
    for (uint32_t i = 0; i < count; i++) {
        weights[i] = weighted ? (uint32_t)(random_next() % 40) : 1;
        const bool has_rank =
            put(kind, shape, bytes + (size_t)i * each[kind], &entries[ranked].order);
        entries[ranked].weight = weights[i];
        total += has_rank ? weights[i] : 0;
        ranked += has_rank && weights[i] > 0;
    }
    qsort(entries, ranked, sizeof *entries, compare);
    weir_column_begin(column, &options, kind, false, 1);
    weir_column_chunk_begin(column, scratch);
    if (weighted) {
        weir_column_add_fixed_weighted(column, scratch, bytes, weights, count);
    } else {
        weir_column_add_fixed(column, scratch, bytes, count);
    }
    weir_column_chunk_end(column, scratch);
    weir_column_end(column, scratch);
    weir_column_select_begin(column, scratch, select, words, listed, QUANTILES);
    while (weir_select_pass(select)) {
        weir_column_select_add(column, scratch, select, bytes, weighted ? weights : NULL, count);
        assert_true(weir_select_pass_end(select));
    }
    assert_true(select->passes <= weir_select_passes(words, QUANTILES, kind == WEIR_KIND_I128,
                                                     weir_column_select_bits(kind)));
    struct weir_quantile quantiles[QUANTILES];
    for (uint32_t i = 0; i < QUANTILES; i++) {
        quantiles[i].q = listed[i];
    }
    weir_column_select_quantiles(column, scratch, select, quantiles, QUANTILES);
    for (uint32_t i = 0; i < QUANTILES && total > 0; i++) {
        assert_true(quantiles[i].value.present && quantiles[i].exact && !quantiles[i].value.cut);
        assert_true(quantiles[i].rank_error == 0 && quantiles[i].value.kind == kind);
        assert_true(order_of_value(&quantiles[i].value) ==
                    wanted_of(ranked, total, thousandths[i]));
    }
    const uint32_t passes = select->passes;
    free(memory);
    return passes;
}

static void every_kind_has_its_sorted_values(void **state) {
    (void)state;
    uint32_t most = 0;
    for (uint32_t k = WEIR_KIND_BOOL; k <= WEIR_KIND_I128; k++) {
        const enum weir_kind kind = (enum weir_kind)k;
        for (uint32_t round = 0; weir_column_selects(kind) && round < 24; round++) {
            const uint64_t words = weir_select_words_min(QUANTILES, true) +
                                   (round % 3 == 0 ? 0 : random_next() % 30000);
            const uint32_t count = 1 + (uint32_t)(random_next() % VALUES_MAX);
            const uint32_t passes =
                check(kind, (enum shape)(round % SHAPES), count, round % 2 == 1, words);
            most = passes > most ? passes : most;
        }
    }
    assert_true(most >= 3);
}

static void what_a_column_holds_takes_no_pass(void **state) {
    (void)state;
    for (uint32_t k = WEIR_KIND_BOOL; k <= WEIR_KIND_I128; k++) {
        const enum weir_kind kind = (enum weir_kind)k;
        if (weir_column_selects(kind)) {
            const uint32_t held = (uint32_t)weir_column_select_held(kind, 0.05);
            assert_true(held >= 1024 && held < VALUES_MAX);
            assert_int_equal(check(kind, ANY, held, false, 1000), 0);
            assert_true(check(kind, ANY, 20 * held, false, 1000) > 0);
        }
    }
}

/* Between the least and the greatest value of a shortened key lie those that have it. */
static void shortened_keys_are_intervals(void **state) {
    (void)state;
    for (uint32_t round = 0; round < 100000; round++) {
        const weir_int128 value = round == 0   ? least
                                  : round == 1 ? ~least
                                               : whole((enum shape)(round % SHAPES), 128, true);
        uint64_t keys[1 + 64];
        (void)weir_numbers_keys(WEIR_ISA_SCALAR, WEIR_KIND_I128, &value, NULL, 1, keys, NULL);
        const struct weir_value low = weir_value_of_key(WEIR_KIND_I128, keys[0]);
        const weir_int128 high = weir_int128_of(weir_wide_of_key_high(keys[0]));
        assert_true(weir_int128_of(low.i128) <= value && value <= high);
        uint64_t at_high[1 + 64];
        (void)weir_numbers_keys(WEIR_ISA_SCALAR, WEIR_KIND_I128, &high, NULL, 1, at_high, NULL);
        assert_true(at_high[0] == keys[0]);
        if (high != ~least) {
            const weir_int128 next = high + 1;
            (void)weir_numbers_keys(WEIR_ISA_SCALAR, WEIR_KIND_I128, &next, NULL, 1, at_high, NULL);
            assert_true(at_high[0] > keys[0]);
        }
    }
}

static int set_up(void **state) {
    (void)state;
    const char *text = getenv("WEIR_TEST_SEED");
    seed = text != NULL ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    random_state = seed;
    printf("seed %llu\n", (unsigned long long)seed);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_sorted_values),
        cmocka_unit_test(what_a_column_holds_takes_no_pass),
        cmocka_unit_test(shortened_keys_are_intervals),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
