/* Sizes, numbers and fractions of the command line; how far apart two words are. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

bool cli_parse_u64(const char *text, uint64_t *value_ret) {
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value)) {
            return false;
        }
    }
    *value_ret = value;
    return true;
}

/* A plain decimal number: no sign, no exponent, no hexadecimal. Returns where it ends. */
static const char *plain_number(const char *text, double *value_ret) {
    const char *at = text;
    char copy[48];
    while ((*at >= '0' && *at <= '9') || *at == '.') {
        at++;
    }
    const size_t count = (size_t)(at - text);
    if (count == 0 || count >= sizeof copy) {
        return NULL;
    }
    memcpy(copy, text, count);
    copy[count] = '\0';
    char *end;
    *value_ret = strtod(copy, &end);
    return end == copy + count ? at : NULL;
}

static bool same_word(const char *a, const char *b) {
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        if ((*a | 32) != (*b | 32)) {
            return false;
        }
    }
    return *a == *b;
}

bool cli_parse_size(const char *text, struct cli_size *size_ret) {
    static const struct {
        const char *name;
        double factor;
    } units[] = {{"", 1},         {"b", 1},      {"k", 0x1p10},   {"kib", 0x1p10}, {"m", 0x1p20},
                 {"mib", 0x1p20}, {"g", 0x1p30}, {"gib", 0x1p30}, {"t", 0x1p40},   {"tib", 0x1p40},
                 {"kb", 1e3},     {"mb", 1e6},   {"gb", 1e9},     {"tb", 1e12}};
    memset(size_ret, 0, sizeof *size_ret);
    if (same_word(text, "auto")) {
        size_ret->kind = CLI_SIZE_AUTO;
        return true;
    }
    double number = 0;
    const char *end = plain_number(text, &number);
    if (end == NULL) {
        return false;
    }
    if (*end == '\0' && cli_parse_u64(text, &size_ret->bytes)) {
        return true; /* exact beyond 2^53 too */
    }
    while (*end == ' ') {
        end++;
    }
    if (end[0] == '%' && end[1] == '\0') {
        size_ret->kind = CLI_SIZE_PERCENT;
        size_ret->percent = number;
        return number > 0 && number <= 100;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (same_word(end, units[i].name)) {
            const double bytes = number * units[i].factor;
            if (bytes >= 0x1p63) {
                return false;
            }
            size_ret->bytes = (uint64_t)bytes;
            return true;
        }
    }
    return false;
}

bool cli_parse_fraction(const char *text, size_t bytes, double *value_ret) {
    char copy[48];
    bool percent = false;
    if (bytes > 0 && text[bytes - 1] == '%') {
        percent = true;
        bytes--;
    }
    if (bytes == 0 || bytes >= sizeof copy ||
        !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) {
        return false;
    }
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    char *end;
    const double value = strtod(copy, &end);
    if (*end != '\0' || strpbrk(copy, "xXpP") != NULL) {
        return false;
    }
    *value_ret = percent ? value / 100 : value;
    return *value_ret >= 0 && *value_ret <= 1;
}

#define DISTANCE_MAX 48u

/* Optimal string alignment: three rows of the usual table. */
uint32_t cli_distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
    uint32_t rows[3][DISTANCE_MAX + 1];
    if (a_bytes > DISTANCE_MAX || b_bytes > DISTANCE_MAX) {
        return UINT32_MAX;
    }
    for (uint32_t j = 0; j <= b_bytes; j++) {
        rows[0][j] = j;
    }
    for (uint32_t i = 1; i <= a_bytes; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i + 2) % 3];
        const uint32_t *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t j = 1; j <= b_bytes; j++) {
            const char x = a[i - 1];
            const char y = b[j - 1];
            const bool same = x == y || ((x | 32) == (y | 32) && (x | 32) >= 'a');
            uint32_t best = above[j - 1] + (same ? 0 : 1);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y && above2[j - 2] + 1 < best) {
                best = above2[j - 2] + 1;
            }
            row[j] = best;
        }
    }
    return rows[a_bytes % 3][b_bytes];
}

bool cli_is_close(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
                  uint32_t *distance_ret) {
    const size_t longer = a_bytes > b_bytes ? a_bytes : b_bytes;
    const size_t shorter = a_bytes > b_bytes ? b_bytes : a_bytes;
    *distance_ret = cli_distance(a, a_bytes, b, b_bytes);
    if (*distance_ret <= 1 + longer / 4 && *distance_ret < longer) {
        return true;
    }
    if (shorter >= 3 && memcmp(a, b, shorter) == 0) { /* one begins with the other */
        *distance_ret = 2;
        return true;
    }
    return false;
}
