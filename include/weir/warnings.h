/* What a profile meets on the way that a file says wrongly: counts, and the first place of each. */
#ifndef WEIR_WARNINGS_H
#define WEIR_WARNINGS_H

#include "weir/status.h"

enum weir_warning {
    WEIR_WARNING_FILE_ROWS,  /* FileMetaData.num_rows is not the sum of the row groups' */
    WEIR_WARNING_NULL_COUNT, /* Statistics.null_count of a column chunk is not what was counted */
    WEIR_WARNINGS
};

/* One kind of warning. Places count as in struct weir_error; those that do not apply hold
 * WEIR_NONE32. */
struct weir_warned {
    uint64_t count; /* 0: nothing below is set */
    uint64_t stated;
    uint64_t found;
    uint32_t file;
    uint32_t row_group;
    uint32_t column;
    char column_name[WEIR_ERROR_NAME_BYTES]; /* NUL-terminated, cut */
};

struct weir_warnings {
    struct weir_warned kinds[WEIR_WARNINGS];
};

#endif
