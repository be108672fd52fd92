/* Names of types and units, and values for a person's table. */
#include "value.h"

#include <stdio.h>
#include <string.h>

#include "quote.h"

const char *cli_physical_name(enum weir_physical physical) {
    switch (physical) {
    case WEIR_BOOLEAN: return "BOOLEAN";
    case WEIR_INT32: return "INT32";
    case WEIR_INT64: return "INT64";
    case WEIR_INT96: return "INT96";
    case WEIR_FLOAT: return "FLOAT";
    case WEIR_DOUBLE: return "DOUBLE";
    case WEIR_BYTE_ARRAY: return "BYTE_ARRAY";
    case WEIR_FIXED_LEN_BYTE_ARRAY: return "FIXED_LEN_BYTE_ARRAY";
    }
    return "UNKNOWN";
}

#define NAME_OF(table, number) ((number) < sizeof(table) / sizeof *(table) ? (table)[number] : NULL)

const char *cli_codec_name(uint32_t codec) {
    static const char *const names[] = {"uncompressed", "snappy", "gzip", "lzo",
                                        "brotli",       "lz4",    "zstd", "lz4_raw"};
    return NAME_OF(names, codec);
}

const char *cli_encoding_name(uint32_t encoding) {
    static const char *const names[] = {"plain",
                                        "group_var_int",
                                        "plain_dictionary",
                                        "rle",
                                        "bit_packed",
                                        "delta_binary_packed",
                                        "delta_length_byte_array",
                                        "delta_byte_array",
                                        "rle_dictionary",
                                        "byte_stream_split",
                                        "alp"};
    return NAME_OF(names, encoding);
}

const char *cli_page_name(uint32_t page_type) {
    static const char *const names[] = {"data", "index", "dictionary", "data_v2"};
    return NAME_OF(names, page_type);
}

static const char *unit_word(enum weir_unit unit) {
    switch (unit) {
    case WEIR_UNIT_MILLIS: return "MILLIS";
    case WEIR_UNIT_MICROS: return "MICROS";
    case WEIR_UNIT_NANOS: return "NANOS";
    case WEIR_UNIT_NONE: break;
    }
    return "";
}

size_t cli_logical_name(char *to, const struct weir_type *type) {
    static const char *const names[WEIR_LOGICAL_OTHER + 1] = {
        [WEIR_LOGICAL_NONE] = "",
        [WEIR_LOGICAL_STRING] = "STRING",
        [WEIR_LOGICAL_MAP] = "MAP",
        [WEIR_LOGICAL_LIST] = "LIST",
        [WEIR_LOGICAL_ENUM] = "ENUM",
        [WEIR_LOGICAL_DECIMAL] = "DECIMAL",
        [WEIR_LOGICAL_DATE] = "DATE",
        [WEIR_LOGICAL_TIME] = "TIME",
        [WEIR_LOGICAL_TIMESTAMP] = "TIMESTAMP",
        [WEIR_LOGICAL_INTEGER] = "INTEGER",
        [WEIR_LOGICAL_NULL] = "NULL",
        [WEIR_LOGICAL_JSON] = "JSON",
        [WEIR_LOGICAL_BSON] = "BSON",
        [WEIR_LOGICAL_UUID] = "UUID",
        [WEIR_LOGICAL_FLOAT16] = "FLOAT16",
        [WEIR_LOGICAL_INTERVAL] = "INTERVAL",
        [WEIR_LOGICAL_VARIANT] = "VARIANT",
        [WEIR_LOGICAL_GEOMETRY] = "GEOMETRY",
        [WEIR_LOGICAL_GEOGRAPHY] = "GEOGRAPHY",
        [WEIR_LOGICAL_OTHER] = "OTHER"};
    int count = 0;
    switch (type->logical) {
    case WEIR_LOGICAL_DECIMAL:
        count = snprintf(to, 64, "DECIMAL(%d,%d)", (int)type->precision, (int)type->scale);
        break;
    case WEIR_LOGICAL_TIME:
    case WEIR_LOGICAL_TIMESTAMP:
        count = snprintf(to, 64, "%s(%s%s)", names[type->logical], unit_word(type->unit),
                         type->adjusted_to_utc ? ",UTC" : "");
        break;
    case WEIR_LOGICAL_INTEGER:
        count = snprintf(to, 64, "INTEGER(%u,%s)", (unsigned)type->integer_bits,
                         type->is_unsigned ? "unsigned" : "signed");
        break;
    default:
        if ((unsigned)type->logical < sizeof names / sizeof *names) {
            count = snprintf(to, 64, "%s", names[type->logical]);
        } else {
            count = snprintf(to, 64, "number_%u", (unsigned)type->logical);
        }
        break;
    }
    return count > 0 ? (size_t)count : 0;
}

static const char *physical_short(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_BOOLEAN: return "bool";
    case WEIR_INT32: return "int32";
    case WEIR_INT64: return "int64";
    case WEIR_INT96: return "int96";
    case WEIR_FLOAT: return "float";
    case WEIR_DOUBLE: return "double";
    case WEIR_BYTE_ARRAY: return "binary";
    case WEIR_FIXED_LEN_BYTE_ARRAY: return "fixed";
    }
    return "?";
}

size_t cli_type_short(char *to, const struct weir_type *type) {
    static const char *const units[] = {"", "ms", "us", "ns"};
    const char *unit = units[(unsigned)type->unit <= 3u ? (unsigned)type->unit : 0u];
    int count;
    if (type->physical == WEIR_INT96) { /* a timestamp, but the old kind */
        return (size_t)snprintf(to, 16, "int96");
    }
    switch (type->logical) {
    case WEIR_LOGICAL_STRING: count = snprintf(to, 16, "string"); break;
    case WEIR_LOGICAL_ENUM: count = snprintf(to, 16, "enum"); break;
    case WEIR_LOGICAL_DATE: count = snprintf(to, 16, "date"); break;
    case WEIR_LOGICAL_JSON: count = snprintf(to, 16, "json"); break;
    case WEIR_LOGICAL_BSON: count = snprintf(to, 16, "bson"); break;
    case WEIR_LOGICAL_UUID: count = snprintf(to, 16, "uuid"); break;
    case WEIR_LOGICAL_NULL: count = snprintf(to, 16, "null"); break;
    case WEIR_LOGICAL_FLOAT16: count = snprintf(to, 16, "float16"); break;
    case WEIR_LOGICAL_INTERVAL: count = snprintf(to, 16, "interval"); break;
    case WEIR_LOGICAL_VARIANT: count = snprintf(to, 16, "variant"); break;
    case WEIR_LOGICAL_GEOMETRY: count = snprintf(to, 16, "geometry"); break;
    case WEIR_LOGICAL_GEOGRAPHY: count = snprintf(to, 16, "geography"); break;
    case WEIR_LOGICAL_TIME: count = snprintf(to, 16, "time[%s]", unit); break;
    case WEIR_LOGICAL_TIMESTAMP: count = snprintf(to, 16, "ts[%s]", unit); break;
    case WEIR_LOGICAL_DECIMAL:
        count = snprintf(to, 16, "dec(%d,%d)", (int)type->precision, (int)type->scale);
        break;
    case WEIR_LOGICAL_INTEGER:
        count =
            snprintf(to, 16, "%sint%u", type->is_unsigned ? "u" : "", (unsigned)type->integer_bits);
        break;
    default:
        if (type->physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
            count = snprintf(to, 16, "fixed[%d]", (int)type->length_bytes);
        } else {
            count = snprintf(to, 16, "%s", physical_short(type));
        }
        break;
    }
    return count < 0 ? 0 : (count > 15 ? 15u : (size_t)count);
}

const char *cli_unit_name(char *to, const struct weir_type *type) {
    if (type->physical == WEIR_INT96) {
        return "nanoseconds";
    }
    switch (type->logical) {
    case WEIR_LOGICAL_DATE: return "days";
    case WEIR_LOGICAL_TIME:
    case WEIR_LOGICAL_TIMESTAMP:
        return type->unit == WEIR_UNIT_MILLIS
                   ? "milliseconds"
                   : (type->unit == WEIR_UNIT_MICROS ? "microseconds" : "nanoseconds");
    case WEIR_LOGICAL_DECIMAL:
        if (type->scale == 0) {
            return NULL;
        }
        (void)snprintf(to, 32, "10^%lld", -(long long)type->scale);
        return to;
    default: return NULL;
    }
}

double cli_scale_of(const struct weir_type *type) {
    double divisor = 1;
    if (type->logical == WEIR_LOGICAL_DECIMAL) {
        for (int32_t i = 0; i < type->scale && i < 308; i++) {
            divisor *= 10;
        }
    }
    return 1 / divisor;
}

bool cli_is_rounded(const struct weir_type *type, enum weir_kind kind) {
    return type->logical == WEIR_LOGICAL_DECIMAL && kind == WEIR_KIND_F64;
}

/* A number of few digits; decimals are divided by their scale. */
static size_t human_number(char *to, const struct weir_type *type, double value) {
    const bool decimal = type->logical == WEIR_LOGICAL_DECIMAL;
    return cli_format_human(to, decimal ? value * cli_scale_of(type) : value);
}

/* The same with a mark where the column was measured rounded. */
static size_t human_float(char *to, const struct weir_type *type, const struct cli_value *value,
                          size_t columns) {
    const bool mark = cli_is_rounded(type, value->kind);
    const size_t count = human_number(to + (mark ? 1 : 0), type, value->f64);
    if (!mark) {
        return count;
    }
    to[0] = '~';
    if (count < columns) {
        return count + 1;
    }
    memmove(to, to + 1, count + 1); /* no room for it */
    return count;
}

/* Dates and times: the day, and minutes where they fit; whole seconds of a time will do. */
static size_t human_time(char *to, const struct weir_type *type, char *text, size_t count,
                         size_t columns, bool ascii) {
    char *t = strchr(text, 'T');
    if (columns < count && t != NULL) {
        *t = ' ';
        count = (size_t)(t - text) + (columns >= (size_t)(t - text) + 6 ? 6u : 0u);
    } else if (columns < count && type->logical == WEIR_LOGICAL_TIME) {
        count = strcspn(text, ".");
    }
    return cli_fit(to, (const uint8_t *)text, count, columns, false, ascii);
}

size_t cli_value_human(char *to, const struct weir_type *type, const struct cli_value *value,
                       size_t columns, bool ascii) {
    char text[CLI_NUMBER_BYTES];
    const struct cli_text exact = cli_value_text(type, value, text);
    switch (value->kind) {
    case WEIR_KIND_BOOL: return (size_t)snprintf(to, 8, "%s", value->i64 != 0 ? "true" : "false");
    case WEIR_KIND_I32:
    case WEIR_KIND_I64:
        if (exact.form == CLI_FORM_BARE || type->logical == WEIR_LOGICAL_DECIMAL) {
            return human_number(to, type, (double)value->i64);
        }
        return human_time(to, type, text, exact.count, columns, ascii);
    case WEIR_KIND_I128:
        if (type->logical == WEIR_LOGICAL_DECIMAL) {
            return human_number(to, type, cli_i128_to_double(value->i128));
        }
        return human_time(to, type, text, exact.count, columns, ascii);
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return human_number(to, type, (double)value->u64);
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return human_float(to, type, value, columns);
    case WEIR_KIND_BYTES: break;
    }
    if (exact.form == CLI_FORM_TEXT) {
        return cli_fit(to, (const uint8_t *)exact.at, exact.count, columns, false, ascii);
    }
    return cli_fit(to, value->bytes, (size_t)value->bytes_count, columns, value->cut, ascii);
}
