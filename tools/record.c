/* Record assembly. */
#include "record.h"

#include "quote.h"
#include "value.h"

/*
 * Format notes: an entry's definition level says how many optional and repeated nodes of its path
 * are there, its repetition level which list it continues. The columns below a node tell the same
 * story of it:
 * - they agree whether it is there; where it is not, each has one entry with one and the same
 * level;
 * - in a list, after each element all have the same repetition level next: that of the list, and
 *   there is another element, or a lower one (0: the row has ended for all).
 */

static enum weir_status disagree(struct cli_record *record, uint32_t leaf, uint32_t other,
                                 const char *message) {
    record->leaf = leaf;
    record->other = other;
    record->message = message;
    return WEIR_E_CORRUPT;
}

/* The first column that the file has, or leaf_end. */
static uint32_t first_leaf(const struct cli_record *record, const struct cli_shape *shape) {
    uint32_t leaf = shape->leaf;
    while (leaf < shape->leaf_end && cli_cell_is_missing(&record->cells[leaf])) {
        leaf++;
    }
    return leaf;
}

/* Goes to the leaf's next entry; behind the row's last one its repetition level is 0. */
static enum weir_status take(struct cli_record *record, uint32_t leaf) {
    struct weir_cell *cell = &record->cells[leaf];
    if (record->infos[leaf].repetition_max == 0) {
        cell->repetition = 0;
        return WEIR_OK;
    }
    const enum weir_status status = record->more(record->context, leaf, cell);
    if (status == WEIR_END) {
        cell->repetition = 0;
        return WEIR_OK;
    }
    return status;
}

/* All columns say that the shape is there with this level. */
static enum weir_status check_there(struct cli_record *record, const struct cli_shape *shape,
                                    uint32_t lead, uint32_t definition) {
    for (uint32_t leaf = lead; leaf < shape->leaf_end; leaf++) {
        if (record->cells[leaf].definition < definition) { /* missing ones have a large one */
            return disagree(record, lead, leaf,
                            "one has a value or a list where the other has none");
        }
    }
    return WEIR_OK;
}

/* All columns say that it is not; each has one entry for that. */
static enum weir_status take_absent(struct cli_record *record, const struct cli_shape *shape,
                                    uint32_t lead) {
    const uint32_t definition = record->cells[lead].definition;
    for (uint32_t leaf = lead; leaf < shape->leaf_end; leaf++) {
        if (cli_cell_is_missing(&record->cells[leaf])) {
            continue;
        }
        if (record->cells[leaf].definition != definition) {
            return disagree(record, lead, leaf, "they end at different levels");
        }
        const enum weir_status status = take(record, leaf);
        if (status != WEIR_OK) {
            return status;
        }
    }
    return WEIR_OK;
}

static enum weir_status put_value(struct cli_record *record, uint32_t leaf) {
    const struct weir_column_info *info = &record->infos[leaf];
    const struct cli_value value = cli_value_of_cell(&info->type, info->kind, &record->cells[leaf]);
    cli_put_value_json(record->output, &info->type, &value);
    return take(record, leaf);
}

static void open_frame(struct cli_record *record, uint32_t index, uint32_t *depth) {
    const bool is_array = record->shapes->at[index].kind == CLI_SHAPE_ARRAY;
    cli_put_char(record->output, is_array ? '[' : '{');
    record->stack[*depth].shape = index;
    record->stack[*depth].next = is_array ? 0 : index + 1;
    (*depth)++;
}

/* Prints a shape, or begins it and leaves a frame for what is inside. */
static enum weir_status begin(struct cli_record *record, uint32_t index, uint32_t *depth) {
    const struct cli_shape *shape = &record->shapes->at[index];
    const uint32_t lead = first_leaf(record, shape);
    if (index == 0) { /* a row is always there */
        open_frame(record, index, depth);
        return WEIR_OK;
    }
    if (lead == shape->leaf_end) {
        cli_put(record->output, "null");
        return WEIR_OK;
    }
    const uint32_t definition = record->cells[lead].definition;
    if (definition < shape->definition) {
        cli_put(record->output, "null");
        return take_absent(record, shape, lead);
    }
    if (shape->kind == CLI_SHAPE_VALUE) {
        return put_value(record, lead);
    }
    if (shape->kind == CLI_SHAPE_ARRAY && definition < shape->element_definition) {
        cli_put(record->output, "[]");
        return take_absent(record, shape, lead);
    }
    open_frame(record, index, depth);
    return check_there(record, shape, lead,
                       shape->kind == CLI_SHAPE_ARRAY ? shape->element_definition
                                                      : shape->definition);
}

/* The next field, or the end of the object. */
static enum weir_status step_object(struct cli_record *record, uint32_t *depth) {
    struct cli_record_frame *frame = &record->stack[*depth - 1];
    const struct cli_shapes *shapes = record->shapes;
    if (frame->next == shapes->at[frame->shape].end) {
        cli_put_char(record->output, '}');
        (*depth)--;
        return WEIR_OK;
    }
    const uint32_t field = frame->next;
    const struct cli_shape *shape = &shapes->at[field];
    if (field > frame->shape + 1) {
        cli_put_char(record->output, ',');
    }
    cli_put_json_string(record->output, (const uint8_t *)shapes->names + shape->name,
                        shape->name_bytes);
    cli_put_char(record->output, ':');
    frame->next = shape->end;
    return begin(record, field, depth);
}

/* The next element, or the end of the array. */
static enum weir_status step_array(struct cli_record *record, uint32_t *depth) {
    struct cli_record_frame *frame = &record->stack[*depth - 1];
    const struct cli_shape *shape = &record->shapes->at[frame->shape];
    if (frame->next == 0) {
        frame->next = 1;
        return begin(record, frame->shape + 1, depth);
    }
    const uint32_t lead = first_leaf(record, shape);
    const uint32_t repetition = record->cells[lead].repetition;
    for (uint32_t leaf = lead + 1; leaf < shape->leaf_end; leaf++) {
        if (record->cells[leaf].repetition != repetition &&
            !cli_cell_is_missing(&record->cells[leaf])) {
            return disagree(record, lead, leaf, "their lists have different lengths");
        }
    }
    if (repetition > shape->repetition) {
        return disagree(record, lead, lead, "an entry continues a list that is not there");
    }
    if (repetition < shape->repetition) {
        cli_put_char(record->output, ']');
        (*depth)--;
        return WEIR_OK;
    }
    if (record->cells[lead].definition < shape->element_definition) {
        return disagree(record, lead, lead, "an entry continues a list but is no element of it");
    }
    cli_put_char(record->output, ',');
    const enum weir_status status = check_there(record, shape, lead, shape->element_definition);
    return status == WEIR_OK ? begin(record, frame->shape + 1, depth) : status;
}

/* What a row's field has taken must be all that the row holds of it. */
static enum weir_status check_taken(struct cli_record *record, const struct cli_shape *shape) {
    for (uint32_t leaf = shape->leaf; leaf < shape->leaf_end; leaf++) {
        if (record->cells[leaf].repetition != 0) {
            return disagree(record, leaf, leaf, "an entry continues a list that is not there");
        }
    }
    return WEIR_OK;
}

enum weir_status cli_record_put(struct cli_record *record, uint32_t index) {
    const struct cli_shape *shape = &record->shapes->at[index];
    uint32_t depth = 0;
    record->message = NULL;
    enum weir_status status = begin(record, index, &depth);
    while (status == WEIR_OK && depth > 0) {
        const struct cli_shape *top = &record->shapes->at[record->stack[depth - 1].shape];
        status =
            top->kind == CLI_SHAPE_ARRAY ? step_array(record, &depth) : step_object(record, &depth);
    }
    return status == WEIR_OK ? check_taken(record, shape) : status;
}

bool cli_record_is_null(const struct cli_record *record, uint32_t index) {
    const struct cli_shape *shape = &record->shapes->at[index];
    const uint32_t lead = first_leaf(record, shape);
    return lead == shape->leaf_end || record->cells[lead].definition < shape->definition;
}
