/*
 * DELTA_BINARY_PACKED as a stream of values, over a body whose spans may be cut anywhere.
 *
 * Memory: this struct and the body; neither depends on the sizes that the input declares.
 */
#ifndef WEIR_PARQUET_DELTA_H
#define WEIR_PARQUET_DELTA_H

#include "base/isa.h"
#include "parquet/body.h"
#include "parquet/delta_kernels.h"

/* Least room that weir_delta_next asks for. */
#define WEIR_DELTA_ROOM_MIN 256u

/* Limits. Writers use blocks of 128 to 2048 values in 4 or 8 miniblocks. */
#define WEIR_DELTA_BLOCK_MAX 65536u
#define WEIR_DELTA_MINIBLOCKS_MAX 1024u

const struct weir_delta_kernels *weir_delta_choose(enum weir_isa isa);

struct weir_delta {
    uint64_t total; /* values of the section, by its header */

    /* private to delta.c */
    uint64_t left; /* not yet handed out */
    struct weir_body *body;
    struct weir_error *error;
    const struct weir_delta_kernels *kernels;
    uint64_t last;      /* value handed out last; the first one before that */
    uint64_t min_delta; /* of the block */
    uint32_t bits;      /* 32 or 64 */
    uint32_t miniblock_values;
    uint32_t miniblocks; /* a block */
    uint32_t miniblock;  /* the block's next one */
    uint32_t slots_left; /* of the current miniblock, padding included */
    uint32_t width;      /* of the current miniblock */
    bool has_begun;      /* the first value has been handed out */
    uint8_t widths[WEIR_DELTA_MINIBLOCKS_MAX];
    uint8_t group[WEIR_DELTA_GROUP * 8 + WEIR_DELTA_SLACK]; /* one that may not be read where it
                                                               lies */
};

/*
 * Reads the header of the section at the body's position. `bits` is 32 or 64. delta->total says
 * how many values follow: at most values_max. A body with nothing left is a section of no values
 * when values_max is 0.
 * Errors: CORRUPT, UNSUPPORTED (blocks larger than the limits above), those of the body.
 */
enum weir_status weir_delta_open(struct weir_delta *delta, struct weir_body *body, uint32_t bits,
                                 uint64_t values_max, const struct weir_delta_kernels *kernels,
                                 struct weir_error *error);

/*
 * Hands out up to `room` (>= WEIR_DELTA_ROOM_MIN) of the next values, at least one, as uint32_t or
 * uint64_t by `bits`, for which `out` is aligned; out[*count_ret .. room) may be overwritten.
 * WEIR_END when all are out. With the last one handed out, the body stands right behind the
 * section, padding included. Behind an error nothing more may be asked for.
 */
enum weir_status weir_delta_next(struct weir_delta *delta, void *out, uint32_t room,
                                 uint32_t *count_ret);

#endif
