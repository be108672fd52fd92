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
        GROUP_TEST(no_limit_in_version_1_is_a_huge_number),
        GROUP_TEST(a_quota_in_version_2_limits_threads),
        GROUP_TEST(percent_and_auto_follow_the_limit),
        GROUP_TEST(lines_of_any_length_are_read),
        GROUP_TEST(the_block_is_touched_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
