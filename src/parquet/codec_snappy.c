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
 * What the fast loop knows of an element by its tag: its length, which part of the four bytes
 * behind the tag belongs to the offset, and the part of the offset that the tag holds. A short
 * literal has an offset of 256, which lets the checks of a copy pass but near the start of a page.
 * An offset less than `clear` is for the loop's second path: what is copied was just written in two
 * pieces, for which a load of 16 bytes waits, or reaches into what the copy writes. APART, a length
 * that no element has, sends long literals and 4-byte offsets there, too.
 */
#define APART 0x80
#define SHORT_LITERAL_OFFSET 256
#define TYPE(t) ((t)&3)
#define LENGTH_COPY(t) (TYPE(t) == 1 ? 4 + ((t) >> 2 & 7) : TYPE(t) == 2 ? ((t) >> 2) + 1 : APART)
#define LENGTH_LITERAL(t) ((t) < 240 ? ((t) >> 2) + 1 : APART)
#define LENGTH(t) (uint8_t)(TYPE(t) == 0 ? LENGTH_LITERAL(t) : LENGTH_COPY(t))
#define CLEAR(t) (LENGTH(t) < 16 ? 16 : LENGTH(t))
#define MASK(t) (TYPE(t) == 1 ? 0xff : TYPE(t) == 2 ? 0xffff : 0)
#define OFFSET_LITERAL(t) ((t) < 240 ? SHORT_LITERAL_OFFSET : 0)
#define OFFSET(t) (TYPE(t) == 0 ? OFFSET_LITERAL(t) : TYPE(t) == 1 ? (t) >> 5 << 8 : 0)
#define TIMES_4(of, t) of(t), of((t) + 1), of((t) + 2), of((t) + 3)
#define TIMES_16(of, t)                                                                            \
    TIMES_4(of, t), TIMES_4(of, (t) + 4), TIMES_4(of, (t) + 8), TIMES_4(of, (t) + 12)
#define TIMES_64(of, t)                                                                            \
    TIMES_16(of, t), TIMES_16(of, (t) + 16), TIMES_16(of, (t) + 32), TIMES_16(of, (t) + 48)
#define TIMES_256(of) TIMES_64(of, 0), TIMES_64(of, 64), TIMES_64(of, 128), TIMES_64(of, 192)
static const struct {
    uint32_t offset_mask[256];
    uint32_t offset[256];
    uint8_t length[256];
    uint8_t clear[256];
} tags = {{TIMES_256(MASK)}, {TIMES_256(OFFSET)}, {TIMES_256(LENGTH)}, {TIMES_256(CLEAR)}};

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

/* Up to 64 bytes, of which 16 are the rule; ranges that are 16 bytes apart may overlap. */
static inline void copy_short(uint8_t *to, const uint8_t *from, size_t bytes) {
    weir_lz_copy_16(to, from);
    if (bytes > 16) {
        weir_lz_copy_16(to + 16, from + 16);
        weir_lz_copy_16(to + 32, from + 32);
        weir_lz_copy_16(to + 48, from + 48);
    }
}

/* A copy that goes over what it copies, or has a 32-bit offset. False when there is not so much
 * history. */
static inline bool copy_any(uint8_t *out, const uint8_t *out_base, size_t offset, size_t bytes) {
    if (offset == 0 || offset > (size_t)(out - out_base)) {
        return false;
    }
    if (offset < 16) {
        weir_lz_copy_pattern(out, offset, bytes);
    } else {
        copy_short(out, out - offset, bytes);
    }
    return true;
}

/*
 * The element at `in`, one that does not pass the checks of the fast loop; returns what lies behind
 * it, or NULL. Not inlined, and given copies: the loop keeps its registers.
 */
static __attribute__((noinline)) const uint8_t *apart(const uint8_t *in, const uint8_t *in_end,
                                                      const uint8_t *out_base, uint8_t **out,
                                                      const uint8_t *out_end) {
    const size_t tag = in[0];
    size_t bytes = tags.length[tag];
    if (TYPE(tag) == 0) {
        if (bytes == APART) {
            return literal_long(in, in_end, out, out_end);
        }
        copy_short(*out, in + 1, bytes);
        *out += bytes;
        return in + 1 + bytes;
    }
    size_t offset = tags.offset[tag] + (weir_load_u32(in + 1) & tags.offset_mask[tag]);
    if (bytes == APART) {
        offset = weir_load_u32(in + 1);
        bytes = (tag >> 2) + 1;
    }
    if (!copy_any(*out, out_base, offset, bytes)) {
        return NULL;
    }
    *out += bytes;
    return in + 2 + (TYPE(tag) == 1 ? 0 : TYPE(tag) == 2 ? 1 : 3);
}

typedef uint8_t bytes_16 __attribute__((vector_size(16)));

/*
 * For each byte the distance to the next tag if it is a tag, 16 at a time. Each element waits for
 * where the one before ends: by such a list it waits for one load instead of two.
 */
static inline void list_steps(uint8_t *steps, const uint8_t *in, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 16) {
        bytes_16 tag;
        memcpy(&tag, in + at, 16);
        const bytes_16 type = TYPE(tag);
        const bytes_16 is_literal = (bytes_16)(type == 0); /* 255 or 0, that is -1 or 0 */
        const bytes_16 step = (type | (is_literal & tag >> 2)) + 1 - is_literal;
        memcpy(steps + at, &step, 16);
    }
}

/* Two pieces that may overlap: each lies within one of those that were written just before. */
static inline void copy_4_to_8(uint8_t *to, const uint8_t *from, size_t bytes) {
    const uint32_t head = weir_load_u32(from);
    const uint32_t tail = weir_load_u32(from + bytes - 4);
    memcpy(to, &head, 4);
    memcpy(to + bytes - 4, &tail, 4);
}

#define STRETCH_BYTES 256

/*
 * Elements that start within `bytes` of the input, for all of which there is room. Short literals
 * and copies take the same path without a branch between them, because real data mix them at
 * random: a literal is a copy from the input, and `from` is chosen by arithmetic. Stops behind a
 * long literal; and, with false, in front of what the slow path has to take or to refuse.
 */
static bool run_stretch(struct weir_codec_io *io, size_t bytes, const uint8_t *out_end) {
    uint8_t steps[STRETCH_BYTES];
    const uint8_t *const in = io->in;
    const uint8_t *const out_base = io->out_base;
    uint8_t *out = io->out;
    bool goes_on = true;
    size_t at = 0;
    list_steps(steps, in, bytes);
    while (at < bytes) {
        const uint8_t *const element = in + at;
        const size_t tag = *element;
        const size_t length = tags.length[tag];
        const size_t offset =
            tags.offset[tag] + (weir_load_u32(element + 1) & tags.offset_mask[tag]);
        const size_t step = steps[at];
        if (WEIR_UNLIKELY(offset < tags.clear[tag] || offset > (size_t)(out - out_base))) {
            if (length >= 4 && length <= 8 && offset >= length &&
                offset <= (size_t)(out - out_base)) {
                copy_4_to_8(out, out - offset, length);
                out += length;
                at += step;
                continue;
            }
            uint8_t *behind = out;
            const uint8_t *next = apart(element, io->in_end, out_base, &behind, out_end);
            if (next == NULL) {
                goes_on = false;
                break;
            }
            out = behind;
            at = (size_t)(next - in);
            if (length == APART) {
                break;
            }
            continue;
        }
        const uintptr_t data = (uintptr_t)(element + 1);
        const uintptr_t back = (uintptr_t)out - offset;
        copy_short(out, (const uint8_t *)(TYPE(tag) != 0 ? back : data), length);
        out += length;
        at += step;
    }
    io->in = in + at;
    io->out = out;
    return goes_on;
}

/* Elements while input and room last. */
static void run_fast(struct weir_lz *lz, struct weir_codec_io *io) {
    uint8_t *const out = io->out;
    const uint8_t *const out_end = io->out + weir_lz_room(lz, io);
    bool goes_on = true;
    while (goes_on && io->in_end - io->in >= WEIR_LZ_MARGIN_BYTES &&
           out_end - io->out >= WEIR_LZ_MARGIN_BYTES) {
        /* An element of two bytes or more gives 64 at most. */
        const size_t elements_max = (size_t)(out_end - io->out - 16) / 64;
        size_t bytes = weir_min_u64(STRETCH_BYTES, 2 * elements_max - 1);
        bytes = weir_min_u64(bytes, (uint64_t)(io->in_end - io->in) - WEIR_LZ_MARGIN_BYTES + 1);
        goes_on = run_stretch(io, bytes, out_end);
    }
    WEIR_ASSERT(io->in <= io->in_end && io->out <= out_end);
    lz->left_bytes -= (uint64_t)(io->out - out);
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
    if (type == 1) {
        lz->offset = (uint32_t)lz->number + (lz->tag >> 5 << 8);
        return element(lz, 4 + (lz->tag >> 2 & 7), true, error);
    }
    lz->offset = (uint32_t)lz->number;
    return element(lz, (lz->tag >> 2) + 1, true, error);
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
