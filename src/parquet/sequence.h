/* Levels, dictionary indices or RLE booleans of a page, one by one. */
#ifndef WEIR_PARQUET_SEQUENCE_H
#define WEIR_PARQUET_SEQUENCE_H

#include "parquet/runs.h"
#include "parquet/unpack.h"

#define WEIR_SEQUENCE_ROOM (WEIR_RUN_PACKED_MAX + 16u)

struct weir_sequence {
    /* the run at hand */
    uint64_t left;      /* values of it that have not been taken */
    const uint32_t *at; /* the next of them; NULL: all are `value` */
    uint32_t value;
    uint32_t largest;

    struct weir_runs runs;
    struct weir_unpack_plan plan;
    const struct weir_unpack_kernels *kernels;
    uint32_t *unpacked; /* WEIR_SEQUENCE_ROOM; constants do not use it */
};

/* The same value `count` times. */
void weir_sequence_constant(struct weir_sequence *sequence, uint32_t value, uint64_t count);

/* The values of sequence->runs, which the caller has just made ready. */
void weir_sequence_runs(struct weir_sequence *sequence);

/*
 * The next run, when `left` is 0: WEIR_OK with left > 0 and `largest` set, WEIR_END when all
 * values have been taken, or an error.
 */
enum weir_status weir_sequence_refill(struct weir_sequence *sequence);

/* Takes the next value. Precondition: left > 0. */
static inline uint32_t weir_sequence_take(struct weir_sequence *sequence) {
    WEIR_ASSERT_HOT(sequence->left > 0);
    sequence->left--;
    return sequence->at == NULL ? sequence->value : *sequence->at++;
}

#endif
