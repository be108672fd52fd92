/* Lanes: any order and any number of threads give the same results; each reads its own columns. */
#include "make_parquet.h"
#include "run_lanes.h"

#include "engine/inner.h"

#define COLUMNS 6
#define ROWS 5000

static struct mp_file *make_file(int seed) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    struct mp_file *file = mp_begin();
    int64_t *values = calloc(ROWS, sizeof *values);
    uint32_t *present = calloc(ROWS, sizeof *present);
    for (int c = 0; c < COLUMNS; c++) {
        mp_column(file, names[c], 2, 1);
    }
    for (int g = 0; g < 3; g++) {
        mp_group_begin(file);
        for (int c = 0; c < COLUMNS; c++) {
            for (int r = 0; r < ROWS; r++) {
                values[r] = (int64_t)(mp_random() >> (20 + seed)) - (1 << 20);
                present[r] = mp_below(9) != 0;
            }
            mp_add_i64(file, values, present, ROWS);
        }
        mp_group_end(file, ROWS);
    }
    mp_end(file);
    free(values);
    free(present);
    return file;
}

struct run {
    struct mp_set set;
    struct weir_plan plan;
    struct weir_profile *profile;
    void *block;
};

static void run_open(struct run *run, struct mp_file *const *files, uint32_t count, uint32_t lanes,
                     bool keep_going) {
    struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 30,
                                           .lanes = lanes,
                                           .keep_going = keep_going,
                                           .lane_stack_bytes = 65536};
    struct weir_inventory inventory;
    struct weir_error error;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    mp_set_of(&run->set, files, count, 0);
    assert_int_equal(
        weir_inspect(&run->set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    assert_int_equal(weir_profile_plan(&inventory, &options, &run->plan, &error), WEIR_OK);
    assert_int_equal(run->plan.lanes, lanes);
    run->block = mp_guarded((size_t)run->plan.planned_bytes);
    assert_int_equal(weir_profile_init(run->block, (size_t)run->plan.planned_bytes, &run->plan,
                                       &run->set.dataset, &run->profile, &error),
                     WEIR_OK);
    assert_int_equal(weir_profile_batch(run->profile), WEIR_OK);
}

static void run_close(struct run *run, struct weir_result results[COLUMNS]) {
    for (uint32_t i = 0; i < COLUMNS; i++) {
        weir_profile_result(run->profile, i, &results[i]);
    }
    mp_unguard(run->block, (size_t)run->plan.planned_bytes);
}

static void order_and_threads_change_nothing(void **state) {
    static struct weir_result want[COLUMNS];
    static struct weir_result got[COLUMNS];
    struct run run;
    (void)state;
    mp_seed("lanes");
    struct mp_file *files[2] = {make_file(0), make_file(3)};
    run_open(&run, files, 2, 1, false);
    assert_int_equal(weir_profile_run_lane(run.profile, 0), WEIR_OK);
    run_close(&run, want);
    for (uint32_t lanes = 2; lanes <= COLUMNS; lanes++) {
        for (int order = 0; order < 3; order++) {
            run_open(&run, files, 2, lanes, false);
            assert_int_equal(run_lanes(run.profile, lanes, order), WEIR_OK);
            struct weir_progress progress;
            weir_profile_progress(run.profile, &progress);
            assert_int_equal(progress.values, 2 * 3 * ROWS * COLUMNS);
            assert_int_equal(progress.bytes, progress.bytes_total);
            run_close(&run, got);
            assert_memory_equal(got, want, sizeof want);
        }
    }
    mp_drop(files[0]);
    mp_drop(files[1]);
}

static uint64_t touched_low;
static uint64_t touched_high;
static uint64_t touched_bytes;

static int64_t watching_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    if (offset >= touched_low && offset < touched_high) {
        touched_bytes += bytes;
    }
    return mp_read_at(context, offset, to, bytes);
}

static uint64_t failing_low;
static uint64_t failing_high;

static int64_t failing_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    const bool fails = offset < failing_high && offset + bytes > failing_low;
    return fails ? -5 : mp_read_at(context, offset, to, bytes);
}

static void a_lane_reads_its_own_columns_only(void **state) {
    struct run run;
    static struct weir_result results[COLUMNS];
    (void)state;
    mp_seed("own columns");
    struct mp_file *file = make_file(0);
    run_open(&run, &file, 1, COLUMNS, false);
    run.set.sources[0].read_at = watching_read_at;
    for (uint32_t lane = 0; lane < COLUMNS; lane++) {
        uint32_t mine = WEIR_NONE32;
        for (uint32_t i = 0; i < COLUMNS; i++) {
            if (run.profile->slots[i].lane == lane) {
                assert_int_equal(mine, WEIR_NONE32);
                mine = i;
            }
        }
        assert_int_not_equal(mine, WEIR_NONE32);
        uint64_t pages = 0;
        touched_low = 4;
        touched_high = (uint64_t)file->bytes.count - file->footer_bytes - 8;
        touched_bytes = 0;
        assert_int_equal(weir_profile_run_lane(run.profile, lane), WEIR_OK);
        for (int g = 0; g < 3; g++) {
            pages += (uint64_t)file->chunks[g * COLUMNS + (int)mine].raw_bytes;
        }
        assert_true(touched_bytes >= pages);
        assert_true(touched_bytes <= pages + 3 * 100); /* the slack behind each chunk */
    }
    run_close(&run, results);
    mp_drop(file);
}

static void lane_stacks_lie_in_the_block_apart(void **state) {
    struct run run;
    static struct weir_result results[COLUMNS];
    (void)state;
    mp_seed("stacks");
    struct mp_file *file = make_file(0);
    run_open(&run, &file, 1, 4, false);
    uint8_t *begin = run.block;
    uint8_t *stacks[4] = {0};
    for (uint32_t lane = 0; lane < 4; lane++) {
        size_t bytes = 1;
        stacks[lane] = weir_profile_lane_stack(run.profile, lane, &bytes);
        assert_int_equal(bytes, lane == 0 ? 0 : 65536);
        assert_int_equal(stacks[lane] == NULL, lane == 0);
        if (lane > 0) {
            assert_true(stacks[lane] > begin);
            assert_true(stacks[lane] + bytes <= begin + run.plan.planned_bytes);
            assert_true(lane == 1 || stacks[lane] >= stacks[lane - 1] + bytes);
            memset(stacks[lane], 0xee, bytes);
        }
    }
    for (uint32_t lane = 0; lane < 4; lane++) {
        assert_int_equal(weir_profile_run_lane(run.profile, lane), WEIR_OK);
    }
    for (size_t i = 0; i < 65536; i++) {
        assert_int_equal(stacks[3][i], 0xee);
    }
    run_close(&run, results);
    mp_drop(file);
}

/* A byte of the first page of some chunks is changed: 1 in 4. */
static void damage(struct mp_file *file) {
    for (int chunk = 0; chunk < 3 * COLUMNS; chunk++) {
        if (mp_below(4) == 0) {
            file->bytes.data[file->chunks[chunk].offset + 1] = 200;
        }
    }
}

/* What must be told: the first column whose own reading fails, as a run tells that keeps going. */
static struct weir_error first_by_column(struct mp_file *const *files, uint32_t count) {
    static struct weir_result results[COLUMNS];
    struct weir_error found;
    struct run run;
    weir_error_clear(&found);
    run_open(&run, files, count, 1, true);
    assert_int_equal(weir_profile_run_lane(run.profile, 0), WEIR_OK);
    for (uint32_t i = COLUMNS; i-- > 0;) {
        struct weir_column_info info;
        weir_profile_column(run.profile, i, &info);
        if (info.error->status != WEIR_OK) {
            found = *info.error;
        }
    }
    run_close(&run, results);
    return found;
}

static void assert_same_error(const struct weir_error *got, const struct weir_error *want) {
    assert_int_equal(got->status, want->status);
    assert_string_equal(got->message, want->message);
    assert_string_equal(got->column_name, want->column_name);
    assert_int_equal(got->file, want->file);
    assert_int_equal(got->row_group, want->row_group);
    assert_int_equal(got->column, want->column);
    assert_int_equal(got->page, want->page);
    assert_int_equal(got->offset_bytes, want->offset_bytes);
}

static void the_failure_told_is_the_first_column_s(void **state) {
    struct run run;
    static struct weir_result results[COLUMNS];
    (void)state;
    mp_seed("failing lanes");
    for (int round = 0; round < 12; round++) {
        struct mp_file *files[2] = {make_file(0), make_file(3)};
        damage(files[0]);
        damage(files[1]);
        struct weir_error want = first_by_column(files, 2);
        for (uint32_t lanes = 1; lanes <= COLUMNS; lanes++) {
            for (int order = 0; order < 3; order++) {
                run_open(&run, files, 2, lanes, false);
                (void)run_lanes(run.profile, lanes, order);
                assert_same_error(weir_profile_error(run.profile), &want);
                if (want.status != WEIR_OK) {
                    assert_int_equal(weir_profile_batch(run.profile), want.status);
                }
                run_close(&run, results);
            }
        }
        mp_drop(files[0]);
        mp_drop(files[1]);
    }
}

/* A lane whose columns come behind a failed one has nothing left to read. */
static void a_failure_ends_what_it_beats(void **state) {
    struct run run;
    static struct weir_result results[COLUMNS];
    (void)state;
    mp_seed("failing lane");
    for (uint32_t bad = 0; bad < COLUMNS; bad++) {
        struct mp_file *file = make_file(0);
        file->bytes.data[file->chunks[bad].offset + 1] = 200;
        run_open(&run, &file, 1, COLUMNS, false);
        assert_int_equal(weir_profile_run_lane(run.profile, run.profile->slots[bad].lane),
                         WEIR_E_CORRUPT);
        run.set.sources[0].read_at = watching_read_at;
        touched_low = 4;
        touched_high = (uint64_t)file->bytes.count - file->footer_bytes - 8;
        for (uint32_t i = 0; i < COLUMNS; i++) {
            touched_bytes = 0;
            if (i != bad) {
                assert_int_equal(weir_profile_run_lane(run.profile, run.profile->slots[i].lane),
                                 WEIR_OK);
                assert_int_equal(touched_bytes == 0, i > bad);
            }
        }
        assert_int_equal(weir_profile_error(run.profile)->column, bad);
        run_close(&run, results);
        mp_drop(file);
    }
}

/* It stops every lane; that the others were stopped is not what is told. */
static void a_failing_source_is_what_is_told(void **state) {
    struct run run;
    static struct weir_result results[COLUMNS];
    (void)state;
    mp_seed("failing source");
    struct mp_file *file = make_file(0);
    const uint64_t data_bytes = (uint64_t)file->bytes.count - file->footer_bytes - 8;
    for (int round = 0; round < 10; round++) {
        const uint64_t from = 4 + mp_below((uint32_t)data_bytes - 4);
        for (uint32_t lanes = 1; lanes <= COLUMNS; lanes += 2) {
            for (int order = 0; order < 3; order++) {
                run_open(&run, &file, 1, lanes, false);
                run.set.sources[0].read_at = failing_read_at;
                failing_low = from;
                failing_high = data_bytes;
                (void)run_lanes(run.profile, lanes, order);
                assert_int_equal(weir_profile_error(run.profile)->status, WEIR_E_IO);
                assert_int_equal(weir_profile_error(run.profile)->got, 5);
                assert_int_equal(weir_profile_batch(run.profile), WEIR_E_IO);
                run_close(&run, results);
            }
        }
    }
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_threads_change_nothing),
        cmocka_unit_test(a_lane_reads_its_own_columns_only),
        cmocka_unit_test(lane_stacks_lie_in_the_block_apart),
        cmocka_unit_test(the_failure_told_is_the_first_column_s),
        cmocka_unit_test(a_failure_ends_what_it_beats),
        cmocka_unit_test(a_failing_source_is_what_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
