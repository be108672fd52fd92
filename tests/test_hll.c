/* HyperLogLog: the registers against a naive model, the estimate against the truth. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "splitmix.h"

#include "base/hash.h"
#include "stats/hll.h"

static void random_seed(uint64_t seed) {
    print_message("seed %llu\n", (unsigned long long)seed);
    random_state = seed;
}

#define STREAM 300000u

static uint64_t stream[STREAM];

/* The definition, bit by bit: register = hash mod 4096, rank = first one bit of the upper 52. */
static void naive_add(uint8_t *registers, uint64_t hash) {
    uint8_t rank = 1;
    for (uint32_t bit = 63; bit >= 12 && (hash >> bit & 1) == 0; bit--) {
        rank++;
    }
    if (registers[hash % 4096] < rank) {
        registers[hash % 4096] = rank;
    }
}

static void registers_equal_the_naive_model_on_every_isa(void **state) {
    (void)state;
    random_seed(31);
    for (uint32_t i = 0; i < STREAM; i++) {
        stream[i] = i % 1000 == 0 ? i / 1000 : random_next(); /* some small keys, and the key 0 */
    }
    uint8_t wanted_keys[WEIR_HLL_REGISTERS] = {0};
    uint8_t wanted_hashes[WEIR_HLL_REGISTERS] = {0};
    for (uint32_t i = 0; i < STREAM; i++) {
        naive_add(wanted_keys, weir_hash_u64(stream[i]));
        naive_add(wanted_hashes, stream[i]);
    }
    for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
        struct weir_hll hll;
        weir_hll_begin(&hll);
        weir_hll_add_keys(&hll, isa, stream, STREAM);
        assert_memory_equal(hll.registers, wanted_keys, sizeof wanted_keys);
        assert_true(hll.floor > 0);
        weir_hll_begin(&hll);
        weir_hll_add_hashes(&hll, isa, stream, STREAM);
        assert_memory_equal(hll.registers, wanted_hashes, sizeof wanted_hashes);
    }
}

static void slices_order_and_repeats_change_no_register(void **state) {
    (void)state;
    random_seed(32);
    for (uint32_t i = 0; i < STREAM; i++) {
        stream[i] = random_next();
    }
    struct weir_hll whole;
    weir_hll_begin(&whole);
    weir_hll_add_keys(&whole, WEIR_ISA_SCALAR, stream, STREAM);
    for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
        struct weir_hll hll;
        weir_hll_begin(&hll);
        for (uint32_t at = 0; at < STREAM;) {
            uint32_t slice = (uint32_t)(random_next() % 700);
            slice = slice < STREAM - at ? slice : STREAM - at;
            weir_hll_add_keys(&hll, isa, stream + at, slice);
            at += slice;
        }
        assert_memory_equal(hll.registers, whole.registers, sizeof whole.registers);
        for (uint32_t i = STREAM - 1; i > 0; i--) {
            uint32_t j = (uint32_t)(random_next() % (i + 1));
            uint64_t key = stream[i];
            stream[i] = stream[j];
            stream[j] = key;
        }
        weir_hll_add_keys(&hll, isa, stream, STREAM);
        assert_memory_equal(hll.registers, whole.registers, sizeof whole.registers);
        weir_hll_begin(&hll);
        weir_hll_add_keys(&hll, isa, stream, STREAM);
        assert_memory_equal(hll.registers, whole.registers, sizeof whole.registers);
    }
}

/* Saved state is registers only: floor and stale start again from zero. */
static void forgetting_the_floor_changes_no_register(void **state) {
    (void)state;
    random_seed(33);
    struct weir_hll kept;
    struct weir_hll reset;
    weir_hll_begin(&kept);
    weir_hll_begin(&reset);
    for (uint32_t round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < 1000; i++) {
            stream[i] = random_next();
        }
        weir_hll_add_keys(&kept, WEIR_ISA_AUTO, stream, 1000);
        weir_hll_add_keys(&reset, WEIR_ISA_AUTO, stream, 1000);
        reset.floor = 0;
        reset.stale = 0;
    }
    assert_memory_equal(kept.registers, reset.registers, sizeof kept.registers);
    assert_true(weir_hll_estimate(&kept) == weir_hll_estimate(&reset));
}

static void merge_equals_the_joined_stream(void **state) {
    (void)state;
    random_seed(34);
    static const uint32_t parts[] = {0, 1, 50, 4096, 100000, STREAM};
    for (uint32_t i = 0; i < STREAM; i++) {
        stream[i] = random_next();
    }
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        struct weir_hll whole;
        struct weir_hll a;
        struct weir_hll b;
        weir_hll_begin(&whole);
        weir_hll_begin(&a);
        weir_hll_begin(&b);
        weir_hll_add_keys(&whole, WEIR_ISA_AUTO, stream, STREAM);
        weir_hll_add_keys(&a, WEIR_ISA_AUTO, stream, parts[p]);
        weir_hll_add_keys(&b, WEIR_ISA_AUTO, stream + parts[p], STREAM - parts[p]);
        struct weir_hll b_first = b;
        weir_hll_merge(&b_first, &a);
        weir_hll_merge(&a, &b);
        assert_memory_equal(a.registers, whole.registers, sizeof whole.registers);
        assert_memory_equal(b_first.registers, whole.registers, sizeof whole.registers);
        /* What comes after a merge counts as it does without one. */
        uint64_t more[500];
        for (uint32_t i = 0; i < 500; i++) {
            more[i] = random_next();
        }
        weir_hll_add_keys(&a, WEIR_ISA_AUTO, more, 500);
        weir_hll_add_keys(&whole, WEIR_ISA_SCALAR, more, 500);
        assert_memory_equal(a.registers, whole.registers, sizeof whole.registers);
    }
}

static void empty_counts_as_zero_and_few_as_few(void **state) {
    (void)state;
    struct weir_hll hll;
    weir_hll_begin(&hll);
    assert_true(weir_hll_estimate(&hll) == 0.0);
    weir_hll_add_keys(&hll, WEIR_ISA_AUTO, stream, 0);
    assert_true(weir_hll_estimate(&hll) == 0.0);
    uint64_t zero = 0; /* hashes to 0, the highest rank there is */
    weir_hll_add_keys(&hll, WEIR_ISA_AUTO, &zero, 1);
    assert_true(fabs(weir_hll_estimate(&hll) - 1.0) < 0.01);
}

/* Truth n, 30 seeds: each estimate within 4 standard errors, their mean within 4 of its own. */
static void error_is_within_four_sigma_from_one_to_a_million(void **state) {
    (void)state;
    static const uint32_t truths[] = {1,     2,     3,     10,     30,     100,
                                      300,   1000,  3000,  8000,   10000,  14000,
                                      20000, 30000, 60000, 100000, 300000, 1000000};
    const uint32_t seeds = 30;
    for (size_t t = 0; t < sizeof truths / sizeof truths[0]; t++) {
        double mean = 0;
        for (uint32_t seed = 0; seed < seeds; seed++) {
            struct weir_hll hll;
            weir_hll_begin(&hll);
            random_state = seed * 1000003u + t; /* outputs of one state are distinct */
            for (uint32_t left = truths[t]; left > 0;) {
                uint32_t slice = left < STREAM ? left : STREAM;
                for (uint32_t i = 0; i < slice; i++) {
                    stream[i] = random_next();
                }
                weir_hll_add_keys(&hll, WEIR_ISA_AUTO, stream, slice);
                left -= slice;
            }
            double error = weir_hll_estimate(&hll) / truths[t] - 1.0;
            assert_true(fabs(error) < 4 * WEIR_HLL_RELATIVE_ERROR + 0.5 / truths[t]);
            mean += error / seeds;
        }
        assert_true(fabs(mean) < 4 * WEIR_HLL_RELATIVE_ERROR / sqrt(seeds));
    }
}

/*
 * Streams too long to run: where n is a Poisson number of the given mean, registers are independent
 * and at most k with probability exp(-n / 4096 * 2^-k) for k <= 52; they are drawn from that. From
 * 2^20 on the Poisson number itself varies by a thousandth or less, which does not count here.
 */
static void error_is_within_four_sigma_up_to_two_to_the_sixty(void **state) {
    (void)state;
    random_seed(35);
    const uint32_t seeds = 30;
    for (int exponent = 20; exponent <= 60; exponent += 5) {
        double truth = ldexp(1.0, exponent);
        double mean = 0;
        for (uint32_t seed = 0; seed < seeds; seed++) {
            struct weir_hll hll;
            weir_hll_begin(&hll);
            for (uint32_t i = 0; i < WEIR_HLL_REGISTERS; i++) {
                double u = ((double)(random_next() >> 11) + 0.5) * 0x1p-53;
                uint8_t value = 0;
                while (value < 53 && u > exp(-truth / 4096 * ldexp(1.0, -value))) {
                    value++;
                }
                hll.registers[i] = value;
            }
            double error = weir_hll_estimate(&hll) / truth - 1.0;
            assert_true(fabs(error) < 4 * WEIR_HLL_RELATIVE_ERROR);
            mean += error / seeds;
        }
        assert_true(fabs(mean) < 4 * WEIR_HLL_RELATIVE_ERROR / sqrt(seeds));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_equal_the_naive_model_on_every_isa),
        cmocka_unit_test(slices_order_and_repeats_change_no_register),
        cmocka_unit_test(forgetting_the_floor_changes_no_register),
        cmocka_unit_test(merge_equals_the_joined_stream),
        cmocka_unit_test(empty_counts_as_zero_and_few_as_few),
        cmocka_unit_test(error_is_within_four_sigma_from_one_to_a_million),
        cmocka_unit_test(error_is_within_four_sigma_up_to_two_to_the_sixty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
