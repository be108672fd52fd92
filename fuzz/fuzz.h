/* What the fuzz targets share: bytes as a data set of one file, and a block of memory. */
#ifndef WEIR_FUZZ_H
#define WEIR_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct fuzz_input {
    const uint8_t *data;
    size_t bytes;
    size_t slice; /* most bytes that a read gives */
};

static inline int64_t fuzz_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    const struct fuzz_input *input = context;
    if (offset >= input->bytes) {
        return 0;
    }
    size_t left = input->bytes - (size_t)offset;
    bytes = bytes < left ? bytes : left;
    bytes = bytes < input->slice ? bytes : input->slice;
    memcpy(to, input->data + offset, bytes);
    return (int64_t)bytes;
}

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

#endif
