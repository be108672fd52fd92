/*
 * A footer of arbitrary bytes, in a file whose data are zeros.
 *
 * The first byte says how large the data are, the second which columns are wanted; the footer
 * follows, and is put in its place with the right length behind it.
 *
 * Properties, besides no crash: the items are the same however the bytes come, whether columns are
 * passed over, and whether claims are filled in; there are no more items than bytes; chunks lie in
 * the file, in order; the first error stays; what can be inspected has a valid footer and as many
 * rows and columns.
 */
#include "fuzz.h"
#include "parquet/footer.h"

#define INPUT_BYTES_MAX 8192u

static _Alignas(64) uint8_t window[WEIR_FOOTER_WINDOW_BYTES];
static _Alignas(64) uint8_t inspect_window[WEIR_INSPECT_BYTES];
static struct weir_footer footer;
static struct weir_footer_item item;
static struct weir_claims claims;

/* A file: magic, zeros, the footer, its length, magic. */
struct file {
    struct fuzz_input footer;
    uint64_t footer_offset;
    uint64_t bytes;
    bool wants_nulls; /* null counts of chunks, too */
};

static int64_t read_file(void *context, uint64_t offset, void *to, size_t bytes) {
    struct file *file = context;
    const uint64_t behind = file->footer_offset + file->footer.bytes;
    const uint32_t length = (uint32_t)file->footer.bytes;
    const uint8_t tail[8] = {(uint8_t)length, (uint8_t)(length >> 8), 0, 0, 'P', 'A', 'R', '1'};
    if (offset >= file->footer_offset && offset < behind) {
        return fuzz_read_at(&file->footer, offset - file->footer_offset, to, bytes);
    }
    if (offset >= file->bytes) {
        return 0;
    }
    const uint64_t end = offset < file->footer_offset ? file->footer_offset : file->bytes;
    bytes = bytes < end - offset ? bytes : (size_t)(end - offset);
    if (offset >= behind) {
        memcpy(to, tail + (offset - behind), bytes);
        return (int64_t)bytes;
    }
    memset(to, 0, bytes);
    for (size_t i = 0; i < bytes && offset + i < 4; i++) {
        ((uint8_t *)to)[i] = (uint8_t) "PAR1"[offset + i];
    }
    return (int64_t)bytes;
}

/* What a walk came to. */
struct walk {
    enum weir_status status;
    uint64_t digest; /* of wanted items */
    uint64_t items;
    uint64_t leaves;
    uint64_t rows;
};

static bool is_wanted(void *context, uint32_t column) {
    const uint8_t *mask = context;
    return (*mask >> column % 8 & 1) != 0;
}

static void add_node(uint64_t *digest, const struct weir_node *node) {
    fuzz_require(node->path_bytes <= WEIR_NAME_BYTES_MAX && node->path[node->path_bytes] == '\0');
    fuzz_require(node->definition_max <= WEIR_LEVELS_MAX);
    fuzz_require(node->repetition_max <= node->definition_max);
    fuzz_add_bytes(digest, node->path, node->path_bytes);
    fuzz_add(digest, (uint64_t)node->depth << 32 | node->children);
    fuzz_add(digest, (uint64_t)node->column << 32 | (uint64_t)node->repetition << 8);
    fuzz_add(digest, (uint64_t)node->definition_max << 32 | node->repetition_max);
    fuzz_add(digest, (uint64_t)node->type.physical << 32 | node->type.logical);
    fuzz_add(digest, (uint64_t)(uint32_t)node->type.precision << 32 | (uint32_t)node->type.scale);
    for (uint32_t d = 1; d <= node->definition_max; d++) {
        fuzz_require(node->levels[d].path_bytes <= node->path_bytes);
        fuzz_add(digest, (uint64_t)node->levels[d].path_bytes << 1 | node->levels[d].is_repeated);
    }
}

static void add_chunk(uint64_t *digest, const struct weir_chunk *chunk, const struct file *file) {
    if (chunk->has_metadata && !chunk->elsewhere && !chunk->encrypted) {
        fuzz_require(chunk->offset <= chunk->limit_offset);
        /* Old writers leave the header of the dictionary out of the size. */
        fuzz_require(chunk->values == 0 ||
                     (chunk->offset >= 4 && chunk->offset < file->footer_offset &&
                      chunk->compressed_bytes <= file->footer_offset + 100 - chunk->offset));
        fuzz_require(chunk->limit_offset <= file->bytes || chunk->values == 0);
    }
    fuzz_add(digest, (uint64_t)chunk->row_group << 32 | chunk->column);
    fuzz_add(digest, (uint64_t)chunk->physical << 32 | chunk->codec);
    fuzz_add(digest, chunk->encodings);
    fuzz_add(digest, chunk->values);
    fuzz_add(digest, chunk->compressed_bytes);
    fuzz_add(digest, chunk->uncompressed_bytes);
    fuzz_add(digest, chunk->offset);
    fuzz_add(digest, chunk->limit_offset);
    if (file->wants_nulls) {
        fuzz_add(digest, (uint64_t)chunk->null_count.value << 1 | chunk->null_count.present);
    }
    fuzz_add(digest, (uint64_t)chunk->has_dictionary_offset << 3 | (uint64_t)chunk->encrypted << 2 |
                         (uint64_t)chunk->elsewhere << 1 | chunk->has_metadata);
}

/* Walks the footer; only chunks of columns in `mask` count. `passes`: the footer passes over the
 * others itself. */
static struct walk walk_footer(struct file *file, struct weir_error *error, uint8_t mask,
                               bool passes, bool has_claims) {
    struct weir_source source = {file, read_file, file->bytes};
    struct walk walk = {WEIR_OK, 0, 0, 0, 0};
    weir_error_clear(error);
    walk.status = weir_footer_open(&footer, &source, window, error);
    if (walk.status != WEIR_OK) {
        fuzz_require_failed(walk.status, error);
        return walk;
    }
    footer.wants_null_counts = file->wants_nulls;
    footer.wants = passes ? is_wanted : NULL;
    footer.wants_context = &mask;
    footer.claims = has_claims ? &claims : NULL;
    while ((walk.status = weir_footer_next(&footer, &item)) == WEIR_OK) {
        walk.items++;
        switch (item.kind) {
        case WEIR_FOOTER_NODE:
            walk.leaves += item.node.column != WEIR_NONE32;
            add_node(&walk.digest, &item.node);
            break;
        case WEIR_FOOTER_CHUNK:
            if ((mask >> item.chunk.column % 8 & 1) != 0) {
                add_chunk(&walk.digest, &item.chunk, file);
            }
            break;
        case WEIR_FOOTER_ROW_GROUP_END:
            fuzz_add(&walk.digest, item.row_group_rows);
            fuzz_add(&walk.digest, item.row_group_bytes);
            break;
        default: break;
        }
    }
    walk.rows = footer.rows;
    struct weir_error before = *error;
    const enum weir_status again = weir_footer_next(&footer, &item);
    if (walk.status == WEIR_END) {
        fuzz_require(again == WEIR_END && error->status == WEIR_OK);
    } else {
        fuzz_require_failed(walk.status, error);
        fuzz_require_stuck(again, &before, error);
    }
    fuzz_require(walk.items <= file->footer.bytes + 1);
    return walk;
}

/* Column orders, on a way of their own. */
static uint64_t read_orders(struct file *file, struct weir_error *error) {
    struct weir_source source = {file, read_file, file->bytes};
    uint64_t digest = 0;
    uint32_t count = 0;
    weir_error_clear(error);
    if (weir_footer_open(&footer, &source, window, error) != WEIR_OK ||
        weir_footer_seek_orders(&footer, &count) != WEIR_OK) {
        return (uint64_t)error->status;
    }
    fuzz_require(count <= file->footer.bytes);
    for (uint32_t i = 0; i < count; i++) {
        fuzz_add(&digest, weir_footer_order(&footer));
    }
    fuzz_add(&digest, (uint64_t)error->status);
    return digest;
}

static enum weir_status inspect(struct file *file, struct weir_inventory *inventory,
                                struct weir_error *error) {
    struct weir_source source = {file, read_file, file->bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 16u << 20, .keep_going = true};
    enum weir_status status =
        weir_inspect(&dataset, &options, inspect_window, sizeof inspect_window, inventory, error);
    if (status != WEIR_OK) {
        fuzz_require_failed(status, error);
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static struct weir_inventory inventories[2];
    struct weir_error error;
    if (bytes < 2 || bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    const uint64_t body_bytes = 4 + (uint64_t)data[0] * 256;
    struct file whole = {{.data = data + 2, .bytes = bytes - 2, .slice = SIZE_MAX},
                         body_bytes,
                         body_bytes + bytes - 2 + 8,
                         data[1] >= 0x80};
    struct file pieces = whole;
    pieces.footer.slice = 1 + data[1] % 61;
    pieces.footer.state = fuzz_state_of(data, bytes);
    const struct walk all = walk_footer(&whole, &error, 0xff, false, false);
    const struct weir_error first = error;
    const struct walk sliced = walk_footer(&pieces, &error, 0xff, false, false);
    fuzz_require(all.status == sliced.status && all.digest == sliced.digest);
    fuzz_require(first.message == error.message && first.offset_bytes == error.offset_bytes);
    if (all.status == WEIR_END) {
        const struct walk some = walk_footer(&whole, &error, data[1], false, false);
        const struct walk passed = walk_footer(&pieces, &error, data[1], true, false);
        fuzz_require(passed.status == WEIR_END && passed.digest == some.digest);
    }
    const struct walk claimed = walk_footer(&pieces, &error, 0xff, false, true);
    fuzz_require(claimed.status != WEIR_END ||
                 (all.status == WEIR_END && claimed.digest == all.digest));
    fuzz_require(read_orders(&whole, &error) == read_orders(&pieces, &error));
    const enum weir_status status = inspect(&whole, &inventories[0], &error);
    fuzz_require(inspect(&pieces, &inventories[1], &error) == status);
    if (status == WEIR_OK) {
        fuzz_require(memcmp(&inventories[0], &inventories[1], sizeof inventories[0]) == 0);
        fuzz_require(all.status == WEIR_END || whole.wants_nulls);
        fuzz_require(all.status != WEIR_END || inventories[0].columns == all.leaves);
    }
    return 0;
}
