#include "stats/numbers_kernels.h"
#include "stats/numbers_lanes.h"

#include "base/banned.h"

/*
 * Format notes. A key orders as its value does, as an unsigned 64-bit integer. Unsigned kinds are
 * their own key; signed ones have the top bit turned over; floats are widened to double, -0 made
 * +0 by adding +0, and then all bits of negative ones are turned over and the top bit of the
 * others.
 */

#define BYTES_OF(kind)                                                                             \
    ((kind) == WEIR_KIND_F64 || (kind) == WEIR_KIND_I64 || (kind) == WEIR_KIND_U64 ? 8u : 4u)
#define FLOAT_KIND(kind) ((kind) == WEIR_KIND_F32 || (kind) == WEIR_KIND_F64)

static inline uint64_t key_of_double(double value) {
    uint64_t bits = weir_bits_of_double(value + 0.0);
    return bits ^ ((uint64_t)((int64_t)bits >> 63) | TOP_BIT);
}

/* One value; false for NaN. */
static inline bool key_of(const uint8_t *at, enum weir_kind kind, uint64_t *key_ret) {
    double real = 0;
    switch (kind) {
    case WEIR_KIND_I32:
        *key_ret = (uint64_t)(int64_t)(int32_t)weir_load_u32(at) ^ TOP_BIT;
        return true;
    case WEIR_KIND_U32: *key_ret = weir_load_u32(at); return true;
    case WEIR_KIND_I64: *key_ret = weir_load_u64(at) ^ TOP_BIT; return true;
    case WEIR_KIND_U64: *key_ret = weir_load_u64(at); return true;
    case WEIR_KIND_F32: {
        float narrow;
        memcpy(&narrow, at, sizeof narrow);
        real = (double)narrow;
        break;
    }
    default: real = weir_double_of_bits(weir_load_u64(at)); break;
    }
    *key_ret = key_of_double(real);
    return real == real;
}

/* A key is always written, and kept by moving on: no branch to mispredict. */
INLINE uint32_t one_by_one(const uint8_t *values, const uint32_t *weights, uint32_t from,
                           uint32_t to, uint64_t *keys, uint32_t *weights_ret, uint32_t kept,
                           const enum weir_kind kind) {
    for (uint32_t i = from; i < to; i++) {
        uint32_t weight = weights == NULL ? 1 : weights[i];
        bool here = key_of(values + (size_t)i * BYTES_OF(kind), kind, &keys[kept]);
        if (weights_ret != NULL) {
            weights_ret[kept] = weight;
        }
        kept += here && weight != 0;
    }
    return kept;
}

#if WEIR_ISA_LEVEL >= 2

/* The keys of one register of values; *real_ret are the values as doubles, for floats. */
INLINE words register_keys(const uint8_t *at, enum weir_kind kind, reals *real_ret) {
    words top = word_set(TOP_BIT);
    switch (kind) {
    case WEIR_KIND_I32: return word_xor(load_i32(at), top);
    case WEIR_KIND_U32: return load_u32(at);
    case WEIR_KIND_I64: return word_xor(load_u64(at), top);
    case WEIR_KIND_U64: return load_u64(at);
    default: break;
    }
    *real_ret = kind == WEIR_KIND_F64 ? load_f64(at) : load_f32(at);
    reals plus = real_add(*real_ret, real_set(0));
#if WEIR_ISA_LEVEL == 3
    words bits = _mm512_castpd_si512(plus);
    return word_xor(bits, _mm512_or_si512(_mm512_srai_epi64(bits, 63), top));
#else
    words bits = _mm256_castpd_si256(plus);
    words negative = word_less(bits, word_set(0));
    return word_xor(bits, _mm256_or_si256(negative, top));
#endif
}

#endif

#if WEIR_ISA_LEVEL == 3

INLINE uint32_t block_keys(const uint8_t *values, const uint32_t *weights, uint32_t count,
                           uint64_t *keys, uint32_t *weights_ret, const enum weir_kind kind) {
    uint32_t kept = 0;
    uint32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        reals real = real_set(0);
        words key = register_keys(values + (size_t)i * BYTES_OF(kind), kind, &real);
        __m256i weight = _mm256_set1_epi32(1);
        __mmask8 here = 0xff;
        if (weights != NULL) {
            weight = _mm256_loadu_si256((const __m256i *)(const void *)(weights + i));
            here = _mm256_test_epi32_mask(weight, weight);
        }
        if (FLOAT_KIND(kind)) {
            here = mask_without(here, real_nan(real));
        }
        if (here == 0xff) {
            word_to(keys + kept, key);
        } else {
            word_to(keys + kept, _mm512_maskz_compress_epi64(here, key));
            weight = _mm256_maskz_compress_epi32(here, weight);
        }
        if (weights_ret != NULL) {
            _mm256_storeu_si256((__m256i *)(void *)(weights_ret + kept), weight);
        }
        kept += (uint32_t)__builtin_popcount(here);
    }
    return one_by_one(values, weights, i, count, keys, weights_ret, kept, kind);
}

#elif WEIR_ISA_LEVEL == 2

/* Registers without NaN go straight through; with weights, or behind a NaN, one by one. */
INLINE uint32_t block_keys(const uint8_t *values, const uint32_t *weights, uint32_t count,
                           uint64_t *keys, uint32_t *weights_ret, const enum weir_kind kind) {
    if (weights != NULL || weights_ret != NULL) {
        return one_by_one(values, weights, 0, count, keys, weights_ret, 0, kind);
    }
    uint32_t kept = 0;
    uint32_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        reals real = real_set(0);
        words key = register_keys(values + (size_t)i * BYTES_OF(kind), kind, &real);
        if (FLOAT_KIND(kind) && _mm256_movemask_epi8(real_nan(real)) != 0) {
            kept = one_by_one(values, NULL, i, i + WIDTH, keys, NULL, kept, kind);
        } else {
            word_to(keys + kept, key);
            kept += WIDTH;
        }
    }
    return one_by_one(values, NULL, i, count, keys, NULL, kept, kind);
}

#else

INLINE uint32_t block_keys(const uint8_t *values, const uint32_t *weights, uint32_t count,
                           uint64_t *keys, uint32_t *weights_ret, const enum weir_kind kind) {
    return one_by_one(values, weights, 0, count, keys, weights_ret, 0, kind);
}

#endif

#define KEYS(name, kind)                                                                           \
    static uint32_t name(const uint8_t *values, const uint32_t *weights, uint32_t count,           \
                         uint64_t *keys, uint32_t *weights_ret) {                                  \
        if (weights == NULL && weights_ret == NULL) {                                              \
            return block_keys(values, NULL, count, keys, NULL, kind);                              \
        }                                                                                          \
        return block_keys(values, weights, count, keys, weights_ret, kind);                        \
    }

KEYS(keys_i32, WEIR_KIND_I32)
KEYS(keys_u32, WEIR_KIND_U32)
KEYS(keys_i64, WEIR_KIND_I64)
KEYS(keys_u64, WEIR_KIND_U64)
KEYS(keys_f32, WEIR_KIND_F32)
KEYS(keys_f64, WEIR_KIND_F64)

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)

const struct weir_number_keys_table NAMED(weir_number_keys_, WEIR_ISA_NAME) = {
    {NULL, keys_i32, keys_u32, keys_i64, keys_u64, keys_f32, keys_f64}};
