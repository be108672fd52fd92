/*
 * Counts, extremes, moments and exact sums of a fixed-width column.
 *
 * Fed with canonical blocks (at most 4096 values each, see stats/column.h) so that the bits of
 * the result depend on the values alone.
 */
#ifndef WEIR_STATS_NUMBERS_H
#define WEIR_STATS_NUMBERS_H

#include "base/isa.h"
#include "base/state_bytes.h"
#include "weir/result.h"

#define WEIR_NUMBERS_LEVELS 64u

/*
 * Central moments about mean_high + mean_low (relative to the column's shift): m2, m3, m4 are the
 * sums of the powers of (x - mean) / 2^scale. The scale is 0 unless the spread lies outside
 * 2^-200 .. 2^200, so that no power over- or underflows. The mean is read and set by
 * weir_moments_mean and weir_moments_set_mean: a tiny scale changes how it is held.
 */
struct weir_moments {
    uint64_t count;
    int64_t scale;
    double mean_high;
    double mean_low;
    double m2;
    double m3;
    double m4;
};

struct weir_numbers {
    enum weir_kind kind;
    uint64_t count; /* non-null values, NaN included */
    uint64_t nans;
    uint64_t pos_infs;
    uint64_t neg_infs;
    uint64_t zeros;
    uint64_t negatives;
    bool has_extremes;
    struct weir_value min; /* over all but NaN; -0 counts as +0 */
    struct weir_value max;
    bool has_shift;
    struct weir_i128 shift; /* integer kinds: the rounded mean of the first block; U64: less 2^63 */
    struct weir_i256 sum;   /* integer kinds, and the true values of BOOL */
    /* Float kinds: the sum of the finite values, unevaluated; sum_high is infinite once it went
     * out of range on the way. */
    double sum_high;
    double sum_low;
    uint64_t blocks; /* binary counter over `tree` */
    struct weir_moments tree[WEIR_NUMBERS_LEVELS];
};

void weir_numbers_begin(struct weir_numbers *numbers, enum weir_kind kind);

/* One canonical block of fixed-width values (little-endian, unaligned). weights == NULL means 1
 * each; a value of weight 0 does not occur. count <= 4096. Booleans use weir_numbers_add_bools. */
void weir_numbers_block(struct weir_numbers *numbers, enum weir_isa isa, const void *values,
                        const uint32_t *weights, uint32_t count);

void weir_numbers_add_bools(struct weir_numbers *numbers, uint64_t trues, uint64_t falses);

/*
 * Appends the blocks of another column of the same kind. Counts, extremes and the sums of integers
 * are those of one run over all blocks. The counts of both together fit 62 bits, their blocks 60.
 */
void weir_numbers_merge(struct weir_numbers *into, const struct weir_numbers *from);

/* Appends the state. Loading takes it into an empty one of the same kind: false when the bytes are
 * no state that values of the kind could have left behind. Not for booleans. */
void weir_numbers_save(const struct weir_numbers *numbers, struct weir_state_writer *writer);
bool weir_numbers_load(struct weir_numbers *numbers, struct weir_state_reader *reader);

/* The most values, and blocks of them, that a column can have: sums of two such stay in range. */
#define WEIR_NUMBERS_COUNT_MAX (UINT64_C(1) << 62)
#define WEIR_NUMBERS_BLOCKS_MAX (UINT64_C(1) << 60)

/* Fills in every numeric field of the result: counts, extremes, moments, sums (not distinct, top,
 * strings, rows, nulls). */
void weir_numbers_result(const struct weir_numbers *numbers, struct weir_result *result_ret);

/* Merges two moments about the same shift (Chan, Golub, LeVeque; Pebay to order 4). */
struct weir_moments weir_moments_merge(const struct weir_moments *a, const struct weir_moments *b);

/*
 * Order-preserving 64-bit keys of a block (I128: shortened, see numbers_keys.c): NaN (and weight 0)
 * left out, -0 as +0. Returns how many keys were written; weights_ret (may be NULL) gets the
 * weights of the kept ones. keys_ret has room for count + 64 keys.
 */
uint32_t weir_numbers_keys(enum weir_isa isa, enum weir_kind kind, const void *values,
                           const uint32_t *weights, uint32_t count, uint64_t *keys_ret,
                           uint32_t *weights_ret);

/* The integer (sign-extended) or the double of a key, as bits; not for I128. */
static inline uint64_t weir_bits_of_key(enum weir_kind kind, uint64_t key) {
    const uint64_t top = UINT64_C(1) << 63;
    switch (kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: return key ^ top;
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return key ^ (key & top ? top : UINT64_MAX);
    default: return key;
    }
}

/* Below zero when a goes before b; two values of one kind, not NaN. */
int weir_numbers_order(const struct weir_value *a, const struct weir_value *b);

/* The key of a value that is not NaN. */
uint64_t weir_key_of_value(const struct weir_value *value);

/* The value of a key; I128: the least value that has it, marked `cut` when there are others. */
struct weir_value weir_value_of_key(enum weir_kind kind, uint64_t key);

/* I128: the greatest value that has the key. */
struct weir_i128 weir_wide_of_key_high(uint64_t key);

#endif
