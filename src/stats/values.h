/*
 * Exact counts of up to 1024 distinct keys: what a column has before it needs sketches.
 *
 * `isa` arguments name an instruction set that the machine has, not WEIR_ISA_AUTO.
 */
#ifndef WEIR_STATS_VALUES_H
#define WEIR_STATS_VALUES_H

#include "base/isa.h"
#include "base/state_bytes.h"
#include "stats/sort.h"

#define WEIR_VALUES_MAX 1024u

struct weir_values {
    uint64_t total; /* sum of counts */
    uint32_t used;
    uint32_t reserved;
    uint64_t keys[WEIR_VALUES_MAX]; /* ascending */
    uint64_t counts[WEIR_VALUES_MAX];
};

void weir_values_begin(struct weir_values *values);

/* Adds ascending distinct keys with their counts. Returns false and changes nothing when there
 * would be too many. */
bool weir_values_add(struct weir_values *values, const uint64_t *keys, const uint64_t *counts,
                     uint32_t count);

/* Appends the counts. Loading returns false when the bytes are none, or more than 2^62 values. */
void weir_values_save(const struct weir_values *values, struct weir_state_writer *writer);
bool weir_values_load(struct weir_values *values, struct weir_state_reader *reader);

/*
 * Run lengths of ascending keys: writes each key once and how often it occurs. Returns how many.
 * distinct_ret may be `keys`.
 */
uint32_t weir_values_runs(enum weir_isa isa, const uint64_t *keys, uint32_t count,
                          uint64_t *distinct_ret, uint64_t *counts_ret);

/* Neighbours that are equal: 0 says that ascending keys are distinct. */
uint32_t weir_values_repeats(enum weir_isa isa, const uint64_t *keys, uint32_t count);

/*
 * Run lengths of weighted keys in any order: distinct_ret gets the keys ascending, counts_ret the
 * sums of their weights. Keys of weight 0 are dropped. Returns how many are left.
 * count <= WEIR_BLOCK_VALUES; distinct_ret and counts_ret have room for count + 64 words, as
 * sorting needs it.
 */
uint32_t weir_values_weigh(enum weir_isa isa, weir_sort_function *sort, const uint64_t *keys,
                           const uint32_t *weights, uint32_t count, uint64_t *distinct_ret,
                           uint64_t *counts_ret);

#endif
