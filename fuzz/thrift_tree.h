/*
 * A Thrift struct in the compact protocol as a tree that can be changed and written again, rightly
 * or with lies. Needs nothing but libc.
 */
#ifndef WEIR_FUZZ_THRIFT_TREE_H
#define WEIR_FUZZ_THRIFT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tt_type {
    TT_STOP = 0,
    TT_TRUE = 1,
    TT_FALSE = 2,
    TT_BYTE = 3,
    TT_I16 = 4,
    TT_I32 = 5,
    TT_I64 = 6,
    TT_DOUBLE = 7,
    TT_BINARY = 8,
    TT_LIST = 9,
    TT_SET = 10,
    TT_MAP = 11,
    TT_STRUCT = 12,
    TT_UUID = 13,
    TT_RAW = 16 /* not of the protocol: a node whose bytes are written as they are */
};

#define TT_NODES_MAX 4096u
#define TT_DEPTH_MAX 32u
#define TT_NONE 0u /* the root is nobody's child */

/* A field of a struct, or an element of a list, set or map (keys and values by turns). */
struct tt_node {
    uint8_t type;
    uint8_t stated_type; /* of a field: what its header says */
    uint8_t element;     /* LIST, SET: type of the elements; MAP: of keys << 4 | of values */
    uint8_t padding;     /* bytes by which a number is written too long */
    bool absent;
    bool twice;
    bool lies; /* `stated` is written instead of the right count or length */
    int32_t id;
    uint32_t parent;
    uint32_t child; /* the first one */
    uint32_t next;
    uint32_t bytes_count;
    const uint8_t *bytes; /* BINARY, DOUBLE, UUID, RAW */
    uint64_t stated;
    int64_t value; /* integers; booleans in lists */
    size_t end;    /* of what was parsed: where the node's bytes ended */
};

struct tt_tree {
    uint32_t count;                     /* 0: nothing was parsed */
    size_t bytes;                       /* that the struct took */
    struct tt_node nodes[TT_NODES_MAX]; /* [0] is the root */
};

/* Parses the struct at the start of `data`, which the tree points to. false: it is no struct, or
 * too large. */
bool tt_parse(struct tt_tree *tree, const uint8_t *data, size_t bytes);

/* Returns the bytes written, or 0 where `room` is too small. */
size_t tt_write(const struct tt_tree *tree, uint8_t *to, size_t room);

/* The field of a struct, or TT_NONE. */
uint32_t tt_field(const struct tt_tree *tree, uint32_t node, int32_t id);

/* The value of an integer field of a struct; `otherwise` where there is none. */
int64_t tt_integer(const struct tt_tree *tree, uint32_t node, int32_t id, int64_t otherwise);

/* Adds a field behind those with smaller ids, with value 0 or empty. TT_NONE: the tree is full. */
uint32_t tt_add(struct tt_tree *tree, uint32_t node, int32_t id, uint8_t type);

/* Makes a node an empty value of a type. */
void tt_retype(struct tt_tree *tree, uint32_t node, uint8_t type);

/* Changes places with the next node of the same parent; false: there is none. */
bool tt_swap(struct tt_tree *tree, uint32_t node);

bool tt_is_integer(uint8_t type);   /* BYTE to I64 */
bool tt_is_container(uint8_t type); /* LIST, SET, MAP, STRUCT */

#endif
