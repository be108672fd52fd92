/* Eight lanes in two AVX2 registers. Included by numbers_lanes.h alone. */
#ifndef WEIR_STATS_NUMBERS_LANES_AVX2_H
#define WEIR_STATS_NUMBERS_LANES_AVX2_H

#define WIDTH 4u
typedef __m256d reals;
typedef __m256i words;
typedef __m256i mask;

INLINE reals real_set(double x) {
    return _mm256_set1_pd(x);
}
INLINE reals real_from(const double *from) {
    return _mm256_loadu_pd(from);
}
INLINE void real_to(double *to, reals x) {
    _mm256_storeu_pd(to, x);
}
INLINE reals load_f64(const uint8_t *from) {
    return _mm256_loadu_pd((const double *)(const void *)from);
}
INLINE reals load_f32(const uint8_t *from) {
    return _mm256_cvtps_pd(_mm_loadu_ps((const float *)(const void *)from));
}
INLINE reals real_add(reals a, reals b) {
    return _mm256_add_pd(a, b);
}
INLINE reals real_sub(reals a, reals b) {
    return _mm256_sub_pd(a, b);
}
INLINE reals real_mul(reals a, reals b) {
    return _mm256_mul_pd(a, b);
}
INLINE reals real_min(reals a, reals b) {
    return _mm256_min_pd(b, a);
}
INLINE reals real_max(reals a, reals b) {
    return _mm256_max_pd(b, a);
}
INLINE reals real_min_if(reals a, mask m, reals b) {
    return _mm256_min_pd(_mm256_blendv_pd(a, b, _mm256_castsi256_pd(m)), a);
}
INLINE reals real_max_if(reals a, mask m, reals b) {
    return _mm256_max_pd(_mm256_blendv_pd(a, b, _mm256_castsi256_pd(m)), a);
}
INLINE reals real_keep(mask m, reals a) {
    return _mm256_and_pd(_mm256_castsi256_pd(m), a);
}
INLINE mask real_less(reals a, reals b) {
    return _mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_LT_OQ));
}
INLINE mask real_equal(reals a, reals b) {
    return _mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_EQ_OQ));
}
INLINE mask real_nan(reals a) {
    return _mm256_castpd_si256(_mm256_cmp_pd(a, a, _CMP_UNORD_Q));
}
INLINE mask real_finite(reals a) {
    reals magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
    return _mm256_castpd_si256(_mm256_cmp_pd(magnitude, _mm256_set1_pd(REAL_MAX), _CMP_LE_OQ));
}
INLINE reals real_head(reals a) {
    return _mm256_castsi256_pd(_mm256_and_si256(_mm256_castpd_si256(a),
                                                _mm256_set1_epi64x((long long)0xffffffff00000000)));
}
INLINE words word_set(uint64_t x) {
    return _mm256_set1_epi64x((long long)x);
}
INLINE words word_from(const uint64_t *from) {
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}
INLINE void word_to(uint64_t *to, words x) {
    _mm256_storeu_si256((__m256i *)(void *)to, x);
}
INLINE words load_u64(const uint8_t *from) {
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}
INLINE words load_i32(const uint8_t *from) {
    return _mm256_cvtepi32_epi64(_mm_loadu_si128((const __m128i *)(const void *)from));
}
INLINE words load_u32(const uint8_t *from) {
    return _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(const void *)from));
}
INLINE words word_add(words a, words b) {
    return _mm256_add_epi64(a, b);
}
INLINE words word_sub(words a, words b) {
    return _mm256_sub_epi64(a, b);
}
INLINE words word_xor(words a, words b) {
    return _mm256_xor_si256(a, b);
}
INLINE words word_low(words a) {
    return _mm256_and_si256(a, _mm256_set1_epi64x(0xffffffff));
}
INLINE words word_high(words a) {
    return _mm256_srli_epi64(a, 32);
}
INLINE words word_half(words a) {
    return _mm256_srli_epi64(a, 1);
}
INLINE words word_mul(words a, words b) {
    return _mm256_mul_epu32(a, b);
}
INLINE mask word_less(words a, words b) {
    return _mm256_cmpgt_epi64(b, a);
}
INLINE mask word_equal(words a, words b) {
    return _mm256_cmpeq_epi64(a, b);
}
INLINE words word_pick(mask m, words yes, words no) {
    return _mm256_blendv_epi8(no, yes, m);
}
INLINE words word_add_if(words a, mask m, words b) {
    return _mm256_add_epi64(a, _mm256_and_si256(m, b));
}
INLINE words word_min(words a, words b) {
    return word_pick(word_less(b, a), b, a);
}
INLINE words word_max(words a, words b) {
    return word_pick(word_less(a, b), b, a);
}
INLINE mask mask_and(mask a, mask b) {
    return _mm256_and_si256(a, b);
}
INLINE mask mask_without(mask a, mask b) {
    return _mm256_andnot_si256(b, a);
}
/* The two halves of a + 2^63 are placed behind the exponents of 2^84 and 2^52; all but the last
 * addition are exact, so the result is the nearest double. */
INLINE reals real_of_word(words a) {
    words shifted = word_xor(a, word_set(TOP_BIT));
    words high = _mm256_or_si256(word_high(shifted), word_set(UINT64_C(0x4530000000000000)));
    words low = _mm256_blend_epi32(word_set(UINT64_C(0x4330000000000000)), shifted, 0x55);
    reals head = real_sub(_mm256_castsi256_pd(high), real_set(0x1p84 + 0x1p63 + 0x1p52));
    return real_add(head, _mm256_castsi256_pd(low));
}
INLINE reals real_of_small(words a) {
    words placed = word_add(a, word_set(UINT64_C(0x4338000000000000)));
    return real_sub(_mm256_castsi256_pd(placed), real_set(0x1.8p52));
}

#endif
