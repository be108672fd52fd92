/* Sums of the powers of differences over a block: what the float and the integer kernels share. */
#ifndef WEIR_STATS_NUMBERS_POWERS_H
#define WEIR_STATS_NUMBERS_POWERS_H

#include "stats/numbers_loop.h"

/*
 * Numerics notes. The differences are to the rounded mean, so their powers are well conditioned.
 * Yet 512 plain additions a lane may cost the standard deviation 50 units in the last place where
 * roundings all go one way: equal differences (a column of zeros with few other values), or whole
 * multiples of a power of two with about 24 bits (odd squares are 1 modulo 8). So squares are added
 * in pairs, four pairs to a segment (equal ones: one rounding in seven additions), and the segments
 * are compensated. With u = 2^-53 the squares cost the variance at most u, their addition 3.25 u,
 * as a rule a fraction of that. Cubes and fourth powers are added plainly: 256 u, or 3e-14, of the
 * sum of their magnitudes at most.
 */

/* How the difference of a value is taken. */
enum how { PLAIN, CAREFUL, HALVED, WEIGHTED, WEIGHTED_CAREFUL, WEIGHTED_HALVED };

/* The difference of the register whose first value is `first` to the center; *weighted_ret gets it
 * times its weight. Defined by the file that includes this one. */
INLINE reals difference(const struct weir_number_span *span, enum weir_kind kind, enum how how,
                        uint32_t first, reals *weighted_ret);

/* Squares, returned, and what cubes and fourth powers are added to. */
struct powers {
    const struct weir_number_span *span;
    enum weir_kind kind;
    enum how how;
    reals third;
    reals fourth;
};

INLINE reals squares_of_one(struct powers *powers, uint32_t first) {
    reals weighted;
    reals d = difference(powers->span, powers->kind, powers->how, first, &weighted);
    reals square = real_mul(d, weighted);
    reals cube = real_mul(d, square);
    powers->third = real_add(powers->third, cube);
    powers->fourth = real_add(powers->fourth, real_mul(d, cube));
    return square;
}

/* The same registers of neighbouring groups of eight values. */
INLINE reals squares_of_two(struct powers *powers, uint32_t first) {
    reals a = squares_of_one(powers, first);
    reals b = squares_of_one(powers, first + 8);
    return real_add(a, b);
}

/* Groups of eight values whose squares are added before they join the compensated sum. */
#define SEGMENT_GROUPS 8u

INLINE void join_squares(struct weir_number_lanes *lanes, const reals squares[STEPS]) {
    for (uint32_t j = 0; j < STEPS; j++) {
        reals sum = real_from(lanes->powers[0] + (size_t)j * WIDTH);
        reals error = real_from(lanes->square_errors + (size_t)j * WIDTH);
        two_sum(&sum, &error, squares[j]);
        real_to(lanes->powers[0] + (size_t)j * WIDTH, sum);
        real_to(lanes->square_errors + (size_t)j * WIDTH, error);
    }
}

INLINE void sum_powers(const struct weir_number_span *span, struct weir_number_lanes *lanes,
                       const enum weir_kind kind, const enum how how, const uint32_t steps,
                       const uint32_t groups) {
    REALS_IN(third, powers[1]);
    REALS_IN(fourth, powers[2]);
    for (uint32_t start = 0; start < groups; start += SEGMENT_GROUPS) {
        const uint32_t end = groups - start < SEGMENT_GROUPS ? groups : start + SEGMENT_GROUPS;
        reals squares[STEPS];
        for (uint32_t j = 0; j < STEPS; j++) {
            squares[j] = real_set(0);
        }
        for (uint32_t group = start; group + 2 <= end; group += 2) {
            for (uint32_t j = 0, first = group * 8u; j < steps; j++, first += WIDTH) {
                struct powers powers = {span, kind, how, third[j], fourth[j]};
                squares[j] = real_add(squares[j], squares_of_two(&powers, first));
                third[j] = powers.third;
                fourth[j] = powers.fourth;
            }
        }
        if (end % 2 != 0) {
            for (uint32_t j = 0, first = (end - 1) * 8u; j < steps; j++, first += WIDTH) {
                struct powers powers = {span, kind, how, third[j], fourth[j]};
                squares[j] = real_add(squares[j], squares_of_one(&powers, first));
                third[j] = powers.third;
                fourth[j] = powers.fourth;
            }
        }
        join_squares(lanes, squares);
    }
    REALS_OUT(third, powers[1]);
    REALS_OUT(fourth, powers[2]);
}

#endif
