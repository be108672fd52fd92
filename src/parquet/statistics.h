/*
 * What the footer and page headers say of the data: Statistics, SizeStatistics, encodings by page,
 * where the page index lies. Nothing here is believed; it is kept to be compared.
 *
 * Memory: fixed; a bound keeps its first WEIR_PREFIX_BYTES bytes.
 */
#ifndef WEIR_PARQUET_STATISTICS_H
#define WEIR_PARQUET_STATISTICS_H

#include "parquet/thrift.h"
#include "weir/result.h"

/* Numbers of ColumnOrder's union in parquet.thrift: what min_value and max_value are ordered by. */
enum weir_order {
    WEIR_ORDER_NONE = 0, /* not given: the bounds mean nothing */
    WEIR_ORDER_TYPE = 1,
    WEIR_ORDER_IEEE754 = 2,
    WEIR_ORDER_INT96 = 3,
    WEIR_ORDER_OTHER = 4 /* of a later specification */
};

enum weir_exactness { WEIR_EXACT_UNKNOWN, WEIR_EXACT_NO, WEIR_EXACT_YES };

/* A minimum or maximum as stored. */
struct weir_bound {
    bool present;
    enum weir_exactness exact;
    uint64_t length; /* of the whole value */
    uint8_t bytes[WEIR_PREFIX_BYTES];
};

/* A count as stored; negative ones are kept as they are. */
struct weir_stated {
    bool present;
    int64_t value;
};

struct weir_statistics {
    bool present;
    struct weir_stated null_count;
    struct weir_stated nan_count;
    struct weir_stated distinct_count;
    struct weir_bound min_value;
    struct weir_bound max_value;
    struct weir_bound min_old; /* the deprecated fields, in signed order whatever the type */
    struct weir_bound max_old;
};

/* Counts by level. A list longer than any legal one is kept as its length only. */
struct weir_histogram {
    bool present;
    uint32_t length;
    int64_t counts[WEIR_LEVELS_MAX + 1];
};

struct weir_size_statistics {
    struct weir_stated unencoded_bytes;
    struct weir_histogram repetition;
    struct weir_histogram definition;
};

#define WEIR_STATED_PAGE_TYPES 4u
#define WEIR_STATED_ENCODINGS 16u

/* What one ColumnChunk says, beside what is needed to read it. */
struct weir_chunk_claims {
    struct weir_statistics statistics;
    struct weir_size_statistics sizes;
    bool has_path;
    uint64_t path_hash; /* of the path's parts, joined with '.' (weir_hash_stream) */
    struct weir_stated data_page_offset;
    struct weir_stated dictionary_page_offset;
    struct weir_stated offset_index_offset;
    struct weir_stated offset_index_bytes;
    struct weir_stated column_index_offset;
    struct weir_stated column_index_bytes;
    bool has_encoding_stats;
    bool encoding_stats_beyond; /* a page type or an encoding that the table has no place for */
    int64_t encoding_pages[WEIR_STATED_PAGE_TYPES][WEIR_STATED_ENCODINGS];
};

/* What a RowGroup says of itself, complete at its end. */
struct weir_group_claims {
    struct weir_stated compressed_bytes;
    struct weir_stated file_offset;
    struct weir_stated ordinal;
};

/* Lent to a footer that is to fill it in: the item's chunk or row group. */
struct weir_claims {
    struct weir_chunk_claims chunk;
    struct weir_group_claims group;
};

void weir_statistics_read(struct weir_thrift *thrift, uint32_t type,
                          struct weir_statistics *statistics_ret);

/* null_count alone: as fast as skipping the struct. *place_ret, unless NULL: where in the window
 * the number lies, if there is one. */
struct weir_stated weir_statistics_null_count(struct weir_thrift *thrift, uint32_t type,
                                              const uint8_t **place_ret);

/* Fields of ColumnChunk, ColumnMetaData and RowGroup that the footer itself has no use for; each
 * reads or skips the field. */
void weir_claims_chunk_field(struct weir_chunk_claims *claims, struct weir_thrift *thrift,
                             const struct weir_thrift_field *field);
void weir_claims_metadata_field(struct weir_chunk_claims *claims, struct weir_thrift *thrift,
                                const struct weir_thrift_field *field);
void weir_claims_group_field(struct weir_group_claims *claims, struct weir_thrift *thrift,
                             const struct weir_thrift_field *field);

/* Reads a page header for its statistics alone; the window stands at the header, which has been
 * read before, and is left behind it. */
enum weir_status weir_page_statistics_read(struct weir_window *window,
                                           struct weir_statistics *statistics_ret,
                                           struct weir_error *error);

/* One binary of a list of bounds. */
void weir_bound_read(struct weir_thrift *thrift, uint32_t type, struct weir_bound *bound_ret);

/*
 * The bound as a value of the column's kind. present is false when its length does not suit the
 * type. BYTES longer than WEIR_PREFIX_BYTES are cut.
 */
struct weir_value weir_bound_value(const struct weir_bound *bound, const struct weir_type *type,
                                   enum weir_kind kind);

/* Bounds of such a column can be judged: its order is defined, and known here. */
bool weir_order_known(enum weir_order order, const struct weir_type *type);

/* The deprecated fields can be judged: signed order is right for the type. */
bool weir_order_is_signed(const struct weir_type *type);

/* The writer may have shortened a bound without saying so. */
bool weir_bounds_may_be_cut(const struct weir_type *type);

#endif
