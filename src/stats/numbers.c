#include "stats/numbers.h"

#include "stats/limbs.h"
#include "stats/moments.h"

#include "base/banned.h"

/*
 * Numerics notes. Means come from the sums, which are exact for integers and carried in two
 * doubles for floats; the tree of moments gives them only when a sum of floats left the range.
 * With S_k = M_k / n: skewness g1 = S3 / S2^1.5, excess kurtosis g2 = S4 / S2^2 - 3; both are free
 * of the moments' scale. Booleans are 0 and 1: with t ones and f zeros M2 = t f / n,
 * g1 = (f - t) / sqrt(t f) and g2 = n^2 / (t f) - 6.
 */

static double not_a_number(void) {
    return (double)__builtin_nanf("");
}

void weir_numbers_begin(struct weir_numbers *numbers, enum weir_kind kind) {
    WEIR_ASSERT(numbers != NULL);
    WEIR_ASSERT(kind <= WEIR_KIND_I128);
    memset(numbers, 0, sizeof *numbers);
    numbers->kind = kind;
    numbers->min.kind = kind;
    numbers->max.kind = kind;
}

void weir_numbers_add_bools(struct weir_numbers *numbers, uint64_t trues, uint64_t falses) {
    WEIR_ASSERT(numbers->kind == WEIR_KIND_BOOL);
    if (trues == 0 && falses == 0) {
        return;
    }
    numbers->count += trues + falses;
    numbers->zeros += falses;
    const struct weir_i256 sum = weir_i256_of((weir_int128)trues);
    weir_i256_add(&numbers->sum, &sum);
    bool any_true = numbers->sum.limbs[0] > 0;
    numbers->has_extremes = numbers->min.present = numbers->max.present = true;
    numbers->min.i64 = numbers->zeros > 0 ? 0 : 1;
    numbers->max.i64 = any_true ? 1 : 0;
}

static void bool_moments(const struct weir_numbers *numbers, struct weir_result *result) {
    double ones = (double)numbers->sum.limbs[0];
    double zeros = (double)numbers->zeros;
    double n = (double)numbers->count;
    double product = ones * zeros;
    if (numbers->count > 1) {
        result->variance = product / n / (n - 1);
        result->std = __builtin_sqrt(result->variance);
    }
    if (product > 0) {
        result->skewness = (zeros - ones) / __builtin_sqrt(product);
        result->kurtosis = n * (n / product) - 6;
    }
}

static void central_moments(const struct weir_moments *moments, struct weir_result *result) {
    double n = (double)moments->count;
    if (moments->count > 1) {
        double variance = moments->m2 / (n - 1);
        result->variance = weir_double_scale(variance, 2 * moments->scale);
        result->std = weir_double_scale(__builtin_sqrt(variance), moments->scale);
    }
    if (moments->m2 > 0) {
        double s2 = moments->m2 / n;
        result->skewness = moments->m3 / n / (s2 * __builtin_sqrt(s2));
        result->kurtosis = moments->m4 / n / (s2 * s2) - 3;
    }
}

static void float_sums(const struct weir_numbers *numbers, const struct weir_moments *moments,
                       struct weir_result *result) {
    struct weir_twofold sum = {numbers->sum_high, numbers->sum_low};
    double n = (double)moments->count;
    if (__builtin_isfinite(sum.high)) {
        result->sum = sum.high + sum.low;
        result->mean = moments->count == 0 ? result->mean : weir_twofold_divide(sum, n).high;
    } else {
        WEIR_ASSERT(moments->count > 0);
        const struct weir_twofold mean = weir_moments_mean(moments);
        result->sum = mean.high * n + mean.low * n;
        result->mean = mean.high + mean.low;
    }
}

void weir_numbers_result(const struct weir_numbers *numbers, struct weir_result *result_ret) {
    const enum weir_kind kind = numbers->kind;
    result_ret->count = numbers->count;
    result_ret->nans = numbers->nans;
    result_ret->pos_infs = numbers->pos_infs;
    result_ret->neg_infs = numbers->neg_infs;
    result_ret->zeros = numbers->zeros;
    result_ret->negatives = numbers->negatives;
    result_ret->min = numbers->min;
    result_ret->max = numbers->max;
    result_ret->has_moments = kind != WEIR_KIND_BYTES;
    result_ret->sum_exact = false;
    memset(&result_ret->sum_whole, 0, sizeof result_ret->sum_whole);
    result_ret->mean = not_a_number();
    result_ret->variance = not_a_number();
    result_ret->std = not_a_number();
    result_ret->skewness = not_a_number();
    result_ret->kurtosis = not_a_number();
    result_ret->sum = not_a_number();
    if (kind == WEIR_KIND_BYTES) {
        return;
    }
    struct weir_moments moments = weir_moments_fold(numbers->tree, numbers->blocks);
    if (kind == WEIR_KIND_BOOL) {
        bool_moments(numbers, result_ret);
    } else {
        central_moments(&moments, result_ret);
    }
    if (kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64) {
        float_sums(numbers, &moments, result_ret);
        return;
    }
    result_ret->sum_exact = true;
    result_ret->sum_whole = numbers->sum;
    result_ret->sum = weir_i256_to_double(&numbers->sum);
    if (numbers->count > 0) {
        result_ret->mean = weir_i256_mean(&numbers->sum, numbers->count);
    }
}
