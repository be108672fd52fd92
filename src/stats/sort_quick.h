/*
 * The vector sort: quicksort between two buffers, with sorting networks for small ranges.
 *
 * A range lies in one of the two buffers at its final place; splitting it writes its two parts to
 * the other buffer, so that loads and stores are plain streams. Ranges of a few rows are sorted in
 * registers and written to their place in `keys`.
 *
 * Cost: a range that is still large after LEVELS_MAX splits goes to the radix sort, which takes
 * the same time for all input; so bad pivots cost a bounded number of passes.
 */
#ifndef WEIR_STATS_SORT_QUICK_H
#define WEIR_STATS_SORT_QUICK_H

#include "stats/sort_radix.h"

#define BLOCK_KEYS (ROWS_MAX * LANES)

#if !defined(LEVELS_MAX)
#define LEVELS_MAX 18u
#endif

/* The larger part always waits, so ranges on the stack halve: 8192 / 2^13 is below a block. */
#define STACK_MAX 16u

struct range {
    uint64_t least; /* no key of the range is below */
    uint32_t begin;
    uint32_t count;
    uint32_t levels; /* splits so far */
    bool in_spare;
};

/*
 * The middle one of LANES * rows sampled keys. Each row is LANES neighbours from a place of its
 * own in an equal share of the range, at a fixed but irregular offset, so that no period in the
 * data falls in with it.
 */
static uint64_t choose_pivot(const uint64_t *keys, uint32_t count, uint32_t salt) {
    uint64_t sample[8 * LANES];
    uint32_t rows = count >= 64 * LANES ? 8 : count >= 32 * LANES ? 4 : 2;
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

/* Splits `range`; *rest gets the part with keys >= bound, `range` keeps the lower part. */
static void split(uint64_t *const buffers[2], struct range *range, struct range *rest) {
    const uint64_t *from = buffers[range->in_spare] + range->begin;
    uint64_t *to = buffers[!range->in_spare] + range->begin;
    uint64_t pivot = choose_pivot(from, range->count, range->begin + range->levels);
    /* A pivot that is the least key: part off all the keys that equal it, they are done. */
    bool equal = pivot == range->least;
    if (equal && pivot == UINT64_MAX) {
        /* No key is below the pivot and none above it. */
        memcpy(buffers[0] + range->begin, from, range->count * sizeof *from);
        range->count = 0;
        rest->count = 0;
        return;
    }
    uint64_t bound = equal ? pivot + 1 : pivot;
    uint32_t below = partition(from, to, range->count, bound);
    WEIR_ASSERT(below <= range->count);
    *rest = (struct range){
        .least = bound,
        .begin = range->begin + below,
        .count = range->count - below,
        .levels = range->levels + 1,
        .in_spare = !range->in_spare,
    };
    range->in_spare = !range->in_spare;
    range->levels++;
    range->count = below;
    if (equal) {
        if (range->in_spare) {
            memcpy(buffers[0] + range->begin, to, below * sizeof *to);
        }
        range->count = 0;
    }
}

/* Sorts a range that needs no more splitting; false if it does. */
static bool finish_range(uint64_t *const buffers[2], const struct range *range) {
    uint64_t *from = buffers[range->in_spare] + range->begin;
    if (range->count <= BLOCK_KEYS) {
        if (range->count > 0) {
            sort_block(from, buffers[0] + range->begin, range->count);
        }
        return true;
    }
    if (range->levels < LEVELS_MAX) {
        return false;
    }
    radix_sort(from, buffers[!range->in_spare] + range->begin, range->count);
    if (range->in_spare) {
        memcpy(buffers[0] + range->begin, from, range->count * sizeof *from);
    }
    return true;
}

static void quick_sort(uint64_t *keys, uint64_t *spare, uint32_t count) {
    WEIR_ASSERT(count <= WEIR_SORT_MAX);
    if (count > BLOCK_KEYS && sorted_or_reversed(keys, count)) {
        return;
    }
    uint64_t *const buffers[2] = {keys, spare};
    struct range stack[STACK_MAX];
    uint32_t depth = 0;
    struct range range = {.least = 0, .begin = 0, .count = count, .levels = 0, .in_spare = false};
    for (;;) {
        if (finish_range(buffers, &range)) {
            if (depth == 0) {
                return;
            }
            range = stack[--depth];
            continue;
        }
        struct range rest;
        split(buffers, &range, &rest);
        if (rest.count < range.count) {
            struct range swap = range;
            range = rest;
            rest = swap;
        }
        if (rest.count > 0) {
            WEIR_ASSERT(depth < STACK_MAX);
            stack[depth++] = rest;
        }
    }
}

#endif
