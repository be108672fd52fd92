/*
 * Rows: the values of columns side by side, in fixed memory, exactly as stored.
 *
 * The same steps as a profile: weir_inspect, weir_rows_plan, weir_rows_init, weir_rows_next.
 * Every selected column has readers of its own (levels and values apart), so the memory grows
 * with the number of columns: name the ones that matter.
 */
#ifndef WEIR_ROWS_H
#define WEIR_ROWS_H

#include "weir/profile.h"

struct weir_rows;

/* Same contract as weir_profile_plan; lanes, stats and rank_error are ignored. Reads the footers
 * again (dictionary sizes), so it takes the dataset and the window of weir_inspect. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_rows_plan(const struct weir_dataset *dataset,
                                                         const struct weir_inventory *inventory,
                                                         const struct weir_profile_options *options,
                                                         void *window, size_t window_bytes,
                                                         struct weir_plan *plan_ret,
                                                         struct weir_error *error_ret);

WEIR_API WEIR_MUST_CHECK enum weir_status weir_rows_init(void *memory, size_t bytes,
                                                         const struct weir_plan *plan,
                                                         const struct weir_dataset *dataset,
                                                         struct weir_rows **rows_ret,
                                                         struct weir_error *error_ret);

/* The selected columns; their info is complete after init. */
WEIR_API void weir_rows_column(const struct weir_rows *rows, uint32_t index,
                               struct weir_column_info *info_ret);

/* One entry of a column: NULL (or an absent parent, or an empty list), or a value. A flat column
 * has one a row. */
struct weir_cell {
    bool is_null;
    uint32_t repetition; /* 0: the first entry of its row */
    uint32_t definition; /* the value is there when it equals the column's definition_max;
                            WEIR_NONE32: the current file does not have the column */
    uint64_t bits;       /* BOOL: 0 or 1; I32 sign-extended, U32, I64, U64: the integer;
                            F32 and F64: the bits of the float or double as stored */
    const uint8_t *data; /* all else (INT96, FLOAT16, every byte array, decimals in byte arrays
                            too): the bytes as stored; valid until the column is asked for more
                            or the next row begins */
    uint64_t data_bytes;
};

/*
 * The next row: fills in cells[columns_selected]. WEIR_END after the last one.
 * Errors: as in weir_rows_error. Columns missing from a file give NULL cells.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_rows_next(struct weir_rows *rows,
                                                         struct weir_cell *cells);

/*
 * The next entry of one column in the current row; WEIR_END when the row has no more of them. What
 * is not asked for is passed by when the next row begins. Errors: as in weir_rows_error.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_rows_more(struct weir_rows *rows, uint32_t index,
                                                         struct weir_cell *cell_ret);

WEIR_API const struct weir_error *weir_rows_error(const struct weir_rows *rows);

#endif
