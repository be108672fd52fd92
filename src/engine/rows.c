#include "base/hash.h"
#include "engine/inner.h"
#include "parquet/cells.h"
#include "weir/rows.h"

#include "base/banned.h"

#define PAGES_WINDOW_BYTES (8u << 10)

/* One selected column and where it stands. */
struct rows_column {
    struct weir_cells *cells;
    char *path;
    uint32_t path_bytes;
    struct weir_type type;
    enum weir_kind kind;
    uint32_t column; /* leaf ordinal in the current file */
    uint32_t definition_max;
    bool present; /* the current file has it */
    bool opened;  /* its chunk of the current row group has not been read to its end */
};

struct weir_rows {
    struct weir_plan plan;
    struct weir_cells_needs needs;
    struct weir_dataset dataset;
    struct rows_column *columns;
    uint32_t count;
    struct weir_footer *footer;
    uint8_t *footer_window;
    struct weir_footer_item item;
    struct weir_source source;
    uint32_t file;
    bool file_open;
    uint64_t rows_left; /* of the row group */
    struct weir_error error;
};

/* The needs travel inside the plan: the inventory's fields that a profile fills otherwise. */
static struct weir_cells_needs needs_of(const struct weir_plan *plan) {
    const struct weir_inventory *inventory = &plan->inventory;
    struct weir_cells_needs needs;
    memset(&needs, 0, sizeof needs);
    needs.codecs = inventory->codecs;
    needs.codec_window_bytes = inventory->codec_window_bytes;
    needs.dictionary_bytes = inventory->dictionary_bytes_max;
    needs.dictionary_entries = inventory->dictionary_entries_max;
    needs.has_levels = true;
    needs.has_bytes = (inventory->kinds & (1u << WEIR_KIND_BYTES)) != 0;
    return needs;
}

static struct weir_rows *take_rows(struct weir_space *space, const struct weir_plan *plan) {
    const struct weir_inventory *inventory = &plan->inventory;
    struct weir_cells_needs needs = needs_of(plan);
    uint32_t count = inventory->columns_selected;
    struct weir_rows *rows =
        weir_space_take(space, "rows", 1, sizeof(struct weir_rows), "the plan, the footer's place");
    struct rows_column *columns =
        weir_space_take(space, "columns", count, sizeof(struct rows_column), "type and place");
    void *footer = weir_space_take(space, "footer cursor", 1, sizeof(struct weir_footer),
                                   "where the walk stands in a footer");
    void *window = weir_space_take(space, "footer window", 1, WEIR_FOOTER_WINDOW_BYTES,
                                   "bytes of the footer being read");
    if (window != NULL) {
        memset(rows, 0, sizeof *rows);
        memset(columns, 0, count * sizeof *columns);
        rows->plan = *plan;
        rows->needs = needs;
        rows->columns = columns;
        rows->count = count;
        rows->footer = footer;
        rows->footer_window = window;
    }
    for (uint32_t i = 0; i < count; i++) {
        char *path = weir_space_take(space, "column name", 1, inventory->name_bytes_max + 1u,
                                     "the column's path");
        struct weir_cells *cells = weir_cells_take(space, &needs);
        if (window != NULL && cells != NULL) {
            columns[i].path = path;
            columns[i].cells = cells;
        }
    }
    return space->overflow ? NULL : rows;
}

/* Working state of see_dictionaries. */
struct peek {
    struct weir_plan *plan;
    struct weir_error *error;
    struct weir_error ignored; /* what is wrong with a page is told when the page is read */
    struct weir_footer *footer;
    void *footer_window;
    struct weir_window pages;
    struct weir_footer_item item;
    struct weir_selection selection;
};

static enum weir_status see_dictionary(struct peek *peek, const struct weir_source *source) {
    struct weir_inventory *inventory = &peek->plan->inventory;
    const struct weir_chunk *chunk = &peek->item.chunk;
    struct weir_page page;
    if (chunk->values == 0 || chunk->encrypted || chunk->elsewhere ||
        !weir_selection_has(&peek->selection, chunk->column)) {
        return WEIR_OK;
    }
    weir_error_clear(&peek->ignored);
    weir_window_seek(&peek->pages, source, chunk->offset, chunk->limit_offset);
    enum weir_status status = weir_page_read(&peek->pages, &page, &peek->ignored);
    if (status == WEIR_E_IO || status == WEIR_E_CHANGED) {
        return weir_fail_numbers(peek->error, status, peek->ignored.message, peek->ignored.wanted,
                                 peek->ignored.got);
    }
    if (status == WEIR_OK && page.type == WEIR_PAGE_DICTIONARY) {
        /* Only byte arrays need room for each entry, and they take four bytes at least. */
        uint64_t entries = weir_min_u64(page.values, page.page_bytes / 4);
        inventory->dictionary_bytes_max =
            weir_max_u64(inventory->dictionary_bytes_max, page.page_bytes);
        inventory->dictionary_entries_max =
            weir_max_u64(inventory->dictionary_entries_max, entries);
    }
    return WEIR_OK;
}

static enum weir_status see_file(struct peek *peek, const struct weir_source *source) {
    memset(&peek->selection, 0, sizeof peek->selection);
    WEIR_TRY(weir_footer_open(peek->footer, source, peek->footer_window, peek->error));
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK && (status = weir_footer_next(peek->footer, &peek->item)) == WEIR_OK) {
        if (peek->item.kind == WEIR_FOOTER_NODE) {
            weir_selection_see(&peek->selection, &peek->plan->options, &peek->item.node);
        } else if (peek->item.kind == WEIR_FOOTER_CHUNK) {
            status = see_dictionary(peek, source);
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* Finds the largest dictionary of the selected columns by reading first page headers. */
static enum weir_status see_dictionaries(const struct weir_dataset *dataset, struct weir_plan *plan,
                                         void *memory, size_t bytes, struct weir_error *error) {
    struct weir_space space;
    struct peek peek;
    memset(&peek, 0, sizeof peek);
    peek.plan = plan;
    peek.error = error;
    weir_space_carve(&space, memory, bytes);
    peek.footer = weir_space_take(&space, "footer", 1, sizeof *peek.footer, "");
    peek.footer_window = weir_space_take(&space, "window", 1, WEIR_FOOTER_WINDOW_BYTES, "");
    void *pages = weir_space_take(&space, "pages", 1, PAGES_WINDOW_BYTES, "");
    WEIR_ASSERT(pages != NULL);
    weir_window_init(&peek.pages, pages, PAGES_WINDOW_BYTES, &peek.ignored);
    for (uint32_t file = 0; file < dataset->files; file++) {
        struct weir_source source;
        error->file = file;
        weir_window_forget(&peek.pages);
        WEIR_TRY(weir_dataset_open(dataset, file, &source, error));
        WEIR_TRY(weir_dataset_close(dataset, file, &source, see_file(&peek, &source), error));
    }
    error->file = WEIR_NONE32;
    return WEIR_OK;
}

enum weir_status weir_rows_plan(const struct weir_dataset *dataset,
                                const struct weir_inventory *inventory,
                                const struct weir_profile_options *options, void *window,
                                size_t window_bytes, struct weir_plan *plan_ret,
                                struct weir_error *error_ret) {
    struct weir_space space;
    weir_error_clear(error_ret);
    memset(plan_ret, 0, sizeof *plan_ret);
    if (window == NULL || window_bytes < WEIR_INSPECT_BYTES ||
        (uintptr_t)window % WEIR_MEMORY_ALIGN != 0) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "weir_rows_plan needs a larger window");
    }
    WEIR_TRY(weir_options_check(options, &plan_ret->options, error_ret));
    plan_ret->inventory = *inventory;
    plan_ret->inventory.dictionary_entries_max = 0; /* those seen while peeking are not capped */
    plan_ret->budget_bytes = options->budget_bytes;
    plan_ret->lanes = 1;
    plan_ret->lanes_wanted = 1;
    plan_ret->batches = 1;
    plan_ret->columns_per_batch = inventory->columns_selected;
    WEIR_TRY(see_dictionaries(dataset, plan_ret, window, window_bytes, error_ret));
    struct weir_plan measured = *plan_ret;
    weir_space_measure(&space, weir_plan_note, plan_ret);
    (void)take_rows(&space, &measured);
    plan_ret->minimum_bytes = space.overflow ? UINT64_MAX : space.used_bytes;
    plan_ret->planned_bytes = plan_ret->minimum_bytes;
    if (plan_ret->planned_bytes > plan_ret->budget_bytes) {
        return weir_fail_numbers(error_ret, WEIR_E_BUDGET, "the budget is too small",
                                 plan_ret->minimum_bytes, plan_ret->budget_bytes);
    }
    return WEIR_OK;
}

/* Fills in the columns from the schema of the first file, which is open. */
static enum weir_status load_columns(struct weir_rows *rows) {
    struct weir_error *error = &rows->error;
    uint32_t at = 0;
    enum weir_status status = WEIR_OK;
    while ((status = weir_footer_next(rows->footer, &rows->item)) == WEIR_OK &&
           rows->item.kind == WEIR_FOOTER_NODE) {
        const struct weir_node *node = &rows->item.node;
        if (!weir_options_selected(&rows->plan.options, node)) {
            continue;
        }
        uint32_t kinds = rows->plan.inventory.kinds;
        bool planned = (kinds >> weir_type_kind(&node->type) & 1) != 0;
        if (at == rows->count || node->path_bytes > rows->plan.inventory.name_bytes_max ||
            !planned) {
            return weir_fail(error, WEIR_E_CHANGED, "the schema is not what it was");
        }
        struct rows_column *column = &rows->columns[at++];
        memcpy(column->path, node->path, node->path_bytes);
        column->path[node->path_bytes] = '\0';
        column->path_bytes = node->path_bytes;
        column->type = node->type;
        column->kind = weir_type_kind(&node->type);
    }
    if (status < 0) {
        return status;
    }
    return at == rows->count ? WEIR_OK
                             : weir_fail(error, WEIR_E_CHANGED, "the schema is not what it was");
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
    if (memory == NULL || (uintptr_t)memory % WEIR_MEMORY_ALIGN != 0) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "the memory is not aligned to 64 bytes");
    }
    if (bytes < plan->planned_bytes) {
        return weir_fail_numbers(error_ret, WEIR_E_BUDGET, "the memory is smaller than planned",
                                 plan->planned_bytes, bytes);
    }
    if (dataset->files != plan->inventory.files) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "the plan is for another number of files");
    }
    weir_space_carve(&space, memory, plan->planned_bytes);
    struct weir_rows *rows = take_rows(&space, plan);
    if (rows == NULL) {
        return weir_fail(error_ret, WEIR_E_INTERNAL, "the layout differs from the plan");
    }
    weir_space_seal(&space);
    rows->dataset = *dataset;
    weir_error_clear(&rows->error);
    for (uint32_t i = 0; i < rows->count; i++) {
        weir_cells_init(rows->columns[i].cells, (enum weir_isa)plan->options.isa, &rows->error);
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
    const struct rows_column *column = &rows->columns[index];
    memset(info_ret, 0, sizeof *info_ret);
    info_ret->path = column->path;
    info_ret->path_bytes = column->path_bytes;
    info_ret->type = column->type;
    info_ret->kind = column->kind;
    info_ret->rows = rows->plan.inventory.rows;
    info_ret->error = &rows->error;
}

const struct weir_error *weir_rows_error(const struct weir_rows *rows) {
    return &rows->error;
}

static enum weir_status open_file(struct weir_rows *rows) {
    rows->error.file = rows->file;
    WEIR_TRY(weir_dataset_open(&rows->dataset, rows->file, &rows->source, &rows->error));
    rows->file_open = true;
    for (uint32_t i = 0; i < rows->count; i++) {
        rows->columns[i].present = false;
        rows->columns[i].opened = false;
        weir_window_forget(&rows->columns[i].cells->window);
        weir_window_forget(&rows->columns[i].cells->level_window);
    }
    return weir_footer_open(rows->footer, &rows->source, rows->footer_window, &rows->error);
}

/* Matches a leaf of the current file with a column by name. */
static enum weir_status see_node(struct weir_rows *rows) {
    const struct weir_node *node = &rows->item.node;
    for (uint32_t i = 0; i < rows->count && node->column != WEIR_NONE32; i++) {
        struct rows_column *column = &rows->columns[i];
        if (column->present || column->path_bytes != node->path_bytes ||
            memcmp(column->path, node->path, node->path_bytes) != 0) {
            continue;
        }
        if (!weir_type_equal(&column->type, &node->type)) {
            rows->error.column = node->column;
            rows->error.file_other = 0;
            weir_error_name(&rows->error, node->path, node->path_bytes);
            return weir_fail(&rows->error, WEIR_E_SCHEMA,
                             "a column has another type in another file");
        }
        column->present = true;
        column->column = node->column;
        column->definition_max = node->definition_max;
        return WEIR_OK;
    }
    return WEIR_OK;
}

/* Adds the place to a column's error. */
static enum weir_status column_failed(struct weir_rows *rows, const struct rows_column *column,
                                      uint32_t row_group, enum weir_status status) {
    WEIR_ASSERT(status < 0);
    if (rows->error.row_group == WEIR_NONE32) {
        rows->error.column = column->column;
        rows->error.row_group = row_group;
    }
    weir_error_name(&rows->error, column->path, column->path_bytes);
    return status;
}

static enum weir_status open_chunk(struct weir_rows *rows, struct rows_column *column) {
    const struct weir_chunk *chunk = &rows->item.chunk;
    const char *why = weir_chunk_unsupported(chunk);
    if (why != NULL) {
        return weir_fail(&rows->error, WEIR_E_UNSUPPORTED, why);
    }
    if (chunk->codec >= 32 || (rows->plan.inventory.codecs >> chunk->codec & 1) == 0) {
        return weir_fail(&rows->error, WEIR_E_CHANGED, "a column chunk's codec is not what it was");
    }
    column->opened = true;
    return weir_cells_open(column->cells, &rows->source, chunk, &column->type,
                           column->definition_max);
}

static enum weir_status see_chunk(struct weir_rows *rows) {
    const struct weir_chunk *chunk = &rows->item.chunk;
    for (uint32_t i = 0; i < rows->count; i++) {
        struct rows_column *column = &rows->columns[i];
        if (column->present && column->column == chunk->column) {
            enum weir_status status = open_chunk(rows, column);
            return status < 0 ? column_failed(rows, column, chunk->row_group, status) : WEIR_OK;
        }
    }
    return WEIR_OK;
}

/* The row group's rows are known now: every flat column must have as many values. */
static enum weir_status begin_group(struct weir_rows *rows) {
    uint64_t wanted = rows->item.row_group_rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        struct rows_column *column = &rows->columns[i];
        uint64_t got = column->opened ? column->cells->chunk.values : 0;
        if (column->present && got != wanted) {
            return column_failed(rows, column, rows->item.row_group,
                                 weir_fail_numbers(&rows->error, WEIR_E_CORRUPT,
                                                   "a column chunk has another number of values "
                                                   "than its row group has rows",
                                                   wanted, got));
        }
        column->opened = column->opened && wanted > 0;
    }
    rows->rows_left = wanted;
    return WEIR_OK;
}

/* The row group's rows are all handed out: its last pages must end well, too. */
static enum weir_status end_group(struct weir_rows *rows) {
    for (uint32_t i = 0; i < rows->count; i++) {
        struct rows_column *column = &rows->columns[i];
        struct weir_cell cell;
        if (!column->opened) {
            continue;
        }
        column->opened = false;
        enum weir_status status = weir_cells_next(column->cells, &cell);
        WEIR_ASSERT(status != WEIR_OK); /* begin_group has compared the numbers */
        if (status < 0) {
            return column_failed(rows, column, column->cells->chunk.row_group, status);
        }
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

static enum weir_status next_row(struct weir_rows *rows, struct weir_cell *cells) {
    const volatile int *stop = rows->plan.options.stop;
    WEIR_TRY(next_group(rows));
    if (stop != NULL && *stop != 0) {
        return weir_fail(&rows->error, WEIR_E_INTERRUPTED, "interrupted");
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        struct rows_column *column = &rows->columns[i];
        if (!column->present) {
            memset(&cells[i], 0, sizeof cells[i]);
            cells[i].is_null = true;
            continue;
        }
        enum weir_status status = weir_cells_next(column->cells, &cells[i]);
        WEIR_ASSERT(status != WEIR_END); /* begin_group has compared the numbers */
        if (status < 0) {
            return column_failed(rows, column, column->cells->chunk.row_group, status);
        }
    }
    rows->rows_left--;
    return WEIR_OK;
}

enum weir_status weir_rows_next(struct weir_rows *rows, struct weir_cell *cells) {
    if (rows->error.status != WEIR_OK) {
        return rows->error.status;
    }
    enum weir_status status = next_row(rows, cells);
    if (status < 0 && rows->file_open) {
        rows->file_open = false;
        (void)weir_dataset_close(&rows->dataset, rows->file, &rows->source, status, &rows->error);
    }
    return status;
}
