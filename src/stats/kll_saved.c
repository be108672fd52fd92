#include "stats/kll_levels.h"

#include "base/banned.h"

/*
 * Format notes: u64 total, u64 ordinal, f64 variances of compaction, thinning and sampling, u64
 * thinning draws, u64 offset owed, u32 its level, u32 its bits, u64 sampling draws, u64 tail draws,
 * u32 levels, for each level u64 compactions and u32 items, then the items as u64, level by level.
 * What follows from rank error and seed is not there.
 *
 * A state that is taken holds what the code relies on: levels ascend, weights make up the total,
 * all items have room, and no counter is near the end of the numbers that can be drawn.
 */

#define DRAWS_MAX (UINT64_C(1) << 39)

static uint32_t level_items(const struct weir_kll *kll, uint32_t level) {
    return kll->starts[level + 1] - kll->starts[level];
}

void weir_kll_save(const struct weir_kll *kll, struct weir_state_writer *writer) {
    uint32_t levels = WEIR_KLL_LEVELS;
    while (levels > 0 && kll->compactions[levels - 1] == 0 && level_items(kll, levels - 1) == 0) {
        levels--;
    }
    weir_state_put_u64(writer, kll->total);
    weir_state_put_u64(writer, kll->ordinal);
    weir_state_put_f64(writer, kll->variance_compact);
    weir_state_put_f64(writer, kll->variance_thin);
    weir_state_put_f64(writer, kll->variance_sample);
    weir_state_put_u64(writer, kll->thin_draws);
    weir_state_put_u64(writer, kll->thin_offset);
    weir_state_put_u32(writer, kll->thin_level);
    weir_state_put_u32(writer, kll->thin_bits);
    weir_state_put_u64(writer, kll->sample_draws);
    weir_state_put_u64(writer, kll->tail_draws);
    weir_state_put_u32(writer, levels);
    for (uint32_t level = 0; level < levels; level++) {
        weir_state_put_u64(writer, kll->compactions[level]);
        weir_state_put_u32(writer, level_items(kll, level));
    }
    weir_state_put_u64s(writer, kll->items + kll->starts[0], kll->capacity - kll->starts[0]);
}

static bool is_variance(double value) {
    return value >= 0 && __builtin_isfinite(value);
}

/* Reads how many items each level has, and places the levels at the end of the array. */
static bool load_levels(struct weir_kll *kll, struct weir_state_reader *reader) {
    const uint32_t levels = weir_state_get_u32(reader);
    uint32_t counts[WEIR_KLL_LEVELS] = {0};
    uint64_t items = 0;
    uint64_t left = kll->total;
    if (levels > WEIR_KLL_LEVELS) {
        return false;
    }
    for (uint32_t level = 0; level < levels; level++) {
        kll->compactions[level] = weir_state_get_u64(reader);
        counts[level] = weir_state_get_u32(reader);
        items += counts[level];
        if (kll->compactions[level] > DRAWS_MAX || counts[level] > left >> level) {
            return false;
        }
        left -= (uint64_t)counts[level] << level;
    }
    if (left != 0 || items > kll->capacity) {
        return false;
    }
    for (uint32_t level = WEIR_KLL_LEVELS; level-- > 0;) {
        kll->starts[level] = kll->starts[level + 1] - counts[level];
    }
    return true;
}

static bool load_items(struct weir_kll *kll, struct weir_state_reader *reader) {
    const uint32_t first = kll->starts[0];
    if (!weir_state_get_u64s(reader, kll->items + first, kll->capacity - first)) {
        return false;
    }
    for (uint32_t level = 0; level < WEIR_KLL_LEVELS; level++) {
        for (uint32_t i = kll->starts[level] + 1; i < kll->starts[level + 1]; i++) {
            if (kll->items[i - 1] > kll->items[i]) {
                return false;
            }
        }
    }
    return true;
}

bool weir_kll_load(struct weir_kll *kll, struct weir_state_reader *reader) {
    WEIR_ASSERT(kll->total == 0 && kll->starts[0] == kll->capacity);
    kll->total = weir_state_get_u64(reader);
    kll->ordinal = weir_state_get_u64(reader);
    kll->variance_compact = weir_state_get_f64(reader);
    kll->variance_thin = weir_state_get_f64(reader);
    kll->variance_sample = weir_state_get_f64(reader);
    kll->thin_draws = weir_state_get_u64(reader);
    kll->thin_offset = weir_state_get_u64(reader);
    kll->thin_level = weir_state_get_u32(reader);
    kll->thin_bits = weir_state_get_u32(reader);
    kll->sample_draws = weir_state_get_u64(reader);
    kll->tail_draws = weir_state_get_u64(reader);
    return kll->total <= WEIR_KLL_TOTAL_MAX && is_variance(kll->variance_compact) &&
           is_variance(kll->variance_thin) && is_variance(kll->variance_sample) &&
           kll->thin_draws <= DRAWS_MAX && kll->sample_draws <= DRAWS_MAX &&
           kll->tail_draws <= DRAWS_MAX && kll->thin_level < WEIR_KLL_LEVELS &&
           kll->thin_bits < WEIR_KLL_LEVELS && kll->thin_offset >> kll->thin_bits == 0 &&
           load_levels(kll, reader) && load_items(kll, reader);
}

bool weir_kll_range(const struct weir_kll *kll, uint64_t *low_ret, uint64_t *high_ret) {
    *low_ret = UINT64_MAX;
    *high_ret = 0;
    for (uint32_t level = 0; level < WEIR_KLL_LEVELS; level++) {
        if (level_items(kll, level) > 0) {
            *low_ret = weir_min_u64(*low_ret, kll->items[kll->starts[level]]);
            *high_ret = weir_max_u64(*high_ret, kll->items[kll->starts[level + 1] - 1]);
        }
    }
    return kll->total > 0;
}
