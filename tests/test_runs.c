/* The RLE / bit-packed hybrid: every mix of runs, cut anywhere, gives the values written. */
#include "make_parquet.h"

#include "parquet/runs.h"
#include "parquet/unpack.h"

#define WINDOW_BYTES (WEIR_BODY_KEEP + 64u)

struct bench {
    struct mp_source input;
    struct weir_source source;
    struct weir_window window;
    struct weir_body body;
    struct weir_body_memory memory;
    struct weir_error error;
    struct weir_runs runs;
    void *buffer;
};

/* The first `section` bytes of `bytes` as runs of `count` values. */
static void bench_open(struct bench *b, const struct mp_bytes *bytes, uint64_t section,
                       size_t slice, uint32_t width, uint64_t count) {
    memset(b, 0, sizeof *b);
    b->input = (struct mp_source){.data = bytes->data, .bytes = bytes->count, .slice = slice};
    b->source = mp_source_of(&b->input);
    b->buffer = mp_guarded(WINDOW_BYTES);
    weir_error_clear(&b->error);
    weir_window_init(&b->window, b->buffer, (WINDOW_BYTES + 63) & ~63u, &b->error);
    weir_window_seek(&b->window, &b->source, 0, bytes->count);
    assert_int_equal(weir_body_open(&b->body, &b->window, 0, bytes->count, bytes->count, &b->memory,
                                    NULL, &b->error),
                     WEIR_OK);
    weir_runs_init(&b->runs, &b->body, section, width, count, &b->error);
}

/* Reads all runs into `out` (room for `count` values). */
static enum weir_status read_all(struct bench *b, uint32_t width, uint32_t *out, uint64_t count) {
    weir_unpack_function *unpack = weir_unpack_choose(WEIR_ISA_AUTO)->unpack;
    static uint32_t unpacked[WEIR_RUN_PACKED_MAX + 16];
    struct weir_unpack_plan plan;
    struct weir_run run;
    enum weir_status status;
    uint64_t at = 0;
    weir_unpack_plan(&plan, width);
    while ((status = weir_runs_next(&b->runs, &run)) == WEIR_OK) {
        assert_true(run.count > 0 && run.count <= count - at);
        if (run.is_packed) {
            assert_true(run.count_packed <= WEIR_RUN_PACKED_MAX && run.count_packed % 8 == 0);
            assert_true(run.count <= run.count_packed);
            assert_true(run.readable_bytes >= (size_t)run.count_packed * width / 8);
            unpack(&plan, run.packed, run.readable_bytes, unpacked, run.count_packed);
        }
        for (uint64_t i = 0; i < run.count; i++) {
            out[at + i] = run.is_packed ? unpacked[i] : run.value;
        }
        at += run.count;
    }
    assert_true(status != WEIR_END || at == count);
    assert_int_equal(b->error.status, status == WEIR_END ? WEIR_OK : status);
    return status;
}

static void any_mix_of_runs_gives_the_values(void **state) {
    static const size_t slices[] = {0, 1, 7, 59};
    (void)state;
    mp_seed("runs");
    for (int round = 0; round < 400; round++) {
        uint32_t width = (uint32_t)round % 33;
        uint32_t count = 1 + mp_below(3000);
        uint32_t *want = calloc(count, sizeof *want);
        uint32_t *got = calloc(count, sizeof *got);
        struct mp_bytes bytes = {0};
        struct bench b;
        uint32_t left = 0;
        for (uint32_t i = 0; i < count; i++) {
            bool repeat = left > 0 && i > 0;
            left = left > 0 ? left - 1 : mp_below(30) == 0 ? mp_below(200) : 0;
            uint32_t fresh = width == 0 ? 0 : (uint32_t)mp_random() >> (32 - width);
            want[i] = repeat ? want[i - 1] : fresh;
        }
        mp_runs(&bytes, want, count, width);
        uint64_t section = bytes.count;
        mp_text(&bytes, "behind the section");
        bench_open(&b, &bytes, section, slices[round % 4], width, count);
        assert_int_equal(read_all(&b, width, got, count), WEIR_END);
        assert_memory_equal(got, want, count * sizeof *want);
        assert_true(b.runs.bytes_left <= section);
        assert_int_equal(weir_body_left(&b.body), bytes.count - section + b.runs.bytes_left);
        mp_unguard(b.buffer, WINDOW_BYTES);
        mp_free(&bytes);
        free(want);
        free(got);
    }
}

/* Sound runs, and half of the time something is changed in them. */
static void make_ones(struct mp_bytes *bytes, uint32_t *want, uint32_t count) {
    uint32_t left = 0;
    uint32_t length_max = 1 + mp_below(300);
    for (uint32_t i = 0; i < count; i++) {
        bool repeat = left > 0 && i > 0;
        left = left > 0 ? left - 1 : mp_below(10) == 0 ? mp_below(length_max) : 0;
        want[i] = repeat ? want[i - 1] : mp_below(4) == 0;
    }
    mp_runs(bytes, want, count, 1);
    for (uint32_t change = mp_below(2) * mp_below(4); change > 0; change--) {
        bytes->data[mp_below((uint32_t)bytes->count)] = (uint8_t)mp_random();
    }
}

static void ones_are_counted_as_they_are_read(void **state) {
    static const size_t slices[] = {0, 1, 7, 59};
    (void)state;
    mp_seed("ones");
    uint32_t refused = 0;
    for (int round = 0; round < 3000; round++) {
        uint32_t count = 1 + mp_below(3000);
        uint32_t *values = calloc(count, sizeof *values);
        struct mp_bytes bytes = {0};
        make_ones(&bytes, values, count);
        uint64_t section = bytes.count - mp_below(2) * mp_below(3);
        mp_text(&bytes, "behind the section");
        struct bench read;
        struct bench counted;
        bench_open(&read, &bytes, section, slices[round % 4], 1, count);
        bench_open(&counted, &bytes, section, slices[mp_below(4)], 1, count);
        enum weir_status status = read_all(&read, 1, values, count);
        uint64_t ones = 0;
        enum weir_status count_status = weir_runs_count_ones(&counted.runs, &ones);
        assert_int_equal(count_status, status == WEIR_END ? WEIR_OK : status);
        assert_int_equal(counted.error.status, read.error.status);
        if (status == WEIR_END) {
            uint64_t want = 0;
            for (uint32_t i = 0; i < count; i++) {
                want += values[i];
            }
            assert_int_equal(ones, want);
            assert_int_equal(counted.runs.bytes_left, read.runs.bytes_left);
        } else {
            assert_string_equal(counted.error.message, read.error.message);
            refused++;
        }
        mp_unguard(read.buffer, WINDOW_BYTES);
        mp_unguard(counted.buffer, WINDOW_BYTES);
        mp_free(&bytes);
        free(values);
    }
    assert_in_range(refused, 100, 2900);
}

/* DuckDB's habit: 256 slots for 14 values, and the section may end behind the last one. */
static void a_last_packed_run_may_be_too_long_or_cut(void **state) {
    uint32_t want[14];
    uint32_t got[16];
    (void)state;
    for (uint32_t i = 0; i < 14; i++) {
        want[i] = (i * 5) % 32;
    }
    for (uint32_t width = 5; width <= 32; width++) {
        size_t needed = (14 * width + 7) / 8;
        struct mp_bytes bytes = {0};
        mp_run_packed(&bytes, want, 14, 32, width);
        for (size_t cut = 0; cut < bytes.count; cut++) {
            struct bench b;
            uint64_t section = bytes.count - cut;
            bench_open(&b, &bytes, section, 3, width, 14);
            enum weir_status status = read_all(&b, width, got, 14);
            assert_int_equal(status, section > needed ? WEIR_END : WEIR_E_CORRUPT);
            if (status == WEIR_END) {
                assert_memory_equal(got, want, sizeof want);
            }
            mp_unguard(b.buffer, WINDOW_BYTES);
        }
        mp_free(&bytes);
    }
}

static enum weir_status read_bytes(const char *data, size_t n, uint32_t width, uint64_t count) {
    struct mp_bytes bytes = {0};
    struct bench b;
    uint32_t out[64];
    assert_true(count <= 64);
    mp_put(&bytes, data, n);
    bench_open(&b, &bytes, n, 1, width, count);
    enum weir_status status = read_all(&b, width, out, count);
    mp_unguard(b.buffer, WINDOW_BYTES);
    mp_free(&bytes);
    return status;
}

static void malformed_runs_are_refused(void **state) {
    (void)state;
    assert_int_equal(read_bytes("\x10\1", 2, 1, 8), WEIR_END);
    assert_int_equal(read_bytes("", 0, 1, 0), WEIR_END);
    assert_int_equal(read_bytes("", 0, 1, 1), WEIR_E_CORRUPT);
    assert_int_equal(read_bytes("\x10", 1, 1, 8), WEIR_E_CORRUPT);     /* no value */
    assert_int_equal(read_bytes("\x10\2", 2, 1, 8), WEIR_E_CORRUPT);   /* a value of two bits */
    assert_int_equal(read_bytes("\x10\1\2", 3, 9, 8), WEIR_E_CORRUPT); /* of ten */
    assert_int_equal(read_bytes("\x10\1\1", 3, 9, 8), WEIR_END);
    assert_int_equal(read_bytes("\x0e\1", 2, 1, 8), WEIR_E_CORRUPT); /* seven of eight */
    assert_int_equal(read_bytes("\x80", 1, 1, 8), WEIR_E_CORRUPT);   /* half a header */
    assert_int_equal(read_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 11, 1, 8),
                     WEIR_E_CORRUPT);
    assert_int_equal(read_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\1", 11, 1, 8),
                     WEIR_E_CORRUPT);
    /* 2^63 - 1 groups and 2^63 - 1 repeats: more than there can be, clipped or refused. */
    assert_int_equal(read_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1", 11, 1, 8),
                     WEIR_E_CORRUPT);
    assert_int_equal(read_bytes("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1\1", 11, 1, 8), WEIR_END);
    /* Groups times eight stays below 2^64: clipped. */
    assert_int_equal(read_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\x3f\1", 10, 1, 8), WEIR_END);
}

static void runs_of_nothing_are_passed(void **state) {
    struct mp_bytes bytes = {0};
    struct bench b;
    uint32_t got[8];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        mp_byte(&bytes, 1); /* packed, no groups */
        mp_run_repeated(&bytes, 0, 1, 3);
    }
    uint64_t nothing = bytes.count;
    mp_run_repeated(&bytes, 8, 5, 3);
    bench_open(&b, &bytes, bytes.count, 0, 3, 8);
    assert_int_equal(read_all(&b, 3, got, 8), WEIR_END);
    assert_int_equal(got[7], 5);
    mp_unguard(b.buffer, WINDOW_BYTES);
    bench_open(&b, &bytes, nothing, 0, 3, 8);
    assert_int_equal(read_all(&b, 3, got, 8), WEIR_E_CORRUPT);
    mp_unguard(b.buffer, WINDOW_BYTES);
    mp_free(&bytes);
}

static void a_failing_source_is_an_io_error(void **state) {
    struct mp_bytes bytes = {0};
    struct bench b;
    uint32_t got[64];
    uint32_t values[64] = {0};
    (void)state;
    mp_run_packed(&bytes, values, 64, 8, 3);
    bench_open(&b, &bytes, bytes.count, 2, 3, 64);
    b.input.fail_from = 9;
    b.input.fail_result = -5;
    assert_int_equal(read_all(&b, 3, got, 64), WEIR_E_IO);
    mp_unguard(b.buffer, WINDOW_BYTES);
    mp_free(&bytes);
}

/* The bits of legacy BIT_PACKED levels, by definition: most significant first, from the top. */
static void put_big_endian(struct mp_bytes *b, const uint32_t *values, uint64_t count,
                           uint32_t width) {
    uint32_t byte = 0;
    uint32_t used = 0;
    for (uint64_t i = 0; i < count * width; i++) {
        byte = byte << 1 | (values[i / width] >> (width - 1 - i % width) & 1);
        if (++used == 8) {
            mp_byte(b, byte);
            byte = 0;
            used = 0;
        }
    }
    if (used > 0) {
        mp_byte(b, byte << (8 - used));
    }
}

static void bit_packed_levels_come_out_like_any_others(void **state) {
    static const size_t slices[] = {0, 1, 7, 59};
    (void)state;
    mp_seed("bit-packed");
    for (int round = 0; round < 400; round++) {
        uint32_t width = (uint32_t)round % 33;
        uint32_t count = 1 + mp_below(round % 3 == 0 ? 20 : 9000);
        uint32_t *want = calloc(count, sizeof *want);
        uint32_t *got = calloc(count, sizeof *got);
        struct mp_bytes bytes = {0};
        struct bench b;
        for (uint32_t i = 0; i < count; i++) {
            want[i] = width == 0 ? 0 : (uint32_t)mp_random() >> (32 - width);
        }
        put_big_endian(&bytes, want, count, width);
        size_t section = bytes.count;
        mp_text(&bytes, "behind the section");
        bench_open(&b, &bytes, 0, slices[round % 4], width, count);
        weir_runs_init_packed(&b.runs, &b.body, width, count, &b.error);
        assert_int_equal(read_all(&b, width, got, count), WEIR_END);
        assert_memory_equal(got, want, count * sizeof *want);
        assert_int_equal(weir_body_left(&b.body), bytes.count - section);
        mp_unguard(b.buffer, WINDOW_BYTES);
        if (section > 0) {
            bytes.count = mp_below((uint32_t)section);
            bench_open(&b, &bytes, 0, slices[round % 4], width, count);
            weir_runs_init_packed(&b.runs, &b.body, width, count, &b.error);
            assert_int_equal(read_all(&b, width, got, count), WEIR_E_CORRUPT);
            mp_unguard(b.buffer, WINDOW_BYTES);
        }
        mp_free(&bytes);
        free(want);
        free(got);
    }
}

/* The example of the format's specification: 0 to 7 in three bits each. */
static void the_example_of_the_specification_is_read(void **state) {
    static const uint8_t bits[] = {0x05, 0x39, 0x77};
    struct mp_bytes bytes = {0};
    struct bench b;
    uint32_t got[8];
    (void)state;
    mp_put(&bytes, bits, sizeof bits);
    bench_open(&b, &bytes, 0, 0, 3, 8);
    weir_runs_init_packed(&b.runs, &b.body, 3, 8, &b.error);
    assert_int_equal(read_all(&b, 3, got, 8), WEIR_END);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(got[i], i);
    }
    mp_unguard(b.buffer, WINDOW_BYTES);
    mp_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mix_of_runs_gives_the_values),
        cmocka_unit_test(ones_are_counted_as_they_are_read),
        cmocka_unit_test(a_last_packed_run_may_be_too_long_or_cut),
        cmocka_unit_test(malformed_runs_are_refused),
        cmocka_unit_test(runs_of_nothing_are_passed),
        cmocka_unit_test(a_failing_source_is_an_io_error),
        cmocka_unit_test(bit_packed_levels_come_out_like_any_others),
        cmocka_unit_test(the_example_of_the_specification_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
