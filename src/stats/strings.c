#include "stats/strings.h"

#include "base/bits.h"
#include "stats/strings_head.h"
#include "stats/strings_kernels.h"
#include "stats/utf8.h"

#include "base/banned.h"

#define HEAD_BYTES WEIR_STRINGS_HEAD_BYTES
#define HEAD_WORDS WEIR_STRINGS_HEAD_WORDS

struct weir_strings_scratch *weir_strings_scratch_take(struct weir_space *space) {
    return weir_space_take(space, "string staging", 1, sizeof(struct weir_strings_scratch),
                           "one block of 4096 strings: hashes, weights, first 32 bytes");
}

uint64_t weir_strings_state_bytes(void) {
    return sizeof(struct weir_strings_state);
}

void weir_strings_begin(struct weir_strings_state *strings,
                        const struct weir_stats_options *options) {
    WEIR_ASSERT(strings != NULL && options != NULL);
    memset(strings, 0, sizeof *strings);
    strings->length_min = UINT64_MAX;
    strings->min.key = UINT64_MAX;
    strings->min.kept_bytes = UINT32_MAX; /* like no value */
    strings->max.kept_bytes = UINT32_MAX;
    weir_strings_table_begin(&strings->table, options->stats, weir_isa_choose(options->isa));
}

void weir_strings_chunk_begin(struct weir_strings_state *strings,
                              struct weir_strings_scratch *scratch) {
    memset(&scratch->piece, 0, sizeof scratch->piece);
    weir_strings_block_restore(&scratch->block, &strings->table, &strings->carry);
}

static void end_block(struct weir_strings_state *strings, struct weir_strings_block *block) {
    strings->carry.count = 0;
    strings->carry.heads = 0;
    if (block->is_weighted) {
        weir_strings_block_end(block, &strings->table);
    } else {
        weir_strings_block_end_plain(block, &strings->table);
    }
}

void weir_strings_chunk_end(struct weir_strings_state *strings,
                            struct weir_strings_scratch *scratch) {
    struct weir_strings_block *block = &scratch->block;
    const struct weir_strings_table *table = &strings->table;
    WEIR_ASSERT(scratch->piece.bytes == 0);
    if (block->is_weighted || !table->spilled) {
        end_block(strings, block); /* may spill, and leave values */
    }
    if (!table->wants_top) {
        end_block(strings, block);
    } else if (block->used > strings->carry.count) {
        weir_strings_block_save(block, &strings->table, &strings->carry);
    }
}

void weir_strings_end(struct weir_strings_state *strings, struct weir_strings_scratch *scratch) {
    weir_strings_chunk_begin(strings, scratch);
    end_block(strings, &scratch->block);
    WEIR_ASSERT(scratch->block.used == 0);
}

/* Below zero when the item goes before the extreme: unsigned bytes, a prefix before what it
 * starts, a kept value of WEIR_PREFIX_BYTES bytes before any longer one that starts with it. */
static int compare_with(const struct weir_strings_item *item,
                        const struct weir_strings_extreme *extreme) {
    for (uint32_t i = 0; i < HEAD_WORDS; i++) {
        uint64_t kept_word = weir_load_u64(extreme->bytes + 8 * i);
        if (item->words[i] != kept_word) {
            return __builtin_bswap64(item->words[i]) < __builtin_bswap64(kept_word) ? -1 : 1;
        }
    }
    uint32_t kept = (uint32_t)weir_min_u64(item->length, WEIR_PREFIX_BYTES);
    uint32_t shorter = kept < extreme->kept_bytes ? kept : extreme->kept_bytes;
    if (shorter > HEAD_BYTES) {
        int order =
            memcmp(item->data + HEAD_BYTES, extreme->bytes + HEAD_BYTES, shorter - HEAD_BYTES);
        if (order != 0) {
            return order;
        }
    }
    uint32_t length = kept + (item->length > WEIR_PREFIX_BYTES);
    uint32_t extreme_length = extreme->kept_bytes + extreme->cut;
    return length < extreme_length ? -1 : length > extreme_length;
}

static void keep_extreme(struct weir_strings_extreme *extreme,
                         const struct weir_strings_item *item) {
    uint32_t kept = (uint32_t)weir_min_u64(item->length, WEIR_PREFIX_BYTES);
    memset(extreme->bytes, 0, sizeof extreme->bytes);
    if (kept > 0) {
        memcpy(extreme->bytes, item->data, kept);
    }
    extreme->key = __builtin_bswap64(item->words[0]);
    extreme->kept_bytes = kept;
    extreme->cut = item->length > WEIR_PREFIX_BYTES;
}

void weir_strings_offer(struct weir_strings_state *strings, const struct weir_strings_item *item) {
    if (!strings->has_extremes || compare_with(item, &strings->min) < 0) {
        keep_extreme(&strings->min, item);
    }
    if (!strings->has_extremes || compare_with(item, &strings->max) > 0) {
        keep_extreme(&strings->max, item);
    }
    strings->has_extremes = true;
}

static void add_length(struct weir_strings_state *strings, uint64_t length, uint64_t weight) {
    weir_u128 sum = (weir_u128)length * weight;
    strings->length_sum += sum;
    strings->length_square_sum += sum * length;
    strings->empty += length == 0 ? weight : 0;
    strings->length_min = weir_min_u64(strings->length_min, length);
    strings->length_max = weir_max_u64(strings->length_max, length);
}

static bool is_staging(const struct weir_strings_state *strings) {
    return strings->table.wants_distinct || strings->table.wants_top;
}

/* One value of any length and weight, its hash known. */
static void add_item(struct weir_strings_state *strings, struct weir_strings_block *block,
                     const struct weir_strings_item *item, uint64_t hash, uint32_t weight,
                     bool is_valid) {
    WEIR_ASSERT(weight > 0);
    WEIR_ASSERT(block->used < WEIR_BLOCK_VALUES);
    add_length(strings, item->length, weight);
    strings->count += weight;
    strings->invalid_utf8 += is_valid ? 0 : weight;
    uint64_t key = __builtin_bswap64(item->words[0]);
    if (key <= strings->min.key || key >= strings->max.key) {
        weir_strings_offer(strings, item);
    }
    if (is_staging(strings)) {
        weir_strings_block_add(block, hash, weight, item->words, item->length);
        block->is_weighted |= weight != 1;
    }
}

static void add_weighted(struct weir_strings_state *strings, struct weir_strings_block *block,
                         const struct weir_view *views, const uint32_t *weights, uint32_t count) {
    const bool staging = is_staging(strings);
    for (uint32_t i = 0; i < count; i++) {
        if (weights[i] == 0) {
            continue;
        }
        block->is_weighted = true;
        struct weir_strings_item item = {views[i].data, views[i].length, {0}};
        weir_strings_load_head(views[i].data, views[i].length, item.words);
        uint64_t hash = 0;
        if (staging) {
            hash = item.length <= HEAD_BYTES ? weir_strings_hash_head(item.words, item.length)
                                             : weir_hash_bytes(item.data, item.length);
        }
        bool is_valid = weir_utf8_is_valid(views[i].data, views[i].length);
        add_item(strings, block, &item, hash, weights[i], is_valid);
    }
}

void weir_strings_add_views(struct weir_strings_state *strings,
                            struct weir_strings_scratch *scratch, const struct weir_view *views,
                            const uint32_t *weights, uint64_t count) {
    struct weir_strings_block *block = &scratch->block;
    const struct weir_strings_kernels *kernels = weir_strings_choose(strings->table.isa);
    const bool staging = is_staging(strings);
    WEIR_ASSERT(scratch->piece.bytes == 0);
    while (count > 0) {
        uint32_t room = WEIR_BLOCK_VALUES - block->used;
        uint32_t span =
            (uint32_t)weir_min_u64(count, room < WEIR_STRINGS_SPAN ? room : WEIR_STRINGS_SPAN);
        if (weights != NULL) {
            add_weighted(strings, block, views, weights, span);
            weights += span;
        } else {
            kernels->add_span(strings, block, views, span, staging);
        }
        if (block->used == WEIR_BLOCK_VALUES) {
            end_block(strings, block);
        }
        views += span;
        count -= span;
    }
}

/* A long value is complete. */
static void add_long(struct weir_strings_state *strings, struct weir_strings_scratch *scratch,
                     uint32_t weight) {
    const struct weir_strings_long *piece = &scratch->piece;
    struct weir_strings_item item = {piece->prefix, piece->bytes, {0}};
    memcpy(item.words, piece->prefix, HEAD_BYTES);
    uint64_t hash = weir_hash_stream_end(&piece->hash);
    add_item(strings, &scratch->block, &item, hash, weight, piece->utf8 == WEIR_UTF8_ACCEPT);
    if (scratch->block.used == WEIR_BLOCK_VALUES) {
        end_block(strings, &scratch->block);
    }
}

void weir_strings_add_piece(struct weir_strings_state *strings,
                            struct weir_strings_scratch *scratch, const uint8_t *data,
                            uint64_t bytes, uint64_t offset, uint64_t length, uint32_t weight) {
    struct weir_strings_long *piece = &scratch->piece;
    WEIR_ASSERT(offset == piece->bytes);
    WEIR_ASSERT(bytes <= length - offset && offset <= length);
    WEIR_ASSERT(length > WEIR_VIEW_BYTES_MAX && length <= INT32_MAX);
    if (offset == 0) {
        memset(piece, 0, sizeof *piece);
        piece->utf8 = WEIR_UTF8_ACCEPT;
        weir_hash_stream_begin(&piece->hash);
    }
    if (weight > 0 && bytes > 0) {
        if (is_staging(strings)) {
            weir_hash_stream_add(&piece->hash, data, (size_t)bytes);
        }
        piece->utf8 = weir_utf8_step(piece->utf8, data, (size_t)bytes);
        if (offset < WEIR_PREFIX_BYTES) {
            memcpy(piece->prefix + offset, data,
                   (size_t)weir_min_u64(bytes, WEIR_PREFIX_BYTES - offset));
        }
    }
    piece->bytes = offset + bytes;
    if (piece->bytes == length) {
        if (weight > 0) {
            add_long(strings, scratch, weight);
        }
        piece->bytes = 0;
    }
}
