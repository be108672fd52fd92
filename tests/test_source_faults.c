/* Input that fails at any byte, ends too soon or is another one: nothing is made up. */
#include "make_parquet.h"

#include "weir/check.h"

#define COLUMNS 4
#define FIXED_BYTES 5000
#define VALUES 3

enum verb { PROFILE, ROWS, CHECK };

/* --- The file: values longer than what is handed out whole. -------------------------------------
 */

static void put_values(struct mp_bytes *to, int column) {
    static uint8_t bytes[VALUES * 6000];
    static const uint32_t lengths[VALUES] = {6000, 5500, 6000};
    size_t at = 0;
    switch (column) {
    case 0:
        for (uint32_t i = 0; i < VALUES * FIXED_BYTES; i++) {
            mp_byte(to, i * 7 & 0x7f);
        }
        break;
    case 1: /* more than snappy's history */
        for (uint32_t v = 0; v < VALUES; v++) {
            mp_u32(to, 5 * lengths[v]);
            for (uint32_t i = 0; i < 5 * lengths[v]; i++) {
                mp_byte(to, i * 11 & 0x7f);
            }
        }
        break;
    case 2: /* five thousand bytes in common */
        for (uint32_t v = 0; v < VALUES; v++) {
            for (uint32_t i = 0; i < lengths[v]; i++) {
                bytes[at++] = (uint8_t)((i < 5000 ? i : i * (3 + v)) & 0x7f);
            }
        }
        mp_delta_bytes(to, bytes, lengths, VALUES, true);
        break;
    default: mp_byte(to, 5); break;
    }
}

/* Column `cut` (-1: none) has only the first `keep` bytes of its values. */
static struct mp_file *file_of(int cut, size_t keep) {
    static const char *const names[COLUMNS] = {"fixed", "plain text", "shared", "flag"};
    static const int64_t types[COLUMNS] = {7, 6, 6, 0};
    struct mp_file *file = mp_begin();
    for (int c = 0; c < COLUMNS; c++) {
        mp_column(file, names[c], types[c], 0);
        file->columns[c].type_length = c == 0 ? FIXED_BYTES : MP_AUTO;
    }
    mp_group_begin(file);
    for (int c = 0; c < COLUMNS; c++) {
        struct mp_page page = mp_page_of(0, c == 2 ? 7 : 0, VALUES);
        page.codec = c == 1; /* snappy */
        struct mp_chunk *chunk = mp_chunk_begin(file, types[c], page.codec);
        chunk->encoding = page.encoding;
        put_values(&page.data, c);
        page.data.count = c == cut && keep < page.data.count ? keep : page.data.count;
        mp_page_write(&file->bytes, &page);
        mp_chunk_end(file, VALUES);
    }
    mp_group_end(file, VALUES);
    mp_end(file);
    return file;
}

/* --- Runs. --------------------------------------------------------------------------------------
 */

struct input {
    struct mp_source source;
    uint64_t bad; /* the byte that cannot be read; UINT64_MAX: none */
};

static int64_t read_at(void *context, uint64_t offset, void *to, size_t bytes) {
    struct input *input = context;
    if (offset == input->bad) {
        return -5;
    }
    if (offset < input->bad && input->bad - offset < bytes) {
        bytes = (size_t)(input->bad - offset);
    }
    return mp_read_at(&input->source, offset, to, bytes);
}

static void *block;
static size_t block_bytes;

static void make_room(const struct weir_plan *plan) {
    if (block_bytes < plan->planned_bytes) {
        free(block);
        block_bytes = (size_t)(plan->planned_bytes + 63) & ~(size_t)63;
        block = aligned_alloc(64, block_bytes);
        assert_non_null(block);
    }
}

static bool see(void *context, const struct weir_finding *finding) {
    (void)context;
    (void)finding;
    return true;
}

static enum weir_status run_planned(enum verb verb, const struct weir_dataset *dataset,
                                    const struct weir_plan *plan, struct weir_error *error) {
    enum weir_status status = WEIR_OK;
    if (verb == PROFILE) {
        struct weir_profile *profile = NULL;
        status = weir_profile_init(block, block_bytes, plan, dataset, &profile, error);
        assert_int_equal(status, WEIR_OK);
        while ((status = weir_profile_batch(profile)) == WEIR_OK &&
               (status = weir_profile_run_lane(profile, 0)) == WEIR_OK) {
        }
        *error = *weir_profile_error(profile);
    } else if (verb == ROWS) {
        struct weir_rows *rows = NULL;
        struct weir_cell cells[COLUMNS];
        status = weir_rows_init(block, block_bytes, plan, dataset, &rows, error);
        while (status == WEIR_OK && (status = weir_rows_next(rows, cells)) == WEIR_OK) {
        }
        *error = rows != NULL ? *weir_rows_error(rows) : *error;
    } else {
        struct weir_check *check = NULL;
        status = weir_check_init(block, block_bytes, plan, dataset, &check, error);
        assert_int_equal(status, WEIR_OK);
        status = weir_check_run(check, see, NULL);
        status = status == WEIR_OK ? WEIR_END : status;
        *error = *weir_check_error(check);
    }
    return status;
}

struct trial {
    enum verb verb;
    const struct mp_file *file;
    const struct mp_file *later; /* what is there when all is planned; NULL: the same */
    uint64_t bad;
    bool bad_later; /* the byte can be read until all is planned */
    size_t slice;
};

/* WEIR_END: the run is complete. */
static enum weir_status run(const struct trial *trial, struct weir_error *error) {
    const enum verb verb = trial->verb;
    const struct mp_bytes *bytes = &trial->file->bytes;
    struct input input = {{.data = bytes->data, .bytes = bytes->count, .slice = trial->slice},
                          trial->bad_later ? UINT64_MAX : trial->bad};
    struct weir_source source = {&input, read_at, bytes->count};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20};
    struct weir_inventory inventory;
    struct weir_plan plan;
    static _Alignas(WEIR_MEMORY_ALIGN) uint8_t window[WEIR_INSPECT_BYTES];
    enum weir_status status = (verb == CHECK ? weir_check_inspect : weir_inspect)(
        &dataset, &options, window, sizeof window, &inventory, error);
    if (status == WEIR_OK) {
        status = verb == PROFILE ? weir_profile_plan(&inventory, &options, &plan, error)
                 : verb == CHECK ? weir_check_plan(&inventory, &options, &plan, error)
                                 : weir_rows_plan(&dataset, &inventory, &options, window,
                                                  sizeof window, &plan, error);
    }
    if (status == WEIR_OK) {
        make_room(&plan);
        input.bad = trial->bad;
        if (trial->later != NULL) {
            input.source.data = trial->later->bytes.data;
            source.size_bytes = input.source.bytes = trial->later->bytes.count;
        }
        status = run_planned(verb, &dataset, &plan, error);
    }
    assert_int_equal(error->status, status == WEIR_END ? WEIR_OK : status);
    return status;
}

/* --- Tests. -------------------------------------------------------------------------------------
 */

static void a_byte_that_cannot_be_read_is_an_io_error(void **state) {
    struct mp_file *file = file_of(-1, 0);
    const size_t data = file->bytes.count - file->footer_bytes - 8;
    struct weir_error error;
    (void)state;
    for (int verb = PROFILE; verb <= CHECK; verb++) {
        struct trial trial = {
            .verb = (enum verb)verb, .file = file, .bad = UINT64_MAX, .slice = 512};
        assert_int_equal(run(&trial, &error), WEIR_END);
        for (int later = 0; later < 2; later++) {
            /* Every byte of the footer, some of the pages. */
            for (size_t bad = 0; bad < file->bytes.count; bad += bad < data ? 199 : 1) {
                trial.bad = bad;
                trial.bad_later = later != 0;
                enum weir_status status = run(&trial, &error);
                if (status != WEIR_E_IO) {
                    fail_msg("verb %d, later %d, byte %zu: status %d", verb, later, bad, status);
                }
                assert_true(error.got == 5);
            }
        }
    }
    mp_drop(file);
}

static void a_page_that_ends_inside_its_values_is_corrupt(void **state) {
    (void)state;
    for (int column = 0; column < COLUMNS; column++) {
        struct mp_bytes whole = {0};
        put_values(&whole, column);
        size_t step = 1 + whole.count / 150;
        for (size_t keep = 0; keep < whole.count + step; keep += step) {
            struct mp_file *file = file_of(column, keep);
            for (int verb = PROFILE; verb <= CHECK; verb++) {
                struct weir_error error;
                struct trial trial = {
                    .verb = (enum verb)verb, .file = file, .bad = UINT64_MAX, .slice = 700};
                assert_int_equal(run(&trial, &error),
                                 keep < whole.count ? WEIR_E_CORRUPT : WEIR_END);
                assert_true(keep >= whole.count || error.column == (uint32_t)column);
            }
            mp_drop(file);
        }
        mp_free(&whole);
    }
}

/* Two row groups of one column; in the second, the chunk says `codec`, and pages have as many bytes
 * in any encoding and of any type of eight bytes. */
static struct mp_file *file_like(const char *name, int64_t type, int64_t repetition, int64_t codec,
                                 int64_t encoding) {
    struct mp_file *file = mp_begin();
    mp_column(file, name, type, repetition);
    for (int group = 0; group < 2; group++) {
        uint32_t one = 1;
        uint64_t bits = 1;
        mp_group_begin(file);
        struct mp_chunk *chunk = mp_chunk_begin(file, type, group == 1 ? codec : 0);
        struct mp_page page = mp_page_of(3, group == 1 ? encoding : 0, 1);
        chunk->encoding = page.encoding;
        if (repetition > 0) {
            mp_levels(&page, &one, 1);
        }
        mp_put(&page.data, &bits, 8);
        mp_page_write(&file->bytes, &page);
        mp_chunk_end(file, 1);
        mp_group_end(file, 1);
    }
    mp_end(file);
    return file;
}

static struct mp_file *file_of_two(void) {
    static const char *const names[] = {"a", "b"};
    const int64_t one = 1;
    struct mp_file *file = mp_begin();
    for (int c = 0; c < 2; c++) {
        mp_column(file, names[c], 2, 0);
    }
    mp_group_begin(file);
    for (int c = 0; c < 2; c++) {
        mp_add_i64(file, &one, NULL, 1);
    }
    mp_group_end(file, 1);
    mp_end(file);
    return file;
}

/* What was planned for one file either suits another, or that one is told from it. */
static void a_file_exchanged_after_planning_is_told_or_read(void **state) {
    struct mp_file *const files[] = {
        file_like("a", 2, 0, 0, 0), file_like("b", 2, 0, 0, 0),
        file_like("a", 5, 0, 0, 0), file_like("a", 2, 0, 1, 0),
        file_like("a", 2, 0, 2, 0), file_like("a", 2, 0, 0, 9),
        file_like("a", 2, 1, 0, 0), file_like("a", 2, 2, 0, 0),
        file_like("a", 1, 0, 0, 0), file_of_two(),
    };
    const size_t count = sizeof files / sizeof *files;
    uint32_t told[3] = {0, 0, 0};
    (void)state;
    for (int verb = PROFILE; verb <= CHECK; verb++) {
        for (size_t i = 0; i < count * count; i++) {
            struct weir_error error;
            struct trial own = {
                .verb = (enum verb)verb, .file = files[i % count], .bad = UINT64_MAX};
            struct trial other = own;
            other.file = files[i / count];
            other.later = files[i % count];
            enum weir_status want = run(&own, &error);
            enum weir_status got = run(&other, &error);
            if (got != want && got != WEIR_E_CHANGED) {
                fail_msg("verb %d, file %zu for %zu: status %d, alone %d: %s", verb, i % count,
                         i / count, got, want, error.message);
            }
            told[verb] += got == WEIR_E_CHANGED && want != WEIR_E_CHANGED;
            assert_true(other.file != other.later || got == want);
        }
    }
    print_message("told: %u profiles, %u rows, %u checks\n", told[PROFILE], told[ROWS],
                  told[CHECK]);
    assert_true(told[PROFILE] > 20 && told[ROWS] > 20 && told[CHECK] > 20);
    for (size_t i = 0; i < count; i++) {
        mp_drop(files[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_that_cannot_be_read_is_an_io_error),
        cmocka_unit_test(a_page_that_ends_inside_its_values_is_corrupt),
        cmocka_unit_test(a_file_exchanged_after_planning_is_told_or_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
