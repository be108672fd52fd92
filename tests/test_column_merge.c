/* Parts of a column, profiled apart and merged, against one run over all values. */
#include "column_help.h"
#include "column_same.h"

#define SEED UINT64_C(0x2545f4914f6cdd1d)

static struct cuts cuts;

/* Every part in a column of its own, merged in order. */
static struct rig merge_parts(enum weir_kind kind, uint32_t stats) {
    struct rig whole = rig_new(kind, stats, 0);
    struct weir_error error = {0};
    for (uint32_t c = 0, part = 1; c < cuts.count; part++) {
        struct rig one = rig_new(kind, stats, part);
        for (bool ends = false; !ends; c++) {
            feed(&one, c == 0 ? 0 : cuts.end[c - 1], cuts.end[c], cuts.weighted[c]);
            ends = cuts.ends_part[c];
        }
        disturb(&one);
        assert_int_equal(weir_column_merge(whole.column, one.column, one.scratch, &error), WEIR_OK);
        rig_end(&one);
    }
    return whole;
}

/* What does not depend on where the parts end. */
static void assert_same_exactly(const struct outcome *a, const struct outcome *b) {
    const struct weir_result *x = &a->result;
    const struct weir_result *y = &b->result;
    assert_int_equal(x->rows, y->rows);
    assert_int_equal(x->count, y->count);
    assert_int_equal(x->nulls, y->nulls);
    assert_int_equal(x->nans, y->nans);
    assert_int_equal(x->pos_infs, y->pos_infs);
    assert_int_equal(x->neg_infs, y->neg_infs);
    assert_int_equal(x->zeros, y->zeros);
    assert_int_equal(x->negatives, y->negatives);
    assert_memory_equal(&x->min, &y->min, sizeof x->min);
    assert_memory_equal(&x->max, &y->max, sizeof x->max);
    assert_int_equal(x->sum_exact, y->sum_exact);
    assert_memory_equal(&x->sum_whole, &y->sum_whole, sizeof x->sum_whole);
    if (x->sum_exact) {
        assert_memory_equal(&x->sum, &y->sum, sizeof x->sum);
        assert_memory_equal(&x->mean, &y->mean, sizeof x->mean);
    }
    assert_int_equal(x->has_distinct, y->has_distinct);
    assert_memory_equal(&x->distinct, &y->distinct, sizeof x->distinct);
    assert_memory_equal(&x->strings, &y->strings, sizeof x->strings);
    assert_int_equal(a->has_histogram, b->has_histogram);
    assert_true(a->low == b->low && a->high == b->high);
}

static bool close_to(double a, double b, double scale, double tolerance) {
    return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= tolerance * scale;
}

static void assert_moments_close(const struct weir_result *a, const struct weir_result *b) {
    assert_true(close_to(a->mean, b->mean, fabs(b->mean), 1e-14));
    assert_true(close_to(a->sum, b->sum, fabs(b->sum), 1e-14));
    assert_true(close_to(a->std, b->std, b->std, 1e-13));
    assert_true(close_to(a->variance, b->variance, b->variance, 1e-13));
    assert_true(close_to(a->skewness, b->skewness, fmax(1, fabs(b->skewness)), 1e-12));
    assert_true(close_to(a->kurtosis, b->kurtosis, fmax(1, fabs(b->kurtosis)), 1e-12));
}

/* Is entry i the value? */
static bool same_value(enum weir_kind kind, uint32_t i, const struct weir_value *value) {
    const uint8_t *at = values + (size_t)i * bytes_of(kind);
    switch (kind) {
    case WEIR_KIND_BOOL: return *at == value->i64;
    case WEIR_KIND_BYTES:
        return views[i].length - (value->cut ? views[i].length - 32 : 0) == value->bytes_count &&
               (views[i].length > 32) == value->cut &&
               memcmp(views[i].data, value->bytes, value->bytes_count) == 0;
    case WEIR_KIND_F32: return *(const float *)(const void *)at == (float)value->f64;
    case WEIR_KIND_F64: return *(const double *)(const void *)at == value->f64;
    default: return memcmp(at, &value->i64, bytes_of(kind)) == 0;
    }
}

static uint32_t weight_of(uint32_t i) {
    uint32_t c = 0;
    uint32_t high = cuts.count;
    while (c < high) {
        const uint32_t middle = c + (high - c) / 2;
        c = cuts.end[middle] > i ? c : middle + 1;
        high = cuts.end[middle] > i ? middle : high;
    }
    return cuts.weighted[c] ? weights[i] : 1;
}

static void assert_top_holds(enum weir_kind kind, const struct weir_result *result) {
    uint64_t last = UINT64_MAX;
    for (uint32_t t = 0; t < result->top_count; t++) {
        const struct weir_top *top = &result->top[t];
        uint64_t truth = 0;
        for (uint32_t i = 0; i < N; i++) {
            truth += same_value(kind, i, &top->value) ? weight_of(i) : 0;
        }
        assert_true(top->count_low <= truth && truth <= top->count_high);
        assert_true(top->count_high - top->count_low <= result->count / 513);
        assert_true(top->count_low <= last);
        last = top->count_low;
    }
}

static int64_t compare_entry(enum weir_kind kind, uint32_t i, const struct weir_value *value) {
    const uint8_t *at = values + (size_t)i * bytes_of(kind);
    uint64_t key[2] = {0};
    uint64_t other = 0;
    uint8_t bytes[16] = {0};
    const float narrow = (float)value->f64;
    memcpy(bytes, kind == WEIR_KIND_F32 ? (const void *)&narrow : (const void *)&value->i128,
           bytes_of(kind));
    if (weir_numbers_keys(WEIR_ISA_SCALAR, kind, at, NULL, 1, key, NULL) == 0) {
        return INT64_MAX; /* NaN */
    }
    (void)weir_numbers_keys(WEIR_ISA_SCALAR, kind, bytes, NULL, 1, &other, NULL);
    return key[0] < other ? -1 : key[0] > other;
}

static void assert_quantiles_hold(enum weir_kind kind, const struct outcome *outcome,
                                  double rank_error) {
    for (int k = 0; k < QUANTILES; k++) {
        const struct weir_quantile *quantile = &outcome->quantiles[k];
        if (!quantile->value.present || kind == WEIR_KIND_BOOL) {
            continue;
        }
        double below = 0;
        double same = 0;
        double all = 0;
        for (uint32_t i = 0; i < N; i++) {
            const int64_t order = compare_entry(kind, i, &quantile->value);
            below += order < 0 ? weight_of(i) : 0;
            same += order == 0 ? weight_of(i) : 0;
            all += order != INT64_MAX ? weight_of(i) : 0;
        }
        /* The reported error is one of 99 %: twice that does not happen. */
        const double room = 2 * quantile->rank_error + 1 / all;
        assert_true(quantile->rank_error <= rank_error);
        assert_true(below / all <= quantile->q + room);
        assert_true((below + same) / all >= quantile->q - room);
    }
}

static void check_parts(enum weir_kind kind, uint32_t stats, bool checks_ranks) {
    static struct outcome merged_outcome;
    static struct outcome single_outcome;
    struct rig merged = merge_parts(kind, stats);
    struct rig single = rig_new(kind, stats, 0);
    feed_all(&single, &cuts);
    const bool exact = is_exact(&single);
    assert_int_equal(is_exact(&merged), exact);
    outcome_of(&merged, &merged_outcome);
    outcome_of(&single, &single_outcome);
    assert_same_exactly(&merged_outcome, &single_outcome);
    if (exact) {
        assert_memory_equal(&merged_outcome, &single_outcome, sizeof single_outcome);
    } else {
        assert_moments_close(&merged_outcome.result, &single_outcome.result);
    }
    assert_top_holds(kind, &merged_outcome.result);
    if (checks_ranks) {
        assert_quantiles_hold(kind, &merged_outcome, merged.options.rank_error);
    }
    rig_end(&merged);
    rig_end(&single);
}

static void parts_merge_to_one_run(void **state) {
    (void)state;
    static const uint32_t counts[] = {1, 2, 5, 40, 1000};
    static const uint32_t pools[] = {0, 900, 1100, 3};
    random_state = SEED;
    print_message("seed %llx\n", (unsigned long long)SEED);
    for (uint32_t round = 0; round < KINDS * STAT_SETS * 4; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        const uint32_t stats = stat_sets[round / KINDS % STAT_SETS];
        const uint32_t turn = round / (KINDS * STAT_SETS);
        fill(kind, pools[(round / KINDS + turn) % 4], turn);
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            if (counts[c] == 1000 && round % 7 != 0) {
                continue; /* takes its time */
            }
            cut(&cuts, counts[c], (round + c) % 2 == 0);
            check_parts(kind, stats, c == 3);
        }
    }
}

/* Merged as a tree over shuffled parts: all but moments and bounds is as in one run. */
static void the_order_of_parts_matters_to_bounds_alone(void **state) {
    (void)state;
    static struct outcome tree_outcome;
    static struct outcome single_outcome;
    enum { PARTS = 16 };
    struct weir_error error = {0};
    random_state = SEED + 7;
    for (uint32_t round = 0; round < KINDS * 4; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        struct rig parts[PARTS];
        fill(kind, round % 2 == 0 ? 900 : 0, round / KINDS);
        struct rig single = rig_new(kind, WEIR_STATS_ALL, 0);
        for (uint32_t i = 0; i < PARTS; i++) {
            const uint32_t from = i * (N / PARTS);
            parts[i] = rig_new(kind, WEIR_STATS_ALL, i + 1);
            feed(&parts[i], from, from + N / PARTS, round % 3 == 0);
            feed(&single, from, from + N / PARTS, round % 3 == 0);
        }
        for (uint32_t i = PARTS - 1; i > 0; i--) {
            const uint32_t other = (uint32_t)(random_next() % (i + 1));
            const struct rig moved = parts[i];
            parts[i] = parts[other];
            parts[other] = moved;
        }
        for (uint32_t step = 1; step < PARTS; step *= 2) {
            for (uint32_t i = 0; i < PARTS; i += 2 * step) {
                assert_int_equal(weir_column_merge(parts[i].column, parts[i + step].column,
                                                   single.scratch, &error),
                                 WEIR_OK);
            }
        }
        outcome_of(&parts[0], &tree_outcome);
        outcome_of(&single, &single_outcome);
        assert_same_exactly(&tree_outcome, &single_outcome);
        assert_int_equal(is_exact(&parts[0]), is_exact(&single));
        if (is_exact(&single)) {
            assert_memory_equal(&tree_outcome, &single_outcome, sizeof single_outcome);
        } else {
            assert_moments_close(&tree_outcome.result, &single_outcome.result);
        }
        for (uint32_t i = 0; i < PARTS; i++) {
            rig_end(&parts[i]);
        }
        rig_end(&single);
    }
}

/* One part is as good as no parts, and nothing added changes nothing. */
static void one_part_is_the_column_itself(void **state) {
    (void)state;
    struct weir_error error = {0};
    random_state = SEED + 1;
    for (uint32_t round = 0; round < KINDS * STAT_SETS * 2; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        const uint32_t stats = stat_sets[round / KINDS % STAT_SETS];
        fill(kind, round >= KINDS * STAT_SETS ? 1000 : 0, 3);
        struct rig whole = rig_new(kind, stats, 1);
        struct rig none = rig_new(kind, stats, 2);
        struct rig one = rig_new(kind, stats, 3);
        weir_column_add_nulls(whole.column, 5);
        weir_column_add_nulls(none.column, 7);
        feed(&one, 0, N - 100, round % 2 == 0);
        feed(&one, N - 100, N, false);
        assert_int_equal(weir_column_merge(whole.column, one.column, one.scratch, &error), WEIR_OK);
        weir_column_add_nulls(one.column, 5);
        weir_column_end(one.column, one.scratch);
        assert_same_columns(whole.column, one.column);
        assert_int_equal(weir_column_merge(whole.column, none.column, one.scratch, &error),
                         WEIR_OK);
        weir_column_add_nulls(one.column, 7);
        assert_same_columns(whole.column, one.column);
        /* It goes on as the part would. */
        feed(&whole, 0, 7000, false);
        feed(&one, 0, 7000, false);
        weir_column_end(whole.column, whole.scratch);
        weir_column_end(one.column, one.scratch);
        assert_same_columns(whole.column, one.column);
        rig_end(&whole);
        rig_end(&none);
        rig_end(&one);
    }
}

static void the_same_parts_give_the_same_bits(void **state) {
    (void)state;
    random_state = SEED + 2;
    for (uint32_t round = 0; round < KINDS * 2; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        fill(kind, 0, round / KINDS);
        cut(&cuts, 30, round % 2 == 0);
        struct rig a = merge_parts(kind, WEIR_STATS_ALL);
        struct rig b = merge_parts(kind, WEIR_STATS_ALL);
        assert_same_columns(a.column, b.column);
        rig_end(&a);
        rig_end(&b);
    }
}

/* Values are pending on both sides when they are merged. */
static void partial_blocks_are_not_lost(void **state) {
    (void)state;
    struct weir_error error = {0};
    random_state = SEED + 3;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        fill((enum weir_kind)kind, 0, 0);
        struct rig a = rig_new((enum weir_kind)kind, WEIR_STATS_ALL, 1);
        struct rig b = rig_new((enum weir_kind)kind, WEIR_STATS_ALL, 2);
        struct weir_result result;
        feed(&a, 0, 4100, false);
        feed(&b, 4100, 8300, false);
        assert_int_equal(weir_column_merge(a.column, b.column, a.scratch, &error), WEIR_OK);
        weir_column_result(a.column, a.scratch, &result);
        assert_int_equal(result.count, 8300);
        rig_end(&a);
        rig_end(&b);
    }
}

/* Parts of 2^k whole blocks are nodes of the tree that one run builds. */
static void moments_of_aligned_parts_are_those_of_one_run(void **state) {
    (void)state;
    struct weir_error error = {0};
    random_state = SEED + 4;
    fill(WEIR_KIND_F64, 0, 0);
    struct rig single = rig_new(WEIR_KIND_F64, WEIR_STATS_MOMENTS, 0);
    struct rig whole = rig_new(WEIR_KIND_F64, WEIR_STATS_MOMENTS, 0);
    feed(&single, 0, 3 * 8192, false);
    for (uint32_t part = 0; part < 3; part++) {
        struct rig one = rig_new(WEIR_KIND_F64, WEIR_STATS_MOMENTS, part + 1);
        feed(&one, part * 8192, part * 8192 + 8192, false);
        assert_int_equal(weir_column_merge(whole.column, one.column, one.scratch, &error), WEIR_OK);
        rig_end(&one);
    }
    assert_int_equal(whole.column->numbers.blocks, 6);
    assert_memory_equal(whole.column->numbers.tree, single.column->numbers.tree,
                        sizeof single.column->numbers.tree);
    rig_end(&single);
    rig_end(&whole);
}

/* Far apart, so that each part has a shift of its own; against 113 bits. */
static void parts_far_apart_keep_their_digits(void **state) {
    (void)state;
    struct weir_error error = {0};
    random_state = SEED + 5;
    struct rig whole = rig_new(WEIR_KIND_I64, WEIR_STATS_MOMENTS, 0);
    int64_t *whole_values = (int64_t *)(void *)values;
    for (uint32_t i = 0; i < N; i++) {
        const int64_t base = INT64_C(4000000000000000000) + (int64_t)(i / 5000);
        whole_values[i] = base + (int64_t)(random_next() % 3);
    }
    for (uint32_t part = 0; part < 6; part++) {
        struct rig one = rig_new(WEIR_KIND_I64, WEIR_STATS_MOMENTS, part + 1);
        feed(&one, part * 5000, part * 5000 + 5000, false);
        assert_int_equal(weir_column_merge(whole.column, one.column, one.scratch, &error), WEIR_OK);
        rig_end(&one);
    }
    int64_t sum = 0;
    int64_t squares = 0;
    for (uint32_t i = 0; i < N; i++) {
        const int64_t x = whole_values[i] - INT64_C(4000000000000000000);
        sum += x;
        squares += x * x;
    }
    struct weir_result result;
    weir_column_result(whole.column, whole.scratch, &result);
    const double variance =
        (double)(squares * N - sum * sum) / ((double)N * (double)(N - 1)); /* one rounding each */
    assert_true(fabs(result.variance - variance) <= 1e-15 * variance);
    rig_end(&whole);
}

/* Parts of nothing but infinities have no finite extremes. */
static void finite_extremes_come_from_any_part(void **state) {
    (void)state;
    static const double parts[4][2] = {
        {INFINITY, INFINITY}, {-INFINITY, 3}, {-5, -1}, {-INFINITY, INFINITY}};
    for (uint32_t turn = 0; turn < 24; turn++) {
        struct rig whole = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL, 0);
        struct weir_error error = {0};
        uint64_t bins[2];
        double low = 0;
        double high = 0;
        for (uint32_t k = 0; k < 4; k++) {
            struct rig one = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL, k + 1);
            const uint32_t part = turn < 4 ? (turn + k) % 4 : (turn * 7 + k * 3) % 4;
            memcpy(values, parts[part], sizeof parts[part]);
            feed(&one, 0, 2, false);
            assert_int_equal(weir_column_merge(whole.column, one.column, one.scratch, &error),
                             WEIR_OK);
            rig_end(&one);
        }
        assert_true(weir_column_histogram(whole.column, whole.scratch, 2, bins, &low, &high));
        assert_true(low == -5 && high == 3);
        assert_int_equal(bins[0], 1);
        assert_int_equal(bins[1], 2);
        rig_end(&whole);
    }
}

static void other_parameters_are_refused(void **state) {
    (void)state;
    random_state = SEED + 6;
    fill(WEIR_KIND_I64, 0, 0);
    struct rig whole = rig_new(WEIR_KIND_I64, WEIR_STATS_ALL, 0);
    feed(&whole, 0, 5000, false);
    weir_column_end(whole.column, whole.scratch);
    void *before = malloc(whole.slot_bytes);
    memcpy(before, whole.column, whole.slot_bytes);
    for (int what = 0; what < 4; what++) {
        struct rig other = rig_new(WEIR_KIND_I64, WEIR_STATS_ALL, 0);
        struct weir_error error = {0};
        struct weir_stats_options options = other.options;
        options.seed += what == 0;
        options.stats = what == 1 ? WEIR_STATS_TOP : WEIR_STATS_ALL;
        options.rank_error += what == 2 ? 0.01 : 0;
        weir_column_begin(other.column, &options, what == 3 ? WEIR_KIND_U64 : WEIR_KIND_I64, false,
                          1);
        feed(&other, 0, 100, false);
        const enum weir_status status =
            weir_column_merge(whole.column, other.column, whole.scratch, &error);
        assert_int_equal(status, what == 3 ? WEIR_E_SCHEMA : WEIR_E_ARGUMENT);
        assert_int_equal(error.status, status);
        assert_non_null(error.message);
        assert_memory_equal(before, whole.column, whole.slot_bytes);
        rig_end(&other);
    }
    free(before);
    rig_end(&whole);
}

static void too_many_values_are_refused(void **state) {
    (void)state;
    struct weir_error error = {0};
    struct rig a = rig_new(WEIR_KIND_BOOL, WEIR_STATS_ALL, 0);
    struct rig b = rig_new(WEIR_KIND_BOOL, WEIR_STATS_ALL, 1);
    weir_column_add_bools(a.column, UINT64_C(1) << 61, 3);
    weir_column_add_bools(b.column, UINT64_C(1) << 61, 0);
    assert_int_equal(weir_column_merge(a.column, b.column, a.scratch, &error), WEIR_E_LIMIT);
    assert_int_equal(a.column->numbers.count, (UINT64_C(1) << 61) + 3);
    rig_end(&a);
    rig_end(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_merge_to_one_run),
        cmocka_unit_test(the_order_of_parts_matters_to_bounds_alone),
        cmocka_unit_test(one_part_is_the_column_itself),
        cmocka_unit_test(the_same_parts_give_the_same_bits),
        cmocka_unit_test(partial_blocks_are_not_lost),
        cmocka_unit_test(moments_of_aligned_parts_are_those_of_one_run),
        cmocka_unit_test(parts_far_apart_keep_their_digits),
        cmocka_unit_test(finite_extremes_come_from_any_part),
        cmocka_unit_test(other_parameters_are_refused),
        cmocka_unit_test(too_many_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
