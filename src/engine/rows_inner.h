/* The private structures of rows: what their block of memory holds. */
#ifndef WEIR_ENGINE_ROWS_INNER_H
#define WEIR_ENGINE_ROWS_INNER_H

#include "engine/inner.h"
#include "parquet/cells.h"
#include "weir/rows.h"

/* One selected column and where it stands. */
struct weir_rows_column_state {
    struct weir_cells *cells;
    char *path;
    uint32_t path_bytes;
    struct weir_type type;
    enum weir_kind kind;
    uint32_t definition_max;
    uint32_t repetition_max;
    struct weir_node_level nodes[WEIR_LEVELS_MAX + 1]; /* as in weir_node */

    /* the current file */
    uint32_t column;              /* leaf ordinal */
    uint32_t file_definition_max; /* differs where a flat column is optional in some files only */
    bool present;                 /* the file has it */
    bool opened;                  /* its chunk has not been read to its end */
    bool in_row;                  /* the current row may have more entries */
};

struct weir_rows {
    struct weir_plan plan;
    struct weir_dataset dataset;
    struct weir_rows_column_state *columns;
    struct weir_cells **cells; /* first those that can hold byte arrays */
    uint32_t count;
    uint32_t bytes_count; /* of the cells that can hold byte arrays */
    struct weir_footer *footer;
    uint8_t *footer_window;
    struct weir_footer_item item;
    struct weir_source source;
    uint32_t file;
    bool file_open;
    uint64_t rows_left; /* of the row group */
    struct weir_error error;
};

/* Takes the memory of rows; the same call measures and places. */
struct weir_rows *weir_rows_take(struct weir_space *space, const struct weir_plan *plan);

/* Whether values of the type may be byte arrays too long for a view. */
bool weir_rows_need_bytes(const struct weir_type *type);

#endif
