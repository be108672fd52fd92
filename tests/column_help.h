/* Columns of all kinds, fed in parts: what the tests of merged and saved columns share. */
#ifndef WEIR_TESTS_COLUMN_HELP_H
#define WEIR_TESTS_COLUMN_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "column_rig.h"
#include "splitmix.h"

#include "stats/strings_state.h"

#define KINDS_ALL 0x1ffu
enum { KINDS = 9, N = 30000, TEXT_BYTES = 48 };

static const uint32_t stat_sets[] = {
    WEIR_STATS_ALL, WEIR_STATS_MOMENTS,  WEIR_STATS_QUANTILES | WEIR_STATS_DISTINCT,
    WEIR_STATS_TOP, WEIR_STATS_DISTINCT,
};
enum { STAT_SETS = sizeof stat_sets / sizeof stat_sets[0] };

static inline double random_unit(void) {
    return (double)(random_next() >> 11) * 0x1p-53;
}

/* --- Values: fixed-width bytes, views, or booleans. --------------------------------------------
 */

static uint8_t values[N * 16];
static uint8_t texts[N][TEXT_BYTES];
static struct weir_view views[N];
static uint32_t weights[N];

/* Bytes of one entry of `values`; booleans take one. */
static inline uint32_t bytes_of(enum weir_kind kind) {
    const uint32_t bytes = weir_column_value_bytes(kind);
    return bytes > 0 ? bytes : 1;
}

static inline void fill_number(enum weir_kind kind, uint8_t *at, uint32_t shape, uint32_t i) {
    const double u = random_unit();
    const uint64_t bits[2] = {random_next() >> (shape % 3 * 20),
                              shape == 2 ? random_next() : random_next() >> 40};
    double real = shape == 0 ? u - 0.3 : shape == 1 ? 1e9 + u : ldexp(u, (int)(u * 1500) - 800);
    real = shape == 3 && i % 10 == 0 ? (i % 20 ? NAN : i % 30 ? INFINITY : -INFINITY) : real;
    const float narrow = (float)real;
    const uint8_t truth = u < 0.3;
    memcpy(at,
           kind == WEIR_KIND_BOOL  ? (const void *)&truth
           : kind == WEIR_KIND_F64 ? (const void *)&real
           : kind == WEIR_KIND_F32 ? (const void *)&narrow
                                   : (const void *)bits,
           bytes_of(kind));
}

/* Told apart by their first bytes; some are longer than what is kept, some no UTF-8. */
static inline void fill_text(uint32_t i, uint64_t number, uint32_t shape) {
    memset(texts[i], shape == 3 && number % 7 == 0 ? 0xff : 'a', TEXT_BYTES);
    for (uint32_t k = 0; k < 16; k++) {
        texts[i][k] = (uint8_t)('a' + (number >> (4 * k) & 15));
    }
    views[i] = (struct weir_view){texts[i], (uint32_t)(number % 11 == 0 ? TEXT_BYTES : 16)};
    if (shape == 2 && number % 5 == 0) {
        views[i].length = 0;
    }
}

/* `pool` 0: values in plenty; else as many distinct ones at most. */
static inline void fill(enum weir_kind kind, uint32_t pool, uint32_t shape) {
    const uint64_t salt = random_next();
    for (uint32_t i = 0; i < N; i++) {
        const double u = random_unit();
        const uint64_t pick = pool > 0 ? (uint64_t)(u * u * pool) : random_next() % (4 * N);
        weights[i] = random_next() % 8 == 0 ? 0 : (uint32_t)(1 + random_next() % 9);
        if (kind == WEIR_KIND_BYTES) {
            fill_text(i, salt ^ (pick * pick * pick), shape);
        } else if (pool > 0 && i >= pool) {
            memcpy(values + (size_t)i * bytes_of(kind), values + pick * bytes_of(kind),
                   bytes_of(kind));
        } else {
            fill_number(kind, values + (size_t)i * bytes_of(kind), shape, i);
        }
    }
}

/* --- A column and its lane's scratch. ---------------------------------------------------------
 */

static inline struct rig rig_new_isa(enum weir_kind kind, uint32_t stats, uint64_t ordinal,
                                     enum weir_isa isa) {
    const struct weir_stats_options options = {
        .stats = stats, .rank_error = 0.05, .seed = 9, .isa = isa};
    return rig_among(KINDS_ALL, kind, &options, ordinal);
}

static inline struct rig rig_new(enum weir_kind kind, uint32_t stats, uint64_t ordinal) {
    return rig_new_isa(kind, stats, ordinal, WEIR_ISA_AUTO);
}

static inline void disturb(struct rig *rig) {
    rig_disturb(rig, (uint8_t)random_next());
}

/* One chunk: entries `from` up to `to`, with weights or as they are. */
static inline void feed(struct rig *rig, uint32_t from, uint32_t to, bool weighted) {
    const uint8_t *at = values + (size_t)from * bytes_of(rig->kind);
    uint64_t trues = 0;
    uint64_t all = 0;
    weir_column_chunk_begin(rig->column, rig->scratch);
    switch (rig->kind) {
    case WEIR_KIND_BOOL:
        for (uint32_t i = from; i < to; i++) {
            trues += values[i] != 0 ? (weighted ? weights[i] : 1) : 0;
            all += weighted ? weights[i] : 1;
        }
        weir_column_add_bools(rig->column, trues, all - trues);
        break;
    case WEIR_KIND_BYTES:
        weir_column_add_views(rig->column, rig->scratch, views + from,
                              weighted ? weights + from : NULL, to - from);
        break;
    default:
        if (weighted) {
            weir_column_add_fixed_weighted(rig->column, rig->scratch, at, weights + from,
                                           to - from);
        } else {
            weir_column_add_fixed(rig->column, rig->scratch, at, to - from);
        }
        break;
    }
    weir_column_chunk_end(rig->column, rig->scratch);
    weir_column_add_nulls(rig->column, (to - from) % 5);
}

/* Where parts and chunks end; which chunks have weights. */
struct cuts {
    uint32_t count; /* of chunks */
    uint32_t end[N + 1];
    bool weighted[N + 1];
    bool ends_part[N + 1];
};

/* About `parts` parts, some of them empty, each of one or more chunks. */
static inline void cut(struct cuts *cuts, uint32_t parts, bool any_weighted) {
    uint32_t at = 0;
    cuts->count = 0;
    while (at < N) {
        const uint32_t most = 2 * N / parts + 1;
        uint32_t taken = random_next() % 16 == 0 ? 0 : (uint32_t)(random_next() % most);
        taken = parts == 1 || taken > N - at ? N - at : taken;
        const uint32_t middle = at + (uint32_t)(random_next() % (taken + 1));
        const uint32_t ends[2] = {middle, at + taken};
        for (uint32_t k = 0; k < 2; k++) {
            WEIR_ASSERT(cuts->count <= N);
            cuts->end[cuts->count] = ends[k];
            cuts->weighted[cuts->count] = any_weighted && random_next() % 3 == 0;
            cuts->ends_part[cuts->count++] = k == 1;
        }
        at += taken;
    }
}

static inline void feed_all(struct rig *rig, const struct cuts *cuts) {
    for (uint32_t c = 0; c < cuts->count; c++) {
        feed(rig, c == 0 ? 0 : cuts->end[c - 1], cuts->end[c], cuts->weighted[c]);
    }
}

/* --- Everything that a column says.
 * --------------------------------------------------------------- */

enum { QUANTILES = 9 };

struct outcome {
    struct weir_result result;
    struct weir_quantile quantiles[QUANTILES];
    bool has_histogram;
    uint64_t bins[9];
    double low;
    double high;
};

static inline void outcome_of(struct rig *rig, struct outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    weir_column_end(rig->column, rig->scratch);
    weir_column_result(rig->column, rig->scratch, &outcome->result);
    for (int i = 0; i < QUANTILES; i++) {
        outcome->quantiles[i].q = i / (double)(QUANTILES - 1);
    }
    weir_column_quantiles(rig->column, rig->scratch, outcome->quantiles, QUANTILES);
    outcome->has_histogram = weir_column_histogram(rig->column, rig->scratch, 9, outcome->bins,
                                                   &outcome->low, &outcome->high);
}

static inline bool is_exact(const struct rig *rig) {
    const bool keyed = (rig->options.stats & WEIR_STATS_KEYED) != 0;
    if (rig->kind == WEIR_KIND_BYTES) {
        return keyed && !weir_column_strings(rig->column)->table.spilled;
    }
    return rig->kind == WEIR_KIND_BOOL || (keyed && !rig->column->spilled);
}

#endif
