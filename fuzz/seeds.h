/* What the programs that write seeds share. */
#ifndef WEIR_FUZZ_SEEDS_H
#define WEIR_FUZZ_SEEDS_H

#include <sys/stat.h>

#include "encode_help.h"

static inline void seeds_save(const char *folder, const char *kind, const char *name,
                              const struct mp_bytes *bytes) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, kind);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", folder, kind, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes->data, 1, bytes->count, file) != bytes->count ||
        fclose(file) != 0) {
        fprintf(stderr, "seeds: cannot write %s\n", path);
        exit(2);
    }
}

/* The inputs that are no parts of files: DIR/runs, deltas, structs, packed, lines and plans. */
void seeds_small(const char *folder);

#endif
