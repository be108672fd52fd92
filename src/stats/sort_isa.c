#include "stats/sort_kernels.h"

#include "stats/sort_radix.h"

#if WEIR_ISA_LEVEL == 3
#include "stats/sort_avx512.h"
#elif WEIR_ISA_LEVEL == 2
#include "stats/sort_avx2.h"
#endif

#if WEIR_ISA_LEVEL > 1
#include "stats/sort_network.h"
#if WEIR_ISA_LEVEL == 2
#include "stats/sort_digits.h"
#endif
#include "stats/sort_quick.h"
#endif

#include "base/banned.h"

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

#if WEIR_ISA_LEVEL > 1

static void sort_strata(uint64_t *keys, uint32_t count) {
    WEIR_ASSERT(count % WEIR_STRATUM == 0);
    for (uint32_t i = 0; i < count; i += WEIR_STRATUM) {
        sort_block(keys + i, keys + i, WEIR_STRATUM);
    }
}

const struct weir_sort_kernels PASTE(weir_sort_kernels_, WEIR_ISA_NAME) = {
    .sort = quick_sort,
    .sort_strata = sort_strata,
};

#else

/* One step of Batcher's merge-exchange sort (Knuth, volume 3, algorithm 5.2.2M). */
static void exchange_step(uint64_t *keys, uint32_t p, uint32_t r, uint32_t d) {
    for (uint32_t i = 0; i + d < WEIR_STRATUM; i++) {
        uint64_t a = keys[i];
        uint64_t b = keys[i + d];
        bool turned = (i & p) == r && a > b;
        keys[i] = turned ? b : a;
        keys[i + d] = turned ? a : b;
    }
}

static void sort_strata(uint64_t *keys, uint32_t count) {
    WEIR_ASSERT(count % WEIR_STRATUM == 0);
    for (uint32_t at = 0; at < count; at += WEIR_STRATUM) {
        for (uint32_t p = WEIR_STRATUM / 2; p > 0; p /= 2) {
            uint32_t r = 0;
            uint32_t d = p;
            for (uint32_t q = WEIR_STRATUM / 2; q >= p; q /= 2) {
                exchange_step(keys + at, p, r, d);
                d = q - p;
                r = p;
            }
        }
    }
}

const struct weir_sort_kernels PASTE(weir_sort_kernels_, WEIR_ISA_NAME) = {
    .sort = radix_sort,
    .sort_strata = sort_strata,
};

#endif
