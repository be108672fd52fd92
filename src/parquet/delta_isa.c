/* Deltas to values; compiled once for each instruction set. */
#include "parquet/delta_kernels.h"

#include "base/bits.h"

#if WEIR_ISA_LEVEL >= 2
#include "parquet/unpack_avx2.h"
#endif

#include "base/banned.h"

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)

static inline uint64_t mask_of(uint32_t width) {
#if WEIR_ISA_LEVEL >= 2
    return _bzhi_u64(UINT64_MAX, width);
#else
    return width == 0 ? 0 : UINT64_MAX >> (64 - width);
#endif
}

#if WEIR_ISA_LEVEL >= 2

/* Miniblocks are short: what one width needs must not make the others save registers. */
#define NOT_INLINED __attribute__((noinline))

static inline void store(void *to, __m256i x) {
    _mm256_storeu_si256(to, x);
}

/* Sums of the 32-bit lanes up to each one, in each half of the register. */
static inline __m256i sum_halves_u32(__m256i x) {
    x = _mm256_add_epi32(x, _mm256_slli_si256(x, 4));
    return _mm256_add_epi32(x, _mm256_slli_si256(x, 8));
}

/* What the next four values are before their own deltas: last + least * (1, 2, 3, 4). */
static inline __m256i before_four(uint64_t last, __m256i least) {
    __m256i pairs = _mm256_add_epi64(least, _mm256_slli_si256(least, 8));
    __m256i twice = _mm256_add_epi64(least, least);
    __m256i ramp = _mm256_add_epi64(pairs, _mm256_blend_epi32(_mm256_setzero_si256(), twice, 0xf0));
    return _mm256_add_epi64(ramp, _mm256_set1_epi64x((long long)last));
}

/* Width 0: an arithmetic progression. */
NOT_INLINED static void sum_u64_even(uint64_t min_delta, uint64_t *last, uint64_t *out,
                                     uint32_t count) {
    const __m256i least = _mm256_set1_epi64x((long long)min_delta);
    const __m256i four = _mm256_slli_epi64(least, 2);
    __m256i low = before_four(*last, least);
    __m256i high = _mm256_add_epi64(low, four);
    for (const uint64_t *end = out + count; out < end; out += 8) {
        store(out, low);
        store(out + 4, high);
        low = _mm256_add_epi64(high, four);
        high = _mm256_add_epi64(low, four);
    }
    *last += count * min_delta;
}

/* Up to 25 bits: eight deltas above min_delta add up to less than 2^32. They are summed up in
 * 32-bit lanes, four and four, and then widened. */
NOT_INLINED static void sum_u64_narrow(const uint8_t *in, uint32_t width, uint64_t min_delta,
                                       uint64_t *last, uint64_t *out, uint32_t count) {
    const struct weir_narrow_layout *layout = &weir_narrow_layouts[width];
    const __m256i bytes = _mm256_load_si256((const void *)layout->bytes);
    const __m256i shifts = _mm256_load_si256((const void *)layout->shifts);
    const __m256i mask = _mm256_set1_epi32((int)mask_of(width));
    const __m256i zero = _mm256_setzero_si256();
    const __m256i least = _mm256_set1_epi64x((long long)min_delta);
    const __m256i four = _mm256_slli_epi64(least, 2);
    __m256i before = before_four(*last, least);
    for (const uint64_t *end = out + count; out < end; out += 8) {
        __m256i x = sum_halves_u32(weir_unpack_narrow(in, width, bytes, shifts, mask));
        __m256i outer = _mm256_unpacklo_epi32(x, zero); /* 0 1 4 5 */
        __m256i inner = _mm256_unpackhi_epi32(x, zero); /* 2 3 6 7 */
        __m256i sums = _mm256_add_epi64(_mm256_unpackhi_epi64(inner, inner), four);
        store(out, _mm256_add_epi64(before, _mm256_permute2x128_si256(outer, inner, 0x20)));
        before = _mm256_add_epi64(before, _mm256_permute2x128_si256(sums, sums, 0x00));
        store(out + 4, _mm256_add_epi64(before, _mm256_permute2x128_si256(outer, inner, 0x31)));
        before = _mm256_add_epi64(before, _mm256_permute2x128_si256(sums, sums, 0x11));
        in += width;
    }
    *last = (uint64_t)_mm256_extract_epi64(before, 0) - min_delta;
}

/* Adds up four deltas; *before is the value in front of them, in every lane. */
static inline void sum_four(__m256i x, __m256i *before, uint64_t *out) {
    __m256i pairs = _mm256_add_epi64(x, _mm256_shuffle_epi32(x, 0x4e)); /* 01 01 23 23 */
    __m256i others = _mm256_permute2x128_si256(pairs, pairs, 0x01);     /* 23 23 01 01 */
    __m256i first = _mm256_blend_epi32(_mm256_setzero_si256(), others, 0xf0);
    __m256i inside = _mm256_blend_epi32(x, pairs, 0xcc); /* 0 01 2 23 */
    store(out, _mm256_add_epi64(*before, _mm256_add_epi64(inside, first)));
    *before = _mm256_add_epi64(*before, _mm256_add_epi64(pairs, others));
}

/* Up to 57 bits. */
NOT_INLINED static void sum_u64_wide(const uint8_t *in, uint32_t width, uint64_t min_delta,
                                     uint64_t *last, uint64_t *out, uint32_t count) {
    const struct weir_wide_unpacker unpacker = weir_wide_unpacker(width);
    const __m256i least = _mm256_set1_epi64x((long long)min_delta);
    __m256i before = _mm256_set1_epi64x((long long)*last);
    for (const uint64_t *end = out + count; out < end; out += 8) {
        sum_four(_mm256_add_epi64(weir_unpack_wide(&unpacker, 0, in), least), &before, out);
        sum_four(_mm256_add_epi64(weir_unpack_wide(&unpacker, 1, in), least), &before, out + 4);
        in += width;
    }
    *last = (uint64_t)_mm256_extract_epi64(before, 0);
}

/* Up to 64 bits. */
NOT_INLINED static void sum_u64_widest(const uint8_t *in, uint32_t width, uint64_t min_delta,
                                       uint64_t *last, uint64_t *out, uint32_t count) {
    const struct weir_wide_unpacker unpacker = weir_wide_unpacker(width);
    const __m256i least = _mm256_set1_epi64x((long long)min_delta);
    __m256i before = _mm256_set1_epi64x((long long)*last);
    for (const uint64_t *end = out + count; out < end; out += 8) {
        sum_four(_mm256_add_epi64(weir_unpack_widest(&unpacker, 0, in), least), &before, out);
        sum_four(_mm256_add_epi64(weir_unpack_widest(&unpacker, 1, in), least), &before, out + 4);
        in += width;
    }
    *last = (uint64_t)_mm256_extract_epi64(before, 0);
}

/* Width 64: the deltas lie ready. */
NOT_INLINED static void sum_u64_whole(const uint8_t *in, uint64_t min_delta, uint64_t *last,
                                      uint64_t *out, uint32_t count) {
    const __m256i least = _mm256_set1_epi64x((long long)min_delta);
    __m256i before = _mm256_set1_epi64x((long long)*last);
    for (uint32_t i = 0; i < count; i += 4) {
        __m256i x = _mm256_loadu_si256((const void *)(in + (size_t)i * 8));
        sum_four(_mm256_add_epi64(x, least), &before, out + i);
    }
    *last = (uint64_t)_mm256_extract_epi64(before, 0);
}

static void sum_u64(const uint8_t *in, uint32_t width, uint64_t min_delta, uint64_t *last,
                    uint64_t *out, uint32_t count) {
    if (width == 0) {
        sum_u64_even(min_delta, last, out, count);
    } else if (width <= WEIR_UNPACK_NARROW_MAX) {
        sum_u64_narrow(in, width, min_delta, last, out, count);
    } else if (width <= WEIR_UNPACK_WIDE_MAX) {
        sum_u64_wide(in, width, min_delta, last, out, count);
    } else if (width == 64) {
        sum_u64_whole(in, min_delta, last, out, count);
    } else {
        sum_u64_widest(in, width, min_delta, last, out, count);
    }
}

/* Adds up eight deltas; *before is the value in front of them, in every lane. */
static inline void sum_eight_u32(__m256i x, __m256i least, __m256i *before, uint32_t *out) {
    x = sum_halves_u32(_mm256_add_epi32(x, least));
    __m256i low = _mm256_permute2x128_si256(x, x, 0x08); /* nothing, then the lower half */
    x = _mm256_add_epi32(x, _mm256_shuffle_epi32(low, 0xff));
    store(out, _mm256_add_epi32(x, *before));
    x = _mm256_shuffle_epi32(x, 0xff);
    *before = _mm256_add_epi32(*before, _mm256_permute2x128_si256(x, x, 0x11));
}

static void sum_u32_narrow(const uint8_t *in, uint32_t width, uint32_t min_delta, uint32_t *last,
                           uint32_t *out, uint32_t count) {
    const struct weir_narrow_layout *layout = &weir_narrow_layouts[width];
    const __m256i bytes = _mm256_load_si256((const void *)layout->bytes);
    const __m256i shifts = _mm256_load_si256((const void *)layout->shifts);
    const __m256i mask = _mm256_set1_epi32((int)mask_of(width));
    const __m256i least = _mm256_set1_epi32((int)min_delta);
    __m256i before = _mm256_set1_epi32((int)*last);
    for (uint32_t i = 0; i < count; i += 8) {
        __m256i x = weir_unpack_narrow(in, width, bytes, shifts, mask);
        sum_eight_u32(x, least, &before, out + i);
        in += width;
    }
    *last = (uint32_t)_mm256_extract_epi32(before, 0);
}

/* Up to 64 bits, of which the lower 32 count. */
static void sum_u32_wide(const uint8_t *in, uint32_t width, uint32_t min_delta, uint32_t *last,
                         uint32_t *out, uint32_t count) {
    const struct weir_wide_unpacker unpacker = weir_wide_unpacker(width);
    const __m256i least = _mm256_set1_epi32((int)min_delta);
    __m256i before = _mm256_set1_epi32((int)*last);
    for (uint32_t i = 0; i < count; i += 8) {
        __m256i x = weir_join_low_words(weir_unpack_wide(&unpacker, 0, in),
                                        weir_unpack_wide(&unpacker, 1, in));
        sum_eight_u32(x, least, &before, out + i);
        in += width;
    }
    *last = (uint32_t)_mm256_extract_epi32(before, 0);
}

static void sum_u32(const uint8_t *in, uint32_t width, uint32_t min_delta, uint32_t *last,
                    uint32_t *out, uint32_t count) {
    if (width <= WEIR_UNPACK_NARROW_MAX) {
        sum_u32_narrow(in, width, min_delta, last, out, count);
    } else {
        sum_u32_wide(in, width, min_delta, last, out, count);
    }
}

#define SUM_U64 sum_u64
#define SUM_U32 sum_u32

#else

/* The value that starts at a bit, from the nine bytes that it may touch. */
static inline uint64_t one(const uint8_t *in, uint64_t bit, uint64_t mask) {
    const uint8_t *at = in + bit / 8;
    uint64_t shift = bit % 8;
    uint64_t high = (uint64_t)at[8] << 1; /* in two steps: a shift by 64 is not one */
    return (weir_load_u64(at) >> shift | high << (63 - shift)) & mask;
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

#define SUM_U64 sum_u64_one_by_one
#define SUM_U32 sum_u32_one_by_one

#endif

const struct weir_delta_kernels JOIN(weir_delta, WEIR_ISA_NAME) = {SUM_U64, SUM_U32};
