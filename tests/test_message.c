/* Sentences: where, what, and what would work; one line, whatever the error holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../tools/message.h"

static struct cli_file files[2] = {{.path = "data/a.parquet"}, {.path = "data/b.parquet"}};
static struct cli_inputs inputs = {.files = files, .count = 2};
static char text[CLI_MESSAGE_BYTES];

static struct weir_error blank(enum weir_status status, const char *message) {
    const struct weir_error error = {.status = status,
                                     .message = message,
                                     .offset_bytes = WEIR_NONE,
                                     .wanted = WEIR_NONE,
                                     .got = WEIR_NONE,
                                     .file = WEIR_NONE32,
                                     .file_other = WEIR_NONE32,
                                     .row_group = WEIR_NONE32,
                                     .column = WEIR_NONE32,
                                     .page = WEIR_NONE32};
    return error;
}

static void a_checksum_names_place_and_values(void **unused) {
    struct weir_error error = blank(WEIR_E_CHECKSUM, "page checksum differs");
    (void)unused;
    error.file = 0;
    error.row_group = 3;
    error.page = 2;
    error.column = 5;
    error.offset_bytes = 123;
    error.wanted = 0xdeadbeef;
    error.got = 0x12;
    (void)snprintf(error.column_name, sizeof error.column_name, "x");
    (void)cli_message(text, &error, &inputs);
    assert_string_equal(text, "data/a.parquet: column \"x\" (row group 3, page 2, offset 123): "
                              "page checksum differs (stored deadbeef, computed 00000012); "
                              "--keep-going reports the other columns");
}

static void a_place_without_a_column_reads_well(void **unused) {
    struct weir_error error = blank(WEIR_E_CORRUPT, "the footer ends early");
    (void)unused;
    error.file = 1;
    error.offset_bytes = 9;
    (void)cli_message(text, &error, &inputs);
    assert_string_equal(text, "data/b.parquet (offset 9): the footer ends early; "
                              "copy or write the file again");
}

static void a_limit_says_which_option_would_do(void **unused) {
    struct weir_error error = blank(WEIR_E_LIMIT, "the page needs a larger codec window");
    (void)unused;
    error.wanted = 9000000;
    error.got = 100000;
    (void)cli_message(text, &error, &inputs);
    assert_non_null(strstr(text, "--codec-window 9000000"));
}

static void two_files_are_named_where_they_differ(void **unused) {
    struct weir_error error = blank(WEIR_E_SCHEMA, "another type");
    (void)unused;
    error.file = 1;
    error.file_other = 0;
    (void)cli_message(text, &error, &inputs);
    assert_true(strncmp(text, "data/b.parquet: ", 16) == 0);
    assert_non_null(strstr(text, "it differs from data/a.parquet"));
}

static void every_status_has_an_exit_code_and_a_sentence(void **unused) {
    static const struct {
        enum weir_status status;
        enum cli_exit code;
    } codes[] = {{WEIR_E_ARGUMENT, CLI_USAGE},
                 {WEIR_E_BUDGET, CLI_BUDGET},
                 {WEIR_E_LIMIT, CLI_BUDGET},
                 {WEIR_E_NOT_PARQUET, CLI_INPUT},
                 {WEIR_E_CORRUPT, CLI_INPUT},
                 {WEIR_E_CHECKSUM, CLI_INPUT},
                 {WEIR_E_UNSUPPORTED, CLI_INPUT},
                 {WEIR_E_SCHEMA, CLI_INPUT},
                 {WEIR_E_IO, CLI_IO},
                 {WEIR_E_CHANGED, CLI_CHANGED},
                 {WEIR_E_OUTPUT, CLI_OUTPUT},
                 {WEIR_E_INTERRUPTED, CLI_INTERRUPTED},
                 {WEIR_E_INTERNAL, CLI_INTERNAL},
                 {(enum weir_status) - 99, CLI_INTERNAL}};
    (void)unused;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        assert_int_equal(cli_exit_of(codes[i].status), codes[i].code);
        struct weir_error error = blank(codes[i].status, NULL);
        assert_in_range(cli_message(text, &error, NULL), 5, CLI_MESSAGE_BYTES);
        error.file = 77; /* not one of ours */
        error.file_other = 78;
        assert_in_range(cli_message(text, &error, &inputs), 5, CLI_MESSAGE_BYTES);
    }
}

static void a_long_name_is_cut_not_overrun(void **unused) {
    static char path[8000];
    struct weir_error error = blank(WEIR_E_CORRUPT, "x");
    (void)unused;
    memset(path, 'p', sizeof path - 1);
    files[0].path = path;
    memset(error.column_name, 'c', sizeof error.column_name); /* not even ended */
    error.file = 0;
    assert_true(cli_message(text, &error, &inputs) < CLI_MESSAGE_BYTES);
    assert_true(strlen(text) < CLI_MESSAGE_BYTES);
    files[0].path = "data/a.parquet";
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checksum_names_place_and_values),
        cmocka_unit_test(a_place_without_a_column_reads_well),
        cmocka_unit_test(a_limit_says_which_option_would_do),
        cmocka_unit_test(two_files_are_named_where_they_differ),
        cmocka_unit_test(every_status_has_an_exit_code_and_a_sentence),
        cmocka_unit_test(a_long_name_is_cut_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
