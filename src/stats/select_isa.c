#include "stats/select_kernels.h"

#if WEIR_ISA_LEVEL >= 2
#include <immintrin.h>
#endif

#include "base/banned.h"

/* Searches that go side by side: a single one waits for memory at every step. */
#define ABREAST 8u

/* By halves; takes whole groups of ABREAST keys only. */
static void place_by_halves(const uint64_t *keys, uint32_t count, const uint64_t *bounds,
                            uint32_t bounds_count, uint32_t first, uint8_t *places_ret) {
    uint32_t span = 2;
    while (span <= bounds_count) {
        span *= 2;
    }
    for (uint32_t i = 0; i + ABREAST <= count; i += ABREAST) {
        uint64_t at[ABREAST] = {0};
        for (uint64_t step = span / 2; step > 0; step /= 2) {
            for (uint32_t j = 0; j < ABREAST; j++) {
                at[j] += step & (0 - (uint64_t)(bounds[at[j] + step - 1] < keys[i + j]));
            }
        }
        for (uint32_t j = 0; j < ABREAST; j++) {
            places_ret[i + j] = (uint8_t)(first + at[j]);
        }
    }
}

/* Equal places often follow each other: two tables, so that an addition need not wait for the one
 * before. */
static void tally_by_table(const uint8_t *places, uint32_t count, uint32_t segments,
                           uint64_t *counts) {
    uint16_t tables[2][256];
    WEIR_ASSERT(segments <= 256);
    memset(tables[0], 0, segments * sizeof tables[0][0]);
    memset(tables[1], 0, segments * sizeof tables[1][0]);
    for (uint32_t i = 0; i < count; i++) {
        tables[i & 1][places[i]]++;
    }
    for (uint32_t s = 0; s < segments; s++) {
        counts[s] += (uint64_t)tables[0][s] + tables[1][s];
    }
}

#if WEIR_ISA_LEVEL >= 2

/* Beyond so many bounds searching by halves is faster than comparing with each. */
#define COMPARED_MAX 32u
#define GROUP 16u

static __m256i load_keys(const uint64_t *keys) {
    return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)keys),
                            _mm256_set1_epi64x(INT64_MIN));
}

/* Compares GROUP keys with every bound. Comparisons are signed: top bits are turned over. */
static void place_group(const uint64_t *keys, const uint64_t *bounds, uint32_t bounds_count,
                        uint32_t first, uint8_t *places_ret) {
    const __m256i keys0 = load_keys(keys);
    const __m256i keys1 = load_keys(keys + 4);
    const __m256i keys2 = load_keys(keys + 8);
    const __m256i keys3 = load_keys(keys + 12);
    __m256i at0 = _mm256_set1_epi64x((long long)first);
    __m256i at1 = at0;
    __m256i at2 = at0;
    __m256i at3 = at0;
    for (uint32_t b = 0; b < bounds_count; b++) {
        const __m256i bound = _mm256_set1_epi64x((long long)(bounds[b] ^ UINT64_C(1) << 63));
        at0 = _mm256_sub_epi64(at0, _mm256_cmpgt_epi64(keys0, bound));
        at1 = _mm256_sub_epi64(at1, _mm256_cmpgt_epi64(keys1, bound));
        at2 = _mm256_sub_epi64(at2, _mm256_cmpgt_epi64(keys2, bound));
        at3 = _mm256_sub_epi64(at3, _mm256_cmpgt_epi64(keys3, bound));
    }
    /* Four places into each low half of a lane, the low halves together, then in order. */
    const __m256i pairs = _mm256_or_si256(at0, _mm256_slli_epi64(at1, 8));
    const __m256i more = _mm256_or_si256(_mm256_slli_epi64(at2, 16), _mm256_slli_epi64(at3, 24));
    const __m256i halves = _mm256_permutevar8x32_epi32(_mm256_or_si256(pairs, more),
                                                       _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    const __m128i order = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm_storeu_si128((__m128i *)(void *)places_ret,
                     _mm_shuffle_epi8(_mm256_castsi256_si128(halves), order));
}

static uint32_t place_whole(const uint64_t *keys, uint32_t count, const uint64_t *bounds,
                            uint32_t bounds_count, uint32_t first, uint8_t *places_ret) {
    if (bounds_count > COMPARED_MAX) {
        place_by_halves(keys, count, bounds, bounds_count, first, places_ret);
        return count / ABREAST * ABREAST;
    }
    for (uint32_t i = 0; i + GROUP <= count; i += GROUP) {
        place_group(keys + i, bounds, bounds_count, first, places_ret + i);
    }
    return count / GROUP * GROUP;
}

/* Segment by segment, while that is faster than a table; bytes hold the sums of a tile. */
static void tally(const uint8_t *places, uint32_t count, uint32_t segments, uint64_t *counts) {
    if (segments > 2 * COMPARED_MAX || count != WEIR_SELECT_TILE) {
        tally_by_table(places, count, segments, counts);
        return;
    }
    for (uint32_t s = 0; s < segments; s++) {
        const __m256i segment = _mm256_set1_epi8((char)s);
        __m256i sums = _mm256_setzero_si256();
        for (uint32_t i = 0; i < WEIR_SELECT_TILE; i += 32) {
            const __m256i some = _mm256_loadu_si256((const __m256i *)(const void *)(places + i));
            sums = _mm256_sub_epi8(sums, _mm256_cmpeq_epi8(some, segment));
        }
        const __m256i quarters = _mm256_sad_epu8(sums, _mm256_setzero_si256());
        const __m128i halves =
            _mm_add_epi64(_mm256_castsi256_si128(quarters), _mm256_extracti128_si256(quarters, 1));
        counts[s] +=
            (uint64_t)_mm_extract_epi64(halves, 0) + (uint64_t)_mm_extract_epi64(halves, 1);
    }
}

/* Few are odd as a rule. */
static uint32_t inside(const uint8_t *places, uint32_t count, uint16_t *inside_ret) {
    uint32_t found = 0;
    uint32_t i = 0;
    for (; i + 32 <= count; i += 32) {
        const __m256i some = _mm256_loadu_si256((const __m256i *)(const void *)(places + i));
        uint32_t odd = (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(some, 7));
        for (; odd != 0; odd &= odd - 1) {
            inside_ret[found++] = (uint16_t)(i + (uint32_t)__builtin_ctz(odd));
        }
    }
    for (; i < count; i++) {
        inside_ret[found] = (uint16_t)i;
        found += places[i] & 1;
    }
    return found;
}

#else

static uint32_t place_whole(const uint64_t *keys, uint32_t count, const uint64_t *bounds,
                            uint32_t bounds_count, uint32_t first, uint8_t *places_ret) {
    place_by_halves(keys, count, bounds, bounds_count, first, places_ret);
    return count / ABREAST * ABREAST;
}

static void tally(const uint8_t *places, uint32_t count, uint32_t segments, uint64_t *counts) {
    tally_by_table(places, count, segments, counts);
}

static uint32_t inside(const uint8_t *places, uint32_t count, uint16_t *inside_ret) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        inside_ret[found] = (uint16_t)i;
        found += places[i] & 1;
    }
    return found;
}

#endif

static void place(const uint64_t *keys, uint32_t count, const uint64_t *bounds,
                  uint32_t bounds_count, uint32_t first, uint8_t *places_ret) {
    WEIR_ASSERT(count <= WEIR_SELECT_TILE && bounds_count < 256);
    const uint32_t done = place_whole(keys, count, bounds, bounds_count, first, places_ret);
    /* The rest, filled up to a whole group. */
    uint64_t last[16] = {0};
    uint8_t places[16] = {0};
    WEIR_ASSERT(count - done < 16);
    memcpy(last, keys + done, (count - done) * sizeof *keys);
    if (done < count) {
        (void)place_whole(last, 16, bounds, bounds_count, first, places);
        memcpy(places_ret + done, places, count - done);
    }
}

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

const struct weir_select_kernels PASTE(weir_select_kernels_, WEIR_ISA_NAME) = {
    .place = place,
    .tally = tally,
    .inside = inside,
};
