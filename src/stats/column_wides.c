#include "base/bits.h"
#include "stats/column_state.h"
#include "stats/numbers_i128.h"
#include "stats/strings_state.h"

#include "base/banned.h"

/*
 * Format notes. Distinct and top values of 128-bit integers are those of 16-byte strings: the
 * integer with its sign turned over, highest byte first, which orders as the integers do. So the
 * table of the strings serves both; nothing is counted under a shortened key.
 */

#define HEAD_WORDS WEIR_STRINGS_HEAD_WORDS
#define WIDE_BYTES 16u
#define TOP_BIT (UINT64_C(1) << 63)

_Static_assert(WIDE_BYTES <= WEIR_STRINGS_HEAD_BYTES, "a head holds a whole value");

struct weir_value weir_column_wide(const struct weir_strings_table *table, uint32_t entry) {
    WEIR_ASSERT(entry < table->used);
    const uint8_t *head = table->head[entry];
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = WEIR_KIND_I128;
    value.present = true;
    value.i128.high = (int64_t)(__builtin_bswap64(weir_load_u64(head)) ^ TOP_BIT);
    value.i128.low = __builtin_bswap64(weir_load_u64(head + 8));
    return value;
}

static bool goes_before(const struct weir_strings_table *table, uint32_t a, uint32_t b) {
    return memcmp(table->head[a], table->head[b], WIDE_BYTES) < 0;
}

static void sift_down(const struct weir_strings_table *table, uint16_t *heap, uint32_t root,
                      uint32_t count) {
    const uint16_t moving = heap[root];
    for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        child += child + 1 < count && goes_before(table, heap[child], heap[child + 1]);
        if (!goes_before(table, moving, heap[child])) {
            break;
        }
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = moving;
}

/* Heap sort. */
void weir_column_order_wides(const struct weir_strings_table *table,
                             uint16_t order_ret[WEIR_STRINGS_EXACT]) {
    const uint32_t used = table->used;
    WEIR_ASSERT(used <= WEIR_STRINGS_EXACT);
    for (uint32_t e = 0; e < used; e++) {
        order_ret[e] = (uint16_t)e;
    }
    for (uint32_t root = used / 2; root > 0; root--) {
        sift_down(table, order_ret, root - 1, used);
    }
    for (uint32_t end = used; end > 1; end--) {
        const uint16_t last = order_ret[0];
        order_ret[0] = order_ret[end - 1];
        order_ret[end - 1] = last;
        sift_down(table, order_ret, 0, end - 1);
    }
}

/* What an exact table has, into a sketch of quantiles. */
static void sketch_table(struct weir_kll *kll, const struct weir_scratch *scratch,
                         const struct weir_strings_table *table) {
    uint16_t order[WEIR_STRINGS_EXACT];
    weir_column_order_wides(table, order);
    for (uint32_t i = 0; i < table->used; i++) {
        const struct weir_value value = weir_column_wide(table, order[i]);
        (void)weir_numbers_keys(scratch->isa, WEIR_KIND_I128, &value.i128, NULL, 1,
                                &scratch->keys[i], NULL);
        scratch->spare[i] = table->count[order[i]];
    }
    weir_kll_add_weighted(kll, scratch->keys, scratch->spare, table->used, scratch->work);
}

void weir_column_wides_spill(struct weir_column *column) {
    column->spilled = true;
    struct weir_kll *kll = weir_column_kll(column);
    if (kll != NULL) {
        weir_kll_begin(kll, column->rank_error, column->seed, column->ordinal);
    }
}

/* The table, which is exact yet, into a new sketch of quantiles. */
static void spill_wides(struct weir_column *column, const struct weir_scratch *scratch) {
    weir_column_wides_spill(column);
    struct weir_kll *kll = weir_column_kll(column);
    if (kll != NULL) {
        sketch_table(kll, scratch, weir_column_wides(column));
    }
}

void weir_column_count_wides(struct weir_column *column, const struct weir_scratch *scratch,
                             const uint8_t *values, const uint32_t *weights, uint32_t count) {
    struct weir_strings_table *table = weir_column_wides(column);
    struct weir_strings_block *block = &scratch->strings->block;
    WEIR_ASSERT(count <= WEIR_BLOCK_VALUES);
    block->used = 0;
    block->text_used = 0;
    block->carried = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t weight = weights == NULL ? 1 : weights[i];
        if (weight == 0) {
            continue;
        }
        const uint8_t *at = values + (size_t)i * WIDE_BYTES;
        const uint64_t head[HEAD_WORDS] = {__builtin_bswap64(weir_load_u64(at + 8) ^ TOP_BIT),
                                           __builtin_bswap64(weir_load_u64(at))};
        const uint64_t hash = weir_strings_hash_head(head, WIDE_BYTES);
        weir_strings_block_add(block, hash, weight, head, WIDE_BYTES);
    }
    const uint32_t distinct = weir_strings_block_count(block, table);
    if (!table->spilled && distinct > WEIR_STRINGS_EXACT) {
        spill_wides(column, scratch);
    }
    weir_strings_block_take(block, table, distinct);
    WEIR_ASSERT(table->spilled == column->spilled);
}

void weir_column_merge_wides(struct weir_column *into, const struct weir_column *from,
                             const struct weir_scratch *scratch) {
    struct weir_strings_table *table = weir_column_wides(into);
    const struct weir_strings_table *other = weir_column_wides(from);
    struct weir_strings_block *block = &scratch->strings->block;
    if (!into->spilled) {
        weir_strings_block_stage(block, other);
        if (from->spilled || weir_strings_block_count(block, table) > WEIR_STRINGS_EXACT) {
            spill_wides(into, scratch);
        }
    }
    weir_strings_table_merge(table, other, block);
    WEIR_ASSERT(table->spilled == into->spilled);
    struct weir_kll *kll = weir_column_kll(into);
    if (kll != NULL && from->spilled) {
        weir_kll_merge(kll, weir_column_kll(from), scratch->work);
    } else if (kll != NULL) {
        sketch_table(kll, scratch, other);
    }
}
