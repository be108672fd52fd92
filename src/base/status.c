#include "base/check.h"

#include "base/banned.h"

const char *weir_status_name(enum weir_status status) {
    switch (status) {
    case WEIR_OK: return "WEIR_OK";
    case WEIR_MORE: return "WEIR_MORE";
    case WEIR_END: return "WEIR_END";
    case WEIR_E_ARGUMENT: return "WEIR_E_ARGUMENT";
    case WEIR_E_BUDGET: return "WEIR_E_BUDGET";
    case WEIR_E_LIMIT: return "WEIR_E_LIMIT";
    case WEIR_E_NOT_PARQUET: return "WEIR_E_NOT_PARQUET";
    case WEIR_E_CORRUPT: return "WEIR_E_CORRUPT";
    case WEIR_E_CHECKSUM: return "WEIR_E_CHECKSUM";
    case WEIR_E_UNSUPPORTED: return "WEIR_E_UNSUPPORTED";
    case WEIR_E_SCHEMA: return "WEIR_E_SCHEMA";
    case WEIR_E_IO: return "WEIR_E_IO";
    case WEIR_E_CHANGED: return "WEIR_E_CHANGED";
    case WEIR_E_OUTPUT: return "WEIR_E_OUTPUT";
    case WEIR_E_INTERRUPTED: return "WEIR_E_INTERRUPTED";
    case WEIR_E_INTERNAL: return "WEIR_E_INTERNAL";
    }
    return "unknown status";
}

void weir_error_clear(struct weir_error *error) {
    WEIR_ASSERT(error != NULL);
    memset(error, 0, sizeof *error);
    error->message = "";
    error->offset_bytes = WEIR_NONE;
    error->wanted = WEIR_NONE;
    error->got = WEIR_NONE;
    error->file = WEIR_NONE32;
    error->file_other = WEIR_NONE32;
    error->row_group = WEIR_NONE32;
    error->column = WEIR_NONE32;
    error->page = WEIR_NONE32;
}

enum weir_status weir_fail(struct weir_error *error, enum weir_status status, const char *message) {
    return weir_fail_numbers(error, status, message, WEIR_NONE, WEIR_NONE);
}

enum weir_status weir_fail_numbers(struct weir_error *error, enum weir_status status,
                                   const char *message, uint64_t wanted, uint64_t got) {
    WEIR_ASSERT(error != NULL);
    WEIR_ASSERT(status < 0);
    if (error->status != WEIR_OK) {
        return error->status;
    }
    error->status = status;
    error->message = message;
    error->wanted = wanted;
    error->got = got;
    return status;
}
