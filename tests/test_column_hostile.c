/* Saved columns with other bytes: refused, or as harmless as any. */
#include "saved_help.h"

#define SEED UINT64_C(0x94d049bb133111eb)

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
    for (uint32_t round = 0; round < KINDS * 3; round++) {
        struct rig rig = some_column(round % (KINDS * 2), round >= KINDS);
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

static const uint8_t odd_bytes[] = {0, 1, 0x7f, 0x80, 0xff};

static void hostile_bytes_do_no_harm(void **state) {
    (void)state;
    const char *wanted = getenv("WEIR_TEST_MUTANTS");
    const uint64_t mutants = wanted == NULL ? 150 : strtoull(wanted, NULL, 10);
    random_state = SEED + 5;
    print_message("seed %llx\n", (unsigned long long)SEED);
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
        cmocka_unit_test(truncated_bytes_are_refused),
        cmocka_unit_test(a_changed_byte_is_noticed),
        cmocka_unit_test(hostile_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
