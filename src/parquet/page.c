#include "parquet/page.h"

#include "parquet/thrift.h"

#include "base/banned.h"

/*
 * Format notes.
 * - Sizes and counts are i32; negative ones are refused before any use.
 * - The CRC is an i32 whose bits are the unsigned checksum of the stored body.
 * - V2 stores repetition and definition levels uncompressed in front of the values and counts
 *   them in both sizes. is_compressed defaults to true.
 * - Statistics in headers may hold long texts: they are skipped unread.
 */

/* Fields of the four header structs, as stored. */
struct fields {
    int32_t type;
    int32_t page_bytes;
    int32_t raw_bytes;
    int32_t values;
    int32_t encoding;
    int32_t definition_encoding;
    int32_t repetition_encoding;
    int32_t rows;
    int32_t nulls;
    int32_t definition_bytes;
    int32_t repetition_bytes;
    bool is_compressed;
    bool has_header; /* the struct that belongs to the type */
    bool has_type;
    bool has_crc;
    int32_t crc;
};

static void read_data_v1(struct weir_thrift *thrift, struct fields *fields) {
    struct weir_thrift_field field;
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: fields->values = weir_thrift_i32(thrift, field.type); break;
        case 2: fields->encoding = weir_thrift_i32(thrift, field.type); break;
        case 3: fields->definition_encoding = weir_thrift_i32(thrift, field.type); break;
        case 4: fields->repetition_encoding = weir_thrift_i32(thrift, field.type); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

static void read_dictionary(struct weir_thrift *thrift, struct fields *fields) {
    struct weir_thrift_field field;
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: fields->values = weir_thrift_i32(thrift, field.type); break;
        case 2: fields->encoding = weir_thrift_i32(thrift, field.type); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

static void read_data_v2(struct weir_thrift *thrift, struct fields *fields) {
    struct weir_thrift_field field;
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: fields->values = weir_thrift_i32(thrift, field.type); break;
        case 2: fields->nulls = weir_thrift_i32(thrift, field.type); break;
        case 3: fields->rows = weir_thrift_i32(thrift, field.type); break;
        case 4: fields->encoding = weir_thrift_i32(thrift, field.type); break;
        case 5: fields->definition_bytes = weir_thrift_i32(thrift, field.type); break;
        case 6: fields->repetition_bytes = weir_thrift_i32(thrift, field.type); break;
        case 7: fields->is_compressed = weir_thrift_bool(thrift, field.type); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

static void read_fields(struct weir_thrift *thrift, struct fields *fields) {
    struct weir_thrift_field field;
    int32_t header = -1;
    weir_thrift_enter(thrift);
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1:
            fields->type = weir_thrift_i32(thrift, field.type);
            fields->has_type = true;
            break;
        case 2: fields->page_bytes = weir_thrift_i32(thrift, field.type); break;
        case 3: fields->raw_bytes = weir_thrift_i32(thrift, field.type); break;
        case 4:
            fields->crc = weir_thrift_i32(thrift, field.type);
            fields->has_crc = true;
            break;
        case 5:
        case 7:
        case 8:
            header = field.id;
            if (!weir_thrift_struct(thrift, field.type)) {
                break;
            }
            if (field.id == 5) {
                read_data_v1(thrift, fields);
            } else if (field.id == 7) {
                read_dictionary(thrift, fields);
            } else {
                read_data_v2(thrift, fields);
            }
            break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
    int32_t wanted = fields->type == WEIR_PAGE_DATA         ? 5
                     : fields->type == WEIR_PAGE_DICTIONARY ? 7
                     : fields->type == WEIR_PAGE_DATA_V2    ? 8
                                                            : header;
    fields->has_header = header == wanted;
}

/* A number of up to 32 bits in at most five bytes. */
static const uint8_t *quick_i32(const uint8_t *at, const uint8_t *end, int32_t *value_ret) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < 5 && at + i < end; i++) {
        value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80) {
            *value_ret = (int32_t)(uint32_t)(value >> 1) ^ -(int32_t)(value & 1);
            return value <= UINT32_MAX ? at + i + 1 : NULL;
        }
    }
    return NULL;
}

/* A struct of 32-bit numbers, field k to values[k] for k up to `most`, and what else `inner` takes.
 */
static const uint8_t *quick_struct(const uint8_t *at, const uint8_t *end, int32_t *const values[],
                                   uint32_t most, uint32_t inner, uint32_t *seen_ret) {
    uint32_t id = 0;
    *seen_ret = 0;
    while (at != NULL && at < end) {
        uint32_t head = *at++;
        if (head == 0) {
            return at;
        }
        id += head >> 4;
        if (head >> 4 == 0 || id > most) {
            return NULL;
        }
        *seen_ret |= 1u << id;
        if (id == inner) {
            return (head & 0x0f) == WEIR_THRIFT_STRUCT ? at : NULL;
        }
        at = (head & 0x0f) == WEIR_THRIFT_I32 ? quick_i32(at, end, values[id]) : NULL;
    }
    return NULL;
}

/*
 * The header that most pages have, V1 without statistics, where it lies in the window as a whole.
 * Files of very many tiny pages cost little else. Whatever is unusual or wrong returns false and
 * is read carefully; both ways accept the same bytes.
 */
static bool read_quickly(struct weir_window *window, struct fields *fields) {
    struct fields found = *fields;
    int32_t *const outer[] = {NULL, &found.type, &found.page_bytes, &found.raw_bytes, &found.crc};
    int32_t *const inner[] = {NULL, &found.values, &found.encoding, &found.definition_encoding,
                              &found.repetition_encoding};
    uint32_t seen = 0;
    uint32_t ignored = 0;
    const uint8_t *end = window->end;
    const uint8_t *at = quick_struct(window->at, end, outer, 5, 5, &seen);
    if (at == NULL || (seen & 0x2e) != 0x2e || found.type != WEIR_PAGE_DATA) {
        return false;
    }
    at = quick_struct(at, end, inner, 4, 0, &ignored);
    if (at == NULL || at == end || *at != 0) {
        return false;
    }
    found.has_type = true;
    found.has_header = true;
    found.has_crc = (seen >> 4 & 1) != 0;
    *fields = found;
    window->at = at + 1;
    return true;
}

static const char *check_fields(const struct fields *fields) {
    if (!fields->has_type) {
        return "a page header has no type";
    }
    if (!fields->has_header) {
        return "a page header lacks the part that its type calls for";
    }
    if (fields->page_bytes < 0 || fields->raw_bytes < 0) {
        return "a page header holds a negative size";
    }
    if (fields->values < 0 || fields->nulls < 0 || fields->nulls > fields->values ||
        fields->rows < 0 || fields->rows > fields->values) {
        return "a page header holds a negative or impossible count";
    }
    if (fields->encoding < 0 || fields->definition_encoding < 0 ||
        fields->repetition_encoding < 0) {
        return "a page header holds an unknown encoding";
    }
    if (fields->definition_bytes < 0 || fields->repetition_bytes < 0) {
        return "a page header holds a negative size of levels";
    }
    int64_t levels = (int64_t)fields->definition_bytes + fields->repetition_bytes;
    if (levels > fields->raw_bytes || levels > fields->page_bytes) {
        return "a page's levels are larger than the page";
    }
    return NULL;
}

enum weir_status weir_page_read(struct weir_window *window, struct weir_page *page_ret,
                                struct weir_error *error) {
    struct weir_thrift thrift;
    struct fields fields;
    memset(&fields, 0, sizeof fields);
    fields.is_compressed = true;
    fields.definition_encoding = WEIR_ENCODING_RLE;
    fields.repetition_encoding = WEIR_ENCODING_RLE;
    uint64_t offset = weir_window_offset(window);
    if (window->failed || !read_quickly(window, &fields)) {
        weir_thrift_init(&thrift, window, error);
        read_fields(&thrift, &fields);
        if (thrift.failed || window->failed) {
            return error->status;
        }
    }
    const char *wrong = check_fields(&fields);
    if (wrong == NULL && (uint64_t)fields.raw_bytes > weir_window_left(window)) {
        wrong = "a page reaches beyond its column chunk";
    }
    if (wrong != NULL) {
        if (error->status == WEIR_OK) {
            error->offset_bytes = offset;
        }
        return weir_fail(error, WEIR_E_CORRUPT, wrong);
    }
    memset(page_ret, 0, sizeof *page_ret);
    page_ret->type = (uint32_t)fields.type;
    page_ret->encoding = (uint32_t)fields.encoding;
    page_ret->definition_encoding = (uint32_t)fields.definition_encoding;
    page_ret->repetition_encoding = (uint32_t)fields.repetition_encoding;
    page_ret->values = (uint32_t)fields.values;
    page_ret->rows = (uint32_t)fields.rows;
    page_ret->nulls = (uint32_t)fields.nulls;
    page_ret->raw_bytes = (uint32_t)fields.raw_bytes;
    page_ret->page_bytes = (uint32_t)fields.page_bytes;
    page_ret->definition_bytes = (uint32_t)fields.definition_bytes;
    page_ret->repetition_bytes = (uint32_t)fields.repetition_bytes;
    page_ret->is_compressed = fields.is_compressed;
    page_ret->has_crc = fields.has_crc;
    page_ret->crc = (uint32_t)fields.crc;
    return WEIR_OK;
}

static bool is_for_levels(uint32_t encoding) {
    return encoding == WEIR_ENCODING_RLE || encoding == WEIR_ENCODING_BIT_PACKED;
}

enum weir_status weir_page_check_levels(const struct weir_page *page, uint32_t repetition_max,
                                        uint32_t definition_max, struct weir_error *error) {
    const bool repetition_good = repetition_max == 0 || is_for_levels(page->repetition_encoding);
    const bool definition_good = definition_max == 0 || is_for_levels(page->definition_encoding);
    if (page->values == 0 || (repetition_good && definition_good)) {
        return WEIR_OK;
    }
    return weir_fail_numbers(
        error, WEIR_E_CORRUPT, "levels are neither RLE nor BIT_PACKED", WEIR_ENCODING_RLE,
        repetition_good ? page->definition_encoding : page->repetition_encoding);
}
