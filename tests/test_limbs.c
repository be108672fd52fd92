/* Whole numbers of several limbs: against 128-bit arithmetic and the C library's strtod. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "splitmix.h"

#include "stats/limbs.h"

#define SEED UINT64_C(0x452821e638d01377)

/* Limbs that are often all zeros or all ones, so that carries run far. */
static uint64_t random_limb(void) {
    uint64_t pick = random_next() % 4;
    return pick == 0 ? 0 : pick == 1 ? UINT64_MAX : random_next() >> (random_next() % 64);
}

static void sums_and_differences_undo_each_other(void **state) {
    (void)state;
    random_state = SEED;
    for (int round = 0; round < 20000; round++) {
        uint64_t start[6];
        uint64_t limbs[6];
        uint64_t term[6] = {0};
        for (int i = 0; i < 6; i++) {
            start[i] = i < 5 ? random_limb() : 0;
        }
        memcpy(limbs, start, sizeof limbs);
        weir_uint128 value = (weir_uint128)random_limb() << 64 | random_limb();
        uint32_t shift = (uint32_t)(random_next() % 190);
        weir_limbs_add(limbs, 6, value, shift);
        /* The same bit by bit. */
        for (uint32_t bit = 0; bit < 128; bit++) {
            uint32_t at = bit + shift;
            term[at / 64] |= (uint64_t)(value >> bit & 1) << (at % 64);
        }
        uint64_t carry = 0;
        for (int i = 0; i < 6; i++) {
            uint64_t low = (start[i] & UINT32_MAX) + (term[i] & UINT32_MAX) + carry;
            uint64_t high = (start[i] >> 32) + (term[i] >> 32) + (low >> 32);
            assert_int_equal(limbs[i], high << 32 | (low & UINT32_MAX));
            carry = high >> 32;
        }
        assert_false(weir_limbs_subtract(limbs, term, 6));
        assert_memory_equal(limbs, start, sizeof limbs);
        bool larger = false;
        for (int i = 0; i < 6; i++) {
            larger = term[i] != start[i] ? term[i] > start[i] : larger;
        }
        assert_int_equal(weir_limbs_subtract(limbs, term, 6), larger);
    }
}

static void products_and_quotients_undo_each_other(void **state) {
    (void)state;
    random_state = SEED + 1;
    for (int round = 0; round < 20000; round++) {
        weir_uint128 a = (weir_uint128)random_limb() << 64 | random_limb();
        uint64_t b = random_limb() | 1;
        uint64_t rest = random_next() % b;
        uint64_t product[4];
        weir_limbs_product(a, b, product);
        assert_int_equal(product[3], 0);
        assert_true((weir_uint128)a * b == ((weir_uint128)product[1] << 64 | product[0]));
        weir_limbs_add(product, 4, rest, 0);
        assert_int_equal(weir_limbs_divide(product, 4, b), rest);
        assert_true(((weir_uint128)product[1] << 64 | product[0]) == a);
        assert_true(product[2] == 0 && product[3] == 0);
        /* (2^64 p + q) (2^64 r + s), term by term. */
        weir_uint128 c = (weir_uint128)random_limb() << 64 | random_limb();
        uint64_t terms[4] = {0};
        weir_limbs_add(terms, 4, (weir_uint128)(uint64_t)a * (uint64_t)c, 0);
        weir_limbs_add(terms, 4, (weir_uint128)(uint64_t)(a >> 64) * (uint64_t)c, 64);
        weir_limbs_add(terms, 4, (weir_uint128)(uint64_t)a * (uint64_t)(c >> 64), 64);
        weir_limbs_add(terms, 4, (weir_uint128)(uint64_t)(a >> 64) * (uint64_t)(c >> 64), 128);
        weir_limbs_product(a, c, product);
        assert_memory_equal(product, terms, sizeof terms);
    }
}

/* Bit by bit: below the normal range strtod of some C libraries rounds hexadecimal text wrongly. */
static double round_by_bits(const uint64_t *limbs, uint32_t count, bool more, int64_t exponent) {
    int64_t top = 64 * (int64_t)count - 1;
    while (top > 0 && (limbs[top / 64] >> (top % 64) & 1) == 0) {
        top--;
    }
    int64_t last = top - 52 + exponent > -1074 ? top - 52 : -1074 - exponent;
    uint64_t kept = 0;
    for (int64_t bit = top; bit >= last && bit >= 0; bit--) {
        kept = kept << 1 | (limbs[bit / 64] >> (bit % 64) & 1);
    }
    kept <<= last < 0 ? -last : 0;
    bool half = false;
    for (int64_t bit = last - 1; bit >= 0; bit--) {
        bool is_set = bit <= top && (limbs[bit / 64] >> (bit % 64) & 1) != 0;
        half = bit == last - 1 ? is_set : half;
        more |= bit < last - 1 && is_set;
    }
    kept += half && (more || (kept & 1) != 0);
    return ldexp((double)kept, (int)(last + exponent));
}

/* strtod rounds hexadecimal text of any length. */
static double read_hex(const uint64_t *limbs, uint32_t count, bool more, int64_t exponent) {
    char text[200];
    int used = snprintf(text, sizeof text, "0x");
    for (uint32_t i = count; i > 0; i--) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%016llx",
                         (unsigned long long)limbs[i - 1]);
    }
    (void)snprintf(text + used, sizeof text - (size_t)used, "%sp%lld", more ? ".8" : "",
                   (long long)exponent);
    return strtod(text, NULL);
}

static void doubles_are_the_nearest(void **state) {
    (void)state;
    random_state = SEED + 2;
    static const int64_t exponents[] = {0,     -1,    -128, -1074, -1075, -1100, -1130, -1138,
                                        -1200, -1330, 300,  700,   800,   900,   960,   1023};
    for (int round = 0; round < 200000; round++) {
        uint64_t limbs[4] = {0};
        uint32_t used = 1 + (uint32_t)(random_next() % 4);
        for (uint32_t i = 0; i < used; i++) {
            limbs[i] = random_limb();
        }
        /* Ties: few bits at the top, one 53 or so below. */
        if (round % 4 == 0) {
            memset(limbs, 0, sizeof limbs);
            uint32_t shift = (uint32_t)(random_next() % 130);
            weir_limbs_add(limbs, 4, (random_next() >> 12 | UINT64_C(1) << 52), shift + 1);
            weir_limbs_add(limbs, 4, random_next() % 2, shift);
        }
        bool more = random_next() % 2 == 0;
        int64_t exponent = exponents[random_next() % 16] + (int64_t)(random_next() % 5);
        more = more && (limbs[0] | limbs[1] | limbs[2] | limbs[3]) >> 62 != 0;
        double got = weir_limbs_to_double(limbs, 4, more, exponent);
        double wanted = round_by_bits(limbs, 4, more, exponent);
        assert_true(wanted < 0x1p-1022 || wanted == read_hex(limbs, 4, more, exponent));
        if (memcmp(&got, &wanted, sizeof got) != 0) {
            fail_msg("round %d: %a is not %a", round, got, wanted);
        }
    }
}

/* Two doubles: the nearest one, then the nearest to what is left, but for a few of 106 bits. */
static void unevaluated_sums_keep_a_hundred_bits(void **state) {
    (void)state;
    random_state = SEED + 5;
    for (int round = 0; round < 100000; round++) {
        uint64_t limbs[6] = {0};
        const uint32_t used = (uint32_t)(random_next() % 6);
        for (uint32_t i = 0; i < used; i++) {
            limbs[i] = random_limb();
        }
        uint32_t bits = 384;
        while (bits > 0 && (limbs[(bits - 1) / 64] >> ((bits - 1) % 64) & 1) == 0) {
            bits--;
        }
        assert_int_equal(weir_limbs_bits(limbs, 6), bits);
        const struct weir_twofold got = weir_limbs_to_twofold(limbs, 6, -200);
        if (bits == 0) {
            assert_true(got.high == 0 && got.low == 0);
            continue;
        }
        /* limbs - got, in units of 2^-200; both parts of got are whole there. */
        uint64_t rest[6];
        uint64_t part[6] = {0};
        int exponent = 0;
        const double mantissa = frexp(got.high, &exponent);
        exponent += 200 - 53;
        const uint64_t whole = (uint64_t)ldexp(mantissa, 53);
        weir_limbs_add(part, 6, exponent < 0 ? whole >> -exponent : whole,
                       exponent < 0 ? 0 : (uint32_t)exponent);
        memcpy(rest, limbs, sizeof rest);
        const bool below = weir_limbs_subtract(rest, part, 6);
        if (below) {
            uint64_t size[6] = {0};
            (void)weir_limbs_subtract(size, rest, 6);
            memcpy(rest, size, sizeof rest);
        }
        const double left = weir_limbs_to_double(rest, 6, false, -200);
        assert_true(fabs((below ? -left : left) - got.low) <= ldexp(1, (int)bits - 200 - 104));
    }
}

static struct weir_i256 negated(struct weir_i256 value) {
    struct weir_i256 result = {{0}};
    (void)weir_limbs_subtract(result.limbs, value.limbs, 4);
    return result;
}

/* sum = whole * count + rest: the mean lies between two known neighbours. */
static void means_are_the_nearest(void **state) {
    (void)state;
    random_state = SEED + 3;
    for (int round = 0; round < 100000; round++) {
        uint64_t count = 1 + random_limb() / 2;
        weir_uint128 whole = ((weir_uint128)random_limb() << 64 | random_limb()) >> 1;
        whole |= (weir_uint128)1 << 54;
        uint64_t rest = random_next() % 2 == 0 ? 0 : random_next() % count;
        struct weir_i256 sum;
        weir_limbs_product(whole, count, sum.limbs);
        weir_limbs_add(sum.limbs, 4, rest, 0);
        const uint64_t limbs[2] = {(uint64_t)whole, (uint64_t)(whole >> 64)};
        double wanted = read_hex(limbs, 2, rest > 0, 0);
        assert_true(weir_i256_mean(&sum, count) == wanted);
        sum = negated(sum);
        assert_true(weir_i256_mean(&sum, count) == -wanted);
    }
    for (int round = 0; round < 100000; round++) {
        int64_t small = (int64_t)random_next() >> (11 + random_next() % 53);
        uint64_t count = 1 + (random_next() >> (11 + random_next() % 53));
        struct weir_i256 sum = weir_i256_of(small);
        assert_true(weir_i256_mean(&sum, count) == (double)small / (double)count);
        assert_true(weir_i256_to_double(&sum) == (double)small);
    }
}

static void sums_of_signed_values_are_exact(void **state) {
    (void)state;
    random_state = SEED + 4;
    for (int round = 0; round < 1000; round++) {
        struct weir_i256 sum = weir_i256_of(0);
        weir_int128 expected = 0;
        for (int i = 0; i < 50; i++) {
            weir_int128 value = (weir_int128)((weir_uint128)random_limb() << 64 | random_limb());
            value /= 64;
            struct weir_i256 term = weir_i256_of(value);
            weir_i256_add(&sum, &term);
            expected += value;
        }
        struct weir_i256 wanted = weir_i256_of(expected);
        assert_memory_equal(&sum, &wanted, sizeof sum);
        uint64_t size[4];
        assert_int_equal(weir_i256_size(&sum, size), expected < 0);
        weir_uint128 positive = expected < 0 ? 0 - (weir_uint128)expected : (weir_uint128)expected;
        assert_true(((weir_uint128)size[1] << 64 | size[0]) == positive);
        assert_true(weir_i256_to_double(&sum) == (double)expected);
    }
    /* 2^63 times the least 128-bit number. */
    struct weir_i256 least = {{0, 0, 0, 0}};
    least.limbs[2] = 0 - (UINT64_C(1) << 62);
    least.limbs[3] = UINT64_MAX;
    assert_true(weir_i256_to_double(&least) == -0x1p190);
    assert_true(weir_i256_mean(&least, UINT64_C(1) << 63) == -0x1p127);
}

int main(void) {
    printf("seed %llx\n", (unsigned long long)SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_differences_undo_each_other),
        cmocka_unit_test(products_and_quotients_undo_each_other),
        cmocka_unit_test(doubles_are_the_nearest),
        cmocka_unit_test(unevaluated_sums_keep_a_hundred_bits),
        cmocka_unit_test(means_are_the_nearest),
        cmocka_unit_test(sums_of_signed_values_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
