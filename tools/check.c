/* weir check: what files say of themselves against what they hold, one line a disagreement. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "message.h"
#include "quote.h"
#include "session.h"
#include "value.h"
#include "weir/check.h"
#include "weir.h"

struct job {
    struct cli_session session;
    struct weir_check *check;
    uint64_t findings; /* printed so far */
    char sentence[CLI_MESSAGE_BYTES];
};

static struct job job; /* too large for the stack */

/* --- Sides of a disagreement. ---------------------------------------------------------------- */

static const char *const encoding_names[] = {
    "PLAIN",
    "GROUP_VAR_INT",
    "PLAIN_DICTIONARY",
    "RLE",
    "BIT_PACKED",
    "DELTA_BINARY_PACKED",
    "DELTA_LENGTH_BYTE_ARRAY",
    "DELTA_BYTE_ARRAY",
    "RLE_DICTIONARY",
    "BYTE_STREAM_SPLIT",
    "ALP",
};

static void put_encodings(struct cli_output *output, uint64_t set) {
    const size_t known = sizeof encoding_names / sizeof *encoding_names;
    bool first = true;
    cli_put_char(output, '[');
    for (uint32_t i = 0; i < 32; i++) {
        if ((set >> i & 1) == 0) {
            continue;
        }
        cli_put(output, first ? "\"" : ",\"");
        if (i < known) {
            cli_put(output, encoding_names[i]);
        } else {
            cli_put_u64(output, i);
        }
        cli_put_char(output, '"');
        first = false;
    }
    cli_put_char(output, ']');
}

/* As JSON, which a person can read too: numbers bare, texts in quotes. */
static void put_side(struct cli_output *output, const struct weir_finding *finding,
                     const struct weir_value *side) {
    char text[32];
    if (!side->present) {
        cli_put(output, "null");
        return;
    }
    switch (finding->form) {
    case WEIR_FORM_COUNT:
        if (side->i64 < 0) {
            cli_put_char(output, '-');
        }
        cli_put_u64(output, side->i64 < 0 ? -side->u64 : side->u64);
        break;
    case WEIR_FORM_VALUE: {
        const struct cli_value value = cli_value_of(side);
        cli_put_value_json(output, &finding->type, &value);
        break;
    }
    case WEIR_FORM_CHECKSUM:
        (void)snprintf(text, sizeof text, "\"%08llx\"", (unsigned long long)side->u64);
        cli_put(output, text);
        break;
    case WEIR_FORM_ENCODINGS: put_encodings(output, side->u64); break;
    case WEIR_FORM_TRUTH: cli_put(output, side->i64 != 0 ? "true" : "false"); break;
    case WEIR_FORM_OTHER: cli_put(output, "null"); break;
    }
}

/* --- Text. ----------------------------------------------------------------------------------- */

static void put_number(struct cli_output *output, const char *before, uint32_t number) {
    if (number != WEIR_NONE32) {
        cli_put(output, before);
        cli_put_u64(output, number);
    }
}

/* A path as it is, but for control characters. */
static void put_path(struct cli_output *output, const char *path) {
    for (; *path != '\0'; path++) {
        const unsigned char byte = (unsigned char)*path;
        cli_put_char(output, byte < 0x20 || byte == 0x7f ? '?' : *path);
    }
}

static void put_sides(struct cli_output *output, const struct weir_finding *finding) {
    static const char *const says[] = {"the file says ", "the file says that nothing is below ",
                                       "the file says that nothing is above ", "the file says "};
    static const char *const have[] = {", the data say ", ", the data have ", ", the data have ",
                                       ", the data say about "};
    if (finding->form == WEIR_FORM_OTHER) {
        return;
    }
    cli_put(output, ": ");
    if (!finding->stated.present) {
        cli_put(output, "what the file says is no value of the column's type");
        return;
    }
    cli_put(output, says[finding->relation]);
    put_side(output, finding, &finding->stated);
    if (finding->found.present) {
        cli_put(output, have[finding->relation]);
        put_side(output, finding, &finding->found);
    } else {
        cli_put(output, ", the data have none");
    }
}

static void put_line(struct cli_output *output, const struct weir_finding *finding) {
    put_path(output, job.session.inputs.files[finding->file].path);
    cli_put(output, ": ");
    if (finding->path != NULL) {
        cli_put(output, "column ");
        cli_put_json_string(output, (const uint8_t *)finding->path, finding->path_bytes);
    }
    put_number(output, finding->path != NULL ? ", row group " : "row group ", finding->row_group);
    put_number(output, ", page ", finding->page);
    cli_put(output, finding->path != NULL || finding->row_group != WEIR_NONE32 ? ": " : "");
    cli_put(output, finding->what);
    put_sides(output, finding);
    cli_put_char(output, '\n');
}

/* --- JSON. ----------------------------------------------------------------------------------- */

static void put_key(struct cli_output *output, const char *key) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
}

static void put_text(struct cli_output *output, const char *key, const char *text) {
    put_key(output, key);
    cli_put_json_string(output, (const uint8_t *)text, strlen(text));
}

static void put_count(struct cli_output *output, const char *key, uint64_t value) {
    put_key(output, key);
    cli_put_u64_json(output, value);
}

static void put_place(struct cli_output *output, const char *key, uint32_t place) {
    put_key(output, key);
    if (place == WEIR_NONE32) {
        cli_put(output, "null");
    } else {
        cli_put_u64(output, place);
    }
}

static void put_object(struct cli_output *output, const struct weir_finding *finding) {
    static const char *const relations[] = {"equal", "at most", "at least", "about"};
    const char *path = job.session.inputs.files[finding->file].path;
    cli_put(output, job.findings > 0 ? ",\n {\"file\":" : "\n {\"file\":");
    cli_put_json_string(output, (const uint8_t *)path, strlen(path));
    if (finding->error != NULL) {
        put_text(output, "error", job.sentence);
        cli_put(output, "}");
        return;
    }
    put_place(output, "row_group", finding->row_group);
    put_key(output, "column");
    if (finding->path != NULL) {
        cli_put_json_string(output, (const uint8_t *)finding->path, finding->path_bytes);
    } else {
        cli_put(output, "null");
    }
    put_place(output, "page", finding->page);
    put_text(output, "what", finding->what);
    if (finding->form != WEIR_FORM_OTHER) {
        put_text(output, "relation", relations[finding->relation]);
        put_key(output, "stated");
        put_side(output, finding, &finding->stated);
        put_key(output, "found");
        put_side(output, finding, &finding->found);
    }
    cli_put(output, "}");
}

static void begin_json(struct cli_output *output) {
    cli_put(output, "{\"weir\":\"");
    cli_put(output, weir_version());
    cli_put(output, "\",\"schema_version\":1,\n\"findings\":[");
}

/* `error` is why the run broke off, or NULL. */
static void end_json(struct cli_output *output, const char *error, enum cli_exit code) {
    const struct cli_session *session = &job.session;
    struct weir_check_totals totals;
    weir_check_totals(job.check, &totals);
    cli_put(output, "\n]");
    put_count(output, "files", totals.files);
    put_count(output, "row_groups", totals.row_groups);
    put_count(output, "column_chunks", totals.chunks);
    put_count(output, "pages", totals.pages);
    put_count(output, "statements", totals.statements);
    put_count(output, "disagreements", totals.disagreements);
    put_count(output, "unreadable", totals.unreadable);
    put_count(output, "chunks_without_page_bounds", totals.chunks_not_apart);
    cli_put(output, ",\n\"memory\":{\"budget_bytes\":");
    cli_put_u64_json(output, session->budget_bytes);
    put_count(output, "minimum_bytes", session->minimum_bytes);
    put_count(output, "planned_bytes", session->planned_bytes);
    put_count(output, "peak_rss_bytes", cli_memory_peak_bytes());
    put_count(output, "reserve_bytes", session->reserve_bytes);
    put_count(output, "batches", session->plan.batches);
    cli_put(output, "},\n\"elapsed_seconds\":");
    cli_put_double_json(output, (double)(uint64_t)(cli_session_seconds(session) * 1e6) / 1e6);
    cli_put(output,
            error == NULL && totals.unreadable == 0 ? ",\"complete\":true" : ",\"complete\":false");
    if (error != NULL) {
        put_text(output, "error", error);
        put_count(output, "exit_code", (uint64_t)code);
    }
    cli_put(output, "}\n");
}

/* --- The run. -------------------------------------------------------------------------------- */

static bool visit(void *context, const struct weir_finding *finding) {
    struct cli_output *output = context;
    if (finding->error != NULL) {
        struct weir_error error = *finding->error;
        cli_message_explain(&error, &job.session.inputs);
        (void)cli_message(job.sentence, &error, &job.session.inputs);
        cli_say("%s", job.sentence);
    }
    if (job.session.options->format == CLI_FORMAT_JSON) {
        put_object(output, finding);
        job.findings++;
    } else if (finding->error == NULL) {
        put_line(output, finding);
        job.findings++;
    }
    return output->error == 0;
}

static void say_totals(void) {
    struct weir_check_totals totals;
    weir_check_totals(job.check, &totals);
    if (job.session.options->quiet) {
        return;
    }
    cli_say("%llu file%s, %llu column chunks, %llu pages: %llu of %llu statements disagree",
            (unsigned long long)totals.files, totals.files == 1 ? "" : "s",
            (unsigned long long)totals.chunks, (unsigned long long)totals.pages,
            (unsigned long long)totals.disagreements, (unsigned long long)totals.statements);
    if (totals.chunks_not_apart > 0) {
        cli_say("page bounds of %llu column chunks were not compared: their dictionaries are too "
                "large to read for each page",
                (unsigned long long)totals.chunks_not_apart);
    }
}

static enum cli_exit run(void) {
    const bool json = job.session.options->format == CLI_FORMAT_JSON;
    struct cli_output *output = job.session.output;
    struct weir_check_totals totals;
    if (json) {
        begin_json(output);
    }
    const enum weir_status status = weir_check_run(job.check, visit, output);
    if (output->error != 0) {
        return cli_session_finish(&job.session); /* says why */
    }
    if (status != WEIR_OK) {
        const enum cli_exit code = cli_session_fail(&job.session, weir_check_error(job.check));
        (void)cli_message(job.sentence, &job.session.error, &job.session.inputs);
        if (job.session.options->output == NULL) {
            if (json) {
                end_json(output, job.sentence, code);
            }
            (void)cli_output_flush(output); /* what was found before holds */
        }
        return code;
    }
    if (json) {
        end_json(output, NULL, CLI_OK);
    }
    const enum cli_exit code = cli_session_finish(&job.session);
    weir_check_totals(job.check, &totals);
    say_totals();
    if (code != CLI_OK) {
        return code;
    }
    return totals.unreadable > 0 ? CLI_INPUT : totals.disagreements > 0 ? CLI_DIFFERS : CLI_OK;
}

static enum cli_exit make_plan(void) {
    struct cli_session *session = &job.session;
    void *window = cli_session_window(session);
    if (window == NULL) {
        return CLI_BUDGET;
    }
    const enum cli_exit code = cli_session_inspect_with(session, window, weir_check_inspect);
    cli_session_window_done(session, window);
    if (code != CLI_OK) {
        return code;
    }
    session->profile.budget_bytes = cli_session_library_bytes(session);
    session->profile.lanes = 1;
    session->profile.lane_stack_bytes = 0;
    const enum weir_status status =
        weir_check_plan(&session->inventory, &session->profile, &session->plan, &session->error);
    return cli_session_fit(session, status);
}

enum cli_exit cli_verb_check(const struct cli_options *options, struct cli_output *output) {
    struct cli_session *session = &job.session;
    enum cli_exit code = cli_session_open(session, options, output);
    if (code == CLI_OK) {
        code = make_plan();
    }
    if (code == CLI_OK) {
        code = cli_session_start(session);
    }
    if (code != CLI_OK) {
        return code;
    }
    struct weir_error error = {.status = WEIR_OK};
    if (weir_check_init(session->block, session->block_bytes, &session->plan, &session->dataset,
                        &job.check, &error) != WEIR_OK) {
        return cli_session_fail(session, &error);
    }
    code = cli_session_seal(session);
    return code == CLI_OK ? run() : code;
}
