#include "stats/select.h"

#include "base/bits.h"
#include "stats/select_kernels.h"
#include "stats/select_room.h"

#include "base/banned.h"

/*
 * Numerics notes. Munro and Paterson (1980): selection in P passes needs about n^(1/P) memory. Here
 * the first guess comes from a sketch and leaves a share of about its rank error, and each pass
 * that cannot collect an interval cuts it into `capacity` bins: a width of at most 2^b keys becomes
 * at most 2^(b - floor(log2 capacity)). Intervals shrink in keys, not in values, so the bound holds
 * for any values; few passes come near it, as what an interval holds is collected once it fits.
 */

uint64_t weir_select_bytes(uint64_t words) {
    return sizeof(struct weir_select) + (words + 1) / 2 * 16;
}

uint64_t weir_select_words_min(uint32_t targets, bool wide) {
    return (uint64_t)targets * WEIR_SELECT_ENTRIES_MIN * weir_select_entry_words(wide);
}

static uint32_t capacity_of(uint64_t words, uint32_t intervals, bool wide) {
    const uint64_t entries = words / intervals / weir_select_entry_words(wide);
    return (uint32_t)weir_min_u64(entries, UINT32_MAX);
}

uint32_t weir_select_passes(uint64_t words, uint32_t targets, bool wide, uint32_t bits) {
    WEIR_ASSERT(targets > 0 && targets <= WEIR_SELECT_TARGETS_MAX);
    WEIR_ASSERT(words >= weir_select_words_min(targets, wide));
    const uint32_t step = weir_bit_width(capacity_of(words, targets, wide)) - 1;
    return 1 + (bits + step - 1) / step;
}

void weir_select_begin(struct weir_select *select, uint64_t words, enum weir_isa isa, bool wide,
                       uint64_t total, weir_uint128 low, weir_uint128 high) {
    WEIR_ASSERT(low <= high);
    memset(select, 0, sizeof *select);
    select->words_count = words;
    select->isa = isa;
    select->wide = wide;
    select->total = total;
    select->low = low;
    select->high = high;
}

void weir_select_target(struct weir_select *select, uint64_t rank, weir_uint128 low,
                        weir_uint128 high) {
    WEIR_ASSERT(rank >= 1 && rank <= select->total);
    struct weir_select_target *targets = select->targets;
    uint32_t at = select->targets_count;
    while (at > 0 && targets[at - 1].rank >= rank) {
        at--;
    }
    if (at < select->targets_count && targets[at].rank == rank) {
        return;
    }
    WEIR_ASSERT(select->targets_count < WEIR_SELECT_TARGETS_MAX);
    WEIR_ASSERT(select->words_count >=
                weir_select_words_min(select->targets_count + 1, select->wide));
    memmove(targets + at + 1, targets + at, (select->targets_count - at) * sizeof *targets);
    select->targets_count++;
    /* A guess outside the range of keys is none. */
    low = low < select->low ? select->low : low;
    high = high > select->high ? select->high : high;
    const bool some = low <= high;
    targets[at] = (struct weir_select_target){
        .rank = rank, .low = some ? low : select->low, .high = some ? high : select->high};
}

/* --- A pass: intervals and bounds. --------------------------------------------------------- */

/* Lists the open targets' intervals, ascending, those that overlap made one. */
static void find_intervals(struct weir_select *select) {
    struct weir_select_interval *intervals = select->intervals;
    uint32_t count = 0;
    for (uint32_t i = 0; i < select->targets_count; i++) {
        const struct weir_select_target *target = &select->targets[i];
        if (target->done) {
            continue;
        }
        uint32_t at = count++;
        for (; at > 0 && intervals[at - 1].low > target->low; at--) {
            intervals[at] = intervals[at - 1];
        }
        intervals[at] = (struct weir_select_interval){.low = target->low,
                                                      .high = target->high,
                                                      .below = target->below,
                                                      .count = target->count,
                                                      .known = target->known};
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct weir_select_interval *last = kept > 0 ? &intervals[kept - 1] : NULL;
        const struct weir_select_interval *next = &intervals[i];
        if (last == NULL || next->low > last->high) {
            intervals[kept++] = *next;
        } else if (next->low != last->low || next->high != last->high) {
            last->high = next->high > last->high ? next->high : last->high;
            last->known = false;
        }
    }
    select->intervals_count = kept;
}

/* A key is above `low - 1` where it is in an interval or above it, and above `high` behind it. */
static void find_bounds(struct weir_select *select) {
    uint32_t count = 0;
    memset(select->bounds, 0xff, sizeof select->bounds);
    select->first = select->intervals[0].low == 0;
    for (uint32_t i = 0; i < select->intervals_count; i++) {
        const struct weir_select_interval *interval = &select->intervals[i];
        if (interval->low != 0) {
            select->wide_bounds[count++] = interval->low - 1;
        }
        select->wide_bounds[count++] = interval->high;
    }
    for (uint32_t i = 0; i < count; i++) {
        select->bounds[i] = (uint64_t)select->wide_bounds[i];
    }
    select->bounds_count = count;
}

bool weir_select_pass(struct weir_select *select) {
    find_intervals(select);
    if (select->intervals_count == 0) {
        return false;
    }
    find_bounds(select);
    memset(select->counts, 0, sizeof select->counts);
    const uint32_t capacity =
        capacity_of(select->words_count, select->intervals_count, select->wide);
    for (uint32_t i = 0; i < select->intervals_count; i++) {
        struct weir_select_interval *interval = &select->intervals[i];
        interval->capacity = capacity;
        interval->offset = (uint64_t)i * capacity * weir_select_entry_words(select->wide);
        weir_select_room_begin(select, interval);
    }
    return true;
}

/* --- A pass: values. ------------------------------------------------------------------------ */

#define TILE WEIR_SELECT_TILE

static const struct weir_select_kernels *kernels_of(enum weir_isa isa) {
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX512) {
        return &weir_select_kernels_avx512;
    }
    if (isa == WEIR_ISA_AVX2) {
        return &weir_select_kernels_avx2;
    }
#endif
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
    return &weir_select_kernels_scalar;
}

static void place_wides(const struct weir_select *select, const weir_uint128 *keys, uint32_t count,
                        uint8_t *places_ret) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t low = 0;
        for (uint32_t high = select->bounds_count; low < high;) {
            const uint32_t middle = low + (high - low) / 2;
            const bool above = select->wide_bounds[middle] < keys[i];
            low = above ? middle + 1 : low;
            high = above ? high : middle;
        }
        places_ret[i] = (uint8_t)(select->first + low);
    }
}

/* Adds up a tile's values by segment and hands those in intervals to their rooms. */
static void take_tile(struct weir_select *select, const struct weir_select_kernels *kernels,
                      const uint64_t *keys, const weir_uint128 *wides, const uint32_t *weights,
                      uint32_t count) {
    uint8_t places[TILE];
    uint16_t inside[TILE + WEIR_SELECT_INSIDE_ROOM];
    WEIR_ASSERT(keys != NULL || wides != NULL);
    if (wides == NULL) {
        kernels->place(keys, count, select->bounds, select->bounds_count, select->first, places);
    } else {
        place_wides(select, wides, count, places);
    }
    if (weights == NULL) {
        kernels->tally(places, count, 2 * select->intervals_count + 1, select->counts);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            select->counts[places[i]] += weights[i];
        }
    }
    const uint32_t found = kernels->inside(places, count, inside);
    for (uint32_t i = 0; i < found; i++) {
        const uint32_t at = inside[i];
        struct weir_select_interval *interval = &select->intervals[places[at] / 2];
        const uint64_t weight = weights == NULL ? 1 : weights[at];
        if (interval->mode != WEIR_SELECT_COUNT && weight != 0) {
            weir_select_room_add(select, interval, wides == NULL ? keys[at] : wides[at], weight);
        }
    }
}

void weir_select_add(struct weir_select *select, const uint64_t *keys, const uint32_t *weights,
                     uint32_t count) {
    const struct weir_select_kernels *kernels = kernels_of(select->isa);
    WEIR_ASSERT(!select->wide && select->intervals_count > 0);
    for (uint32_t done = 0; done < count; done += TILE) {
        const uint32_t taken = (uint32_t)weir_min_u64(count - done, TILE);
        take_tile(select, kernels, keys + done, NULL, weights == NULL ? NULL : weights + done,
                  taken);
    }
}

void weir_select_add_wide(struct weir_select *select, const weir_uint128 *keys,
                          const uint32_t *weights, uint32_t count) {
    const struct weir_select_kernels *kernels = kernels_of(select->isa);
    WEIR_ASSERT(select->wide && select->intervals_count > 0);
    for (uint32_t done = 0; done < count; done += TILE) {
        const uint32_t taken = (uint32_t)weir_min_u64(count - done, TILE);
        take_tile(select, kernels, NULL, keys + done, weights == NULL ? NULL : weights + done,
                  taken);
    }
}

/* --- The end of a pass. --------------------------------------------------------------------- */

/* Whether the pass has brought what those before it have, as far as it can tell. */
static bool counts_agree(struct weir_select *select) {
    uint64_t seen = 0;
    bool agree = true;
    for (uint32_t i = 0; i < select->intervals_count; i++) {
        struct weir_select_interval *interval = &select->intervals[i];
        const uint64_t count = select->counts[2 * i + 1];
        seen += select->counts[2 * i];
        if (interval->known && (interval->below != seen || interval->count != count)) {
            agree = false;
        }
        interval->count = count;
        seen += count;
    }
    return agree && seen + select->counts[2 * select->intervals_count] == select->total;
}

/* The keys between two intervals; false where there are none. */
static bool gap_keys(const struct weir_select *select, uint32_t gap, weir_uint128 *low_ret,
                     weir_uint128 *high_ret) {
    const bool is_first = gap == 0;
    const bool is_last = gap == select->intervals_count;
    if ((!is_first && select->intervals[gap - 1].high == ~(weir_uint128)0) ||
        (!is_last && select->intervals[gap].low == 0)) {
        return false;
    }
    *low_ret = is_first ? select->low : select->intervals[gap - 1].high + 1;
    *high_ret = is_last ? select->high : select->intervals[gap].low - 1;
    return *low_ret <= *high_ret;
}

/* Narrows a target to what its segment tells. False where the keys are not in the range that was
 * promised. */
static bool narrow(struct weir_select *select, struct weir_select_target *target, uint32_t segment,
                   uint64_t below) {
    const uint64_t rank = target->rank - below;
    target->known = true;
    if ((segment & 1) == 0) {
        target->below = below;
        target->count = select->counts[segment];
        if (!gap_keys(select, segment / 2, &target->low, &target->high)) {
            return false;
        }
    } else {
        struct weir_select_interval *interval = &select->intervals[segment / 2];
        if (interval->mode == WEIR_SELECT_BINS) {
            weir_select_room_bin(select, interval, rank, target);
        } else if (interval->mode == WEIR_SELECT_COLLECT) {
            target->low = weir_select_room_key(select, interval, rank);
            target->high = target->low;
        } else {
            target->low = interval->low;
            target->high = interval->low;
        }
    }
    target->done = target->low == target->high;
    return true;
}

bool weir_select_pass_end(struct weir_select *select) {
    WEIR_ASSERT(select->intervals_count > 0);
    select->passes++;
    if (!counts_agree(select)) {
        return false;
    }
    uint32_t segment = 0;
    uint64_t below = 0;
    for (uint32_t i = 0; i < select->targets_count; i++) {
        struct weir_select_target *target = &select->targets[i];
        if (target->done) {
            continue;
        }
        while (target->rank - below > select->counts[segment]) {
            below += select->counts[segment++];
            WEIR_ASSERT(segment <= 2 * select->intervals_count);
        }
        if (!narrow(select, target, segment, below)) {
            return false;
        }
    }
    return true;
}

bool weir_select_answer(const struct weir_select *select, uint64_t rank, weir_uint128 *key_ret) {
    for (uint32_t i = 0; i < select->targets_count; i++) {
        if (select->targets[i].rank == rank && select->targets[i].done) {
            *key_ret = select->targets[i].low;
            return true;
        }
    }
    return false;
}
