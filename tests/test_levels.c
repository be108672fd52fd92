/* Levels: what is counted is what a tree of lists holds, however its levels are cut. */
#include "body_help.h"
#include "make_nested.h"

#include "parquet/levels.h"

struct bench {
    struct weir_error error;
    struct weir_level_reader reader;
};

static void bench_make(struct bench *b) {
    weir_error_clear(&b->error);
    b->reader = (struct weir_level_reader){
        .error = &b->error,
        .kernels = weir_unpack_choose(mp_below(2) != 0 ? WEIR_ISA_AUTO : WEIR_ISA_SCALAR),
        .unpacked = mp_guarded((WEIR_RUN_PACKED_MAX + 16) * sizeof(uint32_t))};
}

static void bench_free(struct bench *b) {
    mp_unguard(b->reader.unpacked, (WEIR_RUN_PACKED_MAX + 16) * sizeof(uint32_t));
}

/* Bytes of a section through runs into the counts; `packed`: BIT_PACKED, without headers. */
static enum weir_status add_bytes(struct bench *b, const struct mp_bytes *bytes, size_t count,
                                  bool packed, bool repetition, uint32_t max,
                                  struct weir_levels *levels) {
    struct body_bench body;
    struct weir_runs runs;
    uint32_t width = weir_level_width(max);
    body_open(&body, bytes->data, bytes->count, mp_below(3) == 0 ? 1 + mp_below(50) : 0);
    if (packed) {
        weir_runs_init_packed(&runs, &body.body, width, count, &b->error);
    } else {
        weir_runs_init(&runs, &body.body, bytes->count, width, count, &b->error);
    }
    enum weir_status status = repetition ? weir_levels_repetition(&b->reader, &runs, max, levels)
                                         : weir_levels_definition(&b->reader, &runs, max, levels);
    assert_int_equal(b->error.status, status);
    body_close(&body);
    return status;
}

/* One section: repeated and packed runs at random, or BIT_PACKED. */
static enum weir_status add_section(struct bench *b, const uint32_t *values, size_t count,
                                    bool repetition, uint32_t max, struct weir_levels *levels) {
    struct mp_bytes bytes = {0};
    bool packed = mp_below(4) == 0;
    if (packed) {
        mp_pack_legacy(&bytes, values, count, weir_level_width(max));
    } else {
        mp_runs(&bytes, values, count, weir_level_width(max));
    }
    enum weir_status status = add_bytes(b, &bytes, count, packed, repetition, max, levels);
    mp_free(&bytes);
    return status;
}

/* Pages that end anywhere, inside of lists too; then the chunk's end. */
static enum weir_status add_chunk(struct bench *b, const struct mn_path *path,
                                  const struct mn_stripes *stripes, struct weir_levels *levels) {
    for (size_t at = 0; at < stripes->count;) {
        size_t left = stripes->count - at;
        size_t count = mp_below(3) == 0 ? left : 1 + mp_below((uint32_t)left);
        if (path->repetition_max > 0) {
            WEIR_TRY(add_section(b, stripes->repetition + at, count, true, path->repetition_max,
                                 levels));
        }
        if (path->definition_max > 0) {
            WEIR_TRY(add_section(b, stripes->definition + at, count, false, path->definition_max,
                                 levels));
        }
        at += count;
    }
    return weir_levels_chunk_end(levels, path->repetition_max, path->definition_of, &b->error);
}

static void check_list(const struct weir_levels *levels, const struct mn_path *path, uint32_t k,
                       const struct mn_list *want) {
    struct weir_list got;
    weir_levels_list(levels, k, path->definition_of[k], &got);
    assert_int_equal(got.lists, want->lists);
    assert_int_equal(got.nulls, want->nulls);
    assert_int_equal(got.empty, want->empty);
    assert_int_equal(got.elements, want->elements);
    assert_int_equal(got.length_min, want->length_min);
    assert_int_equal(got.length_max, want->length_max);
    if (want->lists == 0) {
        assert_true(isnan(got.length_mean));
    } else {
        assert_true(got.length_mean == (double)want->elements / (double)want->lists);
    }
    if (want->lists < 2) {
        assert_true(isnan(got.length_std));
        return;
    }
    /* n Q - S^2 is a whole number below 2^63 here. */
    uint64_t scaled = want->lists * want->square_sum - want->elements * want->elements;
    long double pairs = (long double)want->lists * (long double)(want->lists - 1);
    double std = (double)sqrtl((long double)scaled / pairs);
    assert_true(fabs(got.length_std - std) <= 1e-15 * std);
}

static void what_is_counted_is_what_the_tree_holds(void **state) {
    (void)state;
    mp_seed("trees");
    for (int round = 0; round < 400; round++) {
        struct bench b;
        struct mn_path path = mn_path_random(4);
        struct mn_list lists[MN_NODES + 1];
        struct weir_levels levels;
        uint64_t absent[MN_NODES + 1] = {0};
        uint64_t rows = 0;
        uint64_t values = 0;
        memset(lists, 0, sizeof lists);
        memset(&levels, 0, sizeof levels);
        bench_make(&b);
        for (uint32_t chunks = 1 + mp_below(3); chunks > 0; chunks--) {
            struct mn_tree tree;
            mn_tree_grow(&tree, &path, mp_below(400));
            struct mn_stripes stripes = mn_stripe(&tree);
            assert_int_equal(add_chunk(&b, &path, &stripes, &levels), WEIR_OK);
            rows += tree.count[0];
            values += tree.count[path.nodes];
            for (uint32_t k = 1; k <= path.repetition_max; k++) {
                mn_list_add(&lists[k], &tree, k);
            }
            for (uint32_t d = 0; d < path.definition_max; d++) {
                absent[d] += mn_absent(&tree, d);
            }
            mn_stripes_free(&stripes);
            mn_tree_free(&tree);
        }
        assert_int_equal(levels.repetition[0], rows);
        assert_int_equal(levels.definition[path.definition_max], values);
        for (uint32_t d = 0; d < path.definition_max; d++) {
            assert_int_equal(levels.definition[d], absent[d]);
        }
        for (uint32_t k = 1; k <= path.repetition_max; k++) {
            check_list(&levels, &path, k, &lists[k]);
        }
        bench_free(&b);
    }
}

/* A file without the column: its rows are null at the outermost level. */
static void rows_of_a_missing_column_are_nulls(void **state) {
    (void)state;
    mp_seed("missing columns");
    for (int round = 0; round < 50; round++) {
        struct bench b;
        struct mn_path path = mn_path_random(4);
        struct mn_tree tree;
        struct weir_levels levels;
        uint64_t missing = 1 + mp_below(1000);
        if (path.node[0] != MN_OPTIONAL) {
            continue; /* a required column is never missing, a repeated one would be empty */
        }
        memset(&levels, 0, sizeof levels);
        bench_make(&b);
        mn_tree_grow(&tree, &path, mp_below(100));
        struct mn_stripes stripes = mn_stripe(&tree);
        if (mp_below(2) != 0) {
            weir_levels_missing(&levels, path.repetition_max, missing);
            missing += 7;
            weir_levels_missing(&levels, path.repetition_max, 7);
        }
        assert_int_equal(add_chunk(&b, &path, &stripes, &levels), WEIR_OK);
        if (levels.repetition[0] == tree.count[0]) {
            weir_levels_missing(&levels, path.repetition_max, missing);
        }
        for (uint32_t k = 1; k <= path.repetition_max; k++) {
            struct mn_list want;
            memset(&want, 0, sizeof want);
            mn_list_add(&want, &tree, k);
            want.nulls += missing;
            check_list(&levels, &path, k, &want);
        }
        mn_stripes_free(&stripes);
        mn_tree_free(&tree);
        bench_free(&b);
    }
}

/* --- Large numbers ------------------------------------------------------------------------------
 */

static void lists_of_many_elements_are_counted_at_once(void **state) {
    static const uint64_t counts[] = {1, 5, UINT64_C(1) << 31, UINT64_C(3) << 40};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            struct weir_error error;
            struct weir_levels levels;
            struct weir_list got;
            const uint8_t definition_of[2] = {0, 1};
            memset(&levels, 0, sizeof levels);
            weir_error_clear(&error);
            weir_levels_repeat(&levels, 1, 0, 1);
            weir_levels_repeat(&levels, 1, 1, counts[i]);
            weir_levels_repeat(&levels, 1, 0, counts[j]); /* the last one goes on */
            weir_levels_repeat(&levels, 1, 1, 4);
            levels.definition[1] = 1 + counts[i] + counts[j] + 4;
            assert_int_equal(weir_levels_chunk_end(&levels, 1, definition_of, &error), WEIR_OK);
            weir_levels_list(&levels, 1, 1, &got);
            assert_int_equal(got.lists, 1 + counts[j]);
            assert_int_equal(got.elements, levels.definition[1]);
            assert_int_equal(got.length_min, counts[j] > 1 ? 1 : weir_min_u64(5, counts[i] + 1));
            assert_int_equal(got.length_max, weir_max_u64(counts[i] + 1, 5));
            long double n = (long double)got.lists;
            long double mean = (long double)got.elements / n;
            long double a = (long double)(counts[i] + 1) - mean;
            long double square =
                a * a + (5 - mean) * (5 - mean) + (n - 2) * (1 - mean) * (1 - mean);
            long double std = sqrtl(square / (n - 1));
            assert_true(fabsl((long double)got.length_std - std) <= 1e-9L * std);
        }
    }
}

/* Sums beyond 2^63: lists of one length still have no spread to speak of. */
static void the_largest_counts_stay_in_range(void **state) {
    (void)state;
    struct weir_levels levels;
    struct weir_list got;
    struct weir_error error;
    const uint8_t definition_of[2] = {0, 1};
    memset(&levels, 0, sizeof levels);
    weir_error_clear(&error);
    for (int i = 0; i < 3; i++) {
        weir_levels_repeat(&levels, 1, 0, 1);
        weir_levels_repeat(&levels, 1, 1, UINT64_C(1) << 62);
    }
    levels.definition[1] = 3 + (UINT64_C(3) << 62);
    assert_int_equal(weir_levels_chunk_end(&levels, 1, definition_of, &error), WEIR_OK);
    weir_levels_list(&levels, 1, 1, &got);
    assert_int_equal(got.length_min, (UINT64_C(1) << 62) + 1);
    assert_int_equal(got.length_max, (UINT64_C(1) << 62) + 1);
    assert_true(got.length_std >= 0 && got.length_std <= 1e-6 * got.length_mean);
}

/* --- What contradicts itself --------------------------------------------------------------------
 */

static void levels_above_their_maximum_are_refused(void **state) {
    (void)state;
    mp_seed("levels above");
    for (uint32_t max = 1; max <= WEIR_LEVELS_MAX; max++) {
        for (uint32_t round = 0; round < 4; round++) {
            struct bench b;
            struct weir_levels levels;
            uint32_t values[300] = {0};
            uint32_t count = 1 + mp_below(300);
            uint32_t most = (1u << weir_level_width(max)) - 1;
            for (uint32_t i = 1; i < count; i++) {
                values[i] = mp_below(max + 1);
            }
            bool bad = most > max && count > 1 && mp_below(2) != 0;
            if (bad) {
                values[1 + mp_below(count - 1)] = max + 1 + mp_below(most - max);
            }
            for (uint32_t repetition = 0; repetition < 2; repetition++) {
                memset(&levels, 0, sizeof levels);
                bench_make(&b);
                enum weir_status status =
                    add_section(&b, values, count, repetition != 0, max, &levels);
                assert_int_equal(status, bad ? WEIR_E_CORRUPT : WEIR_OK);
                bench_free(&b);
            }
        }
    }
}

static void a_chunk_that_begins_inside_a_list_is_refused(void **state) {
    (void)state;
    mp_seed("chunks inside lists");
    for (uint32_t max = 1; max <= 5; max++) {
        for (uint32_t first = 1; first <= max; first++) {
            for (uint32_t round = 0; round < 6; round++) {
                struct bench b;
                struct weir_levels levels;
                uint32_t values[40];
                uint8_t definition_of[8] = {0, 1, 2, 3, 4, 5};
                for (uint32_t i = 0; i < 40; i++) {
                    values[i] = round < 2 ? first : mp_below(max + 1);
                }
                values[0] = first;
                memset(&levels, 0, sizeof levels);
                bench_make(&b);
                if (round % 2 != 0) { /* also behind a chunk that was complete */
                    uint32_t whole[3] = {0, 0, max};
                    assert_int_equal(add_section(&b, whole, 3, true, max, &levels), WEIR_OK);
                    assert_int_equal(weir_levels_chunk_end(&levels, max, definition_of, &b.error),
                                     WEIR_OK);
                }
                assert_int_equal(add_section(&b, values, 40, true, max, &levels), WEIR_E_CORRUPT);
                bench_free(&b);
            }
        }
    }
}

/* An element of a list that is said to be absent. */
static void lists_that_are_absent_and_long_are_refused(void **state) {
    static const uint32_t repetition[6] = {0, 1, 0, 1, 0, 1};
    static const uint32_t definition[6] = {2, 2, 0, 2, 2, 2};
    struct mn_path path;
    struct bench b;
    struct weir_levels levels;
    struct mn_stripes stripes = {6, NULL, NULL};
    (void)state;
    mp_seed("absent lists");
    memset(&path, 0, sizeof path);
    mn_path_add(&path, MN_OPTIONAL);
    mn_path_add(&path, MN_REPEATED);
    for (int round = 0; round < 20; round++) {
        uint32_t copies[2][6];
        memset(&levels, 0, sizeof levels);
        memcpy(copies[0], definition, sizeof definition);
        memcpy(copies[1], repetition, sizeof repetition);
        stripes.definition = copies[0];
        stripes.repetition = copies[1];
        bench_make(&b);
        assert_int_equal(add_chunk(&b, &path, &stripes, &levels), WEIR_E_CORRUPT);
        bench_free(&b);
    }
}

/* Figures of lists that can't be true must not be so by more than the file's own lies. */
static void check_sense(const struct weir_levels *levels, const struct mn_path *path,
                        uint64_t entries) {
    for (uint32_t k = 1; k <= path->repetition_max; k++) {
        struct weir_list list;
        weir_levels_list(levels, k, path->definition_of[k], &list);
        assert_true(list.lists + list.nulls <= entries);
        assert_true(list.empty <= list.lists);
        assert_true(list.elements <= entries);
        assert_true(list.length_min <= list.length_max && list.length_max <= entries);
        if (list.lists > 0) {
            assert_true(list.length_mean >= (double)list.length_min);
            assert_true(list.length_mean <= (double)list.length_max);
        }
        assert_true(isnan(list.length_std) || list.length_std >= 0);
    }
}

static void random_levels_end_in_counts_or_an_error(void **state) {
    uint32_t good = 0;
    (void)state;
    mp_seed("random levels");
    for (int round = 0; round < 3000; round++) {
        struct bench b;
        struct mn_path path = mn_path_random(4);
        struct weir_levels levels;
        uint32_t count = 1 + mp_below(60);
        uint64_t entries = 0;
        enum weir_status status = WEIR_OK;
        memset(&levels, 0, sizeof levels);
        bench_make(&b);
        for (uint32_t chunk = 0; chunk < 3 && status == WEIR_OK; chunk++) {
            struct mn_stripes stripes = {count, calloc(count, sizeof(uint32_t)),
                                         calloc(count, sizeof(uint32_t))};
            uint32_t absent_share = mp_below(12);
            for (uint32_t i = 0; i < count; i++) {
                bool absent = mp_below(10) < absent_share;
                stripes.definition[i] =
                    absent ? mp_below(path.definition_max + 1) : path.definition_max;
                stripes.repetition[i] =
                    i == 0 && mp_below(20) != 0 ? 0 : mp_below(path.repetition_max + 1);
            }
            status = add_chunk(&b, &path, &stripes, &levels);
            entries += count;
            mn_stripes_free(&stripes);
        }
        assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT);
        if (status == WEIR_OK) {
            check_sense(&levels, &path, entries);
            good++;
        }
        bench_free(&b);
    }
    assert_true(good > 100);
}

static void random_bytes_end_in_counts_or_an_error(void **state) {
    (void)state;
    mp_seed("random bytes as levels");
    for (int round = 0; round < 20000; round++) {
        struct bench b;
        struct weir_levels levels;
        struct mp_bytes bytes = {0};
        uint32_t max = 1 + mp_below(mp_below(2) != 0 ? 4 : WEIR_LEVELS_MAX);
        uint32_t length = 1 + mp_below(60);
        for (uint32_t i = 0; i < length; i++) {
            mp_byte(&bytes, mp_below(3) == 0 ? (uint32_t)mp_random() & 0xff : mp_below(12));
        }
        memset(&levels, 0, sizeof levels);
        bench_make(&b);
        size_t count = 1 + mp_below(2000);
        bool packed = mp_below(4) == 0;
        enum weir_status status =
            add_bytes(&b, &bytes, count, packed, mp_below(2) != 0, max, &levels);
        assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT);
        bench_free(&b);
        mp_free(&bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_counted_is_what_the_tree_holds),
        cmocka_unit_test(rows_of_a_missing_column_are_nulls),
        cmocka_unit_test(lists_of_many_elements_are_counted_at_once),
        cmocka_unit_test(the_largest_counts_stay_in_range),
        cmocka_unit_test(levels_above_their_maximum_are_refused),
        cmocka_unit_test(a_chunk_that_begins_inside_a_list_is_refused),
        cmocka_unit_test(lists_that_are_absent_and_long_are_refused),
        cmocka_unit_test(random_levels_end_in_counts_or_an_error),
        cmocka_unit_test(random_bytes_end_in_counts_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
