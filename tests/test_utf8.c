/* UTF-8 validation against a decoder that forms code points, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/utf8.h"

/* One code point of `bytes` bytes at `data`: how many bytes it takes, 0 when there is none. */
static size_t model_code_point(const uint8_t *data, size_t bytes) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = data[0];
    size_t length = 1;
    if (value >= 0xF8 || (value >= 0x80 && value < 0xC0)) {
        return 0;
    }
    if (value >= 0x80) {
        length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
        value &= 0xFFu >> (length + 1);
    }
    if (length > bytes) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (data[i] & 0x3Fu);
    }
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < smallest[length] || surrogate || value > 0x10FFFF ? 0 : length;
}

static bool model_valid(const uint8_t *data, size_t bytes) {
    size_t at = 0;
    while (at < bytes) {
        size_t length = model_code_point(data + at, bytes - at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

static uint32_t encode(uint32_t point, uint8_t *to) {
    if (point < 0x80) {
        to[0] = (uint8_t)point;
        return 1;
    }
    uint32_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (uint32_t i = length - 1; i > 0; i--) {
        to[i] = (uint8_t)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    to[0] = (uint8_t)((0xF00u >> length & 0xFFu) | point);
    return length;
}

static void every_sequence_of_up_to_three_bytes_is_judged_as_by_the_model(void **unused) {
    (void)unused;
    uint32_t wrong = 0;
    uint32_t valid = 0;
    assert_true(weir_utf8_is_valid(NULL, 0));
    for (uint32_t bytes = 1; bytes <= 3; bytes++) {
        for (uint32_t n = 0; n < UINT32_C(1) << (8 * bytes); n++) {
            uint8_t text[3] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16)};
            bool expected = model_valid(text, bytes);
            valid += expected;
            wrong += weir_utf8_is_valid(text, bytes) != expected;
        }
    }
    assert_int_equal(wrong, 0);
    /* 128 + (128^2 + 1920) + (128^3 + 2 * 128 * 1920 + 61440): 63488 points of 3 bytes, less 2048
     * surrogates. */
    assert_int_equal(valid, 128 + 16384 + 1920 + 2097152 + 491520 + 61440);
}

static void four_bytes_are_judged_as_by_the_model_at_every_border(void **unused) {
    (void)unused;
    static const uint8_t edges[] = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                    0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF};
    const size_t count = sizeof edges;
    uint32_t valid = 0;
    for (uint32_t first = 0; first < 256; first++) {
        for (size_t n = 0; n < count * count * count; n++) {
            uint8_t text[4] = {(uint8_t)first, edges[n % count], edges[n / count % count],
                               edges[n / count / count]};
            bool expected = model_valid(text, 4);
            valid += expected;
            assert_int_equal(weir_utf8_is_valid(text, 4), expected);
        }
    }
    assert_true(valid > 1000);
}

static void every_code_point_but_surrogates_is_valid(void **unused) {
    (void)unused;
    uint32_t valid = 0;
    for (uint32_t point = 0; point < 0x120000; point++) {
        uint8_t text[4];
        uint32_t bytes = encode(point, text);
        bool expected = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        assert_int_equal(weir_utf8_is_valid(text, bytes), expected);
        valid += expected;
    }
    assert_int_equal(valid, 0x110000 - 0x800);
}

/* Mixed text of many lengths, so that every path is taken at every alignment; then spoilt. */
static void long_texts_and_pieces_are_judged_as_by_the_model(void **unused) {
    (void)unused;
    const unsigned seed = 20240917;
    print_message("seed %u\n", seed);
    srand(seed);
    static const uint32_t points[] = {'a',    'b',    0x7F,   0x80,    0x7FF,    0x800,
                                      0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, 0};
    uint32_t invalid = 0;
    for (uint32_t round = 0; round < 2000; round++) {
        uint8_t text[200];
        uint32_t bytes = 0;
        uint32_t wanted = (uint32_t)rand() % 150;
        uint32_t ascii = (uint32_t)rand() % 4;
        while (bytes < wanted) {
            uint32_t pick = (uint32_t)rand() % 12;
            bytes += encode((uint32_t)rand() % 4 < ascii ? 'x' : points[pick], text + bytes);
        }
        if (bytes > 0 && round % 2 == 1) {
            text[(uint32_t)rand() % bytes] = (uint8_t)rand();
        }
        bool expected = model_valid(text, bytes);
        invalid += !expected;
        assert_int_equal(weir_utf8_is_valid(text, bytes), expected);
        for (uint32_t cut = 0; cut <= bytes; cut++) {
            uint32_t state = weir_utf8_step(WEIR_UTF8_ACCEPT, text, cut);
            uint32_t middle = cut + (bytes - cut) / 2;
            state = weir_utf8_step(state, text + cut, middle - cut);
            state = weir_utf8_step(state, text + middle, bytes - middle);
            assert_int_equal(state == WEIR_UTF8_ACCEPT, expected);
        }
    }
    assert_true(invalid > 300 && invalid < 1000);
}

/* A code point that is broken off and taken up again behind a stretch of ASCII. */
static void ascii_inside_a_code_point_is_not_skipped(void **unused) {
    (void)unused;
    for (uint32_t lead = 0; lead < 40; lead++) {
        for (uint32_t gap = 1; gap < 70; gap++) {
            uint8_t text[120];
            memset(text, 'x', sizeof text);
            text[lead] = 0xC3;
            text[lead + 1 + gap] = 0xA9;
            assert_false(weir_utf8_is_valid(text, lead + gap + 2));
            assert_false(weir_utf8_is_valid(text, sizeof text));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_of_up_to_three_bytes_is_judged_as_by_the_model),
        cmocka_unit_test(four_bytes_are_judged_as_by_the_model_at_every_border),
        cmocka_unit_test(ascii_inside_a_code_point_is_not_skipped),
        cmocka_unit_test(every_code_point_but_surrogates_is_valid),
        cmocka_unit_test(long_texts_and_pieces_are_judged_as_by_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
