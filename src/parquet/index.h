/*
 * The page index of one column chunk, page by page: OffsetIndex and ColumnIndex.
 *
 * Both are structs of lists, one element a page. Each list has a cursor with a short window of its
 * own, and the cursors go on together: memory is O(1) in pages.
 * Errors: CORRUPT (also when an index does not lie inside the file), IO, CHANGED.
 */
#ifndef WEIR_PARQUET_INDEX_H
#define WEIR_PARQUET_INDEX_H

#include "base/space.h"
#include "parquet/statistics.h"

/* Numbers of BoundaryOrder in parquet.thrift. */
enum weir_boundary {
    WEIR_BOUNDARY_UNORDERED = 0,
    WEIR_BOUNDARY_ASCENDING = 1,
    WEIR_BOUNDARY_DESCENDING = 2
};

enum weir_index_list {
    WEIR_INDEX_LOCATIONS, /* of OffsetIndex */
    WEIR_INDEX_UNENCODED,
    WEIR_INDEX_NULL_PAGES, /* of ColumnIndex */
    WEIR_INDEX_MINIMA,
    WEIR_INDEX_MAXIMA,
    WEIR_INDEX_NULL_COUNTS,
    WEIR_INDEX_REPETITION,
    WEIR_INDEX_DEFINITION,
    WEIR_INDEX_NAN_COUNTS,
    WEIR_INDEX_LISTS
};

/* One list and where it stands. */
struct weir_index_cursor {
    struct weir_window window;
    struct weir_thrift thrift;
    bool present;
    uint32_t type;
    uint32_t count; /* elements of the list */
    uint32_t left;
};

struct weir_page_index {
    struct weir_error *error;
    bool has_offsets; /* there is an OffsetIndex */
    bool has_bounds;  /* there is a ColumnIndex */
    struct weir_stated boundary;
    uint32_t levels[2]; /* elements a page of the two level histograms */
    struct weir_index_cursor cursors[WEIR_INDEX_LISTS];
};

/* What the index says of one page; members of lists that are absent or at their end are not
 * present. */
struct weir_index_entry {
    struct weir_stated offset; /* of the page's header */
    struct weir_stated bytes;  /* of header and body */
    struct weir_stated first_row;
    struct weir_stated unencoded_bytes;
    struct weir_stated null_page; /* 0 or 1 */
    struct weir_stated null_count;
    struct weir_stated nan_count;
    struct weir_bound min;
    struct weir_bound max;
    struct weir_histogram repetition;
    struct weir_histogram definition;
};

/* Takes the memory of an index; NULL while measuring. */
struct weir_page_index *weir_page_index_take(struct weir_space *space);

/* Finds the lists of a chunk's index. Pages are counted from the first data page. `limit_offset`
 * is the footer's. */
enum weir_status weir_page_index_open(struct weir_page_index *index,
                                      const struct weir_source *source,
                                      const struct weir_chunk_claims *claims, uint64_t limit_offset,
                                      uint32_t definition_max, uint32_t repetition_max,
                                      struct weir_error *error);

/* What is said of the next page. */
enum weir_status weir_page_index_next(struct weir_page_index *index,
                                      struct weir_index_entry *entry_ret);

#endif
