/* Profiles at their edges: flags between batches, many row groups, columns that files lack. */
#include "make_parquet.h"

#define COLUMNS 5
#define ROWS 60

/* Inspect, plan with the smallest budget that works, init. */
static struct weir_profile *begin(struct mp_set *set, struct weir_profile_options *options,
                                  struct weir_plan *plan, void **block) {
    struct weir_inventory inventory;
    struct weir_error error;
    struct weir_profile *profile = NULL;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    options->budget_bytes = 64u << 20;
    assert_int_equal(
        weir_inspect(&set->dataset, options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(weir_profile_plan(&inventory, options, plan, &error), WEIR_OK);
        options->budget_bytes = plan->minimum_bytes;
    }
    *block = mp_guarded((size_t)plan->planned_bytes);
    assert_int_equal(weir_profile_init(*block, (size_t)plan->planned_bytes, plan, &set->dataset,
                                       &profile, &error),
                     WEIR_OK);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    return profile;
}

static struct mp_file *file_of_numbers(int groups) {
    static const char *const names[COLUMNS] = {"a", "b", "c", "d", "e"};
    struct mp_file *file = mp_begin();
    int64_t values[ROWS];
    for (int c = 0; c < COLUMNS; c++) {
        mp_column(file, names[c], 2, 0);
    }
    for (int group = 0; group < groups; group++) {
        mp_group_begin(file);
        for (int c = 0; c < COLUMNS; c++) {
            for (int i = 0; i < ROWS; i++) {
                values[i] = c * 1000 + i;
            }
            mp_add_i64(file, values, NULL, ROWS);
        }
        mp_group_end(file, ROWS);
    }
    mp_end(file);
    return file;
}

/* One column a batch: those in front of the flag have their results, and no more begin. */
static void a_flag_raised_between_batches_ends_the_run(void **state) {
    (void)state;
    struct mp_file *file = file_of_numbers(1);
    for (uint32_t last = 0; last < COLUMNS; last++) {
        volatile int stop = 0;
        struct mp_set set;
        struct weir_plan plan;
        struct weir_profile_options options = {.stop = &stop};
        void *block = NULL;
        mp_set_of(&set, &file, 1, 0);
        struct weir_profile *profile = begin(&set, &options, &plan, &block);
        assert_int_equal(plan.columns_per_batch, 1);
        for (uint32_t batch = 0; batch < last; batch++) {
            struct weir_result result;
            assert_int_equal(weir_profile_batch(profile), WEIR_OK);
            assert_int_equal(weir_profile_run_lane(profile, 0), WEIR_OK);
            weir_profile_result(profile, batch, &result);
            assert_int_equal(result.rows, ROWS);
            assert_true(result.min.i64 == 1000 * (int64_t)batch);
        }
        uint64_t reads = set.inputs[0].reads;
        stop = 1;
        assert_int_equal(weir_profile_batch(profile), WEIR_E_INTERRUPTED);
        stop = 0; /* it stays so */
        assert_int_equal(weir_profile_batch(profile), WEIR_E_INTERRUPTED);
        assert_int_equal(weir_profile_error(profile)->status, WEIR_E_INTERRUPTED);
        assert_true(set.inputs[0].reads == reads);
        mp_unguard(block, (size_t)plan.planned_bytes);
    }
    mp_drop(file);
}

/* Lanes are balanced by the first row groups; what they read is all of them. */
static void many_row_groups_are_read_by_several_lanes(void **state) {
    (void)state;
    for (int groups = 6; groups <= MP_GROUPS; groups += 2) {
        struct mp_file *file = file_of_numbers(groups);
        struct mp_outcome *outs[2];
        for (uint32_t lanes = 1; lanes <= 2; lanes++) {
            struct mp_set set;
            struct weir_profile_options options = {.budget_bytes = 64u << 20, .lanes = lanes};
            mp_set_of(&set, &file, 1, 0);
            outs[lanes - 1] = mp_profile(&set, &options);
            assert_int_equal(outs[lanes - 1]->status, WEIR_END);
            assert_int_equal(outs[lanes - 1]->plan.lanes, lanes);
        }
        for (int c = 0; c < COLUMNS; c++) {
            assert_int_equal(outs[0]->results[c].rows, ROWS * groups);
            assert_memory_equal(&outs[0]->results[c], &outs[1]->results[c],
                                sizeof outs[0]->results[c]);
        }
        free(outs[0]);
        free(outs[1]);
        mp_drop(file);
    }
}

/* --- Nested columns that a later file lacks. ----------------------------------------------------
 */

enum list { LISTS, NO_LISTS, NULL_LISTS };

/* Lists of 0 to 3 numbers, or a null list for each row. */
static void put_lists(struct mp_file *file, bool null) {
    uint32_t repetition[ROWS * 3];
    uint32_t definition[ROWS * 3];
    size_t count = 0;
    mp_chunk_begin(file, 2, 0);
    struct mp_page page = mp_page_of(0, 0, 0);
    for (uint32_t row = 0; row < ROWS; row++) {
        uint32_t length = null ? 0 : mp_below(4);
        uint32_t depth = null ? 0 : mp_below(2); /* of what is missing: the group, or the list */
        for (uint32_t i = 0; i < (length > 0 ? length : 1); i++, count++) {
            int64_t value = mp_below(100);
            repetition[count] = i > 0;
            definition[count] = length > 0 ? 2 : depth;
            if (length > 0) {
                mp_put(&page.data, &value, 8);
            }
        }
    }
    page.values = (int64_t)count;
    mp_both_levels(&page, repetition, 1, definition, 2, count, false);
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, (int64_t)count);
}

static struct mp_file *file_of_lists(enum list list, int groups) {
    struct mp_file *file = mp_begin();
    int64_t values[ROWS];
    if (list != NO_LISTS) {
        mp_column_group(file, "g", 1, 1);
        mp_column(file, "list", 2, 2);
    }
    mp_column(file, "flat", 2, 0);
    for (int group = 0; group < groups; group++) {
        mp_group_begin(file);
        if (list != NO_LISTS) {
            put_lists(file, list == NULL_LISTS);
        }
        for (int i = 0; i < ROWS; i++) {
            values[i] = mp_below(1000);
        }
        mp_add_i64(file, values, NULL, ROWS);
        mp_group_end(file, ROWS);
    }
    mp_end(file);
    return file;
}

struct told {
    struct weir_result result;
    struct weir_nesting nesting;
};

static void profile_lists(struct mp_file *const *files, uint32_t count, struct told *told) {
    struct mp_set set;
    struct weir_plan plan;
    struct weir_profile_options options = {.stats = WEIR_STATS_ALL};
    void *block = NULL;
    memset(told, 0, sizeof *told);
    mp_set_of(&set, files, count, 0);
    struct weir_profile *profile = begin(&set, &options, &plan, &block);
    assert_int_equal(weir_profile_batch(profile), WEIR_OK);
    assert_int_equal(weir_profile_run_lane(profile, 0), WEIR_OK);
    weir_profile_result(profile, 0, &told->result);
    weir_profile_nesting(profile, 0, &told->nesting);
    mp_unguard(block, (size_t)plan.planned_bytes);
}

/* To lack a column is to have a null at its outermost level in each row. */
static void a_column_that_later_files_lack_is_null_there(void **state) {
    (void)state;
    mp_seed("missing lists");
    struct mp_file *first = file_of_lists(LISTS, 2);
    struct mp_file *lacks = file_of_lists(NO_LISTS, 3);
    struct mp_file *nulls = file_of_lists(NULL_LISTS, 3);
    struct mp_file *const with_lacks[] = {first, lacks, first, lacks};
    struct mp_file *const with_nulls[] = {first, nulls, first, nulls};
    for (uint32_t count = 1; count <= 4; count++) {
        struct told got;
        struct told want;
        profile_lists(with_lacks, count, &got);
        profile_lists(with_nulls, count, &want);
        assert_int_equal(got.result.rows, want.result.rows);
        assert_int_equal(got.result.nulls, want.result.nulls);
        assert_memory_equal(&got, &want, sizeof got);
        /* Two groups for each file with lists, three for each without. */
        assert_true(got.nesting.lists[0].lists + got.nesting.lists[0].nulls ==
                    ROWS * (2 * ((count + 1) / 2) + 3 * (count / 2)));
        assert_int_equal(got.nesting.lists_count, 1);
    }
    mp_drop(first);
    mp_drop(lacks);
    mp_drop(nulls);
}

static bool selects_list(void *context, const char *path, size_t path_bytes) {
    (void)context;
    return path_bytes == 6 && memcmp(path, "g.list", 6) == 0;
}

/* Rows that only a footer states, in files that lack the column: 2^62 in all are the most. */
static void rows_of_a_column_that_files_lack_are_limited(void **state) {
    const int64_t most = (INT64_C(1) << 62) - 2 * ROWS;
    const int64_t stated[] = {most - 1, most, most + 1, INT64_MAX};
    (void)state;
    mp_seed("stated rows");
    struct mp_file *first = file_of_lists(LISTS, 2);
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++) {
        for (uint32_t count = 2; count <= 4; count++) {
            struct mp_file *lacks = file_of_lists(NO_LISTS, 1);
            struct mp_bytes bytes = {0};
            struct mp_bytes footer = {0};
            mp_put(&bytes, lacks->bytes.data, lacks->bytes.count - lacks->footer_bytes - 8);
            lacks->groups[0].rows = stated[i];
            mp_footer(&footer, lacks);
            mp_close(&bytes, &footer);
            mp_free(&lacks->bytes);
            lacks->bytes = bytes;
            struct mp_set set;
            struct mp_file *const files[] = {first, lacks, lacks, lacks};
            struct weir_profile_options options = {
                .budget_bytes = 64u << 20, .select = selects_list, .keep_going = count == 4};
            mp_set_of(&set, files, count, 0);
            struct mp_outcome *out = mp_profile(&set, &options);
            bool fits = count == 2 && stated[i] <= most;
            enum weir_status status = options.keep_going ? out->errors[0].status : out->status;
            assert_int_equal(status, fits ? WEIR_END : WEIR_E_LIMIT);
            assert_true(!fits || out->results[0].rows == (uint64_t)stated[i] + 2 * ROWS);
            free(out);
            mp_free(&footer);
            mp_drop(lacks);
        }
    }
    mp_drop(first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flag_raised_between_batches_ends_the_run),
        cmocka_unit_test(many_row_groups_are_read_by_several_lanes),
        cmocka_unit_test(a_column_that_later_files_lack_is_null_there),
        cmocka_unit_test(rows_of_a_column_that_files_lack_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
