/* Line by line through one fixed buffer. */
#include "lines.h"

#include "cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool cli_lines_open(struct cli_lines *lines, const char *root, const char *path) {
    char whole[CLI_LINE_BYTES];
    const int count = snprintf(whole, sizeof whole, "%s%s", root, path);
    lines->begin = 0;
    lines->used = 0;
    lines->is_end = false;
    lines->fd = -1;
    if (count > 0 && (size_t)count < sizeof whole) {
        lines->fd = open(whole, O_RDONLY | O_CLOEXEC);
    }
    return lines->fd >= 0;
}

static void fill(struct cli_lines *lines) {
    memmove(lines->buffer, lines->buffer + lines->begin, lines->used - lines->begin);
    lines->used -= lines->begin;
    lines->begin = 0;
    unsigned tries = 0;
    while (!lines->is_end && lines->used < CLI_LINE_BYTES) {
        const ssize_t count =
            read(lines->fd, lines->buffer + lines->used, CLI_LINE_BYTES - lines->used);
        if (count < 0 && cli_again(&tries)) {
            continue;
        }
        if (count <= 0) {
            lines->is_end = true;
        } else {
            lines->used += (size_t)count;
        }
    }
}

char *cli_lines_next(struct cli_lines *lines) {
    char *line = lines->buffer + lines->begin;
    char *end = memchr(line, '\n', lines->used - lines->begin);
    if (end == NULL) {
        fill(lines);
        line = lines->buffer;
        end = memchr(line, '\n', lines->used);
    }
    if (end != NULL) {
        *end = '\0';
        lines->begin = (size_t)(end + 1 - lines->buffer);
        return line;
    }
    if (lines->used == 0) {
        return NULL;
    }
    line[lines->used] = '\0'; /* the last line, or one that is too long: its rest is skipped */
    unsigned tries = 0;
    while (!lines->is_end) {
        char scratch[256];
        const ssize_t count = read(lines->fd, scratch, sizeof scratch);
        if (count < 0 && cli_again(&tries)) {
            continue;
        }
        char *newline = count > 0 ? memchr(scratch, '\n', (size_t)count) : NULL;
        if (count <= 0) {
            lines->is_end = true;
        } else if (newline != NULL) {
            const off_t back = (off_t)(newline + 1 - scratch) - (off_t)count;
            (void)lseek(lines->fd, back, SEEK_CUR);
            break;
        }
    }
    lines->used = 0;
    lines->begin = 0;
    return line;
}

void cli_lines_close(struct cli_lines *lines) {
    if (lines->fd >= 0) {
        (void)close(lines->fd);
        lines->fd = -1;
    }
}

static bool leading_number(const char *text, uint64_t *value_ret) {
    uint64_t value = 0;
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    if (*text < '0' || *text > '9') {
        return false;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value)) {
            value = UINT64_MAX;
            break;
        }
    }
    *value_ret = value;
    return true;
}

bool cli_read_number(const char *root, const char *path, const char *key, uint64_t *value_ret) {
    static struct cli_lines lines;
    const size_t key_bytes = key != NULL ? strlen(key) : 0;
    bool found = false;
    if (!cli_lines_open(&lines, root, path)) {
        return false;
    }
    for (char *line = cli_lines_next(&lines); line != NULL && !found;) {
        if (key == NULL) {
            found = leading_number(line, value_ret);
            break;
        }
        if (strncmp(line, key, key_bytes) == 0 &&
            (line[key_bytes] == ' ' || line[key_bytes] == ':' || line[key_bytes] == '\t')) {
            found = leading_number(line + key_bytes + 1, value_ret);
        }
        line = found ? line : cli_lines_next(&lines);
    }
    cli_lines_close(&lines);
    return found;
}
