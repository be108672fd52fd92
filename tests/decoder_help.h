/*
 * What the tests of the page decoder share: random pages of any type, encoding and codec, and a
 * decoder between guard pages that reads them.
 */
#ifndef WEIR_TESTS_DECODER_HELP_H
#define WEIR_TESTS_DECODER_HELP_H

#include "encode_help.h"

#include <snappy-c.h>
#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif

#include "parquet/codec.h"
#include "parquet/convert.h"
#include "parquet/decoder.h"
#include "parquet/schema.h"

/* --- Pages ------------------------------------------------------------------------------------ */

struct page {
    struct weir_type type;
    uint32_t encoding;
    uint32_t codec;
    struct en_values values;
    size_t values_at;     /* bytes in front of them, like levels of a V1 page */
    struct mp_bytes body; /* decompressed */
    struct mp_bytes raw;
};

static inline void compress(const struct mp_bytes *from, uint32_t codec, struct mp_bytes *to) {
    if (codec == WEIR_CODEC_UNCOMPRESSED) {
        mp_put(to, from->data, from->count);
        return;
    }
    size_t room = 2 * from->count + 1000;
    uint8_t *packed = malloc(room);
    assert_non_null(packed);
    if (codec == WEIR_CODEC_SNAPPY) {
        assert_int_equal(
            snappy_compress((const char *)from->data, from->count, (char *)packed, &room),
            SNAPPY_OK);
    } else {
#if WEIR_HAVE_ZSTD
        room = ZSTD_compress(packed, room, from->data, from->count, 1);
        assert_false(ZSTD_isError(room));
#endif
    }
    mp_put(to, packed, room);
    free(packed);
}

static inline void page_finish(struct page *page) {
    for (size_t i = 0; i < page->values_at; i++) {
        mp_byte(&page->body, (uint32_t)mp_random());
    }
    en_encode(&page->body, &page->values, page->encoding, en_stored_width(&page->type));
    compress(&page->body, page->codec, &page->raw);
}

static inline struct page page_of(struct weir_type type, uint32_t encoding, uint32_t codec,
                                  size_t count, uint32_t length_max) {
    struct page page;
    memset(&page, 0, sizeof page);
    page.type = type;
    page.encoding = encoding;
    page.codec = codec;
    page.values_at = mp_below(3) == 0 ? 0 : mp_below(200);
    for (size_t i = 0; i < count; i++) {
        en_add_random(&page.values, &type, en_stored_width(&type), length_max);
    }
    page_finish(&page);
    return page;
}

static inline void page_free(struct page *page) {
    en_free(&page->values);
    mp_free(&page->body);
    mp_free(&page->raw);
}

/* What the events must add up to: values of the kind, byte arrays with their lengths. */
static inline void expected(const struct page *page, bool stored, struct mp_bytes *want) {
    enum weir_conversion conversion = weir_conversion_of(&page->type);
    enum weir_kind kind = weir_type_kind(&page->type);
    struct weir_error error;
    weir_error_clear(&error);
    for (size_t i = 0; i < page->values.count; i++) {
        struct weir_view view = {.data = en_data(&page->values, i),
                                 .length = en_length(&page->values, i)};
        uint8_t value[16];
        if (conversion != WEIR_CONVERT_NONE && !stored) {
            assert_int_equal(weir_convert_views(conversion, kind, &view, 1, value, &error),
                             WEIR_OK);
            mp_put(want, value, weir_kind_width(kind));
            continue;
        }
        if (kind == WEIR_KIND_BYTES || conversion != WEIR_CONVERT_NONE) {
            mp_u32(want, view.length);
        }
        mp_put(want, view.data, view.length);
    }
}

/* --- Readers ------------------------------------------------------------------------------------
 */

struct bench {
    struct weir_needs needs;
    struct weir_error error;
    struct weir_window window;
    size_t window_bytes;
    struct weir_body_memory memory;
    struct weir_body body;
    struct weir_decoder decoder;
    struct mp_source input;
    struct weir_source source;
    uint64_t fail_from; /* reads from there on fail; 0: none does */
};

/* A decoder with the memory that `needs` asks for, each part before a guard page. */
static inline void bench_make(struct bench *b, struct weir_needs needs, size_t window_bytes) {
    struct weir_space space;
    struct weir_decoder none;
    memset(b, 0, sizeof *b);
    b->needs = needs;
    weir_space_measure(&space, NULL, NULL);
    assert_false(weir_decoder_take(&space, &needs, &none));
    uint64_t bytes = space.used_bytes;
    weir_space_carve(&space, mp_guarded((size_t)bytes), bytes);
    assert_true(weir_decoder_take(&space, &needs, &b->decoder));
    assert_int_equal(space.used_bytes, bytes);
    b->decoder.views = mp_guarded(WEIR_DECODER_VIEWS * sizeof(struct weir_view));
    b->decoder.raw = mp_guarded(WEIR_DECODER_BLOCK_BYTES);
    b->decoder.block = mp_guarded(WEIR_DECODER_BLOCK_BYTES);
    if (b->decoder.lengths != NULL) {
        b->decoder.lengths = mp_guarded(WEIR_DECODER_VIEWS * sizeof(uint32_t));
        b->decoder.prefixes = mp_guarded(WEIR_DECODER_VIEWS * sizeof(uint32_t));
    }
    weir_body_sizes(needs.codecs, needs.codec_window_bytes, needs.held_page_bytes,
                    &b->memory.area_bytes, &b->memory.slice_bytes);
    b->memory.area = b->memory.area_bytes == 0 ? NULL : mp_guarded((size_t)b->memory.area_bytes);
    b->memory.slice = b->memory.slice_bytes == 0 ? NULL : mp_guarded((size_t)b->memory.slice_bytes);
    b->window_bytes = window_bytes;
    weir_window_init(&b->window, mp_guarded(window_bytes), window_bytes, &b->error);
}

static inline void bench_free(struct bench *b) {
    mp_unguard(b->window.buffer, b->window_bytes);
    if (b->memory.area != NULL) {
        mp_unguard(b->memory.area, (size_t)b->memory.area_bytes);
    }
    if (b->memory.slice != NULL) {
        mp_unguard(b->memory.slice, (size_t)b->memory.slice_bytes);
    }
}

static inline void take(struct bench *b, const struct weir_event *event, uint64_t most,
                        struct mp_bytes *got) {
    switch (event->kind) {
    case WEIR_EVENT_FIXED:
        assert_true(event->count > 0 && event->count <= most);
        mp_put(got, event->values, event->count * b->decoder.width);
        break;
    case WEIR_EVENT_VIEWS:
        assert_true(event->count > 0 && event->count <= most);
        for (uint64_t i = 0; i < event->count; i++) {
            assert_true(event->views[i].length <= WEIR_VIEW_BYTES_MAX);
            mp_u32(got, event->views[i].length);
            mp_put(got, event->views[i].data, event->views[i].length);
        }
        break;
    case WEIR_EVENT_PIECE:
        assert_true(event->piece_length > WEIR_VIEW_BYTES_MAX && event->piece_bytes > 0);
        assert_true(event->piece_offset + event->piece_bytes <= event->piece_length);
        if (event->piece_offset == 0) {
            mp_u32(got, (uint32_t)event->piece_length);
        }
        mp_put(got, event->values, event->piece_bytes);
        break;
    default: fail();
    }
}

/* Reads `raw` as the page; `most` values an event, 0: random. */
static inline enum weir_status decode_bytes(struct bench *b, const struct page *page,
                                            const struct mp_bytes *raw, uint64_t page_bytes,
                                            bool stored, size_t slice, uint64_t most,
                                            struct mp_bytes *got) {
    enum weir_isa isa = mp_below(3) == 0 ? WEIR_ISA_SCALAR : WEIR_ISA_AUTO;
    struct weir_event event;
    b->input = (struct mp_source){.data = raw->data,
                                  .bytes = raw->count,
                                  .slice = slice,
                                  .fail_from = b->fail_from,
                                  .fail_result = -5};
    b->source = mp_source_of(&b->input);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, b->window.buffer, b->window_bytes, &b->error);
    weir_window_seek(&b->window, &b->source, 0, raw->count);
    weir_decoder_init(&b->decoder, isa, &b->error);
    weir_decoder_column(&b->decoder, &page->type, stored);
    WEIR_TRY(weir_body_open(&b->body, &b->window, page->codec, raw->count, page_bytes, &b->memory,
                            NULL, &b->error));
    WEIR_TRY(weir_body_skip(&b->body, page->values_at));
    struct weir_place place = {.source = &b->source,
                               .body_offset = 0,
                               .raw_bytes = raw->count,
                               .page_bytes = page_bytes,
                               .codec = page->codec,
                               .values_at = page->values_at};
    WEIR_TRY(weir_decoder_open(&b->decoder, &b->body, &place, page->encoding, page->values.count));
    while (b->decoder.left > 0) {
        uint64_t before = b->decoder.left;
        uint64_t ask = most > 0 ? most : 1 + mp_below(3000);
        WEIR_TRY(weir_decoder_next(&b->decoder, ask, &event));
        take(b, &event, ask, got);
        bool open = event.kind == WEIR_EVENT_PIECE &&
                    event.piece_offset + event.piece_bytes < event.piece_length;
        assert_int_equal(before - b->decoder.left, open ? 0 : event.count);
    }
    return weir_body_close(&b->body);
}

static inline enum weir_status decode(struct bench *b, const struct page *page, bool stored,
                                      size_t slice, uint64_t most, struct mp_bytes *got) {
    enum weir_status status =
        decode_bytes(b, page, &page->raw, page->body.count, stored, slice, most, got);
    assert_int_equal(b->error.status, status);
    if (status == WEIR_OK) {
        assert_int_equal(weir_window_offset(&b->window), page->raw.count);
    }
    return status;
}

static inline void check(struct bench *b, const struct page *page, bool stored, size_t slice,
                         uint64_t most) {
    struct mp_bytes want = {0};
    struct mp_bytes got = {0};
    expected(page, stored, &want);
    enum weir_status status = decode(b, page, stored, slice, most, &got);
    if (status != WEIR_OK) {
        fail_msg("encoding %u of physical %d, length %d: %s (%llu, %llu)", page->encoding,
                 page->type.physical, page->type.length_bytes, b->error.message,
                 (unsigned long long)b->error.wanted, (unsigned long long)b->error.got);
    }
    assert_int_equal(got.count, want.count);
    assert_true(got.count == 0 || memcmp(got.data, want.data, got.count) == 0);
    mp_free(&want);
    mp_free(&got);
}

/* --- Types and encodings ------------------------------------------------------------------------
 */

#define SPLIT WEIR_ENCODING_BYTE_STREAM_SPLIT

static inline struct weir_type type_of(enum weir_physical physical, enum weir_logical logical,
                                       int32_t length, int32_t precision) {
    struct weir_type type;
    memset(&type, 0, sizeof type);
    type.physical = physical;
    type.logical = logical;
    type.length_bytes = length;
    type.precision = precision;
    return type;
}

/* A random type that is written so. */
static inline struct weir_type random_type(uint32_t encoding) {
    static const int32_t digits[] = {4, 18, 19, 38, 39, 76};
    static const enum weir_physical plain[] = {WEIR_INT32,
                                               WEIR_INT64,
                                               WEIR_INT96,
                                               WEIR_FLOAT,
                                               WEIR_DOUBLE,
                                               WEIR_BYTE_ARRAY,
                                               WEIR_FIXED_LEN_BYTE_ARRAY};
    enum weir_physical physical = plain[mp_below(7)];
    switch (encoding) {
    case WEIR_ENCODING_DELTA_BINARY_PACKED: physical = plain[mp_below(2)]; break;
    case WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY: physical = WEIR_BYTE_ARRAY; break;
    case WEIR_ENCODING_DELTA_BYTE_ARRAY: physical = plain[5 + mp_below(2)]; break;
    case SPLIT:
        while (physical == WEIR_INT96 || physical == WEIR_BYTE_ARRAY) {
            physical = plain[mp_below(7)];
        }
        break;
    default: break;
    }
    struct weir_type type = type_of(physical, WEIR_LOGICAL_NONE, 0, 0);
    if (physical == WEIR_BYTE_ARRAY && mp_below(3) == 0) {
        type.logical = WEIR_LOGICAL_DECIMAL;
        type.precision = digits[mp_below(6)];
    }
    if (physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
        type.length_bytes = 1 + (int32_t)mp_below(40);
        if (mp_below(3) == 0) {
            type.logical = WEIR_LOGICAL_FLOAT16;
            type.length_bytes = 2;
        } else if (mp_below(2) == 0) {
            type.logical = WEIR_LOGICAL_DECIMAL;
            type.precision = digits[mp_below(6)];
        }
    }
    type.is_unsigned = physical <= WEIR_INT64 && mp_below(2) != 0;
    return type;
}

static const uint32_t encodings[] = {WEIR_ENCODING_PLAIN, WEIR_ENCODING_DELTA_BINARY_PACKED,
                                     WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY,
                                     WEIR_ENCODING_DELTA_BYTE_ARRAY, SPLIT};
#define ENCODINGS (sizeof encodings / sizeof encodings[0])

static const size_t slices[] = {0, 4096, 59, 7, 1};

#define HELD_BYTES (200u << 10)

/* Values of a page that is larger than the window and the codec area without held pages. */
static inline size_t values_too_many(const struct weir_type *type, uint32_t codec) {
    uint32_t bytes = (codec == WEIR_CODEC_ZSTD ? 3400u << 10 : 700u << 10) + mp_below(300000);
    return bytes /
           (en_stored_width(type) == 0 ? 51 : en_stored_width(type)); /* of 0 to 100 bytes */
}

static inline struct weir_needs needs_of(uint32_t codec, uint32_t cursors, uint64_t held_bytes) {
    return (struct weir_needs){
        .codecs = 1u << codec, .encodings = ~0u, .cursors = cursors, .held_page_bytes = held_bytes};
}

#endif
