/*
 * Small streams of every codec: each truncation, each change of one byte, each split of input and
 * output, judged by the reference libraries.
 */
#include "hadoop_help.h"

#include <snappy-c.h>
#if WEIR_HAVE_BROTLI
#include <brotli/decode.h>
#include <brotli/encode.h>
#endif
#if WEIR_HAVE_ZSTD
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#endif
#if WEIR_HAVE_ZLIB
#include <zlib.h>
#endif

#include "parquet/codec_inner.h"

#define PAGE_BYTES 96

struct subject {
    const struct weir_codec *codec;
    uint64_t area_bytes;
    size_t (*pack)(const uint8_t *page, uint8_t *to, size_t room);
    /* Whether the reference makes exactly a page of exactly these bytes. NULL: none does. */
    bool (*accepts)(const uint8_t *packed, size_t packed_bytes, uint8_t *page);
};

static size_t snappy_pack(const uint8_t *page, uint8_t *to, size_t room) {
    assert_int_equal(snappy_compress((const char *)page, PAGE_BYTES, (char *)to, &room), 0);
    return room;
}

static bool snappy_accepts(const uint8_t *packed, size_t packed_bytes, uint8_t *page) {
    size_t bytes = 0;
    return snappy_uncompressed_length((const char *)packed, packed_bytes, &bytes) == 0 &&
           bytes == PAGE_BYTES &&
           snappy_uncompress((const char *)packed, packed_bytes, (char *)page, &bytes) == 0;
}

static size_t lz4_pack(const uint8_t *page, uint8_t *to, size_t room) {
    return (size_t)LZ4_compress_default((const char *)page, (char *)to, PAGE_BYTES, (int)room);
}

static size_t hadoop_pack(const uint8_t *page, uint8_t *to, size_t room) {
    assert_true(room >= help_hadoop_bound(PAGE_BYTES, 20));
    return help_pack_hadoop(page, PAGE_BYTES, 50, 20, to);
}

#if WEIR_HAVE_BROTLI

static size_t brotli_pack(const uint8_t *page, uint8_t *to, size_t room) {
    assert_true(BrotliEncoderCompress(9, 16, BROTLI_MODE_GENERIC, PAGE_BYTES, page, &room, to));
    return room;
}

static bool brotli_accepts(const uint8_t *packed, size_t packed_bytes, uint8_t *page) {
    size_t room = PAGE_BYTES;
    BrotliDecoderState *decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(decoder, &packed_bytes, &packed, &room, &page, NULL);
    BrotliDecoderDestroyInstance(decoder);
    return result == BROTLI_DECODER_RESULT_SUCCESS && packed_bytes == 0 && room == 0;
}

#endif
#if WEIR_HAVE_ZSTD

/* Two frames, the second with a checksum and without its size, a skippable one between them. */
static size_t zstd_pack(const uint8_t *page, uint8_t *to, size_t room) {
    size_t n = ZSTD_compress(to, room, page, PAGE_BYTES / 2, 3);
    memcpy(to + n, (const uint8_t[]){0x51, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7}, 10);
    n += 10;
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 10);
    size_t more = ZSTD_compress2(context, to + n, room - n, page + PAGE_BYTES / 2, PAGE_BYTES / 2);
    assert_false(ZSTD_isError(more));
    ZSTD_freeCCtx(context);
    return n + more;
}

static bool zstd_accepts(const uint8_t *packed, size_t packed_bytes, uint8_t *page) {
    return ZSTD_decompress(page, PAGE_BYTES, packed, packed_bytes) == PAGE_BYTES;
}

#endif
#if WEIR_HAVE_ZLIB

static size_t gzip_member(const uint8_t *page, size_t bytes, uint8_t *to, size_t room) {
    z_stream z;
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)page;
    z.avail_in = (uInt)bytes;
    z.next_out = to;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return n;
}

/* Two members with bytes and an empty one in front. */
static size_t gzip_pack(const uint8_t *page, uint8_t *to, size_t room) {
    size_t n = gzip_member(page, 0, to, room);
    n += gzip_member(page, PAGE_BYTES / 2, to + n, room - n);
    return n + gzip_member(page + PAGE_BYTES / 2, PAGE_BYTES / 2, to + n, room - n);
}

static bool gzip_accepts(const uint8_t *packed, size_t packed_bytes, uint8_t *page) {
    z_stream z;
    memset(&z, 0, sizeof z);
    assert_int_equal(inflateInit2(&z, 47), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)packed;
    z.avail_in = (uInt)packed_bytes;
    z.next_out = page;
    z.avail_out = PAGE_BYTES;
    int rc = Z_STREAM_END;
    while (rc == Z_STREAM_END && z.avail_in > 0) {
        assert_int_equal(inflateReset(&z), Z_OK);
        rc = inflate(&z, Z_FINISH);
    }
    inflateEnd(&z);
    return rc == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
}

#endif

static size_t subjects(struct subject *list) {
    size_t n = 0;
    list[n++] = (struct subject){&weir_codec_snappy, 4096, snappy_pack, snappy_accepts};
    /* how liblz4 judges is the matter of test_codec_lz4.c */
    list[n++] = (struct subject){&weir_codec_lz4_raw, 4096, lz4_pack, NULL};
    list[n++] = (struct subject){&weir_codec_lz4_hadoop, 4096, hadoop_pack, NULL};
#if WEIR_HAVE_BROTLI
    list[n++] = (struct subject){&weir_codec_brotli, weir_codec_brotli.area_bytes(1u << 24),
                                 brotli_pack, brotli_accepts};
#endif
#if WEIR_HAVE_ZSTD
    list[n++] = (struct subject){&weir_codec_zstd, weir_codec_zstd.area_bytes(1u << 20), zstd_pack,
                                 zstd_accepts};
#endif
#if WEIR_HAVE_ZLIB
    list[n++] =
        (struct subject){&weir_codec_gzip, weir_codec_gzip.area_bytes(0), gzip_pack, gzip_accepts};
#endif
    return n;
}
#define SUBJECTS_MAX 6

/* A subject's packed page, and what decoding it takes. */
struct setting {
    struct subject subject;
    uint8_t page[PAGE_BYTES];
    uint8_t packed[1000];
    size_t packed_bytes;
    uint8_t *area;
    uint8_t *out;
};

static void set_up(struct setting *s, size_t which, int kind) {
    struct subject list[SUBJECTS_MAX];
    assert_true(which < subjects(list));
    s->subject = list[which];
    help_fill(s->page, PAGE_BYTES, kind);
    s->packed_bytes = s->subject.pack(s->page, s->packed, sizeof s->packed);
    s->area = help_area(s->subject.area_bytes);
    s->out = help_block(PAGE_BYTES + WEIR_CODEC_SLOP);
}

static void tear_down(struct setting *s) {
    free(s->area);
    free(s->out);
}

static enum weir_status decode(struct setting *s, size_t bytes, struct help_decode d) {
    d.codec = s->subject.codec;
    d.in = s->packed;
    d.in_bytes = bytes;
    d.out = s->out;
    d.page_bytes = PAGE_BYTES;
    d.area = s->area;
    d.area_bytes = s->subject.area_bytes;
    return help_decode_steps(&d);
}

static void every_split_gives_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    struct subject list[SUBJECTS_MAX];
    for (size_t which = 0; which < subjects(list); which++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            struct setting s;
            set_up(&s, which, kind);
            for (size_t in = 1; in <= s.packed_bytes; in++) {
                for (size_t room = 1; room <= PAGE_BYTES; room++) {
                    memset(s.out, 0x5a, PAGE_BYTES);
                    struct help_decode d = {.in_first = in, .room_first = room};
                    assert_int_equal(decode(&s, s.packed_bytes, d), WEIR_OK);
                    assert_memory_equal(s.out, s.page, PAGE_BYTES);
                }
            }
            tear_down(&s);
        }
    }
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    help_seed(__func__);
    struct subject list[SUBJECTS_MAX];
    for (size_t which = 0; which < subjects(list); which++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            struct setting s;
            set_up(&s, which, kind);
            for (size_t cut = 0; cut < s.packed_bytes; cut++) {
                assert_int_equal(decode(&s, cut, (struct help_decode){0}), WEIR_E_CORRUPT);
                assert_int_equal(decode(&s, cut, (struct help_decode){.in_slice = 1, .room = 1}),
                                 WEIR_E_CORRUPT);
            }
            tear_down(&s);
        }
    }
}

/* What a damaged stream may come to; and slices change nothing about it. */
static void judge(struct setting *s, int *accepted) {
    uint8_t theirs[PAGE_BYTES];
    uint8_t whole[PAGE_BYTES];
    enum weir_status status = decode(s, s->packed_bytes, (struct help_decode){0});
    memcpy(whole, s->out, PAGE_BYTES);
    enum weir_status bytewise =
        decode(s, s->packed_bytes, (struct help_decode){.in_slice = 1, .room = 1});
    if (status != bytewise) {
        fail_msg("codec %s: %s in one piece, %s byte by byte", s->subject.codec->name,
                 weir_status_name(status), weir_status_name(bytewise));
    }
    if (status != WEIR_OK) {
        assert_true(status == WEIR_E_CORRUPT || status == WEIR_E_UNSUPPORTED ||
                    status == WEIR_E_LIMIT);
    } else {
        assert_memory_equal(whole, s->out, PAGE_BYTES);
        *accepted += 1;
    }
    if (s->subject.accepts == NULL || status == WEIR_E_LIMIT) {
        return;
    }
    bool good = s->subject.accepts(s->packed, s->packed_bytes, theirs);
    assert_int_equal(status == WEIR_OK, good);
    if (good) {
        assert_memory_equal(whole, theirs, PAGE_BYTES);
    }
}

static void every_change_of_a_byte_is_judged_as_the_library_does(void **state) {
    (void)state;
    help_seed(__func__);
    struct subject list[SUBJECTS_MAX];
    for (size_t which = 0; which < subjects(list); which++) {
        int accepted = 0;
        for (int kind = 0; kind < HELP_KINDS; kind += 2) {
            struct setting s;
            set_up(&s, which, kind);
            for (size_t at = 0; at < s.packed_bytes; at++) {
                uint8_t good = s.packed[at];
                for (int change = 1; change < 256; change++) {
                    s.packed[at] = (uint8_t)(good ^ change);
                    judge(&s, &accepted);
                }
                s.packed[at] = good;
            }
            tear_down(&s);
        }
        assert_true(accepted > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_split_gives_the_page),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_change_of_a_byte_is_judged_as_the_library_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
