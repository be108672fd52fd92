/*
 * Pages and column chunks.
 *
 * Values are computed page by page, twice for columns with a dictionary (once to see which entries
 * occur), so memory does not grow with the row group unless pages do.
 */
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

enum { PAGE_DATA = 0, PAGE_DICTIONARY = 2, PAGE_DATA_V2 = 3 };

void gen_put(struct gen_writer *writer, const void *data, size_t bytes) {
    if (bytes > 0 && fwrite(data, 1, bytes, writer->file) != bytes) {
        writer->failed = true;
    }
    writer->offset_bytes += bytes;
}

/* --- Statistics of a chunk ----------------------------------------------------------------- */

double gen_double_of(enum gen_physical physical, uint64_t bits) {
    double value;
    if (physical == GEN_FLOAT) {
        float narrow;
        uint32_t low = (uint32_t)bits;
        memcpy(&narrow, &low, sizeof narrow);
        return (double)narrow;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int compare(enum gen_physical physical, const struct gen_cell *a, const struct gen_cell *b) {
    if (physical == GEN_BYTE_ARRAY) {
        uint32_t shorter = a->text_bytes < b->text_bytes ? a->text_bytes : b->text_bytes;
        int order = memcmp(a->text, b->text, shorter);
        return order != 0 ? order
                          : (a->text_bytes > b->text_bytes) - (a->text_bytes < b->text_bytes);
    }
    if (physical == GEN_FLOAT || physical == GEN_DOUBLE) {
        double x = gen_double_of(physical, a->bits);
        double y = gen_double_of(physical, b->bits);
        return (x > y) - (x < y);
    }
    int64_t x = (int64_t)a->bits;
    int64_t y = (int64_t)b->bits;
    return (x > y) - (x < y);
}

static void note_extremes(struct gen_chunk *chunk, const struct gen_cell *cell) {
    enum gen_physical physical = chunk->column->physical;
    if ((physical == GEN_FLOAT || physical == GEN_DOUBLE) &&
        isnan(gen_double_of(physical, cell->bits))) {
        return;
    }
    if (!chunk->any) {
        chunk->min = *cell;
        chunk->max = *cell;
        chunk->any = true;
        return;
    }
    if (compare(physical, cell, &chunk->min) < 0) {
        chunk->min = *cell;
    }
    if (compare(physical, cell, &chunk->max) > 0) {
        chunk->max = *cell;
    }
}

size_t gen_width(enum gen_physical physical) {
    switch (physical) {
    case GEN_BOOLEAN: return 1;
    case GEN_INT32:
    case GEN_FLOAT: return 4;
    case GEN_INT64:
    case GEN_DOUBLE: return 8;
    case GEN_BYTE_ARRAY: return 0;
    }
    return 0;
}

/* --- Pages --------------------------------------------------------------------------------- */

static void put_plain(struct gen_buffer *to, enum gen_physical physical,
                      const struct gen_cell *cell) {
    if (physical == GEN_BYTE_ARRAY) {
        gen_buffer_add(to, &cell->text_bytes, 4);
        gen_buffer_add(to, cell->text, cell->text_bytes);
    } else {
        gen_buffer_add(to, &cell->bits, gen_width(physical));
    }
}

/* Booleans were added as bytes: one bit each, LSB first. */
static void pack_bits(struct gen_buffer *bytes_to_bits) {
    size_t count = bytes_to_bits->bytes;
    uint8_t *data = bytes_to_bits->data;
    for (size_t i = 0; i < (count + 7) / 8; i++) {
        unsigned byte = 0;
        for (size_t bit = 0; bit < 8 && i * 8 + bit < count; bit++) {
            byte |= (unsigned)data[i * 8 + bit] << bit;
        }
        data[i] = (uint8_t)byte;
    }
    bytes_to_bits->bytes = (count + 7) / 8;
}

static void compress(struct gen_writer *writer, const struct gen_buffer *from) {
    writer->packed.bytes = 0;
    if (writer->codec == GEN_SNAPPY) {
        gen_snappy(&writer->packed, from->data, from->bytes);
        return;
    }
#if WEIR_HAVE_ZSTD
    if (writer->codec == GEN_ZSTD) {
        size_t room = ZSTD_compressBound(from->bytes);
        uint8_t *out = gen_buffer_room(&writer->packed, room);
        size_t bytes = ZSTD_compressCCtx(writer->zstd, out, room, from->data, from->bytes,
                                         writer->options->zstd_level);
        if (ZSTD_isError(bytes)) {
            fprintf(stderr, "weir-gen: zstd: %s\n", ZSTD_getErrorName(bytes));
            exit(70);
        }
        writer->packed.bytes = bytes;
        return;
    }
#endif
    gen_buffer_add(&writer->packed, from->data, from->bytes);
}

/* Writes header and body. `front` is left uncompressed (levels of a version 2 page). */
static void put_page(struct gen_writer *writer, struct gen_chunk *chunk, uint32_t type,
                     const struct gen_buffer *front, const struct gen_buffer *body, uint64_t values,
                     uint64_t nulls) {
    size_t front_bytes = front == NULL ? 0 : front->bytes;
    compress(writer, body);
    struct gen_thrift header = {0};
    gen_thrift_i32(&header, 1, (int64_t)type);
    gen_thrift_i32(&header, 2, (int64_t)(front_bytes + body->bytes));
    gen_thrift_i32(&header, 3, (int64_t)(front_bytes + writer->packed.bytes));
    if (writer->options->crc) {
        uint32_t crc = gen_crc32(0, front == NULL ? NULL : front->data, front_bytes);
        crc = gen_crc32(crc, writer->packed.data, writer->packed.bytes);
        gen_thrift_i32(&header, 4, (int64_t)(int32_t)crc);
    }
    int64_t encoding = chunk->remap != NULL ? GEN_RLE_DICTIONARY : GEN_PLAIN;
    if (type == PAGE_DATA) {
        gen_thrift_struct(&header, 5);
        gen_thrift_i32(&header, 1, (int64_t)values);
        gen_thrift_i32(&header, 2, encoding);
        gen_thrift_i32(&header, 3, GEN_RLE);
        gen_thrift_i32(&header, 4, GEN_RLE);
    } else if (type == PAGE_DICTIONARY) {
        gen_thrift_struct(&header, 7);
        gen_thrift_i32(&header, 1, (int64_t)values);
        gen_thrift_i32(&header, 2, GEN_PLAIN);
    } else {
        gen_thrift_struct(&header, 8);
        gen_thrift_i32(&header, 1, (int64_t)values);
        gen_thrift_i32(&header, 2, (int64_t)nulls);
        gen_thrift_i32(&header, 3, (int64_t)values);
        gen_thrift_i32(&header, 4, encoding);
        gen_thrift_i32(&header, 5, (int64_t)front_bytes);
        gen_thrift_i32(&header, 6, 0);
        gen_thrift_bool(&header, 7, writer->codec != GEN_UNCOMPRESSED);
    }
    gen_thrift_end(&header);
    gen_thrift_end(&header);
    gen_put(writer, header.out.data, header.out.bytes);
    gen_put(writer, front == NULL ? NULL : front->data, front_bytes);
    gen_put(writer, writer->packed.data, writer->packed.bytes);
    chunk->raw_bytes += header.out.bytes + front_bytes + body->bytes;
    chunk->packed_bytes += header.out.bytes + front_bytes + writer->packed.bytes;
    gen_buffer_free(&header.out);
}

static uint32_t bits_for(uint32_t entries) {
    uint32_t bits = 0;
    while (entries > 1 && ((entries - 1) >> bits) != 0) {
        bits++;
    }
    return bits;
}

/* Finds the entries that occur, in order of first appearance, and writes them. */
static void put_dictionary(struct gen_writer *writer, struct gen_chunk *chunk, uint64_t first_row) {
    const struct gen_column *column = chunk->column;
    chunk->remap = gen_allocate(column->domain, sizeof *chunk->remap);
    memset(chunk->remap, 255, column->domain * sizeof *chunk->remap);
    writer->body.bytes = 0;
    uint32_t count = 0;
    struct gen_cell cell;
    for (uint64_t i = 0; i < chunk->rows; i++) {
        if (gen_is_null(column, first_row + i)) {
            continue;
        }
        uint32_t entry = gen_entry(column, first_row + i);
        if (chunk->remap[entry] == UINT32_MAX) {
            chunk->remap[entry] = count++;
            gen_entry_value(column, entry, &cell);
            put_plain(&writer->body, column->physical, &cell);
            note_extremes(chunk, &cell);
        }
    }
    chunk->bit_width = bits_for(count);
    chunk->dictionary_offset_bytes = writer->offset_bytes;
    put_page(writer, chunk, PAGE_DICTIONARY, NULL, &writer->body, count, 0);
}

/* Rows of a page so that its values take about page_bytes bytes. */
static uint64_t page_rows(const struct gen_writer *writer, const struct gen_chunk *chunk) {
    uint64_t bits = gen_width(chunk->column->physical) * 8;
    if (chunk->remap != NULL) {
        bits = chunk->bit_width;
    } else if (chunk->column->physical == GEN_BOOLEAN) {
        bits = 1;
    } else if (chunk->column->physical == GEN_BYTE_ARRAY) {
        bits = 36 * 8;
    }
    if (writer->options->page_bytes == 0) {
        return chunk->rows;
    }
    uint64_t rows = writer->options->page_bytes * 8 / (bits == 0 ? 1 : bits);
    return rows == 0 ? 1 : rows;
}

static void put_levels(struct gen_writer *writer, size_t values) {
    writer->levels.bytes = 0;
    bool with_length = writer->options->page_version == 1;
    if (with_length) {
        const uint32_t zero = 0;
        gen_buffer_add(&writer->levels, &zero, 4);
    }
    gen_hybrid(&writer->levels, (const uint32_t *)(const void *)writer->defined.data, values, 1);
    if (with_length) {
        uint32_t bytes = (uint32_t)(writer->levels.bytes - 4);
        memcpy(writer->levels.data, &bytes, 4);
    }
}

static void put_data_page(struct gen_writer *writer, struct gen_chunk *chunk, uint64_t first_row,
                          uint64_t rows) {
    const struct gen_column *column = chunk->column;
    uint64_t nulls = 0;
    struct gen_cell cell;
    writer->indices.bytes = 0;
    writer->defined.bytes = 0;
    writer->levels.bytes = 0;
    writer->body.bytes = 0;
    bool v1 = writer->options->page_version == 1;
    struct gen_buffer values = {0};
    for (uint64_t row = first_row; row < first_row + rows; row++) {
        uint32_t defined = !gen_is_null(column, row);
        gen_buffer_add(&writer->defined, &defined, column->optional ? 4 : 0);
        if (defined == 0) {
            nulls++;
        } else if (chunk->remap != NULL) {
            gen_buffer_add(&writer->indices, &chunk->remap[gen_entry(column, row)], 4);
        } else {
            gen_value(column, row, &cell);
            note_extremes(chunk, &cell);
            put_plain(&values, column->physical, &cell);
        }
    }
    if (column->optional) {
        put_levels(writer, (size_t)rows);
    }
    if (column->physical == GEN_BOOLEAN) {
        pack_bits(&values);
    }
    if (v1) {
        gen_buffer_add(&writer->body, writer->levels.data, writer->levels.bytes);
    }
    if (chunk->remap != NULL) {
        uint8_t width = (uint8_t)chunk->bit_width;
        gen_buffer_add(&writer->body, &width, 1);
        gen_hybrid(&writer->body, (const uint32_t *)(const void *)writer->indices.data,
                   writer->indices.bytes / 4, chunk->bit_width);
    }
    gen_buffer_add(&writer->body, values.data, values.bytes);
    gen_buffer_free(&values);
    put_page(writer, chunk, v1 ? PAGE_DATA : PAGE_DATA_V2, v1 ? NULL : &writer->levels,
             &writer->body, rows, nulls);
    chunk->nulls += nulls;
}

void gen_put_chunk(struct gen_writer *writer, struct gen_chunk *chunk, uint64_t first_row) {
    chunk->offset_bytes = writer->offset_bytes;
    if (chunk->column->domain > 0) {
        put_dictionary(writer, chunk, first_row);
    }
    chunk->data_offset_bytes = writer->offset_bytes;
    uint64_t rows_max = page_rows(writer, chunk);
    for (uint64_t done = 0; done < chunk->rows && !writer->failed;) {
        uint64_t rows = chunk->rows - done < rows_max ? chunk->rows - done : rows_max;
        put_data_page(writer, chunk, first_row + done, rows);
        done += rows;
    }
    free(chunk->remap);
}
