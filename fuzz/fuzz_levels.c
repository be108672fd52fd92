/*
 * Runs of levels or dictionary indices.
 *
 * The first bytes say what they are (struct head), the rest is the section and what follows it.
 *
 * Properties, besides no crash: what comes out is what a slow model reads value by value, or both
 * fail; nothing depends on how the bytes come or on the instruction set; every run has values;
 * counts of levels, lists, ones and joint indices are those of the model's values.
 */
#include "fuzz_body.h"
#include "fuzz_levels_model.h"
#include "parquet/joint.h"
#include "parquet/levels.h"

#define INPUT_BYTES_MAX 16384u

enum { INDICES, LEVELS, PACKED_LEVELS, HEAD_KINDS };

struct head {
    uint8_t kind;
    uint8_t size;      /* of an index in bits, or the largest level */
    uint8_t values[2]; /* 9 bits of them count; 13 of large numbers */
    uint8_t behind;    /* bytes of the input that are not of the section */
    uint8_t slice;
};

struct task {
    uint32_t kind;
    uint32_t max; /* level */
    uint32_t width;
    uint32_t values;
    size_t section_bytes;
    const uint8_t *data;
    size_t bytes;
    size_t slice;
    uint64_t state;
};

static struct fuzz_body body;
static struct model_values wanted;
static uint32_t unpacked[2][WEIR_RUN_PACKED_MAX + 16];
static uint32_t table[WEIR_JOINT_SLOTS];

static void open_runs(const struct task *task, struct weir_runs *runs, bool whole) {
    if (whole) {
        fuzz_body_whole(&body, task->data, task->bytes);
    } else {
        fuzz_body_pieces(&body, task->data, task->bytes, task->slice, task->state);
    }
    if (task->kind == PACKED_LEVELS) {
        weir_runs_init_packed(runs, &body.body, task->width, task->values, &body.error);
    } else {
        weir_runs_init(runs, &body.body, task->section_bytes, task->width, task->values,
                       &body.error);
    }
}

/* Both failed, or neither. */
static void end(enum weir_status status, bool expected) {
    if (status < 0) {
        fuzz_require_failed(status, &body.error);
    } else {
        fuzz_require(body.error.status == WEIR_OK);
    }
    fuzz_require((status >= 0) == expected);
}

/* `kernels_count`: 1: the best, 2: the scalar ones, too. */
static void compare_run(const struct weir_run *run, const struct weir_unpack_plan *plan,
                        uint32_t at, int kernels_count) {
    const struct weir_unpack_kernels *kernels[2] = {weir_unpack_choose(WEIR_ISA_AUTO),
                                                    weir_unpack_choose(WEIR_ISA_SCALAR)};
    const uint32_t count = (uint32_t)run->count;
    fuzz_require(run->count > 0 && run->count <= wanted.count - at);
    if (!run->is_packed) {
        for (uint32_t i = 0; i < count; i++) {
            fuzz_require(wanted.of[at + i] == run->value);
        }
        return;
    }
    fuzz_require(run->count_packed % 8 == 0 && run->count_packed <= WEIR_RUN_PACKED_MAX);
    fuzz_require(run->count_packed >= count);
    for (int i = 0; i < kernels_count; i++) {
        kernels[i]->unpack(plan, run->packed, run->readable_bytes, unpacked[i], run->count_packed);
        fuzz_require(memcmp(unpacked[i], wanted.of + at, count * sizeof(uint32_t)) == 0);
        fuzz_require(kernels[i]->largest(unpacked[i], count) == model_largest(&wanted, at, count));
    }
}

static void read_values(const struct task *task, bool whole) {
    struct weir_unpack_plan plan;
    struct weir_runs runs;
    struct weir_run run;
    enum weir_status status;
    uint32_t at = 0;
    open_runs(task, &runs, whole);
    weir_unpack_plan(&plan, task->width);
    while ((status = weir_runs_next(&runs, &run)) == WEIR_OK) {
        compare_run(&run, &plan, at, whole ? 2 : 1);
        at += (uint32_t)run.count;
    }
    end(status, !wanted.wrong);
    fuzz_require(status < 0 || at == task->values);
    if (status == WEIR_END) {
        fuzz_require(weir_runs_next(&runs, &run) == WEIR_END);
        if (task->kind != PACKED_LEVELS) {
            fuzz_require(runs.bytes_left == task->section_bytes - wanted.bytes);
        }
        fuzz_require(weir_body_left(&body.body) == task->bytes - wanted.bytes);
    }
}

static void count_ones(const struct task *task, bool whole) {
    struct weir_runs runs;
    uint64_t ones = 0;
    uint64_t expected = 0;
    open_runs(task, &runs, whole);
    end(weir_runs_count_ones(&runs, &ones), !wanted.wrong);
    for (uint32_t i = 0; i < wanted.count; i++) {
        expected += wanted.of[i];
    }
    fuzz_require(wanted.wrong || ones == expected);
}

/* Narrow indices, several at a time. */
static void count_jointly(const struct task *task) {
    uint32_t counts[1u << WEIR_JOINT_WIDTH_MAX];
    uint32_t expected[1u << WEIR_JOINT_WIDTH_MAX] = {0};
    struct weir_joint joint;
    struct weir_runs runs;
    struct weir_run run;
    uint32_t at = 0;
    weir_joint_open(&joint, task->width, table);
    open_runs(task, &runs, true);
    while (weir_runs_next(&runs, &run) == WEIR_OK) {
        uint32_t done = 0;
        if (run.is_packed) {
            done = weir_joint_add(&joint, weir_unpack_choose(WEIR_ISA_AUTO), run.packed,
                                  run.readable_bytes, (uint32_t)run.count, unpacked[0],
                                  WEIR_RUN_PACKED_MAX);
            fuzz_require(done % 8 == 0 && done <= run.count && run.count - done < 96);
        }
        for (uint32_t i = 0; i < done; i++) {
            expected[wanted.of[at + i]]++;
        }
        at += (uint32_t)run.count;
    }
    weir_joint_close(&joint, counts);
    fuzz_require(memcmp(counts, expected, (sizeof counts[0]) << task->width) == 0);
}

static void count_levels(const struct task *task, bool whole) {
    static struct weir_levels levels;
    struct weir_level_reader reader = {&body.error, weir_unpack_choose(WEIR_ISA_AUTO), unpacked[0]};
    struct weir_runs runs;
    memset(&levels, 0, sizeof levels);
    open_runs(task, &runs, whole);
    const bool fits = !wanted.wrong && model_largest(&wanted, 0, wanted.count) <= task->max;
    end(weir_levels_definition(&reader, &runs, task->max, &levels), fits);
    for (uint32_t d = 0; d <= task->max && fits; d++) {
        fuzz_require(levels.definition[d] == wanted.histogram[d]);
    }
    if (task->max == 0) {
        return;
    }
    memset(&levels, 0, sizeof levels);
    open_runs(task, &runs, whole);
    const bool begins = fits && (wanted.count == 0 || wanted.of[0] == 0);
    end(weir_levels_repetition(&reader, &runs, task->max, &levels), begins);
    for (uint32_t k = 0; k <= task->max && begins; k++) {
        fuzz_require(levels.repetition[k] == wanted.histogram[k]);
        if (k > 0 && (k < 4 || k == task->max)) {
            model_compare_lists(&wanted, k, &levels.lists[k]);
        }
    }
}

static bool make_task(struct task *task, const uint8_t *data, size_t bytes) {
    struct head head;
    if (bytes < sizeof head || bytes > INPUT_BYTES_MAX) {
        return false;
    }
    memcpy(&head, data, sizeof head);
    task->kind = head.kind % HEAD_KINDS;
    task->max = task->kind == INDICES ? 0 : head.size % (WEIR_LEVELS_MAX + 1);
    task->width = task->kind == INDICES ? head.size % 33 : weir_level_width(task->max);
    task->values = head.values[0] | (uint32_t)head.values[1] << 8;
    task->values %= head.values[1] < 0xf0 ? MODEL_VALUES_MAX / 16 : MODEL_VALUES_MAX;
    task->data = data + sizeof head;
    task->bytes = bytes - sizeof head;
    task->section_bytes = task->bytes - (head.behind < task->bytes ? head.behind : 0);
    task->slice = 1 + (size_t)head.slice;
    task->state = fuzz_state_of(data, bytes);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct task task;
    if (!make_task(&task, data, bytes)) {
        return 0;
    }
    if (task.kind == PACKED_LEVELS) {
        model_read_packed(&wanted, task.data, task.bytes, task.width, task.values);
    } else {
        model_read_runs(&wanted, task.data, task.section_bytes, task.width, task.values);
    }
    model_count(&wanted);
    for (int whole = 0; whole < 2; whole++) {
        read_values(&task, whole);
        if (task.width == 1) {
            count_ones(&task, whole);
        }
        if (task.kind != INDICES) {
            count_levels(&task, whole);
        }
    }
    if (task.kind == INDICES && task.width > 0 && task.width <= WEIR_JOINT_WIDTH_MAX) {
        count_jointly(&task);
    }
    return 0;
}
