/*
 * Calls of the system that fail on order, for a program that is linked with -Wl,--wrap.
 *
 * Every wrapped call is counted from 1 and belongs to a stream: an input file, the temporary output
 * file, its directory, and so on. A fault names a call and a kind; one that is for ever repeats at
 * every later call of the same function and stream. What happened is written to memory shared with
 * the parent process, as the program ends by _exit.
 */
#ifndef WEIR_TESTS_FAULT_CALLS_H
#define WEIR_TESTS_FAULT_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum call {
    CALL_OPEN,
    CALL_READ,
    CALL_PREAD,
    CALL_WRITE,
    CALL_FSYNC,
    CALL_CLOSE,
    CALL_RENAME,
    CALL_UNLINK,
    CALL_STAT,
    CALL_FSTAT,
    CALL_REALPATH,
    CALL_FCHMOD,
    CALL_FCNTL,
    CALL_FADVISE,
    CALL_LSEEK,
    CALL_MMAP,
    CALL_MADVISE,
    CALL_THREAD,
    CALL_SECCOMP,
    CALL_GETDENTS,
    CALL_PRCTL,
    CALL_CLOCK,
    CALL_TERMINAL,
    CALLS
};

static const char *const call_names[CALLS] = {
    "open",    "read",           "pread",    "write",    "fsync", "close",   "rename",  "unlink",
    "stat",    "fstat",          "realpath", "fchmod",   "fcntl", "fadvise", "lseek",   "mmap",
    "madvise", "pthread_create", "seccomp",  "getdents", "prctl", "clock",   "terminal"};

enum stream {
    STREAM_NONE,
    STREAM_INPUT,
    STREAM_TEMPORARY,
    STREAM_DIRECTORY, /* of the output */
    STREAM_TARGET,
    STREAM_STDOUT,
    STREAM_STDERR,
    STREAM_SYSTEM, /* /proc, /sys, /dev */
    STREAMS
};

static const char *const stream_names[STREAMS] = {"",       "input",  "temporary", "directory",
                                                  "target", "stdout", "stderr",    "system"};

/* Beside errno: what else may go wrong with a call. */
enum {
    KIND_ONE = -1,  /* one byte of those asked for */
    KIND_HALF = -2, /* half of them */
    KIND_ZERO = -3, /* none */
    KIND_OTHER_FILE = -4,
    KIND_DONE = -5,     /* carried out, and said to have failed with EIO */
    KIND_SIGNAL = -6,   /* the parent sends a signal before the call */
    KIND_TRUNCATE = -7, /* the parent changes the input before the call */
    KIND_APPEND = -8,
    KIND_REPLACE = -9,
    KIND_REWRITE = -10,
};

#define TRACE_MAX 4096u

struct fault_plan {
    uint64_t at; /* 0: no fault */
    int kind;
    enum call call; /* with threads others may come first; then the next of its like is taken */
    enum stream stream;
    bool for_ever;
    bool hides;     /* the canary: the call is left out and said to have gone well */
    bool impatient; /* the canary: nothing that was interrupted is made again */
    bool storms;    /* every other call that may be interrupted is */
};

struct fault_report {
    uint64_t calls;
    uint64_t fired;
    enum call call; /* where it fired first */
    enum stream stream;
    uint64_t cpu_nanoseconds; /* when the first signal had been delivered */
    uint8_t trace_call[TRACE_MAX];
    uint8_t trace_stream[TRACE_MAX];
};

static struct fault_plan fault_plan;
static struct fault_report *fault_report; /* shared; NULL: nothing is counted */
static int fault_control[2] = {-1, -1};   /* to the parent, from the parent */
static uint8_t stream_of_fd[1024];

ssize_t __real_write(int fd, const void *from, size_t bytes);
ssize_t __real_read(int fd, void *to, size_t bytes);
int __real_clock_gettime(clockid_t clock, struct timespec *to);

static inline enum stream stream_at(int fd) {
    return fd == 1   ? STREAM_STDOUT
           : fd == 2 ? STREAM_STDERR
                     : (enum stream)stream_of_fd[fd >= 0 && fd < 1024 ? fd : 0];
}

static inline enum stream stream_of(const char *path) {
    const char *out = strstr(path, "/out");
    if (strstr(path, "/in") != NULL && out == NULL && strncmp(path, "/proc", 5) != 0) {
        return STREAM_INPUT;
    }
    if (out == NULL) {
        return STREAM_SYSTEM;
    }
    return strstr(out, ".tmp") != NULL ? STREAM_TEMPORARY
           : out[4] == '\0'            ? STREAM_DIRECTORY
                                       : STREAM_TARGET;
}

/* The parent does what `what` says: it may do what the sealed process may not. */
static inline void ask_parent(char what) {
    char answer;
    ssize_t got;
    (void)!__real_write(fault_control[0], &what, 1);
    do {
        got = __real_read(fault_control[1], &answer, 1);
    } while (got < 0 && errno == EINTR);
    if (what == KIND_SIGNAL && fault_report->cpu_nanoseconds == 0) {
        struct timespec now;
        (void)__real_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        fault_report->cpu_nanoseconds = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
}

static inline bool may_be_interrupted(enum call call) {
    return call <= CALL_FSYNC || call == CALL_GETDENTS;
}

/* Counts the call; 0 or the kind of fault that it meets. */
static inline int fault_at(enum call call, enum stream stream) {
    struct fault_report *report = fault_report;
    if (report == NULL) {
        return 0;
    }
    const uint64_t number = __atomic_add_fetch(&report->calls, 1, __ATOMIC_RELAXED);
    if (number <= TRACE_MAX) {
        report->trace_call[number - 1] = (uint8_t)call;
        report->trace_stream[number - 1] = (uint8_t)stream;
    }
    if (fault_plan.storms && may_be_interrupted(call)) {
        static unsigned made[CALLS];
        return __atomic_add_fetch(&made[call], 1, __ATOMIC_RELAXED) % 2 != 0 ? EINTR : 0;
    }
    if (fault_plan.at == 0 || number < fault_plan.at) {
        return 0;
    }
    const bool any = fault_plan.kind == KIND_SIGNAL;
    if (!any && (call != fault_plan.call || stream != fault_plan.stream)) {
        return 0;
    }
    if (__atomic_fetch_add(&report->fired, 1, __ATOMIC_RELAXED) > 0 && !fault_plan.for_ever) {
        return 0;
    }
    report->call = call;
    report->stream = stream;
    if (fault_plan.kind <= KIND_SIGNAL) {
        const int error = errno;
        ask_parent((char)fault_plan.kind);
        errno = error;
        return 0;
    }
    return fault_plan.kind;
}

#endif
