/*
 * The tree that mutation works on: what is parsed is written again as it was; changes that are
 * meant to be valid are; files with a changed page fit together again.
 */
#include "make_thrift.h"

#include "../fuzz/mutator.h"
#include "../fuzz/parquet_layout.h"
#include "../fuzz/thrift_change.h"

#define STRUCTS 3000

static struct tt_tree tree;
static struct pl_layout layout;

static void test_the_same_bytes(void **state) {
    (void)state;
    mp_seed("test_the_same_bytes");
    for (int turn = 0; turn < STRUCTS; turn++) {
        static uint8_t written[1 << 20];
        struct mp_bytes bytes = {0};
        mt_struct(&bytes, turn % 2 == 0 ? MT_USUAL : MT_ODD, 0);
        size_t end = bytes.count;
        mp_text(&bytes, "behind");
        if (bytes.count > 2000) { /* more nodes than the tree takes */
            mp_free(&bytes);
            continue;
        }
        assert_true(tt_parse(&tree, bytes.data, bytes.count));
        assert_int_equal(tree.bytes, end);
        assert_int_equal(tt_write(&tree, written, sizeof written), end);
        assert_memory_equal(written, bytes.data, end);
        assert_false(tt_parse(&tree, bytes.data, end - 1));
        mp_free(&bytes);
    }
}

/* Whether a change of a tree is still a struct, as far as it can be told. */
static bool stays_whole(const struct tt_node *before, const char *name) {
    bool lies = strncmp(name, "set", 3) == 0 || strstr(name, "one") != NULL ||
                strcmp(name, "half") == 0 || strcmp(name, "double") == 0;
    return strstr(name, "said to be") == NULL && strstr(name, "too long") == NULL &&
           strncmp(name, "deep", 4) != 0 && (!lies || tt_is_integer(before->type));
}

/* Elements that are missing from a map, or there twice, leave it odd. */
static bool in_map(uint32_t node) {
    return tree.nodes[tree.nodes[node].parent].type == TT_MAP;
}

static void test_changes(void **state) {
    (void)state;
    mp_seed("test_changes");
    const struct tc_sizes sizes = {100, 1000};
    uint32_t applied = 0;
    uint32_t without_effect = 0;
    for (int turn = 0; turn < STRUCTS; turn++) {
        static uint8_t written[1 << 20];
        struct mp_bytes bytes = {0};
        mt_struct(&bytes, MT_USUAL, 0);
        assert_true(tt_parse(&tree, bytes.data, bytes.count));
        uint32_t node = tree.count < 2 ? 0 : 1 + mp_below(tree.count - 1);
        uint32_t change = mp_below(tc_count());
        struct tt_node before = tree.nodes[node];
        if (node != 0 && !in_map(node) && tc_apply(&tree, node, change, &sizes)) {
            const char *name = tc_name(change);
            size_t count = tt_write(&tree, written, sizeof written);
            assert_true(count > 0);
            bool same = count == bytes.count && memcmp(written, bytes.data, count) == 0;
            without_effect += same; /* equal neighbours changed places, say */
            if (stays_whole(&before, name)) {
                assert_int_equal(mt_careful(written, count, WEIR_THRIFT_STRUCT), count);
            }
            applied++;
        } else {
            assert_int_equal(tt_write(&tree, written, sizeof written), bytes.count);
            assert_memory_equal(written, bytes.data, bytes.count);
        }
        mp_free(&bytes);
    }
    assert_true(applied > STRUCTS / 4);
    assert_true(without_effect < applied / 20);
}

/* Two row groups of two columns, each of two pages with a CRC. */
static struct mp_file *small_file(void) {
    struct mp_file *file = mp_begin();
    mp_column(file, "a", WEIR_INT64, 0);
    mp_column(file, "b", WEIR_INT64, 0);
    for (int group = 0; group < 2; group++) {
        mp_group_begin(file);
        for (int column = 0; column < 2; column++) {
            mp_chunk_begin(file, WEIR_INT64, 0);
            for (int number = 0; number < 2; number++) {
                struct mp_page page = mp_page_of(number == 0 ? 0 : 3, 0, 5);
                for (int64_t i = 0; i < 5; i++) {
                    int64_t value = i * 1000 + group * 100 + column * 10 + number;
                    mp_put(&page.data, &value, 8);
                }
                page.crc = -1;
                mp_page_write(&file->bytes, &page);
            }
            mp_chunk_end(file, 10);
        }
        mp_group_end(file, 10);
    }
    mp_end(file);
    return file;
}

/* A changed header, longer or shorter, and a changed body: everything behind is found again. */
static void test_pages_change(void **state) {
    (void)state;
    struct mp_file *file = small_file();
    struct mp_outcome *before = mp_profile_one(file, 0, false);
    assert_int_equal(before->status, WEIR_END);
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t header[256];
        uint8_t body[64];
        struct mp_file changed = *file;
        assert_true(pl_parse(&layout, file->bytes.data, file->bytes.count));
        assert_int_equal(layout.pages_count, 8);
        const struct pl_page *page = &layout.pages[i];
        assert_int_equal(page->body_bytes, 40);
        assert_true(tt_parse(&tree, layout.data + page->at, page->header_bytes));
        tree.nodes[1].padding = 3;
        memcpy(body, layout.data + page->at + page->header_bytes, 40);
        const int64_t least = -5;
        memcpy(body + 16, &least, 8);
        pl_fit_header(&tree, body, 40);
        const struct pl_change change = {i, header, tt_write(&tree, header, sizeof header), body,
                                         40};
        assert_true(change.header_bytes > page->header_bytes);
        uint8_t written[4096];
        changed.bytes.count = pl_write(&layout, &change, written, sizeof written);
        changed.bytes.data = written;
        assert_true(changed.bytes.count > file->bytes.count);
        struct mp_outcome *after = mp_profile_one(&changed, 0, false);
        assert_int_equal(after->status, WEIR_END);
        uint32_t column = i / 2 % 2;
        assert_int_equal(after->results[column].min.i64, -5);
        assert_int_equal(after->results[column].rows, 20);
        assert_int_equal(after->results[1 - column].min.i64, before->results[1 - column].min.i64);
        free(after);
    }
    free(before);
    mp_drop(file);
}

/* The mutator stays in its room, gives the same for a seed, and much of what it gives is found to
 * be wrong behind the footer, or not at all. */
static void test_mutator(void **state) {
    (void)state;
    struct mp_file *file = small_file();
    uint32_t deep = 0;
    const uint32_t turns = 500;
    for (uint32_t seed = 0; seed < turns; seed++) {
        uint8_t bytes[3000];
        uint8_t again[3000];
        memcpy(bytes, file->bytes.data, file->bytes.count);
        memcpy(again, file->bytes.data, file->bytes.count);
        size_t count = LLVMFuzzerCustomMutator(bytes, file->bytes.count, 2000, seed);
        assert_true(count <= 2000);
        assert_int_equal(LLVMFuzzerCustomMutator(again, file->bytes.count, 2000, seed), count);
        assert_memory_equal(bytes, again, count);
        struct mp_file changed = *file;
        changed.bytes.data = bytes;
        changed.bytes.count = count;
        struct mp_outcome *outcome = mp_profile_one(&changed, 0, false);
        assert_true(outcome->status == WEIR_END || outcome->status < 0);
        deep += outcome->status == WEIR_END || outcome->error.row_group != WEIR_NONE32;
        free(outcome);
    }
    printf("%u of %u mutants are found wrong in a row group, or right\n", deep, turns);
    assert_true(deep > turns / 2);
    mp_drop(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bytes),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_pages_change),
        cmocka_unit_test(test_mutator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
