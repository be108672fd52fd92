/* Rows: columns side by side over row groups and files, in the memory that the plan names. */
#include "make_parquet.h"

#define D 40u       /* entries of the dictionary of texts */
#define LONG 70000u /* bytes of its third entry */
#define GROUP_ROWS 150u

/* --- The model: what each cell holds is a function of column, file and row ------------------- */

static bool is_null_at(char column, uint32_t row) {
    return (column == 't' || column == 'b') && (row * 7 + (uint8_t)column) % 5 == 0;
}

static uint64_t number_at(char column, uint32_t file, uint32_t row) {
    return ((uint64_t)(uint8_t)column << 40 | (uint64_t)file << 32 | row) *
           UINT64_C(0x9e3779b97f4a7c15);
}

static uint32_t entry_length(uint32_t entry) {
    return entry == 2 ? LONG : entry == 0 ? 0 : entry * 37 % 100;
}

static uint8_t entry_byte(uint32_t entry, uint32_t i) {
    return (uint8_t)(entry * 13 + i * 31);
}

static void put_column(struct mp_file *file, char column, uint32_t number, uint32_t first,
                       uint32_t rows) {
    uint32_t present[GROUP_ROWS];
    uint32_t values[GROUP_ROWS];
    uint32_t count = 0;
    bool v2 = number == 1;
    struct mp_page page = mp_page_of(v2 ? 3 : 0, column == 't' ? 8 : column == 'b' ? 3 : 0, rows);
    for (uint32_t i = 0; i < rows; i++) {
        uint64_t bits = number_at(column, number, first + i);
        present[i] = !is_null_at(column, first + i);
        page.nulls += present[i] == 0;
        if (present[i] != 0 && page.encoding == 0) {
            mp_put(&page.data, &bits, column == 'n' ? 4 : 8);
        } else if (present[i] != 0) {
            values[count++] = (uint32_t)(bits >> 32) % (column == 't' ? D : 2);
        }
    }
    if (column == 't' || column == 'b') {
        struct mp_bytes runs = {0};
        mp_levels(&page, present, rows);
        mp_runs(&runs, values, count, column == 't' ? 6 : 1);
        if (column == 't') {
            mp_byte(&page.data, 6);
        } else {
            mp_u32(&page.data, (uint32_t)runs.count);
        }
        mp_put(&page.data, runs.data, runs.count);
        mp_free(&runs);
    }
    page.codec = column == 't';
    page.crc = -1;
    mp_page_write(&file->bytes, &page);
}

/* A chunk of one of the columns t(ext), b(oolean), n(umber, 32 bits) and w(ide, 64 bits). */
static void put_chunk(struct mp_file *file, char column, uint32_t number, uint32_t first) {
    static const int64_t types[] = {['t'] = 6, ['b'] = 0, ['n'] = 1, ['w'] = 2};
    mp_chunk_begin(file, types[(int)column], column == 't');
    if (column == 't') {
        struct mp_page page = mp_page_of(2, 0, D);
        for (uint32_t entry = 0; entry < D; entry++) {
            mp_u32(&page.data, entry_length(entry));
            for (uint32_t i = 0; i < entry_length(entry); i++) {
                mp_byte(&page.data, entry_byte(entry, i));
            }
        }
        page.codec = 1;
        page.crc = -1;
        mp_page_write(&file->bytes, &page);
    }
    put_column(file, column, number, first, GROUP_ROWS / 3);
    put_column(file, column, number, first + GROUP_ROWS / 3, GROUP_ROWS - GROUP_ROWS / 3);
    mp_chunk_end(file, GROUP_ROWS);
}

static struct mp_file *file_of(const char *columns, uint32_t number, uint32_t groups) {
    static const char *const names[] = {
        ['t'] = "text", ['b'] = "flag", ['n'] = "number", ['w'] = "wide"};
    static const int64_t types[] = {['t'] = 6, ['b'] = 0, ['n'] = 1, ['w'] = 2};
    struct mp_file *file = mp_begin();
    for (const char *c = columns; *c != '\0'; c++) {
        mp_column(file, names[(int)*c], types[(int)*c], *c == 't' || *c == 'b');
    }
    for (uint32_t group = 0; group < groups; group++) {
        mp_group_begin(file);
        for (const char *c = columns; *c != '\0'; c++) {
            put_chunk(file, *c, number, group * GROUP_ROWS);
        }
        mp_group_end(file, GROUP_ROWS);
    }
    mp_end(file);
    return file;
}

static void check_cell(const struct weir_cell *cell, char column, uint32_t file, uint32_t row,
                       bool missing) {
    uint64_t bits = number_at(column, file, row);
    uint32_t entry = (uint32_t)(bits >> 32) % D;
    bool null = missing || is_null_at(column, row);
    assert_int_equal(cell->is_null, null);
    if (null || column == 't') {
        assert_int_equal(cell->bits, 0);
    } else {
        assert_true(cell->bits == (column == 'b'   ? bits >> 32 & 1
                                   : column == 'n' ? (uint64_t)(int64_t)(int32_t)bits
                                                   : bits));
    }
    if (!null && column == 't') {
        assert_int_equal(cell->data_bytes, entry_length(entry));
        for (uint32_t i = 0; i < entry_length(entry); i += 1 + entry_length(entry) / 64) {
            assert_int_equal(cell->data[i], entry_byte(entry, i));
        }
    }
}

/* --- Running ---------------------------------------------------------------------------------- */

struct outcome {
    enum weir_status status;
    struct weir_error error;
    struct weir_plan plan;
    uint64_t rows;
};

/* What sees each row; NULL sees none. */
typedef void see_row(const struct weir_cell *cells, uint64_t row);

static enum weir_status plan_rows(struct mp_set *set, const struct weir_profile_options *options,
                                  struct outcome *out) {
    struct weir_inventory inventory;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    memset(out, 0, sizeof *out);
    out->status =
        weir_inspect(&set->dataset, options, window, WEIR_INSPECT_BYTES, &inventory, &out->error);
    if (out->status == WEIR_OK) {
        out->status = weir_rows_plan(&set->dataset, &inventory, options, window, WEIR_INSPECT_BYTES,
                                     &out->plan, &out->error);
    }
    mp_unguard(window, WEIR_INSPECT_BYTES);
    return out->status;
}

/* Init and all rows, in a guarded block of the planned size. */
static void run_rows(struct mp_set *set, struct outcome *out, see_row *see) {
    struct weir_cell cells[8];
    struct weir_rows *rows = NULL;
    size_t bytes = (size_t)out->plan.planned_bytes;
    void *block = mp_guarded(bytes);
    out->status = weir_rows_init(block, bytes, &out->plan, &set->dataset, &rows, &out->error);
    if (out->status == WEIR_OK) {
        while ((out->status = weir_rows_next(rows, cells)) == WEIR_OK) {
            if (see != NULL) {
                see(cells, out->rows);
            }
            out->rows++;
        }
        assert_int_equal(weir_rows_next(rows, cells), out->status); /* it stays so */
        out->error = *weir_rows_error(rows);
    } else {
        assert_null(rows);
    }
    mp_unguard(block, bytes);
}

static struct outcome all_rows(struct mp_file *const *files, uint32_t count, size_t slice,
                               see_row *see) {
    struct mp_set set;
    struct outcome out;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    mp_set_of(&set, files, count, slice);
    if (plan_rows(&set, &options, &out) == WEIR_OK) {
        run_rows(&set, &out, see);
    }
    return out;
}

/* --- What is right ---------------------------------------------------------------------------- */

/* File 0 is "tbnw" in three groups; file 1 is "wnt" in two: other places, and b is missing. */
static void see_two_files(const struct weir_cell *cells, uint64_t row) {
    uint32_t file = row >= 3 * GROUP_ROWS;
    uint32_t in_file = (uint32_t)row - file * 3 * GROUP_ROWS;
    for (int i = 0; i < 4; i++) {
        check_cell(&cells[i], "tbnw"[i], file, in_file, file == 1 && i == 1);
    }
}

static void rows_are_what_was_written_in_any_slices(void **state) {
    static const size_t slices[] = {0, 4096, 59, 7, 1};
    (void)state;
    mp_seed("rows");
    struct mp_file *files[2] = {file_of("tbnw", 0, 3), file_of("wnt", 1, 2)};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        struct outcome out = all_rows(files, 2, slices[i], see_two_files);
        assert_int_equal(out.status, WEIR_END);
        assert_int_equal(out.rows, 5 * GROUP_ROWS);
    }
    mp_drop(files[0]);
    mp_drop(files[1]);
}

static bool only_text(void *context, const char *path, size_t bytes) {
    (void)context;
    return bytes == 4 && memcmp(path, "text", 4) == 0;
}

static void see_text(const struct weir_cell *cells, uint64_t row) {
    check_cell(&cells[0], 't', 0, (uint32_t)row, false);
}

static void the_minimum_fits_and_less_does_not(void **state) {
    (void)state;
    mp_seed("minimum");
    struct mp_file *file = file_of("ntw", 0, 2);
    struct mp_set set;
    struct outcome out;
    struct weir_profile_options options = {.budget_bytes = 1, .select = only_text};
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_E_BUDGET);
    uint64_t minimum = out.plan.minimum_bytes;
    assert_int_equal(out.error.wanted, minimum);
    assert_int_equal(out.error.got, 1);
    options.budget_bytes = minimum - 1;
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_E_BUDGET);
    assert_int_equal(out.error.wanted, minimum);
    options.budget_bytes = minimum;
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
    assert_int_equal(out.plan.planned_bytes, minimum);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < out.plan.terms_count; i++) {
        sum += out.plan.terms[i].bytes;
    }
    assert_int_equal(sum, minimum);
    run_rows(&set, &out, see_text);
    assert_int_equal(out.status, WEIR_END);
    assert_int_equal(out.rows, 2 * GROUP_ROWS);
    /* Memory that does not suit. */
    struct weir_rows *rows = NULL;
    uint8_t *block = mp_guarded((size_t)minimum + 64);
    assert_int_equal(
        weir_rows_init(block + 8, (size_t)minimum, &out.plan, &set.dataset, &rows, &out.error),
        WEIR_E_ARGUMENT);
    assert_int_equal(
        weir_rows_init(block, (size_t)minimum - 1, &out.plan, &set.dataset, &rows, &out.error),
        WEIR_E_BUDGET);
    assert_int_equal(out.error.wanted, minimum);
    assert_null(rows);
    mp_drop(file);
}

/* A line of the plan; all zero when there is none. */
static struct weir_plan_term term_of(const struct weir_plan *plan, const char *name) {
    for (uint32_t i = 0; i < plan->terms_count; i++) {
        if (strcmp(plan->terms[i].name, name) == 0) {
            return plan->terms[i];
        }
    }
    return (struct weir_plan_term){.name = name};
}

/* Columns take what they need: one of four holds byte arrays, none has lists. */
static void memory_follows_the_columns(void **state) {
    (void)state;
    mp_seed("memory");
    struct mp_file *file = file_of("nwtb", 0, 2);
    struct mp_set set;
    struct outcome out;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
    assert_int_equal(term_of(&out.plan, "value buffer").count, 1);
    assert_int_equal(term_of(&out.plan, "value buffer").bytes, 1u << 20);
    assert_int_equal(term_of(&out.plan, "dictionary offsets").count, D);
    assert_int_equal(term_of(&out.plan, "level input slice").bytes, 0);
    mp_drop(file);
    assert_true(term_of(&out.plan, "levels").bytes > 0);
    assert_true(term_of(&out.plan, "unpacked levels").bytes > 0);
    file = file_of("nw", 0, 2); /* required columns */
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
    assert_int_equal(term_of(&out.plan, "value buffer").bytes, 0);
    assert_int_equal(term_of(&out.plan, "levels").bytes, 0);
    assert_int_equal(term_of(&out.plan, "unpacked levels").bytes, 0);
    mp_drop(file);
}

/* A byte array longer than the value buffer is refused with its length, which then does. */
static void a_limit_says_what_would_do(void **state) {
    (void)state;
    uint32_t length = (1u << 20) + (1u << 19) + 1;
    struct mp_file *file = mp_begin();
    struct mp_page page = mp_page_of(0, 0, 1);
    mp_column(file, "text", 6, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, 6, 0);
    mp_u32(&page.data, length);
    for (uint32_t i = 0; i < length; i++) {
        mp_byte(&page.data, i & 0xff);
    }
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, 1);
    mp_group_end(file, 1);
    mp_end(file);
    struct mp_set set;
    struct outcome out;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
    run_rows(&set, &out, NULL);
    assert_int_equal(out.status, WEIR_E_LIMIT);
    assert_int_equal(out.error.wanted, length);
    assert_int_equal(out.error.got, 1u << 20);
    options.codec_window_bytes = out.error.wanted;
    assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
    run_rows(&set, &out, NULL);
    assert_int_equal(out.status, WEIR_END);
    assert_int_equal(out.rows, 1);
    mp_drop(file);
}

/* --- What is wrong ---------------------------------------------------------------------------- */

static void a_column_of_another_type_is_refused(void **state) {
    (void)state;
    mp_seed("types");
    struct mp_file *other = mp_begin();
    struct mp_file *files[2] = {file_of("nw", 0, 1), other};
    int64_t value = 5;
    mp_column(other, "number", 2, 0);
    mp_group_begin(other);
    mp_add_i64(other, &value, NULL, 1);
    mp_group_end(other, 1);
    mp_end(other);
    struct outcome out = all_rows(files, 2, 0, NULL);
    assert_int_equal(out.status, WEIR_E_SCHEMA);
    assert_int_equal(out.rows, GROUP_ROWS);
    assert_int_equal(out.error.file, 1);
    assert_int_equal(out.error.file_other, 0);
    assert_string_equal(out.error.column_name, "number");
    mp_drop(files[0]);
    mp_drop(other);
}

/* Two groups of "first" and "second"; the second's chunk of the second group has one twist. */
static void each_lie_has_its_status_and_its_place(void **state) {
    static const struct {
        enum weir_status status;
        uint32_t rows;
        uint32_t page;
    } wants[] = {
        {WEIR_E_CHECKSUM, 6, 0},          /* the last page's checksum */
        {WEIR_E_CORRUPT, 3, WEIR_NONE32}, /* the chunk claims more values than rows */
        {WEIR_E_CORRUPT, 3, WEIR_NONE32}, /* or fewer */
        {WEIR_E_CORRUPT, 5, 1},           /* its pages hold fewer */
        {WEIR_E_CORRUPT, 3, WEIR_NONE32}, /* another physical type than the schema's */
        {WEIR_E_CORRUPT, 3, 0},           /* the page has no header */
        {WEIR_E_CORRUPT, 5, 0},           /* the page lacks a value's bytes */
        {WEIR_E_LIMIT, 3, 1},             /* a dictionary that no plan saw */
        {WEIR_E_CORRUPT, 3, 0},           /* a dictionary of more entries than bytes */
    };
    (void)state;
    for (size_t twist = 0; twist < sizeof wants / sizeof wants[0]; twist++) {
        struct mp_file *file = mp_begin();
        mp_column(file, "first", 2, 0);
        mp_column(file, "second", 2, 0);
        for (int chunk = 0; chunk < 4; chunk++) {
            struct mp_page page = mp_page_of(0, 0, chunk == 3 && twist == 3 ? 2 : 3);
            uint64_t three[3] = {1, 2, 3};
            bool liar = chunk == 3;
            if (chunk % 2 == 0) {
                mp_group_begin(file);
            }
            mp_chunk_begin(file, liar && twist == 4 ? 1 : 2, 0);
            if (liar && twist == 7) {
                struct mp_page index = mp_page_of(1, 0, 0);
                index.kind = 6;
                mp_page_write(&file->bytes, &index);
            }
            if (liar && twist >= 7) {
                struct mp_page entries = mp_page_of(2, 0, twist == 7 ? 3 : INT32_MAX);
                mp_put(&entries.data, three, 24);
                mp_page_write(&file->bytes, &entries);
            }
            mp_put(&page.data, three, liar && twist == 6 ? 23 : 24);
            page.crc = liar && twist == 0 ? 4711 : -1;
            if (liar && twist == 5) {
                mp_text(&file->bytes, "\377\377\377\377\377\377\377\377");
            }
            mp_page_write(&file->bytes, &page);
            mp_chunk_end(file, liar && twist == 1 ? 4 : liar && twist == 2 ? 2 : 3);
            if (chunk % 2 == 1) {
                mp_group_end(file, 3);
            }
        }
        mp_end(file);
        struct outcome out = all_rows(&file, 1, twist % 2, NULL);
        assert_int_equal(out.status, wants[twist].status);
        assert_int_equal(out.error.status, out.status);
        assert_int_equal(out.rows, wants[twist].rows);
        assert_string_equal(out.error.column_name, "second");
        assert_int_equal(out.error.file, 0);
        assert_int_equal(out.error.row_group, 1);
        assert_int_equal(out.error.column, 1);
        assert_int_equal(out.error.page, wants[twist].page);
        mp_drop(file);
    }
}

/* Three texts in a dictionary page, and the rows 2, 0, 1, or with indices of no bits the first. */
static struct mp_file *file_of_texts(int32_t more, bool has_dictionary, bool has_width) {
    static const uint32_t indices[3] = {2, 0, 1};
    struct mp_file *file = mp_begin();
    struct mp_page entries = mp_page_of(2, 0, 3);
    struct mp_page page = mp_page_of(0, 8, 3);
    mp_column(file, "text", 6, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, 6, 0);
    for (uint32_t i = 0; i < 3; i++) {
        mp_u32(&entries.data, i == 2 ? (uint32_t)(4 + more) : 4);
        mp_text(&entries.data, i == 0 ? "some" : i == 1 ? "more" : "text");
    }
    if (has_dictionary) {
        mp_page_write(&file->bytes, &entries);
    } else {
        mp_free(&entries.data);
    }
    mp_byte(&page.data, has_width ? 2 : 0);
    if (has_width) {
        mp_runs(&page.data, indices, 3, 2);
    }
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, 3);
    mp_group_end(file, 3);
    mp_end(file);
    return file;
}

static void see_permuted(const struct weir_cell *cells, uint64_t row) {
    static const char *const texts[3] = {"text", "some", "more"};
    assert_int_equal(cells[0].data_bytes, 4);
    assert_memory_equal(cells[0].data, texts[row], 4);
}

static void see_first(const struct weir_cell *cells, uint64_t row) {
    (void)row;
    assert_int_equal(cells[0].data_bytes, 4);
    assert_memory_equal(cells[0].data, "some", 4);
}

static void a_dictionary_of_texts_is_filled_exactly(void **state) {
    static const struct {
        int32_t more; /* length of the last text */
        bool has_dictionary;
        bool has_width;
        see_row *see;
        enum weir_status status;
    } cases[] = {
        {0, true, true, see_permuted, WEIR_END}, {1, true, true, NULL, WEIR_E_CORRUPT},
        {-1, true, true, NULL, WEIR_E_CORRUPT},  {INT32_MAX - 4, true, true, NULL, WEIR_E_CORRUPT},
        {-5, true, true, NULL, WEIR_E_CORRUPT},  {0, true, false, see_first, WEIR_END},
        {0, false, false, NULL, WEIR_E_CORRUPT}, {0, false, true, NULL, WEIR_E_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mp_file *file =
            file_of_texts(cases[i].more, cases[i].has_dictionary, cases[i].has_width);
        struct outcome out = all_rows(&file, 1, i % 2, cases[i].see);
        assert_int_equal(out.status, cases[i].status);
        assert_int_equal(out.rows, out.status == WEIR_END ? 3 : 0);
        mp_drop(file);
    }
}

static void an_input_that_changes_is_noticed(void **state) {
    static const char *const others[] = {"nw", "w", "nt", "n"};
    (void)state;
    mp_seed("changed input");
    struct mp_file *before[2] = {file_of("n", 0, 1), file_of("n", 1, 2)};
    for (int i = 0; i < 8; i++) {
        struct weir_profile_options options = {.budget_bytes = 64u << 20};
        struct mp_file *after[2] = {before[0], before[1]};
        struct mp_set set;
        struct outcome out;
        bool same = i % 4 == 3;
        mp_set_of(&set, before, 2, 0);
        assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
        after[i / 4] = file_of(others[i % 4], (uint32_t)i / 4, (uint32_t)i / 4 + 1);
        mp_set_of(&set, after, 2, 0);
        run_rows(&set, &out, NULL);
        assert_int_equal(out.status, same ? WEIR_END : WEIR_E_CHANGED);
        assert_int_equal(out.rows, same ? 3 * GROUP_ROWS : 0);
        mp_drop(after[i / 4]);
    }
    mp_drop(before[0]);
    mp_drop(before[1]);
}

static int stop_now;
static uint32_t stop_after;

static int64_t stopping_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    if (stop_after-- == 0) {
        stop_now = 1;
    }
    return mp_read_at(context, offset, to, bytes);
}

/* Rows that came before the flag was raised are the first ones, as they were written. */
static void a_raised_flag_interrupts(void **state) {
    (void)state;
    mp_seed("interrupted rows");
    struct mp_file *file = file_of("nw", 0, 3);
    uint32_t interrupted = 0;
    for (uint32_t after = 0; after < 200; after += 7) {
        struct weir_profile_options options = {.budget_bytes = 64u << 20, .stop = &stop_now};
        struct mp_set set;
        struct outcome out;
        stop_now = 0;
        mp_set_of(&set, &file, 1, 100);
        assert_int_equal(plan_rows(&set, &options, &out), WEIR_OK);
        set.sources[0].read_at = stopping_read_at;
        stop_after = after;
        run_rows(&set, &out, NULL);
        if (out.status == WEIR_E_INTERRUPTED) {
            assert_int_equal(out.error.status, WEIR_E_INTERRUPTED);
            assert_true(out.rows < 3 * GROUP_ROWS);
            interrupted++;
        } else {
            assert_int_equal(out.status, WEIR_END);
            assert_int_equal(out.rows, 3 * GROUP_ROWS);
        }
    }
    assert_true(interrupted > 3);
    mp_drop(file);
}

static void a_changed_byte_anywhere_ends_in_a_status(void **state) {
    (void)state;
    mp_seed("changed bytes");
    struct mp_file *file = file_of("bn", 0, 2);
    uint64_t kept = 0;
    for (size_t at = 0; at < file->bytes.count; at += 1 + mp_below(3)) {
        uint8_t before = file->bytes.data[at];
        file->bytes.data[at] = (uint8_t)(before ^ 1u << mp_below(8));
        struct outcome out = all_rows(&file, 1, 0, NULL);
        assert_true(out.status < 0 || out.status == WEIR_END);
        assert_int_not_equal(out.status, WEIR_E_INTERNAL);
        assert_true(out.status == WEIR_END || out.error.message[0] != '\0');
        assert_true(out.status != WEIR_E_CHECKSUM || out.error.column_name[0] != '\0');
        kept += out.status == WEIR_END;
        file->bytes.data[at] = before;
    }
    assert_true(kept > 0);
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_what_was_written_in_any_slices),
        cmocka_unit_test(the_minimum_fits_and_less_does_not),
        cmocka_unit_test(memory_follows_the_columns),
        cmocka_unit_test(a_limit_says_what_would_do),
        cmocka_unit_test(a_column_of_another_type_is_refused),
        cmocka_unit_test(each_lie_has_its_status_and_its_place),
        cmocka_unit_test(an_input_that_changes_is_noticed),
        cmocka_unit_test(a_dictionary_of_texts_is_filled_exactly),
        cmocka_unit_test(a_raised_flag_interrupts),
        cmocka_unit_test(a_changed_byte_anywhere_ends_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
