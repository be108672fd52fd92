/* weir schema: the tree, and what the footer says of each column's chunks. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "quote.h"
#include "schema_pages.h"
#include "schema_tree.h"
#include "session.h"
#include "value.h"
#include "weir/schema.h"

static struct cli_session session; /* too large for the stack */
static struct cli_pages pages;

static void put_count(struct cli_output *output, const char *key, uint64_t value) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_u64_json(output, value);
}

static void file_head(struct cli_tree *tree, uint32_t file,
                      const struct weir_schema_summary *summary, bool json) {
    struct cli_output *output = tree->output;
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
    (void)snprintf(text, sizeof text, "%-*s  %-*s %12s %10s %5s  %-12s %s\n", (int)tree->name_width,
                   "column", (int)tree->type_width, "type", "values", "size", "ratio", "codec",
                   "encodings");
    cli_put(output, text);
}

static enum weir_status walk(uint32_t file, const struct weir_schema_visitor *visitor, void *window,
                             struct weir_schema_summary *summary) {
    return weir_schema_walk(&session.dataset, file, visitor, window, WEIR_INSPECT_BYTES, summary,
                            &session.error);
}

static enum weir_status render_pages(struct cli_tree *tree, uint32_t file, void *window,
                                     bool json) {
    struct weir_schema_summary summary;
    pages.output = tree->output;
    pages.columns = tree->columns;
    pages.json = json;
    pages.first = true;
    const struct weir_schema_visitor visitor = {
        .context = &pages, .node = json ? NULL : cli_pages_node, .page = cli_pages_page};
    cli_put(tree->output, json ? ",\"pages\":[" : "");
    const enum weir_status status = walk(file, &visitor, window, &summary);
    if (json && status == WEIR_OK) {
        cli_put(tree->output, "\n ]");
    }
    return status;
}

/* Two walks of the footer: sizes first, then the tree beside them. */
static enum weir_status render_file(struct cli_tree *tree, uint32_t file, void *window, bool json) {
    struct weir_schema_summary summary;
    struct weir_schema_visitor visitor = {.context = tree, .chunk = cli_tree_chunk};
    memset(tree->tallies, 0, tree->columns * sizeof *tree->tallies);
    tree->first = true;
    tree->name_width = 6;
    tree->type_width = 4;
    visitor.node = json ? NULL : cli_tree_width;
    enum weir_status status = walk(file, &visitor, window, &summary);
    if (status != WEIR_OK) {
        return status;
    }
    file_head(tree, file, &summary, json);
    visitor.chunk = NULL;
    visitor.node = json ? cli_tree_json : cli_tree_line;
    status = walk(file, &visitor, window, &summary);
    if (json && status == WEIR_OK) {
        cli_put(tree->output, "\n ]");
    }
    if (status == WEIR_OK && session.options->pages) {
        status = render_pages(tree, file, window, json);
    }
    if (json && status == WEIR_OK) {
        cli_put(tree->output, "}");
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

static enum cli_exit render_files(struct cli_tree *tree, void *window, bool json) {
    if (json) {
        cli_put(tree->output, "{\"schema_version\":1,\"files\":[");
    }
    for (uint32_t file = 0; file < session.inputs.count; file++) {
        const enum weir_status status =
            cli_stop != 0 ? WEIR_E_INTERRUPTED : render_file(tree, file, window, json);
        if (status != WEIR_OK) {
            struct weir_error error = session.error;
            error.status = status;
            return cli_session_fail(&session, &error);
        }
        if (tree->output->error != 0) {
            break;
        }
    }
    if (json) {
        cli_put(tree->output, "\n]}\n");
    }
    return cli_session_finish(&session);
}

enum cli_exit cli_verb_schema(const struct cli_options *options, struct cli_output *output) {
    struct cli_tree tree = {.output = output};
    enum cli_exit code = cli_session_open(&session, options, output);
    if (code != CLI_OK) {
        return code;
    }
    void *window = cli_session_window(&session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    if (count_columns(window, &tree.columns) != WEIR_OK) {
        const struct weir_error error = session.error;
        return cli_session_fail(&session, &error);
    }
    cli_session_window_done(&session, window);
    /* No library plan: the window and the tallies are all there is. */
    session.plan.minimum_bytes = WEIR_INSPECT_BYTES;
    session.plan.planned_bytes = WEIR_INSPECT_BYTES;
    const bool json = options->format == CLI_FORMAT_JSON;
    const bool named = options->pages && !json;
    session.extra_bytes =
        (uint64_t)tree.columns * (sizeof *tree.tallies + (named ? sizeof *pages.names : 0));
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
    tree.tallies = (struct cli_tally *)(void *)((char *)session.block + WEIR_INSPECT_BYTES);
    pages.names = (struct cli_pages_name *)(void *)(tree.tallies + tree.columns);
    return render_files(&tree, session.block, json);
}
