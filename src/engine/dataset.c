#include "engine/inner.h"

#include "base/banned.h"

/* The largest window that a zstd frame can name lies below. */
#define CODEC_WINDOW_BYTES_MAX (UINT64_C(1) << 42)

_Static_assert(WEIR_E_LIMIT > WEIR_E_NOT_PARQUET && WEIR_E_NOT_PARQUET > WEIR_E_SCHEMA,
               "what bytes are refused for lies together");

enum weir_status weir_dataset_open(const struct weir_dataset *dataset, uint32_t file,
                                   struct weir_source *source_ret, struct weir_error *error) {
    WEIR_ASSERT(file < dataset->files);
    enum weir_status status = WEIR_OK;
    if (dataset->open == NULL) {
        *source_ret = ((const struct weir_source *)dataset->context)[file];
    } else {
        memset(source_ret, 0, sizeof *source_ret);
        status = dataset->open(dataset->context, file, source_ret);
    }
    error->file = error->status == WEIR_OK ? file : error->file;
    if (status == WEIR_E_CHANGED) {
        return weir_fail(error, status, "the file is not what it was when it was inspected");
    }
    if (status != WEIR_OK) {
        return weir_fail(error, WEIR_E_IO, "the file could not be opened");
    }
    if (source_ret->read_at == NULL) {
        return weir_fail(error, WEIR_E_ARGUMENT, "a source without read_at");
    }
    return WEIR_OK;
}

/* What bytes can be refused for. */
static bool is_about_bytes(enum weir_status status) {
    return status <= WEIR_E_LIMIT && status >= WEIR_E_SCHEMA;
}

enum weir_status weir_dataset_close(const struct weir_dataset *dataset, uint32_t file,
                                    struct weir_source *source, enum weir_status status,
                                    struct weir_error *error) {
    enum weir_status closed = WEIR_OK;
    if (dataset->close != NULL) {
        closed = dataset->close(dataset->context, file, source);
    }
    if (closed != WEIR_OK && is_about_bytes(status)) {
        weir_error_clear(error); /* damage in a file that changed or failed is no damage */
    } else if (status != WEIR_OK || closed == WEIR_OK) {
        return status;
    }
    error->file = error->status == WEIR_OK ? file : error->file;
    return weir_fail(error, closed == WEIR_E_CHANGED ? closed : WEIR_E_IO,
                     closed == WEIR_E_CHANGED ? "the file changed while it was read"
                                              : "the file could not be closed");
}

enum weir_status weir_error_take_over(struct weir_error *error, const struct weir_error *met,
                                      const struct weir_chunk *chunk) {
    if (met->status != WEIR_E_IO && met->status != WEIR_E_CHANGED) {
        return WEIR_OK;
    }
    if (error->status == WEIR_OK) {
        error->offset_bytes = met->offset_bytes;
        error->row_group = chunk->row_group;
        error->column = chunk->column;
    }
    return weir_fail_numbers(error, met->status, met->message, met->wanted, met->got);
}

void weir_error_name(struct weir_error *error, const char *path, uint32_t path_bytes) {
    if (error->column_name[0] != '\0') {
        return;
    }
    size_t keep = weir_min_u64(path_bytes, WEIR_ERROR_NAME_BYTES - 1);
    memcpy(error->column_name, path, keep);
    error->column_name[keep] = '\0';
}

bool weir_options_selected(const struct weir_profile_options *options,
                           const struct weir_node *node) {
    if (node->column == WEIR_NONE32) {
        return false;
    }
    return options->select == NULL ||
           options->select(options->select_context, node->path, node->path_bytes);
}

void weir_selection_see(struct weir_selection *selection,
                        const struct weir_profile_options *options, const struct weir_node *node) {
    if (node->column < sizeof selection->bits * 8 && weir_options_selected(options, node)) {
        selection->bits[node->column / 8] |= (uint8_t)(1u << (node->column % 8));
    }
}

bool weir_selection_has(const struct weir_selection *selection, uint32_t column) {
    return column >= sizeof selection->bits * 8 ||
           (selection->bits[column / 8] >> (column % 8) & 1) != 0;
}

bool weir_column_alike(const struct weir_type *type, uint32_t definition_max,
                       uint32_t repetition_max, const struct weir_node_level *nodes,
                       const struct weir_node *node) {
    bool flat = definition_max <= 1 && repetition_max == 0;
    if (!weir_type_equal(type, &node->type)) {
        return false;
    }
    if (flat && node->definition_max <= 1 && node->repetition_max == 0) {
        return true;
    }
    bool same = definition_max == node->definition_max && repetition_max == node->repetition_max;
    for (uint32_t d = 1; same && d <= definition_max; d++) {
        same = nodes[d].path_bytes == node->levels[d].path_bytes &&
               nodes[d].is_repeated == node->levels[d].is_repeated;
    }
    return same;
}

static enum weir_status check_quantiles(const struct weir_profile_options *options,
                                        struct weir_error *error) {
    if (options->quantiles == NULL || options->quantiles_count == 0) {
        return weir_fail(error, WEIR_E_ARGUMENT, "exact quantiles, but none is listed");
    }
    if (options->quantiles_count > WEIR_QUANTILES_MAX) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "too many exact quantiles",
                                 WEIR_QUANTILES_MAX, options->quantiles_count);
    }
    for (uint32_t i = 0; i < options->quantiles_count; i++) {
        if (!(options->quantiles[i] >= 0 && options->quantiles[i] <= 1)) {
            return weir_fail(error, WEIR_E_ARGUMENT, "a quantile lies outside 0 to 1");
        }
    }
    return WEIR_OK;
}

enum weir_status weir_options_check(const struct weir_profile_options *options,
                                    struct weir_profile_options *checked_ret,
                                    struct weir_error *error) {
    *checked_ret = *options;
    if (checked_ret->lanes == 0) {
        checked_ret->lanes = 1;
    }
    if (checked_ret->lanes > WEIR_LANES_MAX) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "too many lanes", WEIR_LANES_MAX,
                                 checked_ret->lanes);
    }
    if (checked_ret->codec_window_bytes > CODEC_WINDOW_BYTES_MAX) {
        return weir_fail_numbers(error, WEIR_E_ARGUMENT, "no codec has such a large window",
                                 CODEC_WINDOW_BYTES_MAX, checked_ret->codec_window_bytes);
    }
    if (checked_ret->stats == 0) {
        checked_ret->stats = WEIR_STATS_ALL;
    }
    if ((checked_ret->stats & ~(uint32_t)WEIR_STATS_ALL) != 0) {
        return weir_fail(error, WEIR_E_ARGUMENT, "an unknown family of statistics");
    }
    checked_ret->stats |= WEIR_STATS_MOMENTS;
    if (checked_ret->part_rows == 0) {
        checked_ret->part_rows = WEIR_PART_ROWS;
    }
    if (checked_ret->rank_error == 0) {
        checked_ret->rank_error = 0.001;
    }
    if (!(checked_ret->rank_error >= WEIR_RANK_ERROR_MIN &&
          checked_ret->rank_error <= WEIR_RANK_ERROR_MAX)) {
        return weir_fail(error, WEIR_E_ARGUMENT, "the rank error lies outside 0.00001 to 0.1");
    }
    return checked_ret->exact ? check_quantiles(checked_ret, error) : WEIR_OK;
}

struct weir_needs weir_inventory_needs(const struct weir_inventory *inventory) {
    return (struct weir_needs){.codecs = inventory->codecs,
                               .encodings = inventory->encodings,
                               .cursors = inventory->cursors,
                               .codec_window_bytes = inventory->codec_window_bytes,
                               .held_page_bytes = inventory->held_page_bytes};
}

const char *weir_chunk_unsupported(const struct weir_chunk *chunk) {
    if (chunk->encrypted) {
        return "column encryption";
    }
    if (chunk->elsewhere) {
        return "column data in another file";
    }
    if (weir_codec_unsupported(chunk->codec) != NULL) {
        return weir_codec_unsupported(chunk->codec);
    }
    /* RLE and BIT_PACKED are listed for levels too; the others here suit every type. */
    uint32_t usual = (1u << WEIR_ENCODING_RLE) | (1u << WEIR_ENCODING_BIT_PACKED) |
                     (1u << WEIR_ENCODING_PLAIN) | (1u << WEIR_ENCODING_PLAIN_DICTIONARY) |
                     (1u << WEIR_ENCODING_RLE_DICTIONARY);
    uint32_t unusual = chunk->encodings & ~usual;
    for (uint32_t encoding = 0; unusual != 0 && encoding < 32; encoding++) {
        if ((unusual >> encoding & 1) != 0) {
            const char *why = weir_encoding_refused(encoding, (enum weir_physical)chunk->physical);
            if (why != NULL) {
                return why;
            }
        }
    }
    return NULL;
}
