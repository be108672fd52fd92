/* Dates, times and timestamps as ISO 8601 text. */
#include "number.h"

#include <string.h>

__extension__ typedef __int128 wide;

int64_t cli_unit_per_second(enum weir_unit unit) {
    switch (unit) {
    case WEIR_UNIT_MILLIS: return 1000;
    case WEIR_UNIT_MICROS: return 1000000;
    case WEIR_UNIT_NANOS: return 1000000000;
    case WEIR_UNIT_NONE: break;
    }
    return 1;
}

/* Digits of a number, padded with zeros on the left. */
static size_t padded(char *to, uint64_t value, size_t width) {
    char digits[24];
    const size_t count = cli_format_u64(digits, value);
    size_t used = 0;
    while (used + count < width) {
        to[used++] = '0';
    }
    memcpy(to + used, digits, count + 1);
    return used + count;
}

/*
 * Numerics notes: days are counted from 0000-03-01, so that leap days end a year; 400 years (an
 * era) have 146097 days. Division rounds down. Source: the usual civil-from-days derivation.
 */
size_t cli_format_date(char *to, int64_t days) {
    const wide shifted = (wide)days + 719468;
    const wide era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = (int64_t)(shifted - era * 146097);
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t shifted_month = (5 * day_of_year + 2) / 153;
    const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    const int64_t year = (int64_t)(era * 400) + year_of_era + (month <= 2 ? 1 : 0);

    size_t used = 0;
    if (year < 0) {
        to[used++] = '-';
    } else if (year > 9999) {
        to[used++] = '+';
    }
    used += padded(to + used, year < 0 ? 0u - (uint64_t)year : (uint64_t)year, 4);
    to[used++] = '-';
    used += padded(to + used, (uint64_t)month, 2);
    to[used++] = '-';
    return used + padded(to + used, (uint64_t)day, 2);
}

/* hh:mm:ss and, where it is not zero, the fraction in the unit's full digits. */
static size_t clock_text(char *to, uint64_t value, uint64_t per_second) {
    const uint64_t seconds = value / per_second;
    const uint64_t fraction = value % per_second;
    size_t used = padded(to, seconds / 3600, 2);
    to[used++] = ':';
    used += padded(to + used, seconds / 60 % 60, 2);
    to[used++] = ':';
    used += padded(to + used, seconds % 60, 2);
    if (fraction > 0) {
        to[used++] = '.';
        used += padded(to + used, fraction,
                       per_second == 1000 ? 3u : (per_second == 1000000 ? 6u : 9u));
    }
    return used;
}

size_t cli_format_time(char *to, int64_t value, enum weir_unit unit) {
    size_t used = 0;
    uint64_t size = (uint64_t)value;
    if (value < 0) { /* no time of day, but the column holds it */
        to[used++] = '-';
        size = 0u - size;
    }
    return used + clock_text(to + used, size, (uint64_t)cli_unit_per_second(unit));
}

size_t cli_format_timestamp(char *to, int64_t value, enum weir_unit unit, bool utc) {
    const int64_t per_second = cli_unit_per_second(unit);
    const int64_t per_day = per_second * 86400;
    int64_t days = value / per_day;
    int64_t rest = value % per_day;
    if (rest < 0) {
        rest += per_day;
        days--;
    }
    size_t used = cli_format_date(to, days);
    to[used++] = 'T';
    used += clock_text(to + used, (uint64_t)rest, (uint64_t)per_second);
    if (utc) {
        to[used++] = 'Z';
    }
    to[used] = '\0';
    return used;
}
