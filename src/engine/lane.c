#include "engine/inner.h"

#include "base/banned.h"

#define ROWS_MAX (UINT64_C(1) << 62)

static bool halted(const struct weir_profile *profile) {
    const volatile int *stop = profile->plan.options.stop;
    return (stop != NULL && *stop != 0) || __atomic_load_n(&profile->halted, __ATOMIC_RELAXED) != 0;
}

/* Without keep_going: a column before this one has failed, so that nobody will ask for it. Of the
 * column that has failed itself, other lanes read on: they may meet an earlier failure. */
static bool is_beaten(const struct weir_profile *profile, const struct weir_slot *slot) {
    return slot - profile->slots > __atomic_load_n(&profile->failed, __ATOMIC_RELAXED);
}

bool weir_slot_live(const struct weir_lane *lane, const struct weir_slot *slot) {
    return slot->error.status == WEIR_OK && weir_lane_share(lane, slot)->error.status == WEIR_OK &&
           !is_beaten(lane->profile, slot);
}

/* Notes a failed column; the first of all lanes' counts. */
static void lower_failed(struct weir_profile *profile, const struct weir_slot *slot) {
    uint32_t mine = (uint32_t)(slot - profile->slots);
    uint32_t before = __atomic_load_n(&profile->failed, __ATOMIC_RELAXED);
    while (mine < before && !__atomic_compare_exchange_n(&profile->failed, &before, mine, true,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

static void count_done(uint64_t *total, uint64_t more) {
    __atomic_store_n(total, *total + more, __ATOMIC_RELAXED);
}

/* Places of a nested column where the leaf itself is null, or its list empty, so far. */
static uint64_t own_nulls(const struct weir_slot *slot, const struct weir_share *share) {
    bool some = weir_slot_nested(slot) && slot->definition_max > 0;
    WEIR_ASSERT(!some || share->levels != NULL);
    return some ? share->levels->definition[slot->definition_max - 1] : 0;
}

/* WEIR_END: broken off, because a column before this one has failed. */
static enum weir_status read_chunk(struct weir_lane *lane, const struct weir_source *source,
                                   const struct weir_match *match, struct weir_slot *slot) {
    const struct weir_chunk *chunk = &lane->item.chunk;
    struct weir_reader *reader = lane->reader;
    struct weir_share *share = weir_lane_share(lane, slot);
    struct weir_column *state = slot->states[0];
    struct weir_event event;
    const char *why = weir_chunk_unsupported(chunk);
    if (why != NULL) {
        lane->error.column = chunk->column;
        lane->error.row_group = chunk->row_group;
        return weir_fail(&lane->error, WEIR_E_UNSUPPORTED, why);
    }
    if (chunk->codec >= 32 || (lane->profile->plan.inventory.codecs >> chunk->codec & 1) == 0) {
        return weir_fail(&lane->error, WEIR_E_CHANGED, "a column chunk's codec is not what it was");
    }
    struct weir_leaf leaf = {.type = slot->type,
                             .definition_max = match->definition_max,
                             .repetition_max = slot->repetition_max,
                             .levels = weir_slot_nested(slot) ? share->levels : NULL,
                             .definition_of = slot->definition_of};
    if (lane->again && leaf.levels != NULL) {
        memset(lane->levels_again, 0, sizeof *lane->levels_again);
        leaf.levels = lane->levels_again;
    }
    uint64_t own_before = own_nulls(slot, share);
    WEIR_TRY(weir_reader_open(reader, source, chunk, &leaf));
    if (!lane->again) {
        WEIR_TRY(weir_parts_state(lane, slot, &state));
        weir_column_chunk_begin(state, lane->scratch);
    }
    enum weir_status status = WEIR_OK;
    uint64_t counted = 0;
    uint64_t nulls = 0;
    while ((status = weir_reader_next(reader, &event)) == WEIR_OK) {
        if (lane->again) {
            weir_exact_feed(slot, lane->scratch, &event);
        } else {
            weir_feed(state, lane->scratch, &event);
        }
        nulls += event.kind == WEIR_EVENT_NULLS ? event.count : 0;
        if (event.weights == NULL && event.kind != WEIR_EVENT_PIECE) {
            counted += event.count;
            count_done(&lane->values_done, event.count);
        }
        if (halted(lane->profile)) {
            return weir_fail(&lane->error, WEIR_E_INTERRUPTED, "interrupted");
        }
        if (is_beaten(lane->profile, slot)) {
            return WEIR_END;
        }
    }
    if (status < 0) {
        return status;
    }
    WEIR_ASSERT(counted <= chunk->values);
    count_done(&lane->values_done, chunk->values - counted); /* entries stand for many values */
    if (lane->again) {
        return WEIR_OK;
    }
    weir_column_chunk_end(state, lane->scratch);
    weir_warn_nulls(&share->warnings, lane->error.file, chunk, nulls,
                    weir_slot_nested(slot) ? own_nulls(slot, share) - own_before : nulls,
                    slot->path, slot->path_bytes);
    return WEIR_OK;
}

/* Errors of one column only: they are its own, and the others go on as long as they matter. */
static bool is_column_error(enum weir_status status) {
    return status == WEIR_E_CORRUPT || status == WEIR_E_CHECKSUM || status == WEIR_E_UNSUPPORTED ||
           status == WEIR_E_LIMIT;
}

/* Decides what a failure means: the column's end, or the run's. */
static enum weir_status column_failed(struct weir_lane *lane, struct weir_slot *slot,
                                      enum weir_status status) {
    weir_error_name(&lane->error, slot->path, slot->path_bytes);
    if (!is_column_error(status)) {
        return status;
    }
    uint32_t file = lane->error.file;
    weir_lane_share(lane, slot)->error = lane->error;
    if (!lane->profile->plan.options.keep_going) {
        lower_failed(lane->profile, slot);
    }
    weir_error_clear(&lane->error);
    lane->error.file = file;
    return WEIR_OK;
}

/* Whether the column is the lane's next one in the row group, and the row group its own. */
static bool wants_chunk(void *context, uint32_t column) {
    const struct weir_lane *lane = context;
    return weir_parts_reads(lane) && lane->cursor < lane->matches_count &&
           lane->matches[lane->cursor].column == column;
}

static enum weir_status see_chunk(struct weir_lane *lane, const struct weir_source *source) {
    const struct weir_chunk *chunk = &lane->item.chunk;
    WEIR_ASSERT(wants_chunk(lane, chunk->column));
    struct weir_match *match = &lane->matches[lane->cursor++];
    struct weir_slot *slot = &lane->profile->slots[match->slot];
    struct weir_share *share = weir_lane_share(lane, slot);
    if (!weir_slot_live(lane, slot)) {
        return WEIR_OK;
    }
    share->compressed_bytes += lane->again ? 0 : chunk->compressed_bytes;
    enum weir_status status = read_chunk(lane, source, match, slot);
    match->group_rows = lane->reader->rows;
    match->group_seen = true;
    count_done(&lane->bytes_done, chunk->compressed_bytes);
    if (!lane->again) {
        share->counts.pages += lane->reader->counts.pages;
        share->counts.pages_crc_ok += lane->reader->counts.pages_crc_ok;
        share->counts.pages_crc_absent += lane->reader->counts.pages_crc_absent;
        share->counts.pages_crc_bad += lane->reader->counts.pages_crc_bad;
    }
    memset(&lane->reader->counts, 0, sizeof lane->reader->counts);
    return status >= 0 ? WEIR_OK : column_failed(lane, slot, status);
}

/* A column that the file lacks: so many rows of nulls. */
static enum weir_status add_missing(struct weir_lane *lane, struct weir_slot *slot, uint64_t rows) {
    struct weir_column *state = NULL;
    /* Rows that only a footer states: parts of more than this do not merge. */
    if (lane->first_row > ROWS_MAX || rows > ROWS_MAX - lane->first_row) {
        lane->error.row_group = lane->item.row_group;
        return weir_fail(&lane->error, WEIR_E_LIMIT, "more rows than one column can have");
    }
    WEIR_TRY(weir_parts_state(lane, slot, &state));
    weir_column_add_nulls(state, rows);
    if (weir_slot_nested(slot)) {
        weir_levels_missing(weir_lane_share(lane, slot)->levels, slot->repetition_max, rows);
    }
    return WEIR_OK;
}

/* The row group's rows are known now: every column must have as many. */
static enum weir_status end_group(struct weir_lane *lane) {
    uint64_t rows = lane->item.row_group_rows;
    lane->cursor = 0;
    uint32_t total = weir_parts_reads(lane) ? lane->matches_count + lane->missing_count : 0;
    for (uint32_t i = 0; i < total; i++) {
        struct weir_match *match = &lane->matches[i];
        struct weir_slot *slot = &lane->profile->slots[match->slot];
        bool seen = match->group_seen;
        match->group_seen = false;
        if (!weir_slot_live(lane, slot)) {
            continue;
        }
        weir_lane_share(lane, slot)->rows += lane->again ? 0 : rows;
        if (!match->present) {
            enum weir_status status = add_missing(lane, slot, rows);
            WEIR_TRY(status == WEIR_OK ? WEIR_OK : column_failed(lane, slot, status));
        } else if (seen && match->group_rows != rows) {
            lane->error.column = match->column;
            lane->error.row_group = lane->item.row_group;
            WEIR_TRY(column_failed(lane, slot,
                                   weir_fail_numbers(&lane->error, WEIR_E_CORRUPT,
                                                     "a column chunk has another number of rows "
                                                     "than its row group",
                                                     rows, match->group_rows)));
        }
    }
    weir_parts_step(lane, rows);
    return WEIR_OK;
}

static enum weir_status see_node(struct weir_lane *lane, uint32_t file) {
    const struct weir_node *node = &lane->item.node;
    struct weir_profile *profile = lane->profile;
    if (node->column == WEIR_NONE32) {
        return WEIR_OK;
    }
    uint32_t index = weir_slots_find(profile, file, node);
    if (index == WEIR_NONE32) {
        return WEIR_OK;
    }
    const struct weir_slot *slot = &profile->slots[index];
    struct weir_share *share = weir_lane_share(lane, slot);
    if (!weir_lane_has(lane, slot) || share->seen_in == file ||
        lane->matches_count >= profile->count || (lane->again && !slot->selecting)) {
        return WEIR_OK;
    }
    if (slot->error.status != WEIR_OK) {
        return WEIR_OK; /* another type here, with keep_going */
    }
    /* weir_profile_batch has compared the types already. */
    if (!weir_slot_matches(slot, node)) {
        lane->error.column = node->column;
        weir_error_name(&lane->error, node->path, node->path_bytes);
        return weir_fail(&lane->error, WEIR_E_CHANGED, "the schema is not what it was");
    }
    share->seen_in = file;
    lane->matches[lane->matches_count++] =
        (struct weir_match){.column = node->column,
                            .slot = index,
                            .definition_max = node->definition_max,
                            .present = true};
    return WEIR_OK;
}

/* Lists the lane's columns that this file lacks behind those that it has. */
static void find_missing(struct weir_lane *lane, uint32_t file) {
    struct weir_profile *profile = lane->profile;
    lane->missing_count = 0;
    for (uint32_t i = 0; i < profile->count && !lane->again; i++) {
        const struct weir_slot *slot = &profile->slots[i];
        uint32_t at = lane->matches_count + lane->missing_count;
        if (weir_lane_has(lane, slot) && slot->error.status == WEIR_OK &&
            weir_lane_share(lane, slot)->seen_in != file && at < profile->plan.columns_per_batch) {
            lane->matches[at] = (struct weir_match){.slot = i, .present = false};
            lane->missing_count++;
        }
    }
}

/* Whether a failure leaves the lane any column that could still be the first one to fail. */
static bool has_work(const struct weir_lane *lane) {
    const struct weir_profile *profile = lane->profile;
    if (__atomic_load_n(&profile->failed, __ATOMIC_RELAXED) == WEIR_NONE32) {
        return true;
    }
    for (uint32_t i = 0; i < profile->count; i++) {
        const struct weir_slot *slot = &profile->slots[i];
        if (weir_lane_has(lane, slot) && weir_slot_live(lane, slot)) {
            return true;
        }
    }
    return false;
}

static enum weir_status read_file(struct weir_lane *lane, uint32_t file,
                                  const struct weir_source *source) {
    lane->cursor = 0;
    weir_window_forget(&lane->reader->window);
    lane->matches_count = 0;
    lane->missing_count = 0;
    WEIR_TRY(weir_footer_open(lane->footer, source, lane->footer_window, &lane->error));
    lane->footer->wants = wants_chunk;
    lane->footer->wants_context = lane;
    lane->footer->wants_null_counts = true;
    uint64_t rows = 0;
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK && (status = weir_footer_next(lane->footer, &lane->item)) == WEIR_OK) {
        switch (lane->item.kind) {
        case WEIR_FOOTER_NODE: status = see_node(lane, file); break;
        case WEIR_FOOTER_SCHEMA_END: find_missing(lane, file); break;
        case WEIR_FOOTER_CHUNK: status = see_chunk(lane, source); break;
        case WEIR_FOOTER_ROW_GROUP_END:
            rows += lane->item.row_group_rows;
            status = end_group(lane);
            break;
        }
        if (lane->item.kind == WEIR_FOOTER_ROW_GROUP_END && status == WEIR_OK &&
            (weir_parts_past(lane) || !has_work(lane))) {
            return WEIR_OK;
        }
        if (status == WEIR_OK && halted(lane->profile)) {
            status = weir_fail(&lane->error, WEIR_E_INTERRUPTED, "interrupted");
        }
    }
    if (status == WEIR_END && lane->index == 0 && lane->profile->first == 0 && !lane->again) {
        weir_warn_file_rows(&lane->warnings, file, lane->footer->rows, rows);
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* One pass of the lane over all files. */
static enum weir_status read_files(struct weir_lane *lane) {
    const struct weir_dataset *dataset = &lane->profile->dataset;
    weir_parts_rewind(lane);
    for (uint32_t file = 0; file < dataset->files && has_work(lane); file++) {
        if (weir_parts_past(lane)) {
            break;
        }
        struct weir_source source;
        lane->error.file = file;
        enum weir_status status = weir_dataset_open(dataset, file, &source, &lane->error);
        if (status == WEIR_OK) {
            status = read_file(lane, file, &source);
            status = weir_dataset_close(dataset, file, &source, status, &lane->error);
        }
        if (status != WEIR_OK) {
            return status;
        }
    }
    lane->error.file = WEIR_NONE32;
    return WEIR_OK;
}

/* Ends the columns that went well, all parts of which have been read. */
static enum weir_status end_columns(struct weir_lane *lane) {
    struct weir_profile *profile = lane->profile;
    for (uint32_t i = 0; i < profile->count; i++) {
        struct weir_slot *slot = &profile->slots[i];
        if (!weir_lane_has(lane, slot) || !weir_slot_live(lane, slot) ||
            weir_slot_error(profile, slot)->status != WEIR_OK) {
            continue;
        }
        enum weir_status status = weir_parts_fold(lane, slot);
        WEIR_TRY(status == WEIR_OK ? WEIR_OK : column_failed(lane, slot, status));
    }
    return WEIR_OK;
}

/* Whether all parts of the lane's columns have been read: where lanes share them, the last lane to
 * come here sees all that the others have done. */
static bool is_last(struct weir_profile *profile) {
    return !profile->plan.split ||
           __atomic_add_fetch(&profile->lanes_done, 1, __ATOMIC_ACQ_REL) == profile->plan.lanes;
}

/* The status of the lane's first column that failed, where that ends the run. */
static enum weir_status first_failure(const struct weir_lane *lane) {
    const struct weir_profile *profile = lane->profile;
    for (uint32_t i = 0; i < profile->count && !profile->plan.options.keep_going; i++) {
        const struct weir_slot *slot = &profile->slots[i];
        if (!weir_lane_has(lane, slot)) {
            continue;
        }
        if (slot->error.status != WEIR_OK) {
            return slot->error.status;
        }
        if (weir_lane_share(lane, slot)->error.status != WEIR_OK) {
            return weir_lane_share(lane, slot)->error.status;
        }
    }
    return WEIR_OK;
}

enum weir_status weir_profile_run_lane(struct weir_profile *profile, uint32_t index) {
    WEIR_ASSERT(index < profile->plan.lanes);
    struct weir_lane *lane = &profile->lanes[index];
    uint32_t passes = 0;
    lane->again = false;
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK) {
        status = read_files(lane);
        if (status == WEIR_OK && !lane->again && is_last(profile)) {
            status = end_columns(lane);
        }
        passes += status == WEIR_OK;
        status = status == WEIR_OK ? weir_exact_next_pass(lane) : status;
    }
    lane->passes = passes > lane->passes ? passes : lane->passes;
    if (status != WEIR_END) {
        __atomic_store_n(&profile->halted, 1, __ATOMIC_RELAXED);
        return status;
    }
    return first_failure(lane);
}
