#include "parquet/schema.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Writers give a converted type, a logical type or both; the logical type wins. Old parquet-mr
 *   and Impala write converted types only.
 * - DECIMAL keeps precision and scale in the element (old) or in the logical type (new).
 * - A logical type that the specification does not list yet is read as the physical type.
 * - DECIMAL in INT64 has at most 18 digits; in bytes, as many as they hold.
 * - An annotation that does not suit its physical type (DECIMAL on a BOOLEAN, a scale above the
 *   precision) is ignored: the values are still what they are.
 */

enum converted {
    CONVERTED_UTF8 = 0,
    CONVERTED_MAP = 1,
    CONVERTED_MAP_KEY_VALUE = 2,
    CONVERTED_LIST = 3,
    CONVERTED_ENUM = 4,
    CONVERTED_DECIMAL = 5,
    CONVERTED_DATE = 6,
    CONVERTED_TIME_MILLIS = 7,
    CONVERTED_TIME_MICROS = 8,
    CONVERTED_TIMESTAMP_MILLIS = 9,
    CONVERTED_TIMESTAMP_MICROS = 10,
    CONVERTED_UINT_8 = 11,
    CONVERTED_UINT_64 = 14,
    CONVERTED_INT_8 = 15,
    CONVERTED_INT_64 = 18,
    CONVERTED_JSON = 19,
    CONVERTED_BSON = 20,
    CONVERTED_INTERVAL = 21
};

static enum weir_unit read_unit(struct weir_thrift *thrift, uint32_t type) {
    static const enum weir_unit units[] = {WEIR_UNIT_NONE, WEIR_UNIT_MILLIS, WEIR_UNIT_MICROS,
                                           WEIR_UNIT_NANOS};
    enum weir_unit unit = WEIR_UNIT_NONE;
    struct weir_thrift_field field;
    if (!weir_thrift_struct(thrift, type)) {
        return unit;
    }
    while (weir_thrift_next(thrift, &field)) {
        if (field.id >= 1 && field.id <= 3) {
            unit = units[field.id];
        }
        weir_thrift_skip(thrift, field.type);
    }
    return unit;
}

/* DecimalType, TimeType, TimestampType and IntType: fields 1 and 2 say it all. */
static void read_parameters(struct weir_thrift *thrift, struct weir_element *element) {
    struct weir_thrift_field field;
    enum weir_logical logical = element->logical;
    bool temporal = logical == WEIR_LOGICAL_TIME || logical == WEIR_LOGICAL_TIMESTAMP;
    while (weir_thrift_next(thrift, &field)) {
        if (logical == WEIR_LOGICAL_DECIMAL && field.id == 1) {
            element->logical_scale = weir_thrift_i32(thrift, field.type);
        } else if (logical == WEIR_LOGICAL_DECIMAL && field.id == 2) {
            element->logical_precision = weir_thrift_i32(thrift, field.type);
        } else if (temporal && field.id == 1) {
            element->adjusted_to_utc = weir_thrift_bool(thrift, field.type);
        } else if (temporal && field.id == 2) {
            element->unit = read_unit(thrift, field.type);
        } else if (logical == WEIR_LOGICAL_INTEGER && field.id == 1) {
            element->integer_bits = weir_thrift_i8(thrift, field.type);
        } else if (logical == WEIR_LOGICAL_INTEGER && field.id == 2) {
            element->integer_signed = weir_thrift_bool(thrift, field.type);
        } else {
            weir_thrift_skip(thrift, field.type);
        }
    }
}

static void read_logical(struct weir_thrift *thrift, uint32_t type, struct weir_element *element) {
    static const enum weir_logical logicals[] = {
        WEIR_LOGICAL_NONE,      WEIR_LOGICAL_STRING,   WEIR_LOGICAL_MAP,      WEIR_LOGICAL_LIST,
        WEIR_LOGICAL_ENUM,      WEIR_LOGICAL_DECIMAL,  WEIR_LOGICAL_DATE,     WEIR_LOGICAL_TIME,
        WEIR_LOGICAL_TIMESTAMP, WEIR_LOGICAL_OTHER,    WEIR_LOGICAL_INTEGER,  WEIR_LOGICAL_NULL,
        WEIR_LOGICAL_JSON,      WEIR_LOGICAL_BSON,     WEIR_LOGICAL_UUID,     WEIR_LOGICAL_FLOAT16,
        WEIR_LOGICAL_VARIANT,   WEIR_LOGICAL_GEOMETRY, WEIR_LOGICAL_GEOGRAPHY};
    struct weir_thrift_field field;
    if (!weir_thrift_struct(thrift, type)) {
        return;
    }
    while (weir_thrift_next(thrift, &field)) {
        element->has_logical = true;
        element->logical =
            field.id >= 1 && field.id <= 18 ? logicals[field.id] : WEIR_LOGICAL_OTHER;
        if (field.type == WEIR_THRIFT_STRUCT) {
            weir_thrift_enter(thrift);
            read_parameters(thrift, element);
        } else {
            weir_thrift_skip(thrift, field.type);
        }
    }
}

static uint32_t read_name(struct weir_thrift *thrift, uint32_t type, char *name,
                          uint32_t name_bytes_max) {
    uint64_t bytes = weir_thrift_binary(thrift, type);
    if (bytes > name_bytes_max) {
        weir_thrift_corrupt(thrift, "a column name is longer than 4096 bytes");
        return 0;
    }
    size_t want = (size_t)bytes;
    if (want > 0 && weir_window_fill(thrift->window, want) < want) {
        weir_thrift_corrupt(thrift, "metadata ends in the middle of a name");
        return 0;
    }
    memcpy(name, thrift->window->at, want);
    weir_window_skip(thrift->window, want);
    return (uint32_t)bytes;
}

void weir_element_read(struct weir_thrift *thrift, struct weir_element *element_ret, char *name,
                       uint32_t name_bytes_max, uint32_t *name_bytes_ret) {
    struct weir_thrift_field field;
    memset(element_ret, 0, sizeof *element_ret);
    element_ret->children = -1;
    *name_bytes_ret = 0;
    weir_thrift_enter(thrift);
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1:
            element_ret->type = weir_thrift_i32(thrift, field.type);
            element_ret->has_type = true;
            break;
        case 2: element_ret->type_length = weir_thrift_i32(thrift, field.type); break;
        case 3: element_ret->repetition = weir_thrift_i32(thrift, field.type); break;
        case 4: *name_bytes_ret = read_name(thrift, field.type, name, name_bytes_max); break;
        case 5: element_ret->children = weir_thrift_i32(thrift, field.type); break;
        case 6:
            element_ret->converted = weir_thrift_i32(thrift, field.type);
            element_ret->has_converted = true;
            break;
        case 7: element_ret->scale = weir_thrift_i32(thrift, field.type); break;
        case 8: element_ret->precision = weir_thrift_i32(thrift, field.type); break;
        case 10: read_logical(thrift, field.type, element_ret); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

static void set_converted(const struct weir_element *element, struct weir_type *type) {
    switch (element->converted) {
    case CONVERTED_UTF8: type->logical = WEIR_LOGICAL_STRING; break;
    case CONVERTED_MAP:
    case CONVERTED_MAP_KEY_VALUE: type->logical = WEIR_LOGICAL_MAP; break;
    case CONVERTED_LIST: type->logical = WEIR_LOGICAL_LIST; break;
    case CONVERTED_ENUM: type->logical = WEIR_LOGICAL_ENUM; break;
    case CONVERTED_DECIMAL: type->logical = WEIR_LOGICAL_DECIMAL; break;
    case CONVERTED_DATE: type->logical = WEIR_LOGICAL_DATE; break;
    case CONVERTED_TIME_MILLIS:
    case CONVERTED_TIME_MICROS:
        type->logical = WEIR_LOGICAL_TIME;
        type->unit =
            element->converted == CONVERTED_TIME_MILLIS ? WEIR_UNIT_MILLIS : WEIR_UNIT_MICROS;
        type->adjusted_to_utc = true;
        break;
    case CONVERTED_TIMESTAMP_MILLIS:
    case CONVERTED_TIMESTAMP_MICROS:
        type->logical = WEIR_LOGICAL_TIMESTAMP;
        type->unit =
            element->converted == CONVERTED_TIMESTAMP_MILLIS ? WEIR_UNIT_MILLIS : WEIR_UNIT_MICROS;
        type->adjusted_to_utc = true;
        break;
    case CONVERTED_JSON: type->logical = WEIR_LOGICAL_JSON; break;
    case CONVERTED_BSON: type->logical = WEIR_LOGICAL_BSON; break;
    case CONVERTED_INTERVAL: type->logical = WEIR_LOGICAL_INTERVAL; break;
    default:
        if (element->converted >= CONVERTED_UINT_8 && element->converted <= CONVERTED_INT_64) {
            bool is_unsigned = element->converted <= CONVERTED_UINT_64;
            int32_t step = element->converted - (is_unsigned ? CONVERTED_UINT_8 : CONVERTED_INT_8);
            type->logical = WEIR_LOGICAL_INTEGER;
            type->is_unsigned = is_unsigned;
            type->integer_bits = (uint8_t)(8u << (uint32_t)step);
        } else {
            type->logical = WEIR_LOGICAL_OTHER;
        }
        break;
    }
}

/* Largest number of digits that the physical type can hold. */
static int32_t decimal_digits_max(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_INT32: return 9;
    case WEIR_INT64: return 18;
    case WEIR_BYTE_ARRAY: return INT32_MAX;
    case WEIR_FIXED_LEN_BYTE_ARRAY:
        /* floor(log10(2^(8 n - 1) - 1)), and not less for any length that occurs */
        return type->length_bytes < 1 << 24
                   ? (int32_t)((8 * (int64_t)type->length_bytes - 1) * 30103 / 100000)
                   : INT32_MAX;
    default: return 0;
    }
}

static bool suits(const struct weir_type *type) {
    bool is32 = type->physical == WEIR_INT32;
    bool is64 = type->physical == WEIR_INT64;
    bool bytes = type->physical == WEIR_BYTE_ARRAY;
    bool fixed = type->physical == WEIR_FIXED_LEN_BYTE_ARRAY;
    switch (type->logical) {
    case WEIR_LOGICAL_STRING:
    case WEIR_LOGICAL_ENUM:
    case WEIR_LOGICAL_JSON:
    case WEIR_LOGICAL_BSON:
    case WEIR_LOGICAL_GEOMETRY:
    case WEIR_LOGICAL_GEOGRAPHY: return bytes;
    case WEIR_LOGICAL_DECIMAL:
        return type->precision >= 1 && type->precision <= decimal_digits_max(type) &&
               type->scale >= 0 && type->scale <= type->precision;
    case WEIR_LOGICAL_DATE: return is32;
    case WEIR_LOGICAL_TIME:
        return type->unit == WEIR_UNIT_MILLIS ? is32 : is64 && type->unit != WEIR_UNIT_NONE;
    case WEIR_LOGICAL_TIMESTAMP: return is64 && type->unit != WEIR_UNIT_NONE;
    case WEIR_LOGICAL_INTEGER:
        return type->integer_bits == 64
                   ? is64
                   : is32 && (type->integer_bits == 8 || type->integer_bits == 16 ||
                              type->integer_bits == 32);
    case WEIR_LOGICAL_UUID: return fixed && type->length_bytes == 16;
    case WEIR_LOGICAL_FLOAT16: return fixed && type->length_bytes == 2;
    case WEIR_LOGICAL_INTERVAL: return fixed && type->length_bytes == 12;
    default: return true;
    }
}

struct weir_type weir_element_type(const struct weir_element *element) {
    struct weir_type type;
    memset(&type, 0, sizeof type);
    type.physical = (enum weir_physical)element->type;
    type.length_bytes = type.physical == WEIR_FIXED_LEN_BYTE_ARRAY ? element->type_length : 0;
    type.precision = element->precision;
    type.scale = element->scale;
    if (element->has_logical) {
        type.logical = element->logical;
        type.unit = element->unit;
        type.adjusted_to_utc = element->adjusted_to_utc;
        type.is_unsigned = element->logical == WEIR_LOGICAL_INTEGER && !element->integer_signed;
        type.integer_bits = (uint8_t)element->integer_bits;
        if (element->logical == WEIR_LOGICAL_DECIMAL) {
            type.precision = element->logical_precision;
            type.scale = element->logical_scale;
        }
    } else if (element->has_converted) {
        set_converted(element, &type);
    }
    if (type.physical == WEIR_INT96) {
        /* Only ever timestamps, whatever the annotation. */
        type.logical = WEIR_LOGICAL_TIMESTAMP;
        type.unit = WEIR_UNIT_NANOS;
        type.adjusted_to_utc = false;
    } else if (!suits(&type)) {
        type.logical = WEIR_LOGICAL_NONE;
    }
    if (type.logical != WEIR_LOGICAL_DECIMAL) {
        type.precision = 0;
        type.scale = 0;
    }
    if (type.logical != WEIR_LOGICAL_INTEGER) {
        type.is_unsigned = false;
        type.integer_bits = 0;
    }
    if (type.logical != WEIR_LOGICAL_TIME && type.logical != WEIR_LOGICAL_TIMESTAMP) {
        type.unit = WEIR_UNIT_NONE;
        type.adjusted_to_utc = false;
    }
    return type;
}

static enum weir_kind decimal_kind(const struct weir_type *type) {
    if (type->precision > WEIR_I128_DIGITS) {
        return WEIR_KIND_F64;
    }
    return type->precision > WEIR_I64_DIGITS ? WEIR_KIND_I128 : WEIR_KIND_I64;
}

enum weir_kind weir_type_kind(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_BOOLEAN: return WEIR_KIND_BOOL;
    case WEIR_INT32: return type->is_unsigned ? WEIR_KIND_U32 : WEIR_KIND_I32;
    case WEIR_INT64: return type->is_unsigned ? WEIR_KIND_U64 : WEIR_KIND_I64;
    case WEIR_FLOAT: return WEIR_KIND_F32;
    case WEIR_DOUBLE: return WEIR_KIND_F64;
    case WEIR_INT96: return WEIR_KIND_I128;
    default: break;
    }
    if (type->logical == WEIR_LOGICAL_FLOAT16) {
        return WEIR_KIND_F32;
    }
    return type->logical == WEIR_LOGICAL_DECIMAL ? decimal_kind(type) : WEIR_KIND_BYTES;
}

bool weir_type_unordered(const struct weir_type *type) {
    return type->logical == WEIR_LOGICAL_INTERVAL || type->logical == WEIR_LOGICAL_VARIANT ||
           type->logical == WEIR_LOGICAL_GEOMETRY || type->logical == WEIR_LOGICAL_GEOGRAPHY;
}

uint32_t weir_kind_width(enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_U32:
    case WEIR_KIND_F32: return 4;
    case WEIR_KIND_I64:
    case WEIR_KIND_U64:
    case WEIR_KIND_F64: return 8;
    case WEIR_KIND_I128: return 16;
    case WEIR_KIND_BOOL:
    case WEIR_KIND_BYTES: break;
    }
    return 0;
}

bool weir_type_equal(const struct weir_type *a, const struct weir_type *b) {
    return a->physical == b->physical && a->logical == b->logical && a->unit == b->unit &&
           a->is_unsigned == b->is_unsigned && a->integer_bits == b->integer_bits &&
           a->precision == b->precision && a->scale == b->scale &&
           a->length_bytes == b->length_bytes && a->adjusted_to_utc == b->adjusted_to_utc;
}
