/* From an error of the library to a sentence: what is wrong, where, and what would work. */
#ifndef WEIR_CLI_MESSAGE_H
#define WEIR_CLI_MESSAGE_H

#include "cli.h"
#include "inputs.h"
#include "weir/status.h"

#define CLI_MESSAGE_BYTES 2048u

/* inputs names the files; NULL where there are none. Returns the length. */
size_t cli_message(char *to, const struct weir_error *error, const struct cli_inputs *inputs);

enum cli_exit cli_exit_of(enum weir_status status);

/* An error that a changed file explains becomes WEIR_E_CHANGED. */
void cli_message_explain(struct weir_error *error, const struct cli_inputs *inputs);

#endif
