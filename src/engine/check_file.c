#include "base/hash.h"
#include "engine/check_inner.h"

#include "base/banned.h"

/*
 * A file's footer is walked three times for each batch of columns: its schema, its column orders
 * (which lie behind the row groups), then row group by row group with the chunks read on the way.
 */

static void fill_column(struct weir_check_column *column, const struct weir_node *node) {
    struct weir_hash_stream stream;
    uint32_t repetition = 0;
    memcpy(column->path, node->path, node->path_bytes);
    column->path[node->path_bytes] = '\0';
    column->path_bytes = node->path_bytes;
    weir_hash_stream_begin(&stream);
    weir_hash_stream_add(&stream, (const uint8_t *)node->path, node->path_bytes);
    column->path_hash = weir_hash_stream_end(&stream);
    column->column = node->column;
    column->type = node->type;
    column->kind = weir_type_kind(&node->type);
    column->order = WEIR_ORDER_NONE;
    column->definition_max = node->definition_max;
    column->repetition_max = node->repetition_max;
    for (uint32_t d = 1; d <= node->definition_max; d++) {
        if (node->levels[d].is_repeated) {
            column->definition_of[++repetition] = (uint8_t)d;
        }
    }
    WEIR_ASSERT(repetition == node->repetition_max);
    column->is_optional = node->repetition == WEIR_OPTIONAL;
    column->failed = false;
    column->group_read = false;
}

static bool is_planned(const struct weir_check *check, const struct weir_node *node) {
    const struct weir_inventory *planned = &check->plan.inventory;
    return node->path_bytes <= planned->name_bytes_max &&
           (planned->kinds >> weir_type_kind(&node->type) & 1) != 0;
}

/* Fills in the batch that begins with the selected leaf `first`. */
static enum weir_status load_columns(struct weir_check *check, uint32_t first,
                                     uint32_t *selected_ret) {
    struct weir_footer_item *item = &check->item;
    uint32_t selected = 0;
    check->count = 0;
    WEIR_TRY(weir_footer_open(check->footer, &check->source, check->footer_window, &check->error));
    enum weir_status status;
    while ((status = weir_footer_next(check->footer, item)) == WEIR_OK &&
           item->kind == WEIR_FOOTER_NODE) {
        if (!weir_options_selected(&check->plan.options, &item->node)) {
            continue;
        }
        if (selected++ < first || check->count == check->plan.columns_per_batch) {
            continue;
        }
        if (!is_planned(check, &item->node)) {
            return weir_fail(&check->error, WEIR_E_CHANGED, "the schema is not what it was");
        }
        fill_column(&check->columns[check->count++], &item->node);
    }
    *selected_ret = selected;
    return status < 0 ? status : WEIR_OK;
}

/* The order of each column of the batch. */
static enum weir_status load_orders(struct weir_check *check) {
    struct weir_footer *footer = check->footer;
    uint32_t orders = 0;
    uint32_t at = 0;
    WEIR_TRY(weir_footer_open(footer, &check->source, check->footer_window, &check->error));
    WEIR_TRY(weir_footer_seek_orders(footer, &orders));
    memcpy(check->created_by, footer->created_by, sizeof check->created_by);
    for (uint32_t i = 0; i < orders && at < check->count; i++) {
        enum weir_order order = weir_footer_order(footer);
        if (check->columns[at].column == i) {
            check->columns[at++].order = order;
        }
    }
    return check->error.status;
}

/* --- Row groups and the whole file: what the footer says of itself. -------------------------- */

/* Where a chunk lies, beside the one before: chunks come in file order, or nearly so. */
static void see_place(struct weir_check *check, const struct weir_chunk *chunk) {
    struct weir_where where = {chunk->row_group, WEIR_NONE32, NULL};
    uint64_t end = chunk->offset + chunk->compressed_bytes;
    if (!chunk->has_metadata || chunk->encrypted || chunk->elsewhere || chunk->values == 0) {
        return;
    }
    bool apart = chunk->offset >= check->last_end || end <= check->last_offset;
    check->totals.statements++;
    if (!apart && !check->overlap_told) {
        check->overlap_told = true; /* a file made of overlaps would tell of nothing else */
        weir_check_tell_other(check, &where, "a column chunk overlaps the one before");
    }
    check->last_offset = chunk->offset;
    check->last_end = end;
}

static void add_to_group(struct weir_check *check, const struct weir_chunk *chunk) {
    if (chunk->column == 0) {
        check->group_raw_bytes = 0;
        check->group_page_bytes = 0;
        check->group_offset = chunk->offset;
        check->group_whole = true;
    }
    check->group_whole = check->group_whole && chunk->has_metadata;
    check->group_raw_bytes += chunk->compressed_bytes;
    check->group_page_bytes += chunk->uncompressed_bytes;
    see_place(check, chunk);
}

static void end_group(struct weir_check *check, bool first_batch) {
    const struct weir_footer_item *item = &check->item;
    const struct weir_group_claims *claims = &check->claims.group;
    struct weir_where where = {item->row_group, WEIR_NONE32, NULL};
    for (uint32_t i = 0; i < check->count; i++) {
        struct weir_check_column *column = &check->columns[i];
        if (column->group_read) {
            where.column = column;
            weir_check_count(check, &where, "RowGroup.num_rows", (int64_t)item->row_group_rows,
                             column->group_rows);
        }
        column->group_read = false;
    }
    where.column = NULL;
    if (!first_batch) {
        return;
    }
    check->totals.row_groups++;
    check->rows_sum += item->row_group_rows;
    if (check->group_whole && check->footer->leaves > 0) {
        weir_check_count(check, &where, "RowGroup.total_byte_size", (int64_t)item->row_group_bytes,
                         check->group_page_bytes);
        weir_check_stated(check, &where, "RowGroup.total_compressed_size",
                          &claims->compressed_bytes, check->group_raw_bytes);
        if (claims->file_offset.present && claims->file_offset.value > 0 &&
            check->group_offset > 0) {
            weir_check_stated(check, &where, "RowGroup.file_offset", &claims->file_offset,
                              check->group_offset);
        }
    }
    if (item->row_group <= INT16_MAX) {
        weir_check_stated(check, &where, "RowGroup.ordinal", &claims->ordinal, item->row_group);
    }
}

static void end_file(struct weir_check *check) {
    struct weir_where where = {WEIR_NONE32, WEIR_NONE32, NULL};
    weir_check_count(check, &where, "FileMetaData.num_rows", (int64_t)check->footer->rows,
                     check->rows_sum);
}

/* --- The walk. ------------------------------------------------------------------------------- */

/* Errors of one column only, which keep_going passes by. */
static bool is_column_error(enum weir_status status) {
    return status == WEIR_E_CORRUPT || status == WEIR_E_CHECKSUM || status == WEIR_E_UNSUPPORTED ||
           status == WEIR_E_LIMIT;
}

static enum weir_status see_chunk(struct weir_check *check, uint32_t *cursor) {
    const struct weir_chunk *chunk = &check->item.chunk;
    if (*cursor >= check->count || check->columns[*cursor].column != chunk->column) {
        return WEIR_OK;
    }
    struct weir_check_column *column = &check->columns[(*cursor)++];
    if (column->failed) {
        return WEIR_OK;
    }
    enum weir_status status = weir_check_chunk(check, column);
    if (status == WEIR_OK) {
        return WEIR_OK;
    }
    struct weir_error *error = &check->error;
    if (error->row_group == WEIR_NONE32) {
        error->row_group = chunk->row_group;
    }
    error->column = chunk->column;
    weir_error_name(error, column->path, column->path_bytes);
    if (!is_column_error(status)) {
        return status;
    }
    /* What this build cannot read it cannot read in the next row group either. */
    column->failed = status == WEIR_E_UNSUPPORTED;
    return weir_check_unreadable(check, status);
}

static bool is_wanted(void *context, uint32_t column) {
    const struct weir_check *check = context;
    uint32_t low = 0;
    for (uint32_t high = check->count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        bool below = check->columns[middle].column < column;
        low = below ? middle + 1 : low;
        high = below ? high : middle;
    }
    return low < check->count && check->columns[low].column == column;
}

static enum weir_status walk(struct weir_check *check, bool first_batch) {
    struct weir_footer *footer = check->footer;
    const volatile int *stop = check->plan.options.stop;
    uint32_t cursor = 0;
    WEIR_TRY(weir_footer_open(footer, &check->source, check->footer_window, &check->error));
    footer->claims = &check->claims;
    footer->wants = first_batch ? NULL : is_wanted; /* the first one adds up all chunks */
    footer->wants_context = check;
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK && (status = weir_footer_next(footer, &check->item)) == WEIR_OK) {
        switch (check->item.kind) {
        case WEIR_FOOTER_NODE:
        case WEIR_FOOTER_SCHEMA_END: break;
        case WEIR_FOOTER_CHUNK:
            if (first_batch) {
                add_to_group(check, &check->item.chunk);
            }
            status = see_chunk(check, &cursor);
            break;
        case WEIR_FOOTER_ROW_GROUP_END:
            cursor = 0;
            end_group(check, first_batch);
            break;
        }
        if (status == WEIR_OK && check->stopped) {
            status = weir_fail(&check->error, WEIR_E_OUTPUT, "the caller stopped the run");
        }
        if (status == WEIR_OK && stop != NULL && *stop != 0) {
            status = weir_fail(&check->error, WEIR_E_INTERRUPTED, "interrupted");
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

enum weir_status weir_check_file(struct weir_check *check) {
    uint32_t selected = 0;
    uint32_t first = 0;
    check->rows_sum = 0;
    check->last_offset = 0;
    check->last_end = 0;
    check->overlap_told = false;
    do {
        WEIR_TRY(load_columns(check, first, &selected));
        WEIR_TRY(load_orders(check));
        WEIR_TRY(walk(check, first == 0));
        if (first == 0) {
            end_file(check);
        }
        first += check->count;
    } while (check->count > 0 && first < selected);
    check->totals.files++;
    return WEIR_OK;
}
