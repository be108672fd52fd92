#include "parquet/decoder.h"

#include "parquet/convert.h"
#include "parquet/decoder_inner.h"
#include "parquet/schema.h"

#include "base/banned.h"

static void take_cursors(struct weir_space *space, const struct weir_needs *needs,
                         struct weir_decoder *decoder) {
    uint64_t count = needs->cursors;
    uint64_t area = 0;
    uint64_t slice = 0;
    WEIR_ASSERT(count <= WEIR_CURSORS_MAX);
    weir_body_sizes(needs->codecs, needs->codec_window_bytes, 0, &area, &slice);
    struct weir_cursor *cursors =
        weir_space_take(space, "page cursors", count, sizeof(struct weir_cursor),
                        "other places of a page that is too large to hold");
    uint8_t *inputs = weir_space_take(space, "cursor input", count, WEIR_CURSOR_INPUT_BYTES,
                                      "compressed bytes of each of them");
    uint8_t *areas =
        weir_space_take(space, "cursor codec area", count, area, "a decompressor for each of them");
    uint8_t *slices =
        weir_space_take(space, "cursor output", count, slice, "decompressed bytes of each of them");
    decoder->cursors = cursors;
    decoder->cursors_count = needs->cursors;
    for (uint64_t i = 0; i < count && !space->overflow && cursors != NULL; i++) {
        memset(&cursors[i], 0, sizeof cursors[i]);
        cursors[i].window.buffer = inputs + i * WEIR_CURSOR_INPUT_BYTES;
        cursors[i].memory = (struct weir_body_memory){.area = areas + i * area,
                                                      .area_bytes = area,
                                                      .slice = slices + i * slice,
                                                      .slice_bytes = slice,
                                                      .window_bytes = needs->codec_window_bytes};
    }
}

bool weir_decoder_take(struct weir_space *space, const struct weir_needs *needs,
                       struct weir_decoder *decoder) {
    struct weir_decoder taken;
    memset(&taken, 0, sizeof taken);
    bool delta_bytes = (needs->encodings >> WEIR_ENCODING_DELTA_BYTE_ARRAY & 1) != 0;
    bool lengths = delta_bytes || (needs->encodings >> WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY & 1);
    uint64_t value_room = weir_max_u64(WEIR_DECODER_VALUE_BYTES, needs->codec_window_bytes);
    taken.views = weir_space_take(space, "byte array views", WEIR_DECODER_VIEWS,
                                  sizeof(struct weir_view), "where the byte arrays of a slice lie");
    taken.raw = weir_space_take(space, "stored values", 1, WEIR_DECODER_BLOCK_BYTES,
                                "a block of values put together from their page");
    taken.block = weir_space_take(space, "converted values", 1, WEIR_DECODER_BLOCK_BYTES,
                                  "the same as numbers");
    taken.lengths = weir_space_take(space, "byte array lengths", lengths ? 2 : 0,
                                    WEIR_DECODER_VIEWS * sizeof(uint32_t),
                                    "lengths and common prefixes that are stored apart");
    taken.value = weir_space_take(space, "previous value", delta_bytes ? 1 : 0, value_room,
                                  "the byte array that the next one shares its beginning with");
    taken.value_room = delta_bytes ? value_room : 0;
    take_cursors(space, needs, &taken);
    if (taken.views == NULL || space->overflow) {
        return false;
    }
    taken.lengths = lengths ? taken.lengths : NULL;
    taken.prefixes = lengths ? taken.lengths + WEIR_DECODER_VIEWS : NULL;
    *decoder = taken;
    return true;
}

void weir_decoder_init(struct weir_decoder *decoder, enum weir_isa isa, struct weir_error *error) {
    decoder->error = error;
    decoder->delta_kernels = weir_delta_choose(isa);
    decoder->split_kernels = weir_split_choose(isa);
    for (uint32_t i = 0; i < decoder->cursors_count; i++) {
        struct weir_window *window = &decoder->cursors[i].window;
        weir_window_init(window, window->buffer, WEIR_CURSOR_INPUT_BYTES, error);
    }
}

void weir_decoder_column(struct weir_decoder *decoder, const struct weir_type *type, bool stored) {
    decoder->conversion = weir_conversion_of(type);
    decoder->kind = weir_type_kind(type);
    if (stored && decoder->conversion != WEIR_CONVERT_NONE) {
        decoder->conversion = WEIR_CONVERT_NONE;
        decoder->kind = WEIR_KIND_BYTES;
    }
    decoder->width = weir_kind_width(decoder->kind);
    switch (type->physical) {
    case WEIR_INT96: decoder->stored_bytes = 12; break;
    case WEIR_FIXED_LEN_BYTE_ARRAY: decoder->stored_bytes = (uint32_t)type->length_bytes; break;
    case WEIR_BYTE_ARRAY: decoder->stored_bytes = 0; break;
    default: decoder->stored_bytes = decoder->width; break;
    }
}

const char *weir_encoding_refused(uint32_t encoding, enum weir_physical physical) {
    bool bytes = physical == WEIR_BYTE_ARRAY;
    bool fixed = physical == WEIR_FIXED_LEN_BYTE_ARRAY;
    bool integer = physical == WEIR_INT32 || physical == WEIR_INT64;
    bool real = physical == WEIR_FLOAT || physical == WEIR_DOUBLE;
    switch (encoding) {
    case WEIR_ENCODING_PLAIN:
    case WEIR_ENCODING_PLAIN_DICTIONARY: /* old writers list it for BOOLEAN, too, and use it not */
    case WEIR_ENCODING_RLE_DICTIONARY: return NULL;
    case WEIR_ENCODING_RLE:
        return physical == WEIR_BOOLEAN ? NULL : "encoding RLE for values other than BOOLEAN";
    case WEIR_ENCODING_BIT_PACKED: return "encoding BIT_PACKED for values";
    case WEIR_ENCODING_DELTA_BINARY_PACKED:
        return integer ? NULL : "encoding DELTA_BINARY_PACKED for values other than integers";
    case WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        return bytes ? NULL : "encoding DELTA_LENGTH_BYTE_ARRAY for values other than BYTE_ARRAY";
    case WEIR_ENCODING_DELTA_BYTE_ARRAY:
        return bytes || fixed ? NULL
                              : "encoding DELTA_BYTE_ARRAY for values other than byte arrays";
    case WEIR_ENCODING_BYTE_STREAM_SPLIT:
        return integer || real || fixed
                   ? NULL
                   : "encoding BYTE_STREAM_SPLIT for values of this physical type";
    case WEIR_ENCODING_ALP: return "encoding ALP";
    default: return "an encoding that this build does not know";
    }
}

enum weir_status weir_decoder_short(struct weir_decoder *decoder, enum weir_status status) {
    return status == WEIR_END
               ? weir_fail(decoder->error, WEIR_E_CORRUPT, "a page ends before its values")
               : status;
}

enum weir_status weir_cursor_open(struct weir_decoder *decoder, uint32_t index, uint64_t skip) {
    const struct weir_place *place = &decoder->place;
    WEIR_ASSERT(index < decoder->cursors_count && place->source != NULL);
    struct weir_cursor *cursor = &decoder->cursors[index];
    weir_window_forget(&cursor->window);
    weir_window_seek(&cursor->window, place->source, place->body_offset,
                     place->body_offset + place->raw_bytes);
    WEIR_TRY(weir_body_open(&cursor->body, &cursor->window, place->codec, place->raw_bytes,
                            place->page_bytes, &cursor->memory, NULL, decoder->error));
    return weir_body_skip(&cursor->body, place->values_at + skip);
}

enum weir_status weir_decoder_too_large(struct weir_decoder *decoder) {
    /* All of the page: a body that was told to hold it decodes it with the levels in front. */
    return weir_fail_numbers(decoder->error, WEIR_E_LIMIT,
                             "a page whose encoding needs it whole is larger than planned",
                             decoder->place.page_bytes, decoder->body->memory->area_bytes);
}

/* Holds the page where that is wanted and possible. */
static enum weir_status hold(struct weir_decoder *decoder) {
    decoder->held = false;
    if ((WEIR_ENCODINGS_SIDE_BY_SIDE >> decoder->encoding & 1) == 0) {
        return WEIR_OK;
    }
    enum weir_status status = weir_body_hold(decoder->body);
    decoder->held = status == WEIR_OK;
    return status < 0 ? status : WEIR_OK;
}

/* Whether there is memory for the encoding: the plan goes by what the footers list. */
static bool is_planned(const struct weir_decoder *decoder, uint32_t encoding) {
    return encoding == WEIR_ENCODING_DELTA_BYTE_ARRAY          ? decoder->value_room > 0
           : encoding == WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY ? decoder->lengths != NULL
                                                               : true;
}

enum weir_status weir_decoder_open(struct weir_decoder *decoder, struct weir_body *body,
                                   const struct weir_place *place, uint32_t encoding,
                                   uint64_t values) {
    decoder->body = body;
    decoder->encoding = encoding;
    decoder->left = values;
    decoder->piece_length = 0;
    decoder->piece_offset = 0;
    decoder->lengths_at = 0;
    decoder->lengths_held = 0;
    decoder->prefixes_at = 0;
    decoder->prefixes_held = 0;
    decoder->value_bytes = 0;
    decoder->block_at = 0;
    decoder->block_held = 0;
    memset(&decoder->place, 0, sizeof decoder->place);
    if (place != NULL) {
        decoder->place = *place;
    }
    if (values == 0 || encoding == WEIR_ENCODING_PLAIN) {
        return WEIR_OK;
    }
    WEIR_ASSERT(place != NULL);
    if (!is_planned(decoder, encoding)) {
        return weir_fail(decoder->error, WEIR_E_CORRUPT,
                         "a page's encoding is not among those that its column chunk lists");
    }
    WEIR_TRY(hold(decoder));
    switch (encoding) {
    case WEIR_ENCODING_DELTA_BINARY_PACKED:
        return weir_delta_open(&decoder->delta, body, decoder->width * 8, values,
                               decoder->delta_kernels, decoder->error);
    case WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY: return weir_delta_length_open(decoder);
    case WEIR_ENCODING_DELTA_BYTE_ARRAY: return weir_delta_bytes_open(decoder);
    case WEIR_ENCODING_BYTE_STREAM_SPLIT: return weir_stream_split_open(decoder);
    default:
        return weir_fail(decoder->error, WEIR_E_UNSUPPORTED,
                         "an encoding that this build does not know");
    }
}

/* Stored values, in the form that the encoding gives. */
static enum weir_status next_stored(struct weir_decoder *decoder, uint64_t most,
                                    struct weir_event *event) {
    switch (decoder->encoding) {
    case WEIR_ENCODING_DELTA_BINARY_PACKED: return weir_delta_integers_next(decoder, most, event);
    case WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY: return weir_delta_length_next(decoder, most, event);
    case WEIR_ENCODING_DELTA_BYTE_ARRAY: return weir_delta_bytes_next(decoder, most, event);
    case WEIR_ENCODING_BYTE_STREAM_SPLIT: return weir_stream_split_next(decoder, most, event);
    default: return weir_plain_next(decoder, most, event);
    }
}

/* Views of stored values of one length that lie one behind the other. */
static void view_fixed(struct weir_decoder *decoder, struct weir_event *event) {
    const uint8_t *at = event->values;
    WEIR_ASSERT(event->count <= WEIR_DECODER_VIEWS);
    for (uint64_t i = 0; i < event->count; i++) {
        decoder->views[i].data = at + i * decoder->stored_bytes;
        decoder->views[i].length = decoder->stored_bytes;
    }
    event->kind = WEIR_EVENT_VIEWS;
    event->views = decoder->views;
}

static enum weir_status convert(struct weir_decoder *decoder, struct weir_event *event) {
    if (event->kind == WEIR_EVENT_PIECE) {
        return weir_fail_numbers(decoder->error, WEIR_E_UNSUPPORTED,
                                 "a decimal of thousands of bytes", event->piece_length,
                                 WEIR_VIEW_BYTES_MAX);
    }
    WEIR_ASSERT(event->count * decoder->width <= WEIR_DECODER_BLOCK_BYTES);
    if (event->kind == WEIR_EVENT_FIXED) {
        WEIR_TRY(weir_convert_fixed(decoder->conversion, decoder->kind, event->values,
                                    decoder->stored_bytes, event->count, decoder->block,
                                    decoder->error));
    } else {
        WEIR_TRY(weir_convert_views(decoder->conversion, decoder->kind, event->views, event->count,
                                    decoder->block, decoder->error));
    }
    event->kind = WEIR_EVENT_FIXED;
    event->values = decoder->block;
    return WEIR_OK;
}

enum weir_status weir_decoder_next(struct weir_decoder *decoder, uint64_t most,
                                   struct weir_event *event) {
    WEIR_ASSERT(decoder->left > 0 && most > 0);
    most = weir_min_u64(most, decoder->left);
    if (decoder->conversion != WEIR_CONVERT_NONE) {
        most = weir_min_u64(most, WEIR_DECODER_BLOCK_BYTES / 16);
        WEIR_TRY(next_stored(decoder, most, event));
        return convert(decoder, event);
    }
    if (decoder->width > 0) {
        return next_stored(decoder, most, event);
    }
    WEIR_TRY(next_stored(decoder, weir_min_u64(most, WEIR_DECODER_VIEWS), event));
    if (event->kind == WEIR_EVENT_FIXED) {
        view_fixed(decoder, event);
    }
    return WEIR_OK;
}

enum weir_status weir_decoder_skip(struct weir_decoder *decoder, uint64_t count) {
    WEIR_ASSERT(decoder->encoding == WEIR_ENCODING_PLAIN);
    return weir_plain_skip(decoder, count);
}
