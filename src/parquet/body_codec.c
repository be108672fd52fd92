#include "parquet/body_inner.h"

#include "parquet/codec_inner.h"

#include "base/banned.h"

/* Making a decoder ready may cost more than a page: a codec that finds its own one takes it. */
static void prepare_area(struct weir_body *body) {
    if (body->memory->prepared != body->codec) {
        memset(body->memory->area, 0, WEIR_CODEC_HEAD_BYTES);
        body->memory->prepared = body->codec;
    }
}

/* The compressed page as contiguous bytes: in the window, or copied to the end of the area. */
static enum weir_status gather_raw(struct weir_body *body, uint8_t *copy, const uint8_t **raw_ret) {
    struct weir_window *window = body->window;
    size_t raw_bytes = (size_t)body->raw_left_bytes;
    if (raw_bytes <= window->capacity_bytes) {
        if (weir_window_fill(window, raw_bytes) < raw_bytes) {
            return weir_body_fail_window(body);
        }
        weir_body_add_crc(body, window->at, raw_bytes);
        *raw_ret = window->at;
        return WEIR_OK;
    }
    *raw_ret = copy;
    WEIR_TRY(weir_body_copy_raw(body, copy, raw_bytes));
    body->raw_left_bytes = 0;
    return WEIR_OK;
}

static enum weir_status more_whole(struct weir_body *body) {
    WEIR_ASSERT(!body->started && body->at == body->end);
    const struct weir_codec *codec = body->codec;
    uint64_t decoder_bytes = codec->whole_area_bytes();
    size_t page_bytes = (size_t)body->unproduced_bytes;
    uint64_t raw_bytes = body->raw_left_bytes;
    uint8_t *out = body->memory->area + decoder_bytes;
    uint8_t *copy = out + weir_codec_round_64(page_bytes + WEIR_CODEC_SLOP);
    const uint8_t *raw = NULL;
    WEIR_TRY(gather_raw(body, copy, &raw));
    body->started = true;
    prepare_area(body);
    enum weir_status status = codec->whole(body->memory->area, body->memory->area_bytes, raw,
                                           (size_t)raw_bytes, out, page_bytes, body->error);
    if (status != WEIR_OK) {
        return weir_body_fail_codec(body, status);
    }
    body->window->at += body->raw_left_bytes;
    body->raw_left_bytes = 0;
    body->ended = true;
    body->out_base = out;
    body->at = out;
    body->end = out + page_bytes;
    body->unproduced_bytes = 0;
    return WEIR_OK;
}

/* What is wrong when neither input nor output moves although the page is not complete. */
static const char *why_stuck(const struct weir_body *body) {
    if (body->raw_left_bytes > 0) {
        return "bytes are left behind the end of a page's compressed data";
    }
    return body->ended ? "compressed data give fewer bytes than the page has"
                       : "a page's compressed data end early";
}

/* One step of the codec over what the window holds, with all accounts kept. */
static enum weir_status step(struct weir_body *body, struct weir_codec_io *io) {
    struct weir_window *window = body->window;
    size_t held = 0;
    if (body->raw_left_bytes > 0) {
        held = weir_window_fill(window, 1);
        if (held == 0) {
            return weir_body_fail_window(body);
        }
        held = (size_t)weir_min_u64(held, body->raw_left_bytes);
    }
    const uint8_t *in = window->at;
    const uint8_t *out = io->out;
    io->in = in;
    io->in_end = in + held;
    enum weir_status status = body->codec->step(body->memory->area, io, body->error);
    WEIR_ASSERT(io->in >= in && io->in <= io->in_end);
    WEIR_ASSERT(io->out >= out && io->out <= io->out_end);
    size_t taken = (size_t)(io->in - in);
    weir_body_add_crc(body, in, taken);
    window->at += taken;
    body->raw_left_bytes -= taken;
    if (status < 0) {
        return weir_body_fail_codec(body, status);
    }
    body->ended = status == WEIR_END;
    bool complete = body->ended && body->raw_left_bytes == 0 && body->unproduced_bytes == 0;
    if (taken == 0 && io->out == out && io->out != io->out_end && !complete) {
        return weir_body_fail(body, WEIR_E_CORRUPT, why_stuck(body));
    }
    return WEIR_OK;
}

/* Decodes `bytes` bytes, no more than the page has left, to body->end. */
static enum weir_status produce(struct weir_body *body, size_t bytes) {
    WEIR_ASSERT(bytes > 0 && bytes <= body->unproduced_bytes);
    if (!body->started) {
        prepare_area(body);
        enum weir_status status =
            body->codec->begin(body->memory->area, body->decoder_bytes, body->raw_left_bytes,
                               body->unproduced_bytes, body->error);
        if (status != WEIR_OK) {
            return weir_body_fail_codec(body, status);
        }
        body->started = true;
    }
    uint8_t *out = body->out_base + (body->end - body->out_base);
    struct weir_codec_io io = {.out_base = body->out_base, .out = out, .out_end = out + bytes};
    while (io.out < io.out_end) {
        WEIR_TRY(step(body, &io));
    }
    body->end += bytes;
    body->unproduced_bytes -= bytes;
    return WEIR_OK;
}

/*
 * The bytes that a slide keeps at least: the window that was planned for, as far as the format can
 * make use of it. What else the buffer has is shared between more history, for encoders that refer
 * further back, and fewer moves.
 */
static size_t history_bytes(const struct weir_body *body) {
    const struct weir_codec *codec = body->codec;
    uint64_t most = (uint64_t)(body->out_limit - body->out_base) - WEIR_OUTPUT_SLICE_BYTES;
    WEIR_ASSERT(most >= codec->history_bytes && most < (uint64_t)1 << 62);
    uint64_t keep = codec->history_bytes + (most - codec->history_bytes) / 2;
    keep = weir_max_u64(keep, weir_min_u64(body->memory->window_bytes, most));
    return (size_t)weir_min_u64(keep, codec->history_bytes_max);
}

/* Moves the newest `keep` bytes to the front of the buffer. */
static void slide(struct weir_body *body, size_t keep) {
    size_t unread = (size_t)(body->end - body->at);
    WEIR_ASSERT(keep >= unread && keep <= (size_t)(body->end - body->out_base));
    memmove(body->out_base, body->end - keep, keep);
    body->end = body->out_base + keep;
    body->at = body->end - unread;
}

static enum weir_status more_slide(struct weir_body *body) {
    if (body->end == body->out_limit) {
        slide(body, history_bytes(body));
    }
    uint64_t bytes = weir_min_u64((uint64_t)(body->out_limit - body->end), body->unproduced_bytes);
    return produce(body, (size_t)weir_min_u64(bytes, WEIR_OUTPUT_SLICE_BYTES));
}

static enum weir_status more_slice(struct weir_body *body) {
    size_t unread = (size_t)(body->end - body->at);
    uint8_t *tail = body->out_base - unread;
    memmove(tail, body->at, unread);
    body->at = tail;
    body->end = body->out_base;
    uint64_t room = (uint64_t)(body->out_limit - body->out_base);
    return produce(body, (size_t)weir_min_u64(room, body->unproduced_bytes));
}

/* Behind what is there, or behind the history moved to the front if that leaves more room. */
static enum weir_status hold_slide(struct weir_body *body) {
    if (body->unproduced_bytes > (uint64_t)(body->out_limit - body->end)) {
        size_t unread = (size_t)(body->end - body->at);
        size_t produced = (size_t)(body->end - body->out_base);
        size_t keep = (size_t)weir_min_u64(produced, weir_max_u64(history_bytes(body), unread));
        uint64_t room = (uint64_t)(body->out_limit - body->out_base) - keep;
        if (body->unproduced_bytes > room) {
            return WEIR_MORE;
        }
        slide(body, keep);
    }
    return produce(body, (size_t)body->unproduced_bytes);
}

static enum weir_status hold_slice(struct weir_body *body) {
    uint8_t *slice = body->memory->slice;
    if (weir_body_left(body) > (uint64_t)(body->out_limit - slice)) {
        return WEIR_MORE;
    }
    size_t unread = (size_t)(body->end - body->at);
    memmove(slice, body->at, unread);
    body->out_base = slice;
    body->at = slice;
    body->end = slice + unread;
    return produce(body, (size_t)body->unproduced_bytes);
}

enum weir_status weir_body_decode_more(struct weir_body *body) {
    switch (body->mode) {
    case WEIR_BODY_WHOLE: return more_whole(body);
    case WEIR_BODY_SLIDE: return more_slide(body);
    default: WEIR_ASSERT(body->mode == WEIR_BODY_SLICE); return more_slice(body);
    }
}

enum weir_status weir_body_decode_all(struct weir_body *body) {
    switch (body->mode) {
    case WEIR_BODY_WHOLE: return more_whole(body);
    case WEIR_BODY_SLIDE: return hold_slide(body);
    default: WEIR_ASSERT(body->mode == WEIR_BODY_SLICE); return hold_slice(body);
    }
}

/* The page has all its bytes: what is left of its compressed form must be its regular end. Room for
 * one byte, of the slop, shows whether the codec has more to give. */
enum weir_status weir_body_drain(struct weir_body *body) {
    uint8_t *out = body->out_base + (body->end - body->out_base);
    struct weir_codec_io io = {.out_base = body->out_base, .out = out, .out_end = out + 1};
    while (!body->ended || body->raw_left_bytes > 0) {
        WEIR_TRY(step(body, &io));
        if (io.out > out) {
            return weir_body_fail(body, WEIR_E_CORRUPT,
                                  "compressed data give more bytes than the page has");
        }
    }
    return WEIR_OK;
}
