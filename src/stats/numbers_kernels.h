/*
 * Inner loops over one block: what numbers_block.c asks of each instruction set.
 *
 * A block is dealt round robin to eight lanes: value i goes to lane i % 8, on every instruction
 * set. Lanes live in memory between calls, so a vector kernel takes the whole groups of eight and
 * the scalar one continues with the rest, in the same lanes. Reductions over the lanes happen
 * outside, in one fixed order. No kernel uses fma.
 */
#ifndef WEIR_STATS_NUMBERS_KERNELS_H
#define WEIR_STATS_NUMBERS_KERNELS_H

#include "base/check.h"
#include "weir/types.h"

#define WEIR_NUMBER_LANES 8u
#define WEIR_NUMBER_KINDS 8u /* enum weir_kind below I128; BOOL and BYTES have no kernels */
#define WEIR_NUMBER_POWERS 3u

enum weir_number_kernel {
    /* Floats: compensated sum, extremes; wrong but harmless when a value is not finite.
     * Integers: exact sum, extremes. */
    WEIR_NUMBER_SUM = 0,
    /* Sums of the 2nd to 4th powers of value - center. */
    WEIR_NUMBER_POWERS_OF,
    /* Zeros and negatives. */
    WEIR_NUMBER_SIGNS,
    /* 64-bit integers more than 2^63 apart: powers of half the difference. */
    WEIR_NUMBER_POWERS_WIDE,
    /* Floats, with or without weights: counts of each class, extremes of the finite ones. */
    WEIR_NUMBER_CLASSES,
    /* Floats, with or without weights: +Inf alone. */
    WEIR_NUMBER_INFINITIES,
    /* Floats, with or without weights: sum and powers of the finite ones, times `factor`. */
    WEIR_NUMBER_CAREFUL_SUM,
    WEIR_NUMBER_CAREFUL_POWERS,
    /* Integers with weights. */
    WEIR_NUMBER_WEIGHTED_SUM,
    WEIR_NUMBER_WEIGHTED_POWERS,
    WEIR_NUMBER_WEIGHTED_WIDE,
    WEIR_NUMBER_KERNELS
};

/* Integers are handled as `ordered`: int64 in the order of the values (unsigned 64-bit ones with
 * the top bit turned over, the others as they are). */
struct weir_number_span {
    const uint8_t *values;
    const uint32_t *weights;
    uint32_t count;
    double center;         /* floats: in units of 1 / factor */
    double factor;         /* careful kernels: a power of two */
    uint64_t center_whole; /* integers: ordered */
};

struct weir_number_lanes {
    double sum[WEIR_NUMBER_LANES];
    double error[WEIR_NUMBER_LANES]; /* what rounding took from `sum` */
    double min[WEIR_NUMBER_LANES];
    double max[WEIR_NUMBER_LANES];
    double powers[WEIR_NUMBER_POWERS][WEIR_NUMBER_LANES];
    double square_errors[WEIR_NUMBER_LANES];
    uint64_t low[WEIR_NUMBER_LANES];   /* sum of ordered, modulo 2^64 */
    uint64_t high[WEIR_NUMBER_LANES];  /* sum of (ordered + 2^63) >> 32; 64-bit kinds only */
    uint64_t least[WEIR_NUMBER_LANES]; /* ordered */
    uint64_t most[WEIR_NUMBER_LANES];
    uint64_t zeros[WEIR_NUMBER_LANES];
    uint64_t negatives[WEIR_NUMBER_LANES];
    /* sum of weight * (ordered + 2^63) = parts[0] + 2^32 (parts[1] + parts[2]) + 2^64 parts[3] */
    uint64_t parts[4][WEIR_NUMBER_LANES];
    uint64_t present[WEIR_NUMBER_LANES]; /* sum of weights */
    uint64_t finites[WEIR_NUMBER_LANES];
    uint64_t nans[WEIR_NUMBER_LANES];
    uint64_t pos_infs[WEIR_NUMBER_LANES];
};

typedef void weir_number_function(const struct weir_number_span *span,
                                  struct weir_number_lanes *lanes);

/* NULL where a kernel does not apply to the kind. Only the scalar one takes counts that are not a
 * multiple of eight. */
struct weir_number_table {
    weir_number_function *run[WEIR_NUMBER_KERNELS][WEIR_NUMBER_KINDS];
};

extern const struct weir_number_table weir_number_floats_scalar;
extern const struct weir_number_table weir_number_floats_avx2;
extern const struct weir_number_table weir_number_floats_avx512;
extern const struct weir_number_table weir_number_integers_scalar;
extern const struct weir_number_table weir_number_integers_avx2;
extern const struct weir_number_table weir_number_integers_avx512;

/* Keys of a block; the same contract as weir_numbers_keys. */
typedef uint32_t weir_number_keys_function(const uint8_t *values, const uint32_t *weights,
                                           uint32_t count, uint64_t *keys, uint32_t *weights_ret);

struct weir_number_keys_table {
    weir_number_keys_function *run[WEIR_NUMBER_KINDS];
};

extern const struct weir_number_keys_table weir_number_keys_scalar;
extern const struct weir_number_keys_table weir_number_keys_avx2;
extern const struct weir_number_keys_table weir_number_keys_avx512;

#endif
