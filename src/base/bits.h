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

#endif
