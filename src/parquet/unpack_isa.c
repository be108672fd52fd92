/* Unpacking kernels; compiled once for each instruction set. */
#include "parquet/unpack_kernels.h"

#include "base/bits.h"

#if WEIR_ISA_LEVEL >= 2
#include "parquet/unpack_avx2.h"
#endif

#include "base/banned.h"

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)

/* One value at a bit offset, from at most eight bytes inside in[0..readable). */
static uint32_t one(const uint8_t *in, size_t readable, uint64_t bit, uint32_t width) {
    size_t byte = (size_t)(bit / 8);
    uint64_t word = 0;
    if (byte + 8 <= readable) {
        word = weir_load_u64(in + byte);
    } else {
        memcpy(&word, in + byte, readable - byte);
    }
    return (uint32_t)((word >> (bit % 8)) & ((UINT64_C(1) << width) - 1));
}

static void unpack_tail(const struct weir_unpack_plan *plan, const uint8_t *in, size_t readable,
                        uint32_t *out, uint32_t from, uint32_t count) {
    for (uint32_t i = from; i < count; i++) {
        out[i] = one(in, readable, (uint64_t)i * plan->width, plan->width);
    }
}

#if WEIR_ISA_LEVEL >= 2

/* Four groups of eight at a time: several wait for their loads together. */
#define GROUPS_ABREAST 4u

/* Values of up to 25 bits: 7 instructions for eight. Returns how many are out. */
static uint32_t unpack_narrow(const uint8_t *in, size_t readable, uint32_t width, uint32_t *out,
                              uint32_t count) {
    const struct weir_narrow_layout *layout = &weir_narrow_layouts[width];
    __m256i bytes = _mm256_load_si256((const void *)layout->bytes);
    __m256i shifts = _mm256_load_si256((const void *)layout->shifts);
    __m256i mask = _mm256_set1_epi32((int)((UINT32_C(1) << width) - 1));
    size_t step = (size_t)width * GROUPS_ABREAST;
    uint32_t i = 0;
    for (; i + 8 * GROUPS_ABREAST <= count && step + WEIR_UNPACK_SLACK <= readable;
         i += 8 * GROUPS_ABREAST) {
        for (uint32_t group = 0; group < GROUPS_ABREAST; group++) {
            __m256i values = weir_unpack_narrow(in + group * width, width, bytes, shifts, mask);
            _mm256_storeu_si256((void *)(out + i + 8 * group), values);
        }
        in += step;
        readable -= step;
    }
    for (; i + 8 <= count && width + WEIR_UNPACK_SLACK <= readable; i += 8) {
        __m256i values = weir_unpack_narrow(in, width, bytes, shifts, mask);
        _mm256_storeu_si256((void *)(out + i), values);
        in += width;
        readable -= width;
    }
    return i;
}

/* Wider ones. */
static uint32_t unpack_wide(const uint8_t *in, size_t readable, uint32_t width, uint32_t *out,
                            uint32_t count) {
    struct weir_wide_unpacker unpacker = weir_wide_unpacker(width);
    uint32_t i = 0;
    for (; i + 8 <= count && width + WEIR_UNPACK_SLACK <= readable; i += 8) {
        __m256i low = weir_unpack_wide(&unpacker, 0, in);
        __m256i high = weir_unpack_wide(&unpacker, 1, in);
        _mm256_storeu_si256((void *)(out + i), weir_join_low_words(low, high));
        in += width;
        readable -= width;
    }
    return i;
}

#endif

#if WEIR_ISA_LEVEL >= 3

/* Sixteen values of up to 25 bits by one byte permutation: 4 instructions. */
static void unpack(const struct weir_unpack_plan *plan, const uint8_t *in, size_t readable,
                   uint32_t *out, uint32_t count) {
    uint32_t width = plan->width;
    uint32_t i = 0;
    if (width <= 25) {
        __m512i bytes = _mm512_loadu_si512(plan->byte_of);
        __m512i shifts = _mm512_loadu_si512(plan->shift_of);
        __m512i mask = _mm512_set1_epi32((int)((UINT32_C(1) << width) - 1));
        size_t at = 0;
        for (; i + 16 <= count && at + 64 <= readable; i += 16) {
            __m512i raw = _mm512_loadu_si512(in + at);
            __m512i value = _mm512_permutexvar_epi8(bytes, raw);
            value = _mm512_and_si512(_mm512_srlv_epi32(value, shifts), mask);
            _mm512_storeu_si512(out + i, value);
            at += 2 * (size_t)width;
        }
    }
    if (i == 0) {
        i = width <= WEIR_UNPACK_NARROW_MAX ? unpack_narrow(in, readable, width, out, count)
                                            : unpack_wide(in, readable, width, out, count);
    }
    unpack_tail(plan, in, readable, out, i, count);
}

#elif WEIR_ISA_LEVEL == 2

static void unpack(const struct weir_unpack_plan *plan, const uint8_t *in, size_t readable,
                   uint32_t *out, uint32_t count) {
    uint32_t width = plan->width;
    uint32_t i = width <= WEIR_UNPACK_NARROW_MAX ? unpack_narrow(in, readable, width, out, count)
                                                 : unpack_wide(in, readable, width, out, count);
    unpack_tail(plan, in, readable, out, i, count);
}

#else

static void unpack(const struct weir_unpack_plan *plan, const uint8_t *in, size_t readable,
                   uint32_t *out, uint32_t count) {
    uint32_t width = plan->width;
    uint32_t mask = (uint32_t)((UINT64_C(1) << width) - 1);
    uint32_t i = 0;
    /* Groups of eight: all loads of a group lie inside width + 7 bytes. */
    for (; i + 8 <= count; i += 8) {
        size_t start = (size_t)i / 8 * width;
        if (start + width + 8 > readable) {
            break;
        }
        for (uint32_t j = 0; j < 8; j++) {
            uint64_t word = weir_load_u64(in + start + j * width / 8);
            out[i + j] = (uint32_t)(word >> (j * width % 8)) & mask;
        }
    }
    unpack_tail(plan, in, readable, out, i, count);
}

#endif

/* Four in a row: one alone would wait for the maximum before. */
static uint32_t largest(const uint32_t *values, uint32_t count) {
    uint32_t max = 0;
    uint32_t i = 0;
#if WEIR_ISA_LEVEL >= 2
    __m256i most[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                       _mm256_setzero_si256()};
    for (; i + 32 <= count; i += 32) {
        for (uint32_t j = 0; j < 4; j++) {
            __m256i some = _mm256_loadu_si256((const void *)(values + i + 8 * j));
            most[j] = _mm256_max_epu32(most[j], some);
        }
    }
    uint32_t lanes[8];
    most[0] =
        _mm256_max_epu32(_mm256_max_epu32(most[0], most[1]), _mm256_max_epu32(most[2], most[3]));
    _mm256_storeu_si256((void *)lanes, most[0]);
    for (uint32_t j = 0; j < 8; j++) {
        max = lanes[j] > max ? lanes[j] : max;
    }
#endif
    for (; i < count; i++) {
        max = values[i] > max ? values[i] : max;
    }
    return max;
}

const struct weir_unpack_kernels JOIN(weir_unpack, WEIR_ISA_NAME) = {unpack, largest};
