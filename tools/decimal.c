/* Decimals that no integer type holds. */
#include "decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

#define PART 1000000000u /* a part holds nine digits */
#define PART_DIGITS 9u
#define PARTS_MAX (CLI_DECIMAL_BYTES_MAX * 241u / 100u / PART_DIGITS + 2u)

/* 8 * log10(2) = 2.4083 digits a byte; the 2.41 above rounds up. Renders on one thread only. */
static uint32_t parts[PARTS_MAX];
static char text[PARTS_MAX * PART_DIGITS + CLI_SCALE_MAX + 32u];

/* parts = parts * 2^bits + more, lowest part first. */
static size_t append_bits(size_t used, unsigned bits, uint32_t more) {
    uint64_t carry = more;
    for (size_t i = 0; i < used; i++) {
        carry += (uint64_t)parts[i] << bits;
        parts[i] = (uint32_t)(carry % PART);
        carry /= PART;
    }
    while (carry > 0) {
        parts[used++] = (uint32_t)(carry % PART);
        carry /= PART;
    }
    return used;
}

/*
 * Numerics notes: Horner's rule on 32 bits at a time. A negative number is complemented, which
 * gives one less than its magnitude; the one is added to the digits.
 */
static size_t magnitude_parts(const uint8_t *bytes, size_t count, bool negative) {
    const uint8_t flip = negative ? 0xff : 0;
    size_t used = 0;
    size_t at = 0;
    while (at < count) {
        const size_t take = (count - at) % 4 == 0 ? 4 : (count - at) % 4;
        uint32_t limb = 0;
        for (size_t i = 0; i < take; i++) {
            limb = (limb << 8) | (uint8_t)(bytes[at + i] ^ flip);
        }
        used = append_bits(used, (unsigned)(8 * take), limb);
        at += take;
    }
    return negative ? append_bits(used, 0, 1) : used;
}

/* Digits, most significant first, at least `least` of them, to `text` + from. */
static size_t digits_of_parts(size_t used, size_t from, size_t least) {
    size_t count = 0;
    for (size_t i = 0; i < used; i++) {
        uint32_t part = parts[i];
        for (size_t j = 0; j < PART_DIGITS && (part > 0 || i + 1 < used); j++) {
            text[from + count++] = (char)('0' + (int)(part % 10u));
            part /= 10u;
        }
    }
    while (count < least) {
        text[from + count++] = '0';
    }
    for (size_t i = 0; i < count / 2; i++) {
        const char other = text[from + i];
        text[from + i] = text[from + count - 1 - i];
        text[from + count - 1 - i] = other;
    }
    return count;
}

const char *cli_decimal_wide(const uint8_t *bytes, uint64_t count, int32_t scale,
                             size_t *count_ret) {
    *count_ret = 0;
    if (count == 0) {
        return NULL;
    }
    const bool negative = bytes[0] >= 0x80;
    while (count > 1 && bytes[0] == (negative ? 0xff : 0) && (bytes[1] >= 0x80) == negative) {
        bytes++;
        count--;
    }
    if (count > CLI_DECIMAL_BYTES_MAX) {
        return NULL;
    }
    const bool exponent = scale < 0 || scale > CLI_SCALE_MAX;
    const size_t fraction = exponent ? 0 : (size_t)scale;
    size_t used = 0;
    if (negative) {
        text[used++] = '-';
    }
    used += digits_of_parts(magnitude_parts(bytes, (size_t)count, negative), used, fraction + 1);
    if (fraction > 0) {
        memmove(text + used - fraction + 1, text + used - fraction, fraction);
        text[used - fraction] = '.';
        used++;
    }
    if (exponent) {
        text[used++] = 'e';
        used += cli_format_i64(text + used, -(int64_t)scale);
    }
    text[used] = '\0';
    *count_ret = used;
    return text;
}

/* 0.ddd or ddd.dd or ddd000: digits with the point after the first `whole` ones. */
static size_t put_plain(char *to, const char *digits, size_t count, int64_t whole) {
    size_t used = 0;
    if (whole <= 0) {
        to[used++] = '0';
        to[used++] = '.';
        for (int64_t i = whole; i < 0; i++) {
            to[used++] = '0';
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (whole > 0 && i == (size_t)whole) {
            to[used++] = '.';
        }
        to[used++] = digits[i];
    }
    for (int64_t i = (int64_t)count; i < whole; i++) {
        to[used++] = '0';
    }
    to[used] = '\0';
    return used;
}

size_t cli_format_rounded(char *to, double unscaled, int32_t scale) {
    char number[32];
    char digits[32];
    if (!isfinite(unscaled) || unscaled == 0) {
        return cli_format_double(to, unscaled);
    }
    const double size = fabs(unscaled);
    for (int precision = 0; precision < 17; precision++) { /* seventeen digits always suffice */
        (void)snprintf(number, sizeof number, "%.*e", precision, size);
        if (strtod(number, NULL) == size) {
            break;
        }
    }
    size_t count = 0;
    const char *at = number;
    for (; *at != 'e'; at++) {
        if (*at != '.') {
            digits[count++] = *at;
        }
    }
    const int64_t whole = strtol(at + 1, NULL, 10) + 1 - (int64_t)scale; /* before the point */
    size_t used = 0;
    if (unscaled < 0) {
        to[used++] = '-';
    }
    if (whole > -6 && whole <= 17) {
        return used + put_plain(to + used, digits, count, whole);
    }
    used += put_plain(to + used, digits, count, 1);
    to[used++] = 'e';
    return used + cli_format_i64(to + used, whole - 1);
}
