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

/* False where the day is none that cli_format_date takes. */
static bool split_day(wide value, int64_t per_day, int64_t *days_ret, uint64_t *rest_ret) {
    wide days = value / per_day;
    wide rest = value % per_day;
    if (rest < 0) {
        rest += per_day;
        days--;
    }
    *days_ret = (int64_t)days;
    *rest_ret = (uint64_t)rest;
    return days >= INT64_MIN && days <= INT64_MAX;
}

static size_t day_and_clock(char *to, int64_t days, uint64_t rest, int64_t per_second, bool utc) {
    size_t used = cli_format_date(to, days);
    to[used++] = 'T';
    used += clock_text(to + used, rest, (uint64_t)per_second);
    if (utc) {
        to[used++] = 'Z';
    }
    to[used] = '\0';
    return used;
}

size_t cli_format_timestamp(char *to, int64_t value, enum weir_unit unit, bool utc) {
    const int64_t per_second = cli_unit_per_second(unit);
    int64_t days;
    uint64_t rest;
    (void)split_day(value, per_second * 86400, &days, &rest);
    return day_and_clock(to, days, rest, per_second, utc);
}

size_t cli_format_nanoseconds(char *to, struct weir_i128 value, bool utc) {
    const int64_t per_second = 1000000000;
    const wide whole = (wide)value.high * ((wide)1 << 64) + value.low;
    int64_t days;
    uint64_t rest;
    if (!split_day(whole, per_second * 86400, &days, &rest)) {
        return cli_format_i128(to, value);
    }
    return day_and_clock(to, days, rest, per_second, utc);
}

/* Months, days and milliseconds do not convert into each other, so each keeps its number. */
size_t cli_format_interval(char *to, uint32_t months, uint32_t days, uint32_t milliseconds) {
    size_t used = 0;
    to[used++] = 'P';
    if (months > 0) {
        used += cli_format_u64(to + used, months);
        to[used++] = 'M';
    }
    if (days > 0) {
        used += cli_format_u64(to + used, days);
        to[used++] = 'D';
    }
    if (milliseconds > 0 || used == 1) {
        to[used++] = 'T';
        used += cli_format_u64(to + used, milliseconds / 1000);
        if (milliseconds % 1000 > 0) {
            to[used++] = '.';
            used += padded(to + used, milliseconds % 1000, 3);
        }
        to[used++] = 'S';
    }
    to[used] = '\0';
    return used;
}
