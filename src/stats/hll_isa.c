#include "stats/hll_kernels.h"

#include "base/hash.h"

#if WEIR_ISA_LEVEL == 3
#include <immintrin.h>
#elif WEIR_ISA_LEVEL == 2
#include "stats/compress_avx2.h"
#endif

#include "base/banned.h"

/*
 * Every kernel hashes, drops the hashes whose rank is not above the floor, and offers the others
 * one by one. Dropped hashes could not have changed a register: its value is at least the floor.
 */

static inline void offer(uint8_t *registers, uint64_t hash) {
    uint32_t index = weir_hll_index(hash);
    uint8_t rank = (uint8_t)weir_hll_rank(hash);
    /* A branch, not a maximum: stores would be in the way of later loads, and are soon rare. */
    if (WEIR_UNLIKELY(rank > registers[index])) {
        registers[index] = rank;
    }
}

/* Below this floor so many hashes pass that the branch on it would often be missed. */
#define FLOOR_USEFUL 3u

static inline void add_plain(uint8_t *registers, uint32_t floor, bool are_hashes,
                             const uint64_t *words, uint32_t count) {
    uint64_t mask = weir_hll_floor_mask(floor);
    if (floor < FLOOR_USEFUL) {
        for (uint32_t i = 0; i < count; i++) {
            offer(registers, are_hashes ? words[i] : weir_hash_u64(words[i]));
        }
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash = are_hashes ? words[i] : weir_hash_u64(words[i]);
        if (WEIR_UNLIKELY((hash & mask) == 0)) {
            offer(registers, hash);
        }
    }
}

#if WEIR_ISA_LEVEL == 3

#define LANES 8u

typedef __m512i vec;

/*
 * One multiplication of weir_hash_u64 and the xorshift after it. The word is held as two vectors,
 * its lower and its upper 32 bits; above these the lanes hold rubbish, which vpmuludq ignores.
 */
static inline void multiply_and_shift(vec *low, vec *high) {
    const vec factor_low = _mm512_set1_epi64(0x6659fd93);
    const vec factor_high = _mm512_set1_epi64(0xd6e8feb8);
    vec product = _mm512_mul_epu32(*low, factor_low);
    vec cross =
        _mm512_add_epi64(_mm512_mul_epu32(*low, factor_high), _mm512_mul_epu32(*high, factor_low));
    *high = _mm512_add_epi64(_mm512_srli_epi64(product, 32), cross);
    *low = _mm512_xor_si512(product, *high);
}

static inline vec hash_8(vec x) {
    vec high = _mm512_srli_epi64(x, 32);
    vec low = _mm512_xor_si512(x, high);
    multiply_and_shift(&low, &high);
    multiply_and_shift(&low, &high);
    return _mm512_mask_shuffle_epi32(low, 0xaaaa, high, _MM_PERM_CCAA);
}

/*
 * The lanes whose rank, one more than the leading zeros, is above their register's value now. The
 * aligned group of four registers is gathered, so nothing outside the array is read.
 */
static inline uint32_t lanes_above(const uint8_t *registers, vec hashes) {
    vec index = _mm512_and_si512(hashes, _mm512_set1_epi64(WEIR_HLL_REGISTERS - 1));
    vec word = _mm512_andnot_si512(_mm512_set1_epi64(3), index);
    __m256i words = _mm512_i64gather_epi32(word, registers, 1);
    vec shift = _mm512_slli_epi64(_mm512_and_si512(index, _mm512_set1_epi64(3)), 3);
    vec value = _mm512_srlv_epi64(_mm512_cvtepu32_epi64(words), shift);
    value = _mm512_and_si512(value, _mm512_set1_epi64(0xff));
    vec stopped = _mm512_or_si512(hashes, _mm512_set1_epi64(1 << (WEIR_HLL_P - 1)));
    return _mm512_cmpge_epu64_mask(_mm512_lzcnt_epi64(stopped), value);
}

/* Offers the hashes of some lanes one by one: two of them may be for the same register. */
static void offer_lanes(uint8_t *registers, uint32_t lanes, const uint64_t *hashes) {
    for (uint32_t left = lanes; left != 0; left &= left - 1) {
        offer(registers, hashes[__builtin_ctz(left)]);
    }
}

/* The bit that is in the mask from floor 7 on: a vector passes whole 15 times out of 16. */
#define FLOOR_RARE_MASK (UINT64_C(1) << 57)

/* Hashes a slice; those above the floor go to `kept`, which has room for a vector more. */
static inline uint32_t keep_above(uint64_t mask, bool are_hashes, const uint64_t *words,
                                  uint32_t count, uint64_t *kept) {
    const vec masks = _mm512_set1_epi64((long long)mask);
    /* A branch only where it is nearly always taken. */
    const bool rare = (mask & FLOOR_RARE_MASK) != 0;
    uint32_t n = 0;
    WEIR_ASSERT_HOT(count % LANES == 0);
    for (uint32_t i = 0; i < count; i += LANES) {
        vec x = _mm512_loadu_si512(words + i);
        vec hashes = are_hashes ? x : hash_8(x);
        __mmask8 pass = _mm512_testn_epi64_mask(hashes, masks);
        if (rare && pass == 0) {
            continue;
        }
        _mm512_storeu_si512(kept + n, _mm512_maskz_compress_epi64(pass, hashes));
        n += (uint32_t)__builtin_popcount(pass);
    }
    return n;
}

#define SLICE 256u

static inline void add_words(uint8_t *registers, uint32_t floor, bool are_hashes,
                             const uint64_t *words, uint32_t count) {
    uint64_t mask = weir_hll_floor_mask(floor);
    uint64_t kept[SLICE + LANES];
    while (count >= LANES) {
        uint32_t slice = count < SLICE ? count & ~(LANES - 1) : SLICE;
        uint32_t n = keep_above(mask, are_hashes, words, slice, kept);
        WEIR_ASSERT(n <= slice);
        for (uint32_t i = 0; i < n; i += LANES) {
            uint32_t live = n - i < LANES ? (1u << (n - i)) - 1 : (1u << LANES) - 1;
            uint32_t above = live & lanes_above(registers, _mm512_loadu_si512(kept + i));
            if (WEIR_UNLIKELY(above != 0)) {
                offer_lanes(registers, above, kept + i);
            }
        }
        words += slice;
        count -= slice;
    }
    add_plain(registers, floor, are_hashes, words, count);
}

#elif WEIR_ISA_LEVEL == 2

#define LANES 4u

typedef __m256i vec;

/*
 * One multiplication of weir_hash_u64 and the xorshift after it. The word is held as two vectors,
 * its lower and its upper 32 bits; above these the lanes hold rubbish, which vpmuludq ignores.
 */
static inline void multiply_and_shift(vec *low, vec *high) {
    const vec factor_low = _mm256_set1_epi64x(0x6659fd93);
    const vec factor_high = _mm256_set1_epi64x(0xd6e8feb8);
    vec product = _mm256_mul_epu32(*low, factor_low);
    vec cross =
        _mm256_add_epi64(_mm256_mul_epu32(*low, factor_high), _mm256_mul_epu32(*high, factor_low));
    *high = _mm256_add_epi64(_mm256_srli_epi64(product, 32), cross);
    *low = _mm256_xor_si256(product, *high);
}

static inline vec hash_4(vec x) {
    vec high = _mm256_srli_epi64(x, 32);
    vec low = _mm256_xor_si256(x, high);
    multiply_and_shift(&low, &high);
    multiply_and_shift(&low, &high);
    return _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xaa);
}

/* The bit that is in the mask from floor 7 on: two vectors pass whole 15 times out of 16. */
#define FLOOR_RARE_MASK (UINT64_C(1) << 57)

/* Hashes a slice; those above the floor go to `kept`, which has room for a vector more. */
static inline uint32_t keep_above(uint64_t mask, bool are_hashes, const uint64_t *words,
                                  uint32_t count, uint64_t *kept) {
    const vec masks = _mm256_set1_epi64x((long long)mask);
    const vec zero = _mm256_setzero_si256();
    /* A branch only where it is nearly always taken. */
    const bool rare = (mask & FLOOR_RARE_MASK) != 0;
    uint32_t n = 0;
    WEIR_ASSERT_HOT(count % (2 * LANES) == 0);
    for (uint32_t i = 0; i < count; i += 2 * LANES) {
        vec a = _mm256_loadu_si256((const __m256i *)(words + i));
        vec b = _mm256_loadu_si256((const __m256i *)(words + i + LANES));
        a = are_hashes ? a : hash_4(a);
        b = are_hashes ? b : hash_4(b);
        if (mask == 0) { /* all pass */
            _mm256_storeu_si256((__m256i *)(kept + i), a);
            _mm256_storeu_si256((__m256i *)(kept + i + LANES), b);
            n += 2 * LANES;
            continue;
        }
        vec pass_a = _mm256_cmpeq_epi64(_mm256_and_si256(a, masks), zero);
        vec pass_b = _mm256_cmpeq_epi64(_mm256_and_si256(b, masks), zero);
        vec pass = _mm256_or_si256(pass_a, pass_b);
        if (rare && _mm256_testz_si256(pass, pass)) {
            continue;
        }
        uint32_t set_a = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(pass_a));
        uint32_t set_b = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(pass_b));
        _mm256_storeu_si256((__m256i *)(kept + n), lanes_to_front(a, set_a));
        n += (uint32_t)__builtin_popcount(set_a);
        _mm256_storeu_si256((__m256i *)(kept + n), lanes_to_front(b, set_b));
        n += (uint32_t)__builtin_popcount(set_b);
    }
    return n;
}

/* A maximum where registers are mostly empty still: a branch would often be missed. */
static inline void raise(uint8_t *registers, uint64_t hash) {
    uint32_t index = weir_hll_index(hash);
    uint8_t rank = (uint8_t)weir_hll_rank(hash);
    uint8_t now = registers[index];
    registers[index] = rank > now ? rank : now;
}

#define SLICE 256u

static inline void add_words(uint8_t *registers, uint32_t floor, bool are_hashes,
                             const uint64_t *words, uint32_t count) {
    uint64_t mask = weir_hll_floor_mask(floor);
    uint64_t kept[SLICE + LANES];
    while (count >= 2 * LANES) {
        uint32_t slice = count < SLICE ? count & ~(2 * LANES - 1) : SLICE;
        uint32_t n = keep_above(mask, are_hashes, words, slice, kept);
        WEIR_ASSERT(n <= slice);
        if (mask == 0) {
            for (uint32_t i = 0; i < n; i++) {
                raise(registers, kept[i]);
            }
        } else {
            for (uint32_t i = 0; i < n; i++) {
                offer(registers, kept[i]);
            }
        }
        words += slice;
        count -= slice;
    }
    add_plain(registers, floor, are_hashes, words, count);
}

#else

static inline void add_words(uint8_t *registers, uint32_t floor, bool are_hashes,
                             const uint64_t *words, uint32_t count) {
    add_plain(registers, floor, are_hashes, words, count);
}

#endif

static void add_keys(uint8_t *registers, uint32_t floor, const uint64_t *keys, uint32_t count) {
    add_words(registers, floor, false, keys, count);
}

static void add_hashes(uint8_t *registers, uint32_t floor, const uint64_t *hashes, uint32_t count) {
    add_words(registers, floor, true, hashes, count);
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
