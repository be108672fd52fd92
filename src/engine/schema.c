#include "engine/inner.h"
#include "weir/schema.h"

#include "base/banned.h"

#define PAGES_WINDOW_BYTES (8u << 10)

struct walk {
    const struct weir_schema_visitor *visitor;
    struct weir_source source;
    struct weir_footer *footer;
    void *footer_window;
    struct weir_window pages;
    struct weir_footer_item item;
    struct weir_error *error;
    bool stopped;
};

static void see_node(struct walk *walk) {
    const struct weir_node *node = &walk->item.node;
    struct weir_schema_node shown;
    memset(&shown, 0, sizeof shown);
    shown.name = node->path + (node->path_bytes - node->name_bytes);
    shown.name_bytes = node->name_bytes;
    shown.depth = node->depth;
    shown.children = node->children;
    shown.column = node->column;
    shown.repetition = node->repetition;
    shown.type = node->type;
    walk->stopped =
        walk->visitor->node != NULL && !walk->visitor->node(walk->visitor->context, &shown);
}

/* Reads the page headers of a chunk, one short read each. */
static enum weir_status see_pages(struct walk *walk, const struct weir_schema_chunk *shown) {
    const struct weir_chunk *chunk = &walk->item.chunk;
    uint64_t left = chunk->values;
    weir_window_seek(&walk->pages, &walk->source, chunk->offset, chunk->limit_offset);
    while (left > 0 && !walk->stopped) {
        struct weir_page page;
        WEIR_TRY(weir_page_read(&walk->pages, &page, walk->error));
        struct weir_schema_page header = {.type = page.type,
                                          .encoding = page.encoding,
                                          .values = page.values,
                                          .compressed_bytes = page.raw_bytes,
                                          .uncompressed_bytes = page.page_bytes,
                                          .has_crc = page.has_crc};
        walk->stopped = !walk->visitor->page(walk->visitor->context, shown, &header);
        weir_window_skip(&walk->pages, page.raw_bytes);
        if (page.type == WEIR_PAGE_DATA || page.type == WEIR_PAGE_DATA_V2) {
            left -= weir_min_u64(left, page.values);
        }
    }
    return WEIR_OK;
}

static enum weir_status see_chunk(struct walk *walk) {
    const struct weir_chunk *chunk = &walk->item.chunk;
    struct weir_schema_chunk shown;
    memset(&shown, 0, sizeof shown);
    shown.row_group = chunk->row_group;
    shown.column = chunk->column;
    shown.codec = chunk->codec;
    shown.encodings = chunk->encodings;
    shown.values = chunk->values;
    shown.compressed_bytes = chunk->compressed_bytes;
    shown.uncompressed_bytes = chunk->uncompressed_bytes;
    shown.offset_bytes = chunk->offset;
    shown.has_dictionary = chunk->has_dictionary_offset;
    shown.encrypted = chunk->encrypted;
    walk->stopped =
        walk->visitor->chunk != NULL && !walk->visitor->chunk(walk->visitor->context, &shown);
    if (walk->stopped || walk->visitor->page == NULL || chunk->encrypted || chunk->elsewhere) {
        return WEIR_OK;
    }
    enum weir_status status = see_pages(walk, &shown);
    if (status != WEIR_OK) {
        walk->error->row_group = chunk->row_group;
        walk->error->column = chunk->column;
    }
    return status;
}

static enum weir_status walk_items(struct walk *walk, struct weir_schema_summary *summary) {
    const struct weir_schema_visitor *visitor = walk->visitor;
    WEIR_TRY(weir_footer_open(walk->footer, &walk->source, walk->footer_window, walk->error));
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK && !walk->stopped &&
           (status = weir_footer_next(walk->footer, &walk->item)) == WEIR_OK) {
        const struct weir_footer_item *item = &walk->item;
        switch (item->kind) {
        case WEIR_FOOTER_NODE: see_node(walk); break;
        case WEIR_FOOTER_CHUNK: status = see_chunk(walk); break;
        case WEIR_FOOTER_ROW_GROUP_END:
            summary->row_groups++;
            walk->stopped = visitor->row_group != NULL &&
                            !visitor->row_group(visitor->context, item->row_group,
                                                item->row_group_rows, item->row_group_bytes);
            break;
        case WEIR_FOOTER_SCHEMA_END: walk->stopped |= visitor->schema_only; break;
        }
    }
    summary->rows = walk->footer->rows;
    summary->footer_bytes = walk->footer->footer_bytes;
    summary->columns = walk->footer->leaves;
    summary->version = walk->footer->version;
    memcpy(summary->created_by, walk->footer->created_by, sizeof summary->created_by);
    return status == WEIR_END ? WEIR_OK : status;
}

enum weir_status weir_schema_walk(const struct weir_dataset *dataset, uint32_t file,
                                  const struct weir_schema_visitor *visitor, void *window,
                                  size_t window_bytes, struct weir_schema_summary *summary_ret,
                                  struct weir_error *error_ret) {
    struct walk walk;
    struct weir_space space;
    weir_error_clear(error_ret);
    memset(summary_ret, 0, sizeof *summary_ret);
    if (window == NULL || window_bytes < WEIR_INSPECT_BYTES ||
        (uintptr_t)window % WEIR_MEMORY_ALIGN != 0 || file >= dataset->files) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "weir_schema_walk needs a larger window");
    }
    memset(&walk, 0, sizeof walk);
    walk.visitor = visitor;
    walk.error = error_ret;
    weir_space_carve(&space, window, window_bytes);
    walk.footer = weir_space_take(&space, "footer cursor", 1, sizeof *walk.footer, "");
    walk.footer_window = weir_space_take(&space, "footer window", 1, WEIR_FOOTER_WINDOW_BYTES, "");
    void *pages = weir_space_take(&space, "page window", 1, PAGES_WINDOW_BYTES, "");
    WEIR_ASSERT(pages != NULL);
    weir_window_init(&walk.pages, pages, PAGES_WINDOW_BYTES, error_ret);
    WEIR_TRY(weir_dataset_open(dataset, file, &walk.source, error_ret));
    enum weir_status status = walk_items(&walk, summary_ret);
    return weir_dataset_close(dataset, file, &walk.source, status, error_ret);
}
