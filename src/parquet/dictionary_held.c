#include "parquet/dictionary_held.h"

#include "base/bits.h"

#include "base/banned.h"

void weir_dictionary_held_clear(struct weir_dictionary_held *dictionary,
                                const struct weir_type *type) {
    static const uint32_t widths[] = {
        [WEIR_INT32] = 4, [WEIR_INT64] = 8, [WEIR_INT96] = 12, [WEIR_FLOAT] = 4, [WEIR_DOUBLE] = 8};
    dictionary->entries = 0;
    dictionary->present = false;
    switch (type->physical) {
    case WEIR_FIXED_LEN_BYTE_ARRAY:
        WEIR_ASSERT(type->length_bytes > 0);
        dictionary->entry_bytes = (uint32_t)type->length_bytes;
        break;
    case WEIR_BOOLEAN:
    case WEIR_BYTE_ARRAY: dictionary->entry_bytes = 0; break;
    default: dictionary->entry_bytes = widths[type->physical]; break;
    }
}

/* Finds the entries among `bytes` bytes with lengths in front of each. */
static enum weir_status find_entries(struct weir_dictionary_held *dictionary, uint32_t entries,
                                     uint64_t bytes, struct weir_error *error) {
    uint64_t at = 0;
    for (uint32_t entry = 0; entry < entries; entry++) {
        const uint8_t *length = dictionary->bytes + at;
        if (bytes - at < 4 || weir_load_u32(length) > bytes - at - 4) {
            return weir_fail(error, WEIR_E_CORRUPT,
                             "a byte array is longer than what is left of its page");
        }
        dictionary->offsets[entry] = (uint32_t)at;
        at += 4 + (uint64_t)weir_load_u32(length);
    }
    return at == bytes ? WEIR_OK
                       : weir_fail(error, WEIR_E_CORRUPT,
                                   "a dictionary page holds more bytes than its entries");
}

static enum weir_status check_page(const struct weir_dictionary_held *dictionary,
                                   const struct weir_page *page, struct weir_error *error) {
    uint64_t fixed = dictionary->entry_bytes;
    uint64_t least = (uint64_t)page->values * (fixed > 0 ? fixed : 4);
    if (page->encoding != WEIR_ENCODING_PLAIN && page->encoding != WEIR_ENCODING_PLAIN_DICTIONARY) {
        return weir_fail(error, WEIR_E_UNSUPPORTED, "a dictionary page that is not PLAIN");
    }
    if (least > page->page_bytes || (fixed > 0 && least != page->page_bytes)) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT,
                                 "a dictionary page has another size than its entries", least,
                                 page->page_bytes);
    }
    bool many = fixed == 0 && page->values > dictionary->offsets_room;
    if (many || page->page_bytes > dictionary->room) {
        return weir_fail_numbers(
            error, WEIR_E_LIMIT, "a dictionary page is larger than any that was seen before",
            many ? page->values * sizeof(uint32_t) : page->page_bytes,
            many ? dictionary->offsets_room * sizeof(uint32_t) : dictionary->room);
    }
    return WEIR_OK;
}

enum weir_status weir_dictionary_held_read(struct weir_dictionary_held *dictionary,
                                           struct weir_body *body, const struct weir_page *page,
                                           struct weir_error *error) {
    uint64_t held = 0;
    WEIR_TRY(check_page(dictionary, page, error));
    while (held < page->page_bytes) {
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return status < 0 ? status
                              : weir_fail(error, WEIR_E_CORRUPT, "a page ends before its values");
        }
        size_t more = (size_t)(body->end - body->at);
        WEIR_ASSERT(more <= page->page_bytes - held);
        memcpy(dictionary->bytes + held, body->at, more);
        body->at += more;
        held += more;
    }
    if (dictionary->entry_bytes == 0) {
        WEIR_TRY(find_entries(dictionary, page->values, page->page_bytes, error));
    }
    dictionary->entries = page->values;
    dictionary->present = true;
    return WEIR_OK;
}
