/* Quantile sketches of parts, merged: accuracy, weights, coins. */
#include "kll_help.h"

#define SEED UINT64_C(0x51ed270b9f652295)

static struct weir_kll *sketch_new(double rank_error, uint64_t seed, uint64_t ordinal) {
    struct weir_kll *kll = malloc(weir_kll_bytes(rank_error));
    weir_kll_begin(kll, rank_error, seed, ordinal);
    return kll;
}

/* Keys in any order; blocks are sorted on the way in, or sampled where the sketch can afford it. */
static void add_keys(struct weir_kll *kll, const uint64_t *keys, uint64_t count, bool sampled) {
    static uint64_t block[BLOCK];
    static uint64_t picked[BLOCK];
    for (uint64_t i = 0; i < count; i += BLOCK) {
        const uint32_t n = (uint32_t)(count - i < BLOCK ? count - i : BLOCK);
        uint32_t level = 0;
        memcpy(block, keys + i, n * sizeof *block);
        if (sampled && weir_kll_would_pick(kll, n)) {
            const uint32_t left = weir_kll_pick(kll, strata_sorter(), block, n, picked, &level);
            qsort(picked, left, sizeof *picked, compare_keys);
            weir_kll_add_picked(kll, picked, left, level, spare);
        } else {
            qsort(block, n, sizeof *block, compare_keys);
            weir_kll_add(kll, block, n, spare);
        }
    }
}

static void check_invariants(const struct weir_kll *kll, uint64_t total) {
    check_levels(kll);
    assert_int_equal(kll->total, total);
}

/* Weight of the items below `key`. */
static uint64_t weight_below(const struct weir_kll *kll, uint64_t key) {
    struct weir_kll_cursor cursor;
    uint64_t item = 0;
    uint64_t weight = 0;
    uint64_t below = 0;
    weir_kll_cursor_begin(&cursor, kll);
    while (weir_kll_cursor_next(&cursor, &item, &weight) && item < key) {
        below += weight;
    }
    return below;
}

enum { STREAM_N = 60000, STREAMS = 5 };
static uint64_t stream[STREAM_N];

/* What parts of a column look like: alike, drifting apart, few values, sorted, one value each. */
static void fill_stream(int kind, uint64_t parts) {
    for (uint64_t i = 0; i < STREAM_N; i++) {
        const uint64_t part = i * parts / STREAM_N;
        switch (kind) {
        case 0: stream[i] = random_next() >> 20; break;
        case 1: stream[i] = (part << 30) + (random_next() >> 32); break;
        case 2: stream[i] = random_next() % 1500; break;
        case 3: stream[i] = i; break;
        default: stream[i] = part * 7 % 1000; break;
        }
    }
}

/* Parts of random or like sizes, merged one after the other. */
static struct weir_kll *merge_parts(double rank_error, uint64_t seed, uint64_t parts, bool alike) {
    struct weir_kll *whole = sketch_new(rank_error, seed, 0);
    uint64_t at = 0;
    for (uint64_t part = 0; part < parts; part++) {
        uint64_t end = (part + 1) * STREAM_N / parts;
        if (!alike && part + 1 < parts) {
            end = at + random_next() % (2 * (STREAM_N - at) / (parts - part) + 1);
        }
        end = end > STREAM_N || part + 1 == parts ? STREAM_N : end;
        struct weir_kll *one = sketch_new(rank_error, seed, part + 1);
        add_keys(one, stream + at, end - at, part % 2 == 1);
        weir_kll_merge(whole, one, spare);
        free(one);
        at = end;
    }
    check_invariants(whole, STREAM_N);
    return whole;
}

/* At 99 %: a binomial test over seeds of one rank each. */
static void ranks_of_1_to_1000_parts_stay_within_what_is_asked_for(void **state) {
    (void)state;
    static const uint64_t counts[] = {1, 2, 3, 7, 30, 200, 1000};
    static const double rank_errors[] = {0.003, 0.01, 0.05};
    enum { SEEDS = 20 };
    random_state = SEED;
    print_message("seed %llx\n", (unsigned long long)SEED);
    uint64_t misses = 0;
    uint64_t tries = 0;
    double worst = 0;
    for (int e = 0; e < 3; e++) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            for (uint64_t seed = 0; seed < SEEDS; seed++) {
                fill_stream((int)(seed % STREAMS), counts[c]);
                struct weir_kll *whole =
                    merge_parts(rank_errors[e], seed, counts[c], seed % 3 != 0);
                const double reported = weir_kll_rank_error(whole);
                if (reported > rank_errors[e]) {
                    print_message("parts %u, rank error %g: reported %g\n", (unsigned)counts[c],
                                  rank_errors[e], reported);
                }
                assert_true(reported <= rank_errors[e]);
                worst = fmax(worst, reported / rank_errors[e]);
                const uint64_t key = stream[random_next() % STREAM_N];
                uint64_t below = 0;
                for (uint64_t i = 0; i < STREAM_N; i++) {
                    below += stream[i] < key;
                }
                const double error =
                    ((double)weight_below(whole, key) - (double)below) / (double)STREAM_N;
                misses += fabs(error) > reported + 1e-12;
                tries++;
                free(whole);
            }
        }
    }
    /* More than n / 100 + 4 standard deviations would be no 99 %. */
    const double most = (double)tries / 100 + 4 * sqrt((double)tries * 0.0099);
    print_message("misses %u of %u (at most %.1f), largest reported %.2f of asked\n",
                  (unsigned)misses, (unsigned)tries, most, worst);
    assert_true((double)misses <= most);
}

static void few_values_stay_exact(void **state) {
    (void)state;
    random_state = SEED;
    const uint64_t full = weir_kll_exact_values(0.01);
    for (int round = 0; round < 20; round++) {
        struct weir_kll *whole = sketch_new(0.01, 3, 0);
        uint64_t keys[700];
        uint64_t used = 0;
        while (used < full - 100) {
            struct weir_kll *one = sketch_new(0.01, 3, used + 1);
            const uint64_t n = 1 + random_next() % 100;
            for (uint64_t i = 0; i < n; i++) {
                keys[used + i] = random_next() >> 40;
            }
            add_keys(one, keys + used, n, false);
            weir_kll_merge(whole, one, spare);
            used += n;
            free(one);
        }
        qsort(keys, used, sizeof *keys, compare_keys);
        assert_true(weir_kll_rank_error(whole) == 0);
        struct weir_kll_cursor cursor;
        uint64_t key = 0;
        uint64_t weight = 0;
        weir_kll_cursor_begin(&cursor, whole);
        for (uint64_t i = 0; i < used; i++) {
            assert_true(weir_kll_cursor_next(&cursor, &key, &weight));
            assert_int_equal(key, keys[i]);
            assert_int_equal(weight, 1);
        }
        assert_false(weir_kll_cursor_next(&cursor, &key, &weight));
        free(whole);
    }
}

static void an_empty_sketch_becomes_the_other(void **state) {
    (void)state;
    random_state = SEED;
    fill_stream(0, 1);
    const uint64_t bytes = weir_kll_bytes(0.01);
    struct weir_kll *whole = sketch_new(0.01, 3, 0);
    struct weir_kll *one = sketch_new(0.01, 3, 9);
    struct weir_kll *none = sketch_new(0.01, 3, 11);
    add_keys(one, stream, STREAM_N / 2, true);
    weir_kll_merge(whole, one, spare);
    assert_memory_equal(whole, one, bytes);
    weir_kll_merge(whole, none, spare);
    assert_memory_equal(whole, one, bytes);
    free(whole);
    free(one);
    free(none);
}

/* The same values with the same coins have the same error: the reported one must add up so. */
static void shared_coins_are_accounted(void **state) {
    (void)state;
    enum { PARTS = 8, N = 20000, SEEDS = 100 };
    random_state = SEED;
    fill_stream(0, 1);
    uint64_t sorted[N];
    memcpy(sorted, stream, sizeof sorted);
    qsort(sorted, N, sizeof *sorted, compare_keys);
    uint64_t misses = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct weir_kll *whole = sketch_new(0.05, seed, 1);
        struct weir_kll *apart = sketch_new(0.05, seed, 1);
        for (uint64_t part = 0; part < PARTS; part++) {
            struct weir_kll *one = sketch_new(0.05, seed, 1);
            add_keys(one, stream, N, false);
            weir_kll_merge(whole, one, spare);
            one->ordinal = part + 2;
            weir_kll_merge(apart, one, spare);
            free(one);
        }
        check_invariants(whole, PARTS * N);
        const uint64_t rank = random_next() % N;
        const double error = ((double)weight_below(whole, sorted[rank]) - (double)(PARTS * rank)) /
                             (double)(PARTS * N);
        misses += fabs(error) > weir_kll_rank_error(whole);
        assert_true(weir_kll_rank_error(whole) > 1.2 * weir_kll_rank_error(apart));
        free(whole);
        free(apart);
    }
    print_message("misses %u of %u\n", (unsigned)misses, (unsigned)SEEDS);
    assert_true(misses <= 1 + 4);
}

/* Places below the first item hold what was there before. */
static void assert_same_sketch(const struct weir_kll *a, const struct weir_kll *b) {
    const uint32_t first = a->starts[0];
    assert_memory_equal(a, b, sizeof *a);
    assert_memory_equal(a->items + first, b->items + first,
                        (a->capacity - first) * sizeof a->items[0]);
}

static void the_same_parts_give_the_same_bits(void **state) {
    (void)state;
    for (uint64_t parts = 1; parts < 50; parts = parts * 2 + 1) {
        random_state = SEED + parts;
        fill_stream(1, parts);
        struct weir_kll *a = merge_parts(0.01, 5, parts, false);
        random_state = SEED + parts;
        fill_stream(1, parts);
        struct weir_kll *b = merge_parts(0.01, 5, parts, false);
        assert_same_sketch(a, b);
        free(a);
        free(b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_of_1_to_1000_parts_stay_within_what_is_asked_for),
        cmocka_unit_test(few_values_stay_exact),
        cmocka_unit_test(an_empty_sketch_becomes_the_other),
        cmocka_unit_test(shared_coins_are_accounted),
        cmocka_unit_test(the_same_parts_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
