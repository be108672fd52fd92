#include "parquet/codec_inner.h"

#include "base/banned.h"

/*
 * Format notes (google/snappy, format_description.txt). A page is the varint of its decompressed
 * size, then elements. The low two bits of a tag: 0 literal of (tag >> 2) + 1 bytes, where 60..63
 * mean that 1..4 bytes of length - 1 follow; 1 copy of 4..11 bytes, 11-bit offset; 2 copy of 1..64
 * bytes, 16-bit offset; 3 the same with a 32-bit offset.
 * Real writers: Google's encoder works in blocks of 64 KiB and never refers behind them; the Go
 * encoder of klauspost/compress refers over the whole page, with 4-byte offsets.
 * Refused as corrupt: a preamble that is not the page's size, offset 0, offsets before the page,
 * output past the page, bytes behind the last element, input that ends early. Offsets that are
 * legal but lie behind the history that is kept are an error of the limit.
 */

enum phase { PHASE_PREAMBLE, PHASE_TAG, PHASE_TAG_BYTES, PHASE_LITERAL, PHASE_COPY };

/*
 * Bits 0..6 length, bits 8..10 high bits of the offset (copies with an 11-bit one), bit 15 set for
 * the elements that the fast loop treats apart: long literals and 4-byte offsets.
 */
#define TAG_APART 0x8000u
#define TAG_IS_APART(t) (((t)&3u) == 3u || (((t)&3u) == 0u && (t) >= 240u))
#define TAG_COPY_1(t) (4u + (((t) >> 2) & 7u) + (((t) >> 5) << 8))
#define TAG_OTHER(t) (((t) >> 2) + 1u + (TAG_IS_APART(t) ? TAG_APART : 0u))
#define TAG(t) (uint16_t)(((t)&3u) == 1u ? TAG_COPY_1(t) : TAG_OTHER(t))
#define TAGS_4(t) TAG(t), TAG((t) + 1u), TAG((t) + 2u), TAG((t) + 3u)
#define TAGS_16(t) TAGS_4(t), TAGS_4((t) + 4u), TAGS_4((t) + 8u), TAGS_4((t) + 12u)
#define TAGS_64(t) TAGS_16(t), TAGS_16((t) + 16u), TAGS_16((t) + 32u), TAGS_16((t) + 48u)
static const uint16_t tags[256] = {TAGS_64(0u), TAGS_64(64u), TAGS_64(128u), TAGS_64(192u)};

/* The bytes behind the tag that belong to the offset, by the tag's type. */
static const uint16_t offset_masks[4] = {0, 0xff, 0xffff, 0};

static enum weir_status snappy_begin(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                                     uint64_t page_bytes, struct weir_error *error) {
    (void)raw_bytes;
    (void)error;
    WEIR_ASSERT(area_bytes >= sizeof(struct weir_lz));
    WEIR_ASSERT(page_bytes > 0);
    struct weir_lz *lz = area;
    memset(lz, 0, sizeof *lz);
    lz->page_bytes = page_bytes;
    lz->left_bytes = page_bytes;
    lz->phase = PHASE_PREAMBLE;
    return WEIR_OK;
}

/* A literal of more than 60 bytes in the fast loop; NULL when it does not fit input or room. */
static const uint8_t *literal_long(const uint8_t *in, const uint8_t *in_end, uint8_t **out,
                                   const uint8_t *out_end) {
    uint32_t length_bytes = (uint32_t)(in[0] >> 2) - 59;
    const uint8_t *data = in + 1 + length_bytes;
    uint64_t n = (weir_load_u32(in + 1) & (UINT32_MAX >> (32 - 8 * length_bytes))) + UINT64_C(1);
    if (n > (uint64_t)(in_end - data) || n > (uint64_t)(out_end - *out)) {
        return NULL;
    }
    memcpy(*out, data, (size_t)n);
    *out += n;
    return data + n;
}

/* A copy with a 32-bit offset in the fast loop; NULL when there is not so much history. Apart, so
 * that the loop keeps its registers. */
static __attribute__((noinline)) const uint8_t *copy_far(const uint8_t *in, const uint8_t *out_base,
                                                         uint8_t **out) {
    size_t length = (size_t)(in[0] >> 2) + 1;
    size_t offset = weir_load_u32(in + 1);
    if (offset == 0 || offset > (size_t)(*out - out_base)) {
        return NULL;
    }
    if (offset < 16) {
        weir_lz_copy_pattern(*out, offset, length);
    } else {
        weir_lz_copy_far(*out, offset, length);
    }
    *out += length;
    return in + 5;
}

/*
 * Elements while input and room last. Short literals and copies take the same path without a
 * branch between them, because real data mix them at random: a literal is a copy from the input,
 * `from` is chosen by arithmetic, and the checks of a copy hold for a literal by construction (but
 * at the very start of a page). Stops in front of whatever it does not decode; the slow path takes
 * that element, or refuses it.
 */
static void run_fast(struct weir_lz *lz, struct weir_codec_io *io) {
    const uint8_t *in = io->in;
    const uint8_t *const in_last = io->in_end - WEIR_LZ_MARGIN_BYTES;
    const uint8_t *const out_base = io->out_base;
    uint8_t *out = io->out;
    uint8_t *const out_end = io->out + weir_lz_room(lz, io);
    uint8_t *const out_last = out_end - WEIR_LZ_MARGIN_BYTES;
    size_t tag = *in;
    while (in <= in_last && out <= out_last) {
        size_t entry = tags[tag];
        if (WEIR_UNLIKELY(entry & TAG_APART)) {
            const uint8_t *next = (tag & 3) == 0 ? literal_long(in, io->in_end, &out, out_end)
                                                 : copy_far(in, out_base, &out);
            if (next == NULL) {
                break;
            }
            in = next;
            tag = in < io->in_end ? *in : 0;
            continue;
        }
        size_t type = tag & 3;
        size_t is_copy = type != 0;
        size_t length = entry & 0x7f;
        size_t offset = (entry & 0x700) + (weir_load_u32(in + 1) & offset_masks[type]);
        if (WEIR_UNLIKELY(offset - is_copy >= (size_t)(out - out_base))) {
            break;
        }
        uintptr_t data = (uintptr_t)in + 1;
        uintptr_t behind = (uintptr_t)out - offset;
        const uint8_t *from = (const uint8_t *)(data ^ ((data ^ behind) & (0 - is_copy)));
        in += is_copy ? type + 1 : (tag >> 2) + 2;
        tag = *in;
        /* 64 stands for "never overlaps". */
        size_t distance = offset | ((is_copy - 1) & 64);
        if (WEIR_UNLIKELY((distance < length) & (distance < 16))) {
            weir_lz_copy_pattern(out, offset, length);
        } else {
            weir_lz_copy_16(out, from);
            if (length > 16) {
                weir_lz_copy_16(out + 16, from + 16);
                weir_lz_copy_16(out + 32, from + 32);
                weir_lz_copy_16(out + 48, from + 48);
            }
        }
        out += length;
    }
    WEIR_ASSERT(in <= io->in_end && out <= out_end);
    lz->left_bytes -= (uint64_t)(out - io->out);
    io->in = in;
    io->out = out;
}

/* The length of an element is known: checks it and chooses the next phase. */
static enum weir_status element(struct weir_lz *lz, uint64_t bytes, bool is_copy,
                                struct weir_error *error) {
    if (bytes > lz->left_bytes) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "snappy data give more bytes than the page has", lz->page_bytes,
                                 lz->page_bytes - lz->left_bytes + bytes);
    }
    lz->literal_bytes = is_copy ? 0 : bytes;
    lz->match_bytes = is_copy ? bytes : 0;
    lz->phase = is_copy ? PHASE_COPY : PHASE_LITERAL;
    return WEIR_OK;
}

static uint32_t tag_extra_bytes(uint32_t tag) {
    static const uint8_t copy_bytes[4] = {0, 1, 2, 4};
    return (tag & 3) != 0 ? copy_bytes[tag & 3] : tag >= (60u << 2) ? (tag >> 2) - 59 : 0;
}

/* Gathers the bytes behind a tag; the element is complete when all are there. */
static enum weir_status tag_bytes_some(struct weir_lz *lz, struct weir_codec_io *io,
                                       struct weir_error *error) {
    uint32_t wanted = tag_extra_bytes(lz->tag);
    while (lz->number_bytes < wanted) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        lz->number |= (uint64_t)*io->in++ << (8 * lz->number_bytes++);
    }
    uint32_t type = lz->tag & 3;
    if (type == 0) {
        return element(lz, wanted == 0 ? (lz->tag >> 2) + 1 : lz->number + 1, false, error);
    }
    lz->offset = (uint32_t)lz->number + (tags[lz->tag] & (type == 1 ? 0x700u : 0u));
    return element(lz, tags[lz->tag] & 0x7f, true, error);
}

static enum weir_status preamble_some(struct weir_lz *lz, struct weir_codec_io *io,
                                      struct weir_error *error) {
    for (;;) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        uint8_t byte = *io->in++;
        lz->number |= (uint64_t)(byte & 0x7f) << (7 * lz->number_bytes++);
        if (byte < 0x80) {
            break;
        }
        if (lz->number_bytes == 5) {
            return weir_fail(error, WEIR_E_CORRUPT, "snappy data start with an endless varint");
        }
    }
    if (lz->number != lz->page_bytes) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "snappy data give another size than the page header",
                                 lz->page_bytes, lz->number);
    }
    lz->phase = PHASE_TAG;
    return WEIR_OK;
}

/* One tag; the fast loop first where there is space for it. */
static enum weir_status tag_some(struct weir_lz *lz, struct weir_codec_io *io) {
    if (io->in_end - io->in >= WEIR_LZ_MARGIN_BYTES &&
        weir_lz_room(lz, io) >= WEIR_LZ_MARGIN_BYTES) {
        run_fast(lz, io);
    }
    if (lz->left_bytes == 0) {
        return WEIR_END;
    }
    if (io->in == io->in_end) {
        return WEIR_MORE;
    }
    lz->tag = *io->in++;
    lz->number = 0;
    lz->number_bytes = 0;
    lz->phase = PHASE_TAG_BYTES;
    return WEIR_OK;
}

static enum weir_status snappy_step(void *area, struct weir_codec_io *io,
                                    struct weir_error *error) {
    WEIR_ASSERT(io->in <= io->in_end);
    WEIR_ASSERT(io->out_base <= io->out && io->out <= io->out_end);
    struct weir_lz *lz = area;
    for (;;) {
        switch (lz->phase) {
        case PHASE_PREAMBLE: WEIR_TRY(preamble_some(lz, io, error)); break;
        case PHASE_TAG:
            if (io->out == io->out_end && lz->left_bytes > 0) {
                return WEIR_OK;
            }
            WEIR_TRY(tag_some(lz, io));
            break;
        case PHASE_TAG_BYTES: WEIR_TRY(tag_bytes_some(lz, io, error)); break;
        case PHASE_LITERAL:
            weir_lz_literal_some(lz, io);
            if (lz->literal_bytes > 0) {
                return io->out == io->out_end ? WEIR_OK : WEIR_MORE;
            }
            lz->phase = PHASE_TAG;
            break;
        default:
            WEIR_ASSERT(lz->phase == PHASE_COPY);
            WEIR_TRY(weir_lz_check_offset(lz, io, error));
            weir_lz_match_some(lz, io);
            if (lz->match_bytes > 0) {
                return WEIR_OK;
            }
            lz->phase = PHASE_TAG;
            break;
        }
    }
}

const struct weir_codec weir_codec_snappy = {
    .name = "SNAPPY",
    .id = WEIR_CODEC_SNAPPY,
    .history_bytes = WEIR_LZ_HISTORY_BYTES,
    .history_bytes_max = UINT32_MAX,
    .area_bytes = weir_lz_area_bytes,
    .begin = snappy_begin,
    .step = snappy_step,
};
