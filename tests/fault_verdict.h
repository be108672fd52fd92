/* What a fault may lead to: exit codes, and what the output holds then. */
#ifndef WEIR_TESTS_FAULT_VERDICT_H
#define WEIR_TESTS_FAULT_VERDICT_H

#include "fault_program.h"

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
