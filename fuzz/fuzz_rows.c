/*
 * Rows of arbitrary bytes, entry by entry.
 *
 * Properties, besides no crash: failures carry a message and stay; the bytes of every cell can be
 * read; the levels of entries are possible; slices of input change nothing in them; a file that a
 * profile reads has rows as well, as many of them and as many values and nulls.
 */
#include "fuzz.h"

#define BLOCK_BYTES (16u << 20)
#define COLUMNS_MAX 64u
#define ENTRIES_MAX 40000u
#define SLICED_BYTES_MAX 2048u /* slices of longer files take too long */

static _Alignas(64) uint8_t block[BLOCK_BYTES];

struct tally {
    uint64_t rows;
    uint64_t entries;
    uint64_t digest;
    uint64_t values[COLUMNS_MAX];
    uint64_t nulls[COLUMNS_MAX];
};

static void count_cell(struct tally *tally, uint32_t i, const struct weir_column_info *info,
                       const struct weir_cell *cell, bool first) {
    fuzz_add(&tally->digest, cell->data == NULL ? cell->bits : cell->data_bytes);
    if (cell->data != NULL) {
        fuzz_add_value(&tally->digest, cell->data, cell->data_bytes);
    }
    fuzz_add(&tally->digest, (uint64_t)cell->definition << 32 | cell->repetition);
    fuzz_require(cell->definition <= info->definition_max);
    fuzz_require(cell->is_null == (cell->definition < info->definition_max));
    fuzz_require(cell->repetition <= info->repetition_max && (cell->repetition == 0) == first);
    tally->entries++;
    tally->nulls[i] += cell->is_null;
    tally->values[i] += !cell->is_null;
}

static enum weir_status count_rows(struct weir_rows *rows, uint32_t columns, struct tally *tally) {
    struct weir_cell cells[COLUMNS_MAX];
    enum weir_status status = WEIR_OK;
    while (tally->entries < ENTRIES_MAX && tally->rows < ENTRIES_MAX &&
           (status = weir_rows_next(rows, cells)) == WEIR_OK) {
        tally->rows++;
        for (uint32_t i = 0; i < columns; i++) {
            struct weir_column_info info;
            weir_rows_column(rows, i, &info);
            count_cell(tally, i, &info, &cells[i], true);
            while (info.repetition_max > 0 && tally->entries < ENTRIES_MAX &&
                   (status = weir_rows_more(rows, i, &cells[i])) == WEIR_OK) {
                count_cell(tally, i, &info, &cells[i], false);
            }
            if (status < 0) {
                break;
            }
        }
    }
    if (status < 0) {
        const struct weir_error before = *weir_rows_error(rows);
        fuzz_require_failed(status, &before);
        fuzz_require_stuck(weir_rows_next(rows, cells), &before, weir_rows_error(rows));
    }
    return status;
}

static enum weir_status run_rows(const struct weir_dataset *dataset,
                                 const struct weir_inventory *inventory,
                                 const struct weir_profile_options *options, struct tally *tally) {
    struct weir_plan plan;
    struct weir_rows *rows = NULL;
    struct weir_error error;
    enum weir_status status =
        weir_rows_plan(dataset, inventory, options, block, sizeof block, &plan, &error);
    if (status == WEIR_OK) {
        status = weir_rows_init(block, sizeof block, &plan, dataset, &rows, &error);
    }
    if (status != WEIR_OK) {
        fuzz_require_failed(status, &error);
        return status;
    }
    return count_rows(rows, inventory->columns_selected, tally);
}

/* The profile must count what the rows held. */
static enum weir_status compare(const struct weir_dataset *dataset,
                                const struct weir_inventory *inventory,
                                const struct weir_profile_options *options,
                                const struct tally *tally) {
    struct weir_plan plan;
    struct weir_profile *profile = NULL;
    struct weir_error error;
    enum weir_status status = weir_profile_plan(inventory, options, &plan, &error);
    if (status == WEIR_OK) {
        status = weir_profile_init(block, sizeof block, &plan, dataset, &profile, &error);
    }
    if (status != WEIR_OK) {
        return status;
    }
    while ((status = weir_profile_batch(profile)) == WEIR_OK &&
           (status = weir_profile_run_lane(profile, 0)) == WEIR_OK) {
        uint32_t first = 0;
        uint32_t count = 0;
        weir_profile_columns(profile, &first, &count);
        for (uint32_t i = first; tally != NULL && i < first + count; i++) {
            struct weir_result result;
            weir_profile_result(profile, i, &result);
            fuzz_require(result.rows == tally->rows);
            fuzz_require(result.count == tally->values[i] && result.nulls == tally->nulls[i]);
        }
    }
    return status;
}

/* The same rows from a source that gives little at a time. */
static void compare_sliced(const uint8_t *data, size_t bytes,
                           const struct weir_inventory *inventory,
                           const struct weir_profile_options *options, const struct tally *tally,
                           enum weir_status status) {
    static struct tally sliced;
    struct fuzz_input input = {
        .data = data, .bytes = bytes, .slice = 64, .state = fuzz_state_of(data, bytes)};
    struct weir_source source = {&input, fuzz_read_at, bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    memset(&sliced, 0, sizeof sliced);
    fuzz_require(run_rows(&dataset, inventory, options, &sliced) == status);
    /* How many rows come before a bad place inside a page is a matter of what is read ahead. */
    fuzz_require(status < 0 || memcmp(&sliced, tally, sizeof sliced) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static struct tally tally;
    struct fuzz_input input = {.data = data, .bytes = bytes, .slice = SIZE_MAX};
    struct weir_source source = {&input, fuzz_read_at, bytes};
    struct weir_dataset dataset = {.context = &source, .files = 1};
    struct weir_profile_options options = {
        .budget_bytes = sizeof block, .stats = WEIR_STATS_MOMENTS, .rank_error = 0.1};
    struct weir_inventory inventory;
    struct weir_error error;
    memset(&tally, 0, sizeof tally);
    enum weir_status status =
        weir_inspect(&dataset, &options, block, sizeof block, &inventory, &error);
    if (status != WEIR_OK || inventory.columns_selected > COLUMNS_MAX) {
        return 0;
    }
    status = run_rows(&dataset, &inventory, &options, &tally);
    if (bytes < SLICED_BYTES_MAX) {
        compare_sliced(data, bytes, &inventory, &options, &tally, status);
    }
    bool read = status == WEIR_END && tally.entries < ENTRIES_MAX && tally.rows < ENTRIES_MAX;
    enum weir_status other = compare(&dataset, &inventory, &options, read ? &tally : NULL);
    fuzz_require(other != WEIR_END || status >= 0 || status == WEIR_E_LIMIT ||
                 status == WEIR_E_BUDGET);
    return 0;
}
