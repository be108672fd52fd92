/*
 * UTF-8 validation, whole or in pieces.
 *
 * Valid means well-formed as in the Unicode standard, table 3-7: no overlong forms, no surrogates,
 * nothing above U+10FFFF. U+0000 and noncharacters are valid.
 */
#ifndef WEIR_STATS_UTF8_H
#define WEIR_STATS_UTF8_H

#include "base/check.h"

/* The state before the first byte, and after every whole code point. */
#define WEIR_UTF8_ACCEPT 6u

/* The state after a byte that no valid text has there; it is never left. */
#define WEIR_UTF8_REJECT 0u

/* The state after `bytes` more bytes: the borders of pieces do not matter. A text is valid when the
 * state after its last byte is WEIR_UTF8_ACCEPT. Reads exactly `bytes` bytes. */
uint32_t weir_utf8_step(uint32_t start, const uint8_t *data, size_t bytes);

static inline bool weir_utf8_is_valid(const uint8_t *data, size_t bytes) {
    return weir_utf8_step(WEIR_UTF8_ACCEPT, data, bytes) == WEIR_UTF8_ACCEPT;
}

#endif
