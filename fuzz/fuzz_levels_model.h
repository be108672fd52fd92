/* Runs read value by value, and lists counted entry by entry: what the reader is compared with. */
#ifndef WEIR_FUZZ_LEVELS_MODEL_H
#define WEIR_FUZZ_LEVELS_MODEL_H

#include "fuzz.h"
#include "parquet/levels.h"

#define MODEL_VALUES_MAX 8192u

struct model_values {
    uint32_t of[MODEL_VALUES_MAX];
    uint32_t histogram[WEIR_LEVELS_MAX + 1];
    uint32_t count;
    size_t bytes; /* that they took */
    bool wrong;
};

/* Appends `count` values of a group, the least significant bit first. */
static inline void model_unpack(struct model_values *values, const uint8_t *data, uint32_t width,
                                uint32_t count) {
    uint64_t read = 0;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (; bits < width; bits += 8) {
            read |= (uint64_t)*data++ << bits;
        }
        values->of[values->count++] = (uint32_t)(read & ((UINT64_C(1) << width) - 1));
        read >>= width;
        bits -= width;
    }
}

/* The number in front of a run; false where there is none. */
static inline bool model_header(const uint8_t *data, size_t bytes, size_t *at, uint64_t *value) {
    *value = 0;
    for (uint32_t i = 0; i < 10 && *at < bytes; i++) {
        uint32_t byte = data[(*at)++];
        if (i == 9 && byte > 1) {
            return false;
        }
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            return true;
        }
    }
    return false;
}

/* One run of equal values. */
static inline bool model_repeat(struct model_values *values, const uint8_t *data, size_t bytes,
                                size_t *at, uint32_t width, uint32_t left, uint64_t count) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < (width + 7) / 8; i++) {
        if (*at == bytes) {
            return false;
        }
        value |= (uint64_t)data[(*at)++] << (8 * i);
    }
    if (value >> width != 0) {
        return false;
    }
    for (uint64_t i = 0; i < count && i < left; i++) {
        values->of[values->count++] = (uint32_t)value;
    }
    return true;
}

/* Groups of eight; the section may end in the last one, behind the values that count. */
static inline bool model_groups(struct model_values *values, const uint8_t *data, size_t bytes,
                                size_t *at, uint32_t width, uint32_t left, uint64_t groups) {
    for (uint64_t g = 0; g < groups && left > 0; g++) {
        const uint32_t count = left < 8 ? left : 8;
        const size_t held = width < bytes - *at ? width : bytes - *at;
        if (held * 8 < (size_t)count * width) {
            return false;
        }
        model_unpack(values, data + *at, width, count);
        *at += held;
        left -= count;
    }
    return true;
}

static inline void model_read_runs(struct model_values *values, const uint8_t *data, size_t bytes,
                                   uint32_t width, uint32_t wanted) {
    size_t at = 0;
    values->count = 0;
    values->wrong = false;
    while (values->count < wanted && !values->wrong) {
        const uint32_t left = wanted - values->count;
        uint64_t header = 0;
        if (!model_header(data, bytes, &at, &header)) {
            values->wrong = true;
        } else if (header % 2 == 0) {
            values->wrong = !model_repeat(values, data, bytes, &at, width, left, header / 2);
        } else {
            values->wrong = header / 2 > UINT64_MAX / 8 ||
                            !model_groups(values, data, bytes, &at, width, left, header / 2);
        }
    }
    values->bytes = at;
}

/* BIT_PACKED: no runs, the most significant bit first. */
static inline void model_read_packed(struct model_values *values, const uint8_t *data, size_t bytes,
                                     uint32_t width, uint32_t wanted) {
    values->count = 0;
    values->bytes = ((size_t)wanted * width + 7) / 8;
    values->wrong = values->bytes > bytes;
    for (uint32_t i = 0; i < wanted && (size_t)(i + 1) * width <= bytes * 8; i++) {
        uint32_t value = 0;
        for (size_t bit = (size_t)i * width; bit < (size_t)(i + 1) * width; bit++) {
            value = value << 1 | (data[bit / 8] >> (7 - bit % 8) & 1);
        }
        values->of[values->count++] = value;
    }
}

static inline uint32_t model_largest(const struct model_values *values, uint32_t at,
                                     uint32_t count) {
    uint32_t largest = 0;
    for (uint32_t i = at; i < at + count; i++) {
        largest = values->of[i] > largest ? values->of[i] : largest;
    }
    return largest;
}

/* How often each level occurs, from `of`. */
static inline void model_count(struct model_values *values) {
    memset(values->histogram, 0, sizeof values->histogram);
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->of[i] <= WEIR_LEVELS_MAX) {
            values->histogram[values->of[i]]++;
        }
    }
}

/* A list of repetition level k begins with an entry below k and goes on with entries of k. The last
 * one is still open. */
static inline void model_compare_lists(const struct model_values *values, uint32_t k,
                                       const struct weir_level_lists *lists) {
    uint64_t begun = 0;
    uint64_t singles = 0;
    uint64_t length = 0;
    uint64_t shortest = 0;
    uint64_t longest = 0;
    uint64_t squares = 0;
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->of[i] == k) {
            length++;
        } else if (values->of[i] < k) {
            singles += length == 1;
            if (length > 1) {
                shortest = longest == 0 || length < shortest ? length : shortest;
                longest = length > longest ? length : longest;
                squares += length * length;
            }
            begun++;
            length = 1;
        }
    }
    fuzz_require(lists->begun == begun && lists->singles == singles);
    fuzz_require(lists->open == (begun > 0) && lists->more == (length > 0 ? length - 1 : 0));
    fuzz_require(lists->longer_min == shortest && lists->longer_max == longest);
    fuzz_require(lists->square_sum == squares);
}

#endif
