/* Outcomes: one enum, and a record of what went wrong where, in numbers. */
#ifndef WEIR_STATUS_H
#define WEIR_STATUS_H

#include <stdint.h>

#if defined(__GNUC__)
#define WEIR_API __attribute__((visibility("default")))
#define WEIR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define WEIR_API
#define WEIR_MUST_CHECK
#endif

/*
 * 0 is success, positive values are not errors, negative values are errors grouped by layer.
 */
enum weir_status {
    WEIR_OK = 0,
    WEIR_MORE = 1, /* needs more input or more room, then goes on */
    WEIR_END = 2,  /* nothing is left */

    WEIR_E_ARGUMENT = -10, /* an argument is out of its documented range */
    WEIR_E_BUDGET = -20,   /* the plan does not fit: `wanted` bytes are needed, `got` are there */
    WEIR_E_LIMIT = -21,    /* a page needs more than was planned: `wanted` bytes, `got` planned */
    WEIR_E_NOT_PARQUET = -30, /* no Parquet magic, or too short to be a file */
    WEIR_E_CORRUPT = -31,     /* the bytes contradict the format or themselves */
    WEIR_E_CHECKSUM = -32,    /* the CRC32 of a page or a saved state differs */
    WEIR_E_UNSUPPORTED = -33, /* legal, but not read by this build; `message` names the feature */
    WEIR_E_SCHEMA = -34,      /* two files of one data set disagree about a column */
    WEIR_E_IO = -40,          /* the source failed; `got` holds its errno where it gave one */
    WEIR_E_CHANGED = -41,     /* the input is not what it was when it was inspected */
    WEIR_E_OUTPUT = -50,      /* the sink failed */
    WEIR_E_INTERRUPTED = -60, /* the caller's stop flag was raised */
    WEIR_E_INTERNAL = -70     /* a bug in weir */
};

#define WEIR_NONE UINT64_MAX
#define WEIR_NONE32 UINT32_MAX
#define WEIR_ERROR_NAME_BYTES 96

/*
 * What went wrong, where. Fields that do not apply hold WEIR_NONE or WEIR_NONE32.
 *
 * Units: offset_bytes counts from the start of the file; row_group, column (leaf ordinal) and
 * page count from 0 inside their parent.
 * Memory: `message` is a string literal; `column_name` is a NUL-terminated copy, cut at
 * WEIR_ERROR_NAME_BYTES - 1 bytes.
 */
struct weir_error {
    enum weir_status status;
    const char *message;
    uint64_t offset_bytes;
    uint64_t wanted;
    uint64_t got;
    uint32_t file;
    uint32_t file_other; /* the second file of a disagreement */
    uint32_t row_group;
    uint32_t column;
    uint32_t page;
    char column_name[WEIR_ERROR_NAME_BYTES];
};

/* The constant's name, for logs: "WEIR_E_CORRUPT". */
WEIR_API const char *weir_status_name(enum weir_status status);

#endif
