/* What the tests of value decoders share: bytes in memory as the body of an uncompressed page. */
#ifndef WEIR_TESTS_BODY_HELP_H
#define WEIR_TESTS_BODY_HELP_H

#include "make_parquet.h"

#include "parquet/body.h"

#define BODY_WINDOW_BYTES (WEIR_BODY_KEEP + 64u)

struct body_bench {
    struct mp_source input;
    struct weir_source source;
    struct weir_window window;
    struct weir_body body;
    struct weir_body_memory memory;
    struct weir_error error;
    void *buffer;
};

/* The bytes as a body between guard pages; `slice` is how many bytes a read gives at most, 0 as
 * many as it can. */
static inline void body_open(struct body_bench *b, const uint8_t *data, size_t bytes,
                             size_t slice) {
    memset(b, 0, sizeof *b);
    b->input = (struct mp_source){.data = data, .bytes = bytes, .slice = slice};
    b->source = mp_source_of(&b->input);
    b->buffer = mp_guarded(BODY_WINDOW_BYTES);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, b->buffer, (BODY_WINDOW_BYTES + 63) & ~63u, &b->error);
    weir_window_seek(&b->window, &b->source, 0, bytes);
    assert_int_equal(
        weir_body_open(&b->body, &b->window, 0, bytes, bytes, &b->memory, NULL, &b->error),
        WEIR_OK);
}

static inline void body_close(struct body_bench *b) {
    mp_unguard(b->buffer, BODY_WINDOW_BYTES);
}

#endif
