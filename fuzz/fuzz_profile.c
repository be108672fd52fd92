/*
 * A profile of arbitrary bytes: inspect, plan, init, run.
 *
 * Properties, besides no crash: every call ends in a documented status; failures carry a message;
 * a run that succeeded counts as many rows as values and nulls, and lists that can be; quantiles
 * that are to be exact are, and nothing has changed between passes; slices of input change nothing
 * in the outcome.
 */
#include "fuzz.h"

#define BLOCK_BYTES (16u << 20)

static _Alignas(64) uint8_t block[BLOCK_BYTES];

/* Status and digest of what a run said. */
struct outcome {
    enum weir_status status;
    uint64_t digest;
};

static void add(struct outcome *outcome, uint64_t value) {
    outcome->digest = outcome->digest * 31 + value;
}

static void add_nesting(struct outcome *outcome, const struct weir_profile *profile, uint32_t i,
                        const struct weir_result *result) {
    static struct weir_nesting nesting;
    uint64_t absent = 0;
    weir_profile_nesting(profile, i, &nesting);
    for (uint32_t d = 0; d < nesting.levels_count; d++) {
        absent += nesting.levels[d].absent;
    }
    fuzz_require(nesting.levels_count == 0 || nesting.entries == absent + result->count);
    for (uint32_t k = 0; k < nesting.lists_count; k++) {
        const struct weir_list *list = &nesting.lists[k];
        fuzz_require(list->empty <= list->lists && list->lists + list->nulls <= nesting.entries);
        fuzz_require(list->length_min <= list->length_max);
        fuzz_require(list->length_max <= list->elements);
        fuzz_require(list->lists == 0 || (list->length_mean >= (double)list->length_min &&
                                          list->length_mean <= (double)list->length_max));
        fuzz_require(!(list->length_std < 0));
        add(outcome, list->elements);
        add(outcome, list->length_max);
    }
}

static void add_column(struct outcome *outcome, struct weir_profile *profile, uint32_t i,
                       bool exact) {
    struct weir_column_info info;
    struct weir_result result;
    struct weir_quantile median = {.q = 0.5};
    weir_profile_column(profile, i, &info);
    weir_profile_result(profile, i, &result);
    weir_profile_quantiles(profile, i, &median, 1);
    if (info.error->status != WEIR_OK) {
        fuzz_require_failed(info.error->status, info.error);
        add(outcome, (uint64_t)info.error->status);
        return;
    }
    fuzz_require(!exact || !median.value.present || (median.exact && !median.value.cut));
    add(outcome, median.value.u64);
    fuzz_require(info.repetition_max > 0 || result.count + result.nulls == result.rows);
    fuzz_require(result.nans + result.pos_infs + result.neg_infs <= result.count);
    add(outcome, result.rows);
    add(outcome, result.nulls);
    add(outcome, result.distinct.value);
    add(outcome, result.sum_whole.limbs[0]);
    add_nesting(outcome, profile, i, &result);
}

static struct outcome run(struct fuzz_input *input, uint32_t lanes) {
    static const double half = 0.5;
    static const uint32_t stats[] = {WEIR_STATS_ALL, WEIR_STATS_MOMENTS, WEIR_STATS_QUANTILES,
                                     WEIR_STATS_ALL, WEIR_STATS_DISTINCT | WEIR_STATS_TOP};
    const bool exact = input->bytes % 2 == 1 || input->bytes > 8000;
    struct weir_source source = {input, fuzz_read_at, input->bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = sizeof block,
                                           .lanes = lanes,
                                           .part_rows = 1 + input->bytes % 97,
                                           .keep_going = true,
                                           .exact = exact,
                                           .stats = stats[input->bytes % 5],
                                           /* small sketches, which soon forget values */
                                           .rank_error = input->bytes % 16 == 6 ? 0 : 0.1,
                                           .quantiles = &half,
                                           .quantiles_count = 1};
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
        fuzz_require_failed(outcome.status, &error);
        return outcome;
    }
    while ((outcome.status = weir_profile_batch(profile)) == WEIR_OK) {
        for (uint32_t lane = 0; lane < plan.lanes && outcome.status == WEIR_OK; lane++) {
            outcome.status = weir_profile_run_lane(profile, lane);
        }
        if (outcome.status != WEIR_OK) {
            break;
        }
        uint32_t first = 0;
        uint32_t count = 0;
        weir_profile_columns(profile, &first, &count);
        for (uint32_t i = first; i < first + count; i++) {
            add_column(&outcome, profile, i, exact);
        }
    }
    fuzz_require(outcome.status != WEIR_E_INTERNAL);
    fuzz_require(outcome.status != WEIR_E_CHANGED || !exact);
    fuzz_require((outcome.status == WEIR_END) == (weir_profile_error(profile)->status == WEIR_OK));
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct fuzz_input input = {.data = data, .bytes = bytes, .slice = SIZE_MAX};
    struct outcome whole = run(&input, 1);
    if (bytes < 4096) {
        input.slice = 1 + bytes % 61;
        struct outcome sliced = run(&input, 1 + (uint32_t)(bytes % 5));
        fuzz_require(sliced.status == whole.status && sliced.digest == whole.digest);
    }
    return 0;
}
