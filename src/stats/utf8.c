#include "stats/utf8.h"

#include "base/bits.h"

#include "base/banned.h"

/*
 * Format notes: a finite automaton of nine states, one row of next states a byte. A state is the
 * place of its six bits in a row, so a step is one load, which does not depend on the state, and
 * one shift, which does: about a cycle a byte. REJECT is place 0 and every row is 0 there.
 */
enum {
    REJECT = WEIR_UTF8_REJECT,
    ACCEPT = WEIR_UTF8_ACCEPT,
    NEED_1 = 12, /* continuation bytes still to come */
    NEED_2 = 18,
    NEED_3 = 24,
    AFTER_E0 = 30, /* A0..BF: shorter forms are overlong */
    AFTER_ED = 36, /* 80..9F: the rest are surrogates */
    AFTER_F0 = 42, /* 90..BF: shorter forms are overlong */
    AFTER_F4 = 48  /* 80..8F: the rest is above U+10FFFF */
};

#define GO(from, to) ((uint64_t)(to) << (from))
#define NEVER UINT64_C(0)
#define ASCII GO(ACCEPT, ACCEPT)
#define LEAD(to) GO(ACCEPT, to)
#define NEXT (GO(NEED_1, ACCEPT) | GO(NEED_2, NEED_1) | GO(NEED_3, NEED_2))
#define NEXT_80 (NEXT | GO(AFTER_ED, NEED_1) | GO(AFTER_F4, NEED_2))
#define NEXT_90 (NEXT | GO(AFTER_ED, NEED_1) | GO(AFTER_F0, NEED_2))
#define NEXT_A0 (NEXT | GO(AFTER_E0, NEED_1) | GO(AFTER_F0, NEED_2))
#define TWICE(row) row, row
#define TIMES_4(row) TWICE(row), TWICE(row)
#define TIMES_16(row) TIMES_4(row), TIMES_4(row), TIMES_4(row), TIMES_4(row)
#define TIMES_32(row) TIMES_16(row), TIMES_16(row)

/* clang-format off */
static const uint64_t rows[256] = {
    /* 00..7F */ TIMES_32(ASCII), TIMES_32(ASCII), TIMES_32(ASCII), TIMES_32(ASCII),
    /* 80..8F */ TIMES_16(NEXT_80),
    /* 90..9F */ TIMES_16(NEXT_90),
    /* A0..BF */ TIMES_32(NEXT_A0),
    /* C0..C1 */ TWICE(NEVER),
    /* C2..DF */ TWICE(LEAD(NEED_1)), TIMES_4(LEAD(NEED_1)), TIMES_4(LEAD(NEED_1)),
    TIMES_4(LEAD(NEED_1)), TIMES_16(LEAD(NEED_1)),
    /* E0     */ LEAD(AFTER_E0),
    /* E1..EC */ TIMES_4(LEAD(NEED_2)), TIMES_4(LEAD(NEED_2)), TIMES_4(LEAD(NEED_2)),
    /* ED     */ LEAD(AFTER_ED),
    /* EE..EF */ TWICE(LEAD(NEED_2)),
    /* F0     */ LEAD(AFTER_F0),
    /* F1..F3 */ TWICE(LEAD(NEED_3)), LEAD(NEED_3),
    /* F4     */ LEAD(AFTER_F4),
    /* F5..FF */ NEVER, TWICE(NEVER), TIMES_4(NEVER), TIMES_4(NEVER)
};
/* clang-format on */

#define HIGH_BITS UINT64_C(0x8080808080808080)

static inline uint64_t step(uint64_t state, uint8_t byte) {
    return rows[byte] >> (state & 63u);
}

uint32_t weir_utf8_step(uint32_t start, const uint8_t *data, size_t bytes) {
    WEIR_ASSERT(start <= AFTER_F4 && start % 6 == 0);
    uint64_t state = start;
    size_t at = 0;
    while (bytes - at >= 16) {
        uint64_t low = weir_load_u64(data + at);
        uint64_t high = weir_load_u64(data + at + 8);
        if (((low | high) & HIGH_BITS) == 0 && (state & 63u) == ACCEPT) {
            at += 16;
            continue;
        }
        for (size_t i = 0; i < 16; i++) {
            state = step(state, data[at + i]);
        }
        at += 16;
    }
    for (; at < bytes; at++) {
        state = step(state, data[at]);
    }
    return (uint32_t)(state & 63u);
}
