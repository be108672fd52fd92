/*
 * Where data goes: stdout, or a temporary file that replaces its target only when all is written.
 *
 * Writes are buffered in a fixed buffer. The first failure sticks: later writes do nothing, and
 * cli_output_commit reports it.
 */
#ifndef WEIR_CLI_OUTPUT_H
#define WEIR_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define CLI_OUTPUT_BUFFER_BYTES (32u << 10)
#define CLI_OUTPUT_PATH_BYTES 4096u

struct cli_output {
    int fd;
    int error;    /* errno of the first failure */
    bool is_file; /* a temporary file waits for its rename */
    bool is_ready;
    bool is_placed;     /* the target is replaced; an error then is one of the directory */
    bool double_quotes; /* every '"' is written twice: inside a CSV field */
    uint64_t bytes;     /* written or buffered so far */
    size_t used;
    struct weir_hash_stream *digest; /* not NULL: takes the bytes, nothing is written */
    const char *name;                /* for messages */
    char target[CLI_OUTPUT_PATH_BYTES];
    char temporary[CLI_OUTPUT_PATH_BYTES + 32];
    char buffer[CLI_OUTPUT_BUFFER_BYTES];
};

/* Opens the temporary file beside `path`, or takes stdout where path is NULL. False: see error. */
bool cli_output_open(struct cli_output *output, const char *path);

void cli_put_bytes(struct cli_output *output, const void *from, size_t bytes);
void cli_put(struct cli_output *output, const char *text);
void cli_put_char(struct cli_output *output, char byte);
void cli_put_repeat(struct cli_output *output, char byte, size_t count);
void cli_put_u64(struct cli_output *output, uint64_t value);

/* Unwrites what came after `bytes` was `mark`, where it is still buffered. False: it has left. */
bool cli_output_take_back(struct cli_output *output, uint64_t mark);

/* Writes what is buffered. False after a failure. */
bool cli_output_flush(struct cli_output *output);

/* Flush, fsync, close, rename, fsync of the directory. False: see error; nothing was replaced, but
 * where is_placed. */
bool cli_output_commit(struct cli_output *output);

/* Forgets what was written: the temporary file goes, the target stays as it was. */
void cli_output_abandon(struct cli_output *output);

#endif
