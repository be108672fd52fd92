/* The schema walk: nodes, row groups, chunks and pages in file order; stops when told to. */
#include "make_parquet.h"

struct seen {
    uint32_t nodes;
    uint32_t groups;
    uint32_t chunks;
    uint32_t pages;
    uint32_t stop_after; /* callbacks; 0: never */
    uint64_t values;
    char log[512];
};

static bool go_on(struct seen *seen) {
    return seen->stop_after == 0 ||
           seen->nodes + seen->groups + seen->chunks + seen->pages < seen->stop_after;
}

static bool see_node(void *context, const struct weir_schema_node *node) {
    struct seen *seen = context;
    size_t at = strlen(seen->log);
    snprintf(seen->log + at, sizeof seen->log - at, "%u%.*s ", node->depth, (int)node->name_bytes,
             node->name);
    seen->nodes++;
    return go_on(seen);
}

static bool see_group(void *context, uint32_t row_group, uint64_t rows, uint64_t bytes) {
    struct seen *seen = context;
    (void)bytes;
    assert_int_equal(row_group, seen->groups);
    assert_int_equal(rows, 5 + row_group);
    seen->groups++;
    return go_on(seen);
}

static bool see_chunk(void *context, const struct weir_schema_chunk *chunk) {
    struct seen *seen = context;
    assert_int_equal(chunk->row_group, seen->groups);
    assert_int_equal(chunk->column, seen->chunks % 2);
    assert_int_equal(chunk->values, 5 + chunk->row_group);
    seen->chunks++;
    return go_on(seen);
}

static bool see_page(void *context, const struct weir_schema_chunk *chunk,
                     const struct weir_schema_page *page) {
    struct seen *seen = context;
    assert_int_equal(chunk->column, (seen->chunks - 1) % 2);
    seen->pages++;
    seen->values += page->type == 2 ? 0 : page->values;
    assert_true(page->has_crc);
    return go_on(seen);
}

static struct mp_file *file_of(int groups) {
    struct mp_file *file = mp_begin();
    mp_column(file, "g", MP_AUTO, 1);
    file->columns[0].children = 1;
    mp_column(file, "inner", 1, 2);
    mp_column(file, "flat", 2, 0);
    file->root_children = 2;
    for (int g = 0; g < groups; g++) {
        mp_group_begin(file);
        for (int c = 0; c < 2; c++) {
            mp_chunk_begin(file, c == 0 ? 1 : 2, 0);
            for (int p = 0; p < 3; p++) { /* a dictionary and two pages */
                struct mp_page page = mp_page_of(p == 0 ? 2 : 0, 0,
                                                 p == 0   ? 9
                                                 : p == 1 ? 2
                                                          : 3 + g);
                page.crc = -1;
                mp_text(&page.data, "a page's body");
                mp_page_write(&file->bytes, &page);
            }
            mp_chunk_end(file, 5 + g);
        }
        mp_group_end(file, 5 + g);
    }
    mp_end(file);
    return file;
}

static enum weir_status walk(struct mp_set *set, struct seen *seen, bool pages,
                             struct weir_schema_summary *summary, struct weir_error *error) {
    struct weir_schema_visitor visitor = {
        seen, see_node, see_group, see_chunk, pages ? see_page : NULL, false};
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    enum weir_status status =
        weir_schema_walk(&set->dataset, 0, &visitor, window, WEIR_INSPECT_BYTES, summary, error);
    assert_int_equal(error->status, status);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    return status;
}

static void everything_is_shown_in_order(void **state) {
    (void)state;
    struct mp_file *file = file_of(3);
    for (size_t slice = 0; slice < 100; slice += 49) {
        struct mp_set set;
        struct seen seen = {0};
        struct weir_schema_summary summary;
        struct weir_error error;
        mp_set_of(&set, &file, 1, slice);
        assert_int_equal(walk(&set, &seen, true, &summary, &error), WEIR_OK);
        assert_string_equal(seen.log, "0schema 1g 2inner 1flat ");
        assert_int_equal(seen.groups, 3);
        assert_int_equal(seen.chunks, 6);
        assert_int_equal(seen.pages, 18);
        assert_int_equal(seen.values, 2 * (5 + 6 + 7));
        assert_int_equal(summary.rows, 18);
        assert_int_equal(summary.row_groups, 3);
        assert_int_equal(summary.columns, 2);
        assert_int_equal(summary.version, 2);
        assert_int_equal(summary.footer_bytes, file->footer_bytes);
        assert_string_equal(summary.created_by, "tests");
        /* Without a wish for pages none is read. */
        uint64_t reads = set.inputs[0].reads;
        set.inputs[0].reads = 0;
        memset(&seen, 0, sizeof seen);
        assert_int_equal(walk(&set, &seen, false, &summary, &error), WEIR_OK);
        assert_true(set.inputs[0].reads < reads);
    }
    mp_drop(file);
}

static void a_visitor_can_stop_anywhere(void **state) {
    (void)state;
    struct mp_file *file = file_of(3);
    for (uint32_t after = 1; after <= 31; after++) {
        struct mp_set set;
        struct seen seen = {.stop_after = after};
        struct weir_schema_summary summary;
        struct weir_error error;
        mp_set_of(&set, &file, 1, 0);
        assert_int_equal(walk(&set, &seen, true, &summary, &error), WEIR_OK);
        assert_int_equal(seen.nodes + seen.groups + seen.chunks + seen.pages, after);
    }
    mp_drop(file);
}

static void a_visitor_may_be_deaf(void **state) {
    struct mp_set set;
    struct weir_schema_visitor visitor = {0};
    struct weir_schema_summary summary;
    struct weir_error error;
    (void)state;
    struct mp_file *file = file_of(2);
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(
        weir_schema_walk(&set.dataset, 0, &visitor, window, WEIR_INSPECT_BYTES, &summary, &error),
        WEIR_OK);
    assert_int_equal(summary.rows, 11);
    /* What is behind the schema is not looked at where only that is wanted. */
    uint32_t columns = summary.columns;
    file->bytes.data[file->bytes.count - 8 - 20] ^= 0xff;
    assert_int_equal(
        weir_schema_walk(&set.dataset, 0, &visitor, window, WEIR_INSPECT_BYTES, &summary, &error),
        WEIR_E_CORRUPT);
    visitor.schema_only = true;
    assert_int_equal(
        weir_schema_walk(&set.dataset, 0, &visitor, window, WEIR_INSPECT_BYTES, &summary, &error),
        WEIR_OK);
    assert_int_equal(summary.rows, 11);
    assert_int_equal(summary.columns, columns);
    assert_int_equal(
        weir_schema_walk(&set.dataset, 1, &visitor, window, WEIR_INSPECT_BYTES, &summary, &error),
        WEIR_E_ARGUMENT);
    assert_int_equal(weir_schema_walk(&set.dataset, 0, &visitor, window, WEIR_INSPECT_BYTES - 64,
                                      &summary, &error),
                     WEIR_E_ARGUMENT);
    mp_drop(file);
}

static void a_bad_page_header_is_told_with_its_place(void **state) {
    struct mp_set set;
    struct seen seen = {0};
    struct weir_schema_summary summary;
    struct weir_error error;
    (void)state;
    struct mp_file *file = file_of(2);
    memset(file->bytes.data + file->chunks[3].offset, 0xff, 8);
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(walk(&set, &seen, true, &summary, &error), WEIR_E_CORRUPT);
    assert_int_equal(error.file, 0);
    assert_int_equal(error.row_group, 1);
    assert_int_equal(error.column, 1);
    assert_true(error.offset_bytes >= (uint64_t)file->chunks[3].offset);
    mp_drop(file);
}

static void changed_bytes_end_in_a_status(void **state) {
    (void)state;
    mp_seed("walk mutations");
    struct mp_file *file = file_of(1);
    for (int round = 0; round < 4000; round++) {
        struct mp_set set;
        struct weir_schema_visitor visitor = {0};
        struct weir_schema_summary summary;
        struct weir_error error;
        size_t at = mp_below((uint32_t)file->bytes.count);
        uint8_t before = file->bytes.data[at];
        static _Alignas(64) uint8_t window[WEIR_INSPECT_BYTES];
        file->bytes.data[at] = (uint8_t)mp_random();
        mp_set_of(&set, &file, 1, 0);
        enum weir_status status =
            weir_schema_walk(&set.dataset, 0, &visitor, window, sizeof window, &summary, &error);
        assert_true(status == WEIR_OK || error.message[0] != '\0');
        file->bytes.data[at] = before;
    }
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_shown_in_order),
        cmocka_unit_test(a_visitor_can_stop_anywhere),
        cmocka_unit_test(a_visitor_may_be_deaf),
        cmocka_unit_test(a_bad_page_header_is_told_with_its_place),
        cmocka_unit_test(changed_bytes_end_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
