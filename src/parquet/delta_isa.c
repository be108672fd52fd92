/* Deltas to values; compiled once for each instruction set. */
#include "parquet/delta_kernels.h"

#include "base/bits.h"

#if WEIR_ISA_LEVEL >= 2
#include "parquet/unpack_avx2.h"
#endif

#include "base/banned.h"

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)

/* The value that starts at a bit, from the nine bytes that it may touch. */
static inline uint64_t one(const uint8_t *in, uint64_t bit, uint64_t mask) {
    const uint8_t *at = in + bit / 8;
    uint64_t shift = bit % 8;
    uint64_t high = (uint64_t)at[8] << 1; /* in two steps: a shift by 64 is not one */
    return (weir_load_u64(at) >> shift | high << (63 - shift)) & mask;
}

static inline uint64_t mask_of(uint32_t width) {
    return width == 0 ? 0 : UINT64_MAX >> (64 - width);
}

/* The reference. */
static void sum_u64_one_by_one(const uint8_t *in, uint32_t width, uint64_t min_delta,
                               uint64_t *last, uint64_t *out, uint32_t count) {
    uint64_t mask = mask_of(width);
    uint64_t sum = *last;
    uint64_t bit = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += min_delta + one(in, bit, mask);
        out[i] = sum;
        bit += width;
    }
    *last = sum;
}

static void sum_u32_one_by_one(const uint8_t *in, uint32_t width, uint32_t min_delta,
                               uint32_t *last, uint32_t *out, uint32_t count) {
    uint64_t mask = mask_of(width);
    uint32_t sum = *last;
    uint64_t bit = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += min_delta + (uint32_t)one(in, bit, mask);
        out[i] = sum;
        bit += width;
    }
    *last = sum;
}

#if WEIR_ISA_LEVEL >= 2

/* Sums of the lanes up to each one. */
static inline __m256i running_u64(__m256i x) {
    x = _mm256_add_epi64(x, _mm256_slli_si256(x, 8));
    __m256i low = _mm256_permute4x64_epi64(x, 0x50);
    return _mm256_add_epi64(x, _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xf0));
}

static inline __m256i running_u32(__m256i x) {
    x = _mm256_add_epi32(x, _mm256_slli_si256(x, 4));
    x = _mm256_add_epi32(x, _mm256_slli_si256(x, 8));
    __m256i low = _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(3));
    return _mm256_add_epi32(x, _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xf0));
}

static void sum_u64(const uint8_t *in, uint32_t width, uint64_t min_delta, uint64_t *last,
                    uint64_t *out, uint32_t count) {
    if (width > WEIR_UNPACK_WIDE_MAX) {
        sum_u64_one_by_one(in, width, min_delta, last, out, count);
        return;
    }
    const struct weir_wide_layout *layout = &weir_wide_layouts[width];
    __m256i bytes_low = _mm256_load_si256((const void *)layout->bytes);
    __m256i bytes_high = _mm256_load_si256((const void *)(layout->bytes + 32));
    __m256i shifts_low = _mm256_load_si256((const void *)layout->shifts);
    __m256i shifts_high = _mm256_load_si256((const void *)(layout->shifts + 4));
    __m256i mask = _mm256_set1_epi64x((long long)mask_of(width));
    __m256i least = _mm256_set1_epi64x((long long)min_delta);
    __m256i before = _mm256_set1_epi64x((long long)*last);
    uint32_t second = width / 4; /* bytes from the first pair to the others */
    uint32_t third = width / 2;
    uint32_t fourth = 3 * width / 4;
    for (uint32_t i = 0; i < count; i += 8) {
        __m256i a = weir_unpack_wide(in, in + second, bytes_low, shifts_low, mask);
        __m256i b = weir_unpack_wide(in + third, in + fourth, bytes_high, shifts_high, mask);
        a = running_u64(_mm256_add_epi64(a, least));
        b = running_u64(_mm256_add_epi64(b, least));
        _mm256_storeu_si256((void *)(out + i), _mm256_add_epi64(a, before));
        before = _mm256_add_epi64(before, _mm256_permute4x64_epi64(a, 0xff));
        _mm256_storeu_si256((void *)(out + i + 4), _mm256_add_epi64(b, before));
        before = _mm256_add_epi64(before, _mm256_permute4x64_epi64(b, 0xff));
        in += width;
    }
    *last = (uint64_t)_mm256_extract_epi64(before, 0);
}

static void sum_u32(const uint8_t *in, uint32_t width, uint32_t min_delta, uint32_t *last,
                    uint32_t *out, uint32_t count) {
    if (width > WEIR_UNPACK_NARROW_MAX) {
        sum_u32_one_by_one(in, width, min_delta, last, out, count);
        return;
    }
    const struct weir_narrow_layout *layout = &weir_narrow_layouts[width];
    __m256i bytes = _mm256_load_si256((const void *)layout->bytes);
    __m256i shifts = _mm256_load_si256((const void *)layout->shifts);
    __m256i mask = _mm256_set1_epi32((int)mask_of(width));
    __m256i least = _mm256_set1_epi32((int)min_delta);
    __m256i before = _mm256_set1_epi32((int)*last);
    for (uint32_t i = 0; i < count; i += 8) {
        __m256i x = weir_unpack_narrow(in, width, bytes, shifts, mask);
        x = running_u32(_mm256_add_epi32(x, least));
        _mm256_storeu_si256((void *)(out + i), _mm256_add_epi32(x, before));
        __m256i sum = _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(7));
        before = _mm256_add_epi32(before, sum);
        in += width;
    }
    *last = (uint32_t)_mm256_extract_epi32(before, 0);
}

#define SUM_U64 sum_u64
#define SUM_U32 sum_u32

#else

#define SUM_U64 sum_u64_one_by_one
#define SUM_U32 sum_u32_one_by_one

#endif

const struct weir_delta_kernels JOIN(weir_delta, WEIR_ISA_NAME) = {SUM_U64, SUM_U32};
