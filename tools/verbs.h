/* One function a verb. */
#ifndef WEIR_CLI_VERBS_H
#define WEIR_CLI_VERBS_H

#include "cli.h"
#include "options.h"
#include "output.h"

enum cli_exit cli_verb_profile(const struct cli_options *options, struct cli_output *output);
enum cli_exit cli_verb_plan(const struct cli_options *options, struct cli_output *output);
enum cli_exit cli_verb_schema(const struct cli_options *options, struct cli_output *output);
enum cli_exit cli_verb_cat(const struct cli_options *options, struct cli_output *output);
enum cli_exit cli_verb_check(const struct cli_options *options, struct cli_output *output);
enum cli_exit cli_verb_leakcheck(const struct cli_options *options, struct cli_output *output);

/* --help for a verb, or for the program with CLI_VERB_NONE. */
void cli_help(enum cli_verb verb, struct cli_output *output);
void cli_man(struct cli_output *output);

#endif
