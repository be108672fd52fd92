/* Prints ns/value (CPU time) of weir_column_add_fixed. Usage: bench_column [values] [repeats]
 * [number] [isa] */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stats/column.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t mix(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* What is fed, under one name. */
struct feed {
    const char *name;
    enum weir_kind kind;
    uint32_t stats;
    /* 0 random doubles, 1 ints of 100 values, 2 zipf-like ints, 3 weighted doubles, 4 doubles of
     * 1000 values, 5 random 128-bit integers */
    int shape;
};

static void fill(void *values, uint32_t *weights, size_t count, int shape) {
    for (size_t i = 0; i < count; i++) {
        uint64_t r = mix(i);
        double u = (double)(r >> 11) * 0x1p-53;
        switch (shape) {
        case 1: ((int64_t *)values)[i] = (int64_t)(r % 100); break;
        case 2: ((int64_t *)values)[i] = (int64_t)(1 / (u + 1e-7)); break;
        case 4: ((double *)values)[i] = 0.1 * (double)(r % 1000); break;
        case 5:
            ((uint64_t *)values)[2 * i] = r;
            ((uint64_t *)values)[2 * i + 1] = mix(r) >> 9;
            break;
        default: ((double *)values)[i] = u - 0.5; break;
        }
        weights[i] = 1 + (uint32_t)(mix(r) % 20);
    }
}

static void run(const struct feed *feed, enum weir_isa isa, size_t total, size_t window) {
    struct weir_stats_options options = {
        .stats = feed->stats, .rank_error = 0.001, .seed = 1, .isa = isa};
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_scratch_take(&space, 1u << feed->kind, &options);
    uint64_t scratch_bytes = space.used_bytes;
    (void)weir_column_take(&space, 1u << feed->kind, &options);
    uint64_t bytes = space.used_bytes;
    void *memory = aligned_alloc(64, bytes);
    weir_space_carve(&space, memory, bytes);
    struct weir_scratch *scratch = weir_scratch_take(&space, 1u << feed->kind, &options);
    struct weir_column *column = weir_column_take(&space, 1u << feed->kind, &options);
    uint8_t *values = malloc(window * 16);
    uint32_t *weights = malloc(window * sizeof *weights);
    fill(values, weights, window, feed->shape);
    weir_column_begin(column, &options, feed->kind, false, 1);
    double start = now();
    for (size_t done = 0; done < total; done += window) {
        weir_column_chunk_begin(column, scratch);
        if (feed->shape == 3) {
            weir_column_add_fixed_weighted(column, scratch, values, weights, window);
        } else {
            weir_column_add_fixed(column, scratch, values, window);
        }
        weir_column_chunk_end(column, scratch);
    }
    weir_column_end(column, scratch);
    double taken = now() - start;
    struct weir_quantile q[3] = {{.q = 0.25}, {.q = 0.5}, {.q = 0.99}};
    start = now();
    weir_column_quantiles(column, scratch, q, 3);
    double read = now() - start;
    struct weir_result result;
    start = now();
    weir_column_result(column, scratch, &result);
    double told = now() - start;
    printf("%-34s isa %d: %6.2f ns/value; quantiles in %.0f us, result in %.0f us, rank error "
           "%.6f; slot %llu, "
           "scratch %llu bytes\n",
           feed->name, (int)isa, taken * 1e9 / (double)total, read * 1e6, told * 1e6,
           q[0].rank_error, (unsigned long long)(bytes - scratch_bytes),
           (unsigned long long)scratch_bytes);
    free(values);
    free(weights);
    free(memory);
}

int main(int argc, char **argv) {
    size_t window = 1u << 20;
    size_t total = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 32 * window;
    int repeats = argc > 2 ? atoi(argv[2]) : 2;
    static const struct feed feeds[] = {
        {"doubles, all", WEIR_KIND_F64, WEIR_STATS_ALL, 0},
        {"doubles, moments", WEIR_KIND_F64, WEIR_STATS_MOMENTS, 0},
        {"doubles, quantiles", WEIR_KIND_F64, WEIR_STATS_MOMENTS | WEIR_STATS_QUANTILES, 0},
        {"doubles, quantiles + distinct", WEIR_KIND_F64,
         WEIR_STATS_MOMENTS | WEIR_STATS_QUANTILES | WEIR_STATS_DISTINCT, 0},
        {"ints of 100 values, all", WEIR_KIND_I64, WEIR_STATS_ALL, 1},
        {"ints with a heavy tail, all", WEIR_KIND_I64, WEIR_STATS_ALL, 2},
        {"doubles, weighted, all", WEIR_KIND_F64, WEIR_STATS_ALL, 3},
        {"doubles of 1000 values, all", WEIR_KIND_F64, WEIR_STATS_ALL, 4},
        {"128-bit integers, all", WEIR_KIND_I128, WEIR_STATS_ALL, 5},
        {"128-bit integers, moments", WEIR_KIND_I128, WEIR_STATS_MOMENTS, 5},
    };
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        if (argc > 3 && (size_t)atoi(argv[3]) != i) {
            continue;
        }
        for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
            for (int r = 0; r < repeats && (argc < 5 || atoi(argv[4]) == (int)isa); r++) {
                run(&feeds[i], isa, total, window);
            }
        }
    }
    return 0;
}
