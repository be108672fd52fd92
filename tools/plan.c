/* weir plan: what a profile would take, from the footers alone. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "quote.h"
#include "session.h"
#include "value.h"

static struct cli_session session; /* too large for the stack */

static void put_number(struct cli_output *output, const char *key, uint64_t value) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_u64_json(output, value);
}

static void put_term_json(struct cli_output *output, const char *name, uint64_t count,
                          uint64_t bytes, const char *why, bool first) {
    cli_put(output, first ? "\n {\"name\":" : ",\n {\"name\":");
    cli_put_json_string(output, (const uint8_t *)name, strlen(name));
    put_number(output, "count", count);
    put_number(output, "bytes", bytes);
    cli_put(output, ",\"why\":");
    cli_put_json_string(output, (const uint8_t *)why, strlen(why));
    cli_put(output, "}");
}

static void put_term_line(struct cli_output *output, const char *name, uint64_t count,
                          uint64_t bytes, const char *why, bool first) {
    char counted[CLI_NUMBER_BYTES];
    char sized[CLI_NUMBER_BYTES];
    char line[512];
    (void)first;
    cli_format_grouped(counted, count);
    cli_format_grouped(sized, bytes);
    const int used =
        snprintf(line, sizeof line, "%-24s %10s %15s  %s\n", name, counted, sized, why);
    cli_put_bytes(output, line,
                  used > 0 && (size_t)used < sizeof line ? (size_t)used : sizeof line - 1);
}

typedef void put_term(struct cli_output *, const char *, uint64_t, uint64_t, const char *, bool);

static void put_terms(struct cli_output *output, put_term *put) {
    const struct weir_plan *plan = &session.plan;
    put(output, "reserve", 1, session.reserve_bytes, "the program, libc and its stacks", true);
    put(output, "paths", session.inputs.count, session.inputs.bytes,
        "names and identities of the input files", false);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < plan->terms_count; i++) {
        const struct weir_plan_term *term = &plan->terms[i];
        put(output, term->name, term->count, term->bytes, term->why, false);
        sum += term->bytes;
    }
    const uint64_t mapped = session.planned_bytes - session.reserve_bytes - session.inputs.bytes;
    if (mapped > sum) {
        put(output, "rounding", 1, mapped - sum, "alignment and whole pages", false);
    }
}

static void render_json(struct cli_output *output, bool fits) {
    const struct weir_plan *plan = &session.plan;
    cli_put(output, "{\"schema_version\":1");
    put_number(output, "budget_bytes", session.budget_bytes);
    put_number(output, "minimum_bytes", session.minimum_bytes);
    put_number(output, "planned_bytes", session.planned_bytes);
    put_number(output, "reserve_bytes", session.reserve_bytes);
    put_number(output, "paths_bytes", session.inputs.bytes);
    cli_put(output, fits ? ",\"fits\":true" : ",\"fits\":false");
    put_number(output, "lanes", plan->lanes);
    put_number(output, "lanes_wanted", session.profile.lanes);
    put_number(output, "batches", plan->batches);
    put_number(output, "columns_per_batch", plan->columns_per_batch);
    put_number(output, "parts", plan->parts);
    cli_put(output,
            plan->split ? ",\"lanes_share_columns\":true" : ",\"lanes_share_columns\":false");
    put_number(output, "columns", session.inventory.columns_selected);
    put_number(output, "files", session.inventory.files);
    put_number(output, "rows", session.inventory.rows);
    put_number(output, "row_groups", session.inventory.row_groups);
    put_number(output, "selected_bytes", session.inventory.selected_bytes);
    put_number(output, "codec_window_bytes", session.inventory.codec_window_bytes);
    cli_put(output, ",\"rank_error\":");
    cli_put_double_json(output, plan->rank_error);
    cli_put(output, session.profile.exact ? ",\"exact\":true" : ",\"exact\":false");
    put_number(output, "passes", plan->passes);
    put_number(output, "passes_max", plan->passes_max);
    cli_put(output, ",\n\"terms\":[");
    put_terms(output, put_term_json);
    cli_put(output, "\n]}\n");
}

static void render_table(struct cli_output *output, bool fits) {
    const struct weir_plan *plan = &session.plan;
    char a[CLI_NUMBER_BYTES];
    char b[CLI_NUMBER_BYTES];
    char line[512];
    (void)snprintf(line, sizeof line, "%-24s %10s %15s  %s\n", "term", "count", "bytes", "why");
    cli_put(output, line);
    put_terms(output, put_term_line);
    cli_format_grouped(a, session.planned_bytes);
    (void)snprintf(line, sizeof line, "%-24s %10s %15s\n\n", fits ? "planned" : "needed", "", a);
    cli_put(output, line);
    cli_format_grouped(a, session.minimum_bytes);
    cli_format_bytes(b, session.minimum_bytes);
    (void)snprintf(line, sizeof line, "smallest budget  %s bytes (%s): --mem-budget %llu\n", a, b,
                   (unsigned long long)session.minimum_bytes);
    cli_put(output, line);
    cli_format_bytes(a, session.budget_bytes);
    (void)snprintf(line, sizeof line, "this budget      %s, %s\n", a,
                   fits ? "enough" : "too small");
    cli_put(output, line);
    if (fits) {
        (void)snprintf(line, sizeof line,
                       "work             %u columns in %u batch%s of up to %u, %u lane%s of %u "
                       "wanted, rank error %.3g %%\n",
                       (unsigned)session.inventory.columns_selected, (unsigned)plan->batches,
                       plan->batches == 1 ? "" : "es", (unsigned)plan->columns_per_batch,
                       (unsigned)plan->lanes, plan->lanes == 1 ? "" : "s",
                       (unsigned)session.profile.lanes, 100 * plan->rank_error);
        cli_put(output, line);
    }
    if (fits && plan->parts > 1) {
        (void)snprintf(line, sizeof line, "row groups       in %u parts that are merged%s\n",
                       (unsigned)plan->parts, plan->split ? "; lanes share each column" : "");
        cli_put(output, line);
    }
    if (fits && session.profile.exact) {
        (void)snprintf(
            line, sizeof line, "exact quantiles  %u pass%s over the data as a rule, at most %u\n",
            (unsigned)plan->passes, plan->passes == 1 ? "" : "es", (unsigned)plan->passes_max);
        cli_put(output, line);
    }
}

enum cli_exit cli_verb_plan(const struct cli_options *options, struct cli_output *output) {
    enum cli_exit code = cli_session_open(&session, options, output);
    if (code != CLI_OK) {
        return code;
    }
    void *window = cli_session_window(&session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    code = cli_session_inspect(&session, window);
    cli_session_window_done(&session, window);
    if (code != CLI_OK) {
        return code;
    }
    const enum cli_exit fit = cli_session_plan(&session);
    if (fit != CLI_OK && fit != CLI_BUDGET) {
        return fit;
    }
    if (!cli_output_open(output, options->output)) {
        return cli_session_output_failed(&session);
    }
    code = cli_session_seal(&session);
    if (code != CLI_OK) {
        return code;
    }
    if (options->format == CLI_FORMAT_JSON) {
        render_json(output, fit == CLI_OK);
    } else {
        render_table(output, fit == CLI_OK);
    }
    code = cli_session_finish(&session);
    return code == CLI_OK ? fit : code; /* a plan that does not fit is printed and exits 3 */
}
