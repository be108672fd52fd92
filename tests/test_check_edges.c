/* weir_check where it ends early, or where files end early: stops, failing reads, odd layouts. */
#include "check_help.h"

/* Lies of every sort: of the file, the row group, the chunk, the page index, and a page's bytes. */
static void write_lies(struct small *small, const char *name) {
    write_pages(small);
    small->name = name;
    struct statements *says = &small->says;
    says->file_rows++;
    says->group_bytes++;
    says->nulls++;
    says->max++;
    for (int p = 0; p < 2; p++) {
        says->offset[p]++;
        says->page_nulls[p]++;
        says->page_min[p]++;
    }
    small->bytes.data[small->chunk_offset + says->page_size[0] - 1] ^= 1;
    write_footer(small);
}

/* What was told so far is what the whole run tells, and nothing is told behind it. */
static void a_visitor_may_stop_at_any_finding(void **state) {
    struct small small;
    (void)state;
    write_lies(&small, "c");
    struct outcome *whole = run_small(&small, 0, false);
    assert_int_equal(whole->status, WEIR_OK);
    assert_true(whole->count > 8);
    for (uint32_t most = 1; most <= whole->count; most++) {
        struct outcome *out = run_bytes(&small.bytes, 0, false, most);
        assert_int_equal(out->status, WEIR_E_OUTPUT);
        assert_int_equal(out->count, most);
        for (uint32_t i = 0; i < most; i++) {
            assert_string_equal(out->what[i], whole->what[i]);
            assert_int_equal(out->pages[i], whole->pages[i]);
        }
        free(out);
    }
    free(whole);
    mp_free(&small.bytes);
}

static uint32_t reads;
static uint32_t failing_read; /* counts from 1; 0: none */

static int64_t failing_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    return ++reads == failing_read ? -5 : mp_read_at(context, offset, to, bytes);
}

/* No read that fails is passed over, those of the second look at wrong checksums included. */
static void any_read_that_fails_ends_the_run(void **state) {
    struct small small;
    char name[700];
    (void)state;
    memset(name, 'n', sizeof name); /* longer than what is read ahead */
    name[sizeof name - 1] = '\0';
    write_lies(&small, name);
    struct mp_source input = {.data = small.bytes.data, .bytes = small.bytes.count, .slice = 7};
    struct weir_source source = mp_source_of(&input);
    source.read_at = failing_read_at;
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    reads = 0;
    failing_read = 0;
    struct outcome *out = run_dataset(&dataset, &options, 0);
    assert_int_equal(out->status, WEIR_OK);
    free(out);
    uint32_t all = reads;
    assert_true(all > 100);
    for (uint32_t k = 1; k <= all; k++) {
        reads = 0;
        failing_read = k;
        out = run_dataset(&dataset, &options, 0);
        if (out->status != WEIR_E_IO) {
            fail_msg("read %u of %u failed: status %d", k, all, out->status);
        }
        assert_true(out->error.got == 5);
        free(out);
    }
    mp_free(&small.bytes);
}

static bool selects_none(void *context, const char *path, size_t path_bytes) {
    (void)context;
    (void)path;
    (void)path_bytes;
    return false;
}

static void columns_that_no_file_has_are_a_wrong_argument(void **state) {
    struct small small;
    (void)state;
    write_pages(&small);
    write_footer(&small);
    struct mp_source input = {.data = small.bytes.data, .bytes = small.bytes.count};
    struct weir_source sources[2] = {mp_source_of(&input), mp_source_of(&input)};
    for (int keep_going = 0; keep_going < 2; keep_going++) {
        struct weir_dataset dataset = {.context = sources, .files = 2};
        struct weir_profile_options options = {
            .budget_bytes = 64u << 20, .select = selects_none, .keep_going = keep_going != 0};
        struct outcome *out = run_dataset(&dataset, &options, 0);
        assert_int_equal(out->status, WEIR_E_ARGUMENT);
        assert_int_equal(out->error.status, WEIR_E_ARGUMENT);
        free(out);
    }
    mp_free(&small.bytes);
}

/* Bounds of a length that no value has are told as what they are; the order of bounds is that of
 * the others. */
static void page_bounds_of_a_wrong_length_have_no_order(void **state) {
    (void)state;
    for (uint32_t p = 0; p < 2; p++) {
        for (int64_t less = 1; less <= 8; less++) {
            struct outcome *out = run_lie(FIELD(bound_bytes) + 8 * p, -less);
            assert_int_equal(out->status, WEIR_OK);
            assert_int_equal(out->count, 2);
            assert_string_equal(out->what[0], "ColumnIndex.min_values");
            assert_string_equal(out->what[1], "ColumnIndex.max_values");
            assert_true(out->pages[0] == p && out->pages[1] == p);
            assert_false(out->stated[0].present || out->stated[1].present);
            free(out);
        }
    }
}

/* --- Chunks at the end of the pages. ---------------------------------------------------------- */

/* One column of two pages with checksums, right in front of the footer; the last header says
 * `more` bytes than there are, the footer `stated` more than the pages have. */
static struct mp_file *file_of(int64_t more, int64_t stated) {
    struct mp_file *file = mp_begin();
    mp_column(file, "c", 2, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, 2, 0);
    for (int64_t p = 0; p < 2; p++) {
        struct mp_page page = mp_page_of(0, 0, 3);
        for (int64_t i = 3 * p; i < 3 * p + 3; i++) {
            mp_put(&page.data, &i, 8);
        }
        page.crc = -1;
        if (p == 1 && more > 0) {
            page.raw_bytes = 24 + more;
        }
        mp_page_write(&file->bytes, &page);
    }
    mp_chunk_end(file, 6);
    file->chunks[0].raw_bytes += stated;
    mp_group_end(file, 6);
    mp_end(file);
    return file;
}

/* Where `what` is told, once; WEIR_NONE32: nowhere. */
static uint32_t find(const struct outcome *out, const char *what) {
    uint32_t at = WEIR_NONE32;
    for (uint32_t i = 0; i < out->count; i++) {
        if (strcmp(out->what[i], what) == 0) {
            assert_int_equal(at, WEIR_NONE32);
            at = i;
        }
    }
    return at;
}

static void a_chunk_may_state_that_it_ends_in_the_footer(void **state) {
    (void)state;
    for (int64_t stated = 0; stated < 4; stated++) {
        struct mp_file *file = file_of(0, stated);
        for (size_t slice = 0; slice < 100; slice += 33) {
            struct outcome *out = run_bytes(&file->bytes, slice, false, 0);
            assert_int_equal(out->status, WEIR_OK);
            /* The writer gives row groups no sizes, which is told, too. */
            assert_int_not_equal(find(out, "RowGroup.total_byte_size"), WEIR_NONE32);
            assert_int_equal(out->count, 1 + (stated > 0));
            uint32_t at = find(out, "ColumnMetaData.total_compressed_size");
            assert_int_equal(at != WEIR_NONE32, stated > 0);
            assert_true(stated == 0 || out->stated[at].i64 - out->found[at].i64 == stated);
            assert_true(out->totals.pages == 2);
            free(out);
        }
        mp_drop(file);
    }
}

static void a_dictionary_that_is_not_there_is_told(void **state) {
    (void)state;
    struct mp_file *file = file_of(0, 0);
    struct mp_bytes bytes = {0};
    struct mp_bytes footer = {0};
    mp_put(&bytes, file->bytes.data, file->bytes.count - file->footer_bytes - 8);
    file->chunks[0].dictionary_offset = file->chunks[0].offset;
    mp_footer(&footer, file);
    mp_close(&bytes, &footer);
    struct outcome *out = run_bytes(&bytes, 0, false, 0);
    assert_int_equal(out->status, WEIR_OK);
    assert_int_not_equal(
        find(out, "ColumnMetaData.dictionary_page_offset: there is no dictionary page"),
        WEIR_NONE32);
    assert_int_equal(out->count, 2); /* and the row group's size */
    free(out);
    mp_free(&footer);
    mp_free(&bytes);
    mp_drop(file);
}

static void a_page_cut_by_the_end_of_the_file_is_unreadable(void **state) {
    static const int64_t more[] = {1, 7, 100000, INT32_MAX - 24};
    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        struct mp_file *file = file_of(more[i], 0);
        struct outcome *out = run_bytes(&file->bytes, 0, false, 0);
        assert_int_equal(out->status, WEIR_E_CORRUPT);
        assert_int_equal(out->error.column, 0);
        assert_int_equal(out->error.row_group, 0);
        free(out);
        out = run_bytes(&file->bytes, 0, true, 0);
        assert_int_equal(out->status, WEIR_OK);
        assert_true(out->totals.unreadable == 1);
        assert_int_not_equal(find(out, "error"), WEIR_NONE32);
        free(out);
        mp_drop(file);
    }
}

/* A column of a codec that this build does not know is told once, not in each row group. */
static void a_column_that_cannot_be_read_is_told_once(void **state) {
    (void)state;
    const int64_t three[3] = {1, 2, 3};
    for (int groups = 1; groups < 5; groups++) {
        struct mp_file *file = mp_begin();
        mp_column(file, "strange", 2, 0);
        mp_column(file, "c", 2, 0);
        for (int group = 0; group < groups; group++) {
            mp_group_begin(file);
            mp_add_i64(file, three, NULL, 3);
            file->chunks[2 * group].codec = 3; /* LZO */
            mp_add_i64(file, three, NULL, 3);
            mp_group_end(file, 3);
        }
        mp_end(file);
        struct outcome *out = run_bytes(&file->bytes, 0, true, 0);
        assert_int_equal(out->status, WEIR_OK);
        assert_int_not_equal(find(out, "error"), WEIR_NONE32); /* once */
        assert_true(out->totals.unreadable == 1);
        assert_int_equal(out->totals.chunks, groups);
        free(out);
        mp_drop(file);
    }
}

/* --- What later versions of the format may state. ----------------------------------------------
 */

static void encodings_that_are_unknown_leave_the_others_unjudged(void **state) {
    static const struct {
        enum pages_told pages;
        uint32_t findings;
        enum weir_status status;
    } cases[] = {
        {PAGES_UNTOLD, 0, WEIR_OK},           {PAGES_TOLD, 0, WEIR_OK},
        {PAGES_ONE_MORE, 1, WEIR_OK},         {PAGES_WITH_A_LATER_FIELD, 0, WEIR_OK},
        {PAGES_AND_A_LATER_TYPE, 0, WEIR_OK}, {PAGES_AND_A_LATER_ENCODING, 0, WEIR_OK},
        {PAGES_AND_NONE, 0, WEIR_OK},         {PAGES_AS_NUMBERS, 0, WEIR_E_CORRUPT},
    };
    (void)state;
    uint64_t untold = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct small small;
        write_pages(&small);
        small.says.pages = cases[i].pages;
        write_footer(&small);
        struct outcome *out = run_small(&small, i, false);
        assert_int_equal(out->status, cases[i].status);
        assert_int_equal(out->count, cases[i].findings);
        untold = cases[i].pages == PAGES_UNTOLD ? out->totals.statements : untold;
        bool judged = cases[i].pages == PAGES_TOLD || cases[i].pages == PAGES_WITH_A_LATER_FIELD;
        assert_true(cases[i].status != WEIR_OK || cases[i].findings > 0 ||
                    out->totals.statements == untold + judged);
        if (cases[i].findings > 0) {
            assert_string_equal(out->what[0], "ColumnMetaData.encoding_stats");
            assert_true(out->stated[0].i64 == 3 && out->found[0].i64 == 2);
        }
        free(out);
        mp_free(&small.bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visitor_may_stop_at_any_finding),
        cmocka_unit_test(any_read_that_fails_ends_the_run),
        cmocka_unit_test(columns_that_no_file_has_are_a_wrong_argument),
        cmocka_unit_test(page_bounds_of_a_wrong_length_have_no_order),
        cmocka_unit_test(a_chunk_may_state_that_it_ends_in_the_footer),
        cmocka_unit_test(a_dictionary_that_is_not_there_is_told),
        cmocka_unit_test(a_page_cut_by_the_end_of_the_file_is_unreadable),
        cmocka_unit_test(a_column_that_cannot_be_read_is_told_once),
        cmocka_unit_test(encodings_that_are_unknown_leave_the_others_unjudged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
