#include "stats/sort.h"

#include "stats/sort_kernels.h"

#include "base/banned.h"

static const struct weir_sort_kernels *choose(enum weir_isa isa) {
    const struct weir_sort_kernels *kernels = &weir_sort_kernels_scalar;
    enum weir_isa chosen = weir_isa_choose(isa);
    WEIR_ASSERT(chosen != WEIR_ISA_AUTO);
#if !defined(WEIR_ISA_ONLY_SCALAR)
    if (chosen == WEIR_ISA_AVX2) {
        kernels = &weir_sort_kernels_avx2;
    } else if (chosen == WEIR_ISA_AVX512) {
        kernels = &weir_sort_kernels_avx512;
    }
#endif
    return kernels;
}

weir_sort_function *weir_sort_choose(enum weir_isa isa) {
    return choose(isa)->sort;
}

weir_sort_strata_function *weir_sort_strata_choose(enum weir_isa isa) {
    return choose(isa)->sort_strata;
}
