/* The page index, page by page: what was written comes back, whatever is absent or wrong. */
#include "make_parquet.h"

#include "parquet/index.h"

#define PAGES 900
#define DEFINITION_MAX 2
#define REPETITION_MAX 1

struct page {
    int64_t offset, bytes, first_row, unencoded, nulls, nans;
    bool only_nulls;
    char min[200];
    size_t min_bytes, max_bytes;
    int64_t definition[DEFINITION_MAX + 1], repetition[REPETITION_MAX + 1];
};

static struct page pages[PAGES];

static void fill_pages(void) {
    for (int i = 0; i < PAGES; i++) {
        struct page *page = &pages[i];
        page->offset = (int64_t)(mp_random() >> 20);
        page->bytes = mp_below(1u << 30);
        page->first_row = (int64_t)(mp_random() >> 30);
        page->unencoded = (int64_t)(mp_random() >> 10);
        page->nulls = mp_below(1000);
        page->nans = mp_below(3);
        page->only_nulls = mp_below(3) == 0;
        page->min_bytes = mp_below(4) == 0 ? mp_below(sizeof page->min) : mp_below(9);
        page->max_bytes = mp_below(9);
        for (size_t b = 0; b < sizeof page->min; b++) {
            page->min[b] = (char)mp_below(256);
        }
        for (int d = 0; d <= DEFINITION_MAX; d++) {
            page->definition[d] = mp_below(5000);
        }
        for (int r = 0; r <= REPETITION_MAX; r++) {
            page->repetition[r] = mp_below(5000);
        }
    }
}

static void put_offsets(struct mp_bytes *to, int count) {
    int last = 0;
    mp_list(to, &last, 1, 12, (uint64_t)count);
    for (int i = 0; i < count; i++) {
        int inner = 0;
        mp_i64(to, &inner, 1, pages[i].offset);
        mp_i32(to, &inner, 2, pages[i].bytes);
        mp_i64(to, &inner, 3, pages[i].first_row);
        mp_stop(to);
    }
    mp_list(to, &last, 2, 6, (uint64_t)count);
    for (int i = 0; i < count; i++) {
        mp_zigzag(to, pages[i].unencoded);
    }
    mp_stop(to);
}

static void put_bounds(struct mp_bytes *to, int count, bool optional) {
    int last = 0;
    mp_list(to, &last, 1, 1, (uint64_t)count);
    for (int i = 0; i < count; i++) {
        mp_byte(to, pages[i].only_nulls ? 1 : i % 2 == 0 ? 2 : 0);
    }
    for (int id = 2; id <= 3; id++) {
        mp_list(to, &last, id, 8, (uint64_t)count);
        for (int i = 0; i < count; i++) {
            size_t bytes = id == 2 ? pages[i].min_bytes : pages[i].max_bytes;
            mp_varint(to, bytes);
            mp_put(to, pages[i].min, bytes);
        }
    }
    mp_i32(to, &last, 4, WEIR_BOUNDARY_DESCENDING);
    for (int id = 5; id <= 8 && optional; id++) {
        int each = id == 6 ? REPETITION_MAX + 1 : id == 7 ? DEFINITION_MAX + 1 : 1;
        mp_list(to, &last, id, 6, (uint64_t)(each * count));
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < each; k++) {
                mp_zigzag(to, id == 5   ? pages[i].nulls
                              : id == 6 ? pages[i].repetition[k]
                              : id == 7 ? pages[i].definition[k]
                                        : pages[i].nans);
            }
        }
    }
    mp_field(to, &last, 30, 12); /* of a later specification */
    mp_stop(to);
    mp_stop(to);
}

struct bench {
    struct mp_bytes file;
    struct weir_chunk_claims claims;
    struct mp_source input;
    struct weir_source source;
    struct weir_page_index *index;
    struct weir_error error;
};

static struct weir_stated stated(int64_t value) {
    return (struct weir_stated){true, value};
}

static void bench_write(struct bench *bench, int count, bool offsets, bool bounds, bool optional) {
    memset(bench, 0, sizeof *bench);
    mp_text(&bench->file, "PAR1");
    if (offsets) {
        bench->claims.offset_index_offset = stated((int64_t)bench->file.count);
        put_offsets(&bench->file, count);
        bench->claims.offset_index_bytes =
            stated((int64_t)bench->file.count - bench->claims.offset_index_offset.value);
    }
    if (bounds) {
        bench->claims.column_index_offset = stated((int64_t)bench->file.count);
        put_bounds(&bench->file, count, optional);
        bench->claims.column_index_bytes =
            stated((int64_t)bench->file.count - bench->claims.column_index_offset.value);
    }
    struct weir_space space;
    weir_space_measure(&space, NULL, NULL);
    assert_null(weir_page_index_take(&space));
    uint64_t bytes = space.used_bytes;
    weir_space_carve(&space, mp_guarded((size_t)bytes), bytes);
    bench->index = weir_page_index_take(&space);
    assert_non_null(bench->index);
    assert_int_equal(space.used_bytes, bytes);
}

static enum weir_status bench_open(struct bench *bench, size_t slice) {
    bench->input =
        (struct mp_source){.data = bench->file.data, .bytes = bench->file.count, .slice = slice};
    bench->source = mp_source_of(&bench->input);
    weir_error_clear(&bench->error);
    return weir_page_index_open(bench->index, &bench->source, &bench->claims, bench->file.count,
                                DEFINITION_MAX, REPETITION_MAX, &bench->error);
}

static void assert_stated(const struct weir_stated *got, bool present, int64_t value) {
    assert_int_equal(got->present, present);
    assert_true(!present || got->value == value);
}

static void assert_bound(const struct weir_bound *got, bool present, const char *text,
                         size_t bytes) {
    assert_int_equal(got->present, present);
    if (present) {
        assert_true(got->length == bytes);
        assert_memory_equal(got->bytes, text,
                            bytes < WEIR_PREFIX_BYTES ? bytes : WEIR_PREFIX_BYTES);
    }
}

static void assert_entry(const struct weir_index_entry *entry, const struct page *page,
                         bool offsets, bool bounds, bool optional) {
    assert_stated(&entry->offset, offsets, page->offset);
    assert_stated(&entry->bytes, offsets, page->bytes);
    assert_stated(&entry->first_row, offsets, page->first_row);
    assert_stated(&entry->unencoded_bytes, offsets, page->unencoded);
    assert_stated(&entry->null_page, bounds, page->only_nulls);
    assert_bound(&entry->min, bounds, page->min, page->min_bytes);
    assert_bound(&entry->max, bounds, page->min, page->max_bytes);
    assert_stated(&entry->null_count, bounds && optional, page->nulls);
    assert_stated(&entry->nan_count, bounds && optional, page->nans);
    assert_int_equal(entry->repetition.present, bounds && optional);
    assert_int_equal(entry->definition.present, bounds && optional);
    for (int d = 0; d <= DEFINITION_MAX && bounds && optional; d++) {
        assert_true(entry->definition.counts[d] == page->definition[d]);
    }
    for (int r = 0; r <= REPETITION_MAX && bounds && optional; r++) {
        assert_true(entry->repetition.counts[r] == page->repetition[r]);
    }
}

static void every_page_comes_back(void **state) {
    (void)state;
    mp_seed("test_index");
    fill_pages();
    for (int parts = 1; parts < 8; parts++) {
        bool offsets = (parts & 1) != 0;
        bool bounds = (parts & 2) != 0;
        bool optional = (parts & 4) != 0;
        for (int count = 0; count <= PAGES; count = count * 4 + 1) {
            struct bench bench;
            struct weir_index_entry entry;
            bench_write(&bench, count, offsets, bounds, optional);
            assert_int_equal(bench_open(&bench, (size_t)(count % 3) * 50), WEIR_OK);
            assert_int_equal(bench.index->has_offsets, offsets);
            assert_int_equal(bench.index->has_bounds, bounds);
            assert_stated(&bench.index->boundary, bounds, WEIR_BOUNDARY_DESCENDING);
            for (int i = 0; i < count; i++) {
                assert_int_equal(weir_page_index_next(bench.index, &entry), WEIR_OK);
                assert_entry(&entry, &pages[i], offsets, bounds, optional);
            }
            assert_int_equal(weir_page_index_next(bench.index, &entry), WEIR_OK);
            assert_entry(&entry, &pages[0], false, false, false); /* nothing is left */
            mp_free(&bench.file);
        }
    }
}

static void an_index_outside_the_file_is_corrupt(void **state) {
    (void)state;
    const int64_t wrong[][2] = {{3, 10}, {4, 1 << 20}, {INT64_MAX, 1}, {INT64_MAX, INT32_MAX}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bench bench;
        bench_write(&bench, 3, true, true, true);
        bench.claims.column_index_offset = stated(wrong[i][0]);
        bench.claims.column_index_bytes = stated(wrong[i][1]);
        assert_int_equal(bench_open(&bench, 0), WEIR_E_CORRUPT);
        mp_free(&bench.file);
    }
    struct bench bench;
    bench_write(&bench, 3, true, true, true);
    bench.claims.column_index_offset = stated(-1); /* how nothing may be said */
    assert_int_equal(bench_open(&bench, 0), WEIR_OK);
    assert_false(bench.index->has_bounds);
    mp_free(&bench.file);
}

/* Every byte changed: an end in good order, whatever it says. */
static void any_bytes_end_well(void **state) {
    struct bench bench;
    struct weir_index_entry entry;
    int refused = 0;
    (void)state;
    bench_write(&bench, 4, true, true, true);
    for (size_t at = 4; at < bench.file.count; at++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            bench.file.data[at] ^= (uint8_t)(1u << bit);
            enum weir_status status = bench_open(&bench, 0);
            for (int i = 0; i < 6 && status == WEIR_OK; i++) {
                status = weir_page_index_next(bench.index, &entry);
            }
            assert_true(status == WEIR_OK || status == WEIR_E_CORRUPT);
            refused += status != WEIR_OK;
            bench.file.data[at] ^= (uint8_t)(1u << bit);
        }
    }
    assert_true(refused > 50);
    mp_free(&bench.file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_comes_back),
        cmocka_unit_test(an_index_outside_the_file_is_corrupt),
        cmocka_unit_test(any_bytes_end_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
