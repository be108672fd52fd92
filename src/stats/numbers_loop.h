/* The loops that all number kernels share: lanes in and out of memory, groups, tails. */
#ifndef WEIR_STATS_NUMBERS_LOOP_H
#define WEIR_STATS_NUMBERS_LOOP_H

#include "stats/numbers_kernels.h"
#include "stats/numbers_lanes.h"

#define WIDE_KIND(kind) ((kind) == WEIR_KIND_I64 || (kind) == WEIR_KIND_U64)
#define BYTES_OF(kind) ((kind) == WEIR_KIND_F64 || WIDE_KIND(kind) ? 8u : 4u)

INLINE words load_weight(const uint32_t *weights, uint32_t at) {
    return load_u32((const uint8_t *)(const void *)(weights + at));
}

INLINE void count_if(words *counter, mask m, words weight) {
    *counter = word_add_if(*counter, m, weight);
}

/* Keeps what the addition rounds off (Knuth). */
INLINE void two_sum(reals *sum, reals *error, reals x) {
    reals total = real_add(*sum, x);
    reals part = real_sub(total, *sum);
    reals lost = real_add(real_sub(*sum, real_sub(total, part)), real_sub(x, part));
    *sum = total;
    *error = real_add(*error, lost);
}

#define LANES_IN(type, name, from, field)                                                          \
    type name[STEPS];                                                                              \
    for (uint32_t lane = 0; lane < STEPS; lane++) {                                                \
        name[lane] = from(lanes->field + (size_t)lane * WIDTH);                                    \
    }

#define LANES_OUT(name, to, field)                                                                 \
    for (uint32_t lane = 0; lane < STEPS; lane++) {                                                \
        to(lanes->field + (size_t)lane * WIDTH, name[lane]);                                       \
    }

#define REALS_IN(name, field) LANES_IN(reals, name, real_from, field)
#define WORDS_IN(name, field) LANES_IN(words, name, word_from, field)
#define REALS_OUT(name, field) LANES_OUT(name, real_to, field)
#define WORDS_OUT(name, field) LANES_OUT(name, word_to, field)

/* `steps` registers of each of `groups` groups of eight; `first` is the index of a register's
 * first value. */
#define FOR_EACH_REGISTER                                                                          \
    for (uint32_t group = 0; group < groups; group++)                                              \
        for (uint32_t j = 0, first = group * 8u; j < steps; j++, first += WIDTH)

#define AT(kind) (span->values + (size_t)first * BYTES_OF(kind))

#define BODY(name)                                                                                 \
    INLINE void name(const struct weir_number_span *span, struct weir_number_lanes *lanes,         \
                     const enum weir_kind kind, const bool option, const uint32_t steps,           \
                     const uint32_t groups)

/* Whole groups of eight, then (scalar only) the rest, one register a lane. */
#define RUN(body, kind, option)                                                                    \
    do {                                                                                           \
        const uint32_t tail = span->count % 8u;                                                    \
        body(span, lanes, kind, option, STEPS, span->count / 8u);                                  \
        WEIR_ASSERT(tail == 0 || STEPS == 8u);                                                     \
        if (STEPS == 8u && tail != 0) {                                                            \
            struct weir_number_span rest = *span;                                                  \
            rest.values += (size_t)(span->count - tail) * BYTES_OF(kind);                          \
            rest.weights = span->weights == NULL ? NULL : span->weights + (span->count - tail);    \
            body(&rest, lanes, kind, option, tail, 1u);                                            \
        }                                                                                          \
    } while (0)

#define KERNEL(name, body, kind, option)                                                           \
    static void name(const struct weir_number_span *span, struct weir_number_lanes *lanes) {       \
        RUN(body, kind, option);                                                                   \
    }

#define KERNEL_MAYBE_WEIGHTED(name, body, kind)                                                    \
    static void name(const struct weir_number_span *span, struct weir_number_lanes *lanes) {       \
        if (span->weights == NULL) {                                                               \
            RUN(body, kind, false);                                                                \
        } else {                                                                                   \
            RUN(body, kind, true);                                                                 \
        }                                                                                          \
    }

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)

#endif
