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

/* Has the program's text read as a whole, not around each page that is met. Comes
 * before all that reads much of it. */
void cli_memory_begin(void);

/* Touches the program's text, data and stack, so that nothing is added to RSS later. `lock`: text
 * and data stay there, where the system lets us; a tight control group would have them read again
 * and again. */
void cli_memory_prefault(bool lock);

/* What the program takes besides the block and the list of paths; the same on every start. */
uint64_t cli_memory_reserve(uint64_t counted_bytes);

struct cli_faults {
    uint64_t minor; /* pages that were there, or filled with zeros */
    uint64_t major; /* pages that had to be read */
};

/* Page faults of all threads up to now. */
void cli_memory_faults(struct cli_faults *faults_ret);

uint64_t cli_memory_peak_bytes(void);
uint64_t cli_memory_resident_bytes(void);
uint64_t cli_memory_anonymous_bytes(void); /* without the program's own file */

/* What the process holds now. Reads /proc: works under the seal. */
struct cli_holding {
    uint64_t resident_bytes; /* by the page tables; VmRSS, which lags, on kernels before 4.14 */
    uint64_t mapped_bytes;   /* VmSize: the address space that brk and mmap have given */
    uint32_t descriptors;    /* open ones */
    struct cli_faults faults;
};
void cli_memory_holding(struct cli_holding *holding_ret);

/*
 * One mapping of at least `bytes` bytes, every page touched. Refuses where a limit of the system
 * is in the way: total_bytes is what the whole process will take.
 */
void *cli_memory_map(uint64_t bytes, uint64_t total_bytes, struct cli_refusal *refusal);
void cli_memory_unmap(void *at, uint64_t bytes);

#endif
