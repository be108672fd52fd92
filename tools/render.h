/*
 * Renderers: a profile as text, column by column as batches end, so that nothing is kept.
 */
#ifndef WEIR_CLI_RENDER_H
#define WEIR_CLI_RENDER_H

#include "inputs.h"
#include "memory.h"
#include "options.h"
#include "output.h"
#include "weir/profile.h"

/* What is known of the run as a whole. */
struct cli_report {
    const struct cli_options *options;
    const struct weir_plan *plan;
    uint64_t budget_bytes;
    uint64_t planned_bytes;
    uint64_t reserve_bytes;
    uint64_t paths_bytes;
    uint64_t minimum_bytes;
    uint32_t width; /* of the terminal, in columns */
    bool utf8;
    bool colour;
    /* At the end: */
    double seconds;
    uint64_t peak_bytes;
    struct cli_faults faults; /* since the seal */
    uint32_t passes;          /* over a column, at most */
    uint32_t failed;          /* columns without a result */
    uint64_t crc_bad;         /* pages */
    struct weir_warnings warnings;
    const struct cli_inputs *inputs; /* names the files of the warnings */
};

struct cli_column {
    const struct weir_profile *profile;
    uint32_t index;
    struct weir_column_info info;
    struct weir_result result;
    const char *error; /* the sentence, where the column failed; else NULL */
};

/* The format's name for what a warning is about. */
const char *cli_warning_name(enum weir_warning warning);

struct cli_renderer {
    void (*begin)(struct cli_output *output, const struct cli_report *report);
    void (*column)(struct cli_output *output, const struct cli_report *report,
                   const struct cli_column *column);
    /* error: the sentence of a run that broke off, or NULL. */
    void (*end)(struct cli_output *output, const struct cli_report *report, const char *error,
                int exit_code);
};

extern const struct cli_renderer cli_render_table;
extern const struct cli_renderer cli_render_json;
extern const struct cli_renderer cli_render_csv;
extern const struct cli_renderer cli_render_md;

/* Width, encoding and colours, from the terminal and the environment. Before the seal. */
void cli_report_look(struct cli_report *report, bool to_file);

#endif
