/*
 * A section of delta-encoded integers.
 *
 * The first bytes say what is asked for (struct head), the section and what follows it come behind.
 *
 * Properties, besides no crash: the values are those of a slow model, or both fail and what was
 * handed out before is the beginning of the model's; the section ends where the model says; nothing
 * depends on how the bytes come, on the room that is given or on the instruction set.
 */
#include "fuzz_body.h"
#include "fuzz_delta_model.h"
#include "parquet/delta.h"

#define INPUT_BYTES_MAX 16384u

struct head {
    uint8_t bits;          /* even: 32, odd: 64 */
    uint8_t values_max[2]; /* 12 bits of them count */
    uint8_t slice;
    uint8_t room;
};

struct task {
    uint32_t bits;
    uint32_t values_max;
    uint32_t room;
    size_t slice;
    uint64_t state;
    const uint8_t *data;
    size_t bytes;
};

static struct fuzz_body body;
static struct model_deltas wanted;
static uint64_t out[WEIR_DELTA_ROOM_MIN + 512];

/* Whether the next `count` values are those of the model. */
static bool matches(uint32_t bits, uint64_t at, uint32_t count) {
    const uint32_t *narrow = (const uint32_t *)out;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t value = bits == 64 ? out[i] : narrow[i];
        if (value != (bits == 64 ? wanted.of[at + i] : (uint32_t)wanted.of[at + i])) {
            return false;
        }
    }
    return true;
}

static void read_values(const struct task *task, bool whole, enum weir_isa isa) {
    struct weir_delta delta;
    uint64_t at = 0;
    if (whole) {
        fuzz_body_whole(&body, task->data, task->bytes);
    } else {
        fuzz_body_pieces(&body, task->data, task->bytes, task->slice, task->state);
    }
    enum weir_status status = weir_delta_open(&delta, &body.body, task->bits, task->values_max,
                                              weir_delta_choose(isa), &body.error);
    fuzz_require(status != WEIR_OK || delta.total <= task->values_max);
    while (status == WEIR_OK) {
        uint32_t count = 0;
        status = weir_delta_next(&delta, out, task->room, &count);
        if (status == WEIR_OK) {
            fuzz_require(count > 0 && count <= task->room && count <= wanted.count - at);
            fuzz_require(matches(task->bits, at, count));
            at += count;
        }
    }
    if (status < 0) {
        fuzz_require_failed(status, &body.error);
        fuzz_require(wanted.wrong);
        return;
    }
    fuzz_require(status == WEIR_END && !wanted.wrong && at == wanted.count);
    fuzz_require(body.error.status == WEIR_OK && delta.total == wanted.count);
    fuzz_require(weir_body_left(&body.body) == task->bytes - wanted.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct head head;
    if (bytes < sizeof head || bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    memcpy(&head, data, sizeof head);
    const struct task task = {
        .bits = head.bits % 2 == 0 ? 32 : 64,
        .values_max = (head.values_max[0] | (uint32_t)head.values_max[1] << 8) % MODEL_VALUES_MAX,
        .room = WEIR_DELTA_ROOM_MIN + 2u * head.room,
        .slice = 1 + (size_t)head.slice,
        .state = fuzz_state_of(data, bytes),
        .data = data + sizeof head,
        .bytes = bytes - sizeof head};
    model_read_deltas(&wanted, task.data, task.bytes, task.values_max);
    read_values(&task, true, WEIR_ISA_AUTO);
    read_values(&task, false, WEIR_ISA_AUTO);
    read_values(&task, true, WEIR_ISA_SCALAR);
    return 0;
}
