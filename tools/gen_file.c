/* Row groups, the footer, and whole files. */
#include "gen_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifndef WEIR_HAVE_ZSTD
#define WEIR_HAVE_ZSTD 0
#endif
#if WEIR_HAVE_ZSTD
#include <zstd.h>
#endif

static void put_extreme(struct gen_thrift *thrift, int32_t id, enum gen_physical physical,
                        const struct gen_cell *cell) {
    if (physical == GEN_BYTE_ARRAY) {
        gen_thrift_binary(thrift, id, cell->text, cell->text_bytes);
        return;
    }
    uint64_t bits = cell->bits;
    if ((physical == GEN_FLOAT || physical == GEN_DOUBLE) &&
        fabs(gen_double_of(physical, bits)) <= 0.0) {
        /* Zeros: the specification wants -0 as a minimum and +0 as a maximum. */
        uint64_t sign = physical == GEN_FLOAT ? UINT64_C(1) << 31 : UINT64_C(1) << 63;
        bits = id == 6 ? sign : 0;
    }
    gen_thrift_binary(thrift, id, &bits, gen_width(physical));
}

static void note_chunk(struct gen_writer *writer, const struct gen_chunk *chunk) {
    struct gen_thrift *out = &writer->groups;
    const struct gen_column *column = chunk->column;
    bool dictionary = chunk->dictionary_offset_bytes > 0;
    gen_thrift_element(out); /* ColumnChunk */
    gen_thrift_i64(out, 2, (int64_t)chunk->offset_bytes);
    gen_thrift_struct(out, 3); /* ColumnMetaData */
    gen_thrift_i32(out, 1, (int64_t)column->physical);
    gen_thrift_list(out, 2, 5, dictionary ? 3 : 2);
    gen_thrift_varint(out, GEN_PLAIN << 1);
    gen_thrift_varint(out, GEN_RLE << 1);
    if (dictionary) {
        gen_thrift_varint(out, GEN_RLE_DICTIONARY << 1);
    }
    gen_thrift_list(out, 3, 8, 1);
    gen_thrift_varint(out, strlen(column->name));
    gen_buffer_add(&out->out, column->name, strlen(column->name));
    gen_thrift_i32(out, 4, (int64_t)writer->codec);
    gen_thrift_i64(out, 5, (int64_t)chunk->rows);
    gen_thrift_i64(out, 6, (int64_t)chunk->raw_bytes);
    gen_thrift_i64(out, 7, (int64_t)chunk->packed_bytes);
    gen_thrift_i64(out, 9, (int64_t)chunk->data_offset_bytes);
    if (dictionary) {
        gen_thrift_i64(out, 11, (int64_t)chunk->dictionary_offset_bytes);
    }
    gen_thrift_struct(out, 12); /* Statistics */
    gen_thrift_i64(out, 3, (int64_t)chunk->nulls);
    if (chunk->any) {
        put_extreme(out, 5, column->physical, &chunk->max);
        put_extreme(out, 6, column->physical, &chunk->min);
    }
    gen_thrift_end(out);
    gen_thrift_end(out);
    gen_thrift_end(out);
}

static void put_row_group(struct gen_writer *writer, const struct gen_column *columns,
                          uint32_t count, uint64_t first_row, uint64_t rows) {
    uint64_t offset_bytes = writer->offset_bytes;
    uint64_t raw_bytes = 0;
    gen_thrift_element(&writer->groups);
    gen_thrift_list(&writer->groups, 1, 12, count);
    for (uint32_t i = 0; i < count && !writer->failed; i++) {
        struct gen_chunk chunk = {.column = &columns[i], .rows = rows};
        gen_put_chunk(writer, &chunk, first_row);
        note_chunk(writer, &chunk);
        raw_bytes += chunk.raw_bytes;
    }
    gen_thrift_i64(&writer->groups, 2, (int64_t)raw_bytes);
    gen_thrift_i64(&writer->groups, 3, (int64_t)rows);
    gen_thrift_i64(&writer->groups, 5, (int64_t)offset_bytes);
    gen_thrift_i64(&writer->groups, 6, (int64_t)(writer->offset_bytes - offset_bytes));
    gen_thrift_end(&writer->groups);
    writer->groups_count++;
}

static void put_logical(struct gen_thrift *out, enum gen_logical logical) {
    static const int32_t CONVERTED[] = {-1, 0, 6, 10, 5};
    if (logical == GEN_NONE) {
        return;
    }
    gen_thrift_i32(out, 6, CONVERTED[logical]);
    if (logical == GEN_DECIMAL_12_2) {
        gen_thrift_i32(out, 7, 2);
        gen_thrift_i32(out, 8, 12);
    }
    gen_thrift_struct(out, 10); /* LogicalType, a union */
    switch (logical) {
    case GEN_STRING: gen_thrift_struct(out, 1); break;
    case GEN_DATE: gen_thrift_struct(out, 6); break;
    case GEN_DECIMAL_12_2:
        gen_thrift_struct(out, 5);
        gen_thrift_i32(out, 1, 2);
        gen_thrift_i32(out, 2, 12);
        break;
    case GEN_TIMESTAMP_MICROS:
        gen_thrift_struct(out, 8);
        gen_thrift_bool(out, 1, true);
        gen_thrift_struct(out, 2);
        gen_thrift_struct(out, 2);
        gen_thrift_end(out);
        gen_thrift_end(out);
        break;
    case GEN_NONE: break;
    }
    gen_thrift_end(out);
    gen_thrift_end(out);
}

static void put_footer(struct gen_writer *writer, const struct gen_column *columns, uint32_t count,
                       uint64_t rows) {
    static const char CREATED_BY[] = "weir-gen";
    struct gen_thrift out = {0};
    gen_thrift_i32(&out, 1, 2);
    gen_thrift_list(&out, 2, 12, (size_t)count + 1);
    gen_thrift_element(&out);
    gen_thrift_binary(&out, 4, "schema", 6);
    gen_thrift_i32(&out, 5, (int64_t)count);
    gen_thrift_end(&out);
    for (uint32_t i = 0; i < count; i++) {
        gen_thrift_element(&out);
        gen_thrift_i32(&out, 1, (int64_t)columns[i].physical);
        gen_thrift_i32(&out, 3, columns[i].optional ? 1 : 0);
        gen_thrift_binary(&out, 4, columns[i].name, strlen(columns[i].name));
        put_logical(&out, columns[i].logical);
        gen_thrift_end(&out);
    }
    gen_thrift_i64(&out, 3, (int64_t)rows);
    gen_thrift_list(&out, 4, 12, (size_t)writer->groups_count);
    gen_buffer_add(&out.out, writer->groups.out.data, writer->groups.out.bytes);
    gen_thrift_binary(&out, 6, CREATED_BY, sizeof CREATED_BY - 1);
    gen_thrift_list(&out, 7, 12, count); /* ColumnOrder: TYPE_ORDER */
    for (uint32_t i = 0; i < count; i++) {
        gen_thrift_element(&out);
        gen_thrift_struct(&out, 1);
        gen_thrift_end(&out);
        gen_thrift_end(&out);
    }
    gen_thrift_end(&out);
    uint32_t bytes = (uint32_t)out.out.bytes;
    gen_put(writer, out.out.data, out.out.bytes);
    gen_put(writer, &bytes, 4);
    gen_put(writer, "PAR1", 4);
    gen_buffer_free(&out.out);
}

bool gen_file(FILE *file, const struct gen_options *options, enum gen_codec codec,
              const struct gen_column *columns, uint32_t columns_count, uint64_t first_row,
              uint64_t rows) {
    struct gen_writer writer = {.file = file, .options = options, .codec = codec};
#if WEIR_HAVE_ZSTD
    writer.zstd = codec == GEN_ZSTD ? ZSTD_createCCtx() : NULL;
#endif
    gen_put(&writer, "PAR1", 4);
    for (uint64_t done = 0; done < rows && !writer.failed;) {
        uint64_t part =
            rows - done < options->row_group_rows ? rows - done : options->row_group_rows;
        put_row_group(&writer, columns, columns_count, first_row + done, part);
        done += part;
    }
    put_footer(&writer, columns, columns_count, rows);
#if WEIR_HAVE_ZSTD
    ZSTD_freeCCtx(writer.zstd);
#endif
    gen_buffer_free(&writer.levels);
    gen_buffer_free(&writer.body);
    gen_buffer_free(&writer.packed);
    gen_buffer_free(&writer.indices);
    gen_buffer_free(&writer.defined);
    gen_buffer_free(&writer.groups.out);
    return !writer.failed;
}
