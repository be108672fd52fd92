/* Sentences about errors. */
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "number.h"

struct sentence {
    char *to;
    size_t used;
};

static void add(struct sentence *sentence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct sentence *sentence, const char *format, ...) {
    const size_t room = CLI_MESSAGE_BYTES - sentence->used;
    va_list arguments;
    va_start(arguments, format);
    const int count = vsnprintf(sentence->to + sentence->used, room, format, arguments);
    va_end(arguments);
    if (count > 0) {
        sentence->used += (size_t)count < room ? (size_t)count : room - 1;
    }
}

static const char *file_name(const struct cli_inputs *inputs, uint32_t file) {
    return inputs != NULL && file < inputs->count ? inputs->files[file].path : NULL;
}

/* (row group 3, page 2, offset 123): only what is known. */
static void add_place(struct sentence *sentence, const struct weir_error *error) {
    const char *before = sentence->used > 0 ? " (" : "(";
    if (error->row_group != WEIR_NONE32) {
        add(sentence, "%srow group %u", before, (unsigned)error->row_group);
        before = ", ";
    }
    if (error->page != WEIR_NONE32) {
        add(sentence, "%spage %u", before, (unsigned)error->page);
        before = ", ";
    }
    if (error->offset_bytes != WEIR_NONE) {
        add(sentence, "%soffset %llu", before, (unsigned long long)error->offset_bytes);
        before = ", ";
    }
    if (before[0] == ',') {
        add(sentence, ")");
    }
}

static void add_numbers(struct sentence *sentence, const struct weir_error *error) {
    if (error->wanted == WEIR_NONE || error->got == WEIR_NONE) {
        return;
    }
    if (error->status == WEIR_E_CHECKSUM) {
        add(sentence, " (stored %08llx, computed %08llx)", (unsigned long long)error->wanted,
            (unsigned long long)error->got);
    } else {
        add(sentence, " (wanted %llu, got %llu)", (unsigned long long)error->wanted,
            (unsigned long long)error->got);
    }
}

/* Why a file cannot be read, where the library could not say: by opening it again. */
static const char *reason_of_file(const char *path) {
    if (path == NULL) {
        return "the source failed";
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return cli_errno_text(errno);
    }
    (void)close(fd);
    return "reading failed";
}

static void add_what(struct sentence *sentence, const struct weir_error *error, const char *path) {
    const char *message = error->message != NULL ? error->message : "no more is known";
    switch (error->status) {
    case WEIR_E_IO:
        if (error->got != WEIR_NONE && error->got > 0 && error->got < 4096) {
            add(sentence, "%s (errno %llu)", cli_errno_text((int)error->got),
                (unsigned long long)error->got);
        } else {
            add(sentence, "%s", reason_of_file(path));
        }
        return;
    case WEIR_E_CHANGED: add(sentence, "the file changed while it was read"); return;
    case WEIR_E_INTERRUPTED: add(sentence, "interrupted"); return;
    case WEIR_E_LIMIT:
        add(sentence, "%s: %llu bytes are needed, %llu were planned", message,
            (unsigned long long)error->wanted, (unsigned long long)error->got);
        return;
    default: add(sentence, "%s", message); break;
    }
    add_numbers(sentence, error);
}

static void add_advice(struct sentence *sentence, const struct weir_error *error,
                       const struct cli_inputs *inputs) {
    const bool in_column = error->column != WEIR_NONE32 || error->column_name[0] != '\0';
    const char *other = file_name(inputs, error->file_other);
    switch (error->status) {
    case WEIR_E_LIMIT:
        if (error->message != NULL && strstr(error->message, "value buffer") != NULL) {
            add(sentence, "; leave the column out with --exclude"); /* no option widens it */
        } else if (error->wanted != WEIR_NONE) {
            add(sentence, "; run again with --codec-window %llu",
                (unsigned long long)error->wanted);
        }
        break;
    case WEIR_E_NOT_PARQUET:
        add(sentence, "; if it is meant to be Parquet, copy or write it again");
        break;
    case WEIR_E_CORRUPT:
    case WEIR_E_CHECKSUM:
        add(sentence, in_column ? "; --keep-going reports the other columns"
                                : "; copy or write the file again");
        break;
    case WEIR_E_UNSUPPORTED:
        add(sentence, in_column ? "; leave the column out with --exclude, or use --keep-going"
                                : "; write the file again without it");
        break;
    case WEIR_E_SCHEMA:
        if (other != NULL) {
            add(sentence, "; it differs from %.300s", other);
        }
        add(sentence, "; run on files of one schema, or --exclude the column");
        break;
    case WEIR_E_IO: add(sentence, "; check that the file can be read"); break;
    case WEIR_E_CHANGED: add(sentence, "; run again when nobody writes to it"); break;
    case WEIR_E_INTERRUPTED: add(sentence, "; what is printed is not complete, run again"); break;
    case WEIR_E_INTERNAL: add(sentence, "; this is a bug in weir, please report it"); break;
    default: break;
    }
}

size_t cli_message(char *to, const struct weir_error *error, const struct cli_inputs *inputs) {
    struct sentence sentence = {.to = to, .used = 0};
    const char *path = file_name(inputs, error->file);
    to[0] = '\0';
    if (error->status == WEIR_E_INTERRUPTED) {
        path = NULL; /* where it was interrupted says nothing */
    }
    if (path != NULL) {
        add(&sentence, "%.600s", path);
    }
    if (error->status != WEIR_E_INTERRUPTED) {
        const char *before = path != NULL ? ": " : "";
        if (error->column_name[0] != '\0') {
            add(&sentence, "%scolumn \"%.*s\"", before, (int)WEIR_ERROR_NAME_BYTES - 1,
                error->column_name);
        } else if (error->column != WEIR_NONE32) {
            add(&sentence, "%scolumn %u", before, (unsigned)error->column);
        }
        add_place(&sentence, error);
    }
    if (sentence.used > 0) {
        add(&sentence, ": ");
    }
    add_what(&sentence, error, path);
    add_advice(&sentence, error, inputs);
    return sentence.used;
}

enum cli_exit cli_exit_of(enum weir_status status) {
    switch (status) {
    case WEIR_OK:
    case WEIR_MORE:
    case WEIR_END: return CLI_OK;
    case WEIR_E_ARGUMENT: return CLI_USAGE;
    case WEIR_E_BUDGET:
    case WEIR_E_LIMIT: return CLI_BUDGET;
    case WEIR_E_NOT_PARQUET:
    case WEIR_E_CORRUPT:
    case WEIR_E_CHECKSUM:
    case WEIR_E_UNSUPPORTED:
    case WEIR_E_SCHEMA: return CLI_INPUT;
    case WEIR_E_IO: return CLI_IO;
    case WEIR_E_CHANGED: return CLI_CHANGED;
    case WEIR_E_OUTPUT: return CLI_OUTPUT;
    case WEIR_E_INTERRUPTED: return CLI_INTERRUPTED;
    case WEIR_E_INTERNAL: break;
    }
    return CLI_INTERNAL;
}

void cli_message_explain(struct weir_error *error, const struct cli_inputs *inputs) {
    if (error->status == WEIR_E_INTERRUPTED || error->status == WEIR_E_CHANGED ||
        error->status == WEIR_E_INTERNAL) {
        return;
    }
    if (error->status == WEIR_E_IO && (error->got == EINTR || error->got == WEIR_NONE) &&
        cli_stop != 0) {
        error->status = WEIR_E_INTERRUPTED;
    } else if (error->file != WEIR_NONE32 && cli_inputs_changed(inputs, error->file)) {
        error->status = WEIR_E_CHANGED;
    }
}
