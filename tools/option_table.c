/* The table: verbs and options, as --help, the man page and the parser know them. */
#include "options.h"

#define READERS (MEASURERS | CLI_VERB_CAT | CLI_VERB_CHECK)
#define ALL (READERS | CLI_VERB_SCHEMA)
#define MEASURERS (CLI_VERB_PROFILE | CLI_VERB_PLAN | CLI_VERB_LEAKCHECK)

const struct cli_verb_spec cli_verb_specs[] = {
    {CLI_VERB_PROFILE, "profile", "measure every column",
     CLI_FORMAT_TABLE | CLI_FORMAT_JSON | CLI_FORMAT_CSV | CLI_FORMAT_MD, CLI_FORMAT_TABLE, false},
    {CLI_VERB_PLAN, "plan", "say what memory a profile takes, and the smallest budget",
     CLI_FORMAT_TABLE | CLI_FORMAT_JSON, CLI_FORMAT_TABLE, false},
    {CLI_VERB_SCHEMA, "schema", "show columns, types, codecs, encodings and sizes",
     CLI_FORMAT_TABLE | CLI_FORMAT_JSON, CLI_FORMAT_TABLE, false},
    {CLI_VERB_CAT, "cat", "print the values, row by row", CLI_FORMAT_JSONL | CLI_FORMAT_CSV,
     CLI_FORMAT_JSONL, false},
    {CLI_VERB_CHECK, "check", "compare what files say of their data with the data",
     CLI_FORMAT_TEXT | CLI_FORMAT_JSON, CLI_FORMAT_TEXT, false},
    {CLI_VERB_LEAKCHECK, "leakcheck",
     "profile again and again in one process, and say whether its memory grows",
     CLI_FORMAT_TABLE | CLI_FORMAT_JSON, CLI_FORMAT_TABLE, false},
    {CLI_VERB_HELP, "help", "explain a verb", 0, CLI_FORMAT_TABLE, false},
    {CLI_VERB_MAN, "man", "print the man page (roff)", 0, CLI_FORMAT_TABLE, true},
};
const size_t cli_verb_count = sizeof cli_verb_specs / sizeof *cli_verb_specs;

/* In the order of enum cli_option. */
const struct cli_option_spec cli_option_specs[CLI_OPT_COUNT] = {
    {CLI_OPT_FORMAT, "format", 'f', "FORMAT", ALL, CLI_GROUP_OUTPUT,
     "profile: table, json, csv, md; plan, schema, leakcheck: table, json; cat: jsonl, csv; "
     "check: text, json"},
    {CLI_OPT_OUTPUT, "output", 'o', "FILE", ALL, CLI_GROUP_OUTPUT,
     "write to FILE, which is replaced only when all went well"},
    {CLI_OPT_COLUMNS, "columns", 'c', "GLOB,...", READERS, CLI_GROUP_COLUMNS,
     "only columns whose dotted path matches; a group's name selects all below it"},
    {CLI_OPT_EXCLUDE, "exclude", 'x', "GLOB,...", READERS, CLI_GROUP_COLUMNS,
     "without columns that match"},
    {CLI_OPT_STATS, "stats", 0, "LIST", MEASURERS, CLI_GROUP_COLUMNS,
     "of moments, quantiles, distinct, top; or all (default)"},
    {CLI_OPT_QUANTILES, "quantiles", 0, "LIST", MEASURERS, CLI_GROUP_COLUMNS,
     "numbers from 0 to 1; default 0.01,0.05,0.25,0.5,0.75,0.95,0.99"},
    {CLI_OPT_RANK_ERROR, "rank-error", 0, "X", MEASURERS, CLI_GROUP_COLUMNS,
     "of quantiles at 99 % confidence: 0.001 (default) or 0.1%"},
    {CLI_OPT_EXACT, "exact", 0, NULL, MEASURERS, CLI_GROUP_COLUMNS,
     "quantiles without a rank error: columns of numbers are read again, once or twice as a rule; "
     "plan --exact says how often at most"},
    {CLI_OPT_TOP, "top", 0, "N", CLI_VERB_PROFILE, CLI_GROUP_COLUMNS,
     "most frequent values to show, at most 16; default 5"},
    {CLI_OPT_SEED, "seed", 0, "N", MEASURERS, CLI_GROUP_COLUMNS,
     "of the quantile sketches; the same seed gives the same bits"},
    {CLI_OPT_LIMIT, "limit", 'n', "N", CLI_VERB_CAT, CLI_GROUP_OUTPUT, "stop after N rows"},
    {CLI_OPT_RUNS, "runs", 'n', "N", CLI_VERB_LEAKCHECK, CLI_GROUP_OUTPUT,
     "profile N times, at least 3; default 20"},
    {CLI_OPT_EVERY, "every", 0, "K", CLI_VERB_LEAKCHECK, CLI_GROUP_OUTPUT,
     "a row for every K-th run and the last; default: the first, powers of two, the last; all of "
     "up to 20"},
    {CLI_OPT_PAGES, "pages", 0, NULL, CLI_VERB_SCHEMA, CLI_GROUP_OUTPUT,
     "list every page, too: type, encoding, values, sizes"},
    {CLI_OPT_MEM_BUDGET, "mem-budget", 'm', "SIZE", ALL, CLI_GROUP_RESOURCES,
     "of the whole process: 64MiB (default), 64M, 64MB, 25% of the limit, auto"},
    {CLI_OPT_THREADS, "threads", 'j', "N", MEASURERS, CLI_GROUP_RESOURCES,
     "lanes, at most 64, or auto (default): what the CPUs and the cgroup allow"},
    {CLI_OPT_CODEC_WINDOW, "codec-window", 0, "SIZE", READERS, CLI_GROUP_RESOURCES,
     "plan for pages that need a larger window than the first ones"},
    {CLI_OPT_DROP_CACHE, "drop-cache", 0, NULL, READERS, CLI_GROUP_RESOURCES,
     "drop the page cache behind the cursor"},
    {CLI_OPT_KEEP_GOING, "keep-going", 'k', NULL, READERS, CLI_GROUP_OTHER,
     "mark columns that fail and report the others; exits 4 all the same"},
    {CLI_OPT_QUIET, "quiet", 'q', NULL, ALL, CLI_GROUP_OTHER,
     "no progress, no summary line, no warnings"},
    {CLI_OPT_NO_PROGRESS, "no-progress", 0, NULL, MEASURERS, CLI_GROUP_OTHER,
     "no progress line (there is none unless stderr is a terminal)"},
    {CLI_OPT_HELP, "help", 'h', NULL, ALL, CLI_GROUP_OTHER, "this text"},
    {CLI_OPT_VERSION, "version", 'V', NULL, ALL, CLI_GROUP_OTHER, "the version"},
    {CLI_OPT_NO_SEAL, "no-seal", 0, NULL, ALL, CLI_GROUP_DEBUGGING,
     "do not install the seccomp filter that forbids allocation; for debuggers and kernels "
     "without seccomp"},
};

const struct cli_value_rule cli_value_rules[] = {
    {"integers", "digits; in quotes in JSON beyond 2^53"},
    {"floating point", "the shortest digits that name the value as a double; NaN, Infinity and "
                       "-Infinity in quotes"},
    {"DECIMAL", "all digits, in quotes: \"-12.50\""},
    {"DATE, TIME, TIMESTAMP", "ISO 8601; the fraction in all digits of the unit unless it is zero, "
                              "Z where adjusted to UTC; years outside 0..9999 have a sign"},
    {"INT96", "a timestamp in nanoseconds"},
    {"INTERVAL", "an ISO 8601 duration, nothing carried over: P3M2DT1.500S"},
    {"UUID", "8-4-4-4-12 hexadecimal digits"},
    {"lists, maps, structs", "JSON: arrays, arrays of {\"key\":..,\"value\":..}, objects; in CSV "
                             "that text in the field of the top-level column"},
    {"byte arrays", "text; what is not UTF-8 is {\"hex\":\"00ff\"} in JSON and 0x00ff in CSV"},
};
const size_t cli_value_rule_count = sizeof cli_value_rules / sizeof *cli_value_rules;
