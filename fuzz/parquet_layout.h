/*
 * Where things are in a Parquet file, well enough to change one of them and have the rest fit
 * again: the footer as a tree, and the pages of the column chunks. Needs nothing but libc.
 */
#ifndef WEIR_FUZZ_PARQUET_LAYOUT_H
#define WEIR_FUZZ_PARQUET_LAYOUT_H

#include "thrift_tree.h"

#define PL_PAGES_MAX 256u

struct pl_page {
    size_t at; /* of the header */
    size_t header_bytes;
    size_t body_bytes;
    uint32_t chunk; /* node of its ColumnMetaData in the footer */
};

struct pl_layout {
    const uint8_t *data;
    size_t bytes;
    size_t footer_at;
    size_t footer_bytes;
    uint32_t pages_count;
    struct pl_page pages[PL_PAGES_MAX];
    struct tt_tree footer;
};

/* A page that is to be another one. */
struct pl_change {
    uint32_t page;
    const uint8_t *header;
    size_t header_bytes;
    const uint8_t *body;
    size_t body_bytes;
};

/* false: no footer that can be parsed. Pages that cannot be found are left out. */
bool pl_parse(struct pl_layout *layout, const uint8_t *data, size_t bytes);

/*
 * Writes the file anew with the footer as it is now and, unless NULL, a changed page. Then offsets
 * behind it and sizes of its column chunk are set right in the footer's tree first. Returns the
 * bytes written, or 0 where `room` is too small.
 */
size_t pl_write(struct pl_layout *layout, const struct pl_change *change, uint8_t *to, size_t room);

/* Sets what a page header says of the body's length and, where it has one, its CRC. */
void pl_fit_header(struct tt_tree *header, const uint8_t *body, size_t body_bytes);

uint32_t pl_crc32(const uint8_t *data, size_t bytes);

#endif
