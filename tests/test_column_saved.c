/* Saved columns: what is loaded is what was saved, and hostile bytes do no harm. */
#include "column_help.h"

#include "base/state_bytes.h"

#define SEED UINT64_C(0x94d049bb133111eb)

struct saved {
    uint8_t *bytes;
    uint64_t count;
};

/* Into memory of exact size, with bytes behind it that must not change. */
static struct saved save(const struct rig *rig) {
    struct weir_error error = {0};
    struct saved saved = {.count = weir_column_saved_bytes(rig->column)};
    uint64_t written = 0;
    assert_true(saved.count <= weir_column_saved_bytes_max(rig->kind, &rig->options));
    saved.bytes = malloc(saved.count + 16);
    memset(saved.bytes, 0x5a, saved.count + 16);
    assert_int_equal(weir_column_save(rig->column, saved.bytes, saved.count, &written, &error),
                     WEIR_OK);
    assert_int_equal(written, saved.count);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(saved.bytes[saved.count + (uint64_t)i], 0x5a);
    }
    return saved;
}

static enum weir_status load(struct rig *rig, const struct saved *saved, struct weir_error *error) {
    /* A copy of exact size: a sanitizer sees reads behind it. */
    uint8_t *copy = malloc(saved->count > 0 ? saved->count : 1);
    memcpy(copy, saved->bytes, saved->count);
    memset(error, 0, sizeof *error);
    const enum weir_status status =
        weir_column_load(rig->column, &rig->options, rig->scratch, copy, saved->count, error);
    free(copy);
    return status;
}

static void assert_loads(struct rig *rig, const struct saved *saved) {
    struct weir_error error;
    const enum weir_status status = load(rig, saved, &error);
    if (status != WEIR_OK) {
        print_message("kind %d: %s\n", (int)rig->kind, error.message);
    }
    assert_int_equal(status, WEIR_OK);
}

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

/* --- The bytes themselves. ----------------------------------------------------------------------
 */

/* Bit by bit, from the definition. */
static uint32_t crc_of(const uint8_t *bytes, uint64_t count) {
    uint32_t crc = UINT32_MAX;
    for (uint64_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
        }
    }
    return ~crc;
}

static void fix_checksum(struct saved *saved) {
    const uint32_t crc = crc_of(saved->bytes, saved->count - 4);
    for (int i = 0; i < 4; i++) {
        saved->bytes[saved->count - 4 + (uint64_t)i] = (uint8_t)(crc >> (8 * i));
    }
}

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

/* --- Hostile bytes. -----------------------------------------------------------------------------
 */

static bool is_refusal(enum weir_status status, const struct weir_error *error) {
    return (status == WEIR_E_CORRUPT || status == WEIR_E_CHECKSUM || status == WEIR_E_UNSUPPORTED ||
            status == WEIR_E_ARGUMENT || status == WEIR_E_LIMIT) &&
           error->status == status && error->message != NULL;
}

/* States of each kind, few values and many, with a partial block. */
static struct rig some_column(uint32_t round, bool large) {
    const enum weir_kind kind = (enum weir_kind)(round % KINDS);
    fill(kind, large ? 0 : 30, round / KINDS % 4);
    struct rig rig = rig_new(kind, stat_sets[round / KINDS % STAT_SETS], 3);
    feed(&rig, 0, large ? 20000 : 60, round % 2 == 0);
    feed(&rig, large ? 20000 : 60, large ? 20100 : 64, false);
    return rig;
}

static void truncated_bytes_are_refused(void **state) {
    (void)state;
    struct weir_error error;
    random_state = SEED + 3;
    for (uint32_t round = 0; round < KINDS * 2; round++) {
        struct rig rig = some_column(round, round >= KINDS);
        struct rig other = rig_new(rig.kind, rig.options.stats, 1);
        struct saved saved = save(&rig);
        const uint64_t whole = saved.count;
        for (uint64_t count = 0; count < whole; count += whole < 3000 ? 1 : 1 + count / 40) {
            saved.count = count;
            assert_true(is_refusal(load(&other, &saved, &error), &error));
            if (count >= 28) {
                /* With a length and a checksum that fit. */
                uint8_t kept[12];
                memcpy(kept, saved.bytes + 16, 8);
                memcpy(kept + 8, saved.bytes + count - 4, 4);
                for (int i = 0; i < 8; i++) {
                    saved.bytes[16 + i] = (uint8_t)(count >> (8 * i));
                }
                fix_checksum(&saved);
                assert_true(is_refusal(load(&other, &saved, &error), &error));
                memcpy(saved.bytes + count - 4, kept + 8, 4);
                memcpy(saved.bytes + 16, kept, 8);
            }
        }
        saved.count = whole;
        assert_loads(&other, &saved);
        saved.count = whole + 1;
        assert_int_equal(load(&other, &saved, &error), WEIR_E_CORRUPT);
        free(saved.bytes);
        rig_end(&rig);
        rig_end(&other);
    }
}

static void a_changed_byte_is_noticed(void **state) {
    (void)state;
    struct weir_error error;
    random_state = SEED + 4;
    for (uint32_t round = 0; round < KINDS; round++) {
        struct rig rig = some_column(round, false);
        struct rig other = rig_new(rig.kind, rig.options.stats, 1);
        struct saved saved = save(&rig);
        for (uint64_t at = 0; at < saved.count; at++) {
            const uint8_t kept = saved.bytes[at];
            saved.bytes[at] ^= (uint8_t)(1 + random_next() % 255);
            const enum weir_status status = load(&other, &saved, &error);
            assert_true(is_refusal(status, &error));
            assert_true(status == WEIR_E_CHECKSUM || at < 24);
            saved.bytes[at] = kept;
        }
        free(saved.bytes);
        rig_end(&rig);
        rig_end(&other);
    }
}

/* Everything that can be done with a column; no assertion may fail, no byte be read that is not
 * there. */
static void use(struct rig *victim, struct rig *sound) {
    static struct outcome outcome;
    struct weir_error error = {0};
    struct saved before = save(victim);
    struct rig copy = rig_new(victim->kind, victim->options.stats, 8);
    struct rig onto = rig_new(victim->kind, victim->options.stats, 8);
    assert_loads(&copy, &before);
    free(before.bytes);
    struct saved sound_bytes = save(sound);
    assert_loads(&onto, &sound_bytes);
    free(sound_bytes.bytes);
    feed(victim, 100, 4400, false);
    feed(victim, 4400, 4500, true);
    outcome_of(victim, &outcome);
    (void)weir_column_merge(onto.column, copy.column, onto.scratch, &error);
    outcome_of(&onto, &outcome);
    (void)weir_column_merge(copy.column, sound->column, copy.scratch, &error);
    (void)weir_column_merge(copy.column, victim->column, copy.scratch, &error);
    outcome_of(&copy, &outcome);
    struct saved after = save(&copy);
    free(after.bytes);
    rig_end(&copy);
    rig_end(&onto);
}

static uint64_t accepted;

static void try_mutant(struct saved *saved, struct rig *other, struct rig *sound) {
    struct weir_error error;
    fix_checksum(saved);
    const enum weir_status status = load(other, saved, &error);
    if (status != WEIR_OK) {
        assert_true(is_refusal(status, &error));
        return;
    }
    accepted++;
    struct saved again = save(other);
    assert_int_equal(again.count, saved->count);
    assert_memory_equal(again.bytes, saved->bytes, saved->count);
    free(again.bytes);
    use(other, sound);
}

/* --- Lies: states that no values leave behind.
 * ---------------------------------------------------- */

/* Tells the lie of a number; false when the kind has none of it. */
static bool lie_of_numbers(struct weir_numbers *numbers, int lie) {
    const bool real = numbers->kind == WEIR_KIND_F64;
    const uint32_t level = (uint32_t)__builtin_ctzll(numbers->blocks);
    switch (lie) {
    case 0: numbers->count++; return true;
    case 1: numbers->tree[level].count++; return true;
    case 2: numbers->tree[level].m2 = -1; return true;
    case 3: numbers->tree[level].mean_high = NAN; return true;
    case 4: numbers->tree[level].scale = 1 << 20; return true;
    case 5: numbers->nans = numbers->count + 1; return true;
    case 6: numbers->negatives = numbers->count + 1; return true;
    case 7:
        numbers->min = numbers->max;
        numbers->max.i128.high -= numbers->kind == WEIR_KIND_I128;
        numbers->max.u64 -= numbers->kind != WEIR_KIND_I128;
        return true;
    case 8: numbers->min.f64 = NAN; return real;
    case 9: numbers->sum_high = NAN; return real;
    case 10: numbers->shift.high = INT64_MIN; return !real;
    case 11: numbers->sum.limbs[3] ^= 1; return !real;
    case 12: numbers->pos_infs = 1; return true;
    case 13: numbers->has_extremes = false; return true;
    case 14: numbers->shift.high = INT64_MAX; return !real;
    case 15: numbers->tree[level].count--; return true;
    case 16: numbers->blocks |= UINT64_C(1) << 61; return true;
    default: return false;
    }
}

static bool lie_of_sketches(struct weir_column *column, int lie) {
    struct weir_kll *kll = weir_column_kll(column);
    struct weir_hll *hll = weir_column_hll(column);
    struct weir_top_table *top = weir_column_top(column);
    if (kll == NULL || (lie >= 9 && top == NULL)) {
        return false;
    }
    const uint32_t first = kll->starts[0];
    switch (lie) {
    case 0: kll->total++; return true;
    case 1: kll->items[kll->capacity - 1] = UINT64_MAX; return true;
    case 2: kll->items[kll->starts[0]] = 0; return true;
    case 3: kll->thin_bits = 64; return true;
    case 4: kll->thin_offset = UINT64_MAX; return true;
    case 5: kll->compactions[3] = UINT64_C(1) << 40; return true;
    case 6: kll->tail_draws = UINT64_C(1) << 40; return true;
    case 7: kll->variance_thin = INFINITY; return true;
    case 8: kll->variance_compact = -1; return true;
    case 9: top->total++; return true;
    case 10: top->error = top->total; return true;
    case 11: top->counts[0] = 0; return true;
    case 12: top->keys[1] = top->keys[0]; return true;
    case 13: hll->registers[77] = 54; return hll != NULL;
    case 14: /* one value more, and its weight */
        kll->items[first - 1] = kll->items[first];
        kll->starts[0]--;
        kll->total++;
        return true;
    case 15: /* one value less */
        for (uint32_t level = 0; kll->starts[level] == first; level++) {
            kll->starts[level]++;
        }
        return true;
    case 16: column->staged = WEIR_BLOCK_VALUES; return true;
    default: return false;
    }
}

static void repeat_entry(struct weir_strings_table *table) {
    table->hash[1] = table->hash[0];
    memcpy(table->head[1], table->head[0], sizeof table->head[0]);
    table->head_length[1] = table->head_length[0];
}

static bool lie_of_strings(struct weir_strings_state *strings, int lie) {
    struct weir_strings_table *table = &strings->table;
    struct weir_strings_carry *carry = &strings->carry;
    const struct weir_strings_extreme min = strings->min;
    switch (lie) {
    case 0: strings->count++; return !table->spilled;
    case 1: strings->length_sum += (weir_u128)1 << 64; return true;
    case 2:
        strings->length_square_sum = strings->length_sum * strings->length_sum / strings->count - 1;
        return true;
    case 3: strings->length_max = UINT64_C(1) << 31; return true;
    case 4: strings->empty = strings->count + 1; return true;
    case 5:
        strings->min = strings->max;
        strings->max = min;
        return true;
    case 6: strings->min.cut = true; return true;
    case 7: table->count[0] = 0; return true;
    case 8: repeat_entry(table); return true;
    case 9: table->head[0][3] ^= 1; return true;
    case 10: table->count[0] += strings->count; return true;
    case 11: table->error = strings->count; return true;
    case 12: carry->heads = 0; return carry->count > 0;
    case 13: memset(carry->hash, 7, sizeof carry->hash); return carry->count > 0;
    case 14: carry->heads = carry->heads > 0 ? carry->heads - 1 : 1; return carry->count > 0;
    case 15: table->spilled = !table->spilled; return !table->spilled;
    case 16: table->hll.registers[5] = 255; return table->spilled;
    case 17: table->head_length[0] = 34; return true;
    default: return false;
    }
}

static bool lie_of_values(struct weir_column *column, int lie) {
    if (column->spilled || column->kind == WEIR_KIND_I128) {
        return false;
    }
    struct weir_values *exact = weir_column_values(column);
    switch (lie) {
    case 0: exact->counts[0]++; return true;
    case 1: exact->counts[0] = 0; return true;
    case 2: exact->keys[1] = exact->keys[0]; return true;
    case 3: exact->keys[exact->used - 1] = UINT64_MAX; return true;
    default: return false;
    }
}

static bool lie_of_wides(struct weir_column *column, int lie) {
    if (column->kind != WEIR_KIND_I128) {
        return false;
    }
    struct weir_strings_table *table = weir_column_wides(column);
    switch (lie) {
    case 0: table->head_length[0] = 15; return true;
    case 1: table->count[0]++; return !column->spilled;
    case 2: repeat_entry(table); return true;
    case 3: column->spilled = !column->spilled; return !column->spilled;
    default: return false;
    }
}

static bool tell(struct rig *rig, int about, int lie) {
    if (rig->kind == WEIR_KIND_BYTES) {
        return about == 0 && lie_of_strings(weir_column_strings(rig->column), lie);
    }
    switch (about) {
    case 0: return lie_of_numbers(&rig->column->numbers, lie);
    case 1: return lie_of_sketches(rig->column, lie);
    case 2: return lie_of_values(rig->column, lie);
    case 3: return lie_of_wides(rig->column, lie);
    default: return false;
    }
}

/* Frequent values among many, so that tables of top values have entries and heads. */
static struct rig honest_column(enum weir_kind kind, uint32_t pool) {
    fill(kind, pool, 0);
    for (uint32_t i = 0; i < N; i += 3) {
        memcpy(values + (size_t)i * bytes_of(kind), values + (size_t)(i % 21) * bytes_of(kind),
               bytes_of(kind));
        views[i] = views[i % 21];
    }
    struct rig rig = rig_new(kind, WEIR_STATS_ALL, 3);
    feed(&rig, 0, 20000, false);
    return rig;
}

static void lies_are_refused(void **state) {
    (void)state;
    static const enum weir_kind kinds[] = {WEIR_KIND_F64, WEIR_KIND_I64, WEIR_KIND_U64,
                                           WEIR_KIND_I128, WEIR_KIND_BYTES};
    uint32_t told = 0;
    random_state = SEED + 6;
    for (int k = 0; k < 5; k++) {
        for (int turn = 0; turn < 2; turn++) {
            struct rig rig = honest_column(kinds[k], turn == 0 ? 0 : 60);
            struct rig other = rig_new(kinds[k], WEIR_STATS_ALL, 1);
            struct saved saved = save(&rig);
            assert_loads(&other, &saved);
            for (int about = 0; about < 4; about++) {
                for (int lie = 0; lie < 20; lie++) {
                    struct weir_error error;
                    assert_loads(&rig, &saved);
                    if (!tell(&rig, about, lie)) {
                        continue;
                    }
                    struct saved wrong = save(&rig);
                    const enum weir_status status = load(&other, &wrong, &error);
                    if (status != WEIR_E_CORRUPT) {
                        print_message("kind %d, turn %d, lie %d of %d\n", (int)kinds[k], turn, lie,
                                      about);
                    }
                    assert_int_equal(status, WEIR_E_CORRUPT);
                    free(wrong.bytes);
                    told++;
                }
            }
            assert_loads(&rig, &saved);
            free(saved.bytes);
            rig_end(&rig);
            rig_end(&other);
        }
    }
    print_message("%u lies\n", told);
    assert_true(told > 120);
}

static const uint8_t odd_bytes[] = {0, 1, 0x7f, 0x80, 0xff};

static void hostile_bytes_do_no_harm(void **state) {
    (void)state;
    const char *wanted = getenv("WEIR_TEST_MUTANTS");
    const uint64_t mutants = wanted == NULL ? 150 : strtoull(wanted, NULL, 10);
    random_state = SEED + 5;
    for (uint32_t round = 0; round < KINDS * STAT_SETS * 2; round++) {
        struct rig rig = some_column(round, round >= KINDS * STAT_SETS);
        struct rig other = rig_new(rig.kind, rig.options.stats, 1);
        struct saved saved = save(&rig);
        for (uint64_t i = 0; i < mutants; i++) {
            struct saved mutant = saved;
            mutant.bytes = malloc(saved.count + 16);
            memcpy(mutant.bytes, saved.bytes, saved.count + 16);
            /* The first numbers of a state are the most telling. */
            const uint64_t reach = i % 2 == 0 && saved.count > 400 ? 400 : saved.count;
            const uint32_t changes = i % 4 == 3 ? 2 : 1;
            for (uint32_t k = 0; k < changes; k++) {
                const uint64_t at = 24 + random_next() % (reach - 24);
                mutant.bytes[at] =
                    random_next() % 2 == 0 ? (uint8_t)random_next() : odd_bytes[random_next() % 5];
            }
            try_mutant(&mutant, &other, &rig);
            free(mutant.bytes);
        }
        free(saved.bytes);
        rig_end(&rig);
        rig_end(&other);
    }
    print_message("%u mutants were taken\n", (unsigned)accepted);
    assert_true(accepted > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_goes_on_where_it_was_saved),
        cmocka_unit_test(loaded_parts_merge_as_the_parts_do),
        cmocka_unit_test(the_layout_is_as_documented),
        cmocka_unit_test(the_head_says_what_it_is),
        cmocka_unit_test(other_parameters_are_refused),
        cmocka_unit_test(truncated_bytes_are_refused),
        cmocka_unit_test(a_changed_byte_is_noticed),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(hostile_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
