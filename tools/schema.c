/* weir schema: the tree, and what the footer says of each column's chunks. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "quote.h"
#include "session.h"
#include "value.h"
#include "weir/schema.h"

/* One leaf over all row groups of a file. */
struct tally {
    uint64_t values;
    uint64_t compressed_bytes;
    uint64_t uncompressed_bytes;
    uint64_t chunks;
    uint32_t codecs;
    uint32_t encodings;
    bool has_dictionary;
    bool encrypted;
};

struct painter {
    struct cli_output *output;
    struct tally *tallies;
    uint32_t columns;
    bool first;
    size_t name_width;
    size_t type_width;
    uint32_t ascii;
};

static struct cli_session session; /* too large for the stack */

static const char *const codec_names[] = {"uncompressed", "snappy", "gzip", "lzo",
                                          "brotli",       "lz4",    "zstd", "lz4_raw"};
static const char *const encoding_names[] = {
    "plain",          "group_var_int",       "plain_dictionary",        "rle",
    "bit_packed",     "delta_binary_packed", "delta_length_byte_array", "delta_byte_array",
    "rle_dictionary", "byte_stream_split"};
static const char *const repetition_names[] = {"required", "optional", "repeated"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool tally_chunk(void *context, const struct weir_schema_chunk *chunk) {
    struct painter *painter = context;
    if (chunk->column >= painter->columns) {
        return true;
    }
    struct tally *tally = &painter->tallies[chunk->column];
    tally->values += chunk->values;
    tally->compressed_bytes += chunk->compressed_bytes;
    tally->uncompressed_bytes += chunk->uncompressed_bytes;
    tally->chunks++;
    tally->codecs |= 1u << (chunk->codec < 31 ? chunk->codec : 31u);
    tally->encodings |= chunk->encodings;
    tally->has_dictionary = tally->has_dictionary || chunk->has_dictionary;
    tally->encrypted = tally->encrypted || chunk->encrypted;
    return true;
}

/* The names of a set's members, with quotes for JSON. */
static size_t names_of(char *to, size_t room, uint32_t set, const char *const *names, size_t count,
                       bool json) {
    size_t used = 0;
    to[0] = '\0';
    for (uint32_t i = 0; i < 32 && used + 40 < room; i++) {
        if ((set >> i & 1u) == 0) {
            continue;
        }
        const char *separator = used == 0 ? "" : (json ? "," : " ");
        const char *quote = json ? "\"" : "";
        used += (size_t)(i < count ? snprintf(to + used, room - used, "%s%s%s%s", separator, quote,
                                              names[i], quote)
                                   : snprintf(to + used, room - used, "%s%snumber_%u%s", separator,
                                              quote, (unsigned)i, quote));
    }
    return used;
}

static void put_count(struct cli_output *output, const char *key, uint64_t value) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_u64_json(output, value);
}

static bool node_json(void *context, const struct weir_schema_node *node) {
    struct painter *painter = context;
    struct cli_output *output = painter->output;
    char text[512];
    cli_put(output, painter->first ? "\n  {\"name\":" : ",\n  {\"name\":");
    painter->first = false;
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
    cli_put(output, ",\"physical_type\":\"");
    cli_put(output, cli_physical_name(node->type.physical));
    cli_put(output, "\"");
    if (node->type.physical == WEIR_FIXED_LEN_BYTE_ARRAY && node->type.length_bytes > 0) {
        put_count(output, "length_bytes", (uint64_t)node->type.length_bytes);
    }
    if (node->column < painter->columns) {
        const struct tally *tally = &painter->tallies[node->column];
        put_count(output, "values", tally->values);
        put_count(output, "compressed_bytes", tally->compressed_bytes);
        put_count(output, "uncompressed_bytes", tally->uncompressed_bytes);
        put_count(output, "chunks", tally->chunks);
        cli_put(output, ",\"codecs\":[");
        names_of(text, sizeof text, tally->codecs, codec_names, COUNT(codec_names), true);
        cli_put(output, text);
        cli_put(output, "],\"encodings\":[");
        names_of(text, sizeof text, tally->encodings, encoding_names, COUNT(encoding_names), true);
        cli_put(output, text);
        cli_put(output, tally->has_dictionary ? "],\"dictionary\":true" : "],\"dictionary\":false");
        cli_put(output, tally->encrypted ? ",\"encrypted\":true" : ",\"encrypted\":false");
    }
    cli_put(output, "}");
    return true;
}

/* "optional INT64 TIMESTAMP(MICROS,UTC)" */
static size_t type_text(char *to, size_t room, const struct weir_schema_node *node) {
    char logical[64];
    const size_t bytes = cli_logical_name(logical, &node->type);
    const char *repetition =
        repetition_names[(unsigned)node->repetition <= 2 ? node->repetition : 0];
    const int count =
        node->column == WEIR_NONE32
            ? snprintf(to, room, "%s %s", repetition, bytes > 0 ? logical : "group")
            : snprintf(to, room, "%s %s%s%s", repetition, cli_physical_name(node->type.physical),
                       bytes > 0 ? " " : "", logical);
    return count > 0 ? (size_t)count : 0;
}

/* Widest lines of the tree's first two columns. */
static bool node_width(void *context, const struct weir_schema_node *node) {
    struct painter *painter = context;
    const size_t width =
        2 * (size_t)(node->depth > 0 ? node->depth - 1 : 0) +
        cli_width((const uint8_t *)node->name, node->name_bytes, painter->ascii != 0);
    if (node->depth > 0 && width > painter->name_width) {
        painter->name_width = width < 48 ? width : 48;
    }
    char type[128];
    const size_t type_width = node->depth > 0 ? type_text(type, sizeof type, node) : 0;
    painter->type_width = type_width > painter->type_width ? type_width : painter->type_width;
    return true;
}

static bool node_line(void *context, const struct weir_schema_node *node) {
    static char text[1200];
    struct painter *painter = context;
    struct cli_output *output = painter->output;
    char name[256];
    char type[128];
    if (node->depth == 0) {
        return true;
    }
    size_t indent = 2 * (size_t)(node->depth - 1);
    indent = indent < painter->name_width / 2 ? indent : painter->name_width / 2;
    cli_put_repeat(output, ' ', indent);
    const size_t used = cli_fit(name, (const uint8_t *)node->name, node->name_bytes,
                                painter->name_width - indent, false, painter->ascii != 0);
    cli_put(output, name);
    cli_put_repeat(output, ' ', painter->name_width - indent - used + 2);
    const size_t type_bytes = type_text(type, sizeof type, node);
    cli_put(output, type);
    if (node->column == WEIR_NONE32) {
        cli_put_char(output, '\n');
        return true;
    }
    cli_put_repeat(output, ' ', painter->type_width - type_bytes);
    if (node->column < painter->columns) {
        const struct tally *tally = &painter->tallies[node->column];
        char codecs[128];
        char encodings[256];
        char size[CLI_NUMBER_BYTES];
        char values[CLI_NUMBER_BYTES];
        names_of(codecs, sizeof codecs, tally->codecs, codec_names, COUNT(codec_names), false);
        names_of(encodings, sizeof encodings, tally->encodings, encoding_names,
                 COUNT(encoding_names), false);
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

static void file_head(struct painter *painter, uint32_t file,
                      const struct weir_schema_summary *summary, bool json) {
    struct cli_output *output = painter->output;
    const struct cli_file *entry = &session.inputs.files[file];
    const uint8_t *created_by = (const uint8_t *)summary->created_by;
    if (json) {
        cli_put(output, file > 0 ? ",\n {\"file\":" : "\n {\"file\":");
        cli_put_json_string(output, (const uint8_t *)entry->path, strlen(entry->path));
        put_count(output, "rows", summary->rows);
        put_count(output, "row_groups", summary->row_groups);
        put_count(output, "columns", summary->columns);
        put_count(output, "bytes", entry->size_bytes);
        put_count(output, "footer_bytes", summary->footer_bytes);
        put_count(output, "version", summary->version > 0 ? (uint64_t)summary->version : 0);
        cli_put(output, ",\"created_by\":");
        cli_put_json_string(output, created_by, strlen(summary->created_by));
        cli_put(output, ",\"schema\":[");
        return;
    }
    char rows[CLI_NUMBER_BYTES];
    char size[CLI_NUMBER_BYTES];
    char footer[CLI_NUMBER_BYTES];
    char path[512];
    char writer[4 * 128 + 4];
    static char text[1600];
    cli_format_grouped(rows, summary->rows);
    cli_format_bytes(size, entry->size_bytes);
    cli_format_bytes(footer, summary->footer_bytes);
    (void)cli_fit(path, (const uint8_t *)entry->path, strlen(entry->path), 120, false, false);
    (void)cli_fit(writer, created_by, strlen(summary->created_by), 100, false, false);
    (void)snprintf(text, sizeof text,
                   "%s%s: %s rows, %llu row group%s, %u columns, %s, footer %s%s%s\n",
                   file > 0 ? "\n" : "", path, rows, (unsigned long long)summary->row_groups,
                   summary->row_groups == 1 ? "" : "s", (unsigned)summary->columns, size, footer,
                   writer[0] != '\0' ? ", by " : "", writer);
    cli_put(output, text);
    (void)snprintf(text, sizeof text, "%-*s  %-*s %12s %10s %5s  %-12s %s\n",
                   (int)painter->name_width, "column", (int)painter->type_width, "type", "values",
                   "size", "ratio", "codec", "encodings");
    cli_put(output, text);
}

static enum weir_status walk(uint32_t file, const struct weir_schema_visitor *visitor, void *window,
                             struct weir_schema_summary *summary) {
    return weir_schema_walk(&session.dataset, file, visitor, window, WEIR_INSPECT_BYTES, summary,
                            &session.error);
}

/* Two walks of the footer: sizes first, then the tree beside them. */
static enum weir_status render_file(struct painter *painter, uint32_t file, void *window,
                                    bool json) {
    struct weir_schema_summary summary;
    struct weir_schema_visitor visitor = {.context = painter, .chunk = tally_chunk};
    memset(painter->tallies, 0, painter->columns * sizeof *painter->tallies);
    painter->first = true;
    painter->name_width = 6;
    painter->type_width = 4;
    visitor.node = json ? NULL : node_width;
    enum weir_status status = walk(file, &visitor, window, &summary);
    if (status != WEIR_OK) {
        return status;
    }
    file_head(painter, file, &summary, json);
    visitor.chunk = NULL;
    visitor.node = json ? node_json : node_line;
    status = walk(file, &visitor, window, &summary);
    if (json && status == WEIR_OK) {
        cli_put(painter->output, "\n ]}");
    }
    return status;
}

/* The most columns that a file has: they bound the tallies. */
static enum weir_status count_columns(void *window, uint32_t *columns_ret) {
    static const struct weir_schema_visitor nothing = {.context = NULL};
    *columns_ret = 0;
    for (uint32_t file = 0; file < session.inputs.count; file++) {
        struct weir_schema_summary summary;
        const enum weir_status status = walk(file, &nothing, window, &summary);
        if (status != WEIR_OK) {
            return status;
        }
        *columns_ret = summary.columns > *columns_ret ? summary.columns : *columns_ret;
    }
    return WEIR_OK;
}

static enum cli_exit render_files(struct painter *painter, void *window, bool json) {
    if (json) {
        cli_put(painter->output, "{\"schema_version\":1,\"files\":[");
    }
    for (uint32_t file = 0; file < session.inputs.count; file++) {
        const enum weir_status status =
            cli_stop != 0 ? WEIR_E_INTERRUPTED : render_file(painter, file, window, json);
        if (status != WEIR_OK) {
            struct weir_error error = session.error;
            error.status = status;
            return cli_session_fail(&session, &error);
        }
        if (painter->output->error != 0) {
            break;
        }
    }
    if (json) {
        cli_put(painter->output, "\n]}\n");
    }
    return cli_session_finish(&session);
}

enum cli_exit cli_verb_schema(const struct cli_options *options, struct cli_output *output) {
    struct painter painter = {.output = output};
    enum cli_exit code = cli_session_open(&session, options, output);
    if (code != CLI_OK) {
        return code;
    }
    void *window = cli_session_window(&session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    if (count_columns(window, &painter.columns) != WEIR_OK) {
        const struct weir_error error = session.error;
        return cli_session_fail(&session, &error);
    }
    cli_session_window_done(&session, window);
    /* No library plan: the window and the tallies are all there is. */
    session.plan.minimum_bytes = WEIR_INSPECT_BYTES;
    session.plan.planned_bytes = WEIR_INSPECT_BYTES;
    session.extra_bytes = (uint64_t)painter.columns * sizeof *painter.tallies;
    const bool fits = cli_session_library_bytes(&session) >= WEIR_INSPECT_BYTES;
    code = cli_session_fit(&session, fits ? WEIR_OK : WEIR_E_BUDGET);
    if (code == CLI_OK) {
        code = cli_session_start(&session);
    }
    if (code == CLI_OK) {
        code = cli_session_seal(&session);
    }
    if (code != CLI_OK) {
        return code;
    }
    _Static_assert(WEIR_INSPECT_BYTES % CLI_PAGE_BYTES == 0, "the tallies follow the window");
    painter.tallies = (struct tally *)(void *)((char *)session.block + WEIR_INSPECT_BYTES);
    return render_files(&painter, session.block, options->format == CLI_FORMAT_JSON);
}
