/* weir schema --pages: one line a page. */
#include "schema_pages.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "quote.h"
#include "value.h"

/* Keeps the path; the end of a long one tells more than its beginning. */
bool cli_pages_node(void *context, const struct weir_schema_node *node) {
    struct cli_pages *pages = context;
    const uint32_t depth = node->depth < WEIR_LEVELS_MAX ? node->depth : WEIR_LEVELS_MAX;
    if (depth == 0) {
        return true;
    }
    size_t at = depth > 1 ? pages->ends[depth - 1] : 0;
    if (depth > 1 && at < sizeof pages->path) {
        pages->path[at++] = '.';
    }
    const size_t room = sizeof pages->path - at;
    const size_t bytes = node->name_bytes < room ? node->name_bytes : room;
    memcpy(pages->path + at, node->name, bytes);
    pages->ends[depth] = (uint32_t)(at + bytes);
    if (node->column >= pages->columns) {
        return true;
    }
    const uint8_t *path = (const uint8_t *)pages->path;
    const size_t count = at + bytes;
    size_t skip = 0;
    while (skip < count && ((path[skip] & 0xc0u) == 0x80u ||
                            cli_width(path + skip, count - skip, false) > CLI_PAGES_NAME_COLUMNS)) {
        skip++;
    }
    (void)cli_fit(pages->names[node->column].text, path + skip, count - skip,
                  CLI_PAGES_NAME_COLUMNS, false, false);
    return true;
}

static const char *name_or_number(char *to, const char *name, uint32_t number) {
    if (name != NULL) {
        return name;
    }
    (void)snprintf(to, 24, "number_%u", (unsigned)number);
    return to;
}

static void put_json(struct cli_pages *pages, const struct weir_schema_chunk *chunk,
                     const struct weir_schema_page *page, const char *type, const char *encoding) {
    char text[400];
    (void)snprintf(text, sizeof text,
                   "%s\n  {\"row_group\":%u,\"column\":%u,\"page\":%u,\"type\":\"%s\","
                   "\"encoding\":\"%s\",\"values\":%llu,\"compressed_bytes\":%llu,"
                   "\"uncompressed_bytes\":%llu,\"crc\":%s}",
                   pages->first ? "" : ",", (unsigned)chunk->row_group, (unsigned)chunk->column,
                   (unsigned)pages->page, type, encoding, (unsigned long long)page->values,
                   (unsigned long long)page->compressed_bytes,
                   (unsigned long long)page->uncompressed_bytes, page->has_crc ? "true" : "false");
    cli_put(pages->output, text);
}

static void put_line(struct cli_pages *pages, const struct weir_schema_chunk *chunk,
                     const struct weir_schema_page *page, const char *type, const char *encoding) {
    char text[4 * CLI_NUMBER_BYTES];
    char values[CLI_NUMBER_BYTES];
    char stored[CLI_NUMBER_BYTES];
    char size[CLI_NUMBER_BYTES];
    if (pages->first) {
        (void)snprintf(text, sizeof text, "\n%6s  %-*s %6s  %-10s  %12s %10s %10s %3s  %s\n",
                       "group", (int)CLI_PAGES_NAME_COLUMNS, "column", "page", "type", "values",
                       "stored", "size", "crc", "encoding");
        cli_put(pages->output, text);
    }
    const char *name = chunk->column < pages->columns ? pages->names[chunk->column].text : "";
    const size_t width = cli_width((const uint8_t *)name, strlen(name), false);
    cli_format_grouped(values, page->values);
    cli_format_bytes(stored, page->compressed_bytes);
    cli_format_bytes(size, page->uncompressed_bytes);
    (void)snprintf(text, sizeof text, "%6u  %s", (unsigned)chunk->row_group, name);
    cli_put(pages->output, text);
    cli_put_repeat(pages->output, ' ',
                   width < CLI_PAGES_NAME_COLUMNS ? CLI_PAGES_NAME_COLUMNS - width : 0);
    (void)snprintf(text, sizeof text, " %6u  %-10s  %12s %10s %10s %3s  %s\n",
                   (unsigned)pages->page, type, values, stored, size, page->has_crc ? "yes" : "no",
                   page->type == 1 ? "" : encoding); /* index pages have none */
    cli_put(pages->output, text);
}

bool cli_pages_page(void *context, const struct weir_schema_chunk *chunk,
                    const struct weir_schema_page *page) {
    struct cli_pages *pages = context;
    char type_number[24];
    char encoding_number[24];
    const char *type = name_or_number(type_number, cli_page_name(page->type), page->type);
    const char *encoding =
        name_or_number(encoding_number, cli_encoding_name(page->encoding), page->encoding);
    const bool same =
        !pages->first && chunk->row_group == pages->row_group && chunk->column == pages->column;
    pages->page = same ? pages->page + 1 : 0;
    pages->row_group = chunk->row_group;
    pages->column = chunk->column;
    if (pages->json) {
        put_json(pages, chunk, page, type, encoding);
    } else {
        put_line(pages, chunk, page, type, encoding);
    }
    pages->first = false;
    return pages->output->error == 0;
}
