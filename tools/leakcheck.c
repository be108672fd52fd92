/* weir leakcheck: the same profile again and again, for those who come from leaking pipelines. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "leakcheck.h"
#include "memory.h"
#include "message.h"
#include "render.h"
#include "runner.h"

#ifdef WEIR_CANARY_LEAK
#include "leakcheck_canary.h"
#else
#define leak_begin()
#define leak(result) ((void)(result))
#endif

#define ALL_ROWS 20u

struct job {
    struct cli_session session;
    struct weir_profile *profile;
    struct weir_inventory inventory; /* of the run */
    struct weir_plan plan;
    struct cli_report report;
    struct cli_column column;
    struct weir_hash_stream digest; /* of what the run has found */
    void *window;
    struct cli_holding sealed; /* before the first run */
    struct cli_leak_run run;
    struct cli_leak_run settled;
    uint64_t resident_bytes_settled; /* the most until then */
    uint64_t result;                 /* of the first run */
    uint64_t different;              /* first run with another result; 0: none */
    uint64_t rows_printed;
    char sentence[CLI_MESSAGE_BYTES];
};

static struct job job;

static double now_seconds(void) {
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0
               ? (double)now.tv_sec + (double)now.tv_nsec / 1e9
               : 0;
}

/* --- One run. -------------------------------------------------------------------------------- */

/* What the batch has found goes the way of all output, but into a hash. */
static void hash_batch(void) {
    struct cli_output *output = job.session.output;
    struct cli_column *column = &job.column;
    (void)cli_output_flush(output);
    output->digest = &job.digest;
    uint32_t first;
    uint32_t count;
    weir_profile_columns(job.profile, &first, &count);
    for (uint32_t index = first; index < first + count; index++) {
        memset(column, 0, sizeof *column);
        column->profile = job.profile;
        column->index = index;
        weir_profile_column(job.profile, index, &column->info);
        weir_profile_result(job.profile, index, &column->result);
        if (column->info.error != NULL && column->info.error->status != WEIR_OK) {
            struct weir_error error = *column->info.error;
            cli_message_explain(&error, &job.session.inputs);
            (void)cli_message(job.sentence, &error, &job.session.inputs);
            column->error = job.sentence;
            job.report.failed++;
            if (job.run.number == 1) {
                cli_say("%s", job.sentence);
            }
        }
        cli_render_json.column(output, &job.report, column);
    }
    (void)cli_output_flush(output);
    output->digest = NULL;
}

/* Inspects, plans and places the profile again, where it was: workers sleep on stacks in there. */
static enum weir_status place(struct weir_error *error) {
    struct cli_session *session = &job.session;
    const struct weir_plan *first = &session->plan;
    enum weir_status status = weir_inspect(&session->dataset, &session->profile, job.window,
                                           WEIR_INSPECT_BYTES, &job.inventory, error);
    if (status == WEIR_OK) {
        status = weir_profile_plan(&job.inventory, &session->profile, &job.plan, error);
    }
    if (status != WEIR_OK) {
        return status;
    }
    if (job.plan.planned_bytes != first->planned_bytes || job.plan.lanes != first->lanes ||
        job.plan.columns_per_batch != first->columns_per_batch || job.plan.split != first->split ||
        job.plan.selection_words != first->selection_words) {
        error->status = WEIR_E_CHANGED;
        error->message = "the plan is not that of the first run";
        return WEIR_E_CHANGED;
    }
    return weir_profile_init(session->block, session->block_bytes, &job.plan, &session->dataset,
                             &job.profile, error);
}

static enum weir_status run_once(struct weir_error *error) {
    const struct cli_faults before = job.run.holding.faults;
    const double begin = now_seconds();
    weir_hash_stream_begin(&job.digest);
    job.report.failed = 0;
    enum weir_status status = place(error);
    while (status == WEIR_OK) {
        status = weir_profile_batch(job.profile);
        if (status == WEIR_OK) {
            cli_runner_batch(NULL);
            status = weir_profile_error(job.profile)->status;
        }
        if (status != WEIR_OK && status != WEIR_END) {
            *error = *weir_profile_error(job.profile);
            return status;
        }
        if (status == WEIR_OK) {
            hash_batch();
        }
    }
    if (status != WEIR_END) {
        return status;
    }
    job.run.result = weir_hash_stream_end(&job.digest);
    job.run.seconds = now_seconds() - begin;
    leak(&job.run.result);
    cli_memory_holding(&job.run.holding);
    job.run.faults.minor = job.run.holding.faults.minor - before.minor;
    job.run.faults.major = job.run.holding.faults.major - before.major;
    return WEIR_OK;
}

static bool is_printed(uint64_t run) {
    const struct cli_options *options = job.session.options;
    if (run == options->runs) {
        return true;
    }
    if (options->every > 0) {
        return run % options->every == 0;
    }
    return options->runs <= ALL_ROWS || (run & (run - 1)) == 0;
}

/* --- The verdict. ---------------------------------------------------------------------------- */

static uint64_t above(uint64_t value, uint64_t before) {
    return value > before ? value - before : 0;
}

/*
 * Every page is touched before the seal, so resident memory that was never there before is growth,
 * be it one page. Pages that the system took away and that came back are not: hence the most that
 * was seen, not the settled run's own figure.
 */
static void find_growth(struct cli_leak_growth *growth) {
    const struct cli_holding *last = &job.run.holding;
    const struct cli_holding *before = &job.settled.holding;
    growth->resident_bytes = above(last->resident_bytes, job.resident_bytes_settled);
    growth->mapped_bytes = above(last->mapped_bytes, before->mapped_bytes);
    growth->descriptors = (uint32_t)above(last->descriptors, before->descriptors);
    growth->faults.minor = last->faults.minor - job.sealed.faults.minor;
    growth->faults.major = last->faults.major - job.sealed.faults.major;
    growth->grows =
        growth->resident_bytes > 0 || growth->mapped_bytes > 0 || growth->descriptors > 0;
}

/* All that is said in the end; the exit code. */
static enum cli_exit conclude(void) {
    struct cli_output *output = job.session.output;
    struct cli_leak_growth growth;
    char text[512];
    find_growth(&growth);
    cli_leak_describe(text, sizeof text, &growth, job.run.number, !job.session.options->no_seal);
    if (job.session.options->format == CLI_FORMAT_JSON) {
        cli_leak_end_json(output, &job.session, &growth, job.different == 0, NULL, CLI_OK);
    } else {
        cli_put(output, text);
        cli_put(output, "\n");
    }
    const enum cli_exit code = cli_session_finish(&job.session);
    if (job.different > 0) {
        cli_say("run %llu found other results than run 1; this is a bug, please report it",
                (unsigned long long)job.different);
    }
    if (code != CLI_OK) {
        return code;
    }
    return job.different > 0       ? CLI_INTERNAL
           : growth.grows          ? CLI_DIFFERS
           : job.report.failed > 0 ? CLI_INPUT
                                   : CLI_OK;
}

static enum cli_exit break_off(const struct weir_error *error) {
    const struct cli_leak_growth none = {0};
    const enum cli_exit code = cli_session_fail(&job.session, error);
    (void)cli_message(job.sentence, &job.session.error, &job.session.inputs);
    if (job.session.options->output == NULL) {
        if (job.session.options->format == CLI_FORMAT_JSON) {
            cli_leak_end_json(job.session.output, &job.session, &none, job.different == 0,
                              job.sentence, code);
        }
        (void)cli_output_flush(job.session.output); /* what was measured before holds */
    }
    return code;
}

/* --- The runs. ------------------------------------------------------------------------------- */

static void note_run(void) {
    const struct cli_leak_run *run = &job.run;
    if (run->number == 1) {
        job.result = run->result;
    } else if (run->result != job.result && job.different == 0) {
        job.different = run->number;
    }
    if (run->number <= CLI_LEAK_SETTLED) {
        job.settled = *run;
        if (run->holding.resident_bytes > job.resident_bytes_settled) {
            job.resident_bytes_settled = run->holding.resident_bytes;
        }
    }
}

static enum cli_exit run_all(void) {
    struct cli_output *output = job.session.output;
    const bool json = job.session.options->format == CLI_FORMAT_JSON;
    struct weir_error error = {.status = WEIR_OK};
    cli_memory_holding(&job.sealed);
    job.resident_bytes_settled = job.sealed.resident_bytes;
    job.run.holding = job.sealed;
    if (json) {
        cli_leak_begin_json(output, job.session.options->runs);
    }
    for (uint64_t i = 1; i <= job.session.options->runs; i++) {
        job.run.number = i;
        if (run_once(&error) != WEIR_OK) {
            return break_off(&error);
        }
        note_run();
        if (!is_printed(i)) {
            continue;
        }
        cli_leak_put_row(output, &job.run, &job.settled, json, job.rows_printed++ == 0);
        if (!cli_output_flush(output)) {
            return cli_session_finish(&job.session); /* says why */
        }
    }
    return conclude();
}

static enum cli_exit prepare(const struct cli_options *options, struct cli_output *output) {
    struct cli_session *session = &job.session;
    enum cli_exit code = cli_session_open(session, options, output);
    if (code != CLI_OK) {
        return code;
    }
    void *window = cli_session_window(session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    session->extra_bytes = WEIR_INSPECT_BYTES; /* every run inspects */
    code = cli_session_inspect(session, window);
    cli_session_window_done(session, window);
    if (code == CLI_OK) {
        code = cli_session_plan(session);
    }
    if (code == CLI_OK) {
        code = cli_session_start(session);
    }
    if (code == CLI_OK) {
        job.window = (char *)session->block + cli_page_up(session->plan.planned_bytes);
    }
    return code;
}

enum cli_exit cli_verb_leakcheck(const struct cli_options *options, struct cli_output *output) {
    struct cli_session *session = &job.session;
    enum cli_exit code = prepare(options, output);
    if (code != CLI_OK) {
        return code;
    }
    struct weir_error error = {.status = WEIR_OK};
    if (weir_profile_init(session->block, session->block_bytes, &session->plan, &session->dataset,
                          &job.profile, &error) != WEIR_OK) {
        return cli_session_fail(session, &error);
    }
    job.report.options = options;
    job.report.plan = &session->plan;
    job.report.inputs = &session->inputs;
    code = cli_runner_start(job.profile, session->plan.lanes);
    if (code != CLI_OK) {
        return code;
    }
    leak_begin();
    code = cli_session_seal(session);
    return code == CLI_OK ? run_all() : code;
}
