/* Decimals wider than 128 bits, and rounded ones, as text: exact, in fixed memory. */
#ifndef WEIR_CLI_DECIMAL_H
#define WEIR_CLI_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define CLI_DECIMAL_BYTES_MAX 4096u /* without bytes that only repeat the sign */

/*
 * A big-endian two's complement integer divided by 10^scale, with exactly `scale` digits after the
 * point; scales below 0 or above CLI_SCALE_MAX become an exponent, as in cli_format_decimal.
 * Memory: the text lies in a buffer that the next call overwrites.
 * Errors: NULL where there are no bytes, or more than CLI_DECIMAL_BYTES_MAX.
 * Cost: quadratic in the bytes; 4096 of them take about a millisecond.
 */
const char *cli_decimal_wide(const uint8_t *bytes, uint64_t count, int32_t scale,
                             size_t *count_ret);

/* A rounded unscaled value / 10^scale: the shortest digits that name the double, exactly shifted.
 * `to` holds CLI_NUMBER_BYTES. */
size_t cli_format_rounded(char *to, double unscaled, int32_t scale);

#endif
