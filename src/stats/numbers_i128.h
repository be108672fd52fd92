/* 128-bit integers of the compiler, and their form in results. */
#ifndef WEIR_STATS_NUMBERS_I128_H
#define WEIR_STATS_NUMBERS_I128_H

#include "base/check.h"
#include "weir/types.h"

__extension__ typedef __int128 weir_int128;
__extension__ typedef unsigned __int128 weir_uint128;

static inline weir_int128 weir_int128_of(struct weir_i128 value) {
    const weir_uint128 high = (uint64_t)value.high;
    /* The analyzer of clang 14 loses the cast to uint64_t. */
    return (weir_int128)((high << 64) | value.low); // NOLINT(clang-analyzer-core.UndefinedBinary*)
}

static inline struct weir_i128 weir_i128_of(weir_int128 value) {
    weir_uint128 bits = (weir_uint128)value;
    return (struct weir_i128){(uint64_t)bits, (int64_t)(uint64_t)(bits >> 64)};
}

#endif
