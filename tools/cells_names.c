/* Names of nested columns and their lists, for people. */
#include "cells.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "quote.h"

/* Bytes of the layer that `path` begins with, where it is one that lists have between their name
 * and their elements; 0 where it is a field like others. */
static size_t list_layer(const char *path, size_t count) {
    static const char *const layers[] = {".list.element", ".list.item", ".bag.array_element",
                                         ".array"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const size_t length = strlen(layers[i]);
        if (length <= count && memcmp(path, layers[i], length) == 0 &&
            (length == count || path[length] == '.')) {
            return length;
        }
    }
    return 0;
}

/* a.list.element.b becomes a[].b; `to` holds as many bytes as the path. */
static size_t short_path(char *to, const char *path, size_t count) {
    size_t used = 0;
    for (size_t at = 0; at < count;) {
        const size_t layer = path[at] == '.' ? list_layer(path + at, count - at) : 0;
        if (layer > 0) {
            to[used++] = '[';
            to[used++] = ']';
            at += layer;
        } else {
            to[used++] = path[at++];
        }
    }
    return used;
}

/* A dotted path is told by its end, another long name by both ends. */
static size_t fit_path(char *to, const uint8_t *path, size_t count, size_t columns, bool ascii) {
    if (cli_width(path, count, ascii) <= columns || columns < 8) {
        return cli_fit(to, path, count, columns, false, ascii);
    }
    size_t head_bytes = 0;
    size_t head_columns = 0;
    while (memchr(path, '.', count) == NULL && head_columns + 2 < columns / 3) {
        const size_t length = cli_utf8_length(path + head_bytes, count - head_bytes);
        head_bytes += length > 0 ? length : 1;
        head_columns = cli_width(path, head_bytes, ascii);
    }
    size_t used = cli_fit(to, path, head_bytes, columns, true, ascii); /* ends in the mark */
    size_t skip = count > 4 * columns ? count - 4 * columns : head_bytes;
    while (skip < count && ((path[skip] & 0xc0u) == 0x80u ||
                            cli_width(path + skip, count - skip, ascii) > columns - used)) {
        skip++;
    }
    used += cli_fit(to + strlen(to), path + skip, count - skip, columns - used, false, ascii);
    return used;
}

size_t cli_name_text(const struct cli_row *row, size_t columns, char *to) {
    static char shorter[WEIR_NAME_BYTES_MAX];
    const struct weir_column_info *info = &row->column->info;
    const uint8_t *path = (const uint8_t *)info->path;
    const bool ascii = !row->report->utf8;
    size_t count = info->path_bytes;
    if (info->repetition_max > 0 && count <= sizeof shorter &&
        cli_width(path, count, ascii) > columns) {
        count = short_path(shorter, info->path, count);
        path = (const uint8_t *)shorter;
    }
    return fit_path(to, path, count, columns, ascii);
}

static size_t percent_text(char *to, size_t bytes, uint64_t part, uint64_t whole,
                           const char *what) {
    const double percent = 100 * (double)part / (double)whole;
    if (part == 0) {
        return 0;
    }
    if (percent < 0.1) {
        return (size_t)snprintf(to, bytes, ", <0.1%% %s", what);
    }
    return (size_t)snprintf(to, bytes, ", %.1f%% %s", percent, what);
}

/* The list's own name: without the layer below it that repeats. */
static size_t list_name(const struct cli_row *row, const struct weir_list *list, size_t columns,
                        char *to) {
    static const char *const layers[] = {".list", ".bag", ".array", ".key_value", ".map"};
    static char shorter[WEIR_NAME_BYTES_MAX];
    const char *path = row->column->info.path;
    size_t count = list->path_bytes < sizeof shorter ? list->path_bytes : sizeof shorter;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const size_t length = strlen(layers[i]);
        if (count > length && memcmp(path + count - length, layers[i], length) == 0) {
            count -= length;
            break;
        }
    }
    count = short_path(shorter, path, count);
    return fit_path(to, (const uint8_t *)shorter, count, columns, !row->report->utf8);
}

size_t cli_list_text(const struct cli_row *row, const struct weir_list *list, size_t columns,
                     char *to) {
    const bool ascii = !row->report->utf8;
    const uint64_t places = list->lists + list->nulls;
    char number[CLI_NUMBER_BYTES];
    char high[CLI_NUMBER_BYTES];
    char mean[CLI_NUMBER_BYTES];
    char text[512];
    char name[4 * 64 + 4];
    (void)list_name(row, list, columns / 3 < 60 ? columns / 3 : 60, name);
    cli_format_human(number, (double)list->lists);
    cli_format_human(high, (double)list->length_max);
    cli_format_human(mean, (double)(uint64_t)(list->length_mean * 10 + 0.5) / 10);
    size_t used = (size_t)snprintf(text, sizeof text, "%s: %s list%s", name, number,
                                   list->lists == 1 ? "" : "s");
    if (list->lists > 0 && list->length_min == list->length_max) {
        used += (size_t)snprintf(text + used, sizeof text - used, " of %s", high);
    } else if (list->lists > 0) {
        char low[CLI_NUMBER_BYTES];
        cli_format_human(low, (double)list->length_min);
        used += (size_t)snprintf(text + used, sizeof text - used, " of %s..%s, mean %s", low, high,
                                 mean);
    }
    used += percent_text(text + used, sizeof text - used, list->empty, places, "empty");
    used += percent_text(text + used, sizeof text - used, list->nulls, places, "null");
    return cli_fit(to, (const uint8_t *)text, used, columns, false, ascii);
}
