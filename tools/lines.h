/* Small text files of /proc and /sys, line by line, without stdio. */
#ifndef WEIR_CLI_LINES_H
#define WEIR_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_LINE_BYTES 4096u

struct cli_lines {
    int fd;
    size_t begin;
    size_t used;
    bool is_end;
    char buffer[CLI_LINE_BYTES + 1];
};

/* Opens root + path. */
bool cli_lines_open(struct cli_lines *lines, const char *root, const char *path);
/* The next line without its end, cut at CLI_LINE_BYTES; NULL after the last. */
char *cli_lines_next(struct cli_lines *lines);
void cli_lines_close(struct cli_lines *lines);

/* The number behind `key` in a file of "key value" lines; with key NULL the file's first word. */
bool cli_read_number(const char *root, const char *path, const char *key, uint64_t *value_ret);

#endif
