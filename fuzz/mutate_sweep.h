/* Every change of every field of a file's footer and page headers, one at a time. */
#ifndef WEIR_FUZZ_MUTATE_SWEEP_H
#define WEIR_FUZZ_MUTATE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called with each changed file; `what` says which change. Both live during the call. */
typedef void mutate_sweep_visit(void *context, const uint8_t *data, size_t bytes, const char *what);

/* false: the file cannot be taken apart. */
bool mutate_sweep(const uint8_t *data, size_t bytes, mutate_sweep_visit *visit, void *context);

/* Whether a byte of the file belongs to the body of a page. */
bool mutate_in_body(const uint8_t *data, size_t bytes, size_t at);

#endif
