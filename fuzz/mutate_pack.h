/*
 * Small encoders of the codecs, for files that are to be the same on every machine: greedy matches
 * in what is small enough to find them by looking at every place.
 */
#ifndef WEIR_FUZZ_MUTATE_PACK_H
#define WEIR_FUZZ_MUTATE_PACK_H

#include "make_parquet.h"

#include "parquet/codec.h"

/* `literals` bytes as they are, then `length` bytes as they were `distance` bytes before. */
struct pk_step {
    size_t at;
    size_t literals;
    size_t length;
    size_t distance;
};

/* The longest match of 4 to 64 bytes at `at`. */
static inline size_t pk_match(const struct mp_bytes *from, size_t at, size_t *distance_ret) {
    size_t best = 0;
    for (size_t before = 0; before < at; before++) {
        size_t n = 0;
        while (n < 64 && at + n < from->count && from->data[before + n] == from->data[at + n]) {
            n++;
        }
        if (n >= 4 && n > best) {
            best = n;
            *distance_ret = at - before;
        }
    }
    return best;
}

/* The next step from `at` on; matches end `tail` bytes before the end at the latest. */
static inline struct pk_step pk_next(const struct mp_bytes *from, size_t at, size_t tail) {
    struct pk_step step = {.at = at};
    while (at + step.literals < from->count) {
        size_t here = at + step.literals;
        size_t length = pk_match(from, here, &step.distance);
        size_t room = from->count > here + tail ? from->count - here - tail : 0;
        if (length >= 4 && room >= 4) {
            step.length = length < room ? length : room;
            return step;
        }
        step.literals++;
    }
    return step;
}

static inline void pk_snappy(struct mp_bytes *to, const struct mp_bytes *from) {
    mp_varint(to, from->count);
    for (size_t at = 0; at < from->count;) {
        struct pk_step step = pk_next(from, at, 0);
        for (size_t left = step.literals; left > 0;) {
            size_t n = left < 60 ? left : 60;
            mp_byte(to, (uint32_t)(n - 1) << 2);
            mp_put(to, from->data + at + step.literals - left, n);
            left -= n;
        }
        if (step.length > 11 || step.distance > 2047) {
            mp_byte(to, (uint32_t)(step.length - 1) << 2 | 2);
            mp_byte(to, (uint32_t)step.distance & 0xff);
            mp_byte(to, (uint32_t)step.distance >> 8);
        } else if (step.length > 0) {
            mp_byte(to, (uint32_t)(step.distance >> 8) << 5 | (uint32_t)(step.length - 4) << 2 | 1);
            mp_byte(to, (uint32_t)step.distance & 0xff);
        }
        at += step.literals + step.length;
    }
}

static inline void pk_lz4_length(struct mp_bytes *to, size_t left) {
    for (; left >= 255; left -= 255) {
        mp_byte(to, 255);
    }
    mp_byte(to, (uint32_t)left);
}

/* The last five bytes are literals, and no match begins in the last twelve. */
static inline void pk_lz4(struct mp_bytes *to, const struct mp_bytes *from) {
    for (size_t at = 0; at < from->count;) {
        struct pk_step step = pk_next(from, at, 12);
        size_t match = step.length > 0 ? step.length - 4 : 0;
        mp_byte(to, (uint32_t)(step.literals < 15 ? step.literals : 15) << 4 |
                        (uint32_t)(match < 15 ? match : 15));
        if (step.literals >= 15) {
            pk_lz4_length(to, step.literals - 15);
        }
        mp_put(to, from->data + at, step.literals);
        if (step.length > 0) {
            mp_byte(to, (uint32_t)step.distance & 0xff);
            mp_byte(to, (uint32_t)step.distance >> 8);
            if (match >= 15) {
                pk_lz4_length(to, match - 15);
            }
        }
        at += step.literals + step.length;
    }
}

/* LZ4 with Hadoop's framing. */
static inline void pk_hadoop(struct mp_bytes *to, const struct mp_bytes *from) {
    struct mp_bytes lz4 = {0};
    pk_lz4(&lz4, from);
    uint32_t sizes[2] = {__builtin_bswap32((uint32_t)from->count),
                         __builtin_bswap32((uint32_t)lz4.count)};
    mp_put(to, sizes, sizeof sizes);
    mp_put(to, lz4.data, lz4.count);
    mp_free(&lz4);
}

/* --- Bits, least significant first --------------------------------------------------------------
 */

struct pk_bits {
    struct mp_bytes *to;
    uint64_t held;
    uint32_t count;
};

static inline void pk_put_bits(struct pk_bits *bits, uint64_t value, uint32_t width) {
    bits->held |= value << bits->count;
    for (bits->count += width; bits->count >= 8; bits->count -= 8) {
        mp_byte(bits->to, (uint32_t)(bits->held & 0xff));
        bits->held >>= 8;
    }
}

static inline void pk_end_bits(struct pk_bits *bits) {
    if (bits->count > 0) {
        mp_byte(bits->to, (uint32_t)bits->held);
    }
}

/* --- gzip: one block of fixed Huffman codes -----------------------------------------------------
 */

static inline void pk_huffman(struct pk_bits *bits, uint32_t code, uint32_t width) {
    for (uint32_t i = 0; i < width; i++) { /* codes go most significant bit first */
        pk_put_bits(bits, code >> (width - 1 - i) & 1, 1);
    }
}

static inline void pk_gzip_symbol(struct pk_bits *bits, uint32_t symbol) {
    if (symbol < 144) {
        pk_huffman(bits, 0x30 + symbol, 8);
    } else if (symbol < 256) {
        pk_huffman(bits, 0x190 + symbol - 144, 9);
    } else if (symbol < 280) {
        pk_huffman(bits, symbol - 256, 7);
    } else {
        pk_huffman(bits, 0xc0 + symbol - 280, 8);
    }
}

/* Symbol number and extra bits of a length (from 3) or a distance (from 1): `direct` numbers have
 * symbols of their own, then each further bit has `per_bit` symbols. */
static inline uint32_t pk_gzip_code(uint32_t number, uint32_t per_bit, uint32_t *extra_ret) {
    uint32_t bits = weir_bit_width(number);
    uint32_t kept = weir_bit_width(per_bit); /* leading bits that the symbol says: 3 of lengths */
    *extra_ret = bits > kept ? bits - kept : 0;
    return (number >> *extra_ret) + *extra_ret * per_bit;
}

static inline void pk_gzip(struct mp_bytes *to, const struct mp_bytes *from) {
    static const uint8_t head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    struct pk_bits bits = {to, 0, 0};
    mp_put(to, head, sizeof head);
    pk_put_bits(&bits, 3, 3); /* the last block, fixed codes */
    for (size_t at = 0; at < from->count;) {
        struct pk_step step = pk_next(from, at, 0);
        for (size_t i = 0; i < step.literals; i++) {
            pk_gzip_symbol(&bits, from->data[at + i]);
        }
        if (step.length > 0) {
            uint32_t extra = 0;
            uint32_t length = (uint32_t)step.length - 3;
            uint32_t distance = (uint32_t)step.distance - 1;
            pk_gzip_symbol(&bits, 257 + pk_gzip_code(length, 4, &extra));
            pk_put_bits(&bits, length & ((1u << extra) - 1), extra);
            pk_huffman(&bits, pk_gzip_code(distance, 2, &extra), 5);
            pk_put_bits(&bits, distance & ((1u << extra) - 1), extra);
        }
        at += step.literals + step.length;
    }
    pk_gzip_symbol(&bits, 256);
    pk_end_bits(&bits);
    mp_u32(to, weir_crc32(0, from->data, from->count));
    mp_u32(to, (uint32_t)from->count);
}

/* --- zstd: a raw block, or one with raw literals and one sequence whose codes have no states
 * ------
 */

static inline void pk_zstd_block(struct mp_bytes *to, const struct mp_bytes *from,
                                 const struct pk_step *step) {
    size_t literals = from->count - step->length;
    uint32_t length = (uint32_t)step->length;
    uint32_t offset = (uint32_t)step->distance + 3;
    uint32_t offset_bits = weir_bit_width(offset) - 1;
    struct pk_bits bits = {to, 0, 0};
    mp_byte(to, (uint32_t)(literals & 15) << 4 | 4); /* raw literals, 12 bits of size */
    mp_byte(to, (uint32_t)(literals >> 4));
    mp_put(to, from->data, step->literals);
    mp_put(to, from->data + step->literals + length, from->count - step->literals - length);
    mp_byte(to, 1);                        /* sequence */
    mp_byte(to, 0x54);                     /* all codes are given once */
    mp_byte(to, (uint32_t)step->literals); /* codes up to 15 say the length */
    mp_byte(to, offset_bits);
    mp_byte(to, length - 3); /* codes up to 31 likewise */
    pk_put_bits(&bits, offset - (1u << offset_bits), offset_bits);
    pk_put_bits(&bits, 1, 1);
    pk_end_bits(&bits);
}

static inline void pk_zstd(struct mp_bytes *to, const struct mp_bytes *from) {
    struct pk_step step = pk_next(from, 0, 0);
    struct mp_bytes block = {0};
    bool sequence = step.length > 0 && step.literals < 16;
    step.length = step.length > 34 ? 34 : step.length;
    if (sequence) {
        pk_zstd_block(&block, from, &step);
    } else {
        mp_put(&block, from->data, from->count);
    }
    mp_u32(to, 0xfd2fb528);
    mp_byte(to, 0xa0); /* one segment, four bytes of size */
    mp_u32(to, (uint32_t)from->count);
    uint32_t head = (uint32_t)block.count << 3 | (sequence ? 4 : 0) | 1; /* the last */
    mp_put(to, &head, 3);
    mp_put(to, block.data, block.count);
    mp_free(&block);
}

/* --- Brotli: an uncompressed meta-block of up to 65536 bytes, then an empty last one -------------
 */

/* The header's bits: WBITS 1011 (a window of 22 bits), ISLAST 0, MNIBBLES 00, 16 of length,
 * ISUNCOMPRESSED 1. */
static inline void pk_brotli(struct mp_bytes *to, const struct mp_bytes *from) {
    uint32_t head = 0x0b | (uint32_t)(from->count - 1) << 7 | 1u << 23;
    mp_put(to, &head, 3);
    mp_put(to, from->data, from->count);
    mp_byte(to, 3);
}

static inline void pk_pack(struct mp_bytes *to, const struct mp_bytes *from, uint32_t codec) {
    switch (codec) {
    case WEIR_CODEC_SNAPPY: pk_snappy(to, from); break;
    case WEIR_CODEC_GZIP: pk_gzip(to, from); break;
    case WEIR_CODEC_BROTLI: pk_brotli(to, from); break;
    case WEIR_CODEC_LZ4: pk_hadoop(to, from); break;
    case WEIR_CODEC_ZSTD: pk_zstd(to, from); break;
    case WEIR_CODEC_LZ4_RAW: pk_lz4(to, from); break;
    default: mp_put(to, from->data, from->count); break;
    }
}

#endif
