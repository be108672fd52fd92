/*
 * A saved column of arbitrary bytes: loaded, fed, merged both ways, asked for everything.
 *
 * Length and checksum are put right first, so that mutants get behind them. Properties, besides no
 * crash: failures carry a message; what is taken is saved as the same bytes again.
 */
#include "base/crc32.h"
#include "fuzz.h"
#include "stats/column.h"

#define STATE_BYTES_MAX (256u << 10)
#define RANK_ERROR_MIN 0.001

static _Alignas(64) uint8_t block[16u << 20];
static uint8_t state[STATE_BYTES_MAX];
static uint8_t again[STATE_BYTES_MAX];
static struct weir_error error;

struct rig {
    struct weir_stats_options options;
    enum weir_kind kind;
    struct weir_scratch *scratch;
    struct weir_column *loaded;
    struct weir_column *other;
};

static void put_number(uint8_t *to, uint64_t number, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(number >> (8 * i));
    }
}

static void put_right(size_t bytes) {
    put_number(state + 16, bytes, 8);
    put_number(state + bytes - 4, weir_crc32(0, state, bytes - 4), 4);
}

static void feed(struct rig *rig, struct weir_column *column) {
    static const uint8_t values[700 * 16] = {1, 2, 3, 4, 5, 6, 7, 64, 255};
    const struct weir_view views[2] = {{values, 40}, {values + 3, 2}};
    weir_column_chunk_begin(column, rig->scratch);
    if (rig->kind == WEIR_KIND_BOOL) {
        weir_column_add_bools(column, 3, 5);
    } else if (rig->kind == WEIR_KIND_BYTES) {
        weir_column_add_views(column, rig->scratch, views, NULL, 2);
    } else {
        weir_column_add_fixed(column, rig->scratch, values, 700);
    }
    weir_column_chunk_end(column, rig->scratch);
}

static void ask(struct rig *rig, struct weir_column *column) {
    struct weir_result result;
    struct weir_quantile quantiles[3] = {{.q = 0}, {.q = 0.5}, {.q = 1}};
    uint64_t bins[5];
    double low = 0;
    double high = 0;
    weir_column_end(column, rig->scratch);
    weir_column_result(column, rig->scratch, &result);
    weir_column_quantiles(column, rig->scratch, quantiles, 3);
    (void)weir_column_histogram(column, rig->scratch, 5, bins, &low, &high);
    for (uint32_t t = 0; t < result.top_count; t++) {
        fuzz_require(result.top[t].count_low <= result.top[t].count_high);
        fuzz_require(t == 0 || result.top[t].count_low <= result.top[t - 1].count_low);
    }
    fuzz_require(!result.has_distinct || result.distinct.value <= result.count);
}

static enum weir_status load(struct rig *rig, struct weir_column *column, size_t bytes) {
    weir_error_clear(&error);
    const enum weir_status status =
        weir_column_load(column, &rig->options, rig->scratch, state, bytes, &error);
    if (status != WEIR_OK) {
        fuzz_require_failed(status, &error);
    }
    return status;
}

static void merge(struct rig *rig, struct weir_column *into, struct weir_column *from) {
    weir_error_clear(&error);
    const enum weir_status status = weir_column_merge(into, from, rig->scratch, &error);
    if (status != WEIR_OK) {
        fuzz_require_failed(status, &error);
    }
    ask(rig, into);
}

static void use(struct rig *rig, size_t bytes) {
    uint64_t written = 0;
    fuzz_require(weir_column_saved_bytes_max(rig->kind, &rig->options) >= bytes);
    fuzz_require(weir_column_save(rig->loaded, again, sizeof again, &written, &error) == WEIR_OK);
    fuzz_require(written == bytes && memcmp(again, state, bytes) == 0);
    weir_column_begin(rig->other, &rig->options, rig->kind, false, 3);
    feed(rig, rig->other);
    merge(rig, rig->other, rig->loaded);
    fuzz_require(load(rig, rig->loaded, bytes) == WEIR_OK);
    feed(rig, rig->loaded);
    merge(rig, rig->loaded, rig->other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct weir_column_saved info;
    struct weir_space space;
    struct rig rig;
    if (bytes > STATE_BYTES_MAX) {
        return 0;
    }
    memcpy(state, data, bytes);
    if (bytes >= 28) {
        put_right(bytes);
    }
    weir_error_clear(&error);
    const enum weir_status status = weir_column_saved_info(state, bytes, &info, &error);
    if (status != WEIR_OK) {
        fuzz_require_failed(status, &error);
        return 0;
    }
    if (info.rank_error < RANK_ERROR_MIN) {
        return 0;
    }
    rig.options = (struct weir_stats_options){
        .stats = info.stats, .rank_error = info.rank_error, .seed = info.seed};
    rig.kind = info.kind;
    weir_space_carve(&space, block, sizeof block);
    rig.scratch = weir_scratch_take(&space, 1u << info.kind, &rig.options);
    rig.loaded = weir_column_take(&space, 1u << info.kind, &rig.options);
    rig.other = weir_column_take(&space, 1u << info.kind, &rig.options);
    fuzz_require(!space.overflow);
    if (load(&rig, rig.loaded, bytes) == WEIR_OK && !info.unordered) {
        use(&rig, bytes);
    }
    return 0;
}
