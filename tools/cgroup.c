/*
 * Format notes: /proc/self/cgroup names the group inside its hierarchy; /proc/self/mountinfo says
 * where a hierarchy is mounted, and which of its groups is at the mount's root. In a container
 * that root is often the container's own group, or the name is "/" in a namespace of its own; the
 * name of a group outside that namespace begins with "/..". A hierarchy may be mounted more than
 * once, other groups' parts of it too: of the mounts that show our group, the one that shows most
 * of those above it counts. Spaces and the like in paths are written as \040 in mountinfo.
 */
#include "cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lines.h"

#define PATH_BYTES (CLI_CGROUP_PATH_BYTES / 2)

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

/* Copies a path with its \ooo undone; false where it does not fit or is none. */
static bool copy_path(char *to, size_t to_bytes, const char *from, size_t bytes) {
    size_t used = 0;
    if (bytes == 0 || bytes >= to_bytes) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        bool is_octal = from[i] == '\\' && i + 3 < bytes;
        for (size_t k = i + 1; is_octal && k <= i + 3; k++) {
            is_octal = from[k] >= '0' && from[k] <= '7';
        }
        if (is_octal) {
            to[used++] =
                (char)((from[i + 1] - '0') * 64 + (from[i + 2] - '0') * 8 + (from[i + 3] - '0'));
            i += 3;
        } else {
            to[used++] = from[i];
        }
    }
    to[used] = '\0';
    return true;
}

struct mount {
    char point[PATH_BYTES];
    char root[PATH_BYTES]; /* the group that lies there */
};

/* Reads a line of mountinfo; true where the controller's hierarchy is mounted. */
static bool read_mount(const char *line, const char *controller, bool v2, struct mount *mount) {
    const char *dash = strstr(line, " - ");
    const char *type;
    const char *options;
    const char *group;
    const char *point;
    if (dash == NULL) {
        return false;
    }
    const size_t type_bytes = field(dash + 3, 0, &type);
    const size_t options_bytes = field(dash + 3, 2, &options);
    const size_t group_bytes = field(line, 3, &group);
    const size_t point_bytes = field(line, 4, &point);
    const bool is_v2 = type_bytes == 7 && memcmp(type, "cgroup2", 7) == 0;
    const bool is_v1 = type_bytes == 6 && memcmp(type, "cgroup", 6) == 0;
    if (v2 ? !is_v2 : !is_v1 || options == NULL || !has_word(options, options_bytes, controller)) {
        return false;
    }
    return copy_path(mount->root, sizeof mount->root, group, group_bytes) &&
           copy_path(mount->point, sizeof mount->point, point, point_bytes);
}

/* Where `name` goes on below a mount's root; NULL where the mount does not show it. */
static const char *name_below(const char *name, const char *mount_root) {
    const size_t bytes = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
    if (strncmp(name, mount_root, bytes) != 0 || (name[bytes] != '/' && name[bytes] != '\0')) {
        return NULL;
    }
    return name + bytes;
}

static bool find_mount(const char *root, const char *controller, bool v2, const char *name,
                       struct mount *best) {
    static struct mount mount;
    bool found = false;
    bool shows = false;
    if (!cli_lines_open(&lines, root, "/proc/self/mountinfo")) {
        return false;
    }
    for (char *line = cli_lines_next(&lines); line != NULL; line = cli_lines_next(&lines)) {
        if (!read_mount(line, controller, v2, &mount)) {
            continue;
        }
        const bool better = name_below(name, mount.root) != NULL &&
                            (!shows || strlen(mount.root) < strlen(best->root));
        if (!found || better) {
            *best = mount;
            found = true;
            shows = shows || better;
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
    static char name[PATH_BYTES];
    static struct mount mount;
    if (!group_name(root, controller, v2, name, sizeof name) ||
        !find_mount(root, controller, v2, name, &mount)) {
        return false;
    }
    /* A name that means nothing below the mount's root is tried all the same: of an own namespace.
     * One that leaves it by "/.." is nowhere: the root is the nearest group that can be seen. */
    const char *below = name_below(name, mount.root);
    below = below != NULL ? below : name;
    group->root = root;
    group->is_v2 = v2;
    group->mount_bytes = strlen(mount.point);
    const bool leaves = strncmp(below, "/..", 3) == 0 && (below[3] == '/' || below[3] == '\0');
    const bool is_root = leaves || strcmp(below, "/") == 0;
    const size_t below_bytes = is_root ? 0 : strlen(below);
    memcpy(group->path, mount.point, group->mount_bytes);
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

/* Version 1 writes a huge number for no limit, version 2 the word max. */
static void take_limit(const struct cli_cgroup *group, const char *file, uint64_t *limit) {
    uint64_t bytes = 0;
    if (group_number(group, file, NULL, &bytes) && bytes < (uint64_t)1 << 60 && bytes < *limit) {
        *limit = bytes;
    }
}

bool cli_cgroup_memory_limit(const struct cli_cgroup *group, uint64_t *limit_ret) {
    *limit_ret = UINT64_MAX;
    take_limit(group, group->is_v2 ? "memory.max" : "memory.limit_in_bytes", limit_ret);
    if (group->is_v2) {
        take_limit(group, "memory.high", limit_ret); /* beyond it the kernel lets nobody get on */
    }
    return *limit_ret != UINT64_MAX;
}

uint64_t cli_cgroup_memory_used(const struct cli_cgroup *group) {
    uint64_t anonymous = 0;
    uint64_t shared = 0;
    (void)group_number(group, "memory.stat", group->is_v2 ? "anon" : "total_rss", &anonymous);
    (void)group_number(group, "memory.stat", group->is_v2 ? "shmem" : "total_shmem", &shared);
    return anonymous + shared;
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
