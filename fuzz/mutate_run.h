/*
 * What the library makes of a file in memory, and whether it stays within its own.
 *
 * The file's bytes end at memory that may not be touched. The block is as large as planned and lies
 * once at the end and once at the start of a region between two such zones of 4 GiB; on the other
 * side it has a strip of known bytes, which must be the same afterwards. Both times the verdict has
 * to be the same, whatever the block held before. Each of the three readers gets a limited time.
 */
#ifndef WEIR_FUZZ_MUTATE_RUN_H
#define WEIR_FUZZ_MUTATE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir.h"

#define MUTATE_INPUT_BYTES_MAX (256u << 10)

enum mutate_verb { MUTATE_PROFILE, MUTATE_CHECK, MUTATE_ROWS, MUTATE_VERBS };

/* Outcomes of one input: the status that each reader ended with and a digest of what it said. */
struct mutate_verdict {
    int32_t status[MUTATE_VERBS];
    uint64_t digest[MUTATE_VERBS];
};

/* What must not be. */
enum mutate_fault {
    MUTATE_NO_FAULT,
    MUTATE_SIGNAL,    /* a step outside the block, or another signal */
    MUTATE_HANG,      /* never came back */
    MUTATE_SLOW,      /* took more than the limit three times */
    MUTATE_OVERWRITE, /* the strip beside the block has changed */
    MUTATE_BUDGET,    /* more was planned than allowed */
    MUTATE_PROPERTY,  /* what always holds does not */
    MUTATE_UNSTEADY   /* the two placements of the block give different verdicts */
};

/* Planted, to show that they are noticed. */
enum mutate_canary {
    MUTATE_NO_CANARY,
    MUTATE_CANARY_READ,   /* of the byte behind the block */
    MUTATE_CANARY_WRITE,  /* to it, where it belongs to the strip */
    MUTATE_CANARY_BEFORE, /* of the byte in front of the block */
    MUTATE_CANARY_HANG,
    MUTATE_CANARY_SLOW,
    MUTATE_CANARY_BUDGET,
    MUTATE_CANARY_UNSET,  /* a verdict that depends on what the block held */
    MUTATE_CANARY_VERDICT /* another verdict than the pinned one */
};

struct mutate_times {
    uint64_t runs;
    uint64_t slowest_ns; /* of one reader, processor time */
};

/* Maps the memory and catches signals; once. `quick`: each reader runs once, the block lies at the
 * two places by turns. */
void mutate_run_begin(enum mutate_canary canary, bool quick);

/* The input that is run; it may be changed in place. */
uint8_t *mutate_run_input(const uint8_t *data, size_t bytes);

/* `number` only says when a canary sings, and when the block gets other contents. */
enum mutate_fault mutate_run(uint64_t number, struct mutate_verdict *verdict_ret);

/* "signal 11", ... of the last fault. */
const char *mutate_run_says(void);

const struct mutate_times *mutate_run_times(void);

#endif
