/*
 * Nanoseconds a value of byte-array statistics, everything on.
 *
 * Strings lie one after the other as in a PLAIN page. Each row is the best of forty runs over
 * 40960 values (CPU time of the thread), the state emptied before each.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stats/strings.h"
#include "stats/utf8.h"

#define VALUES 40960u

static const char *only; /* rows whose names hold this */

static uint64_t random_state = 1;

static uint64_t random_u64(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = random_state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct input {
    uint8_t *bytes;
    struct weir_view *views;
    uint32_t *weights;
};

enum text { TEXT_ASCII, TEXT_SHARED_START, TEXT_TWO_BYTE };

/* Writes value number `id`: `length` bytes that depend on id alone. */
static void write_value(uint8_t *to, uint32_t length, uint64_t id, enum text text) {
    uint64_t x = id * UINT64_C(0xd6e8feb86659fd93) + 12345;
    for (uint32_t i = 0; i < length; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t letter = (uint32_t)(x >> 33) % 26;
        if (text == TEXT_TWO_BYTE && i + 1 < length) {
            to[i++] = 0xD0;
            to[i] = (uint8_t)(0xB0 + letter % 16);
        } else {
            to[i] = (uint8_t)('a' + letter);
        }
    }
    if (text == TEXT_SHARED_START) {
        memcpy(to, "https://www.example.org/", length < 24 ? length : 24);
    }
}

static uint64_t choose_id(uint64_t distinct, bool zipf) {
    if (distinct == 0) {
        return random_u64();
    }
    double u = (double)(random_u64() >> 11) * 0x1p-53;
    return zipf ? (uint64_t)exp(u * log((double)distinct)) : random_u64() % distinct;
}

static void fill(struct input *input, uint32_t length_low, uint32_t length_high, uint64_t distinct,
                 bool zipf, enum text text) {
    uint8_t *at = input->bytes;
    for (uint32_t i = 0; i < VALUES; i++) {
        uint64_t id = choose_id(distinct, zipf);
        uint64_t spread = id * UINT64_C(0x9e3779b97f4a7c15) >> 32;
        uint32_t length = length_low + (uint32_t)(spread % (length_high - length_low + 1));
        write_value(at, length, id, text);
        input->views[i].data = at;
        input->views[i].length = length;
        input->weights[i] = 1 + (uint32_t)(random_u64() % 100);
        at += length + 4;
    }
}

static void measure(const char *name, const struct input *input, bool weighted, uint32_t stats,
                    enum weir_isa isa, void *state, void *scratch) {
    struct weir_stats_options options = {.stats = stats, .rank_error = 0.01, .isa = isa};
    double best = INFINITY;
    if (strstr(name, only) == NULL) {
        return;
    }
    for (uint32_t run = 0; run < 40; run++) {
        double start = now_ns();
        weir_strings_begin(state, &options);
        weir_strings_chunk_begin(state, scratch);
        for (uint32_t i = 0; i < VALUES; i += 1024) {
            weir_strings_add_views(state, scratch, input->views + i,
                                   weighted ? input->weights + i : NULL, 1024);
        }
        weir_strings_chunk_end(state, scratch);
        weir_strings_end(state, scratch);
        double spent = now_ns() - start;
        best = spent < best ? spent : best;
    }
    static struct weir_result result;
    memset(&result, 0, sizeof result);
    weir_strings_result(state, &result);
    printf("%-34s %8.2f ns/value   distinct %-9llu %s top [%llu, %llu]\n", name, best / VALUES,
           (unsigned long long)result.distinct.value, result.distinct.exact ? "exact" : "     ",
           (unsigned long long)(result.top_count > 0 ? result.top[0].count_low : 0),
           (unsigned long long)(result.top_count > 0 ? result.top[0].count_high : 0));
}

static void measure_utf8(const char *name, const char *unit) {
    static uint8_t text[1 << 16];
    size_t bytes = 0;
    size_t unit_bytes = strlen(unit);
    while (bytes + unit_bytes <= sizeof text) {
        memcpy(text + bytes, unit, unit_bytes);
        bytes += unit_bytes;
    }
    double best = INFINITY;
    uint32_t valid = 0;
    for (uint32_t run = 0; run < 50; run++) {
        double start = now_ns();
        valid += weir_utf8_is_valid(text, bytes);
        double spent = now_ns() - start;
        best = spent < best ? spent : best;
    }
    printf("%-34s %8.2f GB/s   valid %u of 50\n", name, (double)bytes / best, valid);
}

int main(int argc, char **argv) {
    only = argc > 1 ? argv[1] : "";
    struct input input = {malloc((size_t)VALUES * 128), malloc(VALUES * sizeof *input.views),
                          malloc(VALUES * sizeof *input.weights)};
    void *state = aligned_alloc(64, (weir_strings_state_bytes() + 63) / 64 * 64);
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_strings_scratch_take(&space);
    uint64_t scratch_bytes = space.used_bytes;
    void *memory = aligned_alloc(64, (size_t)scratch_bytes);
    weir_space_carve(&space, memory, scratch_bytes);
    void *scratch = weir_strings_scratch_take(&space);
    printf("state %llu bytes, scratch %llu bytes\n", (unsigned long long)weir_strings_state_bytes(),
           (unsigned long long)scratch_bytes);
    const enum weir_isa best = weir_isa_best();
    const uint32_t all = WEIR_STATS_ALL;

    fill(&input, 10, 10, 0, false, TEXT_ASCII);
    measure("10 bytes, all distinct", &input, false, all, best, state, scratch);
    measure("  scalar", &input, false, all, WEIR_ISA_SCALAR, state, scratch);
    measure("  weighted", &input, true, all, best, state, scratch);
    measure("  distinct only", &input, false, WEIR_STATS_DISTINCT, best, state, scratch);
    measure("  no distinct, no top", &input, false, 0, best, state, scratch);
    fill(&input, 10, 10, 100, false, TEXT_ASCII);
    measure("10 bytes, 100 distinct", &input, false, all, best, state, scratch);
    fill(&input, 10, 10, 2, false, TEXT_ASCII);
    measure("10 bytes, 2 distinct", &input, false, all, best, state, scratch);
    fill(&input, 10, 10, 1000, false, TEXT_ASCII);
    measure("10 bytes, 1000 distinct", &input, false, all, best, state, scratch);
    fill(&input, 10, 10, 100000, true, TEXT_ASCII);
    measure("10 bytes, Zipf 1e5", &input, false, all, best, state, scratch);
    measure("  weighted", &input, true, all, best, state, scratch);
    fill(&input, 1, 20, 0, false, TEXT_ASCII);
    measure("1 to 20 bytes, all distinct", &input, false, all, best, state, scratch);
    fill(&input, 1, 20, 100, false, TEXT_ASCII);
    measure("1 to 20 bytes, 100 distinct", &input, false, all, best, state, scratch);
    fill(&input, 40, 40, 0, false, TEXT_SHARED_START);
    measure("40 bytes, 24 shared, all distinct", &input, false, all, best, state, scratch);
    fill(&input, 20, 20, 0, false, TEXT_TWO_BYTE);
    measure("20 bytes, Cyrillic, all distinct", &input, false, all, best, state, scratch);
    fill(&input, 100, 100, 0, false, TEXT_ASCII);
    measure("100 bytes, all distinct", &input, false, all, best, state, scratch);

    measure_utf8("UTF-8, ASCII", "The quick brown fox. ");
    measure_utf8("UTF-8, two-byte words", "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 ");
    measure_utf8("UTF-8, three-byte", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E");
    return 0;
}
