/* Every type in a column chunk: dictionary entries with their weights, then pages of values. */
#include "encode_help.h"
#include "reader_help.h"

#include "parquet/convert.h"

/* Values as they come out, byte arrays with their lengths. */
struct outcome {
    struct mp_bytes plain;
    struct mp_bytes entries;
    uint32_t weights[4096];
    size_t count; /* of entries */
};

struct sample {
    struct weir_type type;
    struct en_values entries;
    struct en_values values;
    uint32_t weights[4096];
    struct mp_bytes bytes;
};

static uint32_t width_of(const struct weir_type *type) {
    return type->physical == WEIR_BYTE_ARRAY ? 0
           : type->physical == WEIR_INT96    ? 12
           : type->length_bytes > 0          ? (uint32_t)type->length_bytes
                                             : weir_kind_width(weir_type_kind(type));
}

static struct weir_type number(uint32_t i) {
    static const struct weir_type types[] = {
        {.physical = WEIR_INT32},
        {.physical = WEIR_INT64, .logical = WEIR_LOGICAL_INTEGER, .is_unsigned = true},
        {.physical = WEIR_INT96},
        {.physical = WEIR_FLOAT},
        {.physical = WEIR_DOUBLE},
        {.physical = WEIR_BYTE_ARRAY},
        {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 18},
        {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 38},
        {.physical = WEIR_BYTE_ARRAY, .logical = WEIR_LOGICAL_DECIMAL, .precision = 50},
        {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .length_bytes = 1},
        {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .length_bytes = 40},
        {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .length_bytes = 4500},
        {.physical = WEIR_FIXED_LEN_BYTE_ARRAY,
         .length_bytes = 9,
         .logical = WEIR_LOGICAL_DECIMAL,
         .precision = 18},
        {.physical = WEIR_FIXED_LEN_BYTE_ARRAY,
         .length_bytes = 16,
         .logical = WEIR_LOGICAL_DECIMAL,
         .precision = 38},
        {.physical = WEIR_FIXED_LEN_BYTE_ARRAY,
         .length_bytes = 2,
         .logical = WEIR_LOGICAL_FLOAT16}};
    return types[i % (sizeof types / sizeof types[0])];
}

#define TYPES 15u

/* Pages of indices, one of PLAIN values between them. */
static void sample_make(struct sample *sample, uint32_t type) {
    memset(sample, 0, sizeof *sample);
    sample->type = number(type);
    uint32_t width = width_of(&sample->type);
    uint32_t count = width > 4096 ? 5 : 1 + mp_below(mp_below(2) != 0 ? 4000 : 30);
    for (uint32_t i = 0; i < count; i++) {
        bool is_long = sample->type.logical == WEIR_LOGICAL_NONE && mp_below(200) == 0;
        en_add_random(&sample->entries, &sample->type, width, is_long ? 6000 : 30);
    }
    struct mp_page dictionary = mp_page_of(2, 0, count);
    en_plain(&dictionary.data, &sample->entries, width == 0);
    mp_page_write(&sample->bytes, &dictionary);
    for (uint32_t p = 0; p < 3; p++) {
        uint32_t indices[500];
        struct mp_page page = mp_page_of(p == 2 ? 3 : 0, p == 1 ? 0 : 8, 500);
        if (p == 1) {
            page.values = 40;
            for (uint32_t i = 0; i < 40; i++) {
                en_add_random(&sample->values, &sample->type, width, 30);
            }
            en_plain(&page.data, &sample->values, width == 0);
        } else {
            for (uint32_t i = 0; i < 500; i++) {
                indices[i] = mp_below(count);
                sample->weights[indices[i]]++;
            }
            mp_byte(&page.data, weir_bit_width(count));
            mp_runs(&page.data, indices, 500, weir_bit_width(count));
        }
        mp_page_write(&sample->bytes, &page);
    }
}

static void expected(const struct weir_type *type, const struct en_values *values,
                     struct mp_bytes *want) {
    enum weir_conversion conversion = weir_conversion_of(type);
    enum weir_kind kind = weir_type_kind(type);
    struct weir_error error;
    weir_error_clear(&error);
    for (size_t i = 0; i < values->count; i++) {
        struct weir_view view = {.data = en_data(values, i), .length = en_length(values, i)};
        uint8_t value[16];
        if (conversion != WEIR_CONVERT_NONE) {
            assert_int_equal(weir_convert_views(conversion, kind, &view, 1, value, &error),
                             WEIR_OK);
            mp_put(want, value, weir_kind_width(kind));
            continue;
        }
        if (kind == WEIR_KIND_BYTES) {
            mp_u32(want, view.length);
        }
        mp_put(want, view.data, view.length);
    }
}

static void take_event(struct outcome *out, const struct weir_event *event, uint32_t width) {
    struct mp_bytes *to = event->weights != NULL ? &out->entries : &out->plain;
    bool begins = event->kind != WEIR_EVENT_PIECE || event->piece_offset == 0;
    if (event->weights != NULL && begins) {
        assert_true(out->count + event->count <= 4096);
        memcpy(out->weights + out->count, event->weights, event->count * sizeof(uint32_t));
        out->count += event->count;
    }
    switch (event->kind) {
    case WEIR_EVENT_FIXED: mp_put(to, event->values, event->count * width); break;
    case WEIR_EVENT_VIEWS:
        for (uint64_t i = 0; i < event->count; i++) {
            mp_u32(to, event->views[i].length);
            mp_put(to, event->views[i].data, event->views[i].length);
        }
        break;
    case WEIR_EVENT_PIECE:
        if (begins) {
            mp_u32(to, (uint32_t)event->piece_length);
        }
        mp_put(to, event->values, event->piece_bytes);
        break;
    default: fail();
    }
}

static void check_sample(struct bench *bench, const struct sample *sample, size_t slice) {
    static struct outcome out;
    struct mp_bytes wants[2] = {{0}, {0}};
    struct mp_source input = {
        .data = sample->bytes.data, .bytes = sample->bytes.count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_chunk chunk = {.physical = (uint32_t)sample->type.physical,
                               .values = 1040,
                               .compressed_bytes = sample->bytes.count,
                               .limit_offset = sample->bytes.count};
    struct weir_leaf leaf = {.type = sample->type};
    struct weir_event event;
    memset(&out, 0, sizeof out);
    weir_error_clear(&bench->error);
    weir_window_forget(&bench->reader->window);
    enum weir_status status = weir_reader_open(bench->reader, &source, &chunk, &leaf);
    while (status == WEIR_OK && (status = weir_reader_next(bench->reader, &event)) == WEIR_OK) {
        take_event(&out, &event, weir_kind_width(weir_type_kind(&sample->type)));
    }
    if (status != WEIR_END) {
        fail_msg("physical %d: %s", sample->type.physical, bench->error.message);
    }
    expected(&sample->type, &sample->values, &wants[0]);
    expected(&sample->type, &sample->entries, &wants[1]);
    assert_int_equal(out.plain.count, wants[0].count);
    assert_int_equal(out.entries.count, wants[1].count);
    assert_true(wants[0].count == 0 || memcmp(out.plain.data, wants[0].data, wants[0].count) == 0);
    assert_true(wants[1].count == 0 ||
                memcmp(out.entries.data, wants[1].data, wants[1].count) == 0);
    assert_int_equal(out.count, sample->entries.count);
    assert_memory_equal(out.weights, sample->weights, sizeof out.weights);
    mp_free(&wants[0]);
    mp_free(&wants[1]);
    mp_free(&out.plain);
    mp_free(&out.entries);
}

static void entries_of_every_type_come_with_their_weights(void **state) {
    static const size_t slices[] = {0, 59, 1};
    struct bench bench;
    (void)state;
    mp_seed("types in chunks");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t round = 0; round < 6 * TYPES; round++) {
        struct sample sample;
        sample_make(&sample, round);
        for (size_t i = 0; i < (sample.bytes.count > 30000 ? 1 : 3); i++) {
            check_sample(&bench, &sample, slices[i]);
        }
        en_free(&sample.entries);
        en_free(&sample.values);
        mp_free(&sample.bytes);
    }
}

/* A dictionary of one-byte entries with an index into each of its slices. */
static void a_dictionary_takes_so_many_passes_and_no_more(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t slices = 257; slices <= 258; slices++) {
        uint32_t entries = slices * WEIR_COUNTERS;
        struct weir_type type = {.physical = WEIR_FIXED_LEN_BYTE_ARRAY, .length_bytes = 1};
        struct mp_page dictionary = mp_page_of(2, 0, entries);
        struct mp_page page = mp_page_of(0, 8, slices);
        struct mp_bytes bytes = {0};
        uint32_t indices[258];
        dictionary.data = (struct mp_bytes){calloc(entries, 1), entries, entries};
        assert_non_null(dictionary.data.data);
        mp_page_write(&bytes, &dictionary);
        for (uint32_t i = 0; i < slices; i++) {
            indices[i] = i * WEIR_COUNTERS + 5 * i;
        }
        mp_byte(&page.data, weir_bit_width(entries));
        mp_runs(&page.data, indices, slices, weir_bit_width(entries));
        mp_page_write(&bytes, &page);
        struct mp_source input = {.data = bytes.data, .bytes = bytes.count};
        struct weir_source source = mp_source_of(&input);
        struct weir_chunk chunk = {.physical = WEIR_FIXED_LEN_BYTE_ARRAY,
                                   .values = slices,
                                   .compressed_bytes = bytes.count,
                                   .limit_offset = bytes.count};
        struct weir_leaf leaf = {.type = type};
        struct weir_event event;
        uint64_t weight = 0;
        weir_error_clear(&bench.error);
        weir_window_forget(&bench.reader->window);
        enum weir_status status = weir_reader_open(bench.reader, &source, &chunk, &leaf);
        while (status == WEIR_OK && (status = weir_reader_next(bench.reader, &event)) == WEIR_OK) {
            for (uint64_t i = 0; i < event.count; i++) {
                weight += event.weights[i];
            }
        }
        assert_int_equal(status, slices == 257 ? WEIR_END : WEIR_E_UNSUPPORTED);
        assert_int_equal(weight, 257);
        mp_free(&bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_of_every_type_come_with_their_weights),
        cmocka_unit_test(a_dictionary_takes_so_many_passes_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
