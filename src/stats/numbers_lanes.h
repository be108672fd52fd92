/*
 * Eight lanes as 8, 2 or 1 registers: the vocabulary of the number kernels for the instruction set
 * that is being compiled.
 *
 * reals = doubles, words = 64-bit integers, mask = one truth value a lane. STEPS registers hold the
 * eight lanes; register j holds the lanes from j * WIDTH on. Every operation gives the same bits
 * on every set: min and max return the first argument on ties and when one is NaN.
 */
#ifndef WEIR_STATS_NUMBERS_LANES_H
#define WEIR_STATS_NUMBERS_LANES_H

#include "base/bits.h"

#define REAL_MAX 0x1.fffffffffffffp+1023
#define TOP_BIT (UINT64_C(1) << 63)
#define INLINE static inline __attribute__((always_inline, unused))

#if WEIR_ISA_LEVEL == 3
#include <immintrin.h>

#include "stats/numbers_lanes_avx512.h"
#elif WEIR_ISA_LEVEL == 2
#include <immintrin.h>

#include "stats/numbers_lanes_avx2.h"
#else
#include "stats/numbers_lanes_scalar.h"
#endif

#define STEPS (8u / WIDTH)

#endif
