/* Stored bytes to values: FLOAT16, INT96 and decimals in bytes against exact references. */
#include "make_parquet.h"

#include "parquet/convert.h"
#include "parquet/schema.h"

__extension__ typedef __int128 wide;

/* --- FLOAT16 ---------------------------------------------------------------------------------- */

/* By its definition: sign, exponent and fraction as a product; doubles hold it exactly. */
static float half_by_definition(uint32_t bits) {
    int exponent = (int)(bits >> 10 & 31);
    int fraction = (int)(bits & 1023);
    double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
    if (exponent == 31) {
        return (float)(fraction != 0 ? (double)NAN : sign * (double)INFINITY);
    }
    double value = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    return (float)copysign(value, sign);
}

static void check_half(uint32_t bits, const uint8_t *got) {
    float want = half_by_definition(bits);
    float value;
    memcpy(&value, got, 4);
    if (isnan(want)) {
        assert_true(isnan(value));
        assert_int_equal(signbit(value) != 0, bits >> 15);
    } else {
        assert_memory_equal(&value, &want, 4);
    }
}

static void every_float16_is_the_float_of_the_same_value(void **state) {
    struct weir_error error;
    uint8_t *from = mp_guarded(2 * 65536);
    uint8_t *out = mp_guarded(4 * 65536);
    (void)state;
    weir_error_clear(&error);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        from[2 * bits] = (uint8_t)bits;
        from[2 * bits + 1] = (uint8_t)(bits >> 8);
    }
    assert_int_equal(
        weir_convert_fixed(WEIR_CONVERT_FLOAT16, WEIR_KIND_F32, from, 2, 65536, out, &error),
        WEIR_OK);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        check_half(bits, out + 4 * (size_t)bits);
    }
    memset(out, 0, 4 * 65536);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        struct weir_view view = {.data = from + 2 * (size_t)bits, .length = 2};
        assert_int_equal(
            weir_convert_views(WEIR_CONVERT_FLOAT16, WEIR_KIND_F32, &view, 1, out, &error),
            WEIR_OK);
        check_half(bits, out);
    }
    mp_unguard(from, 2 * 65536);
    mp_unguard(out, 4 * 65536);
}

/* --- INT96 ------------------------------------------------------------------------------------ */

static void put_int96(uint8_t *to, int64_t nanoseconds, int32_t day) {
    memcpy(to, &nanoseconds, 8);
    memcpy(to + 8, &day, 4);
}

static wide convert_int96(int64_t nanoseconds, int32_t day) {
    struct weir_error error;
    uint8_t stored[12];
    wide value = 0;
    weir_error_clear(&error);
    put_int96(stored, nanoseconds, day);
    assert_int_equal(weir_convert_fixed(WEIR_CONVERT_INT96, WEIR_KIND_I128, stored, 12, 1,
                                        (uint8_t *)&value, &error),
                     WEIR_OK);
    return value;
}

/* Whole seconds and the nanoseconds above them: no number leaves 64 bits. */
static void check_int96(int64_t nanoseconds, int32_t day) {
    const int64_t second = 1000000000;
    int64_t whole = nanoseconds / second - (nanoseconds % second < 0);
    int64_t seconds = ((int64_t)day - 2440588) * 86400 + whole;
    int64_t rest = nanoseconds % second + (nanoseconds % second < 0 ? second : 0);
    const int64_t spark_low = INT64_MIN / 1000000; /* in seconds; it wraps around below */
    wide value = convert_int96(nanoseconds, day);
    if (seconds <= spark_low && seconds >= spark_low - INT64_C(2440588) * 86400 - 1) {
        return; /* see int96_of_spark_wraps_around */
    }
    wide rest_got = value % second < 0 ? value % second + second : value % second;
    assert_true((value - rest_got) / second == seconds);
    assert_true(rest_got == rest);
}

static void int96_is_julian_day_and_nanoseconds(void **state) {
    static const int64_t edges[] = {
        0,         1,         -1,           86399999999999, 86400000000000, -86400000000000,
        INT64_MAX, INT64_MIN, INT64_MIN + 1};
    static const int32_t days[] = {2440588, 2440587, 2440589, 0, -1, 1, INT32_MAX, INT32_MIN};
    (void)state;
    mp_seed("int96");
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        for (size_t j = 0; j < sizeof days / sizeof days[0]; j++) {
            check_int96(edges[i], days[j]);
        }
    }
    for (int round = 0; round < 100000; round++) {
        check_int96((int64_t)mp_random() >> mp_below(64), (int32_t)mp_random() >> mp_below(32));
    }
    assert_true(convert_int96(0, 2440588) == 0);
    assert_true(convert_int96(-1, 2440588) == -1);
}

/* What Spark stores of a number of microseconds since 1970, in 64-bit arithmetic that wraps. */
static wide through_spark(int64_t microseconds) {
    const int64_t day = INT64_C(86400000000);
    int64_t julian = (int64_t)((uint64_t)microseconds + (uint64_t)(2440588 * day));
    return convert_int96(julian % day * 1000, (int32_t)(julian / day));
}

static void int96_of_spark_wraps_around(void **state) {
    static const int64_t last = INT64_MAX - INT64_C(2440588) * 86400000000;
    (void)state;
    mp_seed("spark");
    assert_true(through_spark(9089380393200000000) == (wide)9089380393200000000 * 1000);
    assert_true(through_spark(INT64_MAX) == (wide)INT64_MAX * 1000);
    for (int64_t off = -1000; off <= 1000; off++) {
        assert_true(through_spark(last + off) == ((wide)last + off) * 1000);
    }
    for (int round = 0; round < 100000; round++) {
        int64_t any = (int64_t)mp_random();
        any = any < INT64_MIN + 86400000000 ? 0 : any;
        assert_true(through_spark(any) == (wide)any * 1000);
    }
}

/* The first of January of each year, days counted by the rule of the Gregorian calendar. */
static void int96_holds_the_year_290000(void **state) {
    int64_t days = 0;
    (void)state;
    for (int32_t year = 1970; year <= 290000; year++) {
        if (year == 2000) {
            assert_int_equal(2440588 + days, 2451545); /* as astronomers say */
        }
        if (year % 1000 == 0 || year == 1970) {
            wide want = (wide)days * 86400 * 1000000000;
            assert_true(convert_int96(0, (int32_t)(2440588 + days)) == want);
            assert_true(convert_int96(123456789, (int32_t)(2440588 + days)) == want + 123456789);
        }
        days += year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
    }
    assert_true((wide)days * 86400 * 1000000000 > INT64_MAX);
}

/* --- Decimals --------------------------------------------------------------------------------- */

#define BYTES_MAX 448 /* a multiple of 64 */

/* Big-endian two's complement as text, digit by digit, by long division of its magnitude. */
static void text_of_bytes(const uint8_t *bytes, size_t length, char *text) {
    uint8_t magnitude[BYTES_MAX];
    char digits[3 * BYTES_MAX];
    size_t count = 0;
    bool negative = bytes[0] >= 0x80;
    uint32_t carry = 1;
    memcpy(magnitude, bytes, length);
    for (size_t i = length; negative && i-- > 0;) {
        carry += (uint8_t)~magnitude[i];
        magnitude[i] = (uint8_t)carry;
        carry >>= 8;
    }
    for (bool more = true; more;) {
        uint32_t rest = 0;
        more = false;
        for (size_t i = 0; i < length; i++) {
            rest = rest << 8 | magnitude[i];
            magnitude[i] = (uint8_t)(rest / 10);
            rest %= 10;
            more = more || magnitude[i] != 0;
        }
        digits[count++] = (char)('0' + rest);
    }
    if (negative) {
        *text++ = '-';
    }
    while (count > 0) {
        *text++ = digits[--count];
    }
    *text = '\0';
}

static void text_of_wide(wide value, char *text) {
    char digits[50];
    size_t count = 0;
    bool negative = value < 0;
    do {
        int digit = (int)(value % 10);
        digits[count++] = (char)('0' + (digit < 0 ? -digit : digit));
        value /= 10;
    } while (value != 0);
    if (negative) {
        *text++ = '-';
    }
    while (count > 0) {
        *text++ = digits[--count];
    }
    *text = '\0';
}

/* Whether the number needs no more than `width` bytes. */
static bool fits(const uint8_t *bytes, size_t length, size_t width) {
    uint8_t sign = bytes[0] >= 0x80 ? 0xff : 0;
    for (size_t i = 0; i + width < length; i++) {
        if (bytes[i] != sign) {
            return false;
        }
    }
    return length <= width || (bytes[length - width] >= 0x80) == (sign != 0);
}

static enum weir_status convert_decimal(const uint8_t *bytes, size_t length, enum weir_kind kind,
                                        uint8_t *out) {
    static uint8_t *guarded = NULL; /* what lies behind the bytes may not be touched */
    struct weir_error error;
    uint8_t other[16] = {0};
    guarded = guarded != NULL ? guarded : mp_guarded(BYTES_MAX);
    uint8_t *from = guarded + BYTES_MAX - length;
    weir_error_clear(&error);
    memcpy(from, bytes, length);
    struct weir_view view = {.data = from, .length = (uint32_t)length};
    enum weir_status status = weir_convert_views(WEIR_CONVERT_DECIMAL, kind, &view, 1, out, &error);
    assert_int_equal(error.status, status);
    if (length > 0) {
        weir_error_clear(&error);
        assert_int_equal(weir_convert_fixed(WEIR_CONVERT_DECIMAL, kind, from, (uint32_t)length, 1,
                                            other, &error),
                         status);
        assert_int_equal(error.status, status);
        assert_true(status != WEIR_OK || memcmp(out, other, weir_kind_width(kind)) == 0);
    }
    return status;
}

static void check_decimal(const uint8_t *bytes, size_t length) {
    char want[3 * BYTES_MAX];
    char got[64];
    double real = 0;
    text_of_bytes(bytes, length, want);
    assert_int_equal(convert_decimal(bytes, length, WEIR_KIND_F64, (uint8_t *)&real), WEIR_OK);
    double nearest = strtod(want, NULL);
    if (memcmp(&real, &nearest, sizeof real) != 0) {
        fail_msg("%s is %a, not %a", want, nearest, real);
    }
    wide value = 0;
    int64_t narrow = 0;
    enum weir_status status = convert_decimal(bytes, length, WEIR_KIND_I128, (uint8_t *)&value);
    assert_int_equal(status, fits(bytes, length, 16) ? WEIR_OK : WEIR_E_CORRUPT);
    if (status == WEIR_OK) {
        text_of_wide(value, got);
        assert_string_equal(got, want);
    }
    status = convert_decimal(bytes, length, WEIR_KIND_I64, (uint8_t *)&narrow);
    assert_int_equal(status, fits(bytes, length, 8) ? WEIR_OK : WEIR_E_CORRUPT);
    if (status == WEIR_OK) {
        text_of_wide(narrow, got);
        assert_string_equal(got, want);
    }
}

/* The number, and its negative by complement and carry. */
static void check_both_signs(uint8_t *bytes, size_t length) {
    check_decimal(bytes, length);
    uint32_t carry = 1;
    for (size_t i = length; i-- > 0;) {
        carry += (uint8_t)~bytes[i];
        bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    check_decimal(bytes, length);
}

static void decimals_of_any_length_are_exact_or_nearest(void **state) {
    (void)state;
    mp_seed("decimals");
    for (size_t length = 1; length <= 40; length++) {
        for (int round = 0; round < 200; round++) {
            uint8_t bytes[BYTES_MAX];
            size_t padding = mp_below(3) == 0 ? mp_below((uint32_t)length) : 0;
            uint8_t pad = mp_below(2) != 0 ? 0xff : 0;
            /* Runs of zeros and ones make carries; short numbers are padded with their sign. */
            uint32_t style = mp_below(4);
            for (size_t i = 0; i < length; i++) {
                uint32_t dice = mp_below(8);
                bytes[i] = i < padding  ? pad
                           : style == 0 ? (uint8_t)mp_random()
                           : style == 1 ? (dice == 0 ? (uint8_t)mp_random() : 0)
                           : style == 2 ? (dice == 0 ? (uint8_t)mp_random() : 0xff)
                                        : (dice < 3   ? 0
                                           : dice < 6 ? 0xff
                                                      : 0x80);
            }
            check_both_signs(bytes, length);
        }
    }
}

/* 53 bits, then exactly half a unit, one less and one more: to even, down and up. */
static void doubles_of_decimals_round_ties_to_even(void **state) {
    (void)state;
    mp_seed("decimal ties");
    for (int round = 0; round < 8000; round++) {
        uint8_t bytes[48] = {0};
        uint32_t shift = 1 + mp_below(300); /* bits below the last one that counts */
        uint64_t significand = UINT64_C(1) << 52 | mp_random() >> 12;
        significand |= mp_below(8) == 0 ? (UINT64_C(1) << 53) - 1 : 0;
        for (uint32_t bit = 0; bit < 53; bit++) {
            uint32_t at = bit + shift;
            bytes[47 - at / 8] |= (uint8_t)((significand >> bit & 1) << (at % 8));
        }
        uint32_t half = shift - 1;
        int32_t off = (int32_t)mp_below(3) - 1;
        if (off >= 0) {
            bytes[47 - half / 8] |= (uint8_t)(1u << (half % 8));
            if (off > 0 && half > 0) {
                uint32_t at = mp_below(2) != 0 ? 0 : mp_below(half);
                bytes[47 - at / 8] |= (uint8_t)(1u << (at % 8));
            }
        } else {
            for (uint32_t at = 0; at < half; at++) {
                bytes[47 - at / 8] |= (uint8_t)(1u << (at % 8));
            }
        }
        size_t first = mp_below(2) != 0 ? 0 : 47 - (shift + 53) / 8;
        check_both_signs(bytes + first, 48 - first);
    }
}

static void the_largest_doubles_and_infinity_are_reached(void **state) {
    (void)state;
    for (size_t length = 120; length < 300; length++) {
        for (uint32_t top = 0; top < 256; top += 17) {
            for (int fill = 0; fill < 3; fill++) {
                uint8_t bytes[BYTES_MAX];
                memset(bytes, fill == 0 ? 0 : 0xff, length);
                bytes[0] = (uint8_t)top;
                /* 2^53 - 1 times a power of two, and what rounds up to the next */
                bytes[7] = fill == 2 ? 0xf7 : bytes[7];
                check_decimal(bytes, length);
            }
        }
    }
}

static void integers_at_their_limits_fit_and_no_further(void **state) {
    (void)state;
    for (size_t width = 8; width <= 16; width += 8) {
        for (size_t padding = 0; padding <= 24; padding++) {
            for (int sign = 0; sign < 2; sign++) {
                uint8_t bytes[48];
                size_t length = padding + width;
                memset(bytes, sign != 0 ? 0xff : 0, padding);
                bytes[padding] = sign != 0 ? 0x80 : 0x7f;
                memset(bytes + padding + 1, sign != 0 ? 0 : 0xff, width - 1);
                check_decimal(bytes, length);
                if (padding > 0) { /* one step further from zero */
                    bytes[padding] = sign != 0 ? 0x7f : 0x80;
                    memset(bytes + padding + 1, sign != 0 ? 0xff : 0, width - 1);
                    check_decimal(bytes, length);
                }
            }
        }
    }
}

static void a_decimal_of_no_bytes_is_refused(void **state) {
    static const enum weir_kind kinds[] = {WEIR_KIND_I64, WEIR_KIND_I128, WEIR_KIND_F64};
    uint8_t out[16];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(convert_decimal((const uint8_t *)"", 0, kinds[i], out), WEIR_E_CORRUPT);
    }
}

/* Many values in one call: each where it belongs, and the first bad one stops it. */
static void blocks_of_decimals_are_converted_in_place(void **state) {
    (void)state;
    mp_seed("decimal blocks");
    for (uint32_t stored = 1; stored <= 20; stored++) {
        uint32_t count = 1 + mp_below(700);
        size_t bytes = (size_t)count * stored;
        uint8_t *from = calloc(bytes, 1);
        wide *out = mp_guarded(count * sizeof(wide));
        struct weir_error error;
        weir_error_clear(&error);
        for (size_t i = 0; i < bytes; i++) {
            from[i] = (uint8_t)mp_random();
        }
        for (uint32_t i = 0; i < count && stored > 16; i++) {
            memset(from + (size_t)i * stored,
                   from[(size_t)i * stored + stored - 16] >= 0x80 ? 255 : 0, stored - 16);
        }
        assert_int_equal(weir_convert_fixed(WEIR_CONVERT_DECIMAL, WEIR_KIND_I128, from, stored,
                                            count, (uint8_t *)out, &error),
                         WEIR_OK);
        for (uint32_t i = 0; i < count; i++) {
            char want[3 * BYTES_MAX];
            char got[64];
            text_of_bytes(from + (size_t)i * stored, stored, want);
            text_of_wide(out[i], got);
            assert_string_equal(got, want);
        }
        if (stored > 16) {
            from[(size_t)mp_below(count) * stored] ^= 0x40;
            assert_int_equal(weir_convert_fixed(WEIR_CONVERT_DECIMAL, WEIR_KIND_I128, from, stored,
                                                count, (uint8_t *)out, &error),
                             WEIR_E_CORRUPT);
            assert_int_equal(error.got, stored);
        }
        mp_unguard(out, count * sizeof(wide));
        free(from);
    }
}

/* --- Which types are converted ------------------------------------------------------------------
 */

static void only_types_whose_bytes_are_not_their_values_are_converted(void **state) {
    (void)state;
    for (int physical = 0; physical < 8; physical++) {
        for (int logical = WEIR_LOGICAL_NONE; logical <= WEIR_LOGICAL_OTHER; logical++) {
            struct weir_type type = {.physical = (enum weir_physical)physical,
                                     .logical = (enum weir_logical)logical,
                                     .length_bytes = 2,
                                     .precision = 4};
            bool bytes = physical == WEIR_BYTE_ARRAY || physical == WEIR_FIXED_LEN_BYTE_ARRAY;
            if (logical == WEIR_LOGICAL_FLOAT16 && physical != WEIR_FIXED_LEN_BYTE_ARRAY) {
                continue; /* the schema drops it */
            }
            enum weir_conversion want = physical == WEIR_INT96            ? WEIR_CONVERT_INT96
                                        : logical == WEIR_LOGICAL_FLOAT16 ? WEIR_CONVERT_FLOAT16
                                        : bytes && logical == WEIR_LOGICAL_DECIMAL
                                            ? WEIR_CONVERT_DECIMAL
                                            : WEIR_CONVERT_NONE;
            assert_int_equal(weir_conversion_of(&type), want);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_float16_is_the_float_of_the_same_value),
        cmocka_unit_test(int96_is_julian_day_and_nanoseconds),
        cmocka_unit_test(int96_of_spark_wraps_around),
        cmocka_unit_test(int96_holds_the_year_290000),
        cmocka_unit_test(decimals_of_any_length_are_exact_or_nearest),
        cmocka_unit_test(doubles_of_decimals_round_ties_to_even),
        cmocka_unit_test(the_largest_doubles_and_infinity_are_reached),
        cmocka_unit_test(integers_at_their_limits_fit_and_no_further),
        cmocka_unit_test(a_decimal_of_no_bytes_is_refused),
        cmocka_unit_test(blocks_of_decimals_are_converted_in_place),
        cmocka_unit_test(only_types_whose_bytes_are_not_their_values_are_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
