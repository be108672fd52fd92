/* Page headers. */
#ifndef WEIR_PARQUET_PAGE_H
#define WEIR_PARQUET_PAGE_H

#include "io/window.h"

/* Numbers of PageType in parquet.thrift. */
enum weir_page_type {
    WEIR_PAGE_DATA = 0,
    WEIR_PAGE_INDEX = 1,
    WEIR_PAGE_DICTIONARY = 2,
    WEIR_PAGE_DATA_V2 = 3
};

/* Numbers of Encoding in parquet.thrift. */
enum weir_encoding {
    WEIR_ENCODING_PLAIN = 0,
    WEIR_ENCODING_PLAIN_DICTIONARY = 2,
    WEIR_ENCODING_RLE = 3,
    WEIR_ENCODING_BIT_PACKED = 4,
    WEIR_ENCODING_DELTA_BINARY_PACKED = 5,
    WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
    WEIR_ENCODING_DELTA_BYTE_ARRAY = 7,
    WEIR_ENCODING_RLE_DICTIONARY = 8,
    WEIR_ENCODING_BYTE_STREAM_SPLIT = 9,
    WEIR_ENCODING_ALP = 10
};

/* A page header whose numbers have been checked for range and for each other. */
struct weir_page {
    uint32_t type;
    uint32_t encoding;
    uint32_t definition_encoding;
    uint32_t repetition_encoding;
    uint32_t values;           /* entries, nulls included; dictionary: entries */
    uint32_t rows;             /* V2 only */
    uint32_t nulls;            /* V2 only */
    uint32_t raw_bytes;        /* of the page as stored, levels of V2 included */
    uint32_t page_bytes;       /* decompressed, levels of V2 included */
    uint32_t definition_bytes; /* V2 only: stored uncompressed in front of the values */
    uint32_t repetition_bytes; /* V2 only: in front of the definition levels */
    bool is_compressed;
    bool has_crc;
    uint32_t crc;
};

/*
 * Reads the page header at the window's position and leaves the window at the page's body.
 * Errors: CORRUPT (also when the body does not fit before the window's limit), IO, CHANGED.
 */
enum weir_status weir_page_read(struct weir_window *window, struct weir_page *page_ret,
                                struct weir_error *error);

/*
 * Whether the levels of a V1 page are in an encoding for levels, where there are any: columns with
 * a maximum of 0 have none, whatever the header says of them. Errors: CORRUPT.
 */
enum weir_status weir_page_check_levels(const struct weir_page *page, uint32_t repetition_max,
                                        uint32_t definition_max, struct weir_error *error);

#endif
