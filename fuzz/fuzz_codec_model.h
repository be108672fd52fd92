/* Snappy and LZ4 pages decoded a byte at a time: what the streams are compared with. */
#ifndef WEIR_FUZZ_CODEC_MODEL_H
#define WEIR_FUZZ_CODEC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model_page {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t done;
    size_t bytes;
};

/* A number of `count` bytes, the lowest first. */
static inline bool model_take(struct model_page *page, uint32_t count, uint64_t *value) {
    *value = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (page->in_left == 0) {
            return false;
        }
        *value |= (uint64_t)*page->in++ << (8 * i);
        page->in_left--;
    }
    return true;
}

static inline bool model_literal(struct model_page *page, uint64_t bytes) {
    if (bytes > page->bytes - page->done || bytes > page->in_left) {
        return false;
    }
    for (uint64_t i = 0; i < bytes; i++) {
        page->out[page->done++] = *page->in++;
    }
    page->in_left -= (size_t)bytes;
    return true;
}

static inline bool model_copy(struct model_page *page, uint64_t offset, uint64_t bytes) {
    if (offset == 0 || offset > page->done || bytes > page->bytes - page->done) {
        return false;
    }
    for (uint64_t i = 0; i < bytes; i++) {
        page->out[page->done] = page->out[page->done - offset];
        page->done++;
    }
    return true;
}

static inline bool model_snappy_element(struct model_page *page) {
    static const uint32_t copy_bytes[] = {0, 1, 2, 4};
    uint64_t tag = 0;
    uint64_t number = 0;
    if (!model_take(page, 1, &tag)) {
        return false;
    }
    if ((tag & 3) == 0) {
        const uint64_t length = tag >> 2;
        if (length >= 60 && !model_take(page, (uint32_t)length - 59, &number)) {
            return false;
        }
        return model_literal(page, (length >= 60 ? number : length) + 1);
    }
    if (!model_take(page, copy_bytes[tag & 3], &number)) {
        return false;
    }
    if ((tag & 3) == 1) {
        return model_copy(page, (tag >> 5) << 8 | number, 4 + (tag >> 2 & 7));
    }
    return model_copy(page, number, (tag >> 2) + 1);
}

/* Whether the bytes are a snappy page of exactly `bytes` bytes. */
static inline bool model_snappy(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t bytes) {
    struct model_page page = {in, in_bytes, out, 0, bytes};
    uint64_t size = 0;
    uint64_t byte = 0x80;
    for (uint32_t i = 0; byte >= 0x80; i++) {
        if (i == 5 || !model_take(&page, 1, &byte)) {
            return false;
        }
        size |= (byte & 0x7f) << (7 * i);
    }
    if (size != bytes) {
        return false;
    }
    while (page.done < bytes) {
        if (!model_snappy_element(&page)) {
            return false;
        }
    }
    return page.in_left == 0;
}

/* The bytes that go on with a length of 15. */
static inline bool model_length(struct model_page *page, uint64_t *length) {
    uint64_t byte = 255;
    while (*length >= 15 && byte == 255) {
        if (!model_take(page, 1, &byte)) {
            return false;
        }
        *length += byte;
    }
    return true;
}

/* The same for an LZ4 block. Its last five bytes are literals. */
static inline bool model_lz4(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t bytes) {
    struct model_page page = {in, in_bytes, out, 0, bytes};
    for (;;) {
        uint64_t token = 0;
        uint64_t offset = 0;
        if (!model_take(&page, 1, &token)) {
            return false;
        }
        uint64_t literal = token >> 4;
        uint64_t match = token & 15;
        if (!model_length(&page, &literal) || !model_literal(&page, literal)) {
            return false;
        }
        if (page.done == bytes) {
            return page.in_left == 0;
        }
        if (!model_take(&page, 2, &offset) || !model_length(&page, &match) ||
            match + 4 + 5 > bytes - page.done || !model_copy(&page, offset, match + 4)) {
            return false;
        }
    }
}

#endif
