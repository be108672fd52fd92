/* DELTA_BINARY_PACKED read value by value, in 64 bits: what the kernels are compared with. */
#ifndef WEIR_FUZZ_DELTA_MODEL_H
#define WEIR_FUZZ_DELTA_MODEL_H

#include "fuzz.h"
#include "parquet/delta.h"

#define MODEL_VALUES_MAX 4096u

struct model_deltas {
    uint64_t of[MODEL_VALUES_MAX];
    uint64_t count; /* values before something is wrong */
    size_t bytes;   /* that the section takes */
    bool wrong;
};

struct model_reader {
    const uint8_t *data;
    size_t bytes;
    size_t at;
};

static inline bool model_number(struct model_reader *reader, uint64_t *value) {
    *value = 0;
    for (uint32_t i = 0; i < 10 && reader->at < reader->bytes; i++) {
        uint32_t byte = reader->data[reader->at++];
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

static inline bool model_zigzag(struct model_reader *reader, uint64_t *value) {
    bool there = model_number(reader, value);
    *value = (*value >> 1) ^ (0 - (*value & 1));
    return there;
}

/* The miniblock's values that are wanted; its padding is passed over as far as it is there. */
static inline bool model_miniblock(struct model_deltas *deltas, struct model_reader *reader,
                                   uint32_t width, uint64_t min_delta, uint64_t slots,
                                   uint64_t total) {
    const uint64_t wanted = total - deltas->count < slots ? total - deltas->count : slots;
    const size_t left = reader->bytes - reader->at;
    const uint8_t *data = reader->data + reader->at;
    for (uint64_t i = 0; i < wanted; i++) {
        uint64_t value = 0;
        if ((i + 1) * width > (uint64_t)left * 8) {
            return false;
        }
        for (uint32_t b = 0; b < width; b++) {
            const uint64_t bit = i * width + b;
            value |= (uint64_t)(data[bit / 8] >> bit % 8 & 1) << b;
        }
        deltas->of[deltas->count] = deltas->of[deltas->count - 1] + min_delta + value;
        deltas->count++;
    }
    const uint64_t bytes = slots / 8 * width;
    reader->at += bytes < left ? (size_t)bytes : left;
    return true;
}

static inline bool model_blocks(struct model_deltas *deltas, struct model_reader *reader,
                                uint64_t miniblocks, uint64_t slots, uint64_t total) {
    while (deltas->count < total) {
        uint64_t min_delta = 0;
        if (!model_zigzag(reader, &min_delta) || reader->bytes - reader->at < miniblocks) {
            return false;
        }
        const uint8_t *widths = reader->data + reader->at;
        reader->at += (size_t)miniblocks;
        for (uint64_t m = 0; m < miniblocks && deltas->count < total; m++) {
            if (widths[m] > 64 ||
                !model_miniblock(deltas, reader, widths[m], min_delta, slots, total)) {
                return false;
            }
        }
    }
    return true;
}

static inline bool model_section(struct model_deltas *deltas, struct model_reader *reader,
                                 uint64_t values_max) {
    uint64_t block = 0;
    uint64_t miniblocks = 0;
    uint64_t total = 0;
    uint64_t first = 0;
    if (values_max == 0 && reader->bytes == 0) {
        return true;
    }
    if (!model_number(reader, &block) || !model_number(reader, &miniblocks) ||
        !model_number(reader, &total) || !model_zigzag(reader, &first)) {
        return false;
    }
    if (block == 0 || block % 128 != 0 || block > WEIR_DELTA_BLOCK_MAX || miniblocks == 0 ||
        miniblocks > WEIR_DELTA_MINIBLOCKS_MAX || block % miniblocks != 0 ||
        block / miniblocks % 32 != 0 || total > values_max) {
        return false;
    }
    if (total > 0) {
        deltas->of[deltas->count++] = first;
    }
    return model_blocks(deltas, reader, miniblocks, block / miniblocks, total);
}

static inline void model_read_deltas(struct model_deltas *deltas, const uint8_t *data, size_t bytes,
                                     uint64_t values_max) {
    struct model_reader reader = {data, bytes, 0};
    deltas->count = 0;
    deltas->wrong = !model_section(deltas, &reader, values_max);
    deltas->bytes = reader.at;
}

#endif
