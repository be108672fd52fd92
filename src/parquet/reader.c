#include "parquet/reader.h"

#include "base/bits.h"
#include "parquet/counting.h"
#include "parquet/reader_inner.h"
#include "parquet/schema.h"

#include "base/banned.h"

/*
 * Format notes.
 * - A chunk is at most one dictionary page and then data pages; index pages are skipped. Page
 *   types are trusted, offsets in the footer only say where the first page starts.
 * - A chunk ends when its pages have covered num_values values, wherever its bytes end.
 */

struct weir_reader *weir_reader_take(struct weir_space *space, const struct weir_needs *needs) {
    uint64_t area = 0;
    uint64_t slice = 0;
    weir_body_sizes(needs->codecs, needs->codec_window_bytes, needs->held_page_bytes, &area,
                    &slice);
    struct weir_reader *reader =
        weir_space_take(space, "column reader", 1, sizeof(struct weir_reader),
                        "where a lane stands in a column chunk");
    uint8_t *input = weir_space_take(space, "input slice", 1, WEIR_INPUT_SLICE_BYTES,
                                     "compressed bytes of the page being read");
    uint8_t *codec_area = weir_space_take(
        space, "codec area", 1, area, "window and state of the decompressor; whole small pages");
    uint8_t *output = weir_space_take(space, "output slice", 1, slice,
                                      "decompressed bytes of a page that is streamed");
    uint32_t *counters = weir_space_take(space, "dictionary counters", WEIR_COUNTERS,
                                         sizeof(uint32_t), "how often each entry occurs");
    uint32_t *indices = weir_space_take(space, "unpacked indices", WEIR_RUN_PACKED_MAX + 16,
                                        sizeof(uint32_t), "one bit-packed run, unpacked");
    struct weir_decoder decoder;
    bool taken = weir_decoder_take(space, needs, &decoder);
    if (reader == NULL || !taken) {
        return NULL;
    }
    memset(reader, 0, sizeof *reader);
    reader->window.buffer = input;
    reader->memory.area = codec_area;
    reader->memory.area_bytes = area;
    reader->memory.slice = output;
    reader->memory.slice_bytes = slice;
    reader->memory.window_bytes = needs->codec_window_bytes;
    reader->counters = counters;
    reader->indices = indices;
    reader->decoder = decoder;
    return reader;
}

void weir_reader_init(struct weir_reader *reader, enum weir_isa isa, struct weir_error *error) {
    WEIR_ASSERT(reader != NULL && error != NULL);
    reader->error = error;
    reader->kernels = weir_unpack_choose(isa);
    reader->level_reader = (struct weir_level_reader){
        .error = error, .kernels = reader->kernels, .unpacked = reader->indices};
    weir_window_init(&reader->window, reader->window.buffer, WEIR_INPUT_SLICE_BYTES, error);
    weir_decoder_init(&reader->decoder, isa, error);
}

static enum weir_status corrupt(struct weir_reader *reader, const char *message) {
    return weir_fail(reader->error, WEIR_E_CORRUPT, message);
}

enum weir_status weir_reader_open(struct weir_reader *reader, const struct weir_source *source,
                                  const struct weir_chunk *chunk, const struct weir_leaf *leaf) {
    WEIR_ASSERT(leaf->levels != NULL || (leaf->definition_max <= 1 && leaf->repetition_max == 0));
    reader->source = source;
    reader->chunk = *chunk;
    reader->leaf = *leaf;
    reader->kind = weir_type_kind(&leaf->type);
    memset(&reader->counts, 0, sizeof reader->counts);
    memset(&reader->dictionary, 0, sizeof reader->dictionary);
    memset(reader->slices, 0, sizeof reader->slices);
    reader->phase = chunk->values == 0 ? PHASE_COMPLETE : PHASE_PAGES;
    reader->values_left = chunk->values;
    reader->rows_before = leaf->repetition_max > 0 ? leaf->levels->repetition[0] : 0;
    reader->rows = 0;
    reader->saw_data = false;
    reader->segment_offset = 0;
    reader->segment_values_left = chunk->values;
    reader->segment_counted = 0;
    reader->segment_end = 0;
    reader->slice_low = 0;
    reader->slice_span = 0;
    reader->counters_clear = false;
    reader->segment_passes = 0;
    reader->segment_page = 0;
    reader->segment_end_page = 0;
    reader->page_ordinal = 0;
    reader->page_current = 0;
    reader->page_offset = chunk->offset;
    reader->page_pending = false;
    weir_decoder_column(&reader->decoder, &leaf->type, false);
    if (chunk->physical != (uint32_t)leaf->type.physical) {
        return corrupt(reader, "a column chunk has another physical type than its schema");
    }
    weir_window_seek(&reader->window, source, chunk->offset, chunk->limit_offset);
    return WEIR_OK;
}

static bool is_dictionary_encoding(uint32_t encoding) {
    return encoding == WEIR_ENCODING_PLAIN_DICTIONARY || encoding == WEIR_ENCODING_RLE_DICTIONARY;
}

enum weir_status weir_reader_body(struct weir_reader *reader, uint32_t codec, uint64_t raw_bytes,
                                  uint64_t page_bytes) {
    return weir_body_open(&reader->body, &reader->window, codec, raw_bytes, page_bytes,
                          &reader->memory, reader->page.has_crc ? &reader->crc : NULL,
                          reader->error);
}

/* Ends the page: exact sizes and checksum. */
enum weir_status weir_reader_close_page(struct weir_reader *reader) {
    WEIR_TRY(weir_body_close(&reader->body));
    if (reader->slice_low > 0) {
        return WEIR_OK; /* counted in the first pass */
    }
    reader->counts.pages++;
    if (!reader->page.has_crc) {
        reader->counts.pages_crc_absent++;
    } else if (reader->crc == reader->page.crc) {
        reader->counts.pages_crc_ok++;
    } else {
        reader->counts.pages_crc_bad++;
        if (reader->page.type != WEIR_PAGE_DICTIONARY) {
            reader->page_end.crc_bad = true;
        }
        if (reader->forgives_crc) {
            return WEIR_OK;
        }
        return weir_fail_numbers(reader->error, WEIR_E_CHECKSUM, "a page's checksum differs",
                                 reader->page.crc, reader->crc);
    }
    return WEIR_OK;
}

/* Ends the segment's current pass. */
static void end_pass(struct weir_reader *reader, uint64_t offset) {
    if (reader->slice_low == 0) {
        reader->segment_end = offset;
        reader->segment_end_page = reader->page_ordinal;
        reader->segment_end_values_left = reader->values_left;
    }
    reader->phase = PHASE_DICTIONARY_OPEN;
}

/* Reads the page's levels and stands before its values. */
static enum weir_status open_values(struct weir_reader *reader) {
    const struct weir_page *page = &reader->page;
    struct weir_place place;
    uint64_t rows = reader->leaf.repetition_max > 0 ? reader->leaf.levels->repetition[0] : 0;
    WEIR_TRY(weir_reader_levels(reader, &place));
    if (reader->slice_low == 0) {
        reader->page_pending = reader->pages_apart;
        reader->page_end = (struct weir_page_end){
            .ordinal = reader->page_current,
            .header_offset = reader->page_offset,
            .header_bytes = reader->body_offset - reader->page_offset,
            .page = *page,
            .values = reader->page_left,
            .rows = reader->leaf.repetition_max > 0 ? reader->leaf.levels->repetition[0] - rows
                                                    : page->values};
    }
    bool apart = reader->kind == WEIR_KIND_BOOL || is_dictionary_encoding(page->encoding);
    return apart ? WEIR_OK
                 : weir_decoder_open(&reader->decoder, &reader->body, &place, page->encoding,
                                     reader->page_left);
}

/* Opens a data page and reads its levels. Sets *skipped for pages that this pass does not need. */
static enum weir_status open_data_page(struct weir_reader *reader, bool *skipped) {
    const struct weir_page *page = &reader->page;
    const char *unsupported =
        weir_encoding_refused(page->encoding, (enum weir_physical)reader->chunk.physical);
    *skipped = false;
    if (unsupported != NULL) {
        return weir_fail(reader->error, WEIR_E_UNSUPPORTED, unsupported);
    }
    if (page->values > reader->values_left) {
        return weir_fail_numbers(reader->error, WEIR_E_CORRUPT,
                                 "the pages of a column chunk hold more values than it has",
                                 reader->values_left, page->values);
    }
    if (!reader->saw_data) {
        reader->segment_offset = reader->page_offset;
        reader->segment_page = reader->page_current;
        reader->saw_data = true;
    }
    bool indices = is_dictionary_encoding(page->encoding);
    if (indices && reader->kind == WEIR_KIND_BOOL) {
        return corrupt(reader, "dictionary-encoded BOOLEAN values");
    }
    if (indices && reader->slice_low == 0 && reader->segment_counted + page->values > UINT32_MAX) {
        weir_window_seek(&reader->window, reader->source, reader->page_offset,
                         reader->chunk.limit_offset);
        reader->page_ordinal = reader->page_current;
        end_pass(reader, reader->page_offset);
        *skipped = true;
        return WEIR_OK;
    }
    reader->values_left -= page->values;
    if (reader->slice_low > 0 && !indices) {
        weir_window_skip(&reader->window, page->raw_bytes);
        *skipped = true;
        return WEIR_OK;
    }
    reader->crc = 0;
    return open_values(reader);
}

/* Goes on to the next page. Sets *ready when an event (its nulls) is to be handed out. */
static enum weir_status step_pages(struct weir_reader *reader, struct weir_event *event,
                                   bool *ready) {
    struct weir_window *window = &reader->window;
    uint64_t offset = weir_window_offset(window);
    bool pass_done = reader->slice_low > 0 && offset >= reader->segment_end;
    if (reader->values_left == 0 || pass_done) {
        end_pass(reader, offset);
        return WEIR_OK;
    }
    reader->page_offset = offset;
    reader->page_current = reader->page_ordinal++;
    if (weir_window_left(window) == 0 && !window->failed) {
        return weir_fail_numbers(reader->error, WEIR_E_CORRUPT,
                                 "a column chunk ends before all its values", reader->chunk.values,
                                 reader->chunk.values - reader->values_left);
    }
    WEIR_TRY(weir_page_read(window, &reader->page, reader->error));
    bool skipped = true;
    switch (reader->page.type) {
    case WEIR_PAGE_DICTIONARY: return weir_reader_note_dictionary(reader);
    case WEIR_PAGE_INDEX: weir_window_skip(window, reader->page.raw_bytes); return WEIR_OK;
    case WEIR_PAGE_DATA:
    case WEIR_PAGE_DATA_V2: WEIR_TRY(open_data_page(reader, &skipped)); break;
    default: return corrupt(reader, "a page of unknown type");
    }
    if (skipped) {
        return WEIR_OK;
    }
    reader->phase = PHASE_VALUES;
    uint64_t nulls = reader->page.values - reader->page_left;
    if (nulls > 0 && reader->slice_low == 0) {
        event->kind = WEIR_EVENT_NULLS;
        event->count = nulls;
        *ready = true;
    }
    return WEIR_OK;
}

/* All booleans of the page at once: two numbers. */
static enum weir_status count_booleans(struct weir_reader *reader, struct weir_event *event) {
    struct weir_body *body = &reader->body;
    uint64_t left = reader->page_left;
    event->kind = WEIR_EVENT_BOOLS;
    event->count = left;
    event->trues = 0;
    reader->page_left = 0;
    if (reader->page.encoding == WEIR_ENCODING_RLE) {
        return weir_reader_count_prefixed(reader, left, &event->trues);
    }
    while (left > 0) {
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return status < 0 ? status : corrupt(reader, "a page ends before its values");
        }
        uint64_t count = weir_min_u64((uint64_t)(body->end - body->at) * 8, left);
        event->trues += weir_count_ones(body->at, count);
        body->at += (count + 7) / 8;
        left -= count;
    }
    return WEIR_OK;
}

static enum weir_status step_values(struct weir_reader *reader, struct weir_event *event,
                                    bool *ready) {
    if (reader->page_left == 0) {
        WEIR_TRY(weir_reader_close_page(reader));
        reader->phase = PHASE_PAGES;
        if (reader->pages_apart && reader->slice_low == 0) {
            end_pass(reader, weir_window_offset(&reader->window));
        }
        return WEIR_OK;
    }
    if (is_dictionary_encoding(reader->page.encoding)) {
        return weir_counting_page(reader);
    }
    *ready = true;
    if (reader->kind == WEIR_KIND_BOOL) {
        return count_booleans(reader, event);
    }
    event->weights = NULL;
    WEIR_TRY(weir_decoder_next(&reader->decoder, reader->page_left, event));
    reader->page_left = reader->decoder.left;
    return WEIR_OK;
}

/* The chunk's pages are all read: its lists end. */
static enum weir_status complete(struct weir_reader *reader) {
    const struct weir_leaf *leaf = &reader->leaf;
    reader->phase = PHASE_END;
    reader->rows = reader->chunk.values;
    if (leaf->repetition_max == 0) {
        return WEIR_OK;
    }
    reader->rows = leaf->levels->repetition[0] - reader->rows_before;
    return weir_levels_chunk_end(leaf->levels, leaf->repetition_max, leaf->definition_of,
                                 reader->error);
}

/* Tells the end of a data page whose values have all been handed out. */
static void step_page_end(struct weir_reader *reader, struct weir_event *event, bool *ready) {
    reader->page_pending = false;
    reader->phase = reader->values_left == 0 ? PHASE_COMPLETE : PHASE_PAGES;
    event->kind = WEIR_EVENT_PAGE_END;
    event->page = &reader->page_end;
    *ready = true;
}

/* Fills in the place of a fresh error. */
static enum weir_status located(struct weir_reader *reader, enum weir_status status) {
    struct weir_error *error = reader->error;
    if (status < 0 && error->row_group == WEIR_NONE32) {
        error->row_group = reader->chunk.row_group;
        error->column = reader->chunk.column;
        error->page = reader->page_current;
        if (error->offset_bytes == WEIR_NONE) {
            error->offset_bytes = reader->page_offset;
        }
    }
    return status;
}

enum weir_status weir_reader_next(struct weir_reader *reader, struct weir_event *event_ret) {
    WEIR_ASSERT(reader->error != NULL && event_ret != NULL);
    bool ready = false;
    enum weir_status status = WEIR_OK;
    memset(event_ret, 0, sizeof *event_ret);
    while (!ready && status == WEIR_OK) {
        switch (reader->phase) {
        case PHASE_PAGES: status = step_pages(reader, event_ret, &ready); break;
        case PHASE_VALUES: status = step_values(reader, event_ret, &ready); break;
        case PHASE_DICTIONARY_OPEN: status = weir_reader_open_dictionary(reader); break;
        case PHASE_DICTIONARY:
            status = weir_reader_step_dictionary(reader, event_ret, &ready);
            break;
        case PHASE_PAGE_END: step_page_end(reader, event_ret, &ready); break;
        case PHASE_COMPLETE: status = complete(reader); break;
        default: return WEIR_END;
        }
    }
    return located(reader, status);
}
