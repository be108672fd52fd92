/*
 * The scalar sort: least significant byte first, only over the bytes in which keys differ.
 *
 * Cost: at most eight passes whatever the keys are and in whatever order they come. Sorted and
 * reversed input is seen in one look.
 */
#ifndef WEIR_STATS_SORT_RADIX_H
#define WEIR_STATS_SORT_RADIX_H

#include "stats/sort.h"

#define RADIX_SIZE 256u
#define RADIX_SMALL 40u

static void insertion_sort(uint64_t *keys, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        uint32_t at = i;
        while (at > 0 && keys[at - 1] > key) {
            keys[at] = keys[at - 1];
            at--;
        }
        keys[at] = key;
    }
}

/* True if the keys ended up sorted: they were, or they came in descending order. */
static bool sorted_or_reversed(uint64_t *keys, uint32_t count) {
    uint32_t i = 1;
    while (i < count && keys[i - 1] <= keys[i]) {
        i++;
    }
    if (i >= count) {
        return true;
    }
    i = 1;
    while (i < count && keys[i - 1] >= keys[i]) {
        i++;
    }
    if (i < count) {
        return false;
    }
    for (uint32_t a = 0, b = count - 1; a < b; a++, b--) {
        uint64_t key = keys[a];
        keys[a] = keys[b];
        keys[b] = key;
    }
    return true;
}

/* Bits in which not all keys agree. */
static uint64_t differing_bits(const uint64_t *keys, uint32_t count) {
    uint64_t differing = 0;
    for (uint32_t i = 1; i < count; i++) {
        differing |= keys[i] ^ keys[0];
    }
    return differing;
}

/* One stable pass over the byte that starts at bit `shift`. */
static void radix_pass(const uint64_t *from, uint64_t *to, uint32_t count, uint32_t shift) {
    uint32_t starts[RADIX_SIZE] = {0};
    for (uint32_t i = 0; i < count; i++) {
        starts[(from[i] >> shift) & (RADIX_SIZE - 1)]++;
    }
    uint32_t sum = 0;
    for (uint32_t digit = 0; digit < RADIX_SIZE; digit++) {
        uint32_t here = starts[digit];
        starts[digit] = sum;
        sum += here;
    }
    WEIR_ASSERT(sum == count);
    for (uint32_t i = 0; i < count; i++) {
        to[starts[(from[i] >> shift) & (RADIX_SIZE - 1)]++] = from[i];
    }
}

static void radix_sort(uint64_t *keys, uint64_t *spare, uint32_t count) {
    WEIR_ASSERT(count <= WEIR_SORT_MAX);
    if (count <= RADIX_SMALL) {
        insertion_sort(keys, count);
        return;
    }
    if (sorted_or_reversed(keys, count)) {
        return;
    }
    uint64_t differing = differing_bits(keys, count);
    uint64_t *from = keys;
    uint64_t *to = spare;
    while (differing != 0) {
        uint32_t shift = (uint32_t)__builtin_ctzll(differing);
        shift = shift > 56 ? 56 : shift;
        radix_pass(from, to, count, shift);
        differing &= ~((uint64_t)(RADIX_SIZE - 1) << shift);
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys) {
        memcpy(keys, from, count * sizeof *keys);
    }
}

#endif
