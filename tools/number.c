/* Integers and decimals as text. */
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

size_t cli_format_u64(char *to, uint64_t value) {
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value > 0);
    for (size_t i = 0; i < count; i++) {
        to[i] = digits[count - 1 - i];
    }
    to[count] = '\0';
    return count;
}

size_t cli_format_i64(char *to, int64_t value) {
    if (value >= 0) {
        return cli_format_u64(to, (uint64_t)value);
    }
    to[0] = '-';
    return 1 + cli_format_u64(to + 1, 0u - (uint64_t)value);
}

struct weir_i128 cli_i128_from_i64(int64_t value) {
    const struct weir_i128 result = {.low = (uint64_t)value, .high = value < 0 ? -1 : 0};
    return result;
}

struct weir_i128 cli_i128_from_bytes(const uint8_t *bytes, size_t count) {
    wide value = count > 0 && (bytes[0] & 0x80u) ? ~(wide)0 : 0;
    for (size_t i = 0; i < count && i < 16; i++) {
        value = (value << 8) | bytes[i];
    }
    const struct weir_i128 result = {.low = (uint64_t)value, .high = (int64_t)(value >> 64)};
    return result;
}

/* The magnitude, and whether the value is below zero. */
static wide magnitude(struct weir_i128 value, bool *negative_ret) {
    const wide bits = ((wide)(uint64_t)value.high << 64) | value.low;
    *negative_ret = value.high < 0;
    return value.high < 0 ? (wide)0 - bits : bits;
}

double cli_i128_to_double(struct weir_i128 value) {
    bool negative;
    const double size = (double)magnitude(value, &negative);
    return negative ? -size : size;
}

struct weir_i128 cli_i128_from_double(double value) {
    const wide size = (wide)fabs(value);
    const wide bits = value < 0 ? (wide)0 - size : size;
    const struct weir_i128 result = {.low = (uint64_t)bits, .high = (int64_t)(bits >> 64)};
    return result;
}

/* Digits of a magnitude, most significant first; at least `least` of them. */
static size_t wide_digits(char *to, wide value, size_t least) {
    char digits[CLI_SCALE_MAX + 48];
    size_t count = 0;
    while (value > 0 || count < least) {
        digits[count++] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    }
    for (size_t i = 0; i < count; i++) {
        to[i] = digits[count - 1 - i];
    }
    to[count] = '\0';
    return count;
}

size_t cli_format_i128(char *to, struct weir_i128 value) {
    bool negative;
    const wide size = magnitude(value, &negative);
    size_t used = 0;
    if (negative) {
        to[used++] = '-';
    }
    return used + wide_digits(to + used, size, 1);
}

/* The magnitude loses nineteen digits a turn: what 64 bits hold. */
size_t cli_format_i256(char *to, const struct weir_i256 *value) {
    const uint64_t step = UINT64_C(10000000000000000000);
    const bool negative = value->limbs[3] >> 63 != 0;
    uint64_t limbs[4];
    uint64_t carry = negative;
    for (size_t i = 0; i < 4; i++) {
        limbs[i] = (negative ? ~value->limbs[i] : value->limbs[i]) + carry;
        carry = carry != 0 && limbs[i] == 0;
    }
    char digits[5 * 19];
    size_t count = 0;
    do {
        uint64_t rest = 0;
        for (size_t i = 4; i > 0; i--) {
            const wide part = (wide)rest << 64 | limbs[i - 1];
            limbs[i - 1] = (uint64_t)(part / step);
            rest = (uint64_t)(part % step);
        }
        for (size_t i = 0; i < 19; i++) {
            digits[count++] = (char)('0' + (int)(rest % 10u));
            rest /= 10u;
        }
    } while ((limbs[0] | limbs[1] | limbs[2] | limbs[3]) != 0);
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    size_t used = 0;
    if (negative) {
        to[used++] = '-';
    }
    while (count > 0) {
        to[used++] = digits[--count];
    }
    to[used] = '\0';
    return used;
}

size_t cli_format_decimal(char *to, struct weir_i128 unscaled, int32_t scale) {
    if (scale < 0 || scale > CLI_SCALE_MAX) {
        size_t count = cli_format_i128(to, unscaled);
        to[count++] = 'e';
        return count + cli_format_i64(to + count, -(int64_t)scale);
    }
    bool negative;
    const wide size = magnitude(unscaled, &negative);
    size_t used = 0;
    if (negative) {
        to[used++] = '-';
    }
    const size_t fraction = (size_t)scale;
    const size_t count = wide_digits(to + used, size, fraction + 1);
    used += count;
    if (fraction > 0) {
        memmove(to + used - fraction + 1, to + used - fraction, fraction + 1);
        to[used - fraction] = '.';
        used++;
    }
    return used;
}
