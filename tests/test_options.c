/* The command line: what is understood, what is refused, what is suggested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../tools/match.h"
#include "../tools/options.h"
#include "weir/profile.h"

static struct cli_options options;
static struct cli_refusal refusal;

/* Splits a line at spaces and parses it. */
static bool parse(const char *line) {
    static char copy[1024];
    static char *words[64];
    int count = 0;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
    return cli_options_parse(count, words, &options, &refusal);
}

static void assert_refused(const char *line, const char *says) {
    assert_false(parse(line));
    if (strstr(refusal.text, says) == NULL) {
        fail_msg("\"%s\" said \"%s\", not \"%s\"", line, refusal.text, says);
    }
    assert_null(strchr(refusal.text, '\n'));
}

static void the_table_is_in_order_and_names_are_unique(void **unused) {
    (void)unused;
    for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
        const struct cli_option_spec *spec = &cli_option_specs[i];
        assert_int_equal(spec->id, i);
        assert_true(spec->verbs != 0 && spec->help != NULL);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(spec->name, cli_option_specs[j].name);
            assert_true(spec->letter == 0 || spec->letter != cli_option_specs[j].letter ||
                        (spec->verbs & cli_option_specs[j].verbs) == 0);
        }
    }
}

static void a_letter_means_what_it_means_to_the_verb(void **unused) {
    (void)unused;
    assert_true(parse("weir cat -n 7 a"));
    assert_int_equal(options.limit, 7);
    assert_int_equal(options.runs, 20);
    assert_true(parse("weir leakcheck -n 7 --every 3 a"));
    assert_int_equal(options.runs, 7);
    assert_int_equal(options.every, 3);
    assert_true(options.limit == WEIR_NONE);
    assert_false(parse("weir leakcheck -n 2 a"));
    assert_non_null(strstr(refusal.text, "--runs"));
    assert_false(parse("weir profile -n 7 a"));
    assert_false(parse("weir leakcheck"));
    assert_non_null(strstr(refusal.text, "weir leakcheck PATH"));
    assert_false(parse("weir check"));
}

static void defaults_are_the_documented_ones(void **unused) {
    (void)unused;
    assert_true(parse("weir profile a b"));
    assert_int_equal(options.verb, CLI_VERB_PROFILE);
    assert_int_equal(options.format, CLI_FORMAT_TABLE);
    assert_int_equal(options.budget.bytes, 64u << 20);
    assert_int_equal(options.stats, WEIR_STATS_ALL);
    assert_int_equal(options.quantiles_count, 7);
    assert_int_equal(options.threads, 0);
    assert_int_equal(options.paths_count, 2);
    assert_string_equal(options.paths[1], "b");
    assert_true(parse("weir cat a"));
    assert_int_equal(options.format, CLI_FORMAT_JSONL);
}

static void options_stand_anywhere_in_every_spelling(void **unused) {
    static const char *const lines[] = {"weir profile -f json -m 8M -j 3 x y",
                                        "weir profile x --format=json --mem-budget=8M y -j3",
                                        "weir profile x y -fjson --mem-budget 8M --threads 3",
                                        "weir profile --threads=3 -m=8M -f=json -- x y"};
    (void)unused;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_true(parse(lines[i]));
        assert_int_equal(options.format, CLI_FORMAT_JSON);
        assert_int_equal(options.budget.bytes, 8u << 20);
        assert_int_equal(options.threads, 3);
        assert_int_equal(options.paths_count, 2);
        assert_string_equal(options.paths[0], "x");
        assert_string_equal(options.paths[1], "y");
    }
    assert_true(parse("weir profile -- -f"));
    assert_string_equal(options.paths[0], "-f");
}

static void lists_are_taken_apart(void **unused) {
    (void)unused;
    assert_true(parse("weir profile --quantiles 0.5,99%,1 --stats top,moments -c a,b*,,c x"));
    assert_int_equal(options.quantiles_count, 3);
    assert_true(options.quantiles[0] == 0.5 && options.quantiles[1] == 0.99);
    assert_int_equal(options.stats, WEIR_STATS_TOP | WEIR_STATS_MOMENTS);
    assert_int_equal(options.columns.count, 3);
    assert_int_equal(options.columns.bytes[1], 2);
    assert_true(parse("weir profile --rank-error 0.1% x"));
    assert_true(options.rank_error == 0.1 / 100);
    assert_false(options.exact);
    assert_true(parse("weir plan --exact --stats quantiles x") && options.exact);
}

static void what_makes_no_sense_is_refused_with_a_way_out(void **unused) {
    (void)unused;
    assert_refused("weir", "no verb");
    assert_refused("weir profil x", "did you mean weir profile?");
    assert_refused("weir frobnicate x", "the verbs are");
    assert_refused("weir profile", "no input");
    assert_refused("weir profile --mem-buget 8M x", "did you mean --mem-budget?");
    assert_refused("weir profile --zzzz x", "--help lists");
    assert_refused("weir profile -Z x", "unknown option -Z");
    assert_refused("weir profile -f xml x", "table, json, csv, md");
    assert_refused("weir cat -f table x", "csv");
    assert_refused("weir profile -m abc x", "is not a size");
    assert_refused("weir profile -m 101% x", "is not a size");
    assert_refused("weir profile --codec-window 10% x", "is not a size");
    assert_refused("weir profile -j 65 x", "from 1 to 64");
    assert_refused("weir profile -j 0 x", "from 1 to 64");
    assert_refused("weir profile -j -1 x", "from 1 to 64");
    assert_refused("weir profile --quantiles 1.5 x", "from 0 to 1");
    assert_refused("weir profile --quantiles nan x", "from 0 to 1");
    assert_refused("weir profile --rank-error 0 x", "is not a fraction");
    assert_refused("weir profile --stats mean x", "none of moments");
    assert_refused("weir profile --exact --stats top x", "about quantiles");
    assert_refused("weir check --exact x", "has no option --exact");
    assert_refused("weir profile --top 17 x", "from 0 to 16");
    assert_refused("weir profile --seed 18446744073709551616 x", "whole number");
    assert_refused("weir profile --quiet=1 x", "takes no argument");
    assert_refused("weir profile x -o", "needs an argument");
    assert_refused("weir profile --limit 3 x", "has no option --limit");
    assert_refused("weir -f json profile x", "verb comes first");
}

static void help_is_given_for_a_verb(void **unused) {
    (void)unused;
    assert_true(parse("weir plan --help"));
    assert_int_equal(options.verb, CLI_VERB_HELP);
    assert_int_equal(options.help_verb, CLI_VERB_PLAN);
    assert_true(parse("weir help cat"));
    assert_int_equal(options.help_verb, CLI_VERB_CAT);
    assert_true(parse("weir --help"));
    assert_int_equal(options.help_verb, CLI_VERB_NONE);
    assert_true(parse("weir --version"));
    assert_true(options.version);
}

static void sizes_have_two_families_of_units(void **unused) {
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {{"64MiB", 64ull << 20},
                 {"64M", 64ull << 20},
                 {"64m", 64ull << 20},
                 {"64K", 64ull << 10},
                 {"64MB", 64000000},
                 {"1.5GiB", 3ull << 29},
                 {"12", 12},
                 {"0", 0},
                 {"12B", 12},
                 {"1T", 1ull << 40},
                 {"2GB", 2000000000},
                 {"0.5K", 512},
                 {"9007199254740993", 9007199254740993ull},
                 {"10 MiB", 10ull << 20}};
    static const char *const wrong[] = {"",    "M",   "12Q", "-1",           "1e9", "0x10", "1..2M",
                                        "inf", "5%%", "0%",  "99999999999T", " 1M", "nan"};
    struct cli_size size;
    (void)unused;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(cli_parse_size(sizes[i].text, &size));
        assert_int_equal(size.kind, CLI_SIZE_BYTES);
        assert_true(size.bytes == sizes[i].bytes);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(cli_parse_size(wrong[i], &size));
    }
    assert_true(cli_parse_size("25%", &size));
    assert_true(size.kind == CLI_SIZE_PERCENT && size.percent == 25);
    assert_true(cli_parse_size("auto", &size));
    assert_int_equal(size.kind, CLI_SIZE_AUTO);
}

static uint32_t distance(const char *a, const char *b) {
    return cli_distance(a, strlen(a), b, strlen(b));
}

static void distance_counts_edits(void **unused) {
    (void)unused;
    assert_int_equal(distance("price", "price"), 0);
    assert_int_equal(distance("price", "prise"), 1);
    assert_int_equal(distance("price", "rpice"), 1);
    assert_int_equal(distance("price", "PRICE"), 0);
    assert_int_equal(distance("kitten", "sitting"), 3);
    assert_int_equal(distance("", "abc"), 3);
    assert_int_equal(distance("a_b", "a-b"), 1);
}

/* Patterns of * and ? by the definition: every split of the text is tried. */
static bool naive(const char *pattern, const char *text) {
    bool reach[2][32] = {{false}};
    const size_t count = strlen(text);
    reach[0][0] = true;
    unsigned row = 0;
    for (; *pattern != '\0'; pattern++) {
        const unsigned next = row ^ 1u;
        for (size_t i = 0; i <= count; i++) {
            const bool before = i > 0 && reach[row][i - 1];
            if (*pattern == '*') {
                reach[next][i] = reach[row][i] || (i > 0 && reach[next][i - 1]);
            } else {
                reach[next][i] = before && (*pattern == '?' || *pattern == text[i - 1]);
            }
        }
        row = next;
    }
    return reach[row][count];
}

static void patterns_match_as_the_definition_says(void **unused) {
    uint32_t random = 12345;
    (void)unused;
    for (int i = 0; i < 200000; i++) {
        char pattern[8];
        char text[12];
        size_t p = 0;
        size_t t = 0;
        for (random = random * 1664525u + 1013904223u; p < (random >> 28) % 8; p++) {
            pattern[p] = "ab*?"[(random >> (2 * p + 3)) & 3u];
        }
        for (random = random * 1664525u + 1013904223u; t < (random >> 28) % 12; t++) {
            text[t] = "ab"[(random >> (t + 5)) & 1u];
        }
        pattern[p] = '\0';
        text[t] = '\0';
        assert_int_equal(cli_match(pattern, p, text, t), naive(pattern, text));
    }
    assert_true(cli_match("[a-c]x[!0-9]", 12, "bxz", 3));
    assert_false(cli_match("[a-c]x[!0-9]", 12, "bx7", 3));
    assert_true(cli_match("[]x]", 4, "]", 1));
    assert_true(cli_match("a[", 2, "a[", 2));
}

static void a_group_selects_what_is_below_it(void **unused) {
    (void)unused;
    assert_true(cli_match_path("a.b", 3, "a.b.c", 5));
    assert_true(cli_match_path("a", 1, "a.b.c", 5));
    assert_false(cli_match_path("a.b", 3, "a.bc", 4));
    assert_false(cli_match_path("b", 1, "a.b", 3));
    assert_true(cli_match_path("*.c", 3, "a.b.c", 5));
    assert_true(cli_match_path("x[1]", 4, "x[1]", 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order_and_names_are_unique),
        cmocka_unit_test(a_letter_means_what_it_means_to_the_verb),
        cmocka_unit_test(defaults_are_the_documented_ones),
        cmocka_unit_test(options_stand_anywhere_in_every_spelling),
        cmocka_unit_test(lists_are_taken_apart),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_a_way_out),
        cmocka_unit_test(help_is_given_for_a_verb),
        cmocka_unit_test(sizes_have_two_families_of_units),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(patterns_match_as_the_definition_says),
        cmocka_unit_test(a_group_selects_what_is_below_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
