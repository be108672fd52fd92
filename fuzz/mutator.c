#include "mutator.h"

#include <string.h>

#include "parquet_layout.h"
#include "thrift_change.h"

#define FILE_BYTES_MAX (1u << 20)
#define HEADER_BYTES_MAX 16384u

enum { METADATA_CODEC = 4, HEADER_RAW_BYTES = 2 };

/* There when libFuzzer is. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

static uint64_t state;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(2685821657736338717) >> 16;
}

static uint32_t below(uint32_t bound) {
    return (uint32_t)(next() % bound);
}

/* --- Bytes that mean nothing here ---------------------------------------------------------------
 */

static size_t change_bytes(uint8_t *data, size_t size, size_t max_size) {
    if (LLVMFuzzerMutate != NULL) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (uint32_t changes = 1 + below(4); changes > 0 && size > 0; changes--) {
        size_t at = next() % size;
        size_t count = 1 + next() % 8;
        count = count < size - at ? count : size - at;
        switch (below(6)) {
        case 0: data[at] ^= (uint8_t)(1u << below(8)); break;
        case 1: data[at] = (uint8_t)next(); break;
        case 2: memset(data + at, below(2) != 0 ? 0xff : 0, count); break;
        case 3: memmove(data + next() % (size - count + 1), data + at, count); break;
        case 4: /* cut out */
            memmove(data + at, data + at + count, size - at - count);
            size -= count;
            break;
        default: /* put in */
            if (size + count <= max_size) {
                memmove(data + at + count, data + at, size - at);
                size += count;
            }
            break;
        }
    }
    return size;
}

/* --- Fields -------------------------------------------------------------------------------------
 */

static void set_any_number(struct tt_node *node) {
    uint64_t number = next() << 32 ^ next();
    if (below(2) != 0) {
        number = (uint64_t)node->value + below(33) - 16;
    } else {
        number >>= below(64);
    }
    if (tt_is_integer(node->type)) {
        node->value = (int64_t)number;
    } else {
        node->lies = node->type >= TT_BINARY && node->type <= TT_MAP;
        node->stated = number;
    }
}

/* One to three changes of a tree. */
static void change_tree(struct tt_tree *tree, const struct tc_sizes *sizes) {
    for (uint32_t changes = 1 + below(8) / 5 + below(8) / 6; changes > 0; changes--) {
        if (tree->count < 2) {
            return;
        }
        uint32_t node = 1 + below(tree->count - 1);
        if (below(3) == 0) {
            set_any_number(&tree->nodes[node]);
            continue;
        }
        for (uint32_t turn = 0; turn < 16; turn++) {
            if (tc_apply(tree, node, below(tc_count()), sizes)) {
                break;
            }
        }
    }
}

/* --- Files --------------------------------------------------------------------------------------
 */

static struct pl_layout layout;
static struct tt_tree header;
static uint8_t file[FILE_BYTES_MAX];
static uint8_t body[FILE_BYTES_MAX];
static uint8_t header_bytes[HEADER_BYTES_MAX];

static size_t write_page(uint32_t page, size_t body_bytes, size_t room) {
    const struct pl_change change = {
        page, header_bytes, tt_write(&header, header_bytes, sizeof header_bytes), body, body_bytes};
    return change.header_bytes == 0 ? 0 : pl_write(&layout, &change, file, room);
}

/* Another body; sizes and CRC fit it, most of the time. */
static size_t change_body(uint32_t number, size_t room) {
    const struct pl_page *page = &layout.pages[number];
    size_t bytes = change_bytes(body, page->body_bytes, sizeof body);
    if (below(16) != 0) {
        pl_fit_header(&header, body, bytes);
    }
    uint32_t raw = tt_field(&header, 0, HEADER_RAW_BYTES);
    if (raw != TT_NONE && tt_integer(&layout.footer, page->chunk, METADATA_CODEC, 0) == 0) {
        header.nodes[raw].value = (int64_t)bytes;
    }
    return write_page(number, bytes, room);
}

/* The same page twice, one behind the other. */
static size_t repeat_page(uint32_t number, size_t room) {
    const struct pl_page *page = &layout.pages[number];
    size_t whole = page->header_bytes + page->body_bytes;
    if (page->body_bytes + whole > sizeof body) {
        return 0;
    }
    memcpy(body + page->body_bytes, layout.data + page->at, whole);
    return write_page(number, page->body_bytes + whole, room);
}

static size_t change_page(const struct tc_sizes *file_sizes, size_t room) {
    uint32_t number = below(layout.pages_count);
    const struct pl_page *page = &layout.pages[number];
    struct tc_sizes sizes = {file_sizes->whole - page->at, file_sizes->whole};
    sizes.left = below(2) != 0 ? page->body_bytes : sizes.left;
    if (!tt_parse(&header, layout.data + page->at, page->header_bytes)) {
        return 0;
    }
    memcpy(body, layout.data + page->at + page->header_bytes, page->body_bytes);
    switch (below(8)) {
    case 0: return repeat_page(number, room);
    case 1:
    case 2:
    case 3: return change_body(number, room);
    default: change_tree(&header, &sizes); return write_page(number, page->body_bytes, room);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
    size_t room = max_size < FILE_BYTES_MAX ? max_size : FILE_BYTES_MAX;
    size_t written = 0;
    state = (seed + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    if (size <= FILE_BYTES_MAX && below(8) != 0 && pl_parse(&layout, data, size)) {
        struct tc_sizes sizes = {layout.footer_bytes, size};
        if (layout.pages_count > 0 && below(2) != 0) {
            written = change_page(&sizes, room);
        } else {
            change_tree(&layout.footer, &sizes);
            written = pl_write(&layout, NULL, file, room);
        }
    }
    if (written == 0) {
        return change_bytes(data, size, max_size);
    }
    memcpy(data, file, written);
    return written;
}
