/* weir_check: what it compares, in which memory, and that any bytes end well. */
#include "make_parquet.h"

#include "weir/check.h"

#define FINDINGS 64
#define ROWS 40

/* What a small file states: one optional INT64 column "c", two data pages a row group. */
struct statements {
    int64_t file_rows, group_rows, group_bytes, values, raw_bytes, page_bytes, nulls, distinct;
    int64_t min, max;
    int64_t definition[2];
    int64_t offset[2], page_size[2], first_row[2], page_nulls[2], page_min[2], page_max[2];
    int64_t boundary;
    bool cut; /* a page index that ends in the middle of a list */
};

struct small {
    struct mp_bytes bytes;
    struct statements says;
    int64_t chunk_offset;
};

static int64_t values[ROWS];
static uint32_t present[ROWS];

/* The pages, and what is true of them. */
static void write_pages(struct small *small) {
    struct statements *says = &small->says;
    memset(small, 0, sizeof *small);
    mp_text(&small->bytes, "PAR1");
    small->chunk_offset = (int64_t)small->bytes.count;
    says->min = INT64_MAX;
    says->max = INT64_MIN;
    for (int p = 0; p < 2; p++) {
        struct mp_page page = mp_page_of(0, 0, ROWS / 2);
        page.crc = -1;
        says->page_min[p] = INT64_MAX;
        says->page_max[p] = INT64_MIN;
        says->first_row[p] = p * ROWS / 2;
        for (int r = p * ROWS / 2; r < (p + 1) * ROWS / 2; r++) {
            values[r] = 1000 * p + r;
            present[r] = r % 5 != 0;
            if (present[r] != 0) {
                mp_put(&page.data, &values[r], 8);
                says->page_min[p] = values[r] < says->page_min[p] ? values[r] : says->page_min[p];
                says->page_max[p] = values[r] > says->page_max[p] ? values[r] : says->page_max[p];
                says->distinct++;
            } else {
                says->page_nulls[p]++;
            }
        }
        mp_levels(&page, present + p * ROWS / 2, ROWS / 2);
        says->offset[p] = (int64_t)small->bytes.count;
        mp_page_write(&small->bytes, &page);
        says->page_size[p] = (int64_t)small->bytes.count - says->offset[p];
        says->nulls += says->page_nulls[p];
        says->min = says->page_min[p] < says->min ? says->page_min[p] : says->min;
        says->max = says->page_max[p] > says->max ? says->page_max[p] : says->max;
    }
    says->raw_bytes = (int64_t)small->bytes.count - small->chunk_offset;
    says->page_bytes = says->raw_bytes;
    says->group_bytes = says->raw_bytes;
    says->file_rows = ROWS;
    says->group_rows = ROWS;
    says->values = ROWS;
    says->definition[0] = says->nulls;
    says->definition[1] = ROWS - says->nulls;
    says->boundary = 1;
}

static void put_eight(struct mp_bytes *to, int *last, int id, int64_t value) {
    mp_binary(to, last, id, (const char *)&value, 8);
}

static void put_statistics(struct mp_bytes *to, const struct statements *says) {
    int last = 0;
    mp_i64(to, &last, 3, says->nulls);
    mp_i64(to, &last, 4, says->distinct);
    put_eight(to, &last, 5, says->max);
    put_eight(to, &last, 6, says->min);
    mp_stop(to);
}

/* Offset index and column index; their places and sizes go to at[4]. */
static void put_index(struct mp_bytes *to, const struct statements *says, int64_t at[4]) {
    int last = 0;
    at[0] = (int64_t)to->count;
    mp_list(to, &last, 1, 12, 2);
    for (int p = 0; p < 2; p++) {
        int inner = 0;
        mp_i64(to, &inner, 1, says->offset[p]);
        mp_i32(to, &inner, 2, says->page_size[p]);
        mp_i64(to, &inner, 3, says->first_row[p]);
        mp_stop(to);
    }
    mp_stop(to);
    at[1] = (int64_t)to->count - at[0];
    last = 0;
    at[2] = (int64_t)to->count;
    mp_list(to, &last, 1, 1, 2);
    mp_byte(to, 2);
    mp_byte(to, 2);
    for (int id = 2; id <= 3; id++) {
        mp_list(to, &last, id, 8, 2);
        for (int p = 0; p < 2; p++) {
            mp_varint(to, 8);
            mp_put(to, id == 2 ? &says->page_min[p] : &says->page_max[p], 8);
        }
    }
    mp_i32(to, &last, 4, says->boundary);
    mp_list(to, &last, 5, 6, 2);
    mp_zigzag(to, says->page_nulls[0]);
    mp_zigzag(to, says->page_nulls[1]);
    mp_stop(to);
    at[3] = (int64_t)to->count - at[2] - (says->cut ? 4 : 0);
}

static void put_chunk(struct mp_bytes *to, const struct small *small, const int64_t at[4]) {
    const struct statements *says = &small->says;
    int last = 0;
    int inner = 0;
    mp_i64(to, &last, 2, small->chunk_offset);
    mp_field(to, &last, 3, 12);
    mp_i32(to, &inner, 1, 2);
    mp_list(to, &inner, 2, 5, 2);
    mp_zigzag(to, 0);
    mp_zigzag(to, 3);
    mp_list(to, &inner, 3, 8, 1);
    mp_varint(to, 1);
    mp_byte(to, 'c');
    mp_i32(to, &inner, 4, 0);
    mp_i64(to, &inner, 5, says->values);
    mp_i64(to, &inner, 6, says->page_bytes);
    mp_i64(to, &inner, 7, says->raw_bytes);
    mp_i64(to, &inner, 9, small->chunk_offset);
    mp_field(to, &inner, 12, 12);
    put_statistics(to, says);
    mp_field(to, &inner, 16, 12);
    int sizes = 0;
    mp_list(to, &sizes, 3, 6, 2);
    mp_zigzag(to, says->definition[0]);
    mp_zigzag(to, says->definition[1]);
    mp_stop(to);
    mp_stop(to);
    mp_i64(to, &last, 4, at[0]);
    mp_i32(to, &last, 5, at[1]);
    mp_i64(to, &last, 6, at[2]);
    mp_i32(to, &last, 7, at[3]);
    mp_stop(to);
}

/* Page index and footer, as says has it. */
static void write_footer(struct small *small) {
    const struct statements *says = &small->says;
    struct mp_bytes footer = {0};
    struct mp_column root = {.name = "schema",
                             .type = MP_AUTO,
                             .repetition = MP_AUTO,
                             .converted = MP_AUTO,
                             .type_length = MP_AUTO,
                             .children = 1};
    struct mp_column column = {
        .name = "c", .type = 2, .repetition = 1, .converted = MP_AUTO, .type_length = MP_AUTO};
    int64_t at[4];
    int last = 0;
    int group = 0;
    int order = 0;
    put_index(&small->bytes, says, at);
    mp_i32(&footer, &last, 1, 2);
    mp_list(&footer, &last, 2, 12, 2);
    mp_element(&footer, &root);
    mp_element(&footer, &column);
    mp_i64(&footer, &last, 3, says->file_rows);
    mp_list(&footer, &last, 4, 12, 1);
    mp_list(&footer, &group, 1, 12, 1);
    put_chunk(&footer, small, at);
    mp_i64(&footer, &group, 2, says->group_bytes);
    mp_i64(&footer, &group, 3, says->group_rows);
    mp_stop(&footer);
    mp_binary(&footer, &last, 6, "tests", 5);
    mp_list(&footer, &last, 7, 12, 1);
    mp_field(&footer, &order, 1, 12);
    mp_stop(&footer);
    mp_stop(&footer);
    mp_stop(&footer);
    mp_close(&small->bytes, &footer);
    mp_free(&footer);
}

/* --- Runs. ----------------------------------------------------------------------------------- */

struct outcome {
    enum weir_status status;
    struct weir_error error;
    struct weir_plan plan;
    struct weir_check_totals totals;
    uint32_t count;
    uint32_t most; /* the visitor says stop behind so many; 0: never */
    const char *what[FINDINGS];
    uint32_t pages[FINDINGS];
    struct weir_value stated[FINDINGS];
    struct weir_value found[FINDINGS];
};

static bool visit(void *context, const struct weir_finding *finding) {
    struct outcome *out = context;
    assert_true(out->count < FINDINGS);
    out->what[out->count] = finding->error != NULL ? "error" : finding->what;
    out->pages[out->count] = finding->page;
    out->stated[out->count] = finding->stated;
    out->found[out->count] = finding->found;
    if (finding->error == NULL && finding->path != NULL) {
        assert_int_equal(strlen(finding->path), finding->path_bytes);
    }
    out->count++;
    return out->count != out->most;
}

/* Inspect, plan, init and run in a guarded block of the planned size. */
static struct outcome *run_dataset(const struct weir_dataset *dataset,
                                   const struct weir_profile_options *options, uint32_t most) {
    struct outcome *out = calloc(1, sizeof *out);
    struct weir_inventory inventory;
    struct weir_check *check = NULL;
    assert_non_null(out);
    out->most = most;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    out->status =
        weir_check_inspect(dataset, options, window, WEIR_INSPECT_BYTES, &inventory, &out->error);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    if (out->status == WEIR_OK) {
        out->status = weir_check_plan(&inventory, options, &out->plan, &out->error);
    }
    if (out->status != WEIR_OK) {
        return out;
    }
    size_t bytes = (size_t)out->plan.planned_bytes;
    void *block = mp_guarded(bytes);
    assert_int_equal(weir_check_init(block, bytes, &out->plan, dataset, &check, &out->error), 0);
    out->status = weir_check_run(check, visit, out);
    out->error = *weir_check_error(check);
    assert_int_equal(out->error.status, out->status);
    weir_check_totals(check, &out->totals);
    mp_unguard(block, bytes);
    return out;
}

static struct outcome *run_small(struct small *small, size_t slice, bool keep_going) {
    struct mp_source input = {
        .data = small->bytes.data, .bytes = small->bytes.count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20, .keep_going = keep_going};
    return run_dataset(&dataset, &options, 0);
}

/* Writes the file with one statement changed, and gives the findings. */
static struct outcome *run_lie(size_t field_offset, int64_t more) {
    struct small small;
    int64_t stated;
    write_pages(&small);
    memcpy(&stated, (uint8_t *)&small.says + field_offset, sizeof stated);
    stated += more;
    memcpy((uint8_t *)&small.says + field_offset, &stated, sizeof stated);
    write_footer(&small);
    struct outcome *out = run_small(&small, 0, false);
    mp_free(&small.bytes);
    return out;
}

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

#define FIELD(name) offsetof(struct statements, name)

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
