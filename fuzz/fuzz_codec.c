/*
 * One compressed page of arbitrary bytes.
 *
 * The first bytes say what it is (struct head), the compressed form follows.
 *
 * Properties, besides no crash: the page is the same, or refused alike, whatever pieces input and
 * room come in; each step makes progress, so there are no more of them than bytes; a page decoded
 * at once has the same bytes as the stream; snappy and LZ4 pages are what slow models say; nothing
 * behind the input is read, and nothing behind the slop written.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_codec_model.h"
#include "parquet/codec.h"

#define INPUT_BYTES_MAX 16384u
#define PAGE_BYTES_MAX 32768u
#define AREA_BYTES (6u << 20)

struct head {
    uint8_t codec;
    uint8_t page_bytes[2]; /* 15 bits of them count */
    uint8_t slice;
    uint8_t room;
};

struct task {
    const struct weir_codec *codec;
    const uint8_t *data;
    size_t bytes;
    size_t page_bytes;
    size_t slice; /* of the input, at most; 0: all at once */
    size_t room;
    uint64_t state;
};

static _Alignas(64) uint8_t areas[2][AREA_BYTES];
static uint8_t *fences[3]; /* pages that may not be touched: behind the outputs and an input */
static struct weir_error error;

static void raise_fences(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < 3 && fences[i] == NULL; i++) {
        const size_t room = (PAGE_BYTES_MAX + WEIR_CODEC_SLOP + page - 1) / page * page;
        uint8_t *area =
            mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        fuzz_require(area != MAP_FAILED && mprotect(area + room, page, PROT_NONE) == 0);
        fences[i] = area + room;
    }
}

/* What the area must be for the page; 0 where that is more than there is. */
static uint64_t area_bytes(const struct task *task) {
    uint64_t window = 0;
    if (task->codec->window_bytes != NULL) {
        window = task->codec->window_bytes(task->data, task->bytes, task->page_bytes);
    }
    const uint64_t bytes = task->codec->area_bytes(window);
    return bytes <= AREA_BYTES ? bytes : 0;
}

/* The head of the area is zero where another codec was there before. */
static void lend(uint8_t *area, const struct weir_codec *codec, const struct weir_codec **last) {
    if (*last != codec) {
        memset(area, 0, 64);
        *last = codec;
    }
}

/* One step with a piece of the input that ends in front of a fence, and a piece of the room. */
static enum weir_status step(struct task *task, size_t *taken, uint8_t *out, size_t *given) {
    size_t in = task->bytes - *taken;
    size_t room = task->page_bytes - *given;
    const uint8_t *from = task->data + *taken;
    if (task->slice > 0) {
        const size_t piece = fuzz_piece(&task->state, task->slice);
        const size_t part = fuzz_piece(&task->state, task->room);
        in = piece < in ? piece : in;
        room = part < room ? part : room;
        from = memcpy(fences[2] - in, from, in);
    }
    struct weir_codec_io io = {from, from + in, out, out + *given, out + *given + room};
    const enum weir_status status = task->codec->step(areas[0], &io, &error);
    fuzz_require(io.in >= from && io.in <= io.in_end);
    fuzz_require(io.out >= out + *given && io.out <= io.out_end);
    fuzz_require(status != WEIR_OK || io.out == io.out_end);
    fuzz_require(status != WEIR_MORE || io.in == io.in_end);
    *taken += (size_t)(io.in - from);
    *given += (size_t)(io.out - out) - *given;
    return status;
}

/* Decodes the page as the body of a page does; it must end when input and output do. */
static enum weir_status stream(struct task *task, uint64_t area, uint8_t *out, size_t *given) {
    static const struct weir_codec *last;
    size_t taken = 0;
    size_t steps = 0;
    *given = 0;
    weir_error_clear(&error);
    lend(areas[0], task->codec, &last);
    enum weir_status status =
        task->codec->begin(areas[0], area, task->bytes, task->page_bytes, &error);
    while (status >= 0) {
        const size_t before = taken + *given;
        status = step(task, &taken, out, given);
        fuzz_require(steps++ <= 2 * (task->bytes + task->page_bytes) + 2);
        if (status == WEIR_END && taken == task->bytes && *given == task->page_bytes) {
            return WEIR_OK;
        }
        /* Neither side has moved although there was something to move: the page is not complete. */
        if (status >= 0 && taken + *given == before) {
            return WEIR_E_CORRUPT;
        }
    }
    fuzz_require_failed(status, &error);
    return status;
}

static enum weir_status decode_whole(const struct task *task, uint64_t area, uint8_t *out) {
    static const struct weir_codec *last;
    weir_error_clear(&error);
    lend(areas[1], task->codec, &last);
    const enum weir_status status =
        task->codec->whole(areas[1], weir_max_u64(area, task->codec->whole_area_bytes()),
                           task->data, task->bytes, out, task->page_bytes, &error);
    if (status != WEIR_OK) {
        fuzz_require_failed(status, &error);
    }
    return status;
}

/* Memory is no matter of the bytes: what it refuses may be read with more. */
static bool is_refused_for_room(enum weir_status status) {
    return status == WEIR_E_LIMIT || status == WEIR_E_UNSUPPORTED;
}

static void compare_model(const struct task *task, enum weir_status status, const uint8_t *out) {
    static uint8_t page[PAGE_BYTES_MAX];
    bool right = false;
    if (task->codec->id == WEIR_CODEC_SNAPPY) {
        right = model_snappy(task->data, task->bytes, page, task->page_bytes);
    } else if (task->codec->id == WEIR_CODEC_LZ4_RAW) {
        right = model_lz4(task->data, task->bytes, page, task->page_bytes);
    } else {
        return;
    }
    fuzz_require(right == (status == WEIR_OK));
    fuzz_require(!right || memcmp(page, out, task->page_bytes) == 0);
}

static void run(struct task *task) {
    const uint64_t area = area_bytes(task);
    uint8_t *outs[2] = {fences[0] - task->page_bytes - WEIR_CODEC_SLOP,
                        fences[1] - task->page_bytes - WEIR_CODEC_SLOP};
    struct task once = *task;
    size_t given[2];
    if (area == 0) {
        return;
    }
    once.slice = 0;
    const enum weir_status status = stream(&once, area, outs[0], &given[0]);
    const enum weir_status sliced = stream(task, area, outs[1], &given[1]);
    fuzz_require(status == sliced);
    fuzz_require(status != WEIR_OK || memcmp(outs[0], outs[1], task->page_bytes) == 0);
    compare_model(task, status, outs[0]);
    if (task->codec->whole == NULL) {
        return;
    }
    const enum weir_status whole = decode_whole(task, area, outs[1]);
    fuzz_require(status == whole || is_refused_for_room(status) || is_refused_for_room(whole));
    fuzz_require(status != WEIR_OK || whole != WEIR_OK ||
                 memcmp(outs[0], outs[1], task->page_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static const uint8_t codecs[] = {WEIR_CODEC_SNAPPY, WEIR_CODEC_LZ4_RAW, WEIR_CODEC_LZ4,
                                     WEIR_CODEC_ZSTD,   WEIR_CODEC_GZIP,    WEIR_CODEC_BROTLI};
    struct head head;
    if (bytes < sizeof head || bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    raise_fences();
    memcpy(&head, data, sizeof head);
    struct task task = {.codec = weir_codec_find(codecs[head.codec % sizeof codecs]),
                        .data = data + sizeof head,
                        .bytes = bytes - sizeof head,
                        .page_bytes =
                            (head.page_bytes[0] | (size_t)head.page_bytes[1] << 8) % PAGE_BYTES_MAX,
                        .slice = 1 + (size_t)head.slice,
                        .room = 1 + 16 * (size_t)head.room,
                        .state = fuzz_state_of(data, bytes)};
    if (task.codec != NULL && task.page_bytes > 0) {
        run(&task);
    }
    return 0;
}
