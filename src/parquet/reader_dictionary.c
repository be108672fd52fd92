#include "parquet/counting.h"
#include "parquet/reader_inner.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Writers fall back from dictionary to PLAIN pages in the middle of a chunk: both kinds are met
 *   in one chunk, and the dictionary's entries are handed out last.
 * - Counters have 32 bits. A chunk with more indices than that is cut into segments, each with a
 *   dictionary pass of its own.
 */

/* Counting passes over one segment, and bytes of dictionary that all passes of a chunk decode: each
 * starts at the dictionary's first entry, so a hostile file could ask for hours with a few
 * kilobytes. Enough for 67 million entries of 8 bytes. */
#define PASSES_MAX 256u
#define PASSES_BYTES_MAX (UINT64_C(1) << 37)

static enum weir_status corrupt(struct weir_reader *reader, const char *message) {
    return weir_fail(reader->error, WEIR_E_CORRUPT, message);
}

void weir_reader_clear_slices(struct weir_reader *reader) {
    uint64_t slices = (uint64_t)reader->dictionary.page.values / WEIR_COUNTERS + 1;
    memset(reader->slices, 0, (size_t)((slices + 7) / 8));
}

enum weir_status weir_reader_note_dictionary(struct weir_reader *reader) {
    const struct weir_page *page = &reader->page;
    if (reader->dictionary.present || reader->saw_data) {
        return corrupt(reader, "a dictionary page that is not the first page of its column chunk");
    }
    if (page->encoding != WEIR_ENCODING_PLAIN && page->encoding != WEIR_ENCODING_PLAIN_DICTIONARY) {
        return weir_fail(reader->error, WEIR_E_UNSUPPORTED, "a dictionary page that is not PLAIN");
    }
    uint64_t entry_bytes =
        reader->decoder.stored_bytes > 0 ? reader->decoder.stored_bytes : sizeof(uint32_t);
    if (reader->kind == WEIR_KIND_BOOL || page->values * entry_bytes > page->page_bytes) {
        return corrupt(reader, "a dictionary page is too small for its entries");
    }
    reader->dictionary.present = true;
    reader->dictionary.page = *page;
    reader->dictionary.ordinal = reader->page_current;
    reader->dictionary.page_offset = reader->page_offset;
    reader->dictionary.body_offset = weir_window_offset(&reader->window);
    weir_window_skip(&reader->window, page->raw_bytes);
    return WEIR_OK;
}

/* After the dictionary: another slice of it, another segment, or the end. */
static enum weir_status end_dictionary(struct weir_reader *reader) {
    uint64_t entries = reader->dictionary.page.values;
    reader->counters_clear = false;
    uint64_t next = reader->dictionary.used ? weir_counting_next_slice(reader) : entries;
    if (next < entries) {
        reader->segment_passes++;
        if (reader->segment_passes > PASSES_MAX) {
            return weir_fail_numbers(reader->error, WEIR_E_UNSUPPORTED,
                                     "a dictionary takes more counting passes than are made",
                                     reader->segment_passes, PASSES_MAX);
        }
        reader->slice_low = next;
        reader->values_left = reader->segment_values_left;
        reader->page_ordinal = reader->segment_page;
        reader->counts.passes_more++;
        weir_counting_clear(reader);
        weir_window_seek(&reader->window, reader->source, reader->segment_offset,
                         reader->chunk.limit_offset);
        reader->phase = PHASE_PAGES;
        return WEIR_OK;
    }
    reader->values_left = reader->segment_end_values_left;
    reader->phase = reader->page_pending ? PHASE_PAGE_END : PHASE_PAGES;
    if (reader->values_left == 0) {
        reader->phase = reader->page_pending ? PHASE_PAGE_END : PHASE_COMPLETE;
        return WEIR_OK;
    }
    reader->slice_low = 0;
    reader->segment_offset = reader->segment_end;
    reader->segment_page = reader->segment_end_page;
    reader->page_ordinal = reader->segment_end_page;
    reader->segment_values_left = reader->values_left;
    reader->segment_counted = 0;
    reader->segment_passes = 0;
    weir_reader_clear_slices(reader);
    reader->dictionary.used = false;
    weir_window_seek(&reader->window, reader->source, reader->segment_offset,
                     reader->chunk.limit_offset);
    return WEIR_OK;
}

enum weir_status weir_reader_open_dictionary(struct weir_reader *reader) {
    struct weir_dictionary *dictionary = &reader->dictionary;
    bool check_only = !dictionary->used && dictionary->present && !dictionary->checked;
    if (!dictionary->present || (!dictionary->used && !check_only)) {
        return end_dictionary(reader);
    }
    reader->page = dictionary->page;
    reader->page_current = dictionary->ordinal;
    reader->page_offset = dictionary->page_offset;
    reader->crc = 0;
    weir_window_seek(&reader->window, reader->source, dictionary->body_offset,
                     reader->chunk.limit_offset);
    reader->phase = PHASE_DICTIONARY;
    if (check_only) {
        /* Never referred to, so never decoded; its checksum is looked at all the same. */
        reader->page_left = 0;
        return weir_reader_body(reader, WEIR_CODEC_UNCOMPRESSED, reader->page.raw_bytes,
                                reader->page.raw_bytes);
    }
    dictionary->decoded_bytes += reader->page.page_bytes;
    if (dictionary->decoded_bytes > PASSES_BYTES_MAX) {
        return weir_fail_numbers(reader->error, WEIR_E_UNSUPPORTED,
                                 "a dictionary is decoded more often than is allowed",
                                 dictionary->decoded_bytes, PASSES_BYTES_MAX);
    }
    weir_counting_join(reader);
    WEIR_TRY(weir_reader_body(reader, reader->chunk.codec, reader->page.raw_bytes,
                              reader->page.page_bytes));
    WEIR_TRY(weir_decoder_open(&reader->decoder, &reader->body, NULL, WEIR_ENCODING_PLAIN,
                               dictionary->page.values));
    WEIR_TRY(weir_decoder_skip(&reader->decoder, reader->slice_low));
    reader->page_left = reader->decoder.left;
    return WEIR_OK;
}

static enum weir_status close_dictionary(struct weir_reader *reader) {
    bool first = !reader->dictionary.checked;
    reader->dictionary.checked = true;
    if (reader->page_left == 0 && reader->dictionary.used && weir_body_left(&reader->body) > 0) {
        return corrupt(reader, "a dictionary page holds more bytes than its entries");
    }
    uint64_t low = reader->slice_low;
    reader->slice_low = first ? 0 : 1; /* close_page counts the page the first time only */
    enum weir_status status = weir_reader_close_page(reader);
    reader->slice_low = low;
    WEIR_TRY(status);
    return end_dictionary(reader);
}

enum weir_status weir_reader_step_dictionary(struct weir_reader *reader, struct weir_event *event,
                                             bool *ready) {
    uint64_t slice_end = reader->slice_low + reader->slice_span;
    uint64_t entry = reader->dictionary.page.values - reader->page_left;
    if (reader->page_left == 0 || entry == slice_end) {
        return close_dictionary(reader);
    }
    WEIR_ASSERT(entry >= reader->slice_low && entry < slice_end);
    event->weights = reader->counters + (entry - reader->slice_low);
    WEIR_TRY(weir_decoder_next(&reader->decoder, slice_end - entry, event));
    reader->page_left = reader->decoder.left;
    *ready = true;
    return WEIR_OK;
}
