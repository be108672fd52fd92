#include "parquet/codec_inner.h"

#if WEIR_HAVE_ZSTD

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "base/banned.h"

/*
 * Format notes (RFC 8878). A page is one or more frames, skippable ones among them. A frame's
 * header gives its window: what a decoder must remember. Static contexts decode in memory that is
 * lent to them and never call malloc; they refuse frames of zstd before 0.8, whose decoders would.
 * Windows of libzstd's levels: 1 to 8 up to 2 MiB, 9 to 16 4 MiB, 17 to 19 8 MiB, 20 to 22 up to
 * 128 MiB, never more than the frame's content where the writer gave its size. Writers in the
 * manner of parquet-java stream: no content size, full window even on small pages. A page that
 * fits the area is decoded at once and needs no window at all.
 */

/* What levels 1 to 8 need: planned at the least, so that a small first page misleads nobody. */
#define WINDOW_BYTES_MIN (UINT64_C(2) << 20)

#define HEADER_BYTES_MAX 18u /* ZSTD_FRAMEHEADERSIZE_MAX */

/* At the head of the area; the context follows. It stays from page to page: a new one asks the CPU
 * for its features, which takes 10 microseconds in a virtual machine. */
struct stream {
    uint64_t mark;
    ZSTD_DStream *context;
    uint64_t area_bytes;
    uint32_t header_bytes; /* of the current frame, kept for a message */
    bool inside;           /* of a frame */
    uint8_t header[HEADER_BYTES_MAX];
};

#define STREAM_BYTES WEIR_CODEC_HEAD_BYTES
_Static_assert(sizeof(struct stream) <= STREAM_BYTES, "the area is sized by this");

#define MARK UINT64_C(0x7a73746420697321)

static uint64_t zstd_whole_area_bytes(void) {
    return STREAM_BYTES + weir_codec_round_64(ZSTD_estimateDCtxSize());
}

static uint64_t zstd_area_bytes(uint64_t window_bytes) {
    if (window_bytes == 0) {
        window_bytes = WINDOW_BYTES_MIN;
    }
    WEIR_ASSERT(window_bytes <= UINT64_C(1) << 62);
    uint64_t stream = ZSTD_estimateDStreamSize((size_t)window_bytes);
    return STREAM_BYTES + weir_codec_round_64(weir_max_u64(stream, ZSTD_estimateDCtxSize()));
}

/* What the whole-page mode takes when the compressed page must be copied into the area, too. */
static uint64_t whole_page_bytes(uint64_t page_bytes) {
    return zstd_whole_area_bytes() + 2 * (page_bytes + WEIR_CODEC_SLOP) + page_bytes / 128 + 1024;
}

static uint64_t zstd_window_bytes(const uint8_t *start, size_t bytes, uint64_t page_bytes) {
    ZSTD_frameHeader header;
    if (page_bytes > UINT64_C(1) << 40 || ZSTD_getFrameHeader(&header, start, bytes) != 0 ||
        header.frameType != ZSTD_frame) {
        return WINDOW_BYTES_MIN; /* what is wrong with it comes out when it is decoded */
    }
    if (header.frameContentSize != ZSTD_CONTENTSIZE_UNKNOWN &&
        header.frameContentSize > page_bytes) {
        return WINDOW_BYTES_MIN; /* corrupt */
    }
    uint64_t window = WINDOW_BYTES_MIN;
    while (window < header.windowSize && whole_page_bytes(page_bytes) > zstd_area_bytes(window)) {
        window *= 2;
    }
    return window;
}

/* A context ready for a page: the one that the area holds, or a new one. */
static enum weir_status prepare(void *area, uint64_t area_bytes, struct weir_error *error) {
    WEIR_ASSERT((uintptr_t)area % 64 == 0 && area_bytes > STREAM_BYTES);
    struct stream *stream = area;
    void *place = (uint8_t *)area + STREAM_BYTES;
    if (stream->mark == MARK && stream->context == place && stream->area_bytes == area_bytes) {
        stream->header_bytes = 0;
        stream->inside = false;
        const size_t reset = ZSTD_DCtx_reset(stream->context, ZSTD_reset_session_only);
        if (WEIR_NEVER(ZSTD_isError(reset))) {
            return weir_fail(error, WEIR_E_INTERNAL, "zstd does not start again");
        }
        return WEIR_OK;
    }
    memset(stream, 0, sizeof *stream);
    stream->area_bytes = area_bytes;
    stream->context = ZSTD_initStaticDStream(place, (size_t)(area_bytes - STREAM_BYTES));
    if (stream->context == NULL) {
        return weir_fail_numbers(error, WEIR_E_LIMIT, "the codec area is too small for zstd",
                                 zstd_area_bytes(0), area_bytes);
    }
    /* The area is the limit, not libzstd's default of 128 MiB. */
    size_t set = ZSTD_DCtx_setMaxWindowSize(stream->context, (size_t)1 << ZSTD_WINDOWLOG_MAX);
    if (WEIR_NEVER(ZSTD_isError(set))) {
        return weir_fail(error, WEIR_E_INTERNAL, "zstd refuses its largest window");
    }
    stream->mark = MARK;
    return WEIR_OK;
}

static enum weir_status zstd_begin(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                                   uint64_t page_bytes, struct weir_error *error) {
    (void)raw_bytes;
    WEIR_ASSERT(page_bytes > 0);
    return prepare(area, area_bytes, error);
}

/* A decoder's error as ours. `header`: the first bytes of the frame, as far as they are known. */
static enum weir_status failed(size_t code, const uint8_t *header, size_t header_bytes,
                               uint64_t area_bytes, struct weir_error *error) {
    ZSTD_ErrorCode which = ZSTD_getErrorCode(code);
    if (which != ZSTD_error_memory_allocation &&
        which != ZSTD_error_frameParameter_windowTooLarge) {
        return weir_fail(error, WEIR_E_CORRUPT, "zstd data are corrupt");
    }
    ZSTD_frameHeader parsed;
    size_t rc = ZSTD_getFrameHeader(&parsed, header, header_bytes);
    /* A frame of a version before 0.8 is only told from other bytes where its first four are given
     * at once, and what a page is must not depend on that. */
    if (rc != 0 || parsed.frameType != ZSTD_frame) {
        return weir_fail(error, WEIR_E_CORRUPT, "zstd data are corrupt");
    }
    if (parsed.windowSize > UINT64_C(1) << 40) {
        return weir_fail(error, WEIR_E_UNSUPPORTED, "zstd frame with an absurd window");
    }
    return weir_fail_numbers(error, WEIR_E_LIMIT, "zstd window larger than the codec area",
                             zstd_area_bytes(weir_max_u64(parsed.windowSize, 1024)), area_bytes);
}

static enum weir_status zstd_step(void *area, struct weir_codec_io *io, struct weir_error *error) {
    WEIR_ASSERT(io->in <= io->in_end && io->out <= io->out_end);
    struct stream *stream = area;
    WEIR_ASSERT(stream->context != NULL);
    for (;;) {
        if (!stream->inside && io->in == io->in_end) {
            return WEIR_MORE;
        }
        ZSTD_inBuffer in = {io->in, (size_t)(io->in_end - io->in), 0};
        ZSTD_outBuffer out = {io->out, (size_t)(io->out_end - io->out), 0};
        size_t hint = ZSTD_decompressStream(stream->context, &out, &in);
        bool bad = ZSTD_isError(hint);
        size_t seen = bad ? in.size : in.pos;
        size_t keep = HEADER_BYTES_MAX - stream->header_bytes;
        keep = seen < keep ? seen : keep;
        memcpy(stream->header + stream->header_bytes, io->in, keep);
        stream->header_bytes += (uint32_t)keep;
        if (bad) {
            return failed(hint, stream->header, stream->header_bytes, stream->area_bytes, error);
        }
        WEIR_ASSERT(in.pos <= in.size && out.pos <= out.size);
        io->in += in.pos;
        io->out += out.pos;
        stream->inside = hint != 0;
        if (hint == 0) {
            stream->header_bytes = 0;
            return WEIR_END;
        }
        /* A full output is no reason to stop: a checksum or an empty block may follow. */
        if ((in.pos == 0 && out.pos == 0) || io->in == io->in_end) {
            return io->out == io->out_end ? WEIR_OK : WEIR_MORE;
        }
    }
}

static enum weir_status zstd_whole(void *area, uint64_t area_bytes, const uint8_t *in,
                                   size_t in_bytes, uint8_t *out, size_t page_bytes,
                                   struct weir_error *error) {
    WEIR_ASSERT(page_bytes > 0);
    WEIR_ASSERT(area_bytes >= zstd_whole_area_bytes());
    WEIR_TRY(prepare(area, area_bytes, error));
    const struct stream *stream = area;
    size_t got = ZSTD_decompressDCtx(stream->context, out, page_bytes, in, in_bytes);
    if (ZSTD_isError(got)) {
        return failed(got, in, in_bytes, area_bytes, error);
    }
    if (got != page_bytes) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT, "zstd data give fewer bytes than the page",
                                 page_bytes, got);
    }
    return WEIR_OK;
}

const struct weir_codec weir_codec_zstd = {
    .name = "ZSTD",
    .id = WEIR_CODEC_ZSTD,
    .area_bytes = zstd_area_bytes,
    .window_bytes = zstd_window_bytes,
    .begin = zstd_begin,
    .step = zstd_step,
    .whole_area_bytes = zstd_whole_area_bytes,
    .whole = zstd_whole,
};

#else

typedef int weir_codec_zstd_absent;

#endif
