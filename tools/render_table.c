/*
 * A profile as a table for a person.
 *
 * Widths are fixed before the first row, from what the plan knows (the longest name) and the
 * terminal's width: rows leave as batches end. Cells join in the order of what they tell.
 */
#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "number.h"
#include "quote.h"

struct layout {
    size_t gap;
    size_t width[CLI_CELL_COUNT]; /* 0: the cell is not shown */
};

static size_t total_width(const struct layout *layout) {
    size_t total = 0;
    for (size_t i = 0; i < CLI_CELL_COUNT; i++) {
        if (layout->width[i] > 0) {
            total += layout->width[i] + (total > 0 ? layout->gap : 0);
        }
    }
    return total;
}

/* Sets a cell's width where the line still fits. */
static void try_width(struct layout *layout, enum cli_cell cell, size_t width, size_t limit) {
    const size_t before = layout->width[cell];
    layout->width[cell] = width;
    if (total_width(layout) > limit) {
        layout->width[cell] = before;
    }
}

static void try_pair(struct layout *layout, enum cli_cell one, enum cli_cell other, size_t limit) {
    const size_t width = layout->width[CLI_CELL_MIN];
    const struct layout before = *layout;
    layout->width[one] = width;
    layout->width[other] = width;
    if (total_width(layout) > limit) {
        *layout = before;
    }
}

static void grow_name(struct layout *layout, size_t most, size_t limit) {
    while (layout->width[CLI_CELL_NAME] < most && total_width(layout) < limit) {
        layout->width[CLI_CELL_NAME]++;
    }
}

static void make_layout(struct layout *layout, const struct cli_report *report) {
    static const enum cli_cell least_telling[] = {CLI_CELL_HISTOGRAM, CLI_CELL_DISTINCT,
                                                  CLI_CELL_TYPE, CLI_CELL_MEDIAN, CLI_CELL_NULLS};
    const size_t limit = report->width;
    const bool quantiles = (report->options->stats & WEIR_STATS_QUANTILES) != 0;
    const size_t longest = report->plan->inventory.name_bytes_max;
    memset(layout, 0, sizeof *layout);
    layout->gap = 1;
    layout->width[CLI_CELL_NAME] = longest < 12 ? (longest > 6 ? longest : 6) : 12;
    layout->width[CLI_CELL_TYPE] = 8;
    layout->width[CLI_CELL_NULLS] = 5;
    layout->width[CLI_CELL_DISTINCT] = (report->options->stats & WEIR_STATS_DISTINCT) != 0 ? 8 : 0;
    layout->width[CLI_CELL_MIN] = 10;
    layout->width[CLI_CELL_MEDIAN] = quantiles ? 10 : 0;
    layout->width[CLI_CELL_MAX] = 10;
    layout->width[CLI_CELL_HISTOGRAM] = quantiles ? 9 : 0;
    for (size_t i = 0; i < sizeof least_telling / sizeof *least_telling; i++) {
        if (total_width(layout) > limit) {
            layout->width[least_telling[i]] = 0;
        }
    }
    grow_name(layout, longest < 16 ? longest : 16, limit);
    try_width(layout, CLI_CELL_MEAN, 10, limit);
    try_width(layout, CLI_CELL_STD, 9, limit);
    grow_name(layout, longest < 24 ? longest : 24, limit);
    layout->gap = 2;
    if (total_width(layout) > limit) {
        layout->gap = 1;
    }
    if (quantiles) {
        try_pair(layout, CLI_CELL_P25, CLI_CELL_P75, limit);
        try_pair(layout, CLI_CELL_P05, CLI_CELL_P95, limit);
        try_width(layout, CLI_CELL_HISTOGRAM, 16, limit);
    }
    try_width(layout, CLI_CELL_TYPE, 10, limit);
    grow_name(layout, longest < 48 ? longest : 48, limit);
    if (quantiles) {
        try_width(layout, CLI_CELL_HISTOGRAM, 24, limit);
    }
}

static bool is_left(enum cli_cell cell) {
    return cell == CLI_CELL_NAME || cell == CLI_CELL_TYPE || cell == CLI_CELL_HISTOGRAM;
}

/* One cell, padded; the last of a line gets no spaces behind. */
static void put_cell(struct cli_output *output, const char *text, size_t used, size_t width,
                     bool left, bool last) {
    const size_t pad = used < width ? width - used : 0;
    if (!left) {
        cli_put_repeat(output, ' ', pad);
    }
    cli_put(output, text);
    if (left && !last) {
        cli_put_repeat(output, ' ', pad);
    }
}

static void put_colour(struct cli_output *output, const struct cli_report *report,
                       const char *code) {
    if (report->colour) {
        cli_put(output, code);
    }
}

static void begin(struct cli_output *output, const struct cli_report *report) {
    struct layout layout;
    make_layout(&layout, report);
    put_colour(output, report, "\033[1m");
    size_t last = 0;
    for (size_t i = 0; i < CLI_CELL_COUNT; i++) {
        last = layout.width[i] > 0 ? i : last;
    }
    for (size_t i = 0; i < CLI_CELL_COUNT; i++) {
        const char *heading = cli_cell_headings[i];
        if (layout.width[i] == 0) {
            continue;
        }
        if (i > 0) {
            cli_put_repeat(output, ' ', layout.gap);
        }
        put_cell(output, heading, strlen(heading), layout.width[i], is_left((enum cli_cell)i),
                 i == last);
    }
    put_colour(output, report, "\033[0m");
    cli_put_char(output, '\n');
}

/* The columns from cell `from` to the end of the line: one wide cell. */
static size_t span_width(const struct layout *layout, enum cli_cell from) {
    size_t total = 0;
    for (size_t i = from; i < CLI_CELL_COUNT; i++) {
        if (layout->width[i] > 0) {
            total += layout->width[i] + (total > 0 ? layout->gap : 0);
        }
    }
    return total;
}

/* Whether the column before this one lies below the same repeated node. */
static bool is_told(const char *told, size_t told_bytes, const char *path, size_t bytes) {
    return bytes <= told_bytes && memcmp(told, path, bytes) == 0 &&
           (bytes == told_bytes || told[bytes] == '.');
}

/* A line for each list that this column is the first to show. */
static void put_lists(struct cli_output *output, const struct cli_row *row) {
    static struct weir_nesting nesting; /* large for the stack */
    static char told[WEIR_NAME_BYTES_MAX];
    static size_t told_bytes;
    static char text[CLI_CELL_BYTES];
    const struct weir_column_info *info = &row->column->info;
    const size_t width = row->report->width;
    weir_profile_nesting(row->column->profile, row->column->index, &nesting);
    for (uint32_t i = 0; i < nesting.lists_count; i++) {
        const struct weir_list *list = &nesting.lists[i];
        if (list->path_bytes > sizeof told ||
            is_told(told, told_bytes, info->path, list->path_bytes)) {
            continue;
        }
        put_colour(output, row->report, "\033[2m");
        cli_put(output, "  ");
        (void)cli_list_text(row, list, width > 4 ? width - 2 : 2, text);
        cli_put(output, text);
        put_colour(output, row->report, "\033[0m");
        cli_put_char(output, '\n');
    }
    if (nesting.lists_count > 0) {
        const size_t bytes = nesting.lists[nesting.lists_count - 1].path_bytes;
        told_bytes = bytes < sizeof told ? bytes : 0;
        memcpy(told, info->path, told_bytes);
    }
}

static void put_column(struct cli_output *output, const struct cli_report *report,
                       const struct cli_column *column) {
    static char text[CLI_CELL_BYTES];
    struct layout layout;
    struct cli_row row;
    make_layout(&layout, report);
    cli_row_begin(&row, report, column);
    const bool failed = column->error != NULL;
    const bool wide = failed || cli_row_is_text(&row);
    const enum cli_cell span_from = failed ? CLI_CELL_NULLS : CLI_CELL_MIN;
    for (size_t i = 0; i < CLI_CELL_COUNT; i++) {
        const enum cli_cell cell = (enum cli_cell)i;
        if (layout.width[i] == 0 || (wide && cell >= span_from)) {
            continue;
        }
        const size_t used = cli_cell_text(&row, cell, layout.width[i], text);
        if (cell == CLI_CELL_HISTOGRAM && used == 0) {
            continue;
        }
        if (i > 0) {
            cli_put_repeat(output, ' ', layout.gap);
        }
        put_cell(output, text, used, layout.width[i], is_left(cell), cell == CLI_CELL_HISTOGRAM);
    }
    if (wide) {
        const size_t width = span_width(&layout, span_from);
        cli_put_repeat(output, ' ', layout.gap);
        if (failed) {
            static const char prefix[] = "failed: ";
            const char *reason = column->info.error->message; /* stderr has the whole sentence */
            reason = reason != NULL ? reason : weir_status_name(column->info.error->status);
            put_colour(output, report, "\033[31m");
            cli_put(output, width > sizeof prefix ? prefix : "");
            (void)cli_fit(text, (const uint8_t *)reason, strlen(reason),
                          width > sizeof prefix ? width - sizeof prefix + 1 : width, false,
                          !report->utf8);
            cli_put(output, text);
            put_colour(output, report, "\033[0m");
        } else {
            (void)cli_row_text(&row, width, text);
            cli_put(output, text);
        }
    }
    cli_put_char(output, '\n');
    if (!failed) {
        put_lists(output, &row);
    }
}

/* Pieces of the summary, wrapped where the next one would not fit. */
struct summary {
    struct cli_output *output;
    size_t limit;
    size_t used;
};

static void put_piece(struct summary *summary, const char *text) {
    const size_t bytes = strlen(text);
    if (summary->used > 0 && summary->used + 2 + bytes + 1 > summary->limit) {
        cli_put(summary->output, ",\n");
        summary->used = 0;
    } else if (summary->used > 0) {
        cli_put(summary->output, ", ");
        summary->used += 2;
    }
    cli_put(summary->output, text);
    summary->used += bytes;
}

static void end(struct cli_output *output, const struct cli_report *report, const char *error,
                int exit_code) {
    const struct weir_inventory *inventory = &report->plan->inventory;
    struct summary summary = {.output = output, .limit = report->width};
    char a[CLI_NUMBER_BYTES];
    char b[CLI_NUMBER_BYTES];
    char text[4 * CLI_NUMBER_BYTES];
    (void)exit_code;
    if (error != NULL || report->options->quiet) {
        return;
    }
    cli_put_char(output, '\n');
    cli_format_grouped(a, inventory->rows);
    (void)snprintf(text, sizeof text, "%s row%s", a, inventory->rows == 1 ? "" : "s");
    put_piece(&summary, text);
    (void)snprintf(text, sizeof text, "%u column%s in %u file%s",
                   (unsigned)inventory->columns_selected,
                   inventory->columns_selected == 1 ? "" : "s", (unsigned)inventory->files,
                   inventory->files == 1 ? "" : "s");
    put_piece(&summary, text);
    cli_format_bytes(a, inventory->selected_bytes);
    cli_format_duration(b, report->seconds);
    (void)snprintf(text, sizeof text, "%s in %s", a, b);
    put_piece(&summary, text);
    cli_format_bytes(a, report->budget_bytes);
    cli_format_bytes(b, report->planned_bytes);
    (void)snprintf(text, sizeof text, "budget %s, planned %s", a, b);
    put_piece(&summary, text);
    cli_format_bytes(a, report->peak_bytes);
    (void)snprintf(text, sizeof text, "peak RSS %s", a);
    put_piece(&summary, text);
    if (report->plan->batches > 1) {
        (void)snprintf(text, sizeof text, "%u batches", (unsigned)report->plan->batches);
        put_piece(&summary, text);
    }
    if (report->options->exact) {
        (void)snprintf(text, sizeof text, "exact quantiles, %u pass%s", (unsigned)report->passes,
                       report->passes == 1 ? "" : "es");
        put_piece(&summary, text);
    } else if ((report->options->stats & WEIR_STATS_QUANTILES) != 0) {
        (void)snprintf(text, sizeof text, "rank error %.3g %%", 100 * report->plan->rank_error);
        put_piece(&summary, text);
    }
    cli_put_char(output, '\n');
}

const struct cli_renderer cli_render_table = {begin, put_column, end};
