/* A profile as CSV (RFC 4180 but for the line end): a header, one line a column. */
#include <math.h>
#include <string.h>

#include "number.h"
#include "quote.h"
#include "render.h"
#include "value.h"

static void put_field(struct cli_output *output, const char *text) {
    cli_put_char(output, ',');
    cli_put(output, text);
}

static void put_count(struct cli_output *output, uint64_t value) {
    cli_put_char(output, ',');
    cli_put_u64(output, value);
}

/* Empty where the figure is undefined. */
static void put_figure(struct cli_output *output, bool is_there, double value) {
    char text[CLI_NUMBER_BYTES];
    cli_put_char(output, ',');
    if (is_there && !isnan(value)) {
        cli_put_bytes(output, text, cli_format_double(text, value));
    }
}

static void put_value(struct cli_output *output, const struct weir_type *type,
                      const struct weir_value *value) {
    cli_put_char(output, ',');
    if (value->present) {
        const struct cli_value plain = cli_value_of(value);
        cli_put_value_csv(output, type, &plain);
    }
}

static void begin(struct cli_output *output, const struct cli_report *report) {
    const struct cli_options *options = report->options;
    char text[CLI_NUMBER_BYTES];
    cli_put(output, "name,physical_type,logical_type,rows,count,nulls,nans,pos_infs,neg_infs,zeros,"
                    "negatives,min,max,unit,approximate,mean,std,variance,skewness,kurtosis,sum,"
                    "distinct,distinct_exact,distinct_relative_error");
    for (uint32_t i = 0; i < options->quantiles_count; i++) {
        cli_put(output, ",q");
        cli_put_bytes(output, text, cli_format_double(text, options->quantiles[i]));
    }
    cli_put(output, ",rank_error,top_value,top_count_low,top_count_high,length_min,length_max,"
                    "length_mean,length_std,empty,invalid_utf8,entries,lists,list_nulls,list_empty,"
                    "list_length_min,list_length_max,list_length_mean,list_length_std,pages,crc_ok,"
                    "crc_absent,crc_bad,error\n");
}

static void put_quantiles(struct cli_output *output, const struct cli_report *report,
                          const struct cli_column *column) {
    const struct cli_options *options = report->options;
    struct weir_quantile quantiles[CLI_QUANTILES_MAX];
    memset(quantiles, 0, sizeof quantiles);
    for (uint32_t i = 0; i < options->quantiles_count; i++) {
        quantiles[i].q = options->quantiles[i];
    }
    if ((options->stats & WEIR_STATS_QUANTILES) != 0) {
        weir_profile_quantiles(column->profile, column->index, quantiles, options->quantiles_count);
    }
    bool some = false;
    double rank_error = 0;
    for (uint32_t i = 0; i < options->quantiles_count; i++) {
        put_value(output, &column->info.type, &quantiles[i].value);
        if (quantiles[i].value.present) {
            some = true;
            rank_error =
                quantiles[i].rank_error > rank_error ? quantiles[i].rank_error : rank_error;
        }
    }
    put_figure(output, some, rank_error);
}

static void put_strings(struct cli_output *output, const struct weir_result *result) {
    const struct weir_strings *strings = &result->strings;
    if (!result->has_strings) {
        cli_put(output, ",,,,,,");
        return;
    }
    if (result->count > 0) {
        put_count(output, strings->length_min);
        put_count(output, strings->length_max);
    } else {
        cli_put(output, ",,");
    }
    put_figure(output, result->count > 0, strings->length_mean);
    put_figure(output, result->count > 0, strings->length_std);
    put_count(output, strings->empty);
    put_count(output, strings->invalid_utf8);
}

/* Of the innermost list; JSON has all levels. */
static void put_nesting(struct cli_output *output, const struct cli_column *column) {
    static struct weir_nesting nesting; /* large for the stack */
    weir_profile_nesting(column->profile, column->index, &nesting);
    put_count(output, nesting.levels_count > 0 ? nesting.entries : column->result.rows);
    if (nesting.lists_count == 0) {
        cli_put(output, ",,,,,,,");
        return;
    }
    const struct weir_list *list = &nesting.lists[nesting.lists_count - 1];
    const bool some = list->lists > 0;
    put_count(output, list->lists);
    put_count(output, list->nulls);
    put_count(output, list->empty);
    if (some) {
        put_count(output, list->length_min);
        put_count(output, list->length_max);
    } else {
        cli_put(output, ",,");
    }
    put_figure(output, some, list->length_mean);
    put_figure(output, some, list->length_std);
}

static void put_results(struct cli_output *output, const struct cli_report *report,
                        const struct cli_column *column) {
    const struct weir_result *result = &column->result;
    const struct weir_type *type = &column->info.type;
    const bool moments = result->has_moments;
    char text[CLI_NUMBER_BYTES];
    put_count(output, result->rows);
    put_count(output, result->count);
    put_count(output, result->nulls);
    put_count(output, result->nans);
    put_count(output, result->pos_infs);
    put_count(output, result->neg_infs);
    put_count(output, result->zeros);
    put_count(output, result->negatives);
    put_value(output, type, &result->min);
    put_value(output, type, &result->max);
    const char *unit = moments ? cli_unit_name(text, type) : NULL;
    put_field(output, unit != NULL ? unit : "");
    put_field(output, cli_is_rounded(type, column->info.kind) ? "true" : "false");
    put_figure(output, moments, result->mean);
    put_figure(output, moments, result->std);
    put_figure(output, moments, result->variance);
    put_figure(output, moments, result->skewness);
    put_figure(output, moments, result->kurtosis);
    if (moments && result->sum_exact) {
        (void)cli_format_i256(text, &result->sum_whole);
        put_field(output, text);
    } else {
        put_figure(output, moments, result->sum);
    }
    if (result->has_distinct) {
        put_count(output, result->distinct.value);
        put_field(output, result->distinct.exact ? "true" : "false");
        put_figure(output, true, result->distinct.relative_error);
    } else {
        cli_put(output, ",,,");
    }
    put_quantiles(output, report, column);
    if (result->top_count > 0 && report->options->top > 0) {
        put_value(output, type, &result->top[0].value);
        put_count(output, result->top[0].count_low);
        put_count(output, result->top[0].count_high);
    } else {
        cli_put(output, ",,,");
    }
    put_strings(output, result);
    put_nesting(output, column);
    put_count(output, column->info.pages);
    put_count(output, column->info.pages_crc_ok);
    put_count(output, column->info.pages_crc_absent);
    put_count(output, column->info.pages_crc_bad);
    cli_put(output, ",");
}

static void put_column(struct cli_output *output, const struct cli_report *report,
                       const struct cli_column *column) {
    const struct weir_column_info *info = &column->info;
    char logical[64];
    const size_t logical_bytes = cli_logical_name(logical, &info->type);
    cli_put_csv_field(output, (const uint8_t *)info->path, info->path_bytes);
    put_field(output, cli_physical_name(info->type.physical));
    cli_put_char(output, ',');
    if (logical_bytes > 0) {
        cli_put_csv_field(output, (const uint8_t *)logical, logical_bytes);
    }
    if (column->error != NULL) {
        put_count(output, info->rows);
        for (uint32_t i = 0; i < 42 + report->options->quantiles_count; i++) {
            cli_put_char(output, ',');
        }
        cli_put_char(output, ',');
        cli_put_csv_field(output, (const uint8_t *)column->error, strlen(column->error));
    } else {
        put_results(output, report, column);
    }
    cli_put_char(output, '\n');
}

static void end(struct cli_output *output, const struct cli_report *report, const char *error,
                int exit_code) {
    (void)output;
    (void)report;
    (void)error; /* stderr has it */
    (void)exit_code;
}

const struct cli_renderer cli_render_csv = {begin, put_column, end};
