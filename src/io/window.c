#include "io/window.h"

#include "base/banned.h"

/* A source that gives "no bytes" without being at its end gets this many more tries. */
#define READ_ATTEMPTS_MAX 16

/* Linux errno values, negated, without errno.h: the library includes no libc headers for them. */
#define TRY_AGAIN_EINTR (-4)
#define TRY_AGAIN_EAGAIN (-11)

void weir_window_init(struct weir_window *window, void *buffer, size_t capacity_bytes,
                      struct weir_error *error) {
    WEIR_ASSERT(window != NULL && buffer != NULL && error != NULL);
    WEIR_ASSERT(capacity_bytes >= 64);
    memset(window, 0, sizeof *window);
    window->buffer = buffer;
    window->capacity_bytes = capacity_bytes;
    window->error = error;
    window->at = window->buffer;
    window->end = window->buffer;
}

void weir_window_forget(struct weir_window *window) {
    window->source = NULL;
    window->at = window->buffer;
    window->end = window->buffer;
    window->failed = false;
}

void weir_window_seek(struct weir_window *window, const struct weir_source *source, uint64_t offset,
                      uint64_t limit_offset) {
    WEIR_ASSERT(source != NULL && source->read_at != NULL);
    WEIR_ASSERT(offset <= limit_offset);
    /* buffer..end is one stretch of the file, also in front of `at`. */
    uint64_t held = (uint64_t)(window->end - window->buffer);
    bool inside = source == window->source && !window->failed && held > 0 &&
                  offset >= window->end_offset - held && offset < window->end_offset;
    if (inside) {
        window->at = window->buffer + (offset - (window->end_offset - held));
    } else {
        window->at = window->buffer;
        window->end = window->buffer;
        window->end_offset = offset;
    }
    window->source = source;
    window->failed = false;
    window->limit_offset = limit_offset;
    if (window->end_offset > limit_offset) {
        window->end -= window->end_offset - limit_offset;
        window->end_offset = limit_offset;
    }
    WEIR_ASSERT(weir_window_offset(window) == offset);
}

uint64_t weir_window_offset(const struct weir_window *window) {
    return window->end_offset - (uint64_t)(window->end - window->at);
}

uint64_t weir_window_left(const struct weir_window *window) {
    return window->failed ? 0 : window->limit_offset - weir_window_offset(window);
}

static void fail(struct weir_window *window, enum weir_status status, const char *message,
                 uint64_t got) {
    window->failed = true;
    window->at = window->end;
    if (window->error->status == WEIR_OK) {
        window->error->offset_bytes = window->end_offset;
    }
    (void)weir_fail_numbers(window->error, status, message, WEIR_NONE, got);
}

/* One read, retried while the source says EAGAIN or EINTR. Returns false after a failure. */
static bool read_some(struct weir_window *window) {
    size_t room = window->capacity_bytes - (size_t)(window->end - window->buffer);
    uint64_t ask = weir_min_u64(room, window->limit_offset - window->end_offset);
    WEIR_ASSERT(ask > 0);
    uint8_t *to = window->buffer + (window->end - window->buffer);
    int64_t got = 0;
    for (int attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
        got = window->source->read_at(window->source->context, window->end_offset, to, (size_t)ask);
        if (got != TRY_AGAIN_EINTR && got != TRY_AGAIN_EAGAIN) {
            break;
        }
    }
    if (got < 0) {
        fail(window, WEIR_E_IO, "the source could not be read", 0 - (uint64_t)got);
        return false;
    }
    if (got == 0) {
        fail(window, WEIR_E_CHANGED, "the file ends before the size it had when it was opened",
             WEIR_NONE);
        return false;
    }
    if ((uint64_t)got > ask) {
        fail(window, WEIR_E_IO, "read_at returned more bytes than it was asked for", (uint64_t)got);
        return false;
    }
    window->end += got;
    window->end_offset += (uint64_t)got;
    return true;
}

size_t weir_window_fill(struct weir_window *window, size_t want) {
    WEIR_ASSERT(want <= window->capacity_bytes);
    if (window->failed) {
        return 0;
    }
    want = (size_t)weir_min_u64(want, weir_window_left(window));
    size_t held = (size_t)(window->end - window->at);
    while (held < want) {
        /* Moving early keeps reads long: a short tail costs less to move than a short read. */
        size_t behind = (size_t)(window->buffer + window->capacity_bytes - window->end);
        if (held == 0 || behind < want - held || behind < window->capacity_bytes / 2) {
            memmove(window->buffer, window->at, held);
            window->at = window->buffer;
            window->end = window->buffer + held;
        }
        if (!read_some(window)) {
            return 0;
        }
        held = (size_t)(window->end - window->at);
    }
    return held;
}

void weir_window_skip(struct weir_window *window, uint64_t n) {
    if (window->failed) {
        return;
    }
    uint64_t held = (uint64_t)(window->end - window->at);
    if (n <= held) {
        window->at += n;
        return;
    }
    WEIR_ASSERT(n <= weir_window_left(window));
    window->end_offset += n - held;
    window->at = window->buffer;
    window->end = window->buffer;
}
