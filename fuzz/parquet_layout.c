#include "parquet_layout.h"

#include <string.h>

/* Field ids of parquet.thrift. */
enum {
    FILE_ROW_GROUPS = 4,
    GROUP_COLUMNS = 1,
    GROUP_FILE_OFFSET = 5,
    CHUNK_FILE_OFFSET = 2,
    CHUNK_METADATA = 3,
    CHUNK_OFFSET_INDEX = 4,
    CHUNK_COLUMN_INDEX = 6,
    METADATA_RAW_BYTES = 6,
    METADATA_PACKED_BYTES = 7,
    METADATA_DATA_OFFSET = 9,
    METADATA_INDEX_OFFSET = 10,
    METADATA_DICTIONARY_OFFSET = 11,
    METADATA_BLOOM_OFFSET = 14,
    HEADER_PACKED_BYTES = 3,
    HEADER_CRC = 4
};

#define TAIL_BYTES 8u /* length of the footer, magic */

uint32_t pl_crc32(const uint8_t *data, size_t bytes) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

/* --- Finding ------------------------------------------------------------------------------------
 */

static void find_pages(struct pl_layout *layout, uint32_t chunk) {
    static struct tt_tree header;
    const struct tt_tree *footer = &layout->footer;
    int64_t at = tt_integer(footer, chunk, METADATA_DATA_OFFSET, -1);
    int64_t dictionary = tt_integer(footer, chunk, METADATA_DICTIONARY_OFFSET, 0);
    int64_t left = tt_integer(footer, chunk, METADATA_PACKED_BYTES, -1);
    at = dictionary > 0 && dictionary < at ? dictionary : at;
    if (at < 4 || left < 0 || (uint64_t)at > layout->footer_at ||
        (uint64_t)left > layout->footer_at - (uint64_t)at) {
        return;
    }
    while (left > 0 && layout->pages_count < PL_PAGES_MAX) {
        if (!tt_parse(&header, layout->data + at, (size_t)left)) {
            return;
        }
        int64_t body = tt_integer(&header, 0, HEADER_PACKED_BYTES, -1);
        left -= (int64_t)header.bytes;
        if (body < 0 || body > left) {
            return;
        }
        layout->pages[layout->pages_count++] =
            (struct pl_page){(size_t)at, header.bytes, (size_t)body, chunk};
        at += (int64_t)header.bytes + body;
        left -= body;
    }
}

bool pl_parse(struct pl_layout *layout, const uint8_t *data, size_t bytes) {
    struct tt_tree *footer = &layout->footer;
    layout->data = data;
    layout->bytes = bytes;
    layout->pages_count = 0;
    if (bytes < 4 + TAIL_BYTES || memcmp(data + bytes - 4, "PAR1", 4) != 0) {
        return false;
    }
    const uint8_t *tail = data + bytes - TAIL_BYTES;
    uint64_t length =
        tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 | (uint64_t)tail[3] << 24;
    if (length > bytes - 4 - TAIL_BYTES) {
        return false;
    }
    layout->footer_bytes = (size_t)length;
    layout->footer_at = bytes - TAIL_BYTES - layout->footer_bytes;
    if (!tt_parse(footer, data + layout->footer_at, layout->footer_bytes)) {
        return false;
    }
    uint32_t groups = tt_field(footer, 0, FILE_ROW_GROUPS);
    for (uint32_t g = footer->nodes[groups].child; groups != TT_NONE && g != TT_NONE;
         g = footer->nodes[g].next) {
        uint32_t columns = tt_field(footer, g, GROUP_COLUMNS);
        for (uint32_t c = footer->nodes[columns].child; columns != TT_NONE && c != TT_NONE;
             c = footer->nodes[c].next) {
            uint32_t chunk = tt_field(footer, c, CHUNK_METADATA);
            if (chunk != TT_NONE) {
                find_pages(layout, chunk);
            }
        }
    }
    return true;
}

/* --- Writing ------------------------------------------------------------------------------------
 */

static void grow(struct tt_tree *footer, uint32_t node, int32_t id, int64_t by) {
    uint32_t field = tt_field(footer, node, id);
    if (field != TT_NONE && tt_is_integer(footer->nodes[field].type)) {
        footer->nodes[field].value = (int64_t)((uint64_t)footer->nodes[field].value + (uint64_t)by);
    }
}

/* Moves an offset that lies behind `at`. */
static void shift(struct tt_tree *footer, uint32_t node, int32_t id, size_t at, int64_t by) {
    if (tt_integer(footer, node, id, 0) > (int64_t)at) {
        grow(footer, node, id, by);
    }
}

static void fit_footer(struct pl_layout *layout, const struct pl_page *page, int64_t by) {
    struct tt_tree *footer = &layout->footer;
    uint32_t groups = tt_field(footer, 0, FILE_ROW_GROUPS);
    for (uint32_t g = groups == TT_NONE ? TT_NONE : footer->nodes[groups].child; g != TT_NONE;
         g = footer->nodes[g].next) {
        uint32_t columns = tt_field(footer, g, GROUP_COLUMNS);
        shift(footer, g, GROUP_FILE_OFFSET, page->at, by);
        for (uint32_t c = columns == TT_NONE ? TT_NONE : footer->nodes[columns].child; c != TT_NONE;
             c = footer->nodes[c].next) {
            shift(footer, c, CHUNK_FILE_OFFSET, page->at, by);
            shift(footer, c, CHUNK_OFFSET_INDEX, page->at, by);
            shift(footer, c, CHUNK_COLUMN_INDEX, page->at, by);
            uint32_t chunk = tt_field(footer, c, CHUNK_METADATA);
            if (chunk != TT_NONE) {
                shift(footer, chunk, METADATA_DATA_OFFSET, page->at, by);
                shift(footer, chunk, METADATA_INDEX_OFFSET, page->at, by);
                shift(footer, chunk, METADATA_DICTIONARY_OFFSET, page->at, by);
                shift(footer, chunk, METADATA_BLOOM_OFFSET, page->at, by);
            }
        }
    }
    grow(footer, page->chunk, METADATA_RAW_BYTES, by);
    grow(footer, page->chunk, METADATA_PACKED_BYTES, by);
}

struct writer {
    uint8_t *to;
    size_t at;
    size_t room;
    bool full;
};

static void put(struct writer *out, const uint8_t *data, size_t bytes) {
    if (out->full || bytes > out->room - out->at) {
        out->full = true;
        return;
    }
    if (bytes > 0) {
        memcpy(out->to + out->at, data, bytes);
    }
    out->at += bytes;
}

size_t pl_write(struct pl_layout *layout, const struct pl_change *change, uint8_t *to,
                size_t room) {
    struct writer out = {to, 0, room, false};
    size_t at = 0;
    if (change != NULL) {
        const struct pl_page *page = &layout->pages[change->page];
        put(&out, layout->data, page->at);
        put(&out, change->header, change->header_bytes);
        put(&out, change->body, change->body_bytes);
        at = page->at + page->header_bytes + page->body_bytes;
        fit_footer(layout, page, (int64_t)out.at - (int64_t)at);
    }
    put(&out, layout->data + at, layout->footer_at - at);
    size_t footer = out.full ? 0 : tt_write(&layout->footer, to + out.at, room - out.at);
    if (footer == 0) {
        return 0;
    }
    out.at += footer;
    uint8_t tail[TAIL_BYTES] = {(uint8_t)footer,
                                (uint8_t)(footer >> 8),
                                (uint8_t)(footer >> 16),
                                (uint8_t)(footer >> 24),
                                'P',
                                'A',
                                'R',
                                '1'};
    put(&out, tail, sizeof tail);
    return out.full ? 0 : out.at;
}

void pl_fit_header(struct tt_tree *header, const uint8_t *body, size_t body_bytes) {
    uint32_t bytes = tt_field(header, 0, HEADER_PACKED_BYTES);
    uint32_t crc = tt_field(header, 0, HEADER_CRC);
    if (bytes != TT_NONE) {
        header->nodes[bytes].value = (int64_t)body_bytes;
    }
    if (crc != TT_NONE) {
        header->nodes[crc].value = (int32_t)pl_crc32(body, body_bytes);
    }
}
