#include "stats/top_kernels.h"

#if WEIR_ISA_LEVEL > 1
#include <immintrin.h>
#endif

#include "base/banned.h"

/* Counting and the search for the maximum go apart: as one they would wait for each other. */
static uint32_t largest(const uint16_t *buckets) {
    uint16_t most[32] = {0};
    for (uint32_t i = 0; i < WEIR_TOP_BUCKETS; i += 32) {
        for (uint32_t j = 0; j < 32; j++) {
            most[j] = buckets[i + j] > most[j] ? buckets[i + j] : most[j];
        }
    }
    uint32_t all = 0;
    for (uint32_t j = 0; j < 32; j++) {
        all = most[j] > all ? most[j] : all;
    }
    return all;
}

static uint32_t fill(const uint64_t *keys, uint32_t count, uint16_t *buckets) {
    uint32_t i = 0;
#if WEIR_ISA_LEVEL > 1
    const __m256i factor = _mm256_set1_epi64x(WEIR_TOP_FACTOR);
    const __m256i mask = _mm256_set1_epi64x(WEIR_TOP_BUCKETS - 1);
    for (; i + 8 <= count; i += 8) {
        uint64_t place[8];
        for (uint32_t j = 0; j < 8; j += 4) {
            __m256i key = _mm256_loadu_si256((const __m256i *)(keys + i + j));
            __m256i product =
                _mm256_mul_epu32(_mm256_xor_si256(key, _mm256_srli_epi64(key, 32)), factor);
            __m256i bucket = _mm256_srli_epi64(product, 32 - WEIR_TOP_BUCKETS_LOG);
            _mm256_storeu_si256((__m256i *)(place + j), _mm256_and_si256(bucket, mask));
        }
        for (uint32_t j = 0; j < 8; j++) {
            buckets[place[j]]++;
        }
    }
#endif
    for (; i < count; i++) {
        buckets[weir_top_bucket(keys[i])]++;
    }
    return largest(buckets);
}

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

const struct weir_top_kernels PASTE(weir_top_kernels_, WEIR_ISA_NAME) = {.fill = fill};
