#include "stats/values.h"

#include "base/bits.h"
#include "stats/values_kernels.h"

#include "base/banned.h"

#define TOTAL_MAX (UINT64_C(1) << 62)

void weir_values_begin(struct weir_values *values) {
    WEIR_ASSERT(values != NULL);
    memset(values, 0, sizeof *values);
}

/* How many of the keys are not in the table yet. */
static uint32_t count_new(const struct weir_values *values, const uint64_t *keys, uint32_t count) {
    uint32_t i = 0;
    uint32_t fresh = 0;
    for (uint32_t j = 0; j < count; j++) {
        while (i < values->used && values->keys[i] < keys[j]) {
            i++;
        }
        fresh += i == values->used || values->keys[i] != keys[j];
    }
    return fresh;
}

/* Every key is in the table. */
static void add_known(struct weir_values *values, const uint64_t *keys, const uint64_t *counts,
                      uint32_t count) {
    uint32_t i = 0;
    for (uint32_t j = 0; j < count; j++) {
        while (values->keys[i] != keys[j]) {
            i++;
        }
        values->counts[i] += counts[j];
    }
    WEIR_ASSERT(i < values->used);
}

/* Merges from the back, so that nothing is overwritten before it has moved. */
static void add_fresh(struct weir_values *values, const uint64_t *keys, const uint64_t *counts,
                      uint32_t count, uint32_t fresh) {
    uint32_t to = values->used + fresh;
    uint32_t i = values->used;
    uint32_t j = count;
    WEIR_ASSERT(to <= WEIR_VALUES_MAX);
    values->used = to;
    while (j > 0) {
        to--;
        if (i > 0 && values->keys[i - 1] >= keys[j - 1]) {
            i--;
            bool same = values->keys[i] == keys[j - 1];
            values->keys[to] = values->keys[i];
            values->counts[to] = values->counts[i];
            if (same) {
                j--;
                values->counts[to] += counts[j];
            }
        } else {
            j--;
            values->keys[to] = keys[j];
            values->counts[to] = counts[j];
        }
    }
    WEIR_ASSERT(to == i);
}

bool weir_values_add(struct weir_values *values, const uint64_t *keys, const uint64_t *counts,
                     uint32_t count) {
    if (count == 0) {
        return true;
    }
    if (count > WEIR_VALUES_MAX) {
        return false;
    }
    uint32_t fresh = count_new(values, keys, count);
    if (values->used + fresh > WEIR_VALUES_MAX) {
        return false;
    }
    for (uint32_t j = 0; j < count; j++) {
        values->total += counts[j];
    }
    if (fresh == 0) {
        add_known(values, keys, counts, count);
    } else {
        add_fresh(values, keys, counts, count, fresh);
    }
    return true;
}

/* Format notes: u32 distinct keys, then the keys and their counts as u64. */
void weir_values_save(const struct weir_values *values, struct weir_state_writer *writer) {
    weir_state_put_u32(writer, values->used);
    weir_state_put_u64s(writer, values->keys, values->used);
    weir_state_put_u64s(writer, values->counts, values->used);
}

bool weir_values_load(struct weir_values *values, struct weir_state_reader *reader) {
    const uint32_t used = weir_state_get_u32(reader);
    weir_values_begin(values);
    if (used > WEIR_VALUES_MAX || !weir_state_get_u64s(reader, values->keys, used) ||
        !weir_state_get_u64s(reader, values->counts, used)) {
        return false;
    }
    values->used = used;
    for (uint32_t i = 0; i < used; i++) {
        if (values->counts[i] == 0 || values->counts[i] > TOTAL_MAX - values->total ||
            (i > 0 && values->keys[i - 1] >= values->keys[i])) {
            return false;
        }
        values->total += values->counts[i];
    }
    return true;
}

static const struct weir_values_kernels *choose(enum weir_isa isa) {
    WEIR_ASSERT(isa != WEIR_ISA_AUTO);
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX2) {
        return &weir_values_kernels_avx2;
    }
    if (isa == WEIR_ISA_AVX512) {
        return &weir_values_kernels_avx512;
    }
#endif
    return &weir_values_kernels_scalar;
}

uint32_t weir_values_runs(enum weir_isa isa, const uint64_t *keys, uint32_t count,
                          uint64_t *distinct_ret, uint64_t *counts_ret) {
    if (count == 0) {
        return 0;
    }
    uint32_t runs = choose(isa)->starts(keys, count, distinct_ret, counts_ret);
    WEIR_ASSERT(runs > 0 && runs <= count);
    for (uint32_t i = 0; i + 1 < runs; i++) {
        counts_ret[i] = counts_ret[i + 1] - counts_ret[i];
    }
    counts_ret[runs - 1] = count - counts_ret[runs - 1];
    return runs;
}

uint32_t weir_values_repeats(enum weir_isa isa, const uint64_t *keys, uint32_t count) {
    return choose(isa)->repeats(keys, count);
}

/* The distinct keys, over the sorted packed ones, and their weights; 0 if the places do not put the
 * keys in order. */
static uint32_t take_places(const uint64_t *keys, const uint32_t *weights, uint32_t count,
                            uint64_t *packed, uint64_t *counts_ret) {
    uint64_t last = keys[packed[0] & WEIR_PLACE_MASK];
    uint64_t weight = 0;
    uint32_t runs = 0;
    bool turned = false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t place = packed[i] & WEIR_PLACE_MASK;
        uint64_t key = keys[place];
        turned |= key < last;
        runs += key != last && weight != 0;
        weight = weights[place] + (key == last ? weight : 0);
        packed[runs] = key;
        counts_ret[runs] = weight;
        last = key;
    }
    return turned ? 0 : runs + (weight != 0);
}

uint32_t weir_values_weigh(enum weir_isa isa, weir_sort_function *sort, const uint64_t *keys,
                           const uint32_t *weights, uint32_t count, uint64_t *distinct_ret,
                           uint64_t *counts_ret) {
    WEIR_ASSERT(count <= WEIR_PLACE_MASK + 1);
    if (count == 0) {
        return 0;
    }
    const struct weir_values_kernels *kernels = choose(isa);
    const struct weir_values_packing packing = kernels->pack(keys, count, distinct_ret);
    sort(distinct_ret, counts_ret, count);
    if (kernels->take_distinct(&packing, keys, weights, count, distinct_ret, counts_ret)) {
        return count; /* entries of one dictionary, as a rule */
    }
    uint32_t found = take_places(keys, weights, count, distinct_ret, counts_ret);
    if (found > 0) {
        return found;
    }
    uint64_t *sorted = distinct_ret;
    memcpy(sorted, keys, count * sizeof *keys);
    sort(sorted, counts_ret, count);
    memset(counts_ret, 0, count * sizeof *counts_ret);
    kernels->weigh(sorted, keys, weights, count, counts_ret);
    /* A key's weights all went to its first place; the other places, and weight 0, drop out. */
    uint32_t runs = 0;
    for (uint32_t i = 0; i < count; i++) {
        sorted[runs] = sorted[i];
        counts_ret[runs] = counts_ret[i];
        runs += counts_ret[i] != 0;
    }
    return runs;
}
