/*
 * Bytes of footer per second, read from the page cache.
 *
 *     bench_footer [-n RUNS] [-s] [-w N] FILE
 *
 * Walks the schema and every column chunk; with -s, all statistics too, as `weir check` does; with
 * -w, only every Nth column is wanted (0: none), as with `--columns`.
 * Prints CPU seconds of the thread, best and median of the runs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "parquet/footer.h"

static int64_t read_at(void *fd, uint64_t offset, void *to, size_t bytes) {
    return pread(*(int *)fd, to, bytes, (off_t)offset);
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

static bool is_wanted(void *step, uint32_t column) {
    return *(const uint32_t *)step > 0 && column % *(const uint32_t *)step == 0;
}

int main(int argc, char **argv) {
    static struct weir_footer footer;
    static struct weir_footer_item item;
    static struct weir_error error;
    static uint8_t window[WEIR_FOOTER_WINDOW_BYTES];
    static double seconds[1000];
    static struct weir_claims claims;
    static uint32_t step = 1;
    bool with_claims = false;
    int runs = 9;
    int option = 0;
    while ((option = getopt(argc, argv, "n:sw:")) != -1) {
        switch (option) {
        case 'n': runs = atoi(optarg); break;
        case 's': with_claims = true; break;
        case 'w': step = (uint32_t)atoi(optarg); break;
        default: return 2;
        }
    }
    int fd = optind < argc ? open(argv[optind], O_RDONLY) : -1;
    if (fd < 0 || runs < 1 || runs > 1000) {
        fprintf(stderr, "usage: bench_footer [-n RUNS] [-s] [-w N] FILE\n");
        return 2;
    }
    struct weir_source source = {&fd, read_at, (uint64_t)lseek(fd, 0, SEEK_END)};
    uint64_t chunks = 0;
    for (int run = 0; run < runs; run++) {
        double begun = cpu_seconds();
        weir_error_clear(&error);
        enum weir_status status = weir_footer_open(&footer, &source, window, &error);
        footer.claims = with_claims ? &claims : NULL;
        footer.wants = step == 1 ? NULL : is_wanted;
        footer.wants_context = &step;
        chunks = 0;
        while (status == WEIR_OK && (status = weir_footer_next(&footer, &item)) == WEIR_OK) {
            chunks += item.kind == WEIR_FOOTER_ROW_GROUP_END ? footer.leaves : 0;
        }
        seconds[run] = cpu_seconds() - begun;
        if (status != WEIR_END) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
    }
    qsort(seconds, (size_t)runs, sizeof *seconds, by_value);
    double bytes = (double)footer.footer_bytes;
    printf(
        "%.1f MB of footer, %llu chunks: best %.3f s (%.2f GB/s, %.0f ns a chunk), median %.3f s "
        "(%.2f GB/s)\n",
        bytes / 1e6, (unsigned long long)chunks, seconds[0], bytes / seconds[0] / 1e9,
        seconds[0] / (double)chunks * 1e9, seconds[runs / 2], bytes / seconds[runs / 2] / 1e9);
    return 0;
}
