/* Quantile sketches in guarded memory, for the tests of kll*.c. */
#ifndef WEIR_TESTS_KLL_HELP_H
#define WEIR_TESTS_KLL_HELP_H

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

#include "stats/kll.h"

#define BLOCK 4096u
#define CANARY UINT64_C(0x5ca1ab1e0ddba115)

static uint64_t spare[WEIR_KLL_ADD_MAX];

static inline int compare_keys(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static inline weir_sort_strata_function *strata_sorter(void) {
    return weir_sort_strata_choose(WEIR_ISA_AUTO);
}

/* --- A sketch with words around it that must not change. -------------------------------------- */

struct guarded {
    uint64_t *memory;
    uint64_t words;
    struct weir_kll *kll;
};

static inline struct guarded guarded_new(double rank_error, uint64_t seed) {
    struct guarded guarded = {.words = weir_kll_bytes(rank_error) / 8};
    guarded.memory = malloc((guarded.words + 16) * sizeof *guarded.memory);
    for (uint64_t i = 0; i < guarded.words + 16; i++) {
        guarded.memory[i] = CANARY;
    }
    guarded.kll = (struct weir_kll *)(void *)(guarded.memory + 8);
    weir_kll_begin(guarded.kll, rank_error, seed, 3);
    return guarded;
}

/* What the levels of every sketch keep. */
static inline void check_levels(const struct weir_kll *kll) {
    uint64_t total = 0;
    uint64_t wrong = 0;
    for (uint32_t level = 0; level < WEIR_KLL_LEVELS; level++) {
        assert_true(kll->starts[level] <= kll->starts[level + 1]);
        for (uint32_t i = kll->starts[level]; i < kll->starts[level + 1]; i++) {
            wrong += i != kll->starts[level] && kll->items[i - 1] > kll->items[i];
            total += UINT64_C(1) << level;
        }
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(kll->starts[WEIR_KLL_LEVELS], kll->capacity);
    assert_int_equal(total, kll->total);
}

/* Checks the guard words and every invariant of the state. */
static inline void guarded_check(const struct guarded *guarded) {
    const struct weir_kll *kll = guarded->kll;
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < 8; i++) {
        wrong += guarded->memory[i] != CANARY;
        wrong += guarded->memory[8 + guarded->words + i] != CANARY;
    }
    assert_int_equal(wrong, 0);
    check_levels(kll);
    struct weir_kll_cursor cursor;
    weir_kll_cursor_begin(&cursor, kll);
    uint64_t key = 0;
    uint64_t last = 0;
    uint64_t weight = 0;
    uint64_t seen = 0;
    while (weir_kll_cursor_next(&cursor, &key, &weight)) {
        wrong += key < last;
        last = key;
        seen += weight;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(seen, kll->total);
}

static inline void guarded_end(struct guarded *guarded) {
    guarded_check(guarded);
    free(guarded->memory);
}

#endif
