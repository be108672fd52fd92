/*
 * Exact order statistics of a column in fixed memory, by more passes over its values.
 *
 * A target is a rank; it starts with a guess, an interval of keys that should hold the value of
 * that rank. Each pass cuts the axis of keys at the bounds of the targets' intervals, counts
 * exactly what lies in each interval and between them, and looks into the intervals: it collects
 * their distinct keys with counts, and where these are too many for the room it counts them in
 * equal bins instead. So after a pass each target has its answer, or lies in a bin, or, where the
 * guess was wrong, between two intervals, with exact counts below and inside.
 *
 * The answer does not depend on guesses, room or the order of values; the number of passes does.
 *
 * Keys: unsigned integers in the order of the values, of 64 bits or, for a wide selection, of 128.
 * Bound: a selection of `targets` ranks among keys of `bits` bits takes at most
 * weir_select_passes(...) passes, whatever the values.
 * Memory: weir_select_bytes(words) bytes; the state holds no pointers and may be copied as bytes.
 * Cost: 2 to 3 ns a value a pass with 7 targets, 6 to 10 ns with 63 (AVX2); more where many values
 * lie in the intervals.
 */
#ifndef WEIR_STATS_SELECT_H
#define WEIR_STATS_SELECT_H

#include "base/isa.h"
#include "stats/numbers_i128.h"

#define WEIR_SELECT_TARGETS_MAX 64u
#define WEIR_SELECT_ENTRIES_MIN 16u /* that each target must have room for */

struct weir_select_target {
    weir_uint128 low; /* the value lies in low..high, inclusive; low is the answer once `done` */
    weir_uint128 high;
    uint64_t rank;  /* from 1 */
    uint64_t below; /* where `known`: exact number of values below low */
    uint64_t count; /* and in low..high */
    bool known;
    bool done;
};

/* What is done with the values in an interval. */
enum weir_select_mode {
    WEIR_SELECT_COUNT,   /* it is one key */
    WEIR_SELECT_COLLECT, /* a hash table of the distinct keys and their counts */
    WEIR_SELECT_BINS     /* counts of 2^shift keys each */
};

/* An interval of a pass; its room is `capacity` entries from words[offset] on. */
struct weir_select_interval {
    weir_uint128 low;
    weir_uint128 high;
    uint64_t below; /* where `known`: what the pass before has counted */
    uint64_t count;
    uint64_t offset;
    uint32_t capacity;
    uint32_t used; /* distinct keys held */
    uint32_t shift;
    enum weir_select_mode mode;
    bool known;
};

#define WEIR_SELECT_BOUNDS_MAX (2u * WEIR_SELECT_TARGETS_MAX)

struct weir_select {
    weir_uint128 low; /* no key is smaller or larger than these */
    weir_uint128 high;
    uint64_t total; /* values that every pass must bring */
    uint64_t words_count;
    uint32_t passes; /* that have ended */
    uint32_t targets_count;
    uint32_t intervals_count;
    uint32_t bounds_count;
    uint32_t first; /* segment of a key that is above no bound: 1 where an interval starts at 0 */
    enum weir_isa isa;
    bool wide;
    struct weir_select_target targets[WEIR_SELECT_TARGETS_MAX]; /* by rank */
    struct weir_select_interval intervals[WEIR_SELECT_TARGETS_MAX];
    /* Ascending: a key above b of the bounds lies in segment first + b. Segments are gaps and
     * intervals in turn, beginning with the gap below all intervals. */
    uint64_t bounds[2 * WEIR_SELECT_BOUNDS_MAX]; /* filled up with the largest key */
    weir_uint128 wide_bounds[WEIR_SELECT_BOUNDS_MAX];
    uint64_t counts[WEIR_SELECT_BOUNDS_MAX + 1]; /* values by segment */
    uint64_t words[];
};

/* Bytes of a selection with so many words of room; a multiple of 16. */
uint64_t weir_select_bytes(uint64_t words);

/* Words that so many targets need at least. */
uint64_t weir_select_words_min(uint32_t targets, bool wide);

/* Passes at most: 1 with the guesses, then enough to shrink any interval to one key. */
uint32_t weir_select_passes(uint64_t words, uint32_t targets, bool wide, uint32_t bits);

/* Starts a selection among `total` values with keys in low..high. `isa` names an instruction set
 * that the machine has, not WEIR_ISA_AUTO. */
void weir_select_begin(struct weir_select *select, uint64_t words, enum weir_isa isa, bool wide,
                       uint64_t total, weir_uint128 low, weir_uint128 high);

/* Adds a target: a rank in 1..total, guessed to lie in low..high. A rank that is there already is
 * left as it is. At most WEIR_SELECT_TARGETS_MAX different ones. */
void weir_select_target(struct weir_select *select, uint64_t rank, weir_uint128 low,
                        weir_uint128 high);

/* Starts a pass. Returns false when every target has its answer. */
bool weir_select_pass(struct weir_select *select);

/* Values of the pass, in any order. Weights may be NULL (1 each). */
void weir_select_add(struct weir_select *select, const uint64_t *keys, const uint32_t *weights,
                     uint32_t count);
void weir_select_add_wide(struct weir_select *select, const weir_uint128 *keys,
                          const uint32_t *weights, uint32_t count);

/* Ends a pass. Returns false when it has brought other values than the passes before, as far as
 * counts tell; the selection is then of no use any more. */
bool weir_select_pass_end(struct weir_select *select);

/* The key of a target's rank; returns false when there is no answer for it. */
bool weir_select_answer(const struct weir_select *select, uint64_t rank, weir_uint128 *key_ret);

#endif
