/* weir_check: what it compares, in which memory, and that any bytes end well. */
#include "check_help.h"

static void a_true_file_agrees_in_slices_of_any_size(void **state) {
    struct small small;
    (void)state;
    write_pages(&small);
    write_footer(&small);
    for (size_t slice = 1; slice < small.bytes.count * 2;
         slice = slice < 20 ? slice + 1 : slice * 2) {
        struct outcome *out = run_small(&small, slice, false);
        assert_int_equal(out->status, WEIR_OK);
        assert_int_equal(out->count, 0);
        assert_true(out->totals.files == 1 && out->totals.row_groups == 1);
        assert_true(out->totals.chunks == 1 && out->totals.pages == 2);
        assert_true(out->totals.statements >= 30 && out->totals.disagreements == 0);
        free(out);
    }
    mp_free(&small.bytes);
}

static void each_lie_is_told_and_nothing_else(void **state) {
    static const struct {
        size_t field;
        const char *what;
        uint32_t page;
    } lies[] = {
        {FIELD(file_rows), "FileMetaData.num_rows", WEIR_NONE32},
        {FIELD(group_bytes), "RowGroup.total_byte_size", WEIR_NONE32},
        {FIELD(values), "ColumnMetaData.num_values", WEIR_NONE32},
        {FIELD(raw_bytes), "ColumnMetaData.total_compressed_size", WEIR_NONE32},
        {FIELD(page_bytes), "ColumnMetaData.total_uncompressed_size", WEIR_NONE32},
        {FIELD(nulls), "Statistics.null_count", WEIR_NONE32},
        {FIELD(distinct), "Statistics.distinct_count", WEIR_NONE32},
        {FIELD(min), "Statistics.min_value", WEIR_NONE32},
        {FIELD(max), "Statistics.max_value", WEIR_NONE32},
        {FIELD(definition[0]), "SizeStatistics.definition_level_histogram", WEIR_NONE32},
        {FIELD(definition[1]), "SizeStatistics.definition_level_histogram", WEIR_NONE32},
        {FIELD(offset[0]), "PageLocation.offset", 0},
        {FIELD(offset[1]), "PageLocation.offset", 1},
        {FIELD(page_size[0]), "PageLocation.compressed_page_size", 0},
        {FIELD(page_size[1]), "PageLocation.compressed_page_size", 1},
        {FIELD(first_row[1]), "PageLocation.first_row_index", 1},
        {FIELD(page_nulls[0]), "ColumnIndex.null_counts", 0},
        {FIELD(page_nulls[1]), "ColumnIndex.null_counts", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        for (int more = -1; more <= 1; more += 2) {
            struct outcome *out = run_lie(lies[i].field, more);
            assert_int_equal(out->status, WEIR_OK);
            if (out->count != 1) {
                fail_msg("%s %+d: %u findings, the first: %s", lies[i].what, more, out->count,
                         out->count > 0 ? out->what[0] : "none");
            }
            assert_string_equal(out->what[0], lies[i].what);
            assert_int_equal(out->pages[0], lies[i].page);
            assert_true(out->stated[0].present && out->found[0].present);
            assert_true(out->stated[0].i64 - out->found[0].i64 == more);
            assert_true(out->totals.disagreements == 1);
            free(out);
        }
    }
}

/* A page's bounds need only bound: told where they cut something off. */
static void bounds_of_pages_must_bound(void **state) {
    (void)state;
    for (int p = 0; p < 2; p++) {
        for (int more = -1; more <= 1; more += 2) {
            struct outcome *out = run_lie(FIELD(page_min) + 8 * (size_t)p, more);
            assert_int_equal(out->count, more > 0);
            free(out);
            out = run_lie(FIELD(page_max) + 8 * (size_t)p, more);
            assert_int_equal(out->count, more < 0);
            assert_true(more > 0 || strcmp(out->what[0], "ColumnIndex.max_values") == 0);
            free(out);
        }
    }
    struct outcome *out = run_lie(FIELD(boundary), 1); /* descending */
    assert_int_equal(out->count, 1);
    assert_int_equal(out->pages[0], 1);
    free(out);
}

static void a_page_index_that_is_cut_is_an_error(void **state) {
    struct small small;
    (void)state;
    write_pages(&small);
    small.says.cut = true;
    write_footer(&small);
    struct outcome *out = run_small(&small, 0, false);
    assert_int_equal(out->status, WEIR_E_CORRUPT);
    assert_int_equal(out->error.column, 0);
    assert_int_equal(out->error.row_group, 0);
    free(out);
    out = run_small(&small, 0, true);
    assert_int_equal(out->status, WEIR_OK);
    assert_int_equal(out->count, 1);
    assert_string_equal(out->what[0], "error");
    assert_true(out->totals.unreadable == 1);
    free(out);
    mp_free(&small.bytes);
}

static void a_wrong_checksum_does_not_end_the_page(void **state) {
    (void)state;
    struct small small;
    write_pages(&small);
    /* The last byte of the first page's last value: 0 becomes 64, a value far outside all bounds.
     */
    small.bytes.data[small.says.offset[1] - 1] ^= 0x40;
    write_footer(&small);
    struct outcome *out = run_small(&small, 0, false);
    assert_int_equal(out->status, WEIR_OK);
    uint32_t crc = 0;
    uint32_t bounds = 0;
    for (uint32_t i = 0; i < out->count; i++) {
        crc += strcmp(out->what[i], "PageHeader.crc") == 0 && out->pages[i] == 0;
        bounds += strcmp(out->what[i], "Statistics.max_value") == 0;
    }
    assert_int_equal(crc, 1);
    assert_int_equal(bounds, 1);
    free(out);
    mp_free(&small.bytes);
}

static void the_visitor_can_stop_the_run(void **state) {
    struct small small;
    (void)state;
    write_pages(&small);
    small.says.nulls++;
    small.says.file_rows++;
    small.says.max++;
    write_footer(&small);
    struct mp_source input = {.data = small.bytes.data, .bytes = small.bytes.count};
    struct weir_source source = mp_source_of(&input);
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    for (uint32_t most = 1; most <= 3; most++) {
        struct outcome *out = run_dataset(&dataset, &options, most);
        assert_int_equal(out->status, WEIR_E_OUTPUT);
        assert_int_equal(out->count, most);
        free(out);
    }
    volatile int stop = 1;
    options.stop = &stop;
    struct outcome *out = run_dataset(&dataset, &options, 0);
    assert_int_equal(out->status, WEIR_E_INTERRUPTED);
    free(out);
    mp_free(&small.bytes);
}

static volatile int stop_now;
static uint32_t stop_after;

static int64_t stopping_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    if (stop_after-- == 0) {
        stop_now = 1;
    }
    return mp_read_at(context, offset, to, bytes);
}

/* Wherever it is raised; and a run that it does not reach any more is whole. */
static void a_flag_raised_at_any_read_interrupts(void **state) {
    struct small small;
    uint32_t reads = 0;
    uint32_t whole = 0;
    (void)state;
    write_pages(&small);
    write_footer(&small);
    for (; whole < 3; reads++) {
        struct mp_source input = {
            .data = small.bytes.data, .bytes = small.bytes.count, .slice = 16};
        struct weir_source source = mp_source_of(&input);
        source.read_at = stopping_read_at;
        struct weir_dataset dataset = {.context = &source, .files = 1};
        struct weir_profile_options options = {.budget_bytes = 64u << 20, .stop = &stop_now};
        stop_now = 0;
        stop_after = reads;
        struct outcome *out = run_dataset(&dataset, &options, 0);
        assert_int_equal(out->count, 0);
        assert_true(out->status == WEIR_E_INTERRUPTED || out->status == WEIR_OK);
        assert_true(stop_now != 0 || out->status == WEIR_OK);
        whole += out->status == WEIR_OK && stop_now == 0;
        free(out);
    }
    assert_true(reads > 20);
    mp_free(&small.bytes);
}

static void the_smallest_budget_works_and_one_byte_less_does_not(void **state) {
    struct small small;
    (void)state;
    write_pages(&small);
    write_footer(&small);
    struct mp_source input = {.data = small.bytes.data, .bytes = small.bytes.count};
    struct weir_source source = mp_source_of(&input);
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 0};
    struct outcome *out = run_dataset(&dataset, &options, 0);
    assert_int_equal(out->status, WEIR_E_BUDGET);
    uint64_t least = out->plan.minimum_bytes;
    assert_true(out->error.wanted == least && out->error.got == 0);
    assert_true(out->plan.terms_count > 5);
    free(out);
    options.budget_bytes = least - 1;
    out = run_dataset(&dataset, &options, 0);
    assert_int_equal(out->status, WEIR_E_BUDGET);
    free(out);
    options.budget_bytes = least;
    out = run_dataset(&dataset, &options, 0);
    assert_int_equal(out->status, WEIR_OK);
    assert_int_equal(out->count, 0);
    assert_true(out->plan.planned_bytes == least);
    free(out);
    mp_free(&small.bytes);
}

static void failing_sources_and_changed_files_end_the_run(void **state) {
    struct small small;
    struct small other;
    (void)state;
    write_pages(&small);
    write_footer(&small);
    write_pages(&other);
    mp_text(&other.bytes, "some more bytes");
    write_footer(&other);
    struct mp_source input = {.data = small.bytes.data, .bytes = small.bytes.count};
    struct weir_source source = mp_source_of(&input);
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20, .keep_going = true};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_error error;
    struct weir_check *check = NULL;
    struct outcome out = {.count = 0};
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    assert_int_equal(
        weir_check_inspect(&dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    assert_int_equal(weir_check_plan(&inventory, &options, &plan, &error), WEIR_OK);
    size_t bytes = (size_t)plan.planned_bytes;
    void *block = mp_guarded(bytes);
    assert_int_equal(weir_check_init(block, bytes - 1, &plan, &dataset, &check, &error),
                     WEIR_E_BUDGET);
    assert_int_equal(weir_check_init((uint8_t *)block + 1, bytes, &plan, &dataset, &check, &error),
                     WEIR_E_ARGUMENT);
    assert_int_equal(weir_check_init(block, bytes, &plan, &dataset, &check, &error), WEIR_OK);
    input.data = other.bytes.data;
    input.bytes = other.bytes.count;
    source = mp_source_of(&input);
    assert_int_equal(weir_check_run(check, visit, &out), WEIR_E_CHANGED);
    input = (struct mp_source){
        .data = small.bytes.data, .bytes = small.bytes.count, .fail_from = 30, .fail_result = -5};
    source = mp_source_of(&input);
    assert_int_equal(weir_check_init(block, bytes, &plan, &dataset, &check, &error), WEIR_OK);
    assert_int_equal(weir_check_run(check, visit, &out), WEIR_E_IO);
    assert_true(weir_check_error(check)->got == 5);
    dataset.files = 0;
    assert_int_equal(
        weir_check_inspect(&dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_E_ARGUMENT);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    mp_unguard(block, bytes);
    mp_free(&small.bytes);
    mp_free(&other.bytes);
}

/* Every byte of a file, a few changes each: a verdict, in memory between guard pages. */
static void any_bytes_end_well(void **state) {
    static const uint8_t flips[] = {0x01, 0x80, 0xff, 0x1e};
    struct small small;
    int verdicts[3] = {0, 0, 0}; /* agree, disagree, unreadable */
    (void)state;
    write_pages(&small);
    write_footer(&small);
    for (size_t at = 0; at < small.bytes.count; at++) {
        for (size_t f = 0; f < sizeof flips; f++) {
            small.bytes.data[at] ^= flips[f];
            struct outcome *out = run_small(&small, 0, f % 2 == 0);
            bool known = out->status == WEIR_OK || out->status == WEIR_E_CORRUPT ||
                         out->status == WEIR_E_NOT_PARQUET || out->status == WEIR_E_UNSUPPORTED ||
                         out->status == WEIR_E_LIMIT || out->status == WEIR_E_ARGUMENT;
            if (!known) {
                fail_msg("byte %zu ^ %02x: status %d: %s", at, flips[f], out->status,
                         out->error.message);
            }
            bool bad = out->status != WEIR_OK || out->totals.unreadable > 0;
            verdicts[bad ? 2 : out->totals.disagreements > 0 ? 1 : 0]++;
            free(out);
            small.bytes.data[at] ^= flips[f];
        }
    }
    printf("any_bytes_end_well: %d agree, %d disagree, %d unreadable\n", verdicts[0], verdicts[1],
           verdicts[2]);
    /* Nearly every byte of such a file is covered by a checksum or a statement. */
    assert_true(verdicts[0] < verdicts[1] && verdicts[0] < verdicts[2]);
    mp_free(&small.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_file_agrees_in_slices_of_any_size),
        cmocka_unit_test(each_lie_is_told_and_nothing_else),
        cmocka_unit_test(bounds_of_pages_must_bound),
        cmocka_unit_test(a_page_index_that_is_cut_is_an_error),
        cmocka_unit_test(a_wrong_checksum_does_not_end_the_page),
        cmocka_unit_test(the_visitor_can_stop_the_run),
        cmocka_unit_test(a_flag_raised_at_any_read_interrupts),
        cmocka_unit_test(the_smallest_budget_works_and_one_byte_less_does_not),
        cmocka_unit_test(failing_sources_and_changed_files_end_the_run),
        cmocka_unit_test(any_bytes_end_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
