/*
 * Lanes on threads: lane 0 on the main thread, the others on workers whose stacks lie in the
 * profile's block. Workers never end; the process does.
 */
#ifndef WEIR_CLI_RUNNER_H
#define WEIR_CLI_RUNNER_H

#include "cli.h"
#include "weir/profile.h"

/*
 * Creates the workers and waits until all of them sleep. CLI_BUDGET: a limit of the system stood in
 * the way; the reason has been said.
 */
enum cli_exit cli_runner_start(struct weir_profile *profile, uint32_t lanes);

/* Runs the current batch on all lanes; tick (or NULL) is called now and then meanwhile. */
void cli_runner_batch(void (*tick)(void));

#endif
