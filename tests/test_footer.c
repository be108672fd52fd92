/* Footers: the tree and the chunks come out at any cut of the input, and no count is believed. */
#include "make_parquet.h"

struct bench {
    struct mp_source input;
    struct weir_source source;
    struct weir_error error;
    struct weir_footer *footer;
    void *window;
};

static void bench_begin(struct bench *b) {
    memset(b, 0, sizeof *b);
    b->footer = mp_guarded(sizeof *b->footer);
    /* What lies right behind the footer must fault, so no padding may be left. */
    b->window = mp_guarded(WEIR_FOOTER_WINDOW_BYTES);
}

static enum weir_status bench_open(struct bench *b, const void *data, size_t bytes, size_t slice) {
    b->input = (struct mp_source){.data = data, .bytes = bytes, .slice = slice};
    b->source = mp_source_of(&b->input);
    weir_error_clear(&b->error);
    return weir_footer_open(b->footer, &b->source, b->window, &b->error);
}

/* Walks to the end; counts items by kind. */
static enum weir_status walk(struct bench *b, const struct mp_bytes *file, size_t slice,
                             uint32_t counts[5]) {
    struct weir_footer_item item;
    enum weir_status status = bench_open(b, file->data, file->count, slice);
    memset(counts, 0, 5 * sizeof counts[0]);
    while (status == WEIR_OK && (status = weir_footer_next(b->footer, &item)) == WEIR_OK) {
        assert_in_range(item.kind, WEIR_FOOTER_NODE, WEIR_FOOTER_ROW_GROUP_END);
        counts[item.kind]++;
        if (item.kind == WEIR_FOOTER_NODE) {
            assert_true(item.node.path_bytes <= WEIR_NAME_BYTES_MAX);
            assert_int_equal(strlen(item.node.path) <= item.node.path_bytes, 1);
            assert_true(item.node.name_bytes <= item.node.path_bytes);
        }
    }
    assert_int_equal(b->error.status, status == WEIR_END ? WEIR_OK : status);
    assert_true(status == WEIR_END || b->error.message[0] != '\0');
    return status;
}

static struct mp_file *two_by_two(void) {
    struct mp_file *file = mp_begin();
    mp_column(file, "a", 2, 0);
    mp_column(file, "b", 1, 1);
    for (int g = 0; g < 2; g++) {
        mp_group_begin(file);
        for (int c = 0; c < 2; c++) {
            mp_chunk_begin(file, c == 0 ? 2 : 1, 0);
            mp_text(&file->bytes, "pages");
            mp_chunk_end(file, 10 + g);
        }
        mp_group_end(file, 10 + g);
    }
    return file;
}

static void items_come_in_order(void **state) {
    struct bench b;
    (void)state;
    bench_begin(&b);
    struct mp_file *file = two_by_two();
    mp_end(file);
    for (size_t slice = 0; slice < 300; slice = slice * 3 + 1) {
        struct weir_footer_item item;
        assert_int_equal(bench_open(&b, file->bytes.data, file->bytes.count, slice), WEIR_OK);
        assert_int_equal(b.footer->footer_bytes, file->footer_bytes);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(weir_footer_next(b.footer, &item), WEIR_OK);
            assert_int_equal(item.kind, WEIR_FOOTER_NODE);
            assert_int_equal(item.node.depth, i > 0);
            assert_int_equal(item.node.column, i > 0 ? (uint32_t)i - 1 : WEIR_NONE32);
            assert_int_equal(item.node.children, i > 0 ? 0 : 2);
            assert_int_equal(item.node.definition_max, i == 2);
            assert_int_equal(item.node.repetition, i == 2 ? WEIR_OPTIONAL : WEIR_REQUIRED);
            assert_string_equal(item.node.path, i == 0 ? "schema" : i == 1 ? "a" : "b");
        }
        assert_int_equal(weir_footer_next(b.footer, &item), WEIR_OK);
        assert_int_equal(item.kind, WEIR_FOOTER_SCHEMA_END);
        assert_int_equal(b.footer->rows, 21);
        assert_int_equal(b.footer->version, 2);
        assert_int_equal(b.footer->leaves, 2);
        for (uint32_t g = 0; g < 2; g++) {
            for (uint32_t c = 0; c < 2; c++) {
                const struct mp_chunk *chunk = &file->chunks[2 * g + c];
                assert_int_equal(weir_footer_next(b.footer, &item), WEIR_OK);
                assert_int_equal(item.kind, WEIR_FOOTER_CHUNK);
                assert_int_equal(item.chunk.row_group, g);
                assert_int_equal(item.chunk.column, c);
                assert_int_equal(item.chunk.physical, c == 0 ? 2 : 1);
                assert_int_equal(item.chunk.values, 10 + g);
                assert_int_equal(item.chunk.offset, chunk->offset);
                assert_int_equal(item.chunk.compressed_bytes, 5);
                assert_int_equal(item.chunk.encodings, 1u << 0 | 1u << 3);
                assert_true(item.chunk.limit_offset <= b.footer->footer_offset);
                assert_false(item.chunk.has_dictionary_offset);
            }
            assert_int_equal(weir_footer_next(b.footer, &item), WEIR_OK);
            assert_int_equal(item.kind, WEIR_FOOTER_ROW_GROUP_END);
            assert_int_equal(item.row_group, g);
            assert_int_equal(item.row_group_rows, 10 + g);
        }
        assert_int_equal(weir_footer_next(b.footer, &item), WEIR_END);
        assert_int_equal(weir_footer_next(b.footer, &item), WEIR_END);
        assert_string_equal(b.footer->created_by, "tests");
        assert_int_equal(b.error.status, WEIR_OK);
    }
    mp_drop(file);
}

static void what_is_no_parquet_file_is_told_apart(void **state) {
    static const struct {
        const char *bytes;
        size_t count;
        enum weir_status status;
    } cases[] = {
        {"", 0, WEIR_E_NOT_PARQUET},
        {"P", 1, WEIR_E_NOT_PARQUET},
        {"PAR1\1\0\0\0PAR", 11, WEIR_E_NOT_PARQUET},
        {"PAR1\0\0\0\0PAR1", 12, WEIR_E_CORRUPT},
        {"PAR1\1\0\0\0PAR1", 12, WEIR_E_CORRUPT},
        {"PAR1\xff\xff\xff\xffPAR1", 12, WEIR_E_CORRUPT},
        {"PAR1\0\1\0\0\0PAR1", 13, WEIR_OK},
        {"PAR1\0\2\0\0\0PAR1", 13, WEIR_E_CORRUPT},
        {"PAR2\0\1\0\0\0PAR1", 13, WEIR_E_NOT_PARQUET},
        {"PAR1\0\1\0\0\0PAR2", 13, WEIR_E_NOT_PARQUET},
        {"PAR1\0\1\0\0\0PARE", 13, WEIR_E_UNSUPPORTED},
        {"PARE\0\1\0\0\0PARE", 13, WEIR_E_UNSUPPORTED},
    };
    struct bench b;
    (void)state;
    bench_begin(&b);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct weir_footer_item item;
        assert_int_equal(bench_open(&b, cases[i].bytes, cases[i].count, 1), cases[i].status);
        if (cases[i].status == WEIR_OK) { /* an empty FileMetaData */
            assert_int_equal(weir_footer_next(b.footer, &item), WEIR_E_CORRUPT);
        }
    }
}

static void a_footer_cut_anywhere_is_corrupt(void **state) {
    struct bench b;
    uint32_t counts[5];
    (void)state;
    bench_begin(&b);
    struct mp_file *file = two_by_two();
    struct mp_bytes footer = {0};
    mp_footer(&footer, file);
    for (size_t cut = 0; cut < footer.count; cut++) {
        struct mp_bytes bytes = {0};
        struct mp_bytes part = {footer.data, cut, 0};
        mp_put(&bytes, file->bytes.data, file->bytes.count);
        mp_close(&bytes, &part);
        assert_int_equal(walk(&b, &bytes, 0, counts), WEIR_E_CORRUPT);
        assert_true(b.error.offset_bytes <= bytes.count);
        mp_free(&bytes);
    }
    mp_free(&footer);
    mp_drop(file);
}

/* A file whose footer has only this schema, and no row groups. */
static enum weir_status walk_schema(struct bench *b, const struct mp_column *elements, int count,
                                    int64_t declared, uint32_t counts[5]) {
    struct mp_bytes footer = {0};
    struct mp_bytes bytes = {0};
    int last = 0;
    mp_list(&footer, &last, 2, 12, (uint64_t)mp_or(declared, count));
    for (int i = 0; i < count; i++) {
        mp_element(&footer, &elements[i]);
    }
    mp_list(&footer, &last, 4, 12, 0);
    mp_stop(&footer);
    mp_text(&bytes, "PAR1");
    mp_close(&bytes, &footer);
    enum weir_status status = walk(b, &bytes, 0, counts);
    mp_free(&bytes);
    mp_free(&footer);
    return status;
}

static struct mp_column group_of(const char *name, int64_t children) {
    return (struct mp_column){name, MP_AUTO, 0, MP_AUTO, MP_AUTO, children, 0, 0, 0};
}

static struct mp_column leaf_of(const char *name, int64_t type) {
    return (struct mp_column){name, type, 0, MP_AUTO, MP_AUTO, 0, 0, 0, 0};
}

static void schemas_that_do_not_add_up_are_refused(void **state) {
    struct bench b;
    uint32_t counts[5];
    (void)state;
    bench_begin(&b);
    static const int64_t children[] = {0, 1, 2, 3, 4, INT32_MAX, -1, INT32_MIN, MP_AUTO};
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        struct mp_column tree[] = {group_of("root", children[i]), leaf_of("a", 1), leaf_of("b", 1)};
        assert_int_equal(walk_schema(&b, tree, 3, MP_AUTO, counts),
                         children[i] == 2 ? WEIR_END : WEIR_E_CORRUPT);
        struct mp_column inner[] = {group_of("root", 1), group_of("g", children[i]),
                                    leaf_of("a", 1), leaf_of("b", 1)};
        assert_int_equal(walk_schema(&b, inner, 4, MP_AUTO, counts),
                         children[i] == 2 ? WEIR_END : WEIR_E_CORRUPT);
    }
    struct mp_column good[] = {group_of("root", 1), leaf_of("a", 1)};
    assert_int_equal(walk_schema(&b, good, 2, MP_AUTO, counts), WEIR_END);
    assert_int_equal(counts[WEIR_FOOTER_NODE], 2);
    assert_int_equal(walk_schema(&b, good, 2, 1, counts), WEIR_E_CORRUPT);
    assert_int_equal(walk_schema(&b, good, 2, 3, counts), WEIR_E_CORRUPT);
    assert_int_equal(walk_schema(&b, good, 2, INT32_MAX, counts), WEIR_E_CORRUPT);
    assert_int_equal(walk_schema(&b, good, 0, 0, counts), WEIR_E_CORRUPT);
    struct mp_column leaf_root[] = {leaf_of("a", 1)};
    assert_int_equal(walk_schema(&b, leaf_root, 1, MP_AUTO, counts), WEIR_E_CORRUPT);
    static const int64_t types[] = {-1, 8, INT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct mp_column odd[] = {group_of("root", 1), leaf_of("a", types[i])};
        assert_int_equal(walk_schema(&b, odd, 2, MP_AUTO, counts), WEIR_E_CORRUPT);
    }
    static const int64_t repetitions[] = {-1, 3, INT32_MIN};
    for (size_t i = 0; i < 3; i++) {
        struct mp_column odd[] = {group_of("root", 1), leaf_of("a", 1)};
        odd[1].repetition = repetitions[i];
        assert_int_equal(walk_schema(&b, odd, 2, MP_AUTO, counts), WEIR_E_CORRUPT);
    }
    static const int64_t lengths[] = {MP_AUTO, 0, -1, INT32_MIN};
    for (size_t i = 0; i < 4; i++) {
        struct mp_column odd[] = {group_of("root", 1), leaf_of("a", 7)};
        odd[1].type_length = lengths[i];
        assert_int_equal(walk_schema(&b, odd, 2, MP_AUTO, counts), WEIR_E_CORRUPT);
    }
    struct mp_column both[] = {group_of("root", 1), leaf_of("a", 1), leaf_of("b", 1)};
    both[1].children = 1; /* a type as well as children, whether or not they are there */
    assert_int_equal(walk_schema(&b, both, 2, MP_AUTO, counts), WEIR_E_CORRUPT);
    assert_int_equal(walk_schema(&b, both, 3, MP_AUTO, counts), WEIR_E_CORRUPT);
    struct mp_column empty[] = {group_of("root", 0)};
    assert_int_equal(walk_schema(&b, empty, 1, MP_AUTO, counts), WEIR_END);
}

static void trees_are_walked_to_64_levels(void **state) {
    struct bench b;
    uint32_t counts[5];
    (void)state;
    bench_begin(&b);
    for (int depth = 60; depth <= 70; depth++) {
        struct mp_column tree[80];
        tree[0] = group_of("root", 1);
        for (int i = 1; i < depth; i++) {
            tree[i] = group_of("g", 1);
        }
        tree[depth] = leaf_of("x", 1);
        enum weir_status status = walk_schema(&b, tree, depth + 1, MP_AUTO, counts);
        assert_int_equal(status, depth <= 64 ? WEIR_END : WEIR_E_CORRUPT);
    }
}

static void repetition_and_definition_add_up_along_the_path(void **state) {
    struct bench b;
    (void)state;
    bench_begin(&b);
    struct mp_file *file = mp_begin();
    struct weir_footer_item item;
    mp_column(file, "l", MP_AUTO, 1);
    file->columns[0].children = 1;
    mp_column(file, "list", MP_AUTO, 2);
    file->columns[1].children = 2;
    mp_column(file, "x", 1, 1);
    mp_column(file, "y", 1, 0);
    mp_column(file, "flat", 1, 1);
    file->root_children = 2;
    mp_end(file);
    static const char *const paths[] = {"schema", "l", "l.list", "l.list.x", "l.list.y", "flat"};
    static const uint32_t definitions[] = {0, 1, 2, 3, 2, 1};
    static const uint32_t repetitions[] = {0, 0, 1, 1, 1, 0};
    static const uint32_t depths[] = {0, 1, 2, 3, 3, 1};
    assert_int_equal(bench_open(&b, file->bytes.data, file->bytes.count, 0), WEIR_OK);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(weir_footer_next(b.footer, &item), WEIR_OK);
        assert_string_equal(item.node.path, paths[i]);
        assert_int_equal(item.node.definition_max, definitions[i]);
        assert_int_equal(item.node.repetition_max, repetitions[i]);
        assert_int_equal(item.node.depth, depths[i]);
        if (i == 3) { /* l optional, list repeated, x optional */
            assert_int_equal(item.node.levels[1].path_bytes, 1);
            assert_false(item.node.levels[1].is_repeated);
            assert_int_equal(item.node.levels[2].path_bytes, 6);
            assert_true(item.node.levels[2].is_repeated);
            assert_int_equal(item.node.levels[3].path_bytes, 8);
            assert_false(item.node.levels[3].is_repeated);
        }
    }
    mp_drop(file);
}

static void paths_end_at_4096_bytes(void **state) {
    struct bench b;
    uint32_t counts[5];
    char *name = malloc(5000);
    (void)state;
    bench_begin(&b);
    for (size_t n = 4090; n < 4100; n++) {
        memset(name, 'n', n);
        name[n] = '\0';
        struct mp_column flat[] = {group_of("root", 1), leaf_of(name, 1)};
        assert_int_equal(walk_schema(&b, flat, 2, MP_AUTO, counts),
                         n <= 4096 ? WEIR_END : WEIR_E_CORRUPT);
        struct mp_column nested[] = {group_of("root", 1), group_of(name, 1), leaf_of("x", 1)};
        assert_int_equal(walk_schema(&b, nested, 3, MP_AUTO, counts),
                         n <= 4094 ? WEIR_END : WEIR_E_CORRUPT);
        struct mp_column nameless[] = {group_of("root", 1), group_of(name, 1), leaf_of("", 1)};
        assert_int_equal(walk_schema(&b, nameless, 3, MP_AUTO, counts),
                         n <= 4095 ? WEIR_END : WEIR_E_CORRUPT);
        /* Groups without names add a dot each. */
        struct mp_column dots[64];
        dots[0] = group_of("root", 1);
        dots[1] = group_of(name, 1);
        for (int i = 2; i < 63; i++) {
            dots[i] = group_of("", 1);
        }
        dots[63] = leaf_of("", 1);
        assert_int_equal(walk_schema(&b, dots, 64, MP_AUTO, counts), WEIR_E_CORRUPT);
    }
    free(name);
}

static void chunks_must_lie_inside_the_file(void **state) {
    static const struct {
        int64_t offset, dictionary, bytes;
        enum weir_status status;
    } cases[] = {
        {4, MP_AUTO, 5, WEIR_END},
        {4, 4, 5, WEIR_END},
        {9, 4, 5, WEIR_END},
        {4, 9, 5, WEIR_END}, /* a dictionary behind the data: pages tell */
        {4, 0, 5, WEIR_END},
        {4, -1, 5, WEIR_END},
        {4, MP_AUTO, 70, WEIR_END}, /* a few bytes into the footer: some writers do */
        {4, MP_AUTO, 0, WEIR_END},
        {0, MP_AUTO, 5, WEIR_E_CORRUPT},
        {3, MP_AUTO, 5, WEIR_E_CORRUPT},
        {4, 1, 5, WEIR_E_CORRUPT},
        {-1, MP_AUTO, 5, WEIR_E_CORRUPT},
        {4, MP_AUTO, -1, WEIR_E_CORRUPT},
        {4, MP_AUTO, 1000, WEIR_E_CORRUPT},
        {4, MP_AUTO, INT64_MAX, WEIR_E_CORRUPT},
        {INT64_MAX, MP_AUTO, INT64_MAX, WEIR_E_CORRUPT},
        {INT64_MAX, MP_AUTO, 0, WEIR_E_CORRUPT},
        {1000, MP_AUTO, 5, WEIR_E_CORRUPT},
        {24, MP_AUTO, 0, WEIR_E_CORRUPT}, /* the footer's first byte */
    };
    struct bench b;
    uint32_t counts[5];
    (void)state;
    bench_begin(&b);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mp_file *file = two_by_two();
        file->chunks[3].offset = cases[i].offset;
        file->chunks[3].dictionary_offset = cases[i].dictionary;
        file->chunks[3].raw_bytes = cases[i].bytes;
        mp_end(file);
        enum weir_status status = walk(&b, &file->bytes, 0, counts);
        if (status != cases[i].status) {
            print_error("case %zu: %s\n", i, b.error.message);
        }
        assert_int_equal(status, cases[i].status);
        assert_int_equal(counts[WEIR_FOOTER_CHUNK], status == WEIR_END ? 4 : 3);
        mp_drop(file);
    }
}

static void counts_of_the_footer_are_not_believed(void **state) {
    struct bench b;
    uint32_t counts[5];
    (void)state;
    bench_begin(&b);
    for (int twist = 0; twist < 9; twist++) {
        struct mp_file *file = two_by_two();
        switch (twist) {
        case 0: file->rows = -1; break;
        case 1: file->groups[1].rows = -1; break;
        case 2: file->groups[1].chunks = 1; break;
        case 3: file->groups[0].chunks = 4; break;
        case 4: file->groups[1].no_columns = true; break;
        case 5: file->chunks[2].values = -1; break;
        case 6: file->chunks[2].page_bytes = -1; break;
        case 7: file->chunks[2].no_metadata = true; break;
        default: file->no_groups = true; break;
        }
        mp_end(file);
        assert_int_equal(walk(&b, &file->bytes, 0, counts), WEIR_E_CORRUPT);
        mp_drop(file);
    }
}

static void row_groups_before_the_schema_are_refused(void **state) {
    struct bench b;
    uint32_t counts[5];
    (void)state;
    bench_begin(&b);
    for (int twist = 0; twist < 4; twist++) {
        struct mp_bytes footer = {0};
        struct mp_bytes bytes = {0};
        int last = 0;
        struct mp_column root = group_of("root", 0);
        if (twist == 0) {
            mp_list(&footer, &last, 4, 12, 0);
        }
        mp_list(&footer, &last, 2, twist == 3 ? 5 : 12, 1);
        mp_element(&footer, &root);
        if (twist == 1) { /* two schemas */
            mp_list(&footer, &last, 2, 12, 1);
            mp_element(&footer, &root);
        }
        mp_list(&footer, &last, 4, 12, 0);
        if (twist == 2) { /* two lists of row groups */
            mp_list(&footer, &last, 4, 12, 0);
        }
        mp_stop(&footer);
        mp_text(&bytes, "PAR1");
        mp_close(&bytes, &footer);
        assert_int_equal(walk(&b, &bytes, 0, counts), WEIR_E_CORRUPT);
        mp_free(&footer);
        mp_free(&bytes);
    }
}

static void changed_bytes_end_in_a_status(void **state) {
    struct bench b;
    uint32_t counts[5];
    (void)state;
    mp_seed("footer mutations");
    bench_begin(&b);
    struct mp_file *file = two_by_two();
    mp_end(file);
    for (size_t at = 0; at < file->bytes.count; at++) {
        uint8_t before = file->bytes.data[at];
        for (int value = 0; value < 256; value++) {
            file->bytes.data[at] = (uint8_t)value;
            (void)walk(&b, &file->bytes, 0, counts);
        }
        file->bytes.data[at] = before;
    }
    mp_drop(file);
}

/* Small, or of five bytes: then now and then more than 32 bits hold. */
static int64_t some_i32(bool large, bool odd) {
    return mp_below(8) + (large ? INT64_C(1) << (odd && mp_below(2) == 0 ? 31 : 29) : 0);
}

/* One column chunk as a writer of some kind gives it. Numbers vary, mostly in few bytes of few
 * lengths; now and then something is odd. */
static void put_chunk(struct mp_bytes *to, uint32_t kind) {
    int last = 0;
    int inner = 0;
    bool odd = mp_below(200) == 0;
    int64_t sign = odd && mp_below(3) == 0 ? -1 : 1;
    if (kind % 7 == 6) {
        mp_binary(to, &last, 1, "elsewhere", mp_below(2) * 9);
    }
    mp_i64(to, &last, 2, 1000 + mp_below(1000));
    mp_field(to, &last, 3, 12);
    mp_i32(to, &inner, 1, kind % 8);
    if (odd && mp_below(3) == 0) {
        mp_i32(to, &inner, 1, 7); /* a second time */
    }
    mp_list(to, &inner, 2, 5, 1 + kind % 3);
    for (uint32_t i = 0; i < 1 + kind % 3; i++) {
        mp_zigzag(to, some_i32(kind % 4 == 1, odd));
    }
    mp_list(to, &inner, 3, 8, 1);
    mp_varint(to, 5 + kind % 2);
    mp_text(to, kind % 2 ? "column" : "other");
    if (kind % 5 != 4) {
        mp_i32(to, &inner, 4, some_i32(kind % 4 == 2, odd));
    }
    mp_i64(to, &inner, 5, sign * mp_below(64));
    mp_i64(to, &inner, 6, mp_below(50) == 0 ? 100 : 1000 + mp_below(1000));
    mp_i64(to, &inner, 7, sign * (int64_t)mp_below(2000));
    mp_i64(to, &inner, 9, odd ? 1 << 20 : 100 + mp_below(1900));
    if (kind % 4 == 3) {
        mp_i64(to, &inner, 11, mp_below(3) == 0 ? -1 : 50 + (int64_t)mp_below(1900));
    }
    if (kind % 3 == 2) {
        int part = 0;
        mp_field(to, &inner, 12, 12);
        mp_binary(to, &part, 1, "12345678", 8);
        mp_i64(to, &part, 3, mp_below(100));
        mp_stop(to);
    }
    mp_stop(to);
    if (odd && mp_below(3) == 0) {
        mp_field(to, &last, 8, 12);
        mp_stop(to);
    }
    mp_stop(to);
}

/* A file of many chunks of several kinds in turn. */
static void put_many_chunks(struct mp_bytes *file, uint32_t columns, uint32_t groups,
                            uint32_t kinds) {
    static const uint8_t pages[4096];
    struct mp_bytes footer = {0};
    int last = 0;
    mp_text(file, "PAR1");
    mp_put(file, pages, sizeof pages);
    mp_list(&footer, &last, 2, 12, columns + 1);
    struct mp_column root = {"schema", MP_AUTO, MP_AUTO, MP_AUTO, MP_AUTO, columns, 0, 0, 0};
    mp_element(&footer, &root);
    for (uint32_t c = 0; c < columns; c++) {
        struct mp_column leaf = {"c", 1, 0, MP_AUTO, MP_AUTO, 0, 0, 0, 0};
        mp_element(&footer, &leaf);
    }
    mp_list(&footer, &last, 4, 12, groups);
    for (uint32_t g = 0; g < groups; g++) {
        int inner = 0;
        mp_list(&footer, &inner, 1, 12, columns);
        for (uint32_t c = 0; c < columns; c++) {
            put_chunk(&footer, c % kinds);
        }
        mp_i64(&footer, &inner, 3, 10);
        mp_stop(&footer);
    }
    mp_stop(&footer);
    mp_close(file, &footer);
    mp_free(&footer);
}

static bool wants_some(void *step, uint32_t column) {
    return column % *(const uint32_t *)step == 0;
}

static void assert_same_chunk(const struct weir_chunk *a, const struct weir_chunk *b) {
    assert_int_equal(a->row_group, b->row_group);
    assert_int_equal(a->column, b->column);
    assert_int_equal(a->physical, b->physical);
    assert_int_equal(a->codec, b->codec);
    assert_int_equal(a->encodings, b->encodings);
    assert_int_equal(a->values, b->values);
    assert_int_equal(a->compressed_bytes, b->compressed_bytes);
    assert_int_equal(a->uncompressed_bytes, b->uncompressed_bytes);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->limit_offset, b->limit_offset);
    assert_int_equal(a->null_count.present, b->null_count.present);
    assert_int_equal(a->null_count.value, b->null_count.value);
    assert_int_equal(a->has_dictionary_offset, b->has_dictionary_offset);
    assert_int_equal(a->encrypted, b->encrypted);
    assert_int_equal(a->elsewhere, b->elsewhere);
    assert_int_equal(a->has_metadata, b->has_metadata);
}

/* Walks twice at once; the second walk never has the credit to learn a layout and parses all.
 * Returns how many layouts the first one learned, or UINT32_MAX where the footer is refused. */
static uint32_t walk_both(struct bench two[2], const struct mp_bytes *file, uint32_t *step,
                          bool null_counts) {
    struct weir_footer_item items[2];
    enum weir_status status[2];
    for (int i = 0; i < 2; i++) {
        status[i] = bench_open(&two[i], file->data, file->count, mp_below(3) * 700);
        two[i].footer->wants_null_counts = null_counts;
        two[i].footer->wants = *step > 1 ? wants_some : NULL;
        two[i].footer->wants_context = step;
    }
    assert_int_equal(status[0], status[1]);
    while (status[0] == WEIR_OK) {
        two[1].footer->layouts.credit = 0;
        for (int i = 0; i < 2; i++) {
            status[i] = weir_footer_next(two[i].footer, &items[i]);
        }
        assert_int_equal(status[0], status[1]);
        assert_true(status[0] != WEIR_OK || items[0].kind == items[1].kind);
        if (status[0] == WEIR_OK && items[0].kind == WEIR_FOOTER_CHUNK) {
            assert_same_chunk(&items[0].chunk, &items[1].chunk);
        }
    }
    assert_int_equal(two[1].footer->layouts.learned, 0);
    assert_int_equal(two[0].error.status, two[1].error.status);
    assert_ptr_equal(two[0].error.message, two[1].error.message);
    assert_int_equal(two[0].error.offset_bytes, two[1].error.offset_bytes);
    assert_int_equal(two[0].error.column, two[1].error.column);
    assert_int_equal(two[0].error.row_group, two[1].error.row_group);
    return status[0] == WEIR_END ? two[0].footer->layouts.learned : UINT32_MAX;
}

static void chunks_read_by_their_layout_are_as_parsed(void **state) {
    struct bench two[2];
    uint32_t whole = 0;
    (void)state;
    mp_seed("layouts of chunks");
    bench_begin(&two[0]);
    bench_begin(&two[1]);
    for (int round = 0; round < 400; round++) {
        struct mp_bytes file = {0};
        uint32_t step = 1 + mp_below(4);
        put_many_chunks(&file, 1 + mp_below(60), 1 + mp_below(8), 1 + mp_below(12));
        uint32_t learned = walk_both(two, &file, &step, mp_below(2) == 0);
        whole += learned != UINT32_MAX && learned > 0;
        for (int i = 0; i < 20; i++) {
            size_t at = 4100 + mp_below((uint32_t)file.count - 4108);
            uint8_t before = file.data[at];
            file.data[at] = (uint8_t)mp_random();
            (void)walk_both(two, &file, &step, mp_below(2) == 0);
            file.data[at] = before;
        }
        mp_free(&file);
    }
    assert_in_range(whole, 40, 400); /* footers of both kinds were seen */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order),
        cmocka_unit_test(what_is_no_parquet_file_is_told_apart),
        cmocka_unit_test(a_footer_cut_anywhere_is_corrupt),
        cmocka_unit_test(schemas_that_do_not_add_up_are_refused),
        cmocka_unit_test(trees_are_walked_to_64_levels),
        cmocka_unit_test(repetition_and_definition_add_up_along_the_path),
        cmocka_unit_test(paths_end_at_4096_bytes),
        cmocka_unit_test(chunks_must_lie_inside_the_file),
        cmocka_unit_test(counts_of_the_footer_are_not_believed),
        cmocka_unit_test(row_groups_before_the_schema_are_refused),
        cmocka_unit_test(changed_bytes_end_in_a_status),
        cmocka_unit_test(chunks_read_by_their_layout_are_as_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
