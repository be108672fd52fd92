#include "stats/values_kernels.h"

#if WEIR_ISA_LEVEL == 3
#include <immintrin.h>
#endif

#include "base/banned.h"

/* Searches that go side by side: a single one waits for memory at every step. */
#define ABREAST 16u

static uint32_t repeats(const uint64_t *keys, uint32_t count) {
    uint64_t found = 0;
    for (uint32_t i = 1; i < count; i++) {
        found += keys[i] == keys[i - 1];
    }
    return (uint32_t)found;
}

/* From keys[*from_ret] on, copies the first key of every run and notes where it stands. What is
 * written inside a run is overwritten by the next one. */
static uint32_t starts_one_by_one(const uint64_t *keys, uint32_t from, uint32_t count,
                                  uint32_t runs, uint64_t last, uint64_t *distinct_ret,
                                  uint64_t *starts_ret) {
    for (uint32_t i = from; i < count; i++) {
        uint64_t key = keys[i];
        distinct_ret[runs] = key;
        starts_ret[runs] = i;
        runs += key != last;
        last = key;
    }
    return runs;
}

#if WEIR_ISA_LEVEL == 3

static uint32_t starts(const uint64_t *keys, uint32_t count, uint64_t *distinct_ret,
                       uint64_t *starts_ret) {
    uint32_t runs = 0;
    uint64_t last = ~keys[0];
    __m512i before = _mm512_set1_epi64((long long)last);
    __m512i at = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    uint32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m512i here = _mm512_loadu_si512(keys + i);
        /* Each key beside its neighbour on the left. */
        __mmask8 first = _mm512_cmpneq_epi64_mask(here, _mm512_alignr_epi64(here, before, 7));
        uint32_t found = (uint32_t)__builtin_popcount(first);
        /* Whole stores end at runs + 8 <= i + 8: what is not read yet stays as it is. */
        _mm512_storeu_si512(distinct_ret + runs, _mm512_maskz_compress_epi64(first, here));
        _mm512_storeu_si512(starts_ret + runs, _mm512_maskz_compress_epi64(first, at));
        runs += found;
        before = here;
        at = _mm512_add_epi64(at, _mm512_set1_epi64(8));
    }
    if (i > 0) {
        last = (uint64_t)_mm_extract_epi64(_mm512_extracti64x2_epi64(before, 3), 1);
    }
    return starts_one_by_one(keys, i, count, runs, last, distinct_ret, starts_ret);
}

#else

static uint32_t starts(const uint64_t *keys, uint32_t count, uint64_t *distinct_ret,
                       uint64_t *starts_ret) {
    return starts_one_by_one(keys, 0, count, 0, ~keys[0], distinct_ret, starts_ret);
}

#endif

/* For each of some keys, all present, its first place in ascending keys. */
static void places(const uint64_t *sorted, uint32_t count, const uint64_t *keys,
                   uint64_t *places_ret) {
    uint64_t place[ABREAST] = {0};
    while (count > 1) {
        uint32_t half = count / 2;
        for (uint32_t i = 0; i < ABREAST; i++) {
            /* A mask instead of a branch that no predictor could learn. */
            uint64_t middle = sorted[place[i] + half - 1];
            place[i] += half & (0 - (uint64_t)(middle < keys[i]));
        }
        count -= half;
    }
    memcpy(places_ret, place, sizeof place);
}

static void weigh(const uint64_t *sorted, const uint64_t *keys, const uint32_t *weights,
                  uint32_t count, uint64_t *counts_ret) {
    uint64_t found[ABREAST];
    uint32_t i = 0;
    for (; i + ABREAST <= count; i += ABREAST) {
        places(sorted, count, keys + i, found);
        for (uint32_t j = 0; j < ABREAST; j++) {
            counts_ret[found[j]] += weights[i + j];
        }
    }
    uint64_t some[ABREAST];
    for (uint32_t j = 0; j < ABREAST; j++) {
        some[j] = keys[i + j < count ? i + j : 0];
    }
    if (i < count) {
        places(sorted, count, some, found);
        for (uint32_t j = 0; i + j < count; j++) {
            counts_ret[found[j]] += weights[i + j];
        }
    }
}

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

const struct weir_values_kernels PASTE(weir_values_kernels_, WEIR_ISA_NAME) = {
    .repeats = repeats,
    .starts = starts,
    .weigh = weigh,
};
