/*
 * Mutations that know Parquet: a field of the footer or of a page header changes, or the bytes of a
 * page, and lengths, offsets and CRCs fit again, so that the change gets past the first check.
 *
 * Link mutator.c, thrift_change.c, thrift_tree.c and parquet_layout.c with a target whose input is
 * a file, and libFuzzer calls it. Other drivers call it themselves; then bytes that are no file are
 * changed here, too.
 */
#ifndef WEIR_FUZZ_MUTATOR_H
#define WEIR_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* Changes `size` bytes in place to at most `max_size`; returns the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#endif
