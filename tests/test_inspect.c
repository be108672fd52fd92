/* Inspection: what the inventory says is what the files hold, in a window that is lent. */
#include "make_parquet.h"

struct bench {
    struct mp_set set;
    struct weir_inventory inventory;
    struct weir_error error;
};

static enum weir_status inspect(struct bench *b, const struct weir_profile_options *options) {
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    enum weir_status status = weir_inspect(&b->set.dataset, options, window, WEIR_INSPECT_BYTES,
                                           &b->inventory, &b->error);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    assert_int_equal(b->error.status, status);
    return status;
}

/* A required INT64 "a", an optional BYTE_ARRAY "longer name", a nested leaf. */
static struct mp_file *three_columns(int groups, int64_t codec) {
    struct mp_file *file = mp_begin();
    mp_column(file, "a", 2, 0);
    mp_column(file, "longer name", 6, 1);
    mp_column(file, "g", MP_AUTO, 1);
    file->columns[2].children = 1;
    mp_column(file, "nested", 1, 0);
    file->root_children = 3;
    for (int g = 0; g < groups; g++) {
        mp_group_begin(file);
        for (int c = 0; c < 3; c++) {
            struct mp_page page = mp_page_of(0, 0, 0);
            static const int64_t types[] = {2, 6, 1};
            mp_chunk_begin(file, types[c], c == 1 ? codec : 0);
            mp_page_write(&file->bytes, &page);
            mp_chunk_end(file, 7);
        }
        mp_group_end(file, 7);
    }
    mp_end(file);
    return file;
}

static bool not_nested(void *context, const char *path, size_t path_bytes) {
    int *calls = context;
    (*calls)++;
    return memchr(path, '.', path_bytes) == NULL;
}

static bool nothing(void *context, const char *path, size_t path_bytes) {
    (void)context, (void)path, (void)path_bytes;
    return false;
}

static void the_inventory_counts_what_is_there(void **state) {
    struct bench b;
    int calls = 0;
    (void)state;
    struct mp_file *files[2] = {three_columns(2, 1), three_columns(3, 0)};
    struct weir_profile_options options = {.select = not_nested, .select_context = &calls};
    for (size_t slice = 0; slice < 100; slice += 33) {
        mp_set_of(&b.set, files, 2, slice);
        assert_int_equal(inspect(&b, &options), WEIR_OK);
        assert_true(calls > 0);
        const struct weir_inventory *inventory = &b.inventory;
        assert_int_equal(inventory->rows, 35);
        assert_int_equal(inventory->row_groups, 5);
        assert_int_equal(inventory->input_bytes, files[0]->bytes.count + files[1]->bytes.count);
        assert_int_equal(inventory->files, 2);
        assert_int_equal(inventory->columns, 3);
        assert_int_equal(inventory->columns_selected, 2);
        assert_int_equal(inventory->columns_extra, 0);
        assert_int_equal(inventory->kinds, 1u << WEIR_KIND_I64 | 1u << WEIR_KIND_BYTES);
        assert_int_equal(inventory->codecs, 1u << 1 | 1u << 0);
        assert_int_equal(inventory->name_bytes_max, 11);
        uint64_t selected = 0;
        for (int f = 0; f < 2; f++) {
            for (int i = 0; i < files[f]->chunks_count; i++) {
                selected += i % 3 < 2 ? (uint64_t)files[f]->chunks[i].raw_bytes : 0;
            }
        }
        assert_int_equal(inventory->selected_bytes, selected);
        assert_int_equal(b.error.file, WEIR_NONE32);
    }
    mp_drop(files[0]);
    mp_drop(files[1]);
}

static void the_digest_follows_sizes_and_footers(void **state) {
    struct bench b;
    uint64_t digests[4];
    (void)state;
    struct mp_file *one = three_columns(1, 0);
    struct mp_file *two = three_columns(2, 0);
    struct mp_file *sets[4][2] = {{one, one}, {one, two}, {two, one}, {two, two}};
    struct weir_profile_options options = {.keep_going = true};
    for (int i = 0; i < 4; i++) {
        for (int again = 0; again < 2; again++) {
            mp_set_of(&b.set, sets[i], 2, 0);
            assert_int_equal(inspect(&b, &options), WEIR_OK);
            assert_true(again == 0 || digests[i] == b.inventory.file_digest);
            digests[i] = b.inventory.file_digest;
        }
        for (int j = 0; j < i; j++) {
            assert_true(digests[i] != digests[j]);
        }
    }
    mp_drop(one);
    mp_drop(two);
}

static void what_cannot_be_read_is_named_or_counted(void **state) {
    struct bench b;
    (void)state;
    struct mp_file *file = three_columns(1, 3); /* LZO for the second column */
    mp_set_of(&b.set, &file, 1, 0);
    struct weir_profile_options options = {.budget_bytes = 0};
    assert_int_equal(inspect(&b, &options), WEIR_E_UNSUPPORTED);
    assert_string_equal(b.error.column_name, "longer name");
    assert_int_equal(b.error.file, 0);
    int calls = 0;
    options.select = not_nested;
    options.select_context = &calls;
    assert_int_equal(inspect(&b, &options), WEIR_E_UNSUPPORTED);
    assert_string_equal(b.error.column_name, "longer name");
    assert_int_equal(b.error.row_group, 0);
    assert_int_equal(b.error.column, 1);
    options.select = NULL;
    options.keep_going = true;
    assert_int_equal(inspect(&b, &options), WEIR_OK);
    assert_int_equal(b.inventory.columns_selected, 3);
    assert_int_equal(b.inventory.codecs, 1);
    mp_drop(file);
}

static void arguments_are_checked(void **state) {
    struct bench b;
    (void)state;
    struct mp_file *file = three_columns(1, 0);
    uint8_t *window = mp_guarded(WEIR_INSPECT_BYTES + 64);
    mp_set_of(&b.set, &file, 1, 0);
    struct weir_profile_options options = {.keep_going = true};
    assert_int_equal(
        weir_inspect(&b.set.dataset, &options, NULL, WEIR_INSPECT_BYTES, &b.inventory, &b.error),
        WEIR_E_ARGUMENT);
    assert_int_equal(weir_inspect(&b.set.dataset, &options, window, WEIR_INSPECT_BYTES - 1,
                                  &b.inventory, &b.error),
                     WEIR_E_ARGUMENT);
    assert_int_equal(b.error.wanted, WEIR_INSPECT_BYTES);
    assert_int_equal(weir_inspect(&b.set.dataset, &options, window + 1, WEIR_INSPECT_BYTES,
                                  &b.inventory, &b.error),
                     WEIR_E_ARGUMENT);
    options.select = nothing;
    assert_int_equal(inspect(&b, &options), WEIR_E_ARGUMENT);
    options.select = NULL;
    options.lanes = 65;
    assert_int_equal(inspect(&b, &options), WEIR_E_ARGUMENT);
    options.lanes = 0;
    b.set.dataset.files = 0;
    assert_int_equal(inspect(&b, &options), WEIR_E_ARGUMENT);
    b.set.dataset.files = 1;
    b.set.sources[0].read_at = NULL;
    assert_int_equal(inspect(&b, &options), WEIR_E_ARGUMENT);
    mp_drop(file);
}

static bool suffices(void *wanted, uint32_t columns_selected) {
    return columns_selected >= *(const uint32_t *)wanted;
}

/* A footer that is broken behind its schema shows where the inspection has ended. */
static void columns_that_do_not_suffice_end_it_behind_the_schema(void **state) {
    struct bench b;
    (void)state;
    struct mp_file *good = three_columns(1, 0);
    struct mp_file *bad = three_columns(1, 0);
    bad->bytes.data[bad->bytes.count - 8 - 20] ^= 0xff;
    for (uint32_t wanted = 2; wanted < 5; wanted++) {
        struct weir_profile_options options = {.suffices = suffices, .select_context = &wanted};
        struct mp_file *files[2] = {good, bad};
        mp_set_of(&b.set, files, 1, 16);
        assert_int_equal(inspect(&b, &options), wanted <= 3 ? WEIR_OK : WEIR_E_ARGUMENT);
        mp_set_of(&b.set, files, 2, 16);
        assert_int_equal(inspect(&b, &options), wanted <= 3 ? WEIR_E_CORRUPT : WEIR_E_ARGUMENT);
        mp_set_of(&b.set, files + 1, 1, 16);
        assert_int_equal(inspect(&b, &options), wanted <= 3 ? WEIR_E_CORRUPT : WEIR_E_ARGUMENT);
        assert_int_equal(b.error.file, 0);
    }
    mp_drop(good);
    mp_drop(bad);
}

static void errors_name_their_file(void **state) {
    struct bench b;
    (void)state;
    struct mp_file *good = three_columns(1, 0);
    struct mp_file *cut = three_columns(1, 0);
    struct mp_file *empty = three_columns(1, 0);
    struct mp_file *bad = three_columns(1, 0);
    cut->bytes.count -= 3;
    empty->bytes.count = 0;
    bad->bytes.data[bad->bytes.count - 8 - 20] ^= 0xff;
    struct mp_file *others[3] = {cut, empty, bad};
    static const enum weir_status want[3] = {WEIR_E_NOT_PARQUET, WEIR_E_NOT_PARQUET,
                                             WEIR_E_CORRUPT};
    struct weir_profile_options options = {.keep_going = true};
    for (int i = 0; i < 3; i++) {
        for (uint32_t place = 0; place < 3; place++) {
            struct mp_file *files[3] = {good, good, good};
            files[place] = others[i];
            mp_set_of(&b.set, files, 3, 0);
            assert_int_equal(inspect(&b, &options), want[i]);
            assert_int_equal(b.error.file, place);
        }
    }
    mp_drop(good);
    mp_drop(cut);
    mp_drop(empty);
    mp_drop(bad);
}

static void failing_sources_and_the_stop_flag_end_it(void **state) {
    struct bench b;
    int stop = 1;
    (void)state;
    struct mp_file *file = three_columns(3, 0);
    struct weir_profile_options options = {.keep_going = true};
    for (uint64_t from = 1; from < file->bytes.count; from++) {
        mp_set_of(&b.set, &file, 1, 0);
        b.set.inputs[0].fail_from = from;
        b.set.inputs[0].fail_result = from % 2 == 0 ? -5 : 0;
        enum weir_status status = inspect(&b, &options);
        assert_int_equal(status, from % 2 == 0 ? WEIR_E_IO : WEIR_E_CHANGED);
        assert_int_equal(b.error.file, 0);
    }
    mp_set_of(&b.set, &file, 1, 0);
    options.stop = &stop;
    assert_int_equal(inspect(&b, &options), WEIR_E_INTERRUPTED);
    mp_drop(file);
}

/* What only later files have is counted and named: it must not vanish unsaid. */
static void columns_that_the_first_file_lacks_are_named(void **state) {
    struct bench b;
    struct mp_file *files[3];
    static const char *const second[] = {"b", "new one", "new one"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        files[i] = mp_begin();
        mp_column(files[i], "a", 2, 0);
        mp_column(files[i], second[i], 2, 0);
        mp_end(files[i]);
    }
    struct weir_profile_options options = {.budget_bytes = 0};
    mp_set_of(&b.set, files, 3, 0);
    assert_int_equal(inspect(&b, &options), WEIR_OK);
    assert_int_equal(b.inventory.columns_extra, 2);
    assert_int_equal(b.inventory.extra_file, 1);
    assert_string_equal(b.inventory.extra_name, "new one");
    mp_set_of(&b.set, files, 1, 0);
    assert_int_equal(inspect(&b, &options), WEIR_OK);
    assert_int_equal(b.inventory.columns_extra, 0);
    for (int i = 0; i < 3; i++) {
        mp_drop(files[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inventory_counts_what_is_there),
        cmocka_unit_test(the_digest_follows_sizes_and_footers),
        cmocka_unit_test(what_cannot_be_read_is_named_or_counted),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(columns_that_do_not_suffice_end_it_behind_the_schema),
        cmocka_unit_test(errors_name_their_file),
        cmocka_unit_test(columns_that_the_first_file_lacks_are_named),
        cmocka_unit_test(failing_sources_and_the_stop_flag_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
