/* The levels of a KLL sketch in their one array; for kll*.c alone. */
#ifndef WEIR_STATS_KLL_LEVELS_H
#define WEIR_STATS_KLL_LEVELS_H

#include "stats/kll.h"

/* More weight than a stream of bytes can bring; a block that would pass it is left out. */
#define WEIR_KLL_TOTAL_MAX (UINT64_C(1) << 62)

/* 4^level, exact: the squared weight of a level's items. */
static inline double weir_kll_square_weight(uint32_t level) {
    WEIR_ASSERT(level < WEIR_KLL_LEVELS);
    double weight = (double)(UINT64_C(1) << level);
    return weight * weight;
}

/* Counts the weight in; false when it cannot be true. */
static inline bool weir_kll_count_in(struct weir_kll *kll, uint64_t weight) {
    if (weight > WEIR_KLL_TOTAL_MAX - kll->total) {
        return false;
    }
    kll->total += weight;
    return true;
}

/* Nothing is forgotten yet, and this many items more have room: keeps it so. */
static inline bool weir_kll_stays_exact(const struct weir_kll *kll, uint64_t items) {
    double variance = kll->variance_compact + kll->variance_thin + kll->variance_sample;
    return variance == 0 && items <= kll->starts[0];
}

/*
 * The part of a run behind its whole steps, cut into powers of two from the largest down: one
 * value of each part is kept.
 */
struct weir_kll_tail {
    uint64_t rest; /* weight of what is left, in units */
    uint64_t at;   /* rank of the next value kept, in units */
    uint64_t part; /* rank where its part starts */
    uint32_t bit;  /* the part has 2^bit units */
};

/* Draws the value that is kept of the next part, and adds what that may cost in squared units. */
void weir_kll_tail_next(struct weir_kll *kll, struct weir_kll_tail *tail, double *variance);

static inline void weir_kll_tail_done(struct weir_kll_tail *tail) {
    tail->part += UINT64_C(1) << tail->bit;
    tail->rest -= UINT64_C(1) << tail->bit;
}

/* Adds an ascending run of items to a level, compacting others where room is short. */
void weir_kll_insert_run(struct weir_kll *kll, const uint64_t *keys, uint32_t count,
                         uint32_t level);

/* The same for a run whose weight is in the total already, thinned first where the accuracy allows
 * it. `spare` has as much room. */
void weir_kll_add_run(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint32_t level,
                      uint64_t *spare);

#endif
