/*
 * The table of verdicts: a line for each file and mode, with how many mutants ended how and hashes
 * over all that the readers said, for eight stretches of the mutants each.
 *
 *     file <tab> mode <tab> library <tab> counts <tab> hashes
 *
 * What an error is called by which library makes of damaged bytes is that library's affair: mutants
 * of bytes that zstd, gzip or Brotli decode are counted in lines of their own, which name the
 * library and its version. Where another version is at hand only the number of mutants is compared.
 */
#ifndef WEIR_FUZZ_MUTATE_TABLE_H
#define WEIR_FUZZ_MUTATE_TABLE_H

#include "mutate_files.h"
#include "mutate_run.h"

#define MUTATE_SLICES 8u
#define MUTATE_CLASSES 16u

struct mutate_row {
    uint64_t mutants;
    uint64_t classes[MUTATE_CLASSES];
    uint64_t hashes[MUTATE_SLICES];
    uint32_t slice;
};

/* The mutants that follow are at place `at` of `of`. */
void mutate_row_slice(struct mutate_row *row, uint64_t at, uint64_t of);

/* `same`: all that was said of the file as it is was said of the mutant. */
void mutate_row_add(struct mutate_row *row, const struct mutate_verdict *verdict, bool same);

/* Compares with the table and writes a line for one, either unless NULL. false: they differ, which
 * has been told. */
bool mutate_row_end(const struct mutate_row *row, const struct mutate_file *file, const char *mode,
                    bool in_codec, const char *table, const char *rows);

#endif
