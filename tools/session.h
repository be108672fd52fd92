/*
 * The steps that the verbs share: expand the inputs, measure the reserve, inspect, plan, map the
 * block, seal. Each says on stderr what went wrong and returns the exit code.
 */
#ifndef WEIR_CLI_SESSION_H
#define WEIR_CLI_SESSION_H

#include "budget.h"
#include "cli.h"
#include "columns.h"
#include "inputs.h"
#include "memory.h"
#include "options.h"
#include "output.h"
#include "weir/profile.h"

struct cli_session {
    const struct cli_options *options;
    struct cli_output *output;
    struct cli_inputs inputs;
    struct cli_columns columns;
    struct weir_dataset dataset;
    struct weir_profile_options profile;
    double quantiles[WEIR_QUANTILES_MAX]; /* exact ones */
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_error error;
    struct cli_limit limit; /* the tightest one, when the session began */
    uint64_t share_bytes;   /* of a control group's limit, for us; UINT64_MAX: no group limits us */
    uint32_t lanes;         /* wanted, and in a tight control group worth their while */
    uint64_t budget_bytes;
    uint64_t reserve_bytes; /* the program, its libraries and stacks */
    uint64_t extra_bytes;   /* of the verb's own, beside the library's block */
    uint64_t minimum_bytes; /* of the process */
    uint64_t planned_bytes; /* of the process */
    void *block;
    uint64_t block_bytes;
    uint64_t start_nanoseconds;
    struct cli_faults sealed_faults; /* those before the seal */
};

/* Inputs, reserve, budget. */
enum cli_exit cli_session_open(struct cli_session *session, const struct cli_options *options,
                               struct cli_output *output);

/* A window of WEIR_INSPECT_BYTES that is given back before the block is taken. */
void *cli_session_window(struct cli_session *session);
void cli_session_window_done(struct cli_session *session, void *window);

/* weir_inspect, or a verb's own. */
typedef enum weir_status cli_inspect(const struct weir_dataset *,
                                     const struct weir_profile_options *, void *, size_t,
                                     struct weir_inventory *, struct weir_error *);

/* Reads the footers; checks --columns. */
enum cli_exit cli_session_inspect(struct cli_session *session, void *window);
enum cli_exit cli_session_inspect_with(struct cli_session *session, void *window,
                                       cli_inspect *inspect);

/* Library bytes that the budget leaves, in whole pages; 0 where the reserve alone is too much. */
uint64_t cli_session_library_bytes(const struct cli_session *session);

/* Turns the library's plan into the process's; refuses with the minimum where it does not fit. */
enum cli_exit cli_session_fit(struct cli_session *session, enum weir_status status);
enum cli_exit cli_session_plan(struct cli_session *session);

/* Opens the output and maps the block. */
enum cli_exit cli_session_start(struct cli_session *session);
enum cli_exit cli_session_seal(struct cli_session *session);

/* Says the error; explains it by a changed file where that is why. */
enum cli_exit cli_session_fail(struct cli_session *session, const struct weir_error *error);

/* Says why the output is not what it should be. */
enum cli_exit cli_session_output_failed(const struct cli_session *session);

/* Commits the output: the last step of a run that went well. */
enum cli_exit cli_session_finish(struct cli_session *session);
double cli_session_seconds(const struct cli_session *session);
/* Page faults since the seal: none, unless the system has taken pages away. */
void cli_session_faults(const struct cli_session *session, struct cli_faults *faults_ret);

#endif
