/* Changes to an input that a fuzzing engine would make, for runs without one. */
#ifndef WEIR_FUZZ_CHANGE_H
#define WEIR_FUZZ_CHANGE_H

#include <stddef.h>
#include <stdint.h>

/* Inputs to begin with. Parts of others find their way into a mutant. */
struct seed {
    uint8_t *data;
    size_t bytes;
};

/* Numbers that follow from the state alone; it must not be 0. */
uint64_t change_random(uint64_t *state);

/* Makes one to eight changes in place and returns how many bytes there are now, at most `room`. */
size_t change(uint64_t *state, uint8_t *data, size_t bytes, size_t room, const struct seed *seeds,
              size_t seeds_count);

/* What libFuzzer offers to custom mutators: one change. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t room);

#endif
