#include "stats/limbs.h"

#include "base/bits.h"

#include "base/banned.h"

/* Numerics notes. Everything is exact up to one rounding, to the nearest double, ties to even; the
 * results below the normal range are rounded once too. */

#define DOUBLE_BITS 53
#define EXPONENT_LEAST (-1074) /* of the last bit of the smallest double */

void weir_limbs_add(uint64_t *to, uint32_t count, weir_uint128 term, uint32_t shift) {
    const uint32_t bits = shift % 64;
    uint32_t at = shift / 64;
    /* Three limbs of the term, and the carry on. */
    weir_uint128 high = bits == 0 ? 0 : (term >> 64) >> (64 - bits);
    const weir_uint128 parts[3] = {(uint64_t)(term << bits), (uint64_t)((term << bits) >> 64),
                                   high};
    uint64_t carry = 0;
    for (uint32_t i = 0; i < 3 || carry != 0; i++, at++) {
        const weir_uint128 part = i < 3 ? parts[i] : 0;
        if (at >= count) {
            WEIR_ASSERT(part + carry == 0);
            continue;
        }
        weir_uint128 sum = part + to[at] + carry;
        to[at] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
}

bool weir_limbs_subtract(uint64_t *from, const uint64_t *what, uint32_t count) {
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < count; i++) {
        weir_uint128 limb = (weir_uint128)from[i] - what[i] - borrow;
        from[i] = (uint64_t)limb;
        borrow = (uint64_t)(limb >> 64) & 1u;
    }
    return borrow != 0;
}

void weir_limbs_product(weir_uint128 a, weir_uint128 b, uint64_t product_ret[4]) {
    const uint64_t left[2] = {(uint64_t)a, (uint64_t)(a >> 64)};
    const uint64_t right[2] = {(uint64_t)b, (uint64_t)(b >> 64)};
    memset(product_ret, 0, 4 * sizeof *product_ret);
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < 2; j++) {
            weir_uint128 sum = (weir_uint128)left[i] * right[j] + product_ret[i + j] + carry;
            product_ret[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product_ret[i + 2] = carry;
    }
}

uint64_t weir_limbs_divide(uint64_t *limbs, uint32_t count, uint64_t divisor) {
    WEIR_ASSERT(divisor > 0);
    uint64_t rest = 0;
    for (uint32_t i = count; i > 0; i--) {
        weir_uint128 part = (weir_uint128)rest << 64 | limbs[i - 1];
        limbs[i - 1] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    return rest;
}

uint32_t weir_limbs_bits(const uint64_t *limbs, uint32_t count) {
    while (count > 0 && limbs[count - 1] == 0) {
        count--;
    }
    return count == 0 ? 0 : 64 * (count - 1) + weir_bit_width(limbs[count - 1]);
}

struct weir_twofold weir_limbs_to_twofold(const uint64_t *limbs, uint32_t count, int64_t exponent) {
    const uint32_t bits = weir_limbs_bits(limbs, count);
    if (bits == 0) {
        return (struct weir_twofold){0, 0};
    }
    /* The highest three limbs, as one number that starts at the first bit. */
    const uint32_t top = (bits - 1) / 64;
    const uint32_t shift = 63 - (bits - 1) % 64;
    const uint64_t second = top > 0 ? limbs[top - 1] : 0;
    const uint64_t third = top > 1 ? limbs[top - 2] : 0;
    const weir_uint128 parts = (weir_uint128)limbs[top] << 64 | second;
    weir_uint128 highest = parts << shift;
    highest |= shift == 0 ? 0 : third >> (64 - shift);
    const struct weir_twofold value = weir_twofold_of_u128(highest);
    exponent += (int64_t)bits - 128;
    return (struct weir_twofold){weir_double_scale(value.high, exponent),
                                 weir_double_scale(value.low, exponent)};
}

/* The highest 64 bits; *lost_ret says whether anything is below them. */
static uint64_t highest_bits(const uint64_t *limbs, uint32_t top, bool *lost_ret) {
    uint32_t shift = (uint32_t)__builtin_clzll(limbs[top]);
    uint64_t bits = limbs[top] << shift;
    bool lost = false;
    if (top > 0) {
        bits |= shift == 0 ? 0 : limbs[top - 1] >> (64 - shift);
        lost = limbs[top - 1] << shift != 0;
    }
    for (uint32_t i = 0; i + 1 < top; i++) {
        lost |= limbs[i] != 0;
    }
    *lost_ret = lost;
    return bits;
}

double weir_limbs_to_double(const uint64_t *limbs, uint32_t count, bool more, int64_t exponent) {
    const uint32_t bits_all = weir_limbs_bits(limbs, count);
    if (bits_all == 0) {
        WEIR_ASSERT(!more || exponent < EXPONENT_LEAST);
        return 0;
    }
    const uint32_t top = (bits_all - 1) / 64;
    bool lost = false;
    uint64_t bits = highest_bits(limbs, top, &lost);
    WEIR_ASSERT(!more || bits_all > 54 || exponent < EXPONENT_LEAST);
    lost |= more;
    exponent += (int64_t)bits_all - 64;
    /* The number is (bits + something below 1, if `lost`) * 2^exponent. */
    int64_t drop = 64 - DOUBLE_BITS;
    if (exponent + drop < EXPONENT_LEAST) {
        drop = EXPONENT_LEAST - exponent;
    }
    if (drop > 64) {
        return 0;
    }
    uint64_t kept = drop == 64 ? 0 : bits >> drop;
    uint64_t rest = drop == 64 ? bits : bits & ((UINT64_C(1) << drop) - 1);
    const uint64_t half = UINT64_C(1) << (drop - 1);
    kept += rest > half || (rest == half && (lost || (kept & 1) != 0));
    return weir_double_scale((double)kept, exponent + drop);
}

void weir_i256_add(struct weir_i256 *sum, const struct weir_i256 *value) {
    uint64_t carry = 0;
    for (uint32_t i = 0; i < 4; i++) {
        weir_uint128 limb = (weir_uint128)sum->limbs[i] + value->limbs[i] + carry;
        sum->limbs[i] = (uint64_t)limb;
        carry = (uint64_t)(limb >> 64);
    }
}

bool weir_i256_size(const struct weir_i256 *value, uint64_t size_ret[4]) {
    const bool negative = value->limbs[3] >> 63 != 0;
    memcpy(size_ret, value->limbs, sizeof value->limbs);
    if (negative) {
        memset(size_ret, 0, sizeof value->limbs);
        (void)weir_limbs_subtract(size_ret, value->limbs, 4);
    }
    return negative;
}

double weir_i256_to_double(const struct weir_i256 *value) {
    uint64_t size[4];
    const bool negative = weir_i256_size(value, size);
    const double nearest = weir_limbs_to_double(size, 4, false, 0);
    return negative ? -nearest : nearest;
}

double weir_i256_mean(const struct weir_i256 *sum, uint64_t count) {
    /* Two limbs more, so that the quotient has at least 64 bits. */
    uint64_t size[6] = {0};
    const bool negative = weir_i256_size(sum, size + 2);
    const bool more = weir_limbs_divide(size, 6, count) != 0;
    const double nearest = weir_limbs_to_double(size, 6, more, -128);
    return negative ? -nearest : nearest;
}
