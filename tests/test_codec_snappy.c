/* The snappy decoder against Google's encoder and decoder, and against hand-made streams. */
#include "codec_help.h"

#include <snappy-c.h>

#include "parquet/codec_inner.h"

static uint8_t *pack(const uint8_t *page, size_t page_bytes, size_t *packed_bytes_ret) {
    size_t bytes = snappy_max_compressed_length(page_bytes);
    uint8_t *packed = help_block(bytes);
    assert_int_equal(snappy_compress((const char *)page, page_bytes, (char *)packed, &bytes),
                     SNAPPY_OK);
    *packed_bytes_ret = bytes;
    return packed;
}

static void every_slicing_gives_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1,   2,   3,   60,   61,   79,    80,    81,
                                   143, 256, 257, 1000, 5000, 65536, 65537, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            uint8_t *page = help_block(sizes[i]);
            help_fill(page, sizes[i], kind);
            size_t packed_bytes = 0;
            uint8_t *packed = pack(page, sizes[i], &packed_bytes);
            help_check_round_trip(&weir_codec_snappy, packed, packed_bytes, page, sizes[i], 0);
            free(packed);
            free(page);
        }
    }
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    help_seed(__func__);
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        uint8_t page[700];
        help_fill(page, sizeof page, kind);
        size_t packed_bytes = 0;
        uint8_t *packed = pack(page, sizeof page, &packed_bytes);
        help_check_truncations(&weir_codec_snappy, packed, packed_bytes, sizeof page);
        free(packed);
    }
}

/* Whatever the damage: both decoders refuse it, or both give the same bytes. */
static void damage_is_judged_as_libsnappy_does(void **state) {
    (void)state;
    help_seed(__func__);
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 6000; round++) {
        size_t page_bytes = 1 + help_random() % 600;
        uint8_t page[600];
        uint8_t ours[600];
        uint8_t theirs[600];
        help_fill(page, page_bytes, (int)(help_random() % HELP_KINDS));
        size_t packed_bytes = 0;
        uint8_t *packed = pack(page, page_bytes, &packed_bytes);
        for (uint64_t flips = 1 + help_random() % 3; flips > 0; flips--) {
            /* The preamble stays: that it is checked has a test of its own. */
            size_t first = page_bytes < 128 ? 1 : 2;
            size_t at = first + help_random() % (packed_bytes - first);
            packed[at] ^= (uint8_t)(1u << (help_random() % 8));
        }
        size_t theirs_bytes = sizeof theirs;
        bool good = snappy_uncompress((const char *)packed, packed_bytes, (char *)theirs,
                                      &theirs_bytes) == SNAPPY_OK;
        enum weir_status status =
            help_decode_bytes(&weir_codec_snappy, packed, packed_bytes, page_bytes, ours, NULL);
        assert_int_equal(status, good ? WEIR_OK : WEIR_E_CORRUPT);
        if (good) {
            assert_memory_equal(ours, theirs, page_bytes);
        }
        accepted += good;
        refused += !good;
        free(packed);
    }
    assert_true(accepted > 100 && refused > 100);
}

static void expect(const uint8_t *bytes, size_t count, size_t page_bytes, enum weir_status status,
                   const char *words) {
    help_expect(&weir_codec_snappy, bytes, count, page_bytes, status, words);
}

static void each_refusal_has_its_stream(void **state) {
    (void)state;
    expect(HELP_BYTES(4, 3 << 2, 1, 2, 3, 4), 4, WEIR_OK, NULL);
    /* preamble 5 for a page of 4; a varint without end; a varint that is too large */
    expect(HELP_BYTES(5, 3 << 2, 1, 2, 3, 4), 4, WEIR_E_CORRUPT, "another size");
    expect(HELP_BYTES(0x84, 0x80, 0x80, 0x80, 0x80, 0), 4, WEIR_E_CORRUPT, "varint");
    expect(HELP_BYTES(0x84, 0x80, 0x80, 0x80, 0x10), 4, WEIR_E_CORRUPT, "another size");
    /* an overlong varint of the right value is legal in libsnappy, too */
    expect(HELP_BYTES(0x84, 0x00, 3 << 2, 1, 2, 3, 4), 4, WEIR_OK, NULL);
    /* literal, then copies: offset 0 of each type; before the page; past the page */
    expect(HELP_BYTES(8, 3 << 2, 1, 2, 3, 4, 1, 0), 8, WEIR_E_CORRUPT, "offset 0");
    expect(HELP_BYTES(8, 3 << 2, 1, 2, 3, 4, (3 << 2) | 2, 0, 0), 8, WEIR_E_CORRUPT, "offset 0");
    expect(HELP_BYTES(8, 3 << 2, 1, 2, 3, 4, (3 << 2) | 3, 0, 0, 0, 0), 8, WEIR_E_CORRUPT,
           "offset 0");
    expect(HELP_BYTES(8, 3 << 2, 1, 2, 3, 4, 1, 5), 8, WEIR_E_CORRUPT, "before the page");
    expect(HELP_BYTES(8, 3 << 2, 1, 2, 3, 4, (3 << 2) | 3, 4, 0, 0, 1), 8, WEIR_E_CORRUPT,
           "before the page");
    expect(HELP_BYTES(4, 1, 1), 4, WEIR_E_CORRUPT, "before the page");
    expect(HELP_BYTES(7, 3 << 2, 1, 2, 3, 4, 1, 4), 7, WEIR_E_CORRUPT, "more bytes");
    expect(HELP_BYTES(3, 3 << 2, 1, 2, 3, 4), 3, WEIR_E_CORRUPT, "more bytes");
    expect(HELP_BYTES(4, 63 << 2, 0xff, 0xff, 0xff, 0xff), 4, WEIR_E_CORRUPT, "more bytes");
    /* bytes behind the end */
    expect(HELP_BYTES(4, 3 << 2, 1, 2, 3, 4, 0), 4, WEIR_E_CORRUPT, NULL);
}

static void all_element_forms_decode(void **state) {
    (void)state;
    uint8_t out[16];
    /* literals whose length takes 1, 2, 3 and 4 bytes; copies of the three types */
    static const uint8_t stream[] = {16,
                                     60 << 2,
                                     0,
                                     'a',
                                     61 << 2,
                                     0,
                                     0,
                                     'b',
                                     62 << 2,
                                     0,
                                     0,
                                     0,
                                     'c',
                                     63 << 2,
                                     0,
                                     0,
                                     0,
                                     0,
                                     'd',
                                     1,
                                     4,
                                     (3 << 2) | 2,
                                     4,
                                     0,
                                     (3 << 2) | 3,
                                     8,
                                     0,
                                     0,
                                     0};
    assert_int_equal(help_decode_bytes(&weir_codec_snappy, stream, sizeof stream, 16, out, NULL),
                     WEIR_OK);
    assert_memory_equal(out, "abcdabcdabcdabcd", 16);
}

/* Every offset and length of an overlapping copy, in the middle of a page and at its edges; offsets
 * of two bytes, or of four. */
static void overlapping_copies_repeat(uint32_t form) {
    for (uint32_t offset = 1; offset <= 70; offset++) {
        for (uint32_t length = 1; length <= 64; length++) {
            uint32_t tail = 100;
            uint32_t page_bytes = 70 + length + tail;
            uint8_t stream[400];
            size_t n = 0;
            stream[n++] = (uint8_t)(page_bytes | 0x80);
            stream[n++] = (uint8_t)(page_bytes >> 7);
            stream[n++] = 60 << 2;
            stream[n++] = 69;
            uint8_t expected[300];
            for (uint32_t i = 0; i < 70; i++) {
                expected[i] = (uint8_t)(i * 37 + 11);
                stream[n++] = expected[i];
            }
            stream[n++] = (uint8_t)(((length - 1) << 2) | form);
            stream[n++] = (uint8_t)offset;
            for (uint32_t i = form == 2 ? 1 : 3; i > 0; i--) {
                stream[n++] = 0;
            }
            for (uint32_t i = 70; i < 70 + length; i++) {
                expected[i] = expected[i - offset];
            }
            stream[n++] = 60 << 2;
            stream[n++] = (uint8_t)(tail - 1);
            for (uint32_t i = 70 + length; i < page_bytes; i++) {
                expected[i] = (uint8_t)(i * 91);
                stream[n++] = expected[i];
            }
            if (page_bytes < 128) {
                continue;
            }
            uint8_t out[300];
            assert_int_equal(
                help_decode_bytes(&weir_codec_snappy, stream, n, page_bytes, out, NULL), WEIR_OK);
            assert_memory_equal(out, expected, page_bytes);
        }
    }
}

static void overlapping_copies_repeat_their_pattern(void **state) {
    (void)state;
    overlapping_copies_repeat(2);
    overlapping_copies_repeat(3);
}

/* An offset that is legal but behind what is kept names what it wants. */
static void offsets_behind_the_history_hit_the_limit(void **state) {
    (void)state;
    static const uint8_t stream[] = {12, 7 << 2, 1, 2, 3, 4, 5, 6, 7, 8, (3 << 2) | 2, 8, 0};
    uint8_t *area = help_area(weir_codec_snappy.area_bytes(0));
    uint8_t out[12 + WEIR_CODEC_SLOP];
    struct weir_error error;
    weir_error_clear(&error);
    assert_int_equal(weir_codec_snappy.begin(area, weir_codec_snappy.area_bytes(0), 13, 12, &error),
                     WEIR_OK);
    struct weir_codec_io io = {
        .in = stream, .in_end = stream + 10, .out_base = out, .out = out, .out_end = out + 12};
    assert_int_equal(weir_codec_snappy.step(area, &io, &error), WEIR_MORE);
    io.in_end = stream + sizeof stream;
    io.out_base = out + 3;
    assert_int_equal(weir_codec_snappy.step(area, &io, &error), WEIR_E_LIMIT);
    assert_int_equal(error.wanted, 12); /* a window that holds the page */
    assert_int_equal(error.got, 5);
    free(area);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slicing_gives_the_page),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(damage_is_judged_as_libsnappy_does),
        cmocka_unit_test(each_refusal_has_its_stream),
        cmocka_unit_test(all_element_forms_decode),
        cmocka_unit_test(overlapping_copies_repeat_their_pattern),
        cmocka_unit_test(offsets_behind_the_history_hit_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
