/* The program as a child process of a test: what it is given, what it left, and whether it may. */
#ifndef WEIR_TESTS_FAULT_PROGRAM_H
#define WEIR_TESTS_FAULT_PROGRAM_H

#include "fault_file.h"
#include "fault_wraps.h"

#include <dirent.h>
#include <sys/wait.h>

#include "../tools/cli.h"

int weir_main(int argc, char **argv);

#define TEXT_MAX ((size_t)1 << 16)
#define BEFORE "what was there before\n"

struct text {
    size_t bytes;
    char at[TEXT_MAX];
};

struct scene {
    char root[64];
    char in[96];  /* the directory of the input */
    char out[96]; /* of the output */
    char input[128];
    char target[128];
    struct mp_bytes bytes; /* of the input */
    struct mp_bytes other; /* as many, and others */
    int whole_code;        /* of a run without faults: weir check may find something */
    uint64_t runs;
};

static struct scene scene;

struct ended {
    int status;
    uint64_t cpu_nanoseconds; /* of the whole process */
    struct fault_report report;
    struct text out;
    struct text err;
    struct text target;
    unsigned strangers; /* files beside the target */
};

static struct ended ended;

static void write_file(const char *path, const void *from, size_t bytes, int flags) {
    const int fd = open(path, O_WRONLY | flags, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, from, bytes), (ssize_t)bytes);
    assert_int_equal(close(fd), 0);
}

static void read_file(const char *path, struct text *text) {
    const int fd = open(path, O_RDONLY);
    text->bytes = 0;
    if (fd >= 0) {
        const ssize_t got = read(fd, text->at, TEXT_MAX - 1);
        text->bytes = got > 0 ? (size_t)got : 0;
        (void)close(fd);
    }
    text->at[text->bytes] = '\0';
}

/* The input as it was, in a file of its own. */
static void restore_input(void) {
    char fresh[sizeof scene.input + 8];
    (void)snprintf(fresh, sizeof fresh, "%s.new", scene.input);
    write_file(fresh, scene.bytes.data, scene.bytes.count, O_CREAT | O_TRUNC);
    assert_int_equal(rename(fresh, scene.input), 0);
    (void)usleep(5000); /* the clock of a file system may be that coarse */
}

static void make_scene(void) {
    (void)snprintf(scene.root, sizeof scene.root, "/tmp/weir-faults-%ld", (long)getpid());
    (void)snprintf(scene.in, sizeof scene.in, "%s/in", scene.root);
    (void)snprintf(scene.out, sizeof scene.out, "%s/out", scene.root);
    (void)snprintf(scene.input, sizeof scene.input, "%s/a.parquet", scene.in);
    (void)snprintf(scene.target, sizeof scene.target, "%s/report", scene.out);
    assert_int_equal(mkdir(scene.root, 0700), 0);
    assert_int_equal(mkdir(scene.in, 0700), 0);
    assert_int_equal(mkdir(scene.out, 0700), 0);
    struct mp_file *file = fault_file();
    mp_put(&scene.bytes, file->bytes.data, file->bytes.count);
    mp_put(&scene.other, file->bytes.data, file->bytes.count);
    memset(scene.other.data + 40, 0x5a, 60); /* values of the first page */
    mp_drop(file);
    restore_input();
    (void)signal(SIGPIPE, SIG_IGN);
}

static void drop_scene(void) {
    static const char *const names[] = {"/in/a.parquet", "/out/report", "/stdout", "/stderr",
                                        "/in",           "/out",        ""};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s%s", scene.root, names[i]);
        (void)(i < 4 ? unlink(path) : rmdir(path));
    }
    mp_free(&scene.bytes);
    mp_free(&scene.other);
}

/* --- The child. ------------------------------------------------------------------------------ */

static void nothing(int number) {
    (void)number;
}

/* SIGUSR1 every 50 microseconds, with a handler that lets calls be interrupted. */
static void start_storm(void) {
    struct sigaction action;
    struct sigevent event;
    timer_t timer;
    const struct itimerspec every = {.it_interval = {.tv_nsec = 50000},
                                     .it_value = {.tv_nsec = 50000}};
    memset(&action, 0, sizeof action);
    memset(&event, 0, sizeof event);
    action.sa_handler = nothing;
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    if (sigaction(SIGUSR1, &action, NULL) != 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
        timer_settime(timer, 0, &every, NULL) != 0) {
        _exit(99);
    }
}

static void be_child(char **arguments, const struct fault_plan *plan, struct fault_report *report,
                     const int control[4], bool storm) {
    static const char *const ends[] = {"/stdout", "/stderr"};
    const struct rlimit seconds = {20, 20}; /* a hang ends by SIGKILL */
    static const int heard[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGXCPU};
    int count = 0;
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) {
        (void)signal(heard[i], SIG_DFL); /* a shell starts what runs behind it deaf to SIGINT */
    }
    (void)setrlimit(RLIMIT_CPU, &seconds);
    for (int i = 0; i < 2; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s%s", scene.root, ends[i]);
        const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || dup2(fd, i + 1) != i + 1 || close(fd) != 0) {
            _exit(98);
        }
    }
    (void)setenv("LC_ALL", "C", 1);
    (void)setenv("COLUMNS", "100", 1);
    (void)unsetenv("WEIR_ISA");
    while (arguments[count] != NULL) {
        count++;
    }
    if (storm) {
        start_storm();
    }
    fault_control[0] = control[1];
    fault_control[1] = control[2];
    fault_plan = *plan;
    fault_report = report;
    _exit(weir_main(count, arguments));
}

/* --- The parent. ----------------------------------------------------------------------------- */

static void change_input(int kind) {
    char fresh[sizeof scene.input + 8];
    switch (kind) {
    case KIND_TRUNCATE: assert_int_equal(truncate(scene.input, 200), 0); break;
    case KIND_APPEND: write_file(scene.input, "more", 4, O_APPEND); break;
    case KIND_REWRITE: write_file(scene.input, scene.other.data, scene.other.count, 0); break;
    default:
        (void)snprintf(fresh, sizeof fresh, "%s.new", scene.input);
        write_file(fresh, scene.other.data, scene.other.count, O_CREAT | O_TRUNC);
        assert_int_equal(rename(fresh, scene.input), 0);
    }
}

/* Does what the child asks for until it has ended. */
static void serve(pid_t child, int from, int to, int signal_number) {
    char what;
    while (read(from, &what, 1) == 1) {
        if (what == KIND_SIGNAL) {
            assert_int_equal(kill(child, signal_number), 0);
        } else {
            change_input(what);
        }
        (void)!write(to, &what, 1); /* it may have ended */
    }
}

static void look_around(void) {
    DIR *directory = opendir(scene.out);
    char path[128];
    ended.strangers = 0;
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "report") != 0) {
            char stranger[512];
            ended.strangers++;
            (void)snprintf(stranger, sizeof stranger, "%s/%s", scene.out, entry->d_name);
            (void)unlink(stranger);
        }
    }
    (void)closedir(directory);
    (void)snprintf(path, sizeof path, "%s/stdout", scene.root);
    read_file(path, &ended.out);
    (void)snprintf(path, sizeof path, "%s/stderr", scene.root);
    read_file(path, &ended.err);
    read_file(scene.target, &ended.target);
}

/* Runs the program with these arguments; what came of it is in `ended`. */
static void run_program(char **arguments, const struct fault_plan *plan, int signal_number,
                        bool storm) {
    static struct fault_report *report;
    int up[2];
    int down[2];
    struct rusage usage;
    if (report == NULL) {
        report =
            mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(report, MAP_FAILED);
    }
    memset(report, 0, sizeof *report);
    write_file(scene.target, BEFORE, strlen(BEFORE), O_CREAT | O_TRUNC);
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    (void)fflush(stdout);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const int control[4] = {up[0], up[1], down[0], down[1]};
        (void)close(up[0]);
        (void)close(down[1]);
        be_child(arguments, plan, report, control, storm);
    }
    (void)close(up[1]);
    (void)close(down[0]);
    serve(child, up[0], down[1], signal_number);
    (void)close(up[0]);
    (void)close(down[1]);
    assert_int_equal(wait4(child, &ended.status, 0, &usage), child);
    ended.cpu_nanoseconds =
        ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000000u +
        ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000u;
    ended.report = *report;
    look_around();
    scene.runs++;
}

/* --- The verdict. ---------------------------------------------------------------------------- */

/* A set of exit codes: a bit each for those that there are, one for all others. */
#define EXIT(code) (1u << ((code) < 8 ? (code) : (code) == 70 ? 8 : (code) == 75 ? 9 : 10))

/* What must come of a fault; the first line that fits. Kind 0: any. */
struct expected {
    enum call call;
    enum stream stream; /* STREAMS: any */
    int kind;
    uint32_t once; /* sets of exit codes */
    uint32_t for_ever;
};

#define FINE EXIT(CLI_OK)
#define OUTPUT EXIT(CLI_OUTPUT)
#define IO EXIT(CLI_IO)
#define CHANGED (EXIT(CLI_CHANGED))

static const struct expected expectations[] = {
    {CALL_OPEN, STREAM_INPUT, EINTR, FINE, IO},
    {CALL_OPEN, STREAM_INPUT, ENOENT, CHANGED | IO, CHANGED | IO},
    {CALL_OPEN, STREAM_INPUT, 0, IO, IO},
    {CALL_OPEN, STREAM_TEMPORARY, EINTR, FINE, OUTPUT},
    {CALL_OPEN, STREAM_TEMPORARY, 0, OUTPUT, OUTPUT},
    {CALL_OPEN, STREAM_DIRECTORY, EINTR, FINE, OUTPUT},
    {CALL_OPEN, STREAM_DIRECTORY, EACCES, FINE, FINE}, /* writable, not readable */
    {CALL_OPEN, STREAM_DIRECTORY, 0, OUTPUT, OUTPUT},
    {CALL_OPEN, STREAM_SYSTEM, 0, FINE | EXIT(CLI_BUDGET), FINE | EXIT(CLI_BUDGET)},
    {CALL_READ, STREAM_SYSTEM, 0, FINE | EXIT(CLI_BUDGET), FINE | EXIT(CLI_BUDGET)},
    {CALL_STAT, STREAM_SYSTEM, 0, FINE | EXIT(CLI_BUDGET), FINE | EXIT(CLI_BUDGET)},
    {CALL_PREAD, STREAM_INPUT, EINTR, FINE, IO},
    {CALL_PREAD, STREAM_INPUT, EAGAIN, FINE, IO},
    {CALL_PREAD, STREAM_INPUT, KIND_ONE, FINE, FINE},
    {CALL_PREAD, STREAM_INPUT, KIND_HALF, FINE, FINE},
    {CALL_PREAD, STREAM_INPUT, KIND_ZERO, CHANGED, CHANGED},
    {CALL_PREAD, STREAM_INPUT, 0, IO, IO},
    {CALL_FSTAT, STREAM_INPUT, KIND_OTHER_FILE, CHANGED, CHANGED},
    {CALL_FSTAT, STREAM_INPUT, 0, IO, IO},
    /* The first looks only ask what the path is. */
    {CALL_STAT, STREAM_INPUT, KIND_OTHER_FILE, FINE | CHANGED, CHANGED},
    {CALL_STAT, STREAM_INPUT, 0, IO, IO},
    {CALL_GETDENTS, STREAM_INPUT, EINTR, FINE, IO},
    {CALL_GETDENTS, STREAM_INPUT, 0, IO, IO},
    {CALL_CLOSE, STREAM_TEMPORARY, EINTR, FINE, FINE},
    {CALL_CLOSE, STREAM_TEMPORARY, 0, OUTPUT, OUTPUT},
    {CALL_CLOSE, STREAM_STDOUT, EINTR, FINE, FINE},
    {CALL_CLOSE, STREAM_STDOUT, 0, OUTPUT, OUTPUT},
    {CALL_WRITE, STREAM_STDERR, 0, FINE, FINE},
    {CALL_WRITE, STREAMS, EINTR, FINE, OUTPUT},
    {CALL_WRITE, STREAMS, KIND_ONE, FINE, FINE},
    {CALL_WRITE, STREAMS, KIND_HALF, FINE, FINE},
    {CALL_WRITE, STREAMS, 0, OUTPUT, OUTPUT},
    {CALL_FSYNC, STREAMS, EINTR, FINE, OUTPUT},
    {CALL_FSYNC, STREAM_DIRECTORY, EINVAL, FINE, FINE}, /* a file system that has no such */
    {CALL_FSYNC, STREAMS, 0, OUTPUT, OUTPUT},
    {CALL_RENAME, STREAMS, 0, OUTPUT, OUTPUT},
    {CALL_FCHMOD, STREAMS, 0, OUTPUT, OUTPUT},
    {CALL_REALPATH, STREAMS, 0, OUTPUT, OUTPUT},
    {CALL_STAT, STREAM_TARGET, ENOENT, FINE, FINE},
    {CALL_STAT, STREAM_TARGET, KIND_OTHER_FILE, FINE, FINE},
    {CALL_STAT, STREAM_TARGET, 0, FINE | OUTPUT, OUTPUT}, /* is it an input? then: what is it? */
    {CALL_MMAP, STREAMS, 0, FINE | EXIT(CLI_BUDGET), EXIT(CLI_BUDGET)},
    {CALL_THREAD, STREAMS, 0, EXIT(CLI_BUDGET), EXIT(CLI_BUDGET)},
    {CALL_SECCOMP, STREAMS, 0, EXIT(CLI_INTERNAL), EXIT(CLI_INTERNAL)},
    {CALL_PRCTL, STREAMS, 0, EXIT(CLI_INTERNAL), EXIT(CLI_INTERNAL)},
};

/* Calls without a line may fail and harm nothing. */
static uint32_t allowed_exits(const struct fault_plan *plan) {
    const struct fault_report *report = &ended.report;
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expected *line = &expectations[i];
        if (line->call == report->call &&
            (line->stream == STREAMS || line->stream == report->stream) &&
            (line->kind == 0 || line->kind == plan->kind)) {
            return plan->for_ever ? line->for_ever : line->once;
        }
    }
    return FINE;
}

static bool is_text(const struct text *text, const char *other, size_t bytes) {
    return text->bytes == bytes && memcmp(text->at, other, bytes) == 0;
}

static const char *complain_of_stdout(const struct text *whole, int code) {
    const struct text *out = &ended.out;
    if (code == CLI_OK) {
        return is_text(out, whole->at, whole->bytes) ? NULL : "stdout holds something else";
    }
    const bool begins = out->bytes <= whole->bytes && memcmp(out->at, whole->at, out->bytes) == 0;
    return begins || strstr(out->at, "\"complete\":false") != NULL
               ? NULL
               : "stdout holds what is not the beginning of a report";
}

static const char *complain_of_target(const struct text *whole, int code) {
    const struct text *target = &ended.target;
    const bool complete = is_text(target, whole->at, whole->bytes);
    const bool before = is_text(target, BEFORE, strlen(BEFORE));
    if (ended.out.bytes > 0) {
        return "something on stdout, though there is a file for it";
    }
    if (!complete && !before) {
        return "the target is neither whole nor as before";
    }
    if (code == CLI_OK && !complete) {
        return "exit 0 without a report";
    }
    return code != CLI_OK && code != CLI_OUTPUT && !before ? "a failed run replaced the target"
                                                           : NULL;
}

/* What is wrong with how the program ended, or NULL. `whole`: the report of a run without faults.
 */
static const char *complaint(const struct fault_plan *plan, uint32_t allowed,
                             const struct text *whole, bool to_file) {
    if (!WIFEXITED(ended.status)) {
        return "killed by a signal";
    }
    const int exit_code = WEXITSTATUS(ended.status);
    const int code = exit_code == scene.whole_code ? CLI_OK : exit_code;
    const bool stderr_fails = plan->at != 0 && ended.report.stream == STREAM_STDERR;
    if ((allowed & EXIT(code)) == 0) {
        return "an exit code that the fault does not explain";
    }
    if (ended.strangers > 0 && ended.report.call != CALL_UNLINK) {
        return "a temporary file is left";
    }
    if (code != CLI_OK && !stderr_fails &&
        (ended.err.bytes < 7 || memcmp(ended.err.at, "weir: ", 6) != 0)) {
        return "a failure without a word";
    }
    return to_file ? complain_of_target(whole, code) : complain_of_stdout(whole, code);
}

#endif
