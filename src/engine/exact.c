#include "engine/inner.h"

#include "base/banned.h"

/*
 * Exact quantiles: a lane that has been through its columns goes through the files again for those
 * whose quantiles are not exact yet, until all are (stats/select.h). Only their chunks are read.
 */

/* Share of the values that a guess reaches over, in rank errors; see stats/column_select.c. */
#define GUESS_REACH 3.2

bool weir_exact_wanted(const struct weir_profile_options *options, uint32_t kinds) {
    if (!options->exact || (options->stats & WEIR_STATS_QUANTILES) == 0) {
        return false;
    }
    for (uint32_t kind = WEIR_KIND_BOOL; kind <= WEIR_KIND_I128; kind++) {
        if ((kinds >> kind & 1) != 0 && weir_column_selects((enum weir_kind)kind)) {
            return true;
        }
    }
    return false;
}

/* Passes as a rule: what a guess holds is cut into bins until it fits. Values that cluster take
 * more. */
static uint32_t usual_passes(const struct weir_plan *plan, uint32_t targets, bool wide) {
    const uint64_t interval_entries = plan->selection_words / targets / (wide ? 3 : 2);
    const double entries = (double)interval_entries;
    double held = GUESS_REACH * plan->rank_error * (double)plan->inventory.rows;
    uint32_t passes = 2;
    while (held > entries * 3 / 4) {
        held = held * 4 / entries;
        passes++;
    }
    return passes;
}

/* Different quantiles that are no extremes. */
static uint32_t count_targets(const struct weir_profile_options *options) {
    uint32_t targets = 0;
    for (uint32_t i = 0; i < options->quantiles_count; i++) {
        const double q = options->quantiles[i];
        bool is_new = q > 0 && q < 1;
        for (uint32_t j = 0; j < i && is_new; j++) {
            is_new = options->quantiles[j] < q || options->quantiles[j] > q;
        }
        targets += is_new;
    }
    return targets;
}

void weir_exact_passes(struct weir_plan *plan) {
    const struct weir_inventory *inventory = &plan->inventory;
    const uint32_t targets = count_targets(&plan->options);
    plan->passes = 1;
    plan->passes_max = 1;
    for (uint32_t k = WEIR_KIND_BOOL; k <= WEIR_KIND_I128 && targets > 0; k++) {
        const enum weir_kind kind = (enum weir_kind)k;
        const bool wide = weir_column_select_wide(kind);
        const bool is_held = inventory->repetition_max == 0 && plan->parts == 1 &&
                             inventory->rows <= weir_column_select_held(kind, plan->rank_error);
        if ((inventory->kinds >> k & 1) == 0 || !weir_column_selects(kind) || is_held) {
            continue;
        }
        const uint32_t usual = usual_passes(plan, targets, wide);
        const uint32_t most = 1 + weir_select_passes(plan->selection_words, targets, wide,
                                                     weir_column_select_bits(kind));
        plan->passes = usual > plan->passes ? usual : plan->passes;
        plan->passes_max = most > plan->passes_max ? most : plan->passes_max;
    }
    plan->passes = plan->passes > plan->passes_max ? plan->passes_max : plan->passes;
}

/* Ends a column's pass. Errors: CHANGED. */
static enum weir_status end_pass(struct weir_lane *lane, struct weir_slot *slot) {
    const struct weir_plan *plan = &lane->profile->plan;
    if (!lane->again) {
        weir_column_select_begin(slot->states[0], lane->scratch, slot->select,
                                 plan->selection_words, plan->options.quantiles,
                                 plan->options.quantiles_count);
    } else if (slot->selecting && !weir_select_pass_end(slot->select)) {
        weir_error_name(&lane->error, slot->path, slot->path_bytes);
        return weir_fail(&lane->error, WEIR_E_CHANGED, "a column's values are not what they were");
    }
    return WEIR_OK;
}

enum weir_status weir_exact_next_pass(struct weir_lane *lane) {
    struct weir_profile *profile = lane->profile;
    uint64_t bytes = 0;
    bool some = false;
    if (profile->plan.selection_words == 0) {
        return WEIR_END;
    }
    for (uint32_t i = 0; i < profile->count; i++) {
        struct weir_slot *slot = &profile->slots[i];
        if (slot->lane != lane->index || !weir_slot_live(lane, slot)) {
            continue;
        }
        WEIR_TRY(end_pass(lane, slot));
        slot->selecting = weir_select_pass(slot->select);
        slot->shares[0].seen_in = WEIR_NONE32;
        bytes += slot->selecting ? slot->shares[0].compressed_bytes : 0;
        some = some || slot->selecting;
    }
    lane->again = true;
    __atomic_store_n(&lane->bytes_again, lane->bytes_again + bytes, __ATOMIC_RELAXED);
    return some ? WEIR_OK : WEIR_END;
}

void weir_exact_feed(struct weir_slot *slot, struct weir_scratch *scratch,
                     const struct weir_event *event) {
    if (event->kind == WEIR_EVENT_FIXED) {
        weir_column_select_add(slot->states[0], scratch, slot->select, event->values,
                               event->weights, event->count);
    }
}
