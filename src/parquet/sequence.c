#include "parquet/sequence.h"

#include "base/banned.h"

/*
 * Format notes.
 * - BIT_PACKED levels are packed from the most significant bit down, without padding but in the
 *   last byte, and without a length: ceil(count * width / 8) bytes. Old parquet-mr and Impala
 *   write them; both use the name as a label for columns without levels, too.
 */

_Static_assert(WEIR_RUN_PACKED_MAX % 8 == 0, "pieces of legacy levels end with a byte");
_Static_assert(WEIR_RUN_PACKED_MAX / 8 * 7 <= WEIR_BODY_KEEP, "a piece must fit a body's tail");

static void start(struct weir_sequence *sequence, struct weir_body *body, uint64_t bytes,
                  uint32_t width, uint64_t count, struct weir_error *error) {
    sequence->left = 0;
    weir_runs_init(&sequence->runs, body, bytes, width, count, error);
}

void weir_sequence_constant(struct weir_sequence *sequence, uint32_t value, uint64_t count) {
    sequence->left = count;
    sequence->at = NULL;
    sequence->value = value;
    sequence->largest = value;
    sequence->is_legacy = false;
    memset(&sequence->runs, 0, sizeof sequence->runs);
}

void weir_sequence_runs(struct weir_sequence *sequence, struct weir_body *body, uint64_t bytes,
                        uint32_t width, uint64_t count, struct weir_error *error) {
    WEIR_ASSERT(sequence->unpacked != NULL && sequence->kernels != NULL);
    start(sequence, body, bytes, width, count, error);
    sequence->is_legacy = false;
    weir_unpack_plan(&sequence->plan, width);
}

void weir_sequence_legacy(struct weir_sequence *sequence, struct weir_body *body, uint32_t width,
                          uint64_t count, struct weir_error *error) {
    WEIR_ASSERT(sequence->unpacked != NULL && sequence->kernels != NULL);
    WEIR_ASSERT(width >= 1 && width <= 7);
    start(sequence, body, weir_sequence_legacy_bytes(width, count), width, count, error);
    sequence->is_legacy = true;
}

uint64_t weir_sequence_legacy_bytes(uint32_t width, uint64_t count) {
    WEIR_ASSERT(count <= UINT64_MAX / 8 - 7);
    return (count * width + 7) / 8;
}

static void unpack_legacy(const uint8_t *in, uint32_t width, uint32_t *out, uint32_t count) {
    uint32_t mask = (1u << width) - 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t byte = i * width / 8;
        uint32_t end = i * width % 8 + width; /* of the value, in bits from the byte's start */
        uint32_t word = (uint32_t)in[byte] << 8;
        if (end > 8) {
            word |= in[byte + 1];
        }
        out[i] = word >> (16 - end) & mask;
    }
}

static enum weir_status refill_legacy(struct weir_sequence *sequence) {
    struct weir_runs *runs = &sequence->runs;
    struct weir_body *body = runs->body;
    uint32_t count = (uint32_t)weir_min_u64(runs->values_left, WEIR_RUN_PACKED_MAX);
    size_t bytes = (size_t)weir_sequence_legacy_bytes(runs->width, count);
    enum weir_status status = weir_body_need(body, bytes);
    if (status != WEIR_OK) {
        return status < 0 ? status
                          : weir_fail(runs->error, WEIR_E_CORRUPT,
                                      "a page ends in the middle of its levels or indices");
    }
    unpack_legacy(body->at, runs->width, sequence->unpacked, count);
    body->at += bytes;
    runs->bytes_left -= bytes;
    runs->values_left -= count;
    sequence->at = sequence->unpacked;
    sequence->largest = sequence->kernels->largest(sequence->unpacked, count);
    sequence->left = count;
    return WEIR_OK;
}

enum weir_status weir_sequence_refill(struct weir_sequence *sequence) {
    struct weir_run run;
    WEIR_ASSERT(sequence->left == 0);
    if (sequence->runs.values_left == 0) {
        return WEIR_END;
    }
    if (sequence->is_legacy) {
        return refill_legacy(sequence);
    }
    WEIR_TRY(weir_runs_next(&sequence->runs, &run));
    WEIR_ASSERT(run.count > 0);
    sequence->left = run.count;
    if (!run.is_packed) {
        sequence->at = NULL;
        sequence->value = run.value;
        sequence->largest = run.value;
        return WEIR_OK;
    }
    WEIR_ASSERT(run.count_packed <= WEIR_RUN_PACKED_MAX);
    sequence->kernels->unpack(&sequence->plan, run.packed, run.readable_bytes, sequence->unpacked,
                              run.count_packed);
    sequence->at = sequence->unpacked;
    sequence->largest = sequence->kernels->largest(sequence->unpacked, (uint32_t)run.count);
    return WEIR_OK;
}
