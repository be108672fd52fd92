/*
 * One walker that measures and carves.
 *
 * A space with base == NULL only counts; with memory it places. The same code runs twice, so a
 * plan and its layout cannot drift apart. Offsets are equal in both runs because the base must be
 * aligned to WEIR_SPACE_ALIGN.
 */
#ifndef WEIR_BASE_SPACE_H
#define WEIR_BASE_SPACE_H

#include "base/check.h"

#define WEIR_SPACE_ALIGN 64u

/* Called for every take while a plan is made; NULL when nobody listens. */
typedef void weir_space_note(void *context, const char *name, uint64_t count, uint64_t bytes,
                             const char *why);

struct weir_space {
    uint8_t *base; /* NULL: count only */
    uint64_t used_bytes;
    uint64_t size_bytes; /* UINT64_MAX while counting */
    bool sealed;
    bool overflow; /* sticky: a size did not fit 64 bits or the memory ran out */
    weir_space_note *note;
    void *note_context;
};

/* Counts only; note may be NULL. */
void weir_space_measure(struct weir_space *space, weir_space_note *note, void *note_context);

/* Places into `bytes` bytes at `base`, which must be aligned to WEIR_SPACE_ALIGN. */
void weir_space_carve(struct weir_space *space, void *base, uint64_t bytes);

/*
 * Takes count * size bytes aligned to WEIR_SPACE_ALIGN. Returns NULL while counting and after an
 * overflow. `name` and `why` are literals: the line of the plan.
 */
void *weir_space_take(struct weir_space *space, const char *name, uint64_t count, uint64_t size,
                      const char *why);

/* One way: no take is legal any more. */
void weir_space_seal(struct weir_space *space);

#endif
