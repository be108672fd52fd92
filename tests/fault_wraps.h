/* The wrapped calls themselves: the linker's --wrap leads the program here. */
#ifndef WEIR_TESTS_FAULT_WRAPS_H
#define WEIR_TESTS_FAULT_WRAPS_H

#include "fault_calls.h"

/* Runs `real` unless a fault wants something else; for calls that return 0 or -1. */
#define FAULTY(call, stream, real)                                                                 \
    const int kind = fault_at(call, stream);                                                       \
    if (kind == 0) {                                                                               \
        return real;                                                                               \
    }                                                                                              \
    if (fault_plan.hides) {                                                                        \
        return 0;                                                                                  \
    }                                                                                              \
    if (kind == KIND_DONE) {                                                                       \
        (void)real;                                                                                \
    }                                                                                              \
    errno = kind > 0 ? kind : EIO;                                                                 \
    return -1

/* The same for calls that move bytes. */
#define FAULTY_BYTES(call, stream, real, bytes)                                                    \
    const int kind = fault_at(call, stream);                                                       \
    if (kind > 0 && !fault_plan.hides) {                                                           \
        errno = kind;                                                                              \
        return -1;                                                                                 \
    }                                                                                              \
    if (kind > 0) {                                                                                \
        return (ssize_t)bytes;                                                                     \
    }                                                                                              \
    if (kind == KIND_ZERO) {                                                                       \
        return 0;                                                                                  \
    }                                                                                              \
    bytes = kind == KIND_ONE && bytes > 1    ? 1                                                   \
            : kind == KIND_HALF && bytes > 1 ? bytes / 2                                           \
                                             : bytes;                                              \
    return real

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    const enum stream stream = stream_of(path);
    const int kind = fault_at(CALL_OPEN, stream);
    if (kind != 0) {
        errno = kind > 0 ? kind : EIO;
        return -1;
    }
    const int fd = __real_open(path, flags, mode);
    if (fd >= 0 && fd < 1024) {
        stream_of_fd[fd] = (uint8_t)stream;
    }
    return fd;
}

ssize_t __wrap_read(int fd, void *to, size_t bytes);
ssize_t __wrap_read(int fd, void *to, size_t bytes) {
    FAULTY_BYTES(CALL_READ, stream_at(fd), __real_read(fd, to, bytes), bytes);
}

ssize_t __real_pread(int fd, void *to, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset) {
    FAULTY_BYTES(CALL_PREAD, stream_at(fd), __real_pread(fd, to, bytes, offset), bytes);
}

ssize_t __wrap_write(int fd, const void *from, size_t bytes);
ssize_t __wrap_write(int fd, const void *from, size_t bytes) {
    FAULTY_BYTES(CALL_WRITE, stream_at(fd), __real_write(fd, from, bytes), bytes);
}

/* Nobody pulls the plug here: what is not asked to fail costs no time. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
    FAULTY(CALL_FSYNC, stream_at(fd), 0);
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd) {
    const int kind = fault_at(CALL_CLOSE, stream_at(fd));
    const int result = __real_close(fd); /* Linux gives the number away whatever it says */
    if (kind != 0 && !fault_plan.hides) {
        errno = kind > 0 ? kind : EIO;
        return -1;
    }
    return result;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to) {
    FAULTY(CALL_RENAME, stream_of(to), __real_rename(from, to));
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path) {
    FAULTY(CALL_UNLINK, stream_of(path), __real_unlink(path));
}

/* Another file each time, or the fault. */
static inline int other_file(int kind, int result, struct stat *to) {
    static unsigned others;
    if (kind == KIND_OTHER_FILE) {
        to->st_ino += 1000 + others++;
        return result;
    }
    if (kind != 0) {
        errno = kind > 0 ? kind : EIO;
        return -1;
    }
    return result;
}

int __real_stat(const char *path, struct stat *to);
int __wrap_stat(const char *path, struct stat *to);
int __wrap_stat(const char *path, struct stat *to) {
    const int kind = fault_at(CALL_STAT, stream_of(path));
    return other_file(kind, __real_stat(path, to), to);
}

int __real_fstat(int fd, struct stat *to);
int __wrap_fstat(int fd, struct stat *to);
int __wrap_fstat(int fd, struct stat *to) {
    const int kind = fault_at(CALL_FSTAT, stream_at(fd));
    return other_file(kind, __real_fstat(fd, to), to);
}

char *__real_realpath(const char *path, char *to);
char *__wrap_realpath(const char *path, char *to);
char *__wrap_realpath(const char *path, char *to) {
    const int kind = fault_at(CALL_REALPATH, stream_of(path));
    if (kind != 0) {
        errno = kind > 0 ? kind : EIO;
        return NULL;
    }
    return __real_realpath(path, to);
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode) {
    FAULTY(CALL_FCHMOD, stream_at(fd), __real_fchmod(fd, mode));
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    const long argument = va_arg(arguments, long);
    va_end(arguments);
    FAULTY(CALL_FCNTL, stream_at(fd), __real_fcntl(fd, command, argument));
}

int __real_posix_fadvise(int fd, off_t offset, off_t bytes, int advice);
int __wrap_posix_fadvise(int fd, off_t offset, off_t bytes, int advice);
int __wrap_posix_fadvise(int fd, off_t offset, off_t bytes, int advice) {
    FAULTY(CALL_FADVISE, stream_at(fd), __real_posix_fadvise(fd, offset, bytes, advice));
}

off_t __real_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence) {
    FAULTY(CALL_LSEEK, stream_at(fd), __real_lseek(fd, offset, whence));
}

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset) {
    const int kind = fault_at(CALL_MMAP, STREAM_NONE);
    if (kind != 0) {
        errno = kind;
        return MAP_FAILED;
    }
    return __real_mmap(at, bytes, protection, flags, fd, offset);
}

int __real_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice) {
    FAULTY(CALL_MADVISE, STREAM_NONE, __real_madvise(at, bytes, advice));
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument) {
    const int kind = fault_at(CALL_THREAD, STREAM_NONE);
    return kind != 0 ? kind : __real_pthread_create(thread, attributes, function, argument);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
    long a[3];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 3; i++) {
        a[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    const bool seals = number == SYS_seccomp;
    FAULTY(seals ? CALL_SECCOMP : CALL_GETDENTS, seals ? STREAM_NONE : STREAM_INPUT,
           __real_syscall(number, a[0], a[1], a[2]));
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...) {
    long a[4];
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++) {
        a[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    FAULTY(CALL_PRCTL, STREAM_NONE, __real_prctl(option, a[0], a[1], a[2], a[3]));
}

/* Time stands still, so that reports can be compared. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *to);
int __wrap_clock_gettime(clockid_t clock, struct timespec *to) {
    if (fault_report == NULL) {
        return __real_clock_gettime(clock, to);
    }
    *to = (struct timespec){.tv_sec = 1000};
    FAULTY(CALL_CLOCK, STREAM_NONE, 0);
}

int __real_isatty(int fd);
int __wrap_isatty(int fd);
int __wrap_isatty(int fd) {
    const int kind = fault_at(CALL_TERMINAL, stream_at(fd));
    return kind != 0 ? 0 : __real_isatty(fd);
}

/* Patience costs time: a thousandth of the program's is enough here. */
bool __real_cli_again(unsigned *tries);
bool __wrap_cli_again(unsigned *tries);
bool __wrap_cli_again(unsigned *tries) {
    return *tries < 1000 && !fault_plan.impatient && __real_cli_again(tries);
}

/* What the program says of its memory depends on this test's own. */
uint64_t __wrap_cli_memory_peak_bytes(void);
uint64_t __wrap_cli_memory_peak_bytes(void) {
    return (uint64_t)3 << 20;
}

struct cli_faults;
void __wrap_cli_memory_faults(struct cli_faults *faults_ret);
void __wrap_cli_memory_faults(struct cli_faults *faults_ret) {
    memset(faults_ret, 0, 2 * sizeof(uint64_t)); /* minor and major ones */
}

uint64_t __wrap_cli_memory_reserve(uint64_t counted_bytes);
uint64_t __wrap_cli_memory_reserve(uint64_t counted_bytes) {
    (void)counted_bytes;
    return (uint64_t)2 << 20;
}

#endif
