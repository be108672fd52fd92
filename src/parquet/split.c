#include "parquet/split.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A page of n values of `width` bytes has `width` streams of n bytes each: first the lowest byte
 *   of every value, then the next one. There is no header and no padding. The page must have
 *   exactly n * width bytes; that is for the caller to check.
 * - Legal for FLOAT, DOUBLE, INT32, INT64 and FIXED_LEN_BYTE_ARRAY of any length, FLOAT16 included.
 */

/* Values of other widths are put together from parts of 8, 4, 2 and 1 bytes, so many at a time:
 * what they are copied to stays in the cache. */
#define TILE 64u

/* Copies parts, which lie close together, to their places in the values. */
static inline void place_some(const uint8_t *parts, uint32_t part_bytes, uint32_t width,
                              uint8_t *out, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        memcpy(out + (size_t)i * width, parts + (size_t)i * part_bytes, part_bytes);
    }
}

static void place(const uint8_t *parts, uint32_t part_bytes, uint32_t width, uint8_t *out,
                  uint32_t count) {
    switch (part_bytes) {
    case 8: place_some(parts, 8, width, out, count); break;
    case 4: place_some(parts, 4, width, out, count); break;
    case 2: place_some(parts, 2, width, out, count); break;
    default: place_some(parts, 1, width, out, count); break;
    }
}

static void join(const struct weir_split_kernels *kernels, const uint8_t *const *streams,
                 uint32_t part_bytes, uint8_t *out, uint32_t count) {
    switch (part_bytes) {
    case 8: kernels->join_8(streams, out, count); break;
    case 4: kernels->join_4(streams, out, count); break;
    case 2: kernels->join_2(streams, out, count); break;
    default: memcpy(out, streams[0], count); break;
    }
}

/* As many bytes of each value as there are streams; `out` is where the first of them goes. */
static void join_parts(const struct weir_split_kernels *kernels, const uint8_t *const *streams,
                       uint32_t streams_count, uint32_t width, uint8_t *out, uint32_t count) {
    uint8_t parts[TILE * 8];
    for (uint32_t low = 0; low < count; low += TILE) {
        uint32_t some = count - low < TILE ? count - low : TILE;
        uint8_t *to = out + (size_t)low * width;
        for (uint32_t k = 0; k < streams_count;) {
            uint32_t left = streams_count - k;
            uint32_t part_bytes = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            const uint8_t *from[8];
            for (uint32_t j = 0; j < part_bytes; j++) {
                from[j] = streams[k + j] + low;
            }
            join(kernels, from, part_bytes, parts, some);
            place(parts, part_bytes, width, to + k, some);
            k += part_bytes;
        }
    }
}

void weir_split_join(const struct weir_split_kernels *kernels, const uint8_t *const streams[],
                     uint32_t width, uint8_t *out, uint32_t count) {
    WEIR_ASSERT(kernels != NULL && width > 0 && width <= WEIR_SPLIT_STREAMS_MAX);
    if (width == 1 || width == 2 || width == 4 || width == 8) {
        join(kernels, streams, width, out, count);
    } else {
        join_parts(kernels, streams, width, width, out, count);
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
            join_parts(kernels, streams, some, width, out + first, count);
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
