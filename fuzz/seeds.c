/*
 * Writes the inputs that fuzzing begins with: small files of every type, encoding, codec and kind
 * of nesting under DIR/files, single pages for fuzz_decoder under DIR/pages, saved columns under
 * DIR/states, and what seeds_small.c writes.
 *
 *     seeds DIR
 */
#include "make_nested.h"
#include "seeds.h"

#include "parquet/codec.h"
#include "parquet/schema.h"
#include "stats/column.h"

static const char *folder;

static void save(const char *kind, const char *name, const struct mp_bytes *bytes) {
    seeds_save(folder, kind, name, bytes);
}

/* --- Codecs, by their stored forms: what a fuzzer can turn into anything ------------------------
 */

static void store_gzip(struct mp_bytes *to, const struct mp_bytes *from) {
    static const uint8_t head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    mp_put(to, head, sizeof head);
    mp_byte(to, 1); /* one stored block, the last */
    mp_byte(to, (uint32_t)from->count & 0xff);
    mp_byte(to, (uint32_t)from->count >> 8);
    mp_byte(to, ~(uint32_t)from->count & 0xff);
    mp_byte(to, ~(uint32_t)from->count >> 8 & 0xff);
    mp_put(to, from->data, from->count);
    mp_u32(to, weir_crc32(0, from->data, from->count));
    mp_u32(to, (uint32_t)from->count);
}

static void store_zstd(struct mp_bytes *to, const struct mp_bytes *from) {
    mp_u32(to, 0xfd2fb528);
    mp_byte(to, 0xa0); /* one segment, four bytes of size */
    mp_u32(to, (uint32_t)from->count);
    uint32_t block = (uint32_t)from->count << 3 | 1; /* raw, the last */
    mp_put(to, &block, 3);
    mp_put(to, from->data, from->count);
}

static void store_lz4(struct mp_bytes *to, const struct mp_bytes *from) {
    uint32_t left = (uint32_t)from->count;
    mp_byte(to, left >= 15 ? 0xf0 : left << 4);
    if (left >= 15) {
        for (left -= 15; left >= 255; left -= 255) {
            mp_byte(to, 255);
        }
        mp_byte(to, left);
    }
    mp_put(to, from->data, from->count);
}

/* LZ4 with Hadoop's framing. */
static void store_hadoop(struct mp_bytes *to, const struct mp_bytes *from) {
    struct mp_bytes lz4 = {0};
    store_lz4(&lz4, from);
    uint32_t sizes[2] = {__builtin_bswap32((uint32_t)from->count),
                         __builtin_bswap32((uint32_t)lz4.count)};
    mp_put(to, sizes, sizeof sizes);
    mp_put(to, lz4.data, lz4.count);
    mp_free(&lz4);
}

/* An uncompressed meta-block of up to 65536 bytes, then an empty last one: the header's bits are
 * WBITS 1011 (a window of 22 bits), ISLAST 0, MNIBBLES 00, 16 of length, ISUNCOMPRESSED 1. */
static void store_brotli(struct mp_bytes *to, const struct mp_bytes *from) {
    uint32_t head = 0x0b | (uint32_t)(from->count - 1) << 7 | 1u << 23;
    mp_put(to, &head, 3);
    mp_put(to, from->data, from->count);
    mp_byte(to, 3);
}

static void store(struct mp_bytes *to, const struct mp_bytes *from, uint32_t codec) {
    switch (codec) {
    case WEIR_CODEC_SNAPPY: mp_snappy(to, from); break;
    case WEIR_CODEC_GZIP: store_gzip(to, from); break;
    case WEIR_CODEC_BROTLI: store_brotli(to, from); break;
    case WEIR_CODEC_LZ4: store_hadoop(to, from); break;
    case WEIR_CODEC_ZSTD: store_zstd(to, from); break;
    case WEIR_CODEC_LZ4_RAW: store_lz4(to, from); break;
    default: mp_put(to, from->data, from->count); break;
    }
}

/* A V1 page is compressed with its levels. */
static void write_page(struct mp_file *file, struct mp_page *page, uint32_t codec) {
    struct mp_bytes body = {0};
    struct mp_bytes packed = {0};
    if (page->type != 3) {
        mp_put(&body, page->repetition.data, page->repetition.count);
        mp_put(&body, page->levels.data, page->levels.count);
        mp_free(&page->repetition);
        mp_free(&page->levels);
    }
    mp_put(&body, page->data.data, page->data.count);
    store(&packed, &body, codec);
    page->page_bytes = (int64_t)(page->repetition.count + page->levels.count + body.count);
    mp_free(&page->data);
    page->data = packed;
    page->crc = mp_below(2) != 0 ? -1 : MP_AUTO;
    mp_page_write(&file->bytes, page);
    mp_free(&body);
}

/* --- Columns ------------------------------------------------------------------------------------
 */

struct column {
    const char *name;
    struct weir_type type;
    int64_t logical;
    uint32_t encodings; /* set of them */
};

#define PLAIN (1u << WEIR_ENCODING_PLAIN)
#define INTEGER (PLAIN | 1u << WEIR_ENCODING_DELTA_BINARY_PACKED | SPLIT)
#define SPLIT (1u << WEIR_ENCODING_BYTE_STREAM_SPLIT)
#define SHARED (1u << WEIR_ENCODING_DELTA_BYTE_ARRAY)
#define BYTES (PLAIN | SHARED | 1u << WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY)
#define FIXED WEIR_FIXED_LEN_BYTE_ARRAY
#define DECIMAL .logical = WEIR_LOGICAL_DECIMAL, .precision

static const struct column columns[] = {
    {"i32", {.physical = WEIR_INT32}, 0, INTEGER},
    {"i64", {.physical = WEIR_INT64}, 0, INTEGER},
    {"i96", {.physical = WEIR_INT96}, 0, PLAIN},
    {"f32", {.physical = WEIR_FLOAT}, 0, PLAIN | SPLIT},
    {"f64", {.physical = WEIR_DOUBLE}, 0, PLAIN | SPLIT},
    {"bytes", {.physical = WEIR_BYTE_ARRAY}, 0, BYTES},
    {"d9", {.physical = WEIR_INT32, DECIMAL = 9}, 0, INTEGER},
    {"d18", {.physical = WEIR_BYTE_ARRAY, DECIMAL = 18}, 0, BYTES},
    {"d38", {.physical = FIXED, .length_bytes = 16, DECIMAL = 38}, 0, PLAIN | SHARED | SPLIT},
    {"d70", {.physical = FIXED, .length_bytes = 30, DECIMAL = 70}, 0, PLAIN | SHARED | SPLIT},
    {"f16",
     {.physical = FIXED, .length_bytes = 2, .logical = WEIR_LOGICAL_FLOAT16},
     15,
     PLAIN | SHARED | SPLIT},
    {"uuid",
     {.physical = FIXED, .length_bytes = 16, .logical = WEIR_LOGICAL_UUID},
     14,
     PLAIN | SHARED | SPLIT},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static void describe(struct mp_file *file, const struct column *column, int64_t repetition) {
    en_describe(file, column->name, &column->type, column->logical, repetition);
}

static void put_values(struct mp_page *page, const struct column *column, uint32_t count) {
    struct en_values values = {0};
    for (uint32_t i = 0; i < count; i++) {
        en_add_random(&values, &column->type, en_stored_width(&column->type), 12);
    }
    en_encode(&page->data, &values, page->encoding, en_stored_width(&column->type));
    en_free(&values);
}

/* A dictionary page and a page of its indices. */
static void write_dictionary(struct mp_file *file, const struct column *column, uint32_t codec,
                             uint32_t entries) {
    struct mp_page page = mp_page_of(2, 0, entries);
    put_values(&page, column, entries);
    write_page(file, &page, codec);
}

static void put_indices(struct mp_page *page, uint32_t count, uint32_t entries) {
    uint32_t indices[256];
    uint32_t width = weir_bit_width(entries - 1);
    assert_true(count <= 256);
    for (uint32_t i = 0; i < count; i++) {
        indices[i] = mp_below(entries);
    }
    page->encoding = 8;
    mp_byte(&page->data, width);
    mp_runs(&page->data, indices, count, width);
}

/* --- Files --------------------------------------------------------------------------------------
 */

/* One flat column: a page in the encoding, and one that begins with a dictionary. */
static void save_flat(const struct column *column, uint32_t encoding, uint32_t codec,
                      const char *name) {
    struct mp_file *file = mp_begin();
    uint32_t rows = 20 + mp_below(60);
    describe(file, column, 1);
    for (int group = 0; group < 2; group++) {
        uint32_t present[100];
        uint32_t values = 0;
        for (uint32_t i = 0; i < rows; i++) {
            present[i] = mp_below(10) != 0;
            values += present[i];
        }
        mp_group_begin(file);
        mp_chunk_begin(file, column->type.physical, codec)->encoding = encoding;
        if (group != 0) {
            write_dictionary(file, column, codec, 9);
        }
        struct mp_page page = mp_page_of(group == 0 ? 0 : 3, encoding, rows);
        mp_levels(&page, present, rows);
        page.nulls = rows - values;
        if (group != 0) {
            put_indices(&page, values, 9);
        } else {
            put_values(&page, column, values);
        }
        write_page(file, &page, codec);
        mp_chunk_end(file, rows);
        mp_group_end(file, rows);
    }
    mp_end(file);
    save("files", name, &file->bytes);
    mp_drop(file);
}

/* More distinct values than are counted exactly: sketches, and passes for exact quantiles. */
static void save_many(const struct column *column) {
    struct mp_file *file = mp_begin();
    struct mp_page page = mp_page_of(0, WEIR_ENCODING_PLAIN, 1500);
    char name[64];
    describe(file, column, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, column->type.physical, 0);
    put_values(&page, column, 1500);
    write_page(file, &page, 0);
    mp_chunk_end(file, 1500);
    mp_group_end(file, 1500);
    mp_end(file);
    snprintf(name, sizeof name, "many-%s.parquet", column->name);
    save("files", name, &file->bytes);
    mp_drop(file);
}

/* A column with the path of `tree`, and the page versions and level encodings there are. */
static void save_nested(uint32_t number) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "leaf"};
    char name[64];
    const struct column *column = &columns[number % COLUMNS];
    struct mn_path path = mn_path_random(4);
    struct mn_tree tree;
    mn_tree_grow(&tree, &path, 6);
    struct mn_stripes stripes = mn_stripe(&tree);
    size_t count = stripes.count < 150 ? stripes.count : 150;
    while (count < stripes.count && count > 0 && stripes.repetition[count] > 0) {
        count--; /* whole rows */
    }
    struct mp_file *file = mp_begin();
    uint32_t rows = 0;
    uint32_t values = 0;
    for (uint32_t i = 0; i + 1 < path.nodes; i++) {
        mp_column_group(file, names[i], path.node[i], 1);
    }
    describe(file, column, path.node[path.nodes - 1]);
    for (size_t i = 0; i < count; i++) {
        rows += stripes.repetition[i] == 0;
        values += stripes.definition[i] == path.definition_max;
    }
    mp_group_begin(file);
    mp_chunk_begin(file, column->type.physical, 0);
    struct mp_page page = mp_page_of(number % 3 == 0 ? 3 : 0, 0, (int64_t)count);
    mp_both_levels(&page, stripes.repetition, path.repetition_max, stripes.definition,
                   path.definition_max, count, number % 3 == 1);
    if (number % 2 != 0) {
        write_dictionary(file, column, 0, 5);
        put_indices(&page, values, 5);
    } else {
        put_values(&page, column, values);
    }
    write_page(file, &page, 0);
    mp_chunk_end(file, (int64_t)count);
    mp_group_end(file, rows);
    mp_end(file);
    snprintf(name, sizeof name, "nested-%02u.parquet", number);
    save("files", name, &file->bytes);
    mp_drop(file);
    mn_stripes_free(&stripes);
    mn_tree_free(&tree);
}

static void save_booleans(void) {
    struct mp_file *file = mp_begin();
    uint32_t bits[90];
    mp_column(file, "flag", WEIR_BOOLEAN, 0);
    mp_group_begin(file);
    mp_chunk_begin(file, WEIR_BOOLEAN, 0)->encoding = WEIR_ENCODING_RLE;
    for (uint32_t i = 0; i < 90; i++) {
        bits[i] = mp_below(3) != 0;
    }
    struct mp_page packed = mp_page_of(0, WEIR_ENCODING_PLAIN, 90);
    mp_pack(&packed.data, bits, 90, 1);
    write_page(file, &packed, 0);
    struct mp_page runs = mp_page_of(3, WEIR_ENCODING_RLE, 90);
    struct mp_bytes section = {0};
    mp_runs(&section, bits, 90, 1);
    mp_u32(&runs.data, (uint32_t)section.count);
    mp_put(&runs.data, section.data, section.count);
    write_page(file, &runs, 0);
    mp_free(&section);
    mp_chunk_end(file, 180);
    mp_group_end(file, 180);
    mp_end(file);
    save("files", "booleans.parquet", &file->bytes);
    mp_drop(file);
}

/* A page for fuzz_decoder: see its struct head. */
static void save_page(uint8_t type, const struct column *column, uint32_t encoding, uint32_t codec,
                      uint32_t count, const char *name) {
    struct mp_page page = mp_page_of(0, encoding, count);
    struct mp_bytes packed = {0};
    struct mp_bytes bytes = {0};
    put_values(&page, column, count);
    store(&packed, &page.data, codec);
    uint8_t head[10] = {type,
                        (uint8_t)(column->type.length_bytes - 1),
                        (uint8_t)encoding,
                        (uint8_t)codec,
                        (uint8_t)page.data.count,
                        (uint8_t)(page.data.count >> 8),
                        (uint8_t)count,
                        (uint8_t)(count >> 8),
                        0,
                        30};
    mp_put(&bytes, head, sizeof head);
    mp_put(&bytes, packed.data, packed.count);
    save("pages", name, &bytes);
    mp_free(&bytes);
    mp_free(&packed);
    mp_page_free(&page);
}

/* --- Saved columns, for fuzz_saved. ------------------------------------------------------------
 */

/* `spread`: most values that differ. Bytes are of 12 or of 40, the number first. */
static void feed_column(struct weir_column *column, struct weir_scratch *scratch,
                        enum weir_kind kind, uint32_t count, uint32_t spread) {
    weir_column_chunk_begin(column, scratch);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t number = mp_below(spread) * (mp_below(3) == 0 ? 1 : 7);
        const double real = (double)number - 40.5;
        const float narrow = (float)real;
        uint8_t text[40] = {0};
        uint8_t wide[16] = {0};
        memcpy(text, &number, sizeof number);
        memcpy(wide, &number, sizeof number);
        const struct weir_view view = {text, number % 5 == 0 ? 40 : 12};
        switch (kind) {
        case WEIR_KIND_BOOL: weir_column_add_bools(column, number & 1, 1); break;
        case WEIR_KIND_BYTES: weir_column_add_views(column, scratch, &view, NULL, 1); break;
        default:
            weir_column_add_fixed(column, scratch,
                                  kind == WEIR_KIND_F64   ? (const void *)&real
                                  : kind == WEIR_KIND_F32 ? (const void *)&narrow
                                                          : (const void *)wide,
                                  1);
            break;
        }
    }
    weir_column_chunk_end(column, scratch);
    weir_column_add_nulls(column, count % 7);
}

static void save_column(enum weir_kind kind, uint32_t stats, uint32_t count, uint32_t spread) {
    static _Alignas(64) uint8_t block[4 << 20];
    static uint8_t saved[1 << 20];
    const struct weir_stats_options options = {.stats = stats, .rank_error = 0.1, .seed = 1};
    struct weir_space space;
    struct weir_error error = {0};
    char name[64];
    weir_space_carve(&space, block, sizeof block);
    struct weir_scratch *scratch = weir_scratch_take(&space, 1u << kind, &options);
    struct weir_column *column = weir_column_take(&space, 1u << kind, &options);
    weir_column_begin(column, &options, kind, false, 2);
    feed_column(column, scratch, kind, count, spread);
    uint64_t bytes = 0;
    if (weir_column_save(column, saved, sizeof saved, &bytes, &error) != WEIR_OK) {
        fprintf(stderr, "seeds: %s\n", error.message);
        exit(2);
    }
    struct mp_bytes all = {0};
    mp_put(&all, saved, bytes);
    snprintf(name, sizeof name, "kind-%u-stats-%u-%u", (unsigned)kind, stats, count);
    save("states", name, &all);
    mp_free(&all);
}

static void save_columns(void) {
    static const uint32_t stats[] = {WEIR_STATS_ALL, WEIR_STATS_MOMENTS, WEIR_STATS_QUANTILES};
    for (uint32_t kind = WEIR_KIND_BOOL; kind <= WEIR_KIND_I128; kind++) {
        for (uint32_t s = 0; s < 3; s++) {
            save_column((enum weir_kind)kind, stats[s], 30, 9);
            save_column((enum weir_kind)kind, stats[s], 5000, 4000);
        }
    }
}

int main(int argc, char **argv) {
    static const uint8_t page_types[COLUMNS] = {0, 1, 2, 3, 4, 5, 0, 7, 10, 11, 12, 6};
    static const uint32_t codecs[] = {0, 1, 2, 4, 5, 6, 7};
    char name[128];
    if (argc != 2) {
        fprintf(stderr, "usage: seeds DIR\n");
        return 2;
    }
    folder = argv[1];
    mp_state = 7;
    uint32_t turn = 0;
    for (uint32_t c = 0; c < COLUMNS; c++) {
        for (uint32_t encoding = 0; encoding < 10; encoding++) {
            if ((columns[c].encodings >> encoding & 1) == 0) {
                continue;
            }
            snprintf(name, sizeof name, "%s-%u.parquet", columns[c].name, encoding);
            save_flat(&columns[c], encoding, 0, name);
            uint32_t codec = codecs[1 + turn % 6];
            snprintf(name, sizeof name, "%s-%u-codec-%u.parquet", columns[c].name, encoding, codec);
            save_flat(&columns[c], encoding, codec, name);
            snprintf(name, sizeof name, "%s-%u", columns[c].name, encoding);
            save_page(page_types[c], &columns[c], encoding, 0, 30 + turn, name);
            snprintf(name, sizeof name, "%s-%u-large", columns[c].name, encoding);
            save_page(page_types[c], &columns[c], encoding, 0, 1300, name);
            snprintf(name, sizeof name, "%s-%u-codec-%u", columns[c].name, encoding, codec);
            save_page(page_types[c], &columns[c], encoding, codec, 60, name);
            turn++;
        }
    }
    for (uint32_t i = 0; i < 12; i++) {
        save_nested(i);
    }
    save_booleans();
    save_many(&columns[1]); /* i64 */
    save_many(&columns[2]); /* i96 */
    save_columns();
    seeds_small(folder);
    return 0;
}
