/* Lines for stderr, from a static buffer: stdio would allocate one. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

volatile int cli_stop;
uint32_t cli_isa;

static void (*say_before)(void);

void cli_say_hook(void (*before)(void)) {
    say_before = before;
}

/* More interruptions in a row than a profiler's timer makes in a day's wait are a fault. */
#define TRIES_MAX (1u << 20)

bool cli_again(unsigned *tries) {
    return errno == EINTR && (*tries)++ < TRIES_MAX;
}

static void write_all(const char *from, size_t bytes) {
    unsigned tries = 0;
    while (bytes > 0) {
        const ssize_t written = write(2, from, bytes);
        if (written < 0 && cli_again(&tries) && (cli_stop == 0 || tries < 8)) {
            continue; /* but a terminal that sleeps must not hold a run that was told to end */
        }
        if (written <= 0) {
            return; /* nowhere left to complain */
        }
        from += written;
        bytes -= (size_t)written;
    }
}

void cli_say(const char *format, ...) {
    static char line[8192];
    va_list arguments;
    size_t used = 6;

    if (say_before != NULL) {
        say_before();
    }
    line[0] = 'w';
    line[1] = 'e';
    line[2] = 'i';
    line[3] = 'r';
    line[4] = ':';
    line[5] = ' ';
    va_start(arguments, format);
    const int count = vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    va_end(arguments);
    if (count > 0) {
        used += (size_t)count < sizeof line - used - 2 ? (size_t)count : sizeof line - used - 2;
    }
    for (size_t i = 0; i < used; i++) {
        const unsigned char byte = (unsigned char)line[i];
        if (byte < 0x20 || byte == 0x7f) {
            line[i] = '?'; /* a path or a column name must not move the cursor */
        }
    }
    line[used++] = '\n';
    write_all(line, used);
}

const char *cli_errno_text(int error) {
    switch (error) {
    case ENOENT: return "no such file or directory";
    case EACCES: return "permission denied";
    case EPERM: return "operation not permitted";
    case ENOTDIR: return "a part of the path is not a directory";
    case EISDIR: return "is a directory";
    case ELOOP: return "too many symbolic links";
    case ENAMETOOLONG: return "the name is too long";
    case EMFILE: return "too many open files in this process (ulimit -n)";
    case ENFILE: return "too many open files in the system";
    case ENOSPC: return "no space left on the device";
    case EDQUOT: return "disk quota exceeded";
    case EROFS: return "the file system is read-only";
    case EFBIG: return "the file would be too large";
    case EPIPE: return "the reader of the pipe has gone";
    case EBADF: return "it is not open";
    case EIO: return "input/output error of the device";
    case ESTALE: return "stale file handle";
    case ENODEV: return "no such device";
    case ENXIO: return "no such device or address";
    case EINVAL: return "invalid argument";
    case EAGAIN: return "resource temporarily unavailable";
    case ENOMEM: return "out of memory";
    case EOVERFLOW: return "the value is too large";
    default: return "system error";
    }
}
