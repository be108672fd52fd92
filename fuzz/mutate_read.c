#include "mutate_read.h"

#include <math.h>
#include <string.h>

#include "weir/check.h"

#define COLUMNS_MAX 64u
#define ENTRIES_MAX 2000u

/* --- Digests ------------------------------------------------------------------------------------
 */

static void add(uint64_t *digest, uint64_t value) {
    *digest = (*digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *digest ^= *digest >> 29;
}

static void add_bytes(uint64_t *digest, const void *data, uint64_t bytes) {
    const uint8_t *at = data;
    add(digest, bytes);
    for (uint64_t i = 0; i < bytes; i++) {
        *digest = (*digest ^ at[i]) * UINT64_C(0x100000001b3);
    }
}

/* NaNs are one: their bits differ between compilers. */
static void add_real(uint64_t *digest, double value) {
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    add(digest, isnan(value) ? UINT64_MAX : bits);
}

static void add_value(uint64_t *digest, const struct weir_value *value) {
    add(digest, value->present);
    if (!value->present) {
        return;
    }
    add(digest, (uint64_t)value->kind << 1 | value->cut);
    switch (value->kind) {
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: add_real(digest, value->f64); break;
    case WEIR_KIND_BYTES: add_bytes(digest, value->bytes, value->bytes_count); break;
    case WEIR_KIND_I128:
        add(digest, value->i128.low);
        add(digest, (uint64_t)value->i128.high);
        break;
    default: add(digest, value->u64); break;
    }
}

/* --- Profile ------------------------------------------------------------------------------------
 */

static void add_moments(uint64_t *digest, const struct weir_result *result) {
    add_real(digest, result->mean);
    add_real(digest, result->variance);
    add_real(digest, result->skewness);
    add_real(digest, result->kurtosis);
    add_real(digest, result->sum);
    for (int i = 0; i < 4 && result->sum_exact; i++) {
        add(digest, result->sum_whole.limbs[i]);
    }
}

static void add_strings(uint64_t *digest, const struct weir_strings *strings) {
    add(digest, strings->bytes_total);
    add(digest, strings->length_min);
    add(digest, strings->length_max);
    add(digest, strings->empty);
    add(digest, strings->invalid_utf8);
    add_real(digest, strings->length_mean);
    add_real(digest, strings->length_std);
}

static void add_result(uint64_t *digest, const struct weir_result *result) {
    add(digest, result->rows);
    add(digest, result->count);
    add(digest, result->nulls);
    add(digest, result->nans);
    add(digest, result->zeros);
    add(digest, result->negatives);
    add_value(digest, &result->min);
    add_value(digest, &result->max);
    if (result->has_moments) {
        add_moments(digest, result);
    }
    if (result->has_distinct) {
        add(digest, result->distinct.value);
    }
    for (uint32_t i = 0; i < result->top_count; i++) {
        add_value(digest, &result->top[i].value);
        add(digest, result->top[i].count_low);
        add(digest, result->top[i].count_high);
    }
    if (result->has_strings) {
        add_strings(digest, &result->strings);
    }
}

static void add_nesting(uint64_t *digest, const struct weir_profile *profile, uint32_t column) {
    static struct weir_nesting nesting;
    weir_profile_nesting(profile, column, &nesting);
    add(digest, nesting.entries);
    for (uint32_t i = 0; i < nesting.levels_count; i++) {
        add(digest, nesting.levels[i].absent);
    }
    for (uint32_t i = 0; i < nesting.lists_count; i++) {
        add(digest, nesting.lists[i].lists);
        add(digest, nesting.lists[i].nulls);
        add(digest, nesting.lists[i].empty);
        add(digest, nesting.lists[i].elements);
        add(digest, nesting.lists[i].length_max);
        add_real(digest, nesting.lists[i].length_std);
    }
}

static void add_column(uint64_t *digest, struct weir_profile *profile, uint32_t column,
                       const struct mutate_memory *memory) {
    struct weir_column_info info;
    struct weir_result result;
    struct weir_quantile quantiles[2] = {{.q = 0.5}, {.q = 0.9}};
    weir_profile_column(profile, column, &info);
    weir_profile_result(profile, column, &result);
    weir_profile_quantiles(profile, column, quantiles, 2);
    memory->require(info.repetition_max > 0 || result.count + result.nulls == result.rows,
                    "rows are values and nulls");
    memory->require(info.error->status == WEIR_OK, "a run without --keep-going has no bad column");
    add_bytes(digest, info.path, info.path_bytes);
    add(digest, info.pages_crc_ok);
    add(digest, info.pages_crc_absent);
    add_result(digest, &result);
    add_value(digest, &quantiles[0].value);
    add_value(digest, &quantiles[1].value);
    add_nesting(digest, profile, column);
}

static void require_failed(const struct mutate_memory *memory, enum weir_status status,
                           const struct weir_error *error) {
    memory->require(status < 0 && status != WEIR_E_INTERNAL, "a failure has a documented status");
    memory->require(error->status == status, "a failure's record has its status");
    memory->require(error->message != NULL && error->message[0] != '\0', "a failure has a message");
}

static enum weir_status run_profile(struct weir_profile *profile, uint64_t *digest,
                                    const struct mutate_memory *memory) {
    enum weir_status status = WEIR_OK;
    while ((status = weir_profile_batch(profile)) == WEIR_OK &&
           (status = weir_profile_run_lane(profile, 0)) == WEIR_OK) {
        uint32_t first = 0;
        uint32_t count = 0;
        weir_profile_columns(profile, &first, &count);
        for (uint32_t i = first; i < first + count; i++) {
            add_column(digest, profile, i, memory);
        }
    }
    struct weir_warnings warnings;
    weir_profile_warnings(profile, &warnings);
    for (int i = 0; i < WEIR_WARNINGS; i++) {
        add(digest, warnings.kinds[i].count);
    }
    if (status != WEIR_END) {
        require_failed(memory, status, weir_profile_error(profile));
    }
    return status;
}

static enum weir_status read_profile(const struct weir_dataset *dataset, uint64_t *digest,
                                     const struct mutate_memory *memory) {
    struct weir_profile_options options = {.budget_bytes = MUTATE_BUDGET_BYTES};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_profile *profile = NULL;
    struct weir_error error;
    enum weir_status status =
        weir_inspect(dataset, &options, memory->window, WEIR_INSPECT_BYTES, &inventory, &error);
    if (status == WEIR_OK) {
        status = weir_profile_plan(&inventory, &options, &plan, &error);
    }
    if (status == WEIR_OK) {
        void *block = memory->block(plan.planned_bytes);
        status = weir_profile_init(block, plan.planned_bytes, &plan, dataset, &profile, &error);
    }
    if (status != WEIR_OK) {
        require_failed(memory, status, &error);
        return status;
    }
    return run_profile(profile, digest, memory);
}

/* --- Check --------------------------------------------------------------------------------------
 */

struct findings {
    uint64_t count;
    uint64_t *digest;
    const struct mutate_memory *memory;
};

static bool see(void *context, const struct weir_finding *finding) {
    struct findings *findings = context;
    findings->count++;
    if (finding->error != NULL) {
        require_failed(findings->memory, finding->error->status, finding->error);
        add(findings->digest, (uint64_t)finding->error->status);
        return true;
    }
    add_bytes(findings->digest, finding->what, strlen(finding->what));
    add(findings->digest, (uint64_t)finding->form << 8 | finding->relation);
    add(findings->digest, finding->row_group);
    add(findings->digest, finding->column);
    add(findings->digest, finding->page);
    if (finding->path != NULL) {
        add_bytes(findings->digest, finding->path, finding->path_bytes);
    }
    if (finding->form != WEIR_FORM_OTHER) {
        add_value(findings->digest, &finding->stated);
        add_value(findings->digest, &finding->found);
    }
    return true;
}

static enum weir_status read_check(const struct weir_dataset *dataset, uint64_t *digest,
                                   const struct mutate_memory *memory) {
    struct weir_profile_options options = {.budget_bytes = MUTATE_BUDGET_BYTES, .keep_going = true};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_check *check = NULL;
    struct weir_error error;
    enum weir_status status = weir_check_inspect(dataset, &options, memory->window,
                                                 WEIR_INSPECT_BYTES, &inventory, &error);
    if (status == WEIR_OK) {
        status = weir_check_plan(&inventory, &options, &plan, &error);
    }
    if (status == WEIR_OK) {
        void *block = memory->block(plan.planned_bytes);
        status = weir_check_init(block, plan.planned_bytes, &plan, dataset, &check, &error);
    }
    if (status != WEIR_OK) {
        require_failed(memory, status, &error);
        return status;
    }
    struct findings findings = {0, digest, memory};
    struct weir_check_totals totals;
    status = weir_check_run(check, see, &findings);
    weir_check_totals(check, &totals);
    memory->require(totals.disagreements + totals.unreadable == findings.count,
                    "findings are as many as the totals say");
    if (status != WEIR_OK) {
        require_failed(memory, status, weir_check_error(check));
    }
    add(digest, totals.statements);
    add(digest, totals.pages);
    return status;
}

/* --- Rows ---------------------------------------------------------------------------------------
 */

static void add_cell(uint64_t *digest, const struct weir_cell *cell) {
    add(digest, (uint64_t)cell->repetition << 32 | cell->definition);
    if (!cell->is_null) {
        add(digest, cell->bits);
        add_bytes(digest, cell->data, cell->data_bytes);
    }
}

static enum weir_status run_rows(struct weir_rows *rows, uint32_t columns, uint64_t *digest) {
    struct weir_cell cells[COLUMNS_MAX];
    enum weir_status status = WEIR_OK;
    uint32_t entries = 0;
    while (entries < ENTRIES_MAX && (status = weir_rows_next(rows, cells)) == WEIR_OK) {
        entries++;
        for (uint32_t i = 0; i < columns; i++) {
            struct weir_column_info info;
            weir_rows_column(rows, i, &info);
            add_cell(digest, &cells[i]);
            while (info.repetition_max > 0 && entries++ < ENTRIES_MAX &&
                   (status = weir_rows_more(rows, i, &cells[i])) == WEIR_OK) {
                add_cell(digest, &cells[i]);
            }
            if (status < 0) {
                return status;
            }
        }
    }
    return status;
}

static enum weir_status read_rows(const struct weir_dataset *dataset, uint64_t *digest,
                                  const struct mutate_memory *memory) {
    struct weir_profile_options options = {.budget_bytes = MUTATE_BUDGET_BYTES};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_rows *rows = NULL;
    struct weir_error error;
    enum weir_status status =
        weir_inspect(dataset, &options, memory->window, WEIR_INSPECT_BYTES, &inventory, &error);
    if (status == WEIR_OK && inventory.columns_selected > COLUMNS_MAX) {
        return status;
    }
    if (status == WEIR_OK) {
        status = weir_rows_plan(dataset, &inventory, &options, memory->window, WEIR_INSPECT_BYTES,
                                &plan, &error);
    }
    if (status == WEIR_OK) {
        void *block = memory->block(plan.planned_bytes);
        status = weir_rows_init(block, plan.planned_bytes, &plan, dataset, &rows, &error);
    }
    if (status != WEIR_OK) {
        require_failed(memory, status, &error);
        return status;
    }
    status = run_rows(rows, inventory.columns_selected, digest);
    if (status < 0) {
        require_failed(memory, status, weir_rows_error(rows));
    }
    return status;
}

void mutate_read(enum mutate_verb verb, const struct weir_dataset *dataset,
                 const struct mutate_memory *memory, struct mutate_verdict *verdict_ret) {
    uint64_t digest = 0;
    enum weir_status status = verb == MUTATE_PROFILE ? read_profile(dataset, &digest, memory)
                              : verb == MUTATE_CHECK ? read_check(dataset, &digest, memory)
                                                     : read_rows(dataset, &digest, memory);
    verdict_ret->status[verb] = status;
    verdict_ret->digest[verb] = status < 0 && verb != MUTATE_CHECK ? 0 : digest;
}
