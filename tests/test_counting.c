/* Counts of dictionary indices: any page of any width, on every instruction set. */
#include "reader_help.h"

#include "parquet/counting.h"

/* Counts one page of `count` indices into the counters of an empty reader. */
static enum weir_status count_page(struct bench *bench, const struct mp_bytes *page, uint32_t count,
                                   uint32_t entries) {
    struct weir_reader *reader = bench->reader;
    struct mp_source input = {.data = page->data, .bytes = page->count};
    struct weir_source source = mp_source_of(&input);
    weir_error_clear(&bench->error);
    weir_window_forget(&reader->window);
    weir_window_seek(&reader->window, &source, 0, page->count);
    assert_int_equal(weir_body_open(&reader->body, &reader->window, 0, page->count, page->count,
                                    &reader->memory, NULL, &bench->error),
                     WEIR_OK);
    reader->dictionary.present = true;
    reader->dictionary.page.values = (uint32_t)entries;
    reader->slice_low = 0;
    reader->counters_clear = false;
    reader->page_left = count;
    enum weir_status status = weir_counting_page(reader);
    if (status == WEIR_OK) {
        weir_counting_join(reader);
    }
    assert_int_equal(bench->error.status, status);
    return status;
}

static void put_page(struct mp_bytes *page, const uint32_t *indices, uint32_t count,
                     uint32_t width) {
    mp_byte(page, width);
    if (mp_below(2) == 0) {
        mp_runs(page, indices, count, width);
    } else {
        mp_run_packed(page, indices, count, (count + 7) / 8, width);
    }
}

/* Random indices below `entries`; sometimes long stretches of one. */
static void fill(uint32_t *indices, uint32_t count, uint32_t entries) {
    bool steady = mp_below(2) == 0;
    for (uint32_t i = 0; i < count; i++) {
        indices[i] = steady && i > 0 && mp_below(40) != 0 ? indices[i - 1] : mp_below(entries);
    }
}

static void every_index_is_counted_once(void **state) {
    static uint32_t indices[40000];
    static uint32_t want[1 << 17];
    (void)state;
    mp_seed("counting");
    for (enum weir_isa isa = WEIR_ISA_SCALAR; isa <= weir_isa_best(); isa++) {
        struct bench bench;
        bench_open(&bench, isa);
        for (int round = 0; round < 170; round++) {
            uint32_t width = 1 + (uint32_t)round % 17;
            uint32_t entries = 1 + mp_below(1u << width);
            uint32_t count = 1 + mp_below(round % 4 == 0 ? 100 : 40000);
            struct mp_bytes page = {0};
            fill(indices, count, entries);
            put_page(&page, indices, count, width);
            assert_int_equal(count_page(&bench, &page, count, entries), WEIR_OK);
            memset(want, 0, entries * sizeof want[0]);
            for (uint32_t i = 0; i < count; i++) {
                want[indices[i]]++;
            }
            assert_memory_equal(bench.reader->counters, want, entries * sizeof want[0]);
            mp_free(&page);
        }
    }
}

/* Pages of a large dictionary may be narrow: the first ones of a writer that grows it. */
static void a_narrow_page_of_a_large_dictionary_is_counted(void **state) {
    static uint32_t indices[20000];
    struct bench bench;
    (void)state;
    mp_seed("counting narrow");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t entries = WEIR_COUNTERS - 5000; entries < WEIR_COUNTERS + 900; entries += 777) {
        uint32_t want[32] = {0};
        struct mp_bytes page = {0};
        fill(indices, 20000, 32);
        put_page(&page, indices, 20000, 5);
        assert_int_equal(count_page(&bench, &page, 20000, entries), WEIR_OK);
        for (uint32_t i = 0; i < 20000; i++) {
            want[indices[i]]++;
        }
        assert_memory_equal(bench.reader->counters, want, sizeof want);
        mp_free(&page);
    }
}

static void an_index_behind_the_dictionary_is_refused(void **state) {
    static uint32_t indices[20000];
    struct bench bench;
    (void)state;
    mp_seed("counting behind");
    bench_open(&bench, WEIR_ISA_AUTO);
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t width = 1 + round % 17;
        uint32_t entries = 1 + mp_below((1u << width) - 1);
        uint32_t count = 1 + mp_below(round % 3 == 0 ? 300 : 20000);
        uint32_t bad = entries + mp_below((1u << width) - entries);
        struct mp_bytes page = {0};
        fill(indices, count, entries);
        indices[mp_below(count)] = bad;
        put_page(&page, indices, count, width);
        assert_int_equal(count_page(&bench, &page, count, entries), WEIR_E_CORRUPT);
        assert_int_equal(bench.error.got, bad);
        assert_int_equal(bench.error.wanted, entries);
        mp_free(&page);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_is_counted_once),
        cmocka_unit_test(a_narrow_page_of_a_large_dictionary_is_counted),
        cmocka_unit_test(an_index_behind_the_dictionary_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
