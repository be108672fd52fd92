#include "engine/rows_inner.h"

#include "base/banned.h"

#define PAGES_WINDOW_BYTES (8u << 10)

/* How much longer than sensible the levels of a writer are that makes a run of each value: so much
 * is planned for where the caller asks for larger buffers. */
#define WORST_LEVELS 16u

bool weir_rows_need_bytes(const struct weir_type *type) {
    return type->physical == WEIR_BYTE_ARRAY || (type->physical == WEIR_FIXED_LEN_BYTE_ARRAY &&
                                                 type->length_bytes > (int32_t)WEIR_VIEW_BYTES_MAX);
}

/* The needs travel inside the plan: in the inventory's fields. */
static struct weir_cells_needs needs_of(const struct weir_plan *plan) {
    const struct weir_inventory *inventory = &plan->inventory;
    struct weir_cells_needs needs;
    memset(&needs, 0, sizeof needs);
    needs.page = weir_inventory_needs(inventory);
    needs.dictionary_bytes = inventory->dictionary_bytes_max;
    needs.dictionary_entries = inventory->dictionary_entries_max;
    needs.level_bytes = weir_max_u64(
        inventory->level_bytes_max,
        weir_min_u64(plan->options.codec_window_bytes, WORST_LEVELS * inventory->level_bytes_max));
    needs.value_bytes = weir_max_u64(WEIR_CELLS_VALUE_BYTES, plan->options.codec_window_bytes);
    needs.has_definitions = inventory->definition_max > 0;
    needs.has_repetitions = inventory->repetition_max > 0;
    return needs;
}

static void take_columns(struct weir_space *space, const struct weir_plan *plan,
                         struct weir_rows *rows) {
    const struct weir_inventory *inventory = &plan->inventory;
    struct weir_cells_needs needs = needs_of(plan);
    for (uint32_t i = 0; i < inventory->columns_selected; i++) {
        char *path = weir_space_take(space, "column name", 1, inventory->name_bytes_max + 1u,
                                     "the column's path");
        needs.value_bytes = i < inventory->columns_bytes ? needs.value_bytes : 0;
        struct weir_cells *cells = weir_cells_take(space, &needs);
        if (rows != NULL && cells != NULL) {
            rows->columns[i].path = path;
            rows->cells[i] = cells;
        }
    }
}

struct weir_rows *weir_rows_take(struct weir_space *space, const struct weir_plan *plan) {
    uint32_t count = plan->inventory.columns_selected;
    struct weir_rows *rows =
        weir_space_take(space, "rows", 1, sizeof(struct weir_rows), "the plan, the footer's place");
    struct weir_rows_column_state *columns =
        weir_space_take(space, "columns", count, sizeof *columns, "type and place");
    struct weir_cells **cells = weir_space_take(space, "cell readers", count, sizeof *cells,
                                                "which column reads with which");
    void *footer = weir_space_take(space, "footer cursor", 1, sizeof(struct weir_footer),
                                   "where the walk stands in a footer");
    void *window = weir_space_take(space, "footer window", 1, WEIR_FOOTER_WINDOW_BYTES,
                                   "bytes of the footer being read");
    if (window != NULL) {
        memset(rows, 0, sizeof *rows);
        memset(columns, 0, count * sizeof *columns);
        rows->plan = *plan;
        rows->columns = columns;
        rows->cells = cells;
        rows->count = count;
        rows->bytes_count = plan->inventory.columns_bytes;
        rows->footer = footer;
        rows->footer_window = window;
    }
    take_columns(space, plan, window != NULL ? rows : NULL);
    return space->overflow ? NULL : rows;
}

/* Working state of see_files. */
struct peek {
    struct weir_plan *plan;
    struct weir_error *error;
    struct weir_error ignored; /* what is wrong with a page is told when the page is read */
    struct weir_footer *footer;
    void *footer_window;
    struct weir_window pages;
    struct weir_footer_item item;
    struct weir_selection selection;
    uint64_t values_max; /* of a chunk */
    uint32_t file;
};

static void see_node(struct peek *peek) {
    struct weir_inventory *inventory = &peek->plan->inventory;
    const struct weir_node *node = &peek->item.node;
    weir_selection_see(&peek->selection, &peek->plan->options, node);
    if (!weir_options_selected(&peek->plan->options, node)) {
        return;
    }
    inventory->definition_max =
        (uint32_t)weir_max_u64(inventory->definition_max, node->definition_max);
    inventory->repetition_max =
        (uint32_t)weir_max_u64(inventory->repetition_max, node->repetition_max);
    if (peek->file == 0 && weir_rows_need_bytes(&node->type)) {
        inventory->columns_bytes++;
    }
}

static enum weir_status see_chunk(struct peek *peek, const struct weir_source *source) {
    struct weir_inventory *inventory = &peek->plan->inventory;
    const struct weir_chunk *chunk = &peek->item.chunk;
    struct weir_page page;
    if (chunk->values == 0 || chunk->encrypted || chunk->elsewhere ||
        !weir_selection_has(&peek->selection, chunk->column)) {
        return WEIR_OK;
    }
    peek->values_max = weir_max_u64(peek->values_max, chunk->values);
    weir_error_clear(&peek->ignored);
    weir_window_seek(&peek->pages, source, chunk->offset, chunk->limit_offset);
    enum weir_status status = weir_page_read(&peek->pages, &page, &peek->ignored);
    WEIR_TRY(weir_error_take_over(peek->error, &peek->ignored, chunk));
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
            see_node(peek);
        } else if (peek->item.kind == WEIR_FOOTER_CHUNK) {
            status = see_chunk(peek, source);
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* Finds what rows need and a profile does not: the largest dictionary, from the first page headers
 * of the selected columns, levels, and columns of byte arrays. */
static enum weir_status see_files(const struct weir_dataset *dataset, struct weir_plan *plan,
                                  void *memory, size_t bytes, struct weir_error *error) {
    struct weir_space space;
    struct peek peek;
    struct weir_inventory *inventory = &plan->inventory;
    memset(&peek, 0, sizeof peek);
    peek.plan = plan;
    peek.error = error;
    weir_space_carve(&space, memory, bytes);
    peek.footer = weir_space_take(&space, "footer", 1, sizeof *peek.footer, "");
    peek.footer_window = weir_space_take(&space, "window", 1, WEIR_FOOTER_WINDOW_BYTES, "");
    void *pages = weir_space_take(&space, "pages", 1, PAGES_WINDOW_BYTES, "");
    WEIR_ASSERT(pages != NULL);
    weir_window_init(&peek.pages, pages, PAGES_WINDOW_BYTES, &peek.ignored);
    for (peek.file = 0; peek.file < dataset->files; peek.file++) {
        struct weir_source source;
        error->file = peek.file;
        weir_window_forget(&peek.pages);
        WEIR_TRY(weir_dataset_open(dataset, peek.file, &source, error));
        WEIR_TRY(weir_dataset_close(dataset, peek.file, &source, see_file(&peek, &source), error));
    }
    error->file = WEIR_NONE32;
    inventory->level_bytes_max = weir_cells_level_bytes(peek.values_max, inventory->definition_max,
                                                        inventory->repetition_max);
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
    plan_ret->inventory.dictionary_bytes_max = 0;
    plan_ret->inventory.dictionary_entries_max = 0; /* those seen while peeking are not capped */
    plan_ret->inventory.columns_bytes = 0;
    plan_ret->budget_bytes = options->budget_bytes;
    plan_ret->lanes = 1;
    plan_ret->lanes_wanted = 1;
    plan_ret->batches = 1;
    plan_ret->columns_per_batch = inventory->columns_selected;
    WEIR_TRY(see_files(dataset, plan_ret, window, window_bytes, error_ret));
    struct weir_plan measured = *plan_ret;
    weir_space_measure(&space, weir_plan_note, plan_ret);
    (void)weir_rows_take(&space, &measured);
    plan_ret->minimum_bytes = space.overflow ? UINT64_MAX : space.used_bytes;
    plan_ret->planned_bytes = plan_ret->minimum_bytes;
    if (plan_ret->planned_bytes > plan_ret->budget_bytes) {
        return weir_fail_numbers(error_ret, WEIR_E_BUDGET, "the budget is too small",
                                 plan_ret->minimum_bytes, plan_ret->budget_bytes);
    }
    return WEIR_OK;
}
