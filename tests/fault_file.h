/* A small Parquet file for tests of faults: several columns, row groups, encodings and codecs. */
#ifndef WEIR_TESTS_FAULT_FILE_H
#define WEIR_TESTS_FAULT_FILE_H

#include "make_parquet.h"

#define FAULT_ROWS 60u

static inline void fault_put_chunk(struct mp_file *file, int64_t type, bool optional,
                                   bool dictionary) {
    const bool split = !dictionary && type == 2; /* read by several cursors, and looked at first */
    struct mp_page page = mp_page_of(optional ? 3 : 0, dictionary ? 8 : split ? 9 : 0, FAULT_ROWS);
    struct mp_bytes plain = {0};
    uint32_t present[FAULT_ROWS];
    uint32_t indices[FAULT_ROWS];
    uint32_t count = 0;
    mp_chunk_begin(file, type, dictionary ? 1 : 0)->encoding = page.encoding;
    if (dictionary) {
        struct mp_page entries = mp_page_of(2, 0, 7);
        for (uint32_t k = 0; k < 7; k++) {
            const uint64_t bits = mp_random();
            if (type == 6) {
                mp_u32(&entries.data, k);
                mp_put(&entries.data, &bits, k);
            } else {
                mp_put(&entries.data, &bits, type == 1 ? 4 : 8);
            }
        }
        entries.codec = 1;
        mp_page_write(&file->bytes, &entries);
    }
    for (uint32_t r = 0; r < FAULT_ROWS; r++) {
        present[r] = !optional || mp_below(4) != 0;
        count += present[r];
        indices[r] = mp_below(7);
    }
    page.nulls = FAULT_ROWS - count;
    if (optional) {
        mp_levels(&page, present, FAULT_ROWS);
    }
    if (dictionary) {
        mp_byte(&page.data, 3);
        mp_runs(&page.data, indices, count, 3);
    }
    for (uint32_t i = 0; i < count && !dictionary; i++) {
        const uint64_t bits = mp_random() >> 40;
        if (type == 6) {
            mp_u32(&plain, 5);
        }
        mp_put(&plain, &bits, type == 6 ? 5 : type == 1 ? 4 : 8);
    }
    if (split) {
        mp_split(&page.data, plain.data, count, 8);
    } else {
        mp_put(&page.data, plain.data, plain.count);
    }
    mp_free(&plain);
    page.codec = dictionary;
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, FAULT_ROWS);
}

/* Three columns (PLAIN, split, in dictionaries; with nulls and without) in two row groups. */
static inline struct mp_file *fault_file(void) {
    static const char *const names[] = {"a", "b", "c"};
    static const int64_t types[] = {2, 6, 1};
    struct mp_file *file = mp_begin();
    for (int c = 0; c < 3; c++) {
        mp_column(file, names[c], types[c], c == 1);
    }
    for (int g = 0; g < 2; g++) {
        mp_group_begin(file);
        for (int c = 0; c < 3; c++) {
            fault_put_chunk(file, types[c], c == 1, (c + g) % 2 == 1);
        }
        mp_group_end(file, FAULT_ROWS);
    }
    mp_end(file);
    return file;
}

#endif
