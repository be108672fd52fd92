#include "thrift_tree.h"

#include <string.h>

bool tt_is_integer(uint8_t type) {
    return type >= TT_BYTE && type <= TT_I64;
}

bool tt_is_container(uint8_t type) {
    return type >= TT_LIST && type <= TT_STRUCT;
}

/* --- Parsing ------------------------------------------------------------------------------------
 */

struct reader {
    const uint8_t *data;
    size_t at;
    size_t bytes;
    bool failed;
};

static uint8_t read_byte(struct reader *in) {
    if (in->at >= in->bytes) {
        in->failed = true;
        return 0;
    }
    return in->data[in->at++];
}

static uint64_t read_varint(struct reader *in) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
        uint8_t byte = read_byte(in);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    in->failed = true;
    return 0;
}

static int64_t read_zigzag(struct reader *in) {
    uint64_t value = read_varint(in);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

static void read_bytes(struct reader *in, struct tt_node *node, uint64_t bytes) {
    if (bytes > in->bytes - in->at) {
        in->failed = true;
        return;
    }
    node->bytes = in->data + in->at;
    node->bytes_count = (uint32_t)bytes;
    in->at += (size_t)bytes;
}

/* A container that is being parsed. */
struct open_node {
    uint32_t node;
    uint32_t last;     /* child */
    uint64_t left;     /* elements; of a map keys and values */
    int32_t id;        /* of the field before */
    uint64_t elements; /* parsed so far */
};

static uint32_t new_node(struct tt_tree *tree, struct open_node *in, uint8_t type) {
    if (tree->count == TT_NODES_MAX) {
        return TT_NONE;
    }
    uint32_t index = tree->count++;
    struct tt_node *node = &tree->nodes[index];
    memset(node, 0, sizeof *node);
    node->type = type;
    node->stated_type = type;
    node->parent = in->node;
    if (in->last == TT_NONE) {
        tree->nodes[in->node].child = index;
    } else {
        tree->nodes[in->last].next = index;
    }
    in->last = index;
    return index;
}

/* The part of a value in front of its children; returns how many elements follow. */
static uint64_t read_value(struct reader *in, struct tt_node *node, bool in_list) {
    uint64_t count = 0;
    switch (node->type) {
    case TT_TRUE:
    case TT_FALSE: node->value = in_list ? read_byte(in) : 0; break;
    case TT_BYTE: node->value = (int8_t)read_byte(in); break;
    case TT_I16:
    case TT_I32:
    case TT_I64: node->value = read_zigzag(in); break;
    case TT_DOUBLE: read_bytes(in, node, 8); break;
    case TT_UUID: read_bytes(in, node, 16); break;
    case TT_BINARY: read_bytes(in, node, read_varint(in)); break;
    case TT_LIST:
    case TT_SET:
        node->element = read_byte(in);
        count = node->element >> 4;
        node->element &= 15;
        count = count == 15 ? read_varint(in) : count;
        break;
    case TT_MAP:
        count = read_varint(in);
        node->element = count > 0 ? read_byte(in) : 0;
        count = count > UINT32_MAX ? UINT64_MAX : 2 * count;
        break;
    case TT_STRUCT: break;
    default: in->failed = true; break;
    }
    in->failed |= count > in->bytes; /* an element takes a byte */
    return count;
}

/* The type of what comes next in a container; TT_STOP at its end. */
static uint8_t next_type(struct reader *in, const struct tt_node *container, struct open_node *open,
                         int32_t *id_ret) {
    if (container->type == TT_STRUCT) {
        uint8_t head = read_byte(in);
        if ((head & 15) != TT_STOP) {
            int64_t id = head >> 4 != 0 ? open->id + (head >> 4) : read_zigzag(in);
            in->failed |= id < INT32_MIN || id > INT32_MAX;
            *id_ret = open->id = (int32_t)id;
        }
        return head & 15;
    }
    if (open->elements == open->left) {
        return TT_STOP;
    }
    uint64_t turn = open->elements++;
    uint8_t element = container->element;
    *id_ret = (int32_t)turn;
    return container->type == TT_MAP ? (turn % 2 == 0 ? element >> 4 : element & 15) : element;
}

bool tt_parse(struct tt_tree *tree, const uint8_t *data, size_t bytes) {
    struct reader in = {data, 0, bytes, false};
    struct open_node open[TT_DEPTH_MAX];
    uint32_t depth = 1;
    memset(&tree->nodes[0], 0, sizeof tree->nodes[0]);
    memset(&open[0], 0, sizeof open[0]);
    tree->nodes[0].type = TT_STRUCT;
    tree->nodes[0].stated_type = TT_STRUCT;
    tree->count = 1;
    while (depth > 0 && !in.failed) {
        struct open_node *top = &open[depth - 1];
        struct tt_node *container = &tree->nodes[top->node];
        int32_t id = 0;
        uint8_t type = next_type(&in, container, top, &id);
        if (in.failed || type == TT_STOP) {
            in.failed |= container->type != TT_STRUCT && top->elements != top->left;
            container->end = in.at;
            depth--;
            continue;
        }
        uint32_t index = new_node(tree, top, type);
        if (index == TT_NONE) {
            in.failed = true;
            break;
        }
        struct tt_node *node = &tree->nodes[index];
        node->id = id;
        uint64_t count = read_value(&in, node, container->type != TT_STRUCT);
        node->end = in.at;
        if (tt_is_container(type)) {
            in.failed |= depth == TT_DEPTH_MAX;
            if (!in.failed) {
                open[depth++] = (struct open_node){.node = index, .left = count};
            }
        }
    }
    tree->count = in.failed ? 0 : tree->count;
    tree->bytes = in.at;
    return !in.failed;
}

/* --- Writing ------------------------------------------------------------------------------------
 */

struct writer {
    uint8_t *to;
    size_t at;
    size_t room;
    bool full;
};

static void put(struct writer *out, const void *bytes, size_t count) {
    if (count > out->room - out->at) {
        out->full = true;
        return;
    }
    if (count > 0) {
        memcpy(out->to + out->at, bytes, count);
    }
    out->at += count;
}

static void put_byte(struct writer *out, uint8_t byte) {
    put(out, &byte, 1);
}

/* `padding`: that many bytes more than are needed. */
static void put_varint(struct writer *out, uint64_t value, uint8_t padding) {
    for (; value >= 0x80; value >>= 7) {
        put_byte(out, (uint8_t)(value | 0x80));
    }
    put_byte(out, (uint8_t)(padding > 0 ? value | 0x80 : value));
    for (; padding > 0; padding--) {
        put_byte(out, padding > 1 ? 0x80 : 0);
    }
}

static void put_zigzag(struct writer *out, int64_t value, uint8_t padding) {
    put_varint(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0), padding);
}

static uint64_t count_children(const struct tt_tree *tree, const struct tt_node *node) {
    uint64_t count = 0;
    for (uint32_t i = node->child; i != TT_NONE; i = tree->nodes[i].next) {
        count += tree->nodes[i].absent ? 0 : tree->nodes[i].twice ? 2 : 1;
    }
    return count;
}

static void put_list_head(struct writer *out, uint64_t count, const struct tt_node *node) {
    if (count < 15 && node->padding == 0) {
        put_byte(out, (uint8_t)(count << 4 | node->element));
    } else {
        put_byte(out, (uint8_t)(0xf0 | node->element));
        put_varint(out, count, node->padding);
    }
}

/* A value but for its children. */
static void put_value(struct writer *out, const struct tt_tree *tree, const struct tt_node *node,
                      bool in_list) {
    uint64_t count = 0;
    switch (node->type) {
    case TT_TRUE:
    case TT_FALSE:
        if (in_list) {
            put_byte(out, (uint8_t)node->value);
        }
        break;
    case TT_BYTE: put_byte(out, (uint8_t)node->value); break;
    case TT_I16:
    case TT_I32:
    case TT_I64: put_zigzag(out, node->value, node->padding); break;
    case TT_DOUBLE:
    case TT_UUID:
    case TT_RAW: put(out, node->bytes, node->bytes_count); break;
    case TT_BINARY:
        put_varint(out, node->lies ? node->stated : node->bytes_count, node->padding);
        put(out, node->bytes, node->bytes_count);
        break;
    case TT_LIST:
    case TT_SET:
        put_list_head(out, node->lies ? node->stated : count_children(tree, node), node);
        break;
    case TT_MAP:
        count = node->lies ? node->stated : count_children(tree, node) / 2;
        put_varint(out, count, node->padding);
        if (count > 0) {
            put_byte(out, node->element);
        }
        break;
    default: break;
    }
}

static void put_field_head(struct writer *out, const struct tt_node *node, int32_t *last) {
    int32_t delta = node->id - *last;
    if (delta >= 1 && delta <= 15) {
        put_byte(out, (uint8_t)(delta << 4 | node->stated_type));
    } else {
        put_byte(out, node->stated_type);
        put_zigzag(out, node->id, 0);
    }
    *last = node->id;
}

/* A container that is being written. */
struct written_node {
    uint32_t node;
    uint32_t at; /* the child that is next */
    int32_t last;
    bool again; /* that child was written once and is to be written twice */
};

size_t tt_write(const struct tt_tree *tree, uint8_t *to, size_t room) {
    struct writer out = {to, 0, room, false};
    struct written_node open[TT_DEPTH_MAX + 1];
    uint32_t depth = 1;
    open[0] = (struct written_node){.node = 0, .at = tree->nodes[0].child};
    while (depth > 0 && !out.full) {
        struct written_node *top = &open[depth - 1];
        bool in_struct = tree->nodes[top->node].type == TT_STRUCT;
        const struct tt_node *node = &tree->nodes[top->at];
        if (top->at == TT_NONE) {
            if (in_struct) {
                put_byte(&out, TT_STOP);
            }
            depth--;
            continue;
        }
        top->again = node->twice && !top->again;
        if (!top->again) {
            top->at = node->next;
        }
        if (node->absent) {
            continue;
        }
        if (in_struct) {
            put_field_head(&out, node, &top->last);
        }
        put_value(&out, tree, node, !in_struct);
        if (tt_is_container(node->type) && depth > TT_DEPTH_MAX) {
            out.full = true; /* of nodes that were added */
        } else if (tt_is_container(node->type)) {
            open[depth++] =
                (struct written_node){.node = (uint32_t)(node - tree->nodes), .at = node->child};
        }
    }
    return out.full ? 0 : out.at;
}

/* --- Changing -----------------------------------------------------------------------------------
 */

uint32_t tt_field(const struct tt_tree *tree, uint32_t node, int32_t id) {
    if (tree->nodes[node].type != TT_STRUCT) {
        return TT_NONE;
    }
    uint32_t i = tree->nodes[node].child;
    while (i != TT_NONE && tree->nodes[i].id != id) {
        i = tree->nodes[i].next;
    }
    return i;
}

int64_t tt_integer(const struct tt_tree *tree, uint32_t node, int32_t id, int64_t otherwise) {
    uint32_t field = tt_field(tree, node, id);
    return field != TT_NONE && tt_is_integer(tree->nodes[field].type) ? tree->nodes[field].value
                                                                      : otherwise;
}

void tt_retype(struct tt_tree *tree, uint32_t node, uint8_t type) {
    static const uint8_t zeros[16];
    struct tt_node *changed = &tree->nodes[node];
    changed->type = type;
    changed->stated_type = type;
    changed->child = TT_NONE;
    changed->value = 0;
    changed->bytes = zeros;
    changed->bytes_count = type == TT_DOUBLE ? 8 : type == TT_UUID ? 16 : 0;
    changed->element = type == TT_LIST || type == TT_SET ? TT_I32 : 0;
    changed->lies = false;
}

uint32_t tt_add(struct tt_tree *tree, uint32_t node, int32_t id, uint8_t type) {
    uint32_t *link = &tree->nodes[node].child;
    if (tree->count == TT_NODES_MAX) {
        return TT_NONE;
    }
    while (*link != TT_NONE && tree->nodes[*link].id < id) {
        link = &tree->nodes[*link].next;
    }
    uint32_t index = tree->count++;
    struct tt_node *added = &tree->nodes[index];
    memset(added, 0, sizeof *added);
    added->id = id;
    added->parent = node;
    added->next = *link;
    *link = index;
    tt_retype(tree, index, type);
    return index;
}

bool tt_swap(struct tt_tree *tree, uint32_t node) {
    uint32_t behind = tree->nodes[node].next;
    uint32_t *link = &tree->nodes[tree->nodes[node].parent].child;
    while (*link != node && *link != TT_NONE) {
        link = &tree->nodes[*link].next;
    }
    if (*link == TT_NONE || behind == TT_NONE) {
        return false; /* the parent has lost its children, or there is none behind */
    }
    *link = behind;
    tree->nodes[node].next = tree->nodes[behind].next;
    tree->nodes[behind].next = node;
    return true;
}
