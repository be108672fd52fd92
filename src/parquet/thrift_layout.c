#include "parquet/thrift_layout.h"

#include "base/bits.h"
#include "parquet/thrift_skip.h"

#include "base/banned.h"

#define STEP_BYTES 16u

/* A struct adds 1; a search that finds nothing, and then learns, takes LEARN_PRICE. It costs as
 * much as passing over two or three structs. */
#define LEARN_PRICE 32u
#define CREDIT_MAX (WEIR_THRIFT_LAYOUTS * LEARN_PRICE)

_Static_assert(WEIR_THRIFT_LAYOUT_BYTES_MAX % STEP_BYTES == 0, "whole steps");

void weir_thrift_layouts_init(struct weir_thrift_layouts *layouts) {
    memset(layouts, 0, sizeof *layouts);
    layouts->credit = CREDIT_MAX;
}

static inline bool fits(const struct weir_thrift_layout *layout, const uint8_t *at,
                        const uint8_t *end) {
    size_t bytes = layout->padded;
    if (bytes == 0 || (size_t)(end - at) < bytes) {
        return false;
    }
    for (size_t i = 0; i < bytes; i += STEP_BYTES) {
        const uint8_t *sample = layout->sample + i;
        const uint8_t *marks = layout->marks + i;
        uint64_t low = (weir_load_u64(at + i) & weir_load_u64(marks)) ^ weir_load_u64(sample);
        uint64_t high =
            (weir_load_u64(at + i + 8) & weir_load_u64(marks + 8)) ^ weir_load_u64(sample + 8);
        if ((low | high) != 0) {
            return false;
        }
    }
    return true;
}

/* Puts the struct at `at` in the place of the oldest layout. Returns whether it can be one. */
static bool learn(struct weir_thrift_layouts *layouts, const uint8_t *at, const uint8_t *end) {
    struct weir_thrift_layout *layout = &layouts->of[layouts->oldest];
    if (end - at < WEIR_THRIFT_LAYOUT_BYTES_MAX) {
        return false;
    }
    layout->bytes = 0;
    layout->padded = 0;
    memset(layout->marks, 0, sizeof layout->marks);
    const uint8_t *behind =
        weir_thrift_trace(at, at + WEIR_THRIFT_LAYOUT_BYTES_MAX, WEIR_THRIFT_STRUCT, layout->marks);
    if (behind == NULL) {
        return false;
    }
    layout->bytes = (uint32_t)(behind - at);
    layout->padded = (layout->bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
    layout->learned_as = ++layouts->learned;
    for (uint32_t i = 0; i < WEIR_THRIFT_LAYOUT_BYTES_MAX; i++) {
        layout->sample[i] = at[i] & layout->marks[i];
    }
    return true;
}

/* Tries all layouts, then learns a new one. Kept out of line: it would slow the usual way down. */
static __attribute__((noinline)) uint32_t search(struct weir_thrift_layouts *layouts,
                                                 const uint8_t *at, const uint8_t *end) {
    struct weir_thrift_layout *last = &layouts->of[layouts->last];
    uint32_t found = 0;
    while (found < WEIR_THRIFT_LAYOUTS && !fits(&layouts->of[found], at, end)) {
        found++;
    }
    if (found == WEIR_THRIFT_LAYOUTS) {
        layouts->credit -= LEARN_PRICE;
        if (!learn(layouts, at, end)) {
            return WEIR_NONE32;
        }
        found = layouts->oldest;
        layouts->oldest = (found + 1) % WEIR_THRIFT_LAYOUTS;
    }
    last->next[1] = last->next[0];
    last->next[0] = found;
    layouts->last = found;
    return found;
}

uint32_t weir_thrift_layouts_find(struct weir_thrift_layouts *layouts,
                                  const struct weir_thrift *thrift) {
    const uint8_t *at = thrift->window->at;
    const uint8_t *end = thrift->window->end;
    if (thrift->failed || thrift->depth >= WEIR_THRIFT_DEPTH - WEIR_THRIFT_QUICK_DEPTH) {
        return WEIR_NONE32;
    }
    layouts->credit += layouts->credit < CREDIT_MAX;
    const uint32_t *next = layouts->of[layouts->last].next;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t guess = next[i];
        WEIR_ASSERT_HOT(guess < WEIR_THRIFT_LAYOUTS);
        if (fits(&layouts->of[guess], at, end)) {
            layouts->last = guess;
            return guess;
        }
    }
    return layouts->credit < LEARN_PRICE ? WEIR_NONE32 : search(layouts, at, end);
}

void weir_thrift_layouts_skip(struct weir_thrift_layouts *layouts, struct weir_thrift *thrift) {
    uint32_t found = weir_thrift_layouts_find(layouts, thrift);
    if (found != WEIR_NONE32) {
        thrift->window->at += layouts->of[found].bytes;
    } else {
        weir_thrift_skip(thrift, WEIR_THRIFT_STRUCT);
    }
}
