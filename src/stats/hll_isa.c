#include "stats/hll_kernels.h"

#include "base/hash.h"

#include "base/banned.h"

static inline void offer(uint8_t *registers, uint64_t hash) {
    uint32_t index = weir_hll_index(hash);
    uint8_t rank = (uint8_t)weir_hll_rank(hash);
    registers[index] = rank > registers[index] ? rank : registers[index];
}

static void add_keys(uint8_t *registers, uint32_t floor, const uint64_t *keys, uint32_t count) {
    uint64_t mask = weir_hll_floor_mask(floor);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash = weir_hash_u64(keys[i]);
        if ((hash & mask) == 0) {
            offer(registers, hash);
        }
    }
}

static void add_hashes(uint8_t *registers, uint32_t floor, const uint64_t *hashes,
                       uint32_t count) {
    uint64_t mask = weir_hll_floor_mask(floor);
    for (uint32_t i = 0; i < count; i++) {
        if ((hashes[i] & mask) == 0) {
            offer(registers, hashes[i]);
        }
    }
}

static uint32_t lowest(const uint8_t *registers) {
    uint8_t least = UINT8_MAX;
    for (uint32_t i = 0; i < WEIR_HLL_REGISTERS; i++) {
        least = registers[i] < least ? registers[i] : least;
    }
    return least;
}

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

const struct weir_hll_kernels PASTE(weir_hll_kernels_, WEIR_ISA_NAME) = {
    .add_keys = add_keys,
    .add_hashes = add_hashes,
    .lowest = lowest,
};
