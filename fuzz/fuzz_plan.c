/*
 * Plans: any options for any input that inspection may describe.
 *
 * The bytes are numbers that options and inventory are made of (struct head).
 *
 * Properties, besides no crash: options are refused with a message; a plan keeps its budget, its
 * terms add up, and it can be placed in exactly as many bytes; one with too little says how much is
 * enough, which is enough, while one byte less is not; more memory means no more batches; the same
 * question has the same answer.
 */
#include "fuzz.h"

#define BLOCK_BYTES (16u << 20)
#define PLACED_BYTES_MAX (8u << 20)

struct head {
    uint8_t budget[4]; /* in units of 64 bytes */
    uint8_t lanes;
    uint8_t stats;
    uint8_t rank_error[2];
    uint8_t part_rows;
    uint8_t flags; /* bit 0: exact; 1: stacks; 2: quantiles that are none; 3: a window of its own */
    uint8_t quantiles;
    uint8_t kinds[2];
    uint8_t codecs;
    uint8_t encodings[2];
    uint8_t columns;
    uint8_t scale; /* many columns and lanes, for which plans take long, are rare */
    uint8_t name_bytes;
    uint8_t cursors;
    uint8_t levels; /* definition and repetition, four bits each */
    uint8_t rows;   /* as a power of two */
    uint8_t window; /* of the codec, as a power of two */
    uint8_t held;
};

static _Alignas(64) uint8_t block[BLOCK_BYTES];
static struct weir_plan plans[3];
static double quantiles[WEIR_QUANTILES_MAX + 1];

static int64_t read_nothing(void *context, uint64_t offset, void *to, size_t bytes) {
    (void)context;
    (void)offset;
    memset(to, 0, bytes);
    return (int64_t)bytes;
}

static uint32_t pair(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static bool is_large(const struct head *head) {
    return head->scale == 0xff && head->columns % 4 == 0;
}

static struct weir_profile_options make_options(const struct head *head) {
    const uint32_t count = head->quantiles % (WEIR_QUANTILES_MAX + 2);
    for (uint32_t i = 0; i < count && i <= WEIR_QUANTILES_MAX; i++) {
        quantiles[i] = i / 64.0 + ((head->flags & 4) != 0 ? 0.5 : 0);
    }
    return (struct weir_profile_options){
        .budget_bytes = (pair(head->budget) | (uint64_t)pair(head->budget + 2) << 16) * 64,
        .lanes = head->lanes % (is_large(head) ? WEIR_LANES_MAX + 4 : 6),
        .stats = head->stats,
        .rank_error = pair(head->rank_error) / 500000.0,
        .part_rows = head->part_rows == 0 ? 0 : UINT64_C(1) << head->part_rows % 40,
        .exact = (head->flags & 1) != 0,
        .lane_stack_bytes = (head->flags & 2) != 0 ? 64u << 10 : 0,
        .codec_window_bytes = (head->flags & 8) != 0 ? UINT64_C(1) << head->window % 28 : 0,
        .quantiles = quantiles,
        .quantiles_count = count};
}

static struct weir_inventory make_inventory(const struct head *head) {
    const uint32_t columns = 1 + head->columns % 16u * (is_large(head) ? 12 : 1);
    return (struct weir_inventory){
        .rows = UINT64_C(1) << head->rows % 48,
        .row_groups = 1 + head->rows,
        .input_bytes = UINT64_C(1) << 40,
        .footer_bytes = 1000,
        .selected_bytes = UINT64_C(1) << 39,
        .files = 1,
        .columns = columns,
        .columns_selected = columns,
        .kinds = (pair(head->kinds) & 0x1ff) == 0 ? 1 : pair(head->kinds) & 0x1ff,
        .codecs = head->codecs,
        .name_bytes_max = 1 + 16u * head->name_bytes,
        .encodings = pair(head->encodings) & 0x7ff,
        .cursors = head->cursors % 16,
        .definition_max = head->levels % 16,
        .repetition_max = head->levels % 16 < head->levels / 16 ? 0 : head->levels / 16,
        .held_page_bytes = head->held == 0 ? 0 : UINT64_C(1) << head->held % 23,
        .codec_window_bytes = head->window == 0 ? 0 : UINT64_C(1) << head->window % 28};
}

static void check_terms(const struct weir_plan *plan, uint64_t bytes) {
    uint64_t sum = 0;
    fuzz_require(plan->terms_count <= WEIR_PLAN_TERMS_MAX);
    for (uint32_t i = 0; i < plan->terms_count; i++) {
        fuzz_require(plan->terms[i].name[0] != '\0' && plan->terms[i].why[0] != '\0');
        fuzz_require(plan->terms[i].bytes > 0 && plan->terms[i].count > 0);
        sum += plan->terms[i].bytes;
    }
    /* What terms are rounded up to. */
    fuzz_require(sum <= bytes);
}

static void check_plan(const struct weir_plan *plan, const struct weir_inventory *inventory,
                       const struct weir_profile_options *options) {
    fuzz_require(plan->planned_bytes <= options->budget_bytes);
    fuzz_require(plan->minimum_bytes <= plan->planned_bytes);
    fuzz_require(plan->lanes >= 1 && plan->lanes <= WEIR_LANES_MAX);
    fuzz_require(plan->parts >= 1 && plan->parts <= WEIR_PARTS_MAX);
    fuzz_require(plan->columns_per_batch >= 1);
    fuzz_require((uint64_t)plan->batches * plan->columns_per_batch >= inventory->columns_selected);
    fuzz_require((uint64_t)(plan->batches - 1) * plan->columns_per_batch <
                 inventory->columns_selected);
    fuzz_require(plan->passes >= 1 && plan->passes <= plan->passes_max);
    check_terms(plan, plan->planned_bytes);
}

/* Exactly the planned bytes are enough, and not one less. */
static void place(const struct weir_plan *plan) {
    struct weir_source source = {NULL, read_nothing, 0};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile *profile = NULL;
    struct weir_error error;
    const size_t bytes = (size_t)plan->planned_bytes;
    uint8_t *memory = block + ((BLOCK_BYTES - bytes) & ~(size_t)63);
    fuzz_require(weir_profile_init(memory, bytes - 1, plan, &dataset, &profile, &error) ==
                 WEIR_E_BUDGET);
    fuzz_require(error.wanted == bytes && error.got == bytes - 1);
    fuzz_require(weir_profile_init(memory, bytes, plan, &dataset, &profile, &error) == WEIR_OK);
    fuzz_require((uint8_t *)profile >= memory && (uint8_t *)profile < memory + bytes);
}

/* What a plan says of the memory that would do. */
static void check_minimum(const struct weir_inventory *inventory,
                          struct weir_profile_options options, uint64_t minimum) {
    struct weir_error error;
    options.budget_bytes = minimum;
    fuzz_require(weir_profile_plan(inventory, &options, &plans[1], &error) == WEIR_OK);
    fuzz_require(plans[1].planned_bytes == minimum || plans[1].columns_per_batch > 1 ||
                 plans[1].planned_bytes < minimum);
    options.budget_bytes = minimum - 1;
    fuzz_require(weir_profile_plan(inventory, &options, &plans[2], &error) == WEIR_E_BUDGET);
    fuzz_require(error.wanted == minimum && error.got == minimum - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct head head;
    struct weir_error error;
    memset(&head, 0, sizeof head);
    memcpy(&head, data, bytes < sizeof head ? bytes : sizeof head);
    const struct weir_inventory inventory = make_inventory(&head);
    struct weir_profile_options options = make_options(&head);
    const enum weir_status status = weir_profile_plan(&inventory, &options, &plans[0], &error);
    if (status == WEIR_OK) {
        check_plan(&plans[0], &inventory, &options);
        if (plans[0].planned_bytes <= PLACED_BYTES_MAX && bytes % 4 == 0) {
            place(&plans[0]);
        }
    } else {
        fuzz_require_failed(status, &error);
    }
    if (status == WEIR_OK || status == WEIR_E_BUDGET) {
        check_minimum(&inventory, options, plans[0].minimum_bytes);
        const uint32_t batches = plans[0].batches;
        options.budget_bytes += head.lanes * UINT64_C(100000);
        const enum weir_status more = weir_profile_plan(&inventory, &options, &plans[1], &error);
        fuzz_require(status != WEIR_OK || more == WEIR_OK);
        fuzz_require(status != WEIR_OK || options.lanes > 1 || plans[1].batches <= batches);
        fuzz_require(plans[1].minimum_bytes == plans[0].minimum_bytes);
    }
    return 0;
}
