/*
 * One column chunk as a stream of events: nulls, blocks of values, dictionary entries with
 * weights.
 *
 * Counts first: the indices of the chunk's data pages are counted, the dictionary page is streamed
 * once afterwards, and its entries come out with their counts as weights. Dictionary bytes are
 * never held. A dictionary with more entries than there are counters takes several passes over the
 * chunk's indices, one slice of the dictionary each.
 *
 * Levels of nested columns are added up beside the events (parquet/levels.h).
 *
 * Memory: what weir_reader_take takes; nothing depends on pages, row groups or dictionaries.
 */
#ifndef WEIR_PARQUET_READER_H
#define WEIR_PARQUET_READER_H

#include "parquet/decoder.h"
#include "parquet/footer.h"
#include "parquet/levels.h"
#include "parquet/page.h"
#include "parquet/runs.h"
#include "parquet/unpack.h"

#define WEIR_INPUT_SLICE_BYTES (256u << 10)
/* Writers end a dictionary of four-byte values at 1 MiB, but look only once in 1024 values. */
#define WEIR_COUNTERS (257u << 10)
/* An entry takes at least one byte of a page of less than 2^31 bytes. */
#define WEIR_DICTIONARY_SLICES ((1u << 31) / WEIR_COUNTERS + 1)

/* How the reading of a chunk went, for the report. */
struct weir_reader_counts {
    uint64_t pages;
    uint64_t pages_crc_ok;
    uint64_t pages_crc_absent;
    uint64_t pages_crc_bad;
    uint64_t passes_more; /* counting passes beyond the first */
};

/* A dictionary page met on the way. */
struct weir_dictionary {
    bool present;
    bool used;
    bool checked; /* its CRC has been counted */
    uint32_t ordinal;
    uint64_t page_offset;
    uint64_t body_offset;
    struct weir_page page;
    uint64_t decoded_bytes; /* in all passes over it */
};

/* What a chunk's column is. Flat columns need no `levels`: their nulls say it all. */
struct weir_leaf {
    struct weir_type type;
    uint32_t definition_max;
    uint32_t repetition_max;
    struct weir_levels *levels;   /* totals to add to; NULL only where definition_max <= 1 and
                                     repetition_max == 0 */
    const uint8_t *definition_of; /* [k]: definition level of the k-th repeated node */
};

struct weir_reader {
    struct weir_error *error;
    const struct weir_source *source;
    struct weir_window window;
    struct weir_body_memory memory;
    struct weir_decoder decoder;
    struct weir_level_reader level_reader;
    uint32_t *counters;
    uint32_t *indices; /* WEIR_RUN_PACKED_MAX unpacked indices or levels */
    const struct weir_unpack_kernels *kernels;
    bool pages_apart; /* set it after init: each data page's dictionary entries follow the page, and
                         then WEIR_EVENT_PAGE_END */
    bool forgives_crc; /* set it after init: checksums that differ are counted, no error */

    /* the chunk */
    struct weir_chunk chunk;
    struct weir_leaf leaf;
    enum weir_kind kind;
    struct weir_reader_counts counts;
    struct weir_dictionary dictionary;
    int phase;
    uint64_t values_left; /* of the chunk, not yet covered by a page */
    uint64_t rows_before; /* of the levels' totals */
    uint64_t rows;        /* of the chunk, once it is complete */
    bool saw_data;

    /* the segment: pages whose indices are counted together */
    uint64_t segment_offset;
    uint64_t segment_values_left;
    uint64_t segment_counted; /* indices counted since the counters were cleared */
    uint64_t segment_end;     /* offset behind its last page; known after its first pass */
    uint64_t segment_end_values_left;
    uint32_t segment_page; /* ordinals of its first page and of the one behind its last */
    uint32_t segment_end_page;
    bool counters_clear;
    uint32_t segment_passes;
    uint8_t slices[WEIR_DICTIONARY_SLICES / 8 + 1]; /* of the dictionary, that are referred to */
    uint64_t slice_low;                             /* first dictionary entry of the current pass */
    uint32_t slice_span;
    uint32_t tables;

    /* the page */
    struct weir_page page;
    uint32_t page_ordinal; /* of the next page; the dictionary page counts */
    uint32_t page_current; /* of the page that `page` describes */
    uint64_t page_offset;  /* of its header in the file */
    uint64_t body_offset;
    uint32_t crc;
    struct weir_body body;
    uint64_t page_left; /* non-null values or dictionary entries not yet handed out */
    bool page_pending;  /* a data page whose end has not been told */
    struct weir_page_end page_end;
    struct weir_levels recount; /* levels that a later pass meets again */
};

/* Takes the memory of one reader. */
struct weir_reader *weir_reader_take(struct weir_space *space, const struct weir_needs *needs);

/* Binds a taken reader to its memory; call once, before the first chunk. */
void weir_reader_init(struct weir_reader *reader, enum weir_isa isa, struct weir_error *error);

/* Starts a chunk. The chunk has been checked against the file's size. */
enum weir_status weir_reader_open(struct weir_reader *reader, const struct weir_source *source,
                                  const struct weir_chunk *chunk, const struct weir_leaf *leaf);

/* The next event: WEIR_OK, WEIR_END when the chunk is complete, or an error. */
enum weir_status weir_reader_next(struct weir_reader *reader, struct weir_event *event_ret);

#endif
