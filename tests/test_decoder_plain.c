/* PLAIN values: handed out whole up to 4096 bytes, in pieces beyond, at any cut of the input. */
#include "make_parquet.h"

#include "parquet/decoder.h"

#define WINDOW_BYTES 4288u /* little more than a body must keep */

struct bench {
    struct mp_source input;
    struct weir_source source;
    struct weir_error error;
    struct weir_window window;
    struct weir_body_memory memory;
    struct weir_body body;
    struct weir_decoder decoder;
    uint64_t count;
};

static void bench_begin(struct bench *b) {
    memset(b, 0, sizeof *b);
    b->decoder.error = &b->error;
    b->decoder.views = mp_guarded(WEIR_DECODER_VIEWS * sizeof(struct weir_view));
    b->window.buffer = mp_guarded(WINDOW_BYTES);
}

static void bench_open(struct bench *b, const struct mp_bytes *bytes, size_t slice, uint32_t width,
                       uint64_t count) {
    b->input = (struct mp_source){.data = bytes->data, .bytes = bytes->count, .slice = slice};
    b->source = mp_source_of(&b->input);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, b->window.buffer, WINDOW_BYTES, &b->error);
    weir_window_seek(&b->window, &b->source, 0, bytes->count);
    assert_int_equal(weir_body_open(&b->body, &b->window, 0, bytes->count, bytes->count, &b->memory,
                                    NULL, &b->error),
                     WEIR_OK);
    struct weir_type type = {.physical = width == 0   ? WEIR_BYTE_ARRAY
                                         : width == 4 ? WEIR_INT32
                                                      : WEIR_INT64};
    weir_decoder_column(&b->decoder, &type, false);
    assert_int_equal(weir_decoder_open(&b->decoder, &b->body, NULL, WEIR_ENCODING_PLAIN, count),
                     WEIR_OK);
    b->count = count;
}

/* All values from here on, as stored. */
static enum weir_status read_rest(struct bench *b, uint64_t most, struct mp_bytes *got) {
    struct weir_event event;
    while (b->decoder.left > 0) {
        uint64_t before = b->decoder.left;
        WEIR_TRY(weir_decoder_next(&b->decoder, most, &event));
        assert_int_equal(before - b->decoder.left, event.kind == WEIR_EVENT_PIECE
                                                       ? b->decoder.piece_length == 0
                                                       : event.count);
        switch (event.kind) {
        case WEIR_EVENT_FIXED:
            assert_true(event.count > 0 && event.count <= most);
            mp_put(got, event.values, event.count * b->decoder.width);
            break;
        case WEIR_EVENT_VIEWS:
            assert_true(event.count > 0 && event.count <= most);
            for (uint64_t i = 0; i < event.count; i++) {
                assert_true(event.views[i].length <= WEIR_VIEW_BYTES_MAX);
                mp_u32(got, event.views[i].length);
                mp_put(got, event.views[i].data, event.views[i].length);
            }
            break;
        case WEIR_EVENT_PIECE:
            assert_true(event.piece_length > WEIR_VIEW_BYTES_MAX);
            if (event.piece_offset == 0) {
                mp_u32(got, (uint32_t)event.piece_length);
            }
            mp_put(got, event.values, event.piece_bytes);
            break;
        default: fail(); break;
        }
    }
    return WEIR_OK;
}

/* `count` byte arrays; offsets_ret[i] is where value i starts. */
static void put_strings(struct mp_bytes *bytes, size_t count, size_t *offsets_ret) {
    static const uint32_t edges[] = {0, 1, 4095, 4096, 4097, 4200, 9000};
    for (size_t i = 0; i < count; i++) {
        uint32_t length = mp_below(9) == 0 ? edges[mp_below(7)] : mp_below(60);
        offsets_ret[i] = bytes->count;
        mp_u32(bytes, length);
        for (uint32_t j = 0; j < length; j++) {
            mp_byte(bytes, (uint32_t)mp_random());
        }
    }
    offsets_ret[count] = bytes->count;
}

static void strings_come_out_as_stored(void **state) {
    static const size_t slices[] = {0, 1, 7, 59, 4096};
    static const uint64_t mosts[] = {1, 3, 100000};
    struct bench b;
    (void)state;
    mp_seed("plain strings");
    bench_begin(&b);
    for (int round = 0; round < 40; round++) {
        struct mp_bytes bytes = {0};
        size_t offsets[301];
        size_t count = 1 + mp_below(300);
        put_strings(&bytes, count, offsets);
        for (int i = 0; i < 3; i++) {
            struct mp_bytes got = {0};
            size_t skipped = i == 0 ? 0 : mp_below((uint32_t)count + 1);
            bench_open(&b, &bytes, slices[(round + i) % 5], 0, count);
            assert_int_equal(weir_decoder_skip(&b.decoder, skipped), WEIR_OK);
            assert_int_equal(b.count - b.decoder.left, skipped);
            assert_int_equal(read_rest(&b, mosts[round % 3], &got), WEIR_OK);
            assert_int_equal(b.count - b.decoder.left, count);
            assert_int_equal(got.count, bytes.count - offsets[skipped]);
            assert_true(got.count == 0 ||
                        memcmp(got.data, bytes.data + offsets[skipped], got.count) == 0);
            mp_free(&got);
        }
        mp_free(&bytes);
    }
}

static void numbers_come_out_as_stored(void **state) {
    struct bench b;
    (void)state;
    mp_seed("plain numbers");
    bench_begin(&b);
    for (int round = 0; round < 40; round++) {
        struct mp_bytes bytes = {0};
        struct mp_bytes got = {0};
        uint32_t width = round % 2 == 0 ? 4 : 8;
        size_t count = 1 + mp_below(3000);
        size_t skipped = mp_below((uint32_t)count + 1);
        for (size_t i = 0; i < count * width; i++) {
            mp_byte(&bytes, (uint32_t)mp_random());
        }
        bench_open(&b, &bytes, (size_t)round % 9 * 13, width, count);
        assert_int_equal(weir_decoder_skip(&b.decoder, skipped), WEIR_OK);
        assert_int_equal(read_rest(&b, 1 + mp_below(5000), &got), WEIR_OK);
        assert_int_equal(got.count, (count - skipped) * width);
        assert_true(got.count == 0 ||
                    memcmp(got.data, bytes.data + skipped * width, got.count) == 0);
        mp_free(&bytes);
        mp_free(&got);
    }
}

static void pages_cut_anywhere_are_refused(void **state) {
    struct bench b;
    struct mp_bytes bytes = {0};
    size_t offsets[41];
    (void)state;
    mp_seed("cut pages");
    bench_begin(&b);
    put_strings(&bytes, 40, offsets);
    for (size_t cut = 1; cut < bytes.count; cut = cut < 300 ? cut + 1 : cut + 997) {
        for (int skip = 0; skip < 2; skip++) {
            struct mp_bytes part = {bytes.data, bytes.count - cut, 0};
            struct mp_bytes got = {0};
            bench_open(&b, &part, 7, 0, 40);
            enum weir_status status =
                skip != 0 ? weir_decoder_skip(&b.decoder, 40) : read_rest(&b, 1000, &got);
            assert_int_equal(status, WEIR_E_CORRUPT);
            assert_int_equal(b.error.status, WEIR_E_CORRUPT);
            mp_free(&got);
        }
    }
    for (size_t cut = 1; cut < 40; cut++) {
        struct mp_bytes part = {bytes.data, 80 - cut, 0};
        struct mp_bytes got = {0};
        bench_open(&b, &part, 7, 8, 10);
        assert_int_equal(read_rest(&b, 1000, &got), WEIR_E_CORRUPT);
        bench_open(&b, &part, 7, 8, 10);
        assert_int_equal(weir_decoder_skip(&b.decoder, 10), WEIR_E_CORRUPT);
        mp_free(&got);
    }
    mp_free(&bytes);
}

static void a_failing_source_is_an_io_error(void **state) {
    struct bench b;
    struct mp_bytes bytes = {0};
    size_t offsets[11];
    (void)state;
    bench_begin(&b);
    put_strings(&bytes, 10, offsets);
    for (uint64_t from = 1; from < bytes.count; from += from < 100 ? 1 : 501) {
        struct mp_bytes got = {0};
        bench_open(&b, &bytes, 7, 0, 10);
        b.input.fail_from = from;
        b.input.fail_result = -5;
        assert_int_equal(read_rest(&b, 1000, &got), WEIR_E_IO);
        mp_free(&got);
    }
    mp_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_come_out_as_stored),
        cmocka_unit_test(numbers_come_out_as_stored),
        cmocka_unit_test(pages_cut_anywhere_are_refused),
        cmocka_unit_test(a_failing_source_is_an_io_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
