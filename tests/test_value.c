/* Values of every type as text: against schoolbook arithmetic, gmtime, the compiler's halves. */
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

#include "../tools/decimal.h"
#include "../tools/number.h"
#include "../tools/value.h"

__extension__ typedef __int128 wide;

static uint64_t state = 0x452821e638d01377u;

static uint64_t next_random(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Decimal digits by hand, lowest first: times 256, plus a byte. */
static char school[10000];
static size_t school_count;

static void school_add_byte(unsigned byte) {
    unsigned carry = byte;
    for (size_t i = 0; i < school_count; i++) {
        carry += (unsigned)school[i] * 256;
        school[i] = (char)(carry % 10);
        carry /= 10;
    }
    while (carry > 0) {
        school[school_count++] = (char)(carry % 10);
        carry /= 10;
    }
}

/* The expected text of unscaled / 10^scale. */
static void school_text(char *to, const uint8_t *bytes, size_t count, size_t scale) {
    static uint8_t size[8192];
    const int negative = bytes[0] >> 7;
    unsigned carry = (unsigned)negative;
    for (size_t i = count; i > 0; i--) {
        carry += (uint8_t)(negative ? ~bytes[i - 1] : bytes[i - 1]);
        size[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    school_count = 0;
    for (size_t i = 0; i < count; i++) {
        school_add_byte(size[i]);
    }
    while (school_count < scale + 1) {
        school[school_count++] = 0;
    }
    size_t used = 0;
    if (negative) {
        to[used++] = '-';
    }
    for (size_t i = school_count; i > 0; i--) {
        if (i == scale) {
            to[used++] = '.';
        }
        to[used++] = (char)('0' + school[i - 1]);
    }
    to[used] = '\0';
}

static void check_wide(const uint8_t *bytes, size_t count, int32_t scale) {
    static char expected[10200];
    size_t got_count;
    const char *got = cli_decimal_wide(bytes, count, scale, &got_count);
    school_text(expected, bytes, count, (size_t)scale);
    assert_non_null(got);
    assert_string_equal(got, expected);
    assert_int_equal(got_count, strlen(expected));
}

static void decimals_of_any_length_keep_all_digits(void **unused) {
    static uint8_t bytes[4096];
    (void)unused;
    print_message("seed %llx\n", (unsigned long long)state);
    for (int i = 0; i < 3000; i++) {
        const size_t count = 1 + next_random() % (i % 10 == 0 ? 300 : 40);
        for (size_t j = 0; j < count; j++) {
            bytes[j] = (uint8_t)next_random();
            if (next_random() % 8 == 0) { /* long carries */
                bytes[j] = next_random() % 2 == 0 ? 0xff : 0;
            }
        }
        check_wide(bytes, count, (int32_t)(next_random() % (CLI_SCALE_MAX + 1)));
    }
    for (size_t count = 1; count <= 40; count++) {
        for (int32_t scale = 0; scale < 3; scale++) {
            memset(bytes, 0, count);
            check_wide(bytes, count, scale);
            bytes[0] = 0x80; /* the smallest number of so many bytes */
            check_wide(bytes, count, scale);
            memset(bytes, 0xff, count);
            check_wide(bytes, count, scale);
            bytes[0] = 0x7f; /* the largest */
            check_wide(bytes, count, scale);
        }
    }
    for (size_t count = 4093; count <= sizeof bytes; count++) {
        memset(bytes, 0xff, count);
        bytes[0] = 0x7f;
        check_wide(bytes, count, CLI_SCALE_MAX);
        memset(bytes, 0, count);
        bytes[0] = 0x80;
        check_wide(bytes, count, CLI_SCALE_MAX);
    }
}

static void short_and_long_decimals_agree(void **unused) {
    char expected[CLI_NUMBER_BYTES];
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[16];
        const size_t count = 1 + next_random() % 16;
        const int32_t scale = (int32_t)(next_random() % 210) - 5;
        for (size_t j = 0; j < count; j++) {
            bytes[j] = (uint8_t)next_random();
        }
        size_t got_count;
        const char *got = cli_decimal_wide(bytes, count, scale, &got_count);
        cli_format_decimal(expected, cli_i128_from_bytes(bytes, count), scale);
        assert_string_equal(got, expected);
    }
}

static void repeated_signs_change_nothing_and_too_long_ones_are_bytes(void **unused) {
    static uint8_t bytes[20000];
    static char plain[10200];
    size_t count;
    (void)unused;
    for (int sign = 0; sign < 2; sign++) {
        memset(bytes, sign ? 0xff : 0, sizeof bytes);
        for (size_t i = sizeof bytes - 100; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)next_random();
        }
        bytes[sizeof bytes - 100] = sign ? 0x81 : 0x7e;
        const char *got = cli_decimal_wide(bytes + sizeof bytes - 100, 100, 7, &count);
        memcpy(plain, got, count + 1);
        assert_string_equal(cli_decimal_wide(bytes, sizeof bytes, 7, &count), plain);
    }
    const struct weir_type type = {
        .physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 10000};
    memset(bytes, 1, sizeof bytes);
    struct weir_cell cell = {.data = bytes, .data_bytes = CLI_DECIMAL_BYTES_MAX + 1};
    char buffer[CLI_NUMBER_BYTES];
    struct cli_value value = cli_value_of_cell(&type, WEIR_KIND_F64, &cell);
    assert_int_equal(cli_value_text(&type, &value, buffer).form, CLI_FORM_BYTES);
    cell.data_bytes--;
    value = cli_value_of_cell(&type, WEIR_KIND_F64, &cell);
    assert_int_equal(cli_value_text(&type, &value, buffer).form, CLI_FORM_TEXT);
    cell.data_bytes = 0;
    value = cli_value_of_cell(&type, WEIR_KIND_F64, &cell);
    assert_int_equal(cli_value_text(&type, &value, buffer).form, CLI_FORM_BYTES);
}

/* "-12.5e30" as mantissa text and exponent, the exponent moved by `shift`. */
static double shifted(const char *text, int shift) {
    char moved[CLI_NUMBER_BYTES + 16];
    const char *e = strchr(text, 'e');
    const int exponent = e != NULL ? (int)strtol(e + 1, NULL, 10) : 0;
    const int mantissa = e != NULL ? (int)(e - text) : (int)strlen(text);
    (void)snprintf(moved, sizeof moved, "%.*se%d", mantissa, text, exponent + shift);
    return strtod(moved, NULL);
}

static void rounded_decimals_name_their_double(void **unused) {
    char text[CLI_NUMBER_BYTES];
    (void)unused;
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = next_random();
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 2 == 0) { /* whole numbers near what decimals hold */
            value = ldexp((double)(int64_t)next_random(), (int)(next_random() % 200));
        }
        const int32_t scale = (int32_t)(next_random() % 80);
        if (isfinite(value)) {
            const size_t count = cli_format_rounded(text, value, scale);
            assert_int_equal(count, strlen(text));
            assert_in_range(count, 1, 40);
            assert_true(shifted(text, scale) == value);
        }
    }
    cli_format_rounded(text, 1500, 2);
    assert_string_equal(text, "15");
    cli_format_rounded(text, -0.0, 2);
    assert_string_equal(text, "-0.0");
    cli_format_rounded(text, -1, 4);
    assert_string_equal(text, "-0.0001");
    cli_format_rounded(text, 1.25e40, 10);
    assert_string_equal(text, "1.25e30");
}

#ifdef __FLT16_MANT_DIG__
static void halves_are_what_the_compiler_says(void **unused) {
    static const struct weir_type type = {
        .physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = WEIR_LOGICAL_FLOAT16, .length_bytes = 2};
    (void)unused;
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        const uint8_t bytes[2] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
        const struct weir_cell cell = {.data = bytes, .data_bytes = 2};
        const uint16_t narrow = (uint16_t)bits;
        __extension__ _Float16 half;
        memcpy(&half, &narrow, sizeof half);
        const double expected = (double)half;
        const struct cli_value value = cli_value_of_cell(&type, WEIR_KIND_F32, &cell);
        assert_int_equal(value.kind, WEIR_KIND_F32);
        assert_true(isnan(expected) ? isnan(value.f64)
                                    : memcmp(&expected, &value.f64, sizeof expected) == 0);
    }
}
#endif

static struct cli_text int96_text(char *to, int32_t day, int64_t nanoseconds) {
    static const struct weir_type type = {
        .physical = WEIR_INT96, .logical = WEIR_LOGICAL_TIMESTAMP, .unit = WEIR_UNIT_NANOS};
    uint8_t bytes[12];
    for (unsigned i = 0; i < 12; i++) {
        bytes[i] = i < 8 ? (uint8_t)((uint64_t)nanoseconds >> (8 * i))
                         : (uint8_t)((uint32_t)day >> (8 * (i - 8)));
    }
    const struct weir_cell cell = {.data = bytes, .data_bytes = 12};
    const struct cli_value value = cli_value_of_cell(&type, WEIR_KIND_I128, &cell);
    assert_int_equal(value.kind, WEIR_KIND_I128);
    return cli_value_text(&type, &value, to);
}

/* The calendar repeats every 400 years of 146097 days, so gmtime says what any year looks like. */
static void expect_day(char *to, size_t bytes, int64_t days, int64_t nanoseconds) {
    /* Spark's last years, wrapped: 2^64 microseconds are 213503982 days and this much. */
    const wide wrap = (wide)213503982 * 86400000000000 + 28909551616000;
    const wide whole = (wide)days * 86400000000000 + nanoseconds;
    if (whole < -wrap / 2 && whole >= -wrap / 2 - (wide)2440588 * 86400000000000) {
        nanoseconds = (int64_t)((whole + wrap) % 86400000000000);
        days = (int64_t)((whole + wrap) / 86400000000000);
    }
    int64_t shift = days / 146097;
    shift -= days % 146097 < 0 ? 1 : 0;
    struct tm parts;
    const time_t seconds = (time_t)((days - shift * 146097) * 86400 + nanoseconds / 1000000000);
    assert_non_null(gmtime_r(&seconds, &parts));
    const long long year = parts.tm_year + 1900LL + 400 * shift;
    const int used =
        snprintf(to, bytes, "%s%04lld-%02d-%02dT%02d:%02d:%02d",
                 year > 9999 ? "+" : (year < 0 ? "-" : ""), year < 0 ? -year : year,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    if (nanoseconds % 1000000000 != 0) {
        (void)snprintf(to + used, bytes - (size_t)used, ".%09lld",
                       (long long)(nanoseconds % 1000000000));
    }
}

static void int96_timestamps_of_every_year(void **unused) {
    char text[CLI_NUMBER_BYTES];
    char expected[96];
    const int64_t day_of_nanoseconds = 86400000000000;
    (void)unused;
    for (int i = 0; i < 50000; i++) {
        const int32_t day = (int32_t)(next_random() >> (32 + next_random() % 24));
        int64_t nanoseconds = (int64_t)(next_random() % (uint64_t)day_of_nanoseconds);
        nanoseconds -= i % 3 == 0 ? nanoseconds % 1000000000 : 0;
        const struct cli_text got = int96_text(text, day, nanoseconds);
        assert_int_equal(got.form, CLI_FORM_TEXT);
        expect_day(expected, sizeof expected, (int64_t)day - 2440588, nanoseconds);
        assert_string_equal(text, expected);
    }
    /* Nanoseconds beyond the day belong to another one. */
    static const int64_t odd[] = {INT64_MIN, -1, 86400000000000, INT64_MAX};
    static const int32_t days[] = {INT32_MIN, 0, 2440588, INT32_MAX};
    for (size_t i = 0; i < 16; i++) {
        int64_t carried = odd[i % 4] / day_of_nanoseconds;
        carried -= odd[i % 4] % day_of_nanoseconds < 0 ? 1 : 0;
        (void)int96_text(text, days[i / 4], odd[i % 4]);
        expect_day(expected, sizeof expected, (int64_t)days[i / 4] - 2440588 + carried,
                   (int64_t)((wide)odd[i % 4] - (wide)carried * day_of_nanoseconds));
        assert_string_equal(text, expected);
    }
    (void)int96_text(text, 2440588, 0);
    assert_string_equal(text, "1970-01-01T00:00:00");
    /* 9089380393200000000 microseconds, as Spark writes them: days before -2^63. */
    (void)int96_text(text, -105862233, 53890448384000);
    assert_string_equal(text, "+290000-12-30T23:00:00");
    const struct weir_i128 extremes[] = {{.low = 0, .high = INT64_MIN},
                                         {.low = UINT64_MAX, .high = INT64_MAX}};
    for (size_t i = 0; i < 2; i++) { /* beyond every INT96: digits */
        assert_in_range(cli_format_nanoseconds(text, extremes[i], true), 39, 40);
    }
}

static struct cli_text fixed_text(char *to, enum weir_logical logical, const uint8_t *bytes,
                                  size_t count) {
    const struct weir_type type = {
        .physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = logical, .length_bytes = (int32_t)count};
    const struct weir_cell cell = {.data = bytes, .data_bytes = count};
    const struct cli_value value = cli_value_of_cell(&type, WEIR_KIND_BYTES, &cell);
    return cli_value_text(&type, &value, to);
}

static void intervals_read_back(void **unused) {
    char text[CLI_NUMBER_BYTES];
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        uint32_t parts[3];
        uint8_t bytes[12];
        for (size_t j = 0; j < 3; j++) {
            parts[j] = next_random() % 4 == 0 ? 0 : (uint32_t)next_random() >> next_random() % 32;
            for (size_t k = 0; k < 4; k++) {
                bytes[4 * j + k] = (uint8_t)(parts[j] >> (8 * k));
            }
        }
        assert_int_equal(fixed_text(text, WEIR_LOGICAL_INTERVAL, bytes, 12).form, CLI_FORM_TEXT);
        assert_int_equal(text[0], 'P');
        assert_true(text[1] != '\0');
        uint64_t back[3] = {0, 0, 0};
        char *at = text + 1;
        while (*at != '\0') {
            at += *at == 'T' ? 1 : 0;
            const uint64_t number = strtoull(at, &at, 10);
            if (*at == '.') {
                char *end;
                assert_int_equal(strcspn(at + 1, "S"), 3);
                back[2] = number * 1000 + strtoull(at + 1, &end, 10);
                at = end + 1;
            } else {
                back[*at == 'M' ? 0 : (*at == 'D' ? 1 : 2)] = number * (*at == 'S' ? 1000u : 1u);
                at++;
            }
        }
        for (size_t j = 0; j < 3; j++) {
            assert_true(back[j] == parts[j]);
        }
    }
    const uint8_t zero[12] = {0};
    (void)fixed_text(text, WEIR_LOGICAL_INTERVAL, zero, 12);
    assert_string_equal(text, "PT0S");
    assert_int_equal(fixed_text(text, WEIR_LOGICAL_INTERVAL, zero, 11).form, CLI_FORM_BYTES);
}

static void uuids_have_their_groups(void **unused) {
    static const uint8_t bytes[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                      0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    char text[CLI_NUMBER_BYTES];
    (void)unused;
    assert_int_equal(fixed_text(text, WEIR_LOGICAL_UUID, bytes, 16).form, CLI_FORM_TEXT);
    assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
    assert_int_equal(fixed_text(text, WEIR_LOGICAL_NONE, bytes, 16).form, CLI_FORM_BYTES);
}

static void every_type_has_names(void **unused) {
    char names[WEIR_LOGICAL_OTHER + 2][64];
    char shorter[16];
    (void)unused;
    for (int i = 0; i <= WEIR_LOGICAL_OTHER + 1; i++) {
        const struct weir_type type = {.physical = WEIR_BYTE_ARRAY,
                                       .logical = (enum weir_logical)i,
                                       .precision = INT32_MAX,
                                       .scale = INT32_MAX};
        const size_t count = cli_logical_name(names[i], &type);
        assert_int_equal(count, strlen(names[i]));
        assert_true(i == WEIR_LOGICAL_NONE ? count == 0 : count > 0);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
        }
        assert_in_range(cli_type_short(shorter, &type), 1, 15);
    }
    const struct weir_type int96 = {.physical = WEIR_INT96};
    assert_string_equal(cli_unit_name(names[0], &int96), "nanoseconds");
    cli_type_short(shorter, &int96);
    assert_string_equal(shorter, "int96");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_of_any_length_keep_all_digits),
        cmocka_unit_test(short_and_long_decimals_agree),
        cmocka_unit_test(repeated_signs_change_nothing_and_too_long_ones_are_bytes),
        cmocka_unit_test(rounded_decimals_name_their_double),
#ifdef __FLT16_MANT_DIG__
        cmocka_unit_test(halves_are_what_the_compiler_says),
#endif
        cmocka_unit_test(int96_timestamps_of_every_year),
        cmocka_unit_test(intervals_read_back),
        cmocka_unit_test(uuids_have_their_groups),
        cmocka_unit_test(every_type_has_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
