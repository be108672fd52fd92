/* Encodings side by side: whatever way a page is read, the values that were written come out. */
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

static uint32_t stored_width(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_INT32:
    case WEIR_FLOAT: return 4;
    case WEIR_INT96: return 12;
    case WEIR_FIXED_LEN_BYTE_ARRAY: return (uint32_t)type->length_bytes;
    case WEIR_BYTE_ARRAY: return 0;
    default: return 8;
    }
}

static void compress(const struct mp_bytes *from, uint32_t codec, struct mp_bytes *to) {
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

static void page_finish(struct page *page) {
    for (size_t i = 0; i < page->values_at; i++) {
        mp_byte(&page->body, (uint32_t)mp_random());
    }
    en_encode(&page->body, &page->values, page->encoding, stored_width(&page->type));
    compress(&page->body, page->codec, &page->raw);
}

static struct page page_of(struct weir_type type, uint32_t encoding, uint32_t codec, size_t count,
                           uint32_t length_max) {
    struct page page;
    memset(&page, 0, sizeof page);
    page.type = type;
    page.encoding = encoding;
    page.codec = codec;
    page.values_at = mp_below(3) == 0 ? 0 : mp_below(200);
    for (size_t i = 0; i < count; i++) {
        en_add_random(&page.values, &type, stored_width(&type), length_max);
    }
    page_finish(&page);
    return page;
}

static void page_free(struct page *page) {
    en_free(&page->values);
    mp_free(&page->body);
    mp_free(&page->raw);
}

/* What the events must add up to: values of the kind, byte arrays with their lengths. */
static void expected(const struct page *page, bool stored, struct mp_bytes *want) {
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
};

/* A decoder with the memory that `needs` asks for, each part before a guard page. */
static void bench_make(struct bench *b, struct weir_needs needs, size_t window_bytes) {
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

static void bench_free(struct bench *b) {
    mp_unguard(b->window.buffer, b->window_bytes);
    if (b->memory.area != NULL) {
        mp_unguard(b->memory.area, (size_t)b->memory.area_bytes);
    }
    if (b->memory.slice != NULL) {
        mp_unguard(b->memory.slice, (size_t)b->memory.slice_bytes);
    }
}

static void take(struct bench *b, const struct weir_event *event, uint64_t most,
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
static enum weir_status decode_bytes(struct bench *b, const struct page *page,
                                     const struct mp_bytes *raw, uint64_t page_bytes, bool stored,
                                     size_t slice, uint64_t most, struct mp_bytes *got) {
    enum weir_isa isa = mp_below(3) == 0 ? WEIR_ISA_SCALAR : WEIR_ISA_AUTO;
    struct weir_event event;
    b->input = (struct mp_source){.data = raw->data, .bytes = raw->count, .slice = slice};
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

static enum weir_status decode(struct bench *b, const struct page *page, bool stored, size_t slice,
                               uint64_t most, struct mp_bytes *got) {
    enum weir_status status =
        decode_bytes(b, page, &page->raw, page->body.count, stored, slice, most, got);
    assert_int_equal(b->error.status, status);
    if (status == WEIR_OK) {
        assert_int_equal(weir_window_offset(&b->window), page->raw.count);
    }
    return status;
}

static void check(struct bench *b, const struct page *page, bool stored, size_t slice,
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

static struct weir_type type_of(enum weir_physical physical, enum weir_logical logical,
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
static struct weir_type random_type(uint32_t encoding) {
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
static size_t values_too_many(const struct weir_type *type, uint32_t codec) {
    uint32_t bytes = (codec == WEIR_CODEC_ZSTD ? 3400u << 10 : 700u << 10) + mp_below(300000);
    return bytes / (stored_width(type) == 0 ? 51 : stored_width(type)); /* of 0 to 100 bytes */
}

static struct weir_needs needs_of(uint32_t codec, uint32_t cursors, uint64_t held_bytes) {
    return (struct weir_needs){
        .codecs = 1u << codec, .encodings = ~0u, .cursors = cursors, .held_page_bytes = held_bytes};
}

static void held_pages_give_what_was_written(void **state) {
    struct bench b;
    (void)state;
    mp_seed("held pages");
    bench_make(&b, needs_of(WEIR_CODEC_UNCOMPRESSED, 0, HELD_BYTES), WEIR_BODY_KEEP + 128);
    for (int round = 0; round < 150; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct page page = page_of(random_type(encodings[e]), encodings[e], 0,
                                       mp_below(10) == 0 ? 0 : 1 + mp_below(1500), mp_below(100));
            assert_true(page.body.count <= HELD_BYTES);
            check(&b, &page, mp_below(2) != 0, slices[mp_below(5)], mp_below(3));
            page_free(&page);
        }
    }
    bench_free(&b);
}

/* Nothing can be held but what fits the window; each width of each type. */
static void cursors_give_what_was_written(void **state) {
    struct bench b;
    (void)state;
    mp_seed("cursors");
    bench_make(&b, needs_of(WEIR_CODEC_UNCOMPRESSED, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    uint32_t apart = 0;
    for (int round = 0; round < 100; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct weir_type type = random_type(encodings[e]);
            if (encodings[e] == SPLIT && type.length_bytes > (int32_t)WEIR_CURSORS_MAX + 1) {
                continue;
            }
            struct page page = page_of(type, encodings[e], 0, 1000 + mp_below(9000), mp_below(100));
            check(&b, &page, mp_below(2) != 0, slices[mp_below(3)], mp_below(3));
            apart += !b.decoder.held && encodings[e] > WEIR_ENCODING_DELTA_BINARY_PACKED;
            page_free(&page);
        }
    }
    assert_true(apart > 100);
    for (int32_t width = 1; width <= 16; width++) {
        struct weir_type type = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE, width, 0);
        struct page page = page_of(type, SPLIT, 0, 20000, 0);
        check(&b, &page, false, 0, 0);
        assert_false(b.decoder.held);
        page_free(&page);
    }
    bench_free(&b);
}

/* Compressed pages that no buffer holds: each cursor has a decompressor of its own. */
static void compressed_pages_are_read_through_cursors(void **state) {
    static const uint32_t codecs[] = {WEIR_CODEC_SNAPPY, WEIR_CODEC_ZSTD};
    (void)state;
    mp_seed("compressed cursors");
    for (size_t c = 0; c < 2; c++) {
        struct bench b;
        if (weir_codec_unsupported(codecs[c]) != NULL) {
            continue;
        }
        bench_make(&b, needs_of(codecs[c], WEIR_CURSORS_MAX, 0), 32u << 10);
        for (size_t e = 2; e < ENCODINGS; e++) {
            for (int round = 0; round < 3; round++) {
                struct weir_type type = random_type(encodings[e]);
                type.length_bytes = type.length_bytes > 16 ? 16 : type.length_bytes;
                struct page page =
                    page_of(type, encodings[e], codecs[c], values_too_many(&type, codecs[c]), 100);
                check(&b, &page, mp_below(2) != 0, mp_below(2) * 4096, 0);
                assert_false(b.decoder.held);
                page_free(&page);
            }
        }
        bench_free(&b);
    }
}

/* --- Pages that are refused ---------------------------------------------------------------------
 */

/* Without cursors or room: the number of the message is the room that does. */
static void a_page_too_large_is_refused_with_the_room_that_does(void **state) {
    static const uint32_t codecs[] = {WEIR_CODEC_UNCOMPRESSED, WEIR_CODEC_SNAPPY, WEIR_CODEC_ZSTD};
    (void)state;
    mp_seed("refused pages");
    for (size_t c = 0; c < 3; c++) {
        if (weir_codec_unsupported(codecs[c]) != NULL) {
            continue;
        }
        for (size_t e = 2; e < ENCODINGS; e++) {
            for (int round = 0; round < 3; round++) {
                struct bench b;
                struct mp_bytes got = {0};
                struct weir_type type = random_type(encodings[e]);
                struct page page =
                    page_of(type, encodings[e], codecs[c], values_too_many(&type, codecs[c]), 100);
                bench_make(&b, needs_of(codecs[c], 0, 0), 32u << 10);
                assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
                assert_int_equal(got.count, 0);
                uint64_t wanted = b.error.wanted;
                bench_free(&b);
                bench_make(&b, needs_of(codecs[c], 0, wanted), 32u << 10);
                check(&b, &page, false, 0, 0);
                assert_true(b.decoder.held);
                bench_free(&b);
                page_free(&page);
                mp_free(&got);
            }
        }
    }
}

static void values_too_wide_for_cursors_are_held_or_refused(void **state) {
    (void)state;
    mp_seed("wide splits");
    for (int32_t width = 17; width <= 40; width++) {
        struct bench b;
        struct mp_bytes got = {0};
        struct weir_type type = type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE, width, 0);
        struct page page = page_of(type, SPLIT, 0, 3000, 0);
        bench_make(&b, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
        assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
        uint64_t wanted = b.error.wanted;
        bench_free(&b);
        bench_make(&b, needs_of(0, WEIR_CURSORS_MAX, wanted), WEIR_BODY_KEEP + 1);
        check(&b, &page, false, 0, 0);
        bench_free(&b);
        page_free(&page);
    }
}

static void encodings_that_the_plan_does_not_know_are_refused(void **state) {
    (void)state;
    mp_seed("unplanned encodings");
    for (size_t e = 1; e < ENCODINGS; e++) {
        struct bench b;
        struct mp_bytes got = {0};
        struct weir_needs needs = needs_of(0, 0, HELD_BYTES);
        struct page page = page_of(random_type(encodings[e]), encodings[e], 0, 300, 20);
        needs.encodings = 1u << WEIR_ENCODING_PLAIN;
        bench_make(&b, needs, WEIR_BODY_KEEP + 1);
        enum weir_status status = decode(&b, &page, false, 0, 0, &got);
        bool bytes = encodings[e] == WEIR_ENCODING_DELTA_BYTE_ARRAY ||
                     encodings[e] == WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY;
        assert_int_equal(status, bytes ? WEIR_E_CORRUPT : WEIR_OK);
        bench_free(&b);
        page_free(&page);
        mp_free(&got);
    }
}

/* --- Long values --------------------------------------------------------------------------------
 */

static const uint32_t bytes_encodings[] = {
    WEIR_ENCODING_PLAIN, WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY, WEIR_ENCODING_DELTA_BYTE_ARRAY};

static struct page page_of_lengths(uint32_t encoding, const uint32_t *lengths, size_t count) {
    struct page page;
    memset(&page, 0, sizeof page);
    page.type = type_of(WEIR_BYTE_ARRAY, WEIR_LOGICAL_NONE, 0, 0);
    page.encoding = encoding;
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = malloc(lengths[i] + 1u);
        for (uint32_t j = 0; j < lengths[i]; j++) {
            bytes[j] = (uint8_t)(j / 7 % 50 + (mp_below(3000) == 0)); /* much in common */
        }
        en_add(&page.values, bytes, lengths[i]);
        free(bytes);
    }
    page_finish(&page);
    return page;
}

static void values_of_any_length_come_whole_or_in_pieces(void **state) {
    static const uint32_t lengths[] = {0,      1,     4095,  4096, 4097,  4098,   12,
                                       8192,   65535, 65537, 0,    16384, 16385,  262143,
                                       262144, 4096,  4096,  4096, 4096,  200000, 4097};
    (void)state;
    mp_seed("long values");
    for (size_t e = 0; e < 3; e++) {
        for (int way = 0; way < 2; way++) {
            struct bench b;
            struct page page = page_of_lengths(bytes_encodings[e], lengths, 21);
            bench_make(&b, way == 0 ? needs_of(0, 0, 2u << 20) : needs_of(0, WEIR_CURSORS_MAX, 0),
                       WEIR_BODY_KEEP + 1);
            for (size_t s = 0; s < 3; s++) {
                for (uint64_t most = 0; most < 3; most++) {
                    check(&b, &page, most == 1, slices[s], most);
                }
            }
            bench_free(&b);
            page_free(&page);
        }
    }
}

static void a_value_longer_than_planned_is_refused_with_its_length(void **state) {
    static const uint32_t lengths[] = {5, WEIR_DECODER_VALUE_BYTES + 1, 400000, 5};
    struct page page = page_of_lengths(WEIR_ENCODING_DELTA_BYTE_ARRAY, lengths, 4);
    struct weir_needs needs = needs_of(0, 2, 0);
    (void)state;
    for (uint64_t wanted = WEIR_DECODER_VALUE_BYTES; wanted < 400000;) {
        struct bench b;
        struct mp_bytes got = {0};
        needs.codec_window_bytes = wanted;
        bench_make(&b, needs, WEIR_BODY_KEEP + 1);
        assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
        assert_true(b.error.wanted > wanted);
        wanted = b.error.wanted;
        bench_free(&b);
        mp_free(&got);
    }
    struct bench b;
    needs.codec_window_bytes = 400000;
    bench_make(&b, needs, WEIR_BODY_KEEP + 1);
    check(&b, &page, false, 0, 0);
    bench_free(&b);
    page_free(&page);
}

static void long_fixed_values_come_in_pieces(void **state) {
    static const int32_t lengths[] = {4096, 4097, 5000, 70000};
    (void)state;
    mp_seed("long fixed values");
    for (size_t i = 0; i < 4; i++) {
        for (size_t e = 0; e < 3; e++) {
            static const uint32_t ways[] = {WEIR_ENCODING_PLAIN, WEIR_ENCODING_DELTA_BYTE_ARRAY,
                                            SPLIT};
            struct bench b;
            struct mp_bytes got = {0};
            struct weir_type type =
                type_of(WEIR_FIXED_LEN_BYTE_ARRAY, WEIR_LOGICAL_NONE, lengths[i], 0);
            struct page page = page_of(type, ways[e], 0, 9, 0);
            bench_make(&b, needs_of(0, 2, 1u << 20), WEIR_BODY_KEEP + 1);
            if (ways[e] == SPLIT && lengths[i] > 4096) {
                assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_UNSUPPORTED);
            } else {
                check(&b, &page, false, slices[i % 3], 0);
            }
            bench_free(&b);
            page_free(&page);
        }
    }
}

/* A decimal is a number: one of thousands of bytes is refused, however it is stored. */
static void decimals_of_thousands_of_bytes_are_refused(void **state) {
    (void)state;
    for (size_t e = 0; e < 3; e++) {
        struct bench b;
        struct mp_bytes got = {0};
        static const uint32_t lengths[] = {3, 5000, 3};
        struct page page = page_of_lengths(bytes_encodings[e], lengths, 3);
        page.type.logical = WEIR_LOGICAL_DECIMAL;
        page.type.precision = 60;
        bench_make(&b, needs_of(0, 2, 1u << 20), WEIR_BODY_KEEP + 1);
        assert_int_equal(decode(&b, &page, false, 0, 0, &got), WEIR_E_LIMIT);
        check(&b, &page, true, 0, 0);
        bench_free(&b);
        page_free(&page);
        mp_free(&got);
    }
}

/* --- Hostile pages ------------------------------------------------------------------------------
 */

/* Held in the window, and read through cursors: the same values, or the same refusal. */
static void try_both(struct bench *held, struct bench *apart, const struct page *page,
                     const struct mp_bytes *raw) {
    struct mp_bytes got[2] = {{0}, {0}};
    enum weir_status status[2];
    struct bench *benches[2] = {held, apart};
    bool stored = mp_below(2) != 0;
    if (raw->count < page->values_at) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        struct bench *b = benches[i];
        /* What lies behind the page in the window means nothing. */
        memset(b->window.buffer, i == 0 ? 0 : 0xff, b->window_bytes);
        status[i] = decode_bytes(b, page, raw, raw->count, stored, i == 0 ? 0 : 1, 0, &got[i]);
        assert_int_equal(b->error.status, status[i]);
        assert_true(status[i] == WEIR_OK || status[i] == WEIR_E_CORRUPT ||
                    status[i] == WEIR_E_LIMIT);
        assert_true(status[i] == WEIR_OK || b->error.message[0] != '\0');
    }
    assert_int_equal(status[0], status[1]);
    if (status[0] == WEIR_OK) {
        assert_int_equal(got[0].count, got[1].count);
        assert_true(got[0].count == 0 || memcmp(got[0].data, got[1].data, got[0].count) == 0);
    }
    mp_free(&got[0]);
    mp_free(&got[1]);
}

static void damaged_pages_end_in_values_or_an_error(void **state) {
    struct bench held;
    struct bench other;
    (void)state;
    mp_seed("damaged pages");
    bench_make(&held, needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    bench_make(&other, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (int round = 0; round < 3; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct page page =
                page_of(random_type(encodings[e]), encodings[e], 0, 1 + mp_below(40), mp_below(12));
            struct mp_bytes raw = page.raw;
            for (raw.count = 0; raw.count < page.raw.count; raw.count++) {
                try_both(&held, &other, &page, &raw);
            }
            for (size_t at = page.values_at; at < raw.count; at++) {
                uint8_t kept = raw.data[at];
                for (uint32_t value = 0; value < 256; value += 1 + mp_below(at < 100 ? 2 : 60)) {
                    raw.data[at] = (uint8_t)value;
                    try_both(&held, &other, &page, &raw);
                }
                raw.data[at] = kept;
            }
            page_free(&page);
        }
    }
    bench_free(&held);
    bench_free(&other);
}

/* Larger pages with a few bytes changed, where cursors are really in use. */
static void damaged_large_pages_end_alike_held_and_apart(void **state) {
    struct bench held;
    struct bench other;
    (void)state;
    mp_seed("damaged large pages");
    bench_make(&held, needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    bench_make(&other, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (int round = 0; round < 60; round++) {
        for (size_t e = 2; e < ENCODINGS; e++) {
            struct weir_type type = random_type(encodings[e]);
            type.length_bytes = type.length_bytes > 16 ? 16 : type.length_bytes;
            struct page page = page_of(type, encodings[e], 0, 600 + mp_below(1000), 20);
            struct mp_bytes raw = page.raw;
            uint32_t changes = 1 + mp_below(3);
            for (uint32_t i = 0; i < changes; i++) {
                raw.data[page.values_at + mp_below((uint32_t)(raw.count - page.values_at))] ^=
                    (uint8_t)(1u << mp_below(8));
            }
            raw.count -= mp_below(4) == 0 ? mp_below(100) : 0;
            try_both(&held, &other, &page, &raw);
            page_free(&page);
        }
    }
    bench_free(&held);
    bench_free(&other);
}

/* Lengths that are not what type, page or count call for, each told with its numbers. */
static void lengths_that_lie_are_refused(void **state) {
    struct bench b;
    (void)state;
    mp_seed("lying lengths");
    bench_make(&b, needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    for (int twist = 0; twist < 6; twist++) {
        bool fixed = twist < 2;
        bool shared = twist < 4;
        struct page page;
        struct en_values suffixes = {0};
        struct mp_bytes got = {0};
        int64_t prefixes[3] = {0, 2, 2};
        memset(&page, 0, sizeof page);
        page.type = type_of(fixed ? WEIR_FIXED_LEN_BYTE_ARRAY : WEIR_BYTE_ARRAY, WEIR_LOGICAL_NONE,
                            fixed ? 5 : 0, 0);
        page.encoding =
            shared ? WEIR_ENCODING_DELTA_BYTE_ARRAY : WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY;
        prefixes[2] += twist == 0;                  /* a value longer than its type */
        prefixes[1] -= twist == 1;                  /* a shorter one */
        prefixes[2] = twist == 2 ? 6 : prefixes[2]; /* shares more than there is */
        prefixes[0] = twist == 3 ? 1 : prefixes[0]; /* shares with nothing */
        for (size_t i = 0; i < 3; i++) {
            en_add(&page.values, "abcde", 5);
            en_add(&suffixes, "abcde" + (i == 0 ? 0 : 2), i == 0 || !shared ? 5 : 3);
        }
        if (shared) {
            en_delta(&page.raw, prefixes, 3, 32);
            en_delta_length(&page.raw, &suffixes);
        } else {
            int64_t lengths[3] = {3, 3, twist == 4 ? 100000 : 3};
            en_delta(&page.raw, lengths, twist == 5 ? 2 : 3, 32);
            mp_put(&page.raw, "abcdefghi", 9);
        }
        page.body.count = page.raw.count;
        assert_int_equal(decode(&b, &page, false, 0, 1, &got), WEIR_E_CORRUPT);
        static const uint64_t wants[6][2] = {{5, 6}, {5, 4}, {5, 6}, {0, 1}, {3, 100000}, {3, 2}};
        assert_int_equal(b.error.wanted, wants[twist][0]);
        assert_int_equal(b.error.got, wants[twist][1]);
        static const size_t given[6] = {18, 9, 18, 0, 14, 0}; /* what came before, with lengths */
        assert_int_equal(got.count, given[twist]);
        en_free(&suffixes);
        page_free(&page);
        mp_free(&got);
    }
    bench_free(&b);
}

static void a_split_page_has_exactly_its_values(void **state) {
    struct bench b;
    (void)state;
    mp_seed("split sizes");
    bench_make(&b, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (uint32_t count = 1; count < 3000; count += 1 + count / 2) {
        struct page page =
            page_of(type_of(WEIR_INT64, WEIR_LOGICAL_NONE, 0, 0), SPLIT, 0, count, 0);
        struct mp_bytes got = {0};
        for (size_t bytes = page.raw.count - 9; bytes <= page.raw.count + 9; bytes++) {
            struct mp_bytes raw = {0};
            mp_put(&raw, page.raw.data, weir_min_u64(bytes, page.raw.count));
            for (; raw.count < bytes; mp_byte(&raw, 1)) {
            }
            if (bytes >= page.values_at) {
                enum weir_status status = decode_bytes(&b, &page, &raw, bytes, false, 0, 0, &got);
                assert_int_equal(status, bytes == page.raw.count ? WEIR_OK : WEIR_E_CORRUPT);
            }
            mp_free(&raw);
        }
        assert_int_equal(got.count, 8 * count);
        page_free(&page);
        mp_free(&got);
    }
    bench_free(&b);
}

/* Reads behind a page that fills the window would fault. */
static void pages_that_fill_the_window_are_read_to_their_end_only(void **state) {
    (void)state;
    mp_seed("full windows");
    for (int round = 0; round < 40; round++) {
        for (size_t e = 1; e < ENCODINGS; e++) {
            struct bench b;
            struct page page = page_of(random_type(encodings[e]), encodings[e], 0, 6000, 20);
            size_t bytes = (page.raw.count + 63) / 64 * 64;
            /* The guard page lies at the next multiple of 64: pad in front. */
            page.values_at += bytes - page.raw.count;
            struct mp_bytes raw = {0};
            for (size_t i = page.raw.count; i < bytes; i++) {
                mp_byte(&raw, 0xee);
            }
            mp_put(&raw, page.raw.data, page.raw.count);
            mp_free(&page.raw);
            page.raw = raw;
            page.body.count = bytes;
            if (bytes > WEIR_BODY_KEEP) {
                bench_make(&b, needs_of(0, 0, 0), bytes);
                check(&b, &page, false, 0, 0);
                bench_free(&b);
            }
            page_free(&page);
        }
    }
}

/* --- In a profile -------------------------------------------------------------------------------
 */

/* A DOUBLE column of two pages. */
static struct mp_file *file_of_split_pages(const size_t counts[2], double *sum_ret) {
    struct mp_file *file = mp_begin();
    mp_column(file, "x", WEIR_DOUBLE, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, WEIR_DOUBLE, 0)->encoding = SPLIT;
    *sum_ret = 0;
    for (size_t p = 0; p < 2; p++) {
        struct mp_page page = mp_page_of(0, SPLIT, (int64_t)counts[p]);
        struct en_values values = {0};
        for (size_t i = 0; i < counts[p]; i++) {
            double value = (double)(i % 1000);
            *sum_ret += value;
            en_add(&values, &value, sizeof value);
        }
        en_split(&page.data, &values, 8);
        mp_page_write(&file->bytes, &page);
        en_free(&values);
    }
    mp_chunk_end(file, (int64_t)(counts[0] + counts[1]));
    mp_group_end(file, (int64_t)(counts[0] + counts[1]));
    mp_end(file);
    return file;
}

/* Pages that are not held at all, with a decompressor for each of their streams. */
static void pages_beyond_what_is_held_are_profiled(void **state) {
    static const size_t counts[2] = {(5u << 20) / 8, 100};
    double sum = 0;
    struct mp_file *file = file_of_split_pages(counts, &sum);
    (void)state;
    struct mp_outcome *out = mp_profile_one(file, 0, false);
    assert_int_equal(out->status, WEIR_END);
    assert_int_equal(out->inventory.cursors, 7);
    assert_true(out->results[0].sum == sum);
    assert_true(out->plan.planned_bytes < 5u << 20);
    free(out);
    mp_drop(file);
}

/* Later pages of the usual size are read whatever the first one was like. */
static void a_small_first_page_misleads_nobody(void **state) {
    static const size_t counts[2] = {10, (1u << 20) / 8 + 50};
    double sum = 0;
    struct mp_file *file = file_of_split_pages(counts, &sum);
    (void)state;
    struct mp_outcome *out = mp_profile_one(file, 0, false);
    assert_int_equal(out->status, WEIR_END);
    assert_true(out->results[0].sum == sum);
    free(out);
    mp_drop(file);
}

/* The codec window that a refusal names lets the page through. */
static void a_refusal_names_the_codec_window_that_does(void **state) {
    static const size_t counts[2] = {10, 400000};
    double sum = 0;
    struct mp_file *file = file_of_split_pages(counts, &sum);
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    (void)state;
    mp_set_of(&set, &file, 1, 0);
    struct mp_outcome *out = mp_profile(&set, &options);
    assert_int_equal(out->status, WEIR_E_LIMIT);
    options.codec_window_bytes = out->error.wanted;
    free(out);
    out = mp_profile(&set, &options);
    assert_int_equal(out->status, WEIR_END);
    assert_true(out->results[0].sum == sum);
    free(out);
    mp_drop(file);
}

/* --- Which encodings are read -------------------------------------------------------------------
 */

static void encodings_are_refused_for_types_they_are_not_made_for(void **state) {
    (void)state;
    for (uint32_t encoding = 0; encoding < 40; encoding++) {
        for (int p = 0; p < 8; p++) {
            bool integer = p == WEIR_INT32 || p == WEIR_INT64;
            bool bytes = p == WEIR_BYTE_ARRAY;
            bool fixed = p == WEIR_FIXED_LEN_BYTE_ARRAY;
            bool real = p == WEIR_FLOAT || p == WEIR_DOUBLE;
            bool good = encoding == 0 || encoding == 2 || encoding == 8 ||
                        (encoding == 3 && p == WEIR_BOOLEAN) || (encoding == 5 && integer) ||
                        (encoding == 6 && bytes) || (encoding == 7 && (bytes || fixed)) ||
                        (encoding == 9 && (integer || real || fixed));
            const char *message = weir_encoding_refused(encoding, (enum weir_physical)p);
            assert_int_equal(message == NULL, good);
            assert_true(message == NULL || message[0] != '\0');
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_pages_give_what_was_written),
        cmocka_unit_test(cursors_give_what_was_written),
        cmocka_unit_test(compressed_pages_are_read_through_cursors),
        cmocka_unit_test(a_page_too_large_is_refused_with_the_room_that_does),
        cmocka_unit_test(values_too_wide_for_cursors_are_held_or_refused),
        cmocka_unit_test(encodings_that_the_plan_does_not_know_are_refused),
        cmocka_unit_test(values_of_any_length_come_whole_or_in_pieces),
        cmocka_unit_test(a_value_longer_than_planned_is_refused_with_its_length),
        cmocka_unit_test(long_fixed_values_come_in_pieces),
        cmocka_unit_test(decimals_of_thousands_of_bytes_are_refused),
        cmocka_unit_test(damaged_pages_end_in_values_or_an_error),
        cmocka_unit_test(damaged_large_pages_end_alike_held_and_apart),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(a_split_page_has_exactly_its_values),
        cmocka_unit_test(pages_that_fill_the_window_are_read_to_their_end_only),
        cmocka_unit_test(pages_beyond_what_is_held_are_profiled),
        cmocka_unit_test(a_small_first_page_misleads_nobody),
        cmocka_unit_test(a_refusal_names_the_codec_window_that_does),
        cmocka_unit_test(encodings_are_refused_for_types_they_are_not_made_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
