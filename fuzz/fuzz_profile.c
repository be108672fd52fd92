/*
 * The whole reader on arbitrary bytes: inspect, plan, profile, rows and check of one file.
 *
 * Properties, besides no crash: every call ends in a documented status; failures carry a message;
 * a run that succeeded counts as many rows as values and nulls; slices of input change nothing in
 * the outcome.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define BLOCK_BYTES (16u << 20)

struct input {
    const uint8_t *data;
    size_t bytes;
    size_t slice;
};

static _Alignas(64) uint8_t block[BLOCK_BYTES];

static int64_t read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    const struct input *input = context;
    if (offset >= input->bytes) {
        return 0;
    }
    size_t left = input->bytes - (size_t)offset;
    bytes = bytes < left ? bytes : left;
    bytes = bytes < input->slice ? bytes : input->slice;
    memcpy(to, input->data + offset, bytes);
    return (int64_t)bytes;
}

static void require(int condition) {
    if (!condition) {
        abort();
    }
}

/* Order-independent digest of what a run said. */
struct outcome {
    enum weir_status status;
    uint64_t digest;
};

static void add_column(struct outcome *outcome, struct weir_profile *profile, uint32_t i) {
    struct weir_column_info info;
    struct weir_result result;
    struct weir_quantile median = {.q = 0.5};
    weir_profile_column(profile, i, &info);
    weir_profile_result(profile, i, &result);
    weir_profile_quantiles(profile, i, &median, 1);
    if (info.error->status != WEIR_OK) {
        require(info.error->message != NULL && info.error->message[0] != '\0');
        outcome->digest = outcome->digest * 31 + (uint64_t)info.error->status;
        return;
    }
    require(result.count + result.nulls == result.rows || info.repetition_max > 0);
    require(result.nans + result.pos_infs + result.neg_infs <= result.count);
    outcome->digest = outcome->digest * 31 + result.rows;
    outcome->digest = outcome->digest * 31 + result.nulls;
    outcome->digest = outcome->digest * 31 + result.distinct.value;
    outcome->digest = outcome->digest * 31 + result.sum_whole.limbs[0];
}

static struct outcome run_profile(struct input *input) {
    struct weir_source source = {input, read_at, input->bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = sizeof block, .keep_going = true};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_profile *profile = NULL;
    struct weir_error error;
    struct outcome outcome = {WEIR_OK, 0};
    outcome.status = weir_inspect(&dataset, &options, block, sizeof block, &inventory, &error);
    if (outcome.status == WEIR_OK) {
        outcome.status = weir_profile_plan(&inventory, &options, &plan, &error);
    }
    if (outcome.status == WEIR_OK) {
        outcome.status = weir_profile_init(block, sizeof block, &plan, &dataset, &profile, &error);
    }
    if (outcome.status != WEIR_OK) {
        require(outcome.status < 0 && error.status == outcome.status && error.message[0] != '\0');
        return outcome;
    }
    while ((outcome.status = weir_profile_batch(profile)) == WEIR_OK) {
        outcome.status = weir_profile_run_lane(profile, 0);
        if (outcome.status != WEIR_OK) {
            break;
        }
        uint32_t first = 0;
        uint32_t count = 0;
        weir_profile_columns(profile, &first, &count);
        for (uint32_t i = first; i < first + count; i++) {
            add_column(&outcome, profile, i);
        }
    }
    require(outcome.status != WEIR_E_INTERNAL);
    require((outcome.status == WEIR_END) == (weir_profile_error(profile)->status == WEIR_OK));
    return outcome;
}

static enum weir_status run_rows(struct input *input) {
    struct weir_source source = {input, read_at, input->bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = sizeof block};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_rows *rows = NULL;
    struct weir_error error;
    struct weir_cell cells[256];
    if (weir_inspect(&dataset, &options, block, sizeof block, &inventory, &error) != WEIR_OK ||
        inventory.columns_selected > 256 ||
        weir_rows_plan(&dataset, &inventory, &options, block, sizeof block, &plan, &error) !=
            WEIR_OK ||
        weir_rows_init(block, sizeof block, &plan, &dataset, &rows, &error) != WEIR_OK) {
        return WEIR_END;
    }
    enum weir_status status = WEIR_OK;
    volatile uint8_t sink = 0;
    for (uint32_t row = 0; row < 5000 && status == WEIR_OK; row++) {
        status = weir_rows_next(rows, cells);
        for (uint32_t i = 0; status == WEIR_OK && i < inventory.columns_selected; i++) {
            if (cells[i].data_bytes > 0) {
                sink = (uint8_t)(sink + cells[i].data[0] + cells[i].data[cells[i].data_bytes - 1]);
            }
        }
    }
    require(status != WEIR_E_INTERNAL);
    return status;
}

static bool add_finding(void *context, const struct weir_finding *finding) {
    struct outcome *outcome = context;
    if (finding->error != NULL) {
        require(finding->error->status < 0 && finding->error->message[0] != '\0');
        outcome->digest = outcome->digest * 31 + (uint64_t)finding->error->status;
        return true;
    }
    require(finding->what != NULL && finding->file == 0);
    outcome->digest = outcome->digest * 31 + finding->row_group;
    outcome->digest = outcome->digest * 31 + finding->page;
    outcome->digest = outcome->digest * 31 + (uint64_t)finding->what[0];
    outcome->digest = outcome->digest * 31 + finding->stated.u64;
    outcome->digest = outcome->digest * 31 + finding->found.u64;
    return true;
}

static struct outcome run_check(struct input *input) {
    struct weir_source source = {input, read_at, input->bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = sizeof block, .keep_going = true};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_check *check = NULL;
    struct weir_check_totals totals;
    struct weir_error error;
    struct outcome outcome = {WEIR_OK, 0};
    outcome.status =
        weir_check_inspect(&dataset, &options, block, sizeof block, &inventory, &error);
    if (outcome.status == WEIR_OK) {
        outcome.status = weir_check_plan(&inventory, &options, &plan, &error);
    }
    if (outcome.status == WEIR_OK) {
        outcome.status = weir_check_init(block, sizeof block, &plan, &dataset, &check, &error);
    }
    if (outcome.status != WEIR_OK) {
        require(outcome.status < 0 && error.status == outcome.status && error.message[0] != '\0');
        return outcome;
    }
    outcome.status = weir_check_run(check, add_finding, &outcome);
    require(outcome.status != WEIR_E_INTERNAL && outcome.status != WEIR_E_CHANGED);
    weir_check_totals(check, &totals);
    require(totals.disagreements <= totals.statements);
    outcome.digest = outcome.digest * 31 + totals.statements;
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct input input = {data, bytes, SIZE_MAX};
    struct outcome whole = run_profile(&input);
    struct outcome checked = run_check(&input);
    (void)run_rows(&input);
    if (bytes < 4096) {
        input.slice = 1 + bytes % 61;
        struct outcome sliced = run_profile(&input);
        require(sliced.status == whole.status && sliced.digest == whole.digest);
        sliced = run_check(&input);
        require(sliced.status == checked.status && sliced.digest == checked.digest);
    }
    return 0;
}
