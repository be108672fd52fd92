/* The room of an interval of a selection: distinct keys with counts, or bins. For select.c alone.
 */
#ifndef WEIR_STATS_SELECT_ROOM_H
#define WEIR_STATS_SELECT_ROOM_H

#include "stats/select.h"

/* Words of an entry: its count and its key. */
static inline uint32_t weir_select_entry_words(bool wide) {
    return wide ? 3 : 2;
}

/* Empties the room of an interval and decides what it holds. */
void weir_select_room_begin(struct weir_select *select, struct weir_select_interval *interval);

/* Adds a key of the interval with its weight, which is not 0. Not for WEIR_SELECT_COUNT. */
void weir_select_room_add(struct weir_select *select, struct weir_select_interval *interval,
                          weir_uint128 key, uint64_t weight);

/* The key of a rank (from 1) among the interval's values, once the pass has ended. Of
 * WEIR_SELECT_COLLECT; moves entries. */
weir_uint128 weir_select_room_key(struct weir_select *select, struct weir_select_interval *interval,
                                  uint64_t rank);

/* The bin of a rank (from 1) among the interval's values: narrows a target to it. */
void weir_select_room_bin(const struct weir_select *select,
                          const struct weir_select_interval *interval, uint64_t rank,
                          struct weir_select_target *target);

#endif
