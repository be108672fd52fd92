/* Unaligned little-endian loads and small bit helpers. */
#ifndef WEIR_BASE_BITS_H
#define WEIR_BASE_BITS_H

#include "base/check.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "loads assume a little-endian machine");

static inline uint32_t weir_load_u32(const void *from) {
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline uint64_t weir_load_u64(const void *from) {
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline uint64_t weir_bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double weir_double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Number of bits needed to hold `value`: 0 for 0, 1 for 1, 2 for 2 and 3. */
static inline uint32_t weir_bit_width(uint64_t value) {
    return value == 0 ? 0 : 64u - (uint32_t)__builtin_clzll(value);
}

/* Bits that are set. The compiler's own is a call to a table where the CPU is not known. */
static inline uint32_t weir_popcount(uint64_t value) {
    value -= value >> 1 & UINT64_C(0x5555555555555555);
    value = (value & UINT64_C(0x3333333333333333)) + (value >> 2 & UINT64_C(0x3333333333333333));
    value = (value + (value >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)((value * UINT64_C(0x0101010101010101)) >> 56);
}

/* Ones among the first `count` bits, lowest bit of each byte first. */
static inline uint64_t weir_count_ones(const uint8_t *bits, uint64_t count) {
    uint64_t ones = 0;
    uint64_t bytes = count / 8;
    uint64_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        ones += weir_popcount(weir_load_u64(bits + i));
    }
    for (; i < bytes; i++) {
        ones += weir_popcount(bits[i]);
    }
    if (count % 8 != 0) {
        ones += weir_popcount(bits[bytes] & ((1u << (count % 8)) - 1));
    }
    return ones;
}

#endif
