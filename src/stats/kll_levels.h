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

/* Adds an ascending run of items to a level, compacting others where room is short. */
void weir_kll_insert_run(struct weir_kll *kll, const uint64_t *keys, uint32_t count,
                         uint32_t level);

/* The same for a run whose weight is in the total already, thinned first where the accuracy allows
 * it. `spare` has as much room. */
void weir_kll_add_run(struct weir_kll *kll, const uint64_t *keys, uint32_t count, uint32_t level,
                      uint64_t *spare);

#endif
