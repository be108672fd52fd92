#include "stats/numbers_block.h"

#include "stats/moments.h"

#include "base/banned.h"

/*
 * Numerics notes. Floats take a plain path first, which assumes that all is finite and of ordinary
 * size. A value that is not finite, or a sum out of range, makes the compensation term NaN, so one
 * look at the sum tells. Such a block, and one with weights, takes the careful path: classes are
 * counted, what is not finite is masked, and values are scaled by a power of two when the largest
 * lies outside 2^-200 .. 2^200, so that fourth powers stay in range. Which path is taken depends on
 * the values alone, so it is the same on every instruction set.
 */

static double least_real(const struct weir_number_lanes *lanes) {
    double least = lanes->min[0];
    for (uint32_t i = 1; i < WEIR_NUMBER_LANES; i++) {
        least = lanes->min[i] < least ? lanes->min[i] : least;
    }
    return least + 0.0; /* -0 becomes +0 */
}

static double most_real(const struct weir_number_lanes *lanes) {
    double most = lanes->max[0];
    for (uint32_t i = 1; i < WEIR_NUMBER_LANES; i++) {
        most = lanes->max[i] > most ? lanes->max[i] : most;
    }
    return most + 0.0;
}

static void extremes_of_reals(struct weir_numbers *numbers, double least, double most) {
    WEIR_ASSERT(least <= most);
    struct weir_value *min = &numbers->min;
    struct weir_value *max = &numbers->max;
    min->f64 = !numbers->has_extremes || least < min->f64 ? least : min->f64;
    max->f64 = !numbers->has_extremes || most > max->f64 ? most : max->f64;
    numbers->has_extremes = min->present = max->present = true;
}

void weir_numbers_add_sum(struct weir_numbers *numbers, double high, double low) {
    struct weir_twofold sum = {numbers->sum_high, numbers->sum_low};
    sum = weir_twofold_add(sum, (struct weir_twofold){high, low});
    bool good = __builtin_isfinite(numbers->sum_high) && __builtin_isfinite(sum.high) &&
                __builtin_isfinite(sum.low);
    numbers->sum_high = good ? sum.high : (double)__builtin_inff();
    numbers->sum_low = good ? sum.low : 0;
}

static bool ordinary(double least, double most) {
    double bound = 0x1p200;
    return least >= -bound && most <= bound && (least == most || most - least >= 0x1p-200);
}

/* Second pass and push, for a block with at least one finite value; span.factor is 2^-scale. */
static void finish_reals(struct weir_numbers *numbers, struct weir_number_block *block,
                         enum weir_number_kernel kernel, struct weir_moments *moments, double least,
                         double most) {
    struct weir_twofold sum = weir_number_reduce(block->lanes.sum, block->lanes.error);
    weir_numbers_add_sum(numbers, weir_double_scale(sum.high, moments->scale),
                         weir_double_scale(sum.low, moments->scale));
    struct weir_twofold mean = weir_twofold_divide(sum, (double)moments->count);
    double low_bound = least * block->span.factor;
    double high_bound = most * block->span.factor;
    if (mean.high < low_bound || mean.high > high_bound || least == most) {
        mean.high = mean.high > low_bound ? high_bound : low_bound;
        mean.low = 0;
    }
    if (least < most) {
        block->span.center = mean.high;
        weir_number_run(block, kernel);
        const struct weir_number_powers powers = weir_number_powers(&block->lanes);
        weir_moments_shift(moments, mean.low, &powers);
    }
    weir_moments_set_mean(moments, mean, moments->scale);
}

/* Returns false, and leaves the numbers as they were, when the block needs the careful path. */
static bool plain_reals(struct weir_numbers *numbers, struct weir_number_block *block) {
    const uint32_t count = block->span.count;
    weir_number_lanes_begin(&block->lanes);
    weir_number_run(block, WEIR_NUMBER_SUM);
    struct weir_twofold sum = weir_number_reduce(block->lanes.sum, block->lanes.error);
    double least = least_real(&block->lanes);
    double most = most_real(&block->lanes);
    if (!__builtin_isfinite(sum.high) || !__builtin_isfinite(sum.low) || !ordinary(least, most)) {
        return false;
    }
    struct weir_moments moments = {.count = count};
    finish_reals(numbers, block, WEIR_NUMBER_POWERS_OF, &moments, least, most);
    weir_moments_push(numbers->tree, &numbers->blocks, &moments);
    numbers->count += count;
    extremes_of_reals(numbers, least, most);
    if (most < 0) {
        numbers->negatives += count;
    } else if (least <= 0) {
        weir_number_run(block, WEIR_NUMBER_SIGNS);
        numbers->zeros += weir_number_total(block->lanes.zeros);
        numbers->negatives += weir_number_total(block->lanes.negatives);
    }
    return true;
}

static void careful_reals(struct weir_numbers *numbers, struct weir_number_block *block) {
    struct weir_number_lanes *lanes = &block->lanes;
    weir_number_lanes_begin(lanes);
    weir_number_run(block, WEIR_NUMBER_CLASSES);
    struct weir_moments moments = {.count = weir_number_total(lanes->finites)};
    uint64_t present =
        block->span.weights == NULL ? block->span.count : weir_number_total(lanes->present);
    uint64_t nans = weir_number_total(lanes->nans);
    WEIR_ASSERT(present >= moments.count + nans);
    uint64_t infs = present - moments.count - nans;
    if (infs > 0) {
        weir_number_run(block, WEIR_NUMBER_INFINITIES);
    }
    uint64_t pos_infs = weir_number_total(lanes->pos_infs);
    uint64_t neg_infs = infs - pos_infs;
    numbers->count += present;
    numbers->nans += nans;
    numbers->pos_infs += pos_infs;
    numbers->neg_infs += neg_infs;
    numbers->zeros += weir_number_total(lanes->zeros);
    numbers->negatives += weir_number_total(lanes->negatives);

    double least = least_real(lanes);
    double most = most_real(lanes);
    if (moments.count > 0) {
        if (!ordinary(least, most)) {
            double size = most > -least ? most : -least;
            moments.scale = weir_double_extreme_exponent(size, 0);
        }
        block->span.factor = weir_double_scale(1.0, -moments.scale);
        weir_number_run(block, WEIR_NUMBER_CAREFUL_SUM);
        finish_reals(numbers, block, WEIR_NUMBER_CAREFUL_POWERS, &moments, least, most);
    }
    weir_moments_push(numbers->tree, &numbers->blocks, &moments);
    if (present > nans) {
        double infinity = (double)__builtin_inff();
        double low = neg_infs > 0 ? -infinity : moments.count > 0 ? least : infinity;
        double high = pos_infs > 0 ? infinity : moments.count > 0 ? most : -infinity;
        extremes_of_reals(numbers, low, high);
    }
}

void weir_numbers_add_floats(struct weir_numbers *numbers, struct weir_number_block *block) {
    /* A column that has had values without a place in sums is likely to have more. For a block
     * without any, both paths give the same bits. */
    bool careful =
        block->span.weights != NULL || numbers->nans + numbers->pos_infs + numbers->neg_infs > 0;
    if (careful || !plain_reals(numbers, block)) {
        careful_reals(numbers, block);
    }
}
