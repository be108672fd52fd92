/* The space walker: measuring and carving agree, and nothing overlaps or overflows. */
#include "make_parquet.h"

#include "base/space.h"

#define TAKES 40

struct noted {
    uint64_t calls;
    uint64_t bytes;
};

static void note(void *context, const char *name, uint64_t count, uint64_t bytes, const char *why) {
    struct noted *noted = context;
    assert_non_null(name);
    assert_non_null(why);
    assert_true(count > 0);
    noted->calls++;
    noted->bytes += bytes;
}

static void measuring_and_carving_agree_and_takes_are_apart(void **state) {
    (void)state;
    mp_seed("space");
    for (int round = 0; round < 200; round++) {
        uint64_t counts[TAKES];
        uint64_t sizes[TAKES];
        struct weir_space space;
        struct noted noted = {0, 0};
        weir_space_measure(&space, note, &noted);
        for (int i = 0; i < TAKES; i++) {
            counts[i] = 1 + mp_below(50);
            sizes[i] = 1 + mp_below(100);
            assert_null(weir_space_take(&space, "take", counts[i], sizes[i], "test"));
        }
        uint64_t measured = space.used_bytes;
        assert_int_equal(noted.calls, TAKES);
        assert_int_equal(noted.bytes, measured);
        uint8_t *block = mp_guarded((size_t)measured);
        weir_space_carve(&space, block, measured);
        uint8_t *end = block;
        for (int i = 0; i < TAKES; i++) {
            uint8_t *at = weir_space_take(&space, "take", counts[i], sizes[i], "test");
            assert_ptr_equal(at, end);
            assert_int_equal((uintptr_t)at % WEIR_SPACE_ALIGN, 0);
            uint64_t bytes = counts[i] * sizes[i];
            memset(at, i, (size_t)bytes);
            end = at + (bytes + 63) / 64 * 64;
        }
        assert_int_equal(space.used_bytes, measured);
        assert_false(space.overflow);
        weir_space_seal(&space);
        mp_unguard(block, (size_t)measured);
        /* One byte less does not hold it. */
        block = mp_guarded((size_t)measured);
        weir_space_carve(&space, block, measured - 1);
        for (int i = 0; i < TAKES; i++) {
            void *at = weir_space_take(&space, "take", counts[i], sizes[i], "test");
            assert_int_equal(at == NULL, i == TAKES - 1);
        }
        assert_true(space.overflow);
        mp_unguard(block, (size_t)measured);
    }
}

static void sizes_beyond_64_bits_stick_as_overflow(void **state) {
    static const uint64_t pairs[][2] = {{UINT64_MAX, 2},
                                        {UINT64_MAX, 1},
                                        {UINT64_MAX - 62, 1},
                                        {UINT64_C(1) << 32, UINT64_C(1) << 32}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct weir_space space;
        weir_space_measure(&space, NULL, NULL);
        (void)weir_space_take(&space, "fine", 1, 64, "");
        (void)weir_space_take(&space, "huge", pairs[i][0], pairs[i][1], "");
        assert_true(space.overflow);
        (void)weir_space_take(&space, "fine", 1, 64, "");
        assert_true(space.overflow);
        assert_int_equal(space.used_bytes, 64);
    }
    struct weir_space space; /* sums, too */
    weir_space_measure(&space, NULL, NULL);
    (void)weir_space_take(&space, "half", 1, UINT64_C(1) << 63, "");
    assert_false(space.overflow);
    (void)weir_space_take(&space, "half", 1, UINT64_C(1) << 63, "");
    assert_true(space.overflow);
}

static void taking_nothing_costs_nothing(void **state) {
    struct weir_space space;
    _Alignas(64) uint8_t block[64];
    (void)state;
    weir_space_carve(&space, block, sizeof block);
    assert_ptr_equal(weir_space_take(&space, "nothing", 0, 8, ""), block);
    assert_ptr_equal(weir_space_take(&space, "all", 64, 1, ""), block);
    assert_null(weir_space_take(&space, "more", 1, 1, ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_and_carving_agree_and_takes_are_apart),
        cmocka_unit_test(sizes_beyond_64_bits_stick_as_overflow),
        cmocka_unit_test(taking_nothing_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
