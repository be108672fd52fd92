#include "mutate_files.h"

#include "encode_help.h"
#include "make_nested.h"
#include "mutate_claims.h"
#include "mutate_pack.h"
#include "mutate_words.h"

#include "parquet/schema.h"

/* --- Columns ------------------------------------------------------------------------------------
 */

struct column {
    const char *name;
    struct weir_type type;
    int64_t logical; /* id in the LogicalType union; 0: none */
};

#define FIXED WEIR_FIXED_LEN_BYTE_ARRAY
#define DECIMAL .logical = WEIR_LOGICAL_DECIMAL, .precision

enum { BOOL, I32, I64, I96, F32, F64, BYTES, D9, D18, D38, D70, F16, UUID, COLUMNS };

static const struct column columns[COLUMNS] = {
    {"bool", {.physical = WEIR_BOOLEAN}, 0},
    {"i32", {.physical = WEIR_INT32}, 0},
    {"i64", {.physical = WEIR_INT64}, 0},
    {"i96", {.physical = WEIR_INT96}, 0},
    {"f32", {.physical = WEIR_FLOAT}, 0},
    {"f64", {.physical = WEIR_DOUBLE}, 0},
    {"bytes", {.physical = WEIR_BYTE_ARRAY}, 0},
    {"d9", {.physical = WEIR_INT32, DECIMAL = 9}, 0},
    {"d18", {.physical = WEIR_BYTE_ARRAY, DECIMAL = 18}, 0},
    {"d38", {.physical = FIXED, .length_bytes = 16, DECIMAL = 38}, 0},
    {"d70", {.physical = FIXED, .length_bytes = 30, DECIMAL = 70}, 0},
    {"f16", {.physical = FIXED, .length_bytes = 2, .logical = WEIR_LOGICAL_FLOAT16}, 15},
    {"uuid", {.physical = FIXED, .length_bytes = 16, .logical = WEIR_LOGICAL_UUID}, 14},
};

static void describe(struct mp_file *file, const struct column *column, int64_t repetition) {
    en_describe(file, column->name, &column->type, column->logical, repetition);
}

/* --- Pages --------------------------------------------------------------------------------------
 */

#define ROWS_MAX 600u

static void put_booleans(struct mp_page *page, uint32_t count) {
    struct mp_bytes runs = {0};
    uint32_t bits[ROWS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        bits[i] = mp_below(3) != 0;
    }
    if (page->encoding == WEIR_ENCODING_PLAIN) {
        mp_pack(&page->data, bits, count, 1);
        return;
    }
    mp_runs(&runs, bits, count, 1);
    mp_u32(&page->data, (uint32_t)runs.count);
    mp_put(&page->data, runs.data, runs.count);
    mp_free(&runs);
}

static void put_values(struct mp_page *page, const struct column *column, uint32_t count) {
    struct en_values values = {0};
    if (column->type.physical == WEIR_BOOLEAN) {
        put_booleans(page, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        /* Every third value is there again, so that codecs find something. */
        if (i % 3 == 2) {
            struct mp_bytes copy = {0};
            mp_put(&copy, en_data(&values, i - 2), en_length(&values, i - 2));
            en_add(&values, copy.data, copy.count);
            mp_free(&copy);
        } else {
            en_add_random(&values, &column->type, en_stored_width(&column->type), 12);
        }
    }
    en_encode(&page->data, &values, page->encoding, en_stored_width(&column->type));
    en_free(&values);
}

static void put_indices(struct mp_page *page, uint32_t count, uint32_t entries) {
    uint32_t indices[ROWS_MAX];
    uint32_t width = weir_bit_width(entries - 1);
    for (uint32_t i = 0; i < count; i++) {
        indices[i] = mp_below(entries);
    }
    mp_byte(&page->data, width);
    mp_runs(&page->data, indices, count, width);
}

static int64_t saved_bytes; /* by codecs, in the pages of a chunk */

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
    if (body.count > 0) {
        pk_pack(&packed, &body, codec);
    }
    page->page_bytes = (int64_t)(page->repetition.count + page->levels.count + body.count);
    saved_bytes += (int64_t)body.count - (int64_t)packed.count;
    mp_free(&page->data);
    page->data = packed;
    mp_page_write(&file->bytes, page);
    mp_free(&body);
}

/* --- Files of one flat column -------------------------------------------------------------------
 */

struct recipe {
    uint32_t column;
    uint32_t encoding; /* RLE_DICTIONARY: a dictionary page in front */
    uint32_t codec;
    uint32_t version; /* of the data page: 1, 2 */
    bool crc;
    bool required;
    uint32_t rows;
};

#define DICTIONARY WEIR_ENCODING_RLE_DICTIONARY
#define DELTA WEIR_ENCODING_DELTA_BINARY_PACKED
#define LENGTHS WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY
#define PREFIXES WEIR_ENCODING_DELTA_BYTE_ARRAY
#define SPLIT WEIR_ENCODING_BYTE_STREAM_SPLIT
#define PLAIN WEIR_ENCODING_PLAIN
#define RLE WEIR_ENCODING_RLE
#define EACH_CODEC(codec)                                                                          \
    {BYTES, PLAIN, codec, 1, false, false, 9}, {I64, DICTIONARY, codec, 2, true, false, 12},       \
        {I32, DELTA, codec, 1, true, true, 20}, {                                                  \
        F64, SPLIT, codec, 2, false, true, 9                                                       \
    }

static const struct recipe recipes[] = {
    {BOOL, PLAIN, 0, 1, false, false, 20},
    {BOOL, RLE, 0, 2, false, false, 30},
    {I32, PLAIN, 0, 1, false, false, 9},
    {I64, PLAIN, 0, 2, true, false, 9},
    {I96, PLAIN, 0, 1, false, false, 6},
    {F32, PLAIN, 0, 2, false, true, 9},
    {F64, PLAIN, 0, 1, true, false, 9},
    {BYTES, PLAIN, 0, 1, false, false, 9},
    {D9, PLAIN, 0, 1, false, false, 9},
    {D18, PLAIN, 0, 2, false, false, 9},
    {D38, PLAIN, 0, 1, false, true, 6},
    {D70, PLAIN, 0, 1, false, true, 5},
    {F16, PLAIN, 0, 1, false, false, 12},
    {UUID, PLAIN, 0, 1, false, true, 6},
    {BYTES, DICTIONARY, 0, 1, false, false, 20},
    {I64, DICTIONARY, 0, 2, false, true, 20},
    {I32, DELTA, 0, 1, false, false, 20},
    {I64, DELTA, 0, 2, false, true, 20},
    {BYTES, LENGTHS, 0, 1, false, false, 9},
    {BYTES, PREFIXES, 0, 2, false, false, 9},
    {D38, PREFIXES, 0, 1, false, true, 6},
    {I32, SPLIT, 0, 2, false, false, 9},
    {F64, SPLIT, 0, 1, false, false, 9},
    {D38, SPLIT, 0, 1, false, true, 6},
    EACH_CODEC(WEIR_CODEC_SNAPPY),
    EACH_CODEC(WEIR_CODEC_GZIP),
    EACH_CODEC(WEIR_CODEC_BROTLI),
    EACH_CODEC(WEIR_CODEC_LZ4),
    EACH_CODEC(WEIR_CODEC_ZSTD),
    EACH_CODEC(WEIR_CODEC_LZ4_RAW),
    {BYTES, PREFIXES, WEIR_CODEC_SNAPPY, 1, true, false, 250},
    {I64, DICTIONARY, WEIR_CODEC_GZIP, 2, false, false, 400},
    {I32, DELTA, 0, 1, false, false, 600},
};
#define RECIPES (sizeof recipes / sizeof recipes[0])

static void add_flat_column(struct mp_file *file, const struct recipe *recipe) {
    const struct column *column = &columns[recipe->column];
    uint32_t present[ROWS_MAX];
    uint32_t values = 0;
    struct mp_chunk *chunk = mp_chunk_begin(file, column->type.physical, recipe->codec);
    chunk->encoding = recipe->encoding;
    saved_bytes = 0;
    for (uint32_t i = 0; i < recipe->rows; i++) {
        present[i] = recipe->required || mp_below(5) != 0;
        values += present[i];
    }
    uint32_t entries = 3 + recipe->rows / 4;
    if (recipe->encoding == DICTIONARY) {
        struct mp_page page = mp_page_of(2, PLAIN, entries);
        page.crc = recipe->crc ? -1 : MP_AUTO;
        put_values(&page, column, entries);
        write_page(file, &page, recipe->codec);
        chunk->dictionary_offset = chunk->offset;
        chunk->offset = (int64_t)file->bytes.count;
    }
    struct mp_page page = mp_page_of(recipe->version == 2 ? 3 : 0, recipe->encoding, recipe->rows);
    page.crc = recipe->crc ? -1 : MP_AUTO;
    page.nulls = recipe->rows - values;
    if (!recipe->required) {
        mp_levels(&page, present, recipe->rows);
    }
    if (recipe->encoding == DICTIONARY) {
        put_indices(&page, values, entries);
    } else {
        put_values(&page, column, values);
    }
    write_page(file, &page, recipe->codec);
    mp_chunk_end(file, recipe->rows);
    if (chunk->dictionary_offset != MP_AUTO) {
        chunk->raw_bytes += chunk->offset - chunk->dictionary_offset;
    }
    chunk->page_bytes = chunk->raw_bytes + saved_bytes; /* uncompressed */
    chunk->null_count = page.nulls;
}

static const char *encoding_name(uint32_t encoding) {
    switch (encoding) {
    case DICTIONARY: return "dictionary";
    case RLE: return "rle";
    case DELTA: return "delta";
    case LENGTHS: return "lengths";
    case PREFIXES: return "prefixes";
    case SPLIT: return "split";
    default: return "plain";
    }
}

static const char *codec_name(uint32_t codec) {
    static const char *const names[] = {"none",   "snappy", "gzip", "",
                                        "brotli", "lz4",    "zstd", "lz4raw"};
    return names[codec];
}

static struct mp_file *make_flat(const struct recipe *recipe, struct mutate_file *made) {
    struct mp_file *file = mp_begin();
    describe(file, &columns[recipe->column], recipe->required ? 0 : 1);
    mp_group_begin(file);
    add_flat_column(file, recipe);
    mp_group_end(file, recipe->rows);
    snprintf(made->name, sizeof made->name, "%s-%s-%s-v%u%s", columns[recipe->column].name,
             encoding_name(recipe->encoding), codec_name(recipe->codec), recipe->version,
             recipe->rows > 100 ? "-large" : "");
    made->large = recipe->rows > 100;
    bool library = recipe->codec == WEIR_CODEC_GZIP || recipe->codec == WEIR_CODEC_BROTLI ||
                   recipe->codec == WEIR_CODEC_ZSTD;
    made->library = library ? recipe->codec : 0;
    return file;
}

/* --- Other files --------------------------------------------------------------------------------
 */

/* A nested column of few rows. */
static struct mp_file *make_nested(uint32_t kind, struct mutate_file *made) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    const struct column *column = &columns[kind % 2 == 0 ? I32 : BYTES];
    struct mn_path path = {0};
    struct mn_tree tree;
    mn_path_add(&path, MN_OPTIONAL);
    mn_path_add(&path, MN_REPEATED);
    if (kind == 3) {
        mn_path_add(&path, MN_OPTIONAL);
        mn_path_add(&path, MN_REPEATED);
    }
    mn_path_add(&path, kind == 1 ? MN_REQUIRED : MN_OPTIONAL);
    mn_tree_grow(&tree, &path, kind == 4 ? 40 : 5);
    struct mn_stripes stripes = mn_stripe(&tree);
    size_t count = stripes.count < (kind == 4 ? 400u : 40u) ? stripes.count : kind == 4 ? 400 : 40;
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
    struct mp_page page = mp_page_of(kind % 2 == 0 ? 0 : 3, PLAIN, (int64_t)count);
    mp_both_levels(&page, stripes.repetition, path.repetition_max, stripes.definition,
                   path.definition_max, count, kind == 2);
    put_values(&page, column, values);
    write_page(file, &page, 0);
    mp_chunk_end(file, (int64_t)count);
    mp_group_end(file, rows);
    snprintf(made->name, sizeof made->name, "nested-%u%s", kind, kind == 4 ? "-large" : "");
    made->large = kind == 4;
    mn_stripes_free(&stripes);
    mn_tree_free(&tree);
    return file;
}

/* Two row groups of two columns. */
static struct mp_file *make_groups(struct mutate_file *made) {
    static const struct recipe both[2] = {{I32, PLAIN, 0, 1, true, false, 4},
                                          {BYTES, DICTIONARY, 0, 2, true, true, 4}};
    struct mp_file *file = mp_begin();
    describe(file, &columns[I32], 1);
    describe(file, &columns[BYTES], 0);
    for (int group = 0; group < 2; group++) {
        mp_group_begin(file);
        add_flat_column(file, &both[0]);
        add_flat_column(file, &both[1]);
        mp_group_end(file, 4);
    }
    snprintf(made->name, sizeof made->name, "two-groups");
    return file;
}

/* No row, and a row group without rows. */
static struct mp_file *make_empty(bool group, struct mutate_file *made) {
    static const struct recipe empty = {I64, PLAIN, 0, 2, false, false, 0};
    struct mp_file *file = mp_begin();
    describe(file, &columns[I64], 1);
    if (group) {
        mp_group_begin(file);
        add_flat_column(file, &empty);
        mp_group_end(file, 0);
    }
    snprintf(made->name, sizeof made->name, "%s", group ? "empty-group" : "no-rows");
    return file;
}

#define OTHERS (9u + MUTATE_WORDS)

uint32_t mutate_files_count(void) {
    return RECIPES + OTHERS;
}

void mutate_files_make(uint32_t index, struct mutate_file *made) {
    struct mp_file *file = NULL;
    free(made->data);
    memset(made, 0, sizeof *made);
    mp_state = 1000 + index;
    for (int i = 0; i < 8; i++) {
        (void)mp_random(); /* neighbouring seeds begin alike */
    }
    uint32_t other = index - (uint32_t)RECIPES;
    if (index < RECIPES) {
        file = make_flat(&recipes[index], made);
    } else if (other < 5) {
        file = make_nested(other, made);
    } else if (other == 5) {
        file = make_groups(made);
    } else if (other < 8) {
        file = make_empty(other == 7, made);
    } else if (other == 8) {
        file = mutate_claims_make(made);
    } else {
        file = mutate_words_make(other - 9, made);
    }
    mp_end(file);
    mutate_claims_finish(file, other == 8);
    made->data = file->bytes.data;
    made->bytes = file->bytes.count;
    free(file);
}
