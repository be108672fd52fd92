/* Assertions, checked arithmetic and the two error macros that every source file uses. */
#ifndef WEIR_BASE_CHECK_H
#define WEIR_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "weir/status.h"

/*
 * Proof obligations, never input checks: they stay on in release builds and stop the process at
 * once. Code that believes a branch impossible but handles it all the same says WEIR_NEVER or
 * WEIR_ALWAYS and returns WEIR_E_INTERNAL: a plain condition in release, a proof obligation in
 * debug builds. Where coverage is measured neither leaves a branch that no test can take, nor is
 * the condition computed: it has no effects.
 */
#if defined(WEIR_COVERAGE)
#define WEIR_ASSERT(condition) ((void)0)
#elif defined(WEIR_WITHOUT_ASSERTS) /* only to measure what they cost */
#define WEIR_ASSERT(condition) ((void)(0 && (condition)))
#else
#define WEIR_ASSERT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)
#endif

#if defined(WEIR_COVERAGE)
#define WEIR_ALWAYS(condition) true
#define WEIR_NEVER(condition) false
#elif defined(WEIR_DEBUG)
#define WEIR_ALWAYS(condition) ((condition) ? true : (__builtin_trap(), false))
#define WEIR_NEVER(condition) ((condition) ? (__builtin_trap(), true) : false)
#else
#define WEIR_ALWAYS(condition) (condition)
#define WEIR_NEVER(condition) (condition)
#endif

/* For measured hot loops: on in debug and sanitizer builds only. */
#if defined(WEIR_DEBUG)
#define WEIR_ASSERT_HOT(condition) WEIR_ASSERT(condition)
#else
#define WEIR_ASSERT_HOT(condition) ((void)0)
#endif

/* Forwards an error; lets WEIR_OK go on. */
#define WEIR_TRY(expression)                                                                       \
    do {                                                                                           \
        enum weir_status weir_try_status_ = (expression);                                          \
        if (weir_try_status_ != WEIR_OK) {                                                         \
            return weir_try_status_;                                                               \
        }                                                                                          \
    } while (0)

#define WEIR_LIKELY(x) __builtin_expect(!!(x), 1)
#define WEIR_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Records the first error and returns its status; later calls leave the record alone. */
enum weir_status weir_fail(struct weir_error *error, enum weir_status status, const char *message);

/* The same with two numbers: what would have been right, and what was there. */
enum weir_status weir_fail_numbers(struct weir_error *error, enum weir_status status,
                                   const char *message, uint64_t wanted, uint64_t got);

/* Empties a record: status WEIR_OK, every place "none". */
void weir_error_clear(struct weir_error *error);

static inline bool weir_add_u64(uint64_t a, uint64_t b, uint64_t *sum_ret) {
    return !__builtin_add_overflow(a, b, sum_ret);
}

static inline bool weir_mul_u64(uint64_t a, uint64_t b, uint64_t *product_ret) {
    return !__builtin_mul_overflow(a, b, product_ret);
}

static inline uint64_t weir_min_u64(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static inline uint64_t weir_max_u64(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

#endif
