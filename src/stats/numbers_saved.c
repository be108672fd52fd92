#include "stats/limbs.h"
#include "stats/numbers_block.h"

#include "base/banned.h"

/*
 * Format notes: u64 values, NaN, +Inf, -Inf, zeros, negatives; u8 1 when there are extremes, + 2
 * when there is a shift; minimum and maximum as the kind's 8 or 16 bytes (floats as f64); shift, 16
 * bytes; the sum, 32 bytes, or two f64 of floats; u64 blocks, and for each set bit of that number
 * from the lowest up the moments of so many blocks: u64 count, u64 scale, f64 mean, its low part,
 * m2, m3, m4.
 *
 * What a state must keep for arithmetic to stay in range: shift and extremes of the kind, counts
 * below 2^62, a sum between those of as many minima and maxima, finite moments.
 */

#define SCALE_MAX 1100
#define HAS_EXTREMES 1u
#define HAS_SHIFT 2u

static bool is_real(enum weir_kind kind) {
    return kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64;
}

/* --- Saving. -------------------------------------------------------------------------------- */

static void put_i128(struct weir_state_writer *writer, struct weir_i128 value) {
    weir_state_put_u64(writer, value.low);
    weir_state_put_u64(writer, (uint64_t)value.high);
}

static void put_value(struct weir_state_writer *writer, const struct weir_value *value) {
    if (value->kind == WEIR_KIND_I128) {
        put_i128(writer, value->i128);
    } else {
        weir_state_put_u64(writer, value->u64); /* f64 has the same place */
    }
}

static void put_moments(struct weir_state_writer *writer, const struct weir_moments *moments) {
    weir_state_put_u64(writer, moments->count);
    weir_state_put_u64(writer, (uint64_t)moments->scale);
    weir_state_put_f64(writer, moments->mean_high);
    weir_state_put_f64(writer, moments->mean_low);
    weir_state_put_f64(writer, moments->m2);
    weir_state_put_f64(writer, moments->m3);
    weir_state_put_f64(writer, moments->m4);
}

void weir_numbers_save(const struct weir_numbers *numbers, struct weir_state_writer *writer) {
    const uint64_t counts[6] = {numbers->count,    numbers->nans,  numbers->pos_infs,
                                numbers->neg_infs, numbers->zeros, numbers->negatives};
    WEIR_ASSERT(numbers->kind != WEIR_KIND_BOOL && numbers->kind != WEIR_KIND_BYTES);
    weir_state_put_u64s(writer, counts, 6);
    weir_state_put_u8(writer, (uint8_t)((numbers->has_extremes ? HAS_EXTREMES : 0) |
                                        (numbers->has_shift ? HAS_SHIFT : 0)));
    put_value(writer, &numbers->min);
    put_value(writer, &numbers->max);
    put_i128(writer, numbers->shift);
    if (is_real(numbers->kind)) {
        weir_state_put_f64(writer, numbers->sum_high);
        weir_state_put_f64(writer, numbers->sum_low);
    } else {
        weir_state_put_u64s(writer, numbers->sum.limbs, 4);
    }
    weir_state_put_u64(writer, numbers->blocks);
    for (uint32_t level = 0; level < WEIR_NUMBERS_LEVELS; level++) {
        if ((numbers->blocks >> level & 1) != 0) {
            put_moments(writer, &numbers->tree[level]);
        }
    }
}

/* --- Loading. ------------------------------------------------------------------------------- */

static struct weir_i128 get_i128(struct weir_state_reader *reader) {
    struct weir_i128 value;
    value.low = weir_state_get_u64(reader);
    value.high = (int64_t)weir_state_get_u64(reader);
    return value;
}

static void get_value(struct weir_state_reader *reader, bool present, struct weir_value *value) {
    value->present = present;
    if (value->kind == WEIR_KIND_I128) {
        value->i128 = get_i128(reader);
    } else {
        value->u64 = weir_state_get_u64(reader);
    }
}

/* As the whole number that sums and shifts are made of; U64: not less 2^63. */
static weir_int128 whole_of(const struct weir_value *value) {
    switch (value->kind) {
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return (weir_int128)value->u64;
    case WEIR_KIND_I128: return weir_int128_of(value->i128);
    default: return value->i64;
    }
}

static bool is_of_kind(const struct weir_value *value) {
    switch (value->kind) {
    case WEIR_KIND_I32: return value->i64 >= INT32_MIN && value->i64 <= INT32_MAX;
    case WEIR_KIND_U32: return value->u64 <= UINT32_MAX;
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return !__builtin_isnan(value->f64);
    default: return true;
    }
}

/* Both ends of the range, and where the range says something of the counts. */
static bool check_extremes(const struct weir_numbers *numbers) {
    const struct weir_value *min = &numbers->min;
    const struct weir_value *max = &numbers->max;
    if (!numbers->has_extremes) {
        return numbers->count == numbers->nans;
    }
    if (numbers->count == numbers->nans || !is_of_kind(min) || !is_of_kind(max)) {
        return false;
    }
    if (is_real(numbers->kind)) {
        const double infinity = (double)__builtin_inff();
        const bool all_high = numbers->pos_infs == numbers->count - numbers->nans;
        const bool all_low = numbers->neg_infs == numbers->count - numbers->nans;
        return min->f64 <= max->f64 && (max->f64 == infinity) == (numbers->pos_infs > 0) &&
               (min->f64 == -infinity) == (numbers->neg_infs > 0) &&
               (min->f64 == infinity) == all_high && (max->f64 == -infinity) == all_low &&
               (min->f64 < 0) == (numbers->negatives > 0);
    }
    return whole_of(min) <= whole_of(max) && (whole_of(min) < 0) == (numbers->negatives > 0);
}

static bool check_counts(const struct weir_numbers *numbers) {
    const uint64_t count = numbers->count;
    if (count > WEIR_NUMBERS_COUNT_MAX || numbers->nans > count || numbers->pos_infs > count ||
        numbers->neg_infs > count || numbers->zeros > count || numbers->negatives > count) {
        return false;
    }
    if (!is_real(numbers->kind) && (numbers->nans | numbers->pos_infs | numbers->neg_infs) != 0) {
        return false;
    }
    return numbers->nans + numbers->pos_infs <= count && numbers->neg_infs <= numbers->negatives &&
           numbers->zeros + numbers->negatives <= count - numbers->nans - numbers->pos_infs;
}

/* The shift is the mean of a block, rounded: no farther out than the extremes. */
static bool check_shift(const struct weir_numbers *numbers) {
    const weir_int128 shift = weir_int128_of(numbers->shift);
    if (!numbers->has_shift) {
        return shift == 0 && (is_real(numbers->kind) || numbers->count == 0);
    }
    const weir_int128 down = numbers->kind == WEIR_KIND_U64 ? (weir_int128)1 << 63 : 0;
    return !is_real(numbers->kind) && numbers->has_extremes &&
           whole_of(&numbers->min) - down <= shift && shift <= whole_of(&numbers->max) - down;
}

/* value * count in 256 bits, with the sign bit turned over: orders as unsigned. */
static void ordered_product(weir_int128 value, uint64_t count, uint64_t product_ret[4]) {
    const weir_uint128 size =
        value < 0 ? (weir_uint128)0 - (weir_uint128)value : (weir_uint128)value;
    uint64_t product[4];
    weir_limbs_product(size, count, product);
    memcpy(product_ret, product, sizeof product);
    if (value < 0) {
        memset(product_ret, 0, sizeof product);
        (void)weir_limbs_subtract(product_ret, product, 4);
    }
    product_ret[3] ^= UINT64_C(1) << 63;
}

static bool is_at_most(const uint64_t a[4], const uint64_t b[4]) {
    uint64_t difference[4];
    memcpy(difference, b, sizeof difference);
    return !weir_limbs_subtract(difference, a, 4);
}

static bool check_sum(const struct weir_numbers *numbers, uint64_t finites) {
    if (is_real(numbers->kind)) {
        const bool lost = numbers->sum_high == (double)__builtin_inff();
        return lost ? numbers->sum_low == 0 && finites > 0
                    : __builtin_isfinite(numbers->sum_high) && __builtin_isfinite(numbers->sum_low);
    }
    uint64_t least[4];
    uint64_t most[4];
    uint64_t sum[4];
    ordered_product(whole_of(&numbers->min), numbers->count, least);
    ordered_product(whole_of(&numbers->max), numbers->count, most);
    memcpy(sum, numbers->sum.limbs, sizeof sum);
    sum[3] ^= UINT64_C(1) << 63;
    return is_at_most(least, sum) && is_at_most(sum, most);
}

static bool get_moments(struct weir_state_reader *reader, struct weir_moments *moments) {
    moments->count = weir_state_get_u64(reader);
    moments->scale = (int64_t)weir_state_get_u64(reader);
    moments->mean_high = weir_state_get_f64(reader);
    moments->mean_low = weir_state_get_f64(reader);
    moments->m2 = weir_state_get_f64(reader);
    moments->m3 = weir_state_get_f64(reader);
    moments->m4 = weir_state_get_f64(reader);
    const bool none = moments->mean_high == 0 && moments->mean_low == 0 && moments->m2 == 0 &&
                      moments->m3 == 0 && moments->m4 == 0;
    return moments->scale >= -SCALE_MAX && moments->scale <= SCALE_MAX &&
           __builtin_isfinite(moments->mean_high) && __builtin_isfinite(moments->mean_low) &&
           __builtin_isfinite(moments->m2) && moments->m2 >= 0 && __builtin_isfinite(moments->m3) &&
           __builtin_isfinite(moments->m4) && (moments->count > 0 || none);
}

static bool get_tree(struct weir_numbers *numbers, struct weir_state_reader *reader,
                     uint64_t finites) {
    numbers->blocks = weir_state_get_u64(reader);
    if (numbers->blocks > WEIR_NUMBERS_BLOCKS_MAX) {
        return false;
    }
    for (uint32_t level = 0; level < WEIR_NUMBERS_LEVELS; level++) {
        if ((numbers->blocks >> level & 1) == 0) {
            continue;
        }
        if (!get_moments(reader, &numbers->tree[level]) || numbers->tree[level].count > finites) {
            return false;
        }
        finites -= numbers->tree[level].count;
    }
    return finites == 0;
}

bool weir_numbers_load(struct weir_numbers *numbers, struct weir_state_reader *reader) {
    uint64_t counts[6];
    WEIR_ASSERT(numbers->kind != WEIR_KIND_BOOL && numbers->kind != WEIR_KIND_BYTES);
    WEIR_ASSERT(numbers->count == 0 && numbers->blocks == 0);
    (void)weir_state_get_u64s(reader, counts, 6);
    numbers->count = counts[0];
    numbers->nans = counts[1];
    numbers->pos_infs = counts[2];
    numbers->neg_infs = counts[3];
    numbers->zeros = counts[4];
    numbers->negatives = counts[5];
    const uint32_t flags = weir_state_get_u8(reader);
    numbers->has_extremes = (flags & HAS_EXTREMES) != 0;
    numbers->has_shift = (flags & HAS_SHIFT) != 0;
    get_value(reader, numbers->has_extremes, &numbers->min);
    get_value(reader, numbers->has_extremes, &numbers->max);
    numbers->shift = get_i128(reader);
    if (is_real(numbers->kind)) {
        numbers->sum_high = weir_state_get_f64(reader);
        numbers->sum_low = weir_state_get_f64(reader);
    } else {
        (void)weir_state_get_u64s(reader, numbers->sum.limbs, 4);
    }
    if (reader->failed || flags > (HAS_EXTREMES | HAS_SHIFT) || !check_counts(numbers) ||
        !check_extremes(numbers) || !check_shift(numbers)) {
        return false;
    }
    const uint64_t finites = numbers->count - numbers->nans - numbers->pos_infs - numbers->neg_infs;
    return check_sum(numbers, finites) && get_tree(numbers, reader, finites);
}
