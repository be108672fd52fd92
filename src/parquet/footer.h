/*
 * The footer as a stream of items: schema nodes, then row group by row group its column chunks.
 *
 * Memory is O(1) in columns, row groups and footer size: one window and one path buffer. The
 * caller may do other work between two items; the footer's window stays where it is.
 */
#ifndef WEIR_PARQUET_FOOTER_H
#define WEIR_PARQUET_FOOTER_H

#include "parquet/schema.h"
#include "parquet/statistics.h"
#include "parquet/thrift_layout.h"
#include "weir/profile.h"

#define WEIR_FOOTER_WINDOW_BYTES (16u << 10)

enum weir_footer_item_kind {
    WEIR_FOOTER_NODE = 1,     /* .node */
    WEIR_FOOTER_SCHEMA_END,   /* the schema is complete; rows and version are known */
    WEIR_FOOTER_CHUNK,        /* .chunk */
    WEIR_FOOTER_ROW_GROUP_END /* .row_group and .row_group_rows */
};

/* A node of a path that is not required. */
struct weir_node_level {
    uint16_t path_bytes; /* of its own path, a prefix of the leaf's */
    bool is_repeated;
};

/* One schema element in its place. */
struct weir_node {
    const char *path; /* dotted, without the root; NUL-terminated, valid until the next item */
    uint32_t path_bytes;
    uint32_t name_bytes; /* of the last part */
    uint32_t depth;
    uint32_t children;
    uint32_t column; /* leaf ordinal, or WEIR_NONE32 */
    uint32_t definition_max;
    uint32_t repetition_max;
    enum weir_repetition repetition;
    struct weir_type type;
    /* [d]: the node that definition level d brought, d = 1..definition_max */
    struct weir_node_level levels[WEIR_LEVELS_MAX + 1];
};

/* One column chunk, checked against the file's size. */
struct weir_chunk {
    uint32_t row_group;
    uint32_t column;
    uint32_t physical;
    uint32_t codec;
    uint32_t encodings; /* set of encoding numbers below 32 */
    uint64_t values;    /* nulls included */
    uint64_t compressed_bytes;
    uint64_t uncompressed_bytes;
    uint64_t offset;               /* of the first page */
    uint64_t limit_offset;         /* pages end before it */
    struct weir_stated null_count; /* of its statistics; see wants_null_counts */
    bool has_dictionary_offset;
    bool encrypted;
    bool elsewhere; /* file_path names another file */
    bool has_metadata;
};

struct weir_footer_item {
    enum weir_footer_item_kind kind;
    struct weir_node node;
    struct weir_chunk chunk;
    uint32_t row_group;
    uint64_t row_group_rows;
    uint64_t row_group_bytes;
};

/* Values of a column chunk that are read in their places once its layout is known. */
enum weir_chunk_place {
    WEIR_PLACE_TYPE,
    WEIR_PLACE_CODEC,
    WEIR_PLACE_VALUES,
    WEIR_PLACE_UNCOMPRESSED,
    WEIR_PLACE_COMPRESSED,
    WEIR_PLACE_DATA,
    WEIR_PLACE_ENCODINGS,
    WEIR_PLACE_DICTIONARY, /* this and the next need not be there */
    WEIR_PLACE_NULL_COUNT,
    WEIR_CHUNK_PLACES
};

struct weir_chunk_places {
    uint32_t learned_as;           /* layout that they belong to; 0: none */
    uint8_t at[WEIR_CHUNK_PLACES]; /* bytes behind the chunk's first one; 0: not there */
};

_Static_assert(WEIR_THRIFT_LAYOUT_BYTES_MAX <= UINT8_MAX, "a place fits a byte");

struct weir_footer {
    struct weir_window window;
    struct weir_thrift thrift;
    struct weir_error *error;
    uint64_t file_bytes;
    uint64_t footer_offset;
    uint64_t footer_bytes;
    uint64_t rows;
    int32_t version;
    uint32_t leaves;
    char created_by[128];
    bool wants_null_counts;     /* set it after opening: chunks come with their null_count */
    struct weir_claims *claims; /* NULL, or lent by the caller after opening: filled in with what
                                   each chunk and row group says of its data */

    /* Set it after opening: chunks of columns for which it says false are passed over unread, which
     * takes less than half the time. NULL: every chunk is wanted. Columns come in ascending order.
     */
    bool (*wants)(void *context, uint32_t column);
    void *wants_context;

    /* private: where the walk stands */
    int state;
    bool has_schema;
    bool has_groups;
    uint32_t nodes_left;
    uint32_t groups_left;
    uint32_t chunks_left;
    uint32_t row_group;
    uint32_t column;
    bool group_has_columns;
    uint64_t group_rows;
    uint64_t group_bytes;
    uint32_t depth;
    uint32_t children_left[WEIR_SCHEMA_DEPTH];
    uint32_t path_end[WEIR_SCHEMA_DEPTH]; /* path bytes up to that level */
    uint8_t definition[WEIR_SCHEMA_DEPTH];
    uint8_t repetition[WEIR_SCHEMA_DEPTH];
    struct weir_node_level levels[WEIR_LEVELS_MAX + 1]; /* of the path that is open */
    char path[WEIR_NAME_BYTES_MAX + 1];
    struct weir_chunk_places places[WEIR_THRIFT_LAYOUTS]; /* of each layout */
    struct weir_thrift_layouts layouts;                   /* of column chunks */
};

/*
 * Finds the footer of a file and stands before its first item. `window` has
 * WEIR_FOOTER_WINDOW_BYTES bytes.
 * Errors: NOT_PARQUET, CORRUPT, UNSUPPORTED (encrypted footer), IO, CHANGED.
 */
enum weir_status weir_footer_open(struct weir_footer *footer, const struct weir_source *source,
                                  void *window, struct weir_error *error);

/* The next item: WEIR_OK, WEIR_END after the last one, or an error. */
enum weir_status weir_footer_next(struct weir_footer *footer, struct weir_footer_item *item_ret);

/*
 * Another way through a footer that has just been opened: passes by everything up to the column
 * orders, of which *count_ret follow, one for each leaf in schema order. rows and created_by are
 * known then. 0 when the footer names none.
 */
enum weir_status weir_footer_seek_orders(struct weir_footer *footer, uint32_t *count_ret);

/* The next column's order; WEIR_ORDER_NONE once the footer has failed. */
enum weir_order weir_footer_order(struct weir_footer *footer);

#endif
