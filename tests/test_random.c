#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

/* Random123, tests/kat_vectors, the lines "philox4x32 10". */
static const struct {
    uint32_t counter[4];
    uint32_t key[2];
    uint32_t words[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void gives_the_published_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint32_t words[4];
        weir_random_block(known[i].counter, known[i].key, words);
        assert_memory_equal(words, known[i].words, sizeof words);
    }
}

static void a_draw_depends_on_every_argument(void **state) {
    (void)state;
    uint32_t base[4];
    uint32_t other[4];
    weir_random_draw(1, 2, WEIR_RANDOM_THIN, 3, 4, base);
    weir_random_draw(1, 2, WEIR_RANDOM_THIN, 3, 4, other);
    assert_memory_equal(base, other, sizeof base);
    for (int bit = 0; bit < 64; bit++) {
        weir_random_draw(1 ^ (UINT64_C(1) << bit), 2, WEIR_RANDOM_THIN, 3, 4, other);
        assert_memory_not_equal(base, other, sizeof base);
        weir_random_draw(1, 2 ^ (UINT64_C(1) << bit), WEIR_RANDOM_THIN, 3, 4, other);
        assert_memory_not_equal(base, other, sizeof base);
        if (bit < 40) {
            weir_random_draw(1, 2, WEIR_RANDOM_THIN, 3, 4 ^ (UINT64_C(1) << bit), other);
            assert_memory_not_equal(base, other, sizeof base);
        }
        if (bit < 16) {
            weir_random_draw(1, 2, WEIR_RANDOM_THIN, 3 ^ (1u << bit), 4, other);
            assert_memory_not_equal(base, other, sizeof base);
        }
    }
    weir_random_draw(1, 2, WEIR_RANDOM_TAIL, 3, 4, other);
    assert_memory_not_equal(base, other, sizeof base);
}

/* 2^16 draws: each bit is set half the time, within 6 standard deviations. */
static void bits_are_fair(void **state) {
    (void)state;
    uint32_t ones[128] = {0};
    for (uint64_t index = 0; index < 65536; index++) {
        uint32_t words[4];
        weir_random_draw(7, 0, WEIR_RANDOM_COMPACT, 0, index, words);
        for (int bit = 0; bit < 128; bit++) {
            ones[bit] += words[bit / 32] >> (bit % 32) & 1;
        }
    }
    for (int bit = 0; bit < 128; bit++) {
        assert_in_range(ones[bit], 32768 - 6 * 128, 32768 + 6 * 128);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_published_answers),
        cmocka_unit_test(a_draw_depends_on_every_argument),
        cmocka_unit_test(bits_are_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
