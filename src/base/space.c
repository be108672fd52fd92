#include "base/space.h"

#include "base/banned.h"

void weir_space_measure(struct weir_space *space, weir_space_note *note, void *note_context) {
    WEIR_ASSERT(space != NULL);
    memset(space, 0, sizeof *space);
    space->size_bytes = UINT64_MAX;
    space->note = note;
    space->note_context = note_context;
}

void weir_space_carve(struct weir_space *space, void *base, uint64_t bytes) {
    WEIR_ASSERT(space != NULL);
    WEIR_ASSERT(base != NULL);
    WEIR_ASSERT((uintptr_t)base % WEIR_SPACE_ALIGN == 0);
    memset(space, 0, sizeof *space);
    space->base = base;
    space->size_bytes = bytes;
}

void *weir_space_take(struct weir_space *space, const char *name, uint64_t count, uint64_t size,
                      const char *why) {
    WEIR_ASSERT(!space->sealed);
    WEIR_ASSERT(name != NULL);
    uint64_t bytes = 0;
    uint64_t padded = 0;
    uint64_t used = 0;
    if (space->overflow || !weir_mul_u64(count, size, &bytes) ||
        !weir_add_u64(bytes, WEIR_SPACE_ALIGN - 1, &padded)) {
        space->overflow = true;
        return NULL;
    }
    padded &= ~(uint64_t)(WEIR_SPACE_ALIGN - 1);
    if (!weir_add_u64(space->used_bytes, padded, &used) || used > space->size_bytes) {
        space->overflow = true;
        return NULL;
    }
    void *place = space->base == NULL ? NULL : space->base + space->used_bytes;
    space->used_bytes = used;
    if (space->note != NULL) {
        space->note(space->note_context, name, count, padded, why);
    }
    return place;
}

void weir_space_seal(struct weir_space *space) {
    WEIR_ASSERT(!space->sealed);
    WEIR_ASSERT(space->used_bytes <= space->size_bytes);
    space->sealed = true;
}
