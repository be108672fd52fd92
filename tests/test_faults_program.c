/*
 * The program under faults of the system: every call fails in every way, once and for ever. The
 * exit code says what happened, and an output path holds a whole report or what it held before.
 */
#include "fault_verdict.h"

static bool is_wanted(const struct mode *mode) {
    return mode->always || getenv("WEIR_FAULTS") != NULL;
}

/* The report of a run without faults, and the calls that it made. */
static void run_whole(const struct mode *mode, struct command *command, struct text *whole,
                      struct fault_report *trace) {
    const struct fault_plan none = {.at = 0};
    command_of(mode, command);
    run_program(command->words, &none, 0, false);
    scene.whole_code = WIFEXITED(ended.status) ? WEXITSTATUS(ended.status) : CLI_INTERNAL;
    if (scene.whole_code > CLI_DIFFERS) {
        fail_msg("%s: status %d: %s", mode->name, ended.status, ended.err.at);
    }
    *whole = mode->to_file ? ended.target : ended.out;
    *trace = ended.report;
    assert_true(whole->bytes > 0 && trace->calls < TRACE_MAX);
}

static void say_progress(const struct mode *mode) {
    if (getenv("WEIR_FAULTS") != NULL) {
        printf("%s, behind %llu runs\n", mode->name, (unsigned long long)scene.runs);
    }
}

/* --- What may go wrong with each call. -------------------------------------------------------- */

#define KINDS_MAX 10

static const int kinds_of[CALLS][KINDS_MAX] = {
    [CALL_OPEN] = {EINTR, EIO, EMFILE, ENOSPC, EACCES, ENOENT, ELOOP},
    [CALL_READ] = {EINTR, EIO, KIND_ONE, KIND_ZERO},
    [CALL_PREAD] = {EINTR, EAGAIN, EIO, ESTALE, ENODEV, KIND_ONE, KIND_HALF, KIND_ZERO},
    [CALL_WRITE] = {EINTR, EIO, ENOSPC, EDQUOT, EFBIG, EPIPE, KIND_ONE, KIND_HALF, KIND_ZERO},
    [CALL_FSYNC] = {EINTR, EIO, ENOSPC, EDQUOT, EINVAL},
    [CALL_CLOSE] = {EINTR, EIO, ENOSPC, EDQUOT},
    [CALL_RENAME] = {EINTR, EIO, ENOSPC, EACCES, EXDEV, EROFS, KIND_DONE},
    [CALL_UNLINK] = {EINTR, EIO, EACCES},
    [CALL_STAT] = {EINTR, EIO, ENOENT, EACCES, KIND_OTHER_FILE},
    [CALL_FSTAT] = {EIO, ESTALE, KIND_OTHER_FILE},
    [CALL_REALPATH] = {EIO, EACCES, ELOOP},
    [CALL_FCHMOD] = {EINTR, EIO, EPERM},
    [CALL_FCNTL] = {EINTR, EIO},
    [CALL_FADVISE] = {EINVAL},
    [CALL_LSEEK] = {EIO},
    [CALL_MMAP] = {ENOMEM},
    [CALL_MADVISE] = {EINVAL, ENOMEM},
    [CALL_THREAD] = {EAGAIN, EPERM},
    [CALL_SECCOMP] = {EINVAL, ENOSYS},
    [CALL_GETDENTS] = {EINTR, EIO, ENOENT},
    [CALL_PRCTL] = {EINVAL},
    [CALL_TERMINAL] = {ENOTTY},
};

/* Exit codes by call and stream, for those who want to read them. */
static uint64_t tally[CALLS][STREAMS][11];

static unsigned tally_column(int code) {
    return code < 8 ? (unsigned)code : code == 70 ? 8u : code == 75 ? 9u : 10u;
}

static void tell(const struct mode *mode, const struct fault_plan *plan, const char *what) {
    print_error("%s: call %llu, %s %s, kind %d%s: %s; status %#x, stderr: %s\n", mode->name,
                (unsigned long long)plan->at, call_names[ended.report.call],
                stream_names[ended.report.stream], plan->kind, plan->for_ever ? ", for ever" : "",
                what, (unsigned)ended.status, ended.err.at);
    fail();
}

static struct fault_plan plan_of(const struct fault_report *trace, uint64_t at, int kind,
                                 bool for_ever) {
    return (struct fault_plan){.at = at,
                               .kind = kind,
                               .call = trace->trace_call[at - 1],
                               .stream = trace->trace_stream[at - 1],
                               .for_ever = for_ever};
}

static bool is_threaded(const struct mode *mode) {
    return strstr(mode->words, "threads 2") != NULL;
}

static void try_fault(const struct mode *mode, struct command *command, const struct text *whole,
                      const struct fault_plan *plan) {
    run_program(command->words, plan, 0, false);
    const char *what = complaint(plan, allowed_exits(plan), whole, mode->to_file);
    if (ended.report.fired == 0) { /* with threads the call may have come earlier */
        what = is_threaded(mode) ? complaint(plan, FINE, whole, mode->to_file)
                                 : "the call that was to fail did not come";
    }
    if (what != NULL) {
        tell(mode, plan, what);
    }
    tally[ended.report.call][ended.report.stream][tally_column(WEXITSTATUS(ended.status))]++;
}

/* Calls of which there are many alike; the first modes with WEIR_FAULTS=all leave out none, and
 * nobody leaves out one of an output. */
static bool is_left_out(size_t m, const struct fault_report *trace, uint64_t at) {
    const bool all = getenv("WEIR_FAULTS") != NULL;
    switch ((enum stream)trace->trace_stream[at - 1]) {
    case STREAM_SYSTEM: return (!all || m > 2) && at % 16 != 0; /* limits of the machine */
    case STREAM_INPUT: return !all && at % 4 != 0 && at % 31 != 0;
    default: return false;
    }
}

static void any_call_may_fail(void **state) {
    static struct text whole;
    static struct fault_report trace;
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        struct command command;
        if (!is_wanted(&modes[m])) {
            continue;
        }
        run_whole(&modes[m], &command, &whole, &trace);
        say_progress(&modes[m]);
        for (uint64_t at = 1; at <= trace.calls; at++) {
            const int *kinds = kinds_of[trace.trace_call[at - 1]];
            if (is_left_out(m, &trace, at)) {
                continue;
            }
            for (int i = 0; i < KINDS_MAX && kinds[i] != 0; i++) {
                for (int for_ever = 0; for_ever < 2; for_ever++) {
                    const struct fault_plan plan = plan_of(&trace, at, kinds[i], for_ever != 0);
                    try_fault(&modes[m], &command, &whole, &plan);
                }
            }
        }
    }
}

/* --- The input changes under the reader. ------------------------------------------------------ */

static void an_input_that_changes_is_noticed(void **state) {
    static struct text whole;
    static struct fault_report trace;
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        struct command command;
        if (!is_wanted(&modes[m]) || strchr(modes[m].words, ' ') == NULL) {
            continue;
        }
        run_whole(&modes[m], &command, &whole, &trace);
        for (uint64_t at = 1; at <= trace.calls; at++) {
            if (trace.trace_call[at - 1] != CALL_PREAD || (is_left_out(m, &trace, at))) {
                continue;
            }
            for (int kind = KIND_TRUNCATE; kind >= KIND_REWRITE; kind--) {
                const struct fault_plan plan = plan_of(&trace, at, kind, false);
                run_program(command.words, &plan, 0, false);
                const bool fired = ended.report.fired > 0;
                const uint32_t allowed = fired || !is_threaded(&modes[m]) ? CHANGED : FINE;
                const char *what = complaint(&plan, allowed, &whole, modes[m].to_file);
                if (strncmp(modes[m].words, "cat", 3) == 0 && ended.status == CLI_CHANGED << 8 &&
                    !modes[m].to_file) {
                    what = NULL; /* rows leave as they are read, and the exit code disowns them */
                }
                restore_input();
                if (what != NULL) {
                    tell(&modes[m], &plan, what);
                }
            }
        }
    }
}

/* --- Signals. --------------------------------------------------------------------------------- */

#define CPU_NANOSECONDS_MAX 50000000u

static uint64_t slowest_nanoseconds;

/* A signal before any call: 75 and nothing changed, or a report that was as good as done. */
static void try_signal(const struct mode *mode, struct command *command, const struct text *whole,
                       uint64_t at, uint64_t last_read, int number, bool for_ever) {
    const struct fault_plan plan = {.at = at, .kind = KIND_SIGNAL, .for_ever = for_ever};
    run_program(command->words, &plan, number, false);
    if (WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == number && ended.err.bytes == 0 &&
        is_text(&ended.target, BEFORE, strlen(BEFORE)) && at <= 3) {
        return; /* before the program looks after signals, when it holds its standard streams */
    }
    /* With reads to come it must not go on. */
    const uint32_t allowed = EXIT(CLI_INTERRUPTED) | (at < last_read ? 0 : FINE);
    const char *what = complaint(&plan, allowed, whole, mode->to_file);
    const uint64_t took = ended.cpu_nanoseconds - ended.report.cpu_nanoseconds;
    slowest_nanoseconds = took > slowest_nanoseconds ? took : slowest_nanoseconds;
    if (what == NULL && WEXITSTATUS(ended.status) == CLI_INTERRUPTED &&
        took > CPU_NANOSECONDS_MAX) {
        what = "takes its time to end";
    }
    if (what != NULL) {
        tell(mode, &plan, what);
    }
}

static void a_signal_at_any_call_ends_the_run(void **state) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGXCPU};
    static struct text whole;
    static struct fault_report trace;
    const bool all = getenv("WEIR_FAULTS") != NULL;
    uint64_t interrupted = 0;
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        struct command command;
        if (!is_wanted(&modes[m])) {
            continue;
        }
        run_whole(&modes[m], &command, &whole, &trace);
        uint64_t last_read = 0;
        say_progress(&modes[m]);
        for (uint64_t at = 1; at <= trace.calls; at++) {
            last_read = trace.trace_call[at - 1] == CALL_PREAD ? at : last_read;
        }
        last_read = is_threaded(&modes[m]) ? 0 : last_read;
        for (uint64_t at = 1; at <= trace.calls; at += all ? 1 : 3) {
            if (is_left_out(m, &trace, at)) {
                continue;
            }
            for (size_t i = 0; i < (all ? 3u : 1u); i++) {
                try_signal(&modes[m], &command, &whole, at, last_read, numbers[i], false);
                interrupted += ended.status == CLI_INTERRUPTED << 8;
            }
            /* once more at every later call */
            try_signal(&modes[m], &command, &whole, at, last_read, numbers[at % 5], true);
        }
    }
    printf("at most %.2f ms of CPU time from the signal to the end\n",
           (double)slowest_nanoseconds / 1e6);
    assert_true(interrupted > 10);
}

/* Signals all the time, and every other call interrupted by one: the same bytes. */
static void a_storm_of_signals_changes_nothing(void **state) {
    static struct text whole;
    static struct fault_report trace;
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        struct command command;
        run_whole(&modes[m], &command, &whole, &trace);
        for (int storms = 0; storms < 2; storms++) {
            const struct fault_plan plan = {.storms = storms != 0};
            run_program(command.words, &plan, 0, true);
            const char *what = complaint(&plan, FINE, &whole, modes[m].to_file);
            if (what != NULL) {
                tell(&modes[m], &plan, what);
            }
        }
    }
}

/* --- The canary. ------------------------------------------------------------------------------ */

/* Where a failing call is passed off as one that went well, the loops above must complain. */
static void a_dropped_error_is_noticed(void **state) {
    static struct text whole;
    static struct fault_report trace;
    uint64_t dropped = 0;
    (void)state;
    for (size_t m = 0; m < 3; m += 2) { /* to a file, to stdout */
        struct command command;
        run_whole(&modes[m], &command, &whole, &trace);
        for (uint64_t at = 1; at <= trace.calls; at++) {
            const enum call call = trace.trace_call[at - 1];
            const enum stream stream = trace.trace_stream[at - 1];
            const bool matters = (call == CALL_WRITE && stream != STREAM_STDERR) ||
                                 call == CALL_RENAME || call == CALL_FSYNC ||
                                 (call == CALL_PREAD && stream == STREAM_INPUT);
            if (!matters) {
                continue;
            }
            struct fault_plan plan = plan_of(&trace, at, EIO, false);
            plan.hides = true;
            run_program(command.words, &plan, 0, false);
            dropped++;
            if (complaint(&plan, allowed_exits(&plan), &whole, modes[m].to_file) == NULL) {
                tell(&modes[m], &plan, "an error was dropped and nobody noticed");
            }
        }
    }
    assert_true(dropped > 10);
}

/* A program that does not make interrupted calls again must be noticed wherever it matters. */
static void a_retry_left_out_is_noticed(void **state) {
    static struct text whole;
    static struct fault_report trace;
    struct command command;
    uint64_t left_out = 0;
    (void)state;
    run_whole(&modes[0], &command, &whole, &trace);
    for (uint64_t at = 1; at <= trace.calls; at++) {
        struct fault_plan plan = plan_of(&trace, at, EINTR, false);
        const bool retried = plan.call == CALL_OPEN || plan.call == CALL_WRITE ||
                             plan.call == CALL_FSYNC; /* the library makes reads again too */
        if (!retried || plan.stream == STREAM_SYSTEM || plan.stream == STREAM_STDERR) {
            continue;
        }
        plan.impatient = true;
        run_program(command.words, &plan, 0, false);
        left_out++;
        if (complaint(&plan, FINE, &whole, true) == NULL) {
            tell(&modes[0], &plan, "a call was not made again and nobody noticed");
        }
    }
    assert_true(left_out > 5);
}

static int set_up(void **state) {
    (void)state;
    mp_seed("faults of the program");
    make_scene();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    drop_scene();
    printf("runs of the program: %llu\n", (unsigned long long)scene.runs);
    if (getenv("WEIR_FAULTS") == NULL) {
        return 0;
    }
    printf("%-15s %-10s      0      1      2      3      4      5      6      7     70     75\n",
           "call", "stream");
    for (int call = 0; call < CALLS; call++) {
        for (int stream = 0; stream < STREAMS; stream++) {
            uint64_t sum = 0;
            for (int i = 0; i < 10; i++) {
                sum += tally[call][stream][i];
            }
            for (int i = 0; i < 11 && sum > 0; i++) {
                printf(i == 0 ? "%-15s %-10s" : "%s%s", i == 0 ? call_names[call] : "",
                       i == 0 ? stream_names[stream] : "");
                printf(i < 10 ? " %6llu" : "\n", (unsigned long long)tally[call][stream][i % 10]);
            }
        }
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_may_fail),
        cmocka_unit_test(an_input_that_changes_is_noticed),
        cmocka_unit_test(a_signal_at_any_call_ends_the_run),
        cmocka_unit_test(a_storm_of_signals_changes_nothing),
        cmocka_unit_test(a_dropped_error_is_noticed),
        cmocka_unit_test(a_retry_left_out_is_noticed),
    };
    cmocka_set_test_filter(getenv("WEIR_TEST")); /* a pattern, or all */
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
