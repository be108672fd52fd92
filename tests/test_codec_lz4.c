/* The LZ4 block decoder against liblz4, and against hand-made blocks. */
#include "codec_help.h"

#include <lz4.h>
#include <lz4hc.h>

#include "parquet/codec_inner.h"

static uint8_t *pack(const uint8_t *page, size_t page_bytes, bool high, size_t *packed_bytes_ret) {
    int bound = LZ4_compressBound((int)page_bytes);
    uint8_t *packed = help_block((size_t)bound);
    int bytes =
        high ? LZ4_compress_HC((const char *)page, (char *)packed, (int)page_bytes, bound, 9)
             : LZ4_compress_default((const char *)page, (char *)packed, (int)page_bytes, bound);
    assert_true(bytes > 0);
    *packed_bytes_ret = (size_t)bytes;
    return packed;
}

static void every_slicing_gives_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1,  2,   12,  13,   14,   15,    16,    79,    80,
                                   81, 270, 271, 1000, 5000, 65536, 65537, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            uint8_t *page = help_block(sizes[i]);
            help_fill(page, sizes[i], kind);
            size_t packed_bytes = 0;
            uint8_t *packed = pack(page, sizes[i], (kind & 1) != 0, &packed_bytes);
            help_check_round_trip(&weir_codec_lz4_raw, packed, packed_bytes, page, sizes[i], 0);
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
        uint8_t *packed = pack(page, sizeof page, false, &packed_bytes);
        help_check_truncations(&weir_codec_lz4_raw, packed, packed_bytes, sizeof page);
        free(packed);
    }
}

/* What liblz4 accepts, we decode to the same bytes, but for offset 0, which it may let pass.
 * Blocks whose last match ends within 12 bytes of the end may be refused by liblz4 alone. */
static void damage_is_judged_as_liblz4_does(void **state) {
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
        uint8_t *packed = pack(page, page_bytes, false, &packed_bytes);
        for (uint64_t flips = 1 + help_random() % 3; flips > 0; flips--) {
            packed[help_random() % packed_bytes] ^= (uint8_t)(1u << (help_random() % 8));
        }
        bool good = LZ4_decompress_safe((const char *)packed, (char *)theirs, (int)packed_bytes,
                                        (int)page_bytes) == (int)page_bytes;
        struct weir_error error;
        enum weir_status status =
            help_decode_bytes(&weir_codec_lz4_raw, packed, packed_bytes, page_bytes, ours, &error);
        bool zero = status == WEIR_E_CORRUPT && strstr(error.message, "offset 0") != NULL;
        if (good && !zero) {
            assert_int_equal(status, WEIR_OK);
            assert_memory_equal(ours, theirs, page_bytes);
        }
        accepted += status == WEIR_OK;
        refused += status != WEIR_OK;
        free(packed);
    }
    assert_true(accepted > 100 && refused > 100);
}

static void expect(const uint8_t *bytes, size_t count, size_t page_bytes, enum weir_status status,
                   const char *words) {
    help_expect(&weir_codec_lz4_raw, bytes, count, page_bytes, status, words);
}

static void each_refusal_has_its_block(void **state) {
    (void)state;
    /* 4 literals, match of 4 at offset 4, 5 last literals: 13 bytes */
    expect(HELP_BYTES(0x40, 1, 2, 3, 4, 4, 0, 0x50, 9, 9, 9, 9, 9), 13, WEIR_OK, NULL);
    expect(HELP_BYTES(0x40, 1, 2, 3, 4, 0, 0, 0x50, 9, 9, 9, 9, 9), 13, WEIR_E_CORRUPT, "offset 0");
    expect(HELP_BYTES(0x40, 1, 2, 3, 4, 5, 0, 0x50, 9, 9, 9, 9, 9), 13, WEIR_E_CORRUPT,
           "before the page");
    expect(HELP_BYTES(0x00, 1, 0, 0x50, 9, 9, 9, 9, 9), 9, WEIR_E_CORRUPT, "before the page");
    /* literals and matches past the page; a match that ends too late */
    expect(HELP_BYTES(0x40, 1, 2, 3, 4), 3, WEIR_E_CORRUPT, "more bytes");
    expect(HELP_BYTES(0x40, 1, 2, 3, 4, 4, 0, 0x50, 9, 9, 9, 9, 9), 12, WEIR_E_CORRUPT,
           "more bytes");
    expect(HELP_BYTES(0x40, 1, 2, 3, 4, 4, 0), 8, WEIR_E_CORRUPT, "more bytes");
    expect(HELP_BYTES(0xf0, 255, 255, 255, 255), 300, WEIR_E_CORRUPT, "more bytes");
    expect(HELP_BYTES(0x4f, 1, 2, 3, 4, 4, 0, 255, 255, 255), 300, WEIR_E_CORRUPT, "more bytes");
    /* fewer bytes than the page; bytes behind the end */
    expect(HELP_BYTES(0x40, 1, 2, 3, 4), 5, WEIR_E_CORRUPT, NULL);
    expect(HELP_BYTES(0x40, 1, 2, 3, 4, 0), 4, WEIR_E_CORRUPT, NULL);
    expect(HELP_BYTES(0x40), 4, WEIR_E_CORRUPT, NULL);
}

static void extended_lengths_add_up(void **state) {
    (void)state;
    /* 15 + 255 + 0 literals, then a match of 15 + 255 + 255 + 1 + 4 at offset 3, 5 literals */
    uint8_t block[400];
    uint8_t expected[1000];
    uint8_t out[1000];
    size_t n = 0;
    size_t m = 0;
    block[n++] = 0xff;
    block[n++] = 255;
    block[n++] = 0;
    for (int i = 0; i < 270; i++) {
        expected[m++] = block[n++] = (uint8_t)(i * 7);
    }
    block[n++] = 3;
    block[n++] = 0;
    block[n++] = 255;
    block[n++] = 255;
    block[n++] = 1;
    for (int i = 0; i < 530; i++, m++) {
        expected[m] = expected[m - 3];
    }
    block[n++] = 0x50;
    for (int i = 0; i < 5; i++) {
        expected[m++] = block[n++] = (uint8_t)i;
    }
    assert_int_equal(help_decode_bytes(&weir_codec_lz4_raw, block, n, m, out, NULL), WEIR_OK);
    assert_memory_equal(out, expected, m);
}

/* A match length of a hundred bytes and more, with the input cut anywhere in it. */
static void lengths_go_on_in_the_next_slice(void **state) {
    (void)state;
    uint8_t block[400];
    uint8_t out[40000 + WEIR_CODEC_SLOP];
    static uint8_t expected[40000];
    for (size_t more = 80; more <= 120; more += 20) {
        size_t n = 0;
        size_t m = 0;
        block[n++] = 0x7f;
        for (int i = 0; i < 7; i++) {
            expected[m++] = block[n++] = (uint8_t)(i * 37 + 1);
        }
        block[n++] = 7;
        block[n++] = 0;
        memset(block + n, 255, more);
        n += more;
        block[n++] = 9;
        for (size_t i = 0; i < 4 + 15 + 255 * more + 9; i++, m++) {
            expected[m] = expected[m - 7];
        }
        block[n++] = 0x90;
        for (int i = 0; i < 9; i++) {
            expected[m++] = block[n++] = (uint8_t)i;
        }
        assert_int_equal(LZ4_decompress_safe((const char *)block, (char *)out, (int)n, (int)m), m);
        assert_memory_equal(out, expected, m);
        for (size_t cut = 1; cut < n; cut++) {
            struct help_decode d = {.codec = &weir_codec_lz4_raw,
                                    .in = block,
                                    .in_bytes = n,
                                    .in_first = cut,
                                    .out = out,
                                    .page_bytes = m};
            memset(out, 0x5a, m);
            assert_int_equal(help_decode_steps(&d), WEIR_OK);
            assert_memory_equal(out, expected, m);
        }
    }
}

static void overlapping_matches_repeat_their_pattern(void **state) {
    (void)state;
    for (uint32_t offset = 1; offset <= 40; offset++) {
        for (uint32_t length = 4; length <= 60; length++) {
            uint8_t block[300];
            uint8_t expected[300];
            uint8_t out[300];
            size_t n = 0;
            size_t m = 0;
            block[n++] = (uint8_t)(0xf0 | (length - 4 < 15 ? length - 4 : 15));
            block[n++] = 40 - 15;
            for (uint32_t i = 0; i < 40; i++) {
                expected[m++] = block[n++] = (uint8_t)(i * 37 + 11);
            }
            block[n++] = (uint8_t)offset;
            block[n++] = 0;
            if (length - 4 >= 15) {
                block[n++] = (uint8_t)(length - 4 - 15);
            }
            for (uint32_t i = 0; i < length; i++, m++) {
                expected[m] = expected[m - offset];
            }
            block[n++] = 0xf0;
            block[n++] = 100 - 15;
            for (uint32_t i = 0; i < 100; i++) {
                expected[m++] = block[n++] = (uint8_t)(i * 91);
            }
            assert_int_equal(help_decode_bytes(&weir_codec_lz4_raw, block, n, m, out, NULL),
                             WEIR_OK);
            assert_memory_equal(out, expected, m);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slicing_gives_the_page),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(damage_is_judged_as_liblz4_does),
        cmocka_unit_test(each_refusal_has_its_block),
        cmocka_unit_test(extended_lengths_add_up),
        cmocka_unit_test(lengths_go_on_in_the_next_slice),
        cmocka_unit_test(overlapping_matches_repeat_their_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
