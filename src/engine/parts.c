#include "engine/inner.h"

#include "base/banned.h"

__extension__ typedef unsigned __int128 scaled_rows;

/*
 * Parts: the row groups of all files, in order, cut into up to WEIR_PARTS_MAX runs by the rows that
 * footers state. Each part has a state of its own, with coins of its own, and a column's result is
 * their fold in order: merge(merge(s0, s1), s2) and so on. So the input alone says what is merged
 * with what, and lanes may come by the parts in two ways:
 * - a lane that owns the column takes them one after the other: states[0] is the first part and
 *   then the fold, states[1] each later part in its turn;
 * - with plan.split every part has a place, each lane fills in a run of parts of all columns, and
 *   the last lane to end folds.
 *
 * The quantile sketch of a part samples as its own length allows, less than that of the whole
 * would: that is what parts cost, and why WEIR_PART_ROWS is large.
 */

uint32_t weir_parts_count(const struct weir_inventory *inventory,
                          const struct weir_profile_options *options) {
    WEIR_ASSERT(options->part_rows > 0);
    const uint64_t parts = weir_min_u64(inventory->rows / options->part_rows, WEIR_PARTS_MAX);
    return parts < 1 ? 1 : (uint32_t)parts;
}

uint32_t weir_parts_states(const struct weir_plan *plan) {
    return plan->split || plan->parts == 1 ? plan->parts : 2;
}

uint32_t weir_parts_shares(const struct weir_plan *plan) {
    return plan->split ? plan->lanes : 1;
}

/* Lanes with plan.split have parts first..end-1, at least one each. */
static uint32_t first_part(const struct weir_lane *lane, uint32_t index) {
    const struct weir_plan *plan = &lane->profile->plan;
    WEIR_ASSERT(plan->lanes <= plan->parts);
    return index * plan->parts / plan->lanes;
}

void weir_parts_rewind(struct weir_lane *lane) {
    lane->first_row = 0;
    lane->part = 0;
}

void weir_parts_step(struct weir_lane *lane, uint64_t rows) {
    const struct weir_plan *plan = &lane->profile->plan;
    const uint64_t total = plan->inventory.rows;
    if (!weir_add_u64(lane->first_row, rows, &lane->first_row)) {
        lane->first_row = UINT64_MAX; /* footers lie; parts never go back */
    }
    if (plan->parts == 1) {
        return;
    }
    const scaled_rows scaled = (scaled_rows)lane->first_row * plan->parts;
    const scaled_rows part = scaled / total;
    lane->part = part < plan->parts ? (uint32_t)part : plan->parts - 1;
}

bool weir_parts_reads(const struct weir_lane *lane) {
    return !lane->profile->plan.split || (lane->part >= first_part(lane, lane->index) &&
                                          lane->part < first_part(lane, lane->index + 1));
}

/* The first lane goes through all footers: it compares their rows. */
bool weir_parts_past(const struct weir_lane *lane) {
    return lane->profile->plan.split && lane->index > 0 &&
           lane->part >= first_part(lane, lane->index + 1);
}

bool weir_lane_has(const struct weir_lane *lane, const struct weir_slot *slot) {
    return lane->profile->plan.split || slot->lane == lane->index;
}

struct weir_share *weir_lane_share(const struct weir_lane *lane, const struct weir_slot *slot) {
    return &slot->shares[lane->profile->plan.split ? lane->index : 0];
}

/* Empties the place of one part. */
static void begin_part(const struct weir_profile *profile, struct weir_slot *slot, uint32_t place,
                       uint32_t part) {
    const uint64_t ordinal = profile->first + (uint64_t)(slot - profile->slots);
    weir_column_begin(slot->states[place], &profile->stats, slot->kind,
                      weir_type_unordered(&slot->type), ordinal | (uint64_t)part << 32);
}

void weir_parts_begin(const struct weir_profile *profile, struct weir_slot *slot) {
    const uint32_t count = profile->plan.split ? profile->plan.parts : 1;
    for (uint32_t part = 0; part < count; part++) {
        begin_part(profile, slot, part, part);
    }
}

/* Merges the part that waits in states[1], where one does. */
static enum weir_status merge_waiting(struct weir_lane *lane, struct weir_slot *slot) {
    struct weir_share *share = weir_lane_share(lane, slot);
    if (share->part == 0) {
        return WEIR_OK;
    }
    share->part = 0;
    return weir_column_merge(slot->states[0], slot->states[1], lane->scratch, &lane->error);
}

enum weir_status weir_parts_state(struct weir_lane *lane, struct weir_slot *slot,
                                  struct weir_column **state_ret) {
    struct weir_share *share = weir_lane_share(lane, slot);
    uint32_t place = lane->part;
    if (!lane->profile->plan.split && lane->part > 0) {
        place = 1;
        if (share->part != lane->part) {
            WEIR_ASSERT(share->part < lane->part);
            WEIR_TRY(merge_waiting(lane, slot));
            begin_part(lane->profile, slot, 1, lane->part);
            share->part = lane->part;
        }
    }
    *state_ret = slot->states[place];
    return WEIR_OK;
}

enum weir_status weir_parts_fold(struct weir_lane *lane, struct weir_slot *slot) {
    const struct weir_plan *plan = &lane->profile->plan;
    if (!plan->split) {
        WEIR_TRY(merge_waiting(lane, slot));
    }
    for (uint32_t part = 1; plan->split && part < plan->parts; part++) {
        WEIR_TRY(
            weir_column_merge(slot->states[0], slot->states[part], lane->scratch, &lane->error));
    }
    for (uint32_t i = 1; i < weir_parts_shares(plan) && weir_slot_nested(slot); i++) {
        WEIR_TRY(weir_levels_merge(slot->shares[0].levels, slot->shares[i].levels, &lane->error));
    }
    weir_column_end(slot->states[0], lane->scratch);
    return WEIR_OK;
}

const struct weir_error *weir_slot_error(const struct weir_profile *profile,
                                         const struct weir_slot *slot) {
    const struct weir_error *error = &slot->error;
    for (uint32_t i = 0; error->status == WEIR_OK && i < weir_parts_shares(&profile->plan); i++) {
        error = &slot->shares[i].error;
    }
    return error;
}

const struct weir_share *weir_slot_next_share(const struct weir_profile *profile,
                                              const struct weir_slot *slot,
                                              const struct weir_share *share) {
    if (share == NULL) {
        return &slot->shares[0];
    }
    const bool is_last = share + 1 == slot->shares + weir_parts_shares(&profile->plan);
    return is_last || share->error.status != WEIR_OK ? NULL : share + 1;
}
