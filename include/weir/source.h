/* Where the bytes come from: callbacks that the caller provides. */
#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "weir/status.h"

/*
 * One file as random-access bytes.
 *
 * read_at copies between 1 and `bytes` bytes that start at `offset_bytes` and returns how many;
 * 0 means that the file ends there, a negative value is -errno (or any negative number).
 * A short count is no error: the library asks again. It is called from the thread that runs the
 * lane, and never after the call that led to it has returned.
 */
struct weir_source {
    void *context;
    int64_t (*read_at)(void *context, uint64_t offset_bytes, void *to, size_t bytes);
    uint64_t size_bytes;
};

/*
 * Files of one schema, in order.
 *
 * With open == NULL, context points to an array of `files` ready sources that any lane may use at
 * the same time. Otherwise open fills in a source for the calling lane alone and close gives it
 * back; close may return WEIR_E_CHANGED when the file is not what it was.
 */
struct weir_dataset {
    void *context;
    uint32_t files;
    enum weir_status (*open)(void *context, uint32_t file, struct weir_source *source_ret);
    enum weir_status (*close)(void *context, uint32_t file, struct weir_source *source);
};

#endif
