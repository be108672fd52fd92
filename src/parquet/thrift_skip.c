#include "parquet/thrift_skip.h"

#include "parquet/thrift_inner.h"

#include "base/banned.h"

/*
 * Format notes.
 * - The quick way leaves to the careful one: field ids given outright, maps, sets and UUIDs, lists
 *   of lists, lists whose count is a varint, varints of ten bytes, and what ends nearer than
 *   MARGIN_BYTES to the end of what is held.
 * - A boolean in a list takes a byte, and any byte passes.
 */

#define INLINE static inline __attribute__((always_inline))

/* A field's head and what is fixed behind it (a varint of nine bytes; the head of a list and 14
 * booleans) lie in so many bytes: one comparison a field does. */
#define MARGIN_BYTES 16

/* Where a struct goes on when one inside it has ended. */
struct place {
    uint32_t id;   /* of its last field */
    uint32_t left; /* structs that follow it in its list */
};

INLINE void mark(uint8_t *marks, const uint8_t *begin, const uint8_t *at, uint32_t bits) {
    if (marks != NULL) {
        marks[at - begin] = (uint8_t)bits;
    }
}

/* Nine bytes are there. */
INLINE const uint8_t *pass_number(const uint8_t *at, const uint8_t *begin, uint8_t *marks) {
    for (uint32_t i = 0; i < 9; i++) {
        mark(marks, begin, at + i, WEIR_THRIFT_NUMBER);
        if (at[i] < 0x80) {
            return at + i + 1;
        }
    }
    return NULL;
}

/* Nine bytes are there. */
INLINE const uint8_t *pass_text(const uint8_t *at, const uint8_t *end, const uint8_t *begin,
                                uint8_t *marks) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < 9; i++) {
        mark(marks, begin, at + i, WEIR_THRIFT_SHAPE);
        bytes |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80) {
            at += i + 1;
            return bytes <= (uint64_t)(end - at) ? at + bytes : NULL;
        }
    }
    return NULL;
}

/* Elements of a list that have no inner structure. */
INLINE const uint8_t *pass_elements(const uint8_t *at, const uint8_t *end, uint32_t type,
                                    uint32_t count, const uint8_t *begin, uint8_t *marks) {
    uint32_t element_bytes = 1;
    switch (type) {
    case WEIR_THRIFT_TRUE:
    case WEIR_THRIFT_FALSE:
    case WEIR_THRIFT_BYTE: break;
    case WEIR_THRIFT_DOUBLE: element_bytes = 8; break;
    case WEIR_THRIFT_I16:
    case WEIR_THRIFT_I32:
    case WEIR_THRIFT_I64:
    case WEIR_THRIFT_BINARY:
        for (uint32_t i = 0; i < count; i++) {
            if (at == NULL || end - at < MARGIN_BYTES) {
                return NULL;
            }
            at = type == WEIR_THRIFT_BINARY ? pass_text(at, end, begin, marks)
                                            : pass_number(at, begin, marks);
        }
        return at;
    default: return NULL;
    }
    return (int64_t)element_bytes * count <= end - at ? at + (size_t)element_bytes * count : NULL;
}

/* A value without inner structure, or the head of one with. *opens_ret: structs of which the first
 * begins behind it. */
INLINE const uint8_t *pass_one(const uint8_t *at, const uint8_t *end, uint32_t type,
                               uint32_t *opens_ret, const uint8_t *begin, uint8_t *marks) {
    *opens_ret = 0;
    switch (type) {
    case WEIR_THRIFT_TRUE:
    case WEIR_THRIFT_FALSE: return at;
    case WEIR_THRIFT_BYTE: return at + 1;
    case WEIR_THRIFT_I16:
    case WEIR_THRIFT_I32:
    case WEIR_THRIFT_I64: return pass_number(at, begin, marks);
    case WEIR_THRIFT_DOUBLE: return at + 8;
    case WEIR_THRIFT_BINARY: return pass_text(at, end, begin, marks);
    case WEIR_THRIFT_STRUCT: *opens_ret = 1; return at;
    case WEIR_THRIFT_LIST: {
        uint32_t element = *at & 0x0f;
        uint32_t count = *at >> 4;
        mark(marks, begin, at, WEIR_THRIFT_SHAPE);
        if (count == 15) {
            return NULL;
        }
        if (element == WEIR_THRIFT_STRUCT) {
            *opens_ret = count;
            return at + 1;
        }
        return count == 0 ? at + 1 : pass_elements(at + 1, end, element, count, begin, marks);
    }
    default: return NULL;
    }
}

INLINE const uint8_t *pass(const uint8_t *at, const uint8_t *end, uint32_t type, uint8_t *marks) {
    const uint8_t *begin = at;
    struct place stack[WEIR_THRIFT_QUICK_DEPTH];
    struct place in = {0, 0}; /* the innermost of `depth` open structs */
    uint32_t depth = 0;
    uint32_t opens = 0;
    if (end - at < MARGIN_BYTES) {
        return NULL;
    }
    at = pass_one(at, end, type, &opens, begin, marks);
    if (opens == 0) {
        return at;
    }
    for (;;) {
        if (opens > 0) {
            if (depth == WEIR_THRIFT_QUICK_DEPTH) {
                return NULL;
            }
            stack[depth++] = in;
            in = (struct place){0, opens - 1};
        }
        if (at == NULL || end - at < MARGIN_BYTES) {
            return NULL;
        }
        uint32_t head = *at;
        mark(marks, begin, at, WEIR_THRIFT_SHAPE);
        at++;
        opens = 0;
        if (WEIR_LIKELY(head >= 16)) {
            in.id += head >> 4;
            if (in.id > INT16_MAX) {
                return NULL;
            }
            at = pass_one(at, end, head & 0x0f, &opens, begin, marks);
        } else if (head != 0) {
            return NULL;
        } else if (in.left > 0) {
            in = (struct place){0, in.left - 1};
        } else if (--depth == 0) {
            return at;
        } else {
            in = stack[depth];
        }
    }
}

const uint8_t *weir_thrift_pass(const uint8_t *at, const uint8_t *end, uint32_t type) {
    return pass(at, end, type, NULL);
}

const uint8_t *weir_thrift_trace(const uint8_t *at, const uint8_t *end, uint32_t type,
                                 uint8_t *marks) {
    WEIR_ASSERT(marks != NULL);
    return pass(at, end, type, marks);
}

/* What is still to be skipped at one level of nesting. */
struct pending {
    uint64_t values; /* elements left; structs: 1 until their end is seen */
    uint8_t type[2]; /* element type; maps alternate between key and value */
    bool is_struct;
};

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
    case WEIR_THRIFT_I64: (void)weir_thrift_varint(thrift); break;
    case WEIR_THRIFT_DOUBLE: bytes = 8; break;
    case WEIR_THRIFT_UUID: bytes = 16; break;
    case WEIR_THRIFT_BINARY: bytes = weir_thrift_binary(thrift, type); break;
    case WEIR_THRIFT_LIST:
    case WEIR_THRIFT_SET: {
        struct weir_thrift_list list = weir_thrift_list(thrift, WEIR_THRIFT_LIST);
        *top = (struct pending){list.count, {(uint8_t)list.type, (uint8_t)list.type}, false};
        return depth + 1;
    }
    case WEIR_THRIFT_MAP: {
        uint64_t count = weir_thrift_varint(thrift);
        uint32_t types = count == 0 ? 0 : weir_thrift_byte(thrift);
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

/* Moves behind a value if the quick way finds its end. */
static bool skip_quickly(struct weir_thrift *thrift, uint32_t type) {
    if (thrift->failed || thrift->depth >= WEIR_THRIFT_DEPTH - WEIR_THRIFT_QUICK_DEPTH) {
        return false;
    }
    const uint8_t *behind = weir_thrift_pass(thrift->window->at, thrift->window->end, type);
    if (behind != NULL) {
        thrift->window->at = behind;
    }
    return behind != NULL;
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
            /* Long lists of structs that fit the window each: column chunks, row groups. What the
             * quick way follows, lists between its structs included, keeps the limit of nesting. */
            bool quick = element == WEIR_THRIFT_STRUCT &&
                         depth + 2 * WEIR_THRIFT_QUICK_DEPTH < WEIR_THRIFT_DEPTH;
            if (!quick || !skip_quickly(thrift, element)) {
                depth = skip_one(thrift, stack, depth, element, true);
            }
        }
    }
}

void weir_thrift_skip(struct weir_thrift *thrift, uint32_t type) {
    if (!skip_quickly(thrift, type)) {
        skip_carefully(thrift, type);
    }
}
