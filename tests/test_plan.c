/* Plans: the minimum fits and one byte less does not; what is planned is what is placed. */
#include "make_parquet.h"

static struct weir_inventory inventory_of(uint32_t columns, uint32_t kinds) {
    struct weir_inventory inventory;
    memset(&inventory, 0, sizeof inventory);
    inventory.files = 1;
    inventory.columns = columns;
    inventory.columns_selected = columns;
    inventory.kinds = kinds;
    inventory.codecs = 3; /* uncompressed and snappy */
    inventory.name_bytes_max = 17;
    return inventory;
}

static void assert_consistent(const struct weir_plan *plan) {
    uint64_t sum = 0;
    assert_true(plan->terms_count > 0 && plan->terms_count <= WEIR_PLAN_TERMS_MAX);
    for (uint32_t i = 0; i < plan->terms_count; i++) {
        sum += plan->terms[i].bytes;
        assert_true(plan->terms[i].name[0] != '\0' && plan->terms[i].why[0] != '\0');
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(plan->terms[i].name, plan->terms[j].name);
        }
    }
    assert_int_equal(sum, plan->planned_bytes);
    uint32_t columns = plan->inventory.columns_selected;
    assert_true(plan->lanes >= 1 && plan->lanes <= plan->lanes_wanted);
    assert_true(plan->columns_per_batch >= plan->lanes);
    assert_true(plan->columns_per_batch <= columns);
    assert_true((uint64_t)plan->batches * plan->columns_per_batch >= columns);
    assert_true((uint64_t)(plan->batches - 1) * plan->columns_per_batch < columns);
}

static void the_minimum_works_and_a_byte_less_does_not(void **state) {
    static const uint32_t kinds[] = {1u << WEIR_KIND_I64, 1u << WEIR_KIND_BYTES, 0xff};
    struct weir_error error;
    struct weir_plan plan;
    (void)state;
    for (uint32_t lanes = 0; lanes < 5; lanes++) {
        for (uint32_t columns = 1; columns < 200; columns = columns * 3 + 1) {
            for (size_t k = 0; k < 3; k++) {
                struct weir_inventory inventory = inventory_of(columns, kinds[k]);
                struct weir_profile_options options = {.lanes = lanes};
                assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error),
                                 WEIR_E_BUDGET);
                uint64_t minimum = plan.minimum_bytes;
                assert_int_equal(error.wanted, minimum);
                assert_int_equal(error.got, 0);
                assert_int_equal(plan.planned_bytes, minimum);
                assert_consistent(&plan);
                options.budget_bytes = minimum - 1;
                assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error),
                                 WEIR_E_BUDGET);
                assert_int_equal(error.wanted, minimum);
                assert_int_equal(error.got, minimum - 1);
                options.budget_bytes = minimum;
                assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
                assert_int_equal(plan.minimum_bytes, minimum);
                assert_int_equal(plan.planned_bytes, minimum);
                assert_int_equal(plan.lanes, 1);
                assert_int_equal(plan.batches, columns);
                assert_consistent(&plan);
            }
        }
    }
}

static void every_budget_gives_a_plan_inside_it(void **state) {
    struct weir_inventory inventory = inventory_of(40, 0xff);
    struct weir_error error;
    struct weir_plan plan;
    (void)state;
    for (uint32_t wanted = 1; wanted <= 6; wanted++) {
        struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 40, .lanes = wanted};
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
        assert_int_equal(plan.lanes, wanted);
        assert_int_equal(plan.batches, 1);
        uint64_t all = plan.planned_bytes;
        uint64_t minimum = plan.minimum_bytes;
        uint32_t lanes_before = 1;
        uint32_t batches_before = UINT32_MAX;
        for (uint64_t budget = minimum; budget <= all + 70000; budget += 67891) {
            options.budget_bytes = budget;
            assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
            assert_true(plan.planned_bytes <= budget);
            assert_consistent(&plan);
            assert_true(plan.lanes >= lanes_before);
            /* Another lane may cost batches; the same lanes with more room never do. */
            assert_true(plan.lanes > lanes_before || plan.batches <= batches_before);
            lanes_before = plan.lanes;
            batches_before = plan.batches;
        }
        options.budget_bytes = all;
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
        assert_int_equal(plan.planned_bytes, all);
        assert_int_equal(plan.lanes, wanted);
        assert_int_equal(plan.batches, 1);
        options.budget_bytes = all - 1;
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
        assert_true(plan.batches > 1 || plan.lanes < wanted);
    }
}

static void lanes_without_columns_or_room_are_dropped(void **state) {
    struct weir_inventory inventory = inventory_of(3, 0xff);
    struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 40, .lanes = 64};
    struct weir_error error;
    struct weir_plan plan;
    (void)state;
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    assert_int_equal(plan.lanes, 3);
    assert_int_equal(plan.lanes_wanted, 64);
    options.lane_stack_bytes = UINT64_MAX; /* no second stack fits */
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    assert_int_equal(plan.lanes, 1);
    options.lane_stack_bytes = 100000;
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    assert_int_equal(plan.lanes, 3);
}

/* Each lane walks the footers: those of more than 64 MiB are walked as often as they are smaller
 * than the data. */
static void large_footers_are_not_walked_for_nothing(void **state) {
    static const uint64_t data_per_footer[] = {0, 1, 3, 7, 100};
    struct weir_error error;
    struct weir_plan plan;
    (void)state;
    for (uint64_t mebibytes = 64; mebibytes < 2048; mebibytes += 100) {
        for (size_t i = 0; i < 5; i++) {
            struct weir_inventory inventory = inventory_of(40, 0xff);
            struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 40, .lanes = 8};
            inventory.footer_bytes = mebibytes << 20;
            inventory.selected_bytes = inventory.footer_bytes * data_per_footer[i];
            assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
            assert_consistent(&plan);
            bool worth = mebibytes <= 64 || data_per_footer[i] >= 7;
            assert_int_equal(plan.lanes, worth ? 8 : data_per_footer[i] + 1);
        }
    }
}

static void options_out_of_range_are_refused(void **state) {
    struct weir_inventory inventory = inventory_of(3, 0xff);
    struct weir_error error;
    struct weir_plan plan;
    (void)state;
    static const double bad[] = {1e-6, 0.2, -0.001, NAN, INFINITY};
    for (int i = 0; i < 7; i++) {
        struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 40};
        if (i < 5) {
            options.rank_error = bad[i];
        } else if (i == 5) {
            options.lanes = WEIR_LANES_MAX + 1;
        } else {
            options.stats = 1u << 20;
        }
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_E_ARGUMENT);
    }
    /* Inspection takes the wish over into the inventory. */
    for (uint32_t bits = 20; bits <= 64; bits++) {
        struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 40};
        options.codec_window_bytes = bits == 64 ? UINT64_MAX : UINT64_C(1) << bits;
        inventory.codec_window_bytes = options.codec_window_bytes;
        inventory.codecs = 1u << 6 | 1u << 2 | 1u << 1;
        enum weir_status status = weir_profile_plan(&inventory, &options, &plan, &error);
        bool zstd = WEIR_HAVE_ZSTD != 0;
        assert_int_equal(status, bits > 42            ? WEIR_E_ARGUMENT
                                 : bits >= 40 && zstd ? WEIR_E_BUDGET
                                                      : WEIR_OK);
    }
    inventory.codec_window_bytes = 0;
    static const double good[] = {WEIR_RANK_ERROR_MIN, 0.001, WEIR_RANK_ERROR_MAX};
    uint64_t before = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct weir_profile_options options = {.budget_bytes = UINT64_C(1) << 40,
                                               .rank_error = good[i]};
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
        assert_true(plan.planned_bytes <= before); /* coarser is smaller */
        before = plan.planned_bytes;
    }
}

static void planning_twice_says_the_same(void **state) {
    struct weir_inventory inventory = inventory_of(30, 0xff);
    struct weir_profile_options options = {.budget_bytes = 8u << 20, .lanes = 3};
    struct weir_error error;
    struct weir_plan *plans = calloc(2, sizeof *plans);
    (void)state;
    assert_int_equal(weir_profile_plan(&inventory, &options, &plans[0], &error), WEIR_OK);
    assert_int_equal(weir_profile_plan(&inventory, &options, &plans[1], &error), WEIR_OK);
    assert_memory_equal(&plans[0], &plans[1], sizeof plans[0]);
    /* Init takes exactly what was planned: it asserts so, and writes to no byte behind it. */
    struct weir_dataset dataset = {.files = 1};
    struct weir_profile *profile = NULL;
    void *block = mp_guarded((size_t)plans[0].planned_bytes);
    assert_int_equal(weir_profile_init(block, (size_t)plans[0].planned_bytes, &plans[0], &dataset,
                                       &profile, &error),
                     WEIR_OK);
    assert_int_equal(plans[0].planned_bytes % 64, 0);
    mp_unguard(block, (size_t)plans[0].planned_bytes);
    free(plans);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_minimum_works_and_a_byte_less_does_not),
        cmocka_unit_test(every_budget_gives_a_plan_inside_it),
        cmocka_unit_test(lanes_without_columns_or_room_are_dropped),
        cmocka_unit_test(large_footers_are_not_walked_for_nothing),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(planning_twice_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
