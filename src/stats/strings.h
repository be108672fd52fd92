/*
 * Statistics of byte arrays: lengths, UTF-8, extremes, distinct values, top values.
 *
 * Fed like weir_column (see stats/column.h for views and pieces): values are staged into canonical
 * blocks, so that the borders of calls do not matter; for values without weights, those of chunks
 * do not either (see strings_carry.c). Values of weight 0 do not occur and take no place in a
 * block. Exact: everything but distinct and top values once there are more than 1024 distinct ones.
 * Values are told apart by a 64-bit hash; values that were made to collide count as one. Memory:
 * nothing outside a view is used; a state holds no pointers and may be copied.
 */
#ifndef WEIR_STATS_STRINGS_H
#define WEIR_STATS_STRINGS_H

#include "base/space.h"
#include "base/state_bytes.h"
#include "stats/column.h"

struct weir_strings_state;   /* one column's */
struct weir_strings_scratch; /* one lane's: staging */

struct weir_strings_scratch *weir_strings_scratch_take(struct weir_space *space);

/* Bytes of a state; it is placed by the column in a slot aligned to 64. */
uint64_t weir_strings_state_bytes(void);

void weir_strings_begin(struct weir_strings_state *strings,
                        const struct weir_stats_options *options);
void weir_strings_chunk_begin(struct weir_strings_state *strings,
                              struct weir_strings_scratch *scratch);
void weir_strings_add_views(struct weir_strings_state *strings,
                            struct weir_strings_scratch *scratch, const struct weir_view *views,
                            const uint32_t *weights, uint64_t count);

/* Only values longer than WEIR_VIEW_BYTES_MAX, and all of them, come in pieces: whole views are
 * hashed in another way. */
void weir_strings_add_piece(struct weir_strings_state *strings,
                            struct weir_strings_scratch *scratch, const uint8_t *data,
                            uint64_t bytes, uint64_t offset, uint64_t length, uint32_t weight);
void weir_strings_chunk_end(struct weir_strings_state *strings,
                            struct weir_strings_scratch *scratch);

/* Behind the last chunk. */
void weir_strings_end(struct weir_strings_state *strings, struct weir_strings_scratch *scratch);

/* Adds the values of another column's state; both have ended. Counts, lengths, extremes and
 * distinct values are those of one run over both. */
void weir_strings_merge(struct weir_strings_state *into, const struct weir_strings_state *from,
                        struct weir_strings_scratch *scratch);

/* Appends the state, between two chunks. Loading takes it into one that has just begun: false when
 * the bytes are no state that byte arrays could have left behind. */
void weir_strings_save(const struct weir_strings_state *strings, struct weir_state_writer *writer);
bool weir_strings_load(struct weir_strings_state *strings, struct weir_strings_scratch *scratch,
                       struct weir_state_reader *reader);

/* Once the strings have ended: fills in count, min, max, distinct, top and strings of the result.
 */
void weir_strings_result(const struct weir_strings_state *strings, struct weir_result *result_ret);

#endif
