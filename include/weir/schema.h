/* A file's schema and layout, streamed: nothing is kept. */
#ifndef WEIR_SCHEMA_H
#define WEIR_SCHEMA_H

#include <stddef.h>

#include "weir/source.h"
#include "weir/types.h"

enum weir_repetition { WEIR_REQUIRED = 0, WEIR_OPTIONAL = 1, WEIR_REPEATED = 2 };

/* One element of the schema tree, in file order (depth first). */
struct weir_schema_node {
    const char *name; /* valid during the call, not NUL-terminated */
    uint32_t name_bytes;
    uint32_t depth;    /* the root has 0 */
    uint32_t children; /* 0 for leaves */
    uint32_t column;   /* leaf ordinal, or WEIR_NONE32 */
    enum weir_repetition repetition;
    struct weir_type type; /* leaves; groups have logical only */
};

/* One column chunk as the footer describes it. */
struct weir_schema_chunk {
    uint32_t row_group;
    uint32_t column;
    uint32_t codec;     /* number in parquet.thrift */
    uint32_t encodings; /* set of encoding numbers */
    uint64_t values;
    uint64_t compressed_bytes;
    uint64_t uncompressed_bytes;
    uint64_t offset_bytes; /* first page */
    bool has_dictionary;
    bool encrypted;
};

/* One page as its header describes it. */
struct weir_schema_page {
    uint32_t type; /* PageType in parquet.thrift: 0 data, 1 index, 2 dictionary, 3 data v2 */
    uint32_t encoding;
    uint64_t values;
    uint64_t compressed_bytes;
    uint64_t uncompressed_bytes;
    bool has_crc;
};

struct weir_schema_visitor {
    void *context;
    /* Each may be NULL. Return false to stop. */
    bool (*node)(void *context, const struct weir_schema_node *node);
    bool (*row_group)(void *context, uint32_t row_group, uint64_t rows, uint64_t bytes);
    bool (*chunk)(void *context, const struct weir_schema_chunk *chunk);
    /* A page header of a chunk; asking for pages costs one read a page. */
    bool (*page)(void *context, const struct weir_schema_chunk *chunk,
                 const struct weir_schema_page *page);
    bool schema_only; /* the walk ends behind the schema: row groups are not even counted */
};

struct weir_schema_summary {
    uint64_t rows;
    uint64_t row_groups;
    uint64_t footer_bytes;
    uint32_t columns;
    int32_t version;
    char created_by[128]; /* NUL-terminated, cut */
};

/*
 * Walks one file: every schema node first, then row group by row group its chunks.
 * Memory: `window` of at least WEIR_INSPECT_BYTES bytes, used while the call runs.
 * Errors: NOT_PARQUET, CORRUPT, UNSUPPORTED, IO, CHANGED.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_schema_walk(
    const struct weir_dataset *dataset, uint32_t file, const struct weir_schema_visitor *visitor,
    void *window, size_t window_bytes, struct weir_schema_summary *summary_ret,
    struct weir_error *error_ret);

#endif
