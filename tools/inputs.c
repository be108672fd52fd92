/* From the command line's paths to a list of files. */
#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "inputs_inner.h"
#include "match.h"

enum cli_exit cli_inputs_refuse(struct cli_refusal *refusal, enum cli_exit code, const char *format,
                                ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(refusal->text, sizeof refusal->text, format, arguments);
    va_end(arguments);
    return code;
}

enum cli_exit cli_inputs_full(const struct cli_inputs *inputs, struct cli_refusal *refusal) {
    return cli_inputs_refuse(refusal, CLI_BUDGET,
                             "the list of %u paths takes %llu bytes, more than the budget holds; "
                             "raise --mem-budget or name fewer files",
                             (unsigned)inputs->count, (unsigned long long)inputs->bytes);
}

/* Address space only: pages are taken when they are written. */
static void *reserve(size_t *bytes_ret) {
    for (size_t bytes = (size_t)1 << 32; bytes >= (size_t)1 << 18; bytes >>= 1) {
        void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at != MAP_FAILED) {
            (void)madvise(at, bytes, MADV_NOHUGEPAGE); /* 2 MiB at a touch would be too much */
            *bytes_ret = bytes;
            return at;
        }
    }
    *bytes_ret = 0;
    return NULL;
}

static void give_back_tail(void *at, size_t used, size_t limit) {
    const size_t keep = (size_t)cli_page_up(used > 0 ? used : 1);
    if (keep < limit) {
        (void)munmap((char *)at + keep, limit - keep);
    }
}

bool cli_inputs_contain(const struct cli_inputs *inputs, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return false;
    }
    const uint64_t identity = cli_identity(&status);
    for (uint32_t i = 0; i < inputs->count; i++) {
        if (inputs->files[i].identity == identity) {
            return true;
        }
    }
    return false;
}

uint64_t cli_identity(const struct stat *status) {
    const uint64_t parts[] = {
        (uint64_t)status->st_dev,          (uint64_t)status->st_ino,
        (uint64_t)status->st_size,         (uint64_t)status->st_mtim.tv_sec,
        (uint64_t)status->st_mtim.tv_nsec, (uint64_t)status->st_ctim.tv_sec,
        (uint64_t)status->st_ctim.tv_nsec,
    };
    uint64_t digest = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        digest ^= parts[i]; /* the finalizer of splitmix64 */
        digest = (digest ^ (digest >> 30)) * 0xbf58476d1ce4e5b9u;
        digest = (digest ^ (digest >> 27)) * 0x94d049bb133111ebu;
        digest ^= digest >> 31;
    }
    return digest;
}

bool cli_inputs_push(struct cli_inputs *inputs, const char *base, size_t base_bytes,
                     const char *name, size_t name_bytes, const char *tail) {
    const size_t tail_bytes = strlen(tail);
    const size_t need = base_bytes + name_bytes + tail_bytes + 1;
    if (need > inputs->text_limit - inputs->text_used || inputs->count >= inputs->count_limit) {
        return false;
    }
    const uint32_t most =
        inputs->count + 1 > inputs->count_most ? inputs->count + 1 : inputs->count_most;
    const uint64_t bytes =
        cli_page_up(inputs->text_used + need) + cli_page_up((uint64_t)most * sizeof *inputs->files);
    if (bytes > inputs->bytes_limit) {
        return false;
    }
    char *to = inputs->text + inputs->text_used;
    memmove(to, base, base_bytes);
    memcpy(to + base_bytes, name, name_bytes);
    memcpy(to + base_bytes + name_bytes, tail, tail_bytes + 1);
    inputs->text_used += need;
    inputs->files[inputs->count].path = to;
    inputs->files[inputs->count].size_bytes = 0;
    inputs->files[inputs->count].identity = 0;
    inputs->count++;
    inputs->count_most = most;
    inputs->bytes = bytes;
    return true;
}

static bool comes_first(const struct cli_file *a, const struct cli_file *b) {
    return strcmp(a->path, b->path) < 0;
}

/* Heapsort: in place, no recursion, no quadratic case. */
void cli_inputs_sort(struct cli_file *files, uint32_t count) {
    for (uint32_t round = count / 2 + count; round-- > 0;) {
        uint32_t limit = count;
        uint32_t at = 0;
        if (round >= count) {
            at = round - count; /* building the heap */
        } else {
            limit = round;
            const struct cli_file top = files[0];
            files[0] = files[round];
            files[round] = top;
        }
        for (uint32_t child = 2 * at + 1; child < limit; child = 2 * at + 1) {
            if (child + 1 < limit && comes_first(&files[child], &files[child + 1])) {
                child++;
            }
            if (!comes_first(&files[at], &files[child])) {
                break;
            }
            const struct cli_file lower = files[at];
            files[at] = files[child];
            files[child] = lower;
            at = child;
        }
    }
}

static enum cli_exit add_directory(struct cli_inputs *inputs, const char *path,
                                   struct cli_refusal *refusal) {
    char base[4096];
    const size_t bytes = strlen(path);
    const uint32_t begin = inputs->count;
    if (bytes + 2 > sizeof base) {
        return cli_inputs_refuse(refusal, CLI_IO, "%.200s: the name is too long", path);
    }
    memcpy(base, path, bytes + 1);
    if (base[bytes - 1] != '/') {
        memcpy(base + bytes, "/", 2);
    }
    const enum cli_exit code =
        cli_inputs_list(inputs, base, "*.parquet", strlen("*.parquet"), false, refusal);
    if (code != CLI_OK) {
        return code;
    }
    if (inputs->count == begin) {
        return cli_inputs_refuse(refusal, CLI_USAGE,
                                 "%.300s: the directory holds no *.parquet file; for those below "
                                 "it write '%.60s**/*.parquet'",
                                 path, base);
    }
    cli_inputs_sort(inputs->files + begin, inputs->count - begin);
    return CLI_OK;
}

static enum cli_exit add_argument(struct cli_inputs *inputs, const char *path,
                                  struct cli_refusal *refusal) {
    struct stat status;
    if (*path == '\0') {
        return cli_inputs_refuse(refusal, CLI_USAGE, "an empty path; name a file");
    }
    if (strcmp(path, "-") == 0) {
        return cli_inputs_refuse(refusal, CLI_USAGE,
                                 "stdin cannot be read: Parquet keeps its index at the end; "
                                 "write the data to a file first");
    }
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            return add_directory(inputs, path, refusal);
        }
        return cli_inputs_push(inputs, path, strlen(path), "", 0, "")
                   ? CLI_OK
                   : cli_inputs_full(inputs, refusal);
    }
    const int error = errno;
    if (cli_has_meta(path, strlen(path))) {
        return cli_inputs_glob(inputs, path, refusal);
    }
    return cli_inputs_refuse(refusal, CLI_IO, "%.400s: %s", path, cli_errno_text(error));
}

enum cli_exit cli_inputs_interrupted(struct cli_refusal *refusal) {
    return cli_inputs_refuse(refusal, CLI_INTERRUPTED, "interrupted; run again");
}

/* A file of paths, one a line; empty lines and lines that begin with # are skipped. */
static enum cli_exit add_list(struct cli_inputs *inputs, const char *list,
                              struct cli_refusal *refusal) {
    static char buffer[4096];
    const bool is_stdin = strcmp(list, "-") == 0;
    unsigned tries = 0;
    int fd = 0;
    do {
        fd = is_stdin ? 0 : open(list, O_RDONLY | O_CLOEXEC);
    } while (fd < 0 && cli_again(&tries) && cli_stop == 0);
    size_t used = 0;
    bool end = false;
    enum cli_exit code = CLI_OK;
    if (fd < 0 && cli_stop != 0) {
        return cli_inputs_interrupted(refusal);
    }
    if (fd < 0) {
        return cli_inputs_refuse(refusal, CLI_IO, "@%.400s: %s", list, cli_errno_text(errno));
    }
    while (code == CLI_OK && !(end && used == 0)) {
        char *newline = memchr(buffer, '\n', used);
        if (newline == NULL && !end && used < sizeof buffer - 1) {
            const ssize_t count = read(fd, buffer + used, sizeof buffer - 1 - used);
            const int error = count < 0 ? errno : 0;
            if (count < 0 && cli_stop != 0) { /* who types the list may give up */
                code = cli_inputs_interrupted(refusal);
            } else if (count < 0 && !cli_again(&tries)) {
                code =
                    cli_inputs_refuse(refusal, CLI_IO, "@%.400s: %s", list, cli_errno_text(error));
            }
            end = count == 0;
            used += count > 0 ? (size_t)count : 0;
            continue;
        }
        if (newline == NULL && !end) {
            code = cli_inputs_refuse(refusal, CLI_USAGE, "@%.400s: a line is longer than a path",
                                     list);
            break;
        }
        const size_t bytes = newline != NULL ? (size_t)(newline - buffer) : used;
        const size_t taken = newline != NULL ? bytes + 1 : used;
        buffer[bytes] = '\0';
        if (bytes > 0 && buffer[bytes - 1] == '\r') {
            buffer[bytes - 1] = '\0';
        }
        if (buffer[0] != '\0' && buffer[0] != '#') {
            code = add_argument(inputs, buffer, refusal);
        }
        memmove(buffer, buffer + taken, used - taken);
        used -= taken;
    }
    if (!is_stdin) {
        (void)close(fd);
    }
    return code;
}

/* Every file must be one that can be read at any offset; what it is now is remembered. */
static enum cli_exit look_at_files(struct cli_inputs *inputs, struct cli_refusal *refusal) {
    for (uint32_t i = 0; i < inputs->count; i++) {
        struct cli_file *file = &inputs->files[i];
        struct stat status;
        if (cli_stop != 0) {
            return cli_inputs_interrupted(refusal);
        }
        if (stat(file->path, &status) != 0) {
            return cli_inputs_refuse(refusal, CLI_IO, "%.400s: %s", file->path,
                                     cli_errno_text(errno));
        }
        if (!S_ISREG(status.st_mode)) {
            return cli_inputs_refuse(refusal, CLI_USAGE,
                                     "%.300s: not a regular file; Parquet is read from its end, "
                                     "so write the data to a file first",
                                     file->path);
        }
        file->size_bytes = (uint64_t)status.st_size;
        file->identity = cli_identity(&status);
    }
    return CLI_OK;
}

enum cli_exit cli_inputs_expand(struct cli_inputs *inputs, const char *const *paths,
                                uint32_t paths_count, uint64_t bytes_limit,
                                struct cli_refusal *refusal) {
    size_t table_bytes = 0;
    memset(inputs, 0, sizeof *inputs);
    inputs->bytes_limit = bytes_limit;
    inputs->text = reserve(&inputs->text_limit);
    inputs->files = reserve(&table_bytes);
    if (inputs->text == NULL || inputs->files == NULL) {
        return cli_inputs_refuse(refusal, CLI_BUDGET,
                                 "no address space for the list of paths; raise ulimit -v");
    }
    inputs->count_limit = (uint32_t)(table_bytes / sizeof *inputs->files);
    enum cli_exit code = CLI_OK;
    for (uint32_t i = 0; i < paths_count && code == CLI_OK; i++) {
        code = paths[i][0] == '@' ? add_list(inputs, paths[i] + 1, refusal)
                                  : add_argument(inputs, paths[i], refusal);
    }
    if (code == CLI_OK && inputs->count == 0) {
        code = cli_inputs_refuse(refusal, CLI_USAGE, "the list names no file");
    }
    if (code == CLI_OK) {
        code = look_at_files(inputs, refusal);
    }
    const size_t table_used = (size_t)inputs->count_most * sizeof *inputs->files;
    give_back_tail(inputs->text, inputs->text_used, inputs->text_limit);
    give_back_tail(inputs->files, table_used, table_bytes);
    inputs->text_limit = (size_t)cli_page_up(inputs->text_used > 0 ? inputs->text_used : 1);
    inputs->count_limit = inputs->count_most;
    return code;
}

void cli_inputs_forget(struct cli_inputs *inputs) {
    if (inputs->text != NULL) {
        (void)munmap(inputs->text, inputs->text_limit);
    }
    if (inputs->files != NULL) {
        const uint64_t used = (uint64_t)inputs->count_most * sizeof *inputs->files;
        (void)munmap(inputs->files, (size_t)cli_page_up(used > 0 ? used : 1));
    }
    memset(inputs, 0, sizeof *inputs);
}
