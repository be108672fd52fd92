#include "stats/kll_levels.h"

#include "base/random.h"

#include "base/banned.h"

static uint32_t level_count(const struct weir_kll *kll, uint32_t level) {
    return kll->starts[level + 1] - kll->starts[level];
}

/*
 * Merges two ascending runs; `to` overlaps the second one from below by a_count items. Without a
 * branch on the keys. While both runs have a further key, it is loaded before it is known whether
 * it is wanted: the loop would else wait for a load at each key.
 */
static void merge(uint64_t *to, const uint64_t *a, uint32_t a_count, const uint64_t *b,
                  uint32_t b_count) {
    uint32_t i = 0;
    uint32_t j = 0;
    uint64_t x = a_count > 0 ? a[0] : 0;
    uint64_t y = b_count > 0 ? b[0] : 0;
    WEIR_ASSERT(to + a_count == b);
    while (i + 1 < a_count && j + 1 < b_count) {
        uint64_t next_x = a[i + 1];
        uint64_t next_y = b[j + 1];
        bool first = x <= y;
        to[i + j] = first ? x : y;
        x = first ? next_x : x;
        y = first ? y : next_y;
        i += first;
        j += !first;
    }
    while (i < a_count && j < b_count) {
        bool first = a[i] <= b[j];
        to[i + j] = first ? a[i] : b[j];
        i += first;
        j += !first;
    }
    /* What is left of the second run is where it belongs. */
    memmove(to + i + j, a + i, (a_count - i) * sizeof *a);
}

/* Halves a level of at least two items into the one above. */
static void compact(struct weir_kll *kll, uint32_t level) {
    WEIR_ASSERT(level + 1 < WEIR_KLL_LEVELS);
    WEIR_ASSERT(level_count(kll, level) >= 2);
    uint32_t half = level_count(kll, level) / 2;
    uint32_t end = kll->starts[level + 1];
    uint32_t begin = end - 2 * half; /* an odd item, the smallest, stays */
    uint64_t number = kll->compactions[level]++;
    uint32_t words[4];
    weir_random_draw(kll->seed, kll->ordinal, WEIR_RANDOM_COMPACT, level, number / 2, words);
    uint32_t side = (words[0] ^ (uint32_t)number) & 1;
    if (number % 2 == 0) {
        kll->variance_compact += weir_kll_square_weight(level);
    }
    uint64_t *items = kll->items;
    uint64_t *kept = items + begin;
    for (size_t i = 0; i < half; i++) {
        kept[i] = kept[2 * i + side];
    }
    merge(items + begin + half, items + begin, half, items + end, level_count(kll, level + 1));
    memmove(items + kll->starts[0] + half, items + kll->starts[0],
            (begin - kll->starts[0]) * sizeof *items);
    for (uint32_t l = 0; l <= level; l++) {
        kll->starts[l] += half;
    }
    kll->starts[level + 1] = end - half;
}

/* The level whose items would fill k if all the weight lay there. */
static uint32_t top_level(const struct weir_kll *kll) {
    uint32_t top = 0;
    while (top < WEIR_KLL_LEVELS - 1 && kll->total >> top > kll->k) {
        top++;
    }
    return top;
}

/* Compacts levels that hold more than their share until `wanted` items have room, or none does. */
static void make_room(struct weir_kll *kll, uint32_t wanted) {
    uint32_t top = top_level(kll);
    while (kll->starts[0] < wanted) {
        uint32_t level = 0;
        while (level + 1 < WEIR_KLL_LEVELS &&
               level_count(kll, level) < kll->room[level < top ? top - level : 0]) {
            level++;
        }
        if (level + 1 == WEIR_KLL_LEVELS) {
            return;
        }
        compact(kll, level);
    }
}

/* The array is full and no level holds more than its share: halves the lowest that can be. */
static void force_room(struct weir_kll *kll) {
    uint32_t level = 0;
    while (level_count(kll, level) < 2) {
        level++;
        WEIR_ASSERT(level + 1 < WEIR_KLL_LEVELS);
    }
    compact(kll, level);
}

void weir_kll_insert_run(struct weir_kll *kll, const uint64_t *keys, uint32_t count,
                         uint32_t level) {
    WEIR_ASSERT(level < WEIR_KLL_LEVELS);
    while (count > 0) {
        make_room(kll, count);
        if (kll->starts[0] == 0) {
            force_room(kll);
        }
        uint32_t taken = (uint32_t)weir_min_u64(count, kll->starts[0]);
        uint32_t begin = kll->starts[level];
        uint32_t held = level_count(kll, level);
        uint64_t *items = kll->items;
        memmove(items + kll->starts[0] - taken, items + kll->starts[0],
                (begin - kll->starts[0]) * sizeof *items);
        merge(items + begin - taken, keys, taken, items + begin, held);
        for (uint32_t l = 0; l <= level; l++) {
            kll->starts[l] -= taken;
        }
        keys += taken;
        count -= taken;
    }
}
