/* What the files that make up the footer's walk share. */
#ifndef WEIR_PARQUET_FOOTER_INNER_H
#define WEIR_PARQUET_FOOTER_INNER_H

#include "parquet/footer.h"

#define WEIR_MAGIC_BYTES 4u

enum weir_footer_state {
    WEIR_FOOTER_AT_TOP,    /* between fields of FileMetaData */
    WEIR_FOOTER_AT_SCHEMA, /* between elements of the schema */
    WEIR_FOOTER_AT_GROUPS, /* between row groups */
    WEIR_FOOTER_AT_GROUP,  /* between fields of a row group */
    WEIR_FOOTER_AT_CHUNKS, /* between column chunks of a row group */
    WEIR_FOOTER_AT_END
};

/* Reads a number that must not be negative. */
uint64_t weir_footer_size(struct weir_footer *footer, uint32_t type, const char *message);

/* Goes on between the column chunks of a row group. Returns true when an item is ready. */
bool weir_footer_step_chunks(struct weir_footer *footer, struct weir_footer_item *item);

#endif
