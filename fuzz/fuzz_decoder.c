/*
 * One page of arbitrary bytes, in any encoding, type and codec.
 *
 * The first bytes say what the page is (struct head), the rest is the page. It is read twice: held,
 * and with as little memory as will do, through cursors and small reads.
 *
 * Properties, besides no crash: failures carry a message; every event has something in it; the two
 * ways give the same values, or both fail; only the second may refuse the page for its size.
 */
#include "fuzz.h"
#include "parquet/codec.h"
#include "parquet/convert.h"
#include "parquet/decoder.h"
#include "parquet/schema.h"

#define BLOCK_BYTES (160u << 20)
#define HELD_BYTES (64u << 10)

struct head {
    uint8_t type;
    uint8_t length; /* of fixed-length values */
    uint8_t encoding;
    uint8_t codec;
    uint8_t page_bytes[2]; /* decompressed; without a codec the page's own */
    uint8_t values[2];
    uint8_t flags; /* bit 0: values as stored; the others: bytes in front of the values */
    uint8_t slice;
};

/* Memory for one of the two ways. */
struct way {
    struct weir_decoder decoder;
    struct weir_body_memory memory;
    struct weir_window window;
    size_t window_bytes;
};

static _Alignas(64) uint8_t block[BLOCK_BYTES];
static struct way ways[2];
static struct weir_error error;

static const struct weir_type types[] = {
    {.physical = WEIR_INT32},
    {.physical = WEIR_INT64},
    {.physical = WEIR_INT96},
    {.physical = WEIR_FLOAT},
    {.physical = WEIR_DOUBLE},
    {.physical = WEIR_BYTE_ARRAY},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY},
    {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 18},
    {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 38},
    {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 76},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 18},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 76},
    {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .logical = WEIR_LOGICAL_FLOAT16}};
#define TYPES (sizeof types / sizeof types[0])

static void take_way(struct way *way, struct weir_space *space, bool holds) {
    struct weir_needs needs = {.codecs = 0xff,
                               .encodings = ~0u,
                               .cursors = holds ? 0 : WEIR_CURSORS_MAX,
                               .held_page_bytes = holds ? HELD_BYTES : 0};
    fuzz_require(weir_decoder_take(space, &needs, &way->decoder));
    weir_decoder_init(&way->decoder, WEIR_ISA_AUTO, &error);
    weir_body_sizes(needs.codecs, 0, needs.held_page_bytes, &way->memory.area_bytes,
                    &way->memory.slice_bytes);
    way->memory.area = weir_space_take(space, "area", 1, way->memory.area_bytes, "");
    way->memory.slice = weir_space_take(space, "slice", 1, way->memory.slice_bytes, "");
    way->window_bytes = holds ? 256u << 10 : WEIR_BODY_KEEP + 1;
    way->window.buffer = weir_space_take(space, "window", 1, way->window_bytes, "");
    fuzz_require(!space->overflow);
}

/* Values one behind the other, however events cut them. */
static void add_event(uint64_t *digest, const struct weir_event *event, uint32_t width) {
    fuzz_require(event->kind == WEIR_EVENT_PIECE ? event->piece_bytes > 0 : event->count > 0);
    switch (event->kind) {
    case WEIR_EVENT_FIXED:
        for (uint64_t i = 0; i < event->count; i++) {
            fuzz_add_value(digest, (const uint8_t *)event->values + i * width, width);
        }
        break;
    case WEIR_EVENT_VIEWS:
        for (uint64_t i = 0; i < event->count; i++) {
            fuzz_add(digest, event->views[i].length);
            fuzz_add_value(digest, event->views[i].data, event->views[i].length);
        }
        break;
    case WEIR_EVENT_PIECE:
        if (event->piece_offset == 0) {
            fuzz_add(digest, event->piece_length);
        }
        fuzz_add_bytes(digest, event->values, event->piece_bytes);
        break;
    default: abort();
    }
}

static enum weir_status run(struct way *way, struct fuzz_input *input, const struct head *head,
                            uint64_t *digest) {
    struct weir_source source = {input, fuzz_read_at, input->bytes};
    struct weir_decoder *decoder = &way->decoder;
    struct weir_type type = types[head->type % TYPES];
    uint32_t codec = head->codec % 8u;
    uint64_t values_at = head->flags >> 1;
    uint64_t values = (uint64_t)head->values[0] | (uint64_t)head->values[1] << 8;
    struct weir_place place = {.source = &source,
                               .raw_bytes = input->bytes,
                               .page_bytes = codec == 0 ? input->bytes
                                                        : (uint64_t)head->page_bytes[0] |
                                                              (uint64_t)head->page_bytes[1] << 8,
                               .codec = codec,
                               .values_at = values_at};
    struct weir_event event;
    struct weir_body body;
    if (type.physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
        type.length_bytes = type.logical == WEIR_LOGICAL_FLOAT16 ? 2 : 1 + head->length % 64;
    }
    uint32_t encoding = head->encoding % 10u;
    if (weir_encoding_refused(encoding, type.physical) != NULL ||
        encoding == WEIR_ENCODING_PLAIN_DICTIONARY || encoding == WEIR_ENCODING_RLE_DICTIONARY) {
        return WEIR_END; /* the reader does not ask for it */
    }
    weir_error_clear(&error);
    weir_window_init(&way->window, way->window.buffer, way->window_bytes, &error);
    weir_window_seek(&way->window, &source, 0, input->bytes);
    weir_decoder_column(decoder, &type, (head->flags & 1) != 0);
    WEIR_TRY(weir_body_open(&body, &way->window, codec, place.raw_bytes, place.page_bytes,
                            &way->memory, NULL, &error));
    WEIR_TRY(weir_body_skip(&body, values_at));
    WEIR_TRY(weir_decoder_open(decoder, &body, &place, encoding, values));
    while (decoder->left > 0) {
        WEIR_TRY(weir_decoder_next(decoder, 1 + (uint64_t)head->slice * 8, &event));
        add_event(digest, &event, decoder->width);
    }
    return weir_body_close(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct head head;
    enum weir_status status[2];
    uint64_t digest[2] = {0, 0};
    if (bytes < sizeof head || bytes > HELD_BYTES) {
        return 0;
    }
    if (ways[0].window_bytes == 0) {
        struct weir_space space;
        weir_space_carve(&space, block, sizeof block);
        take_way(&ways[0], &space, true);
        take_way(&ways[1], &space, false);
    }
    memcpy(&head, data, sizeof head);
    for (int i = 0; i < 2; i++) {
        struct fuzz_input input = {.data = data + sizeof head,
                                   .bytes = bytes - sizeof head,
                                   .slice = i == 0 ? SIZE_MAX : 1 + (size_t)head.slice * 16};
        status[i] = run(&ways[i], &input, &head, &digest[i]);
        if (status[i] < 0) {
            fuzz_require_failed(status[i], &error);
        }
    }
    fuzz_require(status[1] == WEIR_E_LIMIT || (status[0] < 0) == (status[1] < 0));
    fuzz_require(status[0] != WEIR_OK || status[1] != WEIR_OK || digest[0] == digest[1]);
    return 0;
}
