/*
 * The selected part of a schema as JSON shows it: objects, arrays and values.
 *
 * Built once from the nodes of weir_schema_walk, the same code counting first and filling in
 * afterwards. The shapes lie depth first, so that the first shape inside another follows it.
 */
#ifndef WEIR_CLI_SHAPE_H
#define WEIR_CLI_SHAPE_H

#include "weir/profile.h"
#include "weir/schema.h"

/* Depth of a schema, and of shapes: a repeated node is an array and its element. */
#define CLI_SCHEMA_DEPTH (WEIR_LEVELS_MAX + 1u)
#define CLI_SHAPE_DEPTH (2u * CLI_SCHEMA_DEPTH)

enum cli_shape_kind { CLI_SHAPE_VALUE, CLI_SHAPE_OBJECT, CLI_SHAPE_ARRAY };

struct cli_shape {
    enum cli_shape_kind kind;
    uint32_t definition;         /* of an entry in which it is there; below, it is null */
    uint32_t element_definition; /* ARRAY: of an entry that is an element; below, it is empty */
    uint32_t repetition;         /* ARRAY: of an entry that begins another element */
    uint32_t name;               /* the key that an object shows it with: offset, bytes */
    uint32_t name_bytes;
    uint32_t leaf; /* the selected columns below it: leaf..leaf_end-1 */
    uint32_t leaf_end;
    uint32_t end; /* index behind the last shape inside it */
};

/* at[0] is the row: an object of the top-level fields. */
struct cli_shapes {
    struct cli_shape *at; /* NULL: only counts */
    char *names;
    uint32_t room; /* of shapes */
    uint32_t names_room;
    uint32_t count;
    uint32_t names_bytes;
    uint32_t leaves;
};

/* What a child of a node is. */
enum cli_shape_role {
    CLI_ROLE_FIELD,   /* of an object, with its name */
    CLI_ROLE_LAYER,   /* what repeats in a list */
    CLI_ROLE_ELEMENT, /* what is inside that layer */
    CLI_ROLE_ENTRY,   /* what repeats in a map */
    CLI_ROLE_KEYED    /* key or value of a map */
};

/* A node on the path to the current one. */
struct cli_shape_node {
    uint32_t path_at; /* of its name in the path */
    uint32_t name_bytes;
    uint32_t children;
    uint32_t children_seen;
    uint32_t ordinal; /* among its parent's children */
    bool is_leaf;
    enum weir_repetition repetition;
    enum weir_logical logical;
    uint32_t definition_level;
    uint32_t repetition_level;
    bool is_shown;
    enum cli_shape_role child_role;
    uint32_t shape; /* the shapes made for it */
    uint32_t shapes;
};

struct cli_shape_builder {
    struct cli_shapes *shapes;
    bool (*select)(void *context, const char *path, size_t path_bytes);
    void *select_context;
    bool failed; /* the schema is deeper or larger than what was counted */
    struct cli_shape_node nodes[CLI_SCHEMA_DEPTH + 1];
    char path[WEIR_NAME_BYTES_MAX];
};

/* Starts over with `shapes`, whose memory and room are set. select is as in
 * weir_profile_options. */
void cli_shapes_begin(struct cli_shape_builder *builder, struct cli_shapes *shapes);

/* For weir_schema_visitor; context is the builder. */
bool cli_shapes_node(void *context, const struct weir_schema_node *node);

#endif
