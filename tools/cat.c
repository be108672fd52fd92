/* weir cat: the values of flat columns, exactly as stored, row by row. */
#include "verbs.h"

#include <string.h>

#include "quote.h"
#include "session.h"
#include "value.h"
#include "weir/rows.h"

struct printer {
    struct cli_output *output;
    struct weir_rows *rows;
    struct weir_cell *cells;
    struct weir_column_info *infos;
    uint32_t columns;
};

static struct cli_session session; /* too large for the stack */

static void put_json_row(const struct printer *printer) {
    struct cli_output *output = printer->output;
    for (uint32_t i = 0; i < printer->columns; i++) {
        const struct weir_column_info *info = &printer->infos[i];
        const struct weir_cell *cell = &printer->cells[i];
        cli_put_char(output, i > 0 ? ',' : '{');
        cli_put_json_string(output, (const uint8_t *)info->path, info->path_bytes);
        cli_put_char(output, ':');
        if (cell->is_null) {
            cli_put(output, "null");
        } else {
            const struct cli_value value = cli_value_of_cell(&info->type, info->kind, cell);
            cli_put_value_json(output, &info->type, &value);
        }
    }
    cli_put(output, printer->columns > 0 ? "}\n" : "{}\n");
}

static void put_csv_row(const struct printer *printer) {
    struct cli_output *output = printer->output;
    for (uint32_t i = 0; i < printer->columns; i++) {
        const struct weir_column_info *info = &printer->infos[i];
        const struct weir_cell *cell = &printer->cells[i];
        if (i > 0) {
            cli_put_char(output, ',');
        }
        if (!cell->is_null) {
            const struct cli_value value = cli_value_of_cell(&info->type, info->kind, cell);
            cli_put_value_csv(output, &info->type, &value);
        }
    }
    cli_put_char(output, '\n');
}

static void put_csv_header(const struct printer *printer) {
    for (uint32_t i = 0; i < printer->columns; i++) {
        if (i > 0) {
            cli_put_char(printer->output, ',');
        }
        cli_put_csv_field(printer->output, (const uint8_t *)printer->infos[i].path,
                          printer->infos[i].path_bytes);
    }
    cli_put_char(printer->output, '\n');
}

static enum cli_exit print_rows(struct printer *printer) {
    const struct cli_options *options = session.options;
    const bool csv = options->format == CLI_FORMAT_CSV;
    bool headed = false;
    for (uint64_t row = 0; row < options->limit; row++) {
        const enum weir_status status = weir_rows_next(printer->rows, printer->cells);
        if (status != WEIR_OK && status != WEIR_END) {
            (void)cli_output_flush(printer->output); /* the rows before it are right */
            return cli_session_fail(&session, weir_rows_error(printer->rows));
        }
        if (csv && !headed) {
            put_csv_header(printer);
            headed = true;
        }
        if (status == WEIR_END) {
            break;
        }
        if (csv) {
            put_csv_row(printer);
        } else {
            put_json_row(printer);
        }
        if (printer->output->error != 0) {
            break;
        }
    }
    return cli_session_finish(&session);
}

static enum cli_exit make_plan(void) {
    void *window = cli_session_window(&session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    enum cli_exit code = cli_session_inspect(&session, window);
    if (code == CLI_OK) {
        session.extra_bytes = (uint64_t)session.inventory.columns_selected *
                              (sizeof(struct weir_cell) + sizeof(struct weir_column_info));
        session.profile.budget_bytes = cli_session_library_bytes(&session);
        session.profile.lanes = 1;
        session.profile.lane_stack_bytes = 0;
        const enum weir_status status =
            weir_rows_plan(&session.dataset, &session.inventory, &session.profile, window,
                           WEIR_INSPECT_BYTES, &session.plan, &session.error);
        code = cli_session_fit(&session, status);
    }
    cli_session_window_done(&session, window);
    return code;
}

enum cli_exit cli_verb_cat(const struct cli_options *options, struct cli_output *output) {
    struct printer printer = {.output = output};
    enum cli_exit code = cli_session_open(&session, options, output);
    if (code == CLI_OK) {
        code = make_plan();
    }
    if (code == CLI_OK) {
        code = cli_session_start(&session);
    }
    if (code != CLI_OK) {
        return code;
    }
    struct weir_error error = {.status = WEIR_OK};
    if (weir_rows_init(session.block, (size_t)cli_page_up(session.plan.planned_bytes),
                       &session.plan, &session.dataset, &printer.rows, &error) != WEIR_OK) {
        return cli_session_fail(&session, &error);
    }
    char *extra = (char *)session.block + cli_page_up(session.plan.planned_bytes);
    printer.columns = session.inventory.columns_selected;
    printer.infos = (struct weir_column_info *)(void *)extra;
    printer.cells = (struct weir_cell *)(void *)(printer.infos + printer.columns);
    code = cli_session_seal(&session);
    if (code != CLI_OK) {
        return code;
    }
    for (uint32_t i = 0; i < printer.columns; i++) {
        weir_rows_column(printer.rows, i, &printer.infos[i]);
    }
    return print_rows(&printer);
}
