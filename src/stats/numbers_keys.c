#include "stats/numbers.h"

#include "base/bits.h"
#include "stats/numbers_kernels.h"

#include "base/banned.h"

#define TOP_BIT (UINT64_C(1) << 63)

static const struct weir_number_keys_table *keys_table_of(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX512) {
        return &weir_number_keys_avx512;
    }
    if (isa == WEIR_ISA_AVX2) {
        return &weir_number_keys_avx2;
    }
#endif
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
    return &weir_number_keys_scalar;
}

uint32_t weir_numbers_keys(enum weir_isa isa, enum weir_kind kind, const void *values,
                           const uint32_t *weights, uint32_t count, uint64_t *keys_ret,
                           uint32_t *weights_ret) {
    WEIR_ASSERT(kind > WEIR_KIND_BOOL && kind < WEIR_KIND_BYTES);
    uint32_t kept = keys_table_of(isa)->run[kind](values, weights, count, keys_ret, weights_ret);
    WEIR_ASSERT(kept <= count);
    return kept;
}

struct weir_value weir_value_of_key(enum weir_kind kind, uint64_t key) {
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    value.present = true;
    switch (kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: value.u64 = key ^ TOP_BIT; break;
    case WEIR_KIND_F32:
    case WEIR_KIND_F64:
        value.f64 = weir_double_of_bits(key ^ (key & TOP_BIT ? TOP_BIT : UINT64_MAX));
        break;
    default:
        WEIR_ASSERT(kind != WEIR_KIND_BYTES);
        value.u64 = key;
        break;
    }
    return value;
}
