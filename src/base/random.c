#include "base/random.h"

#include "base/banned.h"

#define ROUNDS 10
#define MULTIPLIER_0 UINT64_C(0xD2511F53)
#define MULTIPLIER_1 UINT64_C(0xCD9E8D57)
#define WEYL_0 UINT32_C(0x9E3779B9)
#define WEYL_1 UINT32_C(0xBB67AE85)

void weir_random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t words_ret[4]) {
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t product_0 = MULTIPLIER_0 * c0;
        uint64_t product_1 = MULTIPLIER_1 * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    words_ret[0] = c0;
    words_ret[1] = c1;
    words_ret[2] = c2;
    words_ret[3] = c3;
}

void weir_random_draw(uint64_t seed, uint64_t ordinal, enum weir_random_use use, uint32_t place,
                      uint64_t index, uint32_t words_ret[4]) {
    WEIR_ASSERT(place < (1u << 16));
    /* The use and the place take the upper 24 bits of a 64-bit index: 2^40 draws of a kind are
     * more than a stream of 2^52 values makes. */
    WEIR_ASSERT(index < (UINT64_C(1) << 40));
    uint64_t number = index | (uint64_t)place << 40 | (uint64_t)use << 56;
    uint32_t counter[4] = {(uint32_t)number, (uint32_t)(number >> 32), (uint32_t)ordinal,
                           (uint32_t)(ordinal >> 32)};
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    weir_random_block(counter, key, words_ret);
}
