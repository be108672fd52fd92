/* Saved columns: what is loaded is what was saved. */
#include "saved_help.h"

#define SEED UINT64_C(0x94d049bb133111eb)

static void assert_same_saved(const struct rig *a, const struct rig *b) {
    struct saved x = save(a);
    struct saved y = save(b);
    assert_int_equal(x.count, y.count);
    assert_memory_equal(x.bytes, y.bytes, x.count);
    free(x.bytes);
    free(y.bytes);
}

static void assert_same_outcome(struct rig *a, struct rig *b) {
    static struct outcome of_a;
    static struct outcome of_b;
    outcome_of(a, &of_a);
    outcome_of(b, &of_b);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
}

static const uint32_t pools[] = {0, 900, 1100, 3};
static struct cuts cuts;

/* One column runs through; the other is saved and taken up in new memory at many places. */
static void a_column_goes_on_where_it_was_saved(void **state) {
    (void)state;
    random_state = SEED;
    print_message("seed %llx\n", (unsigned long long)SEED);
    for (uint32_t round = 0; round < KINDS * STAT_SETS * 4; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        const uint32_t stats = stat_sets[round / KINDS % STAT_SETS];
        const uint32_t turn = round / (KINDS * STAT_SETS);
        fill(kind, pools[(round / KINDS + turn) % 4], turn);
        cut(&cuts, 12, round % 2 == 0);
        struct rig straight = rig_new(kind, stats, 4);
        struct rig now = rig_new(kind, stats, 4);
        for (uint32_t c = 0; c < cuts.count; c++) {
            const uint32_t from = c == 0 ? 0 : cuts.end[c - 1];
            feed(&straight, from, cuts.end[c], cuts.weighted[c]);
            feed(&now, from, cuts.end[c], cuts.weighted[c]);
            if (random_next() % 2 == 0) {
                continue;
            }
            struct saved saved = save(&now);
            struct rig later = rig_new(kind, stats, 77);
            feed(&later, 0, 200, false); /* what it had before is gone */
            disturb(&later);
            assert_loads(&later, &saved);
            assert_same_saved(&now, &later);
            rig_end(&now);
            now = later;
            free(saved.bytes);
        }
        assert_same_saved(&straight, &now);
        assert_same_outcome(&straight, &now);
        assert_same_saved(&straight, &now);
        rig_end(&straight);
        rig_end(&now);
    }
}

static void loaded_parts_merge_as_the_parts_do(void **state) {
    (void)state;
    random_state = SEED + 1;
    for (uint32_t round = 0; round < KINDS * STAT_SETS * 2; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        const uint32_t stats = stat_sets[round / KINDS % STAT_SETS];
        struct weir_error error;
        fill(kind, pools[round % 4], round % 4);
        struct rig a = rig_new(kind, stats, 1);
        struct rig b = rig_new(kind, stats, 2);
        struct rig loaded_a = rig_new(kind, stats, 3);
        struct rig loaded_b = rig_new(kind, stats, 4);
        feed(&a, 0, 9000, round % 3 == 0);
        feed(&a, 9000, 13000, false);
        feed(&b, 13000, N, round % 5 == 0);
        struct saved saved_a = save(&a);
        struct saved saved_b = save(&b);
        assert_loads(&loaded_a, &saved_a);
        assert_loads(&loaded_b, &saved_b);
        assert_int_equal(weir_column_merge(a.column, b.column, a.scratch, &error), WEIR_OK);
        assert_int_equal(
            weir_column_merge(loaded_a.column, loaded_b.column, loaded_a.scratch, &error), WEIR_OK);
        assert_same_saved(&a, &loaded_a);
        assert_same_outcome(&a, &loaded_a);
        free(saved_a.bytes);
        free(saved_b.bytes);
        rig_end(&a);
        rig_end(&b);
        rig_end(&loaded_a);
        rig_end(&loaded_b);
    }
}

static void instruction_sets_save_the_same_bytes(void **state) {
    (void)state;
    random_state = SEED + 3;
    for (uint32_t round = 0; round < KINDS * 4; round++) {
        const enum weir_kind kind = (enum weir_kind)(round % KINDS);
        struct weir_error error = {0};
        fill(kind, pools[round % 4], round / KINDS);
        struct rig rigs[4];
        for (uint32_t i = 0; i < 4; i++) {
            rigs[i] = rig_new_isa(kind, WEIR_STATS_ALL, 1 + i / 2,
                                  i % 2 == 0 ? WEIR_ISA_SCALAR : WEIR_ISA_AUTO);
            feed(&rigs[i], i / 2 * 15000, i / 2 * 15000 + 14000, round % 2 == 0);
        }
        for (uint32_t i = 0; i < 2; i++) {
            assert_int_equal(
                weir_column_merge(rigs[i].column, rigs[i + 2].column, rigs[i].scratch, &error),
                WEIR_OK);
        }
        assert_same_saved(&rigs[0], &rigs[1]);
        assert_same_saved(&rigs[2], &rigs[3]);
        for (uint32_t i = 0; i < 4; i++) {
            rig_end(&rigs[i]);
        }
    }
}

/* --- The bytes themselves. ----------------------------------------------------------------------
 */

/* Written out by hand from the format notes. */
static void the_layout_is_as_documented(void **state) {
    (void)state;
    static const uint8_t wanted[] = {
        'W',  'E',  'I',  'R',  'S',  'T',  'A',  'T',  /* magic */
        1,    0,    0,    0,    1,    0,    0,    0,    /* version, a column */
        82,   0,    0,    0,    0,    0,    0,    0,    /* bytes */
        0,    0,    15,   0,    0,    0,                /* BOOL, ordered, all statistics */
        0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xa9, 0x3f, /* 0.05 */
        9,    0,    0,    0,    0,    0,    0,    0,    /* seed */
        6,    5,    0,    0,    0,    0,    0,    0,    /* ordinal */
        3,    0,    0,    0,    0,    0,    0,    0,    /* nulls */
        1,    0,    2,    0,    0,    0,    0,    0,    /* trues */
        0,    0,    0,    0,    1,    0,    0,    0};   /* falses */
    struct rig rig = rig_new(WEIR_KIND_BOOL, WEIR_STATS_ALL, 0x506);
    weir_column_add_bools(rig.column, 0x20001, UINT64_C(1) << 32);
    weir_column_add_nulls(rig.column, 3);
    struct saved saved = save(&rig);
    assert_int_equal(saved.count, sizeof wanted + 4);
    assert_memory_equal(saved.bytes, wanted, sizeof wanted);
    const uint32_t crc = crc_of(wanted, sizeof wanted);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(saved.bytes[sizeof wanted + (size_t)i], (uint8_t)(crc >> (8 * i)));
    }
    free(saved.bytes);
    rig_end(&rig);
}

static void the_head_says_what_it_is(void **state) {
    (void)state;
    struct weir_error error = {0};
    struct weir_column_saved info;
    struct rig rig = rig_new(WEIR_KIND_BYTES, WEIR_STATS_TOP, 12);
    weir_column_begin(rig.column, &rig.options, WEIR_KIND_BYTES, true, 12);
    struct saved saved = save(&rig);
    assert_int_equal(weir_column_saved_info(saved.bytes, saved.count + 16, &info, &error), WEIR_OK);
    assert_int_equal(info.bytes, saved.count);
    assert_int_equal(info.kind, WEIR_KIND_BYTES);
    assert_true(info.unordered);
    assert_int_equal(info.stats, WEIR_STATS_TOP);
    assert_true(info.rank_error == 0.05);
    assert_int_equal(info.seed, 9);
    assert_int_equal(info.ordinal, 12);
    free(saved.bytes);
    rig_end(&rig);
}

static void other_parameters_are_refused(void **state) {
    (void)state;
    struct weir_error error;
    random_state = SEED + 2;
    fill(WEIR_KIND_F64, 0, 0);
    struct rig rig = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL, 1);
    feed(&rig, 0, 9000, false);
    struct saved saved = save(&rig);
    for (int what = 0; what < 3; what++) {
        struct rig other = rig_new(WEIR_KIND_F64, WEIR_STATS_ALL, 1);
        other.options.seed += what == 0;
        other.options.stats = what == 1 ? WEIR_STATS_TOP : WEIR_STATS_ALL;
        other.options.rank_error += what == 2 ? 0.01 : 0;
        assert_int_equal(load(&other, &saved, &error), WEIR_E_ARGUMENT);
        rig_end(&other);
    }
    memset(&error, 0, sizeof error);
    /* A slot for booleans alone. */
    struct weir_space space;
    static _Alignas(64) uint8_t block[1 << 16];
    weir_space_carve(&space, block, sizeof block);
    struct weir_column *small = weir_column_take(&space, 1u << WEIR_KIND_BOOL, &rig.options);
    assert_non_null(small);
    assert_int_equal(
        weir_column_load(small, &rig.options, rig.scratch, saved.bytes, saved.count, &error),
        WEIR_E_LIMIT);
    uint64_t wanted = 0;
    memset(&error, 0, sizeof error);
    assert_int_equal(weir_column_save(rig.column, saved.bytes, saved.count - 1, &wanted, &error),
                     WEIR_E_ARGUMENT);
    assert_int_equal(wanted, saved.count);
    free(saved.bytes);
    rig_end(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_goes_on_where_it_was_saved),
        cmocka_unit_test(loaded_parts_merge_as_the_parts_do),
        cmocka_unit_test(instruction_sets_save_the_same_bytes),
        cmocka_unit_test(the_layout_is_as_documented),
        cmocka_unit_test(the_head_says_what_it_is),
        cmocka_unit_test(other_parameters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
