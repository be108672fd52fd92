/* Text inside JSON, CSV, Markdown and on a terminal. */
#ifndef WEIR_CLI_QUOTE_H
#define WEIR_CLI_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

/* Bytes of the UTF-8 character at `at`, 0 where it is not valid UTF-8 or cut. */
size_t cli_utf8_length(const uint8_t *at, size_t left);
bool cli_utf8_valid(const uint8_t *bytes, size_t count);
/* The count without a last character that was cut in the middle. */
size_t cli_utf8_whole(const uint8_t *bytes, size_t count);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void cli_put_json_string(struct cli_output *output, const uint8_t *bytes, size_t count);
/* The string, or {"hex":"..."} where the bytes are not UTF-8. */
void cli_put_json_bytes(struct cli_output *output, const uint8_t *bytes, size_t count);
/* A CSV field: in quotes only where it must be (RFC 4180), or where it is empty. */
void cli_put_csv_field(struct cli_output *output, const uint8_t *bytes, size_t count);
void cli_put_hex(struct cli_output *output, const uint8_t *bytes, size_t count);

/*
 * Copies text for a terminal cell of at most `columns` columns: control characters and bytes that
 * are not UTF-8 become '?', what does not fit ends in an ellipsis. With ascii, so do all others.
 * Returns the columns used; `to` needs 4 * columns + 4 bytes and is NUL-terminated.
 */
size_t cli_fit(char *to, const uint8_t *bytes, size_t count, size_t columns, bool cut, bool ascii);

/* The columns that the text takes when nothing is cut. */
size_t cli_width(const uint8_t *bytes, size_t count, bool ascii);

#endif
