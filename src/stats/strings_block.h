/*
 * Distinct and top values of byte arrays: one block staged in the lane, one table in the column.
 *
 * A value is known by its 64-bit hash. The table counts exactly while the column has at most
 * WEIR_STRINGS_EXACT distinct hashes; then it spills: distinct values go to a HyperLogLog and the
 * table goes on as a Misra-Gries summary of WEIR_STRINGS_KEPT counters.
 */
#ifndef WEIR_STATS_STRINGS_BLOCK_H
#define WEIR_STATS_STRINGS_BLOCK_H

#include "base/state_bytes.h"
#include "stats/column.h"
#include "stats/hll.h"

#define WEIR_STRINGS_EXACT 1024u
#define WEIR_STRINGS_KEPT 512u
#define WEIR_STRINGS_HEAD_BYTES 32u /* of a value, kept to print it */

/* What the column keeps. Entries stand in order of first sight; no pointers. */
struct weir_strings_table {
    bool wants_distinct;
    bool wants_top;
    bool spilled;
    enum weir_isa isa;
    uint32_t used;
    uint64_t error; /* a true count is at most this much above the stored one */
    uint64_t hash[WEIR_STRINGS_EXACT];
    uint64_t count[WEIR_STRINGS_EXACT];
    uint8_t head[WEIR_STRINGS_EXACT][WEIR_STRINGS_HEAD_BYTES]; /* padded with zeros */
    uint8_t head_length[WEIR_STRINGS_EXACT]; /* of the value; one more than fits: it was cut */
    struct weir_hll hll;
};

/*
 * One block in the making, and working memory to end it. The places from WEIR_BLOCK_VALUES on are
 * for the table's entries, which are counted together with the block's.
 */
#define WEIR_STRINGS_PLACES (WEIR_BLOCK_VALUES + WEIR_STRINGS_EXACT)
#define WEIR_STRINGS_SLOTS 8192u
#define WEIR_STRINGS_MARK_WORDS 1024u

struct weir_strings_block {
    uint32_t used;
    uint32_t text_used;
    uint32_t carried; /* the first places, which came with earlier chunks */
    bool is_weighted; /* not every value staged has weight 1 */
    uint64_t hash[WEIR_STRINGS_PLACES];
    uint64_t weight[WEIR_STRINGS_PLACES];   /* never 0 while staged */
    uint32_t head_start[WEIR_BLOCK_VALUES]; /* in `text` */
    uint8_t head_length[WEIR_BLOCK_VALUES];
    union {
        uint16_t slots[WEIR_STRINGS_SLOTS];
        uint64_t marks[2][WEIR_STRINGS_MARK_WORDS]; /* a bit a hash: seen, seen again */
    };
    uint16_t rest[WEIR_STRINGS_PLACES];
    /* The heads close together: short values touch little memory. Each is written as a whole, so
     * that there are up to 32 bytes of scribble behind the last one. */
    uint8_t text[(WEIR_BLOCK_VALUES + 1) * WEIR_STRINGS_HEAD_BYTES];
};

/* A partial block between two chunks, see strings_carry.c. */
struct weir_strings_carry {
    uint32_t count;
    uint32_t heads; /* so many of the first ones have their heads in the table's rows from
                       WEIR_STRINGS_KEPT on */
    uint64_t hash[WEIR_BLOCK_VALUES];
};

#define WEIR_STRINGS_HEAD_WORDS (WEIR_STRINGS_HEAD_BYTES / 8u)

/* Notes the weight of a value at place `at` and that its head lies at text + start; returns how
 * long the head is. Who keeps both counters in registers over many values stores hash and head. */
static inline uint32_t weir_strings_block_note(struct weir_strings_block *block, uint32_t at,
                                               uint32_t start, uint64_t weight, uint64_t length) {
    const bool is_cut = length > WEIR_STRINGS_HEAD_BYTES;
    const uint32_t kept = is_cut ? WEIR_STRINGS_HEAD_BYTES : (uint32_t)length;
    WEIR_ASSERT_HOT(at < WEIR_BLOCK_VALUES && weight > 0);
    block->weight[at] = weight;
    block->head_start[at] = start;
    block->head_length[at] = (uint8_t)(kept + is_cut);
    return kept;
}

/* Stages one value; the block has room. */
static inline void weir_strings_block_add(struct weir_strings_block *block, uint64_t hash,
                                          uint64_t weight,
                                          const uint64_t head[WEIR_STRINGS_HEAD_WORDS],
                                          uint64_t length) {
    memcpy(block->text + block->text_used, head, WEIR_STRINGS_HEAD_BYTES);
    block->hash[block->used] = hash;
    block->text_used +=
        weir_strings_block_note(block, block->used, block->text_used, weight, length);
    block->used++;
}

void weir_strings_table_begin(struct weir_strings_table *table, uint32_t stats, enum weir_isa isa);

/*
 * What the table says: distinct values, of `count` in all, and the top values' counts. Returns how
 * many of those there are; entries_ret says which entries of the table they are.
 */
void weir_strings_table_distinct(const struct weir_strings_table *table, uint64_t count,
                                 struct weir_distinct *distinct_ret);
uint32_t weir_strings_table_best(const struct weir_strings_table *table,
                                 uint32_t entries_ret[WEIR_TOP_MAX],
                                 struct weir_top best_ret[WEIR_TOP_MAX]);

/* Moves the block into the table and empties it. Worst case O(n log n) whatever the hashes. */
void weir_strings_block_end(struct weir_strings_block *block, struct weir_strings_table *table);

/* The same for values of weight 1, not caring where the block ends while the table is exact. When
 * it spills, the values behind stay in the block. */
void weir_strings_block_end_plain(struct weir_strings_block *block,
                                  struct weir_strings_table *table);

/* Puts a partial block of values of weight 1 aside, when the table has spilled; and takes it out
 * again, into an empty block. The table must stay as it is in between. */
void weir_strings_block_save(struct weir_strings_block *block, struct weir_strings_table *table,
                             struct weir_strings_carry *carry);
void weir_strings_block_restore(struct weir_strings_block *block,
                                const struct weir_strings_table *table,
                                const struct weir_strings_carry *carry);

/*
 * The two halves of it, for who wants to look in between. The first counts block and table
 * together, which leaves the table as it was, and returns how many distinct hashes they have (0
 * when nobody asks): more than WEIR_STRINGS_EXACT make the table spill in the second.
 */
uint32_t weir_strings_block_count(struct weir_strings_block *block,
                                  const struct weir_strings_table *table);
void weir_strings_block_take(struct weir_strings_block *block, struct weir_strings_table *table,
                             uint32_t distinct);

/* Between the two: what the second would take from every count, which leaves at most
 * WEIR_STRINGS_KEPT above zero; of a table that has spilled. */
uint64_t weir_strings_block_limit(struct weir_strings_block *block,
                                  const struct weir_strings_table *table, uint32_t distinct);

/* The table will be a summary from the next block on. */
void weir_strings_table_spill(struct weir_strings_table *table);

/* Stages the entries of a table in an empty block, as values with weights. */
void weir_strings_block_stage(struct weir_strings_block *block,
                              const struct weir_strings_table *table);

/* Adds another table, with the help of a block that nothing is staged in. */
void weir_strings_table_merge(struct weir_strings_table *table,
                              const struct weir_strings_table *other,
                              struct weir_strings_block *block);

/*
 * Appends a table. Loading takes it into an empty one for the same statistics: false when the bytes
 * are no table that `count` values could have left behind.
 */
void weir_strings_table_save(const struct weir_strings_table *table,
                             struct weir_state_writer *writer);
bool weir_strings_table_load(struct weir_strings_table *table, uint64_t count,
                             struct weir_state_reader *reader);

/* The same for a row, which need not be in use. */
void weir_strings_row_save(const struct weir_strings_table *table, uint32_t row,
                           struct weir_state_writer *writer);
bool weir_strings_row_load(struct weir_strings_table *table, uint32_t row,
                           struct weir_state_reader *reader);

/* Whether a carried block has the heads that its end may need. Uses the block. */
bool weir_strings_carry_holds(struct weir_strings_block *block,
                              const struct weir_strings_table *table,
                              const struct weir_strings_carry *carry);

/* Copies the head of a place in the block to a row of the table. */
void weir_strings_table_head(struct weir_strings_table *table, uint32_t row,
                             const struct weir_strings_block *block, uint32_t place);

#endif
