/* The sink: buffered writes, and whole-or-nothing files. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "number.h"

/* open, made again while it is interrupted, but not after a stop signal. */
static int open_again(const char *path, int flags) {
    unsigned tries = 0;
    int fd;
    do {
        fd = open(path, flags, 0666);
    } while (fd < 0 && cli_again(&tries) && cli_stop == 0);
    return fd;
}

/* The temporary file beside the target. `before`: what the target is, or NULL. */
static void open_temporary(struct cli_output *output, const char *path, const struct stat *before) {
    if (strlen(path) >= sizeof output->target) {
        output->error = ENAMETOOLONG;
        return;
    }
    if (before == NULL) {
        memcpy(output->target, path, strlen(path) + 1);
    } else if (realpath(path, output->target) == NULL) { /* a link stays a link */
        output->error = errno;
        return;
    }
    (void)snprintf(output->temporary, sizeof output->temporary, "%s.weir-%ld.tmp", output->target,
                   (long)getpid());
    (void)unlink(output->temporary); /* of a killed run that had our number */
    output->fd = open_again(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    output->error = output->fd < 0 ? errno : 0;
    output->is_file = output->fd >= 0;
    /* Who may not read the report that is there may not read the next one. */
    if (output->is_file && before != NULL && fchmod(output->fd, before->st_mode & 0777u) != 0) {
        output->error = errno;
        cli_output_abandon(output);
    }
}

bool cli_output_open(struct cli_output *output, const char *path) {
    output->fd = 1;
    output->error = 0;
    output->is_file = false;
    output->is_ready = true;
    output->is_placed = false;
    output->double_quotes = false;
    output->bytes = 0;
    output->used = 0;
    output->name = path != NULL ? path : "stdout";
    if (path == NULL) {
        return true;
    }
    struct stat status;
    const bool exists = stat(path, &status) == 0;
    output->fd = -1;
    output->is_ready = false;
    if (!exists && errno != ENOENT) { /* what is there unseen must not be replaced */
        output->error = errno;
    } else if (exists && S_ISDIR(status.st_mode)) {
        output->error = EISDIR;
    } else if (exists && !S_ISREG(status.st_mode)) { /* /dev/null, a pipe: nothing to replace */
        output->fd = open_again(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        output->error = output->fd < 0 || fcntl(output->fd, F_SETFL, 0) != 0 ? errno : 0;
    } else {
        open_temporary(output, path, exists ? &status : NULL);
    }
    output->is_ready = output->error == 0;
    return output->is_ready;
}

/* Whoever shares the pipe may have made it one that does not wait: then we do. The seal has no
 * poll. */
static bool wait_for_reader(int error) {
    static const struct timespec pause = {.tv_nsec = 2000000};
    if (error != EAGAIN || cli_stop != 0) {
        return false;
    }
    (void)nanosleep(&pause, NULL);
    return true;
}

static void write_out(struct cli_output *output, const char *from, size_t bytes) {
    unsigned tries = 0;
    if (output->digest != NULL) {
        weir_hash_stream_add(output->digest, (const uint8_t *)from, bytes);
        return;
    }
    while (bytes > 0 && output->error == 0) {
        const ssize_t written = write(output->fd, from, bytes);
        if (written < 0) {
            const int error = errno;
            if (!wait_for_reader(error) &&
                (!cli_again(&tries) || cli_stop != 0)) { /* a reader that sleeps must not hold us */
                output->error = error;
            }
        } else if (written == 0) {
            output->error = EIO;
        } else {
            tries = 0;
            from += written;
            bytes -= (size_t)written;
        }
    }
}

bool cli_output_flush(struct cli_output *output) {
    const size_t used = output->used;
    output->used = 0;
    write_out(output, output->buffer, used);
    return output->error == 0;
}

bool cli_output_take_back(struct cli_output *output, uint64_t mark) {
    const uint64_t bytes = output->bytes - mark;
    if (bytes > output->used) {
        return false;
    }
    output->used -= (size_t)bytes;
    output->bytes = mark;
    return true;
}

static void put_plain(struct cli_output *output, const void *from, size_t bytes) {
    output->bytes += bytes;
    if (bytes > sizeof output->buffer - output->used) {
        (void)cli_output_flush(output);
        if (bytes > sizeof output->buffer) {
            write_out(output, from, bytes);
            return;
        }
    }
    memcpy(output->buffer + output->used, from, bytes);
    output->used += bytes;
}

void cli_put_bytes(struct cli_output *output, const void *from, size_t bytes) {
    const char *at = from;
    while (output->double_quotes && bytes > 0) {
        const char *quote = memchr(at, '"', bytes);
        if (quote == NULL) {
            break;
        }
        const size_t count = (size_t)(quote - at) + 1;
        put_plain(output, at, count);
        put_plain(output, "\"", 1);
        at += count;
        bytes -= count;
    }
    put_plain(output, at, bytes);
}

void cli_put(struct cli_output *output, const char *text) {
    cli_put_bytes(output, text, strlen(text));
}

void cli_put_char(struct cli_output *output, char byte) {
    cli_put_bytes(output, &byte, 1);
}

void cli_put_repeat(struct cli_output *output, char byte, size_t count) {
    for (size_t i = 0; i < count; i++) {
        cli_put_bytes(output, &byte, 1);
    }
}

void cli_put_u64(struct cli_output *output, uint64_t value) {
    char text[CLI_NUMBER_BYTES];
    cli_put_bytes(output, text, cli_format_u64(text, value));
}

/* 0 or errno. */
static int sync_file(int fd, bool until_stop) {
    unsigned tries = 0;
    while (fsync(fd) != 0) {
        const int error = errno;
        if (!cli_again(&tries) || (until_stop && cli_stop != 0)) {
            return error;
        }
    }
    return 0;
}

/* After a rename the directory holds the new name only in memory until it is written too. 0 or
 * errno; a stop signal comes too late here. */
static int sync_directory(const char *target) {
    char directory[CLI_OUTPUT_PATH_BYTES];
    memcpy(directory, target, strlen(target) + 1);
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        memcpy(directory, ".", 2);
    } else {
        slash[slash == directory ? 1 : 0] = '\0';
    }
    unsigned tries = 0;
    int fd;
    do {
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (fd < 0 && cli_again(&tries));
    if (fd < 0) { /* a directory may be writable and yet not readable */
        return errno == EACCES || errno == EPERM ? 0 : errno;
    }
    const int error = sync_file(fd, false);
    (void)close(fd);
    return error == EINVAL || error == ENOTSUP ? 0 : error; /* file systems that have no such */
}

/* After close even EINTR has given the number away; what fsync has seen is safe then. */
static void close_file(struct cli_output *output) {
    if (close(output->fd) != 0 && errno != EINTR && output->error == 0) {
        output->error = errno;
    }
    output->fd = -1;
}

static void remove_temporary(const struct cli_output *output) {
    unsigned tries = 0;
    while (unlink(output->temporary) != 0 && cli_again(&tries)) {
    }
}

bool cli_output_commit(struct cli_output *output) {
    if (!output->is_ready) {
        return false;
    }
    (void)cli_output_flush(output);
    output->is_ready = false;
    if (!output->is_file) {
        close_file(output); /* a network file system may tell only now that it has no room */
        return output->error == 0;
    }
    if (output->error == 0) {
        output->error = sync_file(output->fd, true);
    }
    close_file(output);
    if (output->error == 0 && rename(output->temporary, output->target) != 0) {
        output->error = errno;
    }
    output->is_file = false;
    output->is_placed = output->error == 0;
    if (output->is_placed) {
        output->error = sync_directory(output->target);
    } else {
        remove_temporary(output);
    }
    return output->error == 0;
}

void cli_output_abandon(struct cli_output *output) {
    output->used = 0;
    if (output->is_file) {
        if (output->fd >= 0) {
            (void)close(output->fd);
            output->fd = -1;
        }
        remove_temporary(output);
        output->is_file = false;
    }
}
