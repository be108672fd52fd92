#include "stats/kll.h"

#include "base/bits.h"
#include "base/random.h"
#include "stats/kll_levels.h"

#include "base/banned.h"

/*
 * Numerics notes
 *
 * Karnin, Lang and Liberty (FOCS 2016): levels of items that stand for 2^l values; a full level is
 * sorted, every other item moves up, a coin says which half. For any rank the error of one
 * compaction is 0 or +-2^l. Coins come in pairs of opposite sides (Ivkin, Liberty, Lang, Karnin and
 * Braverman 2019): two compactions of a level together have variance at most 4^l, whatever the
 * data, so variance_compact grows by 4^l for every first of a pair. The items that reach a level
 * do not depend on that level's coins, so variances add.
 *
 * Blocks arrive sorted, which gives a cheaper first step: of a run of total weight Q * 2^s, the
 * items at ranks u + j * 2^s are kept with weight 2^s (u uniform). The variance is f (1 - f) 4^s
 * with f the fractional part of rank / 2^s, at most 4^s / 4; with the mirror image of u in the next
 * block of the same s, the two together have S (1 - S) 4^s or less, S = f1 + f2 mod 1, at most
 * 4^s / 4 again. s is the largest for which all thinnings so far take at most THIN_SHARE of the
 * allowed variance, so it grows along the column. What is left of a block over Q * 2^s is cut
 * into powers of two, and one value of each is kept: variance at most 4^b / 4 each.
 *
 * Memory and k: level capacities fall by 2/3 from the top, where the top is the level whose items
 * would fill k if the whole weight lay there (not the highest level that has items: one heavy value
 * must not squeeze the others). Levels share one array; nothing is compacted before it is full.
 * Simulating this schedule up to 10^10 values gives a 99 % rank error of at most 1.86 / k with
 * THIN_SHARE 0.1; K_FACTOR leaves room for the sampler and for odd schedules. What is reported is
 * not this formula but the tracked sum, which is a bound for the schedule at hand.
 */
#define Z_99 2.5758293035489008
#define K_FACTOR 2.1
#define K_MIN 64u
#define THIN_SHARE 0.1
#define LEVEL_ROOM_MIN 2u

static uint32_t k_of(double rank_error) {
    WEIR_ASSERT(rank_error > 0 && rank_error < 0.5);
    double k = K_FACTOR / rank_error;
    WEIR_ASSERT(k < 1e8);
    uint32_t whole = (uint32_t)k + 1;
    return whole < K_MIN ? K_MIN : whole;
}

static uint32_t capacity_of(double rank_error) {
    return 3 * k_of(rank_error);
}

uint64_t weir_kll_bytes(double rank_error) {
    return sizeof(struct weir_kll) + (uint64_t)capacity_of(rank_error) * sizeof(uint64_t);
}

uint64_t weir_kll_exact_values(double rank_error) {
    return capacity_of(rank_error);
}

void weir_kll_begin(struct weir_kll *kll, double rank_error, uint64_t seed, uint64_t ordinal) {
    WEIR_ASSERT(kll != NULL);
    memset(kll, 0, sizeof *kll);
    kll->seed = seed;
    kll->ordinal = ordinal;
    kll->variance_allowed = (rank_error / Z_99) * (rank_error / Z_99);
    kll->k = k_of(rank_error);
    kll->capacity = capacity_of(rank_error);
    uint64_t room = (uint64_t)kll->k << 20;
    for (uint32_t depth = 0; depth < WEIR_KLL_LEVELS; depth++) {
        uint32_t whole = (uint32_t)((room + (1u << 20) - 1) >> 20);
        kll->room[depth] = whole < LEVEL_ROOM_MIN ? LEVEL_ROOM_MIN : whole;
        room = room * 2 / 3;
    }
    for (uint32_t level = 0; level <= WEIR_KLL_LEVELS; level++) {
        kll->starts[level] = kll->capacity;
    }
}

/* --- Adding. ------------------------------------------------------------------------------- */

/* A number below 2^bits. */
static uint64_t draw_below(const struct weir_kll *kll, enum weir_random_use use, uint64_t index,
                           uint32_t bits) {
    WEIR_ASSERT(bits < 64);
    uint32_t words[4];
    weir_random_draw(kll->seed, kll->ordinal, use, 0, index, words);
    uint64_t wide = (uint64_t)words[1] << 32 | words[0];
    return wide & ((UINT64_C(1) << bits) - 1);
}

/* How coarse a run of this weight may be thinned: the level of what is kept, at least `level`.
 * `items` is what it would take unthinned. */
static uint32_t thin_level(const struct weir_kll *kll, uint64_t weight, uint64_t items,
                           uint32_t level) {
    if (weir_kll_stays_exact(kll, items)) {
        return level;
    }
    double total = (double)kll->total;
    double left = THIN_SHARE * kll->variance_allowed * total * total - kll->variance_thin;
    uint32_t top = weir_bit_width(weight);
    /* 1/4 for the thinning, at most 1/12 for what remains. */
    while (level + 1 < top && weir_kll_square_weight(level + 1) <= 3 * left) {
        level++;
    }
    return level;
}

/* The first rank kept, below 2^bits: drawn, or the mirror image of the draw before. */
static uint64_t thin_offset(struct weir_kll *kll, uint32_t level, uint32_t bits) {
    uint64_t last = (UINT64_C(1) << bits) - 1;
    if (kll->thin_level == level && kll->thin_bits == bits) {
        kll->thin_level = 0;
        return last - kll->thin_offset;
    }
    kll->thin_offset = draw_below(kll, WEIR_RANDOM_THIN, kll->thin_draws++, bits);
    kll->thin_level = level;
    kll->thin_bits = bits;
    kll->variance_thin += weir_kll_square_weight(level) / 4;
    return kll->thin_offset;
}

void weir_kll_tail_next(struct weir_kll *kll, struct weir_kll_tail *tail, double *variance) {
    WEIR_ASSERT(tail->rest > 0);
    tail->bit = weir_bit_width(tail->rest) - 1;
    tail->at = tail->part;
    if (tail->bit > 0) {
        tail->at += draw_below(kll, WEIR_RANDOM_TAIL, kll->tail_draws++, tail->bit);
        *variance += weir_kll_square_weight(tail->bit) / 4;
    }
}

void weir_kll_add_run(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint32_t level,
                      uint64_t *spare) {
    uint32_t to = thin_level(kll, (uint64_t)count << level, count, level);
    uint32_t bits = to - level;
    if (bits == 0) {
        weir_kll_insert_run(kll, keys, count, level);
        return;
    }
    uint32_t kept = count >> bits;
    uint64_t offset = thin_offset(kll, to, bits);
    const uint64_t *from = keys + offset;
    for (uint32_t i = 0; i < kept; i++, from += (size_t)1 << bits) {
        spare[i] = *from;
    }
    weir_kll_insert_run(kll, spare, kept, to);
    double variance = 0;
    struct weir_kll_tail tail = {.rest = count - (kept << bits), .part = (uint64_t)kept << bits};
    while (tail.rest > 0) {
        weir_kll_tail_next(kll, &tail, &variance);
        weir_kll_insert_run(kll, keys + tail.at, 1, level + tail.bit);
        weir_kll_tail_done(&tail);
    }
    kll->variance_thin += variance * weir_kll_square_weight(level);
}

void weir_kll_add(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint64_t *spare) {
    WEIR_ASSERT(count <= WEIR_KLL_ADD_MAX);
    WEIR_ASSERT(keys != spare);
    if (count > 0 && weir_kll_count_in(kll, count)) {
        weir_kll_add_run(kll, keys, count, 0, spare);
    }
}

void weir_kll_add_picked(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint32_t level,
                         uint64_t *spare) {
    WEIR_ASSERT(count <= WEIR_KLL_ADD_MAX);
    WEIR_ASSERT(keys != spare);
    if (count > 0) {
        weir_kll_add_run(kll, keys, count, level, spare);
    }
}

/* How many of the ranks offset, offset + 2^bits, ... lie below `rank`. */
static uint64_t steps_below(uint64_t rank, uint64_t offset, uint32_t bits) {
    return rank > offset ? ((rank - offset - 1) >> bits) + 1 : 0;
}

/* Turns weights into the number of kept ranks that fall on each key. */
static void hit_counts(uint64_t *weights, uint32_t count, uint64_t whole, uint64_t offset,
                       uint32_t bits) {
    uint64_t rank = 0;
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        rank += weights[i];
        uint64_t hits = steps_below(weir_min_u64(rank, whole), offset, bits);
        weights[i] = hits - before;
        before = hits;
    }
    WEIR_ASSERT(before == whole >> bits);
}

/* Keys a kept rank from which on single_hits pays. */
#define HITS_APART 8u

/*
 * The keys that the kept ranks fall on, where no key is met twice; false otherwise. Where few ranks
 * are kept, most keys cost an addition and a comparison here.
 */
static bool single_hits(const uint64_t *keys, const uint64_t *weights, uint32_t count,
                        uint64_t whole, uint64_t offset, uint32_t bits, uint64_t *hits_ret) {
    uint64_t rank = 0;
    uint64_t next = offset;
    uint32_t hits = 0;
    for (uint32_t i = 0; i < count && next < whole; i++) {
        rank += weights[i];
        if (WEIR_UNLIKELY(rank > next)) {
            hits_ret[hits++] = keys[i];
            next += UINT64_C(1) << bits;
            if (rank > next && next < whole) {
                return false;
            }
        }
    }
    WEIR_ASSERT(hits == whole >> bits);
    return true;
}

/* The values kept of the part behind `whole`. Reads the weights. */
static void add_weighted_tail(struct weir_kll *kll, const uint64_t *keys, const uint64_t *weights,
                              uint32_t count, uint64_t whole, uint64_t rest) {
    struct weir_kll_tail tail = {.rest = rest, .part = whole};
    uint64_t rank = whole + rest;
    double variance = 0;
    uint32_t i = count;
    while (rank > whole) {
        i--;
        rank -= weights[i];
    }
    while (tail.rest > 0) {
        weir_kll_tail_next(kll, &tail, &variance);
        while (rank + weights[i] <= tail.at) {
            rank += weights[i];
            i++;
            WEIR_ASSERT(i < count);
        }
        weir_kll_insert_run(kll, keys + i, 1, tail.bit);
        weir_kll_tail_done(&tail);
    }
    kll->variance_thin += variance;
}

void weir_kll_add_weighted(struct weir_kll *kll, const uint64_t *keys, uint64_t *weights,
                           uint32_t count, uint64_t *spare) {
    WEIR_ASSERT(count <= WEIR_KLL_ADD_MAX);
    WEIR_ASSERT(keys != spare && weights != spare);
    uint64_t weight = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!weir_add_u64(weight, weights[i], &weight)) {
            return;
        }
    }
    if (weight == 0 || !weir_kll_count_in(kll, weight)) {
        return;
    }
    uint64_t items = 0;
    for (uint32_t i = 0; i < count && weir_kll_stays_exact(kll, items); i++) {
        items += (uint64_t)weir_popcount(weights[i]);
    }
    uint32_t bits = thin_level(kll, weight, items, 0);
    uint64_t whole = weight >> bits << bits;
    uint64_t offset = bits > 0 ? thin_offset(kll, bits, bits) : 0;
    add_weighted_tail(kll, keys, weights, count, whole, weight - whole);
    if (whole >> bits <= count / HITS_APART &&
        single_hits(keys, weights, count, whole, offset, bits, spare)) {
        weir_kll_insert_run(kll, spare, (uint32_t)(whole >> bits), bits);
        return;
    }
    hit_counts(weights, count, whole, offset, bits);
    uint64_t any = 0;
    for (uint32_t i = 0; i < count; i++) {
        any |= weights[i];
    }
    for (uint32_t bit = 0; bit < 64 && any >> bit != 0; bit++) {
        uint32_t run = 0;
        for (uint32_t i = 0; i < count; i++) {
            spare[run] = keys[i];
            run += (uint32_t)(weights[i] >> bit & 1);
        }
        weir_kll_insert_run(kll, spare, run, bits + bit);
    }
}
