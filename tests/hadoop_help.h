/* Pages of codec LZ4 as Hadoop's compressor streams write them, by liblz4. */
#ifndef WEIR_TESTS_HADOOP_HELP_H
#define WEIR_TESTS_HADOOP_HELP_H

#include <lz4.h>

#include "codec_help.h"

static inline void help_put_be(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* Bytes that help_pack_hadoop may need. */
static inline size_t help_hadoop_bound(size_t page_bytes, size_t block_bytes) {
    return page_bytes + page_bytes / 200 + (page_bytes / block_bytes + 2) * 32;
}

/* Frames of frame_bytes, in blocks of block_bytes. Returns the bytes written. */
static inline size_t help_pack_hadoop(const uint8_t *page, size_t page_bytes, size_t frame_bytes,
                                      size_t block_bytes, uint8_t *to) {
    size_t n = 0;
    for (size_t at = 0; at < page_bytes;) {
        size_t frame = page_bytes - at < frame_bytes ? page_bytes - at : frame_bytes;
        help_put_be(to + n, (uint32_t)frame);
        n += 4;
        for (size_t end = at + frame; at < end;) {
            size_t block = end - at < block_bytes ? end - at : block_bytes;
            int room = LZ4_compressBound((int)block);
            int packed =
                LZ4_compress_default((const char *)page + at, (char *)to + n + 4, (int)block, room);
            assert_true(packed > 0);
            help_put_be(to + n, (uint32_t)packed);
            n += 4 + (size_t)packed;
            at += block;
        }
    }
    return n;
}

#endif
