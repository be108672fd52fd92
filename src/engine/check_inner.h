/* What engine/check*.c share: the block's layout, and how findings are told. */
#ifndef WEIR_ENGINE_CHECK_INNER_H
#define WEIR_ENGINE_CHECK_INNER_H

#include "engine/check_extremes.h"
#include "engine/inner.h"
#include "parquet/index.h"
#include "weir/check.h"

#define WEIR_CHECK_WINDOW_BYTES (16u << 10)

/* One selected leaf of the file being checked. */
struct weir_check_column {
    char *path; /* name_bytes_max + 1 bytes */
    uint32_t path_bytes;
    uint64_t path_hash; /* as weir_chunk_claims has it */
    uint32_t column;    /* leaf ordinal */
    struct weir_type type;
    enum weir_kind kind;
    enum weir_order order;
    uint32_t definition_max;
    uint32_t repetition_max;
    uint8_t definition_of[WEIR_LEVELS_MAX + 1]; /* of each repetition level */
    bool is_optional;                           /* the leaf itself can be null */
    bool failed;                                /* it can't be read, and this has been told */
    bool group_read; /* its chunk of the current row group has been read */
    uint64_t group_rows;
};

/* What was found in a chunk or a page. */
struct weir_facts {
    uint64_t entries; /* values and missing ones */
    uint64_t nulls;   /* entries without a value */
    uint64_t rows;
    bool has_levels;
    uint64_t definition[WEIR_LEVELS_MAX + 1];
    uint64_t repetition[WEIR_LEVELS_MAX + 1];
    bool has_distinct;
    struct weir_distinct distinct;
    struct weir_extremes extremes;
};

/* What the headers of a chunk's pages add up to. */
struct weir_check_pages {
    uint64_t pages; /* of any type */
    uint64_t data_pages;
    uint64_t values;
    uint64_t raw_bytes;  /* headers and stored bodies */
    uint64_t page_bytes; /* headers and decompressed bodies */
    uint64_t end_offset;
    bool has_data;
    uint64_t data_offset; /* of the first data page */
    bool has_dictionary;
    uint64_t dictionary_offset;
    uint64_t dictionary_header_bytes;
    uint64_t dictionary_page_bytes;
    uint64_t dictionary_entries;
    uint32_t data_encodings; /* sets of encoding numbers */
    uint32_t other_encodings;
    int64_t encoding_pages[WEIR_STATED_PAGE_TYPES][WEIR_STATED_ENCODINGS];
    bool has_bounds; /* a page header has statistics to be compared */
    bool has_counts; /* pages V2: their headers count rows and nulls */
};

struct weir_check {
    struct weir_plan plan;
    struct weir_stats_options stats;
    struct weir_dataset dataset;
    struct weir_footer *footer;
    uint8_t *footer_window;
    struct weir_footer_item item;
    struct weir_claims claims;
    struct weir_window pages; /* page headers, apart from the reader */
    struct weir_reader *reader;
    struct weir_scratch *scratch;
    struct weir_column *column; /* distinct values of the chunk being read */
    struct weir_page_index *index;
    struct weir_check_column *columns;
    uint32_t count;                /* columns of the batch */
    struct weir_check_pages found; /* of the chunk being read */
    struct weir_facts facts;
    struct weir_facts page_facts;
    struct weir_index_entry entry; /* of the page being looked at */
    struct weir_statistics page_statistics;
    struct weir_value boundary[2]; /* bounds of the page before, as the index has them */
    bool boundary_told;
    struct weir_levels levels; /* of the chunk being read */
    struct weir_result result; /* of the column's state */

    /* the file */
    uint32_t file;
    struct weir_source source;
    char created_by[128];
    uint64_t rows_sum;        /* over row groups */
    uint64_t group_raw_bytes; /* over the row group's chunks, as the footer has it */
    uint64_t group_page_bytes;
    uint64_t group_offset; /* of its first page */
    bool group_whole;      /* all its chunks have metadata */
    uint64_t last_offset;  /* where the chunk before lies */
    uint64_t last_end;
    bool overlap_told;
    uint64_t digest; /* of sizes and footer lengths so far */

    struct weir_error error;
    struct weir_check_totals totals;
    weir_check_visit *visit;
    void *visit_context;
    bool stopped; /* by the visitor */
};

/* Where a comparison belongs. */
struct weir_where {
    uint32_t row_group;
    uint32_t page;
    const struct weir_check_column *column; /* or NULL */
};

/* --- check_compare.c: one statement against what was found. ---------------------------------- */

/* What the same counts are called in a chunk's metadata and in its page index. */
struct weir_size_names {
    const char *unencoded_bytes;
    const char *definition;
    const char *definition_length;
    const char *repetition;
    const char *repetition_length;
};

extern const struct weir_size_names weir_check_chunk_names;
extern const struct weir_size_names weir_check_index_names;

/* Counts the statement, and tells when the two differ. */
void weir_check_count(struct weir_check *check, const struct weir_where *where, const char *what,
                      int64_t stated, uint64_t found);
void weir_check_truth(struct weir_check *check, const struct weir_where *where, const char *what,
                      bool stated, bool found);

/* The same for one that may not be given. */
void weir_check_stated(struct weir_check *check, const struct weir_where *where, const char *what,
                       const struct weir_stated *stated, uint64_t found);

/* A count of nulls. */
void weir_check_nulls(struct weir_check *check, const struct weir_where *where, const char *what,
                      int64_t stated, const struct weir_facts *facts);

/* Statistics of a chunk or a page header. */
void weir_check_statistics(struct weir_check *check, const struct weir_where *where,
                           const struct weir_statistics *statistics,
                           const struct weir_facts *facts);

/* One bound in the column's order. */
void weir_check_bound(struct weir_check *check, const struct weir_where *where, const char *what,
                      const struct weir_bound *bound, bool is_min, bool nan_count_given,
                      const struct weir_facts *facts);

void weir_check_sizes(struct weir_check *check, const struct weir_where *where,
                      const struct weir_size_names *names, const struct weir_size_statistics *sizes,
                      const struct weir_facts *facts);

/* Tells a disagreement, which the caller has counted among the statements. */
void weir_check_tell(struct weir_check *check, const struct weir_where *where,
                     struct weir_finding *finding);
void weir_check_tell_other(struct weir_check *check, const struct weir_where *where,
                           const char *what);

/* --- check_pages.c: page headers. ------------------------------------------------------------ */

/*
 * Walks the chunk's page headers and compares them with the footer and the OffsetIndex. The chunk
 * is widened or narrowed to the pages that are there, so that all of them are read.
 */
enum weir_status weir_check_walk(struct weir_check *check, const struct weir_check_column *column,
                                 struct weir_chunk *chunk);

/* The bit of an encoding in a set of encodings. */
static inline uint32_t weir_check_bit(uint32_t encoding) {
    return encoding < 32 ? 1u << encoding : 0;
}

/* check_layout.c: compares check->found with what the footer and the page index say. */
void weir_check_layout(struct weir_check *check, const struct weir_check_column *column,
                       const struct weir_chunk *chunk);

/* Names each page whose checksum differs. */
enum weir_status weir_check_checksums(struct weir_check *check,
                                      const struct weir_check_column *column,
                                      const struct weir_chunk *chunk);

/* --- check_chunk.c: one column chunk. -------------------------------------------------------- */

/* Reads the chunk of the current item and compares it with check->claims. */
enum weir_status weir_check_chunk(struct weir_check *check, struct weir_check_column *column);

/* --- check_file.c: one file. ----------------------------------------------------------------- */

/* Checks the columns of the open file: all of its batches. */
enum weir_status weir_check_file(struct weir_check *check);

/* Tells what cannot be read and forgets it, with keep_going; else, and where it ends the run,
 * returns its status. */
enum weir_status weir_check_unreadable(struct weir_check *check, enum weir_status status);

#endif
