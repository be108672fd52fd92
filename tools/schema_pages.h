/* The pages of a file, as their headers describe them. */
#ifndef WEIR_CLI_SCHEMA_PAGES_H
#define WEIR_CLI_SCHEMA_PAGES_H

#include "output.h"
#include "weir/result.h"
#include "weir/schema.h"

#define CLI_PAGES_NAME_COLUMNS 32u
#define CLI_PAGES_NAME_BYTES (4u * CLI_PAGES_NAME_COLUMNS + 4u)

/* The end of a column's path, as a table shows it. */
struct cli_pages_name {
    char text[CLI_PAGES_NAME_BYTES];
};

struct cli_pages {
    struct cli_output *output;
    struct cli_pages_name *names; /* one a column; not used for JSON */
    uint32_t columns;
    bool json;
    uint32_t row_group; /* of the last page, with its column and how many it has had */
    uint32_t column;
    uint32_t page;
    bool first;
    char path[512]; /* of the node being seen, its end cut off */
    uint32_t ends[WEIR_LEVELS_MAX + 1];
};

/* For weir_schema_visitor: names first, then pages; context is a struct cli_pages. */
bool cli_pages_node(void *context, const struct weir_schema_node *node);
bool cli_pages_page(void *context, const struct weir_schema_chunk *chunk,
                    const struct weir_schema_page *page);

#endif
