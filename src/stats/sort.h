/* Sorting blocks of 64-bit keys: the dearest step of the quantile sketch. */
#ifndef WEIR_STATS_SORT_H
#define WEIR_STATS_SORT_H

#include "base/isa.h"
#include "base/check.h"

#define WEIR_SORT_MAX 8192u

/*
 * Sorts keys[0..count) ascending, in place; count <= WEIR_SORT_MAX. `spare` is working memory of
 * count + 64 keys; `keys` must have room for count + 64 too (the tail is scribbled on).
 * Worst case O(n log n) whatever the order of the input.
 */
typedef void weir_sort_function(uint64_t *keys, uint64_t *spare, uint32_t count);

weir_sort_function *weir_sort_choose(enum weir_isa isa);

/* Keys of a stratum: as many as a sorting network holds in registers. */
#define WEIR_STRATUM 32u

/* Sorts each WEIR_STRATUM keys of keys[0..count) by themselves; count is a multiple of that. */
typedef void weir_sort_strata_function(uint64_t *keys, uint32_t count);

weir_sort_strata_function *weir_sort_strata_choose(enum weir_isa isa);

#endif
