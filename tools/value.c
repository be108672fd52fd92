/* Values as exact text. */
#include "value.h"

#include <math.h>
#include <string.h>

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
    case WEIR_KIND_BYTES:
        result.bytes = value->bytes;
        result.bytes_count = value->bytes_count;
        break;
    }
    return result;
}

struct cli_value cli_value_of_cell(enum weir_kind kind, const struct weir_cell *cell) {
    struct cli_value result = {.kind = kind};
    const uint32_t low = (uint32_t)cell->bits;
    float narrow;
    switch (kind) {
    case WEIR_KIND_BOOL:
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: result.i64 = (int64_t)cell->bits; break;
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: result.u64 = cell->bits; break;
    case WEIR_KIND_F32:
        memcpy(&narrow, &low, sizeof narrow);
        result.f64 = (double)narrow;
        break;
    case WEIR_KIND_F64: memcpy(&result.f64, &cell->bits, sizeof result.f64); break;
    case WEIR_KIND_BYTES:
        result.bytes = cell->data;
        result.bytes_count = cell->data_bytes;
        break;
    }
    return result;
}

static enum cli_form format_signed(const struct weir_type *type, int64_t value, char *to,
                                   size_t *count_ret) {
    switch (type->logical) {
    case WEIR_LOGICAL_DATE: *count_ret = cli_format_date(to, value); return CLI_FORM_TEXT;
    case WEIR_LOGICAL_TIME:
        *count_ret = cli_format_time(to, value, type->unit);
        return CLI_FORM_TEXT;
    case WEIR_LOGICAL_TIMESTAMP:
        *count_ret = cli_format_timestamp(to, value, type->unit, type->adjusted_to_utc);
        return CLI_FORM_TEXT;
    case WEIR_LOGICAL_DECIMAL:
        *count_ret = cli_format_decimal(to, cli_i128_from_i64(value), type->scale);
        return CLI_FORM_TEXT;
    default: break;
    }
    *count_ret = cli_format_i64(to, value);
    return CLI_FORM_BARE;
}

static enum cli_form format_bytes(const struct weir_type *type, const struct cli_value *value,
                                  char *to, size_t *count_ret) {
    *count_ret = 0;
    if (value->cut || value->bytes_count == 0 || value->bytes_count > 16) {
        return CLI_FORM_BYTES;
    }
    const size_t count = (size_t)value->bytes_count;
    if (type->logical == WEIR_LOGICAL_DECIMAL) {
        *count_ret = cli_format_decimal(to, cli_i128_from_bytes(value->bytes, count), type->scale);
        return CLI_FORM_TEXT;
    }
    if (type->logical == WEIR_LOGICAL_UUID && count == 16) {
        static const char digits[] = "0123456789abcdef";
        size_t used = 0;
        for (size_t i = 0; i < 16; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) {
                to[used++] = '-';
            }
            to[used++] = digits[value->bytes[i] >> 4];
            to[used++] = digits[value->bytes[i] & 15];
        }
        to[used] = '\0';
        *count_ret = used;
        return CLI_FORM_TEXT;
    }
    return CLI_FORM_BYTES;
}

enum cli_form cli_value_format(const struct weir_type *type, const struct cli_value *value,
                               char *to, size_t *count_ret) {
    to[0] = '\0';
    switch (value->kind) {
    case WEIR_KIND_BOOL:
        memcpy(to, value->i64 != 0 ? "true\0" : "false", 6);
        *count_ret = strlen(to);
        return CLI_FORM_BARE;
    case WEIR_KIND_I32:
    case WEIR_KIND_I64: return format_signed(type, value->i64, to, count_ret);
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: *count_ret = cli_format_u64(to, value->u64); return CLI_FORM_BARE;
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: *count_ret = cli_format_double(to, value->f64); return CLI_FORM_BARE;
    case WEIR_KIND_BYTES: break;
    }
    return format_bytes(type, value, to, count_ret);
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
    char text[CLI_NUMBER_BYTES];
    size_t count = 0;
    const enum cli_form form = cli_value_format(type, value, text, &count);
    if (form == CLI_FORM_BYTES) {
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
        form == CLI_FORM_TEXT || beyond_double(value) || (is_float && !isfinite(value->f64));
    if (quote) {
        cli_put_char(output, '"');
    }
    cli_put_bytes(output, text, count);
    if (quote) {
        cli_put_char(output, '"');
    }
}

void cli_put_value_csv(struct cli_output *output, const struct weir_type *type,
                       const struct cli_value *value) {
    char text[CLI_NUMBER_BYTES];
    size_t count = 0;
    if (cli_value_format(type, value, text, &count) != CLI_FORM_BYTES) {
        cli_put_bytes(output, text, count);
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
