/* The column-chunk reader: any cut of the input gives the values that were written. */
#include "reader_help.h"

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
    uint64_t pages_needed; /* up to the last one with values */
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
    sample->pages_needed = rows > 0 ? sample->pages : sample->pages_needed;
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
            assert_int_equal(got.counts.pages, sample.pages_needed);
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

/* --- Dictionaries ------------------------------------------------------------------------------
 */

static void slices_that_nothing_refers_to_take_no_pass(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    uint32_t entries = 6 * WEIR_COUNTERS + 5;
    uint32_t indices[8] = {0, entries - 1, 0, 3, entries - 2, 0, 0, 0};
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    put_i32_dictionary(&bytes, entries);
    put_indices(&bytes, indices, 8, weir_bit_width(entries));
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, 8, 0, entries, &got), WEIR_END);
    assert_int_equal(got.counts.passes_more, 1);
    assert_int_equal(got.weights[0], 5);
    assert_int_equal(got.weights[3], 1);
    assert_int_equal(got.entries_seen, WEIR_COUNTERS + 5); /* the first slice and the last */
    assert_int_equal(got.weights[WEIR_COUNTERS + 3], 1);
    assert_int_equal(got.weights[WEIR_COUNTERS + 4], 1);
    assert_int_equal(weir_load_u32(got.entries.data + 4 * (size_t)(WEIR_COUNTERS + 4)),
                     (entries - 1) ^ 0x5555);
    content_free(&got);
    mp_free(&bytes);
}

/* Arrow's writer ends a dictionary at 1 MiB, and looks once in 1024 values. */
static void dictionaries_as_writers_end_them_take_one_pass(void **state) {
    struct bench bench;
    struct mp_bytes bytes = {0};
    struct content got;
    uint32_t entries = (1u << 20) / 4 - 1 + 1024;
    uint32_t indices[8] = {0, entries - 1, 0, 3, entries - 2, 0, 0, 0};
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    put_i32_dictionary(&bytes, entries);
    put_indices(&bytes, indices, 8, weir_bit_width(entries));
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, 8, 0, entries, &got), WEIR_END);
    assert_int_equal(got.counts.passes_more, 0);
    assert_int_equal(got.entries_seen, entries);
    assert_int_equal(got.weights[0], 5);
    assert_int_equal(got.weights[entries - 1], 1);
    content_free(&got);
    mp_free(&bytes);
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
        assert_int_equal(
            read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, pages * count + 2, 0, entries, &got),
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
        assert_int_equal(read_chunk(&bench, &bytes, 0, slice, TYPE_BYTES, 0, 4, 0, entries, &got),
                         WEIR_END);
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
    assert_int_equal(read_chunk(&bench, &bytes, 0, 0, TYPE_I32, 0, 1, 0, 9, &got), WEIR_E_CHECKSUM);
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
    for (int i = 0; i < 4;
         i++) { /* V1 and V2, plain and compressed, PLAIN and without dictionary */
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
        cmocka_unit_test(slices_that_nothing_refers_to_take_no_pass),
        cmocka_unit_test(dictionaries_as_writers_end_them_take_one_pass),
        cmocka_unit_test(large_dictionaries_give_exact_weights_in_several_passes),
        cmocka_unit_test(large_string_dictionaries_are_sliced_too),
        cmocka_unit_test(no_index_bits_mean_entry_zero),
        cmocka_unit_test(giant_runs_cost_nothing_and_are_counted_exactly),
        cmocka_unit_test(giant_runs_of_levels_and_booleans),
        cmocka_unit_test(a_dictionary_that_nothing_refers_to_is_only_checked),
        cmocka_unit_test(pages_without_values_are_passed),
        cmocka_unit_test(one_changed_byte_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
