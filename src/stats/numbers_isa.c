#include "stats/numbers_kernels.h"
#include "stats/numbers_lanes.h"

#include "base/banned.h"

/*
 * Numerics notes. The sum of floats is compensated: TwoSum (Knuth) keeps what each addition
 * rounds off, so a block's sum is good to about twice the working precision. The second pass sums
 * plain powers of value - center; with the center at the rounded mean these are well conditioned,
 * and 512 additions a lane cost at most 9 bits, 3 in practice.
 *
 * A weighted product weight * value is split: the head of the value has 21 bits, times 32 bits of
 * weight is exact; the product with the tail may round, 2^-74 below.
 */

#define FLOAT_KIND(kind) ((kind) == WEIR_KIND_F32 || (kind) == WEIR_KIND_F64)
#define SIGNED_KIND(kind) ((kind) == WEIR_KIND_I32 || (kind) == WEIR_KIND_I64)
#define WIDE_KIND(kind) ((kind) == WEIR_KIND_I64 || (kind) == WEIR_KIND_U64)
#define BYTES_OF(kind) ((kind) == WEIR_KIND_F64 || WIDE_KIND(kind) ? 8u : 4u)

INLINE reals load_real(const uint8_t *at, enum weir_kind kind) {
    return kind == WEIR_KIND_F64 ? load_f64(at) : load_f32(at);
}

INLINE words load_word(const uint8_t *at, enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_I32: return load_i32(at);
    case WEIR_KIND_U32: return load_u32(at);
    case WEIR_KIND_U64: return word_xor(load_u64(at), word_set(TOP_BIT));
    default: return load_u64(at);
    }
}

INLINE words load_weight(const uint32_t *weights, uint32_t at) {
    return load_u32((const uint8_t *)(const void *)(weights + at));
}

INLINE void two_sum(reals *sum, reals *error, reals x) {
    reals total = real_add(*sum, x);
    reals part = real_sub(total, *sum);
    reals lost = real_add(real_sub(*sum, real_sub(total, part)), real_sub(x, part));
    *sum = total;
    *error = real_add(*error, lost);
}

INLINE void count_if(words *counter, mask m, words weight) {
    *counter = word_add_if(*counter, m, weight);
}

#define LANES_IN(type, name, from, field)                     \
    type name[STEPS];                                         \
    for (uint32_t lane = 0; lane < STEPS; lane++) {           \
        name[lane] = from(lanes->field + (size_t)lane * WIDTH); \
    }

#define LANES_OUT(name, to, field)                            \
    for (uint32_t lane = 0; lane < STEPS; lane++) {           \
        to(lanes->field + (size_t)lane * WIDTH, name[lane]);  \
    }

#define REALS_IN(name, field) LANES_IN(reals, name, real_from, field)
#define WORDS_IN(name, field) LANES_IN(words, name, word_from, field)
#define REALS_OUT(name, field) LANES_OUT(name, real_to, field)
#define WORDS_OUT(name, field) LANES_OUT(name, word_to, field)

/* `steps` registers of each of `groups` groups of eight; `first` is the index of a register's
 * first value. */
#define FOR_EACH_REGISTER                                                             \
    for (uint32_t group = 0; group < groups; group++)                                 \
        for (uint32_t j = 0, first = group * 8u; j < steps; j++, first += WIDTH)

#define AT(kind) (span->values + (size_t)first * BYTES_OF(kind))

#define BODY(name)                                                                    \
    INLINE void name(const struct weir_number_span *span, struct weir_number_lanes *lanes, \
                     const enum weir_kind kind, const bool option, const uint32_t steps, \
                     const uint32_t groups)

BODY(float_sum) {
    REALS_IN(sum, sum)
    REALS_IN(error, error)
    REALS_IN(min, min)
    REALS_IN(max, max)
    (void)option;
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        two_sum(&sum[j], &error[j], x);
        min[j] = real_min(min[j], x);
        max[j] = real_max(max[j], x);
    }
    REALS_OUT(sum, sum)
    REALS_OUT(error, error)
    REALS_OUT(min, min)
    REALS_OUT(max, max)
}

INLINE void add_powers(reals *second, reals *third, reals *fourth, reals d, reals weighted) {
    reals square = real_mul(d, weighted);
    reals cube = real_mul(d, square);
    *second = real_add(*second, square);
    *third = real_add(*third, cube);
    *fourth = real_add(*fourth, real_mul(d, cube));
}

BODY(float_powers) {
    REALS_IN(second, powers[0])
    REALS_IN(third, powers[1])
    REALS_IN(fourth, powers[2])
    reals center = real_set(span->center);
    (void)option;
    FOR_EACH_REGISTER {
        reals d = real_sub(load_real(AT(kind), kind), center);
        add_powers(&second[j], &third[j], &fourth[j], d, d);
    }
    REALS_OUT(second, powers[0])
    REALS_OUT(third, powers[1])
    REALS_OUT(fourth, powers[2])
}

BODY(signs) {
    WORDS_IN(zeros, zeros)
    WORDS_IN(negatives, negatives)
    words one = word_set(1);
    words zero = word_set(kind == WEIR_KIND_U64 ? TOP_BIT : 0);
    (void)option;
    FOR_EACH_REGISTER {
        if (FLOAT_KIND(kind)) {
            reals x = load_real(AT(kind), kind);
            count_if(&zeros[j], real_equal(x, real_set(0)), one);
            count_if(&negatives[j], real_less(x, real_set(0)), one);
        } else {
            words x = load_word(AT(kind), kind);
            count_if(&zeros[j], word_equal(x, zero), one);
            if (SIGNED_KIND(kind)) {
                count_if(&negatives[j], word_less(x, zero), one);
            }
        }
    }
    WORDS_OUT(zeros, zeros)
    WORDS_OUT(negatives, negatives)
}

/* `option`: with weights. */
BODY(float_classes) {
    WORDS_IN(present, present)
    WORDS_IN(finites, finites)
    WORDS_IN(nans, nans)
    WORDS_IN(zeros, zeros)
    WORDS_IN(negatives, negatives)
    REALS_IN(min, min)
    REALS_IN(max, max)
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
    WORDS_OUT(present, present)
    WORDS_OUT(finites, finites)
    WORDS_OUT(nans, nans)
    WORDS_OUT(zeros, zeros)
    WORDS_OUT(negatives, negatives)
    REALS_OUT(min, min)
    REALS_OUT(max, max)
}

/* `option`: with weights. */
BODY(float_infinities) {
    WORDS_IN(pos_infs, pos_infs)
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        words weight = option ? load_weight(span->weights, first) : word_set(1);
        count_if(&pos_infs[j], real_less(real_set(REAL_MAX), x), weight);
    }
    WORDS_OUT(pos_infs, pos_infs)
}

/* `option`: with weights. */
BODY(float_careful_sum) {
    REALS_IN(sum, sum)
    REALS_IN(error, error)
    reals factor = real_set(span->factor);
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        x = real_keep(real_finite(x), real_mul(x, factor));
        if (option) {
            reals weight = real_of_small(load_weight(span->weights, first));
            reals head = real_head(x);
            two_sum(&sum[j], &error[j], real_mul(weight, head));
            error[j] = real_add(error[j], real_mul(weight, real_sub(x, head)));
        } else {
            two_sum(&sum[j], &error[j], x);
        }
    }
    REALS_OUT(sum, sum)
    REALS_OUT(error, error)
}

/* `option`: with weights. */
BODY(float_careful_powers) {
    REALS_IN(second, powers[0])
    REALS_IN(third, powers[1])
    REALS_IN(fourth, powers[2])
    reals center = real_set(span->center);
    reals factor = real_set(span->factor);
    FOR_EACH_REGISTER {
        reals x = load_real(AT(kind), kind);
        mask here = real_finite(x);
        reals d = real_sub(real_mul(x, factor), center);
        reals weighted = d;
        if (option) {
            words weight = load_weight(span->weights, first);
            here = mask_and(here, word_less(word_set(0), weight));
            weighted = real_mul(real_of_small(weight), d);
        }
        d = real_keep(here, d);
        weighted = option ? real_keep(here, weighted) : d;
        add_powers(&second[j], &third[j], &fourth[j], d, weighted);
    }
    REALS_OUT(second, powers[0])
    REALS_OUT(third, powers[1])
    REALS_OUT(fourth, powers[2])
}

BODY(whole_sum) {
    WORDS_IN(low, low)
    WORDS_IN(high, high)
    WORDS_IN(least, least)
    WORDS_IN(most, most)
    (void)option;
    FOR_EACH_REGISTER {
        words x = load_word(AT(kind), kind);
        low[j] = word_add(low[j], x);
        if (WIDE_KIND(kind)) {
            high[j] = word_add(high[j], word_high(word_xor(x, word_set(TOP_BIT))));
        }
        least[j] = word_min(least[j], x);
        most[j] = word_max(most[j], x);
    }
    WORDS_OUT(low, low)
    WORDS_OUT(high, high)
    WORDS_OUT(least, least)
    WORDS_OUT(most, most)
}

/* Difference to the center as a double; `halved`: half of it, for spans beyond 2^63. */
INLINE reals whole_difference(words x, words center, enum weir_kind kind, bool halved) {
    if (halved) {
        return real_of_word(word_sub(word_half(word_xor(x, word_set(TOP_BIT))), center));
    }
    words d = word_sub(x, center);
    return WIDE_KIND(kind) ? real_of_word(d) : real_of_small(d);
}

INLINE words whole_center(const struct weir_number_span *span, bool halved) {
    uint64_t center = span->center_whole;
    return word_set(halved ? (center ^ TOP_BIT) >> 1 : center);
}

/* `option`: halved. */
BODY(whole_powers) {
    REALS_IN(second, powers[0])
    REALS_IN(third, powers[1])
    REALS_IN(fourth, powers[2])
    words center = whole_center(span, option);
    FOR_EACH_REGISTER {
        reals d = whole_difference(load_word(AT(kind), kind), center, kind, option);
        add_powers(&second[j], &third[j], &fourth[j], d, d);
    }
    REALS_OUT(second, powers[0])
    REALS_OUT(third, powers[1])
    REALS_OUT(fourth, powers[2])
}

BODY(weighted_sum) {
    WORDS_IN(present, present)
    WORDS_IN(zeros, zeros)
    WORDS_IN(negatives, negatives)
    WORDS_IN(least, least)
    WORDS_IN(most, most)
    WORDS_IN(parts0, parts[0])
    WORDS_IN(parts1, parts[1])
    WORDS_IN(parts2, parts[2])
    WORDS_IN(parts3, parts[3])
    words zero = word_set(kind == WEIR_KIND_U64 ? TOP_BIT : 0);
    (void)option;
    FOR_EACH_REGISTER {
        words x = load_word(AT(kind), kind);
        words weight = load_weight(span->weights, first);
        mask here = word_less(word_set(0), weight);
        words moved = word_xor(x, word_set(TOP_BIT));
        words low = word_mul(weight, moved);
        words high = word_mul(weight, word_high(moved));
        parts0[j] = word_add(parts0[j], word_low(low));
        parts1[j] = word_add(parts1[j], word_high(low));
        parts2[j] = word_add(parts2[j], word_low(high));
        parts3[j] = word_add(parts3[j], word_high(high));
        present[j] = word_add(present[j], weight);
        count_if(&zeros[j], word_equal(x, zero), weight);
        if (SIGNED_KIND(kind)) {
            count_if(&negatives[j], word_less(x, zero), weight);
        }
        least[j] = word_min(least[j], word_pick(here, x, least[j]));
        most[j] = word_max(most[j], word_pick(here, x, most[j]));
    }
    WORDS_OUT(present, present)
    WORDS_OUT(zeros, zeros)
    WORDS_OUT(negatives, negatives)
    WORDS_OUT(least, least)
    WORDS_OUT(most, most)
    WORDS_OUT(parts0, parts[0])
    WORDS_OUT(parts1, parts[1])
    WORDS_OUT(parts2, parts[2])
    WORDS_OUT(parts3, parts[3])
}

/* `option`: halved. An absent value may be too far away for an exact difference; its weight of 0
 * makes that harmless. */
BODY(weighted_powers) {
    REALS_IN(second, powers[0])
    REALS_IN(third, powers[1])
    REALS_IN(fourth, powers[2])
    words center = whole_center(span, option);
    FOR_EACH_REGISTER {
        reals weight = real_of_small(load_weight(span->weights, first));
        words x = load_word(AT(kind), kind);
        /* Differences of 32-bit kinds always fit the fast conversion. */
        reals d = whole_difference(x, center, kind, option);
        add_powers(&second[j], &third[j], &fourth[j], d, real_mul(weight, d));
    }
    REALS_OUT(second, powers[0])
    REALS_OUT(third, powers[1])
    REALS_OUT(fourth, powers[2])
}

/* Whole groups of eight, then (scalar only) the rest, one register a lane. */
#define RUN(body, kind, option)                                                        \
    do {                                                                               \
        const uint32_t tail = span->count % 8u;                                        \
        body(span, lanes, kind, option, STEPS, span->count / 8u);                      \
        WEIR_ASSERT(tail == 0 || STEPS == 8u);                                         \
        if (STEPS == 8u && tail != 0) {                                                \
            struct weir_number_span rest = *span;                                      \
            rest.values += (size_t)(span->count - tail) * BYTES_OF(kind);              \
            rest.weights = span->weights == NULL ? NULL : span->weights + (span->count - tail); \
            body(&rest, lanes, kind, option, tail, 1u);                                \
        }                                                                              \
    } while (0)

#define KERNEL(name, body, kind, option)                                               \
    static void name(const struct weir_number_span *span, struct weir_number_lanes *lanes) { \
        RUN(body, kind, option);                                                       \
    }

#define KERNEL_MAYBE_WEIGHTED(name, body, kind)                                        \
    static void name(const struct weir_number_span *span, struct weir_number_lanes *lanes) { \
        if (span->weights == NULL) {                                                   \
            RUN(body, kind, false);                                                    \
        } else {                                                                       \
            RUN(body, kind, true);                                                     \
        }                                                                              \
    }

#define FLOAT_KERNELS(suffix, kind)                                                    \
    KERNEL(sum_##suffix, float_sum, kind, false)                                       \
    KERNEL(powers_##suffix, float_powers, kind, false)                                 \
    KERNEL(signs_##suffix, signs, kind, false)                                         \
    KERNEL_MAYBE_WEIGHTED(classes_##suffix, float_classes, kind)                       \
    KERNEL_MAYBE_WEIGHTED(infinities_##suffix, float_infinities, kind)                 \
    KERNEL_MAYBE_WEIGHTED(careful_sum_##suffix, float_careful_sum, kind)               \
    KERNEL_MAYBE_WEIGHTED(careful_powers_##suffix, float_careful_powers, kind)

#define WHOLE_KERNELS(suffix, kind)                                                    \
    KERNEL(sum_##suffix, whole_sum, kind, false)                                       \
    KERNEL(powers_##suffix, whole_powers, kind, false)                                 \
    KERNEL(signs_##suffix, signs, kind, false)                                         \
    KERNEL(weighted_sum_##suffix, weighted_sum, kind, false)                           \
    KERNEL(weighted_powers_##suffix, weighted_powers, kind, false)

#define WIDE_KERNELS(suffix, kind)                                                     \
    KERNEL(wide_##suffix, whole_powers, kind, true)                                    \
    KERNEL(weighted_wide_##suffix, weighted_powers, kind, true)

FLOAT_KERNELS(f32, WEIR_KIND_F32)
FLOAT_KERNELS(f64, WEIR_KIND_F64)
WHOLE_KERNELS(i32, WEIR_KIND_I32)
WHOLE_KERNELS(u32, WEIR_KIND_U32)
WHOLE_KERNELS(i64, WEIR_KIND_I64)
WHOLE_KERNELS(u64, WEIR_KIND_U64)
WIDE_KERNELS(i64, WEIR_KIND_I64)
WIDE_KERNELS(u64, WEIR_KIND_U64)

/* In the order of enum weir_kind. */
#define ALL_KINDS(name) {NULL, name##_i32, name##_u32, name##_i64, name##_u64, name##_f32, name##_f64}
#define WHOLES(name) {NULL, name##_i32, name##_u32, name##_i64, name##_u64}
#define WIDES(name) {NULL, NULL, NULL, name##_i64, name##_u64}
#define FLOATS(name) {NULL, NULL, NULL, NULL, NULL, name##_f32, name##_f64}

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)

const struct weir_number_table NAMED(weir_number_table_, WEIR_ISA_NAME) = {{
    [WEIR_NUMBER_SUM] = ALL_KINDS(sum),
    [WEIR_NUMBER_POWERS_OF] = ALL_KINDS(powers),
    [WEIR_NUMBER_SIGNS] = ALL_KINDS(signs),
    [WEIR_NUMBER_POWERS_WIDE] = WIDES(wide),
    [WEIR_NUMBER_CLASSES] = FLOATS(classes),
    [WEIR_NUMBER_INFINITIES] = FLOATS(infinities),
    [WEIR_NUMBER_CAREFUL_SUM] = FLOATS(careful_sum),
    [WEIR_NUMBER_CAREFUL_POWERS] = FLOATS(careful_powers),
    [WEIR_NUMBER_WEIGHTED_SUM] = WHOLES(weighted_sum),
    [WEIR_NUMBER_WEIGHTED_POWERS] = WHOLES(weighted_powers),
    [WEIR_NUMBER_WEIGHTED_WIDE] = WIDES(weighted_wide),
}};
