/* The seal, in child processes: what is allowed goes on, what is not is fatal on every thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tools/seal.h"

/* Runs the function sealed in a child; returns its wait status. */
static int run_sealed(void (*function)(void), bool files) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!cli_seal(files)) {
            _exit(99);
        }
        function();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_killed(void (*function)(void)) {
    const int status = run_sealed(function, false);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void assert_survives(void (*function)(void), bool files) {
    const int status = run_sealed(function, files);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void call_mmap(void) {
    void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    _exit(at == MAP_FAILED ? 1 : 2);
}

static void call_brk(void) {
    void *at = sbrk(1 << 20);
    _exit(at == NULL ? 1 : 2);
}

static void call_fork(void) {
    const pid_t child = fork();
    _exit(child == 0 ? 0 : 2);
}

static void call_exec(void) {
    (void)execl("/bin/true", "true", (char *)NULL);
    _exit(2);
}

static void call_socket(void) {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    _exit(fd < 0 ? 1 : 2);
}

static void open_for_writing(void) {
    const int fd = open("/dev/null", O_WRONLY);
    _exit(fd < 0 ? 1 : 2);
}

static void create_file(void) {
    const int fd = open("/tmp/weir-seal-test", O_RDONLY | O_CREAT, 0600);
    _exit(fd < 0 ? 1 : 2);
}

static void call_unlink(void) {
    (void)unlink("/nonexistent");
}

static void what_takes_memory_or_power_is_fatal(void **unused) {
    (void)unused;
    assert_killed(cli_seal_canary);
    assert_killed(call_mmap);
    assert_killed(call_brk);
    assert_killed(call_fork);
    assert_killed(call_exec);
    assert_killed(call_socket);
    assert_killed(open_for_writing);
    assert_killed(create_file);
    assert_killed(call_unlink);
}

static void read_something(void) {
    char bytes[16];
    struct timespec now;
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, bytes, sizeof bytes) <= 0 || lseek(fd, 0, SEEK_SET) != 0 ||
        pread(fd, bytes, sizeof bytes, 1) <= 0 || close(fd) != 0) {
        _exit(1);
    }
    (void)posix_fadvise(0, 0, 0, POSIX_FADV_DONTNEED);
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0 || write(2, "", 0) != 0) {
        _exit(2);
    }
}

static void reading_and_writing_go_on(void **unused) {
    (void)unused;
    assert_survives(read_something, false);
    assert_survives(call_unlink, true);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int phase; /* 1: the thread runs, 2: it may go on, 3: it has waited */

static void *wait_then_map(void *argument) {
    (void)pthread_mutex_lock(&mutex);
    phase = 1;
    (void)pthread_cond_broadcast(&changed);
    while (phase != 2) {
        (void)pthread_cond_wait(&changed, &mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
    if (argument != NULL) {
        call_mmap();
    }
    (void)pthread_mutex_lock(&mutex);
    phase = 3;
    (void)pthread_cond_broadcast(&changed);
    while (phase == 3) { /* threads of weir never end either */
        (void)pthread_cond_wait(&changed, &mutex);
    }
    return NULL;
}

/* A thread that was there before the seal is under it too. */
static int run_thread(bool maps) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_then_map, maps ? &phase : NULL) != 0) {
            _exit(98);
        }
        (void)pthread_mutex_lock(&mutex);
        while (phase != 1) {
            (void)pthread_cond_wait(&changed, &mutex);
        }
        if (!cli_seal(false)) {
            _exit(99);
        }
        phase = 2;
        (void)pthread_cond_broadcast(&changed);
        while (phase != 3) {
            (void)pthread_cond_wait(&changed, &mutex);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void threads_from_before_the_seal_are_under_it(void **unused) {
    (void)unused;
    int status = run_thread(true);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
    status = run_thread(false);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_takes_memory_or_power_is_fatal),
        cmocka_unit_test(reading_and_writing_go_on),
        cmocka_unit_test(threads_from_before_the_seal_are_under_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
