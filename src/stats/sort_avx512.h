/*
 * What the vector sort needs of AVX-512: eight keys a vector.
 *
 * Numbers: vpminuq runs on one port and vpternlogq on two, so the larger of a pair is got as
 * a ^ b ^ smaller; two minimum/maximum instructions would wait for the same port.
 */
#ifndef WEIR_STATS_SORT_AVX512_H
#define WEIR_STATS_SORT_AVX512_H

#include <immintrin.h>

#include "base/check.h"

#define LANES 8u

/* The most rows that a network is made for: 24 of the 32 registers. */
#define ROWS_MAX 24u

typedef __m512i vec;

/* A mask of the first `count` lanes; all of them if there are more. */
static inline __mmask8 first_lanes(uint32_t count) {
    return (__mmask8)_bzhi_u32(0xff, count);
}

static inline vec vec_load(const uint64_t *from) {
    return _mm512_loadu_si512(from);
}

static inline void vec_store(uint64_t *to, vec v) {
    _mm512_storeu_si512(to, v);
}

static inline vec vec_same(uint64_t key) {
    return _mm512_set1_epi64((long long)key);
}

static inline vec vec_highest(void) {
    return _mm512_set1_epi64(-1);
}

/* The first `count` keys, the other lanes filled with the highest key. */
static inline vec vec_load_first(const uint64_t *from, uint32_t count) {
    return _mm512_mask_loadu_epi64(vec_highest(), first_lanes(count), from);
}

/* Leaves the smaller keys in *a and the larger ones in *b. */
static inline void vec_exchange(vec *a, vec *b) {
    vec low = _mm512_min_epu64(*a, *b);
    *b = _mm512_ternarylogic_epi64(*a, *b, low, 0x96);
    *a = low;
}

/* Exchanges where the lanes of `upper` want the larger key in *a. */
static inline void exchange_mixed(vec *a, vec *b, __mmask8 upper) {
    vec low = _mm512_min_epu64(*a, *b);
    vec mixed = _mm512_mask_ternarylogic_epi64(low, upper, *a, *b, 0x96);
    *b = _mm512_ternarylogic_epi64(*a, *b, mixed, 0x96);
    *a = mixed;
}

static inline vec swap_1(vec v) {
    return _mm512_shuffle_epi32(v, _MM_PERM_BADC);
}

static inline vec swap_2(vec v) {
    return _mm512_permutex_epi64(v, 0x4e);
}

static inline vec reverse_4(vec v) {
    return _mm512_permutex_epi64(v, 0x1b);
}

static inline vec reverse_8(vec v) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0), v);
}

static inline void columns_mirror_2(vec *a, vec *b) {
    vec other = swap_1(*b);
    exchange_mixed(a, &other, 0xaa);
    *b = swap_1(other);
}

static inline void columns_mirror_4(vec *a, vec *b) {
    vec other = reverse_4(*b);
    exchange_mixed(a, &other, 0xcc);
    *b = reverse_4(other);
}

static inline void columns_mirror_8(vec *a, vec *b) {
    vec other = reverse_8(*b);
    exchange_mixed(a, &other, 0xf0);
    *b = reverse_8(other);
}

static inline void columns_apart_1(vec *a) {
    vec other = swap_1(*a);
    vec low = _mm512_min_epu64(*a, other);
    *a = _mm512_mask_ternarylogic_epi64(low, 0xaa, *a, other, 0x96);
}

static inline void columns_apart_2(vec *a) {
    vec other = swap_2(*a);
    vec low = _mm512_min_epu64(*a, other);
    *a = _mm512_mask_ternarylogic_epi64(low, 0xcc, *a, other, 0x96);
}

/* Four rows of columns 0 to 7 become the pieces of columns {0, 4}, {1, 5}, {2, 6}, {3, 7}. */
static inline void transpose_4(vec out[4], const vec v[4]) {
    const vec even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const vec odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    vec a = _mm512_unpacklo_epi64(v[0], v[1]);
    vec b = _mm512_unpackhi_epi64(v[0], v[1]);
    vec c = _mm512_unpacklo_epi64(v[2], v[3]);
    vec d = _mm512_unpackhi_epi64(v[2], v[3]);
    out[0] = _mm512_permutex2var_epi64(a, even, c);
    out[1] = _mm512_permutex2var_epi64(b, even, d);
    out[2] = _mm512_permutex2var_epi64(a, odd, c);
    out[3] = _mm512_permutex2var_epi64(b, odd, d);
}

/* Stores `piece` at to[at..), but nothing at or behind to[count]; `sure` <= count is constant. */
static inline void store_within(uint64_t *to, uint32_t at, vec piece, uint32_t count,
                                uint32_t sure) {
    if (at + LANES <= sure) {
        vec_store(to + at, piece);
        return;
    }
    uint32_t room = count > at ? count - at : 0;
    _mm512_mask_storeu_epi64(to + at, first_lanes(room), piece);
}

static inline void store_half_within(uint64_t *to, uint32_t at, __m256i piece, uint32_t count,
                                     uint32_t sure) {
    if (at + 4 <= sure) {
        _mm256_storeu_si256((__m256i *)(to + at), piece);
        return;
    }
    uint32_t room = count > at ? count - at : 0;
    _mm256_mask_storeu_epi64(to + at, first_lanes(room) & 0xf, piece);
}

/* Two rows: the keys column by column. */
static inline void store_columns_2(uint64_t *to, const vec v[2], uint32_t count) {
    vec even = _mm512_unpacklo_epi64(v[0], v[1]);
    vec odd = _mm512_unpackhi_epi64(v[0], v[1]);
    const vec low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const vec high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    store_within(to, 0, _mm512_permutex2var_epi64(even, low, odd), count, 0);
    store_within(to, LANES, _mm512_permutex2var_epi64(even, high, odd), count, 0);
}

/* Four rows of a block of `rows` rows, the first of them row `first`. */
static inline void store_columns_4(uint64_t *to, const vec v[4], uint32_t rows, uint32_t first,
                                   uint32_t count, uint32_t sure) {
    vec t[4];
    transpose_4(t, v);
    store_half_within(to, first, _mm512_castsi512_si256(t[0]), count, sure);
    store_half_within(to, rows + first, _mm512_castsi512_si256(t[1]), count, sure);
    store_half_within(to, 2 * rows + first, _mm512_castsi512_si256(t[2]), count, sure);
    store_half_within(to, 3 * rows + first, _mm512_castsi512_si256(t[3]), count, sure);
    store_half_within(to, 4 * rows + first, _mm512_extracti64x4_epi64(t[0], 1), count, sure);
    store_half_within(to, 5 * rows + first, _mm512_extracti64x4_epi64(t[1], 1), count, sure);
    store_half_within(to, 6 * rows + first, _mm512_extracti64x4_epi64(t[2], 1), count, sure);
    store_half_within(to, 7 * rows + first, _mm512_extracti64x4_epi64(t[3], 1), count, sure);
}

static inline void store_columns_8(uint64_t *to, const vec v[8], uint32_t rows, uint32_t first,
                                   uint32_t count, uint32_t sure) {
    vec t[4];
    vec u[4];
    transpose_4(t, v);
    transpose_4(u, v + 4);
    store_within(to, first, _mm512_shuffle_i64x2(t[0], u[0], 0x44), count, sure);
    store_within(to, rows + first, _mm512_shuffle_i64x2(t[1], u[1], 0x44), count, sure);
    store_within(to, 2 * rows + first, _mm512_shuffle_i64x2(t[2], u[2], 0x44), count, sure);
    store_within(to, 3 * rows + first, _mm512_shuffle_i64x2(t[3], u[3], 0x44), count, sure);
    store_within(to, 4 * rows + first, _mm512_shuffle_i64x2(t[0], u[0], 0xee), count, sure);
    store_within(to, 5 * rows + first, _mm512_shuffle_i64x2(t[1], u[1], 0xee), count, sure);
    store_within(to, 6 * rows + first, _mm512_shuffle_i64x2(t[2], u[2], 0xee), count, sure);
    store_within(to, 7 * rows + first, _mm512_shuffle_i64x2(t[3], u[3], 0xee), count, sure);
}

/*
 * For each set of lanes, the permutation that brings these lanes to the front and keeps the order:
 * four bits a lane. One permutation in place of two vpcompressq, which cost two uops each here
 * and far more on some other processors when they go to memory.
 */
static const uint32_t front_lanes[256] = {
    0x76543210, 0x76543210, 0x76543201, 0x76543210, 0x76543102, 0x76543120, 0x76543021, 0x76543210,
    0x76542103, 0x76542130, 0x76542031, 0x76542310, 0x76541032, 0x76541320, 0x76540321, 0x76543210,
    0x76532104, 0x76532140, 0x76532041, 0x76532410, 0x76531042, 0x76531420, 0x76530421, 0x76534210,
    0x76521043, 0x76521430, 0x76520431, 0x76524310, 0x76510432, 0x76514320, 0x76504321, 0x76543210,
    0x76432105, 0x76432150, 0x76432051, 0x76432510, 0x76431052, 0x76431520, 0x76430521, 0x76435210,
    0x76421053, 0x76421530, 0x76420531, 0x76425310, 0x76410532, 0x76415320, 0x76405321, 0x76453210,
    0x76321054, 0x76321540, 0x76320541, 0x76325410, 0x76310542, 0x76315420, 0x76305421, 0x76354210,
    0x76210543, 0x76215430, 0x76205431, 0x76254310, 0x76105432, 0x76154320, 0x76054321, 0x76543210,
    0x75432106, 0x75432160, 0x75432061, 0x75432610, 0x75431062, 0x75431620, 0x75430621, 0x75436210,
    0x75421063, 0x75421630, 0x75420631, 0x75426310, 0x75410632, 0x75416320, 0x75406321, 0x75463210,
    0x75321064, 0x75321640, 0x75320641, 0x75326410, 0x75310642, 0x75316420, 0x75306421, 0x75364210,
    0x75210643, 0x75216430, 0x75206431, 0x75264310, 0x75106432, 0x75164320, 0x75064321, 0x75643210,
    0x74321065, 0x74321650, 0x74320651, 0x74326510, 0x74310652, 0x74316520, 0x74306521, 0x74365210,
    0x74210653, 0x74216530, 0x74206531, 0x74265310, 0x74106532, 0x74165320, 0x74065321, 0x74653210,
    0x73210654, 0x73216540, 0x73206541, 0x73265410, 0x73106542, 0x73165420, 0x73065421, 0x73654210,
    0x72106543, 0x72165430, 0x72065431, 0x72654310, 0x71065432, 0x71654320, 0x70654321, 0x76543210,
    0x65432107, 0x65432170, 0x65432071, 0x65432710, 0x65431072, 0x65431720, 0x65430721, 0x65437210,
    0x65421073, 0x65421730, 0x65420731, 0x65427310, 0x65410732, 0x65417320, 0x65407321, 0x65473210,
    0x65321074, 0x65321740, 0x65320741, 0x65327410, 0x65310742, 0x65317420, 0x65307421, 0x65374210,
    0x65210743, 0x65217430, 0x65207431, 0x65274310, 0x65107432, 0x65174320, 0x65074321, 0x65743210,
    0x64321075, 0x64321750, 0x64320751, 0x64327510, 0x64310752, 0x64317520, 0x64307521, 0x64375210,
    0x64210753, 0x64217530, 0x64207531, 0x64275310, 0x64107532, 0x64175320, 0x64075321, 0x64753210,
    0x63210754, 0x63217540, 0x63207541, 0x63275410, 0x63107542, 0x63175420, 0x63075421, 0x63754210,
    0x62107543, 0x62175430, 0x62075431, 0x62754310, 0x61075432, 0x61754320, 0x60754321, 0x67543210,
    0x54321076, 0x54321760, 0x54320761, 0x54327610, 0x54310762, 0x54317620, 0x54307621, 0x54376210,
    0x54210763, 0x54217630, 0x54207631, 0x54276310, 0x54107632, 0x54176320, 0x54076321, 0x54763210,
    0x53210764, 0x53217640, 0x53207641, 0x53276410, 0x53107642, 0x53176420, 0x53076421, 0x53764210,
    0x52107643, 0x52176430, 0x52076431, 0x52764310, 0x51076432, 0x51764320, 0x50764321, 0x57643210,
    0x43210765, 0x43217650, 0x43207651, 0x43276510, 0x43107652, 0x43176520, 0x43076521, 0x43765210,
    0x42107653, 0x42176530, 0x42076531, 0x42765310, 0x41076532, 0x41765320, 0x40765321, 0x47653210,
    0x32107654, 0x32176540, 0x32076541, 0x32765410, 0x31076542, 0x31765420, 0x30765421, 0x37654210,
    0x21076543, 0x21765430, 0x20765431, 0x27654310, 0x10765432, 0x17654320, 0x07654321, 0x76543210,
};

/* Stores the keys of `v` below the bound at *low, the others before *high, each a whole vector. */
static inline void place(vec v, vec bounds, uint64_t **low, uint64_t **high) {
    const vec shifts = _mm512_setr_epi64(0, 4, 8, 12, 16, 20, 24, 28);
    uint32_t below = _cvtmask8_u32(_mm512_cmplt_epu64_mask(v, bounds));
    vec order = _mm512_srlv_epi64(_mm512_set1_epi64(front_lanes[below]), shifts);
    vec both = _mm512_permutexvar_epi64(order, v);
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
    /* Fewer than two vectors are left; always two steps, so that there is no branch to miss. */
    for (uint32_t step = 0; step < 2; step++) {
        uint32_t left = count - i < LANES ? count - i : LANES;
        __mmask8 live = first_lanes(left);
        vec v = _mm512_maskz_loadu_epi64(live, from + i);
        __mmask8 below = _mm512_mask_cmplt_epu64_mask(live, v, bounds);
        __mmask8 above = (__mmask8)(live & ~below);
        uint32_t lows = (uint32_t)__builtin_popcount(below);
        uint32_t highs = left - lows;
        high -= highs;
        _mm512_mask_storeu_epi64(low, first_lanes(lows), _mm512_maskz_compress_epi64(below, v));
        _mm512_mask_storeu_epi64(high, first_lanes(highs), _mm512_maskz_compress_epi64(above, v));
        low += lows;
        i += left;
    }
    WEIR_ASSERT(low == high);
    return (uint32_t)(low - to);
}

#endif
