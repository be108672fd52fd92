/*
 * Where a value of the Thrift compact protocol ends, worked out a byte at a time: the model that
 * quicker ways are compared with. Written from the protocol's description, not from them.
 */
#ifndef WEIR_FUZZ_THRIFT_MODEL_H
#define WEIR_FUZZ_THRIFT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_DEPTH 64u /* levels of nesting that are refused */

enum { MODEL_STRUCT = 12 };

struct model {
    const uint8_t *data;
    size_t bytes;
    size_t at;
    bool wrong;
};

/* A list, a set, a map or a struct that is open. */
struct model_level {
    bool is_struct;
    uint64_t left; /* elements; keys and values of a map are counted apart */
    uint32_t even; /* type of an element while an even number is left: a key */
    uint32_t odd;
    int64_t field_id; /* of a struct: the last one */
};

static inline uint32_t model_byte(struct model *model) {
    if (model->wrong || model->at == model->bytes) {
        model->wrong = true;
        return 0;
    }
    return model->data[model->at++];
}

static inline uint64_t model_varint(struct model *model) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < 10 && !model->wrong; i++) {
        uint32_t byte = model_byte(model);
        if (i == 9 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            return model->wrong ? 0 : value;
        }
    }
    model->wrong = true;
    return 0;
}

static inline int64_t model_zigzag(struct model *model) {
    uint64_t value = model_varint(model);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline void model_drop(struct model *model, uint64_t bytes) {
    if (model->wrong || bytes > model->bytes - model->at) {
        model->wrong = true;
        return;
    }
    model->at += (size_t)bytes;
}

/* The elements that a head declares must have a byte each. */
static inline void model_open_list(struct model *model, struct model_level *level) {
    uint32_t head = model_byte(model);
    uint64_t count = head >> 4 == 15 ? model_varint(model) : head >> 4;
    if (count > model->bytes - model->at || count > INT32_MAX) {
        model->wrong = true;
    }
    *level = (struct model_level){false, count, head & 15, head & 15, 0};
}

static inline void model_open_map(struct model *model, struct model_level *level) {
    uint64_t count = model_varint(model);
    uint32_t types = count == 0 ? 0 : model_byte(model);
    if (count > (model->bytes - model->at) / 2) {
        model->wrong = true;
    }
    *level = (struct model_level){false, 2 * count, types >> 4, types & 15, 0};
}

/* A value without an inside is passed by; of another `level` is filled in. Returns whether it is
 * open now. A boolean field has its value in its type. */
static inline bool model_value(struct model *model, uint32_t type, bool in_list,
                               struct model_level *level) {
    switch (type) {
    case 1:
    case 2: model_drop(model, in_list ? 1 : 0); return false;
    case 3: model_drop(model, 1); return false;
    case 4:
    case 5:
    case 6: (void)model_varint(model); return false;
    case 7: model_drop(model, 8); return false;
    case 8: model_drop(model, model_varint(model)); return false;
    case 9:
    case 10: model_open_list(model, level); return true;
    case 11: model_open_map(model, level); return true;
    case MODEL_STRUCT: *level = (struct model_level){.is_struct = true}; return true;
    case 13: model_drop(model, 16); return false;
    default: model->wrong = true; return false;
    }
}

/* The next field's type, 0 at the end of the struct. */
static inline uint32_t model_field(struct model *model, struct model_level *level) {
    uint32_t head = model_byte(model);
    if ((head & 15) == 0) {
        model->wrong = model->wrong || head != 0;
        return 0;
    }
    if (head >> 4 == 0) {
        level->field_id = model_zigzag(model);
    } else {
        level->field_id += head >> 4;
    }
    if (level->field_id < INT16_MIN || level->field_id > INT16_MAX) {
        model->wrong = true;
    }
    return head & 15;
}

/* Bytes of the value at the model's place, or SIZE_MAX where it is wrong. */
static inline size_t model_skip(const uint8_t *data, size_t bytes, uint32_t type) {
    struct model model = {data, bytes, 0, false};
    struct model_level levels[MODEL_DEPTH + 1];
    uint32_t depth = model_value(&model, type, false, &levels[0]) ? 1 : 0;
    while (depth > 0 && !model.wrong) {
        struct model_level *level = &levels[depth - 1];
        uint32_t element = 0;
        bool has_next = false;
        if (depth >= MODEL_DEPTH) {
            return SIZE_MAX;
        }
        if (level->is_struct) {
            element = model_field(&model, level);
            has_next = element != 0;
        } else if (level->left > 0) {
            element = level->left % 2 == 0 ? level->even : level->odd;
            level->left--;
            has_next = true;
        }
        if (!has_next) {
            depth--;
        } else if (model_value(&model, element, !level->is_struct, &levels[depth])) {
            depth++;
        }
    }
    return model.wrong ? SIZE_MAX : model.at;
}

#endif
