/*
 * What arbitrary bytes say of themselves against what they hold.
 *
 * Properties, besides no crash: failures carry a message; findings are complete, and as many as the
 * totals say.
 */
#include "fuzz.h"
#include "weir/check.h"

#define BLOCK_BYTES (16u << 20)

static _Alignas(64) uint8_t block[BLOCK_BYTES];

struct findings {
    uint64_t errors;
    uint64_t disagreements;
};

static bool see(void *context, const struct weir_finding *finding) {
    struct findings *findings = context;
    static volatile uint8_t sink;
    if (finding->error != NULL) {
        fuzz_require_failed(finding->error->status, finding->error);
        findings->errors++;
        return true;
    }
    fuzz_require(finding->what != NULL && finding->what[0] != '\0');
    fuzz_require(finding->file == 0);
    for (uint32_t i = 0; finding->path != NULL && i < finding->path_bytes; i++) {
        sink = (uint8_t)(sink + (uint8_t)finding->path[i]);
    }
    findings->disagreements++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct fuzz_input input = {.data = data, .bytes = bytes, .slice = SIZE_MAX};
    struct weir_source source = {&input, fuzz_read_at, bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = sizeof block, .keep_going = true};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_check *check = NULL;
    struct weir_error error;
    struct weir_check_totals totals;
    struct findings findings = {0, 0};
    enum weir_status status =
        weir_check_inspect(&dataset, &options, block, sizeof block, &inventory, &error);
    if (status == WEIR_OK) {
        status = weir_check_plan(&inventory, &options, &plan, &error);
    }
    if (status == WEIR_OK) {
        status = weir_check_init(block, sizeof block, &plan, &dataset, &check, &error);
    }
    if (status != WEIR_OK) {
        fuzz_require_failed(status, &error);
        return 0;
    }
    status = weir_check_run(check, see, &findings);
    weir_check_totals(check, &totals);
    if (status != WEIR_OK) {
        fuzz_require_failed(status, weir_check_error(check));
    }
    fuzz_require(totals.disagreements == findings.disagreements);
    fuzz_require(totals.unreadable == findings.errors);
    return 0;
}
