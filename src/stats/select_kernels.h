/* Loops of select.c, compiled once for each instruction set. */
#ifndef WEIR_STATS_SELECT_KERNELS_H
#define WEIR_STATS_SELECT_KERNELS_H

#include "base/check.h"

#define WEIR_SELECT_TILE 512u /* most keys a call takes */

/* Room behind the places that `inside` writes: it may scribble there. */
#define WEIR_SELECT_INSIDE_ROOM 16u

struct weir_select_kernels {
    /* places_ret[i] = first + how many of the ascending bounds are below keys[i]. There are fewer
     * than 256; behind them, up to a power of two above their number, lie largest keys. */
    void (*place)(const uint64_t *keys, uint32_t count, const uint64_t *bounds,
                  uint32_t bounds_count, uint32_t first, uint8_t *places_ret);

    /* Adds to counts[s] how many places are s; all are below `segments`. */
    void (*tally)(const uint8_t *places, uint32_t count, uint32_t segments, uint64_t *counts);

    /* Lists which places are odd. Returns how many. */
    uint32_t (*inside)(const uint8_t *places, uint32_t count, uint16_t *inside_ret);
};

extern const struct weir_select_kernels weir_select_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_select_kernels weir_select_kernels_avx2;
extern const struct weir_select_kernels weir_select_kernels_avx512;
#endif

#endif
