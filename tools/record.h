/*
 * One row as JSON, put together from the entries of its columns.
 *
 * Nothing is buffered: entries are taken column by column in lockstep, as the shapes call for them,
 * and printed at once. What the columns below a shape say of it must agree.
 */
#ifndef WEIR_CLI_RECORD_H
#define WEIR_CLI_RECORD_H

#include "output.h"
#include "shape.h"
#include "weir/rows.h"

/* A place in the shapes that is being printed. */
struct cli_record_frame {
    uint32_t shape;
    uint32_t next; /* OBJECT: the next field; ARRAY: 0 before the first element */
};

struct cli_record {
    struct cli_output *output;
    const struct cli_shapes *shapes;
    const struct weir_column_info *infos; /* of each leaf */
    struct weir_cell *cells;              /* the entry of each leaf that comes next */

    /* The next entry of a leaf in this row; as weir_rows_more. */
    enum weir_status (*more)(void *context, uint32_t leaf, struct weir_cell *cell_ret);
    void *context;

    /* With WEIR_E_CORRUPT from here, not from more(): why, and which leaves disagree. */
    const char *message; /* NULL: more() knows */
    uint32_t leaf;
    uint32_t other;

    struct cli_record_frame stack[CLI_SHAPE_DEPTH];
};

/* A cell of a column that the current file does not have. */
static inline bool cli_cell_is_missing(const struct weir_cell *cell) {
    return cell->definition == WEIR_NONE32;
}

/*
 * Prints the shape of that index, 0 or one of its fields, and takes its entries: a new row's must
 * be in cells. Errors: those of more(); CORRUPT when columns disagree.
 */
enum weir_status cli_record_put(struct cli_record *record, uint32_t index);

/* Whether the field is null, or the current file has none of its columns. */
bool cli_record_is_null(const struct cli_record *record, uint32_t shape);

#endif
