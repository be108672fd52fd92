/* What the tests of DELTA_BINARY_PACKED share: an encoder, and a consumer of the decoder. */
#ifndef WEIR_TESTS_DELTA_HELP_H
#define WEIR_TESTS_DELTA_HELP_H

#include "body_help.h"

#include "parquet/delta.h"

#define ROOM 300u

/* How an encoder lays a section out. */
struct shape {
    uint32_t bits;
    uint32_t block;
    uint32_t miniblocks;
    uint32_t width;      /* least width of a miniblock; the widest delta may need more */
    uint32_t garbage;    /* width written for miniblocks that no value needs */
    bool cut_padding;    /* the last miniblock ends with its last value */
    bool signed_overrun; /* 32 bits: differences are taken in 64, as old arrow-go does */
};

static inline uint64_t zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (uint64_t)(value < 0 ? -1 : 0);
}

/* Bits one by one, least significant first. */
struct bits {
    struct mp_bytes *to;
    uint32_t byte;
    uint32_t used;
};

static inline void put_bits(struct bits *bits, uint64_t value, uint32_t width) {
    for (uint32_t i = 0; i < width; i++) {
        bits->byte |= (uint32_t)(value >> i & 1) << bits->used;
        if (++bits->used == 8) {
            mp_byte(bits->to, bits->byte);
            bits->byte = 0;
            bits->used = 0;
        }
    }
}

/* A block of deltas, `count` of which are values. */
static inline void put_block(struct mp_bytes *to, const struct shape *shape, const int64_t *deltas,
                             uint32_t count) {
    uint32_t each = shape->block / shape->miniblocks;
    uint64_t range = shape->bits == 64 || shape->signed_overrun ? UINT64_MAX : UINT32_MAX;
    int64_t least = deltas[0];
    for (uint32_t i = 1; i < count; i++) {
        least = deltas[i] < least ? deltas[i] : least;
    }
    mp_zigzag(to, least);
    for (uint32_t m = 0; m < shape->miniblocks; m++) {
        uint32_t width = m * each < count ? shape->width : shape->garbage;
        for (uint32_t i = m * each; i < count && i < (m + 1) * each; i++) {
            uint64_t above = ((uint64_t)deltas[i] - (uint64_t)least) & range;
            width = weir_bit_width(above) > width ? weir_bit_width(above) : width;
        }
        mp_byte(to, width);
    }
    size_t widths = to->count - shape->miniblocks;
    for (uint32_t m = 0; m * each < count; m++) {
        struct bits bits = {to, 0, 0};
        uint32_t width = to->data[widths + m];
        for (uint32_t i = m * each; i < (m + 1) * each; i++) {
            if (i >= count && shape->cut_padding) {
                break;
            }
            put_bits(&bits, i < count ? ((uint64_t)deltas[i] - (uint64_t)least) & range : 0, width);
        }
        if (bits.used > 0) {
            mp_byte(to, bits.byte);
        }
    }
}

static inline void encode(struct mp_bytes *to, const struct shape *shape, const int64_t *values,
                          uint64_t count) {
    int64_t *deltas = calloc(shape->block, sizeof *deltas);
    mp_varint(to, shape->block);
    mp_varint(to, shape->miniblocks);
    mp_varint(to, count);
    mp_varint(to, zigzag(count > 0 ? values[0] : 0));
    for (uint64_t at = 1; at < count; at += shape->block) {
        uint32_t n = (uint32_t)weir_min_u64(count - at, shape->block);
        for (uint32_t i = 0; i < n; i++) {
            deltas[i] = (int64_t)((uint64_t)values[at + i] - (uint64_t)values[at + i - 1]);
            if (shape->bits == 32 && !shape->signed_overrun) {
                deltas[i] = (int32_t)deltas[i];
            }
        }
        put_block(to, shape, deltas, n);
    }
    free(deltas);
}

/* Reads all values in pieces of random room. Returns the last status; *count_ret values came. */
static inline enum weir_status decode(struct weir_delta *delta, uint32_t bits, uint8_t *values,
                                      uint64_t values_max, uint64_t *count_ret) {
    uint8_t *out = mp_guarded(2 * ROOM * 8);
    enum weir_status status;
    uint32_t count = 0;
    *count_ret = 0;
    do {
        uint32_t room = WEIR_DELTA_ROOM_MIN + 8 * mp_below(44);
        uint8_t *to = out + 2 * ROOM * 8 - room * bits / 8;
        status = weir_delta_next(delta, to, room, &count);
        assert_true(count <= room && (status == WEIR_OK) == (count > 0));
        assert_true(count <= values_max - *count_ret);
        memcpy(values + *count_ret * bits / 8, to, count * bits / 8);
        *count_ret += count;
    } while (status == WEIR_OK);
    mp_unguard(out, 2 * ROOM * 8);
    return status;
}

/* Values whose deltas need about `width` bits. */
static inline void random_values(int64_t *values, uint64_t count, uint32_t bits, uint32_t width) {
    uint64_t step = mp_random() >> (mp_below(2) == 0 ? 60 : mp_below(64));
    uint64_t last = mp_random();
    for (uint64_t i = 0; i < count; i++) {
        last += step + (width == 0 ? 0 : mp_random() >> (64 - width));
        values[i] = bits == 64 ? (int64_t)last : (int32_t)(uint32_t)last;
    }
}

#endif
