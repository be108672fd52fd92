/*
 * Nested columns for tests: a random tree of lists and optional nodes above one leaf, its levels
 * by a naive striper, and what there is to count in it.
 *
 * Every level of the tree is an array: instances of level 0 are rows, those of level i + 1 are what
 * node i of the path holds. Children of an instance lie one behind the other.
 */
#ifndef WEIR_TESTS_MAKE_NESTED_H
#define WEIR_TESTS_MAKE_NESTED_H

#include "make_parquet.h"

#define MN_NODES 10

enum mn_node { MN_REQUIRED = 0, MN_OPTIONAL = 1, MN_REPEATED = 2 }; /* as in parquet.thrift */

struct mn_path {
    uint32_t nodes;
    enum mn_node node[MN_NODES]; /* the last one is the leaf */
    uint32_t definition_max;
    uint32_t repetition_max;
    uint8_t definition_of[MN_NODES + 1]; /* [k]: definition level of the k-th repeated node */
    uint32_t node_of[MN_NODES + 1];      /* [k]: which node that is */
};

struct mn_tree {
    struct mn_path path;
    uint32_t count[MN_NODES + 1]; /* instances of a level */
    uint32_t *first[MN_NODES];    /* [l][i]: first child of instance i; count + 1 of them */
};

/* The leaf's entries in order. */
struct mn_stripes {
    size_t count;
    uint32_t *definition;
    uint32_t *repetition;
};

static inline void mn_path_add(struct mn_path *path, enum mn_node node) {
    assert_true(path->nodes < MN_NODES);
    path->definition_max += node != MN_REQUIRED;
    if (node == MN_REPEATED) {
        path->repetition_max++;
        path->definition_of[path->repetition_max] = (uint8_t)path->definition_max;
        path->node_of[path->repetition_max] = path->nodes;
    }
    path->node[path->nodes++] = node;
}

/* Any path with up to `lists` repeated nodes, at least one unless `lists` is 0. */
static inline struct mn_path mn_path_random(uint32_t lists) {
    struct mn_path path;
    memset(&path, 0, sizeof path);
    uint32_t wanted = lists == 0 ? 0 : 1 + mp_below(lists);
    for (uint32_t k = 0; k < wanted; k++) {
        for (uint32_t more = mp_below(3); more > 0 && path.nodes < 2 * k + 1; more--) {
            mn_path_add(&path, (enum mn_node)mp_below(2));
        }
        mn_path_add(&path, MN_REPEATED);
    }
    if (wanted == 0 || mp_below(2) != 0) {
        mn_path_add(&path, (enum mn_node)mp_below(2));
    }
    return path;
}

/* Children of one instance, with many short lists and a few long ones. */
static inline uint32_t mn_children(enum mn_node node) {
    uint32_t dice = mp_below(20);
    switch (node) {
    case MN_REQUIRED: return 1;
    case MN_OPTIONAL: return dice > 3;
    default: return dice < 8 ? dice / 4 : dice < 19 ? mp_below(5) : mp_below(60);
    }
}

static inline void mn_tree_grow(struct mn_tree *tree, const struct mn_path *path, uint32_t rows) {
    memset(tree, 0, sizeof *tree);
    tree->path = *path;
    tree->count[0] = rows;
    for (uint32_t l = 0; l < path->nodes; l++) {
        uint32_t *first = calloc(tree->count[l] + 1, sizeof *first);
        assert_non_null(first);
        uint32_t same = mp_below(4) == 0 ? 1 + mp_below(3) : 0; /* lists of one length: runs */
        for (uint32_t i = 0; i < tree->count[l]; i++) {
            bool full = tree->count[l + 1] > 20000; /* the tree is large enough */
            uint32_t children = mn_children(path->node[l]);
            children = path->node[l] == MN_REPEATED && same > 0 ? same : children;
            children = full && path->node[l] == MN_REPEATED ? 1 : children;
            first[i + 1] = first[i] + children;
        }
        tree->first[l] = first;
        tree->count[l + 1] = first[tree->count[l]];
    }
}

static inline void mn_tree_free(struct mn_tree *tree) {
    for (uint32_t l = 0; l < tree->path.nodes; l++) {
        free(tree->first[l]);
    }
}

/* --- Striping -----------------------------------------------------------------------------------
 */

/* Where an entry lies in the tree: instances from its row down to where its path ends. */
struct mn_place {
    uint32_t depth;
    uint32_t at[MN_NODES + 1];
};

static inline void mn_descend(const struct mn_tree *tree, struct mn_place *place) {
    while (place->depth < tree->path.nodes) {
        const uint32_t *first = tree->first[place->depth] + place->at[place->depth];
        if (first[0] == first[1]) {
            return;
        }
        place->at[++place->depth] = first[0];
    }
}

/* The place behind: the next child of the deepest instance that has one. false behind the last. */
static inline bool mn_advance(const struct mn_tree *tree, struct mn_place *place) {
    for (; place->depth > 0; place->depth--) {
        uint32_t l = place->depth;
        if (place->at[l] + 1 < tree->first[l - 1][place->at[l - 1] + 1]) {
            break;
        }
    }
    place->at[place->depth]++;
    if (place->depth == 0 && place->at[0] == tree->count[0]) {
        return false;
    }
    mn_descend(tree, place);
    return true;
}

/* Nodes of the path in front of `depth` that are of a kind, or, for MN_REQUIRED, are not. */
static inline uint32_t mn_nodes_before(const struct mn_path *path, uint32_t depth,
                                       enum mn_node kind) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < depth; i++) {
        count += kind == MN_REQUIRED ? path->node[i] != MN_REQUIRED : path->node[i] == kind;
    }
    return count;
}

/* Definition: how many nodes that could be missing are there. Repetition: of the list in which the
 * entry's path parts from that of the entry before. */
static inline struct mn_stripes mn_stripe(const struct mn_tree *tree) {
    struct mn_stripes stripes = {0, NULL, NULL};
    struct mn_place place = {0, {0}};
    struct mn_place before = {0, {0}};
    size_t room = 0;
    if (tree->count[0] == 0) {
        return stripes;
    }
    mn_descend(tree, &place);
    do {
        uint32_t parted = 0;
        if (stripes.count == room) {
            room = 2 * room + 64;
            stripes.definition = realloc(stripes.definition, room * sizeof(uint32_t));
            stripes.repetition = realloc(stripes.repetition, room * sizeof(uint32_t));
            assert_true(stripes.definition != NULL && stripes.repetition != NULL);
        }
        while (stripes.count > 0 && place.at[parted] == before.at[parted]) {
            parted++;
            assert_true(parted <= place.depth && parted <= before.depth);
        }
        assert_true(parted == 0 || tree->path.node[parted - 1] == MN_REPEATED);
        stripes.definition[stripes.count] = mn_nodes_before(&tree->path, place.depth, MN_REQUIRED);
        stripes.repetition[stripes.count++] = mn_nodes_before(&tree->path, parted, MN_REPEATED);
        before = place;
    } while (mn_advance(tree, &place));
    return stripes;
}

static inline void mn_stripes_free(struct mn_stripes *stripes) {
    free(stripes->definition);
    free(stripes->repetition);
    memset(stripes, 0, sizeof *stripes);
}

/* --- Counting in the tree -----------------------------------------------------------------------
 */

/* Adds the lists of the k-th repeated node of a tree to what was counted before; finish with
 * mn_list_finish. `square_sum` is of the lengths. */
struct mn_list {
    uint64_t lists;
    uint64_t empty;
    uint64_t nulls;
    uint64_t elements;
    uint64_t length_min;
    uint64_t length_max;
    uint64_t square_sum;
};

static inline void mn_list_add(struct mn_list *list, const struct mn_tree *tree, uint32_t k) {
    uint32_t node = tree->path.node_of[k];
    for (uint32_t i = 0; i < tree->count[node]; i++) {
        uint64_t length = tree->first[node][i + 1] - tree->first[node][i];
        list->length_min = list->lists == 0 ? length : weir_min_u64(length, list->length_min);
        list->length_max = weir_max_u64(length, list->length_max);
        list->lists++;
        list->empty += length == 0;
        list->elements += length;
        list->square_sum += length * length;
    }
    for (uint32_t l = 0; l < node; l++) { /* paths that end above it */
        for (uint32_t i = 0; i < tree->count[l]; i++) {
            list->nulls += tree->first[l][i] == tree->first[l][i + 1];
        }
    }
}

/* Entries whose path ends at definition level `level`, below the largest. */
static inline uint64_t mn_absent(const struct mn_tree *tree, uint32_t level) {
    uint64_t absent = 0;
    for (uint32_t l = 0; l < tree->path.nodes; l++) {
        if (mn_nodes_before(&tree->path, l, MN_REQUIRED) == level &&
            tree->path.node[l] != MN_REQUIRED) {
            for (uint32_t i = 0; i < tree->count[l]; i++) {
                absent += tree->first[l][i] == tree->first[l][i + 1];
            }
        }
    }
    return absent;
}

#endif
