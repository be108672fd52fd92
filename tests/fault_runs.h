/* Everything the library can do with a data set, as runs whose outcomes can be compared. */
#ifndef WEIR_TESTS_FAULT_RUNS_H
#define WEIR_TESTS_FAULT_RUNS_H

#include "fault_file.h"
#include "fault_source.h"
#include "run_lanes.h"

#include "weir/check.h"

/* --- Runs ------------------------------------------------------------------------------------ */

enum fault_run_kind { RUN_PROFILE, RUN_ROWS, RUN_CHECK, RUN_SCHEMA };

struct fault_run {
    const char *name;
    enum fault_run_kind kind;
    struct weir_profile_options options; /* budget 0: enough */
    int order;                           /* of lanes, as run_lanes has it */
    size_t slice;
};

struct fault_memory {
    void *window;
    void *block;
    size_t bytes;
};

static inline void *fault_block(struct fault_memory *memory, size_t bytes) {
    if (memory->bytes < bytes) {
        free(memory->block);
        memory->bytes = (bytes + 63) & ~(size_t)63;
        memory->block = aligned_alloc(64, memory->bytes);
        assert_non_null(memory->block);
    }
    return memory->block;
}

static inline uint64_t fault_hash(uint64_t digest, const void *from, size_t bytes) {
    const uint8_t *at = from;
    for (size_t i = 0; i < bytes; i++) {
        digest = (digest ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return digest;
}

static inline void fault_take_columns(struct weir_profile *profile, struct fault_outcome *out) {
    uint32_t first = 0;
    uint32_t count = 0;
    weir_profile_columns(profile, &first, &count);
    for (uint32_t i = first; i < first + count; i++) {
        struct weir_result result;
        struct weir_quantile quantiles[3] = {{.q = 0}, {.q = 0.5}, {.q = 1}};
        struct weir_column_info info;
        weir_profile_column(profile, i, &info);
        weir_profile_result(profile, i, &result);
        weir_profile_quantiles(profile, i, quantiles, 3);
        for (int q = 0; q < 3; q++) {
            out->digest = fault_hash(out->digest, &quantiles[q].value, sizeof quantiles[q].value);
        }
        out->digest = fault_hash(out->digest, &result, sizeof result);
        out->digest = fault_hash(out->digest, &info.pages, sizeof info.pages);
        out->digest = fault_hash(out->digest, &info.error->status, sizeof info.error->status);
    }
}

/* The run is over, well or not: what is asked for now must not reach for the source. */
static inline void fault_profile_sticks(struct weir_profile *profile, struct fault_store *store,
                                        enum weir_status status) {
    store->over = true;
    assert_int_equal(weir_profile_batch(profile), status);
    assert_true(status == WEIR_END || weir_profile_error(profile)->status == status);
}

static inline void fault_run_profile(struct fault_store *store, const struct fault_run *run,
                                     const struct weir_plan *plan, struct fault_memory *memory,
                                     struct fault_outcome *out) {
    struct weir_profile *profile = NULL;
    void *block = fault_block(memory, (size_t)plan->planned_bytes);
    out->status =
        weir_profile_init(block, memory->bytes, plan, &store->dataset, &profile, &out->error);
    assert_int_equal(out->status, WEIR_OK);
    while ((out->status = weir_profile_batch(profile)) == WEIR_OK) {
        (void)run_lanes(profile, plan->lanes, run->order);
        if (weir_profile_error(profile)->status == WEIR_OK) {
            fault_take_columns(profile, out);
        }
    }
    out->error = *weir_profile_error(profile);
    fault_profile_sticks(profile, store, out->status);
}

static inline void fault_run_rows(struct fault_store *store, const struct weir_plan *plan,
                                  struct fault_memory *memory, struct fault_outcome *out) {
    struct weir_rows *rows = NULL;
    struct weir_cell cells[3];
    void *block = fault_block(memory, (size_t)plan->planned_bytes);
    out->status = weir_rows_init(block, memory->bytes, plan, &store->dataset, &rows, &out->error);
    if (out->status != WEIR_OK) { /* it opens the first file */
        store->over = true;
        return;
    }
    while ((out->status = weir_rows_next(rows, cells)) == WEIR_OK) {
        for (int c = 0; c < 3; c++) {
            const struct weir_cell *cell = &cells[c];
            out->digest = fault_hash(out->digest, &cell->is_null, sizeof cell->is_null);
            if (!cell->is_null && cell->data != NULL) {
                out->digest = fault_hash(out->digest, cell->data, (size_t)cell->data_bytes);
            } else if (!cell->is_null) {
                out->digest = fault_hash(out->digest, &cell->bits, sizeof cell->bits);
            }
        }
    }
    out->error = *weir_rows_error(rows);
    store->over = true;
    assert_int_equal(weir_rows_next(rows, cells), out->status);
}

/* The caller's end of a check or a walk: it may have no room for more. */
static inline bool fault_sink_takes(struct fault_store *store) {
    const uint64_t call = ++store->sink_calls;
    store->called_when_over |=
        store->over || (store->sink_fails_at != 0 && call > store->sink_fails_at);
    return call != store->sink_fails_at;
}

struct fault_sink {
    struct fault_store *store;
    struct fault_outcome *out;
};

static inline bool fault_visit(void *context, const struct weir_finding *finding) {
    const struct fault_sink *sink = context;
    struct fault_outcome *out = sink->out;
    const char *what = finding->error != NULL ? finding->error->message : finding->what;
    out->digest = fault_hash(out->digest, what, strlen(what));
    return fault_sink_takes(sink->store);
}

static inline void fault_run_check(struct fault_store *store, const struct weir_plan *plan,
                                   struct fault_memory *memory, struct fault_outcome *out) {
    struct weir_check *check = NULL;
    struct weir_check_totals totals;
    void *block = fault_block(memory, (size_t)plan->planned_bytes);
    assert_int_equal(
        weir_check_init(block, memory->bytes, plan, &store->dataset, &check, &out->error), WEIR_OK);
    struct fault_sink sink = {store, out};
    out->status = weir_check_run(check, fault_visit, &sink);
    out->error = *weir_check_error(check);
    weir_check_totals(check, &totals);
    out->digest = fault_hash(out->digest, &totals, sizeof totals);
    store->over = true;
}

static inline bool fault_see_page(void *context, const struct weir_schema_chunk *chunk,
                                  const struct weir_schema_page *page) {
    const struct fault_sink *sink = context;
    struct fault_outcome *out = sink->out;
    out->digest = fault_hash(out->digest, &chunk->offset_bytes, sizeof chunk->offset_bytes);
    out->digest = fault_hash(out->digest, &page->compressed_bytes, sizeof page->compressed_bytes);
    return fault_sink_takes(sink->store);
}

static inline void fault_run_schema(struct fault_store *store, struct fault_memory *memory,
                                    struct fault_outcome *out) {
    struct weir_schema_summary summary;
    struct fault_sink sink = {store, out};
    const struct weir_schema_visitor visitor = {.context = &sink, .page = fault_see_page};
    out->status = WEIR_OK;
    for (uint32_t file = 0; file < store->dataset.files && out->status == WEIR_OK; file++) {
        out->status = weir_schema_walk(&store->dataset, file, &visitor, memory->window,
                                       WEIR_INSPECT_BYTES, &summary, &out->error);
        out->digest = fault_hash(out->digest, &summary.rows, sizeof summary.rows);
    }
    store->over = true;
}

/* Inspects and plans as the run's kind wants it; true when there is a plan. */
static inline bool fault_plan(struct fault_store *store, const struct fault_run *run,
                              struct fault_memory *memory, struct weir_plan *plan,
                              struct fault_outcome *out) {
    struct weir_profile_options options = run->options;
    struct weir_inventory inventory;
    const struct weir_dataset *dataset = &store->dataset;
    const bool small = options.budget_bytes == 1;
    options.stop = &store->stop;
    options.budget_bytes = 64u << 20;
    out->status = (run->kind == RUN_CHECK ? weir_check_inspect : weir_inspect)(
        dataset, &options, memory->window, WEIR_INSPECT_BYTES, &inventory, &out->error);
    for (int round = 0; round < (small ? 2 : 1) && out->status == WEIR_OK; round++) {
        out->status =
            run->kind == RUN_PROFILE ? weir_profile_plan(&inventory, &options, plan, &out->error)
            : run->kind == RUN_CHECK ? weir_check_plan(&inventory, &options, plan, &out->error)
                                     : weir_rows_plan(dataset, &inventory, &options, memory->window,
                                                      WEIR_INSPECT_BYTES, plan, &out->error);
        options.budget_bytes = plan->minimum_bytes;
    }
    return out->status == WEIR_OK;
}

/* options.budget_bytes 1: the smallest that works. */
static inline struct fault_outcome fault_perform(struct fault_store *store,
                                                 const struct fault_run *run,
                                                 struct fault_memory *memory) {
    static struct weir_plan plan;
    struct fault_outcome out;
    memset(&out, 0, sizeof out);
    out.digest = UINT64_C(0xcbf29ce484222325);
    store->slice = run->slice;
    if (run->kind == RUN_SCHEMA) {
        fault_run_schema(store, memory, &out);
        return out;
    }
    if (!fault_plan(store, run, memory, &plan, &out)) {
        store->over = true;
        return out;
    }
    switch (run->kind) {
    case RUN_PROFILE: fault_run_profile(store, run, &plan, memory, &out); break;
    case RUN_ROWS: fault_run_rows(store, &plan, memory, &out); break;
    default: fault_run_check(store, &plan, memory, &out); break;
    }
    return out;
}

#endif
