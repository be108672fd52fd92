/*
 * Time of the block sort, HyperLogLog and the hashes, for each pattern and instruction set.
 *
 * Build: make build/tests/bench/bench_sort, or link with libweir.a. Prints nanoseconds a key, the
 * best of several rounds; the copy of the block that is sorted is measured and taken off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "stats/hll.h"
#include "stats/sort.h"

#define BLOCK 4096u
#define BLOCKS 16u
#define ROUNDS 60u

static const char *const isa_names[] = {"auto", "scalar", "avx2", "avx512"};
static const char *const pattern_names[] = {"random", "sorted",   "reversed",  "constant",
                                            "two",    "100 dist", "1000 dist", "sawtooth",
                                            "organ",  "nearly",   "16-bit",    "zipf"};
#define PATTERNS (sizeof pattern_names / sizeof pattern_names[0])

static uint64_t source[BLOCK * BLOCKS];
static uint64_t keys[WEIR_SORT_MAX + 64];
static uint64_t spare[WEIR_SORT_MAX + 64];

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t random_u64(uint64_t i) {
    return weir_hash_u64(i * UINT64_C(0x9e3779b97f4a7c15) + 12345);
}

static uint64_t pattern_key(uint32_t pattern, uint32_t i) {
    uint64_t r = random_u64(i);
    uint32_t at = i % BLOCK;
    switch (pattern) {
    case 0: return r;
    case 1: return at;
    case 2: return BLOCK - at;
    case 3: return 42;
    case 4: return r & 1;
    case 5: return weir_hash_u64(r % 100);
    case 6: return weir_hash_u64(r % 1000);
    case 7: return at % 100;
    case 8: return at < BLOCK / 2 ? at : BLOCK - at;
    case 9: return r % 50 == 0 ? r % BLOCK : at;
    case 10: return r & 0xffff;
    default: return (uint64_t)1 << (r % 20);
    }
}

static double copy_ns(uint32_t count) {
    double best = 1e30;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (uint32_t b = 0; b < BLOCKS; b++) {
            memcpy(keys, source + b * BLOCK, count * sizeof *keys);
            __asm__ volatile("" : : "r"(keys) : "memory");
        }
        double took = now_ns() - start;
        best = took < best ? took : best;
    }
    return best / BLOCKS;
}

static double sort_ns(weir_sort_function *sort, uint32_t count) {
    double best = 1e30;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (uint32_t b = 0; b < BLOCKS; b++) {
            memcpy(keys, source + b * BLOCK, count * sizeof *keys);
            sort(keys, spare, count);
        }
        double took = now_ns() - start;
        best = took < best ? took : best;
    }
    return (best / BLOCKS - copy_ns(count)) / count;
}

static void bench_sort(void) {
    printf("sort, ns a key, %u keys%15s%9s%9s\n", BLOCK, isa_names[1], isa_names[2], isa_names[3]);
    for (uint32_t pattern = 0; pattern < PATTERNS; pattern++) {
        for (uint32_t i = 0; i < BLOCK * BLOCKS; i++) {
            source[i] = pattern_key(pattern, i);
        }
        printf("%-28s", pattern_names[pattern]);
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            printf("%9.2f", sort_ns(weir_sort_choose(isa), BLOCK));
        }
        printf("\n");
    }
    static const uint32_t counts[] = {16, 64, 128, 256, 512, 1024, 2048, 2862};
    for (uint32_t i = 0; i < BLOCK * BLOCKS; i++) {
        source[i] = random_u64(i);
    }
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        printf("random, %4u keys%12s", counts[c], "");
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            printf("%9.2f", sort_ns(weir_sort_choose(isa), counts[c]));
        }
        printf("\n");
    }
}

typedef void hll_add(struct weir_hll *, enum weir_isa, const uint64_t *, uint32_t);

/* Keys are made 65536 at a time and then added in blocks: 8 million keys in all, the best round of
 * 128. */
static double hll_ns(hll_add *add, enum weir_isa isa, uint64_t distinct) {
    struct weir_hll hll;
    double best = 1e30;
    const uint32_t rounds = 128;
    weir_hll_begin(&hll);
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < BLOCK * BLOCKS; i++) {
            uint64_t key = random_u64((uint64_t)round * BLOCK * BLOCKS + i) % distinct;
            source[i] = add == weir_hll_add_hashes ? weir_hash_u64(key) : key;
        }
        double start = now_ns();
        for (uint32_t b = 0; b < BLOCKS; b++) {
            add(&hll, isa, source + b * BLOCK, BLOCK);
        }
        double took = now_ns() - start;
        best = took < best ? took : best;
    }
    return best / (BLOCK * BLOCKS);
}

static void bench_hll(void) {
    static const uint64_t distinct[] = {100, 10000, 100000, UINT64_MAX};
    for (size_t d = 0; d < sizeof distinct / sizeof distinct[0]; d++) {
        printf("hll keys, %8.2g distinct  ", (double)distinct[d]);
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            printf("%9.2f", hll_ns(weir_hll_add_keys, isa, distinct[d]));
        }
        printf("\n");
    }
    printf("hll hashes, all distinct    ");
    for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
        printf("%9.2f", hll_ns(weir_hll_add_hashes, isa, UINT64_MAX));
    }
    struct weir_hll hll;
    weir_hll_begin(&hll);
    weir_hll_add_keys(&hll, WEIR_ISA_AUTO, source, BLOCK);
    double start = now_ns();
    double sum = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        hll.registers[i]++;
        sum += weir_hll_estimate(&hll);
    }
    printf("\nhll estimate                 %9.0f ns a call (%g)\n", (now_ns() - start) / 1000, sum);
}

static void bench_hash(void) {
    static const size_t lengths[] = {1, 3, 4, 8, 10, 16, 17, 24, 32, 64, 100, 1000};
    const uint8_t *bytes = (const uint8_t *)source;
    const uint32_t strings = 20000;
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        size_t length = lengths[l];
        double best_whole = 1e30;
        double best_stream = 1e30;
        uint64_t mix = 0;
        for (uint32_t round = 0; round < 10; round++) {
            double start = now_ns();
            for (uint32_t i = 0; i < strings; i++) {
                mix ^= weir_hash_bytes(bytes + (i % 128) * 136, length);
            }
            double middle = now_ns();
            for (uint32_t i = 0; i < strings; i++) {
                struct weir_hash_stream stream;
                weir_hash_stream_begin(&stream);
                weir_hash_stream_add(&stream, bytes + (i % 128) * 136, length);
                mix ^= weir_hash_stream_end(&stream);
            }
            double end = now_ns();
            best_whole = middle - start < best_whole ? middle - start : best_whole;
            best_stream = end - middle < best_stream ? end - middle : best_stream;
        }
        printf("hash of %4zu bytes: %7.2f ns, as a stream %7.2f ns%s\n", length,
               best_whole / strings, best_stream / strings, mix == 0 ? " " : "");
    }
}

int main(void) {
    bench_sort();
    bench_hll();
    bench_hash();
    return 0;
}
