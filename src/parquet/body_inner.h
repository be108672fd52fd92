/* What the three parts of a body share: opening and raw bytes (body.c), the choice of a place for
 * the page (body_plan.c) and decoding into it (body_codec.c). */
#ifndef WEIR_PARQUET_BODY_INNER_H
#define WEIR_PARQUET_BODY_INNER_H

#include "parquet/body.h"

/*
 * Where the bytes lie, by mode:
 *   RAW     in the input window, whose `at` stays behind while the consumer moves body->at
 *   WHOLE   area: decoder, page, slop, and the compressed bytes if the window cannot hold them
 *   SLIDE   area: decoder state, then one buffer whose newest bytes are the codec's history; when
 *           it is full the history moves to its front. A page that fits never moves. Codecs that
 *           keep their own window only take it for pages that fit.
 *   SLICE   slice: room for the unread tail, then what the codec gives next
 *   EMPTY   nowhere: the page has no bytes, its compressed form is only counted and summed
 */
enum weir_body_mode {
    WEIR_BODY_RAW,
    WEIR_BODY_WHOLE,
    WEIR_BODY_SLIDE,
    WEIR_BODY_SLICE,
    WEIR_BODY_EMPTY
};

/* Record the first error with the place in the file, and make it stick. fail_window: the window has
 * given nothing although bytes are due. fail_codec: the codec has recorded its error. */
enum weir_status weir_body_fail_numbers(struct weir_body *body, enum weir_status status,
                                        const char *message, uint64_t wanted, uint64_t got);
enum weir_status weir_body_fail(struct weir_body *body, enum weir_status status,
                                const char *message);
enum weir_status weir_body_fail_window(struct weir_body *body);
enum weir_status weir_body_fail_codec(struct weir_body *body, enum weir_status status);

void weir_body_add_crc(struct weir_body *body, const uint8_t *data, size_t bytes);

/* Takes the next `bytes` bytes of the file out of the window, into the CRC as well. */
enum weir_status weir_body_copy_raw(struct weir_body *body, uint8_t *to, uint64_t bytes);

/* Finds the place for a compressed page of page_bytes > 0. */
enum weir_status weir_body_choose_mode(struct weir_body *body, uint64_t page_bytes);

/* What weir_body_more() and weir_body_hold() do for compressed pages. */
enum weir_status weir_body_decode_more(struct weir_body *body);
enum weir_status weir_body_decode_all(struct weir_body *body);

/* The page has all its bytes: what is left of its compressed form must be its regular end. */
enum weir_status weir_body_drain(struct weir_body *body);

#endif
