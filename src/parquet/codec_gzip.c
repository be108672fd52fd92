#include "parquet/codec_inner.h"

#if WEIR_HAVE_ZLIB

#include <zlib.h>

#include "parquet/codec_gzip.h"

#include "base/banned.h"

/*
 * Format notes (RFC 1952, 1951, 1950). A page is one or more gzip members, one behind the other;
 * the zlib wrapper is accepted as well, as other readers do. Members' checksums and sizes are
 * checked by the libraries. The window is 32 KiB at most.
 * zlib streams; it asks for memory twice (at the start and when the window is first needed) and
 * gets it from an arena inside the area. libdeflate, where it is there, takes whole pages.
 */

#define ARENA_BYTES (64u << 10)
#define WINDOW_BITS_AUTO (15 + 32) /* 32 KiB window, gzip or zlib wrapper by the first bytes */
#define CHUNK_BYTES_MAX (1u << 30) /* zlib counts in unsigned int */

/* At the head of the area; the arena follows. */
struct stream {
    z_stream zlib;
    uint64_t arena_used;
    bool ended; /* the next byte, if any, starts a member */
};

#define STREAM_BYTES 192u
_Static_assert(sizeof(struct stream) <= STREAM_BYTES, "the area is sized by this");

static voidpf arena_take(voidpf opaque, uInt items, uInt size) {
    struct stream *stream = opaque;
    uint64_t bytes = weir_codec_round_64((uint64_t)items * size);
    if (WEIR_NEVER(items > ARENA_BYTES || size > ARENA_BYTES ||
                   bytes > ARENA_BYTES - stream->arena_used)) {
        return Z_NULL;
    }
    uint8_t *place = (uint8_t *)stream + STREAM_BYTES + stream->arena_used;
    stream->arena_used += bytes;
    return place;
}

/* The arena is forgotten as a whole when the page ends. */
static void arena_give_back(voidpf opaque, voidpf place) {
    (void)opaque;
    (void)place;
}

static uint64_t gzip_area_bytes(uint64_t window_bytes) {
    (void)window_bytes;
    return STREAM_BYTES + ARENA_BYTES;
}

static enum weir_status gzip_begin(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                                   uint64_t page_bytes, struct weir_error *error) {
    (void)raw_bytes;
    WEIR_ASSERT(page_bytes > 0);
    WEIR_ASSERT((uintptr_t)area % 64 == 0);
    if (area_bytes < gzip_area_bytes(0)) {
        return weir_fail_numbers(error, WEIR_E_LIMIT, "the codec area is too small for gzip",
                                 gzip_area_bytes(0), area_bytes);
    }
    struct stream *stream = area;
    memset(stream, 0, sizeof *stream);
    stream->zlib.zalloc = arena_take;
    stream->zlib.zfree = arena_give_back;
    stream->zlib.opaque = stream;
    const int started = inflateInit2(&stream->zlib, WINDOW_BITS_AUTO);
    if (WEIR_NEVER(started != Z_OK)) {
        return weir_fail(error, WEIR_E_INTERNAL, "zlib does not start in its arena");
    }
    return WEIR_OK;
}

/* One call of inflate over what io offers. *moved_ret: whether anything was taken or given. */
static int inflate_some(struct stream *stream, struct weir_codec_io *io, bool *moved_ret) {
    uint64_t in = weir_min_u64((uint64_t)(io->in_end - io->in), CHUNK_BYTES_MAX);
    uint64_t out = weir_min_u64((uint64_t)(io->out_end - io->out), CHUNK_BYTES_MAX);
    z_stream *zlib = &stream->zlib;
    zlib->next_in = (z_const Bytef *)(uintptr_t)io->in;
    zlib->avail_in = (uInt)in;
    zlib->next_out = io->out;
    zlib->avail_out = (uInt)out;
    int rc = inflate(zlib, Z_NO_FLUSH);
    WEIR_ASSERT(zlib->avail_in <= in && zlib->avail_out <= out);
    io->in += in - zlib->avail_in;
    io->out += out - zlib->avail_out;
    *moved_ret = zlib->avail_in != in || zlib->avail_out != out;
    return rc;
}

static enum weir_status gzip_step(void *area, struct weir_codec_io *io, struct weir_error *error) {
    WEIR_ASSERT(io->in <= io->in_end && io->out <= io->out_end);
    struct stream *stream = area;
    WEIR_ASSERT(stream->zlib.opaque == stream);
    if (stream->ended) {
        if (io->in == io->in_end) {
            return WEIR_MORE;
        }
        const int started = inflateReset(&stream->zlib);
        if (WEIR_NEVER(started != Z_OK)) {
            return weir_fail(error, WEIR_E_INTERNAL, "zlib does not start again");
        }
        stream->ended = false;
    }
    for (;;) {
        bool moved = false;
        int rc = inflate_some(stream, io, &moved);
        if (rc == Z_STREAM_END) {
            stream->ended = true;
            return WEIR_END;
        }
        if (WEIR_NEVER(rc == Z_MEM_ERROR)) {
            return weir_fail(error, WEIR_E_INTERNAL, "zlib wants more memory than its arena has");
        }
        if (rc != Z_OK && rc != Z_BUF_ERROR) {
            return weir_fail(error, WEIR_E_CORRUPT, "gzip data are corrupt");
        }
        /* A full output is no reason to stop: the member's trailer may follow. */
        if (!moved || io->in == io->in_end) {
            return io->out == io->out_end ? WEIR_OK : WEIR_MORE;
        }
    }
}

const struct weir_codec weir_codec_gzip = {
    .name = "GZIP",
    .id = WEIR_CODEC_GZIP,
    .area_bytes = gzip_area_bytes,
    .begin = gzip_begin,
    .step = gzip_step,
#if WEIR_HAVE_DEFLATE
    .whole_area_bytes = weir_gzip_whole_area_bytes,
    .whole = weir_gzip_whole,
#endif
};

#else

typedef int weir_codec_gzip_absent;

#endif
