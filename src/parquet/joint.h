/*
 * Narrow dictionary indices counted several at a time.
 *
 * An index of a few bits costs as much to count as any other: a load, an addition, a store. So
 * neighbours are counted together as one number of up to 12 bits, straight from the packed bits,
 * and a page's counts are taken apart at its end.
 */
#ifndef WEIR_PARQUET_JOINT_H
#define WEIR_PARQUET_JOINT_H

#include "parquet/unpack.h"

#define WEIR_JOINT_WIDTH_MAX 6u
#define WEIR_JOINT_SLOTS 4096u

/* Values that must come for the table to be worth its clearing and taking apart. */
#define WEIR_JOINT_VALUES_MIN 8192u

struct weir_joint {
    uint32_t *table; /* WEIR_JOINT_SLOTS */
    uint32_t width;  /* of an index */
    uint32_t bits;   /* of a half of what is counted together: some indices */
    struct weir_unpack_plan plan;
};

/* Clears the table. width is 1 to WEIR_JOINT_WIDTH_MAX. */
void weir_joint_open(struct weir_joint *joint, uint32_t width, uint32_t *table);

/*
 * Counts the first of `count` packed indices and returns how many: a multiple of 8, and all but
 * less than 96. `scratch` has room for `scratch_count` numbers, at least 8.
 */
uint32_t weir_joint_add(struct weir_joint *joint, const struct weir_unpack_kernels *kernels,
                        const uint8_t *packed, size_t readable, uint32_t count, uint32_t *scratch,
                        uint32_t scratch_count);

/* Writes how often each index below 1 << width has come: counts_ret has 1 << WEIR_JOINT_WIDTH_MAX
 * places. */
void weir_joint_close(const struct weir_joint *joint, uint32_t *counts_ret);

#endif
