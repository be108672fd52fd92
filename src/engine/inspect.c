#include "base/hash.h"
#include "engine/inner.h"

#include "base/banned.h"

/* Bytes of a page that a codec may look at to tell its window. */
#define PEEK_BYTES 32u
#define PEEK_WINDOW_BYTES (8u << 10)
/* A dictionary page and the first data page with values to tell of: pages of nulls come first now
 * and then. */
#define PEEK_PAGES 8u
#define NAMES_BYTES (8u << 10)
#define SMALL_CHUNK_BYTES (UINT64_C(64) << 10)

struct inspection {
    const struct weir_dataset *dataset;
    struct weir_profile_options options;
    struct weir_inventory *inventory;
    struct weir_error *error;
    struct weir_footer *footer;
    void *footer_window;
    struct weir_window peek;
    struct weir_footer_item item;
    struct weir_source source;
    uint32_t file;
    uint8_t *names; /* hashes of the first file's selected names, as a bit map */
};

_Static_assert(sizeof(struct weir_footer) + WEIR_FOOTER_WINDOW_BYTES + PEEK_WINDOW_BYTES +
                       NAMES_BYTES + 256 <=
                   WEIR_INSPECT_BYTES,
               "weir_inspect must get by with the window it asks for");

static enum weir_status refuse(struct inspection *in, const char *feature, const char *path,
                               uint32_t path_bytes, uint32_t column, uint32_t row_group) {
    struct weir_error *error = in->error;
    if (error->status == WEIR_OK) {
        error->column = column;
        error->row_group = row_group;
        weir_error_name(error, path, path_bytes);
    }
    return weir_fail(error, WEIR_E_UNSUPPORTED, feature);
}

static uint32_t name_bit(const struct weir_node *node) {
    uint64_t hash = weir_hash_bytes((const uint8_t *)node->path, node->path_bytes);
    return (uint32_t)(hash % (NAMES_BYTES * 8));
}

/* A column of a later file: one whose name the first file surely lacks is counted and remembered.
 * The set of names is a bit map, so with thousands of columns some go unnoticed. */
static void see_later(struct inspection *in) {
    const struct weir_node *node = &in->item.node;
    struct weir_inventory *inventory = in->inventory;
    uint32_t bit = name_bit(node);
    if ((in->names[bit / 8] >> (bit % 8) & 1) != 0) {
        return;
    }
    if (inventory->columns_extra++ == 0) {
        size_t keep = weir_min_u64(node->path_bytes, WEIR_ERROR_NAME_BYTES - 1);
        memcpy(inventory->extra_name, node->path, keep);
        inventory->extra_file = in->file;
    }
}

static enum weir_status see_node(struct inspection *in) {
    const struct weir_node *node = &in->item.node;
    struct weir_inventory *inventory = in->inventory;
    if (node->column == WEIR_NONE32) {
        return WEIR_OK;
    }
    bool selected = weir_options_selected(&in->options, node);
    if (in->file > 0) {
        if (selected) {
            see_later(in);
        }
        return WEIR_OK;
    }
    inventory->columns++;
    if (!selected) {
        return WEIR_OK;
    }
    uint32_t bit = name_bit(node);
    in->names[bit / 8] |= (uint8_t)(1u << (bit % 8));
    inventory->columns_selected++;
    inventory->name_bytes_max = (uint32_t)weir_max_u64(inventory->name_bytes_max, node->path_bytes);
    inventory->kinds |= 1u << weir_type_kind(&node->type);
    inventory->definition_max =
        (uint32_t)weir_max_u64(inventory->definition_max, node->definition_max);
    inventory->repetition_max =
        (uint32_t)weir_max_u64(inventory->repetition_max, node->repetition_max);
    return WEIR_OK;
}

/* Pages up to this size are held where their encoding wants it; larger ones take cursors. */
#define HELD_BYTES_MAX (UINT64_C(4) << 20)

/* Writers end pages at 1 MiB or somewhat behind it. The first page of a chunk may be smaller and of
 * another encoding than those behind it: parquet-java goes from dictionary indices to DELTA. */
#define HELD_BYTES_USUAL (UINT64_C(5) << 18)

/* Cursors beside the main one that pages of the chunk's encodings take. */
static uint32_t cursors_of(const struct weir_chunk *chunk) {
    uint32_t cursors = 0;
    if ((chunk->encodings >> WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY & 1) != 0) {
        cursors = 1;
    }
    if ((chunk->encodings >> WEIR_ENCODING_DELTA_BYTE_ARRAY & 1) != 0) {
        cursors = 2;
    }
    if ((chunk->encodings >> WEIR_ENCODING_BYTE_STREAM_SPLIT & 1) != 0) {
        bool narrow = chunk->physical == WEIR_INT32 || chunk->physical == WEIR_FLOAT;
        bool wide = chunk->physical == WEIR_INT64 || chunk->physical == WEIR_DOUBLE;
        cursors = narrow ? 3 : wide ? 7 : WEIR_CURSORS_MAX;
    }
    return cursors;
}

/* Whether holding a page takes less memory than reading it through cursors. */
static bool holds_cheaper(const struct inspection *in, const struct weir_chunk *chunk,
                          uint64_t bytes) {
    const struct weir_codec *codec = weir_codec_find(chunk->codec);
    uint64_t cursor = WEIR_CURSOR_INPUT_BYTES + weir_body_slice_bytes(chunk->codec) +
                      weir_body_area_bytes(chunk->codec, in->inventory->codec_window_bytes);
    /* Decoding in one go takes the compressed bytes as well. */
    uint64_t held = codec != NULL && codec->whole != NULL ? 2 * bytes : bytes;
    return held <= cursors_of(chunk) * cursor;
}

/* A page of an encoding that needs several of its places at once: how it will be read. */
static void see_held_page(struct inspection *in, const struct weir_chunk *chunk,
                          uint64_t page_bytes) {
    struct weir_inventory *inventory = in->inventory;
    /* Later pages may be somewhat larger, but none is larger than its chunk. */
    uint64_t bytes = weir_max_u64(page_bytes + page_bytes / 4, HELD_BYTES_USUAL);
    bytes = weir_min_u64(bytes, chunk->uncompressed_bytes);
    bytes = weir_max_u64(bytes, page_bytes);
    if (bytes <= HELD_BYTES_MAX || holds_cheaper(in, chunk, bytes)) {
        inventory->held_page_bytes = weir_max_u64(inventory->held_page_bytes, bytes);
    } else {
        inventory->cursors = (uint32_t)weir_max_u64(inventory->cursors, cursors_of(chunk));
    }
}

/* What the decompressor of the page at the peek window's place needs. */
static void see_page(struct inspection *in, const struct weir_chunk *chunk,
                     const struct weir_page *page) {
    const struct weir_codec *codec = weir_codec_find(chunk->codec);
    struct weir_inventory *inventory = in->inventory;
    uint64_t levels = page->type == WEIR_PAGE_DATA_V2
                          ? (uint64_t)page->definition_bytes + page->repetition_bytes
                          : 0;
    weir_window_skip(&in->peek, levels);
    uint64_t bytes = page->raw_bytes - levels;
    uint64_t page_bytes = page->page_bytes - levels;
    if (codec != NULL && codec->window_bytes != NULL && page->is_compressed) {
        size_t held = weir_window_fill(&in->peek, (size_t)weir_min_u64(bytes, PEEK_BYTES));
        held = (size_t)weir_min_u64(held, bytes);
        if (held > 0) {
            uint64_t window = codec->window_bytes(in->peek.at, held, page_bytes);
            inventory->codec_window_bytes = weir_max_u64(inventory->codec_window_bytes, window);
        }
    }
    if (chunk->codec == WEIR_CODEC_SNAPPY && page->is_compressed) {
        uint64_t reach = weir_snappy_reach(&in->peek, bytes, page_bytes);
        inventory->codec_window_bytes = weir_max_u64(inventory->codec_window_bytes, reach);
    }
    if (page->type != WEIR_PAGE_DICTIONARY && cursors_of(chunk) > 0) {
        see_held_page(in, chunk, page_bytes);
    }
    weir_window_skip(&in->peek, bytes);
}

/* Whether the first pages tell something that the footer does not. */
static bool wants_peek(struct inspection *in, const struct weir_chunk *chunk) {
    const struct weir_codec *codec = weir_codec_find(chunk->codec);
    struct weir_inventory *inventory = in->inventory;
    if (chunk->values == 0) {
        return false;
    }
    if (codec != NULL && codec->window_bytes != NULL) {
        if (codec->whole == NULL) {
            return true;
        }
        /* Small chunks need no look: their pages are decoded whole. */
        inventory->codec_window_bytes =
            weir_max_u64(inventory->codec_window_bytes, SMALL_CHUNK_BYTES);
        if (chunk->uncompressed_bytes > inventory->codec_window_bytes) {
            return true;
        }
    }
    /* One chunk a column and file shows how its writer compresses. */
    if (chunk->codec == WEIR_CODEC_SNAPPY && chunk->row_group == 0 &&
        chunk->uncompressed_bytes > SMALL_CHUNK_BYTES) {
        return true;
    }
    return cursors_of(chunk) > 0 && chunk->uncompressed_bytes > inventory->held_page_bytes;
}

/* Looks at the first pages of a chunk whose codec or encodings have needs of their own. */
static enum weir_status peek_pages(struct inspection *in, const struct weir_chunk *chunk) {
    struct weir_page page;
    struct weir_error ignored;
    if (!wants_peek(in, chunk)) {
        return WEIR_OK;
    }
    weir_error_clear(&ignored);
    in->peek.error = &ignored;
    weir_window_seek(&in->peek, &in->source, chunk->offset, chunk->limit_offset);
    for (uint32_t i = 0; i < PEEK_PAGES; i++) {
        /* What is wrong with a page is told when the page is read. */
        if (weir_page_read(&in->peek, &page, &ignored) != WEIR_OK) {
            break;
        }
        see_page(in, chunk, &page);
        if (page.type != WEIR_PAGE_DICTIONARY) {
            uint64_t levels = (uint64_t)page.definition_bytes + page.repetition_bytes;
            if (page.page_bytes - levels > 0) {
                break;
            }
            continue;
        }
        in->inventory->dictionary_entries_max =
            weir_max_u64(in->inventory->dictionary_entries_max, page.values);
    }
    in->peek.error = in->error;
    return weir_error_take_over(in->error, &ignored, chunk);
}

static enum weir_status see_chunk(struct inspection *in) {
    const struct weir_chunk *chunk = &in->item.chunk;
    struct weir_inventory *inventory = in->inventory;
    const char *why = weir_chunk_unsupported(chunk);
    if (why != NULL) {
        return in->options.keep_going ? WEIR_OK
                                      : refuse(in, why, "", 0, chunk->column, chunk->row_group);
    }
    if (chunk->codec < 32) {
        inventory->codecs |= 1u << chunk->codec;
    }
    /* A list without entries, as some old writers leave it, may stand for any of them. */
    inventory->encodings |= chunk->encodings != 0 ? chunk->encodings : ~0u;
    inventory->selected_bytes += chunk->compressed_bytes;
    return peek_pages(in, chunk);
}

/* The first file's columns are known. */
static enum weir_status see_schema(struct inspection *in) {
    const struct weir_profile_options *options = &in->options;
    uint32_t selected = in->inventory->columns_selected;
    if (in->file > 0 || options->suffices == NULL ||
        options->suffices(options->select_context, selected)) {
        return WEIR_OK;
    }
    return weir_fail(in->error, WEIR_E_ARGUMENT,
                     selected == 0 ? "no column is selected"
                                   : "the selected columns do not suffice");
}

static bool wants_chunk(void *selection, uint32_t column) {
    return weir_selection_has(selection, column);
}

static enum weir_status walk_file(struct inspection *in) {
    struct weir_selection selection;
    memset(&selection, 0, sizeof selection);
    enum weir_status status =
        weir_footer_open(in->footer, &in->source, in->footer_window, in->error);
    in->footer->wants = wants_chunk;
    in->footer->wants_context = &selection;
    while (status == WEIR_OK && (status = weir_footer_next(in->footer, &in->item)) == WEIR_OK) {
        const struct weir_node *node = &in->item.node;
        switch (in->item.kind) {
        case WEIR_FOOTER_NODE:
            status = see_node(in);
            weir_selection_see(&selection, &in->options, node);
            break;
        case WEIR_FOOTER_CHUNK: status = see_chunk(in); break;
        case WEIR_FOOTER_ROW_GROUP_END:
            in->inventory->row_groups++;
            in->inventory->rows +=
                weir_min_u64(in->item.row_group_rows, UINT64_MAX - in->inventory->rows);
            break;
        case WEIR_FOOTER_SCHEMA_END: status = see_schema(in); break;
        }
        if (in->options.stop != NULL && *in->options.stop != 0) {
            status = weir_fail(in->error, WEIR_E_INTERRUPTED, "interrupted");
        }
    }
    return status == WEIR_END ? WEIR_OK : status;
}

/* Names the column of an error that has only its ordinal: one more walk over the schema. */
static void name_column(struct inspection *in) {
    struct weir_error scratch;
    struct weir_error *error = in->error;
    if (error->column == WEIR_NONE32 || error->column_name[0] != '\0') {
        return;
    }
    weir_error_clear(&scratch);
    enum weir_status status =
        weir_footer_open(in->footer, &in->source, in->footer_window, &scratch);
    while (status == WEIR_OK && (status = weir_footer_next(in->footer, &in->item)) == WEIR_OK &&
           in->item.kind == WEIR_FOOTER_NODE) {
        if (in->item.node.column == error->column) {
            weir_error_name(error, in->item.node.path, in->item.node.path_bytes);
            return;
        }
    }
}

static enum weir_status see_file(struct inspection *in) {
    struct weir_inventory *inventory = in->inventory;
    in->error->file = in->file;
    WEIR_TRY(weir_dataset_open(in->dataset, in->file, &in->source, in->error));
    weir_window_forget(&in->peek);
    inventory->input_bytes += in->source.size_bytes;
    enum weir_status status = walk_file(in);
    if (status != WEIR_OK) {
        name_column(in);
    }
    inventory->file_digest = weir_hash_u64(inventory->file_digest ^ in->source.size_bytes);
    inventory->file_digest = weir_hash_u64(inventory->file_digest ^ in->footer->footer_bytes);
    inventory->footer_bytes += in->footer->footer_bytes;
    return weir_dataset_close(in->dataset, in->file, &in->source, status, in->error);
}

enum weir_status weir_inspect(const struct weir_dataset *dataset,
                              const struct weir_profile_options *options, void *window,
                              size_t window_bytes, struct weir_inventory *inventory_ret,
                              struct weir_error *error_ret) {
    struct inspection in;
    struct weir_space space;
    weir_error_clear(error_ret);
    memset(inventory_ret, 0, sizeof *inventory_ret);
    if (window == NULL || window_bytes < WEIR_INSPECT_BYTES ||
        (uintptr_t)window % WEIR_MEMORY_ALIGN != 0) {
        return weir_fail_numbers(error_ret, WEIR_E_ARGUMENT,
                                 "weir_inspect needs a larger or an aligned window",
                                 WEIR_INSPECT_BYTES, window_bytes);
    }
    if (dataset->files == 0) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "a data set without files");
    }
    memset(&in, 0, sizeof in);
    in.dataset = dataset;
    in.inventory = inventory_ret;
    in.error = error_ret;
    WEIR_TRY(weir_options_check(options, &in.options, error_ret));
    weir_space_carve(&space, window, window_bytes);
    in.footer = weir_space_take(&space, "footer cursor", 1, sizeof *in.footer, "");
    in.footer_window = weir_space_take(&space, "footer window", 1, WEIR_FOOTER_WINDOW_BYTES, "");
    void *peek = weir_space_take(&space, "peek window", 1, PEEK_WINDOW_BYTES, "");
    in.names = weir_space_take(&space, "names", 1, NAMES_BYTES, "");
    WEIR_ASSERT(peek != NULL && in.names != NULL);
    memset(in.names, 0, NAMES_BYTES);
    weir_window_init(&in.peek, peek, PEEK_WINDOW_BYTES, error_ret);
    inventory_ret->files = dataset->files;
    inventory_ret->codec_window_bytes = in.options.codec_window_bytes;
    for (in.file = 0; in.file < dataset->files; in.file++) {
        WEIR_TRY(see_file(&in));
    }
    error_ret->file = WEIR_NONE32;
    /* A page that must be held and does not fit is refused with the codec window that would do. */
    if ((inventory_ret->encodings & WEIR_ENCODINGS_SIDE_BY_SIDE) != 0) {
        inventory_ret->held_page_bytes =
            weir_max_u64(inventory_ret->held_page_bytes, in.options.codec_window_bytes);
    }
    if (inventory_ret->columns_selected == 0) {
        return weir_fail(error_ret, WEIR_E_ARGUMENT, "no column is selected");
    }
    return WEIR_OK;
}
