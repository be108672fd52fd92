#include "stats/numbers.h"

#include "base/bits.h"
#include "stats/numbers_i128.h"
#include "stats/numbers_kernels.h"

#include "base/banned.h"

#define TOP_BIT (UINT64_C(1) << 63)

static const struct weir_number_keys_table *keys_table_of(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX512) {
        return &weir_number_keys_avx512;
    }
    if (isa == WEIR_ISA_AVX2) {
        return &weir_number_keys_avx2;
    }
#endif
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
    return &weir_number_keys_scalar;
}

/*
 * Format notes. A 128-bit integer is shortened to a sign, an exponent and 56 significant bits, and
 * orders as before. Of v >= 0 with b bits, e = max(b - 56, 0) bits are dropped; the key is 2^63 +
 * e 2^56 + (v >> e), ascending as the mantissa stays below 2^56. The key of v < 0 is the complement
 * of that of its complement. So keys are exact for -2^56 <= v < 2^56; beyond that the values of one
 * key lie within 2^-55 of their size, and a key stands for the least of them: values are rounded
 * towards minus infinity.
 */
#define MANTISSA_BITS 56u

static uint64_t key_of_wide(weir_int128 value) {
    const weir_uint128 size = (weir_uint128)(value < 0 ? ~value : value);
    const uint64_t top = (uint64_t)(size >> 64);
    const uint32_t bits = top != 0 ? 64 + weir_bit_width(top) : weir_bit_width((uint64_t)size);
    const uint32_t dropped = bits > MANTISSA_BITS ? bits - MANTISSA_BITS : 0;
    const uint64_t key =
        TOP_BIT + ((uint64_t)dropped << MANTISSA_BITS) + (uint64_t)(size >> dropped);
    return value < 0 ? ~key : key;
}

static struct weir_i128 wide_of_key(uint64_t key, bool *cut_ret) {
    const bool negative = (key & TOP_BIT) == 0;
    const uint64_t rest = (negative ? ~key : key) & ~TOP_BIT;
    const uint64_t mantissa_mask = (UINT64_C(1) << MANTISSA_BITS) - 1;
    const uint32_t exponent = (uint32_t)(rest >> MANTISSA_BITS);
    const uint64_t mantissa = rest & mantissa_mask;
    weir_uint128 size = (weir_uint128)mantissa << exponent;
    *cut_ret = exponent > 0;
    if (negative) {
        size |= ((weir_uint128)1 << exponent) - 1;
        return weir_i128_of((weir_int128)~size);
    }
    return weir_i128_of((weir_int128)size);
}

struct weir_i128 weir_wide_of_key_high(uint64_t key) {
    bool cut = false;
    const uint64_t rest = ((key & TOP_BIT) == 0 ? ~key : key) & ~TOP_BIT;
    const weir_uint128 least = (weir_uint128)weir_int128_of(wide_of_key(key, &cut));
    const weir_uint128 span = ((weir_uint128)1 << (rest >> MANTISSA_BITS)) - 1;
    return weir_i128_of((weir_int128)(least + span));
}

/* Scalar on every instruction set: the kind is rare. */
static uint32_t keys_of_wides(const uint8_t *values, const uint32_t *weights, uint32_t count,
                              uint64_t *keys_ret, uint32_t *weights_ret) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t weight = weights == NULL ? 1 : weights[i];
        const struct weir_i128 value = {weir_load_u64(values + 16 * (size_t)i),
                                        (int64_t)weir_load_u64(values + 16 * (size_t)i + 8)};
        keys_ret[kept] = key_of_wide(weir_int128_of(value));
        if (weights_ret != NULL) {
            weights_ret[kept] = weight;
        }
        kept += weight != 0;
    }
    return kept;
}

uint32_t weir_numbers_keys(enum weir_isa isa, enum weir_kind kind, const void *values,
                           const uint32_t *weights, uint32_t count, uint64_t *keys_ret,
                           uint32_t *weights_ret) {
    WEIR_ASSERT(kind != WEIR_KIND_BOOL && kind != WEIR_KIND_BYTES);
    if (kind == WEIR_KIND_I128) {
        return keys_of_wides(values, weights, count, keys_ret, weights_ret);
    }
    uint32_t kept = keys_table_of(isa)->run[kind](values, weights, count, keys_ret, weights_ret);
    WEIR_ASSERT(kept <= count);
    return kept;
}

uint64_t weir_key_of_value(const struct weir_value *value) {
    switch (value->kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: return value->u64 ^ TOP_BIT;
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: {
        const uint64_t bits = weir_bits_of_double(value->f64 + 0.0); /* -0 becomes +0 */
        return bits ^ ((bits & TOP_BIT) != 0 ? UINT64_MAX : TOP_BIT);
    }
    case WEIR_KIND_I128: return key_of_wide(weir_int128_of(value->i128));
    default: return value->u64;
    }
}

struct weir_value weir_value_of_key(enum weir_kind kind, uint64_t key) {
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    value.present = true;
    WEIR_ASSERT(kind != WEIR_KIND_BYTES);
    if (kind == WEIR_KIND_I128) {
        value.i128 = wide_of_key(key, &value.cut);
    } else {
        value.u64 = weir_bits_of_key(kind, key); /* f64 has the same place */
    }
    return value;
}
