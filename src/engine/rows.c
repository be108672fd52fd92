#include "engine/rows_inner.h"

#include "base/banned.h"

static enum weir_status open_file(struct weir_rows *rows) {
    rows->error.file = rows->file;
    WEIR_TRY(weir_dataset_open(&rows->dataset, rows->file, &rows->source, &rows->error));
    rows->file_open = true;
    for (uint32_t i = 0; i < rows->count; i++) {
        struct weir_rows_column_state *column = &rows->columns[i];
        column->present = false;
        column->opened = false;
        column->in_row = false;
        weir_cells_forget(column->cells);
    }
    return weir_footer_open(rows->footer, &rows->source, rows->footer_window, &rows->error);
}

/* Matches a leaf of the current file with a column by name. */
static enum weir_status see_node(struct weir_rows *rows) {
    const struct weir_node *node = &rows->item.node;
    for (uint32_t i = 0; i < rows->count && node->column != WEIR_NONE32; i++) {
        struct weir_rows_column_state *column = &rows->columns[i];
        if (column->present || column->path_bytes != node->path_bytes ||
            memcmp(column->path, node->path, node->path_bytes) != 0) {
            continue;
        }
        if (!weir_column_alike(&column->type, column->definition_max, column->repetition_max,
                               column->nodes, node)) {
            rows->error.column = node->column;
            rows->error.file_other = 0;
            weir_error_name(&rows->error, node->path, node->path_bytes);
            return weir_fail(&rows->error, WEIR_E_SCHEMA,
                             "a column has another type in another file");
        }
        column->present = true;
        column->column = node->column;
        column->file_definition_max = node->definition_max;
        return WEIR_OK;
    }
    return WEIR_OK;
}

/* Adds the place to a column's error. */
static enum weir_status column_failed(struct weir_rows *rows,
                                      const struct weir_rows_column_state *column,
                                      uint32_t row_group, enum weir_status status) {
    WEIR_ASSERT(status < 0);
    if (rows->error.row_group == WEIR_NONE32) {
        rows->error.column = column->column;
        rows->error.row_group = row_group;
    }
    weir_error_name(&rows->error, column->path, column->path_bytes);
    return status;
}

static enum weir_status column_corrupt(struct weir_rows *rows,
                                       const struct weir_rows_column_state *column,
                                       const char *message, uint64_t wanted, uint64_t got) {
    return column_failed(rows, column, rows->item.row_group,
                         weir_fail_numbers(&rows->error, WEIR_E_CORRUPT, message, wanted, got));
}

static enum weir_status open_chunk(struct weir_rows *rows, struct weir_rows_column_state *column) {
    const struct weir_chunk *chunk = &rows->item.chunk;
    const struct weir_inventory *inventory = &rows->plan.inventory;
    const char *why = weir_chunk_unsupported(chunk);
    if (why != NULL) {
        return weir_fail(&rows->error, WEIR_E_UNSUPPORTED, why);
    }
    if (chunk->codec >= 32 || (inventory->codecs >> chunk->codec & 1) == 0 ||
        (chunk->encodings & ~inventory->encodings) != 0) {
        return weir_fail(&rows->error, WEIR_E_CHANGED,
                         "a column chunk's codec or encoding is not what it was");
    }
    column->opened = true;
    return weir_cells_open(column->cells, &rows->source, chunk, &column->type,
                           column->file_definition_max, column->repetition_max);
}

static enum weir_status see_chunk(struct weir_rows *rows) {
    const struct weir_chunk *chunk = &rows->item.chunk;
    for (uint32_t i = 0; i < rows->count; i++) {
        struct weir_rows_column_state *column = &rows->columns[i];
        if (column->present && column->column == chunk->column) {
            enum weir_status status = open_chunk(rows, column);
            return status < 0 ? column_failed(rows, column, chunk->row_group, status) : WEIR_OK;
        }
    }
    return WEIR_OK;
}

/* The row group's rows are known now: a column has at least one entry for each, a flat one exactly
 * that. */
static enum weir_status begin_group(struct weir_rows *rows) {
    uint64_t wanted = rows->item.row_group_rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        struct weir_rows_column_state *column = &rows->columns[i];
        uint64_t got = column->opened ? column->cells->chunk.values : 0;
        bool may_be_more = column->repetition_max > 0 && wanted > 0;
        if (column->present && (got < wanted || (got > wanted && !may_be_more))) {
            return column_corrupt(rows, column,
                                  "a column chunk has another number of values than its row group "
                                  "has rows",
                                  wanted, got);
        }
        column->opened = column->opened && wanted > 0;
        column->in_row = false;
    }
    rows->rows_left = wanted;
    return WEIR_OK;
}

/* Passes by what is left of a column's current row. WEIR_END behind the chunk's last entry. */
static enum weir_status pass_row(struct weir_rows_column_state *column) {
    enum weir_status status = WEIR_OK;
    uint32_t repetition = 0;
    while (column->in_row && (status = weir_cells_peek(column->cells, &repetition)) == WEIR_OK) {
        struct weir_cell passed;
        if (repetition == 0) {
            break;
        }
        status = weir_cells_next(column->cells, &passed);
        if (status != WEIR_OK) {
            break;
        }
    }
    column->in_row = false;
    return status;
}

/* The row group's rows are all handed out: its last pages must end well, too. */
static enum weir_status end_group(struct weir_rows *rows) {
    for (uint32_t i = 0; i < rows->count; i++) {
        struct weir_rows_column_state *column = &rows->columns[i];
        struct weir_cell cell;
        if (!column->opened) {
            continue;
        }
        enum weir_status status = pass_row(column);
        status = status == WEIR_OK ? weir_cells_next(column->cells, &cell) : status;
        if (status < 0) {
            return column_failed(rows, column, column->cells->chunk.row_group, status);
        }
        if (status == WEIR_OK) {
            uint64_t wanted = rows->item.row_group_rows;
            return column_corrupt(rows, column, "a column chunk holds more rows than its row group",
                                  wanted, WEIR_NONE);
        }
        column->opened = false;
    }
    return WEIR_OK;
}

/* Goes on until a row group with rows is open; WEIR_END behind the last file. */
static enum weir_status next_group(struct weir_rows *rows) {
    if (rows->rows_left == 0) {
        WEIR_TRY(end_group(rows));
    }
    while (rows->rows_left == 0) {
        if (!rows->file_open) {
            if (rows->file == rows->dataset.files) {
                return WEIR_END;
            }
            WEIR_TRY(open_file(rows));
        }
        enum weir_status status = weir_footer_next(rows->footer, &rows->item);
        if (status == WEIR_END) {
            rows->file_open = false;
            WEIR_TRY(weir_dataset_close(&rows->dataset, rows->file, &rows->source, WEIR_OK,
                                        &rows->error));
            rows->file++;
            continue;
        }
        if (status == WEIR_OK && rows->item.kind == WEIR_FOOTER_NODE) {
            status = see_node(rows);
        } else if (status == WEIR_OK && rows->item.kind == WEIR_FOOTER_CHUNK) {
            status = see_chunk(rows);
        } else if (status == WEIR_OK && rows->item.kind == WEIR_FOOTER_ROW_GROUP_END) {
            status = begin_group(rows);
        }
        WEIR_TRY(status);
    }
    return WEIR_OK;
}

static enum weir_status next_entry(struct weir_rows_column_state *column, struct weir_cell *cell) {
    WEIR_TRY(weir_cells_next(column->cells, cell));
    if (column->file_definition_max != column->definition_max) {
        /* Flat columns only: as if the first file's schema held here, too. */
        cell->definition = cell->is_null ? 0 : column->definition_max;
    }
    return WEIR_OK;
}

/* The first entry of a column's next row. */
static enum weir_status begin_row(struct weir_rows *rows, struct weir_rows_column_state *column,
                                  struct weir_cell *cell) {
    if (!column->present) {
        memset(cell, 0, sizeof *cell);
        cell->is_null = true;
        cell->definition = WEIR_NONE32;
        return WEIR_OK;
    }
    enum weir_status status = pass_row(column);
    if (status == WEIR_OK) {
        status = next_entry(column, cell);
    }
    if (status < 0) {
        return column_failed(rows, column, column->cells->chunk.row_group, status);
    }
    if (status == WEIR_END) {
        uint64_t wanted = rows->item.row_group_rows;
        return column_corrupt(rows, column, "a column chunk holds fewer rows than its row group",
                              wanted, wanted - rows->rows_left);
    }
    column->in_row = column->repetition_max > 0;
    return WEIR_OK;
}

static enum weir_status next_row(struct weir_rows *rows, struct weir_cell *cells) {
    const volatile int *stop = rows->plan.options.stop;
    WEIR_TRY(next_group(rows));
    if (stop != NULL && *stop != 0) {
        return weir_fail(&rows->error, WEIR_E_INTERRUPTED, "interrupted");
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        WEIR_TRY(begin_row(rows, &rows->columns[i], &cells[i]));
    }
    rows->rows_left--;
    return WEIR_OK;
}

/* Gives the file back after an error. */
static enum weir_status ended(struct weir_rows *rows, enum weir_status status) {
    if (status < 0 && rows->file_open) {
        rows->file_open = false;
        return weir_dataset_close(&rows->dataset, rows->file, &rows->source, status, &rows->error);
    }
    return status;
}

enum weir_status weir_rows_next(struct weir_rows *rows, struct weir_cell *cells) {
    if (rows->error.status != WEIR_OK) {
        return rows->error.status;
    }
    return ended(rows, next_row(rows, cells));
}

enum weir_status weir_rows_more(struct weir_rows *rows, uint32_t index,
                                struct weir_cell *cell_ret) {
    WEIR_ASSERT(index < rows->count);
    struct weir_rows_column_state *column = &rows->columns[index];
    uint32_t repetition = 0;
    if (rows->error.status != WEIR_OK) {
        return rows->error.status;
    }
    if (!column->in_row) {
        return WEIR_END;
    }
    enum weir_status status = weir_cells_peek(column->cells, &repetition);
    if (status == WEIR_END || (status == WEIR_OK && repetition == 0)) {
        column->in_row = false;
        return WEIR_END;
    }
    if (status == WEIR_OK) {
        status = next_entry(column, cell_ret);
    }
    if (status < 0) {
        status = column_failed(rows, column, column->cells->chunk.row_group, status);
    }
    return ended(rows, status);
}
