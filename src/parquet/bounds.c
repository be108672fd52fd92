#include "base/bits.h"
#include "parquet/statistics.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Bounds are PLAIN without a length; decimals in byte arrays are big-endian.
 * - is_min_value_exact and is_max_value_exact are new: without them a byte array may have been
 *   shortened (parquet-mr's page index to 64 bytes, parquet-rs too), so it is a bound at best.
 *   Numbers are never shortened.
 */

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

static struct weir_i128 of_wide(wide value) {
    return (struct weir_i128){(uint64_t)value, (int64_t)(value >> 64)};
}

/* Bits of the float that a half stands for; NaN keeps its sign and payload. */
static uint32_t float_bits_of_half(uint32_t half) {
    uint32_t sign = (half & 0x8000u) << 16;
    uint32_t exponent = half >> 10 & 31u;
    uint32_t fraction = half & 0x3ffu;
    if (exponent == 31) {
        return sign | 0x7f800000u | fraction << 13;
    }
    if (exponent == 0 && fraction != 0) {
        uint32_t shift = (uint32_t)__builtin_clz(fraction) - 21u; /* 1..10: to bit 10 */
        return sign | (113u - shift) << 23 | (fraction << shift & 0x3ffu) << 13;
    }
    return exponent == 0 ? sign : sign | (exponent + 112u) << 23 | fraction << 13;
}

static double double_of_float_bits(uint32_t bits) {
    float narrow;
    memcpy(&narrow, &bits, sizeof narrow);
    return (double)narrow;
}

/* Nearest double of a big-endian two's complement integer. */
static double double_of_big_endian(const uint8_t *bytes, uint32_t count) {
    bool negative = bytes[0] >= 0x80;
    uint8_t magnitude[WEIR_PREFIX_BYTES];
    uint32_t carry = negative;
    for (uint32_t i = count; i-- > 0;) {
        carry += negative ? (uint8_t)~bytes[i] : bytes[i];
        magnitude[i] = (uint8_t)carry;
        carry >>= 8;
    }
    uint32_t at = 0;
    while (at + 1 < count && magnitude[at] == 0) {
        at++;
    }
    /* The top eight bytes (at least 57 bits) and a last bit that says whether more is below. */
    uint64_t top = 0;
    uint32_t taken = 0;
    for (; taken < 8 && at < count; taken++) {
        top = top << 8 | magnitude[at++];
    }
    uint32_t below = count - at;
    for (; at < count; at++) {
        top |= magnitude[at] != 0;
    }
    double value = (double)top;
    for (uint32_t i = 0; i < below; i++) {
        value *= 256;
    }
    return negative ? -value : value;
}

/* A big-endian two's complement integer of at most 128 bits. false: it has more. */
static bool read_big_endian(const uint8_t *bytes, uint32_t count, wide *value_ret) {
    uint8_t filler = bytes[0] >= 0x80 ? 0xff : 0;
    unsigned_wide value = filler == 0 ? 0 : ~(unsigned_wide)0;
    uint32_t from = count > 16 ? count - 16 : 0;
    for (uint32_t i = 0; i < from; i++) {
        if (bytes[i] != filler) {
            return false;
        }
    }
    if (from > 0 && (bytes[from] >= 0x80) != (filler != 0)) {
        return false;
    }
    for (uint32_t i = from; i < count; i++) {
        value = value << 8 | bytes[i];
    }
    *value_ret = (wide)value;
    return true;
}

static void decimal_value(const struct weir_bound *bound, struct weir_value *value) {
    wide number = 0;
    uint32_t count = (uint32_t)bound->length;
    value->present = false;
    if (bound->length == 0 || bound->length > sizeof bound->bytes) {
        return;
    }
    if (value->kind == WEIR_KIND_F64) {
        value->f64 = double_of_big_endian(bound->bytes, count);
        value->present = true;
        return;
    }
    if (!read_big_endian(bound->bytes, count, &number)) {
        return;
    }
    if (value->kind == WEIR_KIND_I64) {
        value->i64 = (int64_t)number;
        value->present = (wide)value->i64 == number;
    } else {
        value->i128 = of_wide(number);
        value->present = value->kind == WEIR_KIND_I128;
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
    case WEIR_INT96: value->i128 = weir_int96_nanoseconds(bound->bytes); break;
    case WEIR_FLOAT: value->f64 = double_of_float_bits(weir_load_u32(bound->bytes)); break;
    case WEIR_DOUBLE: value->f64 = weir_double_of_bits(weir_load_u64(bound->bytes)); break;
    case WEIR_FIXED_LEN_BYTE_ARRAY:
        value->f64 = double_of_float_bits(
            float_bits_of_half((uint32_t)bound->bytes[0] | (uint32_t)bound->bytes[1] << 8));
        break;
    default: break;
    }
}

struct weir_value weir_bound_value(const struct weir_bound *bound, const struct weir_type *type,
                                   enum weir_kind kind) {
    static const uint8_t widths[8] = {1, 4, 8, 12, 4, 8, 0, 2};
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    if (!bound->present) {
        return value;
    }
    if (is_bytes(type) && type->logical == WEIR_LOGICAL_DECIMAL) {
        decimal_value(bound, &value);
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
