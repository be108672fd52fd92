/* Prints nanoseconds a value of weir_numbers_block and weir_numbers_keys for each kind and
 * instruction set; values come from a buffer of 1 MiB (L2). Not a test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stats/numbers.h"

#define BUFFER_BYTES (1u << 20)
#define BLOCK 4096u
#define ROUNDS 40u

static const char *const kind_names[] = {"bool", "i32", "u32", "i64", "u64", "f32", "f64"};
static const char *const isa_names[] = {"auto", "scalar", "avx2", "avx512"};
static uint64_t keys[BLOCK + 64];
static uint32_t kept_weights[BLOCK + 64];

static uint64_t random_state = 1;

static uint64_t random_next(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static uint32_t width_of(enum weir_kind kind) {
    return kind == WEIR_KIND_I64 || kind == WEIR_KIND_U64 || kind == WEIR_KIND_F64 ? 8 : 4;
}

/* What a buffer holds: both signs; positive only; both signs and 1 % NaN. */
enum fill { MIXED, POSITIVE, WITH_NAN };

static void fill_buffer(uint8_t *buffer, enum weir_kind kind, enum fill fill) {
    uint32_t width = width_of(kind);
    for (uint32_t i = 0; i < BUFFER_BYTES / width; i++) {
        uint64_t bits = random_next();
        double real = (double)(int64_t)bits * 0x1p-50;
        real = fill == POSITIVE ? real + 0x1p14 : real;
        real = fill == WITH_NAN && bits % 100 == 0 ? (double)__builtin_nanf("") : real;
        float narrow = (float)real;
        if (kind == WEIR_KIND_F64) {
            memcpy(buffer + (size_t)i * width, &real, width);
        } else if (kind == WEIR_KIND_F32) {
            memcpy(buffer + (size_t)i * width, &narrow, width);
        } else {
            bits = fill == POSITIVE ? bits >> (width == 8 ? 20 : 33) : bits;
            memcpy(buffer + (size_t)i * width, &bits, width);
        }
    }
}

static double time_blocks(const uint8_t *buffer, enum weir_kind kind, enum weir_isa isa,
                          const uint32_t *weights) {
    uint32_t width = width_of(kind);
    uint32_t blocks = BUFFER_BYTES / width / BLOCK;
    double best = 1e300;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct weir_numbers numbers;
        weir_numbers_begin(&numbers, kind);
        double start = now();
        for (uint32_t block = 0; block < blocks; block++) {
            weir_numbers_block(&numbers, isa, buffer + (size_t)block * BLOCK * width, weights,
                               BLOCK);
        }
        double each = (now() - start) / ((double)blocks * BLOCK);
        best = each < best ? each : best;
    }
    return best;
}

static double time_keys(const uint8_t *buffer, enum weir_kind kind, enum weir_isa isa,
                        const uint32_t *weights) {
    uint32_t width = width_of(kind);
    uint32_t blocks = BUFFER_BYTES / width / BLOCK;
    double best = 1e300;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double start = now();
        for (uint32_t block = 0; block < blocks; block++) {
            weir_numbers_keys(isa, kind, buffer + (size_t)block * BLOCK * width, weights, BLOCK,
                              keys, weights == NULL ? NULL : kept_weights);
        }
        double each = (now() - start) / ((double)blocks * BLOCK);
        best = each < best ? each : best;
    }
    return best;
}

int main(void) {
    uint8_t *buffer = malloc(BUFFER_BYTES);
    uint32_t *weights = malloc(BLOCK * sizeof *weights);
    if (buffer == NULL || weights == NULL) {
        return 1;
    }
    for (uint32_t i = 0; i < BLOCK; i++) {
        weights[i] = (uint32_t)(random_next() % 10);
    }
    printf("ns/value %-10s %8s %8s %8s %8s %8s %8s %8s\n", "", "mixed", "positive", "nan 1%",
           "weighted", "keys", "keys nan", "keys wtd");
    for (int isa = 1; isa <= (int)weir_isa_best(); isa++) {
        for (int kind = WEIR_KIND_I32; kind <= WEIR_KIND_F64; kind++) {
            enum weir_kind k = (enum weir_kind)kind;
            enum weir_isa set = (enum weir_isa)isa;
            bool real = k == WEIR_KIND_F32 || k == WEIR_KIND_F64;
            double times[7] = {0};
            fill_buffer(buffer, k, MIXED);
            times[0] = time_blocks(buffer, k, set, NULL);
            times[3] = time_blocks(buffer, k, set, weights);
            times[4] = time_keys(buffer, k, set, NULL);
            times[6] = time_keys(buffer, k, set, weights);
            fill_buffer(buffer, k, POSITIVE);
            times[1] = time_blocks(buffer, k, set, NULL);
            fill_buffer(buffer, k, WITH_NAN);
            times[2] = real ? time_blocks(buffer, k, set, NULL) : 0;
            times[5] = real ? time_keys(buffer, k, set, NULL) : 0;
            printf("%-8s %-10s", isa_names[isa], kind_names[kind]);
            for (int i = 0; i < 7; i++) {
                printf(" %8.3f", times[i]);
            }
            printf("\n");
        }
    }
    free(weights);
    free(buffer);
    return 0;
}
