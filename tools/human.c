/* Numbers for people: few digits, units they know. */
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t cli_format_grouped(char *to, uint64_t value) {
    char digits[24];
    const size_t count = cli_format_u64(digits, value);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            to[used++] = ',';
        }
        to[used++] = digits[i];
    }
    to[used] = '\0';
    return used;
}

/* Drops zeros at the end of a fraction, and a point left alone. */
static size_t drop_zeros(char *to) {
    size_t count = strlen(to);
    if (strchr(to, '.') == NULL) {
        return count;
    }
    while (count > 0 && to[count - 1] == '0') {
        count--;
    }
    if (count > 0 && to[count - 1] == '.') {
        count--;
    }
    to[count] = '\0';
    return count;
}

/* A number from 1 up with `digits` significant digits, no exponent. */
static size_t fixed_digits(char *to, double size, int digits) {
    int whole = 1;
    for (double limit = 10; size >= limit && whole < 20; limit *= 10) {
        whole++;
    }
    const int fraction = digits > whole ? digits - whole : 0;
    (void)snprintf(to, 40, "%.*f", fraction, size);
    return drop_zeros(to);
}

static size_t human_large(char *to, double size) {
    static const char suffix[] = {'M', 'G', 'T'};
    double scaled = size / 1e6;
    size_t index = 0;
    while (scaled >= 999.95 && index + 1 < sizeof suffix) {
        scaled /= 1000;
        index++;
    }
    if (scaled >= 999.95) {
        (void)snprintf(to, 40, "%.3e", size);
        char *e = strchr(to, 'e');
        if (e != NULL && e[1] == '+') {
            memmove(e + 1, e + 2, strlen(e + 2) + 1);
        }
        return strlen(to);
    }
    size_t used = fixed_digits(to, scaled, 4);
    to[used++] = suffix[index];
    to[used] = '\0';
    return used;
}

static size_t human_small(char *to, double size) {
    if (size >= 0.001) {
        int digits = 4;
        for (double limit = 0.1; size < limit; limit /= 10) {
            digits++;
        }
        (void)snprintf(to, 40, "%.*f", digits, size);
        return drop_zeros(to);
    }
    (void)snprintf(to, 40, "%.2e", size);
    char *e = strchr(to, 'e');
    if (e != NULL && e[1] == '-' && e[2] == '0') {
        memmove(e + 2, e + 3, strlen(e + 3) + 1);
    }
    return strlen(to);
}

size_t cli_format_human(char *to, double value) {
    if (isnan(value)) {
        memcpy(to, "NaN", 4);
        return 3;
    }
    if (isinf(value)) {
        const char *text = value > 0 ? "inf" : "-inf";
        memcpy(to, text, strlen(text) + 1);
        return strlen(text);
    }
    if (value == 0) {
        memcpy(to, "0", 2);
        return 1;
    }
    size_t used = 0;
    const double size = fabs(value);
    if (value < 0) {
        to[used++] = '-';
    }
    if (size >= 1e7) {
        return used + human_large(to + used, size);
    }
    if ((double)(uint64_t)size == size || size >= 9999.95) {
        const uint64_t whole = (uint64_t)(size + 0.5);
        return used + (whole < 10000 ? cli_format_u64(to + used, whole) /* years stay years */
                                     : cli_format_grouped(to + used, whole));
    }
    if (size >= 1) {
        return used + fixed_digits(to + used, size, 5);
    }
    return used + human_small(to + used, size);
}

size_t cli_format_bytes(char *to, uint64_t bytes) {
    static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 10240) {
        const size_t used = cli_format_grouped(to, bytes);
        memcpy(to + used, " B", 3);
        return used + 2;
    }
    double scaled = (double)bytes / 1024;
    size_t index = 0;
    while (scaled >= 999.5 && index < 5) {
        scaled /= 1024;
        index++;
    }
    const size_t used = fixed_digits(to, scaled < 1 ? 1 : scaled, 3);
    return used + (size_t)snprintf(to + used, 8, " %s", names[index]);
}

size_t cli_format_duration(char *to, double seconds) {
    static const struct {
        double limit;
        double unit;
        const char *name;
    } steps[] = {
        {1e-6, 1e-9, "ns"}, {1e-3, 1e-6, "us"}, {1, 1e-3, "ms"},
        {120, 1, "s"},      {7200, 60, "min"},  {172800, 3600, "h"},
    };
    const double size = fabs(seconds);
    double unit = 86400;
    const char *name = "d";
    if (size == 0) {
        unit = 1;
        name = "s";
    } else {
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            if (size < steps[i].limit) {
                unit = steps[i].unit;
                name = steps[i].name;
                break;
            }
        }
    }
    char number[CLI_NUMBER_BYTES];
    double scaled = seconds / unit;
    if (fabs(scaled) >= 1 && fabs(scaled) < 1000) {
        (void)snprintf(number, sizeof number, "%.*f", fabs(scaled) < 10 ? 2 : 1, scaled);
        drop_zeros(number);
    } else {
        cli_format_human(number, scaled);
    }
    return (size_t)snprintf(to, 64, "%s %s", number, name);
}
