/*
 * Values per second of body and value decoder on one core: nothing behind them but what is named.
 *
 *     bench_values [-i ISA] [-n RUNS] [ROWS]
 *
 * Each row decodes pages again and again and prints millions of values a second (CPU time of the
 * thread, median and best of the runs): `held` with a page of at most 160 KiB that the window holds
 * already, `read` with one of 4 MiB that comes through a window of 256 KiB from the page cache.
 * ROWS: only rows whose names start with this. ISA: 1 scalar, 2 AVX2, 3 AVX-512.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/hash.h"
#include "parquet/counting.h"
#include "parquet/decoder.h"
#include "stats/hll.h"
#include "stats/strings.h"

#define HELD_BYTES (160u << 10)
#define READ_BYTES (4u << 20)
#define ROOM 1024u
#define RUNS_MAX 99

static enum weir_isa isa;
static const struct weir_delta_kernels *delta_kernels;
static const struct weir_split_kernels *split_kernels;
static const struct weir_unpack_kernels *unpack_kernels;
static int runs = 15;
static const char *only = "";
static int file; /* that holds the page too */
static uint8_t *page;
static uint8_t *window_memory;
static uint64_t sink; /* keeps results alive */

struct row {
    const char *name;
    uint32_t parameter;
    uint64_t (*make)(uint32_t parameter, uint64_t bytes_max, uint64_t *values_ret);
    void (*decode)(uint32_t parameter, struct weir_body *body, uint64_t values);
};

static uint64_t random_state = 1;

static uint64_t random_u64(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = random_state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void random_bytes(uint8_t *to, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes; i++) {
        to[i] = (uint8_t)random_u64();
    }
}

static void stop_if(bool bad) {
    if (bad) {
        fprintf(stderr, "bench_values: a decoder has failed\n");
        exit(1);
    }
}

/* --- Making pages --- */

static uint8_t *put_varint(uint8_t *to, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        *to++ = (uint8_t)value | 0x80;
    }
    *to++ = (uint8_t)value;
    return to;
}

#define WIDTH_MIXED 100u

/* Blocks of 128 in 4 miniblocks, as parquet-java, Arrow and arrow-rs write them; with a DuckDB
 * layout blocks of 2048 in 8. Parameter: width, plus 1000 for the latter. */
static uint64_t make_delta(uint32_t parameter, uint64_t bytes_max, uint64_t *values_ret) {
    uint32_t width = parameter % 1000;
    uint32_t block = parameter < 1000 ? 128 : 2048;
    uint32_t miniblocks = parameter < 1000 ? 4 : 8;
    uint64_t block_bytes = 10 + miniblocks + (uint64_t)block / 8 * 64;
    uint64_t blocks_max = (4u << 20) / block; /* a page of width 0 has no end */
    uint8_t header[64];
    uint8_t *at = page + sizeof header;
    uint64_t blocks = 0;
    for (; blocks < blocks_max && at + block_bytes < page + bytes_max; blocks++) {
        at = put_varint(at, random_u64() >> 52);
        uint8_t *widths = at;
        at += miniblocks;
        for (uint32_t m = 0; m < miniblocks; m++) {
            widths[m] = (uint8_t)(width == WIDTH_MIXED ? random_u64() % 20 : width);
            uint64_t bytes = (uint64_t)block / miniblocks / 8 * widths[m];
            random_bytes(at, bytes);
            at += bytes;
        }
    }
    *values_ret = 1 + blocks * block;
    uint8_t *end = put_varint(header, block);
    end = put_varint(end, miniblocks);
    end = put_varint(end, *values_ret);
    end = put_varint(end, 7);
    memcpy(page, header, (size_t)(end - header));
    memmove(page + (end - header), page + sizeof header, (size_t)(at - page) - sizeof header);
    return (uint64_t)(at - page) - sizeof header + (uint64_t)(end - header);
}

static uint64_t make_split(uint32_t width, uint64_t bytes_max, uint64_t *values_ret) {
    *values_ret = bytes_max / width - 1000; /* no power of two: streams would share cache sets */
    random_bytes(page, bytes_max);
    return *values_ret * width;
}

/* A width byte and one packed run, as most writers' pages of random indices; parameter: entries. */
static uint64_t make_indices(uint32_t entries, uint64_t bytes_max, uint64_t *values_ret) {
    uint32_t width = weir_bit_width(entries - 1);
    uint64_t groups = (bytes_max - 16) / width;
    uint8_t *at = page;
    *at++ = (uint8_t)width;
    at = put_varint(at, groups << 1 | 1);
    uint64_t held = 0;
    uint32_t bits = 0;
    for (uint64_t i = 0; i < groups * 8; i++) {
        held |= random_u64() % entries << bits;
        for (bits += width; bits >= 8; bits -= 8) {
            *at++ = (uint8_t)held;
            held >>= 8;
        }
    }
    *values_ret = groups * 8;
    return (uint64_t)(at - page);
}

static uint64_t make_strings(uint32_t length, uint64_t bytes_max, uint64_t *values_ret) {
    *values_ret = bytes_max / (length + 4);
    for (uint64_t i = 0; i < *values_ret; i++) {
        uint8_t *at = page + i * (length + 4);
        memcpy(at, &length, 4);
        for (uint32_t j = 0; j < length; j++) {
            at[4 + j] = (uint8_t)('a' + random_u64() % 26);
        }
    }
    return *values_ret * (length + 4);
}

/* --- Decoding them --- */

static void only_touch(uint32_t parameter, struct weir_body *body, uint64_t values) {
    (void)parameter;
    (void)values;
    while (weir_body_need(body, 1) == WEIR_OK) {
        sink += *body->at;
        body->at = body->end;
    }
}

static void decode_delta(uint32_t bits, struct weir_body *body, uint64_t values) {
    static uint64_t out[ROOM];
    struct weir_delta delta;
    uint32_t count = 0;
    stop_if(weir_delta_open(&delta, body, bits, values, delta_kernels, body->error) != WEIR_OK);
    enum weir_status status;
    while ((status = weir_delta_next(&delta, out, ROOM, &count)) == WEIR_OK) {
        sink += out[0];
    }
    stop_if(status != WEIR_END);
}

static void decode_delta_64(uint32_t parameter, struct weir_body *body, uint64_t values) {
    (void)parameter;
    decode_delta(64, body, values);
}

static void decode_delta_32(uint32_t parameter, struct weir_body *body, uint64_t values) {
    (void)parameter;
    decode_delta(32, body, values);
}

/* A page that is held as a whole: the streams lie in it. One that is not lies in memory all the
 * same, as it would in a codec's area. */
static void decode_split(uint32_t width, struct weir_body *body, uint64_t values) {
    static uint8_t out[ROOM * WEIR_SPLIT_STREAMS_MAX];
    const uint8_t *base = page;
    if (values * width <= HELD_BYTES) {
        stop_if(weir_body_need(body, 1) != WEIR_OK);
        stop_if((uint64_t)(body->end - body->at) != values * width);
        base = body->at;
    }
    for (uint64_t at = 0; at < values; at += ROOM) {
        uint32_t count = (uint32_t)weir_min_u64(values - at, ROOM);
        weir_split_join_strided(split_kernels, base + at, values, width, out, count);
        sink += out[0];
    }
}

static struct weir_reader *reader;

static void decode_indices(uint32_t entries, struct weir_body *body, uint64_t values) {
    reader->error = body->error;
    reader->body = *body;
    reader->page_left = values;
    reader->dictionary.present = true;
    reader->dictionary.page.values = entries;
    reader->slice_low = 0;
    reader->kernels = unpack_kernels;
    reader->counters_clear = false;
    stop_if(weir_counting_page(reader) != WEIR_OK);
    weir_counting_join(reader);
    sink += reader->counters[0];
}

/* Dictionary indices that are unpacked and not counted. */
static void unpack_indices(uint32_t entries, struct weir_body *body, uint64_t values) {
    struct weir_unpack_plan plan;
    struct weir_runs run_stream;
    struct weir_run run;
    uint32_t width = weir_bit_width(entries - 1);
    stop_if(weir_body_need(body, 1) != WEIR_OK);
    body->at++;
    weir_unpack_plan(&plan, width);
    weir_runs_init(&run_stream, body, weir_body_left(body), width, values, body->error);
    while (weir_runs_next(&run_stream, &run) == WEIR_OK) {
        unpack_kernels->unpack(&plan, run.packed, run.readable_bytes, reader->indices,
                               run.count_packed);
        sink += reader->indices[0];
    }
}

enum strings_use { VIEWS_ONLY, VIEWS_HASHED, VIEWS_DISTINCT, VIEWS_ALL };

static void *strings_state;
static void *strings_scratch;

static void use_views(const struct weir_view *views, uint32_t count, enum strings_use use) {
    static struct weir_hll hll;
    static uint64_t hashes[ROOM];
    switch (use) {
    case VIEWS_ONLY: sink += views[0].length; break;
    case VIEWS_HASHED:
        for (uint32_t i = 0; i < count; i++) {
            sink += weir_hash_bytes(views[i].data, views[i].length);
        }
        break;
    case VIEWS_DISTINCT:
        for (uint32_t i = 0; i < count; i++) {
            hashes[i] = weir_hash_bytes(views[i].data, views[i].length);
        }
        weir_hll_add_hashes(&hll, isa, hashes, count);
        break;
    case VIEWS_ALL:
        weir_strings_add_views(strings_state, strings_scratch, views, NULL, count);
        break;
    }
}

static void decode_strings(struct weir_body *body, uint64_t values, enum strings_use use) {
    struct weir_stats_options options = {.stats = WEIR_STATS_DISTINCT, .isa = isa};
    struct weir_type type = {.physical = WEIR_BYTE_ARRAY};
    struct weir_decoder *decoder = &reader->decoder;
    struct weir_event event;
    decoder->error = body->error;
    weir_decoder_column(decoder, &type, false);
    stop_if(weir_decoder_open(decoder, body, NULL, WEIR_ENCODING_PLAIN, values) != WEIR_OK);
    if (use == VIEWS_ALL) {
        weir_strings_begin(strings_state, &options);
        weir_strings_chunk_begin(strings_state, strings_scratch);
    }
    while (decoder->left > 0) {
        uint64_t most = weir_min_u64(decoder->left, ROOM);
        stop_if(weir_decoder_next(decoder, most, &event) != WEIR_OK);
        use_views(event.views, (uint32_t)event.count, use);
    }
    if (use == VIEWS_ALL) {
        weir_strings_chunk_end(strings_state, strings_scratch);
    }
}

static void strings_views(uint32_t length, struct weir_body *body, uint64_t values) {
    (void)length;
    decode_strings(body, values, VIEWS_ONLY);
}

static void strings_hashed(uint32_t length, struct weir_body *body, uint64_t values) {
    (void)length;
    decode_strings(body, values, VIEWS_HASHED);
}

static void strings_distinct(uint32_t length, struct weir_body *body, uint64_t values) {
    (void)length;
    decode_strings(body, values, VIEWS_DISTINCT);
}

static void strings_all(uint32_t length, struct weir_body *body, uint64_t values) {
    (void)length;
    decode_strings(body, values, VIEWS_ALL);
}

/* --- Measuring --- */

static const struct row rows[] = {
    {"touch: read alone, 8 bytes a value", 8, make_split, only_touch},
    {"delta i64, width 0", 0, make_delta, decode_delta_64},
    {"delta i64, width 4", 4, make_delta, decode_delta_64},
    {"delta i64, width 9", 9, make_delta, decode_delta_64},
    {"delta i64, width 17", 17, make_delta, decode_delta_64},
    {"delta i64, width 33", 33, make_delta, decode_delta_64},
    {"delta i64, width 57", 57, make_delta, decode_delta_64},
    {"delta i64, width 60", 60, make_delta, decode_delta_64},
    {"delta i64, width 64", 64, make_delta, decode_delta_64},
    {"delta i64, widths 0 to 19 mixed", WIDTH_MIXED, make_delta, decode_delta_64},
    {"delta i64, width 9, blocks of 2048", 1009, make_delta, decode_delta_64},
    {"delta i64, mixed, blocks of 2048", 1000 + WIDTH_MIXED, make_delta, decode_delta_64},
    {"delta i32, width 0", 0, make_delta, decode_delta_32},
    {"delta i32, width 9", 9, make_delta, decode_delta_32},
    {"delta i32, width 17", 17, make_delta, decode_delta_32},
    {"delta i32, width 30", 30, make_delta, decode_delta_32},
    {"delta i32, width 33", 33, make_delta, decode_delta_32},
    {"split 2 bytes", 2, make_split, decode_split},
    {"split 4 bytes", 4, make_split, decode_split},
    {"split 8 bytes", 8, make_split, decode_split},
    {"split 5 bytes", 5, make_split, decode_split},
    {"split 16 bytes", 16, make_split, decode_split},
    {"unpack, width 1", 2, make_indices, unpack_indices},
    {"unpack, width 4", 16, make_indices, unpack_indices},
    {"unpack, width 8", 256, make_indices, unpack_indices},
    {"unpack, width 11", 1081, make_indices, unpack_indices},
    {"unpack, width 17", 100000, make_indices, unpack_indices},
    {"unpack, width 27", 100000000, make_indices, unpack_indices},
    {"count, width 1", 2, make_indices, decode_indices},
    {"count, width 2", 4, make_indices, decode_indices},
    {"count, width 4", 16, make_indices, decode_indices},
    {"count, width 6", 64, make_indices, decode_indices},
    {"count, width 8", 256, make_indices, decode_indices},
    {"count, width 11", 1081, make_indices, decode_indices},
    {"count, width 14", 11000, make_indices, decode_indices},
    {"count, width 17", 100000, make_indices, decode_indices},
    {"strings of 10 bytes, views", 10, make_strings, strings_views},
    {"strings of 10 bytes, views and hash", 10, make_strings, strings_hashed},
    {"strings of 10 bytes, distinct", 10, make_strings, strings_distinct},
    {"strings of 10 bytes, all but top", 10, make_strings, strings_all},
};

static int64_t read_page(void *context, uint64_t offset, void *to, size_t bytes) {
    return pread(*(int *)context, to, bytes, (off_t)offset);
}

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Billions of dependent additions a second: the clock, or half of it while the core is shared. */
static double clock_ghz(void) {
    double before = cpu_seconds();
    uint64_t x = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        for (uint32_t j = 0; j < 8; j++) {
            __asm__ volatile("" : "+r"(x));
            x++;
        }
    }
    sink += x;
    return 8e-3 / (cpu_seconds() - before);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const struct row *row, uint64_t bytes_max, double *median, double *best) {
    uint64_t values = 0;
    random_state = 1;
    uint64_t bytes = row->make(row->parameter, bytes_max, &values);
    struct weir_source source = {&file, read_page, bytes};
    struct weir_body_memory memory = {0};
    struct weir_window window;
    struct weir_error error;
    struct weir_body body;
    double seconds[RUNS_MAX];
    uint64_t rounds = 1 + 8000000 / values;
    stop_if(pwrite(file, page, bytes, 0) != (ssize_t)bytes);
    weir_error_clear(&error);
    weir_window_init(&window, window_memory, WEIR_INPUT_SLICE_BYTES, &error);
    for (int run = -1; run < runs; run++) {
        double before = cpu_seconds();
        for (uint64_t round = 0; round < rounds; round++) {
            weir_window_seek(&window, &source, 0, bytes);
            stop_if(weir_body_open(&body, &window, 0, bytes, bytes, &memory, NULL, &error) != 0);
            row->decode(row->parameter, &body, values);
        }
        if (run >= 0) {
            seconds[run] = (cpu_seconds() - before) / (double)(values * rounds);
        }
    }
    qsort(seconds, (size_t)runs, sizeof seconds[0], by_value);
    *median = 1e-6 / seconds[runs / 2];
    *best = 1e-6 / seconds[0];
}

static void take_memory(void) {
    struct weir_space space;
    page = malloc(READ_BYTES + 65536);
    window_memory = malloc(WEIR_INPUT_SLICE_BYTES);
    struct weir_needs needs = {.codecs = 1, .encodings = 1};
    weir_space_measure(&space, NULL, NULL);
    (void)weir_reader_take(&space, &needs);
    uint64_t bytes = (space.used_bytes + 63) / 64 * 64;
    weir_space_carve(&space, aligned_alloc(64, bytes), bytes);
    reader = weir_reader_take(&space, &needs);
    weir_space_measure(&space, NULL, NULL);
    (void)weir_strings_scratch_take(&space);
    bytes = (space.used_bytes + 63) / 64 * 64;
    weir_space_carve(&space, aligned_alloc(64, bytes), bytes);
    strings_scratch = weir_strings_scratch_take(&space);
    strings_state = aligned_alloc(64, (weir_strings_state_bytes() + 63) / 64 * 64);
}

int main(int argc, char **argv) {
    int option = 0;
    while ((option = getopt(argc, argv, "i:n:")) != -1) {
        switch (option) {
        case 'i': isa = (enum weir_isa)atoi(optarg); break;
        case 'n': runs = atoi(optarg); break;
        default: return 2;
        }
    }
    isa = weir_isa_choose(isa);
    delta_kernels = weir_delta_choose(isa);
    split_kernels = weir_split_choose(isa);
    unpack_kernels = weir_unpack_choose(isa);
    runs = runs < 1 || runs > RUNS_MAX ? 15 : runs;
    only = optind < argc ? argv[optind] : "";
    take_memory();
    FILE *temporary = tmpfile();
    stop_if(temporary == NULL);
    file = fileno(temporary);
    printf("%-38s %8s %8s %8s %8s %8s  million values/s, ISA %d\n", "", "held", "best", "read",
           "best", "GHz", (int)isa);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strncmp(rows[i].name, only, strlen(only)) == 0) {
            double figures[4];
            measure(&rows[i], HELD_BYTES, &figures[0], &figures[1]);
            measure(&rows[i], READ_BYTES, &figures[2], &figures[3]);
            printf("%-38s %8.0f %8.0f %8.0f %8.0f %8.2f\n", rows[i].name, figures[0], figures[1],
                   figures[2], figures[3], clock_ghz());
        }
    }
    return (int)(sink & 1 & (sink >> 1) & 0);
}
