#include "base/hash.h"

#include "base/bits.h"

#include "base/banned.h"

/*
 * Format notes. Words are little-endian, arithmetic is modulo 2^64; w4(i) and w8(i) are the 4 or 8
 * bytes at offset i, mul(a, b) is the 128-bit product as (low, high), fold(a, b) = low ^ high.
 * S0 to S4 are the constants below.
 *
 * weir_hash_bytes of a string of n bytes starts with s = S0.
 *   n = 0         a = b = 0
 *   1 <= n <= 3   a = byte(0) << 16 | byte(n / 2) << 8 | byte(n - 1), b = 0
 *   4 <= n <= 16  k = 4 if n >= 8, else 0
 *                 a = w4(0) << 32 | w4(k), b = w4(n - 4) << 32 | w4(n - 4 - k)
 *   n >= 17       i = 0
 *                 if n > 64: t = u = v = S0, and while n - i > 64:
 *                     s = fold(w8(i)      ^ S1, w8(i + 8)  ^ s)
 *                     t = fold(w8(i + 16) ^ S2, w8(i + 24) ^ t)
 *                     u = fold(w8(i + 32) ^ S3, w8(i + 40) ^ u)
 *                     v = fold(w8(i + 48) ^ S4, w8(i + 56) ^ v), i += 64
 *                   then s ^= rotl(t, 16) ^ rotl(u, 32) ^ rotl(v, 48)
 *                 while n - i > 16: s = fold(w8(i) ^ S1, w8(i + 8) ^ s), i += 16
 *                 a = w8(n - 16), b = w8(n - 8)
 *   end           a ^= S1, b ^= s, (low, high) = mul(a, b)
 *                 hash = fold(low ^ a ^ S2 ^ n, high ^ b ^ S3)
 * The factors go into the last fold beside their product: a factor that happens to be zero does
 * not wipe out the other one. Strings of at most 16 bytes take two multiplications.
 *
 * The stream form is a hash of its own. It starts with lane[j] = S0 + j * S1 for j = 0 to 3. Each
 * whole block of 32 bytes gives word j of the block to lane j:
 *     lane = rotl(lane + word * S2, 31) * S3
 * The last 0 to 31 bytes, filled up with zeros to a block, are such a block too (always, even when
 * there are none). Then s = n * S4, and for j = 0 to 3: s = fold(s ^ S1, lane[j] ^ S2) ^ lane[j],
 * and the hash is weir_hash_u64(s).
 */
#define S0 UINT64_C(0x9e3779b97f4a7c15)
#define S1 UINT64_C(0xa0761d6478bd642f)
#define S2 UINT64_C(0xe7037ed1a0b428db)
#define S3 UINT64_C(0x8ebc6af09c88c6e3)
#define S4 UINT64_C(0x589965cc75374cc3)

#define BLOCK_BYTES 32u

__extension__ typedef unsigned __int128 wide;

static inline uint64_t fold(uint64_t a, uint64_t b) {
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t rotate_left(uint64_t x, uint32_t by) {
    return (x << by) | (x >> (64 - by));
}

static inline uint64_t finish(uint64_t a, uint64_t b, uint64_t s, uint64_t bytes) {
    a ^= S1;
    b ^= s;
    wide product = (wide)a * b;
    return fold((uint64_t)product ^ a ^ S2 ^ bytes, (uint64_t)(product >> 64) ^ b ^ S3);
}

/* Not inlined: the registers it saves would cost the short strings more than their hash. */
__attribute__((noinline)) static uint64_t hash_long(const uint8_t *data, size_t bytes) {
    WEIR_ASSERT_HOT(bytes > 16);
    const uint8_t *at = data;
    size_t left = bytes;
    uint64_t s = S0;
    if (left > 64) {
        uint64_t t = S0;
        uint64_t u = S0;
        uint64_t v = S0;
        do {
            s = fold(weir_load_u64(at) ^ S1, weir_load_u64(at + 8) ^ s);
            t = fold(weir_load_u64(at + 16) ^ S2, weir_load_u64(at + 24) ^ t);
            u = fold(weir_load_u64(at + 32) ^ S3, weir_load_u64(at + 40) ^ u);
            v = fold(weir_load_u64(at + 48) ^ S4, weir_load_u64(at + 56) ^ v);
            at += 64;
            left -= 64;
        } while (left > 64);
        s ^= rotate_left(t, 16) ^ rotate_left(u, 32) ^ rotate_left(v, 48);
    }
    while (left > 16) {
        s = fold(weir_load_u64(at) ^ S1, weir_load_u64(at + 8) ^ s);
        at += 16;
        left -= 16;
    }
    const uint8_t *end = data + bytes;
    return finish(weir_load_u64(end - 16), weir_load_u64(end - 8), s, bytes);
}

uint64_t weir_hash_bytes(const uint8_t *data, size_t bytes) {
    if (WEIR_UNLIKELY(bytes > 16)) {
        return hash_long(data, bytes);
    }
    uint64_t a = 0;
    uint64_t b = 0;
    if (WEIR_LIKELY(bytes >= 4)) {
        const uint8_t *last = data + bytes - 4;
        size_t k = (bytes >> 3) > 0 ? 4 : 0;
        a = (uint64_t)weir_load_u32(data) << 32 | weir_load_u32(data + k);
        b = (uint64_t)weir_load_u32(last) << 32 | weir_load_u32(last - k);
    } else if (bytes > 0) {
        a = (uint64_t)data[0] << 16 | (uint64_t)data[bytes >> 1] << 8 | data[bytes - 1];
    }
    return finish(a, b, S0, bytes);
}

static void stream_block(uint64_t lanes[4], const uint8_t *block) {
    for (size_t j = 0; j < 4; j++) {
        uint64_t word = weir_load_u64(block + 8 * j);
        lanes[j] = rotate_left(lanes[j] + word * S2, 31) * S3;
    }
}

void weir_hash_stream_begin(struct weir_hash_stream *stream) {
    memset(stream, 0, sizeof *stream);
    for (uint32_t j = 0; j < 4; j++) {
        stream->lanes[j] = S0 + j * S1;
    }
}

void weir_hash_stream_add(struct weir_hash_stream *stream, const uint8_t *data, size_t bytes) {
    WEIR_ASSERT(stream->tail_bytes < BLOCK_BYTES);
    if (bytes == 0) {
        return;
    }
    stream->total_bytes += bytes;
    if (stream->tail_bytes > 0) {
        size_t room = BLOCK_BYTES - stream->tail_bytes;
        size_t taken = bytes < room ? bytes : room;
        memcpy(stream->tail + stream->tail_bytes, data, taken);
        stream->tail_bytes += (uint32_t)taken;
        data += taken;
        bytes -= taken;
        if (stream->tail_bytes < BLOCK_BYTES) {
            return;
        }
        stream_block(stream->lanes, stream->tail);
        stream->tail_bytes = 0;
    }
    while (bytes >= BLOCK_BYTES) {
        stream_block(stream->lanes, data);
        data += BLOCK_BYTES;
        bytes -= BLOCK_BYTES;
    }
    memcpy(stream->tail, data, bytes);
    stream->tail_bytes = (uint32_t)bytes;
}

uint64_t weir_hash_stream_end(const struct weir_hash_stream *stream) {
    WEIR_ASSERT(stream->tail_bytes < BLOCK_BYTES);
    uint64_t lanes[4];
    memcpy(lanes, stream->lanes, sizeof lanes);
    uint8_t block[BLOCK_BYTES] = {0};
    memcpy(block, stream->tail, stream->tail_bytes);
    stream_block(lanes, block);
    uint64_t s = stream->total_bytes * S4;
    for (uint32_t j = 0; j < 4; j++) {
        s = fold(s ^ S1, lanes[j] ^ S2) ^ lanes[j];
    }
    return weir_hash_u64(s);
}
