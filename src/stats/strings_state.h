/* Layout of a byte-array column's state and of a lane's staging; for strings*.c alone. */
#ifndef WEIR_STATS_STRINGS_STATE_H
#define WEIR_STATS_STRINGS_STATE_H

#include "base/hash.h"
#include "stats/strings.h"
#include "stats/strings_block.h"

__extension__ typedef unsigned __int128 weir_u128;

/*
 * The smallest or largest value, as far as it is kept. Two values that agree in the first
 * WEIR_PREFIX_BYTES bytes and are both longer need not be told apart: either one is kept as the
 * same bytes, marked as cut.
 */
struct weir_strings_extreme {
    uint64_t key; /* the first 8 bytes, the first one highest, padded with zeros */
    uint32_t kept_bytes;
    bool cut;
    uint8_t bytes[WEIR_PREFIX_BYTES]; /* padded with zeros */
};

/* Below zero when a goes before b: by bytes, then by length, a cut value behind its beginning. */
int weir_strings_compare(const struct weir_strings_extreme *a,
                         const struct weir_strings_extreme *b);

/* Exact: no sum here can pass 128 bits (lengths have 31 bits, weights 32). */
struct weir_strings_state {
    weir_u128 length_sum;
    weir_u128 length_square_sum;
    uint64_t length_min;
    uint64_t length_max;
    uint64_t count;
    uint64_t empty;
    uint64_t invalid_utf8;
    bool has_extremes;
    struct weir_strings_extreme min;
    struct weir_strings_extreme max;
    struct weir_strings_table table;
    struct weir_strings_carry carry;
};

/* A long value on its way: what is known of the bytes so far. */
struct weir_strings_long {
    struct weir_hash_stream hash;
    uint64_t bytes; /* seen */
    uint32_t utf8;
    uint8_t prefix[WEIR_PREFIX_BYTES];
};

/*
 * Format notes: the hash of a value of at most 32 bytes. w[0..4) are its little-endian words,
 * padded with zeros; mul(a, b) is the 128-bit product as (low, high).
 *     (p, q) = mul(w[0] ^ A, w[1] ^ B),  (r, s) = mul(w[2] ^ C, w[3] ^ D)
 *     (t, u) = mul(p ^ w[0] ^ rotl(r ^ w[2], 32) ^ length ^ C, q ^ w[1] ^ rotl(s ^ w[3], 32) ^ D)
 *     hash   = t ^ u
 * The words are at hand anyway and no branch depends on the length: this takes half the time of
 * weir_hash_bytes, which hashes longer values. Factors stand beside their products, so a factor
 * that happens to be zero wipes nothing out.
 */
static inline uint64_t weir_strings_hash_head(const uint64_t w[4], uint64_t length) {
    const uint64_t a = UINT64_C(0xa0761d6478bd642f);
    const uint64_t b = UINT64_C(0xe7037ed1a0b428db);
    const uint64_t c = UINT64_C(0x8ebc6af09c88c6e3);
    const uint64_t d = UINT64_C(0x589965cc75374cc3);
    weir_u128 front = (weir_u128)(w[0] ^ a) * (w[1] ^ b);
    weir_u128 back = (weir_u128)(w[2] ^ c) * (w[3] ^ d);
    uint64_t r = (uint64_t)back ^ w[2];
    uint64_t s = (uint64_t)(back >> 64) ^ w[3];
    uint64_t x = (uint64_t)front ^ w[0] ^ (r << 32 | r >> 32) ^ length ^ c;
    uint64_t y = (uint64_t)(front >> 64) ^ w[1] ^ (s << 32 | s >> 32) ^ d;
    weir_u128 last = (weir_u128)x * y;
    return (uint64_t)last ^ (uint64_t)(last >> 64);
}

/* One value and its first 32 bytes as four little-endian words, padded with zeros. */
struct weir_strings_item {
    const uint8_t *data; /* the first min(length, WEIR_PREFIX_BYTES) bytes can be read */
    uint64_t length;
    uint64_t words[WEIR_STRINGS_HEAD_WORDS];
};

/* Notes the value if it goes before the minimum or behind the maximum. */
void weir_strings_offer(struct weir_strings_state *strings, const struct weir_strings_item *item);

struct weir_strings_scratch {
    struct weir_strings_block block;
    struct weir_strings_long piece;
};

#endif
