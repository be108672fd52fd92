/*
 * The non-null values of one page, in any encoding but dictionary indices and booleans, as a
 * stream of blocks.
 *
 * A page is read from its body in one go where its layout allows it. BYTE_STREAM_SPLIT and the
 * DELTA byte arrays need several places of a page at once: such a page is held whole where the
 * codec area has the room, or else read through further cursors, each with a window and a
 * decompressor of its own. Both come from the plan; a page that fits neither is refused with the
 * codec window that would do.
 */
#ifndef WEIR_PARQUET_DECODER_H
#define WEIR_PARQUET_DECODER_H

#include "base/view.h"
#include "parquet/body.h"
#include "parquet/delta.h"
#include "parquet/page.h"
#include "parquet/split.h"
#include "weir/types.h"

#define WEIR_DECODER_VIEWS 1024u
#define WEIR_DECODER_BLOCK_BYTES (16u << 10)
#define WEIR_DECODER_VALUE_BYTES (256u << 10) /* longest DELTA_BYTE_ARRAY value, at the least */
#define WEIR_CURSORS_MAX 15u
#define WEIR_CURSOR_INPUT_BYTES (16u << 10)

/* Set of the encodings whose pages are held or read through several cursors. */
#define WEIR_ENCODINGS_SIDE_BY_SIDE                                                                \
    ((1u << WEIR_ENCODING_BYTE_STREAM_SPLIT) | (1u << WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY) |     \
     (1u << WEIR_ENCODING_DELTA_BYTE_ARRAY))

enum weir_event_kind {
    WEIR_EVENT_NULLS,   /* .count entries without a value */
    WEIR_EVENT_BOOLS,   /* .count values, .trues of them true */
    WEIR_EVENT_FIXED,   /* .count values at .values, little-endian, unaligned; .weights or NULL */
    WEIR_EVENT_VIEWS,   /* .count byte arrays at .views; .weights or NULL */
    WEIR_EVENT_PIECE,   /* a piece of a long byte array: .values, .piece_*; .weights or NULL */
    WEIR_EVENT_PAGE_END /* .page: only where the reader keeps pages apart */
};

/* A data page that is complete. */
struct weir_page_end {
    uint32_t ordinal; /* in its chunk; the dictionary page counts */
    uint64_t header_offset;
    uint64_t header_bytes;
    struct weir_page page;
    uint64_t values; /* without nulls */
    uint64_t rows;   /* that begin in it */
    bool crc_bad;
};

/* Pointers are valid until the next call. */
struct weir_event {
    enum weir_event_kind kind;
    uint64_t count;
    uint64_t trues;
    const void *values;
    const uint32_t *weights;
    const struct weir_view *views;
    uint64_t piece_bytes;
    uint64_t piece_offset;
    uint64_t piece_length; /* of the whole value */
    const struct weir_page_end *page;
};

/* What the chunks of the input need of their readers, found before the plan is made. */
struct weir_needs {
    uint32_t codecs;    /* set of codec numbers */
    uint32_t encodings; /* set of encoding numbers */
    uint32_t cursors;   /* beside the main one, for pages too large to hold */
    uint64_t codec_window_bytes;
    uint64_t held_page_bytes; /* largest page that its encoding wants whole */
};

/* Where a page's body lies, for cursors that read it again. */
struct weir_place {
    const struct weir_source *source;
    uint64_t body_offset; /* in the file */
    uint64_t raw_bytes;
    uint64_t page_bytes;
    uint32_t codec;
    uint64_t values_at; /* decompressed bytes in front of the values */
};

/* One more cursor over a page. */
struct weir_cursor {
    struct weir_window window;
    struct weir_body_memory memory;
    struct weir_body body;
};

/* How stored bytes become the kind's values. */
enum weir_conversion {
    WEIR_CONVERT_NONE,
    WEIR_CONVERT_FLOAT16, /* to F32 */
    WEIR_CONVERT_INT96,   /* to I128 nanoseconds */
    WEIR_CONVERT_DECIMAL  /* big-endian bytes to I64, I128 or F64 */
};

struct weir_decoder {
    struct weir_error *error;
    struct weir_view *views; /* WEIR_DECODER_VIEWS */
    uint8_t *raw;            /* WEIR_DECODER_BLOCK_BYTES: stored values put together */
    uint8_t *block;          /* WEIR_DECODER_BLOCK_BYTES: values as handed out */
    uint32_t *lengths;       /* WEIR_DECODER_VIEWS: of byte arrays */
    uint32_t *prefixes;      /* WEIR_DECODER_VIEWS */
    uint8_t *value;          /* the DELTA_BYTE_ARRAY value before */
    uint64_t value_room;
    struct weir_cursor *cursors;
    uint32_t cursors_count;
    const struct weir_delta_kernels *delta_kernels;
    const struct weir_split_kernels *split_kernels;

    /* the column */
    enum weir_kind kind;
    enum weir_conversion conversion;
    uint32_t stored_bytes; /* of a PLAIN value; 0: byte arrays with lengths */
    uint32_t width;        /* of a value of an event; 0: views and pieces */

    /* the page */
    struct weir_place place;
    struct weir_body *body;
    uint32_t encoding;
    uint64_t left; /* values not yet handed out */
    uint64_t piece_length;
    uint64_t piece_offset;   /* bytes of the long value handed out; == length: none is open */
    bool held;               /* the page lies contiguous */
    const uint8_t *base;     /* BYTE_STREAM_SPLIT, held: the next value's first byte */
    uint64_t stride;         /* BYTE_STREAM_SPLIT: values of the page */
    struct weir_delta delta; /* the values, or the (suffix) lengths */
    struct weir_delta prefix_delta; /* DELTA_BYTE_ARRAY */
    struct weir_body lengths_body;  /* held pages: the same bytes, other places */
    struct weir_body prefixes_body;
    uint32_t lengths_at; /* used of `lengths` */
    uint32_t lengths_held;
    uint32_t prefixes_at;
    uint32_t prefixes_held;
    uint64_t value_bytes; /* of the value before */
    uint32_t block_at;    /* DELTA_BINARY_PACKED: used of `block` */
    uint32_t block_held;
};

/* Takes a decoder's memory and leaves it in *decoder, which the caller placed (ignored while
 * measuring). false while measuring and when the memory ran out. */
bool weir_decoder_take(struct weir_space *space, const struct weir_needs *needs,
                       struct weir_decoder *decoder);

/* Binds a taken decoder to its error; call once. */
void weir_decoder_init(struct weir_decoder *decoder, enum weir_isa isa, struct weir_error *error);

/*
 * Says what the column holds. With `stored`, values come as stored: everything but the plain
 * integers and floats as byte arrays; else they come as weir_type_kind says.
 */
void weir_decoder_column(struct weir_decoder *decoder, const struct weir_type *type, bool stored);

/*
 * Starts the `values` values of a page whose body stands right before them. The place is only
 * needed for encodings that use cursors; a dictionary page passes NULL.
 * Errors: UNSUPPORTED (the encoding, or not for this type), CORRUPT, LIMIT.
 */
enum weir_status weir_decoder_open(struct weir_decoder *decoder, struct weir_body *body,
                                   const struct weir_place *place, uint32_t encoding,
                                   uint64_t values);

/*
 * Hands out up to `most` of the next values as one event (FIXED, VIEWS or PIECE; weights are left
 * alone). Byte arrays of up to WEIR_VIEW_BYTES_MAX bytes come whole, longer ones in pieces.
 * Precondition: left > 0, most > 0.
 */
enum weir_status weir_decoder_next(struct weir_decoder *decoder, uint64_t most,
                                   struct weir_event *event);

/* Skips the next `count` values of a PLAIN page. */
enum weir_status weir_decoder_skip(struct weir_decoder *decoder, uint64_t count);

/* Message that refuses an encoding by name, or NULL when values of the physical type are read from
 * it (dictionary indices and booleans too). */
const char *weir_encoding_refused(uint32_t encoding, enum weir_physical physical);

#endif
