/*
 * What arbitrary bytes say of themselves against what they hold.
 *
 * Properties, besides no crash: failures carry a message; findings are complete, and as many as the
 * totals say; slices of input change nothing in them.
 */
#include "fuzz.h"
#include "weir/check.h"

#define BLOCK_BYTES (16u << 20)
#define SLICED_BYTES_MAX 4096u /* slices of longer files take too long */

static _Alignas(64) uint8_t block[BLOCK_BYTES];

/* How a run went. */
struct outcome {
    enum weir_status status;
    struct weir_check_totals totals;
    uint64_t errors;
    uint64_t disagreements;
    uint64_t digest;
};

static bool see(void *context, const struct weir_finding *finding) {
    struct outcome *outcome = context;
    if (finding->error != NULL) {
        fuzz_require_failed(finding->error->status, finding->error);
        /* Which of a page's faults is met first is a matter of what is read ahead. */
        fuzz_add(&outcome->digest, (uint64_t)finding->error->status);
        outcome->errors++;
        return true;
    }
    fuzz_require(finding->file == 0);
    fuzz_add(&outcome->digest, (uint64_t)finding->row_group << 32 | finding->column);
    fuzz_add_bytes(&outcome->digest, finding->path,
                   finding->path == NULL ? 0 : finding->path_bytes);
    fuzz_require(finding->what != NULL && finding->what[0] != '\0');
    fuzz_add_value(&outcome->digest, finding->what, strlen(finding->what));
    outcome->disagreements++;
    return true;
}

static struct outcome run(struct fuzz_input *input) {
    struct weir_source source = {input, fuzz_read_at, input->bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = sizeof block, .keep_going = true};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_check *check = NULL;
    struct weir_error error;
    struct outcome outcome;
    memset(&outcome, 0, sizeof outcome);
    outcome.status =
        weir_check_inspect(&dataset, &options, block, sizeof block, &inventory, &error);
    if (outcome.status == WEIR_OK) {
        outcome.status = weir_check_plan(&inventory, &options, &plan, &error);
    }
    if (outcome.status == WEIR_OK) {
        outcome.status = weir_check_init(block, sizeof block, &plan, &dataset, &check, &error);
    }
    if (outcome.status != WEIR_OK) {
        fuzz_require_failed(outcome.status, &error);
        return outcome;
    }
    outcome.status = weir_check_run(check, see, &outcome);
    weir_check_totals(check, &outcome.totals);
    if (outcome.status != WEIR_OK) {
        fuzz_require_failed(outcome.status, weir_check_error(check));
    }
    fuzz_require(outcome.totals.disagreements == outcome.disagreements);
    fuzz_require(outcome.totals.unreadable == outcome.errors);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct fuzz_input input = {.data = data, .bytes = bytes, .slice = SIZE_MAX};
    const struct outcome whole = run(&input);
    if (bytes < SLICED_BYTES_MAX) {
        input.slice = 64;
        input.state = fuzz_state_of(data, bytes);
        const struct outcome sliced = run(&input);
        fuzz_require(memcmp(&whole, &sliced, sizeof whole) == 0);
    }
    return 0;
}
