/* A column and a scratch in memory of exact size, for tests that feed columns directly. */
#ifndef TESTS_COLUMN_RIG_H
#define TESTS_COLUMN_RIG_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/column_state.h"

struct rig {
    struct weir_stats_options options;
    enum weir_kind kind;
    uint8_t *memory;
    uint64_t scratch_bytes;
    uint64_t slot_bytes;
    struct weir_scratch *scratch;
    struct weir_column *column;
};

/* Room for columns of all `kinds` (a set), with a column of one of them. */
static inline struct rig rig_among(uint32_t kinds, enum weir_kind kind,
                                   const struct weir_stats_options *options, uint64_t ordinal) {
    struct rig rig = {.options = *options, .kind = kind};
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_scratch_take(&space, kinds, options);
    rig.scratch_bytes = space.used_bytes;
    (void)weir_column_take(&space, kinds, options);
    rig.slot_bytes = space.used_bytes - rig.scratch_bytes;
    const uint64_t bytes = space.used_bytes;
    rig.memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    memset(rig.memory, 0xa5, bytes);
    weir_space_carve(&space, rig.memory, bytes);
    rig.scratch = weir_scratch_take(&space, kinds, options);
    rig.column = weir_column_take(&space, kinds, options);
    weir_column_begin(rig.column, options, kind, false, ordinal);
    return rig;
}

static inline struct rig rig_with(enum weir_kind kind, const struct weir_stats_options *options,
                                  uint64_t ordinal) {
    return rig_among(1u << kind, kind, options, ordinal);
}

static inline void rig_end(struct rig *rig) {
    free(rig->memory);
}

/* Between two chunks the lane's scratch serves other columns: nothing of this one is left there. */
static inline void rig_disturb(struct rig *rig, uint8_t byte) {
    const uint64_t head = (sizeof(struct weir_scratch) + 63) / 64 * 64;
    memset(rig->memory + head, byte, rig->scratch_bytes - head);
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
