/*
 * KLL quantile sketch on order-preserving 64-bit keys, in fixed memory, fed with sorted blocks.
 *
 * Units: weights count values. Rank errors are normalised to 0..1.
 * Memory: weir_kll_bytes(rank_error) bytes, about 50 KB at 0.001. The state holds no pointers and
 * may be copied as bytes.
 * Bits: a function of seed, ordinal and the sequence of adds.
 */
#ifndef WEIR_STATS_KLL_H
#define WEIR_STATS_KLL_H

#include "base/state_bytes.h"
#include "stats/sort.h"

#define WEIR_KLL_LEVELS 64u

/* Most keys that one add may bring, and the room that `spare` arguments must have. */
#define WEIR_KLL_ADD_MAX 8192u

struct weir_kll {
    uint64_t total; /* weight of all values added */
    uint64_t seed;
    uint64_t ordinal;
    double variance_allowed; /* of a normalised rank: (rank_error / z)^2 */

    /* Bounds on the variance of any rank estimate, by source; in squared values. */
    double variance_compact;
    double variance_thin;
    double variance_sample;

    uint64_t thin_draws;
    uint64_t thin_offset; /* of the last draw, while its mirror image is owed */
    uint32_t thin_level;  /* its level; 0: nothing is owed */
    uint32_t thin_bits;   /* and how many bits it has */
    uint64_t sample_draws;
    uint64_t tail_draws;
    uint32_t k;
    uint32_t capacity;                     /* items */
    uint32_t room[WEIR_KLL_LEVELS];        /* items a level may hold, by its depth under the top */
    uint64_t compactions[WEIR_KLL_LEVELS]; /* of each level */
    uint32_t starts[WEIR_KLL_LEVELS + 1];  /* level l: items[starts[l]] .. items[starts[l + 1]] */
    uint64_t items[]; /* every level ascending; an item of level l stands for 2^l values */
};

/* Bytes of a sketch; multiple of 8. */
uint64_t weir_kll_bytes(double rank_error);

/* Empties a sketch. rank_error in (0, 0.5): wanted at 99 % confidence for any one rank. */
void weir_kll_begin(struct weir_kll *kll, double rank_error, uint64_t seed, uint64_t ordinal);

/* Adds ascending keys of weight 1. count <= WEIR_KLL_ADD_MAX; `spare` has as much room. */
void weir_kll_add(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint64_t *spare);

/* Adds ascending keys with weights (0 allowed). Overwrites the weights. */
void weir_kll_add_weighted(struct weir_kll *kll, const uint64_t *keys, uint64_t *weights,
                           uint32_t count, uint64_t *spare);

/*
 * For long columns: before an unsorted block is sorted, picks one key of every 2^w, either of
 * consecutive ones at random positions, or of strata of 32 that are put in order first (in place).
 * Returns how many keys were written to picked_ret (room for `count`), all of them when the sketch
 * is not long enough to afford any loss. The caller sorts the picked keys and adds them with
 * weir_kll_add_picked and the level that it got here.
 */
uint32_t weir_kll_pick(struct weir_kll *kll, weir_sort_strata_function *sort_strata, uint64_t *keys,
                       uint32_t count, uint64_t *picked_ret, uint32_t *level_ret);
void weir_kll_add_picked(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint32_t level,
                         uint64_t *spare);

/* Whether weir_kll_pick would leave out keys of a block of `count`. */
bool weir_kll_would_pick(const struct weir_kll *kll, uint32_t count);

/*
 * Adds another sketch of the same rank error and seed; `kll` goes on with its own coins, and an
 * empty one becomes the other. The rank error asked for holds for 1,000 parts as for one, if they
 * have ordinals of their own: sketches of one ordinal have tossed the same coins, and the reported
 * error grows as if their errors were the same. `spare` has room for WEIR_KLL_MERGE_MAX keys.
 */
#define WEIR_KLL_MERGE_MAX 4096u
void weir_kll_merge(struct weir_kll *kll, const struct weir_kll *other, uint64_t *spare);

/* Appends the state. Loading takes it into an empty sketch of the same rank error and seed,
 * whatever the bytes: false when they are no state of one. */
void weir_kll_save(const struct weir_kll *kll, struct weir_state_writer *writer);
bool weir_kll_load(struct weir_kll *kll, struct weir_state_reader *reader);

/* Bound on the rank error of one estimate at 99 % confidence; 0 while every value is held. */
double weir_kll_rank_error(const struct weir_kll *kll);

/* The smallest and the largest item; false when there is none. */
bool weir_kll_range(const struct weir_kll *kll, uint64_t *low_ret, uint64_t *high_ret);

/* Values that a sketch of this rank error holds before it forgets any. */
uint64_t weir_kll_exact_values(double rank_error);

/* The smallest key up to which items have a weight of `rank` together; 1 <= rank <= kll->total. */
uint64_t weir_kll_key_of_rank(const struct weir_kll *kll, uint64_t rank);

/* Walks all items in ascending order of their keys. */
struct weir_kll_cursor {
    const struct weir_kll *kll;
    uint32_t at[WEIR_KLL_LEVELS];
    uint8_t heap[WEIR_KLL_LEVELS]; /* levels that have items left, smallest key first */
    uint32_t heap_count;
};

void weir_kll_cursor_begin(struct weir_kll_cursor *cursor, const struct weir_kll *kll);

/* Returns false behind the last item. */
bool weir_kll_cursor_next(struct weir_kll_cursor *cursor, uint64_t *key_ret, uint64_t *weight_ret);

#endif
