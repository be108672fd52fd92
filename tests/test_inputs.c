/* Paths become files: order, patterns, lists, what cannot be read, what has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tools/inputs.h"
#include "../tools/inputs_inner.h"

static char root[64];
static struct cli_inputs inputs;
static struct cli_refusal refusal;

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **unused) {
    (void)unused;
    (void)snprintf(root, sizeof root, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(chdir(root), 0);
    static const char *const directories[] = {"d", "d/x", "d/x/deep", "d/y", "none", "d/.hidden"};
    static const char *const files[] = {
        "d/b.parquet",   "d/a.parquet",  "d/c.txt",      "d/x/1.parquet",      "d/x/deep/2.parquet",
        "d/y/3.parquet", "d/.h.parquet", "w[1].parquet", "d/.hidden/z.parquet"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        assert_int_equal(mkdir(directories[i], 0755), 0);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        put(files[i], files[i]);
    }
    return 0;
}

static int tear_down(void **unused) {
    char command[96];
    (void)unused;
    cli_inputs_forget(&inputs);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") == 0 ? system(command) : -1;
}

static enum cli_exit expand(const char *path) {
    cli_inputs_forget(&inputs);
    return cli_inputs_expand(&inputs, &path, 1, 1u << 20, &refusal);
}

static void assert_files(const char *path, const char *expected) {
    char found[512] = "";
    if (expand(path) != CLI_OK) {
        fail_msg("%s: %s", path, refusal.text);
    }
    for (uint32_t i = 0; i < inputs.count; i++) {
        const size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s%s", i > 0 ? " " : "",
                       inputs.files[i].path);
        struct stat status;
        assert_int_equal(stat(inputs.files[i].path, &status), 0);
        assert_int_equal(inputs.files[i].size_bytes, status.st_size);
    }
    assert_string_equal(found, expected);
}

static void directories_and_patterns_give_sorted_files(void **unused) {
    (void)unused;
    assert_files("d", "d/a.parquet d/b.parquet");
    assert_files("d/", "d/a.parquet d/b.parquet");
    assert_files("d/*.parquet", "d/a.parquet d/b.parquet");
    assert_files("d/?.parquet", "d/a.parquet d/b.parquet");
    assert_files("d/[b-z].*q*", "d/b.parquet");
    assert_files("*/*.parquet", "d/a.parquet d/b.parquet");
    assert_files("d/*/*.parquet", "d/x/1.parquet d/y/3.parquet");
    assert_files("d/**/*.parquet",
                 "d/a.parquet d/b.parquet d/x/1.parquet d/x/deep/2.parquet d/y/3.parquet");
    assert_files("**/deep/*", "d/x/deep/2.parquet");
    assert_files("d/x/../?/3.parquet", "d/x/../y/3.parquet");
    assert_files("d/.h*", "d/.h.parquet");
    assert_files("w[1].parquet", "w[1].parquet"); /* a name before a pattern */
}

static void lists_name_files_in_their_order(void **unused) {
    (void)unused;
    put("list", "d/y/3.parquet\r\n\n# no\nd/a.parquet\nd/x");
    assert_files("@list", "d/y/3.parquet d/a.parquet d/x/1.parquet");
    put("list", "# nothing\n");
    assert_int_equal(expand("@list"), CLI_USAGE);
    assert_int_equal(expand("@missing"), CLI_IO);
}

static void what_cannot_be_read_is_refused_at_once(void **unused) {
    (void)unused;
    assert_int_equal(mkfifo("fifo", 0644), 0);
    assert_int_equal(expand("missing.parquet"), CLI_IO);
    assert_non_null(strstr(refusal.text, "missing.parquet: no such file"));
    assert_int_equal(expand("none"), CLI_USAGE);
    assert_int_equal(expand("nothing*"), CLI_USAGE);
    assert_int_equal(expand("fifo"), CLI_USAGE);
    assert_int_equal(expand("/dev/null"), CLI_USAGE);
    assert_int_equal(expand("-"), CLI_USAGE);
    assert_int_equal(expand(""), CLI_USAGE);
}

static void the_list_of_paths_keeps_its_own_limit(void **unused) {
    static char text[200 * 32];
    const char *path = "@list";
    size_t used = 0;
    (void)unused;
    for (int i = 0; i < 400 && used + 16 < sizeof text; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "d/a.parquet\n");
    }
    put("list", text);
    cli_inputs_forget(&inputs);
    assert_int_equal(cli_inputs_expand(&inputs, &path, 1, 8192, &refusal), CLI_BUDGET);
    cli_inputs_forget(&inputs);
    assert_int_equal(cli_inputs_expand(&inputs, &path, 1, 65536, &refusal), CLI_OK);
    assert_true(inputs.bytes <= 65536);
    assert_true(inputs.bytes >= inputs.text_used + inputs.count * sizeof *inputs.files);
}

static void sorting_sorts(void **unused) {
    static struct cli_file files[300];
    static char names[300][8];
    uint32_t random = 1;
    (void)unused;
    for (uint32_t count = 0; count < 300; count++) {
        for (uint32_t i = 0; i < count; i++) {
            random = random * 1664525u + 1013904223u;
            (void)snprintf(names[i], sizeof names[i], "%u", (unsigned)(random >> 24));
            files[i].path = names[i];
        }
        cli_inputs_sort(files, count);
        for (uint32_t i = 1; i < count; i++) {
            assert_true(strcmp(files[i - 1].path, files[i].path) <= 0);
        }
    }
}

static void sources_read_the_bytes_and_notice_changes(void **unused) {
    struct weir_dataset dataset;
    struct weir_source source;
    char bytes[32];
    (void)unused;
    assert_int_equal(expand("d/a.parquet"), CLI_OK);
    cli_inputs_dataset(&inputs, &dataset);
    assert_int_equal(dataset.open(dataset.context, 0, &source), WEIR_OK);
    assert_int_equal(source.size_bytes, 11);
    assert_int_equal(source.read_at(source.context, 2, bytes, 5), 5);
    assert_memory_equal(bytes, "a.par", 5);
    assert_int_equal(source.read_at(source.context, 11, bytes, 5), 0);
    assert_int_equal(dataset.close(dataset.context, 0, &source), WEIR_OK);
    assert_false(cli_inputs_changed(&inputs, 0));

    assert_int_equal(dataset.open(dataset.context, 0, &source), WEIR_OK);
    put("d/a.parquet", "longer than it was");
    assert_int_equal(dataset.close(dataset.context, 0, &source), WEIR_E_CHANGED);
    assert_int_equal(dataset.open(dataset.context, 0, &source), WEIR_E_CHANGED);
    assert_true(cli_inputs_changed(&inputs, 0));

    assert_int_equal(expand("d/a.parquet"), CLI_OK);
    put("other", "longer than it was"); /* the same size and bytes, another file */
    assert_int_equal(rename("other", "d/a.parquet"), 0);
    assert_int_equal(dataset.open(dataset.context, 0, &source), WEIR_E_CHANGED);
    assert_int_equal(unlink("d/a.parquet"), 0);
    assert_int_equal(dataset.open(dataset.context, 0, &source), WEIR_E_CHANGED);
}

int main(void) {
#define GROUP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        GROUP_TEST(directories_and_patterns_give_sorted_files),
        GROUP_TEST(lists_name_files_in_their_order),
        GROUP_TEST(what_cannot_be_read_is_refused_at_once),
        GROUP_TEST(the_list_of_paths_keeps_its_own_limit),
        cmocka_unit_test(sorting_sorts),
        GROUP_TEST(sources_read_the_bytes_and_notice_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
