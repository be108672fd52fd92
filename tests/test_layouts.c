/*
 * Profiles do not depend on the layout: the same values in pages of other sizes, versions,
 * encodings and codecs, read in slices of 1 to 4096 bytes, give the same results bit for bit.
 */
#include "encode_help.h"

#define ROWS 5000u
#define DISTINCT 300u

/* A column's entries; the values lie in `values` one behind the other. */
struct column {
    struct weir_type type;
    bool nested; /* a list of optional elements, else an optional column */
    uint32_t *repetition;
    uint32_t *definition;
    struct en_values values;
    uint32_t entries;
    struct en_values distinct; /* of dictionaries */
    uint32_t *indices;
};

struct table {
    struct column columns[16];
    uint32_t count;
};

/* How a file is cut. */
struct cut {
    uint32_t page_rows; /* at most; drawn anew for each page */
    uint32_t group_rows;
    int codec;
    bool v2;
    bool same_pages; /* all pages as long as that */
    bool dictionary;
};

static uint32_t width_of(const struct weir_type *type) {
    switch (type->physical) {
    case WEIR_INT32:
    case WEIR_FLOAT: return 4;
    case WEIR_INT64:
    case WEIR_DOUBLE: return 8;
    case WEIR_INT96: return 12;
    case WEIR_FIXED_LEN_BYTE_ARRAY: return (uint32_t)type->length_bytes;
    default: return 0;
    }
}

/* A value that statistics have something to say of. */
static void draw(struct en_values *values, const struct weir_type *type) {
    double real = 1e3 * mp_below(1000) + mp_below(5000) / 8.0;
    float narrow = (float)real;
    uint64_t bits = mp_random() >> (8 + mp_below(48));
    uint8_t day[12] = {0};
    switch (type->physical) {
    case WEIR_FLOAT: en_add(values, &narrow, 4); return;
    case WEIR_DOUBLE: en_add(values, &real, 8); return;
    case WEIR_INT96:
        memcpy(day, &bits, 5);
        memcpy(day + 8, &(uint32_t){2440588 + mp_below(9999)}, 4);
        en_add(values, day, 12);
        return;
    case WEIR_INT32:
    case WEIR_INT64: en_add(values, &bits, width_of(type)); return;
    default: en_add_random(values, type, width_of(type), mp_below(50) == 0 ? 5000 : 20); return;
    }
}

static void put_value(struct column *column, bool few) {
    uint8_t truth = (uint8_t)mp_below(2);
    if (column->type.physical == WEIR_BOOLEAN) {
        en_add(&column->values, &truth, 1);
    } else if (few) {
        uint32_t pick = mp_below(DISTINCT);
        column->indices[column->values.count] = pick;
        en_add(&column->values, en_data(&column->distinct, pick),
               en_length(&column->distinct, pick));
    } else {
        draw(&column->values, &column->type);
    }
}

static void fill(struct column *column, bool few) {
    uint32_t room = 8 * ROWS;
    column->repetition = calloc(room, sizeof *column->repetition);
    column->definition = calloc(room, sizeof *column->definition);
    column->indices = calloc(room, sizeof *column->indices);
    for (uint32_t i = 0; few && i < DISTINCT && column->type.physical != WEIR_BOOLEAN; i++) {
        draw(&column->distinct, &column->type);
    }
    for (uint32_t row = 0; row < ROWS; row++) {
        uint32_t elements = column->nested ? mp_below(5) : 1;
        for (uint32_t i = 0; i == 0 || i < elements; i++) {
            uint32_t at = column->entries++;
            uint32_t most = column->nested ? 2 : 1;
            column->repetition[at] = i > 0;
            column->definition[at] = elements == 0 ? 0 : most - (mp_below(6) == 0);
            if (elements > 0 && column->definition[at] == most) {
                put_value(column, few);
            }
        }
    }
}

static void add_column(struct table *table, int physical, bool nested, bool few,
                       const struct weir_type *wish) {
    struct column *column = &table->columns[table->count++];
    column->type = *wish;
    column->type.physical = (enum weir_physical)physical;
    column->nested = nested;
    fill(column, few);
}

/* A column of each physical type, decimals, and lists. */
static struct table *table_of(bool few) {
    struct table *table = calloc(1, sizeof *table);
    struct weir_type none = {0};
    struct weir_type fixed = {.length_bytes = 7};
    struct weir_type decimal = {
        .logical = WEIR_LOGICAL_DECIMAL, .precision = 30, .length_bytes = 13};
    for (int physical = 0; physical <= 6; physical++) {
        add_column(table, physical, false, few, &none);
    }
    add_column(table, 7, false, few, &fixed);
    add_column(table, 7, false, few, &decimal);
    add_column(table, 2, true, few, &none);
    add_column(table, 6, true, few, &none);
    return table;
}

static void table_free(struct table *table) {
    for (uint32_t i = 0; i < table->count; i++) {
        free(table->columns[i].repetition);
        free(table->columns[i].definition);
        free(table->columns[i].indices);
        en_free(&table->columns[i].values);
        en_free(&table->columns[i].distinct);
    }
    free(table);
}

/* --- Files -------------------------------------------------------------------------------------
 */

/* An encoding that the type may have, other than dictionaries. */
static int64_t any_encoding(const struct weir_type *type) {
    static const int64_t bytes[] = {0, 6, 7};
    static const int64_t integers[] = {0, 5, 9};
    static const int64_t fixed[] = {0, 7, 9};
    uint32_t pick = mp_below(3);
    switch (type->physical) {
    case WEIR_BOOLEAN: return pick == 0 ? 0 : 3;
    case WEIR_INT32:
    case WEIR_INT64: return integers[pick];
    case WEIR_FLOAT:
    case WEIR_DOUBLE: return pick == 0 ? 0 : 9;
    case WEIR_BYTE_ARRAY: return bytes[pick];
    case WEIR_FIXED_LEN_BYTE_ARRAY: return fixed[pick];
    default: return 0;
    }
}

static void put_booleans(struct mp_page *page, const struct en_values *values) {
    uint32_t *truths = calloc(values->count + 1, sizeof *truths);
    for (size_t i = 0; i < values->count; i++) {
        truths[i] = *en_data(values, i);
    }
    if (page->encoding == 3) {
        struct mp_bytes runs = {0};
        mp_runs(&runs, truths, values->count, 1);
        mp_u32(&page->data, (uint32_t)runs.count);
        mp_put(&page->data, runs.data, runs.count);
        mp_free(&runs);
    } else {
        mp_pack(&page->data, truths, values->count, 1);
    }
    free(truths);
}

/* Entries from..to, whose values begin at `value`. Returns how many values there are. */
static size_t put_page(struct mp_file *file, const struct column *column, const struct cut *cut,
                       int64_t encoding, uint32_t from, uint32_t to, size_t value) {
    struct mp_page page = mp_page_of(cut->v2 ? 3 : 0, encoding, to - from);
    struct en_values values = {0};
    uint32_t most = column->nested ? 2 : 1;
    for (uint32_t i = from; i < to; i++) {
        if (column->definition[i] == most) {
            size_t at = value + values.count;
            en_add(&values, en_data(&column->values, at), en_length(&column->values, at));
        }
    }
    mp_both_levels(&page, column->repetition + from, column->nested, column->definition + from,
                   most, to - from, !cut->v2 && mp_below(4) == 0);
    if (encoding == 8) {
        mp_byte(&page.data, 9);
        mp_runs(&page.data, column->indices + value, values.count, 9);
    } else if (column->type.physical == WEIR_BOOLEAN) {
        put_booleans(&page, &values);
    } else {
        en_encode(&page.data, &values, encoding, width_of(&column->type));
    }
    size_t count = values.count;
    page.codec = cut->codec;
    page.crc = mp_below(2) == 0 ? -1 : MP_AUTO;
    mp_page_write(&file->bytes, &page);
    en_free(&values);
    return count;
}

/* The rows of a row group, from entry *entry_io and value *value_io on. */
static void put_chunk(struct mp_file *file, const struct column *column, const struct cut *cut,
                      uint32_t rows, uint32_t *entry_io, size_t *value_io) {
    uint32_t first = *entry_io;
    uint32_t at = first;
    bool dictionary = cut->dictionary && column->type.physical != WEIR_BOOLEAN;
    int64_t encoding = dictionary ? 8 : any_encoding(&column->type);
    struct mp_chunk *chunk = mp_chunk_begin(file, column->type.physical, cut->codec);
    chunk->encoding = encoding;
    if (dictionary) {
        struct mp_page page = mp_page_of(2, 0, DISTINCT);
        en_plain(&page.data, &column->distinct, width_of(&column->type) == 0);
        page.codec = cut->codec;
        mp_page_write(&file->bytes, &page);
    }
    while (rows > 0) {
        uint32_t some = cut->same_pages ? cut->page_rows : 1 + mp_below(cut->page_rows);
        some = some < rows ? some : rows;
        uint32_t end = at;
        for (uint32_t row = 0; row < some; row++) {
            for (end++; end < column->entries && column->repetition[end] > 0; end++) {
            }
        }
        *value_io += put_page(file, column, cut, encoding, at, end, *value_io);
        at = end;
        rows -= some;
    }
    mp_chunk_end(file, at - first);
    *entry_io = at;
}

static void put_schema(struct mp_file *file, const struct table *table) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                        "i", "j", "k", "l", "m", "n", "o", "p"};
    for (uint32_t i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i];
        if (column->nested) {
            mp_column_group(file, names[i], 2, 1);
        }
        mp_column(file, column->nested ? "element" : names[i], column->type.physical, 1);
        struct mp_column *leaf = &file->columns[file->columns_count - 1];
        if (column->type.physical == WEIR_FIXED_LEN_BYTE_ARRAY) {
            leaf->type_length = column->type.length_bytes;
        }
    }
}

static struct mp_file *write_file(const struct table *table, const struct cut *cut) {
    struct mp_file *file = mp_begin();
    uint32_t entries[16] = {0};
    size_t values[16] = {0};
    put_schema(file, table);
    for (uint32_t row = 0; row < ROWS; row += cut->group_rows) {
        uint32_t rows = ROWS - row < cut->group_rows ? ROWS - row : cut->group_rows;
        mp_group_begin(file);
        for (uint32_t i = 0; i < table->count; i++) {
            put_chunk(file, &table->columns[i], cut, rows, &entries[i], &values[i]);
        }
        mp_group_end(file, rows);
    }
    mp_end(file);
    return file;
}

static struct cut random_cut(uint32_t group_rows, bool dictionary) {
    static const uint32_t rows[] = {5, 60, 700, ROWS};
    return (struct cut){.page_rows = rows[mp_below(4)],
                        .group_rows = group_rows,
                        .codec = (int)mp_below(2),
                        .v2 = mp_below(2) == 0,
                        .dictionary = dictionary};
}

/* --- Comparisons -------------------------------------------------------------------------------
 */

static struct mp_outcome *profile(struct mp_file *file, size_t slice) {
    struct mp_outcome *out = mp_profile_one(file, slice, false);
    if (out->status != WEIR_END) {
        print_error("%s: %s\n", weir_status_name(out->status), out->error.message);
    }
    assert_int_equal(out->status, WEIR_END);
    return out;
}

static void assert_same(const struct mp_outcome *a, const struct mp_outcome *b) {
    assert_int_equal(a->columns, b->columns);
    for (uint32_t i = 0; i < a->columns; i++) {
        if (memcmp(&a->results[i], &b->results[i], sizeof a->results[i]) != 0) {
            print_error("column %u\n", i);
        }
        assert_memory_equal(&a->results[i], &b->results[i], sizeof a->results[i]);
        assert_memory_equal(a->quantiles[i], b->quantiles[i], sizeof a->quantiles[i]);
    }
}

/* Files of one table in random cuts, each against the first. */
static void compare_cuts(const struct table *table, uint32_t group_rows, bool dictionary,
                         int rounds) {
    struct cut plain = {ROWS, group_rows, 0, false, true, dictionary};
    struct mp_file *file = write_file(table, &plain);
    struct mp_outcome *wanted = profile(file, 0);
    for (uint32_t i = 0; i < table->count; i++) {
        assert_int_equal(wanted->results[i].count, table->columns[i].values.count);
    }
    mp_drop(file);
    for (int round = 0; round < rounds; round++) {
        struct cut cut = random_cut(group_rows, dictionary);
        file = write_file(table, &cut);
        struct mp_outcome *got = profile(file, round % 3 == 0 ? 1 + mp_below(4096) : 0);
        assert_same(wanted, got);
        free(got);
        mp_drop(file);
    }
    free(wanted);
}

static void pages_encodings_and_codecs_change_nothing(void **state) {
    (void)state;
    mp_seed("pages");
    for (int round = 0; round < 2; round++) {
        struct table *table = table_of(round == 1);
        compare_cuts(table, ROWS, false, 12);
        compare_cuts(table, 613, false, 12);
        table_free(table);
    }
}

static void pages_of_dictionary_indices_change_nothing(void **state) {
    (void)state;
    mp_seed("dictionary");
    struct table *table = table_of(true);
    compare_cuts(table, ROWS, true, 12);
    compare_cuts(table, 613, true, 12);
    table_free(table);
}

/* Fewer rows a group, the same values: blocks go on over the borders of column chunks. */
static void row_groups_change_nothing(void **state) {
    static const uint32_t groups[] = {ROWS, 4096, 1000, 333};
    (void)state;
    mp_seed("row groups");
    for (int round = 0; round < 3; round++) {
        bool few = round > 0;
        bool dictionary = round == 2;
        struct table *table = table_of(few);
        struct mp_outcome *wanted = NULL;
        for (int i = 0; i < 4; i++) {
            struct cut cut = random_cut(groups[i], dictionary);
            struct mp_file *file = write_file(table, &cut);
            struct mp_outcome *got = profile(file, 0);
            if (wanted != NULL) {
                assert_same(wanted, got);
                free(got);
            } else {
                wanted = got;
            }
            mp_drop(file);
        }
        free(wanted);
        table_free(table);
    }
}

static void every_slice_gives_the_same(void **state) {
    (void)state;
    mp_seed("slices");
    struct table *table = table_of(false);
    for (int round = 0; round < 2; round++) {
        struct cut cut = {700, 2500, round, round == 1, false, false};
        struct mp_file *file = write_file(table, &cut);
        struct mp_outcome *wanted = profile(file, 0);
        for (size_t slice = 1; slice <= 4096; slice += slice < 24 ? 1 : 1 + mp_below(700)) {
            struct mp_outcome *got = profile(file, slice);
            assert_same(wanted, got);
            free(got);
        }
        free(wanted);
        mp_drop(file);
    }
    table_free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_encodings_and_codecs_change_nothing),
        cmocka_unit_test(pages_of_dictionary_indices_change_nothing),
        cmocka_unit_test(row_groups_change_nothing),
        cmocka_unit_test(every_slice_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
