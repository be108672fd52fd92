/*
 * The vector sort: quicksort with sorting networks for small ranges.
 *
 * Ranges above IN_PLACE_MIN keys are split in place. A smaller one is split between two buffers:
 * it lies in one of them, and splitting it writes its two parts to the other, so that loads and
 * stores are plain streams and all that is touched stays in the first-level cache. Ranges of at
 * most BLOCK_KEYS are sorted in registers and written to their place in `keys`.
 *
 * Cost: a range that is still large after LEVELS_MAX splits goes to the radix sort, which takes
 * the same time for all input; so bad pivots cost a bounded number of passes.
 */
#ifndef WEIR_STATS_SORT_QUICK_H
#define WEIR_STATS_SORT_QUICK_H

#include "stats/sort_radix.h"

#define BLOCK_KEYS (ROWS_MAX * LANES)
#define IN_PLACE_MIN 640u

/* 8192 keys need about 6 to 8 splits; few distinct keys need two for each halving. */
#if !defined(LEVELS_MAX)
#define LEVELS_MAX 18u
#endif

/* Vectors that a split in place keeps outside: it always has room to write four at both ends. */
#define AHEAD (4 * LANES)

struct range {
    uint64_t least; /* no key of the range is below */
    uint64_t *keys;
    uint64_t *other; /* the same place in the other buffer */
    uint32_t count;
    uint32_t levels; /* splits so far */
    bool moved;      /* `keys` points into the spare buffer, `other` to the final place */
};

/*
 * The middle one of rows * LANES sampled keys. Each row is LANES neighbours from a place of its
 * own in an equal share of the range, at a fixed but irregular offset, so that no period in the
 * data falls in with it.
 */
static uint64_t choose_pivot(const uint64_t *keys, uint32_t count, uint32_t salt) {
    uint64_t sample[8 * LANES];
    uint32_t rows = count >= 160 * LANES ? 8 : count >= 48 * LANES ? 4 : 2;
    uint32_t share = count / rows;
    WEIR_ASSERT(share > LANES);
    uint32_t mix = (count + salt) * 0x9e3779b9u;
    for (uint32_t row = 0; row < rows; row++) {
        mix = mix * 0x85ebca6bu + 0xc2b2ae35u;
        uint32_t offset = (uint32_t)(((uint64_t)mix * (share - LANES)) >> 32);
        vec_store(sample + row * LANES, vec_load(keys + row * share + offset));
    }
    sort_block(sample, sample, rows * LANES);
    return sample[rows * LANES / 2];
}

/*
 * As partition(), but within keys[0..count). Some vectors of both ends are put aside first; each
 * step then takes four more from the end that has less free room and writes four to both ends.
 * The free room is 2 * AHEAD before a step, so the scarcer end has at most AHEAD: after taking
 * from it both have at least AHEAD. What was put aside fills the last hole.
 */
static uint32_t partition_in_place(uint64_t *keys, uint32_t count, uint64_t bound) {
    WEIR_ASSERT(count >= 2 * AHEAD);
    const vec bounds = vec_same(bound);
    uint64_t aside[3 * AHEAD];
    memcpy(aside, keys, AHEAD * sizeof *keys);
    memcpy(aside + AHEAD, keys + count - AHEAD, AHEAD * sizeof *keys);
    uint64_t *low = keys;
    uint64_t *high = keys + count;
    uint64_t *low_read = keys + AHEAD;
    uint64_t *high_read = keys + count - AHEAD;
    while (high_read - low_read >= (ptrdiff_t)AHEAD) {
        bool from_low = low_read - low <= high - high_read;
        const uint64_t *from = from_low ? low_read : high_read - AHEAD;
        low_read += from_low ? AHEAD : 0;
        high_read -= from_low ? 0 : AHEAD;
        vec a = vec_load(from);
        vec b = vec_load(from + LANES);
        vec c = vec_load(from + 2 * LANES);
        vec d = vec_load(from + 3 * LANES);
        place(a, bounds, &low, &high);
        place(b, bounds, &low, &high);
        place(c, bounds, &low, &high);
        place(d, bounds, &low, &high);
    }
    uint32_t left = (uint32_t)(high_read - low_read);
    memcpy(aside + 2 * AHEAD, low_read, left * sizeof *keys);
    WEIR_ASSERT((uint32_t)(high - low) == 2 * AHEAD + left);
    return (uint32_t)(low - keys) + partition(aside, low, 2 * AHEAD + left, bound);
}

/* Brings a range whose keys are in order to its final place. */
static void settle(const struct range *range, uint32_t count) {
    if (range->moved) {
        memcpy(range->other, range->keys, count * sizeof *range->keys);
    }
}

/* Splits `range` into itself, the lower part, and *rest. */
static void split(struct range *range, struct range *rest) {
    uint64_t pivot = choose_pivot(range->keys, range->count, range->levels);
    /* A pivot that is the least key: part off all the keys that equal it, they are done. */
    bool equal = pivot == range->least;
    if (equal && pivot == UINT64_MAX) {
        settle(range, range->count);
        range->count = 0;
        rest->count = 0;
        return;
    }
    uint64_t bound = equal ? pivot + 1 : pivot;
    uint32_t below;
    range->levels++;
    if (range->count > IN_PLACE_MIN) {
        below = partition_in_place(range->keys, range->count, bound);
    } else {
        below = partition(range->keys, range->other, range->count, bound);
        uint64_t *swap = range->keys;
        range->keys = range->other;
        range->other = swap;
        range->moved = !range->moved;
    }
    WEIR_ASSERT(below <= range->count);
    *rest = *range;
    rest->least = bound;
    rest->keys += below;
    rest->count -= below;
    /* A large range has used no spare memory yet: all of them share the start of it. */
    rest->other += range->count > IN_PLACE_MIN ? 0 : below;
    range->count = below;
    if (equal) {
        settle(range, below);
        range->count = 0;
    }
}

/* Sorts a range that needs no more splitting; false if it does. */
static bool finish_range(const struct range *range) {
    if (range->count <= BLOCK_KEYS) {
        if (range->count > 0) {
            sort_block(range->keys, range->moved ? range->other : range->keys, range->count);
        }
        return true;
    }
    if (range->levels < LEVELS_MAX) {
        return false;
    }
    radix_sort(range->keys, range->other, range->count);
    settle(range, range->count);
    return true;
}

static void quick_sort(uint64_t *keys, uint64_t *spare, uint32_t count) {
    WEIR_ASSERT(count <= WEIR_SORT_MAX);
    if (count > BLOCK_KEYS && sorted_or_reversed(keys, count)) {
        return;
    }
#if defined(DIGITS_MIN)
    if (count >= DIGITS_MIN && digit_sort(keys, spare, count)) {
        return;
    }
#endif
    struct range stack[LEVELS_MAX];
    uint32_t depth = 0;
    struct range range = {.least = 0, .keys = keys, .other = spare, .count = count};
    for (;;) {
        if (!finish_range(&range)) {
            /* The ranges that wait have different numbers of splits, all below LEVELS_MAX. */
            WEIR_ASSERT(depth < LEVELS_MAX);
            split(&range, &stack[depth]);
            depth++;
        } else if (depth > 0) {
            range = stack[--depth];
        } else {
            return;
        }
    }
}

#endif
