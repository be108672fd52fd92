/* The control group of this process and all groups above it, version 1 and 2. */
#ifndef WEIR_CLI_CGROUP_H
#define WEIR_CLI_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_CGROUP_PATH_BYTES 4096u

/* One group of the chain; begin with cli_cgroup_own, go up with cli_cgroup_parent. */
struct cli_cgroup {
    const char *root; /* "" or the directory of a test's tree */
    bool is_v2;
    size_t mount_bytes; /* the part of `path` above which no group is visible */
    char path[CLI_CGROUP_PATH_BYTES];
};

/* controller: "memory" or "cpu". False where there is none. */
bool cli_cgroup_own(const char *root, const char *controller, struct cli_cgroup *group_ret);
bool cli_cgroup_parent(struct cli_cgroup *group);

/* The smaller of the hard limit and, in version 2, memory.high; false: none at this level. */
bool cli_cgroup_memory_limit(const struct cli_cgroup *group, uint64_t *limit_ret);
/* Memory that cannot be reclaimed (anonymous, shared) in the group and below it. */
uint64_t cli_cgroup_memory_used(const struct cli_cgroup *group);
/* CPUs' worth of time that the quota allows; false: no quota at this level. */
bool cli_cgroup_cpus(const struct cli_cgroup *group, double *cpus_ret);

#endif
