/*
 * A small Parquet writer in memory, for tests: every number that it writes can be made to lie.
 *
 * Build order: mp_begin, then for each row group mp_group_begin, for each column mp_chunk_begin,
 * pages, mp_chunk_end, then mp_group_end, and mp_end. What the footer will say of a chunk or a
 * row group may be changed in `chunks` and `groups` before mp_end.
 */
#ifndef WEIR_TESTS_MAKE_PARQUET_H
#define WEIR_TESTS_MAKE_PARQUET_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/crc32.h"
#include "parquet/footer.h"
#include "parquet/page.h"
#include "weir.h"

/* --- Random numbers -------------------------------------------------------------------------- */

static uint64_t mp_state = 1;

static inline uint64_t mp_random(void) {
    mp_state ^= mp_state << 13;
    mp_state ^= mp_state >> 7;
    mp_state ^= mp_state << 17;
    return mp_state * UINT64_C(2685821657736338717);
}

static inline uint32_t mp_below(uint32_t bound) {
    return (uint32_t)(mp_random() >> 32) % bound;
}

/* Seeds from WEIR_SEED or the clock, and prints it. */
static inline void mp_seed(const char *test) {
    const char *wanted = getenv("WEIR_SEED");
    mp_state = wanted != NULL ? strtoull(wanted, NULL, 10)
                              : (uint64_t)time(NULL) * UINT64_C(2654435761) + 1;
    mp_state |= 1;
    printf("%s: WEIR_SEED=%llu\n", test, (unsigned long long)mp_state);
}

/* --- Memory that faults on a step outside ----------------------------------------------------- */

#define MP_PAGE 4096u

/* `bytes` bytes between two pages that may not be touched; they end at the second one when `bytes`
 * is a multiple of 64. Filled with 0xa5. Never given back: tests are short. */
static inline void *mp_guarded(size_t bytes) {
    size_t padded = (bytes + 63) & ~(size_t)63;
    size_t inner = (padded + MP_PAGE - 1) / MP_PAGE * MP_PAGE;
    uint8_t *pages = mmap(NULL, inner + 2 * MP_PAGE, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(
        mprotect(pages + MP_PAGE, inner == 0 ? MP_PAGE : inner, PROT_READ | PROT_WRITE), 0);
    uint8_t *at = pages + MP_PAGE + inner - padded;
    memset(at, 0xa5, padded);
    return at;
}

static inline void mp_unguard(void *memory, size_t bytes) {
    size_t padded = (bytes + 63) & ~(size_t)63;
    size_t inner = (padded + MP_PAGE - 1) / MP_PAGE * MP_PAGE;
    assert_int_equal(munmap((uint8_t *)memory + padded - inner - MP_PAGE, inner + 2 * MP_PAGE), 0);
}

/* --- Bytes ------------------------------------------------------------------------------------ */

struct mp_bytes {
    uint8_t *data;
    size_t count;
    size_t room;
};

static inline void mp_put(struct mp_bytes *b, const void *data, size_t n) {
    if (b->count + n > b->room) {
        b->room = 2 * (b->count + n) + 64;
        b->data = realloc(b->data, b->room);
        assert_non_null(b->data);
    }
    if (n > 0) {
        memcpy(b->data + b->count, data, n);
    }
    b->count += n;
}

static inline void mp_byte(struct mp_bytes *b, uint32_t value) {
    uint8_t byte = (uint8_t)value;
    mp_put(b, &byte, 1);
}

static inline void mp_u32(struct mp_bytes *b, uint32_t value) {
    mp_put(b, &value, 4);
}

static inline void mp_text(struct mp_bytes *b, const char *text) {
    mp_put(b, text, strlen(text));
}

static inline void mp_free(struct mp_bytes *b) {
    free(b->data);
    memset(b, 0, sizeof *b);
}

/* --- Thrift compact protocol -------------------------------------------------------------------
 */

static inline void mp_varint(struct mp_bytes *b, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        mp_byte(b, (uint32_t)(value & 0x7f) | 0x80);
    }
    mp_byte(b, (uint32_t)value);
}

static inline void mp_zigzag(struct mp_bytes *b, int64_t value) {
    mp_varint(b, ((uint64_t)value << 1) ^ (uint64_t)(value < 0 ? -1 : 0));
}

/* A field header; `last` is the id of the field before. */
static inline void mp_field(struct mp_bytes *b, int *last, int id, uint32_t type) {
    int delta = id - *last;
    if (delta >= 1 && delta <= 15) {
        mp_byte(b, (uint32_t)delta << 4 | type);
    } else {
        mp_byte(b, type);
        mp_zigzag(b, id);
    }
    *last = id;
}

static inline void mp_int(struct mp_bytes *b, int *last, int id, uint32_t type, int64_t value) {
    mp_field(b, last, id, type);
    mp_zigzag(b, value);
}

static inline void mp_i32(struct mp_bytes *b, int *last, int id, int64_t value) {
    mp_int(b, last, id, 5, value);
}

static inline void mp_i64(struct mp_bytes *b, int *last, int id, int64_t value) {
    mp_int(b, last, id, 6, value);
}

static inline void mp_binary(struct mp_bytes *b, int *last, int id, const char *text, size_t n) {
    mp_field(b, last, id, 8);
    mp_varint(b, n);
    mp_put(b, text, n);
}

static inline void mp_list_head(struct mp_bytes *b, uint32_t type, uint64_t count) {
    if (count < 15) {
        mp_byte(b, (uint32_t)count << 4 | type);
    } else {
        mp_byte(b, 0xf0 | type);
        mp_varint(b, count);
    }
}

static inline void mp_list(struct mp_bytes *b, int *last, int id, uint32_t type, uint64_t count) {
    mp_field(b, last, id, 9);
    mp_list_head(b, type, count);
}

static inline void mp_stop(struct mp_bytes *b) {
    mp_byte(b, 0);
}

/* --- The RLE / bit-packed hybrid ---------------------------------------------------------------
 */

static inline void mp_run_repeated(struct mp_bytes *b, uint64_t count, uint32_t value,
                                   uint32_t width) {
    mp_varint(b, count << 1);
    mp_put(b, &value, (width + 7) / 8);
}

/* Bits alone, least significant first, padded with zeros to whole bytes. */
static inline void mp_pack(struct mp_bytes *b, const uint32_t *values, size_t count,
                           uint32_t width) {
    uint64_t held = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        held |= (uint64_t)values[i] << bits;
        for (bits += width; bits >= 8; bits -= 8) {
            mp_byte(b, (uint32_t)(held & 0xff));
            held >>= 8;
        }
    }
    if (bits > 0) {
        mp_byte(b, (uint32_t)held);
    }
}

/* A packed run of `groups` groups of eight, the values behind `count` being zero. */
static inline void mp_run_packed(struct mp_bytes *b, const uint32_t *values, size_t count,
                                 size_t groups, uint32_t width) {
    uint32_t zeros[8] = {0};
    mp_varint(b, (uint64_t)groups << 1 | 1);
    for (size_t group = 0; group < groups; group++) {
        uint32_t eight[8];
        size_t n = count > 8 * group ? count - 8 * group : 0;
        memcpy(eight, zeros, sizeof eight);
        memcpy(eight, values + 8 * group, (n > 8 ? 8 : n) * sizeof eight[0]);
        mp_pack(b, eight, 8, width);
    }
}

/* Values as a random mix of runs: repeated, packed, empty ones, an over-long one at the end. */
static inline void mp_runs(struct mp_bytes *b, const uint32_t *values, size_t count,
                           uint32_t width) {
    size_t at = 0;
    while (at < count) {
        size_t same = 1;
        while (at + same < count && values[at + same] == values[at]) {
            same++;
        }
        uint32_t dice = mp_below(16);
        if (dice == 0) {
            mp_run_repeated(b, 0, 0, width);
        } else if (dice == 1) {
            mp_varint(b, 1); /* a packed run of no groups */
        }
        if (same >= 8 || dice < 4) {
            size_t n = dice % 2 == 0 ? same : 1 + mp_below((uint32_t)same);
            mp_run_repeated(b, at + n == count && dice == 2 ? n + mp_below(999) : n, values[at],
                            width);
            at += n;
        } else {
            size_t n = 8 * (1 + (size_t)mp_below(70));
            size_t groups = n / 8;
            if (n >= count - at) {
                n = count - at;
                groups = (n + 7) / 8 + (dice == 4 ? 30 : 0);
            }
            mp_run_packed(b, values + at, n, groups, width);
            at += n;
        }
    }
}

/* --- Pages -------------------------------------------------------------------------------------
 */

#define MP_AUTO INT64_MIN

/* Fields that hold MP_AUTO are worked out. */
struct mp_page {
    int64_t type;
    int64_t encoding;
    int64_t values; /* nulls included */
    int64_t nulls;
    int64_t rows; /* V2; MP_AUTO: as many as values */
    int64_t definition_encoding;
    int64_t repetition_encoding;
    int64_t definition_bytes; /* V2 */
    int64_t repetition_bytes; /* V2 */
    int64_t page_bytes;
    int64_t raw_bytes;
    int64_t crc;                /* MP_AUTO: none; -1: the right one; else that one */
    int64_t kind;               /* id of the header struct: 5, 7 or 8 */
    int codec;                  /* 0 or 1: snappy, literals only */
    int compressed;             /* V2: -1 leaves the field out */
    struct mp_bytes repetition; /* levels; V1: with the length in front; V2: without */
    struct mp_bytes levels;     /* definition levels, likewise */
    struct mp_bytes data;
};

static inline struct mp_page mp_page_of(int64_t type, int64_t encoding, int64_t values) {
    struct mp_page page;
    memset(&page, 0, sizeof page);
    page.type = type;
    page.encoding = encoding;
    page.values = values;
    page.rows = MP_AUTO;
    page.definition_encoding = 3;
    page.repetition_encoding = 3;
    page.definition_bytes = MP_AUTO;
    page.repetition_bytes = MP_AUTO;
    page.page_bytes = MP_AUTO;
    page.raw_bytes = MP_AUTO;
    page.crc = MP_AUTO;
    page.kind = type == 2 ? 7 : type == 3 ? 8 : 5;
    page.compressed = -1;
    return page;
}

static inline void mp_page_free(struct mp_page *page) {
    mp_free(&page->repetition);
    mp_free(&page->levels);
    mp_free(&page->data);
}

/* Snappy by literals of up to 256 bytes: legal, and longer than what it stands for. */
static inline void mp_snappy(struct mp_bytes *to, const struct mp_bytes *from) {
    mp_varint(to, from->count);
    for (size_t at = 0; at < from->count;) {
        size_t n = from->count - at < 256 ? from->count - at : 256;
        mp_byte(to, 60u << 2);
        mp_byte(to, (uint32_t)(n - 1));
        mp_put(to, from->data + at, n);
        at += n;
    }
}

static inline int64_t mp_or(int64_t value, int64_t automatic) {
    return value == MP_AUTO ? automatic : value;
}

static inline void mp_page_header(struct mp_bytes *to, const struct mp_page *page,
                                  int64_t page_bytes, const struct mp_bytes *raw) {
    int last = 0;
    int inner = 0;
    mp_i32(to, &last, 1, page->type);
    mp_i32(to, &last, 2, mp_or(page->page_bytes, page_bytes));
    mp_i32(to, &last, 3, mp_or(page->raw_bytes, (int64_t)raw->count));
    if (page->crc != MP_AUTO) {
        uint32_t right = weir_crc32(0, raw->data, raw->count);
        mp_i32(to, &last, 4, page->crc == -1 ? (int32_t)right : (int32_t)page->crc);
    }
    mp_field(to, &last, (int)page->kind, 12);
    mp_i32(to, &inner, 1, page->values);
    if (page->kind == 8) {
        mp_i32(to, &inner, 2, page->nulls);
        mp_i32(to, &inner, 3, mp_or(page->rows, page->values));
        mp_i32(to, &inner, 4, page->encoding);
        mp_i32(to, &inner, 5, mp_or(page->definition_bytes, (int64_t)page->levels.count));
        mp_i32(to, &inner, 6, mp_or(page->repetition_bytes, (int64_t)page->repetition.count));
        if (page->compressed >= 0) {
            mp_field(to, &inner, 7, page->compressed != 0 ? 1 : 2);
        }
    } else {
        mp_i32(to, &inner, 2, page->encoding);
        if (page->kind == 5) {
            mp_i32(to, &inner, 3, page->definition_encoding);
            mp_i32(to, &inner, 4, page->repetition_encoding);
        }
    }
    mp_stop(to);
    mp_stop(to);
}

/* Appends header and body, and frees the page. */
static inline void mp_page_write(struct mp_bytes *to, struct mp_page *page) {
    struct mp_bytes raw = {0};
    struct mp_bytes body = {0};
    int64_t page_bytes = (int64_t)(page->repetition.count + page->levels.count + page->data.count);
    if (page->type == 3) {
        mp_put(&raw, page->repetition.data, page->repetition.count);
        mp_put(&raw, page->levels.data, page->levels.count);
        if (page->codec == 1 && page->compressed != 0) {
            mp_snappy(&raw, &page->data);
        } else {
            mp_put(&raw, page->data.data, page->data.count);
        }
    } else {
        mp_put(&body, page->repetition.data, page->repetition.count);
        mp_put(&body, page->levels.data, page->levels.count);
        mp_put(&body, page->data.data, page->data.count);
        if (page->codec == 1) {
            mp_snappy(&raw, &body);
        } else {
            mp_put(&raw, body.data, body.count);
        }
    }
    mp_page_header(to, page, page_bytes, &raw);
    mp_put(to, raw.data, raw.count);
    mp_free(&raw);
    mp_free(&body);
    mp_page_free(page);
}

/* One section of levels; in V1 pages with its length in front. */
static inline void mp_level_section(struct mp_page *page, struct mp_bytes *section,
                                    const uint32_t *levels, size_t count, uint32_t width) {
    struct mp_bytes runs = {0};
    mp_runs(&runs, levels, count, width);
    if (page->type != 3) {
        mp_u32(section, (uint32_t)runs.count);
    }
    mp_put(section, runs.data, runs.count);
    mp_free(&runs);
}

/* Definition levels of a flat column: present[i] is 0 or 1. */
static inline void mp_levels(struct mp_page *page, const uint32_t *present, size_t count) {
    mp_level_section(page, &page->levels, present, count, 1);
}

/* Bits in bytes that are filled from the most significant bit down, the most significant bit of a
 * value first: BIT_PACKED levels. */
static inline void mp_pack_legacy(struct mp_bytes *b, const uint32_t *values, size_t count,
                                  uint32_t width) {
    uint32_t byte = 0;
    uint32_t used = 0;
    for (size_t i = 0; i < count * width; i++) {
        byte = byte << 1 | (values[i / width] >> (width - 1 - i % width) & 1);
        if (++used == 8) {
            mp_byte(b, byte);
            byte = 0;
            used = 0;
        }
    }
    if (used > 0) {
        mp_byte(b, byte << (8 - used));
    }
}

/* Levels of both kinds for the `count` entries of a page; kinds whose largest level is 0 have no
 * section. `legacy`: BIT_PACKED (V1). Sets the page's nulls and rows. */
static inline void mp_both_levels(struct mp_page *page, const uint32_t *repetition,
                                  uint32_t repetition_max, const uint32_t *definition,
                                  uint32_t definition_max, size_t count, bool legacy) {
    page->nulls = 0;
    page->rows = 0;
    for (size_t i = 0; i < count; i++) {
        page->nulls += definition[i] < definition_max;
        page->rows += repetition[i] == 0;
    }
    const uint32_t *both[] = {repetition, definition};
    uint32_t max[] = {repetition_max, definition_max};
    for (int kind = 0; kind < 2; kind++) {
        struct mp_bytes *section = kind == 0 ? &page->repetition : &page->levels;
        if (max[kind] > 0 && legacy) {
            *(kind == 0 ? &page->repetition_encoding : &page->definition_encoding) = 4;
            mp_pack_legacy(section, both[kind], count, weir_bit_width(max[kind]));
        } else if (max[kind] > 0) {
            mp_level_section(page, section, both[kind], count, weir_bit_width(max[kind]));
        }
    }
}

/* --- Values in other encodings than PLAIN, in the simplest legal form ---------------------------
 */

/* DELTA_BINARY_PACKED in blocks of 128 values and 4 miniblocks. */
static inline void mp_delta(struct mp_bytes *b, const int64_t *values, size_t count,
                            uint32_t bits) {
    uint64_t range = bits == 64 ? UINT64_MAX : UINT32_MAX;
    mp_varint(b, 128);
    mp_varint(b, 4);
    mp_varint(b, count);
    mp_zigzag(b, count > 0 ? values[0] : 0);
    for (size_t at = 1; at < count; at += 128) {
        /* The least delta is said to be 0, so deltas take all the bits they need modulo 2^bits. */
        mp_zigzag(b, 0);
        uint32_t widths[4] = {0};
        for (size_t i = 0; i < 128 && at + i < count; i++) {
            uint64_t delta = ((uint64_t)values[at + i] - (uint64_t)values[at + i - 1]) & range;
            uint32_t width = weir_bit_width(delta);
            widths[i / 32] = width > widths[i / 32] ? width : widths[i / 32];
        }
        for (int m = 0; m < 4; m++) {
            mp_byte(b, widths[m]);
        }
        for (size_t m = 0; m < 4 && at + m * 32 < count; m++) {
            uint32_t ones[32 * 64];
            for (size_t i = 0; i < 32 * (size_t)widths[m]; i++) {
                size_t value = at + m * 32 + i / widths[m];
                uint64_t delta =
                    value < count ? ((uint64_t)values[value] - (uint64_t)values[value - 1]) & range
                                  : 0;
                ones[i] = (uint32_t)(delta >> (i % widths[m]) & 1);
            }
            mp_pack(b, ones, 32 * (size_t)widths[m], 1);
        }
    }
}

/* DELTA_LENGTH_BYTE_ARRAY (`shared` false) or DELTA_BYTE_ARRAY of values that lie one behind the
 * other in `data`. */
static inline void mp_delta_bytes(struct mp_bytes *b, const uint8_t *data, const uint32_t *lengths,
                                  size_t count, bool shared) {
    int64_t *prefixes = calloc(count + 1, sizeof *prefixes);
    int64_t *suffixes = calloc(count + 1, sizeof *suffixes);
    /* Values that are all empty may come without data. */
    const uint8_t *const first = data != NULL ? data : (const uint8_t *)"";
    const uint8_t *at = first;
    assert_true(prefixes != NULL && suffixes != NULL);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *before = i > 0 ? at - lengths[i - 1] : at;
        while (shared && i > 0 && prefixes[i] < lengths[i] && prefixes[i] < lengths[i - 1] &&
               at[prefixes[i]] == before[prefixes[i]]) {
            prefixes[i]++;
        }
        suffixes[i] = lengths[i] - prefixes[i];
        at += lengths[i];
    }
    if (shared) {
        mp_delta(b, prefixes, count, 32);
    }
    mp_delta(b, suffixes, count, 32);
    at = first;
    for (size_t i = 0; i < count; i++) {
        mp_put(b, at + prefixes[i], (size_t)suffixes[i]);
        at += lengths[i];
    }
    free(prefixes);
    free(suffixes);
}

/* BYTE_STREAM_SPLIT of PLAIN values. */
static inline void mp_split(struct mp_bytes *b, const uint8_t *values, size_t count, size_t width) {
    for (size_t stream = 0; stream < width; stream++) {
        for (size_t i = 0; i < count; i++) {
            mp_byte(b, values[i * width + stream]);
        }
    }
}

/* --- Files -------------------------------------------------------------------------------------
 */

#define MP_COLUMNS 64
#define MP_GROUPS 16

struct mp_column {
    const char *name;
    int64_t type; /* MP_AUTO: a group of `children` */
    int64_t repetition;
    int64_t converted; /* MP_AUTO: none */
    int64_t type_length;
    int64_t children;
    int64_t precision; /* 0: none */
    int64_t scale;
    int64_t logical; /* id in the LogicalType union, of a type without parameters; 0: none */
};

struct mp_chunk {
    int64_t type;
    int64_t codec;
    int64_t values;
    int64_t raw_bytes;
    int64_t page_bytes;
    int64_t offset;
    int64_t dictionary_offset; /* MP_AUTO: none */
    int64_t encoding;
    int64_t null_count; /* of its statistics; MP_AUTO: none */
    bool no_metadata;
    bool encrypted;
    const char *file_path;
};

struct mp_group {
    int64_t rows;
    int chunks; /* of the file's list */
    int first;
    bool no_columns;
};

struct mp_file {
    struct mp_bytes bytes;
    struct mp_column columns[MP_COLUMNS];
    int columns_count;
    int64_t root_children;
    struct mp_chunk chunks[MP_COLUMNS * MP_GROUPS];
    int chunks_count;
    struct mp_group groups[MP_GROUPS];
    int groups_count;
    int64_t rows;         /* MP_AUTO: the sum */
    int64_t schema_count; /* MP_AUTO: what there is */
    bool no_groups;
    size_t footer_bytes;
};

static inline struct mp_file *mp_begin(void) {
    struct mp_file *file = calloc(1, sizeof *file);
    assert_non_null(file);
    file->root_children = MP_AUTO;
    file->rows = MP_AUTO;
    file->schema_count = MP_AUTO;
    mp_text(&file->bytes, "PAR1");
    return file;
}

static inline void mp_column(struct mp_file *file, const char *name, int64_t type,
                             int64_t repetition) {
    assert_true(file->columns_count < MP_COLUMNS);
    file->columns[file->columns_count++] =
        (struct mp_column){name, type, repetition, MP_AUTO, MP_AUTO, 0, 0, 0, 0};
}

/* A group of the next `children` columns (groups with all they hold count as one). */
static inline void mp_column_group(struct mp_file *file, const char *name, int64_t repetition,
                                   int64_t children) {
    mp_column(file, name, MP_AUTO, repetition);
    file->columns[file->columns_count - 1].children = children;
}

static inline void mp_group_begin(struct mp_file *file) {
    assert_true(file->groups_count < MP_GROUPS);
    file->groups[file->groups_count] = (struct mp_group){.first = file->chunks_count};
}

static inline void mp_group_end(struct mp_file *file, int64_t rows) {
    struct mp_group *group = &file->groups[file->groups_count++];
    group->rows = rows;
    group->chunks = file->chunks_count - group->first;
}

static inline struct mp_chunk *mp_chunk_begin(struct mp_file *file, int64_t type, int64_t codec) {
    struct mp_chunk *chunk = &file->chunks[file->chunks_count];
    *chunk = (struct mp_chunk){.type = type,
                               .codec = codec,
                               .offset = (int64_t)file->bytes.count,
                               .dictionary_offset = MP_AUTO,
                               .null_count = MP_AUTO};
    return chunk;
}

static inline void mp_chunk_end(struct mp_file *file, int64_t values) {
    struct mp_chunk *chunk = &file->chunks[file->chunks_count++];
    chunk->values = values;
    chunk->raw_bytes = (int64_t)file->bytes.count - chunk->offset;
    chunk->page_bytes = chunk->raw_bytes;
}

static inline void mp_element(struct mp_bytes *to, const struct mp_column *column) {
    int last = 0;
    if (column->type != MP_AUTO) {
        mp_i32(to, &last, 1, column->type);
    }
    if (column->type_length != MP_AUTO) {
        mp_i32(to, &last, 2, column->type_length);
    }
    if (column->repetition != MP_AUTO) {
        mp_i32(to, &last, 3, column->repetition);
    }
    mp_binary(to, &last, 4, column->name, strlen(column->name));
    if (column->type == MP_AUTO ? column->children != MP_AUTO : column->children > 0) {
        mp_i32(to, &last, 5, column->children);
    }
    if (column->converted != MP_AUTO) {
        mp_i32(to, &last, 6, column->converted);
    }
    if (column->precision > 0) {
        mp_i32(to, &last, 7, column->scale);
        mp_i32(to, &last, 8, column->precision);
    }
    if (column->logical > 0) {
        int inner = 0;
        mp_field(to, &last, 10, 12);
        mp_field(to, &inner, (int)column->logical, 12);
        mp_stop(to);
        mp_stop(to);
    }
    mp_stop(to);
}

static inline void mp_write_chunk(struct mp_bytes *to, const struct mp_chunk *chunk) {
    int last = 0;
    int inner = 0;
    if (chunk->file_path != NULL) {
        mp_binary(to, &last, 1, chunk->file_path, strlen(chunk->file_path));
    }
    mp_i64(to, &last, 2, chunk->offset);
    if (!chunk->no_metadata) {
        mp_field(to, &last, 3, 12);
        mp_i32(to, &inner, 1, chunk->type);
        mp_list(to, &inner, 2, 5, 2);
        mp_zigzag(to, chunk->encoding);
        mp_zigzag(to, 3);
        mp_list(to, &inner, 3, 8, 1);
        mp_varint(to, 1);
        mp_byte(to, 'c');
        mp_i32(to, &inner, 4, chunk->codec);
        mp_i64(to, &inner, 5, chunk->values);
        mp_i64(to, &inner, 6, chunk->page_bytes);
        mp_i64(to, &inner, 7, chunk->raw_bytes);
        mp_i64(to, &inner, 9, chunk->offset);
        if (chunk->dictionary_offset != MP_AUTO) {
            mp_i64(to, &inner, 11, chunk->dictionary_offset);
        }
        if (chunk->null_count != MP_AUTO) {
            int field = 0;
            mp_field(to, &inner, 12, 12);
            mp_i64(to, &field, 3, chunk->null_count);
            mp_stop(to);
        }
        mp_stop(to);
    }
    if (chunk->encrypted) {
        mp_field(to, &last, 8, 12);
        mp_stop(to);
    }
    mp_stop(to);
}

/* The column behind all that is inside the one at `i`. */
static inline int mp_behind(const struct mp_file *file, int i) {
    int64_t left = 1;
    for (; left > 0 && i < file->columns_count; i++) {
        int64_t children = file->columns[i].children;
        left -= 1;
        left += file->columns[i].type == MP_AUTO && children != MP_AUTO ? children : 0;
    }
    return i;
}

/* FileMetaData alone. */
static inline void mp_footer(struct mp_bytes *to, const struct mp_file *file) {
    int last = 0;
    int64_t rows = 0;
    for (int i = 0; i < file->groups_count; i++) {
        rows += file->groups[i].rows;
    }
    int64_t top = 0;
    for (int i = 0; i < file->columns_count; i = mp_behind(file, i)) {
        top++;
    }
    struct mp_column root = {
        "schema", MP_AUTO, MP_AUTO, MP_AUTO, MP_AUTO, mp_or(file->root_children, top), 0, 0, 0};
    mp_i32(to, &last, 1, 2);
    mp_list(to, &last, 2, 12, (uint64_t)mp_or(file->schema_count, file->columns_count + 1));
    mp_element(to, &root);
    for (int i = 0; i < file->columns_count; i++) {
        mp_element(to, &file->columns[i]);
    }
    mp_i64(to, &last, 3, mp_or(file->rows, rows));
    if (!file->no_groups) {
        mp_list(to, &last, 4, 12, (uint64_t)file->groups_count);
    }
    for (int i = 0; i < file->groups_count && !file->no_groups; i++) {
        const struct mp_group *group = &file->groups[i];
        int inner = 0;
        if (!group->no_columns) {
            mp_list(to, &inner, 1, 12, (uint64_t)group->chunks);
            for (int j = 0; j < group->chunks; j++) {
                mp_write_chunk(to, &file->chunks[group->first + j]);
            }
        }
        mp_i64(to, &inner, 2, 0);
        mp_i64(to, &inner, 3, group->rows);
        mp_stop(to);
    }
    mp_binary(to, &last, 6, "tests", 5);
    mp_stop(to);
}

/* Puts a footer of any bytes behind what is there. */
static inline void mp_close(struct mp_bytes *file, const struct mp_bytes *footer) {
    mp_put(file, footer->data, footer->count);
    mp_u32(file, (uint32_t)footer->count);
    mp_text(file, "PAR1");
}

static inline void mp_end(struct mp_file *file) {
    struct mp_bytes footer = {0};
    mp_footer(&footer, file);
    mp_close(&file->bytes, &footer);
    file->footer_bytes = footer.count;
    mp_free(&footer);
}

static inline void mp_drop(struct mp_file *file) {
    mp_free(&file->bytes);
    free(file);
}

/* --- Whole columns ------------------------------------------------------------------------------
 */

/* A PLAIN chunk of one V1 page with INT64 values; `present` may be NULL. */
static inline void mp_add_i64(struct mp_file *file, const int64_t *values, const uint32_t *present,
                              size_t rows) {
    struct mp_page page = mp_page_of(0, 0, (int64_t)rows);
    mp_chunk_begin(file, 2, 0);
    if (present != NULL) {
        mp_levels(&page, present, rows);
    }
    for (size_t i = 0; i < rows; i++) {
        if (present == NULL || present[i] != 0) {
            mp_put(&page.data, &values[i], 8);
        }
    }
    mp_page_write(&file->bytes, &page);
    mp_chunk_end(file, (int64_t)rows);
}

/* --- Sources ------------------------------------------------------------------------------------
 */

struct mp_source {
    const uint8_t *data;
    size_t bytes;
    size_t slice;       /* most bytes a read gives; 0: all that are asked for */
    uint64_t fail_from; /* reads at or behind it return fail_result; 0: none do */
    int64_t fail_result;
    uint64_t reads;
};

static inline int64_t mp_read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    struct mp_source *source = context;
    (void)__atomic_fetch_add(&source->reads, 1, __ATOMIC_RELAXED); /* lanes share it */
    if (source->fail_from != 0 && offset >= source->fail_from) {
        return source->fail_result;
    }
    if (offset >= source->bytes) {
        return 0;
    }
    size_t left = source->bytes - (size_t)offset;
    bytes = bytes < left ? bytes : left;
    bytes = source->slice != 0 && bytes > source->slice ? source->slice : bytes;
    if (source->fail_from != 0 && bytes > source->fail_from - offset) {
        bytes = (size_t)(source->fail_from - offset);
    }
    memcpy(to, source->data + offset, bytes);
    return (int64_t)bytes;
}

static inline struct weir_source mp_source_of(struct mp_source *source) {
    return (struct weir_source){source, mp_read_at, source->bytes};
}

/* --- Profiles -----------------------------------------------------------------------------------
 */

#define MP_FILES 4

/* A data set of files in memory. */
struct mp_set {
    struct mp_source inputs[MP_FILES];
    struct weir_source sources[MP_FILES];
    struct weir_dataset dataset;
};

static inline void mp_set_of(struct mp_set *set, struct mp_file *const *files, uint32_t count,
                             size_t slice) {
    memset(set, 0, sizeof *set);
    for (uint32_t i = 0; i < count; i++) {
        set->inputs[i] = (struct mp_source){
            .data = files[i]->bytes.data, .bytes = files[i]->bytes.count, .slice = slice};
        set->sources[i] = mp_source_of(&set->inputs[i]);
    }
    set->dataset = (struct weir_dataset){.context = set->sources, .files = count};
}

struct mp_outcome {
    enum weir_status status; /* WEIR_END: complete */
    struct weir_error error;
    struct weir_inventory inventory;
    struct weir_plan plan;
    uint32_t columns;
    struct weir_result results[MP_COLUMNS];
    struct weir_quantile quantiles[MP_COLUMNS][5];
    struct weir_error errors[MP_COLUMNS];
    uint64_t pages[MP_COLUMNS];
    struct weir_progress progress;
};

static inline void mp_take_column(struct mp_outcome *out, struct weir_profile *profile,
                                  uint32_t i) {
    static const double qs[5] = {0, 0.25, 0.5, 0.9, 1};
    struct weir_column_info info;
    assert_true(i < MP_COLUMNS);
    weir_profile_column(profile, i, &info);
    weir_profile_result(profile, i, &out->results[i]);
    for (int q = 0; q < 5; q++) {
        out->quantiles[i][q].q = qs[q];
    }
    weir_profile_quantiles(profile, i, out->quantiles[i], 5);
    out->errors[i] = *info.error;
    out->pages[i] = info.pages;
    out->columns = i + 1;
}

/* Inspect, plan, init, run: lanes one after the other, in a guarded block of the planned size. */
static inline struct mp_outcome *mp_profile(struct mp_set *set,
                                            const struct weir_profile_options *options) {
    struct mp_outcome *out = calloc(1, sizeof *out);
    struct weir_profile *profile = NULL;
    assert_non_null(out);
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    out->status = weir_inspect(&set->dataset, options, window, WEIR_INSPECT_BYTES, &out->inventory,
                               &out->error);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    if (out->status == WEIR_OK) {
        out->status = weir_profile_plan(&out->inventory, options, &out->plan, &out->error);
    }
    if (out->status != WEIR_OK) {
        return out;
    }
    size_t bytes = (size_t)out->plan.planned_bytes;
    void *block = mp_guarded(bytes);
    out->status = weir_profile_init(block, bytes, &out->plan, &set->dataset, &profile, &out->error);
    assert_int_equal(out->status, WEIR_OK);
    while ((out->status = weir_profile_batch(profile)) == WEIR_OK) {
        for (uint32_t lane = 0; lane < out->plan.lanes && out->status == WEIR_OK; lane++) {
            out->status = weir_profile_run_lane(profile, lane);
        }
        if (out->status != WEIR_OK) {
            break;
        }
        uint32_t first = 0;
        uint32_t count = 0;
        weir_profile_columns(profile, &first, &count);
        for (uint32_t i = first; i < first + count; i++) {
            mp_take_column(out, profile, i);
        }
    }
    weir_profile_progress(profile, &out->progress);
    out->error = *weir_profile_error(profile);
    mp_unguard(block, bytes);
    return out;
}

/* The same for one file with 64 MiB and no wishes. */
static inline struct mp_outcome *mp_profile_one(struct mp_file *file, size_t slice,
                                                bool keep_going) {
    struct mp_set set;
    struct weir_profile_options options = {.budget_bytes = 64u << 20, .keep_going = keep_going};
    mp_set_of(&set, &file, 1, slice);
    return mp_profile(&set, &options);
}

#endif
