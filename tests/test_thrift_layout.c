/* Layouts: a struct that fits one is valid and as long as that, and what may differ is found. */
#include "make_thrift.h"

#include "parquet/thrift_layout.h"
#include "parquet/thrift_skip.h"

#define ROOM 512u

/* A Thrift reader whose window holds bytes that end where guarded memory does. */
struct bench {
    uint8_t *room;
    struct weir_window window;
    struct weir_error error;
    struct weir_thrift thrift;
};

static void bench_open(struct bench *b, const uint8_t *data, size_t bytes) {
    assert_true(bytes <= ROOM);
    memset(b, 0, sizeof *b);
    b->room = mp_guarded(ROOM);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, b->room, ROOM, &b->error);
    b->window.at = b->room + ROOM - bytes;
    b->window.end = b->room + ROOM;
    memcpy(b->room + ROOM - bytes, data, bytes);
    weir_thrift_init(&b->thrift, &b->window, &b->error);
}

static void bench_close(struct bench *b) {
    mp_unguard(b->room, ROOM);
}

/* A usual struct that can be learned, with noise behind it up to ROOM bytes. */
static size_t make_struct(struct mp_bytes *bytes) {
    size_t count = 0;
    do {
        bytes->count = 0;
        mt_struct(bytes, MT_USUAL, 0);
        count = bytes->count;
    } while (count > WEIR_THRIFT_LAYOUT_BYTES_MAX - 16);
    while (bytes->count < ROOM) {
        mp_byte(bytes, (uint32_t)mp_random() & 0xff);
    }
    return count;
}

/* The bytes of the layout that is found without learning anything; 0 for none. */
static uint32_t found(const struct weir_thrift_layouts *layouts, struct bench *b) {
    struct weir_thrift_layouts trial = *layouts;
    trial.credit = 0;
    const uint8_t *at = b->window.at;
    uint32_t which = weir_thrift_layouts_find(&trial, &b->thrift);
    assert_ptr_equal(b->window.at, at);
    assert_false(b->thrift.failed);
    return which == WEIR_NONE32 ? 0 : trial.of[which].bytes;
}

static void learn_one(struct weir_thrift_layouts *layouts, const struct mp_bytes *bytes,
                      size_t count) {
    struct bench b;
    weir_thrift_layouts_init(layouts);
    bench_open(&b, bytes->data, bytes->count);
    assert_int_equal(found(layouts, &b), 0);
    uint32_t which = weir_thrift_layouts_find(layouts, &b.thrift);
    assert_int_not_equal(which, WEIR_NONE32);
    assert_int_equal(layouts->of[which].bytes, count);
    assert_int_equal(found(layouts, &b), count);
    bench_close(&b);
}

static void a_changed_struct_fits_only_where_the_careful_way_agrees(void **state) {
    (void)state;
    mp_seed("changed layouts");
    for (int round = 0; round < 12; round++) {
        struct mp_bytes bytes = {0};
        struct weir_thrift_layouts layouts;
        struct bench b;
        uint8_t marks[ROOM] = {0};
        size_t count = make_struct(&bytes);
        learn_one(&layouts, &bytes, count);
        bench_open(&b, bytes.data, bytes.count);
        uint8_t *copy = b.room + ROOM - bytes.count;
        (void)weir_thrift_trace(copy, copy + ROOM, WEIR_THRIFT_STRUCT, marks);
        for (size_t at = 0; at < count; at++) {
            uint8_t before = copy[at];
            for (int value = 0; value < 256; value++) {
                copy[at] = (uint8_t)value;
                bool fits = found(&layouts, &b) != 0;
                assert_true(!fits || mt_careful(copy, ROOM, WEIR_THRIFT_STRUCT) == count);
                assert_int_equal(fits, ((value ^ before) & marks[at]) == 0);
            }
            copy[at] = before;
        }
        bench_close(&b);
        mp_free(&bytes);
    }
}

/* Numbers keep their lengths, texts and doubles are whatever they are: all at once. */
static void structs_that_differ_in_contents_fit(void **state) {
    (void)state;
    mp_seed("contents");
    for (int round = 0; round < 500; round++) {
        struct mp_bytes bytes = {0};
        struct weir_thrift_layouts layouts;
        struct bench b;
        uint8_t marks[ROOM] = {0};
        size_t count = make_struct(&bytes);
        learn_one(&layouts, &bytes, count);
        (void)weir_thrift_trace(bytes.data, bytes.data + ROOM, WEIR_THRIFT_STRUCT, marks);
        for (size_t i = 0; i < bytes.count; i++) {
            bytes.data[i] ^= (uint8_t)mp_random() & (uint8_t)~marks[i];
        }
        assert_int_equal(mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT), count);
        bench_open(&b, bytes.data, bytes.count);
        assert_int_equal(found(&layouts, &b), count);
        bench_close(&b);
        mp_free(&bytes);
    }
}

static void a_struct_that_is_not_all_there_does_not_fit(void **state) {
    (void)state;
    mp_seed("short windows");
    for (int round = 0; round < 100; round++) {
        struct mp_bytes bytes = {0};
        struct weir_thrift_layouts layouts;
        size_t count = make_struct(&bytes);
        learn_one(&layouts, &bytes, count);
        for (size_t held = 0; held <= ROOM; held++) {
            struct bench b;
            bench_open(&b, bytes.data, held);
            bool fits = found(&layouts, &b) != 0;
            assert_true(!fits || held >= count);
            assert_true(fits || held < count + 16);
            struct weir_thrift_layouts fresh;
            weir_thrift_layouts_init(&fresh);
            uint32_t which = weir_thrift_layouts_find(&fresh, &b.thrift);
            assert_true(which == WEIR_NONE32 || held >= count);
            bench_close(&b);
        }
        mp_free(&bytes);
    }
}

static void broken_and_long_structs_are_not_learned(void **state) {
    (void)state;
    mp_seed("broken structs");
    for (int round = 0; round < 3000; round++) {
        struct mp_bytes bytes = {0};
        struct weir_thrift_layouts layouts;
        struct bench b;
        mt_struct(&bytes, MT_ODD, 0);
        for (uint32_t i = mp_below(4); i > 0; i--) {
            bytes.data[mp_below((uint32_t)bytes.count)] = (uint8_t)mp_random();
        }
        while (bytes.count < ROOM) {
            mp_byte(&bytes, (uint32_t)mp_random() & 0xff);
        }
        weir_thrift_layouts_init(&layouts);
        bench_open(&b, bytes.data, ROOM);
        uint32_t which = weir_thrift_layouts_find(&layouts, &b.thrift);
        if (which != WEIR_NONE32) {
            assert_int_equal(layouts.of[which].bytes,
                             mt_careful(bytes.data, bytes.count, WEIR_THRIFT_STRUCT));
        }
        bench_close(&b);
        mp_free(&bytes);
    }
}

/* Streams of structs of several layouts, some broken, through a window that moves over them. */
static void streams_are_walked_as_without_layouts(void **state) {
    (void)state;
    mp_seed("streams");
    for (int round = 0; round < 200; round++) {
        struct mp_bytes stream = {0};
        struct mp_bytes one = {0};
        uint8_t kinds[12][ROOM];
        size_t lengths[12];
        uint8_t buffer[2048];
        uint32_t period = 1 + mp_below(12);
        bool in_turn = mp_below(2) == 0;
        for (uint32_t i = 0; i < period; i++) {
            lengths[i] = make_struct(&one);
            memcpy(kinds[i], one.data, ROOM);
        }
        for (uint32_t i = 0; i < 300; i++) {
            uint32_t which = in_turn ? i % period : mp_below(period);
            mp_put(&stream, kinds[which], lengths[which]);
        }
        if (mp_below(2) == 0) {
            stream.data[mp_below((uint32_t)stream.count)] ^= (uint8_t)(1u << mp_below(8));
        }
        struct mp_source input = {
            .data = stream.data, .bytes = stream.count, .slice = mp_below(3000)};
        struct weir_source source = mp_source_of(&input);
        struct weir_window window;
        struct weir_thrift thrift;
        struct weir_error error;
        struct weir_thrift_layouts layouts;
        weir_error_clear(&error);
        weir_window_init(&window, buffer, sizeof buffer, &error);
        weir_window_seek(&window, &source, 0, stream.count);
        weir_thrift_init(&thrift, &window, &error);
        weir_thrift_layouts_init(&layouts);
        size_t at = 0;
        while (at < stream.count) {
            (void)weir_window_fill(&window, ROOM);
            weir_thrift_layouts_skip(&layouts, &thrift);
            size_t bytes = mt_careful(stream.data + at, stream.count - at, WEIR_THRIFT_STRUCT);
            assert_int_equal(thrift.failed, bytes == SIZE_MAX);
            if (thrift.failed) {
                assert_int_equal(error.status, WEIR_E_CORRUPT);
                break;
            }
            at += bytes;
            assert_int_equal(weir_window_offset(&window), at);
        }
        mp_free(&stream);
        mp_free(&one);
    }
}

static void kinds_in_turn_are_recognised(void **state) {
    (void)state;
    mp_seed("kinds in turn");
    for (uint32_t period = 1; period <= WEIR_THRIFT_LAYOUTS; period++) {
        struct weir_thrift_layouts layouts;
        weir_thrift_layouts_init(&layouts);
        for (uint32_t i = 0; i < 10 * period; i++) {
            struct mp_bytes bytes = {0};
            struct bench b;
            int last = 0;
            for (uint32_t field = 0; field <= i % period; field++) {
                mp_i64(&bytes, &last, last + 1, (int64_t)mp_below(64));
            }
            mp_stop(&bytes);
            size_t count = bytes.count;
            while (bytes.count < ROOM) {
                mp_byte(&bytes, 0);
            }
            bench_open(&b, bytes.data, ROOM);
            if (i > period) {
                assert_int_equal(found(&layouts, &b), count);
            }
            weir_thrift_layouts_skip(&layouts, &b.thrift);
            assert_int_equal(b.room + ROOM - b.window.at, ROOM - count);
            bench_close(&b);
            mp_free(&bytes);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_struct_fits_only_where_the_careful_way_agrees),
        cmocka_unit_test(structs_that_differ_in_contents_fit),
        cmocka_unit_test(a_struct_that_is_not_all_there_does_not_fit),
        cmocka_unit_test(broken_and_long_structs_are_not_learned),
        cmocka_unit_test(streams_are_walked_as_without_layouts),
        cmocka_unit_test(kinds_in_turn_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
