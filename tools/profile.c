/* weir profile: the main job. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "message.h"
#include "progress.h"
#include "quote.h"
#include "render.h"
#include "runner.h"
#include "session.h"

struct job {
    struct cli_session session;
    struct weir_profile *profile;
    const struct cli_renderer *renderer;
    struct cli_report report;
    struct cli_column column;
    bool has_begun; /* something was rendered */
    char sentence[CLI_MESSAGE_BYTES];
};

static struct job job; /* too large for a stack that is touched in advance */

static const struct cli_renderer *renderer_of(enum cli_format format) {
    switch (format) {
    case CLI_FORMAT_JSON: return &cli_render_json;
    case CLI_FORMAT_CSV: return &cli_render_csv;
    case CLI_FORMAT_MD: return &cli_render_md;
    default: return &cli_render_table;
    }
}

static void set_report(void) {
    const struct cli_session *session = &job.session;
    job.report.options = session->options;
    job.report.inputs = &session->inputs;
    job.report.plan = &session->plan;
    job.report.budget_bytes = session->budget_bytes;
    job.report.planned_bytes = session->planned_bytes;
    job.report.reserve_bytes = session->reserve_bytes;
    job.report.paths_bytes = session->inputs.bytes;
    job.report.minimum_bytes = session->minimum_bytes;
    cli_report_look(&job.report, session->options->output != NULL);
}

/* The columns of the batch that has just run, in order. */
static void render_batch(void) {
    struct cli_column *column = &job.column;
    uint32_t first;
    uint32_t count;
    weir_profile_columns(job.profile, &first, &count);
    if (!job.has_begun) {
        job.renderer->begin(job.session.output, &job.report);
        job.has_begun = true;
    }
    for (uint32_t index = first; index < first + count; index++) {
        memset(column, 0, sizeof *column);
        column->profile = job.profile;
        column->index = index;
        weir_profile_column(job.profile, index, &column->info);
        weir_profile_result(job.profile, index, &column->result);
        job.report.crc_bad += column->info.pages_crc_bad;
        if (column->info.error != NULL && column->info.error->status != WEIR_OK) {
            struct weir_error error = *column->info.error;
            cli_message_explain(&error, &job.session.inputs);
            (void)cli_message(job.sentence, &error, &job.session.inputs);
            cli_say("%s", job.sentence);
            column->error = job.sentence;
            job.report.failed++;
        }
        job.renderer->column(job.session.output, &job.report, column);
    }
}

/* A run that breaks off: JSON on stdout is still closed, so that it can be parsed. */
static enum cli_exit break_off(const struct weir_error *error) {
    const enum cli_exit code = cli_session_fail(&job.session, error);
    (void)cli_message(job.sentence, &job.session.error, &job.session.inputs);
    if (job.has_begun && job.session.options->output == NULL) {
        job.report.seconds = cli_session_seconds(&job.session);
        job.report.peak_bytes = cli_memory_peak_bytes();
        cli_session_faults(&job.session, &job.report.faults);
        job.report.passes = weir_profile_passes(job.profile);
        weir_profile_warnings(job.profile, &job.report.warnings);
        job.renderer->end(job.session.output, &job.report, job.sentence, (int)code);
        (void)cli_output_flush(job.session.output);
    }
    return code;
}

const char *cli_warning_name(enum weir_warning warning) {
    static const char *const names[WEIR_WARNINGS] = {"FileMetaData.num_rows",
                                                     "Statistics.null_count"};
    return names[warning];
}

/* What files say wrongly, by the first place of each kind. */
static void say_warnings(void) {
    for (uint32_t i = 0; i < WEIR_WARNINGS; i++) {
        const struct weir_warned *warned = &job.report.warnings.kinds[i];
        if (warned->count == 0 || job.session.options->quiet) {
            continue;
        }
        char place[64 + 4 * WEIR_ERROR_NAME_BYTES] = "";
        char more[64] = "";
        if (warned->column != WEIR_NONE32) {
            char name[4 * WEIR_ERROR_NAME_BYTES + 4];
            (void)cli_fit(name, (const uint8_t *)warned->column_name, strlen(warned->column_name),
                          80, false, false);
            (void)snprintf(place, sizeof place, "column \"%s\" (row group %u): ", name,
                           (unsigned)warned->row_group);
        }
        if (warned->count > 1) {
            (void)snprintf(more, sizeof more, "; %llu more are wrong",
                           (unsigned long long)warned->count - 1);
        }
        cli_say("warning: %s: %s%s: the file says %llu, the data say %llu%s; weir check tells all",
                job.session.inputs.files[warned->file].path, place,
                cli_warning_name((enum weir_warning)i), (unsigned long long)warned->stated,
                (unsigned long long)warned->found, more);
    }
}

static enum cli_exit run_batches(void) {
    const bool progress = !job.session.options->quiet && !job.session.options->no_progress;
    for (;;) {
        const enum weir_status status = weir_profile_batch(job.profile);
        const struct weir_error *error = weir_profile_error(job.profile);
        if (status == WEIR_END) {
            break;
        }
        if (status == WEIR_OK) {
            cli_runner_batch(progress ? cli_progress_tick : NULL);
            error = weir_profile_error(job.profile);
        }
        cli_progress_clear();
        /* With --keep-going a failure of one column is told with the column, not here. */
        if (status != WEIR_OK || error->status != WEIR_OK) {
            return break_off(error);
        }
        render_batch();
        if (job.session.output->error != 0) {
            return cli_session_finish(&job.session); /* says why */
        }
    }
    if (!job.has_begun) { /* no column at all */
        job.renderer->begin(job.session.output, &job.report);
    }
    job.report.seconds = cli_session_seconds(&job.session);
    job.report.peak_bytes = cli_memory_peak_bytes();
    cli_session_faults(&job.session, &job.report.faults);
    job.report.passes = weir_profile_passes(job.profile);
    weir_profile_warnings(job.profile, &job.report.warnings);
    job.renderer->end(job.session.output, &job.report, NULL,
                      job.report.failed > 0 ? CLI_INPUT : CLI_OK);
    const enum cli_exit code = cli_session_finish(&job.session);
    say_warnings();
    if (code == CLI_OK && job.report.failed > 0) {
        cli_say("%u of %u columns failed and have no result", (unsigned)job.report.failed,
                (unsigned)job.session.plan.inventory.columns_selected);
        return CLI_INPUT;
    }
    return code;
}

enum cli_exit cli_verb_profile(const struct cli_options *options, struct cli_output *output) {
    struct cli_session *session = &job.session;
    enum cli_exit code = cli_session_open(session, options, output);
    if (code != CLI_OK) {
        return code;
    }
    void *window = cli_session_window(session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    code = cli_session_inspect(session, window);
    cli_session_window_done(session, window);
    if (code == CLI_OK) {
        code = cli_session_plan(session);
    }
    if (code == CLI_OK) {
        code = cli_session_start(session);
    }
    if (code != CLI_OK) {
        return code;
    }
    struct weir_error error = {.status = WEIR_OK};
    if (weir_profile_init(session->block, session->block_bytes, &session->plan, &session->dataset,
                          &job.profile, &error) != WEIR_OK) {
        return cli_session_fail(session, &error);
    }
    job.renderer = renderer_of(options->format);
    set_report();
    if (!options->quiet && !options->no_progress) {
        cli_progress_start(job.profile, session->budget_bytes);
        cli_inputs_tick(cli_progress_tick);
        cli_say_hook(cli_progress_clear);
    }
    code = cli_runner_start(job.profile, session->plan.lanes);
    if (code != CLI_OK) {
        return code;
    }
    code = cli_session_seal(session);
    return code == CLI_OK ? run_batches() : code;
}
