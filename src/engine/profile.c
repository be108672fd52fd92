#include "engine/inner.h"
#include "weir.h"

#include "base/banned.h"

enum weir_status weir_profile_init(void *memory, size_t bytes, const struct weir_plan *plan,
                                   const struct weir_dataset *dataset,
                                   struct weir_profile **profile_ret,
                                   struct weir_error *error_ret) {
    struct weir_space space;
    weir_error_clear(error_ret);
    *profile_ret = NULL;
    WEIR_TRY(weir_plan_carve(plan, dataset, memory, bytes, &space, error_ret));
    struct weir_profile *profile = weir_profile_take(&space, plan);
    if (WEIR_NEVER(profile == NULL)) {
        return weir_fail(error_ret, WEIR_E_INTERNAL, "the layout differs from the plan");
    }
    WEIR_ASSERT(space.used_bytes == plan->planned_bytes);
    weir_space_seal(&space);
    profile->dataset = *dataset;
    profile->failed = WEIR_NONE32;
    weir_error_clear(&profile->error);
    for (uint32_t i = 0; i < plan->lanes; i++) {
        struct weir_lane *lane = &profile->lanes[i];
        weir_error_clear(&lane->error);
        weir_reader_init(lane->reader, (enum weir_isa)plan->options.isa, &lane->error);
    }
    *profile_ret = profile;
    return WEIR_OK;
}

/* What the lanes have noted of the current batch's columns. */
static void add_column_warnings(const struct weir_profile *profile, struct weir_warnings *to) {
    for (uint32_t i = 0; i < profile->count; i++) {
        const struct weir_slot *slot = &profile->slots[i];
        const struct weir_share *share = NULL;
        while ((share = weir_slot_next_share(profile, slot, share)) != NULL) {
            weir_warnings_add(to, &share->warnings);
        }
    }
}

enum weir_status weir_profile_batch(struct weir_profile *profile) {
    const struct weir_error *failed = weir_profile_error(profile);
    if (failed->status != WEIR_OK) {
        return failed->status;
    }
    const volatile int *stop = profile->plan.options.stop;
    if (stop != NULL && *stop != 0) {
        return weir_fail(&profile->error, WEIR_E_INTERRUPTED, "interrupted");
    }
    add_column_warnings(profile, &profile->warnings);
    uint32_t selected = profile->plan.inventory.columns_selected;
    profile->first = profile->begun ? profile->first + profile->count : 0;
    profile->begun = true;
    profile->count =
        (uint32_t)weir_min_u64(profile->plan.columns_per_batch, selected - profile->first);
    if (profile->count == 0) {
        return WEIR_END;
    }
    return weir_slots_load(profile, &profile->error);
}

void *weir_profile_lane_stack(struct weir_profile *profile, uint32_t lane, size_t *bytes_ret) {
    WEIR_ASSERT(lane < profile->plan.lanes);
    void *stack = profile->lanes[lane].stack;
    *bytes_ret = stack == NULL ? 0 : (size_t)profile->plan.options.lane_stack_bytes;
    return stack;
}

/* Interruptions come last: a lane that stopped because another failed tells nothing new. */
static bool comes_first(const struct weir_error *a, const struct weir_error *b) {
    bool a_stopped = a->status == WEIR_E_INTERRUPTED;
    bool b_stopped = b->status == WEIR_E_INTERRUPTED;
    if (a_stopped != b_stopped) {
        return b_stopped;
    }
    if (a->file != b->file) {
        return a->file < b->file;
    }
    if (a->row_group != b->row_group) {
        return a->row_group < b->row_group;
    }
    return a->column < b->column;
}

/* A column's failure is kept with its slot, what stops the run in the lane that met it. */
const struct weir_error *weir_profile_error(const struct weir_profile *profile) {
    const struct weir_error *first = &profile->error;
    for (uint32_t i = 0; i < profile->plan.lanes; i++) {
        const struct weir_error *error = &profile->lanes[i].error;
        if (error->status != WEIR_OK && (first->status == WEIR_OK || comes_first(error, first))) {
            first = error;
        }
    }
    bool told = first->status == WEIR_OK || first->status == WEIR_E_INTERRUPTED;
    uint32_t failed = __atomic_load_n(&profile->failed, __ATOMIC_RELAXED);
    return told && failed != WEIR_NONE32 ? weir_slot_error(profile, &profile->slots[failed])
                                         : first;
}

void weir_profile_columns(const struct weir_profile *profile, uint32_t *first_ret,
                          uint32_t *count_ret) {
    *first_ret = profile->first;
    *count_ret = profile->count;
}

static const struct weir_slot *slot_of(const struct weir_profile *profile, uint32_t index) {
    WEIR_ASSERT(index >= profile->first);
    WEIR_ASSERT(index - profile->first < profile->count);
    return &profile->slots[index - profile->first];
}

void weir_profile_column(const struct weir_profile *profile, uint32_t index,
                         struct weir_column_info *info_ret) {
    const struct weir_slot *slot = slot_of(profile, index);
    memset(info_ret, 0, sizeof *info_ret);
    info_ret->path = slot->path;
    info_ret->path_bytes = slot->path_bytes;
    info_ret->type = slot->type;
    info_ret->kind = slot->kind;
    info_ret->definition_max = slot->definition_max;
    info_ret->repetition_max = slot->repetition_max;
    const struct weir_share *share = NULL;
    while ((share = weir_slot_next_share(profile, slot, share)) != NULL) {
        info_ret->rows += share->rows;
        info_ret->pages += share->counts.pages;
        info_ret->pages_crc_ok += share->counts.pages_crc_ok;
        info_ret->pages_crc_absent += share->counts.pages_crc_absent;
        info_ret->pages_crc_bad += share->counts.pages_crc_bad;
        info_ret->compressed_bytes += share->compressed_bytes;
    }
    info_ret->error = weir_slot_error(profile, slot);
}

/* In a batch that failed columns may be half read: none has a result. */
static bool has_result(const struct weir_profile *profile, const struct weir_slot *slot) {
    return weir_slot_error(profile, slot)->status == WEIR_OK &&
           weir_profile_error(profile)->status == WEIR_OK;
}

void weir_profile_result(const struct weir_profile *profile, uint32_t index,
                         struct weir_result *result_ret) {
    const struct weir_slot *slot = slot_of(profile, index);
    memset(result_ret, 0, sizeof *result_ret);
    if (!has_result(profile, slot)) {
        return;
    }
    weir_column_result(slot->states[0], profile->lanes[0].scratch, result_ret);
    result_ret->rows = 0; /* a nested column has fewer than entries */
    for (uint32_t i = 0; i < weir_parts_shares(&profile->plan); i++) {
        result_ret->rows += slot->shares[i].rows;
    }
}

void weir_profile_nesting(const struct weir_profile *profile, uint32_t index,
                          struct weir_nesting *nesting_ret) {
    const struct weir_slot *slot = slot_of(profile, index);
    memset(nesting_ret, 0, sizeof *nesting_ret);
    if (!has_result(profile, slot) || !weir_slot_nested(slot)) {
        return;
    }
    const struct weir_levels *levels = slot->shares[0].levels;
    nesting_ret->levels_count = slot->definition_max;
    nesting_ret->lists_count = slot->repetition_max;
    nesting_ret->entries = levels->definition[slot->definition_max];
    for (uint32_t d = 1; d <= slot->definition_max; d++) {
        uint64_t absent = levels->definition[d - 1];
        nesting_ret->levels[d - 1] = (struct weir_level){.path_bytes = slot->nodes[d].path_bytes,
                                                         .is_repeated = slot->nodes[d].is_repeated,
                                                         .absent = absent};
        nesting_ret->entries += absent;
    }
    for (uint32_t k = 1; k <= slot->repetition_max; k++) {
        uint32_t definition = slot->definition_of[k];
        struct weir_list *list = &nesting_ret->lists[k - 1];
        list->path_bytes = slot->nodes[definition].path_bytes;
        weir_levels_list(levels, k, definition, list);
    }
}

void weir_profile_quantiles(const struct weir_profile *profile, uint32_t index,
                            struct weir_quantile *quantiles, uint32_t count) {
    const struct weir_slot *slot = slot_of(profile, index);
    if (!has_result(profile, slot)) {
        for (uint32_t i = 0; i < count; i++) {
            quantiles[i].value.present = false;
        }
        return;
    }
    if (slot->select == NULL) {
        weir_column_quantiles(slot->states[0], profile->lanes[0].scratch, quantiles, count);
        return;
    }
    weir_column_select_quantiles(slot->states[0], profile->lanes[0].scratch, slot->select,
                                 quantiles, count);
}

bool weir_profile_histogram(const struct weir_profile *profile, uint32_t index, uint32_t bins,
                            uint64_t *counts_ret, double *low_ret, double *high_ret) {
    const struct weir_slot *slot = slot_of(profile, index);
    if (!has_result(profile, slot) || bins == 0 || bins > WEIR_HISTOGRAM_BINS_MAX) {
        return false;
    }
    return weir_column_histogram(slot->states[0], profile->lanes[0].scratch, bins, counts_ret,
                                 low_ret, high_ret);
}

void weir_profile_warnings(const struct weir_profile *profile, struct weir_warnings *warnings_ret) {
    *warnings_ret = profile->warnings;
    add_column_warnings(profile, warnings_ret);
    for (uint32_t i = 0; i < profile->plan.lanes; i++) {
        weir_warnings_add(warnings_ret, &profile->lanes[i].warnings);
    }
}

uint32_t weir_profile_passes(const struct weir_profile *profile) {
    uint32_t passes = 0;
    for (uint32_t i = 0; i < profile->plan.lanes; i++) {
        uint32_t own = profile->lanes[i].passes;
        passes = own > passes ? own : passes;
    }
    return passes;
}

void weir_profile_progress(const struct weir_profile *profile, struct weir_progress *progress_ret) {
    memset(progress_ret, 0, sizeof *progress_ret);
    progress_ret->bytes_total = profile->plan.inventory.selected_bytes;
    for (uint32_t i = 0; i < profile->plan.lanes; i++) {
        const struct weir_lane *lane = &profile->lanes[i];
        progress_ret->values += __atomic_load_n(&lane->values_done, __ATOMIC_RELAXED);
        progress_ret->bytes += __atomic_load_n(&lane->bytes_done, __ATOMIC_RELAXED);
        progress_ret->bytes_total += __atomic_load_n(&lane->bytes_again, __ATOMIC_RELAXED);
    }
}

const char *weir_version(void) {
    return WEIR_VERSION;
}
