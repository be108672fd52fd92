#include "stats/kll.h"

#include "base/check.h"

#include "base/banned.h"

/*
 * A rank is found without putting the items in order: of each level only the range in which the
 * answer may lie is kept, and every step parts all ranges at the middle item of the longest one.
 */

/* A level's items that are neither known to lie below the answer nor known to lie above it. */
struct range {
    const uint64_t *keys; /* ascending */
    uint32_t count;
    uint32_t level;
    uint32_t below; /* how many of them lie below the step's middle item */
};

/* Items below `key`; or not above it. */
static uint32_t items_below(const struct range *range, uint64_t key, bool or_equal) {
    const uint64_t *from = range->keys;
    uint32_t count = range->count;
    while (count > 1) {
        uint32_t half = count / 2;
        /* Without a branch: which way to go is random. */
        bool right = or_equal ? from[half - 1] <= key : from[half - 1] < key;
        from += right ? half : 0;
        count -= half;
    }
    bool last = count == 1 && (or_equal ? *from <= key : *from < key);
    return (uint32_t)(from - range->keys) + last;
}

/* Finds range->below of each range; returns the weight of these items. */
static uint64_t part(struct range *ranges, uint32_t count, uint64_t key, bool or_equal) {
    uint64_t weight = 0;
    for (uint32_t i = 0; i < count; i++) {
        ranges[i].below = items_below(&ranges[i], key, or_equal);
        weight += (uint64_t)ranges[i].below << ranges[i].level;
    }
    return weight;
}

/* Keeps the items below the parting key, or the others. Returns how many ranges are left. */
static uint32_t keep(struct range *ranges, uint32_t count, bool below) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct range range = ranges[i];
        range.keys += below ? 0 : range.below;
        range.count = below ? range.below : range.count - range.below;
        ranges[left] = range;
        left += range.count > 0;
    }
    return left;
}

static uint64_t middle_of_longest(const struct range *ranges, uint32_t count) {
    uint32_t longest = 0;
    for (uint32_t i = 1; i < count; i++) {
        longest = ranges[i].count > ranges[longest].count ? i : longest;
    }
    return ranges[longest].keys[ranges[longest].count / 2];
}

uint64_t weir_kll_key_of_rank(const struct weir_kll *kll, uint64_t rank) {
    struct range ranges[WEIR_KLL_LEVELS];
    uint32_t count = 0;
    WEIR_ASSERT(rank >= 1 && rank <= kll->total);
    for (uint32_t level = 0; level < WEIR_KLL_LEVELS; level++) {
        const uint32_t items = kll->starts[level + 1] - kll->starts[level];
        ranges[count] =
            (struct range){.keys = kll->items + kll->starts[level], .count = items, .level = level};
        count += items > 0;
    }
    for (;;) {
        WEIR_ASSERT(count > 0);
        const uint64_t middle = middle_of_longest(ranges, count);
        uint64_t weight = part(ranges, count, middle, false);
        if (rank <= weight) {
            count = keep(ranges, count, true);
            continue;
        }
        if (weight == 0) {
            /* Nothing lies below it: it is the answer, or all items that equal it go. */
            weight = part(ranges, count, middle, true);
            if (rank <= weight) {
                return middle;
            }
        }
        rank -= weight;
        count = keep(ranges, count, false);
    }
}
