/* From schema nodes to shapes. */
#include "shape.h"

#include <string.h>

/*
 * Format notes.
 * - LIST: a group with one repeated field. The field is a layer of its own around the element, but
 *   for four cases, in which it is the element: it is no group; it has several fields; its only
 *   field repeats; it is named "array", or like the list with "_tuple" behind it. Old Avro, Hive,
 *   Thrift and Impala writers made those.
 * - MAP: a group with one repeated group of a key and a value, known by their places: their names
 *   vary. A map without values is the list of its keys, as other readers have it. MAP_KEY_VALUE
 *   stands on the outer group in some files and on the inner one, where it says nothing, in others.
 * - A repeated field without annotation is a list that is never null.
 * - Annotations on anything built otherwise are ignored: the fields are shown as they are.
 */

void cli_shapes_begin(struct cli_shape_builder *builder, struct cli_shapes *shapes) {
    shapes->count = 0;
    shapes->names_bytes = 0;
    shapes->leaves = 0;
    builder->shapes = shapes;
    builder->failed = false;
    memset(builder->nodes, 0, sizeof builder->nodes);
}

static void push_name(struct cli_shape_builder *builder, struct cli_shape *shape, const char *name,
                      uint32_t bytes) {
    struct cli_shapes *shapes = builder->shapes;
    shape->name = shapes->names_bytes;
    shape->name_bytes = bytes;
    if (shapes->at != NULL && bytes > shapes->names_room - shapes->names_bytes) {
        builder->failed = true;
        return;
    }
    if (shapes->at != NULL) {
        memcpy(shapes->names + shapes->names_bytes, name, bytes);
    }
    shapes->names_bytes += bytes;
}

/* A shape for the node; `name` is NULL for elements, which have none. */
static void push(struct cli_shape_builder *builder, struct cli_shape_node *node,
                 struct cli_shape shape, const char *name, uint32_t name_bytes) {
    struct cli_shapes *shapes = builder->shapes;
    if (shapes->at != NULL && shapes->count == shapes->room) {
        builder->failed = true;
        return;
    }
    push_name(builder, &shape, name != NULL ? name : "", name != NULL ? name_bytes : 0);
    shape.leaf = shapes->leaves;
    if (builder->failed) {
        return;
    }
    if (shapes->at != NULL) {
        shapes->at[shapes->count] = shape;
    }
    node->shape = node->shapes == 0 ? shapes->count : node->shape;
    node->shapes++;
    shapes->count++;
}

static bool is_map(const struct cli_shape_node *node, const struct cli_shape_node *child) {
    return node->logical == WEIR_LOGICAL_MAP && node->children == 1 &&
           child->repetition == WEIR_REPEATED && child->children == 2;
}

static bool is_list(const struct cli_shape_node *node, const struct cli_shape_node *child) {
    const bool keys = node->logical == WEIR_LOGICAL_MAP && child->children == 1;
    return (node->logical == WEIR_LOGICAL_LIST || keys) && node->children == 1 &&
           child->repetition == WEIR_REPEATED;
}

/* The thing that a node is, its repetition left aside. */
static void push_thing(struct cli_shape_builder *builder, uint32_t depth, const char *name,
                       uint32_t name_bytes) {
    struct cli_shape_node *node = &builder->nodes[depth];
    const struct cli_shape_node *child = &builder->nodes[depth + 1]; /* groups: on the path */
    struct cli_shape shape = {.kind = CLI_SHAPE_VALUE, .definition = node->definition_level};
    node->child_role = CLI_ROLE_FIELD;
    if (!node->is_leaf && (is_list(node, child) || is_map(node, child))) {
        shape.kind = CLI_SHAPE_ARRAY;
        shape.element_definition = child->definition_level;
        shape.repetition = child->repetition_level;
        node->child_role = is_list(node, child) ? CLI_ROLE_LAYER : CLI_ROLE_ENTRY;
    } else if (!node->is_leaf) {
        shape.kind = CLI_SHAPE_OBJECT;
    }
    push(builder, node, shape, name, name_bytes);
}

/* Whether the repeated field of a list is its element. */
static bool is_element(const struct cli_shape_builder *builder, uint32_t depth) {
    static const char tuple[] = "_tuple";
    const struct cli_shape_node *list = &builder->nodes[depth - 1];
    const struct cli_shape_node *node = &builder->nodes[depth];
    const char *name = builder->path + node->path_at;
    const uint32_t tail = sizeof tuple - 1;
    if (node->is_leaf || node->children > 1 ||
        builder->nodes[depth + 1].repetition == WEIR_REPEATED) {
        return true;
    }
    return (node->name_bytes == 5 && memcmp(name, "array", 5) == 0) ||
           (node->name_bytes == list->name_bytes + tail &&
            memcmp(name, builder->path + list->path_at, list->name_bytes) == 0 &&
            memcmp(name + list->name_bytes, tuple, tail) == 0);
}

static void show_field(struct cli_shape_builder *builder, uint32_t depth, const char *name,
                       uint32_t name_bytes) {
    struct cli_shape_node *node = &builder->nodes[depth];
    if (node->repetition == WEIR_REPEATED) {
        const struct cli_shape array = {.kind = CLI_SHAPE_ARRAY,
                                        .definition = node->definition_level - 1,
                                        .element_definition = node->definition_level,
                                        .repetition = node->repetition_level};
        push(builder, node, array, name, name_bytes);
        name = NULL;
    }
    push_thing(builder, depth, name, name_bytes);
}

/* Makes the shapes of a node whose ancestors have theirs. */
static void show(struct cli_shape_builder *builder, uint32_t depth) {
    struct cli_shape_node *node = &builder->nodes[depth];
    const char *name = builder->path + node->path_at;
    const struct cli_shape entry = {.kind = CLI_SHAPE_OBJECT, .definition = node->definition_level};
    node->is_shown = true;
    if (depth == 0) {
        push(builder, node, entry, NULL, 0);
        node->child_role = CLI_ROLE_FIELD;
        return;
    }
    switch (builder->nodes[depth - 1].child_role) {
    case CLI_ROLE_FIELD: show_field(builder, depth, name, node->name_bytes); break;
    case CLI_ROLE_ELEMENT: show_field(builder, depth, NULL, 0); break;
    case CLI_ROLE_LAYER:
        if (is_element(builder, depth)) {
            push_thing(builder, depth, NULL, 0);
        } else {
            node->child_role = CLI_ROLE_ELEMENT;
        }
        break;
    case CLI_ROLE_ENTRY:
        push(builder, node, entry, NULL, 0);
        node->child_role = CLI_ROLE_KEYED;
        break;
    case CLI_ROLE_KEYED:
        show_field(builder, depth, node->ordinal == 0 ? "key" : "value",
                   node->ordinal == 0 ? 3 : 5);
        break;
    }
}

/* A selected leaf: it and what is above it are shown. */
static void show_leaf(struct cli_shape_builder *builder, uint32_t depth) {
    struct cli_shapes *shapes = builder->shapes;
    for (uint32_t i = 0; i <= depth && !builder->failed; i++) {
        if (!builder->nodes[i].is_shown) {
            show(builder, i);
        }
    }
    shapes->leaves++;
    for (uint32_t i = 0; i <= depth && !builder->failed && shapes->at != NULL; i++) {
        const struct cli_shape_node *node = &builder->nodes[i];
        for (uint32_t j = node->shape; j < node->shape + node->shapes; j++) {
            shapes->at[j].end = shapes->count;
            shapes->at[j].leaf_end = shapes->leaves;
        }
    }
}

bool cli_shapes_node(void *context, const struct weir_schema_node *seen) {
    struct cli_shape_builder *builder = context;
    const uint32_t depth = seen->depth;
    if (depth >= CLI_SCHEMA_DEPTH) {
        builder->failed = true;
        return false;
    }
    struct cli_shape_node *node = &builder->nodes[depth];
    struct cli_shape_node *parent = depth > 0 ? node - 1 : NULL;
    memset(node, 0, sizeof *node);
    memset(node + 1, 0, sizeof *node); /* so that a group without children has none on its path */
    node->is_leaf = seen->column != WEIR_NONE32;
    node->children = seen->children;
    node->logical = seen->type.logical;
    if (parent == NULL) {
        return true;
    }
    const bool optional = seen->repetition != WEIR_REQUIRED;
    node->repetition = seen->repetition;
    node->definition_level = parent->definition_level + (optional ? 1 : 0);
    node->repetition_level = parent->repetition_level + (seen->repetition == WEIR_REPEATED ? 1 : 0);
    node->ordinal = parent->children_seen++;
    uint32_t at = depth > 1 ? parent->path_at + parent->name_bytes : 0;
    if ((depth > 1 ? 1 : 0) + (uint64_t)at + seen->name_bytes > sizeof builder->path) {
        builder->failed = true;
        return false;
    }
    if (depth > 1) {
        builder->path[at++] = '.';
    }
    memcpy(builder->path + at, seen->name, seen->name_bytes);
    node->path_at = at;
    node->name_bytes = seen->name_bytes;
    if (node->is_leaf &&
        (builder->select == NULL ||
         builder->select(builder->select_context, builder->path, at + node->name_bytes))) {
        show_leaf(builder, depth);
    }
    return !builder->failed;
}
