/*
 * Page headers, one behind the other, as a column chunk has them.
 *
 * The first byte says how the bytes come, the headers and bodies follow.
 *
 * Properties, besides no crash: the header that lies in the window and one that comes in pieces say
 * the same; both end where a slow model says that the struct ends; what a header says fits its
 * page and the chunk; its statistics end where it does; the first error stays.
 */
#include "fuzz.h"
#include "fuzz_thrift_model.h"
#include "parquet/page.h"
#include "parquet/statistics.h"

#define INPUT_BYTES_MAX 8192u

static uint8_t buffers[2][INPUT_BYTES_MAX + 64];

struct walk {
    struct weir_window window;
    struct weir_source source;
    struct weir_error error;
    struct weir_page page;
    enum weir_status status;
};

static void begin(struct walk *walk, struct fuzz_input *input, uint8_t *buffer, size_t capacity) {
    walk->source = (struct weir_source){input, fuzz_read_at, input->bytes};
    weir_error_clear(&walk->error);
    weir_window_init(&walk->window, buffer, capacity, &walk->error);
    weir_window_seek(&walk->window, &walk->source, 0, input->bytes);
}

static void check_page(const struct weir_page *page, uint64_t left_bytes) {
    fuzz_require(page->raw_bytes <= left_bytes);
    fuzz_require((uint64_t)page->definition_bytes + page->repetition_bytes <= page->raw_bytes);
    fuzz_require((uint64_t)page->definition_bytes + page->repetition_bytes <= page->page_bytes);
    fuzz_require(page->nulls <= page->values && page->rows <= page->values);
    fuzz_require(page->page_bytes <= INT32_MAX && page->values <= INT32_MAX);
}

/* The statistics of a header that has been read, and where they leave the window. */
static uint64_t read_statistics(struct walk *walk, uint64_t offset, uint64_t *digest) {
    static struct weir_statistics statistics;
    weir_window_seek(&walk->window, &walk->source, offset, walk->window.limit_offset);
    memset(&statistics, 0, sizeof statistics);
    if (weir_page_statistics_read(&walk->window, &statistics, &walk->error) != WEIR_OK) {
        fuzz_require_failed(walk->error.status, &walk->error);
        return WEIR_NONE;
    }
    fuzz_add(digest, statistics.present);
    fuzz_add(digest, (uint64_t)statistics.null_count.value);
    fuzz_add(digest, statistics.min_value.length);
    fuzz_add_bytes(digest, statistics.max_value.bytes, sizeof statistics.max_value.bytes);
    return weir_window_offset(&walk->window);
}

static void stay_failed(struct walk *walk) {
    struct weir_error before = walk->error;
    fuzz_require_failed(walk->status, &before);
    if (walk->window.failed) {
        fuzz_require_stuck(weir_page_read(&walk->window, &walk->page, &walk->error), &before,
                           &walk->error);
    }
}

/* The next header both ways. Returns whether there is one more after it. */
static bool step(struct walk walks[2], const struct fuzz_input *input) {
    const uint64_t offset = weir_window_offset(&walks[0].window);
    const size_t left = input->bytes - (size_t)offset;
    const size_t header = model_skip(input->data + offset, left, MODEL_STRUCT);
    uint64_t digests[2] = {0, 0};
    uint64_t ends[2];
    (void)weir_window_fill(&walks[0].window, left);
    for (int i = 0; i < 2; i++) {
        walks[i].status = weir_page_read(&walks[i].window, &walks[i].page, &walks[i].error);
    }
    fuzz_require(walks[0].status == walks[1].status);
    if (walks[0].status != WEIR_OK) {
        fuzz_require(walks[0].error.message == walks[1].error.message);
        stay_failed(&walks[0]);
        stay_failed(&walks[1]);
        return false;
    }
    fuzz_require(memcmp(&walks[0].page, &walks[1].page, sizeof walks[0].page) == 0);
    fuzz_require(header != SIZE_MAX);
    fuzz_require(weir_window_offset(&walks[0].window) == offset + header);
    fuzz_require(weir_window_offset(&walks[1].window) == offset + header);
    check_page(&walks[0].page, left - header);
    for (int i = 0; i < 2; i++) {
        ends[i] = read_statistics(&walks[i], offset, &digests[i]);
    }
    fuzz_require(ends[0] == ends[1] && digests[0] == digests[1]);
    if (ends[0] == WEIR_NONE) {
        return false;
    }
    fuzz_require(ends[0] == offset + header);
    for (int i = 0; i < 2; i++) {
        weir_window_skip(&walks[i].window, walks[i].page.raw_bytes);
    }
    return weir_window_left(&walks[0].window) > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct walk walks[2];
    if (bytes < 1 || bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    struct fuzz_input whole = {.data = data + 1, .bytes = bytes - 1, .slice = SIZE_MAX};
    struct fuzz_input pieces = whole;
    pieces.slice = 1 + data[0] % 64;
    pieces.state = fuzz_state_of(data, bytes);
    begin(&walks[0], &whole, buffers[0], sizeof buffers[0]);
    begin(&walks[1], &pieces, buffers[1], 64);
    for (uint32_t pages = 0; pages < 16 && step(walks, &whole); pages++) {
    }
    return 0;
}
