#include "parquet/footer_inner.h"

#include "base/banned.h"

/*
 * Format notes.
 * - dictionary_page_offset may be absent, 0 or wrong, and data_page_offset may point at the
 *   dictionary page: pages are read from the smaller offset on and told apart by their headers.
 * - parquet-mr up to 1.2.8 gives a total_compressed_size without the dictionary page's header;
 *   readers allow for 100 bytes more (PARQUET-816).
 * - A writer's chunks look alike: same fields, same lengths. They are passed over and read by their
 *   layout (thrift_layout.h); the parser decides everything that has not been seen before.
 */

#define CHUNK_SLACK_BYTES 100u

/* So much is held where a chunk begins, so that few of them are cut by the window's end. */
#define CHUNK_AHEAD_BYTES 512u

/* Offsets of a chunk before they are put together. */
struct chunk_offsets {
    uint64_t data;
    uint64_t dictionary;
    bool has_data;
};

/* A chunk being parsed. */
struct parse {
    struct weir_footer *footer;
    struct weir_chunk *chunk;
    struct chunk_offsets *offsets;
    const uint8_t *begin;             /* of the chunk, in the window */
    struct weir_chunk_places *places; /* to be noted, or NULL */
};

static uint32_t read_encodings(struct weir_thrift *thrift, uint32_t type) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    uint32_t set = 0;
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        int32_t encoding = weir_thrift_i32(thrift, list.type);
        if (encoding >= 0 && encoding < 32) {
            set |= 1u << (uint32_t)encoding;
        }
    }
    return set;
}

/* Ids only ascend in a struct that has a layout, so no value occurs twice. */
static void note(struct parse *parse, enum weir_chunk_place place, const uint8_t *at) {
    if (parse->places != NULL) {
        parse->places->at[place] = (uint8_t)(at - parse->begin);
    }
}

/* Fields that are not needed to read the chunk. */
static void read_other(struct parse *parse, const struct weir_thrift_field *field) {
    struct weir_footer *footer = parse->footer;
    struct weir_thrift *thrift = &footer->thrift;
    if (footer->claims != NULL) {
        weir_claims_metadata_field(&footer->claims->chunk, thrift, field);
    } else if (field->id == 12 && footer->wants_null_counts) {
        const uint8_t *place = NULL;
        parse->chunk->null_count = weir_statistics_null_count(thrift, field->type, &place);
        if (place != NULL) {
            note(parse, WEIR_PLACE_NULL_COUNT, place);
        }
    } else {
        weir_thrift_skip(thrift, field->type);
    }
}

static void read_metadata(struct parse *parse) {
    struct weir_footer *footer = parse->footer;
    struct weir_thrift *thrift = &footer->thrift;
    struct weir_chunk *chunk = parse->chunk;
    struct chunk_offsets *offsets = parse->offsets;
    struct weir_thrift_field field;
    while (weir_thrift_next(thrift, &field)) {
        const uint8_t *at = footer->window.at;
        switch (field.id) {
        case 1:
            note(parse, WEIR_PLACE_TYPE, at);
            chunk->physical = (uint32_t)weir_thrift_i32(thrift, field.type);
            break;
        case 2:
            note(parse, WEIR_PLACE_ENCODINGS, at);
            chunk->encodings = read_encodings(thrift, field.type);
            break;
        case 4:
            note(parse, WEIR_PLACE_CODEC, at);
            chunk->codec = (uint32_t)weir_thrift_i32(thrift, field.type);
            break;
        case 5:
            note(parse, WEIR_PLACE_VALUES, at);
            chunk->values =
                weir_footer_size(footer, field.type, "negative values of a column chunk");
            break;
        case 6:
            note(parse, WEIR_PLACE_UNCOMPRESSED, at);
            chunk->uncompressed_bytes =
                weir_footer_size(footer, field.type, "negative size of a column chunk");
            break;
        case 7:
            note(parse, WEIR_PLACE_COMPRESSED, at);
            chunk->compressed_bytes =
                weir_footer_size(footer, field.type, "negative size of a column chunk");
            break;
        case 9:
            note(parse, WEIR_PLACE_DATA, at);
            offsets->data = weir_footer_size(footer, field.type, "negative offset of a data page");
            offsets->has_data = true;
            break;
        case 11: {
            note(parse, WEIR_PLACE_DICTIONARY, at);
            int64_t offset = weir_thrift_i64(thrift, field.type);
            offsets->dictionary = offset > 0 ? (uint64_t)offset : 0;
            break;
        }
        default: read_other(parse, &field); break;
        }
    }
    if (footer->claims != NULL) {
        chunk->null_count = footer->claims->chunk.statistics.null_count;
        footer->claims->chunk.data_page_offset =
            (struct weir_stated){offsets->has_data, (int64_t)offsets->data};
        footer->claims->chunk.dictionary_page_offset =
            (struct weir_stated){offsets->dictionary > 0, (int64_t)offsets->dictionary};
    }
}

/* Parses a chunk field by field. */
static void read_fields(struct parse *parse) {
    struct weir_footer *footer = parse->footer;
    struct weir_thrift *thrift = &footer->thrift;
    struct weir_chunk *chunk = parse->chunk;
    struct weir_thrift_field field;
    *chunk = (struct weir_chunk){.row_group = chunk->row_group, .column = chunk->column};
    weir_thrift_enter(thrift);
    while (weir_thrift_next(thrift, &field)) {
        if (field.id == 1) {
            uint64_t bytes = weir_thrift_binary(thrift, field.type);
            weir_window_skip(&footer->window, bytes);
            chunk->elsewhere = bytes > 0;
        } else if (field.id == 3) {
            if (weir_thrift_struct(thrift, field.type)) {
                chunk->has_metadata = true;
                read_metadata(parse);
            }
        } else if (footer->claims != NULL && field.id != 8) {
            weir_claims_chunk_field(&footer->claims->chunk, thrift, &field);
        } else {
            chunk->encrypted = chunk->encrypted || field.id == 8;
            weir_thrift_skip(thrift, field.type);
        }
    }
}

/* The number at a place of a layout: its deciding bits say that it ends within nine bytes. */
static int64_t number_at(const uint8_t *at) {
    uint64_t value = *at & 0x7f;
    for (uint32_t shift = 7; *at++ >= 0x80; shift += 7) {
        value |= (uint64_t)(*at & 0x7f) << shift;
    }
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static bool fits_i32(int64_t value) {
    return value >= INT32_MIN && value <= INT32_MAX;
}

static bool encodings_at(const uint8_t *at, uint32_t *set_ret) {
    uint32_t count = *at++ >> 4;
    for (uint32_t i = 0; i < count; i++) {
        int64_t encoding = number_at(at);
        if (!fits_i32(encoding)) {
            return false;
        }
        *set_ret |= encoding >= 0 && encoding < 32 ? 1u << (uint32_t)encoding : 0;
        while (*at++ >= 0x80) {
        }
    }
    return true;
}

/* Reads the values of a chunk in their places. False where the parser would refuse one. */
static bool read_in_place(const struct weir_chunk_places *places, const uint8_t *begin,
                          struct weir_chunk *chunk, struct chunk_offsets *offsets) {
    int64_t numbers[WEIR_PLACE_DATA + 1];
    for (uint32_t i = 0; i <= WEIR_PLACE_DATA; i++) {
        numbers[i] = number_at(begin + places->at[i]);
        if (i <= WEIR_PLACE_CODEC ? !fits_i32(numbers[i]) : numbers[i] < 0) {
            return false;
        }
    }
    uint32_t encodings = 0;
    if (!encodings_at(begin + places->at[WEIR_PLACE_ENCODINGS], &encodings)) {
        return false;
    }
    /* Every member but those of place_chunk(), one by one: clearing the struct takes as long as
     * a sixth of the walk. */
    chunk->physical = (uint32_t)numbers[WEIR_PLACE_TYPE];
    chunk->codec = (uint32_t)numbers[WEIR_PLACE_CODEC];
    chunk->encodings = encodings;
    chunk->values = (uint64_t)numbers[WEIR_PLACE_VALUES];
    chunk->compressed_bytes = (uint64_t)numbers[WEIR_PLACE_COMPRESSED];
    chunk->uncompressed_bytes = (uint64_t)numbers[WEIR_PLACE_UNCOMPRESSED];
    chunk->null_count = (struct weir_stated){false, 0};
    chunk->encrypted = false;
    chunk->elsewhere = false;
    chunk->has_metadata = true;
    offsets->data = (uint64_t)numbers[WEIR_PLACE_DATA];
    offsets->has_data = true;
    if (places->at[WEIR_PLACE_DICTIONARY] > 0) {
        /* Some writers store 0 or a negative number for "none". */
        int64_t offset = number_at(begin + places->at[WEIR_PLACE_DICTIONARY]);
        offsets->dictionary = offset > 0 ? (uint64_t)offset : 0;
    }
    if (places->at[WEIR_PLACE_NULL_COUNT] > 0) {
        int64_t nulls = number_at(begin + places->at[WEIR_PLACE_NULL_COUNT]);
        chunk->null_count = (struct weir_stated){true, nulls};
    }
    return true;
}

/* Keeps the places that were noted, unless the chunk is of a kind that only the parser reads. */
static void keep_places(struct parse *parse, uint32_t learned_as) {
    const struct weir_chunk *chunk = parse->chunk;
    struct weir_chunk_places *places = parse->places;
    bool suits = chunk->has_metadata && !chunk->elsewhere && !chunk->encrypted;
    for (uint32_t i = 0; i <= WEIR_PLACE_ENCODINGS; i++) {
        suits &= places->at[i] > 0;
    }
    if (!suits) {
        memset(places, 0, sizeof *places);
    }
    places->learned_as = learned_as;
}

/* Reads the chunk at the window's place. */
static void read_chunk(struct weir_footer *footer, struct weir_chunk *chunk,
                       struct chunk_offsets *offsets) {
    struct parse parse = {footer, chunk, offsets, footer->window.at, NULL};
    uint32_t found = WEIR_NONE32;
    if (footer->claims == NULL) {
        found = weir_thrift_layouts_find(&footer->layouts, &footer->thrift);
    }
    if (found == WEIR_NONE32) {
        read_fields(&parse);
        return;
    }
    const struct weir_thrift_layout *layout = &footer->layouts.of[found];
    struct weir_chunk_places *places = &footer->places[found];
    if (places->learned_as != layout->learned_as) {
        memset(places, 0, sizeof *places);
        parse.places = places;
        read_fields(&parse);
        keep_places(&parse, layout->learned_as);
    } else if (places->at[WEIR_PLACE_TYPE] > 0 &&
               read_in_place(places, footer->window.at, chunk, offsets)) {
        footer->window.at += layout->bytes;
    } else {
        read_fields(&parse);
    }
}

/* Puts the chunk's place together and checks it against the file, in 64 bits. */
static void place_chunk(struct weir_footer *footer, struct weir_chunk *chunk,
                        const struct chunk_offsets *offsets) {
    uint64_t end = 0;
    chunk->offset = offsets->data;
    chunk->has_dictionary_offset = offsets->dictionary > 0;
    if (offsets->dictionary > 0 && offsets->dictionary < offsets->data) {
        chunk->offset = offsets->dictionary;
    }
    if (chunk->values == 0) {
        chunk->limit_offset = chunk->offset;
        return;
    }
    if (!offsets->has_data || chunk->offset < WEIR_MAGIC_BYTES ||
        !weir_add_u64(chunk->offset, chunk->compressed_bytes, &end) ||
        end > footer->footer_offset + CHUNK_SLACK_BYTES || chunk->offset >= footer->footer_offset) {
        struct weir_error *error = footer->error;
        if (error->status == WEIR_OK) {
            error->row_group = chunk->row_group;
            error->column = chunk->column;
            error->offset_bytes = chunk->offset;
            (void)weir_fail_numbers(error, WEIR_E_CORRUPT,
                                    "a column chunk does not lie inside the file",
                                    footer->footer_offset, end);
        }
        footer->thrift.failed = true;
        return;
    }
    chunk->limit_offset = weir_min_u64(end + CHUNK_SLACK_BYTES, footer->footer_offset);
}

static void look_ahead(struct weir_footer *footer) {
    if (footer->window.end - footer->window.at < (ptrdiff_t)CHUNK_AHEAD_BYTES) {
        (void)weir_window_fill(&footer->window, CHUNK_AHEAD_BYTES);
    }
}

/* Passes over chunks up to the next wanted one. */
static void pass_unwanted(struct weir_footer *footer) {
    while (footer->chunks_left > 0 && !footer->thrift.failed && footer->wants != NULL &&
           !footer->wants(footer->wants_context, footer->column)) {
        footer->column++;
        footer->chunks_left--;
        look_ahead(footer);
        weir_thrift_layouts_skip(&footer->layouts, &footer->thrift);
    }
}

bool weir_footer_step_chunks(struct weir_footer *footer, struct weir_footer_item *item) {
    struct weir_thrift *thrift = &footer->thrift;
    struct weir_chunk *chunk = &item->chunk;
    struct chunk_offsets offsets = {0, 0, false};
    pass_unwanted(footer);
    if (footer->chunks_left == 0 || thrift->failed) {
        footer->state = WEIR_FOOTER_AT_GROUP;
        return false;
    }
    footer->chunks_left--;
    if (footer->claims != NULL) {
        memset(&footer->claims->chunk, 0, sizeof footer->claims->chunk);
    }
    chunk->row_group = footer->row_group;
    chunk->column = footer->column++;
    look_ahead(footer);
    read_chunk(footer, chunk, &offsets);
    if (thrift->failed) {
        return false;
    }
    if (chunk->has_metadata && !chunk->elsewhere && !chunk->encrypted) {
        place_chunk(footer, chunk, &offsets);
    } else if (!chunk->has_metadata && !chunk->encrypted) {
        weir_thrift_corrupt(thrift, "a column chunk has no metadata");
    }
    item->kind = WEIR_FOOTER_CHUNK;
    return !thrift->failed;
}
