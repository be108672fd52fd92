/* Fixed 64-bit hashes: the same on every machine, part of the saved state's format. */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include "base/check.h"

/* A bijection on 64 bits with full avalanche (two multiply-xorshift rounds). */
static inline uint64_t weir_hash_u64(uint64_t x) {
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    return x;
}

/* Hash of a whole byte string held in one place. Reads exactly `bytes` bytes. */
uint64_t weir_hash_bytes(const uint8_t *data, size_t bytes);

/* The same for strings that arrive in pieces: the pieces' borders do not matter. */
struct weir_hash_stream {
    uint64_t lanes[4];
    uint64_t total_bytes;
    uint8_t tail[32];
    uint32_t tail_bytes;
};

void weir_hash_stream_begin(struct weir_hash_stream *stream);
void weir_hash_stream_add(struct weir_hash_stream *stream, const uint8_t *data, size_t bytes);
uint64_t weir_hash_stream_end(const struct weir_hash_stream *stream);

#endif
