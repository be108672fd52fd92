/* weir: dispatches a verb, owns the output and the signals. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/isa.h"
#include "memory.h"
#include "verbs.h"
#include "weir.h"

static struct cli_output output;
static struct cli_options options;

/* A call that was just about to wait for a pipe when the signal came would wait for ever: from now
 * on SIGALRM interrupts it. */
static void raise_stop(int signal_number) {
    static const struct itimerval every = {.it_interval = {.tv_usec = 10000},
                                           .it_value = {.tv_usec = 10000}};
    const int error = errno;
    (void)signal_number;
    if (cli_stop == 0) {
        cli_stop = 1;
        (void)setitimer(ITIMER_REAL, &every, NULL);
    }
    errno = error;
}

/* A failed assertion traps: the exit code says that it is a bug. */
static void tell_bug(int signal_number) {
    static const char text[] = "weir: an internal check failed; this is a bug, please report it\n";
    (void)signal_number;
    (void)!write(2, text, sizeof text - 1);
    _exit(CLI_INTERNAL);
}

static void handle_signals(void) {
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGXCPU};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = raise_stop; /* no SA_RESTART: a write that waits must return */
    for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++) {
        struct sigaction before;
        if (sigaction(stopping[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) {
            continue; /* nohup */
        }
        (void)sigaction(stopping[i], &action, NULL);
    }
    action.sa_handler = tell_bug;
    (void)sigaction(SIGILL, &action, NULL);
    (void)sigaction(SIGTRAP, &action, NULL);
    action.sa_handler = SIG_IGN; /* EPIPE is an error like any other */
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL); /* and so is EFBIG */
}

/* A file must never get the number of a standard stream that the caller closed. */
static void hold_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            /* read-only for 1: writing there must fail, and be noticed */
            (void)open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY);
        }
    }
}

static const char *const isa_names[] = {
    [WEIR_ISA_AUTO] = "auto",
    [WEIR_ISA_SCALAR] = "scalar",
    [WEIR_ISA_AVX2] = "avx2",
    [WEIR_ISA_AVX512] = "avx512",
};

static bool choose_isa(void) {
    const char *text = getenv("WEIR_ISA");
    if (text == NULL || *text == '\0') {
        return true;
    }
    for (uint32_t isa = WEIR_ISA_AUTO; isa <= WEIR_ISA_AVX512; isa++) {
        if (strcmp(text, isa_names[isa]) == 0) {
            cli_isa = isa;
            return true;
        }
    }
    cli_say("WEIR_ISA=%.40s: no such instruction set; it is scalar, avx2, avx512 or auto, the best "
            "of this machine",
            text);
    return false;
}

/* A wish beyond the machine costs speed only: the numbers are the same, so the run goes on. */
static void warn_of_isa(void) {
    const enum weir_isa best = weir_isa_best();
    if (cli_isa > (uint32_t)best && !options.quiet) {
        cli_say("warning: WEIR_ISA=%s: this machine has %s at best, which is used",
                isa_names[cli_isa], isa_names[best]);
    }
}

/* Verbs that print and read nothing. */
static enum cli_exit print_text(void) {
    (void)cli_output_open(&output, NULL);
    if (options.version) {
        cli_put(&output, "weir ");
        cli_put(&output, weir_version());
        cli_put_char(&output, '\n');
    } else if (options.verb == CLI_VERB_MAN) {
        cli_man(&output);
    } else {
        cli_help(options.help_verb, &output);
    }
    if (!cli_output_commit(&output)) {
        if (cli_stop != 0) {
            return CLI_INTERRUPTED;
        }
        cli_say("stdout: cannot be written: %s", cli_errno_text(output.error));
        return CLI_OUTPUT;
    }
    return CLI_OK;
}

static enum cli_exit dispatch(void) {
    if (options.version) {
        return print_text();
    }
    if (options.verb != CLI_VERB_HELP && options.verb != CLI_VERB_MAN) {
        warn_of_isa();
    }
    switch (options.verb) {
    case CLI_VERB_PROFILE: return cli_verb_profile(&options, &output);
    case CLI_VERB_PLAN: return cli_verb_plan(&options, &output);
    case CLI_VERB_SCHEMA: return cli_verb_schema(&options, &output);
    case CLI_VERB_CAT: return cli_verb_cat(&options, &output);
    case CLI_VERB_CHECK: return cli_verb_check(&options, &output);
    case CLI_VERB_LEAKCHECK: return cli_verb_leakcheck(&options, &output);
    case CLI_VERB_HELP:
    case CLI_VERB_MAN: return print_text();
    case CLI_VERB_NONE: break;
    }
    return CLI_USAGE;
}

int main(int argc, char **argv) {
    static struct cli_refusal refusal;
    handle_signals();
    cli_memory_begin();
    hold_standard_streams();
    if (!choose_isa()) {
        return CLI_USAGE;
    }
    if (!cli_options_parse(argc, argv, &options, &refusal)) {
        cli_say("%s", refusal.text);
        return CLI_USAGE;
    }
    const enum cli_exit code = dispatch();
    cli_output_abandon(&output); /* nothing is left to abandon after a commit */
    _exit((int)code);            /* no atexit handlers: they could allocate under the seal */
}
