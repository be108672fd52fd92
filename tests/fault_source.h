/*
 * A data set in memory whose calls fail on order.
 *
 * All calls (open, close, read_at) are counted from 1. A fault names a call and a kind; one that is
 * for ever repeats at every later call. What fired is remembered, so that a verdict can be reached
 * without knowing what the library does.
 */
#ifndef WEIR_TESTS_FAULT_SOURCE_H
#define WEIR_TESTS_FAULT_SOURCE_H

#include "make_parquet.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_SHORT,    /* a read gives one byte less than it could, if it could give two */
    FAULT_ONE_BYTE, /* a read gives one byte */
    FAULT_EINTR,
    FAULT_EAGAIN,
    FAULT_ZERO, /* a read gives nothing: the file has become shorter */
    FAULT_EIO,
    FAULT_ESTALE,
    FAULT_TOO_MANY, /* a read claims one byte more than it was asked for */
    FAULT_LEAST,    /* a read returns INT64_MIN */
    FAULT_CHANGED,  /* from here on the file is another one, and close says so */
    FAULT_STOP,     /* the stop flag is raised */
    FAULT_KINDS
};

static const char *const fault_names[FAULT_KINDS] = {
    "none", "short",  "one byte",       "EINTR",           "EAGAIN",  "zero bytes",
    "EIO",  "ESTALE", "too many bytes", "the least int64", "changed", "stop"};

/* What a read that fails this way returns. */
static inline int64_t fault_result(enum fault_kind kind, size_t bytes) {
    switch (kind) {
    case FAULT_EINTR: return -4;
    case FAULT_EAGAIN: return -11;
    case FAULT_EIO: return -5;
    case FAULT_ESTALE: return -116;
    case FAULT_TOO_MANY: return (int64_t)bytes + 1;
    case FAULT_LEAST: return INT64_MIN;
    default: return 0;
    }
}

struct fault {
    uint64_t at; /* which call; 0: none */
    enum fault_kind kind;
    bool for_ever;
};

struct fault_store {
    struct weir_dataset dataset;
    struct mp_file *const *files;
    struct mp_file *const *others; /* what the files become */
    size_t slice;                  /* most bytes a read gives; 0: all */
    struct fault faults[2];
    bool hides;   /* the canary: failed reads are dropped, zeros delivered instead */
    bool changed; /* the files are the others now */
    bool over;    /* the run has returned: no call may come */
    bool called_when_over;
    volatile int stop;
    uint64_t sink_calls;    /* of visitors */
    uint64_t sink_fails_at; /* 0: never */
    uint64_t calls;
    uint64_t stopped_at; /* the call that raised the flag */
    uint64_t opened;
    uint64_t closed;
    uint64_t read_failures;  /* reads that failed, EINTR and EAGAIN left out */
    uint64_t offset_bytes;   /* of the first of them */
    uint32_t fired;          /* a bit a kind */
    uint32_t fired_for_ever; /* those that repeat */
    struct fault_handle {
        struct fault_store *store;
        uint32_t file;
        bool open;
    } handles[MP_FILES * 8];
};

/* Counts the call; the kind of fault that it meets. */
static inline enum fault_kind fault_next(struct fault_store *store, bool is_read) {
    const uint64_t call = __atomic_add_fetch(&store->calls, 1, __ATOMIC_RELAXED);
    store->called_when_over |= store->over;
    for (size_t i = 0; i < 2; i++) {
        const struct fault *fault = &store->faults[i];
        if (fault->at == 0 || (fault->for_ever ? call < fault->at : call != fault->at)) {
            continue;
        }
        const bool any_call =
            fault->kind >= FAULT_CHANGED || fault->kind == FAULT_EIO || fault->kind == FAULT_ZERO;
        if (!is_read && !any_call) {
            continue;
        }
        if (fault->kind == FAULT_CHANGED) {
            store->changed = true;
        }
        if (fault->kind == FAULT_STOP && store->stop == 0) {
            store->stop = 1;
            store->stopped_at = call;
        }
        (void)__atomic_fetch_or(&store->fired, 1u << fault->kind, __ATOMIC_RELAXED);
        if (fault->for_ever) {
            (void)__atomic_fetch_or(&store->fired_for_ever, 1u << fault->kind, __ATOMIC_RELAXED);
        }
        return fault->kind;
    }
    return FAULT_NONE;
}

static inline int64_t fault_read(void *context, uint64_t offset, void *to, size_t bytes) {
    struct fault_handle *handle = context;
    struct fault_store *store = handle->store;
    const enum fault_kind kind = fault_next(store, true);
    const struct mp_file *file =
        store->changed ? store->others[handle->file] : store->files[handle->file];
    assert_true(handle->open);
    assert_true(bytes > 0);
    const uint64_t size = file->bytes.count;
    size_t most = offset < size ? (size_t)weir_min_u64(size - offset, bytes) : 0;
    most = store->slice != 0 && most > store->slice ? store->slice : most;
    switch (kind) {
    case FAULT_ONE_BYTE: most = most > 1 ? 1 : most; break;
    case FAULT_SHORT: most = most > 1 ? most - 1 : most; break;
    case FAULT_NONE:
    case FAULT_CHANGED:
    case FAULT_STOP: break;
    default:
        if (store->hides) {
            memset(to, 0, most);
            return (int64_t)most;
        }
        if (kind != FAULT_EINTR && kind != FAULT_EAGAIN &&
            __atomic_fetch_add(&store->read_failures, 1, __ATOMIC_RELAXED) == 0) {
            store->offset_bytes = offset;
        }
        return fault_result(kind, bytes);
    }
    if (most > 0) {
        memcpy(to, file->bytes.data + offset, most);
    }
    return (int64_t)most;
}

static inline enum weir_status fault_open(void *context, uint32_t file,
                                          struct weir_source *source_ret) {
    struct fault_store *store = context;
    const enum fault_kind kind = fault_next(store, false);
    if (kind == FAULT_EIO && !store->hides) {
        return WEIR_E_IO;
    }
    if ((kind == FAULT_ZERO || store->changed) && !store->hides) {
        return WEIR_E_CHANGED;
    }
    for (size_t i = 0; i < sizeof store->handles / sizeof *store->handles; i++) {
        struct fault_handle *handle = &store->handles[i];
        bool expected = false;
        if (__atomic_compare_exchange_n(&handle->open, &expected, true, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            handle->store = store;
            handle->file = file;
            (void)__atomic_fetch_add(&store->opened, 1, __ATOMIC_RELAXED);
            *source_ret = (struct weir_source){handle, fault_read, store->files[file]->bytes.count};
            return WEIR_OK;
        }
    }
    fail_msg("more files are open at once than a run may need");
    return WEIR_E_IO;
}

static inline enum weir_status fault_close(void *context, uint32_t file,
                                           struct weir_source *source) {
    struct fault_store *store = context;
    struct fault_handle *handle = source->context;
    const enum fault_kind kind = fault_next(store, false);
    assert_true(handle->open && handle->file == file);
    __atomic_store_n(&handle->open, false, __ATOMIC_RELEASE);
    (void)__atomic_fetch_add(&store->closed, 1, __ATOMIC_RELAXED);
    if (kind == FAULT_EIO && !store->hides) {
        return WEIR_E_IO;
    }
    return (kind == FAULT_ZERO || store->changed) && !store->hides ? WEIR_E_CHANGED : WEIR_OK;
}

static inline void fault_store_of(struct fault_store *store, struct mp_file *const *files,
                                  struct mp_file *const *others, uint32_t count) {
    memset(store, 0, sizeof *store);
    store->files = files;
    store->others = others;
    store->dataset = (struct weir_dataset){store, count, fault_open, fault_close};
}

/* --- Verdicts -------------------------------------------------------------------------------- */

struct fault_outcome {
    enum weir_status status;
    struct weir_error error;
    uint64_t digest; /* of all that was handed out, when it went well */
};

#define FAULT_BIT(kind) (1u << (kind))
#define FAULT_HARMLESS (FAULT_BIT(FAULT_SHORT) | FAULT_BIT(FAULT_ONE_BYTE))
#define FAULT_PASSING (FAULT_BIT(FAULT_EINTR) | FAULT_BIT(FAULT_EAGAIN))

static inline bool is_refusal_of_bytes(enum weir_status status) {
    return (status <= WEIR_E_LIMIT && status >= WEIR_E_SCHEMA) || status == WEIR_E_CHANGED;
}

/* The status is one that a fault of this kind may lead to. */
static inline bool fault_explains(enum fault_kind kind, bool for_ever, enum weir_status status) {
    switch (kind) {
    case FAULT_EINTR:
    case FAULT_EAGAIN: return for_ever && status == WEIR_E_IO;
    case FAULT_EIO:
    case FAULT_ESTALE:
    case FAULT_TOO_MANY:
    case FAULT_LEAST: return status == WEIR_E_IO;
    case FAULT_ZERO: return status == WEIR_E_CHANGED;
    case FAULT_CHANGED: return is_refusal_of_bytes(status);
    case FAULT_STOP: return status == WEIR_E_INTERRUPTED;
    default: return false;
    }
}

/* What is wrong with an outcome, or NULL. `digest`: of a run without faults. */
static inline const char *fault_complaint(const struct fault_store *store,
                                          const struct fault_outcome *outcome, uint64_t digest) {
    uint32_t serious = store->fired & ~(FAULT_HARMLESS | FAULT_BIT(FAULT_STOP));
    serious &= ~FAULT_PASSING | store->fired_for_ever;
    if (store->called_when_over) {
        return "a callback was called after the run had ended";
    }
    if (store->opened != store->closed) {
        return "a file was not given back";
    }
    if (outcome->status >= 0) {
        return serious != 0                ? "a fault went unnoticed"
               : outcome->digest != digest ? "the answer is another one"
                                           : NULL;
    }
    if (outcome->error.status != outcome->status || outcome->error.message == NULL) {
        return "the record of the error is not that of the status";
    }
    for (enum fault_kind kind = FAULT_SHORT; kind < FAULT_KINDS; kind++) {
        const bool for_ever = (store->fired_for_ever >> kind & 1) != 0;
        if ((store->fired >> kind & 1) != 0 && fault_explains(kind, for_ever, outcome->status)) {
            return NULL;
        }
    }
    return "no fault that was met explains the status";
}

#endif
