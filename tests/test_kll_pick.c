/* Picking from blocks before they are sorted: which keys are left, and what that costs. */
#include "kll_help.h"

/* What no stratum holds of a block counts as well: blocks lose their NaN before they are picked
 * from, so they have any size. */
static void the_bound_asked_for_holds_for_blocks_of_any_size(void **state) {
    (void)state;
    random_state = 78;
    print_message("seed %llu\n", (unsigned long long)random_state);
    static uint64_t keys[BLOCK];
    static uint64_t picked[BLOCK];
    static const double rank_errors[] = {0.05, 0.02, 0.01, 0.003, 0.001};
    double worst = 0;
    for (uint32_t round = 0; round < 100; round++) {
        const double rank_error = rank_errors[round % 5];
        const uint32_t size = round < 20 ? BLOCK - round / 5 : 1 + (uint32_t)random_next() % BLOCK;
        struct guarded guarded = guarded_new(rank_error, round);
        uint64_t total = 0;
        for (uint32_t block = 0; block < 200; block++) {
            uint32_t level = 0;
            for (uint32_t i = 0; i < size; i++) {
                keys[i] = random_next();
            }
            uint32_t n = weir_kll_pick(guarded.kll, strata_sorter(), keys, size, picked, &level);
            qsort(picked, n, sizeof *picked, compare_keys);
            weir_kll_add_picked(guarded.kll, picked, n, level, spare);
            total += size;
            assert_int_equal(guarded.kll->total, total);
            const double reported = weir_kll_rank_error(guarded.kll);
            worst = fmax(worst, reported / rank_error);
            if (reported > rank_error) {
                print_message("blocks of %u: asked %g, reported %g at %llu\n", size, rank_error,
                              reported, (unsigned long long)total);
            }
            assert_true(reported <= rank_error);
        }
        guarded_check(&guarded);
        guarded_end(&guarded);
    }
    print_message("largest reported / asked: %.3f\n", worst);
}

/* Values that repeat with the sampler's period must not fool it. */
static void check_period(uint32_t bits_before, int blocks, uint32_t level_min, uint32_t level_max) {
    static uint64_t keys[BLOCK];
    static uint64_t picked[BLOCK];
    for (uint64_t period = 2; period <= 64; period *= 2) {
        double sum = 0;
        int seeds = 40;
        for (int seed = 0; seed < seeds; seed++) {
            struct guarded guarded = guarded_new(0.01, (uint64_t)seed);
            uint64_t low = 0;
            uint64_t weight = UINT64_C(1) << bits_before;
            weir_kll_add_weighted(guarded.kll, &low, &weight, 1, spare);
            uint32_t most = 0;
            for (int block = 0; block < blocks; block++) {
                for (uint64_t i = 0; i < BLOCK; i++) {
                    keys[i] = i % period == 0 ? 2 : 1;
                }
                uint32_t level = 0;
                uint32_t n =
                    weir_kll_pick(guarded.kll, strata_sorter(), keys, BLOCK, picked, &level);
                assert_int_equal((uint64_t)n << level, BLOCK);
                qsort(picked, n, sizeof *picked, compare_keys);
                weir_kll_add_picked(guarded.kll, picked, n, level, spare);
                most = level > most ? level : most;
            }
            assert_in_range(most, level_min, level_max);
            struct weir_kll_cursor cursor;
            weir_kll_cursor_begin(&cursor, guarded.kll);
            uint64_t key = 0;
            uint64_t seen = 0;
            while (weir_kll_cursor_next(&cursor, &key, &weight)) {
                seen += key == 2 ? weight : 0;
            }
            double total = (double)blocks * BLOCK;
            double error = ((double)seen - total / (double)period) / (double)guarded.kll->total;
            assert_true(fabs(error) <= 2 * weir_kll_rank_error(guarded.kll));
            sum += error / weir_kll_rank_error(guarded.kll);
            guarded_end(&guarded);
        }
        /* No bias: the mean of 40 errors, each with standard deviation at most 1 / 2.58. */
        assert_true(fabs(sum / seeds) < 4 * 0.39 / sqrt(40));
    }
}

static void picking_has_no_period(void **state) {
    (void)state;
    check_period(15, 7, 1, 4);    /* strata */
    check_period(22, 256, 5, 63); /* random positions */
}

/* Each pair of strata gives the keys at offset + j * 2^level, and at the mirror image of it. */
static void strata_give_evenly_spaced_keys(void **state) {
    (void)state;
    static uint64_t keys[BLOCK];
    static uint64_t ranks[BLOCK];
    static uint64_t picked[BLOCK];
    random_state = 4711;
    uint32_t levels_seen = 0;
    struct guarded guarded = guarded_new(0.002, 5);
    for (int block = 0; block < 320; block++) {
        uint32_t n = BLOCK - (block % 7 == 0 ? (uint32_t)(random_next() % 200) : 0);
        for (uint32_t i = 0; i < n; i++) {
            keys[i] = random_next();
        }
        memcpy(ranks, keys, sizeof ranks);
        for (uint32_t i = 0; i + 32 <= n; i += 32) {
            qsort(ranks + i, 32, sizeof *ranks, compare_keys);
        }
        uint32_t level = 0;
        uint32_t count = weir_kll_pick(guarded.kll, strata_sorter(), keys, n, picked, &level);
        if (level > 0) {
            uint32_t step = 1u << level;
            uint32_t each = 32 / step;
            levels_seen |= step;
            assert_int_equal(count, n / step);
            for (uint32_t i = 0; i < n / 64; i++) {
                uint32_t offset = 0;
                while (offset < step && ranks[64 * i + offset] != picked[2 * each * i]) {
                    offset++;
                }
                assert_true(offset < step);
                for (uint32_t j = 0; j < each; j++) {
                    assert_int_equal(picked[2 * each * i + j], ranks[64 * i + offset + j * step]);
                    assert_int_equal(picked[2 * each * i + each + j],
                                     ranks[64 * i + 32 + step - 1 - offset + j * step]);
                }
            }
            for (uint32_t i = n / 64 * 2 * each; i < count; i++) { /* one of each that are left */
                uint32_t at = 0;
                while (at < step && keys[step * i + at] != picked[i]) {
                    at++;
                }
                assert_true(at < step);
            }
        }
        qsort(picked, count, sizeof *picked, compare_keys);
        weir_kll_add_picked(guarded.kll, picked, count, level, spare);
    }
    assert_int_equal(levels_seen, 2 | 4 | 8);
    guarded_end(&guarded);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_asked_for_holds_for_blocks_of_any_size),
        cmocka_unit_test(picking_has_no_period),
        cmocka_unit_test(strata_give_evenly_spaced_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
