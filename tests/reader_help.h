/* What the tests of the column-chunk reader share: a reader between guard pages, and what its
 * events add up to. */
#ifndef WEIR_TESTS_READER_HELP_H
#define WEIR_TESTS_READER_HELP_H
#include "make_parquet.h"

#include "parquet/reader.h"
#include "parquet/schema.h"

#define TYPE_I32 1
#define TYPE_I64 2
#define TYPE_BYTES 6

/* What the events of one chunk add up to. */
struct content {
    uint64_t nulls;
    uint64_t trues;
    uint64_t falses;
    uint64_t entries_seen;
    struct mp_bytes plain;   /* unweighted values one behind the other, byte arrays with a length */
    struct mp_bytes entries; /* dictionary entries of the first round, the same way */
    uint64_t *weights;
    uint64_t weights_room;
    struct weir_reader_counts counts;
};

struct bench {
    struct weir_reader *reader;
    struct weir_error error;
};

static inline void content_free(struct content *content) {
    mp_free(&content->plain);
    mp_free(&content->entries);
    free(content->weights);
    memset(content, 0, sizeof *content);
}

/* A reader whose buffers lie between guard pages of their own. */
static inline void bench_open_needs(struct bench *bench, enum weir_isa isa,
                                    struct weir_needs needs) {
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_reader_take(&space, &needs));
    uint64_t measured = space.used_bytes;
    void *block = mp_guarded((size_t)measured);
    weir_space_carve(&space, block, measured);
    struct weir_reader *reader = weir_reader_take(&space, &needs);
    assert_non_null(reader);
    assert_int_equal(space.used_bytes, measured);
    reader->window.buffer = mp_guarded(WEIR_INPUT_SLICE_BYTES);
    reader->counters = mp_guarded(WEIR_COUNTERS * sizeof(uint32_t));
    reader->indices = mp_guarded((WEIR_RUN_PACKED_MAX + 16) * sizeof(uint32_t));
    reader->decoder.views = mp_guarded(WEIR_DECODER_VIEWS * sizeof(struct weir_view));
    reader->decoder.raw = mp_guarded(WEIR_DECODER_BLOCK_BYTES);
    reader->decoder.block = mp_guarded(WEIR_DECODER_BLOCK_BYTES);
    reader->memory.area = mp_guarded((size_t)reader->memory.area_bytes);
    weir_error_clear(&bench->error);
    weir_reader_init(reader, isa, &bench->error);
    bench->reader = reader;
}

static inline void bench_open(struct bench *bench, enum weir_isa isa) {
    bench_open_needs(bench, isa,
                     (struct weir_needs){.codecs = 1u << WEIR_CODEC_SNAPPY | 1u, .encodings = ~0u});
}

static inline void add_weight(struct content *content, uint64_t entry, uint32_t weight) {
    if (entry >= content->weights_room) {
        uint64_t room = 2 * entry + 64;
        content->weights = realloc(content->weights, room * sizeof content->weights[0]);
        assert_non_null(content->weights);
        memset(content->weights + content->weights_room, 0,
               (room - content->weights_room) * sizeof content->weights[0]);
        content->weights_room = room;
    }
    content->weights[entry] += weight;
}

/* Adds a value, or a piece of one that has begun. Entries come round again in every segment. */
static inline void add_value(struct content *content, const struct weir_event *event, uint64_t at,
                             const void *data, uint64_t bytes, bool begins, bool ends,
                             const uint32_t *length, uint64_t entries) {
    struct mp_bytes *to = &content->plain;
    if (event->weights != NULL) {
        bool first_round = content->entries_seen < entries;
        if (begins) {
            add_weight(content, content->entries_seen % entries, event->weights[at]);
        }
        content->entries_seen += ends;
        if (!first_round) {
            return;
        }
        to = &content->entries;
    }
    if (begins && length != NULL) {
        mp_u32(to, *length);
    }
    mp_put(to, data, bytes);
}

static inline void take(struct content *content, const struct weir_event *event, uint32_t width,
                        uint64_t entries) {
    uint32_t length = (uint32_t)event->piece_length;
    const uint8_t *values = event->values;
    switch (event->kind) {
    case WEIR_EVENT_NULLS: content->nulls += event->count; break;
    case WEIR_EVENT_BOOLS:
        assert_true(event->trues <= event->count);
        content->trues += event->trues;
        content->falses += event->count - event->trues;
        break;
    case WEIR_EVENT_FIXED:
        if (event->weights == NULL) {
            mp_put(&content->plain, values, event->count * width);
            break;
        }
        for (uint64_t i = 0; i < event->count; i++) {
            add_value(content, event, i, values + i * width, width, true, true, NULL, entries);
        }
        break;
    case WEIR_EVENT_VIEWS:
        for (uint64_t i = 0; i < event->count; i++) {
            assert_true(event->views[i].length <= WEIR_VIEW_BYTES_MAX);
            add_value(content, event, i, event->views[i].data, event->views[i].length, true, true,
                      &event->views[i].length, entries);
        }
        break;
    case WEIR_EVENT_PIECE:
        assert_true(event->piece_bytes > 0);
        assert_true(event->piece_offset + event->piece_bytes <= event->piece_length);
        assert_true(event->piece_length > WEIR_VIEW_BYTES_MAX);
        add_value(content, event, 0, values, event->piece_bytes, event->piece_offset == 0,
                  event->piece_offset + event->piece_bytes == event->piece_length, &length,
                  entries);
        break;
    case WEIR_EVENT_PAGE_END: fail(); break;
    }
}

static inline struct weir_type type_of(int64_t physical) {
    struct weir_type type;
    memset(&type, 0, sizeof type);
    type.physical = (enum weir_physical)physical;
    return type;
}

/* Reads a chunk that takes up all of `bytes`, but for the last `behind`. */
static inline enum weir_status read_chunk(struct bench *bench, const struct mp_bytes *bytes,
                                          uint64_t behind, size_t slice, int64_t physical,
                                          uint32_t codec, uint64_t values, uint32_t definition_max,
                                          uint64_t entries, struct content *content) {
    struct mp_source input = {.data = bytes->data, .bytes = bytes->count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_chunk chunk = {.row_group = 3,
                               .column = 5,
                               .physical = (uint32_t)physical,
                               .codec = codec,
                               .values = values,
                               .offset = 0,
                               .compressed_bytes = bytes->count - behind,
                               .limit_offset = bytes->count - behind};
    struct weir_leaf leaf = {.type = type_of(physical), .definition_max = definition_max};
    struct weir_event event;
    memset(content, 0, sizeof *content);
    weir_error_clear(&bench->error);
    weir_window_forget(&bench->reader->window);
    enum weir_status status = weir_reader_open(bench->reader, &source, &chunk, &leaf);
    while (status == WEIR_OK && (status = weir_reader_next(bench->reader, &event)) == WEIR_OK) {
        take(content, &event, weir_kind_width(weir_type_kind(&leaf.type)), entries);
    }
    content->counts = bench->reader->counts;
    if (status == WEIR_END) {
        assert_int_equal(bench->error.status, WEIR_OK);
    } else {
        assert_true(status < 0);
        assert_int_equal(bench->error.status, status);
        assert_true(bench->error.message[0] != '\0');
        assert_int_equal(bench->error.row_group, 3);
        assert_int_equal(bench->error.column, 5);
        assert_int_not_equal(bench->error.page, WEIR_NONE32);
        assert_true(bench->error.offset_bytes <= bytes->count);
    }
    return status;
}

static inline void assert_same(const struct content *a, const struct content *b, uint64_t entries) {
    assert_int_equal(a->nulls, b->nulls);
    assert_int_equal(a->trues, b->trues);
    assert_int_equal(a->falses, b->falses);
    assert_int_equal(a->plain.count, b->plain.count);
    if (a->plain.count > 0) {
        assert_memory_equal(a->plain.data, b->plain.data, a->plain.count);
    }
    if (entries > 0 && b->weights != NULL) {
        assert_int_equal(a->entries.count, b->entries.count);
        assert_memory_equal(a->entries.data, b->entries.data, a->entries.count);
        for (uint64_t i = 0; i < entries; i++) {
            assert_int_equal(a->weights[i], b->weights[i]);
        }
    }
}

static inline void put_i32_dictionary(struct mp_bytes *bytes, uint32_t entries) {
    struct mp_page page = mp_page_of(2, 0, entries);
    for (uint32_t i = 0; i < entries; i++) {
        mp_u32(&page.data, i ^ 0x5555);
    }
    page.crc = -1;
    mp_page_write(bytes, &page);
}

static inline void put_indices(struct mp_bytes *bytes, const uint32_t *indices, uint32_t count,
                               uint32_t width) {
    struct mp_page page = mp_page_of(0, 8, count);
    mp_byte(&page.data, width);
    mp_runs(&page.data, indices, count, width);
    page.crc = -1;
    mp_page_write(bytes, &page);
}

#endif
