#include "parquet/decoder_inner.h"

#include "base/banned.h"

/*
 * Format notes: BYTE_STREAM_SPLIT.
 * - A page of n values of w bytes is w streams of n bytes: all first bytes, all second bytes, ...
 *   It has exactly n * w bytes.
 * - The streams are read side by side: from a held page, or by one cursor a stream. The main
 *   cursor takes the last stream, so that it passes over the whole page, checksum and all.
 */

static enum weir_status open_cursors(struct weir_decoder *decoder) {
    uint32_t more = decoder->stored_bytes - 1;
    if (decoder->stored_bytes == 0 || more > decoder->cursors_count) {
        return weir_decoder_too_large(decoder);
    }
    for (uint32_t i = 0; i < more; i++) {
        WEIR_TRY(weir_cursor_open(decoder, i, i * decoder->stride));
    }
    return weir_body_skip(decoder->body, more * decoder->stride);
}

enum weir_status weir_stream_split_open(struct weir_decoder *decoder) {
    uint64_t bytes = 0;
    if (!weir_mul_u64(decoder->left, decoder->stored_bytes, &bytes) ||
        bytes != weir_body_left(decoder->body)) {
        return weir_fail_numbers(decoder->error, WEIR_E_CORRUPT,
                                 "a BYTE_STREAM_SPLIT page has another size than its values", bytes,
                                 weir_body_left(decoder->body));
    }
    if (decoder->stored_bytes > WEIR_VIEW_BYTES_MAX) {
        return weir_fail_numbers(decoder->error, WEIR_E_UNSUPPORTED,
                                 "BYTE_STREAM_SPLIT of values this long", WEIR_VIEW_BYTES_MAX,
                                 decoder->stored_bytes);
    }
    decoder->stride = decoder->left;
    decoder->base = decoder->body->at;
    return decoder->held ? WEIR_OK : open_cursors(decoder);
}

/* From the cursors: as many as all of them have at hand. */
static enum weir_status join_cursors(struct weir_decoder *decoder, uint64_t *count) {
    const uint8_t *streams[WEIR_CURSORS_MAX + 1] = {NULL};
    uint32_t width = decoder->stored_bytes;
    WEIR_ASSERT(width <= WEIR_CURSORS_MAX + 1);
    for (uint32_t i = 0; i < width; i++) {
        struct weir_body *body = i + 1 < width ? &decoder->cursors[i].body : decoder->body;
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return weir_decoder_short(decoder, status);
        }
        streams[i] = body->at;
        *count = weir_min_u64(*count, (uint64_t)(body->end - body->at));
    }
    weir_split_join(decoder->split_kernels, streams, width, decoder->raw, (uint32_t)*count);
    for (uint32_t i = 0; i < width; i++) {
        struct weir_body *body = i + 1 < width ? &decoder->cursors[i].body : decoder->body;
        body->at += *count;
    }
    return WEIR_OK;
}

enum weir_status weir_stream_split_next(struct weir_decoder *decoder, uint64_t most,
                                        struct weir_event *event) {
    uint64_t count = weir_min_u64(most, WEIR_DECODER_BLOCK_BYTES / decoder->stored_bytes);
    if (decoder->held) {
        weir_split_join_strided(decoder->split_kernels, decoder->base, decoder->stride,
                                decoder->stored_bytes, decoder->raw, (uint32_t)count);
        decoder->base += count;
    } else {
        WEIR_TRY(join_cursors(decoder, &count));
    }
    event->kind = WEIR_EVENT_FIXED;
    event->values = decoder->raw;
    event->count = count;
    weir_decoder_advance(decoder, count);
    return WEIR_OK;
}
