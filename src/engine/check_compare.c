#include "engine/check_inner.h"

#include "base/banned.h"

/*
 * Format notes.
 * - min_value and max_value mean something in the order that the footer names for the column, min
 *   and max in signed order. Under TYPE_ORDER a NaN bound is ignored, and -0 and +0 are one value.
 *   Under IEEE 754 total order bounds are those of the numbers, or of the NaNs where all values are
 *   NaN.
 * - A bound that says it is exact must be the extreme itself, one that says it is not must only
 *   bound it. One that says neither must be the extreme, except of byte arrays, which writers
 *   shorten, and of pages: Polars gives each page the bounds of the whole dictionary.
 * - Writers count NaN among the distinct values or not, and +0 and -0 as one or as two; both are
 *   accepted.
 */

/* Distinct counts beyond the exact ones are estimates; so many standard errors are let pass. */
#define DISTINCT_ERRORS 5

static struct weir_value count_value(int64_t count) {
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = WEIR_KIND_I64;
    value.present = true;
    value.i64 = count;
    return value;
}

void weir_check_tell(struct weir_check *check, const struct weir_where *where,
                     struct weir_finding *finding) {
    const struct weir_check_column *column = where->column;
    check->totals.disagreements++;
    finding->file = check->file;
    finding->row_group = where->row_group;
    finding->page = where->page;
    finding->column = WEIR_NONE32;
    if (column != NULL) {
        finding->column = column->column;
        finding->path = column->path;
        finding->path_bytes = column->path_bytes;
        finding->type = column->type;
    }
    if (!check->stopped) {
        check->stopped = !check->visit(check->visit_context, finding);
    }
}

void weir_check_tell_other(struct weir_check *check, const struct weir_where *where,
                           const char *what) {
    struct weir_finding finding;
    memset(&finding, 0, sizeof finding);
    finding.what = what;
    finding.form = WEIR_FORM_OTHER;
    weir_check_tell(check, where, &finding);
}

static void tell_counts(struct weir_check *check, const struct weir_where *where, const char *what,
                        enum weir_relation relation, int64_t stated, uint64_t found) {
    struct weir_finding finding;
    memset(&finding, 0, sizeof finding);
    finding.what = what;
    finding.form = WEIR_FORM_COUNT;
    finding.relation = relation;
    finding.stated = count_value(stated);
    finding.found = count_value((int64_t)found);
    weir_check_tell(check, where, &finding);
}

void weir_check_count(struct weir_check *check, const struct weir_where *where, const char *what,
                      int64_t stated, uint64_t found) {
    check->totals.statements++;
    if (stated < 0 || (uint64_t)stated != found) {
        tell_counts(check, where, what, WEIR_RELATION_EQUAL, stated, found);
    }
}

void weir_check_truth(struct weir_check *check, const struct weir_where *where, const char *what,
                      bool stated, bool found) {
    check->totals.statements++;
    if (stated != found) {
        struct weir_finding finding;
        memset(&finding, 0, sizeof finding);
        finding.what = what;
        finding.form = WEIR_FORM_TRUTH;
        finding.stated = count_value(stated);
        finding.found = count_value(found);
        weir_check_tell(check, where, &finding);
    }
}

void weir_check_stated(struct weir_check *check, const struct weir_where *where, const char *what,
                       const struct weir_stated *stated, uint64_t found) {
    if (stated->present) {
        weir_check_count(check, where, what, stated->value, found);
    }
}

/* --- Bounds. --------------------------------------------------------------------------------- */

static bool is_float(enum weir_kind kind) {
    return kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64;
}

static bool is_nan(const struct weir_value *value) {
    return is_float(value->kind) && value->f64 != value->f64;
}

static bool holds(enum weir_relation relation, int order) {
    switch (relation) {
    case WEIR_RELATION_AT_MOST: return order <= 0;
    case WEIR_RELATION_AT_LEAST: return order >= 0;
    default: return order == 0;
    }
}

/* The extreme that a bound stands for; present is false when there is none. */
static struct weir_value extreme_of(const struct weir_extremes *extremes, bool is_min,
                                    bool total_order) {
    struct weir_value value = is_min ? extremes->min : extremes->max;
    value.present = extremes->present;
    if (!extremes->present && total_order && extremes->nans > 0) {
        value = is_min ? extremes->nan_min : extremes->nan_max;
    }
    return value;
}

void weir_check_bound(struct weir_check *check, const struct weir_where *where, const char *what,
                      const struct weir_bound *bound, bool is_min, bool nan_count_given,
                      const struct weir_facts *facts) {
    const struct weir_check_column *column = where->column;
    bool total_order = column->order == WEIR_ORDER_IEEE754;
    struct weir_finding finding;
    memset(&finding, 0, sizeof finding);
    if (!bound->present) {
        return;
    }
    finding.what = what;
    finding.form = WEIR_FORM_VALUE;
    finding.stated = weir_bound_value(bound, &column->type, column->kind);
    finding.found = extreme_of(&facts->extremes, is_min, total_order);
    bool may_be_loose = where->page != WEIR_NONE32 || weir_bounds_may_be_cut(&column->type);
    bool loose =
        bound->exact == WEIR_EXACT_NO || (bound->exact == WEIR_EXACT_UNKNOWN && may_be_loose);
    finding.relation = !loose   ? WEIR_RELATION_EQUAL
                       : is_min ? WEIR_RELATION_AT_MOST
                                : WEIR_RELATION_AT_LEAST;
    if (!finding.stated.present) {
        check->totals.statements++;
        weir_check_tell(check, where, &finding);
        return;
    }
    if (!total_order && is_nan(&finding.stated) && !nan_count_given) {
        return;
    }
    check->totals.statements++;
    bool good = !finding.found.present && loose; /* nothing is below or above it */
    if (finding.found.present && (total_order || !is_nan(&finding.stated))) {
        int order = total_order ? weir_values_total_order(&finding.stated, &finding.found)
                                : weir_values_order(&finding.stated, &finding.found);
        good = holds(finding.relation, order);
    }
    if (!good) {
        weir_check_tell(check, where, &finding);
    }
}

/* The deprecated fields: signed order, -0 and +0 as one. */
static void check_old_bounds(struct weir_check *check, const struct weir_where *where,
                             const struct weir_statistics *statistics,
                             const struct weir_facts *facts) {
    struct weir_check_column column = *where->column;
    struct weir_where old = *where;
    if (!weir_order_is_signed(&column.type)) {
        return;
    }
    column.order = WEIR_ORDER_TYPE;
    old.column = &column;
    weir_check_bound(check, &old, "Statistics.min", &statistics->min_old, true, false, facts);
    weir_check_bound(check, &old, "Statistics.max", &statistics->max_old, false, false, facts);
}

/* --- Counts. --------------------------------------------------------------------------------- */

static bool is_zero(const struct weir_value *value) {
    return is_float(value->kind) && value->f64 == 0;
}

static void check_distinct(struct weir_check *check, const struct weir_where *where, int64_t stated,
                           const struct weir_facts *facts) {
    const struct weir_distinct *distinct = &facts->distinct;
    const struct weir_extremes *extremes = &facts->extremes;
    double found = (double)distinct->value;
    double slack = DISTINCT_ERRORS * distinct->relative_error * found;
    double more = (double)extremes->nans;
    bool signed_zero = is_float(extremes->kind) && extremes->present &&
                       (is_zero(&extremes->min) || is_zero(&extremes->max) ||
                        (extremes->min.f64 < 0 && extremes->max.f64 > 0));
    more += signed_zero ? 1 : 0;
    check->totals.statements++;
    if ((double)stated < found - slack || (double)stated > found + slack + more) {
        tell_counts(check, where, "Statistics.distinct_count",
                    distinct->exact ? WEIR_RELATION_EQUAL : WEIR_RELATION_ABOUT, stated,
                    distinct->value);
    }
}

/* Entries without a value, or only those where the leaf itself is null: writers of nested columns
 * count the one or the other. */
void weir_check_nulls(struct weir_check *check, const struct weir_where *where, const char *what,
                      int64_t stated, const struct weir_facts *facts) {
    const struct weir_check_column *column = where->column;
    uint64_t found = facts->nulls;
    if (facts->has_levels && column->definition_max > 0) {
        uint64_t own = column->is_optional ? facts->definition[column->definition_max - 1] : 0;
        found = stated >= 0 && (uint64_t)stated == own ? own : found;
    }
    weir_check_count(check, where, what, stated, found);
}

void weir_check_statistics(struct weir_check *check, const struct weir_where *where,
                           const struct weir_statistics *statistics,
                           const struct weir_facts *facts) {
    const struct weir_check_column *column = where->column;
    if (!statistics->present) {
        return;
    }
    if (statistics->null_count.present) {
        weir_check_nulls(check, where, "Statistics.null_count", statistics->null_count.value,
                         facts);
    }
    if (is_float(column->kind)) {
        weir_check_stated(check, where, "Statistics.nan_count", &statistics->nan_count,
                          facts->extremes.nans);
    }
    if (statistics->distinct_count.present && facts->has_distinct) {
        check_distinct(check, where, statistics->distinct_count.value, facts);
    }
    check_old_bounds(check, where, statistics, facts);
    if (weir_order_known(column->order, &column->type)) {
        bool given = statistics->nan_count.present;
        weir_check_bound(check, where, "Statistics.min_value", &statistics->min_value, true, given,
                         facts);
        weir_check_bound(check, where, "Statistics.max_value", &statistics->max_value, false, given,
                         facts);
    }
}

/* The first level whose count differs, or the length that does not suit the column. */
static void check_histogram(struct weir_check *check, const struct weir_where *where,
                            const char *what, const char *what_length,
                            const struct weir_histogram *stated, const uint64_t *found,
                            uint32_t level_max) {
    if (!stated->present || stated->length == 0) {
        return; /* an empty list is how some writers leave it out */
    }
    if (stated->length != level_max + 1) {
        weir_check_count(check, where, what_length, stated->length, level_max + 1u);
        return;
    }
    for (uint32_t i = 0; i <= level_max; i++) {
        uint64_t before = check->totals.disagreements;
        weir_check_count(check, where, what, stated->counts[i], found[i]);
        if (check->totals.disagreements != before) {
            return;
        }
    }
}

const struct weir_size_names weir_check_chunk_names = {
    .unencoded_bytes = "SizeStatistics.unencoded_byte_array_data_bytes",
    .definition = "SizeStatistics.definition_level_histogram",
    .definition_length = "SizeStatistics.definition_level_histogram (length)",
    .repetition = "SizeStatistics.repetition_level_histogram",
    .repetition_length = "SizeStatistics.repetition_level_histogram (length)"};

const struct weir_size_names weir_check_index_names = {
    .unencoded_bytes = "OffsetIndex.unencoded_byte_array_data_bytes",
    .definition = "ColumnIndex.definition_level_histograms",
    .definition_length = "ColumnIndex.definition_level_histograms (length)",
    .repetition = "ColumnIndex.repetition_level_histograms",
    .repetition_length = "ColumnIndex.repetition_level_histograms (length)"};

void weir_check_sizes(struct weir_check *check, const struct weir_where *where,
                      const struct weir_size_names *names, const struct weir_size_statistics *sizes,
                      const struct weir_facts *facts) {
    const struct weir_check_column *column = where->column;
    if (column->type.physical == WEIR_BYTE_ARRAY && column->kind == WEIR_KIND_BYTES) {
        weir_check_stated(check, where, names->unencoded_bytes, &sizes->unencoded_bytes,
                          facts->extremes.bytes);
    }
    if (facts->has_levels) {
        check_histogram(check, where, names->definition, names->definition_length,
                        &sizes->definition, facts->definition, column->definition_max);
        check_histogram(check, where, names->repetition, names->repetition_length,
                        &sizes->repetition, facts->repetition, column->repetition_max);
    }
}
