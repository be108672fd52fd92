/*
 * The most frequent keys, with bounds on their counts, in fixed memory.
 *
 * Misra-Gries as a mergeable summary: an entry's true count lies in [count, count + error], a key
 * that has no entry occurs at most `error` times, and error <= total / (WEIR_TOP_COUNTERS + 1).
 */
#ifndef WEIR_STATS_TOP_H
#define WEIR_STATS_TOP_H

#include "base/state_bytes.h"
#include "stats/sort.h"
#include "weir/result.h"

#define WEIR_TOP_COUNTERS 512u

struct weir_top_table {
    uint64_t error;
    uint64_t total;
    uint32_t used;
    uint32_t reserved;
    uint64_t keys[WEIR_TOP_COUNTERS]; /* ascending */
    uint64_t counts[WEIR_TOP_COUNTERS];
};

void weir_top_begin(struct weir_top_table *top);

/* Words that adding needs as spare memory. */
#define WEIR_TOP_SPARE_WORDS (8u * WEIR_TOP_COUNTERS)

/* Adds ascending distinct keys with their counts. counts == NULL means 1 each. */
void weir_top_add(struct weir_top_table *top, const uint64_t *keys, const uint64_t *counts,
                  uint32_t count, uint64_t spare[WEIR_TOP_SPARE_WORDS]);

/* Adds another table: the bounds of both hold for the joined streams. */
void weir_top_merge(struct weir_top_table *top, const struct weir_top_table *other,
                    uint64_t spare[WEIR_TOP_SPARE_WORDS]);

/* Appends the table. Loading returns false when the bytes are none with sound bounds. */
void weir_top_save(const struct weir_top_table *top, struct weir_state_writer *writer);
bool weir_top_load(struct weir_top_table *top, struct weir_state_reader *reader);

/*
 * Adds a block of keys in any order, each of weight 1, without sorting all of it, if few of them
 * may be frequent; returns false and does nothing otherwise. `sort` and `isa` as chosen.
 */
bool weir_top_add_unsorted(struct weir_top_table *top, enum weir_isa isa, weir_sort_function *sort,
                           const uint64_t *keys, uint32_t count,
                           uint64_t spare[WEIR_TOP_SPARE_WORDS]);

/*
 * The largest counts of a table, in the order of weir_result.top. Ascending keys; `error` is added
 * to each count for count_high. Returns how many were written, at most WEIR_TOP_MAX.
 */
uint32_t weir_top_best(const uint64_t *keys, const uint64_t *counts, uint32_t count, uint64_t error,
                       uint64_t best_keys_ret[WEIR_TOP_MAX],
                       struct weir_top best_ret[WEIR_TOP_MAX]);

#endif
