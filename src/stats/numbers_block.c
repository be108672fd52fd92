#include "stats/numbers_block.h"

#include "base/banned.h"

/*
 * Numerics notes. A block is read twice. The first pass gives the mean: exactly for integers, to
 * about 100 bits for floats. The second sums powers of the differences to that mean, rounded to
 * the nearest integer or double; the small rest (`delta`) is put right by the binomial formulas.
 */

#define BLOCK_VALUES_MAX 4096u
#define TOP_BIT (UINT64_C(1) << 63)

struct tables {
    const struct weir_number_table *floats;
    const struct weir_number_table *integers;
};

static struct tables tables_of(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX512) {
        return (struct tables){&weir_number_floats_avx512, &weir_number_integers_avx512};
    }
    if (isa == WEIR_ISA_AVX2) {
        return (struct tables){&weir_number_floats_avx2, &weir_number_integers_avx2};
    }
#endif
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
    return (struct tables){&weir_number_floats_scalar, &weir_number_integers_scalar};
}

static size_t bytes_of(enum weir_kind kind) {
    bool wide = kind == WEIR_KIND_F64 || kind == WEIR_KIND_I64 || kind == WEIR_KIND_U64;
    return wide ? 8 : 4;
}

/* Whole groups of eight by the chosen table, the rest by the scalar one. */
void weir_number_run(struct weir_number_block *block, enum weir_number_kernel kernel) {
    const uint32_t count = block->span.count;
    const uint32_t whole = count & ~7u;
    weir_number_function *function = block->table->run[kernel][block->kind];
    WEIR_ASSERT(function != NULL);
    struct weir_number_span span = block->span;
    if (whole > 0) {
        span.count = whole;
        function(&span, &block->lanes);
    }
    if (whole < count) {
        span.count = count - whole;
        span.values += whole * bytes_of(block->kind);
        span.weights = span.weights == NULL ? NULL : span.weights + whole;
        block->scalar->run[kernel][block->kind](&span, &block->lanes);
    }
}

void weir_number_lanes_begin(struct weir_number_lanes *lanes) {
    memset(lanes, 0, sizeof *lanes);
    for (uint32_t i = 0; i < WEIR_NUMBER_LANES; i++) {
        lanes->min[i] = (double)__builtin_inff();
        lanes->max[i] = -(double)__builtin_inff();
        lanes->least[i] = INT64_MAX;
        lanes->most[i] = TOP_BIT;
    }
}

uint64_t weir_number_total(const uint64_t lanes[WEIR_NUMBER_LANES]) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < WEIR_NUMBER_LANES; i++) {
        total += lanes[i];
    }
    return total;
}

/* The fixed reduction: 8 lanes to 4, 2, 1. */
struct weir_twofold weir_number_reduce(const double sums[WEIR_NUMBER_LANES],
                                       const double errors[WEIR_NUMBER_LANES]) {
    double high[WEIR_NUMBER_LANES];
    double low[WEIR_NUMBER_LANES];
    memcpy(high, sums, sizeof high);
    memcpy(low, errors, sizeof low);
    for (uint32_t width = 4; width > 0; width /= 2) {
        for (uint32_t i = 0; i < width; i++) {
            struct weir_twofold pair = weir_twofold_sum(high[i], high[i + width]);
            high[i] = pair.high;
            low[i] = (low[i] + low[i + width]) + pair.low;
        }
    }
    return weir_twofold_sum(high[0], low[0]);
}

static double tree_of(const double lanes[WEIR_NUMBER_LANES]) {
    double four[4];
    for (uint32_t i = 0; i < 4; i++) {
        four[i] = lanes[i] + lanes[i + 4];
    }
    return (four[0] + four[2]) + (four[1] + four[3]);
}

struct weir_number_powers weir_number_powers(const struct weir_number_lanes *lanes) {
    return (struct weir_number_powers){
        .second = weir_number_reduce(lanes->powers[0], lanes->square_errors),
        .third = tree_of(lanes->powers[1]),
        .fourth = tree_of(lanes->powers[2]),
    };
}

void weir_numbers_block(struct weir_numbers *numbers, enum weir_isa isa, const void *values,
                        const uint32_t *weights, uint32_t count) {
    const enum weir_kind kind = numbers->kind;
    WEIR_ASSERT(kind != WEIR_KIND_BOOL && kind != WEIR_KIND_BYTES);
    WEIR_ASSERT(count <= BLOCK_VALUES_MAX);
    if (count == 0) {
        return;
    }
    if (kind == WEIR_KIND_I128) {
        weir_numbers_add_wides(numbers, values, weights, count);
        return;
    }
    const bool real = kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64;
    struct tables tables = tables_of(isa);
    struct weir_number_block block;
    block.table = real ? tables.floats : tables.integers;
    block.scalar = real ? &weir_number_floats_scalar : &weir_number_integers_scalar;
    block.kind = kind;
    block.span = (struct weir_number_span){
        .values = values, .weights = weights, .count = count, .factor = 1.0};
    if (real) {
        weir_numbers_add_floats(numbers, &block);
    } else {
        weir_numbers_add_integers(numbers, &block);
    }
}
