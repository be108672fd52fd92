/* The column-chunk reader: any cut of the input gives the same values; liars are refused. */
#include "make_parquet.h"

#include "parquet/reader.h"

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

static void content_free(struct content *content) {
    mp_free(&content->plain);
    mp_free(&content->entries);
    free(content->weights);
    memset(content, 0, sizeof *content);
}

/* A reader whose buffers lie between guard pages of their own. */
static void bench_open(struct bench *bench, enum weir_isa isa) {
    struct weir_space space;
    uint32_t codecs = 1u << WEIR_CODEC_SNAPPY | 1u;
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_reader_take(&space, codecs, 0));
    uint64_t measured = space.used_bytes;
    void *block = mp_guarded((size_t)measured);
    weir_space_carve(&space, block, measured);
    struct weir_reader *reader = weir_reader_take(&space, codecs, 0);
    assert_non_null(reader);
    assert_int_equal(space.used_bytes, measured);
    reader->window.buffer = mp_guarded(WEIR_INPUT_SLICE_BYTES);
    reader->counters = mp_guarded(WEIR_COUNTERS * sizeof(uint32_t));
    reader->indices = mp_guarded((WEIR_RUN_PACKED_MAX + 16) * sizeof(uint32_t));
    reader->views = mp_guarded(WEIR_READER_VIEWS * sizeof(struct weir_view));
    reader->memory.area = mp_guarded((size_t)reader->memory.area_bytes);
    weir_error_clear(&bench->error);
    weir_reader_init(reader, isa, &bench->error);
    bench->reader = reader;
}

static void add_weight(struct content *content, uint64_t entry, uint32_t weight) {
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
static void add_value(struct content *content, const struct weir_event *event, uint64_t at,
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

static void take(struct content *content, const struct weir_event *event, uint32_t width,
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
    }
}

static struct weir_type type_of(int64_t physical) {
    struct weir_type type;
    memset(&type, 0, sizeof type);
    type.physical = (enum weir_physical)physical;
    return type;
}

/* Reads a chunk that takes up all of `bytes`, but for the last `behind`. */
static enum weir_status read_chunk(struct bench *bench, const struct mp_bytes *bytes,
                                   uint64_t behind, size_t slice, int64_t physical, uint32_t codec,
                                   uint64_t values, uint32_t definition_max, uint64_t entries,
                                   struct content *content) {
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
    struct weir_type type = type_of(physical);
    struct weir_event event;
    memset(content, 0, sizeof *content);
    weir_error_clear(&bench->error);
    weir_window_forget(&bench->reader->window);
    enum weir_status status =
        weir_reader_open(bench->reader, &source, &chunk, &type, definition_max);
    while (status == WEIR_OK &&
           (status = weir_reader_next(bench->reader, &event)) == WEIR_OK) {
        take(content, &event, weir_kind_width(weir_type_kind(&type)), entries);
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

static void assert_same(const struct content *a, const struct content *b, uint64_t entries) {
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

static void put_value(struct mp_bytes *to, int64_t physical, uint64_t seed) {
    uint64_t bits = seed * UINT64_C(0x9e3779b97f4a7c15);
    if (physical == TYPE_BYTES) {
        uint32_t length = (uint32_t)(bits >> 40) % 20;
        length = seed % 97 == 5 ? 4090 + length : seed % 97 == 6 ? 9000 : length;
        mp_u32(to, length);
        for (uint32_t i = 0; i < length; i++) {
            mp_byte(to, (uint32_t)(seed + i) & 0x7f);
        }
    } else {
        mp_put(to, &bits, physical == TYPE_I32 || physical == 4 ? 4 : 8);
    }
}

/* A random chunk, and what has to come out of it. */
struct sample {
    struct mp_bytes bytes;
    struct content want;
    int64_t physical;
    uint32_t codec;
    uint32_t optional;
    uint64_t values;
    uint64_t entries;
    uint64_t pages;
};

static void sample_dictionary(struct sample *sample) {
    struct mp_page page = mp_page_of(2, mp_below(2) != 0 ? 0 : 2, (int64_t)sample->entries);
    for (uint64_t i = 0; i < sample->entries; i++) {
        put_value(&page.data, sample->physical, i * 7 + 3);
        add_weight(&sample->want, i, 0);
    }
    mp_put(&sample->want.entries, page.data.data, page.data.count);
    page.codec = (int)sample->codec;
    page.crc = mp_below(2) != 0 ? -1 : MP_AUTO;
    mp_page_write(&sample->bytes, &page);
    sample->pages++;
}

static void sample_booleans(struct sample *sample, struct mp_page *page, uint32_t count) {
    uint32_t *bits = calloc(count + 1, sizeof *bits);
    for (uint32_t i = 0; i < count; i++) {
        bits[i] = mp_below(100) < 30;
        sample->want.trues += bits[i];
        sample->want.falses += 1 - bits[i];
    }
    if (page->encoding == 3) {
        struct mp_bytes runs = {0};
        mp_runs(&runs, bits, count, 1);
        mp_u32(&page->data, (uint32_t)runs.count);
        mp_put(&page->data, runs.data, runs.count);
        mp_free(&runs);
    } else {
        mp_pack(&page->data, bits, count, 1);
    }
    free(bits);
}

static void sample_indices(struct sample *sample, struct mp_page *page, uint32_t count) {
    uint32_t width = weir_bit_width(sample->entries - 1) + mp_below(3);
    uint32_t *indices = calloc(count + 1, sizeof *indices);
    uint32_t run = 0;
    for (uint32_t i = 0; i < count; i++) {
        run = run > 0 ? run - 1 : mp_below(40) == 0 ? mp_below(500) : 0;
        indices[i] = run > 0 && i > 0 ? indices[i - 1] : mp_below((uint32_t)sample->entries);
        sample->want.weights[indices[i]]++;
    }
    mp_byte(&page->data, width);
    if (width > 0 || mp_below(2) == 0) {
        mp_runs(&page->data, indices, count, width);
    }
    free(indices);
}

static void sample_page(struct sample *sample, uint32_t rows, uint32_t null_share) {
    bool indices = sample->entries > 0 && mp_below(4) != 0;
    bool boolean = sample->physical == 0;
    int64_t encoding = indices ? (mp_below(2) != 0 ? 8 : 2) : boolean && mp_below(2) != 0 ? 3 : 0;
    struct mp_page page = mp_page_of(mp_below(2) != 0 ? 3 : 0, encoding, rows);
    uint32_t count = rows;
    if (sample->optional != 0) {
        uint32_t *present = calloc(rows + 1, sizeof *present);
        for (uint32_t i = 0; i < rows; i++) {
            present[i] = mp_below(100) >= null_share;
            count -= 1 - present[i];
        }
        mp_levels(&page, present, rows);
        free(present);
    }
    sample->want.nulls += rows - count;
    page.nulls = rows - count;
    if (boolean) {
        sample_booleans(sample, &page, count);
    } else if (indices) {
        sample_indices(sample, &page, count);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            size_t before = page.data.count;
            put_value(&page.data, sample->physical, mp_random());
            mp_put(&sample->want.plain, page.data.data + before, page.data.count - before);
        }
    }
    page.codec = (int)sample->codec;
    page.compressed = page.type == 3 && mp_below(2) != 0 ? (int)mp_below(2) : -1;
    page.crc = mp_below(3) != 0 ? -1 : MP_AUTO;
    mp_page_write(&sample->bytes, &page);
    sample->values += rows;
    sample->pages++;
}

static void sample_make(struct sample *sample) {
    static const int64_t types[] = {0, 1, 2, 4, 5, 6};
    static const uint32_t nulls[] = {0, 10, 50, 100};
    memset(sample, 0, sizeof *sample);
    sample->physical = types[mp_below(6)];
    sample->codec = mp_below(2);
    sample->optional = mp_below(2);
    if (sample->physical != 0 && mp_below(3) != 0) {
        sample->entries = 1 + mp_below(mp_below(2) != 0 ? 5000 : 40);
        sample_dictionary(sample);
    }
    uint32_t pages = 1 + mp_below(5);
    for (uint32_t i = 0; i < pages; i++) {
        if (mp_below(5) == 0) {
            struct mp_page index = mp_page_of(1, 0, 0);
            index.kind = 6;
            mp_text(&index.data, "an index page");
            mp_page_write(&sample->bytes, &index);
        }
        sample_page(sample, mp_below(8) == 0 ? 0 : 1 + mp_below(3000), nulls[mp_below(4)]);
    }
}

static void any_cut_of_the_input_gives_the_values_that_were_written(void **state) {
    static const size_t slices[] = {0, 4096, 59, 7, 1};
    struct bench bench;
    (void)state;
    mp_seed("reader samples");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int round = 0; round < 60; round++) {
        struct sample sample;
        sample_make(&sample);
        for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
            struct content got;
            enum weir_status status =
                read_chunk(&bench, &sample.bytes, 0, slices[i], sample.physical, sample.codec,
                           sample.values, sample.optional, sample.entries, &got);
            if (status != WEIR_END) {
                print_error("round %d slice %zu: %s\n", round, slices[i], bench.error.message);
            }
            assert_int_equal(status, WEIR_END);
            if (got.weights == NULL) {
                for (uint64_t e = 0; e < sample.entries; e++) {
                    assert_int_equal(sample.want.weights[e], 0);
                }
                got.entries_seen = 0;
            }
            if (sample.entries > 0 && got.weights == NULL) {
                struct content bare = sample.want;
                bare.weights = NULL;
                assert_same(&got, &bare, sample.entries);
            } else {
                assert_same(&got, &sample.want, sample.entries);
            }
            assert_int_equal(got.counts.pages, sample.values == 0 ? 0 : sample.pages);
            assert_int_equal(got.counts.pages_crc_bad, 0);
            content_free(&got);
        }
        content_free(&sample.want);
        mp_free(&sample.bytes);
    }
}

static void instruction_sets_count_alike(void **state) {
    (void)state;
    mp_seed("reader instruction sets");
    struct bench benches[3];
    for (int isa = 0; isa < 3; isa++) {
        bench_open(&benches[isa], (enum weir_isa)(isa + 1));
    }
    for (int round = 0; round < 15; round++) {
        struct sample sample;
        sample_make(&sample);
        for (int isa = 0; isa < 3; isa++) {
            struct content got;
            assert_int_equal(read_chunk(&benches[isa], &sample.bytes, 0, 0, sample.physical,
                                        sample.codec, sample.values, sample.optional,
                                        sample.entries, &got),
                             WEIR_END);
            assert_same(&got, &sample.want, got.weights == NULL ? 0 : sample.entries);
            content_free(&got);
        }
        content_free(&sample.want);
        mp_free(&sample.bytes);
    }
}

/* --- Dictionaries ------------------------------------------------------------------------------ */

static void put_i32_dictionary(struct mp_bytes *bytes, uint32_t entries) {
    struct mp_page page = mp_page_of(2, 0, entries);
    for (uint32_t i = 0; i < entries; i++) {
        mp_u32(&page.data, i ^ 0x5555);
    }
    page.crc = -1;
    mp_page_write(bytes, &page);
}

static void put_indices(struct mp_bytes *bytes, const uint32_t *indices, uint32_t count,
                        uint32_t width) {
    struct mp_page page = mp_page_of(0, 8, count);
    mp_byte(&page.data, width);
    mp_runs(&page.data, indices, count, width);
    page.crc = -1;
    mp_page_write(bytes, &page);
}

static void large_dictionaries_give_exact_weights_in_several_passes(void **state) {
    static const uint32_t sizes[] = {WEIR_COUNTERS - 1, WEIR_COUNTERS, WEIR_COUNTERS + 1,
                                     2 * WEIR_COUNTERS, 700001};
    struct bench bench;
    (void)state;
    mp_seed("large dictionaries");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint32_t entries = sizes[s];
        uint32_t pages = 3;
        uint32_t count = 40000;
        struct mp_bytes bytes = {0};
        uint64_t *want = calloc(entries, sizeof *want);
        uint32_t *indices = calloc(count, sizeof *indices);
        struct content got;
        put_i32_dictionary(&bytes, entries);
        for (uint32_t page = 0; page < pages; page++) {
            for (uint32_t i = 0; i < count; i++) {
                indices[i] = i % 5 == 0 ? entries - 1 - mp_below(3) : mp_below(entries);
                want[indices[i]]++;
            }
            put_indices(&bytes, indices, count, weir_bit_width(entries));
            if (page == 1) { /* PLAIN in the middle: skipped by the later passes */
                struct mp_page plain = mp_page_of(0, 0, 2);
                mp_u32(&plain.data, 77);
                mp_u32(&plain.data, 78);
                mp_page_write(&bytes, &plain);
            }
        }
        assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, pages * count + 2, 0,
                                    entries, &got),
                         WEIR_END);
        assert_int_equal(got.counts.passes_more, (entries - 1) / WEIR_COUNTERS);
        assert_int_equal(got.counts.pages, 5);
        assert_int_equal(got.counts.pages_crc_ok, 4);
        assert_int_equal(got.entries_seen, entries);
        assert_int_equal(got.plain.count, 8);
        assert_memory_equal(got.weights, want, entries * sizeof *want);
        for (uint32_t i = 0; i < entries; i++) {
            assert_int_equal(weir_load_u32(got.entries.data + 4 * (size_t)i), i ^ 0x5555);
        }
        content_free(&got);
        mp_free(&bytes);
        free(want);
        free(indices);
    }
}

static void large_string_dictionaries_are_sliced_too(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    uint32_t entries = WEIR_COUNTERS + 3000;
    struct mp_page page = mp_page_of(2, 0, entries);
    uint32_t indices[4] = {0, WEIR_COUNTERS - 1, WEIR_COUNTERS, WEIR_COUNTERS + 2999};
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t length = i == WEIR_COUNTERS ? 10000 : i % 5;
        mp_u32(&page.data, length);
        for (uint32_t j = 0; j < length; j++) {
            mp_byte(&page.data, 'a' + j % 26);
        }
    }
    mp_page_write(&bytes, &page);
    put_indices(&bytes, indices, 4, 19);
    for (size_t slice = 0; slice < 5000; slice += 4099) {
        assert_int_equal(
            read_chunk(&bench, &bytes, 0, slice, TYPE_BYTES, 0, 4, 0, entries, &got), WEIR_END);
        assert_int_equal(got.counts.passes_more, 1);
        assert_int_equal(got.entries_seen, entries);
        for (uint32_t i = 0; i < entries; i++) {
            bool wanted = i == indices[0] || i == indices[1] || i == indices[2] || i == indices[3];
            assert_int_equal(got.weights[i], wanted);
        }
        content_free(&got);
    }
    mp_free(&bytes);
}

static void no_index_bits_mean_entry_zero(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int with_run = 0; with_run < 2; with_run++) {
        struct mp_bytes bytes = {0};
        struct content got;
        put_i32_dictionary(&bytes, 1);
        struct mp_page page = mp_page_of(0, 8, 1000);
        mp_byte(&page.data, 0);
        if (with_run != 0) {
            mp_run_repeated(&page.data, 1000, 0, 0);
        }
        mp_page_write(&bytes, &page);
        assert_int_equal(read_chunk(&bench, &bytes, 0, 1, TYPE_I32, 0, 1000, 0, 1, &got), WEIR_END);
        assert_int_equal(got.weights[0], 1000);
        content_free(&got);
        mp_free(&bytes);
    }
}

/* Pages of 2^31 - 1 values in one run each: the counters' 32 bits overflow in every third. */
static void giant_runs_cost_nothing_and_are_counted_exactly(void **state) {
    uint32_t pages = 7;
    uint64_t each = INT32_MAX;
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    put_i32_dictionary(&bytes, 3);
    uint64_t want[3] = {0};
    for (uint32_t i = 0; i < pages; i++) {
        struct mp_page page = mp_page_of(i % 2 == 0 ? 0 : 3, 8, (int64_t)each);
        mp_byte(&page.data, 2);
        mp_run_repeated(&page.data, each - 5, i % 2, 2);
        mp_run_repeated(&page.data, i == 3 ? UINT64_MAX >> 1 : 5, 2, 2);
        want[i % 2] += each - 5;
        want[2] += 5;
        page.crc = -1;
        mp_page_write(&bytes, &page);
    }
    clock_t begun = clock();
    assert_int_equal(read_chunk(&bench, &bytes, 0, 1, TYPE_I32, 0, pages * each, 0, 3, &got),
                     WEIR_END);
    assert_true(clock() - begun < CLOCKS_PER_SEC);
    assert_memory_equal(got.weights, want, sizeof want);
    assert_int_equal(got.entries_seen, 3 * ((pages + 1) / 2)); /* two pages a segment */
    assert_int_equal(got.counts.pages, pages + 1);
    assert_int_equal(got.counts.pages_crc_ok, pages + 1);
    assert_int_equal(got.counts.passes_more, 0);
    content_free(&got);
    /* A wrong index behind the first segment is told with its own page. */
    struct mp_page page = mp_page_of(0, 8, 5);
    mp_byte(&page.data, 2);
    mp_run_repeated(&page.data, 5, 3, 2);
    uint64_t offset = bytes.count;
    mp_page_write(&bytes, &page);
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, pages * each + 5, 0, 3, &got),
                     WEIR_E_CORRUPT);
    assert_int_equal(bench.error.page, pages + 1);
    assert_int_equal(bench.error.offset_bytes, offset);
    assert_int_equal(bench.error.wanted, 3);
    assert_int_equal(bench.error.got, 3);
    content_free(&got);
    mp_free(&bytes);
}

static void giant_runs_of_levels_and_booleans(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    uint64_t each = INT32_MAX;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int i = 0; i < 5; i++) {
        struct mp_page page = mp_page_of(3, 3, (int64_t)each);
        mp_run_repeated(&page.levels, each - 9, 0, 1);
        mp_run_repeated(&page.levels, 9, 1, 1);
        page.nulls = (int64_t)each - 9;
        mp_u32(&page.data, 2);
        mp_run_repeated(&page.data, 9, 1, 1);
        mp_page_write(&bytes, &page);
    }
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, 0, 0, 5 * each, 1, 0, &got), WEIR_END);
    assert_int_equal(got.nulls, 5 * (each - 9));
    assert_int_equal(got.trues, 45);
    content_free(&got);
    mp_free(&bytes);
}

static void a_dictionary_that_nothing_refers_to_is_only_checked(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    put_i32_dictionary(&bytes, 9);
    struct mp_page page = mp_page_of(0, 0, 1);
    mp_u32(&page.data, 5);
    mp_page_write(&bytes, &page);
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, 1, 0, 9, &got), WEIR_END);
    assert_int_equal(got.entries_seen, 0);
    assert_int_equal(got.counts.pages_crc_ok, 1);
    assert_int_equal(got.counts.pages, 2);
    content_free(&got);
    bytes.data[40] ^= 1; /* inside the dictionary */
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, 1, 0, 9, &got),
                     WEIR_E_CHECKSUM);
    assert_int_equal(bench.error.page, 0);
    assert_int_equal(bench.error.offset_bytes, 0);
    content_free(&got);
    mp_free(&bytes);
}

static void pages_without_values_are_passed(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    uint32_t none[100] = {0};
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int i = 0; i < 4; i++) { /* V1 and V2, plain and compressed, PLAIN and without dictionary */
        struct mp_page page = mp_page_of(i % 2 == 0 ? 0 : 3, i < 2 ? 0 : 8, 100);
        mp_levels(&page, none, 100);
        page.nulls = 100;
        page.codec = 1;
        mp_page_write(&bytes, &page);
    }
    struct mp_page empty = mp_page_of(0, 0, 0);
    empty.codec = 1;
    mp_page_write(&bytes, &empty);
    struct mp_page bodyless = mp_page_of(3, 0, 10); /* no frame at all although "compressed" */
    mp_run_repeated(&bodyless.levels, 10, 0, 1);
    bodyless.nulls = 10;
    mp_page_write(&bytes, &bodyless);
    assert_int_equal(read_chunk(&bench, &bytes, 0, 1, TYPE_I64, 1, 410, 1, 0, &got), WEIR_END);
    assert_int_equal(got.nulls, 410);
    assert_int_equal(got.plain.count, 0);
    content_free(&got);
    mp_free(&bytes);
}

/* --- Refusals ---------------------------------------------------------------------------------- */

/* One good chunk of INT32 (dictionary of 4, one page of indices, one PLAIN page), twisted. */
struct twist {
    const char *name;
    enum weir_status status;
    uint32_t page; /* that the error names */
    void (*apply)(struct mp_page pages[3], uint32_t *values, uint32_t order[4]);
};

static void t_none(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)p, (void)values, (void)order;
}
static void t_no_dictionary(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)p, (void)values;
    order[0] = 1, order[1] = 2, order[2] = 9;
}
static void t_two_dictionaries(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)p, (void)values;
    order[1] = 0, order[2] = 1, order[3] = 2;
}
static void t_late_dictionary(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)p, (void)values;
    order[0] = 2, order[1] = 0, order[2] = 1;
}
static void t_index(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    uint32_t indices[8] = {0, 1, 2, 3, 4, 0, 0, 0};
    (void)values, (void)order;
    p[1].data.count = 0;
    mp_byte(&p[1].data, 3);
    mp_run_packed(&p[1].data, indices, 8, 1, 3);
}
static void t_index_sign(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count = 0;
    mp_byte(&p[1].data, 32);
    mp_run_repeated(&p[1].data, 8, 0x80000000u, 32);
}
static void t_width_33(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.data[0] = 33;
}
static void t_width_255(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.data[0] = 255;
}
static void t_no_width(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count = 0;
}
static void t_few_indices(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count = 0;
    mp_byte(&p[1].data, 2);
    mp_run_repeated(&p[1].data, 7, 1, 2);
}
static void t_cut_group(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count--;
}
static void t_run_value(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count = 0;
    mp_byte(&p[1].data, 2);
    mp_run_repeated(&p[1].data, 8, 4, 2); /* needs three bits */
}
static void t_run_header(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count = 1;
    for (int i = 0; i < 11; i++) {
        mp_byte(&p[1].data, 0xff);
    }
}
static void t_groups_overflow(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].data.count = 1;
    mp_varint(&p[1].data, UINT64_MAX);
}
static void t_more_values(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)p, (void)order;
    *values = 9;
}
static void t_fewer_values(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)p, (void)order;
    *values = 11;
}
static void t_plain_short(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].data.count -= 1;
}
static void t_unknown_page(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = 4;
}
static void t_negative_page(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = -1;
}
static void t_wrong_header(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].kind = 7;
}
static void t_beyond_chunk(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].raw_bytes = p[2].page_bytes = 9;
}
static void t_negative_size(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].raw_bytes = -1;
}
static void t_negative_page_size(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].page_bytes = INT32_MIN;
}
static void t_sizes_differ(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].page_bytes = 7;
}
static void t_negative_values(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].values = -2;
}
static void t_crc(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].crc = 12345;
}
static void t_crc_indices(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[1].crc = 12345;
}
static void t_crc_dictionary(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[0].crc = 12345;
}
static void t_dictionary_short(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[0].data.count -= 1;
}
static void t_dictionary_long(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    mp_u32(&p[0].data, 9);
}
static void t_dictionary_empty(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[0].values = 0;
    p[0].data.count = 0;
}
static void t_dictionary_huge(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[0].values = INT32_MAX;
}
static void t_dictionary_encoding(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[0].encoding = 5;
}
static void t_delta(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].encoding = 5;
}
static void t_rle_numbers(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].encoding = 3;
}
static void t_encoding_unknown(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].encoding = 1000;
}
static void t_encoding_negative(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].encoding = -8;
}
static void t_v2_nulls(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = 3, p[2].kind = 8, p[2].nulls = 1;
}
static void t_v2_nulls_many(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = 3, p[2].kind = 8, p[2].nulls = 3;
}
static void t_v2_levels_large(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = 3, p[2].kind = 8, p[2].definition_bytes = 9;
}
static void t_v2_levels_wrap(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = 3, p[2].kind = 8;
    p[2].definition_bytes = INT32_MAX, p[2].repetition_bytes = INT32_MAX;
}
static void t_v2_levels_negative(struct mp_page p[3], uint32_t *values, uint32_t order[4]) {
    (void)values, (void)order;
    p[2].type = 3, p[2].kind = 8;
    p[2].definition_bytes = 4, p[2].repetition_bytes = -4;
}

static const struct twist twists[] = {
    {"good", WEIR_END, 0, t_none},
    {"no dictionary", WEIR_E_CORRUPT, 0, t_no_dictionary},
    {"two dictionaries", WEIR_E_CORRUPT, 1, t_two_dictionaries},
    {"late dictionary", WEIR_E_CORRUPT, 1, t_late_dictionary},
    {"index", WEIR_E_CORRUPT, 1, t_index},
    {"index with the sign bit", WEIR_E_CORRUPT, 1, t_index_sign},
    {"width 33", WEIR_E_CORRUPT, 1, t_width_33},
    {"width 255", WEIR_E_CORRUPT, 1, t_width_255},
    {"no width", WEIR_E_CORRUPT, 1, t_no_width},
    {"too few indices", WEIR_E_CORRUPT, 1, t_few_indices},
    {"cut group", WEIR_E_CORRUPT, 1, t_cut_group},
    {"wide repeated value", WEIR_E_CORRUPT, 1, t_run_value},
    {"long run header", WEIR_E_CORRUPT, 1, t_run_header},
    {"groups overflow", WEIR_E_CORRUPT, 1, t_groups_overflow},
    {"more values than the chunk", WEIR_E_CORRUPT, 2, t_more_values},
    {"fewer values than the chunk", WEIR_E_CORRUPT, 3, t_fewer_values},
    {"short PLAIN page", WEIR_E_CORRUPT, 2, t_plain_short},
    {"unknown page type", WEIR_E_CORRUPT, 2, t_unknown_page},
    {"negative page type", WEIR_E_CORRUPT, 2, t_negative_page},
    {"another header", WEIR_E_CORRUPT, 2, t_wrong_header},
    {"page beyond the chunk", WEIR_E_CORRUPT, 2, t_beyond_chunk},
    {"negative size", WEIR_E_CORRUPT, 2, t_negative_size},
    {"negative page size", WEIR_E_CORRUPT, 2, t_negative_page_size},
    {"uncompressed sizes differ", WEIR_E_CORRUPT, 2, t_sizes_differ},
    {"negative values", WEIR_E_CORRUPT, 2, t_negative_values},
    {"checksum", WEIR_E_CHECKSUM, 2, t_crc},
    {"checksum of indices", WEIR_E_CHECKSUM, 1, t_crc_indices},
    {"checksum of the dictionary", WEIR_E_CHECKSUM, 0, t_crc_dictionary},
    {"short dictionary", WEIR_E_CORRUPT, 0, t_dictionary_short},
    {"long dictionary", WEIR_E_CORRUPT, 0, t_dictionary_long},
    {"empty dictionary", WEIR_E_CORRUPT, 1, t_dictionary_empty},
    {"huge dictionary", WEIR_E_CORRUPT, 0, t_dictionary_huge},
    {"dictionary encoding", WEIR_E_UNSUPPORTED, 0, t_dictionary_encoding},
    {"DELTA_BINARY_PACKED", WEIR_E_UNSUPPORTED, 2, t_delta},
    {"RLE numbers", WEIR_E_UNSUPPORTED, 2, t_rle_numbers},
    {"unknown encoding", WEIR_E_UNSUPPORTED, 2, t_encoding_unknown},
    {"negative encoding", WEIR_E_CORRUPT, 2, t_encoding_negative},
    {"V2 nulls of a required column", WEIR_E_CORRUPT, 2, t_v2_nulls},
    {"V2 more nulls than values", WEIR_E_CORRUPT, 2, t_v2_nulls_many},
    {"V2 levels larger than the page", WEIR_E_CORRUPT, 2, t_v2_levels_large},
    {"V2 levels that wrap", WEIR_E_CORRUPT, 2, t_v2_levels_wrap},
    {"V2 negative levels", WEIR_E_CORRUPT, 2, t_v2_levels_negative},
};

static void liars_are_refused_with_their_page(void **state) {
    static const size_t slices[] = {0, 7, 1};
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (size_t i = 0; i < sizeof twists / sizeof twists[0]; i++) {
        uint32_t indices[8] = {0, 1, 2, 3, 3, 2, 1, 0};
        struct mp_page pages[3] = {mp_page_of(2, 0, 4), mp_page_of(0, 8, 8), mp_page_of(0, 0, 2)};
        uint32_t order[4] = {0, 1, 2, 9};
        uint32_t values = 10;
        struct mp_bytes bytes = {0};
        uint64_t offsets[4] = {0};
        for (uint32_t k = 0; k < 4; k++) {
            mp_u32(&pages[0].data, k);
        }
        mp_byte(&pages[1].data, 2);
        mp_run_packed(&pages[1].data, indices, 8, 1, 2);
        mp_u32(&pages[2].data, 1);
        mp_u32(&pages[2].data, 2);
        twists[i].apply(pages, &values, order);
        for (int k = 0; k < 4 && order[k] != 9; k++) {
            struct mp_page copy = pages[order[k]];
            copy.levels = (struct mp_bytes){0};
            copy.data = (struct mp_bytes){0};
            mp_put(&copy.data, pages[order[k]].data.data, pages[order[k]].data.count);
            offsets[k] = bytes.count;
            mp_page_write(&bytes, &copy);
        }
        for (size_t s = 0; s < 3; s++) {
            struct content got;
            enum weir_status status =
                read_chunk(&bench, &bytes, 0, slices[s], TYPE_I32, 0, values, 0, 4, &got);
            if (status != twists[i].status ||
                (status != WEIR_END && bench.error.page != twists[i].page)) {
                print_error("%s: %s, page %u: %s\n", twists[i].name, weir_status_name(status),
                            bench.error.page, bench.error.message);
            }
            assert_int_equal(status, twists[i].status);
            if (status != WEIR_END) {
                assert_int_equal(bench.error.page, twists[i].page);
                assert_true(bench.error.offset_bytes >= offsets[twists[i].page]);
            }
            content_free(&got);
        }
        for (int k = 0; k < 3; k++) {
            mp_page_free(&pages[k]);
        }
        mp_free(&bytes);
    }
}

/* A page of optional INT32 whose levels have these bytes in front of two values. */
static enum weir_status read_levels(struct bench *bench, int64_t type, int64_t encoding,
                                    const void *levels, size_t n, int64_t values, int64_t nulls) {
    struct mp_page page = mp_page_of(type, 0, values);
    struct mp_bytes bytes = {0};
    struct content got;
    page.definition_encoding = encoding;
    page.nulls = nulls;
    mp_put(&page.levels, levels, n);
    mp_u32(&page.data, 1);
    mp_u32(&page.data, 2);
    mp_page_write(&bytes, &page);
    enum weir_status status =
        read_chunk(bench, &bytes, 0, 1, TYPE_I32, 0, (uint64_t)values, 1, 0, &got);
    assert_true(status != WEIR_END || got.nulls == (uint64_t)nulls);
    content_free(&got);
    mp_free(&bytes);
    return status;
}

static void levels_are_held_to_their_length_and_count(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    /* 3 rows, one null: a packed run of 101. */
    assert_int_equal(read_levels(&bench, 0, 3, "\2\0\0\0\3\5", 6, 3, 1), WEIR_END);
    assert_int_equal(read_levels(&bench, 3, 3, "\3\5", 2, 3, 1), WEIR_END);
    /* Bits behind the last row do not count. */
    assert_int_equal(read_levels(&bench, 0, 3, "\2\0\0\0\3\xfd", 6, 3, 1), WEIR_END);
    /* Bytes behind the last run are passed by. */
    assert_int_equal(read_levels(&bench, 0, 3, "\5\0\0\0\3\5\6\1\1", 9, 3, 1), WEIR_END);
    /* Longer than the page; by one; and as a negative number. */
    assert_int_equal(read_levels(&bench, 0, 3, "\x0b\0\0\0\3\5", 6, 3, 1), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 0, 3, "\xff\xff\xff\xff\3\5", 6, 3, 1), WEIR_E_CORRUPT);
    /* No runs; too few levels; a level of 2. */
    assert_int_equal(read_levels(&bench, 0, 3, "\0\0\0\0", 4, 3, 1), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 0, 3, "\2\0\0\0\4\1", 6, 3, 1), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 3, 3, "\4\1", 2, 3, 1), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 0, 3, "\2\0\0\0\6\2", 6, 3, 1), WEIR_E_CORRUPT);
    /* Too many in one run is padding. */
    assert_int_equal(read_levels(&bench, 0, 3, "\2\0\0\0\x64\0", 6, 3, 3), WEIR_END);
    /* Fewer nulls than levels say: the values run out. */
    assert_int_equal(read_levels(&bench, 0, 3, "\2\0\0\0\6\1", 6, 3, 0), WEIR_E_CORRUPT);
    /* V2's null count must be that of the levels. */
    assert_int_equal(read_levels(&bench, 3, 3, "\3\5", 2, 3, 0), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 3, 3, "\3\5", 2, 3, 2), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 3, 3, "", 0, 3, 3), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 3, 3, "", 0, 2, 0), WEIR_END);
    /* The deprecated encoding is refused, not guessed. */
    assert_int_equal(read_levels(&bench, 0, 4, "\xa0", 1, 3, 1), WEIR_E_UNSUPPORTED);
}

static void booleans_that_end_early_are_refused(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int twist = 0; twist < 6; twist++) {
        struct mp_page page = mp_page_of(0, twist < 2 ? 0 : 3, 17);
        struct mp_bytes bytes = {0};
        struct content got;
        switch (twist) {
        case 0: mp_put(&page.data, "\xff\xff\xff", 3); break;
        case 1: mp_put(&page.data, "\xff\xff", 2); break;
        case 2: mp_put(&page.data, "\2\0\0\0\x22\1", 6); break;
        case 3: mp_put(&page.data, "\2\0\0\0\x20\1", 6); break;
        case 4: mp_put(&page.data, "\3\0\0\0\x22\1", 6); break;
        default: mp_put(&page.data, "\2\0\0", 3); break;
        }
        mp_page_write(&bytes, &page);
        enum weir_status status = read_chunk(&bench, &bytes, 0, 1, 0, 0, 17, 0, 0, &got);
        assert_int_equal(status, twist == 0 || twist == 2 ? WEIR_END : WEIR_E_CORRUPT);
        assert_true(status != WEIR_END || got.trues == 17);
        content_free(&got);
        mp_free(&bytes);
    }
    struct mp_bytes bytes = {0};
    struct content got;
    struct mp_page page = mp_page_of(0, 8, 1); /* dictionary indices for booleans */
    mp_byte(&page.data, 0);
    mp_page_write(&bytes, &page);
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, 0, 0, 1, 0, 0, &got), WEIR_E_CORRUPT);
    content_free(&got);
    mp_free(&bytes);
}

static void byte_arrays_longer_than_their_page_are_refused(void **state) {
    static const uint32_t lengths[] = {6, 5000, 0x7fffffff, 0x80000000u, 0xffffffffu};
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (int in_dictionary = 0; in_dictionary < 2; in_dictionary++) {
            struct mp_bytes bytes = {0};
            struct content got;
            struct mp_page page = mp_page_of(in_dictionary != 0 ? 2 : 0, 0, 1);
            mp_u32(&page.data, lengths[i]);
            mp_text(&page.data, "hello");
            mp_page_write(&bytes, &page);
            if (in_dictionary != 0) {
                uint32_t zero = 0;
                put_indices(&bytes, &zero, 1, 1);
            }
            assert_int_equal(read_chunk(&bench, &bytes, 0, 7, TYPE_BYTES, 0, 1, 0, 1, &got),
                             WEIR_E_CORRUPT);
            assert_int_equal(bench.error.wanted, 5);
            assert_int_equal(bench.error.got, lengths[i]);
            assert_int_equal(bench.error.page, 0);
            assert_int_equal(bench.error.offset_bytes, 0);
            content_free(&got);
            mp_free(&bytes);
        }
    }
}

static void a_chunk_of_another_physical_type_is_refused(void **state) {
    struct bench bench;
    struct mp_source input = {.data = (const uint8_t *)"PAR1", .bytes = 4};
    struct weir_source source = mp_source_of(&input);
    struct weir_chunk chunk = {.physical = TYPE_I64, .values = 1, .limit_offset = 4};
    struct weir_type type = type_of(TYPE_I32);
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    assert_int_equal(weir_reader_open(bench.reader, &source, &chunk, &type, 0), WEIR_E_CORRUPT);
}

static void a_source_that_fails_ends_the_chunk(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    put_i32_dictionary(&bytes, 100);
    uint32_t indices[64] = {0};
    put_indices(&bytes, indices, 64, 7);
    static const int64_t results[] = {-5, 0, INT64_MAX, INT64_MIN};
    for (size_t r = 0; r < 4; r++) {
        for (uint64_t from = 1; from < bytes.count; from++) {
            struct mp_source input = {.data = bytes.data,
                                      .bytes = bytes.count,
                                      .slice = 3,
                                      .fail_from = from,
                                      .fail_result = results[r]};
            struct weir_source source = mp_source_of(&input);
            struct weir_chunk chunk = {.physical = TYPE_I32,
                                       .values = 64,
                                       .limit_offset = bytes.count};
            struct weir_type type = type_of(TYPE_I32);
            struct weir_event event;
            weir_error_clear(&bench.error);
            weir_window_forget(&bench.reader->window);
            enum weir_status status =
                weir_reader_open(bench.reader, &source, &chunk, &type, 0);
            while (status == WEIR_OK) {
                status = weir_reader_next(bench.reader, &event);
            }
            assert_int_equal(status, results[r] == 0 ? WEIR_E_CHANGED : WEIR_E_IO);
            assert_int_equal(bench.error.status, status);
            assert_true(bench.error.offset_bytes >= from);
        }
    }
    mp_free(&bytes);
}

static void one_changed_byte_never_crashes(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("mutations");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int round = 0; round < 12; round++) {
        struct sample sample;
        sample_make(&sample);
        for (int i = 0; i < 300 && sample.bytes.count > 0; i++) {
            struct content got;
            size_t at = mp_below(4) != 0 && sample.bytes.count > 60
                            ? mp_below(60)
                            : mp_below((uint32_t)sample.bytes.count);
            uint8_t before = sample.bytes.data[at];
            sample.bytes.data[at] = (uint8_t)mp_random();
            (void)read_chunk(&bench, &sample.bytes, 0, 0, sample.physical, sample.codec,
                             sample.values, sample.optional, sample.entries + 1, &got);
            content_free(&got);
            sample.bytes.data[at] = before;
        }
        content_free(&sample.want);
        mp_free(&sample.bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_of_the_input_gives_the_values_that_were_written),
        cmocka_unit_test(instruction_sets_count_alike),
        cmocka_unit_test(large_dictionaries_give_exact_weights_in_several_passes),
        cmocka_unit_test(large_string_dictionaries_are_sliced_too),
        cmocka_unit_test(no_index_bits_mean_entry_zero),
        cmocka_unit_test(giant_runs_cost_nothing_and_are_counted_exactly),
        cmocka_unit_test(giant_runs_of_levels_and_booleans),
        cmocka_unit_test(a_dictionary_that_nothing_refers_to_is_only_checked),
        cmocka_unit_test(pages_without_values_are_passed),
        cmocka_unit_test(liars_are_refused_with_their_page),
        cmocka_unit_test(levels_are_held_to_their_length_and_count),
        cmocka_unit_test(booleans_that_end_early_are_refused),
        cmocka_unit_test(byte_arrays_longer_than_their_page_are_refused),
        cmocka_unit_test(a_chunk_of_another_physical_type_is_refused),
        cmocka_unit_test(a_source_that_fails_ends_the_chunk),
        cmocka_unit_test(one_changed_byte_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
