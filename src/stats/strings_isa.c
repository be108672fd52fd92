#include "stats/strings_kernels.h"

#if WEIR_ISA_LEVEL > 1
#include <immintrin.h>
#endif

#include "stats/strings_head.h"
#include "stats/utf8.h"

#include "base/banned.h"

#define HEAD_BYTES WEIR_STRINGS_HEAD_BYTES
#define HEAD_WORDS WEIR_STRINGS_HEAD_WORDS

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

/* The lengths of a span. */
struct lengths {
    uint64_t sum;
    uint64_t squares;
    uint32_t empty;
    uint32_t smallest;
    uint32_t largest;
};

static void sum_lengths(const struct weir_view *views, uint32_t from, uint32_t count,
                        struct lengths *lengths) {
    for (uint32_t i = from; i < count; i++) {
        uint32_t length = views[i].length;
        lengths->sum += length;
        lengths->squares += (uint64_t)length * length;
        lengths->empty += length == 0;
        lengths->smallest = length < lengths->smallest ? length : lengths->smallest;
        lengths->largest = length > lengths->largest ? length : lengths->largest;
    }
}

#if WEIR_ISA_LEVEL > 1

_Static_assert(sizeof(struct weir_view) == 16 && offsetof(struct weir_view, length) == 8,
               "two views fill a vector, their lengths in the lower half of the second word");
_Static_assert(WEIR_VIEW_BYTES_MAX < 1u << 16, "a square fits 32 bits");

/* The first count / 4 * 4 of the lengths; returns how many. */
static uint32_t sum_lengths_abreast(const struct weir_view *views, uint32_t count,
                                    struct lengths *lengths) {
    const __m256i low = _mm256_set1_epi64x(UINT32_MAX);
    __m256i sum = _mm256_setzero_si256();
    __m256i squares = _mm256_setzero_si256();
    __m256i empty = _mm256_setzero_si256();
    __m256i smallest = low;
    __m256i largest = _mm256_setzero_si256();
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m256i pair = _mm256_loadu_si256((const __m256i *)(const void *)(views + i));
        __m256i next = _mm256_loadu_si256((const __m256i *)(const void *)(views + i + 2));
        __m256i length = _mm256_and_si256(_mm256_unpackhi_epi64(pair, next), low);
        sum = _mm256_add_epi64(sum, length);
        squares = _mm256_add_epi64(squares, _mm256_mul_epu32(length, length));
        empty = _mm256_sub_epi64(empty, _mm256_cmpeq_epi64(length, _mm256_setzero_si256()));
        smallest = _mm256_min_epu32(smallest, length);
        largest = _mm256_max_epu32(largest, length);
    }
    uint64_t lanes[5][4];
    _mm256_storeu_si256((__m256i *)lanes[0], sum);
    _mm256_storeu_si256((__m256i *)lanes[1], squares);
    _mm256_storeu_si256((__m256i *)lanes[2], empty);
    _mm256_storeu_si256((__m256i *)lanes[3], smallest);
    _mm256_storeu_si256((__m256i *)lanes[4], largest);
    for (uint32_t j = 0; j < 4; j++) {
        lengths->sum += lanes[0][j];
        lengths->squares += lanes[1][j];
        lengths->empty += (uint32_t)lanes[2][j];
        lengths->smallest = (uint32_t)weir_min_u64(lengths->smallest, lanes[3][j]);
        lengths->largest = (uint32_t)weir_max_u64(lengths->largest, lanes[4][j]);
    }
    return i;
}

/* The first 32 bytes of a value, padded with zeros, as words and in one piece. */
struct head {
    uint64_t words[HEAD_WORDS];
    __m256i whole;
};

static inline struct head load_head(const uint8_t *data, uint32_t length) {
    struct head head;
    if (WEIR_LIKELY(length >= HEAD_BYTES || weir_strings_may_overread(data, length))) {
        const uint32_t kept = length < HEAD_BYTES ? length : HEAD_BYTES;
        const void *mask = head_ones + HEAD_BYTES - kept;
        head.whole = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(const void *)data),
                                      _mm256_loadu_si256((const __m256i *)mask));
    } else {
        uint64_t words[HEAD_WORDS];
        weir_strings_load_exactly(data, length, words);
        head.whole = _mm256_loadu_si256((const __m256i *)(const void *)words);
    }
    const __m128i front = _mm256_castsi256_si128(head.whole);
    const __m128i back = _mm256_extracti128_si256(head.whole, 1);
    head.words[0] = (uint64_t)_mm_cvtsi128_si64(front);
    head.words[1] = (uint64_t)_mm_extract_epi64(front, 1);
    head.words[2] = (uint64_t)_mm_cvtsi128_si64(back);
    head.words[3] = (uint64_t)_mm_extract_epi64(back, 1);
    return head;
}

static inline bool is_ascii(const struct head *head) {
    return _mm256_movemask_epi8(head->whole) == 0;
}

/* Whether a value is valid that is longer than its head, or whose head is not ASCII. */
static inline bool is_valid(const uint8_t *data, uint32_t length, const struct head *head) {
    if (length > HEAD_BYTES && length <= 2 * HEAD_BYTES) {
        const void *tail = data + length - HEAD_BYTES;
        __m256i both = _mm256_or_si256(head->whole, _mm256_loadu_si256((const __m256i *)tail));
        if (_mm256_movemask_epi8(both) == 0) {
            return true;
        }
    }
    return weir_utf8_is_valid(data, length);
}

static inline void store_head(const struct head *head, uint8_t *to) {
    _mm256_storeu_si256((__m256i *)(void *)to, head->whole);
}

#else

struct head {
    uint64_t words[HEAD_WORDS];
};

static uint32_t sum_lengths_abreast(const struct weir_view *views, uint32_t count,
                                    struct lengths *lengths) {
    (void)views;
    (void)count;
    (void)lengths;
    return 0;
}

static inline struct head load_head(const uint8_t *data, uint32_t length) {
    struct head head;
    weir_strings_load_head(data, length, head.words);
    return head;
}

static inline bool is_ascii(const struct head *head) {
    const uint64_t *words = head->words;
    return ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080)) == 0;
}

static inline bool is_valid(const uint8_t *data, uint32_t length, const struct head *head) {
    (void)head;
    return weir_utf8_is_valid(data, length);
}

/* Word by word: a wider store would wait for the words to leave the store buffer. */
static inline void store_head(const struct head *head, uint8_t *to) {
    for (uint32_t i = 0; i < HEAD_WORDS; i++) {
        memcpy(to + 8 * i, &head->words[i], 8);
    }
}

#endif

static void add_lengths(struct weir_strings_state *strings, const struct weir_view *views,
                        uint32_t count) {
    struct lengths lengths = {.smallest = UINT32_MAX};
    sum_lengths(views, sum_lengths_abreast(views, count, &lengths), count, &lengths);
    WEIR_ASSERT(lengths.largest <= WEIR_VIEW_BYTES_MAX); /* else `squares` might not hold them */
    strings->length_sum += lengths.sum;
    strings->length_square_sum += lengths.squares;
    strings->empty += lengths.empty;
    strings->length_min = weir_min_u64(strings->length_min, lengths.smallest);
    strings->length_max = weir_max_u64(strings->length_max, lengths.largest);
}

/* Stages values behind the block's last one, and looks at each of them. */
static inline void stage(struct weir_strings_state *strings, struct weir_strings_block *block,
                         const struct weir_view *views, uint32_t count, bool staging) {
    uint32_t at = block->used;
    uint32_t start = block->text_used;
    uint64_t min_key = strings->min.key;
    uint64_t max_key = strings->max.key;
    uint64_t invalid = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *data = views[i].data;
        const uint32_t length = views[i].length;
        const struct head head = load_head(data, length);
        const uint64_t *words = head.words;
        if (length > HEAD_BYTES || !is_ascii(&head)) {
            invalid += !is_valid(data, length, &head);
        }
        uint64_t key = __builtin_bswap64(words[0]);
        if (WEIR_UNLIKELY((key <= min_key) | (key >= max_key)) &&
            !is_extreme_already(words, length, strings)) {
            struct weir_strings_item item = {
                data, length, {words[0], words[1], words[2], words[3]}};
            weir_strings_offer(strings, &item);
            min_key = strings->min.key;
            max_key = strings->max.key;
        }
        if (staging) {
            const bool is_cut = length > HEAD_BYTES;
            block->hash[at] =
                is_cut ? weir_hash_bytes(data, length) : weir_strings_hash_head(words, length);
            store_head(&head, block->text + start);
            start += weir_strings_block_note(block, at++, start, 1, length);
        }
    }
    block->used = at;
    block->text_used = start;
    strings->invalid_utf8 += invalid;
}

static void add_span(struct weir_strings_state *strings, struct weir_strings_block *block,
                     const struct weir_view *views, uint32_t count, bool staging) {
    WEIR_ASSERT(count <= WEIR_STRINGS_SPAN && count <= WEIR_BLOCK_VALUES - block->used);
    add_lengths(strings, views, count);
    strings->count += count;
    if (staging) {
        stage(strings, block, views, count, true);
    } else {
        stage(strings, block, views, count, false);
    }
}

/* Bits that the slots of strings_block.c look at last. */
static inline uint32_t mark_of(uint64_t hash) {
    return (uint32_t)(hash >> 12) & (64 * WEIR_STRINGS_MARK_WORDS - 1);
}

static void mark(struct weir_strings_block *block, const uint64_t *hashes, uint32_t count) {
    uint64_t *seen = block->marks[0];
    uint64_t *again = block->marks[1];
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = mark_of(hashes[i]);
        const uint64_t bit = UINT64_C(1) << (at & 63u);
        const uint64_t before = seen[at >> 6];
        seen[at >> 6] = before | bit;
        again[at >> 6] |= before & bit;
    }
}

static uint32_t list_marked(struct weir_strings_block *block, uint32_t first, uint32_t count,
                            uint32_t listed) {
    const uint64_t *again = block->marks[1];
    uint16_t *rest = block->rest;
    for (uint32_t place = first; place < first + count; place++) {
        const uint32_t at = mark_of(block->hash[place]);
        rest[listed] = (uint16_t)place;
        listed += (uint32_t)(again[at >> 6] >> (at & 63u)) & 1u;
    }
    return listed;
}

static uint32_t list_above(const uint64_t *weights, uint32_t first, uint32_t count, uint64_t limit,
                           uint16_t *places, uint32_t listed) {
    const uint32_t end = first + count;
    uint32_t place = first;
#if WEIR_ISA_LEVEL > 1
    /* Most weights are 1: eight at a time are looked at together. */
    const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    const __m256i most = _mm256_xor_si256(_mm256_set1_epi64x((long long)limit), sign);
    while (place + 8 <= end) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(weights + place));
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(weights + place + 4));
        __m256i above = _mm256_or_si256(_mm256_cmpgt_epi64(_mm256_xor_si256(low, sign), most),
                                        _mm256_cmpgt_epi64(_mm256_xor_si256(high, sign), most));
        const uint32_t stop = place + 8;
        if (_mm256_testz_si256(above, above)) {
            place = stop;
        }
        for (; place < stop; place++) {
            places[listed] = (uint16_t)place;
            listed += weights[place] > limit;
        }
    }
#endif
    for (; place < end; place++) {
        places[listed] = (uint16_t)place;
        listed += weights[place] > limit;
    }
    return listed;
}

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

const struct weir_strings_kernels PASTE(weir_strings_kernels_, WEIR_ISA_NAME) = {
    .add_span = add_span,
    .list_marked = list_marked,
    .mark = mark,
    .list_above = list_above,
};
