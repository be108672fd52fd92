/* Page bodies: every codec through windows, areas and slices of all sizes. */
#include "hadoop_help.h"

#include <snappy-c.h>
#if WEIR_HAVE_BROTLI
#include <brotli/encode.h>
#endif
#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif
#if WEIR_HAVE_ZLIB
#include <zlib.h>
#endif

#include "parquet/body.h"
#include "parquet/codec_inner.h"
#include "base/crc32.h"

/* A page packed by the reference library, between other bytes of a file. */
struct page {
    uint32_t codec;
    uint8_t *bytes;
    size_t page_bytes;
    uint8_t *file;
    size_t file_bytes;
    size_t raw_offset;
    size_t raw_bytes;
    uint32_t crc;
    /* the source */
    size_t give_max;
    uint64_t fail_offset; /* reads that reach it fail; 0: none do */
    uint64_t bytes_read;
};

static int64_t read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    struct page *page = context;
    if (page->fail_offset != 0 && offset + bytes > page->fail_offset) {
        if (offset >= page->fail_offset) {
            return -5;
        }
        bytes = (size_t)(page->fail_offset - offset);
    }
    bytes = (size_t)weir_min_u64(bytes, page->file_bytes - offset);
    bytes = (size_t)weir_min_u64(bytes, page->give_max);
    memcpy(to, page->file + offset, bytes);
    page->bytes_read += bytes;
    return (int64_t)bytes;
}

#define PACK_BROTLI_WINDOW (1u << 18)

static size_t pack(uint32_t codec, const uint8_t *page, size_t page_bytes, uint8_t *to,
                   size_t room) {
    size_t n = room;
    switch (codec) {
    case WEIR_CODEC_UNCOMPRESSED: memcpy(to, page, page_bytes); return page_bytes;
    case WEIR_CODEC_SNAPPY:
        assert_int_equal(snappy_compress((const char *)page, page_bytes, (char *)to, &n), 0);
        return n;
    case WEIR_CODEC_LZ4_RAW:
        return (size_t)LZ4_compress_default((const char *)page, (char *)to, (int)page_bytes,
                                            (int)room);
    case WEIR_CODEC_LZ4:
        return help_pack_hadoop(page, page_bytes, 131072, 1 + 131071 / (1 + page_bytes % 3), to);
#if WEIR_HAVE_BROTLI
    case WEIR_CODEC_BROTLI:
        assert_true(BrotliEncoderCompress(1, 18, BROTLI_MODE_GENERIC, page_bytes, page, &n, to));
        return n;
#endif
#if WEIR_HAVE_ZSTD
    case WEIR_CODEC_ZSTD: return ZSTD_compress(to, room, page, page_bytes, 1);
#endif
#if WEIR_HAVE_ZLIB
    case WEIR_CODEC_GZIP: {
        z_stream z;
        memset(&z, 0, sizeof z);
        assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (Bytef *)(uintptr_t)page;
        z.avail_in = (uInt)page_bytes;
        z.next_out = to;
        z.avail_out = (uInt)room;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        n = z.total_out;
        deflateEnd(&z);
        return n;
    }
#endif
    default: fail(); return 0;
    }
}

/* Surrounds raw bytes with other bytes. */
static void page_of_raw(struct page *p, uint32_t codec, const uint8_t *raw, size_t raw_bytes) {
    memset(p, 0, sizeof *p);
    p->codec = codec;
    p->raw_offset = 100 + help_random() % 50;
    p->raw_bytes = raw_bytes;
    p->file_bytes = p->raw_offset + raw_bytes + 77;
    p->file = help_block(p->file_bytes);
    help_fill(p->file, p->file_bytes, 0);
    memcpy(p->file + p->raw_offset, raw, raw_bytes);
    p->crc = weir_crc32(0, raw, raw_bytes);
    p->give_max = SIZE_MAX;
}

static void page_make(struct page *p, uint32_t codec, size_t page_bytes, int kind) {
    uint8_t *bytes = help_block(page_bytes);
    help_fill(bytes, page_bytes, kind);
    size_t room = page_bytes + page_bytes / 5 + 1000;
    uint8_t *raw = help_block(room);
    size_t raw_bytes = pack(codec, bytes, page_bytes, raw, room);
    page_of_raw(p, codec, raw, raw_bytes);
    p->bytes = bytes;
    p->page_bytes = page_bytes;
    free(raw);
}

static void page_free(struct page *p) {
    free(p->bytes);
    free(p->file);
}

struct fixture {
    struct weir_source source;
    struct weir_error error;
    struct weir_window window;
    struct weir_body_memory memory;
    struct weir_body body;
    uint8_t *buffer;
    uint32_t crc;
};

/* Sizes of 0 stand for what the plan would take. */
static enum weir_status open_page(struct fixture *f, struct page *p, size_t window_bytes,
                                  uint64_t area_bytes, uint64_t slice_bytes) {
    memset(f, 0, sizeof *f);
    f->source = (struct weir_source){p, read_at, p->file_bytes};
    weir_error_clear(&f->error);
    f->buffer = help_block(window_bytes);
    weir_window_init(&f->window, f->buffer, window_bytes, &f->error);
    weir_window_seek(&f->window, &f->source, p->raw_offset, p->file_bytes);
    f->memory.area_bytes = area_bytes != 0 ? area_bytes : weir_body_area_bytes(p->codec, 0);
    f->memory.slice_bytes = slice_bytes != 0 ? slice_bytes : weir_body_slice_bytes(p->codec);
    f->memory.area = f->memory.area_bytes == 0 ? NULL : help_area(f->memory.area_bytes);
    f->memory.slice = f->memory.slice_bytes == 0 ? NULL : help_block(f->memory.slice_bytes);
    return weir_body_open(&f->body, &f->window, p->codec, p->raw_bytes, p->page_bytes, &f->memory,
                          &f->crc, &f->error);
}

static void fixture_free(struct fixture *f) {
    free(f->buffer);
    free(f->memory.area);
    free(f->memory.slice);
}

static void unread_is(const struct fixture *f, const struct page *p, size_t position) {
    size_t held = (size_t)(f->body.end - f->body.at);
    assert_int_equal(weir_body_left(&f->body), p->page_bytes - position);
    assert_true(held <= p->page_bytes - position);
    if (memcmp(f->body.at, p->bytes + position, held) != 0) {
        fail_msg("codec %u, %zu bytes at %zu differ", p->codec, held, position);
    }
}

/* Reads to the end, leaving random tails of up to WEIR_BODY_KEEP bytes; needs and skips on the
 * way. Returns the status that ended it. */
static enum weir_status read_all(struct fixture *f, const struct page *p, size_t keep_max) {
    size_t position = 0;
    for (;;) {
        size_t held = (size_t)(f->body.end - f->body.at);
        size_t keep = weir_min_u64(help_random() % (keep_max + 1), held);
        f->body.at += held - keep;
        position += held - keep;
        enum weir_status status = WEIR_OK;
        if (help_random() % 4 == 0) {
            size_t want = help_random() % (WEIR_BODY_KEEP + 1);
            status = weir_body_need(&f->body, want);
            if (status == WEIR_OK) {
                assert_true((size_t)(f->body.end - f->body.at) >= want);
            } else if (status == WEIR_END) {
                assert_true((size_t)(f->body.end - f->body.at) < want);
                assert_int_equal(f->body.unproduced_bytes, 0);
            }
        } else if (help_random() % 6 == 0) {
            uint64_t left = weir_body_left(&f->body);
            uint64_t n = left == 0 ? 0 : help_random() % (1 + left / 3);
            status = weir_body_skip(&f->body, n);
            position += n;
        } else {
            uint64_t before = f->body.unproduced_bytes;
            status = weir_body_more(&f->body);
            assert_true(status != WEIR_OK || f->body.unproduced_bytes < before);
        }
        if (status < 0) {
            return status;
        }
        unread_is(f, p, position);
        if (status == WEIR_END && f->body.unproduced_bytes == 0) {
            return WEIR_END;
        }
    }
}

static void closes_behind_the_page(struct fixture *f, const struct page *p) {
    enum weir_status status = weir_body_close(&f->body);
    if (status != WEIR_OK) {
        fail_msg("close: %s, %s", weir_status_name(status), f->error.message);
    }
    assert_int_equal(weir_window_offset(&f->window), p->raw_offset + p->raw_bytes);
    assert_int_equal(f->crc, p->crc);
    assert_int_equal(weir_body_left(&f->body), 0);
    /* and the window goes on with what follows */
    assert_true(weir_window_fill(&f->window, 77) >= 77);
    assert_memory_equal(f->window.at, p->file + p->raw_offset + p->raw_bytes, 77);
}

static const uint32_t codecs[] = {
    WEIR_CODEC_UNCOMPRESSED, WEIR_CODEC_SNAPPY, WEIR_CODEC_LZ4_RAW, WEIR_CODEC_LZ4,
#if WEIR_HAVE_BROTLI
    WEIR_CODEC_BROTLI,
#endif
#if WEIR_HAVE_ZSTD
    WEIR_CODEC_ZSTD,
#endif
#if WEIR_HAVE_ZLIB
    WEIR_CODEC_GZIP,
#endif
};
#define CODECS (sizeof codecs / sizeof codecs[0])

static void check(struct page *p, size_t window_bytes, size_t give_max, uint64_t area_bytes,
                  uint64_t slice_bytes) {
    struct fixture f;
    p->give_max = give_max;
    enum weir_status status = open_page(&f, p, window_bytes, area_bytes, slice_bytes);
    if (status == WEIR_OK) {
        status = read_all(&f, p, help_random() % 3 == 0 ? 16 : WEIR_BODY_KEEP);
    }
    if (status != WEIR_END) {
        fail_msg("codec %u: %s, %s (page %zu, window %zu)", p->codec, weir_status_name(status),
                 f.error.message, p->page_bytes, window_bytes);
    }
    closes_behind_the_page(&f, p);
    fixture_free(&f);
}

static void pages_of_all_sizes_read_through_any_window(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 2, 100, 4160, 5000, 33000, 200000, 700000};
    for (size_t c = 0; c < CODECS; c++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            for (int kind = 0; kind < HELP_KINDS; kind++) {
                struct page p;
                page_make(&p, codecs[c], sizes[s], kind);
                /* windows: the smallest that is legal, and the usual one */
                check(&p, WEIR_BODY_KEEP + 1, SIZE_MAX, 0, 0);
                check(&p, 256u << 10, SIZE_MAX, 0, 0);
                check(&p, 256u << 10, SIZE_MAX, 3u << 20, 0); /* everything as a whole */
                check(&p, 16u << 10, 59, 0, WEIR_BODY_KEEP + WEIR_CODEC_SLOP + 200);
                if (sizes[s] <= 33000) {
                    check(&p, WEIR_BODY_KEEP + 1, 1, 0, WEIR_BODY_KEEP + WEIR_CODEC_SLOP + 1);
                    check(&p, 16u << 10, 7, 0, 0);
                }
                page_free(&p);
            }
        }
    }
}

/* 3 MiB do not fit the area of a 2 MiB window: the stream decoder, with the window's own copy. */
static void large_pages_take_the_stream(void **state) {
    (void)state;
    help_seed(__func__);
    for (size_t c = 0; c < CODECS; c++) {
        struct page p;
        page_make(&p, codecs[c], 3u << 20, 6);
        check(&p, 256u << 10, SIZE_MAX, 0, 0);
        check(&p, 16u << 10, 1000, 0, 0);
        page_free(&p);
    }
}

static void early_closes_leave_the_window_behind_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    for (size_t c = 0; c < CODECS; c++) {
        for (int how = 0; how < 4; how++) {
            struct page p;
            struct fixture f;
            page_make(&p, codecs[c], 400000, 3);
            assert_int_equal(open_page(&f, &p, 16u << 10, 0, 0), WEIR_OK);
            if (how >= 1) {
                assert_int_equal(weir_body_more(&f.body), WEIR_OK);
            }
            if (how >= 2) {
                f.body.at = f.body.end;
            }
            if (how >= 3) {
                assert_int_equal(weir_body_skip(&f.body, weir_body_left(&f.body) / 2), WEIR_OK);
            }
            closes_behind_the_page(&f, &p);
            fixture_free(&f);
            page_free(&p);
        }
    }
}

static void nothing_is_read_that_nobody_wants(void **state) {
    (void)state;
    help_seed(__func__);
    struct page p;
    struct fixture f;
    page_make(&p, WEIR_CODEC_UNCOMPRESSED, 700000, 0);
    assert_int_equal(open_page(&f, &p, 8192, 0, 0), WEIR_OK);
    f.body.crc = NULL;
    assert_int_equal(weir_body_skip(&f.body, 650000), WEIR_OK);
    assert_int_equal(p.bytes_read, 0);
    assert_int_equal(weir_body_need(&f.body, 100), WEIR_OK);
    unread_is(&f, &p, 650000);
    assert_int_equal(weir_body_close(&f.body), WEIR_OK);
    assert_true(p.bytes_read <= 8192);
    assert_int_equal(weir_window_offset(&f.window), p.raw_offset + p.raw_bytes);
    fixture_free(&f);
    page_free(&p);

    page_make(&p, WEIR_CODEC_SNAPPY, 700000, 0);
    assert_int_equal(open_page(&f, &p, 8192, 0, 0), WEIR_OK);
    f.body.crc = NULL;
    assert_int_equal(weir_body_close(&f.body), WEIR_OK);
    assert_int_equal(p.bytes_read, 0);
    fixture_free(&f);
    page_free(&p);
}

static void empty_pages_never_reach_the_codec(void **state) {
    (void)state;
    help_seed(__func__);
    static const uint8_t garbage[] = {0xde, 0xad, 0xbe, 0xef, 0x55};
    /* LZO, too: where there is nothing to decode, nothing is unsupported */
    static const uint32_t all[] = {WEIR_CODEC_SNAPPY,  WEIR_CODEC_GZIP, WEIR_CODEC_ZSTD,
                                   WEIR_CODEC_LZ4_RAW, WEIR_CODEC_LZ4,  WEIR_CODEC_BROTLI,
                                   WEIR_CODEC_LZO};
    for (size_t c = 0; c < sizeof all / sizeof all[0]; c++) {
        for (size_t raw_bytes = 0; raw_bytes <= sizeof garbage; raw_bytes += sizeof garbage) {
            struct page p;
            struct fixture f;
            page_of_raw(&p, all[c], garbage, raw_bytes);
            assert_int_equal(open_page(&f, &p, 8192, 0, 0), WEIR_OK);
            assert_int_equal(weir_body_left(&f.body), 0);
            assert_int_equal(weir_body_more(&f.body), WEIR_END);
            assert_int_equal(weir_body_need(&f.body, 1), WEIR_END);
            assert_int_equal(weir_body_skip(&f.body, 0), WEIR_OK);
            closes_behind_the_page(&f, &p);
            fixture_free(&f);
            page_free(&p);
        }
    }
}

/* Opens, reads and closes; the first status below zero. */
static enum weir_status outcome(struct page *p, size_t page_bytes, size_t raw_bytes,
                                uint64_t area_bytes, struct weir_error *error_ret) {
    struct fixture f;
    size_t good_page = p->page_bytes;
    size_t good_raw = p->raw_bytes;
    p->page_bytes = page_bytes;
    p->raw_bytes = raw_bytes;
    enum weir_status status = open_page(&f, p, 16u << 10, area_bytes, 0);
    while (status == WEIR_OK) {
        f.body.at = f.body.end;
        status = weir_body_more(&f.body);
    }
    if (status == WEIR_END) {
        status = weir_body_close(&f.body);
    }
    if (status < 0) {
        assert_int_equal(f.error.status, status);
        assert_true(f.error.offset_bytes != WEIR_NONE);
        /* errors stick */
        assert_int_equal(weir_body_more(&f.body), status);
        assert_int_equal(weir_body_need(&f.body, 4160), status);
        assert_int_equal(weir_body_skip(&f.body, 1), status);
        assert_int_equal(weir_body_close(&f.body), status);
    }
    if (error_ret != NULL) {
        *error_ret = f.error;
    }
    fixture_free(&f);
    p->page_bytes = good_page;
    p->raw_bytes = good_raw;
    return status;
}

static void sizes_must_be_exact_in_both_directions(void **state) {
    (void)state;
    help_seed(__func__);
    /* small: whole page at once; large: streams for every codec */
    for (size_t big = 0; big < 2; big++) {
        for (size_t c = 0; c < CODECS; c++) {
            struct page p;
            page_make(&p, codecs[c], big ? 3u << 20 : 2000, 3);
            assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, 0, NULL), WEIR_OK);
            assert_int_equal(outcome(&p, p.page_bytes - 1, p.raw_bytes, 0, NULL), WEIR_E_CORRUPT);
            assert_int_equal(outcome(&p, p.page_bytes + 1, p.raw_bytes, 0, NULL), WEIR_E_CORRUPT);
            assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes - 1, 0, NULL), WEIR_E_CORRUPT);
            assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes + 1, 0, NULL), WEIR_E_CORRUPT);
            assert_int_equal(outcome(&p, p.page_bytes, 0, 0, NULL), WEIR_E_CORRUPT);
            assert_int_equal(outcome(&p, p.page_bytes, p.file_bytes, 0, NULL), WEIR_E_CORRUPT);
            assert_int_equal(outcome(&p, p.page_bytes * 2, p.raw_bytes, 0, NULL), WEIR_E_CORRUPT);
            page_free(&p);
        }
    }
}

static void damage_ends_in_a_status(void **state) {
    (void)state;
    help_seed(__func__);
    for (int round = 0; round < 300; round++) {
        struct page p;
        page_make(&p, codecs[1 + help_random() % (CODECS - 1)], 1 + help_random() % 50000,
                  round % HELP_KINDS);
        for (int flips = 0; flips < 3; flips++) {
            p.file[p.raw_offset + help_random() % p.raw_bytes] ^=
                (uint8_t)(1u << (help_random() % 8));
        }
        enum weir_status status = outcome(&p, p.page_bytes, p.raw_bytes, 0, NULL);
        assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT || status == WEIR_E_LIMIT ||
                    status == WEIR_E_UNSUPPORTED);
        page_free(&p);
    }
}

static void failures_of_the_source_come_through(void **state) {
    (void)state;
    help_seed(__func__);
    for (size_t c = 0; c < CODECS; c++) {
        struct page p;
        struct weir_error error;
        page_make(&p, codecs[c], 300000, 0);
        p.fail_offset = p.raw_offset + 150000;
        assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, 0, &error), WEIR_E_IO);
        assert_int_equal(error.got, 5);
        assert_int_equal(error.offset_bytes, p.fail_offset);
        /* a close that only wants the CRC meets it, too */
        struct fixture f;
        assert_int_equal(open_page(&f, &p, 16u << 10, 0, 0), WEIR_OK);
        assert_int_equal(weir_body_close(&f.body), WEIR_E_IO);
        fixture_free(&f);
        page_free(&p);
        /* pages that are read in one go, from their first byte on */
        page_make(&p, codecs[c], 3000, 5);
        p.give_max = 64;
        for (size_t at = 0; at < p.raw_bytes; at++) {
            p.fail_offset = p.raw_offset + at;
            assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, 0, &error), WEIR_E_IO);
            assert_int_equal(error.offset_bytes, p.fail_offset);
        }
        page_free(&p);
    }
}

static void codecs_that_are_missing_are_named(void **state) {
    (void)state;
    help_seed(__func__);
    static const uint8_t raw[] = {1, 2, 3, 4};
    static const struct {
        uint32_t codec;
        const char *word;
    } cases[] = {{WEIR_CODEC_LZO, "LZO"}, {8, "unknown"}, {UINT32_MAX, "unknown"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page p;
        struct weir_error error;
        page_of_raw(&p, cases[i].codec, raw, sizeof raw);
        assert_int_equal(outcome(&p, 10, sizeof raw, 0, &error), WEIR_E_UNSUPPORTED);
        assert_non_null(strstr(error.message, cases[i].word));
        assert_int_equal(error.got, cases[i].codec);
        page_free(&p);
    }
}

static size_t literal(uint8_t *to, const uint8_t *from, uint32_t bytes) {
    to[0] = 63 << 2;
    for (int i = 0; i < 4; i++) {
        to[1 + i] = (uint8_t)((bytes - 1) >> (8 * i));
    }
    memcpy(to + 5, from, bytes);
    return 5 + bytes;
}

/* Encoders in Go refer over a whole page: fine where the page fits, else a limit that says what
 * is wanted. */
static void far_snappy_offsets_need_the_page_in_the_area(void **state) {
    (void)state;
    help_seed(__func__);
    uint32_t page_bytes = 400000;
    uint8_t *page = help_block(page_bytes);
    help_fill(page, page_bytes, 0);
    memcpy(page + 200000, page + 50000, 60);
    uint8_t *raw = help_block(page_bytes + 100);
    size_t n = 0;
    raw[n++] = (uint8_t)(page_bytes | 0x80);
    raw[n++] = (uint8_t)((page_bytes >> 7) | 0x80);
    raw[n++] = (uint8_t)(page_bytes >> 14);
    n += literal(raw + n, page, 200000);
    raw[n++] = (59 << 2) | 3;
    for (int i = 0; i < 4; i++) {
        raw[n++] = (uint8_t)(150000u >> (8 * i));
    }
    n += literal(raw + n, page + 200060, page_bytes - 200060);
    struct page p;
    page_of_raw(&p, WEIR_CODEC_SNAPPY, raw, n);
    p.bytes = page;
    p.page_bytes = page_bytes;
    struct weir_error error;
    assert_int_equal(outcome(&p, page_bytes, n, 0, &error), WEIR_E_LIMIT);
    assert_int_equal(error.wanted, page_bytes);
    assert_true(error.got < 150000 && error.got >= 65536);
    check(&p, 16u << 10, SIZE_MAX, weir_body_area_bytes(WEIR_CODEC_SNAPPY, error.wanted), 0);
    check(&p, 256u << 10, 999, weir_body_area_bytes(WEIR_CODEC_SNAPPY, error.wanted), 0);
    free(raw);
    page_free(&p);
}

/* A snappy page of repeats from exactly `reach` bytes back, as soon as there are so many. */
static void page_of_repeats(struct page *p, uint32_t page_bytes, uint32_t reach) {
    uint8_t *page = help_block(page_bytes);
    uint8_t *raw = help_block(page_bytes + page_bytes / 8 + 1000);
    help_fill(page, page_bytes, 0);
    size_t n = 0;
    for (uint32_t left = page_bytes; left > 0; left >>= 7) {
        raw[n++] = (uint8_t)(left >= 128 ? left | 0x80 : left);
    }
    n += literal(raw + n, page, reach);
    for (uint32_t at = reach; at < page_bytes;) {
        uint32_t bytes = 1 + (uint32_t)help_random() % 64;
        bytes = (uint32_t)weir_min_u64(bytes, page_bytes - at);
        if (help_random() % 16 == 0) {
            n += literal(raw + n, page + at, bytes);
            at += bytes;
            continue;
        }
        raw[n++] = (uint8_t)((bytes - 1) << 2 | 3);
        for (int i = 0; i < 4; i++) {
            raw[n++] = (uint8_t)(reach >> (8 * i));
        }
        memcpy(page + at, page + at - reach, bytes);
        at += bytes;
    }
    page_of_raw(p, WEIR_CODEC_SNAPPY, raw, n);
    p->bytes = page;
    p->page_bytes = page_bytes;
    free(raw);
}

/* What was planned as the window is kept to the last byte, in areas that just hold it and in
 * larger ones; what is refused names a window that does. */
static void a_planned_window_is_kept_to_the_last_byte(void **state) {
    (void)state;
    help_seed(__func__);
    static const uint32_t windows[] = {65536, 65537, 100000, 262144, 1000000};
    for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
        struct page p;
        struct fixture f;
        struct weir_error error;
        page_of_repeats(&p, 3 * windows[w] + 500000, windows[w]);
        for (uint64_t more = 0; more < 3; more++) {
            uint64_t area = weir_body_area_bytes(WEIR_CODEC_SNAPPY, windows[w]);
            area = weir_codec_round_64(area + more * area / 9);
            assert_int_equal(open_page(&f, &p, 16u << 10, area, 0), WEIR_OK);
            f.memory.window_bytes = windows[w];
            assert_int_equal(read_all(&f, &p, WEIR_BODY_KEEP), WEIR_END);
            closes_behind_the_page(&f, &p);
            fixture_free(&f);
        }
        if (windows[w] >= 262144) {
            assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, 0, &error), WEIR_E_LIMIT);
            assert_true(error.wanted >= windows[w] && error.got < windows[w]);
            uint64_t area = weir_body_area_bytes(WEIR_CODEC_SNAPPY, error.wanted);
            assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, area, NULL), WEIR_OK);
        }
        page_free(&p);
    }
    /* a window beyond 4 MiB, on a page that is larger still */
    struct page p;
    struct fixture f;
    page_of_repeats(&p, 20u << 20, 5u << 20);
    assert_int_equal(open_page(&f, &p, 64u << 10, weir_body_area_bytes(WEIR_CODEC_SNAPPY, 0), 0),
                     WEIR_OK);
    assert_int_equal(weir_body_skip(&f.body, p.page_bytes), WEIR_E_LIMIT);
    uint64_t wanted = f.error.wanted;
    fixture_free(&f);
    assert_int_equal(
        open_page(&f, &p, 64u << 10, weir_body_area_bytes(WEIR_CODEC_SNAPPY, wanted), 0), WEIR_OK);
    f.memory.window_bytes = wanted;
    assert_int_equal(read_all(&f, &p, WEIR_BODY_KEEP), WEIR_END);
    closes_behind_the_page(&f, &p);
    fixture_free(&f);
    page_free(&p);
}

static void areas_that_are_too_small_name_what_would_do(void **state) {
    (void)state;
    help_seed(__func__);
    for (size_t c = 1; c < CODECS; c++) {
        struct page p;
        struct weir_error error;
        page_make(&p, codecs[c], 3u << 20, 6);
        assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, 64u << 10, &error), WEIR_E_LIMIT);
        assert_int_equal(error.got, 64u << 10);
        assert_int_equal(outcome(&p, p.page_bytes, p.raw_bytes, error.wanted, NULL), WEIR_OK);
        page_free(&p);
    }
}

/* Two bodies behind one another, as a V2 page's levels and values. */
static void parts_follow_one_another(void **state) {
    (void)state;
    help_seed(__func__);
    struct page p;
    struct fixture f;
    page_make(&p, WEIR_CODEC_UNCOMPRESSED, 30000, 0);
    p.page_bytes = p.raw_bytes = 10000;
    p.give_max = 100;
    assert_int_equal(open_page(&f, &p, 8192, 0, 0), WEIR_OK);
    assert_int_equal(weir_body_need(&f.body, 4000), WEIR_OK);
    f.body.at += 1234;
    assert_int_equal(weir_body_close(&f.body), WEIR_OK);
    assert_int_equal(weir_body_open(&f.body, &f.window, WEIR_CODEC_UNCOMPRESSED, 20000, 20000,
                                    &f.memory, &f.crc, &f.error),
                     WEIR_OK);
    p.bytes += 10000;
    p.page_bytes = 20000;
    assert_int_equal(read_all(&f, &p, 100), WEIR_END);
    p.bytes -= 10000;
    p.raw_bytes = 30000;
    closes_behind_the_page(&f, &p);
    fixture_free(&f);
    page_free(&p);
}

/* One area for all: a decoder that stays ready from page to page must not survive a stranger. */
static void one_area_serves_codec_after_codec(void **state) {
    (void)state;
    help_seed(__func__);
    struct page small[CODECS];
    struct page large[CODECS];
    struct weir_body_memory memory = {.area_bytes = 3u << 20, .slice_bytes = 140000};
    memory.area = help_area(memory.area_bytes);
    memory.slice = help_block(memory.slice_bytes);
    uint8_t *buffer = help_block(64u << 10);
    for (size_t c = 0; c < CODECS; c++) {
        page_make(&small[c], codecs[c], 20000, 3);
        page_make(&large[c], codecs[c], 4u << 20, 6);
    }
    for (int round = 0; round < 120; round++) {
        struct fixture f;
        size_t c = help_random() % CODECS;
        struct page *p = help_random() % 8 == 0 ? &large[c] : &small[c];
        bool damaged = codecs[c] != WEIR_CODEC_UNCOMPRESSED && help_random() % 3 == 0;
        size_t at = p->raw_offset + p->raw_bytes / 2;
        uint8_t saved[8];
        memcpy(saved, p->file + at, sizeof saved);
        if (damaged) {
            memset(p->file + at, (int)help_random() & 0xff, sizeof saved);
        }
        memset(&f, 0, sizeof f);
        f.source = (struct weir_source){p, read_at, p->file_bytes};
        weir_error_clear(&f.error);
        weir_window_init(&f.window, buffer, 64u << 10, &f.error);
        weir_window_seek(&f.window, &f.source, p->raw_offset, p->file_bytes);
        assert_int_equal(weir_body_open(&f.body, &f.window, p->codec, p->raw_bytes, p->page_bytes,
                                        &memory, &f.crc, &f.error),
                         WEIR_OK);
        if (damaged) {
            enum weir_status status = weir_body_skip(&f.body, p->page_bytes);
            status = status == WEIR_OK ? weir_body_close(&f.body) : status;
            assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT || status == WEIR_E_LIMIT);
            memcpy(p->file + at, saved, sizeof saved);
        } else {
            assert_int_equal(read_all(&f, p, WEIR_BODY_KEEP), WEIR_END);
            closes_behind_the_page(&f, p);
        }
    }
    for (size_t c = 0; c < CODECS; c++) {
        page_free(&small[c]);
        page_free(&large[c]);
    }
    free(buffer);
    free(memory.area);
    free(memory.slice);
}

/* Reads a random part in random ways, then holds the rest. MORE must leave a stream. */
static enum weir_status read_some_and_hold(struct fixture *f, const struct page *p, bool crc,
                                           uint64_t read_max) {
    if (!crc) {
        f->body.crc = NULL;
    }
    size_t position = (size_t)(help_random() % (1 + weir_min_u64(read_max, p->page_bytes)));
    assert_int_equal(weir_body_skip(&f->body, position), WEIR_OK);
    if (help_random() % 2 == 0) {
        enum weir_status status = weir_body_need(&f->body, help_random() % (WEIR_BODY_KEEP + 1));
        assert_true(status == WEIR_OK || status == WEIR_END);
    }
    unread_is(f, p, position);
    enum weir_status status = weir_body_hold(&f->body);
    if (status < 0) {
        fail_msg("codec %u: %s, %s", p->codec, weir_status_name(status), f->error.message);
    }
    unread_is(f, p, position);
    if (status == WEIR_OK) {
        assert_int_equal(f->body.unproduced_bytes, 0);
        assert_int_equal(weir_body_more(&f->body), WEIR_END);
        assert_int_equal(weir_body_hold(&f->body), WEIR_OK);
        unread_is(f, p, position);
        f->body.at += help_random() % (1 + (size_t)(f->body.end - f->body.at));
    } else {
        assert_int_equal(status, WEIR_MORE);
        bool closed_early = help_random() % 3 == 0;
        while (!closed_early && weir_body_left(&f->body) > 0) {
            position += (size_t)(f->body.end - f->body.at);
            f->body.at = f->body.end;
            assert_true(weir_body_more(&f->body) >= 0);
            unread_is(f, p, position);
        }
    }
    if (!crc) {
        f->crc = p->crc; /* nobody has computed it */
    }
    closes_behind_the_page(f, p);
    return status;
}

/* The area for `held_bytes` with nothing else in the set. */
static uint64_t area_for_held(uint32_t codec, uint64_t held_bytes) {
    uint64_t area = 0;
    uint64_t slice = 0;
    uint64_t window = codec == WEIR_CODEC_BROTLI ? PACK_BROTLI_WINDOW : 0;
    weir_body_sizes(1u << codec, window, held_bytes, &area, &slice);
    assert_int_equal(slice, weir_body_slice_bytes(codec));
    assert_true(area >= weir_body_area_bytes(codec, window));
    return area;
}

static void planned_pages_can_be_held(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 100, 4160, 4161, 4224, 65536, 200000, 262144, 262145, 700000};
    static const size_t windows[] = {WEIR_BODY_KEEP + 1, 16u << 10, 256u << 10};
    for (size_t c = 0; c < CODECS; c++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            for (int kind = 0; kind < HELP_KINDS; kind += 3) {
                struct page p;
                page_make(&p, codecs[c], sizes[s], kind);
                assert_true(p.raw_bytes <= weir_body_raw_bound(sizes[s]));
                uint64_t area = area_for_held(codecs[c], sizes[s]);
                for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
                    static const size_t gives[] = {SIZE_MAX, 997, 1};
                    for (size_t g = 0; g < (p.raw_bytes > 80000 ? 2 : 3); g++) {
                        struct fixture f;
                        p.give_max = gives[g];
                        assert_int_equal(open_page(&f, &p, windows[w], area, 0), WEIR_OK);
                        assert_int_equal(read_some_and_hold(&f, &p, (g + w) % 2 == 0, sizes[s]),
                                         WEIR_OK);
                        fixture_free(&f);
                    }
                }
                page_free(&p);
            }
        }
    }
}

/* Whatever the memory: a page is held or it goes on as a stream. */
static void pages_that_cannot_be_held_stay_streams(void **state) {
    (void)state;
    help_seed(__func__);
    size_t refused[CODECS] = {0};
    for (int round = 0; round < 400; round++) {
        bool first = (size_t)round < CODECS; /* far too large */
        size_t c = first ? (size_t)round : help_random() % CODECS;
        size_t bytes = 1 + help_random() % (help_random() % 4 == 0 ? 3u << 20 : 600000);
        bytes = first ? 6u << 20 : bytes;
        struct page p;
        struct fixture f;
        page_make(&p, codecs[c], bytes, (int)(help_random() % HELP_KINDS));
        static const size_t gives[] = {SIZE_MAX, 4096, 59};
        p.give_max = gives[help_random() % 3];
        uint64_t held = first || help_random() % 2 == 0 ? 0 : 1 + help_random() % (2 * bytes);
        uint64_t area = area_for_held(codecs[c], held);
        size_t window = 16u << (10 + help_random() % 5);
        assert_int_equal(open_page(&f, &p, window, area, 0), WEIR_OK);
        enum weir_status status = read_some_and_hold(&f, &p, round % 2 == 0, bytes / 2);
        assert_true(status == WEIR_OK || bytes > held);
        refused[c] += status == WEIR_MORE;
        fixture_free(&f);
        page_free(&p);
    }
    for (size_t c = 0; c < CODECS; c++) {
        assert_true(refused[c] > 0);
    }
}

/* The history in front of what is wanted makes room when that is enough. */
static void a_slide_makes_room_for_what_is_left(void **state) {
    (void)state;
    help_seed(__func__);
    for (int lz4 = 0; lz4 < 2; lz4++) {
        struct page p;
        struct fixture f;
        page_make(&p, lz4 ? WEIR_CODEC_LZ4_RAW : WEIR_CODEC_SNAPPY, 250000, 6);
        assert_int_equal(open_page(&f, &p, 64u << 10, 0, 0), WEIR_OK);
        assert_int_equal(weir_body_hold(&f.body), WEIR_MORE);
        assert_int_equal(weir_body_skip(&f.body, 140000), WEIR_OK);
        assert_int_equal(weir_body_hold(&f.body), WEIR_OK);
        unread_is(&f, &p, 140000);
        closes_behind_the_page(&f, &p);
        fixture_free(&f);
        page_free(&p);
    }
}

static void a_hold_that_meets_a_failure_reports_it(void **state) {
    (void)state;
    help_seed(__func__);
    for (size_t c = 0; c < CODECS; c++) {
        for (int how = 0; how < 2; how++) {
            struct page p;
            struct fixture f;
            page_make(&p, codecs[c], 300000, 0);
            p.fail_offset = how == 0 ? p.raw_offset + 150000 : 0;
            if (how == 1 && codecs[c] == WEIR_CODEC_UNCOMPRESSED) {
                page_free(&p);
                continue;
            }
            p.raw_bytes -= how == 1 ? 100 : 0;
            assert_int_equal(open_page(&f, &p, 16u << 10, area_for_held(codecs[c], 300000), 0),
                             WEIR_OK);
            enum weir_status wanted = how == 0 ? WEIR_E_IO : WEIR_E_CORRUPT;
            assert_int_equal(weir_body_hold(&f.body), wanted);
            assert_int_equal(weir_body_hold(&f.body), wanted);
            assert_int_equal(weir_body_more(&f.body), wanted);
            assert_int_equal(weir_body_close(&f.body), wanted);
            assert_int_equal(f.error.status, wanted);
            fixture_free(&f);
            page_free(&p);
        }
    }
}

static void what_is_not_to_be_held_costs_nothing(void **state) {
    (void)state;
    static const uint64_t windows[] = {0, 1u << 20, 8u << 20};
    for (size_t w = 0; w < 3; w++) {
        for (uint32_t set = 0; set < 256; set++) {
            uint64_t area = 0;
            uint64_t slice = 0;
            uint64_t most = 0;
            for (uint32_t codec = 0; codec < 8; codec++) {
                if ((set >> codec & 1) != 0) {
                    most = weir_max_u64(most, weir_body_area_bytes(codec, windows[w]));
                }
            }
            weir_body_sizes(set, windows[w], 0, &area, &slice);
            assert_int_equal(area, most);
            for (uint64_t held = 1; held < UINT64_C(1) << 33; held *= 7) {
                uint64_t before = area;
                weir_body_sizes(set, windows[w], held, &area, &slice);
                assert_true(area >= before && area % 64 == 0);
                assert_true((set & 1) == 0 || area >= held);
            }
        }
    }
}

#if WEIR_HAVE_ZSTD

/* Level 22 and --long declare windows of 128 MiB and more. A page that fits an area as a whole
 * never needs them; one that does not names an area that does. */
static void huge_zstd_windows_are_needed_by_huge_pages_only(void **state) {
    (void)state;
    help_seed(__func__);
    static const int logs[] = {23, 27, 30};
    size_t page_bytes = 5u << 20;
    size_t room = ZSTD_compressBound(page_bytes);
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        uint8_t *page = help_block(page_bytes);
        uint8_t *raw = help_block(room);
        help_fill(page, page_bytes, 6);
        ZSTD_CCtx *context = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, logs[i]);
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
        ZSTD_outBuffer out = {raw, room, 0};
        ZSTD_inBuffer half = {page, page_bytes / 2, 0};
        ZSTD_inBuffer in = {page + page_bytes / 2, page_bytes - page_bytes / 2, 0};
        assert_false(ZSTD_isError(ZSTD_compressStream2(context, &out, &half, ZSTD_e_flush)));
        assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
        ZSTD_freeCCtx(context);
        struct page p;
        struct weir_error error;
        page_of_raw(&p, WEIR_CODEC_ZSTD, raw, out.pos);
        p.bytes = page;
        p.page_bytes = page_bytes;
        assert_int_equal(outcome(&p, page_bytes, out.pos, 0, &error), WEIR_E_LIMIT);
        assert_int_equal(error.got, weir_body_area_bytes(WEIR_CODEC_ZSTD, 0));
        assert_true(error.wanted <= weir_body_area_bytes(WEIR_CODEC_ZSTD, 16u << 20));
        check(&p, 256u << 10, SIZE_MAX, error.wanted, 0);
        check(&p, 256u << 10, SIZE_MAX, area_for_held(WEIR_CODEC_ZSTD, page_bytes), 0);
        free(raw);
        page_free(&p);
    }
}

/* A compressed form that is absurdly large for its page is not planned for; it is still read. */
static void padded_pages_are_read_but_not_held(void **state) {
    (void)state;
    help_seed(__func__);
    uint32_t padding = 3000000;
    size_t page_bytes = 200000;
    size_t room = ZSTD_compressBound(page_bytes);
    uint8_t *page = help_block(page_bytes);
    uint8_t *raw = help_block(8 + padding + room);
    help_fill(page, page_bytes, 0);
    memset(raw, 0, 8 + padding);
    memcpy(raw, (const uint8_t[]){0x50, 0x2a, 0x4d, 0x18}, 4);
    for (int i = 0; i < 4; i++) {
        raw[4 + i] = (uint8_t)(padding >> (8 * i));
    }
    size_t n = 8 + padding;
    n += ZSTD_compress(raw + n, room, page, page_bytes, 1);
    struct page p;
    page_of_raw(&p, WEIR_CODEC_ZSTD, raw, n);
    p.bytes = page;
    p.page_bytes = page_bytes;
    struct fixture f;
    uint64_t area = area_for_held(WEIR_CODEC_ZSTD, page_bytes);
    assert_int_equal(open_page(&f, &p, 64u << 10, area, 0), WEIR_OK);
    assert_int_equal(weir_body_hold(&f.body), WEIR_MORE);
    assert_int_equal(read_all(&f, &p, 0), WEIR_END);
    closes_behind_the_page(&f, &p);
    fixture_free(&f);
    free(raw);
    page_free(&p);
}

#endif

#if WEIR_HAVE_ZSTD

/* The memory had another owner in between: what looks like a decoder is none. */
static void an_area_lent_anew_is_not_trusted(void **state) {
    (void)state;
    help_seed(__func__);
    struct page p;
    struct fixture f;
    page_make(&p, WEIR_CODEC_ZSTD, 50000, 3);
    assert_int_equal(open_page(&f, &p, 64u << 10, 0, 0), WEIR_OK);
    assert_int_equal(read_all(&f, &p, 0), WEIR_END);
    closes_behind_the_page(&f, &p);
    memset(f.memory.area + 64, 0x5a, f.memory.area_bytes - 64);
    f.memory.prepared = NULL;
    f.crc = 0;
    weir_window_seek(&f.window, &f.source, p.raw_offset, p.file_bytes);
    assert_int_equal(weir_body_open(&f.body, &f.window, p.codec, p.raw_bytes, p.page_bytes,
                                    &f.memory, &f.crc, &f.error),
                     WEIR_OK);
    assert_int_equal(read_all(&f, &p, 0), WEIR_END);
    closes_behind_the_page(&f, &p);
    fixture_free(&f);
    page_free(&p);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_all_sizes_read_through_any_window),
        cmocka_unit_test(large_pages_take_the_stream),
        cmocka_unit_test(early_closes_leave_the_window_behind_the_page),
        cmocka_unit_test(nothing_is_read_that_nobody_wants),
        cmocka_unit_test(empty_pages_never_reach_the_codec),
        cmocka_unit_test(sizes_must_be_exact_in_both_directions),
        cmocka_unit_test(damage_ends_in_a_status),
        cmocka_unit_test(failures_of_the_source_come_through),
        cmocka_unit_test(codecs_that_are_missing_are_named),
        cmocka_unit_test(far_snappy_offsets_need_the_page_in_the_area),
        cmocka_unit_test(a_planned_window_is_kept_to_the_last_byte),
        cmocka_unit_test(areas_that_are_too_small_name_what_would_do),
        cmocka_unit_test(parts_follow_one_another),
        cmocka_unit_test(one_area_serves_codec_after_codec),
        cmocka_unit_test(planned_pages_can_be_held),
        cmocka_unit_test(pages_that_cannot_be_held_stay_streams),
        cmocka_unit_test(a_slide_makes_room_for_what_is_left),
        cmocka_unit_test(a_hold_that_meets_a_failure_reports_it),
        cmocka_unit_test(what_is_not_to_be_held_costs_nothing),
#if WEIR_HAVE_ZSTD
        cmocka_unit_test(huge_zstd_windows_are_needed_by_huge_pages_only),
        cmocka_unit_test(padded_pages_are_read_but_not_held),
        cmocka_unit_test(an_area_lent_anew_is_not_trusted),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
