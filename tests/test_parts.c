/*
 * Parts: an input of several parts gives the same results whatever the lanes, the order in which
 * they run and the budget; what is exact is what one part gives.
 */
#include "encode_help.h"
#include "run_lanes.h"

#include "engine/inner.h"

#define COLUMNS 8
#define FILES 3
#define ENTRIES 3000 /* of the dictionary */
#define LANES 9
#define HUGE_ROWS 9000

static const char *const names[COLUMNS] = {"ints", "few",  "codes", "reals",
                                           "text", "late", "truth", "list"};

/* What a naive reader counts on the way. */
struct truth {
    uint64_t rows;
    uint64_t lies; /* chunks whose statistics count other nulls */
    uint64_t values[COLUMNS];
    int64_t sum; /* of "ints" */
    int64_t min;
    int64_t max;
};

/* --- Files ------------------------------------------------------------------------------------ */

static void put_page(struct mp_file *file, int type, int64_t encoding, const struct en_values *list,
                     const uint32_t *repetition, bool nested, const uint32_t *definition,
                     uint32_t most, uint32_t entries) {
    struct mp_page page = mp_page_of(0, encoding, entries);
    mp_both_levels(&page, repetition, nested, definition, most, entries, false);
    if (type == WEIR_BOOLEAN) {
        uint32_t *bits = calloc(list->count + 1, sizeof *bits);
        for (size_t i = 0; i < list->count; i++) {
            bits[i] = *en_data(list, i);
        }
        mp_pack(&page.data, bits, list->count, 1);
        free(bits);
    } else if (encoding == 8) {
        uint32_t *indices = calloc(list->count + 1, sizeof *indices);
        for (size_t i = 0; i < list->count; i++) {
            memcpy(&indices[i], en_data(list, i), 4);
        }
        mp_byte(&page.data, 12);
        mp_runs(&page.data, indices, list->count, 12);
        free(indices);
    } else {
        en_plain(&page.data, list, type == WEIR_BYTE_ARRAY);
    }
    page.crc = MP_AUTO;
    mp_page_write(&file->bytes, &page);
}

static void draw(struct en_values *list, int column, struct truth *truth) {
    const int64_t whole = (int64_t)(mp_random() >> 30) - (INT64_C(1) << 33);
    const int64_t small = mp_below(500);
    const double real = (double)whole / 1024 + 1e7;
    const uint32_t index = mp_below(ENTRIES);
    const uint8_t bit = mp_below(3) == 0;
    char text[40];
    switch (column) {
    case 0:
        truth->sum += whole;
        truth->min = whole < truth->min ? whole : truth->min;
        truth->max = whole > truth->max ? whole : truth->max;
        en_add(list, &whole, 8);
        break;
    case 1: en_add(list, &small, 8); break;
    case 2: en_add(list, &index, 4); break;
    case 3: en_add(list, &real, 8); break;
    case 4:
        en_add(list, text,
               (size_t)snprintf(text, sizeof text, "%.*s%lld", (int)mp_below(9), "weir weir",
                                (long long)(mp_below(3) == 0 ? small : whole)));
        break;
    case 6: en_add(list, &bit, 1); break;
    default: en_add(list, &whole, 8); break;
    }
    truth->values[column]++;
}

static int type_of(int column) {
    return column == 3   ? WEIR_DOUBLE
           : column == 4 ? WEIR_BYTE_ARRAY
           : column == 6 ? WEIR_BOOLEAN
                         : WEIR_INT64;
}

static void put_chunk(struct mp_file *file, int column, uint32_t rows, struct truth *truth) {
    const bool nested = column == 7;
    const uint32_t most = column == 3 ? 0 : nested ? 2 : 1;
    const bool dictionary = column == 2;
    const int type = type_of(column);
    uint32_t *repetition = calloc(5 * (size_t)rows + 1, sizeof *repetition);
    uint32_t *definition = calloc(5 * (size_t)rows + 1, sizeof *definition);
    uint32_t all = 0;
    struct mp_chunk *chunk = mp_chunk_begin(file, type, 0);
    chunk->encoding = dictionary ? 8 : 0;
    chunk->null_count = mp_below(3) == 0 ? 9876543 : MP_AUTO; /* a lie: a warning */
    truth->lies += chunk->null_count != MP_AUTO;
    if (dictionary) {
        struct mp_page page = mp_page_of(2, 0, ENTRIES);
        for (int64_t i = 0; i < ENTRIES; i++) {
            const int64_t entry = i * i * 7919;
            mp_put(&page.data, &entry, 8);
        }
        mp_page_write(&file->bytes, &page);
    }
    for (uint32_t row = 0; row < rows;) {
        const uint32_t left = rows - row;
        const uint32_t some = 1 + mp_below(left < 900 ? left : 900);
        struct en_values list = {0};
        uint32_t entries = 0;
        for (uint32_t i = 0; i < some; i++) {
            const uint32_t elements = nested ? mp_below(5) : 1;
            for (uint32_t k = 0; k == 0 || k < elements; k++, entries++) {
                repetition[entries] = k > 0;
                definition[entries] = elements == 0 || most == 0 ? 0 : most - (mp_below(7) == 0);
                if (elements > 0 && definition[entries] == most) {
                    draw(&list, column, truth);
                }
            }
        }
        put_page(file, type, dictionary ? 8 : 0, &list, repetition, nested, definition, most,
                 entries);
        en_free(&list);
        row += some;
        all += entries;
    }
    mp_chunk_end(file, all);
    free(repetition);
    free(definition);
}

/* The second file lacks "late"; `huge`: the third one has one row group. */
static struct mp_file *make_file(int which, bool huge, struct truth *truth) {
    struct mp_file *file = mp_begin();
    const int groups = huge && which == 2 ? 1 : 5;
    for (int c = 0; c < COLUMNS; c++) {
        if (c == 7) {
            mp_column_group(file, names[c], 2, 1);
        }
        if (c != 5 || which != 1) {
            mp_column(file, c == 7 ? "element" : names[c], type_of(c), c == 3 ? 0 : 1);
        }
    }
    for (int g = 0; g < groups; g++) {
        const uint32_t rows = groups == 1 ? HUGE_ROWS : mp_below(4) == 0 ? 0 : mp_below(1500);
        mp_group_begin(file);
        for (int c = 0; c < COLUMNS; c++) {
            if (c != 5 || which != 1) {
                put_chunk(file, c, rows, truth);
            }
        }
        mp_group_end(file, rows);
        truth->rows += rows;
    }
    file->rows = which == 1 ? 12345 : MP_AUTO; /* a lie: a warning */
    mp_end(file);
    return file;
}

static void make_files(struct mp_file *files[FILES], struct truth *truth) {
    memset(truth, 0, sizeof *truth);
    truth->min = INT64_MAX;
    truth->max = INT64_MIN;
    const bool huge = mp_below(3) == 0;
    for (int i = 0; i < FILES; i++) {
        files[i] = make_file(i, huge, truth);
    }
}

static void drop_files(struct mp_file *files[FILES]) {
    for (int i = 0; i < FILES; i++) {
        mp_drop(files[i]);
    }
}

/* --- Runs ------------------------------------------------------------------------------------- */

struct told {
    struct weir_column_info info;
    struct weir_error error;
    struct weir_result result;
    struct weir_nesting nesting;
    struct weir_quantile quantiles[7];
    bool has_bins;
    uint64_t bins[20];
    double low;
    double high;
};

struct outcome {
    struct weir_plan plan;
    struct weir_error error;
    struct weir_warnings warnings;
    struct weir_progress progress;
    uint32_t passes;
    struct told told[COLUMNS];
};

static void tell(struct weir_profile *profile, uint32_t i, struct told *told) {
    static const double qs[7] = {0, 0.01, 0.25, 0.5, 0.75, 0.99, 1};
    weir_profile_column(profile, i, &told->info);
    told->error = *told->info.error;
    told->info.error = NULL;
    told->info.path = NULL;
    weir_profile_result(profile, i, &told->result);
    weir_profile_nesting(profile, i, &told->nesting);
    for (int q = 0; q < 7; q++) {
        told->quantiles[q].q = qs[q];
    }
    weir_profile_quantiles(profile, i, told->quantiles, 7);
    told->has_bins = weir_profile_histogram(profile, i, 20, told->bins, &told->low, &told->high);
}

struct test_set {
    struct mp_set set;
    struct weir_profile_options options;
    struct weir_inventory inventory;
};

static void inspect(struct test_set *input, struct mp_file *const *files, uint32_t count) {
    struct weir_error error;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    mp_set_of(&input->set, files, count, 0);
    memset(&input->options, 0, sizeof input->options);
    input->options.rank_error = 0.01;
    assert_int_equal(weir_inspect(&input->set.dataset, &input->options, window, WEIR_INSPECT_BYTES,
                                  &input->inventory, &error),
                     WEIR_OK);
    mp_unguard(window, WEIR_INSPECT_BYTES);
}

/* Which state is emptied before the last lane runs, as if the fold forgot it; 0: none. */
static uint32_t forgotten;

static void run_forgetful(struct weir_profile *profile, uint32_t lanes) {
    assert_true(profile->plan.split && forgotten < (lanes - 1) * profile->plan.parts / lanes);
    for (uint32_t lane = 0; lane + 1 < lanes; lane++) {
        assert_int_equal(weir_profile_run_lane(profile, lane), WEIR_OK);
    }
    for (uint32_t i = 0; i < profile->count; i++) {
        const struct weir_slot *slot = &profile->slots[i];
        weir_column_begin(slot->states[forgotten], &profile->stats, slot->kind, false, 99);
    }
    assert_int_equal(weir_profile_run_lane(profile, lanes - 1), WEIR_OK);
}

static struct outcome *run(struct test_set *input, uint64_t budget, uint32_t lanes, int order) {
    struct outcome *out = calloc(1, sizeof *out);
    struct weir_profile *profile = NULL;
    struct weir_profile_options options = input->options;
    options.budget_bytes = budget;
    options.lanes = lanes;
    assert_int_equal(weir_profile_plan(&input->inventory, &options, &out->plan, &out->error),
                     WEIR_OK);
    assert_true(out->plan.planned_bytes <= budget);
    const size_t bytes = (size_t)out->plan.planned_bytes;
    void *block = mp_guarded(bytes);
    assert_int_equal(
        weir_profile_init(block, bytes, &out->plan, &input->set.dataset, &profile, &out->error),
        WEIR_OK);
    while (weir_profile_batch(profile) == WEIR_OK) {
        uint32_t first = 0;
        uint32_t count = 0;
        if (forgotten > 0) {
            run_forgetful(profile, out->plan.lanes);
        } else {
            (void)run_lanes(profile, out->plan.lanes, order);
        }
        weir_profile_columns(profile, &first, &count);
        for (uint32_t i = first; i < first + count; i++) {
            tell(profile, i, &out->told[i]);
        }
    }
    out->error = *weir_profile_error(profile);
    weir_profile_warnings(profile, &out->warnings);
    weir_profile_progress(profile, &out->progress);
    out->passes = weir_profile_passes(profile);
    mp_unguard(block, bytes);
    return out;
}

static uint64_t least(struct test_set *input) {
    struct weir_plan plan;
    struct weir_error error;
    input->options.budget_bytes = 0;
    assert_int_equal(weir_profile_plan(&input->inventory, &input->options, &plan, &error),
                     WEIR_E_BUDGET);
    return plan.minimum_bytes;
}

static bool same(const struct outcome *a, const struct outcome *b) {
    if (memcmp(&a->error, &b->error, sizeof a->error) != 0 ||
        memcmp(&a->warnings, &b->warnings, sizeof a->warnings) != 0 ||
        memcmp(&a->progress, &b->progress, sizeof a->progress) != 0) {
        return false;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (memcmp(&a->told[i], &b->told[i], sizeof a->told[i]) != 0) {
            return false;
        }
    }
    return true;
}

static void assert_same(const struct outcome *got, const struct outcome *want) {
    assert_memory_equal(&got->error, &want->error, sizeof want->error);
    assert_memory_equal(&got->warnings, &want->warnings, sizeof want->warnings);
    assert_memory_equal(&got->progress, &want->progress, sizeof want->progress);
    for (int i = 0; i < COLUMNS; i++) {
        const struct told *g = &got->told[i];
        const struct told *w = &want->told[i];
        if (memcmp(g, w, sizeof *g) != 0) {
            print_error("column %s, %u lanes, %s\n", names[i], (unsigned)got->plan.lanes,
                        got->plan.split ? "split" : "whole columns");
        }
        assert_memory_equal(&g->info, &w->info, sizeof g->info);
        assert_memory_equal(&g->error, &w->error, sizeof g->error);
        assert_memory_equal(&g->result, &w->result, sizeof g->result);
        assert_memory_equal(&g->nesting, &w->nesting, sizeof g->nesting);
        assert_memory_equal(g->quantiles, w->quantiles, sizeof g->quantiles);
        assert_memory_equal(g->bins, w->bins, sizeof g->bins);
    }
    assert_true(same(got, want));
}

/* --- Properties ------------------------------------------------------------------------------- */

#define PLENTY (UINT64_C(1) << 30)

/* Rows of a part that cut `rows` into so many parts. */
static uint64_t part_rows_for(uint64_t rows, uint32_t parts) {
    return parts == 1 ? UINT64_MAX : rows / parts;
}

static void lanes_order_and_budget_change_nothing(void **state) {
    struct mp_file *files[FILES];
    struct test_set input;
    struct truth truth;
    uint32_t splits = 0;
    uint32_t batches = 0;
    uint32_t chained = 0;
    (void)state;
    mp_seed("parts");
    for (uint32_t parts = 1; parts <= WEIR_PARTS_MAX; parts++) {
        make_files(files, &truth);
        inspect(&input, files, FILES);
        input.options.part_rows = part_rows_for(truth.rows, parts);
        struct outcome *want = run(&input, PLENTY, 1, 0);
        assert_int_equal(want->plan.parts, parts);
        assert_int_equal(want->error.status, WEIR_OK);
        assert_int_equal(want->warnings.kinds[WEIR_WARNING_NULL_COUNT].count, truth.lies);
        assert_int_equal(want->warnings.kinds[WEIR_WARNING_FILE_ROWS].count, 1);
        const uint64_t minimum = least(&input);
        for (uint32_t lanes = 1; lanes <= LANES; lanes++) {
            const uint64_t budgets[] = {PLENTY, minimum, minimum + minimum / 2 + mp_below(1u << 20),
                                        minimum * (1 + mp_below(6))};
            for (int i = 0; i < 4; i++) {
                struct outcome *got = run(&input, budgets[i], lanes, (int)mp_below(3));
                assert_same(got, want);
                splits += got->plan.split;
                batches += got->plan.batches > 1;
                chained += got->plan.lanes > 1 && !got->plan.split && parts > 1;
                free(got);
            }
        }
        free(want);
        drop_files(files);
    }
    print_message("%d runs that split, %d of several batches, %d of lanes with columns\n", splits,
                  batches, chained);
    assert_true(splits > 0 && batches > 0 && chained > 0);
}

static void exact_figures_are_those_of_one_part(void **state) {
    struct mp_file *files[FILES];
    struct test_set input;
    struct truth truth;
    (void)state;
    mp_seed("one part");
    for (int round = 0; round < 3; round++) {
        make_files(files, &truth);
        inspect(&input, files, FILES);
        struct outcome *one = run(&input, PLENTY, 1, 0);
        assert_int_equal(one->plan.parts, 1);
        for (uint32_t parts = 2; parts <= WEIR_PARTS_MAX; parts++) {
            input.options.part_rows = part_rows_for(truth.rows, parts);
            struct outcome *many = run(&input, PLENTY, 1 + mp_below(LANES), 0);
            for (int i = 0; i < COLUMNS; i++) {
                const struct weir_result *a = &many->told[i].result;
                const struct weir_result *b = &one->told[i].result;
                assert_int_equal(a->rows, truth.rows);
                assert_int_equal(a->count, truth.values[i]);
                assert_int_equal(a->nulls, b->nulls);
                assert_int_equal(a->zeros, b->zeros);
                assert_int_equal(a->negatives, b->negatives);
                assert_memory_equal(&a->min, &b->min, sizeof a->min);
                assert_memory_equal(&a->max, &b->max, sizeof a->max);
                assert_memory_equal(&a->sum_whole, &b->sum_whole, sizeof a->sum_whole);
                assert_memory_equal(&a->distinct, &b->distinct, sizeof a->distinct);
                assert_memory_equal(&a->strings, &b->strings, sizeof a->strings);
                assert_memory_equal(&many->told[i].nesting, &one->told[i].nesting,
                                    sizeof many->told[i].nesting);
                assert_memory_equal(&many->told[i].info, &one->told[i].info,
                                    sizeof many->told[i].info);
                if (b->has_moments && i != 6) {
                    assert_true(fabs(a->mean - b->mean) <= 1e-15 * fabs(b->mean) * 4);
                    assert_true(fabs(a->std - b->std) <= 1e-15 * fabs(b->std) * 8);
                }
            }
            const struct weir_result *ints = &many->told[0].result;
            assert_int_equal(ints->sum_whole.limbs[0], (uint64_t)truth.sum);
            assert_int_equal(ints->min.i64, truth.min);
            assert_int_equal(ints->max.i64, truth.max);
            /* Few distinct values: everything is exact, whatever the parts. */
            assert_memory_equal(&many->told[1], &one->told[1], sizeof one->told[1]);
            free(many);
        }
        free(one);
        drop_files(files);
    }
}

static void exact_quantiles_are_those_of_one_part(void **state) {
    static const double listed[] = {0, 0.01, 0.25, 0.5, 0.75, 0.99, 1};
    struct mp_file *files[FILES];
    struct test_set input;
    struct truth truth;
    uint32_t passes = 0;
    (void)state;
    mp_seed("exact");
    make_files(files, &truth);
    inspect(&input, files, FILES);
    input.options.exact = true;
    input.options.quantiles = listed;
    input.options.quantiles_count = 7;
    input.options.rank_error = 0.1;
    struct outcome *one = run(&input, PLENTY, 1, 0);
    for (uint32_t parts = 2; parts <= WEIR_PARTS_MAX; parts++) {
        input.options.part_rows = part_rows_for(truth.rows, parts);
        struct outcome *many = run(&input, PLENTY, 1 + mp_below(4), (int)mp_below(3));
        assert_false(many->plan.split);
        assert_true(many->passes <= many->plan.passes_max);
        passes = many->passes > passes ? many->passes : passes;
        for (int i = 0; i < COLUMNS; i++) {
            assert_memory_equal(many->told[i].quantiles, one->told[i].quantiles,
                                i == 4 ? 0 : sizeof one->told[i].quantiles);
        }
        free(many);
    }
    assert_true(passes > 1);
    free(one);
    drop_files(files);
}

/* --- Failures --------------------------------------------------------------------------------- */

static void damage(struct mp_file *file, uint32_t one_in) {
    for (int i = 0; i < file->chunks_count; i++) {
        if (mp_below(one_in) == 0 && file->chunks[i].values > 0) {
            file->bytes.data[file->chunks[i].offset + 1] = 200;
        }
    }
}

static void failures_are_the_same_with_any_lanes(void **state) {
    struct mp_file *files[FILES];
    struct test_set input;
    struct truth truth;
    (void)state;
    mp_seed("failures");
    uint32_t failed = 0;
    for (int round = 0; round < 12; round++) {
        make_files(files, &truth);
        for (int i = 0; i < FILES; i++) {
            damage(files[i], 2 + (uint32_t)round * 3);
        }
        inspect(&input, files, FILES);
        input.options.part_rows = part_rows_for(truth.rows, 2 + mp_below(7));
        for (int keep_going = 0; keep_going < 2; keep_going++) {
            input.options.keep_going = keep_going != 0;
            struct outcome *want = run(&input, PLENTY, 1, 0);
            failed += want->error.status != WEIR_OK;
            for (uint32_t lanes = 2; lanes <= LANES; lanes++) {
                struct outcome *got = run(&input, PLENTY, lanes, (int)mp_below(3));
                assert_memory_equal(&got->error, &want->error, sizeof want->error);
                if (keep_going) {
                    got->progress = want->progress; /* what comes behind a failure may be read */
                    assert_same(got, want);
                }
                free(got);
            }
            free(want);
        }
        drop_files(files);
    }
    assert_true(failed >= 6);
}

/* --- Plans ------------------------------------------------------------------------------------ */

static struct weir_plan plan_of(uint64_t rows, uint32_t columns, uint32_t lanes, uint64_t budget,
                                enum weir_status want) {
    struct weir_inventory inventory = {.files = 1,
                                       .rows = rows,
                                       .columns = columns,
                                       .columns_selected = columns,
                                       .kinds = 0xff,
                                       .codecs = 3,
                                       .name_bytes_max = 17};
    struct weir_profile_options options = {.budget_bytes = budget, .lanes = lanes};
    struct weir_plan plan;
    struct weir_error error;
    assert_int_equal(weir_profile_plan(&inventory, &options, &plan, &error), want);
    return plan;
}

static void rows_alone_make_parts(void **state) {
    const uint64_t rows[] = {0,
                             1,
                             WEIR_PART_ROWS,
                             2 * WEIR_PART_ROWS - 1,
                             2 * WEIR_PART_ROWS,
                             8 * WEIR_PART_ROWS,
                             9 * WEIR_PART_ROWS,
                             UINT64_MAX};
    const uint32_t parts[] = {1, 1, 1, 1, 2, 8, 8, 8};
    (void)state;
    for (int i = 0; i < 8; i++) {
        for (uint32_t lanes = 1; lanes < 20; lanes += 3) {
            const struct weir_plan plan = plan_of(rows[i], 3, lanes, PLENTY, WEIR_OK);
            assert_int_equal(plan.parts, parts[i]);
            assert_true(plan.lanes <= (parts[i] > 3 ? parts[i] : 3));
            assert_true(!plan.split || plan.lanes <= plan.parts);
        }
    }
}

static void few_columns_are_shared_by_lanes(void **state) {
    const uint64_t rows = 8 * WEIR_PART_ROWS;
    (void)state;
    assert_int_equal(plan_of(rows, 1, 8, PLENTY, WEIR_OK).lanes, 8);
    assert_true(plan_of(rows, 1, 8, PLENTY, WEIR_OK).split);
    assert_int_equal(plan_of(rows, 1, 64, PLENTY, WEIR_OK).lanes, 8);
    assert_int_equal(plan_of(rows, 1, 3, PLENTY, WEIR_OK).lanes, 3);
    assert_false(plan_of(rows, 1, 1, PLENTY, WEIR_OK).split);
    assert_true(plan_of(rows, 7, 2, PLENTY, WEIR_OK).split);
    assert_false(plan_of(rows, 8, 2, PLENTY, WEIR_OK).split);
    assert_false(plan_of(rows, 40, 40, PLENTY, WEIR_OK).split);
    assert_int_equal(plan_of(rows, 40, 40, PLENTY, WEIR_OK).lanes, 40);
    /* Three parts make one lane work two thirds; columns of their own are shared evenly. */
    assert_false(plan_of(3 * WEIR_PART_ROWS, 4, 2, PLENTY, WEIR_OK).split);
    assert_false(plan_of(WEIR_PART_ROWS, 1, 8, PLENTY, WEIR_OK).split);
}

static void the_minimum_works_and_a_byte_less_does_not(void **state) {
    (void)state;
    for (uint64_t parts = 1; parts <= 8; parts++) {
        for (uint32_t lanes = 1; lanes <= 8; lanes += 7) {
            const uint64_t rows = parts * WEIR_PART_ROWS;
            const uint64_t minimum = plan_of(rows, 2, lanes, 0, WEIR_E_BUDGET).minimum_bytes;
            struct weir_plan plan = plan_of(rows, 2, lanes, minimum - 1, WEIR_E_BUDGET);
            assert_int_equal(plan.minimum_bytes, minimum);
            plan = plan_of(rows, 2, lanes, minimum, WEIR_OK);
            assert_int_equal(plan.planned_bytes, minimum);
            assert_int_equal(plan.lanes, 1);
            uint64_t states = 0;
            uint64_t sum = 0;
            for (uint32_t i = 0; i < plan.terms_count; i++) {
                sum += plan.terms[i].bytes;
                states += strcmp(plan.terms[i].name, "column") == 0 ? plan.terms[i].count : 0;
            }
            assert_int_equal(sum, minimum);
            assert_true(states == (parts == 1 ? 1 : 2));
        }
    }
}

/* --- Canary ----------------------------------------------------------------------------------- */

/* Which of eight parts have rows. */
static void find_rows(struct mp_file *const *files, uint64_t total, bool has_rows[8]) {
    uint64_t first = 0;
    memset(has_rows, 0, 8 * sizeof *has_rows);
    for (int i = 0; i < FILES; i++) {
        for (int g = 0; g < files[i]->groups_count; g++) {
            const uint64_t rows = (uint64_t)files[i]->groups[g].rows;
            has_rows[first == total ? 7 : first * 8 / total] |= rows > 0;
            first += rows;
        }
    }
}

static void a_part_that_is_forgotten_is_noticed(void **state) {
    struct mp_file *files[FILES];
    struct test_set input;
    struct truth truth;
    bool has_rows[8];
    (void)state;
    mp_seed("canary");
    make_files(files, &truth);
    find_rows(files, truth.rows, has_rows);
    inspect(&input, files, FILES);
    input.options.part_rows = part_rows_for(truth.rows, 8);
    struct outcome *want = run(&input, PLENTY, 1, 0);
    for (forgotten = 1; forgotten < 6; forgotten++) {
        struct outcome *got = run(&input, PLENTY, 4, 0);
        assert_true(got->plan.split);
        assert_int_equal(same(got, want), !has_rows[forgotten]);
        free(got);
    }
    forgotten = 0;
    free(want);
    drop_files(files);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_order_and_budget_change_nothing),
        cmocka_unit_test(exact_figures_are_those_of_one_part),
        cmocka_unit_test(exact_quantiles_are_those_of_one_part),
        cmocka_unit_test(failures_are_the_same_with_any_lanes),
        cmocka_unit_test(rows_alone_make_parts),
        cmocka_unit_test(few_columns_are_shared_by_lanes),
        cmocka_unit_test(the_minimum_works_and_a_byte_less_does_not),
        cmocka_unit_test(a_part_that_is_forgotten_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
