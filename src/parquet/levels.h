/*
 * Definition and repetition levels, counted.
 *
 * Statistics of a column need no alignment of levels and values, nor of the two kinds of levels:
 * - an entry with definition level d below the maximum says that the node of level d + 1 is absent
 *   (null or an empty list) while all above it are there: a histogram holds that;
 * - a list at repetition level k begins with each entry whose repetition level is below k and grows
 *   by one element with each entry of level k. An absent or empty list takes exactly one entry, as
 *   does a list of one element as seen from its own level; how many of these are absent or empty
 *   is known from the histogram.
 * Runs are O(1) in their length.
 */
#ifndef WEIR_PARQUET_LEVELS_H
#define WEIR_PARQUET_LEVELS_H

#include "parquet/runs.h"
#include "parquet/unpack.h"
#include "weir/result.h"

__extension__ typedef unsigned __int128 weir_level_square;

/* Lists of one repetition level. */
struct weir_level_lists {
    uint64_t begun;   /* entries of a lower repetition level: places where a list can be */
    uint64_t singles; /* of these, places with one entry at this level: absent, empty or length 1 */
    uint64_t more;    /* entries of this level so far in the list being read */
    bool open;
    uint64_t longer_min; /* lengths of lists of two elements and more */
    uint64_t longer_max;
    weir_level_square square_sum; /* of these lengths */
};

/* Totals of a column over its chunks. */
struct weir_levels {
    uint64_t definition[WEIR_LEVELS_MAX + 1]; /* entries by definition level */
    uint64_t repetition[WEIR_LEVELS_MAX + 1]; /* entries by repetition level: [0] is rows */
    struct weir_level_lists lists[WEIR_LEVELS_MAX + 1]; /* [k]: repetition level k; [0] unused */
};

/* Where the levels of a column come from, with the memory to unpack them. */
struct weir_level_reader {
    struct weir_error *error;
    const struct weir_unpack_kernels *kernels;
    uint32_t *unpacked; /* WEIR_RUN_PACKED_MAX + 16 */
};

/* Adds the runs of a section of definition levels: all must be <= `max`. */
enum weir_status weir_levels_definition(struct weir_level_reader *reader, struct weir_runs *runs,
                                        uint32_t max, struct weir_levels *levels);

/* The same for repetition levels. */
enum weir_status weir_levels_repetition(struct weir_level_reader *reader, struct weir_runs *runs,
                                        uint32_t max, struct weir_levels *levels);

/* `count` entries of one definition or repetition level. */
void weir_levels_repeat(struct weir_levels *levels, uint32_t max, uint32_t repetition,
                        uint64_t count);

/* Ends the lists that the chunk leaves open. CORRUPT when levels contradict each other:
 * definition_of[k] is the definition level of the k-th repeated node. */
enum weir_status weir_levels_chunk_end(struct weir_levels *levels, uint32_t repetition_max,
                                       const uint8_t *definition_of, struct weir_error *error);

/* `rows` rows of a column that a file does not have: nulls at the outermost level. */
void weir_levels_missing(struct weir_levels *levels, uint32_t repetition_max, uint64_t rows);

/* Fills in one list of a result. */
void weir_levels_list(const struct weir_levels *levels, uint32_t level, uint32_t definition,
                      struct weir_list *list_ret);

/* --- Between two chunks: parts of one column merged, and saved states. --------------------------
 */

/* What the levels of a column can be. */
struct weir_levels_shape {
    uint32_t definition_max;
    uint32_t repetition_max;
    const uint8_t *definition_of; /* [k]: definition level of the k-th repeated node */
};

/* Adds the totals of other chunks of the same column: those of one run over all. LIMIT, with
 * nothing changed: more than 2^62 entries. */
enum weir_status weir_levels_merge(struct weir_levels *into, const struct weir_levels *from,
                                   struct weir_error *error);

/* Bytes of a saved state, and a place of so many to save it to. See base/state_bytes.h. */
uint64_t weir_levels_saved_bytes(const struct weir_levels_shape *shape);
void weir_levels_save(const struct weir_levels *levels, const struct weir_levels_shape *shape,
                      void *to);

/* Takes what was saved; every byte may be hostile. UNSUPPORTED: another version. CHECKSUM, CORRUPT:
 * the bytes, or another shape. Then the levels are empty. */
enum weir_status weir_levels_load(struct weir_levels *levels, const struct weir_levels_shape *shape,
                                  const void *bytes, uint64_t count, struct weir_error *error);

/* Bits of a level whose maximum is `max`. */
uint32_t weir_level_width(uint32_t max);

#endif
