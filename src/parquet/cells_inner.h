/* What the files of cells share. */
#ifndef WEIR_PARQUET_CELLS_INNER_H
#define WEIR_PARQUET_CELLS_INNER_H

#include "parquet/cells.h"

/* Opens a part of the page at the window; its checksum is kept. */
enum weir_status weir_cells_body(struct weir_cells *cells, uint32_t codec, uint64_t raw_bytes,
                                 uint64_t page_bytes);

/* A body that should have had more bytes (WEIR_END), or its error. */
enum weir_status weir_cells_short(struct weir_cells *cells, enum weir_status status);

/*
 * Opens the page's body and its levels: afterwards the body stands before the values, page_values
 * says how many there are, and *place_ret says where they lie.
 */
enum weir_status weir_cells_open_levels(struct weir_cells *cells, struct weir_place *place_ret);

/* Makes levels available: sequence.left > 0. CORRUPT when one is above the column's maximum. */
enum weir_status weir_cells_refill(struct weir_cells *cells, struct weir_cells_levels *levels);

/* The next level. */
static inline enum weir_status weir_cells_level(struct weir_cells *cells,
                                                struct weir_cells_levels *levels,
                                                uint32_t *level_ret) {
    if (levels->sequence.left == 0) {
        WEIR_TRY(weir_cells_refill(cells, levels));
    }
    *level_ret = weir_sequence_take(&levels->sequence);
    return WEIR_OK;
}

/* Starts the page's values, before which its body stands. */
enum weir_status weir_cells_open_values(struct weir_cells *cells, const struct weir_place *place);

/* Hands out the page's next value. */
enum weir_status weir_cells_value(struct weir_cells *cells, struct weir_cell *cell);

#endif
