#include "parquet/footer_inner.h"

#include "base/bits.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A file is PAR1, pages, footer, footer length (u32), PAR1. PARE instead of the last magic means
 *   an encrypted footer.
 * - All writers give FileMetaData's fields in ascending order: the schema comes before the row
 *   groups. A footer with row groups first is refused rather than read twice.
 */

#define TAIL_BYTES 8u

static enum weir_status check_magic(struct weir_footer *footer, const struct weir_source *source) {
    struct weir_window *window = &footer->window;
    uint64_t size = source->size_bytes;
    weir_window_seek(window, source, 0, WEIR_MAGIC_BYTES);
    if (weir_window_fill(window, WEIR_MAGIC_BYTES) < WEIR_MAGIC_BYTES) {
        return footer->error->status;
    }
    bool plain = memcmp(window->at, "PAR1", WEIR_MAGIC_BYTES) == 0;
    bool hidden = memcmp(window->at, "PARE", WEIR_MAGIC_BYTES) == 0;
    if (!plain && !hidden) {
        return weir_fail(footer->error, WEIR_E_NOT_PARQUET, "the file does not start with PAR1");
    }
    weir_window_seek(window, source, size - TAIL_BYTES, size);
    if (weir_window_fill(window, TAIL_BYTES) < TAIL_BYTES) {
        return footer->error->status;
    }
    if (memcmp(window->at + 4, "PARE", WEIR_MAGIC_BYTES) == 0) {
        return weir_fail(footer->error, WEIR_E_UNSUPPORTED, "encrypted footer");
    }
    if (memcmp(window->at + 4, "PAR1", WEIR_MAGIC_BYTES) != 0) {
        return weir_fail(footer->error, WEIR_E_NOT_PARQUET,
                         "the file does not end with PAR1: it is cut off or still being written");
    }
    footer->footer_bytes = weir_load_u32(window->at);
    if (footer->footer_bytes == 0 || footer->footer_bytes > size - TAIL_BYTES - WEIR_MAGIC_BYTES) {
        footer->error->offset_bytes = size - TAIL_BYTES;
        return weir_fail_numbers(footer->error, WEIR_E_CORRUPT,
                                 "the footer's length does not fit the file",
                                 size - TAIL_BYTES - WEIR_MAGIC_BYTES, footer->footer_bytes);
    }
    return WEIR_OK;
}

enum weir_status weir_footer_open(struct weir_footer *footer, const struct weir_source *source,
                                  void *window, struct weir_error *error) {
    WEIR_ASSERT(footer != NULL && source != NULL && window != NULL);
    memset(footer, 0, offsetof(struct weir_footer, layouts));
    footer->error = error;
    footer->file_bytes = source->size_bytes;
    weir_window_init(&footer->window, window, WEIR_FOOTER_WINDOW_BYTES, error);
    if (source->size_bytes == 0) {
        return weir_fail(error, WEIR_E_NOT_PARQUET, "the file is empty");
    }
    if (source->size_bytes < TAIL_BYTES + WEIR_MAGIC_BYTES) {
        return weir_fail_numbers(error, WEIR_E_NOT_PARQUET, "the file is too short for Parquet",
                                 TAIL_BYTES + WEIR_MAGIC_BYTES, source->size_bytes);
    }
    WEIR_TRY(check_magic(footer, source));
    footer->footer_offset = source->size_bytes - TAIL_BYTES - footer->footer_bytes;
    weir_window_seek(&footer->window, source, footer->footer_offset,
                     source->size_bytes - TAIL_BYTES);
    weir_thrift_init(&footer->thrift, &footer->window, error);
    weir_thrift_enter(&footer->thrift);
    weir_thrift_layouts_init(&footer->layouts);
    footer->state = WEIR_FOOTER_AT_TOP;
    return WEIR_OK;
}

/* Copies a text of the footer, cut to what fits. */
static void read_text(struct weir_footer *footer, uint32_t type, char *to, size_t to_bytes) {
    uint64_t bytes = weir_thrift_binary(&footer->thrift, type);
    size_t keep = (size_t)weir_min_u64(bytes, to_bytes - 1);
    if (keep > 0 && weir_window_fill(&footer->window, keep) < keep) {
        return;
    }
    memcpy(to, footer->window.at, keep);
    to[keep] = '\0';
    weir_window_skip(&footer->window, bytes);
}

/* Fields of FileMetaData. Returns true when an item is ready. */
static bool step_top(struct weir_footer *footer, struct weir_footer_item *item) {
    struct weir_thrift *thrift = &footer->thrift;
    struct weir_thrift_field field;
    if (!weir_thrift_next(thrift, &field)) {
        if (!thrift->failed && !footer->has_schema) {
            weir_thrift_corrupt(thrift, "the footer has no schema");
        }
        if (!thrift->failed && !footer->has_groups) {
            weir_thrift_corrupt(thrift, "the footer has no list of row groups");
        }
        footer->state = WEIR_FOOTER_AT_END;
        return false;
    }
    struct weir_thrift_list list;
    switch (field.id) {
    case 1: footer->version = weir_thrift_i32(thrift, field.type); break;
    case 2:
        list = weir_thrift_list(thrift, field.type);
        if (footer->has_schema || list.count == 0 || list.type != WEIR_THRIFT_STRUCT) {
            weir_thrift_corrupt(thrift, "the footer's schema is not one list of elements");
        }
        footer->nodes_left = list.count;
        footer->has_schema = true;
        footer->state = WEIR_FOOTER_AT_SCHEMA;
        break;
    case 3: {
        int64_t rows = weir_thrift_i64(thrift, field.type);
        if (rows < 0) {
            weir_thrift_corrupt(thrift, "negative number of rows in the footer");
        }
        footer->rows = rows < 0 ? 0 : (uint64_t)rows;
        break;
    }
    case 4:
        list = weir_thrift_list(thrift, field.type);
        if (!footer->has_schema || footer->has_groups ||
            (list.count > 0 && list.type != WEIR_THRIFT_STRUCT)) {
            weir_thrift_corrupt(thrift, "the footer's row groups do not follow its schema");
        }
        footer->has_groups = true;
        footer->groups_left = list.count;
        footer->state = WEIR_FOOTER_AT_GROUPS;
        item->kind = WEIR_FOOTER_SCHEMA_END;
        return !thrift->failed;
    case 6: read_text(footer, field.type, footer->created_by, sizeof footer->created_by); break;
    default: weir_thrift_skip(thrift, field.type); break;
    }
    return false;
}

/* Closes the levels whose children are complete. */
static void pop_levels(struct weir_footer *footer) {
    while (footer->depth > 0 && footer->children_left[footer->depth - 1] == 0) {
        footer->depth--;
    }
}

/* Fills in the place of a node in the tree; the name lies at the end of the path buffer. */
static void place_node(struct weir_footer *footer, const struct weir_element *element,
                       struct weir_node *node) {
    uint32_t depth = footer->depth;
    uint32_t definition = depth > 1 ? footer->definition[depth - 1] : 0;
    uint32_t repetition = depth > 1 ? footer->repetition[depth - 1] : 0;
    if (depth > 0) {
        WEIR_ASSERT(footer->children_left[depth - 1] > 0);
        footer->children_left[depth - 1]--;
        definition += element->repetition != WEIR_REQUIRED;
        repetition += element->repetition == WEIR_REPEATED;
    }
    node->path = footer->path;
    node->depth = depth;
    node->repetition = depth > 0 ? (enum weir_repetition)element->repetition : WEIR_REQUIRED;
    node->definition_max = definition;
    node->repetition_max = repetition;
    node->column = WEIR_NONE32;
    node->children = element->children < 0 ? 0 : (uint32_t)element->children;
    node->type = weir_element_type(element);
    if (depth > 0 && element->repetition != WEIR_REQUIRED) {
        WEIR_ASSERT(definition >= 1 && definition <= WEIR_LEVELS_MAX);
        footer->levels[definition] =
            (struct weir_node_level){.path_bytes = (uint16_t)node->path_bytes,
                                     .is_repeated = element->repetition == WEIR_REPEATED};
    }
    if (element->has_type) {
        node->column = footer->leaves++;
        memcpy(node->levels, footer->levels, (definition + 1) * sizeof node->levels[0]);
        return;
    }
    footer->children_left[depth] = node->children;
    footer->path_end[depth] = depth == 0 ? 0 : node->path_bytes;
    footer->definition[depth] = (uint8_t)definition;
    footer->repetition[depth] = (uint8_t)repetition;
    footer->depth = depth + 1;
}

static const char *check_element(const struct weir_footer *footer,
                                 const struct weir_element *element) {
    bool is_root = footer->depth == 0;
    if (element->has_type && (element->type < 0 || element->type > 7)) {
        return "a column has an unknown physical type";
    }
    if (element->has_type && element->children > 0) {
        return "a schema element has both a type and children";
    }
    if (is_root && element->has_type) {
        return "the schema's root is a column";
    }
    if (!element->has_type && element->children < 0) {
        return "a schema element has neither a type nor children";
    }
    if (!is_root && (element->repetition < 0 || element->repetition > 2)) {
        return "a schema element has an unknown repetition";
    }
    if (element->type == WEIR_FIXED_LEN_BYTE_ARRAY && element->has_type &&
        element->type_length <= 0) {
        return "a FIXED_LEN_BYTE_ARRAY column has no length";
    }
    if (!element->has_type && footer->depth >= WEIR_SCHEMA_DEPTH) {
        return "the schema is nested deeper than 64 levels";
    }
    return NULL;
}

static bool step_schema(struct weir_footer *footer, struct weir_footer_item *item) {
    struct weir_thrift *thrift = &footer->thrift;
    if (footer->nodes_left == 0) {
        if (footer->depth > 0) {
            weir_thrift_corrupt(thrift, "the schema ends before all its children are listed");
        }
        footer->state = WEIR_FOOTER_AT_TOP;
        return false;
    }
    uint32_t start = footer->depth > 1 ? footer->path_end[footer->depth - 1] + 1 : 0;
    struct weir_element element;
    uint32_t name_bytes = 0;
    if (start > WEIR_NAME_BYTES_MAX) {
        weir_thrift_corrupt(thrift, "a column name is longer than 4096 bytes");
        return false;
    }
    uint32_t room = WEIR_NAME_BYTES_MAX - start;
    footer->nodes_left--;
    weir_element_read(thrift, &element, footer->path + start, room, &name_bytes);
    const char *wrong = thrift->failed ? NULL : check_element(footer, &element);
    if (wrong != NULL) {
        weir_thrift_corrupt(thrift, wrong);
    }
    if (thrift->failed) {
        return false;
    }
    if (start > 0) {
        footer->path[start - 1] = '.';
    }
    footer->path[start + name_bytes] = '\0';
    memset(&item->node, 0, sizeof item->node);
    item->kind = WEIR_FOOTER_NODE;
    item->node.path_bytes = start + name_bytes;
    item->node.name_bytes = name_bytes;
    place_node(footer, &element, &item->node);
    pop_levels(footer);
    if (footer->depth == 0 && footer->nodes_left > 0) {
        weir_thrift_corrupt(thrift, "the schema has elements outside its root");
        return false;
    }
    return true;
}

static bool step_groups(struct weir_footer *footer) {
    if (footer->groups_left == 0) {
        footer->state = WEIR_FOOTER_AT_TOP;
        return false;
    }
    footer->groups_left--;
    weir_thrift_enter(&footer->thrift);
    footer->group_has_columns = false;
    footer->group_rows = 0;
    footer->group_bytes = 0;
    if (footer->claims != NULL) {
        memset(&footer->claims->group, 0, sizeof footer->claims->group);
    }
    footer->state = WEIR_FOOTER_AT_GROUP;
    return false;
}

static bool step_group(struct weir_footer *footer, struct weir_footer_item *item) {
    struct weir_thrift *thrift = &footer->thrift;
    struct weir_thrift_field field;
    if (!weir_thrift_next(thrift, &field)) {
        if (!thrift->failed && !footer->group_has_columns) {
            weir_thrift_corrupt(thrift, "a row group does not list every column once");
        }
        if (thrift->failed) {
            return false;
        }
        footer->state = WEIR_FOOTER_AT_GROUPS;
        item->kind = WEIR_FOOTER_ROW_GROUP_END;
        item->row_group = footer->row_group++;
        item->row_group_rows = footer->group_rows;
        item->row_group_bytes = footer->group_bytes;
        return true;
    }
    if (field.id == 1) {
        struct weir_thrift_list list = weir_thrift_list(thrift, field.type);
        if (footer->group_has_columns || list.count != footer->leaves ||
            (list.count > 0 && list.type != WEIR_THRIFT_STRUCT)) {
            weir_thrift_corrupt(thrift, "a row group does not list every column once");
        }
        footer->group_has_columns = true;
        footer->chunks_left = list.count;
        footer->column = 0;
        footer->state = WEIR_FOOTER_AT_CHUNKS;
    } else if (field.id == 2) {
        footer->group_bytes = weir_footer_size(footer, field.type, "negative size of a row group");
    } else if (field.id == 3) {
        footer->group_rows = weir_footer_size(footer, field.type, "negative rows of a row group");
    } else if (footer->claims != NULL) {
        weir_claims_group_field(&footer->claims->group, thrift, &field);
    } else {
        weir_thrift_skip(thrift, field.type);
    }
    return false;
}

enum weir_status weir_footer_next(struct weir_footer *footer, struct weir_footer_item *item_ret) {
    WEIR_ASSERT(footer != NULL && item_ret != NULL);
    bool ready = false;
    bool ended = false;
    while (!ready && !ended && !footer->thrift.failed) {
        switch (footer->state) {
        case WEIR_FOOTER_AT_TOP: ready = step_top(footer, item_ret); break;
        case WEIR_FOOTER_AT_SCHEMA: ready = step_schema(footer, item_ret); break;
        case WEIR_FOOTER_AT_GROUPS: ready = step_groups(footer); break;
        case WEIR_FOOTER_AT_GROUP: ready = step_group(footer, item_ret); break;
        case WEIR_FOOTER_AT_CHUNKS: ready = weir_footer_step_chunks(footer, item_ret); break;
        default:
            WEIR_ASSERT(footer->state == WEIR_FOOTER_AT_END);
            ended = true;
            break;
        }
    }
    if (footer->thrift.failed || footer->window.failed) {
        return footer->error->status;
    }
    return ready ? WEIR_OK : WEIR_END;
}

enum weir_status weir_footer_seek_orders(struct weir_footer *footer, uint32_t *count_ret) {
    WEIR_ASSERT(footer->state == WEIR_FOOTER_AT_TOP && !footer->has_schema);
    struct weir_thrift *thrift = &footer->thrift;
    struct weir_thrift_field field;
    *count_ret = 0;
    footer->state = WEIR_FOOTER_AT_END;
    while (weir_thrift_next(thrift, &field)) {
        if (field.id == 3) {
            footer->rows =
                weir_footer_size(footer, field.type, "negative number of rows in the footer");
        } else if (field.id == 6) {
            read_text(footer, field.type, footer->created_by, sizeof footer->created_by);
        } else if (field.id == 7) {
            struct weir_thrift_list list = weir_thrift_list(thrift, field.type);
            *count_ret = list.type == WEIR_THRIFT_STRUCT ? list.count : 0;
            break;
        } else {
            weir_thrift_skip(thrift, field.type);
        }
    }
    return thrift->failed || footer->window.failed ? footer->error->status : WEIR_OK;
}

enum weir_order weir_footer_order(struct weir_footer *footer) {
    struct weir_thrift_field field;
    enum weir_order order = WEIR_ORDER_NONE;
    if (!weir_thrift_struct(&footer->thrift, WEIR_THRIFT_STRUCT)) {
        return order;
    }
    while (weir_thrift_next(&footer->thrift, &field)) {
        order = field.id >= 1 && field.id <= 3 ? (enum weir_order)field.id : WEIR_ORDER_OTHER;
        weir_thrift_skip(&footer->thrift, field.type);
    }
    return footer->thrift.failed ? WEIR_ORDER_NONE : order;
}
