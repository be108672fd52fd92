#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "splitmix.h"

#include "base/hash.h"
#include "stats/select.h"

#define CANARY UINT64_C(0x5ca1ab1e0ddba115)
#define VALUES_MAX 200000u
#define BLOCK 4096u

static uint64_t seed;

static int set_up(void **state) {
    (void)state;
    const char *text = getenv("WEIR_TEST_SEED");
    seed = text != NULL ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    random_state = seed;
    printf("seed %llu\n", (unsigned long long)seed);
    return 0;
}

/* --- A selection with words around it that must not change. ---------------------------------- */

struct guarded {
    uint8_t *memory;
    uint64_t bytes;
    uint64_t words;
    struct weir_select *select;
};

static struct guarded guarded_new(uint64_t words) {
    struct guarded guarded = {.bytes = weir_select_bytes(words), .words = words};
    guarded.memory = aligned_alloc(64, (guarded.bytes + 128 + 63) / 64 * 64);
    uint64_t *all = (uint64_t *)(void *)guarded.memory;
    for (uint64_t i = 0; i < guarded.bytes / 8 + 16; i++) {
        all[i] = CANARY;
    }
    guarded.select = (struct weir_select *)(void *)(guarded.memory + 64);
    return guarded;
}

static void guarded_end(struct guarded *guarded) {
    const uint64_t *all = (const uint64_t *)(const void *)guarded->memory;
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < 8; i++) {
        wrong += all[i] != CANARY;
        wrong += all[8 + guarded->bytes / 8 + i] != CANARY;
    }
    assert_int_equal(wrong, 0);
    free(guarded->memory);
    guarded->memory = NULL;
}

/* --- Streams, and the oracle: sorting. -------------------------------------------------------- */

struct stream {
    bool wide;
    uint64_t count;
    uint64_t total; /* sum of weights */
    weir_uint128 *keys;
    uint32_t *weights; /* NULL: 1 each */
    weir_uint128 *sorted;
    uint64_t *ranks; /* of the last value with that key, in sorted order */
};

static const weir_uint128 *sort_keys;

static int compare_places(const void *a, const void *b) {
    const weir_uint128 x = sort_keys[*(const uint32_t *)a];
    const weir_uint128 y = sort_keys[*(const uint32_t *)b];
    return (x > y) - (x < y);
}

typedef weir_uint128 key_function(uint64_t i, uint64_t n);

static struct stream stream_new(key_function *key, uint64_t count, bool wide, bool weighted) {
    struct stream stream = {.wide = wide, .count = count};
    uint32_t *places = malloc(count * sizeof *places);
    stream.keys = malloc(count * sizeof *stream.keys);
    stream.sorted = malloc(count * sizeof *stream.sorted);
    stream.ranks = malloc(count * sizeof *stream.ranks);
    stream.weights = weighted ? malloc(count * sizeof *stream.weights) : NULL;
    for (uint64_t i = 0; i < count; i++) {
        stream.keys[i] = wide ? key(i, count) : (uint64_t)key(i, count);
        places[i] = (uint32_t)i;
        if (weighted) {
            stream.weights[i] = (uint32_t)(random_next() % 5 == 0 ? 0 : random_next() % 1000);
        }
    }
    sort_keys = stream.keys;
    qsort(places, count, sizeof *places, compare_places);
    for (uint64_t i = 0; i < count; i++) {
        stream.total += weighted ? stream.weights[places[i]] : 1;
        stream.sorted[i] = stream.keys[places[i]];
        stream.ranks[i] = stream.total;
    }
    free(places);
    return stream;
}

static void stream_end(struct stream *stream) {
    free(stream->keys);
    free(stream->sorted);
    free(stream->ranks);
    free(stream->weights);
}

static weir_uint128 true_key(const struct stream *stream, uint64_t rank) {
    uint64_t low = 0;
    uint64_t high = stream->count - 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (stream->ranks[middle] >= rank) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return stream->sorted[low];
}

static void feed(struct weir_select *select, const struct stream *stream) {
    static uint64_t keys[BLOCK];
    for (uint64_t at = 0; at < stream->count;) {
        uint64_t taken = 1 + random_next() % BLOCK;
        taken = taken < stream->count - at ? taken : stream->count - at;
        const uint32_t *weights = stream->weights == NULL ? NULL : stream->weights + at;
        if (stream->wide) {
            weir_select_add_wide(select, stream->keys + at, weights, (uint32_t)taken);
        } else {
            for (uint64_t i = 0; i < taken; i++) {
                keys[i] = (uint64_t)stream->keys[at + i];
            }
            weir_select_add(select, keys, weights, (uint32_t)taken);
        }
        at += taken;
    }
}

/* Any instruction set that the machine has. */
static enum weir_isa isa_of(void) {
    return weir_isa_choose((enum weir_isa)(random_next() % 4));
}

/* --- What targets are guessed to be. ---------------------------------------------------------- */

enum guess { GUESS_GOOD, GUESS_NONE, GUESS_BELOW, GUESS_ABOVE, GUESS_EMPTY, GUESS_ANY, GUESSES };

static void guess_of(const struct stream *stream, enum guess guess, uint64_t rank,
                     weir_uint128 *low_ret, weir_uint128 *high_ret) {
    const uint64_t margin = stream->total / 500 + 1;
    const weir_uint128 first = stream->sorted[0];
    const weir_uint128 last = stream->sorted[stream->count - 1];
    const weir_uint128 middle = true_key(stream, rank);
    weir_uint128 any[2];
    *low_ret = first;
    *high_ret = last;
    switch (guess) {
    case GUESS_GOOD:
        *low_ret = rank > margin ? true_key(stream, rank - margin) : first;
        *high_ret = stream->total - rank > margin ? true_key(stream, rank + margin) : last;
        break;
    case GUESS_BELOW: *high_ret = middle > 0 ? middle - 1 : 0; break;
    case GUESS_ABOVE:
        *low_ret = middle + 1;
        *high_ret = ~(weir_uint128)0;
        break;
    case GUESS_EMPTY:
        *low_ret = middle;
        *high_ret = middle == 0 ? 0 : middle - 1;
        break;
    case GUESS_ANY:
        for (uint32_t i = 0; i < 2; i++) {
            any[i] = stream->sorted[random_next() % stream->count];
        }
        *low_ret = any[any[0] > any[1]];
        *high_ret = any[any[0] <= any[1]];
        break;
    default: break;
    }
}

static uint32_t bits_of(const struct stream *stream) {
    weir_uint128 width = stream->sorted[stream->count - 1] - stream->sorted[0];
    uint32_t bits = 0;
    for (; width != 0; width >>= 1) {
        bits++;
    }
    return bits;
}

/* Selects `targets` ranks, with 1 and the last among them, and compares each with the sorted
 * values. Returns the passes taken. */
static uint32_t check(const struct stream *stream, uint64_t words, uint32_t targets,
                      enum guess guess) {
    struct guarded guarded = guarded_new(words);
    struct weir_select *select = guarded.select;
    uint64_t ranks[WEIR_SELECT_TARGETS_MAX];
    weir_select_begin(select, words, isa_of(), stream->wide, stream->total, stream->sorted[0],
                      stream->sorted[stream->count - 1]);
    for (uint32_t i = 0; i < targets; i++) {
        ranks[i] = i == 0   ? (stream->total + 1) / 2
                   : i == 1 ? 1
                   : i == 2 ? stream->total
                            : 1 + random_next() % stream->total;
        weir_uint128 low;
        weir_uint128 high;
        const enum guess this = guess == GUESSES ? random_next() % GUESSES : guess;
        guess_of(stream, this, ranks[i], &low, &high);
        weir_select_target(select, ranks[i], low, high);
    }
    const uint32_t most = weir_select_passes(words, targets, stream->wide, bits_of(stream));
    while (weir_select_pass(select)) {
        assert_true(select->passes < most);
        feed(select, stream);
        assert_true(weir_select_pass_end(select));
        /* The state is its bytes: it goes on elsewhere. */
        struct guarded copy = guarded_new(words);
        memcpy(copy.select, select, copy.bytes);
        guarded_end(&guarded);
        guarded = copy;
        select = copy.select;
    }
    const uint32_t passes = select->passes;
    for (uint32_t i = 0; i < targets; i++) {
        weir_uint128 key = 0;
        assert_true(weir_select_answer(select, ranks[i], &key));
        assert_true(key == true_key(stream, ranks[i]));
    }
    guarded_end(&guarded);
    return passes;
}

/* --- Streams. --------------------------------------------------------------------------------- */

static weir_uint128 wide_random(void) {
    const weir_uint128 high = random_next();
    return high << 64 | random_next();
}

static weir_uint128 uniform(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    return wide_random();
}

static weir_uint128 few(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    return 1000 + random_next() % 3000;
}

static weir_uint128 ascending(uint64_t i, uint64_t n) {
    return (weir_uint128)i * (UINT64_MAX / n) + ((weir_uint128)i << 64);
}

static weir_uint128 descending(uint64_t i, uint64_t n) {
    return ascending(n - 1 - i, n);
}

static weir_uint128 all_equal(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    return ~(weir_uint128)0;
}

static weir_uint128 heavy(uint64_t i, uint64_t n) {
    return random_next() % 3 == 0 ? (weir_uint128)UINT64_MAX / 3 : uniform(i, n);
}

/* Each half as wide as the one above: bins split off one half at a time. */
static weir_uint128 halving(uint64_t i, uint64_t n) {
    const uint64_t bit = random_next() % 128;
    (void)i;
    (void)n;
    return (weir_uint128)1 << bit | (wide_random() & (((weir_uint128)1 << bit) - 1));
}

/* Clusters of neighbours at places far apart. */
static weir_uint128 clusters(uint64_t i, uint64_t n) {
    const uint64_t place = (random_next() % 7 + 1) * UINT64_C(0x2222222222222222);
    (void)i;
    (void)n;
    return ((weir_uint128)place << 64 | place) + random_next() % 5000;
}

static weir_uint128 ends(uint64_t i, uint64_t n) {
    const uint64_t low = random_next() % 4;
    (void)i;
    (void)n;
    return random_next() % 2 == 0 ? low : ~(weir_uint128)low;
}

static key_function *const functions[] = {uniform, few,  ascending, descending, all_equal,
                                          heavy,   ends, halving,   clusters};
#define FUNCTIONS (sizeof functions / sizeof *functions)

/* --- Tests. ----------------------------------------------------------------------------------- */

static void any_stream_any_guess_any_room_gives_the_sorted_answer(void **state) {
    (void)state;
    for (uint32_t f = 0; f < FUNCTIONS; f++) {
        for (uint32_t round = 0; round < 24; round++) {
            const uint64_t count = 1 + random_next() % (round % 3 == 0 ? 50 : 20000);
            const bool wide = round % 4 == 3;
            struct stream stream = stream_new(functions[f], count, wide, round % 2 == 1);
            for (uint32_t guess = 0; guess <= GUESSES && stream.total > 0; guess++) {
                const uint32_t targets = 1 + (uint32_t)(random_next() % WEIR_SELECT_TARGETS_MAX);
                uint64_t words = weir_select_words_min(targets, wide);
                words += round % 3 == 0 ? 0 : random_next() % 20000;
                (void)check(&stream, words, targets, (enum guess)guess);
            }
            stream_end(&stream);
        }
    }
}

static void what_fits_the_room_takes_one_pass(void **state) {
    (void)state;
    struct stream stream = stream_new(uniform, 700, false, false);
    assert_int_equal(check(&stream, 4096, 1, GUESS_NONE), 1);
    stream_end(&stream);
    /* Many equal values take the place of one. */
    stream = stream_new(few, VALUES_MAX, false, false);
    assert_int_equal(check(&stream, 8192, 1, GUESS_NONE), 1);
    stream_end(&stream);
}

static void a_good_guess_saves_passes(void **state) {
    (void)state;
    struct stream stream = stream_new(uniform, VALUES_MAX, false, false);
    assert_int_equal(check(&stream, 65536, 7, GUESS_GOOD), 1);
    assert_true(check(&stream, 65536, 7, GUESS_NONE) > 1);
    stream_end(&stream);
}

static void the_smallest_room_takes_many_passes_within_the_bound(void **state) {
    (void)state;
    uint32_t most = 0;
    for (uint32_t wide = 0; wide < 2; wide++) {
        struct stream stream = stream_new(halving, 60000, wide != 0, false);
        const uint64_t words = weir_select_words_min(1, wide != 0);
        for (uint32_t guess = 0; guess <= GUESSES; guess++) {
            const uint32_t passes = check(&stream, words, 1, (enum guess)guess);
            most = passes > most ? passes : most;
        }
        stream_end(&stream);
    }
    assert_true(most > 4);
    assert_int_equal(weir_select_passes(32, 1, false, 64), 17);
    assert_int_equal(weir_select_passes(8192, 1, false, 64), 1 + 6);
}

/* Keys that all hash to one place of the table must neither stall it nor change the answer. */
static uint64_t colliding_keys;

static weir_uint128 colliding(uint64_t i, uint64_t n) {
    (void)i;
    (void)n;
    do {
        colliding_keys += UINT64_C(0x9e3779b97f4a7c15);
    } while (weir_hash_u64(colliding_keys) >> 54 != 0);
    return colliding_keys;
}

static void keys_that_collide_cost_passes_only(void **state) {
    (void)state;
    colliding_keys = seed;
    struct stream stream = stream_new(colliding, 300, false, false);
    assert_true(check(&stream, 2048, 1, GUESS_NONE) >= 2); /* would have fit */
    stream_end(&stream);
}

/* --- Values that change between passes. ------------------------------------------------------- */

enum change { CHANGE_ADDED, CHANGE_DROPPED, CHANGE_MOVED, CHANGES };

static void values_that_change_between_passes_are_noticed(void **state) {
    (void)state;
    for (uint32_t change = 0; change < CHANGES; change++) {
        struct stream stream = stream_new(uniform, 50000, false, false);
        struct guarded guarded = guarded_new(256);
        struct weir_select *select = guarded.select;
        weir_select_begin(select, 256, isa_of(), false, stream.total, 0, UINT64_MAX);
        weir_select_target(select, 25000, 0, UINT64_MAX);
        assert_true(weir_select_pass(select));
        feed(select, &stream);
        assert_true(weir_select_pass_end(select));
        assert_false(select->targets[0].done);
        assert_true(weir_select_pass(select));
        if (change == CHANGE_ADDED) {
            uint64_t more = 5;
            weir_select_add(select, &more, NULL, 1);
        } else if (change == CHANGE_DROPPED) {
            stream.count--;
        } else {
            /* As many values, but one of the interval now lies below. */
            for (uint64_t i = 0; i < stream.count; i++) {
                if (stream.keys[i] >= select->intervals[0].low &&
                    stream.keys[i] <= select->intervals[0].high) {
                    stream.keys[i] = 0;
                    break;
                }
            }
        }
        feed(select, &stream);
        assert_false(weir_select_pass_end(select));
        guarded_end(&guarded);
        stream_end(&stream);
    }
}

static void values_outside_the_promised_range_are_noticed(void **state) {
    (void)state;
    struct guarded guarded = guarded_new(256);
    uint64_t keys[4] = {1, 2, 3, 4};
    weir_select_begin(guarded.select, 256, isa_of(), false, 4, 100, 200);
    weir_select_target(guarded.select, 2, 100, 120);
    assert_true(weir_select_pass(guarded.select));
    weir_select_add(guarded.select, keys, NULL, 4);
    assert_false(weir_select_pass_end(guarded.select));
    guarded_end(&guarded);
}

static void a_rank_asked_for_twice_is_one_target(void **state) {
    (void)state;
    struct guarded guarded = guarded_new(256);
    weir_uint128 key;
    weir_select_begin(guarded.select, 256, isa_of(), false, 10, 0, 9);
    weir_select_target(guarded.select, 7, 0, 9);
    weir_select_target(guarded.select, 7, 0, 1);
    weir_select_target(guarded.select, 3, 0, 9);
    assert_int_equal(guarded.select->targets_count, 2);
    assert_int_equal(guarded.select->targets[0].rank, 3);
    assert_false(weir_select_answer(guarded.select, 7, &key));
    assert_false(weir_select_answer(guarded.select, 5, &key));
    guarded_end(&guarded);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_stream_any_guess_any_room_gives_the_sorted_answer),
        cmocka_unit_test(what_fits_the_room_takes_one_pass),
        cmocka_unit_test(a_good_guess_saves_passes),
        cmocka_unit_test(the_smallest_room_takes_many_passes_within_the_bound),
        cmocka_unit_test(keys_that_collide_cost_passes_only),
        cmocka_unit_test(values_that_change_between_passes_are_noticed),
        cmocka_unit_test(values_outside_the_promised_range_are_noticed),
        cmocka_unit_test(a_rank_asked_for_twice_is_one_target),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
