/*
 * Every change that is made to a field of a Thrift struct, numbered: numbers that are 0, 1, -1,
 * powers of two and their neighbours, what is left of the file and its neighbours; counts and
 * lengths likewise; a field that is missing, there twice, in another place, of another type.
 */
#ifndef WEIR_FUZZ_THRIFT_CHANGE_H
#define WEIR_FUZZ_THRIFT_CHANGE_H

#include "thrift_tree.h"

/* Sizes that lengths and offsets are compared with. */
struct tc_sizes {
    uint64_t left;  /* bytes of the file behind the field */
    uint64_t whole; /* of the file */
};

/* How many changes there are, whatever the node. */
uint32_t tc_count(void);

/* Makes a change to a node other than the root; false: it means nothing for this node, which is as
 * it was. */
bool tc_apply(struct tt_tree *tree, uint32_t node, uint32_t change, const struct tc_sizes *sizes);

/* "set -1", "twice", ...; valid until the next call. */
const char *tc_name(uint32_t change);

#endif
