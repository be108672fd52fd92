/*
 * A limited, refilling view of a source: the only way in which the library reads a file.
 *
 * The unread bytes at..end are contiguous. A fill keeps them, moves them to the front when room
 * is short, and appends what one read_at gives. Nothing at or behind limit_offset is ever read.
 * The first error sticks: from then on nothing is available.
 */
#ifndef WEIR_IO_WINDOW_H
#define WEIR_IO_WINDOW_H

#include "base/check.h"
#include "weir/source.h"

struct weir_window {
    const struct weir_source *source;
    struct weir_error *error; /* borrowed; set on failure */
    uint8_t *buffer;
    size_t capacity_bytes;
    const uint8_t *at;
    const uint8_t *end;
    uint64_t end_offset;   /* file offset of `end` */
    uint64_t limit_offset; /* file offset of the first byte that may not be read */
    bool failed;
};

/* Lends `buffer` to the window. */
void weir_window_init(struct weir_window *window, void *buffer, size_t capacity_bytes,
                      struct weir_error *error);

/* Drops what is held: call it when another source may come to lie at the same address. */
void weir_window_forget(struct weir_window *window);

/* Points the window at [offset, limit) of a source. Bytes still held, read or not, are used again
 * when they belong to the same source and reach beyond the offset. */
void weir_window_seek(struct weir_window *window, const struct weir_source *source, uint64_t offset,
                      uint64_t limit_offset);

/* File offset of the next unread byte. */
uint64_t weir_window_offset(const struct weir_window *window);

/* Unread bytes up to the limit, held or not. */
uint64_t weir_window_left(const struct weir_window *window);

/*
 * Makes at least `want` contiguous bytes available, or all that are left before the limit, and
 * returns how many are held. want <= capacity_bytes. 0 means the limit is reached or the window
 * has failed.
 */
size_t weir_window_fill(struct weir_window *window, size_t want);

/* Drops n unread bytes, without reading those that are not held. n <= weir_window_left(). */
void weir_window_skip(struct weir_window *window, uint64_t n);

#endif
