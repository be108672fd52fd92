/*
 * Format notes: /proc/self/cgroup names the group inside its hierarchy; /proc/self/mountinfo says
 * where a hierarchy is mounted, and which of its groups is at the mount's root. In a container
 * that root is often the container's own group, or the name is "/" in a namespace of its own.
 */
#include "cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lines.h"

static struct cli_lines lines; /* one file at a time is open */

/* The comma-separated list holds the word. */
static bool has_word(const char *list, size_t bytes, const char *word) {
    const size_t word_bytes = strlen(word);
    for (size_t at = 0; at < bytes;) {
        const char *comma = memchr(list + at, ',', bytes - at);
        const size_t end = comma != NULL ? (size_t)(comma - list) : bytes;
        if (end - at == word_bytes && memcmp(list + at, word, word_bytes) == 0) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* The group's name in the hierarchy of version 1 that holds the controller, or of version 2. */
static bool group_name(const char *root, const char *controller, bool v2, char *to, size_t bytes) {
    bool found = false;
    if (!cli_lines_open(&lines, root, "/proc/self/cgroup")) {
        return false;
    }
    for (char *line = cli_lines_next(&lines); line != NULL && !found;
         line = cli_lines_next(&lines)) {
        char *first = strchr(line, ':');
        char *second = first != NULL ? strchr(first + 1, ':') : NULL;
        if (second == NULL) {
            continue;
        }
        const size_t list_bytes = (size_t)(second - first - 1);
        const bool match = v2 ? list_bytes == 0 : has_word(first + 1, list_bytes, controller);
        if (match && strlen(second + 1) < bytes) {
            memcpy(to, second + 1, strlen(second + 1) + 1);
            found = true;
        }
    }
    cli_lines_close(&lines);
    return found;
}

/* Field `index` of a line of mountinfo, NUL-terminated in place by the caller's copy. */
static size_t field(const char *line, size_t index, const char **at_ret) {
    const char *at = line;
    for (size_t i = 0; i < index && at != NULL; i++) {
        at = strchr(at, ' ');
        at = at != NULL ? at + 1 : NULL;
    }
    *at_ret = at;
    return at != NULL ? strcspn(at, " ") : 0;
}

static bool find_mount(const char *root, const char *controller, bool v2, char *mount,
                       char *mount_root, size_t bytes) {
    bool found = false;
    if (!cli_lines_open(&lines, root, "/proc/self/mountinfo")) {
        return false;
    }
    for (char *line = cli_lines_next(&lines); line != NULL && !found;
         line = cli_lines_next(&lines)) {
        const char *dash = strstr(line, " - ");
        const char *type;
        const char *options;
        const char *group;
        const char *point;
        if (dash == NULL) {
            continue;
        }
        const size_t type_bytes = field(dash + 3, 0, &type);
        const size_t options_bytes = field(dash + 3, 2, &options);
        const size_t group_bytes = field(line, 3, &group);
        const size_t point_bytes = field(line, 4, &point);
        const bool is_v2 = type_bytes == 7 && memcmp(type, "cgroup2", 7) == 0;
        const bool is_v1 = type_bytes == 6 && memcmp(type, "cgroup", 6) == 0;
        if (group_bytes == 0 || point_bytes == 0 || group_bytes >= bytes || point_bytes >= bytes) {
            continue;
        }
        if (v2 ? is_v2 : is_v1 && options != NULL && has_word(options, options_bytes, controller)) {
            memcpy(mount, point, point_bytes);
            mount[point_bytes] = '\0';
            memcpy(mount_root, group, group_bytes);
            mount_root[group_bytes] = '\0';
            found = true;
        }
    }
    cli_lines_close(&lines);
    return found;
}

static bool exists(const char *root, const char *path) {
    struct stat status;
    static char whole[CLI_CGROUP_PATH_BYTES];
    const int count = snprintf(whole, sizeof whole, "%s%s", root, path);
    return count > 0 && (size_t)count < sizeof whole && stat(whole, &status) == 0;
}

static bool locate(const char *root, const char *controller, bool v2, struct cli_cgroup *group) {
    static char name[CLI_CGROUP_PATH_BYTES / 2];
    static char mount[CLI_CGROUP_PATH_BYTES / 2];
    static char mount_root[CLI_CGROUP_PATH_BYTES / 2];
    if (!group_name(root, controller, v2, name, sizeof name) ||
        !find_mount(root, controller, v2, mount, mount_root, sizeof mount)) {
        return false;
    }
    const char *below = name;
    const size_t root_bytes = strlen(mount_root);
    if (strcmp(mount_root, "/") != 0 && strncmp(name, mount_root, root_bytes) == 0 &&
        (name[root_bytes] == '/' || name[root_bytes] == '\0')) {
        below = name + root_bytes;
    }
    group->root = root;
    group->is_v2 = v2;
    group->mount_bytes = strlen(mount);
    const size_t below_bytes = strcmp(below, "/") == 0 ? 0 : strlen(below);
    memcpy(group->path, mount, group->mount_bytes);
    memcpy(group->path + group->mount_bytes, below, below_bytes);
    group->path[group->mount_bytes + below_bytes] = '\0';
    while (!exists(root, group->path)) { /* the name belongs to another namespace */
        if (!cli_cgroup_parent(group)) {
            return exists(root, group->path);
        }
    }
    return true;
}

bool cli_cgroup_own(const char *root, const char *controller, struct cli_cgroup *group_ret) {
    return locate(root, controller, false, group_ret) || locate(root, controller, true, group_ret);
}

bool cli_cgroup_parent(struct cli_cgroup *group) {
    const size_t bytes = strlen(group->path);
    if (bytes <= group->mount_bytes) {
        return false;
    }
    char *slash = strrchr(group->path, '/');
    const size_t keep = slash != NULL ? (size_t)(slash - group->path) : 0;
    group->path[keep > group->mount_bytes ? keep : group->mount_bytes] = '\0';
    return true;
}

static bool group_number(const struct cli_cgroup *group, const char *file, const char *key,
                         uint64_t *value_ret) {
    static char path[CLI_CGROUP_PATH_BYTES];
    const int count = snprintf(path, sizeof path, "%s/%s", group->path, file);
    return count > 0 && (size_t)count < sizeof path &&
           cli_read_number(group->root, path, key, value_ret);
}

bool cli_cgroup_memory_limit(const struct cli_cgroup *group, uint64_t *limit_ret) {
    const char *file = group->is_v2 ? "memory.max" : "memory.limit_in_bytes";
    /* version 1 writes a huge number for none, version 2 the word max */
    return group_number(group, file, NULL, limit_ret) && *limit_ret < (uint64_t)1 << 60;
}

uint64_t cli_cgroup_memory_used(const struct cli_cgroup *group) {
    uint64_t bytes = 0;
    return group_number(group, "memory.stat", group->is_v2 ? "anon" : "total_rss", &bytes) ? bytes
                                                                                           : 0;
}

bool cli_cgroup_cpus(const struct cli_cgroup *group, double *cpus_ret) {
    uint64_t quota = 0;
    uint64_t period = 0;
    if (!group->is_v2) {
        if (!group_number(group, "cpu.cfs_quota_us", NULL, &quota) ||
            !group_number(group, "cpu.cfs_period_us", NULL, &period) || period == 0) {
            return false; /* -1, no quota, is no number either */
        }
        *cpus_ret = (double)quota / (double)period;
        return true;
    }
    static char path[CLI_CGROUP_PATH_BYTES];
    const int count = snprintf(path, sizeof path, "%s/cpu.max", group->path);
    if (count <= 0 || (size_t)count >= sizeof path || !cli_lines_open(&lines, group->root, path)) {
        return false;
    }
    char *line = cli_lines_next(&lines); /* "max 100000" or "150000 100000" */
    char *end = line;
    const double allowed = line != NULL && *line >= '0' && *line <= '9' ? strtod(line, &end) : 0;
    const double every = line != NULL && allowed > 0 ? strtod(end, NULL) : 0;
    cli_lines_close(&lines);
    if (allowed <= 0 || every <= 0) {
        return false;
    }
    *cpus_ret = allowed / every;
    return true;
}
