/* The column-chunk reader: pages that lie are refused, with their status and place. */
#include "reader_help.h"

/* --- Refusals ----------------------------------------------------------------------------------
 */

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
    {"no DELTA_BINARY_PACKED page", WEIR_E_CORRUPT, 2, t_delta},
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
    /* The deprecated encoding: no length, the highest bit first. Others are refused, not guessed.
     */
    assert_int_equal(read_levels(&bench, 0, 4, "\xa0", 1, 3, 1), WEIR_END);
    assert_int_equal(read_levels(&bench, 0, 4, "\xe0", 1, 3, 0), WEIR_E_CORRUPT);
    assert_int_equal(read_levels(&bench, 0, 5, "\2\0\0\0\3\5", 6, 3, 1), WEIR_E_CORRUPT);
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
    struct weir_leaf leaf = {.type = type_of(TYPE_I32)};
    (void)state;
    bench_open(&bench, WEIR_ISA_AUTO);
    assert_int_equal(weir_reader_open(bench.reader, &source, &chunk, &leaf), WEIR_E_CORRUPT);
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
            struct weir_chunk chunk = {
                .physical = TYPE_I32, .values = 64, .limit_offset = bytes.count};
            struct weir_leaf leaf = {.type = type_of(TYPE_I32)};
            struct weir_event event;
            weir_error_clear(&bench.error);
            weir_window_forget(&bench.reader->window);
            enum weir_status status = weir_reader_open(bench.reader, &source, &chunk, &leaf);
            while (status == WEIR_OK) {
                status = weir_reader_next(bench.reader, &event);
            }
            if (status > 0) {
                print_error("from %d of %d\n", (int)from, (int)bytes.count);
            }
            assert_int_equal(status, results[r] == 0 ? WEIR_E_CHANGED : WEIR_E_IO);
            assert_int_equal(bench.error.status, status);
            assert_true(bench.error.offset_bytes >= from);
        }
    }
    mp_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(liars_are_refused_with_their_page),
        cmocka_unit_test(levels_are_held_to_their_length_and_count),
        cmocka_unit_test(booleans_that_end_early_are_refused),
        cmocka_unit_test(byte_arrays_longer_than_their_page_are_refused),
        cmocka_unit_test(a_chunk_of_another_physical_type_is_refused),
        cmocka_unit_test(a_source_that_fails_ends_the_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
