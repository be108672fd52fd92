/*
 * Open, profile, close, again and again in one process: resident memory, address space, page
 * faults, allocations and open descriptors stay what they were, and so does what is found.
 *
 * WEIR_RUNS says how often; `make endurance` takes a million.
 */
#include "count_malloc.h"
#include "make_parquet.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hash.h"

#define FILES 2
#define ROWS 90
#define SETTLING 16

static _Alignas(WEIR_MEMORY_ALIGN) uint8_t memory[8 << 20];
static struct weir_inventory inventory;
static struct weir_plan plan;
static char paths[FILES][64];

/* --- Files ------------------------------------------------------------------------------------ */

/* Numbers with a dictionary, numbers in full, strings with nulls; snappy. */
static struct mp_file *make_file(void) {
    static const char *const words[] = {"", "weir", "a longer one, of 31 bytes, weir"};
    struct mp_file *file = mp_begin();
    mp_column(file, "codes", WEIR_INT64, 0);
    mp_column(file, "reals", WEIR_DOUBLE, 0);
    mp_column(file, "words", WEIR_BYTE_ARRAY, 1);
    struct mp_page dictionary = mp_page_of(2, 0, 16);
    struct mp_page pages[3] = {mp_page_of(0, 8, ROWS), mp_page_of(0, 0, ROWS),
                               mp_page_of(0, 0, ROWS)};
    uint32_t indices[ROWS];
    uint32_t present[ROWS];
    for (int64_t i = 0; i < 16; i++) {
        const int64_t entry = i * i * 1000003;
        mp_put(&dictionary.data, &entry, 8);
    }
    for (uint32_t i = 0; i < ROWS; i++) {
        const double real = (double)(mp_random() >> 20) / 1024;
        indices[i] = mp_below(16);
        present[i] = mp_below(5) != 0;
        mp_put(&pages[1].data, &real, 8);
        if (present[i] != 0) {
            const char *word = words[mp_below(3)];
            mp_u32(&pages[2].data, (uint32_t)strlen(word));
            mp_text(&pages[2].data, word);
        }
    }
    mp_byte(&pages[0].data, 4);
    mp_runs(&pages[0].data, indices, ROWS, 4);
    mp_levels(&pages[2], present, ROWS);
    mp_group_begin(file);
    for (int c = 0; c < 3; c++) {
        mp_chunk_begin(file, file->columns[c].type, 1)->encoding = pages[c].encoding;
        if (c == 0) {
            dictionary.codec = 1;
            mp_page_write(&file->bytes, &dictionary);
        }
        pages[c].codec = 1;
        mp_page_write(&file->bytes, &pages[c]);
        mp_chunk_end(file, ROWS);
    }
    mp_group_end(file, ROWS);
    mp_end(file);
    return file;
}

/* --- Sources of the operating system ---------------------------------------------------------- */

enum leak { LEAK_NONE, LEAK_DESCRIPTOR, LEAK_MEMORY };
static enum leak leak;
static uint64_t opened;
static int descriptors[FILES];

static int64_t read_file(void *context, uint64_t offset, void *to, size_t bytes) {
    return pread(*(const int *)context, to, bytes, (off_t)offset);
}

static enum weir_status open_file(void *context, uint32_t file, struct weir_source *source) {
    (void)context;
    descriptors[file] = open(paths[file], O_RDONLY | O_CLOEXEC);
    if (descriptors[file] < 0) {
        return WEIR_E_IO;
    }
    opened++;
    source->context = &descriptors[file];
    source->read_at = read_file;
    source->size_bytes = (uint64_t)lseek(descriptors[file], 0, SEEK_END);
    return WEIR_OK;
}

static enum weir_status close_file(void *context, uint32_t file, struct weir_source *source) {
    (void)context;
    (void)source;
    if (leak == LEAK_DESCRIPTOR && opened % 10 == 0) {
        return WEIR_OK;
    }
    return close(descriptors[file]) == 0 ? WEIR_OK : WEIR_E_IO;
}

/* --- What the process holds ------------------------------------------------------------------- */

struct holding {
    uint64_t resident_kib;
    uint64_t mapped_kib;
    uint64_t faults;
    uint64_t allocations;
    uint64_t descriptors;
};

static uint64_t number_in(const char *path, const char *key) {
    static char text[8192];
    const int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    const ssize_t count = read(fd, text, sizeof text - 1);
    assert_true(count > 0);
    text[count] = '\0';
    (void)close(fd);
    const char *at = strstr(text, key);
    assert_non_null(at);
    return strtoull(at + strlen(key), NULL, 10);
}

static struct holding holding_now(void) {
    static char name[32];
    struct rusage usage;
    struct holding holding = {.resident_kib = number_in("/proc/self/smaps_rollup", "\nRss:"),
                              .mapped_kib = number_in("/proc/self/status", "\nVmSize:"),
                              .allocations = malloc_count};
    for (int fd = 0; fd < 1000; fd++) {
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        holding.descriptors += access(name, F_OK) == 0;
    }
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    holding.faults = (uint64_t)(usage.ru_minflt + usage.ru_majflt);
    return holding;
}

/* --- Runs ------------------------------------------------------------------------------------- */

static uint64_t digest_of(struct weir_profile *profile) {
    static struct weir_result result;
    struct weir_quantile median = {.q = 0.5};
    uint64_t digest = 0;
    for (uint32_t i = 0; i < 3; i++) {
        memset(&result, 0, sizeof result);
        weir_profile_result(profile, i, &result);
        weir_profile_quantiles(profile, i, &median, 1);
        digest = weir_hash_u64(digest ^ weir_hash_bytes((const uint8_t *)&result, sizeof result) ^
                               (uint64_t)median.value.i64);
        assert_int_equal(result.rows, FILES * ROWS);
    }
    return digest;
}

static uint64_t run_once(const struct weir_dataset *dataset) {
    const struct weir_profile_options options = {.budget_bytes = sizeof memory, .lanes = 1};
    struct weir_profile *profile = NULL;
    struct weir_error error;
    assert_int_equal(
        weir_inspect(dataset, &options, memory, WEIR_INSPECT_BYTES, &inventory, &error), WEIR_OK);
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    assert_int_equal(plan.batches, 1);
    assert_int_equal(weir_profile_init(memory, sizeof memory, &plan, dataset, &profile, &error),
                     WEIR_OK);
    assert_int_equal(weir_profile_batch(profile), WEIR_OK);
    assert_int_equal(weir_profile_run_lane(profile, 0), WEIR_OK);
    const uint64_t digest = digest_of(profile);
    assert_int_equal(weir_profile_batch(profile), WEIR_END);
    if (leak == LEAK_MEMORY) {
        volatile char *lost = malloc(100);
        lost[0] = 1;
    }
    return digest;
}

/* What is held more after so many runs than when they had settled. */
static struct holding grown(const struct weir_dataset *dataset, uint64_t runs) {
    struct holding before = {0};
    const uint64_t digest = run_once(dataset);
    for (uint64_t i = 0; i < runs + SETTLING; i++) {
        if (i == SETTLING) {
            (void)holding_now(); /* its own pages */
            before = holding_now();
        }
        assert_true(run_once(dataset) == digest);
    }
    const struct holding after = holding_now();
    return (struct holding){.resident_kib = after.resident_kib - before.resident_kib,
                            .mapped_kib = after.mapped_kib - before.mapped_kib,
                            .faults = after.faults - before.faults,
                            .allocations = after.allocations - before.allocations,
                            .descriptors = after.descriptors - before.descriptors};
}

static double seconds_now(void) {
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void assert_flat(const struct weir_dataset *dataset, const char *what) {
    const char *wish = getenv("WEIR_RUNS");
    const uint64_t runs = wish != NULL ? strtoull(wish, NULL, 10) : 10000;
    const double begin = seconds_now();
    const struct holding more = grown(dataset, runs);
    printf("%llu runs of %s in %.1f s: %lld KiB of RSS more, %lld of address space, %lld "
           "descriptors; %llu page faults, %llu allocations\n",
           (unsigned long long)runs, what, seconds_now() - begin, (long long)more.resident_kib,
           (long long)more.mapped_kib, (long long)more.descriptors, (unsigned long long)more.faults,
           (unsigned long long)more.allocations);
    assert_int_equal(more.resident_kib, 0);
    assert_int_equal(more.mapped_kib, 0);
    assert_int_equal(more.descriptors, 0);
    assert_int_equal(more.allocations, 0);
}

static struct mp_file *made[FILES];
static const struct weir_dataset on_disk = {.files = FILES, .open = open_file, .close = close_file};

static int set_up(void **unused) {
    (void)unused;
    mp_seed("endurance");
    for (int i = 0; i < FILES; i++) {
        made[i] = make_file();
        (void)snprintf(paths[i], sizeof paths[i], "/tmp/weir-endurance-%ld-%d", (long)getpid(), i);
        FILE *file = fopen(paths[i], "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(made[i]->bytes.data, 1, made[i]->bytes.count, file),
                         made[i]->bytes.count);
        assert_int_equal(fclose(file), 0);
    }
    return 0;
}

static int tear_down(void **unused) {
    (void)unused;
    for (int i = 0; i < FILES; i++) {
        (void)unlink(paths[i]);
        mp_drop(made[i]);
    }
    return 0;
}

static void files_in_memory_leave_nothing_behind(void **unused) {
    struct mp_set set;
    (void)unused;
    mp_set_of(&set, made, FILES, 0);
    assert_flat(&set.dataset, "files in memory");
}

static void files_on_disk_leave_nothing_behind(void **unused) {
    (void)unused;
    opened = 0;
    assert_flat(&on_disk, "files that are opened and closed");
    assert_true(opened >= 2 * FILES * 100); /* to inspect, and to read */
}

/* The canary: a descriptor lost now and then, 100 bytes lost in each run. */
static void planted_leaks_are_seen(void **unused) {
    (void)unused;
    leak = LEAK_DESCRIPTOR;
    opened = 0;
    const struct holding lost = grown(&on_disk, 500);
    assert_true(lost.descriptors >= 100);
    leak = LEAK_MEMORY;
    const struct holding more = grown(&on_disk, 500);
    leak = LEAK_NONE;
    assert_true(more.resident_kib >= 40 && more.faults >= 10);
#ifndef COUNT_MALLOC_OFF
    assert_int_equal(more.allocations, 500);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_in_memory_leave_nothing_behind),
        cmocka_unit_test(files_on_disk_leave_nothing_behind),
        cmocka_unit_test(planted_leaks_are_seen),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
