/*
 * Values per second through the whole library, in process, page cache warm.
 *
 *     bench_decode [-s STATS] [-c COLUMN] [-n RUNS] FILE
 *
 * STATS is a set of enum weir_stats (1: moments only, 15: all). Prints CPU seconds of the calling
 * thread, reading included, best and median of the runs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir.h"

static int64_t read_at(void *fd, uint64_t offset, void *to, size_t bytes) {
    return pread(*(int *)fd, to, bytes, (off_t)offset);
}

static bool is_column(void *name, const char *path, size_t bytes) {
    return strlen(name) == bytes && memcmp(name, path, bytes) == 0;
}

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    int runs = 5;
    int option = 0;
    while ((option = getopt(argc, argv, "s:c:n:")) != -1) {
        switch (option) {
        case 's': options.stats = (uint32_t)atoi(optarg); break;
        case 'c':
            options.select = is_column;
            options.select_context = optarg;
            break;
        case 'n': runs = atoi(optarg); break;
        default: return 2;
        }
    }
    int fd = optind < argc ? open(argv[optind], O_RDONLY) : -1;
    if (fd < 0 || runs < 1 || runs > 100) {
        fprintf(stderr, "usage: bench_decode [-s STATS] [-c COLUMN] [-n RUNS] FILE\n");
        return 2;
    }
    struct weir_source source = {&fd, read_at, (uint64_t)lseek(fd, 0, SEEK_END)};
    struct weir_dataset data = {.context = &source, .files = 1};
    static _Alignas(64) unsigned char memory[64u << 20];
    double seconds[100];
    struct weir_inventory inventory;
    for (int run = 0; run < runs; run++) {
        struct weir_plan plan;
        struct weir_profile *profile;
        struct weir_error error;
        if (weir_inspect(&data, &options, memory, sizeof memory, &inventory, &error) ||
            weir_profile_plan(&inventory, &options, &plan, &error) ||
            weir_profile_init(memory, sizeof memory, &plan, &data, &profile, &error)) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        double before = cpu_seconds();
        enum weir_status status = WEIR_OK;
        while ((status = weir_profile_batch(profile)) == WEIR_OK &&
               (status = weir_profile_run_lane(profile, 0)) == WEIR_OK) {
        }
        seconds[run] = cpu_seconds() - before;
        if (status != WEIR_END) {
            fprintf(stderr, "%s\n", weir_profile_error(profile)->message);
            return 1;
        }
    }
    qsort(seconds, (size_t)runs, sizeof seconds[0], by_value);
    double values = (double)inventory.rows * inventory.columns_selected;
    printf("%.0f values, best %.1f, median %.1f million values/s\n", values,
           values / seconds[0] / 1e6, values / seconds[runs / 2] / 1e6);
    return 0;
}
