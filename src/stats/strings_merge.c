#include "base/bits.h"
#include "stats/strings_state.h"

#include "base/banned.h"

/*
 * Numerics notes. The other table's entries are one more block of values with weights, so an exact
 * union stays exact, in order of first sight. A summary's block is joined likewise, and its error
 * is added: a count that it left out is at most that much. Its own entries are in its registers
 * already; adding their hashes again changes nothing.
 */

void weir_strings_block_stage(struct weir_strings_block *block,
                              const struct weir_strings_table *table) {
    WEIR_ASSERT(table->used <= WEIR_STRINGS_EXACT);
    block->used = 0;
    block->text_used = 0;
    block->carried = 0;
    block->is_weighted = true;
    for (uint32_t e = 0; e < table->used; e++) {
        uint64_t head[WEIR_STRINGS_HEAD_WORDS];
        memcpy(head, table->head[e], sizeof head);
        /* A length of one more than fits says that the value was cut, here as there. */
        weir_strings_block_add(block, table->hash[e], table->count[e], head, table->head_length[e]);
    }
}

void weir_strings_table_merge(struct weir_strings_table *table,
                              const struct weir_strings_table *other,
                              struct weir_strings_block *block) {
    WEIR_ASSERT(table->wants_distinct == other->wants_distinct);
    WEIR_ASSERT(table->wants_top == other->wants_top);
    if (other->spilled && !table->spilled) {
        weir_strings_table_spill(table);
    }
    weir_strings_block_stage(block, other);
    weir_strings_block_take(block, table, weir_strings_block_count(block, table));
    if (other->spilled && table->wants_distinct) {
        weir_hll_merge(&table->hll, &other->hll);
    }
    table->error += other->error;
}

int weir_strings_compare(const struct weir_strings_extreme *a,
                         const struct weir_strings_extreme *b) {
    const int order = memcmp(a->bytes, b->bytes, sizeof a->bytes);
    const uint32_t length_a = a->kept_bytes + a->cut;
    const uint32_t length_b = b->kept_bytes + b->cut;
    return order != 0 ? order : length_a < length_b ? -1 : length_a > length_b;
}

void weir_strings_merge(struct weir_strings_state *into, const struct weir_strings_state *from,
                        struct weir_strings_scratch *scratch) {
    WEIR_ASSERT(into->carry.count == 0 && from->carry.count == 0);
    if (from->count == 0) {
        return;
    }
    into->length_sum += from->length_sum;
    into->length_square_sum += from->length_square_sum;
    into->length_min = weir_min_u64(into->length_min, from->length_min);
    into->length_max = weir_max_u64(into->length_max, from->length_max);
    into->count += from->count;
    into->empty += from->empty;
    into->invalid_utf8 += from->invalid_utf8;
    WEIR_ASSERT(from->has_extremes);
    if (!into->has_extremes || weir_strings_compare(&from->min, &into->min) < 0) {
        into->min = from->min;
    }
    if (!into->has_extremes || weir_strings_compare(&from->max, &into->max) > 0) {
        into->max = from->max;
    }
    into->has_extremes = true;
    if (into->table.wants_distinct || into->table.wants_top) {
        weir_strings_table_merge(&into->table, &from->table, &scratch->block);
    }
}
