#include "stats/numbers_powers.h"

#include "base/banned.h"

/*
 * Numerics notes. Sums are exact. Without weights only the sum modulo 2^64 and the sum of the high
 * halves are kept: together they give the rest. With weights the product of 32 and 64 bits is kept
 * in four parts of 32 bits. The powers are those of the exact difference to the center, rounded to
 * double once.
 */

#define SIGNED_KIND(kind) ((kind) == WEIR_KIND_I32 || (kind) == WEIR_KIND_I64)

INLINE words load_word(const uint8_t *at, enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_I32: return load_i32(at);
    case WEIR_KIND_U32: return load_u32(at);
    case WEIR_KIND_U64: return word_xor(load_u64(at), word_set(TOP_BIT));
    default: return load_u64(at);
    }
}

BODY(whole_signs) {
    WORDS_IN(zeros, zeros);
    WORDS_IN(negatives, negatives);
    words one = word_set(1);
    words zero = word_set(kind == WEIR_KIND_U64 ? TOP_BIT : 0);
    (void)option;
    FOR_EACH_REGISTER {
        words x = load_word(AT(kind), kind);
        count_if(&zeros[j], word_equal(x, zero), one);
        if (SIGNED_KIND(kind)) {
            count_if(&negatives[j], word_less(x, zero), one);
        }
    }
    WORDS_OUT(zeros, zeros);
    WORDS_OUT(negatives, negatives);
}

BODY(whole_sum) {
    WORDS_IN(low, low);
    WORDS_IN(high, high);
    WORDS_IN(least, least);
    WORDS_IN(most, most);
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
    WORDS_OUT(low, low);
    WORDS_OUT(high, high);
    WORDS_OUT(least, least);
    WORDS_OUT(most, most);
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

/* An absent value may be too far away for an exact difference; its weight of 0 makes that
 * harmless. Differences of 32-bit kinds always fit the fast conversion. */
INLINE reals difference(const struct weir_number_span *span, enum weir_kind kind, enum how how,
                        uint32_t first, reals *weighted_ret) {
    const bool halved = how == HALVED || how == WEIGHTED_HALVED;
    words x = load_word(AT(kind), kind);
    reals d = whole_difference(x, whole_center(span, halved), kind, halved);
    const bool weighted = how == WEIGHTED || how == WEIGHTED_HALVED;
    *weighted_ret = weighted ? real_mul(real_of_small(load_weight(span->weights, first)), d) : d;
    return d;
}

/* `option`: halved. */
BODY(whole_powers) {
    sum_powers(span, lanes, kind, option ? HALVED : PLAIN, steps, groups);
}

BODY(weighted_sum) {
    WORDS_IN(present, present);
    WORDS_IN(zeros, zeros);
    WORDS_IN(negatives, negatives);
    WORDS_IN(least, least);
    WORDS_IN(most, most);
    WORDS_IN(parts0, parts[0]);
    WORDS_IN(parts1, parts[1]);
    WORDS_IN(parts2, parts[2]);
    WORDS_IN(parts3, parts[3]);
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
    WORDS_OUT(present, present);
    WORDS_OUT(zeros, zeros);
    WORDS_OUT(negatives, negatives);
    WORDS_OUT(least, least);
    WORDS_OUT(most, most);
    WORDS_OUT(parts0, parts[0]);
    WORDS_OUT(parts1, parts[1]);
    WORDS_OUT(parts2, parts[2]);
    WORDS_OUT(parts3, parts[3]);
}

/* `option`: halved. */
BODY(weighted_powers) {
    sum_powers(span, lanes, kind, option ? WEIGHTED_HALVED : WEIGHTED, steps, groups);
}

#define KERNELS(suffix, kind)                                                                      \
    KERNEL(sum_##suffix, whole_sum, kind, false)                                                   \
    KERNEL(powers_##suffix, whole_powers, kind, false)                                             \
    KERNEL(signs_##suffix, whole_signs, kind, false)                                               \
    KERNEL(weighted_sum_##suffix, weighted_sum, kind, false)                                       \
    KERNEL(weighted_powers_##suffix, weighted_powers, kind, false)

#define WIDE_KERNELS(suffix, kind)                                                                 \
    KERNEL(wide_##suffix, whole_powers, kind, true)                                                \
    KERNEL(weighted_wide_##suffix, weighted_powers, kind, true)

KERNELS(i32, WEIR_KIND_I32)
KERNELS(u32, WEIR_KIND_U32)
KERNELS(i64, WEIR_KIND_I64)
KERNELS(u64, WEIR_KIND_U64)
WIDE_KERNELS(i64, WEIR_KIND_I64)
WIDE_KERNELS(u64, WEIR_KIND_U64)

/* In the order of enum weir_kind. */
#define KINDS(name)                                                                                \
    { NULL, name##_i32, name##_u32, name##_i64, name##_u64 }
#define WIDE_KINDS(name)                                                                           \
    { [WEIR_KIND_I64] = name##_i64, [WEIR_KIND_U64] = name##_u64 }

const struct weir_number_table NAMED(weir_number_integers_, WEIR_ISA_NAME) = {{
    [WEIR_NUMBER_SUM] = KINDS(sum),
    [WEIR_NUMBER_POWERS_OF] = KINDS(powers),
    [WEIR_NUMBER_SIGNS] = KINDS(signs),
    [WEIR_NUMBER_POWERS_WIDE] = WIDE_KINDS(wide),
    [WEIR_NUMBER_WEIGHTED_SUM] = KINDS(weighted_sum),
    [WEIR_NUMBER_WEIGHTED_POWERS] = KINDS(weighted_powers),
    [WEIR_NUMBER_WEIGHTED_WIDE] = WIDE_KINDS(weighted_wide),
}};
