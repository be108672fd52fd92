#include "base/bits.h"
#include "parquet/decoder_inner.h"

#include "base/banned.h"

/*
 * Format notes: PLAIN.
 * - Fixed-width values lie little-endian one behind the other and are handed out where they lie.
 * - A byte array is a four-byte length and its bytes. Lengths are checked against what is left of
 *   the page before anything else is done with them. Values of up to WEIR_VIEW_BYTES_MAX bytes are
 *   handed out whole, longer ones always in pieces, so that what follows does not depend on where
 *   slices end.
 */

_Static_assert(WEIR_VIEW_BYTES_MAX + 4 <= WEIR_BODY_KEEP, "a whole value must fit a body's tail");

/* The next piece of the long value that is open. */
enum weir_status weir_decoder_piece(struct weir_decoder *decoder, struct weir_event *event) {
    struct weir_body *body = decoder->body;
    enum weir_status status = weir_body_need(body, 1);
    if (status != WEIR_OK) {
        return weir_decoder_short(decoder, status);
    }
    uint64_t bytes = weir_min_u64((uint64_t)(body->end - body->at),
                                  decoder->piece_length - decoder->piece_offset);
    event->kind = WEIR_EVENT_PIECE;
    event->count = 1;
    event->values = body->at;
    event->piece_bytes = bytes;
    event->piece_offset = decoder->piece_offset;
    event->piece_length = decoder->piece_length;
    body->at += bytes;
    decoder->piece_offset += bytes;
    if (decoder->piece_offset == decoder->piece_length) {
        weir_decoder_advance(decoder, 1);
        decoder->piece_length = 0;
        decoder->piece_offset = 0;
    }
    return WEIR_OK;
}

static enum weir_status next_fixed(struct weir_decoder *decoder, uint64_t most,
                                   struct weir_event *event) {
    struct weir_body *body = decoder->body;
    uint32_t width = decoder->stored_bytes;
    if (width > WEIR_VIEW_BYTES_MAX) {
        if (width > weir_body_left(body)) {
            return weir_decoder_short(decoder, WEIR_END);
        }
        decoder->piece_length = width;
        return weir_decoder_piece(decoder, event);
    }
    if ((size_t)(body->end - body->at) < width) {
        enum weir_status status = weir_body_need(body, width);
        if (status != WEIR_OK) {
            return weir_decoder_short(decoder, status);
        }
    }
    uint64_t held = (uint64_t)(body->end - body->at) / width;
    uint64_t count = weir_min_u64(held, most);
    event->kind = WEIR_EVENT_FIXED;
    event->values = body->at;
    event->count = count;
    body->at += count * width;
    weir_decoder_advance(decoder, count);
    return WEIR_OK;
}

/* Reads the length of the next value; its bytes are known to lie inside the page. */
static enum weir_status read_length(struct weir_decoder *decoder, uint64_t *length_ret) {
    struct weir_body *body = decoder->body;
    enum weir_status status = weir_body_need(body, 4);
    if (status != WEIR_OK) {
        return weir_decoder_short(decoder, status);
    }
    uint64_t length = weir_load_u32(body->at);
    if (length > weir_body_left(body) - 4) {
        return weir_fail_numbers(decoder->error, WEIR_E_CORRUPT,
                                 "a byte array is longer than what is left of its page",
                                 weir_body_left(body) - 4, length);
    }
    *length_ret = length;
    return WEIR_OK;
}

/* Views of the whole values that lie in at..end, at most `most`, behind the first `count`. */
static const uint8_t *collect_some(struct weir_view *views, const uint8_t *at, const uint8_t *end,
                                   uint64_t most, uint64_t *count) {
    uint64_t i = *count;
    while (i < most && end - at >= 4) {
        uint32_t length = weir_load_u32(at);
        if (length > WEIR_VIEW_BYTES_MAX || (size_t)(end - at) - 4 < length) {
            break;
        }
        views[i].data = at + 4;
        views[i].length = length;
        at += 4 + (size_t)length;
        i++;
    }
    *count = i;
    return at;
}

/* The same, as long as values have the length of the last one: each is looked for where that puts
 * it, and need not wait for the length of the one before. */
static const uint8_t *collect_same(struct weir_view *views, const uint8_t *at, const uint8_t *end,
                                   uint64_t most, uint64_t *count) {
    uint64_t i = *count;
    const uint32_t length = views[i - 1].length;
    const size_t step = 4 + (size_t)length;
    while (i < most && (size_t)(end - at) >= step && weir_load_u32(at) == length) {
        views[i].data = at + 4;
        views[i].length = length;
        at += step;
        i++;
    }
    *count = i;
    return at;
}

/* First values that tell whether all may have one length. */
#define FIRST_VIEWS 16u

/* Views of the whole values that lie in the span, at most `most`; 0 when the next one does not. */
static uint64_t collect_views(struct weir_decoder *decoder, uint64_t most) {
    struct weir_body *body = decoder->body;
    struct weir_view *views = decoder->views;
    uint64_t count = 0;
    most = weir_min_u64(most, WEIR_DECODER_VIEWS);
    const uint64_t first = weir_min_u64(most, FIRST_VIEWS);
    const uint8_t *at = collect_some(views, body->at, body->end, first, &count);
    uint32_t differ = 0;
    for (uint64_t i = 1; i < count; i++) {
        differ |= views[i].length ^ views[0].length;
    }
    if (count == FIRST_VIEWS && differ == 0) {
        at = collect_same(views, at, body->end, most, &count);
    }
    body->at = collect_some(views, at, body->end, most, &count);
    return count;
}

static enum weir_status next_bytes(struct weir_decoder *decoder, uint64_t most,
                                   struct weir_event *event) {
    uint64_t count = collect_views(decoder, most);
    if (count == 0) {
        uint64_t length = 0;
        WEIR_TRY(read_length(decoder, &length));
        if (length > WEIR_VIEW_BYTES_MAX) {
            decoder->body->at += 4;
            decoder->piece_length = length;
            decoder->piece_offset = 0;
            return weir_decoder_piece(decoder, event);
        }
        enum weir_status status = weir_body_need(decoder->body, (size_t)length + 4);
        if (status != WEIR_OK) {
            return weir_decoder_short(decoder, status);
        }
        count = collect_views(decoder, most);
        WEIR_ASSERT(count > 0);
    }
    event->kind = WEIR_EVENT_VIEWS;
    event->views = decoder->views;
    event->count = count;
    weir_decoder_advance(decoder, count);
    return WEIR_OK;
}

enum weir_status weir_plain_next(struct weir_decoder *decoder, uint64_t most,
                                 struct weir_event *event) {
    if (decoder->piece_length > 0) {
        return weir_decoder_piece(decoder, event);
    }
    return decoder->stored_bytes > 0 ? next_fixed(decoder, most, event)
                                     : next_bytes(decoder, most, event);
}

enum weir_status weir_plain_skip(struct weir_decoder *decoder, uint64_t count) {
    WEIR_ASSERT(count <= decoder->left);
    if (decoder->stored_bytes > 0) {
        WEIR_TRY(weir_body_skip(decoder->body, count * decoder->stored_bytes));
        weir_decoder_advance(decoder, count);
        return WEIR_OK;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t length = 0;
        WEIR_TRY(read_length(decoder, &length));
        WEIR_TRY(weir_body_skip(decoder->body, length + 4));
        weir_decoder_advance(decoder, 1);
    }
    return WEIR_OK;
}
