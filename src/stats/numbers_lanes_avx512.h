/* Eight lanes in one AVX-512 register. Included by numbers_lanes.h alone. */
#ifndef WEIR_STATS_NUMBERS_LANES_AVX512_H
#define WEIR_STATS_NUMBERS_LANES_AVX512_H

#define WIDTH 8u
typedef __m512d reals;
typedef __m512i words;
typedef __mmask8 mask;

INLINE reals real_set(double x) {
    return _mm512_set1_pd(x);
}
INLINE reals real_from(const double *from) {
    return _mm512_loadu_pd(from);
}
INLINE void real_to(double *to, reals x) {
    _mm512_storeu_pd(to, x);
}
INLINE reals load_f64(const uint8_t *from) {
    return _mm512_loadu_pd(from);
}
INLINE reals load_f32(const uint8_t *from) {
    return _mm512_cvtps_pd(_mm256_loadu_ps((const float *)(const void *)from));
}
INLINE reals real_add(reals a, reals b) {
    return _mm512_add_pd(a, b);
}
INLINE reals real_sub(reals a, reals b) {
    return _mm512_sub_pd(a, b);
}
INLINE reals real_mul(reals a, reals b) {
    return _mm512_mul_pd(a, b);
}
INLINE reals real_min(reals a, reals b) {
    return _mm512_min_pd(b, a);
}
INLINE reals real_max(reals a, reals b) {
    return _mm512_max_pd(b, a);
}
INLINE reals real_min_if(reals a, mask m, reals b) {
    return _mm512_mask_min_pd(a, m, b, a);
}
INLINE reals real_max_if(reals a, mask m, reals b) {
    return _mm512_mask_max_pd(a, m, b, a);
}
/* Zero where the mask is not set. */
INLINE reals real_keep(mask m, reals a) {
    return _mm512_maskz_mov_pd(m, a);
}
INLINE mask real_less(reals a, reals b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
INLINE mask real_equal(reals a, reals b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}
INLINE mask real_nan(reals a) {
    return _mm512_cmp_pd_mask(a, a, _CMP_UNORD_Q);
}
INLINE mask real_finite(reals a) {
    return _mm512_cmp_pd_mask(_mm512_abs_pd(a), _mm512_set1_pd(REAL_MAX), _CMP_LE_OQ);
}
/* Keeps the upper 21 bits of the significand. */
INLINE reals real_head(reals a) {
    return _mm512_castsi512_pd(
        _mm512_and_si512(_mm512_castpd_si512(a), _mm512_set1_epi64((long long)0xffffffff00000000)));
}
INLINE words word_set(uint64_t x) {
    return _mm512_set1_epi64((long long)x);
}
INLINE words word_from(const uint64_t *from) {
    return _mm512_loadu_si512(from);
}
INLINE void word_to(uint64_t *to, words x) {
    _mm512_storeu_si512(to, x);
}
INLINE words load_u64(const uint8_t *from) {
    return _mm512_loadu_si512(from);
}
INLINE words load_i32(const uint8_t *from) {
    return _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)from));
}
INLINE words load_u32(const uint8_t *from) {
    return _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)from));
}
INLINE words word_add(words a, words b) {
    return _mm512_add_epi64(a, b);
}
INLINE words word_sub(words a, words b) {
    return _mm512_sub_epi64(a, b);
}
INLINE words word_xor(words a, words b) {
    return _mm512_xor_si512(a, b);
}
INLINE words word_low(words a) {
    return _mm512_and_si512(a, _mm512_set1_epi64(0xffffffff));
}
INLINE words word_high(words a) {
    return _mm512_srli_epi64(a, 32);
}
INLINE words word_half(words a) {
    return _mm512_srli_epi64(a, 1);
}
/* Product of the low 32 bits. */
INLINE words word_mul(words a, words b) {
    return _mm512_mul_epu32(a, b);
}
INLINE words word_min(words a, words b) {
    return _mm512_min_epi64(a, b);
}
INLINE words word_max(words a, words b) {
    return _mm512_max_epi64(a, b);
}
INLINE mask word_less(words a, words b) {
    return _mm512_cmplt_epi64_mask(a, b);
}
INLINE mask word_equal(words a, words b) {
    return _mm512_cmpeq_epi64_mask(a, b);
}
INLINE words word_pick(mask m, words yes, words no) {
    return _mm512_mask_blend_epi64(m, no, yes);
}
INLINE words word_add_if(words a, mask m, words b) {
    return _mm512_mask_add_epi64(a, m, a, b);
}
INLINE mask mask_and(mask a, mask b) {
    return (mask)(a & b);
}
INLINE mask mask_without(mask a, mask b) {
    return (mask)(a & ~b);
}
/* Nearest double of a signed integer. */
INLINE reals real_of_word(words a) {
    return _mm512_cvtepi64_pd(a);
}
/* The same for |a| < 2^51. */
INLINE reals real_of_small(words a) {
    return _mm512_cvtepi64_pd(a);
}

#endif
