/* Numbers, dates and escapes: read back by strtod, gmtime and small models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../tools/number.h"
#include "../tools/quote.h"
#include "../tools/value.h"

__extension__ typedef __int128 wide;

static uint64_t state = 0x243f6a8885a308d3u;

static uint64_t next_random(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned significant_digits(const char *text) {
    unsigned digits = 0;
    unsigned zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= '1' && *text <= '9') {
            digits += zeros + 1;
            zeros = 0;
        } else if (*text == '0' && digits > 0) {
            zeros++;
        }
    }
    return digits;
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Reads back the same, and no text with fewer digits does. */
static void check_double(double value) {
    char text[CLI_NUMBER_BYTES];
    char shorter[64];
    const size_t count = cli_format_double(text, value);
    assert_int_equal(count, strlen(text));
    const double back = strtod(text, NULL);
    assert_memory_equal(&back, &value, sizeof value);
    const unsigned digits = significant_digits(text);
    if (digits > 1) {
        (void)snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, value);
        assert_true(strtod(shorter, NULL) != value);
    }
}

static void doubles_read_back_and_are_shortest(void **unused) {
    (void)unused;
    print_message("seed %llx\n", (unsigned long long)state);
    static const double some[] = {0.1,
                                  1.0 / 3,
                                  1e21,
                                  1e22,
                                  5e-324,
                                  1.5e300,
                                  123456.789,
                                  -2.5,
                                  0x1p-44,
                                  0x1p-1022,
                                  0x1.fffffffffffffp1023,
                                  1e15,
                                  1e16,
                                  1e17};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        check_double(some[i]);
        check_double(-some[i]);
    }
    for (int i = 0; i < 100000; i++) {
        const double value = from_bits(next_random());
        if (isfinite(value)) {
            check_double(value);
        }
        check_double((double)(int64_t)(next_random() % 2000000000) / 1000);
    }
}

/* The C library's digits: the fewest of 15 to 17, or of a subnormal number's, that read back. */
static void check_against_printf(double value) {
    char text[CLI_NUMBER_BYTES];
    char expected[64];
    int digits = fabs(value) < 2.3e-308 ? 1 : 15;
    do {
        (void)snprintf(expected, sizeof expected, "%.*g", digits++, value);
    } while (strtod(expected, NULL) != value);
    cli_format_double(text, value);
    char *e = strchr(expected, 'e');
    if (e != NULL) {
        (void)sprintf(e + 1, "%d", atoi(e + 1));
    } else if (value == (double)(int64_t)value && fabs(value) < 1e15) {
        (void)snprintf(expected, sizeof expected, "%.0f", value);
    }
    assert_string_equal(text, expected);
}

static void doubles_have_the_digits_of_printf(void **unused) {
    (void)unused;
    print_message("seed %llx\n", (unsigned long long)state);
    static const double powers[] = {1,   1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                                    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        for (int side = -3; side <= 3; side++) {
            double near[3] = {powers[i], 1 / powers[i], ldexp(1, 3 * (int)i - 30)};
            for (size_t j = 0; j < 3; j++) {
                uint64_t bits;
                memcpy(&bits, &near[j], sizeof bits);
                check_against_printf(from_bits(bits + (uint64_t)(int64_t)side));
            }
        }
    }
    for (int i = 0; i < 60000; i++) {
        uint64_t bits = next_random();
        /* 2^-40 to 2^63; then decimals, and numbers with few bits: they end at halves of digits. */
        check_against_printf(from_bits((bits >> 12 | (983 + bits % 103) << 52) ^ (bits & 1) << 63));
        check_against_printf((double)(int64_t)bits / powers[next_random() % 18]);
        check_against_printf((double)(bits >> (next_random() % 40 + 20)) / powers[bits % 18]);
        check_against_printf(ldexp((double)(bits >> 40), -(int)(bits % 50)));
    }
}

static void special_doubles_have_names(void **unused) {
    char text[CLI_NUMBER_BYTES];
    (void)unused;
    cli_format_double(text, (double)NAN);
    assert_string_equal(text, "NaN");
    cli_format_double(text, (double)INFINITY);
    assert_string_equal(text, "Infinity");
    cli_format_double(text, -(double)INFINITY);
    assert_string_equal(text, "-Infinity");
    cli_format_double(text, -0.0);
    assert_string_equal(text, "-0.0");
    cli_format_double(text, 1e21);
    assert_string_equal(text, "1e21");
    cli_format_double(text, 1.5e-7);
    assert_string_equal(text, "1.5e-7");
}

static void integers_agree_with_printf(void **unused) {
    char text[CLI_NUMBER_BYTES];
    char expected[64];
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = next_random() >> (next_random() & 63u);
        cli_format_u64(text, bits);
        (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)bits);
        assert_string_equal(text, expected);
        const int64_t value = (int64_t)(i % 2 == 0 ? bits : 0u - bits);
        cli_format_i64(text, value);
        (void)snprintf(expected, sizeof expected, "%lld", (long long)value);
        assert_string_equal(text, expected);
        cli_format_i128(text, cli_i128_from_i64(value));
        assert_string_equal(text, expected);
    }
    cli_format_i64(text, INT64_MIN);
    assert_string_equal(text, "-9223372036854775808");
    const struct weir_i128 lowest = {.low = 0, .high = INT64_MIN};
    cli_format_i128(text, lowest);
    assert_string_equal(text, "-170141183460469231731687303715884105728");
}

/* Reads digits into limbs by hand, and compares. */
static void check_i256(const struct weir_i256 *value) {
    char text[CLI_NUMBER_BYTES];
    uint32_t limbs[8] = {0};
    const size_t count = cli_format_i256(text, value);
    assert_int_equal(count, strlen(text));
    const char *digits = text[0] == '-' ? text + 1 : text;
    assert_true(digits[0] != '0' || (digits[1] == '\0' && digits == text));
    for (; *digits != '\0'; digits++) {
        assert_in_range(*digits, '0', '9');
        uint64_t carry = (uint64_t)(*digits - '0');
        for (int i = 0; i < 8; i++) {
            carry += (uint64_t)limbs[i] * 10;
            limbs[i] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    uint64_t carry = text[0] == '-';
    for (int i = 0; i < 8; i++) {
        carry += text[0] == '-' ? ~limbs[i] : limbs[i];
        assert_int_equal((uint32_t)carry, (uint32_t)(value->limbs[i / 2] >> (32 * (i % 2))));
        carry >>= 32;
    }
}

static void integers_of_256_bits_keep_all_digits(void **unused) {
    char text[CLI_NUMBER_BYTES];
    char expected[CLI_NUMBER_BYTES];
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        struct weir_i256 value;
        const uint64_t sign = next_random() % 2 == 0 ? 0 : UINT64_MAX;
        const uint64_t used = next_random() % 5;
        for (uint64_t k = 0; k < 4; k++) {
            value.limbs[k] = k < used ? next_random() : sign;
        }
        check_i256(&value);
        const int64_t narrow = (int64_t)next_random();
        for (uint64_t k = 0; k < 4; k++) {
            value.limbs[k] = k == 0 ? (uint64_t)narrow : narrow < 0 ? UINT64_MAX : 0;
        }
        cli_format_i256(text, &value);
        cli_format_i64(expected, narrow);
        assert_string_equal(text, expected);
    }
    struct weir_i256 edge = {{0, 0, 0, UINT64_C(1) << 63}};
    check_i256(&edge);
    edge = (struct weir_i256){{UINT64_C(10000000000000000000), 0, 0, 0}};
    cli_format_i256(text, &edge);
    assert_string_equal(text, "10000000000000000000");
}

/* Digits read back into 128 bits. */
static wide read_wide(const char *text) {
    wide value = 0;
    const int sign = *text == '-' ? -1 : 1;
    for (; *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9') {
            value = value * 10 + (*text - '0');
        }
    }
    return sign * value;
}

static void decimals_keep_all_digits_and_their_scale(void **unused) {
    char text[CLI_NUMBER_BYTES];
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        const int32_t scale = (int32_t)(next_random() % 39);
        const wide value = ((wide)(int64_t)next_random() * ((wide)1 << (next_random() % 60))) >> 1;
        const struct weir_i128 parts = {.low = (uint64_t)value, .high = (int64_t)(value >> 64)};
        cli_format_decimal(text, parts, scale);
        assert_true(read_wide(text) == value);
        const char *point = strchr(text, '.');
        assert_int_equal(point != NULL ? strlen(point + 1) : 0, scale);
        assert_true(text[0] != '.' && strncmp(text, "-.", 2) != 0);
    }
    cli_format_decimal(text, cli_i128_from_i64(-5), 2);
    assert_string_equal(text, "-0.05");
    cli_format_decimal(text, cli_i128_from_i64(12), -3);
    assert_string_equal(text, "12e3");
    cli_format_decimal(text, cli_i128_from_i64(INT64_MIN), CLI_SCALE_MAX);
    assert_int_equal(strlen(text), CLI_SCALE_MAX + 3);
}

static void big_endian_bytes_become_integers(void **unused) {
    (void)unused;
    for (int i = 0; i < 2000; i++) {
        const wide value = (wide)(int64_t)next_random() * ((wide)1 << 64) + next_random();
        for (size_t count = 1; count <= 16; count++) {
            uint8_t bytes[16];
            const wide kept =
                (wide)((__extension__(unsigned __int128) value) << (8 * (16 - count))) >>
                (8 * (16 - count));
            for (size_t j = 0; j < count; j++) {
                bytes[j] = (uint8_t)(kept >> (8 * (count - 1 - j)));
            }
            const struct weir_i128 back = cli_i128_from_bytes(bytes, count);
            assert_true(back.low == (uint64_t)kept && back.high == (int64_t)(kept >> 64));
        }
    }
}

static void dates_agree_with_gmtime(void **unused) {
    char text[CLI_NUMBER_BYTES];
    char expected[64];
    (void)unused;
    for (int64_t days = -719000; days < 2900000; days += 13) {
        const time_t seconds = (time_t)(days * 86400);
        struct tm parts;
        assert_non_null(gmtime_r(&seconds, &parts));
        (void)snprintf(expected, sizeof expected, "%04d-%02d-%02d", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday);
        cli_format_date(text, days);
        assert_string_equal(text, expected);
    }
}

static void every_int64_is_a_date_and_neighbours_differ(void **unused) {
    static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, -719529, -719528,       -1,
                                    0,         2932896,       2932897, INT64_MAX - 1, INT64_MAX};
    char text[CLI_NUMBER_BYTES];
    char other[CLI_NUMBER_BYTES];
    (void)unused;
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        assert_in_range(cli_format_date(text, edges[i]), 10, 40);
        cli_format_date(other, edges[i] == INT64_MAX ? edges[i] - 1 : edges[i] + 1);
        assert_string_not_equal(text, other);
        for (int unit = WEIR_UNIT_NONE; unit <= WEIR_UNIT_NANOS; unit++) {
            assert_in_range(cli_format_timestamp(text, edges[i], (enum weir_unit)unit, true), 20,
                            60);
            assert_in_range(cli_format_time(text, edges[i], (enum weir_unit)unit), 8, 40);
        }
    }
    cli_format_date(text, -719529);
    assert_string_equal(text, "-0001-12-31");
    cli_format_date(text, 2932897);
    assert_string_equal(text, "+10000-01-01");
}

static void timestamps_agree_with_gmtime(void **unused) {
    char text[CLI_NUMBER_BYTES];
    char expected[96];
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        const int64_t micros = (int64_t)(next_random() % 8000000000000000u) - 4000000000000000;
        int64_t seconds = micros / 1000000;
        int64_t rest = micros % 1000000;
        if (rest < 0) {
            rest += 1000000;
            seconds--;
        }
        struct tm parts;
        const time_t when = (time_t)seconds;
        assert_non_null(gmtime_r(&when, &parts));
        int used = snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d",
                            parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                            parts.tm_min, parts.tm_sec);
        if (rest != 0) {
            (void)snprintf(expected + used, sizeof expected - (size_t)used, ".%06d", (int)rest);
        }
        cli_format_timestamp(text, micros, WEIR_UNIT_MICROS, false);
        assert_string_equal(text, expected);
    }
}

static void human_numbers_are_short_and_near(void **unused) {
    char text[CLI_NUMBER_BYTES];
    (void)unused;
    for (int i = 0; i < 50000; i++) {
        const double value = from_bits(next_random());
        if (isfinite(value)) {
            assert_in_range(cli_format_human(text, value), 1, 10);
        }
        const double near = (double)(next_random() % 100000000) / 7;
        assert_in_range(cli_format_human(text, near), 1, 10);
        char plain[CLI_NUMBER_BYTES];
        size_t used = 0;
        for (const char *at = text; *at != '\0'; at++) {
            if (*at != ',') {
                plain[used++] = *at;
            }
        }
        plain[used] = '\0';
        char *end;
        double back = strtod(plain, &end);
        back *= *end == 'M' ? 1e6 : 1;
        assert_true(fabs(back - near) <= near * 1e-3);
    }
    cli_format_human(text, 2013);
    assert_string_equal(text, "2013");
    cli_format_human(text, -1234567);
    assert_string_equal(text, "-1,234,567");
}

static struct cli_output output;

/* What a function writes is read back through a pipe. */
static void open_pipe(int ends[2]) {
    assert_int_equal(pipe(ends), 0);
    memset(&output, 0, sizeof output);
    output.fd = ends[1];
    output.is_ready = true;
}

static void close_pipe(int ends[2], char *to, size_t room) {
    assert_true(cli_output_flush(&output));
    assert_int_equal(close(ends[1]), 0);
    const ssize_t count = read(ends[0], to, room - 1);
    assert_true(count >= 0);
    to[count] = '\0';
    assert_int_equal(close(ends[0]), 0);
}

static void json_and_csv_escape_what_must_be(void **unused) {
    static const uint8_t nasty[] = "a\"\\\n\t\x01\x7fz\xc3\xa9\xff\xe2\x82";
    int ends[2];
    char text[256];
    (void)unused;
    open_pipe(ends);
    cli_put_json_string(&output, nasty, sizeof nasty - 1);
    close_pipe(ends, text, sizeof text);
    assert_string_equal(text, "\"a\\\"\\\\\\n\\t\\u0001\\u007fz\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd"
                              "\xef\xbf\xbd\"");
    open_pipe(ends);
    cli_put_json_bytes(&output, nasty, sizeof nasty - 1);
    cli_put_csv_field(&output, (const uint8_t *)"a,\"b\"", 5);
    cli_put_csv_field(&output, (const uint8_t *)"", 0);
    cli_put_csv_field(&output, (const uint8_t *)"plain", 5);
    close_pipe(ends, text, sizeof text);
    assert_string_equal(text, "{\"hex\":\"61225c0a09017f7ac3a9ffe282\"}\"a,\"\"b\"\"\"\"\"plain");
}

static void utf8_is_what_the_standard_says(void **unused) {
    (void)unused;
    for (uint32_t code = 0; code < 0x120000; code++) { /* encode by the book, then check */
        uint8_t bytes[4];
        size_t count;
        if (code < 0x80) {
            bytes[0] = (uint8_t)code;
            count = 1;
        } else if (code < 0x800) {
            bytes[0] = (uint8_t)(0xc0 | code >> 6);
            bytes[1] = (uint8_t)(0x80 | (code & 63));
            count = 2;
        } else if (code < 0x10000) {
            bytes[0] = (uint8_t)(0xe0 | code >> 12);
            bytes[1] = (uint8_t)(0x80 | (code >> 6 & 63));
            bytes[2] = (uint8_t)(0x80 | (code & 63));
            count = 3;
        } else {
            bytes[0] = (uint8_t)(0xf0 | code >> 18);
            bytes[1] = (uint8_t)(0x80 | (code >> 12 & 63));
            bytes[2] = (uint8_t)(0x80 | (code >> 6 & 63));
            bytes[3] = (uint8_t)(0x80 | (code & 63));
            count = 4;
        }
        const bool legal = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
        assert_int_equal(cli_utf8_length(bytes, count), legal ? count : 0);
        assert_int_equal(count > 1 && cli_utf8_length(bytes, count - 1) != 0, 0);
    }
    assert_int_equal(cli_utf8_length((const uint8_t *)"\xc0\xaf", 2), 0);
    assert_int_equal(cli_utf8_length((const uint8_t *)"\xe0\x80\xaf", 3), 0);
}

static void fitted_text_never_exceeds_its_columns(void **unused) {
    uint8_t bytes[64];
    char text[512];
    (void)unused;
    for (int i = 0; i < 50000; i++) {
        const size_t count = next_random() % sizeof bytes;
        const size_t columns = next_random() % 40;
        for (size_t j = 0; j < count; j++) {
            const uint64_t random = next_random();
            bytes[j] = (uint8_t)(random % 3 == 0 ? random >> 8 : 0x80 + (random >> 8) % 0x70);
        }
        memset(text, 0x55, sizeof text);
        const size_t used = cli_fit(text, bytes, count, columns, i % 2 == 0, i % 3 == 0);
        assert_true(used <= columns);
        assert_true(strlen(text) <= 4 * columns + 3);
        assert_true(cli_utf8_valid((const uint8_t *)text, strlen(text)));
        assert_int_equal(cli_width((const uint8_t *)text, strlen(text), false), used);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_read_back_and_are_shortest),
        cmocka_unit_test(doubles_have_the_digits_of_printf),
        cmocka_unit_test(special_doubles_have_names),
        cmocka_unit_test(integers_agree_with_printf),
        cmocka_unit_test(integers_of_256_bits_keep_all_digits),
        cmocka_unit_test(decimals_keep_all_digits_and_their_scale),
        cmocka_unit_test(big_endian_bytes_become_integers),
        cmocka_unit_test(dates_agree_with_gmtime),
        cmocka_unit_test(every_int64_is_a_date_and_neighbours_differ),
        cmocka_unit_test(timestamps_agree_with_gmtime),
        cmocka_unit_test(human_numbers_are_short_and_near),
        cmocka_unit_test(json_and_csv_escape_what_must_be),
        cmocka_unit_test(utf8_is_what_the_standard_says),
        cmocka_unit_test(fitted_text_never_exceeds_its_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
