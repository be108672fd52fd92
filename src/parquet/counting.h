/*
 * Counts first: how often each dictionary entry occurs, before the dictionary is read.
 *
 * Works on the reader's counters, one slice of WEIR_COUNTERS entries a pass.
 */
#ifndef WEIR_PARQUET_COUNTING_H
#define WEIR_PARQUET_COUNTING_H

#include "parquet/reader.h"

/* Readies the counters for the pass that starts at slice_low. */
void weir_counting_clear(struct weir_reader *reader);

/* Counts all indices of the open dictionary-encoded data page. */
enum weir_status weir_counting_page(struct weir_reader *reader);

/* Sums the sub-tables into the first; entry slice_low + i then has counters[i]. */
void weir_counting_join(struct weir_reader *reader);

/* First entry of the next slice that is referred to, or the number of entries. */
uint64_t weir_counting_next_slice(const struct weir_reader *reader);

#endif
