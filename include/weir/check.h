/*
 * Check: what files say of themselves, compared with what they hold.
 *
 * The same steps as a profile: weir_check_inspect, weir_check_plan, weir_check_init,
 * weir_check_run. Everything is decoded, one column chunk at a time, and compared with the footer,
 * page headers and page index: counts, sizes, offsets, encodings, checksums, null, NaN and distinct
 * counts, minima and maxima with their exactness, level histograms. Each file is judged by itself:
 * the files of a data set need not have one schema.
 *
 * What means nothing is not judged: bounds without a column order, or of types without one, the
 * deprecated min and max where signed order is not the type's, NaN among bounds, counts that are
 * not given.
 */
#ifndef WEIR_CHECK_H
#define WEIR_CHECK_H

#include "weir/profile.h"

/* How what is stated relates to what was found when all is well. */
enum weir_relation {
    WEIR_RELATION_EQUAL,
    WEIR_RELATION_AT_MOST,  /* a lower bound */
    WEIR_RELATION_AT_LEAST, /* an upper bound */
    WEIR_RELATION_ABOUT     /* an estimate stands for the truth: five standard errors apart */
};

/* What the two sides of a disagreement are. */
enum weir_form {
    WEIR_FORM_COUNT,     /* i64 */
    WEIR_FORM_VALUE,     /* a value of the column: see weir_finding.type */
    WEIR_FORM_CHECKSUM,  /* u64: 32 bits */
    WEIR_FORM_ENCODINGS, /* u64: a set of encoding numbers */
    WEIR_FORM_TRUTH,     /* i64: 0 or 1 */
    WEIR_FORM_OTHER      /* neither side is a value: `what` says it all */
};

/*
 * One disagreement, or with `error` one thing that cannot be read. Places that do not apply hold
 * WEIR_NONE32. Pages count from 0 in their column chunk, the dictionary page included. Pointers are
 * valid during the call.
 */
struct weir_finding {
    const struct weir_error *error; /* NULL for a disagreement; nothing below is set otherwise */
    const char *what;               /* "Statistics.null_count": a literal, the format's own name */
    enum weir_form form;
    enum weir_relation relation;
    uint32_t file;
    uint32_t row_group;
    uint32_t column; /* leaf ordinal */
    uint32_t page;
    const char *path; /* of the column, NUL-terminated, or NULL */
    uint32_t path_bytes;
    struct weir_type type;
    struct weir_value stated; /* present is false: nothing is stated where something was found */
    struct weir_value found;  /* present is false: the data have none */
};

struct weir_check_totals {
    uint64_t files;
    uint64_t row_groups;
    uint64_t chunks;           /* read and compared */
    uint64_t pages;            /* data and dictionary pages of these */
    uint64_t statements;       /* that were compared */
    uint64_t disagreements;    /* of these */
    uint64_t chunks_not_apart; /* whose page bounds were not compared: their dictionary would have
                                  to be read too often */
    uint64_t unreadable;       /* columns of a file, or whole files; with keep_going only */
};

struct weir_check;

/*
 * weir_inspect, for files of different schemas: the largest of everything. With keep_going, files
 * that cannot be read do not fail here. Errors: as weir_inspect.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_check_inspect(
    const struct weir_dataset *dataset, const struct weir_profile_options *options, void *window,
    size_t window_bytes, struct weir_inventory *inventory_ret, struct weir_error *error_ret);

/* Same contract as weir_profile_plan; lanes, stats and rank_error are ignored. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_check_plan(
    const struct weir_inventory *inventory, const struct weir_profile_options *options,
    struct weir_plan *plan_ret, struct weir_error *error_ret);

/* Same contract as weir_profile_init. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_check_init(void *memory, size_t bytes,
                                                          const struct weir_plan *plan,
                                                          const struct weir_dataset *dataset,
                                                          struct weir_check **check_ret,
                                                          struct weir_error *error_ret);

/* Called with each finding, in the order of files, row groups and columns. false stops the run. */
typedef bool weir_check_visit(void *context, const struct weir_finding *finding);

/*
 * Checks every file. WEIR_OK: all was read, whatever was found. With keep_going, what cannot be
 * read is a finding and the run goes on. Errors: as in weir_check_error; OUTPUT when the visitor
 * stopped the run.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_check_run(struct weir_check *check,
                                                         weir_check_visit *visit, void *context);

WEIR_API const struct weir_error *weir_check_error(const struct weir_check *check);

WEIR_API void weir_check_totals(const struct weir_check *check,
                                struct weir_check_totals *totals_ret);

#endif
