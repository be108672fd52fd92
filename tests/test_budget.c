/* Limits from trees of files that look like /proc and /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../tools/budget.h"
#include "../tools/cgroup.h"
#include "../tools/lines.h"
#include "../tools/memory.h"

static char root[64];

static void put(const char *path, const char *text) {
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *at = whole + strlen(root) + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(whole, 0755);
            *at = '/';
        }
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **unused) {
    (void)unused;
    (void)snprintf(root, sizeof root, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    put("/proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\n"
                         "MemAvailable:    6291456 kB\nSwapFree:        0 kB\n");
    return 0;
}

static int tear_down(void **unused) {
    char command[96];
    (void)unused;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static void the_machine_is_the_limit_without_groups(void **unused) {
    struct cli_limit limit;
    (void)unused;
    cli_limit_smallest(root, &limit);
    assert_true(limit.bytes <= 8ull << 30);
    cli_limit_tightest(root, 0, &limit);
    assert_true(limit.bytes == 8ull << 30);
    assert_true(limit.others == 2ull << 30);
}

static void the_smallest_group_above_counts_in_version_2(void **unused) {
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/cgroup", "0::/a/b/c\n");
    put("/proc/self/mountinfo", "25 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "
                                "rw,nsdelegate\n");
    put("/sys/fs/cgroup/a/b/c/memory.max", "max\n");
    put("/sys/fs/cgroup/a/b/memory.max", "50331648\n");
    put("/sys/fs/cgroup/a/b/memory.stat", "file 999\nanon 16777216\nanon_thp 0\n");
    put("/sys/fs/cgroup/a/memory.max", "67108864\n");
    put("/sys/fs/cgroup/a/memory.stat", "anon 60000000\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 48u << 20);
    assert_non_null(strstr(limit.name, "/a/b"));
    cli_limit_tightest(root, 1000, &limit);
    assert_int_equal(limit.bytes, 64u << 20);
    assert_int_equal(limit.others, 60000000 - 1000);
}

static void version_1_and_a_container_mount_are_understood(void **unused) {
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/cgroup", "5:cpu,cpuacct:/docker/xyz\n4:memory:/docker/xyz\n0::/\n");
    put("/proc/self/mountinfo",
        "30 1 0:26 /docker/xyz /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "31 1 0:27 /docker/xyz /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "33554432\n");
    put("/sys/fs/cgroup/memory/memory.stat", "rss 5\ntotal_rss 4096\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    cli_limit_tightest(root, 0, &limit);
    assert_int_equal(limit.bytes, 32u << 20);
    assert_int_equal(limit.others, 4096);
    assert_int_equal(cli_cpu_count(root), 1);
}

static void nested_groups_of_version_1_count_each(void **unused) {
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/cgroup", "7:cpu:/other\n6:hugetlb,memory:/u/v/w\n");
    put("/proc/self/mountinfo", "30 1 0:26 / /mnt/odd\\040place/mem rw - cgroup cgroup "
                                "rw,hugetlb,memory\n");
    put("/mnt/odd place/mem/memory.limit_in_bytes", "9223372036854771712\n");
    put("/mnt/odd place/mem/u/memory.limit_in_bytes", "20971520\n");
    put("/mnt/odd place/mem/u/memory.stat", "total_cache 999999999\ntotal_rss 1048576\n"
                                            "total_shmem 4096\n");
    put("/mnt/odd place/mem/u/v/memory.limit_in_bytes", "41943040\n");
    put("/mnt/odd place/mem/u/v/memory.stat", "total_rss 40000000\n");
    put("/mnt/odd place/mem/u/v/w/memory.limit_in_bytes", "83886080\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 20u << 20);
    assert_true(limit.is_group);
    assert_non_null(strstr(limit.name, "/mnt/odd place/mem/u"));
    cli_limit_tightest(root, 0, &limit); /* fewest bytes left, not the smallest */
    assert_int_equal(limit.bytes, 40u << 20);
    assert_int_equal(limit.others, 40000000);
    put("/mnt/odd place/mem/u/v/memory.stat", "total_rss 10\n");
    cli_limit_tightest(root, 0, &limit);
    assert_int_equal(limit.bytes, 20u << 20);
    assert_int_equal(limit.others, 1048576 + 4096);
}

/* systemd's hybrid: version 2 is there, without the controller. */
static void hybrid_mounts_have_memory_in_version_1(void **unused) {
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/cgroup", "4:memory:/a\n1:name=systemd:/b\n0::/c\n");
    put("/proc/self/mountinfo",
        "40 1 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
        "41 1 0:41 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
        "42 1 0:42 / /sys/fs/cgroup/memory rw shared:9 master:2 - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/unified/c/memory.max", "1\n");
    put("/sys/fs/cgroup/systemd/b/memory.limit_in_bytes", "2\n");
    put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "52428800\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 50u << 20);
    /* The other way round: version 1 has only cpu, memory is version 2's. */
    put("/proc/self/cgroup", "4:cpu:/a\n0::/c\n");
    put("/proc/self/mountinfo", "42 1 0:42 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                                "40 1 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/unified/c/memory.max", "62914560\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 60u << 20);
}

/* Of several mounts of a hierarchy the one that shows us, and most of those above. */
static void the_mount_that_shows_most_counts(void **unused) {
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/cgroup", "0::/pods/x/y\n");
    put("/proc/self/mountinfo", "50 1 0:50 /pods/other /mnt/other rw - cgroup2 cgroup2 rw\n"
                                "51 1 0:50 /pods/x/y /mnt/y rw - cgroup2 cgroup2 rw\n"
                                "52 1 0:50 /pods /mnt/pods rw - cgroup2 cgroup2 rw\n"
                                "53 1 0:50 /po /mnt/po rw - cgroup2 cgroup2 rw\n");
    put("/mnt/other/memory.max", "4096\n");
    put("/mnt/po/memory.max", "4096\n");
    put("/mnt/y/memory.max", "104857600\n");
    put("/mnt/pods/x/y/memory.max", "104857600\n");
    put("/mnt/pods/x/memory.max", "31457280\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 30u << 20);
    put("/proc/self/mountinfo", "50 1 0:50 /pods/other /mnt/other rw - cgroup2 cgroup2 rw\n"
                                "51 1 0:50 /pods/x/y /mnt/y rw - cgroup2 cgroup2 rw\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 100u << 20);
}

/* Names of a group that another namespace, or nobody, sees. */
static void names_that_lead_nowhere_end_at_the_mount(void **unused) {
    static const char *const names[] = {"0::/../../elsewhere\n", "0::/..\n", "0::/gone (deleted)\n",
                                        "0::/not/there\n", "0::/\n"};
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/mountinfo", "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/memory.max", "73400320\n");
    put("/sys/elsewhere/memory.max", "4096\n");
    put("/sys/fs/memory.max", "4096\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put("/proc/self/cgroup", names[i]);
        cli_limit_smallest(root, &limit);
        assert_int_equal(limit.bytes, 70u << 20);
    }
    put("/proc/self/cgroup", "0::/..x\n"); /* a name like any other */
    put("/sys/fs/cgroup/..x/memory.max", "10485760\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 10u << 20);
}

static void what_cannot_be_read_limits_nothing(void **unused) {
    struct cli_limit limit;
    char path[256];
    (void)unused;
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/proc/self/mountinfo", "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/a/b/memory.max", "");
    put("/sys/fs/cgroup/a/memory.max", "62914560\n");
    (void)snprintf(path, sizeof path, "%s/sys/fs/cgroup/a/memory.stat", root);
    assert_int_equal(mkdir(path, 0755), 0); /* reading a directory fails */
    cli_limit_tightest(root, 0, &limit);
    assert_int_equal(limit.bytes, 60u << 20);
    assert_int_equal(limit.others, 0);
    put("/sys/fs/cgroup/a/b/memory.max", "max\n");
    put("/sys/fs/cgroup/a/b/memory.high", "41943040\n");
    cli_limit_smallest(root, &limit);
    assert_int_equal(limit.bytes, 40u << 20);
    put("/sys/fs/cgroup/a/b/memory.high", "not a number\n");
    put("/sys/fs/cgroup/a/memory.max", "99999999999999999999999999\n");
    cli_limit_tightest(root, 0, &limit);
    assert_true(limit.bytes == 8ull << 30);
    assert_false(limit.is_group);
    /* Lines cut short, and no mount at all. */
    static const char *const mounts[] = {"25 1 0:22 / \n", "25 - cgroup2\n",
                                         " - cgroup2 cgroup2 rw\n", "25 1 0:22 / /sys rw cgroup2\n",
                                         ""};
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        put("/proc/self/mountinfo", mounts[i]);
        cli_limit_tightest(root, 0, &limit);
        assert_true(limit.bytes == 8ull << 30);
    }
    put("/proc/meminfo", "nothing here\n");
    cli_limit_smallest(root, &limit);
    const struct cli_size all = {.kind = CLI_SIZE_PERCENT, .percent = 100};
    assert_true(cli_budget_resolve(&all, &limit) > 0);
}

static void no_limit_in_version_1_is_a_huge_number(void **unused) {
    struct cli_limit limit;
    (void)unused;
    put("/proc/self/cgroup", "4:memory:/elsewhere\n");
    put("/proc/self/mountinfo", "30 1 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    cli_limit_tightest(root, 0, &limit);
    assert_true(limit.bytes == 8ull << 30);
}

static void a_quota_in_version_2_limits_threads(void **unused) {
    struct cli_cgroup group;
    double cpus = 0;
    (void)unused;
    put("/proc/self/cgroup", "0::/x\n");
    put("/proc/self/mountinfo", "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/x/cpu.max", "150000 100000\n");
    assert_true(cli_cgroup_own(root, "cpu", &group));
    assert_true(cli_cgroup_cpus(&group, &cpus));
    assert_true(cpus == 1.5);
    assert_int_equal(cli_cpu_count(root), 1);
    put("/sys/fs/cgroup/x/cpu.max", "max 100000\n");
    assert_false(cli_cgroup_cpus(&group, &cpus));
}

static void percent_and_auto_follow_the_limit(void **unused) {
    const struct cli_limit limit = {.bytes = 400u << 20};
    const struct cli_limit large = {.bytes = 64ull << 30};
    const struct cli_size quarter = {.kind = CLI_SIZE_PERCENT, .percent = 25};
    const struct cli_size automatic = {.kind = CLI_SIZE_AUTO};
    (void)unused;
    assert_int_equal(cli_budget_resolve(&quarter, &limit), 100u << 20);
    assert_int_equal(cli_budget_resolve(&automatic, &limit), 200u << 20);
    assert_int_equal(cli_budget_resolve(&automatic, &large), CLI_AUTO_BYTES_MAX);
}

static void lines_of_any_length_are_read(void **unused) {
    static struct cli_lines lines;
    static char text[3 * CLI_LINE_BYTES];
    (void)unused;
    memset(text, 'x', 2 * CLI_LINE_BYTES + 77);
    (void)snprintf(text + 2 * CLI_LINE_BYTES + 77, 64, "\nnext 7\n\nlast 8");
    put("/long", text);
    assert_true(cli_lines_open(&lines, root, "/long"));
    assert_int_equal(strlen(cli_lines_next(&lines)), CLI_LINE_BYTES);
    assert_string_equal(cli_lines_next(&lines), "next 7");
    assert_string_equal(cli_lines_next(&lines), "");
    assert_string_equal(cli_lines_next(&lines), "last 8");
    assert_null(cli_lines_next(&lines));
    cli_lines_close(&lines);
    uint64_t value = 0;
    assert_true(cli_read_number(root, "/long", "last", &value));
    assert_int_equal(value, 8);
    assert_false(cli_read_number(root, "/long", "las", &value));
}

static void the_block_is_touched_and_counted(void **unused) {
    struct cli_refusal refusal = {""};
    const uint64_t before = cli_memory_resident_bytes();
    const uint64_t bytes = 24u << 20;
    (void)unused;
    assert_true(before > 0);
    void *block = cli_memory_map(bytes, bytes, &refusal);
    assert_non_null(block);
    assert_true(cli_memory_resident_bytes() + (1u << 20) >= before + bytes);
    assert_true(cli_memory_peak_bytes() + (1u << 20) >= before + bytes);
    cli_memory_unmap(block, bytes);
    assert_null(cli_memory_map(1ull << 60, 1ull << 60, &refusal));
    assert_true(refusal.text[0] != '\0');
    assert_true(cli_memory_reserve(0) >= CLI_RESERVE_BYTES_MIN);
}

int main(void) {
#define GROUP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        GROUP_TEST(the_machine_is_the_limit_without_groups),
        GROUP_TEST(the_smallest_group_above_counts_in_version_2),
        GROUP_TEST(version_1_and_a_container_mount_are_understood),
        GROUP_TEST(nested_groups_of_version_1_count_each),
        GROUP_TEST(hybrid_mounts_have_memory_in_version_1),
        GROUP_TEST(the_mount_that_shows_most_counts),
        GROUP_TEST(names_that_lead_nowhere_end_at_the_mount),
        GROUP_TEST(what_cannot_be_read_limits_nothing),
        GROUP_TEST(no_limit_in_version_1_is_a_huge_number),
        GROUP_TEST(a_quota_in_version_2_limits_threads),
        GROUP_TEST(percent_and_auto_follow_the_limit),
        GROUP_TEST(lines_of_any_length_are_read),
        GROUP_TEST(the_block_is_touched_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
