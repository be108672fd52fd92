/* The sink: buffered writes, and whole-or-nothing files. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "number.h"

bool cli_output_open(struct cli_output *output, const char *path) {
    output->fd = 1;
    output->error = 0;
    output->is_file = false;
    output->is_ready = true;
    output->double_quotes = false;
    output->bytes = 0;
    output->used = 0;
    output->name = path != NULL ? path : "stdout";
    if (path == NULL) {
        return true;
    }
    struct stat status;
    const bool exists = stat(path, &status) == 0;
    output->is_ready = false;
    if (exists && S_ISDIR(status.st_mode)) {
        output->error = EISDIR;
        return false;
    }
    if (exists && !S_ISREG(status.st_mode)) { /* /dev/null, a pipe: nothing to replace */
        output->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (output->fd >= 0) {
            (void)fcntl(output->fd, F_SETFL, 0);
        }
    } else {
        if (strlen(path) >= sizeof output->target) {
            output->error = ENAMETOOLONG;
            return false;
        }
        if (!exists || realpath(path, output->target) == NULL) { /* a link stays a link */
            memcpy(output->target, path, strlen(path) + 1);
        }
        (void)snprintf(output->temporary, sizeof output->temporary, "%s.weir-%ld.tmp",
                       output->target, (long)getpid());
        (void)unlink(output->temporary); /* of a killed run that had our number */
        output->fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd >= 0 && exists) {
            (void)fchmod(output->fd, status.st_mode & 0777u);
        }
        output->is_file = output->fd >= 0;
    }
    output->error = output->fd < 0 ? errno : 0;
    output->is_ready = output->fd >= 0;
    return output->is_ready;
}

static void write_out(struct cli_output *output, const char *from, size_t bytes) {
    if (output->digest != NULL) {
        weir_hash_stream_add(output->digest, (const uint8_t *)from, bytes);
        return;
    }
    while (bytes > 0 && output->error == 0) {
        const ssize_t written = write(output->fd, from, bytes);
        if (written < 0) {
            if (errno != EINTR || cli_stop != 0) { /* a reader that sleeps must not hold us */
                output->error = errno;
            }
        } else if (written == 0) {
            output->error = EIO;
        } else {
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

/* After a rename the directory holds the new name only in memory until it is written too. */
static void sync_directory(const char *target) {
    char directory[CLI_OUTPUT_PATH_BYTES];
    memcpy(directory, target, strlen(target) + 1);
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        memcpy(directory, ".", 2);
    } else {
        slash[slash == directory ? 1 : 0] = '\0';
    }
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems refuse this; the data itself is safe */
        (void)close(fd);
    }
}

bool cli_output_commit(struct cli_output *output) {
    if (!output->is_ready) {
        return false;
    }
    (void)cli_output_flush(output);
    if (!output->is_file) {
        if (output->error == 0 && output->fd == 1 && fcntl(1, F_GETFD) < 0) {
            output->error = EBADF;
        }
        return output->error == 0;
    }
    if (output->error == 0 && fsync(output->fd) != 0) {
        output->error = errno;
    }
    if (close(output->fd) != 0 && output->error == 0) {
        output->error = errno;
    }
    output->fd = -1;
    if (output->error == 0 && rename(output->temporary, output->target) != 0) {
        output->error = errno;
    }
    if (output->error != 0) {
        (void)unlink(output->temporary);
        output->is_file = false;
        return false;
    }
    output->is_file = false;
    sync_directory(output->target);
    return true;
}

void cli_output_abandon(struct cli_output *output) {
    output->used = 0;
    if (output->is_file) {
        if (output->fd >= 0) {
            (void)close(output->fd);
            output->fd = -1;
        }
        (void)unlink(output->temporary);
        output->is_file = false;
    }
}
