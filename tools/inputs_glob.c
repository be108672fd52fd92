/*
 * Directories and patterns.
 *
 * A pattern is worked off one component at a time: the entries found so far are the bases of the
 * next component. The list itself is the queue, so nothing recurses; what was only a base is
 * dropped at the end. `**` stands for any number of directories.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inputs_inner.h"
#include "match.h"

struct entry { /* linux_dirent64, without its flexible name */
    uint64_t inode;
    int64_t offset;
    uint16_t bytes;
    uint8_t type;
};
#define ENTRY_NAME 19u /* the name follows without padding */

static char directory_buffer[16384];

static bool is_directory(int fd, const char *name, uint8_t type, bool follow) {
    struct stat status;
    if (type == DT_DIR) {
        return true;
    }
    if (type != DT_UNKNOWN && !(type == DT_LNK && follow)) {
        return false;
    }
    return fstatat(fd, name, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

static bool wanted(int fd, const char *name, uint8_t type, const char *pattern,
                   size_t pattern_bytes, bool slash) {
    const bool any_depth = pattern_bytes == 2 && memcmp(pattern, "**", 2) == 0;
    if (name[0] == '.' &&
        (pattern[0] != '.' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)) {
        return false;
    }
    if (!cli_match(pattern, pattern_bytes, name, strlen(name))) {
        return false;
    }
    /* ** does not follow links: they could lead back up */
    return slash == is_directory(fd, name, type, !any_depth);
}

enum cli_exit cli_inputs_list(struct cli_inputs *inputs, const char *directory, const char *pattern,
                              size_t pattern_bytes, bool slash, struct cli_refusal *refusal) {
    unsigned tries = 0;
    int fd;
    do {
        fd = open(*directory != '\0' ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (fd < 0 && cli_again(&tries) && cli_stop == 0);
    if (fd < 0) {
        return cli_inputs_refuse(refusal, CLI_IO, "%.400s: %s", directory, cli_errno_text(errno));
    }
    enum cli_exit code = CLI_OK;
    const size_t base_bytes = strlen(directory);
    while (code == CLI_OK) {
        const long count = syscall(SYS_getdents64, fd, directory_buffer, sizeof directory_buffer);
        if (cli_stop != 0) {
            code = cli_inputs_interrupted(refusal);
        } else if (count < 0 && cli_again(&tries)) {
            continue;
        } else if (count < 0) {
            code =
                cli_inputs_refuse(refusal, CLI_IO, "%.400s: %s", directory, cli_errno_text(errno));
        }
        if (count <= 0) {
            break;
        }
        for (size_t at = 0; at < (size_t)count && code == CLI_OK;) {
            struct entry entry;
            memcpy(&entry, directory_buffer + at, ENTRY_NAME);
            const char *name = directory_buffer + at + ENTRY_NAME;
            if (wanted(fd, name, entry.type, pattern, pattern_bytes, slash) &&
                !cli_inputs_push(inputs, directory, base_bytes, name, strlen(name),
                                 slash ? "/" : "")) {
                code = cli_inputs_full(inputs, refusal);
            }
            at += entry.bytes;
        }
    }
    (void)close(fd);
    return code;
}

/* Directories that cannot be entered end a branch of a pattern, not the run. */
static enum cli_exit list_branch(struct cli_inputs *inputs, const char *directory,
                                 const char *pattern, size_t pattern_bytes, bool slash,
                                 struct cli_refusal *refusal) {
    const enum cli_exit code =
        cli_inputs_list(inputs, directory, pattern, pattern_bytes, slash, refusal);
    return code == CLI_IO ? CLI_OK : code;
}

/* A component without pattern characters: bases that have it. */
static enum cli_exit push_literal(struct cli_inputs *inputs, const char *base, const char *name,
                                  size_t name_bytes, bool slash, struct cli_refusal *refusal) {
    struct stat status;
    if (!cli_inputs_push(inputs, base, strlen(base), name, name_bytes, slash ? "/" : "")) {
        return cli_inputs_full(inputs, refusal);
    }
    if (stat(inputs->files[inputs->count - 1].path, &status) != 0 ||
        (!slash && S_ISDIR(status.st_mode))) {
        inputs->count--;
        inputs->text_used -= strlen(base) + name_bytes + (slash ? 2u : 1u);
    }
    return CLI_OK;
}

/* Replaces the bases from `begin` on by what one component makes of them. */
static enum cli_exit expand_component(struct cli_inputs *inputs, uint32_t begin,
                                      const char *component, size_t bytes, bool more,
                                      struct cli_refusal *refusal) {
    enum cli_exit code = CLI_OK;
    if (more && bytes == 2 && memcmp(component, "**", 2) == 0) {
        for (uint32_t i = begin; i < inputs->count && code == CLI_OK; i++) {
            code = list_branch(inputs, inputs->files[i].path, component, bytes, true, refusal);
        }
        return code; /* the bases stay: ** may stand for nothing */
    }
    const uint32_t end = inputs->count;
    const bool pattern = cli_has_meta(component, bytes);
    for (uint32_t i = begin; i < end && code == CLI_OK; i++) {
        const char *base = inputs->files[i].path;
        code = pattern ? list_branch(inputs, base, component, bytes, more, refusal)
                       : push_literal(inputs, base, component, bytes, more, refusal);
    }
    const uint32_t found = inputs->count - end;
    memmove(inputs->files + begin, inputs->files + end, found * sizeof *inputs->files);
    inputs->count = begin + found;
    return code;
}

enum cli_exit cli_inputs_glob(struct cli_inputs *inputs, const char *pattern,
                              struct cli_refusal *refusal) {
    const uint32_t begin = inputs->count;
    const char *rest = pattern;
    for (const char *at = pattern; *at != '\0' && !cli_has_meta(at, 1); at++) {
        if (*at == '/') {
            rest = at + 1; /* everything up to here is plain */
        }
    }
    enum cli_exit code = CLI_OK;
    if (!cli_inputs_push(inputs, pattern, (size_t)(rest - pattern), "", 0, "")) {
        code = cli_inputs_full(inputs, refusal);
    }
    while (code == CLI_OK && *rest != '\0') {
        const char *slash = strchr(rest, '/');
        const size_t bytes = slash != NULL ? (size_t)(slash - rest) : strlen(rest);
        const char *next = slash != NULL ? slash + strspn(slash, "/") : rest + bytes;
        code = expand_component(inputs, begin, rest, bytes, *next != '\0', refusal);
        rest = next;
    }
    if (code == CLI_OK && inputs->count == begin) {
        code = cli_inputs_refuse(refusal, CLI_USAGE,
                                 "%.400s: no file matches; check the pattern, quote it so that "
                                 "the shell leaves it alone",
                                 pattern);
    }
    if (code == CLI_OK) {
        cli_inputs_sort(inputs->files + begin, inputs->count - begin);
    }
    return code;
}
