/*
 * One column chunk entry by entry, nulls in their places: what rows are made of.
 *
 * Every entry has a repetition and a definition level, and a value where the definition level is
 * the column's largest. The two level sections of a page and its values are read side by side:
 * - the sections are copied out of the page as it is decoded, where they fit the room that was
 *   planned for them;
 * - longer ones are read by cursors of their own over the same page, so a page of any size takes
 *   the same memory.
 * The dictionary is held, because its entries are asked for in any order.
 */
#ifndef WEIR_PARQUET_CELLS_H
#define WEIR_PARQUET_CELLS_H

#include "parquet/body.h"
#include "parquet/decoder.h"
#include "parquet/dictionary_held.h"
#include "parquet/footer.h"
#include "parquet/page.h"
#include "parquet/sequence.h"
#include "weir/rows.h"

#define WEIR_CELLS_INPUT_BYTES (64u << 10)
#define WEIR_CELLS_LEVEL_INPUT_BYTES (16u << 10)

/* Room for level sections: at the least, and where longer ones have cursors. */
#define WEIR_CELLS_LEVEL_BYTES_MIN (16u << 10)
#define WEIR_CELLS_LEVEL_BYTES_SHARED (64u << 10)

/* Longest byte array that is handed out from two slices, at the least. */
#define WEIR_CELLS_VALUE_BYTES (1u << 20)

/* What the chunks of the input need, found before the plan is made. */
struct weir_cells_needs {
    struct weir_needs page;
    uint64_t dictionary_bytes;   /* largest dictionary page, decompressed */
    uint64_t dictionary_entries; /* of byte arrays: of the one with the most */
    uint64_t level_bytes;        /* of the level sections of a page: weir_cells_level_bytes */
    uint64_t value_bytes;        /* longest byte array; 0: none are met */
    bool has_definitions;        /* some column has definition levels */
    bool has_repetitions;
};

/* Levels of one kind in the page being read. */
struct weir_cells_levels {
    struct weir_window window; /* without a buffer: there is no cursor */
    struct weir_body_memory memory;
    struct weir_body body; /* the held copy, or the page again */
    struct weir_sequence sequence;
    uint32_t max;
};

/* Where the values of a page come from. */
enum weir_cells_values {
    WEIR_CELLS_NONE,    /* it has none */
    WEIR_CELLS_BITS,    /* PLAIN booleans */
    WEIR_CELLS_BOOLS,   /* RLE booleans */
    WEIR_CELLS_INDICES, /* of the dictionary */
    WEIR_CELLS_DECODER  /* everything else */
};

struct weir_cells {
    struct weir_error *error;
    const struct weir_source *source;
    struct weir_window window;
    struct weir_body_memory memory;
    struct weir_cells_levels repetition;
    struct weir_cells_levels definition;
    uint8_t *levels; /* sections that are held */
    uint64_t levels_room;
    uint64_t levels_used;
    struct weir_dictionary_held dictionary;
    struct weir_sequence numbers; /* indices or RLE booleans */
    struct weir_decoder decoder;
    uint8_t *value; /* a byte array put together from pieces */
    uint64_t value_room;

    struct weir_chunk chunk;
    struct weir_type type;
    uint64_t values_left; /* of the chunk, not yet covered by a page */
    bool saw_data;
    bool began; /* an entry of the chunk has been read */

    struct weir_page page;
    uint64_t page_offset;
    uint64_t body_offset;
    uint32_t page_ordinal;
    uint32_t crc;
    bool page_open;
    struct weir_body body;
    uint64_t entries_left; /* of the page */
    bool peeked;           /* the next entry's repetition level has been read */
    uint32_t peeked_level;

    uint64_t page_values; /* entries of the page that have a value */
    uint64_t taken;       /* of these, handed out */
    enum weir_cells_values values_from;
    uint32_t bit; /* PLAIN booleans: next bit of the current byte */
    struct weir_event event;
    uint64_t event_at; /* values of the event that have been handed out */
};

/* Bytes that the level sections of a page of up to `values` entries take, unless their writer made
 * runs of single values. */
uint64_t weir_cells_level_bytes(uint64_t values, uint32_t definition_max, uint32_t repetition_max);

/* Takes the memory of one column's cells. NULL while measuring. */
struct weir_cells *weir_cells_take(struct weir_space *space, const struct weir_cells_needs *needs);

void weir_cells_init(struct weir_cells *cells, enum weir_isa isa, struct weir_error *error);

/* Drops what the windows hold: call it when another source may come to lie at the same address. */
void weir_cells_forget(struct weir_cells *cells);

/* Starts a chunk of a leaf with these largest levels. */
enum weir_status weir_cells_open(struct weir_cells *cells, const struct weir_source *source,
                                 const struct weir_chunk *chunk, const struct weir_type *type,
                                 uint32_t definition_max, uint32_t repetition_max);

/* The next entry; WEIR_END behind the chunk's last. */
enum weir_status weir_cells_next(struct weir_cells *cells, struct weir_cell *cell_ret);

/* The next entry's repetition level, without taking it; WEIR_END behind the chunk's last. */
enum weir_status weir_cells_peek(struct weir_cells *cells, uint32_t *repetition_ret);

#endif
