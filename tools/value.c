/* Values as exact text. */
#include "value.h"

#include <math.h>
#include <string.h>

#include "decimal.h"
#include "quote.h"

struct cli_value cli_value_of(const struct weir_value *value) {
    struct cli_value result = {.kind = value->kind, .cut = value->cut};
    switch (value->kind) {
    case WEIR_KIND_BOOL:
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: result.i64 = value->i64; break;
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: result.u64 = value->u64; break;
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: result.f64 = value->f64; break;
    case WEIR_KIND_I128: result.i128 = value->i128; break;
    case WEIR_KIND_BYTES:
        result.bytes = value->bytes;
        result.bytes_count = value->bytes_count;
        break;
    }
    return result;
}

/* Little-endian. */
static uint32_t load_u32(const uint8_t *at) {
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* IEEE 754 binary16; every value is a double. */
static double float16_of(const uint8_t *data) {
    const unsigned bits = data[0] | (unsigned)data[1] << 8;
    const int exponent = (int)(bits >> 10 & 31u);
    const double fraction = bits & 1023u;
    double size;
    if (exponent == 31) {
        size = fraction > 0 ? (double)NAN : (double)INFINITY;
    } else if (exponent == 0) {
        size = ldexp(fraction, -24);
    } else {
        size = ldexp(1024 + fraction, exponent - 25);
    }
    return (bits & 0x8000u) != 0 ? -size : size;
}

static struct cli_value value_of_bytes(const struct weir_type *type, const struct weir_cell *cell) {
    struct cli_value result = {.kind = WEIR_KIND_BYTES};
    if (type->physical == WEIR_INT96 && cell->data_bytes == 12) {
        result.kind = WEIR_KIND_I128;
        result.i128 = weir_int96_nanoseconds(cell->data);
    } else if (type->logical == WEIR_LOGICAL_FLOAT16 && cell->data_bytes == 2) {
        result.kind = WEIR_KIND_F32;
        result.f64 = float16_of(cell->data);
    } else {
        result.bytes = cell->data;
        result.bytes_count = cell->data_bytes;
    }
    return result;
}

struct cli_value cli_value_of_cell(const struct weir_type *type, enum weir_kind kind,
                                   const struct weir_cell *cell) {
    struct cli_value result = {.kind = kind};
    const uint32_t low = (uint32_t)cell->bits;
    float narrow;
    switch (type->physical) {
    case WEIR_BOOLEAN:
    case WEIR_INT32:
    case WEIR_INT64:
        result.i64 = (int64_t)cell->bits;
        result.u64 = cell->bits;
        return result;
    case WEIR_FLOAT:
        memcpy(&narrow, &low, sizeof narrow);
        result.f64 = (double)narrow;
        return result;
    case WEIR_DOUBLE: memcpy(&result.f64, &cell->bits, sizeof result.f64); return result;
    default: return value_of_bytes(type, cell);
    }
}

static struct cli_text text_of(enum cli_form form, const char *at, size_t count) {
    const struct cli_text result = {.form = form, .at = at, .count = count};
    return result;
}

static struct cli_text signed_text(const struct weir_type *type, int64_t value, char *to) {
    switch (type->logical) {
    case WEIR_LOGICAL_DATE: return text_of(CLI_FORM_TEXT, to, cli_format_date(to, value));
    case WEIR_LOGICAL_TIME:
        return text_of(CLI_FORM_TEXT, to, cli_format_time(to, value, type->unit));
    case WEIR_LOGICAL_TIMESTAMP:
        return text_of(CLI_FORM_TEXT, to,
                       cli_format_timestamp(to, value, type->unit, type->adjusted_to_utc));
    case WEIR_LOGICAL_DECIMAL:
        return text_of(CLI_FORM_TEXT, to,
                       cli_format_decimal(to, cli_i128_from_i64(value), type->scale));
    default: return text_of(CLI_FORM_BARE, to, cli_format_i64(to, value));
    }
}

static struct cli_text wide_text(const struct weir_type *type, struct weir_i128 value, char *to) {
    if (type->logical == WEIR_LOGICAL_DECIMAL) {
        return text_of(CLI_FORM_TEXT, to, cli_format_decimal(to, value, type->scale));
    }
    return text_of(CLI_FORM_TEXT, to, cli_format_nanoseconds(to, value, type->adjusted_to_utc));
}

static struct cli_text float_text(const struct weir_type *type, double value, char *to) {
    if (type->logical == WEIR_LOGICAL_DECIMAL) {
        return text_of(CLI_FORM_TEXT, to, cli_format_rounded(to, value, type->scale));
    }
    return text_of(CLI_FORM_BARE, to, cli_format_double(to, value));
}

static size_t uuid_text(char *to, const uint8_t *bytes) {
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            to[used++] = '-';
        }
        to[used++] = digits[bytes[i] >> 4];
        to[used++] = digits[bytes[i] & 15];
    }
    to[used] = '\0';
    return used;
}

static struct cli_text bytes_text(const struct weir_type *type, const struct cli_value *value,
                                  char *to) {
    const uint8_t *bytes = value->bytes;
    if (value->cut) {
        return text_of(CLI_FORM_BYTES, NULL, 0);
    }
    if (type->logical == WEIR_LOGICAL_DECIMAL) {
        size_t count;
        const char *text = cli_decimal_wide(bytes, value->bytes_count, type->scale, &count);
        return text_of(text != NULL ? CLI_FORM_TEXT : CLI_FORM_BYTES, text, count);
    }
    if (type->logical == WEIR_LOGICAL_UUID && value->bytes_count == 16) {
        return text_of(CLI_FORM_TEXT, to, uuid_text(to, bytes));
    }
    if (type->logical == WEIR_LOGICAL_INTERVAL && value->bytes_count == 12) {
        return text_of(
            CLI_FORM_TEXT, to,
            cli_format_interval(to, load_u32(bytes), load_u32(bytes + 4), load_u32(bytes + 8)));
    }
    return text_of(CLI_FORM_BYTES, NULL, 0);
}

struct cli_text cli_value_text(const struct weir_type *type, const struct cli_value *value,
                               char *to) {
    to[0] = '\0';
    switch (value->kind) {
    case WEIR_KIND_BOOL:
        memcpy(to, value->i64 != 0 ? "true\0" : "false", 6);
        return text_of(CLI_FORM_BARE, to, strlen(to));
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: return signed_text(type, value->i64, to);
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return text_of(CLI_FORM_BARE, to, cli_format_u64(to, value->u64));
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return float_text(type, value->f64, to);
    case WEIR_KIND_I128: return wide_text(type, value->i128, to);
    case WEIR_KIND_BYTES: break;
    }
    return bytes_text(type, value, to);
}

/* JSON readers hold numbers as doubles: integers beyond 2^53 would lose digits. */
static bool beyond_double(const struct cli_value *value) {
    const int64_t limit = (int64_t)1 << 53;
    if (value->kind == WEIR_KIND_U64) {
        return value->u64 > (uint64_t)limit;
    }
    return value->kind == WEIR_KIND_I64 && (value->i64 > limit || value->i64 < -limit);
}

void cli_put_value_json(struct cli_output *output, const struct weir_type *type,
                        const struct cli_value *value) {
    char buffer[CLI_NUMBER_BYTES];
    const struct cli_text text = cli_value_text(type, value, buffer);
    if (text.form == CLI_FORM_BYTES) {
        size_t whole = (size_t)value->bytes_count;
        if (value->cut) {
            const size_t trimmed = cli_utf8_whole(value->bytes, whole);
            whole = cli_utf8_valid(value->bytes, trimmed) ? trimmed : whole;
        }
        cli_put_json_bytes(output, value->bytes, whole);
        return;
    }
    const bool is_float = value->kind == WEIR_KIND_F32 || value->kind == WEIR_KIND_F64;
    const bool quote =
        text.form == CLI_FORM_TEXT || beyond_double(value) || (is_float && !isfinite(value->f64));
    if (quote) {
        cli_put_char(output, '"');
    }
    cli_put_bytes(output, text.at, text.count);
    if (quote) {
        cli_put_char(output, '"');
    }
}

void cli_put_value_csv(struct cli_output *output, const struct weir_type *type,
                       const struct cli_value *value) {
    char buffer[CLI_NUMBER_BYTES];
    const struct cli_text text = cli_value_text(type, value, buffer);
    if (text.form != CLI_FORM_BYTES) {
        cli_put_bytes(output, text.at, text.count);
        return;
    }
    size_t whole = (size_t)value->bytes_count;
    if (value->cut) {
        whole = cli_utf8_whole(value->bytes, whole);
    }
    if (cli_utf8_valid(value->bytes, whole)) {
        cli_put_csv_field(output, value->bytes, whole);
    } else {
        cli_put(output, "0x");
        cli_put_hex(output, value->bytes, (size_t)value->bytes_count);
    }
}

void cli_put_double_json(struct cli_output *output, double value) {
    char text[CLI_NUMBER_BYTES];
    const size_t count = cli_format_double(text, value);
    if (!isfinite(value)) {
        cli_put_char(output, '"');
    }
    cli_put_bytes(output, text, count);
    if (!isfinite(value)) {
        cli_put_char(output, '"');
    }
}

void cli_put_figure_json(struct cli_output *output, double value) {
    if (isnan(value)) {
        cli_put(output, "null");
    } else {
        cli_put_double_json(output, value);
    }
}

void cli_put_u64_json(struct cli_output *output, uint64_t value) {
    if (value > (uint64_t)1 << 53) {
        cli_put_char(output, '"');
        cli_put_u64(output, value);
        cli_put_char(output, '"');
    } else {
        cli_put_u64(output, value);
    }
}

void cli_put_i256_json(struct cli_output *output, const struct weir_i256 *value) {
    char text[CLI_NUMBER_BYTES];
    const size_t count = cli_format_i256(text, value);
    const int64_t limit = (int64_t)1 << 53;
    const int64_t low = (int64_t)value->limbs[0];
    const uint64_t sign = low < 0 ? UINT64_MAX : 0;
    const bool narrow = value->limbs[1] == sign && value->limbs[2] == sign &&
                        value->limbs[3] == sign && low <= limit && low >= -limit;
    if (!narrow) {
        cli_put_char(output, '"');
    }
    cli_put_bytes(output, text, count);
    if (!narrow) {
        cli_put_char(output, '"');
    }
}
