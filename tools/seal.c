/*
 * A seccomp filter as an allow-list. Everything else is SECCOMP_RET_KILL_PROCESS: the process
 * dies with SIGSYS, which no handler can catch.
 *
 * brk, mmap, mremap, mprotect, munmap, clone, execve and socket are not on the list. Files can be
 * opened for reading only; the output file is open before the seal.
 */
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SEAL_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SEAL_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef SEAL_ARCH

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), RETURN(SECCOMP_RET_ALLOW)

/* The low word of argument 2, open's flags: both machines are little-endian. */
#define OPEN_FLAGS ((uint32_t)(offsetof(struct seccomp_data, args) + 2 * sizeof(uint64_t)))

static const struct sock_filter common[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SEAL_ARCH, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    ALLOW(__NR_pread64),
    ALLOW(__NR_futex),
    ALLOW(__NR_write),
    ALLOW(__NR_writev),
    ALLOW(__NR_read),
    ALLOW(__NR_close),
    ALLOW(__NR_fstat),
    ALLOW(__NR_newfstatat),
    ALLOW(__NR_statx),
    ALLOW(__NR_lseek),
    ALLOW(__NR_fadvise64),
    ALLOW(__NR_fsync),
    ALLOW(__NR_fcntl),
    ALLOW(__NR_exit),
    ALLOW(__NR_exit_group),
    ALLOW(__NR_clock_gettime),
    ALLOW(__NR_clock_nanosleep),
    ALLOW(__NR_nanosleep),
    ALLOW(__NR_gettimeofday),
    ALLOW(__NR_rt_sigreturn),
    ALLOW(__NR_rt_sigprocmask),
    ALLOW(__NR_setitimer), /* of the handler of stop signals */
    ALLOW(__NR_restart_syscall),
    ALLOW(__NR_sched_yield),
    ALLOW(__NR_getrusage),
    /* openat for reading */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 4),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OPEN_FLAGS),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 1, 0),
    RETURN(SECCOMP_RET_ALLOW),
    RETURN(SECCOMP_RET_KILL_PROCESS),
};

static const struct sock_filter files[] = {
#ifdef __NR_rename
    ALLOW(__NR_rename),
#endif
#ifdef __NR_renameat
    ALLOW(__NR_renameat),
#endif
    ALLOW(__NR_renameat2),
#ifdef __NR_unlink
    ALLOW(__NR_unlink),
#endif
    ALLOW(__NR_unlinkat),
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

bool cli_seal(bool replaces_files) {
    struct sock_filter program[COUNT(common) + COUNT(files) + 1];
    size_t used = 0;
    for (size_t i = 0; i < COUNT(common); i++) {
        program[used++] = common[i];
    }
    for (size_t i = 0; i < COUNT(files) && replaces_files; i++) {
        program[used++] = files[i];
    }
    program[used++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog filter = {.len = (unsigned short)used, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
}

#else

bool cli_seal(bool replaces_files) {
    (void)replaces_files;
    errno = ENOSYS;
    return false;
}

#endif

void cli_seal_canary(void) {
    const size_t bytes = (size_t)1 << 20;
    volatile char *block = malloc(bytes); /* the compiler must not see that nobody reads it */
    if (block != NULL) {
        for (size_t i = 0; i < bytes; i += 4096) {
            block[i] = 1;
        }
    }
    free((void *)(uintptr_t)block);
}
