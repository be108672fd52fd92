#include "stats/values_kernels.h"

#include "base/bits.h"
#include "base/check.h"

#if WEIR_ISA_LEVEL > 1
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

/* The smallest and the largest of count > 0 keys. */
static void extremes(const uint64_t *keys, uint32_t count, uint64_t *least_ret,
                     uint64_t *most_ret) {
    uint64_t least = keys[0];
    uint64_t most = keys[0];
    uint32_t i = 0;
#if WEIR_ISA_LEVEL > 1
    /* Only a signed comparison exists. */
    const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    __m256i low = _mm256_set1_epi64x(INT64_MAX);
    __m256i high = sign;
    for (; i + 4 <= count; i += 4) {
        __m256i key =
            _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)(keys + i)), sign);
        low = _mm256_blendv_epi8(low, key, _mm256_cmpgt_epi64(low, key));
        high = _mm256_blendv_epi8(high, key, _mm256_cmpgt_epi64(key, high));
    }
    uint64_t lanes[8];
    _mm256_storeu_si256((__m256i *)(void *)lanes, _mm256_xor_si256(low, sign));
    _mm256_storeu_si256((__m256i *)(void *)(lanes + 4), _mm256_xor_si256(high, sign));
    for (uint32_t j = 0; i > 0 && j < 4; j++) {
        least = weir_min_u64(least, lanes[j]);
        most = weir_max_u64(most, lanes[4 + j]);
    }
#endif
    for (; i < count; i++) {
        least = weir_min_u64(least, keys[i]);
        most = weir_max_u64(most, keys[i]);
    }
    *least_ret = least;
    *most_ret = most;
}

/*
 * Keys with their places in the low bits, so that sorting moves both. What the place takes the room
 * of are a key's last bits; they are zeros in most blocks, once what all keys have in common is
 * taken off in front.
 */
static struct weir_values_packing pack(const uint64_t *keys, uint32_t count, uint64_t *packed_ret) {
    uint64_t least = 0;
    uint64_t most = 0;
    extremes(keys, count, &least, &most);
    const uint32_t width = weir_bit_width(most - least);
    const uint32_t shift = width == 0 ? 0 : 64 - width;
    WEIR_ASSERT(shift < 64);
    for (uint32_t i = 0; i < count; i++) {
        packed_ret[i] = ((keys[i] - least) << shift & ~WEIR_PLACE_MASK) | i;
    }
    return (struct weir_values_packing){least, shift, width + WEIR_PLACE_BITS <= 64};
}

static bool take_distinct(const struct weir_values_packing *packing, const uint64_t *keys,
                          const uint32_t *weights, uint32_t count, uint64_t *packed,
                          uint64_t *counts_ret) {
    const uint64_t least = packing->least;
    const uint32_t shift = packing->shift;
    uint64_t odd = 0;
    for (uint32_t i = 1; i < count; i++) {
        odd |= (uint64_t)((packed[i] ^ packed[i - 1]) >> WEIR_PLACE_BITS == 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        odd |= weights[i] == 0;
    }
    if (odd != 0) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        counts_ret[i] = weights[packed[i] & WEIR_PLACE_MASK];
    }
    if (packing->is_exact) {
        for (uint32_t i = 0; i < count; i++) {
            packed[i] = least + ((packed[i] & ~WEIR_PLACE_MASK) >> shift);
        }
    } else {
        for (uint32_t i = 0; i < count; i++) {
            packed[i] = keys[packed[i] & WEIR_PLACE_MASK];
        }
    }
    return true;
}

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
    .pack = pack,
    .take_distinct = take_distinct,
    .repeats = repeats,
    .starts = starts,
    .weigh = weigh,
};
