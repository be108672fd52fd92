#include "parquet/statistics.h"

#include "base/hash.h"

#include "base/banned.h"

/*
 * Format notes.
 * - min and max (fields 2 and 1) are deprecated: signed order, whatever the type. min_value and
 *   max_value (6 and 5) are in the order that FileMetaData.column_orders names.
 * - Counts are signed in the file. Some writers store -1 for "unknown".
 */

static struct weir_stated read_i64(struct weir_thrift *thrift, uint32_t type) {
    int64_t value = weir_thrift_i64(thrift, type);
    return (struct weir_stated){!thrift->failed, value};
}

static struct weir_stated read_i32(struct weir_thrift *thrift, uint32_t type) {
    int32_t value = weir_thrift_i32(thrift, type);
    return (struct weir_stated){!thrift->failed, value};
}

static struct weir_stated read_i16(struct weir_thrift *thrift, uint32_t type) {
    int32_t value = weir_thrift_i16(thrift, type);
    return (struct weir_stated){!thrift->failed, value};
}

void weir_bound_read(struct weir_thrift *thrift, uint32_t type, struct weir_bound *bound_ret) {
    enum weir_exactness exact = bound_ret->exact;
    uint64_t bytes = weir_thrift_binary(thrift, type);
    size_t keep = (size_t)weir_min_u64(bytes, sizeof bound_ret->bytes);
    memset(bound_ret, 0, sizeof *bound_ret);
    bound_ret->exact = exact;
    if (keep > 0 && weir_window_fill(thrift->window, keep) < keep) {
        weir_thrift_corrupt(thrift, "metadata ends in the middle of a value");
    }
    if (thrift->failed) {
        return;
    }
    memcpy(bound_ret->bytes, thrift->window->at, keep);
    weir_window_skip(thrift->window, bytes);
    bound_ret->length = bytes;
    bound_ret->present = true;
}

static enum weir_exactness read_exactness(struct weir_thrift *thrift, uint32_t type) {
    return weir_thrift_bool(thrift, type) ? WEIR_EXACT_YES : WEIR_EXACT_NO;
}

void weir_statistics_read(struct weir_thrift *thrift, uint32_t type,
                          struct weir_statistics *statistics_ret) {
    struct weir_thrift_field field;
    memset(statistics_ret, 0, sizeof *statistics_ret);
    if (!weir_thrift_struct(thrift, type)) {
        return;
    }
    struct weir_statistics *to = statistics_ret;
    to->present = true;
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: weir_bound_read(thrift, field.type, &to->max_old); break;
        case 2: weir_bound_read(thrift, field.type, &to->min_old); break;
        case 3: to->null_count = read_i64(thrift, field.type); break;
        case 4: to->distinct_count = read_i64(thrift, field.type); break;
        case 5: weir_bound_read(thrift, field.type, &to->max_value); break;
        case 6: weir_bound_read(thrift, field.type, &to->min_value); break;
        case 7: to->max_value.exact = read_exactness(thrift, field.type); break;
        case 8: to->min_value.exact = read_exactness(thrift, field.type); break;
        case 9: to->nan_count = read_i64(thrift, field.type); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

struct weir_stated weir_statistics_null_count(struct weir_thrift *thrift, uint32_t type,
                                              const uint8_t **place_ret) {
    struct weir_stated count = {false, 0};
    struct weir_thrift_field field;
    if (!weir_thrift_struct(thrift, type)) {
        return count;
    }
    while (weir_thrift_next(thrift, &field)) {
        if (field.id == 3) {
            if (place_ret != NULL) {
                *place_ret = thrift->window->at;
            }
            count = read_i64(thrift, field.type);
        } else {
            weir_thrift_skip(thrift, field.type);
        }
    }
    return count;
}

/* A list of counts; those behind the last legal level are only counted. */
static void read_histogram(struct weir_thrift *thrift, uint32_t type,
                           struct weir_histogram *histogram) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    histogram->present = true;
    histogram->length = list.count;
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        int64_t count = weir_thrift_i64(thrift, list.type);
        if (i <= WEIR_LEVELS_MAX) {
            histogram->counts[i] = count;
        }
    }
}

static void read_sizes(struct weir_thrift *thrift, uint32_t type,
                       struct weir_size_statistics *sizes) {
    struct weir_thrift_field field;
    if (!weir_thrift_struct(thrift, type)) {
        return;
    }
    while (weir_thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1: sizes->unencoded_bytes = read_i64(thrift, field.type); break;
        case 2: read_histogram(thrift, field.type, &sizes->repetition); break;
        case 3: read_histogram(thrift, field.type, &sizes->definition); break;
        default: weir_thrift_skip(thrift, field.type); break;
        }
    }
}

static void read_encoding_stats(struct weir_thrift *thrift, uint32_t type,
                                struct weir_chunk_claims *claims) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    claims->has_encoding_stats = true;
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        struct weir_thrift_field field;
        int32_t part[3] = {-1, -1, 0}; /* page type, encoding, count */
        if (!weir_thrift_struct(thrift, list.type)) {
            return;
        }
        while (weir_thrift_next(thrift, &field)) {
            if (field.id >= 1 && field.id <= 3) {
                part[field.id - 1] = weir_thrift_i32(thrift, field.type);
            } else {
                weir_thrift_skip(thrift, field.type);
            }
        }
        if (part[0] < 0 || part[0] >= (int32_t)WEIR_STATED_PAGE_TYPES || part[1] < 0 ||
            part[1] >= (int32_t)WEIR_STATED_ENCODINGS) {
            claims->encoding_stats_beyond = true;
        } else {
            claims->encoding_pages[part[0]][part[1]] += part[2];
        }
    }
}

static void read_path(struct weir_thrift *thrift, uint32_t type, struct weir_chunk_claims *claims) {
    struct weir_thrift_list list = weir_thrift_list(thrift, type);
    struct weir_hash_stream stream;
    weir_hash_stream_begin(&stream);
    for (uint32_t i = 0; i < list.count && !thrift->failed; i++) {
        uint64_t left = weir_thrift_binary(thrift, list.type);
        if (i > 0) {
            weir_hash_stream_add(&stream, (const uint8_t *)".", 1);
        }
        while (left > 0 && !thrift->failed) {
            size_t held = (size_t)weir_min_u64(weir_window_fill(thrift->window, 1), left);
            if (held == 0) {
                weir_thrift_corrupt(thrift, "metadata ends in the middle of a name");
                return;
            }
            weir_hash_stream_add(&stream, thrift->window->at, held);
            weir_window_skip(thrift->window, held);
            left -= held;
        }
    }
    claims->has_path = true;
    claims->path_hash = weir_hash_stream_end(&stream);
}

void weir_claims_chunk_field(struct weir_chunk_claims *claims, struct weir_thrift *thrift,
                             const struct weir_thrift_field *field) {
    switch (field->id) {
    case 4: claims->offset_index_offset = read_i64(thrift, field->type); break;
    case 5: claims->offset_index_bytes = read_i32(thrift, field->type); break;
    case 6: claims->column_index_offset = read_i64(thrift, field->type); break;
    case 7: claims->column_index_bytes = read_i32(thrift, field->type); break;
    default: weir_thrift_skip(thrift, field->type); break;
    }
}

void weir_claims_metadata_field(struct weir_chunk_claims *claims, struct weir_thrift *thrift,
                                const struct weir_thrift_field *field) {
    switch (field->id) {
    case 3: read_path(thrift, field->type, claims); break;
    case 12: weir_statistics_read(thrift, field->type, &claims->statistics); break;
    case 13: read_encoding_stats(thrift, field->type, claims); break;
    case 16: read_sizes(thrift, field->type, &claims->sizes); break;
    default: weir_thrift_skip(thrift, field->type); break;
    }
}

void weir_claims_group_field(struct weir_group_claims *claims, struct weir_thrift *thrift,
                             const struct weir_thrift_field *field) {
    switch (field->id) {
    case 5: claims->file_offset = read_i64(thrift, field->type); break;
    case 6: claims->compressed_bytes = read_i64(thrift, field->type); break;
    case 7: claims->ordinal = read_i16(thrift, field->type); break;
    default: weir_thrift_skip(thrift, field->type); break;
    }
}

enum weir_status weir_page_statistics_read(struct weir_window *window,
                                           struct weir_statistics *statistics_ret,
                                           struct weir_error *error) {
    struct weir_thrift thrift;
    struct weir_thrift_field field;
    memset(statistics_ret, 0, sizeof *statistics_ret);
    weir_thrift_init(&thrift, window, error);
    weir_thrift_enter(&thrift);
    while (weir_thrift_next(&thrift, &field)) {
        int32_t wanted = field.id == 5 ? 5 : 8; /* DataPageHeader and DataPageHeaderV2 */
        if ((field.id != 5 && field.id != 8) || !weir_thrift_struct(&thrift, field.type)) {
            weir_thrift_skip(&thrift, field.type);
            continue;
        }
        struct weir_thrift_field inner;
        while (weir_thrift_next(&thrift, &inner)) {
            if (inner.id == wanted) {
                weir_statistics_read(&thrift, inner.type, statistics_ret);
            } else {
                weir_thrift_skip(&thrift, inner.type);
            }
        }
    }
    return thrift.failed || window->failed ? error->status : WEIR_OK;
}
