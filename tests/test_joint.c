/* Narrow indices counted together: every width and length against counting one by one. */
#include "make_parquet.h"

#include "parquet/joint.h"

static void indices_are_counted_as_if_one_by_one(void **state) {
    (void)state;
    mp_seed("joint");
    for (int round = 0; round < 300; round++) {
        uint32_t width = 1 + (uint32_t)round % WEIR_JOINT_WIDTH_MAX;
        uint32_t pieces = 1 + mp_below(4);
        uint32_t want[1u << WEIR_JOINT_WIDTH_MAX] = {0};
        uint32_t got[1u << WEIR_JOINT_WIDTH_MAX];
        uint32_t *table = mp_guarded(WEIR_JOINT_SLOTS * sizeof *table);
        uint32_t scratch_count = 8 * (1 + mp_below(70));
        uint32_t *scratch = mp_guarded(scratch_count * sizeof *scratch);
        const struct weir_unpack_kernels *kernels =
            weir_unpack_choose((enum weir_isa)(1 + mp_below(3)));
        struct weir_joint joint;
        weir_joint_open(&joint, width, table);
        for (uint32_t piece = 0; piece < pieces; piece++) {
            uint32_t values[5000];
            uint32_t count = mp_below(5000);
            uint32_t slots = (count + 7) / 8 * 8;
            struct mp_bytes bits = {0};
            for (uint32_t i = 0; i < slots; i++) {
                values[i] = (uint32_t)mp_random() >> (32 - width);
            }
            mp_pack(&bits, values, slots, width);
            /* Neither what is packed nor what is behind it may be passed. */
            size_t padded = (bits.count + 63) & ~(size_t)63;
            uint8_t *block = mp_guarded(padded);
            uint8_t *packed = block + padded - bits.count;
            if (bits.count > 0) {
                memcpy(packed, bits.data, bits.count);
            }
            uint32_t taken =
                weir_joint_add(&joint, kernels, packed, bits.count, count, scratch, scratch_count);
            assert_true(taken <= count && count - taken < 96 && taken % 8 == 0);
            for (uint32_t i = 0; i < taken; i++) {
                want[values[i]]++;
            }
            mp_unguard(block, padded);
            mp_free(&bits);
        }
        weir_joint_close(&joint, got);
        assert_memory_equal(got, want, sizeof want);
        mp_unguard(table, WEIR_JOINT_SLOTS * sizeof *table);
        mp_unguard(scratch, scratch_count * sizeof *scratch);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_are_counted_as_if_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
