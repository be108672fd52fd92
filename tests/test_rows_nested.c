/* Rows of nested columns: the entries of each row, whatever the pages, and row counts that agree.
 */
#include "make_parquet.h"

#define NOTHING INT64_MIN
#define ENTRIES_MAX 64u
#define LEAVES_MAX 8

/* An entry as it should come out; `row` counts from 0. */
struct entry {
    uint32_t row;
    uint32_t repetition;
    uint32_t definition;
    int64_t value; /* NOTHING: none */
};

struct leaf {
    uint32_t definition_max;
    uint32_t repetition_max;
    uint32_t count;
    struct entry entries[ENTRIES_MAX];
};

/* How the chunk of a leaf is cut into pages. */
enum form { V1, V1_SPLIT, V1_LEGACY, V2, FORMS };

/* --- Writing -----------------------------------------------------------------------------------
 */

static void put_page(struct mp_file *file, const struct leaf *leaf, uint32_t first, uint32_t count,
                     enum form form) {
    uint32_t repetition[ENTRIES_MAX];
    uint32_t definition[ENTRIES_MAX];
    struct mp_page page = mp_page_of(form == V2 ? 3 : 0, 0, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *entry = &leaf->entries[first + i];
        repetition[i] = entry->repetition;
        definition[i] = entry->definition;
        if (entry->value != NOTHING) {
            mp_put(&page.data, &entry->value, 8);
        }
    }
    mp_both_levels(&page, repetition, leaf->repetition_max, definition, leaf->definition_max, count,
                   form == V1_LEGACY);
    page.crc = -1;
    mp_page_write(&file->bytes, &page);
}

/* One row group's chunk: entries [first, first + count) of an INT64 leaf. */
static void put_chunk(struct mp_file *file, const struct leaf *leaf, uint32_t first, uint32_t count,
                      enum form form) {
    mp_chunk_begin(file, 2, 0);
    if (form == V1_SPLIT) { /* a page ends behind every entry: lists go on in the next one */
        for (uint32_t i = 0; i < count; i++) {
            put_page(file, leaf, first + i, 1, form);
        }
    } else if (count > 0) {
        put_page(file, leaf, first, count, form);
    }
    mp_chunk_end(file, count);
}

/* --- Reading -----------------------------------------------------------------------------------
 */

struct outcome {
    enum weir_status status;
    struct weir_error error;
    struct weir_plan plan;
    uint64_t rows;
    uint32_t read[LEAVES_MAX]; /* entries */
};

static void check_entry(const struct leaf *leaf, uint32_t at, uint64_t row,
                        const struct weir_cell *cell) {
    assert_true(at < leaf->count);
    const struct entry *want = &leaf->entries[at];
    assert_int_equal(row, want->row);
    assert_int_equal(cell->repetition, want->repetition);
    assert_int_equal(cell->definition, want->definition);
    assert_int_equal(cell->is_null, want->value == NOTHING);
    assert_true(cell->bits == (want->value == NOTHING ? 0 : (uint64_t)want->value));
}

/* The entries of one column in the row; gives up asking at random, and then goes on in the model.
 */
static enum weir_status read_row(struct weir_rows *rows, uint32_t column, const struct leaf *leaf,
                                 bool ask_all, struct weir_cell *cell, struct outcome *out) {
    uint32_t *at = &out->read[column];
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK) {
        if (leaf != NULL) {
            check_entry(leaf, *at, out->rows, cell);
        }
        ++*at;
        if (!ask_all && mp_below(3) == 0) {
            while (leaf != NULL && *at < leaf->count && leaf->entries[*at].repetition > 0) {
                ++*at;
            }
            return WEIR_END;
        }
        status = weir_rows_more(rows, column, cell);
    }
    return status;
}

static void run_rows(struct mp_set *set, const struct leaf *leaves, bool ask_all,
                     struct outcome *out) {
    struct weir_cell cells[LEAVES_MAX];
    struct weir_rows *rows = NULL;
    size_t bytes = (size_t)out->plan.planned_bytes;
    uint32_t columns = out->plan.inventory.columns_selected;
    void *block = mp_guarded(bytes);
    out->status = weir_rows_init(block, bytes, &out->plan, &set->dataset, &rows, &out->error);
    if (out->status != WEIR_OK) {
        mp_unguard(block, bytes);
        return;
    }
    for (uint32_t i = 0; i < columns; i++) {
        struct weir_column_info info;
        weir_rows_column(rows, i, &info);
        assert_true(leaves == NULL || info.definition_max == leaves[i].definition_max);
        assert_true(leaves == NULL || info.repetition_max == leaves[i].repetition_max);
        assert_int_equal(weir_rows_more(rows, i, &cells[i]), WEIR_END); /* no row has begun */
    }
    while ((out->status = weir_rows_next(rows, cells)) == WEIR_OK) {
        for (uint32_t i = 0; i < columns && out->status >= 0; i++) {
            out->status =
                read_row(rows, i, leaves == NULL ? NULL : &leaves[i], ask_all, &cells[i], out);
        }
        if (out->status < 0) {
            break;
        }
        out->rows++;
    }
    out->error = *weir_rows_error(rows);
    assert_int_equal(weir_rows_next(rows, cells), out->status); /* it stays so */
    assert_int_equal(weir_rows_more(rows, 0, cells), out->status);
    mp_unguard(block, bytes);
}

static struct outcome all_rows(struct mp_file *const *files, uint32_t count, size_t slice,
                               const struct leaf *leaves, bool ask_all) {
    struct mp_set set;
    struct outcome out;
    struct weir_inventory inventory;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    memset(&out, 0, sizeof out);
    mp_set_of(&set, files, count, slice);
    out.status =
        weir_inspect(&set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &out.error);
    if (out.status == WEIR_OK) {
        out.status = weir_rows_plan(&set.dataset, &inventory, &options, window, WEIR_INSPECT_BYTES,
                                    &out.plan, &out.error);
    }
    if (out.status == WEIR_OK) {
        run_rows(&set, leaves, ask_all, &out);
    }
    mp_unguard(window, WEIR_INSPECT_BYTES);
    return out;
}

/* Writes the leaves in every form, in one row group or cut behind row
 * `split`, and reads them back. */
static void check_leaves(void (*schema)(struct mp_file *file), const struct leaf *leaves, int count,
                         uint32_t rows, uint32_t split) {
    for (uint32_t i = 0; i < FORMS * 2 * 2; i++) {
        struct mp_file *file = mp_begin();
        schema(file);
        for (uint32_t group = 0; group < 1 + (i & 1); group++) {
            uint32_t from = group == 0 ? 0 : split;
            uint32_t to = (i & 1) != 0 && group == 0 ? split : rows;
            mp_group_begin(file);
            for (int l = 0; l < count; l++) {
                uint32_t first = 0;
                uint32_t end = 0;
                for (uint32_t e = 0; e < leaves[l].count; e++) {
                    first += leaves[l].entries[e].row < from;
                    end += leaves[l].entries[e].row < to;
                }
                put_chunk(file, &leaves[l], first, end - first, (enum form)(i / 4));
            }
            mp_group_end(file, to - from);
        }
        mp_end(file);
        for (size_t slice = 0; slice < 2; slice++) {
            struct outcome out = all_rows(&file, 1, slice, leaves, (i & 2) != 0);
            assert_int_equal(out.status, WEIR_END);
            assert_int_equal(out.rows, rows);
            for (int l = 0; l < count; l++) {
                assert_int_equal(out.read[l], leaves[l].count);
            }
        }
        mp_drop(file);
    }
}

/* --- What is right -----------------------------------------------------------------------------
 */

enum { REQUIRED = 0, OPTIONAL = 1, REPEATED = 2 };

/* Texts are numbers here: 1 en-us, 2 en, 3 en-gb, 11 us, 13 gb, 21 http://A, 22 http://B, ... */
static void paper_schema(struct mp_file *file) {
    mp_column(file, "DocId", 2, REQUIRED);
    mp_column_group(file, "Links", OPTIONAL, 2);
    mp_column(file, "Backward", 2, REPEATED);
    mp_column(file, "Forward", 2, REPEATED);
    mp_column_group(file, "Name", REPEATED, 2);
    mp_column_group(file, "Language", REPEATED, 2);
    mp_column(file, "Code", 2, REQUIRED);
    mp_column(file, "Country", 2, OPTIONAL);
    mp_column(file, "Url", 2, OPTIONAL);
}

/* Figures 2 and 3 of "Dremel: Interactive Analysis of Web-Scale Datasets" (VLDB 2010). */
static void the_two_documents_of_the_dremel_paper(void **state) {
    static const struct leaf leaves[] = {
        {0, 0, 2, {{0, 0, 0, 10}, {1, 0, 0, 20}}},
        {2, 1, 3, {{0, 0, 1, NOTHING}, {1, 0, 2, 10}, {1, 1, 2, 30}}},
        {2, 1, 4, {{0, 0, 2, 20}, {0, 1, 2, 40}, {0, 1, 2, 60}, {1, 0, 2, 80}}},
        {2,
         2,
         5,
         {{0, 0, 2, 1}, {0, 2, 2, 2}, {0, 1, 1, NOTHING}, {0, 1, 2, 3}, {1, 0, 1, NOTHING}}},
        {3,
         2,
         5,
         {{0, 0, 3, 11},
          {0, 2, 2, NOTHING},
          {0, 1, 1, NOTHING},
          {0, 1, 3, 13},
          {1, 0, 1, NOTHING}}},
        {2, 1, 4, {{0, 0, 2, 21}, {0, 1, 2, 22}, {0, 1, 1, NOTHING}, {1, 0, 2, 23}}},
    };
    (void)state;
    mp_seed("dremel");
    check_leaves(paper_schema, leaves, 6, 2, 1);
}

/* A list of lists of optional numbers, in the three-level form. */
static void lists_schema(struct mp_file *file) {
    mp_column_group(file, "lists", OPTIONAL, 1);
    mp_column_group(file, "list", REPEATED, 1);
    mp_column_group(file, "element", OPTIONAL, 1);
    mp_column_group(file, "list", REPEATED, 1);
    mp_column(file, "element", 2, OPTIONAL);
}

/* null; []; [null]; [[]]; [[null]]; [[1,null,2],[],null,[3]]; [[4]] */
static void lists_that_are_empty_or_null_at_each_level(void **state) {
    static const struct leaf leaf = {5,
                                     2,
                                     12,
                                     {{0, 0, 0, NOTHING},
                                      {1, 0, 1, NOTHING},
                                      {2, 0, 2, NOTHING},
                                      {3, 0, 3, NOTHING},
                                      {4, 0, 4, NOTHING},
                                      {5, 0, 5, 1},
                                      {5, 2, 4, NOTHING},
                                      {5, 2, 5, 2},
                                      {5, 1, 3, NOTHING},
                                      {5, 1, 2, NOTHING},
                                      {5, 1, 5, 3},
                                      {6, 0, 5, 4}}};
    (void)state;
    mp_seed("lists");
    check_leaves(lists_schema, &leaf, 1, 7, 5);
}

/* Two-level lists as old writers made them, and repeated fields without a list around them. */
static void legacy_schema(struct mp_file *file) {
    mp_column_group(file, "two_level", OPTIONAL, 1);
    mp_column(file, "array", 2, REPEATED);
    mp_column(file, "bare", 2, REPEATED);
    mp_column_group(file, "pairs", REPEATED, 2);
    mp_column(file, "a", 2, REQUIRED);
    mp_column(file, "b", 2, OPTIONAL);
}

/* {[1,2], [], [(7,8)]}; {null, [3,4,5], []}; {[], [6], [(9,null),(10,11)]} */
static void lists_as_old_writers_made_them(void **state) {
    static const struct leaf leaves[] = {
        {2, 1, 4, {{0, 0, 2, 1}, {0, 1, 2, 2}, {1, 0, 0, NOTHING}, {2, 0, 1, NOTHING}}},
        {1, 1, 5, {{0, 0, 0, NOTHING}, {1, 0, 1, 3}, {1, 1, 1, 4}, {1, 1, 1, 5}, {2, 0, 1, 6}}},
        {1, 1, 4, {{0, 0, 1, 7}, {1, 0, 0, NOTHING}, {2, 0, 1, 9}, {2, 1, 1, 10}}},
        {2, 1, 4, {{0, 0, 2, 8}, {1, 0, 0, NOTHING}, {2, 0, 1, NOTHING}, {2, 1, 2, 11}}},
    };
    (void)state;
    mp_seed("legacy lists");
    check_leaves(legacy_schema, leaves, 4, 3, 2);
}

/* --- Several files -----------------------------------------------------------------------------
 */

static const struct leaf one_list = {2, 1, 3, {{0, 0, 2, 5}, {0, 1, 2, 6}, {1, 0, 1, NOTHING}}};

/* "list": optional group { repeated leaf }, twisted; "flat": optional or required. */
static struct mp_file *pair_of(bool with_list, int64_t flat_repetition, int twist) {
    static const struct leaf flat = {1, 0, 2, {{0, 0, 1, 7}, {1, 0, 0, NOTHING}}};
    static const struct leaf required = {0, 0, 2, {{0, 0, 0, 7}, {1, 0, 0, 8}}};
    struct mp_file *file = mp_begin();
    if (with_list) {
        mp_column_group(file, "list", twist == 1 ? REPEATED : OPTIONAL, 1);
        mp_column(file, "x", 2, twist == 1 ? OPTIONAL : REPEATED);
        file->columns[1].type = twist == 2 ? 1 : 2;
    }
    mp_column(file, "flat", 2, flat_repetition);
    mp_group_begin(file);
    if (with_list) {
        put_chunk(file, &one_list, 0, 3, V1);
    }
    put_chunk(file, flat_repetition == OPTIONAL ? &flat : &required, 0, 2, V1);
    mp_group_end(file, 2);
    mp_end(file);
    return file;
}

static void later_files_may_lack_columns_or_nulls(void **state) {
    /* Files: as the first one; without the list; with another flat column. */
    static const struct leaf leaves[] = {{2,
                                          1,
                                          8,
                                          {{0, 0, 2, 5},
                                           {0, 1, 2, 6},
                                           {1, 0, 1, NOTHING},
                                           {2, 0, WEIR_NONE32, NOTHING},
                                           {3, 0, WEIR_NONE32, NOTHING},
                                           {4, 0, 2, 5},
                                           {4, 1, 2, 6},
                                           {5, 0, 1, NOTHING}}},
                                         {1,
                                          0,
                                          6,
                                          {{0, 0, 1, 7},
                                           {1, 0, 0, NOTHING},
                                           {2, 0, 1, 7},
                                           {3, 0, 0, NOTHING},
                                           {4, 0, 1, 7}, /* required there, optional here */
                                           {5, 0, 1, 8}}}};
    (void)state;
    mp_seed("later files");
    struct mp_file *files[] = {pair_of(true, OPTIONAL, 0), pair_of(false, OPTIONAL, 0),
                               pair_of(true, REQUIRED, 0)};
    struct outcome out = all_rows(files, 3, 0, leaves, true);
    assert_int_equal(out.status, WEIR_END);
    assert_int_equal(out.rows, 6);
    for (int i = 0; i < 3; i++) {
        mp_drop(files[i]);
    }
}

static void a_column_nested_in_another_way_is_refused(void **state) {
    (void)state;
    for (int twist = 1; twist < 3; twist++) {
        struct mp_file *files[] = {pair_of(true, OPTIONAL, 0), pair_of(true, OPTIONAL, twist)};
        struct outcome out = all_rows(files, 2, 0, NULL, true);
        assert_int_equal(out.status, WEIR_E_SCHEMA);
        assert_int_equal(out.rows, 2);
        assert_int_equal(out.error.file, 1);
        assert_int_equal(out.error.file_other, 0);
        assert_string_equal(out.error.column_name, "list.x");
        mp_drop(files[0]);
        mp_drop(files[1]);
    }
}

/* --- What is wrong -----------------------------------------------------------------------------
 */

/* Two row groups of two rows each; in the second, the list's chunk and its row count disagree. */
static void row_counts_that_disagree_are_found(void **state) {
    static const struct {
        uint32_t entries; /* of one_list: 3 are two rows */
        int64_t rows;
        uint32_t read;
    } wants[] = {
        {3, 1, 3}, /* more rows than the row group */
        {2, 2, 3}, /* as many entries as rows, but in one row */
        {3, 4, 2}, /* fewer entries than rows: told before the first */
        {0, 1, 2}, /* no entries */
        {3, 0, 2}, /* entries, but no rows */
    };
    (void)state;
    mp_seed("row counts");
    for (size_t i = 0; i < 2 * sizeof wants / sizeof wants[0]; i++) {
        struct mp_file *file = mp_begin();
        mp_column_group(file, "list", OPTIONAL, 1);
        mp_column(file, "x", 2, REPEATED);
        mp_group_begin(file);
        put_chunk(file, &one_list, 0, 3, V1);
        mp_group_end(file, 2);
        mp_group_begin(file);
        put_chunk(file, &one_list, 0, wants[i / 2].entries, V1);
        mp_group_end(file, wants[i / 2].rows);
        mp_end(file);
        struct outcome out = all_rows(&file, 1, 0, NULL, (i & 1) != 0);
        assert_int_equal(out.status, WEIR_E_CORRUPT);
        assert_int_equal(out.rows, wants[i / 2].read);
        assert_int_equal(out.error.row_group, 1);
        assert_int_equal(out.error.column, 0);
        assert_int_equal(out.error.file, 0);
        assert_string_equal(out.error.column_name, "list.x");
        mp_drop(file);
    }
}

/* FileMetaData.num_rows is not trusted: parquet-mr has written 0 there. */
static void the_number_of_rows_of_the_file_is_not_trusted(void **state) {
    (void)state;
    struct mp_file *file = mp_begin();
    mp_column_group(file, "list", OPTIONAL, 1);
    mp_column(file, "x", 2, REPEATED);
    mp_group_begin(file);
    put_chunk(file, &one_list, 0, 3, V1);
    mp_group_end(file, 2);
    file->rows = 0;
    mp_end(file);
    struct outcome out = all_rows(&file, 1, 0, &one_list, true);
    assert_int_equal(out.status, WEIR_END);
    assert_int_equal(out.rows, 2);
    mp_drop(file);
}

/* Errors in the middle of a row come from weir_rows_more, with their place, and stay: run_rows. */
static void an_error_inside_a_row_has_its_place(void **state) {
    static const struct leaf id = {0, 0, 2, {{0, 0, 0, 1}, {1, 0, 0, 2}}};
    static const struct leaf longer = {
        1, 1, 4, {{0, 0, 1, 1}, {0, 1, 1, 2}, {0, 1, 1, 3}, {1, 0, 0, NOTHING}}};
    (void)state;
    mp_seed("errors inside rows");
    struct mp_file *file = mp_begin();
    mp_column(file, "id", 2, REQUIRED);
    mp_column(file, "list", 2, REPEATED);
    mp_group_begin(file);
    put_chunk(file, &id, 0, 2, V1);
    mp_chunk_begin(file, 2, 0);
    for (uint32_t i = 0; i < 4; i++) {
        put_page(file, &longer, i, 1, V2 /* rows split between V2 pages: read all the same */);
        file->bytes.data[file->bytes.count - 1] ^= i == 1; /* its value's last byte */
    }
    mp_chunk_end(file, 4);
    mp_group_end(file, 2);
    mp_end(file);
    struct outcome out = all_rows(&file, 1, 0, NULL, true);
    assert_int_equal(out.status, WEIR_E_CHECKSUM);
    assert_int_equal(out.rows, 0);
    assert_int_equal(out.read[0], 1);
    assert_int_equal(out.read[1], 2);
    assert_int_equal(out.error.column, 1);
    assert_int_equal(out.error.row_group, 0);
    assert_int_equal(out.error.page, 1);
    assert_string_equal(out.error.column_name, "list");
    mp_drop(file);
}

static void a_file_cut_or_changed_anywhere_ends_in_a_status(void **state) {
    (void)state;
    mp_seed("changed bytes");
    struct mp_file *file = pair_of(true, OPTIONAL, 0);
    uint64_t kept = 0;
    for (size_t at = 0; at < file->bytes.count; at++) {
        uint8_t before = file->bytes.data[at];
        for (int change = 0; change < 3; change++) {
            uint8_t after[] = {(uint8_t)(before ^ 1u << mp_below(8)), (uint8_t)(before + 1), 0xff};
            file->bytes.data[at] = after[change];
            struct outcome out = all_rows(&file, 1, 0, NULL, change != 1);
            assert_true(out.status < 0 || out.status == WEIR_END);
            assert_int_not_equal(out.status, WEIR_E_INTERNAL);
            assert_true(out.status == WEIR_END || out.error.message[0] != '\0');
            kept += out.status == WEIR_END;
        }
        file->bytes.data[at] = before;
    }
    assert_true(kept > 0);
    size_t whole = file->bytes.count;
    for (file->bytes.count = 0; file->bytes.count < whole; file->bytes.count++) {
        assert_true(all_rows(&file, 1, 0, NULL, true).status < 0);
    }
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_two_documents_of_the_dremel_paper),
        cmocka_unit_test(lists_that_are_empty_or_null_at_each_level),
        cmocka_unit_test(lists_as_old_writers_made_them),
        cmocka_unit_test(later_files_may_lack_columns_or_nulls),
        cmocka_unit_test(a_column_nested_in_another_way_is_refused),
        cmocka_unit_test(row_counts_that_disagree_are_found),
        cmocka_unit_test(the_number_of_rows_of_the_file_is_not_trusted),
        cmocka_unit_test(an_error_inside_a_row_has_its_place),
        cmocka_unit_test(a_file_cut_or_changed_anywhere_ends_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
