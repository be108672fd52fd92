/* How far back snappy pages refer: Google's encoder, hand-made pages, and damage. */
#include "codec_help.h"

#include <snappy-c.h>

#include "io/window.h"
#include "parquet/codec_inner.h"

struct file {
    const uint8_t *bytes;
    size_t count;
    size_t give_max;
};

static int64_t read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    const struct file *file = context;
    bytes = (size_t)weir_min_u64(bytes, file->count - offset);
    bytes = (size_t)weir_min_u64(bytes, file->give_max);
    memcpy(to, file->bytes + offset, bytes);
    return (int64_t)bytes;
}

/* Through a window of `capacity` bytes, which must stand where it stood. */
static uint64_t reach_of(const uint8_t *raw, size_t raw_bytes, size_t page_bytes, size_t capacity,
                         size_t give_max) {
    struct file file = {raw, raw_bytes, give_max};
    struct weir_source source = {&file, read_at, raw_bytes};
    struct weir_window window;
    struct weir_error error;
    uint8_t *buffer = help_block(capacity);
    weir_error_clear(&error);
    weir_window_init(&window, buffer, capacity, &error);
    weir_window_seek(&window, &source, 0, raw_bytes);
    uint64_t reach = weir_snappy_reach(&window, raw_bytes, page_bytes);
    assert_int_equal(error.status, WEIR_OK);
    assert_int_equal(weir_window_offset(&window), 0);
    assert_true(reach == 0 || (reach > 65536 && reach <= page_bytes));
    if (raw_bytes > 0) {
        assert_true(weir_window_fill(&window, 1) > 0);
        assert_int_equal(window.at[0], raw[0]);
    }
    free(buffer);
    return reach;
}

static size_t put_size(uint8_t *to, size_t page_bytes) {
    size_t n = 0;
    for (; page_bytes >= 128; page_bytes >>= 7) {
        to[n++] = (uint8_t)(page_bytes | 0x80);
    }
    to[n++] = (uint8_t)page_bytes;
    return n;
}

static size_t put_literal(uint8_t *to, const uint8_t *from, size_t bytes) {
    to[0] = 62 << 2;
    for (int i = 0; i < 3; i++) {
        to[1 + i] = (uint8_t)((bytes - 1) >> (8 * i));
    }
    memcpy(to + 4, from, bytes);
    return 4 + bytes;
}

static size_t put_copy(uint8_t *to, size_t bytes, uint32_t offset) {
    to[0] = (uint8_t)((bytes - 1) << 2 | 3);
    for (int i = 0; i < 4; i++) {
        to[1 + i] = (uint8_t)(offset >> (8 * i));
    }
    return 5;
}

static void pages_in_blocks_of_64_kib_need_no_window(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 65536, 65537, 200000, 3000000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            uint8_t *page = help_block(sizes[s]);
            size_t n = snappy_max_compressed_length(sizes[s]);
            uint8_t *packed = help_block(n);
            help_fill(page, sizes[s], kind);
            assert_int_equal(snappy_compress((const char *)page, sizes[s], (char *)packed, &n), 0);
            assert_int_equal(reach_of(packed, n, sizes[s], 64, SIZE_MAX), 0);
            assert_int_equal(reach_of(packed, n, sizes[s], 8192, 100), 0);
            free(packed);
            free(page);
        }
    }
}

/* One literal of `first` bytes, copies of 64 bytes from `offset` back, literals to the end. */
static size_t page_with_copies(uint8_t *raw, const uint8_t *noise, size_t page_bytes, size_t first,
                               uint32_t offset, size_t copies) {
    size_t n = put_size(raw, page_bytes);
    n += put_literal(raw + n, noise, first);
    for (size_t i = 0; i < copies; i++) {
        n += put_copy(raw + n, 64, offset);
    }
    return n + put_literal(raw + n, noise, page_bytes - first - 64 * copies);
}

static void far_references_are_found(void **state) {
    (void)state;
    help_seed(__func__);
    size_t page_bytes = 6000000;
    uint8_t *noise = help_block(page_bytes);
    uint8_t *raw = help_block(page_bytes + 10000);
    help_fill(noise, page_bytes, 0);
    size_t small = 300000;
    size_t n = page_with_copies(raw, noise, small, 200000, 65537, 1);
    assert_int_equal(reach_of(raw, n, small, 64, 1), small);
    n = page_with_copies(raw, noise, small, 200000, 65536, 1);
    assert_int_equal(reach_of(raw, n, small, 64, 1), 0);
    /* a large page: what the known writers of such pages need */
    n = page_with_copies(raw, noise, page_bytes, 200000, 199999, 3);
    assert_int_equal(reach_of(raw, n, page_bytes, 4096, SIZE_MAX), 4u << 20);
    /* nothing but literals up to the place where the search ends */
    n = page_with_copies(raw, noise, page_bytes, 5500000, 5000000, 3);
    assert_int_equal(reach_of(raw, n, page_bytes, 4096, SIZE_MAX), 0);
    /* an element ends at 64 KiB: blocks, whatever comes later */
    n = page_with_copies(raw, noise, small, 65536 - 64, 65472, 1);
    assert_int_equal(reach_of(raw, n, small, 64, SIZE_MAX), 0);
    free(noise);
    free(raw);
}

static void what_is_named_does_for_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    for (int round = 0; round < 50; round++) {
        size_t first = 66000 + help_random() % 100000;
        size_t copies = 1 + help_random() % 500;
        uint32_t offset = (uint32_t)(65537 + help_random() % (first - 65536));
        size_t page_bytes = first + 64 * copies + 1 + help_random() % 100000;
        uint8_t *noise = help_block(page_bytes);
        uint8_t *raw = help_block(page_bytes + 10000);
        help_fill(noise, page_bytes, 0);
        size_t n = page_with_copies(raw, noise, page_bytes, first, offset, copies);
        uint64_t reach = reach_of(raw, n, page_bytes, 64 + help_random() % 5000, SIZE_MAX);
        assert_true(reach >= offset);
        free(noise);
        free(raw);
    }
}

static void damage_is_survived(void **state) {
    (void)state;
    help_seed(__func__);
    size_t page_bytes = 200000;
    uint8_t *page = help_block(page_bytes);
    uint8_t *raw = help_block(snappy_max_compressed_length(page_bytes));
    for (int round = 0; round < 300; round++) {
        help_fill(page, page_bytes, round % 2 == 0 ? 3 : 5);
        size_t n = snappy_max_compressed_length(page_bytes);
        assert_int_equal(snappy_compress((const char *)page, page_bytes, (char *)raw, &n), 0);
        size_t from = help_random() % 20;
        for (size_t i = from; i < n && i < from + 1 + help_random() % 30; i++) {
            raw[i] = (uint8_t)help_random();
        }
        size_t cut = round % 3 == 0 ? help_random() % n : n;
        uint8_t *exact = help_block(cut);
        memcpy(exact, raw, cut);
        (void)reach_of(exact, cut, page_bytes, 64, SIZE_MAX);
        free(exact);
    }
    free(raw);
    free(page);
}

static int64_t read_nothing(void *context, uint64_t offset, void *to, size_t bytes) {
    (void)context;
    (void)offset;
    (void)to;
    (void)bytes;
    return -5;
}

static void failures_of_the_source_stay_with_the_window(void **state) {
    (void)state;
    struct weir_source source = {NULL, read_nothing, 1000000};
    struct weir_window window;
    struct weir_error error;
    uint8_t buffer[64];
    weir_error_clear(&error);
    weir_window_init(&window, buffer, sizeof buffer, &error);
    weir_window_seek(&window, &source, 0, 1000000);
    assert_int_equal(weir_snappy_reach(&window, 100000, 200000), 0);
    assert_true(window.failed);
    assert_int_equal(error.status, WEIR_E_IO);
    /* and a page that reaches behind the window's limit is none */
    weir_window_seek(&window, &source, 0, 1000);
    assert_int_equal(weir_snappy_reach(&window, 1001, 200000), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_in_blocks_of_64_kib_need_no_window),
        cmocka_unit_test(far_references_are_found),
        cmocka_unit_test(what_is_named_does_for_the_page),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(failures_of_the_source_stay_with_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
