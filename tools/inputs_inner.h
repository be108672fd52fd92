/* Shared by the files that expand paths and that read files. */
#ifndef WEIR_CLI_INPUTS_INNER_H
#define WEIR_CLI_INPUTS_INNER_H

#include <sys/stat.h>

#include "inputs.h"

uint64_t cli_identity(const struct stat *status);

/* Appends base + name + tail. False: no room. */
bool cli_inputs_push(struct cli_inputs *inputs, const char *base, size_t base_bytes,
                     const char *name, size_t name_bytes, const char *tail);

enum cli_exit cli_inputs_refuse(struct cli_refusal *refusal, enum cli_exit code, const char *format,
                                ...) __attribute__((format(printf, 3, 4)));
enum cli_exit cli_inputs_interrupted(struct cli_refusal *refusal);
enum cli_exit cli_inputs_full(const struct cli_inputs *inputs, struct cli_refusal *refusal);

/* Entries of a directory that match; slash: only directories, with a slash behind. */
enum cli_exit cli_inputs_list(struct cli_inputs *inputs, const char *directory, const char *pattern,
                              size_t pattern_bytes, bool slash, struct cli_refusal *refusal);
enum cli_exit cli_inputs_glob(struct cli_inputs *inputs, const char *pattern,
                              struct cli_refusal *refusal);
void cli_inputs_sort(struct cli_file *files, uint32_t count);

#endif
