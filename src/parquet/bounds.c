#include "base/bits.h"
#include "parquet/convert.h"
#include "parquet/statistics.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Bounds are PLAIN without a length; decimals in byte arrays are big-endian.
 * - is_min_value_exact and is_max_value_exact are new: without them a byte array may have been
 *   shortened (parquet-mr's page index to 64 bytes, parquet-rs too), so it is a bound at best.
 *   Numbers are never shortened.
 */

static double double_of_float_bits(uint32_t bits) {
    float narrow;
    memcpy(&narrow, &bits, sizeof narrow);
    return (double)narrow;
}

/* What the conversions of values make of a bound: one that they refuse says nothing. */
static void converted_value(const struct weir_bound *bound, const struct weir_type *type,
                            struct weir_value *value) {
    struct weir_view view = {bound->bytes, (uint32_t)bound->length};
    struct weir_error ignored;
    uint8_t out[sizeof(struct weir_i128)] = {0};
    if (bound->length > sizeof bound->bytes) {
        return;
    }
    weir_error_clear(&ignored);
    value->present = weir_convert_views(weir_conversion_of(type), value->kind, &view, 1, out,
                                        &ignored) == WEIR_OK;
    switch (value->kind) {
    case WEIR_KIND_F32: value->f64 = double_of_float_bits(weir_load_u32(out)); break;
    case WEIR_KIND_I128: memcpy(&value->i128, out, sizeof value->i128); break;
    default: value->u64 = weir_load_u64(out); break; /* I64, or the bits of F64 */
    }
}

static bool is_bytes(const struct weir_type *type) {
    return type->physical == WEIR_BYTE_ARRAY || type->physical == WEIR_FIXED_LEN_BYTE_ARRAY;
}

/* A value of fixed width; its length has been checked. */
static void fixed_value(const struct weir_bound *bound, const struct weir_type *type,
                        struct weir_value *value) {
    switch (type->physical) {
    case WEIR_BOOLEAN: value->i64 = bound->bytes[0] != 0; break;
    case WEIR_INT32:
        value->i64 = (int32_t)weir_load_u32(bound->bytes);
        if (value->kind == WEIR_KIND_U32) {
            value->u64 = weir_load_u32(bound->bytes);
        }
        break;
    case WEIR_INT64: value->u64 = weir_load_u64(bound->bytes); break;
    case WEIR_FLOAT: value->f64 = double_of_float_bits(weir_load_u32(bound->bytes)); break;
    case WEIR_DOUBLE: value->f64 = weir_double_of_bits(weir_load_u64(bound->bytes)); break;
    default: break;
    }
}

struct weir_value weir_bound_value(const struct weir_bound *bound, const struct weir_type *type,
                                   enum weir_kind kind) {
    static const uint8_t widths[8] = {1, 4, 8, 12, 4, 8, 0, 2};
    bool is_decimal = type->logical == WEIR_LOGICAL_DECIMAL;
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    if (!bound->present) {
        return value;
    }
    if (weir_conversion_of(type) != WEIR_CONVERT_NONE) {
        if (is_decimal || bound->length == widths[type->physical & 7]) {
            converted_value(bound, type, &value);
        }
    } else if (kind == WEIR_KIND_BYTES) {
        value.present = type->physical != WEIR_FIXED_LEN_BYTE_ARRAY ||
                        bound->length <= (uint64_t)type->length_bytes;
        value.cut = bound->length > sizeof bound->bytes;
        value.bytes_count = (uint32_t)weir_min_u64(bound->length, sizeof bound->bytes);
        memcpy(value.bytes, bound->bytes, sizeof bound->bytes);
    } else if (bound->length == widths[type->physical & 7]) {
        value.present = true;
        fixed_value(bound, type, &value);
    }
    return value;
}

bool weir_order_is_signed(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_BOOLEAN:
    case WEIR_FLOAT:
    case WEIR_DOUBLE: return true;
    case WEIR_INT32:
    case WEIR_INT64: return !type->is_unsigned && weir_order_known(WEIR_ORDER_TYPE, type);
    default: return false;
    }
}

bool weir_order_known(enum weir_order order, const struct weir_type *type) {
    bool is_float = type->physical == WEIR_FLOAT || type->physical == WEIR_DOUBLE ||
                    type->logical == WEIR_LOGICAL_FLOAT16;
    if (order == WEIR_ORDER_IEEE754) {
        return is_float;
    }
    if (order == WEIR_ORDER_INT96 || type->physical == WEIR_INT96) {
        return order == WEIR_ORDER_INT96 && type->physical == WEIR_INT96;
    }
    if (order != WEIR_ORDER_TYPE) {
        return false;
    }
    switch (type->logical) {
    case WEIR_LOGICAL_NONE:
    case WEIR_LOGICAL_STRING:
    case WEIR_LOGICAL_ENUM:
    case WEIR_LOGICAL_DECIMAL:
    case WEIR_LOGICAL_DATE:
    case WEIR_LOGICAL_TIME:
    case WEIR_LOGICAL_TIMESTAMP:
    case WEIR_LOGICAL_INTEGER:
    case WEIR_LOGICAL_JSON:
    case WEIR_LOGICAL_BSON:
    case WEIR_LOGICAL_UUID:
    case WEIR_LOGICAL_FLOAT16: return true;
    default: return false;
    }
}

bool weir_bounds_may_be_cut(const struct weir_type *type) {
    return is_bytes(type) && type->logical != WEIR_LOGICAL_DECIMAL &&
           type->logical != WEIR_LOGICAL_FLOAT16;
}
