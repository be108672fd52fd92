#include "stats/numbers.h"

#include "base/bits.h"
#include "stats/moments.h"
#include "stats/numbers_i128.h"
#include "stats/numbers_kernels.h"

#include "base/banned.h"

/*
 * Numerics notes. A block is read twice. The first pass gives the mean: exactly for integers, to
 * about 100 bits for floats. The second sums powers of the differences to that mean, rounded to
 * the nearest integer or double; the small rest (`delta`) is put right by the binomial formulas.
 *
 * Floats take a plain path first, which assumes that all is finite and of ordinary size. A value
 * that is not finite, or a sum out of range, makes the compensation term NaN, so one look at the
 * sum tells. Such a block, and one with weights, takes the careful path: classes are counted, what
 * is not finite is masked, and values are scaled by a power of two when the largest lies outside
 * 2^-200 .. 2^200, so that fourth powers stay in range. Which path is taken depends on the values
 * alone, so it is the same on every instruction set.
 *
 * Integers: x - center is exact in 64 bits unless the block spans more than 2^63; then half the
 * difference is used, which loses one unit next to a spread of at least 2^57.
 */

#define BLOCK_VALUES_MAX 4096u
#define TOP_BIT (UINT64_C(1) << 63)

struct block {
    const struct weir_number_table *table;
    enum weir_kind kind;
    struct weir_number_span span;
    struct weir_number_lanes lanes;
};

static const struct weir_number_table *table_of(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX512) {
        return &weir_number_table_avx512;
    }
    if (isa == WEIR_ISA_AVX2) {
        return &weir_number_table_avx2;
    }
#endif
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
    return &weir_number_table_scalar;
}

static size_t bytes_of(enum weir_kind kind) {
    bool wide = kind == WEIR_KIND_F64 || kind == WEIR_KIND_I64 || kind == WEIR_KIND_U64;
    return wide ? 8 : 4;
}

/* Whole groups of eight by the chosen table, the rest by the scalar one. */
static void run(struct block *block, enum weir_number_kernel kernel) {
    const uint32_t count = block->span.count;
    const uint32_t whole = count & ~7u;
    weir_number_function *function = block->table->run[kernel][block->kind];
    WEIR_ASSERT(function != NULL);
    struct weir_number_span span = block->span;
    if (whole > 0) {
        span.count = whole;
        function(&span, &block->lanes);
    }
    if (whole < count) {
        span.count = count - whole;
        span.values += whole * bytes_of(block->kind);
        span.weights = span.weights == NULL ? NULL : span.weights + whole;
        weir_number_table_scalar.run[kernel][block->kind](&span, &block->lanes);
    }
}

static void lanes_begin(struct weir_number_lanes *lanes) {
    memset(lanes, 0, sizeof *lanes);
    for (uint32_t i = 0; i < WEIR_NUMBER_LANES; i++) {
        lanes->min[i] = (double)__builtin_inff();
        lanes->max[i] = -(double)__builtin_inff();
        lanes->least[i] = INT64_MAX;
        lanes->most[i] = TOP_BIT;
    }
}

static uint64_t total_of(const uint64_t lanes[WEIR_NUMBER_LANES]) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < WEIR_NUMBER_LANES; i++) {
        total += lanes[i];
    }
    return total;
}

/* The fixed reduction: 8 lanes to 4, 2, 1. */
static double tree_of(const double lanes[WEIR_NUMBER_LANES]) {
    double four[4];
    for (uint32_t i = 0; i < 4; i++) {
        four[i] = lanes[i] + lanes[i + 4];
    }
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static struct weir_twofold sum_of(const struct weir_number_lanes *lanes) {
    double high[WEIR_NUMBER_LANES];
    double low[WEIR_NUMBER_LANES];
    memcpy(high, lanes->sum, sizeof high);
    memcpy(low, lanes->error, sizeof low);
    for (uint32_t width = 4; width > 0; width /= 2) {
        for (uint32_t i = 0; i < width; i++) {
            struct weir_twofold pair = weir_twofold_sum(high[i], high[i + width]);
            high[i] = pair.high;
            low[i] = (low[i] + low[i + width]) + pair.low;
        }
    }
    return weir_twofold_sum(high[0], low[0]);
}

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

static void take_powers(const struct weir_number_lanes *lanes, double powers[3]) {
    for (uint32_t k = 0; k < WEIR_NUMBER_POWERS; k++) {
        powers[k] = tree_of(lanes->powers[k]);
    }
}

/* --- Floats. ------------------------------------------------------------------------------- */

static void extremes_of_reals(struct weir_numbers *numbers, double least, double most) {
    WEIR_ASSERT(least <= most);
    struct weir_value *min = &numbers->min;
    struct weir_value *max = &numbers->max;
    min->f64 = !numbers->has_extremes || least < min->f64 ? least : min->f64;
    max->f64 = !numbers->has_extremes || most > max->f64 ? most : max->f64;
    numbers->has_extremes = min->present = max->present = true;
}

static void add_to_sum(struct weir_numbers *numbers, struct weir_twofold block, int64_t scale) {
    block.high = weir_double_scale(block.high, scale);
    block.low = weir_double_scale(block.low, scale);
    struct weir_twofold sum = {numbers->sum_high, numbers->sum_low};
    sum = weir_twofold_add(sum, block);
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
static void finish_reals(struct weir_numbers *numbers, struct block *block,
                         enum weir_number_kernel kernel, struct weir_moments *moments, double least,
                         double most) {
    struct weir_twofold sum = sum_of(&block->lanes);
    add_to_sum(numbers, sum, moments->scale);
    struct weir_twofold mean = weir_twofold_divide(sum, (double)moments->count);
    double low_bound = least * block->span.factor;
    double high_bound = most * block->span.factor;
    if (mean.high < low_bound || mean.high > high_bound || least == most) {
        mean.high = mean.high > low_bound ? high_bound : low_bound;
        mean.low = 0;
    }
    if (least < most) {
        double powers[3];
        block->span.center = mean.high;
        run(block, kernel);
        take_powers(&block->lanes, powers);
        weir_moments_shift(moments, mean.low, powers);
    }
    moments->mean_high = weir_double_scale(mean.high, moments->scale);
    moments->mean_low = weir_double_scale(mean.low, moments->scale);
}

/* Returns false, and leaves the numbers as they were, when the block needs the careful path. */
static bool plain_reals(struct weir_numbers *numbers, struct block *block) {
    const uint32_t count = block->span.count;
    lanes_begin(&block->lanes);
    run(block, WEIR_NUMBER_SUM);
    struct weir_twofold sum = sum_of(&block->lanes);
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
        run(block, WEIR_NUMBER_SIGNS);
        numbers->zeros += total_of(block->lanes.zeros);
        numbers->negatives += total_of(block->lanes.negatives);
    }
    return true;
}

static void careful_reals(struct weir_numbers *numbers, struct block *block) {
    struct weir_number_lanes *lanes = &block->lanes;
    lanes_begin(lanes);
    run(block, WEIR_NUMBER_CLASSES);
    struct weir_moments moments = {.count = total_of(lanes->finites)};
    uint64_t present = block->span.weights == NULL ? block->span.count : total_of(lanes->present);
    uint64_t nans = total_of(lanes->nans);
    WEIR_ASSERT(present >= moments.count + nans);
    uint64_t infs = present - moments.count - nans;
    if (infs > 0) {
        run(block, WEIR_NUMBER_INFINITIES);
    }
    uint64_t pos_infs = total_of(lanes->pos_infs);
    uint64_t neg_infs = infs - pos_infs;
    numbers->count += present;
    numbers->nans += nans;
    numbers->pos_infs += pos_infs;
    numbers->neg_infs += neg_infs;
    numbers->zeros += total_of(lanes->zeros);
    numbers->negatives += total_of(lanes->negatives);

    double least = least_real(lanes);
    double most = most_real(lanes);
    if (moments.count > 0) {
        if (!ordinary(least, most)) {
            double size = most > -least ? most : -least;
            moments.scale = weir_double_extreme_exponent(size);
        }
        block->span.factor = weir_double_scale(1.0, -moments.scale);
        run(block, WEIR_NUMBER_CAREFUL_SUM);
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

/* --- Integers. ----------------------------------------------------------------------------- */

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
static void signs_of_wholes(struct weir_numbers *numbers, struct block *block, int64_t least,
                            int64_t most) {
    const enum weir_kind kind = block->kind;
    const int64_t zero = kind == WEIR_KIND_U64 ? INT64_MIN : 0;
    if (least > zero) {
        return;
    }
    if (most < zero) {
        numbers->negatives += block->span.count;
        return;
    }
    run(block, WEIR_NUMBER_SIGNS);
    numbers->zeros += total_of(block->lanes.zeros);
    numbers->negatives += total_of(block->lanes.negatives);
}

/* Sum of the ordered integers. */
static weir_int128 sum_of_wholes(const struct block *block, uint64_t count) {
    const struct weir_number_lanes *lanes = &block->lanes;
    weir_int128 moved = (weir_int128)count << 63;
    if (block->span.weights != NULL) {
        weir_uint128 middle = (weir_uint128)total_of(lanes->parts[1]) + total_of(lanes->parts[2]);
        weir_uint128 sum = (weir_uint128)total_of(lanes->parts[0]) + (middle << 32) +
                           ((weir_uint128)total_of(lanes->parts[3]) << 64);
        return (weir_int128)sum - moved;
    }
    uint64_t low = total_of(lanes->low);
    if (bytes_of(block->kind) == 4) {
        return (int64_t)low;
    }
    /* The high halves are known exactly, the whole sum modulo 2^64: that gives the low halves. */
    uint64_t high = total_of(lanes->high);
    uint64_t low_halves = low + (count << 63) - (high << 32);
    WEIR_ASSERT(low_halves < UINT64_C(1) << 44);
    return (weir_int128)(((weir_uint128)high << 32) + low_halves) - moved;
}

/* Second pass: powers about the center, which is delta below the mean. */
static void powers_of_wholes(struct block *block, struct weir_moments *moments, double delta,
                             bool wide) {
    const bool weighted = block->span.weights != NULL;
    double powers[3];
    if (!wide) {
        run(block, weighted ? WEIR_NUMBER_WEIGHTED_POWERS : WEIR_NUMBER_POWERS_OF);
        take_powers(&block->lanes, powers);
        weir_moments_shift(moments, delta, powers);
        return;
    }
    run(block, weighted ? WEIR_NUMBER_WEIGHTED_WIDE : WEIR_NUMBER_POWERS_WIDE);
    take_powers(&block->lanes, powers);
    weir_moments_shift(moments, delta / 2, powers);
    moments->m2 *= 4;
    moments->m3 *= 8;
    moments->m4 *= 16;
}

static void moments_of_wholes(struct weir_numbers *numbers, struct block *block, uint64_t count,
                              weir_int128 sum, int64_t least, int64_t most) {
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
        numbers->shift = (uint64_t)(int64_t)center;
    }
    if (least < most) {
        block->span.center_whole = (uint64_t)(int64_t)center;
        bool wide = (uint64_t)most - (uint64_t)least > INT64_MAX;
        powers_of_wholes(block, &moments, delta, wide);
    }
    weir_int128 distance = center - (int64_t)numbers->shift;
    double high = (double)distance;
    double low = (double)(distance - (weir_int128)high);
    struct weir_twofold mean = weir_twofold_add((struct weir_twofold){high, low},
                                                (struct weir_twofold){delta, 0});
    moments.mean_high = mean.high;
    moments.mean_low = mean.low;
    weir_moments_push(numbers->tree, &numbers->blocks, &moments);
}

static void wholes(struct weir_numbers *numbers, struct block *block) {
    const bool weighted = block->span.weights != NULL;
    lanes_begin(&block->lanes);
    run(block, weighted ? WEIR_NUMBER_WEIGHTED_SUM : WEIR_NUMBER_SUM);
    uint64_t count = weighted ? total_of(block->lanes.present) : block->span.count;
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
        numbers->zeros += total_of(block->lanes.zeros);
        numbers->negatives += total_of(block->lanes.negatives);
    } else {
        signs_of_wholes(numbers, block, least, most);
    }
    weir_int128 sum = sum_of_wholes(block, count);
    weir_int128 moved = block->kind == WEIR_KIND_U64 ? (weir_int128)count << 63 : 0;
    weir_i128_add(&numbers->sum, sum + moved);
    moments_of_wholes(numbers, block, count, sum, least, most);
}

void weir_numbers_block(struct weir_numbers *numbers, enum weir_isa isa, const void *values,
                        const uint32_t *weights, uint32_t count) {
    const enum weir_kind kind = numbers->kind;
    WEIR_ASSERT(kind != WEIR_KIND_BOOL && kind != WEIR_KIND_BYTES);
    WEIR_ASSERT(count <= BLOCK_VALUES_MAX);
    if (count == 0) {
        return;
    }
    struct block block;
    block.table = table_of(isa);
    block.kind = kind;
    block.span = (struct weir_number_span){
        .values = values, .weights = weights, .count = count, .factor = 1.0};
    if (kind != WEIR_KIND_F32 && kind != WEIR_KIND_F64) {
        wholes(numbers, &block);
        return;
    }
    /* A column that has had values without a place in sums is likely to have more. For a block
     * without any, both paths give the same bits. */
    bool careful = weights != NULL || numbers->nans + numbers->pos_infs + numbers->neg_infs > 0;
    if (careful || !plain_reals(numbers, &block)) {
        careful_reals(numbers, &block);
    }
}
