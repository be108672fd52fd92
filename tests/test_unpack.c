/* Bit unpacking and counting: every width against one bit at a time, on every instruction set. */
#include "make_parquet.h"

#include "parquet/unpack.h"

/* Bit i of the stream, least significant first: the definition. */
static uint32_t bit_by_bit(const uint8_t *in, uint64_t bit, uint32_t width) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint32_t)(in[(bit + i) / 8] >> ((bit + i) % 8) & 1) << i;
    }
    return value;
}

static void every_width_and_length_unpacks(void **state) {
    (void)state;
    mp_seed("unpack");
    for (uint32_t isa = WEIR_ISA_SCALAR; isa <= WEIR_ISA_AVX512; isa++) {
        weir_unpack_function *unpack = weir_unpack_choose((enum weir_isa)isa)->unpack;
        for (uint32_t width = 0; width <= 32; width++) {
            struct weir_unpack_plan plan;
            weir_unpack_plan(&plan, width);
            for (uint32_t count = 0; count <= 4096;
                 count = count < 136 ? count + 8 : count * 2 + 8) {
                size_t bytes = (size_t)count * width / 8;
                /* Both ends at a guard page: neither a load nor a store may pass them. */
                size_t padded = (bytes + 63) & ~(size_t)63;
                uint8_t *block = mp_guarded(padded);
                uint8_t *in = block + (padded - bytes);
                uint32_t *out = mp_guarded(count * sizeof *out);
                uint32_t *to =
                    out + (((count * sizeof *out + 63) & ~(size_t)63) / sizeof *out - count);
                for (size_t i = 0; i < bytes; i++) {
                    in[i] = (uint8_t)mp_random();
                }
                unpack(&plan, in, bytes, to, count);
                for (uint32_t i = 0; i < count; i++) {
                    assert_int_equal(to[i], bit_by_bit(in, (uint64_t)i * width, width));
                }
                mp_unguard(block, padded);
                mp_unguard(out, count * sizeof *out);
            }
        }
    }
}

static void bytes_behind_the_values_change_nothing(void **state) {
    uint8_t in[600];
    uint32_t want[128];
    uint32_t got[128];
    (void)state;
    mp_seed("unpack slack");
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)mp_random();
    }
    for (uint32_t isa = WEIR_ISA_SCALAR; isa <= WEIR_ISA_AVX512; isa++) {
        weir_unpack_function *unpack = weir_unpack_choose((enum weir_isa)isa)->unpack;
        for (uint32_t width = 1; width <= 32; width++) {
            struct weir_unpack_plan plan;
            weir_unpack_plan(&plan, width);
            unpack(&plan, in, 16 * width, want, 128);
            for (size_t more = 1; more < 80; more += 7) {
                unpack(&plan, in, 16 * width + more, got, 128);
                assert_memory_equal(got, want, sizeof want);
            }
        }
    }
}

static void indices_are_counted_inside_the_slice_only(void **state) {
    (void)state;
    mp_seed("counting");
    for (int round = 0; round < 300; round++) {
        uint32_t span = 1 + mp_below(300);
        uint32_t low = mp_below(2) == 0 ? 0 : mp_below(1000);
        uint32_t tables = mp_below(2) == 0 ? 1 : 4;
        uint32_t count = mp_below(500);
        uint32_t *counters = mp_guarded(tables * span * sizeof *counters);
        uint32_t values[500];
        uint32_t want[300] = {0};
        uint32_t largest = 0;
        memset(counters, 0, tables * span * sizeof *counters);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t dice = mp_below(20);
            values[i] = dice == 0 ? (uint32_t)mp_random() : low + mp_below(span);
            values[i] = dice == 1 && low > 0 ? low - 1 : dice == 2 ? low + span : values[i];
            values[i] = mp_below(2) == 0 && round % 3 == 0 ? low + mp_below(span) : values[i];
            largest = values[i] > largest ? values[i] : largest;
            if (values[i] >= low && values[i] - low < span) {
                want[values[i] - low]++;
            }
        }
        for (int isa = WEIR_ISA_SCALAR; isa <= (int)weir_isa_best(); isa++) {
            const struct weir_unpack_kernels *kernels = weir_unpack_choose((enum weir_isa)isa);
            assert_int_equal(kernels->largest(values, count), largest);
        }
        weir_count_indices(counters, tables, values, count, largest, low, span);
        for (uint32_t i = 0; i < span; i++) {
            uint32_t sum = 0;
            for (uint32_t table = 0; table < tables; table++) {
                sum += counters[table * span + i];
            }
            assert_int_equal(sum, want[i]);
        }
        mp_unguard(counters, tables * span * sizeof *counters);
    }
}

static void counting_nothing_gives_zero(void **state) {
    uint32_t counter = 0;
    (void)state;
    assert_int_equal(weir_unpack_choose(WEIR_ISA_AUTO)->largest(NULL, 0), 0);
    weir_count_indices(&counter, 1, NULL, 0, 0, 0, 1);
    assert_int_equal(counter, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_and_length_unpacks),
        cmocka_unit_test(bytes_behind_the_values_change_nothing),
        cmocka_unit_test(indices_are_counted_inside_the_slice_only),
        cmocka_unit_test(counting_nothing_gives_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
