#include "mutate_run.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#include "mutate_read.h"

#define ZONE_BYTES (UINT64_C(4) << 30)
#define STRIP_BYTES 4096u
#define STRIP_FILLING 0xc3
#define REGION_BYTES (MUTATE_BUDGET_BYTES + 16 * STRIP_BYTES)
#define TICK_US 250000
#define TICKS_MAX 8 /* of processor time; a hang */
#define CANARY_AT 1000u
#define REFILL 1024u /* runs from one filling of the region to the next */
#define FILLING_START 0xa5
#define FILLING_END 0x5a

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_UNDEFINED__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
#define LIMIT_NS UINT64_C(200000000)
#else
#define LIMIT_NS UINT64_C(10000000)
#endif

static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};

static struct {
    uint8_t *input_end; /* inputs end here */
    const uint8_t *input;
    size_t input_bytes;
    uint8_t *window;
    uint8_t *region;
    bool at_end;
    uint8_t *block; /* of the reader that runs; NULL before it has asked for one */
    uint64_t block_bytes;
    enum mutate_canary canary;
    bool quick;
    bool canary_sings;
    uint64_t number;
    uint64_t canary_sang_at; /* the first input that got a block from there on */
    struct mutate_times times;
} run;

static sigjmp_buf back;
static volatile sig_atomic_t running;
static volatile sig_atomic_t ticks;
static char says[128];

/* --- Faults -------------------------------------------------------------------------------------
 */

static void give_up(enum mutate_fault fault) {
    running = 0;
    siglongjmp(back, (int)fault);
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    if (!running) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    const uint8_t *at = info->si_addr;
    const char *place = number != SIGSEGV                            ? ""
                        : run.block == NULL                          ? ", no block yet"
                        : at >= run.block + run.block_bytes          ? ", behind the block"
                        : at < run.block && run.block - at < 1 << 30 ? ", in front of the block"
                                                                     : "";
    snprintf(says, sizeof says, "signal %d%s", number, place);
    give_up(MUTATE_SIGNAL);
}

static void on_tick(int number) {
    (void)number;
    if (running && ++ticks >= TICKS_MAX) {
        snprintf(says, sizeof says, "no answer in %d ms", TICKS_MAX * TICK_US / 1000);
        give_up(MUTATE_HANG);
    }
}

static void require(bool condition, const char *what) {
    if (!condition) {
        snprintf(says, sizeof says, "does not hold: %s", what);
        give_up(MUTATE_PROPERTY);
    }
}

const char *mutate_run_says(void) {
    return says;
}

const struct mutate_times *mutate_run_times(void) {
    return &run.times;
}

/* --- Memory -------------------------------------------------------------------------------------
 */

/* `bytes`, whole pages of them, between two zones. */
static uint8_t *map_between_zones(size_t bytes, uint64_t zone_bytes) {
    uint8_t *all = mmap(NULL, bytes + 2 * zone_bytes, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED || mprotect(all + zone_bytes, bytes, PROT_READ | PROT_WRITE) != 0) {
        fprintf(stderr, "mutate: cannot map memory\n");
        exit(2);
    }
    return all + zone_bytes;
}

void mutate_run_begin(enum mutate_canary canary, bool quick) {
    struct sigaction action;
    struct itimerval timer = {{0, TICK_US}, {0, TICK_US}};
    run.window = map_between_zones(WEIR_INSPECT_BYTES, 1u << 20);
    run.region = map_between_zones(REGION_BYTES, ZONE_BYTES);
    run.input_end = map_between_zones(MUTATE_INPUT_BYTES_MAX, 1u << 20) + MUTATE_INPUT_BYTES_MAX;
    run.canary = canary;
    run.quick = quick;
    run.canary_sang_at = UINT64_MAX;
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    action.sa_sigaction = on_signal;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        sigaction(signals[i], &action, NULL);
    }
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_NODEFER | SA_RESTART;
    action.sa_handler = on_tick;
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &timer, NULL);
}

uint8_t *mutate_run_input(const uint8_t *data, size_t bytes) {
    uint8_t *input = run.input_end - bytes;
    if (bytes > 0) {
        memmove(input, data, bytes);
    }
    run.input = input;
    run.input_bytes = bytes;
    return input;
}

static int64_t read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    (void)context;
    if (offset >= run.input_bytes) {
        return 0;
    }
    size_t left = run.input_bytes - (size_t)offset;
    bytes = bytes < left ? bytes : left;
    memcpy(to, run.input + offset, bytes);
    return (int64_t)bytes;
}

static uint8_t *strip(void) {
    return run.at_end ? run.block - STRIP_BYTES : run.block + run.block_bytes;
}

static void *place_block(uint64_t bytes) {
    bytes += run.canary_sings && run.canary == MUTATE_CANARY_BUDGET ? MUTATE_BUDGET_BYTES : 0;
    if (bytes > MUTATE_BUDGET_BYTES || bytes % WEIR_MEMORY_ALIGN != 0) {
        snprintf(says, sizeof says, "a block of %llu bytes is planned", (unsigned long long)bytes);
        give_up(MUTATE_BUDGET);
    }
    run.block_bytes = bytes;
    run.block = run.at_end ? run.region + REGION_BYTES - bytes : run.region;
    memset(strip(), STRIP_FILLING, STRIP_BYTES);
    return run.block;
}

/* false: somebody has written beside the block. */
static bool strip_is_whole(void) {
    static uint8_t whole[STRIP_BYTES];
    memset(whole, STRIP_FILLING, sizeof whole);
    return run.block == NULL || memcmp(strip(), whole, sizeof whole) == 0;
}

/* --- Canaries -----------------------------------------------------------------------------------
 */

static void spin(uint64_t ms) {
    clock_t end = clock() + (clock_t)(ms * (CLOCKS_PER_SEC / 1000));
    while (ms == 0 || clock() < end) {
    }
}

/* The last byte of the block that still holds what it was filled with. */
static uint8_t unset_byte(uint8_t filling) {
    uint64_t i = run.block_bytes;
    while (i > 0 && run.block[i - 1] != filling) {
        i--;
    }
    return i > 0 ? run.block[i - 1] : 0;
}

static void sing(struct mutate_verdict *verdict) {
    volatile uint8_t *block = run.block;
    switch (run.canary) {
    case MUTATE_CANARY_READ: verdict->digest[0] += run.at_end ? block[run.block_bytes] : 0; break;
    case MUTATE_CANARY_BEFORE: verdict->digest[0] += run.at_end ? 0 : *(block - 1); break;
    case MUTATE_CANARY_WRITE:
        if (!run.at_end) {
            block[run.block_bytes] = 1;
        }
        break;
    case MUTATE_CANARY_HANG: spin(0); break;
    case MUTATE_CANARY_SLOW: spin(LIMIT_NS / 500000); break;
    case MUTATE_CANARY_UNSET:
        verdict->digest[0] += unset_byte(run.at_end ? FILLING_END : FILLING_START);
        break;
    case MUTATE_CANARY_VERDICT: verdict->digest[0]++; break;
    default: break;
    }
}

/* --- Running ------------------------------------------------------------------------------------
 */

static uint64_t processor_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t timed_read(enum mutate_verb verb, struct mutate_verdict *verdict) {
    static struct weir_source source = {NULL, read_at, 0};
    const struct weir_dataset dataset = {.context = &source, .files = 1};
    const struct mutate_memory memory = {run.window, place_block, require};
    source.size_bytes = run.input_bytes;
    run.block = NULL;
    uint64_t begun = processor_ns();
    mutate_read(verb, &dataset, &memory, verdict);
    if (run.canary_sings && run.block != NULL && verb == MUTATE_PROFILE) {
        run.canary_sang_at = run.number;
        sing(verdict);
    }
    return processor_ns() - begun;
}

/* One reader, again where it was slow: the machine may have been busy. */
static enum mutate_fault read_one(enum mutate_verb verb, bool at_end,
                                  struct mutate_verdict *verdict) {
    run.at_end = at_end;
    uint64_t took = timed_read(verb, verdict);
    for (int turn = 1; turn < 3 && took > LIMIT_NS / 8; turn++) {
        uint64_t again = timed_read(verb, verdict);
        took = again < took ? again : took;
    }
    run.times.slowest_ns = took > run.times.slowest_ns ? took : run.times.slowest_ns;
    run.times.runs++;
    if (took > LIMIT_NS) {
        snprintf(says, sizeof says, "reader %d took %.1f ms", (int)verb, (double)took / 1e6);
        return MUTATE_SLOW;
    }
    if (!strip_is_whole()) {
        snprintf(says, sizeof says, "reader %d wrote %s the block", (int)verb,
                 at_end ? "in front of" : "behind");
        return MUTATE_OVERWRITE;
    }
    return MUTATE_NO_FAULT;
}

/* What was never written differs between the two places; now and then all of it does. */
static void fill_region(void) {
    memset(run.region, FILLING_START, REGION_BYTES / 2);
    memset(run.region + REGION_BYTES / 2, FILLING_END, REGION_BYTES / 2);
}

static enum mutate_fault read_all(uint64_t number, struct mutate_verdict *verdicts) {
    const int first = run.quick && number % 2 != 0;
    const int end = run.quick ? first + 1 : 2;
    if (number % REFILL == 0) {
        fill_region();
    }
    for (int turn = first; turn < end; turn++) {
        for (int verb = 0; verb < MUTATE_VERBS; verb++) {
            enum mutate_fault fault = read_one((enum mutate_verb)verb, turn == 0, &verdicts[turn]);
            if (fault != MUTATE_NO_FAULT) {
                return fault;
            }
        }
    }
    return MUTATE_NO_FAULT;
}

enum mutate_fault mutate_run(uint64_t number, struct mutate_verdict *verdict_ret) {
    static struct mutate_verdict verdicts[2];
    memset(verdicts, 0, sizeof verdicts);
    run.canary_sings = run.canary != MUTATE_NO_CANARY && number >= CANARY_AT &&
                       (run.canary_sang_at == UINT64_MAX || run.canary_sang_at == number);
    run.number = number;
    ticks = 0;
    int fault = sigsetjmp(back, 0);
    if (fault == MUTATE_NO_FAULT) {
        running = 1;
        fault = (int)read_all(number, verdicts);
    }
    running = 0;
    *verdict_ret = verdicts[run.quick && number % 2 != 0];
    if (fault == MUTATE_NO_FAULT && !run.quick &&
        memcmp(&verdicts[0], &verdicts[1], sizeof verdicts[0]) != 0) {
        snprintf(says, sizeof says, "another verdict where the block lies elsewhere");
        fault = MUTATE_UNSTEADY;
    }
    return (enum mutate_fault)fault;
}
