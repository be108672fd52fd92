/* Pages that lie: values or an error, the same whichever way they are read. */
#include "decoder_help.h"

/* Held in the window, and read through cursors: the same values, or the same refusal. */
static void try_both(struct bench *held, struct bench *apart, const struct page *page,
                     const struct mp_bytes *raw) {
    struct mp_bytes got[2] = {{0}, {0}};
    enum weir_status status[2];
    struct bench *benches[2] = {held, apart};
    bool stored = mp_below(2) != 0;
    if (raw->count < page->values_at) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        struct bench *b = benches[i];
        /* What lies behind the page in the window means nothing. */
        memset(b->window.buffer, i == 0 ? 0 : 0xff, b->window_bytes);
        status[i] = decode_bytes(b, page, raw, raw->count, stored, i == 0 ? 0 : 1, 0, &got[i]);
        assert_int_equal(b->error.status, status[i]);
        assert_true(status[i] == WEIR_OK || status[i] == WEIR_E_CORRUPT ||
                    status[i] == WEIR_E_LIMIT || status[i] == WEIR_E_UNSUPPORTED);
        assert_true(status[i] == WEIR_OK || b->error.message[0] != '\0');
    }
    assert_int_equal(status[0], status[1]);
    if (status[0] == WEIR_OK) {
        assert_int_equal(got[0].count, got[1].count);
        assert_true(got[0].count == 0 || memcmp(got[0].data, got[1].data, got[0].count) == 0);
    }
    mp_free(&got[0]);
    mp_free(&got[1]);
}

static void damaged_pages_end_in_values_or_an_error(void **state) {
    struct bench held;
    struct bench other;
    (void)state;
    mp_seed("damaged pages");
    bench_make(&held, needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    bench_make(&other, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (int round = 0; round < 3; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct page page =
                page_of(random_type(encodings[e]), encodings[e], 0, 1 + mp_below(40), mp_below(12));
            struct mp_bytes raw = page.raw;
            for (raw.count = 0; raw.count < page.raw.count; raw.count++) {
                try_both(&held, &other, &page, &raw);
            }
            for (size_t at = page.values_at; at < raw.count; at++) {
                uint8_t kept = raw.data[at];
                for (uint32_t value = 0; value < 256; value += 1 + mp_below(at < 100 ? 2 : 60)) {
                    raw.data[at] = (uint8_t)value;
                    try_both(&held, &other, &page, &raw);
                }
                raw.data[at] = kept;
            }
            page_free(&page);
        }
    }
    bench_free(&held);
    bench_free(&other);
}

/* Larger pages with a few bytes changed, where cursors are really in use. */
static void damaged_large_pages_end_alike_held_and_apart(void **state) {
    struct bench held;
    struct bench other;
    (void)state;
    mp_seed("damaged large pages");
    bench_make(&held, needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    bench_make(&other, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (int round = 0; round < 60; round++) {
        for (size_t e = 2; e < ENCODINGS; e++) {
            struct weir_type type = random_type(encodings[e]);
            type.length_bytes = type.length_bytes > 16 ? 16 : type.length_bytes;
            struct page page = page_of(type, encodings[e], 0, 600 + mp_below(1000), 20);
            struct mp_bytes raw = page.raw;
            uint32_t changes = 1 + mp_below(3);
            for (uint32_t i = 0; i < changes; i++) {
                raw.data[page.values_at + mp_below((uint32_t)(raw.count - page.values_at))] ^=
                    (uint8_t)(1u << mp_below(8));
            }
            raw.count -= mp_below(4) == 0 ? mp_below(100) : 0;
            try_both(&held, &other, &page, &raw);
            page_free(&page);
        }
    }
    bench_free(&held);
    bench_free(&other);
}

/* Whichever of its places is being read. */
static void a_source_that_fails_ends_the_page(void **state) {
    struct bench benches[2];
    (void)state;
    mp_seed("failing sources");
    bench_make(&benches[0], needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    bench_make(&benches[1], needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (int round = 0; round < 40; round++) {
        for (size_t e = 0; e < ENCODINGS; e++) {
            struct weir_type type = random_type(encodings[e]);
            type.length_bytes = type.length_bytes > 16 ? 16 : type.length_bytes;
            struct page page = page_of(type, encodings[e], 0, 600 + mp_below(1000), 20);
            for (int i = 0; i < 2; i++) {
                struct mp_bytes got = {0};
                benches[i].fail_from = 1 + mp_below((uint32_t)page.raw.count - 1);
                enum weir_status status = decode(&benches[i], &page, false, 1000, 0, &got);
                /* Padding behind the last value is not read. */
                assert_true(
                    status == WEIR_E_IO ||
                    (status == WEIR_OK && encodings[e] == WEIR_ENCODING_DELTA_BINARY_PACKED));
                mp_free(&got);
            }
            page_free(&page);
        }
    }
    bench_free(&benches[0]);
    bench_free(&benches[1]);
}

/* Lengths that are not what type, page or count call for, each told with its numbers. */
static void lengths_that_lie_are_refused(void **state) {
    struct bench b;
    (void)state;
    mp_seed("lying lengths");
    bench_make(&b, needs_of(0, 0, HELD_BYTES), WEIR_BODY_KEEP + 1);
    for (int twist = 0; twist < 6; twist++) {
        bool fixed = twist < 2;
        bool shared = twist < 4;
        struct page page;
        struct en_values suffixes = {0};
        struct mp_bytes got = {0};
        int64_t prefixes[3] = {0, 2, 2};
        memset(&page, 0, sizeof page);
        page.type = type_of(fixed ? WEIR_FIXED_LEN_BYTE_ARRAY : WEIR_BYTE_ARRAY, WEIR_LOGICAL_NONE,
                            fixed ? 5 : 0, 0);
        page.encoding =
            shared ? WEIR_ENCODING_DELTA_BYTE_ARRAY : WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY;
        prefixes[2] += twist == 0;                  /* a value longer than its type */
        prefixes[1] -= twist == 1;                  /* a shorter one */
        prefixes[2] = twist == 2 ? 6 : prefixes[2]; /* shares more than there is */
        prefixes[0] = twist == 3 ? 1 : prefixes[0]; /* shares with nothing */
        for (size_t i = 0; i < 3; i++) {
            en_add(&page.values, "abcde", 5);
            en_add(&suffixes, &"abcde"[i == 0 ? 0 : 2], i == 0 ? 5 : 3);
        }
        if (shared) {
            en_delta(&page.raw, prefixes, 3, 32);
            en_delta_length(&page.raw, &suffixes);
        } else {
            int64_t lengths[3] = {3, 3, twist == 4 ? 100000 : 3};
            en_delta(&page.raw, lengths, twist == 5 ? 2 : 3, 32);
            mp_put(&page.raw, "abcdefghi", 9);
        }
        page.body.count = page.raw.count;
        assert_int_equal(decode(&b, &page, false, 0, 1, &got), WEIR_E_CORRUPT);
        static const uint64_t wants[6][2] = {{5, 6}, {5, 4}, {5, 6}, {0, 1}, {3, 100000}, {3, 2}};
        assert_int_equal(b.error.wanted, wants[twist][0]);
        assert_int_equal(b.error.got, wants[twist][1]);
        static const size_t given[6] = {18, 9, 18, 0, 14, 0}; /* what came before, with lengths */
        assert_int_equal(got.count, given[twist]);
        en_free(&suffixes);
        page_free(&page);
        mp_free(&got);
    }
    bench_free(&b);
}

static void a_split_page_has_exactly_its_values(void **state) {
    struct bench b;
    (void)state;
    mp_seed("split sizes");
    bench_make(&b, needs_of(0, WEIR_CURSORS_MAX, 0), WEIR_BODY_KEEP + 1);
    for (uint32_t count = 1; count < 3000; count += 1 + count / 2) {
        struct page page =
            page_of(type_of(WEIR_INT64, WEIR_LOGICAL_NONE, 0, 0), SPLIT, 0, count, 0);
        struct mp_bytes got = {0};
        for (size_t bytes = page.raw.count - 8; bytes <= page.raw.count + 9; bytes++) {
            struct mp_bytes raw = {0};
            mp_put(&raw, page.raw.data, weir_min_u64(bytes, page.raw.count));
            for (; raw.count < bytes; mp_byte(&raw, 1)) {
            }
            if (bytes >= page.values_at) {
                enum weir_status status = decode_bytes(&b, &page, &raw, bytes, false, 0, 0, &got);
                assert_int_equal(status, bytes == page.raw.count ? WEIR_OK : WEIR_E_CORRUPT);
            }
            mp_free(&raw);
        }
        assert_int_equal(got.count, 8 * count);
        page_free(&page);
        mp_free(&got);
    }
    bench_free(&b);
}

/* Reads behind a page that fills the window would fault. */
static void pages_that_fill_the_window_are_read_to_their_end_only(void **state) {
    (void)state;
    mp_seed("full windows");
    for (int round = 0; round < 40; round++) {
        for (size_t e = 1; e < ENCODINGS; e++) {
            struct bench b;
            struct page page = page_of(random_type(encodings[e]), encodings[e], 0, 6000, 20);
            size_t bytes = (page.raw.count + 63) / 64 * 64;
            /* The guard page lies at the next multiple of 64: pad in front. */
            page.values_at += bytes - page.raw.count;
            struct mp_bytes raw = {0};
            for (size_t i = page.raw.count; i < bytes; i++) {
                mp_byte(&raw, 0xee);
            }
            mp_put(&raw, page.raw.data, page.raw.count);
            mp_free(&page.raw);
            page.raw = raw;
            page.body.count = bytes;
            if (bytes > WEIR_BODY_KEEP) {
                bench_make(&b, needs_of(0, 0, 0), bytes);
                check(&b, &page, false, 0, 0);
                bench_free(&b);
            }
            page_free(&page);
        }
    }
}

static void encodings_that_the_plan_does_not_know_are_refused(void **state) {
    (void)state;
    mp_seed("unplanned encodings");
    for (size_t e = 1; e < ENCODINGS; e++) {
        struct bench b;
        struct mp_bytes got = {0};
        struct weir_needs needs = needs_of(0, 0, HELD_BYTES);
        struct page page = page_of(random_type(encodings[e]), encodings[e], 0, 300, 20);
        needs.encodings = 1u << WEIR_ENCODING_PLAIN;
        bench_make(&b, needs, WEIR_BODY_KEEP + 1);
        enum weir_status status = decode(&b, &page, false, 0, 0, &got);
        bool bytes = encodings[e] == WEIR_ENCODING_DELTA_BYTE_ARRAY ||
                     encodings[e] == WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY;
        assert_int_equal(status, bytes ? WEIR_E_CORRUPT : WEIR_OK);
        bench_free(&b);
        page_free(&page);
        mp_free(&got);
    }
}

/* --- Which encodings are read -------------------------------------------------------------------
 */

static void encodings_are_refused_for_types_they_are_not_made_for(void **state) {
    (void)state;
    for (uint32_t encoding = 0; encoding < 40; encoding++) {
        for (int p = 0; p < 8; p++) {
            bool integer = p == WEIR_INT32 || p == WEIR_INT64;
            bool bytes = p == WEIR_BYTE_ARRAY;
            bool fixed = p == WEIR_FIXED_LEN_BYTE_ARRAY;
            bool real = p == WEIR_FLOAT || p == WEIR_DOUBLE;
            bool good = encoding == 0 || encoding == 2 || encoding == 8 ||
                        (encoding == 3 && p == WEIR_BOOLEAN) || (encoding == 5 && integer) ||
                        (encoding == 6 && bytes) || (encoding == 7 && (bytes || fixed)) ||
                        (encoding == 9 && (integer || real || fixed));
            const char *message = weir_encoding_refused(encoding, (enum weir_physical)p);
            assert_int_equal(message == NULL, good);
            assert_true(message == NULL || message[0] != '\0');
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_that_the_plan_does_not_know_are_refused),
        cmocka_unit_test(damaged_pages_end_in_values_or_an_error),
        cmocka_unit_test(damaged_large_pages_end_alike_held_and_apart),
        cmocka_unit_test(a_source_that_fails_ends_the_page),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(a_split_page_has_exactly_its_values),
        cmocka_unit_test(pages_that_fill_the_window_are_read_to_their_end_only),
        cmocka_unit_test(encodings_are_refused_for_types_they_are_not_made_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
