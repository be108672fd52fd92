#include "mutate_sweep.h"

#include <stdio.h>
#include <string.h>

#include "parquet_layout.h"
#include "thrift_change.h"

#define OUTPUT_BYTES_MAX (128u << 10)
#define HEADER_BYTES_MAX 16384u
#define FOOTER UINT32_MAX

static struct pl_layout layout;
static struct tt_tree header;
static uint8_t header_bytes[HEADER_BYTES_MAX];
static uint8_t output[OUTPUT_BYTES_MAX];

/* Field ids from the root down: "header 0: 5.2". */
static const char *path_of(const struct tt_tree *tree, uint32_t page, uint32_t node) {
    static char path[128];
    int32_t ids[TT_DEPTH_MAX];
    uint32_t depth = 0;
    for (uint32_t i = node; i != TT_NONE && depth < TT_DEPTH_MAX; i = tree->nodes[i].parent) {
        ids[depth++] = tree->nodes[i].id;
    }
    size_t at = (size_t)(page == FOOTER ? snprintf(path, sizeof path, "footer ")
                                        : snprintf(path, sizeof path, "page header %u ", page));
    while (depth > 0 && at < sizeof path - 16) {
        depth--;
        at +=
            (size_t)snprintf(path + at, sizeof path - at, "%d%s", ids[depth], depth > 0 ? "." : "");
    }
    return path;
}

/* Takes everything apart again, so that the change before is gone. */
static struct tt_tree *fresh_tree(const uint8_t *data, size_t bytes, uint32_t page) {
    if (!pl_parse(&layout, data, bytes)) {
        return NULL;
    }
    if (page == FOOTER) {
        return &layout.footer;
    }
    return tt_parse(&header, data + layout.pages[page].at, layout.pages[page].header_bytes)
               ? &header
               : NULL;
}

static size_t write_changed(uint32_t page) {
    if (page == FOOTER) {
        return pl_write(&layout, NULL, output, sizeof output);
    }
    const struct pl_page *changed = &layout.pages[page];
    const struct pl_change change = {
        page, header_bytes, tt_write(&header, header_bytes, sizeof header_bytes),
        layout.data + changed->at + changed->header_bytes, changed->body_bytes};
    return pl_write(&layout, &change, output, sizeof output);
}

static bool sweep_tree(const uint8_t *data, size_t bytes, uint32_t page, mutate_sweep_visit *visit,
                       void *context) {
    struct tt_tree *tree = fresh_tree(data, bytes, page);
    const uint32_t nodes = tree == NULL ? 0 : tree->count;
    for (uint32_t node = 1; node < nodes; node++) {
        for (uint32_t change = 0; change < tc_count(); change++) {
            tree = fresh_tree(data, bytes, page);
            size_t at = page == FOOTER ? layout.footer_at : layout.pages[page].at;
            const struct tc_sizes sizes = {bytes - at - tree->nodes[node].end, bytes};
            if (!tc_apply(tree, node, change, &sizes)) {
                continue;
            }
            size_t written = write_changed(page);
            if (written > 0) {
                char what[256];
                snprintf(what, sizeof what, "%s: %s", path_of(tree, page, node), tc_name(change));
                visit(context, output, written, what);
            }
        }
    }
    return nodes > 0;
}

bool mutate_sweep(const uint8_t *data, size_t bytes, mutate_sweep_visit *visit, void *context) {
    bool whole = sweep_tree(data, bytes, FOOTER, visit, context);
    const uint32_t pages = whole ? layout.pages_count : 0;
    for (uint32_t page = 0; page < pages; page++) {
        whole &= sweep_tree(data, bytes, page, visit, context);
    }
    return whole;
}

bool mutate_in_body(const uint8_t *data, size_t bytes, size_t at) {
    bool inside = false;
    bool parsed = pl_parse(&layout, data, bytes);
    for (uint32_t i = 0; parsed && i < layout.pages_count; i++) {
        size_t body = layout.pages[i].at + layout.pages[i].header_bytes;
        inside |= at >= body && at - body < layout.pages[i].body_bytes;
    }
    return inside;
}
