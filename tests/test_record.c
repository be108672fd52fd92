/* Rows put together from hand-made entries: the example of the Dremel paper, lists, maps, lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/record.h"
#include "../tools/shape.h"

#define LEAVES_MAX 16u
#define SHAPES_MAX 128u
#define ENTRIES_MAX 64u

static uint64_t state = 0xa4093822299f31d0u;

static uint32_t next_random(uint32_t below) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 33) % below;
}

/* A schema as lines: depth, repetition (r, o, *), name, annotation or type. */
struct line {
    uint32_t depth;
    char repetition;
    const char *name;
    const char *what; /* int, text: leaves; group, list, map */
};

/* One column's entries of a row, as text: "0/2:value 1/1", and where reading stands. */
struct stream {
    uint32_t repetition[ENTRIES_MAX];
    uint32_t definition[ENTRIES_MAX];
    char value[ENTRIES_MAX][16];
    uint32_t count;
    uint32_t at;
};

static struct cli_output output;
static struct cli_shape_builder builder;
static struct cli_shape shape_memory[SHAPES_MAX];
static char name_memory[1024];
static struct cli_shapes shapes;
static struct cli_record record;
static struct weir_column_info infos[LEAVES_MAX];
static struct weir_cell cells[LEAVES_MAX];
static struct stream streams[LEAVES_MAX];
static const char *selected; /* a path, or NULL for all */

static bool is_selected(void *context, const char *path, size_t bytes) {
    (void)context;
    return selected == NULL || (bytes >= strlen(selected) && /* it and all below */
                                memcmp(path, selected, strlen(selected)) == 0);
}

static void see_nodes(const struct line *lines, size_t count) {
    const struct weir_schema_node root = {.column = WEIR_NONE32};
    uint32_t column = 0;
    assert_true(cli_shapes_node(&builder, &root));
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &lines[i];
        struct weir_schema_node node = {.name = line->name,
                                        .name_bytes = (uint32_t)strlen(line->name),
                                        .depth = line->depth,
                                        .column = WEIR_NONE32};
        for (size_t j = i + 1; j < count && lines[j].depth > line->depth; j++) {
            node.children += lines[j].depth == line->depth + 1 ? 1 : 0;
        }
        node.repetition = line->repetition == 'r'   ? WEIR_REQUIRED
                          : line->repetition == 'o' ? WEIR_OPTIONAL
                                                    : WEIR_REPEATED;
        if (strcmp(line->what, "list") == 0) {
            node.type.logical = WEIR_LOGICAL_LIST;
        } else if (strcmp(line->what, "map") == 0) {
            node.type.logical = WEIR_LOGICAL_MAP;
        } else if (strcmp(line->what, "group") != 0) {
            node.column = column++;
        }
        assert_true(cli_shapes_node(&builder, &node));
    }
}

static enum weir_status more(void *context, uint32_t leaf, struct weir_cell *cell_ret) {
    struct stream *stream = &streams[leaf];
    (void)context;
    if (stream->at == stream->count) {
        return WEIR_END;
    }
    const uint32_t at = stream->at++;
    memset(cell_ret, 0, sizeof *cell_ret);
    cell_ret->repetition = stream->repetition[at];
    cell_ret->definition = stream->definition[at];
    cell_ret->is_null = cell_ret->definition < infos[leaf].definition_max;
    cell_ret->bits = (uint64_t)strtoll(stream->value[at], NULL, 10);
    cell_ret->data = (const uint8_t *)stream->value[at];
    cell_ret->data_bytes = strlen(stream->value[at]);
    return WEIR_OK;
}

/* Levels and types of the selected leaves, by hand. */
static void set_infos(const struct line *lines, size_t count) {
    uint32_t definition[32] = {0};
    uint32_t repetition[32] = {0};
    uint32_t ends[32] = {0};
    char path[256];
    uint32_t leaf = 0;
    memset(infos, 0, sizeof infos);
    for (size_t i = 0; i < count; i++) {
        const uint32_t depth = lines[i].depth;
        definition[depth] = definition[depth - 1] + (lines[i].repetition != 'r' ? 1 : 0);
        repetition[depth] = repetition[depth - 1] + (lines[i].repetition == '*' ? 1 : 0);
        ends[depth] = ends[depth - 1];
        ends[depth] += (uint32_t)snprintf(path + ends[depth], sizeof path - ends[depth], "%s%s",
                                          depth > 1 ? "." : "", lines[i].name);
        const bool is_text = strcmp(lines[i].what, "text") == 0;
        if ((is_text || strcmp(lines[i].what, "int") == 0) &&
            is_selected(NULL, path, ends[depth])) {
            infos[leaf].definition_max = definition[depth];
            infos[leaf].repetition_max = repetition[depth];
            infos[leaf].kind = is_text ? WEIR_KIND_BYTES : WEIR_KIND_I64;
            infos[leaf].type.physical = is_text ? WEIR_BYTE_ARRAY : WEIR_INT64;
            leaf++;
        }
    }
}

static void make_shapes(const struct line *lines, size_t count) {
    memset(&shapes, 0, sizeof shapes);
    builder.select = is_selected;
    cli_shapes_begin(&builder, &shapes);
    see_nodes(lines, count); /* counts */
    assert_false(builder.failed);
    assert_in_range(shapes.count, 1, SHAPES_MAX);
    assert_in_range(shapes.names_bytes, 0, sizeof name_memory);
    shapes.at = shape_memory;
    shapes.room = shapes.count;
    shapes.names = name_memory;
    shapes.names_room = shapes.names_bytes;
    cli_shapes_begin(&builder, &shapes);
    see_nodes(lines, count);
    assert_false(builder.failed);
    assert_int_equal(shapes.count, shapes.room);
    assert_int_equal(shapes.names_bytes, shapes.names_room);
    set_infos(lines, count);
    memset(&record, 0, sizeof record);
    record.output = &output;
    record.shapes = &shapes;
    record.infos = infos;
    record.cells = cells;
    record.more = more;
}

static void read_stream(struct stream *stream, const char *text) {
    stream->count = 0;
    stream->at = 0;
    while (*text != '\0') {
        char *end;
        const uint32_t at = stream->count++;
        assert_in_range(stream->count, 1, ENTRIES_MAX);
        stream->repetition[at] = (uint32_t)strtoul(text, &end, 10);
        assert_int_equal(*end, '/');
        stream->definition[at] = (uint32_t)strtoul(end + 1, &end, 10);
        stream->value[at][0] = '\0';
        if (*end == ':') {
            const size_t bytes = strcspn(end + 1, " ");
            memcpy(stream->value[at], end + 1, bytes);
            stream->value[at][bytes] = '\0';
            end += 1 + bytes;
        }
        text = *end == ' ' ? end + 1 : end;
    }
}

/* Prints the row whose entries lie in the streams. */
static enum weir_status put_row(char *to, size_t room) {
    memset(&output, 0, sizeof output);
    output.fd = -1;
    for (uint32_t i = 0; i < shapes.leaves; i++) {
        assert_int_equal(more(NULL, i, &cells[i]), WEIR_OK);
    }
    const enum weir_status status = cli_record_put(&record, 0);
    assert_true(output.used < room);
    memcpy(to, output.buffer, output.used);
    to[output.used] = '\0';
    return status;
}

/* The row of these entries, one text a leaf, is this JSON. */
static void check_row(const char *const *entries, const char *expected) {
    char text[4096];
    for (uint32_t i = 0; i < shapes.leaves; i++) {
        read_stream(&streams[i], entries[i]);
    }
    assert_int_equal(put_row(text, sizeof text), WEIR_OK);
    assert_string_equal(text, expected);
    for (uint32_t i = 0; i < shapes.leaves; i++) {
        assert_int_equal(streams[i].at, streams[i].count);
    }
}

#define MAKE(lines) make_shapes(lines, sizeof(lines) / sizeof *(lines))
#define ROW(expected, ...) check_row((const char *const[]){__VA_ARGS__}, expected)

static const struct line document[] = {
    {1, 'r', "DocId", "int"},   {1, 'o', "Links", "group"},  {2, '*', "Backward", "int"},
    {2, '*', "Forward", "int"}, {1, '*', "Name", "group"},   {2, '*', "Language", "group"},
    {3, 'r', "Code", "text"},   {3, 'o', "Country", "text"}, {2, 'o', "Url", "text"},
};

/* Melnik et al., Dremel: Interactive Analysis of Web-Scale Datasets (2010), figures 2 and 3. */
static void the_documents_of_the_dremel_paper(void **unused) {
    (void)unused;
    selected = NULL;
    MAKE(document);
    ROW("{\"DocId\":10,\"Links\":{\"Backward\":[],\"Forward\":[20,40,60]},\"Name\":["
        "{\"Language\":[{\"Code\":\"en-us\",\"Country\":\"us\"},{\"Code\":\"en\",\"Country\":null}]"
        ","
        "\"Url\":\"http://A\"},{\"Language\":[],\"Url\":\"http://B\"},"
        "{\"Language\":[{\"Code\":\"en-gb\",\"Country\":\"gb\"}],\"Url\":null}]}",
        "0/0:10", "0/1", "0/2:20 1/2:40 1/2:60", "0/2:en-us 2/2:en 1/1 1/2:en-gb",
        "0/3:us 2/2 1/1 1/3:gb", "0/2:http://A 1/2:http://B 1/1");
    ROW("{\"DocId\":20,\"Links\":{\"Backward\":[10,30],\"Forward\":[80]},\"Name\":["
        "{\"Language\":[],\"Url\":\"http://C\"}]}",
        "0/0:20", "0/2:10 1/2:30", "0/2:80", "0/1", "0/1", "0/2:http://C");
    ROW("{\"DocId\":30,\"Links\":null,\"Name\":[]}", "0/0:30", "0/0", "0/0", "0/0", "0/0", "0/0");
}

/* The paper's query of two fields: the other columns are not read. */
static void only_selected_fields_are_there(void **unused) {
    (void)unused;
    selected = "Name.Language.Country";
    MAKE(document);
    ROW("{\"Name\":[{\"Language\":[{\"Country\":\"us\"},{\"Country\":null}]},{\"Language\":[]},"
        "{\"Language\":[{\"Country\":\"gb\"}]}]}",
        "0/3:us 2/2 1/1 1/3:gb");
    selected = "Links";
    MAKE(document);
    ROW("{\"Links\":{\"Backward\":[],\"Forward\":[1]}}", "0/1", "0/2:1");
    selected = NULL;
}

static void lists_tell_null_from_empty_from_null_elements(void **unused) {
    static const struct line lines[] = {
        {1, 'o', "l", "list"}, {2, '*', "list", "group"}, {3, 'o', "element", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"l\":null}", "0/0");
    ROW("{\"l\":[]}", "0/1");
    ROW("{\"l\":[null]}", "0/2");
    ROW("{\"l\":[7]}", "0/3:7");
    ROW("{\"l\":[null,1,null,2,null]}", "0/2 1/3:1 1/2 1/3:2 1/2");
}

static void lists_of_structs_of_lists(void **unused) {
    static const struct line lines[] = {{1, 'o', "a", "list"},        {2, '*', "list", "group"},
                                        {3, 'o', "element", "group"}, {4, 'r', "id", "int"},
                                        {4, 'o', "tags", "list"},     {5, '*', "list", "group"},
                                        {6, 'o', "element", "text"},  {1, 'r', "last", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"a\":null,\"last\":1}", "0/0", "0/0", "0/0:1");
    ROW("{\"a\":[],\"last\":2}", "0/1", "0/1", "0/0:2");
    ROW("{\"a\":[null,{\"id\":5,\"tags\":null},{\"id\":6,\"tags\":[]},"
        "{\"id\":7,\"tags\":[\"x\",null,\"y\"]},{\"id\":8,\"tags\":[\"z\"]}],\"last\":3}",
        "0/2 1/3:5 1/3:6 1/3:7 1/3:8", "0/2 1/3 1/4 1/6:x 2/5 2/6:y 1/6:z", "0/0:3");
}

static void lists_of_lists(void **unused) {
    static const struct line lines[] = {{1, 'o', "a", "list"},
                                        {2, '*', "list", "group"},
                                        {3, 'o', "element", "list"},
                                        {4, '*', "list", "group"},
                                        {5, 'o', "element", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"a\":[[1,2],[],null,[null],[3]]}", "0/5:1 2/5:2 1/3 1/2 1/4 1/5:3");
    ROW("{\"a\":[[]]}", "0/3");
    ROW("{\"a\":[null]}", "0/2");
}

/* The specification's rules for lists of two levels, each with a row of two elements. */
static void lists_of_two_levels(void **unused) {
    static const struct line plain[] = {{1, 'o', "l", "list"}, {2, '*', "element", "int"}};
    static const struct line fields[] = {{1, 'o', "l", "list"},
                                         {2, '*', "element", "group"},
                                         {3, 'r', "a", "int"},
                                         {3, 'r', "b", "int"}};
    static const struct line array[] = {
        {1, 'o', "l", "list"}, {2, '*', "array", "group"}, {3, 'r', "a", "int"}};
    static const struct line tuple[] = {
        {1, 'o', "l", "list"}, {2, '*', "l_tuple", "group"}, {3, 'r', "a", "int"}};
    static const struct line other[] = {
        {1, 'o', "l", "list"}, {2, '*', "x_tuple", "group"}, {3, 'r', "a", "int"}};
    static const struct line nested[] = {
        {1, 'r', "l", "list"}, {2, '*', "inner", "list"}, {3, '*', "x", "int"}};
    static const struct line repeats[] = {
        {1, 'r', "l", "list"}, {2, '*', "inner", "group"}, {3, '*', "x", "int"}};
    (void)unused;
    MAKE(plain);
    ROW("{\"l\":[1,2]}", "0/2:1 1/2:2");
    ROW("{\"l\":[]}", "0/1");
    ROW("{\"l\":null}", "0/0");
    MAKE(fields);
    ROW("{\"l\":[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]}", "0/2:1 1/2:3", "0/2:2 1/2:4");
    MAKE(array);
    ROW("{\"l\":[{\"a\":1},{\"a\":2}]}", "0/2:1 1/2:2");
    MAKE(tuple);
    ROW("{\"l\":[{\"a\":1},{\"a\":2}]}", "0/2:1 1/2:2");
    MAKE(other);
    ROW("{\"l\":[1,2]}", "0/2:1 1/2:2");
    MAKE(nested);
    ROW("{\"l\":[[1,2],[],[3]]}", "0/2:1 2/2:2 1/1 1/2:3");
    MAKE(repeats);
    ROW("{\"l\":[{\"x\":[1,2]},{\"x\":[]}]}", "0/2:1 2/2:2 1/1");
}

static void repeated_fields_without_annotation(void **unused) {
    static const struct line lines[] = {
        {1, '*', "n", "int"}, {1, '*', "g", "group"}, {2, 'o', "x", "int"}, {2, '*', "y", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"n\":[],\"g\":[]}", "0/0", "0/0", "0/0");
    ROW("{\"n\":[4,5],\"g\":[{\"x\":null,\"y\":[1]},{\"x\":2,\"y\":[]}]}", "0/1:4 1/1:5",
        "0/1 1/2:2", "0/2:1 1/1");
}

static void maps_are_arrays_of_keys_and_values(void **unused) {
    static const struct line lines[] = {{1, 'o', "m", "map"},
                                        {2, '*', "map", "map"}, /* MAP_KEY_VALUE */
                                        {3, 'r', "k", "text"},
                                        {3, 'o', "v", "int"}};
    static const struct line keys[] = {
        {1, 'r', "m", "map"}, {2, '*', "key_value", "group"}, {3, 'r', "key", "int"}};
    static const struct line lists[] = {{1, 'o', "m", "map"},      {2, '*', "key_value", "group"},
                                        {3, 'r', "key", "int"},    {3, 'o', "value", "list"},
                                        {4, '*', "list", "group"}, {5, 'o', "element", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"m\":null}", "0/0", "0/0");
    ROW("{\"m\":[]}", "0/1", "0/1");
    ROW("{\"m\":[{\"key\":\"a\",\"value\":1},{\"key\":\"b\",\"value\":null}]}", "0/2:a 1/2:b",
        "0/3:1 1/2");
    MAKE(keys);
    ROW("{\"m\":[1,2]}", "0/1:1 1/1:2"); /* a map without values: its keys */
    MAKE(lists);
    ROW("{\"m\":[{\"key\":1,\"value\":[2,3]},{\"key\":4,\"value\":null},{\"key\":5,\"value\":[]}]}",
        "0/2:1 1/2:4 1/2:5", "0/5:2 2/5:3 1/2 1/3");
    selected = "m.map.v";
    MAKE(lines);
    ROW("{\"m\":[{\"value\":1},{\"value\":null}]}", "0/3:1 1/2");
    selected = NULL;
}

static void annotations_that_do_not_fit_are_ignored(void **unused) {
    static const struct line lines[] = {
        {1, 'o', "l", "list"},  {2, 'o', "x", "int"}, {1, 'o', "m", "map"},
        {2, '*', "e", "group"}, {3, 'r', "a", "int"}, {3, 'r', "b", "int"},
        {3, 'r', "c", "int"},   {1, 'o', "k", "map"}, {2, '*', "only", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"l\":{\"x\":1},\"m\":{\"e\":[{\"a\":1,\"b\":2,\"c\":3}]},\"k\":{\"only\":[9]}}", "0/2:1",
        "0/2:1", "0/2:2", "0/2:3", "0/2:9");
}

static void structs_of_structs_and_missing_columns(void **unused) {
    static const struct line lines[] = {
        {1, 'o', "s", "group"}, {2, 'o', "t", "group"}, {3, 'r', "x", "int"},
        {3, 'o', "y", "int"},   {2, 'o', "l", "list"},  {3, '*', "list", "group"},
        {4, 'o', "e", "group"}, {5, 'r', "p", "int"},   {5, 'o', "q", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"s\":null}", "0/0", "0/0", "0/0", "0/0");
    ROW("{\"s\":{\"t\":null,\"l\":null}}", "0/1", "0/1", "0/1", "0/1");
    ROW("{\"s\":{\"t\":{\"x\":1,\"y\":null},\"l\":[]}}", "0/2:1", "0/2", "0/2", "0/2");
    /* The file has no y, no p: its fields are null where the struct is there. */
    ROW("{\"s\":{\"t\":{\"x\":1,\"y\":null},\"l\":[{\"p\":null,\"q\":3},null,"
        "{\"p\":null,\"q\":null}]}}",
        "0/2:1", "0/4294967295", "0/4294967295", "0/5:3 1/3 1/4");
    ROW("{\"s\":null}", "0/4294967295", "0/4294967295", "0/4294967295", "0/4294967295");
    ROW("{\"s\":{\"t\":null,\"l\":[{\"p\":1,\"q\":null}]}}", "0/4294967295", "0/4294967295",
        "0/4:1", "0/4294967295");
    ROW("{\"s\":{\"t\":{\"x\":1,\"y\":2},\"l\":null}}", "0/2:1", "0/3:2", "0/4294967295",
        "0/4294967295");
}

/* The row is refused, and these leaves are named. */
static void check_lie(uint32_t one, uint32_t other, const char *const *entries) {
    char text[4096];
    for (uint32_t i = 0; i < shapes.leaves; i++) {
        read_stream(&streams[i], entries[i]);
    }
    assert_int_equal(put_row(text, sizeof text), WEIR_E_CORRUPT);
    assert_non_null(record.message);
    assert_int_equal(record.leaf, one);
    assert_int_equal(record.other, other);
}

#define LIE(one, other, ...) check_lie(one, other, (const char *const[]){__VA_ARGS__})

static void columns_that_disagree_are_refused(void **unused) {
    static const struct line lines[] = {{1, 'o', "l", "list"},     {2, '*', "list", "group"},
                                        {3, 'o', "e", "group"},    {4, 'o', "a", "int"},
                                        {4, 'o', "b", "int"},      {4, 'o', "c", "list"},
                                        {5, '*', "list", "group"}, {6, 'o', "d", "int"}};
    (void)unused;
    MAKE(lines);
    ROW("{\"l\":[{\"a\":1,\"b\":2,\"c\":[3]}]}", "0/4:1", "0/4:2", "0/6:3");
    LIE(0, 1, "0/0", "0/1", "0/0");                       /* null, or empty */
    LIE(0, 1, "0/0", "0/4:1", "0/0");                     /* null, or there */
    LIE(0, 2, "0/4:1", "0/4:1", "0/0");                   /* there, or null */
    LIE(0, 1, "0/4:1 1/4:1", "0/4:1", "0/6:3 1/6:3");     /* two elements, or one */
    LIE(0, 2, "0/4:1", "0/4:1", "0/6:3 1/6:3");           /* one, or two */
    LIE(0, 1, "0/4:1 1/4:2", "0/4:1 1/2", "0/6:3 1/6:3"); /* an element, or a null one */
    LIE(0, 1, "0/4:1 1/2", "0/4:1 1/1", "0/6:3 1/2");     /* null element, or none */
    LIE(0, 0, "0/4:1 1/1", "0/4:1 1/1", "0/6:3 1/1");     /* no element in the middle */
    LIE(0, 0, "0/0 1/4:1", "0/0 1/4:1", "0/0 1/6:3");     /* null, and goes on */
    LIE(0, 0, "0/1 1/4:1", "0/1 1/4:1", "0/1 1/6:3");     /* empty, and goes on */
    LIE(0, 2, "0/4:1", "0/4:1", "0/4 2/6:1");             /* the inner one is null, and goes on */
    LIE(2, 2, "0/4:1", "0/4:1", "0/6:1 2/5 2/3");         /* the inner one holds no element */
    selected = "l.list.e.c";
    MAKE(lines);
    LIE(0, 0, "0/4 2/6:1");
    selected = NULL;
}

/* A random schema of up to ten nodes; returns how many. */
static size_t random_schema(struct line *lines) {
    static const char *const names[] = {"a", "list", "array", "key_value", "b_tuple", "b"};
    static const char *const groups[] = {"group", "list", "map"};
    const size_t count = 1 + next_random(10);
    uint32_t depth = 1;
    for (size_t i = 0; i < count; i++) {
        lines[i].depth = depth;
        lines[i].repetition = "ro*"[next_random(3)];
        lines[i].name = names[next_random(6)];
        const bool group = i + 1 < count && next_random(2) == 0;
        lines[i].what = group ? groups[next_random(3)] : "int";
        depth = group ? depth + 1 : 1 + next_random(depth);
    }
    return count;
}

static void check_balanced(const char *text) {
    char stack[64];
    size_t depth = 0;
    for (; *text != '\0'; text++) {
        if (*text == '[' || *text == '{') {
            assert_true(depth < sizeof stack);
            stack[depth++] = *text == '[' ? ']' : '}';
        } else if (*text == ']' || *text == '}') {
            assert_true(depth > 0 && stack[depth - 1] == *text);
            depth--;
        }
    }
    assert_int_equal(depth, 0);
}

static void any_levels_give_a_row_or_are_refused(void **unused) {
    char text[16384];
    uint32_t good = 0;
    (void)unused;
    print_message("seed %llx\n", (unsigned long long)state);
    for (int i = 0; i < 20000; i++) {
        struct line lines[16];
        make_shapes(lines, random_schema(lines));
        for (int j = 0; j < 10; j++) {
            for (uint32_t leaf = 0; leaf < shapes.leaves; leaf++) {
                struct stream *stream = &streams[leaf];
                const struct weir_column_info *info = &infos[leaf];
                stream->at = 0;
                stream->count = info->repetition_max > 0 ? 1 + next_random(4) : 1;
                for (uint32_t k = 0; k < stream->count; k++) {
                    stream->repetition[k] = k > 0 ? 1 + next_random(info->repetition_max) : 0;
                    stream->definition[k] = next_random(info->definition_max + 1);
                    (void)snprintf(stream->value[k], sizeof *stream->value, "%u", k);
                }
            }
            const enum weir_status status = put_row(text, sizeof text);
            if (status == WEIR_OK) {
                check_balanced(text);
                for (uint32_t leaf = 0; leaf < shapes.leaves; leaf++) {
                    assert_int_equal(streams[leaf].at, streams[leaf].count);
                }
                good++;
            } else {
                assert_int_equal(status, WEIR_E_CORRUPT);
                assert_true(record.leaf < shapes.leaves && record.other < shapes.leaves);
            }
        }
    }
    assert_in_range(good, 20000, 190000);
}

static void schemas_that_grew_or_are_too_deep_fail(void **unused) {
    static const struct line lines[] = {{1, 'o', "a", "int"}, {1, 'o', "b", "int"}};
    (void)unused;
    MAKE(lines);
    shapes.room = 2;
    cli_shapes_begin(&builder, &shapes);
    const struct weir_schema_node root = {.column = WEIR_NONE32};
    struct weir_schema_node leaf = {.name = "abc", .name_bytes = 3, .depth = 1};
    assert_true(cli_shapes_node(&builder, &root));
    assert_false(cli_shapes_node(&builder, &leaf)); /* its name is longer */
    MAKE(lines);
    shapes.room = 1;
    cli_shapes_begin(&builder, &shapes);
    leaf.name_bytes = 1;
    assert_true(cli_shapes_node(&builder, &root));
    assert_false(cli_shapes_node(&builder, &leaf)); /* one shape more */
    struct weir_schema_node group = {.name = "g", .name_bytes = 1, .column = WEIR_NONE32};
    memset(&shapes, 0, sizeof shapes);
    cli_shapes_begin(&builder, &shapes);
    assert_true(cli_shapes_node(&builder, &root));
    for (group.depth = 1; group.depth < CLI_SCHEMA_DEPTH; group.depth++) {
        assert_true(cli_shapes_node(&builder, &group));
    }
    assert_false(cli_shapes_node(&builder, &group));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_of_the_dremel_paper),
        cmocka_unit_test(only_selected_fields_are_there),
        cmocka_unit_test(lists_tell_null_from_empty_from_null_elements),
        cmocka_unit_test(lists_of_structs_of_lists),
        cmocka_unit_test(lists_of_lists),
        cmocka_unit_test(lists_of_two_levels),
        cmocka_unit_test(repeated_fields_without_annotation),
        cmocka_unit_test(maps_are_arrays_of_keys_and_values),
        cmocka_unit_test(annotations_that_do_not_fit_are_ignored),
        cmocka_unit_test(structs_of_structs_and_missing_columns),
        cmocka_unit_test(columns_that_disagree_are_refused),
        cmocka_unit_test(any_levels_give_a_row_or_are_refused),
        cmocka_unit_test(schemas_that_grew_or_are_too_deep_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
