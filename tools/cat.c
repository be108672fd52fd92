/* weir cat: the values, exactly as stored, row by row. */
#include "verbs.h"

#include <string.h>

#include "message.h"
#include "quote.h"
#include "record.h"
#include "session.h"
#include "shape.h"
#include "value.h"
#include "weir/rows.h"

struct printer {
    struct cli_session session;
    struct weir_rows *rows;
    struct cli_shape_builder builder;
    struct cli_shapes shapes;
    struct cli_record record;
    struct weir_cell *cells;
    struct weir_column_info *infos;
    uint32_t columns;
    uint64_t row;
};

static struct printer printer; /* too large for the stack */

static enum weir_status more_entries(void *context, uint32_t leaf, struct weir_cell *cell_ret) {
    (void)context;
    if (printer.session.output->error != 0) { /* a row may be long */
        return WEIR_E_OUTPUT;
    }
    return cli_stop != 0 ? WEIR_E_INTERRUPTED : weir_rows_more(printer.rows, leaf, cell_ret);
}

/* Top-level columns as CSV: what nests as JSON text in quotes. */
static enum weir_status put_csv_field(uint32_t field) {
    struct cli_output *output = printer.session.output;
    const struct cli_shape *shape = &printer.shapes.at[field];
    if (shape->kind == CLI_SHAPE_VALUE) {
        const struct weir_column_info *info = &printer.infos[shape->leaf];
        const struct weir_cell *cell = &printer.cells[shape->leaf];
        if (!cell->is_null) {
            const struct cli_value value = cli_value_of_cell(&info->type, info->kind, cell);
            cli_put_value_csv(output, &info->type, &value);
        }
        return WEIR_OK;
    }
    const bool is_null = cli_record_is_null(&printer.record, field);
    const uint64_t mark = output->bytes;
    if (!is_null) {
        cli_put_char(output, '"');
    }
    output->double_quotes = true;
    const enum weir_status status = cli_record_put(&printer.record, field);
    output->double_quotes = false;
    if (!is_null) {
        cli_put_char(output, '"');
    } else if (status == WEIR_OK) {
        (void)cli_output_take_back(output, mark); /* a null is an empty field */
    }
    return status;
}

static enum weir_status put_csv_row(void) {
    const struct cli_shapes *shapes = &printer.shapes;
    enum weir_status status = WEIR_OK;
    for (uint32_t field = 1; field < shapes->count && status == WEIR_OK;
         field = shapes->at[field].end) {
        if (field > 1) {
            cli_put_char(printer.session.output, ',');
        }
        status = put_csv_field(field);
    }
    return status;
}

static void put_csv_header(void) {
    const struct cli_shapes *shapes = &printer.shapes;
    for (uint32_t field = 1; field < shapes->count; field = shapes->at[field].end) {
        if (field > 1) {
            cli_put_char(printer.session.output, ',');
        }
        cli_put_csv_field(printer.session.output,
                          (const uint8_t *)shapes->names + shapes->at[field].name,
                          shapes->at[field].name_bytes);
    }
    cli_put_char(printer.session.output, '\n');
}

/* Says what went wrong inside a row. */
static enum cli_exit row_failed(enum weir_status status) {
    const struct cli_record *record = &printer.record;
    struct weir_error error = *weir_rows_error(printer.rows);
    if (status == WEIR_E_OUTPUT) {
        return cli_session_finish(&printer.session); /* says why */
    }
    if (error.status == WEIR_OK) { /* not from the library */
        error.status = status;
        error.message = record->message;
        cli_message_explain(&error, &printer.session.inputs);
    }
    if (error.status != WEIR_E_CORRUPT || record->message == NULL) {
        return cli_session_fail(&printer.session, &error);
    }
    const struct weir_column_info *one = &printer.infos[record->leaf];
    const struct weir_column_info *other = &printer.infos[record->other];
    const char *path = error.file < printer.session.inputs.count
                           ? printer.session.inputs.files[error.file].path
                           : "";
    if (record->leaf == record->other) {
        cli_say("%s: column \"%.200s\" (row %llu): %s", path, one->path,
                (unsigned long long)printer.row, record->message);
    } else {
        cli_say("%s: columns \"%.200s\" and \"%.200s\" (row %llu) disagree: %s", path, one->path,
                other->path, (unsigned long long)printer.row, record->message);
    }
    return CLI_INPUT;
}

static enum cli_exit print_rows(void) {
    const struct cli_options *options = printer.session.options;
    struct cli_output *output = printer.session.output;
    const bool csv = options->format == CLI_FORMAT_CSV;
    bool headed = false;
    for (; printer.row < options->limit; printer.row++) {
        enum weir_status status = weir_rows_next(printer.rows, printer.cells);
        if (csv && !headed && status >= 0) {
            put_csv_header();
            headed = true;
        }
        if (status == WEIR_END || output->error != 0) {
            break;
        }
        const uint64_t mark = output->bytes;
        if (status == WEIR_OK) {
            status = csv ? put_csv_row() : cli_record_put(&printer.record, 0);
        }
        if (status != WEIR_OK) {
            (void)cli_output_take_back(output, mark);
            (void)cli_output_flush(output); /* the rows before it are right */
            return row_failed(status);
        }
        cli_put_char(output, '\n');
    }
    return cli_session_finish(&printer.session);
}

/* Counts the shapes, or makes them where there is memory for them. */
static enum weir_status see_shapes(void *window) {
    struct cli_session *session = &printer.session;
    struct weir_schema_summary summary;
    const struct weir_schema_visitor visitor = {
        .context = &printer.builder, .node = cli_shapes_node, .schema_only = true};
    printer.builder.select = session->profile.select;
    printer.builder.select_context = session->profile.select_context;
    cli_shapes_begin(&printer.builder, &printer.shapes);
    enum weir_status status = weir_schema_walk(&session->dataset, 0, &visitor, window,
                                               WEIR_INSPECT_BYTES, &summary, &session->error);
    if (status == WEIR_OK &&
        (printer.builder.failed || printer.shapes.leaves != session->inventory.columns_selected)) {
        session->error.status = status = WEIR_E_CHANGED;
        session->error.file = 0;
    }
    return status;
}

static enum cli_exit make_plan(void) {
    struct cli_session *session = &printer.session;
    void *window = cli_session_window(session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    enum cli_exit code = cli_session_inspect(session, window);
    if (code == CLI_OK && see_shapes(window) != WEIR_OK) {
        const struct weir_error error = session->error;
        code = cli_session_fail(session, &error);
    }
    if (code == CLI_OK) {
        session->extra_bytes = (uint64_t)session->inventory.columns_selected *
                                   (sizeof(struct weir_cell) + sizeof(struct weir_column_info)) +
                               (uint64_t)printer.shapes.count * sizeof(struct cli_shape) +
                               printer.shapes.names_bytes;
        session->profile.budget_bytes = cli_session_library_bytes(session);
        session->profile.lanes = 1;
        session->profile.lane_stack_bytes = 0;
        const enum weir_status status =
            weir_rows_plan(&session->dataset, &session->inventory, &session->profile, window,
                           WEIR_INSPECT_BYTES, &session->plan, &session->error);
        code = cli_session_fit(session, status);
    }
    cli_session_window_done(session, window);
    return code;
}

/* Lays out what is the verb's own behind the library's block, and makes the shapes. */
static enum cli_exit place(void) {
    struct cli_session *session = &printer.session;
    char *extra = (char *)session->block + cli_page_up(session->plan.planned_bytes);
    printer.columns = session->inventory.columns_selected;
    printer.infos = (struct weir_column_info *)(void *)extra;
    printer.cells = (struct weir_cell *)(void *)(printer.infos + printer.columns);
    printer.shapes.at = (struct cli_shape *)(void *)(printer.cells + printer.columns);
    printer.shapes.room = printer.shapes.count;
    printer.shapes.names = (char *)(printer.shapes.at + printer.shapes.room);
    printer.shapes.names_room = printer.shapes.names_bytes;
    if (session->plan.planned_bytes < WEIR_INSPECT_BYTES) { /* a column's window alone is larger */
        return CLI_INTERNAL;
    }
    if (see_shapes(session->block) != WEIR_OK) { /* the library's part is still free */
        const struct weir_error error = session->error;
        return cli_session_fail(session, &error);
    }
    return CLI_OK;
}

/* The columns as the library sees them are those that the shapes were made for. */
static enum cli_exit check_shapes(void) {
    struct cli_session *session = &printer.session;
    for (uint32_t i = 0; i < printer.columns; i++) {
        weir_rows_column(printer.rows, i, &printer.infos[i]);
    }
    for (uint32_t i = 0; i < printer.shapes.count; i++) {
        const struct cli_shape *shape = &printer.shapes.at[i];
        if (shape->kind == CLI_SHAPE_VALUE &&
            printer.infos[shape->leaf].definition_max != shape->definition) {
            session->error.status = WEIR_E_CHANGED;
            session->error.file = 0;
            const struct weir_error error = session->error;
            return cli_session_fail(session, &error);
        }
    }
    return CLI_OK;
}

enum cli_exit cli_verb_cat(const struct cli_options *options, struct cli_output *output) {
    struct cli_session *session = &printer.session;
    enum cli_exit code = cli_session_open(session, options, output);
    if (code == CLI_OK) {
        code = make_plan();
    }
    if (code == CLI_OK) {
        code = cli_session_start(session);
    }
    if (code == CLI_OK) {
        code = place();
    }
    if (code != CLI_OK) {
        return code;
    }
    struct weir_error error = {.status = WEIR_OK};
    if (weir_rows_init(session->block, (size_t)cli_page_up(session->plan.planned_bytes),
                       &session->plan, &session->dataset, &printer.rows, &error) != WEIR_OK) {
        return cli_session_fail(session, &error);
    }
    code = check_shapes();
    if (code == CLI_OK) {
        code = cli_session_seal(session);
    }
    if (code != CLI_OK) {
        return code;
    }
    printer.record.output = output;
    printer.record.shapes = &printer.shapes;
    printer.record.infos = printer.infos;
    printer.record.cells = printer.cells;
    printer.record.more = more_entries;
    return print_rows();
}
