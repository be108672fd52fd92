/*
 * One value of the Thrift compact protocol, read in every way there is.
 *
 * The first byte says of which type it is, the second how much the window holds; the value follows.
 *
 * Properties, besides no crash: skipping ends where a slow model ends, or fails where it does,
 * whatever the window holds and however the bytes come; so do the quick way, where it finds an end,
 * and layouts; bits that it calls undecisive may have any value; reading gives the same numbers
 * whatever the window holds; the first error stays.
 */
#include "fuzz.h"
#include "fuzz_thrift_model.h"
#include "parquet/thrift_layout.h"
#include "parquet/thrift_skip.h"

#define INPUT_BYTES_MAX 4096u
#define WINDOW_BYTES (INPUT_BYTES_MAX + 64u)

struct rig {
    struct weir_source source;
    struct weir_window window;
    struct weir_thrift thrift;
    struct weir_error error;
};

static uint8_t buffer[WINDOW_BYTES];
static uint8_t copy[INPUT_BYTES_MAX];
static uint8_t marks[INPUT_BYTES_MAX + 1];
static struct weir_thrift_layouts layouts;

/* A window of `capacity` bytes over the input, some of which it holds. */
static void open_rig(struct rig *rig, struct fuzz_input *input, size_t capacity, size_t held) {
    rig->source = (struct weir_source){input, fuzz_read_at, input->bytes};
    weir_error_clear(&rig->error);
    weir_window_init(&rig->window, buffer, capacity, &rig->error);
    weir_window_seek(&rig->window, &rig->source, 0, input->bytes);
    (void)weir_window_fill(&rig->window, held);
    weir_thrift_init(&rig->thrift, &rig->window, &rig->error);
}

/* Where a skipped value ends; SIZE_MAX where it is wrong, and then stays wrong. */
static size_t place_of(struct rig *rig, const struct fuzz_input *input) {
    struct weir_error before = rig->error;
    struct weir_thrift_field field;
    if (!rig->thrift.failed) {
        fuzz_require(rig->error.status == WEIR_OK);
        return input->bytes - (size_t)weir_window_left(&rig->window);
    }
    fuzz_require_failed(rig->error.status, &rig->error);
    weir_thrift_enter(&rig->thrift);
    fuzz_require(rig->thrift.depth == 0 || !weir_thrift_next(&rig->thrift, &field));
    fuzz_require(weir_thrift_i64(&rig->thrift, WEIR_THRIFT_I64) == 0);
    fuzz_require(weir_thrift_binary(&rig->thrift, WEIR_THRIFT_BINARY) == 0);
    fuzz_require(weir_thrift_list(&rig->thrift, WEIR_THRIFT_LIST).count == 0);
    weir_thrift_skip(&rig->thrift, WEIR_THRIFT_STRUCT);
    fuzz_require_stuck(before.status, &before, &rig->error);
    return SIZE_MAX;
}

static size_t skip(struct fuzz_input *input, uint32_t type, size_t capacity, size_t held) {
    struct rig rig;
    open_rig(&rig, input, capacity, held);
    weir_thrift_skip(&rig.thrift, type);
    fuzz_require(input->reads <= input->bytes + 1);
    return place_of(&rig, input);
}

/* The quick way finds the same end, and still does when all bits have changed that it does not
 * call decisive. */
static void pass(const struct fuzz_input *input, uint32_t type, size_t wanted, uint64_t state) {
    const uint8_t *end = input->data + input->bytes;
    const uint8_t *behind = weir_thrift_pass(input->data, end, type);
    memset(marks, 0, input->bytes + 1);
    fuzz_require(weir_thrift_trace(input->data, end, type, marks) == behind);
    if (behind == NULL) {
        return;
    }
    const size_t bytes = (size_t)(behind - input->data);
    fuzz_require(bytes == wanted);
    for (size_t i = 0; i < input->bytes; i++) {
        fuzz_require(i < bytes || marks[i] == 0);
        copy[i] = input->data[i] ^ (uint8_t)(fuzz_random(&state) & ~(uint32_t)marks[i]);
    }
    fuzz_require(weir_thrift_pass(copy, copy + input->bytes, type) == copy + bytes);
    fuzz_require(model_skip(copy, input->bytes, type) == bytes);
}

/* Structs one behind the other, by their looks and by the model. */
static void recognise(struct fuzz_input *input, size_t first) {
    struct rig rig;
    size_t at = 0;
    size_t end = first;
    open_rig(&rig, input, WINDOW_BYTES, input->bytes);
    weir_thrift_layouts_init(&layouts);
    for (uint32_t i = 0; i < 64 && at < input->bytes; i++) {
        weir_thrift_layouts_skip(&layouts, &rig.thrift);
        fuzz_require(place_of(&rig, input) == end);
        if (end == SIZE_MAX) {
            return;
        }
        at = end;
        end = model_skip(input->data + at, input->bytes - at, WEIR_THRIFT_STRUCT);
        end = end == SIZE_MAX ? end : end + at;
    }
}

/* The fields of a struct as numbers, without the structs inside. */
static uint64_t read_numbers(struct fuzz_input *input, size_t capacity, size_t held) {
    struct rig rig;
    struct weir_thrift_field field;
    uint64_t digest = 0;
    open_rig(&rig, input, capacity, held);
    weir_thrift_enter(&rig.thrift);
    while (weir_thrift_next(&rig.thrift, &field)) {
        fuzz_add(&digest, (uint64_t)field.id << 4 | field.type);
        switch (field.type) {
        case WEIR_THRIFT_TRUE:
        case WEIR_THRIFT_FALSE: fuzz_add(&digest, weir_thrift_bool(&rig.thrift, field.type)); break;
        case WEIR_THRIFT_BYTE:
            fuzz_add(&digest, (uint64_t)weir_thrift_i8(&rig.thrift, field.type));
            break;
        case WEIR_THRIFT_I16:
            fuzz_add(&digest, (uint64_t)weir_thrift_i16(&rig.thrift, field.type));
            break;
        case WEIR_THRIFT_I32:
            fuzz_add(&digest, (uint64_t)weir_thrift_i32(&rig.thrift, field.type));
            break;
        case WEIR_THRIFT_I64:
            fuzz_add(&digest, (uint64_t)weir_thrift_i64(&rig.thrift, field.type));
            break;
        case WEIR_THRIFT_BINARY: {
            uint64_t bytes = weir_thrift_binary(&rig.thrift, field.type);
            fuzz_add(&digest, bytes);
            weir_window_skip(&rig.window, bytes);
            break;
        }
        default: weir_thrift_skip(&rig.thrift, field.type); break;
        }
    }
    fuzz_add(&digest, place_of(&rig, input));
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes < 2 || bytes > INPUT_BYTES_MAX) {
        return 0;
    }
    const uint32_t type = data[0] % 16;
    const size_t capacity = 64 + (size_t)data[1] * 8;
    struct fuzz_input whole = {.data = data + 2, .bytes = bytes - 2, .slice = SIZE_MAX};
    struct fuzz_input pieces = whole;
    pieces.slice = 1 + data[1] % 32;
    pieces.state = fuzz_state_of(data, bytes);
    const size_t wanted = model_skip(whole.data, whole.bytes, type);
    fuzz_require(skip(&whole, type, WINDOW_BYTES, whole.bytes) == wanted);
    fuzz_require(skip(&pieces, type, capacity, capacity / 2) == wanted);
    pass(&whole, type, wanted, pieces.state);
    if (type == WEIR_THRIFT_STRUCT) {
        recognise(&whole, wanted);
        fuzz_require(read_numbers(&whole, WINDOW_BYTES, whole.bytes) ==
                     read_numbers(&pieces, 64, 0));
    }
    return 0;
}
