/* The progress line: drawn after half a second, then five times a second. */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "number.h"

static struct {
    const struct weir_profile *profile;
    uint64_t budget_bytes;
    double begin;
    double next;
    unsigned columns;
    bool is_drawn;
} progress;

static double now_seconds(void) {
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0
               ? (double)now.tv_sec + (double)now.tv_nsec / 1e9
               : 0;
}

void cli_progress_start(const struct weir_profile *profile, uint64_t budget_bytes) {
    struct winsize size;
    if (isatty(2) != 1) {
        return;
    }
    progress.columns = ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80u;
    progress.profile = profile;
    progress.budget_bytes = budget_bytes;
    progress.begin = now_seconds();
    progress.next = progress.begin + 0.5;
}

static void write_line(const char *text, size_t bytes) {
    const ssize_t written = write(2, text, bytes);
    (void)written; /* a line that is lost is drawn again soon */
}

void cli_progress_tick(void) {
    if (progress.profile == NULL) {
        return;
    }
    const double now = now_seconds();
    if (now < progress.next) {
        return;
    }
    progress.next = now + 0.2;
    struct weir_progress counts;
    weir_profile_progress(progress.profile, &counts);
    const double seconds = now - progress.begin;
    const double share =
        counts.bytes_total > 0 ? (double)counts.bytes / (double)counts.bytes_total : 0;
    char values[CLI_NUMBER_BYTES];
    char speed[CLI_NUMBER_BYTES];
    char rest[CLI_NUMBER_BYTES] = "?";
    char resident[CLI_NUMBER_BYTES];
    char budget[CLI_NUMBER_BYTES];
    char line[256];
    cli_format_human(values, (double)counts.values / seconds);
    cli_format_bytes(speed, (uint64_t)((double)counts.bytes / seconds));
    cli_format_bytes(resident, cli_memory_resident_bytes());
    cli_format_bytes(budget, progress.budget_bytes);
    if (share > 0.005 && share <= 1) {
        cli_format_duration(rest, (double)(uint64_t)(seconds / share * (1 - share) + 1));
    }
    int count = snprintf(line, sizeof line, "%3.0f %%  %s values/s  %s/s  ETA %s  RSS %s of %s",
                         share * 100, values, speed, rest, resident, budget);
    if (count >= (int)progress.columns) {
        count = (int)progress.columns - 1;
    }
    write_line("\r", 1);
    write_line(line, (size_t)count);
    write_line("\033[K", 3);
    progress.is_drawn = true;
}

void cli_progress_clear(void) {
    if (progress.is_drawn) {
        write_line("\r\033[K", 4);
        progress.is_drawn = false;
    }
}
