#include "base/hash.h"
#include "engine/check_inner.h"

#include "base/banned.h"

/* --- Inspection: weir_inspect file by file. -------------------------------------------------- */

/* One file of a data set as a data set. */
struct single {
    const struct weir_dataset *whole;
    uint32_t file;
};

static enum weir_status open_single(void *context, uint32_t file, struct weir_source *source_ret) {
    const struct single *single = context;
    (void)file;
    return single->whole->open(single->whole->context, single->file, source_ret);
}

static enum weir_status close_single(void *context, uint32_t file, struct weir_source *source) {
    const struct single *single = context;
    (void)file;
    return single->whole->close == NULL
               ? WEIR_OK
               : single->whole->close(single->whole->context, single->file, source);
}

static struct weir_dataset single_of(struct single *single) {
    const struct weir_dataset *whole = single->whole;
    struct weir_dataset dataset;
    memset(&dataset, 0, sizeof dataset);
    dataset.files = 1;
    if (whole->open == NULL) {
        dataset.context = (struct weir_source *)whole->context + single->file;
    } else {
        dataset.context = single;
        dataset.open = open_single;
        dataset.close = close_single;
    }
    return dataset;
}

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static void add_inventory(struct weir_inventory *to, const struct weir_inventory *from) {
    to->rows += from->rows;
    to->row_groups += from->row_groups;
    to->input_bytes += from->input_bytes;
    to->selected_bytes += from->selected_bytes;
    to->columns = larger(to->columns, from->columns);
    to->columns_selected = larger(to->columns_selected, from->columns_selected);
    to->kinds |= from->kinds;
    to->codecs |= from->codecs;
    to->encodings |= from->encodings;
    to->name_bytes_max = larger(to->name_bytes_max, from->name_bytes_max);
    to->cursors = larger(to->cursors, from->cursors);
    to->definition_max = larger(to->definition_max, from->definition_max);
    to->repetition_max = larger(to->repetition_max, from->repetition_max);
    to->held_page_bytes = weir_max_u64(to->held_page_bytes, from->held_page_bytes);
    to->codec_window_bytes = weir_max_u64(to->codec_window_bytes, from->codec_window_bytes);
    to->dictionary_entries_max =
        weir_max_u64(to->dictionary_entries_max, from->dictionary_entries_max);
}

/* What is wrong with one file only. */
static bool is_file_error(enum weir_status status) {
    return status == WEIR_E_NOT_PARQUET || status == WEIR_E_CORRUPT ||
           status == WEIR_E_UNSUPPORTED || status == WEIR_E_LIMIT || status == WEIR_E_CHECKSUM;
}

enum weir_status weir_check_inspect(const struct weir_dataset *dataset,
                                    const struct weir_profile_options *options, void *window,
                                    size_t window_bytes, struct weir_inventory *inventory_ret,
                                    struct weir_error *error_ret) {
    struct weir_profile_options checked;
    memset(inventory_ret, 0, sizeof *inventory_ret);
    weir_error_clear(error_ret);
    WEIR_TRY(weir_options_check(options, &checked, error_ret));
    if (dataset->files == 0) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "a data set without files");
    }
    uint32_t failed = 0;
    for (uint32_t file = 0; file < dataset->files; file++) {
        struct single single = {dataset, file};
        struct weir_dataset alone = single_of(&single);
        struct weir_inventory inventory;
        enum weir_status status =
            weir_inspect(&alone, options, window, window_bytes, &inventory, error_ret);
        bool empty = status == WEIR_E_ARGUMENT && inventory.files == 1 &&
                     inventory.columns_selected == 0 && inventory.input_bytes > 0;
        bool good = status == WEIR_OK || empty;
        if (!good && !(options->keep_going && is_file_error(status))) {
            error_ret->file = file;
            return status;
        }
        failed += !good; /* the check meets the same and tells it */
        add_inventory(inventory_ret, &inventory);
        if (good) {
            inventory_ret->file_digest =
                weir_hash_u64(inventory_ret->file_digest ^ inventory.file_digest);
        }
        weir_error_clear(error_ret);
    }
    inventory_ret->files = dataset->files;
    if (inventory_ret->columns_selected == 0 && failed == 0) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "no column is selected");
    }
    return WEIR_OK;
}

/* --- Plan and init. -------------------------------------------------------------------------- */

static struct weir_stats_options stats_of(const struct weir_plan *plan) {
    return (struct weir_stats_options){.stats = WEIR_STATS_DISTINCT,
                                       .rank_error = plan->options.rank_error,
                                       .seed = plan->options.seed,
                                       .isa = (enum weir_isa)plan->options.isa};
}

static struct weir_check *take_check(struct weir_space *space, const struct weir_plan *plan) {
    const struct weir_inventory *inventory = &plan->inventory;
    struct weir_stats_options stats = stats_of(plan);
    struct weir_needs needs = weir_inventory_needs(inventory);
    uint32_t count = plan->columns_per_batch;
    struct weir_check *check = weir_space_take(space, "check", 1, sizeof(struct weir_check),
                                               "the plan, and what a chunk says and holds");
    void *footer = weir_space_take(space, "footer cursor", 1, sizeof(struct weir_footer),
                                   "where the walk stands in a footer");
    void *window = weir_space_take(space, "footer window", 1, WEIR_FOOTER_WINDOW_BYTES,
                                   "bytes of the footer being read");
    void *pages = weir_space_take(space, "page window", 1, WEIR_CHECK_WINDOW_BYTES,
                                  "page headers, apart from the reader");
    struct weir_page_index *index = weir_page_index_take(space);
    struct weir_reader *reader = weir_reader_take(space, &needs);
    struct weir_scratch *scratch = weir_scratch_take(space, inventory->kinds, &stats);
    struct weir_column *column = weir_column_take(space, inventory->kinds, &stats);
    struct weir_check_column *columns =
        weir_space_take(space, "columns", count, sizeof(struct weir_check_column),
                        "type, order and place of a column of the batch");
    char *paths = weir_space_take(space, "column names", count, inventory->name_bytes_max + 1u,
                                  "the columns' paths");
    if (space->overflow || check == NULL || (count > 0 && paths == NULL)) {
        return NULL;
    }
    memset(check, 0, sizeof *check);
    memset(columns, 0, count * sizeof *columns);
    check->plan = *plan;
    check->stats = stats;
    check->footer = footer;
    check->footer_window = window;
    check->index = index;
    check->reader = reader;
    check->scratch = scratch;
    check->column = column;
    check->columns = columns;
    check->pages.buffer = pages;
    for (uint32_t i = 0; i < count; i++) {
        columns[i].path = paths + (size_t)i * (inventory->name_bytes_max + 1u);
    }
    return check;
}

static uint64_t measure(struct weir_plan *plan, uint32_t columns) {
    struct weir_space space;
    plan->columns_per_batch = columns;
    weir_space_measure(&space, NULL, NULL);
    (void)take_check(&space, plan);
    return space.overflow ? UINT64_MAX : space.used_bytes;
}

enum weir_status weir_check_plan(const struct weir_inventory *inventory,
                                 const struct weir_profile_options *options,
                                 struct weir_plan *plan_ret, struct weir_error *error_ret) {
    weir_error_clear(error_ret);
    memset(plan_ret, 0, sizeof *plan_ret);
    WEIR_TRY(weir_options_check(options, &plan_ret->options, error_ret));
    plan_ret->inventory = *inventory;
    plan_ret->budget_bytes = options->budget_bytes;
    plan_ret->lanes = 1;
    plan_ret->lanes_wanted = 1;
    plan_ret->rank_error = plan_ret->options.rank_error;
    uint32_t columns = larger(inventory->columns_selected, 1);
    plan_ret->minimum_bytes = measure(plan_ret, 1);
    uint32_t low = 0;
    for (uint32_t high = columns; low < high;) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (measure(plan_ret, middle) <= plan_ret->budget_bytes) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    plan_ret->columns_per_batch = larger(low, 1);
    plan_ret->batches = (columns + plan_ret->columns_per_batch - 1) / plan_ret->columns_per_batch;
    struct weir_space space;
    struct weir_plan measured = *plan_ret;
    weir_space_measure(&space, weir_plan_note, plan_ret);
    (void)take_check(&space, &measured);
    plan_ret->planned_bytes = space.used_bytes;
    if (low == 0) {
        return weir_fail_numbers(error_ret, WEIR_E_BUDGET, "the budget is too small",
                                 plan_ret->minimum_bytes, plan_ret->budget_bytes);
    }
    WEIR_ASSERT(plan_ret->planned_bytes <= plan_ret->budget_bytes);
    return WEIR_OK;
}

enum weir_status weir_check_init(void *memory, size_t bytes, const struct weir_plan *plan,
                                 const struct weir_dataset *dataset, struct weir_check **check_ret,
                                 struct weir_error *error_ret) {
    struct weir_space space;
    weir_error_clear(error_ret);
    *check_ret = NULL;
    WEIR_TRY(weir_plan_carve(plan, dataset, memory, bytes, &space, error_ret));
    struct weir_check *check = take_check(&space, plan);
    if (WEIR_NEVER(check == NULL)) {
        return weir_fail(error_ret, WEIR_E_INTERNAL, "the layout differs from the plan");
    }
    WEIR_ASSERT(space.used_bytes == plan->planned_bytes);
    weir_space_seal(&space);
    check->dataset = *dataset;
    weir_error_clear(&check->error);
    weir_window_init(&check->pages, check->pages.buffer, WEIR_CHECK_WINDOW_BYTES, &check->error);
    weir_reader_init(check->reader, (enum weir_isa)plan->options.isa, &check->error);
    *check_ret = check;
    return WEIR_OK;
}

/* --- The run. -------------------------------------------------------------------------------- */

enum weir_status weir_check_unreadable(struct weir_check *check, enum weir_status status) {
    struct weir_finding finding;
    if (!check->plan.options.keep_going || !is_file_error(status)) {
        return status;
    }
    check->totals.unreadable++;
    memset(&finding, 0, sizeof finding);
    finding.error = &check->error;
    finding.file = check->file;
    finding.row_group = check->error.row_group;
    finding.column = check->error.column;
    finding.page = check->error.page;
    if (!check->stopped) {
        check->stopped = !check->visit(check->visit_context, &finding);
    }
    weir_error_clear(&check->error);
    check->error.file = check->file;
    weir_window_forget(&check->pages);
    weir_window_forget(&check->reader->window);
    check->pages.failed = false;
    check->reader->window.failed = false;
    return WEIR_OK;
}

static enum weir_status run_file(struct weir_check *check) {
    const struct weir_dataset *dataset = &check->dataset;
    weir_window_forget(&check->pages);
    weir_window_forget(&check->reader->window);
    WEIR_TRY(weir_dataset_open(dataset, check->file, &check->source, &check->error));
    enum weir_status status = weir_check_file(check);
    uint64_t digest = weir_hash_u64(check->source.size_bytes);
    digest = weir_hash_u64(digest ^ check->footer->footer_bytes);
    status = weir_dataset_close(dataset, check->file, &check->source, status, &check->error);
    if (status == WEIR_OK) {
        check->digest = weir_hash_u64(check->digest ^ digest);
    }
    return status;
}

enum weir_status weir_check_run(struct weir_check *check, weir_check_visit *visit, void *context) {
    WEIR_ASSERT(visit != NULL);
    check->visit = visit;
    check->visit_context = context;
    for (check->file = 0; check->file < check->dataset.files; check->file++) {
        check->error.file = check->file;
        enum weir_status status = run_file(check);
        if (status != WEIR_OK) {
            WEIR_TRY(weir_check_unreadable(check, status));
        }
    }
    check->error.file = WEIR_NONE32;
    if (check->stopped) {
        return weir_fail(&check->error, WEIR_E_OUTPUT, "the caller stopped the run");
    }
    if (check->digest != check->plan.inventory.file_digest && check->totals.unreadable == 0) {
        return weir_fail(&check->error, WEIR_E_CHANGED,
                         "the input is not what it was when it was inspected");
    }
    return WEIR_OK;
}

const struct weir_error *weir_check_error(const struct weir_check *check) {
    return &check->error;
}

void weir_check_totals(const struct weir_check *check, struct weir_check_totals *totals_ret) {
    *totals_ret = check->totals;
}
