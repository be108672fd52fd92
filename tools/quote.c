/* Escaping: the same bytes, safe where they are put. */
#include "quote.h"

#include <string.h>

size_t cli_utf8_length(const uint8_t *at, size_t left) {
    if (left == 0) {
        return 0;
    }
    const uint8_t first = at[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length;
    uint8_t low = 0x80; /* bounds of the second byte: no overlong forms, no surrogates */
    uint8_t high = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3;
        low = first == 0xe0 ? 0xa0 : 0x80;
        high = first == 0xed ? 0x9f : 0xbf;
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        low = first == 0xf0 ? 0x90 : 0x80;
        high = first == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (left < length || at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf) {
            return 0;
        }
    }
    return length;
}

bool cli_utf8_valid(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count;) {
        const size_t length = cli_utf8_length(bytes + i, count - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

size_t cli_utf8_whole(const uint8_t *bytes, size_t count) {
    for (size_t back = 1; back <= 3 && back <= count; back++) {
        const uint8_t byte = bytes[count - back];
        if (byte >= 0xc0) { /* a first byte: is its character all here? */
            const size_t length = byte >= 0xf0 ? 4 : (byte >= 0xe0 ? 3 : 2);
            return length > back ? count - back : count;
        }
        if (byte < 0x80) {
            return count;
        }
    }
    return count;
}

static const char hex_digits[] = "0123456789abcdef";

void cli_put_hex(struct cli_output *output, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char pair[2] = {hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15]};
        cli_put_bytes(output, pair, 2);
    }
}

static void put_json_control(struct cli_output *output, uint8_t byte) {
    switch (byte) {
    case '"': cli_put(output, "\\\""); return;
    case '\\': cli_put(output, "\\\\"); return;
    case '\n': cli_put(output, "\\n"); return;
    case '\r': cli_put(output, "\\r"); return;
    case '\t': cli_put(output, "\\t"); return;
    default: break;
    }
    const char text[6] = {'\\', 'u', '0', '0', hex_digits[byte >> 4], hex_digits[byte & 15]};
    cli_put_bytes(output, text, 6);
}

void cli_put_json_string(struct cli_output *output, const uint8_t *bytes, size_t count) {
    size_t begin = 0; /* of the run of bytes that need no escape */
    size_t at = 0;
    cli_put_char(output, '"');
    while (at < count) {
        const size_t length = cli_utf8_length(bytes + at, count - at);
        const uint8_t byte = bytes[at];
        if (length > 1 ||
            (length == 1 && byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f)) {
            at += length;
            continue;
        }
        cli_put_bytes(output, bytes + begin, at - begin);
        if (length == 0) {
            cli_put(output, "\xef\xbf\xbd");
        } else {
            put_json_control(output, byte);
        }
        begin = ++at;
    }
    cli_put_bytes(output, bytes + begin, at - begin);
    cli_put_char(output, '"');
}

void cli_put_json_bytes(struct cli_output *output, const uint8_t *bytes, size_t count) {
    if (cli_utf8_valid(bytes, count)) {
        cli_put_json_string(output, bytes, count);
        return;
    }
    cli_put(output, "{\"hex\":\"");
    cli_put_hex(output, bytes, count);
    cli_put(output, "\"}");
}

void cli_put_csv_field(struct cli_output *output, const uint8_t *bytes, size_t count) {
    bool quote = count == 0; /* an empty field without quotes is a null */
    for (size_t i = 0; i < count && !quote; i++) {
        quote = bytes[i] == '"' || bytes[i] == ',' || bytes[i] == '\n' || bytes[i] == '\r';
    }
    if (!quote) {
        cli_put_bytes(output, bytes, count);
        return;
    }
    size_t begin = 0;
    cli_put_char(output, '"');
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '"') {
            cli_put_bytes(output, bytes + begin, i + 1 - begin);
            begin = i;
        }
    }
    cli_put_bytes(output, bytes + begin, count - begin);
    cli_put_char(output, '"');
}

/* Columns that a character takes on a terminal: 0 for combining ones, 2 for East Asian and emoji.
 */
static size_t column_width(const uint8_t *at, size_t length) {
    static const struct {
        uint32_t low;
        uint32_t high;
        size_t width;
    } ranges[] = {{0x0300, 0x036f, 0},  {0x200b, 0x200f, 0},   {0xfe00, 0xfe0f, 0},
                  {0x1100, 0x115f, 2},  {0x2e80, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},
                  {0xf900, 0xfaff, 2},  {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
                  {0xffe0, 0xffe6, 2},  {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2},
                  {0x20000, 0x3fffd, 2}};
    if (length < 2) {
        return 1;
    }
    uint32_t code = length == 2 ? at[0] & 0x1fu : (length == 3 ? at[0] & 0x0fu : at[0] & 0x07u);
    for (size_t i = 1; i < length; i++) {
        code = (code << 6) | (at[i] & 0x3fu);
    }
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (code >= ranges[i].low && code <= ranges[i].high) {
            return ranges[i].width;
        }
    }
    return 1;
}

/* What stands for a character: itself, or '?' where a terminal could not show it. */
static bool is_shown(const uint8_t *at, size_t length, bool ascii) {
    return length > 0 && at[0] >= 0x20 && at[0] != 0x7f && !(ascii && length > 1) &&
           !(length == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

size_t cli_width(const uint8_t *bytes, size_t count, bool ascii) {
    size_t used = 0;
    for (size_t at = 0; at < count;) {
        const size_t length = cli_utf8_length(bytes + at, count - at);
        used += is_shown(bytes + at, length, ascii) ? column_width(bytes + at, length) : 1;
        at += length > 0 ? length : 1;
    }
    return used;
}

size_t cli_fit(char *to, const uint8_t *bytes, size_t count, size_t columns, bool cut, bool ascii) {
    size_t at = 0;
    size_t used = 0;
    size_t bytes_used = 0;
    size_t keep = 0; /* the text and the columns up to which an ellipsis still fits */
    size_t keep_columns = 0;
    while (at < count && columns > 0) {
        size_t length = cli_utf8_length(bytes + at, count - at);
        size_t width = 1;
        const bool replace = !is_shown(bytes + at, length, ascii);
        length = length == 0 ? 1 : length;
        if (!replace) {
            width = column_width(bytes + at, length);
        }
        if (used + width > columns || bytes_used + length > 4 * columns - 3) {
            break;
        }
        if (replace) {
            to[bytes_used++] = '?';
        } else {
            memcpy(to + bytes_used, bytes + at, length);
            bytes_used += length;
        }
        at += length;
        used += width;
        if (used < columns) {
            keep = bytes_used;
            keep_columns = used;
        }
    }
    if ((at < count || cut) && columns > 0) {
        const char *mark = ascii ? "~" : "\xe2\x80\xa6";
        memcpy(to + keep, mark, strlen(mark));
        bytes_used = keep + strlen(mark);
        used = keep_columns + 1;
    }
    to[bytes_used] = '\0';
    return used;
}
