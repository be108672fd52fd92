#include "parquet/unpack.h"

#include "base/bits.h"
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

/* Indices are loaded two at a time: beside the counters they cost half as many loads. */
static uint32_t count_in_one(uint32_t *counters, const uint32_t *values, uint32_t count) {
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        uint64_t first = weir_load_u64(values + i);
        uint64_t second = weir_load_u64(values + i + 2);
        counters[(uint32_t)first]++;
        counters[first >> 32]++;
        counters[(uint32_t)second]++;
        counters[second >> 32]++;
    }
    return i;
}

static uint32_t count_in_four(uint32_t *counters, const uint32_t *values, uint32_t count,
                              uint32_t span) {
    uint32_t *two = counters + span;
    uint32_t *three = two + span;
    uint32_t *four = three + span;
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        uint64_t first = weir_load_u64(values + i);
        uint64_t second = weir_load_u64(values + i + 2);
        counters[(uint32_t)first]++;
        two[first >> 32]++;
        three[(uint32_t)second]++;
        four[second >> 32]++;
    }
    return i;
}

void weir_count_indices(uint32_t *counters, uint32_t tables, const uint32_t *values, uint32_t count,
                        uint32_t largest, uint32_t low, uint32_t span) {
    WEIR_ASSERT(tables == 1 || tables == 4);
    uint32_t i = 0;
    if (low == 0 && largest < span) {
        i = tables == 4 ? count_in_four(counters, values, count, span)
                        : count_in_one(counters, values, count);
    }
    for (; i < count; i++) {
        uint32_t slot = values[i] - low; /* wraps to a large number below low */
        if (slot < span) {
            counters[slot]++;
        }
    }
}
