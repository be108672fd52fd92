#include "stats/numbers_block.h"

#include "base/bits.h"
#include "stats/limbs.h"
#include "stats/moments.h"

#include "base/banned.h"

/*
 * Numerics notes. As for 64-bit integers: the sum is exact, the center is the block's mean rounded
 * to the nearest integer, and powers are those of the exact difference to it, rounded to double
 * once. Two 128-bit integers can be 2^128 - 1 apart, so a difference is a sign and 128 bits. One
 * scalar path serves every instruction set (the kind is rare); values are dealt to eight lanes all
 * the same, as short sums round less. Fourth powers with their weights stay below 2^560.
 */

#define WIDE_BYTES 16u

static weir_int128 wide_at(const uint8_t *values, uint32_t at) {
    const uint8_t *from = values + (size_t)at * WIDE_BYTES;
    return (weir_int128)((weir_uint128)weir_load_u64(from + 8) << 64 | weir_load_u64(from));
}

/* What the first pass finds. */
struct wide_sums {
    uint64_t count;
    uint64_t zeros;
    uint64_t negatives;
    weir_int128 least;
    weir_int128 most;
    struct weir_i256 sum;
};

static struct wide_sums sums_of_wides(const uint8_t *values, const uint32_t *weights,
                                      uint32_t count) {
    struct wide_sums sums = {0};
    /* The high halves are signed, the low ones are not: no sum passes 64 + 32 + 12 bits. */
    weir_int128 high = 0;
    weir_uint128 low = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t weight = weights == NULL ? 1 : weights[i];
        if (weight == 0) {
            continue;
        }
        const weir_int128 value = wide_at(values, i);
        high += (weir_int128)(int64_t)(uint64_t)((weir_uint128)value >> 64) * weight;
        low += (weir_uint128)(uint64_t)value * weight;
        sums.zeros += value == 0 ? weight : 0;
        sums.negatives += value < 0 ? weight : 0;
        sums.least = sums.count == 0 || value < sums.least ? value : sums.least;
        sums.most = sums.count == 0 || value > sums.most ? value : sums.most;
        sums.count += weight;
    }
    const struct weir_i256 highs = weir_i256_of(high);
    const struct weir_i256 lows = weir_i256_of((weir_int128)low);
    sums.sum = (struct weir_i256){{0, highs.limbs[0], highs.limbs[1], highs.limbs[2]}};
    weir_i256_add(&sums.sum, &lows);
    return sums;
}

static void extremes_of_wides(struct weir_numbers *numbers, const struct wide_sums *sums) {
    struct weir_value *min = &numbers->min;
    struct weir_value *max = &numbers->max;
    if (!numbers->has_extremes || sums->least < weir_int128_of(min->i128)) {
        min->i128 = weir_i128_of(sums->least);
    }
    if (!numbers->has_extremes || sums->most > weir_int128_of(max->i128)) {
        max->i128 = weir_i128_of(sums->most);
    }
    numbers->has_extremes = min->present = max->present = true;
}

/* The mean, rounded to the nearest integer; *rest_ret is what is left of it. */
static weir_int128 center_of(const struct wide_sums *sums, double *rest_ret) {
    uint64_t size[4];
    const bool negative = weir_i256_size(&sums->sum, size);
    const uint64_t rest = weir_limbs_divide(size, 4, sums->count);
    const bool up = rest >= sums->count - rest;
    double left = (double)(up ? sums->count - rest : rest) / (double)sums->count;
    WEIR_ASSERT((size[2] | size[3]) == 0);
    const weir_uint128 center = ((weir_uint128)size[1] << 64 | size[0]) + up;
    *rest_ret = up != negative ? -left : left;
    return (weir_int128)(negative ? (weir_uint128)0 - center : center);
}

/* a - b: returns whether it is below zero. */
static bool wide_difference(weir_int128 a, weir_int128 b, weir_uint128 *size_ret) {
    const weir_uint128 difference = (weir_uint128)a - (weir_uint128)b;
    *size_ret = a < b ? (weir_uint128)0 - difference : difference;
    return a < b;
}

/* a - b to 106 bits. */
static struct weir_twofold twofold_difference(weir_int128 a, weir_int128 b) {
    weir_uint128 size = 0;
    const bool negative = wide_difference(a, b, &size);
    const struct weir_twofold value = weir_twofold_of_u128(size);
    return negative ? (struct weir_twofold){-value.high, -value.low} : value;
}

static void powers_of_wides(const uint8_t *values, const uint32_t *weights, uint32_t count,
                            weir_int128 center, struct weir_number_lanes *lanes) {
    for (uint32_t i = 0; i < count; i++) {
        weir_uint128 size = 0;
        const bool negative = wide_difference(wide_at(values, i), center, &size);
        const double d = negative ? -(double)size : (double)size;
        const double square = d * (weights == NULL ? d : (double)weights[i] * d);
        const uint32_t lane = i % WEIR_NUMBER_LANES;
        const struct weir_twofold squares = weir_twofold_sum(lanes->powers[0][lane], square);
        lanes->powers[0][lane] = squares.high;
        lanes->square_errors[lane] += squares.low;
        lanes->powers[1][lane] += d * square;
        lanes->powers[2][lane] += d * (d * square);
    }
}

void weir_numbers_add_wides(struct weir_numbers *numbers, const uint8_t *values,
                            const uint32_t *weights, uint32_t count) {
    const struct wide_sums sums = sums_of_wides(values, weights, count);
    struct weir_moments moments = {.count = sums.count};
    if (sums.count == 0) {
        weir_moments_push(numbers->tree, &numbers->blocks, &moments);
        return;
    }
    numbers->count += sums.count;
    numbers->zeros += sums.zeros;
    numbers->negatives += sums.negatives;
    extremes_of_wides(numbers, &sums);
    weir_i256_add(&numbers->sum, &sums.sum);
    double delta = 0;
    const weir_int128 center = center_of(&sums, &delta);
    WEIR_ASSERT(center >= sums.least && center <= sums.most);
    if (!numbers->has_shift) {
        numbers->has_shift = true;
        numbers->shift = weir_i128_of(center);
    }
    if (sums.least < sums.most) {
        struct weir_number_lanes lanes;
        weir_number_lanes_begin(&lanes);
        powers_of_wides(values, weights, count, center, &lanes);
        const struct weir_number_powers powers = weir_number_powers(&lanes);
        weir_moments_shift(&moments, delta, &powers);
    }
    const struct weir_twofold distance = twofold_difference(center, weir_int128_of(numbers->shift));
    const struct weir_twofold mean = weir_twofold_add(distance, (struct weir_twofold){delta, 0});
    moments.mean_high = mean.high;
    moments.mean_low = mean.low;
    weir_moments_push(numbers->tree, &numbers->blocks, &moments);
}
