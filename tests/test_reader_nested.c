/* Nested columns in the column-chunk reader: levels are counted once, values come all. */
#include "encode_help.h"
#include "make_nested.h"
#include "reader_help.h"

#define PAGES 40

/* A data page as it was written. */
struct page_want {
    uint64_t header_offset;
    uint64_t entries;
    uint64_t rows;
    uint64_t values;
    uint64_t plain_bytes; /* of its values as they come out; 0 for indices */
};

/* A random chunk, and what has to come out of it. */
struct sample {
    struct mn_tree tree;
    struct mn_stripes stripes;
    struct weir_type type;
    uint32_t codec;
    uint64_t entries; /* of the dictionary; 0: none */
    struct mp_bytes bytes;
    struct mp_bytes plain;
    uint64_t *weights;
    uint32_t pages;
    struct page_want page[PAGES];
};

/* What came out. */
struct outcome {
    struct weir_levels levels;
    struct mp_bytes plain;
    uint64_t *weights; /* by dictionary entry */
    uint64_t nulls;
    uint64_t rows;
    uint64_t page_weight; /* since the last page's end */
    uint64_t page_plain;
    uint32_t page_ends;
    struct weir_reader_counts counts;
};

/* --- Samples ------------------------------------------------------------------------------------
 */

/* Entry i of a dictionary says so itself. */
static void put_entry(struct mp_bytes *to, const struct weir_type *type, uint32_t i) {
    if (type->physical == WEIR_BYTE_ARRAY) {
        mp_u32(to, 4 + i % 5);
        mp_u32(to, i);
        mp_put(to, "abcde", i % 5);
    } else {
        mp_u32(to, i ^ 0x5555);
    }
}

static void put_dictionary(struct sample *sample, uint32_t entries) {
    struct mp_page page = mp_page_of(2, 0, entries);
    for (uint32_t i = 0; i < entries; i++) {
        put_entry(&page.data, &sample->type, i);
    }
    page.codec = (int)sample->codec;
    page.crc = -1;
    mp_page_write(&sample->bytes, &page);
    sample->entries = entries;
    sample->weights = calloc(entries, sizeof sample->weights[0]);
    assert_non_null(sample->weights);
}

static void put_page_indices(struct sample *sample, struct mp_page *page, uint32_t count) {
    uint32_t width = weir_bit_width(sample->entries - 1);
    uint32_t *indices = calloc(count + 1u, sizeof *indices);
    for (uint32_t i = 0; i < count; i++) {
        indices[i] =
            i > 0 && mp_below(3) == 0 ? indices[i - 1] : mp_below((uint32_t)sample->entries);
        sample->weights[indices[i]]++;
    }
    page->encoding = mp_below(2) != 0 ? 8 : 2;
    mp_byte(&page->data, width);
    mp_runs(&page->data, indices, count, width);
    free(indices);
}

/* `encoding` MP_AUTO: any that suits the type. */
static void put_page_values(struct sample *sample, struct mp_page *page, uint32_t count,
                            int64_t encoding) {
    bool bytes = sample->type.physical == WEIR_BYTE_ARRAY;
    static const int64_t encodings[2][3] = {{0, 5, 9}, {0, 6, 7}};
    struct en_values values = {0};
    for (uint32_t i = 0; i < count; i++) {
        en_add_random(&values, &sample->type, bytes ? 0 : 4, 30);
    }
    page->encoding = mp_or(encoding, encodings[bytes][mp_below(3)]);
    if (count > 0 || page->encoding == 0) {
        en_encode(&page->data, &values, page->encoding, bytes ? 0 : 4);
    }
    en_plain(&sample->plain, &values, bytes);
    en_free(&values);
}

/* The next `count` entries as a page. */
static void put_page(struct sample *sample, size_t at, size_t count, int64_t encoding, bool v2) {
    const struct mn_path *path = &sample->tree.path;
    struct mp_page page = mp_page_of(v2 ? 3 : 0, 0, (int64_t)count);
    struct page_want *want = &sample->page[sample->pages++];
    uint32_t values = 0;
    assert_true(sample->pages <= PAGES);
    *want = (struct page_want){.header_offset = sample->bytes.count, .entries = count};
    for (size_t i = at; i < at + count; i++) {
        values += sample->stripes.definition[i] == path->definition_max;
        want->rows += sample->stripes.repetition[i] == 0;
    }
    want->values = values;
    mp_both_levels(&page, sample->stripes.repetition + at, path->repetition_max,
                   sample->stripes.definition + at, path->definition_max, count,
                   !v2 && mp_below(4) == 0);
    size_t before = sample->plain.count;
    if (sample->entries > 0 && mp_below(4) != 0) {
        put_page_indices(sample, &page, values);
    } else {
        put_page_values(sample, &page, values, encoding);
    }
    want->plain_bytes = sample->plain.count - before;
    page.codec = (int)sample->codec;
    page.crc = mp_below(2) != 0 ? -1 : MP_AUTO;
    mp_page_write(&sample->bytes, &page);
}

/* V1 pages end anywhere, V2 pages where a row ends. */
static void put_pages(struct sample *sample) {
    const struct mn_stripes *stripes = &sample->stripes;
    for (size_t at = 0; at < stripes->count;) {
        size_t count = stripes->count - at;
        bool v2 = mp_below(2) != 0;
        if (sample->pages + 1 < PAGES) {
            count = 1 + mp_below((uint32_t)count);
            while (v2 && at + count < stripes->count && stripes->repetition[at + count] > 0) {
                count++;
            }
        }
        v2 = v2 && (at == 0 || stripes->repetition[at] == 0);
        put_page(sample, at, count, MP_AUTO, v2);
        at += count;
    }
}

static void sample_begin(struct sample *sample, const struct mn_path *path, uint32_t rows,
                         enum weir_physical physical) {
    memset(sample, 0, sizeof *sample);
    mn_tree_grow(&sample->tree, path, rows);
    sample->stripes = mn_stripe(&sample->tree);
    sample->type.physical = physical;
}

static void sample_make(struct sample *sample) {
    struct mn_path path = mn_path_random(mp_below(5));
    sample_begin(sample, &path, 1 + mp_below(300), mp_below(2) != 0 ? WEIR_BYTE_ARRAY : WEIR_INT32);
    sample->codec = mp_below(2);
    if (mp_below(3) != 0) {
        put_dictionary(sample, 1 + mp_below(200));
    }
    put_pages(sample);
}

static void sample_free(struct sample *sample) {
    mn_tree_free(&sample->tree);
    mn_stripes_free(&sample->stripes);
    mp_free(&sample->bytes);
    mp_free(&sample->plain);
    free(sample->weights);
}

/* --- Reading ------------------------------------------------------------------------------------
 */

static uint64_t entry_of(const struct weir_event *event, uint64_t i) {
    if (event->kind == WEIR_EVENT_VIEWS) {
        assert_true(event->views[i].length >= 4);
        return weir_load_u32(event->views[i].data);
    }
    return weir_load_u32((const uint8_t *)event->values + 4 * i) ^ 0x5555;
}

static void take_nested(struct outcome *out, const struct sample *sample,
                        const struct weir_event *event) {
    size_t before = out->plain.count;
    if (event->kind == WEIR_EVENT_NULLS) {
        out->nulls += event->count;
        return;
    }
    assert_true(event->kind == WEIR_EVENT_FIXED || event->kind == WEIR_EVENT_VIEWS);
    for (uint64_t i = 0; i < event->count; i++) {
        if (event->weights != NULL) {
            assert_true(entry_of(event, i) < sample->entries);
            out->weights[entry_of(event, i)] += event->weights[i];
            out->page_weight += event->weights[i];
        } else if (event->kind == WEIR_EVENT_FIXED) {
            mp_put(&out->plain, (const uint8_t *)event->values + 4 * i, 4);
        } else {
            mp_u32(&out->plain, event->views[i].length);
            mp_put(&out->plain, event->views[i].data, event->views[i].length);
        }
    }
    out->page_plain += out->plain.count - before;
}

/* A page's end comes behind all that it holds. */
static void check_page_end(struct outcome *out, const struct sample *sample,
                           const struct weir_page_end *end) {
    const struct page_want *want = &sample->page[out->page_ends];
    assert_true(out->page_ends < sample->pages);
    assert_int_equal(end->ordinal, out->page_ends + (sample->entries > 0 ? 1 : 0));
    assert_int_equal(end->header_offset, want->header_offset);
    assert_int_equal(end->page.values, want->entries);
    assert_int_equal(end->rows, want->rows);
    assert_int_equal(end->values, want->values);
    assert_false(end->crc_bad);
    uint64_t next = out->page_ends + 1 < sample->pages
                        ? sample->page[out->page_ends + 1].header_offset
                        : sample->bytes.count;
    assert_int_equal(end->header_offset + end->header_bytes + end->page.raw_bytes, next);
    assert_int_equal(out->page_plain, want->plain_bytes);
    assert_int_equal(out->page_weight, want->plain_bytes > 0 ? 0 : want->values);
    out->page_plain = 0;
    out->page_weight = 0;
    out->page_ends++;
}

/* Opens `bytes` as the sample's chunk, whose levels go to *levels. */
static enum weir_status open_nested(struct bench *bench, const struct sample *sample,
                                    const struct mp_bytes *bytes, const struct weir_source *source,
                                    bool apart, struct weir_levels *levels) {
    const struct mn_path *path = &sample->tree.path;
    struct weir_chunk chunk = {.physical = (uint32_t)sample->type.physical,
                               .codec = sample->codec,
                               .values = sample->stripes.count,
                               .compressed_bytes = bytes->count,
                               .limit_offset = bytes->count};
    bool nested = path->definition_max > 1 || path->repetition_max > 0;
    struct weir_leaf leaf = {.type = sample->type,
                             .definition_max = path->definition_max,
                             .repetition_max = path->repetition_max,
                             .levels = nested ? levels : NULL,
                             .definition_of = path->definition_of};
    weir_error_clear(&bench->error);
    weir_window_forget(&bench->reader->window);
    bench->reader->pages_apart = apart;
    return weir_reader_open(bench->reader, source, &chunk, &leaf);
}

static enum weir_status read_nested(struct bench *bench, const struct sample *sample, size_t slice,
                                    bool apart, struct outcome *out) {
    struct mp_source input = {
        .data = sample->bytes.data, .bytes = sample->bytes.count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_event event;
    memset(out, 0, sizeof *out);
    out->weights = calloc(sample->entries + 1, sizeof out->weights[0]);
    enum weir_status status =
        open_nested(bench, sample, &sample->bytes, &source, apart, &out->levels);
    while (status == WEIR_OK && (status = weir_reader_next(bench->reader, &event)) == WEIR_OK) {
        if (event.kind == WEIR_EVENT_PAGE_END) {
            assert_true(apart);
            check_page_end(out, sample, event.page);
        } else {
            take_nested(out, sample, &event);
        }
    }
    assert_true(status < 0 ? bench->error.status == status : bench->error.status == WEIR_OK);
    out->counts = bench->reader->counts;
    out->rows = bench->reader->rows;
    return status;
}

static void outcome_free(struct outcome *out) {
    mp_free(&out->plain);
    free(out->weights);
}

/* Everything that was counted, against the tree. */
static void check_levels(const struct sample *sample, const struct weir_levels *levels) {
    const struct mn_tree *tree = &sample->tree;
    const struct mn_path *path = &tree->path;
    for (uint32_t d = 0; d < path->definition_max; d++) {
        assert_int_equal(levels->definition[d], mn_absent(tree, d));
    }
    assert_int_equal(levels->definition[path->definition_max], tree->count[path->nodes]);
    for (uint32_t k = 1; k <= path->repetition_max; k++) {
        struct mn_list want;
        struct weir_list got;
        memset(&want, 0, sizeof want);
        mn_list_add(&want, tree, k);
        weir_levels_list(levels, k, path->definition_of[k], &got);
        assert_int_equal(got.lists, want.lists);
        assert_int_equal(got.nulls, want.nulls);
        assert_int_equal(got.empty, want.empty);
        assert_int_equal(got.elements, want.elements);
        assert_int_equal(got.length_min, want.length_min);
        assert_int_equal(got.length_max, want.length_max);
    }
}

static void check_outcome(const struct sample *sample, const struct outcome *out) {
    const struct mn_tree *tree = &sample->tree;
    uint64_t values = tree->count[tree->path.nodes];
    assert_int_equal(out->rows, tree->count[0]);
    assert_int_equal(out->nulls, sample->stripes.count - values);
    assert_int_equal(out->plain.count, sample->plain.count);
    assert_true(out->plain.count == 0 ||
                memcmp(out->plain.data, sample->plain.data, out->plain.count) == 0);
    for (uint64_t i = 0; i < sample->entries; i++) {
        assert_int_equal(out->weights[i], sample->weights[i]);
    }
    assert_int_equal(out->counts.pages, sample->pages + (sample->entries > 0 ? 1 : 0));
    if (tree->path.definition_max > 1 || tree->path.repetition_max > 0) {
        check_levels(sample, &out->levels);
    }
}

static void check_sample(struct bench *bench, const struct sample *sample, size_t slice,
                         bool apart) {
    struct outcome out;
    enum weir_status status = read_nested(bench, sample, slice, apart, &out);
    if (status != WEIR_END) {
        fail_msg("page %u: %s (%llu, %llu)", bench->error.page, bench->error.message,
                 (unsigned long long)bench->error.wanted, (unsigned long long)bench->error.got);
    }
    check_outcome(sample, &out);
    assert_int_equal(out.page_ends, apart ? sample->pages : 0);
    outcome_free(&out);
}

/* --- Properties ---------------------------------------------------------------------------------
 */

static void any_cut_of_a_nested_column_gives_its_tree(void **state) {
    static const size_t slices[] = {0, 4096, 59, 7, 1};
    struct bench bench;
    (void)state;
    mp_seed("nested chunks");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int round = 0; round < 150; round++) {
        struct sample sample;
        sample_make(&sample);
        for (size_t i = 0; i<5; i += sample.bytes.count> 20000 ? 2 : 1) {
            check_sample(&bench, &sample, slices[i], false);
            check_sample(&bench, &sample, slices[i], true);
        }
        sample_free(&sample);
    }
}

/* Pages that fit no buffer, whose values lie behind levels: cursors find their places. */
static void pages_too_large_to_hold_are_read_through_cursors(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("nested cursors");
    bench_open_needs(&bench, WEIR_ISA_AUTO,
                     (struct weir_needs){
                         .codecs = 1u << WEIR_CODEC_SNAPPY | 1u, .encodings = ~0u, .cursors = 3});
    for (int round = 0; round < 12; round++) {
        struct sample sample;
        struct mn_path path;
        memset(&path, 0, sizeof path);
        mn_path_add(&path, MN_OPTIONAL);
        mn_path_add(&path, MN_REPEATED);
        bool bytes = round % 3 != 0;
        sample_begin(&sample, &path, bytes ? 50000 : 150000, bytes ? WEIR_BYTE_ARRAY : WEIR_INT32);
        sample.codec = (uint32_t)round / 3 % 2;
        for (size_t at = 0, page = 0; at < sample.stripes.count; page++) {
            size_t count = page == 0 ? 20 : sample.stripes.count - at;
            while (at + count < sample.stripes.count && sample.stripes.repetition[at + count] > 0) {
                count++;
            }
            put_page(&sample, at, count, bytes ? 5 + round % 3 : 9, round >= 6);
            at += count;
        }
        check_sample(&bench, &sample, 0, false);
        assert_false(bench.reader->decoder.held);
        check_sample(&bench, &sample, 4096, true);
        sample_free(&sample);
    }
}

/* Levels are totals over chunks; the rows that the reader tells are the chunk's own. */
static void chunks_add_up(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("chunks");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int round = 0; round < 30; round++) {
        struct mn_path path = mn_path_random(3);
        struct weir_levels levels;
        uint64_t rows = 0;
        uint64_t elements = 0;
        memset(&levels, 0, sizeof levels);
        for (int chunk = 0; chunk < 3; chunk++) {
            struct sample sample;
            struct weir_event event;
            struct mn_list list;
            sample_begin(&sample, &path, 1 + mp_below(50), WEIR_INT32);
            put_pages(&sample);
            struct mp_source input = {.data = sample.bytes.data, .bytes = sample.bytes.count};
            struct weir_source source = mp_source_of(&input);
            enum weir_status status =
                open_nested(&bench, &sample, &sample.bytes, &source, false, &levels);
            while (status == WEIR_OK) {
                status = weir_reader_next(bench.reader, &event);
            }
            assert_int_equal(status, WEIR_END);
            assert_int_equal(bench.reader->rows, sample.tree.count[0]);
            memset(&list, 0, sizeof list);
            mn_list_add(&list, &sample.tree, 1);
            rows += sample.tree.count[0];
            elements += list.elements;
            sample_free(&sample);
        }
        struct weir_list got;
        weir_levels_list(&levels, 1, path.definition_of[1], &got);
        assert_int_equal(levels.repetition[0], rows);
        assert_int_equal(got.elements, elements);
    }
}

/* Later passes meet the levels again and add nothing. */
static void several_passes_count_levels_once(void **state) {
    static const uint32_t entries[] = {WEIR_COUNTERS, WEIR_COUNTERS + 1, 3 * WEIR_COUNTERS - 7};
    struct bench bench;
    (void)state;
    mp_seed("nested passes");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t e = 0; e < 3; e++) {
        for (int round = 0; round < 3; round++) {
            struct sample sample;
            struct mn_path path = mn_path_random(3);
            sample_begin(&sample, &path, 400, round == 0 ? WEIR_BYTE_ARRAY : WEIR_INT32);
            put_dictionary(&sample, entries[e]);
            put_pages(&sample);
            check_sample(&bench, &sample, 0, false);
            check_sample(&bench, &sample, 0, true);
            sample_free(&sample);
        }
    }
}

/* More indices than 32 bits count: levels of each segment are counted once, too. */
static void segments_of_a_nested_column_add_up(void **state) {
    const uint64_t each = INT32_MAX;
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int apart = 0; apart < 2; apart++) {
        struct sample sample;
        struct outcome out;
        memset(&sample, 0, sizeof sample);
        mn_path_add(&sample.tree.path, MN_OPTIONAL);
        mn_path_add(&sample.tree.path, MN_REPEATED);
        sample.type.physical = WEIR_INT32;
        put_dictionary(&sample, 3);
        for (uint32_t i = 0; i < 7; i++) {
            struct mp_page page = mp_page_of(3, 8, (int64_t)each);
            struct page_want *want = &sample.page[sample.pages++];
            /* Three rows: an absent list, an empty one, and a long one. */
            page.nulls = 2;
            page.rows = 3;
            mp_run_repeated(&page.repetition, 3, 0, 1);
            mp_run_repeated(&page.repetition, each - 3, 1, 1);
            mp_run_repeated(&page.levels, 1, 0, 2);
            mp_run_repeated(&page.levels, 1, 1, 2);
            mp_run_repeated(&page.levels, each - 2, 2, 2);
            mp_byte(&page.data, 2);
            mp_run_repeated(&page.data, each - 2, i % 3, 2);
            *want = (struct page_want){.header_offset = sample.bytes.count,
                                       .entries = each,
                                       .rows = 3,
                                       .values = each - 2};
            mp_page_write(&sample.bytes, &page);
            sample.weights[i % 3] += each - 2;
        }
        sample.stripes.count = 7 * each;
        assert_int_equal(read_nested(&bench, &sample, 0, apart != 0, &out), WEIR_END);
        assert_int_equal(out.rows, 21);
        assert_int_equal(out.nulls, 14);
        assert_memory_equal(out.weights, sample.weights, 3 * sizeof out.weights[0]);
        assert_int_equal(out.page_ends, apart != 0 ? 7 : 0);
        struct weir_list list;
        weir_levels_list(&out.levels, 1, 2, &list);
        assert_int_equal(list.lists, 14);
        assert_int_equal(list.nulls, 7);
        assert_int_equal(list.empty, 7);
        assert_int_equal(list.elements, 7 * (each - 2));
        assert_int_equal(list.length_max, each - 2);
        assert_int_equal(list.length_min, 0);
        outcome_free(&out);
        sample.stripes.count = 0;
        mp_free(&sample.bytes);
        free(sample.weights);
    }
}

/* Each page kept apart takes a pass over the dictionary: all that they may decode is limited. */
static void a_chunk_cannot_ask_for_any_number_of_dictionary_passes(void **state) {
    const uint64_t limit = UINT64_C(1) << 37;
    struct bench bench;
    (void)state;
    mp_seed("dictionary passes");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t spare = 0; spare < 5; spare++) {
        struct sample sample;
        struct mn_path path;
        struct weir_levels levels;
        struct weir_event event;
        memset(&path, 0, sizeof path);
        memset(&levels, 0, sizeof levels);
        mn_path_add(&path, MN_REQUIRED);
        sample_begin(&sample, &path, 30, WEIR_INT32);
        put_dictionary(&sample, 100);
        for (uint32_t at = 0; at < 30; at += 10) {
            struct mp_page page = mp_page_of(0, 0, 10);
            put_page_indices(&sample, &page, 10);
            mp_page_write(&sample.bytes, &page);
        }
        struct mp_source input = {.data = sample.bytes.data, .bytes = sample.bytes.count};
        struct weir_source source = mp_source_of(&input);
        enum weir_status status =
            open_nested(&bench, &sample, &sample.bytes, &source, true, &levels);
        while (status == WEIR_OK && (status = weir_reader_next(bench.reader, &event)) == WEIR_OK) {
            if (event.kind == WEIR_EVENT_PAGE_END && event.page->ordinal == 1) {
                assert_int_equal(bench.reader->dictionary.decoded_bytes, 400);
                bench.reader->dictionary.decoded_bytes = limit - 400 * spare;
            }
        }
        assert_int_equal(status, spare < 2 ? WEIR_E_UNSUPPORTED : WEIR_END);
        sample_free(&sample);
    }
}

/* A V2 page without a definition section: nothing is missing. */
static void v2_pages_without_definition_levels_hold_all_values(void **state) {
    struct bench bench;
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int nested = 0; nested < 2; nested++) {
        for (int nulls = 0; nulls < 2; nulls++) {
            static const uint32_t repetition[6] = {0, 1, 1, 0, 0, 1};
            struct sample sample;
            struct outcome out;
            memset(&sample, 0, sizeof sample);
            mn_path_add(&sample.tree.path, MN_OPTIONAL);
            if (nested != 0) {
                mn_path_add(&sample.tree.path, MN_REPEATED);
            }
            sample.type.physical = WEIR_INT32;
            sample.stripes.count = 6;
            struct mp_page page = mp_page_of(3, 0, 6);
            if (nested != 0) {
                mp_runs(&page.repetition, repetition, 6, 1);
                page.rows = 3;
            }
            page.nulls = nulls;
            for (uint32_t i = 0; i < 6; i++) {
                mp_u32(&page.data, i);
            }
            mp_page_write(&sample.bytes, &page);
            enum weir_status status = read_nested(&bench, &sample, 0, false, &out);
            assert_int_equal(status, nulls != 0 ? WEIR_E_CORRUPT : WEIR_END);
            if (nulls == 0) {
                assert_int_equal(out.plain.count, 24);
                assert_int_equal(out.nulls, 0);
                assert_int_equal(out.rows, nested != 0 ? 3 : 6);
                assert_true(nested == 0 || out.levels.definition[2] == 6);
            }
            outcome_free(&out);
            mp_free(&sample.bytes);
        }
    }
}

/* One V2 page of a column, three values. */
static enum weir_status read_small(const struct mn_path *path, const uint32_t *repetition,
                                   const uint32_t *definition, int64_t nulls, int64_t version) {
    struct bench bench;
    struct sample sample;
    struct outcome out;
    memset(&sample, 0, sizeof sample);
    bench_open(&bench, WEIR_ISA_AUTO);
    sample.tree.path = *path;
    sample.type.physical = WEIR_INT32;
    sample.stripes.count = 3;
    struct mp_page page = mp_page_of(version, 0, 3);
    mp_both_levels(&page, repetition, path->repetition_max, definition, path->definition_max, 3,
                   false);
    page.nulls = nulls;
    page.rows = 3; /* wrong where a list is longer, as Arrow C++ wrote it before 12 */
    for (uint32_t i = 0; i < 3; i++) {
        mp_u32(&page.data, i);
    }
    mp_page_write(&sample.bytes, &page);
    enum weir_status status = read_nested(&bench, &sample, 0, false, &out);
    outcome_free(&out);
    mp_free(&sample.bytes);
    return status;
}

static void impossible_levels_are_refused(void **state) {
    static const uint32_t zeros[3] = {0, 0, 0};
    static const uint32_t late[3] = {1, 0, 0};
    static const uint32_t more[3] = {0, 1, 1};
    static const uint32_t ones[3] = {1, 1, 1};
    static const uint32_t absent[3] = {0, 0, 0};
    struct mn_path required;
    struct mn_path list;
    (void)state;
    mp_seed("impossible levels");
    memset(&required, 0, sizeof required);
    memset(&list, 0, sizeof list);
    mn_path_add(&required, MN_REQUIRED);
    mn_path_add(&list, MN_REPEATED);
    for (int64_t version = 0; version <= 3; version += 3) {
        assert_int_equal(read_small(&required, zeros, zeros, 0, version), WEIR_END);
        assert_int_equal(read_small(&list, zeros, ones, 0, version), WEIR_END);
        assert_int_equal(read_small(&list, more, ones, 0, version), WEIR_END);
        assert_int_equal(read_small(&list, late, ones, 0, version), WEIR_E_CORRUPT);
        /* An empty list of three elements. */
        assert_int_equal(read_small(&list, more, absent, 3, version), WEIR_E_CORRUPT);
    }
    assert_int_equal(read_small(&required, zeros, zeros, 1, 3), WEIR_E_CORRUPT);
    assert_int_equal(read_small(&list, zeros, ones, 1, 3), WEIR_E_CORRUPT);
}

/* To the end or an error; figures of a chunk that is complete can be worked out. */
static void read_damaged(struct bench *bench, const struct sample *sample,
                         const struct mp_bytes *bytes) {
    const struct mn_path *path = &sample->tree.path;
    struct mp_source input = {.data = bytes->data, .bytes = bytes->count};
    struct weir_source source = mp_source_of(&input);
    struct weir_levels levels;
    struct weir_event event;
    memset(&levels, 0, sizeof levels);
    enum weir_status status = open_nested(bench, sample, bytes, &source, mp_below(2) != 0, &levels);
    while (status == WEIR_OK) {
        status = weir_reader_next(bench->reader, &event);
    }
    assert_true(status == WEIR_END || bench->error.status == status);
    for (uint32_t k = 1; status == WEIR_END && k <= path->repetition_max; k++) {
        struct weir_list list;
        weir_levels_list(&levels, k, path->definition_of[k], &list);
        assert_true(list.lists <= sample->stripes.count);
    }
}

static void damaged_nested_chunks_end_in_counts_or_an_error(void **state) {
    struct bench bench;
    (void)state;
    mp_seed("damaged nested chunks");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (int round = 0; round < 40; round++) {
        struct sample sample;
        sample_make(&sample);
        for (int i = 0; i < 200; i++) {
            size_t at = mp_below((uint32_t)sample.bytes.count);
            uint8_t before = sample.bytes.data[at];
            struct mp_bytes cut = sample.bytes;
            sample.bytes.data[at] = (uint8_t)mp_random();
            cut.count = mp_below(6) == 0 ? at : cut.count;
            read_damaged(&bench, &sample, &cut);
            sample.bytes.data[at] = before;
        }
        sample_free(&sample);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_of_a_nested_column_gives_its_tree),
        cmocka_unit_test(pages_too_large_to_hold_are_read_through_cursors),
        cmocka_unit_test(chunks_add_up),
        cmocka_unit_test(several_passes_count_levels_once),
        cmocka_unit_test(segments_of_a_nested_column_add_up),
        cmocka_unit_test(a_chunk_cannot_ask_for_any_number_of_dictionary_passes),
        cmocka_unit_test(v2_pages_without_definition_levels_hold_all_values),
        cmocka_unit_test(impossible_levels_are_refused),
        cmocka_unit_test(damaged_nested_chunks_end_in_counts_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
