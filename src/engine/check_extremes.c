#include "engine/check_extremes.h"

#include "base/bits.h"

#include "base/banned.h"

void weir_extremes_begin(struct weir_extremes *extremes, enum weir_kind kind) {
    memset(extremes, 0, sizeof *extremes);
    extremes->kind = kind;
    extremes->min.kind = kind;
    extremes->max.kind = kind;
    extremes->nan_min.kind = kind;
    extremes->nan_max.kind = kind;
    extremes->piece.kind = kind;
}

static uint64_t weight_of(const struct weir_event *event, uint64_t i) {
    return event->weights == NULL ? 1 : event->weights[i];
}

/* --- Numbers: order-preserving keys of 64 bits. ---------------------------------------------- */

#define SIGN64 (UINT64_C(1) << 63)

static uint64_t key_of_double(double value) {
    uint64_t bits = weir_bits_of_double(value);
    return (bits & SIGN64) != 0 ? ~bits : bits | SIGN64;
}

static bool is_float(enum weir_kind kind) {
    return kind == WEIR_KIND_F32 || kind == WEIR_KIND_F64;
}

static uint64_t key_of(const struct weir_value *value) {
    switch (value->kind) {
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return key_of_double(value->f64);
    case WEIR_KIND_U32:
    case WEIR_KIND_U64: return value->u64;
    default: return value->u64 ^ SIGN64;
    }
}

static struct weir_value value_of_key(enum weir_kind kind, uint64_t key) {
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    value.present = true;
    if (is_float(kind)) {
        value.f64 = weir_double_of_bits((key & SIGN64) != 0 ? key ^ SIGN64 : ~key);
    } else {
        value.u64 = kind == WEIR_KIND_U32 || kind == WEIR_KIND_U64 ? key : key ^ SIGN64;
    }
    return value;
}

/* Smallest and largest key of a block, and how many there are. */
struct range {
    uint64_t low;
    uint64_t high;
    uint64_t count;
};

static void widen(struct range *range, uint64_t key, uint64_t weight) {
    range->low = key < range->low ? key : range->low;
    range->high = key > range->high ? key : range->high;
    range->count += weight;
}

static void put_range(struct weir_extremes *extremes, const struct range *range) {
    if (range->count == 0) {
        return;
    }
    bool first = !extremes->present;
    if (first || range->low < key_of(&extremes->min)) {
        extremes->min = value_of_key(extremes->kind, range->low);
    }
    if (first || range->high > key_of(&extremes->max)) {
        extremes->max = value_of_key(extremes->kind, range->high);
    }
    extremes->present = true;
    extremes->count += range->count;
}

static void put_nans(struct weir_extremes *extremes, const struct range *range) {
    if (range->count == 0) {
        return;
    }
    bool first = extremes->nans == 0;
    if (first || range->low < key_of(&extremes->nan_min)) {
        extremes->nan_min = value_of_key(extremes->kind, range->low);
    }
    if (first || range->high > key_of(&extremes->nan_max)) {
        extremes->nan_max = value_of_key(extremes->kind, range->high);
    }
    extremes->nans += range->count;
    extremes->count += range->count;
}

static uint64_t load_key(enum weir_kind kind, const uint8_t *at) {
    switch (kind) {
    case WEIR_KIND_I32: return (uint64_t)(int64_t)(int32_t)weir_load_u32(at) ^ SIGN64;
    case WEIR_KIND_U32: return weir_load_u32(at);
    case WEIR_KIND_I64: return weir_load_u64(at) ^ SIGN64;
    case WEIR_KIND_U64: return weir_load_u64(at);
    case WEIR_KIND_F32: {
        float narrow;
        memcpy(&narrow, at, sizeof narrow);
        return key_of_double((double)narrow);
    }
    default: return key_of_double(weir_double_of_bits(weir_load_u64(at)));
    }
}

static uint32_t width_of(enum weir_kind kind) {
    switch (kind) {
    case WEIR_KIND_I32:
    case WEIR_KIND_U32:
    case WEIR_KIND_F32: return 4;
    case WEIR_KIND_I128: return 16;
    default: return 8;
    }
}

/* Integers of one kind; the kind is a constant where this is called, so that the loop has no
 * branch. */
static inline void add_integers(struct weir_extremes *extremes, const struct weir_event *event,
                                enum weir_kind kind) {
    struct range range = {UINT64_MAX, 0, 0};
    const uint8_t *at = event->values;
    uint32_t width = width_of(kind);
    for (uint64_t i = 0; i < event->count; i++, at += width) {
        uint64_t weight = weight_of(event, i);
        if (weight > 0) {
            widen(&range, load_key(kind, at), weight);
        }
    }
    put_range(extremes, &range);
}

static inline void add_floats(struct weir_extremes *extremes, const struct weir_event *event,
                              enum weir_kind kind) {
    static const uint64_t infinity = UINT64_C(0x7ff0000000000000) | SIGN64;
    struct range range = {UINT64_MAX, 0, 0};
    struct range nans = {UINT64_MAX, 0, 0};
    const uint8_t *at = event->values;
    uint32_t width = width_of(kind);
    for (uint64_t i = 0; i < event->count; i++, at += width) {
        uint64_t weight = weight_of(event, i);
        uint64_t key = load_key(kind, at);
        if (weight > 0) {
            widen(key > infinity || key < ~infinity ? &nans : &range, key, weight);
        }
    }
    put_range(extremes, &range);
    put_nans(extremes, &nans);
}

static int order_i128(const struct weir_i128 *a, const struct weir_i128 *b) {
    if (a->high != b->high) {
        return a->high < b->high ? -1 : 1;
    }
    return (a->low > b->low) - (a->low < b->low);
}

/* Keeps a value of any kind but floats when it is an extreme. */
static void put_value(struct weir_extremes *extremes, const struct weir_value *value) {
    if (!extremes->present || weir_values_order(value, &extremes->min) < 0) {
        extremes->min = *value;
    }
    if (!extremes->present || weir_values_order(value, &extremes->max) > 0) {
        extremes->max = *value;
    }
    extremes->present = true;
}

static void add_wide(struct weir_extremes *extremes, const struct weir_event *event) {
    const uint8_t *at = event->values;
    struct weir_value value;
    memset(&value, 0, sizeof value);
    value.kind = WEIR_KIND_I128;
    value.present = true;
    for (uint64_t i = 0; i < event->count; i++, at += 16) {
        uint64_t weight = weight_of(event, i);
        if (weight > 0) {
            value.i128.low = weir_load_u64(at);
            value.i128.high = (int64_t)weir_load_u64(at + 8);
            put_value(extremes, &value);
            extremes->count += weight;
        }
    }
}

/* --- Byte arrays. ---------------------------------------------------------------------------- */

static int order_bytes(const uint8_t *a, uint32_t a_bytes, bool a_cut, const uint8_t *b,
                       uint32_t b_bytes, bool b_cut) {
    int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);
    if (order != 0) {
        return order;
    }
    if (a_bytes != b_bytes) {
        return a_bytes < b_bytes ? -1 : 1;
    }
    return (int)a_cut - (int)b_cut;
}

static void keep_bytes(struct weir_value *value, const uint8_t *data, uint32_t kept, bool cut) {
    memset(value->bytes, 0, sizeof value->bytes);
    memcpy(value->bytes, data, kept);
    value->kind = WEIR_KIND_BYTES;
    value->present = true;
    value->cut = cut;
    value->bytes_count = kept;
}

static void put_bytes(struct weir_extremes *extremes, const uint8_t *data, uint64_t length) {
    uint32_t kept = (uint32_t)weir_min_u64(length, WEIR_PREFIX_BYTES);
    bool cut = length > kept;
    struct weir_value *min = &extremes->min;
    struct weir_value *max = &extremes->max;
    if (!extremes->present ||
        order_bytes(data, kept, cut, min->bytes, min->bytes_count, min->cut) < 0) {
        keep_bytes(min, data, kept, cut);
    }
    if (!extremes->present ||
        order_bytes(data, kept, cut, max->bytes, max->bytes_count, max->cut) > 0) {
        keep_bytes(max, data, kept, cut);
    }
    extremes->present = true;
}

static void add_views(struct weir_extremes *extremes, const struct weir_event *event) {
    for (uint64_t i = 0; i < event->count; i++) {
        const struct weir_view *view = &event->views[i];
        uint64_t weight = weight_of(event, i);
        if (weight > 0) {
            put_bytes(extremes, view->data, view->length);
            extremes->bytes += weight * view->length;
            extremes->count += weight;
        }
    }
}

static void add_piece(struct weir_extremes *extremes, const struct weir_event *event) {
    struct weir_value *piece = &extremes->piece;
    uint64_t weight = weight_of(event, 0);
    if (event->piece_offset == 0) {
        piece->bytes_count = 0;
    }
    uint64_t room = WEIR_PREFIX_BYTES - piece->bytes_count;
    size_t taken = (size_t)weir_min_u64(room, event->piece_bytes);
    memcpy(piece->bytes + piece->bytes_count, event->values, taken);
    piece->bytes_count += (uint32_t)taken;
    if (event->piece_offset + event->piece_bytes < event->piece_length || weight == 0) {
        return;
    }
    WEIR_ASSERT(event->piece_length > WEIR_PREFIX_BYTES);
    put_bytes(extremes, piece->bytes, event->piece_length);
    extremes->bytes += weight * event->piece_length;
    extremes->count += weight;
}

/* --- All kinds. ------------------------------------------------------------------------------ */

static void add_bools(struct weir_extremes *extremes, uint64_t trues, uint64_t falses) {
    struct range range = {UINT64_MAX, 0, 0};
    if (falses > 0) {
        widen(&range, SIGN64, falses);
    }
    if (trues > 0) {
        widen(&range, SIGN64 | 1, trues);
    }
    put_range(extremes, &range);
}

static void add_fixed(struct weir_extremes *extremes, const struct weir_event *event) {
    switch (extremes->kind) {
    case WEIR_KIND_I32: add_integers(extremes, event, WEIR_KIND_I32); break;
    case WEIR_KIND_U32: add_integers(extremes, event, WEIR_KIND_U32); break;
    case WEIR_KIND_I64: add_integers(extremes, event, WEIR_KIND_I64); break;
    case WEIR_KIND_U64: add_integers(extremes, event, WEIR_KIND_U64); break;
    case WEIR_KIND_F32: add_floats(extremes, event, WEIR_KIND_F32); break;
    case WEIR_KIND_F64: add_floats(extremes, event, WEIR_KIND_F64); break;
    case WEIR_KIND_I128: add_wide(extremes, event); break;
    case WEIR_KIND_BOOL:
    case WEIR_KIND_BYTES: WEIR_ASSERT(false); break;
    }
}

void weir_extremes_add(struct weir_extremes *extremes, const struct weir_event *event) {
    switch (event->kind) {
    case WEIR_EVENT_NULLS:
    case WEIR_EVENT_PAGE_END: break;
    case WEIR_EVENT_BOOLS: add_bools(extremes, event->trues, event->count - event->trues); break;
    case WEIR_EVENT_FIXED: add_fixed(extremes, event); break;
    case WEIR_EVENT_VIEWS: add_views(extremes, event); break;
    case WEIR_EVENT_PIECE: add_piece(extremes, event); break;
    }
}

void weir_extremes_join(struct weir_extremes *extremes, const struct weir_extremes *other) {
    WEIR_ASSERT(extremes->kind == other->kind);
    if (is_float(other->kind)) {
        struct range range = {key_of(&other->min), key_of(&other->max), other->count - other->nans};
        struct range nans = {key_of(&other->nan_min), key_of(&other->nan_max), other->nans};
        put_range(extremes, &range);
        put_nans(extremes, &nans);
        return;
    }
    if (other->present) {
        put_value(extremes, &other->min);
        put_value(extremes, &other->max);
    }
    extremes->count += other->count;
    extremes->bytes += other->bytes;
}

int weir_values_total_order(const struct weir_value *a, const struct weir_value *b) {
    uint64_t x = key_of(a);
    uint64_t y = key_of(b);
    return (x > y) - (x < y);
}

int weir_values_order(const struct weir_value *a, const struct weir_value *b) {
    WEIR_ASSERT(a->kind == b->kind);
    switch (a->kind) {
    case WEIR_KIND_BYTES:
        return order_bytes(a->bytes, a->bytes_count, a->cut, b->bytes, b->bytes_count, b->cut);
    case WEIR_KIND_I128: return order_i128(&a->i128, &b->i128);
    case WEIR_KIND_F32:
    case WEIR_KIND_F64: return (a->f64 > b->f64) - (a->f64 < b->f64);
    default: return weir_values_total_order(a, b);
    }
}
