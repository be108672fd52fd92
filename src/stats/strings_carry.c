#include "stats/strings_block.h"

#include "base/banned.h"

/*
 * Blocks of values of weight 1, whatever the chunks they come in.
 *
 * While the table is exact, blocks have no meaning: it may take in any part of one. It spills with
 * the first value that it has no room for, and blocks are counted from that value on.
 *
 * Numerics notes. From then on a partial block is carried to the next chunk, in little memory: all
 * hashes, but few heads. Were the block to end now, `limit` would be taken from every count; when
 * it ends, with more values, the limit is at least as large. So a value at or below `limit` is kept
 * in the end only if it comes again, and then brings its head along. The values above it number at
 * most WEIR_STRINGS_KEPT; those that the table does not have leave their heads in its free rows.
 */

#define NO_HEAD 0xFFu

static void weigh_one_each(struct weir_strings_block *block, uint32_t from, uint32_t to) {
    for (uint32_t place = from; place < to; place++) {
        block->weight[place] = 1;
    }
}

/* Where the first value stands that makes more than WEIR_STRINGS_EXACT distinct ones. Each new
 * value has its whole weight at its first place. */
static uint32_t first_too_many(const struct weir_strings_block *block,
                               const struct weir_strings_table *table) {
    uint32_t room = WEIR_STRINGS_EXACT - table->used;
    for (uint32_t place = 0; place < block->used; place++) {
        if (block->weight[place] > 0) {
            if (room == 0) {
                return place;
            }
            room--;
        }
    }
    WEIR_ASSERT(false);
    return 0;
}

/* The values from `first` on become the beginning of a block; `used` and `text_used` are what the
 * block had. */
static void move_to_front(struct weir_strings_block *block, uint32_t first, uint32_t used,
                          uint32_t text_used) {
    const uint32_t count = used - first;
    const uint32_t text = block->head_start[first];
    memmove(block->hash, block->hash + first, count * sizeof *block->hash);
    memmove(block->head_start, block->head_start + first, count * sizeof *block->head_start);
    memmove(block->head_length, block->head_length + first, count);
    memmove(block->text, block->text + text, text_used - text);
    for (uint32_t place = 0; place < count; place++) {
        block->head_start[place] -= text;
    }
    weigh_one_each(block, 0, count);
    block->used = count;
    block->text_used = text_used - text;
}

void weir_strings_block_end_plain(struct weir_strings_block *block,
                                  struct weir_strings_table *table) {
    WEIR_ASSERT(!block->is_weighted);
    const uint32_t used = block->used;
    const uint32_t text_used = block->text_used;
    if (used == 0) {
        return;
    }
    uint32_t distinct = weir_strings_block_count(block, table);
    if (table->spilled || distinct <= WEIR_STRINGS_EXACT) {
        weir_strings_block_take(block, table, distinct);
        return;
    }
    const uint32_t first = first_too_many(block, table);
    weigh_one_each(block, 0, first);
    block->used = first;
    distinct = weir_strings_block_count(block, table);
    WEIR_ASSERT(distinct == WEIR_STRINGS_EXACT);
    weir_strings_block_take(block, table, distinct);
    weir_strings_table_spill(table);
    distinct = weir_strings_block_count(block, table);
    weir_strings_block_take(block, table, distinct);
    move_to_front(block, first, used, text_used);
}

void weir_strings_block_save(struct weir_strings_block *block, struct weir_strings_table *table,
                             struct weir_strings_carry *carry) {
    WEIR_ASSERT(table->spilled && table->wants_top && !block->is_weighted);
    WEIR_ASSERT(block->used < WEIR_BLOCK_VALUES && table->used <= WEIR_STRINGS_KEPT);
    const uint32_t distinct = weir_strings_block_count(block, table);
    const uint64_t limit = weir_strings_block_limit(block, table, distinct);
    uint32_t heads = 0;
    for (uint32_t place = 0; place < block->used; place++) {
        if (block->weight[place] > limit) {
            WEIR_ASSERT(heads < WEIR_STRINGS_KEPT && block->head_length[place] != NO_HEAD);
            weir_strings_table_head(table, WEIR_STRINGS_KEPT + heads, block, place);
            carry->hash[heads++] = block->hash[place];
        }
    }
    carry->heads = heads;
    carry->count = heads;
    for (uint32_t place = 0; place < block->used; place++) {
        carry->hash[carry->count] = block->hash[place];
        carry->count += block->weight[place] <= limit;
    }
    WEIR_ASSERT(carry->count == block->used);
    block->used = 0;
    block->text_used = 0;
    block->carried = 0;
}

void weir_strings_block_restore(struct weir_strings_block *block,
                                const struct weir_strings_table *table,
                                const struct weir_strings_carry *carry) {
    WEIR_ASSERT(carry->count < WEIR_BLOCK_VALUES && carry->heads <= carry->count);
    memset(block->head_length, NO_HEAD, carry->count);
    memset(block->head_start, 0, carry->count * sizeof *block->head_start);
    memcpy(block->hash, carry->hash, carry->count * sizeof *block->hash);
    weigh_one_each(block, 0, carry->count);
    block->used = carry->count;
    block->carried = carry->count;
    block->text_used = 0;
    block->is_weighted = false;
    for (uint32_t place = 0; place < carry->heads; place++) {
        const uint32_t row = WEIR_STRINGS_KEPT + place;
        const uint32_t length = table->head_length[row];
        memcpy(block->text + block->text_used, table->head[row], WEIR_STRINGS_HEAD_BYTES);
        block->head_start[place] = block->text_used;
        block->head_length[place] = (uint8_t)length;
        block->text_used += length < WEIR_STRINGS_HEAD_BYTES ? length : WEIR_STRINGS_HEAD_BYTES;
    }
}

bool weir_strings_carry_holds(struct weir_strings_block *block,
                              const struct weir_strings_table *table,
                              const struct weir_strings_carry *carry) {
    weir_strings_block_restore(block, table, carry);
    const uint32_t distinct = weir_strings_block_count(block, table);
    const uint64_t limit = weir_strings_block_limit(block, table, distinct);
    bool holds = true;
    for (uint32_t place = 0; place < block->used; place++) {
        holds &= (block->weight[place] > limit) == (place < carry->heads);
    }
    block->used = 0;
    block->text_used = 0;
    block->carried = 0;
    return holds;
}
