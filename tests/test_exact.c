/* Exact quantiles: passes over an input that changes meanwhile, what is read again, plans. */
#include "make_parquet.h"

#include "engine/inner.h"

#define ROWS 30000
#define GROUPS 2

static const double listed[] = {0, 0.25, 0.5, 1};
static int64_t all[GROUPS * ROWS];

/* Column "any" has about as many values as rows, "few" has 100. */
static struct mp_file *make_file(void) {
    struct mp_file *file = mp_begin();
    static int64_t few[ROWS];
    mp_column(file, "any", 2, 0);
    mp_column(file, "few", 2, 0);
    for (int g = 0; g < GROUPS; g++) {
        int64_t *any = all + (size_t)g * ROWS;
        for (int r = 0; r < ROWS; r++) {
            any[r] = (int64_t)mp_random() >> 4;
            few[r] = mp_below(100);
        }
        mp_group_begin(file);
        mp_add_i64(file, any, NULL, ROWS);
        mp_add_i64(file, few, NULL, ROWS);
        mp_group_end(file, ROWS);
    }
    mp_end(file);
    return file;
}

static struct weir_profile_options options_of(void) {
    return (struct weir_profile_options){.budget_bytes = 64u << 20,
                                         .rank_error = 0.1,
                                         .exact = true,
                                         .quantiles = listed,
                                         .quantiles_count = 4};
}

static int compare(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* --- A source that is not what it was. -------------------------------------------------------- */

static const struct mp_file *watched;
static uint32_t passes_begun; /* reads of the first column's first page */
static uint64_t few_bytes;    /* read of the second column's first chunk */
static uint32_t change_pass;  /* the pass from which on bytes differ; 0: none */
static uint64_t change_low;
static uint64_t change_high;
static uint8_t change_mask;
static volatile int stop;
static uint32_t stop_pass;

static int64_t changing_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    const uint64_t any_offset = (uint64_t)watched->chunks[0].offset;
    const uint64_t few_offset = (uint64_t)watched->chunks[1].offset;
    const int64_t got = mp_read_at(context, offset, to, bytes);
    uint8_t *data = to;
    passes_begun += got > 0 && offset <= any_offset && offset + (uint64_t)got > any_offset;
    few_bytes += offset >= few_offset && offset < few_offset + ROWS * 8 ? (uint64_t)got : 0;
    stop = stop_pass != 0 && passes_begun >= stop_pass;
    for (int64_t i = 0; i < got && change_pass != 0 && passes_begun >= change_pass; i++) {
        const uint64_t at = offset + (uint64_t)i;
        data[i] ^= at >= change_low && at < change_high ? change_mask : 0;
    }
    return got;
}

static struct mp_outcome *run(struct mp_file *file, struct weir_profile_options options) {
    struct mp_set set;
    mp_set_of(&set, &file, 1, 0);
    set.sources[0].read_at = changing_read_at;
    watched = file;
    passes_begun = 0;
    few_bytes = 0;
    stop = 0;
    options.stop = &stop;
    return mp_profile(&set, &options);
}

static void reset(void) {
    change_pass = 0;
    stop_pass = 0;
}

/* The smallest room, so that passes are many. */
static struct weir_profile_options tight(struct mp_file *file) {
    struct weir_profile_options options = options_of();
    options.budget_bytes = 1;
    struct mp_outcome *out = run(file, options);
    assert_int_equal(out->status, WEIR_E_BUDGET);
    options.budget_bytes = out->plan.minimum_bytes;
    free(out);
    return options;
}

/* --- Tests. ----------------------------------------------------------------------------------- */

static void listed_quantiles_are_the_sorted_values(void **state) {
    (void)state;
    mp_seed("sorted");
    reset();
    struct mp_file *file = make_file();
    struct mp_outcome *out = run(file, tight(file));
    assert_int_equal(out->status, WEIR_END);
    qsort(all, GROUPS * ROWS, sizeof *all, compare);
    const struct weir_quantile *quantiles = out->quantiles[0]; /* 0, 0.25, 0.5, 0.9, 1 */
    assert_int_equal(quantiles[0].value.i64, all[0]);
    assert_int_equal(quantiles[1].value.i64, all[GROUPS * ROWS / 4 - 1]);
    assert_int_equal(quantiles[2].value.i64, all[GROUPS * ROWS / 2 - 1]);
    assert_int_equal(quantiles[4].value.i64, all[GROUPS * ROWS - 1]);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(quantiles[i].exact, i != 3); /* 0.9 was not listed */
        assert_int_equal(quantiles[i].rank_error == 0, i != 3);
        assert_true(out->quantiles[1][i].exact);
    }
    assert_true(passes_begun >= 3 && passes_begun <= out->plan.passes_max);
    free(out);
    mp_drop(file);
}

static void a_column_that_is_exact_is_not_read_again(void **state) {
    (void)state;
    mp_seed("read again");
    reset();
    struct mp_file *file = make_file();
    struct mp_outcome *out = run(file, tight(file));
    assert_int_equal(out->status, WEIR_END);
    assert_true(passes_begun >= 3);
    assert_in_range(few_bytes, ROWS * 8, ROWS * 8 + 1000);
    assert_int_equal(out->progress.bytes, out->progress.bytes_total);
    assert_true(2 * out->progress.bytes_total > 3 * out->inventory.selected_bytes);
    assert_int_equal(out->pages[0], GROUPS);
    free(out);
    mp_drop(file);
}

static void more_memory_takes_fewer_passes(void **state) {
    (void)state;
    mp_seed("fewer passes");
    reset();
    struct mp_file *file = make_file();
    struct mp_outcome *out = run(file, options_of());
    assert_int_equal(out->status, WEIR_END);
    assert_int_equal(out->plan.passes, 2);
    assert_int_equal(passes_begun, 2);
    free(out);
    mp_drop(file);
}

static void values_that_change_after_they_were_counted_are_an_error(void **state) {
    (void)state;
    mp_seed("changed values");
    reset();
    struct mp_file *file = make_file();
    const struct weir_profile_options options = tight(file);
    change_pass = 3;
    change_low = (uint64_t)file->chunks[0].offset + 8000;
    change_high = change_low + 80000;
    change_mask = 0x80;
    struct mp_outcome *out = run(file, options);
    assert_int_equal(out->status, WEIR_E_CHANGED);
    assert_int_equal(out->error.status, WEIR_E_CHANGED);
    assert_string_equal(out->error.column_name, "any");
    free(out);
    mp_drop(file);
}

static void bytes_that_change_between_passes_never_do_harm(void **state) {
    (void)state;
    mp_seed("changed bytes");
    reset();
    struct mp_file *file = make_file();
    const struct weir_profile_options options = tight(file);
    uint32_t failed = 0;
    for (int round = 0; round < 120; round++) {
        const uint64_t bytes = file->bytes.count;
        const bool near_page = round % 3 == 0;
        change_pass = 2 + (uint32_t)round % 2;
        change_low = near_page ? (uint64_t)file->chunks[mp_below(2) * 2].offset + mp_below(40)
                               : bytes - 1 - mp_below((uint32_t)file->footer_bytes + 8);
        change_low = round % 3 == 1 ? mp_below((uint32_t)bytes) : change_low;
        change_high = change_low + 1 + mp_below(3);
        change_mask = (uint8_t)(1 + mp_below(255));
        struct mp_outcome *out = run(file, options);
        assert_true(out->status == WEIR_END || out->status < 0);
        assert_true(out->status != WEIR_E_INTERNAL);
        failed += out->status != WEIR_END;
        free(out);
    }
    assert_true(failed > 20);
    mp_drop(file);
}

static void a_later_pass_can_be_interrupted(void **state) {
    (void)state;
    mp_seed("interrupted");
    reset();
    struct mp_file *file = make_file();
    const struct weir_profile_options options = tight(file);
    stop_pass = 2;
    struct mp_outcome *out = run(file, options);
    assert_int_equal(out->status, WEIR_E_INTERRUPTED);
    assert_int_equal(passes_begun, 2);
    free(out);
    mp_drop(file);
}

static void lists_that_mean_nothing_are_refused(void **state) {
    static const double wrong[] = {0.5, 1.5};
    double many[WEIR_QUANTILES_MAX + 1] = {0};
    struct weir_profile_options checked;
    struct weir_error error;
    (void)state;
    const struct {
        const double *quantiles;
        uint32_t count;
        enum weir_status status;
    } cases[] = {{NULL, 1, WEIR_E_ARGUMENT},  {listed, 0, WEIR_E_ARGUMENT},
                 {wrong, 2, WEIR_E_ARGUMENT}, {many, WEIR_QUANTILES_MAX + 1, WEIR_E_ARGUMENT},
                 {wrong, 1, WEIR_OK},         {many, WEIR_QUANTILES_MAX, WEIR_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_profile_options options = options_of();
        options.quantiles = cases[i].quantiles;
        options.quantiles_count = cases[i].count;
        weir_error_clear(&error);
        assert_int_equal(weir_options_check(&options, &checked, &error), cases[i].status);
        options.exact = false;
        weir_error_clear(&error);
        assert_int_equal(weir_options_check(&options, &checked, &error), WEIR_OK);
    }
}

/* More memory never means more passes, and what is planned fits. */
static void plans_spend_memory_on_passes(void **state) {
    struct weir_inventory inventory = {.files = 1,
                                       .rows = 10000000,
                                       .columns = 6,
                                       .columns_selected = 6,
                                       .codecs = 1,
                                       .name_bytes_max = 9};
    struct weir_plan plan;
    struct weir_error error;
    (void)state;
    for (uint32_t kind = WEIR_KIND_BOOL; kind <= WEIR_KIND_I128; kind++) {
        struct weir_profile_options options = options_of();
        options.rank_error = 0.001;
        inventory.kinds = 1u << kind;
        options.budget_bytes = 1;
        assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_E_BUDGET);
        const uint64_t minimum = plan.minimum_bytes;
        uint32_t passes = UINT32_MAX;
        uint32_t batches = UINT32_MAX;
        for (uint64_t budget = minimum; budget < minimum + (64u << 20); budget += 777777) {
            options.budget_bytes = budget;
            assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
            assert_true(plan.planned_bytes <= budget);
            assert_true(plan.passes >= 1 && plan.passes <= plan.passes_max);
            assert_true(plan.batches < batches || plan.passes <= passes);
            passes = plan.passes;
            batches = plan.batches;
        }
        const bool numbers = kind != WEIR_KIND_BOOL && kind != WEIR_KIND_BYTES;
        assert_int_equal(plan.passes, numbers ? 2 : 1);
        assert_int_equal(plan.selection_words > 0, numbers);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listed_quantiles_are_the_sorted_values),
        cmocka_unit_test(a_column_that_is_exact_is_not_read_again),
        cmocka_unit_test(more_memory_takes_fewer_passes),
        cmocka_unit_test(values_that_change_after_they_were_counted_are_an_error),
        cmocka_unit_test(bytes_that_change_between_passes_never_do_harm),
        cmocka_unit_test(a_later_pass_can_be_interrupted),
        cmocka_unit_test(lists_that_mean_nothing_are_refused),
        cmocka_unit_test(plans_spend_memory_on_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
