/*
 * Whole numbers of a few 64-bit limbs, lowest first: exact sums, and the doubles nearest to what
 * is made of them.
 */
#ifndef WEIR_STATS_LIMBS_H
#define WEIR_STATS_LIMBS_H

#include "stats/moments.h"
#include "stats/numbers_i128.h"

/* --- Unsigned, of `count` limbs. ------------------------------------------------------------ */

/* to += term * 2^shift. The sum fits. */
void weir_limbs_add(uint64_t *to, uint32_t count, weir_uint128 term, uint32_t shift);

/* from -= what, modulo 2^(64 count). Returns whether it was too large. */
bool weir_limbs_subtract(uint64_t *from, const uint64_t *what, uint32_t count);

/* a * b in four limbs. */
void weir_limbs_product(weir_uint128 a, weir_uint128 b, uint64_t product_ret[4]);

/* Divides in place; returns the remainder. */
uint64_t weir_limbs_divide(uint64_t *limbs, uint32_t count, uint64_t divisor);

/*
 * The double nearest to (limbs + x) * 2^exponent; infinite when it is out of range. `more` says
 * whether x, at least 0 and below 1, is above 0; that needs limbs of 55 bits or more, or an
 * exponent below that of every double.
 */
double weir_limbs_to_double(const uint64_t *limbs, uint32_t count, bool more, int64_t exponent);

/* limbs * 2^exponent to about 100 bits, where that lies well inside the range of doubles. */
struct weir_twofold weir_limbs_to_twofold(const uint64_t *limbs, uint32_t count, int64_t exponent);

/* Bits that the number has: 0 for 0. */
uint32_t weir_limbs_bits(const uint64_t *limbs, uint32_t count);

/* --- 256 bits, two's complement. ------------------------------------------------------------ */

static inline struct weir_i256 weir_i256_of(weir_int128 value) {
    weir_uint128 bits = (weir_uint128)value;
    uint64_t sign = value < 0 ? UINT64_MAX : 0;
    return (struct weir_i256){{(uint64_t)bits, (uint64_t)(bits >> 64), sign, sign}};
}

/* The counts of a column stay below 2^63: a sum of 128-bit values has 191 bits. */
void weir_i256_add(struct weir_i256 *sum, const struct weir_i256 *value);

/* The magnitude; returns whether the value is below zero. */
bool weir_i256_size(const struct weir_i256 *value, uint64_t size_ret[4]);

/* The nearest double. */
double weir_i256_to_double(const struct weir_i256 *value);

/* The double nearest to sum / count. */
double weir_i256_mean(const struct weir_i256 *sum, uint64_t count);

#endif
