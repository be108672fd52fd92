/* One block on its way through the passes; shared by the files that profile blocks. */
#ifndef WEIR_STATS_NUMBERS_BLOCK_H
#define WEIR_STATS_NUMBERS_BLOCK_H

#include "stats/moments.h"
#include "stats/numbers.h"
#include "stats/numbers_kernels.h"

struct weir_number_block {
    const struct weir_number_table *table;  /* of the instruction set */
    const struct weir_number_table *scalar; /* for the rest of up to seven values */
    enum weir_kind kind;
    struct weir_number_span span;
    struct weir_number_lanes lanes;
};

/* Empties the lanes. */
void weir_number_lanes_begin(struct weir_number_lanes *lanes);

/* One pass over the block. */
void weir_number_run(struct weir_number_block *block, enum weir_number_kernel kernel);

/* Sum of eight counters. */
uint64_t weir_number_total(const uint64_t lanes[WEIR_NUMBER_LANES]);

/* Compensated sums over the lanes, in a fixed order: one, or those of the powers. */
struct weir_twofold weir_number_reduce(const double sums[WEIR_NUMBER_LANES],
                                       const double errors[WEIR_NUMBER_LANES]);
struct weir_number_powers weir_number_powers(const struct weir_number_lanes *lanes);

/* Adds high + low to the sum of a float kind. */
void weir_numbers_add_sum(struct weir_numbers *numbers, double high, double low);

/* A block of at least one value of a float or an integer kind. */
void weir_numbers_add_floats(struct weir_numbers *numbers, struct weir_number_block *block);
void weir_numbers_add_integers(struct weir_numbers *numbers, struct weir_number_block *block);

/* The same for I128. */
void weir_numbers_add_wides(struct weir_numbers *numbers, const uint8_t *values,
                            const uint32_t *weights, uint32_t count);

#endif
