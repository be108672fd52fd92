/* A profile as a Markdown table. */
#include <string.h>

#include "cells.h"
#include "quote.h"

static const enum cli_cell shown[] = {CLI_CELL_NAME,     CLI_CELL_TYPE, CLI_CELL_NULLS,
                                      CLI_CELL_DISTINCT, CLI_CELL_MIN,  CLI_CELL_MEDIAN,
                                      CLI_CELL_MAX,      CLI_CELL_MEAN, CLI_CELL_STD};
#define SHOWN (sizeof shown / sizeof *shown)

/* Text that must not end the cell or begin markup. */
static void put_cell(struct cli_output *output, const char *text) {
    cli_put(output, "| ");
    for (; *text != '\0'; text++) {
        if (strchr("|\\`*_<>[]", *text) != NULL) {
            cli_put_char(output, '\\');
        }
        cli_put_char(output, *text);
    }
    cli_put_char(output, ' ');
}

static void begin(struct cli_output *output, const struct cli_report *report) {
    (void)report;
    for (size_t i = 0; i < SHOWN; i++) {
        put_cell(output, cli_cell_headings[shown[i]]);
    }
    cli_put(output, "|\n");
    for (size_t i = 0; i < SHOWN; i++) {
        cli_put(output, i < 2 ? "| :-- " : "| --: ");
    }
    cli_put(output, "|\n");
}

static void put_column(struct cli_output *output, const struct cli_report *report,
                       const struct cli_column *column) {
    static char text[CLI_CELL_BYTES];
    struct cli_report plain = *report;
    struct cli_row row;
    plain.utf8 = true; /* Markdown is UTF-8 */
    cli_row_begin(&row, &plain, column);
    for (size_t i = 0; i < SHOWN; i++) {
        if (column->error != NULL && i >= 2) {
            put_cell(output, i == 2 ? "failed" : "");
            continue;
        }
        if (cli_row_is_text(&row) && shown[i] > CLI_CELL_MIN) {
            put_cell(output, "");
        } else if (cli_row_is_text(&row) && shown[i] == CLI_CELL_MIN) {
            (void)cli_row_text(&row, 72, text);
            put_cell(output, text);
        } else {
            (void)cli_cell_text(&row, shown[i], shown[i] == CLI_CELL_NAME ? 400 : 20, text);
            put_cell(output, text);
        }
    }
    cli_put(output, "|\n");
}

static void end(struct cli_output *output, const struct cli_report *report, const char *error,
                int exit_code) {
    (void)output;
    (void)report;
    (void)error;
    (void)exit_code;
}

const struct cli_renderer cli_render_md = {begin, put_column, end};
