/* A value of a column as text, by its physical and logical type. */
#ifndef WEIR_CLI_VALUE_H
#define WEIR_CLI_VALUE_H

#include "number.h"
#include "output.h"
#include "weir/rows.h"
#include "weir/types.h"

/* One value, wherever it came from. Decimals of cells are BYTES, whatever their precision. */
struct cli_value {
    enum weir_kind kind;
    bool cut;
    int64_t i64; /* BOOL, I32, I64 */
    uint64_t u64;
    double f64;
    struct weir_i128 i128;
    const uint8_t *bytes;
    uint64_t bytes_count;
};

struct cli_value cli_value_of(const struct weir_value *value);
struct cli_value cli_value_of_cell(const struct weir_type *type, enum weir_kind kind,
                                   const struct weir_cell *cell);

/* How the text reads: as a number or true/false, as plain ASCII text, or the bytes themselves. */
enum cli_form { CLI_FORM_BARE, CLI_FORM_TEXT, CLI_FORM_BYTES };

struct cli_text {
    enum cli_form form;
    const char *at; /* NULL with CLI_FORM_BYTES */
    size_t count;
};

/* The exact text, in `to` (CLI_NUMBER_BYTES) or in a buffer that the next call may overwrite. */
struct cli_text cli_value_text(const struct weir_type *type, const struct cli_value *value,
                               char *to);

void cli_put_value_json(struct cli_output *output, const struct weir_type *type,
                        const struct cli_value *value);
void cli_put_value_csv(struct cli_output *output, const struct weir_type *type,
                       const struct cli_value *value);

/* A double as JSON: null where it is undefined (NaN) and `undefined` says so, else "NaN". */
void cli_put_double_json(struct cli_output *output, double value);
void cli_put_figure_json(struct cli_output *output, double value);
/* An integer as JSON: a string of digits beyond 2^53. */
void cli_put_u64_json(struct cli_output *output, uint64_t value);
void cli_put_i256_json(struct cli_output *output, const struct weir_i256 *value);

/* "INT64", and "TIMESTAMP(MICROS,UTC)" or "" where there is none. Text in `to` of 64 bytes. */
const char *cli_physical_name(enum weir_physical physical);
size_t cli_logical_name(char *to, const struct weir_type *type);
/* Numbers of parquet.thrift in lower case: "zstd", "delta_byte_array"; NULL for unknown ones. */
const char *cli_codec_name(uint32_t codec);
const char *cli_encoding_name(uint32_t encoding);
const char *cli_page_name(uint32_t page_type);
/* For people: "int64", "string", "ts[us]", "dec(9,2)". At most 16 bytes. */
size_t cli_type_short(char *to, const struct weir_type *type);
/* What moments count in: "days", "microseconds", "10^-2"; NULL for plain numbers. */
const char *cli_unit_name(char *to, const struct weir_type *type);

/* The value for a person's table: few digits; text is cut to `columns`. */
size_t cli_value_human(char *to, const struct weir_type *type, const struct cli_value *value,
                       size_t columns, bool ascii);
/* The value as a double in the logical unit: decimals scaled. */
double cli_scale_of(const struct weir_type *type);
/* Decimals of more digits than 128 bits hold are measured as doubles. */
bool cli_is_rounded(const struct weir_type *type, enum weir_kind kind);

#endif
