/* A column chunk's dictionary, decompressed and held, because its entries are asked for in any
 * order. */
#ifndef WEIR_PARQUET_DICTIONARY_HELD_H
#define WEIR_PARQUET_DICTIONARY_HELD_H

#include "base/view.h"
#include "parquet/body.h"
#include "parquet/page.h"
#include "weir/types.h"

struct weir_dictionary_held {
    uint8_t *bytes; /* the page */
    uint64_t room;
    uint32_t *offsets; /* where byte array entries begin */
    uint64_t offsets_room;
    uint32_t entry_bytes; /* of a fixed-width entry; 0: byte arrays with lengths */
    uint32_t entries;
    bool present;
};

/* Forgets the entries, for a chunk of another column. */
void weir_dictionary_held_clear(struct weir_dictionary_held *dictionary,
                                const struct weir_type *type);

/*
 * Reads the entries of a dictionary page from its open body.
 * Errors: CORRUPT, UNSUPPORTED (another encoding than PLAIN), LIMIT with wanted = the page's bytes.
 */
enum weir_status weir_dictionary_held_read(struct weir_dictionary_held *dictionary,
                                           struct weir_body *body, const struct weir_page *page,
                                           struct weir_error *error);

/* The entry's bytes as stored. */
static inline struct weir_view weir_dictionary_held_entry(
    const struct weir_dictionary_held *dictionary, uint32_t index) {
    struct weir_view view;
    WEIR_ASSERT(index < dictionary->entries);
    if (dictionary->entry_bytes > 0) {
        view.data = dictionary->bytes + (size_t)index * dictionary->entry_bytes;
        view.length = dictionary->entry_bytes;
    } else {
        const uint8_t *entry = dictionary->bytes + dictionary->offsets[index];
        memcpy(&view.length, entry, 4);
        view.data = entry + 4;
    }
    return view;
}

#endif
