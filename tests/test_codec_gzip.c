/* The gzip codec against zlib's encoder, by zlib and by libdeflate, and without allocations. */
#include "codec_help.h"
#include "count_malloc.h"

#if WEIR_HAVE_ZLIB

#include <zlib.h>
#if WEIR_HAVE_DEFLATE
#include <libdeflate.h>
#endif

#include "parquet/codec_gzip.h"
#include "parquet/codec_inner.h"

#define WRAP_GZIP 31
#define WRAP_ZLIB 15

static size_t pack_to(uint8_t *to, size_t room, const uint8_t *page, size_t page_bytes, int level,
                      int wrap) {
    z_stream z;
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, wrap, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)page;
    z.avail_in = (uInt)page_bytes;
    z.next_out = to;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return n;
}

static uint8_t *pack(const uint8_t *page, size_t page_bytes, int level, int wrap,
                     size_t *packed_bytes_ret) {
    size_t room = page_bytes + page_bytes / 100 + 1000;
    uint8_t *packed = help_block(room);
    *packed_bytes_ret = pack_to(packed, room, page, page_bytes, level, wrap);
    return packed;
}

static enum weir_status decode(const uint8_t *packed, size_t packed_bytes, uint8_t *out,
                               size_t page_bytes, size_t slice) {
    struct help_decode d = {.codec = &weir_codec_gzip,
                            .in = packed,
                            .in_bytes = packed_bytes,
                            .in_slice = slice,
                            .out = out,
                            .page_bytes = page_bytes,
                            .area_bytes = weir_codec_gzip.area_bytes(0)};
    return help_decode_steps(&d);
}

/* The whole-page way; the stream's where this build has no other. */
static enum weir_status decode_whole(const uint8_t *packed, size_t packed_bytes, uint8_t *out,
                                     size_t page_bytes) {
    if (weir_codec_gzip.whole == NULL) {
        return decode(packed, packed_bytes, out, page_bytes, 0);
    }
    uint64_t area_bytes = weir_codec_gzip.whole_area_bytes();
    uint8_t *area = help_area(area_bytes);
    uint8_t *exact = help_block(page_bytes);
    uint8_t *in = help_block(packed_bytes);
    memcpy(in, packed, packed_bytes);
    struct weir_error error;
    weir_error_clear(&error);
    enum weir_status status =
        weir_codec_gzip.whole(area, area_bytes, in, packed_bytes, exact, page_bytes, &error);
    memcpy(out, exact, page_bytes);
    free(in);
    free(exact);
    free(area);
    return status;
}

static void every_slicing_gives_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 2, 100, 1000, 5000, 70000, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            uint8_t *page = help_block(sizes[i]);
            uint8_t *out = help_block(sizes[i]);
            help_fill(page, sizes[i], kind);
            size_t n = 0;
            uint8_t *packed =
                pack(page, sizes[i], kind % 10, kind == 5 ? WRAP_ZLIB : WRAP_GZIP, &n);
            help_check_round_trip(&weir_codec_gzip, packed, n, page, sizes[i],
                                  weir_codec_gzip.area_bytes(0));
            assert_int_equal(decode_whole(packed, n, out, sizes[i]), WEIR_OK);
            assert_memory_equal(out, page, sizes[i]);
            free(packed);
            free(out);
            free(page);
        }
    }
}

static void members_in_a_row_make_one_page(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[9000];
    uint8_t out[9000];
    uint8_t packed[20000];
    help_fill(page, sizeof page, 2);
    size_t n = pack_to(packed, sizeof packed, page, 4000, 6, WRAP_GZIP);
    n += pack_to(packed + n, sizeof packed - n, page, 0, 6, WRAP_GZIP);
    n += pack_to(packed + n, sizeof packed - n, page + 4000, 5000, 1, WRAP_GZIP);
    n += pack_to(packed + n, sizeof packed - n, page, 0, 6, WRAP_GZIP);
    help_check_round_trip(&weir_codec_gzip, packed, n, page, sizeof page,
                          weir_codec_gzip.area_bytes(0));
    assert_int_equal(decode_whole(packed, n, out, sizeof out), WEIR_OK);
    assert_memory_equal(out, page, sizeof page);
}

static void both_ways_refuse_what_is_wrong(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[800];
    uint8_t out[801 + WEIR_CODEC_SLOP];
    uint8_t theirs[801];
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        help_fill(page, sizeof page, kind);
        size_t n = 0;
        uint8_t *packed = pack(page, sizeof page, 6, WRAP_GZIP, &n);
        for (size_t cut = 0; cut < n; cut += 1 + cut / 40) {
            assert_int_equal(decode(packed, cut, out, sizeof page, 7), WEIR_E_CORRUPT);
            assert_int_equal(decode_whole(packed, cut, theirs, sizeof page), WEIR_E_CORRUPT);
        }
        /* one byte more or less than the page header says; bytes behind the last member */
        assert_int_equal(decode(packed, n, out, sizeof page - 1, 0), WEIR_E_CORRUPT);
        assert_int_equal(decode_whole(packed, n, theirs, sizeof page - 1), WEIR_E_CORRUPT);
        assert_int_equal(decode(packed, n, out, sizeof page + 1, 0), WEIR_E_CORRUPT);
        assert_int_equal(decode_whole(packed, n, theirs, sizeof page + 1), WEIR_E_CORRUPT);
        packed[n] = 0;
        assert_int_equal(decode(packed, n + 1, out, sizeof page, 0), WEIR_E_CORRUPT);
        assert_int_equal(decode_whole(packed, n + 1, theirs, sizeof page), WEIR_E_CORRUPT);
        /* a wrong checksum */
        packed[n - 6] ^= 1;
        assert_int_equal(decode(packed, n, out, sizeof page, 0), WEIR_E_CORRUPT);
        assert_int_equal(decode_whole(packed, n, theirs, sizeof page), WEIR_E_CORRUPT);
        free(packed);
    }
}

/* Every combination of the header's parts, with its CRC right, wrong, or absent. */
static void headers_have_the_crc_that_they_say(void **state) {
    (void)state;
    static const uint8_t extra[] = {3, 0, 'a', 0, 'b'};
    uint8_t page[50];
    uint8_t out[sizeof page + WEIR_CODEC_SLOP];
    size_t packed_bytes = 0;
    memset(page, 'x', sizeof page);
    uint8_t *packed = pack(page, sizeof page, 6, WRAP_GZIP, &packed_bytes);
    for (uint32_t flags = 0; flags < 0x20; flags++) {
        for (uint32_t wrong = 0; wrong < 3; wrong++) {
            uint8_t made[200];
            size_t at = 10;
            memcpy(made, packed, at);
            made[3] = (uint8_t)flags;
            memcpy(made + at, extra, sizeof extra);
            at += (flags & 4) != 0 ? sizeof extra : 0;
            memcpy(made + at, "name", 5);
            at += (flags & 8) != 0 ? 5 : 0;
            memcpy(made + at, "more", 5);
            at += (flags & 16) != 0 ? 5 : 0;
            const uint32_t crc = (uint32_t)crc32(0, made, (uInt)at) ^ (wrong == 2 ? 0x100 : wrong);
            if ((flags & 2) != 0) {
                made[at++] = (uint8_t)crc;
                made[at++] = (uint8_t)(crc >> 8);
            }
            memcpy(made + at, packed + 10, packed_bytes - 10);
            at += packed_bytes - 10;
            const enum weir_status wanted =
                (flags & 2) != 0 && wrong != 0 ? WEIR_E_CORRUPT : WEIR_OK;
            assert_int_equal(decode(made, at, out, sizeof page, 0), wanted);
            assert_int_equal(decode(made, at, out, sizeof page, 1), wanted);
            assert_int_equal(decode_whole(made, at, out, sizeof page), wanted);
            for (size_t cut = 10; cut < at; cut++) {
                assert_int_equal(decode_whole(made, cut, out, sizeof page), WEIR_E_CORRUPT);
            }
        }
    }
    free(packed);
}

static void damage_ends_in_a_status_and_both_ways_agree(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[500];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    uint8_t whole[500];
    for (int round = 0; round < 700; round++) {
        help_fill(page, sizeof page, round % HELP_KINDS);
        size_t n = 0;
        uint8_t *packed = pack(page, sizeof page, round % 10, WRAP_GZIP, &n);
        packed[help_random() % n] ^= (uint8_t)(1u << (help_random() % 8));
        enum weir_status a = decode(packed, n, out, sizeof page, 1 + help_random() % 50);
        enum weir_status b = decode_whole(packed, n, whole, sizeof page);
        assert_true(a == WEIR_OK || a == WEIR_E_CORRUPT);
        assert_true(b == WEIR_OK || b == WEIR_E_CORRUPT);
        /* CRC-32 sees every flip of one bit in the data; header fields may pass. */
        if (a == WEIR_OK) {
            assert_memory_equal(out, page, sizeof page);
        }
        if (b == WEIR_OK) {
            assert_memory_equal(whole, page, sizeof page);
        }
        free(packed);
    }
    free(out);
}

static void an_area_that_is_too_small_is_refused(void **state) {
    (void)state;
    uint8_t *area = help_area(4096);
    struct weir_error error;
    weir_error_clear(&error);
    assert_int_equal(weir_codec_gzip.begin(area, 4096, 100, 10, &error), WEIR_E_LIMIT);
    assert_true(error.wanted > 4096);
    free(area);
}

static void decoding_allocates_nothing(void **state) {
    (void)state;
#ifdef COUNT_MALLOC_OFF
    skip();
#endif
    unsigned long before = malloc_count;
    z_stream canary;
    memset(&canary, 0, sizeof canary);
    assert_int_equal(inflateInit2(&canary, WRAP_GZIP), Z_OK);
    assert_true(malloc_count > before);
    inflateEnd(&canary);

    size_t page_bytes = 200000;
    uint8_t *page = help_block(page_bytes);
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    help_fill(page, page_bytes, 6);
    size_t n = 0;
    uint8_t *packed = pack(page, page_bytes, 6, WRAP_GZIP, &n);
    uint64_t area_bytes = weir_codec_gzip.area_bytes(0);
    uint8_t *area = help_area(area_bytes);
    struct weir_error error;
    weir_error_clear(&error);
    before = malloc_count;
    enum weir_status began = weir_codec_gzip.begin(area, area_bytes, n, page_bytes, &error);
    struct weir_codec_io io = {packed, packed + n, out, out, out + page_bytes};
    enum weir_status stepped = weir_codec_gzip.step(area, &io, &error);
    enum weir_status whole = WEIR_OK;
    if (weir_codec_gzip.whole != NULL) {
        whole = weir_codec_gzip.whole(area, area_bytes, packed, n, out, page_bytes, &error);
    }
    unsigned long after = malloc_count;
    assert_int_equal(after, before);
    assert_int_equal(began, WEIR_OK);
    assert_int_equal(stepped, WEIR_END);
    assert_int_equal(whole, WEIR_OK);
    assert_memory_equal(out, page, page_bytes);
    free(area);
    free(packed);
    free(page);
    free(out);
}

#if WEIR_HAVE_DEFLATE

static size_t deflate_bytes;
static int deflate_calls;

static void *deflate_malloc(size_t bytes) {
    deflate_bytes = bytes;
    deflate_calls++;
    uint8_t *block = malloc(bytes);
    memset(block, 0xee, bytes);
    return block;
}

/* What codec_gzip_whole.c takes for granted of the library in use. Versions from 1.19 keep a
 * pointer to the free function in a decompressor, which only freeing reads. */
static void a_fresh_decompressor_is_one_zeroed_block_that_fits(void **state) {
    (void)state;
    libdeflate_set_memory_allocator(deflate_malloc, free);
    struct libdeflate_decompressor *fresh = libdeflate_alloc_decompressor();
    assert_non_null(fresh);
    assert_int_equal(deflate_calls, 1);
    assert_true(deflate_bytes > 1000);
    /* the library may place it up to 64 bytes into the block, to align it */
    assert_true(deflate_bytes + 64 <= WEIR_GZIP_DEFLATE_BYTES);
    size_t set = 0;
    for (size_t i = 0; i < deflate_bytes; i++) {
        set += ((const uint8_t *)fresh)[i] != 0;
    }
    assert_true(set <= (LIBDEFLATE_VERSION_MINOR >= 19 ? sizeof(void *) : 0));
    libdeflate_free_decompressor(fresh);
    libdeflate_set_memory_allocator(malloc, free);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slicing_gives_the_page),
        cmocka_unit_test(members_in_a_row_make_one_page),
        cmocka_unit_test(both_ways_refuse_what_is_wrong),
        cmocka_unit_test(headers_have_the_crc_that_they_say),
        cmocka_unit_test(damage_ends_in_a_status_and_both_ways_agree),
        cmocka_unit_test(an_area_that_is_too_small_is_refused),
        cmocka_unit_test(decoding_allocates_nothing),
#if WEIR_HAVE_DEFLATE
        cmocka_unit_test(a_fresh_decompressor_is_one_zeroed_block_that_fits),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    return 0;
}

#endif
