/* LZ4 pages in Hadoop's framing, and bare ones, against liblz4 and a plain reading of the frames.
 */
#include "hadoop_help.h"

#include "parquet/codec_inner.h"

static void frames_and_blocks_of_all_sizes_give_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 2, 13, 100, 1000, 70000, 200000};
    static const size_t frames[] = {1, 7, 100, 5000, 131072, 1u << 20};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++) {
            if (sizes[s] / frames[f] > 2000) {
                continue;
            }
            size_t block = 1 + help_random() % frames[f];
            block = block < frames[f] / 50 ? frames[f] / 50 : block;
            uint8_t *page = help_block(sizes[s]);
            uint8_t *packed = help_block(help_hadoop_bound(sizes[s], block));
            help_fill(page, sizes[s], (int)(help_random() % HELP_KINDS));
            size_t n = help_pack_hadoop(page, sizes[s], frames[f], block, packed);
            help_check_round_trip(&weir_codec_lz4_hadoop, packed, n, page, sizes[s], 0);
            free(packed);
            free(page);
        }
    }
}

static void bare_blocks_are_read_as_well(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 2, 5, 6, 7, 8, 9, 20, 300, 70000, 200000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            size_t room = (size_t)LZ4_compressBound((int)sizes[s]);
            uint8_t *page = help_block(sizes[s]);
            uint8_t *packed = help_block(room);
            help_fill(page, sizes[s], kind);
            int n =
                LZ4_compress_default((const char *)page, (char *)packed, (int)sizes[s], (int)room);
            assert_true(n > 0);
            help_check_round_trip(&weir_codec_lz4_hadoop, packed, (size_t)n, page, sizes[s], 0);
            free(packed);
            free(page);
        }
    }
}

/* Reads the frames as Hadoop's stream does: blocks until the frame's size is reached. Returns
 * whether they give exactly the page. */
static bool read_frames(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t page_bytes) {
    size_t at = 0;
    size_t given = 0;
    while (at < in_bytes) {
        if (in_bytes - at < 4) {
            return false;
        }
        size_t frame = (size_t)in[at] << 24 | (size_t)in[at + 1] << 16 | (size_t)in[at + 2] << 8 |
                       (size_t)in[at + 3];
        at += 4;
        if (frame > page_bytes - given) {
            return false;
        }
        for (size_t end = given + frame; given < end;) {
            if (in_bytes - at < 4) {
                return false;
            }
            size_t block = (size_t)in[at] << 24 | (size_t)in[at + 1] << 16 |
                           (size_t)in[at + 2] << 8 | (size_t)in[at + 3];
            at += 4;
            if (block > in_bytes - at || block == 0) {
                return false;
            }
            int n = LZ4_decompress_safe((const char *)in + at, (char *)out + given, (int)block,
                                        (int)(end - given));
            if (n < 0) {
                return false;
            }
            at += block;
            given += (size_t)n;
        }
    }
    return given == page_bytes;
}

/* Damaged frames of one block each: ours accepts exactly what the plain reading accepts, but for
 * offset 0, which liblz4 lets pass. A damaged start may turn a page into a bare block. */
static void every_change_of_a_byte_is_judged_as_the_plain_reading_does(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[90];
    uint8_t packed[400];
    uint8_t ours[90];
    uint8_t theirs[90];
    int accepted = 0;
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        help_fill(page, sizeof page, kind);
        size_t n = help_pack_hadoop(page, sizeof page, 40, 40, packed);
        for (size_t at = 8; at < n; at++) {
            uint8_t saved = packed[at];
            for (int value = 0; value < 256; value++) {
                packed[at] = (uint8_t)value;
                struct weir_error error;
                bool good = read_frames(packed, n, theirs, sizeof page);
                enum weir_status status =
                    help_decode_bytes(&weir_codec_lz4_hadoop, packed, n, sizeof page, ours, &error);
                bool zero = status == WEIR_E_CORRUPT && strstr(error.message, "offset 0") != NULL;
                if (!zero && good != (status == WEIR_OK)) {
                    fail_msg("kind %d, byte %zu = %d: %s, %s", kind, at, value,
                             good ? "good" : "bad", weir_status_name(status));
                }
                if (status == WEIR_OK) {
                    assert_memory_equal(ours, theirs, sizeof page);
                    accepted++;
                } else {
                    assert_int_equal(status, WEIR_E_CORRUPT);
                }
            }
            packed[at] = saved;
        }
    }
    assert_true(accepted > 1000);
}

/* Frames of several blocks: damage ends in a status, and no byte is lost or read twice. */
static void damage_of_nested_blocks_ends_in_a_status(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[300];
    uint8_t packed[800];
    uint8_t ours[300];
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        help_fill(page, sizeof page, kind);
        size_t n = help_pack_hadoop(page, sizeof page, 120, 37, packed);
        for (size_t at = 0; at < n; at++) {
            for (int bit = 0; bit < 8; bit++) {
                packed[at] ^= (uint8_t)(1 << bit);
                enum weir_status status =
                    help_decode_bytes(&weir_codec_lz4_hadoop, packed, n, sizeof page, ours, NULL);
                assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT);
                packed[at] ^= (uint8_t)(1 << bit);
            }
        }
        assert_int_equal(
            help_decode_bytes(&weir_codec_lz4_hadoop, packed, n, sizeof page, ours, NULL), WEIR_OK);
        assert_memory_equal(ours, page, sizeof page);
    }
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[500];
    uint8_t packed[1000];
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        help_fill(page, sizeof page, kind);
        for (int way = 0; way < 3; way++) {
            size_t n = way == 2
                           ? (size_t)LZ4_compress_default((const char *)page, (char *)packed,
                                                          sizeof page, sizeof packed)
                           : help_pack_hadoop(page, sizeof page, 180, way == 0 ? 180 : 50, packed);
            for (size_t cut = 0; cut < n; cut++) {
                assert_int_equal(
                    help_decode_bytes(&weir_codec_lz4_hadoop, packed, cut, sizeof page, NULL, NULL),
                    WEIR_E_CORRUPT);
            }
            /* the page is a byte longer or shorter than its header says, or a byte follows it */
            assert_int_equal(
                help_decode_bytes(&weir_codec_lz4_hadoop, packed, n, sizeof page - 1, NULL, NULL),
                WEIR_E_CORRUPT);
            assert_int_equal(
                help_decode_bytes(&weir_codec_lz4_hadoop, packed, n, sizeof page + 1, NULL, NULL),
                WEIR_E_CORRUPT);
            packed[n] = 0;
            assert_int_equal(
                help_decode_bytes(&weir_codec_lz4_hadoop, packed, n + 1, sizeof page, NULL, NULL),
                WEIR_E_CORRUPT);
        }
    }
}

static void expect(const uint8_t *bytes, size_t count, size_t page_bytes, enum weir_status status,
                   const char *words) {
    help_expect(&weir_codec_lz4_hadoop, bytes, count, page_bytes, status, words);
}

static void each_refusal_has_its_page(void **state) {
    (void)state;
    expect(HELP_BYTES(0, 0, 0, 3, 0, 0, 0, 4, 0x30, 1, 2, 3), 3, WEIR_OK, NULL);
    /* empty frames in front, between and behind */
    expect(HELP_BYTES(0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0x30, 1, 2, 3, 0, 0, 0, 0), 3, WEIR_OK,
           NULL);
    /* a block that gives nothing, then one that gives all */
    expect(HELP_BYTES(0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0x30, 1, 2, 3), 3, WEIR_OK, NULL);
    expect(HELP_BYTES(0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0x30, 1, 2, 3), 3, WEIR_E_CORRUPT,
           "0 bytes");
    expect(HELP_BYTES(0, 0, 0, 3, 0, 0, 0, 5, 0x30, 1, 2, 3, 4), 3, WEIR_E_CORRUPT,
           "behind the end of an LZ4 block");
    expect(HELP_BYTES(0, 0, 0, 3, 0, 0, 0, 3, 0x30, 1, 2, 3), 3, WEIR_E_CORRUPT, "ends early");
    expect(HELP_BYTES(0, 0, 0, 2, 0, 0, 0, 4, 0x30, 1, 2, 3), 3, WEIR_E_CORRUPT, "more bytes");
    expect(HELP_BYTES(0, 0, 0, 3, 0, 0, 0, 4, 0x30, 1, 2, 3, 0, 0, 0, 1), 3, WEIR_E_CORRUPT,
           "more bytes than the page has left");
    expect(HELP_BYTES(0, 0, 0, 1, 0, 0, 0, 2, 0x10, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0x10, 2), 3,
           WEIR_E_CORRUPT, NULL);
    /* a match into the block before: blocks know nothing of one another */
    expect(HELP_BYTES(0, 0, 0, 8, 0, 0, 0, 9, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 13, 0, 0, 0,
                      10, 0x40, 1, 2, 3, 4, 8, 0, 0x50, 1, 2, 3, 4, 5),
           21, WEIR_E_CORRUPT, "before the page");
    /* the LZ4 frame format, which is neither of the two */
    expect(HELP_BYTES(4, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 3, 0, 0, 0x80, 1, 2, 3, 0, 0, 0, 0), 3,
           WEIR_E_UNSUPPORTED, "LZ4 frame format");
    expect(HELP_BYTES(4, 0x22, 0x4d, 0x18), 3, WEIR_E_CORRUPT, NULL);
}

/* The border of what counts as framed: the first sizes may be equal to what there is. */
static void the_first_bytes_decide(void **state) {
    (void)state;
    /* frame as large as the page, block as large as the rest */
    expect(HELP_BYTES(0, 0, 0, 1, 0, 0, 0, 2, 0x10, 1), 1, WEIR_OK, NULL);
    /* one more of each: a bare block, which none is that begins with 0 */
    expect(HELP_BYTES(0, 0, 0, 2, 0, 0, 0, 2, 0x10, 1), 1, WEIR_E_CORRUPT, "LZ4 data");
    expect(HELP_BYTES(0, 0, 0, 1, 0, 0, 0, 3, 0x10, 1), 1, WEIR_E_CORRUPT, "LZ4 data");
    /* bare: 14 literals, the first seven bytes of them where a frame has its sizes */
    expect(HELP_BYTES(0xe0, 0, 0, 0, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 9), 14, WEIR_OK, NULL);
    expect(HELP_BYTES(0x10, 7), 1, WEIR_OK, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_and_blocks_of_all_sizes_give_the_page),
        cmocka_unit_test(bare_blocks_are_read_as_well),
        cmocka_unit_test(every_change_of_a_byte_is_judged_as_the_plain_reading_does),
        cmocka_unit_test(damage_of_nested_blocks_ends_in_a_status),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(each_refusal_has_its_page),
        cmocka_unit_test(the_first_bytes_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
