/* Which columns: --columns and --exclude against dotted paths. */
#ifndef WEIR_CLI_COLUMNS_H
#define WEIR_CLI_COLUMNS_H

#include "inputs.h"
#include "options.h"

struct cli_columns {
    const struct cli_options *options;
    uint32_t files;
    bool is_counting; /* while one thread inspects */
    bool hit[CLI_PATTERNS_MAX];
};

/* For weir_profile_options.select; context is a struct cli_columns. */
bool cli_columns_select(void *context, const char *path, size_t path_bytes);

/* For weir_profile_options.suffices: whether what the first file's schema selects leaves a chance.
 * Of several files, a later one may have the column that a pattern means. */
bool cli_columns_suffice(void *context, uint32_t columns_selected);

/*
 * Whether every --columns pattern matched a column. If not, `refusal` names the pattern and the
 * closest columns of the first file. window: WEIR_INSPECT_BYTES.
 */
bool cli_columns_check(const struct cli_columns *columns, const struct weir_dataset *dataset,
                       void *window, size_t window_bytes, struct cli_refusal *refusal);

#endif
