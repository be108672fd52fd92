/* Small valid files, the same on every machine: what mutation begins with. */
#ifndef WEIR_FUZZ_MUTATE_FILES_H
#define WEIR_FUZZ_MUTATE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mutate_file {
    char name[48];
    bool large;       /* only its bits are changed, not all values of its bytes */
    uint32_t library; /* codec number of one that a library decodes; 0 */
    uint8_t *data;
    size_t bytes;
};

uint32_t mutate_files_count(void);

/* Makes file `index`; what it held before is given back. */
void mutate_files_make(uint32_t index, struct mutate_file *file);

#endif
