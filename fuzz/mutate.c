/*
 * Exhaustive mutation of small files: what the library makes of every mutant, compared with a table
 * of pinned verdicts.
 *
 *     mutate [OPTION]... FILE [MODE]...
 *     mutate --files
 *
 * FILE is a name that --files lists. Modes: `values` tries every value of every byte (`bits` of
 * large files: every single bit), `cuts` every shorter length, `fields` every change of every field
 * of footer and page headers.
 *
 *     -t TABLE    compare with the lines of this table
 *     -w ROWS     write lines for a table
 *     -o LAST     where an input that does harm is kept (mutate.last)
 *     -l          list the verdict of every mutant
 *     -d          write the file itself to standard output
 *     -q          each reader once a mutant, the block at its two places by turns: half the time
 *     -n MUTANTS  no more than that many in a mode; nothing is compared then
 *     -c CANARY   plant a fault: read, before, write, hang, slow, budget, unset, verdict
 *
 * Exit: 0 all as pinned and no fault, 1 otherwise, 2 usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mutate_files.h"
#include "mutate_run.h"
#include "mutate_sweep.h"
#include "mutate_table.h"

#define FAULTS_TOLD 5u

static struct {
    const char *table;
    const char *rows;
    const char *last;
    bool list;
    bool quick;
    enum mutate_canary canary;
    uint64_t mutants_max;
} options = {.last = "mutate.last", .mutants_max = UINT64_MAX};

/* One file in one mode. */
struct course {
    const struct mutate_file *file;
    const char *mode;
    struct mutate_verdict base; /* of the file as it is */
    struct mutate_row rows[2];  /* [1]: mutants inside what a codec's library decodes */
    uint64_t number;
    uint64_t faults;
};

/* --- One mutant ---------------------------------------------------------------------------------
 */

static void keep(const uint8_t *data, size_t bytes) {
    FILE *file = fopen(options.last, "wb");
    if (file != NULL) {
        (void)fwrite(data, 1, bytes, file);
        fclose(file);
    }
}

static void tell_fault(struct course *course, const uint8_t *data, size_t bytes, const char *what) {
    if (course->faults++ == 0) {
        keep(data, bytes);
        printf("%s %s: the first input that does harm is kept in %s\n", course->file->name,
               course->mode, options.last);
    }
    if (course->faults <= FAULTS_TOLD) {
        printf("%s %s: mutant %llu, %s: %s\n", course->file->name, course->mode,
               (unsigned long long)course->number, what, mutate_run_says());
        fflush(stdout);
    }
}

static void list_verdict(const struct course *course, const struct mutate_verdict *verdict,
                         const char *what) {
    printf("%llu\t%s", (unsigned long long)course->number, what);
    for (int verb = 0; verb < MUTATE_VERBS; verb++) {
        printf("\t%s %016llx", weir_status_name((enum weir_status)verdict->status[verb]),
               (unsigned long long)verdict->digest[verb]);
    }
    printf("\n");
}

/* Runs the input as it lies there. */
static void try_mutant(struct course *course, const uint8_t *data, size_t bytes, bool in_codec,
                       const char *what) {
    struct mutate_verdict verdict;
    if (course->number == options.mutants_max) {
        return;
    }
    enum mutate_fault fault = mutate_run(course->number, &verdict);
    if (fault != MUTATE_NO_FAULT) {
        tell_fault(course, data, bytes, what);
    }
    if (options.list) {
        list_verdict(course, &verdict, what);
    }
    bool same = memcmp(&verdict, &course->base, sizeof verdict) == 0;
    mutate_row_add(&course->rows[in_codec], &verdict, same);
    course->number++;
}

/* --- Modes --------------------------------------------------------------------------------------
 */

static void run_values(struct course *course, uint8_t *input) {
    const struct mutate_file *file = course->file;
    for (size_t at = 0; at < file->bytes; at++) {
        const uint8_t kept = input[at];
        bool in_codec = file->library != 0 && mutate_in_body(file->data, file->bytes, at);
        for (uint32_t change = 1; change < 256; change++) {
            char what[64];
            if (course->file->large && (change & (change - 1)) != 0) {
                continue; /* more than a bit */
            }
            input[at] = (uint8_t)(kept ^ change);
            snprintf(what, sizeof what, "offset %zu: %02x for %02x", at, input[at], kept);
            mutate_row_slice(&course->rows[in_codec], at, file->bytes);
            try_mutant(course, input, file->bytes, in_codec, what);
        }
        input[at] = kept;
    }
}

static void run_cuts(struct course *course) {
    for (size_t bytes = 0; bytes < course->file->bytes; bytes++) {
        char what[64];
        const uint8_t *input = mutate_run_input(course->file->data, bytes);
        snprintf(what, sizeof what, "%zu bytes", bytes);
        mutate_row_slice(&course->rows[0], bytes, course->file->bytes);
        try_mutant(course, input, bytes, false, what);
    }
}

static void see_changed(void *context, const uint8_t *data, size_t bytes, const char *what) {
    struct course *course = context;
    const uint8_t *input = mutate_run_input(data, bytes);
    mutate_row_slice(&course->rows[0], course->number / 2048 % MUTATE_SLICES, MUTATE_SLICES);
    try_mutant(course, input, bytes, false, what);
}

/* --- Courses ------------------------------------------------------------------------------------
 */

/* Returns whether no mutant did harm and all is as pinned. */
static bool run_course(const struct mutate_file *file, const char *mode) {
    static struct course course;
    struct timespec begun;
    struct timespec ended;
    memset(&course, 0, sizeof course);
    course.file = file;
    course.mode = file->large && strcmp(mode, "values") == 0 ? "bits" : mode;
    uint8_t *input = mutate_run_input(file->data, file->bytes);
    uint64_t runs = mutate_run_times()->runs;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
    enum mutate_fault fault = mutate_run(0, &course.base);
    if (file->library != 0 && course.base.status[MUTATE_PROFILE] == WEIR_E_UNSUPPORTED) {
        printf("%s %s: skipped: built without its codec\n", file->name, course.mode);
        return true;
    }
    if (fault != MUTATE_NO_FAULT) {
        tell_fault(&course, input, file->bytes, "the file itself");
    } else if (course.base.status[MUTATE_PROFILE] != WEIR_END ||
               course.base.status[MUTATE_CHECK] != WEIR_OK) {
        printf("%s: is no valid file: %s\n", file->name,
               weir_status_name((enum weir_status)course.base.status[MUTATE_PROFILE]));
        course.faults++;
    }
    if (strcmp(mode, "values") == 0) {
        run_values(&course, input);
    } else if (strcmp(mode, "cuts") == 0) {
        run_cuts(&course);
    } else if (!mutate_sweep(file->data, file->bytes, see_changed, &course)) {
        printf("%s: cannot be taken apart\n", file->name);
        course.faults++;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    bool fine = course.faults == 0;
    for (int in_codec = 0; in_codec < 2; in_codec++) {
        if (course.rows[in_codec].mutants > 0 && options.mutants_max == UINT64_MAX) {
            fine &= mutate_row_end(&course.rows[in_codec], file, course.mode, in_codec != 0,
                                   options.table, options.rows);
        }
    }
    double seconds =
        (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    printf("%s %s: %s, %llu mutants, %llu faults, %llu runs, %.2f s, slowest %.2f ms\n", file->name,
           course.mode, fine ? "ok" : "FAIL", (unsigned long long)course.number,
           (unsigned long long)course.faults, (unsigned long long)(mutate_run_times()->runs - runs),
           seconds, (double)mutate_run_times()->slowest_ns / 1e6);
    fflush(stdout);
    return fine;
}

static bool find_file(const char *name, struct mutate_file *file) {
    for (uint32_t i = 0; i < mutate_files_count(); i++) {
        mutate_files_make(i, file);
        if (name == NULL) {
            printf("%s\n", file->name);
        } else if (strcmp(file->name, name) == 0) {
            return true;
        }
    }
    return name == NULL;
}

static enum mutate_canary canary_of(const char *name) {
    static const char *const names[] = {"none", "read",   "write", "before", "hang",
                                        "slow", "budget", "unset", "verdict"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum mutate_canary)i;
        }
    }
    fprintf(stderr, "mutate: no canary is called %s\n", name);
    exit(2);
}

int main(int argc, char **argv) {
    static struct mutate_file file;
    static const char *const all[] = {"values", "cuts", "fields"};
    bool dump = false;
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        char option = argv[at][1];
        if (strcmp(argv[at], "--files") == 0) {
            return find_file(NULL, &file) ? 0 : 1;
        }
        dump |= option == 'd';
        options.list |= option == 'l';
        options.quick |= option == 'q';
        if (strchr("twocn", option) == NULL || at + 1 == argc) {
            continue;
        }
        const char *value = argv[++at];
        switch (option) {
        case 't': options.table = value; break;
        case 'w': options.rows = value; break;
        case 'o': options.last = value; break;
        case 'n': options.mutants_max = strtoull(value, NULL, 10); break;
        default: options.canary = canary_of(value); break;
        }
    }
    if (at == argc || !find_file(argv[at], &file)) {
        fprintf(stderr, "mutate: name one of the files that --files lists\n");
        return 2;
    }
    if (dump) {
        return fwrite(file.data, 1, file.bytes, stdout) == file.bytes ? 0 : 1;
    }
    bool fine = true;
    mutate_run_begin(options.canary, options.quick);
    for (int i = 0; i < 3; i++) {
        bool wanted = at + 1 == argc;
        for (int j = at + 1; j < argc; j++) {
            wanted |= strcmp(argv[j], all[i]) == 0;
        }
        fine &= !wanted || run_course(&file, all[i]);
    }
    return fine ? 0 : 1;
}
