#include "parquet/sequence.h"

#include "base/banned.h"

void weir_sequence_constant(struct weir_sequence *sequence, uint32_t value, uint64_t count) {
    sequence->left = count;
    sequence->at = NULL;
    sequence->value = value;
    sequence->largest = value;
    sequence->runs.values_left = 0;
}

void weir_sequence_runs(struct weir_sequence *sequence) {
    WEIR_ASSERT(sequence->unpacked != NULL && sequence->kernels != NULL);
    sequence->left = 0;
    weir_unpack_plan(&sequence->plan, sequence->runs.width);
}

enum weir_status weir_sequence_refill(struct weir_sequence *sequence) {
    struct weir_run run;
    WEIR_ASSERT(sequence->left == 0);
    if (sequence->runs.values_left == 0) {
        return WEIR_END;
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
