#include "mutate_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parquet/codec.h"

#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif
#if WEIR_HAVE_DEFLATE
#include <libdeflate.h>
#endif
#if WEIR_HAVE_ZLIB
#include <zlib.h>
#endif
#if WEIR_HAVE_BROTLI
#include <brotli/decode.h>
#endif

#define TEXT_BYTES 1024u

/* What a profile can end with; the first two are WEIR_END. */
static const enum weir_status classes[] = {
    WEIR_END,        WEIR_END,           WEIR_E_NOT_PARQUET, WEIR_E_CORRUPT,
    WEIR_E_CHECKSUM, WEIR_E_UNSUPPORTED, WEIR_E_LIMIT,       WEIR_E_BUDGET,
    WEIR_E_CHANGED,  WEIR_E_SCHEMA,      WEIR_E_ARGUMENT,    WEIR_OK /* else */
};
#define CLASSES (sizeof classes / sizeof classes[0])

/* --- Counting -----------------------------------------------------------------------------------
 */

void mutate_row_slice(struct mutate_row *row, uint64_t at, uint64_t of) {
    row->slice = (uint32_t)(at * MUTATE_SLICES / of);
}

static void add(uint64_t *hash, uint64_t value) {
    *hash = (*hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *hash ^= *hash >> 31;
}

void mutate_row_add(struct mutate_row *row, const struct mutate_verdict *verdict, bool same) {
    uint64_t *hash = &row->hashes[row->slice];
    uint32_t class = same ? 0 : 1;
    while (class + 1 < CLASSES && (int32_t)classes[class] != verdict->status[MUTATE_PROFILE]) {
        class ++;
    }
    row->classes[class]++;
    row->mutants++;
    for (int verb = 0; verb < MUTATE_VERBS; verb++) {
        add(hash, (uint64_t)(int64_t)verdict->status[verb]);
        add(hash, verdict->digest[verb]);
    }
}

/* --- Lines --------------------------------------------------------------------------------------
 */

static void write_counts(char *to, const struct mutate_row *row) {
    size_t at = (size_t)snprintf(to, TEXT_BYTES, "%llu:", (unsigned long long)row->mutants);
    for (uint32_t i = 0; i < CLASSES; i++) {
        const char *name = i == 0             ? "same"
                           : i == 1           ? "other"
                           : i + 1 == CLASSES ? "else"
                                              : weir_status_name(classes[i]) + strlen("WEIR_E_");
        if (row->classes[i] > 0) {
            at += (size_t)snprintf(to + at, TEXT_BYTES - at, " %s %llu", name,
                                   (unsigned long long)row->classes[i]);
        }
    }
}

static void write_hashes(char *to, const struct mutate_row *row) {
    size_t at = 0;
    for (uint32_t i = 0; i < MUTATE_SLICES; i++) {
        at += (size_t)snprintf(to + at, TEXT_BYTES - at, "%s%08llx", i > 0 ? " " : "",
                               (unsigned long long)(row->hashes[i] >> 32));
    }
}

/* The library behind a codec and its version. */
static void write_library(char *to, uint32_t codec) {
    snprintf(to, TEXT_BYTES, "-");
    switch (codec) {
#if WEIR_HAVE_ZSTD
    case WEIR_CODEC_ZSTD: snprintf(to, TEXT_BYTES, "zstd %s", ZSTD_versionString()); break;
#endif
#if WEIR_HAVE_ZLIB
    case WEIR_CODEC_GZIP: snprintf(to, TEXT_BYTES, "zlib %s", zlibVersion());
#if WEIR_HAVE_DEFLATE
        snprintf(to, TEXT_BYTES, "zlib %s, libdeflate %s", zlibVersion(),
                 LIBDEFLATE_VERSION_STRING);
#endif
        break;
#endif
#if WEIR_HAVE_BROTLI
    case WEIR_CODEC_BROTLI:
        snprintf(to, TEXT_BYTES, "brotli %06x", (unsigned)BrotliDecoderVersion());
        break;
#endif
    default: break;
    }
}

struct line {
    const char *fields[5]; /* file, mode, library, counts, hashes */
    char text[TEXT_BYTES];
};

static bool split(struct line *line) {
    char *at = line->text;
    line->text[strcspn(line->text, "\n")] = '\0';
    for (int i = 0; i < 5; i++) {
        line->fields[i] = at;
        char *tab = strchr(at, '\t');
        if (tab == NULL && i < 4) {
            return false;
        }
        if (tab != NULL) {
            *tab = '\0';
            at = tab + 1;
        }
    }
    return true;
}

static bool find_line(const char *table, const char *name, const char *mode, struct line *line) {
    FILE *file = fopen(table, "r");
    bool found = false;
    while (file != NULL && !found && fgets(line->text, sizeof line->text, file) != NULL) {
        found =
            split(line) && strcmp(line->fields[0], name) == 0 && strcmp(line->fields[1], mode) == 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

/* The stretches whose hashes differ, as offsets of the file where the mutants go along them. */
static void tell_slices(const char *was, const char *is, const char *mode, size_t bytes) {
    bool by_offset = strcmp(mode, "fields") != 0;
    for (size_t i = 0; i < MUTATE_SLICES && strlen(was) == strlen(is); i++) {
        if (strncmp(was + 9 * i, is + 9 * i, 8) != 0 && by_offset) {
            printf("  differs at offsets %zu to %zu\n", (i * bytes + 7) / MUTATE_SLICES,
                   ((i + 1) * bytes + 7) / MUTATE_SLICES - 1);
        } else if (strncmp(was + 9 * i, is + 9 * i, 8) != 0) {
            printf("  differs among mutants %zu to %zu modulo 16384\n", i * 2048, i * 2048 + 2047);
        }
    }
}

static bool compare(const struct line *is, const char *table, size_t bytes) {
    static struct line was;
    const char *name = is->fields[0];
    const char *mode = is->fields[1];
    if (!find_line(table, name, mode, &was)) {
        printf("%s %s: no verdicts are pinned\n", name, mode);
        return false;
    }
    if (strcmp(was.fields[2], is->fields[2]) != 0) {
        printf("%s %s: pinned with %s, this is %s: only counted\n", name, mode, was.fields[2],
               is->fields[2]);
        return strtoull(was.fields[3], NULL, 10) == strtoull(is->fields[3], NULL, 10);
    }
    if (strcmp(was.fields[3], is->fields[3]) == 0 && strcmp(was.fields[4], is->fields[4]) == 0) {
        return true;
    }
    printf("%s %s: other verdicts\n  was %s\n  is  %s\n", name, mode, was.fields[3], is->fields[3]);
    tell_slices(was.fields[4], is->fields[4], mode, bytes);
    printf("  `mutate -l %s` lists every verdict\n", name);
    return false;
}

bool mutate_row_end(const struct mutate_row *row, const struct mutate_file *file, const char *mode,
                    bool in_codec, const char *table, const char *rows) {
    static char texts[4][TEXT_BYTES];
    struct line is = {.fields = {file->name, texts[0], texts[1], texts[2], texts[3]}};
    snprintf(texts[0], TEXT_BYTES, "%s%s", mode, in_codec ? " in codec" : "");
    write_library(texts[1], in_codec ? file->library : 0);
    write_counts(texts[2], row);
    write_hashes(texts[3], row);
    bool fine = table == NULL || compare(&is, table, file->bytes);
    FILE *to = rows == NULL ? NULL : fopen(rows, "a");
    if (rows != NULL && to == NULL) {
        fprintf(stderr, "mutate: cannot write %s\n", rows);
        return false;
    }
    if (to != NULL) {
        fprintf(to, "%s\t%s\t%s\t%s\t%s\n", is.fields[0], is.fields[1], is.fields[2], is.fields[3],
                is.fields[4]);
        fclose(to);
    }
    return fine;
}
