/* weir schema: one line or one JSON object a node. */
#include "schema_tree.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "quote.h"
#include "value.h"

/* Deeper nodes are not indented further, so that their names keep some room. */
#define NAME_WIDTH_MAX 48u
#define INDENT_MAX 36u

static const char *const repetition_names[] = {"required", "optional", "repeated"};

bool cli_tree_chunk(void *context, const struct weir_schema_chunk *chunk) {
    struct cli_tree *tree = context;
    if (chunk->column >= tree->columns) {
        return true;
    }
    struct cli_tally *tally = &tree->tallies[chunk->column];
    tally->values += chunk->values;
    tally->compressed_bytes += chunk->compressed_bytes;
    tally->uncompressed_bytes += chunk->uncompressed_bytes;
    tally->chunks++;
    tally->codecs |= 1u << (chunk->codec < 31 ? chunk->codec : 31u);
    tally->codec_other = chunk->codec < 31 ? tally->codec_other : chunk->codec;
    tally->encodings |= chunk->encodings;
    tally->has_dictionary = tally->has_dictionary || chunk->has_dictionary;
    tally->encrypted = tally->encrypted || chunk->encrypted;
    return true;
}

/* The names of a set's members, with quotes for JSON; `last` is the number behind bit 31. */
static size_t names_of(char *to, size_t room, uint32_t set, uint32_t last,
                       const char *(*name_of)(uint32_t number), bool json) {
    size_t used = 0;
    to[0] = '\0';
    for (uint32_t i = 0; i < 32 && used + 40 < room; i++) {
        const uint32_t number = i == 31 ? last : i;
        if ((set >> i & 1u) == 0) {
            continue;
        }
        const char *separator = used == 0 ? "" : (json ? "," : " ");
        const char *quote = json ? "\"" : "";
        const char *name = name_of(number);
        used += (size_t)(name != NULL ? snprintf(to + used, room - used, "%s%s%s%s", separator,
                                                 quote, name, quote)
                                      : snprintf(to + used, room - used, "%s%snumber_%u%s",
                                                 separator, quote, (unsigned)number, quote));
    }
    return used;
}

static size_t codecs_of(char *to, size_t room, const struct cli_tally *tally, bool json) {
    return names_of(to, room, tally->codecs, tally->codec_other, cli_codec_name, json);
}

static size_t encodings_of(char *to, size_t room, const struct cli_tally *tally, bool json) {
    return names_of(to, room, tally->encodings, 31, cli_encoding_name, json);
}

/* Largest levels at a node: one more for each optional or repeated node on its path. */
static void see_levels(struct cli_tree *tree, const struct weir_schema_node *node) {
    const uint32_t depth = node->depth < WEIR_LEVELS_MAX ? node->depth : WEIR_LEVELS_MAX;
    const bool below = depth > 0;
    const uint32_t definition = below ? tree->definition[depth - 1] : 0;
    const uint32_t repetition = below ? tree->repetition[depth - 1] : 0;
    tree->definition[depth] = definition + (below && node->repetition != WEIR_REQUIRED ? 1 : 0);
    tree->repetition[depth] = repetition + (below && node->repetition == WEIR_REPEATED ? 1 : 0);
}

static void put_count(struct cli_output *output, const char *key, uint64_t value) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_u64_json(output, value);
}

bool cli_tree_json(void *context, const struct weir_schema_node *node) {
    struct cli_tree *tree = context;
    struct cli_output *output = tree->output;
    char text[512];
    see_levels(tree, node);
    cli_put(output, tree->first ? "\n  {\"name\":" : ",\n  {\"name\":");
    tree->first = false;
    cli_put_json_string(output, (const uint8_t *)node->name, node->name_bytes);
    put_count(output, "depth", node->depth);
    cli_put(output, ",\"repetition\":\"");
    cli_put(output, repetition_names[(unsigned)node->repetition <= 2 ? node->repetition : 0]);
    cli_put(output, "\",\"logical_type\":");
    const size_t bytes = cli_logical_name(text, &node->type);
    if (bytes > 0) {
        cli_put_json_string(output, (const uint8_t *)text, bytes);
    } else {
        cli_put(output, "null");
    }
    if (node->column == WEIR_NONE32) {
        put_count(output, "children", node->children);
        cli_put(output, "}");
        return true;
    }
    put_count(output, "column", node->column);
    put_count(output, "definition_max", tree->definition[node->depth]);
    put_count(output, "repetition_max", tree->repetition[node->depth]);
    cli_put(output, ",\"physical_type\":\"");
    cli_put(output, cli_physical_name(node->type.physical));
    cli_put(output, "\"");
    if (node->type.physical == WEIR_FIXED_LEN_BYTE_ARRAY && node->type.length_bytes > 0) {
        put_count(output, "length_bytes", (uint64_t)node->type.length_bytes);
    }
    if (node->column < tree->columns) {
        const struct cli_tally *tally = &tree->tallies[node->column];
        put_count(output, "values", tally->values);
        put_count(output, "compressed_bytes", tally->compressed_bytes);
        put_count(output, "uncompressed_bytes", tally->uncompressed_bytes);
        put_count(output, "chunks", tally->chunks);
        cli_put(output, ",\"codecs\":[");
        codecs_of(text, sizeof text, tally, true);
        cli_put(output, text);
        cli_put(output, "],\"encodings\":[");
        encodings_of(text, sizeof text, tally, true);
        cli_put(output, text);
        cli_put(output, tally->has_dictionary ? "],\"dictionary\":true" : "],\"dictionary\":false");
        cli_put(output, tally->encrypted ? ",\"encrypted\":true" : ",\"encrypted\":false");
    }
    cli_put(output, "}");
    return true;
}

/* "optional INT64 TIMESTAMP(MICROS,UTC)", "required FIXED_LEN_BYTE_ARRAY(16) UUID" */
static size_t type_text(char *to, size_t room, const struct weir_schema_node *node) {
    char logical[64];
    const size_t bytes = cli_logical_name(logical, &node->type);
    const char *repetition =
        repetition_names[(unsigned)node->repetition <= 2 ? node->repetition : 0];
    char length[16] = "";
    if (node->type.physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
        (void)snprintf(length, sizeof length, "(%d)", (int)node->type.length_bytes);
    }
    const int count =
        node->column == WEIR_NONE32
            ? snprintf(to, room, "%s %s", repetition, bytes > 0 ? logical : "group")
            : snprintf(to, room, "%s %s%s%s%s", repetition, cli_physical_name(node->type.physical),
                       length, bytes > 0 ? " " : "", logical);
    return count > 0 ? (size_t)count : 0;
}

/* Widest lines of the tree's first two columns. */
bool cli_tree_width(void *context, const struct weir_schema_node *node) {
    struct cli_tree *tree = context;
    const size_t width = 2 * (size_t)(node->depth > 0 ? node->depth - 1 : 0) +
                         cli_width((const uint8_t *)node->name, node->name_bytes, tree->ascii != 0);
    if (node->depth > 0 && width > tree->name_width) {
        tree->name_width = width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
    }
    char type[128];
    const size_t type_width = node->depth > 0 ? type_text(type, sizeof type, node) : 0;
    tree->type_width = type_width > tree->type_width ? type_width : tree->type_width;
    return true;
}

bool cli_tree_line(void *context, const struct weir_schema_node *node) {
    static char text[1200];
    struct cli_tree *tree = context;
    struct cli_output *output = tree->output;
    char name[256];
    char type[128];
    if (node->depth == 0) {
        return true;
    }
    size_t indent = 2 * (size_t)(node->depth - 1);
    indent = indent < INDENT_MAX ? indent : INDENT_MAX;
    cli_put_repeat(output, ' ', indent);
    const size_t used = cli_fit(name, (const uint8_t *)node->name, node->name_bytes,
                                tree->name_width - indent, false, tree->ascii != 0);
    cli_put(output, name);
    cli_put_repeat(output, ' ', tree->name_width - indent - used + 2);
    const size_t type_bytes = type_text(type, sizeof type, node);
    cli_put(output, type);
    if (node->column == WEIR_NONE32) {
        cli_put_char(output, '\n');
        return true;
    }
    cli_put_repeat(output, ' ', tree->type_width - type_bytes);
    if (node->column < tree->columns) {
        const struct cli_tally *tally = &tree->tallies[node->column];
        char codecs[128];
        char encodings[512];
        char size[CLI_NUMBER_BYTES];
        char values[CLI_NUMBER_BYTES];
        codecs_of(codecs, sizeof codecs, tally, false);
        encodings_of(encodings, sizeof encodings, tally, false);
        cli_format_bytes(size, tally->compressed_bytes);
        cli_format_grouped(values, tally->values);
        (void)snprintf(text, sizeof text, " %12s %10s %5.1f  %-12s %s%s", values, size,
                       tally->compressed_bytes > 0
                           ? (double)tally->uncompressed_bytes / (double)tally->compressed_bytes
                           : 1.0,
                       codecs, encodings, tally->encrypted ? " encrypted" : "");
        cli_put(output, text);
    }
    cli_put_char(output, '\n');
    return true;
}
