/*
 * Runs a fuzz target over files, and over mutants of them, without a fuzzing engine.
 *
 *     driver [-m MUTANTS] [-s SEED] [-o LAST] FILE...
 *
 * Each mutant changes one to eight places of a file: a bit, a byte, a stretch of bytes, or cuts it.
 * With -x every value of every byte is tried. Prints how many inputs it ran. An input that crashes
 * is written to LAST (fuzz-replay.last).
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint64_t state;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t mutate(uint8_t *data, size_t bytes) {
    uint64_t changes = 1 + next() % 8;
    for (uint64_t i = 0; i < changes && bytes > 0; i++) {
        size_t at = next() % bytes;
        switch (next() % 5) {
        case 0: data[at] ^= (uint8_t)(1u << (next() % 8)); break;
        case 1: data[at] = (uint8_t)next(); break;
        case 2: data[at] = (uint8_t)(next() % 2 == 0 ? 0 : 0xff); break;
        case 3: {
            size_t length = next() % 16;
            for (size_t j = at; j < bytes && j < at + length; j++) {
                data[j] = (uint8_t)next();
            }
            break;
        }
        default:
            if (next() % 8 == 0) {
                bytes = at;
            }
            break;
        }
    }
    return bytes;
}

static uint8_t *load(const char *path, size_t *bytes_ret) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "driver: cannot open %s\n", path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    *bytes_ret = data == NULL ? 0 : fread(data, 1, (size_t)size, file);
    fclose(file);
    return data;
}

static const uint8_t *current;
static size_t current_bytes;
static const char *last_path = "fuzz-replay.last";

/* The input that failed is kept, for another run or a debugger. */
static void keep(int number) {
    FILE *file = fopen(last_path, "wb");
    if (file != NULL) {
        (void)fwrite(current, 1, current_bytes, file);
        fclose(file);
        fprintf(stderr, "driver: signal %d; the input is in %s\n", number, last_path);
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* A copy of exact size, so that a read behind the end is seen by a sanitizer. */
static void run(const uint8_t *data, size_t bytes) {
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    memcpy(copy, data, bytes);
    current = copy;
    current_bytes = bytes;
    (void)LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
}

static unsigned long every_byte(uint8_t *data, size_t bytes) {
    unsigned long count = 0;
    for (size_t at = 0; at < bytes; at++) {
        uint8_t kept = data[at];
        for (unsigned value = 0; value < 256; value++) {
            data[at] = (uint8_t)value;
            run(data, bytes);
            count++;
        }
        data[at] = kept;
    }
    return count;
}

int main(int argc, char **argv) {
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], keep);
    }
    unsigned long mutants = 0;
    unsigned long count = 0;
    int exhaustive = 0;
    state = 0x9e3779b97f4a7c15;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-m") == 0 && i + 1 < argc) {
            mutants = strtoul(argv[++i], NULL, 10);
            continue;
        }
        if (strcmp(argv[i], "-s") == 0 && i + 1 < argc) {
            state = strtoull(argv[++i], NULL, 10) * 2 + 1;
            continue;
        }
        if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            last_path = argv[++i];
            continue;
        }
        if (strcmp(argv[i], "-x") == 0) {
            exhaustive = 1;
            continue;
        }
        size_t bytes = 0;
        uint8_t *data = load(argv[i], &bytes);
        run(data, bytes);
        count++;
        count += exhaustive ? every_byte(data, bytes) : 0;
        uint8_t *copy = malloc(bytes + 1);
        for (unsigned long j = 0; j < mutants; j++, count++) {
            memcpy(copy, data, bytes);
            run(copy, mutate(copy, bytes));
        }
        free(copy);
        free(data);
    }
    printf("%lu inputs\n", count);
    return 0;
}
