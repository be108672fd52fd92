/* Steps shared by the verbs, in the order in which they happen. */
#include "session.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "budget.h"
#include "cells.h"
#include "memory.h"
#include "message.h"
#include "number.h"
#include "quote.h"
#include "seal.h"

/* A list of paths up to this size is expanded even where the budget is smaller, to name it. */
#define PATHS_BYTES_LEAST ((uint64_t)8 << 20)

/* What the kernel may read ahead of a lane. */
#define READ_AHEAD_BYTES ((uint64_t)16 << 20)
/* What a control group is charged for beside our bytes: for the process; for a lane, whose reads
 * are of 256 KiB. */
#define GROUP_BYTES ((uint64_t)512 << 10)
#define GROUP_LANE_BYTES ((uint64_t)448 << 10)
/* What others use is counted in so large steps. */
#define GROUP_STEP_BYTES ((uint64_t)64 << 10)

static uint64_t now_nanoseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double cli_session_seconds(const struct cli_session *session) {
    return (double)(now_nanoseconds() - session->start_nanoseconds) / 1e9;
}

/* --- Control groups. ------------------------------------------------------------------------- */

/*
 * A control group is charged for more than our own bytes: page tables, kernel stacks and what the
 * kernel keeps of open files and of their cached pages; and pages that are being read, which cannot
 * be reclaimed until they have come. Where its limit is near, that much of it is left alone.
 */
static uint64_t group_overhead(uint64_t left, uint32_t lanes) {
    return GROUP_BYTES + left / 256 + lanes * GROUP_LANE_BYTES;
}

/* Lanes that are worth their overhead. */
static uint32_t group_lanes(uint64_t left, uint32_t lanes) {
    while (lanes > 1 && lanes * GROUP_LANE_BYTES > left / 16) {
        lanes--;
    }
    return lanes;
}

/* Of so many bytes that are left in the group, those that may be ours. */
static uint64_t group_share(uint64_t left, uint32_t lanes) {
    const uint64_t overhead = group_overhead(left, group_lanes(left, lanes));
    return left > overhead ? left - overhead : 0;
}

static uint32_t lanes_wanted(const struct cli_session *session) {
    return session->options->threads > 0 ? session->options->threads : cli_cpu_count("");
}

static void look_at_group(struct cli_session *session) {
    cli_limit_tightest("", cli_memory_anonymous_bytes(), &session->limit);
    const uint64_t left = cli_limit_left(&session->limit);
    session->lanes = lanes_wanted(session);
    session->share_bytes = UINT64_MAX;
    if (session->limit.is_group) {
        session->share_bytes = group_share(left, session->lanes);
        session->lanes = group_lanes(left, session->lanes);
    }
}

/*
 * The kernel reads ahead as much as the device is set to, twice as much for files that are read
 * from front to back: in a group with little room beside own_bytes that alone has it kill the
 * process.
 */
static bool is_tight(const struct cli_session *session, uint64_t own_bytes) {
    const uint64_t left = cli_limit_left(&session->limit);
    return session->limit.is_group &&
           (left < own_bytes || left - own_bytes < session->lanes * READ_AHEAD_BYTES);
}

static enum cli_exit refuse_for_group(const struct cli_session *session) {
    const struct cli_limit *limit = &session->limit;
    uint64_t need = session->minimum_bytes;
    while (group_share(need, lanes_wanted(session)) < session->minimum_bytes + GROUP_STEP_BYTES) {
        need += CLI_PAGE_BYTES;
    }
    cli_say("%s is %llu bytes, of which others use %llu; this input and these options need %llu "
            "bytes, the kernel's tables and reads in flight %llu: raise the limit to %llu",
            limit->name, (unsigned long long)limit->bytes, (unsigned long long)limit->others,
            (unsigned long long)session->minimum_bytes,
            (unsigned long long)(need - session->minimum_bytes),
            (unsigned long long)(need + limit->others));
    return CLI_BUDGET;
}

/* --- The steps. ------------------------------------------------------------------------------ */

enum cli_exit cli_session_open(struct cli_session *session, const struct cli_options *options,
                               struct cli_output *output) {
    struct cli_limit smallest;
    struct cli_refusal refusal = {""};
    memset(session, 0, sizeof *session);
    session->options = options;
    session->output = output;
    session->start_nanoseconds = now_nanoseconds();
    cli_limit_smallest("", &smallest);
    session->budget_bytes = cli_budget_resolve(&options->budget, &smallest);
    look_at_group(session);
    cli_memory_prefault(is_tight(session, session->budget_bytes));
    const uint64_t paths_limit =
        session->budget_bytes > PATHS_BYTES_LEAST ? session->budget_bytes : PATHS_BYTES_LEAST;
    const enum cli_exit code = cli_inputs_expand(&session->inputs, options->paths,
                                                 options->paths_count, paths_limit, &refusal);
    if (code != CLI_OK) {
        cli_say("%s", refusal.text);
        return code;
    }
    session->inputs.drop_cache = options->drop_cache;
    session->inputs.no_read_ahead = is_tight(session, CLI_RESERVE_BYTES_MIN); /* to inspect */
    cli_inputs_dataset(&session->inputs, &session->dataset);
    if (options->output != NULL && cli_inputs_contain(&session->inputs, options->output)) {
        cli_say("%s: is one of the inputs; give --output another name", options->output);
        return CLI_USAGE;
    }
    session->reserve_bytes = cli_memory_reserve(session->inputs.bytes);
    return CLI_OK;
}

void *cli_session_window(struct cli_session *session) {
    (void)session;
    void *window =
        mmap(NULL, WEIR_INSPECT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (window == MAP_FAILED) {
        cli_say("cannot map %u bytes; raise the limit on address space (ulimit -v)",
                WEIR_INSPECT_BYTES);
        return NULL;
    }
    return window;
}

void cli_session_window_done(struct cli_session *session, void *window) {
    (void)session;
    (void)munmap(window, WEIR_INSPECT_BYTES);
}

enum cli_exit cli_session_fail(struct cli_session *session, const struct weir_error *error) {
    char text[CLI_MESSAGE_BYTES];
    session->error = *error;
    cli_message_explain(&session->error, &session->inputs);
    (void)cli_message(text, &session->error, &session->inputs);
    cli_say("%s", text);
    return cli_exit_of(session->error.status);
}

/* Those asked for and those of the table, so that every format prints exact ones. */
static void set_quantiles(struct cli_session *session) {
    const struct cli_options *options = session->options;
    const size_t asked = options->quantiles_count;
    _Static_assert(CLI_QUANTILES_MAX + CLI_CELL_QUANTILES <= WEIR_QUANTILES_MAX, "all at once");
    memcpy(session->quantiles, options->quantiles, asked * sizeof *options->quantiles);
    memcpy(session->quantiles + asked, cli_cell_quantiles, sizeof cli_cell_quantiles);
    session->profile.exact = options->exact;
    session->profile.quantiles = session->quantiles;
    session->profile.quantiles_count = (uint32_t)asked + CLI_CELL_QUANTILES;
}

static void set_profile_options(struct cli_session *session) {
    const struct cli_options *options = session->options;
    struct weir_profile_options *profile = &session->profile;
    memset(profile, 0, sizeof *profile);
    session->columns.options = options;
    session->columns.files = session->dataset.files;
    profile->lanes = session->lanes;
    profile->stats = options->stats;
    profile->rank_error = options->rank_error;
    profile->seed = options->seed;
    set_quantiles(session);
    profile->codec_window_bytes = options->codec_window.bytes;
    profile->lane_stack_bytes = CLI_LANE_STACK_BYTES;
    profile->isa = cli_isa;
    profile->keep_going = options->keep_going;
    profile->select = cli_columns_select;
    profile->select_context = &session->columns;
    profile->stop = &cli_stop;
    profile->budget_bytes = cli_session_library_bytes(session);
}

/* Columns are those of the first file: what only later files have must not vanish unsaid. */
static void warn_of_extra(const struct cli_session *session) {
    const struct weir_inventory *inventory = &session->inventory;
    char name[4 * WEIR_ERROR_NAME_BYTES + 4];
    if (inventory->columns_extra == 0 || session->options->quiet) {
        return;
    }
    (void)cli_fit(name, (const uint8_t *)inventory->extra_name, strlen(inventory->extra_name), 80,
                  false, false);
    cli_say("warning: %s: column \"%s\" is not in the first file, %s, and is left out%s",
            session->inputs.files[inventory->extra_file].path, name, session->inputs.files[0].path,
            inventory->columns_extra > 1 ? "; so are others" : "");
}

enum cli_exit cli_session_inspect(struct cli_session *session, void *window) {
    return cli_session_inspect_with(session, window, weir_inspect);
}

enum cli_exit cli_session_inspect_with(struct cli_session *session, void *window,
                                       cli_inspect *inspect) {
    struct cli_refusal refusal = {""};
    set_profile_options(session);
    session->columns.is_counting = true;
    if (inspect == weir_inspect) { /* a check takes each file by itself */
        session->profile.suffices = cli_columns_suffice;
    }
    const enum weir_status status =
        inspect(&session->dataset, &session->profile, window, WEIR_INSPECT_BYTES,
                &session->inventory, &session->error);
    session->columns.is_counting = false;
    if (status != WEIR_OK && status != WEIR_E_ARGUMENT) {
        const struct weir_error error = session->error;
        return cli_session_fail(session, &error);
    }
    if (!cli_columns_check(&session->columns, &session->dataset, window, WEIR_INSPECT_BYTES,
                           &refusal)) {
        cli_say("%s: %s", session->inputs.files[0].path, refusal.text);
        return CLI_USAGE;
    }
    if (status == WEIR_E_ARGUMENT) {
        if (session->options->exclude.count > 0) {
            cli_say("--exclude leaves no column to read; exclude fewer");
            return CLI_USAGE;
        }
        const struct weir_error error = session->error;
        return cli_session_fail(session, &error);
    }
    warn_of_extra(session);
    return CLI_OK;
}

uint64_t cli_session_library_bytes(const struct cli_session *session) {
    const uint64_t own =
        session->reserve_bytes + session->inputs.bytes + cli_page_up(session->extra_bytes);
    const uint64_t most =
        session->budget_bytes < session->share_bytes ? session->budget_bytes : session->share_bytes;
    const uint64_t whole = most & ~(uint64_t)(CLI_PAGE_BYTES - 1);
    return whole > own ? whole - own : 0;
}

enum cli_exit cli_session_fit(struct cli_session *session, enum weir_status status) {
    const uint64_t own =
        session->reserve_bytes + session->inputs.bytes + cli_page_up(session->extra_bytes);
    session->minimum_bytes = cli_page_up(session->plan.minimum_bytes) + own;
    session->planned_bytes = cli_page_up(session->plan.planned_bytes) + own;
    if (status == WEIR_OK) {
        return CLI_OK;
    }
    if (status != WEIR_E_BUDGET) {
        const struct weir_error error = session->error;
        return cli_session_fail(session, &error);
    }
    if (session->budget_bytes >= session->minimum_bytes) {
        return refuse_for_group(session);
    }
    const uint64_t hundredths = (session->minimum_bytes * 100 + ((1u << 20) - 1)) >> 20;
    cli_say("the budget of %llu bytes is too small: this input and these options need %llu bytes; "
            "run again with --mem-budget %llu.%02lluMiB",
            (unsigned long long)session->budget_bytes, (unsigned long long)session->minimum_bytes,
            (unsigned long long)(hundredths / 100), (unsigned long long)(hundredths % 100));
    return CLI_BUDGET;
}

enum cli_exit cli_session_plan(struct cli_session *session) {
    session->profile.budget_bytes = cli_session_library_bytes(session);
    const enum weir_status status =
        weir_profile_plan(&session->inventory, &session->profile, &session->plan, &session->error);
    return cli_session_fit(session, status);
}

enum cli_exit cli_session_start(struct cli_session *session) {
    struct cli_refusal refusal = {""};
    session->inputs.no_read_ahead = is_tight(session, session->planned_bytes);
    session->block_bytes =
        cli_page_up(session->plan.planned_bytes) + cli_page_up(session->extra_bytes);
    session->block = cli_memory_map(session->block_bytes, session->planned_bytes, &refusal);
    if (session->block == NULL) {
        cli_say("%s", refusal.text);
        return cli_stop != 0 ? CLI_INTERRUPTED : CLI_BUDGET;
    }
    return cli_output_open(session->output, session->options->output)
               ? CLI_OK
               : cli_session_output_failed(session);
}

enum cli_exit cli_session_seal(struct cli_session *session) {
    if (session->options->no_seal || cli_seal(session->options->output != NULL)) {
        cli_memory_faults(&session->sealed_faults);
#ifdef WEIR_CANARY
        cli_seal_canary();
#endif
        return CLI_OK;
    }
    cli_say("this kernel has no seccomp filters, so that nothing is allocated cannot be enforced; "
            "--no-seal runs without");
    return CLI_INTERNAL;
}

void cli_session_faults(const struct cli_session *session, struct cli_faults *faults_ret) {
    cli_memory_faults(faults_ret);
    faults_ret->minor -= session->sealed_faults.minor;
    faults_ret->major -= session->sealed_faults.major;
}

enum cli_exit cli_session_output_failed(const struct cli_session *session) {
    const struct cli_output *output = session->output;
    const char *why = cli_errno_text(output->error);
    if (output->is_placed) {
        cli_say("%s: is written, but may not outlast a crash of the system: %s", output->name, why);
        return CLI_OUTPUT;
    }
    if (cli_stop != 0) {
        cli_say("interrupted; %s, run again", session->options->output != NULL
                                                  ? "nothing was written"
                                                  : "what is printed is not complete");
        return CLI_INTERRUPTED;
    }
    cli_say("%s: cannot be written: %s", output->name, why);
    return CLI_OUTPUT;
}

enum cli_exit cli_session_finish(struct cli_session *session) {
    return cli_output_commit(session->output) ? CLI_OK : cli_session_output_failed(session);
}
