#include "stats/strings_block.h"

#include "base/bits.h"
#include "stats/strings_kernels.h"

#include "base/banned.h"

/*
 * Numerics notes: Misra and Gries 1982, merged as in Agarwal et al. 2012. Block and table are
 * joined exactly; when more than m = WEIR_STRINGS_KEPT counters are above zero, the (m + 1)-th
 * largest count x is taken from all of them and x is added to `error`. Each such step removes at
 * least (m + 1) x from the sum of the counters, so at any time
 *     stored <= true count <= stored + error,   error <= (n - sum of stored) / (m + 1),
 * also for values that are not stored. A block of 4096 values counted exactly makes it much
 * smaller in practice: a stream of distinct values adds 1 a block, not 8.
 */

#define NO_PLACE 0xFFFFu

_Static_assert(WEIR_STRINGS_PLACES < NO_PLACE, "places are 16-bit numbers");
_Static_assert(2 * WEIR_STRINGS_KEPT <= WEIR_STRINGS_EXACT, "a summary fits the table");
_Static_assert((WEIR_STRINGS_SLOTS & (WEIR_STRINGS_SLOTS - 1)) == 0, "slots are a power of two");

const struct weir_strings_kernels *weir_strings_choose(enum weir_isa isa) {
    if (isa == WEIR_ISA_AUTO) {
        isa = weir_isa_best();
    }
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX2) {
        return &weir_strings_kernels_avx2;
    }
    if (isa == WEIR_ISA_AVX512) {
        return &weir_strings_kernels_avx512;
    }
#endif
    return &weir_strings_kernels_scalar;
}

void weir_strings_table_begin(struct weir_strings_table *table, uint32_t stats, enum weir_isa isa) {
    WEIR_ASSERT(table != NULL);
    memset(table, 0, sizeof *table);
    table->wants_distinct = (stats & WEIR_STATS_DISTINCT) != 0;
    table->wants_top = (stats & WEIR_STATS_TOP) != 0;
    table->isa = isa;
    weir_hll_begin(&table->hll);
}

/*
 * One level of counting: every place in rest[0..count) moves its weight to the first place with the
 * same hash, if that place owns their common slot; else it stays in `rest` for the next level,
 * which looks at other bits of the hash. No branches: which case holds is close to random.
 * Adds to *owners how many places own a slot.
 */
static uint32_t count_level(struct weir_strings_block *block, uint32_t count, uint32_t shift,
                            uint32_t *owners) {
    WEIR_ASSERT(count <= WEIR_STRINGS_PLACES);
    uint16_t *slots = block->slots;
    uint16_t *rest = block->rest;
    const uint64_t *hashes = block->hash;
    uint64_t *weights = block->weight;
    memset(slots, 0xFF, sizeof block->slots);
    uint32_t left = 0;
    uint32_t owned = 0;
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t place = rest[k];
        const uint64_t hash = hashes[place];
        const uint64_t slot = (hash >> shift) & (WEIR_STRINGS_SLOTS - 1);
        const uint32_t found = slots[slot];
        const uint32_t none =
            0u - (uint32_t)(found == NO_PLACE); /* a mask: compilers branch on ?: */
        const uint32_t owner = (place & none) | (found & ~none);
        slots[slot] = (uint16_t)owner;
        const bool same = hashes[owner] == hash;
        const uint32_t to = same ? owner : place;
        const uint64_t weight = weights[place];
        weights[place] = 0;
        weights[to] += weight;
        rest[left] = (uint16_t)place;
        left += !same;
        owned += owner == place;
    }
    *owners += owned;
    return left;
}

/* The table's entries, then the block's places as they came, then the carried ones. */
static uint32_t rank_of(const struct weir_strings_block *block, uint16_t place) {
    if (place >= WEIR_BLOCK_VALUES) {
        return place - WEIR_BLOCK_VALUES;
    }
    return WEIR_STRINGS_EXACT + place + (place < block->carried ? WEIR_BLOCK_VALUES : 0);
}

/* Order of `rest` in the last resort: by hash, then by rank. */
static bool goes_before(const struct weir_strings_block *block, uint16_t a, uint16_t b) {
    if (block->hash[a] != block->hash[b]) {
        return block->hash[a] < block->hash[b];
    }
    return rank_of(block, a) < rank_of(block, b);
}

static void sift_down(struct weir_strings_block *block, uint32_t root, uint32_t count) {
    uint16_t *heap = block->rest;
    uint16_t moving = heap[root];
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && goes_before(block, heap[child], heap[child + 1])) {
            child++;
        }
        if (!goes_before(block, moving, heap[child])) {
            break;
        }
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = moving;
}

/* What all levels left over: hashes that somebody chose to agree in most of their bits. Heap sort,
 * so that such a file costs time O(n log n) too. */
static uint32_t count_by_sorting(struct weir_strings_block *block, uint32_t count) {
    WEIR_ASSERT(count <= WEIR_STRINGS_PLACES);
    for (uint32_t root = count / 2; root > 0; root--) {
        sift_down(block, root - 1, count);
    }
    for (uint32_t end = count; end > 1; end--) {
        uint16_t last = block->rest[0];
        block->rest[0] = block->rest[end - 1];
        block->rest[end - 1] = last;
        sift_down(block, 0, end - 1);
    }
    for (uint32_t k = 1; k < count; k++) {
        uint16_t place = block->rest[k];
        uint16_t before = block->rest[k - 1];
        if (block->hash[place] == block->hash[before]) {
            block->weight[place] += block->weight[before];
            block->weight[before] = 0;
        }
    }
    /* The sums stand at the last place of each run; the owner is the first. */
    uint32_t owners = 0;
    uint32_t first = 0;
    for (uint32_t k = 1; k <= count; k++) {
        if (k < count && block->hash[block->rest[k]] == block->hash[block->rest[first]]) {
            continue;
        }
        uint64_t sum = block->weight[block->rest[k - 1]];
        block->weight[block->rest[k - 1]] = 0;
        block->weight[block->rest[first]] = sum;
        first = k;
        owners++;
    }
    return owners;
}

static uint32_t list_all(struct weir_strings_block *block, uint32_t first, uint32_t count,
                         uint32_t listed) {
    for (uint32_t place = first; place < first + count; place++) {
        block->rest[listed++] = (uint16_t)place;
    }
    return listed;
}

/*
 * Joins block and table: afterwards exactly one place of each distinct hash has a weight, its whole
 * count: the table's entry if there is one, else the first in the block, where the carried places
 * come last, as they may lack heads. Returns how many distinct hashes there are. Where there are
 * many, most are alone in the block, and with their mark: only the others are counted.
 */
static uint32_t count_block(struct weir_strings_block *block,
                            const struct weir_strings_table *table) {
    const struct weir_strings_kernels *kernels = weir_strings_choose(table->isa);
    const uint32_t fresh = block->used - block->carried;
    uint32_t count = 0;
    for (uint32_t e = 0; e < table->used; e++) {
        block->hash[WEIR_BLOCK_VALUES + e] = table->hash[e];
        block->weight[WEIR_BLOCK_VALUES + e] = table->count[e];
        block->rest[count++] = (uint16_t)(WEIR_BLOCK_VALUES + e);
    }
    if (table->spilled) {
        memset(block->marks, 0, sizeof block->marks);
        kernels->mark(block, table->hash, table->used);
        kernels->mark(block, block->hash, block->used);
        count = kernels->list_marked(block, block->carried, fresh, count);
        count = kernels->list_marked(block, 0, block->carried, count);
    } else {
        count = list_all(block, block->carried, fresh, count);
        count = list_all(block, 0, block->carried, count);
    }
    WEIR_ASSERT(count <= table->used + block->used);
    static const uint32_t shifts[] = {51, 38, 25, 12};
    uint32_t owners = table->used + block->used - count; /* who are alone with their mark */
    for (size_t level = 0; level < sizeof shifts / sizeof shifts[0] && count > 0; level++) {
        count = count_level(block, count, shifts[level], &owners);
    }
    if (count > 0) {
        owners += count_by_sorting(block, count);
    }
    WEIR_ASSERT(owners >= table->used);
    return owners;
}

/* Lists in `rest` the places of block and table with weights above `limit`, in order: first the
 * table's, then the block's. */
static uint32_t list_above(struct weir_strings_block *block, const struct weir_strings_table *table,
                           uint64_t limit) {
    const struct weir_strings_kernels *kernels = weir_strings_choose(table->isa);
    uint32_t count =
        kernels->list_above(block->weight, WEIR_BLOCK_VALUES, table->used, limit, block->rest, 0);
    return kernels->list_above(block->weight, 0, block->used, limit, block->rest, count);
}

/* The (WEIR_STRINGS_KEPT + 1)-th largest weight of the listed places, by radix selection from the
 * highest byte down. */
static uint64_t select_weight(const struct weir_strings_block *block, uint32_t listed) {
    WEIR_ASSERT(listed > WEIR_STRINGS_KEPT);
    uint64_t any = 0;
    for (uint32_t k = 0; k < listed; k++) {
        any |= block->weight[block->rest[k]];
    }
    uint64_t found = 0;
    uint64_t mask = 0;
    uint32_t wanted = WEIR_STRINGS_KEPT + 1;
    for (uint32_t bytes = (weir_bit_width(any) + 7) / 8; bytes > 0; bytes--) {
        const uint32_t shift = 8 * (bytes - 1);
        uint32_t histogram[256] = {0};
        for (uint32_t k = 0; k < listed; k++) {
            uint64_t weight = block->weight[block->rest[k]];
            histogram[(weight >> shift) & 255u] += (weight & mask) == found;
        }
        uint32_t digit = 255;
        while (histogram[digit] < wanted) {
            wanted -= histogram[digit];
            WEIR_ASSERT(digit > 0);
            digit--;
        }
        found |= (uint64_t)digit << shift;
        mask |= UINT64_C(255) << shift;
    }
    return found;
}

void weir_strings_table_head(struct weir_strings_table *table, uint32_t row,
                             const struct weir_strings_block *block, uint32_t place) {
    WEIR_ASSERT(row < WEIR_STRINGS_EXACT && place < WEIR_BLOCK_VALUES);
    uint32_t length = block->head_length[place];
    uint32_t kept = length < WEIR_STRINGS_HEAD_BYTES ? length : WEIR_STRINGS_HEAD_BYTES;
    WEIR_ASSERT(length <= WEIR_STRINGS_HEAD_BYTES + 1);
    memset(table->head[row], 0, WEIR_STRINGS_HEAD_BYTES);
    memcpy(table->head[row], block->text + block->head_start[place], kept);
    table->head_length[row] = (uint8_t)length;
}

/* The table becomes what is listed and above `limit`, less `limit`. */
static void rebuild_table(struct weir_strings_table *table, const struct weir_strings_block *block,
                          uint32_t listed, uint64_t limit) {
    uint32_t used = 0;
    for (uint32_t k = 0; k < listed; k++) {
        const uint32_t place = block->rest[k];
        const uint64_t weight = block->weight[place];
        if (weight <= limit) {
            continue;
        }
        WEIR_ASSERT(used < WEIR_STRINGS_EXACT);
        if (place < WEIR_BLOCK_VALUES) {
            weir_strings_table_head(table, used, block, place);
            table->hash[used] = block->hash[place];
        } else if (place != WEIR_BLOCK_VALUES + used) {
            const uint32_t old = place - WEIR_BLOCK_VALUES; /* above `used`: entries move down */
            memcpy(table->head[used], table->head[old], WEIR_STRINGS_HEAD_BYTES);
            table->head_length[used] = table->head_length[old];
            table->hash[used] = table->hash[old];
        }
        table->count[used] = weight - limit;
        used++;
    }
    table->used = used;
}

/* Lists the places of counts above the limit that is returned. */
static uint64_t list_kept(struct weir_strings_block *block, const struct weir_strings_table *table,
                          uint32_t distinct, uint32_t *listed_ret) {
    uint64_t limit = 0;
    if (table->spilled && distinct > WEIR_STRINGS_KEPT) {
        /* Weights of 1 cannot survive: the limit is at least 1. Most blocks end here. */
        limit = 1;
    }
    *listed_ret = list_above(block, table, limit);
    WEIR_ASSERT(limit > 0 || *listed_ret == distinct);
    if (limit > 0 && *listed_ret > WEIR_STRINGS_KEPT) {
        limit = select_weight(block, *listed_ret);
    }
    return limit;
}

uint64_t weir_strings_block_limit(struct weir_strings_block *block,
                                  const struct weir_strings_table *table, uint32_t distinct) {
    uint32_t listed = 0;
    return list_kept(block, table, distinct, &listed);
}

/* Takes the block's exact counts into the table; `distinct` hashes are in one or the other. */
static void take_counts(struct weir_strings_table *table, struct weir_strings_block *block,
                        uint32_t distinct) {
    uint32_t listed = 0;
    const uint64_t limit = list_kept(block, table, distinct, &listed);
    rebuild_table(table, block, listed, limit);
    table->error += limit;
}

void weir_strings_table_spill(struct weir_strings_table *table) {
    WEIR_ASSERT(!table->spilled);
    table->spilled = true;
    if (table->wants_distinct) {
        weir_hll_add_hashes(&table->hll, table->isa, table->hash, table->used);
    }
}

uint32_t weir_strings_block_count(struct weir_strings_block *block,
                                  const struct weir_strings_table *table) {
    WEIR_ASSERT(block->used <= WEIR_BLOCK_VALUES);
    return !table->spilled || table->wants_top ? count_block(block, table) : 0;
}

void weir_strings_block_take(struct weir_strings_block *block, struct weir_strings_table *table,
                             uint32_t distinct) {
    if (!table->spilled && distinct > WEIR_STRINGS_EXACT) {
        weir_strings_table_spill(table);
    }
    if (table->spilled && table->wants_distinct) {
        weir_hll_add_hashes(&table->hll, table->isa, block->hash, block->used);
    }
    if (table->spilled && !table->wants_top) {
        table->used = 0;
    } else {
        take_counts(table, block, distinct);
    }
    WEIR_ASSERT(!table->spilled || table->used <= WEIR_STRINGS_KEPT);
    block->used = 0;
    block->text_used = 0;
    block->carried = 0;
    block->is_weighted = false;
}

void weir_strings_block_end(struct weir_strings_block *block, struct weir_strings_table *table) {
    if (block->used > 0) {
        weir_strings_block_take(block, table, weir_strings_block_count(block, table));
    }
}
