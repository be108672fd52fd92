/* Columns as saved bytes, in memory of exact size. */
#ifndef WEIR_TESTS_SAVED_HELP_H
#define WEIR_TESTS_SAVED_HELP_H

#include "column_help.h"

struct saved {
    uint8_t *bytes;
    uint64_t count;
};

/* Into memory of exact size, with bytes behind it that must not change. */
static inline struct saved save(const struct rig *rig) {
    struct weir_error error = {0};
    struct saved saved = {.count = weir_column_saved_bytes(rig->column)};
    uint64_t written = 0;
    assert_true(saved.count <= weir_column_saved_bytes_max(rig->kind, &rig->options));
    saved.bytes = malloc(saved.count + 16);
    memset(saved.bytes, 0x5a, saved.count + 16);
    assert_int_equal(weir_column_save(rig->column, saved.bytes, saved.count, &written, &error),
                     WEIR_OK);
    assert_int_equal(written, saved.count);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(saved.bytes[saved.count + (uint64_t)i], 0x5a);
    }
    return saved;
}

static inline enum weir_status load(struct rig *rig, const struct saved *saved,
                                    struct weir_error *error) {
    /* A copy of exact size: a sanitizer sees reads behind it. */
    uint8_t *copy = malloc(saved->count > 0 ? saved->count : 1);
    memcpy(copy, saved->bytes, saved->count);
    memset(error, 0, sizeof *error);
    const enum weir_status status =
        weir_column_load(rig->column, &rig->options, rig->scratch, copy, saved->count, error);
    free(copy);
    return status;
}

static inline void assert_loads(struct rig *rig, const struct saved *saved) {
    struct weir_error error;
    const enum weir_status status = load(rig, saved, &error);
    if (status != WEIR_OK) {
        print_message("kind %d: %s\n", (int)rig->kind, error.message);
    }
    assert_int_equal(status, WEIR_OK);
}

/* Bit by bit, from the definition. */
static inline uint32_t crc_of(const uint8_t *bytes, uint64_t count) {
    uint32_t crc = UINT32_MAX;
    for (uint64_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
        }
    }
    return ~crc;
}

static inline void fix_checksum(struct saved *saved) {
    const uint32_t crc = crc_of(saved->bytes, saved->count - 4);
    for (int i = 0; i < 4; i++) {
        saved->bytes[saved->count - 4 + (uint64_t)i] = (uint8_t)(crc >> (8 * i));
    }
}

#endif
