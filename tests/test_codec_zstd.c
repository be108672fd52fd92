/* The zstd codec against libzstd's encoder, in every slicing, and without allocations. */
#include "codec_help.h"
#include "count_malloc.h"

#if WEIR_HAVE_ZSTD

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "parquet/codec_inner.h"

/* One frame. With `streamed` its header has no content size, as parquet-java writes it. */
static size_t pack_to(uint8_t *to, size_t room, const uint8_t *page, size_t page_bytes, int level,
                      bool streamed, bool checksum) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
    ZSTD_outBuffer out = {to, room, 0};
    ZSTD_inBuffer in = {page, page_bytes, 0};
    if (!streamed) {
        ZSTD_CCtx_setPledgedSrcSize(context, page_bytes);
    } else if (page_bytes > 1) {
        ZSTD_inBuffer first = {page, page_bytes / 2, 0};
        assert_false(ZSTD_isError(ZSTD_compressStream2(context, &out, &first, ZSTD_e_flush)));
        in.src = page + page_bytes / 2;
        in.size = page_bytes - page_bytes / 2;
    }
    assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);
    return out.pos;
}

static uint8_t *pack(const uint8_t *page, size_t page_bytes, int level, bool streamed,
                     bool checksum, size_t *packed_bytes_ret) {
    size_t room = ZSTD_compressBound(page_bytes) + 512;
    uint8_t *packed = help_block(room);
    *packed_bytes_ret = pack_to(packed, room, page, page_bytes, level, streamed, checksum);
    return packed;
}

static uint64_t area_for(const uint8_t *packed, size_t packed_bytes) {
    ZSTD_frameHeader header;
    assert_int_equal(ZSTD_getFrameHeader(&header, packed, packed_bytes), 0);
    return weir_codec_zstd.area_bytes(header.windowSize < 1024 ? 1024 : header.windowSize);
}

static void every_slicing_gives_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 2, 100, 1000, 5000, 70000, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            bool streamed = (kind & 1) != 0;
            uint8_t *page = help_block(sizes[i]);
            help_fill(page, sizes[i], kind);
            size_t packed_bytes = 0;
            uint8_t *packed = pack(page, sizes[i], 1, streamed, (kind & 2) != 0, &packed_bytes);
            help_check_round_trip(&weir_codec_zstd, packed, packed_bytes, page, sizes[i],
                                  area_for(packed, packed_bytes));
            free(packed);
            free(page);
        }
    }
}

static void frames_in_a_row_make_one_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const uint8_t skippable[] = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'};
    uint8_t page[9000];
    uint8_t packed[12000];
    uint8_t out[9000];
    help_fill(page, sizeof page, 3);
    size_t n = 0;
    memcpy(packed, skippable, sizeof skippable);
    n += sizeof skippable;
    n += pack_to(packed + n, sizeof packed - n, page, 5000, 3, false, true);
    memcpy(packed + n, skippable, sizeof skippable);
    n += sizeof skippable;
    n += pack_to(packed + n, sizeof packed - n, page, 0, 3, false, false); /* an empty frame */
    n += pack_to(packed + n, sizeof packed - n, page + 5000, 4000, 3, true, false);
    memcpy(packed + n, skippable, sizeof skippable);
    n += sizeof skippable;
    help_check_round_trip(&weir_codec_zstd, packed, n, page, sizeof page,
                          weir_codec_zstd.area_bytes(0));
    uint8_t *area = help_area(weir_codec_zstd.whole_area_bytes());
    struct weir_error error;
    weir_error_clear(&error);
    assert_int_equal(weir_codec_zstd.whole(area, weir_codec_zstd.whole_area_bytes(), packed, n, out,
                                           sizeof out, &error),
                     WEIR_OK);
    assert_memory_equal(out, page, sizeof page);
    /* a byte too many and a byte too few for the page */
    assert_int_equal(weir_codec_zstd.whole(area, weir_codec_zstd.whole_area_bytes(), packed, n, out,
                                           sizeof out - 1, &error),
                     WEIR_E_CORRUPT);
    uint8_t *more = help_block(sizeof page + 1);
    weir_error_clear(&error);
    assert_int_equal(weir_codec_zstd.whole(area, weir_codec_zstd.whole_area_bytes(), packed, n,
                                           more, sizeof page + 1, &error),
                     WEIR_E_CORRUPT);
    assert_int_equal(error.got, sizeof page);
    free(more);
    free(area);
}

static enum weir_status decode(const uint8_t *packed, size_t packed_bytes, uint8_t *out,
                               size_t page_bytes, size_t slice, uint64_t area_bytes,
                               struct weir_error *error_ret) {
    return help_decode_sliced(&weir_codec_zstd, packed, packed_bytes, out, page_bytes, slice,
                              area_bytes, error_ret);
}

static void truncation_and_damage_end_in_a_status(void **state) {
    (void)state;
    help_seed(__func__);
    uint64_t area_bytes = weir_codec_zstd.area_bytes(32u << 10);
    uint8_t page[600];
    uint8_t theirs[600];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    int accepted = 0;
    for (int round = 0; round < 300; round++) {
        help_fill(page, sizeof page, round % HELP_KINDS);
        size_t packed_bytes = 0;
        uint8_t *packed = pack(page, sizeof page, 1 + round % 5, false, false, &packed_bytes);
        size_t cut = help_random() % packed_bytes;
        assert_int_equal(
            decode(packed, cut, out, sizeof page, 1 + help_random() % 60, area_bytes, NULL),
            WEIR_E_CORRUPT);
        packed[help_random() % packed_bytes] ^= (uint8_t)(1u << (help_random() % 8));
        bool good = ZSTD_decompress(theirs, sizeof theirs, packed, packed_bytes) == sizeof theirs;
        enum weir_status status = decode(packed, packed_bytes, out, sizeof page,
                                         1 + help_random() % 60, area_bytes, NULL);
        assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT || status == WEIR_E_LIMIT ||
                    status == WEIR_E_UNSUPPORTED);
        if (status == WEIR_OK) {
            assert_true(good);
            assert_memory_equal(out, theirs, sizeof page);
        } else if (good) {
            assert_int_equal(status, WEIR_E_LIMIT);
        }
        accepted += good;
        free(packed);
    }
    assert_true(accepted > 0 && accepted < 300);
    free(out);
}

static void a_window_beyond_the_area_names_what_would_do(void **state) {
    (void)state;
    help_seed(__func__);
    size_t page_bytes = 3u << 20;
    uint8_t *page = help_block(page_bytes);
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    help_fill(page, page_bytes, 6);
    size_t packed_bytes = 0;
    uint8_t *packed = pack(page, page_bytes, 9, true, false, &packed_bytes);
    struct weir_error error;
    for (size_t slice = 1; slice <= 1000; slice *= 1000) {
        assert_int_equal(decode(packed, packed_bytes, out, page_bytes, slice,
                                weir_codec_zstd.area_bytes(1u << 20), &error),
                         WEIR_E_LIMIT);
        assert_int_equal(error.got, weir_codec_zstd.area_bytes(1u << 20));
    }
    assert_int_equal(decode(packed, packed_bytes, out, page_bytes, 100000, error.wanted, &error),
                     WEIR_OK);
    assert_memory_equal(out, page, page_bytes);
    free(packed);
    free(page);
    free(out);
}

static void the_window_is_read_from_the_frame(void **state) {
    (void)state;
    help_seed(__func__);
    size_t page_bytes = 10u << 20;
    uint8_t *page = help_block(page_bytes);
    help_fill(page, page_bytes, 4);
    const uint64_t mib = 1u << 20;
    static const struct {
        int level;
        uint64_t window_mib;
    } cases[] = {{1, 2}, {3, 2}, {8, 2}, {9, 4}, {19, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = 0;
        uint8_t *packed = pack(page, page_bytes, cases[i].level, true, false, &n);
        /* of a page too large for any area but the window's */
        assert_int_equal(weir_codec_zstd.window_bytes(packed, 32, 1000 * mib),
                         cases[i].window_mib * mib);
        /* a page that fits the smallest area as a whole needs no more, whatever its window */
        assert_int_equal(weir_codec_zstd.window_bytes(packed, 32, mib), 2 * mib);
        free(packed);
    }
    static const uint8_t garbage[32] = {1, 2, 3};
    assert_int_equal(weir_codec_zstd.window_bytes(garbage, 32, mib), 2 * mib);
    /* single segment, content size 2^62: corrupt, not a plan for 4 EiB */
    static const uint8_t absurd[32] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40};
    assert_int_equal(weir_codec_zstd.window_bytes(absurd, 32, 5 * mib), 2 * mib);
    assert_int_equal(weir_codec_zstd.area_bytes(0), weir_codec_zstd.area_bytes(2 * mib));
    assert_true(weir_codec_zstd.area_bytes(8 * mib) >= 8 * mib);
    assert_int_equal(weir_codec_zstd.area_bytes(8 * mib) % 64, 0);
    free(page);
}

static void frames_of_the_time_before_0_8_are_refused(void **state) {
    (void)state;
    uint8_t out[100 + WEIR_CODEC_SLOP];
    struct weir_error error;
    /* magic of 0.5, 0.6 and 0.7; the same however the bytes come */
    for (uint8_t version = 0x25; version <= 0x27; version++) {
        const uint8_t frame[40] = {version, 0xb5, 0x2f, 0xfd, 0x20, 100};
        for (size_t slice = 0; slice < 6; slice++) {
            assert_int_equal(
                decode(frame, sizeof frame, out, 100, slice, weir_codec_zstd.area_bytes(0), &error),
                WEIR_E_CORRUPT);
        }
        uint8_t *area = help_area(weir_codec_zstd.whole_area_bytes());
        weir_error_clear(&error);
        assert_int_equal(weir_codec_zstd.whole(area, weir_codec_zstd.whole_area_bytes(), frame,
                                               sizeof frame, out, 100, &error),
                         WEIR_E_CORRUPT);
        free(area);
    }
}

static void an_area_that_is_too_small_is_refused(void **state) {
    (void)state;
    uint8_t *area = help_area(4096);
    struct weir_error error;
    weir_error_clear(&error);
    assert_int_equal(weir_codec_zstd.begin(area, 4096, 100, 10, &error), WEIR_E_LIMIT);
    assert_true(error.wanted > 4096);
    free(area);
}

/* A page may end in the middle of a frame; the next one starts afresh in the same area. */
static void a_page_given_up_does_not_reach_the_next(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[5000];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    help_fill(page, sizeof page, 3);
    size_t n = 0;
    uint8_t *packed = pack(page, sizeof page, 3, false, true, &n);
    uint64_t area_bytes = weir_codec_zstd.area_bytes(64u << 10);
    uint8_t *area = help_area(area_bytes);
    struct weir_error error;
    weir_error_clear(&error);
    for (size_t cut = 0; cut < n; cut += 1 + n / 20) {
        assert_int_equal(weir_codec_zstd.begin(area, area_bytes, n, sizeof page, &error), WEIR_OK);
        struct weir_codec_io half = {packed, packed + cut, out, out, out + sizeof page};
        assert_int_equal(weir_codec_zstd.step(area, &half, &error), WEIR_MORE);
        assert_int_equal(weir_codec_zstd.begin(area, area_bytes, n, sizeof page, &error), WEIR_OK);
        memset(out, 0, sizeof page);
        struct weir_codec_io io = {packed, packed + n, out, out, out + sizeof page};
        assert_int_equal(weir_codec_zstd.step(area, &io, &error), WEIR_END);
        assert_memory_equal(out, page, sizeof page);
    }
    free(area);
    free(packed);
    free(out);
}

static void decoding_allocates_nothing(void **state) {
    (void)state;
#ifdef COUNT_MALLOC_OFF
    skip();
#endif
    unsigned long before = malloc_count;
    ZSTD_DCtx *canary = ZSTD_createDCtx();
    assert_true(malloc_count > before);
    ZSTD_freeDCtx(canary);

    size_t page_bytes = 300000;
    uint8_t *page = help_block(page_bytes);
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    help_fill(page, page_bytes, 6);
    size_t n = 0;
    uint8_t *packed = pack(page, page_bytes, 3, true, true, &n);
    uint64_t area_bytes = weir_codec_zstd.area_bytes(0);
    uint8_t *area = help_area(area_bytes);
    struct weir_error error;
    weir_error_clear(&error);
    before = malloc_count;
    enum weir_status began = weir_codec_zstd.begin(area, area_bytes, n, page_bytes, &error);
    struct weir_codec_io io = {packed, packed + n, out, out, out + page_bytes};
    enum weir_status stepped = weir_codec_zstd.step(area, &io, &error);
    enum weir_status whole =
        weir_codec_zstd.whole(area, area_bytes, packed, n, out, page_bytes, &error);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slicing_gives_the_page),
        cmocka_unit_test(frames_in_a_row_make_one_page),
        cmocka_unit_test(truncation_and_damage_end_in_a_status),
        cmocka_unit_test(a_window_beyond_the_area_names_what_would_do),
        cmocka_unit_test(the_window_is_read_from_the_frame),
        cmocka_unit_test(frames_of_the_time_before_0_8_are_refused),
        cmocka_unit_test(an_area_that_is_too_small_is_refused),
        cmocka_unit_test(a_page_given_up_does_not_reach_the_next),
        cmocka_unit_test(decoding_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    return 0;
}

#endif
