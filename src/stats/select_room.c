#include "stats/select_room.h"

#include "base/bits.h"
#include "base/hash.h"

#include "base/banned.h"

/*
 * Notes. Keys are chosen by whoever wrote the file, so that they all hash to one place costs
 * PROBES_MAX steps each and no more: a key that finds no place in so many steps, or a table that is
 * three quarters full, turns the table into bins. Nothing is lost then, as bins are coarser than
 * keys. Bins lie in the same words as the counts of the table.
 */
#define PROBES_MAX 64u

/* What a place of the table says in place of its key once its count belongs to a bin. */
#define IS_BIN UINT64_MAX

static uint64_t *counts_of(struct weir_select *select,
                           const struct weir_select_interval *interval) {
    return select->words + interval->offset;
}

static weir_uint128 key_at(const struct weir_select *select,
                           const struct weir_select_interval *interval, uint32_t at) {
    const uint64_t *keys = select->words + interval->offset + interval->capacity;
    const weir_uint128 low = keys[at];
    return select->wide ? low | (weir_uint128)keys[interval->capacity + at] << 64 : low;
}

static void set_key(struct weir_select *select, const struct weir_select_interval *interval,
                    uint32_t at, weir_uint128 key) {
    uint64_t *keys = select->words + interval->offset + interval->capacity;
    keys[at] = (uint64_t)key;
    if (select->wide) {
        keys[interval->capacity + at] = (uint64_t)(key >> 64);
    }
}

static uint32_t wide_bit_width(weir_uint128 value) {
    const uint64_t high = (uint64_t)(value >> 64);
    return high != 0 ? 64 + weir_bit_width(high) : weir_bit_width((uint64_t)value);
}

void weir_select_room_begin(struct weir_select *select, struct weir_select_interval *interval) {
    const weir_uint128 width = interval->high - interval->low; /* less one */
    WEIR_ASSERT(interval->low <= interval->high);
    WEIR_ASSERT(interval->capacity >= WEIR_SELECT_ENTRIES_MIN);
    interval->used = 0;
    interval->shift = 0;
    while (width >> interval->shift >= interval->capacity) {
        interval->shift++;
    }
    interval->mode = width == 0             ? WEIR_SELECT_COUNT
                     : interval->shift == 0 ? WEIR_SELECT_BINS
                                            : WEIR_SELECT_COLLECT;
    memset(counts_of(select, interval), 0, interval->capacity * sizeof(uint64_t));
}

/* Counts a key in the table; false when it finds no place. */
static bool collect(struct weir_select *select, struct weir_select_interval *interval,
                    weir_uint128 key, uint64_t weight) {
    uint64_t *counts = counts_of(select, interval);
    const uint32_t capacity = interval->capacity;
    const uint64_t hash = weir_hash_u64((uint64_t)key ^ (uint64_t)(key >> 64) * 3);
    uint32_t at = (uint32_t)((weir_uint128)hash * capacity >> 64);
    for (uint32_t probe = 0; probe < PROBES_MAX; probe++) {
        if (counts[at] == 0) {
            if (interval->used >= capacity - capacity / 4) {
                return false;
            }
            interval->used++;
            set_key(select, interval, at, key);
            counts[at] = weight;
            return true;
        }
        if (key_at(select, interval, at) == key) {
            counts[at] += weight;
            return true;
        }
        at = at + 1 == capacity ? 0 : at + 1;
    }
    return false;
}

/*
 * Turns the table into bins, in place. Each entry's count is to be added to the word of its bin,
 * which may still be another entry's count: that one is lifted out and goes on to its own bin.
 */
static void to_bins(struct weir_select *select, struct weir_select_interval *interval) {
    uint64_t *counts = counts_of(select, interval);
    uint64_t *bins = counts + interval->capacity; /* of entries not yet moved */
    for (uint32_t i = 0; i < interval->capacity; i++) {
        const weir_uint128 key = key_at(select, interval, i);
        bins[i] = counts[i] == 0 ? 0 : (uint64_t)((key - interval->low) >> interval->shift);
    }
    for (uint32_t i = 0; i < interval->capacity; i++) {
        if (bins[i] == IS_BIN) {
            continue;
        }
        uint64_t bin = bins[i];
        uint64_t count = counts[i];
        bins[i] = IS_BIN;
        counts[i] = 0;
        while (count != 0 && bins[bin] != IS_BIN) {
            const uint64_t next_bin = bins[bin];
            const uint64_t next_count = counts[bin];
            bins[bin] = IS_BIN;
            counts[bin] = count;
            bin = next_bin;
            count = next_count;
        }
        counts[bin] += count;
    }
    interval->mode = WEIR_SELECT_BINS;
}

void weir_select_room_add(struct weir_select *select, struct weir_select_interval *interval,
                          weir_uint128 key, uint64_t weight) {
    WEIR_ASSERT_HOT(interval->mode != WEIR_SELECT_COUNT && weight != 0);
    if (interval->mode == WEIR_SELECT_COLLECT) {
        if (collect(select, interval, key, weight)) {
            return;
        }
        to_bins(select, interval);
    }
    const uint64_t bin = (uint64_t)((key - interval->low) >> interval->shift);
    WEIR_ASSERT_HOT(bin < interval->capacity);
    counts_of(select, interval)[bin] += weight;
}

/* Moves the entries to the front. */
static void gather(struct weir_select *select, const struct weir_select_interval *interval) {
    uint64_t *counts = counts_of(select, interval);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < interval->capacity && kept < interval->used; i++) {
        if (counts[i] == 0) {
            continue;
        }
        if (i != kept) {
            set_key(select, interval, kept, key_at(select, interval, i));
            counts[kept] = counts[i];
            counts[i] = 0;
        }
        kept++;
    }
    WEIR_ASSERT(kept == interval->used);
}

static void swap_entries(struct weir_select *select, const struct weir_select_interval *interval,
                         uint32_t a, uint32_t b) {
    uint64_t *counts = counts_of(select, interval);
    const weir_uint128 key = key_at(select, interval, a);
    const uint64_t count = counts[a];
    set_key(select, interval, a, key_at(select, interval, b));
    counts[a] = counts[b];
    set_key(select, interval, b, key);
    counts[b] = count;
}

/* Bit by bit from the highest: those with a 0 to the front, then on in the half that holds the
 * rank. Keys are distinct, so one is left in the end. */
weir_uint128 weir_select_room_key(struct weir_select *select, struct weir_select_interval *interval,
                                  uint64_t rank) {
    WEIR_ASSERT(interval->mode == WEIR_SELECT_COLLECT);
    WEIR_ASSERT(rank >= 1 && rank <= interval->count);
    gather(select, interval);
    const uint64_t *counts = counts_of(select, interval);
    uint32_t first = 0;
    uint32_t last = interval->used;
    for (uint32_t bit = wide_bit_width(interval->high - interval->low); last - first > 1;) {
        WEIR_ASSERT(bit > 0);
        bit--;
        uint64_t zeros = 0;
        uint32_t middle = first;
        for (uint32_t end = last; middle < end;) {
            if (((key_at(select, interval, middle) - interval->low) >> bit & 1) == 0) {
                zeros += counts[middle++];
            } else {
                swap_entries(select, interval, middle, --end);
            }
        }
        if (rank <= zeros) {
            last = middle;
        } else {
            rank -= zeros;
            first = middle;
        }
    }
    WEIR_ASSERT(first < last);
    return key_at(select, interval, first);
}

void weir_select_room_bin(const struct weir_select *select,
                          const struct weir_select_interval *interval, uint64_t rank,
                          struct weir_select_target *target) {
    const uint64_t *counts = select->words + interval->offset;
    uint64_t before = 0;
    uint32_t bin = 0;
    WEIR_ASSERT(interval->mode == WEIR_SELECT_BINS);
    WEIR_ASSERT(rank >= 1 && rank <= interval->count);
    while (rank - before > counts[bin]) {
        before += counts[bin];
        bin++;
        WEIR_ASSERT(bin < interval->capacity);
    }
    const weir_uint128 span = ((weir_uint128)1 << interval->shift) - 1;
    target->low = interval->low + ((weir_uint128)bin << interval->shift);
    WEIR_ASSERT(target->low <= interval->high);
    target->high = interval->high - target->low < span ? interval->high : target->low + span;
    target->below = target->rank - rank + before;
    target->count = counts[bin];
}
