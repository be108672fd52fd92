/* A profile as JSON, schema_version 1; one line a column. Fields as src/DESIGN.md lists them. */
#include <string.h>

#include "number.h"
#include "quote.h"
#include "render.h"
#include "value.h"
#include "weir.h"

static void put_key(struct cli_output *output, const char *key) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
}

static void put_count(struct cli_output *output, const char *key, uint64_t value) {
    put_key(output, key);
    cli_put_u64_json(output, value);
}

static void put_bool(struct cli_output *output, const char *key, bool value) {
    put_key(output, key);
    cli_put(output, value ? "true" : "false");
}

static void put_text(struct cli_output *output, const char *key, const char *text) {
    put_key(output, key);
    if (text == NULL) {
        cli_put(output, "null");
    } else {
        cli_put_json_string(output, (const uint8_t *)text, strlen(text));
    }
}

/* A figure of the moments: null where undefined or not measured. */
static void put_figure(struct cli_output *output, const char *key, bool is_there, double value) {
    put_key(output, key);
    if (is_there) {
        cli_put_figure_json(output, value);
    } else {
        cli_put(output, "null");
    }
}

static void put_value(struct cli_output *output, const struct weir_type *type,
                      const struct weir_value *value) {
    if (!value->present) {
        cli_put(output, "null");
        return;
    }
    const struct cli_value plain = cli_value_of(value);
    cli_put_value_json(output, type, &plain);
}

static void begin(struct cli_output *output, const struct cli_report *report) {
    const struct weir_inventory *inventory = &report->plan->inventory;
    cli_put(output, "{\"schema_version\":1");
    put_text(output, "weir", weir_version());
    put_count(output, "files", inventory->files);
    put_count(output, "rows", inventory->rows);
    put_count(output, "row_groups", inventory->row_groups);
    put_key(output, "rank_error");
    cli_put_double_json(output, report->plan->rank_error);
    cli_put(output, ",\"columns\":[");
}

static void put_counts(struct cli_output *output, const struct weir_result *result) {
    put_count(output, "rows", result->rows);
    put_count(output, "count", result->count);
    put_count(output, "nulls", result->nulls);
    put_count(output, "nans", result->nans);
    put_count(output, "pos_infs", result->pos_infs);
    put_count(output, "neg_infs", result->neg_infs);
    put_count(output, "zeros", result->zeros);
    put_count(output, "negatives", result->negatives);
}

static void put_moments(struct cli_output *output, const struct cli_column *column) {
    const struct weir_result *result = &column->result;
    const struct weir_type *type = &column->info.type;
    const bool is_there = result->has_moments;
    char unit[CLI_NUMBER_BYTES];
    put_key(output, "min");
    put_value(output, type, &result->min);
    put_key(output, "max");
    put_value(output, type, &result->max);
    if (column->info.kind == WEIR_KIND_BYTES) {
        put_bool(output, "min_cut", result->min.present && result->min.cut);
        put_bool(output, "max_cut", result->max.present && result->max.cut);
    }
    put_text(output, "unit", is_there ? cli_unit_name(unit, type) : NULL);
    put_bool(output, "approximate", cli_is_rounded(type, column->info.kind));
    put_figure(output, "mean", is_there, result->mean);
    put_figure(output, "std", is_there, result->std);
    put_figure(output, "variance", is_there, result->variance);
    put_figure(output, "skewness", is_there, result->skewness);
    put_figure(output, "kurtosis", is_there, result->kurtosis);
    if (is_there && result->sum_exact) {
        put_key(output, "sum");
        cli_put_i256_json(output, &result->sum_whole);
    } else {
        put_figure(output, "sum", is_there, result->sum);
    }
    put_bool(output, "sum_exact", is_there && result->sum_exact);
}

static void put_distinct(struct cli_output *output, const struct weir_result *result) {
    put_key(output, "distinct");
    if (!result->has_distinct) {
        cli_put(output, "null");
        return;
    }
    cli_put(output, "{\"value\":");
    cli_put_u64_json(output, result->distinct.value);
    put_bool(output, "exact", result->distinct.exact);
    put_key(output, "relative_error");
    cli_put_double_json(output, result->distinct.relative_error);
    cli_put(output, "}");
}

/* Sketches keep the leading bits of wide integers. */
static bool is_rounded(const struct weir_value *value) {
    return value->kind == WEIR_KIND_I128 && value->cut;
}

static void put_quantiles(struct cli_output *output, const struct cli_report *report,
                          const struct cli_column *column) {
    const struct cli_options *options = report->options;
    struct weir_quantile quantiles[CLI_QUANTILES_MAX];
    bool first = true;
    put_key(output, "quantiles");
    cli_put(output, "[");
    if ((options->stats & WEIR_STATS_QUANTILES) != 0) {
        memset(quantiles, 0, sizeof quantiles);
        for (uint32_t i = 0; i < options->quantiles_count; i++) {
            quantiles[i].q = options->quantiles[i];
        }
        weir_profile_quantiles(column->profile, column->index, quantiles, options->quantiles_count);
        for (uint32_t i = 0; i < options->quantiles_count; i++) {
            if (!quantiles[i].value.present) {
                continue;
            }
            cli_put(output, first ? "{\"q\":" : ",{\"q\":");
            first = false;
            cli_put_double_json(output, quantiles[i].q);
            put_key(output, "value");
            put_value(output, &column->info.type, &quantiles[i].value);
            put_key(output, "rank_error");
            cli_put_figure_json(output, quantiles[i].rank_error);
            put_bool(output, "exact", quantiles[i].exact && !is_rounded(&quantiles[i].value));
            if (quantiles[i].value.kind == WEIR_KIND_I128) {
                put_bool(output, "rounded", is_rounded(&quantiles[i].value));
            }
            cli_put(output, "}");
        }
    }
    cli_put(output, "]");
}

static void put_top(struct cli_output *output, const struct cli_report *report,
                    const struct cli_column *column) {
    const struct weir_result *result = &column->result;
    put_key(output, "top");
    cli_put(output, "[");
    for (uint32_t i = 0; i < result->top_count && i < report->options->top; i++) {
        const struct weir_top *top = &result->top[i];
        cli_put(output, i > 0 ? ",{\"value\":" : "{\"value\":");
        put_value(output, &column->info.type, &top->value);
        if (top->value.kind == WEIR_KIND_BYTES) {
            put_bool(output, "cut", top->value.cut);
        }
        put_count(output, "count_low", top->count_low);
        put_count(output, "count_high", top->count_high);
        cli_put(output, "}");
    }
    cli_put(output, "]");
}

static void put_strings(struct cli_output *output, const struct weir_result *result) {
    const struct weir_strings *strings = &result->strings;
    put_key(output, "strings");
    if (!result->has_strings) {
        cli_put(output, "null");
        return;
    }
    const bool some = result->count > 0;
    cli_put(output, "{\"bytes_total\":");
    cli_put_u64_json(output, strings->bytes_total);
    if (some) {
        put_count(output, "length_min", strings->length_min);
        put_count(output, "length_max", strings->length_max);
    } else {
        put_text(output, "length_min", NULL);
        put_text(output, "length_max", NULL);
    }
    put_figure(output, "length_mean", some, strings->length_mean);
    put_figure(output, "length_std", some, strings->length_std);
    put_count(output, "empty", strings->empty);
    put_count(output, "invalid_utf8", strings->invalid_utf8);
    cli_put(output, "}");
}

static void put_path(struct cli_output *output, const struct weir_column_info *info,
                     uint32_t path_bytes) {
    cli_put(output, "{\"path\":");
    cli_put_json_string(output, (const uint8_t *)info->path, path_bytes);
}

static void put_list(struct cli_output *output, const struct weir_list *list) {
    const bool some = list->lists > 0;
    put_count(output, "lists", list->lists);
    put_count(output, "nulls", list->nulls);
    put_count(output, "empty", list->empty);
    put_count(output, "elements", list->elements);
    if (some) {
        put_count(output, "length_min", list->length_min);
        put_count(output, "length_max", list->length_max);
    } else {
        put_text(output, "length_min", NULL);
        put_text(output, "length_max", NULL);
    }
    put_figure(output, "length_mean", some, list->length_mean);
    put_figure(output, "length_std", some, list->length_std);
    cli_put(output, "}");
}

static void put_nesting(struct cli_output *output, const struct cli_column *column) {
    static struct weir_nesting nesting; /* large for the stack */
    const struct weir_column_info *info = &column->info;
    weir_profile_nesting(column->profile, column->index, &nesting);
    put_key(output, "nesting");
    if (nesting.levels_count == 0) {
        cli_put(output, "null");
        return;
    }
    cli_put(output, "{\"entries\":");
    cli_put_u64_json(output, nesting.entries);
    cli_put(output, ",\"levels\":[");
    for (uint32_t i = 0; i < nesting.levels_count; i++) {
        const struct weir_level *level = &nesting.levels[i];
        cli_put(output, i > 0 ? "," : "");
        put_path(output, info, level->path_bytes);
        put_text(output, "kind", level->is_repeated ? "repeated" : "optional");
        put_count(output, "absent", level->absent);
        cli_put(output, "}");
    }
    cli_put(output, "],\"lists\":[");
    for (uint32_t i = 0; i < nesting.lists_count; i++) {
        cli_put(output, i > 0 ? "," : "");
        put_path(output, info, nesting.lists[i].path_bytes);
        put_list(output, &nesting.lists[i]);
    }
    cli_put(output, "]}");
}

static void put_column(struct cli_output *output, const struct cli_report *report,
                       const struct cli_column *column) {
    const struct weir_column_info *info = &column->info;
    char logical[64];
    const size_t logical_bytes = cli_logical_name(logical, &info->type);
    cli_put(output, column->index > 0 ? ",\n {\"name\":" : "\n {\"name\":");
    cli_put_json_string(output, (const uint8_t *)info->path, info->path_bytes);
    put_text(output, "physical_type", cli_physical_name(info->type.physical));
    put_text(output, "logical_type", logical_bytes > 0 ? logical : NULL);
    if (column->error != NULL) {
        put_count(output, "rows", info->rows);
        put_text(output, "error", column->error);
        cli_put(output, "}");
        return;
    }
    put_counts(output, &column->result);
    put_moments(output, column);
    put_distinct(output, &column->result);
    put_quantiles(output, report, column);
    put_top(output, report, column);
    put_strings(output, &column->result);
    put_nesting(output, column);
    put_count(output, "pages", info->pages);
    put_count(output, "compressed_bytes", info->compressed_bytes);
    cli_put(output, ",\"crc\":{\"ok\":");
    cli_put_u64_json(output, info->pages_crc_ok);
    put_count(output, "absent", info->pages_crc_absent);
    put_count(output, "bad", info->pages_crc_bad);
    cli_put(output, "}}");
}

static void put_place(struct cli_output *output, const char *name, uint32_t place) {
    if (place == WEIR_NONE32) {
        put_text(output, name, NULL);
    } else {
        put_count(output, name, place);
    }
}

static void put_warnings(struct cli_output *output, const struct cli_report *report) {
    const char *before = "\n ";
    cli_put(output, "\n],\n\"warnings\":[");
    for (uint32_t i = 0; i < WEIR_WARNINGS; i++) {
        const struct weir_warned *warned = &report->warnings.kinds[i];
        if (warned->count == 0) {
            continue;
        }
        cli_put(output, before);
        cli_put(output, "{\"what\":\"");
        cli_put(output, cli_warning_name((enum weir_warning)i));
        cli_put_char(output, '"');
        put_count(output, "count", warned->count);
        put_text(output, "file", report->inputs->files[warned->file].path);
        put_place(output, "row_group", warned->row_group);
        put_text(output, "column", warned->column != WEIR_NONE32 ? warned->column_name : NULL);
        put_count(output, "stated", warned->stated);
        put_count(output, "found", warned->found);
        cli_put_char(output, '}');
        before = ",\n ";
    }
}

static void end(struct cli_output *output, const struct cli_report *report, const char *error,
                int exit_code) {
    put_warnings(output, report);
    cli_put(output, "],\n\"memory\":{\"budget_bytes\":");
    cli_put_u64_json(output, report->budget_bytes);
    put_count(output, "minimum_bytes", report->minimum_bytes);
    put_count(output, "planned_bytes", report->planned_bytes);
    put_count(output, "peak_rss_bytes", report->peak_bytes);
    put_count(output, "minor_faults", report->faults.minor);
    put_count(output, "major_faults", report->faults.major);
    put_count(output, "reserve_bytes", report->reserve_bytes);
    put_count(output, "paths_bytes", report->paths_bytes);
    put_count(output, "batches", report->plan->batches);
    put_count(output, "lanes", report->plan->lanes);
    put_count(output, "passes", report->passes);
    cli_put(output, "},\n\"elapsed_seconds\":");
    cli_put_double_json(output, (double)(uint64_t)(report->seconds * 1e6) / 1e6);
    put_bool(output, "complete", error == NULL && report->failed == 0);
    if (error != NULL) {
        put_text(output, "error", error);
        put_count(output, "exit_code", (uint64_t)exit_code);
    } else if (report->failed > 0) {
        put_count(output, "columns_failed", report->failed);
    }
    cli_put(output, "}\n");
}

const struct cli_renderer cli_render_json = {begin, put_column, end};
