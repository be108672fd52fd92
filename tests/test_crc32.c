/* CRC-32 against the definition, bit by bit. */
#include "codec_help.h"

#include "base/crc32.h"

static uint32_t crc_by_bits(uint32_t crc, const uint8_t *data, size_t bytes) {
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? UINT32_C(0xedb88320) : 0);
        }
    }
    return ~crc;
}

static void the_check_value_is_right(void **state) {
    (void)state;
    assert_int_equal(weir_crc32(0, (const uint8_t *)"123456789", 9), 0xcbf43926);
    assert_int_equal(weir_crc32(0, NULL, 0), 0);
    assert_int_equal(weir_crc32(0x12345678, NULL, 0), 0x12345678);
}

static void every_length_at_every_alignment_is_right(void **state) {
    (void)state;
    help_seed(__func__);
    for (size_t bytes = 0; bytes <= 400; bytes++) {
        for (size_t shift = 0; shift < 16; shift += 1 + bytes % 3) {
            uint8_t *block = help_block(bytes + shift);
            help_fill(block, bytes + shift, 0);
            uint32_t start = (uint32_t)help_random();
            assert_int_equal(weir_crc32(start, block + shift, bytes),
                             crc_by_bits(start, block + shift, bytes));
            free(block);
        }
    }
}

static void single_bits_are_seen_wherever_they_are(void **state) {
    (void)state;
    uint8_t block[200];
    for (size_t bit = 0; bit < 8 * sizeof block; bit++) {
        memset(block, 0, sizeof block);
        block[bit / 8] = (uint8_t)(1u << (bit % 8));
        assert_int_equal(weir_crc32(0, block, sizeof block), crc_by_bits(0, block, sizeof block));
    }
}

static void pieces_give_what_the_whole_gives(void **state) {
    (void)state;
    help_seed(__func__);
    size_t bytes = 100000;
    uint8_t *block = help_block(bytes);
    help_fill(block, bytes, 0);
    uint32_t whole = weir_crc32(0, block, bytes);
    assert_int_equal(whole, crc_by_bits(0, block, bytes));
    for (int round = 0; round < 30; round++) {
        uint32_t crc = 0;
        size_t at = 0;
        while (at < bytes) {
            size_t n = 1 + help_random() % (round < 15 ? 200 : 20000);
            n = n > bytes - at ? bytes - at : n;
            crc = weir_crc32(crc, block + at, n);
            at += n;
        }
        assert_int_equal(crc, whole);
    }
    free(block);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_value_is_right),
        cmocka_unit_test(every_length_at_every_alignment_is_right),
        cmocka_unit_test(single_bits_are_seen_wherever_they_are),
        cmocka_unit_test(pieces_give_what_the_whole_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
