/*
 * The AVX-512 intrinsics that the kernels use, in plain C, for machines without AVX-512.
 *
 * Included before everything else (-include) it replaces them by name; with
 * WEIR_EMULATE_KEEP_NAMES only the functions emulated_* are there, so that a test can compare them
 * with the processor's own. An intrinsic that is missing here does not compile without AVX-512.
 *
 * Format notes. Every function is the operation that Intel's guide gives for the instruction, lane
 * by lane. Masked loads and stores touch the lanes of the mask alone, as the instructions do, so
 * sanitizers see what is read too much. vminpd and vmaxpd give the second operand where one is NaN
 * or both are zero.
 */
#ifndef WEIR_TESTS_EMULATE_AVX512_H
#define WEIR_TESTS_EMULATE_AVX512_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define EMULATED static inline __attribute__((unused, always_inline))
#define EMULATED_256 EMULATED __attribute__((target("avx2")))

/* Stands for __m512i and __m512d alike. Passing real ones is not defined without AVX-512. */
typedef union {
    int64_t s64[8];
    uint64_t u64[8];
    uint32_t u32[16];
    uint8_t u8[64];
    double f64[8];
} emulated_512;

union emulated_256 {
    __m256i i;
    __m256 f;
    int32_t s32[8];
    uint32_t u32[8];
    uint64_t u64[4];
    float f32[8];
};

/* Lanes j of r, as an expression of the lanes of a, b and so on. */
#define LANES_OF(count, target, expression)                                                        \
    for (uint32_t j = 0; j < (count); j++) {                                                       \
        (target)[j] = (expression);                                                                \
    }

#define INTEGERS_2(name, field, count, expression)                                                 \
    EMULATED emulated_512 emulated_##name(emulated_512 a, emulated_512 b) {                        \
        emulated_512 r;                                                                            \
        LANES_OF(count, r.field, expression)                                                       \
        return r;                                                                                  \
    }

INTEGERS_2(add_epi64, u64, 8, a.u64[j] + b.u64[j])
INTEGERS_2(sub_epi64, u64, 8, a.u64[j] - b.u64[j])
INTEGERS_2(and_si512, u64, 8, a.u64[j] & b.u64[j])
INTEGERS_2(andnot_si512, u64, 8, ~a.u64[j] & b.u64[j])
INTEGERS_2(or_si512, u64, 8, a.u64[j] | b.u64[j])
INTEGERS_2(xor_si512, u64, 8, a.u64[j] ^ b.u64[j])
INTEGERS_2(min_epu64, u64, 8, a.u64[j] < b.u64[j] ? a.u64[j] : b.u64[j])
INTEGERS_2(min_epi64, s64, 8, a.s64[j] < b.s64[j] ? a.s64[j] : b.s64[j])
INTEGERS_2(max_epi64, s64, 8, a.s64[j] > b.s64[j] ? a.s64[j] : b.s64[j])
INTEGERS_2(mul_epu32, u64, 8, (a.u64[j] & UINT32_MAX) * (b.u64[j] & UINT32_MAX))
INTEGERS_2(srlv_epi32, u32, 16, b.u32[j] < 32 ? a.u32[j] >> b.u32[j] : 0)
INTEGERS_2(srlv_epi64, u64, 8, b.u64[j] < 64 ? a.u64[j] >> b.u64[j] : 0)
INTEGERS_2(unpacklo_epi64, u64, 8, j % 2 == 0 ? a.u64[j] : b.u64[j - 1])
INTEGERS_2(unpackhi_epi64, u64, 8, j % 2 == 0 ? a.u64[j + 1] : b.u64[j])
/* Here the first operand holds the places. */
INTEGERS_2(permutexvar_epi64, u64, 8, b.u64[a.u64[j] % 8])
INTEGERS_2(permutexvar_epi8, u8, 64, b.u8[a.u8[j] % 64])

#define INTEGERS_1(name, field, count, expression)                                                 \
    EMULATED emulated_512 emulated_##name(emulated_512 a, uint32_t imm) {                          \
        emulated_512 r;                                                                            \
        LANES_OF(count, r.field, expression)                                                       \
        return r;                                                                                  \
    }

INTEGERS_1(slli_epi64, u64, 8, imm < 64 ? a.u64[j] << imm : 0)
INTEGERS_1(srli_epi64, u64, 8, imm < 64 ? a.u64[j] >> imm : 0)
INTEGERS_1(srai_epi64, s64, 8, a.s64[j] >> (imm < 64 ? imm : 63))
INTEGERS_1(permutex_epi64, u64, 8, a.u64[j / 4 * 4 + (imm >> (j % 4 * 2) & 3)])
INTEGERS_1(shuffle_epi32, u32, 16, a.u32[j / 4 * 4 + (imm >> (j % 4 * 2) & 3)])

EMULATED emulated_512 emulated_lzcnt_epi64(emulated_512 a) {
    LANES_OF(8, a.u64, a.u64[j] == 0 ? 64 : (uint64_t)__builtin_clzll(a.u64[j]))
    return a;
}

/* The two vectors joined, `b` below `a`, moved down by so many lanes. */
EMULATED emulated_512 emulated_alignr_epi64(emulated_512 a, emulated_512 b, uint32_t imm) {
    emulated_512 r;
    LANES_OF(8, r.u64, j + imm % 8 < 8 ? b.u64[(j + imm % 8) % 8] : a.u64[(j + imm % 8) % 8])
    return r;
}

EMULATED emulated_512 emulated_shuffle_i64x2(emulated_512 a, emulated_512 b, uint32_t imm) {
    emulated_512 r;
    LANES_OF(8, r.u64, (j < 4 ? a : b).u64[(imm >> (j / 2 * 2) & 3) * 2 + j % 2])
    return r;
}

EMULATED emulated_512 emulated_permutex2var_epi64(emulated_512 a, emulated_512 at, emulated_512 b) {
    emulated_512 r;
    LANES_OF(8, r.u64, (at.u64[j] & 8) == 0 ? a.u64[at.u64[j] % 8] : b.u64[at.u64[j] % 8])
    return r;
}

EMULATED uint64_t emulated_ternary(uint64_t a, uint64_t b, uint64_t c, uint32_t imm) {
    uint64_t found = 0;
    for (uint32_t row = 0; row < 8; row++) {
        uint64_t here = (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
        found |= imm >> row & 1 ? here : 0;
    }
    return found;
}

EMULATED emulated_512 emulated_mask_ternarylogic_epi64(emulated_512 a, __mmask8 mask,
                                                       emulated_512 b, emulated_512 c,
                                                       uint32_t imm) {
    LANES_OF(8, a.u64,
             mask >> j & 1 ? emulated_ternary(a.u64[j], b.u64[j], c.u64[j], imm) : a.u64[j])
    return a;
}

EMULATED emulated_512 emulated_ternarylogic_epi64(emulated_512 a, emulated_512 b, emulated_512 c,
                                                  uint32_t imm) {
    return emulated_mask_ternarylogic_epi64(a, 0xff, b, c, imm);
}

/* Lanes of the mask from `yes`, the others from `no`. */
EMULATED emulated_512 emulated_mask_blend_epi64(__mmask8 mask, emulated_512 a, emulated_512 b) {
    LANES_OF(8, a.u64, mask >> j & 1 ? b.u64[j] : a.u64[j])
    return a;
}

EMULATED emulated_512 emulated_mask_add_epi64(emulated_512 other, __mmask8 mask, emulated_512 a,
                                              emulated_512 b) {
    return emulated_mask_blend_epi64(mask, other, emulated_add_epi64(a, b));
}

EMULATED emulated_512 emulated_mask_shuffle_epi32(emulated_512 r, __mmask16 mask, emulated_512 from,
                                                  uint32_t imm) {
    emulated_512 a = emulated_shuffle_epi32(from, imm);
    LANES_OF(16, r.u32, mask >> j & 1 ? a.u32[j] : r.u32[j])
    return r;
}

EMULATED emulated_512 emulated_maskz_compress_epi64(__mmask8 mask, emulated_512 a) {
    emulated_512 r = {.u64 = {0}};
    uint32_t kept = 0;
    for (uint32_t j = 0; j < 8; j++) {
        if (mask >> j & 1) {
            r.u64[kept++] = a.u64[j];
        }
    }
    return r;
}

EMULATED_256 __m256i emulated_256_maskz_compress_epi32(__mmask8 mask, __m256i first) {
    union emulated_256 a = {.i = first};
    union emulated_256 r = {.u32 = {0}};
    uint32_t kept = 0;
    for (uint32_t j = 0; j < 8; j++) {
        if (mask >> j & 1) {
            r.u32[kept++] = a.u32[j];
        }
    }
    return r.i;
}

#define COMPARED(name, expression)                                                                 \
    EMULATED __mmask8 emulated_##name(emulated_512 a, emulated_512 b) {                            \
        uint32_t mask = 0;                                                                         \
        for (uint32_t j = 0; j < 8; j++) {                                                         \
            mask |= (uint32_t)(expression) << j;                                                   \
        }                                                                                          \
        return (__mmask8)mask;                                                                     \
    }

COMPARED(cmpeq_epi64_mask, a.u64[j] == b.u64[j])
COMPARED(cmpneq_epi64_mask, a.u64[j] != b.u64[j])
COMPARED(cmplt_epi64_mask, a.s64[j] < b.s64[j])
COMPARED(cmplt_epu64_mask, a.u64[j] < b.u64[j])
COMPARED(cmpge_epu64_mask, a.u64[j] >= b.u64[j])
COMPARED(testn_epi64_mask, (a.u64[j] & b.u64[j]) == 0)

EMULATED __mmask8 emulated_mask_cmplt_epu64_mask(__mmask8 mask, emulated_512 a, emulated_512 b) {
    return (__mmask8)(mask & emulated_cmplt_epu64_mask(a, b));
}

EMULATED_256 __mmask8 emulated_256_test_epi32_mask(__m256i first, __m256i second) {
    union emulated_256 a = {.i = first};
    union emulated_256 b = {.i = second};
    uint32_t mask = 0;
    for (uint32_t j = 0; j < 8; j++) {
        mask |= (uint32_t)((a.u32[j] & b.u32[j]) != 0) << j;
    }
    return (__mmask8)mask;
}

EMULATED uint32_t emulated_cvtmask8_u32(__mmask8 mask) {
    return mask;
}

/* The predicates that the kernels use; any other stops the program. */
EMULATED __mmask8 emulated_cmp_pd_mask(emulated_512 a, emulated_512 b, int predicate) {
    uint32_t mask = 0;
    for (uint32_t j = 0; j < 8; j++) {
        double x = a.f64[j];
        double y = b.f64[j];
        int holds = 0;
        switch (predicate) {
        case _CMP_EQ_OQ: holds = x == y; break;
        case _CMP_LT_OQ: holds = __builtin_isless(x, y); break;
        case _CMP_LE_OQ: holds = __builtin_islessequal(x, y); break;
        case _CMP_UNORD_Q: holds = __builtin_isunordered(x, y); break;
        default: __builtin_trap();
        }
        mask |= (uint32_t)holds << j;
    }
    return (__mmask8)mask;
}

#define DOUBLES_2(name, expression)                                                                \
    EMULATED emulated_512 emulated_##name(emulated_512 a, emulated_512 b) {                        \
        emulated_512 r;                                                                            \
        LANES_OF(8, r.f64, expression)                                                             \
        return r;                                                                                  \
    }

DOUBLES_2(add_pd, a.f64[j] + b.f64[j])
DOUBLES_2(sub_pd, a.f64[j] - b.f64[j])
DOUBLES_2(mul_pd, a.f64[j] * b.f64[j])
DOUBLES_2(min_pd, a.f64[j] < b.f64[j] ? a.f64[j] : b.f64[j])
DOUBLES_2(max_pd, a.f64[j] > b.f64[j] ? a.f64[j] : b.f64[j])

EMULATED emulated_512 emulated_abs_pd(emulated_512 a) {
    LANES_OF(8, a.u64, a.u64[j] & (uint64_t)INT64_MAX)
    return a;
}

EMULATED emulated_512 emulated_mask_mov_pd(emulated_512 a, __mmask8 mask, emulated_512 b) {
    LANES_OF(8, a.u64, mask >> j & 1 ? b.u64[j] : a.u64[j])
    return a;
}

EMULATED emulated_512 emulated_maskz_mov_pd(__mmask8 mask, emulated_512 a) {
    emulated_512 zero = {.u64 = {0}};
    return emulated_mask_mov_pd(zero, mask, a);
}

EMULATED emulated_512 emulated_mask_min_pd(emulated_512 other, __mmask8 mask, emulated_512 a,
                                           emulated_512 b) {
    return emulated_mask_mov_pd(other, mask, emulated_min_pd(a, b));
}

EMULATED emulated_512 emulated_mask_max_pd(emulated_512 other, __mmask8 mask, emulated_512 a,
                                           emulated_512 b) {
    return emulated_mask_mov_pd(other, mask, emulated_max_pd(a, b));
}

EMULATED emulated_512 emulated_cvtepi64_pd(emulated_512 a) {
    LANES_OF(8, a.f64, (double)a.s64[j])
    return a;
}

EMULATED_256 emulated_512 emulated_cvtps_pd(__m256 first) {
    union emulated_256 a = {.f = first};
    emulated_512 r;
    LANES_OF(8, r.f64, (double)a.f32[j])
    return r;
}

EMULATED_256 emulated_512 emulated_cvtepi32_epi64(__m256i first) {
    union emulated_256 a = {.i = first};
    emulated_512 r;
    LANES_OF(8, r.s64, a.s32[j])
    return r;
}

EMULATED_256 emulated_512 emulated_cvtepu32_epi64(__m256i first) {
    union emulated_256 a = {.i = first};
    emulated_512 r;
    LANES_OF(8, r.u64, a.u32[j])
    return r;
}

EMULATED emulated_512 emulated_set1_epi64(long long x) {
    emulated_512 r;
    LANES_OF(8, r.s64, x)
    return r;
}

EMULATED emulated_512 emulated_set1_epi32(int x) {
    emulated_512 r;
    LANES_OF(16, r.u32, (uint32_t)x)
    return r;
}

EMULATED emulated_512 emulated_set1_pd(double x) {
    emulated_512 r;
    LANES_OF(8, r.f64, x)
    return r;
}

EMULATED emulated_512 emulated_setr_epi64(long long a, long long b, long long c, long long d,
                                          long long e, long long f, long long g, long long h) {
    emulated_512 r = {.s64 = {a, b, c, d, e, f, g, h}};
    return r;
}

EMULATED emulated_512 emulated_castsi512_pd(emulated_512 r) {
    return r;
}

EMULATED emulated_512 emulated_castpd_si512(emulated_512 r) {
    return r;
}

EMULATED_256 __m256i emulated_extracti64x4_epi64(emulated_512 a, uint32_t imm) {
    union emulated_256 r;
    LANES_OF(4, r.u64, a.u64[imm % 2 * 4 + j])
    return r.i;
}

EMULATED_256 __m256i emulated_castsi512_si256(emulated_512 a) {
    return emulated_extracti64x4_epi64(a, 0);
}

EMULATED __m128i emulated_extracti64x2_epi64(emulated_512 a, uint32_t imm) {
    return _mm_set_epi64x(a.s64[imm % 4 * 2 + 1], a.s64[imm % 4 * 2]);
}

EMULATED emulated_512 emulated_loadu_si512(const void *from) {
    emulated_512 r;
    memcpy(&r, from, sizeof r);
    return r;
}

EMULATED void emulated_storeu_si512(void *to, emulated_512 a) {
    memcpy(to, &a, sizeof a);
}

EMULATED emulated_512 emulated_loadu_pd(const void *from) {
    emulated_512 r;
    memcpy(&r, from, sizeof r);
    return r;
}

EMULATED void emulated_storeu_pd(void *to, emulated_512 a) {
    memcpy(to, &a, sizeof a);
}

EMULATED emulated_512 emulated_mask_loadu_epi64(emulated_512 r, __mmask8 mask, const void *from) {
    for (uint32_t j = 0; j < 8; j++) {
        if (mask >> j & 1) {
            memcpy(&r.u64[j], (const char *)from + (size_t)j * 8, 8);
        }
    }
    return r;
}

EMULATED emulated_512 emulated_maskz_loadu_epi64(__mmask8 mask, const void *from) {
    return emulated_mask_loadu_epi64(emulated_set1_epi64(0), mask, from);
}

EMULATED void emulated_mask_storeu_epi64(void *to, __mmask8 mask, emulated_512 a) {
    for (uint32_t j = 0; j < 8; j++) {
        if (mask >> j & 1) {
            memcpy((char *)to + (size_t)j * 8, &a.u64[j], 8);
        }
    }
}

EMULATED_256 void emulated_256_mask_storeu_epi64(void *to, __mmask8 mask, __m256i first) {
    union emulated_256 a = {.i = first};
    for (uint32_t j = 0; j < 4; j++) {
        if (mask >> j & 1) {
            memcpy((char *)to + (size_t)j * 8, &a.u64[j], 8);
        }
    }
}

EMULATED_256 __m256i emulated_i64gather_epi32(emulated_512 at, const void *from, int scale) {
    union emulated_256 r;
    for (uint32_t j = 0; j < 8; j++) {
        memcpy(&r.u32[j], (const char *)from + at.s64[j] * scale, 4);
    }
    return r.i;
}

#undef INTEGERS_1
#undef INTEGERS_2
#undef DOUBLES_2
#undef COMPARED
#undef LANES_OF
#undef EMULATED_256
#undef EMULATED

#if !defined(WEIR_EMULATE_KEEP_NAMES)
#include "emulate_avx512_names.h"
#endif

#endif
