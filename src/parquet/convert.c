#include "parquet/convert.h"

#include "base/bits.h"
#include "parquet/schema.h"

#include "base/banned.h"

/*
 * Format notes.
 * - FLOAT16 is two bytes, IEEE 754 binary16, little-endian. Every value is a float.
 * - INT96 is eight bytes of nanoseconds of the day and four bytes of Julian day, little-endian,
 *   both signed. Spark writes years beyond 290,000, which no 64-bit count of nanoseconds holds.
 *   Close to the end of its own range (64 bits of microseconds) Spark's shift to Julian days wraps
 *   around: what it stores then lies just below -2^63 microseconds, where no other writer's dates
 *   are, and means 2^64 microseconds more.
 * - A DECIMAL in bytes is big-endian two's complement of any length, also longer than its digits
 *   need (padded with its sign). One of no bytes has no value and is refused, as other readers
 *   do; bytes that carry more than the kind holds contradict the precision.
 */

#define JULIAN_DAY_OF_1970 2440588
#define NANOSECONDS_OF_DAY INT64_C(86400000000000)

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_bits;

enum weir_conversion weir_conversion_of(const struct weir_type *type) {
    if (type->physical == WEIR_INT96) {
        return WEIR_CONVERT_INT96;
    }
    if (type->logical == WEIR_LOGICAL_FLOAT16) {
        return WEIR_CONVERT_FLOAT16;
    }
    bool bytes = type->physical == WEIR_BYTE_ARRAY || type->physical == WEIR_FIXED_LEN_BYTE_ARRAY;
    return bytes && type->logical == WEIR_LOGICAL_DECIMAL ? WEIR_CONVERT_DECIMAL
                                                          : WEIR_CONVERT_NONE;
}

/* Exact: shifts the significand into place; subnormals by way of a product. */
static float float_of_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = half >> 10 & 31u;
    uint32_t fraction = half & 1023u;
    uint32_t bits = 0;
    float value;
    if (exponent == 0) {
        value = (float)fraction * 0x1p-24f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    } else if (exponent == 31) {
        bits = sign | UINT32_C(0x7f800000) | fraction << 13;
    } else {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void halves(const uint8_t *from, uint64_t count, uint8_t *out) {
    for (uint64_t i = 0; i < count; i++) {
        float value = float_of_half((uint16_t)(from[2 * i] | (uint16_t)from[2 * i + 1] << 8));
        memcpy(out + 4 * i, &value, sizeof value);
    }
}

struct weir_i128 weir_int96_nanoseconds(const uint8_t *bytes) {
    const wide low = (wide)INT64_MIN * 1000;
    const wide shift = (wide)JULIAN_DAY_OF_1970 * NANOSECONDS_OF_DAY;
    int64_t nanoseconds = (int64_t)weir_load_u64(bytes);
    int32_t day = (int32_t)weir_load_u32(bytes + 8);
    wide value = (wide)day * NANOSECONDS_OF_DAY + nanoseconds - shift;
    if (value < low && value >= low - shift) {
        value -= 2 * low;
    }
    return (struct weir_i128){.low = (uint64_t)value, .high = (int64_t)(value >> 64)};
}

static void timestamps(const uint8_t *from, uint64_t count, uint8_t *out) {
    for (uint64_t i = 0; i < count; i++) {
        struct weir_i128 value = weir_int96_nanoseconds(from + 12 * i);
        memcpy(out + 16 * i, &value, sizeof value);
    }
}

/* Big-endian two's complement as a double, rounded to the nearest: the top 64 significant bits
 * with a last bit that says whether anything is below. */
static double double_of_bytes(const uint8_t *bytes, uint64_t length) {
    uint8_t pad = bytes[0] >= 0x80 ? 0xff : 0;
    while (length > 1 && bytes[0] == pad) {
        bytes++;
        length--;
    }
    /* The magnitude is the complement plus one; the one only matters when all below is zero. */
    wide_bits top = 0;
    uint64_t used = length < 15 ? length : 15;
    for (uint64_t i = 0; i < used; i++) {
        top = top << 8 | (uint8_t)(bytes[i] ^ pad);
    }
    bool carry = pad != 0;
    bool sticky = false;
    for (uint64_t i = used; i < length; i++) {
        carry = carry && bytes[i] == 0;
        sticky = sticky || bytes[i] != 0;
    }
    top += carry;
    double value = (double)(top << 1 | (wide_bits)sticky);
    /* Beyond 2^1023 a decimal of that many bytes is infinite as a double. */
    uint64_t shift = 8 * (length - used);
    if (shift > 1024) {
        shift = 1024;
    }
    for (value /= 2; shift > 0; shift -= shift < 512 ? shift : 512) {
        value *= weir_double_of_bits((1023 + (shift < 512 ? shift : 512)) << 52);
    }
    return pad != 0 ? -value : value;
}

/* Big-endian two's complement as an integer; false when it does not fit. */
static bool integer_of_bytes(const uint8_t *bytes, uint64_t length, uint32_t width,
                             wide *value_ret) {
    wide_bits value = bytes[0] >= 0x80 ? ~(wide_bits)0 : 0;
    uint8_t pad = (uint8_t)value;
    while (length > width) {
        if (bytes[0] != pad || (bytes[1] >= 0x80) != (pad != 0)) {
            return false;
        }
        bytes++;
        length--;
    }
    for (uint64_t i = 0; i < length; i++) {
        value = value << 8 | bytes[i];
    }
    *value_ret = (wide)value;
    return true;
}

static enum weir_status decimal(enum weir_kind kind, const uint8_t *bytes, uint64_t length,
                                uint8_t *out, struct weir_error *error) {
    if (length == 0) {
        return weir_fail(error, WEIR_E_CORRUPT, "a decimal of no bytes");
    }
    if (kind == WEIR_KIND_F64) {
        double value = double_of_bytes(bytes, length);
        memcpy(out, &value, sizeof value);
        return WEIR_OK;
    }
    WEIR_ASSERT(kind == WEIR_KIND_I64 || kind == WEIR_KIND_I128);
    uint32_t width = kind == WEIR_KIND_I64 ? 8 : 16;
    wide value = 0;
    if (!integer_of_bytes(bytes, length, width, &value)) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "a decimal has more bytes than its precision allows", width,
                                 length);
    }
    memcpy(out, &value, width);
    return WEIR_OK;
}

enum weir_status weir_convert_fixed(enum weir_conversion conversion, enum weir_kind kind,
                                    const uint8_t *from, uint32_t stored_bytes, uint64_t count,
                                    uint8_t *out, struct weir_error *error) {
    uint32_t width = weir_kind_width(kind);
    WEIR_ASSERT(width > 0);
    switch (conversion) {
    case WEIR_CONVERT_FLOAT16: halves(from, count, out); return WEIR_OK;
    case WEIR_CONVERT_INT96: timestamps(from, count, out); return WEIR_OK;
    case WEIR_CONVERT_DECIMAL: break;
    case WEIR_CONVERT_NONE: return WEIR_E_INTERNAL;
    }
    for (uint64_t i = 0; i < count; i++) {
        WEIR_TRY(decimal(kind, from + i * stored_bytes, stored_bytes, out + i * width, error));
    }
    return WEIR_OK;
}

enum weir_status weir_convert_views(enum weir_conversion conversion, enum weir_kind kind,
                                    const struct weir_view *views, uint64_t count, uint8_t *out,
                                    struct weir_error *error) {
    uint32_t width = weir_kind_width(kind);
    WEIR_ASSERT(width > 0);
    for (uint64_t i = 0; i < count; i++) {
        if (conversion == WEIR_CONVERT_DECIMAL) {
            WEIR_TRY(decimal(kind, views[i].data, views[i].length, out + i * width, error));
        } else {
            WEIR_TRY(weir_convert_fixed(conversion, kind, views[i].data, views[i].length, 1,
                                        out + i * width, error));
        }
    }
    return WEIR_OK;
}
