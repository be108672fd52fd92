/* Unevaluated sums of two doubles, and the binary counter over the moments of blocks. */
#ifndef WEIR_STATS_MOMENTS_H
#define WEIR_STATS_MOMENTS_H

#include "base/bits.h"
#include "stats/numbers.h"
#include "stats/numbers_i128.h"

/* high + low, with |low| at most half a unit in the last place of high. */
struct weir_twofold {
    double high;
    double low;
};

/* a + b without loss (Knuth). */
static inline struct weir_twofold weir_twofold_sum(double a, double b) {
    double high = a + b;
    double part = high - a;
    return (struct weir_twofold){high, (a - (high - part)) + (b - part)};
}

static inline struct weir_twofold weir_twofold_add(struct weir_twofold a, struct weir_twofold b) {
    struct weir_twofold highs = weir_twofold_sum(a.high, b.high);
    struct weir_twofold lows = weir_twofold_sum(a.low, b.low);
    struct weir_twofold first = weir_twofold_sum(highs.high, highs.low + lows.high);
    return weir_twofold_sum(first.high, first.low + lows.low);
}

static inline struct weir_twofold weir_twofold_of_u64(uint64_t value) {
    return weir_twofold_sum((double)(value >> 32) * 0x1p32, (double)(uint32_t)value);
}

static inline struct weir_twofold weir_twofold_of_u128(weir_uint128 value) {
    const struct weir_twofold high = weir_twofold_of_u64((uint64_t)(value >> 64));
    const struct weir_twofold scaled = {high.high * 0x1p64, high.low * 0x1p64};
    return weir_twofold_add(scaled, weir_twofold_of_u64((uint64_t)value));
}

#define WEIR_SPLITTER 0x1.0000002p27 /* 2^27 + 1: Veltkamp's split of 53 bits into 26 and 27 */

/* a * b without loss (Dekker), for factors well inside the range. */
static inline struct weir_twofold weir_twofold_product(double a, double b) {
    double high = a * b;
    double split_a = WEIR_SPLITTER * a;
    double split_b = WEIR_SPLITTER * b;
    double a1 = split_a - (split_a - a);
    double b1 = split_b - (split_b - b);
    double a2 = a - a1;
    double b2 = b - b1;
    return (struct weir_twofold){high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
}

/* a * b to about 100 bits, likewise. */
static inline struct weir_twofold weir_twofold_multiply(struct weir_twofold a,
                                                        struct weir_twofold b) {
    struct weir_twofold product = weir_twofold_product(a.high, b.high);
    product.low += a.high * b.low + a.low * b.high;
    return weir_twofold_sum(product.high, product.low);
}

/* a / b, likewise. */
struct weir_twofold weir_twofold_ratio(struct weir_twofold a, struct weir_twofold b);

/* a / n for 0 < n < 2^53 (beyond, n is rounded). */
struct weir_twofold weir_twofold_divide(struct weir_twofold a, double n);

/* x * 2^exponent; overflow gives an infinity, underflow rounds. */
double weir_double_scale(double x, int64_t exponent);

/* Of v = x * 2^unit: 0 for 2^-200 <= |v| < 2^201, else the binary exponent of v, kept within
 * -1000 .. 1000. */
int64_t weir_double_extreme_exponent(double x, int64_t unit);

/* The mean, and how it is set: to mean * 2^unit. Depends on the scale, which must be there. */
struct weir_twofold weir_moments_mean(const struct weir_moments *moments);
void weir_moments_set_mean(struct weir_moments *moments, struct weir_twofold mean, int64_t unit);

/* Sums of powers of differences. */
struct weir_number_powers {
    struct weir_twofold second;
    double third;
    double fourth;
};

/* Moments of a block from the sums of (x - center)^k, the mean being center + delta. */
void weir_moments_shift(struct weir_moments *moments, double delta,
                        const struct weir_number_powers *powers);

/* Appends the moments of the next block; `blocks` counts them. */
void weir_moments_push(struct weir_moments tree[WEIR_NUMBERS_LEVELS], uint64_t *blocks,
                       const struct weir_moments *block);

/*
 * Appends the blocks of another tree as binary numbers are added, so that blocks of like sizes
 * meet; the other's means move up by `distance`. Where the blocks so far are a multiple of 2^level
 * and there are at most 2^level more, that is what pushing them one by one makes.
 */
void weir_moments_append(struct weir_moments tree[WEIR_NUMBERS_LEVELS], uint64_t *blocks,
                         const struct weir_moments other[WEIR_NUMBERS_LEVELS],
                         uint64_t other_blocks, struct weir_twofold distance);

/* The moments of all blocks. */
struct weir_moments weir_moments_fold(const struct weir_moments tree[WEIR_NUMBERS_LEVELS],
                                      uint64_t blocks);

#endif
