/* Cells that the table and the Markdown renderer share: values in few digits. */
#ifndef WEIR_CLI_CELLS_H
#define WEIR_CLI_CELLS_H

#include "render.h"

#define CLI_CELL_BYTES 1664u /* 4 bytes for each column of the widest terminal, and some */
#define CLI_CELL_QUANTILES 5u

enum cli_cell {
    CLI_CELL_NAME,
    CLI_CELL_TYPE,
    CLI_CELL_NULLS,
    CLI_CELL_DISTINCT,
    CLI_CELL_MIN,
    CLI_CELL_P05,
    CLI_CELL_P25,
    CLI_CELL_MEDIAN,
    CLI_CELL_P75,
    CLI_CELL_P95,
    CLI_CELL_MAX,
    CLI_CELL_MEAN,
    CLI_CELL_STD,
    CLI_CELL_HISTOGRAM,
    CLI_CELL_COUNT
};

extern const char *const cli_cell_headings[CLI_CELL_COUNT];
extern const double cli_cell_quantiles[CLI_CELL_QUANTILES];

/* What several cells of a row share. */
struct cli_row {
    const struct cli_report *report;
    const struct cli_column *column;
    struct weir_quantile quantiles[CLI_CELL_QUANTILES];
};

void cli_row_begin(struct cli_row *row, const struct cli_report *report,
                   const struct cli_column *column);

/* Text of at most `columns` columns; returns the columns used. `to` holds CLI_CELL_BYTES. */
size_t cli_cell_text(const struct cli_row *row, enum cli_cell cell, size_t columns, char *to);

/* The dotted path. One that does not fit says [] for the layers that every list has. */
size_t cli_name_text(const struct cli_row *row, size_t columns, char *to);

/* Strings say other things: lengths, how many are empty, the most frequent value. */
bool cli_row_is_text(const struct cli_row *row);
size_t cli_row_text(const struct cli_row *row, size_t columns, char *to);

/* How long lists are: "a.list: 1,000 lists of 0..17, mean 3.2, 1% null". */
size_t cli_list_text(const struct cli_row *row, const struct weir_list *list, size_t columns,
                     char *to);

#endif
