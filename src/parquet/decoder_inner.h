/* What the files of the decoder share; one file a group of encodings. */
#ifndef WEIR_PARQUET_DECODER_INNER_H
#define WEIR_PARQUET_DECODER_INNER_H

#include "parquet/decoder.h"

/* Stored values of one page. `most` is at most what the caller's block holds; FIXED events carry
 * stored_bytes bytes a value. */
enum weir_status weir_plain_next(struct weir_decoder *decoder, uint64_t most,
                                 struct weir_event *event);
enum weir_status weir_plain_skip(struct weir_decoder *decoder, uint64_t count);

enum weir_status weir_stream_split_open(struct weir_decoder *decoder);
enum weir_status weir_stream_split_next(struct weir_decoder *decoder, uint64_t most,
                                        struct weir_event *event);

enum weir_status weir_delta_integers_next(struct weir_decoder *decoder, uint64_t most,
                                          struct weir_event *event);
enum weir_status weir_delta_length_open(struct weir_decoder *decoder);
enum weir_status weir_delta_length_next(struct weir_decoder *decoder, uint64_t most,
                                        struct weir_event *event);
enum weir_status weir_delta_bytes_open(struct weir_decoder *decoder);
enum weir_status weir_delta_bytes_next(struct weir_decoder *decoder, uint64_t most,
                                       struct weir_event *event);

/* Opens cursor `index` over the page and skips `skip` bytes of its values. */
enum weir_status weir_cursor_open(struct weir_decoder *decoder, uint32_t index, uint64_t skip);

/* The page has to be held, or needs more cursors than there are: refuses it with the codec window
 * that would do. */
enum weir_status weir_decoder_too_large(struct weir_decoder *decoder);

/* Fails unless the status is OK; END means that the page is too short. */
enum weir_status weir_decoder_short(struct weir_decoder *decoder, enum weir_status status);

/* Takes `count` values off what is left. */
static inline void weir_decoder_advance(struct weir_decoder *decoder, uint64_t count) {
    WEIR_ASSERT(count <= decoder->left);
    decoder->left -= count;
}

/* The next piece of the long value that is open, from the body. */
enum weir_status weir_decoder_piece(struct weir_decoder *decoder, struct weir_event *event);

#endif
