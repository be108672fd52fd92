#include "stats/column_select.h"

#include "base/bits.h"
#include "stats/column_walk.h"

#include "base/banned.h"

/*
 * Numerics notes. A sketch's rank error holds for one rank with probability 0.99: 2.58 standard
 * deviations. Guesses reach MARGIN times as far, 3.3 deviations, so that at most one in 1,000 is
 * wrong. That one costs a pass: what a guess leaves out is counted all the same.
 */
#define MARGIN 1.3

#define WIDE_TOP_BIT ((weir_uint128)1 << 127)

bool weir_column_selects(enum weir_kind kind) {
    return kind != WEIR_KIND_BOOL && kind != WEIR_KIND_BYTES;
}

bool weir_column_select_wide(enum weir_kind kind) {
    return kind == WEIR_KIND_I128;
}

uint32_t weir_column_select_bits(enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_U32: return 32;
    case WEIR_KIND_I128: return 128;
    default: return 64;
    }
}

uint64_t weir_column_select_held(enum weir_kind kind, double rank_error) {
    /* Where there are more, the sketch of wide keys is exact for shortened ones only. */
    const uint64_t held = kind == WEIR_KIND_I128 ? 0 : weir_kll_exact_values(rank_error);
    return weir_max_u64(held, WEIR_VALUES_MAX);
}

static weir_uint128 key_of_wide(struct weir_i128 value) {
    return (weir_uint128)weir_int128_of(value) ^ WIDE_TOP_BIT;
}

/* The key of an extreme; the inverse of value_of. */
static weir_uint128 key_of(const struct weir_value *value) {
    return value->kind == WEIR_KIND_I128 ? key_of_wide(value->i128) : weir_key_of_value(value);
}

static struct weir_value value_of(enum weir_kind kind, weir_uint128 key) {
    if (kind != WEIR_KIND_I128) {
        return weir_value_of_key(kind, (uint64_t)key);
    }
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    value.present = true;
    value.i128 = weir_i128_of((weir_int128)(key ^ WIDE_TOP_BIT));
    return value;
}

/* --- Guesses. ------------------------------------------------------------------------------- */

/* A rank whose item in the sketch is wanted, and the items around it. */
struct place {
    uint64_t rank;
    uint64_t before; /* the last key below it */
    uint64_t at;     /* the first key that reaches it */
    bool has_before;
    bool has_at;
};

static void find_places(const struct weir_column *column, struct place *places, uint32_t count) {
    struct weir_kll_cursor cursor;
    uint64_t seen = 0;
    uint64_t key = 0;
    uint64_t weight = 0;
    uint64_t before = 0;
    uint32_t at = 0;
    weir_kll_cursor_begin(&cursor, weir_column_kll(column));
    while (at < count && weir_kll_cursor_next(&cursor, &key, &weight)) {
        const bool has_before = seen > 0;
        seen += weight;
        for (; at < count && places[at].rank <= seen; at++) {
            places[at].before = before;
            places[at].at = key;
            places[at].has_before = has_before;
            places[at].has_at = true;
        }
        before = key;
    }
}

static void add_place(struct place *places, uint32_t count, uint64_t rank) {
    uint32_t at = count;
    for (; at > 0 && places[at - 1].rank > rank; at--) {
        places[at] = places[at - 1];
    }
    places[at] = (struct place){.rank = rank};
}

static const struct place *place_of(const struct place *places, uint64_t rank) {
    while (places->rank != rank) {
        places++;
    }
    return places;
}

/* The least and the greatest key that the sketch's key stands for. */
static weir_uint128 low_key(enum weir_kind kind, uint64_t key) {
    if (kind != WEIR_KIND_I128) {
        return key;
    }
    const struct weir_value value = weir_value_of_key(kind, key);
    return key_of_wide(value.i128);
}

static weir_uint128 high_key(enum weir_kind kind, uint64_t key) {
    return kind == WEIR_KIND_I128 ? key_of_wide(weir_wide_of_key_high(key)) : key;
}

/* Ranks that a guess reaches down and up to. */
static uint64_t rank_below(uint64_t rank, uint64_t margin) {
    return rank > margin ? rank - margin : 1;
}

static uint64_t rank_above(uint64_t rank, uint64_t margin, uint64_t total) {
    return total - rank > margin ? rank + margin : total;
}

void weir_column_select_begin(const struct weir_column *column, struct weir_scratch *scratch,
                              struct weir_select *select, uint64_t words, const double *quantiles,
                              uint32_t count) {
    struct place places[2 * WEIR_SELECT_TARGETS_MAX];
    const struct weir_kll *kll = weir_column_kll(column);
    const enum weir_kind kind = column->kind;
    WEIR_ASSERT(column->staged == 0 && count <= WEIR_SELECT_TARGETS_MAX);
    const double rank_error = kll == NULL ? 0 : weir_kll_rank_error(kll);
    if (kll == NULL || (rank_error == 0 && kind != WEIR_KIND_I128) || kll->total == 0) {
        weir_select_begin(select, words, scratch->isa, false, 0, 0, 0);
        return;
    }
    const uint64_t total = kll->total;
    const weir_uint128 min = key_of(&column->numbers.min);
    const weir_uint128 max = key_of(&column->numbers.max);
    weir_select_begin(select, words, scratch->isa, weir_column_select_wide(kind), total, min, max);
    const uint64_t margin = (uint64_t)(MARGIN * rank_error * (double)total) + 1;
    uint32_t places_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t rank = weir_column_rank(quantiles[i], total);
        add_place(places, places_count++, rank_below(rank, margin));
        add_place(places, places_count++, rank_above(rank, margin, total));
    }
    find_places(column, places, places_count);
    for (uint32_t i = 0; i < count; i++) {
        if (quantiles[i] <= 0 || quantiles[i] >= 1) {
            continue; /* the extremes are exact */
        }
        const uint64_t rank = weir_column_rank(quantiles[i], total);
        const struct place *low = place_of(places, rank_below(rank, margin));
        const struct place *high = place_of(places, rank_above(rank, margin, total));
        weir_select_target(select, rank, low->has_before ? low_key(kind, low->before) : min,
                           high->has_at ? high_key(kind, high->at) : max);
    }
}

/* --- Passes. -------------------------------------------------------------------------------- */

#define WIDE_TILE 256u

static void add_wides(struct weir_select *select, const uint8_t *values, const uint32_t *weights,
                      uint32_t count) {
    weir_uint128 keys[WIDE_TILE];
    for (uint32_t done = 0; done < count; done += WIDE_TILE) {
        const uint32_t taken = (uint32_t)weir_min_u64(count - done, WIDE_TILE);
        for (uint32_t i = 0; i < taken; i++) {
            const uint8_t *value = values + 16 * (size_t)(done + i);
            keys[i] = key_of_wide(
                (struct weir_i128){weir_load_u64(value), (int64_t)weir_load_u64(value + 8)});
        }
        weir_select_add_wide(select, keys, weights == NULL ? NULL : weights + done, taken);
    }
}

void weir_column_select_add(const struct weir_column *column, struct weir_scratch *scratch,
                            struct weir_select *select, const void *values, const uint32_t *weights,
                            uint64_t count) {
    const uint32_t each = weir_column_value_bytes(column->kind);
    const uint8_t *at = values;
    WEIR_ASSERT(each > 0 && scratch->keys != NULL);
    while (count > 0) {
        const uint32_t taken = (uint32_t)weir_min_u64(count, WEIR_BLOCK_VALUES);
        if (select->wide) {
            add_wides(select, at, weights, taken);
        } else {
            uint32_t *kept_weights = weights == NULL ? NULL : scratch->kept_weights;
            const uint32_t kept = weir_numbers_keys(scratch->isa, column->kind, at, weights, taken,
                                                    scratch->keys, kept_weights);
            weir_select_add(select, scratch->keys, kept_weights, kept);
        }
        at += (size_t)taken * each;
        weights = weights == NULL ? NULL : weights + taken;
        count -= taken;
    }
}

/* --- Results. ------------------------------------------------------------------------------- */

void weir_column_select_quantiles(const struct weir_column *column, struct weir_scratch *scratch,
                                  const struct weir_select *select, struct weir_quantile *quantiles,
                                  uint32_t count) {
    weir_column_quantiles(column, scratch, quantiles, count);
    for (uint32_t i = 0; i < count && select->targets_count > 0; i++) {
        struct weir_quantile *quantile = &quantiles[i];
        const uint64_t rank = weir_column_rank(quantile->q, select->total);
        weir_uint128 key = 0;
        if (quantile->q > 0 && quantile->q < 1 && weir_select_answer(select, rank, &key)) {
            quantile->value = value_of(column->kind, key);
            quantile->rank_error = 0;
            quantile->exact = true;
        }
    }
}
