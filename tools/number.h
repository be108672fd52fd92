/*
 * Numbers, dates and times as text: exact, without locale, without memory.
 *
 * Every function writes to a buffer of at least CLI_NUMBER_BYTES bytes, ends it with NUL and
 * returns the length.
 */
#ifndef WEIR_CLI_NUMBER_H
#define WEIR_CLI_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "weir/types.h"

#define CLI_NUMBER_BYTES 160u
#define CLI_SCALE_MAX 100 /* larger decimal scales are written with an exponent */

size_t cli_format_u64(char *to, uint64_t value);
size_t cli_format_i64(char *to, int64_t value);
size_t cli_format_i128(char *to, struct weir_i128 value);
size_t cli_format_i256(char *to, const struct weir_i256 *value);

/* unscaled / 10^scale with exactly `scale` digits after the point. */
size_t cli_format_decimal(char *to, struct weir_i128 unscaled, int32_t scale);

/* The shortest text that reads back as the same double; "NaN", "Infinity", "-Infinity". */
size_t cli_format_double(char *to, double value);

/* ISO 8601, proleptic Gregorian, for every int64; years outside 0..9999 carry a sign. */
size_t cli_format_date(char *to, int64_t days);
size_t cli_format_time(char *to, int64_t value, enum weir_unit unit);
size_t cli_format_timestamp(char *to, int64_t value, enum weir_unit unit, bool utc);
/* The same for nanoseconds since 1970 of any year: INT96. Plain digits beyond days of 64 bits. */
size_t cli_format_nanoseconds(char *to, struct weir_i128 value, bool utc);
/* An ISO 8601 duration, nothing carried over: "P3M2DT1.500S"; "PT0S" for nothing. */
size_t cli_format_interval(char *to, uint32_t months, uint32_t days, uint32_t milliseconds);

/* For people: four to five significant digits, thousands grouped, then M, G, T, then an exponent.
 */
size_t cli_format_human(char *to, double value);
/* "64 MiB", "1.5 GiB", "12,345 B". */
size_t cli_format_bytes(char *to, uint64_t bytes);
/* Digits in groups of three: "1,234,567". */
size_t cli_format_grouped(char *to, uint64_t value);
/* A length of time given in seconds: "1.2 ms", "3.4 s", "5.6 d". */
size_t cli_format_duration(char *to, double seconds);

struct weir_i128 cli_i128_from_i64(int64_t value);
/* Big-endian two's complement, 1 to 16 bytes. */
struct weir_i128 cli_i128_from_bytes(const uint8_t *bytes, size_t count);
double cli_i128_to_double(struct weir_i128 value);
/* Rounded towards zero; the size must be below 2^127. */
struct weir_i128 cli_i128_from_double(double value);

/* Units of a second: 1000, 1000000, 1000000000; 1 for WEIR_UNIT_NONE. */
int64_t cli_unit_per_second(enum weir_unit unit);

#endif
