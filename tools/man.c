/* The man page, as roff, from the same table as --help. */
#include <string.h>

#include "verbs.h"
#include "weir.h"

/* Dashes and backslashes that roff would take for something else. */
static void put_roff(struct cli_output *output, const char *text) {
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\\') {
            cli_put(output, "\\e");
        } else if (*at == '-') {
            cli_put(output, "\\-");
        } else if ((*at == '.' || *at == '\'') && at == text) {
            cli_put(output, "\\&");
            cli_put_char(output, *at);
        } else {
            cli_put_char(output, *at);
        }
    }
}

static void put_verbs_of(struct cli_output *output, uint32_t verbs) {
    const char *before = " (";
    uint32_t all = 0;
    for (size_t i = 0; i < cli_verb_count; i++) {
        all |= cli_verb_specs[i].formats != 0 ? (uint32_t)cli_verb_specs[i].verb : 0u;
    }
    if (verbs == all) {
        cli_put(output, "\n");
        return;
    }
    for (size_t i = 0; i < cli_verb_count; i++) {
        if ((verbs & (uint32_t)cli_verb_specs[i].verb) != 0) {
            cli_put(output, before);
            cli_put(output, cli_verb_specs[i].name);
            before = ", ";
        }
    }
    cli_put(output, ")\n");
}

static void put_option(struct cli_output *output, const struct cli_option_spec *spec) {
    cli_put(output, ".TP\n");
    if (spec->letter != 0) {
        cli_put(output, "\\fB\\-");
        cli_put_char(output, spec->letter);
        cli_put(output, "\\fR, ");
    }
    cli_put(output, "\\fB\\-\\-");
    put_roff(output, spec->name);
    cli_put(output, "\\fR");
    if (spec->argument != NULL) {
        cli_put(output, " \\fI");
        put_roff(output, spec->argument);
        cli_put(output, "\\fR");
    }
    cli_put(output, "\n");
    put_roff(output, spec->help);
    put_verbs_of(output, spec->verbs);
}

static const char description[] =
    ".SH DESCRIPTION\n"
    "weir measures Parquet data of any size inside a memory budget that is fixed before the first\n"
    "value is read. The budget covers the whole process: its peak resident memory stays below\n"
    "\\fB\\-\\-mem\\-budget\\fR, or the run is refused before a data page is read, with the "
    "smallest\n"
    "budget that works. A smaller budget means more passes over the columns, never other numbers.\n"
    ".PP\n"
    "A \\fIPATH\\fR is a file, a directory (its *.parquet, sorted), a pattern with *, ?, [a\\-z] "
    "and\n"
    "** or @\\fIlist\\fR, a file of paths, one a line.\n"
    ".PP\n"
    "Sizes: 64MiB, 64M and 64K are powers of 1024, 64MB is 10^6, 25% is of the smallest limit of\n"
    "the control groups, the machine and ulimit, auto is half of that limit, at most 1 GiB. A "
    "bare\n"
    "number counts bytes.\n"
    ".PP\n"
    "Once memory is taken and threads run, a seccomp filter makes every further allocation "
    "fatal.\n";

static const char rest[] =
    ".SH EXIT STATUS\n"
    ".TP\n0\ndone\n"
    ".TP\n1\ncheck: a file says something that its data do not; leakcheck: memory grows\n"
    ".TP\n2\nthe command line makes no sense\n"
    ".TP\n3\ndoes not fit the budget or a limit of the system; refused before a data page is read "
    "where the footers tell\n"
    ".TP\n4\ninput corrupt or unsupported; with \\-\\-keep\\-going, a column failed\n"
    ".TP\n5\ninput could not be read\n"
    ".TP\n6\ninput changed while it was read\n"
    ".TP\n7\noutput could not be written\n"
    ".TP\n70\ninternal error, a bug\n"
    ".TP\n75\ninterrupted by a signal; a file named with -o is untouched\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBNO_COLOR\\fR\nno colours\n"
    ".TP\n\\fBCOLUMNS\\fR\nwidth of tables\n"
    ".TP\n\\fBLC_ALL\\fR, \\fBLC_CTYPE\\fR, \\fBLANG\\fR\ntables use UTF\\-8 where they name it\n"
    ".TP\n\\fBWEIR_ISA\\fR\nscalar, avx2 or avx512: use no better instruction set; auto, the best "
    "there is, is the default. The results are the same bits\n";

void cli_man(struct cli_output *output) {
    cli_put(output, ".TH WEIR 1 \"\" \"weir ");
    cli_put(output, weir_version());
    cli_put(output, "\" \"User Commands\"\n.SH NAME\n"
                    "weir \\- statistics of Parquet data in fixed memory\n.SH SYNOPSIS\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (cli_verb_specs[i].formats != 0) {
            cli_put(output, "\\fBweir ");
            cli_put(output, cli_verb_specs[i].name);
            cli_put(output, "\\fR [\\fIOPTION\\fR]... \\fIPATH\\fR...\n.br\n");
        }
    }
    cli_put(output, description);
    cli_put(output, ".SH VERBS\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (cli_verb_specs[i].formats != 0) {
            cli_put(output, ".TP\n\\fB");
            cli_put(output, cli_verb_specs[i].name);
            cli_put(output, "\\fR\n");
            put_roff(output, cli_verb_specs[i].summary);
            cli_put(output, "\n");
        }
    }
    cli_put(output, ".SH OPTIONS\n");
    for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
        put_option(output, &cli_option_specs[i]);
    }
    cli_put(output, ".SH VALUES\nHow \\fBcat\\fR prints them, and \\fBprofile\\fR in its "
                    "formats for programs.\n");
    for (size_t i = 0; i < cli_value_rule_count; i++) {
        cli_put(output, ".TP\n");
        put_roff(output, cli_value_rules[i].what);
        cli_put_char(output, '\n');
        put_roff(output, cli_value_rules[i].text);
        cli_put_char(output, '\n');
    }
    cli_put(output, rest);
}
