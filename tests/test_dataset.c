/* What the engine's parts share: files opened and given back, options, selections, refusals. */
#include "make_parquet.h"

#include "engine/inner.h"

struct store {
    enum weir_status open_with;
    enum weir_status close_with;
    struct mp_source input;
    int opened;
    int closed;
    bool without_read_at;
};

static enum weir_status open_file(void *context, uint32_t file, struct weir_source *source) {
    struct store *store = context;
    (void)file;
    assert_null(source->read_at); /* handed over empty */
    store->opened++;
    if (!store->without_read_at) {
        *source = mp_source_of(&store->input);
    }
    return store->open_with;
}

static enum weir_status close_file(void *context, uint32_t file, struct weir_source *source) {
    struct store *store = context;
    (void)file, (void)source;
    store->closed++;
    return store->close_with;
}

static void files_are_opened_by_callback_or_taken_from_an_array(void **state) {
    struct store store = {.input = {.bytes = 77}};
    struct weir_dataset dataset = {&store, 3, open_file, close_file};
    struct weir_source source;
    struct weir_error error;
    (void)state;
    weir_error_clear(&error);
    memset(&source, 0x5a, sizeof source);
    assert_int_equal(weir_dataset_open(&dataset, 2, &source, &error), WEIR_OK);
    assert_int_equal(source.size_bytes, 77);
    assert_int_equal(error.file, 2);
    assert_int_equal(weir_dataset_close(&dataset, 2, &source, WEIR_OK, &error), WEIR_OK);
    assert_int_equal(store.closed, 1);
    struct weir_source array[2] = {mp_source_of(&store.input), mp_source_of(&store.input)};
    array[1].size_bytes = 5;
    struct weir_dataset ready = {.context = array, .files = 2};
    assert_int_equal(weir_dataset_open(&ready, 1, &source, &error), WEIR_OK);
    assert_int_equal(source.size_bytes, 5);
    assert_int_equal(weir_dataset_close(&ready, 1, &source, WEIR_OK, &error), WEIR_OK);
}

static void failures_to_open_and_close_are_told(void **state) {
    static const enum weir_status statuses[] = {WEIR_E_CHANGED, WEIR_E_IO, WEIR_E_CORRUPT, WEIR_END,
                                                (enum weir_status)12345};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        enum weir_status want = statuses[i] == WEIR_E_CHANGED ? WEIR_E_CHANGED : WEIR_E_IO;
        struct store store = {.open_with = statuses[i]};
        struct weir_dataset dataset = {&store, 3, open_file, close_file};
        struct weir_source source;
        struct weir_error error;
        weir_error_clear(&error);
        assert_int_equal(weir_dataset_open(&dataset, 1, &source, &error), want);
        assert_int_equal(error.status, want);
        assert_int_equal(error.file, 1);
        store.open_with = WEIR_OK;
        store.close_with = statuses[i];
        weir_error_clear(&error);
        assert_int_equal(weir_dataset_open(&dataset, 1, &source, &error), WEIR_OK);
        assert_int_equal(weir_dataset_close(&dataset, 1, &source, WEIR_OK, &error), want);
        /* What happened before wins. */
        weir_error_clear(&error);
        (void)weir_fail(&error, WEIR_E_IO, "before");
        assert_int_equal(weir_dataset_close(&dataset, 1, &source, WEIR_E_IO, &error), WEIR_E_IO);
        assert_string_equal(error.message, "before");
        assert_int_equal(store.closed, 2);
    }
    struct store store = {.without_read_at = true};
    struct weir_dataset dataset = {&store, 1, open_file, close_file};
    struct weir_source source;
    struct weir_error error;
    weir_error_clear(&error);
    assert_int_equal(weir_dataset_open(&dataset, 0, &source, &error), WEIR_E_ARGUMENT);
}

/* Bytes of a file that changed or failed may be taken for damage. */
static void damage_in_a_file_that_changed_is_no_damage(void **state) {
    static const enum weir_status refusals[] = {WEIR_E_LIMIT,    WEIR_E_NOT_PARQUET, WEIR_E_CORRUPT,
                                                WEIR_E_CHECKSUM, WEIR_E_UNSUPPORTED, WEIR_E_SCHEMA};
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        for (int changed = 0; changed < 2; changed++) {
            enum weir_status want = changed != 0 ? WEIR_E_CHANGED : WEIR_E_IO;
            struct store store = {.close_with = want};
            struct weir_dataset dataset = {&store, 3, open_file, close_file};
            struct weir_source source;
            struct weir_error error;
            weir_error_clear(&error);
            assert_int_equal(weir_dataset_open(&dataset, 2, &source, &error), WEIR_OK);
            (void)weir_fail(&error, refusals[i], "damage");
            assert_int_equal(weir_dataset_close(&dataset, 2, &source, refusals[i], &error), want);
            assert_int_equal(error.status, want);
            assert_int_equal(error.file, 2);
        }
    }
}

static void names_in_errors_are_cut_and_kept(void **state) {
    struct weir_error error;
    char name[300];
    (void)state;
    memset(name, 'n', sizeof name);
    for (uint32_t n = 0; n < 300; n++) {
        weir_error_clear(&error);
        weir_error_name(&error, name, n);
        assert_int_equal(strlen(error.column_name), n < 95 ? n : 95);
        weir_error_name(&error, "other", 5);
        assert_int_equal(error.column_name[0], n == 0 ? 'o' : 'n');
    }
}

static bool even_length(void *context, const char *path, size_t path_bytes) {
    (void)context, (void)path;
    return path_bytes % 2 == 0;
}

static void selections_remember_leaves(void **state) {
    struct weir_selection *selection = calloc(1, sizeof *selection);
    struct weir_profile_options options = {.select = even_length};
    (void)state;
    for (uint32_t column = 0; column < 40000; column++) {
        struct weir_node node = {.path = "x", .path_bytes = column % 7, .column = column};
        weir_selection_see(selection, &options, &node);
    }
    struct weir_node group = {.path = "xx", .path_bytes = 2, .column = WEIR_NONE32};
    weir_selection_see(selection, &options, &group);
    for (uint32_t column = 0; column < 40000; column++) {
        bool want = column % 7 % 2 == 0;
        assert_int_equal(weir_selection_has(selection, column), column >= 32768 || want);
    }
    free(selection);
}

static void options_get_their_meaning(void **state) {
    struct weir_profile_options options = {.budget_bytes = 5};
    struct weir_profile_options checked;
    struct weir_error error;
    (void)state;
    weir_error_clear(&error);
    assert_int_equal(weir_options_check(&options, &checked, &error), WEIR_OK);
    assert_int_equal(checked.lanes, 1);
    assert_int_equal(checked.stats, WEIR_STATS_ALL);
    assert_true(checked.rank_error == 0.001);
    assert_int_equal(checked.budget_bytes, 5);
    options.stats = WEIR_STATS_TOP;
    assert_int_equal(weir_options_check(&options, &checked, &error), WEIR_OK);
    assert_int_equal(checked.stats, WEIR_STATS_TOP | WEIR_STATS_MOMENTS);
}

static void chunks_are_refused_by_feature(void **state) {
    (void)state;
    for (uint32_t codec = 0; codec < 50; codec++) {
        struct weir_chunk chunk = {.codec = codec, .encodings = 1, .physical = 2};
        bool readable = codec == 0 || weir_codec_find(codec) != NULL;
        assert_int_equal(weir_chunk_unsupported(&chunk) == NULL, readable);
    }
    for (uint32_t encoding = 0; encoding < 32; encoding++) {
        for (uint32_t physical = 0; physical < 8; physical++) {
            struct weir_chunk chunk = {.encodings = 1u << encoding | 1, .physical = physical};
            bool bytes = physical == WEIR_BYTE_ARRAY;
            bool fixed = physical == WEIR_FIXED_LEN_BYTE_ARRAY;
            bool integer = physical == WEIR_INT32 || physical == WEIR_INT64;
            bool real = physical == WEIR_FLOAT || physical == WEIR_DOUBLE;
            /* RLE and BIT_PACKED may be meant for levels. */
            bool readable = encoding == 0 || encoding == 2 || encoding == 8 || encoding == 3 ||
                            encoding == 4 || (encoding == 5 && integer) ||
                            (encoding == 6 && bytes) || (encoding == 7 && (bytes || fixed)) ||
                            (encoding == 9 && (integer || real || fixed));
            assert_int_equal(weir_chunk_unsupported(&chunk) == NULL, readable);
        }
    }
    struct weir_chunk hidden = {.encrypted = true};
    struct weir_chunk elsewhere = {.elsewhere = true};
    struct weir_chunk negative = {.codec = UINT32_MAX};
    assert_non_null(weir_chunk_unsupported(&hidden));
    assert_non_null(weir_chunk_unsupported(&elsewhere));
    assert_non_null(weir_chunk_unsupported(&negative));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_opened_by_callback_or_taken_from_an_array),
        cmocka_unit_test(failures_to_open_and_close_are_told),
        cmocka_unit_test(damage_in_a_file_that_changed_is_no_damage),
        cmocka_unit_test(names_in_errors_are_cut_and_kept),
        cmocka_unit_test(selections_remember_leaves),
        cmocka_unit_test(options_get_their_meaning),
        cmocka_unit_test(chunks_are_refused_by_feature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
