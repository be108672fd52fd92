/* DELTA_BINARY_PACKED: what an encoder writes, cut anywhere, comes out on every instruction set. */
#include "delta_help.h"

/* Decodes on every instruction set, through reads of `slice` bytes, and compares. */
static void check(const struct mp_bytes *bytes, size_t section, const struct shape *shape,
                  const int64_t *values, uint64_t count, size_t slice) {
    uint8_t *got = malloc((size_t)count * 8 + 8);
    for (uint32_t isa = WEIR_ISA_SCALAR; isa <= WEIR_ISA_AVX512; isa++) {
        struct body_bench b;
        struct weir_delta delta;
        uint64_t came = 0;
        body_open(&b, bytes->data, bytes->count, slice);
        assert_int_equal(weir_delta_open(&delta, &b.body, shape->bits, count,
                                         weir_delta_choose((enum weir_isa)isa), &b.error),
                         WEIR_OK);
        assert_int_equal(delta.total, count);
        assert_int_equal(decode(&delta, shape->bits, got, count, &came), WEIR_END);
        assert_int_equal(came, count);
        for (uint64_t i = 0; i < count; i++) {
            if (shape->bits == 64) {
                assert_int_equal(weir_load_u64(got + 8 * i), values[i]);
            } else {
                assert_int_equal(weir_load_u32(got + 4 * i), (uint32_t)values[i]);
            }
        }
        assert_int_equal(weir_body_left(&b.body), bytes->count - section);
        body_close(&b);
    }
    free(got);
}

static void every_width_count_and_block_comes_back(void **state) {
    static const uint32_t blocks[][2] = {{128, 4},   {128, 1}, {256, 4},     {2048, 8},
                                         {1024, 32}, {384, 3}, {32768, 1024}};
    static const size_t slices[] = {0, 1, 3, 7, 61, 4096};
    int64_t *values = calloc(10000, sizeof *values);
    (void)state;
    mp_seed("delta");
    for (int round = 0; round < 700; round++) {
        uint32_t layout = mp_below(7);
        struct shape shape = {
            .bits = round % 2 == 0 ? 64 : 32,
            .block = blocks[layout][0],
            .miniblocks = blocks[layout][1],
            .garbage = mp_below(2) == 0 ? 0 : mp_below(256),
        };
        uint32_t width = (uint32_t)round / 2 % (shape.bits + 1);
        uint64_t count = mp_below(4) == 0 ? mp_below(70) : mp_below(10000);
        struct mp_bytes bytes = {0};
        shape.width = mp_below(3) == 0 ? mp_below(shape.bits + 1) : 0;
        random_values(values, count, shape.bits, width);
        encode(&bytes, &shape, values, count);
        size_t section = bytes.count;
        if (mp_below(2) == 0) {
            mp_text(&bytes, "what lies behind the section");
        }
        check(&bytes, section, &shape, values, count, slices[round % 6]);
        mp_free(&bytes);
    }
    free(values);
}

static void differences_taken_in_64_bits_are_right_in_32(void **state) {
    int64_t values[500];
    (void)state;
    mp_seed("delta 33");
    for (int round = 0; round < 60; round++) {
        struct shape shape = {.bits = 32, .block = 128, .miniblocks = 4, .signed_overrun = true};
        struct mp_bytes bytes = {0};
        uint64_t count = 1 + mp_below(500);
        for (uint64_t i = 0; i < count; i++) {
            values[i] = mp_below(3) == 0 ? INT32_MIN : (int32_t)(uint32_t)mp_random();
        }
        shape.width = round % 2 == 0 ? 33 : mp_below(65);
        encode(&bytes, &shape, values, count);
        check(&bytes, bytes.count, &shape, values, count, 0);
        mp_free(&bytes);
    }
}

static void the_padding_of_the_last_miniblock_may_be_missing(void **state) {
    int64_t values[700];
    (void)state;
    mp_seed("delta padding");
    for (uint32_t round = 0; round < 200; round++) {
        struct shape shape = {.bits = 64, .block = 256, .miniblocks = 2};
        struct mp_bytes whole = {0};
        struct mp_bytes least = {0};
        uint64_t count = 2 + mp_below(698);
        shape.width = 1 + mp_below(64);
        random_values(values, count, 64, mp_below(65));
        encode(&whole, &shape, values, count);
        shape.cut_padding = true;
        encode(&least, &shape, values, count);
        for (size_t n = least.count; n <= whole.count; n += 1 + mp_below(40)) {
            struct mp_bytes cut = whole;
            cut.count = n;
            check(&cut, n, &shape, values, count, n % 5);
        }
        mp_free(&whole);
        mp_free(&least);
    }
}

static void spans_may_be_cut_at_any_byte(void **state) {
    int64_t values[300];
    (void)state;
    mp_seed("delta spans");
    for (int round = 0; round < 6; round++) {
        struct shape shape = {.bits = round % 2 == 0 ? 64 : 32, .block = 128, .miniblocks = 4};
        struct mp_bytes bytes = {0};
        random_values(values, 300, shape.bits, 3 + 7 * (uint32_t)round);
        encode(&bytes, &shape, values, 300);
        for (size_t slice = 1; slice <= bytes.count; slice++) {
            check(&bytes, bytes.count, &shape, values, 300, slice);
        }
        mp_free(&bytes);
    }
}

/* A page that a codec gives in parts. */
static void a_compressed_page_is_decoded_as_it_comes(void **state) {
    const uint64_t count = 150000;
    int64_t *values = calloc(count, sizeof *values);
    uint8_t *got = calloc(count, 8);
    (void)state;
    mp_seed("delta snappy");
    for (uint32_t round = 0; round < 4; round++) {
        struct shape shape = {.bits = 64, .block = 128, .miniblocks = 4};
        struct mp_bytes bytes = {0};
        struct mp_bytes packed = {0};
        struct body_bench b;
        struct weir_delta delta;
        uint64_t came = 0;
        random_values(values, count, 64, 20 + 11 * round);
        encode(&bytes, &shape, values, count);
        mp_snappy(&packed, &bytes);
        body_open(&b, packed.data, packed.count, 1000);
        b.memory.area_bytes = weir_body_area_bytes(WEIR_CODEC_SNAPPY, 0);
        b.memory.area = aligned_alloc(64, (b.memory.area_bytes + 63) / 64 * 64);
        assert_int_equal(weir_body_open(&b.body, &b.window, WEIR_CODEC_SNAPPY, packed.count,
                                        bytes.count, &b.memory, NULL, &b.error),
                         WEIR_OK);
        assert_int_equal(
            weir_delta_open(&delta, &b.body, 64, count, weir_delta_choose(WEIR_ISA_AUTO), &b.error),
            WEIR_OK);
        assert_int_equal(decode(&delta, 64, got, count, &came), WEIR_END);
        assert_int_equal(came, count);
        assert_memory_equal(got, values, count * 8);
        assert_int_equal(weir_body_left(&b.body), 0);
        assert_int_equal(weir_body_close(&b.body), WEIR_OK);
        free(b.memory.area);
        body_close(&b);
        mp_free(&bytes);
        mp_free(&packed);
    }
    free(values);
    free(got);
}

static void a_failing_source_is_an_io_error(void **state) {
    int64_t values[300] = {0};
    uint64_t came = 0;
    uint8_t got[300 * 8];
    struct shape shape = {.bits = 64, .block = 128, .miniblocks = 4, .width = 30};
    struct mp_bytes bytes = {0};
    struct body_bench b;
    struct weir_delta delta;
    (void)state;
    encode(&bytes, &shape, values, 300);
    body_open(&b, bytes.data, bytes.count, 50);
    b.input.fail_from = 400;
    b.input.fail_result = -5;
    assert_int_equal(
        weir_delta_open(&delta, &b.body, 64, 300, weir_delta_choose(WEIR_ISA_AUTO), &b.error),
        WEIR_OK);
    assert_int_equal(decode(&delta, 64, got, 300, &came), WEIR_E_IO);
    body_close(&b);
    mp_free(&bytes);
}

static enum weir_status open_text(const char *data, size_t bytes, uint32_t bits, uint64_t most) {
    struct body_bench b;
    struct weir_delta delta;
    uint8_t values[8 * 300];
    uint64_t count = 0;
    body_open(&b, (const uint8_t *)data, bytes, 0);
    enum weir_status status =
        weir_delta_open(&delta, &b.body, bits, most, weir_delta_choose(WEIR_ISA_AUTO), &b.error);
    if (status == WEIR_OK) {
        status = decode(&delta, bits, values, 300, &count);
    }
    assert_int_equal(b.error.status, status < 0 ? status : WEIR_OK);
    body_close(&b);
    return status;
}

static void malformed_headers_are_refused(void **state) {
    (void)state;
    assert_int_equal(open_text("", 0, 64, 0), WEIR_END);
    assert_int_equal(open_text("", 0, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\4\0\0", 5, 64, 0), WEIR_END);
    assert_int_equal(open_text("\x80\1\4\1\5", 5, 64, 1), WEIR_END);
    assert_int_equal(open_text("\x80\1\4\1\5", 5, 64, 0), WEIR_E_CORRUPT); /* too many values */
    assert_int_equal(open_text("\x80\1\4\1", 4, 64, 1), WEIR_E_CORRUPT);   /* no first value */
    assert_int_equal(open_text("\x80\1\4\2\5", 5, 64, 2), WEIR_E_CORRUPT); /* no block */
    assert_int_equal(open_text("\x40\2\1\5", 4, 64, 1), WEIR_E_CORRUPT);   /* blocks of 64 */
    assert_int_equal(open_text("\0\1\1\5", 4, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\0\1\5", 5, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\x8\1\5", 5, 64, 1), WEIR_E_CORRUPT); /* miniblocks of 16 */
    assert_int_equal(open_text("\x80\1\3\1\5", 5, 64, 1), WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\x80\x08\4\1\5", 6, 64, 1), WEIR_E_UNSUPPORTED);
    assert_int_equal(open_text("\x80\x80\x04\x80\x10\1\5", 7, 64, 1), WEIR_E_UNSUPPORTED);
    /* Numbers of eleven bytes, and of 65 bits. */
    assert_int_equal(open_text("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\4\1\5", 14, 64, 1),
                     WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\4\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\2", 14, 64, 1),
                     WEIR_E_CORRUPT);
    assert_int_equal(open_text("\x80\1\4\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 14, 32, 1),
                     WEIR_END);
    /* Widths of 64 and 65 bits. */
    assert_int_equal(open_text("\x80\1\4\2\5\0\x40\xff\xff\xff\1\2\3\4\5\6\7\x8", 18, 64, 2),
                     WEIR_END);
    assert_int_equal(open_text("\x80\1\4\2\5\0\x41\xff\xff\xff\1\2\3\4\5\6\7\x8\x9", 19, 64, 2),
                     WEIR_E_CORRUPT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_count_and_block_comes_back),
        cmocka_unit_test(differences_taken_in_64_bits_are_right_in_32),
        cmocka_unit_test(the_padding_of_the_last_miniblock_may_be_missing),
        cmocka_unit_test(spans_may_be_cut_at_any_byte),
        cmocka_unit_test(a_compressed_page_is_decoded_as_it_comes),
        cmocka_unit_test(a_failing_source_is_an_io_error),
        cmocka_unit_test(malformed_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
