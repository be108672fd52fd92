/* Cells: one figure each, for people. */
#include "cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "quote.h"
#include "value.h"

const char *const cli_cell_headings[CLI_CELL_COUNT] = {
    "column", "type", "nulls", "distinct", "min",  "5%",  "25%",
    "median", "75%",  "95%",   "max",      "mean", "std", "histogram"};

const double cli_cell_quantiles[CLI_CELL_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

void cli_row_begin(struct cli_row *row, const struct cli_report *report,
                   const struct cli_column *column) {
    memset(row, 0, sizeof *row);
    row->report = report;
    row->column = column;
    for (size_t i = 0; i < CLI_CELL_QUANTILES; i++) {
        row->quantiles[i].q = cli_cell_quantiles[i];
    }
    if (column->error == NULL && (report->options->stats & WEIR_STATS_QUANTILES) != 0) {
        weir_profile_quantiles(column->profile, column->index, row->quantiles, CLI_CELL_QUANTILES);
    }
}

static size_t none(const struct cli_row *row, char *to) {
    (void)row;
    memcpy(to, "-", 2);
    return 1;
}

static size_t nulls_text(const struct cli_row *row, char *to) {
    const struct weir_result *result = &row->column->result;
    const uint64_t entries = result->count + result->nulls; /* rows, where the column is flat */
    if (entries == 0) {
        return none(row, to);
    }
    const double percent = 100 * (double)result->nulls / (double)entries;
    if (result->nulls == 0 || result->count == 0) {
        return (size_t)snprintf(to, 16, "%s", result->nulls == 0 ? "0%" : "100%");
    }
    if (percent < 0.1) {
        return (size_t)snprintf(to, 16, "<0.1%%");
    }
    return (size_t)snprintf(to, 16, "%.1f%%", percent > 99.9 ? 99.9 : percent);
}

static size_t distinct_text(const struct cli_row *row, char *to) {
    const struct weir_distinct *distinct = &row->column->result.distinct;
    if (!row->column->result.has_distinct) {
        return none(row, to);
    }
    size_t used = 0;
    if (!distinct->exact) {
        to[used++] = '~';
    }
    if (distinct->exact || distinct->value < 10000) {
        return used + cli_format_human(to + used, (double)distinct->value);
    }
    /* an estimate good to about 1.6 % has three digits that mean something */
    const double value = (double)distinct->value;
    double step = 1;
    while (value / step >= 1000) {
        step *= 10;
    }
    return used + cli_format_human(to + used, (double)(uint64_t)(value / step + 0.5) * step);
}

static size_t value_text(const struct cli_row *row, const struct weir_value *value, size_t columns,
                         char *to) {
    if (!value->present) {
        return none(row, to);
    }
    const struct cli_value plain = cli_value_of(value);
    return cli_value_human(to, &row->column->info.type, &plain, columns, !row->report->utf8);
}

/* A mean of dates is a date, of decimals a decimal. */
static size_t mean_text(const struct cli_row *row, size_t columns, char *to) {
    const struct weir_result *result = &row->column->result;
    const struct weir_type *type = &row->column->info.type;
    if (!result->has_moments || isnan(result->mean)) {
        return none(row, to);
    }
    const bool temporal = type->logical == WEIR_LOGICAL_DATE ||
                          type->logical == WEIR_LOGICAL_TIME ||
                          type->logical == WEIR_LOGICAL_TIMESTAMP;
    if (temporal && row->column->info.kind == WEIR_KIND_I128 && fabs(result->mean) < 1e38) {
        const struct cli_value value = {.kind = WEIR_KIND_I128,
                                        .i128 = cli_i128_from_double(result->mean)};
        return cli_value_human(to, type, &value, columns, !row->report->utf8);
    }
    if (temporal && fabs(result->mean) < 9e18) {
        const struct cli_value value = {.kind = WEIR_KIND_I64, .i64 = (int64_t)result->mean};
        return cli_value_human(to, type, &value, columns, !row->report->utf8);
    }
    if (cli_is_rounded(type, row->column->info.kind)) {
        const struct cli_value value = {.kind = WEIR_KIND_F64, .f64 = result->mean};
        return cli_value_human(to, type, &value, columns, !row->report->utf8);
    }
    return cli_format_human(to, result->mean * cli_scale_of(type));
}

static size_t std_text(const struct cli_row *row, char *to) {
    const struct weir_result *result = &row->column->result;
    const struct weir_type *type = &row->column->info.type;
    if (!result->has_moments || isnan(result->std)) {
        return none(row, to);
    }
    switch (type->logical) {
    case WEIR_LOGICAL_DATE: return cli_format_duration(to, result->std * 86400);
    case WEIR_LOGICAL_TIME:
    case WEIR_LOGICAL_TIMESTAMP:
        return cli_format_duration(to, result->std / (double)cli_unit_per_second(type->unit));
    default: return cli_format_human(to, result->std * cli_scale_of(type));
    }
}

/* Eight heights; an empty bin is a space, a bin with anything in it shows. */
static size_t histogram_text(const struct cli_row *row, size_t columns, char *to) {
    static const char ascii[] = " ._-=+*#@";
    uint64_t counts[WEIR_HISTOGRAM_BINS_MAX];
    uint64_t most = 0;
    size_t used = 0;
    double low;
    double high;
    to[0] = '\0';
    columns = columns > WEIR_HISTOGRAM_BINS_MAX ? WEIR_HISTOGRAM_BINS_MAX : columns;
    if (!weir_profile_histogram(row->column->profile, row->column->index, (uint32_t)columns, counts,
                                &low, &high)) {
        return 0;
    }
    for (size_t i = 0; i < columns; i++) {
        most = counts[i] > most ? counts[i] : most;
    }
    for (size_t i = 0; i < columns && most > 0; i++) {
        const double share = (double)counts[i] / (double)most;
        const unsigned height = counts[i] == 0 ? 0u : 1u + (unsigned)(share * 7 + 0.5);
        if (height == 0 || !row->report->utf8) {
            to[used++] = ascii[height];
        } else {
            to[used++] = '\xe2';
            to[used++] = '\x96';
            to[used++] = (char)(unsigned char)(0x80u + height);
        }
    }
    while (used > 0 && to[used - 1] == ' ') {
        used--; /* it is the last cell of a line */
    }
    to[used] = '\0';
    return most > 0 ? columns : 0;
}

size_t cli_cell_text(const struct cli_row *row, enum cli_cell cell, size_t columns, char *to) {
    const struct weir_result *result = &row->column->result;
    switch (cell) {
    case CLI_CELL_NAME: return cli_name_text(row, columns, to);
    case CLI_CELL_TYPE: {
        char type[16];
        const size_t count = cli_type_short(type, &row->column->info.type);
        return cli_fit(to, (const uint8_t *)type, count, columns, false, !row->report->utf8);
    }
    case CLI_CELL_NULLS: return nulls_text(row, to);
    case CLI_CELL_DISTINCT: return distinct_text(row, to);
    case CLI_CELL_MIN: return value_text(row, &result->min, columns, to);
    case CLI_CELL_P05: return value_text(row, &row->quantiles[0].value, columns, to);
    case CLI_CELL_P25: return value_text(row, &row->quantiles[1].value, columns, to);
    case CLI_CELL_MEDIAN: return value_text(row, &row->quantiles[2].value, columns, to);
    case CLI_CELL_P75: return value_text(row, &row->quantiles[3].value, columns, to);
    case CLI_CELL_P95: return value_text(row, &row->quantiles[4].value, columns, to);
    case CLI_CELL_MAX: return value_text(row, &result->max, columns, to);
    case CLI_CELL_MEAN: return mean_text(row, columns, to);
    case CLI_CELL_STD: return std_text(row, to);
    case CLI_CELL_HISTOGRAM: return histogram_text(row, columns, to);
    case CLI_CELL_COUNT: break;
    }
    return none(row, to);
}

bool cli_row_is_text(const struct cli_row *row) {
    return row->column->result.has_strings;
}

/* The most frequent value and its share, where it has one worth telling and room is left. */
static size_t top_text(const struct cli_row *row, size_t columns, char *to, size_t bytes) {
    static const char hex[] = "0123456789abcdef";
    const struct weir_result *result = &row->column->result;
    const struct weir_top *first = &result->top[0];
    const double percent = 100 * (double)first->count_low / (double)result->count;
    char text[256];
    size_t used = 0;
    if (result->top_count == 0 || percent < 0.5 || columns < 14) {
        return 0;
    }
    const struct cli_value value = cli_value_of(&first->value);
    const size_t room = columns - 10 < 40 ? columns - 10 : 40;
    if (cli_value_text(&row->column->info.type, &value, text).form == CLI_FORM_TEXT) {
        (void)cli_value_human(text, &row->column->info.type, &value, room, !row->report->utf8);
        return (size_t)snprintf(to, bytes, ", %s %.0f%%", text, percent);
    }
    const size_t kept = first->value.cut ? cli_utf8_whole(value.bytes, (size_t)value.bytes_count)
                                         : (size_t)value.bytes_count;
    if (cli_utf8_valid(value.bytes, kept)) {
        (void)cli_value_human(text, &row->column->info.type, &value, room, !row->report->utf8);
        return (size_t)snprintf(to, bytes, ", \"%s\" %.0f%%", text, percent);
    }
    while (used / 2 < value.bytes_count && used + 2 < room) {
        text[used] = hex[value.bytes[used / 2] >> 4];
        text[used + 1] = hex[value.bytes[used / 2] & 15];
        used += 2;
    }
    text[used] = '\0';
    return (size_t)snprintf(to, bytes, ", 0x%s%s %.0f%%", text,
                            used / 2 < value.bytes_count ? ".." : "", percent);
}

size_t cli_row_text(const struct cli_row *row, size_t columns, char *to) {
    const struct weir_result *result = &row->column->result;
    const struct weir_strings *strings = &result->strings;
    const bool ascii = !row->report->utf8;
    char low[CLI_NUMBER_BYTES];
    char high[CLI_NUMBER_BYTES];
    char mean[CLI_NUMBER_BYTES];
    char text[512];
    char more[64];
    size_t used;
    if (result->count == 0) {
        return none(row, to);
    }
    cli_format_human(low, (double)strings->length_min);
    cli_format_human(high, (double)strings->length_max);
    cli_format_human(mean, strings->length_mean < 10000
                               ? (double)(uint64_t)(strings->length_mean * 10 + 0.5) / 10
                               : strings->length_mean);
    if (strings->length_min == strings->length_max) {
        used = (size_t)snprintf(text, sizeof text, "length %s", low);
    } else {
        used = (size_t)snprintf(text, sizeof text, "length %s..%s mean %s", low, high, mean);
    }
    if (strings->invalid_utf8 > 0 && row->column->info.type.logical == WEIR_LOGICAL_STRING) {
        used += (size_t)snprintf(text + used, sizeof text - used, ", %llu not UTF-8",
                                 (unsigned long long)strings->invalid_utf8);
    }
    used += top_text(row, columns > used ? columns - used : 0, text + used, sizeof text - used);
    if (strings->empty > 0) {
        const int count = snprintf(more, sizeof more, ", %.1f%% empty",
                                   100 * (double)strings->empty / (double)result->count);
        if (cli_width((const uint8_t *)text, used, ascii) + (size_t)count <= columns) {
            memcpy(text + used, more, (size_t)count + 1);
            used += (size_t)count;
        }
    }
    return cli_fit(to, (const uint8_t *)text, used, columns, false, ascii);
}
