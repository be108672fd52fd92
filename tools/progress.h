/* One line on stderr that says how far the run is; only on a terminal. */
#ifndef WEIR_CLI_PROGRESS_H
#define WEIR_CLI_PROGRESS_H

#include "weir/profile.h"

/* Before the seal: asks whether stderr is a terminal, and starts the clock. */
void cli_progress_start(const struct weir_profile *profile, uint64_t budget_bytes);
/* Redraws the line when it is time; main thread only. */
void cli_progress_tick(void);
/* Takes the line away. */
void cli_progress_clear(void);

#endif
