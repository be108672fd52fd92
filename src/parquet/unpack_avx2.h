/*
 * Bit unpacking by byte shuffles. Included by the AVX2 and AVX-512 variants of kernels alone.
 *
 * Eight values of w bits take w bytes. A shuffle brings the bytes of each value into a lane of its
 * own, a shift by the value's bit offset and a mask do the rest. Values of up to 25 bits fit 32-bit
 * lanes wherever they start in a byte, values of up to 57 bits fit 64-bit lanes. Wider ones are
 * made of two lanes, the second of which starts 32 bits further on.
 */
#ifndef WEIR_PARQUET_UNPACK_AVX2_H
#define WEIR_PARQUET_UNPACK_AVX2_H

#include "base/check.h"

#include <immintrin.h>

/* Loads may reach this far behind the last byte of a group of eight. */
#define WEIR_UNPACK_SLACK 16u

#define WEIR_UNPACK_NARROW_MAX 25u /* bits that fit a 32-bit lane at any offset */
#define WEIR_UNPACK_WIDE_MAX 57u   /* bits that fit a 64-bit lane at any offset */

/* Eight values in 32-bit lanes: two loads of 16 bytes, four values each. */
struct weir_narrow_layout {
    uint8_t bytes[32];
    uint32_t shifts[8];
};

/* Eight values in 64-bit lanes: four loads of 16 bytes, two values each. */
struct weir_wide_layout {
    uint8_t bytes[64];
    uint64_t shifts[8];
};

/* Bit of value i counted from the byte in which the first value of its load starts. */
#define NARROW_BIT(w, i) ((i) / 4 * 4 * (w) % 8 + (i) % 4 * (w))
#define WIDE_BIT(w, i) ((i) / 2 * 2 * (w) % 8 + (i) % 2 * (w))

#define NARROW_BYTES(w, i)                                                                         \
    NARROW_BIT(w, i) / 8, NARROW_BIT(w, i) / 8 + 1, NARROW_BIT(w, i) / 8 + 2,                      \
        NARROW_BIT(w, i) / 8 + 3
#define WIDE_BYTES(w, i)                                                                           \
    WIDE_BIT(w, i) / 8, WIDE_BIT(w, i) / 8 + 1, WIDE_BIT(w, i) / 8 + 2, WIDE_BIT(w, i) / 8 + 3,    \
        WIDE_BIT(w, i) / 8 + 4, WIDE_BIT(w, i) / 8 + 5, WIDE_BIT(w, i) / 8 + 6,                    \
        WIDE_BIT(w, i) / 8 + 7

#define NARROW(w)                                                                                  \
    {                                                                                              \
        {NARROW_BYTES(w, 0), NARROW_BYTES(w, 1), NARROW_BYTES(w, 2), NARROW_BYTES(w, 3),           \
         NARROW_BYTES(w, 4), NARROW_BYTES(w, 5), NARROW_BYTES(w, 6), NARROW_BYTES(w, 7)},          \
        {                                                                                          \
            NARROW_BIT(w, 0) % 8, NARROW_BIT(w, 1) % 8, NARROW_BIT(w, 2) % 8,                      \
                NARROW_BIT(w, 3) % 8, NARROW_BIT(w, 4) % 8, NARROW_BIT(w, 5) % 8,                  \
                NARROW_BIT(w, 6) % 8, NARROW_BIT(w, 7) % 8                                         \
        }                                                                                          \
    }
#define WIDE(w)                                                                                    \
    {                                                                                              \
        {WIDE_BYTES(w, 0), WIDE_BYTES(w, 1), WIDE_BYTES(w, 2), WIDE_BYTES(w, 3),                   \
         WIDE_BYTES(w, 4), WIDE_BYTES(w, 5), WIDE_BYTES(w, 6), WIDE_BYTES(w, 7)},                  \
        {                                                                                          \
            WIDE_BIT(w, 0) % 8, WIDE_BIT(w, 1) % 8, WIDE_BIT(w, 2) % 8, WIDE_BIT(w, 3) % 8,        \
                WIDE_BIT(w, 4) % 8, WIDE_BIT(w, 5) % 8, WIDE_BIT(w, 6) % 8, WIDE_BIT(w, 7) % 8     \
        }                                                                                          \
    }

#define WIDTHS_OF_8(layout, w)                                                                     \
    layout(w), layout((w) + 1), layout((w) + 2), layout((w) + 3), layout((w) + 4),                 \
        layout((w) + 5), layout((w) + 6), layout((w) + 7)

static const _Alignas(64) struct weir_narrow_layout weir_narrow_layouts[] = {
    WIDTHS_OF_8(NARROW, 0), WIDTHS_OF_8(NARROW, 8), WIDTHS_OF_8(NARROW, 16), NARROW(24), NARROW(25),
};

static const _Alignas(64) struct weir_wide_layout weir_wide_layouts[] = {
    WIDTHS_OF_8(WIDE, 0),  WIDTHS_OF_8(WIDE, 8),  WIDTHS_OF_8(WIDE, 16),
    WIDTHS_OF_8(WIDE, 24), WIDTHS_OF_8(WIDE, 32), WIDTHS_OF_8(WIDE, 40),
    WIDTHS_OF_8(WIDE, 48), WIDTHS_OF_8(WIDE, 56), WIDE(64),
};

_Static_assert(sizeof weir_narrow_layouts == (WEIR_UNPACK_NARROW_MAX + 1) * 64, "one a width");
_Static_assert(sizeof weir_wide_layouts == 65 * 128, "one a width");

static inline __m256i weir_load_halves(const uint8_t *low, const uint8_t *high) {
    __m256i first = _mm256_castsi128_si256(_mm_loadu_si128((const void *)low));
    return _mm256_inserti128_si256(first, _mm_loadu_si128((const void *)high), 1);
}

/* Eight values of width <= WEIR_UNPACK_NARROW_MAX bits in 32-bit lanes. */
static inline __m256i weir_unpack_narrow(const uint8_t *in, uint32_t width, __m256i bytes,
                                         __m256i shifts, __m256i mask) {
    __m256i raw = _mm256_shuffle_epi8(weir_load_halves(in, in + width / 2), bytes);
    return _mm256_and_si256(_mm256_srlv_epi32(raw, shifts), mask);
}

/* What a width of up to 64 bits needs in registers. */
struct weir_wide_unpacker {
    __m256i bytes[2];
    __m256i shifts[2];
    __m256i mask;
    uint32_t starts[4]; /* bytes in front of values 0, 2, 4 and 6 */
};

static inline struct weir_wide_unpacker weir_wide_unpacker(uint32_t width) {
    const struct weir_wide_layout *layout = &weir_wide_layouts[width];
    struct weir_wide_unpacker unpacker;
    for (uint32_t half = 0; half < 2; half++) {
        unpacker.bytes[half] = _mm256_load_si256((const void *)(layout->bytes + 32 * half));
        unpacker.shifts[half] = _mm256_load_si256((const void *)(layout->shifts + 4 * half));
    }
    unpacker.mask = _mm256_set1_epi64x((long long)_bzhi_u64(UINT64_MAX, width));
    unpacker.starts[0] = 0;
    unpacker.starts[1] = width / 4;
    unpacker.starts[2] = width / 2;
    unpacker.starts[3] = 3 * width / 4;
    return unpacker;
}

/* Values 0 to 3 (half 0) or 4 to 7 (half 1) of eight in 64-bit lanes, of which the lowest 57 bits
 * are right; what lies above the width is not cleared. */
static inline __m256i weir_unpack_start(const struct weir_wide_unpacker *unpacker, uint32_t half,
                                        const uint8_t *in) {
    const uint32_t *starts = unpacker->starts + 2 * half;
    __m256i raw = weir_load_halves(in + starts[0], in + starts[1]);
    return _mm256_srlv_epi64(_mm256_shuffle_epi8(raw, unpacker->bytes[half]),
                             unpacker->shifts[half]);
}

/* The same for widths of up to WEIR_UNPACK_WIDE_MAX bits. */
static inline __m256i weir_unpack_wide(const struct weir_wide_unpacker *unpacker, uint32_t half,
                                       const uint8_t *in) {
    return _mm256_and_si256(weir_unpack_start(unpacker, half, in), unpacker->mask);
}

/* The same for all widths. */
static inline __m256i weir_unpack_widest(const struct weir_wide_unpacker *unpacker, uint32_t half,
                                         const uint8_t *in) {
    __m256i low = weir_unpack_start(unpacker, half, in);
    __m256i high = _mm256_slli_epi64(weir_unpack_start(unpacker, half, in + 4), 32);
    return _mm256_and_si256(_mm256_blend_epi32(low, high, 0xaa), unpacker->mask);
}

/* The lower halves of four and four 64-bit lanes, in order. */
static inline __m256i weir_join_low_words(__m256i first, __m256i second) {
    __m256 words = _mm256_shuffle_ps(_mm256_castsi256_ps(first), _mm256_castsi256_ps(second), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(words), 0xd8);
}

#endif
