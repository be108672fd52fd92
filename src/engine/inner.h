/* The engine's private structures: what a profile's block of memory holds. */
#ifndef WEIR_ENGINE_INNER_H
#define WEIR_ENGINE_INNER_H

#include "base/space.h"
#include "parquet/footer.h"
#include "parquet/reader.h"
#include "stats/column.h"
#include "stats/column_select.h"
#include "weir/profile.h"

/* What one lane has met of a column. */
struct weir_share {
    struct weir_levels *levels; /* NULL where no column of the input is nested */
    uint32_t part;              /* that states[1] of the slot holds; 0: none. Not with plan.split */
    uint32_t seen_in;           /* last file in which the lane met the column */
    uint64_t rows;
    uint64_t compressed_bytes;
    struct weir_reader_counts counts;
    struct weir_warnings warnings;
    struct weir_error error; /* status WEIR_OK, or why the lane stopped reading the column */
};

/* One column of the current batch. */
struct weir_slot {
    struct weir_column *states[WEIR_PARTS_MAX]; /* [0] is the result in the end; see parts.c */
    struct weir_share *shares;  /* in file order: one, or with plan.split one a lane */
    struct weir_select *select; /* NULL unless quantiles are to be exact */
    bool selecting;             /* the lane's next pass reads the column again */
    char *path;                 /* name_bytes_max + 1 bytes */
    uint32_t path_bytes;
    uint64_t path_hash;
    struct weir_type type;
    enum weir_kind kind;
    uint32_t definition_max;
    uint32_t repetition_max;
    struct weir_node_level nodes[WEIR_LEVELS_MAX + 1]; /* by definition level */
    uint8_t definition_of[WEIR_LEVELS_MAX + 1];        /* of each repetition level */
    uint32_t ordinal;                                  /* leaf of the first file */
    uint32_t lane;                                     /* whose column it is; not with plan.split */
    bool assigned;
    uint64_t weight_bytes;   /* compressed bytes, for the balance of lanes */
    struct weir_error error; /* status WEIR_OK, or why no lane reads the column */
};

/* Where a slot's column lies in the file being read. */
struct weir_match {
    uint32_t column; /* leaf ordinal in this file */
    uint32_t slot;
    uint32_t definition_max;
    bool present;
    uint64_t group_rows; /* of its chunk in the current row group */
    bool group_seen;
};

/* One lane: its two cursors and its working memory. */
struct weir_lane {
    struct weir_profile *profile;
    uint32_t index;
    struct weir_footer *footer;
    uint8_t *footer_window;
    struct weir_reader *reader;
    struct weir_scratch *scratch;
    struct weir_match *matches; /* columns_per_batch; in file order of their columns */
    uint32_t matches_count;
    uint32_t cursor;        /* the next match of the row group */
    uint32_t missing_count; /* matches behind matches_count: columns that the file lacks */
    uint64_t first_row;     /* rows before the row group, over all files; stops at UINT64_MAX */
    uint32_t part;          /* that the row group belongs to */
    void *stack;
    struct weir_error error;
    struct weir_warnings warnings; /* of files; those of columns are in the shares */
    struct weir_footer_item item;
    bool again;                       /* a pass after the first one: values go to selections */
    uint32_t passes;                  /* the most that a batch has taken */
    struct weir_levels *levels_again; /* levels that such a pass meets again; or NULL */
    uint64_t values_done;             /* read by other threads: relaxed atomics */
    uint64_t bytes_done;
    uint64_t bytes_again; /* that passes after the first one read */
};

struct weir_profile {
    struct weir_plan plan;
    struct weir_stats_options stats;
    struct weir_dataset dataset;
    struct weir_lane *lanes;
    struct weir_slot *slots;
    uint32_t *index; /* hash of a path -> slot + 1; 2 * columns_per_batch entries */
    uint32_t first;  /* selected columns of the current batch */
    uint32_t count;
    bool begun;
    int halted;          /* the run has failed: all lanes stop soon (relaxed atomics) */
    uint32_t failed;     /* first slot that failed, without keep_going (relaxed atomics) */
    uint32_t lanes_done; /* with plan.split: lanes that have ended the batch (atomic) */
    struct weir_warnings warnings; /* of the batches before */
    struct weir_error error;       /* of weir_profile_batch */
};

/* Takes a profile's memory; the same call measures and places. */
struct weir_profile *weir_profile_take(struct weir_space *space, const struct weir_plan *plan);

/* A weir_space_note that collects takes into a plan's terms, one a name; `context` is the plan. */
void weir_plan_note(void *context, const char *name, uint64_t count, uint64_t bytes,
                    const char *why);

/* One file of a data set, opened for one caller. */
enum weir_status weir_dataset_open(const struct weir_dataset *dataset, uint32_t file,
                                   struct weir_source *source_ret, struct weir_error *error);
/* Gives it back; `status` is what happened meanwhile and wins over a failure to close, but where
 * bytes were refused: those of a file that changed or failed meanwhile prove nothing. */
enum weir_status weir_dataset_close(const struct weir_dataset *dataset, uint32_t file,
                                    struct weir_source *source, enum weir_status status,
                                    struct weir_error *error);

bool weir_options_selected(const struct weir_profile_options *options,
                           const struct weir_node *node);

/* Which leaves of a file are selected and readable, remembered from its schema for its chunks. */
struct weir_selection {
    uint8_t bits[4096]; /* leaves 0..32767; those beyond count as selected */
};

void weir_selection_see(struct weir_selection *selection,
                        const struct weir_profile_options *options, const struct weir_node *node);
bool weir_selection_has(const struct weir_selection *selection, uint32_t column);

/* Options with zeros replaced by their meaning. ARGUMENT when one is out of range. */
enum weir_status weir_options_check(const struct weir_profile_options *options,
                                    struct weir_profile_options *checked_ret,
                                    struct weir_error *error);

/* Takes over what reading a page of `chunk` on trial has met, where it is about the source and not
 * about the page. */
enum weir_status weir_error_take_over(struct weir_error *error, const struct weir_error *met,
                                      const struct weir_chunk *chunk);

/* Names the column in an error, when it has no name yet. */
void weir_error_name(struct weir_error *error, const char *path, uint32_t path_bytes);

/* Fills in the batch's slots from the first file's schema and checks the others against them. */
enum weir_status weir_slots_load(struct weir_profile *profile, struct weir_error *error);

/* The slot of a column of `file` (a leaf with that path), or WEIR_NONE32. */
uint32_t weir_slots_find(const struct weir_profile *profile, uint32_t file,
                         const struct weir_node *node);

bool weir_slot_nested(const struct weir_slot *slot);

/* Whether the column has not failed for the lane, and none before it that ends the run. */
bool weir_slot_live(const struct weir_lane *lane, const struct weir_slot *slot);

/* Whether a leaf of another file goes with a column of this type and nesting. Flat columns that
 * differ only in being optional go together; nested ones must be built alike. */
bool weir_column_alike(const struct weir_type *type, uint32_t definition_max,
                       uint32_t repetition_max, const struct weir_node_level *nodes,
                       const struct weir_node *node);
bool weir_slot_matches(const struct weir_slot *slot, const struct weir_node *node);

/* Hands one event of the reader to the column's statistics. */
void weir_feed(struct weir_column *column, struct weir_scratch *scratch,
               const struct weir_event *event);

/* --- Parts of the row groups (parts.c). ------------------------------------------------------- */

/* Parts of an input with such an inventory; the options have been checked. */
uint32_t weir_parts_count(const struct weir_inventory *inventory,
                          const struct weir_profile_options *options);

/* States and shares of a slot. */
uint32_t weir_parts_states(const struct weir_plan *plan);
uint32_t weir_parts_shares(const struct weir_plan *plan);

/* A lane's walk over the row groups: before the first one, and behind each. */
void weir_parts_rewind(struct weir_lane *lane);
void weir_parts_step(struct weir_lane *lane, uint64_t rows);

/* Whether the lane reads the row group where it stands, and whether any from here on. */
bool weir_parts_reads(const struct weir_lane *lane);
bool weir_parts_past(const struct weir_lane *lane);

/* Whether the lane reads the column or a part of it, and its share of what is met. */
bool weir_lane_has(const struct weir_lane *lane, const struct weir_slot *slot);
struct weir_share *weir_lane_share(const struct weir_lane *lane, const struct weir_slot *slot);

/* Empties a slot's states for its column. */
void weir_parts_begin(const struct weir_profile *profile, struct weir_slot *slot);

/* The state that takes values of the row group where the lane stands. Errors: LIMIT. */
enum weir_status weir_parts_state(struct weir_lane *lane, struct weir_slot *slot,
                                  struct weir_column **state_ret);

/* Behind all row groups: brings the parts together in the first state and share. Errors: LIMIT. */
enum weir_status weir_parts_fold(struct weir_lane *lane, struct weir_slot *slot);

/* The column's first failure in file order; status WEIR_OK where there is none. */
const struct weir_error *weir_slot_error(const struct weir_profile *profile,
                                         const struct weir_slot *slot);

/* The next of the shares that count, NULL for the first: up to that of the first failure, as one
 * lane would have met them. NULL behind the last one. */
const struct weir_share *weir_slot_next_share(const struct weir_profile *profile,
                                              const struct weir_slot *slot,
                                              const struct weir_share *share);

/* --- Exact quantiles (exact.c). -------------------------------------------------------------- */

/* Whether a profile with these options and kinds of columns has any. */
bool weir_exact_wanted(const struct weir_profile_options *options, uint32_t kinds);

/* Fills in how many passes a plan with this many words of room takes. */
void weir_exact_passes(struct weir_plan *plan);

/* Ends the pass that a lane has made and decides which of its columns are read again. Returns
 * WEIR_END when none is. */
enum weir_status weir_exact_next_pass(struct weir_lane *lane);

/* Hands one event of the reader to the column's selection. */
void weir_exact_feed(struct weir_slot *slot, struct weir_scratch *scratch,
                     const struct weir_event *event);

/* The space of a plan in memory that an init call was given. Errors: ARGUMENT, BUDGET. */
enum weir_status weir_plan_carve(const struct weir_plan *plan, const struct weir_dataset *dataset,
                                 void *memory, size_t bytes, struct weir_space *space,
                                 struct weir_error *error);

/* Notes that a file's rows are not the sum of its row groups', where that is so. */
void weir_warn_file_rows(struct weir_warnings *warnings, uint32_t file, uint64_t stated,
                         uint64_t found);

/* Notes that a chunk's statistics count other nulls than there are. Writers of nested columns count
 * every entry without a value, or only those where the leaf itself is null. */
void weir_warn_nulls(struct weir_warnings *warnings, uint32_t file, const struct weir_chunk *chunk,
                     uint64_t nulls, uint64_t own_nulls, const char *path, uint32_t path_bytes);

void weir_warnings_add(struct weir_warnings *to, const struct weir_warnings *more);

/* What the plan's readers must be able to do. */
struct weir_needs weir_inventory_needs(const struct weir_inventory *inventory);

/* Why a chunk cannot be read by this build, or NULL. */
const char *weir_chunk_unsupported(const struct weir_chunk *chunk);

#endif
