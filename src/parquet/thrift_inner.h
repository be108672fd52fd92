/* How bytes and numbers are read, for the files that make up the Thrift reader. */
#ifndef WEIR_PARQUET_THRIFT_INNER_H
#define WEIR_PARQUET_THRIFT_INNER_H

#include "parquet/thrift.h"

uint64_t weir_thrift_varint_slowly(struct weir_thrift *thrift);

/* The next byte; 0 and an error at the end. */
static inline uint32_t weir_thrift_byte(struct weir_thrift *thrift) {
    struct weir_window *window = thrift->window;
    if (WEIR_UNLIKELY(window->at == window->end) && weir_window_fill(window, 1) == 0) {
        weir_thrift_corrupt(thrift, "metadata ends in the middle of a value");
        return 0;
    }
    return *window->at++;
}

/* Most numbers of a footer have one to five bytes and lie in the window. */
static inline uint64_t weir_thrift_varint(struct weir_thrift *thrift) {
    const uint8_t *at = thrift->window->at;
    if (WEIR_LIKELY(thrift->window->end - at >= 5)) {
        uint64_t value = 0;
        for (uint32_t i = 0; i < 5; i++) {
            value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
            if (at[i] < 0x80) {
                thrift->window->at = at + i + 1;
                return value;
            }
        }
    }
    return weir_thrift_varint_slowly(thrift);
}

#endif
