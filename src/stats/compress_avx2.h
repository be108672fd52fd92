/* Compressing four 64-bit lanes: what AVX-512 has an instruction for. */
#ifndef WEIR_STATS_COMPRESS_AVX2_H
#define WEIR_STATS_COMPRESS_AVX2_H

#include <immintrin.h>

#include "base/check.h"

/*
 * For each set of lanes, the permutation of 32-bit halves that brings these lanes to the front and
 * keeps the order: one byte a half.
 */
static const uint64_t front_lanes[16] = {
    UINT64_C(0x0706050403020100), UINT64_C(0x0706050403020100), UINT64_C(0x0706050401000302),
    UINT64_C(0x0706050403020100), UINT64_C(0x0706030201000504), UINT64_C(0x0706030205040100),
    UINT64_C(0x0706010005040302), UINT64_C(0x0706050403020100), UINT64_C(0x0504030201000706),
    UINT64_C(0x0504030207060100), UINT64_C(0x0504010007060302), UINT64_C(0x0504070603020100),
    UINT64_C(0x0302010007060504), UINT64_C(0x0302070605040100), UINT64_C(0x0100070605040302),
    UINT64_C(0x0706050403020100),
};

/* The lanes of the set (a bit each) in front, the others behind them. */
static inline __m256i lanes_to_front(__m256i v, uint32_t set) {
    __m256i order = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)front_lanes[set]));
    return _mm256_permutevar8x32_epi32(v, order);
}

#endif
