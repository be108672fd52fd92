#include "engine/inner.h"

#include "base/banned.h"

/* Whether `a` comes first in file order. */
static bool comes_first(const struct weir_warned *a, const struct weir_warned *b) {
    if (a->file != b->file) {
        return a->file < b->file;
    }
    if (a->row_group != b->row_group) {
        return a->row_group < b->row_group;
    }
    return a->column < b->column;
}

/* Adds to one kind; the first place is kept, in whatever order they come. */
static void add(struct weir_warned *to, const struct weir_warned *more) {
    uint64_t count = to->count + more->count;
    if (more->count == 0) {
        return;
    }
    if (to->count == 0 || comes_first(more, to)) {
        *to = *more;
    }
    to->count = count;
}

void weir_warn_file_rows(struct weir_warnings *warnings, uint32_t file, uint64_t stated,
                         uint64_t found) {
    struct weir_warned warned;
    memset(&warned, 0, sizeof warned);
    warned.count = stated != found;
    warned.stated = stated;
    warned.found = found;
    warned.file = file;
    warned.row_group = WEIR_NONE32;
    warned.column = WEIR_NONE32;
    add(&warnings->kinds[WEIR_WARNING_FILE_ROWS], &warned);
}

void weir_warn_nulls(struct weir_warnings *warnings, uint32_t file, const struct weir_chunk *chunk,
                     uint64_t nulls, uint64_t own_nulls, const char *path, uint32_t path_bytes) {
    struct weir_warned warned;
    int64_t stated = chunk->null_count.value;
    /* Negative counts stand for "unknown" with some writers. */
    if (!chunk->null_count.present || stated < 0 || (uint64_t)stated == nulls ||
        (uint64_t)stated == own_nulls) {
        return;
    }
    memset(&warned, 0, sizeof warned);
    warned.count = 1;
    warned.stated = (uint64_t)stated;
    warned.found = nulls;
    warned.file = file;
    warned.row_group = chunk->row_group;
    warned.column = chunk->column;
    memcpy(warned.column_name, path, weir_min_u64(path_bytes, WEIR_ERROR_NAME_BYTES - 1));
    add(&warnings->kinds[WEIR_WARNING_NULL_COUNT], &warned);
}

void weir_warnings_add(struct weir_warnings *to, const struct weir_warnings *more) {
    for (uint32_t i = 0; i < WEIR_WARNINGS; i++) {
        add(&to->kinds[i], &more->kinds[i]);
    }
}
