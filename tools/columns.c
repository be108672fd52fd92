/* Selecting columns, and suggesting the ones that were meant. */
#include "columns.h"

#include <stdio.h>
#include <string.h>

#include "match.h"
#include "weir/schema.h"

bool cli_columns_select(void *context, const char *path, size_t path_bytes) {
    struct cli_columns *columns = context;
    const struct cli_patterns *wanted = &columns->options->columns;
    const struct cli_patterns *unwanted = &columns->options->exclude;
    bool selected = wanted->count == 0;
    for (uint32_t i = 0; i < wanted->count; i++) {
        if (cli_match_path(wanted->at[i], wanted->bytes[i], path, path_bytes)) {
            selected = true;
            if (!columns->is_counting) {
                break;
            }
            columns->hit[i] = true;
        }
    }
    for (uint32_t i = 0; i < unwanted->count && selected; i++) {
        selected = !cli_match_path(unwanted->at[i], unwanted->bytes[i], path, path_bytes);
    }
    return selected;
}

bool cli_columns_suffice(void *context, uint32_t columns_selected) {
    const struct cli_columns *columns = context;
    const struct cli_patterns *wanted = &columns->options->columns;
    if (wanted->count == 0 && columns->options->exclude.count == 0) {
        return true;
    }
    for (uint32_t i = 0; i < wanted->count && columns->files == 1; i++) {
        if (!columns->hit[i]) {
            return false;
        }
    }
    return columns_selected > 0;
}

#define SUGGEST_DEPTH 32u
#define SUGGEST_BYTES 64u
#define SUGGESTIONS 3u

struct suggester {
    const char *pattern;
    size_t pattern_bytes;
    char path[512];
    uint32_t ends[SUGGEST_DEPTH]; /* bytes of the path up to each depth */
    uint32_t count;
    uint32_t distance[SUGGESTIONS];
    char name[SUGGESTIONS][SUGGEST_BYTES];
    uint32_t leaves;
    char first[160]; /* the first columns, where nothing is close */
};

/* Keeps the closest names in order. */
static void keep(struct suggester *suggester, const char *name, size_t bytes, uint32_t distance) {
    uint32_t at = suggester->count;
    while (at > 0 && distance < suggester->distance[at - 1]) {
        at--;
    }
    if (at == SUGGESTIONS || bytes >= SUGGEST_BYTES) {
        return;
    }
    const uint32_t last = suggester->count < SUGGESTIONS ? suggester->count++ : SUGGESTIONS - 1;
    for (uint32_t i = last; i > at; i--) {
        suggester->distance[i] = suggester->distance[i - 1];
        memcpy(suggester->name[i], suggester->name[i - 1], SUGGEST_BYTES);
    }
    suggester->distance[at] = distance;
    memcpy(suggester->name[at], name, bytes);
    suggester->name[at][bytes] = '\0';
}

static bool visit_node(void *context, const struct weir_schema_node *node) {
    struct suggester *suggester = context;
    if (node->depth == 0) {
        return true;
    }
    const uint32_t depth = node->depth - 1;
    if (depth >= SUGGEST_DEPTH) {
        return true;
    }
    uint32_t at = depth > 0 ? suggester->ends[depth - 1] : 0;
    if (depth > 0 && at < sizeof suggester->path) {
        suggester->path[at++] = '.';
    }
    const size_t room = sizeof suggester->path - at;
    const size_t bytes = node->name_bytes < room ? node->name_bytes : room;
    memcpy(suggester->path + at, node->name, bytes);
    suggester->ends[depth] = at + (uint32_t)bytes;
    if (node->column == WEIR_NONE32) {
        return true;
    }
    uint32_t distance;
    const size_t path_bytes = suggester->ends[depth];
    if (cli_is_close(suggester->pattern, suggester->pattern_bytes, suggester->path, path_bytes,
                     &distance)) {
        keep(suggester, suggester->path, path_bytes, distance);
    }
    const size_t used = strlen(suggester->first);
    if (suggester->leaves < 6 && used + path_bytes + 8 < sizeof suggester->first) {
        (void)snprintf(suggester->first + used, sizeof suggester->first - used, "%s%.*s",
                       used > 0 ? ", " : "", (int)path_bytes, suggester->path);
    }
    suggester->leaves++;
    return true;
}

bool cli_columns_check(const struct cli_columns *columns, const struct weir_dataset *dataset,
                       void *window, size_t window_bytes, struct cli_refusal *refusal) {
    const struct cli_patterns *wanted = &columns->options->columns;
    static struct suggester suggester;
    struct weir_schema_summary summary;
    struct weir_error error;
    uint32_t missing = 0;
    while (missing < wanted->count && columns->hit[missing]) {
        missing++;
    }
    if (missing == wanted->count) {
        return true;
    }
    memset(&suggester, 0, sizeof suggester);
    suggester.pattern = wanted->at[missing];
    suggester.pattern_bytes = wanted->bytes[missing];
    const struct weir_schema_visitor visitor = {
        .context = &suggester, .node = visit_node, .schema_only = true};
    const enum weir_status status =
        weir_schema_walk(dataset, 0, &visitor, window, window_bytes, &summary, &error);
    int used = snprintf(refusal->text, sizeof refusal->text, "no column matches \"%.*s\"",
                        suggester.pattern_bytes > 80 ? 80 : (int)suggester.pattern_bytes,
                        suggester.pattern);
    const size_t room = sizeof refusal->text - (size_t)used;
    char *to = refusal->text + used;
    if (status != WEIR_OK) {
        return false;
    }
    if (suggester.count > 0) {
        (void)snprintf(to, room, "; did you mean %s%s%s%s%s?", suggester.name[0],
                       suggester.count > 2 ? ", " : (suggester.count > 1 ? " or " : ""),
                       suggester.count > 1 ? suggester.name[1] : "",
                       suggester.count > 2 ? " or " : "",
                       suggester.count > 2 ? suggester.name[2] : "");
    } else {
        (void)snprintf(to, room, "; the columns are %s%s", suggester.first,
                       suggester.leaves > 6 ? ", ...; weir schema lists them all" : "");
    }
    return false;
}
