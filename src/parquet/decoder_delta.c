#include "parquet/decoder_inner.h"

#include "base/banned.h"

/*
 * Format notes: the DELTA encodings.
 * - DELTA_LENGTH_BYTE_ARRAY is all lengths as DELTA_BINARY_PACKED, then all bytes.
 * - DELTA_BYTE_ARRAY is, for each value, how many bytes it shares with the one before
 *   (DELTA_BINARY_PACKED), then what follows them as DELTA_LENGTH_BYTE_ARRAY. The value before is
 *   kept, so memory grows with the longest value; a longer one than was planned is refused with
 *   its length. FIXED_LEN_BYTE_ARRAY may be stored so too.
 * - Where the bytes begin is only known behind the lengths. The main cursor runs through the
 *   lengths to get there; a second reading of them goes along with the bytes.
 * - The first value of a page shares nothing, and no sum of lengths passes the page's end.
 */

/* The section is decoded a block at a time: whole groups, whatever the caller asks for. */
enum weir_status weir_delta_integers_next(struct weir_decoder *decoder, uint64_t most,
                                          struct weir_event *event) {
    uint32_t width = decoder->width;
    WEIR_ASSERT(width == 4 || width == 8);
    if (decoder->block_at == decoder->block_held) {
        WEIR_TRY(weir_decoder_short(decoder, weir_delta_next(&decoder->delta, decoder->block,
                                                             WEIR_DECODER_BLOCK_BYTES / width,
                                                             &decoder->block_held)));
        decoder->block_at = 0;
    }
    uint64_t count = weir_min_u64(most, decoder->block_held - decoder->block_at);
    event->kind = WEIR_EVENT_FIXED;
    event->values = decoder->block + (size_t)decoder->block_at * width;
    event->count = count;
    decoder->block_at += (uint32_t)count;
    weir_decoder_advance(decoder, count);
    return WEIR_OK;
}

/* A second reading of the section at the main body's place; `taken` bytes lie before it. */
static enum weir_status twin(struct weir_decoder *decoder, uint32_t index, struct weir_body *copy,
                             uint64_t taken, struct weir_body **twin_ret) {
    if (decoder->held) {
        *copy = *decoder->body;
        copy->crc = NULL;
        *twin_ret = copy;
        return WEIR_OK;
    }
    *twin_ret = &decoder->cursors[index].body;
    return weir_cursor_open(decoder, index, taken);
}

static enum weir_status open_section(struct weir_decoder *decoder, struct weir_delta *delta,
                                     struct weir_body *body) {
    WEIR_TRY(
        weir_delta_open(delta, body, 32, decoder->left, decoder->delta_kernels, decoder->error));
    if (delta->total != decoder->left) {
        return weir_fail_numbers(decoder->error, WEIR_E_CORRUPT,
                                 "a page has another number of lengths than values", decoder->left,
                                 delta->total);
    }
    return WEIR_OK;
}

/* Moves the main body behind a section, and opens the section's second reading. */
static enum weir_status pass_section(struct weir_decoder *decoder, struct weir_delta *delta,
                                     struct weir_body *again) {
    enum weir_status status;
    uint32_t count = 0;
    WEIR_TRY(open_section(decoder, delta, decoder->body));
    do {
        status = weir_delta_next(delta, decoder->lengths, WEIR_DECODER_VIEWS, &count);
    } while (status == WEIR_OK);
    return status < 0 ? status : open_section(decoder, delta, again);
}

enum weir_status weir_delta_length_open(struct weir_decoder *decoder) {
    struct weir_body *again = NULL;
    if (!decoder->held && decoder->cursors_count < 1) {
        return weir_decoder_too_large(decoder);
    }
    WEIR_TRY(twin(decoder, 0, &decoder->lengths_body, 0, &again));
    return pass_section(decoder, &decoder->delta, again);
}

enum weir_status weir_delta_bytes_open(struct weir_decoder *decoder) {
    struct weir_body *again = NULL;
    uint64_t before = weir_body_left(decoder->body);
    if (!decoder->held && decoder->cursors_count < 2) {
        return weir_decoder_too_large(decoder);
    }
    WEIR_TRY(twin(decoder, 0, &decoder->prefixes_body, 0, &again));
    WEIR_TRY(pass_section(decoder, &decoder->prefix_delta, again));
    uint64_t taken = before - weir_body_left(decoder->body);
    WEIR_TRY(twin(decoder, 1, &decoder->lengths_body, taken, &again));
    return pass_section(decoder, &decoder->delta, again);
}

/* The next length without taking it. */
static enum weir_status peek(struct weir_decoder *decoder, struct weir_delta *delta,
                             uint32_t *lengths, uint32_t *at, uint32_t *held,
                             uint64_t *length_ret) {
    if (*at == *held) {
        uint32_t count = 0;
        WEIR_TRY(weir_decoder_short(decoder,
                                    weir_delta_next(delta, lengths, WEIR_DECODER_VIEWS, &count)));
        *at = 0;
        *held = count;
    }
    if (lengths[*at] > INT32_MAX) {
        return weir_fail(decoder->error, WEIR_E_CORRUPT, "a byte array has a negative length");
    }
    *length_ret = lengths[*at];
    return WEIR_OK;
}

/* The next (suffix) length, whose bytes lie inside the page. */
static enum weir_status peek_length(struct weir_decoder *decoder, uint64_t *length_ret) {
    WEIR_TRY(peek(decoder, &decoder->delta, decoder->lengths, &decoder->lengths_at,
                  &decoder->lengths_held, length_ret));
    if (*length_ret > weir_body_left(decoder->body)) {
        return weir_fail_numbers(decoder->error, WEIR_E_CORRUPT,
                                 "a byte array is longer than what is left of its page",
                                 weir_body_left(decoder->body), *length_ret);
    }
    return WEIR_OK;
}

enum weir_status weir_delta_length_next(struct weir_decoder *decoder, uint64_t most,
                                        struct weir_event *event) {
    struct weir_body *body = decoder->body;
    uint64_t length = 0;
    uint64_t count = 0;
    if (decoder->piece_length > 0) {
        return weir_decoder_piece(decoder, event);
    }
    WEIR_TRY(peek_length(decoder, &length));
    if (length > WEIR_VIEW_BYTES_MAX) {
        decoder->lengths_at++;
        decoder->piece_length = length;
        decoder->piece_offset = 0;
        return weir_decoder_piece(decoder, event);
    }
    enum weir_status status = weir_body_need(body, (size_t)length);
    if (status != WEIR_OK) {
        return weir_decoder_short(decoder, status);
    }
    most = weir_min_u64(most, WEIR_DECODER_VIEWS);
    while (count < most && decoder->lengths_at < decoder->lengths_held) {
        uint32_t next = decoder->lengths[decoder->lengths_at];
        if (next > WEIR_VIEW_BYTES_MAX || next > (size_t)(body->end - body->at)) {
            break;
        }
        decoder->views[count].data = body->at;
        decoder->views[count].length = next;
        body->at += next;
        decoder->lengths_at++;
        count++;
    }
    WEIR_ASSERT(count > 0);
    event->kind = WEIR_EVENT_VIEWS;
    event->views = decoder->views;
    event->count = count;
    weir_decoder_advance(decoder, count);
    return WEIR_OK;
}

/* A value too long for a view grows in the value buffer, which holds the one before. */
static enum weir_status long_value(struct weir_decoder *decoder, uint64_t prefix, uint64_t suffix,
                                   struct weir_event *event) {
    struct weir_body *body = decoder->body;
    uint64_t length = prefix + suffix;
    if (length > decoder->value_room) {
        return weir_fail_numbers(decoder->error, WEIR_E_LIMIT,
                                 "a DELTA_BYTE_ARRAY value is longer than planned", length,
                                 decoder->value_room);
    }
    for (uint64_t at = prefix; at < length;) {
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return weir_decoder_short(decoder, status);
        }
        uint64_t more = weir_min_u64((uint64_t)(body->end - body->at), length - at);
        memcpy(decoder->value + at, body->at, (size_t)more);
        body->at += more;
        at += more;
    }
    decoder->value_bytes = length;
    event->kind = WEIR_EVENT_PIECE;
    event->count = 1;
    event->values = decoder->value;
    event->piece_bytes = length;
    event->piece_offset = 0;
    event->piece_length = length;
    weir_decoder_advance(decoder, 1);
    return WEIR_OK;
}

/* Both lengths of the next value, checked against each other and the type. */
static enum weir_status peek_both(struct weir_decoder *decoder, uint64_t *prefix_ret,
                                  uint64_t *suffix_ret) {
    WEIR_TRY(peek(decoder, &decoder->prefix_delta, decoder->prefixes, &decoder->prefixes_at,
                  &decoder->prefixes_held, prefix_ret));
    WEIR_TRY(peek_length(decoder, suffix_ret));
    if (*prefix_ret > decoder->value_bytes) {
        return weir_fail_numbers(decoder->error, WEIR_E_CORRUPT,
                                 "a byte array shares more bytes than the one before has",
                                 decoder->value_bytes, *prefix_ret);
    }
    if (decoder->stored_bytes > 0 && *prefix_ret + *suffix_ret != decoder->stored_bytes) {
        return weir_fail_numbers(decoder->error, WEIR_E_CORRUPT,
                                 "a FIXED_LEN_BYTE_ARRAY value has another length than its type",
                                 decoder->stored_bytes, *prefix_ret + *suffix_ret);
    }
    return WEIR_OK;
}

enum weir_status weir_delta_bytes_next(struct weir_decoder *decoder, uint64_t most,
                                       struct weir_event *event) {
    struct weir_body *body = decoder->body;
    const uint8_t *before = decoder->value;
    uint64_t used = 0;
    uint64_t count = 0;
    most = weir_min_u64(most, WEIR_DECODER_VIEWS);
    while (count < most) {
        uint64_t prefix = 0;
        uint64_t suffix = 0;
        WEIR_TRY(peek_both(decoder, &prefix, &suffix));
        uint64_t length = prefix + suffix;
        bool is_long = length > WEIR_VIEW_BYTES_MAX;
        if (count > 0 && (is_long || used + length > WEIR_DECODER_BLOCK_BYTES)) {
            break;
        }
        decoder->prefixes_at++;
        decoder->lengths_at++;
        if (is_long) {
            return long_value(decoder, prefix, suffix, event);
        }
        enum weir_status status = weir_body_need(body, (size_t)suffix);
        if (status != WEIR_OK) {
            return weir_decoder_short(decoder, status);
        }
        uint8_t *value = decoder->raw + used;
        memcpy(value, before, (size_t)prefix);
        memcpy(value + prefix, body->at, (size_t)suffix);
        body->at += suffix;
        decoder->views[count].data = value;
        decoder->views[count].length = (uint32_t)length;
        before = value;
        decoder->value_bytes = length;
        used += length;
        count++;
    }
    WEIR_ASSERT(count > 0);
    memcpy(decoder->value, before, (size_t)decoder->value_bytes);
    event->kind = WEIR_EVENT_VIEWS;
    event->views = decoder->views;
    event->count = count;
    weir_decoder_advance(decoder, count);
    return WEIR_OK;
}
