/*
 * What the vector sort needs of AVX2: four keys a vector.
 *
 * AVX2 compares 64-bit numbers as signed only: keys in registers have their top bit flipped.
 */
#ifndef WEIR_STATS_SORT_AVX2_H
#define WEIR_STATS_SORT_AVX2_H

#include "stats/compress_avx2.h"

#define LANES 4u

/* The most rows that a network is made for: AVX2 has 16 registers. */
#define ROWS_MAX 12u

typedef __m256i vec;

static inline vec flip(vec v) {
    return _mm256_xor_si256(v, _mm256_set1_epi64x(INT64_MIN));
}

static inline vec vec_same(uint64_t key) {
    return flip(_mm256_set1_epi64x((long long)key));
}

static inline vec first_lanes(uint32_t count) {
    uint32_t few = count < LANES ? count : LANES;
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)few), _mm256_setr_epi64x(0, 1, 2, 3));
}

static inline vec vec_load(const uint64_t *from) {
    return flip(_mm256_loadu_si256((const __m256i *)from));
}

static inline void vec_store(uint64_t *to, vec v) {
    _mm256_storeu_si256((__m256i *)to, flip(v));
}

/* The first `count` keys, the other lanes filled with the highest key. */
static inline vec vec_load_first(const uint64_t *from, uint32_t count) {
    vec live = first_lanes(count);
    vec some = _mm256_maskload_epi64((const long long *)from, live);
    return flip(_mm256_or_si256(some, _mm256_andnot_si256(live, _mm256_set1_epi64x(-1))));
}

/* Leaves the smaller keys in *a and the larger ones in *b. */
static inline void vec_exchange(vec *a, vec *b) {
    vec turned = _mm256_cmpgt_epi64(*a, *b);
    vec change = _mm256_and_si256(_mm256_xor_si256(*a, *b), turned);
    *a = _mm256_xor_si256(*a, change);
    *b = _mm256_xor_si256(*b, change);
}

static inline vec swap_1(vec v) {
    return _mm256_shuffle_epi32(v, 0x4e);
}

static inline vec reverse_4(vec v) {
    return _mm256_permute4x64_epi64(v, 0x1b);
}

static inline void columns_mirror_2(vec *a, vec *b) {
    vec low = *a;
    vec high = swap_1(*b);
    vec_exchange(&low, &high);
    *a = _mm256_blend_epi32(low, high, 0xcc);
    *b = swap_1(_mm256_blend_epi32(high, low, 0xcc));
}

static inline void columns_mirror_4(vec *a, vec *b) {
    vec low = *a;
    vec high = reverse_4(*b);
    vec_exchange(&low, &high);
    *a = _mm256_blend_epi32(low, high, 0xf0);
    *b = reverse_4(_mm256_blend_epi32(high, low, 0xf0));
}

static inline void columns_apart_1(vec *a) {
    vec low = *a;
    vec high = swap_1(*a);
    vec_exchange(&low, &high);
    *a = _mm256_blend_epi32(low, high, 0xcc);
}

/* Stores `piece` at to[at..), but nothing at or behind to[count]; `sure` <= count is constant. */
static inline void store_within(uint64_t *to, uint32_t at, vec piece, uint32_t count,
                                uint32_t sure) {
    if (at + LANES <= sure) {
        vec_store(to + at, piece);
        return;
    }
    uint32_t room = count > at ? count - at : 0;
    _mm256_maskstore_epi64((long long *)(to + at), first_lanes(room), flip(piece));
}

/* Two rows: the keys column by column. */
static inline void store_columns_2(uint64_t *to, const vec v[2], uint32_t count) {
    vec even = _mm256_unpacklo_epi64(v[0], v[1]);
    vec odd = _mm256_unpackhi_epi64(v[0], v[1]);
    store_within(to, 0, _mm256_permute2x128_si256(even, odd, 0x20), count, 0);
    store_within(to, LANES, _mm256_permute2x128_si256(even, odd, 0x31), count, 0);
}

/* Four rows of a block of `rows` rows, the first of them row `first`. */
static inline void store_columns_4(uint64_t *to, const vec v[4], uint32_t rows, uint32_t first,
                                   uint32_t count, uint32_t sure) {
    vec a = _mm256_unpacklo_epi64(v[0], v[1]);
    vec b = _mm256_unpackhi_epi64(v[0], v[1]);
    vec c = _mm256_unpacklo_epi64(v[2], v[3]);
    vec d = _mm256_unpackhi_epi64(v[2], v[3]);
    store_within(to, first, _mm256_permute2x128_si256(a, c, 0x20), count, sure);
    store_within(to, rows + first, _mm256_permute2x128_si256(b, d, 0x20), count, sure);
    store_within(to, 2 * rows + first, _mm256_permute2x128_si256(a, c, 0x31), count, sure);
    store_within(to, 3 * rows + first, _mm256_permute2x128_si256(b, d, 0x31), count, sure);
}

static inline void store_columns_8(uint64_t *to, const vec v[8], uint32_t rows, uint32_t first,
                                   uint32_t count, uint32_t sure) {
    store_columns_4(to, v, rows, first, count, sure);
    store_columns_4(to, v + 4, rows, first + 4, count, sure);
}

/* Stores the keys of `v` below the bound at *low, the others before *high, each a whole vector. */
static inline void place(vec v, vec bounds, uint64_t **low, uint64_t **high) {
    vec less = _mm256_cmpgt_epi64(bounds, v);
    uint32_t below = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(less));
    vec both = lanes_to_front(v, below);
    uint32_t lows = (uint32_t)__builtin_popcount(below);
    vec_store(*low, both);
    vec_store(*high - LANES, both);
    *low += lows;
    *high = *high - LANES + lows;
}

/*
 * Splits from[0..count): keys below `bound` go to the start of `to`, the others to its end.
 * Returns how many are below. Each vector is stored whole at both ends; what is too much falls
 * into the gap between the ends, which is as long as the keys still to come. That is safe while
 * the gap has room for both stores.
 */
static uint32_t partition(const uint64_t *from, uint64_t *to, uint32_t count, uint64_t bound) {
    const vec bounds = vec_same(bound);
    uint64_t *low = to;
    uint64_t *high = to + count;
    uint32_t i = 0;
    for (; i + 2 * LANES <= count; i += LANES) {
        place(vec_load(from + i), bounds, &low, &high);
    }
    for (; i < count; i++) {
        if (from[i] < bound) {
            *low++ = from[i];
        } else {
            *--high = from[i];
        }
    }
    WEIR_ASSERT(low == high);
    return (uint32_t)(low - to);
}

#endif
