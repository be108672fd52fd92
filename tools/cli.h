/* What every file of the program shares: exit codes, names, the line that goes to stderr. */
#ifndef WEIR_CLI_H
#define WEIR_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_DIFFERS = 1,      /* check: a file says what its data do not; leakcheck: memory grows */
    CLI_USAGE = 2,        /* the command line makes no sense */
    CLI_BUDGET = 3,       /* does not fit the budget or a limit of the system */
    CLI_INPUT = 4,        /* input corrupt or unsupported */
    CLI_IO = 5,           /* input could not be read */
    CLI_CHANGED = 6,      /* input changed while it was read */
    CLI_OUTPUT = 7,       /* output could not be written */
    CLI_INTERNAL = 70,    /* a bug in weir */
    CLI_INTERRUPTED = 75, /* SIGINT, SIGTERM, SIGHUP, SIGALRM or SIGXCPU */
};

#define CLI_PAGE_BYTES 4096u
#define CLI_LANE_STACK_BYTES (64u << 10)

/* One line to stderr: "weir: " and the text, control characters made harmless. Takes no memory. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Called before each line, so that a progress line gives way. NULL to forget it. */
void cli_say_hook(void (*before)(void));

/* The sentence for errno's usual values; strerror() allocates for unknown ones. */
const char *cli_errno_text(int error);

/* enum weir_isa that WEIR_ISA asks for; 0: the best there is. */
extern uint32_t cli_isa;

/* Raised by SIGINT, SIGTERM, SIGHUP and their like. */
extern volatile int cli_stop;

/* A call was interrupted by a signal and should be made again. Not for ever: `tries` counts. */
bool cli_again(unsigned *tries);

static inline uint64_t cli_page_up(uint64_t bytes) {
    return (bytes + (CLI_PAGE_BYTES - 1u)) & ~(uint64_t)(CLI_PAGE_BYTES - 1u);
}

#endif
