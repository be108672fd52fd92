/* The parser: long options with = or a space, short ones, anywhere among the paths. */
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "weir/profile.h"

static bool refuse(struct cli_refusal *refusal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct cli_refusal *refusal, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(refusal->text, sizeof refusal->text, format, arguments);
    va_end(arguments);
    return false;
}

static const struct cli_option_spec *find_long(const char *name, size_t bytes) {
    for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
        if (strlen(cli_option_specs[i].name) == bytes &&
            memcmp(cli_option_specs[i].name, name, bytes) == 0) {
            return &cli_option_specs[i];
        }
    }
    return NULL;
}

/* A letter may mean one thing to a verb and another to others. */
static const struct cli_option_spec *find_letter(char letter, uint32_t verb) {
    const struct cli_option_spec *found = NULL;
    for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
        const struct cli_option_spec *spec = &cli_option_specs[i];
        if (spec->letter == letter && (found == NULL || (spec->verbs & verb) != 0)) {
            found = spec;
        }
    }
    return found;
}

static bool refuse_unknown(struct cli_refusal *refusal, uint32_t verb, const char *name,
                           size_t bytes) {
    const char *best = NULL;
    uint32_t best_distance = UINT32_MAX;
    for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
        const struct cli_option_spec *spec = &cli_option_specs[i];
        uint32_t distance;
        if ((spec->verbs & verb) != 0 &&
            cli_is_close(name, bytes, spec->name, strlen(spec->name), &distance) &&
            distance < best_distance) {
            best = spec->name;
            best_distance = distance;
        }
    }
    const int shown = bytes > 80 ? 80 : (int)bytes;
    if (best != NULL) {
        return refuse(refusal, "unknown option --%.*s; did you mean --%s?", shown, name, best);
    }
    return refuse(refusal, "unknown option --%.*s; --help lists the options", shown, name);
}

static bool set_patterns(struct cli_refusal *refusal, struct cli_patterns *patterns,
                         const char *name, const char *text) {
    while (*text != '\0') {
        const char *comma = strchr(text, ',');
        const size_t bytes = comma != NULL ? (size_t)(comma - text) : strlen(text);
        if (bytes > 0) {
            if (patterns->count == CLI_PATTERNS_MAX || bytes > WEIR_NAME_BYTES_MAX) {
                return refuse(refusal, "--%s takes at most %u patterns of %u bytes", name,
                              CLI_PATTERNS_MAX, WEIR_NAME_BYTES_MAX);
            }
            patterns->at[patterns->count] = text;
            patterns->bytes[patterns->count++] = (uint32_t)bytes;
        }
        text += bytes + (comma != NULL ? 1 : 0);
    }
    return patterns->count > 0 ||
           refuse(refusal, "--%s needs at least one pattern, such as 'price*'", name);
}

static bool set_quantiles(struct cli_refusal *refusal, struct cli_options *options,
                          const char *text) {
    options->quantiles_count = 0;
    while (*text != '\0') {
        const char *comma = strchr(text, ',');
        const size_t bytes = comma != NULL ? (size_t)(comma - text) : strlen(text);
        if (options->quantiles_count == CLI_QUANTILES_MAX) {
            return refuse(refusal, "--quantiles takes at most %u numbers", CLI_QUANTILES_MAX);
        }
        if (!cli_parse_fraction(text, bytes, &options->quantiles[options->quantiles_count])) {
            return refuse(refusal, "--quantiles: \"%.*s\" is not a number from 0 to 1",
                          bytes > 40 ? 40 : (int)bytes, text);
        }
        options->quantiles_count++;
        text += bytes + (comma != NULL ? 1 : 0);
    }
    return options->quantiles_count > 0 ||
           refuse(refusal, "--quantiles needs numbers from 0 to 1, such as 0.25,0.5,0.75");
}

static bool set_stats(struct cli_refusal *refusal, struct cli_options *options, const char *text) {
    static const struct {
        const char *name;
        uint32_t bit;
    } names[] = {{"moments", WEIR_STATS_MOMENTS},
                 {"quantiles", WEIR_STATS_QUANTILES},
                 {"distinct", WEIR_STATS_DISTINCT},
                 {"top", WEIR_STATS_TOP},
                 {"all", WEIR_STATS_ALL}};
    options->stats = 0;
    while (*text != '\0') {
        const char *comma = strchr(text, ',');
        const size_t bytes = comma != NULL ? (size_t)(comma - text) : strlen(text);
        uint32_t bit = 0;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (strlen(names[i].name) == bytes && memcmp(names[i].name, text, bytes) == 0) {
                bit = names[i].bit;
            }
        }
        if (bit == 0) {
            return refuse(refusal,
                          "--stats: \"%.*s\" is none of moments, quantiles, distinct, top, all",
                          bytes > 40 ? 40 : (int)bytes, text);
        }
        options->stats |= bit;
        text += bytes + (comma != NULL ? 1 : 0);
    }
    return options->stats != 0 ||
           refuse(refusal, "--stats needs a list of moments, quantiles, distinct, top; or all");
}

static bool set_format(struct cli_refusal *refusal, struct cli_options *options, const char *text) {
    static const struct {
        const char *name;
        enum cli_format format;
    } names[] = {{"table", CLI_FORMAT_TABLE}, {"text", CLI_FORMAT_TEXT}, {"json", CLI_FORMAT_JSON},
                 {"jsonl", CLI_FORMAT_JSONL}, {"csv", CLI_FORMAT_CSV},   {"md", CLI_FORMAT_MD}};
    char known[64] = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((options->spec->formats & (uint32_t)names[i].format) == 0) {
            continue;
        }
        if (strcmp(text, names[i].name) == 0) {
            options->format = names[i].format;
            return true;
        }
        const size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "",
                       names[i].name);
    }
    return refuse(refusal, "unknown format \"%.40s\"; weir %s writes %s", text, options->spec->name,
                  known);
}

static bool set_count(struct cli_refusal *refusal, const char *name, const char *text,
                      uint64_t least, uint64_t most, uint64_t *value_ret) {
    if (cli_parse_u64(text, value_ret) && *value_ret >= least && *value_ret <= most) {
        return true;
    }
    return refuse(refusal, "--%s: \"%.40s\" is not a whole number from %llu to %llu", name, text,
                  (unsigned long long)least, (unsigned long long)most);
}

static bool set_size(struct cli_refusal *refusal, const char *name, const char *text,
                     bool bytes_only, struct cli_size *size) {
    if (cli_parse_size(text, size) && (!bytes_only || size->kind == CLI_SIZE_BYTES)) {
        return true;
    }
    return refuse(refusal, "--%s: \"%.40s\" is not a size; write 64MiB, 64M, 64MB%s", name, text,
                  bytes_only ? "" : ", 25% or auto");
}

static bool set_argument(struct cli_refusal *refusal, struct cli_options *options,
                         const struct cli_option_spec *spec, const char *text) {
    uint64_t value = 0;
    switch (spec->id) {
    case CLI_OPT_FORMAT: return set_format(refusal, options, text);
    case CLI_OPT_OUTPUT:
        options->output = strcmp(text, "-") == 0 ? NULL : text;
        return *text != '\0' || refuse(refusal, "--output needs the name of a file");
    case CLI_OPT_COLUMNS: return set_patterns(refusal, &options->columns, spec->name, text);
    case CLI_OPT_EXCLUDE: return set_patterns(refusal, &options->exclude, spec->name, text);
    case CLI_OPT_STATS: return set_stats(refusal, options, text);
    case CLI_OPT_QUANTILES: return set_quantiles(refusal, options, text);
    case CLI_OPT_RANK_ERROR:
        if (cli_parse_fraction(text, strlen(text), &options->rank_error) &&
            options->rank_error > 0) {
            return true;
        }
        return refuse(refusal, "--rank-error: \"%.40s\" is not a fraction such as 0.001 or 0.1%%",
                      text);
    case CLI_OPT_TOP:
        if (!set_count(refusal, spec->name, text, 0, WEIR_TOP_MAX, &value)) {
            return false;
        }
        options->top = (uint32_t)value;
        return true;
    case CLI_OPT_SEED: return set_count(refusal, spec->name, text, 0, UINT64_MAX, &options->seed);
    case CLI_OPT_LIMIT: return set_count(refusal, spec->name, text, 0, UINT64_MAX, &options->limit);
    case CLI_OPT_RUNS: return set_count(refusal, spec->name, text, 3, 1000000000, &options->runs);
    case CLI_OPT_EVERY: return set_count(refusal, spec->name, text, 1, UINT64_MAX, &options->every);
    case CLI_OPT_MEM_BUDGET: return set_size(refusal, spec->name, text, false, &options->budget);
    case CLI_OPT_CODEC_WINDOW:
        return set_size(refusal, spec->name, text, true, &options->codec_window);
    case CLI_OPT_THREADS:
        if (strcmp(text, "auto") != 0 &&
            !set_count(refusal, spec->name, text, 1, WEIR_LANES_MAX, &value)) {
            return false;
        }
        options->threads = (uint32_t)value;
        return true;
    default: break;
    }
    return refuse(refusal, "--%s takes no argument", spec->name);
}

static void set_switch(struct cli_options *options, enum cli_option id) {
    switch (id) {
    case CLI_OPT_PAGES: options->pages = true; break;
    case CLI_OPT_EXACT: options->exact = true; break;
    case CLI_OPT_DROP_CACHE: options->drop_cache = true; break;
    case CLI_OPT_KEEP_GOING: options->keep_going = true; break;
    case CLI_OPT_QUIET: options->quiet = true; break;
    case CLI_OPT_NO_PROGRESS: options->no_progress = true; break;
    case CLI_OPT_NO_SEAL: options->no_seal = true; break;
    case CLI_OPT_VERSION: options->version = true; break;
    case CLI_OPT_HELP:
        options->help_verb = options->verb;
        options->verb = CLI_VERB_HELP;
        break;
    default: break;
    }
}

/* One option; *index is moved past an argument that stands by itself. */
static bool take_option(struct cli_refusal *refusal, struct cli_options *options, int argc,
                        char **argv, int *index) {
    const char *word = argv[*index];
    const struct cli_option_spec *spec;
    const char *text = NULL;
    if (word[1] == '-') {
        const char *equals = strchr(word, '=');
        const size_t bytes = equals != NULL ? (size_t)(equals - word - 2) : strlen(word) - 2;
        spec = find_long(word + 2, bytes);
        if (spec == NULL) {
            return refuse_unknown(refusal, (uint32_t)options->verb, word + 2, bytes);
        }
        text = equals != NULL ? equals + 1 : NULL;
    } else {
        spec = find_letter(word[1], (uint32_t)options->verb);
        if (spec == NULL || (spec->argument == NULL && word[2] != '\0')) {
            return refuse(refusal, "unknown option %.40s; --help lists the options", word);
        }
        text = word[2] != '\0' ? word + (word[2] == '=' ? 3 : 2) : NULL;
    }
    if (options->verb != CLI_VERB_HELP && (spec->verbs & (uint32_t)options->verb) == 0) {
        return refuse(refusal, "weir %s has no option --%s; weir %s --help lists them",
                      options->spec->name, spec->name, options->spec->name);
    }
    if (spec->argument == NULL) {
        if (text != NULL) {
            return refuse(refusal, "--%s takes no argument", spec->name);
        }
        set_switch(options, spec->id);
        return true;
    }
    if (text == NULL) {
        if (*index + 1 >= argc) {
            return refuse(refusal, "--%s needs an argument: --%s %s", spec->name, spec->name,
                          spec->argument);
        }
        text = argv[++*index];
    }
    return options->verb == CLI_VERB_HELP || set_argument(refusal, options, spec, text);
}

static const struct cli_verb_spec *find_verb(const char *name) {
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (strcmp(cli_verb_specs[i].name, name) == 0) {
            return &cli_verb_specs[i];
        }
    }
    return NULL;
}

static bool refuse_verb(struct cli_refusal *refusal, const char *name) {
    const char *best = NULL;
    uint32_t best_distance = UINT32_MAX;
    for (size_t i = 0; i < cli_verb_count; i++) {
        uint32_t distance;
        if (!cli_verb_specs[i].hidden &&
            cli_is_close(name, strlen(name), cli_verb_specs[i].name, strlen(cli_verb_specs[i].name),
                         &distance) &&
            distance < best_distance) {
            best = cli_verb_specs[i].name;
            best_distance = distance;
        }
    }
    if (best != NULL) {
        return refuse(refusal, "unknown verb \"%.60s\"; did you mean weir %s?", name, best);
    }
    return refuse(
        refusal,
        "unknown verb \"%.60s\"; the verbs are profile, plan, schema, cat, check, leakcheck "
        "and help",
        name);
}

static void set_defaults(struct cli_options *options) {
    static const double quantiles[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
    memset(options, 0, sizeof *options);
    memcpy(options->quantiles, quantiles, sizeof quantiles);
    options->quantiles_count = sizeof quantiles / sizeof *quantiles;
    options->stats = WEIR_STATS_ALL;
    options->rank_error = 0.001;
    options->top = 5;
    options->limit = WEIR_NONE;
    options->runs = 20;
    options->budget.bytes = (uint64_t)64 << 20;
}

/* The verb, or what stands in its place. */
static bool take_verb(struct cli_refusal *refusal, struct cli_options *options, const char *word) {
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        options->spec = find_verb("help");
    } else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        options->version = true;
        options->spec = find_verb("help");
    } else if (word[0] == '-') {
        return refuse(refusal, "the verb comes first: weir profile %.60s PATH", word);
    } else {
        options->spec = find_verb(word);
    }
    if (options->spec == NULL) {
        return refuse_verb(refusal, word);
    }
    options->verb = options->spec->verb;
    options->format = options->spec->format;
    return true;
}

bool cli_options_parse(int argc, char **argv, struct cli_options *options,
                       struct cli_refusal *refusal) {
    set_defaults(options);
    refusal->text[0] = '\0';
    if (argc < 2) {
        return refuse(refusal, "no verb; try: weir profile data.parquet, or weir --help");
    }
    if (!take_verb(refusal, options, argv[1])) {
        return false;
    }
    bool only_paths = false;
    int kept = 0;
    for (int index = 2; index < argc; index++) {
        char *word = argv[index];
        if (!only_paths && strcmp(word, "--") == 0) {
            only_paths = true;
        } else if (!only_paths && word[0] == '-' && word[1] != '\0') {
            if (!take_option(refusal, options, argc, argv, &index)) {
                return false;
            }
        } else {
            argv[kept++] = word;
        }
    }
    options->paths = (const char *const *)argv;
    options->paths_count = (uint32_t)kept;
    if (options->verb == CLI_VERB_HELP && kept > 0 && options->help_verb == CLI_VERB_NONE) {
        const struct cli_verb_spec *spec = find_verb(argv[0]);
        if (spec == NULL) {
            return refuse_verb(refusal, argv[0]);
        }
        options->help_verb = spec->verb;
    }
    if (options->exact && (options->stats & WEIR_STATS_QUANTILES) == 0) {
        return refuse(refusal, "--exact is about quantiles, which --stats leaves out");
    }
    const bool reads = options->verb != CLI_VERB_HELP && options->verb != CLI_VERB_MAN;
    if (reads && !options->version && kept == 0) {
        return refuse(refusal, "no input; name a file, a directory, a glob or @list: weir %s PATH",
                      options->spec->name);
    }
    return true;
}
