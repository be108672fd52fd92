/* Stands in for base/isa.c where AVX-512 is emulated: the machine seems to have it. */
#include "base/isa.h"

/* The other half of these kernels is AVX2, which nobody emulates. */
enum weir_isa weir_isa_best(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                   __builtin_cpu_supports("fma")
               ? WEIR_ISA_AVX512
               : WEIR_ISA_SCALAR;
}

enum weir_isa weir_isa_choose(enum weir_isa wanted) {
    enum weir_isa best = weir_isa_best();
    return wanted == WEIR_ISA_AUTO || wanted > best ? best : wanted;
}
