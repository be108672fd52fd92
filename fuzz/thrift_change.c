#include "thrift_change.h"

#include <stdio.h>
#include <string.h>

/* Changes are grouped: the number of a change is its place in its group behind all groups before.
 */
enum group {
    SET_POWER,     /* 2^k - 1, 2^k, 2^k + 1 for k = 2..63 */
    SET_SMALL,     /* see small_number */
    SET_SIZE,      /* what is left of the file, the file's size: less one, equal, more one */
    SET_NEAR,      /* the number that is there, less one, more one, halved, doubled */
    PAD,           /* the same number in more bytes than it needs */
    PRESENCE,      /* absent, twice, behind its neighbour, last */
    STATE_TYPE,    /* another type in the field's header, the same bytes behind it */
    STATE_ELEMENT, /* likewise of the elements of a list */
    RETYPE,        /* an empty value of another type */
    CONTENT,       /* bytes: none, longer, zeros, ones */
    DEEP,          /* a hundred structs or lists inside each other */
    GROUPS
};
static const uint32_t group_size[GROUPS] = {186, 8, 6, 4, 3, 4, 16, 16, 13, 4, 2};

static const int64_t small_number[8] = {
    0, 1, 2, -1, -128, -32768, INT32_MIN, INT64_MIN,
};

static const uint8_t paddings[3] = {1, 4, 10};

#define LONG_BYTES 5000u
#define DEEP_LEVELS 100u

static enum group group_of(uint32_t *change) {
    uint32_t group = 0;
    while (*change >= group_size[group]) {
        *change -= group_size[group++];
    }
    return (enum group)group;
}

uint32_t tc_count(void) {
    uint32_t count = 0;
    for (uint32_t group = 0; group < GROUPS; group++) {
        count += group_size[group];
    }
    return count;
}

/* The number of an integer, or the count or length that a container or bytes have. */
static uint64_t number_of(const struct tt_tree *tree, const struct tt_node *node) {
    uint64_t count = 0;
    if (tt_is_integer(node->type)) {
        return (uint64_t)node->value;
    }
    if (node->type == TT_BINARY) {
        return node->bytes_count;
    }
    for (uint32_t i = node->child; i != TT_NONE; i = tree->nodes[i].next) {
        count++;
    }
    return node->type == TT_MAP ? count / 2 : count;
}

static uint64_t number_wanted(const struct tt_tree *tree, const struct tt_node *node,
                              enum group group, uint32_t turn, const struct tc_sizes *sizes) {
    uint64_t now = number_of(tree, node);
    switch (group) {
    case SET_POWER: return (UINT64_C(1) << (2 + turn / 3)) + turn % 3 - 1;
    case SET_SMALL: return (uint64_t)small_number[turn];
    case SET_SIZE: return (turn < 3 ? sizes->left : sizes->whole) + turn % 3 - 1;
    default: return turn == 0 ? now - 1 : turn == 1 ? now + 1 : turn == 2 ? now / 2 : now * 2;
    }
}

static bool set_number(struct tt_tree *tree, struct tt_node *node, uint64_t number) {
    bool counted = node->type == TT_LIST || node->type == TT_SET || node->type == TT_MAP;
    if (number == number_of(tree, node)) {
        return false;
    }
    if (tt_is_integer(node->type)) {
        node->value = (int64_t)number;
        return node->type != TT_BYTE || number + 128 < 256;
    }
    node->lies = counted || node->type == TT_BINARY;
    node->stated = number;
    return node->lies;
}

static bool change_presence(struct tt_tree *tree, uint32_t node, uint32_t turn) {
    switch (turn) {
    case 0: tree->nodes[node].absent = true; return true;
    case 1: tree->nodes[node].twice = true; return true;
    case 2: return tt_swap(tree, node);
    default:
        if (tree->nodes[node].next == TT_NONE ||
            tree->nodes[tree->nodes[node].next].next == TT_NONE) {
            return false; /* as the change before */
        }
        while (tt_swap(tree, node)) {
        }
        return true;
    }
}

static bool change_content(struct tt_node *node, uint32_t turn) {
    static uint8_t zeros[LONG_BYTES];
    static uint8_t ones[LONG_BYTES];
    memset(ones, 0xff, sizeof ones);
    if (node->type != TT_BINARY || (turn == 0 && node->bytes_count == 0) ||
        (turn >= 2 && node->bytes_count > LONG_BYTES)) {
        return false;
    }
    node->bytes = turn == 3 ? ones : zeros;
    node->bytes_count = turn == 0 ? 0 : turn == 1 ? LONG_BYTES : node->bytes_count;
    return true;
}

/* Structs of one struct, or lists of one list, and the end of the innermost. */
static void nest(struct tt_node *node, bool lists) {
    static uint8_t structs_in_structs[2 * DEEP_LEVELS + 1];
    static uint8_t lists_in_lists[DEEP_LEVELS + 1];
    memset(structs_in_structs, 0x10 | TT_STRUCT, DEEP_LEVELS);
    memset(lists_in_lists, 0x10 | TT_LIST, DEEP_LEVELS);
    lists_in_lists[DEEP_LEVELS] = TT_LIST;
    node->type = TT_RAW;
    node->stated_type = lists ? TT_LIST : TT_STRUCT;
    node->child = TT_NONE;
    node->bytes = lists ? lists_in_lists : structs_in_structs;
    node->bytes_count = lists ? sizeof lists_in_lists : sizeof structs_in_structs;
}

bool tc_apply(struct tt_tree *tree, uint32_t index, uint32_t change, const struct tc_sizes *sizes) {
    struct tt_node *node = &tree->nodes[index];
    const struct tt_node before = *node;
    const bool in_struct = tree->nodes[node->parent].type == TT_STRUCT;
    bool done = false;
    enum group group = group_of(&change);
    switch (group) {
    case SET_POWER:
    case SET_SMALL:
    case SET_SIZE:
    case SET_NEAR:
        done = set_number(tree, node, number_wanted(tree, node, group, change, sizes));
        break;
    case PAD:
        node->padding = paddings[change];
        done = node->type >= TT_I16 && node->type <= TT_MAP && node->type != TT_DOUBLE;
        break;
    case PRESENCE: return change_presence(tree, index, change);
    case STATE_TYPE:
        node->stated_type = (uint8_t)change;
        done = in_struct && change != before.stated_type;
        break;
    case STATE_ELEMENT:
        node->element = (uint8_t)change;
        done = (node->type == TT_LIST || node->type == TT_SET) && change != before.element;
        break;
    case RETYPE:
        tt_retype(tree, index, (uint8_t)(1 + change));
        done = in_struct && 1 + change != before.type;
        break;
    case CONTENT: done = change_content(node, change); break;
    default:
        nest(node, change == 1);
        done = in_struct;
        break;
    }
    if (!done) {
        *node = before;
    }
    return done;
}

const char *tc_name(uint32_t change) {
    static char name[64];
    static const char *const sizes[6] = {"left - 1", "left", "left + 1",
                                         "file - 1", "file", "file + 1"};
    static const char *const near[4] = {"less one", "more one", "half", "double"};
    static const char *const presence[4] = {"absent", "twice", "behind the next", "last"};
    static const char *const content[4] = {"empty", "long", "zeros", "ones"};
    enum group group = group_of(&change);
    switch (group) {
    case SET_POWER:
        snprintf(name, sizeof name, "set 2^%u%s", 2 + change / 3,
                 change % 3 == 0   ? " - 1"
                 : change % 3 == 1 ? ""
                                   : " + 1");
        break;
    case SET_SMALL: snprintf(name, sizeof name, "set %lld", (long long)small_number[change]); break;
    case SET_SIZE: snprintf(name, sizeof name, "set %s", sizes[change]); break;
    case SET_NEAR: snprintf(name, sizeof name, "%s", near[change]); break;
    case PAD: snprintf(name, sizeof name, "%u bytes too long", paddings[change]); break;
    case PRESENCE: snprintf(name, sizeof name, "%s", presence[change]); break;
    case STATE_TYPE: snprintf(name, sizeof name, "said to be of type %u", change); break;
    case STATE_ELEMENT:
        snprintf(name, sizeof name, "elements said to be of type %u", change);
        break;
    case RETYPE: snprintf(name, sizeof name, "made type %u", 1 + change); break;
    case CONTENT: snprintf(name, sizeof name, "bytes %s", content[change]); break;
    default: snprintf(name, sizeof name, "deep %s", change == 0 ? "structs" : "lists"); break;
    }
    return name;
}
