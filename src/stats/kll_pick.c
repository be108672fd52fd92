#include "base/random.h"
#include "stats/kll_levels.h"

#include "base/banned.h"

/*
 * Numerics notes. Blocks that need not be in order as a whole are reduced before they are sorted. A
 * pick of one in 2^w at a random position has variance 4^w / 4 at most. Every 2^w-th key of a
 * stratum in order, from a random offset, has the same, but stands for WEIR_STRATUM keys; of two
 * strata with offsets that mirror each other only one counts (as in kll.c). What strata leave over
 * of a block is picked from at random positions, and less than 2^w keys are cut into powers of two,
 * of which one key each is kept: 4^w / 12 at most. A block of 4096 gets what has grown of
 * PICK_SHARE of the allowed variance: at 0.001 that is every second key from some 100,000 values
 * on, one in four from half a million, one in eight from two million, one in sixteen from ten
 * million, and one in eight at random positions from 30 million.
 */
#define PICK_SHARE 0.25
#define PICK_HASTE 8

/* From this level on picking at random positions costs less than putting strata in order. */
#define SAMPLE_LEVEL_MIN 3u
#define STRATA_LEVEL_MAX 4u

/* Two strata whose offsets are mirror images of each other. */
#define STRATA_PAIR (2 * WEIR_STRATUM)

/* What a block of `count` may add to the variance. Not all that is left: a steady level saves more
 * than a coarse one now and then. */
static double pick_variance_left(const struct weir_kll *kll, uint32_t count) {
    double total = (double)kll->total + (double)count;
    double left = PICK_SHARE * kll->variance_allowed * total * total - kll->variance_sample;
    double share = PICK_HASTE * (double)count / total;
    return share < 1 ? left * share : left;
}

/* What picking adds to the variance: by pairs of strata, and of what they leave over; or all at
 * random positions, and of the last part, which is smaller than 2^level, by powers of two. */
static double pick_variance(uint32_t count, uint32_t level, bool sampled) {
    uint32_t pairs = sampled ? 0 : count / STRATA_PAIR;
    uint32_t others = count - pairs * STRATA_PAIR;
    bool whole = others % (1u << level) == 0;
    double groups = (double)(pairs + (others >> level)) + (whole ? 0 : 1.0 / 3);
    return groups * weir_kll_square_weight(level) / 4;
}

/* How many values of a block of `count` may share one pick, as a power of two; at random positions
 * if *sampled_ret. */
static uint32_t pick_level(const struct weir_kll *kll, uint32_t count, bool *sampled_ret) {
    double left = pick_variance_left(kll, count);
    uint32_t level = 0;
    *sampled_ret = false;
    if (weir_kll_stays_exact(kll, count)) {
        return 0;
    }
    while ((2u << level) <= count && pick_variance(count, level + 1, true) <= left) {
        level++;
    }
    if (level >= SAMPLE_LEVEL_MIN) {
        *sampled_ret = true;
        return level;
    }
    level = 0;
    while (count >= STRATA_PAIR && level < STRATA_LEVEL_MAX &&
           pick_variance(count, level + 1, false) <= left) {
        level++;
    }
    return level;
}

bool weir_kll_would_pick(const struct weir_kll *kll, uint32_t count) {
    bool sampled = false;
    return count > 0 && pick_level(kll, count, &sampled) > 0;
}

/* Numbers below 2^bits, many a draw. */
struct offsets {
    uint32_t words[4];
    uint32_t level;
    uint32_t left; /* in the current word */
    uint32_t word; /* 4: none is left */
};

static uint32_t next_offset(struct weir_kll *kll, struct offsets *offsets) {
    if (offsets->left == 0) {
        if (offsets->word == 4) {
            weir_random_draw(kll->seed, kll->ordinal, WEIR_RANDOM_SAMPLE, offsets->level,
                             kll->sample_draws++, offsets->words);
            offsets->word = 0;
        }
        offsets->left = 32 / offsets->level;
        offsets->word++;
    }
    uint32_t *word = &offsets->words[offsets->word - 1];
    uint32_t offset = *word & ((1u << offsets->level) - 1);
    *word >>= offsets->level;
    offsets->left--;
    return offset;
}

/* One of each 2^level consecutive keys, as far as they go. */
static void pick_anywhere(struct weir_kll *kll, const uint64_t *keys, uint32_t count,
                          uint64_t *picked_ret, uint32_t level) {
    struct offsets offsets = {.level = level, .word = 4};
    uint32_t picked = count >> level;
    for (uint32_t i = 0; i < picked; i++) {
        picked_ret[i] = keys[(i << level) + next_offset(kll, &offsets)];
    }
    kll->variance_sample += picked * weir_kll_square_weight(level) / 4;
}

/* Every 2^level-th key of each stratum. Returns how many keys are in strata. */
static uint32_t pick_of_strata(struct weir_kll *kll, weir_sort_strata_function *sort_strata,
                               uint64_t *keys, uint32_t count, uint64_t *picked_ret,
                               uint32_t level) {
    struct offsets offsets = {.level = level, .word = 4};
    uint32_t pairs = count / STRATA_PAIR;
    uint32_t each = WEIR_STRATUM >> level;
    sort_strata(keys, pairs * STRATA_PAIR);
    for (uint32_t pair = 0; pair < pairs; pair++) {
        uint32_t offset = next_offset(kll, &offsets);
        uint32_t mirrored = WEIR_STRATUM + (1u << level) - 1 - offset;
        for (uint32_t i = 0; i < each; i++) {
            picked_ret[i] = keys[offset + (i << level)];
            picked_ret[each + i] = keys[mirrored + (i << level)];
        }
        keys += STRATA_PAIR;
        picked_ret += 2 * each;
    }
    kll->variance_sample += pairs * weir_kll_square_weight(level) / 4;
    return pairs * STRATA_PAIR;
}

uint32_t weir_kll_pick(struct weir_kll *kll, weir_sort_strata_function *sort_strata, uint64_t *keys,
                       uint32_t count, uint64_t *picked_ret, uint32_t *level_ret) {
    WEIR_ASSERT(count <= WEIR_KLL_ADD_MAX);
    WEIR_ASSERT(keys != picked_ret);
    bool sampled = false;
    uint32_t level = count > 0 ? pick_level(kll, count, &sampled) : 0;
    *level_ret = level;
    if (!weir_kll_count_in(kll, count)) {
        return 0;
    }
    if (level == 0) {
        memcpy(picked_ret, keys, count * sizeof *keys);
        return count;
    }
    uint32_t ordered =
        sampled ? 0 : pick_of_strata(kll, sort_strata, keys, count, picked_ret, level);
    pick_anywhere(kll, keys + ordered, count - ordered, picked_ret + (ordered >> level), level);
    uint32_t seen = count >> level << level;
    struct weir_kll_tail tail = {.rest = count - seen, .part = seen};
    while (tail.rest > 0) {
        weir_kll_tail_next(kll, &tail, &kll->variance_sample);
        weir_kll_insert_run(kll, keys + tail.at, 1, tail.bit);
        weir_kll_tail_done(&tail);
    }
    return seen >> level;
}
