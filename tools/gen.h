/*
 * What the parts of weir-gen share: columns and their values, growing buffers, encoders, the
 * Parquet writer. The generator allocates freely; nothing of it is part of the library.
 */
#ifndef WEIR_TOOLS_GEN_H
#define WEIR_TOOLS_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- Buffers ------------------------------------------------------------------------------- */

struct gen_buffer {
    uint8_t *data;
    size_t bytes;
    size_t capacity;
};

/* Makes room for `more` bytes behind the end and returns where they start. */
uint8_t *gen_buffer_room(struct gen_buffer *buffer, size_t more);
void gen_buffer_add(struct gen_buffer *buffer, const void *data, size_t bytes);
void gen_buffer_free(struct gen_buffer *buffer);

/* Allocates or ends the process with a sentence. */
void *gen_allocate(size_t count, size_t size);

/* --- Values -------------------------------------------------------------------------------- */

/* Numbers of Type in parquet.thrift. */
enum gen_physical {
    GEN_BOOLEAN = 0,
    GEN_INT32 = 1,
    GEN_INT64 = 2,
    GEN_FLOAT = 4,
    GEN_DOUBLE = 5,
    GEN_BYTE_ARRAY = 6
};

enum gen_logical { GEN_NONE, GEN_STRING, GEN_DATE, GEN_TIMESTAMP_MICROS, GEN_DECIMAL_12_2 };

#define GEN_TEXT_BYTES_MAX 96u

struct gen_cell {
    uint64_t bits; /* integers sign-extended; the bits of a float or double */
    uint32_t text_bytes;
    char text[GEN_TEXT_BYTES_MAX];
};

struct gen_column {
    char name[24];
    enum gen_physical physical;
    enum gen_logical logical;
    bool optional;
    uint32_t nulls_of_65536; /* share of nulls */
    uint32_t domain;         /* entries that a dictionary may have; 0: PLAIN */
    uint32_t recipe;
    uint32_t ordinal;
    uint64_t key; /* of the column's random bits */
};

/* "mixed" or "doubles:N"; NULL when the text is neither. The caller frees the array. */
struct gen_column *gen_columns(const char *what, uint64_t seed, uint32_t *count_ret);

/* The cell at a row depends on the seed, the column and the row alone: never on files, row groups
 * or pages. */
bool gen_is_null(const struct gen_column *column, uint64_t row);
void gen_value(const struct gen_column *column, uint64_t row, struct gen_cell *cell);

/* Columns with a domain: which entry a row has, and the value of an entry. */
uint32_t gen_entry(const struct gen_column *column, uint64_t row);
void gen_entry_value(const struct gen_column *column, uint32_t entry, struct gen_cell *cell);

/* --- Encoders ------------------------------------------------------------------------------ */

/* RLE and bit-packed runs of values that have bit_width bits. */
void gen_hybrid(struct gen_buffer *to, const uint32_t *values, size_t count, uint32_t bit_width);

void gen_snappy(struct gen_buffer *to, const uint8_t *data, size_t bytes);

uint32_t gen_crc32(uint32_t crc, const uint8_t *data, size_t bytes);

/* Thrift compact protocol. A struct is written with `last` = 0 at its begin. */
struct gen_thrift {
    struct gen_buffer out;
    int32_t last[8]; /* field ids of the open structs */
    uint32_t depth;
};

void gen_thrift_i32(struct gen_thrift *thrift, int32_t id, int64_t value);
void gen_thrift_i64(struct gen_thrift *thrift, int32_t id, int64_t value);
void gen_thrift_bool(struct gen_thrift *thrift, int32_t id, bool value);
void gen_thrift_binary(struct gen_thrift *thrift, int32_t id, const void *data, size_t bytes);
void gen_thrift_struct(struct gen_thrift *thrift, int32_t id);
void gen_thrift_end(struct gen_thrift *thrift);

/* Element types: 5 i32, 8 binary, 12 struct. */
void gen_thrift_list(struct gen_thrift *thrift, int32_t id, uint32_t type, size_t count);
void gen_thrift_element(struct gen_thrift *thrift); /* begins a struct in a list */
void gen_thrift_varint(struct gen_thrift *thrift, uint64_t value);

/* --- Writer -------------------------------------------------------------------------------- */

/* Numbers of CompressionCodec in parquet.thrift. */
enum gen_codec { GEN_UNCOMPRESSED = 0, GEN_SNAPPY = 1, GEN_ZSTD = 6 };

struct gen_options {
    uint64_t rows;
    uint64_t row_group_rows;
    uint64_t page_bytes; /* 0: one page a column chunk */
    uint64_t seed;
    uint32_t files;
    uint32_t page_version;
    int zstd_level;
    bool crc;
};

/* Writes one file of rows first_row.. ; false after an output error (errno tells). */
bool gen_file(FILE *file, const struct gen_options *options, enum gen_codec codec,
              const struct gen_column *columns, uint32_t columns_count, uint64_t first_row,
              uint64_t rows);

#endif
