/* What the files of the reader share. */
#ifndef WEIR_PARQUET_READER_INNER_H
#define WEIR_PARQUET_READER_INNER_H

#include "parquet/reader.h"

/* Opens a body at the window's place. */
enum weir_status weir_reader_body(struct weir_reader *reader, uint32_t codec, uint64_t raw_bytes,
                                  uint64_t page_bytes);

/* Opens the data page and reads its levels: page_left = non-null values. *place_ret says where its
 * values lie. */
enum weir_status weir_reader_levels(struct weir_reader *reader, struct weir_place *place_ret);

/* Counts the ones of RLE booleans, behind a four-byte length. */
enum weir_status weir_reader_count_prefixed(struct weir_reader *reader, uint64_t values,
                                            uint64_t *ones_ret);

#endif
