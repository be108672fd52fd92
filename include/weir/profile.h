/*
 * Profiles: inspect, plan, init, run.
 *
 *   weir_inspect        reads the footers once through a window that the caller lends
 *   weir_profile_plan   says which buffers of which size the profile takes; pure
 *   weir_profile_init   places them in memory of the caller's; nothing is allocated, then or later
 *   weir_profile_batch / weir_profile_run_lane   do the work, on the caller's threads
 *   weir_profile_result reads a column's statistics
 *
 * There is no destructor: forget the memory. Profiles share nothing; any number can run side by
 * side.
 */
#ifndef WEIR_PROFILE_H
#define WEIR_PROFILE_H

#include <stddef.h>

#include "weir/result.h"
#include "weir/source.h"
#include "weir/warnings.h"

#define WEIR_LANES_MAX 64u
#define WEIR_PLAN_TERMS_MAX 32u
#define WEIR_NAME_BYTES_MAX 4096u      /* longer column paths are refused */
#define WEIR_INSPECT_BYTES (48u << 10) /* window that weir_inspect needs */
#define WEIR_MEMORY_ALIGN 64u          /* alignment of the memory given to init */
#define WEIR_QUANTILES_MAX 64u         /* exact ones */
#define WEIR_RANK_ERROR_MIN 0.00001
#define WEIR_RANK_ERROR_MAX 0.1
#define WEIR_PART_ROWS (UINT64_C(1) << 25)
#define WEIR_PARTS_MAX 8u

struct weir_profile_options {
    uint64_t budget_bytes;       /* of the block that init will get */
    uint32_t lanes;              /* wanted; 0 means 1. Lanes that do not fit are dropped */
    uint32_t stats;              /* enum weir_stats, or-ed; 0 means WEIR_STATS_ALL */
    double rank_error;           /* 0 means 0.001 */
    uint64_t seed;               /* of the sketches' coins */
    uint64_t codec_window_bytes; /* plan for at least this codec window; 0: what the input shows */
    uint64_t lane_stack_bytes;   /* stack taken from the block for each lane but lane 0; or 0 */
    uint32_t isa;                /* enum weir_isa; 0: the best there is */
    bool keep_going;             /* a column that fails is marked, the others go on */

    /* Rows of a part: row groups are cut into as many parts as the input has so many rows, 1 to
     * WEIR_PARTS_MAX, which are measured apart and merged in file order, whatever the lanes. 0
     * means WEIR_PART_ROWS. Another number is another segmentation, so moments, quantiles and top
     * values of columns with more than 1024 distinct values have other bits, within the same
     * bounds. */
    uint64_t part_rows;

    /*
     * Exact quantiles, without a rank error: those listed, 1 to WEIR_QUANTILES_MAX numbers from 0
     * to 1 that live as long as the plan and the profile. Others are as good as without; nothing
     * is exact where `stats` leaves quantiles out.
     * Cost: columns of numbers with more than 1024 distinct values are read again, once or twice as
     * a rule and at most as often as the plan says, within weir_profile_run_lane; at least 79 KiB
     * more a column of the batch.
     */
    bool exact;
    uint32_t quantiles_count;
    const double *quantiles;

    /* Which columns: called with the dotted path (not NUL-terminated). NULL selects all. Must give
     * the same answer each time. */
    bool (*select)(void *context, const char *path, size_t path_bytes);
    void *select_context;

    /* Unless NULL, weir_inspect asks when it has read the schema of the first file, whose columns
     * the result has: false ends the inspection with ARGUMENT. The rest of a large footer takes
     * long, and names that select nothing are known by then. `context` is select_context. */
    bool (*suffices)(void *context, uint32_t columns_selected);

    /* Lanes return WEIR_E_INTERRUPTED soon after *stop is not 0. May be NULL. */
    const volatile int *stop;
};

/* What the plan needs to know of the input. Its size does not depend on the input. */
struct weir_inventory {
    uint64_t rows;
    uint64_t row_groups;
    uint64_t input_bytes;    /* sum of file sizes */
    uint64_t footer_bytes;   /* of all files */
    uint64_t selected_bytes; /* compressed bytes of the selected columns' chunks */
    uint32_t files;
    uint32_t columns; /* leaves of the first file */
    uint32_t columns_selected;
    uint32_t columns_extra; /* selected leaves of later files that the first one lacks: left out */
    uint32_t extra_file;    /* where the first of them is, and its name, cut, NUL-terminated */
    char extra_name[WEIR_ERROR_NAME_BYTES];
    uint32_t kinds;          /* set of enum weir_kind among the selected columns */
    uint32_t codecs;         /* set of codec numbers in use */
    uint32_t name_bytes_max; /* longest selected path */
    uint32_t encodings;      /* set of encoding numbers in use, levels' included */
    uint32_t cursors;        /* more cursors over one page, for pages too large to hold */
    uint32_t definition_max; /* of the selected columns */
    uint32_t repetition_max;
    uint64_t held_page_bytes;        /* largest page that its encoding wants whole */
    uint64_t codec_window_bytes;     /* largest codec window that a peeked page asks for */
    uint64_t dictionary_entries_max; /* largest dictionary seen while peeking */
    uint64_t dictionary_bytes_max;   /* the same, decompressed; filled in by weir_rows_plan */
    uint64_t level_bytes_max;        /* of the levels of a page; filled in by weir_rows_plan */
    uint32_t columns_bytes;          /* that hold byte arrays; filled in by weir_rows_plan */
    uint64_t file_digest;            /* of sizes and footer lengths: changes are noticed */
};

struct weir_plan_term {
    const char *name;
    uint64_t count; /* entries, over all lanes or columns */
    uint64_t bytes; /* in all */
    const char *why;
};

struct weir_plan {
    uint64_t budget_bytes;
    uint64_t minimum_bytes; /* smallest budget that works for this input and these options */
    uint64_t planned_bytes; /* what init takes; <= budget_bytes */
    uint32_t lanes;
    uint32_t lanes_wanted;
    uint32_t parts; /* of the row groups: by the input's rows only */
    bool split;     /* lanes share each column, part by part: there are few columns; else each lane
                       reads columns of its own */
    uint32_t batches;
    uint32_t columns_per_batch;
    double rank_error;
    uint32_t passes;          /* over a column's data, as a rule */
    uint32_t passes_max;      /* and at most */
    uint64_t selection_words; /* room of a column for exact quantiles; 0: none are wanted */
    uint32_t terms_count;
    struct weir_plan_term terms[WEIR_PLAN_TERMS_MAX];
    struct weir_profile_options options; /* as used: zeros replaced by their meaning */
    struct weir_inventory inventory;
};

struct weir_profile;

/*
 * Reads the footers, keeps what the plan needs.
 * Memory: `window` of at least WEIR_INSPECT_BYTES bytes is used while the call runs.
 * Errors: NOT_PARQUET, CORRUPT, UNSUPPORTED, SCHEMA, IO, CHANGED, ARGUMENT (no column selected).
 * Column chunks that this build cannot read are an error unless options->keep_going.
 * Cost: one pass over every footer (30 to 200 ns a chunk), plus one short read for each large chunk
 * of a codec or encoding with needs of its own.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_inspect(const struct weir_dataset *dataset,
                                                       const struct weir_profile_options *options,
                                                       void *window, size_t window_bytes,
                                                       struct weir_inventory *inventory_ret,
                                                       struct weir_error *error_ret);

/*
 * Fills in the plan. Errors: BUDGET with wanted = minimum_bytes and got = budget_bytes; the plan's
 * minimum_bytes and terms (of the minimum) are then set all the same.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_profile_plan(
    const struct weir_inventory *inventory, const struct weir_profile_options *options,
    struct weir_plan *plan_ret, struct weir_error *error_ret);

/*
 * Places a profile at the start of `memory` (aligned to WEIR_MEMORY_ALIGN, at least
 * plan->planned_bytes bytes; more is ignored). The dataset's callbacks must live as long as the
 * profile is used. Errors: ARGUMENT; BUDGET when the memory is smaller than planned.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_profile_init(void *memory, size_t bytes,
                                                            const struct weir_plan *plan,
                                                            const struct weir_dataset *dataset,
                                                            struct weir_profile **profile_ret,
                                                            struct weir_error *error_ret);

/*
 * Begins the next batch of columns. WEIR_END after the last one. Call it when no lane runs; the
 * results of the batch before are gone afterwards.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_profile_batch(struct weir_profile *profile);

/*
 * Works through one lane's share of the current batch: columns of its own, or with plan->split
 * parts of all columns. Each lane on a thread of its own, at the same time or one after the other,
 * and every one once. Returns when the lane's share of the batch is done; the last lane to end also
 * merges the parts.
 * Errors: as in weir_profile_error.
 */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_profile_run_lane(struct weir_profile *profile,
                                                                uint32_t lane);

/* The stack that options->lane_stack_bytes asked for; NULL for lane 0. */
WEIR_API void *weir_profile_lane_stack(struct weir_profile *profile, uint32_t lane,
                                       size_t *bytes_ret);

/*
 * The failure, or status WEIR_OK; call it when no lane runs. Of columns that fail the first in
 * schema order is told, with its first failing place, at any number of lanes and any budget: lanes
 * go on with the columns before one that has failed. Columns of other types in other files are
 * found before a batch is read. What stops the run as a whole (I/O, a change of the input) comes
 * before a column's failure, an interruption after it.
 */
WEIR_API const struct weir_error *weir_profile_error(const struct weir_profile *profile);

/* Columns of the current batch: selected columns first..first+count-1, in schema order. */
WEIR_API void weir_profile_columns(const struct weir_profile *profile, uint32_t *first_ret,
                                   uint32_t *count_ret);

/* Who a column is and how its reading went. Pointers are valid until the next batch. */
struct weir_column_info {
    const char *path; /* NUL-terminated */
    uint32_t path_bytes;
    struct weir_type type;
    enum weir_kind kind;
    uint32_t definition_max;
    uint32_t repetition_max;
    uint64_t rows;
    uint64_t pages;
    uint64_t pages_crc_ok;
    uint64_t pages_crc_absent;
    uint64_t pages_crc_bad;
    uint64_t compressed_bytes;
    const struct weir_error *error; /* status WEIR_OK, or why the column has no result */
};

/* `index` counts selected columns of the whole profile and must lie in the current batch. Results
 * are empty where the column has failed, or the batch. */
WEIR_API void weir_profile_column(const struct weir_profile *profile, uint32_t index,
                                  struct weir_column_info *info_ret);
WEIR_API void weir_profile_result(const struct weir_profile *profile, uint32_t index,
                                  struct weir_result *result_ret);
/* Nulls at each level and lengths of lists; all zero for flat columns. */
WEIR_API void weir_profile_nesting(const struct weir_profile *profile, uint32_t index,
                                   struct weir_nesting *nesting_ret);
WEIR_API void weir_profile_quantiles(const struct weir_profile *profile, uint32_t index,
                                     struct weir_quantile *quantiles, uint32_t count);
WEIR_API bool weir_profile_histogram(const struct weir_profile *profile, uint32_t index,
                                     uint32_t bins, uint64_t *counts_ret, double *low_ret,
                                     double *high_ret);

/* What was met on the way so far, all batches; call it when no lane runs. */
WEIR_API void weir_profile_warnings(const struct weir_profile *profile,
                                    struct weir_warnings *warnings_ret);

/* The most passes that a column has taken so far, all batches: 1 unless quantiles are to be exact.
 * Call it when no lane runs. */
WEIR_API uint32_t weir_profile_passes(const struct weir_profile *profile);

/* Progress, for a thread that watches: values and compressed bytes taken so far, all batches and
 * passes. The total grows where another pass is found to be needed. */
struct weir_progress {
    uint64_t values;
    uint64_t bytes;
    uint64_t bytes_total;
};
WEIR_API void weir_profile_progress(const struct weir_profile *profile,
                                    struct weir_progress *progress_ret);

#endif
