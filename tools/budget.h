/* What the system allows: memory limits and CPUs, and the budget that follows. */
#ifndef WEIR_CLI_BUDGET_H
#define WEIR_CLI_BUDGET_H

#include "cli.h"
#include "options.h"

#define CLI_AUTO_BYTES_MAX ((uint64_t)1 << 30) /* more than this buys nothing */

struct cli_limit {
    uint64_t bytes;  /* of the limit */
    uint64_t others; /* taken by other processes under it */
    bool is_group;   /* of a control group: reads in flight and the kernel's tables count, too */
    char name[192];  /* for a sentence: "the memory limit of cgroup /x" */
};

/* The smallest limit of all; root is "" but in tests. */
void cli_limit_smallest(const char *root, struct cli_limit *limit_ret);

/* The limit under which fewest bytes are left; own_bytes is what this process has already. */
void cli_limit_tightest(const char *root, uint64_t own_bytes, struct cli_limit *limit_ret);

/* Bytes that are left under it. */
uint64_t cli_limit_left(const struct cli_limit *limit);

/* The budget in bytes. */
uint64_t cli_budget_resolve(const struct cli_size *size, const struct cli_limit *smallest);

/* CPUs that this process may use: affinity and cgroup quota; at least 1. */
uint32_t cli_cpu_count(const char *root);

#endif
