#include "stats/limbs.h"
#include "stats/numbers.h"
#include "stats/strings_state.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A table: u8 1 when it has spilled; u64 error; u32 entries, for each u64 hash, u64 count and the
 *   row; 4096 registers where it has spilled and distinct values are asked for.
 * - A row: u8 length of the head, 33 for one that was cut, and the head without its padding.
 * - A state: u64 values, empty ones, such that are no UTF-8; the sums of lengths and of their
 *   squares, 16 bytes each; u64 least and greatest length; minimum and maximum, where there are
 *   values: u8 bytes kept, u8 1 when it was cut, the bytes; u32 values of the partial block, u32
 *   heads of it; the table; the block's hashes, and a row for each of its heads.
 */

#define LENGTH_MAX INT32_MAX
#define UNIQUE_SLOTS 4096u

/* --- Tables. -------------------------------------------------------------------------------- */

static uint32_t head_bytes(uint32_t length) {
    return length < WEIR_STRINGS_HEAD_BYTES ? length : WEIR_STRINGS_HEAD_BYTES;
}

void weir_strings_row_save(const struct weir_strings_table *table, uint32_t row,
                           struct weir_state_writer *writer) {
    weir_state_put_u8(writer, table->head_length[row]);
    weir_state_put_bytes(writer, table->head[row], head_bytes(table->head_length[row]));
}

bool weir_strings_row_load(struct weir_strings_table *table, uint32_t row,
                           struct weir_state_reader *reader) {
    const uint8_t length = weir_state_get_u8(reader);
    if (length > WEIR_STRINGS_HEAD_BYTES + 1) {
        return false;
    }
    memset(table->head[row], 0, WEIR_STRINGS_HEAD_BYTES);
    table->head_length[row] = length;
    return weir_state_get_bytes(reader, table->head[row], head_bytes(length));
}

void weir_strings_table_save(const struct weir_strings_table *table,
                             struct weir_state_writer *writer) {
    weir_state_put_u8(writer, table->spilled);
    weir_state_put_u64(writer, table->error);
    weir_state_put_u32(writer, table->used);
    for (uint32_t e = 0; e < table->used; e++) {
        weir_state_put_u64(writer, table->hash[e]);
        weir_state_put_u64(writer, table->count[e]);
        weir_strings_row_save(table, e, writer);
    }
    if (table->spilled && table->wants_distinct) {
        weir_hll_save(&table->hll, writer);
    }
}

/* No hash twice: who counts relies on it. */
static bool are_unique(const uint64_t *hashes, uint32_t count) {
    uint16_t slots[UNIQUE_SLOTS] = {0}; /* an entry's number + 1 */
    for (uint32_t e = 0; e < count; e++) {
        uint32_t at = (uint32_t)(hashes[e] >> 40) % UNIQUE_SLOTS;
        while (slots[at] != 0) {
            if (hashes[slots[at] - 1] == hashes[e]) {
                return false;
            }
            at = (at + 1) % UNIQUE_SLOTS;
        }
        slots[at] = (uint16_t)(e + 1);
    }
    return true;
}

/* A head that is the whole value says what its hash is. */
static bool is_hash_of_head(const struct weir_strings_table *table, uint32_t e) {
    uint64_t words[WEIR_STRINGS_HEAD_WORDS];
    memcpy(words, table->head[e], sizeof words);
    const uint32_t length = table->head_length[e];
    return length > WEIR_STRINGS_HEAD_BYTES ||
           table->hash[e] == weir_strings_hash_head(words, length);
}

bool weir_strings_table_load(struct weir_strings_table *table, uint64_t count,
                             struct weir_state_reader *reader) {
    const uint32_t spilled = weir_state_get_u8(reader);
    table->error = weir_state_get_u64(reader);
    const uint32_t used = weir_state_get_u32(reader);
    const uint32_t kept = table->wants_top ? WEIR_STRINGS_KEPT : 0;
    if (spilled > 1 || used > (spilled == 1 ? kept : WEIR_STRINGS_EXACT)) {
        return false;
    }
    uint64_t left = count;
    for (uint32_t e = 0; e < used; e++) {
        table->hash[e] = weir_state_get_u64(reader);
        table->count[e] = weir_state_get_u64(reader);
        if (!weir_strings_row_load(table, e, reader) || !is_hash_of_head(table, e) ||
            table->count[e] == 0 || table->count[e] > left) {
            return false;
        }
        left -= table->count[e];
    }
    table->used = used;
    table->spilled = spilled != 0;
    if (table->spilled && table->wants_distinct && !weir_hll_load(&table->hll, reader)) {
        return false;
    }
    /* An exact table has all values; a summary may have left out so many of each. */
    const bool is_summary = table->spilled && table->wants_top;
    return (table->spilled || left == 0) &&
           table->error <= (is_summary ? left / (WEIR_STRINGS_KEPT + 1) : 0) &&
           are_unique(table->hash, used);
}

/* --- States. -------------------------------------------------------------------------------- */

static void put_u128(struct weir_state_writer *writer, weir_u128 value) {
    weir_state_put_u64(writer, (uint64_t)value);
    weir_state_put_u64(writer, (uint64_t)(value >> 64));
}

static weir_u128 get_u128(struct weir_state_reader *reader) {
    const uint64_t low = weir_state_get_u64(reader);
    return (weir_u128)weir_state_get_u64(reader) << 64 | low;
}

static void put_extreme(struct weir_state_writer *writer,
                        const struct weir_strings_extreme *extreme) {
    weir_state_put_u8(writer, (uint8_t)extreme->kept_bytes);
    weir_state_put_u8(writer, extreme->cut);
    weir_state_put_bytes(writer, extreme->bytes, extreme->kept_bytes);
}

void weir_strings_save(const struct weir_strings_state *strings, struct weir_state_writer *writer) {
    weir_state_put_u64(writer, strings->count);
    weir_state_put_u64(writer, strings->empty);
    weir_state_put_u64(writer, strings->invalid_utf8);
    put_u128(writer, strings->length_sum);
    put_u128(writer, strings->length_square_sum);
    weir_state_put_u64(writer, strings->length_min);
    weir_state_put_u64(writer, strings->length_max);
    if (strings->has_extremes) {
        put_extreme(writer, &strings->min);
        put_extreme(writer, &strings->max);
    }
    weir_state_put_u32(writer, strings->carry.count);
    weir_state_put_u32(writer, strings->carry.heads);
    weir_strings_table_save(&strings->table, writer);
    weir_state_put_u64s(writer, strings->carry.hash, strings->carry.count);
    for (uint32_t place = 0; place < strings->carry.heads; place++) {
        weir_strings_row_save(&strings->table, WEIR_STRINGS_KEPT + place, writer);
    }
}

static bool get_extreme(struct weir_state_reader *reader, struct weir_strings_extreme *extreme) {
    const uint32_t kept = weir_state_get_u8(reader);
    const uint32_t cut = weir_state_get_u8(reader);
    if (kept > WEIR_PREFIX_BYTES || cut > 1 || (cut == 1 && kept != WEIR_PREFIX_BYTES)) {
        return false;
    }
    memset(extreme, 0, sizeof *extreme);
    extreme->kept_bytes = kept;
    extreme->cut = cut == 1;
    (void)weir_state_get_bytes(reader, extreme->bytes, kept);
    extreme->key = __builtin_bswap64(weir_load_u64(extreme->bytes));
    return !reader->failed;
}

/* Some value has the length that the extreme shows. */
static bool has_length(const struct weir_strings_state *strings,
                       const struct weir_strings_extreme *extreme) {
    return extreme->cut ? strings->length_max > WEIR_PREFIX_BYTES
                        : extreme->kept_bytes >= strings->length_min &&
                              extreme->kept_bytes <= strings->length_max;
}

static bool check_lengths(const struct weir_strings_state *strings) {
    const uint64_t n = strings->count;
    const uint64_t least = strings->length_min;
    const uint64_t most = strings->length_max;
    const weir_u128 sum = strings->length_sum;
    const weir_u128 squares = strings->length_square_sum;
    if (n == 0) {
        return sum == 0 && squares == 0 && least == UINT64_MAX && most == 0 &&
               strings->empty == 0 && strings->invalid_utf8 == 0;
    }
    if (n > WEIR_NUMBERS_COUNT_MAX || strings->empty > n || strings->invalid_utf8 > n ||
        least > most || most > LENGTH_MAX || (strings->empty > 0) != (least == 0)) {
        return false;
    }
    if (sum < (weir_u128)n * least || sum > (weir_u128)n * most ||
        squares < (weir_u128)n * least * least || squares > (weir_u128)n * most * most) {
        return false;
    }
    uint64_t product[4];
    uint64_t square[4];
    weir_limbs_product(n, squares, product);
    weir_limbs_product(sum, sum, square);
    return !weir_limbs_subtract(product, square, 4); /* no variance is below 0 */
}

/* The table and the block behind it, of which the table knows nothing yet. */
static bool load_table(struct weir_strings_state *strings, struct weir_strings_scratch *scratch,
                       struct weir_state_reader *reader) {
    struct weir_strings_table *table = &strings->table;
    struct weir_strings_carry *carry = &strings->carry;
    const uint32_t count = weir_state_get_u32(reader);
    const uint32_t heads = weir_state_get_u32(reader);
    const bool wanted = table->wants_distinct || table->wants_top;
    if (count >= WEIR_BLOCK_VALUES || count > strings->count || heads > count ||
        heads > WEIR_STRINGS_KEPT ||
        !weir_strings_table_load(table, wanted ? strings->count - count : 0, reader) ||
        (!wanted && table->spilled)) {
        return false;
    }
    if (count == 0) {
        return true;
    }
    if (!table->spilled || !table->wants_top || !weir_state_get_u64s(reader, carry->hash, count)) {
        return false;
    }
    for (uint32_t place = 0; place < heads; place++) {
        if (!weir_strings_row_load(table, WEIR_STRINGS_KEPT + place, reader)) {
            return false;
        }
    }
    carry->count = count;
    carry->heads = heads;
    return weir_strings_carry_holds(&scratch->block, table, carry);
}

bool weir_strings_load(struct weir_strings_state *strings, struct weir_strings_scratch *scratch,
                       struct weir_state_reader *reader) {
    WEIR_ASSERT(strings->count == 0 && strings->table.used == 0);
    strings->count = weir_state_get_u64(reader);
    strings->empty = weir_state_get_u64(reader);
    strings->invalid_utf8 = weir_state_get_u64(reader);
    strings->length_sum = get_u128(reader);
    strings->length_square_sum = get_u128(reader);
    strings->length_min = weir_state_get_u64(reader);
    strings->length_max = weir_state_get_u64(reader);
    if (reader->failed || !check_lengths(strings)) {
        return false;
    }
    strings->has_extremes = strings->count > 0;
    if (strings->has_extremes &&
        (!get_extreme(reader, &strings->min) || !get_extreme(reader, &strings->max) ||
         weir_strings_compare(&strings->min, &strings->max) > 0 ||
         !has_length(strings, &strings->min) || !has_length(strings, &strings->max))) {
        return false;
    }
    return load_table(strings, scratch, reader);
}
