/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the random numbers of tests that seed it. */
#ifndef WEIR_TESTS_SPLITMIX_H
#define WEIR_TESTS_SPLITMIX_H

#include <stdint.h>

static uint64_t random_state;

static inline uint64_t random_next(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = random_state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#endif
