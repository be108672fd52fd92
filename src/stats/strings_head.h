/* The first 32 bytes of a value, loaded in one go; for strings.c and strings_isa.c. */
#ifndef WEIR_STATS_STRINGS_HEAD_H
#define WEIR_STATS_STRINGS_HEAD_H

#include "base/bits.h"
#include "stats/strings_state.h"

/* Copies what a view has and no more. */
static inline void weir_strings_load_exactly(const uint8_t *data, uint32_t length,
                                             uint64_t words[WEIR_STRINGS_HEAD_WORDS]) {
    WEIR_ASSERT_HOT(length < WEIR_STRINGS_HEAD_BYTES);
    memset(words, 0, WEIR_STRINGS_HEAD_BYTES);
    if (length > 0) {
        memcpy(words, data, length);
    }
}

#if defined(__SANITIZE_ADDRESS__)
#define MAY_READ_PAGE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAY_READ_PAGE 0
#endif
#endif
#if !defined(MAY_READ_PAGE)
#define MAY_READ_PAGE 1
#endif

/* From byte 32 - n on: n bytes of ones, then zeros. */
static const uint8_t head_ones[2 * WEIR_STRINGS_HEAD_BYTES] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

/* Whether the value's first byte and the 31 after it can be read, as they lie in one page: pages
 * are at least 4096 bytes everywhere. The page after a value is never touched: it may not be
 * there. */
static inline bool weir_strings_may_overread(const uint8_t *data, uint32_t length) {
    return MAY_READ_PAGE && length > 0 &&
           ((uintptr_t)data & 4095u) <= 4096u - WEIR_STRINGS_HEAD_BYTES;
}

/* The first 32 bytes, padded with zeros, without branches on the length for most values: a mask
 * drops what is not the value's. */
static inline void weir_strings_load_head(const uint8_t *data, uint32_t length,
                                          uint64_t words[WEIR_STRINGS_HEAD_WORDS]) {
    const uint32_t kept = length < WEIR_STRINGS_HEAD_BYTES ? length : WEIR_STRINGS_HEAD_BYTES;
    if (length >= WEIR_STRINGS_HEAD_BYTES || weir_strings_may_overread(data, length)) {
        const uint8_t *mask = head_ones + WEIR_STRINGS_HEAD_BYTES - kept;
        for (uint32_t i = 0; i < WEIR_STRINGS_HEAD_WORDS; i++) {
            words[i] = weir_load_u64(data + 8 * i) & weir_load_u64(mask + 8 * i);
        }
    } else {
        weir_strings_load_exactly(data, length, words);
    }
}

#endif
