/* A column and a scratch in memory of their own, for tests that feed columns directly. */
#ifndef TESTS_COLUMN_RIG_H
#define TESTS_COLUMN_RIG_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/column.h"

struct rig {
    uint8_t *memory;
    struct weir_scratch *scratch;
    struct weir_column *column;
};

static inline struct rig rig_new(enum weir_kind kind, const struct weir_stats_options *options,
                                 uint64_t ordinal) {
    struct rig rig;
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_scratch_take(&space, 1u << kind, options);
    (void)weir_column_take(&space, 1u << kind, options);
    const uint64_t bytes = (space.used_bytes + 63) / 64 * 64;
    rig.memory = aligned_alloc(64, bytes);
    weir_space_carve(&space, rig.memory, bytes);
    rig.scratch = weir_scratch_take(&space, 1u << kind, options);
    rig.column = weir_column_take(&space, 1u << kind, options);
    weir_column_begin(rig.column, options, kind, false, ordinal);
    return rig;
}

/* One column chunk; weights == NULL means 1 each. */
static inline void rig_feed(struct rig *rig, const void *values, const uint32_t *weights,
                            uint64_t count) {
    weir_column_chunk_begin(rig->column, rig->scratch);
    if (weights == NULL) {
        weir_column_add_fixed(rig->column, rig->scratch, values, count);
    } else {
        weir_column_add_fixed_weighted(rig->column, rig->scratch, values, weights, count);
    }
    weir_column_chunk_end(rig->column, rig->scratch);
}

static inline struct weir_result rig_result(struct rig *rig) {
    struct weir_result result;
    weir_column_end(rig->column, rig->scratch);
    weir_column_result(rig->column, rig->scratch, &result);
    return result;
}

/* Distance in units in the last place of the exact figure. */
static inline double ulps(double got, double exact) {
    const double size = fabs(exact);
    const double unit = size > 0 ? nextafter(size, INFINITY) - size : 0x1p-1074;
    return got == exact ? 0 : fabs(got - exact) / unit;
}

#endif
