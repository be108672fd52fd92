/*
 * Runs a fuzz target over files, and over mutants of them, without a fuzzing engine.
 *
 *     driver [-m MUTANTS] [-t SECONDS] [-s SEED] [-x] [-c LIMIT] [-n NAME] [-o LAST] [FILE...]
 *
 * A FILE may be a directory. Without one the input is read from stdin, as afl-fuzz gives it. -m
 * runs so many mutants of the files in turn, the same ones each time. -t runs mutants of all files
 * until the time is over, from a SEED that is printed. -x tries every value of every byte. Prints
 * how many inputs ran.
 *
 * An input lies in front of a page that may not be touched, so that reads behind its end are seen
 * without a sanitizer. One that crashes, or takes more than LIMIT seconds of CPU (1), is written to
 * LAST (fuzz-replay.last).
 */
#include "change.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ROOM_MORE_BYTES 4096u /* that a mutant may be longer than the longest file */
#define SEED_BYTES_MAX (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t room, unsigned seed)
    __attribute__((weak));

/* A sanitizer that has found something must end as a signal does. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void) {
    return "abort_on_error=1:detect_leaks=0";
}

const char *__ubsan_default_options(void) {
    return "abort_on_error=1:print_stacktrace=1";
}

struct options {
    const char *name;
    unsigned long mutants;
    double seconds;
    uint64_t seed;
    int exhaustive;
};

static struct seed *seeds;
static size_t seeds_count;
static size_t seed_bytes_max;

static uint8_t *fence; /* behind every input */
static size_t fence_room;

static volatile unsigned long executions;
static const uint8_t *volatile current;
static volatile size_t current_bytes;
static time_t hang_seconds = 1;
static const char *last_path = "fuzz-replay.last";

/* The input that failed is kept, for another run or a debugger. */
static void keep(int number) {
    FILE *file = fopen(last_path, "wb");
    if (file != NULL) {
        (void)fwrite(current, 1, current_bytes, file);
        fclose(file);
        fprintf(stderr, "driver: signal %d after %lu inputs; the input is in %s\n", number,
                executions, last_path);
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* Comes each so many seconds of CPU: the same input twice is one that does not end. */
static void look_for_hang(int number) {
    static unsigned long seen = (unsigned long)-1;
    (void)number;
    if (seen == executions) {
        fprintf(stderr, "driver: an input takes longer than %ld s\n", (long)hang_seconds);
        keep(SIGABRT);
    }
    seen = executions;
}

static void watch(void) {
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    const struct itimerval limit = {{hang_seconds, 0}, {hang_seconds, 0}};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], keep);
    }
    signal(SIGPROF, look_for_hang);
    setitimer(ITIMER_PROF, &limit, NULL);
}

static void fail(const char *what, const char *name) {
    fprintf(stderr, "driver: %s %s\n", what, name);
    exit(2);
}

static void add_seed(FILE *file) {
    struct seed *seed;
    size_t room = 4096;
    seeds = realloc(seeds, (seeds_count + 1) * sizeof *seeds);
    seed = &seeds[seeds_count++];
    *seed = (struct seed){malloc(room), 0};
    for (size_t got = 1; got > 0; seed->bytes += got) {
        if (seed->bytes == room && room < SEED_BYTES_MAX) {
            room *= 2;
            seed->data = realloc(seed->data, room);
        }
        got = fread(seed->data + seed->bytes, 1, room - seed->bytes, file);
    }
    seed_bytes_max = seed->bytes > seed_bytes_max ? seed->bytes : seed_bytes_max;
}

static void add_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail("cannot open", path);
    }
    add_seed(file);
    fclose(file);
}

/* A file, or all files of a directory in the order of their names. */
static void add_path(const char *path) {
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        add_file(path);
    }
    for (int i = 0; i < count; i++) {
        char inner[4096];
        if (entries[i]->d_name[0] != '.') {
            snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
            add_file(inner);
        }
        free(entries[i]);
    }
    free(entries);
}

static void raise_fence(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    fence_room = (seed_bytes_max + ROOM_MORE_BYTES + page - 1) / page * page;
    uint8_t *area =
        mmap(NULL, fence_room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || mprotect(area + fence_room, page, PROT_NONE) != 0) {
        fail("no memory for", "inputs");
    }
    fence = area + fence_room;
}

static void run(const uint8_t *data, size_t bytes) {
    uint8_t *copy = fence - bytes;
    memcpy(copy, data, bytes);
    current = copy;
    current_bytes = bytes;
    (void)LLVMFuzzerTestOneInput(copy, bytes);
    executions++;
}

static void every_byte(struct seed *seed) {
    for (size_t at = 0; at < seed->bytes; at++) {
        uint8_t kept = seed->data[at];
        for (unsigned value = 0; value < 256; value++) {
            seed->data[at] = (uint8_t)value;
            run(seed->data, seed->bytes);
        }
        seed->data[at] = kept;
    }
}

/* Half of the mutants are of the target's own making where it has a mutator. */
static void run_mutant(uint64_t *state, const struct seed *seed, uint8_t *scratch) {
    size_t bytes = seed->bytes;
    size_t room = seed_bytes_max + ROOM_MORE_BYTES;
    memcpy(scratch, seed->data, bytes);
    if (LLVMFuzzerCustomMutator != NULL && change_random(state) % 2 == 0) {
        bytes = LLVMFuzzerCustomMutator(scratch, bytes, room, (unsigned)change_random(state));
    } else {
        bytes = change(state, scratch, bytes, room, seeds, seeds_count);
    }
    run(scratch, bytes);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec +
           (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
}

static void run_mutants(const struct options *options) {
    const double end = now() + options->seconds;
    uint64_t state = (options->seed << 1 | 1) * UINT64_C(0x9e3779b97f4a7c15);
    uint8_t *scratch = malloc(seed_bytes_max + ROOM_MORE_BYTES);
    for (unsigned long i = 0; i < options->mutants; i++) {
        run_mutant(&state, &seeds[i % seeds_count], scratch);
    }
    while (options->seconds > 0 && now() < end) {
        for (int i = 0; i < 64; i++) {
            run_mutant(&state, &seeds[change_random(&state) % seeds_count], scratch);
        }
    }
    free(scratch);
}

/* Takes options and files from the command line. */
static struct options take_arguments(int argc, char **argv) {
    struct options options = {.name = argv[0]};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const int with = i + 1 < argc && word[0] == '-' && strchr("mtscno", word[1]) != NULL;
        if (strcmp(word, "-x") == 0) {
            options.exhaustive = 1;
        } else if (with) {
            const char *text = argv[++i];
            switch (word[1]) {
            case 'm': options.mutants = strtoul(text, NULL, 10); break;
            case 't': options.seconds = strtod(text, NULL); break;
            case 's': options.seed = strtoull(text, NULL, 10); break;
            case 'c': hang_seconds = (time_t)strtoul(text, NULL, 10); break;
            case 'n': options.name = text; break;
            default: last_path = text; break;
            }
        } else {
            add_path(word);
        }
    }
    return options;
}

int main(int argc, char **argv) {
    struct options options = take_arguments(argc, argv);
    if (seeds_count == 0) {
        add_seed(stdin);
    }
    raise_fence();
    watch();
    if (options.seconds > 0 && options.seed == 0) {
        options.seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    }
    if (options.seconds > 0) {
        printf("%s: seed %llu\n", options.name, (unsigned long long)options.seed);
        fflush(stdout);
    }
    const double begun = now();
    const double cpu_begun = cpu_seconds();
    for (size_t i = 0; i < seeds_count; i++) {
        run(seeds[i].data, seeds[i].bytes);
        if (options.exhaustive) {
            every_byte(&seeds[i]);
        }
    }
    run_mutants(&options);
    const double cpu = cpu_seconds() - cpu_begun;
    printf("%s: %lu inputs in %.1f s, %.0f per second of CPU\n", options.name, executions,
           now() - begun, (double)executions / (cpu > 1e-6 ? cpu : 1e-6));
    return 0;
}
