/* HyperLogLog with 4096 one-byte registers and Ertl's improved raw estimator. */
#ifndef WEIR_STATS_HLL_H
#define WEIR_STATS_HLL_H

#include "base/isa.h"
#include "base/state_bytes.h"

#define WEIR_HLL_P 12u
#define WEIR_HLL_REGISTERS (1u << WEIR_HLL_P)

struct weir_hll {
    uint8_t registers[WEIR_HLL_REGISTERS];
    uint32_t floor; /* no register is below: hashes with a smaller rank are skipped */
    uint32_t stale; /* adds since floor was last computed */
};

void weir_hll_begin(struct weir_hll *hll);

/*
 * Adds weir_hash_u64(keys[i]) for every i. `isa` is one that this machine has, as weir_isa_choose
 * gave it. WEIR_ISA_AUTO asks the CPU on every call, which takes microseconds in a virtual machine.
 */
void weir_hll_add_keys(struct weir_hll *hll, enum weir_isa isa, const uint64_t *keys,
                       uint32_t count);

/* Adds hashes as they are. */
void weir_hll_add_hashes(struct weir_hll *hll, enum weir_isa isa, const uint64_t *hashes,
                         uint32_t count);

/* Register-wise maximum: exactly the state of the joined streams. */
void weir_hll_merge(struct weir_hll *hll, const struct weir_hll *other);

/* Appends the registers. Loading returns false when the bytes are none. */
void weir_hll_save(const struct weir_hll *hll, struct weir_state_writer *writer);
bool weir_hll_load(struct weir_hll *hll, struct weir_state_reader *reader);

double weir_hll_estimate(const struct weir_hll *hll);

/* Standard error of the estimate, relative: 1.04 / sqrt(4096). */
#define WEIR_HLL_RELATIVE_ERROR 0.01625

#endif
