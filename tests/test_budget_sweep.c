/*
 * Budgets from 64 KiB to 16 MiB in steps of 4 KiB, for 40 schemas: below the plan's minimum B every
 * budget is refused with B before anything is read, from B on every one runs, in a block of exactly
 * the planned bytes before a page that may not be touched, with the same bits as the largest.
 *
 * Budgets with the plan of the one before are planned and not run; with WEIR_SWEEP=all they are.
 */
#include "encode_help.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif
#if WEIR_HAVE_ZLIB
#include <zlib.h>
#endif
#if WEIR_HAVE_BROTLI
#include <brotli/encode.h>
#endif
#include <lz4.h>

#include "base/hash.h"
#include "parquet/codec.h"

#define SCHEMAS 40
#define STEP (UINT64_C(4) << 10)
#define BUDGET_FIRST (UINT64_C(64) << 10)
#define BUDGET_LAST (UINT64_C(16) << 20)
#define ROWS_MAX 400

/* --- Pages ------------------------------------------------------------------------------------ */

static void press(struct mp_bytes *to, const struct mp_bytes *from, uint32_t codec) {
    size_t room = 2 * from->count + 2000;
    uint8_t *packed = malloc(room);
    assert_non_null(packed);
    switch (codec) {
    case WEIR_CODEC_SNAPPY:
        mp_snappy(to, from);
        room = 0;
        break;
    case WEIR_CODEC_LZ4_RAW:
        room = (size_t)LZ4_compress_default((const char *)from->data, (char *)packed,
                                            (int)from->count, (int)room);
        break;
#if WEIR_HAVE_ZSTD
    case WEIR_CODEC_ZSTD:
        room = ZSTD_compress(packed, room, from->data, from->count, 3);
        assert_false(ZSTD_isError(room));
        break;
#endif
#if WEIR_HAVE_ZLIB
    case WEIR_CODEC_GZIP: {
        z_stream stream = {.next_in = from->data,
                           .avail_in = (uInt)from->count,
                           .next_out = packed,
                           .avail_out = (uInt)room};
        assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
                         Z_OK);
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        room = stream.total_out;
        assert_int_equal(deflateEnd(&stream), Z_OK);
        break;
    }
#endif
#if WEIR_HAVE_BROTLI
    case WEIR_CODEC_BROTLI:
        assert_true(BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC,
                                          from->count, from->data, &room, packed));
        break;
#endif
    default: assert_true(false);
    }
    mp_put(to, packed, room);
    free(packed);
}

/* A V1 page, compressed with its levels. */
static void write_page(struct mp_file *file, struct mp_page *page, uint32_t codec) {
    struct mp_bytes body = {0};
    if (codec != WEIR_CODEC_UNCOMPRESSED) {
        mp_put(&body, page->repetition.data, page->repetition.count);
        mp_put(&body, page->levels.data, page->levels.count);
        mp_put(&body, page->data.data, page->data.count);
        mp_page_free(page);
        press(&page->data, &body, codec);
        page->raw_bytes = (int64_t)page->data.count;
        page->page_bytes = (int64_t)body.count;
    }
    mp_page_write(&file->bytes, page);
    mp_free(&body);
}

static const uint32_t codecs[] = {
    WEIR_CODEC_UNCOMPRESSED, WEIR_CODEC_SNAPPY, WEIR_CODEC_LZ4_RAW,
#if WEIR_HAVE_ZSTD
    WEIR_CODEC_ZSTD,
#endif
#if WEIR_HAVE_ZLIB
    WEIR_CODEC_GZIP,
#endif
#if WEIR_HAVE_BROTLI
    WEIR_CODEC_BROTLI,
#endif
};
#define CODECS (sizeof codecs / sizeof *codecs)

/* --- Schemas ---------------------------------------------------------------------------------- */

#define PLAIN (1u << WEIR_ENCODING_PLAIN)
#define SPLIT (1u << WEIR_ENCODING_BYTE_STREAM_SPLIT)
#define DELTA (1u << WEIR_ENCODING_DELTA_BINARY_PACKED)
#define LENGTHS (1u << WEIR_ENCODING_DELTA_LENGTH_BYTE_ARRAY)
#define SHARED (1u << WEIR_ENCODING_DELTA_BYTE_ARRAY)
#define FIXED WEIR_FIXED_LEN_BYTE_ARRAY

static const struct {
    struct weir_type type;
    uint32_t width;
    uint32_t encodings;
} kinds[] = {
    {{.physical = WEIR_INT32}, 4, PLAIN | DELTA | SPLIT},
    {{.physical = WEIR_INT64}, 8, PLAIN | DELTA | SPLIT},
    {{.physical = WEIR_INT96}, 12, PLAIN},
    {{.physical = WEIR_FLOAT}, 4, PLAIN | SPLIT},
    {{.physical = WEIR_DOUBLE}, 8, PLAIN | SPLIT},
    {{.physical = WEIR_BYTE_ARRAY}, 0, PLAIN | LENGTHS | SHARED},
    {{.physical = FIXED, .length_bytes = 1}, 1, PLAIN | SHARED},
    {{.physical = FIXED, .length_bytes = 300}, 300, PLAIN | SHARED},
    {{.physical = FIXED, .length_bytes = 16, .logical = WEIR_LOGICAL_DECIMAL, .precision = 38},
     16,
     PLAIN | SPLIT},
    {{.physical = FIXED, .length_bytes = 30, .logical = WEIR_LOGICAL_DECIMAL, .precision = 70},
     30,
     PLAIN | SHARED},
};
#define KINDS (sizeof kinds / sizeof *kinds)

struct schema {
    uint32_t columns;
    uint32_t rows;
    uint32_t codec;
    uint32_t kind; /* of every column; KINDS: all kinds */
    uint32_t name_bytes;
    bool nested; /* every third column is a list */
    struct weir_profile_options options;
};

/* The same 40 always, spread over what a plan depends on. */
static struct schema schema_of(uint32_t i) {
    static const uint32_t columns[] = {1, 2, 3, 5, 8, 13, 21, 40};
    static const uint32_t stats[] = {WEIR_STATS_ALL, WEIR_STATS_MOMENTS,
                                     WEIR_STATS_MOMENTS | WEIR_STATS_QUANTILES,
                                     WEIR_STATS_DISTINCT | WEIR_STATS_TOP};
    static const double exact[] = {0.25, 0.5};
    struct schema schema = {
        .columns = columns[i % 8],
        .rows = i % 3 == 0 ? ROWS_MAX : 20 + i,
        .codec = codecs[i % CODECS],
        .kind = i % 4 == 3 ? KINDS : (i * 7) % KINDS,
        .name_bytes = i % 10 == 9 ? 3000 : 6,
        .nested = i % 5 == 4,
        .options = {.lanes = 1 + i % 3,
                    .stats = stats[i / 8 % 4],
                    .rank_error = i % 2 == 0 ? 0.01 : 0.001,
                    .lane_stack_bytes = i % 3 == 1 ? 65536 : 0,
                    .exact = i % 6 == 5 && (stats[i / 8 % 4] & WEIR_STATS_QUANTILES) != 0,
                    .quantiles_count = 2,
                    .quantiles = exact},
    };
    return schema;
}

static uint32_t kind_of(const struct schema *schema, uint32_t column) {
    return schema->kind < KINDS ? schema->kind : column % KINDS;
}

static bool is_list(const struct schema *schema, uint32_t column) {
    return schema->nested && column % 3 == 2;
}

static uint32_t one_of(uint32_t set) {
    uint32_t bit = mp_below(32);
    while ((set >> bit & 1) == 0) {
        bit = (bit + 1) % 32;
    }
    return bit;
}

/* An optional column, or a list of optional elements. */
static void put_chunk(struct mp_file *file, const struct schema *schema, uint32_t column) {
    const uint32_t kind = kind_of(schema, column);
    const bool list = is_list(schema, column);
    const uint32_t most = list ? 2 : 1;
    uint32_t repetition[4 * ROWS_MAX];
    uint32_t definition[4 * ROWS_MAX];
    uint32_t entries = 0;
    struct en_values values = {0};
    for (uint32_t row = 0; row < schema->rows; row++) {
        const uint32_t elements = list ? mp_below(4) : 1;
        for (uint32_t k = 0; k == 0 || k < elements; k++, entries++) {
            repetition[entries] = k > 0;
            definition[entries] = elements == 0 ? 0 : most - (mp_below(7) == 0);
            if (definition[entries] == most) {
                en_add_random(&values, &kinds[kind].type, kinds[kind].width, 40);
            }
        }
    }
    struct mp_page page = mp_page_of(0, one_of(kinds[kind].encodings), entries);
    mp_both_levels(&page, repetition, list, definition, most, entries, false);
    en_encode(&page.data, &values, page.encoding, kinds[kind].width);
    struct mp_chunk *chunk = mp_chunk_begin(file, kinds[kind].type.physical, schema->codec);
    chunk->encoding = page.encoding;
    write_page(file, &page, schema->codec);
    mp_chunk_end(file, entries);
    en_free(&values);
}

static struct mp_file *make_file(const struct schema *schema) {
    static char names[MP_COLUMNS][4096];
    struct mp_file *file = mp_begin();
    for (uint32_t i = 0; i < schema->columns; i++) {
        const struct weir_type *type = &kinds[kind_of(schema, i)].type;
        memset(names[i], 'x', schema->name_bytes);
        (void)snprintf(names[i] + schema->name_bytes - 3, 4, "%03u", (unsigned)i % 1000);
        if (is_list(schema, i)) {
            mp_column_group(file, names[i], 2, 1);
        }
        mp_column(file, is_list(schema, i) ? "element" : names[i], type->physical, 1);
        struct mp_column *described = &file->columns[file->columns_count - 1];
        if (type->physical == FIXED) {
            described->type_length = type->length_bytes;
        }
        if (type->logical == WEIR_LOGICAL_DECIMAL) {
            described->converted = 5;
            described->precision = type->precision;
            described->scale = 2;
        }
    }
    for (int group = 0; group < 3; group++) {
        mp_group_begin(file);
        for (uint32_t i = 0; i < schema->columns; i++) {
            put_chunk(file, schema, i);
        }
        mp_group_end(file, schema->rows);
    }
    mp_end(file);
    return file;
}

/* --- Runs ------------------------------------------------------------------------------------- */

struct sweep {
    struct schema schema;
    struct mp_file *file;
    struct mp_set set;
    struct weir_inventory inventory;
    uint64_t minimum_bytes;
    uint64_t digest; /* of the run with the largest budget */
    uint8_t *memory; /* ends before a page that may not be touched */
    uint64_t plans;
    uint64_t runs;
};

struct told {
    struct weir_column_info info;
    struct weir_error error;
    struct weir_result result;
    struct weir_nesting nesting;
    struct weir_quantile quantiles[3];
};

static uint64_t told_of(struct weir_profile *profile, uint32_t i) {
    static struct told told;
    static const double qs[3] = {0.25, 0.5, 1};
    memset(&told, 0, sizeof told);
    weir_profile_column(profile, i, &told.info);
    told.error = *told.info.error;
    told.info.error = NULL;
    told.info.path = NULL;
    weir_profile_result(profile, i, &told.result);
    weir_profile_nesting(profile, i, &told.nesting);
    for (int q = 0; q < 3; q++) {
        told.quantiles[q].q = qs[q];
    }
    weir_profile_quantiles(profile, i, told.quantiles, 3);
    return weir_hash_bytes((const uint8_t *)&told, sizeof told);
}

static uint64_t run(struct sweep *sweep, const struct weir_plan *plan) {
    struct weir_profile *profile = NULL;
    struct weir_error error;
    uint64_t digest = 0;
    uint32_t columns = 0;
    const size_t bytes = (size_t)plan->planned_bytes;
    uint8_t *place = sweep->memory + BUDGET_LAST - bytes;
    assert_int_equal(bytes % WEIR_MEMORY_ALIGN, 0);
    assert_int_equal(
        weir_profile_init(place, bytes - 1, plan, &sweep->set.dataset, &profile, &error),
        WEIR_E_BUDGET);
    assert_int_equal(weir_profile_init(place, bytes, plan, &sweep->set.dataset, &profile, &error),
                     WEIR_OK);
    while (weir_profile_batch(profile) == WEIR_OK) {
        uint32_t first = 0;
        uint32_t count = 0;
        for (uint32_t lane = 0; lane < plan->lanes; lane++) {
            assert_int_equal(weir_profile_run_lane(profile, lane), WEIR_OK);
        }
        weir_profile_columns(profile, &first, &count);
        assert_int_equal(first, columns);
        columns += count;
        for (uint32_t i = first; i < first + count; i++) {
            digest = weir_hash_u64(digest ^ told_of(profile, i)) + i;
        }
    }
    assert_int_equal(weir_profile_error(profile)->status, WEIR_OK);
    assert_int_equal(columns, sweep->schema.columns);
    sweep->runs++;
    return digest;
}

static enum weir_status plan_for(struct sweep *sweep, uint64_t budget, struct weir_plan *plan) {
    struct weir_error error;
    const uint64_t reads = sweep->set.inputs[0].reads;
    sweep->schema.options.budget_bytes = budget;
    const enum weir_status status =
        weir_profile_plan(&sweep->inventory, &sweep->schema.options, plan, &error);
    assert_int_equal(sweep->set.inputs[0].reads, reads);
    sweep->plans++;
    if (status != WEIR_OK) {
        assert_int_equal(status, WEIR_E_BUDGET);
        assert_int_equal(error.wanted, plan->minimum_bytes);
        assert_int_equal(error.got, budget);
    }
    return status;
}

/* The runs are the same: so many columns of so many lanes, with the same room. */
static bool same_run(const struct weir_plan *a, const struct weir_plan *b) {
    return a->lanes == b->lanes && a->columns_per_batch == b->columns_per_batch &&
           a->split == b->split && a->selection_words == b->selection_words;
}

static void begin(struct sweep *sweep, uint32_t number, void *memory) {
    struct weir_plan plan;
    struct weir_error error;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    memset(sweep, 0, sizeof *sweep);
    sweep->schema = schema_of(number);
    sweep->file = make_file(&sweep->schema);
    sweep->memory = memory;
    mp_set_of(&sweep->set, &sweep->file, 1, 0);
    assert_int_equal(weir_inspect(&sweep->set.dataset, &sweep->schema.options, window,
                                  WEIR_INSPECT_BYTES, &sweep->inventory, &error),
                     WEIR_OK);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    assert_int_equal(sweep->inventory.columns_selected, sweep->schema.columns);
    assert_int_equal(plan_for(sweep, BUDGET_LAST, &plan), WEIR_OK);
    sweep->minimum_bytes = plan.minimum_bytes;
    sweep->digest = run(sweep, &plan);
}

static void every_budget_runs_or_is_refused(void **unused) {
    const char *wish = getenv("WEIR_SWEEP");
    const bool all = wish != NULL && strcmp(wish, "all") == 0;
    static struct sweep sweep;
    uint64_t plans = 0;
    uint64_t runs = 0;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    (void)unused;
    mp_seed("every_budget_runs_or_is_refused");
    void *memory = mp_guarded(BUDGET_LAST);
    for (uint32_t i = 0; i < SCHEMAS; i++) {
        struct weir_plan plan;
        struct weir_plan before = {0};
        begin(&sweep, i, memory);
        const uint64_t minimum = sweep.minimum_bytes;
        assert_int_equal(plan_for(&sweep, minimum - 1, &plan), WEIR_E_BUDGET);
        assert_int_equal(plan_for(&sweep, minimum, &plan), WEIR_OK);
        assert_int_equal(plan.planned_bytes, minimum);
        assert_true(run(&sweep, &plan) == sweep.digest);
        for (uint64_t budget = BUDGET_FIRST; budget <= BUDGET_LAST; budget += STEP) {
            const enum weir_status status = plan_for(&sweep, budget, &plan);
            assert_int_equal(status, budget < minimum ? WEIR_E_BUDGET : WEIR_OK);
            assert_int_equal(plan.minimum_bytes, minimum);
            if (status != WEIR_OK) {
                continue;
            }
            assert_true(plan.planned_bytes <= budget);
            if (all || !same_run(&plan, &before)) {
                assert_true(run(&sweep, &plan) == sweep.digest);
            }
            before = plan;
        }
        plans += sweep.plans;
        runs += sweep.runs;
        least = minimum < least ? minimum : least;
        most = minimum > most ? minimum : most;
        mp_drop(sweep.file);
    }
    mp_unguard(memory, BUDGET_LAST);
    printf("%u schemas, minimum %llu to %llu bytes: %llu budgets planned, %llu run\n", SCHEMAS,
           (unsigned long long)least, (unsigned long long)most, (unsigned long long)plans,
           (unsigned long long)runs);
}

/* A canary: a block that lacks the last 64 bytes of the plan is written beyond its end. */
static void a_block_too_short_would_fault(void **unused) {
    static struct sweep sweep;
    struct weir_plan plan;
    (void)unused;
    mp_seed("a_block_too_short_would_fault");
    void *memory = mp_guarded(BUDGET_LAST);
    begin(&sweep, 7, memory);
    assert_int_equal(plan_for(&sweep, sweep.minimum_bytes, &plan), WEIR_OK);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGSEGV, SIG_DFL); /* not the handler of the test library */
        sweep.memory += 4096;
        (void)run(&sweep, &plan);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    mp_drop(sweep.file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_budget_runs_or_is_refused),
        cmocka_unit_test(a_block_too_short_would_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
