#include "stats/hll.h"

#include "stats/hll_kernels.h"

#include "base/banned.h"

/* Adds between two looks for a higher floor: the look costs some 64 vector loads. */
#define STALE_MAX 16384u

/* Takes `isa` at its word: asking the CPU costs microseconds in a virtual machine. */
static const struct weir_hll_kernels *choose(enum weir_isa isa) {
    if (isa == WEIR_ISA_AUTO) {
        isa = weir_isa_best();
    }
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (isa == WEIR_ISA_AVX2) {
        return &weir_hll_kernels_avx2;
    }
    if (isa == WEIR_ISA_AVX512) {
        return &weir_hll_kernels_avx512;
    }
#endif
    return &weir_hll_kernels_scalar;
}

void weir_hll_begin(struct weir_hll *hll) {
    memset(hll, 0, sizeof *hll);
}

typedef void add_function(uint8_t *registers, uint32_t floor, const uint64_t *words,
                          uint32_t count);

/* Feeds in slices, so that one long call gains from a rising floor as many short ones do. */
static void add(struct weir_hll *hll, const struct weir_hll_kernels *kernels, add_function *feed,
                const uint64_t *words, uint32_t count) {
    WEIR_ASSERT(hll->floor <= WEIR_HLL_RANK_MAX);
    while (count > 0) {
        if (hll->stale >= STALE_MAX) {
            hll->floor = kernels->lowest(hll->registers);
            hll->stale = 0;
        }
        uint32_t room = STALE_MAX - hll->stale;
        uint32_t slice = count < room ? count : room;
        feed(hll->registers, hll->floor, words, slice);
        hll->stale += slice;
        words += slice;
        count -= slice;
    }
}

void weir_hll_add_keys(struct weir_hll *hll, enum weir_isa isa, const uint64_t *keys,
                       uint32_t count) {
    const struct weir_hll_kernels *kernels = choose(isa);
    add(hll, kernels, kernels->add_keys, keys, count);
}

void weir_hll_add_hashes(struct weir_hll *hll, enum weir_isa isa, const uint64_t *hashes,
                         uint32_t count) {
    const struct weir_hll_kernels *kernels = choose(isa);
    add(hll, kernels, kernels->add_hashes, hashes, count);
}

void weir_hll_merge(struct weir_hll *hll, const struct weir_hll *other) {
    for (uint32_t i = 0; i < WEIR_HLL_REGISTERS; i++) {
        WEIR_ASSERT_HOT(other->registers[i] <= WEIR_HLL_RANK_MAX);
        uint8_t theirs = other->registers[i];
        hll->registers[i] = theirs > hll->registers[i] ? theirs : hll->registers[i];
    }
    hll->floor = other->floor > hll->floor ? other->floor : hll->floor;
}

/* Format notes: the registers, one byte each. The floor can be found again. */
void weir_hll_save(const struct weir_hll *hll, struct weir_state_writer *writer) {
    weir_state_put_bytes(writer, hll->registers, sizeof hll->registers);
}

bool weir_hll_load(struct weir_hll *hll, struct weir_state_reader *reader) {
    uint32_t largest = 0;
    weir_hll_begin(hll);
    hll->stale = STALE_MAX;
    if (!weir_state_get_bytes(reader, hll->registers, sizeof hll->registers)) {
        return false;
    }
    for (uint32_t i = 0; i < WEIR_HLL_REGISTERS; i++) {
        largest = hll->registers[i] > largest ? hll->registers[i] : largest;
    }
    return largest <= WEIR_HLL_RANK_MAX;
}

/*
 * Numerics notes. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017,
 * arXiv 1702.01284), the improved raw estimator. With C[k] registers of value k, m registers and
 * q = 52 rank bits,
 *     estimate = m^2 / (2 ln 2) / (m tau(1 - C[q+1]/m) + sum C[k] 2^-k + m sigma(C[0]/m)).
 * sigma and tau are the exact corrections for registers that are still empty or already full
 * under Poisson arrivals: no table, no switch between regimes. Both series stop when a further
 * term no longer changes the sum. sigma: x is at most 1 - 2^-12, so its terms grow for at most 12
 * steps and then fall doubly exponentially; tau: each term is about an eighth of the one before.
 * Both end long before 64 steps. Only IEEE operations are used: the same bits on every machine.
 */
static double sigma(double x) {
    double sum = x;
    double weight = 1.0;
    for (uint32_t step = 0; step < 64; step++) {
        double before = sum;
        x *= x;
        sum += x * weight;
        weight += weight;
        if (sum == before) {
            break;
        }
    }
    return sum;
}

static double tau(double x) {
    if (x <= 0.0 || x >= 1.0) {
        return 0.0;
    }
    double sum = 1.0 - x;
    double weight = 1.0;
    for (uint32_t step = 0; step < 64; step++) {
        double before = sum;
        x = __builtin_sqrt(x);
        weight *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * weight;
        if (sum == before) {
            break;
        }
    }
    return sum / 3.0;
}

double weir_hll_estimate(const struct weir_hll *hll) {
    uint32_t counts[WEIR_HLL_RANK_MAX + 1] = {0};
    for (uint32_t i = 0; i < WEIR_HLL_REGISTERS; i++) {
        WEIR_ASSERT(hll->registers[i] <= WEIR_HLL_RANK_MAX);
        counts[hll->registers[i]]++;
    }
    if (counts[0] == WEIR_HLL_REGISTERS) {
        return 0.0;
    }
    const double m = (double)WEIR_HLL_REGISTERS;
    double sum = m * tau(1.0 - (double)counts[WEIR_HLL_RANK_MAX] / m);
    for (uint32_t rank = WEIR_HLL_RANK_BITS; rank >= 1; rank--) {
        sum = 0.5 * (sum + (double)counts[rank]);
    }
    sum += m * sigma((double)counts[0] / m);
    WEIR_ASSERT(sum >= 0.0);
    /* 0.7213475204444817 is 1 / (2 ln 2). Every register full: the sum is 0, the answer infinite.
     */
    return 0.7213475204444817 * m * m / sum;
}
