#include "parquet/thrift.h"

#include "base/banned.h"

/*
 * Format notes (Thrift compact protocol).
 * - A field header is one byte: id delta in the high four bits, type in the low four. Delta 0
 *   means that a zigzag varint with the id follows. Booleans in fields live in the type; in lists
 *   they take one byte each.
 * - A list header is one byte: count in the high four bits (15: a varint follows), type in the low
 *   four. An element takes at least one byte, so a count above the bytes left is a lie.
 * - Varints longer than 10 bytes, or whose tenth byte holds more than the one bit that fits, are
 *   refused; so are 32-bit fields whose value needs more bits.
 */

void weir_thrift_init(struct weir_thrift *thrift, struct weir_window *window,
                      struct weir_error *error) {
    WEIR_ASSERT(thrift != NULL && window != NULL && error != NULL);
    thrift->window = window;
    thrift->error = error;
    thrift->failed = false;
    thrift->depth = 0; /* field ids are set when a struct is entered */
}

void weir_thrift_corrupt(struct weir_thrift *thrift, const char *message) {
    if (thrift->error->status == WEIR_OK) {
        thrift->error->offset_bytes = weir_window_offset(thrift->window);
        (void)weir_fail(thrift->error, WEIR_E_CORRUPT, message);
    }
    thrift->failed = true;
}

static uint32_t read_byte(struct weir_thrift *thrift) {
    struct weir_window *window = thrift->window;
    if (WEIR_UNLIKELY(window->at == window->end) && weir_window_fill(window, 1) == 0) {
        weir_thrift_corrupt(thrift, "metadata ends in the middle of a value");
        return 0;
    }
    return *window->at++;
}

static uint64_t read_varint_slowly(struct weir_thrift *thrift) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 70; shift += 7) {
        uint64_t byte = read_byte(thrift);
        if (thrift->failed) {
            return 0;
        }
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    weir_thrift_corrupt(thrift, "varint longer than 64 bits in metadata");
    return 0;
}

/* Most numbers of a footer have one to five bytes and lie in the window. */
static inline uint64_t read_varint(struct weir_thrift *thrift) {
    const uint8_t *at = thrift->window->at;
    if (WEIR_LIKELY(thrift->window->end - at >= 5)) {
        uint64_t value = 0;
        for (uint32_t i = 0; i < 5; i++) {
            value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
            if (at[i] < 0x80) {
                thrift->window->at = at + i + 1;
                return value;
            }
        }
    }
    return read_varint_slowly(thrift);
}

static inline int64_t read_zigzag(struct weir_thrift *thrift) {
    uint64_t value = read_varint(thrift);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

void weir_thrift_enter(struct weir_thrift *thrift) {
    if (thrift->failed) {
        return;
    }
    if (thrift->depth >= WEIR_THRIFT_DEPTH) {
        weir_thrift_corrupt(thrift, "metadata nested deeper than 64 structs");
        return;
    }
    thrift->field_id[thrift->depth++] = 0;
}

bool weir_thrift_next(struct weir_thrift *thrift, struct weir_thrift_field *field_ret) {
    if (thrift->failed) {
        return false;
    }
    WEIR_ASSERT(thrift->depth > 0);
    uint32_t head = read_byte(thrift);
    if (thrift->failed) {
        return false;
    }
    if ((head & 0x0f) == WEIR_THRIFT_STOP) {
        if (head != 0) {
            weir_thrift_corrupt(thrift, "malformed end of a struct in metadata");
        }
        thrift->depth--;
        return false;
    }
    int64_t id = (int64_t)thrift->field_id[thrift->depth - 1] + (head >> 4);
    if (head >> 4 == 0) {
        id = read_zigzag(thrift);
    }
    if (!thrift->failed && (id < INT16_MIN || id > INT16_MAX)) {
        weir_thrift_corrupt(thrift, "field id out of range in metadata");
    }
    if (thrift->failed) {
        return false;
    }
    thrift->field_id[thrift->depth - 1] = (int32_t)id;
    field_ret->id = (int32_t)id;
    field_ret->type = head & 0x0f;
    return true;
}

static bool expect(struct weir_thrift *thrift, uint32_t type, uint32_t wanted) {
    if (!thrift->failed && type != wanted) {
        weir_thrift_corrupt(thrift, "a field of the metadata has the wrong type");
    }
    return !thrift->failed;
}

int32_t weir_thrift_i32(struct weir_thrift *thrift, uint32_t type) {
    if (!expect(thrift, type, WEIR_THRIFT_I32)) {
        return 0;
    }
    int64_t value = read_zigzag(thrift);
    if (value < INT32_MIN || value > INT32_MAX) {
        weir_thrift_corrupt(thrift, "a 32-bit field of the metadata holds a larger number");
        return 0;
    }
    return (int32_t)value;
}

int64_t weir_thrift_i64(struct weir_thrift *thrift, uint32_t type) {
    return expect(thrift, type, WEIR_THRIFT_I64) ? read_zigzag(thrift) : 0;
}

int32_t weir_thrift_i16(struct weir_thrift *thrift, uint32_t type) {
    if (!expect(thrift, type, WEIR_THRIFT_I16)) {
        return 0;
    }
    int64_t value = read_zigzag(thrift);
    if (value < INT16_MIN || value > INT16_MAX) {
        weir_thrift_corrupt(thrift, "a 16-bit field of the metadata holds a larger number");
        return 0;
    }
    return (int32_t)value;
}

int32_t weir_thrift_i8(struct weir_thrift *thrift, uint32_t type) {
    return expect(thrift, type, WEIR_THRIFT_BYTE) ? (int8_t)read_byte(thrift) : 0;
}

bool weir_thrift_bool(struct weir_thrift *thrift, uint32_t type) {
    if (!thrift->failed && type != WEIR_THRIFT_TRUE && type != WEIR_THRIFT_FALSE) {
        weir_thrift_corrupt(thrift, "a field of the metadata has the wrong type");
    }
    return !thrift->failed && type == WEIR_THRIFT_TRUE;
}

uint64_t weir_thrift_binary(struct weir_thrift *thrift, uint32_t type) {
    if (!expect(thrift, type, WEIR_THRIFT_BINARY)) {
        return 0;
    }
    uint64_t bytes = read_varint(thrift);
    if (bytes > weir_window_left(thrift->window)) {
        weir_thrift_corrupt(thrift, "a text of the metadata is longer than the metadata");
        return 0;
    }
    return bytes;
}

static struct weir_thrift_list read_list(struct weir_thrift *thrift) {
    struct weir_thrift_list list = {0, 0};
    uint32_t head = read_byte(thrift);
    uint64_t count = head >> 4;
    if (count == 15) {
        count = read_varint(thrift);
    }
    if (!thrift->failed && (count > weir_window_left(thrift->window) || count > INT32_MAX)) {
        weir_thrift_corrupt(thrift, "a list of the metadata claims more elements than fit");
    }
    if (!thrift->failed) {
        list.type = head & 0x0f;
        list.count = (uint32_t)count;
    }
    return list;
}

struct weir_thrift_list weir_thrift_list(struct weir_thrift *thrift, uint32_t type) {
    struct weir_thrift_list none = {0, 0};
    return expect(thrift, type, WEIR_THRIFT_LIST) ? read_list(thrift) : none;
}

bool weir_thrift_struct(struct weir_thrift *thrift, uint32_t type) {
    if (!expect(thrift, type, WEIR_THRIFT_STRUCT)) {
        return false;
    }
    weir_thrift_enter(thrift);
    return !thrift->failed;
}

/* What is still to be skipped at one level of nesting. */
struct pending {
    uint64_t values; /* elements left; structs: 1 until their end is seen */
    uint8_t type[2]; /* element type; maps alternate between key and value */
    bool is_struct;
};

/* Levels of nesting that the quick way of skipping follows. */
#define QUICK_DEPTH 16u

/* A struct or list on the quick way. */
struct quick {
    uint32_t left; /* elements of a list; structs: UINT32_MAX */
    int32_t type;  /* of a list's elements; structs: last field id */
};

static const uint8_t *quick_varint(const uint8_t *at, const uint8_t *end, uint64_t *value_ret) {
    uint64_t value = 0;
    for (uint32_t shift = 0; at < end && shift < 63; shift += 7) {
        uint64_t byte = *at++;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value_ret = value;
            return at;
        }
    }
    return NULL;
}

/* The same without its value. */
static inline const uint8_t *quick_number(const uint8_t *at, const uint8_t *end) {
    uint64_t ignored;
    if (end - at < 9) {
        return quick_varint(at, end, &ignored);
    }
    for (uint32_t i = 0; i < 9; i++) {
        if (at[i] < 0x80) {
            return at + i + 1;
        }
    }
    return NULL;
}

/* Passes over a value without inner structure, or the head of one with; *inner_ret then says what
 * lies in it. */
static const uint8_t *quick_one(const uint8_t *at, const uint8_t *end, uint32_t type, bool in_list,
                                struct quick *inner_ret, bool *opens_ret) {
    uint64_t number = 0;
    *opens_ret = false;
    switch (type) {
    case WEIR_THRIFT_TRUE:
    case WEIR_THRIFT_FALSE: number = in_list; break;
    case WEIR_THRIFT_BYTE: number = 1; break;
    case WEIR_THRIFT_I16:
    case WEIR_THRIFT_I32:
    case WEIR_THRIFT_I64: return quick_number(at, end);
    case WEIR_THRIFT_DOUBLE: number = 8; break;
    case WEIR_THRIFT_BINARY:
        at = quick_varint(at, end, &number);
        if (at == NULL) {
            return NULL;
        }
        break;
    case WEIR_THRIFT_LIST:
        if (at == end || *at >> 4 == 15) {
            return NULL;
        }
        *inner_ret = (struct quick){*at >> 4, *at & 0x0f};
        *opens_ret = true;
        return at + 1;
    case WEIR_THRIFT_STRUCT:
        *inner_ret = (struct quick){UINT32_MAX, 0};
        *opens_ret = true;
        return at;
    default: return NULL;
    }
    return number <= (uint64_t)(end - at) ? at + number : NULL;
}

/*
 * Passes over a value that lies in at..end as a whole, or returns NULL: then, and for everything
 * that is unusual or wrong, the careful way decides. Both ways accept the same bytes, because what
 * a file means must not depend on where a window ends.
 */
static const uint8_t *skip_quickly(const uint8_t *at, const uint8_t *end, uint32_t type) {
    struct quick stack[QUICK_DEPTH];
    uint32_t depth = 0;
    bool opens = false;
    at = quick_one(at, end, type, false, &stack[0], &opens);
    depth += opens;
    while (at != NULL && depth > 0) {
        struct quick *top = &stack[depth - 1];
        bool is_struct = top->left == UINT32_MAX;
        if (depth == QUICK_DEPTH || (is_struct && at == end)) {
            return NULL;
        }
        if (!is_struct && top->left-- == 0) {
            depth--;
            continue;
        }
        uint32_t inner = (uint32_t)top->type;
        if (is_struct) {
            uint32_t head = *at++;
            if (head == 0) {
                depth--;
                continue;
            }
            top->type += (int32_t)(head >> 4);
            inner = head & 0x0f;
            if (head >> 4 == 0 || top->type > INT16_MAX) {
                return NULL;
            }
        }
        at = quick_one(at, end, inner, !is_struct, &stack[depth], &opens);
        depth += opens;
    }
    return at;
}

/* Skips a value without inner structure; opens a level for the others. Returns the new depth. */
static uint32_t skip_one(struct weir_thrift *thrift, struct pending *stack, uint32_t depth,
                         uint32_t type, bool in_list) {
    struct pending *top = &stack[depth];
    uint64_t bytes = 0;
    switch (type) {
    case WEIR_THRIFT_TRUE:
    case WEIR_THRIFT_FALSE: bytes = in_list ? 1 : 0; break;
    case WEIR_THRIFT_BYTE: bytes = 1; break;
    case WEIR_THRIFT_I16:
    case WEIR_THRIFT_I32:
    case WEIR_THRIFT_I64: (void)read_varint(thrift); break;
    case WEIR_THRIFT_DOUBLE: bytes = 8; break;
    case WEIR_THRIFT_UUID: bytes = 16; break;
    case WEIR_THRIFT_BINARY: bytes = weir_thrift_binary(thrift, type); break;
    case WEIR_THRIFT_LIST:
    case WEIR_THRIFT_SET: {
        struct weir_thrift_list list = read_list(thrift);
        *top = (struct pending){list.count, {(uint8_t)list.type, (uint8_t)list.type}, false};
        return depth + 1;
    }
    case WEIR_THRIFT_MAP: {
        uint64_t count = read_varint(thrift);
        uint32_t types = count == 0 ? 0 : read_byte(thrift);
        if (count > weir_window_left(thrift->window) / 2) {
            weir_thrift_corrupt(thrift, "a map of the metadata claims more entries than fit");
            return depth;
        }
        *top = (struct pending){2 * count, {(uint8_t)(types >> 4), types & 0x0f}, false};
        return depth + 1;
    }
    case WEIR_THRIFT_STRUCT:
        *top = (struct pending){1, {0, 0}, true};
        weir_thrift_enter(thrift);
        return depth + 1;
    default: weir_thrift_corrupt(thrift, "unknown type in metadata"); return depth;
    }
    if (bytes > weir_window_left(thrift->window)) {
        weir_thrift_corrupt(thrift, "metadata ends in the middle of a value");
        return depth;
    }
    weir_window_skip(thrift->window, bytes);
    return depth;
}

static void skip_carefully(struct weir_thrift *thrift, uint32_t type) {
    struct pending stack[WEIR_THRIFT_DEPTH + 1];
    uint32_t depth = skip_one(thrift, stack, 0, type, false);
    while (depth > 0 && !thrift->failed) {
        struct pending *top = &stack[depth - 1];
        struct weir_thrift_field field;
        if (depth >= WEIR_THRIFT_DEPTH) {
            weir_thrift_corrupt(thrift, "metadata nested deeper than 64 levels");
        } else if (top->is_struct) {
            if (weir_thrift_next(thrift, &field)) {
                depth = skip_one(thrift, stack, depth, field.type, false);
            } else {
                depth--;
            }
        } else if (top->values == 0) {
            depth--;
        } else {
            /* A map counts down from an even number: even is a key, odd a value. */
            uint32_t element = top->type[top->values & 1];
            top->values--;
            depth = skip_one(thrift, stack, depth, element, true);
        }
    }
}

void weir_thrift_skip(struct weir_thrift *thrift, uint32_t type) {
    if (!thrift->failed && thrift->depth < WEIR_THRIFT_DEPTH - QUICK_DEPTH) {
        const uint8_t *behind = skip_quickly(thrift->window->at, thrift->window->end, type);
        if (behind != NULL) {
            thrift->window->at = behind;
            return;
        }
    }
    skip_carefully(thrift, type);
}
