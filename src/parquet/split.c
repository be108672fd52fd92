#include "parquet/split.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A page of n values of `width` bytes has `width` streams of n bytes each: first the lowest byte
 *   of every value, then the next one. There is no header and no padding. The page must have
 *   exactly n * width bytes; that is for the caller to check.
 * - Legal for FLOAT, DOUBLE, INT32, INT64 and FIXED_LEN_BYTE_ARRAY of any length, FLOAT16 included.
 */

/* Values that are put together at a time, so that the lines they lie in stay in the cache. */
#define TILE 64u

static void join_some(const uint8_t *const *streams, uint32_t first, uint32_t last, uint32_t width,
                      uint8_t *out, uint32_t count) {
    for (uint32_t low = 0; low < count; low += TILE) {
        uint32_t high = count - low < TILE ? count : low + TILE;
        for (uint32_t k = first; k < last; k++) {
            const uint8_t *stream = streams[k - first];
            for (uint32_t i = low; i < high; i++) {
                out[(size_t)i * width + k] = stream[i];
            }
        }
    }
}

void weir_split_join(const struct weir_split_kernels *kernels, const uint8_t *const streams[],
                     uint32_t width, uint8_t *out, uint32_t count) {
    WEIR_ASSERT(kernels != NULL && width > 0 && width <= WEIR_SPLIT_STREAMS_MAX);
    switch (width) {
    case 1: memcpy(out, streams[0], count); break;
    case 2: kernels->join_2(streams, out, count); break;
    case 4: kernels->join_4(streams, out, count); break;
    case 8: kernels->join_8(streams, out, count); break;
    default: join_some(streams, 0, width, width, out, count); break;
    }
}

void weir_split_join_strided(const struct weir_split_kernels *kernels, const uint8_t *base,
                             uint64_t stride, uint32_t width, uint8_t *out, uint32_t count) {
    const uint8_t *streams[WEIR_SPLIT_STREAMS_MAX];
    WEIR_ASSERT(width > 0 && count <= stride);
    for (uint32_t first = 0; first < width; first += WEIR_SPLIT_STREAMS_MAX) {
        uint32_t some = (uint32_t)weir_min_u64(width - first, WEIR_SPLIT_STREAMS_MAX);
        for (uint32_t k = 0; k < some; k++) {
            streams[k] = base + (first + k) * stride;
        }
        if (width <= WEIR_SPLIT_STREAMS_MAX) {
            weir_split_join(kernels, streams, width, out, count);
        } else {
            join_some(streams, first, first + some, width, out, count);
        }
    }
}

const struct weir_split_kernels *weir_split_choose(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    switch (weir_isa_choose(isa)) {
    case WEIR_ISA_AVX512: return &weir_split_avx512;
    case WEIR_ISA_AVX2: return &weir_split_avx2;
    default: break;
    }
#endif
    (void)isa;
    return &weir_split_scalar;
}
