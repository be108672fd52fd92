/*
 * The files to read: a path is a file, a directory (its *.parquet), a pattern, or @list.
 *
 * Memory: path strings and 24 bytes a file live in two mappings of their own that grow page by
 * page; `bytes` is what they take, a term of the program's plan.
 */
#ifndef WEIR_CLI_INPUTS_H
#define WEIR_CLI_INPUTS_H

#include "cli.h"
#include "options.h"
#include "weir/source.h"

struct cli_file {
    const char *path;
    uint64_t size_bytes;
    uint64_t identity; /* digest of device, inode, size and times */
};

struct cli_inputs {
    char *text;
    size_t text_used;
    size_t text_limit;
    struct cli_file *files;
    uint32_t count;
    uint32_t count_most; /* most entries ever in use */
    uint32_t count_limit;
    uint64_t bytes;       /* of both, in whole pages */
    uint64_t bytes_limit; /* refuse beyond this */
    bool no_read_ahead;   /* the kernel reads what is asked for and no more */
    bool drop_cache;
};

/* Expands the paths and looks at every file. On failure says why in `refusal`. */
enum cli_exit cli_inputs_expand(struct cli_inputs *inputs, const char *const *paths,
                                uint32_t paths_count, uint64_t bytes_limit,
                                struct cli_refusal *refusal);
void cli_inputs_forget(struct cli_inputs *inputs);

/* A dataset whose sources are read with pread; close reports files that have changed. */
void cli_inputs_dataset(struct cli_inputs *inputs, struct weir_dataset *dataset_ret);

/* The file now under that path is not the one that was expanded. */
bool cli_inputs_changed(const struct cli_inputs *inputs, uint32_t file);

/* The path names one of the files, under whatever name. */
bool cli_inputs_contain(const struct cli_inputs *inputs, const char *path);

/* Called on the main thread only, before each read there: for the progress line. NULL: none. */
void cli_inputs_tick(void (*tick)(void));

#endif
