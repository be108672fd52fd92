/*
 * Compression codecs as bounded streams.
 *
 * Every codec turns compressed bytes into page bytes in steps: it stops at any byte when the
 * input or the room ends and goes on from there. All state lives in an area that the caller
 * lends; nothing is allocated. Corrupt input gives an error, never an access outside the given
 * ranges.
 */
#ifndef WEIR_PARQUET_CODEC_H
#define WEIR_PARQUET_CODEC_H

#include "base/check.h"
#include "io/window.h"

/* Numbers of CompressionCodec in parquet.thrift. */
enum weir_codec_id {
    WEIR_CODEC_UNCOMPRESSED = 0,
    WEIR_CODEC_SNAPPY = 1,
    WEIR_CODEC_GZIP = 2,
    WEIR_CODEC_LZO = 3,
    WEIR_CODEC_BROTLI = 4,
    WEIR_CODEC_LZ4 = 5, /* Hadoop framing */
    WEIR_CODEC_ZSTD = 6,
    WEIR_CODEC_LZ4_RAW = 7
};

/* One step's view of input and room; a step advances `in` and `out`. */
struct weir_codec_io {
    const uint8_t *in;
    const uint8_t *in_end;
    const uint8_t *out_base; /* lowest byte that still holds earlier output */
    uint8_t *out;
    uint8_t *out_end; /* at least WEIR_CODEC_SLOP writable bytes lie behind it */
};

/* Bytes behind out_end that a step may scribble on (wild copies); they carry no meaning. */
#define WEIR_CODEC_SLOP 64u

struct weir_codec {
    const char *name; /* as in parquet.thrift, "SNAPPY" */
    uint32_t id;

    /*
     * Bytes of earlier output that must stay readable in front of `out` between steps (down to
     * out_base): 64 KiB for SNAPPY and both LZ4, 0 for codecs that keep their own window.
     * history_bytes_max: how far back the format can refer, when real writers stay nearer.
     */
    uint32_t history_bytes;
    uint32_t history_bytes_max;

    /* Bytes of area that a stream of the given window needs (multiple of 64). A codec without a
     * variable window ignores the argument. */
    uint64_t (*area_bytes)(uint64_t window_bytes);

    /*
     * The window that a page of page_bytes whose compressed form starts with these bytes needs;
     * `bytes` is at least min(32, size of the page). NULL where the window does not vary.
     */
    uint64_t (*window_bytes)(const uint8_t *start, size_t bytes, uint64_t page_bytes);

    /* Starts a page of page_bytes, whose compressed form has raw_bytes. The area is aligned to 64
     * and stays put until the page ends. */
    enum weir_status (*begin)(void *area, uint64_t area_bytes, uint64_t raw_bytes,
                              uint64_t page_bytes, struct weir_error *error);

    /*
     * Makes progress on both sides as far as it can.
     * Returns WEIR_OK when out == out_end, WEIR_MORE when in == in_end and more input is needed,
     * WEIR_END when the page's compressed form is complete (several gzip members count as one:
     * END is returned at the end of each, and begin/step continue with what is left).
     */
    enum weir_status (*step)(void *area, struct weir_codec_io *io, struct weir_error *error);

    /*
     * Bytes at the head of the area that decoding a whole page at once takes besides the page
     * itself, or NULL for codecs whose stream is as fast.
     */
    uint64_t (*whole_area_bytes)(void);

    /* Decodes a whole page from contiguous bytes; must give exactly page_bytes. */
    enum weir_status (*whole)(void *area, uint64_t area_bytes, const uint8_t *in, size_t in_bytes,
                              uint8_t *out, size_t page_bytes, struct weir_error *error);
};

/*
 * The codec of that number, or NULL when this build cannot decode it (UNCOMPRESSED too: it needs
 * no decoder).
 */
const struct weir_codec *weir_codec_find(uint32_t id);

/*
 * The codec window that a snappy page at the window's position should be planned with, when its
 * encoder refers further back than 64 KiB; 0 when it does not (Google's never does). Walks the
 * page's elements until that is clear, 1 MiB of the page at most, and leaves the window where it
 * was. Damage is not reported here.
 */
uint64_t weir_snappy_reach(struct weir_window *window, uint64_t raw_bytes, uint64_t page_bytes);

/* Message that refuses a codec by name, or NULL when this build reads pages of it. */
const char *weir_codec_unsupported(uint32_t id);

#endif
