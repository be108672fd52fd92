#include "base/hash.h"
#include "engine/rows_inner.h"

#include "base/banned.h"

/* Copies what the first file's schema says of a column, and gives it a cell reader. */
static enum weir_status load_column(struct weir_rows *rows, uint32_t index, uint32_t *bytes_used) {
    const struct weir_node *node = &rows->item.node;
    struct weir_rows_column_state *column = &rows->columns[index];
    uint32_t others_used = index - *bytes_used;
    bool bytes = weir_rows_need_bytes(&node->type);
    if (node->path_bytes > rows->plan.inventory.name_bytes_max ||
        (rows->plan.inventory.kinds >> weir_type_kind(&node->type) & 1) == 0 ||
        (bytes ? *bytes_used == rows->bytes_count
               : others_used == rows->count - rows->bytes_count)) {
        return weir_fail(&rows->error, WEIR_E_CHANGED, "the schema is not what it was");
    }
    column->cells = rows->cells[bytes ? *bytes_used : rows->bytes_count + others_used];
    *bytes_used += bytes ? 1 : 0;
    memcpy(column->path, node->path, node->path_bytes);
    column->path[node->path_bytes] = '\0';
    column->path_bytes = node->path_bytes;
    column->type = node->type;
    column->kind = weir_type_kind(&node->type);
    column->definition_max = node->definition_max;
    column->repetition_max = node->repetition_max;
    memcpy(column->nodes, node->levels, sizeof column->nodes);
    return WEIR_OK;
}

/* Fills in the columns from the schema of the first file, which is open. */
static enum weir_status load_columns(struct weir_rows *rows) {
    uint32_t at = 0;
    uint32_t bytes_used = 0;
    enum weir_status status = WEIR_OK;
    while ((status = weir_footer_next(rows->footer, &rows->item)) == WEIR_OK &&
           rows->item.kind == WEIR_FOOTER_NODE) {
        if (!weir_options_selected(&rows->plan.options, &rows->item.node)) {
            continue;
        }
        if (at == rows->count) {
            break;
        }
        WEIR_TRY(load_column(rows, at++, &bytes_used));
    }
    if (status < 0) {
        return status;
    }
    return status == WEIR_OK && rows->item.kind != WEIR_FOOTER_NODE && at == rows->count
               ? WEIR_OK
               : weir_fail(&rows->error, WEIR_E_CHANGED, "the schema is not what it was");
}

/* Loads the columns, and compares sizes and footer lengths with what was inspected. */
static enum weir_status load_files(struct weir_rows *rows) {
    struct weir_error *error = &rows->error;
    uint64_t digest = 0;
    for (uint32_t file = 0; file < rows->dataset.files; file++) {
        error->file = file;
        WEIR_TRY(weir_dataset_open(&rows->dataset, file, &rows->source, error));
        enum weir_status status =
            weir_footer_open(rows->footer, &rows->source, rows->footer_window, error);
        digest = weir_hash_u64(digest ^ rows->source.size_bytes);
        digest = weir_hash_u64(digest ^ rows->footer->footer_bytes);
        if (status == WEIR_OK && file == 0) {
            status = load_columns(rows);
        }
        WEIR_TRY(weir_dataset_close(&rows->dataset, file, &rows->source, status, error));
    }
    error->file = WEIR_NONE32;
    return digest == rows->plan.inventory.file_digest
               ? WEIR_OK
               : weir_fail(error, WEIR_E_CHANGED,
                           "the input is not what it was when it was inspected");
}

enum weir_status weir_rows_init(void *memory, size_t bytes, const struct weir_plan *plan,
                                const struct weir_dataset *dataset, struct weir_rows **rows_ret,
                                struct weir_error *error_ret) {
    struct weir_space space;
    weir_error_clear(error_ret);
    *rows_ret = NULL;
    WEIR_TRY(weir_plan_carve(plan, dataset, memory, bytes, &space, error_ret));
    struct weir_rows *rows = weir_rows_take(&space, plan);
    if (WEIR_NEVER(rows == NULL)) {
        return weir_fail(error_ret, WEIR_E_INTERNAL, "the layout differs from the plan");
    }
    weir_space_seal(&space);
    rows->dataset = *dataset;
    weir_error_clear(&rows->error);
    for (uint32_t i = 0; i < rows->count; i++) {
        weir_cells_init(rows->cells[i], (enum weir_isa)plan->options.isa, &rows->error);
    }
    enum weir_status status = load_files(rows);
    if (status != WEIR_OK) {
        *error_ret = rows->error;
        return status;
    }
    *rows_ret = rows;
    return WEIR_OK;
}

void weir_rows_column(const struct weir_rows *rows, uint32_t index,
                      struct weir_column_info *info_ret) {
    WEIR_ASSERT(index < rows->count);
    const struct weir_rows_column_state *column = &rows->columns[index];
    memset(info_ret, 0, sizeof *info_ret);
    info_ret->path = column->path;
    info_ret->path_bytes = column->path_bytes;
    info_ret->type = column->type;
    info_ret->kind = column->kind;
    info_ret->definition_max = column->definition_max;
    info_ret->repetition_max = column->repetition_max;
    info_ret->rows = rows->plan.inventory.rows;
    info_ret->error = &rows->error;
}

const struct weir_error *weir_rows_error(const struct weir_rows *rows) {
    return &rows->error;
}
