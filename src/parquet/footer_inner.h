/* What the files that make up the footer's walk share. */
#ifndef WEIR_PARQUET_FOOTER_INNER_H
#define WEIR_PARQUET_FOOTER_INNER_H

#include "parquet/footer.h"
#include "parquet/thrift_inner.h"

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
static inline uint64_t weir_footer_size(struct weir_footer *footer, uint32_t type,
                                        const char *message) {
    struct weir_thrift *thrift = &footer->thrift;
    if (WEIR_UNLIKELY(thrift->failed || type != WEIR_THRIFT_I64)) {
        return (uint64_t)weir_thrift_i64(thrift, type); /* an error */
    }
    uint64_t zigzag = weir_thrift_varint(thrift);
    if (WEIR_UNLIKELY((zigzag & 1) != 0)) { /* negative */
        weir_thrift_corrupt(thrift, message);
        return 0;
    }
    return zigzag >> 1;
}

/* Goes on between the column chunks of a row group. Returns true when an item is ready. */
bool weir_footer_step_chunks(struct weir_footer *footer, struct weir_footer_item *item);

#endif
