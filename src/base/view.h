/* Byte arrays that lie somewhere else: how decoders hand them out. */
#ifndef WEIR_BASE_VIEW_H
#define WEIR_BASE_VIEW_H

#include <stdint.h>

/* Byte arrays up to this long are handed out whole, longer ones in pieces. */
#define WEIR_VIEW_BYTES_MAX 4096u

/* One whole byte array. */
struct weir_view {
    const uint8_t *data;
    uint32_t length;
};

#endif
