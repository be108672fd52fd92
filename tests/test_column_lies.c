/* Saved columns that no values leave behind: each lie is refused. */
#include "saved_help.h"

#define SEED UINT64_C(0x94d049bb133111eb)

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
    case 17: column->infinite = !column->infinite; return true;
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
    case 4: table->head_length[0] = WEIR_STRINGS_HEAD_BYTES + 1; return true;
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
    print_message("seed %llx\n", (unsigned long long)SEED);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
