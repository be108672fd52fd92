#include "stats/numbers_block.h"

#include "stats/limbs.h"
#include "stats/moments.h"

#include "base/banned.h"

/*
 * Numerics notes. x - center is exact in 64 bits unless the block spans more than 2^63; then half
 * the difference is used, which loses one unit next to a spread of at least 2^57.
 */

#define TOP_BIT (UINT64_C(1) << 63)

static int64_t least_whole(const struct weir_number_lanes *lanes) {
    int64_t least = (int64_t)lanes->least[0];
    for (uint32_t i = 1; i < WEIR_NUMBER_LANES; i++) {
        least = (int64_t)lanes->least[i] < least ? (int64_t)lanes->least[i] : least;
    }
    return least;
}

static int64_t most_whole(const struct weir_number_lanes *lanes) {
    int64_t most = (int64_t)lanes->most[0];
    for (uint32_t i = 1; i < WEIR_NUMBER_LANES; i++) {
        most = (int64_t)lanes->most[i] > most ? (int64_t)lanes->most[i] : most;
    }
    return most;
}

/* The value of an ordered integer. */
static uint64_t bits_of_ordered(enum weir_kind kind, int64_t ordered) {
    return kind == WEIR_KIND_U64 ? (uint64_t)ordered ^ TOP_BIT : (uint64_t)ordered;
}

static void extremes_of_wholes(struct weir_numbers *numbers, int64_t least, int64_t most) {
    WEIR_ASSERT(least <= most);
    enum weir_kind kind = numbers->kind;
    struct weir_value *min = &numbers->min;
    struct weir_value *max = &numbers->max;
    if (!numbers->has_extremes || least < (int64_t)bits_of_ordered(kind, min->i64)) {
        min->u64 = bits_of_ordered(kind, least);
    }
    if (!numbers->has_extremes || most > (int64_t)bits_of_ordered(kind, max->i64)) {
        max->u64 = bits_of_ordered(kind, most);
    }
    numbers->has_extremes = min->present = max->present = true;
}

/* Zeros and negatives of a block without weights: mostly the extremes tell. */
static void signs_of_wholes(struct weir_numbers *numbers, struct weir_number_block *block,
                            int64_t least, int64_t most) {
    const enum weir_kind kind = block->kind;
    const int64_t zero = kind == WEIR_KIND_U64 ? INT64_MIN : 0;
    if (least > zero) {
        return;
    }
    if (most < zero) {
        numbers->negatives += block->span.count;
        return;
    }
    weir_number_run(block, WEIR_NUMBER_SIGNS);
    numbers->zeros += weir_number_total(block->lanes.zeros);
    numbers->negatives += weir_number_total(block->lanes.negatives);
}

/* Sum of the ordered integers. */
static weir_int128 sum_of_wholes(const struct weir_number_block *block, uint64_t count) {
    const struct weir_number_lanes *lanes = &block->lanes;
    weir_int128 moved = (weir_int128)count << 63;
    if (block->span.weights != NULL) {
        weir_uint128 middle =
            (weir_uint128)weir_number_total(lanes->parts[1]) + weir_number_total(lanes->parts[2]);
        weir_uint128 sum = (weir_uint128)weir_number_total(lanes->parts[0]) + (middle << 32) +
                           ((weir_uint128)weir_number_total(lanes->parts[3]) << 64);
        return (weir_int128)sum - moved;
    }
    uint64_t low = weir_number_total(lanes->low);
    if (block->kind == WEIR_KIND_I32 || block->kind == WEIR_KIND_U32) {
        return (int64_t)low;
    }
    /* The high halves are known exactly, the whole sum modulo 2^64: that gives the low halves. */
    uint64_t high = weir_number_total(lanes->high);
    uint64_t low_halves = low + (count << 63) - (high << 32);
    WEIR_ASSERT(low_halves < UINT64_C(1) << 44);
    return (weir_int128)(((weir_uint128)high << 32) + low_halves) - moved;
}

/* Second pass: powers about the center, which is delta below the mean. */
static void powers_of_wholes(struct weir_number_block *block, struct weir_moments *moments,
                             double delta, bool wide) {
    const bool weighted = block->span.weights != NULL;
    if (!wide) {
        weir_number_run(block, weighted ? WEIR_NUMBER_WEIGHTED_POWERS : WEIR_NUMBER_POWERS_OF);
        const struct weir_number_powers powers = weir_number_powers(&block->lanes);
        weir_moments_shift(moments, delta, &powers);
        return;
    }
    weir_number_run(block, weighted ? WEIR_NUMBER_WEIGHTED_WIDE : WEIR_NUMBER_POWERS_WIDE);
    const struct weir_number_powers powers = weir_number_powers(&block->lanes);
    weir_moments_shift(moments, delta / 2, &powers);
    moments->m2 *= 4;
    moments->m3 *= 8;
    moments->m4 *= 16;
}

static void moments_of_wholes(struct weir_numbers *numbers, struct weir_number_block *block,
                              uint64_t count, weir_int128 sum, int64_t least, int64_t most) {
    struct weir_moments moments = {.count = count};
    /* The mean, rounded to the nearest integer, and what is left of it. */
    weir_int128 center = sum / (weir_int128)count;
    weir_int128 rest = sum - center * (weir_int128)count;
    weir_int128 twice = 2 * rest;
    int32_t step = twice >= (weir_int128)count ? 1 : twice <= -(weir_int128)count ? -1 : 0;
    center += step;
    rest -= step * (weir_int128)count;
    WEIR_ASSERT(center >= least && center <= most);
    double delta = (double)rest / (double)count;
    if (!numbers->has_shift) {
        numbers->has_shift = true;
        numbers->shift = weir_i128_of(center);
    }
    if (least < most) {
        block->span.center_whole = (uint64_t)(int64_t)center;
        bool wide = (uint64_t)most - (uint64_t)least > INT64_MAX;
        powers_of_wholes(block, &moments, delta, wide);
    }
    weir_int128 distance = center - weir_int128_of(numbers->shift);
    double high = (double)distance;
    double low = (double)(distance - (weir_int128)high);
    struct weir_twofold mean =
        weir_twofold_add((struct weir_twofold){high, low}, (struct weir_twofold){delta, 0});
    moments.mean_high = mean.high;
    moments.mean_low = mean.low;
    weir_moments_push(numbers->tree, &numbers->blocks, &moments);
}

void weir_numbers_add_integers(struct weir_numbers *numbers, struct weir_number_block *block) {
    const bool weighted = block->span.weights != NULL;
    weir_number_lanes_begin(&block->lanes);
    weir_number_run(block, weighted ? WEIR_NUMBER_WEIGHTED_SUM : WEIR_NUMBER_SUM);
    uint64_t count = weighted ? weir_number_total(block->lanes.present) : block->span.count;
    if (count == 0) {
        struct weir_moments none = {0};
        weir_moments_push(numbers->tree, &numbers->blocks, &none);
        return;
    }
    numbers->count += count;
    int64_t least = least_whole(&block->lanes);
    int64_t most = most_whole(&block->lanes);
    extremes_of_wholes(numbers, least, most);
    if (weighted) {
        numbers->zeros += weir_number_total(block->lanes.zeros);
        numbers->negatives += weir_number_total(block->lanes.negatives);
    } else {
        signs_of_wholes(numbers, block, least, most);
    }
    weir_int128 sum = sum_of_wholes(block, count);
    weir_int128 moved = block->kind == WEIR_KIND_U64 ? (weir_int128)count << 63 : 0;
    struct weir_i256 whole = weir_i256_of(sum + moved);
    weir_i256_add(&numbers->sum, &whole);
    moments_of_wholes(numbers, block, count, sum, least, most);
}
