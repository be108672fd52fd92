/* A small file of which each statement can be made to lie, and runs of weir_check. */
#ifndef WEIR_TESTS_CHECK_HELP_H
#define WEIR_TESTS_CHECK_HELP_H

#include "make_parquet.h"

#include "weir/check.h"

#define FINDINGS 64
#define ROWS 40

/* What it says of its encodings: two PLAIN data pages. */
enum pages_told {
    PAGES_UNTOLD,
    PAGES_TOLD,
    PAGES_ONE_MORE,
    PAGES_WITH_A_LATER_FIELD, /* that this code does not know */
    PAGES_AND_A_LATER_TYPE,
    PAGES_AND_A_LATER_ENCODING,
    PAGES_AND_NONE, /* an entry that names neither */
    PAGES_AS_NUMBERS
};

/* What a small file states: one optional INT64 column, two data pages a row group. */
struct statements {
    int64_t file_rows, group_rows, group_bytes, values, raw_bytes, page_bytes, nulls, distinct;
    int64_t min, max;
    int64_t definition[2];
    int64_t offset[2], page_size[2], first_row[2], page_nulls[2], page_min[2], page_max[2];
    int64_t boundary;
    int64_t bound_bytes[2]; /* of the bounds in the page index: no more than 8 */
    enum pages_told pages;
    bool cut; /* a page index that ends in the middle of a list */
};

struct small {
    struct mp_bytes bytes;
    struct statements says;
    const char *name; /* of the column */
    int64_t chunk_offset;
};

static int64_t values[ROWS];
static uint32_t present[ROWS];

/* The pages, and what is true of them. */
static inline void write_pages(struct small *small) {
    struct statements *says = &small->says;
    memset(small, 0, sizeof *small);
    small->name = "c";
    mp_text(&small->bytes, "PAR1");
    small->chunk_offset = (int64_t)small->bytes.count;
    says->min = INT64_MAX;
    says->max = INT64_MIN;
    for (int p = 0; p < 2; p++) {
        struct mp_page page = mp_page_of(0, 0, ROWS / 2);
        page.crc = -1;
        says->page_min[p] = INT64_MAX;
        says->page_max[p] = INT64_MIN;
        says->bound_bytes[p] = 8;
        says->first_row[p] = p * ROWS / 2;
        for (int r = p * ROWS / 2; r < (p + 1) * ROWS / 2; r++) {
            values[r] = 1000 * p + r;
            present[r] = r % 5 != 0;
            if (present[r] != 0) {
                mp_put(&page.data, &values[r], 8);
                says->page_min[p] = values[r] < says->page_min[p] ? values[r] : says->page_min[p];
                says->page_max[p] = values[r] > says->page_max[p] ? values[r] : says->page_max[p];
                says->distinct++;
            } else {
                says->page_nulls[p]++;
            }
        }
        mp_levels(&page, present + p * ROWS / 2, ROWS / 2);
        says->offset[p] = (int64_t)small->bytes.count;
        mp_page_write(&small->bytes, &page);
        says->page_size[p] = (int64_t)small->bytes.count - says->offset[p];
        says->nulls += says->page_nulls[p];
        says->min = says->page_min[p] < says->min ? says->page_min[p] : says->min;
        says->max = says->page_max[p] > says->max ? says->page_max[p] : says->max;
    }
    says->raw_bytes = (int64_t)small->bytes.count - small->chunk_offset;
    says->page_bytes = says->raw_bytes;
    says->group_bytes = says->raw_bytes;
    says->file_rows = ROWS;
    says->group_rows = ROWS;
    says->values = ROWS;
    says->definition[0] = says->nulls;
    says->definition[1] = ROWS - says->nulls;
    says->boundary = 1;
}

static inline void put_eight(struct mp_bytes *to, int *last, int id, int64_t value) {
    mp_binary(to, last, id, (const char *)&value, 8);
}

static inline void put_statistics(struct mp_bytes *to, const struct statements *says) {
    int last = 0;
    mp_i64(to, &last, 3, says->nulls);
    mp_i64(to, &last, 4, says->distinct);
    put_eight(to, &last, 5, says->max);
    put_eight(to, &last, 6, says->min);
    mp_stop(to);
}

/* Offset index and column index; their places and sizes go to at[4]. */
static inline void put_index(struct mp_bytes *to, const struct statements *says, int64_t at[4]) {
    int last = 0;
    at[0] = (int64_t)to->count;
    mp_list(to, &last, 1, 12, 2);
    for (int p = 0; p < 2; p++) {
        int inner = 0;
        mp_i64(to, &inner, 1, says->offset[p]);
        mp_i32(to, &inner, 2, says->page_size[p]);
        mp_i64(to, &inner, 3, says->first_row[p]);
        mp_stop(to);
    }
    mp_stop(to);
    at[1] = (int64_t)to->count - at[0];
    last = 0;
    at[2] = (int64_t)to->count;
    mp_list(to, &last, 1, 1, 2);
    mp_byte(to, 2);
    mp_byte(to, 2);
    for (int id = 2; id <= 3; id++) {
        mp_list(to, &last, id, 8, 2);
        for (int p = 0; p < 2; p++) {
            mp_varint(to, (uint64_t)says->bound_bytes[p]);
            mp_put(to, id == 2 ? &says->page_min[p] : &says->page_max[p],
                   (size_t)says->bound_bytes[p]);
        }
    }
    mp_i32(to, &last, 4, says->boundary);
    mp_list(to, &last, 5, 6, 2);
    mp_zigzag(to, says->page_nulls[0]);
    mp_zigzag(to, says->page_nulls[1]);
    mp_stop(to);
    at[3] = (int64_t)to->count - at[2] - (says->cut ? 4 : 0);
}

/* One entry of encoding_stats; type -1: only the count. */
static inline void put_encoding(struct mp_bytes *to, int64_t type, int64_t encoding, int64_t count,
                                bool later_field) {
    int last = 0;
    if (type >= 0) {
        mp_i32(to, &last, 1, type);
        mp_i32(to, &last, 2, encoding);
    }
    mp_i32(to, &last, 3, count);
    if (later_field) {
        mp_binary(to, &last, 4, "later", 5);
    }
    mp_stop(to);
}

static inline void put_encodings(struct mp_bytes *to, int *last, enum pages_told pages) {
    if (pages == PAGES_UNTOLD) {
        return;
    }
    if (pages == PAGES_AS_NUMBERS) {
        mp_list(to, last, 13, 5, 1);
        mp_zigzag(to, 2);
        return;
    }
    const bool two = pages >= PAGES_AND_A_LATER_TYPE;
    mp_list(to, last, 13, 12, two ? 2 : 1);
    put_encoding(to, 0, 0, pages == PAGES_ONE_MORE ? 3 : 2, pages == PAGES_WITH_A_LATER_FIELD);
    if (two) {
        put_encoding(to,
                     pages == PAGES_AND_A_LATER_TYPE ? 77
                     : pages == PAGES_AND_NONE       ? -1
                                                     : 0,
                     pages == PAGES_AND_A_LATER_ENCODING ? 77 : 0, 1, false);
    }
}

static inline void put_chunk(struct mp_bytes *to, const struct small *small, const int64_t at[4]) {
    const struct statements *says = &small->says;
    int last = 0;
    int inner = 0;
    mp_i64(to, &last, 2, small->chunk_offset);
    mp_field(to, &last, 3, 12);
    mp_i32(to, &inner, 1, 2);
    mp_list(to, &inner, 2, 5, 2);
    mp_zigzag(to, 0);
    mp_zigzag(to, 3);
    mp_list(to, &inner, 3, 8, 1);
    mp_varint(to, strlen(small->name));
    mp_text(to, small->name);
    mp_i32(to, &inner, 4, 0);
    mp_i64(to, &inner, 5, says->values);
    mp_i64(to, &inner, 6, says->page_bytes);
    mp_i64(to, &inner, 7, says->raw_bytes);
    mp_i64(to, &inner, 9, small->chunk_offset);
    mp_field(to, &inner, 12, 12);
    put_statistics(to, says);
    put_encodings(to, &inner, says->pages);
    mp_field(to, &inner, 16, 12);
    int sizes = 0;
    mp_list(to, &sizes, 3, 6, 2);
    mp_zigzag(to, says->definition[0]);
    mp_zigzag(to, says->definition[1]);
    mp_stop(to);
    mp_stop(to);
    mp_i64(to, &last, 4, at[0]);
    mp_i32(to, &last, 5, at[1]);
    mp_i64(to, &last, 6, at[2]);
    mp_i32(to, &last, 7, at[3]);
    mp_stop(to);
}

/* Page index and footer, as says has it. */
static inline void write_footer(struct small *small) {
    const struct statements *says = &small->says;
    struct mp_bytes footer = {0};
    struct mp_column root = {.name = "schema",
                             .type = MP_AUTO,
                             .repetition = MP_AUTO,
                             .converted = MP_AUTO,
                             .type_length = MP_AUTO,
                             .children = 1};
    struct mp_column column = {.name = small->name,
                               .type = 2,
                               .repetition = 1,
                               .converted = MP_AUTO,
                               .type_length = MP_AUTO};
    int64_t at[4];
    int last = 0;
    int group = 0;
    int order = 0;
    put_index(&small->bytes, says, at);
    mp_i32(&footer, &last, 1, 2);
    mp_list(&footer, &last, 2, 12, 2);
    mp_element(&footer, &root);
    mp_element(&footer, &column);
    mp_i64(&footer, &last, 3, says->file_rows);
    mp_list(&footer, &last, 4, 12, 1);
    mp_list(&footer, &group, 1, 12, 1);
    put_chunk(&footer, small, at);
    mp_i64(&footer, &group, 2, says->group_bytes);
    mp_i64(&footer, &group, 3, says->group_rows);
    mp_stop(&footer);
    mp_binary(&footer, &last, 6, "tests", 5);
    mp_list(&footer, &last, 7, 12, 1);
    mp_field(&footer, &order, 1, 12);
    mp_stop(&footer);
    mp_stop(&footer);
    mp_stop(&footer);
    mp_close(&small->bytes, &footer);
    mp_free(&footer);
}

/* --- Runs. ----------------------------------------------------------------------------------- */

struct outcome {
    enum weir_status status;
    struct weir_error error;
    struct weir_plan plan;
    struct weir_check_totals totals;
    uint32_t count;
    uint32_t most; /* the visitor says stop behind so many; 0: never */
    const char *what[FINDINGS];
    uint32_t pages[FINDINGS];
    struct weir_value stated[FINDINGS];
    struct weir_value found[FINDINGS];
};

static inline bool visit(void *context, const struct weir_finding *finding) {
    struct outcome *out = context;
    assert_true(out->count < FINDINGS);
    out->what[out->count] = finding->error != NULL ? "error" : finding->what;
    out->pages[out->count] = finding->page;
    out->stated[out->count] = finding->stated;
    out->found[out->count] = finding->found;
    if (finding->error == NULL && finding->path != NULL) {
        assert_int_equal(strlen(finding->path), finding->path_bytes);
    }
    out->count++;
    return out->count != out->most;
}

/* Inspect, plan, init and run in a guarded block of the planned size. */
static inline struct outcome *run_dataset(const struct weir_dataset *dataset,
                                          const struct weir_profile_options *options,
                                          uint32_t most) {
    struct outcome *out = calloc(1, sizeof *out);
    struct weir_inventory inventory;
    struct weir_check *check = NULL;
    assert_non_null(out);
    out->most = most;
    void *window = mp_guarded(WEIR_INSPECT_BYTES);
    out->status =
        weir_check_inspect(dataset, options, window, WEIR_INSPECT_BYTES, &inventory, &out->error);
    mp_unguard(window, WEIR_INSPECT_BYTES);
    if (out->status == WEIR_OK) {
        out->status = weir_check_plan(&inventory, options, &out->plan, &out->error);
    }
    if (out->status != WEIR_OK) {
        return out;
    }
    size_t bytes = (size_t)out->plan.planned_bytes;
    void *block = mp_guarded(bytes);
    assert_int_equal(weir_check_init(block, bytes, &out->plan, dataset, &check, &out->error), 0);
    out->status = weir_check_run(check, visit, out);
    out->error = *weir_check_error(check);
    assert_int_equal(out->error.status, out->status);
    weir_check_totals(check, &out->totals);
    mp_unguard(block, bytes);
    return out;
}

static inline struct outcome *run_bytes(const struct mp_bytes *bytes, size_t slice, bool keep_going,
                                        uint32_t most) {
    struct mp_source input = {.data = bytes->data, .bytes = bytes->count, .slice = slice};
    struct weir_source source = mp_source_of(&input);
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {.budget_bytes = 64u << 20, .keep_going = keep_going};
    return run_dataset(&dataset, &options, most);
}

static inline struct outcome *run_small(struct small *small, size_t slice, bool keep_going) {
    return run_bytes(&small->bytes, slice, keep_going, 0);
}

#define FIELD(name) offsetof(struct statements, name)

/* Writes the file with one statement changed, and gives the findings. */
static inline struct outcome *run_lie(size_t field_offset, int64_t more) {
    struct small small;
    int64_t stated;
    write_pages(&small);
    memcpy(&stated, (uint8_t *)&small.says + field_offset, sizeof stated);
    stated += more;
    memcpy((uint8_t *)&small.says + field_offset, &stated, sizeof stated);
    write_footer(&small);
    struct outcome *out = run_small(&small, 0, false);
    mp_free(&small.bytes);
    return out;
}

#endif
