/* The tree of a schema, with what the footer says of each leaf's chunks. */
#ifndef WEIR_CLI_SCHEMA_TREE_H
#define WEIR_CLI_SCHEMA_TREE_H

#include "output.h"
#include "weir/result.h"
#include "weir/schema.h"

/* One leaf over all row groups of a file. */
struct cli_tally {
    uint64_t values;
    uint64_t compressed_bytes;
    uint64_t uncompressed_bytes;
    uint64_t chunks;
    uint32_t codecs;
    uint32_t codec_other; /* what bit 31 stands for */
    uint32_t encodings;
    bool has_dictionary;
    bool encrypted;
};

struct cli_tree {
    struct cli_output *output;
    struct cli_tally *tallies;
    uint32_t columns;
    bool first;
    size_t name_width;
    size_t type_width;
    uint32_t ascii;
    uint32_t definition[WEIR_LEVELS_MAX + 1]; /* of the last node of each depth */
    uint32_t repetition[WEIR_LEVELS_MAX + 1];
};

/* For weir_schema_visitor; context is a struct cli_tree. Sizes first, then lines or JSON. */
bool cli_tree_chunk(void *context, const struct weir_schema_chunk *chunk);
bool cli_tree_width(void *context, const struct weir_schema_node *node);
bool cli_tree_line(void *context, const struct weir_schema_node *node);
bool cli_tree_json(void *context, const struct weir_schema_node *node);

#endif
