/*
 * A command line, a word a line.
 *
 * Properties, besides no crash: what is refused is refused with a sentence of one line; what is
 * taken lies within the documented ranges and points into the command line; numbers are those of a
 * slow reading; patterns match what a slow model says; the distance of two words is the same both
 * ways.
 */
#include "../tools/match.h"
#include "../tools/options.h"
#include "fuzz.h"

#define INPUT_BYTES_MAX 1024u
#define WORDS_MAX 64
#define PAIRED_WORDS 6 /* each is compared with each */

struct line {
    char text[INPUT_BYTES_MAX + 1];
    char *words[WORDS_MAX + 2];
    int count;
};

static struct line line;
static struct line again;
static struct cli_options options[2];

/* Newlines end words; so do zero bytes, as on a real command line. */
static void split(struct line *to, const uint8_t *data, size_t bytes) {
    static char name[] = "weir";
    size_t at = 0;
    to->count = 0;
    to->words[to->count++] = name;
    memcpy(to->text, data, bytes);
    to->text[bytes] = '\0';
    while (at < bytes && to->count <= WORDS_MAX) {
        to->words[to->count++] = to->text + at;
        while (at < bytes && to->text[at] != '\n' && to->text[at] != '\0') {
            at++;
        }
        to->text[at++] = '\0';
    }
    to->words[to->count] = NULL;
}

static bool is_inside(const char *at, size_t bytes) {
    return at >= line.text && at + bytes <= line.text + sizeof line.text;
}

static void check_patterns(const struct cli_patterns *patterns) {
    fuzz_require(patterns->count <= CLI_PATTERNS_MAX);
    for (uint32_t i = 0; i < patterns->count; i++) {
        fuzz_require(patterns->bytes[i] > 0 && is_inside(patterns->at[i], patterns->bytes[i]));
        fuzz_require(memchr(patterns->at[i], ',', patterns->bytes[i]) == NULL);
    }
}

static void check_taken(const struct cli_options *taken) {
    fuzz_require(taken->quantiles_count >= 1 && taken->quantiles_count <= CLI_QUANTILES_MAX);
    for (uint32_t i = 0; i < taken->quantiles_count; i++) {
        fuzz_require(taken->quantiles[i] >= 0 && taken->quantiles[i] <= 1);
    }
    fuzz_require(taken->rank_error > 0 && taken->rank_error <= 1);
    fuzz_require(taken->top <= WEIR_TOP_MAX && taken->threads <= WEIR_LANES_MAX);
    fuzz_require(taken->stats != 0 && (taken->stats & ~(uint32_t)WEIR_STATS_ALL) == 0);
    fuzz_require(taken->budget.kind != CLI_SIZE_PERCENT ||
                 (taken->budget.percent > 0 && taken->budget.percent <= 100));
    fuzz_require(taken->codec_window.kind == CLI_SIZE_BYTES);
    fuzz_require((taken->spec->formats & (uint32_t)taken->format) != 0 ||
                 taken->spec->formats == 0);
    fuzz_require(taken->paths_count <= WORDS_MAX);
    for (uint32_t i = 0; i < taken->paths_count; i++) {
        fuzz_require(is_inside(taken->paths[i], strlen(taken->paths[i])));
    }
    fuzz_require(taken->output == NULL || is_inside(taken->output, strlen(taken->output)));
    check_patterns(&taken->columns);
    check_patterns(&taken->exclude);
}

static void check_refusal(const struct cli_refusal *refusal) {
    const size_t bytes = strlen(refusal->text);
    fuzz_require(bytes > 0 && bytes < sizeof refusal->text);
    fuzz_require(strchr(refusal->text, '\n') == NULL);
}

static void parse(const uint8_t *data, size_t bytes) {
    struct cli_refusal refusals[2];
    split(&again, data, bytes);
    const bool taken = cli_options_parse(again.count, again.words, &options[1], &refusals[1]);
    split(&line, data, bytes);
    fuzz_require(cli_options_parse(line.count, line.words, &options[0], &refusals[0]) == taken);
    if (!taken) {
        check_refusal(&refusals[0]);
        fuzz_require(strcmp(refusals[0].text, refusals[1].text) == 0);
        return;
    }
    fuzz_require(refusals[0].text[0] == '\0');
    if (options[0].verb != CLI_VERB_HELP) {
        check_taken(&options[0]);
    }
    fuzz_require(options[0].verb == options[1].verb && options[0].stats == options[1].stats);
    fuzz_require(options[0].paths_count == options[1].paths_count);
}

/* Whether one byte stands in a set: *used_ret bytes of pattern, 0 where the set never closes. */
static bool model_set(const char *pattern, size_t bytes, char byte, size_t *used_ret) {
    size_t at = 1;
    bool in = false;
    const bool negate = bytes > 1 && (pattern[1] == '!' || pattern[1] == '^');
    at += negate;
    const size_t first = at;
    for (; at < bytes && (pattern[at] != ']' || at == first); at++) {
        uint8_t low = (uint8_t)pattern[at];
        uint8_t high = low;
        if (at + 2 < bytes && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
            high = (uint8_t)pattern[at + 2];
            at += 2;
        }
        in = in || ((uint8_t)byte >= low && (uint8_t)byte <= high);
    }
    *used_ret = at < bytes ? at + 1 : 0;
    return in != negate;
}

/* Every place of the pattern that the text up to here may have led to. */
static bool model_match(const char *pattern, size_t pattern_bytes, const char *text,
                        size_t text_bytes) {
    static bool now[INPUT_BYTES_MAX + 1];
    static bool next[INPUT_BYTES_MAX + 1];
    memset(now, 0, pattern_bytes + 1);
    now[0] = true;
    for (size_t t = 0; t <= text_bytes; t++) {
        memset(next, 0, pattern_bytes + 1);
        for (size_t p = 0; p < pattern_bytes; p++) {
            size_t used = 1;
            bool fits = false;
            if (!now[p]) {
                continue;
            }
            if (pattern[p] == '*') {
                now[p + 1] = true; /* the star takes nothing */
                next[p] = true;
                continue;
            }
            if (t == text_bytes) {
                continue;
            }
            if (pattern[p] == '[') {
                fits = model_set(pattern + p, pattern_bytes - p, text[t], &used);
            }
            if (pattern[p] != '[' || used == 0) {
                used = 1;
                fits = pattern[p] == '?' || pattern[p] == text[t];
            }
            next[p + used] = next[p + used] || fits;
        }
        if (t < text_bytes) {
            memcpy(now, next, pattern_bytes + 1);
        }
    }
    return now[pattern_bytes];
}

static void check_words(const char *a, const char *b) {
    const size_t a_bytes = strlen(a);
    const size_t b_bytes = strlen(b);
    const bool match = cli_match(a, a_bytes, b, b_bytes);
    if (a_bytes * b_bytes < 4096) {
        fuzz_require(match == model_match(a, a_bytes, b, b_bytes));
    }
    fuzz_require(!match || cli_match_path(a, a_bytes, b, b_bytes));
}

static void check_distance(const char *a, const char *b) {
    const size_t a_bytes = strlen(a);
    const size_t b_bytes = strlen(b);
    fuzz_require(cli_distance(a, a_bytes, b, b_bytes) == cli_distance(b, b_bytes, a, a_bytes));
    fuzz_require(a_bytes > 40 || cli_distance(a, a_bytes, a, a_bytes) == 0);
}

static void check_numbers(const char *word) {
    __extension__ unsigned __int128 slow = 0;
    size_t digits = 0;
    uint64_t value = 0;
    struct cli_size size;
    double fraction = 0;
    while (word[digits] >= '0' && word[digits] <= '9') {
        slow = slow > UINT64_MAX ? slow : slow * 10 + (unsigned)(word[digits] - '0');
        digits++;
    }
    const bool fits = digits > 0 && word[digits] == '\0' && slow <= UINT64_MAX;
    fuzz_require(cli_parse_u64(word, &value) == fits && (!fits || value == (uint64_t)slow));
    if (cli_parse_size(word, &size)) {
        fuzz_require(!fits || digits >= 48 || size.bytes == value);
        fuzz_require(size.kind != CLI_SIZE_PERCENT || (size.percent > 0 && size.percent <= 100));
    }
    if (cli_parse_fraction(word, strlen(word), &fraction)) {
        fuzz_require(fraction >= 0 && fraction <= 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    parse(data, bytes);
    split(&line, data, bytes);
    for (int i = 1; i < line.count && i <= PAIRED_WORDS; i++) {
        check_numbers(line.words[i]);
        check_distance(line.words[i - 1], line.words[i]);
        for (int j = 1; j < line.count && j <= PAIRED_WORDS; j++) {
            check_words(line.words[i], line.words[j]);
        }
    }
    return 0;
}
