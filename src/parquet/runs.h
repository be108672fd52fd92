/*
 * The RLE / bit-packed hybrid as a stream of runs.
 *
 * Used for levels, dictionary indices and RLE booleans. The runs lie in a body and may
 * be cut by its spans anywhere; a packed run is handed out in pieces of whole groups of eight.
 */
#ifndef WEIR_PARQUET_RUNS_H
#define WEIR_PARQUET_RUNS_H

#include "parquet/body.h"

/* Largest number of values of one packed piece. */
#define WEIR_RUN_PACKED_MAX 4096u

struct weir_runs {
    struct weir_body *body;
    struct weir_error *error;
    uint64_t bytes_left;  /* of the section in the body */
    uint64_t values_left; /* still to be handed out */
    uint64_t packed_left; /* values of the current packed run, padding included */
    uint32_t width;       /* bits of a value: 0..32 */
    bool big_endian;      /* legacy BIT_PACKED: no headers, most significant bit first */
    uint8_t copy[256];    /* groups that cannot be handed out where they lie: a last one that the
                             section cuts short, or big-endian ones turned round */
};

struct weir_run {
    bool is_packed;
    uint32_t value;        /* repeated value, when not packed */
    uint32_t count_packed; /* slots in `packed`, a multiple of 8 */
    uint64_t count;        /* values, clipped to values_left */
    const uint8_t *packed; /* count_packed * width / 8 bytes, valid until the next call */
    size_t readable_bytes; /* bytes that may be read from `packed` on */
};

void weir_runs_init(struct weir_runs *runs, struct weir_body *body, uint64_t bytes, uint32_t width,
                    uint64_t values, struct weir_error *error);

/*
 * Legacy BIT_PACKED levels: ceil(values * width / 8) bytes without headers, most significant bit
 * first. They come out as packed runs like any others, in pieces of at most 256 bytes.
 */
void weir_runs_init_packed(struct weir_runs *runs, struct weir_body *body, uint32_t width,
                           uint64_t values, struct weir_error *error);

/* The next run; WEIR_END when all values have been handed out; CORRUPT when the section ends
 * before. */
enum weir_status weir_runs_next(struct weir_runs *runs, struct weir_run *run_ret);

/* All that are left of one-bit values: how many are 1. Errors: as weir_runs_next. */
enum weir_status weir_runs_count_ones(struct weir_runs *runs, uint64_t *ones_ret);

#endif
