#include "parquet/thrift_inner.h"

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

uint64_t weir_thrift_varint_slowly(struct weir_thrift *thrift) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 70; shift += 7) {
        uint64_t byte = weir_thrift_byte(thrift);
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

static inline int64_t read_zigzag(struct weir_thrift *thrift) {
    uint64_t value = weir_thrift_varint(thrift);
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

bool weir_thrift_next_slowly(struct weir_thrift *thrift, struct weir_thrift_field *field_ret) {
    if (thrift->failed) {
        return false;
    }
    WEIR_ASSERT(thrift->depth > 0);
    uint32_t head = weir_thrift_byte(thrift);
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

int32_t weir_thrift_i32_slowly(struct weir_thrift *thrift, uint32_t type) {
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
    return expect(thrift, type, WEIR_THRIFT_BYTE) ? (int8_t)weir_thrift_byte(thrift) : 0;
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
    uint64_t bytes = weir_thrift_varint(thrift);
    if (bytes > weir_window_left(thrift->window)) {
        weir_thrift_corrupt(thrift, "a text of the metadata is longer than the metadata");
        return 0;
    }
    return bytes;
}

static struct weir_thrift_list read_list(struct weir_thrift *thrift) {
    struct weir_thrift_list list = {0, 0};
    uint32_t head = weir_thrift_byte(thrift);
    uint64_t count = head >> 4;
    if (count == 15) {
        count = weir_thrift_varint(thrift);
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
