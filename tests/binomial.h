/* Whether a count of misses can come from misses that are as rare as claimed. */
#ifndef TESTS_BINOMIAL_H
#define TESTS_BINOMIAL_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* A test that is right fails once in a million. */
#define SIGNIFICANCE 1e-6

/* The chance of `misses` or more among `trials` when each has the chance p. */
static inline double binomial_tail(uint64_t trials, uint64_t misses, double p) {
    const double n = (double)trials;
    double tail = 0;
    for (uint64_t k = misses; k <= trials; k++) {
        const double x = (double)k;
        const double log_term =
            lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + x * log(p) + (n - x) * log1p(-p);
        const double term = exp(log_term);
        tail += term;
        if (x > n * p && term < tail * 1e-17) {
            break;
        }
    }
    return tail;
}

static inline bool as_rare_as(uint64_t trials, uint64_t misses, double p) {
    return binomial_tail(trials, misses, p) >= SIGNIFICANCE;
}

#endif
