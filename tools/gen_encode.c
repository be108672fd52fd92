/* Hybrid runs, CRC-32 and the Thrift compact protocol, writing side. */
#include "gen.h"

#include <string.h>

static void put_varint(struct gen_buffer *to, uint64_t value) {
    uint8_t bytes[10];
    size_t n = 0;
    while (value >= 128) {
        bytes[n++] = (uint8_t)(value | 128);
        value >>= 7;
    }
    bytes[n++] = (uint8_t)value;
    gen_buffer_add(to, bytes, n);
}

/* Groups of 8 values, LSB first; the last group is filled up with zeros. */
static void put_packed(struct gen_buffer *to, const uint32_t *values, size_t count,
                       uint32_t bit_width) {
    size_t groups = (count + 7) / 8;
    put_varint(to, ((uint64_t)groups << 1) | 1);
    uint8_t *out = gen_buffer_room(to, groups * bit_width + 8);
    uint8_t *start = out;
    uint64_t held = 0;
    uint32_t held_bits = 0;
    for (size_t i = 0; i < groups * 8; i++) {
        uint64_t value = i < count ? values[i] : 0;
        held |= value << held_bits;
        held_bits += bit_width;
        while (held_bits >= 8) {
            *out++ = (uint8_t)held;
            held >>= 8;
            held_bits -= 8;
        }
    }
    to->bytes += (size_t)(out - start);
}

static void put_run(struct gen_buffer *to, uint32_t value, size_t count, uint32_t bit_width) {
    put_varint(to, (uint64_t)count << 1);
    gen_buffer_add(to, &value, (bit_width + 7) / 8);
}

void gen_hybrid(struct gen_buffer *to, const uint32_t *values, size_t count, uint32_t bit_width) {
    size_t packed_from = 0;
    size_t i = 0;
    while (i < count) {
        size_t end = i + 1;
        while (end < count && values[end] == values[i]) {
            end++;
        }
        /* A packed run that is not the last one must hold whole groups of 8. */
        size_t fill = (8 - (i - packed_from) % 8) % 8;
        if (end - i >= fill + 16) {
            if (i + fill > packed_from) {
                put_packed(to, values + packed_from, i + fill - packed_from, bit_width);
            }
            put_run(to, values[i], end - i - fill, bit_width);
            packed_from = end;
        }
        i = end;
    }
    if (count > packed_from) {
        put_packed(to, values + packed_from, count - packed_from, bit_width);
    }
}

uint32_t gen_crc32(uint32_t crc, const uint8_t *data, size_t bytes) {
    static uint32_t table[256];
    if (table[1] == 0) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value >> 1) ^ ((value & 1) != 0 ? UINT32_C(0xEDB88320) : 0);
            }
            table[i] = value;
        }
    }
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc = (crc >> 8) ^ table[(crc ^ data[i]) & 255];
    }
    return ~crc;
}

void gen_thrift_varint(struct gen_thrift *thrift, uint64_t value) {
    put_varint(&thrift->out, value);
}

static void put_zigzag(struct gen_thrift *thrift, int64_t value) {
    put_varint(&thrift->out, ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0));
}

static void put_field(struct gen_thrift *thrift, int32_t id, uint32_t type) {
    int32_t delta = id - thrift->last[thrift->depth];
    uint8_t byte = (uint8_t)type;
    if (delta >= 1 && delta <= 15) {
        byte = (uint8_t)((uint32_t)delta << 4 | type);
        gen_buffer_add(&thrift->out, &byte, 1);
    } else {
        gen_buffer_add(&thrift->out, &byte, 1);
        put_zigzag(thrift, id);
    }
    thrift->last[thrift->depth] = id;
}

void gen_thrift_i32(struct gen_thrift *thrift, int32_t id, int64_t value) {
    put_field(thrift, id, 5);
    put_zigzag(thrift, value);
}

void gen_thrift_i64(struct gen_thrift *thrift, int32_t id, int64_t value) {
    put_field(thrift, id, 6);
    put_zigzag(thrift, value);
}

void gen_thrift_bool(struct gen_thrift *thrift, int32_t id, bool value) {
    put_field(thrift, id, value ? 1 : 2);
}

void gen_thrift_binary(struct gen_thrift *thrift, int32_t id, const void *data, size_t bytes) {
    put_field(thrift, id, 8);
    put_varint(&thrift->out, bytes);
    gen_buffer_add(&thrift->out, data, bytes);
}

void gen_thrift_element(struct gen_thrift *thrift) {
    thrift->depth++;
    thrift->last[thrift->depth] = 0;
}

void gen_thrift_struct(struct gen_thrift *thrift, int32_t id) {
    put_field(thrift, id, 12);
    gen_thrift_element(thrift);
}

void gen_thrift_end(struct gen_thrift *thrift) {
    const uint8_t stop = 0;
    gen_buffer_add(&thrift->out, &stop, 1);
    if (thrift->depth > 0) {
        thrift->depth--;
    }
}

void gen_thrift_list(struct gen_thrift *thrift, int32_t id, uint32_t type, size_t count) {
    put_field(thrift, id, 9);
    uint8_t byte = (uint8_t)((count < 15 ? (uint32_t)count : 15u) << 4 | type);
    gen_buffer_add(&thrift->out, &byte, 1);
    if (count >= 15) {
        put_varint(&thrift->out, count);
    }
}
