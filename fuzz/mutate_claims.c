#include "mutate_claims.h"

#include "parquet_layout.h"

#define ROWS 6
#define PAGES 2

/* Where the index lies, and what is in the pages. */
static struct {
    size_t column_index_at;
    size_t offset_index_at;
    size_t end;
    int64_t offset[PAGES];
    int64_t bytes[PAGES];
    int64_t min[PAGES];
    int64_t max[PAGES];
} index_of;

static void write_data_page(struct mp_file *file, int number) {
    struct mp_page page = mp_page_of(number == 0 ? 0 : 3, 0, ROWS);
    uint32_t present[ROWS];
    for (int i = 0; i < ROWS; i++) {
        const int64_t value = number * 100 + i * 7 - 20;
        present[i] = i != 3;
        if (present[i] != 0) {
            mp_put(&page.data, &value, 8);
        }
    }
    page.nulls = 1;
    page.crc = -1;
    mp_levels(&page, present, ROWS);
    index_of.offset[number] = (int64_t)file->bytes.count;
    index_of.min[number] = number * 100 - 20;
    index_of.max[number] = number * 100 + 15;
    mp_page_write(&file->bytes, &page);
    index_of.bytes[number] = (int64_t)file->bytes.count - index_of.offset[number];
}

static void put_bounds(struct mp_bytes *to, int *last, int id, const int64_t *bounds) {
    mp_list(to, last, id, TT_BINARY, PAGES);
    for (int i = 0; i < PAGES; i++) {
        mp_varint(to, 8);
        mp_put(to, &bounds[i], 8);
    }
}

static void write_index(struct mp_bytes *to) {
    int last = 0;
    index_of.column_index_at = to->count;
    mp_list(to, &last, 1, TT_TRUE, PAGES); /* null_pages */
    for (int i = 0; i < PAGES; i++) {
        mp_byte(to, 2);
    }
    put_bounds(to, &last, 2, index_of.min);
    put_bounds(to, &last, 3, index_of.max);
    mp_i32(to, &last, 4, 1); /* boundary_order: ascending */
    mp_list(to, &last, 5, TT_I64, PAGES);
    for (int i = 0; i < PAGES; i++) {
        mp_zigzag(to, 1);
    }
    mp_stop(to);
    last = 0;
    index_of.offset_index_at = to->count;
    mp_list(to, &last, 1, TT_STRUCT, PAGES);
    for (int i = 0; i < PAGES; i++) {
        int inner = 0;
        mp_i64(to, &inner, 1, index_of.offset[i]);
        mp_i32(to, &inner, 2, index_of.bytes[i]);
        mp_i64(to, &inner, 3, i * ROWS);
        mp_stop(to);
    }
    mp_stop(to);
    index_of.end = to->count;
}

struct mp_file *mutate_claims_make(struct mutate_file *made) {
    struct mp_file *file = mp_begin();
    mp_column(file, "i64", WEIR_INT64, 1);
    mp_group_begin(file);
    struct mp_chunk *chunk = mp_chunk_begin(file, WEIR_INT64, 0);
    for (int i = 0; i < PAGES; i++) {
        write_data_page(file, i);
    }
    mp_chunk_end(file, PAGES * ROWS);
    mp_group_end(file, PAGES * ROWS);
    chunk->null_count = PAGES;
    write_index(&file->bytes);
    snprintf(made->name, sizeof made->name, "statistics-and-index");
    return file;
}

/* --- The footer ---------------------------------------------------------------------------------
 */

static struct pl_layout layout;

static uint32_t add(uint32_t node, int32_t id, uint8_t type) {
    uint32_t added = tt_add(&layout.footer, node, id, type);
    assert_true(added != TT_NONE);
    return added;
}

static void add_integer(uint32_t node, int32_t id, uint8_t type, int64_t value) {
    layout.footer.nodes[add(node, id, type)].value = value;
}

static void add_bytes(uint32_t node, int32_t id, const void *bytes, size_t count) {
    struct tt_node *added = &layout.footer.nodes[add(node, id, TT_BINARY)];
    added->bytes = bytes;
    added->bytes_count = (uint32_t)count;
}

static uint32_t add_list(uint32_t node, int32_t id, uint8_t element) {
    uint32_t added = add(node, id, TT_LIST);
    layout.footer.nodes[added].element = element;
    return added;
}

static void add_claims(uint32_t chunk, uint32_t metadata) {
    uint32_t statistics = tt_field(&layout.footer, metadata, 12);
    add_integer(statistics, 4, TT_I64, PAGES * (ROWS - 1));
    add_bytes(statistics, 5, &index_of.max[PAGES - 1], 8);
    add_bytes(statistics, 6, &index_of.min[0], 8);
    add(statistics, 7, TT_TRUE);
    add(statistics, 8, TT_TRUE);
    uint32_t encodings = add_list(metadata, 13, TT_STRUCT);
    for (int32_t i = 0; i < PAGES; i++) {
        uint32_t one = add(encodings, i, TT_STRUCT);
        add_integer(one, 1, TT_I32, i == 0 ? 0 : 3);
        add_integer(one, 2, TT_I32, 0);
        add_integer(one, 3, TT_I32, 1);
    }
    uint32_t sizes = add(metadata, 16, TT_STRUCT);
    uint32_t levels = add_list(sizes, 3, TT_I64);
    add_integer(levels, 0, TT_I64, PAGES);
    add_integer(levels, 1, TT_I64, PAGES * (ROWS - 1));
    add_integer(chunk, 4, TT_I64, (int64_t)index_of.offset_index_at);
    add_integer(chunk, 5, TT_I32, (int64_t)(index_of.end - index_of.offset_index_at));
    add_integer(chunk, 6, TT_I64, (int64_t)index_of.column_index_at);
    add_integer(chunk, 7, TT_I32, (int64_t)(index_of.offset_index_at - index_of.column_index_at));
    uint32_t orders = add_list(0, 7, TT_STRUCT);
    add(add(orders, 0, TT_STRUCT), 1, TT_STRUCT); /* the order that the type defines */
}

/* A column is below all groups in front of it, or there are none. */
static void put_path(const struct mp_file *file, uint32_t metadata, int leaf) {
    uint32_t path = tt_field(&layout.footer, metadata, 3);
    layout.footer.nodes[path].child = TT_NONE;
    for (int i = file->columns[0].type == MP_AUTO ? 0 : leaf; i < file->columns_count; i++) {
        const char *name = file->columns[i].name;
        add_bytes(path, i, name, strlen(name));
        if (file->columns[i].type != MP_AUTO) {
            break;
        }
    }
}

void mutate_claims_finish(struct mp_file *file, bool claims) {
    const struct tt_tree *footer = &layout.footer;
    struct mp_bytes written = {.room = file->bytes.count + 4096};
    assert_true(pl_parse(&layout, file->bytes.data, file->bytes.count));
    for (uint32_t g = footer->nodes[tt_field(footer, 0, 4)].child; g != TT_NONE;
         g = footer->nodes[g].next) {
        int leaf = 0;
        int64_t bytes = 0;
        for (uint32_t c = footer->nodes[tt_field(footer, g, 1)].child; c != TT_NONE;
             c = footer->nodes[c].next) {
            uint32_t metadata = tt_field(footer, c, 3);
            put_path(file, metadata, leaf++);
            bytes += tt_integer(footer, metadata, 6, 0); /* total_uncompressed_size */
            if (claims) {
                add_claims(c, metadata);
            }
        }
        layout.footer.nodes[tt_field(footer, g, 2)].value = bytes; /* total_byte_size */
    }
    written.data = malloc(written.room);
    assert_non_null(written.data);
    written.count = pl_write(&layout, NULL, written.data, written.room);
    assert_true(written.count > 0);
    mp_free(&file->bytes);
    file->bytes = written;
}
