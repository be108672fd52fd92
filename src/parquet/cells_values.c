#include "parquet/cells_inner.h"

#include "base/bits.h"

#include "base/banned.h"

/*
 * Format notes.
 * - RLE booleans have their length in four bytes in front, in V1 and V2 pages.
 * - Dictionary indices begin with their width in one byte. Width 0 is legal: every value is the
 *   first entry, with or without runs behind.
 * - A page without values need not hold any of this.
 */

static enum weir_status corrupt(struct weir_cells *cells, const char *message) {
    return weir_fail(cells->error, WEIR_E_CORRUPT, message);
}

/* Starts the runs that indices or RLE booleans are taken from. */
static enum weir_status open_runs(struct weir_cells *cells, bool booleans) {
    struct weir_body *body = &cells->body;
    enum weir_status status = weir_body_need(body, booleans ? 4 : 1);
    if (status != WEIR_OK) {
        return weir_cells_short(cells, status);
    }
    uint32_t width = booleans ? 1 : *body->at;
    uint64_t bytes = booleans ? weir_load_u32(body->at) : weir_body_left(body) - 1;
    body->at += booleans ? 4 : 1;
    if (width > 32 || bytes > weir_body_left(body)) {
        return corrupt(cells, "dictionary indices or booleans without a legal width or length");
    }
    if (width == 0) {
        weir_sequence_constant(&cells->numbers, 0, cells->page_values);
        return cells->dictionary.entries > 0
                   ? WEIR_OK
                   : corrupt(cells, "dictionary indices without dictionary entries");
    }
    weir_runs_init(&cells->numbers.runs, body, bytes, width, cells->page_values, cells->error);
    weir_sequence_runs(&cells->numbers);
    return WEIR_OK;
}

enum weir_status weir_cells_open_values(struct weir_cells *cells, const struct weir_place *place) {
    uint32_t encoding = cells->page.encoding;
    bool boolean = cells->type.physical == WEIR_BOOLEAN;
    bool indices =
        encoding == WEIR_ENCODING_PLAIN_DICTIONARY || encoding == WEIR_ENCODING_RLE_DICTIONARY;
    cells->taken = 0;
    cells->bit = 0;
    cells->event_at = 0;
    cells->event.count = 0;
    if (cells->page_values == 0) {
        cells->values_from = WEIR_CELLS_NONE;
        return WEIR_OK;
    }
    if (indices && !cells->dictionary.present) {
        return corrupt(cells, "a dictionary-encoded page without a dictionary page");
    }
    if (indices) {
        cells->values_from = WEIR_CELLS_INDICES;
        return open_runs(cells, false);
    }
    if (boolean) {
        cells->values_from = encoding == WEIR_ENCODING_PLAIN ? WEIR_CELLS_BITS : WEIR_CELLS_BOOLS;
        return encoding == WEIR_ENCODING_PLAIN ? WEIR_OK : open_runs(cells, true);
    }
    cells->values_from = WEIR_CELLS_DECODER;
    return weir_decoder_open(&cells->decoder, &cells->body, place, encoding, cells->page_values);
}

/* Fills in a value from its stored bytes. */
static void set_value(const struct weir_cells *cells, const uint8_t *from, uint64_t bytes,
                      struct weir_cell *cell) {
    switch (cells->type.physical) {
    case WEIR_INT32:
        cell->bits = weir_load_u32(from);
        if (!cells->type.is_unsigned) {
            cell->bits = (uint64_t)(int64_t)(int32_t)(uint32_t)cell->bits;
        }
        break;
    case WEIR_FLOAT: cell->bits = weir_load_u32(from); break;
    case WEIR_INT64:
    case WEIR_DOUBLE: cell->bits = weir_load_u64(from); break;
    default:
        cell->data = from;
        cell->data_bytes = bytes;
        break;
    }
}

static enum weir_status next_bit(struct weir_cells *cells, struct weir_cell *cell) {
    struct weir_body *body = &cells->body;
    if (body->at == body->end) {
        enum weir_status status = weir_body_need(body, 1);
        if (status != WEIR_OK) {
            return weir_cells_short(cells, status);
        }
    }
    cell->bits = (uint64_t)*body->at >> cells->bit & 1u;
    cells->bit = (cells->bit + 1) % 8;
    body->at += cells->bit == 0;
    return WEIR_OK;
}

static enum weir_status next_number(struct weir_cells *cells, uint32_t *number_ret) {
    struct weir_sequence *numbers = &cells->numbers;
    if (numbers->left == 0) {
        enum weir_status status = weir_sequence_refill(numbers);
        if (status != WEIR_OK) {
            return weir_cells_short(cells, status);
        }
        if (cells->values_from == WEIR_CELLS_INDICES &&
            numbers->largest >= cells->dictionary.entries) {
            return weir_fail_numbers(cells->error, WEIR_E_CORRUPT,
                                     "a dictionary index lies behind the dictionary's last entry",
                                     cells->dictionary.entries, numbers->largest);
        }
    }
    *number_ret = weir_sequence_take(numbers);
    return WEIR_OK;
}

/* The decoder's next event. */
static enum weir_status next_event(struct weir_cells *cells) {
    memset(&cells->event, 0, sizeof cells->event);
    cells->event_at = 0;
    WEIR_TRY(weir_decoder_next(&cells->decoder, cells->page_values - cells->taken, &cells->event));
    WEIR_ASSERT(cells->event.count > 0 || cells->event.kind == WEIR_EVENT_PIECE);
    return WEIR_OK;
}

/* Puts a long byte array together from the piece at hand and those behind it. */
static enum weir_status join_pieces(struct weir_cells *cells, struct weir_cell *cell) {
    const struct weir_event *event = &cells->event;
    uint64_t length = event->piece_length;
    uint64_t held = 0;
    cell->data_bytes = length;
    if (event->piece_bytes == length) {
        cell->data = event->values;
        return WEIR_OK;
    }
    if (length > cells->value_room) {
        return weir_fail_numbers(cells->error, WEIR_E_LIMIT,
                                 "a byte array is longer than a row's value buffer", length,
                                 cells->value_room);
    }
    for (;;) {
        WEIR_ASSERT(event->kind == WEIR_EVENT_PIECE && event->piece_offset == held);
        WEIR_ASSERT(event->piece_bytes <= length - held);
        memcpy(cells->value + held, event->values, (size_t)event->piece_bytes);
        held += event->piece_bytes;
        if (held == length) {
            break;
        }
        WEIR_TRY(next_event(cells));
    }
    cell->data = cells->value;
    return WEIR_OK;
}

static enum weir_status next_decoded(struct weir_cells *cells, struct weir_cell *cell) {
    const struct weir_event *event = &cells->event;
    if (cells->event_at == event->count) {
        WEIR_TRY(next_event(cells));
    }
    uint64_t i = cells->event_at++;
    if (event->kind == WEIR_EVENT_FIXED) {
        uint32_t width = cells->decoder.width;
        set_value(cells, (const uint8_t *)event->values + (size_t)i * width, width, cell);
    } else if (event->kind == WEIR_EVENT_VIEWS) {
        set_value(cells, event->views[i].data, event->views[i].length, cell);
    } else {
        WEIR_TRY(join_pieces(cells, cell));
        cells->event_at = event->count;
    }
    return WEIR_OK;
}

enum weir_status weir_cells_value(struct weir_cells *cells, struct weir_cell *cell) {
    uint32_t number = 0;
    if (cells->taken == cells->page_values) {
        /* The levels were counted before: the file has other bytes now. */
        return weir_fail(cells->error, WEIR_E_CHANGED, "a page is not what it was a moment ago");
    }
    switch (cells->values_from) {
    case WEIR_CELLS_BITS: WEIR_TRY(next_bit(cells, cell)); break;
    case WEIR_CELLS_BOOLS:
        WEIR_TRY(next_number(cells, &number));
        cell->bits = number;
        break;
    case WEIR_CELLS_INDICES: {
        WEIR_TRY(next_number(cells, &number));
        struct weir_view entry = weir_dictionary_held_entry(&cells->dictionary, number);
        set_value(cells, entry.data, entry.length, cell);
        break;
    }
    default: WEIR_TRY(next_decoded(cells, cell)); break;
    }
    cells->taken++;
    return WEIR_OK;
}
