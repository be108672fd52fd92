#include "base/hash.h"
#include "engine/inner.h"

#include "base/banned.h"

/* Puts a slot into the index under its path. */
static void index_slot(struct weir_profile *profile, uint32_t slot) {
    uint32_t entries = 2 * profile->plan.columns_per_batch;
    uint64_t at = profile->slots[slot].path_hash % entries;
    while (profile->index[at] != 0) {
        at = at + 1 == entries ? 0 : at + 1;
    }
    profile->index[at] = slot + 1;
}

/* The slot with the node's path and, where that counts, at its place. */
static uint32_t find_slot(const struct weir_profile *profile, const struct weir_node *node,
                          bool by_place) {
    uint32_t entries = 2 * profile->plan.columns_per_batch;
    uint64_t hash = weir_hash_bytes((const uint8_t *)node->path, node->path_bytes);
    for (uint64_t at = hash % entries; profile->index[at] != 0;
         at = at + 1 == entries ? 0 : at + 1) {
        uint32_t i = profile->index[at] - 1;
        const struct weir_slot *slot = &profile->slots[i];
        /* Two columns of one name in the first file are told apart by their places. */
        if (slot->path_hash == hash && slot->path_bytes == node->path_bytes &&
            memcmp(slot->path, node->path, node->path_bytes) == 0 &&
            (!by_place || slot->ordinal == node->column)) {
            return i;
        }
    }
    return WEIR_NONE32;
}

uint32_t weir_slots_find(const struct weir_profile *profile, uint32_t file,
                         const struct weir_node *node) {
    return find_slot(profile, node, file == 0);
}

bool weir_slot_nested(const struct weir_slot *slot) {
    return slot->definition_max > 1 || slot->repetition_max > 0;
}

bool weir_slot_matches(const struct weir_slot *slot, const struct weir_node *node) {
    return weir_column_alike(&slot->type, slot->definition_max, slot->repetition_max, slot->nodes,
                             node);
}

/* How the column is nested. */
static void fill_levels(struct weir_slot *slot, const struct weir_node *node) {
    uint32_t repetition = 0;
    slot->definition_max = node->definition_max;
    slot->repetition_max = node->repetition_max;
    memcpy(slot->nodes, node->levels, sizeof slot->nodes);
    for (uint32_t d = 1; d <= node->definition_max; d++) {
        if (node->levels[d].is_repeated) {
            slot->definition_of[++repetition] = (uint8_t)d;
        }
    }
    WEIR_ASSERT(repetition == node->repetition_max);
}

static void empty_shares(const struct weir_profile *profile, struct weir_slot *slot) {
    for (uint32_t i = 0; i < weir_parts_shares(&profile->plan); i++) {
        struct weir_levels *levels = slot->shares[i].levels;
        WEIR_ASSERT(levels != NULL || !weir_slot_nested(slot));
        memset(&slot->shares[i], 0, sizeof slot->shares[i]);
        slot->shares[i].levels = levels;
        slot->shares[i].seen_in = WEIR_NONE32;
        weir_error_clear(&slot->shares[i].error);
        if (levels != NULL) {
            memset(levels, 0, sizeof *levels);
        }
    }
}

static void fill_slot(struct weir_profile *profile, uint32_t index, const struct weir_node *node) {
    struct weir_slot *slot = &profile->slots[index];
    WEIR_ASSERT(node->path_bytes <= profile->plan.inventory.name_bytes_max);
    memcpy(slot->path, node->path, node->path_bytes);
    slot->path[node->path_bytes] = '\0';
    slot->path_bytes = node->path_bytes;
    slot->path_hash = weir_hash_bytes((const uint8_t *)node->path, node->path_bytes);
    slot->type = node->type;
    slot->kind = weir_type_kind(&node->type);
    fill_levels(slot, node);
    slot->ordinal = node->column;
    slot->lane = 0;
    slot->assigned = false;
    slot->weight_bytes = 0;
    weir_error_clear(&slot->error);
    empty_shares(profile, slot);
    weir_parts_begin(profile, slot);
    slot->selecting = false;
    if (slot->select != NULL) {
        weir_select_begin(slot->select, 0, WEIR_ISA_SCALAR, false, 0, 0, 0); /* no answers */
    }
    index_slot(profile, index);
}

/* Loads the batch's slots from the first file's schema. */
static enum weir_status load_first(struct weir_profile *profile, const struct weir_source *source,
                                   struct weir_error *error) {
    struct weir_lane *lane = &profile->lanes[0];
    uint32_t selected = 0;
    uint32_t end = profile->first + profile->count;
    memset(profile->index, 0,
           2 * (size_t)profile->plan.columns_per_batch * sizeof profile->index[0]);
    WEIR_TRY(weir_footer_open(lane->footer, source, lane->footer_window, error));
    enum weir_status status = WEIR_OK;
    while ((status = weir_footer_next(lane->footer, &lane->item)) == WEIR_OK &&
           lane->item.kind == WEIR_FOOTER_NODE) {
        const struct weir_node *node = &lane->item.node;
        if (!weir_options_selected(&profile->plan.options, node)) {
            continue;
        }
        if (selected >= profile->first && selected < end) {
            if (node->path_bytes > profile->plan.inventory.name_bytes_max) {
                return weir_fail(error, WEIR_E_CHANGED, "the schema is not what it was");
            }
            const struct weir_inventory *planned = &profile->plan.inventory;
            if ((planned->kinds >> weir_type_kind(&node->type) & 1) == 0 ||
                node->definition_max > planned->definition_max ||
                node->repetition_max > planned->repetition_max) {
                return weir_fail(error, WEIR_E_CHANGED, "the schema is not what it was");
            }
            fill_slot(profile, selected - profile->first, node);
        }
        selected++;
    }
    if (status < 0) {
        return status;
    }
    if (selected != profile->plan.inventory.columns_selected) {
        return weir_fail(error, WEIR_E_CHANGED, "the schema is not what it was");
    }
    return WEIR_OK;
}

/* Compares one leaf with the slot of its name. Files are matched by name: a name that occurs twice
 * in a file could mean either column. */
static void check_leaf(struct weir_profile *profile, uint32_t file, uint32_t index,
                       const struct weir_node *node) {
    struct weir_slot *slot = &profile->slots[index];
    const char *wrong = NULL;
    uint32_t wrong_other = WEIR_NONE32;
    if (profile->dataset.files > 1 && slot->shares[0].seen_in == file) {
        wrong = "two columns of one name: files cannot be matched by name";
    } else if (!weir_slot_matches(slot, node)) {
        wrong = "a column has another type in another file";
        wrong_other = 0;
    }
    slot->shares[0].seen_in = file;
    if (wrong == NULL) {
        return;
    }
    struct weir_error *to = &slot->error;
    if (to->status == WEIR_OK) {
        to->file = file;
        to->file_other = wrong_other;
        to->column = node->column;
    }
    weir_error_name(to, slot->path, slot->path_bytes);
    (void)weir_fail(to, WEIR_E_SCHEMA, wrong);
}

/* Without keep_going: the first column that cannot be matched, whatever the order of the files. */
static enum weir_status first_mismatch(const struct weir_profile *profile,
                                       struct weir_error *error) {
    for (uint32_t i = 0; i < profile->count && !profile->plan.options.keep_going; i++) {
        if (profile->slots[i].error.status != WEIR_OK) {
            *error = profile->slots[i].error;
            return error->status;
        }
    }
    return WEIR_OK;
}

/* Row groups of a file whose sizes stand for the others' when lanes are balanced. */
#define WEIGHED_GROUPS 8u

/* Compares one file with the slots and adds up the sizes of their chunks. */
static enum weir_status check_file(struct weir_profile *profile, uint32_t file,
                                   const struct weir_source *source, struct weir_error *error) {
    struct weir_lane *lane = &profile->lanes[0];
    struct weir_footer_item *item = &lane->item;
    bool sizes = profile->plan.lanes > 1 && !profile->plan.split;
    uint32_t matched = 0;
    /* Also in the first file, where another file has to be matched with it. */
    bool by_place = file == 0 && profile->dataset.files == 1;
    WEIR_TRY(weir_footer_open(lane->footer, source, lane->footer_window, error));
    enum weir_status status = WEIR_OK;
    while ((status = weir_footer_next(lane->footer, item)) == WEIR_OK) {
        if (item->kind == WEIR_FOOTER_NODE && item->node.column != WEIR_NONE32) {
            uint32_t i = find_slot(profile, &item->node, by_place);
            if (i == WEIR_NONE32) {
                continue;
            }
            check_leaf(profile, file, i, &item->node);
            if (matched < profile->count) {
                lane->matches[matched++] =
                    (struct weir_match){.column = item->node.column, .slot = i};
            }
        } else if (item->kind == WEIR_FOOTER_SCHEMA_END && !sizes) {
            return WEIR_OK;
        } else if (item->kind == WEIR_FOOTER_ROW_GROUP_END && item->row_group >= WEIGHED_GROUPS) {
            return WEIR_OK;
        } else if (item->kind == WEIR_FOOTER_CHUNK) {
            for (uint32_t low = 0, high = matched; low < high;) {
                uint32_t middle = low + (high - low) / 2;
                const struct weir_match *match = &lane->matches[middle];
                if (match->column == item->chunk.column) {
                    profile->slots[match->slot].weight_bytes += item->chunk.compressed_bytes;
                    break;
                }
                low = match->column < item->chunk.column ? middle + 1 : low;
                high = match->column < item->chunk.column ? high : middle;
            }
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* Largest columns first, each to the lane with the least to do. */
static void balance(struct weir_profile *profile) {
    uint64_t load[WEIR_LANES_MAX] = {0};
    if (profile->plan.lanes == 1 || profile->plan.split) {
        return;
    }
    for (uint32_t round = 0; round < profile->count; round++) {
        struct weir_slot *heaviest = NULL;
        for (uint32_t i = 0; i < profile->count; i++) {
            struct weir_slot *slot = &profile->slots[i];
            if (!slot->assigned &&
                (heaviest == NULL || slot->weight_bytes > heaviest->weight_bytes)) {
                heaviest = slot;
            }
        }
        uint32_t least = 0;
        for (uint32_t lane = 1; lane < profile->plan.lanes; lane++) {
            least = load[lane] < load[least] ? lane : least;
        }
        WEIR_ASSERT(heaviest != NULL);
        heaviest->assigned = true;
        heaviest->lane = least;
        load[least] += heaviest->weight_bytes + 1;
    }
}

enum weir_status weir_slots_load(struct weir_profile *profile, struct weir_error *error) {
    const struct weir_dataset *dataset = &profile->dataset;
    uint64_t digest = 0;
    for (uint32_t file = 0; file < dataset->files; file++) {
        struct weir_source source;
        error->file = file;
        WEIR_TRY(weir_dataset_open(dataset, file, &source, error));
        enum weir_status status = file == 0 ? load_first(profile, &source, error) : WEIR_OK;
        if (status == WEIR_OK) {
            status = check_file(profile, file, &source, error);
        }
        digest = weir_hash_u64(digest ^ source.size_bytes);
        digest = weir_hash_u64(digest ^ profile->lanes[0].footer->footer_bytes);
        WEIR_TRY(weir_dataset_close(dataset, file, &source, status, error));
    }
    error->file = WEIR_NONE32;
    if (digest != profile->plan.inventory.file_digest) {
        return weir_fail(error, WEIR_E_CHANGED,
                         "the input is not what it was when it was inspected");
    }
    WEIR_TRY(first_mismatch(profile, error));
    for (uint32_t i = 0; i < profile->count; i++) {
        profile->slots[i].shares[0].seen_in = WEIR_NONE32; /* the lanes begin anew */
    }
    balance(profile);
    profile->lanes_done = 0;
    return WEIR_OK;
}
