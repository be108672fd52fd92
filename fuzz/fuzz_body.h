/* Bytes as the body of an uncompressed page: where they lie, or in pieces through a window. */
#ifndef WEIR_FUZZ_BODY_H
#define WEIR_FUZZ_BODY_H

#include "fuzz.h"
#include "parquet/body.h"

#define FUZZ_BODY_WINDOW_BYTES (WEIR_BODY_KEEP + 64u)

struct fuzz_body {
    struct fuzz_input input;
    struct weir_source source;
    struct weir_window window;
    struct weir_body body;
    struct weir_body_memory memory;
    struct weir_error error;
    uint8_t buffer[FUZZ_BODY_WINDOW_BYTES];
};

static inline void fuzz_body_begin(struct fuzz_body *b, const uint8_t *data, size_t bytes) {
    memset(b, 0, offsetof(struct fuzz_body, buffer));
    weir_error_clear(&b->error);
    b->input = (struct fuzz_input){.data = data, .bytes = bytes, .slice = SIZE_MAX};
    b->source = (struct weir_source){&b->input, fuzz_read_at, bytes};
}

static inline void fuzz_body_end(struct fuzz_body *b, size_t bytes) {
    fuzz_require(weir_body_open(&b->body, &b->window, WEIR_CODEC_UNCOMPRESSED, bytes, bytes,
                                &b->memory, NULL, &b->error) == WEIR_OK);
}

/* The window holds all of the input and never fills: its bytes are read where the engine put them,
 * and a read behind their end is seen. */
static inline void fuzz_body_whole(struct fuzz_body *b, const uint8_t *data, size_t bytes) {
    fuzz_body_begin(b, data, bytes);
    weir_window_init(&b->window, b->buffer, sizeof b->buffer, &b->error);
    weir_window_seek(&b->window, &b->source, 0, bytes);
    b->window.at = data;
    b->window.end = data + bytes;
    b->window.end_offset = bytes;
    fuzz_body_end(b, bytes);
}

/* The bytes come in pieces of up to `slice` bytes. */
static inline void fuzz_body_pieces(struct fuzz_body *b, const uint8_t *data, size_t bytes,
                                    size_t slice, uint64_t state) {
    fuzz_body_begin(b, data, bytes);
    b->input.slice = slice;
    b->input.state = state;
    weir_window_init(&b->window, b->buffer, sizeof b->buffer, &b->error);
    weir_window_seek(&b->window, &b->source, 0, bytes);
    fuzz_body_end(b, bytes);
}

#endif
