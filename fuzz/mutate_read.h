/* The three readers of the library over one source, each ending in a status and a digest. */
#ifndef WEIR_FUZZ_MUTATE_READ_H
#define WEIR_FUZZ_MUTATE_READ_H

#include "mutate_run.h"

#define MUTATE_BUDGET_BYTES (8u << 20)

/* Memory of a reader: a window while it plans, then a block whose size it asks for. */
struct mutate_memory {
    void *window;
    void *(*block)(uint64_t bytes);
    void (*require)(bool condition, const char *what); /* comes back only if it is so */
};

void mutate_read(enum mutate_verb verb, const struct weir_dataset *dataset,
                 const struct mutate_memory *memory, struct mutate_verdict *verdict_ret);

#endif
