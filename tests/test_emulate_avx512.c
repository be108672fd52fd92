/*
 * The emulated AVX-512 instructions against real ones: against the processor's own where it has
 * them, and always, half by half, against AVX2 where that has the same instruction.
 */
#include "make_parquet.h"

#if defined(__x86_64__)

#define WEIR_EMULATE_KEEP_NAMES
#include "emulate_avx512.h"

#define ROUNDS 20000u
#define TARGET_512                                                                                 \
    __attribute__((target(                                                                         \
        "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx512vbmi,avx512vbmi2,avx2,bmi2,lzcnt")))
#define TARGET_256 __attribute__((target("avx2,bmi2")))

/* Inputs of a round. */
static emulated_512 x, y, z;
static uint8_t memory[256];
static uint32_t bits;

static uint64_t next_random(void) {
    static uint64_t state = 0x9e3779b97f4a7c15;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Any bits, numbers that meet often, and doubles of every kind. */
static uint64_t some_word(void) {
    static const double doubles[] = {0.0, -0.0, 1.5, -2.25, 1e300, -1e300, 1e-310};
    uint64_t word = next_random();
    switch (next_random() % 6) {
    case 0: return word % 5;
    case 1: return 0 - word % 5;
    case 2: return word >> (word % 64);
    case 3: memcpy(&word, &doubles[word % 7], 8); return word;
    case 4:
        return word % 3 == 0   ? 0x7ff8000000000123
               : word % 3 == 1 ? 0x7ff0000000000000
                               : 0xfff0000000000000;
    default: return word;
    }
}

static void next_round(void) {
    for (uint32_t j = 0; j < 8; j++) {
        x.u64[j] = some_word();
        y.u64[j] = next_random() % 4 == 0 ? x.u64[j] : some_word();
        z.u64[j] = some_word();
    }
    for (size_t i = 0; i < sizeof memory; i++) {
        memory[i] = (uint8_t)next_random();
    }
    bits = (uint32_t)next_random();
}

/* One NaN for all: which operand's payload survives is no promise of C. */
static void same_nans(emulated_512 *values) {
    for (uint32_t j = 0; j < 8; j++) {
        values->u64[j] = values->f64[j] != values->f64[j] ? 0x7ff8000000000000 : values->u64[j];
    }
}

static void compare(const char *name, const void *wanted, const void *got, size_t bytes) {
    if (memcmp(wanted, got, bytes) != 0) {
        fail_msg("%s is emulated wrongly", name);
    }
}

#define SAME_VALUE(name, wanted_type, wanted_value, got_type, got_value)                           \
    do {                                                                                           \
        wanted_type wanted_ = wanted_value;                                                        \
        got_type got_ = got_value;                                                                 \
        _Static_assert(sizeof wanted_ == sizeof got_, #name);                                      \
        compare(#name, &wanted_, &got_, sizeof got_);                                              \
    } while (0)
/* The operands of the processor's instruction, then those of the emulated one. */
#define SAME(name, real, emulated)                                                                 \
    SAME_VALUE(name, __m512i, _mm512_##name real, emulated_512, emulated_##name emulated)
#define SAME_PD(name, real, emulated)                                                              \
    SAME_VALUE(name, __m512d, _mm512_##name real, emulated_512, emulated_##name emulated)
#define SAME_HALF(name, real, emulated)                                                            \
    SAME_VALUE(name, __m256i, _mm512_##name real, __m256i, emulated_##name emulated)
#define SAME_MASK(name, real, emulated)                                                            \
    SAME_VALUE(name, __mmask8, _mm512_##name real, __mmask8, emulated_##name emulated)
#define SAME_BUT_NANS(name, real, emulated)                                                        \
    do {                                                                                           \
        emulated_512 wanted_;                                                                      \
        emulated_512 got_ = emulated_##name emulated;                                              \
        _mm512_storeu_pd(&wanted_, _mm512_##name real);                                            \
        same_nans(&wanted_);                                                                       \
        same_nans(&got_);                                                                          \
        compare(#name, &wanted_, &got_, sizeof got_);                                              \
    } while (0)
#define WORDS(v) _mm512_loadu_si512(&v)
#define REALS(v) _mm512_loadu_pd(&v)

TARGET_512 static void compare_words(void) {
    SAME(add_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(sub_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(and_si512, (WORDS(x), WORDS(y)), (x, y));
    SAME(andnot_si512, (WORDS(x), WORDS(y)), (x, y));
    SAME(or_si512, (WORDS(x), WORDS(y)), (x, y));
    SAME(xor_si512, (WORDS(x), WORDS(y)), (x, y));
    SAME(min_epu64, (WORDS(x), WORDS(y)), (x, y));
    SAME(min_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(max_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(mul_epu32, (WORDS(x), WORDS(y)), (x, y));
    SAME(srlv_epi32, (WORDS(x), WORDS(y)), (x, y));
    SAME(srlv_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(slli_epi64, (WORDS(x), 3), (x, 3));
    SAME(srli_epi64, (WORDS(x), 32), (x, 32));
    SAME(srai_epi64, (WORDS(x), 63), (x, 63));
    SAME(lzcnt_epi64, (WORDS(x)), (x));
    SAME(ternarylogic_epi64, (WORDS(x), WORDS(y), WORDS(z), 0x96), (x, y, z, 0x96));
    SAME(ternarylogic_epi64, (WORDS(x), WORDS(y), WORDS(z), 0xca), (x, y, z, 0xca));
    SAME(mask_ternarylogic_epi64, (WORDS(x), (__mmask8)bits, WORDS(y), WORDS(z), 0x96),
         (x, (__mmask8)bits, y, z, 0x96));
    SAME(mask_ternarylogic_epi64, (WORDS(x), (__mmask8)bits, WORDS(y), WORDS(z), 0x1b),
         (x, (__mmask8)bits, y, z, 0x1b));
    SAME(mask_blend_epi64, ((__mmask8)bits, WORDS(x), WORDS(y)), ((__mmask8)bits, x, y));
    SAME(mask_add_epi64, (WORDS(x), (__mmask8)bits, WORDS(y), WORDS(z)), (x, (__mmask8)bits, y, z));
    SAME_MASK(cmpeq_epi64_mask, (WORDS(x), WORDS(y)), (x, y));
    SAME_MASK(cmpneq_epi64_mask, (WORDS(x), WORDS(y)), (x, y));
    SAME_MASK(cmplt_epi64_mask, (WORDS(x), WORDS(y)), (x, y));
    SAME_MASK(cmplt_epu64_mask, (WORDS(x), WORDS(y)), (x, y));
    SAME_MASK(cmpge_epu64_mask, (WORDS(x), WORDS(y)), (x, y));
    SAME_MASK(testn_epi64_mask, (WORDS(x), WORDS(y)), (x, y));
    SAME_MASK(mask_cmplt_epu64_mask, ((__mmask8)bits, WORDS(x), WORDS(y)), ((__mmask8)bits, x, y));
}

TARGET_512 static void compare_places(void) {
    SAME(unpacklo_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(unpackhi_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(permutexvar_epi64, (WORDS(x), WORDS(y)), (x, y));
    SAME(permutexvar_epi8, (WORDS(x), WORDS(y)), (x, y));
    SAME(permutex2var_epi64, (WORDS(x), WORDS(z), WORDS(y)), (x, z, y));
    SAME(permutex_epi64, (WORDS(x), 0x4e), (x, 0x4e));
    SAME(permutex_epi64, (WORDS(x), 0x1b), (x, 0x1b));
    SAME(permutex_epi64, (WORDS(x), 0xc6), (x, 0xc6));
    SAME(shuffle_epi32, (WORDS(x), _MM_PERM_BADC), (x, _MM_PERM_BADC));
    SAME(shuffle_epi32, (WORDS(x), _MM_PERM_CCAA), (x, _MM_PERM_CCAA));
    SAME(mask_shuffle_epi32, (WORDS(x), (__mmask16)bits, WORDS(y), _MM_PERM_CCAA),
         (x, (__mmask16)bits, y, _MM_PERM_CCAA));
    SAME(shuffle_i64x2, (WORDS(x), WORDS(y), 0x44), (x, y, 0x44));
    SAME(shuffle_i64x2, (WORDS(x), WORDS(y), 0xee), (x, y, 0xee));
    SAME(shuffle_i64x2, (WORDS(x), WORDS(y), 0x1b), (x, y, 0x1b));
    SAME(alignr_epi64, (WORDS(x), WORDS(y), 7), (x, y, 7));
    SAME(alignr_epi64, (WORDS(x), WORDS(y), 2), (x, y, 2));
    SAME(maskz_compress_epi64, ((__mmask8)bits, WORDS(x)), ((__mmask8)bits, x));
    SAME_HALF(extracti64x4_epi64, (WORDS(x), 0), (x, 0));
    SAME_HALF(extracti64x4_epi64, (WORDS(x), 1), (x, 1));
    SAME_HALF(castsi512_si256, (WORDS(x)), (x));
    SAME_VALUE(extracti64x2_epi64, __m128i, _mm512_extracti64x2_epi64(WORDS(x), 3), __m128i,
               emulated_extracti64x2_epi64(x, 3));
    union emulated_256 half = {.i = emulated_castsi512_si256(x)};
    union emulated_256 other = {.i = emulated_castsi512_si256(y)};
    SAME_VALUE(maskz_compress_epi32, __m256i, _mm256_maskz_compress_epi32((__mmask8)bits, half.i),
               __m256i, emulated_256_maskz_compress_epi32((__mmask8)bits, half.i));
    SAME_VALUE(test_epi32_mask, __mmask8, _mm256_test_epi32_mask(half.i, other.i), __mmask8,
               emulated_256_test_epi32_mask(half.i, other.i));
    SAME(cvtepi32_epi64, (half.i), (half.i));
    SAME(cvtepu32_epi64, (half.i), (half.i));
    SAME_BUT_NANS(cvtps_pd, (half.f), (half.f));
}

TARGET_512 static void compare_doubles(void) {
    SAME_BUT_NANS(add_pd, (REALS(x), REALS(y)), (x, y));
    SAME_BUT_NANS(sub_pd, (REALS(x), REALS(y)), (x, y));
    SAME_BUT_NANS(mul_pd, (REALS(x), REALS(y)), (x, y));
    SAME_PD(min_pd, (REALS(x), REALS(y)), (x, y));
    SAME_PD(max_pd, (REALS(x), REALS(y)), (x, y));
    SAME_PD(mask_min_pd, (REALS(z), (__mmask8)bits, REALS(x), REALS(y)), (z, (__mmask8)bits, x, y));
    SAME_PD(mask_max_pd, (REALS(z), (__mmask8)bits, REALS(x), REALS(y)), (z, (__mmask8)bits, x, y));
    SAME_PD(maskz_mov_pd, ((__mmask8)bits, REALS(x)), ((__mmask8)bits, x));
    SAME_PD(abs_pd, (REALS(x)), (x));
    SAME_PD(cvtepi64_pd, (WORDS(x)), (x));
    SAME(castpd_si512, (REALS(x)), (x));
    SAME_PD(castsi512_pd, (WORDS(x)), (x));
    SAME_MASK(cmp_pd_mask, (REALS(x), REALS(y), _CMP_LT_OQ), (x, y, _CMP_LT_OQ));
    SAME_MASK(cmp_pd_mask, (REALS(x), REALS(y), _CMP_LE_OQ), (x, y, _CMP_LE_OQ));
    SAME_MASK(cmp_pd_mask, (REALS(x), REALS(y), _CMP_EQ_OQ), (x, y, _CMP_EQ_OQ));
    SAME_MASK(cmp_pd_mask, (REALS(x), REALS(y), _CMP_UNORD_Q), (x, y, _CMP_UNORD_Q));
}

TARGET_512 static void compare_memory(void) {
    SAME(set1_epi64, ((long long)x.u64[0]), ((long long)x.u64[0]));
    SAME(set1_epi32, ((int)bits), ((int)bits));
    SAME_PD(set1_pd, (1.5), (1.5));
    SAME(setr_epi64, (1, 2, 3, 4, 5, 6, 7, (long long)x.u64[0]),
         (1, 2, 3, 4, 5, 6, 7, (long long)x.u64[0]));
    SAME(loadu_si512, (memory + 3), (memory + 3));
    SAME_PD(loadu_pd, (memory + 5), (memory + 5));
    SAME(mask_loadu_epi64, (WORDS(x), (__mmask8)bits, memory + 1), (x, (__mmask8)bits, memory + 1));
    SAME(maskz_loadu_epi64, ((__mmask8)bits, memory + 1), ((__mmask8)bits, memory + 1));
    emulated_512 places;
    for (uint32_t j = 0; j < 8; j++) {
        places.u64[j] = x.u64[j] % 200;
    }
    SAME_HALF(i64gather_epi32, (WORDS(places), memory, 1), (places, memory, 1));
    uint8_t wanted[320];
    uint8_t got[320];
    memset(wanted, 7, sizeof wanted);
    memset(got, 7, sizeof got);
    _mm512_storeu_si512(wanted + 1, WORDS(x));
    emulated_storeu_si512(got + 1, x);
    _mm512_storeu_pd(wanted + 65, REALS(y));
    emulated_storeu_pd(got + 65, y);
    _mm512_mask_storeu_epi64(wanted + 129, (__mmask8)bits, WORDS(z));
    emulated_mask_storeu_epi64(got + 129, (__mmask8)bits, z);
    __m256i half = emulated_castsi512_si256(x);
    _mm256_mask_storeu_epi64(wanted + 193, (__mmask8)(bits & 15), half);
    emulated_256_mask_storeu_epi64(got + 193, (__mmask8)(bits & 15), half);
    compare("stores", wanted, got, sizeof got);
    assert_int_equal(_cvtmask8_u32((__mmask8)bits), emulated_cvtmask8_u32((__mmask8)bits));
}

static bool has_512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2");
}

static void emulated_like_the_processor(void **state) {
    (void)state;
    if (!has_512()) {
        skip(); /* no AVX-512 here */
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        next_round();
        compare_words();
        compare_places();
        compare_doubles();
        compare_memory();
    }
}

/* A half of a vector. */
TARGET_256 static __m256i half_of(const emulated_512 *from, uint32_t half) {
    __m256i found;
    memcpy(&found, (const char *)from + (size_t)half * 32, sizeof found);
    return found;
}

#define HALVES(name, name_256, ...)                                                                \
    do {                                                                                           \
        emulated_512 got = emulated_##name;                                                        \
        for (uint32_t half = 0; half < 2; half++) {                                                \
            __m256i a = half_of(&x, half);                                                         \
            __m256i b = half_of(&y, half);                                                         \
            (void)b;                                                                               \
            __m256i wanted = name_256(__VA_ARGS__);                                                \
            __m256i here = half_of(&got, half);                                                    \
            compare(#name, &wanted, &here, sizeof here);                                           \
        }                                                                                          \
    } while (0)
#define HALVES_PD(name, name_256)                                                                  \
    do {                                                                                           \
        emulated_512 got = emulated_##name(x, y);                                                  \
        emulated_512 wanted;                                                                       \
        for (uint32_t half = 0; half < 2; half++) {                                                \
            __m256d a = _mm256_castsi256_pd(half_of(&x, half));                                    \
            __m256d b = _mm256_castsi256_pd(half_of(&y, half));                                    \
            __m256d here = name_256(a, b);                                                         \
            memcpy((char *)&wanted + (size_t)half * 32, &here, sizeof here);                       \
        }                                                                                          \
        same_nans(&wanted);                                                                        \
        same_nans(&got);                                                                           \
        compare(#name, &wanted, &got, sizeof got);                                                 \
    } while (0)
#define HALVES_MASK(name, wanted_256)                                                              \
    do {                                                                                           \
        uint32_t wanted = 0;                                                                       \
        for (uint32_t half = 0; half < 2; half++) {                                                \
            __m256i a = half_of(&x, half);                                                         \
            __m256i b = half_of(&y, half);                                                         \
            wanted |= (uint32_t)_mm256_movemask_pd(wanted_256) << (4 * half);                      \
        }                                                                                          \
        assert_int_equal((uint32_t)emulated_##name, wanted);                                       \
    } while (0)

TARGET_256 static void compare_halves(void) {
    HALVES(add_epi64(x, y), _mm256_add_epi64, a, b);
    HALVES(sub_epi64(x, y), _mm256_sub_epi64, a, b);
    HALVES(and_si512(x, y), _mm256_and_si256, a, b);
    HALVES(andnot_si512(x, y), _mm256_andnot_si256, a, b);
    HALVES(or_si512(x, y), _mm256_or_si256, a, b);
    HALVES(xor_si512(x, y), _mm256_xor_si256, a, b);
    HALVES(mul_epu32(x, y), _mm256_mul_epu32, a, b);
    HALVES(srlv_epi32(x, y), _mm256_srlv_epi32, a, b);
    HALVES(srlv_epi64(x, y), _mm256_srlv_epi64, a, b);
    HALVES(unpacklo_epi64(x, y), _mm256_unpacklo_epi64, a, b);
    HALVES(unpackhi_epi64(x, y), _mm256_unpackhi_epi64, a, b);
    HALVES(slli_epi64(x, 3), _mm256_slli_epi64, a, 3);
    HALVES(srli_epi64(x, 32), _mm256_srli_epi64, a, 32);
    HALVES(permutex_epi64(x, 0xc6), _mm256_permute4x64_epi64, a, 0xc6);
    HALVES(shuffle_epi32(x, 0xb1), _mm256_shuffle_epi32, a, 0xb1);
    HALVES_PD(add_pd, _mm256_add_pd);
    HALVES_PD(sub_pd, _mm256_sub_pd);
    HALVES_PD(mul_pd, _mm256_mul_pd);
    HALVES_PD(min_pd, _mm256_min_pd);
    HALVES_PD(max_pd, _mm256_max_pd);
    HALVES_MASK(cmpeq_epi64_mask(x, y), _mm256_castsi256_pd(_mm256_cmpeq_epi64(a, b)));
    HALVES_MASK(cmplt_epi64_mask(x, y), _mm256_castsi256_pd(_mm256_cmpgt_epi64(b, a)));
#define COMPARED_PD(predicate)                                                                     \
    HALVES_MASK(cmp_pd_mask(x, y, predicate),                                                      \
                _mm256_cmp_pd(_mm256_castsi256_pd(a), _mm256_castsi256_pd(b), predicate))
    COMPARED_PD(_CMP_LT_OQ);
    COMPARED_PD(_CMP_LE_OQ);
    COMPARED_PD(_CMP_EQ_OQ);
    COMPARED_PD(_CMP_UNORD_Q);
}

static void emulated_like_two_halves_of_avx2(void **state) {
    (void)state;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2")) {
        skip();
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        next_round();
        compare_halves();
    }
}

#else

static void emulated_like_the_processor(void **state) {
    (void)state;
    skip();
}

#define emulated_like_two_halves_of_avx2 emulated_like_the_processor

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emulated_like_the_processor),
        cmocka_unit_test(emulated_like_two_halves_of_avx2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
