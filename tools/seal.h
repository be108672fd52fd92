/*
 * The seal: from here on the kernel kills the process if it asks for memory, threads, programs
 * or anything else that reading and writing does not need.
 */
#ifndef WEIR_CLI_SEAL_H
#define WEIR_CLI_SEAL_H

#include <stdbool.h>

/*
 * Seals all threads of the process for good. replaces_files: rename and unlink stay allowed, for
 * -o. False: this kernel cannot; nothing was changed.
 */
bool cli_seal(bool replaces_files);

/* Reads and writes a mebibyte from malloc: the sealed process must die of it. */
void cli_seal_canary(void);

#endif
