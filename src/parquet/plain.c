#include "parquet/plain.h"

#include "base/bits.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Fixed-width values lie little-endian one behind the other and are handed out where they lie.
 * - A byte array is a four-byte length and its bytes. Lengths are checked against what is left of
 *   the page before anything else is done with them. Values of up to WEIR_VIEW_BYTES_MAX bytes are
 *   handed out whole, longer ones always in pieces, so that what follows does not depend on where
 *   slices end.
 */

_Static_assert(WEIR_VIEW_BYTES_MAX + 4 <= WEIR_BODY_KEEP, "a whole value must fit a body's tail");

static enum weir_status too_short(struct weir_reader *reader) {
    return weir_fail(reader->error, WEIR_E_CORRUPT, "a page ends before its values");
}

static void advance(struct weir_reader *reader, uint64_t count) {
    WEIR_ASSERT(count <= reader->page_left);
    reader->page_left -= count;
    reader->entry += count;
}

static enum weir_status next_fixed(struct weir_reader *reader, uint64_t most,
                                   struct weir_event *event) {
    struct weir_body *body = &reader->body;
    uint32_t width = reader->width;
    if ((size_t)(body->end - body->at) < width) {
        enum weir_status status = weir_body_need(body, width);
        if (status != WEIR_OK) {
            return status < 0 ? status : too_short(reader);
        }
    }
    uint64_t held = (uint64_t)(body->end - body->at) / width;
    uint64_t count = weir_min_u64(held, weir_min_u64(most, reader->page_left));
    event->kind = WEIR_EVENT_FIXED;
    event->values = body->at;
    event->count = count;
    body->at += count * width;
    advance(reader, count);
    return WEIR_OK;
}

/* Reads the length of the next value; its bytes are known to lie inside the page. */
static enum weir_status read_length(struct weir_reader *reader, uint64_t *length_ret) {
    struct weir_body *body = &reader->body;
    enum weir_status status = weir_body_need(body, 4);
    if (status != WEIR_OK) {
        return status < 0 ? status : too_short(reader);
    }
    uint64_t length = weir_load_u32(body->at);
    if (length > weir_body_left(body) - 4) {
        return weir_fail_numbers(reader->error, WEIR_E_CORRUPT,
                                 "a byte array is longer than what is left of its page",
                                 weir_body_left(body) - 4, length);
    }
    *length_ret = length;
    return WEIR_OK;
}

/* The next piece of the long value that is open. */
static enum weir_status next_piece(struct weir_reader *reader, struct weir_event *event) {
    struct weir_body *body = &reader->body;
    enum weir_status status = weir_body_need(body, 1);
    if (status != WEIR_OK) {
        return status < 0 ? status : too_short(reader);
    }
    uint64_t bytes =
        weir_min_u64((uint64_t)(body->end - body->at), reader->piece_length - reader->piece_offset);
    event->kind = WEIR_EVENT_PIECE;
    event->count = 1;
    event->values = body->at;
    event->piece_bytes = bytes;
    event->piece_offset = reader->piece_offset;
    event->piece_length = reader->piece_length;
    body->at += bytes;
    reader->piece_offset += bytes;
    if (reader->piece_offset == reader->piece_length) {
        advance(reader, 1);
        reader->piece_length = 0;
        reader->piece_offset = 0;
    }
    return WEIR_OK;
}

/* Views of the whole values that lie in the span, at most `most`; 0 when the next one does not. */
static uint64_t collect_views(struct weir_reader *reader, uint64_t most) {
    struct weir_body *body = &reader->body;
    const uint8_t *at = body->at;
    const uint8_t *end = body->end;
    uint64_t count = 0;
    most = weir_min_u64(weir_min_u64(most, reader->page_left), WEIR_READER_VIEWS);
    while (count < most && end - at >= 4) {
        uint32_t length = weir_load_u32(at);
        if (length > WEIR_VIEW_BYTES_MAX || (size_t)(end - at) - 4 < length) {
            break;
        }
        reader->views[count].data = at + 4;
        reader->views[count].length = length;
        at += 4 + (size_t)length;
        count++;
    }
    body->at = at;
    return count;
}

static enum weir_status next_bytes(struct weir_reader *reader, uint64_t most,
                                   struct weir_event *event) {
    if (reader->piece_length > 0) {
        return next_piece(reader, event);
    }
    uint64_t count = collect_views(reader, most);
    if (count == 0) {
        uint64_t length = 0;
        WEIR_TRY(read_length(reader, &length));
        if (length > WEIR_VIEW_BYTES_MAX) {
            reader->body.at += 4;
            reader->piece_length = length;
            reader->piece_offset = 0;
            return next_piece(reader, event);
        }
        enum weir_status status = weir_body_need(&reader->body, (size_t)length + 4);
        if (status != WEIR_OK) {
            return status < 0 ? status : too_short(reader);
        }
        count = collect_views(reader, most);
        WEIR_ASSERT(count > 0);
    }
    event->kind = WEIR_EVENT_VIEWS;
    event->views = reader->views;
    event->count = count;
    advance(reader, count);
    return WEIR_OK;
}

enum weir_status weir_plain_next(struct weir_reader *reader, uint64_t most,
                                 struct weir_event *event) {
    WEIR_ASSERT(reader->page_left > 0 && most > 0);
    return reader->width > 0 ? next_fixed(reader, most, event) : next_bytes(reader, most, event);
}

enum weir_status weir_plain_skip(struct weir_reader *reader, uint64_t count) {
    WEIR_ASSERT(count <= reader->page_left);
    if (reader->width > 0) {
        WEIR_TRY(weir_body_skip(&reader->body, count * reader->width));
        advance(reader, count);
        return WEIR_OK;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t length = 0;
        WEIR_TRY(read_length(reader, &length));
        WEIR_TRY(weir_body_skip(&reader->body, length + 4));
        advance(reader, 1);
    }
    return WEIR_OK;
}
