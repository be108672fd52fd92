/* Whether two columns are in the same state: compared as saved, which is all that matters of it. */
#ifndef WEIR_TESTS_COLUMN_SAME_H
#define WEIR_TESTS_COLUMN_SAME_H

#include <string.h>

#include "stats/column.h"

static inline uint8_t *saved_copy(const struct weir_column *column, uint64_t *bytes_ret) {
    struct weir_error error = {0};
    const uint64_t bytes = weir_column_saved_bytes(column);
    uint8_t *saved = malloc(bytes);
    memset(saved, 0x5a, bytes);
    assert_int_equal(weir_column_save(column, saved, bytes, bytes_ret, &error), WEIR_OK);
    assert_int_equal(*bytes_ret, bytes);
    return saved;
}

static inline void assert_same_columns(const struct weir_column *a, const struct weir_column *b) {
    uint64_t a_bytes = 0;
    uint64_t b_bytes = 0;
    uint8_t *a_saved = saved_copy(a, &a_bytes);
    uint8_t *b_saved = saved_copy(b, &b_bytes);
    assert_int_equal(a_bytes, b_bytes);
    assert_memory_equal(a_saved, b_saved, a_bytes);
    free(a_saved);
    free(b_saved);
}

#endif
