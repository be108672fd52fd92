#include "parquet/unpack.h"

#include "parquet/unpack_kernels.h"

#include "base/banned.h"

void weir_unpack_plan(struct weir_unpack_plan *plan, uint32_t width) {
    WEIR_ASSERT(width <= 32);
    plan->width = width;
    for (uint32_t value = 0; value < 16; value++) {
        uint32_t bit = value * width;
        plan->shift_of[value] = bit % 8;
        for (uint32_t byte = 0; byte < 4; byte++) {
            plan->byte_of[4 * value + byte] = (uint8_t)((bit / 8 + byte) & 63);
        }
    }
}

const struct weir_unpack_kernels *weir_unpack_choose(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    switch (weir_isa_choose(isa)) {
    case WEIR_ISA_AVX512: return &weir_unpack_avx512;
    case WEIR_ISA_AVX2: return &weir_unpack_avx2;
    default: break;
    }
#endif
    (void)isa;
    return &weir_unpack_scalar;
}

void weir_count_indices(uint32_t *counters, uint32_t tables, const uint32_t *values, uint32_t count,
                        uint32_t largest, uint32_t low, uint32_t span) {
    WEIR_ASSERT(tables == 1 || tables == 4);
    uint32_t i = 0;
    if (low == 0 && largest < span && tables == 4) {
        uint32_t *second = counters + span;
        uint32_t *third = second + span;
        uint32_t *fourth = third + span;
        for (; i + 4 <= count; i += 4) {
            counters[values[i]]++;
            second[values[i + 1]]++;
            third[values[i + 2]]++;
            fourth[values[i + 3]]++;
        }
    } else if (low == 0 && largest < span) {
        for (; i < count; i++) {
            counters[values[i]]++;
        }
    }
    for (; i < count; i++) {
        uint32_t slot = values[i] - low; /* wraps to a large number below low */
        if (slot < span) {
            counters[slot]++;
        }
    }
}
