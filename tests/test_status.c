/* Error records: the first one stays, and every status has a name of its own. */
#include "make_parquet.h"

#include "base/check.h"

static void the_first_failure_stays(void **state) {
    struct weir_error error;
    (void)state;
    weir_error_clear(&error);
    assert_int_equal(weir_fail_numbers(&error, WEIR_E_CORRUPT, "first", 1, 2), WEIR_E_CORRUPT);
    assert_int_equal(weir_fail(&error, WEIR_E_IO, "second"), WEIR_E_CORRUPT);
    assert_int_equal(weir_fail_numbers(&error, WEIR_E_BUDGET, "third", 3, 4), WEIR_E_CORRUPT);
    assert_string_equal(error.message, "first");
    assert_int_equal(error.wanted, 1);
    assert_int_equal(error.got, 2);
}

static void a_cleared_record_says_nothing(void **state) {
    struct weir_error error;
    (void)state;
    memset(&error, 0x5a, sizeof error);
    weir_error_clear(&error);
    assert_int_equal(error.status, WEIR_OK);
    assert_string_equal(error.message, "");
    assert_string_equal(error.column_name, "");
    assert_int_equal(error.offset_bytes, WEIR_NONE);
    assert_int_equal(error.wanted, WEIR_NONE);
    assert_int_equal(error.got, WEIR_NONE);
    assert_int_equal(error.file, WEIR_NONE32);
    assert_int_equal(error.file_other, WEIR_NONE32);
    assert_int_equal(error.row_group, WEIR_NONE32);
    assert_int_equal(error.column, WEIR_NONE32);
    assert_int_equal(error.page, WEIR_NONE32);
    assert_int_equal(weir_fail(&error, WEIR_E_LIMIT, "now"), WEIR_E_LIMIT);
    assert_int_equal(error.wanted, WEIR_NONE);
}

static void names_are_those_of_the_constants(void **state) {
    static const struct {
        enum weir_status status;
        const char *name;
    } all[] = {
#define ONE(status) {status, #status}
        ONE(WEIR_OK),
        ONE(WEIR_MORE),
        ONE(WEIR_END),
        ONE(WEIR_E_ARGUMENT),
        ONE(WEIR_E_BUDGET),
        ONE(WEIR_E_LIMIT),
        ONE(WEIR_E_NOT_PARQUET),
        ONE(WEIR_E_CORRUPT),
        ONE(WEIR_E_CHECKSUM),
        ONE(WEIR_E_UNSUPPORTED),
        ONE(WEIR_E_SCHEMA),
        ONE(WEIR_E_IO),
        ONE(WEIR_E_CHANGED),
        ONE(WEIR_E_OUTPUT),
        ONE(WEIR_E_INTERRUPTED),
        ONE(WEIR_E_INTERNAL),
#undef ONE
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_string_equal(weir_status_name(all[i].status), all[i].name);
    }
    assert_string_equal(weir_status_name((enum weir_status) - 999), "unknown status");
}

static enum weir_status forward(enum weir_status status, int *passed) {
    WEIR_TRY(status);
    *passed = 1;
    return WEIR_OK;
}

static void try_forwards_all_but_ok(void **state) {
    int passed = 0;
    (void)state;
    assert_int_equal(forward(WEIR_E_IO, &passed), WEIR_E_IO);
    assert_int_equal(forward(WEIR_END, &passed), WEIR_END);
    assert_int_equal(passed, 0);
    assert_int_equal(forward(WEIR_OK, &passed), WEIR_OK);
    assert_int_equal(passed, 1);
}

static void checked_arithmetic_notices_every_overflow(void **state) {
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     UINT32_MAX,
                                     UINT64_C(1) << 32,
                                     UINT64_MAX / 2,
                                     UINT64_MAX / 2 + 1,
                                     UINT64_MAX - 1,
                                     UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        for (size_t j = 0; j < 9; j++) {
            uint64_t a = edges[i];
            uint64_t b = edges[j];
            uint64_t result = 0;
            assert_int_equal(weir_add_u64(a, b, &result), a <= UINT64_MAX - b);
            assert_int_equal(weir_mul_u64(a, b, &result), a == 0 || b <= UINT64_MAX / a);
            assert_int_equal(weir_min_u64(a, b), i < j ? a : b);
            assert_int_equal(weir_max_u64(a, b), i < j ? b : a);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failure_stays),
        cmocka_unit_test(a_cleared_record_says_nothing),
        cmocka_unit_test(names_are_those_of_the_constants),
        cmocka_unit_test(try_forwards_all_but_ok),
        cmocka_unit_test(checked_arithmetic_notices_every_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
