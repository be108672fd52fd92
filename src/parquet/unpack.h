/* Bit-packed integers, least significant bit first, as the RLE/bit-packed hybrid holds them. */
#ifndef WEIR_PARQUET_UNPACK_H
#define WEIR_PARQUET_UNPACK_H

#include "base/check.h"
#include "base/isa.h"

/* What a width needs to know, worked out once a page. */
struct weir_unpack_plan {
    uint32_t width;      /* 0..32 */
    uint8_t byte_of[64]; /* permutation that brings each value's bytes into its own 32 bits */
    uint32_t shift_of[16];
};

void weir_unpack_plan(struct weir_unpack_plan *plan, uint32_t width);

/*
 * Unpacks `count` values (a multiple of 8) from count * width / 8 bytes. Not more than
 * `readable` bytes from `in` on are touched; readable >= count * width / 8.
 */
typedef void weir_unpack_function(const struct weir_unpack_plan *plan, const uint8_t *in,
                                  size_t readable, uint32_t *out, uint32_t count);

/* The largest of `count` numbers, 0 for none. */
typedef uint32_t weir_largest_function(const uint32_t *values, uint32_t count);

/* The kernels of one instruction set. */
struct weir_unpack_kernels {
    weir_unpack_function *unpack;
    weir_largest_function *largest;
};

const struct weir_unpack_kernels *weir_unpack_choose(enum weir_isa isa);

/*
 * Adds 1 to counters[v - low] for each v of values[0..count) with low <= v < low + span; `largest`
 * is the largest of them. `tables` sub-tables of `span` counters each (1 or 4) are used in turn,
 * which keeps equal neighbours from waiting for each other; their sum is the count.
 */
void weir_count_indices(uint32_t *counters, uint32_t tables, const uint32_t *values, uint32_t count,
                        uint32_t largest, uint32_t low, uint32_t span);

#endif
