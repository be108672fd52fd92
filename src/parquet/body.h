/*
 * The decompressed bytes of one page, or of one part of a page, as a bounded stream.
 *
 * at..end are unread decompressed bytes, contiguous. weir_body_more() appends at least one byte
 * behind them and keeps what is unread (at most WEIR_BODY_KEEP bytes), so a consumer handles all
 * whole values in at..end, then asks for more, and never sees a value split that is shorter than
 * WEIR_BODY_KEEP. A page of any size costs the same memory:
 *   uncompressed    at..end lie in the input window itself
 *   whole page      when the page (and, where the decoder needs it contiguous, its compressed
 *                   form) fits the codec area
 *   stream          otherwise, through the codec's history or the output slice
 * A consumer that must see all of a page at once asks for it with weir_body_hold().
 */
#ifndef WEIR_PARQUET_BODY_H
#define WEIR_PARQUET_BODY_H

#include "base/space.h"
#include "io/window.h"
#include "parquet/codec.h"

/* Unread bytes that a consumer may leave when it asks for more. */
#define WEIR_BODY_KEEP 4160u

#define WEIR_OUTPUT_SLICE_BYTES (128u << 10)

/* Memory that a lane lends to its bodies; sized by the plan. It outlives them, and no two of them
 * use it at the same time. */
struct weir_body_memory {
    uint8_t *area; /* codec area, aligned to 64; used as a whole-page buffer when the page fits */
    uint64_t area_bytes;
    uint8_t *slice; /* output slice; WEIR_BODY_KEEP in front and WEIR_CODEC_SLOP behind included */
    uint64_t slice_bytes;
    uint64_t window_bytes; /* that was planned for: a stream of snappy keeps as much history */
    /* private to body.c: whose decoder lies ready in the area. NULL when the area is lent anew. */
    const struct weir_codec *prepared;
};

/* Bytes of area and slice for a codec and the largest window met (see weir_codec.window_bytes).
 * Both are 0 for UNCOMPRESSED and for codecs that this build lacks. */
uint64_t weir_body_area_bytes(uint32_t codec_id, uint64_t window_bytes);
uint64_t weir_body_slice_bytes(uint32_t codec_id);

/*
 * The largest of both over a set of codecs (1 << number, or-ed). With held_bytes > 0 the area is
 * so large that weir_body_hold() can hold every page of up to that many decompressed bytes,
 * UNCOMPRESSED ones too if they are in the set, except where
 *   - the compressed form is larger than weir_body_raw_bound() (no encoder does that), or
 *   - the page asks for a larger window than window_bytes, as a stream of it would, too.
 */
void weir_body_sizes(uint32_t codecs, uint64_t window_bytes, uint64_t held_bytes,
                     uint64_t *area_bytes_ret, uint64_t *slice_bytes_ret);

/* The compressed bytes that a page which shall be held may have: more than any encoder needs for
 * bytes that do not compress. */
static inline uint64_t weir_body_raw_bound(uint64_t page_bytes) {
    return page_bytes + page_bytes / 8 + 1024;
}

struct weir_body {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t unproduced_bytes; /* decompressed bytes of this part that lie behind `end` */

    /* private to body.c */
    struct weir_window *window;
    const struct weir_codec *codec;
    struct weir_body_memory *memory;
    struct weir_error *error;
    uint32_t *crc;           /* running CRC over raw bytes, NULL when nobody checks */
    uint64_t raw_left_bytes; /* not yet taken from the window; UNCOMPRESSED does not use it */
    uint64_t decoder_bytes;  /* of the area, for the codec's stream */
    uint8_t *out_base;       /* of the buffer that the codec fills, in area or slice */
    uint8_t *out_limit;
    enum weir_status failed; /* sticky */
    bool started;            /* the codec has begun */
    bool ended;              /* the codec's last word was END */
    int mode;
};

/*
 * Opens `raw_bytes` bytes at the window's position as `page_bytes` decompressed bytes.
 * codec_id UNCOMPRESSED needs raw_bytes == page_bytes. page_bytes == 0 never calls the codec.
 * Errors: UNSUPPORTED (codec by name), LIMIT (window larger than the area: `wanted` bytes),
 * CORRUPT (sizes).
 */
enum weir_status weir_body_open(struct weir_body *body, struct weir_window *window,
                                uint32_t codec_id, uint64_t raw_bytes, uint64_t page_bytes,
                                struct weir_body_memory *memory, uint32_t *crc,
                                struct weir_error *error);

/*
 * Appends at least one byte to at..end. Returns WEIR_END when nothing is left.
 * Precondition: at most WEIR_BODY_KEEP bytes are unread.
 */
enum weir_status weir_body_more(struct weir_body *body);

/* Makes at least `want` (<= WEIR_BODY_KEEP) unread bytes available: WEIR_OK, or WEIR_END when the
 * page has fewer left, or an error. */
enum weir_status weir_body_need(struct weir_body *body, size_t want);

/*
 * Makes all bytes that are left contiguous in at..end (unproduced_bytes == 0), however many are
 * unread. They stay until the body is closed. Returns WEIR_MORE when there is no place for them:
 * the body is then what it was, and can be read as a stream.
 */
enum weir_status weir_body_hold(struct weir_body *body);

/* Skips n decompressed bytes (decoding them). CORRUPT when fewer are left. */
enum weir_status weir_body_skip(struct weir_body *body, uint64_t n);

/*
 * Ends the part: checks that the codec produced exactly page_bytes, runs the CRC over all raw
 * bytes that were not consumed, and leaves the window right behind the part. `at` need not have
 * reached the end, and what was not decoded is not decoded any more unless the codec was started.
 */
enum weir_status weir_body_close(struct weir_body *body);

/* Decompressed bytes left, held or not. */
static inline uint64_t weir_body_left(const struct weir_body *body) {
    return (uint64_t)(body->end - body->at) + body->unproduced_bytes;
}

#endif
