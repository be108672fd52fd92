/* What the fuzz targets share: bytes as a source that gives them in pieces, and what must hold. */
#ifndef WEIR_FUZZ_H
#define WEIR_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static inline void fuzz_require(int condition) {
    if (!condition) {
        abort();
    }
}

/* Every failure has a message. */
static inline void fuzz_require_failed(enum weir_status status, const struct weir_error *error) {
    fuzz_require(status < 0 && status != WEIR_E_INTERNAL && error->status == status);
    fuzz_require(error->message != NULL && error->message[0] != '\0');
}

/* A place that nobody has left: the first error stays, word for word. */
static inline void fuzz_require_stuck(enum weir_status status, const struct weir_error *before,
                                      const struct weir_error *now) {
    fuzz_require(status == before->status && now->status == before->status);
    fuzz_require(now->message == before->message && now->wanted == before->wanted);
    fuzz_require(now->offset_bytes == before->offset_bytes && now->got == before->got);
}

/* Sizes of pieces that follow from the input, so that what fails fails again. */
static inline uint64_t fuzz_state_of(const uint8_t *data, size_t bytes) {
    uint64_t state = bytes * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < bytes; i += 1 + bytes / 8) {
        state = (state ^ data[i]) * UINT64_C(0x100000001b3);
    }
    return state | 1;
}

static inline uint64_t fuzz_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* 1 to `most`; short ones as often as long ones. */
static inline size_t fuzz_piece(uint64_t *state, size_t most) {
    uint64_t random = fuzz_random(state);
    size_t limit = most >> (random & 7);
    return 1 + (size_t)(random >> 8) % (limit > 0 ? limit : 1);
}

struct fuzz_input {
    const uint8_t *data;
    size_t bytes;
    size_t slice;   /* most bytes that a read gives */
    uint64_t state; /* unless 0: reads give pieces of any size up to it */
    uint64_t reads;
};

static inline int64_t fuzz_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    struct fuzz_input *input = context;
    input->reads++;
    if (offset >= input->bytes) {
        return 0;
    }
    size_t left = input->bytes - (size_t)offset;
    size_t slice = input->state != 0 ? fuzz_piece(&input->state, input->slice) : input->slice;
    bytes = bytes < left ? bytes : left;
    bytes = bytes < slice ? bytes : slice;
    memcpy(to, input->data + offset, bytes);
    return (int64_t)bytes;
}

/* Adds a number to a digest. */
static inline void fuzz_add(uint64_t *digest, uint64_t value) {
    *digest = (*digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *digest ^= *digest >> 29;
}

/* A value that is never cut: eight bytes at a time. */
static inline void fuzz_add_value(uint64_t *digest, const void *data, uint64_t bytes) {
    const uint8_t *at = data;
    uint64_t word = 0;
    for (; bytes >= sizeof word; bytes -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        fuzz_add(digest, word);
    }
    word = bytes;
    memcpy((uint8_t *)&word + 1, at, (size_t)bytes);
    fuzz_add(digest, word);
}

/* The same digest however the bytes are cut. */
static inline void fuzz_add_bytes(uint64_t *digest, const void *data, uint64_t bytes) {
    const uint8_t *at = data;
    for (uint64_t i = 0; i < bytes; i++) {
        *digest = (*digest ^ at[i]) * UINT64_C(0x100000001b3);
    }
}

#endif
