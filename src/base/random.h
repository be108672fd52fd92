/*
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011).
 *
 * A draw is a pure function of key and counter, so every coin of a sketch is named by what it is
 * for, and any order of work draws the same ones. Not for secrets.
 */
#ifndef WEIR_BASE_RANDOM_H
#define WEIR_BASE_RANDOM_H

#include "base/check.h"

/* words_ret = philox(counter, key), 128 bits. */
void weir_random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t words_ret[4]);

/* What a draw is for: part of its counter, so that no two uses share one. */
enum weir_random_use {
    WEIR_RANDOM_COMPACT = 1, /* which half a compaction keeps */
    WEIR_RANDOM_THIN = 2,    /* offset in a sorted block */
    WEIR_RANDOM_TAIL = 3,    /* the part of a block that is no whole step */
    WEIR_RANDOM_SAMPLE = 4   /* positions in unsorted blocks */
};

/*
 * 128 bits for draw number `index` of a use. Keyed by the seed; `ordinal` tells columns apart,
 * `place` what the use tells apart (a level), below 2^16.
 */
void weir_random_draw(uint64_t seed, uint64_t ordinal, enum weir_random_use use, uint32_t place,
                      uint64_t index, uint32_t words_ret[4]);

#endif
