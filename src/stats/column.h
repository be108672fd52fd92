/*
 * Everything that one column needs: counts, moments, exact sums, quantiles, distinct values, top
 * values, strings. The only door into stats/ for the engine.
 *
 * Blocks. Values are gathered into canonical blocks of WEIR_BLOCK_VALUES non-null values; every
 * estimator works block by block. So results do not depend on how the values arrive: in one span or
 * in many, zero-copy or staged. Values without weights are counted from the column's start, and a
 * partial block waits for the next chunk: for a column of nothing else, chunks do not matter
 * either. A block of values with weights ends with its chunk, and so does a partial block before
 * it.
 *
 * Few values. While a column has at most 1024 distinct values and any of quantiles, distinct or top
 * values are asked for, they are counted exactly and everything, moments too, follows from these
 * counts: order, chunks and weights do not matter.
 *
 * Memory: a column's state is taken from a space and holds no pointer outside it; a scratch is
 * taken once a lane and shared by its columns, one chunk at a time. With all statistics at a rank
 * error of 0.001 a slot takes 99 KiB for numbers (32 KiB are the partial block), 90 KiB for byte
 * arrays (likewise) and 172 KiB for I128; with moments alone numbers take 36 KiB and I128 68 KiB. A
 * scratch takes 255 KiB, 384 KiB where there is I128.
 * Errors: none; every input is accepted.
 */
#ifndef WEIR_STATS_COLUMN_H
#define WEIR_STATS_COLUMN_H

#include "base/isa.h"
#include "base/space.h"
#include "base/view.h"
#include "weir/result.h"

#define WEIR_BLOCK_VALUES 4096u

struct weir_stats_options {
    uint32_t stats;    /* enum weir_stats, or-ed */
    double rank_error; /* in (0, 0.5): wanted normalised rank error at 99 % confidence */
    uint64_t seed;
    enum weir_isa isa;
};

struct weir_column;  /* state of one column */
struct weir_scratch; /* working memory of one lane */

/* Takes the memory of a scratch; the same call measures and places. NULL while measuring. `kinds`
 * as for the slots that it serves. */
struct weir_scratch *weir_scratch_take(struct weir_space *space, uint32_t kinds,
                                       const struct weir_stats_options *options);

/*
 * Takes the memory of one column slot. A slot serves columns of any kind, so that slots can be
 * used again by the next batch: `kinds` is the set of kinds (1 << enum weir_kind, or-ed) that it
 * must be able to hold.
 */
struct weir_column *weir_column_take(struct weir_space *space, uint32_t kinds,
                                     const struct weir_stats_options *options);

/* Empties a slot for a column. `ordinal` keys its random bits, so that equal columns at different
 * places draw different ones and any order of work draws the same. `unordered`: values of the kind
 * have no order in this column (BYTES that hold intervals), so it has no minimum and maximum. */
void weir_column_begin(struct weir_column *column, const struct weir_stats_options *options,
                       enum weir_kind kind, bool unordered, uint64_t ordinal);

/* --- One column chunk: begin, any number of adds, end. ------------------------------------- */

void weir_column_chunk_begin(struct weir_column *column, struct weir_scratch *scratch);

/* n nulls. O(1). */
void weir_column_add_nulls(struct weir_column *column, uint64_t n);

/* Booleans, by count. O(1). */
void weir_column_add_bools(struct weir_column *column, uint64_t trues, uint64_t falses);

/* `count` values of a fixed-width kind, little-endian, unaligned, in file order; I128 are 16 bytes
 * in two's complement. */
void weir_column_add_fixed(struct weir_column *column, struct weir_scratch *scratch,
                           const void *values, uint64_t count);

/* The same with a weight each; a weight of 0 means that the value does not occur. */
void weir_column_add_fixed_weighted(struct weir_column *column, struct weir_scratch *scratch,
                                    const void *values, const uint32_t *weights, uint64_t count);

/* Byte arrays of at most WEIR_VIEW_BYTES_MAX bytes, valid during the call; weights may be NULL (1
 * each). */
void weir_column_add_views(struct weir_column *column, struct weir_scratch *scratch,
                           const struct weir_view *views, const uint32_t *weights, uint64_t count);

/*
 * A piece of one byte array longer than WEIR_VIEW_BYTES_MAX: `length` is that of the whole value,
 * `offset` where the piece starts; pieces come in order and without gaps, the last one ends the
 * value.
 */
void weir_column_add_piece(struct weir_column *column, struct weir_scratch *scratch,
                           const uint8_t *data, uint64_t bytes, uint64_t offset, uint64_t length,
                           uint32_t weight);

void weir_column_chunk_end(struct weir_column *column, struct weir_scratch *scratch);

/* Behind the last chunk: finishes the partial block. */
void weir_column_end(struct weir_column *column, struct weir_scratch *scratch);

/*
 * Adds the values of another column, as if they followed: for parts of one column that were
 * profiled apart. Both end first (a partial block is finished where its part ends), `from` is not
 * changed otherwise.
 *
 * In the order of the parts, counts, extremes, distinct values and exact sums are those of one run,
 * and everything is while the whole has few values. Moments, quantiles and top values have the
 * same bits for the same parts; their bounds hold for any. A column without values becomes the
 * other, ordinal included. Parts need ordinals of their own: see weir_kll_merge.
 * SCHEMA: the kinds differ. ARGUMENT: the statistics, rank errors or seeds do. LIMIT: more than
 * 2^62 values. `into` has ended then, and is as it was otherwise.
 */
enum weir_status weir_column_merge(struct weir_column *into, struct weir_column *from,
                                   struct weir_scratch *scratch, struct weir_error *error);

/* --- Saved states: the same bytes on every machine, see base/state_bytes.h. ----------------- */

/* Bytes that a column's saved state has now, and the most that those of such columns ever have. */
uint64_t weir_column_saved_bytes(const struct weir_column *column);
uint64_t weir_column_saved_bytes_max(enum weir_kind kind, const struct weir_stats_options *options);

/* Saves a column between two chunks, or once it has ended; a partial block is saved as it is.
 * ARGUMENT: `room_bytes` are too few. */
enum weir_status weir_column_save(const struct weir_column *column, void *to, uint64_t room_bytes,
                                  uint64_t *bytes_ret, struct weir_error *error);

/* What the head of a saved column says. */
struct weir_column_saved {
    uint64_t bytes; /* of all of it */
    enum weir_kind kind;
    bool unordered;
    uint32_t stats;
    double rank_error; /* from 1e-6 below 0.5 */
    uint64_t seed;
    uint64_t ordinal;
};

/* Reads the head of a saved column that starts at `bytes`. Errors as of weir_state_frame_length;
 * CORRUPT also when it makes no sense. The checksum is not looked at. */
enum weir_status weir_column_saved_info(const void *bytes, uint64_t count,
                                        struct weir_column_saved *info_ret,
                                        struct weir_error *error);

/*
 * Takes a saved column into a slot, in place of what it holds; `count` bytes are exactly it. The
 * column goes on as if it had never been saved. Every byte may be hostile: what is taken breaks no
 * rule that later calls rely on, though its numbers may be lies.
 * ARGUMENT: saved with other statistics, rank error or seed. LIMIT: the slot does not serve the
 * kind. UNSUPPORTED: another version. CHECKSUM, CORRUPT: the bytes. Then the slot is empty, or as
 * it was.
 */
enum weir_status weir_column_load(struct weir_column *column,
                                  const struct weir_stats_options *options,
                                  struct weir_scratch *scratch, const void *bytes, uint64_t count,
                                  struct weir_error *error);

/* --- Results, once the column has ended. Any number of times; the state is not changed. ------ */

void weir_column_result(const struct weir_column *column, struct weir_scratch *scratch,
                        struct weir_result *result_ret);

/* Quantiles of a column: q in [0, 1]. value.present is false when there are none. Lower value
 * (inverse of the empirical distribution): the smallest x with rank(x) >= q. */
void weir_column_quantiles(const struct weir_column *column, struct weir_scratch *scratch,
                           struct weir_quantile *quantiles, uint32_t count);

/*
 * Counts of finite values in `bins` equal parts of [low, high] (the last one closed), estimated
 * from the quantile state; returns false when the kind has no order on numbers or no values.
 * `low` and `high` are the finite extremes.
 */
bool weir_column_histogram(const struct weir_column *column, struct weir_scratch *scratch,
                           uint32_t bins, uint64_t *counts_ret, double *low_ret, double *high_ret);

#endif
