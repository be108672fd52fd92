/* Extremes against a comparison of every value with every other. */
#include "make_parquet.h"

#include "engine/check_extremes.h"

#define COUNT 300

__extension__ typedef __int128 wide_int;

static const enum weir_kind kinds[] = {WEIR_KIND_I32, WEIR_KIND_U32, WEIR_KIND_I64, WEIR_KIND_U64,
                                       WEIR_KIND_F32, WEIR_KIND_F64, WEIR_KIND_I128};

static size_t width_of(enum weir_kind kind) {
    return kind == WEIR_KIND_I128                                                    ? 16
           : kind == WEIR_KIND_I32 || kind == WEIR_KIND_U32 || kind == WEIR_KIND_F32 ? 4
                                                                                     : 8;
}

/* Values with many special ones. */
static void fill(uint8_t *to, enum weir_kind kind, size_t count) {
    static const uint64_t doubles[] = {0,
                                       UINT64_C(1) << 63,
                                       UINT64_C(0x7ff8000000000000),
                                       UINT64_C(0xfff8000000000001),
                                       UINT64_C(0x7ff0000000000000),
                                       UINT64_C(0xfff0000000000000),
                                       UINT64_C(0x7ff80000ffffffff)};
    static const uint32_t floats[] = {0,          0x80000000, 0x7fc00000, 0xffc00001,
                                      0x7f800000, 0xff800000, 0x7fc0ffff};
    for (size_t i = 0; i < count; i++) {
        uint64_t bits[2] = {mp_random(), mp_random()};
        uint32_t special = mp_below(20);
        if (special < 7 && kind == WEIR_KIND_F64) {
            bits[0] = doubles[special];
        } else if (special < 7 && kind == WEIR_KIND_F32) {
            bits[0] = floats[special];
        }
        memcpy(to + i * width_of(kind), bits, width_of(kind));
        if (kind == WEIR_KIND_F32 && (bits[0] & 0x7f800000) == 0x7f800000 && (bits[0] << 41) != 0) {
            to[i * 4 + 2] |= 0x40; /* quiet */
        }
    }
}

/* A number whose order is that of the values; floats in total order. */
static wide_int rank_of(const uint8_t *at, enum weir_kind kind) {
    uint64_t bits[2] = {0, 0};
    memcpy(bits, at, width_of(kind));
    switch (kind) {
    case WEIR_KIND_I32: return (int32_t)bits[0];
    case WEIR_KIND_U32: return (uint32_t)bits[0];
    case WEIR_KIND_I64: return (int64_t)bits[0];
    case WEIR_KIND_U64: return bits[0];
    case WEIR_KIND_F32: {
        int64_t magnitude = (int64_t)(bits[0] & 0x7fffffff);
        return (bits[0] >> 31 & 1) != 0 ? -magnitude - 1 : magnitude;
    }
    case WEIR_KIND_F64: {
        int64_t magnitude = (int64_t)(bits[0] & ~(UINT64_C(1) << 63));
        return bits[0] >> 63 != 0 ? -magnitude - 1 : magnitude;
    }
    default: {
        wide_int value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    }
}

static bool is_nan(const uint8_t *at, enum weir_kind kind) {
    uint64_t bits = 0;
    memcpy(&bits, at, width_of(kind) < 8 ? 4 : 8);
    return kind == WEIR_KIND_F32   ? (bits & 0x7fffffff) > 0x7f800000
           : kind == WEIR_KIND_F64 ? (bits << 1) > UINT64_C(0xffe0000000000000)
                                   : false;
}

/* The value as the result must have it. */
static void assert_value(const struct weir_value *got, const uint8_t *at, enum weir_kind kind) {
    float narrow;
    double number;
    uint64_t bits = 0;
    assert_int_equal(got->kind, kind);
    assert_true(got->present);
    switch (kind) {
    case WEIR_KIND_F32:
        memcpy(&narrow, at, 4);
        number = (double)narrow;
        assert_memory_equal(&got->f64, &number, 8);
        break;
    case WEIR_KIND_F64: assert_memory_equal(&got->f64, at, 8); break;
    case WEIR_KIND_I128: assert_memory_equal(&got->i128, at, 16); break;
    case WEIR_KIND_I32: assert_true(got->i64 == (int64_t)rank_of(at, kind)); break;
    default:
        memcpy(&bits, at, width_of(kind));
        assert_true(got->u64 == bits);
        break;
    }
}

static void assert_extremes(const struct weir_extremes *got, const uint8_t *values,
                            const uint32_t *weights, size_t count, enum weir_kind kind) {
    const uint8_t *low[2] = {NULL, NULL}; /* of numbers, of NaN */
    const uint8_t *high[2] = {NULL, NULL};
    uint64_t total = 0;
    uint64_t nans = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = values + i * width_of(kind);
        int which = is_nan(at, kind);
        if (weights[i] == 0) {
            continue;
        }
        total += weights[i];
        nans += which ? weights[i] : 0;
        low[which] =
            low[which] == NULL || rank_of(at, kind) < rank_of(low[which], kind) ? at : low[which];
        high[which] = high[which] == NULL || rank_of(at, kind) > rank_of(high[which], kind)
                          ? at
                          : high[which];
    }
    assert_true(got->count == total && got->nans == nans);
    assert_int_equal(got->present, low[0] != NULL);
    if (low[0] != NULL) {
        assert_value(&got->min, low[0], kind);
        assert_value(&got->max, high[0], kind);
    }
    if (nans > 0) {
        assert_value(&got->nan_min, low[1], kind);
        assert_value(&got->nan_max, high[1], kind);
    }
}

static void numbers_have_their_extremes(void **state) {
    uint8_t values[COUNT * 16];
    uint32_t weights[COUNT];
    (void)state;
    mp_seed("test_extremes");
    for (int round = 0; round < 700; round++) {
        enum weir_kind kind = kinds[(size_t)round % 7];
        size_t count = mp_below(round % 3 == 0 ? 4 : COUNT);
        bool weighted = mp_below(2) == 0;
        struct weir_extremes whole;
        weir_extremes_begin(&whole, kind);
        fill(values, kind, count);
        for (size_t i = 0; i < count; i++) {
            weights[i] = weighted ? mp_below(3) : 1;
        }
        /* In pages, joined, some of them of no values. */
        for (size_t at = 0; at < count;) {
            struct weir_extremes page;
            struct weir_event event = {.kind = WEIR_EVENT_FIXED};
            event.count = 1 + mp_below((uint32_t)(count - at));
            event.values = values + at * width_of(kind);
            event.weights = weighted ? weights + at : NULL;
            weir_extremes_begin(&page, kind);
            weir_extremes_join(&whole, &page);
            weir_extremes_add(&page, &event);
            weir_extremes_join(&whole, &page);
            at += event.count;
        }
        assert_extremes(&whole, values, weights, count, kind);
    }
}

static void booleans_are_two_values(void **state) {
    (void)state;
    for (uint64_t trues = 0; trues < 3; trues++) {
        for (uint64_t falses = 0; falses < 3; falses++) {
            struct weir_extremes extremes;
            struct weir_event event = {
                .kind = WEIR_EVENT_BOOLS, .count = trues + falses, .trues = trues};
            weir_extremes_begin(&extremes, WEIR_KIND_BOOL);
            weir_extremes_add(&extremes, &event);
            assert_true(extremes.count == trues + falses);
            assert_int_equal(extremes.present, trues + falses > 0);
            if (extremes.present) {
                assert_int_equal(extremes.min.i64, falses == 0);
                assert_int_equal(extremes.max.i64, trues > 0);
            }
        }
    }
}

#define TEXTS 60
#define TEXT_BYTES 6000

static char texts[TEXTS][TEXT_BYTES];
static uint32_t lengths[TEXTS];

/* Order of whole texts: what cut ones may not contradict. */
static int order_texts(int a, int b) {
    size_t shorter = lengths[a] < lengths[b] ? lengths[a] : lengths[b];
    int order = memcmp(texts[a], texts[b], shorter);
    return order != 0 ? order : (lengths[a] > lengths[b]) - (lengths[a] < lengths[b]);
}

static void feed_text(struct weir_extremes *extremes, int i, uint32_t weight) {
    struct weir_view view = {(const uint8_t *)texts[i], lengths[i]};
    struct weir_event event = {.count = 1, .weights = &weight};
    if (lengths[i] <= WEIR_VIEW_BYTES_MAX) {
        event.kind = WEIR_EVENT_VIEWS;
        event.views = &view;
        weir_extremes_add(extremes, &event);
        return;
    }
    event.kind = WEIR_EVENT_PIECE;
    event.piece_length = lengths[i];
    for (uint32_t at = 0; at < lengths[i];) {
        uint32_t bytes = 1 + mp_below(at < 100 ? 40 : 3000);
        bytes = bytes < lengths[i] - at ? bytes : lengths[i] - at;
        event.values = texts[i] + at;
        event.piece_offset = at;
        event.piece_bytes = bytes;
        weir_extremes_add(extremes, &event);
        at += bytes;
    }
}

static void texts_have_their_extremes(void **state) {
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct weir_extremes extremes;
        int count = 1 + (int)mp_below(TEXTS);
        int low = -1;
        int high = -1;
        uint64_t bytes = 0;
        weir_extremes_begin(&extremes, WEIR_KIND_BYTES);
        for (int i = 0; i < count; i++) {
            uint32_t weight = mp_below(3);
            uint32_t dice = mp_below(10);
            lengths[i] = dice < 6   ? mp_below(5)
                         : dice < 9 ? 60 + mp_below(10)
                                    : 4090 + mp_below(900);
            for (uint32_t b = 0; b < lengths[i]; b++) {
                texts[i][b] = b < 62 && dice >= 6 ? 'a' : (char)(mp_below(3) * 127);
            }
            feed_text(&extremes, i, weight);
            if (weight > 0) {
                low = low < 0 || order_texts(i, low) < 0 ? i : low;
                high = high < 0 || order_texts(i, high) > 0 ? i : high;
                bytes += (uint64_t)weight * lengths[i];
            }
        }
        assert_int_equal(extremes.present, low >= 0);
        assert_true(extremes.bytes == bytes);
        int ends[2] = {low, high};
        const struct weir_value *values[2] = {&extremes.min, &extremes.max};
        for (int e = 0; e < 2 && low >= 0; e++) {
            uint32_t kept = lengths[ends[e]] < 64 ? lengths[ends[e]] : 64;
            assert_int_equal(values[e]->bytes_count, kept);
            assert_memory_equal(values[e]->bytes, texts[ends[e]], kept);
            assert_int_equal(values[e]->cut, lengths[ends[e]] > 64);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_extremes),
        cmocka_unit_test(booleans_are_two_values),
        cmocka_unit_test(texts_have_their_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
