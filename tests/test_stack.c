/* The stack that the foreign codecs take, measured on painted stacks: what check-stack leaves out.
 */
#include "codec_help.h"

#include <pthread.h>

#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif
#if WEIR_HAVE_ZLIB
#include <zlib.h>
#endif
#if WEIR_HAVE_BROTLI
#include <brotli/encode.h>
#endif

/*
 * A lane's thread has 64 KiB (tools/cli.h). Of these 16 KiB are the library's, by check-stack, and
 * 16 KiB and more are left for the thread itself and for signals.
 */
#define STACK_BYTES (256u << 10)
#define CODEC_STACK_BYTES_MAX (16u << 10)
#define PAINT 0xa7
#define PAGE_BYTES 150000u

struct work {
    const struct weir_codec *codec;
    const uint8_t *packed;
    size_t packed_bytes;
    uint8_t *page;
    uint8_t *area;
    uint64_t area_bytes;
    bool whole;
    enum weir_status status;
};

/* What a thread is to run on a painted stack, and how far down that went. */
struct painted {
    void (*function)(void *context);
    void *context;
    uint8_t *stack;
    size_t depth_bytes;
};

/* Nothing but the codec's own calls: no assertion, no allocation. */
static void decode(void *context) {
    struct work *work = context;
    const struct weir_codec *codec = work->codec;
    struct weir_error error;
    weir_error_clear(&error);
    if (work->whole) {
        work->status = codec->whole(work->area, work->area_bytes, work->packed, work->packed_bytes,
                                    work->page, PAGE_BYTES, &error);
        return;
    }
    work->status =
        codec->begin(work->area, work->area_bytes, work->packed_bytes, PAGE_BYTES, &error);
    struct weir_codec_io io = {.in = work->packed, .out_base = work->page, .out = work->page};
    while (work->status == WEIR_OK || work->status == WEIR_MORE) {
        const size_t ahead = (size_t)(work->packed + work->packed_bytes - io.in);
        const size_t room = (size_t)(work->page + PAGE_BYTES - io.out);
        io.in_end = io.in + (ahead > 1000 ? 1000 : ahead);
        io.out_end = io.out + (room > 3000 ? 3000 : room);
        work->status = codec->step(work->area, &io, &error);
    }
}

static void *run_painted(void *context) {
    struct painted *painted = context;
    painted->function(painted->context);
    /* Looked at before the thread's own end goes down once more. */
    uint8_t *lowest = painted->stack;
    uint8_t *here = __builtin_frame_address(0);
    while (lowest < here && *(volatile uint8_t *)lowest == PAINT) {
        lowest++;
    }
    painted->depth_bytes = (size_t)(here - lowest);
    return NULL;
}

static size_t depth_of(void (*function)(void *), void *context, uint8_t *stack) {
    struct painted painted = {.function = function, .context = context, .stack = stack};
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, PAINT, STACK_BYTES);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_painted, &painted), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    return painted.depth_bytes;
}

static size_t pack(uint32_t id, int level, const uint8_t *page, uint8_t *to, size_t room) {
#if WEIR_HAVE_ZSTD
    if (id == WEIR_CODEC_ZSTD) {
        return ZSTD_compress(to, room, page, PAGE_BYTES, 2 * level);
    }
#endif
#if WEIR_HAVE_ZLIB
    if (id == WEIR_CODEC_GZIP) {
        z_stream stream = {.next_in = (uint8_t *)(uintptr_t)page,
                           .avail_in = PAGE_BYTES,
                           .next_out = to,
                           .avail_out = (uInt)room};
        assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        deflateEnd(&stream);
        return stream.total_out;
    }
#endif
#if WEIR_HAVE_BROTLI
    if (id == WEIR_CODEC_BROTLI) {
        size_t bytes = room;
        assert_true(
            BrotliEncoderCompress(level, 22, BROTLI_MODE_GENERIC, PAGE_BYTES, page, &bytes, to));
        return bytes;
    }
#endif
    (void)level, (void)page, (void)to, (void)room;
    return 0;
}

static size_t deepest_of(const struct weir_codec *codec, bool whole, uint8_t *stack) {
    const size_t room = 2 * PAGE_BYTES;
    uint8_t *page = help_block(PAGE_BYTES);
    uint8_t *packed = help_block(room);
    size_t deepest = 0;
    for (int kind = 0; kind < HELP_KINDS; kind++) {
        for (int level = 1; level <= 9; level += 4) {
            help_fill(page, PAGE_BYTES, kind);
            struct work work = {.codec = codec, .packed = packed, .whole = whole};
            work.packed_bytes = pack(codec->id, level, page, packed, room);
            work.area_bytes = whole ? codec->whole_area_bytes() : codec->area_bytes(8u << 20);
            work.area = help_area((size_t)work.area_bytes);
            work.page = help_block(PAGE_BYTES + WEIR_CODEC_SLOP);
            const size_t depth = depth_of(decode, &work, stack);
            assert_int_equal(work.status, whole ? WEIR_OK : WEIR_END);
            assert_memory_equal(work.page, page, PAGE_BYTES);
            deepest = depth > deepest ? depth : deepest;
            free(work.page);
            free(work.area);
        }
    }
    free(packed);
    free(page);
    return deepest;
}

static void foreign_codecs_stay_within_a_quarter_of_a_lanes_stack(void **state) {
    static const uint32_t codecs[] = {WEIR_CODEC_GZIP, WEIR_CODEC_BROTLI, WEIR_CODEC_ZSTD};
    (void)state;
    help_seed(__func__);
    uint8_t *stack = aligned_alloc(4096, STACK_BYTES);
    assert_non_null(stack);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        const struct weir_codec *codec = weir_codec_find(codecs[i]);
        for (int whole = 0; codec != NULL && whole < (codec->whole == NULL ? 1 : 2); whole++) {
            const size_t depth = deepest_of(codec, whole == 1, stack);
            printf("%s %s: %zu bytes of stack\n", codec->name, whole ? "whole" : "stream", depth);
            assert_true(depth <= CODEC_STACK_BYTES_MAX);
        }
    }
    free(stack);
}

/* The measure itself: a canary of a known depth. */
static void deep(void *context) {
    volatile uint8_t block[CODEC_STACK_BYTES_MAX + 1];
    uint8_t *reached = context;
    block[*reached] = 1; /* a place that compilers cannot know: the lowest */
    *reached = block[*reached];
}

static void the_measure_sees_a_deep_frame(void **state) {
    (void)state;
    uint8_t reached = 0;
    uint8_t *stack = aligned_alloc(4096, STACK_BYTES);
    assert_non_null(stack);
    assert_true(depth_of(deep, &reached, stack) > CODEC_STACK_BYTES_MAX);
    assert_int_equal(reached, 1);
    free(stack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_codecs_stay_within_a_quarter_of_a_lanes_stack),
        cmocka_unit_test(the_measure_sees_a_deep_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
