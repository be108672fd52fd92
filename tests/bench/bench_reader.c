/*
 * Decode only: reads and decodes every value of files with flat columns into blocks, with the
 * reader that a profile uses, and does nothing with them.
 *
 *     bench_reader FILE...
 *
 * Dictionary chunks are counted and their entries streamed, as in a profile. Prints what has been
 * read as JSON; the caller takes the time of the process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/inner.h"
#include "weir.h"

#define COLUMNS_MAX 32768u

struct totals {
    uint64_t rows;
    uint64_t values; /* entries with and without a value */
    uint64_t nulls;
};

/* What the chunks of a file need to know of their columns, remembered from its schema. */
static struct weir_type types[COLUMNS_MAX];
static uint32_t definition_max[COLUMNS_MAX];

static int64_t read_at(void *fd, uint64_t offset, void *to, size_t bytes) {
    return pread(*(int *)fd, to, bytes, (off_t)offset);
}

static struct weir_reader *make_reader(struct weir_source *source, struct weir_error *error) {
    static _Alignas(64) unsigned char window[WEIR_INSPECT_BYTES];
    struct weir_dataset data = {.context = source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    struct weir_inventory inventory;
    if (weir_inspect(&data, &options, window, sizeof window, &inventory, error)) {
        return NULL;
    }
    struct weir_needs needs = weir_inventory_needs(&inventory);
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    (void)weir_reader_take(&space, &needs);
    uint64_t bytes = space.used_bytes;
    weir_space_carve(&space, aligned_alloc(64, (bytes + 63) / 64 * 64), bytes);
    struct weir_reader *reader = weir_reader_take(&space, &needs);
    weir_reader_init(reader, weir_isa_best(), error);
    return reader;
}

static enum weir_status read_chunk(struct weir_reader *reader, const struct weir_source *source,
                                   const struct weir_chunk *chunk, struct totals *totals) {
    const char *why = weir_chunk_unsupported(chunk);
    if (why != NULL) {
        return weir_fail(reader->error, WEIR_E_UNSUPPORTED, why);
    }
    struct weir_leaf leaf = {.type = types[chunk->column],
                             .definition_max = definition_max[chunk->column]};
    struct weir_event event;
    WEIR_TRY(weir_reader_open(reader, source, chunk, &leaf));
    enum weir_status status;
    while ((status = weir_reader_next(reader, &event)) == WEIR_OK) {
        totals->nulls += event.kind == WEIR_EVENT_NULLS ? event.count : 0;
    }
    totals->values += chunk->values;
    return status == WEIR_END ? WEIR_OK : status;
}

static enum weir_status read_file(struct weir_source *source, struct totals *totals,
                                  struct weir_error *error) {
    static struct weir_footer footer;
    static struct weir_footer_item item;
    static unsigned char window[WEIR_FOOTER_WINDOW_BYTES];
    struct weir_reader *reader = make_reader(source, error);
    if (reader == NULL) {
        return error->status;
    }
    WEIR_TRY(weir_footer_open(&footer, source, window, error));
    enum weir_status status;
    while ((status = weir_footer_next(&footer, &item)) == WEIR_OK) {
        if (item.kind == WEIR_FOOTER_NODE && item.node.column != WEIR_NONE32) {
            if (item.node.column >= COLUMNS_MAX || item.node.definition_max > 1 ||
                item.node.repetition_max > 0) {
                return weir_fail(error, WEIR_E_UNSUPPORTED, "only flat columns, at most 32,768");
            }
            types[item.node.column] = item.node.type;
            definition_max[item.node.column] = item.node.definition_max;
        } else if (item.kind == WEIR_FOOTER_CHUNK) {
            WEIR_TRY(read_chunk(reader, source, &item.chunk, totals));
        }
    }
    totals->rows += footer.rows;
    return status == WEIR_END ? WEIR_OK : status;
}

int main(int argc, char **argv) {
    struct totals totals = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: bench_reader FILE...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);
        struct weir_source source = {&fd, read_at, (uint64_t)lseek(fd, 0, SEEK_END)};
        struct weir_error error;
        weir_error_clear(&error);
        if (fd < 0 || read_file(&source, &totals, &error) != WEIR_OK) {
            fprintf(stderr, "%s: %s\n", argv[i], fd < 0 ? "cannot be opened" : error.message);
            return 1;
        }
        close(fd);
    }
    printf("{\"rows\":%llu,\"values\":%llu,\"nulls\":%llu}\n", (unsigned long long)totals.rows,
           (unsigned long long)totals.values, (unsigned long long)totals.nulls);
    return 0;
}
