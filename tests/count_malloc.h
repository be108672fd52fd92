/* Counts the allocations of a whole test program, its libraries included. */
#ifndef WEIR_TESTS_COUNT_MALLOC_H
#define WEIR_TESTS_COUNT_MALLOC_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNT_MALLOC_OFF 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define COUNT_MALLOC_OFF 1
#endif

static volatile unsigned long malloc_count;

#ifndef COUNT_MALLOC_OFF

/* Visible, so that the calls of shared libraries land here too. */
#pragma GCC visibility push(default)

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *place, size_t bytes);

__attribute__((visibility("default"))) void *malloc(size_t bytes) {
    malloc_count++;
    return __libc_malloc(bytes);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t bytes) {
    malloc_count++;
    return __libc_calloc(count, bytes);
}

__attribute__((visibility("default"))) void *realloc(void *place, size_t bytes) {
    malloc_count++;
    return __libc_realloc(place, bytes);
}

#pragma GCC visibility pop

#endif
#endif
