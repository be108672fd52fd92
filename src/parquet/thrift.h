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
bool weir_thrift_next(struct weir_thrift *thrift, struct weir_thrift_field *field_ret);

/* Values of a field or list element whose type is checked against the wanted one. */
int32_t weir_thrift_i32(struct weir_thrift *thrift, uint32_t type);
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

#endif
