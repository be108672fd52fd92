/* Byte streams to values of 2, 4 and 8 bytes; compiled once for each instruction set. */
#include "parquet/split_kernels.h"

#if WEIR_ISA_LEVEL >= 2
#include <immintrin.h>
#endif

#include "base/banned.h"

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)

/* The reference, from a value on. */
static inline void join_rest(const uint8_t *const *streams, uint32_t width, uint8_t *out,
                             uint32_t from, uint32_t count) {
    for (uint32_t i = from; i < count; i++) {
        for (uint32_t k = 0; k < width; k++) {
            out[(size_t)i * width + k] = streams[k][i];
        }
    }
}

#if WEIR_ISA_LEVEL >= 2

#define STEP 32u /* values at a time */

static inline __m256i load(const uint8_t *from) {
    return _mm256_loadu_si256((const void *)from);
}

/* Writes the lower halves of `count` registers, then the upper ones: unpacking works inside halves,
 * so the lower ones belong to the first sixteen values. */
static inline void store_halves(uint8_t *out, const __m256i *from, uint32_t count) {
    for (uint32_t i = 0; i < count; i += 2) {
        __m256i low = _mm256_permute2x128_si256(from[i], from[i + 1], 0x20);
        __m256i high = _mm256_permute2x128_si256(from[i], from[i + 1], 0x31);
        _mm256_storeu_si256((void *)(out + (size_t)i * 16), low);
        _mm256_storeu_si256((void *)(out + (size_t)(count + i) * 16), high);
    }
}

static uint32_t join_2_wide(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    uint32_t i = 0;
    for (; i + STEP <= count; i += STEP) {
        __m256i a = load(streams[0] + i);
        __m256i b = load(streams[1] + i);
        __m256i pairs[2] = {_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)};
        store_halves(out + (size_t)i * 2, pairs, 2);
    }
    return i;
}

static uint32_t join_4_wide(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    uint32_t i = 0;
    for (; i + STEP <= count; i += STEP) {
        __m256i s[4];
        for (uint32_t k = 0; k < 4; k++) {
            s[k] = load(streams[k] + i);
        }
        __m256i low_a = _mm256_unpacklo_epi8(s[0], s[1]);
        __m256i low_b = _mm256_unpackhi_epi8(s[0], s[1]);
        __m256i high_a = _mm256_unpacklo_epi8(s[2], s[3]);
        __m256i high_b = _mm256_unpackhi_epi8(s[2], s[3]);
        __m256i values[4] = {
            _mm256_unpacklo_epi16(low_a, high_a),
            _mm256_unpackhi_epi16(low_a, high_a),
            _mm256_unpacklo_epi16(low_b, high_b),
            _mm256_unpackhi_epi16(low_b, high_b),
        };
        store_halves(out + (size_t)i * 4, values, 4);
    }
    return i;
}

static uint32_t join_8_wide(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    uint32_t i = 0;
    for (; i + STEP <= count; i += STEP) {
        __m256i pairs[8]; /* bytes 2k and 2k + 1 of the values: first part, second part */
        __m256i fours[8]; /* bytes 4k .. 4k + 3: four parts */
        __m256i values[8];
        for (uint32_t k = 0; k < 4; k++) {
            __m256i a = load(streams[2 * k] + i);
            __m256i b = load(streams[2 * k + 1] + i);
            pairs[2 * k] = _mm256_unpacklo_epi8(a, b);
            pairs[2 * k + 1] = _mm256_unpackhi_epi8(a, b);
        }
        for (uint32_t k = 0; k < 2; k++) {
            for (uint32_t part = 0; part < 2; part++) {
                __m256i a = pairs[4 * k + part];
                __m256i b = pairs[4 * k + 2 + part];
                fours[4 * k + 2 * part] = _mm256_unpacklo_epi16(a, b);
                fours[4 * k + 2 * part + 1] = _mm256_unpackhi_epi16(a, b);
            }
        }
        for (uint32_t part = 0; part < 4; part++) {
            values[2 * part] = _mm256_unpacklo_epi32(fours[part], fours[4 + part]);
            values[2 * part + 1] = _mm256_unpackhi_epi32(fours[part], fours[4 + part]);
        }
        store_halves(out + (size_t)i * 8, values, 8);
    }
    return i;
}

#else

static uint32_t join_2_wide(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    (void)streams, (void)out, (void)count;
    return 0;
}

#define join_4_wide join_2_wide
#define join_8_wide join_2_wide

#endif

static void join_2(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    join_rest(streams, 2, out, join_2_wide(streams, out, count), count);
}

static void join_4(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    join_rest(streams, 4, out, join_4_wide(streams, out, count), count);
}

static void join_8(const uint8_t *const *streams, uint8_t *out, uint32_t count) {
    join_rest(streams, 8, out, join_8_wide(streams, out, count), count);
}

const struct weir_split_kernels JOIN(weir_split, WEIR_ISA_NAME) = {join_2, join_4, join_8};
