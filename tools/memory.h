/*
 * The process's own memory: what it takes before any data, and the one block.
 *
 * Units: bytes of resident memory, as VmHWM and VmRSS of /proc/self/status count it.
 */
#ifndef WEIR_CLI_MEMORY_H
#define WEIR_CLI_MEMORY_H

#include "cli.h"
#include "options.h"

#define CLI_RESERVE_BYTES_MIN ((uint64_t)2 << 20)
#define CLI_STACK_PREFAULT_BYTES (128u << 10)

/* Touches the program's text, data and stack, so that nothing is added to RSS later. */
void cli_memory_prefault(void);

/* What the program takes besides the block and the list of paths; the same on every start. */
uint64_t cli_memory_reserve(uint64_t counted_bytes);

uint64_t cli_memory_peak_bytes(void);
uint64_t cli_memory_resident_bytes(void);

/*
 * One mapping of at least `bytes` bytes, every page touched. Refuses where a limit of the system
 * is in the way: total_bytes is what the whole process will take.
 */
void *cli_memory_map(uint64_t bytes, uint64_t total_bytes, struct cli_refusal *refusal);
void cli_memory_unmap(void *at, uint64_t bytes);

#endif
