#include "parquet/codec_inner.h"

#include "base/banned.h"

/*
 * How far back real pages refer. Google's encoder, its ports and most others cut a page into blocks
 * of 64 KiB which know nothing of one another: at 64 KiB an element ends. Where one lies across
 * that border, the encoder may refer to anything (klauspost/compress, for Go, does, within 4 MiB)
 * or not, and the search for a far reference goes on.
 */

#define BLOCK_BYTES (UINT64_C(64) << 10)
#define SCAN_BYTES_MAX (UINT64_C(1) << 20)
#define ELEMENT_HEAD_BYTES 5u

/* A tag and the bytes behind it. */
struct element {
    uint64_t bytes;  /* that it gives */
    uint64_t offset; /* 0: a literal */
    uint64_t taken;  /* of the compressed form, a literal's bytes included */
};

static struct element element_at(const uint8_t *in, uint64_t left) {
    static const uint8_t copy_extra[4] = {0, 1, 2, 4};
    uint32_t tag = in[0];
    uint32_t type = tag & 3;
    uint32_t extra = type != 0 ? copy_extra[type] : tag >= (60u << 2) ? (tag >> 2) - 59 : 0;
    if (left <= extra) {
        return (struct element){0};
    }
    uint64_t number = 0;
    for (uint32_t i = 0; i < extra; i++) {
        number |= (uint64_t)in[1 + i] << (8 * i);
    }
    if (type == 0) {
        uint64_t bytes = extra == 0 ? (tag >> 2) + 1 : number + 1;
        return (struct element){bytes, 0, 1 + extra + bytes};
    }
    if (type == 1) {
        return (struct element){4 + (tag >> 2 & 7), number + (tag >> 5 << 8), 2};
    }
    return (struct element){(tag >> 2) + 1, number, 1 + extra};
}

/* Steps over the page's size. Returns the bytes that it takes; 0 when it is not page_bytes. */
static uint64_t preamble(struct weir_window *window, uint64_t raw_bytes, uint64_t page_bytes) {
    size_t held = weir_window_fill(window, (size_t)weir_min_u64(raw_bytes, ELEMENT_HEAD_BYTES));
    held = (size_t)weir_min_u64(weir_min_u64(held, raw_bytes), ELEMENT_HEAD_BYTES);
    uint64_t number = 0;
    for (size_t i = 0; i < held; i++) {
        number |= (uint64_t)(window->at[i] & 0x7f) << (7 * i);
        if (window->at[i] < 0x80) {
            window->at += i + 1;
            return number == page_bytes ? i + 1 : 0;
        }
    }
    return 0;
}

static uint64_t scan(struct weir_window *window, uint64_t raw_bytes, uint64_t page_bytes) {
    uint64_t taken = preamble(window, raw_bytes, page_bytes);
    if (taken == 0) {
        return 0;
    }
    uint64_t given = 0;
    uint64_t limit = weir_min_u64(page_bytes, SCAN_BYTES_MAX);
    while (given < limit && taken < raw_bytes) {
        uint64_t left = raw_bytes - taken;
        size_t want = (size_t)weir_min_u64(left, ELEMENT_HEAD_BYTES);
        if (weir_window_fill(window, want) < want) {
            return 0;
        }
        struct element element = element_at(window->at, left);
        if (element.taken == 0 || element.taken > left || element.offset > given) {
            return 0;
        }
        if (element.offset > WEIR_LZ_HISTORY_BYTES) {
            return weir_lz_window_for(element.offset, page_bytes);
        }
        weir_window_skip(window, element.taken);
        taken += element.taken;
        given += element.bytes;
        if (given == BLOCK_BYTES) {
            return 0;
        }
    }
    return 0;
}

uint64_t weir_snappy_reach(struct weir_window *window, uint64_t raw_bytes, uint64_t page_bytes) {
    WEIR_ASSERT(window->capacity_bytes >= ELEMENT_HEAD_BYTES);
    if (page_bytes <= BLOCK_BYTES || window->failed || raw_bytes > weir_window_left(window)) {
        return 0;
    }
    uint64_t offset = weir_window_offset(window);
    uint64_t reach = scan(window, raw_bytes, page_bytes);
    if (!window->failed) {
        weir_window_seek(window, window->source, offset, window->limit_offset);
    }
    return reach;
}
