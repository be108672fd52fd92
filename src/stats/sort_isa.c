#include "stats/sort_kernels.h"

#include "stats/sort_radix.h"

#if WEIR_ISA_LEVEL == 3
#include "stats/sort_avx512.h"
#elif WEIR_ISA_LEVEL == 2
#include "stats/sort_avx2.h"
#endif

#if WEIR_ISA_LEVEL > 1
#include "stats/sort_network.h"
#include "stats/sort_quick.h"
#endif

#include "base/banned.h"

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

#if WEIR_ISA_LEVEL > 1
const struct weir_sort_kernels PASTE(weir_sort_kernels_, WEIR_ISA_NAME) = {quick_sort};
#else
const struct weir_sort_kernels PASTE(weir_sort_kernels_, WEIR_ISA_NAME) = {radix_sort};
#endif
