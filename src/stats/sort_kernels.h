/* The sort's variants, one for each instruction set; sort.c picks one. */
#ifndef WEIR_STATS_SORT_KERNELS_H
#define WEIR_STATS_SORT_KERNELS_H

#include "stats/sort.h"

struct weir_sort_kernels {
    weir_sort_function *sort;
    weir_sort_strata_function *sort_strata;
};

extern const struct weir_sort_kernels weir_sort_kernels_scalar;
#if !defined(WEIR_ISA_ONLY_SCALAR)
extern const struct weir_sort_kernels weir_sort_kernels_avx2;
extern const struct weir_sort_kernels weir_sort_kernels_avx512;
#endif

#endif
