/*
 * What the codecs share: their tables, and the state and copies of the two LZ77 formats that weir
 * decodes itself.
 */
#ifndef WEIR_PARQUET_CODEC_INNER_H
#define WEIR_PARQUET_CODEC_INNER_H

#include "base/bits.h"
#include "parquet/codec.h"

extern const struct weir_codec weir_codec_snappy;
extern const struct weir_codec weir_codec_lz4_raw;
extern const struct weir_codec weir_codec_lz4_hadoop;
#if WEIR_HAVE_ZSTD
extern const struct weir_codec weir_codec_zstd;
#endif
#if WEIR_HAVE_ZLIB
extern const struct weir_codec weir_codec_gzip;
#endif
#if WEIR_HAVE_BROTLI
extern const struct weir_codec weir_codec_brotli;
#endif

/*
 * The head of the area, zeroed whenever another codec comes: a codec may leave a mark there and
 * find its decoder again on the next page. Pages never lie on it.
 */
#define WEIR_CODEC_HEAD_BYTES 64u

static inline uint64_t weir_codec_round_64(uint64_t bytes) {
    return (bytes + 63) & ~UINT64_C(63);
}

/* How far back a stream of snappy or LZ4 may refer at the least. */
#define WEIR_LZ_HISTORY_BYTES (64u << 10)

/* Encoders that refer over more than 64 KiB (klauspost/compress, for Go) work in blocks of so many
 * bytes at most: a window that does for all that is known. */
#define WEIR_LZ_FAR_BYTES (UINT64_C(4) << 20)

/*
 * The fast loops run while at least so much input and room is left, so that one sequence needs no
 * further checks. The slow paths take over at the edges, one state at a time.
 */
#define WEIR_LZ_MARGIN_BYTES 80

/* State of a page between steps. It lies at the head of the codec area. */
struct weir_lz {
    uint64_t page_bytes;
    uint64_t left_bytes;    /* of the page, not yet produced */
    uint64_t literal_bytes; /* of the current literal, not yet copied */
    uint64_t match_bytes;   /* of the current match, not yet copied */
    uint64_t number;        /* a varint or a little-endian number being gathered */
    uint32_t number_bytes;  /* gathered so far */
    uint32_t offset;        /* of the current match */
    uint32_t tag;
    uint32_t phase; /* each codec has its own */
};

#define WEIR_LZ_STATE_BYTES 128u
_Static_assert(sizeof(struct weir_lz) <= WEIR_LZ_STATE_BYTES, "the area is sized by this");

/* Bytes that may be written now: up to out_end and to the end of the page. */
static inline size_t weir_lz_room(const struct weir_lz *lz, const struct weir_codec_io *io) {
    return (size_t)weir_min_u64((uint64_t)(io->out_end - io->out), lz->left_bytes);
}

static inline void weir_lz_copy_16(uint8_t *to, const uint8_t *from) {
    uint8_t block[16];
    memcpy(block, from, 16);
    memcpy(to, block, 16);
}

/*
 * Copies a match of `bytes` bytes from `offset` bytes back, in 16-byte pieces: up to 15 bytes
 * behind to + bytes are scribbled on.
 */
static inline void weir_lz_copy_far(uint8_t *to, size_t offset, size_t bytes) {
    WEIR_ASSERT_HOT(offset >= 16);
    const uint8_t *from = to - offset;
    const uint8_t *end = to + bytes;
    do {
        weir_lz_copy_16(to, from);
        to += 16;
        from += 16;
    } while (to < end);
}

/* The same for offsets of 1..15, where the match repeats itself. Scribbles up to 31 bytes. */
static inline void weir_lz_copy_pattern(uint8_t *to, size_t offset, size_t bytes) {
    WEIR_ASSERT_HOT(offset >= 1 && offset < 16);
    uint8_t *end = to + bytes;
    const uint8_t *from = to - offset;
    if ((offset & (offset - 1)) == 0) {
        uint64_t word = 0;
        if (offset == 8) {
            word = weir_load_u64(from);
        } else if (offset == 4) {
            word = weir_load_u32(from) * UINT64_C(0x100000001);
        } else if (offset == 2) {
            word = ((uint64_t)from[0] | (uint64_t)from[1] << 8) * UINT64_C(0x1000100010001);
        } else {
            word = from[0] * UINT64_C(0x101010101010101);
        }
        do {
            memcpy(to, &word, 8);
            memcpy(to + 8, &word, 8);
            to += 16;
        } while (to < end);
        return;
    }
    /* Each copy of 16 is right for as many bytes as the distance; the distance doubles. */
    while (offset < 16 && to < end) {
        weir_lz_copy_16(to, from);
        to += offset;
        offset += offset;
    }
    while (to < end) {
        weir_lz_copy_16(to, from);
        to += 16;
        from += 16;
    }
}

/* Copies what input and room allow of the current literal. */
static inline void weir_lz_literal_some(struct weir_lz *lz, struct weir_codec_io *io) {
    WEIR_ASSERT_HOT(lz->literal_bytes <= lz->left_bytes);
    uint64_t n = weir_min_u64((uint64_t)(io->in_end - io->in), weir_lz_room(lz, io));
    n = weir_min_u64(n, lz->literal_bytes);
    memcpy(io->out, io->in, (size_t)n);
    io->in += n;
    io->out += n;
    lz->literal_bytes -= n;
    lz->left_bytes -= n;
}

/* Copies what the room allows of the current match, whose offset has been checked. Exact. */
static inline void weir_lz_match_some(struct weir_lz *lz, struct weir_codec_io *io) {
    WEIR_ASSERT_HOT(lz->match_bytes <= lz->left_bytes);
    size_t n = (size_t)weir_min_u64(weir_lz_room(lz, io), lz->match_bytes);
    WEIR_ASSERT(lz->offset >= 1 && lz->offset <= (size_t)(io->out - io->out_base));
    uint8_t *to = io->out;
    io->out += n;
    lz->match_bytes -= n;
    lz->left_bytes -= n;
    size_t distance = lz->offset;
    const uint8_t *from = to - distance;
    /* The source stays, the distance grows by what was copied: no copy overlaps itself. */
    while (n > 0) {
        size_t piece = n < distance ? n : distance;
        memcpy(to, from, piece);
        to += piece;
        distance += piece;
        n -= piece;
    }
}

/* Whether a match may refer `offset` bytes back from `out`. `codec` names it in the message. */
enum weir_status weir_lz_check_offset(const struct weir_lz *lz, const struct weir_codec_io *io,
                                      struct weir_error *error);

/* A window with which a page that refers so far back can be read: that of all known writers, if
 * they are the cause. */
uint64_t weir_lz_window_for(uint64_t offset, uint64_t page_bytes);

/* Area of a stream: state, history (of the window, 64 KiB at least), one output slice, slop. */
uint64_t weir_lz_area_bytes(uint64_t window_bytes);

/*
 * One LZ4 block of at most bytes_max bytes, in steps. weir_lz4_step() returns as weir_codec.step
 * does; END once bytes_max bytes are there. A block that may end before that ends with its input,
 * where weir_lz4_may_end() says that it is complete.
 */
/* The format reaches back 65,535 bytes: a larger window is of no use. */
uint64_t weir_lz4_area_bytes(uint64_t window_bytes);
void weir_lz4_start(struct weir_lz *lz, uint64_t bytes_max);
enum weir_status weir_lz4_step(struct weir_lz *lz, struct weir_codec_io *io,
                               struct weir_error *error);
bool weir_lz4_may_end(const struct weir_lz *lz);

#endif
