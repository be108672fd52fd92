/*
 * What an instrument must find, one fault a name: a run of it that ends well shows that the
 * instrument does not see. Without instruments none of them does harm. Compiled from a copy outside
 * of tests/, where wrapping is allowed.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 64u

static volatile uint32_t sink;
static uint32_t shared;

static int overread(const char *name) {
    uint8_t *bytes = malloc(BYTES);
    volatile uint32_t at = BYTES + (uint32_t)strlen(name) - 8;
    memset(bytes, 1, BYTES);
    sink = bytes[at];
    free(bytes);
    return 0;
}

static int wrap(const char *name) {
    volatile uint32_t most = UINT32_MAX;
    sink = most + (uint32_t)strlen(name);
    return 0;
}

static int lose(const char *name) {
    volatile uint64_t wide = UINT32_MAX + (uint64_t)strlen(name);
    uint32_t narrow = 0;
    narrow += wide;
    sink = narrow;
    return 0;
}

static int unwritten(const char *name) {
    uint32_t *words = malloc(BYTES);
    (void)name;
    if (words[3] == 7) {
        sink = 1;
    }
    free(words);
    return 0;
}

static void *count(void *unused) {
    for (int i = 0; i < 1000; i++) {
        shared++;
    }
    return unused;
}

static int race(const char *name) {
    pthread_t thread;
    (void)name;
    if (pthread_create(&thread, NULL, count, NULL) != 0) {
        return 0;
    }
    (void)count(NULL);
    (void)pthread_join(thread, NULL);
    sink = shared;
    return 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(const char *name);
    } faults[] = {{"overread", overread},
                  {"wrap", wrap},
                  {"lose", lose},
                  {"unwritten", unwritten},
                  {"race", race}};
    for (size_t i = 0; argc == 2 && i < sizeof faults / sizeof *faults; i++) {
        if (strcmp(argv[1], faults[i].name) == 0) {
            return faults[i].run(argv[1]);
        }
    }
    return 0; /* an unknown name is found by nothing, either */
}
