/*
 * The sort of large blocks by leading digits: a radix sort over the leading bits of the block's
 * range puts nearly all keys where they belong, an insertion sort moves those that agree in these
 * bits.
 *
 * Cost: three passes over the block, and as many moves as keys are out of place. Where most of the
 * range is empty they may be many: it gives up when a sample or the moves say so.
 */
#ifndef WEIR_STATS_SORT_DIGITS_H
#define WEIR_STATS_SORT_DIGITS_H

#include "stats/sort_radix.h"

#define DIGIT_BITS 11u
#define DIGIT_SIZE (1u << DIGIT_BITS)

/* Smaller blocks do not pay for the tables. */
#define DIGITS_MIN 1536u

#define SAMPLE_KEYS 32u
#define SAMPLE_PAIRS (SAMPLE_KEYS * (SAMPLE_KEYS - 1) / 2)

/* Where the digits of a block's keys are. */
struct digits {
    uint64_t least; /* key */
    uint32_t shift; /* of a difference to the least key, to its lower digit */
};

static struct digits digits_find(const uint64_t *keys, uint32_t count) {
    uint64_t least = keys[0];
    uint64_t most = keys[0];
    for (uint32_t i = 1; i < count; i++) {
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
    }
    uint32_t bits = most > least ? 64 - (uint32_t)__builtin_clzll(most - least) : 0;
    return (struct digits){least, bits > 2 * DIGIT_BITS ? bits - 2 * DIGIT_BITS : 0};
}

/*
 * Whether a sample of the keys lets expect that few of them agree in both digits without being
 * equal: if they are spread over the higher digit. Nor may many be equal: a quicksort parts with
 * these at once.
 */
static bool digits_suit(const uint64_t *keys, uint32_t count, struct digits digits) {
    uint64_t sample[SAMPLE_KEYS];
    uint32_t share = count / SAMPLE_KEYS;
    uint32_t mix = count * 0x9e3779b9u;
    for (uint32_t i = 0; i < SAMPLE_KEYS; i++) {
        mix = mix * 0x85ebca6bu + 0xc2b2ae35u;
        sample[i] = keys[i * share + (uint32_t)(((uint64_t)mix * share) >> 32)];
    }
    sort_block(sample, sample, SAMPLE_KEYS);
    uint32_t equal_pairs = 0;
    uint32_t alike_pairs = 0; /* in the higher digit, or equal */
    uint32_t equal = 0;
    uint32_t alike = 0;
    uint64_t last = sample[0];
    for (uint32_t i = 1; i < SAMPLE_KEYS; i++) {
        uint64_t key = sample[i];
        uint32_t shift = digits.shift + DIGIT_BITS;
        equal = key == last ? equal + 1 : 0;
        alike = (key - digits.least) >> shift == (last - digits.least) >> shift ? alike + 1 : 0;
        equal_pairs += equal;
        alike_pairs += alike;
        last = key;
    }
    return equal_pairs < SAMPLE_PAIRS / 8 && alike_pairs - equal_pairs < SAMPLE_PAIRS / 16;
}

/* Turns counts into the sums of those before. */
static void sums_before(uint16_t counts[DIGIT_SIZE]) {
    __m256i before = _mm256_setzero_si256();
    for (uint32_t i = 0; i < DIGIT_SIZE; i += 16) {
        __m256i here = _mm256_loadu_si256((const __m256i *)(counts + i));
        __m256i sums = _mm256_add_epi16(here, _mm256_slli_si256(here, 2));
        sums = _mm256_add_epi16(sums, _mm256_slli_si256(sums, 4));
        sums = _mm256_add_epi16(sums, _mm256_slli_si256(sums, 8));
        /* The last sum of the lower half, in all places of the upper one. */
        __m256i lower = _mm256_permute2x128_si256(sums, sums, 0x08);
        const __m256i last = _mm256_set1_epi16(0x0f0e);
        sums = _mm256_add_epi16(sums, _mm256_shuffle_epi8(lower, last));
        __m256i upper = _mm256_permute2x128_si256(sums, sums, 0x11);
        _mm256_storeu_si256((__m256i *)(counts + i),
                            _mm256_add_epi16(before, _mm256_sub_epi16(sums, here)));
        before = _mm256_add_epi16(before, _mm256_shuffle_epi8(upper, last));
    }
}

/* Moves keys[i] down to where it belongs among those before it; returns how far. */
static uint32_t insert_key(uint64_t *keys, uint32_t i) {
    uint64_t key = keys[i];
    uint32_t at = i;
    while (at > 0 && keys[at - 1] > key) {
        keys[at] = keys[at - 1];
        at--;
    }
    keys[at] = key;
    return i - at;
}

/* Insertion of keys that are nearly in order; false when more than `moves_max` moves are needed.
 * The keys are in some order then. */
static bool settle_keys(uint64_t *keys, uint32_t count, uint32_t moves_max) {
    uint32_t moves = 0;
    for (uint32_t i = 1; i < count && moves <= moves_max; i += LANES) {
        if (i + LANES <= count) {
            vec turned = _mm256_cmpgt_epi64(vec_load(keys + i - 1), vec_load(keys + i));
            if (WEIR_LIKELY(_mm256_testz_si256(turned, turned))) {
                continue;
            }
        }
        for (uint32_t j = i; j < i + LANES && j < count; j++) {
            moves += insert_key(keys, j);
        }
    }
    return moves <= moves_max;
}

/* Returns false when it gives up; the keys are in some order then. */
static bool digit_sort(uint64_t *keys, uint64_t *spare, uint32_t count) {
    WEIR_ASSERT(count >= SAMPLE_KEYS && count <= WEIR_SORT_MAX);
    const struct digits digits = digits_find(keys, count);
    if (!digits_suit(keys, count, digits)) {
        return false;
    }
    uint16_t low[DIGIT_SIZE] = {0};
    uint16_t high[DIGIT_SIZE] = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t both = (uint32_t)((keys[i] - digits.least) >> digits.shift);
        low[both % DIGIT_SIZE]++;
        high[both / DIGIT_SIZE]++;
    }
    sums_before(low);
    sums_before(high);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t difference = keys[i] - digits.least;
        spare[low[(difference >> digits.shift) % DIGIT_SIZE]++] = difference;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t difference = spare[i];
        keys[high[difference >> digits.shift >> DIGIT_BITS]++] = difference + digits.least;
    }
    return settle_keys(keys, count, count);
}

#endif
