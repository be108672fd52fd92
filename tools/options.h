/*
 * The command line: one table of verbs and options drives the parser, --help and the man page.
 *
 * Errors: a function that returns a struct cli_refusal with text set has said nothing yet; the
 * caller prints it.
 */
#ifndef WEIR_CLI_OPTIONS_H
#define WEIR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_QUANTILES_MAX 32u
#define CLI_PATTERNS_MAX 128u

enum cli_verb {
    CLI_VERB_NONE = 0,
    CLI_VERB_PROFILE = 1,
    CLI_VERB_PLAN = 2,
    CLI_VERB_SCHEMA = 4,
    CLI_VERB_CAT = 8,
    CLI_VERB_HELP = 16,
    CLI_VERB_MAN = 32, /* hidden: prints the man page */
    CLI_VERB_CHECK = 64,
    CLI_VERB_LEAKCHECK = 128,
};

enum cli_format {
    CLI_FORMAT_TABLE = 1,
    CLI_FORMAT_JSON = 2,
    CLI_FORMAT_CSV = 4,
    CLI_FORMAT_MD = 8,
    CLI_FORMAT_JSONL = 16,
    CLI_FORMAT_TEXT = 32,
};

enum cli_option {
    CLI_OPT_FORMAT,
    CLI_OPT_OUTPUT,
    CLI_OPT_COLUMNS,
    CLI_OPT_EXCLUDE,
    CLI_OPT_STATS,
    CLI_OPT_QUANTILES,
    CLI_OPT_RANK_ERROR,
    CLI_OPT_EXACT,
    CLI_OPT_TOP,
    CLI_OPT_SEED,
    CLI_OPT_LIMIT,
    CLI_OPT_RUNS,
    CLI_OPT_EVERY,
    CLI_OPT_PAGES,
    CLI_OPT_MEM_BUDGET,
    CLI_OPT_THREADS,
    CLI_OPT_CODEC_WINDOW,
    CLI_OPT_DROP_CACHE,
    CLI_OPT_KEEP_GOING,
    CLI_OPT_QUIET,
    CLI_OPT_NO_PROGRESS,
    CLI_OPT_HELP,
    CLI_OPT_VERSION,
    CLI_OPT_NO_SEAL,
    CLI_OPT_COUNT
};

enum cli_group {
    CLI_GROUP_COLUMNS,
    CLI_GROUP_RESOURCES,
    CLI_GROUP_OUTPUT,
    CLI_GROUP_OTHER,
    CLI_GROUP_DEBUGGING, /* only in the man page */
    CLI_GROUP_COUNT
};

struct cli_option_spec {
    enum cli_option id;
    const char *name;     /* without the dashes */
    char letter;          /* or 0 */
    const char *argument; /* NULL: a switch */
    uint32_t verbs;
    enum cli_group group;
    const char *help;
};

struct cli_verb_spec {
    enum cli_verb verb;
    const char *name;
    const char *summary;
    uint32_t formats;       /* set of enum cli_format */
    enum cli_format format; /* default */
    bool hidden;
};

extern const struct cli_option_spec cli_option_specs[CLI_OPT_COUNT];
extern const struct cli_verb_spec cli_verb_specs[];
extern const size_t cli_verb_count;

/* How values are printed: for --help and the man page. */
struct cli_value_rule {
    const char *what;
    const char *text;
};
extern const struct cli_value_rule cli_value_rules[];
extern const size_t cli_value_rule_count;

/* A size as written: bytes, a percentage of the limit, or auto. */
enum cli_size_kind { CLI_SIZE_BYTES, CLI_SIZE_PERCENT, CLI_SIZE_AUTO };
struct cli_size {
    enum cli_size_kind kind;
    uint64_t bytes;
    double percent;
};

/* Comma-separated patterns, pointing into the command line. */
struct cli_patterns {
    uint32_t count;
    const char *at[CLI_PATTERNS_MAX];
    uint32_t bytes[CLI_PATTERNS_MAX];
};

struct cli_options {
    enum cli_verb verb;
    const struct cli_verb_spec *spec;
    enum cli_verb help_verb; /* weir VERB --help, weir help VERB */
    enum cli_format format;
    const char *output;
    struct cli_patterns columns;
    struct cli_patterns exclude;
    uint32_t stats; /* enum weir_stats, or-ed */
    uint32_t quantiles_count;
    double quantiles[CLI_QUANTILES_MAX];
    double rank_error;
    bool exact; /* quantiles, by more passes */
    uint32_t top;
    uint64_t seed;
    uint64_t limit; /* rows of cat; WEIR_NONE: all */
    uint64_t runs;  /* of leakcheck */
    uint64_t every; /* rows of leakcheck; 0: those that tell most */
    struct cli_size budget;
    struct cli_size codec_window;
    uint32_t threads; /* 0: auto */
    bool pages;       /* of schema: every page header, too */
    bool drop_cache;
    bool keep_going;
    bool quiet;
    bool no_progress;
    bool no_seal;
    bool version;
    const char *const *paths;
    uint32_t paths_count;
};

/* A sentence about what is wrong with the command line; "" when nothing is. */
struct cli_refusal {
    char text[512];
};

/* Reorders argv: paths are moved to its front. */
bool cli_options_parse(int argc, char **argv, struct cli_options *options_ret,
                       struct cli_refusal *refusal);

bool cli_parse_size(const char *text, struct cli_size *size_ret);
bool cli_parse_u64(const char *text, uint64_t *value_ret);
/* "0.001" or "0.1%". */
bool cli_parse_fraction(const char *text, size_t bytes, double *value_ret);

/* Edits (insert, delete, replace, swap) between two short texts; large when they are long. */
uint32_t cli_distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes);
/* Close enough to be worth suggesting. */
bool cli_is_close(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
                  uint32_t *distance_ret);

#endif
