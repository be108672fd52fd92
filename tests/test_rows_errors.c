/* Rows that cannot be handed out: each error has its status, comes at its row, and stays. */
#include "make_parquet.h"

struct outcome {
    enum weir_status status;
    struct weir_error error;
    uint64_t rows;
};

/* All rows of a file; of nested columns the first entries only. */
static struct outcome all_rows(struct mp_file *file, bool keep_going) {
    struct outcome out;
    struct mp_set set;
    struct weir_plan plan;
    struct weir_inventory inventory;
    struct weir_rows *rows = NULL;
    struct weir_cell cells[4];
    struct weir_profile_options options = {.budget_bytes = 64u << 20, .keep_going = keep_going};
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    memset(&out, 0, sizeof out);
    mp_set_of(&set, &file, 1, 0);
    out.status =
        weir_inspect(&set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &out.error);
    if (out.status == WEIR_OK) {
        out.status = weir_rows_plan(&set.dataset, &inventory, &options, window, WEIR_INSPECT_BYTES,
                                    &plan, &out.error);
    }
    mp_unguard(window, WEIR_INSPECT_BYTES);
    if (out.status != WEIR_OK) {
        return out;
    }
    size_t bytes = (size_t)plan.planned_bytes;
    void *block = mp_guarded(bytes);
    out.status = weir_rows_init(block, bytes, &plan, &set.dataset, &rows, &out.error);
    if (out.status == WEIR_OK) {
        while ((out.status = weir_rows_next(rows, cells)) == WEIR_OK) {
            out.rows++;
        }
        out.error = *weir_rows_error(rows);
        assert_int_equal(weir_rows_next(rows, cells), out.status); /* it stays so */
    }
    mp_unguard(block, bytes);
    return out;
}

/* --- Errors in what nobody asks for. ------------------------------------------------------------
 */

/* Lists of 3, 1, 0 and 4 numbers, an entry a page; page `bad` lacks a byte, or has another
 * checksum. */
static struct mp_file *file_of_lists(uint32_t bad, bool checksum) {
    static const uint32_t lengths[] = {3, 1, 0, 4};
    struct mp_file *file = mp_begin();
    int64_t ids[4] = {1, 2, 3, 4};
    uint32_t entries = 0;
    mp_column(file, "id", 2, 0);
    mp_column(file, "list", 2, 2);
    mp_group_begin(file);
    mp_add_i64(file, ids, NULL, 4);
    mp_chunk_begin(file, 2, 0);
    for (uint32_t row = 0; row < 4; row++) {
        uint32_t length = lengths[row];
        for (uint32_t i = 0; i < (length > 0 ? length : 1); i++, entries++) {
            struct mp_page page = mp_page_of(3 /* V2 */, 0, 1);
            uint32_t repetition = i > 0;
            uint32_t definition = length > 0;
            int64_t value = 7;
            bool is_bad = entries == bad;
            mp_both_levels(&page, &repetition, 1, &definition, 1, 1, false);
            if (definition > 0) {
                mp_put(&page.data, &value, is_bad && !checksum ? 7 : 8);
            }
            page.crc = is_bad && checksum ? 4711 : -1;
            mp_page_write(&file->bytes, &page);
        }
    }
    mp_chunk_end(file, entries);
    mp_group_end(file, 4);
    mp_end(file);
    return file;
}

/* Entry 4 has no value that could be short. A value is missed when its entry is taken, a checksum
 * when what follows its page is. */
static void errors_in_entries_that_are_passed_by_are_told(void **state) {
    static const uint32_t row_of[] = {0, 0, 0, 1, 2, 3, 3, 3, 3};
    static const bool first[] = {true, false, false, true, true, true, false, false, false};
    (void)state;
    mp_seed("entries passed by");
    for (uint32_t bad = 0; bad < 9; bad++) {
        for (int checksum = bad == 4; checksum < 2; checksum++) {
            struct mp_file *file = file_of_lists(bad, checksum != 0);
            struct outcome out = all_rows(file, false);
            assert_int_equal(out.status, checksum != 0 ? WEIR_E_CHECKSUM : WEIR_E_CORRUPT);
            assert_int_equal(out.rows, row_of[bad] + (checksum != 0 || !first[bad]));
            assert_string_equal(out.error.column_name, "list");
            assert_int_equal(out.error.column, 1);
            assert_int_equal(out.error.row_group, 0);
            assert_int_equal(out.error.page, bad);
            mp_drop(file);
        }
    }
    struct mp_file *file = file_of_lists(99, false);
    struct outcome out = all_rows(file, false);
    assert_int_equal(out.status, WEIR_END);
    assert_int_equal(out.rows, 4);
    mp_drop(file);
}

/* --- Chunks that are refused. -------------------------------------------------------------------
 */

/* Two row groups of a number and something strange, which begins in the second group. */
static struct mp_file *file_of_strange(int twist) {
    struct mp_file *file = mp_begin();
    int64_t values[3] = {1, 2, 3};
    mp_column(file, "number", 2, 0);
    mp_column(file, "strange", 0, 0);
    for (int group = 0; group < 2; group++) {
        bool strange = group == 1;
        mp_group_begin(file);
        mp_add_i64(file, values, NULL, 3);
        struct mp_chunk *chunk = mp_chunk_begin(file, 0, 0);
        chunk->encrypted = strange && twist == 0;
        chunk->file_path = strange && twist == 1 ? "elsewhere.parquet" : NULL;
        if (strange && twist == 2) {
            struct mp_page entries = mp_page_of(2, 0, 2); /* whole, were it one of byte arrays */
            mp_u32(&entries.data, 0);
            mp_u32(&entries.data, 0);
            mp_page_write(&file->bytes, &entries);
        }
        struct mp_page page = mp_page_of(0, 0, 3);
        mp_byte(&page.data, 5);
        mp_page_write(&file->bytes, &page);
        mp_chunk_end(file, 3);
        mp_group_end(file, 3);
    }
    mp_end(file);
    return file;
}

/* What needs no page to be seen is seen before any row, unless the run is to keep going. */
static void strange_chunks_are_refused(void **state) {
    static const enum weir_status wants[] = {WEIR_E_UNSUPPORTED, WEIR_E_UNSUPPORTED, WEIR_E_CORRUPT,
                                             WEIR_END};
    (void)state;
    for (int twist = 0; twist < 4; twist++) {
        for (int keep_going = 0; keep_going < 2; keep_going++) {
            struct mp_file *file = file_of_strange(twist);
            struct outcome out = all_rows(file, keep_going != 0);
            bool early = twist < 2 && keep_going == 0;
            assert_int_equal(out.status, wants[twist]);
            assert_int_equal(out.rows, twist == 3 ? 6 : early ? 0 : 3);
            if (twist < 3) {
                assert_string_equal(out.error.column_name, "strange");
                assert_int_equal(out.error.column, 1);
                assert_int_equal(out.error.row_group, 1);
            }
            mp_drop(file);
        }
    }
}

/* --- Wrong arguments. ---------------------------------------------------------------------------
 */

static void a_window_that_does_not_suit_is_a_wrong_argument(void **state) {
    (void)state;
    struct mp_file *file = file_of_strange(3);
    struct mp_set set;
    struct weir_plan plan;
    struct weir_error error;
    struct weir_inventory inventory;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    uint8_t *window = mp_guarded(WEIR_INSPECT_BYTES + WEIR_MEMORY_ALIGN);
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(
        weir_inspect(&set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    const struct {
        void *window;
        size_t bytes;
        enum weir_status status;
    } cases[] = {
        {window, WEIR_INSPECT_BYTES, WEIR_OK},
        {NULL, WEIR_INSPECT_BYTES, WEIR_E_ARGUMENT},
        {window, WEIR_INSPECT_BYTES - 1, WEIR_E_ARGUMENT},
        {window, 0, WEIR_E_ARGUMENT},
        {window + 1, WEIR_INSPECT_BYTES, WEIR_E_ARGUMENT},
        {window + WEIR_MEMORY_ALIGN / 2, WEIR_INSPECT_BYTES, WEIR_E_ARGUMENT},
        {window + WEIR_MEMORY_ALIGN, WEIR_INSPECT_BYTES, WEIR_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t reads = set.inputs[0].reads;
        assert_int_equal(weir_rows_plan(&set.dataset, &inventory, &options, cases[i].window,
                                        cases[i].bytes, &plan, &error),
                         cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_int_equal(set.inputs[0].reads > reads, cases[i].status == WEIR_OK);
    }
    mp_unguard(window, WEIR_INSPECT_BYTES + WEIR_MEMORY_ALIGN);
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_in_entries_that_are_passed_by_are_told),
        cmocka_unit_test(strange_chunks_are_refused),
        cmocka_unit_test(a_window_that_does_not_suit_is_a_wrong_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
