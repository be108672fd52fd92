/* The brotli codec against Google's encoder and decoder, in every slicing, without allocations. */
#include "codec_help.h"
#include "count_malloc.h"

#if WEIR_HAVE_BROTLI

#include <brotli/decode.h>
#include <brotli/encode.h>

#include "parquet/codec_inner.h"

/* One stream; the encoder is fed in two halves when `halves`, and then knows no size. */
static uint8_t *pack(const uint8_t *page, size_t page_bytes, int quality, int window_bits,
                     bool halves, size_t *packed_bytes_ret) {
    size_t room = page_bytes + page_bytes / 4 + 2000;
    uint8_t *packed = help_block(room);
    BrotliEncoderState *encoder = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, (uint32_t)quality);
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_LARGE_WINDOW, window_bits > 24);
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_LGWIN, (uint32_t)window_bits);
    if (!halves) {
        BrotliEncoderSetParameter(encoder, BROTLI_PARAM_SIZE_HINT, (uint32_t)page_bytes);
    }
    const uint8_t *in = page;
    uint8_t *out = packed;
    size_t out_left = room;
    size_t in_left = halves ? page_bytes / 2 : 0;
    while (in_left > 0) {
        assert_true(BrotliEncoderCompressStream(encoder, BROTLI_OPERATION_PROCESS, &in_left, &in,
                                                &out_left, &out, NULL));
    }
    in_left = page_bytes - (size_t)(in - page);
    while (!BrotliEncoderIsFinished(encoder)) {
        assert_true(BrotliEncoderCompressStream(encoder, BROTLI_OPERATION_FINISH, &in_left, &in,
                                                &out_left, &out, NULL));
    }
    BrotliEncoderDestroyInstance(encoder);
    *packed_bytes_ret = room - out_left;
    return packed;
}

static uint64_t area_for(const uint8_t *packed, size_t packed_bytes) {
    return weir_codec_brotli.area_bytes(
        weir_codec_brotli.window_bytes(packed, packed_bytes, 1u << 20));
}

static enum weir_status decode(const uint8_t *packed, size_t packed_bytes, uint8_t *out,
                               size_t page_bytes, size_t slice, uint64_t area_bytes,
                               struct weir_error *error_ret) {
    return help_decode_sliced(&weir_codec_brotli, packed, packed_bytes, out, page_bytes, slice,
                              area_bytes, error_ret);
}

static void every_slicing_gives_the_page(void **state) {
    (void)state;
    help_seed(__func__);
    static const size_t sizes[] = {1, 2, 100, 1000, 5000, 70000, 300000};
    static const int qualities[] = {0, 1, 4, 5, 9, 11, 3};
    static const int windows[] = {10, 22, 16, 18, 17, 14, 20};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int kind = 0; kind < HELP_KINDS; kind++) {
            size_t pick = (size_t)kind + s;
            int quality = qualities[pick % 7];
            uint8_t *page = help_block(sizes[s]);
            help_fill(page, sizes[s], kind);
            size_t n = 0;
            uint8_t *packed = pack(page, sizes[s], sizes[s] > 100000 && quality > 9 ? 6 : quality,
                                   windows[pick % 7], kind % 2 == 0, &n);
            help_check_round_trip(&weir_codec_brotli, packed, n, page, sizes[s],
                                  area_for(packed, n));
            free(packed);
            free(page);
        }
    }
}

/* The planned area is enough for what encoders make of whole pages of numbers. */
static void real_pages_fit_the_planned_area(void **state) {
    (void)state;
    help_seed(__func__);
    size_t page_bytes = (1u << 20) + 100;
    uint8_t *page = help_block(page_bytes);
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        for (int quality = 1; quality <= 9; quality += 4) {
            help_fill(page, page_bytes, kind);
            size_t n = 0;
            uint8_t *packed = pack(page, page_bytes, quality, 10 + kind * 2, quality == 5, &n);
            assert_int_equal(decode(packed, n, out, page_bytes, 1 + help_random() % 300000,
                                    area_for(packed, n), NULL),
                             WEIR_OK);
            assert_memory_equal(out, page, page_bytes);
            free(packed);
        }
    }
    free(page);
    free(out);
}

static void the_first_byte_names_the_window(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[100000];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    help_fill(page, sizeof page, 2);
    for (int bits = 10; bits <= 24; bits++) {
        size_t n = 0;
        uint8_t *packed = pack(page, sizeof page, 5, bits, true, &n);
        assert_int_equal(weir_codec_brotli.window_bytes(packed, n, sizeof page), 1u << bits);
        assert_int_equal(weir_codec_brotli.window_bytes(packed, 1, 1u << 30), 1u << bits);
        assert_int_equal(decode(packed, n, out, sizeof page, 7, area_for(packed, n), NULL),
                         WEIR_OK);
        free(packed);
    }
    free(out);
    assert_int_equal(weir_codec_brotli.area_bytes(0), weir_codec_brotli.area_bytes(4u << 20));
}

static void large_windows_are_refused_by_name(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[3000];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    help_fill(page, sizeof page, 3);
    size_t n = 0;
    uint8_t *packed = pack(page, sizeof page, 5, 26, false, &n);
    struct weir_error error;
    for (size_t slice = 0; slice < 2; slice++) {
        assert_int_equal(
            decode(packed, n, out, sizeof page, slice, weir_codec_brotli.area_bytes(0), &error),
            WEIR_E_UNSUPPORTED);
        assert_non_null(strstr(error.message, "large window"));
    }
    assert_int_equal(weir_codec_brotli.window_bytes(packed, n, sizeof page), 4u << 20);
    free(packed);
    free(out);
}

static void a_window_beyond_the_area_names_what_would_do(void **state) {
    (void)state;
    help_seed(__func__);
    size_t page_bytes = 3u << 20;
    uint8_t *page = help_block(page_bytes);
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    help_fill(page, page_bytes, 6);
    size_t n = 0;
    uint8_t *packed = pack(page, page_bytes, 5, 22, true, &n);
    struct weir_error error;
    uint64_t area = weir_codec_brotli.area_bytes(1u << 20);
    assert_int_equal(decode(packed, n, out, page_bytes, 1000, area, &error), WEIR_E_LIMIT);
    assert_true(error.got <= area && error.wanted > area);
    assert_int_equal(decode(packed, n, out, page_bytes, 1000,
                            weir_codec_brotli.area_bytes(error.wanted), &error),
                     WEIR_OK);
    assert_memory_equal(out, page, page_bytes);
    uint8_t *small = help_area(4096);
    weir_error_clear(&error);
    assert_int_equal(weir_codec_brotli.begin(small, 4096, 100, 10, &error), WEIR_E_LIMIT);
    assert_true(error.wanted > 4096 && error.got == 4096);
    free(small);
    free(packed);
    free(page);
    free(out);
}

static void truncations_and_wrong_sizes_are_refused(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[700];
    uint8_t *out = help_block(sizeof page + 1 + WEIR_CODEC_SLOP);
    uint64_t area = weir_codec_brotli.area_bytes(1u << 18);
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        help_fill(page, sizeof page, kind);
        size_t n = 0;
        uint8_t *packed = pack(page, sizeof page, kind, 18, kind % 2 == 0, &n);
        for (size_t cut = 0; cut < n; cut++) {
            assert_int_equal(decode(packed, cut, out, sizeof page, 1 + cut % 9, area, NULL),
                             WEIR_E_CORRUPT);
        }
        assert_int_equal(decode(packed, n, out, sizeof page - 1, 0, area, NULL), WEIR_E_CORRUPT);
        assert_int_equal(decode(packed, n, out, sizeof page + 1, 0, area, NULL), WEIR_E_CORRUPT);
        packed[n] = 0x0b;
        assert_int_equal(decode(packed, n + 1, out, sizeof page, 0, area, NULL), WEIR_E_CORRUPT);
        free(packed);
    }
    free(out);
}

/* Whether the library, left to itself, makes exactly the page of exactly these bytes. */
static bool library_accepts(const uint8_t *packed, size_t packed_bytes, uint8_t *page,
                            size_t page_bytes) {
    BrotliDecoderState *decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(decoder, &packed_bytes, &packed, &page_bytes, &page, NULL);
    BrotliDecoderDestroyInstance(decoder);
    return result == BROTLI_DECODER_RESULT_SUCCESS && packed_bytes == 0 && page_bytes == 0;
}

/* Whatever the damage: accepted exactly when the library accepts it, same bytes. */
static void every_change_of_a_byte_is_judged_as_the_library_does(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[60];
    uint8_t theirs[60];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    int accepted = 0;
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        help_fill(page, sizeof page, kind);
        size_t n = 0;
        uint8_t *packed = pack(page, sizeof page, 4 + kind, 16, false, &n);
        for (size_t at = 0; at < n; at++) {
            uint8_t saved = packed[at];
            for (int value = 0; value < 256; value += 1 + (int)(help_random() % 5)) {
                packed[at] = (uint8_t)value;
                bool good = library_accepts(packed, n, theirs, sizeof page);
                uint64_t area = area_for(packed, n);
                enum weir_status status =
                    decode(packed, n, out, sizeof page, help_random() % 4, area, NULL);
                if (good) {
                    assert_int_equal(status, WEIR_OK);
                    assert_memory_equal(out, theirs, sizeof page);
                    accepted++;
                } else {
                    assert_true(status == WEIR_E_CORRUPT || status == WEIR_E_UNSUPPORTED);
                }
            }
            packed[at] = saved;
        }
        free(packed);
    }
    assert_true(accepted > 50);
    free(out);
}

/* A page may end in the middle of a stream; the next one starts afresh in the same area. */
static void a_page_given_up_does_not_reach_the_next(void **state) {
    (void)state;
    help_seed(__func__);
    uint8_t page[5000];
    uint8_t *out = help_block(sizeof page + WEIR_CODEC_SLOP);
    help_fill(page, sizeof page, 3);
    size_t n = 0;
    uint8_t *packed = pack(page, sizeof page, 5, 16, false, &n);
    uint64_t area_bytes = area_for(packed, n);
    uint8_t *area = help_area(area_bytes);
    struct weir_error error;
    weir_error_clear(&error);
    for (size_t cut = 0; cut < n; cut += 1 + n / 20) {
        assert_int_equal(weir_codec_brotli.begin(area, area_bytes, n, sizeof page, &error),
                         WEIR_OK);
        struct weir_codec_io half = {packed, packed + cut, out, out, out + sizeof page};
        assert_int_equal(weir_codec_brotli.step(area, &half, &error), WEIR_MORE);
        assert_int_equal(weir_codec_brotli.begin(area, area_bytes, n, sizeof page, &error),
                         WEIR_OK);
        memset(out, 0, sizeof page);
        struct weir_codec_io io = {packed, packed + n, out, out, out + sizeof page};
        assert_int_equal(weir_codec_brotli.step(area, &io, &error), WEIR_END);
        assert_memory_equal(out, page, sizeof page);
    }
    free(area);
    free(packed);
    free(out);
}

static void decoding_allocates_nothing(void **state) {
    (void)state;
#ifdef COUNT_MALLOC_OFF
    skip();
#endif
    unsigned long before = malloc_count;
    BrotliDecoderState *canary = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    assert_true(malloc_count > before);
    BrotliDecoderDestroyInstance(canary);

    size_t page_bytes = 3000000;
    uint8_t *page = help_block(page_bytes);
    uint8_t *out = help_block(page_bytes + WEIR_CODEC_SLOP);
    help_fill(page, page_bytes, 2);
    size_t n = 0;
    uint8_t *packed = pack(page, page_bytes, 5, 22, true, &n);
    uint64_t area_bytes = area_for(packed, n);
    uint8_t *area = help_area(area_bytes);
    struct weir_error error;
    weir_error_clear(&error);
    before = malloc_count;
    enum weir_status began = weir_codec_brotli.begin(area, area_bytes, n, page_bytes, &error);
    struct weir_codec_io io = {packed, packed + n, out, out, out + page_bytes};
    enum weir_status stepped = weir_codec_brotli.step(area, &io, &error);
    unsigned long after = malloc_count;
    assert_int_equal(after, before);
    assert_int_equal(began, WEIR_OK);
    assert_int_equal(stepped, WEIR_END);
    assert_memory_equal(out, page, page_bytes);
    free(area);
    free(packed);
    free(page);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slicing_gives_the_page),
        cmocka_unit_test(real_pages_fit_the_planned_area),
        cmocka_unit_test(the_first_byte_names_the_window),
        cmocka_unit_test(large_windows_are_refused_by_name),
        cmocka_unit_test(a_window_beyond_the_area_names_what_would_do),
        cmocka_unit_test(truncations_and_wrong_sizes_are_refused),
        cmocka_unit_test(every_change_of_a_byte_is_judged_as_the_library_does),
        cmocka_unit_test(a_page_given_up_does_not_reach_the_next),
        cmocka_unit_test(decoding_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    return 0;
}

#endif
