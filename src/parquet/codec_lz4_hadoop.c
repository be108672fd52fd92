#include "parquet/codec_inner.h"

#include "base/banned.h"

/*
 * Format notes (Hadoop, BlockCompressorStream.java; the specification calls the codec deprecated
 * and leaves the framing to Hadoop). A page is a chain of frames: the decompressed size in 4 bytes,
 * big-endian, then one or more blocks, each the size of its compressed form in 4 bytes, big-endian,
 * and an LZ4 block. Blocks know nothing of one another, and none says how much it gives: a frame
 * ends when it has given its size. parquet-java writes a frame for each call of write(), and
 * several blocks in it where a call brought more than the compressor takes at once; Arrow writes
 * one frame with one block. A size of 0 is an empty frame.
 * parquet-cpp up to 1.5.1 wrote a bare LZ4 block under this codec's number. The first eight bytes
 * tell: a page is framed if its first frame is not larger than the page and its first block not
 * larger than what is left. No bare block of a page below 256 MiB looks so, because its first byte
 * is at least 0x10 (it begins with literals). Larger ones could by chance of their bytes 4 to 7.
 * Refused by name: the LZ4 frame format (magic 0x184d2204), which is neither.
 */

enum phase { PHASE_START, PHASE_BARE, PHASE_FRAME, PHASE_BLOCK_SIZE, PHASE_BLOCK };

#define START_BYTES 8u
#define LZ4_FRAME_MAGIC_SWAPPED 0x04224d18u

struct hadoop {
    struct weir_lz lz;
    uint64_t raw_bytes;
    uint64_t page_left_bytes;  /* not yet produced */
    uint32_t frame_left_bytes; /* of the frame, not yet produced */
    uint32_t block_left_bytes; /* of the block's compressed form, not yet taken */
    uint32_t phase;
    uint32_t number; /* a size being gathered */
    uint8_t number_bytes;
    uint8_t start_bytes;    /* of the page's first bytes, kept until it is clear what they are */
    uint8_t replayed_bytes; /* of them, decoded since */
    uint8_t start[START_BYTES];
};

_Static_assert(sizeof(struct hadoop) <= WEIR_LZ_STATE_BYTES, "the area is sized by this");

static enum weir_status hadoop_begin(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                                     uint64_t page_bytes, struct weir_error *error) {
    (void)error;
    WEIR_ASSERT(area_bytes >= sizeof(struct hadoop));
    WEIR_ASSERT(page_bytes > 0);
    struct hadoop *h = area;
    memset(h, 0, sizeof *h);
    h->raw_bytes = raw_bytes;
    h->page_left_bytes = page_bytes;
    h->phase = PHASE_START;
    return WEIR_OK;
}

static uint32_t load_be(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

/* Decides what the page is, once its first bytes are there. */
static enum weir_status start_some(struct hadoop *h, struct weir_codec_io *io,
                                   struct weir_error *error) {
    while (h->start_bytes < weir_min_u64(START_BYTES, h->raw_bytes)) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        h->start[h->start_bytes++] = *io->in++;
    }
    if (h->start_bytes == START_BYTES && load_be(h->start) <= h->page_left_bytes &&
        load_be(h->start + 4) <= h->raw_bytes - START_BYTES) {
        h->phase = PHASE_FRAME;
        return WEIR_OK;
    }
    if (h->start_bytes == START_BYTES && load_be(h->start) == LZ4_FRAME_MAGIC_SWAPPED) {
        return weir_fail(error, WEIR_E_UNSUPPORTED, "the LZ4 frame format in a page of codec LZ4");
    }
    weir_lz4_start(&h->lz, h->page_left_bytes);
    h->phase = PHASE_BARE;
    return WEIR_OK;
}

/* Gathers a size into h->number. WEIR_OK when it is complete. */
static enum weir_status number_some(struct hadoop *h, struct weir_codec_io *io) {
    while (h->number_bytes < 4) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        h->number = h->number << 8 | *io->in++;
        h->number_bytes++;
    }
    h->number_bytes = 0;
    return WEIR_OK;
}

static enum weir_status frame_some(struct hadoop *h, struct weir_codec_io *io,
                                   struct weir_error *error) {
    if (h->page_left_bytes == 0 && h->number_bytes == 0 && io->in == io->in_end) {
        return WEIR_END;
    }
    WEIR_TRY(number_some(h, io));
    if (h->number > h->page_left_bytes) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "an LZ4 frame gives more bytes than the page has left",
                                 h->page_left_bytes, h->number);
    }
    if (h->number > 0) {
        h->frame_left_bytes = h->number;
        h->phase = PHASE_BLOCK_SIZE;
    }
    return WEIR_OK;
}

static enum weir_status block_size_some(struct hadoop *h, struct weir_codec_io *io,
                                        struct weir_error *error) {
    WEIR_TRY(number_some(h, io));
    if (h->number == 0) {
        return weir_fail(error, WEIR_E_CORRUPT, "an LZ4 block of 0 bytes");
    }
    h->block_left_bytes = h->number;
    weir_lz4_start(&h->lz, h->frame_left_bytes);
    h->phase = PHASE_BLOCK;
    return WEIR_OK;
}

/* Decodes within the current block. WEIR_OK when the block is complete or the room is used up. */
static enum weir_status block_some(struct hadoop *h, struct weir_codec_io *io,
                                   struct weir_error *error) {
    uint64_t in_bytes = weir_min_u64((uint64_t)(io->in_end - io->in), h->block_left_bytes);
    uint64_t given = h->lz.page_bytes - h->lz.left_bytes;
    struct weir_codec_io inner = *io;
    inner.in_end = io->in + in_bytes;
    inner.out_base = io->out - weir_min_u64((uint64_t)(io->out - io->out_base), given);
    enum weir_status status = weir_lz4_step(&h->lz, &inner, error);
    uint32_t taken = (uint32_t)(inner.in - io->in);
    uint32_t fresh = (uint32_t)(inner.out - io->out);
    WEIR_ASSERT(taken <= h->block_left_bytes && fresh <= h->frame_left_bytes);
    h->block_left_bytes -= taken;
    h->frame_left_bytes -= fresh;
    h->page_left_bytes -= fresh;
    io->in = inner.in;
    io->out = inner.out;
    if (status == WEIR_END) {
        WEIR_ASSERT(h->frame_left_bytes == 0);
        if (h->block_left_bytes > 0) {
            return weir_fail(error, WEIR_E_CORRUPT,
                             "bytes are left behind the end of an LZ4 block");
        }
        h->phase = PHASE_FRAME;
        return WEIR_OK;
    }
    if (status == WEIR_MORE && h->block_left_bytes == 0) {
        if (!weir_lz4_may_end(&h->lz)) {
            return weir_fail(error, WEIR_E_CORRUPT, "an LZ4 block ends early");
        }
        h->phase = PHASE_BLOCK_SIZE;
        return WEIR_OK;
    }
    return status;
}

/* What weir_codec.step does, behind the decision. */
static enum weir_status step_decided(struct hadoop *h, struct weir_codec_io *io,
                                     struct weir_error *error) {
    for (;;) {
        switch (h->phase) {
        case PHASE_BARE: return weir_lz4_step(&h->lz, io, error);
        case PHASE_FRAME: WEIR_TRY(frame_some(h, io, error)); break;
        case PHASE_BLOCK_SIZE: WEIR_TRY(block_size_some(h, io, error)); break;
        default:
            WEIR_ASSERT(h->phase == PHASE_BLOCK);
            WEIR_TRY(block_some(h, io, error));
            if (h->phase == PHASE_BLOCK) {
                return WEIR_OK;
            }
            break;
        }
    }
}

static enum weir_status hadoop_step(void *area, struct weir_codec_io *io,
                                    struct weir_error *error) {
    WEIR_ASSERT(io->in <= io->in_end);
    WEIR_ASSERT(io->out_base <= io->out && io->out <= io->out_end);
    struct hadoop *h = area;
    if (h->phase == PHASE_START) {
        WEIR_TRY(start_some(h, io, error));
    }
    while (h->replayed_bytes < h->start_bytes) {
        struct weir_codec_io inner = *io;
        inner.in = h->start + h->replayed_bytes;
        inner.in_end = h->start + h->start_bytes;
        enum weir_status status = step_decided(h, &inner, error);
        h->replayed_bytes = (uint8_t)(inner.in - h->start);
        io->out = inner.out;
        if (status == WEIR_END && h->replayed_bytes < h->start_bytes) {
            return weir_fail(error, WEIR_E_CORRUPT, "bytes are left behind the end of LZ4 data");
        }
        if (status != WEIR_MORE) {
            return status;
        }
    }
    return step_decided(h, io, error);
}

const struct weir_codec weir_codec_lz4_hadoop = {
    .name = "LZ4",
    .id = WEIR_CODEC_LZ4,
    .history_bytes = WEIR_LZ_HISTORY_BYTES,
    .history_bytes_max = WEIR_LZ_HISTORY_BYTES,
    .area_bytes = weir_lz4_area_bytes,
    .begin = hadoop_begin,
    .step = hadoop_step,
};
