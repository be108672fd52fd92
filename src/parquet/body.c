#include "parquet/body.h"

#include "parquet/codec_inner.h"
#include "parquet/crc32.h"

#include "base/banned.h"

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
enum mode { MODE_RAW, MODE_WHOLE, MODE_SLIDE, MODE_SLICE, MODE_EMPTY };

#define PEEK_BYTES 32u

static enum weir_status fail_numbers(struct weir_body *body, enum weir_status status,
                                     const char *message, uint64_t wanted, uint64_t got) {
    if (body->error->status == WEIR_OK) {
        body->error->offset_bytes = weir_window_offset(body->window);
    }
    body->failed = weir_fail_numbers(body->error, status, message, wanted, got);
    return body->failed;
}

static enum weir_status fail(struct weir_body *body, enum weir_status status, const char *message) {
    return fail_numbers(body, status, message, WEIR_NONE, WEIR_NONE);
}

/* The window has given nothing although bytes are due: its error becomes the body's. */
static enum weir_status fail_window(struct weir_body *body) {
    const struct weir_error *error = body->window->error;
    WEIR_ASSERT(body->window->failed && error->status < 0);
    body->failed =
        weir_fail_numbers(body->error, error->status, error->message, error->wanted, error->got);
    return body->failed;
}

/* A codec has recorded its error; the place in the file is known here. */
static enum weir_status fail_codec(struct weir_body *body, enum weir_status status) {
    WEIR_ASSERT(status < 0);
    if (body->error->offset_bytes == WEIR_NONE) {
        body->error->offset_bytes = weir_window_offset(body->window);
    }
    body->failed = status;
    return status;
}

static void add_crc(struct weir_body *body, const uint8_t *data, size_t bytes) {
    if (body->crc != NULL) {
        *body->crc = weir_crc32(*body->crc, data, bytes);
    }
}

/* Making a decoder ready may cost more than a page: a codec that finds its own one takes it. */
static void prepare_area(struct weir_body *body) {
    if (body->memory->prepared != body->codec) {
        memset(body->memory->area, 0, WEIR_CODEC_HEAD_BYTES);
        body->memory->prepared = body->codec;
    }
}

/* Moves the window over raw bytes that nobody decodes; reads them only if the CRC wants them. */
static enum weir_status discard_raw(struct weir_body *body, uint64_t bytes) {
    WEIR_ASSERT(body->window->failed || bytes <= weir_window_left(body->window));
    if (body->crc == NULL) {
        weir_window_skip(body->window, bytes);
        return body->window->failed ? fail_window(body) : WEIR_OK;
    }
    while (bytes > 0) {
        size_t held = weir_window_fill(body->window, 1);
        if (held == 0) {
            return fail_window(body);
        }
        size_t n = (size_t)weir_min_u64(held, bytes);
        add_crc(body, body->window->at, n);
        body->window->at += n;
        bytes -= n;
    }
    return WEIR_OK;
}

uint64_t weir_body_area_bytes(uint32_t codec_id, uint64_t window_bytes) {
    const struct weir_codec *codec = weir_codec_find(codec_id);
    return codec == NULL ? 0 : codec->area_bytes(window_bytes);
}

uint64_t weir_body_slice_bytes(uint32_t codec_id) {
    const struct weir_codec *codec = weir_codec_find(codec_id);
    if (codec == NULL || codec->history_bytes > 0) {
        return 0;
    }
    return weir_codec_round_64(WEIR_BODY_KEEP + WEIR_OUTPUT_SLICE_BYTES + WEIR_CODEC_SLOP);
}

/*
 * Whether a page that fits behind the decoder may be streamed there: not where a later part of the
 * page can ask for more than its first bytes say (zstd, which takes such pages as a whole).
 */
static bool streams_into_area(const struct weir_codec *codec) {
    return codec->history_bytes > 0 || codec->whole == NULL || codec->window_bytes == NULL;
}

/* Area of a codec in which every page of up to held_bytes can be held; see choose_mode. */
static uint64_t held_area_bytes(uint32_t codec_id, uint64_t window_bytes, uint64_t held_bytes) {
    WEIR_ASSERT(held_bytes > 0 && held_bytes <= UINT64_C(1) << 48);
    const struct weir_codec *codec = weir_codec_find(codec_id);
    uint64_t page_bytes = held_bytes + WEIR_CODEC_SLOP + 63;
    if (codec == NULL) {
        return codec_id == WEIR_CODEC_UNCOMPRESSED ? weir_codec_round_64(page_bytes) : 0;
    }
    if (codec->history_bytes > 0) {
        return weir_codec_round_64(WEIR_LZ_STATE_BYTES + page_bytes);
    }
    if (streams_into_area(codec)) {
        return weir_codec_round_64(codec->area_bytes(window_bytes) + page_bytes);
    }
    return weir_codec_round_64(codec->whole_area_bytes() + page_bytes +
                               weir_body_raw_bound(held_bytes));
}

void weir_body_sizes(uint32_t codecs, uint64_t window_bytes, uint64_t held_bytes,
                     uint64_t *area_bytes_ret, uint64_t *slice_bytes_ret) {
    *area_bytes_ret = 0;
    *slice_bytes_ret = 0;
    for (uint32_t codec = 0; codec < 32; codec++) {
        if ((codecs >> codec & 1) == 0) {
            continue;
        }
        uint64_t area = weir_body_area_bytes(codec, window_bytes);
        if (held_bytes > 0) {
            area = weir_max_u64(area, held_area_bytes(codec, window_bytes, held_bytes));
        }
        *area_bytes_ret = weir_max_u64(*area_bytes_ret, area);
        *slice_bytes_ret = weir_max_u64(*slice_bytes_ret, weir_body_slice_bytes(codec));
    }
}

static enum weir_status fail_unsupported(struct weir_body *body, uint32_t codec_id) {
    return fail_numbers(body, WEIR_E_UNSUPPORTED, weir_codec_unsupported(codec_id), WEIR_NONE,
                        codec_id);
}

/* Whether `parts` of the area hold it all; 0 for parts that are absent. */
static bool area_holds(const struct weir_body *body, uint64_t decoder_bytes, uint64_t page_bytes,
                       uint64_t raw_bytes) {
    uint64_t sum = 0;
    return weir_add_u64(page_bytes, decoder_bytes, &sum) &&
           weir_add_u64(sum, WEIR_CODEC_SLOP + 63, &sum) && weir_add_u64(sum, raw_bytes, &sum) &&
           sum <= body->memory->area_bytes;
}

/* The window that the page asks for: 0 for codecs without windows of their own. */
static enum weir_status peek_window(struct weir_body *body, uint64_t page_bytes,
                                    uint64_t *window_bytes_ret) {
    const struct weir_codec *codec = body->codec;
    *window_bytes_ret = 0;
    if (codec->window_bytes == NULL) {
        return WEIR_OK;
    }
    size_t want = (size_t)weir_min_u64(PEEK_BYTES, body->raw_left_bytes);
    size_t held = weir_window_fill(body->window, want);
    if (held < want) {
        return fail_window(body);
    }
    held = (size_t)weir_min_u64(held, body->raw_left_bytes);
    *window_bytes_ret = codec->window_bytes(body->window->at, held, page_bytes);
    return WEIR_OK;
}

/* A stream: in the area if the page fits there, or if its history lies there anyway. */
static enum weir_status choose_stream(struct weir_body *body, uint64_t page_bytes) {
    const struct weir_codec *codec = body->codec;
    const struct weir_body_memory *memory = body->memory;
    uint64_t window_bytes = 0;
    WEIR_TRY(peek_window(body, page_bytes, &window_bytes));
    uint64_t stream_bytes = codec->area_bytes(window_bytes);
    body->decoder_bytes = codec->history_bytes > 0 ? WEIR_LZ_STATE_BYTES : stream_bytes;
    bool fits = streams_into_area(codec) && area_holds(body, body->decoder_bytes, page_bytes, 0);
    if (!fits && stream_bytes > memory->area_bytes) {
        return fail_numbers(body, WEIR_E_LIMIT, "a page needs a larger codec area than planned",
                            stream_bytes, memory->area_bytes);
    }
    if (fits || codec->history_bytes > 0) {
        body->mode = MODE_SLIDE;
        body->out_base = memory->area + body->decoder_bytes;
        body->out_limit = memory->area + memory->area_bytes - WEIR_CODEC_SLOP;
    } else {
        body->mode = MODE_SLICE;
        WEIR_ASSERT(memory->slice_bytes > WEIR_BODY_KEEP + WEIR_CODEC_SLOP);
        body->decoder_bytes = memory->area_bytes;
        body->out_base = memory->slice + WEIR_BODY_KEEP;
        body->out_limit = memory->slice + memory->slice_bytes - WEIR_CODEC_SLOP;
    }
    body->at = body->out_base;
    body->end = body->out_base;
    return WEIR_OK;
}

static enum weir_status choose_mode(struct weir_body *body, uint64_t page_bytes) {
    const struct weir_codec *codec = body->codec;
    const struct weir_body_memory *memory = body->memory;
    WEIR_ASSERT(memory->area != NULL && (uintptr_t)memory->area % 64 == 0);
    uint64_t copied =
        body->raw_left_bytes > body->window->capacity_bytes ? body->raw_left_bytes : 0;
    if (codec->whole != NULL && area_holds(body, codec->whole_area_bytes(), page_bytes, copied)) {
        body->mode = MODE_WHOLE;
        return WEIR_OK;
    }
    return choose_stream(body, page_bytes);
}

enum weir_status weir_body_open(struct weir_body *body, struct weir_window *window,
                                uint32_t codec_id, uint64_t raw_bytes, uint64_t page_bytes,
                                struct weir_body_memory *memory, uint32_t *crc,
                                struct weir_error *error) {
    WEIR_ASSERT(body != NULL && window != NULL && memory != NULL && error != NULL);
    WEIR_ASSERT(window->capacity_bytes > WEIR_BODY_KEEP);
    memset(body, 0, sizeof *body);
    body->at = window->at;
    body->end = window->at;
    body->unproduced_bytes = page_bytes;
    body->window = window;
    body->memory = memory;
    body->error = error;
    body->crc = crc;
    body->raw_left_bytes = raw_bytes;
    if (window->failed) {
        return fail_window(body);
    }
    if (raw_bytes > weir_window_left(window)) {
        return fail_numbers(body, WEIR_E_CORRUPT, "a page reaches behind its column chunk",
                            weir_window_left(window), raw_bytes);
    }
    if (codec_id == WEIR_CODEC_UNCOMPRESSED) {
        body->mode = MODE_RAW;
        if (raw_bytes != page_bytes) {
            return fail_numbers(body, WEIR_E_CORRUPT, "an uncompressed page whose two sizes differ",
                                page_bytes, raw_bytes);
        }
        return WEIR_OK;
    }
    if (page_bytes == 0) {
        body->mode = MODE_EMPTY;
        return WEIR_OK;
    }
    body->codec = weir_codec_find(codec_id);
    if (body->codec == NULL) {
        return fail_unsupported(body, codec_id);
    }
    return choose_mode(body, page_bytes);
}

static enum weir_status more_raw(struct weir_body *body) {
    struct weir_window *window = body->window;
    size_t unread = (size_t)(body->end - body->at);
    WEIR_ASSERT(body->at >= window->at && body->end <= window->end);
    window->at = body->at;
    size_t held = weir_window_fill(window, unread + 1);
    if (held <= unread) {
        return fail_window(body);
    }
    size_t fresh = (size_t)weir_min_u64(held - unread, body->unproduced_bytes);
    body->at = window->at;
    body->end = window->at + unread + fresh;
    body->unproduced_bytes -= fresh;
    add_crc(body, window->at + unread, fresh);
    return WEIR_OK;
}

/* Takes the next `bytes` bytes of the file out of the window, into the CRC as well. */
static enum weir_status copy_raw(struct weir_body *body, uint8_t *to, uint64_t bytes) {
    struct weir_window *window = body->window;
    while (bytes > 0) {
        size_t held = weir_window_fill(window, 1);
        if (held == 0) {
            return fail_window(body);
        }
        size_t n = (size_t)weir_min_u64(held, bytes);
        add_crc(body, window->at, n);
        memcpy(to, window->at, n);
        to += n;
        window->at += n;
        bytes -= n;
    }
    return WEIR_OK;
}

/* The compressed page as contiguous bytes: in the window, or copied to the end of the area. */
static enum weir_status gather_raw(struct weir_body *body, uint8_t *copy, const uint8_t **raw_ret) {
    struct weir_window *window = body->window;
    size_t raw_bytes = (size_t)body->raw_left_bytes;
    if (raw_bytes <= window->capacity_bytes) {
        if (weir_window_fill(window, raw_bytes) < raw_bytes) {
            return fail_window(body);
        }
        add_crc(body, window->at, raw_bytes);
        *raw_ret = window->at;
        return WEIR_OK;
    }
    *raw_ret = copy;
    WEIR_TRY(copy_raw(body, copy, raw_bytes));
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
        return fail_codec(body, status);
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
            return fail_window(body);
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
    add_crc(body, in, taken);
    window->at += taken;
    body->raw_left_bytes -= taken;
    if (status < 0) {
        return fail_codec(body, status);
    }
    body->ended = status == WEIR_END;
    bool complete = body->ended && body->raw_left_bytes == 0 && body->unproduced_bytes == 0;
    if (taken == 0 && io->out == out && io->out != io->out_end && !complete) {
        return fail(body, WEIR_E_CORRUPT, why_stuck(body));
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
            return fail_codec(body, status);
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

enum weir_status weir_body_more(struct weir_body *body) {
    WEIR_ASSERT(body->at <= body->end);
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (body->unproduced_bytes == 0) {
        return WEIR_END;
    }
    WEIR_ASSERT(body->end - body->at <= WEIR_BODY_KEEP);
    switch (body->mode) {
    case MODE_RAW: return more_raw(body);
    case MODE_WHOLE: return more_whole(body);
    case MODE_SLIDE: return more_slide(body);
    default: WEIR_ASSERT(body->mode == MODE_SLICE); return more_slice(body);
    }
}

enum weir_status weir_body_need(struct weir_body *body, size_t want) {
    WEIR_ASSERT(want <= WEIR_BODY_KEEP);
    while ((size_t)(body->end - body->at) < want) {
        WEIR_TRY(weir_body_more(body));
    }
    return WEIR_OK;
}

/* In the window if all of it fits there, else in the area, which nobody else needs now. */
static enum weir_status hold_raw(struct weir_body *body) {
    struct weir_window *window = body->window;
    struct weir_body_memory *memory = body->memory;
    size_t unread = (size_t)(body->end - body->at);
    uint64_t bytes = weir_body_left(body);
    if (bytes <= window->capacity_bytes) {
        window->at = body->at;
        if (weir_window_fill(window, (size_t)bytes) < bytes) {
            return fail_window(body);
        }
        add_crc(body, window->at + unread, (size_t)bytes - unread);
        body->at = window->at;
        body->end = window->at + bytes;
        body->unproduced_bytes = 0;
        return WEIR_OK;
    }
    if (memory->area == NULL || memory->area_bytes < bytes) {
        return WEIR_MORE;
    }
    memory->prepared = NULL;
    memcpy(memory->area, body->at, unread);
    window->at = body->end;
    WEIR_TRY(copy_raw(body, memory->area + unread, body->unproduced_bytes));
    /* The window is behind the part: a close has nothing left to do. */
    body->mode = MODE_WHOLE;
    body->started = true;
    body->ended = true;
    body->raw_left_bytes = 0;
    body->out_base = memory->area;
    body->at = memory->area;
    body->end = memory->area + bytes;
    body->unproduced_bytes = 0;
    return WEIR_OK;
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

enum weir_status weir_body_hold(struct weir_body *body) {
    WEIR_ASSERT(body->at <= body->end);
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (body->unproduced_bytes == 0) {
        return WEIR_OK;
    }
    switch (body->mode) {
    case MODE_RAW: return hold_raw(body);
    case MODE_WHOLE: return more_whole(body);
    case MODE_SLIDE: return hold_slide(body);
    default: WEIR_ASSERT(body->mode == MODE_SLICE); return hold_slice(body);
    }
}

enum weir_status weir_body_skip(struct weir_body *body, uint64_t n) {
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (n > weir_body_left(body)) {
        return fail_numbers(body, WEIR_E_CORRUPT, "a page ends inside a value", n,
                            weir_body_left(body));
    }
    while (n > (uint64_t)(body->end - body->at)) {
        n -= (uint64_t)(body->end - body->at);
        body->at = body->end;
        if (body->mode == MODE_RAW && body->crc == NULL) {
            body->window->at = body->end;
            WEIR_TRY(discard_raw(body, n));
            body->at = body->window->at;
            body->end = body->window->at;
            body->unproduced_bytes -= n;
            return WEIR_OK;
        }
        WEIR_TRY(weir_body_more(body));
    }
    body->at += n;
    return WEIR_OK;
}

/* The page has all its bytes: what is left of its compressed form must be its regular end. Room for
 * one byte, of the slop, shows whether the codec has more to give. */
static enum weir_status drain(struct weir_body *body) {
    uint8_t *out = body->out_base + (body->end - body->out_base);
    struct weir_codec_io io = {.out_base = body->out_base, .out = out, .out_end = out + 1};
    while (!body->ended || body->raw_left_bytes > 0) {
        WEIR_TRY(step(body, &io));
        if (io.out > out) {
            return fail(body, WEIR_E_CORRUPT, "compressed data give more bytes than the page has");
        }
    }
    return WEIR_OK;
}

enum weir_status weir_body_close(struct weir_body *body) {
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (body->mode == MODE_RAW) {
        body->window->at = body->end;
        WEIR_TRY(discard_raw(body, body->unproduced_bytes));
    } else if (!body->started) {
        WEIR_TRY(discard_raw(body, body->raw_left_bytes));
        body->raw_left_bytes = 0;
    } else {
        while (body->unproduced_bytes > 0) {
            body->at = body->end;
            WEIR_TRY(weir_body_more(body));
        }
        WEIR_TRY(drain(body));
    }
    body->at = body->end;
    body->unproduced_bytes = 0;
    return WEIR_OK;
}
