#include "parquet/codec_inner.h"

#if WEIR_HAVE_BROTLI

#include <brotli/decode.h>

#include "base/banned.h"

/*
 * Format notes (RFC 7932). A page is one stream. Its first byte says how far back it may refer
 * (section 9.1, WBITS): 1 KiB to 16 MiB, 4 MiB where the writer's user has not asked for anything
 * else. Refused by name: large windows, which libbrotli knows beyond the RFC.
 * The library decodes into a ring of the window's size and keeps the tables of one meta-block: a
 * prefix code for each of up to 256 block types or contexts of literals, commands and distances.
 * It asks for memory while it decodes and gets it from the codec area. Measured with libbrotli
 * 1.0.9 beside the ring: 8 KB at least, 135 KB for most pages of parquet writers, 650 KB where the
 * encoder (quality 5 and up) keeps all 256 contexts of literals apart, as it does for columns of
 * 8-byte numbers, 740 KB at quality 11; 2.8 MB is the most that the format can ask for.
 */

/* A page of the window that encoders use unless they are told otherwise. */
#define WINDOW_BYTES_USUAL (UINT64_C(4) << 20)

/* Beside the ring: what is planned, and the most that can be asked for. */
#define TABLES_BYTES (UINT64_C(1) << 20)
#define TABLES_BYTES_MAX (UINT64_C(3) << 20)

/* The library's ring is larger than the window by less than this. */
#define RING_SLACK_BYTES 1024u

/* At the head of the area; the arena follows. */
struct stream {
    BrotliDecoderState *decoder;
    uint64_t arena_bytes;
    uint64_t wanted_bytes; /* of arena, when a request has failed */
    uint64_t window_bytes; /* 0: the first byte has not been seen */
};

#define STREAM_BYTES 64u
_Static_assert(sizeof(struct stream) <= STREAM_BYTES, "the area is sized by this");

/*
 * The arena: blocks one behind the other, each with a head. Few are alive at a time (ten or so),
 * so they are walked; neighbours that are free are joined on the way. The ring lies at the end and
 * the tables in front of it, so that all their space is one when a meta-block ends.
 */
struct block {
    uint64_t bytes; /* of the block, head included; a multiple of its size */
    uint64_t used;
};

static uint8_t *arena_start(struct stream *stream) {
    return (uint8_t *)stream + STREAM_BYTES;
}

static struct block *block_at(struct stream *stream, uint64_t offset) {
    WEIR_ASSERT(offset + sizeof(struct block) <= stream->arena_bytes);
    return (struct block *)(void *)(arena_start(stream) + offset);
}

static void arena_init(struct stream *stream) {
    *block_at(stream, 0) = (struct block){.bytes = stream->arena_bytes};
}

/* Joins the free blocks behind the one at `offset` to it. */
static void join_free(struct stream *stream, uint64_t offset) {
    struct block *block = block_at(stream, offset);
    while (offset + block->bytes < stream->arena_bytes) {
        const struct block *next = block_at(stream, offset + block->bytes);
        if (next->used != 0) {
            return;
        }
        block->bytes += next->bytes;
    }
}

static void *arena_take(void *opaque, size_t size) {
    struct stream *stream = opaque;
    const uint64_t head = sizeof(struct block);
    uint64_t wanted = head + (weir_min_u64(size, WEIR_NONE / 2) + head - 1) / head * head;
    bool at_end = stream->window_bytes > 0 && size > stream->window_bytes &&
                  size - stream->window_bytes < RING_SLACK_BYTES;
    uint64_t used = 0;
    uint64_t found = WEIR_NONE;
    for (uint64_t at = 0; at < stream->arena_bytes; at += block_at(stream, at)->bytes) {
        struct block *block = block_at(stream, at);
        WEIR_ASSERT(block->bytes >= head && block->bytes <= stream->arena_bytes - at);
        if (block->used != 0) {
            used += block->bytes;
            continue;
        }
        join_free(stream, at);
        if (block->bytes >= wanted && (found == WEIR_NONE || at_end)) {
            found = at;
        }
    }
    if (found == WEIR_NONE) {
        stream->wanted_bytes = weir_max_u64(stream->wanted_bytes, used + wanted);
        return NULL;
    }
    struct block *block = block_at(stream, found);
    uint64_t rest = block->bytes - wanted;
    if (rest > 0) {
        uint64_t second = found + (at_end ? rest : wanted);
        block->bytes = second - found;
        *block_at(stream, second) = (struct block){.bytes = at_end ? wanted : rest};
        block = block_at(stream, at_end ? second : found);
    }
    block->used = 1;
    return block + 1;
}

static void arena_give_back(void *opaque, void *place) {
    if (place == NULL) {
        return;
    }
    struct stream *stream = opaque;
    struct block *block = (struct block *)place - 1;
    WEIR_ASSERT((uint8_t *)block >= arena_start(stream) && block->used == 1);
    block->used = 0;
}

static uint64_t brotli_area_bytes(uint64_t window_bytes) {
    WEIR_ASSERT(window_bytes <= UINT64_C(1) << 62);
    uint64_t ring = window_bytes == 0 ? WINDOW_BYTES_USUAL : window_bytes;
    return weir_codec_round_64(STREAM_BYTES + TABLES_BYTES + ring + RING_SLACK_BYTES);
}

/* The window that a stream's first byte names; 0 for a large one. */
static uint64_t window_of(uint8_t byte) {
    if ((byte & 1) == 0) {
        return UINT64_C(1) << 16;
    }
    if ((byte >> 1 & 7) != 0) {
        return UINT64_C(1) << (17 + (byte >> 1 & 7));
    }
    switch (byte >> 4 & 7) {
    case 0: return UINT64_C(1) << 17;
    case 1: return 0;
    default: return UINT64_C(1) << (8 + (byte >> 4 & 7));
    }
}

static uint64_t brotli_window_bytes(const uint8_t *start, size_t bytes, uint64_t page_bytes) {
    (void)page_bytes; /* pages of a chunk differ in size, never in the window */
    uint64_t window = bytes == 0 ? 0 : window_of(start[0]);
    return window == 0 ? WINDOW_BYTES_USUAL : window; /* refused when it is decoded */
}

static enum weir_status brotli_begin(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                                     uint64_t page_bytes, struct weir_error *error) {
    (void)raw_bytes;
    WEIR_ASSERT(page_bytes > 0);
    WEIR_ASSERT((uintptr_t)area % 64 == 0);
    if (area_bytes < brotli_area_bytes(1024)) {
        return weir_fail_numbers(error, WEIR_E_LIMIT, "the codec area is too small for brotli",
                                 brotli_area_bytes(1024), area_bytes);
    }
    struct stream *stream = area;
    memset(stream, 0, sizeof *stream);
    stream->arena_bytes = (area_bytes - STREAM_BYTES) & ~UINT64_C(15);
    arena_init(stream);
    stream->decoder = BrotliDecoderCreateInstance(arena_take, arena_give_back, stream);
    if (WEIR_NEVER(stream->decoder == NULL)) {
        return weir_fail(error, WEIR_E_INTERNAL, "brotli does not start in its arena");
    }
    /* One ring for good: a smaller one would have to lie beside the larger one while it grows. */
    const bool set = BrotliDecoderSetParameter(
        stream->decoder, BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION, 1);
    if (WEIR_NEVER(!set)) {
        return weir_fail(error, WEIR_E_INTERNAL, "brotli refuses a ring of a fixed size");
    }
    return WEIR_OK;
}

static enum weir_status failed(const struct stream *stream, struct weir_error *error) {
    if (stream->wanted_bytes == 0) {
        return weir_fail(error, WEIR_E_CORRUPT, "brotli data are corrupt");
    }
    /* More tables may follow those that did not fit: named is what is enough for any page. */
    uint64_t most = stream->window_bytes + TABLES_BYTES_MAX;
    return weir_fail_numbers(error, WEIR_E_LIMIT, "brotli needs a larger codec area than planned",
                             STREAM_BYTES + weir_max_u64(stream->wanted_bytes, most) +
                                 RING_SLACK_BYTES,
                             STREAM_BYTES + stream->arena_bytes);
}

static enum weir_status brotli_step(void *area, struct weir_codec_io *io,
                                    struct weir_error *error) {
    WEIR_ASSERT(io->in <= io->in_end && io->out <= io->out_end);
    struct stream *stream = area;
    if (stream->window_bytes == 0) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        stream->window_bytes = window_of(*io->in);
        if (stream->window_bytes == 0) {
            return weir_fail(error, WEIR_E_UNSUPPORTED, "brotli with a large window");
        }
    }
    size_t in = (size_t)(io->in_end - io->in);
    size_t out = (size_t)(io->out_end - io->out);
    switch (BrotliDecoderDecompressStream(stream->decoder, &in, &io->in, &out, &io->out, NULL)) {
    case BROTLI_DECODER_RESULT_SUCCESS: return WEIR_END;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return io->out == io->out_end ? WEIR_OK : WEIR_MORE;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: return WEIR_OK;
    default: return failed(stream, error);
    }
}

const struct weir_codec weir_codec_brotli = {
    .name = "BROTLI",
    .id = WEIR_CODEC_BROTLI,
    .area_bytes = brotli_area_bytes,
    .window_bytes = brotli_window_bytes,
    .begin = brotli_begin,
    .step = brotli_step,
};

#else

typedef int weir_codec_brotli_absent;

#endif
