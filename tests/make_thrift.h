/* Random Thrift structs, and the careful way of skipping them as the oracle for quicker ones. */
#ifndef WEIR_TESTS_MAKE_THRIFT_H
#define WEIR_TESTS_MAKE_THRIFT_H

#include "make_parquet.h"

#include "parquet/thrift.h"

#define MT_WINDOW_MAX 4096u

/* How odd structs are. */
enum mt_kind {
    MT_USUAL, /* what writers of footers give */
    MT_ODD    /* every type, long lists, large numbers, field ids given outright */
};

static inline uint32_t mt_type(enum mt_kind kind, uint32_t depth) {
    static const uint8_t plain[] = {
        WEIR_THRIFT_I32,  WEIR_THRIFT_I64,   WEIR_THRIFT_BINARY, WEIR_THRIFT_I32,  WEIR_THRIFT_I64,
        WEIR_THRIFT_TRUE, WEIR_THRIFT_FALSE, WEIR_THRIFT_DOUBLE, WEIR_THRIFT_BYTE, WEIR_THRIFT_I16};
    static const uint8_t nested[] = {WEIR_THRIFT_STRUCT, WEIR_THRIFT_LIST, WEIR_THRIFT_LIST};
    static const uint8_t odd[] = {WEIR_THRIFT_SET, WEIR_THRIFT_MAP, WEIR_THRIFT_UUID};
    if (kind == MT_ODD && depth < 6 && mp_below(8) == 0) {
        return odd[mp_below(3)];
    }
    return depth < 3 && mp_below(4) == 0 ? nested[mp_below(3)] : plain[mp_below(10)];
}

static inline void mt_number(struct mp_bytes *to, enum mt_kind kind) {
    uint64_t value = mp_random() >> (kind == MT_ODD ? mp_below(64) : 24 + mp_below(40));
    mp_varint(to, value);
}

static inline void mt_struct(struct mp_bytes *to, enum mt_kind kind, uint32_t depth);

/* A value; in lists, sets and maps booleans take a byte. */
static inline void mt_value(struct mp_bytes *to, enum mt_kind kind, uint32_t depth, uint32_t type,
                            bool in_list) {
    uint32_t count = mp_below(kind == MT_ODD ? 20 : 4);
    uint8_t bytes[20];
    for (uint32_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)mp_random();
    }
    switch (type) {
    case WEIR_THRIFT_TRUE:
    case WEIR_THRIFT_FALSE: mp_put(to, bytes, in_list); break;
    case WEIR_THRIFT_BYTE: mp_put(to, bytes, 1); break;
    case WEIR_THRIFT_DOUBLE: mp_put(to, bytes, 8); break;
    case WEIR_THRIFT_UUID: mp_put(to, bytes, 16); break;
    case WEIR_THRIFT_BINARY:
        mp_varint(to, count);
        mp_put(to, bytes, count);
        break;
    case WEIR_THRIFT_LIST:
    case WEIR_THRIFT_SET: {
        uint32_t element = mt_type(kind, depth + 1);
        element = element == WEIR_THRIFT_LIST && kind == MT_USUAL ? WEIR_THRIFT_STRUCT : element;
        mp_list_head(to, element, count);
        for (uint32_t i = 0; i < count; i++) {
            mt_value(to, kind, depth + 1, element, true);
        }
        break;
    }
    case WEIR_THRIFT_MAP: {
        uint32_t types[2] = {mt_type(kind, depth + 1), mt_type(kind, depth + 1)};
        mp_varint(to, count);
        if (count > 0) {
            mp_byte(to, types[0] << 4 | types[1]);
        }
        for (uint32_t i = 0; i < 2 * count; i++) {
            mt_value(to, kind, depth + 1, types[i % 2], true);
        }
        break;
    }
    case WEIR_THRIFT_STRUCT: mt_struct(to, kind, depth + 1); break;
    default: mt_number(to, kind); break;
    }
}

static inline void mt_struct(struct mp_bytes *to, enum mt_kind kind, uint32_t depth) {
    uint32_t fields = mp_below(depth == 0 ? 8 : 5);
    int last = 0;
    for (uint32_t i = 0; i < fields; i++) {
        uint32_t type = mt_type(kind, depth);
        int id = last + 1 + (int)mp_below(3);
        if (kind == MT_ODD && mp_below(8) == 0) {
            id = (int)mp_below(65536) - 32768;
        }
        mp_field(to, &last, id, type);
        mt_value(to, kind, depth, type, false);
    }
    mp_stop(to);
}

/*
 * Skips with a window of `capacity` bytes, which gets `slice` of them a read (0: all) and holds
 * `held` before. Returns the bytes of the value, or SIZE_MAX where it is wrong.
 */
static inline size_t mt_skip(const uint8_t *data, size_t bytes, uint32_t type, size_t capacity,
                             size_t slice, size_t held) {
    uint8_t buffer[MT_WINDOW_MAX];
    struct mp_source input = {.data = data, .bytes = bytes, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_window window;
    struct weir_thrift thrift;
    struct weir_error error;
    weir_error_clear(&error);
    weir_window_init(&window, buffer, capacity, &error);
    weir_window_seek(&window, &source, 0, bytes);
    (void)weir_window_fill(&window, held);
    weir_thrift_init(&thrift, &window, &error);
    weir_thrift_skip(&thrift, type);
    return thrift.failed ? SIZE_MAX : bytes - (size_t)weir_window_left(&window);
}

/* Skips carefully, a byte at a time. */
static inline size_t mt_careful(const uint8_t *data, size_t bytes, uint32_t type) {
    return mt_skip(data, bytes, type, 64, 1, 0);
}

#endif
