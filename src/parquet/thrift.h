/*
 * Thrift compact protocol as a pull reader over a window.
 *
 * Nothing is allocated and nothing recurses: nesting is held in a fixed array. No count that the
 * input declares is trusted beyond the bytes that are left. The first error sticks; afterwards
 * every call returns zero, "no field" or an empty list.
 */
#ifndef WEIR_PARQUET_THRIFT_H
#define WEIR_PARQUET_THRIFT_H

#include "io/window.h"

#define WEIR_THRIFT_DEPTH 64u

/* Element types of the compact protocol. */
enum weir_thrift_type {
    WEIR_THRIFT_STOP = 0,
    WEIR_THRIFT_TRUE = 1,
    WEIR_THRIFT_FALSE = 2,
    WEIR_THRIFT_BYTE = 3,
    WEIR_THRIFT_I16 = 4,
    WEIR_THRIFT_I32 = 5,
    WEIR_THRIFT_I64 = 6,
    WEIR_THRIFT_DOUBLE = 7,
    WEIR_THRIFT_BINARY = 8,
    WEIR_THRIFT_LIST = 9,
    WEIR_THRIFT_SET = 10,
    WEIR_THRIFT_MAP = 11,
    WEIR_THRIFT_STRUCT = 12,
    WEIR_THRIFT_UUID = 13
};

struct weir_thrift {
    struct weir_window *window;
    struct weir_error *error;
    bool failed;
    uint32_t depth;                      /* structs entered */
    int32_t field_id[WEIR_THRIFT_DEPTH]; /* last field id of each */
};

struct weir_thrift_field {
    int32_t id;
    uint32_t type;
};

struct weir_thrift_list {
    uint32_t type;
    uint32_t count;
};

void weir_thrift_init(struct weir_thrift *thrift, struct weir_window *window,
                      struct weir_error *error);

/* Enters a struct (field ids start anew). */
void weir_thrift_enter(struct weir_thrift *thrift);

/* The next field of the struct that was entered last; false at its end (the struct is left then)
 * and after an error. */
static inline bool weir_thrift_next(struct weir_thrift *thrift,
                                    struct weir_thrift_field *field_ret);

/* Values of a field or list element whose type is checked against the wanted one. */
static inline int32_t weir_thrift_i32(struct weir_thrift *thrift, uint32_t type);
int64_t weir_thrift_i64(struct weir_thrift *thrift, uint32_t type);
int32_t weir_thrift_i16(struct weir_thrift *thrift, uint32_t type);
int32_t weir_thrift_i8(struct weir_thrift *thrift, uint32_t type);
bool weir_thrift_bool(struct weir_thrift *thrift, uint32_t type);

/* Length of a binary whose bytes follow in the window; at most the bytes that are left. */
uint64_t weir_thrift_binary(struct weir_thrift *thrift, uint32_t type);

/* Header of a list whose elements follow. */
struct weir_thrift_list weir_thrift_list(struct weir_thrift *thrift, uint32_t type);

/* Enters a struct after checking that the field is one. */
bool weir_thrift_struct(struct weir_thrift *thrift, uint32_t type);

/* Skips a value of a field of that type, however nested. */
void weir_thrift_skip(struct weir_thrift *thrift, uint32_t type);

/* Records a CORRUPT error at the window's position. */
void weir_thrift_corrupt(struct weir_thrift *thrift, const char *message);

/* The usual cases need no call: a field whose id is given by its step, a number of one byte. */
bool weir_thrift_next_slowly(struct weir_thrift *thrift, struct weir_thrift_field *field_ret);
int32_t weir_thrift_i32_slowly(struct weir_thrift *thrift, uint32_t type);

static inline bool weir_thrift_next(struct weir_thrift *thrift,
                                    struct weir_thrift_field *field_ret) {
    struct weir_window *window = thrift->window;
    if (WEIR_LIKELY(!thrift->failed && window->at < window->end && *window->at >= 16)) {
        uint32_t head = *window->at;
        WEIR_ASSERT(thrift->depth - 1 < WEIR_THRIFT_DEPTH);
        int32_t *id = &thrift->field_id[thrift->depth - 1];
        if (WEIR_LIKELY((head & 0x0f) != WEIR_THRIFT_STOP &&
                        *id <= INT16_MAX - (int32_t)(head >> 4))) {
            window->at++;
            *id += (int32_t)(head >> 4);
            *field_ret = (struct weir_thrift_field){*id, head & 0x0f};
            return true;
        }
    }
    return weir_thrift_next_slowly(thrift, field_ret);
}

static inline int32_t weir_thrift_i32(struct weir_thrift *thrift, uint32_t type) {
    struct weir_window *window = thrift->window;
    if (WEIR_LIKELY(type == WEIR_THRIFT_I32 && !thrift->failed && window->at < window->end &&
                    *window->at < 0x80)) {
        uint32_t value = *window->at++;
        return (int32_t)(value >> 1) ^ -(int32_t)(value & 1);
    }
    return weir_thrift_i32_slowly(thrift, type);
}

#endif
