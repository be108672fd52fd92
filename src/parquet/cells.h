/*
 * One flat column chunk value by value, nulls in their places: what rows are made of.
 *
 * Levels and values are aligned by two cursors over the same page: one reads the definition
 * levels, the other the values, so a page of any size takes the same memory. The dictionary is
 * held, because its entries are asked for in any order.
 */
#ifndef WEIR_PARQUET_CELLS_H
#define WEIR_PARQUET_CELLS_H

#include "parquet/body.h"
#include "parquet/footer.h"
#include "parquet/page.h"
#include "parquet/runs.h"
#include "parquet/unpack.h"
#include "weir/rows.h"

#define WEIR_CELLS_INPUT_BYTES (64u << 10)
#define WEIR_CELLS_LEVEL_INPUT_BYTES (16u << 10)

/* Longest byte array that is handed out from a PLAIN page; dictionary entries may be longer. */
#define WEIR_CELLS_VALUE_BYTES (1u << 20)

/* What the chunks of the input need, found before the plan is made. */
struct weir_cells_needs {
    uint32_t codecs;
    uint64_t codec_window_bytes;
    uint64_t dictionary_bytes;   /* largest dictionary page, decompressed */
    uint64_t dictionary_entries; /* of the one with the most */
    bool has_levels;             /* some column is optional */
    bool has_bytes;              /* some column holds byte arrays */
};

/* A run of levels or indices, and how much of it has been used. */
struct weir_cells_run {
    struct weir_runs runs;
    struct weir_run run;
    uint64_t used;
};

struct weir_cells {
    struct weir_error *error;
    const struct weir_source *source;
    struct weir_window window;
    struct weir_window level_window;
    struct weir_body_memory memory;
    struct weir_body_memory level_memory;
    uint8_t *dictionary;
    uint64_t dictionary_room;
    uint32_t *offsets; /* of byte array entries in the dictionary: entries + 1 */
    uint64_t entries_room;
    uint32_t *indices; /* one unpacked run of indices */
    uint8_t *value;    /* a byte array put together from two slices */
    const struct weir_unpack_kernels *kernels;

    struct weir_chunk chunk;
    enum weir_kind kind;
    uint32_t width;
    uint32_t definition_max;
    uint64_t values_left; /* of the chunk, not yet covered by a page */
    bool saw_data;
    uint32_t entries; /* of the dictionary; has_dictionary says whether there is one */
    bool has_dictionary;

    struct weir_page page;
    uint64_t page_offset;
    uint32_t page_ordinal;
    uint64_t rows_left; /* of the page */
    uint64_t nulls;     /* of the page, so far */
    uint32_t crc;
    bool page_open;
    bool all_present; /* no levels to read: every row has a value */
    struct weir_body body;
    struct weir_body level_body;
    struct weir_cells_run levels;
    struct weir_cells_run values; /* indices or RLE booleans */
    struct weir_unpack_plan plan;
    uint32_t bit; /* PLAIN booleans: next bit of the current byte */
};

/* Takes the memory of one column's cells. NULL while measuring. */
struct weir_cells *weir_cells_take(struct weir_space *space, const struct weir_cells_needs *needs);

void weir_cells_init(struct weir_cells *cells, enum weir_isa isa, struct weir_error *error);

enum weir_status weir_cells_open(struct weir_cells *cells, const struct weir_source *source,
                                 const struct weir_chunk *chunk, const struct weir_type *type,
                                 uint32_t definition_max);

/* The next cell; WEIR_END behind the chunk's last. */
enum weir_status weir_cells_next(struct weir_cells *cells, struct weir_cell *cell_ret);

#endif
