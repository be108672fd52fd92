#include "parquet/statistics.h"

#include "base/bits.h"
#include "base/hash.h"
#include "parquet/schema.h"

#include "base/banned.h"

/*
 * Format notes.
 * - min and max (fields 2 and 1) are deprecated: signed order, whatever the type. min_value and
 *   max_value (6 and 5) are in the order that FileMetaData.column_orders names.
 * - Bounds are PLAIN without a length; decimals in byte arrays are big-endian.
 * - is_min_value_exact and is_max_value_exact are new: without them a byte array may have been
 *   shortened (parquet-mr's page index to 64 bytes, parquet-rs too), so it is a bound at best.
 *   Numbers are never shortened.
 * - Counts are signed in the file. Some writers store -1 for "unknown".
 */

static struct weir_stated read_i64(struct weir_thrift *thrift, uint32_t type) {
    int64_t value = weir_thrift_i64(thrift, type);
    return (struct weir_stated){!thrift->failed, value};
}

static struct weir_stated read_i32(struct weir_thrift *thrift, uint32_t type) {
    int32_t value = weir_thrift_i32(thrift, type);
    return (struct weir_stated){!thrift->failed, value};
}

static struct weir_stated read_i16(struct weir_thrift *thrift, uint32_t type) {
    int32_t value = weir_thrift_i16(thrift, type);
    return (struct weir_stated){!thrift->failed, value};
}

void weir_bound_read(struct weir_thrift *thrift, uint32_t type, struct weir_bound *bound_ret) {
    enum weir_exactness exact = bound_ret->exact;
    uint64_t bytes = weir_thrift_binary(thrift, type);
    size_t keep = (size_t)weir_min_u64(bytes, sizeof bound_ret->bytes);
    memset(bound_ret, 0, sizeof *bound_ret);
    bound_ret->exact = exact;
    if (keep > 0 && weir_window_fill(thrift->window, keep) < keep) {
        weir_thrift_corrupt(thrift, "metadata ends in the middle of a value");
    }
    if (thrift->failed) {
        return;
    }
    memcpy(bound_ret->bytes, thrift->window->at, keep);
    weir_window_skip(thrift->window, bytes);
    bound_ret->length = bytes;
    bound_ret->present = true;
}

static enum weir_exactness read_exactness(struct weir_thrift *thrift, uint32_t type) {
    return weir_thrift_bool(thrift, type) ? WEIR_EXACT_YES : WEIR_EXACT_NO;
}

void weir_statistics_read(struct weir_thrift *thrift, uint32_t type,
                          struct weir_statistics *statistics_ret) {
    struct weir_thrift_field field;
    memset(statistics_ret, 0, sizeof *statistics_ret);
    if (!weir_thrift_struct(thrift, type)) {
        return;
    }
    struct weir_statistics *to = statistics_ret;
    to->present = true;
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: weir_bound_read(thrift, field.type, &to->max_old); break;
        case 2: weir_bound_read(thrift, field.type, &to->min_old); break;
        case 3: to->null_count = read_i64(thrift, field.type); break;
        case 4: to->distinct_count = read_i64(thrift, field.type); break;
        case 5: weir_bound_read(thrift, field.type, &to->max_value); break;
        case 6: weir_bound_read(thrift, field.type, &to->min_value); break;
        case 7: to->max_value.exact = read_exactness(thrift, field.type); break;
        case 8: to->min_value.exact = read_exactness(thrift, field.type); break;
        case 9: to->nan_count = read_i64(thrift, field.type); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

struct weir_stated weir_statistics_null_count(struct weir_thrift *thrift, uint32_t type) {
    struct weir_stated count = {false, 0};
    struct weir_thrift_field field;
    if (!weir_thrift_struct(thrift, type)) {
        return count;
    }
    while (weir_thrift_next(thrift, &field)) {
        if (field.id == 3) {
            count = read_i64(thrift, field.type);
        } else {
            weir_thrift_skip(thrift, field.type);
        }
    }
    return count;
}

/* A list of counts; those behind the last legal level are only counted. */
static void read_histogram(struct weir_thrift *thrift, uint32_t type,
                           struct weir_histogram *histogram) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    histogram->present = true;
    histogram->length = list.count;
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        int64_t count = weir_thrift_i64(thrift, list.type);
        if (i <= WEIR_LEVELS_MAX) {
            histogram->counts[i] = count;
        }
    }
}

static void read_sizes(struct weir_thrift *thrift, uint32_t type,
                       struct weir_size_statistics *sizes) {
    struct weir_thrift_field field;
    if (!weir_thrift_struct(thrift, type)) {
        return;
    }
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: sizes->unencoded_bytes = read_i64(thrift, field.type); break;
        case 2: read_histogram(thrift, field.type, &sizes->repetition); break;
        case 3: read_histogram(thrift, field.type, &sizes->definition); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

static void read_encoding_stats(struct weir_thrift *thrift, uint32_t type,
                                struct weir_chunk_claims *claims) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    claims->has_encoding_stats = true;
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        struct weir_thrift_field field;
        int32_t part[3] = {-1, -1, 0}; /* page type, encoding, count */
        if (!weir_thrift_struct(thrift, list.type)) {
            return;
        }
        while (weir_thrift_next(thrift, &field)) {
            if (field.id >= 1 && field.id <= 3) {
                part[field.id - 1] = weir_thrift_i32(thrift, field.type);
            } else {
                weir_thrift_skip(thrift, field.type);
            }
        }
        if (part[0] < 0 || part[0] >= (int32_t)WEIR_STATED_PAGE_TYPES || part[1] < 0 ||
            part[1] >= (int32_t)WEIR_STATED_ENCODINGS) {
            claims->encoding_stats_beyond = true;
        } else {
            claims->encoding_pages[part[0]][part[1]] += part[2];
        }
    }
}

static void read_path(struct weir_thrift *thrift, uint32_t type, struct weir_chunk_claims *claims) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    struct weir_hash_stream stream;
    weir_hash_stream_begin(&stream);
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        uint64_t left = weir_thrift_binary(thrift, list.type);
        if (i > 0) {
            weir_hash_stream_add(&stream, (const uint8_t *)".", 1);
        }
        while (left > 0 && !thrift->failed) {
            size_t held = (size_t)weir_min_u64(weir_window_fill(thrift->window, 1), left);
            if (held == 0) {
                weir_thrift_corrupt(thrift, "metadata ends in the middle of a name");
                return;
            }
            weir_hash_stream_add(&stream, thrift->window->at, held);
            weir_window_skip(thrift->window, held);
            left -= held;
        }
    }
    claims->has_path = true;
    claims->path_hash = weir_hash_stream_end(&stream);
}

void weir_claims_chunk_field(struct weir_chunk_claims *claims, struct weir_thrift *thrift,
                             const struct weir_thrift_field *field) {
    switch (field->id) {
    case 4: claims->offset_index_offset = read_i64(thrift, field->type); break;
    case 5: claims->offset_index_bytes = read_i32(thrift, field->type); break;
    case 6: claims->column_index_offset = read_i64(thrift, field->type); break;
    case 7: claims->column_index_bytes = read_i32(thrift, field->type); break;
    default: weir_thrift_skip(thrift, field->type); break;
    }
}

void weir_claims_metadata_field(struct weir_chunk_claims *claims, struct weir_thrift *thrift,
                                const struct weir_thrift_field *field) {
    switch (field->id) {
    case 3: read_path(thrift, field->type, claims); break;
    case 12: weir_statistics_read(thrift, field->type, &claims->statistics); break;
    case 13: read_encoding_stats(thrift, field->type, claims); break;
    case 16: read_sizes(thrift, field->type, &claims->sizes); break;
    default: weir_thrift_skip(thrift, field->type); break;
    }
}

void weir_claims_group_field(struct weir_group_claims *claims, struct weir_thrift *thrift,
                             const struct weir_thrift_field *field) {
    switch (field->id) {
    case 5: claims->file_offset = read_i64(thrift, field->type); break;
    case 6: claims->compressed_bytes = read_i64(thrift, field->type); break;
    case 7: claims->ordinal = read_i16(thrift, field->type); break;
    default: weir_thrift_skip(thrift, field->type); break;
    }
}

enum weir_status weir_page_statistics_read(struct weir_window *window,
                                           struct weir_statistics *statistics_ret,
                                           struct weir_error *error) {
    struct weir_thrift thrift;
    struct weir_thrift_field field;
    memset(statistics_ret, 0, sizeof *statistics_ret);
    weir_thrift_init(&thrift, window, error);
    weir_thrift_enter(&thrift);
    while (weir_thrift_next(&thrift, &field)) {
        int32_t wanted = field.id == 5 ? 5 : 8; /* DataPageHeader and DataPageHeaderV2 */
        if ((field.id != 5 && field.id != 8) || !weir_thrift_struct(&thrift, field.type)) {
            weir_thrift_skip(&thrift, field.type);
            continue;
        }
        struct weir_thrift_field inner;
        while (weir_thrift_next(&thrift, &inner)) {
            if (inner.id == wanted) {
                weir_statistics_read(&thrift, inner.type, statistics_ret);
            } else {
                weir_thrift_skip(&thrift, inner.type);
            }
        }
    }
    return thrift.failed || window->failed ? error->status : WEIR_OK;
}

/* --- Bounds as values. ----------------------------------------------------------------------- */


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
