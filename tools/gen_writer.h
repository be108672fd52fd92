/* The writer's state, shared by the files that write pages and footers. */
#ifndef WEIR_TOOLS_GEN_WRITER_H
#define WEIR_TOOLS_GEN_WRITER_H

#include "gen.h"

/* Numbers of Encoding in parquet.thrift. */
enum { GEN_PLAIN = 0, GEN_RLE = 3, GEN_RLE_DICTIONARY = 8 };

struct gen_writer {
    FILE *file;
    const struct gen_options *options;
    enum gen_codec codec;
    uint64_t offset_bytes;
    struct gen_buffer levels;  /* encoded definition levels */
    struct gen_buffer body;    /* encoded values */
    struct gen_buffer packed;  /* compressed */
    struct gen_buffer indices; /* of uint32_t */
    struct gen_buffer defined; /* of uint32_t */
    struct gen_thrift groups;  /* RowGroup structs so far */
    uint64_t group_rows_left;
    uint64_t groups_count;
    void *zstd;
    bool failed;
};

/* What a column chunk adds up to. */
struct gen_chunk {
    const struct gen_column *column;
    uint64_t offset_bytes;
    uint64_t data_offset_bytes;
    uint64_t dictionary_offset_bytes; /* 0: none */
    uint64_t raw_bytes;
    uint64_t packed_bytes;
    uint64_t rows;
    uint64_t nulls;
    uint32_t *remap; /* domain entry -> index, UINT32_MAX: does not occur */
    uint32_t bit_width;
    bool any;
    struct gen_cell min;
    struct gen_cell max;
};

/* Writes bytes at the end of the file and counts them; a failure sticks. */
void gen_put(struct gen_writer *writer, const void *data, size_t bytes);

/* Bytes of a fixed-width value in PLAIN; 0 for byte arrays. */
size_t gen_width(enum gen_physical physical);
double gen_double_of(enum gen_physical physical, uint64_t bits);

/* Writes the pages of chunk->column for chunk->rows rows and fills in the rest of the chunk. */
void gen_put_chunk(struct gen_writer *writer, struct gen_chunk *chunk, uint64_t first_row);

#endif
