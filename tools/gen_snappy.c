/*
 * A small Snappy compressor.
 *
 * Format notes: a varint of the length, then elements. Like the reference encoder it works in
 * blocks of 64 KiB and never copies across a block's start, so two-byte offsets do. Literals of up
 * to 60 bytes carry their length in the tag, longer ones in one to four bytes behind it.
 */
#include "gen.h"

#include <string.h>

#define BLOCK_BYTES 65536u
#define HASH_BITS 14u

static uint32_t load_u32(const uint8_t *from) {
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static uint8_t *put_literal(uint8_t *out, const uint8_t *from, size_t bytes) {
    if (bytes == 0) {
        return out;
    }
    size_t n = bytes - 1;
    if (n < 60) {
        *out++ = (uint8_t)(n << 2);
    } else if (n < 256) {
        *out++ = 60 << 2;
        *out++ = (uint8_t)n;
    } else {
        *out++ = 61 << 2;
        *out++ = (uint8_t)n;
        *out++ = (uint8_t)(n >> 8);
    }
    memcpy(out, from, bytes);
    return out + bytes;
}

static uint8_t *put_copy(uint8_t *out, size_t offset, size_t bytes) {
    while (bytes > 0) {
        /* Leaves no piece shorter than 4, which keeps the short form usable. */
        size_t piece = bytes >= 68 ? 64 : (bytes > 64 ? 60 : bytes);
        if (piece >= 4 && piece <= 11 && offset < 2048) {
            *out++ = (uint8_t)(1u | (piece - 4) << 2 | (offset >> 8) << 5);
            *out++ = (uint8_t)offset;
        } else {
            *out++ = (uint8_t)(2u | (piece - 1) << 2);
            *out++ = (uint8_t)offset;
            *out++ = (uint8_t)(offset >> 8);
        }
        bytes -= piece;
    }
    return out;
}

static uint8_t *put_block(uint8_t *out, const uint8_t *from, size_t bytes, uint16_t *table) {
    memset(table, 0, sizeof *table << HASH_BITS);
    size_t literal = 0;
    size_t i = 1;
    uint32_t misses = 32;
    while (i + 8 <= bytes) {
        uint32_t word = load_u32(from + i);
        uint32_t hash = (word * UINT32_C(0x1e35a7bd)) >> (32 - HASH_BITS);
        size_t candidate = table[hash];
        table[hash] = (uint16_t)i;
        if (candidate >= i || load_u32(from + candidate) != word) {
            i += misses++ >> 5; /* gives up quickly on what does not compress */
            continue;
        }
        size_t length = 4;
        while (i + length < bytes && from[candidate + length] == from[i + length]) {
            length++;
        }
        out = put_literal(out, from + literal, i - literal);
        out = put_copy(out, i - candidate, length);
        i += length;
        literal = i;
        misses = 32;
    }
    return put_literal(out, from + literal, bytes - literal);
}

void gen_snappy(struct gen_buffer *to, const uint8_t *data, size_t bytes) {
    static uint16_t table[1u << HASH_BITS];
    uint8_t *out = gen_buffer_room(to, 32 + bytes + bytes / 6);
    uint8_t *start = out;
    size_t length = bytes;
    while (length >= 128) {
        *out++ = (uint8_t)(length | 128);
        length >>= 7;
    }
    *out++ = (uint8_t)length;
    for (size_t at = 0; at < bytes; at += BLOCK_BYTES) {
        size_t piece = bytes - at < BLOCK_BYTES ? bytes - at : BLOCK_BYTES;
        out = put_block(out, data + at, piece, table);
    }
    to->bytes += (size_t)(out - start);
}
