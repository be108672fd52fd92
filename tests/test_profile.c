/* Whole profiles of small files: right counts, whatever the slices, budgets, lanes and pages. */
#include "make_parquet.h"

#include "base/isa.h"

#define I64 2

static void assert_complete(const struct mp_outcome *out) {
    if (out->status != WEIR_END) {
        print_error("%s: %s\n", weir_status_name(out->status), out->error.message);
    }
    assert_int_equal(out->status, WEIR_END);
    assert_int_equal(out->error.status, WEIR_OK);
}

static void assert_same_results(const struct mp_outcome *a, const struct mp_outcome *b) {
    assert_complete(a);
    assert_complete(b);
    assert_int_equal(a->columns, b->columns);
    for (uint32_t i = 0; i < a->columns; i++) {
        assert_memory_equal(&a->results[i], &b->results[i], sizeof a->results[i]);
        assert_memory_equal(a->quantiles[i], b->quantiles[i], sizeof a->quantiles[i]);
        assert_int_equal(a->pages[i], b->pages[i]);
    }
    assert_memory_equal(&a->progress, &b->progress, sizeof a->progress);
}

/* Fifty dictionary entries of a type. */
static void put_entries(struct mp_bytes *to, int64_t type) {
    struct mp_page page = mp_page_of(2, 0, 50);
    for (uint32_t k = 0; k < 50; k++) {
        double x = k;
        float y = (float)k;
        uint64_t bits = k;
        switch (type) {
        case 6:
            mp_u32(&page.data, 3);
            mp_put(&page.data, &bits, 3);
            break;
        case 5: mp_put(&page.data, &x, 8); break;
        case 4: mp_put(&page.data, &y, 4); break;
        default: mp_put(&page.data, &bits, type == 1 ? 4 : 8); break;
        }
    }
    mp_page_write(to, &page);
}

static void put_plain(struct mp_bytes *to, int64_t type, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        double x = 1e3 * mp_below(50) + 0.25 * mp_below(5000);
        float y = (float)x;
        uint64_t bits = mp_random() >> 40;
        switch (type) {
        case 6:
            mp_u32(to, 4);
            mp_put(to, &bits, 4);
            break;
        case 5: mp_put(to, &x, 8); break;
        case 4: mp_put(to, &y, 4); break;
        default: mp_put(to, &bits, type == 1 ? 4 : 8); break;
        }
    }
}

/* One page, behind a dictionary or not. */
static void put_chunk(struct mp_file *file, int64_t type, bool optional, bool dictionary, bool v2,
                      uint32_t rows) {
    struct mp_page page = mp_page_of(v2 ? 3 : 0, dictionary ? 8 : 0, rows);
    uint32_t *present = calloc(rows, sizeof *present);
    uint32_t *indices = calloc(rows, sizeof *indices);
    uint32_t count = 0;
    mp_chunk_begin(file, type, 0);
    if (dictionary) {
        put_entries(&file->bytes, type);
    }
    for (uint32_t r = 0; r < rows; r++) {
        present[r] = !optional || mp_below(4) != 0;
        count += present[r];
        indices[r] = mp_below(type == 0 ? 2 : 50);
    }
    page.nulls = rows - count;
    if (optional) {
        mp_levels(&page, present, rows);
    }
    if (dictionary) {
        mp_byte(&page.data, 6);
        mp_runs(&page.data, indices, count, 6);
    } else if (type == 0) {
        mp_pack(&page.data, indices, count, 1);
    } else {
        put_plain(&page.data, type, count);
    }
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, rows);
    free(present);
    free(indices);
}

/* Columns of all kinds, several row groups, dictionaries, nulls. */
static struct mp_file *mixed_file(uint32_t columns, uint32_t groups, uint32_t rows) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    static const int64_t types[] = {1, 2, 5, 6, 0, 4};
    struct mp_file *file = mp_begin();
    for (uint32_t i = 0; i < columns; i++) {
        mp_column(file, names[i], types[i % 6], i % 2);
    }
    for (uint32_t g = 0; g < groups; g++) {
        mp_group_begin(file);
        for (uint32_t c = 0; c < columns; c++) {
            int64_t type = types[c % 6];
            put_chunk(file, type, c % 2 == 1, type != 0 && (c + g) % 3 == 0, g % 2 == 1, rows);
        }
        mp_group_end(file, rows);
    }
    mp_end(file);
    return file;
}

static void results_do_not_depend_on_slices_budgets_and_lanes(void **state) {
    (void)state;
    mp_seed("mixed file");
    struct mp_file *file = mixed_file(9, 3, 700);
    struct mp_file *other = mixed_file(12, 2, 300);
    struct mp_file *files[2] = {file, other};
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    mp_set_of(&set, files, 2, 0);
    struct mp_outcome *whole = mp_profile(&set, &options);
    assert_complete(whole);
    assert_int_equal(whole->columns, 9);
    assert_int_equal(whole->plan.batches, 1);
    assert_int_equal(whole->results[0].rows, 3 * 700 + 2 * 300);
    assert_int_equal(whole->inventory.columns_extra, 3);
    for (size_t slice = 1; slice <= 4096; slice = slice * 8 + 51) {
        mp_set_of(&set, files, 2, slice);
        struct mp_outcome *sliced = mp_profile(&set, &options);
        assert_same_results(whole, sliced);
        free(sliced);
    }
    mp_set_of(&set, files, 2, 0);
    uint64_t step = (whole->plan.planned_bytes - whole->plan.minimum_bytes) / 6;
    for (uint32_t lanes = 1; lanes <= 3; lanes++) {
        uint32_t batches_before = UINT32_MAX;
        for (uint32_t i = 0; i <= 8; i++) {
            struct weir_profile_options some = {
                .lanes = lanes, .budget_bytes = whole->plan.minimum_bytes + i * step};
            struct mp_outcome *out = mp_profile(&set, &some);
            assert_same_results(whole, out);
            assert_true(lanes > 1 || out->plan.batches <= batches_before);
            batches_before = out->plan.batches;
            free(out);
        }
    }
    static const enum weir_isa isas[] = {WEIR_ISA_SCALAR, WEIR_ISA_AVX2, WEIR_ISA_AVX512};
    for (size_t i = 0; i < 3; i++) {
        struct weir_profile_options some = {.budget_bytes = 64u << 20, .isa = isas[i]};
        struct mp_outcome *out = mp_profile(&set, &some);
        assert_same_results(whole, out);
        free(out);
    }
    free(whole);
    mp_drop(file);
    mp_drop(other);
}

/* Rows of INT64 columns: value(column, row) = 1000 * column + row, every `null_every`th null. */
static struct mp_file *number_file(const char *const *names, const int *ids, int columns,
                                   int rows) {
    struct mp_file *file = mp_begin();
    int64_t *values = calloc((size_t)rows + 1, sizeof *values);
    for (int c = 0; c < columns; c++) {
        mp_column(file, names[c], I64, 0);
    }
    mp_group_begin(file);
    for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
            values[r] = 1000 * ids[c] + r;
        }
        mp_add_i64(file, values, NULL, (size_t)rows);
    }
    mp_group_end(file, rows);
    mp_end(file);
    free(values);
    return file;
}

static int64_t sum_of(int id, int rows) {
    return (int64_t)1000 * id * rows + (int64_t)rows * (rows - 1) / 2;
}

static void assert_sum(const struct mp_outcome *out, uint32_t column, int64_t sum, uint64_t count,
                       uint64_t nulls) {
    const struct weir_result *result = &out->results[column];
    assert_int_equal(result->count, count);
    assert_int_equal(result->nulls, nulls);
    assert_int_equal(result->rows, count + nulls);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(result->sum_whole.limbs[i], i == 0    ? (uint64_t)sum
                                                     : sum < 0 ? UINT64_MAX
                                                               : 0);
    }
}

static void files_are_matched_by_name_in_any_order(void **state) {
    static const char *const first[] = {"one", "two", "three", "four"};
    static const char *const second[] = {"four", "extra", "two", "one"};
    static const int first_ids[] = {1, 2, 3, 4};
    static const int second_ids[] = {4, 9, 2, 1};
    (void)state;
    struct mp_file *files[3] = {number_file(first, first_ids, 4, 100),
                                number_file(second, second_ids, 4, 50),
                                number_file(first, first_ids, 4, 3)};
    struct mp_set set;
    mp_set_of(&set, files, 3, 0);
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    for (uint32_t lanes = 1; lanes <= 4; lanes++) {
        for (int small = 0; small < 2; small++) {
            options.lanes = lanes;
            struct weir_plan plan;
            struct weir_error error;
            struct mp_outcome *out = NULL;
            if (small != 0) {
                struct weir_inventory inventory;
                void *window = mp_guarded(WEIR_INSPECT_BYTES);
                options.budget_bytes = 64u << 20;
                assert_int_equal(weir_inspect(&set.dataset, &options, window, WEIR_INSPECT_BYTES,
                                              &inventory, &error),
                                 WEIR_OK);
                assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
                options.budget_bytes = plan.minimum_bytes;
                mp_unguard(window, WEIR_INSPECT_BYTES);
            } else {
                options.budget_bytes = 64u << 20;
            }
            out = mp_profile(&set, &options);
            assert_complete(out);
            assert_int_equal(out->columns, 4);
            assert_int_equal(out->plan.batches, small != 0 ? 4 : 1);
            for (uint32_t c = 0; c < 4; c++) {
                int id = first_ids[c];
                bool missing = id == 3;
                int64_t sum = sum_of(id, 100) + (missing ? 0 : sum_of(id, 50)) + sum_of(id, 3);
                assert_sum(out, c, sum, missing ? 103 : 153, missing ? 50 : 0);
            }
            assert_true(out->progress.bytes <= out->progress.bytes_total);
            assert_int_equal(out->progress.values, 4 * 103 + 3 * 50);
            free(out);
        }
    }
    for (int i = 0; i < 3; i++) {
        mp_drop(files[i]);
    }
}

/* The sources of all files lie at one address: bytes of one must not serve another. */
struct shared {
    struct mp_set set;
    struct mp_source current;
    int opened;
    int closed;
    enum weir_status close_with;
};

static enum weir_status shared_open(void *context, uint32_t file, struct weir_source *source) {
    struct shared *shared = context;
    shared->current = shared->set.inputs[file];
    *source = mp_source_of(&shared->current);
    shared->opened++;
    return WEIR_OK;
}

static enum weir_status shared_close(void *context, uint32_t file, struct weir_source *source) {
    struct shared *shared = context;
    (void)file;
    memset(source, 0, sizeof *source);
    shared->closed++;
    return shared->close_with;
}

static void bytes_of_one_file_never_serve_another(void **state) {
    static const char *const names[] = {"one", "two", "three"};
    static const char *const turned[] = {"three", "two", "one"};
    static const int ids[] = {1, 2, 3};
    static const int turned_ids[] = {3, 2, 1};
    (void)state;
    struct mp_file *files[2] = {number_file(names, ids, 3, 60),
                                number_file(turned, turned_ids, 3, 60)};
    struct shared shared;
    memset(&shared, 0, sizeof shared);
    mp_set_of(&shared.set, files, 2, 0);
    shared.set.dataset = (struct weir_dataset){&shared, 2, shared_open, shared_close};
    for (uint32_t lanes = 1; lanes <= 3; lanes++) {
        struct weir_profile_options options = {.budget_bytes = 64u << 20, .lanes = lanes};
        struct mp_set *set = &shared.set;
        struct mp_outcome *out = mp_profile(set, &options);
        assert_complete(out);
        for (uint32_t c = 0; c < 3; c++) {
            assert_sum(out, c, 2 * sum_of(ids[c], 60), 120, 0);
        }
        assert_int_equal(shared.opened, shared.closed);
        free(out);
    }
    mp_drop(files[0]);
    mp_drop(files[1]);
}

static void two_columns_of_one_name_are_told_apart_in_one_file(void **state) {
    static const char *const names[] = {"x", "y", "x"};
    static const int ids[] = {1, 2, 3};
    (void)state;
    struct mp_file *file = number_file(names, ids, 3, 10);
    struct mp_file *single = number_file(names, ids, 2, 10);
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    mp_set_of(&set, &file, 1, 0);
    for (int small = 0; small < 2; small++) {
        struct mp_outcome *out = mp_profile(&set, &options);
        assert_complete(out);
        for (uint32_t c = 0; c < 3; c++) {
            assert_sum(out, c, sum_of(ids[c], 10), 10, 0);
        }
        options.budget_bytes = out->plan.minimum_bytes;
        free(out);
    }
    /* Across files a name must mean one column, whichever file has it twice. */
    for (int turn = 0; turn < 3; turn++) {
        struct mp_file *pair[2] = {turn == 1 ? single : file, turn == 2 ? single : file};
        mp_set_of(&set, pair, 2, 0);
        for (int small = 0; small < 2; small++) {
            struct weir_profile_options some = options;
            some.budget_bytes = small != 0 ? options.budget_bytes : 64u << 20;
            struct mp_outcome *out = mp_profile(&set, &some);
            assert_int_equal(out->status, WEIR_E_SCHEMA);
            assert_string_equal(out->error.column_name, "x");
            assert_int_equal(out->error.file, turn == 1 ? 1 : 0);
            free(out);
        }
    }
    mp_drop(file);
    mp_drop(single);
}

static void a_column_of_two_types_names_both_files(void **state) {
    (void)state;
    struct mp_file *files[3];
    for (int i = 0; i < 3; i++) {
        files[i] = mp_begin();
        mp_column(files[i], "same", I64, 0);
        mp_column(files[i], "sometimes", I64, 0);
        files[i]->columns[1].converted = i == 2 ? 14 : MP_AUTO; /* UINT_64 */
        int64_t value = 1;
        mp_group_begin(files[i]);
        mp_add_i64(files[i], &value, NULL, 1);
        mp_add_i64(files[i], &value, NULL, 1);
        mp_group_end(files[i], 1);
        mp_end(files[i]);
    }
    struct mp_set set;
    mp_set_of(&set, files, 3, 0);
    for (int keep_going = 0; keep_going < 2; keep_going++) {
        struct weir_profile_options options = {.budget_bytes = 64u << 20,
                                               .keep_going = keep_going != 0};
        struct mp_outcome *out = mp_profile(&set, &options);
        const struct weir_error *error = keep_going != 0 ? &out->errors[1] : &out->error;
        assert_int_equal(out->status, keep_going != 0 ? WEIR_END : WEIR_E_SCHEMA);
        assert_int_equal(error->status, WEIR_E_SCHEMA);
        assert_int_equal(error->file, 2);
        assert_int_equal(error->file_other, 0);
        assert_int_equal(error->column, 1);
        assert_string_equal(error->column_name, "sometimes");
        if (keep_going != 0) {
            assert_int_equal(out->errors[0].status, WEIR_OK);
            assert_int_equal(out->results[0].count, 3);
        }
        free(out);
    }
    for (int i = 0; i < 3; i++) {
        mp_drop(files[i]);
    }
}

static void files_and_row_groups_without_rows_are_fine(void **state) {
    (void)state;
    for (int groups = 0; groups < 4; groups++) {
        struct mp_file *file = mp_begin();
        int64_t value = 7;
        mp_column(file, "n", I64, 1);
        uint32_t present = 1;
        for (int g = 0; g < groups; g++) {
            mp_group_begin(file);
            if (g == 2) {
                mp_add_i64(file, &value, &present, 1);
                mp_group_end(file, 1);
            } else {
                mp_chunk_begin(file, I64, 0);
                mp_chunk_end(file, 0);
                file->chunks[g].offset = g == 0 ? 0 : INT64_MAX; /* of no page */
                mp_group_end(file, 0);
            }
        }
        mp_end(file);
        struct mp_outcome *out = mp_profile_one(file, 3, false);
        assert_complete(out);
        assert_int_equal(out->inventory.row_groups, groups);
        assert_sum(out, 0, groups > 2 ? 7 : 0, groups > 2, 0);
        assert_int_equal(out->results[0].min.present, groups > 2);
        assert_true(groups > 2 || isnan(out->results[0].mean));
        free(out);
        mp_drop(file);
    }
}

static void giant_runs_give_exact_totals(void **state) {
    struct mp_file *file = mp_begin();
    uint64_t each = INT32_MAX;
    (void)state;
    mp_column(file, "n", I64, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, I64, 0);
    struct mp_page dictionary = mp_page_of(2, 0, 2);
    int64_t entries[2] = {-3, 1000000007};
    mp_put(&dictionary.data, entries, sizeof entries);
    mp_page_write(&file->bytes, &dictionary);
    for (int i = 0; i < 5; i++) {
        struct mp_page page = mp_page_of(0, 8, (int64_t)each);
        mp_byte(&page.data, 1);
        mp_run_repeated(&page.data, each, i == 4, 1);
        mp_page_write(&file->bytes, &page);
    }
    mp_chunk_end(file, (int64_t)(5 * each));
    mp_group_end(file, (int64_t)(5 * each));
    mp_end(file);
    struct mp_outcome *out = mp_profile_one(file, 0, false);
    assert_complete(out);
    assert_int_equal(out->results[0].sum_whole.limbs[0], (1000000007 - 12) * each);
    assert_int_equal(out->results[0].sum_whole.limbs[1], 0);
    assert_int_equal(out->results[0].count, 5 * each);
    assert_int_equal(out->results[0].negatives, 4 * each);
    assert_int_equal(out->results[0].distinct.value, 2);
    assert_int_equal(out->results[0].top[0].count_low, 4 * each);
    assert_int_equal(out->progress.values, 5 * each);
    free(out);
    mp_drop(file);
}

static void keep_going_marks_the_bad_column_only(void **state) {
    static const char *const names[] = {"one", "two", "three"};
    static const int ids[] = {1, 2, 3};
    (void)state;
    struct mp_file *good = number_file(names, ids, 3, 20);
    struct mp_file *bad = number_file(names, ids, 3, 20);
    /* The page header of the second chunk: its type. */
    bad->bytes.data[bad->chunks[1].offset + 1] = 9 << 1;
    struct mp_file *files[2] = {good, bad};
    struct mp_set set;
    mp_set_of(&set, files, 2, 0);
    for (uint32_t lanes = 1; lanes <= 3; lanes++) {
        struct weir_profile_options options = {.budget_bytes = 64u << 20, .lanes = lanes};
        struct mp_outcome *out = mp_profile(&set, &options);
        assert_int_equal(out->status, WEIR_E_CORRUPT);
        assert_string_equal(out->error.column_name, "two");
        assert_int_equal(out->error.file, 1);
        assert_int_equal(out->error.row_group, 0);
        assert_int_equal(out->error.column, 1);
        assert_int_equal(out->error.page, 0);
        assert_int_equal(out->error.offset_bytes, bad->chunks[1].offset);
        free(out);
        options.keep_going = true;
        out = mp_profile(&set, &options);
        assert_complete(out);
        assert_int_equal(out->errors[0].status, WEIR_OK);
        assert_int_equal(out->errors[1].status, WEIR_E_CORRUPT);
        assert_int_equal(out->errors[1].file, 1);
        assert_string_equal(out->errors[1].column_name, "two");
        assert_int_equal(out->errors[2].status, WEIR_OK);
        assert_int_equal(out->results[1].count, 0);
        assert_false(out->quantiles[1][0].value.present);
        assert_sum(out, 0, 2 * sum_of(1, 20), 40, 0);
        assert_sum(out, 2, 2 * sum_of(3, 20), 40, 0);
        free(out);
    }
    mp_drop(good);
    mp_drop(bad);
}

static void columns_that_this_build_cannot_read_are_named(void **state) {
    (void)state;
    for (int twist = 2; twist < 6; twist++) {
        struct mp_file *file = mp_begin();
        int64_t values[3] = {1, 2, 3};
        mp_column(file, "fine", I64, 0);
        mp_column(file, "strange", I64, 0);
        mp_column(file, "fine too", I64, 0);
        mp_group_begin(file);
        for (int c = 0; c < 3; c++) {
            mp_add_i64(file, values, NULL, 3);
        }
        struct mp_chunk *chunk = &file->chunks[1];
        chunk->codec = twist == 2 ? 3 : twist == 3 ? 99 : 0;
        chunk->encrypted = twist == 4;
        chunk->file_path = twist == 5 ? "../../etc/passwd" : NULL;
        mp_group_end(file, 3);
        mp_end(file);
        struct mp_outcome *out = mp_profile_one(file, 0, false);
        assert_int_equal(out->status, WEIR_E_UNSUPPORTED);
        assert_string_equal(out->error.column_name, "strange");
        assert_int_equal(out->error.column, 1);
        assert_int_equal(out->error.file, 0);
        free(out);
        out = mp_profile_one(file, 0, true);
        assert_complete(out);
        assert_int_equal(out->errors[1].status, WEIR_E_UNSUPPORTED);
        assert_string_equal(out->errors[1].column_name, "strange");
        assert_sum(out, 0, 6, 3, 0);
        assert_sum(out, 2, 6, 3, 0);
        free(out);
        mp_drop(file);
    }
}

static void rows_that_do_not_add_up_are_refused(void **state) {
    (void)state;
    for (int twist = 0; twist < 6; twist++) {
        struct mp_file *file = mp_begin();
        int64_t values[3] = {1, 2, 3};
        mp_column(file, "a", I64, 0);
        mp_column(file, "b", I64, 0);
        mp_group_begin(file);
        mp_add_i64(file, values, NULL, 3);
        mp_add_i64(file, values, NULL, 3);
        mp_group_end(file, 3);
        switch (twist) {
        case 0: file->chunks[1].values = 2; break; /* the page has more */
        case 1: file->chunks[1].values = 4; break; /* the pages have fewer */
        case 2: file->groups[0].rows = 4; break;
        case 3: file->groups[0].chunks = 1; break; /* lists one column of two */
        case 4: file->groups[0].no_columns = true; break;
        default: file->no_groups = true; break;
        }
        mp_end(file);
        struct mp_outcome *out = mp_profile_one(file, 0, false);
        assert_int_equal(out->status, WEIR_E_CORRUPT);
        assert_int_equal(out->error.file, 0);
        free(out);
        mp_drop(file);
    }
}

static bool every_other(void *context, const char *path, size_t path_bytes) {
    (void)context;
    return path_bytes == 1 && (path[0] - 'a') % 2 == 1;
}

static void only_selected_columns_are_read(void **state) {
    (void)state;
    mp_seed("selection");
    struct mp_file *file = mixed_file(8, 2, 100);
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20, .select = every_other};
    /* What is not selected may be as broken as it likes. */
    for (int g = 0; g < 2; g++) {
        for (int c = 0; c < 8; c += 2) {
            struct mp_chunk *chunk = &file->chunks[8 * g + c];
            memset(file->bytes.data + chunk->offset, 0xff, (size_t)chunk->raw_bytes);
        }
    }
    mp_set_of(&set, &file, 1, 0);
    struct mp_outcome *out = mp_profile(&set, &options);
    assert_complete(out);
    assert_int_equal(out->columns, 4);
    assert_int_equal(out->inventory.columns, 8);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(out->results[i].rows, 200);
    }
    free(out);
    mp_drop(file);
}

static int stop_now;
static uint32_t stop_after;

static int64_t stopping_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    if (stop_after-- == 0) {
        stop_now = 1;
    }
    return mp_read_at(context, offset, to, bytes);
}

static void a_raised_flag_interrupts(void **state) {
    (void)state;
    mp_seed("interruption");
    struct mp_file *file = mixed_file(6, 3, 200);
    struct mp_set set;
    uint32_t interrupted = 0;
    for (uint32_t after = 0; after < 400; after += 13) {
        struct weir_profile_options options = {.budget_bytes = 64u << 20, .stop = &stop_now};
        stop_now = 0;
        stop_after = after;
        mp_set_of(&set, &file, 1, 100);
        set.sources[0].read_at = stopping_read_at;
        struct mp_outcome *out = mp_profile(&set, &options);
        assert_true(out->status == WEIR_E_INTERRUPTED || out->status == WEIR_END);
        assert_int_equal(out->error.status == WEIR_E_INTERRUPTED,
                         out->status == WEIR_E_INTERRUPTED);
        interrupted += out->status == WEIR_E_INTERRUPTED;
        free(out);
    }
    assert_true(interrupted > 3);
    mp_drop(file);
}

static void a_source_that_fails_ends_the_run(void **state) {
    static const int64_t results[] = {-5, 0, INT64_MAX};
    (void)state;
    mp_seed("failing source");
    struct mp_file *file = mixed_file(6, 2, 50);
    for (int r = 0; r < 3; r++) {
        for (uint64_t from = 1; from < file->bytes.count; from += 211) {
            struct mp_set set;
            struct weir_profile_options options = {.budget_bytes = 64u << 20, .keep_going = true};
            mp_set_of(&set, &file, 1, 0);
            set.inputs[0].fail_from = from;
            set.inputs[0].fail_result = results[r];
            struct mp_outcome *out = mp_profile(&set, &options);
            assert_int_equal(out->status, results[r] == 0 ? WEIR_E_CHANGED : WEIR_E_IO);
            assert_int_equal(out->error.file, 0);
            assert_true(results[r] != -5 || out->error.got == 5);
            free(out);
        }
    }
    mp_drop(file);
}

static void a_source_that_cannot_be_given_back_is_an_error(void **state) {
    static const char *const names[] = {"one"};
    static const int ids[] = {1};
    (void)state;
    struct mp_file *file = number_file(names, ids, 1, 5);
    static const enum weir_status closes[] = {WEIR_E_CHANGED, WEIR_E_IO, WEIR_END};
    for (int i = 0; i < 3; i++) {
        struct shared shared;
        memset(&shared, 0, sizeof shared);
        mp_set_of(&shared.set, &file, 1, 0);
        shared.set.dataset = (struct weir_dataset){&shared, 1, shared_open, shared_close};
        shared.close_with = closes[i];
        struct weir_profile_options options = {.budget_bytes = 64u << 20};
        struct mp_outcome *out = mp_profile(&shared.set, &options);
        assert_int_equal(out->status, i == 0 ? WEIR_E_CHANGED : WEIR_E_IO);
        assert_int_equal(out->error.file, 0);
        free(out);
    }
    mp_drop(file);
}

/* Inspects one file, then runs with another at its place. */
static enum weir_status swap(struct mp_file *before, struct mp_file *after, bool after_batch) {
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_error error;
    struct weir_profile *profile = NULL;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    mp_set_of(&set, &before, 1, 0);
    assert_int_equal(
        weir_inspect(&set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    size_t bytes = (size_t)plan.planned_bytes;
    void *block = mp_guarded(bytes);
    assert_int_equal(weir_profile_init(block, bytes, &plan, &set.dataset, &profile, &error),
                     WEIR_OK);
    enum weir_status status = WEIR_OK;
    if (after_batch) {
        status = weir_profile_batch(profile);
    }
    mp_set_of(&set, &after, 1, 0);
    if (!after_batch) {
        status = weir_profile_batch(profile);
    }
    if (status == WEIR_OK) {
        status = weir_profile_run_lane(profile, 0);
    }
    assert_int_equal(weir_profile_error(profile)->status, status);
    mp_unguard(block, bytes);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    return status;
}

/* One column of a given type, name and codec; all such files are equally long. */
static struct mp_file *plain_file(int64_t type, const char *name, int64_t repetition,
                                  int64_t codec) {
    struct mp_file *file = mp_begin();
    mp_column(file, name, type, repetition);
    mp_group_begin(file);
    mp_chunk_begin(file, type, codec);
    struct mp_page page = mp_page_of(0, 0, 1);
    uint64_t bits = 1;
    mp_put(&page.data, &bits, 8);
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, 1);
    mp_group_end(file, 1);
    mp_end(file);
    return file;
}

static void an_input_that_changes_is_noticed(void **state) {
    (void)state;
    struct mp_file *file = plain_file(I64, "a", 0, 0);
    struct mp_file *longer = plain_file(I64, "ab", 0, 0);
    struct mp_file *renamed = plain_file(I64, "b", 0, 0);
    struct mp_file *retyped = plain_file(5, "a", 0, 0);
    struct mp_file *repeated = plain_file(I64, "a", 2, 0);
    struct mp_file *packed = plain_file(I64, "a", 0, 1);
    struct mp_file *gzipped = plain_file(I64, "a", 0, 2);
    assert_int_equal(swap(file, file, false), WEIR_OK);
    assert_int_equal(swap(file, file, true), WEIR_OK);
    /* A longer footer is seen at once; the same length with another type, too. */
    assert_int_equal(swap(file, longer, false), WEIR_E_CHANGED);
    assert_int_equal(swap(file, retyped, false), WEIR_E_CHANGED);
    assert_int_equal(swap(file, retyped, true), WEIR_E_CHANGED);
    assert_int_equal(swap(file, repeated, true), WEIR_E_CHANGED);
    assert_int_equal(swap(file, packed, false), WEIR_E_CHANGED);
    assert_int_equal(swap(file, packed, true), WEIR_E_CHANGED);
    assert_int_equal(swap(file, gzipped, true), WEIR_E_CHANGED);
    (void)swap(file, renamed, true); /* a name only: nothing to tell it by */
    mp_drop(file);
    mp_drop(longer);
    mp_drop(renamed);
    mp_drop(retyped);
    mp_drop(repeated);
    mp_drop(packed);
    mp_drop(gzipped);
}

static void init_refuses_memory_that_does_not_suit(void **state) {
    (void)state;
    struct mp_file *file = plain_file(I64, "a", 0, 0);
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    struct weir_inventory inventory;
    struct weir_plan plan;
    struct weir_error error;
    struct weir_profile *profile = NULL;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    mp_set_of(&set, &file, 1, 0);
    assert_int_equal(
        weir_inspect(&set.dataset, &options, window, WEIR_INSPECT_BYTES, &inventory, &error),
        WEIR_OK);
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), WEIR_OK);
    size_t bytes = (size_t)plan.planned_bytes;
    uint8_t *block = mp_guarded(bytes + 64);
    assert_int_equal(weir_profile_init(NULL, bytes, &plan, &set.dataset, &profile, &error),
                     WEIR_E_ARGUMENT);
    assert_int_equal(weir_profile_init(block + 8, bytes, &plan, &set.dataset, &profile, &error),
                     WEIR_E_ARGUMENT);
    assert_int_equal(weir_profile_init(block, bytes - 1, &plan, &set.dataset, &profile, &error),
                     WEIR_E_BUDGET);
    assert_int_equal(error.wanted, bytes);
    assert_int_equal(error.got, bytes - 1);
    assert_null(profile);
    set.dataset.files = 2;
    assert_int_equal(weir_profile_init(block, bytes, &plan, &set.dataset, &profile, &error),
                     WEIR_E_ARGUMENT);
    set.dataset.files = 1;
    assert_int_equal(weir_profile_init(block, bytes + 64, &plan, &set.dataset, &profile, &error),
                     WEIR_OK);
    size_t stack = 1;
    assert_null(weir_profile_lane_stack(profile, 0, &stack));
    assert_int_equal(stack, 0);
    mp_drop(file);
}

static void a_changed_byte_anywhere_ends_in_a_status(void **state) {
    (void)state;
    mp_seed("changed bytes");
    struct mp_file *file = mixed_file(4, 2, 20);
    uint64_t kept = 0;
    for (size_t at = 0; at < file->bytes.count; at++) {
        uint8_t before = file->bytes.data[at];
        for (int i = 0; i < 3; i++) {
            file->bytes.data[at] = i == 0 ? (uint8_t)(before ^ 1) : (uint8_t)mp_random();
            struct mp_outcome *out = mp_profile_one(file, 0, i == 2);
            assert_true(out->status < 0 || out->status == WEIR_END);
            assert_true(out->status == WEIR_END || out->error.message[0] != '\0');
            assert_int_not_equal(out->status, WEIR_E_INTERNAL);
            for (uint32_t c = 0; c < out->columns; c++) {
                if (out->errors[c].status == WEIR_OK) {
                    assert_int_equal(out->results[c].count + out->results[c].nulls,
                                     out->results[c].rows);
                }
            }
            kept += out->status == WEIR_END;
            free(out);
        }
        file->bytes.data[at] = before;
    }
    assert_true(kept > 0);
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_do_not_depend_on_slices_budgets_and_lanes),
        cmocka_unit_test(files_are_matched_by_name_in_any_order),
        cmocka_unit_test(bytes_of_one_file_never_serve_another),
        cmocka_unit_test(two_columns_of_one_name_are_told_apart_in_one_file),
        cmocka_unit_test(a_column_of_two_types_names_both_files),
        cmocka_unit_test(files_and_row_groups_without_rows_are_fine),
        cmocka_unit_test(giant_runs_give_exact_totals),
        cmocka_unit_test(keep_going_marks_the_bad_column_only),
        cmocka_unit_test(columns_that_this_build_cannot_read_are_named),
        cmocka_unit_test(rows_that_do_not_add_up_are_refused),
        cmocka_unit_test(only_selected_columns_are_read),
        cmocka_unit_test(a_raised_flag_interrupts),
        cmocka_unit_test(a_source_that_fails_ends_the_run),
        cmocka_unit_test(a_source_that_cannot_be_given_back_is_an_error),
        cmocka_unit_test(an_input_that_changes_is_noticed),
        cmocka_unit_test(init_refuses_memory_that_does_not_suit),
        cmocka_unit_test(a_changed_byte_anywhere_ends_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
