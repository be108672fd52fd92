#include "stats/top.h"

#include "base/bits.h"
#include "stats/top_kernels.h"
#include "stats/values.h"

#include "base/banned.h"

/*
 * Numerics notes
 *
 * Misra and Gries 1982 in the form of Agarwal et al. (Mergeable summaries, PODS 2012), m counters.
 * A block becomes a summary by taking its (m + 1)-th largest count from all of its counts; joining
 * two summaries and taking the (m + 1)-th largest sum keeps at most m. Each step that takes c takes
 * at least (m + 1) c of the weight away for good, so the sum of all c is at most total / (m + 1).
 *
 * Most of a block of unsorted keys need not be looked at one by one: keys are counted in hashed
 * buckets, and the fullest bucket c of those that hold at most weight / (m + 1) bounds the counts
 * of all keys in these. With c as the cut they go away as a whole, and as long as they weigh
 * (m + 1) c, the bound on the error stays. Only the keys of the fuller buckets are counted exactly.
 * With two buckets a key, c is 5 or 6 for 4096 distinct keys.
 */

void weir_top_begin(struct weir_top_table *top) {
    WEIR_ASSERT(top != NULL);
    memset(top, 0, sizeof *top);
}

/* Of counts and a limit below 2^31, which compilers compare four at a time. */
static uint32_t count_above(const uint64_t *counts, uint32_t n, uint64_t limit) {
    uint32_t above = 0;
    for (uint32_t i = 0; i < n; i++) {
        above += (int32_t)(uint32_t)counts[i] > (int32_t)(uint32_t)limit;
    }
    return above;
}

/*
 * The r-th largest of n counts that are small, as those of a block are: the least limit that fewer
 * than r of them exceed. Galloping from 1 takes two or three passes on real data, 24 at most.
 */
static uint64_t nth_largest_small(const uint64_t *counts, uint32_t n, uint32_t r) {
    uint64_t low = 0; /* at least r counts lie above */
    uint64_t high = 1;
    while (count_above(counts, n, high) >= r) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (count_above(counts, n, middle) >= r) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

/*
 * The r-th largest of n counts (r from 1), by radix: 8 bits a pass, in the same order. Worst case
 * 8 passes whatever the data.
 */
static uint64_t nth_largest_wide(const uint64_t *counts, uint32_t n, uint32_t r, uint64_t any) {
    uint32_t shift = (weir_bit_width(any) - 1) / 8 * 8;
    uint64_t prefix = 0; /* the bits above `shift` that the answer has */
    for (;;) {
        uint32_t bins[256] = {0};
        for (uint32_t i = 0; i < n; i++) {
            bins[(counts[i] >> shift) & 255] += counts[i] >> shift >> 8 == prefix;
        }
        uint32_t bin = 255;
        while (r > bins[bin]) {
            r -= bins[bin];
            WEIR_ASSERT(bin > 0);
            bin--;
        }
        prefix = prefix << 8 | bin;
        if (shift == 0) {
            return prefix;
        }
        shift -= 8;
    }
}

/* The r-th largest of n counts, r from 1; at least 1. */
static uint64_t nth_largest(const uint64_t *counts, uint32_t n, uint32_t r) {
    WEIR_ASSERT(r >= 1 && r <= n);
    uint64_t any = 0;
    for (uint32_t i = 0; i < n; i++) {
        any |= counts[i];
    }
    return any < 8192 ? nth_largest_small(counts, n, r) : nth_largest_wide(counts, n, r, any);
}

/* What is taken from every count so that at most WEIR_TOP_COUNTERS stay above 0. */
static uint64_t cut_of(const uint64_t *counts, uint32_t count) {
    if (count <= WEIR_TOP_COUNTERS) {
        return 0;
    }
    return counts == NULL ? 1 : nth_largest(counts, count, WEIR_TOP_COUNTERS + 1);
}

/*
 * Places of the entries above the cut, at most WEIR_TOP_COUNTERS. Without a branch on the counts:
 * which of them survive is random.
 */
static uint32_t above_cut(const uint64_t *counts, uint32_t count, uint64_t cut,
                          uint32_t kept_ret[WEIR_TOP_COUNTERS + 1]) {
    uint32_t kept = 0;
    for (uint32_t j = 0; j < count; j++) {
        WEIR_ASSERT_HOT(kept <= WEIR_TOP_COUNTERS);
        kept_ret[kept] = j;
        kept += (counts == NULL ? 1 : counts[j]) > cut;
    }
    WEIR_ASSERT(kept <= WEIR_TOP_COUNTERS);
    return kept;
}

/*
 * Joins the table with those entries of a block that lie above its cut, ascending, into `keys_ret`
 * and `counts_ret`. Both sides have at most WEIR_TOP_COUNTERS entries that count.
 */
static uint32_t join(const struct weir_top_table *top, const uint64_t *keys, const uint64_t *counts,
                     uint32_t count, uint64_t cut, uint64_t *keys_ret, uint64_t *counts_ret) {
    uint32_t kept[WEIR_TOP_COUNTERS + 1];
    uint32_t i = 0;
    uint32_t to = 0;
    uint32_t survivors = above_cut(counts, count, cut, kept);
    for (uint32_t k = 0; k < survivors; k++) {
        uint32_t j = kept[k];
        while (i < top->used && top->keys[i] < keys[j]) {
            keys_ret[to] = top->keys[i];
            counts_ret[to++] = top->counts[i++];
        }
        bool known = i < top->used && top->keys[i] == keys[j];
        WEIR_ASSERT(to < 2 * WEIR_TOP_COUNTERS);
        keys_ret[to] = keys[j];
        counts_ret[to++] = (counts == NULL ? 1 : counts[j]) - cut + (known ? top->counts[i] : 0);
        i += known;
    }
    WEIR_ASSERT(to + (top->used - i) <= 2 * WEIR_TOP_COUNTERS);
    for (; i < top->used; i++) {
        keys_ret[to] = top->keys[i];
        counts_ret[to++] = top->counts[i];
    }
    return to;
}

/* Adds what the entries of a block have above the block's cut. */
static void add_above(struct weir_top_table *top, const uint64_t *keys, const uint64_t *counts,
                      uint32_t count, uint64_t cut, uint64_t spare[4 * WEIR_TOP_COUNTERS]) {
    uint64_t *joined_keys = spare;
    uint64_t *joined_counts = spare + 2 * WEIR_TOP_COUNTERS;
    uint32_t joined = join(top, keys, counts, count, cut, joined_keys, joined_counts);
    uint64_t again = cut_of(joined_counts, joined);
    top->error += again;
    top->used = 0;
    for (uint32_t i = 0; i < joined; i++) {
        if (joined_counts[i] > again) {
            WEIR_ASSERT(top->used < WEIR_TOP_COUNTERS);
            top->keys[top->used] = joined_keys[i];
            top->counts[top->used] = joined_counts[i] - again;
            top->used++;
        }
    }
}

void weir_top_add(struct weir_top_table *top, const uint64_t *keys, const uint64_t *counts,
                  uint32_t count, uint64_t spare[WEIR_TOP_SPARE_WORDS]) {
    WEIR_ASSERT(keys != spare && counts != spare);
    top->total += counts == NULL ? count : 0;
    for (uint32_t i = 0; counts != NULL && i < count; i++) {
        top->total += counts[i];
    }
    uint64_t cut = cut_of(counts, count);
    top->error += cut;
    if (counts == NULL && cut >= 1) {
        return;
    }
    add_above(top, keys, counts, count, cut, spare);
}

/*
 * How spare memory is divided: first buckets and frequent keys; then, in the buckets' place, the
 * counts of these keys and what add_above wants. Sorting wants some room behind keys and counts.
 */
#define SORT_ROOM 64u
#define FREQUENT_WORDS 1024u
#define FREQUENT_MAX (FREQUENT_WORDS - SORT_ROOM)
#define FREQUENT_AT (WEIR_TOP_SPARE_WORDS - FREQUENT_WORDS)
_Static_assert(WEIR_TOP_BUCKETS * sizeof(uint16_t) <= FREQUENT_AT * sizeof(uint64_t), "buckets");
_Static_assert(FREQUENT_WORDS + 4 * WEIR_TOP_COUNTERS <= FREQUENT_AT, "counts and add_above");

static const struct weir_top_kernels *choose(enum weir_isa isa) {
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX2) {
        return &weir_top_kernels_avx2;
    }
    if (isa == WEIR_ISA_AVX512) {
        return &weir_top_kernels_avx512;
    }
#endif
    return &weir_top_kernels_scalar;
}

/* Keys in buckets above the limit; more than FREQUENT_MAX when there is no room for them. The
 * fullest of the other buckets is *fullest_ret. */
static uint32_t keys_above(const uint64_t *keys, uint32_t count, const uint16_t *buckets,
                           uint32_t limit, uint64_t frequent_ret[FREQUENT_MAX + 1],
                           uint32_t *fullest_ret) {
    uint32_t found = 0;
    uint32_t fullest = 0;
    for (uint32_t i = 0; i < count && found <= FREQUENT_MAX; i++) {
        uint32_t here = buckets[weir_top_bucket(keys[i])];
        frequent_ret[found] = keys[i];
        found += here > limit;
        here = here > limit ? 0 : here;
        fullest = here > fullest ? here : fullest;
    }
    *fullest_ret = fullest;
    return found;
}

bool weir_top_add_unsorted(struct weir_top_table *top, enum weir_isa isa, weir_sort_function *sort,
                           const uint64_t *keys, uint32_t count,
                           uint64_t spare[WEIR_TOP_SPARE_WORDS]) {
    WEIR_ASSERT(keys != spare);
    uint32_t limit = count / (WEIR_TOP_COUNTERS + 1);
    if (limit == 0 || count > UINT16_MAX) {
        return false;
    }
    uint16_t *buckets = (uint16_t *)spare;
    uint64_t *frequent = spare + FREQUENT_AT;
    memset(buckets, 0, WEIR_TOP_BUCKETS * sizeof *buckets);
    uint32_t cut = choose(isa)->fill(keys, count, buckets);
    uint32_t found = 0;
    if (cut > limit) {
        found = keys_above(keys, count, buckets, limit, frequent, &cut);
    }
    /* Keys that occur more often than the cut are at most found / (cut + 1): the second limit holds
     * them to what the table has. It fails only where distinct keys fall into the same buckets. */
    if (found > FREQUENT_MAX || found > WEIR_TOP_COUNTERS * (cut + 1) ||
        count - found < cut * (WEIR_TOP_COUNTERS + 1)) {
        return false;
    }
    top->total += count;
    top->error += cut;
    if (found > 0) {
        uint64_t *counts = spare;
        sort(frequent, counts, found);
        uint32_t runs = weir_values_runs(isa, frequent, found, frequent, counts);
        add_above(top, frequent, counts, runs, cut, spare + FREQUENT_WORDS);
    }
    return true;
}

void weir_top_merge(struct weir_top_table *top, const struct weir_top_table *other,
                    uint64_t spare[WEIR_TOP_SPARE_WORDS]) {
    const uint64_t total = top->total + other->total;
    WEIR_ASSERT(other->used <= WEIR_TOP_COUNTERS);
    weir_top_add(top, other->keys, other->counts, other->used, spare);
    top->total = total;
    top->error += other->error;
}

/* Format notes: u64 error, u64 total, u32 entries, then their keys and their counts as u64. */
void weir_top_save(const struct weir_top_table *top, struct weir_state_writer *writer) {
    weir_state_put_u64(writer, top->error);
    weir_state_put_u64(writer, top->total);
    weir_state_put_u32(writer, top->used);
    weir_state_put_u64s(writer, top->keys, top->used);
    weir_state_put_u64s(writer, top->counts, top->used);
}

bool weir_top_load(struct weir_top_table *top, struct weir_state_reader *reader) {
    weir_top_begin(top);
    top->error = weir_state_get_u64(reader);
    top->total = weir_state_get_u64(reader);
    const uint32_t used = weir_state_get_u32(reader);
    if (used > WEIR_TOP_COUNTERS || !weir_state_get_u64s(reader, top->keys, used) ||
        !weir_state_get_u64s(reader, top->counts, used)) {
        return false;
    }
    top->used = used;
    uint64_t left = top->total;
    for (uint32_t i = 0; i < used; i++) {
        if (top->counts[i] == 0 || top->counts[i] > left ||
            (i > 0 && top->keys[i - 1] >= top->keys[i])) {
            return false;
        }
        left -= top->counts[i];
    }
    return top->error <= left / (WEIR_TOP_COUNTERS + 1);
}

uint32_t weir_top_best(const uint64_t *keys, const uint64_t *counts, uint32_t count, uint64_t error,
                       uint64_t best_keys_ret[WEIR_TOP_MAX],
                       struct weir_top best_ret[WEIR_TOP_MAX]) {
    uint32_t best = 0;
    for (uint32_t i = 0; i < count; i++) {
        /* Keys ascend: an equal count that comes later ranks lower. */
        if (counts[i] == 0 ||
            (best == WEIR_TOP_MAX && counts[i] <= best_ret[WEIR_TOP_MAX - 1].count_low)) {
            continue;
        }
        uint32_t place = best < WEIR_TOP_MAX ? best++ : WEIR_TOP_MAX - 1;
        while (place > 0 && best_ret[place - 1].count_low < counts[i]) {
            best_ret[place] = best_ret[place - 1];
            best_keys_ret[place] = best_keys_ret[place - 1];
            place--;
        }
        best_keys_ret[place] = keys[i];
        best_ret[place].count_low = counts[i];
        best_ret[place].count_high = counts[i] + error;
    }
    return best;
}
