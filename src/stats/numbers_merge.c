#include "stats/limbs.h"
#include "stats/moments.h"
#include "stats/numbers_block.h"

#include "base/banned.h"

/*
 * Numerics notes. Each side measures its means from its own shift, the mean of its first block.
 * Those of the second are moved to the first's: the shifts' difference is exact in 128 bits and is
 * carried as two doubles, so means lose no more than when blocks are added one by one.
 */

int weir_numbers_order(const struct weir_value *a, const struct weir_value *b) {
    switch (a->kind) {
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return (a->f64 > b->f64) - (a->f64 < b->f64);
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return (a->u64 > b->u64) - (a->u64 < b->u64);
    case WEIR_KIND_I128: {
        const weir_int128 x = weir_int128_of(a->i128);
        const weir_int128 y = weir_int128_of(b->i128);
        return (x > y) - (x < y);
    }
    default: return (a->i64 > b->i64) - (a->i64 < b->i64);
    }
}

static void merge_extremes(struct weir_numbers *into, const struct weir_numbers *from) {
    if (!from->has_extremes) {
        return;
    }
    if (!into->has_extremes || weir_numbers_order(&from->min, &into->min) < 0) {
        into->min = from->min;
    }
    if (!into->has_extremes || weir_numbers_order(&from->max, &into->max) > 0) {
        into->max = from->max;
    }
    into->has_extremes = true;
}

/* How far from's shift lies above into's, which takes from's where it has none. */
static struct weir_twofold distance_of(struct weir_numbers *into, const struct weir_numbers *from) {
    if (!from->has_shift) {
        return (struct weir_twofold){0, 0};
    }
    if (!into->has_shift) {
        into->has_shift = true;
        into->shift = from->shift;
    }
    const weir_int128 a = weir_int128_of(from->shift);
    const weir_int128 b = weir_int128_of(into->shift);
    const weir_uint128 up = (weir_uint128)a - (weir_uint128)b;
    const struct weir_twofold size = weir_twofold_of_u128(a < b ? (weir_uint128)0 - up : up);
    return a < b ? (struct weir_twofold){-size.high, -size.low} : size;
}

void weir_numbers_merge(struct weir_numbers *into, const struct weir_numbers *from) {
    WEIR_ASSERT(into->kind == from->kind && into->kind != WEIR_KIND_BYTES);
    if (into->kind == WEIR_KIND_BOOL) {
        weir_numbers_add_bools(into, from->sum.limbs[0], from->zeros);
        return;
    }
    into->count += from->count;
    into->nans += from->nans;
    into->pos_infs += from->pos_infs;
    into->neg_infs += from->neg_infs;
    into->zeros += from->zeros;
    into->negatives += from->negatives;
    merge_extremes(into, from);
    if (into->kind == WEIR_KIND_F32 || into->kind == WEIR_KIND_F64) {
        weir_numbers_add_sum(into, from->sum_high, from->sum_low);
    } else {
        weir_i256_add(&into->sum, &from->sum);
    }
    const struct weir_twofold distance = distance_of(into, from);
    weir_moments_append(into->tree, &into->blocks, from->tree, from->blocks, distance);
}
