/* What the files of the reader share. */
#ifndef WEIR_PARQUET_READER_INNER_H
#define WEIR_PARQUET_READER_INNER_H

#include "parquet/reader.h"

enum weir_reader_phase {
    PHASE_PAGES,
    PHASE_VALUES,
    PHASE_DICTIONARY_OPEN,
    PHASE_DICTIONARY,
    PHASE_PAGE_END,
    PHASE_COMPLETE,
    PHASE_END
};

/* Opens a body at the window's place. */
enum weir_status weir_reader_body(struct weir_reader *reader, uint32_t codec, uint64_t raw_bytes,
                                  uint64_t page_bytes);

/* Opens the data page and reads its levels: page_left = non-null values. *place_ret says where its
 * values lie. */
enum weir_status weir_reader_levels(struct weir_reader *reader, struct weir_place *place_ret);

/* Counts the ones of RLE booleans, behind a four-byte length. */
enum weir_status weir_reader_count_prefixed(struct weir_reader *reader, uint64_t values,
                                            uint64_t *ones_ret);

/* Ends the page: exact sizes and checksum. */
enum weir_status weir_reader_close_page(struct weir_reader *reader);

/* Notes where the dictionary page lies; it is read after the data pages. */
enum weir_status weir_reader_note_dictionary(struct weir_reader *reader);

/* PHASE_DICTIONARY_OPEN and PHASE_DICTIONARY: all entries with their counts, or a slice of them. */
enum weir_status weir_reader_open_dictionary(struct weir_reader *reader);
enum weir_status weir_reader_step_dictionary(struct weir_reader *reader, struct weir_event *event,
                                             bool *ready);

/* Only dictionaries that take several passes mark any slices. */
void weir_reader_clear_slices(struct weir_reader *reader);

#endif
