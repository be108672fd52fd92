/*
 * Naive encoders of the value encodings, for tests: bits one by one, and every freedom that the
 * specification leaves taken at random.
 */
#ifndef WEIR_TESTS_ENCODE_HELP_H
#define WEIR_TESTS_ENCODE_HELP_H

#include "make_parquet.h"

/* --- Values as stored --------------------------------------------------------------------------
 */

struct en_values {
    struct mp_bytes bytes;
    size_t *at; /* value i is bytes[at[i] .. at[i + 1]) */
    size_t count;
    size_t room;
};

static inline void en_add(struct en_values *values, const void *data, size_t bytes) {
    if (values->count + 1 >= values->room) {
        values->room = 2 * values->room + 64;
        values->at = realloc(values->at, values->room * sizeof values->at[0]);
        assert_non_null(values->at);
        values->at[0] = 0;
    }
    mp_put(&values->bytes, data, bytes);
    values->at[++values->count] = values->bytes.count;
}

static inline const uint8_t *en_data(const struct en_values *values, size_t i) {
    static const uint8_t none = 0;
    return values->bytes.data == NULL ? &none : values->bytes.data + values->at[i];
}

static inline uint32_t en_length(const struct en_values *values, size_t i) {
    return (uint32_t)(values->at[i + 1] - values->at[i]);
}

static inline void en_free(struct en_values *values) {
    mp_free(&values->bytes);
    free(values->at);
    memset(values, 0, sizeof *values);
}

/* --- PLAIN, BYTE_STREAM_SPLIT ------------------------------------------------------------------
 */

static inline void en_plain(struct mp_bytes *to, const struct en_values *values, bool lengths) {
    for (size_t i = 0; i < values->count; i++) {
        if (lengths) {
            mp_u32(to, en_length(values, i));
        }
        mp_put(to, en_data(values, i), en_length(values, i));
    }
}

static inline void en_split(struct mp_bytes *to, const struct en_values *values, uint32_t width) {
    for (uint32_t k = 0; k < width; k++) {
        for (size_t i = 0; i < values->count; i++) {
            mp_byte(to, en_data(values, i)[k]);
        }
    }
}

/* --- The DELTA encodings -----------------------------------------------------------------------
 */

struct en_bits {
    struct mp_bytes *to;
    uint32_t byte;
    uint32_t used;
};

static inline void en_put_bits(struct en_bits *bits, uint64_t value, uint32_t width) {
    for (uint32_t i = 0; i < width; i++) {
        bits->byte |= (uint32_t)(value >> i & 1) << bits->used;
        if (++bits->used == 8) {
            mp_byte(bits->to, bits->byte);
            bits->byte = 0;
            bits->used = 0;
        }
    }
}

/* A block of `count` deltas, in miniblocks of `each`; range masks the width of a number. */
static inline void en_delta_block(struct mp_bytes *to, const int64_t *deltas, uint32_t count,
                                  uint32_t miniblocks, uint32_t each, uint64_t range) {
    int64_t least = deltas[0];
    for (uint32_t i = 1; i < count; i++) {
        least = deltas[i] < least ? deltas[i] : least;
    }
    mp_zigzag(to, least);
    size_t widths = to->count;
    for (uint32_t m = 0; m < miniblocks; m++) {
        uint32_t width = m * each < count ? 0 : mp_below(256); /* nobody needs it: any byte */
        for (uint32_t i = m * each; i < count && i < (m + 1) * each; i++) {
            uint32_t bits = weir_bit_width(((uint64_t)deltas[i] - (uint64_t)least) & range);
            width = bits > width ? bits : width;
        }
        mp_byte(to, m * each < count && width < 60 && mp_below(8) == 0 ? width + 3 : width);
    }
    for (uint32_t m = 0; m * each < count; m++) {
        struct en_bits bits = {to, 0, 0};
        for (uint32_t i = m * each; i < (m + 1) * each; i++) {
            uint64_t above = i < count ? ((uint64_t)deltas[i] - (uint64_t)least) & range : 0;
            en_put_bits(&bits, above, to->data[widths + m]);
        }
    }
}

static inline void en_delta(struct mp_bytes *to, const int64_t *numbers, size_t count,
                            uint32_t bits) {
    uint32_t miniblocks = 1u << mp_below(4);
    uint32_t each = (miniblocks > 4 ? 32 : 128 / miniblocks) + 128 * mp_below(2);
    uint32_t block = miniblocks * each;
    /* Differences of 32-bit numbers modulo 2^32, or in 64 bits as old arrow-go takes them. */
    bool narrow = bits == 32 && mp_below(2) != 0;
    int64_t *deltas = calloc(block, sizeof *deltas);
    assert_non_null(deltas);
    mp_varint(to, block);
    mp_varint(to, miniblocks);
    mp_varint(to, count);
    mp_zigzag(to, count > 0 ? numbers[0] : 0);
    for (size_t at = 1; at < count; at += block) {
        uint32_t n = (uint32_t)weir_min_u64(count - at, block);
        for (uint32_t i = 0; i < n; i++) {
            deltas[i] = (int64_t)((uint64_t)numbers[at + i] - (uint64_t)numbers[at + i - 1]);
            deltas[i] = narrow ? (int32_t)deltas[i] : deltas[i];
        }
        en_delta_block(to, deltas, n, miniblocks, each, narrow ? UINT32_MAX : UINT64_MAX);
    }
    free(deltas);
}

/* Values of 4 or 8 bytes. */
static inline void en_delta_integers(struct mp_bytes *to, const struct en_values *values,
                                     uint32_t width) {
    int64_t *numbers = calloc(values->count + 1, sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < values->count; i++) {
        numbers[i] = width == 4 ? (int32_t)weir_load_u32(en_data(values, i))
                                : (int64_t)weir_load_u64(en_data(values, i));
    }
    en_delta(to, numbers, values->count, 8 * width);
    free(numbers);
}

static inline void en_delta_length(struct mp_bytes *to, const struct en_values *values) {
    int64_t *lengths = calloc(values->count + 1, sizeof *lengths);
    assert_non_null(lengths);
    for (size_t i = 0; i < values->count; i++) {
        lengths[i] = en_length(values, i);
    }
    en_delta(to, lengths, values->count, 32);
    mp_put(to, values->bytes.data, values->bytes.count);
    free(lengths);
}

/* Shares as much with the value before as there is, or less. */
static inline void en_delta_bytes(struct mp_bytes *to, const struct en_values *values) {
    struct en_values suffixes = {0};
    int64_t *prefixes = calloc(values->count + 1, sizeof *prefixes);
    assert_non_null(prefixes);
    for (size_t i = 0; i < values->count; i++) {
        uint32_t same = 0;
        uint32_t length = en_length(values, i);
        while (i > 0 && same < length && same < en_length(values, i - 1) &&
               en_data(values, i)[same] == en_data(values, i - 1)[same]) {
            same++;
        }
        prefixes[i] = mp_below(4) == 0 ? mp_below(same + 1) : same;
        en_add(&suffixes, en_data(values, i) + prefixes[i], length - (size_t)prefixes[i]);
    }
    en_delta(to, prefixes, values->count, 32);
    en_delta_length(to, &suffixes);
    en_free(&suffixes);
    free(prefixes);
}

/* Any of them; `width` is 0 for byte arrays. */
static inline void en_encode(struct mp_bytes *to, const struct en_values *values, int64_t encoding,
                             uint32_t width) {
    switch (encoding) {
    case WEIR_ENCODING_PLAIN: en_plain(to, values, width == 0); break;
    case WEIR_ENCODING_DELTA_BINARY_PACKED: en_delta_integers(to, values, width); break;
    case WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY: en_delta_length(to, values); break;
    case WEIR_ENCODING_DELTA_BYTE_ARRAY: en_delta_bytes(to, values); break;
    case WEIR_ENCODING_BYTE_STREAM_SPLIT: en_split(to, values, width); break;
    default: fail();
    }
}

/* --- Random values ------------------------------------------------------------------------------
 */

/* Bytes of a value; 0: values have lengths of their own. */
static inline uint32_t en_stored_width(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_INT32:
    case WEIR_FLOAT: return 4;
    case WEIR_INT96: return 12;
    case WEIR_FIXED_LEN_BYTE_ARRAY: return (uint32_t)type->length_bytes;
    case WEIR_BYTE_ARRAY: return 0;
    default: return 8;
    }
}

/* Adds a column of this type to a file's schema; `logical`: its id in the LogicalType union. */
static inline void en_describe(struct mp_file *file, const char *name, const struct weir_type *type,
                               int64_t logical, int64_t repetition) {
    mp_column(file, name, type->physical, repetition);
    struct mp_column *described = &file->columns[file->columns_count - 1];
    if (type->physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
        described->type_length = type->length_bytes;
    }
    if (type->logical == WEIR_LOGICAL_DECIMAL) {
        described->converted = 5;
        described->precision = type->precision;
        described->scale = 2;
    }
    described->logical = logical;
}

/* Bytes of a random value of a type: text-like or numbers near each other, so that neighbours have
 * beginnings in common; a decimal is as long as its precision lets it be. */
static inline void en_add_random(struct en_values *values, const struct weir_type *type,
                                 uint32_t width, uint32_t length_max) {
    uint32_t length = width > 0 ? width : mp_below(length_max + 1);
    bool decimal = type->logical == WEIR_LOGICAL_DECIMAL;
    uint8_t *bytes = malloc(length + 1u);
    size_t before = values->count;
    assert_non_null(bytes);
    length = decimal && length == 0 ? 1 : length;
    uint32_t kept = mp_below(length + 1);
    for (uint32_t i = 0; i < length; i++) {
        bool same = before > 0 && i < kept && i < en_length(values, before - 1);
        bytes[i] = same ? en_data(values, before - 1)[i] : (uint8_t)mp_random();
    }
    uint32_t holds = type->precision > 38 ? UINT32_MAX : type->precision > 18 ? 16 : 8;
    if (decimal && length > holds &&
        (type->physical == WEIR_BYTE_ARRAY || type->physical == WEIR_FIXED_LEN_BYTE_ARRAY)) {
        memset(bytes, bytes[length - holds] >= 0x80 ? 0xff : 0, length - holds);
    }
    en_add(values, bytes, length);
    free(bytes);
}

#endif
