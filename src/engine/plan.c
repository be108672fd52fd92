#include "engine/inner.h"

#include "base/banned.h"

/* Columns a batch that several lanes must have each. */
#define LANE_COLUMNS_MIN 8u
/* Columns a lane from which on lanes have enough of their own. */
#define SPLIT_COLUMNS_MAX 4u
#define SELECTION_WORDS_MIN (UINT64_C(64) << 7)  /* 64 KiB */
#define SELECTION_WORDS_MAX (UINT64_C(16) << 17) /* 16 MiB */
#define LARGE_FOOTER_BYTES (UINT64_C(64) << 20)

void weir_plan_note(void *context, const char *name, uint64_t count, uint64_t bytes,
                    const char *why) {
    struct weir_plan *plan = context;
    if (bytes == 0) {
        return; /* not needed for this input */
    }
    for (uint32_t i = 0; i < plan->terms_count; i++) {
        if (plan->terms[i].name == name) {
            plan->terms[i].count += count;
            plan->terms[i].bytes += bytes;
            return;
        }
    }
    WEIR_ASSERT(plan->terms_count < WEIR_PLAN_TERMS_MAX);
    plan->terms[plan->terms_count++] = (struct weir_plan_term){name, count, bytes, why};
}

static struct weir_stats_options stats_options(const struct weir_profile_options *options) {
    return (struct weir_stats_options){.stats = options->stats,
                                       .rank_error = options->rank_error,
                                       .seed = options->seed,
                                       .isa = (enum weir_isa)options->isa};
}

static bool has_nested(const struct weir_plan *plan) {
    return plan->inventory.repetition_max > 0 || plan->inventory.definition_max > 1;
}

static void take_lane(struct weir_space *space, const struct weir_plan *plan,
                      struct weir_profile *profile, uint32_t index) {
    const struct weir_profile_options *options = &plan->options;
    struct weir_stats_options stats = stats_options(options);
    void *footer = weir_space_take(space, "footer cursor", 1, sizeof(struct weir_footer),
                                   "where a lane stands in a footer");
    void *window = weir_space_take(space, "footer window", 1, WEIR_FOOTER_WINDOW_BYTES,
                                   "bytes of the footer being read");
    struct weir_needs needs = weir_inventory_needs(&plan->inventory);
    struct weir_reader *reader = weir_reader_take(space, &needs);
    struct weir_scratch *scratch = weir_scratch_take(space, plan->inventory.kinds, &stats);
    void *matches =
        weir_space_take(space, "column map", plan->columns_per_batch, sizeof(struct weir_match),
                        "where the batch's columns lie in the file being read");
    bool again = plan->selection_words > 0 && has_nested(plan);
    void *levels_again =
        weir_space_take(space, "levels met again", again ? 1 : 0, sizeof(struct weir_levels),
                        "nesting as passes for exact quantiles meet it");
    uint64_t stack_bytes = index == 0 ? 0 : options->lane_stack_bytes;
    void *stack = stack_bytes == 0 ? NULL
                                   : weir_space_take(space, "lane stack", 1, stack_bytes,
                                                     "the stack of a lane's thread");
    if (profile == NULL) {
        return;
    }
    struct weir_lane *lane = &profile->lanes[index];
    memset(lane, 0, sizeof *lane);
    lane->profile = profile;
    lane->index = index;
    lane->footer = footer;
    lane->footer_window = window;
    lane->reader = reader;
    lane->scratch = scratch;
    lane->matches = matches;
    lane->stack = stack;
    lane->levels_again = again ? levels_again : NULL;
}

/* The shares of a slot, with the totals of nested columns. */
static struct weir_share *take_shares(struct weir_space *space, const struct weir_plan *plan) {
    const bool nested = has_nested(plan);
    const uint32_t count = weir_parts_shares(plan);
    struct weir_share *shares =
        weir_space_take(space, "column shares", count, sizeof(struct weir_share),
                        "counts of a column, apart for each lane that reads it");
    if (shares != NULL) {
        memset(shares, 0, count * sizeof *shares);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct weir_levels *levels =
            weir_space_take(space, "levels", nested ? 1 : 0, sizeof(struct weir_levels),
                            "nulls at each level and list lengths of a nested column");
        if (shares != NULL) {
            shares[i].levels = nested ? levels : NULL;
        }
    }
    return shares;
}

static void take_slot(struct weir_space *space, const struct weir_plan *plan,
                      struct weir_profile *profile, uint32_t index) {
    struct weir_stats_options stats = stats_options(&plan->options);
    struct weir_column *states[WEIR_PARTS_MAX] = {NULL};
    char *path = weir_space_take(space, "column name", 1, plan->inventory.name_bytes_max + 1u,
                                 "the column's path");
    for (uint32_t i = 0; i < weir_parts_states(plan); i++) {
        states[i] = weir_column_take(space, plan->inventory.kinds, &stats);
    }
    struct weir_share *shares = take_shares(space, plan);
    bool selects = plan->selection_words > 0;
    struct weir_select *select = weir_space_take(space, "selection", selects ? 1 : 0,
                                                 weir_select_bytes(plan->selection_words),
                                                 "values near the quantiles, for exact ones");
    if (profile != NULL) {
        memset(&profile->slots[index], 0, sizeof profile->slots[index]);
        profile->slots[index].path = path;
        memcpy(profile->slots[index].states, states, sizeof states);
        profile->slots[index].shares = shares;
        profile->slots[index].select = selects ? select : NULL;
    }
}

struct weir_profile *weir_profile_take(struct weir_space *space, const struct weir_plan *plan) {
    WEIR_ASSERT(plan->lanes >= 1 && plan->columns_per_batch >= 1);
    struct weir_profile *profile =
        weir_space_take(space, "profile", 1, sizeof(struct weir_profile), "the plan, the totals");
    struct weir_lane *lanes = weir_space_take(space, "lanes", plan->lanes, sizeof(struct weir_lane),
                                              "one reads columns, or parts of them");
    struct weir_slot *slots =
        weir_space_take(space, "column slots", plan->columns_per_batch, sizeof(struct weir_slot),
                        "type, name and counts of a column of the batch");
    uint32_t *index = weir_space_take(space, "column index", plan->columns_per_batch,
                                      2 * sizeof(uint32_t), "finds a column by name");
    if (profile != NULL && index != NULL) {
        memset(profile, 0, sizeof *profile);
        profile->plan = *plan;
        profile->stats = stats_options(&plan->options);
        profile->lanes = lanes;
        profile->slots = slots;
        profile->index = index;
    }
    for (uint32_t i = 0; i < plan->lanes; i++) {
        take_lane(space, plan, space->overflow ? NULL : profile, i);
    }
    for (uint32_t i = 0; i < plan->columns_per_batch; i++) {
        take_slot(space, plan, space->overflow ? NULL : profile, i);
    }
    return space->overflow ? NULL : profile;
}

enum weir_status weir_plan_carve(const struct weir_plan *plan, const struct weir_dataset *dataset,
                                 void *memory, size_t bytes, struct weir_space *space,
                                 struct weir_error *error) {
    if (memory == NULL || (uintptr_t)memory % WEIR_MEMORY_ALIGN != 0) {
        return weir_fail(error, WEIR_E_ARGUMENT, "the memory is not aligned to 64 bytes");
    }
    if (bytes < plan->planned_bytes) {
        return weir_fail_numbers(error, WEIR_E_BUDGET, "the memory is smaller than planned",
                                 plan->planned_bytes, bytes);
    }
    if (plan->planned_bytes == 0 || dataset->files != plan->inventory.files) {
        return weir_fail(error, WEIR_E_ARGUMENT, "the plan was not made for this data set");
    }
    weir_space_carve(space, memory, plan->planned_bytes);
    return WEIR_OK;
}

/* Bytes for that many lanes and columns a batch; UINT64_MAX when they do not fit 64 bits. */
static uint64_t measure(struct weir_plan *plan, uint32_t lanes, uint32_t columns) {
    struct weir_space space;
    plan->lanes = lanes;
    plan->columns_per_batch = columns;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_profile_take(&space, plan);
    return space.overflow ? UINT64_MAX : space.used_bytes;
}

/* The most columns a batch that fit, up to `columns`; 0 when none does. */
static uint32_t fit_columns(struct weir_plan *plan, uint32_t lanes, uint32_t columns) {
    uint32_t low = 0;
    uint32_t high = columns;
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (measure(plan, lanes, middle) <= plan->budget_bytes) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

/* Room of a column for exact quantiles: the least that saves a pass and still fits. */
static void fit_selection(struct weir_plan *plan, uint32_t lanes, uint32_t columns) {
    uint64_t best = plan->selection_words;
    weir_exact_passes(plan);
    uint32_t passes = plan->passes;
    while (plan->selection_words < SELECTION_WORDS_MAX) {
        plan->selection_words *= 2;
        if (measure(plan, lanes, columns) > plan->budget_bytes) {
            break;
        }
        weir_exact_passes(plan);
        best = plan->passes < passes ? plan->selection_words : best;
        passes = plan->passes;
    }
    plan->selection_words = best;
    weir_exact_passes(plan);
}

/* Lanes that are wanted and worth their while. */
static uint32_t lanes_worth(const struct weir_plan *plan) {
    const struct weir_inventory *inventory = &plan->inventory;
    uint32_t lanes = plan->lanes_wanted;
    if (inventory->footer_bytes > LARGE_FOOTER_BYTES) {
        /* Each lane walks the footers: where they outweigh the data, more lanes only walk more. */
        uint64_t worth = inventory->selected_bytes / inventory->footer_bytes + 1;
        lanes = (uint32_t)weir_min_u64(lanes, worth);
    }
    return lanes;
}

/* Lanes with columns of their own, and columns a batch, 0 when none fits: fewer lanes rather than
 * batches so small that lanes idle and footers are walked for ever. */
static uint32_t fit_lanes(struct weir_plan *plan, uint32_t *columns_ret) {
    const uint32_t columns = plan->inventory.columns_selected;
    uint32_t lanes = (uint32_t)weir_min_u64(lanes_worth(plan), columns);
    uint32_t fit = 0;
    for (; lanes >= 1; lanes--) {
        fit = fit_columns(plan, lanes, columns);
        if (fit == columns || fit >= lanes * (lanes == 1 ? 1 : LANE_COLUMNS_MIN)) {
            break;
        }
    }
    *columns_ret = fit;
    return lanes;
}

/* Lanes that share all columns, part by part, instead of `others` with columns of their own; 0
 * where there is no gain. The lane with the most to do counts, columns taken as equal. */
static uint32_t split_lanes(struct weir_plan *plan, uint32_t others) {
    const uint64_t columns = plan->inventory.columns_selected;
    const uint64_t parts = plan->parts;
    WEIR_ASSERT(columns > 0 && others > 0);
    const uint64_t most = (columns + others - 1) / others;
    uint32_t lanes = (uint32_t)weir_min_u64(lanes_worth(plan), parts);
    plan->split = true;
    for (; lanes >= 2 && columns < (uint64_t)SPLIT_COLUMNS_MAX * lanes; lanes--) {
        if ((parts + lanes - 1) / lanes * columns <= most * parts &&
            measure(plan, lanes, (uint32_t)columns) <= plan->budget_bytes) {
            return lanes;
        }
    }
    return 0;
}

enum weir_status weir_profile_plan(const struct weir_inventory *inventory,
                                   const struct weir_profile_options *options,
                                   struct weir_plan *plan_ret, struct weir_error *error_ret) {
    weir_error_clear(error_ret);
    memset(plan_ret, 0, sizeof *plan_ret);
    WEIR_TRY(weir_options_check(options, &plan_ret->options, error_ret));
    plan_ret->inventory = *inventory;
    plan_ret->budget_bytes = options->budget_bytes;
    plan_ret->lanes_wanted = plan_ret->options.lanes;
    plan_ret->rank_error = plan_ret->options.rank_error;
    plan_ret->parts = weir_parts_count(inventory, &plan_ret->options);
    bool exact = weir_exact_wanted(&plan_ret->options, inventory->kinds);
    plan_ret->selection_words = exact ? SELECTION_WORDS_MIN : 0;
    plan_ret->passes = 1;
    plan_ret->passes_max = 1;
    uint32_t columns = inventory->columns_selected;
    plan_ret->minimum_bytes = measure(plan_ret, 1, 1);
    uint32_t fit = 0;
    uint32_t lanes = fit_lanes(plan_ret, &fit);
    const uint32_t split = exact || fit < columns ? 0 : split_lanes(plan_ret, lanes);
    const bool fits = fit > 0;
    plan_ret->split = split > 0;
    lanes = split > 0 ? split : fits ? lanes : 1;
    plan_ret->lanes = lanes;
    plan_ret->columns_per_batch = fits ? fit : 1;
    if (exact) {
        fit_selection(plan_ret, plan_ret->lanes, plan_ret->columns_per_batch);
    }
    plan_ret->lanes = lanes; /* measuring has changed them */
    plan_ret->columns_per_batch = fits ? fit : 1;
    plan_ret->batches = (columns + plan_ret->columns_per_batch - 1) / plan_ret->columns_per_batch;
    struct weir_space space;
    struct weir_plan measured = *plan_ret;
    weir_space_measure(&space, weir_plan_note, plan_ret);
    (void)weir_profile_take(&space, &measured);
    plan_ret->planned_bytes = space.used_bytes;
    if (!fits) {
        return weir_fail_numbers(error_ret, WEIR_E_BUDGET, "the budget is too small",
                                 plan_ret->minimum_bytes, plan_ret->budget_bytes);
    }
    WEIR_ASSERT(plan_ret->planned_bytes <= plan_ret->budget_bytes);
    return WEIR_OK;
}
