#include "stats/moments.h"

#include "base/banned.h"

/*
 * Numerics notes. Two sets of moments are merged by the formulas of Chan, Golub and LeVeque (order
 * 2) and Pebay (orders 3 and 4), with nA / n and nB / n as factors so that no count is cubed:
 *
 *   M2 = M2A + M2B + d^2 nA fB
 *   M3 = M3A + M3B + d^3 nA fB (fA - fB) + 3 d (fA M2B - fB M2A)
 *   M4 = M4A + M4B + d^4 nA fB (fA^2 - fA fB + fB^2) + 6 d^2 (fA^2 M2B + fB^2 M2A)
 *        + 4 d (fA M3B - fB M3A)
 *
 * d = meanB - meanA is where digits would be lost (1e9 + N(0, 1) has 2^-23 of its mean in the
 * spread of the block means): means are carried as two doubles, so d keeps all of them. Merging
 * as a balanced tree makes the error grow with the logarithm of the number of blocks.
 */

#define LARGE 0x1p900

struct weir_twofold weir_twofold_ratio(struct weir_twofold a, struct weir_twofold b) {
    const double first = a.high / b.high;
    struct weir_twofold back = weir_twofold_multiply(b, (struct weir_twofold){-first, 0});
    const struct weir_twofold rest = weir_twofold_add(a, back);
    return weir_twofold_sum(first, rest.high / b.high);
}

struct weir_twofold weir_twofold_divide(struct weir_twofold a, double n) {
    WEIR_ASSERT(n > 0);
    double unit = __builtin_fabs(a.high) < LARGE ? 1.0 : 0x1p-100;
    double high = a.high * unit;
    double low = a.low * unit;
    double first = high / n;
    struct weir_twofold back = weir_twofold_product(first, n);
    double second = (((high - back.high) - back.low) + low) / n;
    struct weir_twofold quotient = weir_twofold_sum(first, second);
    return (struct weir_twofold){quotient.high / unit, quotient.low / unit};
}

/* 2^exponent inside the normal range. */
static double power_of_two(int64_t exponent) {
    WEIR_ASSERT(exponent >= -1022 && exponent <= 1023);
    return weir_double_of_bits((uint64_t)(exponent + 1023) << 52);
}

double weir_double_scale(double x, int64_t exponent) {
    int64_t left = exponent < -5000 ? -5000 : exponent > 5000 ? 5000 : exponent;
    while (left > 1000) {
        x *= 0x1p1000;
        left -= 1000;
    }
    while (left < -1000) {
        x *= 0x1p-1000;
        left += 1000;
    }
    return x * power_of_two(left);
}

int64_t weir_double_extreme_exponent(double x, int64_t unit) {
    int64_t exponent = (int64_t)((weir_bits_of_double(x) >> 52) & 2047) - 1023 + unit;
    if (exponent >= -200 && exponent <= 200) {
        return 0;
    }
    return exponent < -1000 ? -1000 : exponent > 1000 ? 1000 : exponent;
}

void weir_moments_shift(struct weir_moments *moments, double delta,
                        const struct weir_number_powers *powers) {
    WEIR_ASSERT(moments->count > 0);
    double total = (double)moments->count * delta;
    double second = powers->second.high;
    double third = powers->third;
    double m2 = (second - total * delta) + powers->second.low;
    double m4 = powers->fourth - delta * (4 * third - delta * (6 * second - 3 * total * delta));
    bool spread = m2 > 0;
    moments->m2 = spread ? m2 : 0;
    moments->m3 = spread ? third - delta * (3 * second - 2 * total * delta) : 0;
    moments->m4 = spread && m4 > 0 ? m4 : 0;
}

/*
 * Means are held as they are, but times 2^TINY_SHIFT where the spread is tiny: a mean of
 * subnormals would lose its fraction. A mean of no spread is a value and needs no fraction.
 */
#define TINY_SHIFT 600
#define TINY_SCALE (-700)
#define TINY_MEAN 0x1p-400

static bool is_tiny(int64_t scale) {
    return scale < TINY_SCALE;
}

/* The mean times 2^-unit. */
static struct weir_twofold mean_in(const struct weir_moments *moments, int64_t unit) {
    const int64_t shift = is_tiny(moments->scale) ? -TINY_SHIFT - unit : -unit;
    const struct weir_twofold mean = {moments->mean_high, moments->mean_low};
    return shift == 0 ? mean
                      : (struct weir_twofold){weir_double_scale(mean.high, shift),
                                              weir_double_scale(mean.low, shift)};
}

struct weir_twofold weir_moments_mean(const struct weir_moments *moments) {
    return mean_in(moments, 0);
}

void weir_moments_set_mean(struct weir_moments *moments, struct weir_twofold mean, int64_t unit) {
    const int64_t shift = is_tiny(moments->scale) ? unit + TINY_SHIFT : unit;
    moments->mean_high = shift == 0 ? mean.high : weir_double_scale(mean.high, shift);
    moments->mean_low = shift == 0 ? mean.low : weir_double_scale(mean.low, shift);
}

/* What to count two means in. Those close to the end of the range are made smaller: their
 * difference may overflow. */
static int64_t unit_of(const struct weir_moments *a, const struct weir_moments *b) {
    const bool tiny_a = is_tiny(a->scale) || __builtin_fabs(a->mean_high) < TINY_MEAN;
    const bool tiny_b = is_tiny(b->scale) || __builtin_fabs(b->mean_high) < TINY_MEAN;
    if (tiny_a && tiny_b) {
        return -TINY_SHIFT;
    }
    const bool large_a = __builtin_fabs(a->mean_high) > LARGE;
    const bool large_b = __builtin_fabs(b->mean_high) > LARGE;
    return large_a || large_b ? 8 : 0;
}

/* The scale in which none of the terms of a merge leaves the range: the largest that is in use. */
static int64_t common_scale(const struct weir_moments *a, const struct weir_moments *b,
                            double difference, int64_t unit) {
    bool known = false;
    int64_t scale = 0;
    if (a->m2 > 0) {
        scale = a->scale;
        known = true;
    }
    if (b->m2 > 0 && (!known || b->scale > scale)) {
        scale = b->scale;
        known = true;
    }
    if (difference < 0 || difference > 0) {
        const int64_t wanted = weir_double_extreme_exponent(difference, unit);
        scale = !known || wanted > scale ? wanted : scale;
    }
    return scale;
}

struct weir_moments weir_moments_merge(const struct weir_moments *a, const struct weir_moments *b) {
    if (a->count == 0 || b->count == 0) {
        return a->count == 0 ? *b : *a;
    }
    const int64_t unit = unit_of(a, b);
    struct weir_twofold mean = mean_in(a, unit);
    struct weir_twofold minus = {-mean.high, -mean.low};
    struct weir_twofold d2 = weir_twofold_add(mean_in(b, unit), minus);

    uint64_t count = 0;
    bool fits = weir_add_u64(a->count, b->count, &count);
    WEIR_ASSERT(fits);
    double na = (double)a->count;
    double fa = na / (double)count;
    double fb = (double)b->count / (double)count;
    double fd = a->count > b->count ? (double)(a->count - b->count) / (double)count
                                    : -((double)(b->count - a->count) / (double)count);
    mean = weir_twofold_add(mean, (struct weir_twofold){d2.high * fb, d2.low * fb});

    int64_t scale = common_scale(a, b, d2.high, unit);
    double d = scale == unit ? d2.high : weir_double_scale(d2.high, unit - scale);
    double m[2][3] = {{a->m2, a->m3, a->m4}, {b->m2, b->m3, b->m4}};
    for (int64_t k = 0; k < 3; k++) {
        m[0][k] =
            a->scale == scale ? m[0][k] : weir_double_scale(m[0][k], (k + 2) * (a->scale - scale));
        m[1][k] =
            b->scale == scale ? m[1][k] : weir_double_scale(m[1][k], (k + 2) * (b->scale - scale));
    }
    double between = d * d * na * fb;
    struct weir_moments merged = {.count = count, .scale = scale};
    weir_moments_set_mean(&merged, mean, unit);
    merged.m2 = m[0][0] + m[1][0] + between;
    merged.m3 = m[0][1] + m[1][1] + between * d * fd + 3 * d * (fa * m[1][0] - fb * m[0][0]);
    merged.m4 = m[0][2] + m[1][2] + between * d * d * (fa * fa - fa * fb + fb * fb) +
                6 * d * d * (fa * fa * m[1][0] + fb * fb * m[0][0]) +
                4 * d * (fa * m[1][1] - fb * m[0][1]);
    return merged;
}

void weir_moments_push(struct weir_moments tree[WEIR_NUMBERS_LEVELS], uint64_t *blocks,
                       const struct weir_moments *block) {
    WEIR_ASSERT(*blocks < UINT64_MAX);
    struct weir_moments carried = *block;
    uint32_t level = 0;
    while ((*blocks >> level) & 1) {
        carried = weir_moments_merge(&tree[level], &carried);
        memset(&tree[level], 0, sizeof tree[level]);
        level++;
    }
    tree[level] = carried;
    *blocks += 1;
}

static struct weir_moments moved(const struct weir_moments *moments, struct weir_twofold distance) {
    struct weir_moments other = *moments;
    if (other.count > 0 && distance.high != 0) {
        const struct weir_twofold mean = {other.mean_high, other.mean_low};
        const struct weir_twofold sum = weir_twofold_add(mean, distance);
        other.mean_high = sum.high;
        other.mean_low = sum.low;
    }
    return other;
}

void weir_moments_append(struct weir_moments tree[WEIR_NUMBERS_LEVELS], uint64_t *blocks,
                         const struct weir_moments other[WEIR_NUMBERS_LEVELS],
                         uint64_t other_blocks, struct weir_twofold distance) {
    struct weir_moments carried = {0};
    bool carries = false;
    for (uint32_t level = 0; level < WEIR_NUMBERS_LEVELS; level++) {
        struct weir_moments terms[3];
        uint32_t count = 0;
        if ((*blocks >> level & 1) != 0) {
            terms[count++] = tree[level];
        }
        if ((other_blocks >> level & 1) != 0) {
            terms[count++] = moved(&other[level], distance);
        }
        if (carries) {
            terms[count++] = carried;
        }
        memset(&tree[level], 0, sizeof tree[level]);
        if (count % 2 == 1) {
            tree[level] = terms[count - 1];
        }
        carries = count >= 2;
        if (carries) {
            carried = weir_moments_merge(&terms[0], &terms[1]);
        }
    }
    WEIR_ASSERT(!carries);
    *blocks += other_blocks;
}

struct weir_moments weir_moments_fold(const struct weir_moments tree[WEIR_NUMBERS_LEVELS],
                                      uint64_t blocks) {
    struct weir_moments total = {0};
    for (uint32_t level = 0; level < WEIR_NUMBERS_LEVELS; level++) {
        if ((blocks >> level) & 1) {
            total = weir_moments_merge(&tree[level], &total);
        }
    }
    return total;
}
