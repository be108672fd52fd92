#include "stats/numbers_powers.h"

#include "base/banned.h"

/*
 * Numerics notes. The sum of floats is compensated: TwoSum (Knuth) keeps what each addition
 * rounds off, so a block's sum is good to about twice the working precision.
 *
 * A weighted product weight * value is split in three: parts of 21 bits of the value, times 32 bits
 * of weight, are exact. The third part is so small that it goes to the error terms.
 */

INLINE reals load_real(const uint8_t *at, enum weir_kind kind) {
    return kind == WEIR_KIND_F64 ? load_f64(at) : load_f32(at);
}

BODY(float_sum) {
    REALS_IN(sum, sum);
    REALS_IN(error, error);
    REALS_IN(min, min);
    REALS_IN(max, max);
    (void)option;
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        two_sum(&sum[j], &error[j], x);
        min[j] = real_min(min[j], x);
        max[j] = real_max(max[j], x);
    }
    REALS_OUT(sum, sum);
    REALS_OUT(error, error);
    REALS_OUT(min, min);
    REALS_OUT(max, max);
}

INLINE reals difference(const struct weir_number_span *span, enum weir_kind kind, enum how how,
                        uint32_t first, reals *weighted_ret) {
    reals x = load_real(AT(kind), kind);
    if (how == PLAIN) {
        return *weighted_ret = real_sub(x, real_set(span->center));
    }
    mask here = real_finite(x);
    reals d = real_sub(real_mul(x, real_set(span->factor)), real_set(span->center));
    reals weighted = d;
    if (how == WEIGHTED_CAREFUL) {
        words weight = load_weight(span->weights, first);
        here = mask_and(here, word_less(word_set(0), weight));
        weighted = real_mul(real_of_small(weight), d);
    }
    *weighted_ret = real_keep(here, weighted);
    return real_keep(here, d);
}

BODY(float_powers) {
    (void)option;
    sum_powers(span, lanes, kind, PLAIN, steps, groups);
}

BODY(float_signs) {
    WORDS_IN(zeros, zeros);
    WORDS_IN(negatives, negatives);
    words one = word_set(1);
    (void)option;
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        count_if(&zeros[j], real_equal(x, real_set(0)), one);
        count_if(&negatives[j], real_less(x, real_set(0)), one);
    }
    WORDS_OUT(zeros, zeros);
    WORDS_OUT(negatives, negatives);
}

/* `option`: with weights. */
BODY(float_classes) {
    WORDS_IN(present, present);
    WORDS_IN(finites, finites);
    WORDS_IN(nans, nans);
    WORDS_IN(zeros, zeros);
    WORDS_IN(negatives, negatives);
    REALS_IN(min, min);
    REALS_IN(max, max);
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        words weight = option ? load_weight(span->weights, first) : word_set(1);
        mask here = real_finite(x);
        present[j] = option ? word_add(present[j], weight) : present[j];
        count_if(&finites[j], here, weight);
        count_if(&nans[j], real_nan(x), weight);
        count_if(&zeros[j], real_equal(x, real_set(0)), weight);
        count_if(&negatives[j], real_less(x, real_set(0)), weight);
        here = option ? mask_and(here, word_less(word_set(0), weight)) : here;
        min[j] = real_min_if(min[j], here, x);
        max[j] = real_max_if(max[j], here, x);
    }
    WORDS_OUT(present, present);
    WORDS_OUT(finites, finites);
    WORDS_OUT(nans, nans);
    WORDS_OUT(zeros, zeros);
    WORDS_OUT(negatives, negatives);
    REALS_OUT(min, min);
    REALS_OUT(max, max);
}

/* `option`: with weights. */
BODY(float_infinities) {
    WORDS_IN(pos_infs, pos_infs);
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        words weight = option ? load_weight(span->weights, first) : word_set(1);
        count_if(&pos_infs[j], real_less(real_set(REAL_MAX), x), weight);
    }
    WORDS_OUT(pos_infs, pos_infs);
}

/* `option`: with weights. */
BODY(float_careful_sum) {
    REALS_IN(sum, sum);
    REALS_IN(error, error);
    reals factor = real_set(span->factor);
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        x = real_keep(real_finite(x), real_mul(x, factor));
        if (option) {
            reals weight = real_of_small(load_weight(span->weights, first));
            for (uint32_t part = 0; part < 2; part++) {
                reals head = real_head(x);
                two_sum(&sum[j], &error[j], real_mul(weight, head));
                x = real_sub(x, head);
            }
            error[j] = real_add(error[j], real_mul(weight, x));
        } else {
            two_sum(&sum[j], &error[j], x);
        }
    }
    REALS_OUT(sum, sum);
    REALS_OUT(error, error);
}

/* `option`: with weights. */
BODY(float_careful_powers) {
    sum_powers(span, lanes, kind, option ? WEIGHTED_CAREFUL : CAREFUL, steps, groups);
}

#define KERNELS(suffix, kind)                                                                      \
    KERNEL(sum_##suffix, float_sum, kind, false)                                                   \
    KERNEL(powers_##suffix, float_powers, kind, false)                                             \
    KERNEL(signs_##suffix, float_signs, kind, false)                                               \
    KERNEL_MAYBE_WEIGHTED(classes_##suffix, float_classes, kind)                                   \
    KERNEL_MAYBE_WEIGHTED(infinities_##suffix, float_infinities, kind)                             \
    KERNEL_MAYBE_WEIGHTED(careful_sum_##suffix, float_careful_sum, kind)                           \
    KERNEL_MAYBE_WEIGHTED(careful_powers_##suffix, float_careful_powers, kind)

KERNELS(f32, WEIR_KIND_F32)
KERNELS(f64, WEIR_KIND_F64)

#define KINDS(name)                                                                                \
    { [WEIR_KIND_F32] = name##_f32, [WEIR_KIND_F64] = name##_f64 }

const struct weir_number_table NAMED(weir_number_floats_, WEIR_ISA_NAME) = {{
    [WEIR_NUMBER_SUM] = KINDS(sum),
    [WEIR_NUMBER_POWERS_OF] = KINDS(powers),
    [WEIR_NUMBER_SIGNS] = KINDS(signs),
    [WEIR_NUMBER_CLASSES] = KINDS(classes),
    [WEIR_NUMBER_INFINITIES] = KINDS(infinities),
    [WEIR_NUMBER_CAREFUL_SUM] = KINDS(careful_sum),
    [WEIR_NUMBER_CAREFUL_POWERS] = KINDS(careful_powers),
}};
