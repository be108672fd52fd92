/* What the codec tests share: data, a source that gives little at a time, a driver for steps. */
#ifndef WEIR_TESTS_CODEC_HELP_H
#define WEIR_TESTS_CODEC_HELP_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/check.h"
#include "parquet/codec.h"

#define HELP_AREA_BYTES (4u << 10) /* enough for the state of snappy and LZ4 */

static uint64_t help_state = 1;

static inline uint64_t help_random(void) {
    help_state ^= help_state << 13;
    help_state ^= help_state >> 7;
    help_state ^= help_state << 17;
    return help_state;
}

/* Seeds from WEIR_SEED or the clock, and prints it. */
static inline void help_seed(const char *test) {
    const char *wanted = getenv("WEIR_SEED");
    help_state = wanted != NULL ? strtoull(wanted, NULL, 10)
                                : (uint64_t)time(NULL) * UINT64_C(2654435761) + 1;
    help_state |= 1;
    printf("%s: WEIR_SEED=%llu\n", test, (unsigned long long)help_state);
}

#define HELP_KINDS 7

static inline void help_fill(uint8_t *data, size_t bytes, int kind) {
    uint64_t running = help_random() >> 20;
    for (size_t i = 0; i < bytes; i++) {
        uint64_t value = 0;
        if (i % 8 == 0) {
            running += help_random() % 2000;
        }
        switch (kind) {
        case 0: value = help_random(); break;            /* noise */
        case 1: value = 0; break;                        /* one run */
        case 2: value = running >> (8 * (i % 8)); break; /* 64-bit counters */
        case 3: value = (uint8_t) "the quick brown fox "[help_random() % 4 + i % 16]; break;
        case 4: value = i / 777; break;                /* long runs */
        case 5: value = i % (1 + running % 37); break; /* short periods */
        default:                                       /* noise, then far repeats */
            value = i < 70000 ? help_random() : data[i - 60000 - (i / 5000) % 9000];
            break;
        }
        data[i] = (uint8_t)value;
    }
}

/* A block of exactly that size, so that a sanitizer sees every step outside. */
static inline uint8_t *help_block(size_t bytes) {
    uint8_t *block = malloc(bytes == 0 ? 1 : bytes);
    assert_non_null(block);
    return block;
}

static inline uint8_t *help_area(size_t bytes) {
    uint8_t *area = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    assert_non_null(area);
    memset(area, 0xa5, bytes);
    return area;
}

struct help_decode {
    const struct weir_codec *codec;
    const uint8_t *in;
    size_t in_bytes;
    size_t in_slice; /* 0: all at once */
    uint8_t *out;    /* WEIR_CODEC_SLOP bytes behind page_bytes */
    size_t page_bytes;
    size_t room;     /* a step; 0: the page */
    size_t in_first; /* if not 0: the first step's input and room */
    size_t room_first;
    uint64_t area_bytes; /* 0: HELP_AREA_BYTES */
    uint8_t *area;       /* lent for many decodes; NULL: a fresh one */
    struct weir_error error;
    size_t out_bytes; /* result */
};

/*
 * Drives a codec to the end of a page. WEIR_OK only if input, output and the codec end together;
 * input that ends early, goes on, or gives too much is CORRUPT, as the body would say.
 */
static inline enum weir_status help_decode_steps(struct help_decode *d) {
    uint64_t area_bytes = d->area_bytes == 0 ? HELP_AREA_BYTES : d->area_bytes;
    uint8_t *area = d->area != NULL ? d->area : help_area((size_t)area_bytes);
    weir_error_clear(&d->error);
    enum weir_status status =
        d->codec->begin(area, area_bytes, d->in_bytes, d->page_bytes, &d->error);
    size_t taken = 0;
    size_t given = 0;
    bool ended = false;
    while (status >= 0 && !(ended && taken == d->in_bytes && given == d->page_bytes)) {
        size_t n = d->in_bytes - taken;
        n = d->in_slice != 0 && n > d->in_slice ? d->in_slice : n;
        n = taken == 0 && d->in_first != 0 && n > d->in_first ? d->in_first : n;
        size_t room = d->page_bytes - given;
        room = d->room != 0 && room > d->room ? d->room : room;
        room = given == 0 && d->room_first != 0 && room > d->room_first ? d->room_first : room;
        uint8_t *slice = help_block(n);
        memcpy(slice, d->in + taken, n);
        struct weir_codec_io io = {.in = slice,
                                   .in_end = slice + n,
                                   .out_base = d->out,
                                   .out = d->out + given,
                                   .out_end = d->out + given + room};
        status = d->codec->step(area, &io, &d->error);
        size_t took = (size_t)(io.in - slice);
        size_t gave = (size_t)(io.out - (d->out + given));
        assert_true(took <= n && gave <= room);
        if (status == WEIR_OK) {
            assert_true(gave == room);
        } else if (status == WEIR_MORE) {
            assert_true(took == n);
        }
        ended = status == WEIR_END;
        taken += took;
        given += gave;
        free(slice);
        if (status >= 0 && took == 0 && gave == 0 &&
            !(ended && taken == d->in_bytes && given == d->page_bytes)) {
            status = WEIR_E_CORRUPT;
        }
    }
    if (d->area == NULL) {
        free(area);
    }
    d->out_bytes = given;
    return status < 0 ? status : WEIR_OK;
}

static const size_t help_slices[] = {1, 7, 59, 4096, 0};
static const size_t help_rooms[] = {1, 13, 100, 5000, 0};

/* Decodes with every slicing and compares. Small slices only where that is quick. */
static inline void help_check_round_trip(const struct weir_codec *codec, const uint8_t *packed,
                                         size_t packed_bytes, const uint8_t *page,
                                         size_t page_bytes, uint64_t area_bytes) {
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    for (size_t s = 0; s < sizeof help_slices / sizeof help_slices[0]; s++) {
        for (size_t r = 0; r < sizeof help_rooms / sizeof help_rooms[0]; r++) {
            size_t steps = (help_slices[s] == 0 ? 1 : packed_bytes / help_slices[s]) +
                           (help_rooms[r] == 0 ? 1 : page_bytes / help_rooms[r]);
            if (steps > 3000) {
                continue;
            }
            struct help_decode d = {.codec = codec,
                                    .in = packed,
                                    .in_bytes = packed_bytes,
                                    .in_slice = help_slices[s],
                                    .out = out,
                                    .page_bytes = page_bytes,
                                    .room = help_rooms[r],
                                    .area_bytes = area_bytes};
            memset(out, 0x5a, page_bytes + WEIR_CODEC_SLOP);
            enum weir_status status = help_decode_steps(&d);
            if (status != WEIR_OK) {
                fail_msg("%s: %s (%zu bytes, slice %zu, room %zu)", weir_status_name(status),
                         d.error.message, page_bytes, help_slices[s], help_rooms[r]);
            }
            assert_memory_equal(out, page, page_bytes);
        }
    }
    free(out);
}

/* One decode of hand-made bytes, in one piece and byte by byte; both must agree. */
static inline enum weir_status help_decode_bytes(const struct weir_codec *codec,
                                                 const uint8_t *bytes, size_t count,
                                                 size_t page_bytes, uint8_t *out,
                                                 struct weir_error *error_ret) {
    uint8_t *block = help_block(page_bytes + WEIR_CODEC_SLOP);
    struct help_decode d = {
        .codec = codec, .in = bytes, .in_bytes = count, .out = block, .page_bytes = page_bytes};
    enum weir_status whole = help_decode_steps(&d);
    if (error_ret != NULL) {
        *error_ret = d.error;
    }
    if (out != NULL) {
        memcpy(out, block, page_bytes);
    }
    memset(block, 0x77, page_bytes + WEIR_CODEC_SLOP);
    d.in_slice = 1;
    d.room = 1;
    enum weir_status bytewise = help_decode_steps(&d);
    assert_int_equal(whole, bytewise);
    if (whole == WEIR_OK && out != NULL) {
        assert_memory_equal(out, block, page_bytes);
    }
    free(block);
    return whole;
}

/* One decode into a page with WEIR_CODEC_SLOP bytes behind it, of an area of so many bytes. */
static inline enum weir_status help_decode_sliced(const struct weir_codec *codec,
                                                  const uint8_t *packed, size_t packed_bytes,
                                                  uint8_t *out, size_t page_bytes, size_t slice,
                                                  uint64_t area_bytes,
                                                  struct weir_error *error_ret) {
    struct help_decode d = {.codec = codec,
                            .in = packed,
                            .in_bytes = packed_bytes,
                            .in_slice = slice,
                            .out = out,
                            .page_bytes = page_bytes,
                            .area_bytes = area_bytes};
    enum weir_status status = help_decode_steps(&d);
    if (error_ret != NULL) {
        *error_ret = d.error;
    }
    return status;
}

/* No beginning of a page is taken for the whole. */
static inline void help_check_truncations(const struct weir_codec *codec, const uint8_t *packed,
                                          size_t packed_bytes, size_t page_bytes) {
    for (size_t n = 0; n < packed_bytes; n++) {
        assert_int_equal(help_decode_bytes(codec, packed, n, page_bytes, NULL, NULL),
                         WEIR_E_CORRUPT);
    }
}

static inline void help_expect(const struct weir_codec *codec, const uint8_t *bytes, size_t count,
                               size_t page_bytes, enum weir_status status, const char *words) {
    struct weir_error error;
    assert_int_equal(help_decode_bytes(codec, bytes, count, page_bytes, NULL, &error), status);
    if (words != NULL) {
        assert_non_null(strstr(error.message, words));
    }
}

#define HELP_BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

#endif
