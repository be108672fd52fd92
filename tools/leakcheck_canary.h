/*
 * Leaks on purpose, for the test that weir leakcheck tells them; never part of the program. Which
 * one is what the environment variable WEIR_CANARY_LEAK says: page, descriptor, mapping or result.
 */
#ifndef WEIR_CLI_LEAKCHECK_CANARY_H
#define WEIR_CLI_LEAKCHECK_CANARY_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LEAK_AREA_BYTES ((size_t)16 << 20)

static const char *leak_kind = "";
static volatile char *leak_area;
static size_t leak_used;

/* Reserves what the seal would not give later. */
static void leak_begin(void) {
    const char *kind = getenv("WEIR_CANARY_LEAK");
    leak_kind = kind != NULL ? kind : "";
    leak_area = mmap(NULL, LEAK_AREA_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    (void)madvise((void *)(uintptr_t)leak_area, LEAK_AREA_BYTES, MADV_NOHUGEPAGE);
}

static void leak(uint64_t *result) {
    leak_used += 4096;
    if (strcmp(leak_kind, "page") == 0 && leak_used < LEAK_AREA_BYTES) {
        leak_area[leak_used] = 1;
    } else if (strcmp(leak_kind, "descriptor") == 0) {
        (void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
    } else if (strcmp(leak_kind, "mapping") == 0) {
        (void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    } else if (strcmp(leak_kind, "result") == 0 && leak_used == 3 * 4096) {
        *result ^= 1;
    }
}

#endif
