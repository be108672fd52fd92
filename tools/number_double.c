/* Doubles as the shortest text that reads back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

__extension__ typedef unsigned __int128 wide;

/*
 * Format notes: fifteen digits hold every decimal of up to fifteen digits (DBL_DIG), so a normal
 * number with a shorter text is found by the first try, which drops trailing zeros. Subnormal
 * numbers hold fewer digits and are tried from one digit on. Seventeen always suffice. The layout
 * is that of C's %g, with a bare exponent: "1e20", "1e-7".
 */
#define DIGITS_LEAST 15
#define DIGITS_MOST 17

/* "1e+20" and "1e-07" as C writes them become "1e20" and "1e-7". */
static size_t tidy_exponent(char *to) {
    char *e = strchr(to, 'e');
    if (e == NULL) {
        return strlen(to);
    }
    char *write = e + 1;
    const char *read = e + 1;
    if (*read == '+') {
        read++;
    } else if (*read == '-') {
        *write++ = *read++;
    }
    while (*read == '0' && read[1] != '\0') {
        read++;
    }
    while (*read != '\0') {
        *write++ = *read++;
    }
    *write = '\0';
    return (size_t)(write - to);
}

/* For numbers of any size. */
static size_t format_by_trial(char *to, double value) {
    for (int digits = fabs(value) < 2.3e-308 ? 1 : DIGITS_LEAST; digits <= DIGITS_MOST; digits++) {
        (void)snprintf(to, CLI_NUMBER_BYTES, "%.*g", digits, value);
        if (strtod(to, NULL) == value) {
            break;
        }
    }
    return tidy_exponent(to);
}

/* Writes 0.DDD * 10^point, the digits being those of `digits`, as %.*g does with this precision. */
static size_t lay_out(char *to, bool negative, uint64_t digits, int point, int precision) {
    char text[24];
    while (digits % 10 == 0) {
        digits /= 10;
    }
    const size_t count = cli_format_u64(text, digits);
    size_t used = 0;
    if (negative) {
        to[used++] = '-';
    }
    if (point <= -4 || point > precision) {
        to[used++] = text[0];
        if (count > 1) {
            to[used++] = '.';
            memcpy(to + used, text + 1, count - 1);
            used += count - 1;
        }
        to[used++] = 'e';
        return used + cli_format_i64(to + used, point - 1);
    }
    size_t whole = point > 0 ? (size_t)point : 0;
    for (size_t i = 0; i < whole; i++) {
        to[used++] = (char)(i < count ? text[i] : '0');
    }
    if (whole == 0) {
        to[used++] = '0';
    }
    if (whole < count) {
        to[used++] = '.';
        for (int zeros = point; zeros < 0; zeros++) {
            to[used++] = '0';
        }
        memcpy(to + used, text + whole, count - whole);
        used += count - whole;
    }
    to[used] = '\0';
    return used;
}

/*
 * A number's exact value in units of its 17th digit is scaled / 2^shift. The neighbours are at
 * least 2 * gap / 2^shift away, so what is nearer than `gap` reads back, and at `gap` too when the
 * significand is even.
 */
struct decimal {
    wide scaled;
    uint64_t gap;
    unsigned shift; /* 1 to 64 */
    int exponent;   /* of the first digit */
    bool even;
};

#define FIVES_MAX 27 /* 5^27 < 2^63 */
#define TEN_17 UINT64_C(100000000000000000)

/* False for numbers that are too large or too small for 128 bits, and for powers of two, whose
 * neighbours are not equally far. */
static bool scale(double value, struct decimal *ret) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t one = UINT64_C(1) << 52;
    const uint64_t significand = one | (bits & (one - 1));
    const int exponent = (int)(bits >> 52) - 1075;
    if (value < 1e-10 || value >= 1e16 || significand == one) {
        return false;
    }
    ret->even = significand % 2 == 0;
    /* The number is at least 2^(exponent + 52): this is the first digit's exponent or one less. */
    ret->exponent = (int)floor((exponent + 52) * 0.30102999566398120);
    for (;; ret->exponent++) {
        const int fives = 16 - ret->exponent;
        const int shift = -(exponent + fives) + 1;
        if (fives < 0 || fives > FIVES_MAX || shift < 1 || shift > 64) {
            return false;
        }
        ret->gap = 1;
        for (int i = 0; i < fives; i++) {
            ret->gap *= 5;
        }
        ret->shift = (unsigned)shift;
        ret->scaled = (wide)significand * ret->gap * 2;
        if (ret->scaled >> shift < TEN_17) {
            return true;
        }
    }
}

/* The shortest digits that read back, as a whole number of 17 digits. */
static uint64_t shorten(const struct decimal *decimal, int *precision_ret) {
    const wide unit = (wide)1 << decimal->shift;
    const uint64_t whole = (uint64_t)(decimal->scaled >> decimal->shift);
    const wide fraction = decimal->scaled & (unit - 1);
    uint64_t step = 100;
    for (int digits = DIGITS_LEAST;; digits++, step /= 10) {
        const wide rest = whole % step * unit + fraction;
        const wide other = step * unit - rest;
        const uint64_t below = whole / step;
        const bool up = other < rest || (other == rest && below % 2 == 1);
        const wide distance = up ? other : rest;
        if (digits == DIGITS_MOST || distance < decimal->gap ||
            (distance == decimal->gap && decimal->even)) {
            *precision_ret = digits;
            return (below + up) * step;
        }
    }
}

size_t cli_format_double(char *to, double value) {
    if (isnan(value)) {
        memcpy(to, "NaN", 4);
        return 3;
    }
    if (isinf(value)) {
        const char *text = value > 0 ? "Infinity" : "-Infinity";
        memcpy(to, text, strlen(text) + 1);
        return strlen(text);
    }
    if (fabs(value) < 1e15 && (double)(int64_t)value == value) {
        if (value == 0 && signbit(value)) {
            memcpy(to, "-0.0", 5);
            return 4;
        }
        return cli_format_i64(to, (int64_t)value);
    }
    struct decimal decimal;
    if (!scale(fabs(value), &decimal)) {
        return format_by_trial(to, value);
    }
    int precision = 0;
    const uint64_t digits = shorten(&decimal, &precision);
    const int point = decimal.exponent + (digits == TEN_17 ? 2 : 1);
    return lay_out(to, value < 0, digits, point, precision);
}
