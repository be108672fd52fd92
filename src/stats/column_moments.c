#include "base/bits.h"
#include "stats/column_walk.h"
#include "stats/limbs.h"
#include "stats/moments.h"

#include "base/banned.h"

/*
 * Numerics notes. While a column's values are counted exactly, its moments are taken from these
 * counts: they depend on nothing but the values, not on blocks, chunks or weights. Every value is a
 * whole number times 2^base, so with n values and their sum S the differences n x - S are whole too
 * and are computed without any rounding (at most 35 limbs, for doubles of all sizes). Only their
 * powers are rounded: to about 100 bits as unevaluated sums of two doubles, in ascending order of
 * the values, scaled so that the largest difference is close to 1. The factor n of the differences
 * cancels in skewness and kurtosis. Sum and mean of floats are correctly rounded; the others are
 * within 4 units in the last place (kurtosis: of kurtosis + 3).
 */

#define LIMBS_MAX 36u

/* (negative ? -size : size) * 2^exponent */
struct exact_value {
    weir_uint128 size;
    int32_t exponent;
    bool negative;
};

static void exact_of_whole(weir_int128 whole, struct exact_value *ret) {
    ret->exponent = 0;
    ret->negative = whole < 0;
    ret->size = whole < 0 ? (weir_uint128)0 - (weir_uint128)whole : (weir_uint128)whole;
}

/* Returns false for infinities. Trailing zeros move into the exponent. */
static bool exact_of_real(uint64_t bits, struct exact_value *ret) {
    const int32_t exponent = (int32_t)(bits >> 52 & 2047);
    uint64_t size = bits & ((UINT64_C(1) << 52) - 1);
    size |= exponent > 0 ? UINT64_C(1) << 52 : 0;
    const int32_t zeros = size == 0 ? 0 : __builtin_ctzll(size);
    ret->size = size >> zeros;
    ret->exponent = size == 0 ? 0 : (exponent > 0 ? exponent : 1) - 1075 + zeros;
    ret->negative = bits >> 63 != 0;
    return exponent != 2047;
}

static bool exact_of(const struct weir_column *column, uint64_t key, struct exact_value *ret) {
    switch (column->kind) {
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return exact_of_real(weir_bits_of_key(column->kind, key), ret);
    case WEIR_KIND_I128: {
        const struct weir_value value = weir_column_walk_value(column, key);
        exact_of_whole(weir_int128_of(value.i128), ret);
        return true;
    }
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: exact_of_whole((weir_int128)key, ret); return true;
    default: exact_of_whole((int64_t)weir_bits_of_key(column->kind, key), ret); return true;
    }
}

static int32_t top_of(const struct exact_value *value) {
    const uint64_t high = (uint64_t)(value->size >> 64);
    const uint32_t bits =
        high != 0 ? 64 + weir_bit_width(high) : weir_bit_width((uint64_t)value->size);
    return value->exponent + (int32_t)bits;
}

/* What all passes need. Limbs count 2^base; numbers below zero are in two's complement. */
struct exact_sums {
    uint64_t n; /* finite values */
    int32_t base;
    uint32_t limbs;
    bool narrow; /* two limbs will do, and are reckoned with as one number */
    uint64_t sum[LIMBS_MAX];
    struct exact_value first; /* of the finite values, in ascending order */
    struct exact_value last;
};

/* to += value * times, without the sign. */
static void add_product(const struct exact_sums *sums, uint64_t *to,
                        const struct exact_value *value, uint64_t times) {
    if (value->size == 0) {
        return;
    }
    const uint32_t shift = (uint32_t)(value->exponent - sums->base);
    const uint64_t high = (uint64_t)(value->size >> 64);
    weir_limbs_add(to, sums->limbs, (weir_uint128)(uint64_t)value->size * times, shift);
    if (high != 0) {
        weir_limbs_add(to, sums->limbs, (weir_uint128)high * times, shift + 64);
    }
}

/* A value in units of 2^base, where numbers are narrow. */
static weir_uint128 narrow_of(const struct exact_sums *sums, const struct exact_value *value) {
    const weir_uint128 size =
        value->size == 0 ? 0 : value->size << (uint32_t)(value->exponent - sums->base);
    return value->negative ? 0 - size : size;
}

/* Finds how much room the numbers need, then their sum. */
static void add_up(struct weir_column_walk *walk, struct exact_sums *sums) {
    struct exact_value value;
    uint64_t key = 0;
    uint64_t count = 0;
    int32_t base = INT32_MAX;
    int32_t top = INT32_MIN;
    memset(sums, 0, sizeof *sums);
    weir_column_walk_begin(walk, walk->column);
    while (weir_column_walk_next(walk, &key, &count)) {
        if (exact_of(walk->column, key, &value)) {
            sums->first = sums->n == 0 ? value : sums->first;
            sums->last = value;
            sums->n += count;
            base = value.size != 0 && value.exponent < base ? value.exponent : base;
            top = value.size != 0 && top_of(&value) > top ? top_of(&value) : top;
        }
    }
    /* Times n, twice that for a difference, and the sign. */
    sums->base = base <= top ? base : 0;
    sums->limbs = base <= top ? ((uint32_t)(top - base) + 64 + 2 + 63) / 64 + 1 : 1;
    sums->narrow = base <= top && (uint32_t)(top - base) + weir_bit_width(sums->n) + 2 <= 128;
    sums->limbs = sums->narrow ? 2 : sums->limbs;
    WEIR_ASSERT(sums->limbs <= LIMBS_MAX);
    uint64_t below[LIMBS_MAX] = {0};
    weir_uint128 narrow = 0;
    weir_column_walk_begin(walk, walk->column);
    while (weir_column_walk_next(walk, &key, &count)) {
        if (!exact_of(walk->column, key, &value)) {
            continue;
        }
        if (sums->narrow) {
            narrow += narrow_of(sums, &value) * count;
        } else {
            add_product(sums, value.negative ? below : sums->sum, &value, count);
        }
    }
    if (sums->narrow) {
        sums->sum[0] = (uint64_t)narrow;
        sums->sum[1] = (uint64_t)(narrow >> 64);
    } else {
        (void)weir_limbs_subtract(sums->sum, below, sums->limbs);
    }
}

/* The magnitude of n * value - sum; returns whether it is below zero. */
static bool difference_of(const struct exact_sums *sums, const struct exact_value *value,
                          uint64_t size_ret[LIMBS_MAX]) {
    if (sums->narrow) {
        const weir_uint128 sum = (weir_uint128)sums->sum[1] << 64 | sums->sum[0];
        weir_uint128 size = narrow_of(sums, value) * sums->n - sum;
        const bool negative = size >> 127 != 0;
        size = negative ? 0 - size : size;
        size_ret[0] = (uint64_t)size;
        size_ret[1] = (uint64_t)(size >> 64);
        return negative;
    }
    const size_t bytes = sums->limbs * sizeof *size_ret;
    uint64_t other[LIMBS_MAX];
    memset(other, 0, bytes);
    memset(size_ret, 0, bytes);
    add_product(sums, value->negative ? other : size_ret, value, sums->n);
    (void)weir_limbs_subtract(size_ret, other, sums->limbs);
    (void)weir_limbs_subtract(size_ret, sums->sum, sums->limbs);
    if (size_ret[sums->limbs - 1] >> 63 == 0) {
        return false;
    }
    memcpy(other, size_ret, bytes);
    memset(size_ret, 0, bytes);
    (void)weir_limbs_subtract(size_ret, other, sums->limbs);
    return true;
}

/* Differences that are taken to their powers side by side: one would wait for itself. */
#define ABREAST 4u

/* Sums of powers of the differences, times 2^-scale each. */
struct exact_powers {
    int64_t scale;
    struct weir_twofold sums[3]; /* of the 2nd, 3rd and 4th */
    double high[ABREAST];        /* differences that wait */
    double low[ABREAST];
    uint64_t counts[ABREAST];
    uint32_t waiting;
};

static void add_waiting(struct exact_powers *powers) {
    struct weir_twofold power[ABREAST];
    for (uint32_t i = 0; i < ABREAST; i++) {
        const struct weir_twofold d = {powers->high[i], powers->low[i]};
        power[i] = weir_twofold_multiply(d, weir_twofold_of_u64(powers->counts[i]));
    }
    for (uint32_t k = 0; k < 3; k++) {
        for (uint32_t i = 0; i < ABREAST; i++) {
            const struct weir_twofold d = {powers->high[i], powers->low[i]};
            power[i] = weir_twofold_multiply(power[i], d);
        }
        for (uint32_t i = 0; i < powers->waiting; i++) {
            powers->sums[k] = weir_twofold_add(powers->sums[k], power[i]);
        }
    }
    powers->waiting = 0;
}

static void add_powers(struct exact_powers *powers, const uint64_t *size, uint32_t limbs,
                       bool negative, uint64_t count) {
    const struct weir_twofold d = weir_limbs_to_twofold(size, limbs, -powers->scale);
    const uint32_t i = powers->waiting++;
    powers->high[i] = negative ? -d.high : d.high;
    powers->low[i] = negative ? -d.low : d.low;
    powers->counts[i] = count;
    if (powers->waiting == ABREAST) {
        add_waiting(powers);
    }
}

static void sum_powers(struct weir_column_walk *walk, const struct exact_sums *sums,
                       struct exact_powers *powers) {
    uint64_t size[LIMBS_MAX];
    struct exact_value value;
    uint64_t key = 0;
    uint64_t count = 0;
    memset(powers, 0, sizeof *powers);
    /* No value is farther from the mean than the first or the last. */
    (void)difference_of(sums, &sums->first, size);
    const uint32_t first_bits = weir_limbs_bits(size, sums->limbs);
    (void)difference_of(sums, &sums->last, size);
    const uint32_t last_bits = weir_limbs_bits(size, sums->limbs);
    powers->scale = first_bits > last_bits ? first_bits : last_bits;
    weir_column_walk_begin(walk, walk->column);
    while (weir_column_walk_next(walk, &key, &count)) {
        if (exact_of(walk->column, key, &value)) {
            const bool negative = difference_of(sums, &value, size);
            add_powers(powers, size, sums->limbs, negative, count);
        }
    }
    add_waiting(powers);
}

/* Sum and mean of floats, correctly rounded. */
static void fill_sums(const struct exact_sums *sums, struct weir_result *result) {
    uint64_t size[LIMBS_MAX + 2] = {0};
    uint64_t *whole = size + 2;
    const bool negative = sums->sum[sums->limbs - 1] >> 63 != 0;
    memcpy(whole, sums->sum, sums->limbs * sizeof *whole);
    if (negative) {
        memset(whole, 0, sums->limbs * sizeof *whole);
        (void)weir_limbs_subtract(whole, sums->sum, sums->limbs);
    }
    const double sum = weir_limbs_to_double(whole, sums->limbs, false, sums->base);
    result->sum = negative ? -sum : sum;
    if (sums->n > 0) {
        const bool more = weir_limbs_divide(size, sums->limbs + 2, sums->n) != 0;
        const double mean = weir_limbs_to_double(size, sums->limbs + 2, more, sums->base - 128);
        result->mean = negative ? -mean : mean;
    }
}

static void fill_shape(const struct exact_sums *sums, const struct exact_powers *powers,
                       struct weir_result *result) {
    const double n = (double)sums->n;
    const struct weir_twofold second = weir_twofold_divide(powers->sums[0], n);
    if (sums->n > 1) {
        /* The differences carry a factor n. */
        struct weir_twofold variance = weir_twofold_divide(powers->sums[0], (double)(sums->n - 1));
        variance = weir_twofold_divide(weir_twofold_divide(variance, n), n);
        const int64_t exponent = powers->scale + sums->base;
        result->variance = weir_double_scale(variance.high, 2 * exponent);
        result->std = weir_double_scale(__builtin_sqrt(variance.high), exponent);
    }
    if (second.high > 0) {
        const struct weir_twofold third = weir_twofold_divide(powers->sums[1], n);
        const struct weir_twofold fourth = weir_twofold_divide(powers->sums[2], n);
        const struct weir_twofold ratio =
            weir_twofold_ratio(fourth, weir_twofold_multiply(second, second));
        const struct weir_twofold excess = weir_twofold_add(ratio, (struct weir_twofold){-3, 0});
        result->skewness = third.high / (second.high * __builtin_sqrt(second.high));
        result->kurtosis = excess.high + excess.low;
    }
}

void weir_column_exact_moments(const struct weir_column *column, struct weir_result *result) {
    struct weir_column_walk walk = {.column = column};
    struct exact_sums sums;
    struct exact_powers powers;
    WEIR_ASSERT(!column->spilled);
    add_up(&walk, &sums);
    WEIR_ASSERT(sums.n == result->count - result->nans - result->pos_infs - result->neg_infs);
    if (!result->sum_exact) {
        fill_sums(&sums, result);
    }
    if (sums.n > 0) {
        sum_powers(&walk, &sums, &powers);
        fill_shape(&sums, &powers, result);
    }
}
