/*
 * One column chunk of arbitrary bytes: page headers, levels, and values of every encoding, those of
 * dictionaries and booleans among them.
 *
 * The first bytes say what the column is (struct head), the pages follow.
 *
 * Properties, besides no crash: failures carry a message; values, levels and counts are the same
 * however the bytes come and on any instruction set; every event has something in it; a chunk that
 * ends well has as many values and nulls as it was said to have; none is read more often than the
 * passes over its dictionary allow.
 */
#include "fuzz.h"
#include "parquet/codec.h"
#include "parquet/reader.h"
#include "parquet/schema.h"

#define BLOCK_BYTES (64u << 20)
#define INPUT_BYTES_MAX 16384u
#define LISTS_MAX 3u

struct head {
    uint8_t type;
    uint8_t length; /* of fixed-length values */
    uint8_t codec;
    uint8_t definition;
    uint8_t repetition;
    uint8_t values[2];
    uint8_t slice;
    uint8_t flags; /* bit 0: pages apart; bit 1: checksums are only counted */
};

/* A reader of each kind, and what it has read. */
struct way {
    struct weir_reader *reader;
    struct weir_error error;
    struct weir_levels levels;
    uint64_t digest;
    uint64_t values;
    uint64_t nulls;
    uint64_t trues;
    uint64_t pages;
    uint64_t weights; /* of entries of the dictionary */
    enum weir_status status;
};

static _Alignas(64) uint8_t block[BLOCK_BYTES];
static struct way ways[2];

static const struct weir_type types[] = {
    {.physical = WEIR_BOOLEAN},
    {.physical = WEIR_INT32},
    {.physical = WEIR_INT64},
    {.physical = WEIR_INT96},
    {.physical = WEIR_FLOAT},
    {.physical = WEIR_DOUBLE},
    {.physical = WEIR_BYTE_ARRAY},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY},
    {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 18},
    {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 38},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 76},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = WEIR_LOGICAL_FLOAT16}};
#define TYPES (sizeof types / sizeof types[0])

static void take_ways(void) {
    struct weir_space space;
    weir_space_carve(&space, block, sizeof block);
    for (int i = 0; i < 2; i++) {
        const struct weir_needs needs = {.codecs = 0xff,
                                         .encodings = ~0u,
                                         .cursors = i == 0 ? 0 : 4,
                                         .held_page_bytes = i == 0 ? 128u << 10 : 0};
        ways[i].reader = weir_reader_take(&space, &needs);
        fuzz_require(!space.overflow);
        weir_reader_init(ways[i].reader, i == 0 ? WEIR_ISA_AUTO : WEIR_ISA_SCALAR, &ways[i].error);
    }
}

/* Values with their weights, one behind the other, however events cut them. */
static void add_values(struct way *way, const struct weir_event *event, uint32_t width) {
    const uint8_t *values = event->values;
    for (uint64_t i = 0; i < event->count; i++) {
        if (event->weights != NULL) {
            fuzz_add(&way->digest, event->weights[i]);
            way->weights += event->weights[i];
        }
        if (event->kind == WEIR_EVENT_VIEWS) {
            fuzz_add(&way->digest, event->views[i].length);
            fuzz_add_value(&way->digest, event->views[i].data, event->views[i].length);
        } else {
            fuzz_add_value(&way->digest, values + i * width, width);
        }
    }
    way->values += event->weights != NULL ? 0 : event->count;
}

static void add_piece(struct way *way, const struct weir_event *event) {
    fuzz_require(event->piece_bytes > 0);
    fuzz_require(event->piece_bytes <= event->piece_length - event->piece_offset);
    if (event->piece_offset == 0) {
        fuzz_add(&way->digest, event->piece_length);
        fuzz_add(&way->digest, event->weights != NULL ? event->weights[0] : 1);
        way->values += event->weights != NULL ? 0 : 1;
        way->weights += event->weights != NULL ? event->weights[0] : 0;
    }
    fuzz_add_bytes(&way->digest, event->values, event->piece_bytes);
}

static void add_event(struct way *way, const struct weir_event *event, uint32_t width) {
    switch (event->kind) {
    case WEIR_EVENT_NULLS:
        fuzz_require(event->count > 0);
        way->nulls += event->count;
        break;
    case WEIR_EVENT_BOOLS:
        fuzz_require(event->count > 0 && event->trues <= event->count);
        way->trues += event->trues;
        way->values += event->count;
        break;
    case WEIR_EVENT_FIXED:
    case WEIR_EVENT_VIEWS:
        fuzz_require(event->count > 0);
        add_values(way, event, width);
        break;
    case WEIR_EVENT_PIECE: add_piece(way, event); break;
    case WEIR_EVENT_PAGE_END:
        fuzz_add(&way->digest, event->page->values);
        fuzz_add(&way->digest, event->page->header_offset);
        fuzz_add(&way->digest, event->page->crc_bad);
        way->pages++;
        break;
    }
}

static void read_chunk(struct way *way, struct fuzz_input *input, const struct head *head,
                       const struct weir_chunk *chunk, struct weir_leaf leaf) {
    static const uint8_t definition_of[LISTS_MAX + 1] = {0, 1, 2, 3};
    const struct weir_source source = {input, fuzz_read_at, input->bytes};
    struct weir_event event;
    struct weir_reader *reader = way->reader;
    memset(&way->levels, 0, sizeof way->levels);
    weir_error_clear(&way->error);
    way->digest = way->values = way->nulls = way->trues = way->pages = way->weights = 0;
    leaf.definition_of = definition_of;
    leaf.levels = leaf.definition_max > 1 || leaf.repetition_max > 0 ? &way->levels : NULL;
    weir_window_forget(&reader->window);
    reader->pages_apart = (head->flags & 1) != 0;
    reader->forgives_crc = (head->flags & 2) != 0;
    way->status = weir_reader_open(reader, &source, chunk, &leaf);
    const uint32_t width = weir_kind_width(weir_type_kind(&leaf.type));
    while (way->status == WEIR_OK && (way->status = weir_reader_next(reader, &event)) == WEIR_OK) {
        add_event(way, &event, width);
    }
    if (way->status != WEIR_END) {
        fuzz_require_failed(way->status, &way->error);
        return;
    }
    fuzz_require(way->error.status == WEIR_OK);
    fuzz_require(weir_reader_next(reader, &event) == WEIR_END);
    fuzz_require(way->values + way->nulls + way->weights == chunk->values);
}

static void compare(const struct weir_leaf *leaf) {
    const struct way *a = &ways[0];
    const struct way *b = &ways[1];
    if (b->status == WEIR_E_LIMIT) {
        return; /* with so little memory */
    }
    fuzz_require(a->status == b->status);
    if (a->status != WEIR_END) {
        return;
    }
    fuzz_require(a->digest == b->digest && a->values == b->values && a->nulls == b->nulls);
    fuzz_require(a->trues == b->trues && a->pages == b->pages && a->weights == b->weights);
    fuzz_require(a->reader->rows == b->reader->rows);
    fuzz_require(a->reader->counts.pages_crc_bad == b->reader->counts.pages_crc_bad);
    for (uint32_t d = 0; d <= leaf->definition_max; d++) {
        fuzz_require(a->levels.definition[d] == b->levels.definition[d]);
    }
    for (uint32_t k = 0; k <= leaf->repetition_max; k++) {
        const struct weir_level_lists *x = &a->levels.lists[k];
        const struct weir_level_lists *y = &b->levels.lists[k];
        fuzz_require(a->levels.repetition[k] == b->levels.repetition[k]);
        fuzz_require(x->begun == y->begun && x->singles == y->singles && x->more == y->more);
        fuzz_require(x->square_sum == y->square_sum && x->longer_max == y->longer_max);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct head head;
    if (bytes <= sizeof head || bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    if (ways[0].reader == NULL) {
        take_ways();
    }
    memcpy(&head, data, sizeof head);
    struct weir_leaf leaf = {.type = types[head.type % TYPES],
                             .repetition_max = head.repetition % (LISTS_MAX + 1)};
    leaf.definition_max = leaf.repetition_max + head.definition % 4;
    if (leaf.type.physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
        leaf.type.length_bytes =
            leaf.type.logical == WEIR_LOGICAL_FLOAT16 ? 2 : 1 + head.length % 64;
    }
    struct fuzz_input input = {.data = data + sizeof head, .bytes = bytes - sizeof head};
    const struct weir_chunk chunk = {.physical = leaf.type.physical,
                                     .codec = head.codec % 8u,
                                     .values = head.values[0] | (uint64_t)head.values[1] << 8,
                                     .compressed_bytes = input.bytes,
                                     .limit_offset = input.bytes};
    for (int i = 0; i < 2; i++) {
        struct fuzz_input source = input;
        source.slice = i == 0 ? SIZE_MAX : 1 + (size_t)head.slice * 4;
        source.state = i == 0 ? 0 : fuzz_state_of(data, bytes);
        read_chunk(&ways[i], &source, &head, &chunk, leaf);
    }
    compare(&leaf);
    return 0;
}
