/* The refilling view of a source, against a plain array. */
#include "codec_help.h"

#include "io/window.h"

#define FILE_BYTES 5000u

struct file {
    uint8_t bytes[FILE_BYTES];
    uint64_t size;
    size_t give_max;       /* bytes a read */
    int tries;             /* the next so many reads say EINTR or EAGAIN */
    int64_t answer;        /* if not 0: what every read returns */
    uint64_t highest_read; /* first byte behind all that was asked for */
    unsigned reads;
};

static int64_t read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    struct file *file = context;
    file->reads++;
    file->highest_read = weir_max_u64(file->highest_read, offset + bytes);
    if (file->answer != 0) {
        return file->answer;
    }
    if (file->tries > 0) {
        return file->tries-- % 2 == 0 ? -4 : -11;
    }
    if (offset >= file->size) {
        return 0;
    }
    bytes = (size_t)weir_min_u64(bytes, file->size - offset);
    bytes = (size_t)weir_min_u64(bytes, file->give_max);
    memcpy(to, file->bytes + offset, bytes);
    return (int64_t)bytes;
}

struct fixture {
    struct file file;
    struct weir_source source;
    struct weir_error error;
    struct weir_window window;
    uint8_t *buffer;
};

static void set_up(struct fixture *f, size_t capacity, size_t give_max) {
    memset(f, 0, sizeof *f);
    help_fill(f->file.bytes, FILE_BYTES, 0);
    f->file.size = FILE_BYTES;
    f->file.give_max = give_max;
    f->source = (struct weir_source){&f->file, read_at, FILE_BYTES};
    weir_error_clear(&f->error);
    f->buffer = help_block(capacity);
    weir_window_init(&f->window, f->buffer, capacity, &f->error);
}

static void held_bytes_are_those_of_the_file(const struct fixture *f) {
    const struct weir_window *w = &f->window;
    uint64_t offset = weir_window_offset(w);
    assert_true(w->at >= w->buffer && w->end <= w->buffer + w->capacity_bytes);
    assert_true(w->end_offset <= w->limit_offset);
    assert_memory_equal(w->at, f->file.bytes + offset, (size_t)(w->end - w->at));
}

static void any_sequence_of_calls_shows_the_file(void **state) {
    (void)state;
    help_seed(__func__);
    for (int round = 0; round < 300; round++) {
        struct fixture f;
        size_t capacity = 64 + help_random() % 700;
        set_up(&f, capacity, 1 + help_random() % (round % 2 == 0 ? 5 : 2000));
        uint64_t at = help_random() % FILE_BYTES;
        uint64_t limit = at + help_random() % (FILE_BYTES - at + 1);
        weir_window_seek(&f.window, &f.source, at, limit);
        for (int call = 0; call < 60; call++) {
            f.file.tries = (int)(help_random() % 4);
            size_t want = (size_t)(help_random() % (capacity + 1));
            uint64_t n = limit == at ? 0 : help_random() % (limit - at + 1);
            switch (help_random() % 5) {
            case 0:
            case 1: {
                size_t held = weir_window_fill(&f.window, want);
                assert_true(held >= weir_min_u64(want, limit - at));
                assert_true(held == (size_t)(f.window.end - f.window.at));
                break;
            }
            case 2:
                n = n > 300 ? n % 300 : n;
                weir_window_skip(&f.window, n);
                at += n;
                break;
            case 3:
                limit = at + help_random() % (FILE_BYTES - at + 1);
                f.file.highest_read = 0;
                weir_window_seek(&f.window, &f.source, at, limit);
                break;
            default:
                if (call % 5 == 0) {
                    at = help_random() % FILE_BYTES;
                    limit = at + help_random() % (FILE_BYTES - at + 1);
                    f.file.highest_read = 0;
                    weir_window_seek(&f.window, &f.source, at, limit);
                }
                break;
            }
            assert_false(f.window.failed);
            assert_int_equal(weir_window_offset(&f.window), at);
            assert_int_equal(weir_window_left(&f.window), limit - at);
            assert_true(f.file.highest_read <= limit);
            held_bytes_are_those_of_the_file(&f);
        }
        free(f.buffer);
    }
}

static void skipped_bytes_are_not_read(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f, 100, 1000);
    weir_window_seek(&f.window, &f.source, 0, FILE_BYTES);
    weir_window_skip(&f.window, 4000);
    assert_int_equal(f.file.reads, 0);
    assert_true(weir_window_fill(&f.window, 10) >= 10);
    assert_int_equal(f.file.reads, 1);
    held_bytes_are_those_of_the_file(&f);
    free(f.buffer);
}

static void a_seek_inside_what_is_held_reads_nothing(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f, 1000, 1000);
    weir_window_seek(&f.window, &f.source, 100, FILE_BYTES);
    assert_int_equal(weir_window_fill(&f.window, 1000), 1000);
    unsigned reads = f.file.reads;
    weir_window_seek(&f.window, &f.source, 600, 900);
    assert_int_equal(weir_window_fill(&f.window, 1000), 300);
    assert_int_equal(f.file.reads, reads);
    held_bytes_are_those_of_the_file(&f);
    free(f.buffer);
}

/* After the first failure nothing is available, whatever is asked, until the next seek. */
static void expect_failure(struct fixture *f, enum weir_status status, uint64_t got) {
    assert_int_equal(weir_window_fill(&f->window, 50), 0);
    assert_int_equal(f->error.status, status);
    assert_int_equal(f->error.got, got);
    assert_true(f->window.failed);
    unsigned reads = f->file.reads;
    assert_int_equal(weir_window_fill(&f->window, 1), 0);
    assert_int_equal(weir_window_left(&f->window), 0);
    weir_window_skip(&f->window, 10);
    assert_int_equal(f->file.reads, reads);
    f->file.answer = 0;
    f->file.size = FILE_BYTES;
    weir_window_seek(&f->window, &f->source, 0, 100);
    assert_true(weir_window_fill(&f->window, 50) >= 50);
    held_bytes_are_those_of_the_file(f);
    free(f->buffer);
}

static void failures_stick(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f, 100, 1000);
    weir_window_seek(&f.window, &f.source, 10, FILE_BYTES);
    f.file.answer = -5;
    expect_failure(&f, WEIR_E_IO, 5);
    assert_int_equal(f.error.offset_bytes, 10);

    set_up(&f, 100, 20);
    weir_window_seek(&f.window, &f.source, 0, FILE_BYTES);
    f.file.size = 30;
    expect_failure(&f, WEIR_E_CHANGED, WEIR_NONE);
    assert_int_equal(f.error.offset_bytes, 30);

    set_up(&f, 100, 1000);
    weir_window_seek(&f.window, &f.source, 0, FILE_BYTES);
    f.file.answer = 101;
    expect_failure(&f, WEIR_E_IO, 101);

    set_up(&f, 100, 1000);
    weir_window_seek(&f.window, &f.source, 0, FILE_BYTES);
    f.file.answer = -11; /* EAGAIN for ever is an error in the end */
    expect_failure(&f, WEIR_E_IO, 11);
    set_up(&f, 100, 1000);
    weir_window_seek(&f.window, &f.source, 0, FILE_BYTES);
    f.file.answer = INT64_MIN;
    expect_failure(&f, WEIR_E_IO, UINT64_C(1) << 63);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_calls_shows_the_file),
        cmocka_unit_test(skipped_bytes_are_not_read),
        cmocka_unit_test(a_seek_inside_what_is_held_reads_nothing),
        cmocka_unit_test(failures_stick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
