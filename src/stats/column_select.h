/*
 * Exact quantiles of a column: what is read after its first pass. A column that has ended says
 * which values to look for; the passes after it bring its values again, to the selection instead of
 * the column.
 */
#ifndef WEIR_STATS_COLUMN_SELECT_H
#define WEIR_STATS_COLUMN_SELECT_H

#include "stats/column.h"
#include "stats/select.h"

/* Whether columns of this kind may need passes, and how many bits their keys have. */
bool weir_column_selects(enum weir_kind kind);
bool weir_column_select_wide(enum weir_kind kind);
uint32_t weir_column_select_bits(enum weir_kind kind);

/* So many values of a column are exact in its first pass, whatever they are. */
uint64_t weir_column_select_held(enum weir_kind kind, double rank_error);

/*
 * Starts the selection of the column's quantiles (q in [0, 1], at most WEIR_SELECT_TARGETS_MAX of
 * them) in so many words of room. Afterwards the selection has no targets where the column is exact
 * as it is.
 */
void weir_column_select_begin(const struct weir_column *column, struct weir_scratch *scratch,
                              struct weir_select *select, uint64_t words, const double *quantiles,
                              uint32_t count);

/* Values of the column again, as weir_column_add_fixed takes them; weights may be NULL. */
void weir_column_select_add(const struct weir_column *column, struct weir_scratch *scratch,
                            struct weir_select *select, const void *values, const uint32_t *weights,
                            uint64_t count);

/* As weir_column_quantiles, exact where the selection has the answer. */
void weir_column_select_quantiles(const struct weir_column *column, struct weir_scratch *scratch,
                                  const struct weir_select *select, struct weir_quantile *quantiles,
                                  uint32_t count);

#endif
