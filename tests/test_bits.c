/* Loads and bit helpers against their definitions. */
#include "make_parquet.h"

#include "base/bits.h"

static void loads_are_little_endian_at_any_address(void **state) {
    uint8_t bytes[32];
    (void)state;
    mp_seed("loads");
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)mp_random();
    }
    for (size_t at = 0; at < 24; at++) {
        uint64_t want = 0;
        for (size_t i = 8; i-- > 0;) {
            want = want * 256 + bytes[at + i];
        }
        assert_int_equal(weir_load_u64(bytes + at), want);
        assert_int_equal(weir_load_u32(bytes + at), want & UINT32_MAX);
    }
}

static void doubles_keep_their_bits(void **state) {
    static const uint64_t patterns[] = {0, UINT64_C(1) << 63, UINT64_C(0x7ff8000000000001),
                                        UINT64_C(0xfff0000000000000), 1};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(weir_bits_of_double(weir_double_of_bits(patterns[i])), patterns[i]);
    }
    assert_int_equal(weir_bits_of_double(1.0), UINT64_C(0x3ff) << 52);
}

static void bit_width_is_the_smallest_that_holds_the_value(void **state) {
    (void)state;
    assert_int_equal(weir_bit_width(0), 0);
    for (uint32_t width = 1; width <= 64; width++) {
        uint64_t low = UINT64_C(1) << (width - 1);
        assert_int_equal(weir_bit_width(low), width);
        assert_int_equal(weir_bit_width(low - 1 + low), width);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_are_little_endian_at_any_address),
        cmocka_unit_test(doubles_keep_their_bits),
        cmocka_unit_test(bit_width_is_the_smallest_that_holds_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
