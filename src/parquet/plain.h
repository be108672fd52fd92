/* PLAIN values of the page or dictionary that a reader has open. */
#ifndef WEIR_PARQUET_PLAIN_H
#define WEIR_PARQUET_PLAIN_H

#include "parquet/reader.h"

/*
 * Hands out up to `most` of the next values as one event (FIXED, VIEWS or PIECE) and advances
 * page_left and entry. event->weights, when not NULL, belongs to the first of them.
 * Precondition: page_left > 0, most > 0.
 */
enum weir_status weir_plain_next(struct weir_reader *reader, uint64_t most,
                                 struct weir_event *event);

/* Skips the next `count` values. */
enum weir_status weir_plain_skip(struct weir_reader *reader, uint64_t count);

#endif
