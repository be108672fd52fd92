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

/* --- Ways to start it. ----------------------------------------------------------------------- */

struct mode {
    const char *name;
    const char *words; /* IN and OUT stand for paths */
    bool to_file;
    bool always; /* not only with WEIR_FAULTS=all */
};

static const struct mode modes[] = {
    {"profile json", "profile -f json --threads 1 -o OUT IN", true, true},
    {"profile json, two threads", "profile -f json --threads 2 --no-progress -o OUT IN", true,
     false},
    {"profile json, stdout", "profile -f json --threads 1 IN", false, false},
    {"profile table", "profile --threads 1 -o OUT IN", true, false},
    {"profile table, stdout", "profile --threads 1 IN", false, false},
    {"profile csv", "profile -f csv --threads 1 -o OUT IN", true, false},
    {"profile csv, stdout", "profile -f csv --threads 1 IN", false, false},
    {"profile md", "profile -f md --threads 1 -o OUT IN", true, false},
    {"profile md, stdout", "profile -f md --threads 1 IN", false, false},
    {"profile exact", "profile --exact --keep-going -f json --threads 1 -o OUT IN", true, false},
    {"profile, directory", "profile -f json --threads 1 -o OUT DIRECTORY", true, false},
    {"plan", "plan --threads 1 -o OUT IN", true, false},
    {"plan json, stdout", "plan -f json --threads 1 IN", false, false},
    {"schema", "schema --pages -o OUT IN", true, false},
    {"schema json, stdout", "schema -f json --pages IN", false, false},
    {"cat", "cat -o OUT IN", true, false},
    {"cat, stdout", "cat IN", false, true},
    {"cat csv, stdout", "cat -f csv IN", false, false},
    {"check", "check -o OUT IN", true, false},
    {"check json, stdout", "check -f json --keep-going IN", false, false},
    {"help", "help", false, false},
    {"man", "man", false, false},
};

#define MODES (sizeof modes / sizeof *modes)

#define WORDS_MAX 16

struct command {
    char text[256];
    char *words[WORDS_MAX];
};

static void command_of(const struct mode *mode, struct command *command) {
    static char budget[] = "--mem-budget=24MiB";
    static char program[] = "weir";
    int count = 0;
    (void)snprintf(command->text, sizeof command->text, "%s", mode->words);
    command->words[count++] = program;
    for (char *word = strtok(command->text, " "); word != NULL; word = strtok(NULL, " ")) {
        command->words[count++] = strcmp(word, "IN") == 0          ? scene.input
                                  : strcmp(word, "OUT") == 0       ? scene.target
                                  : strcmp(word, "DIRECTORY") == 0 ? scene.in
                                                                   : word;
        assert_true(count + 2 < WORDS_MAX);
    }
    if (strchr(mode->words, ' ') != NULL) {
        command->words[count++] = budget;
    }
    command->words[count] = NULL;
}

#endif
