/* Files as the library reads them: pread, no mapping, and an eye on who they are. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "inputs_inner.h"

/* One entry a descriptor: the number itself is the index, so that nobody shares. */
#define HANDLES_MAX 1024
struct handle {
    const struct cli_inputs *inputs;
    uint32_t file;
};
static struct handle handles[HANDLES_MAX];

static void (*main_tick)(void);
static _Thread_local bool is_main;

void cli_inputs_tick(void (*tick)(void)) {
    main_tick = tick;
    is_main = true;
}

static int64_t read_at(void *context, uint64_t offset_bytes, void *to, size_t bytes) {
    const struct handle *handle = context;
    const int fd = (int)(handle - handles);
    unsigned tries = 0;
    if (is_main && main_tick != NULL) {
        main_tick();
    }
    if (offset_bytes > INT64_MAX) {
        return -EOVERFLOW;
    }
    while (cli_stop == 0) {
        const ssize_t count = pread(fd, to, bytes, (off_t)offset_bytes);
        if (count >= 0) {
            if (handle->inputs->drop_cache && count > 0) {
                (void)posix_fadvise(fd, (off_t)offset_bytes, count, POSIX_FADV_DONTNEED);
            }
            return count;
        }
        const int error = errno;
        if (!cli_again(&tries)) {
            return error == EINTR ? -EIO : -error; /* the library has tries of its own */
        }
    }
    return -EINTR;
}

static enum weir_status source_open(void *context, uint32_t file, struct weir_source *source_ret) {
    const struct cli_inputs *inputs = context;
    struct stat status;
    unsigned tries = 0;
    int fd;
    do {
        fd = open(inputs->files[file].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (fd < 0 && cli_again(&tries) && cli_stop == 0);
    if (fd < 0) {
        return errno == ENOENT ? WEIR_E_CHANGED : WEIR_E_IO; /* it was there when we looked */
    }
    if (fd >= HANDLES_MAX || fstat(fd, &status) != 0) {
        (void)close(fd);
        return WEIR_E_IO;
    }
    if (!S_ISREG(status.st_mode) || cli_identity(&status) != inputs->files[file].identity) {
        (void)close(fd);
        return WEIR_E_CHANGED;
    }
    (void)posix_fadvise(fd, 0, 0,
                        inputs->no_read_ahead ? POSIX_FADV_RANDOM : POSIX_FADV_SEQUENTIAL);
    handles[fd].inputs = inputs;
    handles[fd].file = file;
    source_ret->context = &handles[fd];
    source_ret->read_at = read_at;
    source_ret->size_bytes = (uint64_t)status.st_size;
    return WEIR_OK;
}

static enum weir_status source_close(void *context, uint32_t file, struct weir_source *source) {
    const struct cli_inputs *inputs = context;
    const struct handle *handle = source->context;
    const int fd = (int)(handle - handles);
    struct stat status;
    const bool known = fstat(fd, &status) == 0;
    (void)close(fd);
    if (!known) {
        return WEIR_E_IO;
    }
    return cli_identity(&status) == inputs->files[file].identity ? WEIR_OK : WEIR_E_CHANGED;
}

void cli_inputs_dataset(struct cli_inputs *inputs, struct weir_dataset *dataset_ret) {
    dataset_ret->context = inputs;
    dataset_ret->files = inputs->count;
    dataset_ret->open = source_open;
    dataset_ret->close = source_close;
}

bool cli_inputs_changed(const struct cli_inputs *inputs, uint32_t file) {
    struct stat status;
    if (file >= inputs->count) {
        return false;
    }
    return stat(inputs->files[file].path, &status) != 0 ||
           cli_identity(&status) != inputs->files[file].identity;
}
