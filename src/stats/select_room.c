#include "stats/select_room.h"

#include "base/bits.h"
#include "base/hash.h"

#include "base/banned.h"

/*
 * Notes. Keys are chosen by whoever wrote the file, so that they all hash to one place costs
 * PROBES_MAX steps each and no more: a key that finds no place in so many steps, or a table that is
 * three quarters full, turns the table into bins. Nothing is lost then, as bins are coarser than
 * keys. Bins take the place of the table's entries.
 */
#define PROBES_MAX 64u

/* What a place of the table says in place of its key once its count belongs to a bin. */
#define IS_BIN UINT64_MAX

/* An entry: its count, then its key, the low half first. */
static uint64_t *entry_of(struct weir_select *select, const struct weir_select_interval *interval,
                          uint64_t at) {
    return select->words + interval->offset + at * weir_select_entry_words(select->wide);
}

static weir_uint128 key_of(const struct weir_select *select, const uint64_t *entry) {
    const weir_uint128 low = entry[1];
    return select->wide ? low | (weir_uint128)entry[2] << 64 : low;
}

static void set_entry(const struct weir_select *select, uint64_t *entry, weir_uint128 key,
                      uint64_t count) {
    entry[0] = count;
    entry[1] = (uint64_t)key;
    if (select->wide) {
        entry[2] = (uint64_t)(key >> 64);
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
    memset(entry_of(select, interval, 0), 0,
           (size_t)interval->capacity * weir_select_entry_words(select->wide) * sizeof(uint64_t));
}

/* Counts a key in the table; false when it finds no place. */
static bool collect(struct weir_select *select, struct weir_select_interval *interval,
                    weir_uint128 key, uint64_t weight) {
    const uint32_t capacity = interval->capacity;
    const uint64_t hash = weir_hash_u64((uint64_t)key ^ (uint64_t)(key >> 64) * 3);
    uint32_t at = (uint32_t)((weir_uint128)hash * capacity >> 64);
    for (uint32_t probe = 0; probe < PROBES_MAX; probe++) {
        uint64_t *entry = entry_of(select, interval, at);
        if (entry[0] == 0) {
            if (interval->used >= capacity - capacity / 4) {
                return false;
            }
            interval->used++;
            set_entry(select, entry, key, weight);
            return true;
        }
        if (key_of(select, entry) == key) {
            entry[0] += weight;
            return true;
        }
        at = at + 1 == capacity ? 0 : at + 1;
    }
    return false;
}

/*
 * Turns the table into bins, in place. Each entry's count is to be added to the count of its bin,
 * which may still be another entry's: that one is lifted out and goes on to its own bin. An entry's
 * key gives way to its bin.
 */
static void to_bins(struct weir_select *select, struct weir_select_interval *interval) {
    for (uint32_t i = 0; i < interval->capacity; i++) {
        uint64_t *entry = entry_of(select, interval, i);
        const weir_uint128 key = key_of(select, entry);
        entry[1] = entry[0] == 0 ? 0 : (uint64_t)((key - interval->low) >> interval->shift);
    }
    for (uint32_t i = 0; i < interval->capacity; i++) {
        uint64_t *entry = entry_of(select, interval, i);
        if (entry[1] == IS_BIN) {
            continue;
        }
        uint64_t count = entry[0];
        uint64_t bin = entry[1];
        entry[0] = 0;
        entry[1] = IS_BIN;
        for (entry = entry_of(select, interval, bin); count != 0 && entry[1] != IS_BIN;
             entry = entry_of(select, interval, bin)) {
            const uint64_t lifted = entry[0];
            bin = entry[1];
            entry[0] = count;
            entry[1] = IS_BIN;
            count = lifted;
        }
        entry[0] += count;
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
    entry_of(select, interval, bin)[0] += weight;
}

/* Moves the entries to the front. */
static void gather(struct weir_select *select, const struct weir_select_interval *interval) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < interval->capacity && kept < interval->used; i++) {
        uint64_t *entry = entry_of(select, interval, i);
        if (entry[0] == 0) {
            continue;
        }
        if (i != kept) {
            set_entry(select, entry_of(select, interval, kept), key_of(select, entry), entry[0]);
            entry[0] = 0;
        }
        kept++;
    }
    WEIR_ASSERT(kept == interval->used);
}

static void swap_entries(const struct weir_select *select, uint64_t *a, uint64_t *b) {
    const weir_uint128 key = key_of(select, a);
    const uint64_t count = a[0];
    set_entry(select, a, key_of(select, b), b[0]);
    set_entry(select, b, key, count);
}

/* Bit by bit from the highest: those with a 0 to the front, then on in the half that holds the
 * rank. Keys are distinct, so one is left in the end. */
weir_uint128 weir_select_room_key(struct weir_select *select, struct weir_select_interval *interval,
                                  uint64_t rank) {
    WEIR_ASSERT(interval->mode == WEIR_SELECT_COLLECT);
    WEIR_ASSERT(rank >= 1 && rank <= interval->count);
    gather(select, interval);
    uint32_t first = 0;
    uint32_t last = interval->used;
    for (uint32_t bit = wide_bit_width(interval->high - interval->low); last - first > 1;) {
        WEIR_ASSERT(bit > 0);
        bit--;
        uint64_t zeros = 0;
        uint32_t middle = first;
        for (uint32_t end = last; middle < end;) {
            uint64_t *entry = entry_of(select, interval, middle);
            if (((key_of(select, entry) - interval->low) >> bit & 1) == 0) {
                zeros += entry[0];
                middle++;
            } else {
                swap_entries(select, entry, entry_of(select, interval, --end));
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
    return key_of(select, entry_of(select, interval, first));
}

void weir_select_room_bin(const struct weir_select *select,
                          const struct weir_select_interval *interval, uint64_t rank,
                          struct weir_select_target *target) {
    const uint64_t *counts = select->words + interval->offset;
    const uint32_t step = weir_select_entry_words(select->wide);
    uint64_t before = 0;
    uint64_t bin = 0;
    WEIR_ASSERT(interval->mode == WEIR_SELECT_BINS);
    WEIR_ASSERT(rank >= 1 && rank <= interval->count);
    while (rank - before > counts[bin * step]) {
        before += counts[bin * step];
        bin++;
        WEIR_ASSERT(bin < interval->capacity);
    }
    const weir_uint128 span = ((weir_uint128)1 << interval->shift) - 1;
    target->low = interval->low + ((weir_uint128)bin << interval->shift);
    WEIR_ASSERT(target->low <= interval->high);
    target->high = interval->high - target->low < span ? interval->high : target->low + span;
    target->below = target->rank - rank + before;
    target->count = counts[bin * step];
}
