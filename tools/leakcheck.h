/* What weir leakcheck has measured, and how it is printed. */
#ifndef WEIR_CLI_LEAKCHECK_H
#define WEIR_CLI_LEAKCHECK_H

#include "memory.h"
#include "output.h"
#include "session.h"

#define CLI_LEAK_SETTLED 2u /* the run that later ones are compared with */

struct cli_leak_run {
    uint64_t number; /* from 1 */
    double seconds;
    struct cli_holding holding; /* after it */
    struct cli_faults faults;   /* in it */
    uint64_t result;            /* hash of what it has found */
};

/* Between the settled run and the last. */
struct cli_leak_growth {
    bool grows;
    uint64_t resident_bytes; /* above all that was seen until the run had settled */
    uint64_t mapped_bytes;
    uint32_t descriptors;
    struct cli_faults faults; /* since the seal */
};

void cli_leak_begin_json(struct cli_output *output, uint64_t runs);
void cli_leak_put_row(struct cli_output *output, const struct cli_leak_run *run,
                      const struct cli_leak_run *settled, bool json, bool first);
/* error: the sentence of a run that broke off, or NULL. */
void cli_leak_end_json(struct cli_output *output, const struct cli_session *session,
                       const struct cli_leak_growth *growth, bool same_results, const char *error,
                       enum cli_exit code);

/* The verdict after that run. */
void cli_leak_describe(char *text, size_t bytes, const struct cli_leak_growth *growth, uint64_t run,
                       bool sealed);

#endif
