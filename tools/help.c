/* --help: examples first, then the options, from the table. 80 columns at most. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const char *const group_titles[CLI_GROUP_COUNT] = {"Columns and statistics", "Resources",
                                                          "Output", "Other", "Debugging"};

#define HELP_INDENT 28u
#define HELP_WIDTH 80u

/* Words of `text` from column HELP_INDENT on, wrapped. */
static void put_wrapped(struct cli_output *output, const char *text, size_t column) {
    while (*text != '\0') {
        const size_t word = strcspn(text, " ");
        if (column > HELP_INDENT && column + 1 + word > HELP_WIDTH) {
            cli_put_char(output, '\n');
            column = 0;
        }
        if (column < HELP_INDENT) {
            cli_put_repeat(output, ' ', HELP_INDENT - column);
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            cli_put_char(output, ' ');
            column++;
        }
        cli_put_bytes(output, text, word);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    cli_put_char(output, '\n');
}

static void put_option(struct cli_output *output, const struct cli_option_spec *spec) {
    char left[80];
    int used;
    if (spec->letter != 0) {
        used = snprintf(left, sizeof left, "  -%c, --%s", spec->letter, spec->name);
    } else {
        used = snprintf(left, sizeof left, "      --%s", spec->name);
    }
    if (spec->argument != NULL) {
        used += snprintf(left + used, sizeof left - (size_t)used, " %s", spec->argument);
    }
    cli_put(output, left);
    if ((size_t)used + 2 > HELP_INDENT) {
        cli_put_char(output, '\n');
        used = 0;
    }
    put_wrapped(output, spec->help, (size_t)used);
}

static void put_options(struct cli_output *output, enum cli_verb verb) {
    for (int group = 0; group < CLI_GROUP_DEBUGGING; group++) {
        bool titled = false;
        for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
            const struct cli_option_spec *spec = &cli_option_specs[i];
            if ((int)spec->group != group || (spec->verbs & (uint32_t)verb) == 0) {
                continue;
            }
            if (!titled) {
                cli_put_char(output, '\n');
                cli_put(output, group_titles[group]);
                cli_put(output, ":\n");
                titled = true;
            }
            put_option(output, spec);
        }
    }
}

/* How values read, for the verb that prints them. */
static void put_values(struct cli_output *output) {
    cli_put(output, "\nValues:\n");
    for (size_t i = 0; i < cli_value_rule_count; i++) {
        const struct cli_value_rule *rule = &cli_value_rules[i];
        cli_put(output, "  ");
        cli_put(output, rule->what);
        put_wrapped(output, rule->text, 2 + strlen(rule->what));
    }
}

static const char exit_codes[] =
    "\nExit codes:\n"
    "   0  done                           5  input could not be read\n"
    "   1  check: something disagrees;\n"
    "      leakcheck: memory grows        6  input changed while it was read\n"
    "   2  command line makes no sense    7  output could not be written\n"
    "   3  does not fit the budget       70  a bug in weir\n"
    "   4  input corrupt or unsupported  75  interrupted\n";

static const char environment[] =
    "\nEnvironment:\n"
    "  WEIR_ISA  the best instruction set to use: scalar, avx2, avx512 or auto (the\n"
    "            machine's); the results are the same bits\n"
    "  NO_COLOR, COLUMNS, LC_ALL and LANG mean for tables what they mean elsewhere\n";

static const char paths[] =
    "\nA PATH is a file, a directory (its *.parquet), a pattern such as\n"
    "'data/**/*.parquet', or @list: a file of paths, one a line; @- is stdin.\n";

static const char general[] =
    "weir measures Parquet data of any size inside a memory budget that is fixed\n"
    "before the first value is read.\n"
    "\n"
    "  weir profile data.parquet                statistics of every column\n"
    "  weir profile -m 16MiB 'l/**/*.parquet'   the same numbers, in less memory\n"
    "  weir profile -f json -o out.json dir/    for programs\n"
    "  weir plan data.parquet                   what it takes, the smallest budget\n"
    "  weir schema data.parquet                 columns, types, codecs, sizes\n"
    "  weir cat -n 10 -c id,name data.parquet   the values themselves\n"
    "  weir check data.parquet                  whether the file says what is true\n"
    "  weir leakcheck -n 1000 data.parquet      whether memory grows from run to run\n"
    "\n"
    "weir VERB --help explains a verb's options.\n";

static const char *examples_of(enum cli_verb verb) {
    switch (verb) {
    case CLI_VERB_PROFILE:
        return "  weir profile data.parquet\n"
               "  weir profile -c 'price*,qty' -f json data/ > profile.json\n"
               "  weir profile -m 16MiB --quantiles 0.5,0.999 'year=*/*.parquet'\n"
               "  weir profile --exact data.parquet\n";
    case CLI_VERB_PLAN:
        return "  weir plan data.parquet\n"
               "  weir plan -m 25% -f json data/\n";
    case CLI_VERB_SCHEMA:
        return "  weir schema data.parquet\n"
               "  weir schema -f json data/\n";
    case CLI_VERB_CAT:
        return "  weir cat -n 10 data.parquet\n"
               "  weir cat -c id,price -f csv data.parquet > prices.csv\n";
    case CLI_VERB_CHECK:
        return "  weir check data.parquet && echo all agree\n"
               "  weir check -k -f json data/ > findings.json\n";
    case CLI_VERB_LEAKCHECK:
        return "  weir leakcheck data.parquet\n"
               "  weir leakcheck -n 100000 --every 10000 -m 16MiB small.parquet\n"
               "  weir leakcheck -f json -j 4 data/ > growth.json\n";
    default: return "";
    }
}

/* What the columns of leakcheck say, and what they cannot say. */
static const char leakcheck_columns[] =
    "\nEach run opens, inspects, plans and profiles again, in the same block, sealed;\n"
    "what it finds is rendered as JSON and hashed.\n"
    "  seconds       of the run\n"
    "  RSS           resident bytes after it, as the page tables have them\n"
    "  growth        of RSS against run 2; the first run is for settling\n"
    "  minor, major  page faults in the run, of all threads\n"
    "  fds           open descriptors after it\n"
    "  mapped        address space after it (VmSize), which brk and mmap enlarge\n"
    "  result        hash of what was found: must be that of run 1\n"
    "Allocations are not counted but forbidden: under the seal the first brk, mmap or\n"
    "mremap kills the process, so a run that ends has made none. With --no-seal only\n"
    "what they leave mapped is seen.\n";

void cli_help(enum cli_verb verb, struct cli_output *output) {
    const struct cli_verb_spec *spec = NULL;
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (cli_verb_specs[i].verb == verb && cli_verb_specs[i].formats != 0) {
            spec = &cli_verb_specs[i];
        }
    }
    if (spec == NULL) {
        cli_put(output, general);
        cli_put(output, paths);
        cli_put(output, environment);
        cli_put(output, exit_codes);
        return;
    }
    cli_put(output, examples_of(verb));
    cli_put(output, "\nweir ");
    cli_put(output, spec->name);
    cli_put(output, " [OPTION]... PATH...\n  ");
    cli_put(output, spec->summary);
    cli_put(output, "\n");
    cli_put(output, paths);
    put_options(output, verb);
    if (verb == CLI_VERB_LEAKCHECK) {
        cli_put(output, leakcheck_columns);
    }
    if (verb == CLI_VERB_CAT) {
        put_values(output);
    }
    cli_put(output, exit_codes);
}
