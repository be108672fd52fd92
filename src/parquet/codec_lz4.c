#include "parquet/codec_inner.h"

#include "base/banned.h"

/*
 * Format notes (lz4/lz4, lz4_Block_format.md). A block is a chain of sequences: a token (high four
 * bits literal length, low four bits match length - 4; 15 means that bytes follow which are added
 * up until one is not 255), the literals, a 16-bit offset. The last sequence has literals only, at
 * least five bytes of them. LZ4_RAW pages are one such block without any framing: it must give
 * exactly the bytes that the page header names, and end with the input.
 * Refused as corrupt: offset 0, offsets before the page, output past the page, a match that leaves
 * fewer than five bytes (as liblz4 refuses it), input that ends early or goes on.
 */

enum phase {
    PHASE_TOKEN,
    PHASE_LITERAL_LENGTH,
    PHASE_LITERAL,
    PHASE_OFFSET,
    PHASE_MATCH_LENGTH,
    PHASE_MATCH
};

#define LENGTH_EXTENDED 15u
#define MATCH_BYTES_MIN 4u
#define LAST_LITERALS 5u

void weir_lz4_start(struct weir_lz *lz, uint64_t bytes_max) {
    memset(lz, 0, sizeof *lz);
    lz->page_bytes = bytes_max;
    lz->left_bytes = bytes_max;
    lz->phase = PHASE_TOKEN;
}

static enum weir_status lz4_begin(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                                  uint64_t page_bytes, struct weir_error *error) {
    (void)raw_bytes;
    (void)error;
    WEIR_ASSERT(area_bytes >= sizeof(struct weir_lz));
    WEIR_ASSERT(page_bytes > 0);
    weir_lz4_start(area, page_bytes);
    return WEIR_OK;
}

uint64_t weir_lz4_area_bytes(uint64_t window_bytes) {
    (void)window_bytes;
    return weir_lz_area_bytes(WEIR_LZ_HISTORY_BYTES);
}

/* Adds a length's extension bytes. Returns NULL when the input ends first. */
static inline const uint8_t *extend(const uint8_t *in, const uint8_t *in_end, uint64_t *length) {
    uint8_t byte = 255;
    while (byte == 255) {
        if (in == in_end) {
            return NULL;
        }
        byte = *in++;
        *length += byte;
    }
    return in;
}

static inline void copy_match(uint8_t *out, size_t offset, size_t bytes) {
    if (WEIR_UNLIKELY((offset < 16) & (offset < bytes))) {
        weir_lz_copy_pattern(out, offset, bytes);
        return;
    }
    const uint8_t *from = out - offset;
    weir_lz_copy_16(out, from);
    if (bytes > 16) {
        weir_lz_copy_16(out + 16, from + 16);
        if (WEIR_UNLIKELY(bytes > 32)) {
            weir_lz_copy_far(out + 32, offset, bytes - 32);
        }
    }
}

/*
 * Sequences while input and room last. Stops in front of a token or an offset that it does not
 * decode (too long for the room, corrupt, cut); the slow path takes that one, or refuses it.
 */
static void run_fast(struct weir_lz *lz, struct weir_codec_io *io) {
    const uint8_t *in = io->in;
    const uint8_t *const in_end = io->in_end;
    const uint8_t *const in_last = in_end - WEIR_LZ_MARGIN_BYTES;
    const uint8_t *const out_base = io->out_base;
    uint8_t *out = io->out;
    uint8_t *const out_end = io->out + weir_lz_room(lz, io);
    uint8_t *const out_last = out_end - WEIR_LZ_MARGIN_BYTES;
    uint32_t token = 0;
    uint32_t phase = PHASE_TOKEN;
    while (in <= in_last && out <= out_last) {
        token = *in;
        uint64_t length = token >> 4;
        if (WEIR_LIKELY(length < LENGTH_EXTENDED)) {
            weir_lz_copy_16(out, in + 1);
            in += 1 + length;
            out += length;
        } else {
            const uint8_t *data = extend(in + 1, in_end, &length);
            if (data == NULL || length > (uint64_t)(in_end - data) ||
                length > (uint64_t)(out_end - out)) {
                break;
            }
            memcpy(out, data, (size_t)length);
            in = data + length;
            out += length;
        }
        phase = PHASE_OFFSET;
        if (WEIR_UNLIKELY(in_end - in < 16)) {
            break;
        }
        size_t offset = weir_load_u32(in) & 0xffff;
        const uint8_t *next = in + 2;
        length = token & 15;
        if (WEIR_UNLIKELY(length == LENGTH_EXTENDED)) {
            next = extend(next, in_end, &length);
            if (next == NULL) {
                break;
            }
        }
        length += MATCH_BYTES_MIN;
        if (WEIR_UNLIKELY(offset - 1 >= (size_t)(out - out_base) ||
                          length + 32 > (uint64_t)(out_end - out))) {
            break;
        }
        copy_match(out, offset, (size_t)length);
        in = next;
        out += length;
        phase = PHASE_TOKEN;
    }
    lz->tag = token;
    lz->phase = phase;
    WEIR_ASSERT(in <= in_end && out <= out_end);
    lz->left_bytes -= (uint64_t)(out - io->out);
    io->in = in;
    io->out = out;
}

static enum weir_status too_long(const struct weir_lz *lz, uint64_t bytes,
                                 struct weir_error *error) {
    return weir_fail_numbers(error, WEIR_E_CORRUPT, "LZ4 data give more bytes than the page has",
                             lz->page_bytes, lz->page_bytes - lz->left_bytes + bytes);
}

static enum weir_status literal_is(struct weir_lz *lz, uint64_t bytes, struct weir_error *error) {
    if (bytes > lz->left_bytes) {
        return too_long(lz, bytes, error);
    }
    lz->literal_bytes = bytes;
    lz->phase = PHASE_LITERAL;
    return WEIR_OK;
}

static enum weir_status match_is(struct weir_lz *lz, uint64_t bytes, struct weir_error *error) {
    if (bytes + LAST_LITERALS > lz->left_bytes) {
        return too_long(lz, bytes + LAST_LITERALS, error);
    }
    lz->match_bytes = bytes;
    lz->phase = PHASE_MATCH;
    return WEIR_OK;
}

static enum weir_status token_some(struct weir_lz *lz, struct weir_codec_io *io,
                                   struct weir_error *error) {
    if (io->in_end - io->in >= WEIR_LZ_MARGIN_BYTES &&
        weir_lz_room(lz, io) >= WEIR_LZ_MARGIN_BYTES) {
        run_fast(lz, io);
        if (lz->phase != PHASE_TOKEN) {
            lz->number = 0;
            lz->number_bytes = 0;
            return WEIR_OK;
        }
    }
    if (io->in == io->in_end) {
        return WEIR_MORE;
    }
    lz->tag = *io->in++;
    lz->number = lz->tag >> 4;
    lz->number_bytes = 0;
    if (lz->number == LENGTH_EXTENDED) {
        lz->phase = PHASE_LITERAL_LENGTH;
        return WEIR_OK;
    }
    return literal_is(lz, lz->number, error);
}

/* Extension bytes of a length in lz->number. WEIR_OK when it is complete. */
static enum weir_status length_some(struct weir_lz *lz, struct weir_codec_io *io,
                                    struct weir_error *error) {
    for (;;) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        uint8_t byte = *io->in++;
        lz->number += byte;
        if (byte != 255) {
            return WEIR_OK;
        }
        if (lz->number > lz->left_bytes) {
            return too_long(lz, lz->number, error);
        }
    }
}

static enum weir_status literal_some(struct weir_lz *lz, struct weir_codec_io *io) {
    weir_lz_literal_some(lz, io);
    if (lz->literal_bytes > 0) {
        return io->out == io->out_end ? WEIR_OK : WEIR_MORE;
    }
    lz->phase = PHASE_OFFSET;
    lz->number = 0;
    lz->number_bytes = 0;
    return WEIR_OK;
}

/* The two bytes of an offset; the block ends here when the page is complete. */
static enum weir_status offset_some(struct weir_lz *lz, struct weir_codec_io *io,
                                    struct weir_error *error) {
    if (lz->left_bytes == 0) {
        return WEIR_END;
    }
    while (lz->number_bytes < 2) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        lz->number |= (uint64_t)*io->in++ << (8 * lz->number_bytes++);
    }
    lz->offset = (uint32_t)lz->number;
    lz->number = lz->tag & 15;
    if (lz->number == LENGTH_EXTENDED) {
        lz->phase = PHASE_MATCH_LENGTH;
        return WEIR_OK;
    }
    return match_is(lz, lz->number + MATCH_BYTES_MIN, error);
}

bool weir_lz4_may_end(const struct weir_lz *lz) {
    return lz->phase == PHASE_OFFSET && lz->number_bytes == 0;
}

enum weir_status weir_lz4_step(struct weir_lz *lz, struct weir_codec_io *io,
                               struct weir_error *error) {
    WEIR_ASSERT(io->in <= io->in_end);
    WEIR_ASSERT(io->out_base <= io->out && io->out <= io->out_end);
    for (;;) {
        switch (lz->phase) {
        case PHASE_TOKEN:
            if (io->out == io->out_end) {
                return WEIR_OK;
            }
            WEIR_TRY(token_some(lz, io, error));
            break;
        case PHASE_LITERAL_LENGTH:
            WEIR_TRY(length_some(lz, io, error));
            WEIR_TRY(literal_is(lz, lz->number, error));
            break;
        case PHASE_LITERAL:
            WEIR_TRY(literal_some(lz, io));
            if (lz->literal_bytes > 0) {
                return WEIR_OK;
            }
            break;
        case PHASE_OFFSET: WEIR_TRY(offset_some(lz, io, error)); break;
        case PHASE_MATCH_LENGTH:
            WEIR_TRY(length_some(lz, io, error));
            WEIR_TRY(match_is(lz, lz->number + MATCH_BYTES_MIN, error));
            break;
        default:
            WEIR_ASSERT(lz->phase == PHASE_MATCH);
            WEIR_TRY(weir_lz_check_offset(lz, io, error));
            weir_lz_match_some(lz, io);
            if (lz->match_bytes > 0) {
                return WEIR_OK;
            }
            lz->phase = PHASE_TOKEN;
            break;
        }
    }
}

static enum weir_status lz4_step(void *area, struct weir_codec_io *io, struct weir_error *error) {
    return weir_lz4_step(area, io, error);
}

const struct weir_codec weir_codec_lz4_raw = {
    .name = "LZ4_RAW",
    .id = WEIR_CODEC_LZ4_RAW,
    .history_bytes = WEIR_LZ_HISTORY_BYTES,
    .history_bytes_max = WEIR_LZ_HISTORY_BYTES,
    .area_bytes = weir_lz4_area_bytes,
    .begin = lz4_begin,
    .step = lz4_step,
};
