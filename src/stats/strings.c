#include "stats/strings.h"

#include "base/bits.h"
#include "stats/strings_state.h"
#include "stats/utf8.h"

#include "base/banned.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define HEAD_BYTES WEIR_STRINGS_HEAD_BYTES
#define HEAD_WORDS WEIR_STRINGS_HEAD_WORDS

/* Values of one turn through the loops: they stay in the first-level cache between two loops. */
#define SPAN_MAX 256u

/* One value and its first 32 bytes as four little-endian words, padded with zeros. */
struct string_item {
    const uint8_t *data; /* the first min(length, WEIR_PREFIX_BYTES) bytes can be read */
    uint64_t length;
    uint64_t words[HEAD_WORDS];
};

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

/* Copies what a view has and no more. */
static void load_head_exactly(const uint8_t *data, uint32_t length, uint64_t words[HEAD_WORDS]) {
    WEIR_ASSERT_HOT(length < HEAD_BYTES);
    memset(words, 0, HEAD_BYTES);
    if (length > 0) {
        memcpy(words, data, length);
    }
}

#if defined(__SANITIZE_ADDRESS__)
#define MAY_READ_PAGE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAY_READ_PAGE 0
#endif
#endif
#if !defined(MAY_READ_PAGE)
#define MAY_READ_PAGE 1
#endif

/*
 * The first 32 bytes, padded with zeros, without branches on the length for most values. Where the
 * view's first byte and the 31 after it lie in one page, all 32 can be read: pages are at least
 * 4096 bytes everywhere, and the mask drops what is not the view's. The page after a view is never
 * touched: it may not be there.
 */
static inline void load_head(const uint8_t *data, uint32_t length, uint64_t words[HEAD_WORDS]) {
    static const uint8_t ones[2 * HEAD_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const uint32_t kept = length < HEAD_BYTES ? length : HEAD_BYTES;
    const bool is_inside = MAY_READ_PAGE && ((uintptr_t)data & 4095u) <= 4096u - HEAD_BYTES;
    if (length >= HEAD_BYTES || (is_inside && length > 0)) {
        const uint8_t *mask = ones + HEAD_BYTES - kept;
        for (uint32_t i = 0; i < HEAD_WORDS; i++) {
            words[i] = weir_load_u64(data + 8 * i) & weir_load_u64(mask + 8 * i);
        }
    } else {
        load_head_exactly(data, length, words);
    }
}

/* Below zero when the item goes before the extreme: unsigned bytes, a prefix before what it
 * starts, a kept value of WEIR_PREFIX_BYTES bytes before any longer one that starts with it. */
static int compare_with(const struct string_item *item,
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

/* 0 when a short value is the extreme. */
static inline uint64_t difference(const uint64_t words[HEAD_WORDS], uint32_t length,
                                  const struct weir_strings_extreme *extreme) {
    uint64_t differ = (uint64_t)length ^ extreme->kept_bytes;
    for (uint32_t i = 0; i < HEAD_WORDS; i++) {
        differ |= words[i] ^ weir_load_u64(extreme->bytes + 8 * i);
    }
    return differ;
}

/* Columns of few values come here often, and which extreme it is cannot be predicted: no branch. */
static inline bool is_extreme_already(const uint64_t words[HEAD_WORDS], uint32_t length,
                                      const struct weir_strings_state *strings) {
    const uint64_t from_min = difference(words, length, &strings->min);
    const uint64_t from_max = difference(words, length, &strings->max);
    return ((from_min == 0) | (from_max == 0)) & (length <= HEAD_BYTES);
}

static void keep_extreme(struct weir_strings_extreme *extreme, const struct string_item *item) {
    uint32_t kept = (uint32_t)weir_min_u64(item->length, WEIR_PREFIX_BYTES);
    memset(extreme->bytes, 0, sizeof extreme->bytes);
    if (kept > 0) {
        memcpy(extreme->bytes, item->data, kept);
    }
    extreme->key = __builtin_bswap64(item->words[0]);
    extreme->kept_bytes = kept;
    extreme->cut = item->length > WEIR_PREFIX_BYTES;
}

/* Kept out of the loop over values, which comes here for few of them. */
static __attribute__((noinline)) void offer_extremes(struct weir_strings_state *strings,
                                                     const struct string_item *item) {
    if (!strings->has_extremes || compare_with(item, &strings->min) < 0) {
        keep_extreme(&strings->min, item);
    }
    if (!strings->has_extremes || compare_with(item, &strings->max) > 0) {
        keep_extreme(&strings->max, item);
    }
    strings->has_extremes = true;
}

/* Lengths of values that weigh 1 each. */
static void add_lengths(struct weir_strings_state *strings, const struct weir_view *views,
                        uint32_t count) {
    uint64_t sum = 0;
    uint64_t squares = 0;
    uint32_t empty = 0;
    uint32_t smallest = UINT32_MAX;
    uint32_t largest = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = views[i].length;
        sum += length;
        squares += (uint64_t)length * length;
        empty += length == 0;
        smallest = length < smallest ? length : smallest;
        largest = length > largest ? length : largest;
    }
    WEIR_ASSERT(largest <= WEIR_VIEW_BYTES_MAX); /* else `squares` might not hold them */
    strings->length_sum += sum;
    strings->length_square_sum += squares;
    strings->empty += empty;
    strings->length_min = weir_min_u64(strings->length_min, smallest);
    strings->length_max = weir_max_u64(strings->length_max, largest);
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

/* At most SPAN_MAX values that weigh 1 each and fit the block. */
static void add_span(struct weir_strings_state *strings, struct weir_strings_block *block,
                     const struct weir_view *views, uint32_t count, bool staging) {
    WEIR_ASSERT(count <= SPAN_MAX && count <= WEIR_BLOCK_VALUES - block->used);
    uint32_t at = block->used;
    uint32_t start = block->text_used;
    uint64_t min_key = strings->min.key;
    uint64_t max_key = strings->max.key;
    uint64_t invalid = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t length = views[i].length;
        uint64_t words[HEAD_WORDS];
        load_head(views[i].data, length, words);
        uint64_t high = (words[0] | words[1] | words[2] | words[3]) & HIGH_BITS;
        if (length > HEAD_BYTES || high != 0) {
            invalid += !weir_utf8_is_valid(views[i].data, length);
        }
        uint64_t key = __builtin_bswap64(words[0]);
        if (WEIR_UNLIKELY((key <= min_key) | (key >= max_key)) &&
            !is_extreme_already(words, length, strings)) {
            struct string_item item = {
                views[i].data, length, {words[0], words[1], words[2], words[3]}};
            offer_extremes(strings, &item);
            min_key = strings->min.key;
            max_key = strings->max.key;
        }
        if (staging) {
            uint64_t hash = length <= HEAD_BYTES ? weir_strings_hash_head(words, length)
                                                 : weir_hash_bytes(views[i].data, length);
            start += weir_strings_block_put(block, at++, start, hash, 1, words, length);
        }
    }
    block->used = at;
    block->text_used = start;
    strings->count += count;
    strings->invalid_utf8 += invalid;
}

/* One value of any length and weight, its hash known. */
static void add_item(struct weir_strings_state *strings, struct weir_strings_block *block,
                     const struct string_item *item, uint64_t hash, uint32_t weight,
                     bool is_valid) {
    WEIR_ASSERT(weight > 0);
    WEIR_ASSERT(block->used < WEIR_BLOCK_VALUES);
    add_length(strings, item->length, weight);
    strings->count += weight;
    strings->invalid_utf8 += is_valid ? 0 : weight;
    uint64_t key = __builtin_bswap64(item->words[0]);
    if (key <= strings->min.key || key >= strings->max.key) {
        offer_extremes(strings, item);
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
        struct string_item item = {views[i].data, views[i].length, {0}};
        load_head(views[i].data, views[i].length, item.words);
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
    const bool staging = is_staging(strings);
    WEIR_ASSERT(scratch->piece.bytes == 0);
    while (count > 0) {
        uint32_t room = WEIR_BLOCK_VALUES - block->used;
        uint32_t span = (uint32_t)weir_min_u64(count, room < SPAN_MAX ? room : SPAN_MAX);
        if (weights != NULL) {
            add_weighted(strings, block, views, weights, span);
            weights += span;
        } else {
            add_lengths(strings, views, span);
            if (staging) {
                add_span(strings, block, views, span, true);
            } else {
                add_span(strings, block, views, span, false);
            }
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
    struct string_item item = {piece->prefix, piece->bytes, {0}};
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
