/* A batch's slots: one a selected column, in order, each in one lane, the lanes in balance. */
#include "make_parquet.h"

#include "engine/inner.h"

/* A profile of `columns` columns whose chunks claim these sizes; begun. */
struct bench {
    struct mp_file *file;
    struct mp_set set;
    struct weir_profile *profile;
    char names[MP_COLUMNS][16];
    void *block;
};

static void bench_open(struct bench *b, uint32_t columns, uint32_t lanes, const int64_t *sizes,
                       uint64_t budget) {
    struct weir_profile_options options = {.budget_bytes = budget, .lanes = lanes};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_error error;
    memset(b, 0, sizeof *b);
    b->file = mp_begin();
    for (int i = 0; i < 70000; i++) {
        mp_byte(&b->file->bytes, 0);
    }
    mp_group_begin(b->file);
    for (uint32_t i = 0; i < columns; i++) {
        snprintf(b->names[i], sizeof b->names[i], "c%u", i);
        mp_column(b->file, b->names[i], 2, 0);
        mp_chunk_begin(b->file, 2, 0)->offset = 4;
        mp_chunk_end(b->file, 1);
        b->file->chunks[i].raw_bytes = sizes[i];
    }
    mp_group_end(b->file, 1);
    mp_end(b->file);
    mp_set_of(&b->set, &b->file, 1, 0);
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    assert_int_equal(
        weir_inspect(&b->set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    if (budget == 0) { /* the minimum */
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_E_BUDGET);
        options.budget_bytes = plan.minimum_bytes;
    }
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    b->block = mp_guarded((size_t)plan.planned_bytes);
    assert_int_equal(weir_profile_init(b->block, (size_t)plan.planned_bytes, &plan, &b->set.dataset,
                                       &b->profile, &error),
                     WEIR_OK);
    assert_int_equal(weir_profile_batch(b->profile), WEIR_OK);
}

static void bench_close(struct bench *b) {
    mp_unguard(b->block, (size_t)b->profile->plan.planned_bytes);
    mp_drop(b->file);
}

static void lanes_share_the_bytes_evenly(void **state) {
    (void)state;
    mp_seed("balance");
    for (int round = 0; round < 30; round++) {
        uint32_t lanes = 1 + mp_below(6);
        uint32_t columns = lanes + mp_below(20);
        int64_t sizes[MP_COLUMNS];
        uint64_t load[WEIR_LANES_MAX] = {0};
        uint64_t heaviest = 0;
        uint64_t total = 0;
        struct bench b;
        for (uint32_t i = 0; i < columns; i++) {
            sizes[i] = mp_below(3) == 0 ? mp_below(60000) : mp_below(500);
            heaviest = weir_max_u64(heaviest, (uint64_t)sizes[i]);
            total += (uint64_t)sizes[i];
        }
        bench_open(&b, columns, lanes, sizes, UINT64_C(1) << 30);
        assert_int_equal(b.profile->plan.lanes, lanes);
        assert_int_equal(b.profile->count, columns);
        for (uint32_t i = 0; i < columns; i++) {
            const struct weir_slot *slot = &b.profile->slots[i];
            assert_string_equal(slot->path, b.names[i]);
            assert_int_equal(slot->ordinal, i);
            assert_true(slot->lane < lanes);
            assert_true(lanes == 1 || slot->weight_bytes == (uint64_t)sizes[i]);
            load[slot->lane] += (uint64_t)sizes[i] + 1;
        }
        for (uint32_t lane = 0; lane < lanes; lane++) {
            assert_true(load[lane] > 0); /* none is idle */
            /* Greedy: no more than the mean and one column. */
            assert_true(load[lane] <= (total + columns) / lanes + heaviest + 1);
        }
        bench_close(&b);
    }
}

static void a_column_is_found_by_its_name(void **state) {
    int64_t sizes[MP_COLUMNS] = {0};
    struct bench b;
    (void)state;
    bench_open(&b, 50, 2, sizes, UINT64_C(1) << 30);
    for (uint32_t i = 0; i < 60; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        struct weir_node node = {.path = name, .path_bytes = (uint32_t)strlen(name), .column = i};
        assert_int_equal(weir_slots_find(b.profile, 0, &node), i < 50 ? i : WEIR_NONE32);
        node.column = 7; /* the place counts in the first file only */
        assert_int_equal(weir_slots_find(b.profile, 1, &node), i < 50 ? i : WEIR_NONE32);
        assert_int_equal(weir_slots_find(b.profile, 0, &node), i == 7 ? i : WEIR_NONE32);
    }
    bench_close(&b);
}

static void batches_go_through_all_columns_once(void **state) {
    int64_t sizes[MP_COLUMNS] = {0};
    struct bench b;
    (void)state;
    bench_open(&b, 9, 4, sizes, 0);
    for (uint32_t i = 0; i < 9; i++) {
        uint32_t first = 99;
        uint32_t count = 0;
        struct weir_column_info info;
        weir_profile_columns(b.profile, &first, &count);
        assert_int_equal(first, i);
        assert_int_equal(count, 1);
        weir_profile_column(b.profile, i, &info);
        assert_string_equal(info.path, b.names[i]);
        assert_int_equal(info.path_bytes, strlen(b.names[i]));
        assert_int_equal(weir_profile_batch(b.profile), i < 8 ? WEIR_OK : WEIR_END);
    }
    assert_int_equal(weir_profile_batch(b.profile), WEIR_END);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_share_the_bytes_evenly),
        cmocka_unit_test(a_column_is_found_by_its_name),
        cmocka_unit_test(batches_go_through_all_columns_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
