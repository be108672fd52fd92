/*
 * Cuts files into seeds: their footers under DIR/footers, and also as structs under DIR/structs,
 * their column chunks under DIR/chunks, the pages of these under DIR/headers.
 *
 *     seeds-cut DIR FILE...
 */
#include "seeds.h"

#include "parquet/footer.h"
#include "parquet/thrift.h"

#define FOOTER_BYTES_MAX 2000u
#define CHUNK_BYTES_MAX 3000u
#define LEAVES_MAX 64u

/* What fuzz_chunk wants to know of a column. */
struct leaf {
    uint32_t type;
    uint32_t length;
    uint32_t definition;
    uint32_t repetition;
};

struct file {
    const char *folder;
    char name[200];
    uint8_t *data;
    size_t bytes;
};

static bool load(struct file *file, const char *path) {
    const char *slash = strrchr(path, '/');
    FILE *from = fopen(path, "rb");
    if (from == NULL) {
        return false;
    }
    file->data = malloc(1u << 20);
    file->bytes = fread(file->data, 1, 1u << 20, from);
    snprintf(file->name, sizeof file->name, "%s", slash == NULL ? path : slash + 1);
    fclose(from);
    return true;
}

static void save(const struct file *file, const char *kind, uint32_t number, const uint8_t *head,
                 size_t head_bytes, uint64_t offset, uint64_t count) {
    struct mp_bytes bytes = {0};
    char name[256];
    mp_put(&bytes, head, head_bytes);
    mp_put(&bytes, file->data + offset, (size_t)count);
    snprintf(name, sizeof name, "%s-%u", file->name, number);
    seeds_save(file->folder, kind, name, &bytes);
    mp_free(&bytes);
}

/* The first bytes are those of struct head in fuzz_chunk. */
static void save_chunk(const struct file *file, const struct weir_chunk *chunk, uint32_t number,
                       const struct leaf *leaf) {
    const uint8_t head[] = {
        (uint8_t)leaf->type,           (uint8_t)(leaf->length - 1),
        (uint8_t)chunk->codec,         (uint8_t)(leaf->definition - leaf->repetition),
        (uint8_t)leaf->repetition,     (uint8_t)chunk->values,
        (uint8_t)(chunk->values >> 8), 30,
        (uint8_t)(number % 4)};
    const uint8_t pieces = 40;
    const uint64_t bytes = chunk->compressed_bytes;
    if (bytes > CHUNK_BYTES_MAX || leaf->repetition > 3 ||
        leaf->definition - leaf->repetition > 3 || bytes > file->bytes - chunk->offset) {
        return;
    }
    save(file, "chunks", number, head, sizeof head, chunk->offset, bytes);
    save(file, "headers", number, &pieces, 1, chunk->offset, bytes);
}

static void cut(const struct file *file) {
    static uint8_t window[WEIR_FOOTER_WINDOW_BYTES];
    static struct weir_footer footer;
    static struct weir_footer_item item;
    static struct leaf leaves[LEAVES_MAX];
    struct mp_source input = {.data = file->data, .bytes = file->bytes};
    struct weir_source source = mp_source_of(&input);
    struct weir_error error;
    uint32_t chunks = 0;
    weir_error_clear(&error);
    if (weir_footer_open(&footer, &source, window, &error) != WEIR_OK) {
        fprintf(stderr, "seeds-cut: %s: %s\n", file->name, error.message);
        exit(2);
    }
    if (footer.footer_bytes <= FOOTER_BYTES_MAX) {
        const uint8_t size_and_mask[] = {(uint8_t)(file->bytes / 256 + 1), 0x55};
        const uint8_t type_and_window[] = {WEIR_THRIFT_STRUCT, 90};
        save(file, "footers", 0, size_and_mask, 2, footer.footer_offset, footer.footer_bytes);
        save(file, "structs", 0, type_and_window, 2, footer.footer_offset, footer.footer_bytes);
    }
    while (weir_footer_next(&footer, &item) == WEIR_OK) {
        if (item.kind == WEIR_FOOTER_NODE && item.node.column < LEAVES_MAX) {
            leaves[item.node.column] = (struct leaf){
                (uint32_t)item.node.type.physical, (uint32_t)item.node.type.length_bytes,
                item.node.definition_max, item.node.repetition_max};
        } else if (item.kind == WEIR_FOOTER_CHUNK && item.chunk.column < LEAVES_MAX) {
            save_chunk(file, &item.chunk, chunks++, &leaves[item.chunk.column]);
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: seeds-cut DIR FILE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct file file = {.folder = argv[1]};
        if (!load(&file, argv[i])) {
            fprintf(stderr, "seeds-cut: cannot read %s\n", argv[i]);
            return 2;
        }
        cut(&file);
        free(file.data);
    }
    return 0;
}
