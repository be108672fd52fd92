/* Eight lanes one by one. Included by numbers_lanes.h alone; the reference for the others. */
#ifndef WEIR_STATS_NUMBERS_LANES_SCALAR_H
#define WEIR_STATS_NUMBERS_LANES_SCALAR_H

#define WIDTH 1u
typedef double reals;
typedef uint64_t words;
typedef bool mask;

INLINE reals real_set(double x) {
    return x;
}
INLINE reals real_from(const double *from) {
    return *from;
}
INLINE void real_to(double *to, reals x) {
    *to = x;
}
INLINE reals load_f64(const uint8_t *from) {
    return weir_double_of_bits(weir_load_u64(from));
}
INLINE reals load_f32(const uint8_t *from) {
    float value;
    memcpy(&value, from, sizeof value);
    return (double)value;
}
INLINE reals real_add(reals a, reals b) {
    return a + b;
}
INLINE reals real_sub(reals a, reals b) {
    return a - b;
}
INLINE reals real_mul(reals a, reals b) {
    return a * b;
}
INLINE reals real_min(reals a, reals b) {
    return b < a ? b : a;
}
INLINE reals real_max(reals a, reals b) {
    return b > a ? b : a;
}
INLINE reals real_min_if(reals a, mask m, reals b) {
    return m && b < a ? b : a;
}
INLINE reals real_max_if(reals a, mask m, reals b) {
    return m && b > a ? b : a;
}
INLINE reals real_keep(mask m, reals a) {
    return m ? a : 0;
}
INLINE mask real_less(reals a, reals b) {
    return a < b;
}
INLINE mask real_equal(reals a, reals b) {
    return a == b;
}
INLINE mask real_nan(reals a) {
    return a != a;
}
INLINE mask real_finite(reals a) {
    return __builtin_fabs(a) <= REAL_MAX;
}
INLINE reals real_head(reals a) {
    return weir_double_of_bits(weir_bits_of_double(a) & UINT64_C(0xffffffff00000000));
}
INLINE words word_set(uint64_t x) {
    return x;
}
INLINE words word_from(const uint64_t *from) {
    return *from;
}
INLINE void word_to(uint64_t *to, words x) {
    *to = x;
}
INLINE words load_u64(const uint8_t *from) {
    return weir_load_u64(from);
}
INLINE words load_i32(const uint8_t *from) {
    return (uint64_t)(int64_t)(int32_t)weir_load_u32(from);
}
INLINE words load_u32(const uint8_t *from) {
    return weir_load_u32(from);
}
INLINE words word_add(words a, words b) {
    return a + b;
}
INLINE words word_sub(words a, words b) {
    return a - b;
}
INLINE words word_xor(words a, words b) {
    return a ^ b;
}
INLINE words word_low(words a) {
    return a & 0xffffffff;
}
INLINE words word_high(words a) {
    return a >> 32;
}
INLINE words word_half(words a) {
    return a >> 1;
}
INLINE words word_mul(words a, words b) {
    return (a & 0xffffffff) * (b & 0xffffffff);
}
INLINE mask word_less(words a, words b) {
    return (int64_t)a < (int64_t)b;
}
INLINE mask word_equal(words a, words b) {
    return a == b;
}
INLINE words word_pick(mask m, words yes, words no) {
    return m ? yes : no;
}
INLINE words word_add_if(words a, mask m, words b) {
    return a + (m ? b : 0);
}
INLINE words word_min(words a, words b) {
    return word_less(b, a) ? b : a;
}
INLINE words word_max(words a, words b) {
    return word_less(a, b) ? b : a;
}
INLINE mask mask_and(mask a, mask b) {
    return a && b;
}
INLINE mask mask_without(mask a, mask b) {
    return a && !b;
}
INLINE reals real_of_word(words a) {
    return (double)(int64_t)a;
}
INLINE reals real_of_small(words a) {
    return (double)(int64_t)a;
}

#endif
