/* Limits: every control group above us, the machine, and the shell's ulimits. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "budget.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cgroup.h"
#include "lines.h"
#include "weir/profile.h"

static struct cli_cgroup group; /* of whom is asked at the moment */

uint64_t cli_limit_left(const struct cli_limit *limit) {
    return limit->bytes > limit->others ? limit->bytes - limit->others : 0;
}

static void name_limit(struct cli_limit *limit, const char *what, const char *where) {
    (void)snprintf(limit->name, sizeof limit->name, "%s%.120s", what, where);
}

/* The machine: total memory, or what the kernel says can still be had. */
static void machine_limit(const char *root, struct cli_limit *limit, bool available) {
    uint64_t total = 0;
    uint64_t free_now = 0;
    uint64_t swap = 0;
    memset(limit, 0, sizeof *limit);
    limit->bytes = UINT64_MAX;
    name_limit(limit, "the machine's memory", "");
    if (!cli_read_number(root, "/proc/meminfo", "MemTotal", &total)) {
        return;
    }
    limit->bytes = total * 1024;
    if (available && cli_read_number(root, "/proc/meminfo", "MemAvailable", &free_now)) {
        (void)cli_read_number(root, "/proc/meminfo", "SwapFree", &swap);
        limit->others = free_now + swap < total ? (total - free_now - swap) * 1024 : 0;
    }
}

static void take_ulimit(const struct rlimit *value, const char *name, struct cli_limit *limit) {
    if (value->rlim_cur != RLIM_INFINITY && value->rlim_cur < limit->bytes) {
        limit->bytes = value->rlim_cur;
        limit->others = 0;
        limit->is_group = false;
        name_limit(limit, name, "");
    }
}

void cli_limit_smallest(const char *root, struct cli_limit *limit) {
    struct rlimit value;
    machine_limit(root, limit, false);
    if (getrlimit(RLIMIT_AS, &value) == 0) {
        take_ulimit(&value, "the limit on address space (ulimit -v)", limit);
    }
    if (getrlimit(RLIMIT_DATA, &value) == 0) {
        take_ulimit(&value, "the limit on data (ulimit -d)", limit);
    }
    if (!cli_cgroup_own(root, "memory", &group)) {
        return;
    }
    do {
        uint64_t bytes;
        if (cli_cgroup_memory_limit(&group, &bytes) && bytes < limit->bytes) {
            limit->bytes = bytes;
            limit->is_group = true;
            name_limit(limit, "the memory limit of cgroup ", group.path);
        }
    } while (cli_cgroup_parent(&group));
}

void cli_limit_tightest(const char *root, uint64_t own_bytes, struct cli_limit *limit) {
    struct cli_limit other;
    machine_limit(root, limit, true);
    limit->others = limit->others > own_bytes ? limit->others - own_bytes : 0;
    /* ulimits count this process alone: mmap itself tells when they are in the way */
    if (!cli_cgroup_own(root, "memory", &group)) {
        return;
    }
    do {
        memset(&other, 0, sizeof other);
        if (!cli_cgroup_memory_limit(&group, &other.bytes)) {
            continue;
        }
        const uint64_t used = cli_cgroup_memory_used(&group);
        other.others = used > own_bytes ? used - own_bytes : 0;
        other.is_group = true;
        if (cli_limit_left(&other) < cli_limit_left(limit)) {
            name_limit(&other, "the memory limit of cgroup ", group.path);
            *limit = other;
        }
    } while (cli_cgroup_parent(&group));
}

uint64_t cli_budget_resolve(const struct cli_size *size, const struct cli_limit *smallest) {
    switch (size->kind) {
    case CLI_SIZE_BYTES: return size->bytes;
    case CLI_SIZE_PERCENT: {
        const double bytes = (double)smallest->bytes * (size->percent / 100);
        return bytes < 0x1p63 ? (uint64_t)bytes : (uint64_t)1 << 63; /* no limit is known */
    }
    case CLI_SIZE_AUTO: break;
    }
    const uint64_t half = smallest->bytes / 2; /* the rest is the page cache's and the others' */
    return half < CLI_AUTO_BYTES_MAX ? half : CLI_AUTO_BYTES_MAX;
}

uint32_t cli_cpu_count(const char *root) {
    cpu_set_t set;
    uint32_t count = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        count = (uint32_t)CPU_COUNT(&set);
    }
    if (cli_cgroup_own(root, "cpu", &group)) {
        do {
            double cpus;
            if (cli_cgroup_cpus(&group, &cpus) && cpus < (double)count) {
                count = cpus > 1 ? (uint32_t)cpus : 1;
            }
        } while (cli_cgroup_parent(&group));
    }
    count = count > 0 ? count : 1;
    return count < WEIR_LANES_MAX ? count : WEIR_LANES_MAX;
}
