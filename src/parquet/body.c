#include "parquet/body_inner.h"

#include "base/crc32.h"

#include "base/banned.h"

enum weir_status weir_body_fail_numbers(struct weir_body *body, enum weir_status status,
                                        const char *message, uint64_t wanted, uint64_t got) {
    if (body->error->status == WEIR_OK) {
        body->error->offset_bytes = weir_window_offset(body->window);
    }
    body->failed = weir_fail_numbers(body->error, status, message, wanted, got);
    return body->failed;
}

enum weir_status weir_body_fail(struct weir_body *body, enum weir_status status,
                                const char *message) {
    return weir_body_fail_numbers(body, status, message, WEIR_NONE, WEIR_NONE);
}

/* The window has given nothing although bytes are due: its error becomes the body's. */
enum weir_status weir_body_fail_window(struct weir_body *body) {
    const struct weir_error *error = body->window->error;
    WEIR_ASSERT(body->window->failed && error->status < 0);
    body->failed =
        weir_fail_numbers(body->error, error->status, error->message, error->wanted, error->got);
    return body->failed;
}

/* A codec has recorded its error; the place in the file is known here. */
enum weir_status weir_body_fail_codec(struct weir_body *body, enum weir_status status) {
    WEIR_ASSERT(status < 0);
    if (body->error->offset_bytes == WEIR_NONE) {
        body->error->offset_bytes = weir_window_offset(body->window);
    }
    body->failed = status;
    return status;
}

void weir_body_add_crc(struct weir_body *body, const uint8_t *data, size_t bytes) {
    if (body->crc != NULL) {
        *body->crc = weir_crc32(*body->crc, data, bytes);
    }
}

/* Moves the window over raw bytes that nobody decodes; reads them only if the CRC wants them. */
static enum weir_status discard_raw(struct weir_body *body, uint64_t bytes) {
    WEIR_ASSERT(body->window->failed || bytes <= weir_window_left(body->window));
    if (body->crc == NULL) {
        weir_window_skip(body->window, bytes);
        return body->window->failed ? weir_body_fail_window(body) : WEIR_OK;
    }
    while (bytes > 0) {
        size_t held = weir_window_fill(body->window, 1);
        if (held == 0) {
            return weir_body_fail_window(body);
        }
        size_t n = (size_t)weir_min_u64(held, bytes);
        weir_body_add_crc(body, body->window->at, n);
        body->window->at += n;
        bytes -= n;
    }
    return WEIR_OK;
}

static enum weir_status fail_unsupported(struct weir_body *body, uint32_t codec_id) {
    return weir_body_fail_numbers(body, WEIR_E_UNSUPPORTED, weir_codec_unsupported(codec_id),
                                  WEIR_NONE, codec_id);
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
        return weir_body_fail_window(body);
    }
    if (raw_bytes > weir_window_left(window)) {
        return weir_body_fail_numbers(body, WEIR_E_CORRUPT,
                                      "a page reaches behind its column chunk",
                                      weir_window_left(window), raw_bytes);
    }
    if (codec_id == WEIR_CODEC_UNCOMPRESSED) {
        body->mode = WEIR_BODY_RAW;
        if (raw_bytes != page_bytes) {
            return weir_body_fail_numbers(body, WEIR_E_CORRUPT,
                                          "an uncompressed page whose two sizes differ", page_bytes,
                                          raw_bytes);
        }
        return WEIR_OK;
    }
    if (page_bytes == 0) {
        body->mode = WEIR_BODY_EMPTY;
        return WEIR_OK;
    }
    body->codec = weir_codec_find(codec_id);
    if (body->codec == NULL) {
        return fail_unsupported(body, codec_id);
    }
    return weir_body_choose_mode(body, page_bytes);
}

/* Takes the next `bytes` bytes of the file out of the window, into the CRC as well. */
enum weir_status weir_body_copy_raw(struct weir_body *body, uint8_t *to, uint64_t bytes) {
    struct weir_window *window = body->window;
    while (bytes > 0) {
        size_t held = weir_window_fill(window, 1);
        if (held == 0) {
            return weir_body_fail_window(body);
        }
        size_t n = (size_t)weir_min_u64(held, bytes);
        weir_body_add_crc(body, window->at, n);
        memcpy(to, window->at, n);
        to += n;
        window->at += n;
        bytes -= n;
    }
    return WEIR_OK;
}

static enum weir_status more_raw(struct weir_body *body) {
    struct weir_window *window = body->window;
    size_t unread = (size_t)(body->end - body->at);
    WEIR_ASSERT(body->at >= window->at && body->end <= window->end);
    window->at = body->at;
    size_t held = weir_window_fill(window, unread + 1);
    if (held <= unread) {
        return weir_body_fail_window(body);
    }
    size_t fresh = (size_t)weir_min_u64(held - unread, body->unproduced_bytes);
    body->at = window->at;
    body->end = window->at + unread + fresh;
    body->unproduced_bytes -= fresh;
    weir_body_add_crc(body, window->at + unread, fresh);
    return WEIR_OK;
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
    return body->mode == WEIR_BODY_RAW ? more_raw(body) : weir_body_decode_more(body);
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
            return weir_body_fail_window(body);
        }
        weir_body_add_crc(body, window->at + unread, (size_t)bytes - unread);
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
    WEIR_TRY(weir_body_copy_raw(body, memory->area + unread, body->unproduced_bytes));
    /* The window is behind the part: a close has nothing left to do. */
    body->mode = WEIR_BODY_WHOLE;
    body->started = true;
    body->ended = true;
    body->raw_left_bytes = 0;
    body->out_base = memory->area;
    body->at = memory->area;
    body->end = memory->area + bytes;
    body->unproduced_bytes = 0;
    return WEIR_OK;
}

enum weir_status weir_body_hold(struct weir_body *body) {
    WEIR_ASSERT(body->at <= body->end);
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (body->unproduced_bytes == 0) {
        return WEIR_OK;
    }
    return body->mode == WEIR_BODY_RAW ? hold_raw(body) : weir_body_decode_all(body);
}

enum weir_status weir_body_skip(struct weir_body *body, uint64_t n) {
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (n > weir_body_left(body)) {
        return weir_body_fail_numbers(body, WEIR_E_CORRUPT, "a page ends inside a value", n,
                                      weir_body_left(body));
    }
    while (n > (uint64_t)(body->end - body->at)) {
        n -= (uint64_t)(body->end - body->at);
        body->at = body->end;
        if (body->mode == WEIR_BODY_RAW && body->crc == NULL) {
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

enum weir_status weir_body_close(struct weir_body *body) {
    if (body->failed != WEIR_OK) {
        return body->failed;
    }
    if (body->mode == WEIR_BODY_RAW) {
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
        WEIR_TRY(weir_body_drain(body));
    }
    body->at = body->end;
    body->unproduced_bytes = 0;
    return WEIR_OK;
}
