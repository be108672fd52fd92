/* What a profile says of one column: numbers only, each exact or with its bound. */
#ifndef WEIR_RESULT_H
#define WEIR_RESULT_H

#include "weir/types.h"

#define WEIR_TOP_MAX 16u
#define WEIR_HISTOGRAM_BINS_MAX 64u

/* Families of statistics; count, nulls, minimum, maximum and moments are always there. */
enum weir_stats {
    WEIR_STATS_MOMENTS = 1u << 0,
    WEIR_STATS_QUANTILES = 1u << 1,
    WEIR_STATS_DISTINCT = 1u << 2,
    WEIR_STATS_TOP = 1u << 3,
    WEIR_STATS_ALL = 15u
};

struct weir_distinct {
    uint64_t value;
    double relative_error; /* standard error; 0 when exact */
    bool exact;
};

/* count_low <= true count <= count_high. */
struct weir_top {
    struct weir_value value;
    uint64_t count_low;
    uint64_t count_high;
};

struct weir_quantile {
    double q;
    struct weir_value value;
    double rank_error; /* at 99 % confidence, normalised to 0..1; 0 when exact */
    bool exact;
};

/* Byte arrays only. Lengths are in bytes. */
struct weir_strings {
    uint64_t bytes_total;
    uint64_t length_min;
    uint64_t length_max;
    uint64_t empty;
    uint64_t invalid_utf8; /* values that are not valid UTF-8 */
    double length_mean;
    double length_std;
};

/*
 * Units: moments are in the column's stored unit (days, milliseconds, ... for temporal types; the
 * unscaled integer for decimals). Undefined figures (a mean of no values, a standard deviation of
 * one) are NaN.
 * Definitions: variance and std divide by n - 1; skewness is g1 = m3 / m2^1.5, kurtosis is the
 * excess g2 = m4 / m2^2 - 3, with central moments divided by n. Moments, sums and quantiles of
 * F32 and F64 columns: NaN never enters; infinities enter minimum, maximum, quantiles, distinct
 * and top values but not moments and sums.
 * Accuracy, against exact arithmetic on the stored values: mean and std are good to 2 units in the
 * last place, variance to 4 (the mean of values that cancel to 2^-94 of their mean magnitude).
 * Skewness is good to 1e-13 times k3 = mean |x - mean|^3 / m2^1.5 and kurtosis to 1e-13 times
 * kurtosis + 3: relative to the figure that is 1e-13 times its condition, as third powers of both
 * signs cancel (condition k3 / |skewness|) and 3 is subtracted. A variance or sum beyond the range
 * of doubles is infinite; the other figures are as good then.
 */
struct weir_result {
    uint64_t rows;
    uint64_t count; /* non-null values, NaN included */
    uint64_t nulls; /* entries without a value; see weir_nesting for nested columns */
    uint64_t nans;
    uint64_t pos_infs;
    uint64_t neg_infs;
    uint64_t zeros;
    uint64_t negatives; /* finite or -Inf, below zero */
    struct weir_value min;
    struct weir_value max;
    double mean;
    double variance;
    double std;
    double skewness;
    double kurtosis;
    bool has_moments; /* numeric and boolean kinds */
    bool sum_exact;   /* integer kinds and BOOL: sum_whole is the sum */
    double sum;       /* nearest double, also where sum_exact */
    struct weir_i256 sum_whole;
    bool has_distinct;
    struct weir_distinct distinct;
    uint32_t top_count;
    struct weir_top top[WEIR_TOP_MAX]; /* by count_low, descending, then by value */
    bool has_strings;
    struct weir_strings strings;
};

/*
 * Where the entries of a nested column stop. An entry is a value, or a place where one is missing;
 * a node of the path is optional or repeated, and `absent` counts the entries whose path ends
 * before it although all nodes above are there: nulls of an optional node, empty lists of a
 * repeated one. Required nodes are not listed.
 */
struct weir_level {
    uint32_t path_bytes; /* the node's own path: so much of the column's */
    bool is_repeated;
    uint64_t absent;
};

/* Lengths of the lists at one repeated node of the path. */
struct weir_list {
    uint32_t path_bytes;
    uint64_t lists; /* that are there, empty ones included */
    uint64_t nulls; /* entries where it is not: it, or a node above it, is null, or a list above it
                       is empty */
    uint64_t empty;
    uint64_t elements; /* in all lists */
    uint64_t length_min;
    uint64_t length_max;
    double length_mean;
    double length_std; /* divided by n - 1 */
};

#define WEIR_LEVELS_MAX 64u

struct weir_nesting {
    uint64_t entries;      /* values and missing ones */
    uint32_t levels_count; /* 0 for a column whose nulls say it all */
    uint32_t lists_count;
    struct weir_level levels[WEIR_LEVELS_MAX]; /* from the root down: definition levels 1, 2, ... */
    struct weir_list lists[WEIR_LEVELS_MAX];   /* repetition levels 1, 2, ... */
};

#endif
